"""What lies where: values of polygons, lines, points and rasters, at points and inside zones.

Points and zones are in EPSG:3035.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import scipy.sparse
import shapely

from labo.crosswalk import NEGLIGIBLE_SHARE, Geometries
from labo.projection import way
from labo.raster import Raster
from labo.territory import CRS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Spots:
    """Points that much is asked about: x and y, EPSG:3035, each (points,)."""

    x: Floats
    y: Floats

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Find the points in a shape: large contours are prepared once, not walked every time."""
        return shapely.STRtree(shapely.points(self.x, self.y))


@dataclass(frozen=True)
class Pairs:
    """Which rows of a table meet which of so many places: `row[i]` meets `place[i]`."""

    row: Ints
    place: Ints
    places: int


def near(table: gpd.GeoDataFrame, spots: Spots, reach_m: float) -> Pairs:
    """Return the rows that lie within `reach_m` of each point; 0: on the point itself."""
    shapes = _shapes(table)
    if reach_m > 0:
        row, point = spots.tree.query(shapes, predicate="dwithin", distance=reach_m)
    else:
        row, point = spots.tree.query(shapes, predicate="intersects")
    return Pairs(row, point, len(spots.x))


def largest(met: Pairs, values: Floats, *, elsewhere: float) -> Floats:
    """Return the largest value that each place meets.

    Args:
        met: which rows each place meets.
        values: one per row; NaN is unknown.
        elsewhere: value where no row is met.

    Returns:
        shape (places,), NaN where what is met is unknown.
    """
    found = np.full(met.places, elsewhere)
    found[met.place] = np.nan
    known = ~np.isnan(values[met.row])
    best = np.full(met.places, -np.inf)
    np.maximum.at(best, met.place[known], values[met.row[known]])
    result: Floats = np.where(np.isfinite(best), best, found)
    return result


def with_values(raster: Raster, values: Floats) -> Raster:
    """Return a raster of other values, one per pixel in the order of `raster.values.ravel()`."""
    shaped = np.asarray(values, dtype=np.float32).reshape(raster.values.shape)
    return Raster(shaped, raster.west, raster.north, raster.pixel, raster.crs)


def under_points(raster: Raster, spots: Spots) -> Floats:
    """Return the value of the pixel under each point, NaN where it is unknown, (points,)."""
    return raster.at(*_moved(raster.crs, spots.x, spots.y))


@dataclass(frozen=True)
class Overlay:
    """Which ground of each zone the rows of a table cover.

    shapes: of the rows. apart: the square metres of each zone that a row covers without any other,
    CSR (zones, rows). crowded: the rows that overlap another, which `apart` leaves out, (rows,).
    """

    zones: Geometries
    shapes: Geometries
    apart: scipy.sparse.csr_matrix
    crowded: Bools

    def covered(self, rows: Bools) -> Floats:
        """Return the square metres of each zone that some rows cover, overlaps counted once."""
        surface: Floats = self.apart @ rows.astype(float)
        over = rows & self.crowded
        if over.any():
            whole = np.array([shapely.union_all(self.shapes[over])])
            surface = surface + _cut_out(whole, self.zones).sum(axis=1).A1
        return surface


def overlay(table: gpd.GeoDataFrame, zones: Geometries) -> Overlay:
    """Lay the polygons of a table over zones, once for all that is asked about them.

    Most maps are drawn without overlaps: only the rows that do overlap have to be put together.
    """
    shapes = _shapes(table)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    over = shapely.relate_pattern(shapes[one], shapes[other], "T********")
    crowded = np.zeros(len(shapes), dtype=bool)
    crowded[one[over]] = crowded[other[over]] = True
    alone = np.flatnonzero(~crowded)
    entry = _cut_out(shapes[alone], zones).tocoo()
    apart = scipy.sparse.csr_matrix(
        (entry.data, (entry.row, alone[entry.col])), shape=(len(zones), len(shapes))
    )
    return Overlay(zones, shapes, apart, crowded)


