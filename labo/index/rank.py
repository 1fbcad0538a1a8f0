"""Ranks, places in a population, and classes, with ties and missing values.

Units come first in every array, (units, …); each column is ranked by itself. NaN has no rank and
is not counted among the others.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ties = Literal["min", "max", "average"]

# Scores that differ by less than this part of the largest are the same: adding in another order
# would change them by more.
SAME = 1e-12


class _Ordered(NamedTuple):
    order: npt.NDArray[np.intp]
    first: npt.NDArray[np.int64] | None  # of the values that tie; None where nothing ties
    last: npt.NDArray[np.int64] | None


def ranks(
    values: npt.ArrayLike,
    *,
    highest_first: bool = False,
    ties: Ties = "min",
    same: float = 0.0,
) -> Floats:
    """Return the rank of each unit in each column, from 1; NaN where the value is missing.

    Args:
        values: (units, …).
        highest_first: rank 1 for the highest value, as an index is read.
        ties: those who tie share the best ("min"), the worst or the mean of their ranks.
        same: values nearer than this part of the column's largest size are ties: 0 for raw data,
            SAME for scores, which are sums.

    Raises:
        BadInput: no such way to rank ties.
    """
    if ties not in get_args(Ties):
        raise BadInput(f"Ties are ranked {', '.join(get_args(Ties))}; not {ties!r}.")
    array = np.asarray(values, dtype=np.float64)
    last = np.ascontiguousarray(np.moveaxis(-array if highest_first else array, 0, -1))
    ordered = _sorted(last, same)
    place = np.arange(1.0, last.shape[-1] + 1.0)
    if ordered.first is None or ordered.last is None:
        placed = np.broadcast_to(place, last.shape)
    else:
        first, end = ordered.first + 1.0, ordered.last + 1.0
        placed = {"min": first, "max": end, "average": (first + end) / 2}[ties]
    found = np.empty_like(last)
    np.put_along_axis(found, ordered.order, placed, axis=-1)
    found[np.isnan(last)] = np.nan
    return np.moveaxis(found, -1, 0)


def percentile(
    values: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    reference: npt.ArrayLike | None = None,
) -> Floats:
    """Return each value's place in a reference population, F(<x) + ½·p(x), never 0 or 1.

    With one resident each it is (r − ½)/n, those who tie sharing the middle of their places. A
    value that none of the reference has stands between its neighbours; beyond all of them, it
    stands where the outermost of them stand.

    Args:
        values: (units, …).
        weights: residents of the units or, if there is one, of the members of the reference; none
            negative, not all 0; one each if not given.
        reference: values of the declared reference, (members, …), the same columns or without the
            draws; the units themselves if not given.

    Raises:
        BadInput: weights of another length, or that are no weights.
    """
    array = np.asarray(values, dtype=np.float64)
    among = array if reference is None else np.asarray(reference, dtype=np.float64)
    w = np.ones(len(among)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(among),):
        raise BadInput(f"{w.size} weights for {len(among)} units of the reference: one each.")
    if not np.isfinite(w).all() or (w < 0).any() or (w.size and not w.sum() > 0):
        raise BadInput(
            "Weights of the reference are residents: none missing or negative, some > 0."
        )
    last = np.ascontiguousarray(np.moveaxis(array, 0, -1))
    if reference is None and bool((w > 0).all()):
        found = _place_among_themselves(last, w)
    else:
        found = _place_among_others(last, np.moveaxis(among, 0, -1), w)
    return np.moveaxis(found, -1, 0)


def classes(rank: npt.ArrayLike, count: int) -> Floats:
    """Return the class of each rank, 1 (the highest scores) to `count`, nearly equal in size.

    Class = 1 + ⌊(rank − 1)·count/n⌋, n being the units with a rank: those who tie are together.
    NaN where there is no rank.

    Args:
        rank: ranks of scores, highest first, (units, …).
        count: number of classes.

    Raises:
        BadInput: fewer than two classes.
    """
    if count < 2:
        raise BadInput(f"{count} classes: there must be at least 2.")
    given = np.asarray(rank, dtype=np.float64)
    ranked = (~np.isnan(given)).sum(axis=0)
    return 1.0 + np.floor((given - 1.0) * count / np.maximum(ranked, 1))


def classes_between(scores: npt.ArrayLike, bounds: Sequence[float]) -> Floats:
    """Return the class of each score between declared bounds, 1 for the highest.

    A score equal to a bound belongs to the class above it, so that classes never overlap.

    Raises:
        BadInput: bounds that do not grow.
    """
    limits = np.asarray(bounds, dtype=np.float64)
    if not (np.diff(limits) > 0).all():
        raise BadInput(f"The bounds {list(bounds)} must grow from one to the next.")
    given = np.asarray(scores, dtype=np.float64)
    found = 1.0 + len(limits) - np.searchsorted(limits, given, side="right")
    return np.where(np.isnan(given), np.nan, found)


def _sorted(last: Floats, same: float) -> _Ordered:
    """Return the order along the last axis, and where each run of ties begins and ends."""
    order = np.argsort(last, axis=-1)
    ordered = np.take_along_axis(last, order, axis=-1)
    # Missing values come last, and are never larger than what is before them.
    with np.errstate(invalid="ignore"):
        if same:
            size = np.fmax.reduce(np.abs(last), axis=-1, keepdims=True, initial=0.0)
            new = ordered[..., 1:] - ordered[..., :-1] > same * size
        else:
            new = ordered[..., 1:] > ordered[..., :-1]
    if new.all():
        return _Ordered(order, None, None)
    size_of = last.shape[-1]
    place = np.arange(size_of)
    missing = np.isnan(ordered[..., 1:]) & ~np.isnan(ordered[..., :-1])
    new |= missing
    first = np.zeros(last.shape, dtype=np.int64)
    first[..., 1:] = np.where(new, place[1:], 0)
    np.maximum.accumulate(first, axis=-1, out=first)
    end = np.full(last.shape, size_of - 1, dtype=np.int64)
    end[..., :-1] = np.where(new, place[:-1], size_of - 1)
    end = np.minimum.accumulate(end[..., ::-1], axis=-1)[..., ::-1]
    return _Ordered(order, first, end)


def _place_among_themselves(last: Floats, w: Floats) -> Floats:
    ordered = _sorted(last, 0.0)
    missing = np.isnan(last)
    known = not missing.any()
    mass = w[ordered.order]
    if not known:
        mass[np.take_along_axis(missing, ordered.order, axis=-1)] = 0.0
    upto = np.cumsum(mass, axis=-1)
    total = upto[..., -1:].copy()
    if ordered.first is None or ordered.last is None:
        upto -= mass / 2
        middle = upto
    else:
        under = np.take_along_axis(upto - mass, ordered.first, axis=-1)
        middle = (under + np.take_along_axis(upto, ordered.last, axis=-1)) / 2
    with np.errstate(invalid="ignore"):
        middle /= total
    found = np.empty_like(last)
    np.put_along_axis(found, ordered.order, middle, axis=-1)
    if not known:
        found[missing] = np.nan
    return found


def _place_among_others(last: Floats, among: Floats, w: Floats) -> Floats:
    """Series by series, since each has a reference of its own."""
    if among.ndim < last.ndim:
        among = among[:, None, :]
    flat = last.reshape(-1, last.shape[-1])
    members = np.broadcast_to(among, (*last.shape[:-1], among.shape[-1]))
    found = np.full(flat.shape, np.nan)
    counted = w > 0
    for i, where in enumerate(np.ndindex(last.shape[:-1])):
        line = members[where]
        kept = counted & ~np.isnan(line)
        if not kept.any():
            continue
        values = line[kept]
        order = np.argsort(values)
        values = values[order]
        mass = np.append(0.0, np.cumsum(w[kept][order]))
        x = flat[i]
        left = np.searchsorted(values, x, side="left")
        right = np.searchsorted(values, x, side="right")
        lowest = mass[np.searchsorted(values, values[0], side="right")] / 2
        highest = (mass[np.searchsorted(values, values[-1], side="left")] + mass[-1]) / 2
        middle = np.clip((mass[left] + mass[right]) / 2, lowest, highest) / mass[-1]
        found[i] = np.where(np.isnan(x), np.nan, middle)
    return found.reshape(last.shape)
