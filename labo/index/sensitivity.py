"""Which choice drives the result: variance-based sensitivity of the ranking.

The output is the mean absolute change of rank against what is declared. Its variance is shared out
between the factors: treatment, scale, weights, aggregation and, where there are draws, data.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.errors import BadInput
from labo.index.rank import SAME, ranks
from labo.index.replicate import Choices, weight_runs
from labo.index.runs import THEMSELVES, Plan, Recipe, Reference, score
from labo.index.tree import Index
from labo.inequality import FEWEST_AREAS as FEWEST
from labo.ranges import HIGH, LOW

Floats = npt.NDArray[np.float64]

# Weights are one factor: a number that chooses among so many vectors, as COINr does.
POOL = 100
RESAMPLES = 100
FRENCH = {
    "aggregation": "la façon d'agréger",
    "scale": "la normalisation",
    "weights": "les poids",
    "treatment": "le traitement des valeurs extrêmes",
    "data": "l'incertitude des données",
}


@dataclass(frozen=True)
class Sensitivity:
    """indices: by factor: first, total, and their 90 % intervals by bootstrap.

    change: mean absolute change of rank in each run, (runs,); units: how many were ranked.
    """

    indices: pd.DataFrame
    change: Floats
    units: int

    @property
    def driver(self) -> str | None:
        """The factor with the largest total order; None where nothing changes any rank."""
        total = self.indices["total"]
        return None if not (total > 0).any() else str(total.idxmax())

    def sentence(self) -> str:
        """Return in French what drives the result."""
        mean = f"{self.change.mean():.1f}".replace(".", ",")
        driver = self.driver
        if driver is None:
            return (
                "Aucun des choix essayés ne change plus qu'un autre le rang des "
                f"{self.units} unités."
            )
        total = self.indices["total"].sort_values(ascending=False)
        parts = [
            f"{FRENCH[str(name)]} ({100 * max(value, 0.0):.0f} %)" for name, value in total.items()
        ]
        sure = ""
        if len(total) > 1 and (
            self.indices.loc[total.index[0], "total_low"]
            <= self.indices.loc[total.index[1], "total_high"]
        ):
            sure = " L'écart entre les deux premiers n'est pas certain."
        rest = f" ; viennent ensuite {', '.join(parts[1:])}" if len(parts) > 1 else ""
        return (
            f"D'un calcul à l'autre, une unité change de {mean} rang(s) en moyenne sur "
            f"{self.units} ; ce qui pèse le plus est {parts[0]}{rest} (part de la variance, "
            f"interactions comprises).{sure}"
        )


def sensitivity(
    index: Index,
    values: npt.ArrayLike,
    *,
    recipe: Recipe | None = None,
    choices: Choices | None = None,
    draws: npt.NDArray[np.floating] | None = None,
    size: int = 128,
    pool: int = POOL,
    seed: int = 0,
    reference: Reference = THEMSELVES,
    workers: int | None = None,
) -> Sensitivity:
    """Return first- and total-order Sobol indices of the factors that can vary.

    size·(factors + 2) runs are made: those of two scrambled Sobol matrices, and of the first with
    each column taken from the second. SALib estimates the indices (Saltelli 2010 for the first
    order, Jansen for the total) and their bootstrap. A choice with one alternative is no factor.

    Args:
        index: its tree.
        values: central values, (units, leaves).
        recipe: what is declared: ranks are compared with those it gives.
        choices: alternatives of each factor.
        draws: (units, leaves, draws): if given, data is a factor.
        size: rows of each matrix.
        pool: how many vectors of weights may be drawn.
        seed: of the design, the weights and the bootstrap.
        reference: what values are read against.
        workers: threads.

    Raises:
        BadInput: fewer than eight units, or nothing that varies.
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < FEWEST:
        raise BadInput(f"{len(x)} units: the ranking of fewer than {FEWEST} says nothing.")
    declared, alternatives = recipe or Recipe(), choices or Choices()
    rng = np.random.default_rng(seed)
    counts = {
        "treatment": len(alternatives.treatments),
        "scale": len(alternatives.scales),
        "weights": 1 if alternatives.weights == "declared" else pool,
        "aggregation": len(alternatives.aggregations),
        "data": 0 if draws is None else draws.shape[2],
    }
    factors = [name for name, count in counts.items() if count > 1]
    if not factors:
        raise BadInput("Nothing varies: each choice has one alternative, and there are no draws.")
    if size < 2:
        raise BadInput(f"{size} rows: a Sobol design needs at least 2.")
    design = _design(size, len(factors), seed)
    level = {
        name: np.minimum((design[:, i] * counts[name]).astype(np.int64), counts[name] - 1)
        for i, name in enumerate(factors)
    }
    none = np.zeros(len(design), dtype=np.int64)
    scales, aggregations = counts["scale"], counts["aggregation"]
    recipes = tuple(
        replace(declared, treatment=treatment, scale=scale, aggregation=aggregation)
        for treatment in alternatives.treatments
        for scale in alternatives.scales
        for aggregation in alternatives.aggregations
    )
    which = level.get("treatment", none) * scales + level.get("scale", none)
    which = which * aggregations + level.get("aggregation", none)
    vectors = index.weights[:, None]
    if "weights" in factors:
        vectors = weight_runs(index, alternatives, pool, rng)
    weights = vectors[:, level.get("weights", none)]
    # A single draw is not a factor, and would not be the central values either.
    draw = level.get("data", none - 1)
    # The declared calculation goes first, with all the others.
    all_runs = Plan(
        (*recipes, declared),
        np.append(len(recipes), which),
        np.concatenate([index.weights[:, None], weights], axis=1),
        np.append(-1, draw),
    )
    scores = score(index, x, all_runs, draws=draws, reference=reference, workers=workers)
    placed = ranks(scores, highest_first=True, same=SAME)
    known = ~np.isnan(placed).any(axis=1)
    if not known.any():
        raise BadInput("No unit has a score in every run: nothing can be compared.")
    change = np.abs(placed[known, 1:] - placed[known, :1]).mean(axis=0)
    return Sensitivity(sobol_indices(factors, change, seed), change, int(known.sum()))


