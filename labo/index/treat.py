"""Treat outliers, so that one odd unit does not squeeze all the others together.

Arrays are (units, indicators) or (units, indicators, draws), NaN where missing; each indicator of
each draw is treated by itself. What is found out on some units (`fit`) can be applied to others.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Part of the range that is added below the smallest value, for its logarithm to exist.
OFFSET = 0.01


@dataclass(frozen=True)
class Treatment:
    """`most` points may be winsorised; |skew| < `skew` or excess kurtosis < `kurtosis` is enough.

    Source of the defaults: OECD/JRC handbook 2008 and COINr (Becker et al. 2022).
    """

    most: int = 5
    skew: float = 2.0
    kurtosis: float = 3.5

    def __post_init__(self) -> None:
        if self.most < 0:
            raise BadInput(f"{self.most} points to winsorise: it must be 0 or more.")


class Fitted(NamedTuple):
    """How each series is treated, arrays of shape (indicators,) or (indicators, draws).

    low, high: values beyond are brought to these (−inf, inf: none). winsorised: how many points
    that moved. logged: whether the logarithm was taken instead. smallest, largest: of the untreated
    values. skew, kurtosis: before. passed: whether the check held before; skew_after,
    kurtosis_after: after winsorisation, NaN where there was none.
    """

    low: Floats
    high: Floats
    winsorised: Ints
    logged: Bools
    smallest: Floats
    largest: Floats
    skew: Floats
    kurtosis: Floats
    passed: Bools
    skew_after: Floats
    kurtosis_after: Floats


def shape(values: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return skewness and excess kurtosis of each column, sample formulas of type 2.

    G1 = g1·√(n(n−1))/(n−2); G2 = (n−1)/((n−2)(n−3))·((n+1)·g2 + 6), as SAS and Excel have them. NaN
    under 3 (4) values, or where all are the same. Shapes lose the units. Of 1, 2, 3, 10: 1.763633
    and 3.228.

    Source: Joanes & Gill 1998, The Statistician 47 (type 2).
    """
    return _shape(_last(values))


def fit(values: npt.ArrayLike, treatment: Treatment | None = None) -> Fitted:
    """Find out how each indicator of each draw is to be treated.

    A series passes if |skew| < 2 or excess kurtosis < 3.5. Otherwise points are winsorised one
    after another, on the heavy side (high if the skew is positive), each brought to the next value,
    until it passes, at most `most` of them. Tied points move together or not at all: the limit is
    never passed. What would become constant is not winsorised. If none of that is enough, the
    logarithm of the untreated values is taken.

    Args:
        values: (units, indicators) or (units, indicators, draws).
        treatment: limits; COINr's if not given.
    """
    limits = treatment or Treatment()
    last = _last(values)
    skew, kurtosis = _shape(last)
    passed = _passes(skew, kurtosis, limits)
    smallest = np.fmin.reduce(last, axis=-1, initial=np.nan)
    largest = np.fmax.reduce(last, axis=-1, initial=np.nan)
    low, high = np.full(skew.shape, -np.inf), np.full(skew.shape, np.inf)
    winsorised = np.zeros(skew.shape, dtype=np.int64)
    skew_after, kurtosis_after = np.full(skew.shape, np.nan), np.full(skew.shape, np.nan)
    logged = np.zeros(skew.shape, dtype=bool)
    if not passed.all():
        failing = ~passed
        cut = _winsorise(last[failing], skew[failing], limits)
        good = cut.passed
        low[failing] = np.where(good, cut.low, -np.inf)
        high[failing] = np.where(good, cut.high, np.inf)
        winsorised[failing] = np.where(good, cut.points, 0)
        skew_after[failing], kurtosis_after[failing] = cut.skew, cut.kurtosis
        logged[failing] = ~good
    return Fitted(
        low,
        high,
        winsorised,
        logged,
        smallest,
        largest,
        skew,
        kurtosis,
        passed,
        skew_after,
        kurtosis_after,
    )


def apply(values: npt.ArrayLike, fitted: Fitted) -> Floats:
    """Return values treated as was found out: ln(x − min + 0.01·(max − min)), or winsorised.

    Values of units that were not among those of `fit` are first brought between its smallest and
    largest where a logarithm is taken.

    Args:
        values: (units, indicators) or (units, indicators, draws).
        fitted: of the same indicators, and of the same draws or of none.
    """
    array = np.asarray(values, dtype=np.float64)
    if fitted.passed.all():
        return array
    last = np.moveaxis(array, 0, -1)
    changed = ~fitted.passed
    if changed.ndim < last.ndim - 1:
        changed = np.broadcast_to(changed[:, None], last.shape[:-1])
    # The copy keeps units together in memory, as every later step wants them.
    found = np.array(last, order="C")

    def of(name: str) -> Floats:
        part = getattr(fitted, name)
        whole = part if part.ndim == changed.ndim else part[:, None]
        return np.broadcast_to(whole, changed.shape)[changed][:, None]

    part = np.clip(found[changed], of("low"), of("high"))
    logged = of("logged")[:, 0].astype(bool)
    if logged.any():
        least, most = of("smallest")[logged], of("largest")[logged]
        kept = np.clip(part[logged], least, most)
        part[logged] = np.log(kept - least + OFFSET * (most - least))
    found[changed] = part
    return np.moveaxis(found, -1, 0)


