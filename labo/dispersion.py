"""How unevenly a total lies in space, beyond what rates foretell, read off neighbouring areas."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.optimize

from labo.contrast import MIN_PAIRS, TINY, odds, usable
from labo.estimate import Estimate
from labo.rates import Doubt
from labo.sharing import share_bounded, share_out

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEPS = 8
# What is foretold of a square is at least this share of the usual one.
LEAST_SQUARE = 1e-6
# Variance of log odds between parts where nothing can be estimated (to check). An edge is not
# sharper, or less sharp, than that either.
UNKNOWN_SPREAD = 1.0

# Two sides of one QPV's edge differ by more, or less, than rates foretell: before any is seen.
EDGE = Estimate(
    central=0.1,
    low=0.05,
    high=0.2,
    unit="1",
    reference="Un dixième, ordre de grandeur : à mesurer sur les chiffres de l'Insee par QPV",
    grade="to_check",
    scope="poids de ce qui est dans un QPV, écart type du logarithme",
)


@dataclass(frozen=True)
class Edges:
    """Where special zones cut source areas; arrays over areas.

    near: in or around a special zone. zone: 1 + index of the zone that cuts or holds it, 0 for
    none. share: of its residential capacity, how much lies in the zone.
    """

    near: Bools
    zone: Ints
    share: Floats


@dataclass(frozen=True)
class Dispersion:
    """Relative variance of a part's weight, as the sum of three terms.

    sampling: as if people were drawn one by one, times what they have in common.
    buildings × concentration: a building's dwellings are alike (period, tenure) or wrongly counted
    together, so a part made of one tower is less sure than one made of forty houses.
    spread / 2, over the part's share of its area: places differ, however many people and buildings
    there are, and a small piece of ground averages over fewer of them.

    Apart from these, all that lies inside one special zone may hold more, or less, than foretold:
    edge is the standard deviation of the logarithm of that factor; freedom, on how many edges it
    rests (infinite where it is declared and none was seen).
    """

    sampling: float
    buildings: float
    spread: float
    edge: float
    freedom: float = np.inf

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


def estimate(
    total: Floats,
    base: Floats,
    rate: Floats,
    pairs: Ints,
    concentration: Floats,
    free: Floats | None,
    edges: Edges,
    usual: float,
    doubt: Doubt,
) -> Dispersion:
    """Return the dispersion of a layer.

    For each pair of neighbours, the sum of both is shared out as the rates foretell that know
    nothing else of them; the square of what the first really holds more or less is fitted, by
    non-negative least squares, to the three terms. What neighbours in and around special zones
    show, beside what this foretells of them, then multiplies the terms and gives the edge. Errors
    of the rates are in these residuals, and are drawn by themselves: they are taken out first, or
    they would count twice.

    Args:
        total: the layer by source area, shape (areas,).
        base: what it is shared out by, same shape.
        rate: foretold of both areas of each pair, shape (pairs, 2).
        pairs: neighbours, shape (pairs, 2).
        concentration: of whole source areas, same shape as total.
        free: see `Parts`, same shape as total; None for a layer that its base does not bound.
        edges: where special zones lie.
        usual: the edge to think of before any is seen.
        doubt: what errors of rates move between both areas of each pair.
    """
    kept = usable(total, base, rate, pairs)
    pairs, rate, doubt = pairs[kept], rate[kept], doubt.of(kept)
    if len(pairs) < MIN_PAIRS:
        per_area = total.sum() / max(1, np.count_nonzero(total))
        return Dispersion(max(per_area, 1.0), 1.0, UNKNOWN_SPREAD, usual)
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
    residual = total[pairs[:, 0]] - foretold[:, 0]
    if np.count_nonzero(terms.sum(axis=1)) < MIN_PAIRS:
        return Dispersion(1.0, 0.0, 0.0, usual)
    widest = _widest(foretold, base[pairs] if bounded else None)
    of_rates = h**2 * doubt.variance()
    # No error moves more than there is.
    most = np.divide(widest, of_rates, out=np.ones_like(widest), where=of_rates > 0)
    doubt = doubt.times(h * np.sqrt(np.minimum(most, 1.0)))
    square = residual**2 - np.minimum(of_rates, widest)
    found = _fitted(terms, square)
    around = _Around(
        residual=residual,
        square=square,
        doubt=doubt,
        variance=np.minimum(terms @ found, widest),
        across=h * (edges.share[pairs[:, 0]] - edges.share[pairs[:, 1]]),
        zone=edges.zone[pairs].max(axis=1),
    )
    factor, edge, freedom = around.seen(np.asarray(edges.near[pairs].all(axis=1)), usual)
    sampling, buildings, spread = (factor * found).tolist()
    return Dispersion(sampling, buildings, spread, edge, freedom)


def _fitted(terms: Floats, square: Floats) -> Floats:
    """Return what the terms are to be multiplied with to give the squares, shape (terms,)."""
    told = terms.sum(axis=1) > 0
    terms, square = terms[told], square[told]
    # To the solver, a column of another size would only be a matter of units.
    scale = np.maximum(terms.max(axis=0), TINY)
    terms = terms / scale
    found = np.full(terms.shape[1], np.abs(square).sum() / terms.sum())
    least = max(LEAST_SQUARE * float(np.abs(square).mean()), TINY)
    for _ in range(STEPS):
        expected = np.maximum(terms @ found, least)
        found = scipy.optimize.nnls(terms / expected[:, None], square / expected)[0]
        if not found.any():
            break
    result: Floats = found / scale
    return result


def _widest(foretold: Floats, base: Floats | None) -> Floats:
    """Return the variance of the first of each pair if it were all or nothing, (pairs,)."""
    both = foretold.sum(axis=1)
    low, high = np.zeros(len(both)), both
    if base is not None:
        low, high = np.maximum(both - base[:, 1], 0.0), np.minimum(both, base[:, 0])
    first = foretold[:, 0]
    result: Floats = np.maximum(first - low, 0.0) * np.maximum(high - first, 0.0)
    return result


@dataclass(frozen=True)
class _Around:
    """Pairs of neighbours, each with what its first area holds beside what was foretold.

    square: of the residual, without what errors of rates did to it. doubt: these, in the same unit
    as residuals. variance: foretold of the square. across: how much the first should hold more if
    all that lies inside the special zone held more, by the logarithm. zone: see `Edges`.
    """

    residual: Floats
    square: Floats
    doubt: Doubt
    variance: Floats
    across: Floats
    zone: Ints

    def seen(self, near: Bools, usual: float) -> tuple[float, float, float]:
        """Return the factor of the variance near special zones, the edge, and its freedom.

        The squares of `near` pairs are those of the terms and of the edge; the edge is what pairs
        across one zone's edge err by together, by the method of moments (DerSimonian and Laird
        1986). What was thought before counts as MIN_PAIRS pairs and as one edge.
        """
        near = near & (self.variance > 0)
        cut = near & (self.zone > 0) & (self.across != 0)
        variance, square = self.variance[near].sum(), self.square[near]
        pairs = variance**2 / max((self.variance[near] ** 2).sum(), TINY)
        zone = np.unique(self.zone[cut], return_inverse=True)[1]
        weight = self.across[cut] / self.variance[cut]
        of_rates = self.doubt.of(cut).times(weight).together(zone, int(zone.max(initial=-1)) + 1)
        factor, edge2, edges = 1.0, usual**2, 0.0
        for _ in range(STEPS):
            own = max(float((square - edge2 * self.across[near] ** 2).sum()), 0.0)
            factor = (MIN_PAIRS + pairs * own / max(variance, TINY)) / (MIN_PAIRS + pairs)
            if not len(zone):
                break
            told = np.bincount(zone, weight * self.across[cut]) / factor
            moved = np.bincount(zone, weight * self.residual[cut]) ** 2 - of_rates
            moved = moved / factor**2
            edges = told.sum() ** 2 / (told**2).sum()
            between = max(float((moved / told - 1).sum() / told.sum()), 0.0)
            edge2 = (usual**2 + edges * between) / (1 + edges)
        edge = min(float(np.sqrt(edge2)), UNKNOWN_SPREAD)
        return float(factor), edge, float(1 + edges) if edges else np.inf


def _foretold(total: Floats, base: Floats, rate: Floats, pairs: Ints, *, bounded: bool) -> Floats:
    """Share out the sum of each pair between its two areas, (pairs, 2)."""
    owner = np.repeat(np.arange(len(pairs)), 2)
    both = total[pairs].sum(axis=1)
    parts, rates = base[pairs].ravel(), rate.ravel()
    if bounded:
        shared = share_bounded(both, parts[:, None], odds(rates)[:, None], owner)[:, 0]
    else:
        shared = share_out(both, parts * rates, owner)
    return shared.reshape(-1, 2)
