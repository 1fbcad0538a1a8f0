"""How unevenly a total lies in space, beyond what rates foretell, read off neighbouring areas."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.optimize

from labo.sharing import share_bounded, share_out

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 8
# With fewer pairs of neighbours than this there is nothing to estimate.
MIN_PAIRS = 20
# Variance of log odds between parts where nothing can be estimated (to check).
UNKNOWN_SPREAD = 1.0
# Error of the contrast where nothing can be estimated (to check).
UNKNOWN_CONTRAST_ERROR = 0.3
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Dispersion:
    """Relative variance of a part's weight, as the sum of three terms.

    sampling: as if people were drawn one by one, times what they have in common.
    buildings × concentration: a building's dwellings are alike (period, tenure) or wrongly counted
    together, so a part made of one tower is less sure than one made of forty houses.
    spread / 2, over the part's share of its area: places differ, however many people and buildings
    there are, and a small piece of ground averages over fewer of them.
    """

    sampling: float
    buildings: float
    spread: float

    def variance(self, parts: "Parts", concentration: Floats, piece: Floats) -> Floats:
        """Return the relative variance of each part's weight (of its odds, for a share).

        Args:
            parts: what each part should hold.
            concentration: see `Atoms`.
            piece: the part's share of its source area, in (0, 1].
        """
        sampling, alike, place = parts.terms()
        result: Floats = (
            self.sampling * sampling
            + self.buildings * alike * concentration
            + self.spread / 2 * place / piece
        )
        return result


@dataclass(frozen=True)
class Parts:
    """What parts should hold of a layer, all of one shape.

    amount: of the layer. base: of what bounds it, or None. free: for a bounded layer, the mean over
    the part's kinds of buildings of rate × (1 − rate): where all flats count and no house does,
    the kinds tell everything, and nothing is left to chance.
    """

    amount: Floats
    base: Floats | None
    free: Floats | None

    def movable(self) -> Floats:
        """Return how much the amount moves when the logarithm of its weight (or odds) moves."""
        if self.base is None:
            return self.amount
        rate = np.divide(
            self.amount, self.base, out=np.zeros_like(self.amount), where=self.base > 0
        )
        moved: Floats = self.amount * np.clip(1 - rate, 0.0, 1.0)
        return moved

    def terms(self) -> tuple[Floats, Floats, Floats]:
        """Return what the terms of `Dispersion` are multiplied with; 0 where nothing can move."""
        moved = self.movable()
        can = moved > 0
        safe = np.where(can, moved, 1.0)
        if self.base is None or self.free is None:
            return np.where(can, 1 / safe, 0.0), can.astype(float), can.astype(float)
        relative = np.where(can, self.base / safe, 0.0)
        sampling: Floats = np.where(can, relative * self.free / safe, 0.0)
        alike: Floats = relative**2 * self.free
        place: Floats = relative**2 * self.free**2
        return sampling, alike, place


@dataclass(frozen=True)
class Contrast:
    """How much of the foretold difference between places is there between neighbours.

    `slope` is the power to raise rates to inside a source area, `error` its standard error.
    """

    slope: float
    error: float


def estimate(
    total: Floats,
    base: Floats,
    rate: Floats,
    pairs: Ints,
    concentration: Floats,
    free: Floats | None,
) -> Dispersion:
    """Return the dispersion of a layer.

    For each pair of neighbours, the sum of both is shared out as the rates foretell; the square of
    what the first really holds more or less is fitted, by non-negative least squares, to the three
    terms.

    Args:
        total: the layer by source area, shape (areas,).
        base: what it is shared out by, same shape.
        rate: foretold, same shape.
        pairs: neighbours, shape (pairs, 2).
        concentration: of whole source areas, same shape as total.
        free: see `Parts`, same shape as total; None for a layer that its base does not bound.
    """
    pairs = pairs[_usable(total, base, rate, pairs)]
    if len(pairs) < MIN_PAIRS:
        per_area = total.sum() / max(1, np.count_nonzero(total))
        return Dispersion(sampling=max(per_area, 1.0), buildings=1.0, spread=UNKNOWN_SPREAD)
    bounded = free is not None
    foretold = _foretold(total, base, rate, pairs, bounded=bounded)
    parts = Parts(
        foretold, base[pairs] if bounded else None, free[pairs] if free is not None else None
    )
    moved = parts.movable()
    h = np.divide(
        moved.prod(axis=1), moved.sum(axis=1), out=np.zeros(len(pairs)), where=moved.all(axis=1)
    )
    sampling, alike, place = parts.terms()
    terms = np.column_stack(
        [
            sampling.sum(axis=1),
            (alike * concentration[pairs]).sum(axis=1),
            place.sum(axis=1) / 2,
        ]
    )
    terms = terms * (h**2)[:, None]
    square = (total[pairs[:, 0]] - foretold[:, 0]) ** 2
    told = terms.sum(axis=1) > 0
    if told.sum() < MIN_PAIRS:
        return Dispersion(sampling=1.0, buildings=0.0, spread=0.0)
    terms, square = terms[told], square[told]
    # To the solver, a column of another size would only be a matter of units.
    scale = np.maximum(terms.max(axis=0), TINY)
    terms = terms / scale
    found = np.full(3, square.sum() / terms.sum())
    for _ in range(STEPS):
        fitted = np.maximum(terms @ found, TINY)
        found = scipy.optimize.nnls(terms / fitted[:, None], square / fitted)[0]
        if not found.any():
            break
    sampling, buildings, spread = (found / scale).tolist()
    return Dispersion(sampling=sampling, buildings=buildings, spread=spread)


def contrast(total: Floats, base: Floats, rate: Floats, pairs: Ints) -> Contrast:
    """Return how much of a foretold difference in rates is really there between neighbours.

    Rates are those of whole places (a QPV, its surroundings); across the edge of one, neighbours
    are more alike than that, by a slope that pairs show. Two parts of one source area are nearer
    still, by half: the slope is taken a second time. Whether it should be cannot be seen in totals
    of whole areas, so the difference that it makes counts as an error too. It is never above 1.

    Args:
        total: the layer by source area, shape (areas,).
        base: what it is shared out by, same shape.
        rate: foretold, same shape.
        pairs: neighbours, shape (pairs, 2).
    """
    pairs = pairs[_usable(total, base, rate, pairs)]
    if len(pairs) < MIN_PAIRS:
        return Contrast(1.0, UNKNOWN_CONTRAST_ERROR)
    both = total[pairs].sum(axis=1)
    alike = base[pairs[:, 0]] / base[pairs].sum(axis=1)
    expected = base[pairs] * rate[pairs]
    x = both * (expected[:, 0] / expected.sum(axis=1) - alike)
    y = total[pairs[:, 0]] - both * alike
    weight = 1 / np.maximum(both * alike * (1 - alike), TINY)
    information = (weight * x**2).sum()
    if information <= 0:
        return Contrast(1.0, UNKNOWN_CONTRAST_ERROR)
    slope = (weight * x * y).sum() / information
    error = np.sqrt(((weight * x * (y - slope * x)) ** 2).sum()) / information
    slope = float(np.clip(slope, 0.0, 1.0))
    sampling = min(2 * max(slope, 0.5) * float(error), UNKNOWN_CONTRAST_ERROR)
    return Contrast(slope**2, float(np.hypot(sampling, slope - slope**2)))


def _usable(total: Floats, base: Floats, rate: Floats, pairs: Ints) -> npt.NDArray[np.bool_]:
    some = (base * rate)[pairs].min(axis=1) > 0
    result: npt.NDArray[np.bool_] = some & (total[pairs].sum(axis=1) > 0)
    return result


def _foretold(total: Floats, base: Floats, rate: Floats, pairs: Ints, *, bounded: bool) -> Floats:
    """Share out the sum of each pair between its two areas, (pairs, 2)."""
    owner = np.repeat(np.arange(len(pairs)), 2)
    both = total[pairs].sum(axis=1)
    parts, rates = base[pairs].ravel(), rate[pairs].ravel()
    if bounded:
        shared = share_bounded(both, parts[:, None], odds(rates)[:, None], owner)[:, 0]
    else:
        shared = share_out(both, parts * rates, owner)
    return shared.reshape(-1, 2)


def odds(rate: Floats) -> Floats:
    """Return rate / (1 − rate), kept off 0 and infinity."""
    kept = np.clip(rate, 1e-6, 1 - 1e-6)
    result: Floats = kept / (1 - kept)
    return result