def treat(values: npt.ArrayLike, treatment: Treatment | None = None) -> tuple[Floats, Fitted]:
    """Return treated values and what was done to them: `fit`, then `apply`."""
    fitted = fit(values, treatment)
    return apply(values, fitted), fitted


class _Cut(NamedTuple):
    low: Floats
    high: Floats
    points: Ints
    passed: Bools
    skew: Floats
    kurtosis: Floats


def _winsorise(series: Floats, skew: Floats, limits: Treatment) -> _Cut:
    """Winsorise series that fail, (series, units), until each passes or may go no further."""
    ordered = np.sort(series, axis=-1)  # missing values come last
    known = (~np.isnan(series)).sum(axis=-1)
    rows = np.arange(len(series))
    # No more than the outermost points can move, and one to which they are brought.
    reach = np.arange(limits.most + 2)
    bottom = ordered[rows[:, None], np.minimum(reach, np.maximum(known - 1, 0)[:, None])]
    top = ordered[rows[:, None], np.maximum(known[:, None] - 1 - reach, 0)]
    low, high = bottom[:, 0], top[:, 0]
    skew, kurtosis = skew.copy(), np.full(len(series), np.nan)
    passed, going = np.zeros(len(series), dtype=bool), np.ones(len(series), dtype=bool)
    count, above, below = (np.zeros(len(series), dtype=np.int64) for _ in range(3))
    while going.any():
        at = np.flatnonzero(going)
        up = skew[at] >= 0
        here = (top[at] >= high[at, None]).sum(axis=-1)
        there = (bottom[at] <= low[at, None]).sum(axis=-1)
        above_next, below_next = np.where(up, here, above[at]), np.where(up, below[at], there)
        enough = (above_next + below_next <= limits.most) & (above_next + below_next < known[at])
        last = len(reach) - 1
        above_it, below_it = top[at, np.minimum(here, last)], bottom[at, np.minimum(there, last)]
        value = np.where(up, above_it, below_it)
        to_low, to_high = np.where(up, low[at], value), np.where(up, value, high[at])
        enough &= to_low < to_high  # or nothing of the indicator would be left
        going[at[~enough]] = False
        if not (at := at[enough]).size:
            break
        low[at], high[at] = to_low[enough], to_high[enough]
        above[at], below[at] = above_next[enough], below_next[enough]
        count[at] = above[at] + below[at]
        skew[at], kurtosis[at] = _shape(np.clip(series[at], low[at, None], high[at, None]))
        passed[at] = _passes(skew[at], kurtosis[at], limits)
        going[at] = ~passed[at]
    done = count > 0
    return _Cut(
        low, high, count, passed, np.where(done, skew, np.nan), np.where(done, kurtosis, np.nan)
    )


def _passes(skew: Floats, kurtosis: Floats, limits: Treatment) -> Bools:
    # Too few values to have a shape, or a constant: there is no outlier to speak of.
    found: Bools = ~((np.abs(skew) >= limits.skew) & (kurtosis >= limits.kurtosis))
    return found


def _last(values: npt.ArrayLike) -> Floats:
    """Return units along the last axis, next to one another in memory."""
    return np.ascontiguousarray(np.moveaxis(np.asarray(values, dtype=np.float64), 0, -1))


def _shape(last: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(last)
    whole = bool(known.all())
    count = (
        np.full(last.shape[:-1], float(last.shape[-1])) if whole else known.sum(-1).astype(float)
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # From the first known value, so that a constant has no spread at all.
        origin = last[..., :1] if whole else _first(last, known)
        away = last - origin
        if not whole:
            away[~known] = 0.0
        mean = away.sum(axis=-1, keepdims=True) / count[..., None]
        away -= mean
        if not whole:
            away[~known] = 0.0
        square = away * away
        m2 = square.sum(axis=-1) / count
        m3 = np.vecdot(square, away) / count
        m4 = np.vecdot(square, square) / count
        g1, g2 = m3 / m2**1.5, m4 / m2**2 - 3.0
        skew = np.sqrt(count * (count - 1)) / (count - 2) * g1
        kurtosis = (count - 1) / ((count - 2) * (count - 3)) * ((count + 1) * g2 + 6)
        bad = ~(m2 > 0)
        skew[bad | (count < 3)], kurtosis[bad | (count < 4)] = np.nan, np.nan
    return skew, kurtosis


def _first(last: Floats, known: Bools) -> Floats:
    at = known.argmax(axis=-1)[..., None]
    return np.nan_to_num(np.take_along_axis(last, at, axis=-1))
