"""Uncertainty: many calculations of one index, and what holds in most of them.

Two intervals are kept apart. *Data*: draws of the values, at declared weights and choices; it can
be checked against a truth. *Method*: weights, scale, aggregation and treatment, on central values;
it tells how much is a matter of choice, and no truth can check it. Probabilities are over both at
once unless told otherwise. No one is ranked among fewer than eight units.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.errors import BadInput
from labo.index.aggregate import Aggregation
from labo.index.normalise import Scale
from labo.index.rank import SAME, classes, ranks
from labo.index.runs import THEMSELVES, Plan, Recipe, Reference, score
from labo.index.treat import Treatment
from labo.index.tree import Index
from labo.inequality import FEWEST_AREAS as FEWEST
from labo.ranges import HIGH, LOW

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# In the top class in so many calculations: "among the most exposed in 9 calculations out of 10".
ROBUST = 0.9
Vary = Literal["data", "method"]
Weighting = Literal["dirichlet", "within", "declared"]


@dataclass(frozen=True)
class Choices:
    """What the method may choose from, each with the same chance.

    treatments, scales, aggregations: alternatives. weights: "dirichlet" around the declared ones
    (`concentration` times the number of siblings is its sum: 10 gives a coefficient of variation of
    about 30 %), "within" ± `spread` of them, or "declared". levels: of the nodes whose weights
    vary, all if None.
    """

    treatments: tuple[Treatment | None, ...] = (Treatment(), None)
    scales: tuple[Scale, ...] = (Scale("percentile"), Scale("min_max", (1.0, 100.0)))
    aggregations: tuple[Aggregation, ...] = ("arithmetic", "geometric")
    weights: Weighting = "dirichlet"
    concentration: float = 10.0
    spread: float = 0.25
    levels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not (self.treatments and self.scales and self.aggregations):
            raise BadInput(
                "Each choice needs at least one alternative: what is declared, if fixed."
            )
        if self.weights not in get_args(Weighting):
            known = ", ".join(get_args(Weighting))
            raise BadInput(f"Weights are drawn {known}; not {self.weights!r}.")
        if not self.concentration > 0 or not 0 <= self.spread < 1:
            raise BadInput(
                f"Concentration is above 0 and spread from 0 to 1, not {self.concentration:g} and "
                f"{self.spread:g}."
            )


class Replications(NamedTuple):
    """scores: (units, runs); beside: of those who are only scored; plan: what the runs did."""

    scores: Floats
    beside: Floats
    plan: Plan


class Interval(NamedTuple):
    """90 % intervals of scores and of ranks, each (units,); ranks are NaN under eight units."""

    score_low: Floats
    score_high: Floats
    rank_low: Floats
    rank_high: Floats


@dataclass(frozen=True)
class Uncertainty:
    """What is known of each unit, and how surely.

    score, rank, class: as declared, on central values; class 1 holds the highest scores. data,
    method: intervals, None where that side did not vary. probability: of each class, (units,
    classes). more: P(row above column), ties counting half, (units, units). core: in the top class
    in ROBUST of the calculations. gaps: to the median of the others (and to what is beside).
    ranked: False under eight units, when rank, class, probability, more and core say nothing.
    """

    units: tuple[str, ...]
    ranked: bool
    score: Floats
    rank: Floats
    classed: Floats
    data: Interval | None
    method: Interval | None
    probability: Floats
    more: Floats
    core: Bools
    gaps: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return a row per unit: no rank without its interval, no rank at all under eight units."""
        columns: dict[str, object] = {"score": self.score}
        if self.ranked:
            columns |= {"rank": self.rank, "class": self.classed}
        for name, interval in (("data", self.data), ("method", self.method)):
            if interval is not None:
                kept = interval._asdict().items()
                columns |= {
                    f"{name}_{key}": part
                    for key, part in kept
                    if self.ranked or key.startswith("score")
                }
        if self.ranked:
            for k in range(self.probability.shape[1]):
                columns[f"p_class_{k + 1}"] = self.probability[:, k]
            columns["core"] = self.core
        table = pd.DataFrame(columns, index=pd.Index(self.units, name="unit"))
        return table if self.ranked else table.join(self.gaps)

    def indistinguishable(self) -> pd.DataFrame:
        """Return the pairs (one, other, probability) of which none can be said to be above."""
        upper, lower = np.nonzero(np.triu(indistinct(self.more), 1))
        names = np.array(self.units, dtype=object)
        return pd.DataFrame(
            {"one": names[upper], "other": names[lower], "probability": self.more[upper, lower]}
        )


