"""The plan: which fabric each block carries, where the estates stand, what stays open."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from labo.demo.field import Bools, Floats, Ints, smooth_field
from labo.demo.form import FABRICS, Form
from labo.demo.land import Land

FABRIC = {name: number for number, name in enumerate(FABRICS)}
OPEN = -1
ROAD_MESH = 4
"""Country roads run along one line of the mesh out of four."""

_MARGIN = {"detached": 1.15, "village": 1.15, "scattered": 1.15}
"""More outer blocks are planned than needed: the superfluous ones stay undeveloped. The inner
fabrics have no margin, which would leave empty rings between them."""


_EDGE_LOSS = 1.05
"""Perimeters leave out some streets of an estate, so estates are planned a little larger."""


_STRADDLING = 400.0
"""Residents above which an estate has at least two blocks of bars, and may straddle communes."""


class Use(IntEnum):
    """What an estate block, or an open urban block, holds."""

    HOUSING = 0
    BARS = 1
    TOWERS = 2
    HOUSES = 3
    CONDOMINIUM = 4
    SCHOOL = 5
    SHOPS = 6
    PARK = 7
    INDUSTRY = 8


@dataclass(frozen=True)
class Plan:
    """Arrays over blocks, and over estates."""

    fabric: Ints
    """Number in `FABRICS`, or `OPEN`."""
    use: Ints
    """A `Use`."""
    estate: Ints
    """Estate number, or -1."""
    order: Floats
    """Within a fabric (within an estate), the lowest are built first."""
    estate_target: Floats
    """Residents wanted in each estate; the first `qpv_count` estates become QPVs."""
    estate_floors: Floats
    """Typical floors of each estate's bars."""
    qpv_count: int


