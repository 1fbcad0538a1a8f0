"""Days and numbers as French writes them: « 1er août », and no plural below two.

Every template has these two filters instead of Django's own of the same names.
"""

import datetime as dt
from typing import Any

from django import template
from django.template.defaultfilters import date as formatted
from django.utils import formats
from django.utils.translation import get_language

register = template.Library()

DAY = "j F Y"
FIRST = 2  # from which French has a plural: « 0 quartier », « 1,5 paire », « 2 quartiers »


def _format_of(value: Any, said: str | None) -> str | None:
    """Return a format in which the first day of a month has its letters."""
    french = (get_language() or "").startswith("fr")
    if said and french and isinstance(value, dt.date) and value.day == 1:
        return said.replace("j F", r"j\e\r F")
    return said


def long_date(value: dt.date, said: str = DAY) -> str:
    """Return a day in words, for a document: « 1er août 2026 »."""
    return formats.date_format(value, _format_of(value, said))


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, said: str | None = None) -> str:
    """Format a day or a moment, as Django's filter does."""
    return str(formatted(value, _format_of(value, said)))


@register.filter(is_safe=False)
def pluralize(value: Any, ends: str = "s") -> str:
    """Return the end of a word: of the singular below two, of the plural from two on.

    Args:
        value: a number, or what has a length.
        ends: of the plural, or of both between a comma.
    """
    singular, _, plural = ends.rpartition(",")
    try:
        number = abs(float(value))
    except (TypeError, ValueError):
        number = len(value)
    return plural if number >= FIRST else singular
