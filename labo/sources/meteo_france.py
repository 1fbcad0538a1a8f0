"""Météo-France: climate projections of DRIAS, as text exports and as daily NetCDF files."""

import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from labo import climate
from labo.climate import Days, FloatArray, IntArray
from labo.errors import BadInput
from labo.official import Columns, check_unique, read_csv, resolve_columns, tidy
from labo.source import SOURCES, Bounds, Source, SourceFile

if TYPE_CHECKING:
    import xarray as xr

PAGE = "https://www.drias-climat.fr/commande"
PAGE_SOCLEM = "https://www.data.gouv.fr/fr/organizations/meteo-france/"  # to check
# Indicators: tidy name and the official names of the annual value, TRACC-2023's first. TRACC-2023
# also has HDD18 and CDD22: other bases, so other numbers, and they are not taken for these.
INDICATORS: dict[str, tuple[str, ...]] = {
    "days_above_30": ("NORTX30D_yr", "NORTX30D", "NORTX30"),
    "days_above_35": ("NORTX35D_yr", "NORTX35D", "NORTX35"),
    "nights_above_20": ("NORTR_yr", "NORTR"),
    "heat_wave_days": ("NORTXHWD_yr", "NORTXHWD"),  # to check in TRACC-2023
    "longest_dry_spell": ("NORPXCDD_yr", "NORPXCDD"),
    "heavy_rain_days": ("NORPN20MM_yr", "NORPN20MM", "NORRR20D_yr"),  # to check in TRACC-2023
    "maximum_one_day_rain": ("NORRx1d_yr", "NORRx1d"),
    "heating_degree_days": ("NORHDD_yr", "NORHDD"),
    "cooling_degree_days": ("NORCDD_yr", "NORCDD"),
}
# Where a file gives the anomaly of an indicator, its name has A where the value has NOR.
CHANGES = {f"{name}_change": name for name in INDICATORS}
STATISTICS = tuple(climate.QUANTILES)
KEYS = ["point", "referential", "scenario", "horizon", "statistic"]
TIDY = [
    "point",
    "latitude",
    "longitude",
    "referential",
    "scenario",
    "horizon",
    "warming",
    "reference_period",
    "statistic",
    "members",
    *INDICATORS,
    *CHANGES,
]
PLACE: dict[str, tuple[str, ...]] = {
    "point": ("Point",),
    "latitude": ("Latitude",),
    "longitude": ("Longitude",),
    "horizon": ("Niveau", "Horizon", "Période", "Periode", "Integration"),
}
CONTEXT = ("contexte", "scenario")
SEASON = ("mois", "saison")
STATISTIC = ("quantile", "statistique")
ANNUAL = {"", "an", "annee", "annuel", "annuelle", "year", "yr"}
# How horizons are written. H1 to H3 are periods of dates, not levels of warming: other names.
HORIZONS = {
    "ref": "reference",
    "reference": "reference",
    "1976-2005": "reference",
    "gwl15": "2030",
    "2030": "2030",
    "gwl20": "2050",
    "2050": "2050",
    "gwl30": "2100",
    "2100": "2100",
    "h1": "2021-2050",
    "2021-2050": "2021-2050",
    "h2": "2041-2070",
    "2041-2070": "2041-2070",
    "h3": "2071-2100",
    "2071-2100": "2071-2100",
}
REFERENTIALS = {
    r"tracc\W?2023": "TRACC-2023",
    r"drias\W?2020": "DRIAS-2020",
    r"socle-?m": "SocleM-2025",
}
QUANTILE_WORDS = {
    "low": r"\bq0?5\b|\b0?5e? ?(er?|eme)? ?(per)?centile",
    "median": r"\bq50\b|\bmediane?\b",
    "high": r"\bq95\b|\b95 ?e?(me|eme)? ?(per)?centile",
}
REFERENCE_TEXT = "-".join(map(str, climate.REFERENCE_PERIOD))
# Points come every 8 km (SAFRAN): around a small territory the nearest may lie outside its bounds.
MARGIN_DEGREES = 0.1

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
# Below this many years, the normal of a calendar day is a matter of luck.
MIN_NORMAL_YEARS = 20


