"""Where something was said: the nearest corner of a grid of 50 m, never a front door."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache, lru_cache

from pyproj import Transformer
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from labo_web.accounts.models import Territory
from labo_web.releases.models import Zone
from labo_web.workshops.models import Event
from labo_web.workshops.models.contributions import GRID

# Metropolitan France in Lambert 93, with some sea around it.
EASTINGS, NORTHINGS = (50_000, 1_350_000), (6_000_000, 7_250_000)


@cache
def _to_metres() -> Transformer:
    return Transformer.from_crs(4326, 2154, always_xy=True)


def snapped(longitude: float, latitude: float) -> tuple[int, int] | None:
    """Return the corner of the grid (EPSG:2154, metres); None where it is not a place of France."""
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        return None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        return None
    x, y = _to_metres().transform(longitude, latitude)
    if not (EASTINGS[0] <= x <= EASTINGS[1] and NORTHINGS[0] <= y <= NORTHINGS[1]):
        return None
    return round(x / GRID) * GRID, round(y / GRID) * GRID


def degrees(easting: int, northing: int) -> tuple[float, float]:
    """Return longitude and latitude, to about ten metres."""
    x, y = _to_metres().transform(easting, northing, direction="INVERSE")
    return round(x, 4), round(y, 4)


def zones_of(territory: Territory) -> dict[str, str]:
    """Return the neighbourhoods of a territory by code, from the newest release of each.

    Their names and outlines are the official ones, which a release that is not open yet may give.
    """
    rows = Zone.objects.filter(release__territory=territory, kind__in=("qpv", "perimeter"))
    return dict(rows.order_by("release_id").values_list("code", "name"))


def name_zones(events: list[Event]) -> None:
    """Give events the name of their neighbourhood: one query for all of them."""
    codes = {e.zone for e in events if e.zone}
    rows = Zone.objects.filter(code__in=codes).order_by("release_id")
    names = {(t, c): n for t, c, n in rows.values_list("release__territory", "code", "name")}
    for event in events:
        event.zone_name = names.get((event.territory_id, event.zone), event.zone)


@dataclass(frozen=True)
class Plan:
    """A plain drawing to point on: a path in a box of `width` × `height`, and its corners."""

    path: str
    width: int
    height: int
    west: float
    south: float
    east: float
    north: float


WIDE = 1000
AROUND = 0.15  # of the neighbourhood's size, on each side


def plan_of(event: Event) -> Plan | None:
    """Return the outline of the event's neighbourhood, or of all of them; None without a release.

    A release never changes: it is drawn once.
    """
    rows = Zone.objects.filter(release__territory=event.territory, kind__in=("qpv", "perimeter"))
    rows = rows.filter(code=event.zone) if event.zone else rows
    newest = rows.order_by("-release_id").values_list("release__digest", flat=True).first()
    return _drawn(newest, event.zone) if newest is not None else None


@lru_cache(64)
def _drawn(digest: str, zone: str) -> Plan:
    """Draw them: x follows longitude and y latitude, so that a point is read back by a rule of
    three; the height keeps its shape at that latitude.
    """
    rows = Zone.objects.filter(release__digest=digest, kind__in=("qpv", "perimeter"))
    rows = rows.filter(code=zone) if zone else rows
    shapes: list[BaseGeometry] = [
        shape(json.loads(text)) for text in rows.values_list("geometry", flat=True)
    ]
    west, south = (min(s.bounds[i] for s in shapes) for i in (0, 1))
    east, north = (max(s.bounds[i] for s in shapes) for i in (2, 3))
    pad_x, pad_y = AROUND * (east - west), AROUND * (north - south)
    west, east, south, north = west - pad_x, east + pad_x, south - pad_y, north + pad_y
    squeeze = math.cos(math.radians((south + north) / 2))
    high = round(WIDE * (north - south) / ((east - west) * squeeze))

    def at(point: tuple[float, ...]) -> str:
        x = WIDE * (point[0] - west) / (east - west)
        y = high * (north - point[1]) / (north - south)
        return f"{x:.0f} {y:.0f}"

    rings = []
    for s in shapes:
        found = mapping(s)
        parts = [found["coordinates"]] if found["type"] == "Polygon" else found["coordinates"]
        rings += [ring for part in parts for ring in part]
    path = "".join(f"M{'L'.join(at(p) for p in ring)}Z" for ring in rings)
    return Plan(path, WIDE, high, west, south, east, north)
