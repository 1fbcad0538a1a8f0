"""Rates of a layer by kind of building and place, estimated from the source areas themselves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.sparse

from labo.crosswalk import Atoms
from labo.sharing import sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEPS = 60
# A rate's log standard error beyond this says only "unknown", and draws would run away.
LARGEST_LOG_ERROR = 1.0
# The least degrees of freedom with which a law of Student has a variance.
LEAST_FREEDOM = 3.0
# What decides a rate by more than this is not left out of it altogether.
LARGEST_LEVERAGE = 0.9
# What is foretold without having seen an owner moves by this factor at most, on a log scale.
LARGEST_MOVE = 2.0
# A bounded rate this near to nobody or everybody does not vary.
NO_RATE = 1e-6
# Where this few are not counted already, their odds move no further.
LEAST_LEFT = 1e-3
# Pairs of owners that are looked at together, for memory.
STRETCH = 4096


@dataclass(frozen=True)
class Fit:
    """How totals decided rates, so that two can be foretold of which the sum alone was seen.

    held: what each owner holds of each class as fitted, CSR (owners, classes). pull: that times the
    inverse of the information on the logarithms of rates, shape (owners, classes).
    """

    held: scipy.sparse.csr_matrix
    pull: Floats

    def knowing_sums(self, total: Floats, pairs: Ints) -> Floats:
        """Return by how much both owners of each pair are foretold more, their sum seen alone.

        This is what a cell that an edge cuts lets be seen: what both parts hold together, and not
        how it lies between them. Rates move by one Newton step when a pair counts as one owner
        (a leverage, as in the PRESS statistic of Allen 1974, of the difference between both).

        Args:
            total: sums by owner, shape (owners,).
            pairs: of owners, shape (pairs, 2).

        Returns:
            factors, shape (pairs, 2).
        """
        mean = np.maximum(np.asarray(self.held.sum(axis=1)).ravel(), NO_RATE)
        of = mean[pairs]

        def common(a: int, b: int) -> Floats:
            met = self.held[pairs[:, a]].multiply(self.pull[pairs[:, b]]).sum(axis=1)
            result: Floats = np.asarray(met).ravel() / (of[:, a] * of[:, b])
            return result

        first, both, second = common(0, 0), common(0, 1), common(1, 1)
        size = of.prod(axis=1) / of.sum(axis=1)
        leverage = np.clip(size * (first - 2 * both + second), 0.0, LARGEST_LEVERAGE)
        apart = total[pairs] / of
        told = size * (apart[:, 0] - apart[:, 1]) / (1 - leverage)
        moved = np.column_stack([first - both, both - second]) * told[:, None]
        result: Floats = np.exp(np.clip(-moved, -LARGEST_MOVE, LARGEST_MOVE))
        return result


@dataclass(frozen=True)
class Doubt:
    """What the errors of rates do to the difference between both owners of each pair.

    moved: by how much the first moves more than the second when the logarithm of each rate moves by
    one, CSR (pairs, classes). error: covariance of these logarithms, shape (classes, classes).
    """

    moved: scipy.sparse.csr_matrix
    error: Floats

    def of(self, kept: Bools) -> "Doubt":
        """Return that of some pairs, (pairs,)."""
        return Doubt(self.moved[kept], self.error)

    def times(self, factor: Floats) -> "Doubt":
        """Return that of the differences times a factor by pair."""
        return Doubt(scipy.sparse.csr_matrix(scipy.sparse.diags(factor) @ self.moved), self.error)

    def variance(self) -> Floats:
        """Return the variance of each difference, shape (pairs,)."""
        result = np.zeros(self.moved.shape[0])
        for begin in range(0, len(result), STRETCH):
            part = self.moved[begin : begin + STRETCH]
            result[begin : begin + STRETCH] = part.multiply(part @ self.error).sum(axis=1).A1
        return result

    def together(self, owner: Ints, owners: int) -> Floats:
        """Return the variance of the sum of the differences of each owner, shape (owners,)."""
        summed = scipy.sparse.csr_matrix(sums(owner, owners) @ self.moved)
        return Doubt(summed, self.error).variance()


@dataclass(frozen=True)
class Rates:
    """How much of a layer there is per unit of what it is shared out by.

    by_class: shape (places, kinds), see `Atoms`. error: covariance of the logarithms, flattened the
    same way. freedom: on how many owners the rates of a place rest, shape (places,). largest: no
    rate is above it, drawn or not. fit: how they were found. common: the rates of all special zones
    together, and of all the rest, as by_class; common_fit: likewise.
    """

    by_class: Floats
    error: Floats
    freedom: Floats
    largest: float
    fit: Fit
    common: Floats
    common_fit: Fit

    def on(self, atoms: Atoms, amount: Floats) -> Floats:
        """Return what the rates foretell on each atom from its (atoms, kinds) amounts."""
        result: Floats = (amount * self.by_class[atoms.place]).sum(axis=1)
        return result

    def common_on(self, atoms: Atoms, amount: Floats) -> Floats:
        """Return what the common rates foretell on each atom from its (atoms, kinds) amounts."""
        result: Floats = (amount * self.common[atoms.place]).sum(axis=1)
        return result

    def free_on(self, atoms: Atoms, composition: Floats) -> Floats:
        """Return rate × (1 − rate), averaged over the kinds of each atom, (atoms,)."""
        kept = np.clip(self.by_class, 0.0, 1.0)
        result: Floats = (composition * (kept * (1 - kept))[atoms.place]).sum(axis=1)
        return result

    def drawn_on(self, place: Ints, amount: Floats, rng: np.random.Generator, draws: int) -> Floats:
        """Return `on` with rates drawn in their sampling error, by place a law of Student.

        Args:
            place: of the chosen atoms, shape (chosen,).
            amount: theirs, shape (chosen, kinds).
            rng: the source of chance.
            draws: how many.

        Returns:
            shape (chosen, draws).
        """
        values, vectors = scipy.linalg.eigh(self.error)
        # The symmetric root: the signs of eigenvectors are free, and differ between machines.
        root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
        # Of a few owners, the error itself is known badly.
        wide = np.sqrt(self.freedom / rng.chisquare(self.freedom, (draws, len(self.freedom))))
        shift = rng.standard_normal((draws, len(values))) @ root
        shift = shift * np.repeat(wide, self.by_class.shape[1], axis=1)
        rates = self._moved(shift).reshape(draws, *self.by_class.shape)
        result: Floats = np.einsum("ak,dak->ad", amount, rates[:, place])
        return result

    def _moved(self, shift: Floats) -> Floats:
        """Return the rates moved by errors of their logarithms, both (draws, classes).

        Shares move on odds, so that a draw comes as near to everybody as to nobody.
        """
        rates = self.by_class.ravel()
        if self.largest != 1.0:
            moved: Floats = np.minimum(rates * np.exp(shift), self.largest)
            return moved
        kept = np.clip(rates, NO_RATE, 1 - NO_RATE)
        scale = self._kept_small() / (1 - kept)
        result: Floats = 1 / (1 + (1 - kept) / kept * np.exp(-shift * scale))
        return result

    def _kept_small(self) -> Floats:
        """Return what errors are multiplied with, so that odds do not run away, (classes,)."""
        if self.largest != 1.0:
            return np.ones(self.by_class.size)
        kept = np.clip(self.by_class.ravel(), NO_RATE, 1 - NO_RATE)
        wide = np.sqrt(np.clip(np.diag(self.error), 0.0, None)) / (1 - kept)
        result: Floats = np.minimum(1.0, LARGEST_LOG_ERROR / np.maximum(wide, NO_RATE))
        return result

    def doubt(self, pairs: Ints, rate: Floats | None) -> Doubt:
        """Return what drawn rates move between owners: logarithms, or log odds for shares.

        Args:
            pairs: of owners, shape (pairs, 2).
            rate: of each owner, shape (owners,), for a share of a base; None for the others.
        """
        held = self.fit.held
        size = np.asarray(held.sum(axis=1)).ravel()
        if rate is not None:
            size = size * np.maximum(1 - rate, LEAST_LEFT)
        told = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
        share = scipy.sparse.diags(told) @ held @ scipy.sparse.diags(self._kept_small())
        return Doubt(scipy.sparse.csr_matrix(share[pairs[:, 0]] - share[pairs[:, 1]]), self.error)


def estimate(
    total: Floats, atoms: Atoms, amount: Floats, owner: Ints, largest: float = np.inf
) -> Rates:
    """Return the rates that best explain totals.

    Rates are first estimated by kind over the whole territory, then inside all QPVs together and
    outside them, then by place; each is drawn towards the one before by as much as one usual owner
    weighs, so that a class that is hardly seen says nothing of its own.

    Args:
        total: sums by owner (a source area, or a pool of imputed ones), shape (owners,).
        atoms: the pieces.
        amount: what the layer is shared out by, shape (atoms, kinds); any classes of buildings may
            stand for the kinds.
        owner: of each atom, shape (atoms,).
        largest: rate: 1 where no more can be counted than there are. Where dwellings of one class
            are more than their buildings announced, they are not counted twice.

    Source: Flowerdew & Green (1994), areal interpolation with the EM algorithm.
    """
    places, kinds = int(atoms.place.max()) + 1, amount.shape[1]
    row, kind = np.nonzero(amount)
    exposed = scipy.sparse.csr_matrix(
        (amount[row, kind], (owner[row], atoms.place[row] * kinds + kind)),
        shape=(len(total), places * kinds),
    )
    place = np.repeat(np.arange(places), kinds)
    inside = (place > 0) & (place % 2 == 0)
    pooling = inside * kinds + np.tile(np.arange(kinds), places)
    merge = scipy.sparse.csr_matrix((np.ones(len(pooling)), (np.arange(len(pooling)), pooling)))
    wide = scipy.sparse.csr_matrix(exposed @ merge)
    every = np.arange(wide.shape[1]) % kinds
    whole = scipy.sparse.csr_matrix(wide @ np.eye(kinds)[every])
    overall = _maximise(total, whole, _overall(total, whole), _usual(whole), largest)
    pooled, _, common_fit = _fit(total, wide, overall[every], _usual(wide), largest)
    common = pooled[pooling]
    rates, error, fit = _fit(total, exposed, common, _usual(exposed), largest)
    shape = (places, kinds)
    rest = _freedom(fit.held, place)
    return Rates(rates.reshape(shape), error, rest, largest, fit, common.reshape(shape), common_fit)


def _fit(
    total: Floats,
    exposed: scipy.sparse.csr_matrix,
    prior_rate: Floats,
    prior_weight: Floats,
    largest: float,
) -> tuple[Floats, Floats, Fit]:
    """Return Poisson rates drawn to a prior, the covariance of their logarithms, and the fit.

    The covariance is a sandwich of residuals, each made larger by what its owner took of it (HC2,
    MacKinnon and White 1985): rates that follow few owners leave them none to speak of. That such a
    covariance is known badly is the law of Student's to say.
    """
    rates = _maximise(total, exposed, prior_rate, prior_weight, largest)
    expected = exposed @ rates
    used = expected > 0
    held = exposed[used].multiply(rates).tocsr()
    mean = expected[used]
    information = (held.T @ scipy.sparse.diags(1 / mean) @ held).toarray()
    information += np.diag(prior_weight * rates)
    inverse = scipy.linalg.pinvh(information)
    pull = np.zeros(exposed.shape)
    pull[used] = held @ inverse
    leverage = np.asarray(held.multiply(pull[used]).sum(axis=1)).ravel() / mean
    unseen = np.sqrt(1 - np.clip(leverage, 0.0, LARGEST_LEVERAGE))
    scores = scipy.sparse.diags((total[used] - mean) / mean / unseen) @ held
    covariance = inverse @ (scores.T @ scores).toarray() @ inverse
    error = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    shrink = np.divide(LARGEST_LOG_ERROR, error, out=np.ones_like(error), where=error > 0)
    shrink = np.minimum(1.0, shrink)
    fit = Fit(scipy.sparse.csr_matrix(exposed.multiply(rates)), pull)
    return rates, covariance * shrink[:, None] * shrink[None, :], fit


def _freedom(held: scipy.sparse.csr_matrix, place: Ints) -> Floats:
    """Return on how many owners each place rests, by what they hold of it (Kish), (places,)."""
    spots = scipy.sparse.csr_matrix((np.ones(len(place)), (np.arange(len(place)), place)))
    by_place = scipy.sparse.csr_matrix(held @ spots)
    whole = np.asarray(by_place.sum(axis=0)).ravel()
    square = np.asarray(by_place.multiply(by_place).sum(axis=0)).ravel()
    owners = np.divide(whole**2, square, out=np.zeros_like(whole), where=square > 0)
    # One is spent on the mean, and what rates are drawn to counts as one.
    return np.maximum(owners, LEAST_FREEDOM)


def _overall(total: Floats, exposed: scipy.sparse.csr_matrix) -> Floats:
    """Return the rate of each class if the owners that hold it held nothing else.

    Units differ between classes (dwellings, m²), so there is no rate over all of them.
    """
    seen = (exposed > 0).astype(float)
    whole = seen.T @ np.asarray(exposed.sum(axis=1)).ravel()
    return np.divide(seen.T @ total, whole, out=np.zeros_like(whole), where=whole > 0)


def _usual(exposed: scipy.sparse.csr_matrix) -> Floats:
    """Return the median of each class over the owners that hold it; 0 if none does."""
    columns = exposed.tocsc()
    parts = np.split(columns.data, columns.indptr[1:-1])
    return np.array([np.median(part) if len(part) else 0.0 for part in parts])


def _maximise(
    total: Floats,
    exposed: scipy.sparse.csr_matrix,
    prior_rate: Floats,
    prior_weight: Floats,
    largest: float,
) -> Floats:
    """Return Poisson rates by EM, each drawn to a prior rate by a prior weight.

    Each step maximises over every rate by itself, so the best one below a bound is the bound.
    """
    tiny = np.finfo(float).tiny
    rates = np.maximum(prior_rate, tiny)
    held = np.asarray(exposed.sum(axis=0)).ravel() + prior_weight
    transposed = exposed.T.tocsr()
    for _ in range(STEPS):
        expected = exposed @ rates
        pull = np.divide(total, expected, out=np.zeros_like(total), where=expected > 0)
        rates = rates * (transposed @ pull) + prior_weight * prior_rate
        rates = np.divide(rates, held, out=prior_rate.copy(), where=held > 0)
        rates = np.clip(rates, tiny, largest)
    return rates
