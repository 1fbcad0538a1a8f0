"""Totals of source areas shared out over their atoms, with what is not known about the sharing.

A layer is shared out in the order of what it is counted among: residents first, by residential
capacity; then households among residents; then poor households among households; and so on. At each
step four things are estimated from the territory's own source areas, none from outside:

- *rates* by kind of building and place (houses or flats; in this QPV, around it, or elsewhere), so
  that the poor of a cell that a QPV cuts are not spread as if they lived in every house alike;
- *edge*: where a QPV's edge cuts a source area, people on its two sides differ less than the heart
  of the QPV and its surroundings do; by how much is read off all the source areas that edges cut;
- *dispersion*: how far two neighbouring source areas lie from what these rates foretell, which is
  taken as how far two parts of one source area may lie;
- the rates' own sampling error.

Imputed cells that share one average are pooled first: their sum is exact, what each holds is not.

Draws keep three causes apart: measurement (dwelling counts against residents), secrecy (pooled
cells) and transfer (the sharing out of what was really counted).
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.sparse

from labo.crosswalk import KINDS, Atoms
from labo.layer import Layer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Cause = Literal["all", "measurement", "secrecy", "transfer"]
CAUSES: tuple[Cause, ...] = ("all", "measurement", "secrecy", "transfer")

RATE_STEPS = 60
# Outside and inside.
EDGES = 2
DISPERSION_STEPS = 8
# With fewer neighbouring pairs than this there is no dispersion to estimate.
MIN_PAIRS = 20
# Variance of log odds between the parts of a source area where nothing can be estimated (to check).
UNKNOWN_SPREAD = 1.0
# A rate's log standard error beyond this says only "unknown", and draws would run away.
LARGEST_LOG_ERROR = 1.0


@dataclass(frozen=True)
class SourceAreas:
    """What is known of source areas besides their totals.

    atoms: the areas cut along zone edges. pool: areas with the same number share one imputed
    average; an area that was counted stands alone, shape (sources,). imputed: shape (sources,).
    pairs: neighbours that were both counted, shape (pairs, 2).
    """

    atoms: Atoms
    pool: Ints
    imputed: Bools
    pairs: Ints

    @cached_property
    def concentration(self) -> Floats:
        """Concentration of whole source areas, as in `Atoms`, shape (sources,)."""
        atoms, sources = self.atoms, len(self.pool)
        built = atoms.capacity.sum(axis=1) * ~atoms.by_area[atoms.source]
        squares = np.bincount(atoms.source, atoms.concentration * built**2, sources)
        return _ratio(squares, np.bincount(atoms.source, built, sources) ** 2)


@dataclass(frozen=True)
class Carried:
    """A layer brought to zones: central (zones,) and draws by cause, each (zones, draws).

    `on_atoms` is how the central total is shared out, (atoms,); `imputed` is the part of `central`
    that comes from imputed areas.
    """

    central: Floats
    imputed: Floats
    on_atoms: Floats
    draws: Mapping[Cause, Floats]


@dataclass(frozen=True)
class _Shared:
    """A layer on atoms, kept for the layers that are counted among it.

    `central` is over all atoms, `draws` over the atoms of split pools only.
    """

    totals: Floats
    central: Floats
    draws: dict[Cause, Floats]


@dataclass(frozen=True)
class Dispersion:
    """Variance of the log odds between two parts of a total, as a sum of three terms per part.

    sampling / expected: as if people were drawn one by one, times what they have in common.
    buildings × concentration: a building's dwellings are alike (period, tenure) or wrongly counted
    together, so a part made of one tower is less sure than one made of forty houses.
    spread / 2: places differ, however many people and buildings there are.
    """

    sampling: float
    buildings: float
    spread: float

    def variance(self, expected: Floats, concentration: Floats, rate: Floats | None) -> Floats:
        """Return the relative variance of each part's weight.

        Args:
            expected: what the part should hold. concentration: see `Atoms`. rate: for a layer
            that another bounds, its share of that one; the nearer to 1, the less is left to vary.
        """
        sampling = np.divide(
            self.sampling, expected, out=np.zeros_like(expected), where=expected > 0
        )
        if rate is None:
            result: Floats = sampling + self.buildings * concentration + self.spread / 2
            return result
        rest = 1 - rate
        odds = np.divide(rest, rate, out=np.zeros_like(rest), where=rate > 0)
        varied: Floats = (
            rest * sampling + self.buildings * odds * concentration + rest**2 * self.spread / 2
        )
        return varied


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
        layers: each after the layer it is counted among.
        totals: sum of each layer in each source area, shape (sources,); NaN makes it empty.
        areas: the source areas.
        seed: with it and the layer's id, draws do not depend on which other layers are asked.
        draws: how many.
    """
    atoms = areas.atoms
    pool = areas.pool[atoms.source]
    split = _in_split_pools(pool, atoms.pattern)
    to_zone = atoms.inside
    to_zone_split = to_zone[:, split]
    shared: dict[str, _Shared] = {}
    composition: Floats | None = None
    carried: dict[str, Carried] = {}
    for layer in layers:
        total = totals[layer.id]
        rng = np.random.default_rng([seed, zlib.crc32(layer.id.encode())])
        if np.isnan(total).any():
            nothing = np.full(to_zone.shape[0], np.nan)
            carried[layer.id] = Carried(nothing, nothing, np.full(len(pool), np.nan), {})
            continue
        base = shared.get(layer.among) if layer.among is not None else None
        if layer.among is not None and base is None:
            base = next(iter(shared.values()), None)
        if base is None:
            share, composition = _share_root(total, areas, split, rng, draws)
        else:
            assert composition is not None
            share = _share_part(layer, total, base, composition, areas, split, rng, draws)
        shared[layer.id] = share
        central = to_zone @ share.central
        moved = share.central[split][:, None]
        carried[layer.id] = Carried(
            central,
            to_zone @ (share.central * areas.imputed[atoms.source]),
            share.central,
            {
                cause: central[:, None] + to_zone_split @ (share.draws[cause] - moved)
                for cause in CAUSES
            },
        )
    return carried