def weight_runs(index: Index, choices: Choices, runs: int, rng: np.random.Generator) -> Floats:
    """Return weights of nodes in each run, (nodes, runs)."""
    weights = np.repeat(index.weights[:, None], runs, axis=1)
    varied = np.ones(len(index.nodes), dtype=bool)
    if choices.levels is not None:
        varied = np.isin(index.levels, choices.levels)
    if choices.weights == "within":
        noise = rng.uniform(-choices.spread, choices.spread, weights.shape)
        weights[varied] *= 1 + noise[varied]
    elif choices.weights == "dirichlet":
        for below in index.children.values():
            at = [child for child in below if varied[child]]
            if len(at) < 2:
                continue
            declared = index.weights[at]
            total = declared.sum()
            if total > 0:
                alpha = choices.concentration * len(at) * declared / total
                drawn = rng.standard_gamma(alpha[:, None], (len(at), runs))
                # What weighs nothing keeps weighing nothing; the whole keeps its weight.
                weights[at] = total * drawn / np.maximum(drawn.sum(axis=0), 1e-300)
    return weights


def plan(
    index: Index,
    recipe: Recipe,
    runs: int,
    rng: np.random.Generator,
    *,
    draws: int = 0,
    choices: Choices | None = None,
) -> Plan:
    """Return what each of so many runs does.

    Args:
        index: its tree.
        recipe: what is declared, for all that does not vary.
        runs: how many.
        rng: of the choices.
        draws: how many there are of the data; the runs go through them in turn. 0: central values.
        choices: None for what is declared.
    """
    draw = np.arange(runs) % draws if draws else np.full(runs, -1)
    if choices is None:
        none = np.zeros(runs, dtype=np.int64)
        weights = np.broadcast_to(index.weights[:, None], (len(index.nodes), runs))
        return Plan((recipe,), none, weights, draw)
    recipes = tuple(
        replace(recipe, treatment=treatment, scale=scale, aggregation=aggregation)
        for treatment in choices.treatments
        for scale in choices.scales
        for aggregation in choices.aggregations
    )
    chosen = rng.integers(len(recipes), size=runs)
    return Plan(recipes, chosen, weight_runs(index, choices, runs, rng), draw)


def replicate(
    index: Index,
    values: npt.ArrayLike,
    *,
    draws: npt.NDArray[np.floating] | None = None,
    recipe: Recipe | None = None,
    choices: Choices | None = None,
    vary: tuple[Vary, ...] = ("data", "method"),
    runs: int = 1000,
    seed: int = 0,
    reference: Reference = THEMSELVES,
    beside: int = 0,
    workers: int | None = None,
) -> Replications:
    """Calculate the index many times over; the same seed gives the same scores.

    Args:
        index: its tree.
        values: central values of indicators, denominated, (units, leaves).
        draws: (units, leaves, draws); without any, "data" does not vary.
        recipe: what is declared.
        choices: from which the method is drawn.
        vary: "data", "method" or both.
        runs: how many calculations.
        seed: of the choices.
        reference: what values are read against.
        beside: so many of the last rows (the agglomeration …) are scored against the others, and
            neither ranked nor a reference themselves. Their draws are the last rows of `draws`.
        workers: threads.

    Raises:
        BadInput: shapes do not agree, or a step refuses values.
    """
    x = np.asarray(values, dtype=np.float64)
    if draws is not None and draws.shape[:2] != x.shape:
        raise BadInput(f"Draws are {draws.shape[:2]} and values {x.shape}: the same are needed.")
    if not 0 <= beside < max(len(x), 1):
        raise BadInput(f"{beside} of {len(x)} rows beside the units: at least one unit is needed.")
    if runs < 1:
        raise BadInput(f"{runs} runs: at least one is needed.")
    _check_vary(vary)
    chosen = plan(
        index,
        recipe or Recipe(),
        runs,
        np.random.default_rng(seed),
        draws=draws.shape[2] if draws is not None and "data" in vary else 0,
        choices=(choices or Choices()) if "method" in vary else None,
    )
    units = len(x) - beside
    found = score(
        index,
        x,
        chosen,
        draws=draws,
        reference=reference,
        ranked=units if beside else None,
        workers=workers,
    )
    return Replications(found[:units], found[units:], chosen)


