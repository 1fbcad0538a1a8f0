"""Météo-France: SocleM-Climat, daily projections, and the pivot years of each simulation."""

import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from labo import apart, archives, climate, ensemble
from labo.climate import Days, FloatArray, IntArray
from labo.errors import BadInput
from labo.official import Columns, check_unique, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.sources.meteo_france import (
    CHANGES,
    INDICATORS,
    KEYS,
    MARGIN_DEGREES,
    REFERENCE_TEXT,
    TIDY,
    as_statistics,
)

if TYPE_CHECKING:
    import xarray as xr

PAGE = "https://www.data.gouv.fr/fr/organizations/meteo-france/"  # to check
PAGE_PIVOTS = "https://www.drias-climat.fr/commande"
# Daily variables: short name, official names.
VARIABLES = {
    "tmin": ("tasminAdjust", "tasmin"),
    "tmax": ("tasmaxAdjust", "tasmax"),
    "rain": ("prAdjust", "pr"),
}
CELSIUS = {"degc", "°c", "celsius", "degrees_celsius", "degree_celsius", "deg_c", "c"}
MM_PER_DAY = {"mm/day", "mm day-1", "mm d-1", "mm/d", "kg m-2 day-1", "kg m-2 d-1"}
ZERO_CELSIUS_K = 273.15
SECONDS_PER_DAY = 86_400
# What air can be (°C) and rain can fall (mm/day): outside, the unit that the file says is wrong.
PLAUSIBLE = {"tmin": (-60.0, 45.0), "tmax": (-50.0, 65.0), "rain": (-0.01, 2_000.0)}
FILE_NAME = re.compile(
    r"^(?P<variable>[A-Za-z]+)_[^_]+_(?P<gcm>[^_]+)_(?P<scenario>[^_]+)_(?P<run>r\d+i\d+p\d+f\d+)_"
    r"[^_]+_(?P<rcm>[^_]+)_"
)
SIMULATION = re.compile(
    r"^(?P<gcm>[^_]+)_(?P<scenario>[^_]+)_(?P<run>r\d+i\d+p\d+f\d+)_(?P<rcm>[^_]+)"
)
TIME_UNITS = re.compile(
    r"^(?P<step>days|hours) since (?P<y>\d{1,4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"(?:[ T](?P<H>\d{1,2}):(?P<M>\d{2}))?"
)
# How long reading a daily file may take: more than any does from a slow disk.
LEAST_SECONDS, BYTES_PER_SECOND = 60, 1_000_000
# Projections go from 1950 to 2100.
MOST_DAYS = 366 * 300
# Below this many years, the normal of a calendar day is a matter of luck.
MIN_NORMAL_YEARS = 20


@dataclass(frozen=True)
class _Series:
    """One variable in the cells of a territory: days by number, values (time, cells)."""

    name: str
    calendar: str
    ordinal: IntArray
    cells: FloatArray  # latitude, longitude: (2, cells)
    values: FloatArray


