"""Ensembles of simulations, and the warming levels of the TRACC at which they are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.climate import REFERENCE_PERIOD, FloatArray, IntArray
from labo.errors import BadInput

# Quantiles of an ensemble as DRIAS publishes them (Q05, Q50, Q95), interpolated linearly.
QUANTILES = {"low": 0.05, "median": 0.50, "high": 0.95}
MIN_MEMBERS = 2

# TRACC (PNACC-3, 2025): warming of mainland France above 1850-1900 (°C) at each horizon …
WARMING_LEVELS = {"2030": 2.0, "2050": 2.7, "2100": 4.0}
# … and the warming of the world (°C) that it goes with: DRIAS writes GWL15, GWL20 and GWL30.
WORLD_WARMING_LEVELS = {"2030": 1.5, "2050": 2.0, "2100": 3.0}
# 20 years around the pivot year: 10 before, the pivot and 9 after (to check against the producer,
# whose notices say "20 years framing the pivot" and give 2042-2061 for 2052).
WINDOW_YEARS = 20
YEARS_BEFORE_PIVOT = 10
# A window that passes the end of the simulations is kept while this many of its years are there.
MIN_WINDOW_YEARS = 10


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What an ensemble says: `low` (Q05), `median` (Q50), `high` (Q95), and of how many members.

    `members` counts, at each place, those that had a value.
    """

    low: FloatArray
    median: FloatArray
    high: FloatArray
    members: IntArray


def ensemble(values: Mapping[str, npt.ArrayLike]) -> Spread:
    """Summarise one value (or array, all of one shape) per member as DRIAS does: Q05, Q50, Q95.

    A place where fewer than two members have a value is NaN.

    Raises:
        BadInput: a single member, which is one possible future and no ensemble.
    """
    if len(values) < MIN_MEMBERS:
        raise BadInput(
            f"{', '.join(values) or 'No member'} alone is not an ensemble: give the simulations of "
            f"at least {MIN_MEMBERS} models, so that low, median and high can be shown."
        )
    stack = np.stack([np.asarray(v, dtype=np.float64) for v in values.values()])
    members = (~np.isnan(stack)).sum(axis=0)
    enough = members >= MIN_MEMBERS
    # Zeros stand where nothing is said, because numpy warns of slices that are all NaN.
    safe = np.where(enough, stack, 0.0)
    low, median, high = np.nanquantile(safe, list(QUANTILES.values()), axis=0)
    return Spread(
        low=np.where(enough, low, np.nan),
        median=np.where(enough, median, np.nan),
        high=np.where(enough, high, np.nan),
        members=members,
    )


def window_of(pivot: float) -> tuple[int, int]:
    """Return the first and last of the 20 years around a pivot year."""
    first = int(pivot) - YEARS_BEFORE_PIVOT
    return first, first + WINDOW_YEARS - 1


@dataclass(frozen=True, kw_only=True)
class LevelMeans:
    """The mean of each member over the 20 years in which it has the warming of a horizon.

    `dropped` never reach it before the end of the simulations; `shortened` reach it so late that
    some of their 20 years are not simulated, which makes their means too mild.
    """

    means: dict[str, FloatArray]
    dropped: tuple[str, ...]
    shortened: tuple[str, ...]

    def sentence(self) -> str:
        """Say how many members are left, and of how many."""
        total = len(self.means) + len(self.dropped)
        text = f"{len(self.means)} of {total} simulations reach this warming"
        if self.shortened:
            text += f", {len(self.shortened)} of them with fewer than {WINDOW_YEARS} years"
        return text


def means_at_level(
    yearly: Mapping[str, tuple[Sequence[int] | IntArray, npt.ArrayLike]],
    pivots: Mapping[str, float],
) -> LevelMeans:
    """Average each member's yearly values (years, points…) over the window around its pivot year.

    `pivots` gives the year at which each member reaches the level, NaN where it does not. A year
    without a value makes the mean of its place empty.

    Raises:
        BadInput: a member has no pivot year, or too few of its window's years.
    """
    means: dict[str, FloatArray] = {}
    dropped, shortened = [], []
    for member, (years, values) in yearly.items():
        if member not in pivots:
            raise BadInput(
                f"The simulation {member!r} is not in the table of pivot years, which has "
                f"{', '.join(sorted(pivots)[:3]) or 'none'} …: give the table of that ensemble."
            )
        if np.isnan(pivots[member]):
            dropped.append(member)
            continue
        first, last = window_of(pivots[member])
        means[member], count = _mean_between(member, years, values, first, last)
        if count < WINDOW_YEARS:
            shortened.append(member)
    return LevelMeans(means=means, dropped=tuple(dropped), shortened=tuple(shortened))


def means_of_reference(
    yearly: Mapping[str, tuple[Sequence[int] | IntArray, npt.ArrayLike]],
) -> dict[str, FloatArray]:
    """Average each member's yearly values over `REFERENCE_PERIOD`.

    Raises:
        BadInput: a member has too few of its years.
    """
    return {
        member: _mean_between(member, years, values, *REFERENCE_PERIOD)[0]
        for member, (years, values) in yearly.items()
    }


def _mean_between(
    member: str, years: Sequence[int] | IntArray, values: npt.ArrayLike, first: int, last: int
) -> tuple[FloatArray, int]:
    at = np.asarray(years)
    inside = (at >= first) & (at <= last)
    if inside.sum() < MIN_WINDOW_YEARS:
        raise BadInput(
            f"The simulation {member!r} has {int(inside.sum())} of the years {first} to {last}, at "
            f"least {MIN_WINDOW_YEARS} were expected: give the files of those years."
        )
    return np.asarray(values, dtype=np.float64)[inside].mean(axis=0), int(inside.sum())


def check_comparable(referentials: Iterable[str]) -> None:
    """Refuse to read the step from one reference system to the next as a change of climate.

    TRACC-2023 and DRIAS-2020 rest on other simulations and corrections: their difference is mostly
    a difference of method.

    Raises:
        BadInput: there is more than one.
    """
    if len(names := sorted(set(referentials))) > 1:
        raise BadInput(
            f"Values of {' and '.join(names)} stand side by side: they come from other simulations "
            "and are not a trend; compare within one of them."
        )
