"""Ranges that are added up: the central value stays inside, whatever is done with them.

A range is (low, central, high); a table of them has these three as its last axis.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Range(NamedTuple):
    """A value with its two ends, low ≤ central ≤ high."""

    low: float
    central: float
    high: float

    def as_json(self) -> dict[str, float]:
        """Return it as plain data."""
        return {"low": self.low, "central": self.central, "high": self.high}


NIL = Range(0.0, 0.0, 0.0)

# A published interval holds the truth nine times out of ten.
LOW, HIGH = 0.05, 0.95


def ends(drawn: Floats, at: Sequence[float] = (LOW, HIGH)) -> Floats:
    """Return quantiles of draws along their last axis, those of the 90 % interval if not told.

    Of n draws these are the ones beyond which one draw more would fall as often as told (Weibull's
    rule, the sixth of Hyndman and Fan 1996). numpy's own rule is nearer the middle: of 200 draws,
    its interval would hold 89.1 % of further ones.
    """
    result: Floats = np.quantile(drawn, at, axis=-1, method="weibull")
    return result


def added(
    quantities: npt.ArrayLike, ranges: npt.ArrayLike, together: Sequence[str] | None = None
) -> Range:
    """Return Σ quantity × value with its range.

    Errors of one group go the same way, so that their half-ranges add up; those of different groups
    are independent, so that theirs are added as squares (the half-range of a sum of independent
    errors whose ranges all hold the truth equally often). One group for all, the default, is the
    widest: everything at its low end, everything at its high end.

    A quantity may be negative, as in a difference: what is taken away at its high end lowers it.

    Args:
        quantities: (rows,).
        ranges: low, central and high of one of each row, (rows, 3), none missing.
        together: the group of each row; all of one group if not given.
    """
    count = np.asarray(quantities, dtype=np.float64)
    table = np.asarray(ranges, dtype=np.float64).reshape(-1, 3)
    rows = np.flatnonzero(count)
    if not rows.size:
        return NIL
    count, table = count[rows], table[rows]
    central = float(count @ table[:, 1])
    down = np.abs(count) * np.where(count > 0, table[:, 1] - table[:, 0], table[:, 2] - table[:, 1])
    up = np.abs(count) * np.where(count > 0, table[:, 2] - table[:, 1], table[:, 1] - table[:, 0])
    names = np.zeros(len(rows), dtype=int) if together is None else _numbered(together, rows)
    below, above = (np.sqrt((np.bincount(names, part) ** 2).sum()) for part in (down, up))
    # Half-ranges are 0 or more and rounding keeps the order: central stays inside.
    return Range(central - float(below), central, central + float(above))


def _numbered(together: Sequence[str], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.unique([together[row] for row in rows], return_inverse=True)[1]


def sure(difference: Range) -> bool:
    """Whether a difference is all on one side of zero; otherwise « non distinguable »."""
    return difference.low > 0 or difference.high < 0
