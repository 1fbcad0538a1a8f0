"""QPV perimeters of two generations, communes and IRIS, as unions of street blocks."""

import itertools
from dataclasses import dataclass

import numpy as np
import shapely

from labo.demo.field import Bools, Floats, Ints
from labo.demo.form import Form
from labo.demo.land import Land
from labo.demo.plan import Plan, Use

_SNAP = 0.01
"""Metres: parts of blocks meet the side of a whole block in its middle, not at a node."""


@dataclass(frozen=True)
class Perimeter:
    """One QPV of one generation; geometry in EPSG:2154."""

    generation: int
    estate: int
    change: str
    """M modified, I identical, N new, since the former generation."""
    geometry: shapely.Geometry


def qpv_perimeters(
    form: Form, land: Land, plan: Plan, built: Bools, key: list[int]
) -> list[Perimeter]:
    """Perimeters of 2024, then of 2015; `built` says which blocks are inhabited."""
    rng = np.random.default_rng(key)
    perimeters: list[Perimeter] = []
    former: list[Perimeter] = []
    taken = np.zeros(len(land), bool)
    count = plan.qpv_count
    several = count >= 3
    for estate in range(count + (1 if several and len(plan.estate_target) > count else 0)):
        core = np.flatnonzero((plan.estate == estate) & built)
        if len(core) == 0:
            continue
        whole = _chosen_blocks(land, plan, core, taken, rng)
        halves = _half_blocks(land, plan, whole, taken, built, rng)
        shape = _outline(land, whole, halves, rng)
        taken |= whole
        taken[[half for half, _ in halves]] = True
        if several and estate == count:  # left the policy in 2024
            former.append(Perimeter(2015, estate, "", shape))
            continue
        new = several and estate == count - 2
        redrawn = rng.random() < form.population_turnover + 0.25
        if new:
            perimeters.append(Perimeter(2024, estate, "N", shape))
        elif not redrawn:
            perimeters.append(Perimeter(2024, estate, "I", shape))
            former.append(Perimeter(2015, estate, "", shape))
        else:
            perimeters.append(Perimeter(2024, estate, "M", shape))
            older = _older_blocks(land, plan, whole, taken, built, rng)
            taken |= older
            former.append(Perimeter(2015, estate, "", _outline(land, older, [], rng)))
    return perimeters + former


def _chosen_blocks(
    land: Land, plan: Plan, core: Ints, taken: Bools, rng: np.random.Generator
) -> Bools:
    """The estate, less some blocks of its edge, plus some streets next to it."""
    chosen = np.zeros(len(land), bool)
    chosen[core] = True
    # Parks and schools inside the estate belong to it even where nobody lives in them.
    estate = plan.estate[core[0]]
    inside = (plan.estate == estate) & np.isin(plan.use, (Use.PARK, Use.SCHOOL, Use.SHOPS))
    for block in np.flatnonzero(inside):
        near = [b for b in land.neighbours(int(block)) if b >= 0]
        chosen[block] |= sum(chosen[b] for b in near) >= 2
    for block in core if len(core) >= 6 else core[:0]:
        near = land.neighbours(int(block))
        edge = sum(1 for b in near if b < 0 or not chosen[b])
        housing = plan.use[block] in (Use.BARS, Use.TOWERS)
        heart = plan.order[block] < 2
        if edge >= 2 and not heart and rng.random() < (0.04 if housing else 0.35):
            chosen[block] = False
    for block in np.flatnonzero(chosen):
        for next_one in land.neighbours(int(block)):
            outside = next_one >= 0 and not taken[next_one] and plan.estate[next_one] < 0
            if outside and rng.random() < 0.05:
                chosen[next_one] = True
    return land.largest_patch(chosen & ~taken)


