"""Totals of source areas shared out over their atoms, with what is not known about the sharing.

A layer is shared out in the order of what it is counted among: households first, by residential
capacity; then residents among households; then the oldest among residents; and so on. At each
step four things are estimated from the territory's own source areas, none from outside:

- *rates* by kind of building and place (houses or flats; in this QPV, around it, or elsewhere), so
  that the poor of a cell that a QPV cuts are not spread as if they lived in every house alike;
- *contrast*: how much of the difference between places is left between neighbours;
- *dispersion*: how far two neighbouring source areas lie from what these rates foretell, which is
  taken as how far two parts of one source area may lie;
- the rates' own sampling error.

Imputed cells that share one average are pooled first: their sum is exact, what each holds is not.

Draws keep three causes apart: measurement (dwelling counts against households), secrecy (pooled
cells) and transfer (the sharing out of what was really counted).
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from labo import contrast, dispersion, rates
from labo.calibration import calibrate
from labo.contrast import odds, weigh
from labo.crosswalk import Atoms
from labo.dispersion import EDGE
from labo.layer import Layer
from labo.sharing import share_bounded, share_out

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Cause = Literal["all", "measurement", "secrecy", "transfer"]
CAUSES: tuple[Cause, ...] = ("all", "measurement", "secrecy", "transfer")

# A piece of a source area smaller than this says as little as one of this size.
SMALLEST_PIECE = 0.02
# A rate this near to nobody or everybody does not vary.
NO_RATE = 1e-9
# Intraclass correlation at which a part is practically all or nothing.
MOST_ALIKE = 0.98


@dataclass(frozen=True)
class SourceAreas:
    """What is known of source areas besides their totals.

    atoms: the areas cut along zone edges. pool: areas with the same number share one imputed
    average; an area that was counted stands alone, shape (sources,). imputed: shape (sources,).
    pairs: neighbours that were both counted, shape (pairs, 2). poverty: the share of each class of
    households in each atom, (atoms, classes), where other data tell it (`labo.composition`).
    by_home: households in flats and in houses by area, (sources, 2), where they are counted.
    """

    atoms: Atoms
    pool: Ints
    imputed: Bools
    pairs: Ints
    poverty: Floats | None = None
    by_home: Floats | None = None

    @cached_property
    def concentration(self) -> Floats:
        """Concentration of whole source areas, as in `Atoms`, shape (sources,)."""
        atoms, sources = self.atoms, len(self.pool)
        built = atoms.capacity.sum(axis=1) * ~atoms.by_area[atoms.source]
        squares = np.bincount(atoms.source, atoms.concentration * built**2, sources)
        whole = np.bincount(atoms.source, built, sources) ** 2
        return np.divide(squares, whole, out=np.zeros(sources), where=whole > 0)

    @cached_property
    def near_pairs(self) -> Ints:
        """The pairs in or around special zones, whose edges are what rates differ across."""
        near = np.bincount(self.atoms.source, self.atoms.place > 0, len(self.pool)) > 0
        return self.pairs[near[self.pairs].all(axis=1)]

    @cached_property
    def edges(self) -> dispersion.Edges:
        """Where special zones cut the source areas."""
        atoms, sources = self.atoms, len(self.pool)
        inside = (atoms.place > 0) & (atoms.place % 2 == 0)
        held = atoms.capacity.sum(axis=1)
        whole, part = (np.bincount(atoms.source, x, sources) for x in (held, held * inside))
        zone = np.zeros(sources, dtype=np.int64)
        np.maximum.at(zone, atoms.source, np.where(inside, atoms.place // 2, 0))
        return dispersion.Edges(
            near=np.bincount(atoms.source, atoms.place > 0, sources) > 0,
            zone=zone,
            share=np.divide(part, whole, out=np.zeros(sources), where=whole > 0),
        )

    @cached_property
    def split(self) -> Ints:
        """Atoms of pools that zone edges divide: only those are uncertain."""
        pool, pattern = self.pool[self.atoms.source], self.atoms.pattern
        order = np.lexsort((pattern, pool))
        changes = (np.diff(pool[order]) == 0) & (np.diff(pattern[order]) != 0)
        divided = np.unique(pool[order][1:][changes])
        return np.flatnonzero(np.isin(pool, divided))


@dataclass(frozen=True)
class Carried:
    """A layer brought to zones: central (zones,) and draws by cause, each (zones, draws).

    `on_atoms` is how the central total is shared out, (atoms,); `on_split` are its draws by cause
    where zone edges divide (areas.split), each (split, draws); `imputed` is the part of `central`
    that comes from imputed areas. `spread` is its dispersion, and `composition` the share of each
    atom that lives in each kind of building, (atoms, kinds); None for a layer that is empty or is
    shared out by other classes than kinds.
    """

    central: Floats
    imputed: Floats
    on_atoms: Floats
    on_split: Mapping[Cause, Floats]
    draws: Mapping[Cause, Floats]
    composition: Floats | None
    spread: dispersion.Dispersion | None


@dataclass(frozen=True)
class _Shared:
    """A layer on atoms, kept for the layers that are counted among it.

    `totals` is by source area, `central` over all atoms, `draws` over the atoms of split pools.
    `made_of` is the share of each atom that lives in each class that its rates differ by, (atoms,
    classes), and `spread` its dispersion; None where two ways of sharing it out take turns.
    """

    totals: Floats
    central: Floats
    draws: dict[Cause, Floats]
    made_of: Floats | None
    spread: dispersion.Dispersion | None


@dataclass(frozen=True)
class _Composition:
    """Which part of an atom's people should live in which class of buildings.

    by_kind: shape (atoms, kinds). by_period: by kind in buildings without a date, then by period in
    the others, shape (atoms, kinds + PERIODS). beside: the same, but that buildings without a date
    are told apart by the periods of those that have one in the same atom, if there are any: what
    stands together was often built together; shape (atoms, kinds + 2 × PERIODS). With no date at
    all, both tell the same as by_kind.
    """

    by_kind: Floats
    by_period: Floats
    beside: Floats


def pools(standard_of_living: Floats, population: Floats, imputed: Bools) -> Ints:
    """Return which imputed cells share one average, by a number per cell.

    Cells that INSEE imputed together have the same standard of living per resident, to the rounding
    of the published sums (0.1): it is the mark by which they are known. Without it (NaN), each cell
    stands alone.
    """
    number = np.arange(len(population))
    known = np.flatnonzero(imputed & (population > 0) & ~np.isnan(standard_of_living))
    if len(known) == 0:
        return number
    rate = standard_of_living[known] / population[known]
    order = np.argsort(rate, kind="stable")
    tolerance = 0.051 / population[known][order]
    gap = np.diff(rate[order])
    new = np.concatenate([[True], gap > tolerance[1:] + tolerance[:-1]])
    number[known[order]] = known[order][np.flatnonzero(new)][np.cumsum(new) - 1]
    return number


def carry(
    layers: Sequence[Layer],
    totals: Mapping[str, Floats],
    areas: SourceAreas,
    *,
    seed: int,
    draws: int,
) -> dict[str, Carried]:
    """Share out each layer and sum it by zone.

    Args:
        layers: each after the layer it is counted among; one that is among nothing comes first.
        totals: sum of each layer in each source area, shape (sources,); NaN makes it empty.
        areas: the source areas.
        seed: with it and the layer's id, draws do not depend on which other layers are asked.
        draws: how many.

    Returns:
        by layer id; an empty layer has no draws. A layer whose base is empty is shared out among
        the first that is not; before there is one, by residential capacity if nothing bounds it,
        and it is empty otherwise.
    """
    atoms, split = areas.atoms, areas.split
    to_zone_split = atoms.inside[:, split]
    shared: dict[str, _Shared] = {}
    composition: _Composition | None = None
    carried: dict[str, Carried] = {}
    for layer in layers:
        total = totals[layer.id]
        rng = np.random.default_rng([seed, zlib.crc32(layer.id.encode())])
        alone = layer.among is None or (not shared and not layer.bounded)
        if np.isnan(total).any() or (not alone and not shared):
            nothing = np.full(atoms.inside.shape[0], np.nan)
            on_atoms = np.full(len(atoms.source), np.nan)
            carried[layer.id] = Carried(nothing, nothing, on_atoms, {}, {}, None, None)
            continue
        if alone or composition is None:
            share, first = _share_first(total, areas, rng, draws)
            composition = composition or first
        else:
            known = [name for name in shared if name == layer.among] or list(shared)[:1]
            base, bounded = shared[known[0]], layer.bounded and known[0] == layer.among
            if layer.by == "period":
                share = _share_dated(total, base, composition, areas, rng, draws, bounded=bounded)
            else:
                classes = composition.by_kind
                if layer.by == "poverty" and areas.poverty is not None:
                    classes = areas.poverty
                # A mean, or the size of households, has no edge until one is seen.
                usual = EDGE.central if bounded else 0.0
                share = _share_among(
                    total, base, classes, areas, rng, draws, bounded=bounded, usual=usual
                )
        shared[layer.id] = share
        central = atoms.inside @ share.central
        moved = share.central[split][:, None]
        carried[layer.id] = Carried(
            central,
            atoms.inside @ (share.central * areas.imputed[atoms.source]),
            share.central,
            share.draws,
            {c: central[:, None] + to_zone_split @ (share.draws[c] - moved) for c in CAUSES},
            share.made_of if layer.by == "kind" else None,
            share.spread,
        )
    return carried


def _share_first(
    total: Floats, areas: SourceAreas, rng: np.random.Generator, draws: int
) -> tuple[_Shared, _Composition]:
    """Share out a layer by residential capacity; what atoms are made of goes with it."""
    atoms, split = areas.atoms, areas.split
    source = atoms.source[split]
    found = rates.estimate(total, atoms, atoms.capacity, atoms.source)
    expected = atoms.capacity * found.by_class[atoms.place]
    weight = expected.sum(axis=1)
    composition = _composition(atoms, expected)
    foretold = _sum_by(atoms.source, weight, len(total))[areas.pairs]
    factor = np.ones(len(weight))
    if areas.by_home is not None:
        found_of = calibrate(expected, areas.by_home, atoms, areas.imputed, areas.pairs)
        factor = np.divide(found_of.atoms, weight, out=factor, where=weight > 0)
        weight, foretold = weight * factor, found_of.pairs
    central = share_out(total, weight, atoms.source)
    spread = dispersion.estimate(
        total,
        np.ones(len(total)),
        foretold * found.fit.knowing_sums(total, areas.pairs),
        areas.pairs,
        areas.concentration,
        None,
        areas.edges,
        EDGE.central,
        found.doubt(areas.pairs, None),
    )
    piece = _piece(central, atoms.source)[split]
    parts = dispersion.Parts(central[split], None, None)
    variance = spread.variance(parts, atoms.concentration[split], piece)
    noise = _noise(variance, rng, draws)
    drawn = found.drawn_on(atoms.place[split], atoms.capacity[split], rng, draws)
    drawn = drawn * factor[split][:, None] * _edge(areas, spread, rng, draws)
    fixed = np.broadcast_to(weight[split][:, None], drawn.shape)
    counted = ~atoms.by_area[source][:, None]
    weights: dict[Cause, Floats] = {
        "all": noise * drawn,
        "measurement": np.where(counted, noise, 1.0) * fixed,
        "secrecy": fixed,
        "transfer": np.where(counted, 1.0, noise) * drawn,
    }
    shares = {cause: share_out(total, w, source) for cause, w in weights.items()}
    return _Shared(total, central, shares, composition.by_kind, spread), composition


def _composition(atoms: Atoms, expected: Floats) -> _Composition:
    """Return what atoms are made of, from what each kind of building should hold."""
    share = np.divide(
        atoms.dated,
        atoms.capacity[:, :, None],
        out=np.zeros_like(atoms.dated),
        where=atoms.capacity[:, :, None] > 0,
    )
    dated = expected[:, :, None] * share
    undated = np.maximum(expected - dated.sum(axis=2), 0.0)
    known = dated.sum(axis=1)
    of_known = known.sum(axis=1)[:, None]
    mix = np.divide(known, of_known, out=np.zeros_like(known), where=of_known > 0)
    near = undated.sum(axis=1)[:, None] * mix
    beside = np.hstack([undated * (of_known == 0), known, near])
    whole = expected.sum(axis=1)[:, None]
    return _Composition(
        *(
            np.divide(x, whole, out=np.zeros_like(x), where=whole > 0)
            for x in (expected, np.hstack([undated, known]), beside)
        )
    )


def _share_among(
    total: Floats,
    base: _Shared,
    composition: Floats,
    areas: SourceAreas,
    rng: np.random.Generator,
    draws: int,
    *,
    bounded: bool,
    usual: float,
) -> _Shared:
    """Share out a layer among another one that is already shared out.

    usual: the edge to think of before any is seen.
    """
    atoms, split = areas.atoms, areas.split
    pool = areas.pool[atoms.source]
    pool_total = _sum_by(areas.pool, total, len(total))
    largest = 1.0 if bounded else np.inf
    found = rates.estimate(pool_total, atoms, base.central[:, None] * composition, pool, largest)
    rate = found.on(atoms, composition)

    common = found.common_on(atoms, composition)
    base_of = _sum_by(atoms.source, base.central, len(total))

    def by_area(rates_of: Floats) -> Floats:
        held = _sum_by(atoms.source, base.central * rates_of, len(total))
        return np.divide(held, base_of, out=np.zeros_like(held), where=base_of > 0)

    def foretold(pairs: Ints) -> tuple[Floats, Floats]:
        own = by_area(rate)[pairs] * found.fit.knowing_sums(pool_total, pairs)
        of_all = by_area(common)[pairs] * found.common_fit.knowing_sums(pool_total, pairs)
        return np.minimum(own, largest), np.minimum(of_all, largest)

    near = areas.near_pairs
    power = contrast.estimate(total, base_of, *foretold(near), near)
    free = found.free_on(atoms, composition) if bounded else None
    weights_of = weigh(*foretold(areas.pairs), power.power, bounded=bounded)
    spread = dispersion.estimate(
        total,
        base_of,
        weights_of / (1 + weights_of) if bounded else weights_of,
        areas.pairs,
        areas.concentration,
        None if free is None else by_area(free),
        areas.edges,
        usual,
        found.doubt(areas.pairs, by_area(rate) if bounded else None).times(
            np.full(len(areas.pairs), power.power[1])
        ),
    )

    def shared(base_parts: Floats, weight: Floats, owner: Ints) -> Floats:
        if bounded:
            return share_bounded(pool_total, base_parts, weight, owner)
        return share_out(pool_total, base_parts * weight, owner)

    weight = weigh(rate, common, power.power, bounded=bounded)[:, None]
    central = shared(base.central[:, None], weight, pool)[:, 0]
    parts = dispersion.Parts(
        central[split],
        base.central[split] if bounded else None,
        free[split] if free is not None else None,
    )
    piece = _piece(base.central, atoms.source)[split]
    variance = spread.variance(parts, atoms.concentration[split], piece)
    if bounded:
        noise = _noise_of_odds(central[split], base.central[split], variance, rng, draws)
    else:
        noise = _noise(variance, rng, draws)
    drawn_rate = found.drawn_on(atoms.place[split], composition[split], rng, draws)
    drawn = weigh(drawn_rate, common[split][:, None], power.drawn(rng, draws), bounded=bounded)
    drawn = drawn * _edge(areas, spread, rng, draws)
    fixed = np.broadcast_to(weight[split], drawn.shape)
    pooled = areas.imputed[atoms.source[split]][:, None]
    weights: dict[Cause, Floats] = {
        "all": noise * drawn,
        "measurement": fixed,
        "secrecy": np.where(pooled, noise, 1.0) * fixed,
        "transfer": np.where(pooled, 1.0, noise) * drawn,
    }
    shares = {cause: shared(base.draws[cause], w, pool[split]) for cause, w in weights.items()}
    held = composition * found.by_class[atoms.place]
    made_of = np.divide(held, rate[:, None], out=np.zeros_like(held), where=rate[:, None] > 0)
    return _Shared(total, central, shares, made_of, spread)


def _share_dated(
    total: Floats,
    base: _Shared,
    made_of: _Composition,
    areas: SourceAreas,
    rng: np.random.Generator,
    draws: int,
    *,
    bounded: bool,
) -> _Shared:
    """Share out dwellings of one period among households, by the dates of buildings.

    Where dates put more dwellings into a part than there are households put there, one of both
    errs; and a building without a date is like those beside it, or like its kind. Nothing tells
    which, so draws take turns: households hold and neighbours tell, then dates hold and kinds tell.
    """
    homes, dates = (
        _share_among(total, base, x, areas, rng, draws, bounded=held, usual=EDGE.central)
        for x, held in ((made_of.beside, bounded), (made_of.by_period, False))
    )
    odd = np.arange(draws) % 2 == 1
    drawn = {c: np.where(odd, dates.draws[c], homes.draws[c]) for c in CAUSES}
    return _Shared(total, (homes.central + dates.central) / 2, drawn, None, None)


def _edge(
    areas: SourceAreas, spread: dispersion.Dispersion, rng: np.random.Generator, draws: int
) -> Floats:
    """Return one factor by special zone and draw for what lies inside it, shape (split, draws).

    What neighbouring cells tell of differences may not hold across the edge of this one zone: the
    errors of the cells that it cuts are not independent. How much they err together was itself
    read off a few edges, hence a law of Student.
    """
    place = areas.atoms.place[areas.split]
    inside = (place > 0) & (place % 2 == 0)
    zone = np.where(inside, place // 2 - 1, 0)
    drawn = rng.standard_normal((zone.max(initial=0) + 1, draws))
    error = np.full(draws, spread.edge)
    if np.isfinite(spread.freedom):
        error *= np.sqrt(spread.freedom / rng.chisquare(spread.freedom, draws))
    error = np.minimum(error, dispersion.UNKNOWN_SPREAD)
    result: Floats = np.where(inside[:, None], np.exp(error * drawn[zone]), 1.0)
    return result


def _sum_by(owner: Ints, amount: Floats, owners: int) -> Floats:
    return np.bincount(owner, amount, owners).astype(np.float64)


def _piece(amount: Floats, source: Ints) -> Floats:
    """Return the share of each atom in its source area, kept off zero."""
    whole = np.bincount(source, amount)[source]
    share = np.divide(amount, whole, out=np.ones_like(amount), where=whole > 0)
    return np.clip(share, SMALLEST_PIECE, 1.0)


def _noise(variance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return positive factors of mean 1 and the given variance, shape (atoms, draws)."""
    shape = 1 / np.maximum(variance, 1e-12)[:, None]
    noise: Floats = rng.standard_gamma(shape, size=(len(variance), draws)) / shape
    return np.maximum(np.where(variance[:, None] > 0, noise, 1.0), 1e-12)


def _noise_of_odds(
    amount: Floats, base: Floats, variance: Floats, rng: np.random.Generator, draws: int
) -> Floats:
    """Return factors of odds such that rates keep their mean, shape (atoms, draws).

    The rate of each part is drawn from a beta distribution around what it should be: at its widest
    it is a building where all are tenants, or none.

    Args:
        amount: what each part should hold, shape (atoms,).
        base: among how many, same shape.
        variance: of the odds, relative, same shape.
        rng: the source of chance.
        draws: how many.
    """
    rate = np.divide(amount, base, out=np.zeros_like(amount), where=base > 0)
    moves = (rate > NO_RATE) & (rate < 1 - NO_RATE) & (variance > 0)
    safe = np.where(moves, rate, 0.5)
    alike = np.clip(safe * (1 - safe) * np.where(moves, variance, 0.0), 1e-9, MOST_ALIKE)
    size = (1 / alike - 1)[:, None]
    drawn = rng.beta(safe[:, None] * size, (1 - safe)[:, None] * size, (len(rate), draws))
    factor: Floats = odds(drawn) / odds(safe)[:, None]
    return np.where(moves[:, None], factor, 1.0)
