"""Compare with another index of the same units: how far they agree, and why they do not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.errors import BadInput
from labo.index.aggregate import aggregate
from labo.index.rank import SAME, classes, ranks
from labo.index.runs import Recipe
from labo.index.tree import Index
from labo.inequality import FEWEST_AREAS as FEWEST

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """units: that both have. spearman, kendall (τ-b): of the ranks, from −1 to 1, NaN where one of
    the two gives everyone the same score. same_class, same_top: share of units in the same class,
    and of our top class that is in theirs. disagreements: a row per unit, largest difference first.
    only_ours, only_theirs: units that one of the two lacks.
    """

    units: int
    spearman: float
    kendall: float
    same_class: float
    same_top: float
    disagreements: pd.DataFrame
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]

    def sentence(self) -> str:
        """Return in French how far they agree, and the component that explains most."""
        if np.isnan(self.spearman):
            return "L'un des deux indices donne à tous le même score : rien ne se compare."
        said = (
            f"Sur {self.units} unités, les deux classements s'accordent à "
            f"{self.spearman:.2f}".replace(".", ",")
            + f" (corrélation des rangs) ; {100 * self.same_class:.0f} % sont dans la même classe."
        )
        named = self.disagreements["component"]
        named = named[named != ""]
        if named.empty:
            return said
        most = named.value_counts().sort_index(kind="stable").idxmax()
        times = int((named == most).sum())
        return (
            f"{said} Le composant {most} explique le plus de désaccords ({times} sur {len(named)})."
        )


def compare(
    index: Index,
    normalised: pd.DataFrame,
    other: pd.Series,
    *,
    recipe: Recipe | None = None,
    count: int = 4,
    lowest_first: bool = False,
) -> Agreement:
    """Compare an index with scores by unit of another one.

    The component that explains a disagreement is the one without which, the others keeping their
    weights, our rank comes nearest to theirs; none where leaving one out does not help.

    Args:
        index: its tree.
        normalised: (units, leaves), indexed by unit (`Built.normalised`).
        other: scores by unit; what is missing is left out.
        recipe: aggregation and availability of ours.
        count: of classes.
        lowest_first: whether low scores of the other mean what high scores of ours do.

    Raises:
        BadInput: fewer than eight units that both have, or a unit twice.
    """
    from scipy.stats import kendalltau

    chosen = recipe or Recipe()
    if not other.index.is_unique or not normalised.index.is_unique:
        raise BadInput("A unit is there twice in one of the two indices: one score each.")
    columns = normalised[list(index.leaves)].to_numpy(dtype=np.float64)
    ours = pd.Series(_score(index, columns, chosen, index.weights), index=normalised.index).dropna()
    theirs = other.astype(float).dropna()
    both = [unit for unit in ours.index if unit in theirs.index]
    if len(both) < FEWEST:
        raise BadInput(
            f"{len(both)} units are in both indices (ours {len(ours)}, theirs {len(theirs)}), and "
            f"at least {FEWEST} are needed; look at how units are named."
        )
    at = normalised.index.get_indexer(pd.Index(both))
    high = theirs.loc[both].to_numpy(dtype=np.float64) * (-1 if lowest_first else 1)
    one = _ranked(ours.loc[both].to_numpy(dtype=np.float64))
    two = _ranked(high)
    without = _without(index, columns, chosen, at)
    gain = np.abs(one - two)[:, None] - np.abs(without - two[:, None])
    gain = np.where(np.isnan(gain), 0.0, gain)
    names = np.array(index.components, dtype=object)
    best = gain.argmax(axis=1)
    helps = gain[np.arange(len(both)), best] > 0
    table = pd.DataFrame(
        {
            "rank": one,
            "other_rank": two,
            "difference": two - one,
            "component": np.where(helps, names[best], ""),
            "rank_without": np.where(helps, without[np.arange(len(both)), best], np.nan),
        },
        index=pd.Index(both, name="unit"),
    )
    order = np.argsort(-np.abs(one - two), kind="stable")
    first, second = classes(one, count), classes(two, count)
    top = first == 1
    flat = np.ptp(one) == 0 or np.ptp(two) == 0
    mean_ranks = ranks(np.column_stack([-one, -two]), ties="average")
    return Agreement(
        units=len(both),
        spearman=np.nan if flat else float(np.corrcoef(mean_ranks[:, 0], mean_ranks[:, 1])[0, 1]),
        kendall=np.nan if flat else float(kendalltau(one, two).statistic),
        same_class=float((first == second).mean()),
        same_top=float((second[top] == 1).mean()),
        disagreements=table.iloc[order],
        only_ours=tuple(map(str, ours.index.difference(theirs.index))),
        only_theirs=tuple(map(str, theirs.index.difference(ours.index))),
    )


def _ranked(scores: npt.ArrayLike) -> Floats:
    return ranks(scores, highest_first=True, same=SAME)


def _score(index: Index, columns: Floats, recipe: Recipe, weights: npt.ArrayLike) -> Floats:
    found = aggregate(
        index,
        columns,
        recipe.aggregation,
        weights=weights,
        power=recipe.power,
        available=recipe.available,
    )
    return found.scores[:, -1]


def _without(index: Index, columns: Floats, recipe: Recipe, at: npt.NDArray[np.intp]) -> Floats:
    """Return ranks when each component weighs nothing, (units, components), NaN if alone."""
    below = index.children[len(index.nodes) - 1]
    found = np.full((len(at), len(below)), np.nan)
    for k, component in enumerate(below):
        weights = index.weights.copy()
        weights[component] = 0.0
        if weights[list(below)].sum() > 0:
            found[:, k] = _ranked(_score(index, columns, recipe, weights)[at])
    return found
