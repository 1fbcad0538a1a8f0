"""Climate indicators from daily series; `labo.ensemble` then puts simulations together.

Every kernel takes a daily array of shape (time, points…) and the `Days` of its first axis, and
returns one value per calendar year, shape (years, points…), in the order of `days.years`. A day
that is missing (NaN) counts for nothing and cuts a run of days; a year that misses more than
`max_missing` days is NaN, never 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Daily = npt.ArrayLike  # (time, points…)
Operator = Literal[">", ">=", "<", "<="]

# Thresholds. °C and mm/day; definitions of Météo-France's Climadiag Commune and of DRIAS.
HOT_DAY_C = 30.0
VERY_HOT_DAY_C = 35.0
WARM_NIGHT_C = 20.0
DRY_DAY_MM = 1.0
HEAVY_RAIN_MM = 20.0
# Bases of degree days on the daily mean (DRIAS: NORHDD 17 °C, NORCDD 18 °C).
HEATING_BASE_C = 17.0
COOLING_BASE_C = 18.0
# DRIAS counts nights whose minimum is 20 °C or more; xclim's tropical nights are strictly above.
PRODUCER_NIGHTS: Literal[">", ">="] = ">="
# A year with more missing days than this says nothing (ETCCDI, RClimDex manual, 2004: 15 days).
MAX_MISSING_DAYS = 15

# Years that every change is read against (TRACC, PNACC-3, 2025).
REFERENCE_PERIOD = (1976, 2005)

MONTH_LENGTHS: dict[str, tuple[int, ...]] = {
    "noleap": (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    "all_leap": (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    "360_day": (30,) * 12,
}
# How CF names the calendars that we know.
CALENDARS = dict.fromkeys(("standard", "gregorian", "proleptic_gregorian"), "standard") | {
    **dict.fromkeys(("noleap", "365_day"), "noleap"),
    **dict.fromkeys(("all_leap", "366_day"), "all_leap"),
    "360_day": "360_day",
}
COMPARE: dict[str, Callable[[FloatArray, float | FloatArray], BoolArray]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


@dataclass(frozen=True, kw_only=True)
class HeatWave:
    """One way to say what a heat wave is; counts under two definitions are never compared."""

    id: str
    label: str
    window: int
    months: tuple[int, ...]
    reference: str


CLIMADIAG_SUMMER = HeatWave(
    id="climadiag_summer",
    label="Au moins 5 jours d’été de suite à plus de 5 °C au-dessus de la normale",
    window=5,
    months=(6, 7, 8),
    reference="Météo-France, Climadiag Commune",
)
DAY_AND_NIGHT = HeatWave(
    id="day_and_night",
    label="Au moins 3 jours de suite au-dessus de 22 °C la nuit et de 30 °C le jour",
    window=3,
    months=tuple(range(1, 13)),
    reference="xclim, heat_wave_total_length",
)
HEAT_WAVES = {wave.id: wave for wave in (CLIMADIAG_SUMMER, DAY_AND_NIGHT)}
ABOVE_NORMAL_C = 5.0
NIGHT_OF_HEAT_WAVE_C = 22.0
DAY_OF_HEAT_WAVE_C = 30.0
# Days pooled around each calendar day for a normal, as in the percentiles of ETCCDI.
NORMAL_WINDOW_DAYS = 5


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days of a series: year, month and day (time,), one after the other without a gap.

    Raises:
        BadInput: a calendar that is not known, or days that do not follow one another.
    """

    year: IntArray
    month: IntArray
    day: IntArray
    calendar: str = "standard"

    def __post_init__(self) -> None:
        if self.calendar not in CALENDARS.values():
            raise BadInput(
                f"Calendar {self.calendar!r} is not known; expected one of "
                f"{', '.join(sorted(CALENDARS))}."
            )
        steps = np.diff(self.ordinal)
        if (steps != 1).any():
            at = int((steps != 1).argmax())
            raise BadInput(
                f"The day after {self._text(at)} is {self._text(at + 1)} in this daily series: "
                "fill missing days with NaN, and give each day once, in order."
            )

    def _text(self, at: int) -> str:
        return f"{self.year[at]:04d}-{self.month[at]:02d}-{self.day[at]:02d}"

    @classmethod
    def of_dates(cls, dates: npt.ArrayLike) -> "Days":
        """Return the days of dates in the usual calendar (anything that becomes datetime64)."""
        days = np.asarray(dates, dtype="datetime64[D]")
        months = days.astype("datetime64[M]")
        return cls(
            year=days.astype("datetime64[Y]").astype(np.int64) + 1970,
            month=months.astype(np.int64) % 12 + 1,
            day=(days - months.astype("datetime64[D]")).astype(np.int64) + 1,
        )

    @classmethod
    def of_ordinals(cls, ordinals: IntArray, calendar: str) -> "Days":
        """Return the days of numbers such as `day_number` gives."""
        if calendar == "standard":
            return cls.of_dates(ordinals.astype("datetime64[D]"))
        lengths = np.array(MONTH_LENGTHS[calendar])
        year, rest = np.divmod(ordinals, lengths.sum())
        starts = np.concatenate([[0], np.cumsum(lengths)])
        month = np.searchsorted(starts, rest, side="right")
        return cls(year=year, month=month, day=rest - starts[month - 1] + 1, calendar=calendar)

    @cached_property
    def ordinal(self) -> IntArray:
        """Number of each day, counted in its own calendar (1970-01-01 is 0 in the usual one)."""
        if self.calendar == "standard":
            months = (self.year - 1970) * 12 + self.month - 1
            first = months.astype("datetime64[M]").astype("datetime64[D]")
            return first.astype(np.int64) + self.day - 1
        lengths = np.array(MONTH_LENGTHS[self.calendar])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return self.year * lengths.sum() + starts[self.month - 1] + self.day - 1

    @cached_property
    def years(self) -> IntArray:
        """The calendar years that the series touches, in order."""
        return np.unique(self.year)

    def length_of_year(self, year: int) -> int:
        """Return how many days that year has in this calendar."""
        if self.calendar != "standard":
            return sum(MONTH_LENGTHS[self.calendar])
        return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def day_number(year: int, month: int, day: int, calendar: str) -> int:
    """Return the number of a day in its calendar; see `Days.ordinal`."""
    one = Days(
        year=np.array([year]), month=np.array([month]), day=np.array([day]), calendar=calendar
    )
    return int(one.ordinal[0])


