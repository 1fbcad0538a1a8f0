"""The true ground of a synthetic agglomeration, at 10 m: what is sealed, what is under trees."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage

from labo.demo.city import City
from labo.demo.field import Bools, Floats, Ints, smooth_field, within_group
from labo.demo.plan import FABRIC, OPEN, Use

Image = NDArray[np.float32]

PIXEL = 10
_STREET, _SIDE_M = 4.0, 5.0
"""Half a street with its pavement, and the step along it, metres."""
_BUILDING_STEP = 2.5
# Share paved of what is neither building nor street, and under trees, by fabric.
_PAVED = {"old_centre": 0.75, "terraces": 0.35, "detached": 0.16, "residences": 0.35,
          "estate": 0.38, "village": 0.22, "scattered": 0.04}  # fmt: skip
_TREES = {"old_centre": 0.04, "terraces": 0.10, "detached": 0.17, "residences": 0.15,
          "estate": 0.15, "village": 0.13, "scattered": 0.06}  # fmt: skip
_PAVED_OPEN = {Use.SCHOOL: 0.55, Use.SHOPS: 0.75, Use.INDUSTRY: 0.65, Use.PARK: 0.05}
DRIFT_M = 800.0


@dataclass(frozen=True)
class Cover:
    """The true ground; images have rows from the north, pixels of 10 m from (west, north)."""

    west: float
    north: float
    block: NDArray[np.int32]
    """Number of the block, −1 outside the agglomeration."""
    sealed: Image
    canopy: Image
    quads: Floats
    """Corners of the blocks, EPSG:3035."""

    @property
    def transform(self) -> Affine:
        """From columns and rows to EPSG:3035."""
        return Affine(PIXEL, 0, self.west, 0, -PIXEL, self.north)

    @cached_property
    def pixels(self) -> Floats:
        """How many each block has."""
        return np.bincount(self._slots, minlength=len(self.quads) + 1)[1:].astype(np.float64)

    def by_block(self, image: Image) -> Floats:
        """Sum of an image over each block."""
        held = np.bincount(self._slots, image.ravel(), len(self.quads) + 1)
        return held[1:].astype(np.float64)

    @cached_property
    def _slots(self) -> Ints:
        """Each pixel's block plus one; 0 outside."""
        slots: Ints = self.block.ravel().astype(np.int64) + 1
        return slots

    def drift(self, rng: np.random.Generator, size: float) -> Image:
        """A relative error: one for the territory, one that changes along it."""
        common = 0.6 * rng.standard_normal()
        factor = 1 + size * (common + 0.8 * self.wander(rng, DRIFT_M))
        return np.maximum(factor, 0.05).astype(np.float32)

    def wander(self, rng: np.random.Generator, scale: float) -> Image:
        """A smooth field, about N(0, 1), on the pixels."""
        rows, columns = self.block.shape
        step = 15  # pixels: far below what the field's bumps measure
        down, along = -(-rows // step) + 1, -(-columns // step) + 1
        x, y = np.meshgrid(np.arange(along) * step * PIXEL, -np.arange(down) * step * PIXEL)
        coarse = smooth_field(rng, scale).at(np.column_stack([x.ravel(), y.ravel()]))
        at = (np.arange(rows) / step, np.arange(columns) / step)
        return stretched(coarse.reshape(down, along).astype(np.float32), *at)


def stretched(coarse: Image, row: Floats, column: Floats) -> Image:
    """Bilinear values of an image at rows × columns."""
    i, j = row.astype(np.int64), column.astype(np.int64)
    down, along = (row - i).astype(np.float32), (column - j).astype(np.float32)
    across = coarse[:, j] * (1 - along) + coarse[:, j + 1] * along
    image = across[i] * (1 - down)[:, None] + across[i + 1] * down[:, None]
    return image.astype(np.float32, copy=False)


@cache
def _grid_of_plan() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(2154, 3035, always_xy=True)


def to_grid(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """From EPSG:2154 to EPSG:3035."""
    east, north = _grid_of_plan().transform(x, y)
    return np.asarray(east), np.asarray(north)


def cover_of(city: City, green: pd.DataFrame, rng: np.random.Generator) -> Cover:
    """The ground of a city whose drawn vegetation is `green` (geometry in EPSG:2154)."""
    land = city.land
    quads = np.stack(to_grid(*land.nodes.T), axis=1)[land.corners]
    # Three pixels of 10 m make one of 30 m.
    side = 3 * PIXEL
    low = np.floor(quads.min(axis=(0, 1)) / side) * side - side
    high = np.ceil(quads.max(axis=(0, 1)) / side) * side + side
    columns, rows = ((high - low) / PIXEL).astype(int).tolist()
    west, north = float(low[0]), float(high[1])
    block = _block_image(quads, west, north, rows, columns)

    def gathered(x: Floats, y: Floats, share: Floats) -> Image:
        """Add shares of a pixel up where they fall."""
        column = np.floor((x - west) / PIXEL).astype(np.int64)
        row = np.floor((north - y) / PIXEL).astype(np.int64)
        sums = np.bincount(row * columns + column, share, rows * columns)
        return sums.astype(np.float32).reshape(rows, columns)

    built = np.minimum(gathered(*_building_points(city)), 1)
    hard = np.minimum(built + gathered(*_street_points(city, quads)), 1)
    hard += (1 - hard) * by_pixel(_paved(city, rng), block)
    tree = by_pixel(_trees(city, green, rng), block)
    clumps = ndimage.gaussian_filter(
        rng.standard_normal(block.shape, dtype=np.float32), 1.2, truncate=2.5
    )
    clumps /= clumps.std()
    tree += 0.6 * np.sqrt(tree * (1 - tree)) * clumps
    canopy = np.clip(tree, 0, 1) * (1 - 0.9 * built)
    inside = block >= 0
    sealed = (np.clip(hard, 0, 1) * inside).astype(np.float32)
    return Cover(west, north, block, sealed, (canopy * inside).astype(np.float32), quads)


def by_pixel(of_block: Floats, block: NDArray[np.int32]) -> Image:
    """Each pixel's block's value, 0 outside."""
    # The last one is what −1 takes.
    image: Image = np.append(of_block, 0.0).astype(np.float32)[block]
    return image


def _block_image(
    quads: Floats, west: float, north: float, rows: int, columns: int
) -> NDArray[np.int32]:
    """Number of the block under the middle of each pixel; blocks are convex."""
    x, y = (quads[..., 0] - west) / PIXEL - 0.5, (north - quads[..., 1]) / PIXEL - 0.5
    first = np.ceil(y.min(axis=1)).astype(np.int64)
    count = np.floor(y.max(axis=1)).astype(np.int64) - first + 1
    owner = np.repeat(np.arange(len(quads)), count)
    row = first[owner] + within_group(count)
    left, right = np.full(len(owner), np.inf), np.full(len(owner), -np.inf)
    for k in range(4):
        x0, y0 = x[owner, k], y[owner, k]
        x1, y1 = x[owner, (k + 1) % 4], y[owner, (k + 1) % 4]
        cut = (np.minimum(y0, y1) <= row) & (row <= np.maximum(y0, y1)) & (y0 != y1)
        share = np.divide(row - y0, y1 - y0, out=np.zeros(len(row)), where=cut)
        at = x0 + share * (x1 - x0)
        left = np.where(cut, np.minimum(left, at), left)
        right = np.where(cut, np.maximum(right, at), right)
    crossed = left <= right
    owner, row, left, right = owner[crossed], row[crossed], left[crossed], right[crossed]
    begin = np.ceil(left).astype(np.int64)
    wide = np.maximum(np.floor(right).astype(np.int64) - begin + 1, 0)
    image = np.full(rows * columns, -1, dtype=np.int32)
    image[np.repeat(row * columns + begin, wide) + within_group(wide)] = np.repeat(owner, wide)
    return image.reshape(rows, columns)


def _building_points(city: City) -> tuple[Floats, Floats, Floats]:
    """Points spread over each building, and the share of a pixel that each stands for."""
    built = city.buildings
    x, y = to_grid(built.x, built.y)
    ahead_x, ahead_y = to_grid(built.x + 10 * built.along_x, built.y + 10 * built.along_y)
    ux, uy = (ahead_x - x) / 10, (ahead_y - y) / 10
    wide = np.ceil(built.width / _BUILDING_STEP).astype(np.int64)
    deep = np.ceil(built.depth / _BUILDING_STEP).astype(np.int64)
    of = np.repeat(np.arange(len(built)), wide * deep)
    i, j = np.divmod(within_group(wide * deep), deep[of])
    u = ((i + 0.5) / wide[of] - 0.5) * built.width[of]
    v = ((j + 0.5) / deep[of] - 0.5) * built.depth[of]
    share = built.width * built.depth / (wide * deep) / PIXEL**2
    return x[of] + u * ux[of] - v * uy[of], y[of] + u * uy[of] + v * ux[of], share[of]


def _street_points(city: City, quads: Floats) -> tuple[Floats, Floats, Floats]:
    """Points along the streets of the built-up blocks, each on its own side."""
    town = quads[with_buildings(city) & (city.plan.fabric != FABRIC["scattered"])]
    start = town.reshape(-1, 2)
    edge = np.roll(town, -1, axis=1).reshape(-1, 2) - start
    length = np.hypot(*edge.T)
    count = np.ceil(length / _SIDE_M).astype(np.int64)
    of = np.repeat(np.arange(len(start)), count)
    unit = edge / length[:, None]
    inward = np.column_stack([-unit[:, 1], unit[:, 0]])
    along = (within_group(count) + 0.5) / count[of]
    point = start[of] + along[:, None] * edge[of] + 0.5 * _STREET * inward[of]
    return point[:, 0], point[:, 1], (_STREET * length / count / PIXEL**2)[of]


def with_buildings(city: City) -> Bools:
    """Which blocks hold a building."""
    there = np.zeros(len(city.land), bool)
    there[city.buildings.block] = True
    return there


def _paved(city: City, rng: np.random.Generator) -> Floats:
    """Share of each block's courts and gardens that is paved."""
    plan, there = city.plan, with_buildings(city)
    share = np.full(len(there), 0.01)
    for name, value in _PAVED.items():
        share[there & (plan.fabric == FABRIC[name])] = value
    for use, value in _PAVED_OPEN.items():
        share[there & (plan.use == use) & ~np.isin(plan.fabric, (FABRIC["detached"],))] = value
    share *= np.exp(0.25 * rng.standard_normal(len(share)))
    return np.clip(share, 0.0, 0.95)


def _trees(city: City, green: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """Share of each block under trees: what IGN draws, and the gardens and streets it leaves."""
    plan, there = city.plan, with_buildings(city)
    share = np.full(len(there), 0.015)
    for name, value in _TREES.items():
        share[there & (plan.fabric == FABRIC[name])] = value
    share[(plan.fabric == OPEN) & there] = 0.06
    share *= np.exp(0.4 * smooth_field(rng, 900.0).at(city.land.centroid))
    drawn = np.bincount(
        block_of(city, green), shapely.area(green["geometry"].to_numpy()), len(there)
    )
    return np.clip(share + 0.85 * drawn / city.land.area, 0.0, 0.95)


def block_of(city: City, green: pd.DataFrame) -> Ints:
    """The block that each patch stands in: the one whose middle is nearest."""
    middle = shapely.get_coordinates(shapely.centroid(green["geometry"].to_numpy()))
    tree = shapely.STRtree(shapely.points(city.land.centroid))
    nearest: Ints = tree.nearest(shapely.points(middle)).astype(np.int64)
    return nearest
