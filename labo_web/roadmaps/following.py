"""What runs late, what was not looked at, and what a year brought: computed, never typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from labo_web.roadmaps import figures, progress
from labo_web.roadmaps.models import Action, Roadmap, Step, Tracked
from labo_web.roadmaps.progress import Course

SOON_DAYS = 30
FOLLOWED = ("ready", "engaged", "under_way", "done")


@dataclass(frozen=True)
class Due:
    """A step that is late, or soon due, in its action."""

    action: Action
    step: Step
    days: int  # late where positive


@dataclass(frozen=True)
class Followed:
    """All that is followed in a roadmap."""

    late: tuple[Due, ...]
    soon: tuple[Due, ...]
    courses: tuple[Course, ...]
    stale: tuple[Course, ...]
    unstarted: tuple[Action, ...]  # engaged, and no step has a day
    running: tuple[Action, ...]  # engaged or under way

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.late or self.soon or self.stale or self.unstarted)


def of(roadmap: Roadmap, today: dt.date, request: HttpRequest | None = None) -> Followed:
    """Return what is followed; without a request, as the team reads it."""
    alive = roadmap.actions.alive().prefetch_related("steps__organisation")
    late, soon = [], []
    for action in alive:
        steps = list(action.steps.all())
        for s in steps:
            if s.done_on is None and s.due_on is not None:
                days = (today - s.due_on).days
                if days > 0:
                    late.append(Due(action, s, days))
                elif days >= -SOON_DAYS:
                    soon.append(Due(action, s, days))
    courses = courses_of(roadmap, request)
    running = [action for action in alive if action.level in ("engaged", "under_way")]
    return Followed(
        late=tuple(sorted(late, key=lambda d: -d.days)),
        soon=tuple(sorted(soon, key=lambda d: -d.days)),
        courses=tuple(courses),
        stale=tuple(c for c in courses if c.stale(today)),
        unstarted=tuple(a for a in running if not any(s.due_on for s in a.steps.all())),
        running=tuple(running),
    )


def courses_of(
    roadmap: Roadmap, request: HttpRequest | None, tracked: Iterable[Tracked] | None = None
) -> list[Course]:
    """Return the course of each tracked indicator of actions that were decided."""
    if tracked is None:
        tracked = (
            Tracked.objects.filter(action__roadmap=roadmap, action__level__in=FOLLOWED)
            .select_related("action")
            .prefetch_related("observations")
            .order_by("action__number", "pk")
        )
    rows = list(tracked)
    pairs = [(t.zone, t.indicator) for t in rows if t.indicator]
    values = figures.series(roadmap.territory, pairs, request)
    return [
        progress.course_of(t, t.observations.all(), values.get((t.zone, t.indicator), []))
        for t in rows
    ]
