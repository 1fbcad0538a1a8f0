"""Sessions across territories: what is planned, who must lead them, what came; and the gate of P1.

A programme needs one session with services and elected officials and one with residents in each
territory: `held_in` says where they were held, for the cockpit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils import timezone

from labo_web.accounts.models import Territory
from labo_web.workshops.formats import FORMATS, Format
from labo_web.workshops.models import Contribution, Event, FresqueSheet
from labo_web.workshops.places import name_zones

BEFORE, AFTER = 6, 6  # months around this one
MOST = 500
Audience = FresqueSheet.Audience


@dataclass(frozen=True)
class Held:
    """How many sessions a territory has held for each audience; those of both count in both."""

    staff: int
    residents: int
    # Whose sheet does not say for whom it was.
    unsaid: int

    @property
    def passed(self) -> bool:
        """Whether what the gate of P1 asks for is there."""
        return self.staff >= 1 and self.residents >= 1


def held_in(territories: Iterable[Territory]) -> dict[int, Held]:
    """Return, by territory, the Fresques that were held, for whom: one query, zeros included.

    Only a Fresque counts for the gate: shorter sessions prepare it.
    """
    pks = [t.pk for t in territories]
    both = Q(fresque__audience=Audience.BOTH)
    rows = (
        Event.objects.announced()
        .exclude(state=Event.State.CANCELLED)
        .past()
        .filter(territory__in=pks, kind=Event.Kind.FRESQUE, fresque__present__gt=0)
        .order_by("territory")
        .values("territory")
        .annotate(
            staff=Count("pk", filter=both | Q(fresque__audience=Audience.STAFF)),
            residents=Count("pk", filter=both | Q(fresque__audience=Audience.RESIDENTS)),
            unsaid=Count("pk", filter=Q(fresque__audience="")),
        )
    )
    found = {r["territory"]: Held(r["staff"], r["residents"], r["unsaid"]) for r in rows}
    return {pk: found.get(pk, Held(0, 0, 0)) for pk in pks}


@dataclass(frozen=True)
class Planned:
    """A session with what it needs, or what came of it."""

    event: Event
    format: Format
    expected: int | None  # people; None where nobody knows
    leaders: tuple[int, int] | None
    sheet: FresqueSheet | None
    came: int  # words that were let through

    @property
    def came_said(self) -> str:
        """How many came, of how many said so before: nobody has to."""
        if self.sheet is None:
            return ""
        here, before = self.sheet.present, self.sheet.registered
        people = f"{here} présente{'s' if here > 1 else ''}"
        if before is None:
            return people
        if not before:
            return f"{people}, sans inscription"
        said = f"{before} inscrite{'s' if before > 1 else ''}"
        return f"{people} sur {said}" if here <= before else f"{people}, {said}"

    @property
    def leaders_said(self) -> str:
        """How many must lead it, in words."""
        if self.leaders is None:
            return "on ne sait pas : dites le nombre de places"
        least, advised = self.leaders
        if least == advised:
            return f"{least}"
        return f"{least}, mieux {advised} (à vérifier)"


@dataclass(frozen=True)
class Month:
    """A month of the plan: the leaders that its sessions need together; of the past, had."""

    first: dt.date
    sessions: int
    leaders: tuple[int, int]
    unknown: int


@dataclass(frozen=True)
class Plan:
    """All the sessions of some months."""

    months: tuple[Month, ...]
    rows: tuple[tuple[Territory, tuple[int, ...]], ...]
    coming: tuple[Planned, ...]
    past: tuple[Planned, ...]
    gates: tuple[tuple[Territory, Held], ...]


def months_around(today: dt.date) -> list[dt.date]:
    """Return the first day of each month of the plan."""
    found = []
    for n in range(-BEFORE, AFTER + 1):
        year, month = divmod(today.year * 12 + today.month - 1 + n, 12)
        found.append(dt.date(year, month + 1, 1))
    return found


def plan_of(territories: Sequence[Territory], today: dt.date) -> Plan:
    """Return the plan of some territories: a fixed number of queries, however many they are."""
    firsts = months_around(today)
    year, month = divmod(firsts[-1].year * 12 + firsts[-1].month, 12)
    end = dt.date(year, month + 1, 1)
    zone = timezone.get_current_timezone()
    since, until = (dt.datetime.combine(d, dt.time(), tzinfo=zone) for d in (firsts[0], end))
    events = list(
        Event.objects.filter(territory__in=territories, kind__in=FORMATS)
        .exclude(state=Event.State.CANCELLED)
        .filter(starts_at__gte=since, starts_at__lt=until)
        .select_related("territory", "fresque")
        .annotate(coming=Sum("registrations__people"))
        # A sum leaves the order of the model aside.
        .order_by("starts_at", "pk")[:MOST]
    )
    name_zones(events)
    words = dict(
        Contribution.objects.shown()
        .filter(event__in=[e.pk for e in events])
        .order_by("event")
        .values_list("event")
        .annotate(n=Count("pk"))
    )
    found = [_planned(e, words.get(e.pk, 0)) for e in events]
    by_month = {first: [p for p in found if _first(p.event) == first] for first in firsts}
    return Plan(
        months=tuple(_month(first, rows) for first, rows in by_month.items()),
        rows=tuple(
            (t, tuple(sum(p.event.territory_id == t.pk for p in by_month[f]) for f in firsts))
            for t in territories
        ),
        coming=tuple(p for p in found if not p.event.past),
        past=tuple(p for p in reversed(found) if p.event.past),
        gates=tuple(
            (t, held) for t, held in zip(territories, held_in(territories).values(), strict=True)
        ),
    )


def _first(event: Event) -> dt.date:
    return timezone.localtime(event.starts_at).date().replace(day=1)


def _planned(event: Event, came: int) -> Planned:
    found = FORMATS[Event.Kind(event.kind)]
    sheet = getattr(event, "fresque", None)
    registered: int | None = event.coming  # type: ignore[attr-defined]
    # Places are what one prepares for; without them, those who said that they come.
    expected = event.capacity if event.capacity is not None else registered
    leaders = found.leaders(expected) if expected else None
    if event.past:
        leaders = (sheet.leaders, sheet.leaders) if sheet else None
    return Planned(event, found, expected, leaders, sheet, came)


def _month(first: dt.date, rows: Sequence[Planned]) -> Month:
    known = [p.leaders for p in rows if p.leaders is not None]
    together = sum(x for x, _ in known), sum(x for _, x in known)
    return Month(first, len(rows), together, len(rows) - len(known))
