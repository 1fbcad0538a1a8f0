"""Totals of source areas shared out over their atoms, with what is not known about the sharing.

A layer is shared out in the order of what it is counted among: residents first, by residential
capacity; then households among residents; then poor households among households; and so on. At each
step three things are estimated from the territory's own source areas, none from outside:

- *rates* by class of building and place (houses or flats, in a QPV or not), so that the poor of a
  cell that a QPV cuts are not spread as if they lived in every house alike;
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
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.sparse

from labo.crosswalk import Atoms
from labo.layer import Layer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Cause = Literal["all", "measurement", "secrecy", "transfer"]
CAUSES: tuple[Cause, ...] = ("all", "measurement", "secrecy", "transfer")

RATE_STEPS = 60
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
    """Var(part of m) = sampling·h + spread·h², with h = m·p·q, times 1 − rate for shares.

    sampling: how much rougher than independent units (a building's households resemble each other).
    spread: variance of the log odds between two places, however many live there.
    """

    sampling: float
    spread: float


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
        the shared layer, and the composition of each atom: the share of each class, (atoms, classes).
    """
    atoms = areas.atoms
    by_source = _sums(atoms.source, len(total)) @ atoms.capacity
    rates = estimate_rates(total, by_source)
    expected = atoms.capacity * rates
    weight = expected.sum(axis=1)
    composition = np.divide(
        expected, weight[:, None], out=np.zeros_like(expected), where=weight[:, None] > 0
    )
    central = _share_out(total, weight, atoms.source)
    dispersion = estimate_dispersion(total, by_source @ rates, areas.pairs)
    variance = _variance(dispersion, central[split], np.zeros(len(split)))
    noise = _noise(variance, rng, draws)
    counted = ~atoms.by_area[atoms.source[split], None]
    still = np.ones_like(noise)
    by_cause: dict[Cause, Floats] = {
        "all": noise,
        "measurement": np.where(counted, noise, still),
        "secrecy": still,
        "transfer": np.where(counted, still, noise),
    }
    source = atoms.source[split]
    shares: dict[Cause, Floats] = {
        cause: _share_out(total, weight[split][:, None] * factor, source)
        for cause, factor in by_cause.items()
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
    by_class = _sums(pool, len(total)) @ (base.central[:, None] * composition)
    rates, log_error = estimate_rates_with_error(pool_total, by_class)
    rate = composition @ rates
    central = _share_out(pool_total, base.central * rate, pool)

    by_source = _sums(atoms.source, len(total)) @ (base.central * rate)
    base_total = np.bincount(areas.pool, base.totals, len(total))
    ceiling = base_total if layer.bounded else None
    dispersion = estimate_dispersion(total, by_source, areas.pairs, ceiling)
    pool_rate = (
        np.clip(_ratio(pool_total, base_total), 0.0, 1.0) if layer.bounded else np.zeros(len(total))
    )
    variance = _variance(dispersion, central[split], pool_rate[pool[split]])
    noise = _noise(variance, rng, draws)
    errors = rng.multivariate_normal(np.zeros(len(rates)), log_error, size=draws, method="eigh")
    drawn_rate = composition[split] @ (rates[:, None] * np.exp(errors.T))
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


def estimate_rates(total: Floats, exposed: Floats) -> Floats:
    """Return the rate of each class that best explains the totals (Poisson, by EM).

    Args:
        total: shape (sources,).
        exposed: what of each class each source holds, shape (sources, classes).

    Returns:
        rates, shape (classes,), positive. Where a class is hardly seen, its rate is drawn towards
        the overall one by as much as one usual source area weighs.

    Source: Flowerdew & Green (1994), areal interpolation with the EM algorithm.
    """
    seen = exposed > 0
    rates = np.ones(exposed.shape[1])
    prior = np.zeros(exposed.shape[1])
    overall = np.zeros(exposed.shape[1])
    for k in range(exposed.shape[1]):
        if not seen[:, k].any():
            continue
        here = seen[:, k]
        # Units differ between classes: the overall rate is that of places where the class is.
        main = exposed[here].sum(axis=1)
        overall[k] = total[here].sum() / main.sum() if main.sum() > 0 else 0.0
        prior[k] = np.median(exposed[here, k])
    rates = np.where(overall > 0, overall, np.finfo(float).tiny)
    for _ in range(RATE_STEPS):
        expected = exposed @ rates
        pull = _ratio(total, expected)
        rates = rates * (exposed.T @ pull) + prior * overall
        held = exposed.sum(axis=0) + prior
        rates = np.divide(rates, held, out=overall.copy(), where=held > 0)
        rates = np.maximum(rates, np.finfo(float).tiny)
    return rates


def estimate_rates_with_error(total: Floats, exposed: Floats) -> tuple[Floats, Floats]:
    """Return rates as `estimate_rates`, and the covariance of their logarithms (sandwich)."""
    rates = estimate_rates(total, exposed)
    expected = exposed @ rates
    used = expected > 0
    held = exposed[used] * rates
    mean = expected[used]
    residual = total[used] - mean
    information = (held / mean[:, None]).T @ held
    scores = held * (residual / mean)[:, None]
    scale = np.trace(information) or 1.0
    inverse = np.linalg.pinv(information + np.eye(len(rates)) * 1e-9 * scale)
    covariance = inverse @ (scores.T @ scores) @ inverse
    error = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    shrink = np.minimum(1.0, _ratio(np.full_like(error, LARGEST_LOG_ERROR), error))
    shrink = np.where(error > 0, shrink, 1.0)
    return rates, covariance * shrink[:, None] * shrink[None, :]


def estimate_dispersion(
    total: Floats, expected: Floats, pairs: Ints, ceiling: Floats | None = None
) -> Dispersion:
    """Return how unevenly a total divides between neighbours, beyond what is expected.

    Args:
        total: sum of the layer by source area. expected: what the rates foretell, same shape.
        pairs: neighbouring source areas, shape (pairs, 2).
        ceiling: total of the layer it is counted among, for a share that it bounds.
    """
    first, second = pairs[:, 0], pairs[:, 1]
    both = total[first] + total[second]
    foretold = expected[first] + expected[second]
    used = (both > 0) & (expected[first] > 0) & (expected[second] > 0)
    if used.sum() < MIN_PAIRS:
        unit = _ratio(np.array([total.sum()]), np.array([np.count_nonzero(total) + 0.0]))[0]
        return Dispersion(sampling=max(unit, 1.0), spread=UNKNOWN_SPREAD)
    first, second, both, foretold = first[used], second[used], both[used], foretold[used]
    p = expected[first] / foretold
    h = both * p * (1 - p)
    if ceiling is not None:
        rate = _ratio(both, ceiling[first] + ceiling[second])
        h = h * np.clip(1 - rate, 0.0, 1.0)
    square = (total[first] - both * p) ** 2
    ok = h > 0
    h, square = h[ok], square[ok]
    sampling, spread = float(square.sum() / h.sum()), 0.0
    for _ in range(DISPERSION_STEPS):
        fitted = sampling * h + spread * h**2
        design = np.column_stack([h, h**2]) / fitted[:, None]
        sampling, spread = scipy.optimize.nnls(design, square / fitted)[0]
        if sampling + spread == 0:
            break
    return Dispersion(sampling=float(sampling), spread=float(spread))


def _variance(dispersion: Dispersion, expected: Floats, rate: Floats) -> Floats:
    """Return the relative variance of an atom's weight (half of the odds' between two atoms)."""
    rest = 1 - rate
    sampling = np.divide(
        dispersion.sampling, expected, out=np.zeros_like(expected), where=expected > 0
    )
    variance: Floats = rest * sampling + rest**2 * dispersion.spread / 2
    return variance


def _noise(variance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return positive factors of mean 1 and the given variance, shape (atoms, draws)."""
    safe = np.maximum(variance, 1e-12)[:, None]
    noise: Floats = rng.standard_gamma(1.0 / safe, size=(len(variance), draws)) * safe
    return np.where(variance[:, None] > 0, noise, 1.0)
