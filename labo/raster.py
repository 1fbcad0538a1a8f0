"""Rasters: official images as arrays of true values, read where they are wanted."""

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio
import rasterio.errors
import rasterio.merge
import shapely

from labo import archives
from labo.crosswalk import Geometries, cut_on_grid, edges_of
from labo.errors import BadInput
from labo.projection import way
from labo.source import Bounds, SourceFile

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.float32]

# A territory at 10 m is some tens of millions of pixels; more is another territory, or a mistake.
MAX_PIXELS = 400_000_000
SUFFIXES = (".tif", ".tiff", ".jp2", ".vrt")
# Pixels are squares, to the rounding of their declared size.
SQUARE = 1e-6
# So many pixels are summed at once.
STRIPE = 4_000_000


@dataclass(frozen=True)
class Raster:
    """One band, north up, square pixels.

    values: shape (rows, columns), NaN where nothing is known; row 0 is the northernmost. west and
    north: of the upper left corner, in `crs`. pixel: side of a pixel, same unit.
    """

    values: Pixels
    west: float
    north: float
    pixel: float
    crs: str

    def at(self, x: Floats, y: Floats) -> Floats:
        """Return the values under points of the raster's CRS; NaN outside it."""
        column = np.floor((x - self.west) / self.pixel).astype(np.int64)
        row = np.floor((self.north - y) / self.pixel).astype(np.int64)
        rows, columns = self.values.shape
        here = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        found = np.full(len(x), np.nan)
        found[here] = self.values[row[here], column[here]]
        return found

    def under(self, zones: Geometries) -> tuple[Floats, Floats]:
        """Return the sum of the known values in each zone, and how many pixels are known there.

        Pixels count by the share of them that the zone (of the raster's CRS) covers, exactly. The
        zone's edges are enough to know it: an edge adds the values north of it, and takes them away
        where the zone lies south of it.

        Returns:
            both of shape (zones,), in pixels.
        """
        rows, columns = self.values.shape
        # In pixels from the lower left corner, whatever the raster's CRS and size of pixel.
        south = self.north - rows * self.pixel
        inside = shapely.transform(zones, lambda xy: (xy - (self.west, south)) / self.pixel)
        zone, *ends = edges_of(inside, 0, 0, 1)
        edge, column, row, wide, north_of = cut_on_grid(*ends)
        # The array's first row is the northernmost; one more row stands for all that lies south.
        row = rows - 1 - row
        met = np.flatnonzero((column >= 0) & (column < columns) & (row >= 0))
        met = met[np.argsort(column[met], kind="stable")]
        owner, row = zone[edge[met]], np.minimum(row[met], rows)
        column, wide, north_of = column[met], wide[met], north_of[met]
        total, count = np.zeros(len(zones)), np.zeros(len(zones))
        step = max(1, STRIPE // max(rows, 1))
        for begin in range(0, columns, step):
            here = slice(*np.searchsorted(column, (begin, begin + step)))
            values = self.values[:, begin : begin + step]
            known = ~np.isnan(values)
            on, across = row[here] < rows, column[here] - begin
            for summed, amount in ((total, np.where(known, values, 0.0)), (count, known)):
                # Of each column, the sum of all that lies north of a row.
                north = np.zeros((rows + 1, values.shape[1]))
                for k in range(rows):
                    np.add(north[k], amount[k], out=north[k + 1])
                part = wide[here] * north[row[here], across]
                part[on] += (north_of[here] * amount[np.minimum(row[here], rows - 1), across])[on]
                summed[:] += np.bincount(owner[here], part, len(zones))
        return total, count


def read_raster(
    file: SourceFile,
    bounds: Bounds | None,
    *,
    band: int,
    valid: tuple[float, float],
    nodata: Collection[float],
    prefer: str = "",
) -> Raster:
    """Read the part of a raster that is inside `bounds`.

    The file is a GeoTIFF, or a ZIP or a folder of tiles of one production; `prefer` is part of the
    name of those to read.

    Args:
        file: where it is.
        bounds: degrees; None reads all of it.
        band: which, from 1.
        valid: least and greatest value that a pixel may have.
        nodata: the codes that the producer writes for no value, besides the file's own.
        prefer: part of the name of the tiles to read in an archive of several productions.

    Raises:
        BadInput: not readable, another CRS than declared, or a value that is neither valid nor
            one of the codes for no value.
    """
    declared = file.source.crs
    paths = _tiles(file, prefer)
    try:
        grounds = [_ground(path, file, band) for path in paths]
        window = _window(bounds, declared) if bounds is not None else None
        near = [
            path
            for path, ground in zip(paths, grounds, strict=True)
            if window is None or _meets(ground.bounds, window)
        ]
        if not near:
            file.note(
                "missing",
                len(paths),
                "none of the file's tiles lies around the territory: it may be another area's",
            )
            empty = np.zeros((0, 0), dtype=np.float32)
            return Raster(empty, 0.0, 0.0, grounds[0].side, str(declared))
        with ExitStack() as stack:
            tiles = [stack.enter_context(rasterio.open(path)) for path in near]
            return _read(file, tiles, window, band, valid, set(nodata))
    # A name of a system in no UTF-8 is told as what it is.
    except (rasterio.errors.RasterioError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file.path} cannot be read as an image ({error}): it is damaged or of another "
            "format; fetch it again."
        ) from error


