"""Formats of sessions that have a sheet: how long, for how many, led by how many, with what right.

What people who lead such sessions say, without a published text that was read, is « à vérifier ».
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labo_web.workshops.models import Event, FresqueSheet, Question

Licence = FresqueSheet.Licence
TO_CHECK = "à vérifier"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format of session. Pairs are the least and the most that is usual."""

    kind: str
    label: str
    purpose: str
    minutes: tuple[int, int]
    table: tuple[int, int]  # people at a table
    tables_each: int  # that one person leads at most
    people_each: int  # that one person leads at most
    # The same, for whoever is careful: what practitioners advise.
    advised_each: int
    licences: tuple[str, ...]
    rights: str  # what may be done with its material
    asked: tuple[str, ...]  # what is written down of what came
    known_from: str

    def leaders(self, people: int, tables: int = 0) -> tuple[int, int]:
        """Return how many must lead that many people: at least, and as is advised.

        Args:
            people: those who are expected, or came.
            tables: where it is known; otherwise as few as hold these people.
        """
        if people <= 0 and tables <= 0:
            return 0, 0
        tables = tables or math.ceil(people / self.table[1])
        least = max(math.ceil(tables / self.tables_each), math.ceil(people / self.people_each))
        return least, max(least, math.ceil(people / self.advised_each))

    def remarks(self, sheet: FresqueSheet) -> list[str]:
        """Return what is out of the ordinary in how a session went: told, and never refused."""
        found = []
        low, high = self.minutes
        if sheet.minutes is not None and not low <= sheet.minutes <= high:
            found.append(
                f"Durée de {sheet.minutes} minutes : ce format en demande de {low} à {high}."
            )
        least, _ = self.leaders(sheet.present, sheet.tables)
        if sheet.leaders < least:
            found.append(
                f"{sheet.leaders} pour animer {sheet.tables} tables et {sheet.present} personnes : "
                f"il en faut {least}."
            )
        if sheet.present > sheet.tables * self.table[1]:
            found.append(f"Plus de {self.table[1]} personnes par table.")
        return found + more_than_registered(sheet.present, sheet.registered)


def more_than_registered(present: int | None, registered: int | None) -> list[str]:
    """Say that some came without registering; where nobody had to, there is nothing to say."""
    if present is None or not registered or present <= registered:
        return []
    more = present - registered
    came = f"{more} sont venues" if more > 1 else "une est venue"
    return [f"{present} présentes pour {registered} inscrites : {came} sans s’inscrire."]


# Those that existed before are asked by these words: answers are grouped by them.
ASKED = ("Quelles questions sont venues ?", "Quelles intentions sont venues ?")
FORMATS = {
    Event.Kind.FRESQUE: Format(
        kind=Event.Kind.FRESQUE,
        label="Fresque du climat",
        purpose="Comprendre ensemble les causes et les effets du changement climatique.",
        minutes=(150, 210),
        table=(4, 8),
        tables_each=2,
        people_each=16,
        advised_each=14,
        licences=(Licence.VOLUNTEER, Licence.PROFESSIONAL, Licence.INTERNAL),
        rights=(
            "Les 42 cartes sont protégées : elles ne sont ni dans ce site ni dans nos kits. Qui "
            f"anime déclare son droit d’usage (restrictions sur l’usage commercial {TO_CHECK})."
        ),
        asked=ASKED,
        known_from=(
            "Durée, tables et deux tables par personne qui anime : pages publiques de plusieurs "
            f"organisateurs. Quatorze personnes par personne qui anime : usage, {TO_CHECK}."
        ),
    ),
    Event.Kind.SHORT: Format(
        kind=Event.Kind.SHORT,
        label="Séance courte",
        purpose="Parler du climat ici, avec des faits du quartier, quand trois heures sont trop.",
        minutes=(45, 60),
        table=(4, 14),
        tables_each=1,
        people_each=14,
        advised_each=10,
        licences=(Licence.OWN,),
        rights=(
            "Cartes de faits, déroulé et feuille sont faits par ce site, qui est libre "
            "(AGPL-3.0) ; chaque chiffre garde la licence de son producteur."
        ),
        asked=ASKED,
        known_from=f"Format proposé par le Labo, pas encore évalué : tout y est {TO_CHECK}.",
    ),
}


def format_of(event: Event) -> Format | None:
    """Return the format of an event, where it has a sheet."""
    return FORMATS.get(Event.Kind(event.kind))


def ask(event: Event, asked: Sequence[str]) -> list[Question]:
    """Give an event the questions to which what came is an answer, in order."""
    return Question.objects.bulk_create(
        Question(event=event, position=i, kind=Question.Kind.SAY, text=text)
        for i, text in enumerate(asked, start=1)
    )
