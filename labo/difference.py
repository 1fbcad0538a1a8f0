"""A difference between two states of a zone, with its interval and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from labo.ranges import HIGH, LOW, NIL, Range, ends, sure

Floats = npt.NDArray[np.float64]
Verdict = Literal["better", "worse", "indistinct", "same"]

VERDICTS: Mapping[Verdict, str] = {
    "better": "mieux",
    "worse": "moins bien",
    "indistinct": "non distinguable",
    "same": "rien ne change",
}


@dataclass(frozen=True)
class Difference:
    """An indicator of a zone, or a score, before and after; `drawn` holds both by draw.

    name: of the indicator, or of the index. component: "" for an indicator; for a score, "index" or
    one of its components. direction: +1 where more is more vulnerable. Scores go from 0 to 100.
    """

    zone: str
    name: str
    component: str
    unit: str
    direction: int
    before: Range
    after: Range
    change: Range
    drawn: tuple[Floats, Floats] = field(repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """Whether it surely is better or worse; "indistinct" where it may be neither."""
        return verdict_of(self.change, self.direction)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        what = {"index": self.name, "component": self.component} if self.component else {}
        return {
            "zone": self.zone,
            **(what or {"indicator": self.name}),
            "unit": self.unit,
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "difference": self.change.as_json(),
            "verdict": VERDICTS[self.verdict],
        }


@dataclass(frozen=True)
class Effect:
    """What a plan does to a zone that no indicator tells: a change without a before or an after.

    direction: +1 where more is more vulnerable. drawn: (draws,).
    """

    zone: str
    name: str
    unit: str
    direction: int
    change: Range
    drawn: Floats = field(repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """As that of a difference."""
        return verdict_of(self.change, self.direction)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "zone": self.zone,
            "name": self.name,
            "unit": self.unit,
            "difference": self.change.as_json(),
            "verdict": VERDICTS[self.verdict],
        }


@dataclass(frozen=True)
class NotRun:
    """What was not run again, and why. name: an indicator, an index, a measure, or a theme."""

    name: str
    zone: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        where = {"zone": self.zone} if self.zone else {}
        return {"name": self.name, **where, "reason": self.reason}


def verdict_of(change: Range, direction: int) -> Verdict:
    """Return what may be said of a change, more being more vulnerable if the direction is +1."""
    if change == NIL:
        return "same"
    if not sure(change):
        return "indistinct"
    return "better" if change.central * direction < 0 else "worse"


def range_of(central: float, drawn: Floats, *, score: bool = False) -> Range:
    """Return a central value with the 90 % interval of its draws, which always holds it.

    That of a score is of values that occurred, as in a release (`labo.index.replicate.quantiles`).
    Draws in which nothing is known say nothing.
    """
    known = drawn[~np.isnan(drawn)]
    if np.isnan(central) or not len(known):
        return Range(central, central, central)
    if score:
        ordered = np.sort(known)
        places = np.ceil(np.array([LOW, HIGH]) * len(known) - 1e-9).astype(np.int64) - 1
        low, high = ordered[np.maximum(places, 0)]
    else:
        low, high = ends(known)
    return Range(min(float(low), central), central, max(float(high), central))


def change_of(before: float, after: float, drawn_before: Floats, drawn_after: Floats) -> Range:
    """Return after − before with its interval, draw by draw; exactly 0 where nothing changes."""
    if before == after and np.array_equal(drawn_before, drawn_after, equal_nan=True):
        return NIL
    return range_of(after - before, drawn_after - drawn_before)
