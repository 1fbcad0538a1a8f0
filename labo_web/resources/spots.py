"""Where resources are, to 50 m for what residents give, and how far a neighbourhood is from them.

No street is known to a page, so a walk is told as a range: never less than the straight line.
"""

import math
from dataclasses import dataclass

import shapely

from labo.access import WALKING_65_PLUS_KMH
from labo.estimate import Estimate
from labo_web.releases.models import Zone

SNAP_M = 50.0
METRES_A_DEGREE = 111_320.0
# How much longer the streets are than the straight line.
DETOUR = Estimate(
    central=1.3,
    low=1.0,
    high=1.6,
    unit="1",
    reference="Ordre de grandeur en ville : une ligne droite, au moins ; au plus, un grand détour",
    grade="to_check",
    scope="distance par les rues / distance à vol d’oiseau",
)


def snapped(lon: float, lat: float) -> tuple[float, float]:
    """Return the middle of the square of 50 m that holds a point."""
    tall = SNAP_M / METRES_A_DEGREE
    row = math.floor(lat / tall)
    # The squares of a row are all as wide, whatever the point in it.
    wide = tall / math.cos(math.radians((row + 0.5) * tall))
    column = math.floor(lon / wide)
    return round((column + 0.5) * wide, 6), round((row + 0.5) * tall, 6)


@dataclass(frozen=True)
class Stroll:
    """Minutes on foot, for an older person, from the middle of a neighbourhood: a range."""

    low: float
    high: float

    @property
    def text(self) -> str:
        """The same, in words."""
        low, high = math.floor(self.low), math.ceil(self.high)
        return f"de {low} à {high} min à pied" if high > 1 else "sur place"


def stroll(zone: Zone, lon: float | None, lat: float | None) -> Stroll | None:
    """Return the walk from the middle of a neighbourhood, at 3 km/h; None where nobody knows."""
    if lon is None or lat is None:
        return None
    middle = shapely.from_geojson(zone.geometry).centroid
    up = (lat - middle.y) * METRES_A_DEGREE
    across = (lon - middle.x) * METRES_A_DEGREE * math.cos(math.radians(middle.y))
    straight = math.hypot(up, across) / (WALKING_65_PLUS_KMH * 1000 / 60)
    return Stroll(straight * DETOUR.low, straight * DETOUR.high)


def within(zone: Zone, lon: float, lat: float, margin_m: float) -> bool:
    """Return whether a point is in the box of a neighbourhood, or at most so far out of it."""
    tall = margin_m / METRES_A_DEGREE
    wide = tall / math.cos(math.radians(lat))
    return (
        zone.west - wide <= lon <= zone.east + wide
        and zone.south - tall <= lat <= zone.north + tall
    )