def _as_daily(values: Daily, days: Days) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or len(array) != len(days.year):
        raise BadInput(
            f"A daily array of shape {array.shape} was given for {len(days.year)} days: its first "
            "axis is time."
        )
    return array


def _yearly(
    days: Days,
    valid: BoolArray,
    max_missing: int,
    reduce: Callable[[slice], npt.NDArray[np.number]],
) -> FloatArray:
    """Apply `reduce` to each year's days; NaN where more than `max_missing` are not valid."""
    result = np.full((len(days.years), *valid.shape[1:]), np.nan)
    starts = np.searchsorted(days.year, days.years)
    ends = np.append(starts[1:], len(days.year))
    for i, (year, start, end) in enumerate(zip(days.years, starts, ends, strict=True)):
        part = slice(int(start), int(end))
        missing = days.length_of_year(int(year)) - valid[part].sum(axis=0)
        result[i] = np.where(missing <= max_missing, reduce(part), np.nan)
    return result


def _run_lengths(condition: BoolArray) -> IntArray:
    """Return, for each day, how many days in a row the condition has held up to that day."""
    held = np.cumsum(condition, axis=0, dtype=np.int64)
    return held - np.maximum.accumulate(np.where(condition, 0, held), axis=0)


def _days_in_runs(condition: BoolArray, window: int) -> IntArray:
    """Return how many days lie in runs of at least `window` days."""
    lengths = _run_lengths(condition)
    last = condition.copy()
    last[:-1] &= ~condition[1:]
    return np.where(last & (lengths >= window), lengths, 0).sum(axis=0)


