"""Value of information: which data would most reduce the doubt about the ranking.

For each dataset (or indicator), the doubt that would be left if it were known exactly: draws of it
are held at one of their possible values, all the others vary, and this is done for several possible
values, since nobody knows which is true.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.errors import BadInput, UnknownName
from labo.index.aggregate import combine_all
from labo.index.rank import SAME, ranks
from labo.index.replicate import indistinct, pairwise, quantiles
from labo.index.runs import THEMSELVES, Recipe, Reference, normalised
from labo.index.tree import Index
from labo.inequality import FEWEST_AREAS as FEWEST

Floats = npt.NDArray[np.float64]

# More draws or possible truths change the order of datasets little, and take time.
MOST_DRAWS = 200
TRUTHS = 4


class Doubt(NamedTuple):
    """width: mean width of the 90 % rank intervals, in ranks; pairs: indistinguishable pairs."""

    width: float
    pairs: float


def doubt(scores: Floats) -> Doubt:
    """Return how much is left open by scores of (units, runs)."""
    placed = ranks(scores, highest_first=True, same=SAME)
    low, high = quantiles(placed)
    known = ~np.isnan(low)
    width = float((high - low)[known].mean()) if known.any() else 0.0
    return Doubt(width, float(np.triu(indistinct(pairwise(placed)), 1).sum()))


def fill_missing(values: Floats, draws: Floats, seed: int = 0) -> Floats:
    """Return draws in which a missing value is any of those of the other units, (…, draws).

    What is missing is in doubt too; left out, it would look as sure as what is known. This is for
    the value of information only: no score is made of it. An indicator that nobody has stays
    missing.

    Args:
        values: central values, (units, leaves).
        draws: (units, leaves, draws).
        seed: of the choice of a unit, draw by draw.
    """
    found = np.array(draws, dtype=np.float64)
    rng = np.random.default_rng(seed)
    for leaf in np.flatnonzero(np.isnan(values).any(axis=0)):
        known = np.flatnonzero(~np.isnan(values[:, leaf]))
        if not known.size:
            continue
        for unit in np.flatnonzero(np.isnan(values[:, leaf])):
            donor = rng.choice(known, found.shape[2])
            found[unit, leaf] = found[donor, leaf, np.arange(found.shape[2])]
    return found


def value_of_information(
    index: Index,
    values: npt.ArrayLike,
    draws: npt.NDArray[np.floating],
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    recipe: Recipe | None = None,
    reference: Reference = THEMSELVES,
    truths: int = TRUTHS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return a row per dataset, the most useful first: what knowing it exactly would settle.

    Columns: missing (share of its values that are), width and pairs (the doubt that would be left,
    `Doubt`), width_less and pairs_less (what it takes away), share (of the present width). Gains do
    not add up: two datasets may be in doubt together.

    Args:
        index: its tree.
        values: central values, (units, leaves); what is missing is drawn from the other units.
        draws: (units, leaves, draws); the first MOST_DRAWS are used.
        groups: indicators of each dataset; each indicator by itself if not given.
        recipe: what is declared.
        reference: what values are read against.
        truths: possible values at which each dataset is held.
        seed: of the truths and of what is missing.

    Raises:
        BadInput: fewer than eight units or two draws.
        UnknownName: a dataset holds an indicator that the index has not.
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < FEWEST:
        raise BadInput(f"{len(x)} units: fewer than {FEWEST} are not ranked.")
    if draws.shape[:2] != x.shape or draws.shape[2] < 2:
        raise BadInput(f"Draws are {draws.shape} for values {x.shape}: at least two of each.")
    used = min(draws.shape[2], MOST_DRAWS)
    drawn = fill_missing(x, np.asarray(draws[:, :, :used], dtype=np.float64), seed)
    chosen = recipe or Recipe()
    among = reference.values
    if reference.draws is not None:
        among = np.asarray(reference.draws[:, :, :used], dtype=np.float64)
    scaled = normalised(index, drawn, chosen, among, reference.weights)
    sets = {name: (name,) for name in index.leaves} if groups is None else groups
    for name, members in sets.items():
        if unknown := [leaf for leaf in members if leaf not in index.leaves]:
            raise UnknownName(f"{name!r} holds {unknown[0]!r}, which is no indicator of the index.")
    columns = [scaled[:, i] for i in range(scaled.shape[1])]
    now = doubt(_scores(index, columns, chosen))
    held = np.random.default_rng(seed).choice(used, min(truths, used), replace=False)
    rows = []
    for name, members in sets.items():
        at = [index.leaves.index(leaf) for leaf in members]
        left = []
        for draw in held:
            fixed = list(columns)
            for leaf in at:
                fixed[leaf] = np.repeat(columns[leaf][:, draw : draw + 1], used, axis=1)
            left.append(doubt(_scores(index, fixed, chosen)))
        width, pairs = np.mean(left, axis=0).tolist()
        rows.append(
            {
                "dataset": name,
                "missing": float(np.isnan(x[:, at]).mean()) if at else 0.0,
                "width": width,
                "pairs": pairs,
                "width_less": now.width - width,
                "pairs_less": now.pairs - pairs,
                "share": (now.width - width) / now.width if now.width else 0.0,
            }
        )
    table = pd.DataFrame(rows).set_index("dataset")
    return table.sort_values(["width_less", "pairs_less"], ascending=False, kind="stable")


def sentence(table: pd.DataFrame) -> str:
    """Return in French which dataset to ask for first."""
    best = table.iloc[0]
    if not best["width_less"] > 0:
        return "Aucun jeu de données, connu exactement, ne réduirait le doute sur le classement."
    missing = f" ({100 * best['missing']:.0f} % de ses valeurs manquent)" if best["missing"] else ""
    less = f"{best['width_less']:.1f}".replace(".", ",")
    return (
        f"Le jeu à obtenir d'abord est {table.index[0]}{missing} : connu exactement, il "
        f"resserrerait les intervalles de rang de {less} rang(s) en moyenne "
        f"({100 * best['share']:.0f} %) et départagerait {best['pairs_less']:.0f} paire(s) de plus."
    )


def _scores(index: Index, columns: list[Floats], recipe: Recipe) -> Floats:
    whole = not any(np.isnan(column).any() for column in columns)
    scores, _ = combine_all(
        index,
        columns,
        recipe.aggregation,
        index.weights,
        recipe.power,
        recipe.available,
        whole,
    )
    return scores[-1]
