"""Climate kernels: numbers made by hand, agreement with xclim, ensembles and warming levels."""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labo import climate, ensemble
from labo.climate import Days
from labo.errors import BadInput


def year_of(year: int = 2001, calendar: str = "standard") -> Days:
    if calendar == "standard":
        return Days.of_dates(np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]"))
    first = climate.day_number(year, 1, 1, calendar)
    return Days.of_ordinals(
        np.arange(first, climate.day_number(year + 1, 1, 1, calendar)), calendar
    )


def series(days: Days, usual: float, **spells: tuple[int, int, float]) -> np.ndarray:
    """A constant series with spells of (first day of the year from 0, days, value)."""
    values = np.full(len(days.year), float(usual))
    for first, length, value in spells.values():
        values[first : first + length] = value
    return values


# Kernels.


def test_hot_days_are_strictly_above_the_threshold() -> None:
    days = year_of()
    tmax = series(days, 20, exactly=(10, 4, 30.0), above=(50, 3, 30.1), very=(90, 2, 35.5))
    assert climate.days_above(tmax, days, climate.HOT_DAY_C).tolist() == [5]
    assert climate.days_above(tmax, days, climate.VERY_HOT_DAY_C).tolist() == [2]


def test_the_operator_of_nights_is_said_and_changes_the_count() -> None:
    days = year_of()
    tmin = series(days, 10, exactly=(180, 4, 20.0), above=(200, 3, 21.0))
    assert climate.nights_above(tmin, days, operator=climate.PRODUCER_NIGHTS).tolist() == [7]
    assert climate.nights_above(tmin, days, operator=">").tolist() == [3]
    with pytest.raises(TypeError, match="operator"):
        climate.nights_above(tmin, days)  # type: ignore[call-arg]


def test_heavy_rain_dry_spell_and_maximum_rain() -> None:
    days = year_of()
    rain = series(days, 2, dry=(10, 12, 0.99), almost=(40, 30, 1.0), heavy=(200, 2, 20.0))
    rain[202] = 45
    assert climate.heavy_rain_days(rain, days).tolist() == [3]
    assert climate.longest_dry_spell(rain, days).tolist() == [12]
    assert climate.maximum_rain(rain, days, window=1).tolist() == [45]
    assert climate.maximum_rain(rain, days, window=5).tolist() == [20 + 20 + 45 + 2 + 2]


def test_a_dry_spell_is_cut_by_the_year_and_by_a_missing_day() -> None:
    days = Days.of_dates(np.arange("2001-01-01", "2003-01-01", dtype="datetime64[D]"))
    rain = np.full(len(days.year), 5.0)
    rain[355:385] = 0  # 10 days in 2001, 20 in 2002
    rain[390:400] = 0
    rain[394] = np.nan
    assert climate.longest_dry_spell(rain, days).tolist() == [10, 20]
    rain[355:385] = 5
    assert climate.longest_dry_spell(rain, days).tolist() == [0, 5]


def test_rain_over_five_days_may_have_begun_the_year_before() -> None:
    days = Days.of_dates(np.arange("2001-01-01", "2003-01-01", dtype="datetime64[D]"))
    rain = np.zeros(len(days.year))
    rain[364:366] = 30
    assert climate.maximum_rain(rain, days, window=5).tolist() == [30, 60]


def test_degree_days() -> None:
    days = year_of()
    mean = series(days, 17.5, cold=(0, 10, 7.0), hot=(200, 4, 24.0))
    assert climate.heating_degree_days(mean, days).tolist() == [100]
    assert climate.cooling_degree_days(mean, days).tolist() == [24]


def test_heat_waves_of_climadiag_are_of_summer_and_of_five_days() -> None:
    days = year_of()
    june = 151  # 1 June
    tmax = series(
        days,
        20,
        four=(june + 10, 4, 26.0),
        five=(june + 20, 5, 25.1),
        exactly=(june + 40, 6, 25.0),
        spring=(june - 3, 7, 30.0),  # 4 of its days in June
        long=(june + 60, 9, 28.0),
    )
    normal = np.full_like(tmax, 20)
    assert climate.heat_wave_days_climadiag(tmax, normal, days).tolist() == [14]