def count_days(
    values: Daily,
    days: Days,
    threshold: float,
    *,
    operator: Operator,
    max_missing: int = MAX_MISSING_DAYS,
) -> FloatArray:
    """Days per year whose value is > (>=, <, <=) `threshold`, in the unit of `values`.

    Reference: ETCCDI indices SU, TR, R20mm; xclim `tx_days_above`, `tropical_nights`.
    """
    array = _as_daily(values, days)
    met = COMPARE[operator](array, threshold)
    return _yearly(days, ~np.isnan(array), max_missing, lambda part: met[part].sum(axis=0))


def days_above(
    tmax: Daily, days: Days, threshold: float, *, max_missing: int = MAX_MISSING_DAYS
) -> FloatArray:
    """Days per year with a maximum (°C) strictly above `threshold`: `HOT_DAY_C`, `VERY_HOT_DAY_C`.

    Strict, as Climadiag Commune and xclim's `tx_days_above`; users of DRIAS also write >= (to check
    in its list of indicators: on real temperatures it changes next to nothing).
    """
    return count_days(tmax, days, threshold, operator=">", max_missing=max_missing)


def nights_above(
    tmin: Daily,
    days: Days,
    threshold: float = WARM_NIGHT_C,
    *,
    operator: Literal[">", ">="],
    max_missing: int = MAX_MISSING_DAYS,
) -> FloatArray:
    """Nights per year with a minimum (°C) above `threshold`.

    `operator` must be said, because it is not the same everywhere: ">=" for French producers
    (`PRODUCER_NIGHTS`), ">" for xclim and ETCCDI.
    """
    return count_days(tmin, days, threshold, operator=operator, max_missing=max_missing)


def heavy_rain_days(rain: Daily, days: Days, *, max_missing: int = MAX_MISSING_DAYS) -> FloatArray:
    """Days per year with at least `HEAVY_RAIN_MM` (mm/day); ETCCDI R20mm."""
    return count_days(rain, days, HEAVY_RAIN_MM, operator=">=", max_missing=max_missing)


def longest_dry_spell(
    rain: Daily, days: Days, *, max_missing: int = MAX_MISSING_DAYS
) -> FloatArray:
    """Most days in a row with less than `DRY_DAY_MM` (mm/day) inside each year; ETCCDI CDD."""
    array = _as_daily(rain, days)
    dry = array < DRY_DAY_MM
    return _yearly(
        days, ~np.isnan(array), max_missing, lambda part: _run_lengths(dry[part]).max(axis=0)
    )


def maximum_rain(
    rain: Daily, days: Days, *, window: int, max_missing: int = MAX_MISSING_DAYS
) -> FloatArray:
    """Largest sum (mm) over `window` days that end in each year; ETCCDI Rx1day and Rx5day.

    A window that misses a day is left out; one that began the year before counts, as in xclim.
    """
    array = _as_daily(rain, days)
    sums = np.full_like(array, np.nan)
    if len(array) >= window:
        # Added day by day: differences of a running total would lose digits and spread NaN.
        sums[window - 1 :] = sum(
            array[shift : len(array) - window + 1 + shift] for shift in range(window)
        )

    def largest(part: slice) -> FloatArray:
        top = np.max(np.nan_to_num(sums[part], nan=-np.inf), axis=0)
        return np.where(np.isinf(top), np.nan, top)

    return _yearly(days, ~np.isnan(array), max_missing, largest)


