"""Streets and buildings behind the A3 map: a release has none, so they are kept beside it.

`labo-web import_streets TERRITORY FILE…` keeps them, with whom to credit. Where there are none, the
map says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio
from django.conf import settings
from shapely.geometry.base import BaseGeometry

from labo.errors import LaboError
from labo.sources.roads import STREET_NAMES
from labo_web.documents.texts import clean
from labo_web.releases import maps

KINDS = {"streets": ("LineString", "MultiLineString"), "buildings": ("Polygon", "MultiPolygon")}
MOST_DRAWN = 12_000
MOST_NAMES = 90
SHORTEST = 26  # drawing units that a named stretch has at least
LONGEST_NAME = 30


@dataclass(frozen=True)
class Backdrop:
    """What is drawn behind: outlines of buildings, streets, names along them; and its credit."""

    buildings: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    names: tuple[tuple[str, float, float, float], ...] = ()  # name, x, y, angle
    credit: str = ""


def path_of(territory: str, kind: str) -> Path:
    """Return where the streets or the buildings of a territory are kept."""
    return Path(settings.DATA) / "backdrops" / f"{territory}-{kind}.fgb"


def keep(territory: str, file: Path, credit: str) -> dict[str, int]:
    """Keep the lines of a file as streets and its polygons as buildings; return how many of each.

    Raises:
        LaboError: the file cannot be read, or holds neither.
    """
    try:
        found = pyogrio.read_dataframe(file)
    except (pyogrio.errors.DataSourceError, ValueError) as error:
        raise LaboError(
            f"{file} ne se lit pas comme un fichier de rues ou de bâtiments ({error})."
        ) from error
    if found.crs is None:
        raise LaboError(f"{file} ne dit pas son système de coordonnées.")
    names = next((found[c] for c in STREET_NAMES if c in found.columns), None)
    table = gpd.GeoDataFrame(geometry=found.geometry.force_2d(), crs=found.crs).to_crs(4326)
    table["name"] = "" if names is None else names.fillna("").astype(str)
    table["credit"] = credit
    kept: dict[str, int] = {}
    for kind, types in KINDS.items():
        rows = table[table.geom_type.isin(types)]
        if len(rows):
            path = path_of(territory, kind)
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new.fgb")
            pyogrio.write_dataframe(rows, fresh, driver="FlatGeobuf", promote_to_multi=True)
            fresh.replace(path)
            kept[kind] = len(rows)
    if not kept:
        raise LaboError(f"{file} n’a ni lignes (rues) ni polygones (bâtiments).")
    return kept


def behind(territory: str, frame: maps.Frame) -> Backdrop:
    """Return what is kept of a territory in a frame; empty where nothing is."""
    box = (frame.west, frame.south, frame.east, frame.north)
    found = {}
    for kind in KINDS:
        path = path_of(territory, kind)
        if path.is_file():
            found[kind] = pyogrio.read_dataframe(path, bbox=box, max_features=MOST_DRAWN)
    if not found:
        return Backdrop()
    streets, buildings = found.get("streets"), found.get("buildings")
    credits_ = sorted({c for table in found.values() for c in table["credit"].unique()})
    return Backdrop(
        buildings=tuple(_paths(buildings, frame)) if buildings is not None else (),
        streets=tuple(_paths(streets, frame)) if streets is not None else (),
        names=tuple(_named(streets, frame)) if streets is not None else (),
        credit=" ; ".join(credits_),
    )


def _paths(table: gpd.GeoDataFrame, frame: maps.Frame) -> list[str]:
    found = []
    for shape in table.geometry:
        for part in _parts(shape):
            ring = getattr(part, "exterior", part)
            points = [frame.at(x, y) for x, y, *_ in ring.coords]
            if len(set(points)) > 1:
                found.append("M" + "L".join(f"{x} {y}" for x, y in points))
    return found


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    return list(getattr(shape, "geoms", [shape]))


def _named(table: gpd.GeoDataFrame, frame: maps.Frame) -> list[tuple[str, float, float, float]]:
    """Return each name once, along its longest stretch, the longest first."""
    best: dict[str, tuple[float, tuple[str, float, float, float]]] = {}
    for name, shape in zip(table["name"], table.geometry, strict=True):
        if not name:
            continue
        for part in _parts(shape):
            points = [frame.at(x, y) for x, y, *_ in part.coords]
            (x1, y1), (x2, y2) = points[0], points[-1]
            length = math.hypot(x2 - x1, y2 - y1)
            middle = ((x1 + x2) / 2, (y1 + y2) / 2)
            inside = 20 < middle[0] < maps.WIDTH - 20 and 15 < middle[1] < frame.height - 15
            if inside and length > max(SHORTEST, best.get(name, (0.0,))[0]):
                angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
                angle += 180 if angle < -90 else -180 if angle > 90 else 0
                told = clean(name)[:LONGEST_NAME]
                best[name] = (length, (told, *middle, round(angle, 1)))
    ordered = sorted(best.values(), key=lambda row: -row[0])
    return [row for _, row in ordered[:MOST_NAMES]]
