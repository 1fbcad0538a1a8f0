"""What stands beside the figures of a neighbourhood: its actions, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest

from labo_web.accounts.models import Territory
from labo_web.roadmaps.access import may_read
from labo_web.roadmaps.models import Action, Level

LIGHT = 6  # on the neighbourhood's page


@dataclass(frozen=True)
class Beside:
    """The actions of a neighbourhood, those that are decided first; `more` are not listed."""

    actions: tuple[Action, ...]
    more: int
    members: bool  # whether whoever asks reads what is not public


def of_zone(request: HttpRequest, territory: Territory, zone: str) -> Beside:
    """Return the actions in a neighbourhood or everywhere in its territory, in one query.

    Everyone reads those that were published, the team and its committees all. Each has `steps_all`
    and `steps_done`.
    """
    members = may_read(request, territory)
    rows = Action.objects.filter(roadmap__territory=territory)
    if not members:
        rows = rows.public()
    rows = rows.only("number", "title", "zones", "level", "published_on").annotate(
        steps_all=Count("steps"),
        steps_done=Count("steps", filter=Q(steps__done_on__isnull=False)),
    )
    # Neighbourhoods are a list in JSON, which SQLite cannot search.
    here = [a for a in rows if not a.zones or zone in a.zones]
    order = [Level.UNDER_WAY, Level.ENGAGED, Level.DONE, Level.READY, Level.STUDY, Level.IDEA]
    order.append(Level.ABANDONED)
    here.sort(key=lambda a: (order.index(Level(a.level)), a.number))
    return Beside(tuple(here[:LIGHT]), max(len(here) - LIGHT, 0), members)
