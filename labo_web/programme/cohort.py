"""The territories of a programme read together: rows of the cockpit, and what is common to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from labo_web.programme.facts import facts_of
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
    def coming(self) -> list[tuple[dt.date, str, list[str]]]:
        """What comes soon, the nearest first: gates, deliverables, events, and where.

        What is the same on the same day in several territories is one line.
        """
        last = self.today + dt.timedelta(SOON)
        found: dict[tuple[dt.date, str], list[str]] = {}
        for p in self.here:
            said: list[tuple[dt.date | None, str]] = [
                (x.schedule.due_on, f"jalon {x.phase.code} {x.phase.label}")
                for x in p.phases
                if x.schedule is not None and x.passed_on is None
            ]
            said += [
                (d.deliverable.due_on, f"livrable « {d.deliverable.title} »")
                for d in p.deliveries
                if d.on is None
            ]
            said += [(f.on, f"rencontre « {f.label} »") for f in p.facts.events()]
            for day, what in said:
                if day is not None and self.today <= day <= last:
                    found.setdefault((day, what), []).append(p.membership.territory.name)
        return [(day, what, sorted(names)) for (day, what), names in sorted(found.items())]

    @property
    def periods(self) -> list[tuple[Period, str]]:
        """The periods before elections that the programme runs through, and whether they hold."""
        found = around(self.programme.starts_on, self.programme.ends_on)
        return [(p, p.when(self.today)) for p in found]


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
    since: dict[int, dt.date] = {}
    for m in memberships:
        since[m.territory_id] = min(m.joined_on, since.get(m.territory_id, m.joined_on))
    facts = facts_of(programme, since, today)
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