def _in_split_pools(pool: Ints, pattern: Ints) -> Ints:
    """Return the atoms of pools that zone edges divide: only those are uncertain."""
    order = np.lexsort((pattern, pool))
    changes = (np.diff(pool[order]) == 0) & (np.diff(pattern[order]) != 0)
    divided = np.unique(pool[order][1:][changes])
    return np.flatnonzero(np.isin(pool, divided))


def _share_root(
    total: Floats, areas: SourceAreas, split: Ints, rng: np.random.Generator, draws: int
) -> tuple[_Shared, Floats]:
    """Share out residents by residential capacity.

    Returns:
        the shared layer, and the composition of each atom: the share of each kind, (atoms, kinds).
    """
    atoms = areas.atoms
    rates = _Rates.estimate(total, atoms, atoms.capacity, atoms.source)
    expected = atoms.capacity * rates.by_class[atoms.place]
    composition = np.divide(
        expected,
        expected.sum(axis=1, keepdims=True),
        out=np.zeros_like(expected),
        where=expected.sum(axis=1, keepdims=True) > 0,
    )
    weight = rates.on(atoms, atoms.capacity)
    central = _share_out(total, weight, atoms.source)
    by_source = _sums(atoms.source, len(total)) @ weight
    dispersion = estimate_dispersion(total, by_source, areas.pairs, areas.concentration)
    variance = dispersion.variance(central[split], atoms.concentration[split], None)
    noise = _noise(variance, rng, draws)
    drawn = rates.drawn_on(atoms, atoms.capacity, split, rng, draws)
    fixed = np.broadcast_to(weight[split][:, None], drawn.shape)
    counted = ~atoms.by_area[atoms.source[split], None]
    still = np.ones_like(noise)
    by_cause: dict[Cause, Floats] = {
        "all": noise * drawn,
        "measurement": np.where(counted, noise, still) * fixed,
        "secrecy": fixed,
        "transfer": np.where(counted, still, noise) * drawn,
    }
    source = atoms.source[split]
    shares: dict[Cause, Floats] = {
        cause: _share_out(total, factor, source) for cause, factor in by_cause.items()
    }
    return _Shared(total, central, shares), composition