def sobol_indices(factors: list[str], output: Floats, seed: int) -> pd.DataFrame:
    """Return a row per factor: first, first_low, first_high, total, total_low, total_high.

    Intervals are the 5 % and 95 % quantiles of RESAMPLES bootstraps of the rows of the design. All
    are 0 where the output never changes.

    Args:
        factors: names, in the order of the design's columns.
        output: of size·(factors + 2) runs in SALib's order, (runs,).
        seed: of the bootstrap.
    """
    from SALib.analyze import sobol

    columns = ["first", "first_low", "first_high", "total", "total_low", "total_high"]
    if np.ptp(output) < 1e-12:
        return pd.DataFrame(0.0, index=pd.Index(factors, name="factor"), columns=columns)
    problem: dict[str, Any] = {
        "num_vars": len(factors),
        "names": factors,
        "bounds": [[0.0, 1.0]] * len(factors),
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        found = sobol.analyze(
            problem,
            output,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            keep_resamples=True,
            seed=seed + 1,  # SALib takes 0 for none
        )
    parts: dict[str, Floats] = {}
    for name, key in (("first", "S1"), ("total", "ST")):
        drawn = found[f"{key}_conf_all"]
        low, high = np.nanquantile(drawn, (LOW, HIGH), axis=0)
        parts |= {name: found[key], f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(parts, index=pd.Index(factors, name="factor"))[columns]


def _design(size: int, factors: int, seed: int) -> Floats:
    """Return SALib's rows: for each i, A_i, then A_i with column j of B_i for each j, then B_i."""
    from scipy.stats import qmc

    power = int(np.ceil(np.log2(size)))
    points = qmc.Sobol(2 * factors, scramble=True, rng=seed).random_base2(power)[:size]
    first, second = points[:, :factors], points[:, factors:]
    rows = np.repeat(first[:, None, :], factors + 2, axis=1)
    for j in range(factors):
        rows[:, j + 1, j] = second[:, j]
    rows[:, -1] = second
    return rows.reshape(-1, factors)