class _Ground(NamedTuple):
    """Where a tile lies, in its own system, and the side of its pixels."""

    bounds: tuple[float, float, float, float]
    side: float


def _ground(path: str, file: SourceFile, band: int) -> _Ground:
    """Return where a tile lies, once it was checked: see `_check_tile`."""

    def look() -> _Ground:
        with rasterio.open(path) as tile:
            _check_tile(file, tile, band)
            return _Ground(tuple(tile.bounds), abs(tile.transform.a))

    return file.once(("ground", path, band), look)


def _tiles(file: SourceFile, prefer: str) -> list[str]:
    """Return the addresses of the images of a file, an archive or a folder.

    Raises:
        BadInput: there is none.
    """
    names = file.once(("images",), lambda: _images(file.path))
    chosen = file.once(
        ("images", prefer),
        lambda: [name for name in names if prefer.lower() in name.rsplit("/", 1)[-1].lower()],
    )
    if not chosen:
        raise BadInput(
            f"{file.path} holds no image{f' named {prefer!r}' if prefer else ''}; expected one or "
            f"several of {', '.join(SUFFIXES)}."
        )
    return chosen


def _images(path: Path) -> list[str]:
    if path.is_dir():
        return sorted(str(p) for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
    if path.suffix.lower() != ".zip":
        return [str(path)]
    inside = sorted(archives.names(path))
    return [f"/vsizip/{path}/{n}" for n in inside if n.lower().endswith(SUFFIXES)]


def _check_tile(file: SourceFile, tile: "rasterio.DatasetReader", band: int) -> None:
    """Refuse an image in another system than declared, askew, or without the band.

    Raises:
        BadInput: as said.
    """
    declared = file.source.crs
    if tile.crs is None:
        raise BadInput(f"{file.path} does not say its CRS, {declared} was expected.")
    found = pyproj.CRS.from_wkt(tile.crs.to_wkt())
    expected = pyproj.CRS(declared)
    same = expected.equals(found, ignore_axis_order=True) or expected.to_epsg() == found.to_epsg()
    if not same:
        raise BadInput(
            f"{file.path} is in {found.name}, {declared} was expected: take the file in that "
            "system, or reproject it."
        )
    step = tile.transform
    if not step.a or not np.isfinite(np.array(step[:6])).all():
        told = ", ".join(f"{x:g}" for x in step[:6])
        raise BadInput(
            f"{file.path} does not say where its pixels lie ({told}): a corner and a size of pixel "
            "were expected; take the file from its producer."
        )
    if step.b or step.d or abs(step.a + step.e) > SQUARE * abs(step.a):
        raise BadInput(
            f"{file.path} has pixels of {step.a:g} × {step.e:g}, turned or not square: north up "
            "and square pixels were expected."
        )
    if band > tile.count:
        raise BadInput(f"{file.path} has {tile.count} band(s), band {band} was expected.")


def _window(bounds: Bounds, crs: str | None) -> tuple[float, float, float, float]:
    transformer = way("EPSG:4326", crs)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return west, south, east, north


def _meets(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    return not apart


def _read(
    file: SourceFile,
    tiles: "list[rasterio.DatasetReader]",
    window: tuple[float, float, float, float] | None,
    band: int,
    valid: tuple[float, float],
    nodata: set[float],
) -> Raster:
    side = abs(tiles[0].transform.a)
    west = min(t.bounds.left for t in tiles)
    south = min(t.bounds.bottom for t in tiles)
    east = max(t.bounds.right for t in tiles)
    north = max(t.bounds.top for t in tiles)
    if window is not None:
        # Whole pixels of the first tile's grid.
        x0, y1 = tiles[0].bounds.left, tiles[0].bounds.top
        west = max(west, x0 + np.floor((window[0] - x0) / side) * side)
        south = max(south, y1 + np.floor((window[1] - y1) / side) * side)
        east = min(east, x0 + np.ceil((window[2] - x0) / side) * side)
        north = min(north, y1 + np.ceil((window[3] - y1) / side) * side)
    pixels = (east - west) / side * (north - south) / side
    if pixels > MAX_PIXELS:
        raise BadInput(
            f"{file.path} has {pixels:,.0f} pixels around the territory, more than "
            f"{MAX_PIXELS:,}: give an image of this territory, or of larger pixels."
        )
    fill = tiles[0].nodata
    own = {float(t.nodata) for t in tiles if t.nodata is not None}
    # What no tile covers must be told from a value: float holds every code there is.
    merged, transform = rasterio.merge.merge(
        tiles,
        bounds=(west, south, east, north),
        indexes=[band],
        nodata=np.nan if fill is None else fill,
        dtype="float32",
    )
    values: Pixels = merged[0]
    known = ~np.isnan(values)
    for code in own | nodata:
        known &= values != np.float32(code)
    wrong = known & ((values < valid[0]) | (values > valid[1]))
    if wrong.any():
        raise BadInput(
            f"{file.path} has {values[wrong][0]:g} in {int(wrong.sum())} pixels, where "
            f"{valid[0]:g} to {valid[1]:g} was expected, or "
            f"{', '.join(f'{x:g}' for x in sorted(own | nodata)) or 'nothing'} for no value: it is "
            "another product, or another code for no value; correct its nodata, or take the file "
            "from its producer."
        )
    values[~known] = np.nan
    return Raster(values, float(transform.c), float(transform.f), side, str(file.source.crs))
