"""Weights in the room: who changes class under which weights, and who never does.

Every way to share out the weight between the parts of an index is tried, so that a discussion about
weights can go to those that matter.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.errors import BadInput
from labo.index.aggregate import AVAILABLE, Aggregation, aggregate, combine_all
from labo.index.rank import SAME, classes, ranks
from labo.index.tree import Index, effective_weights, from_components
from labo.index_words import passing
from labo.inequality import FEWEST_AREAS as FEWEST

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Over = Literal["components", "indicators"]

# Above so many parts a regular grid would be too coarse: points are then drawn evenly.
GRID_PARTS = 4


@dataclass(frozen=True)
class Scan:
    """What every weighting does to every unit.

    parts: what is weighed. weights: tried, (weightings, parts), each adding up to 1; declared:
    (parts,). declared_class: (units,). share: of the weightings that put a unit in each class,
    (units, classes). best, worst: rank, (units,). nearest: the weights closest to the declared ones
    that change the class, (units, parts), NaN where none does; moved: how much of the weight must
    then go elsewhere, 0 to 1.
    """

    units: tuple[str, ...]
    parts: tuple[str, ...]
    weights: Floats
    declared: Floats
    declared_class: Floats
    share: Floats
    best: Floats
    worst: Floats
    nearest: Floats
    moved: Floats

    @property
    def fixed(self) -> Bools:
        """Whether no weighting changes the class, (units,)."""
        return np.isnan(self.moved) & ~np.isnan(self.declared_class)

    def table(self) -> pd.DataFrame:
        """Return a row per unit, which `labo.index_words.passing` says in words.

        `more_of` is the part whose weight grows most when the class changes.
        """
        columns: dict[str, object] = {"class": self.declared_class, "never_changes": self.fixed}
        for k in range(self.share.shape[1]):
            columns[f"share_class_{k + 1}"] = self.share[:, k]
        columns |= {"rank_best": self.best, "rank_worst": self.worst, "moved": self.moved}
        growth = self.nearest - self.declared
        names = np.array(self.parts, dtype=object)
        changes = ~np.isnan(self.moved)
        filled = np.where(np.isnan(growth), 0.0, growth)
        columns["more_of"] = np.where(changes, names[filled.argmax(axis=1)], "")
        columns["less_of"] = np.where(changes, names[filled.argmin(axis=1)], "")
        for i, part in enumerate(self.parts):
            columns[f"declared_{part}"] = np.full(len(self.units), self.declared[i])
            columns[f"weight_{part}"] = self.nearest[:, i]
        return pd.DataFrame(columns, index=pd.Index(self.units, name="unit"))

    def sentence(self) -> str:
        """Return in French who never changes and who changes first."""
        never = [name for name, fixed in zip(self.units, self.fixed, strict=True) if fixed]
        top = [
            name
            for name, fixed, k in zip(self.units, self.fixed, self.declared_class, strict=True)
            if fixed and k == 1
        ]
        said = (
            f"Sur {len(self.weights)} pondérations essayées, {len(never)} unité(s) sur "
            f"{len(self.units)} ne changent jamais de classe"
        )
        said += f", dont {len(top)} toujours dans la classe la plus exposée." if top else "."
        if np.isnan(self.moved).all():
            return said
        first = int(np.nanargmin(self.moved))
        row = self.table().iloc[first].to_dict()
        return (
            f"{said} La première à changer est {self.units[first]} : il suffit que "
            f"{passing(row, dict(zip(self.parts, self.parts, strict=True)))}."
        )


def simplex(parts: int, count: int, seed: int = 0) -> Floats:
    """Return ways to share out the weight between parts, (weightings, parts), each adding up to 1.

    Up to four parts, the regular grid with at most `count` points, its corners (one part has it
    all) and edges included. Beyond, the corners, the centre, and points drawn evenly up to `count`.

    Raises:
        BadInput: no part, or fewer points than corners.
    """
    if parts < 1 or count < parts:
        raise BadInput(f"{count} weightings of {parts} parts: at least one each is needed.")
    if parts == 1:
        return np.ones((1, 1))
    if parts <= GRID_PARTS:
        steps = 1
        while math.comb(steps + parts, parts - 1) <= count:
            steps += 1
        cuts = np.indices((steps + 1,) * (parts - 1)).reshape(parts - 1, -1).T
        cuts = cuts[cuts.sum(axis=1) <= steps]
        return np.column_stack([cuts, steps - cuts.sum(axis=1)]) / steps
    fixed = np.vstack([np.eye(parts), np.full((1, parts), 1.0 / parts)])[:count]
    rng = np.random.default_rng(seed)
    return np.vstack([fixed, rng.dirichlet(np.ones(parts), count - len(fixed))])


def parts_of(
    index: Index,
    normalised: npt.ArrayLike,
    over: Over = "components",
    method: Aggregation = "arithmetic",
    available: float = AVAILABLE,
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return what can be weighed: names, scores of units (units, parts), declared weights.

    Args:
        index: its tree.
        normalised: (units, leaves).
        over: the components under the root, whose insides keep their weights, or all indicators
            as if they were right under the root, with their effective weights.
        method: how components are made.
        available: share of the weight under which a component is empty.
    """
    x = np.asarray(normalised, dtype=np.float64)
    if over == "indicators":
        leaves = len(index.leaves)
        return index.leaves, x, effective_weights(index)[:leaves]
    if over != "components":
        raise BadInput(f"Weights go over components or indicators, not {over!r}.")
    at = list(index.children[len(index.nodes) - 1])
    scores = aggregate(index, x, method, available=available).scores[:, at]
    return index.components, scores, index.weights[at] / index.weights[at].sum()


