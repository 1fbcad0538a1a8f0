"""Aggregate: from normalised indicators to the index, level by level.

Values are (units, leaves) or (units, leaves, runs), weights (nodes,) or (nodes, runs). Terms are
added one after the other in the order of the tree, never by matrix products, whose rounding depends
on where a unit stands: two units with the same values have the same score to the last bit.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.index.tree import Index

Floats = npt.NDArray[np.float64]
Aggregation = Literal["arithmetic", "geometric", "harmonic", "generalised_mean", "sum", "copeland"]
# Below this share of the weight, what is missing could turn the answer round.
AVAILABLE = 2 / 3


class Aggregated(NamedTuple):
    """scores: of every node, leaves first, (units, nodes) or (units, nodes, runs).

    availability: the share of the weight of the leaves below each node that was there, same shape.
    """

    scores: Floats
    availability: Floats


def aggregate(
    index: Index,
    values: npt.ArrayLike,
    method: Aggregation | Mapping[int, Aggregation] = "arithmetic",
    *,
    weights: npt.ArrayLike | None = None,
    power: float = 1.0,
    available: float = AVAILABLE,
) -> Aggregated:
    """Return the score of every node of the tree.

    A node is empty where less than the share `available` of the weight below it is there; else the
    mean is over what is there, weights being brought to 1 again. A sum with a term missing is
    always missing: it could not be compared. Copeland compares two units by what both have.

    Args:
        index: the tree.
        values: normalised, (units, leaves) or (units, leaves, runs).
        method: for all levels, or by level of the aggregate (2, 3, …), every level being there.
        weights: other than the declared ones, (nodes,) or (nodes, runs).
        power: of generalised_mean: 1 arithmetic, 0 geometric, −1 harmonic.
        available: share of the weight, 0 to 1.

    Raises:
        BadInput: no such method, or values that it cannot take (≤ 0 for geometric, harmonic).
    """
    x = np.asarray(values, dtype=np.float64)
    w = index.weights if weights is None else np.asarray(weights, dtype=np.float64)
    if x.shape[1] != len(index.leaves):
        raise BadInput(f"{x.shape[1]} columns for {len(index.leaves)} indicators: one each.")
    if w.shape[0] != len(index.nodes):
        raise BadInput(f"{w.shape[0]} weights for {len(index.nodes)} nodes: one each.")
    known = ~np.isnan(x)
    whole = bool(known.all())
    columns, there = combine_all(
        index, [x[:, i] for i in range(x.shape[1])], method, w, power, available, whole
    )
    runs = max(column.ndim for column in columns) == 2

    def table(parts: list[Floats]) -> Floats:
        wide = [part[:, None] if runs and part.ndim == 1 else part for part in parts]
        return np.stack(np.broadcast_arrays(*wide), axis=1)

    scores = table(columns)
    share = np.where(np.isnan(scores), 0.0, 1.0) if there is None else table(there)
    return Aggregated(scores, share)


def combine_all(
    index: Index,
    columns: list[Floats],
    method: Aggregation | Mapping[int, Aggregation],
    weights: Floats,
    power: float,
    available: float,
    whole: bool,
) -> tuple[list[Floats], list[Floats] | None]:
    """Return a column for every node, and the share of weight that was there (None: all of it).

    `columns` are the leaves', each (units,) or (units, runs); `whole` says that nothing is missing.
    """
    if not 0 <= available <= 1:
        raise BadInput(f"{available:g} is no share of the weight: it goes from 0 to 1.")
    scores = list(columns)
    there = None if whole else [(~np.isnan(column)).astype(np.float64) for column in columns]
    for node, below in index.children.items():
        chosen = method_of(index, node, method)
        parts, heavy = [scores[child] for child in below], [weights[child] for child in below]
        found = _combine(parts, heavy, chosen, power, whole, index.nodes[node])
        if there is not None:
            total = sum(heavy[1:], start=heavy[0])
            share = _weighted([there[child] for child in below], heavy) / total
            # An empty child has nothing to give, whatever is below it.
            share = np.where(np.isnan(found), 0.0, share)
            found = np.where(share >= available - 1e-9, found, np.nan)
            there.append(np.where(np.isnan(found), 0.0, share))
        scores.append(found)
    return scores, there


def method_of(
    index: Index, node: int, method: Aggregation | Mapping[int, Aggregation]
) -> Aggregation:
    """Return how a node is aggregated."""
    chosen = method if isinstance(method, str) else method.get(int(index.levels[node]))
    if chosen is None:
        raise BadInput(
            f"No aggregation is said for level {index.levels[node]} ({index.nodes[node]!r})."
        )
    if chosen not in get_args(Aggregation):
        known = ", ".join(get_args(Aggregation))
        raise BadInput(f"There is no aggregation named {chosen!r}; there are {known}.")
    return chosen


def _combine(
    parts: Sequence[Floats],
    heavy: Sequence[Floats],
    method: Aggregation,
    power: float,
    whole: bool,
    name: str,
) -> Floats:
    if method == "sum":
        return _weighted(parts, heavy)
    if method == "copeland":
        return _copeland(parts, heavy)
    if method == "generalised_mean":
        method = {1.0: "arithmetic", 0.0: "geometric", -1.0: "harmonic"}.get(power, method)  # type: ignore[assignment]
    if method == "arithmetic":
        return _mean(parts, heavy, whole)
    positive = method in ("geometric", "harmonic") or power < 0
    for part in parts:
        least = np.fmin.reduce(part, axis=None, initial=np.inf)
        if least < 0 or (positive and least == 0):
            raise BadInput(
                f"A {method.replace('_', ' ')} mean needs scores above 0 and one below {name!r} is "
                f"{least:g}: normalise to min_max [1, 100] or to percentiles."
            )
    if method == "geometric":
        return np.exp(_mean([np.log(part) for part in parts], heavy, whole))
    if method == "harmonic":
        return 1.0 / _mean([1.0 / part for part in parts], heavy, whole)
    return _mean([part**power for part in parts], heavy, whole) ** (1.0 / power)


def _weighted(parts: Sequence[Floats], heavy: Sequence[Floats]) -> Floats:
    """Return Σ w·x, one term after the other."""
    runs = heavy[0].ndim == 1
    total: Floats | None = None
    for part, weight in zip(parts, heavy, strict=True):
        term = (part[:, None] if runs and part.ndim == 1 else part) * weight
        if total is None:
            total = term
        else:
            total += term
    assert total is not None  # noqa: S101 - a node has children
    return total


def _mean(parts: Sequence[Floats], heavy: Sequence[Floats], whole: bool) -> Floats:
    if whole:
        found = _weighted(parts, heavy)
        found /= sum(heavy[1:], start=heavy[0])
        return found
    known = [~np.isnan(part) for part in parts]
    filled = [np.where(k, part, 0.0) for k, part in zip(known, parts, strict=True)]
    total = _weighted(filled, heavy)
    weight = _weighted([k.astype(np.float64) for k in known], heavy)
    return np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)


def _copeland(parts: Sequence[Floats], heavy: Sequence[Floats]) -> Floats:
    """Return how many others each unit outranks, less how many outrank it, from −(n − 1) to n − 1.

    One outranks another when the indicators in which it is higher weigh more than those in which
    the other is. Units with nothing at all are not compared. Source: Munda & Nardo 2009; COINr.
    """
    runs = heavy[0].ndim == 1 or parts[0].ndim == 2
    balance: Floats | None = None
    nothing: npt.NDArray[np.bool_] | None = None
    for part, weight in zip(parts, heavy, strict=True):
        column = part[:, None] if runs and part.ndim == 1 else part
        missing = np.isnan(column)
        higher = np.sign(column[:, None] - column[None, :])  # of a missing one: NaN
        term = np.where(np.isnan(higher), 0.0, higher) * weight
        balance = term if balance is None else balance + term
        nothing = missing if nothing is None else nothing & missing
    assert balance is not None  # noqa: S101 - a node has children
    assert nothing is not None  # noqa: S101
    # Weights such as 0.1 + 0.2 and 0.3 balance, rounding apart.
    found = np.where(np.abs(balance) < 1e-12, 0.0, np.sign(balance)).sum(axis=1)
    return np.where(nothing, np.nan, found)