def uncertainty(
    index: Index,
    values: npt.ArrayLike,
    units: tuple[str, ...],
    *,
    draws: npt.NDArray[np.floating] | None = None,
    recipe: Recipe | None = None,
    choices: Choices | None = None,
    runs: int = 1000,
    seed: int = 0,
    count: int = 4,
    reference: Reference = THEMSELVES,
    beside: tuple[str, ...] = (),
    vary: tuple[Vary, ...] = ("data", "method"),
    workers: int | None = None,
) -> Uncertainty:
    """Return scores, ranks and classes with all that says how sure they are.

    Args:
        index: its tree.
        values: (units and those beside, leaves).
        units: names of the units; `beside`: of the rows after them.
        draws: (units and those beside, leaves, draws).
        recipe: what is declared.
        choices: from which the method is drawn.
        runs: calculations of each of: data, method, both.
        seed: of the choices.
        count: of classes.
        reference: what values are read against.
        beside: names of what is scored and not ranked.
        vary: what the probabilities are over; the two intervals never mix.
        workers: threads.

    Raises:
        BadInput: as `replicate`.
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) != len(units) + len(beside):
        raise BadInput(f"{len(x)} rows for {len(units)} units and {len(beside)} beside them.")
    _check_vary(vary)
    if draws is None and vary == ("data",):
        raise BadInput("Only the data should vary, and there are no draws of them.")

    def run(what: tuple[Vary, ...], times: int) -> Replications:
        return replicate(
            index,
            x,
            draws=draws,
            recipe=recipe,
            choices=choices,
            vary=what,
            runs=times,
            seed=seed,
            reference=reference,
            beside=len(beside),
            workers=workers,
        )

    declared = run((), 1)
    # As many runs as there are draws: going through them twice would tell nothing more.
    drawn = 0 if draws is None else min(runs, draws.shape[2])
    data = run(("data",), drawn) if draws is not None and "data" in vary else None
    method = run(("method",), runs) if "method" in vary else None
    both = run(vary, runs) if data is not None and method is not None else (data or method)
    if both is None:
        raise BadInput("Nothing varies: give draws, or let the method vary.")
    central = declared.scores[:, 0]
    ranked = len(units) >= FEWEST
    nothing = np.full(len(units), np.nan)
    rank = ranks(central, highest_first=True, same=SAME) if ranked else nothing
    placed = ranks(both.scores, highest_first=True, same=SAME) if ranked else None
    probability = class_probabilities(placed, count) if placed is not None else np.empty((0, count))
    return Uncertainty(
        units=units,
        ranked=ranked,
        score=central,
        rank=rank,
        classed=classes(rank, count) if ranked else nothing,
        data=None if data is None else interval(data.scores, central),
        method=None if method is None else interval(method.scores, central),
        probability=probability,
        more=pairwise(placed) if placed is not None else np.empty((0, 0)),
        core=probability[:, 0] >= ROBUST if ranked else np.zeros(len(units), dtype=bool),
        gaps=_gaps(units, beside, declared, data or both),
    )


def _check_vary(vary: tuple[Vary, ...]) -> None:
    if unknown := set(vary) - set(get_args(Vary)):
        raise BadInput(f"What varies is data or method, not {', '.join(sorted(unknown))}.")


def interval(scores: Floats, central: Floats) -> Interval:
    """Return 90 % intervals over runs, which always hold the central score and its rank.

    Under eight units there is no rank: NaN.

    Args:
        scores: (units, runs).
        central: (units,).
    """
    low, high = quantiles(scores)
    low, high = np.fmin(low, central), np.fmax(high, central)
    if len(central) < FEWEST:
        nothing = np.full(len(central), np.nan)
        return Interval(low, high, nothing, nothing)
    rank = ranks(central, highest_first=True, same=SAME)
    first, last = quantiles(ranks(scores, highest_first=True, same=SAME))
    return Interval(low, high, np.fmin(first, rank), np.fmax(last, rank))


def quantiles(values: Floats, low: float = LOW, high: float = HIGH) -> tuple[Floats, Floats]:
    """Return two quantiles over the runs in which there is a value, (units,); NaN where none.

    Each is a value that occurred (the inverse of the distribution function), as a rank must be.
    """
    ordered = np.sort(values, axis=1)
    known = (~np.isnan(values)).sum(axis=1)
    rows = np.arange(len(values))

    def at(share: float) -> Floats:
        # A hair less, so that 0.95 · 20 is the 19th and not the 20th for a rounding.
        place = np.ceil(share * known - 1e-9).astype(np.int64) - 1
        found = ordered[rows, np.clip(place, 0, None)]
        return np.where(known > 0, found, np.nan)

    return at(low), at(high)


def class_probabilities(placed: Floats, count: int) -> Floats:
    """Return the share of runs in which each unit is in each class, (units, classes).

    Args:
        placed: ranks, (units, runs), NaN where there is none: those runs do not count.
        count: of classes.
    """
    found = classes(placed, count)
    known = (~np.isnan(found)).sum(axis=1)
    shares = np.stack([(found == k + 1).sum(axis=1) for k in range(count)], axis=1)
    full = np.full(shares.shape, np.nan)
    return np.divide(shares, known[:, None], out=full, where=known[:, None] > 0)


def pairwise(placed: Floats) -> Floats:
    """Return P(row above column) over the runs in which both have a rank, ties counting half.

    Shape (units, units), ½ on the diagonal, NaN for pairs that are never both there.

    Args:
        placed: ranks, ties sharing the best, (units, runs).
    """
    units, runs = placed.shape
    missing = np.isnan(placed)
    # Small whole numbers are compared many at a time.
    short = np.where(missing, 0, placed).astype(np.int16 if units < 2**15 else np.int32)
    some, known = bool(missing.any()), ~missing
    # Ranks that share the best of their places add up to less than the whole series.
    there = known.sum(axis=0)
    tied = bool((np.where(missing, 0, placed).sum(axis=0) != there * (there + 1) / 2).any())
    found = np.empty((units, units))
    for i in range(units):
        others = short[i:]
        together = known[i] & known[i:] if some else None
        above = short[i] < others
        both: Ints | int = runs
        if together is not None:
            above &= together
            both = together.sum(axis=1)
        times = np.count_nonzero(above, axis=1).astype(np.float64)
        if tied:
            same = short[i] == others
            if together is not None:
                same &= together
            times += np.count_nonzero(same, axis=1) / 2
        with np.errstate(invalid="ignore"):
            found[i, i:] = times / both
        found[i:, i] = 1.0 - found[i, i:]
    known_self = ~np.isnan(np.diag(found))
    np.fill_diagonal(found, np.where(known_self, 0.5, np.nan))
    return found


def indistinct(more: Floats) -> Bools:
    """Return the pairs with a probability from 0.05 to 0.95, (units, units)."""
    found: Bools = (more >= LOW) & (more <= HIGH)
    np.fill_diagonal(found, val=False)
    return found


def _gaps(
    units: tuple[str, ...], beside: tuple[str, ...], declared: Replications, runs: Replications
) -> pd.DataFrame:
    """Return each unit's score less the median of the others', and less each one beside."""
    columns: dict[str, Floats] = {}

    def add(name: str, central: Floats, drawn: Floats) -> None:
        low, high = quantiles(drawn)
        columns[f"gap_to_{name}"] = central
        columns[f"gap_to_{name}_low"] = np.fmin(low, central)
        columns[f"gap_to_{name}_high"] = np.fmax(high, central)

    add("peers", _to_peers(declared.scores)[:, 0], _to_peers(runs.scores))
    for name, central, drawn in zip(beside, declared.beside, runs.beside, strict=True):
        add(name, declared.scores[:, 0] - central[0], runs.scores - drawn)
    return pd.DataFrame(columns, index=pd.Index(units, name="unit"))


def _to_peers(scores: Floats) -> Floats:
    """Return scores less the median of the others', NaN for one alone, (units, runs)."""
    missing = np.isnan(scores)
    count = (~missing).sum(axis=0)
    order = np.sort(scores, axis=0)  # missing ones last
    place = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(place, np.argsort(scores, axis=0), np.arange(len(scores))[:, None], axis=0)
    others = np.maximum(count - 1, 1)

    def other(k: Ints) -> Floats:
        """Return the k-th of the others: one further if the unit itself comes before."""
        at = np.broadcast_to(k, scores.shape) + (place <= k)
        return np.take_along_axis(order, np.clip(at, 0, len(scores) - 1), axis=0)

    middle = (other((others - 1) // 2) + other(others // 2)) / 2
    return np.where(missing | (count < 2), np.nan, scores - middle)
