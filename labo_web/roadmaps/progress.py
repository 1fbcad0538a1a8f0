"""How far an action is: computed from its steps and observations, never typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from labo import words
from labo_web.releases.models import Value
from labo_web.roadmaps import vintages
from labo_web.roadmaps.amounts import figure
from labo_web.roadmaps.models import Action, Observation, Step, Tracked

SHOWN_LATE = 3


@dataclass(frozen=True)
class Progress:
    """Steps done among all, and those that are late."""

    done: int
    steps: int
    late: tuple[Step, ...]
    next: Step | None

    @property
    def said(self) -> str:
        """In words."""
        if not self.steps:
            return "aucune étape"
        many = "s" if self.done > 1 else ""
        text = f"{self.done} étape{many} faite{many} sur {self.steps}"
        if self.late:
            text += f", {len(self.late)} en retard"
        return text


def of(action: Action, today: dt.date) -> Progress:
    """Return the progress of an action on a day."""
    steps = list(action.steps.all())
    waiting = [s for s in steps if s.done_on is None]
    dated = sorted((s for s in waiting if s.due_on), key=lambda s: (s.due_on, s.position))
    return Progress(
        done=len(steps) - len(waiting),
        steps=len(steps),
        late=tuple(s for s in dated if s.late(today)),
        next=dated[0] if dated else None,
    )


@dataclass(frozen=True)
class Point:
    """A value of a tracked indicator, where it is from and when."""

    on: dt.date
    value: Decimal
    text: str
    source: str
    from_release: bool
    held: Value | None = None  # the value itself, of a release


@dataclass(frozen=True)
class Course:
    """A tracked indicator: its points, oldest first, and where it should be."""

    tracked: Tracked
    points: tuple[Point, ...]

    @property
    def start(self) -> Point | None:
        """Where it started."""
        t = self.tracked
        if t.indicator:
            return self.points[0] if self.points else None
        if t.baseline is None:
            return None
        day = t.baseline_on or t.action.created_at.date()
        return Point(day, t.baseline, figure(t.baseline, t.unit), t.source, False)

    @property
    def last(self) -> Point | None:
        """The newest value."""
        return self.points[-1] if self.points else None

    @property
    def refused(self) -> str:
        """Why the newest value and the start make no evolution, if a producer forbids it."""
        start, last = self.start, self.last
        if start is None or last is None or start.held is None or last.held is None:
            return ""
        return vintages.refused(start.held, last.held)

    def target(self, year: int) -> Decimal | None:
        """Return the target that a year is read against."""
        return self.tracked.target_2027 if year <= 2027 else self.tracked.target_2030

    def way(self, year: int) -> Decimal | None:
        """Return the part of the way from the start to the target that is done, 1 at the target.

        None where the start, the target or a later value is missing, where there is no way to go,
        or where producers forbid to read the two values one after the other.
        """
        start, last, target = self.start, self.last, self.target(year)
        if start is None or last is None or target is None or target == start.value:
            return None
        if last.on <= start.on or self.refused:
            return None
        return (last.value - start.value) / (target - start.value)

    def way_said(self, year: int) -> str:
        """Say the way in words."""
        done = self.way(year)
        if why := self.refused:
            return f"pas d’évolution à lire : {why}"
        if done is None:
            return "pas encore mesurable"
        if done >= 1:
            return "cible atteinte"
        if done < 0:
            return "s’éloigne de la cible"
        return f"{100 * done:.0f}{words.NARROW}% du chemin vers la cible"

    def stale(self, today: dt.date) -> bool:
        """Whether no value came for longer than was said."""
        last = self.last or self.start
        since = last.on if last else self.tracked.action.created_at.date()
        return (today - since).days > 30.5 * self.tracked.every_months


def course_of(
    tracked: Tracked, observations: Iterable[Observation], values: Sequence[Value]
) -> Course:
    """Return the course of an indicator: releases by themselves, the rest by hand."""
    points = [
        Point(
            v.zone.release.imported_at.date(),
            Decimal(str(round(v.central or 0.0, 6))),
            words.figure(v.central, v.indicator.unit),
            f"livraison {v.zone.release.code}",
            True,
            v,
        )
        for v in values
    ]
    points += [
        Point(o.observed_on, o.value, figure(o.value, tracked.unit), o.source, False)
        for o in observations
    ]
    return Course(tracked, tuple(sorted(points, key=lambda p: p.on)))