def _half_blocks(
    land: Land, plan: Plan, whole: Bools, taken: Bools, built: Bools, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Halves of neighbouring blocks, cut along the parcels' backs: (block, side kept)."""
    halves: list[tuple[int, int]] = []
    used: set[int] = set()
    for block in np.flatnonzero(whole):
        for side, near in enumerate(land.neighbours(int(block))):
            free = near >= 0 and not whole[near] and not taken[near] and near not in used
            if free and plan.estate[near] < 0 and built[near] and rng.random() < 0.16:
                used.add(near)
                halves.append((near, (side + 2) % 4))
    return halves


def _older_blocks(
    land: Land, plan: Plan, whole: Bools, taken: Bools, built: Bools, rng: np.random.Generator
) -> Bools:
    """The 2015 blocks of a QPV that 2024 enlarged, cut or shifted."""
    older = whole.copy()
    blocks = np.flatnonzero(whole)
    lean = rng.uniform(0, 2 * np.pi)
    side = (land.centroid[blocks] - land.centroid[blocks].mean(axis=0)) @ np.array(
        [np.cos(lean), np.sin(lean)]
    )
    move = rng.choice(["cut", "enlarge", "shift"])
    if move in ("cut", "shift") and len(blocks) > 3:
        older[blocks[side > np.quantile(side, rng.uniform(0.7, 0.88))]] = False
    if move in ("enlarge", "shift") or len(blocks) <= 3:
        for block in blocks[side <= np.quantile(side, 0.5)]:
            for near in land.neighbours(int(block)):
                mine = near >= 0 and (not taken[near] or plan.estate[near] == plan.estate[block])
                if mine and built[near] and rng.random() < 0.5:
                    older[near] = True
    return land.largest_patch(older)


def _outline(
    land: Land, whole: Bools, halves: list[tuple[int, int]], rng: np.random.Generator
) -> shapely.Geometry:
    rings = list(land.quads[whole])
    for block, side in halves:
        quad = np.roll(land.quads[block], -side, axis=0)
        rings.append(np.array([quad[0], quad[1], (quad[1] + quad[2]) / 2, (quad[0] + quad[3]) / 2]))
    shape = shapely.union_all(shapely.polygons(np.asarray(rings)), grid_size=_SNAP)
    parts = shapely.get_parts(shape)
    shape = shapely.Polygon(shapely.get_exterior_ring(parts[np.argmax(shapely.area(parts))]))
    # Perimeters are digitised by hand: a few metres off the axis of the street.
    corners = shapely.get_coordinates(shape)[:-1]
    corners = np.round(corners + np.clip(rng.normal(0, 1.2, corners.shape), -3, 3), 2)
    shaken = shapely.Polygon(corners)
    return shaken if shaken.is_valid else shapely.make_valid(shape)


def dissolve(land: Land, owner: Ints, count: int) -> list[shapely.Geometry]:
    """One geometry per owner number, EPSG:2154, sharing their boundaries exactly."""
    blocks = shapely.polygons(land.quads)
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(count + 1))
    return [shapely.coverage_union_all(blocks[order[a:b]]) for a, b in itertools.pairwise(ends)]


def share_iris(
    land: Land, commune: Ints, residents: Floats, count: int, size: float = 2_100.0
) -> tuple[Ints, Ints]:
    """Cut communes into IRIS of about `size` residents.

    Returns:
        IRIS number of each block (n,), and the commune of each IRIS.
    """
    iris = np.full(len(land), -1, np.int64)
    owners: list[int] = []
    for k in range(count):
        pending = [np.flatnonzero(commune == k)]
        while pending:
            blocks = pending.pop()
            total = residents[blocks].sum()
            if total <= 1.6 * size or len(blocks) < 4:
                iris[blocks] = len(owners)
                owners.append(k)
                continue
            spot = land.centroid[blocks]
            weight = residents[blocks][:, None]
            middle = (spot * weight).sum(axis=0) / weight.sum()
            axes = np.linalg.eigh(((spot - middle) * weight).T @ (spot - middle))[1]
            order = np.argsort((spot - middle) @ axes[:, -1], kind="stable")
            half = int(np.searchsorted(np.cumsum(residents[blocks][order]), total / 2))
            half = int(np.clip(half, 1, len(blocks) - 1))
            pending += [blocks[order[half:]], blocks[order[:half]]]
    return iris, np.asarray(owners)
