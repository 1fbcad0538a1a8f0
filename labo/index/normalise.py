"""Normalise: bring indicators of different units onto one scale on which they can be weighed.

Arrays are (units, indicators) or (units, indicators, draws). Directions are taken care of first, so
that a higher normalised value always means more of what the index tells.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.index.rank import Ties, percentile, ranks

Floats = npt.NDArray[np.float64]
Method = Literal[
    "percentile",
    "min_max",
    "z_score",
    "rank",
    "percentile_rank",
    "borda",
    "distance_to_target",
]
_BOUNDS = {
    "percentile": (0.0, 100.0),
    "min_max": (0.0, 100.0),
    "percentile_rank": (0.0, 1.0),
    "distance_to_target": (0.0, 1.0),
}


@dataclass(frozen=True)
class Scale:
    """A way to normalise and the scale it leads to.

    method: what `normalise` says of each. bounds: where 0 and 1 of the method are brought to, for
    percentile and min_max 0-100 and for percentile_rank and distance_to_target 0-1 unless given;
    the others have none. mean, deviation: of z_score. ties: of rank, percentile_rank and borda.
    """

    method: Method = "percentile"
    bounds: tuple[float, float] | None = None
    mean: float = 0.0
    deviation: float = 1.0
    ties: Ties = "min"

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            known = ", ".join(get_args(Method))
            raise BadInput(f"There is no normalisation named {self.method!r}; there are {known}.")
        if self.bounds is None:
            object.__setattr__(self, "bounds", _BOUNDS.get(self.method))
        elif self.method not in _BOUNDS:
            raise BadInput(f"The normalisation {self.method!r} has no bounds, not {self.bounds}.")
        elif not self.bounds[0] < self.bounds[1]:
            raise BadInput(f"The bounds {self.bounds} are not in order: lowest first.")
        if not self.deviation > 0:
            raise BadInput(f"A standard deviation of {self.deviation:g}: it must be above 0.")

    @property
    def name(self) -> str:
        """How it is named in a sentence."""
        if self.method == "z_score":
            return f"z_score ({self.mean:g}, {self.deviation:g})"
        return (
            f"{self.method} [{self.bounds[0]:g}, {self.bounds[1]:g}]"
            if self.bounds
            else self.method
        )


def normalise(
    values: npt.ArrayLike,
    scale: Scale,
    *,
    directions: npt.ArrayLike | None = None,
    reference: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    targets: npt.ArrayLike | None = None,
    same: float = 0.0,
) -> Floats:
    """Return values on the scale.

    With x the value times its direction:

    - percentile: place in the reference population, F(<x) + ½·p(x), residents being counted.
    - min_max: (x − min)/(max − min) of the reference; units beyond it are at its bounds.
    - z_score: (x − mean)/s of the reference, s with n − 1, brought to `mean` and `deviation`.
    - rank: 1 for the lowest; percentile_rank: (rank − 1)/(n − 1); borda: rank − 1. Units only: the
      reference has no part in them.
    - distance_to_target: (x − min)/(target − min), 1 for all who are there.

    Missing stays missing. An indicator that is the same everywhere tells nothing: it is put at the
    middle of the bounds, or at the mean; its ranks are what the formulas say of ties (0 for
    percentile_rank). A single unit has percentile_rank ½. Nothing is rounded.

    Args:
        values: (units, indicators) or (units, indicators, draws).
        scale: method and parameters.
        directions: +1 or −1, (indicators,); all +1 if not given.
        reference: (members, indicators) or with the same draws; the units if not given.
        weights: residents of the reference (`percentile`); the other methods count units.
        targets: in the unit of the values, (indicators,) or (indicators, draws).
        same: part of the largest under which values tie (`ranks`), for scores that are sums.

    Raises:
        BadInput: weights that are none, or a target is missing.

    Source: OECD/JRC handbook 2008, step 5; COINr; for ties in a percentile, `labo.inequality`.
    """
    x = np.asarray(values, dtype=np.float64)
    among = x if reference is None else np.asarray(reference, dtype=np.float64)
    if directions is not None:
        signs = np.asarray(directions, dtype=np.float64)
        x = _turned(x, signs)
        among = x if reference is None else _turned(among, signs)
    if scale.method == "percentile":
        known = percentile(x, weights, None if reference is None else among)
        return _between(known, scale)
    if scale.method in ("rank", "borda", "percentile_rank"):
        rank = ranks(x, ties=scale.ties, same=same)
        if scale.method == "rank":
            return rank
        if scale.method == "borda":
            return rank - 1.0
        count = (~np.isnan(x)).sum(axis=0)
        alone = np.where(np.isnan(rank), np.nan, 0.5)
        return _between(np.where(count > 1, (rank - 1) / np.maximum(count - 1, 1), alone), scale)
    if scale.method == "z_score":
        return _z_score(x, among, scale)
    # The initial NaN gives way to any value, and stands where there is none.
    smallest = np.fmin.reduce(among, axis=0, initial=np.nan)
    largest = np.fmax.reduce(among, axis=0, initial=np.nan)
    if scale.method == "min_max":
        return _between(np.clip(_ratio(x, smallest, largest, 0.5), 0.0, 1.0), scale)
    if targets is None or np.isnan(np.asarray(targets, dtype=np.float64)).any():
        raise BadInput("Distance to target needs a target for each indicator, none missing.")
    aim = np.asarray(targets, dtype=np.float64)[None]
    if directions is not None:
        aim = _turned(aim, np.asarray(directions, dtype=np.float64))
    aim = aim[0] if aim[0].ndim == smallest.ndim else aim[0][:, None]
    return _between(np.clip(_ratio(x, smallest, aim, 1.0), 0.0, 1.0), scale)


def _turned(x: Floats, signs: Floats) -> Floats:
    if (signs > 0).all():
        return x
    return x * signs.reshape(-1, *[1] * (x.ndim - 2))


def _between(share: Floats, scale: Scale) -> Floats:
    low, high = scale.bounds or (0.0, 1.0)
    if (low, high) == (0.0, 1.0):
        return share
    share *= high - low
    share += low
    return share


def _ratio(x: Floats, low: Floats, high: Floats, otherwise: float) -> Floats:
    """Return (x − low)/(high − low), or what is said where there is nothing between the two."""
    low, high = _with_draws(low, x), _with_draws(high, x)
    wide = high - low
    some = wide > 0
    found = x - low
    np.divide(found, np.where(some, wide, 1.0), out=found)
    if not some.all():
        found = np.where(some | np.isnan(found), found, otherwise)
    return found


def _with_draws(part: Floats, x: Floats) -> Floats:
    return part if part.ndim == x.ndim - 1 else part[:, None]


def _z_score(x: Floats, among: Floats, scale: Scale) -> Floats:
    known = ~np.isnan(among)
    count = known.sum(axis=0)
    whole = known.all()
    filled = among if whole else np.where(known, among, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    away = among - mean
    if not whole:
        away[~known] = 0.0
    spread = np.sqrt((away * away).sum(axis=0) / np.maximum(count - 1, 1))
    # Rounding gives a constant a spread; it has none.
    least = np.fmin.reduce(among, axis=0, initial=np.nan)
    spread[least == np.fmax.reduce(among, axis=0, initial=np.nan)] = 0.0
    mean, spread = _with_draws(mean, x), _with_draws(spread, x)
    found = (x - mean) / np.where(spread > 0, spread, 1.0)
    if not (spread > 0).all():
        found = np.where((spread > 0) | np.isnan(found), found, 0.0)
    return found * scale.deviation + scale.mean
