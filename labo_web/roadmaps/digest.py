"""The message of the month: what is late or coming, what was not looked at, how far all is."""

from __future__ import annotations

import datetime as dt

from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction

from labo_web.accounts.models import Person, Role
from labo_web.roadmaps import following, progress
from labo_web.roadmaps.following import Followed
from labo_web.roadmaps.models import Digest, Roadmap

MOST = 15  # lines of each part; the page has the rest


def readers(roadmap: Roadmap) -> list[Person]:
    """Return the officers of a territory, who follow its roadmap."""
    here = Role.objects.current().filter(territory=roadmap.territory, kind=Role.Kind.OFFICER)
    return list(Person.objects.filter(pk__in=here.values("person"), is_active=True))


def text_of(roadmap: Roadmap, found: Followed, today: dt.date, address: str) -> str:
    """Return what the message says; `address` is that of the page of the follow-up, if known."""
    parts = [f"Bonjour,\n\nVoici où en est « {roadmap.title} » au {today:%d/%m/%Y}."]
    parts += _part(
        "En retard",
        [
            f"{d.action} : « {d.step} », attendue le {d.step.due_on:%d/%m/%Y} ({d.days} j)"
            for d in found.late
        ],
    )
    parts += _part("Engagées, sans étape datée", [str(a) for a in found.unstarted])
    parts += _part(
        "Dans les 30 jours",
        [f"{d.step.due_on:%d/%m/%Y} : « {d.step} », {d.action}" for d in found.soon],
    )
    parts += _part(
        "Indicateurs à relever", [f"{c.tracked.label}, {c.tracked.action}" for c in found.stale]
    )
    parts += _part(
        "Où en sont les actions engagées ou en cours",
        [f"{a} : {progress.of(a, today).said}" for a in found.running],
    )
    moved = [(c, c.last) for c in found.courses if c.last is not None and c.start != c.last]
    parts += _part(
        "Où en sont les indicateurs",
        [
            f"{c.tracked.label} : {last.text} le {last.on:%d/%m/%Y}, {c.way_said(today.year)} "
            f"({c.tracked.action.number_shown})"
            for c, last in moved
        ],
    )
    where = address or f"sur le site, page « Suivi » de {roadmap.territory}"
    parts.append(f"Le suivi complet : {where}")
    parts.append(
        "Vous recevez ce message chaque mois parce que vous êtes chef ou cheffe de projet de ce "
        "territoire."
    )
    return "\n\n".join(parts) + "\n"


def _part(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    more = [f"… et {len(lines) - MOST} autres"] if len(lines) > MOST else []
    return ["\n".join([f"{title} ({len(lines)}) :", *(f"- {x}" for x in [*lines[:MOST], *more])])]


def send(roadmap: Roadmap, today: dt.date, address: str = "") -> int:
    """Write to those who follow a roadmap, once a month; return to how many.

    Nothing is sent where there is nothing to tell. Where the mail cannot leave, nothing is kept:
    the next try sends it.
    """
    found = following.of(roadmap, today)
    people = readers(roadmap)
    if found.quiet or not people:
        return 0
    try:
        with transaction.atomic():
            Digest.objects.create(roadmap=roadmap, month=today.replace(day=1), readers=len(people))
            body = text_of(roadmap, found, today, address)
            subject = f"{roadmap.territory} : ce qui attend dans la feuille de route"
            # One message each: nobody reads the address of another.
            messages = [EmailMessage(subject, body, to=[p.email]) for p in people]
            get_connection().send_messages(messages)
    except IntegrityError:
        return 0
    return len(people)