def folded(text: object) -> str:
    """Return a text in lower case without accents, to recognise names however they are written."""
    plain = unicodedata.normalize("NFKD", str(text).strip().lower())
    return "".join(c for c in plain if not unicodedata.combining(c))


# Text exports.


@dataclass
class _Block:
    """One extraction: what its # lines say, its columns, its rows; a file may hold several."""

    said: list[str]
    columns: list[str]
    line: int
    rows: list[list[str]] = field(default_factory=list)

    def value(self, word: str) -> str:
        """Return what stands after "word :" in the # lines, on that line or the next."""
        for at, line in enumerate(self.said):
            if folded(line).startswith(word) and ":" in line:
                after = [line.partition(":")[2].strip(), *(x.strip() for x in self.said[at + 1 :])]
                return next((x for x in after[:2] if x), "")
        return ""


def read_drias(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per point, horizon and statistic, from text exports of DRIAS (one, or a ZIP of them).

    Columns (`TIDY`): point, latitude, longitude (degrees), referential (TRACC-2023, DRIAS-2020 …),
    scenario, horizon ("reference", "2030", "2050", "2100", or dates such as "2021-2050"), warming
    (°C of mainland France above 1850-1900, NaN where the horizon is no level), reference_period,
    statistic (low|median|high), members (NaN where the file does not say), then `INDICATORS` (days,
    mm, °C·day per year) and, with _change, what the file gives as their anomalies.

    Exports of single models are summarised together; those of one model alone are refused.

    Raises:
        BadInput: no data, an unknown horizon or reference system, one model alone, values that
            cannot be, or see `labo.official.resolve_columns`.
    """
    blocks = [block for text in _texts(file) for block in _blocks(file, text)]
    if not blocks:
        raise BadInput(
            f"{file.path} has no row of data under a header that begins with Point;Latitude;"
            f"Longitude: order the export again at {PAGE}, in text format."
        )
    table = pd.concat([_tidy_block(file, block) for block in blocks], ignore_index=True)
    table = _inside(file, table, bounds)
    # Every extraction of one order repeats the reference period.
    table = table.drop_duplicates(ignore_index=True)
    table = _summarised(file, table)
    twice = table.duplicated(KEYS)
    if twice.any():
        row = table.loc[twice].iloc[0]
        raise BadInput(
            f"{file.path} gives point {row['point']} twice for {row['horizon']} "
            f"({row['statistic']}), with different values: keep one extraction of each."
        )
    for statistic in sorted(set(STATISTICS) - set(table["statistic"])):
        file.note("missing", 1, f"the {statistic} of the ensemble is not in the file")
    absent = [name for name in INDICATORS if table[name].isna().all()]
    table = table[TIDY].sort_values(KEYS, ignore_index=True)
    table.attrs = {}
    table.attrs["absent"] = absent
    return table


def _texts(file: SourceFile) -> list[list[str]]:
    """Return the lines of the text, or of each text in the ZIP."""
    try:
        if file.path.suffix.lower() != ".zip":
            return [_lines(file.path.read_bytes())]
        with zipfile.ZipFile(file.path) as archive:
            names = sorted(n for n in archive.namelist() if n.lower().endswith((".txt", ".csv")))
            return [_lines(archive.read(n)) for n in names if "__MACOSX" not in n]
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"{file.path} cannot be read ({error}): fetch it again.") from error


def _lines(content: bytes) -> list[str]:
    """Decode line by line: exports that were glued together may mix UTF-8 and Windows-1252."""
    lines = []
    for line in content.removeprefix(b"\xef\xbb\xbf").splitlines():
        try:
            lines.append(line.decode("utf-8").strip())
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace").strip())
    return lines


def _blocks(file: SourceFile, lines: Sequence[str]) -> list[_Block]:
    blocks: list[_Block] = []
    said: list[str] = []
    for number, line in enumerate(lines, start=1):
        bare = line.lstrip("#").strip()
        cells = [cell.strip() for cell in bare.split(";")]
        if cells[0].lower() == "point" and len(cells) > 1:
            while cells[-1] == "":
                cells.pop()
            blocks.append(_Block(said=said, columns=cells, line=number))
            said = []
        elif line.startswith(("#", "@")):
            said.append(bare)
        elif line:
            if not blocks:
                raise BadInput(
                    f"{file.path} has {line[:40]!r} on line {number} before any header that begins "
                    "with Point;Latitude;Longitude: order the export again with its header."
                )
            width = len(blocks[-1].columns)
            if len(cells) != width and not (len(cells) == width + 1 and cells[-1] == ""):
                raise BadInput(
                    f"{file.path} has {len(cells)} cells on line {number}, its header has {width}: "
                    "the file was cut or changed; fetch it again."
                )
            blocks[-1].rows.append(cells[:width])
    return [block for block in blocks if block.rows]


def _tidy_block(file: SourceFile, block: _Block) -> pd.DataFrame:
    table = pd.DataFrame(block.rows, columns=block.columns, dtype=object)
    wanted: Columns = {**PLACE, **INDICATORS}
    names: dict[str, str | None] = resolve_columns(file, wanted, block.columns)
    by_folded = {folded(name): name for name in block.columns}
    for tidy_name, official in CHANGES.items():
        anomalies = [folded(o).replace("nor", "a", 1) for o in INDICATORS[official]]
        if found := next((by_folded[a] for a in anomalies if a in by_folded), None):
            names[tidy_name] = found
    context, season, statistic = (
        next((by_folded[w] for w in words if w in by_folded), None)
        for words in (CONTEXT, SEASON, STATISTIC)
    )
    used = {*names.values(), context, season, statistic}
    if ignored := [c for c in block.columns if c not in used]:
        file.note("rejected", len(ignored), f"columns that are not read: {', '.join(ignored)}")
    if season is not None:
        annual = table[season].map(folded).isin(ANNUAL)
        if not annual.any():
            raise BadInput(
                f"{file.path} has the {season.lower()} {table[season].iloc[0]!r}; expected annual "
                f"indicators: order them by year at {PAGE}."
            )
        if not annual.all():
            file.note("rejected", int((~annual).sum()), f"rows of one {season.lower()}")
            table = table[annual].reset_index(drop=True)
    contexts = table[context].astype(str) if context else pd.Series([""] * len(table))
    cells = table[statistic].astype(str) if statistic else pd.Series([""] * len(table))
    kept = [official for official in names.values() if official is not None]
    result = tidy(
        file, table[kept], names, ("point", "horizon"), first_line=block.line + 1
    ).reindex(columns=[*PLACE, *INDICATORS, *CHANGES])
    _check_values(file, result)
    horizons = {x: _horizon(file, x) for x in result["horizon"].unique()}
    result["horizon"] = result["horizon"].map(horizons)
    said = folded(" ".join(block.said))
    levels = result["horizon"].map(climate.WARMING_LEVELS)
    # A national export repeats few contexts: each is read once.
    referentials = {x: _referential(file, said, x) for x in contexts.map(folded).unique()}
    result["referential"] = contexts.map(folded).map(referentials)
    result["scenario"] = contexts.where(~contexts.map(folded).str.contains("ref|tracc|drias"), "")
    result["warming"] = levels.astype(float)
    result["reference_period"] = REFERENCE_TEXT
    member = block.value("modele")
    rows = cells.map(folded) + " " + contexts.map(folded)
    result["statistic"] = rows.map({x: _statistic(file, x, said, member) for x in rows.unique()})
    simulations = re.search(r"(\d+) (simulations|modeles)", said)
    result["members"] = float(simulations[1]) if simulations else np.nan
    return result


def _horizon(file: SourceFile, value: object) -> str:
    found = HORIZONS.get(re.sub(r"[\[\] ]", "", folded(value)))
    if found is None:
        raise BadInput(
            f"{file.path} has the horizon {str(value)!r}; expected one of {', '.join(HORIZONS)}: "
            "another product was ordered, or the file is of a reference system not known yet."
        )
    return found


def _referential(file: SourceFile, said: str, context: str) -> str:
    """Return the reference system, from the row's context, else from the # lines.

    It is never guessed from RCP and H1 to H3: DRIAS-2014 has the same words.
    """
    for text in (context, said):
        found = {name for pattern, name in REFERENTIALS.items() if re.search(pattern, text)}
        if len(found) == 1:
            return found.pop()
    raise BadInput(
        f"{file.path} says neither in its # lines nor in its context ({context!r}) of which "
        f"reference system its values are; expected one of {', '.join(REFERENTIALS.values())}: "
        "add a line such as '# Jeu de données : TRACC-2023' that repeats the order."
    )


def _statistic(file: SourceFile, row: str, said: str, member: str) -> str:
    """Return low, median or high, or "member …" for a row of a single model."""
    for text in (row, said):
        found = [name for name, pattern in QUANTILE_WORDS.items() if re.search(pattern, text)]
        if len(found) == 1:
            return found[0]
    if member:
        return f"member {member}"
    raise BadInput(
        f"{file.path} says neither which quantile of the ensemble (Q05, Q50, Q95) nor which model "
        f"its values are of: order quantiles at {PAGE}, with the header lines."
    )


def _check_values(file: SourceFile, table: pd.DataFrame) -> None:
    for name, low, high in (
        ("latitude", -90, 90),
        ("longitude", -180, 180),
        *((x, 0, 366) for x in INDICATORS if not x.endswith(("degree_days", "rain"))),
        *((x, 0, 20_000) for x in INDICATORS if x.endswith(("degree_days", "rain"))),
    ):
        wrong = ~(table[name].between(low, high) | table[name].isna())
        if wrong.any():
            raise BadInput(
                f"{file.path} has {name} = {table.loc[wrong, name].iloc[0]:g} at point "
                f"{table.loc[wrong, 'point'].iloc[0]}; expected {low} to {high}: the columns may "
                "have been shifted; fetch it again."
            )


def _inside(file: SourceFile, table: pd.DataFrame, bounds: Bounds | None) -> pd.DataFrame:
    if bounds is None:
        return table
    west, south, east, north = bounds
    near = table["longitude"].between(west - MARGIN_DEGREES, east + MARGIN_DEGREES)
    near &= table["latitude"].between(south - MARGIN_DEGREES, north + MARGIN_DEGREES)
    if not near.any():
        file.note("missing", len(table), "none of the file's points lies around the territory")
    return table[near]


def _summarised(file: SourceFile, table: pd.DataFrame) -> pd.DataFrame:
    """Return quantiles; rows of single models become those of their ensemble.

    Raises:
        BadInput: there is only one model.
    """
    single = table["statistic"].str.startswith("member ")
    if not single.any():
        return table
    members = table[single]
    columns = [*INDICATORS, *CHANGES]
    by = {str(name): rows for name, rows in members.groupby("statistic", sort=True)}
    rest = [name for name in KEYS if name != "statistic"]
    indexes = [rows.set_index(rest).index for rows in by.values()]
    where = indexes[0]
    for index in indexes[1:]:
        where = where.union(index)
    if where.has_duplicates:
        raise BadInput(f"{file.path} gives one model twice at point {where[0][0]}: keep one.")
    spread = climate.ensemble(
        {
            n.removeprefix("member "): r.set_index(rest)[columns].reindex(where)
            for n, r in by.items()
        }
    )
    places = members.drop_duplicates(rest).set_index(rest).loc[where]
    return pd.concat(
        [table[~single], *_as_statistics(places.reset_index(), spread, columns, len(by))],
        ignore_index=True,
    )


def _as_statistics(
    places: pd.DataFrame,
    spread: climate.Spread,
    columns: Sequence[str],
    members: float | FloatArray,
) -> Iterator[pd.DataFrame]:
    for name in STATISTICS:
        rows = places.copy()
        rows[list(columns)] = getattr(spread, name)
        rows["statistic"] = name
        rows["members"] = members
        yield rows


# Daily series.


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
                series += _read_series(file, path, bounds)
        tables.append(_yearly(file, member, series))
    table = pd.concat(tables, ignore_index=True)
    table.attrs = {"absent": [name for name in INDICATORS if table[name].isna().all()]}
    return table


def _netcdf_names(file: SourceFile) -> list[str]:
    if file.path.suffix.lower() != ".zip":
        return [file.path.name]
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = sorted(n for n in archive.namelist() if n.lower().endswith(".nc"))
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"{file.path} is not a whole ZIP ({error}): fetch it again.") from error
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
        except (zipfile.BadZipFile, OSError) as error:
            raise BadInput(f"{name} of {file.path} cannot be unpacked ({error}).") from error
        yield path


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
        BadInput: one simulation alone, or see `climate.means_at_level`.
    """
    columns = list(INDICATORS)
    series = {
        str(member): (rows["year"].to_numpy(), rows[columns].to_numpy(float))
        for member, rows in yearly.groupby("member", sort=True)
    }
    climate.ensemble(dict.fromkeys(series, 0.0))  # refuses one alone before any averaging
    past = all((years <= climate.REFERENCE_PERIOD[1]).any() for years, _ in series.values())
    reference = climate.means_of_reference(series) if past else {}
    nothing = np.full(len(columns), np.nan)
    said: dict[str, str] = {}
    parts: list[pd.DataFrame] = []
    for horizon in (["reference"] if past else []) + list(climate.WARMING_LEVELS):
        means = reference
        if horizon != "reference":
            year_of = dict(zip(pivots["member"], pivots[f"pivot_{horizon}"], strict=True))
            level = climate.means_at_level(series, year_of)
            means, said[horizon] = level.means, level.sentence()
        if len(means) < climate.MIN_MEMBERS:
            continue
        change = {m: x - reference.get(m, nothing) for m, x in means.items()}
        spread = climate.ensemble({m: np.concatenate([means[m], change[m]]) for m in means})
        place = (
            yearly[["point", "latitude", "longitude"]]
            .head(1)
            .assign(
                referential="SocleM-2025",  # to check: how the producer will name it
                scenario="ssp370",
                horizon=horizon,
                warming=climate.WARMING_LEVELS.get(horizon, np.nan),
                reference_period=REFERENCE_TEXT,
            )
        )
        parts += _as_statistics(place, spread, [*INDICATORS, *CHANGES], len(means))
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


_common: dict[str, Any] = {
    "producer": "Météo-France (DRIAS)",
    "licence": "Licence Ouverte 2.0",
    "url": None,
    "crs": None,
    "scope": "national",
}
SOURCES.add(
    Source(
        id="drias_tracc_2023",
        dataset="drias_indicators",
        label="DRIAS, indicateurs climatiques par niveau de réchauffement (TRACC-2023)",
        vintage="2023",
        page=PAGE,
        format="txt",
        read=read_drias,
        **_common,
    )
)
SOURCES.add(
    Source(
        id="drias_soclem_2025",
        dataset="drias_daily",
        label="SocleM-Climat 2025, projections quotidiennes corrigées",
        vintage="2025",
        page=PAGE_SOCLEM,
        format="zip",
        read=read_daily,
        **_common,
    )
)
SOURCES.add(
    Source(
        id="drias_tracc_pivots",
        dataset="tracc_pivots",
        label="Années pivots de la TRACC pour chaque simulation",
        vintage="2025",
        page=PAGE,
        format="csv",
        read=read_pivots,
        **_common,
    )
)
