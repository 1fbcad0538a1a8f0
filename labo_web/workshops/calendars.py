"""Events as an iCalendar file, which phones and calendars read."""

import datetime as dt
from collections.abc import Sequence

from icalendar import Calendar
from icalendar import Event as Entry

from labo_web.workshops.models import Event

# How often a calendar that subscribed asks again.
AGAIN = dt.timedelta(hours=12)


def calendar_of(events: Sequence[Event], host: str, address: str, title: str) -> bytes:
    """Return a calendar of events; `address` is of the page of an event, with `{pk}` in it."""
    made = Calendar()
    made.add("prodid", "-//Labo Quartiers en Transitions//Rencontres//FR")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title)
    made.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    for event in events:
        entry = Entry()
        entry.add("uid", f"rencontre-{event.pk}@{host}")
        entry.add("dtstamp", event.created_at)
        entry.add("dtstart", event.starts_at)
        entry.add("dtend", event.ends_at)
        entry.add("summary", event.title)
        entry.add("location", event.place)
        entry.add("categories", [event.get_kind_display(), str(event.territory)])
        entry.add("description", _said(event))
        entry.add("url", address.format(pk=event.pk))
        entry.add("status", "CANCELLED" if event.state == Event.State.CANCELLED else "CONFIRMED")
        made.add_component(entry)
    return made.to_ical()


def _said(event: Event) -> str:
    lines = [event.get_kind_display().capitalize(), event.purpose]
    lines.append(f"Niveau de participation : {event.get_level_display()}.")
    for label, text in (
        ("Accessibilité", event.accessibility),
        ("Garde d’enfants", event.childcare),
        ("Langues proposées", event.languages),
    ):
        if text:
            lines.append(f"{label} : {text}")
    if event.fictive:
        lines.append("Données fictives.")
    return "\n".join(filter(None, lines))