def estate_uses(count: int, rng: np.random.Generator) -> Ints:
    """What the blocks of an estate hold: mostly bars, but neither only bars nor only housing."""
    deck = np.repeat(
        [Use.BARS, Use.TOWERS, Use.HOUSES, Use.CONDOMINIUM, Use.SCHOOL, Use.SHOPS, Use.PARK],
        [9, 1, 2, 1, 1, 1, 1],
    )
    decks = [rng.permutation(deck) for _ in range(count // len(deck) + 1)]
    return np.concatenate(decks)[:count].astype(np.int64)


def qpv_sizes(form: Form, residents: int, rng: np.random.Generator) -> Floats:
    """Residents wanted in each QPV: unequal, one of them small, at most about 9,000."""
    total = _EDGE_LOSS * form.qpv_share * residents
    fixed = form.qpv_count
    count = fixed or max(1 if total < 500 else 2, round(total / form.residents_per_qpv))
    if count == 1:
        return np.array([min(total, 8_600.0)])
    weight = rng.lognormal(0.0, 0.5, count)
    weight[-1] = 0.0
    small = min(1_300.0, 0.5 * total / count)
    sizes: Floats = (total - small) * weight / weight.sum()
    sizes[-1] = small
    for _ in range(20):  # what exceeds the cap, or lacks, goes to and comes from the others
        sizes[:-1] = np.clip(sizes[:-1], min(1_250.0, 0.6 * total / count), 8_600.0)
        sizes[:-1] *= (total - small) / sizes[:-1].sum()
    return sizes


def urban_radius(
    form: Form, land: Land, residents: int, density: Mapping[str, float]
) -> tuple[float, float]:
    """Number of urban blocks, and the distance to the centre (metres) that they reach.

    `density` is the number of residents per hectare of a block of each fabric.
    """
    names = ("old_centre", "terraces", "detached", "residences", "estate")
    block_ha = float(np.median(land.area)) / 1e4
    built = sum(form.share(name) * residents / (density[name] * block_ha) for name in names)
    blocks = built / (1 - form.open_share)
    reach = np.sort(land.distance)
    return blocks, float(reach[min(len(land) - 1, int(blocks))])


def place_estates(
    form: Form,
    land: Land,
    residents: int,
    commune: Ints,
    density: Mapping[str, float],
    key: list[int],
) -> Plan:
    """A plan with nothing but the estates, larger than needed: the lowest orders are built."""
    rng = np.random.default_rng(key)
    count = len(land)
    block_ha = float(np.median(land.area)) / 1e4
    per_block = density["estate"] * block_ha
    sizes = qpv_sizes(form, residents, rng)
    targets = np.concatenate([sizes, _other_estates(form, residents, sizes, rng)])
    _, radius = urban_radius(form, land, residents, density)
    fabric = np.full(count, OPEN, np.int64)
    use = np.zeros(count, np.int64)
    estate = np.full(count, -1, np.int64)
    order = np.zeros(count)
    free = np.ones(count, bool)
    heart = form.share("old_centre") * residents / (density["old_centre"] * block_ha)
    free[np.argsort(land.distance, kind="stable")[: max(2, int(0.5 * heart))]] = False

    straddle = len(sizes) > 1 and sizes[0] > _STRADDLING
    seeds = _estate_seeds(form, land, commune, free, radius, len(targets), straddle, rng)
    for number, (seed, target) in enumerate(zip(seeds, targets, strict=True)):
        across = commune if straddle and number == 0 else np.zeros(count, np.int64)
        blocks = _grow(land, seed, free, across, 5 + int(1.9 * target / per_block), rng)
        estate[blocks] = number
        fabric[blocks] = FABRIC["estate"]
        use[blocks] = estate_uses(len(blocks), rng)
        use[blocks[: 2 if target > _STRADDLING else 1]] = Use.BARS
        order[blocks] = np.arange(len(blocks))
        free[blocks] = False
        # A ring of streets keeps two estates from touching.
        for block in blocks:
            free[[near for near in land.neighbours(block) if near >= 0]] = False
    low, high = form.estate_floors
    # Small estates are never the tallest.
    floors = low + (high - low) * rng.random(len(targets)) * np.minimum(1.0, targets / 2_500.0)
    return Plan(fabric, use, estate, order, targets, floors, len(sizes))


def complete(
    form: Form,
    land: Land,
    residents: int,
    estates: Plan,
    village_centres: Ints,
    density: Mapping[str, float],
    key: list[int],
) -> Plan:
    """Give the blocks around the estates a fabric; a few more outer blocks than needed."""
    rng = np.random.default_rng(key)
    count = len(land)
    block_ha = float(np.median(land.area)) / 1e4
    wanted = {name: form.share(name) * residents / (density[name] * block_ha) for name in FABRICS}
    urban, radius = urban_radius(form, land, residents, density)
    fabric, use, order = estates.fabric.copy(), estates.use.copy(), estates.order.copy()
    free = fabric == OPEN

    open_blocks = _open_blocks(land, free, radius, int(form.open_share * urban), rng)
    use[open_blocks] = _open_uses(land, open_blocks, radius, rng)
    free[open_blocks] = False

    patches = smooth_field(rng, 700.0).at(land.centroid)
    ripple = np.exp(0.10 * smooth_field(rng, 1_300.0).at(land.centroid))
    score = land.distance * ripple * rng.lognormal(0.0, 0.06, count)
    _take(fabric, order, free, "old_centre", score, wanted["old_centre"])
    mixed = -patches - 0.8 * rng.standard_normal(count)
    mixed[(land.distance > 1.05 * radius) | (land.distance < 0.12 * radius)] = np.inf
    _take(fabric, order, free, "residences", mixed, wanted["residences"])
    _take_villages(fabric, order, free, land, village_centres[1:], wanted["village"], rng)
    _take(fabric, order, free, "terraces", score, wanted["terraces"])
    _take(fabric, order, free, "detached", score, wanted["detached"])

    edge = np.min(
        [land.i % ROAD_MESH, (land.i + 1) % ROAD_MESH, land.j % ROAD_MESH,
         (land.j + 1) % ROAD_MESH], axis=0,
    )  # fmt: skip
    country = rng.gumbel(size=count) + 0.9 * smooth_field(rng, 1_100.0).at(land.centroid)
    country[edge > 0] -= 3.0
    _take(fabric, order, free, "scattered", -country, wanted["scattered"])
    return replace(estates, fabric=fabric, use=use, order=order)


def _other_estates(form: Form, residents: int, sizes: Floats, rng: np.random.Generator) -> Floats:
    """Estates that are no QPV in 2024: a former one where there are several, and small ones."""
    rest = max(0.0, form.share("estate") * residents - float(sizes.sum()))
    parts = [] if len(sizes) < 3 else [min(0.8 * rest, 1_250.0)]
    left = rest - sum(parts)
    small = max(0, round(left / 800.0))
    if small:
        weight = rng.uniform(0.5, 1.5, small)
        parts.extend(left * weight / weight.sum())
    return np.asarray(parts, float)


def _estate_seeds(
    form: Form,
    land: Land,
    commune: Ints,
    free: Bools,
    radius: float,
    count: int,
    straddle: bool,
    rng: np.random.Generator,
) -> list[int]:
    """Starting blocks, apart from each other; the first on a commune boundary if asked."""
    low, high = form.estate_ring
    ring = (land.distance >= low * radius) & (land.distance <= high * radius)
    candidates = np.flatnonzero(ring)
    if len(candidates) < 4 * count:
        candidates = np.argsort(np.abs(land.distance - 0.5 * (low + high) * radius))[: 12 * count]
    seeds: list[int] = []
    if straddle:
        seeds.append(_border_block(land, commune, free, candidates, radius * 0.5 * (low + high)))
    while len(seeds) < count:
        picks = rng.choice(candidates, min(40, len(candidates)), replace=False)
        if seeds:
            gap = np.min(
                np.linalg.norm(land.centroid[picks][:, None] - land.centroid[seeds][None], axis=2),
                axis=1,
            )
            # Beyond 1.5 km distance no longer matters: estates may cluster on one side of town.
            score = np.minimum(gap, 1_500.0) + rng.uniform(0, 300, len(picks))
        else:
            score = rng.random(len(picks))
        seeds.append(int(picks[np.argmax(score)]))
    return seeds


def _border_block(land: Land, commune: Ints, free: Bools, candidates: Ints, wanted: float) -> int:
    """The free block of the central commune, on its boundary, that suits an estate best."""
    border = np.zeros(len(land), bool)
    for block in np.flatnonzero((commune == 0) & free):
        near = land.neighbours(int(block))
        border[block] = any(n >= 0 and free[n] and commune[n] != 0 for n in near)
    pool = candidates[border[candidates]]
    if len(pool) == 0:
        pool = np.flatnonzero(border)
    if len(pool) == 0:
        pool = candidates
    return int(pool[np.argmin(np.abs(land.distance[pool] - wanted))])


def _grow(
    land: Land, seed: int, free: Bools, commune: Ints, size: int, rng: np.random.Generator
) -> list[int]:
    """A connected patch of blocks around a seed, in the order in which they join it.

    A neighbour of the seed in another commune joins first.
    """
    start = seed
    if not free[start]:
        gap = np.where(free, np.hypot(*(land.centroid - land.centroid[seed]).T), np.inf)
        start = int(np.argmin(gap))
    lean = rng.uniform(0, np.pi)
    axis = np.array([np.cos(lean), np.sin(lean)])
    stretch = rng.uniform(0.0, 0.9)
    heap = [(0.0, start)]
    seen = {start}
    patch: list[int] = []
    while heap and len(patch) < size:
        _, block = heapq.heappop(heap)
        patch.append(block)
        for near in land.neighbours(block):
            if near >= 0 and near not in seen and free[near]:
                seen.add(near)
                away = land.centroid[near] - land.centroid[start]
                reach = np.hypot(*away) + stretch * abs(float(away @ axis))
                crosses = len(patch) == 1 and commune[near] != commune[start]
                rank = 0.0 if crosses else float(reach * rng.uniform(0.75, 1.25))
                heapq.heappush(heap, (rank, near))
    return patch


def _open_blocks(
    land: Land, free: Bools, radius: float, count: int, rng: np.random.Generator
) -> Ints:
    score = 0.7 * smooth_field(rng, 900.0).at(land.centroid) + rng.standard_normal(len(land))
    score[~free | (land.distance > 1.1 * radius)] = -np.inf
    picked = np.argsort(-score, kind="stable")[:count]
    return np.asarray(picked[np.isfinite(score[picked])])


def _open_uses(land: Land, blocks: Ints, radius: float, rng: np.random.Generator) -> Ints:
    inner = land.distance[blocks] < 0.55 * radius
    draw = rng.random(len(blocks))
    uses = np.where(
        inner,
        np.select([draw < 0.35, draw < 0.65], [Use.PARK, Use.SCHOOL], Use.SHOPS),
        np.select([draw < 0.25, draw < 0.40, draw < 0.60], [Use.PARK, Use.SCHOOL, Use.SHOPS],
                  Use.INDUSTRY),
    )  # fmt: skip
    return uses.astype(np.int64)


def _take(
    fabric: Ints, order: Floats, free: Bools, name: str, score: Floats, wanted: float
) -> None:
    """Give a fabric to the free blocks of lowest score; in place."""
    pool = np.flatnonzero(free & np.isfinite(score))
    size = int(np.ceil(wanted * _MARGIN.get(name, 1.0)))
    ranked = pool[np.argsort(score[pool], kind="stable")][:size]
    fabric[ranked] = FABRIC[name]
    order[ranked] = np.arange(len(ranked))
    free[ranked] = False


def _take_villages(
    fabric: Ints,
    order: Floats,
    free: Bools,
    land: Land,
    centres: Ints,
    wanted: float,
    rng: np.random.Generator,
) -> None:
    """Blocks around the centres of the outer communes; the order alternates between villages."""
    weight = rng.lognormal(0.0, 0.5, len(centres))
    for centre, share in zip(centres, weight / weight.sum(), strict=True):
        size = int(np.ceil(wanted * _MARGIN["village"] * share))
        gap = np.hypot(*(land.centroid - land.centroid[centre]).T)
        gap = gap * rng.lognormal(0.0, 0.15, len(land))
        pool = np.flatnonzero(free)
        ranked = pool[np.argsort(gap[pool], kind="stable")][:size]
        fabric[ranked] = FABRIC["village"]
        order[ranked] = (np.arange(len(ranked)) + 0.5) / max(1, len(ranked))
        free[ranked] = False