def test_heat_waves_by_day_and_night_need_both() -> None:
    days = year_of()
    tmax = series(days, 20, a=(180, 6, 31.0), b=(200, 3, 31.0), c=(220, 2, 31.0))
    tmin = series(days, 15, a=(182, 4, 22.5), b=(200, 3, 22.0), c=(220, 2, 23.0))
    assert climate.heat_wave_days_day_and_night(tmin, tmax, days).tolist() == [4]
    assert climate.heat_wave_days_day_and_night(tmin, tmax, days, window=2).tolist() == [6]


def test_heat_waves_are_declared_with_what_they_mean() -> None:
    assert set(climate.HEAT_WAVES) == {"climadiag_summer", "day_and_night"}
    for wave in climate.HEAT_WAVES.values():
        assert str(wave.window) in wave.label
        assert wave.reference


def test_the_normal_pools_the_days_around_and_goes_round_the_year() -> None:
    days = Days.of_dates(np.arange("1976-01-01", "2007-01-01", dtype="datetime64[D]"))
    values = np.where(days.month == 12, 10.0, 0.0)
    values[days.year == 2006] = 99  # outside the reference period
    normal = climate.daily_normal(values, days)
    first = (days.year == 2006) & (days.month == 1) & (days.day == 1)
    assert normal[first].tolist() == pytest.approx([4.0])  # 30 and 31 December, 1 to 3 January
    july = (days.year == 2006) & (days.month == 7)
    assert np.abs(normal[july]).max() == 0
    leap = (days.month == 2) & (days.day == 29)
    assert np.isfinite(normal[leap]).all()


def test_without_the_reference_period_there_is_no_normal() -> None:
    days = year_of(2050)
    normal = climate.daily_normal(np.zeros(365), days)
    assert np.isnan(normal).all()
    assert np.isnan(climate.heat_wave_days_climadiag(np.zeros(365), normal, days)).all()


def test_too_many_missing_days_make_a_year_empty_and_not_zero() -> None:
    days = year_of()
    tmax = np.full((365, 2), 20.0)
    tmax[:15, 0] = np.nan
    tmax[:16, 1] = np.nan
    found = climate.days_above(tmax, days, climate.HOT_DAY_C)
    assert found.shape == (1, 2)
    assert found[0, 0] == 0
    assert np.isnan(found[0, 1])
    assert np.isnan(climate.days_above(tmax, days, 30.0, max_missing=10)).all()
    for kernel in (
        climate.longest_dry_spell(tmax, days),
        climate.heavy_rain_days(tmax, days),
        climate.maximum_rain(tmax, days, window=5),
        climate.heating_degree_days(tmax, days),
        climate.cooling_degree_days(tmax, days),
        climate.heat_wave_days_day_and_night(tmax, tmax, days),
    ):
        assert np.isfinite(kernel[0, 0])
        assert np.isnan(kernel[0, 1])


def test_a_year_that_is_cut_is_empty() -> None:
    days = Days.of_dates(np.arange("2001-07-01", "2003-01-01", dtype="datetime64[D]"))
    found = climate.days_above(np.full(len(days.year), 31.0), days, 30.0)
    assert np.isnan(found[0])
    assert found[1] == 365


@pytest.mark.parametrize(("calendar", "length"), [("360_day", 360), ("noleap", 365)])
def test_other_calendars_have_years_of_their_own_length(calendar: str, length: int) -> None:
    days = year_of(2004, calendar)
    assert len(days.year) == length
    assert days.length_of_year(2004) == length
    assert (days.month[0], days.day[0], days.month[-1]) == (1, 1, 12)
    assert climate.days_above(np.full(length, 31.0), days, 30.0).tolist() == [length]
    assert not ((days.month == 2) & (days.day == 29)).any() or calendar == "360_day"


@given(st.integers(-40_000, 80_000))
def test_numbers_of_days_come_back(number: int) -> None:
    days = Days.of_ordinals(np.array([number]), "standard")
    assert days.ordinal.tolist() == [number]
    for calendar in ("noleap", "360_day", "all_leap"):
        other = Days.of_ordinals(np.array([number + 700_000]), calendar)
        assert other.ordinal.tolist() == [number + 700_000]


def test_days_that_do_not_follow_one_another_are_refused() -> None:
    with pytest.raises(BadInput, match=r"after 2001-01-02 is 2001-01-04.*NaN"):
        Days.of_dates(["2001-01-01", "2001-01-02", "2001-01-04"])
    with pytest.raises(BadInput, match="lunar"):
        Days(year=np.array([1]), month=np.array([1]), day=np.array([1]), calendar="lunar")


