"""A site as it is drawn: an outline, surfaces as polygons, trees as points; checked, then measured.

Shapes are in metres of EPSG:3035, in which areas are true; `from_geojson` takes what a browser
draws, in degrees. Messages are French: they answer someone who draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from labo.errors import BadInput
from labo.projection import way
from labo.site import MOST_M2, MOST_TREES, Site
from labo.surfaces import SURFACES, TREES
from labo.territory import CRS

MOST_SHAPES = 200
MOST_POINTS = 20_000
# A hand does not draw to the centimetre: what is below is an edge, not an overlap.
EDGE_M2, EDGE_SHARE = 0.5, 0.01
SMALLEST_M2 = 0.1
ROLES = ("outline", "surface", "tree")


class Drawn(NamedTuple):
    """A surface or a tree that was drawn: its kind and its shape, in metres."""

    kind: str
    shape: BaseGeometry


def measured(
    outline: BaseGeometry,
    surfaces: Sequence[Drawn],
    trees: Sequence[Drawn],
    *,
    rest: str,
    territory: BaseGeometry | None,
) -> Site:
    """Return the site that is drawn; ground that nobody drew on is of the kind `rest`.

    Args:
        outline: of the site.
        surfaces: polygons; shade may hang over the others.
        trees: points.
        rest: a kind of surface that covers ground.
        territory: in which the site must be; None where nobody knows.

    Raises:
        BadInput: a shape that is empty, crosses itself, lies outside, or over another; too many.
        UnknownName: a kind that is not.
    """
    if not SURFACES[rest].covers:
        raise BadInput(f"« {SURFACES[rest].label} » est au-dessus d'un sol : donnez un sol.")
    _check_numbers(outline, surfaces, trees)
    _check_polygon(outline, "Le contour du site")
    if outline.area > MOST_M2:
        raise BadInput(
            f"Ce contour fait {outline.area:.0f} m² ; au-delà de {MOST_M2:.0f} m², c'est un "
            "quartier : ces notes ne valent plus."
        )
    if territory is not None and _beyond(outline, territory):
        raise BadInput("Ce site est hors du territoire : dessinez-le dans l'agglomération.")
    for number, (kind, polygon) in enumerate(surfaces, 1):
        name = f"La surface {number} (« {SURFACES[kind].label} »)"
        _check_polygon(polygon, name)
        if _beyond(polygon, outline):
            raise BadInput(f"{name} sort du contour du site : ramenez-la dedans.")
    for over in (True, False):
        _check_overlaps(
            [(i, x) for i, x in enumerate(surfaces, 1) if SURFACES[x.kind].covers is over]
        )
    for number, (kind, point) in enumerate(trees, 1):
        name = f"L'arbre {number} (« {TREES[kind].label} »)"
        if point.geom_type != "Point" or not np.isfinite(shapely.get_coordinates(point)).all():
            raise BadInput(f"{name} n'est pas un point.")
        if not outline.intersects(point):
            raise BadInput(f"{name} est hors du site.")
    return _site(outline, surfaces, trees, rest)


def _site(
    outline: BaseGeometry, surfaces: Sequence[Drawn], trees: Sequence[Drawn], rest: str
) -> Site:
    areas: dict[str, float] = {}
    for kind, polygon in surfaces:
        areas[kind] = areas.get(kind, 0.0) + polygon.intersection(outline).area
    drawn = math.fsum(area for kind, area in areas.items() if SURFACES[kind].covers)
    if (left := outline.area - drawn) > 0:
        areas[rest] = areas.get(rest, 0.0) + left
    counts: dict[str, int] = {}
    for kind, _ in trees:
        counts[kind] = counts.get(kind, 0) + 1
    return Site(areas, counts)


def _check_numbers(
    outline: BaseGeometry, surfaces: Sequence[Drawn], trees: Sequence[Drawn]
) -> None:
    if len(surfaces) > MOST_SHAPES:
        raise BadInput(f"{len(surfaces)} surfaces : dessinez-en {MOST_SHAPES} au plus.")
    if len(trees) > MOST_TREES:
        raise BadInput(f"{len(trees)} arbres : dessinez-en {MOST_TREES} au plus.")
    points = sum(map(shapely.get_num_coordinates, (outline, *(x.shape for x in surfaces))))
    if points > MOST_POINTS:
        raise BadInput(f"{points} points dessinés : simplifiez, {MOST_POINTS} au plus.")


def _check_polygon(polygon: BaseGeometry, name: str) -> None:
    if polygon.geom_type != "Polygon" or polygon.is_empty:
        raise BadInput(f"{name} n'est pas un polygone.")
    if not np.isfinite(shapely.get_coordinates(polygon)).all():
        raise BadInput(f"{name} a un point sans position.")
    if not polygon.is_valid:
        raise BadInput(f"{name} se croise elle-même : redessinez-la d'un seul tour.")
    if polygon.area < SMALLEST_M2:
        raise BadInput(f"{name} n'a pas de surface : dessinez-la plus grande ou retirez-la.")


def _beyond(inner: BaseGeometry, outer: BaseGeometry) -> bool:
    out = inner.difference(outer).area
    return bool(out > max(EDGE_M2, EDGE_SHARE * inner.area))


def _check_overlaps(surfaces: Sequence[tuple[int, Drawn]]) -> None:
    shapes = np.array([x.shape for _, x in surfaces], dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a >= b:
            continue
        common = shapes[a].intersection(shapes[b]).area
        if common > max(EDGE_M2, EDGE_SHARE * min(shapes[a].area, shapes[b].area)):
            (i, one), (j, two) = surfaces[a], surfaces[b]
            raise BadInput(
                f"Les surfaces {i} (« {SURFACES[one.kind].label} ») et {j} "
                f"(« {SURFACES[two.kind].label} ») se recouvrent sur {common:.0f} m² : séparez-les."
            )


# What a browser draws


def from_geojson(drawing: Mapping[str, Any], *, rest: str, territory: BaseGeometry | None) -> Site:
    """Return the site of a GeoJSON FeatureCollection, in degrees.

    Each feature has properties `role` ("outline" once, "surface" or "tree") and, but for the
    outline, `kind`.

    Args:
        drawing: as parsed from JSON.
        rest: as in `measured`.
        territory: as in `measured`, in metres of EPSG:3035.

    Raises:
        BadInput: not such a collection, or what `measured` refuses.
        UnknownName: a kind that is not.
    """
    features = drawing.get("features") if isinstance(drawing, Mapping) else None
    if not isinstance(features, list):
        raise BadInput("Ce dessin n'est pas une collection GeoJSON.")
    if len(features) > 1 + MOST_SHAPES + MOST_TREES:
        raise BadInput(f"{len(features)} objets dessinés : c'est trop.")
    by_role: dict[str, list[Drawn]] = {role: [] for role in ROLES}
    for number, feature in enumerate(features, 1):
        role, drawn = _feature(feature, number)
        by_role[role].append(drawn)
    if len(by_role["outline"]) != 1:
        raise BadInput("Dessinez un contour de site, et un seul.")
    return measured(
        by_role["outline"][0].shape,
        by_role["surface"],
        by_role["tree"],
        rest=rest,
        territory=territory,
    )


def _feature(feature: Any, number: int) -> tuple[str, Drawn]:
    try:
        properties, geometry = feature["properties"], feature["geometry"]
        role, kind = properties["role"], str(properties.get("kind", ""))
        if _points_in(geometry["coordinates"]) > MOST_POINTS:
            raise BadInput(f"L'objet {number} a plus de {MOST_POINTS} points : simplifiez-le.")
        drawn = shapely.force_2d(shape_of(geometry))
    except BadInput:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, shapely.GEOSException):
        raise BadInput(f"L'objet {number} du dessin ne se lit pas.") from None
    if role not in ROLES:
        raise BadInput(f"L'objet {number} est {role!r} : attendu {', '.join(ROLES)}.")
    return role, Drawn(kind, in_metres(drawn))


def _points_in(coordinates: Any) -> int:
    """Count positions, all of them finite numbers, before any geometry is built of them."""
    if not isinstance(coordinates, list | tuple) or not coordinates:
        raise TypeError
    if isinstance(coordinates[0], list | tuple):
        return sum(map(_points_in, coordinates))
    if not all(math.isfinite(x) for x in coordinates):
        raise ValueError
    return 1


def in_metres(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry in degrees (EPSG:4326) in metres of EPSG:3035.

    Raises:
        BadInput: a position that is none.
    """
    positions = shapely.get_coordinates(geometry)
    if not np.isfinite(positions).all() or (np.abs(positions) > (180.0, 90.0)).any():
        raise BadInput("Un point du dessin n'est pas sur la Terre : redessinez-le.")
    return shapely.transform(geometry, _to_metres)


def _to_metres(positions: Any) -> Any:
    return np.column_stack(_transformer().transform(positions[:, 0], positions[:, 1]))


@cache
def _transformer() -> Transformer:
    return way("EPSG:4326", CRS)
