"""Denominate, impute, screen: what happens to values before they are compared.

Arrays are (units, indicators) or (units, indicators, draws); NaN is missing and stays missing,
unless it is imputed on demand.
"""

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def denominate(values: npt.ArrayLike, by: npt.ArrayLike) -> Floats:
    """Return values / by, missing where either is missing or where `by` is 0.

    Args:
        values: (units, indicators) or (units, indicators, draws).
        by: 1 for an indicator that is divided by nothing, (units, indicators) or with draws.

    Raises:
        BadInput: a denominator is negative.
    """
    above, below = np.asarray(values, dtype=np.float64), np.asarray(by, dtype=np.float64)
    if (below < 0).any():
        raise BadInput(f"A denominator is {np.nanmin(below):g}: it must be 0 or more.")
    if below.ndim < above.ndim:
        below = below[..., None]
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.divide(above, below, out=np.full(shape, np.nan), where=below > 0)


def impute(values: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Floats:
    """Return values with what is missing replaced by the mean of its group, draw by draw.

    A group in which everything is missing stays missing. This invents data: it is off by default.

    Args:
        values: (units, indicators) or (units, indicators, draws).
        groups: any label by unit, (units,); one group for all if not given. Missing labels (None
            or NaN) belong to no group, and their values stay missing.
    """
    found = np.array(values, dtype=np.float64)
    labels = [0] * len(found) if groups is None else np.asarray(groups, dtype=object).tolist()
    for label in dict.fromkeys(name for name in labels if name is not None and name == name):
        rows = np.flatnonzero([name == label for name in labels])
        part = found[rows]
        known = ~np.isnan(part)
        count = known.sum(axis=0)
        total = np.where(known, part, 0.0).sum(axis=0)
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        found[rows] = np.where(known, part, mean)
    return found


def availability(values: npt.ArrayLike) -> Floats:
    """Return the share of indicators that each unit has, (units,) or (units, draws)."""
    return 1.0 - np.isnan(np.asarray(values, dtype=np.float64)).mean(axis=1)


def screen(values: npt.ArrayLike, least: float) -> tuple[Floats, Bools]:
    """Empty the units that have less than the share `least` of the indicators.

    They stay in the table, empty, so that a reader sees who is not there.

    Returns:
        the values, and which units were kept: (units,) or (units, draws).

    Raises:
        BadInput: `least` is no share.
    """
    if not 0 <= least <= 1:
        raise BadInput(f"{least:g} is no share of indicators: it goes from 0 to 1.")
    array = np.asarray(values, dtype=np.float64)
    kept: Bools = availability(array) >= least - 1e-12
    return np.where(kept[:, None], array, np.nan), kept
