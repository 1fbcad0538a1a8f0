"""Buildings as rectangles along the sides of their block, with floors and dwellings."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from labo.demo.field import Bools, Floats, Ints, smooth_field, within_group
from labo.demo.form import Form
from labo.demo.land import Land
from labo.demo.plan import FABRIC, OPEN, ROAD_MESH, Use


class Kind(IntEnum):
    """What a building is."""

    HOUSE = 0
    COLLECTIVE = 1
    COMMUNITY = 2
    ANNEX = 3
    SCHOOL = 4
    SHOP = 5
    INDUSTRY = 6
    FARM = 7


@dataclass(frozen=True)
class Buildings:
    """One row per building; coordinates and lengths in metres, EPSG:2154."""

    block: Ints
    kind: Ints
    x: Floats
    y: Floats
    along_x: Floats
    """Unit vector of the facade."""
    along_y: Floats
    width: Floats
    depth: Floats
    floors: Ints
    dwellings: Ints

    def __len__(self) -> int:
        """Number of buildings."""
        return len(self.block)

    def where(self, chosen: Bools | Ints) -> "Buildings":
        """Some of the buildings."""
        return Buildings(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    @property
    def floor_area(self) -> Floats:
        """Gross floor area, m2."""
        return self.width * self.depth * self.floors

    def footprints(self) -> NDArray[np.object_]:
        """Polygons, shape (n,)."""
        signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) / 2
        u = signs[:, 0] * self.width[:, None]
        v = signs[:, 1] * self.depth[:, None]
        ring = np.stack(
            [
                self.x[:, None] + u * self.along_x[:, None] - v * self.along_y[:, None],
                self.y[:, None] + u * self.along_y[:, None] + v * self.along_x[:, None],
            ],
            axis=2,
        )
        polygons: NDArray[np.object_] = shapely.polygons(np.round(ring, 2))
        return polygons


def concatenate(parts: list[Buildings]) -> Buildings:
    """All the rows of several tables."""
    return Buildings(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Buildings)}
    )


@dataclass(frozen=True)
class _Lots:
    """Plots along a street: the middle of their front, its direction, the inward normal."""

    block: Ints
    x: Floats
    y: Floats
    ex: Floats
    ey: Floats
    nx: Floats
    ny: Floats
    width: Floats

    def where(self, chosen: Bools) -> "_Lots":
        return _Lots(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def _lots(
    blocks: Ints, start: Floats, end: Floats, width: Floats, margin: float, flip: bool = False
) -> _Lots:
    edge = end - start
    length = np.hypot(edge[:, 0], edge[:, 1])
    unit = edge / length[:, None]
    count = np.maximum(0, np.floor((length - 2 * margin) / width)).astype(np.int64)
    row = np.repeat(np.arange(len(blocks)), count)
    pad = (length - count * width) / 2
    at = pad[row] + (within_group(count) + 0.5) * width[row]
    sign = -1.0 if flip else 1.0
    point = start[row] + unit[row] * at[:, None]
    return _Lots(
        blocks[row], point[:, 0], point[:, 1], unit[row, 0], unit[row, 1],
        -sign * unit[row, 1], sign * unit[row, 0], width[row],
    )  # fmt: skip


def _street_lots(
    land: Land, blocks: Ints, sides: tuple[int, ...], width: Floats, margin: float
) -> _Lots:
    parts = [
        _lots(blocks, land.quads[blocks, k], land.quads[blocks, (k + 1) % 4], width, margin)
        for k in sides
    ]
    return _joined(parts)


def _joined(parts: list[_Lots]) -> _Lots:
    return _Lots(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(_Lots)}
    )


def _lane_lots(land: Land, blocks: Ints, width: Floats, margin: float) -> _Lots:
    """Plots on both sides of the lane that cuts a block in two."""
    quads = land.quads[blocks]
    start, end = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
    return _joined([_lots(blocks, start, end, width, margin, flip) for flip in (False, True)])


def _on(
    lots: _Lots,
    kind: Kind,
    setback: Floats | float,
    depth: Floats,
    width: Floats,
    floors: Ints | Floats,
    dwellings: Ints | Floats,
) -> Buildings:
    reach = setback + depth / 2
    n = len(lots.block)
    return Buildings(
        lots.block, np.full(n, int(kind)), lots.x + lots.nx * reach, lots.y + lots.ny * reach,
        lots.ex, lots.ey, width, depth, floors.astype(np.int64), dwellings.astype(np.int64),
    )  # fmt: skip


def _flats(
    rng: np.random.Generator, floor_area: Floats, mean: Floats | float, spread: float = 0.22
) -> Ints:
    """Flats that fit in a gross floor area; their size differs from one building to the next."""
    size = mean * rng.lognormal(0.0, spread, len(floor_area))
    return np.maximum(1, np.round(0.82 * floor_area / size)).astype(np.int64)


def _terraced(
    rng: np.random.Generator, form: Form, lots: _Lots, occupied: float
) -> list[Buildings]:
    lots = lots.where(rng.random(len(lots.block)) < occupied)
    n = len(lots.block)
    depth = rng.uniform(8, 12, n)
    floors = rng.choice([1, 2, 3], n, p=[0.22, 0.66, 0.12])
    split = rng.random(n) < form.subdivided_share
    flats = np.where(split, np.maximum(2, _flats(rng, lots.width * depth * floors, 46.0)), 1)
    house = ~split
    setback = np.where(rng.random(n) < 0.6, 5.0, 8.0)
    parts = [
        _on(lots.where(chosen), kind, setback[chosen], depth[chosen], lots.width[chosen] - 0.1,
            floors[chosen], flats[chosen])
        for chosen, kind in ((house, Kind.HOUSE), (split, Kind.COLLECTIVE))
    ]  # fmt: skip
    shed = rng.random(n) < 0.30
    back = lots.where(shed)
    parts.append(_annexes(rng, back, setback[shed] + depth[shed] + 6))
    return parts


def _annexes(rng: np.random.Generator, lots: _Lots, setback: Floats) -> Buildings:
    n = len(lots.block)
    return _on(
        lots, Kind.ANNEX, setback, rng.uniform(3, 6, n), np.minimum(rng.uniform(3, 6, n),
        lots.width - 0.5), np.ones(n, np.int64), np.zeros(n, np.int64),
    )  # fmt: skip


def _detached(rng: np.random.Generator, lots: _Lots, occupied: float) -> list[Buildings]:
    lots = lots.where(rng.random(len(lots.block)) < occupied)
    n = len(lots.block)
    width = np.minimum(rng.uniform(9, 15, n), lots.width - 2.5)
    setback = rng.uniform(8, 12, n)
    depth = rng.uniform(7.5, 11, n)
    dwellings = np.where(rng.random(n) < 0.03, 2, 1)
    floors = np.where(rng.random(n) < 0.55, 2, 1)
    main = _on(lots, Kind.HOUSE, setback, depth, width, floors, dwellings)
    shed = rng.random(n) < 0.35
    return [main, _annexes(rng, lots.where(shed), setback[shed] + depth[shed] + 2)]


def _old_centre(rng: np.random.Generator, land: Land, blocks: Ints) -> list[Buildings]:
    width = rng.uniform(6.5, 12, len(blocks))
    lots = _joined(
        [
            _street_lots(land, blocks, (0, 2), width, 5),
            _street_lots(land, blocks, (1, 3), width, 21),
        ]
    )
    lots = lots.where(rng.random(len(lots.block)) < 0.86)
    n = len(lots.block)
    depth = rng.uniform(9, 14, n)
    floors = np.clip(np.round(rng.normal(3.2, 0.8, n)), 2, 6)
    draw = rng.random(n)
    # A shop on the ground floor takes room that footprint and height do not show.
    homes = np.where(draw < 0.38, floors - 1, floors)
    flats = _flats(rng, lots.width * depth * homes, 60.0, 0.32)
    house = (draw > 0.82) & (lots.width < 9)
    offices = (draw > 0.44) & (draw < 0.50)
    parts = []
    for chosen, kind in (
        (house, Kind.HOUSE), (~house & ~offices, Kind.COLLECTIVE), (offices, Kind.SHOP),
    ):  # fmt: skip
        fixed = {Kind.HOUSE: 1, Kind.SHOP: 0}
        count = np.full(n, fixed[kind]) if kind in fixed else flats
        parts.append(
            _on(lots.where(chosen), kind, 4.0, depth[chosen], lots.width[chosen] - 0.1,
                floors[chosen], count[chosen])
        )  # fmt: skip
    shed = rng.random(n) < 0.35
    parts.append(_annexes(rng, lots.where(shed), depth[shed] + 5))
    return parts


def _residences(rng: np.random.Generator, land: Land, blocks: Ints) -> list[Buildings]:
    width = rng.uniform(26, 48, len(blocks))
    lots = _street_lots(land, blocks, (0, 2), width, 12)
    lots = lots.where(rng.random(len(lots.block)) < 0.80)
    n = len(lots.block)
    facade = np.minimum(rng.uniform(15, 38, n), lots.width - 6)
    depth = rng.uniform(10, 15, n)
    floors = rng.choice([2, 3, 4, 5, 6], n, p=[0.10, 0.33, 0.32, 0.17, 0.08])
    flats = _flats(rng, facade * depth * floors, 76.0)
    parts = [_on(lots, Kind.COLLECTIVE, rng.uniform(9, 15, n), depth, facade, floors, flats)]
    sides = _street_lots(land, blocks, (1, 3), rng.uniform(8, 16, len(blocks)), 38)
    return parts + _detached(rng, sides, 0.35)


def _slabs(
    rng: np.random.Generator,
    land: Land,
    blocks: Ints,
    per_block: Ints,
    size: tuple[tuple[float, float], tuple[float, float]],
    floors: Floats,
) -> list[Buildings]:
    """Free-standing bars or towers, parallel to one side of the block."""
    side = rng.integers(0, 2, len(blocks))
    quads = land.quads[blocks]
    rows = np.arange(len(blocks))
    a, b = quads[rows, side], quads[rows, side + 1]
    edge = b - a
    length = np.hypot(edge[:, 0], edge[:, 1])
    unit = edge / length[:, None]
    across = land.area[blocks] / length
    row = np.repeat(rows, per_block)
    rank = within_group(per_block)
    n = len(row)
    (w_low, w_high), (d_low, d_high) = size
    width = np.minimum(rng.uniform(w_low, w_high, n), 0.80 * length[row])
    depth = rng.uniform(d_low, d_high, n)
    level = np.clip(np.round(floors[row] * rng.lognormal(0, 0.18, n)), 3, 18).astype(np.int64)
    offset = ((rank + 0.5) / per_block[row] - 0.5) * across[row] * 0.86
    slide = rng.uniform(-0.5, 0.5, n) * (0.82 * length[row] - width)
    x = land.centroid[blocks][row, 0] + unit[row, 0] * slide - unit[row, 1] * offset
    y = land.centroid[blocks][row, 1] + unit[row, 1] * slide + unit[row, 0] * offset
    flats = _flats(rng, width * depth * level, 78.0, 0.16)
    main = Buildings(
        blocks[row], np.full(n, int(Kind.COLLECTIVE)), x, y, unit[row, 0], unit[row, 1],
        width, depth, level, flats,
    )  # fmt: skip
    garage = rng.random(n) < 0.45
    chosen = np.flatnonzero(garage)
    gap = depth[chosen] / 2 + 9
    boxes = Buildings(
        main.block[chosen], np.full(len(chosen), int(Kind.ANNEX)),
        x[chosen] - unit[row, 1][chosen] * gap, y[chosen] + unit[row, 0][chosen] * gap,
        main.along_x[chosen], main.along_y[chosen], width[chosen] * rng.uniform(0.3, 0.9,
        len(chosen)), np.full(len(chosen), 5.5), np.ones(len(chosen), np.int64),
        np.zeros(len(chosen), np.int64),
    )  # fmt: skip
    return [main, boxes]


def _large_halls(
    rng: np.random.Generator, land: Land, blocks: Ints, kind: Kind, area: float, floors: int
) -> list[Buildings]:
    width = rng.uniform(0.7, 1.4, len(blocks)) * area
    lots = _street_lots(land, blocks, (0, 2), width, 12)
    lots = lots.where(rng.random(len(lots.block)) < 0.7)
    n = len(lots.block)
    level = np.clip(rng.integers(1, floors + 1, n), 1, floors)
    return [
        _on(lots, kind, rng.uniform(8, 14, n), rng.uniform(14, 34, n),
            lots.width * rng.uniform(0.5, 0.85, n), level, np.zeros(n, np.int64))
    ]  # fmt: skip


def _hamlets(rng: np.random.Generator, land: Land, blocks: Ints) -> list[Buildings]:
    """One to eight houses on the road side of a country block, sometimes a farm."""
    i, j = land.i[blocks] % ROAD_MESH, land.j[blocks] % ROAD_MESH
    last = ROAD_MESH - 1
    side = np.select([j == 0, i == last, j == last, i == 0], [0, 1, 2, 3], rng.integers(0, 4))
    start, end = land.quads[blocks, side], land.quads[blocks, (side + 1) % 4]
    lots = _lots(blocks, start, end, rng.uniform(20, 38, len(blocks)), 10)
    keep = rng.choice([0.18, 0.35, 0.6, 0.95], len(land), p=[0.42, 0.28, 0.18, 0.12])
    parts = _detached(rng, lots.where(rng.random(len(lots.block)) < keep[lots.block]), 1.0)
    farms = lots.where(rng.random(len(lots.block)) < 0.06)
    n = len(farms.block)
    parts.append(
        _on(farms, Kind.FARM, 48.0, rng.uniform(12, 22, n), rng.uniform(18, 45, n),
            np.ones(n, np.int64), np.zeros(n, np.int64))
    )  # fmt: skip
    return parts


def build(
    form: Form, land: Land, fabric: Ints, use: Ints, estate_floors: Floats, key: list[int]
) -> Buildings:
    """Fill the blocks of `land` according to their fabric and use.

    Per block: `fabric` is a number in `FABRICS` or `OPEN`, `use` a `Use`, `estate_floors` the
    typical number of floors of the bars.
    """
    rng = np.random.default_rng(key)
    full = np.clip(0.80 + 0.08 * smooth_field(rng, 800.0).at(land.centroid), 0.5, 0.97)

    def blocks_of(name: str, *uses: Use) -> Ints:
        chosen = fabric == FABRIC[name]
        return np.flatnonzero(chosen & np.isin(use, uses) if uses else chosen)

    parts = _old_centre(rng, land, blocks_of("old_centre"))
    terraces = np.concatenate([blocks_of("terraces"), blocks_of("estate", Use.HOUSES)])
    lots = _street_lots(land, terraces, (0, 2), rng.uniform(6, 9.5, len(terraces)), 6)
    parts += _terraced(rng, form, lots, 0.9)
    ends = _street_lots(land, terraces, (1, 3), rng.uniform(7, 10, len(terraces)), 36)
    parts += _terraced(rng, form, ends, 0.5)

    houses = blocks_of("detached")
    width = rng.uniform(13, 24, len(houses))
    lots = _joined(
        [_street_lots(land, houses, (0, 2), width, 8), _lane_lots(land, houses, width, 14)]
    )
    parts += _detached(rng, lots.where(rng.random(len(lots.block)) < full[lots.block]), 1.0)

    village = blocks_of("village")
    old = rng.random(len(village)) < 0.35
    lots = _street_lots(land, village[old], (0, 2), rng.uniform(7, 11, old.sum()), 8)
    parts += _terraced(rng, form, lots, 0.6)
    lots = _street_lots(land, village[~old], (0, 2), rng.uniform(16, 30, (~old).sum()), 8)
    parts += _detached(rng, lots, 0.75)

    parts += _residences(
        rng, land, np.concatenate([blocks_of("residences"), blocks_of("estate", Use.CONDOMINIUM)])
    )
    bars = blocks_of("estate", Use.BARS)
    # The lower the bars, the closer they stand.
    number = 1 + rng.binomial(2, np.clip((9.5 - estate_floors[bars]) / 9, 0.1, 0.75))
    parts += _slabs(rng, land, bars, number, ((36, 88), (10.5, 13)), estate_floors[bars])
    towers = blocks_of("estate", Use.TOWERS)
    parts += _slabs(
        rng, land, towers, rng.choice([1, 2], len(towers)), ((17, 24), (17, 23)),
        estate_floors[towers] * 1.4,
    )  # fmt: skip
    parts += _hamlets(rng, land, blocks_of("scattered"))

    plain = (fabric == OPEN) | (fabric == FABRIC["estate"])
    for what, kind, area, floors in (
        (Use.SCHOOL, Kind.SCHOOL, 45.0, 3),
        (Use.SHOPS, Kind.SHOP, 36.0, 2),
        (Use.INDUSTRY, Kind.INDUSTRY, 55.0, 1),
    ):
        parts += _large_halls(rng, land, np.flatnonzero(plain & (use == what)), kind, area, floors)
    table = concatenate(parts)
    return table.where(np.argsort(table.block, kind="stable"))
