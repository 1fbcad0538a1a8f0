"""Inequality between places and between residents: gaps, concentration, equivalents, neighbours.

Pure functions, arrays in and arrays out. Missing values are never guessed: `complete` drops them
pairwise, says which share of the weight is left and refuses too little of it; every other function
refuses NaN.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.ranges import HIGH, LOW, ends

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

# With less than this share of the weight, those who are missing could turn the answer round.
FLOOR = 0.5
# Under this many areas no one can be ranked, and permutations have too few neighbours to draw from.
FEWEST_AREAS = 8
# Share of false alarms that is accepted among the areas found.
FALSE_DISCOVERIES = 0.05

CLASSES = ("high-high", "low-high", "low-low", "high-low")
NOT_SIGNIFICANT, ALONE, MISSING = "not significant", "no neighbour", "missing"


class Complete(NamedTuple):
    """What is left of some columns when rows with anything missing are dropped.

    `rows` are the indices kept, `share` the part of the weight that they hold (0 to 1).
    """

    rows: Ints
    weights: Floats
    columns: tuple[Floats, ...]
    share: float


def complete(weights: npt.ArrayLike, *columns: npt.ArrayLike, floor: float = FLOOR) -> Complete:
    """Drop the rows in which any column is missing, and say which share of the weight is left.

    Args:
        weights: residents or another count per row, none missing, shape (rows,).
        columns: values, NaN where missing, each of shape (rows,) or (rows, draws).
        floor: share of the weight under which the rest says nothing of the whole.

    Raises:
        ValueError: a missing or negative weight, no weight, or less of it than `floor`.
    """
    w = _checked_weights(np.asarray(weights, dtype=np.float64))
    given = [np.asarray(column, dtype=np.float64) for column in columns]
    known = np.ones(len(w), dtype=bool)
    for column in given:
        known &= ~np.isnan(column.reshape(len(w), -1)).any(axis=1)
    share = float(w[known].sum() / w.sum())
    if share < floor:
        raise ValueError(
            f"{share:.1%} of the weight has a value and at least {floor:.0%} is needed: the rest "
            "might be anything; complete the data, or read the values one by one."
        )
    rows = np.flatnonzero(known)
    return Complete(rows, w[rows], tuple(column[rows] for column in given), share)


class Group(NamedTuple):
    """Zones that are read as one: numerators and denominators, (zones,), and draws of both.

    Draws are (zones, draws); draw i of every group is of the same world.
    """

    numerator: Floats
    denominator: Floats
    numerator_draws: Floats
    denominator_draws: Floats


class Gap(NamedTuple):
    """A difference `inside` − `rest` with its 90 % interval, in the indicator's unit.

    `share` is the part of the inside group's denominator that had a numerator.
    """

    inside: float
    rest: float
    central: float
    low: float
    high: float
    share: float

    @property
    def sure(self) -> bool:
        """Whether the interval is all on one side of zero."""
        return self.low > 0 or self.high < 0


def gap(inside: Group, rest: Group, floor: float = FLOOR) -> Gap:
    """Return the difference between two groups of zones, Σn/Σd inside − Σn/Σd in the rest.

    A group's value is the sum of numerators over the sum of denominators, and never the mean of
    its zones' rates, in which ten households would weigh as much as a thousand. The difference is
    taken draw by draw, so that what both groups owe to the same error cancels out. Zones without a
    numerator are dropped. The interval always holds the central value.

    Raises:
        ValueError: different numbers of draws, or too little is known (`complete`).
    """
    one, one_draws, share = _pooled(inside, floor)
    two, two_draws, _ = _pooled(rest, floor)
    if one_draws.shape != two_draws.shape:
        raise ValueError(
            f"{one_draws.size} draws inside and {two_draws.size} in the rest: a gap needs paired "
            "draws, so give both from one run."
        )
    central = one - two
    low, high = ends(one_draws - two_draws)
    return Gap(one, two, central, min(float(low), central), max(float(high), central), share)


def _pooled(group: Group, floor: float) -> tuple[float, Floats, float]:
    """Return the group's value, its draws and the share of the denominator that is known."""
    above, below, *draws = group
    left = complete(below, above, *draws, floor=floor)
    numerator, numerators, denominators = left.columns
    drawn = numerators.sum(axis=0) / denominators.sum(axis=0)
    return float(numerator.sum() / left.weights.sum()), drawn, left.share