def scan(
    scores: npt.ArrayLike,
    declared: npt.ArrayLike,
    *,
    units: tuple[str, ...],
    parts: tuple[str, ...],
    weights: Floats | None = None,
    count: int = 10_000,
    seed: int = 0,
    number: int = 4,
    method: Aggregation = "arithmetic",
    available: float = AVAILABLE,
) -> Scan:
    """Try weightings and say who changes class under which, and who never does.

    Args:
        scores: of the parts, on one scale, (units, parts) (`parts_of`).
        declared: weights, (parts,).
        units: names.
        parts: names.
        weights: to try, (weightings, parts); `simplex` if not given.
        count: how many weightings, at most.
        seed: of those that are drawn.
        number: of classes.
        method: how parts make the index.
        available: share of the weight under which a unit has no score: it then has no class.

    Raises:
        BadInput: fewer than eight units, shapes that do not agree, or what the method refuses.
    """
    x = np.asarray(scores, dtype=np.float64)
    if x.shape != (len(units), len(parts)):
        raise BadInput(f"Scores are {x.shape} for {len(units)} units and {len(parts)} parts.")
    if len(units) < FEWEST:
        raise BadInput(f"{len(units)} units: fewer than {FEWEST} are not put in classes.")
    own = np.asarray(declared, dtype=np.float64)
    own = own / own.sum()
    tried = simplex(len(parts), count, seed) if weights is None else weights
    if tried.ndim != 2 or tried.shape[1] != len(parts):
        raise BadInput(f"Weightings are {tried.shape} for {len(parts)} parts: a column each.")
    if (tried < 0).any() or not (tried.sum(axis=1) > 0).all():
        raise BadInput("A weighting has a negative weight, or nothing but zeros.")
    tried = tried / tried.sum(axis=1, keepdims=True)
    flat = from_components(" ", {"  ": dict.fromkeys(parts, 1.0)}, dict.fromkeys(parts, 1))
    runs = np.concatenate([own[:, None], tried.T], axis=1)
    every = np.concatenate([runs, np.ones((2, runs.shape[1]))])
    columns = [x[:, i] for i in range(x.shape[1])]
    whole = not np.isnan(x).any()
    node = combine_all(flat, columns, {2: method, 3: "arithmetic"}, every, 1.0, available, whole)
    placed = ranks(node[0][-1], highest_first=True, same=SAME)
    found = classes(placed, number)
    mine, placed, found = found[:, 0], placed[:, 1:], found[:, 1:]
    known = ~np.isnan(found)
    times = known.sum(axis=1)
    hits = np.stack([(found == k + 1).sum(axis=1) for k in range(number)], axis=1)
    share = np.divide(
        hits, times[:, None], out=np.full(hits.shape, np.nan), where=times[:, None] > 0
    )
    away = np.abs(tried - own).sum(axis=1) / 2
    distance = np.where(known & (found != mine[:, None]), away, np.inf)
    at = distance.argmin(axis=1)
    moved = distance[np.arange(len(x)), at]
    moved = np.where(np.isinf(moved) | np.isnan(mine), np.nan, moved)
    nearest = np.where(np.isnan(moved)[:, None], np.nan, tried[at])
    best = np.fmin.reduce(placed, axis=1)
    worst = np.fmax.reduce(placed, axis=1)
    return Scan(units, parts, tried, own, mine, share, best, worst, nearest, moved)