def _share_part(
    layer: Layer,
    total: Floats,
    base: _Shared,
    composition: Floats,
    areas: SourceAreas,
    split: Ints,
    rng: np.random.Generator,
    draws: int,
) -> _Shared:
    """Share out a layer among another one that is already shared out."""
    atoms = areas.atoms
    pool = areas.pool[atoms.source]
    pool_total = np.bincount(areas.pool, total, len(total))
    amount = base.central[:, None] * composition
    rates = _Rates.estimate(pool_total, atoms, amount, pool)
    rate = rates.on(atoms, composition)
    central = _share_out(pool_total, base.central * rate, pool)

    by_source = _sums(atoms.source, len(total)) @ (base.central * rate)
    base_total = np.bincount(areas.pool, base.totals, len(total))
    ceiling = base_total if layer.bounded else None
    dispersion = estimate_dispersion(total, by_source, areas.pairs, areas.concentration, ceiling)
    pool_rate = None
    if layer.bounded:
        pool_rate = np.clip(_ratio(pool_total, base_total), 0.0, 1.0)[pool[split]]
    variance = dispersion.variance(central[split], atoms.concentration[split], pool_rate)
    noise = _noise(variance, rng, draws)
    drawn_rate = rates.drawn_on(atoms, composition, split, rng, draws)
    fixed_rate = rate[split][:, None]
    pooled = areas.imputed[atoms.source[split]][:, None]
    still = np.ones_like(noise)
    by_cause: dict[Cause, Floats] = {
        "all": noise * drawn_rate,
        "measurement": still * fixed_rate,
        "secrecy": np.where(pooled, noise, still) * fixed_rate,
        "transfer": np.where(pooled, still, noise) * drawn_rate,
    }
    shares: dict[Cause, Floats] = {
        cause: _share_out(pool_total, base.draws[cause] * factor, pool[split])
        for cause, factor in by_cause.items()
    }
    return _Shared(total, central, shares)