def ranks(values: npt.ArrayLike, draws: npt.ArrayLike) -> tuple[Ints, Ints, Ints]:
    """Return the rank of each zone, 1 for the highest value, and its 90 % interval over draws.

    Ties share the best rank. Each of the three is (zones,).

    Args:
        values: (zones,), none missing.
        draws: (zones, draws).

    Raises:
        ValueError: fewer than FEWEST_AREAS zones, among which a rank says more than is known.
    """
    x, drawn = _checked("values", values), _checked("draws", draws)
    if len(x) < FEWEST_AREAS:
        raise ValueError(
            f"{len(x)} zones: ranks need at least {FEWEST_AREAS}; read each zone's gap to the "
            "agglomeration instead."
        )
    placed = (drawn[None, :, :] > drawn[:, None, :]).sum(axis=1) + 1
    rank = (x[None, :] > x[:, None]).sum(axis=1) + 1
    low, high = np.quantile(placed, (LOW, HIGH), axis=1, method="inverted_cdf").astype(np.int64)
    return rank, np.minimum(low, rank), np.maximum(high, rank)


def fractional_rank(rank_variable: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
    """Return each row's place in the population from the poorest, between 0 and 1: (rows,).

    r = F(<y) + ½·p(y), where p is the share of the weight at y: those who tie share the middle of
    their places, so that the mean of r is ½ whatever the ties and the order of the rows.

    Source: Lerman & Yitzhaki 1989, J. of Econometrics 42; O'Donnell et al. 2008, ch. 8.
    """
    y = _checked("rank_variable", rank_variable)
    w = _weights(y, weights)
    _, place = np.unique(y, return_inverse=True)
    mass = np.bincount(place, w) / w.sum()
    middle: Floats = np.cumsum(mass) - mass / 2
    return middle[place]


def concentration_index(
    x: npt.ArrayLike, rank_variable: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> float:
    """Return C = 2·cov(x, r)/mean(x), from −1 to 1; r is the fractional rank of `rank_variable`.

    Negative when x is found among the poorest more than its share, 0 when everyone has the same or
    when x has nothing to do with the rank. It is twice the area between the concentration curve
    and the diagonal. x = 1..5 ranked by itself: 4/15.

    Args:
        x: values ≥ 0 with a positive mean, (rows,).
        rank_variable: standard of living, any unit, (rows,).
        weights: residents per row; one each if not given.

    Raises:
        ValueError: a missing or negative x, or zero everywhere.

    Source: Kakwani, Wagstaff & van Doorslaer 1997, J. of Econometrics 77; O'Donnell et al. 2008,
    Analyzing Health Equity Using Household Survey Data (World Bank), ch. 8.
    """
    values = _not_negative("x", x)
    return _absolute_concentration(values, rank_variable, weights) / _mean(values, weights)


def erreygers(
    x: npt.ArrayLike,
    rank_variable: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> float:
    """Return E = 8·cov(x, r)/(highest − lowest) for a variable with two bounds, from −1 to 1.

    For shares: unlike C, it tells the same of "poor" and of "not poor" (the sign changes, the size
    does not), and a change of unit of x changes nothing. x = 0, 0, 1, 1 ranked 1..4: 1.

    Raises:
        ValueError: bounds in the wrong order, or an x outside of them.

    Source: Erreygers 2009, J. of Health Economics 28 (E = 4·mean(x)·C/(highest − lowest)).
    """
    values = _checked("x", x)
    if not lowest < highest:
        raise ValueError(f"The bounds {lowest} and {highest} are not in order: lowest first.")
    if values.min() < lowest or values.max() > highest:
        raise ValueError(
            f"x goes from {values.min()} to {values.max()}, outside its bounds {lowest} to "
            f"{highest}: give the bounds that it can reach."
        )
    return 4 * _absolute_concentration(values, rank_variable, weights) / (highest - lowest)


def _absolute_concentration(
    values: Floats, rank_variable: npt.ArrayLike, weights: npt.ArrayLike | None
) -> float:
    """Return 2·cov(x, r), in the unit of x."""
    w = _weights(values, weights)
    rank = fractional_rank(rank_variable, w)
    if len(rank) != len(values):
        raise ValueError(f"x has {len(values)} rows and rank_variable {len(rank)}: as many needed.")
    return 2 * float(np.average((values - np.average(values, weights=w)) * (rank - 0.5), weights=w))


def concentration_curve(
    x: npt.ArrayLike, rank_variable: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Return the points (p, L) of the concentration curve: the poorest p hold L of the whole of x.

    Both go from 0 to 1, shape (ranks + 1,). Rows of the same rank make one segment, so that the
    order of the rows cannot bend the curve and C = 1 − 2·∫L dp exactly. Ranked by x itself it is
    the Lorenz curve.

    Refuses what `concentration_index` does. Source: O'Donnell et al. 2008, ch. 7.
    """
    values, y = _not_negative("x", x), _checked("rank_variable", rank_variable)
    w = _weights(values, weights)
    _mean(values, w)
    _, place = np.unique(y, return_inverse=True)
    people, amount = (np.cumsum(np.bincount(place, part)) for part in (w, w * values))
    return np.append(0.0, people / people[-1]), np.append(0.0, amount / amount[-1])


def gini(x: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Return the Gini index, 0 (all the same) to 1: the concentration of x ranked by itself.

    Refuses what `concentration_index` does. Source: Lerman & Yitzhaki 1989.
    """
    return concentration_index(x, x, weights)


def atkinson(x: npt.ArrayLike, epsilon: float, weights: npt.ArrayLike | None = None) -> float:
    """Return A = 1 − (mean x^(1−ε))^(1/(1−ε))/mean(x), 0 to 1; ε = 1: 1 − exp(mean ln x)/mean(x).

    The share of the whole that could be given up if the rest were shared out evenly. ε = 0 gives
    0; from ε = 1 on, a single zero gives 1. x = 1..5: ε 1 → 0.131610, ε 2 → 0.270073.

    Raises:
        ValueError: ε < 0, a missing or negative x, or zero everywhere.

    Source: Atkinson 1970, J. of Economic Theory 2.
    """
    values = _not_negative("x", x)
    w, mean = _weights(values, weights), _mean(values, weights)
    if epsilon < 0:
        raise ValueError(f"ε = {epsilon}: an aversion to inequality is 0 or more.")
    values, w = values[w > 0], w[w > 0]
    if epsilon >= 1 and values.min() == 0:
        return 1.0
    relative = values / mean  # around 1, so that powers keep within the range of floats
    if epsilon == 1:
        return 1 - float(np.exp(np.average(np.log(relative), weights=w)))
    power = 1 - epsilon
    return 1 - float(np.average(relative**power, weights=w) ** (1 / power))


def kolm_pollak_kappa(
    x: npt.ArrayLike, epsilon: float, weights: npt.ArrayLike | None = None
) -> float:
    """Return κ = ε·Σwx/Σwx², the aversion to inequality in 1/(unit of x).

    Groups are compared with one κ, that of the whole population: two κ would be two judgements.

    Raises:
        ValueError: the mean of x is zero or less, for which ε has no κ.

    Source: Logan et al. 2021, Risk Analysis 41 (from Sheriff & Maguire 2020).
    """
    values = _checked("x", x)
    w = _weights(values, weights)
    total = float(w @ values)
    if total <= 0:
        raise ValueError(
            f"The sum of x is {total:g}, and κ = ε·Σx/Σx² needs it above zero: where nobody has "
            "any, there is no inequality to weigh; read the values themselves."
        )
    # Scaled first: the square of a tiny or huge x would leave the range of floats.
    scale = float(np.abs(values).max())
    scaled = values / scale
    return epsilon * float(w @ scaled) / float(w @ scaled**2) / scale


def kolm_pollak_ede(
    x: npt.ArrayLike,
    epsilon: float,
    weights: npt.ArrayLike | None = None,
    *,
    kappa: float | None = None,
) -> float:
    """Return EDE = −(1/κ)·ln(mean exp(−κx)), κ = ε·Σx/Σx² unless given.

    The value which, were it everyone's, would be as good as the values as they are shared out: in
    the unit of x. ε > 0 for what is good (EDE ≤ mean), ε < 0 for burdens (EDE ≥ mean), ε = 0 gives
    the mean; a constant x is its own EDE; with a given κ, EDE(x + c) = EDE(x) + c.
    x = 1..5: ε 0.5 → 2.864181737, ε −0.5 → 3.135818263.

    Raises:
        ValueError: a missing x, or the sum of x is zero or less while κ is not given.

    Source: Kolm 1976; Pollak 1971; Sheriff & Maguire 2020, Health Economics 29.
    """
    from scipy.special import logsumexp

    values = _checked("x", x)
    w = _weights(values, weights)
    k = kolm_pollak_kappa(values, epsilon, w) if kappa is None else kappa
    if k == 0:
        return float(np.average(values, weights=w))
    return -float(logsumexp(-k * values, b=w / w.sum())) / k


@dataclass(frozen=True)
class LocalAssociation:
    """One entry per area, (areas,), and what was counted.

    classes: one of CLASSES, NOT_SIGNIFICANT, ALONE or MISSING. around: mean exposure of the
    neighbours, in standard deviations. p: two-sided pseudo p-values, q: the same under control of
    false discoveries. All three are NaN where an area was not tested. tested: how many were. share:
    part of the areas with both values.
    """

    classes: Texts
    around: Floats
    p: Floats
    q: Floats
    tested: int
    share: float


def local_association(
    poverty: npt.ArrayLike,
    exposure: npt.ArrayLike,
    neighbours: npt.ArrayLike,
    permutations: int = 999,
    seed: int = 0,
) -> LocalAssociation:
    """Return where poverty stands beside exposure more than chance would have it (bivariate LISA).

    I_i = z(poverty)_i · Σ_j w_ij z(exposure)_j with w row-standardised: an area's own poverty and
    the mean exposure **around** it, not its own. "high-high" is a poor area in exposed
    surroundings, "high-low" a poor one in spared surroundings, against the mean of the areas given.
    Exposures are permuted among the other areas; the pseudo p-value is two-sided, 2·(1 + as extreme
    on that side)/(1 + permutations), at most 1 (esda still halves it), and Benjamini-Hochberg keeps
    false discoveries under FALSE_DISCOVERIES. The same seed gives the same answer.

    Args:
        poverty: NaN where missing, (areas,).
        exposure: likewise.
        neighbours: pairs of indices of areas, each pair once or twice, (pairs, 2).
        permutations: 1 / this many is the smallest p that can be seen.
        seed: of the permutations.

    Raises:
        ValueError: fewer than FEWEST_AREAS areas with both values and a neighbour, one value
            everywhere, or too many areas missing (`complete`).

    Source: Anselin, Syabri & Smirnov 2002 (esda.Moran_Local_BV is the oracle in tests); Benjamini &
    Hochberg 1995, J. Royal Statistical Society B 57.
    """
    from scipy.stats import false_discovery_control

    own = np.asarray(poverty, dtype=np.float64)
    pairs = np.asarray(neighbours, dtype=np.int64).reshape(-1, 2)
    left = complete(np.ones(len(own)), own, exposure)
    classes = np.full(len(own), MISSING, dtype=object)
    classes[left.rows] = ALONE
    pairs = pairs[np.isin(pairs, left.rows).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
    areas = np.unique(pairs)
    if len(areas) < FEWEST_AREAS:
        raise ValueError(
            f"{len(areas)} areas have both values and a neighbour, and local association needs at "
            f"least {FEWEST_AREAS}: read each area's gap to the agglomeration and to its peers "
            "instead (`gap`)."
        )
    x, y = own[areas], np.asarray(exposure, dtype=np.float64)[areas]
    for name, values in (("poverty", x), ("exposure", y)):
        if np.ptp(values) == 0:
            raise ValueError(f"The {name} is {values[0]:g} in every area: nothing is high or low.")
    observed, simulated = _bivariate(y, np.searchsorted(areas, pairs), permutations, seed)
    above = (simulated >= observed[:, None]).sum(axis=1)
    below = (simulated <= observed[:, None]).sum(axis=1)
    found = np.minimum(1.0, 2 * (1 + np.minimum(above, below)) / (1 + permutations))
    lag, p, q = (np.full(len(own), np.nan) for _ in range(3))
    lag[areas], p[areas], q[areas] = observed, found, false_discovery_control(found, method="bh")
    quadrant = np.where(x > x.mean(), np.where(observed > 0, 0, 3), np.where(observed > 0, 1, 2))
    named = np.array(CLASSES, dtype=object)[quadrant]
    classes[areas] = np.where(q[areas] <= FALSE_DISCOVERIES, named, NOT_SIGNIFICANT)
    return LocalAssociation(classes, lag, p, q, len(areas), left.share)


def _bivariate(y: Floats, pairs: Ints, permutations: int, seed: int) -> tuple[Floats, Floats]:
    """Return the mean z(exposure) of each area's neighbours, and what it would be by chance.

    Ours and not esda's, which gives the same figures but compiles itself for half a minute in each
    process, and whose draws depend on whether numba is installed.

    Returns:
        the mean around each area, (areas,), and with exposures permuted, (areas, permutations).
    """
    n = len(y)
    z = (y - y.mean()) / y.std()
    beside: list[set[int]] = [set() for _ in range(n)]
    for i, j in pairs.tolist():
        beside[i].add(j)
        beside[j].add(i)
    around = [sorted(js) for js in beside]
    rng, most = np.random.default_rng(seed), max(map(len, around))
    # Places in the list of the n − 1 others, from which an area itself is left out below.
    drawn = np.array([rng.choice(n - 1, most, replace=False) for _ in range(permutations)])
    simulated = np.empty((n, permutations))
    for i, js in enumerate(around):
        others = drawn[:, : len(js)]
        simulated[i] = z[others + (others >= i)].mean(axis=1)
    return np.array([z[js].mean() for js in around]), simulated


def _checked(name: str, values: npt.ArrayLike) -> Floats:
    """Return an array without anything missing.

    It says so (ValueError) of what is empty, missing or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise ValueError(f"{name} is empty: at least one value is needed.")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ValueError(
            f"{name} has {bad} missing or infinite of {array.size} values: drop them first with "
            "`complete`, which says what is left."
        )
    return array


def _not_negative(name: str, values: npt.ArrayLike) -> Floats:
    array = _checked(name, values)
    if array.min() < 0:
        raise ValueError(
            f"{name} goes down to {array.min():g}: shares of a whole need values of 0 or more."
        )
    return array


def _weights(values: Floats, weights: npt.ArrayLike | None) -> Floats:
    if weights is None:
        return np.ones(len(values))
    w = _checked_weights(np.asarray(weights, dtype=np.float64))
    if w.shape != values.shape:
        raise ValueError(f"{w.size} weights for {values.size} values: one each is needed.")
    return w


def _checked_weights(w: Floats) -> Floats:
    if not np.isfinite(w).all() or (w < 0).any() or not w.sum() > 0:
        raise ValueError(
            "Weights are counts, none missing or negative and not all zero; these are "
            f"{np.array2string(w, threshold=6)}."
        )
    return w


def _mean(values: Floats, weights: npt.ArrayLike | None) -> float:
    mean = float(np.average(values, weights=_weights(values, weights)))
    if mean == 0:
        raise ValueError(
            "x is zero everywhere: nothing is shared out, so nothing can be concentrated."
        )
    return mean