def read_daily(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per simulation and year, from the daily NetCDF files of SocleM (a ZIP of them).

    Columns: member (GCM_run_RCM), point, latitude, longitude, year, and `INDICATORS`, each computed
    in every cell whose centre lies in `bounds` and then averaged (in the nearest cell where there
    is none). Nights are counted with >=, heat waves as `climate.CLIMADIAG_SUMMER`, degree days on
    (Tmin + Tmax) / 2. `tracc_indicators` makes the table of `read_drias` of it.

    Raises:
        BadInput: no bounds, names, units, calendars or values that are not as expected, a variable
            is lacking, or a file that is cut.
    """
    if bounds is None:
        raise BadInput(
            f"{file.path} covers the country day by day: say the territory's bounds, because "
            f"{file.source.id} is never read whole."
        )
    groups: dict[str, list[str]] = {}
    for name in _netcdf_names(file):
        found = FILE_NAME.match(name.rpartition("/")[2])
        if found is None:
            raise BadInput(
                f"{file.path} holds {name!r}; expected names such as tasmaxAdjust_FR-Metro_"
                "EC-Earth3_ssp370_r1i1p1f1_KNMI_RACMO23E_….nc, which say the simulation."
            )
        groups.setdefault(f"{found['gcm']}_{found['run']}_{found['rcm']}", []).append(name)
    tables = []
    for member, names in sorted(groups.items()):
        series: list[_Series] = []
        for name in names:
            with _unpacked(file, name) as path:
                series += _read_apart(file, path, bounds)
        tables.append(_yearly(file, member, series))
    table = pd.concat(tables, ignore_index=True)
    table.attrs = {"absent": [name for name in INDICATORS if table[name].isna().all()]}
    return table


def _netcdf_names(file: SourceFile) -> list[str]:
    if file.path.suffix.lower() != ".zip":
        return [file.path.name]
    names = sorted(n for n in archives.names(file.path) if n.lower().endswith(".nc"))
    if not names:
        raise BadInput(f"{file.path} holds no NetCDF file (.nc): give the daily files in one ZIP.")
    return names


@contextmanager
def _unpacked(file: SourceFile, name: str) -> Iterator[Path]:
    """Give the path of one NetCDF file; out of a ZIP, one at a time: they have gigabytes."""
    if file.path.suffix.lower() != ".zip":
        yield file.path
        return
    with tempfile.TemporaryDirectory(prefix="labo-") as folder:
        try:
            with zipfile.ZipFile(file.path) as archive:
                path = Path(archive.extract(name, folder))
        except archives.BROKEN as error:
            raise BadInput(f"{name} of {file.path} cannot be unpacked ({error}).") from error
        yield path


def _read_apart(file: SourceFile, path: Path, bounds: Bounds) -> list[_Series]:
    """Read one file in a process apart: HDF5 can be kept busy for ever by a damaged one."""
    seconds = LEAST_SECONDS + path.stat().st_size // BYTES_PER_SECOND
    try:
        return apart.call(seconds, _read_series, file, path, bounds)
    except apart.Died as error:
        raise BadInput(
            f"{path.name} in {file.path} cannot be read as NetCDF-4 ({error}): it was probably cut "
            "while downloading; fetch it again."
        ) from error


def _read_series(file: SourceFile, path: Path, bounds: Bounds) -> list[_Series]:
    """Read the variables of one file, only in the cells of the territory."""
    import xarray as xr  # slow to import, and most diagnoses read no NetCDF

    try:
        # Times are decoded here: xarray needs one more library for calendars of 360 days.
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as data:
            found = {
                short: data[name]
                for short, official in VARIABLES.items()
                for name in data.data_vars
                if str(name).lower() in {o.lower() for o in official}
            }
            return [_one_series(file, data, short, x, bounds) for short, x in found.items()]
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadInput(
            f"{path.name} in {file.path} is not a readable NetCDF-4 file of daily values on a grid "
            f"({error}): it was probably cut while downloading; fetch it again."
        ) from error


def _one_series(
    file: SourceFile, data: "xr.Dataset", short: str, array: "xr.DataArray", bounds: Bounds
) -> _Series:
    array = array.squeeze([d for d in array.dims if array.sizes[d] == 1 and d != "time"], drop=True)
    lat, lon = (
        next(data[n] for n in data.variables if str(n).lower() in names)
        for names in ({"lat", "latitude"}, {"lon", "longitude"})
    )
    if lat.ndim == 1:
        y_dim, x_dim = lat.dims[0], lon.dims[0]
        lats, lons = np.meshgrid(lat.to_numpy(), lon.to_numpy(), indexing="ij")
    else:
        y_dim, x_dim = lat.dims
        lats, lons = lat.to_numpy(), lon.to_numpy()
    array = array.transpose("time", y_dim, x_dim, missing_dims="ignore")
    # Some grids count longitudes from 0 to 360.
    lats, lons = lats.astype(float), np.where(lons > 180, lons - 360.0, lons)
    rows, columns = _cells(file, lats, lons, bounds)
    if array.ndim == 3:
        y, x = (slice(int(i.min()), int(i.max()) + 1) for i in (rows, columns))
        window = array[:, y, x].to_numpy()[:, rows - y.start, columns - x.start]
    else:  # a grid of one cell
        window = array.to_numpy().reshape(array.sizes["time"], -1)[:, :1]
    calendar, ordinal = _ordinals(file, data["time"])
    return _Series(
        name=short,
        calendar=calendar,
        ordinal=ordinal,
        cells=np.stack([lats[rows, columns], lons[rows, columns]]),
        values=_in_unit(file, short, window.astype(float), str(array.attrs.get("units", ""))),
    )


def _cells(
    file: SourceFile, lats: FloatArray, lons: FloatArray, bounds: Bounds
) -> tuple[IntArray, IntArray]:
    """Return rows and columns of the cells inside the bounds, else of the nearest to their middle.

    Raises:
        BadInput: the bounds lie outside the grid.
    """
    west, south, east, north = bounds
    middle = (south + north) / 2, (west + east) / 2
    if not (
        lats.min() - MARGIN_DEGREES <= middle[0] <= lats.max() + MARGIN_DEGREES
        and lons.min() - MARGIN_DEGREES <= middle[1] <= lons.max() + MARGIN_DEGREES
    ):
        raise BadInput(
            f"{file.path} covers {lons.min():.2f} to {lons.max():.2f} °E, {lats.min():.2f} to "
            f"{lats.max():.2f} °N, and the territory is around {middle[1]:.2f} °E, "
            f"{middle[0]:.2f} °N: give the file of that area."
        )
    inside = (lats >= south) & (lats <= north) & (lons >= west) & (lons <= east)
    if not inside.any():
        # A degree of longitude is shorter than one of latitude.
        across = (lons - middle[1]) * np.cos(np.radians(middle[0]))
        inside.flat[int(np.argmin((lats - middle[0]) ** 2 + across**2))] = True
    rows, columns = np.nonzero(inside)
    return rows.astype(np.int64), columns.astype(np.int64)


def _ordinals(file: SourceFile, time: "xr.DataArray") -> tuple[str, IntArray]:
    """Return the calendar and the number of each day (see `Days.ordinal`)."""
    said = str(time.attrs.get("calendar", "standard")).lower()
    units = TIME_UNITS.match(str(time.attrs.get("units", "")))
    if said not in climate.CALENDARS or units is None:
        raise BadInput(
            f"{file.path} counts time in {time.attrs.get('units')!r} of the calendar {said!r}; "
            "expected days or hours since a date, in one of "
            f"{', '.join(climate.CALENDARS)}: convert the file."
        )
    calendar = climate.CALENDARS[said]
    origin = climate.day_number(int(units["y"]), int(units["m"]), int(units["d"]), calendar)
    hours = int(units["H"] or 0) + int(units["M"] or 0) / 60
    steps = time.to_numpy().astype(float) / (24 if units["step"] == "hours" else 1)
    return calendar, np.floor(steps + hours / 24 + origin).astype(np.int64)


def _in_unit(file: SourceFile, short: str, values: FloatArray, unit: str) -> FloatArray:
    """Return °C or mm/day.

    Raises:
        BadInput: another unit, or values that deny it.
    """
    if short != "rain" and unit == "K":
        values = values - ZERO_CELSIUS_K
    elif short == "rain" and unit == "kg m-2 s-1":
        values = values * SECONDS_PER_DAY
    elif unit.lower() not in (MM_PER_DAY if short == "rain" else CELSIUS):
        raise BadInput(
            f"{file.path} gives {VARIABLES[short][0]} in {unit!r}; expected "
            f"{'kg m-2 s-1 or mm/day' if short == 'rain' else 'K or degC'}: convert the file."
        )
    low, high = PLAUSIBLE[short]
    wrong = (values < low) | (values > high)
    if wrong.any():
        raise BadInput(
            f"{file.path} has {VARIABLES[short][0]} = {values[wrong][0]:.4g} once read as "
            f"{unit!r}; expected {low:g} to {high:g}: its unit is not what it says."
        )
    return np.maximum(values, 0.0) if short == "rain" else values


def _yearly(file: SourceFile, member: str, series: Sequence[_Series]) -> pd.DataFrame:
    """Return one simulation's indicators, a row per year.

    Raises:
        BadInput: a variable is lacking, or its files do not fit together.
    """
    if lacking := [o[0] for n, o in VARIABLES.items() if n not in {s.name for s in series}]:
        raise BadInput(
            f"{file.path} lacks {', '.join(lacking)} for the simulation {member}: put the files of "
            "the three variables together."
        )
    one = series[0]
    if any(s.calendar != one.calendar or not np.array_equal(s.cells, one.cells) for s in series):
        raise BadInput(
            f"{file.path} has files of {member} in several calendars or on several grids: take "
            "them all from one production."
        )
    first = min(int(s.ordinal.min()) for s in series)
    last = max(int(s.ordinal.max()) for s in series)
    if last - first > MOST_DAYS:
        raise BadInput(
            f"{file.path} has days of {member} more than {MOST_DAYS // 366} years apart: its times "
            "are damaged; fetch it again."
        )
    # Years that are not there stay NaN: files may hold the reference period and one window only.
    whole = {n: np.full((last - first + 1, one.cells.shape[1]), np.nan) for n in VARIABLES}
    seen: dict[str, IntArray] = {}
    for s in series:
        seen[s.name] = np.concatenate([seen.get(s.name, np.array([], np.int64)), s.ordinal])
        whole[s.name][s.ordinal - first] = s.values
    if twice := [n for n, ordinals in seen.items() if len(np.unique(ordinals)) < len(ordinals)]:
        raise BadInput(
            f"{file.path} gives some days of {VARIABLES[twice[0]][0]} twice for {member}: leave "
            "out files that overlap."
        )
    land = ~np.any([np.isnan(x).all(axis=0) for x in whole.values()], axis=0)
    if not land.any():
        raise BadInput(f"{file.path} has no value of {member} in the territory: it may be sea.")
    days = Days.of_ordinals(np.arange(first, last + 1), one.calendar)
    values = _indicators(days, **{n: x[:, land] for n, x in whole.items()})
    count = int(land.sum())
    lat, lon = one.cells[:, land].mean(axis=1)
    table = pd.DataFrame({name: x.mean(axis=1) for name, x in values.items()})
    table.insert(0, "year", days.years)
    table.insert(0, "longitude", lon)
    table.insert(0, "latitude", lat)
    table.insert(0, "point", f"{count} cells" if count > 1 else "1 cell")
    table.insert(0, "member", member)
    if table["heat_wave_days"].isna().all():
        file.note("missing", 1, f"years of {REFERENCE_TEXT} for the normals of {member}")
    return table[table[list(INDICATORS)].notna().any(axis=1)]


def _indicators(
    days: Days, tmin: FloatArray, tmax: FloatArray, rain: FloatArray
) -> dict[str, FloatArray]:
    """Return every indicator (years, cells), in the order of `INDICATORS`."""
    mean = (tmin + tmax) / 2
    start, end = climate.REFERENCE_PERIOD
    known = np.unique(days.year[~np.isnan(tmax).all(axis=1)])
    enough = ((known >= start) & (known <= end)).sum() >= MIN_NORMAL_YEARS
    normal = climate.daily_normal(tmax, days) if enough else np.full_like(tmax, np.nan)
    return {
        "days_above_30": climate.days_above(tmax, days, climate.HOT_DAY_C),
        "days_above_35": climate.days_above(tmax, days, climate.VERY_HOT_DAY_C),
        "nights_above_20": climate.nights_above(tmin, days, operator=">="),
        "heat_wave_days": climate.heat_wave_days_climadiag(tmax, normal, days),
        "longest_dry_spell": climate.longest_dry_spell(rain, days),
        "heavy_rain_days": climate.heavy_rain_days(rain, days),
        "maximum_one_day_rain": climate.maximum_rain(rain, days, window=1),
        "heating_degree_days": climate.heating_degree_days(mean, days),
        "cooling_degree_days": climate.cooling_degree_days(mean, days),
    }


def tracc_indicators(yearly: pd.DataFrame, pivots: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `read_drias` (`TIDY`) from those of `read_daily` and `read_pivots`.

    Each simulation is averaged over 1976-2005 and over the 20 years around its pivot of each
    horizon; the ensemble is then summarised. attrs["said"] tells, by horizon, how many simulations
    are left; a horizon that fewer than two reach has no rows.

    Raises:
        BadInput: one simulation alone, or see `ensemble.means_at_level`.
    """
    columns = list(INDICATORS)
    series = {
        str(member): (rows["year"].to_numpy(), rows[columns].to_numpy(float))
        for member, rows in yearly.groupby("member", sort=True)
    }
    ensemble.ensemble(dict.fromkeys(series, 0.0))  # refuses one alone before any averaging
    past = all((years <= climate.REFERENCE_PERIOD[1]).any() for years, _ in series.values())
    reference = ensemble.means_of_reference(series) if past else {}
    nothing = np.full(len(columns), np.nan)
    said: dict[str, str] = {}
    parts: list[pd.DataFrame] = []
    for horizon in (["reference"] if past else []) + list(ensemble.WARMING_LEVELS):
        means = reference
        if horizon != "reference":
            year_of = dict(zip(pivots["member"], pivots[f"pivot_{horizon}"], strict=True))
            level = ensemble.means_at_level(series, year_of)
            means, said[horizon] = level.means, level.sentence()
        if len(means) < ensemble.MIN_MEMBERS:
            continue
        change = {m: x - reference.get(m, nothing) for m, x in means.items()}
        spread = ensemble.ensemble({m: np.concatenate([means[m], change[m]]) for m in means})
        place = (
            yearly[["point", "latitude", "longitude"]]
            .head(1)
            .assign(
                referential="SocleM-2025",  # to check: how the producer will name it
                scenario="ssp370",
                horizon=horizon,
                warming=ensemble.WARMING_LEVELS.get(horizon, np.nan),
                reference_period=REFERENCE_TEXT,
            )
        )
        parts += as_statistics(place, spread, [*INDICATORS, *CHANGES], len(means))
    table = pd.concat(parts, ignore_index=True)[TIDY].sort_values(KEYS, ignore_index=True)
    table.attrs = {"absent": [n for n in INDICATORS if table[n].isna().all()], "said": said}
    return table


def read_pivots(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per simulation: member, gcm, rcm, scenario, pivot_2030, pivot_2050, pivot_2100.

    The pivots are the years at which mainland France reaches +2, +2.7 and +4 °C in it, NaN where it
    does not before 2100.

    Raises:
        BadInput: a simulation given twice or without a readable name, years that cannot be or that
            go backwards, or see `labo.official.read_csv`.
    """
    del bounds
    names = {"pivot_2030": "2C", "pivot_2050": "2.7C", "pivot_2100": "4C"}
    columns: Columns = {
        "member": ("modele",),
        "gcm": ("GCM",),
        "rcm": ("RCM",),
        "scenario": ("scenario",),
    }
    table = read_csv(file, {**columns, **{t: (o,) for t, o in names.items()}}, text=tuple(columns))
    found = [SIMULATION.match(str(name)) for name in table["member"]]
    if table.empty or None in found:
        bad = "no row" if table.empty else repr(table["member"].iloc[found.index(None)])
        raise BadInput(
            f"{file.path} has {bad} where a simulation was expected, such as "
            "'EC-Earth3_ssp370_r1i1p1f1_RACMO23E_…': give the table of pivot years."
        )
    table["member"] = [f"{m['gcm']}_{m['run']}_{m['rcm']}" for m in found if m is not None]
    check_unique(file, table, "member")
    years = table[list(names)].to_numpy(float)
    impossible = (years < 1950) | (years > 2100) | (years % 1 != 0) & ~np.isnan(years)
    backwards = np.diff(np.nan_to_num(years, nan=np.inf), axis=1) < 0
    for wrong, what in ((impossible, "a pivot year that cannot be"), (backwards, "levels reached")):
        if wrong.any():
            row = int(wrong.any(axis=1).argmax())
            raise BadInput(
                f"{file.path} has {what} for {table['member'].iloc[row]}: {years[row].tolist()}; "
                "expected years up to 2100 that do not go backwards."
            )
    return table


SOURCES.add(
    Source(
        id="drias_soclem_2025",
        dataset="drias_daily",
        label="SocleM-Climat 2025, projections quotidiennes corrigées",
        producer="Météo-France (DRIAS)",
        licence="Licence Ouverte 2.0",
        vintage="2025",
        page=PAGE,
        format="zip",
        read=read_daily,
        url=None,
        crs=None,
        scope="national",
    )
)
SOURCES.add(
    Source(
        id="drias_tracc_pivots",
        dataset="tracc_pivots",
        label="Années pivots de la TRACC pour chaque simulation",
        producer="Météo-France (DRIAS)",
        licence="Licence Ouverte 2.0",
        vintage="2025",
        page=PAGE_PIVOTS,
        format="csv",
        read=read_pivots,
        inside=everything,
        url=None,
        crs=None,
        scope="national",
    )
)
