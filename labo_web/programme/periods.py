"""Periods before elections, during which what authorities say of themselves is restrained.

None of these days is a rule here: each is to be checked with the legal service, and pages say so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

RULE = (
    "code électoral, article L52-1 : à partir du premier jour du sixième mois avant celui du vote, "
    "pas de campagne de promotion d’une collectivité"
)


@dataclass(frozen=True, kw_only=True)
class Period:
    """A period, whom it concerns, and where it is to be checked."""

    id: str
    label: str
    starts_on: dt.date
    ends_on: dt.date
    concerns: str
    source: str
    grade: str

    def when(self, day: dt.date) -> str:
        """Say whether it is over, holds or is to come on a day."""
        if day > self.ends_on:
            return "terminée"
        return "en cours" if day >= self.starts_on else "à venir"


PERIODS = (
    Period(
        id="municipal_2026",
        label="Avant les élections municipales de mars 2026",
        starts_on=dt.date(2025, 9, 1),
        ends_on=dt.date(2026, 3, 31),
        concerns="communes et agglomérations",
        source=RULE,
        grade="to_check",
    ),
    Period(
        id="presidential_2027",
        label="Avant l’élection présidentielle de 2027",
        starts_on=dt.date(2026, 10, 1),
        ends_on=dt.date(2027, 5, 31),
        concerns="on ne sait pas encore qui est tenu à la réserve",
        source="les jours du vote et la règle applicable",
        grade="to_check",
    ),
    Period(
        id="departmental_regional_2028",
        label="Avant les élections départementales et régionales de 2028",
        starts_on=dt.date(2027, 9, 1),
        ends_on=dt.date(2028, 3, 31),
        concerns="départements et régions",
        source=f"{RULE} ; le mois du vote",
        grade="to_check",
    ),
)


def around(first: dt.date, last: dt.date) -> list[Period]:
    """Return the periods that touch a stretch of time."""
    return [p for p in PERIODS if p.starts_on <= last and p.ends_on >= first]