def on_ground(
    table: Overlay | Raster, values: Floats, zones: Geometries, *, elsewhere: float
) -> tuple[Floats, Floats]:
    """Return the square metres of each zone that count, and those of which something is known.

    Args:
        table: what lies there; rows that overlap count once, for the largest value.
        values: the share (0 to 1) that counts of each row or pixel; NaN is unknown.
        zones: shape (zones,).
        elsewhere: the share that counts where no row lies; NaN: nothing is known there.
    """
    if isinstance(table, Raster):
        return _under(with_values(table, values), zones)
    whole = shapely.area(zones)
    if np.isnan(elsewhere):
        known = table.covered(~np.isnan(values))
        base = np.zeros(len(zones))
    else:
        known = whole - table.covered(np.isnan(values))
        base = elsewhere * known
    amount = base
    # The larger values first: where rows overlap, the largest counts.
    before = np.zeros(len(zones))
    for value in sorted(set(values[~np.isnan(values)]), reverse=True):
        held = table.covered(values >= value)
        amount = amount + (value - (0.0 if np.isnan(elsewhere) else elsewhere)) * (held - before)
        before = held
    return amount, known


def within(table: gpd.GeoDataFrame, zones: Geometries) -> Pairs:
    """Return the points that lie in each zone; a polygon or a line is where its middle is."""
    points = shapely.centroid(_shapes(table))
    zone, row = shapely.STRtree(points).query(zones, predicate="intersects")
    return Pairs(row, zone, len(zones))


def summed(met: Pairs, values: Floats) -> tuple[Floats, Floats]:
    """Return the sum of the values of the rows in each zone, and the share of them known."""
    known = ~np.isnan(values[met.row])
    count = np.bincount(met.place, minlength=met.places).astype(np.float64)
    of_known = np.bincount(met.place[known], minlength=met.places)
    total = np.bincount(met.place[known], values[met.row[known]], met.places).astype(np.float64)
    return total, np.divide(of_known, count, out=np.ones(met.places), where=count > 0)


def _shapes(table: gpd.GeoDataFrame) -> Geometries:
    return np.asarray(table.geometry.to_crs(CRS))


def _moved(crs: str, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    if pyproj.CRS(crs).to_epsg() == pyproj.CRS(CRS).to_epsg():
        return x, y
    moved: Any = way(CRS, crs).transform(x, y)
    return moved[0], moved[1]


def _under(raster: Raster, zones: Geometries) -> tuple[Floats, Floats]:
    shapes = shapely.transform(
        zones, lambda xy: np.column_stack(_moved(raster.crs, xy[:, 0], xy[:, 1]))
    )
    total, count = raster.under(shapes)
    # Squares of a projection are not quite square metres: the zone's own surface is the measure.
    whole, seen = shapely.area(zones), shapely.area(shapes) / raster.pixel**2
    scale = np.divide(whole, seen, out=np.zeros(len(zones)), where=seen > 0)
    least = NEGLIGIBLE_SHARE * seen
    # Without the noise of sums: nothing is 0, and all of it is all of it.
    count = np.where(count < least, 0.0, np.where(count > seen - least, seen, count))
    return scale * np.where(np.abs(total) < least, 0.0, total), scale * count


def _cut_out(shapes: Geometries, zones: Geometries) -> scipy.sparse.csr_matrix:
    """Return the square metres of each zone that each shape covers, CSR (zones, shapes)."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    zone, part = shapely.STRtree(parts).query(zones, predicate="intersects")
    held, holder = shapely.STRtree(zones).query(parts, predicate="covered_by")
    cut = ~np.isin(zone * len(parts) + part, holder * len(parts) + held)
    surface = shapely.area(parts)[part]
    surface[cut] = shapely.area(shapely.intersection(parts[part[cut]], zones[zone[cut]]))
    return scipy.sparse.csr_matrix((surface, (zone, owner[part])), shape=(len(zones), len(shapes)))