def heating_degree_days(
    tmean: Daily, days: Days, base: float = HEATING_BASE_C, *, max_missing: int = MAX_MISSING_DAYS
) -> FloatArray:
    """Sum over each year of max(0, base − T) on the daily mean T (°C·day)."""
    return _degree_days(base - _as_daily(tmean, days), days, max_missing)


def cooling_degree_days(
    tmean: Daily, days: Days, base: float = COOLING_BASE_C, *, max_missing: int = MAX_MISSING_DAYS
) -> FloatArray:
    """Sum over each year of max(0, T − base) on the daily mean T (°C·day)."""
    return _degree_days(_as_daily(tmean, days) - base, days, max_missing)


def _degree_days(excess: FloatArray, days: Days, max_missing: int) -> FloatArray:
    valid = ~np.isnan(excess)
    counted = np.where(valid, np.maximum(excess, 0.0), 0.0)
    return _yearly(days, valid, max_missing, lambda part: counted[part].sum(axis=0))


def heat_wave_days_climadiag(
    tmax: Daily, normal: Daily, days: Days, *, max_missing: int = MAX_MISSING_DAYS
) -> FloatArray:
    """Days per year in heat waves as `CLIMADIAG_SUMMER` says.

    `normal` (°C) is the normal maximum of each day of the series, such as `daily_normal` gives, and
    has the shape of `tmax`. Only June to August count: a run is cut on 1 June and on 31 August.
    """
    array, usual = _as_daily(tmax, days), _as_daily(normal, days)
    excess = array - usual
    summer = np.isin(days.month, CLIMADIAG_SUMMER.months)
    hot = (excess > ABOVE_NORMAL_C) & summer.reshape(-1, *[1] * (array.ndim - 1))
    return _yearly(
        days,
        ~np.isnan(excess),
        max_missing,
        lambda part: _days_in_runs(hot[part], CLIMADIAG_SUMMER.window),
    )


def heat_wave_days_day_and_night(
    tmin: Daily,
    tmax: Daily,
    days: Days,
    *,
    threshold_tmin: float = NIGHT_OF_HEAT_WAVE_C,
    threshold_tmax: float = DAY_OF_HEAT_WAVE_C,
    window: int = DAY_AND_NIGHT.window,
    max_missing: int = MAX_MISSING_DAYS,
) -> FloatArray:
    """Days per year in heat waves as `DAY_AND_NIGHT` says: both thresholds (°C) strictly passed."""
    night, day = _as_daily(tmin, days), _as_daily(tmax, days)
    hot = (night > threshold_tmin) & (day > threshold_tmax)
    return _yearly(
        days,
        ~(np.isnan(night) | np.isnan(day)),
        max_missing,
        lambda part: _days_in_runs(hot[part], window),
    )


def daily_normal(
    values: Daily,
    days: Days,
    *,
    period: tuple[int, int] = REFERENCE_PERIOD,
    window: int = NORMAL_WINDOW_DAYS,
) -> FloatArray:
    """Return the normal of each day of the series, in the unit and shape of `values`.

    It is the mean, over the years of `period`, of the `window` calendar days around that day (so
    that 29 February has one too); NaN where the period holds nothing.
    """
    array = _as_daily(values, days)
    slots, slot = np.unique(days.month * 32 + days.day, return_inverse=True)
    inside = (days.year >= period[0]) & (days.year <= period[1])
    known = ~np.isnan(array) & inside.reshape(-1, *[1] * (array.ndim - 1))
    total = np.zeros((len(slots), *array.shape[1:]))
    count = np.zeros_like(total)
    np.add.at(total, slot, np.where(known, array, 0.0))
    np.add.at(count, slot, known.astype(float))
    # The year is a circle: the days before 1 January are those of December.
    near = range(-(window // 2), window - window // 2)
    total = sum((np.roll(total, shift, axis=0) for shift in near), np.zeros_like(total))
    count = sum((np.roll(count, shift, axis=0) for shift in near), np.zeros_like(count))
    normal = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return normal[slot]
