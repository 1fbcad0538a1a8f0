"""How much of a foretold difference between places is really there across an edge."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# With fewer pairs of neighbours than this there is nothing to estimate.
MIN_PAIRS = 20
# How far the contrast may be from what rates foretell, before any neighbours are seen (to check).
UNKNOWN_CONTRAST_ERROR = 0.3
# Powers are drawn between none and this.
LARGEST_POWER = 1.5
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Contrast:
    """Powers to raise differences between places to, inside a source area.

    power: of the difference that all special zones have in common with what is around them, then
    of what is this zone's own, shape (2,). root: symmetrical root of their covariance, (2, 2).
    """

    power: Floats
    root: Floats

    def drawn(self, rng: np.random.Generator, draws: int) -> Floats:
        """Return powers drawn in their error, shape (2, draws)."""
        moved = self.power[:, None] + self.root @ rng.standard_normal((2, draws))
        return np.clip(moved, 0.0, LARGEST_POWER)


def weigh(own: Floats, common: Floats, power: Floats, *, bounded: bool) -> Floats:
    """Return the weights (odds, for a bounded layer) that rates give once powers are applied.

    Args:
        own: rates of this zone and its surroundings.
        common: rates of all zones together, and of all surroundings, a shape that goes with own's.
        power: as in `Contrast`, shape (2,) or (2, draws).
        bounded: whether rates are shares.
    """
    turned, all_of = (odds(x) if bounded else np.maximum(x, TINY) for x in (own, common))
    result: Floats = all_of ** power[0] * (turned / all_of) ** power[1]
    return result


def odds(rate: Floats) -> Floats:
    """Return rate / (1 − rate), kept off 0 and infinity."""
    kept = np.clip(rate, 1e-6, 1 - 1e-6)
    result: Floats = kept / (1 - kept)
    return result


def usable(total: Floats, base: Floats, rate: Floats, pairs: Ints) -> npt.NDArray[np.bool_]:
    """Say which pairs, (pairs, 2), with foretold rates of the same shape, have anything to tell."""
    some = (base[pairs] * rate).min(axis=1) > 0
    result: npt.NDArray[np.bool_] = some & (total[pairs].sum(axis=1) > 0)
    return result


def estimate(total: Floats, base: Floats, own: Floats, common: Floats, pairs: Ints) -> Contrast:
    """Return how much of the foretold differences neighbours really show.

    What each pair is foretold comes from rates that know its sum alone, as of a cell that an edge
    cuts: rates that know more would always be found right. The difference that all zones have in
    common is well known, and mostly there; what seems to be one zone's own is in part chance, and
    less of it is found again. Before any pair is seen, the common difference is thought to be
    there, by UNKNOWN_CONTRAST_ERROR.

    Args:
        total: the layer by source area, shape (areas,).
        base: what it is shared out by, same shape.
        own: rates of each place, foretold of both areas of each pair, shape (pairs, 2).
        common: rates of all special zones together, or of all the rest, same shape.
        pairs: neighbours, shape (pairs, 2).
    """
    kept = usable(total, base, own, pairs) & usable(total, base, common, pairs)
    pairs, own, common = pairs[kept], own[kept], common[kept]
    unknown = Contrast(np.ones(2), np.eye(2) * UNKNOWN_CONTRAST_ERROR)
    if len(pairs) < MIN_PAIRS:
        return unknown
    both = total[pairs].sum(axis=1)
    alike = base[pairs[:, 0]] / base[pairs].sum(axis=1)
    first, second = (_share(base[pairs] * rate) for rate in (common, own))
    x = both[:, None] * np.column_stack([first - alike, second - first])
    y = total[pairs[:, 0]] - both * alike
    weight = 1 / np.maximum(both * alike * (1 - alike), TINY)
    inverse = np.linalg.pinv(x.T @ (weight[:, None] * x), hermitian=True)
    if not inverse.any():
        return unknown
    power = inverse @ (x.T @ (weight * y))
    scores = weight[:, None] * x * (y - x @ power)[:, None]
    covariance = inverse @ (scores.T @ scores) @ inverse
    # The mean of what was thought and what was seen, each by how sure it is.
    thought = covariance[0, 0] / (covariance[0, 0] + UNKNOWN_CONTRAST_ERROR**2)
    power[0] += thought * (1 - power[0])
    covariance[0, 0] *= 1 - thought
    covariance[0, 1] = covariance[1, 0] = covariance[0, 1] * (1 - thought)
    values, vectors = np.linalg.eigh(covariance)
    size = np.minimum(np.sqrt(np.clip(values, 0.0, None)), UNKNOWN_CONTRAST_ERROR)
    return Contrast(np.clip(power, 0.0, 1.0), (vectors * size) @ vectors.T)


def _share(expected: Floats) -> Floats:
    result: Floats = expected[:, 0] / expected.sum(axis=1)
    return result
