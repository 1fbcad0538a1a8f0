"""What a neighbourhood needs and what it has: covered, fragile or missing, and why.

Covered: one resource at least answers, with nothing against it. Fragile: those that answer all have
something against them; volunteers alone are always something. Missing: none answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils import timezone

from labo_web.accounts.models import Territory
from labo_web.releases.models import Zone
from labo_web.resources.models import (
    Contradiction,
    Description,
    Known,
    Verification,
    last_june,
)
from labo_web.resources.needs import FRAGILITIES, NEEDS, Need
from labo_web.resources.spots import Stroll, stroll, within

# A resource of the next neighbourhood is looked at when it is at most so far from this one.
NEXT_DOOR_M = 1_000.0
# What a resident says of a resource that, verified, takes it out of what answers.
TAKES_OUT = {
    Contradiction.Claim.CLOSED_AUGUST,
    Contradiction.Claim.GONE,
    Contradiction.Claim.NOT_COOL,
}


class Cover(StrEnum):
    """How a need is met."""

    COVERED = "covered"
    FRAGILE = "fragile"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """The same, in words."""
        return {"covered": "couvert", "fragile": "fragile", "missing": "manque"}[self.value]


@dataclass(frozen=True)
class Said:
    """What is said of resources beside their descriptions, by resource."""

    confirmed: Mapping[int, dt.date]
    contradicted: Mapping[int, list[tuple[Contradiction, Verification | None]]]


@dataclass(frozen=True)
class Answer:
    """A resource before a need: what stands against it; `out` where it does not answer at all."""

    description: Description
    walk: Stroll | None
    against: tuple[str, ...]
    out: str

    @property
    def sound(self) -> bool:
        """Whether nothing stands against it."""
        return not self.against and not self.out


@dataclass(frozen=True)
class Match:
    """A need in a neighbourhood, with what answers it."""

    need: Need
    cover: Cover
    answers: list[Answer]
    out: list[Answer] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """How it is met, in a sentence."""
        names = ", ".join(x.description.name for x in self.answers[:3])
        if self.cover == Cover.COVERED:
            sound = ", ".join(x.description.name for x in self.answers if x.sound)
            return f"{self.need.label} : couvert, par {sound}."
        if self.cover == Cover.FRAGILE:
            why = list(dict.fromkeys(w for x in self.answers for w in x.against))
            return f"{self.need.label} : fragile. {names} : {' ; '.join(why[:4])}."
        return f"{self.need.label} : il manque, d’après ce qui est connu ici."


def matches(zone: Zone, territory: Territory, today: dt.date | None = None) -> list[Match]:
    """Return every need of the table with how a neighbourhood meets it, from what is published."""
    rows = list(Description.objects.published().filter(resource__territory=territory))
    shown = Contradiction.objects.shown().filter(territory=territory).with_newest()
    said = said_of(rows, shown)
    return matched(zone, rows, said, today)


def matched(
    zone: Zone, rows: Sequence[Description], said: Said, today: dt.date | None = None
) -> list[Match]:
    """Return every need of the table with how these resources meet it."""
    today = today or timezone.localdate()
    return [match(need, zone, rows, said, today) for need in NEEDS.values()]


def missing(zone: Zone, territory: Territory, today: dt.date | None = None) -> list[Match]:
    """Return the needs that are not covered: each is a candidate for a solution.

    `match.need.measures` are the solutions of the catalogue that answer it; workshops and roadmaps
    begin from here.
    """
    return [x for x in matches(zone, territory, today) if x.cover != Cover.COVERED]


def said_of(
    rows: Sequence[Description], shown: Iterable[tuple[Contradiction, Verification | None]]
) -> Said:
    """Return when each resource was last confirmed, and what contradicts it."""
    confirmed = {x.resource_id: x.confirmed_on for x in rows if x.confirmed_on is not None}
    contradicted: dict[int, list[tuple[Contradiction, Verification | None]]] = {}
    for said_so, verified in shown:
        if said_so.resource_id is not None:
            contradicted.setdefault(said_so.resource_id, []).append((said_so, verified))
    return Said(confirmed, contradicted)


def match(need: Need, zone: Zone, rows: Iterable[Description], said: Said, today: dt.date) -> Match:
    """Return how a need is met by these descriptions, those of elsewhere left out."""
    here = [x for x in rows if need.id in x.needs and _reaches(x, zone)]
    looked = [answer(need, zone, x, said, today) for x in here]
    answers = [x for x in looked if not x.out]
    if not answers:
        cover = Cover.MISSING
    else:
        cover = Cover.COVERED if any(x.sound for x in answers) else Cover.FRAGILE
    answers.sort(key=lambda x: (len(x.against), x.description.name))
    return Match(need, cover, answers, [x for x in looked if x.out])


def _reaches(x: Description, zone: Zone) -> bool:
    if x.zone in ("", zone.code):
        return True
    return x.lon is not None and x.lat is not None and within(zone, x.lon, x.lat, NEXT_DOOR_M)


def answer(need: Need, zone: Zone, x: Description, said: Said, today: dt.date) -> Answer:
    """Return what stands against a resource before a need."""
    walk = stroll(zone, x.lon, x.lat)
    out = _out(need, x, walk, said, today)
    against: list[str] = []
    if not x.fresh(today):
        against.append("à vérifier : personne n’y est passé depuis le 1er juin")
    unknown = [str(s.label) for s in need.slots if x.opens(s, today) == Known.UNKNOWN]
    if unknown and x.fresh(today):
        against.append(f"on ne sait pas si c’est ouvert {' ni '.join(unknown)} en août")
    if need.within is not None:
        if walk is None:
            against.append("on ne sait pas où c’est exactement")
        elif walk.high > need.within.central:
            against.append(f"peut-être loin ({walk.text}, au pas d’une personne âgée)")
    against += [FRAGILITIES[name] for name in x.fragilities if name in FRAGILITIES]
    if x.condition == Description.Condition.WORN:
        against.append("à réparer ou à compléter")
    if need.responsible:
        against += _unconfirmed(said.confirmed.get(x.resource_id), today)
    for said_so, verified in said.contradicted.get(x.resource_id, []):
        if verified is None:
            against.append(f"un habitant dit : {said_so.get_claim_display()} (pas encore vérifié)")
        elif verified.holds and said_so.claim not in TAKES_OUT:
            against.append(f"{said_so.get_claim_display()} (vérifié par {verified.body.name})")
    return Answer(x, walk, tuple(dict.fromkeys(against)), out)


def _unconfirmed(day: dt.date | None, today: dt.date) -> list[str]:
    if day is None:
        return [
            "sa structure n’a pas confirmé combien de personnes elle reçoit ni qu’elle en répond"
        ]
    if day < last_june(today):
        return [f"confirmé le {day:%d/%m/%Y} : à redire pour cet été"]
    return []


def _out(need: Need, x: Description, walk: Stroll | None, said: Said, today: dt.date) -> str:
    """Return why a resource does not answer a need at all; nothing where it does."""
    if x.condition == Description.Condition.OUT:
        return "hors d’usage aujourd’hui"
    for said_so, verified in said.contradicted.get(x.resource_id, []):
        if verified is not None and verified.holds and said_so.claim in TAKES_OUT:
            return f"{said_so.get_claim_display()}, vérifié par {verified.body.name}"
    closed = [str(s.label) for s in need.slots if x.opens(s, today) == Known.NO]
    if closed:
        return f"fermé {' et '.join(closed)} en août"
    if need.within is not None and walk is not None and walk.low > need.within.high:
        return f"trop loin : {walk.text} au moins"
    return ""
