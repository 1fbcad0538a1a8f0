"""Hours as they are said: « 14 h », « 14 h 30 », on every page and sheet."""

from __future__ import annotations

import datetime as dt

from django import template

register = template.Library()


@register.filter(expects_localtime=True, is_safe=True)
def hour(moment: dt.datetime | dt.time | str) -> str:
    """Return the hour of a moment; of a text, that of « 14:30 »."""
    found = dt.time.fromisoformat(moment) if isinstance(moment, str) else moment
    minutes = f"\u202f{found.minute:02}" if found.minute else ""
    return f"{found.hour}\u202fh{minutes}"
