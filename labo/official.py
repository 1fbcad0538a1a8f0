"""How an official file is opened: archives, columns, coordinate systems, text encodings.

Readers in `labo/sources` say which columns they want; what is wrong with a file is said here, once,
with what was expected and what came.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from python_calamine import CalamineError, CalamineWorkbook

from labo.errors import BadInput
from labo.source import Bounds, SourceFile

# Tidy name -> the official spellings it may have, the usual one first.
Columns = Mapping[str, Sequence[str]]

HEADER_SEARCH_ROWS = 30
# A spreadsheet larger than this is not a table of neighbourhoods.
MAX_SHEET_ROWS = 200_000


def archive_member(path: Path, suffixes: Sequence[str], prefer: str = "") -> str:
    """Return the address, for GDAL, of the first file in a ZIP with one of these endings.

    `suffixes` go from the most to the least wanted, and a member whose name contains `prefer` wins.

    Raises:
        BadInput: not a whole ZIP, or nothing in it has such an ending.
    """
    members = _members(path)
    for suffix in suffixes:
        hits = [m for m in members if m.lower().endswith(suffix)]
        hits.sort(key=lambda m: (prefer.lower() not in m.lower(), len(m), m))
        if hits:
            return f"/vsizip/{path}/{hits[0]}"
    raise BadInput(
        f"{path} holds {', '.join(members[:5]) or 'nothing'}; expected a file ending in "
        f"{' or '.join(suffixes)}."
    )


def _members(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(
            f"{path} is not a whole ZIP archive ({error}): it was probably cut while downloading; "
            "delete it and fetch it again."
        ) from error


def read_vector(
    file: SourceFile,
    columns: Columns,
    bounds: Bounds | None = None,
    *,
    layer: str | None = None,
    prefer: str = "",
    geometry: bool = True,
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Read a vector file (GPKG, SHP, GeoJSON, alone, gzipped or in a ZIP) with tidy column names.

    Returns a table with one row per feature that meets `bounds`, the columns of `columns` (NaN when
    declared absent, then named in `attrs["absent"]`) and, with `geometry`, the repaired geometries
    in the CRS that the source declares.

    Raises:
        BadInput: not readable, another CRS than declared, or a column missing.
    """
    address = str(file.path)
    if file.path.suffix == ".zip":
        address = archive_member(file.path, (".gpkg", ".geojson", ".json", ".shp"), prefer)
    elif file.path.suffix == ".gz":
        address = f"/vsigzip/{file.path}"
    try:
        info = pyogrio.read_info(address, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise BadInput(
            f"{file.path} cannot be read as {file.source.format} ({error}): "
            "it may be damaged or of another format; fetch it again."
        ) from error
    names = resolve_columns(file, columns, info["fields"])
    _check_crs(file, info["crs"])
    try:
        table = pyogrio.read_dataframe(
            address,
            layer=layer,
            columns=[official for official in names.values() if official is not None],
            bbox=_bounds_in(file, bounds),
            read_geometry=geometry,
        )
    except pyogrio.errors.DataSourceError as error:
        raise BadInput(f"{file.path} breaks off while it is read ({error}).") from error
    table = tidy(table, names)
    return repair(file, table) if geometry else table


def resolve_columns(
    file: SourceFile, columns: Columns, present: Iterable[str]
) -> dict[str, str | None]:
    """Return, for each tidy name, the official column in the file, or None if declared absent.

    Case does not matter: INSEE changes it from one vintage to the next.

    Raises:
        BadInput: columns are missing that were not declared absent.
    """
    present = list(present)
    by_lower = {str(name).lower(): str(name) for name in present}
    absent = {name.lower() for name in file.absent_columns}
    names: dict[str, str | None] = {}
    missing: list[str] = []
    for tidy_name, spellings in columns.items():
        found = next((by_lower[s.lower()] for s in spellings if s.lower() in by_lower), None)
        names[tidy_name] = found
        if found is None and not any(s.lower() in absent for s in spellings):
            missing.append(" or ".join(spellings))
    if missing:
        came = ", ".join(map(str, present[:40]))
        raise BadInput(
            f"{file.path} ({file.source.id}) lacks the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}; expected {', '.join(s[0] for s in columns.values())}; "
            f"came {came}. Another vintage needs its own source; a partial copy declares its "
            "absent_columns in mirror.toml."
        )
    return names


def tidy(table: pd.DataFrame, names: Mapping[str, str | None]) -> pd.DataFrame:
    """Rename official columns to tidy ones; absent ones are NaN and named in attrs["absent"]."""
    table = table.rename(columns={off: name for name, off in names.items() if off is not None})
    absent = [name for name, official in names.items() if official is None]
    for name in absent:
        table[name] = np.nan
    table.attrs["absent"] = absent
    return table


def _check_crs(file: SourceFile, found: str | None) -> None:
    declared = file.source.crs
    if declared is None:
        return
    if found is None:
        raise BadInput(f"{file.path} does not say its CRS; {declared} was expected.")
    # Axis order aside: OGC:CRS84 and EPSG:4326 are the same degrees.
    expected, came = pyproj.CRS(declared), pyproj.CRS(found)
    if expected.equals(came, ignore_axis_order=True):
        return
    if expected.is_geographic and came.is_geographic and expected.datum == came.datum:
        return
    raise BadInput(
        f"{file.path} is in {came.to_string()[:40]} ({came.name}), {declared} was expected: "
        "take the file in that system, or reproject it before giving it."
    )


def _bounds_in(file: SourceFile, bounds: Bounds | None) -> Bounds | None:
    if bounds is None or file.source.crs is None:
        return None
    transformer = pyproj.Transformer.from_crs("EPSG:4326", file.source.crs, always_xy=True)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return (west, south, east, north)


def repair(file: SourceFile, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make every geometry valid, and tell how many were not.

    Raises:
        BadInput: coordinates in metres in a file that says degrees.
    """
    geometry = table.geometry.array
    if len(table) and file.source.crs == "EPSG:4326":
        west, south, east, north = table.total_bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise BadInput(
                f"{file.path} says EPSG:4326 (degrees) but has coordinates such as "
                f"({west:.0f}, {south:.0f}): it is in another system."
            )
    broken = ~shapely.is_valid(np.asarray(geometry)) & ~np.asarray(geometry.isna())
    if broken.any():
        fixed = np.asarray(geometry).copy()
        fixed[broken] = shapely.make_valid(fixed[broken])
        table = table.set_geometry(gpd.GeoSeries(fixed, index=table.index, crs=table.crs))
        file.note("repaired", int(broken.sum()), f"{int(broken.sum())} invalid geometries repaired")
    return table


def read_csv(
    file: SourceFile, columns: Columns, *, text: Sequence[str] = (), prefer: str = ""
) -> pd.DataFrame:
    """Read a CSV file (`;` or `,`, UTF-8 or Windows-1252, alone or in a ZIP) with tidy names.

    Columns in `text` (tidy names) stay text, so that codes keep their leading zero; the others
    become numbers, empty cells NaN.

    Raises:
        BadInput: a column is missing, or a number is not one.
    """
    content = _text(file, prefer)
    sample = content[:4096]
    separator = ";" if sample.count(";") >= sample.count(",") else ","
    header = next(csv.reader(io.StringIO(sample), delimiter=separator), [])
    names = resolve_columns(file, columns, [name.strip() for name in header])
    try:
        table = pd.read_csv(
            io.StringIO(content),
            sep=separator,
            dtype=str,
            skipinitialspace=True,
            usecols=[official for official in names.values() if official is not None],
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise BadInput(f"{file.path} is not a regular CSV table ({error}).") from error
    table = tidy(table, names)
    return numbers(file, table, [name for name in columns if name not in text])


def _text(file: SourceFile, prefer: str) -> str:
    raw = file.path.read_bytes()
    if file.path.suffix == ".zip":
        member = archive_member(file.path, (".csv", ".txt"), prefer).removeprefix(
            f"/vsizip/{file.path}/"
        )
        with zipfile.ZipFile(file.path) as archive:
            raw = archive.read(member)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def read_sheet(file: SourceFile, columns: Columns, *, text: Sequence[str] = ()) -> pd.DataFrame:
    """Read the first sheet of an XLS or XLSX file whose header row stands below some notes.

    The header is the first row that holds the first wanted column.

    Raises:
        BadInput: not a spreadsheet, no such row, or a column is missing.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(file.path))
        rows = workbook.get_sheet_by_index(0).to_python(nrows=MAX_SHEET_ROWS)
    except (CalamineError, OSError) as error:
        raise BadInput(f"{file.path} is not a readable XLS or XLSX file ({error}).") from error
    key = [s.lower() for s in next(iter(columns.values()))]
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        header = [str(value).strip() for value in row]
        if any(name.lower() in key for name in header):
            break
    else:
        raise BadInput(
            f"{file.path} has no row holding {key[0].upper()!r} in its first "
            f"{HEADER_SEARCH_ROWS} rows: another sheet or another file was given."
        )
    names = resolve_columns(file, columns, header)
    table = tidy(pd.DataFrame(rows[index + 1 :], columns=header).astype(str), names)
    table = table[list(columns)].replace({"": None, "nan": None})
    return numbers(file, table, [name for name in columns if name not in text])


def numbers(file: SourceFile, table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Turn text columns into numbers, a French decimal comma included; empty stays NaN.

    Raises:
        BadInput: a value is not a number.
    """
    for name in names:
        values = table[name]
        if pd.api.types.is_numeric_dtype(values):
            continue
        parsed = pd.to_numeric(values.str.replace(",", ".", regex=False), errors="coerce")
        wrong = parsed.isna() & values.notna() & ~values.isin(["", "NA", "nd", "ns", "s"])
        if wrong.any():
            raise BadInput(
                f"{file.path} has {values[wrong].iloc[0]!r} in column {name!r} (line "
                f"{int(wrong.to_numpy().argmax()) + 2}), where a number was expected."
            )
        table[name] = parsed
    return table
