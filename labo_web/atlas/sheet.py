"""The sheet on which a site is drawn: metres to the right and down, from degrees and back.

A plain sheet has no place on Earth. That of a neighbourhood begins at its north-west corner, with
its outline behind, so that what is drawn can be held against the limits of the territory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from labo_web.releases.models import Zone

# Around a neighbourhood, so that a site at its edge can be drawn.
MARGIN = 0.1
# A first outline, to be drawn again: a small yard.
FIRST_WIDTH, FIRST_HEIGHT = 40.0, 30.0


@dataclass(frozen=True)
class Sheet:
    """A sheet of `width` × `height` metres; where it lies, what is behind, what it must be inside.

    behind: SVG path in metres. territory: in metres of the sheet; None where nobody knows.
    """

    width: float
    height: float
    behind: str
    territory: BaseGeometry | None
    outline: tuple[tuple[float, float], ...]


def plain() -> Sheet:
    """Return a sheet that lies nowhere."""
    ring = ((0.0, 0.0), (FIRST_WIDTH, 0.0), (FIRST_WIDTH, FIRST_HEIGHT), (0.0, FIRST_HEIGHT))
    return Sheet(FIRST_WIDTH, FIRST_HEIGHT, "", None, ring)


def of_zone(zone: Zone) -> Sheet:
    """Return the sheet of a neighbourhood, and the agglomeration that it must stay in."""
    across, up = metres_per_degree((zone.north + zone.south) / 2)
    west = zone.west - MARGIN * (zone.east - zone.west)
    north = zone.north + MARGIN * (zone.north - zone.south)
    width = (zone.east - west) * across * (1 + MARGIN)
    height = (north - zone.south) * up * (1 + MARGIN)

    def in_metres(geometry: str) -> BaseGeometry:
        return shapely.transform(
            shapely.from_geojson(geometry),
            lambda at: np.column_stack(((at[:, 0] - west) * across, (north - at[:, 1]) * up)),
        )

    own = in_metres(zone.geometry)
    whole = zone.release.zones.filter(kind="epci").first()
    middle = own.representative_point()
    left, top = round(middle.x - FIRST_WIDTH / 2), round(middle.y - FIRST_HEIGHT / 2)
    return Sheet(
        width=round(width, 1),
        height=round(height, 1),
        behind=_path(own),
        territory=None if whole is None else in_metres(whole.geometry),
        outline=tuple(
            (left + x, top + y)
            for x, y in ((0, 0), (FIRST_WIDTH, 0), (FIRST_WIDTH, FIRST_HEIGHT), (0, FIRST_HEIGHT))
        ),
    )


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Return the metres of a degree of longitude and of latitude, on the WGS 84 ellipsoid.

    Source: series of the ellipsoid's radii to three terms, good to a metre per degree.
    """
    phi = math.radians(latitude)
    across = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    up = 111_132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return across, up


def _path(shape: BaseGeometry) -> str:
    parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return "".join(
        "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in ring.coords[:-1]) + "z" for ring in rings
    )
