"""Invented sessions: the Fresques that a gate asked for, and those of the last weeks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from labo_web.accounts.models import Territory
from labo_web.workshops.formats import FORMATS
from labo_web.workshops.keeping import Said, keep
from labo_web.workshops.models import Contribution, Event, FresqueSheet, Question
from labo_web.workshops.moderation import moderate

CAME = (
    ("Est-ce que les arbres du centre servent aussi à ceux d’ici ?",
     "Pourquoi la salle fraîche ferme-t-elle en août ?",
     "Qui a décidé de couper les peupliers ?"),
    ("Relever la température chez soi cet été.", "Passer voir ma voisine les jours chauds.",
     "Demander au bailleur quand viennent les volets."),
)  # fmt: skip
STAFF: dict[str, Any] = {
    "licence": "professional", "licence_note": "Facture (fictive)", "audience": "staff",
    "public": "Directions et élus", "room": "Salle du conseil, deux tables", "tables": 2,
    "leaders": 1, "registered": 15, "present": 13, "minutes": 180,
}  # fmt: skip
SHORT: dict[str, Any] = {
    "licence": "own", "audience": "residents", "public": "Parents, à la sortie de l’école",
    "room": "Sous le préau", "tables": 1, "leaders": 1, "registered": 0, "present": 12,
    "minutes": 50,
}  # fmt: skip
# What the gate of acculturation asks for: one with services and officials, one with residents.
BEFORE_THE_GATE: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("Première Fresque, avec les services et les élus (fictive)", STAFF),
    ("Première Fresque, avec les habitants (fictive)",
     STAFF | {"licence": "volunteer", "licence_note": "", "audience": "residents",
              "public": "Conseil citoyen et associations", "room": "Centre social",
              "registered": 20, "present": 16}),
)  # fmt: skip


def at(days: int, hour: int) -> dt.datetime:
    """Return a moment that many days from today."""
    now = timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0)
    return now + dt.timedelta(days=days)


def hold(
    territory: Territory, kind: str, title: str, days: int, sheet: Mapping[str, Any] | None,
    zone: str = "",
) -> tuple[Event, list[Question]]:  # fmt: skip
    """Write a session, with its questions, and its sheet where it was held."""
    event = Event.objects.create(
        territory=territory, zone=zone, kind=kind, state=Event.State.ANNOUNCED, title=title,
        purpose="Séance inventée pour la démonstration.", starts_at=at(days, 10),
        ends_at=at(days, 13) if kind == Event.Kind.FRESQUE else at(days, 11),
        place="Maison de quartier (inventée)", accessibility="De plain-pied.",
        languages="Français.", level=Event.Level.INFORM, capacity=28, fictive=True,
    )  # fmt: skip
    asked = [
        Question.objects.create(event=event, position=i, kind=Question.Kind.SAY, text=text)
        for i, text in enumerate(FORMATS[Event.Kind(kind)].asked, start=1)
    ]
    if sheet is not None:
        FresqueSheet.objects.create(event=event, **sheet)
    return event, asked


def recent(territory: Territory) -> None:
    """A Fresque with the services, a short session with residents, and a Fresque to come."""
    release = territory.releases.order_by("-generation", "-pk").first()
    zone = release.zones.filter(kind="qpv").order_by("code").first() if release else None
    for kind, title, days, sheet in (
        ("fresque", "Fresque du climat des services et des élus (fictive)", -40, STAFF),
        ("short", "Vingt minutes devant l’école (fictive)", -33, SHORT),
        ("fresque", "Fresque du climat, un samedi matin (fictive)", 27, None),
    ):
        near = zone.code if zone and kind == "short" else ""
        event, asked = hold(territory, kind, title, days, sheet, near)
        if sheet is None:
            continue
        for question, texts in zip(asked, CAME, strict=True):
            for text in texts:
                row = keep(event, "", _said(question, text))
                moderate(row, Contribution.State.SHOWN, "", None)


def _said(question: Question, text: str) -> Said:
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{question.pk} {text}")
    return Said(
        client_id=number, kind=Contribution.Kind.CARD, text=text, question=question, on_paper=True
    )