def test_an_array_of_another_length_is_refused() -> None:
    with pytest.raises(BadInput, match="365 days"):
        climate.heavy_rain_days(np.zeros(10), year_of())


SIX_YEARS = np.arange("1999-01-01", "2005-01-01", dtype="datetime64[D]")


def weather(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random tmin, tmax (°C) and rain (mm/day) of six years at three points, with missing days."""
    rng = np.random.default_rng(seed)
    season = -np.cos(np.arange(len(SIX_YEARS)) / 365.25 * 2 * np.pi)[:, None]
    shape = (len(SIX_YEARS), 3)
    # Slow noise makes spells.
    noise = rng.normal(0, 1, shape).cumsum(axis=0) * 0.2
    noise -= noise.mean(axis=0)
    tmean = 15 + 9 * season + noise + rng.normal(0, 3, shape)
    tmin, tmax = tmean - rng.uniform(1, 6, shape), tmean + rng.uniform(1, 8, shape)
    rain = np.where(rng.random(shape) < 0.6, 0, rng.gamma(0.6, 12, shape))
    for values in (tmin, tmax, rain):
        values[rng.random(shape) < 0.008] = np.nan
    return tmin, tmax, rain


# xclim takes several seconds to import, so only this test does.
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kernels_agree_with_xclim(seed: int) -> None:
    with warnings.catch_warnings():
        # What xclim and its dependencies say of one another at import is not ours to mend.
        warnings.simplefilter("ignore")
        xr = pytest.importorskip("xarray")
        indices = pytest.importorskip("xclim.indices")
    tmin, tmax, rain = weather(seed)
    days = Days.of_dates(SIX_YEARS)

    def array(values: np.ndarray, units: str, name: str) -> object:
        return xr.DataArray(
            values,
            dims=("time", "point"),
            coords={"time": SIX_YEARS.astype("datetime64[ns]")},
            attrs={"units": units, "standard_name": name},
        )

    tn = array(tmin, "degC", "air_temperature")
    tx = array(tmax, "degC", "air_temperature")
    tas = array((tmin + tmax) / 2, "degC", "air_temperature")
    pr = array(rain, "mm/day", "precipitation_flux")
    mean = (tmin + tmax) / 2
    every = 30  # few days are missing: no year is emptied, as xclim's indices empty none
    pairs = {
        "hot": (
            climate.days_above(tmax, days, 30.0, max_missing=every),
            lambda: indices.tx_days_above(tx, "30 degC"),
        ),
        "very hot": (
            climate.days_above(tmax, days, 35.0, max_missing=every),
            lambda: indices.tx_days_above(tx, "35 degC"),
        ),
        "nights": (
            climate.nights_above(tmin, days, operator=">", max_missing=every),
            lambda: indices.tn_days_above(tn, "20 degC"),
        ),
        "nights, at least": (
            climate.nights_above(tmin, days, operator=">=", max_missing=every),
            lambda: indices.tn_days_above(tn, "20 degC", op=">="),
        ),
        "heat waves": (
            climate.heat_wave_days_day_and_night(
                tmin, tmax, days, threshold_tmin=18, threshold_tmax=25, max_missing=every
            ),
            lambda: indices.heat_wave_total_length(tn, tx, "18 degC", "25 degC", window=3),
        ),
        "dry spell": (
            climate.longest_dry_spell(rain, days, max_missing=every),
            lambda: indices.maximum_consecutive_dry_days(pr, "1 mm/day"),
        ),
        "heavy rain": (
            climate.heavy_rain_days(rain, days, max_missing=every),
            lambda: indices.wetdays(pr, "20 mm/day", op=">="),
        ),
        "one day": (
            climate.maximum_rain(rain, days, window=1, max_missing=every),
            lambda: indices.max_1day_precipitation_amount(pr),
        ),
        "five days": (
            climate.maximum_rain(rain, days, window=5, max_missing=every),
            lambda: indices.max_n_day_precipitation_amount(pr, window=5),
        ),
        "heating": (
            climate.heating_degree_days(mean, days, max_missing=every),
            lambda: indices.heating_degree_days(tas, "17 degC"),
        ),
        "cooling": (
            climate.cooling_degree_days(mean, days, max_missing=every),
            lambda: indices.cooling_degree_days(tas, "18 degC"),
        ),
    }
    for name, (ours, theirs) in pairs.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            expected = theirs().transpose("time", "point").to_numpy()
        np.testing.assert_allclose(ours, expected, atol=1e-6, err_msg=name)
        assert np.nanmax(ours) > 0, name


# Ensembles.


def test_one_ensemble_member_is_refused() -> None:
    with pytest.raises(BadInput, match=r"EC-Earth3 alone is not an ensemble.*at least 2"):
        ensemble.ensemble({"EC-Earth3": [12.0]})
    with pytest.raises(BadInput, match="No member"):
        ensemble.ensemble({})


def test_an_ensemble_is_q05_q50_q95() -> None:
    spread = ensemble.ensemble({str(i): float(i) for i in range(21)})
    assert (float(spread.low), float(spread.median), float(spread.high)) == (1.0, 10.0, 19.0)
    assert int(spread.members) == 21


def test_members_without_a_value_are_not_counted() -> None:
    spread = ensemble.ensemble({"a": [1.0, np.nan], "b": [3.0, 5.0], "c": [np.nan, np.nan]})
    assert spread.members.tolist() == [2, 1]
    assert spread.median[0] == 2
    assert np.isnan(spread.median[1])  # one member is left: no ensemble there either


@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(2, 8), st.integers(1, 4)), elements=st.floats(-1e3, 1e3)
    )
)
def test_low_median_high_are_in_order(values: np.ndarray) -> None:
    spread = ensemble.ensemble({str(i): row for i, row in enumerate(values)})
    assert (spread.low <= spread.median).all()
    assert (spread.median <= spread.high).all()
    assert (values.min(axis=0) <= spread.low).all()
    assert (spread.high <= values.max(axis=0)).all()


# Warming levels.


def test_twenty_years_frame_the_pivot() -> None:
    assert ensemble.window_of(2052) == (2042, 2061)
    assert ensemble.WARMING_LEVELS == {"2030": 2.0, "2050": 2.7, "2100": 4.0}


def test_a_member_that_does_not_reach_the_level_is_dropped_and_said() -> None:
    years = np.arange(2015, 2101)
    yearly = dict.fromkeys(("warm", "late", "cool"), (years, years - 2000.0))
    level = ensemble.means_at_level(yearly, {"warm": 2060.0, "late": 2098.0, "cool": np.nan})
    assert level.dropped == ("cool",)
    assert level.shortened == ("late",)
    assert level.means["warm"] == pytest.approx(59.5)  # 2050 to 2069
    assert level.means["late"] == pytest.approx(94.0)  # 2088 to 2100
    assert "2 of 3 simulations" in level.sentence()
    assert "1 of them" in level.sentence()


def test_a_member_without_its_years_or_pivot_is_refused() -> None:
    yearly = {"warm": (np.arange(2015, 2051), np.zeros(36))}
    with pytest.raises(BadInput, match=r"1 of the years 2050 to 2069"):
        ensemble.means_at_level(yearly, {"warm": 2060.0})
    with pytest.raises(BadInput, match="'warm' is not in the table of pivot years"):
        ensemble.means_at_level(yearly, {"other": 2060.0})
    with pytest.raises(BadInput, match="1976 to 2005"):
        ensemble.means_of_reference(yearly)


def test_an_empty_year_makes_the_mean_empty() -> None:
    years = np.arange(1976, 2006)
    values = np.ones((30, 2))
    values[3, 1] = np.nan
    mean = ensemble.means_of_reference({"a": (years, values)})["a"]
    assert mean[0] == 1
    assert np.isnan(mean[1])


def test_fewer_members_are_left_at_higher_levels(shared_data: Path) -> None:
    with (shared_data / "climate/tracc_pivot_years.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    left = {
        name: len(
            ensemble.means_at_level(
                {r["modele"]: (np.arange(2000, 2121), np.zeros(121)) for r in rows},
                {r["modele"]: float(r[name] or "nan") for r in rows},
            ).means
        )
        for name in ("2C", "2.7C", "4C")
    }
    assert left == {"2C": 17, "2.7C": 17, "4C": 9}


# Readings that are refused.


def test_consecutive_vintages_are_not_read_as_a_trend() -> None:
    ensemble.check_comparable(["TRACC-2023", "TRACC-2023"])
    with pytest.raises(BadInput, match=r"DRIAS-2020 and TRACC-2023.*not a trend"):
        ensemble.check_comparable(["TRACC-2023", "DRIAS-2020"])
