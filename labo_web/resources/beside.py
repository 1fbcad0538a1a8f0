"""What stands beside the figures: resources, what is missing, and what residents say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from labo_web.releases import maps
from labo_web.releases.models import Indicator, Release, Value, Zone
from labo_web.resources import corrected, matching
from labo_web.resources.matching import Cover, Match
from labo_web.resources.models import Description, Known, Resource, Slot
from labo_web.resources.needs import FRAGILITIES, HAZARDS
from labo_web.resources.spots import Stroll, stroll

OPEN = {Known.YES: "ouvert", Known.NO: "fermé", Known.UNKNOWN: "à vérifier"}
WALKED = "walk"  # the method of values that rest on walks


@dataclass(frozen=True)
class Line:
    """A resource, ready to be shown."""

    description: Description
    walk: Stroll | None
    today: dt.date

    @property
    def resource(self) -> Resource:
        """What it is of."""
        return self.description.resource

    @property
    def openings(self) -> list[tuple[str, str, str]]:
        """When it opens on a hot August day: when, in a word, and the word's class."""
        found = [(s, self.description.opens(s, self.today)) for s in Slot]
        return [(str(s.label), OPEN[known], str(known)) for s, known in found]

    @property
    def checked(self) -> str:
        """When it was checked, or that it has to be."""
        day = self.description.checked_on
        if day is None:
            return "à vérifier : personne n’a dit quand"
        if not self.description.fresh(self.today):
            return f"à vérifier : vu le {day:%d/%m/%Y}, avant le 1er juin"
        return f"vu le {day:%d/%m/%Y}"

    @property
    def fragile(self) -> list[str]:
        """What makes it fragile, in words."""
        return [FRAGILITIES[x] for x in self.description.fragilities if x in FRAGILITIES]


def lines(rows: Sequence[Description], zone: Zone | None = None) -> list[Line]:
    """Return resources ready to be shown; walks are from the middle of a neighbourhood."""
    today = timezone.localdate()
    return [Line(x, stroll(zone, x.lon, x.lat) if zone else None, today) for x in rows]


def of_zone(
    request: HttpRequest, release: Release, zone: Zone, values: Sequence[Value]
) -> dict[str, Any]:
    """Return what the page of a neighbourhood says of resources; `values` are what it may show."""
    rows = list(Description.objects.published().filter(resource__territory=release.territory))
    everywhere = corrected.heard(request, release)
    said = matching.said_of(rows, [(x.row, x.verification) for x in everywhere])
    found = matching.matched(zone, rows, said)
    again = corrected.readings(release, everywhere, [v for v in values if v.zone.code == zone.code])
    here = [x for x in rows if x.zone in ("", zone.code)]
    return {
        "resources": here,
        "resource_count": len(here),
        "matches": found,
        "covers": [
            (cover, [x for x in found if x.cover == cover])
            for cover in (Cover.MISSING, Cover.FRAGILE, Cover.COVERED)
        ],
        "heard": corrected.concerning(everywhere, zone, release),
        "corrected": [x for x in again.values() if not x.same],
        "verified": corrected.counted(release, everywhere),
    }


def of_indicator(
    request: HttpRequest, release: Release, x: Indicator, values: Sequence[Value]
) -> dict[str, Any]:
    """Return what the page of an indicator of walks says from residents; nothing for another."""
    if not any(v.method == WALKED for v in values):
        return {}
    said = corrected.heard(request, release)
    again = corrected.readings(release, said, values)
    rows = [c for (_, name), c in sorted(again.items()) if name == x.name and not c.same]
    return {
        "heard": said,
        "corrected": rows,
        "verified": corrected.counted(release, said),
        "may_contradict": True,
    }


def by_hazard(found: Sequence[Match]) -> list[tuple[str, list[Match]]]:
    """Return matches by the words of their hazard, in the order of the table of needs."""
    groups = [(label, [x for x in found if x.need.hazard == h]) for h, label in HAZARDS.items()]
    return [(label, rows) for label, rows in groups if rows]


def drawing(zones: Sequence[Zone], frame: maps.Frame, rows: Sequence[Line], here: str = "") -> Any:
    """Return the drawing of a town with resources as points, numbered in the order of `rows`."""
    points = []
    for number, x in enumerate(rows, start=1):
        lon, lat = x.description.lon, x.description.lat
        if lon is None or lat is None:
            continue
        across, down = frame.at(lon, lat)
        if 0 <= across <= maps.WIDTH and 0 <= down <= frame.height:
            points.append({"x": across, "y": down, "number": number, "line": x})
    return maps.drawing(zones, frame, {}, here) | {
        "points": points,
        # What a script needs to know where a touch falls.
        "west": f"{frame.west:.7f}",
        "north": f"{frame.north:.7f}",
        "scale": f"{frame.scale:.3f}",
        "squeeze": f"{frame.squeeze:.6f}",
    }