def _sums(owner: Ints, owners: int) -> scipy.sparse.csr_matrix:
    """Return the matrix that sums atoms by owner, (owners, atoms)."""
    return scipy.sparse.csr_matrix(
        (np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(owners, len(owner))
    )


def _share_out(total: Floats, weight: Floats, owner: Ints) -> Floats:
    """Give each atom its share of its owner's total, by weight; equal shares where all are zero."""
    sums = _sums(owner, len(total))
    whole = (sums @ weight)[owner]
    count = np.bincount(owner, minlength=len(total))[owner]
    if weight.ndim == 2:
        total_here, count = total[owner][:, None], count[:, None]
    else:
        total_here = total[owner]
    share = np.divide(
        weight, whole, out=np.broadcast_to(1.0 / count, weight.shape).copy(), where=whole > 0
    )
    result: Floats = total_here * share
    return result


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _by_class(atoms: Atoms, amount: Floats, owner: Ints, owners: int) -> scipy.sparse.csr_matrix:
    """Sum (atoms, kinds) amounts by owner and class: a class is a place and a kind."""
    row, kind = np.nonzero(amount)
    column = atoms.place[row] * len(KINDS) + kind
    classes = (int(atoms.place.max()) + 1) * len(KINDS)
    return scipy.sparse.csr_matrix(
        (amount[row, kind], (owner[row], column)), shape=(owners, classes)
    )


def _pooling(atoms: Atoms) -> Ints:
    """Return, for each class, the larger class it belongs to: inside any QPV, or not, by kind."""
    place = np.repeat(np.arange(int(atoms.place.max()) + 1), len(KINDS))
    kind = np.tile(np.arange(len(KINDS)), int(atoms.place.max()) + 1)
    return np.where((place > 0) & (place % 2 == 0), len(KINDS), 0) + kind


@dataclass(frozen=True)
class _Rates:
    """Rates of a layer by place and kind, (places, kinds), with those of the edges.

    `edge` multiplies the rates of atoms of source areas that a special zone's edge cuts, and
    `edge_of` says which of them holds for each atom: 0 none, 1 outside the zone, 2 inside. The
    covariances are those of logarithms.
    """

    by_class: Floats
    error: Floats
    edge: Floats
    edge_error: Floats
    edge_of: Ints

    @classmethod
    def estimate(cls, total: Floats, atoms: Atoms, amount: Floats, owner: Ints) -> "_Rates":
        """Estimate rates from totals by owner (a source area or a pool), (owners,)."""
        owners = len(total)
        inside = (atoms.place > 0) & (atoms.place % 2 == 0)
        weight = amount.sum(axis=1)
        share_in = _ratio(
            np.bincount(owner, weight * inside, owners), np.bincount(owner, weight, owners)
        )[owner]
        cut = (share_in > 0) & (share_in < 1)
        edge_of = np.where(cut, 1 + inside, 0)
        exposed = _by_class(atoms, amount, owner, owners)
        rates, error = estimate_rates(total, exposed, _pooling(atoms))
        by_class = rates.reshape(-1, len(KINDS))
        foretold = (amount * by_class[atoms.place]).sum(axis=1)
        at_edge = scipy.sparse.csr_matrix(
            (foretold[cut], (owner[cut], edge_of[cut] - 1)), shape=(owners, EDGES)
        )
        edge, edge_error = _fit(total, at_edge, np.ones(EDGES), _usual(at_edge))
        return cls(by_class, error, edge, edge_error, edge_of)

    def on(self, atoms: Atoms, amount: Floats) -> Floats:
        """Return what the rates foretell on each atom from its (atoms, kinds) amounts."""
        edge = np.concatenate([[1.0], self.edge])[self.edge_of]
        result: Floats = (amount * self.by_class[atoms.place]).sum(axis=1) * edge
        return result

    def drawn_on(
        self, atoms: Atoms, amount: Floats, chosen: Ints, rng: np.random.Generator, draws: int
    ) -> Floats:
        """Return `on` for chosen atoms with rates drawn in their sampling error, (chosen, draws)."""
        shift = _normal(rng, self.error, draws)
        rates = (self.by_class.ravel() * np.exp(shift)).reshape(draws, *self.by_class.shape)
        edges = np.ones((draws, 1 + EDGES))
        edges[:, 1:] = self.edge * np.exp(_normal(rng, self.edge_error, draws))
        base = np.einsum("ak,dak->ad", amount[chosen], rates[:, atoms.place[chosen]])
        return base * edges[:, self.edge_of[chosen]].T


def _normal(rng: np.random.Generator, covariance: Floats, draws: int) -> Floats:
    """Return centred normal vectors, (draws, n)."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    result: Floats = rng.standard_normal((draws, len(values))) @ root.T
    return result


def estimate_rates(
    total: Floats, exposed: scipy.sparse.csr_matrix, pooling: Ints
) -> tuple[Floats, Floats]:
    """Return the rate of each class that best explains the totals, and its sampling error.

    Rates are first estimated for the larger classes of `pooling`; each class is then drawn towards
    its larger class by as much as one usual source area weighs, so that a class that is hardly seen
    says nothing of its own.

    Args:
        total: shape (sources,).
        exposed: what of each class each source holds, CSR (sources, classes).
        pooling: the larger class of each class, shape (classes,).

    Returns:
        rates, shape (classes,), positive; covariance of their logarithms (sandwich).

    Source: Flowerdew & Green (1994), areal interpolation with the EM algorithm.
    """
    classes = exposed.shape[1]
    merge = scipy.sparse.csr_matrix(
        (np.ones(classes), (np.arange(classes), pooling)), shape=(classes, int(pooling.max()) + 1)
    )
    wide = scipy.sparse.csr_matrix(exposed @ merge)
    pooled = _maximise(total, wide, _overall(total, wide), _usual(wide))
    return _fit(total, exposed, pooled[pooling], _usual(exposed))


def _fit(
    total: Floats, exposed: scipy.sparse.csr_matrix, prior_rate: Floats, prior_weight: Floats
) -> tuple[Floats, Floats]:
    """Return Poisson rates drawn to a prior, and the covariance of their logarithms (sandwich)."""
    rates = _maximise(total, exposed, prior_rate, prior_weight)
    expected = exposed @ rates
    used = expected > 0
    held = exposed[used].multiply(rates).tocsr()
    mean = expected[used]
    inverse_mean = scipy.sparse.diags(1 / mean)
    information = (held.T @ inverse_mean @ held).toarray() + np.diag(prior_weight * rates)
    scores = scipy.sparse.diags((total[used] - mean) / mean) @ held
    inverse = np.linalg.pinv(information)
    covariance = inverse @ (scores.T @ scores).toarray() @ inverse
    error = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    shrink = np.minimum(1.0, _ratio(np.full_like(error, LARGEST_LOG_ERROR), error))
    shrink = np.where(error > 0, shrink, 1.0)
    return rates, covariance * shrink[:, None] * shrink[None, :]


def _overall(total: Floats, exposed: scipy.sparse.csr_matrix) -> Floats:
    """Return the rate of each class if the source areas that hold it held nothing else.

    Units differ between classes (dwellings, m²), so there is no rate over all of them.
    """
    seen = (exposed > 0).astype(float)
    return _ratio(seen.T @ total, seen.T @ np.asarray(exposed.sum(axis=1)).ravel())


def _usual(exposed: scipy.sparse.csr_matrix) -> Floats:
    """Return the median of each class over the source areas that hold it; 0 if none does."""
    columns = exposed.tocsc()
    parts = np.split(columns.data, columns.indptr[1:-1])
    return np.array([np.median(part) if len(part) else 0.0 for part in parts])


def _maximise(
    total: Floats, exposed: scipy.sparse.csr_matrix, prior_rate: Floats, prior_weight: Floats
) -> Floats:
    """Return Poisson rates by EM, each drawn to a prior rate by a prior weight."""
    tiny = np.finfo(float).tiny
    rates = np.maximum(prior_rate, tiny)
    held = np.asarray(exposed.sum(axis=0)).ravel() + prior_weight
    transposed = exposed.T.tocsr()
    for _ in range(RATE_STEPS):
        pull = _ratio(total, exposed @ rates)
        rates = rates * (transposed @ pull) + prior_weight * prior_rate
        rates = np.maximum(np.divide(rates, held, out=prior_rate.copy(), where=held > 0), tiny)
    return rates


def estimate_dispersion(
    total: Floats,
    expected: Floats,
    pairs: Ints,
    concentration: Floats,
    ceiling: Floats | None = None,
) -> Dispersion:
    """Return how unevenly a total divides between neighbours, beyond what is expected.

    For neighbours 1 and 2 with m = total of both and p = expected share of the first, the square of
    (total₁ − m·p) is fitted by non-negative least squares to the terms of `Dispersion`.

    Args:
        total: sum of the layer by source area. expected: what the rates foretell, same shape.
        pairs: neighbouring source areas, shape (pairs, 2).
        concentration: of each source area, as in `Atoms`.
        ceiling: total of the layer it is counted among, for a layer that it bounds.
    """
    first, second = pairs[:, 0], pairs[:, 1]
    used = (total[first] + total[second] > 0) & (expected[first] > 0) & (expected[second] > 0)
    first, second = first[used], second[used]
    both = total[first] + total[second]
    p = expected[first] / (expected[first] + expected[second])
    h = both * p * (1 - p)
    rate = np.zeros(len(first))
    odds = np.ones(len(first))
    if ceiling is not None:
        rate = np.clip(_ratio(both, ceiling[first] + ceiling[second]), 0.0, 1.0)
        odds = _ratio(1 - rate, rate)
    alike = h**2 * odds * (concentration[first] + concentration[second])
    terms = np.column_stack([h * (1 - rate), alike, (h * (1 - rate)) ** 2])
    square = (total[first] - both * p) ** 2
    told = terms.sum(axis=1) > 0
    if told.sum() < MIN_PAIRS:
        per_area = float(_ratio(total.sum(keepdims=True), np.array([np.count_nonzero(total)]))[0])
        return Dispersion(sampling=max(per_area, 1.0), buildings=1.0, spread=UNKNOWN_SPREAD)
    terms, square = terms[told], square[told]
    # A column of another size would only be a matter of units to the solver.
    scale = np.maximum(terms.max(axis=0), np.finfo(float).tiny)
    terms = terms / scale
    found = np.full(3, square.sum() / terms.sum())
    for _ in range(DISPERSION_STEPS):
        fitted = np.maximum(terms @ found, np.finfo(float).tiny)
        found = scipy.optimize.nnls(terms / fitted[:, None], square / fitted)[0]
        if not found.any():
            break
    sampling, buildings, spread = (found / scale).tolist()
    return Dispersion(sampling=sampling, buildings=buildings, spread=spread)


def _noise(variance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return positive factors of mean 1 and the given variance, shape (atoms, draws)."""
    safe = np.maximum(variance, 1e-12)[:, None]
    noise: Floats = rng.standard_gamma(1.0 / safe, size=(len(variance), draws)) * safe
    return np.where(variance[:, None] > 0, noise, 1.0)
