"""What lies where: values of polygons, lines, points and rasters, at points and inside zones.

Points and zones are in EPSG:3035.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from labo.crosswalk import Geometries
from labo.raster import Raster
from labo.territory import CRS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def at_points(
    table: gpd.GeoDataFrame | Raster,
    values: Floats,
    x: Floats,
    y: Floats,
    *,
    elsewhere: float,
    reach_m: float,
) -> Floats:
    """Return the largest value that lies within `reach_m` of each point.

    Args:
        table: what lies there.
        values: one per row, or per pixel (in the order of `raster.values.ravel()`); NaN is unknown.
        x: EPSG:3035, shape (points,).
        y: same shape.
        elsewhere: value where no row lies; a raster knows its own holes, which are NaN.
        reach_m: 0 for what lies on the point itself; a raster has no reach.

    Returns:
        shape (points,), NaN where what lies there is unknown.
    """
    if isinstance(table, Raster):
        return _with(table, values).at(*_moved(table.crs, x, y))
    shapes = _shapes(table)
    # A tree of points, asked by shapes: large contours are prepared once, not walked every time.
    tree = shapely.STRtree(shapely.points(x, y))
    if reach_m > 0:
        row, point = tree.query(shapes, predicate="dwithin", distance=reach_m)
    else:
        row, point = tree.query(shapes, predicate="intersects")
    found = np.full(len(x), elsewhere)
    met = np.zeros(len(x), dtype=bool)
    met[point] = True
    found[met] = np.nan
    known = ~np.isnan(values[row])
    best = np.full(len(x), -np.inf)
    np.maximum.at(best, point[known], values[row[known]])
    result: Floats = np.where(np.isfinite(best), best, found)
    return result


def on_ground(
    table: gpd.GeoDataFrame | Raster, values: Floats, zones: Geometries, *, elsewhere: float
) -> tuple[Floats, Floats]:
    """Return the square metres of each zone that count, and those of which something is known.

    Args:
        table: what lies there; rows that overlap count once, for the largest value.
        values: the share (0 to 1) that counts of each row or pixel; NaN is unknown.
        zones: shape (zones,).
        elsewhere: the share that counts where no row lies; NaN: nothing is known there.
    """
    if isinstance(table, Raster):
        return _under(_with(table, values), zones)
    whole = shapely.area(zones)
    if np.isnan(elsewhere):
        known = _covered(_shapes(table)[~np.isnan(values)], zones)
        base = np.zeros(len(zones))
    else:
        unknown = np.isnan(values)
        known = whole - (_covered(_shapes(table)[unknown], zones) if unknown.any() else 0.0)
        base = elsewhere * known
    amount = base
    # The larger values first: where rows overlap, the largest counts.
    before = np.zeros(len(zones))
    shapes = _shapes(table)
    for value in sorted(set(values[~np.isnan(values)]), reverse=True):
        held = _covered(shapes[values >= value], zones)
        amount = amount + (value - (0.0 if np.isnan(elsewhere) else elsewhere)) * (held - before)
        before = held
    return amount, known


def inside(table: gpd.GeoDataFrame, values: Floats, zones: Geometries) -> tuple[Floats, Floats]:
    """Return the sum of the values of the points in each zone, and the share of them known.

    A polygon or a line is where its middle is.
    """
    points = shapely.centroid(_shapes(table))
    zone, row = shapely.STRtree(points).query(zones, predicate="intersects")
    known = ~np.isnan(values[row])
    count = np.bincount(zone, minlength=len(zones)).astype(np.float64)
    of_known = np.bincount(zone[known], minlength=len(zones))
    total = np.bincount(zone[known], values[row[known]], len(zones)).astype(np.float64)
    return total, np.divide(of_known, count, out=np.ones(len(zones)), where=count > 0)


def _shapes(table: gpd.GeoDataFrame) -> Geometries:
    return np.asarray(table.geometry.to_crs(CRS))


def _with(raster: Raster, values: Floats) -> Raster:
    shaped = np.asarray(values, dtype=np.float32).reshape(raster.values.shape)
    return Raster(shaped, raster.west, raster.north, raster.pixel, raster.crs)


def _moved(crs: str, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    if pyproj.CRS(crs).to_epsg() == pyproj.CRS(CRS).to_epsg():
        return x, y
    moved: Any = pyproj.Transformer.from_crs(CRS, crs, always_xy=True).transform(x, y)
    return moved[0], moved[1]


def _under(raster: Raster, zones: Geometries) -> tuple[Floats, Floats]:
    shapes = shapely.transform(
        zones, lambda xy: np.column_stack(_moved(raster.crs, xy[:, 0], xy[:, 1]))
    )
    share, values = raster.under(shapes)
    here = ~np.isnan(values)
    # Squares of a projection are not quite square metres: the zone's own surface is the measure.
    whole, seen = shapely.area(zones), shapely.area(shapes) / raster.pixel**2
    scale = np.divide(whole, seen, out=np.zeros(len(zones)), where=seen > 0)
    return scale * (share @ np.where(here, values, 0.0)), scale * (share @ here.astype(float))


def _covered(shapes: Geometries, zones: Geometries) -> Floats:
    """Return the surface of each zone that shapes cover, where they overlap counted once."""
    area = np.zeros(len(zones))
    if not len(shapes):
        return area
    parts = shapely.get_parts(shapely.union_all(shapes))
    zone, part = shapely.STRtree(parts).query(zones, predicate="intersects")
    held, holder = shapely.STRtree(zones).query(parts, predicate="covered_by")
    whole = np.zeros(len(zone), dtype=bool)
    key = zone * len(parts) + part
    whole = np.isin(key, holder * len(parts) + held)
    surface = shapely.area(parts)[part]
    cut = ~whole
    shapely.prepare(zones)
    surface[cut] = shapely.area(shapely.intersection(parts[part[cut]], zones[zone[cut]]))
    return np.bincount(zone, surface, len(zones)).astype(np.float64)
