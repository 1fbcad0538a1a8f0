"""The territories of a programme read together: rows of the cockpit, and what is common to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from labo_web.programme.facts import Fact, facts_of
from labo_web.programme.models import (
    Deliverable,
    GateDecision,
    Membership,
    Programme,
    Schedule,
)
from labo_web.programme.periods import Period, around
from labo_web.programme.progress import Progress, progress_of

SOON = 60  # days


@dataclass(frozen=True)
class Cohort:
    """The territories that are there, the most late first, and those that have left."""

    programme: Programme
    here: list[Progress]
    left: list[Progress]
    today: dt.date

    @property
    def all(self) -> list[Progress]:
        """Both."""
        return [*self.here, *self.left]

    @property
    def late(self) -> list[Progress]:
        """Those that are late in something."""
        return [p for p in self.here if p.late]

    @property
    def by_name(self) -> list[Progress]:
        """By name: what is read by everyone is no ranking."""
        return sorted(self.all, key=lambda p: (p.membership.territory.name, p.membership.pk))

    @property
    def present(self) -> int | None:
        """How many came in all, where anything was published: sums of eleven people or more."""
        known = [p.facts.present for p in self.all if p.facts.present is not None]
        return sum(known) if known else None

    @property
    def events(self) -> int:
        """How many events were held."""
        return sum(p.held for p in self.all)

    @property
    def soon(self) -> list[tuple[Fact, Progress]]:
        """The events to come, the nearest first."""
        last = self.today + dt.timedelta(SOON)
        found = [(f, p) for p in self.here for f in p.facts.events() if self.today <= f.on <= last]
        return sorted(found, key=lambda x: (x[0].on, x[1].membership.pk))

    @property
    def due(self) -> list[tuple[dt.date, str, Progress]]:
        """What is due soon: ends of phases and deliverables, the nearest first."""
        last = self.today + dt.timedelta(SOON)
        found = []
        for p in self.here:
            for x in p.phases:
                due = x.schedule.due_on if x.schedule else None
                if x.passed_on is None and due and self.today <= due <= last:
                    found.append((due, f"jalon {x.phase.code} {x.phase.label}", p))
            for d in p.deliveries:
                if d.on is None and self.today <= d.deliverable.due_on <= last:
                    found.append((d.deliverable.due_on, d.deliverable.title, p))
        return sorted(found, key=lambda x: (x[0], x[2].membership.pk, x[1]))

    @property
    def periods(self) -> list[Period]:
        """The periods before elections that the programme runs through."""
        return around(self.programme.starts_on, self.programme.ends_on)


def read(
    programme: Programme, today: dt.date, memberships: Collection[Membership] | None = None
) -> Cohort:
    """Return the cohort of a programme as it stands on a day, or some of its territories.

    The number of queries does not depend on how many there are.
    """
    if memberships is None:
        rows = Membership.objects.filter(programme=programme).select_related("territory")
        memberships = list(rows)
    for m in memberships:
        m.programme = programme
    keys = [m.pk for m in memberships]
    facts = facts_of(programme, {m.territory_id for m in memberships}, today)
    schedules = _by_member(list(Schedule.objects.filter(membership__in=keys)))
    gates = _by_member(list(GateDecision.objects.filter(membership__in=keys)))
    owed = _by_member(list(Deliverable.objects.filter(membership__in=keys)))
    found = [
        progress_of(
            m, facts[m.territory_id],
            schedules.get(m.pk, ()), gates.get(m.pk, ()), owed.get(m.pk, ()),  # type: ignore[arg-type]
            today,
        )
        for m in memberships
    ]  # fmt: skip
    here = [p for p in found if not _left(p.membership, today)]
    here.sort(key=lambda p: (-p.most_late, p.membership.territory.name))
    left = [p for p in found if _left(p.membership, today)]
    return Cohort(programme, here, left, today)


def _left(membership: Membership, today: dt.date) -> bool:
    return membership.left_on is not None and membership.left_on <= today


def _by_member(
    rows: Sequence[Schedule] | Sequence[GateDecision] | Sequence[Deliverable],
) -> dict[int, list[Schedule | GateDecision | Deliverable]]:
    found: dict[int, list[Schedule | GateDecision | Deliverable]] = {}
    for row in rows:
        found.setdefault(row.membership_id, []).append(row)
    return found
