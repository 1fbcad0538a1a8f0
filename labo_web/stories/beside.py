"""What stands beside the figures of a neighbourhood: its stories."""

from __future__ import annotations

from dataclasses import dataclass

from labo_web.accounts.models import Territory
from labo_web.stories.models import Story

LIGHT = 4  # on the neighbourhood's page


@dataclass(frozen=True)
class Beside:
    """The latest public stories of a neighbourhood; whether there are more."""

    stories: tuple[Story, ...]
    more: bool


def of_zone(territory: Territory, zone: str) -> Beside:
    """Return the public stories of a neighbourhood or of its whole territory, in one query."""
    rows = Story.objects.public().with_heads().filter(territory=territory, zone__in=(zone, ""))
    found = list(rows[: LIGHT + 1])
    return Beside(tuple(found[:LIGHT]), len(found) > LIGHT)
