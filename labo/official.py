"""How an official file is opened: archives, columns, coordinate systems, text encodings.

Readers in `labo/sources` say which columns they want; what is wrong with a file is said here, once,
with what was expected and what came.
"""

import codecs
import csv
import errno
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from python_calamine import CalamineError, CalamineWorkbook

from labo import archives
from labo.errors import BadInput
from labo.projection import way
from labo.source import Bounds, SourceFile

# Tidy name -> the official spellings it may have, the usual one first.
Columns = Mapping[str, Sequence[str]]

VECTOR = (".gpkg", ".geojson", ".json", ".shp")
HEADER_SEARCH_ROWS = 30
# A spreadsheet larger than this is not a table of neighbourhoods.
MAX_SHEET_ROWS = 200_000
# How INSEE writes that a figure is unknown, or kept secret.
NO_VALUE = ("", "NA", "nd", "ns", "s")
BLOCK_BYTES = 1 << 20
VECTOR_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    # Names of columns in another encoding; contours that cannot be drawn.
    UnicodeDecodeError,
    shapely.GEOSException,
)
# The disk is full or closed to us, which is no fault of the archive.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENAMETOOLONG)


def archive_member(path: Path, endings: Sequence[str], prefer: str = "") -> str:
    """Return the name of the file to read in a ZIP.

    One whose name contains `prefer` wins, then one of an earlier ending, then the shortest name.

    Raises:
        BadInput: not a whole ZIP, or nothing in it has such an ending.
    """
    members = [m for m in archives.names(path) if not m.endswith("/")]
    # Archives made on a Mac hold a shadow of every file.
    hits = [m for m in members if _ending(m, endings) is not None and "__MACOSX" not in m]
    if not hits:
        raise BadInput(
            f"{path} holds {', '.join(members[:5]) or 'nothing'}; expected a file ending in "
            f"{' or '.join(endings)}: unpack it and name the right file in mirror.toml."
        )
    return min(
        hits,
        key=lambda m: (
            prefer.lower() not in m.rpartition("/")[2].lower(),
            _ending(m, endings),
            len(m),
            m,
        ),
    )


def _ending(member: str, endings: Sequence[str]) -> int | None:
    found = [i for i, ending in enumerate(endings) if member.lower().endswith(ending)]
    return found[0] if found else None


@contextmanager
def _opened(file: SourceFile, prefer: str) -> Iterator[tuple[str, str | None]]:
    """Give GDAL's address and layer of a vector file.

    A GeoPackage is a database: inside a ZIP, GDAL would unpack it again at every step backwards,
    which takes minutes for a national file, so it is first copied out.
    """
    suffix = file.path.suffix.lower()
    with tempfile.TemporaryDirectory(prefix="labo-") as folder:
        address = str(file.path)
        if suffix == ".zip":
            member = archive_member(file.path, VECTOR, prefer)
            address = f"/vsizip/{{{file.path}}}/{member}"
            if member.lower().endswith(".gpkg"):
                address = _unpacked(file.path, member, folder)
        elif suffix == ".gz":
            address = f"/vsigzip/{file.path}"
        elif suffix == ".shp":
            _check_whole_shapefile(file.path)
        try:
            yield address, file.once(("layer", prefer), lambda: _layer(address, prefer))
        except VECTOR_ERRORS as error:
            raise BadInput(
                f"{file.path} cannot be read as {file.source.label!r} ({error}): it may be "
                "damaged or of another format; fetch it again."
            ) from error


def _check_whole_shapefile(path: Path) -> None:
    """Refuse a shapefile that was cut: GDAL reads what is lost as empty contours.

    Raises:
        BadInput: it is shorter than its header says (bytes 24 to 27, in words of two bytes).
    """
    with path.open("rb") as stream:
        declared = 2 * int.from_bytes(stream.read(28)[24:], "big")
    if (size := path.stat().st_size) < declared:
        raise BadInput(
            f"{path} has {size} bytes, its header says {declared}: it was probably cut while it "
            "was copied; fetch it again."
        )


def _unpacked(path: Path, member: str, folder: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.extract(member, folder)
    except archives.BROKEN as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise BadInput(
                f"{path} could not be unpacked into {folder} ({error.strerror or error}): make "
                "room there, or unpack it yourself and name the file in mirror.toml."
            ) from error
        raise BadInput(f"{path} is damaged ({error}): delete it and fetch it again.") from error


def _layer(address: str, prefer: str) -> str | None:
    """Return the layer whose name contains `prefer`, else the first that has a geometry."""
    # Software such as QGIS keeps its styles as one more layer, without geometry.
    layers = [(str(name), kind is not None) for name, kind in pyogrio.list_layers(address)]
    layers.sort(key=lambda layer: (not layer[1], prefer.lower() not in layer[0].lower()))
    return layers[0][0] if layers else None


def first_value(file: SourceFile, column: str, *, prefer: str = "") -> object:
    """Return a column's value in the first feature of a vector file; None if there is none.

    Raises:
        BadInput: not readable.
    """
    with _opened(file, prefer) as (address, layer):
        row = pyogrio.read_dataframe(address, layer=layer, max_features=1, read_geometry=False)
    found = [row[name].iloc[0] for name in row if len(row) and name.lower() == column.lower()]
    return found[0] if found else None


def read_vector(
    file: SourceFile,
    columns: Columns,
    bounds: Bounds | None = None,
    *,
    text: Sequence[str] = (),
    optional: Sequence[str] = (),
    prefer: str = "",
    geometry: bool = True,
) -> gpd.GeoDataFrame:
    """Read polygons (GPKG, SHP, GeoJSON, alone, gzipped or in a ZIP) with tidy column names.

    Returns a table with one row per feature that meets `bounds`, the columns of `columns` (NaN when
    declared absent, or when in `optional` and not there, then named in `attrs["absent"]`; numbers
    but for those in `text`) and, with `geometry`, the repaired geometries in the CRS that the
    source declares. In an archive or a file of several layers, `prefer` is part of the name of the
    one to read.

    Raises:
        BadInput: not readable, another CRS than declared, a column missing, or no polygons.
    """
    with _opened(file, prefer) as (address, layer):
        info = file.once(
            ("info", prefer, layer),
            lambda: pyogrio.read_info(address, layer=layer, force_total_bounds=True),
        )
        names = resolve_columns(file, columns, info["fields"], optional)
        # GDAL gives lists and objects for what GeoJSON nests, as if they were cells.
        nested = {
            field
            for field, kind, said in zip(
                info["fields"], info["dtypes"], info["ogr_subtypes"], strict=True
            )
            if str(kind).startswith("list") or said == "OFSTJSON"
        }
        for official in filter(None, names.values()):
            if official in nested:
                raise BadInput(
                    f"{file.path} holds lists or objects in column {official!r}, where a text or "
                    "a number was expected: correct the file or fetch it again."
                )
        located = info["geometry_type"] is not None
        if geometry or located:
            _check_crs(file, info["crs"], info["total_bounds"])
        read = partial(
            pyogrio.read_dataframe,
            address,
            layer=layer,
            columns=[official for official in names.values() if official is not None],
            bbox=_bounds_in(file, bounds) if located else None,
            read_geometry=geometry,
            force_2d=True,
        )
        try:
            # IGN's shapefiles hold UTF-8 and do not always say so: GDAL then takes it for Latin-1.
            table = read(encoding="UTF-8" if info["driver"] == "ESRI Shapefile" else None)
        except UnicodeDecodeError:
            table = read()
    if bounds is not None and table.empty and info["features"] > 0:
        file.note(
            "missing",
            info["features"],
            "none of the file's features lies around the territory: it may be another area's",
        )
    table = tidy(file, table, names, text)
    return _repaired(file, table, next(iter(columns))) if geometry else table


def resolve_columns(
    file: SourceFile, columns: Columns, present: Iterable[str], optional: Sequence[str] = ()
) -> dict[str, str | None]:
    """Return, for each tidy name, the official column in the file, or None where there is none.

    Case does not matter: INSEE changes it from one vintage to the next.

    Raises:
        BadInput: columns are missing that are neither optional nor declared absent, or a declared
            absence names no column that is read.
    """
    present = [str(name) for name in present]
    by_lower = {name.lower(): name for name in present}
    absent = {name.lower() for name in file.absent_columns}
    wanted = {s.lower() for spellings in columns.values() for s in spellings}
    if unread := sorted(absent - wanted):
        raise BadInput(
            f"mirror.toml declares {unread[0]!r} absent from {file.path}, but {file.source.id} "
            f"reads no such column; it reads {', '.join(s[0] for s in columns.values())}."
        )
    names: dict[str, str | None] = {}
    missing: list[str] = []
    for tidy_name, spellings in columns.items():
        found = next((by_lower[s.lower()] for s in spellings if s.lower() in by_lower), None)
        names[tidy_name] = found
        if found is not None and present.count(found) > 1:
            raise BadInput(
                f"{file.path} has the column {found!r} {present.count(found)} times, and nobody "
                "can tell which is meant: keep one, or fetch it again."
            )
        needed = found is None and tidy_name not in optional
        if needed and not any(s.lower() in absent for s in spellings):
            missing.append(" or ".join(spellings))
    if missing:
        raise BadInput(
            f"{file.path} lacks what {file.source.id} expects, {', '.join(missing)}; it has "
            f"{', '.join(present[:40]) or 'no column'}: give the file of that vintage, or declare "
            "absent_columns in mirror.toml if it is a partial copy."
        )
    return names


def tidy(
    file: SourceFile,
    table: pd.DataFrame,
    names: Mapping[str, str | None],
    text: Sequence[str],
    *,
    first_line: int | None = None,
) -> pd.DataFrame:
    """Return the table with tidy column names, text in the columns of `text`, numbers elsewhere.

    Absent columns are NaN and named in attrs["absent"]. A French decimal comma is read; what INSEE
    writes for no value becomes NaN. `first_line` is the line of the file that the first row is on.

    Raises:
        BadInput: a value is not a number.
    """
    table = table.rename(columns={off: name for name, off in names.items() if off is not None})
    for name, official in names.items():
        if official is None:
            table[name] = np.nan
        elif name not in text:
            table[name] = _numbers(file, table[name], official, first_line)
    table.attrs["absent"] = [name for name, official in names.items() if official is None]
    return table


def _numbers(
    file: SourceFile, values: "pd.Series[Any]", official: str, first_line: int | None
) -> "pd.Series[float]":
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        parsed = values.astype(float)
        wrong = parsed.isin([np.inf, -np.inf])
    else:
        # Through objects: a column where nothing is known has no text methods.
        words = values.map(lambda x: None if pd.isna(x) else str(x).strip().replace(",", "."))
        known = words.notna() & ~words.isin(NO_VALUE)
        parsed = pd.to_numeric(words.where(known), errors="coerce").astype(float)
        wrong = known & (parsed.isna() | parsed.isin([np.inf, -np.inf]))
    if wrong.any():
        row = int(np.asarray(wrong).argmax())
        place = f"row {row + 1}" if first_line is None else f"line {first_line + row}"
        raise BadInput(
            f"{file.path} has {str(values.iloc[row])!r} in column {official!r}, {place}, where a "
            "number was expected: correct the file or fetch it again."
        )
    return parsed


def check_counts(file: SourceFile, table: pd.DataFrame, names: Mapping[str, str], key: str) -> None:
    """Refuse a table whose columns (tidy name: official name) are not all known and 0 or more.

    `key` is the column that says which row is meant. Columns declared absent are left alone.

    Raises:
        BadInput: a value is missing or negative.
    """
    for name in names:
        if name in table.attrs.get("absent", ()):
            continue
        values = table[name].to_numpy(dtype=float)
        for bad, what in ((np.isnan(values), "no value"), (values < 0, "a negative value")):
            if bad.any():
                raise BadInput(
                    f"{file.path} has {what} in column {names[name]!r} for "
                    f"{table[key].iloc[int(bad.argmax())]} ({int(bad.sum())} of {len(table)} "
                    "rows); expected 0 or more everywhere: correct the file or fetch it again."
                )


def check_unique(file: SourceFile, table: pd.DataFrame, key: str) -> None:
    """Refuse a table in which a key comes twice.

    Raises:
        BadInput: as said; what stands in both rows would count twice.
    """
    twice = table.loc[table[key].duplicated(), key]
    if len(twice):
        raise BadInput(
            f"{file.path} has {key} {str(twice.iloc[0])!r} more than once ({len(twice)} repeated "
            "rows), so people would be counted twice: remove the repetition or fetch it again."
        )


def _check_crs(file: SourceFile, found: str | None, extent: Sequence[float] | None) -> None:
    """Refuse a file that says another CRS than its source, or whose coordinates deny what it says.

    Raises:
        BadInput: as said.
    """
    declared = file.source.crs
    if declared is None:
        return
    if found is None:
        raise BadInput(
            f"{file.path} does not say its CRS, {declared} was expected: a shapefile needs its "
            ".prj beside it."
        )
    # Axis order aside: OGC:CRS84 and EPSG:4326 are the same degrees.
    expected, came = pyproj.CRS(declared), pyproj.CRS(found)
    if not expected.equals(came, ignore_axis_order=True) and expected.to_epsg() != came.to_epsg():
        raise BadInput(
            f"{file.path} is in {came.to_string()[:40]} ({came.name}), {declared} "
            f"({expected.name}) was expected: take the file in that system, or reproject it."
        )
    if extent is None or not np.isfinite(extent).all():
        return
    west, south, east, north = extent
    degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90
    if degrees != expected.is_geographic:
        raise BadInput(
            f"{file.path} says {declared} ({'degrees' if expected.is_geographic else 'metres'}) "
            f"but has coordinates such as ({west:.6g}, {south:.6g}): it is in another system; take "
            "it in the one it says, or correct what it says."
        )


def _bounds_in(file: SourceFile, bounds: Bounds | None) -> Bounds | None:
    if bounds is None or file.source.crs is None:
        return None
    transformer = way("EPSG:4326", file.source.crs)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return (west, south, east, north)


def _repaired(file: SourceFile, table: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Make every polygon valid, and tell how many were not.

    Raises:
        BadInput: something else than polygons.
    """
    shapes = np.asarray(table.geometry)
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    polygon = np.isin(
        shapely.get_type_id(shapes),
        (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
    )
    if (here & ~polygon).any():
        odd = int((here & ~polygon).argmax())
        raise BadInput(
            f"{file.path} has a {shapes[odd].geom_type} for {table[key].iloc[odd]}; polygons were "
            "expected: give the file of contours."
        )
    broken = here & ~shapely.is_valid(shapes)
    if broken.any():
        fixed = shapes.copy()
        # By structure, what comes out is polygons only, whatever the fault.
        fixed[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
        table = table.set_geometry(gpd.GeoSeries(fixed, index=table.index, crs=table.crs))
        file.note(
            "repaired",
            int(broken.sum()),
            f"contours that cross themselves, {table[key].iloc[int(broken.argmax())]} first",
        )
    return table


def read_csv(
    file: SourceFile, columns: Columns, *, text: Sequence[str] = (), prefer: str = ""
) -> pd.DataFrame:
    """Read a CSV file (`;` or `,`, UTF-8 or Windows-1252, alone or in a ZIP) with tidy names.

    Columns in `text` (tidy names) stay text, so that codes keep their leading zero; the others
    become numbers, empty cells NaN.

    Raises:
        BadInput: a column is missing, a number is not one, or lines are of unequal length.
    """
    member = None
    if file.path.suffix.lower() == ".zip":
        member = archive_member(file.path, (".csv", ".txt"), prefer)

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        if member is None:
            with file.path.open("rb") as stream:
                yield stream
        else:
            with zipfile.ZipFile(file.path) as archive, archive.open(member) as stream:
                yield stream

    try:
        encoding = _encoding(opened)
        with opened() as stream:
            head = stream.readline().decode(encoding, errors="replace")
        separator = ";" if head.count(";") >= head.count(",") else ","
        header = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
        names = resolve_columns(file, columns, header)
        officials = [official for official in names.values() if official is not None]
        with opened() as stream:
            table = pd.read_csv(
                stream,
                sep=separator,
                encoding=encoding,
                encoding_errors="replace",
                # A national grid has 60 million numbers: only codes are kept as text.
                dtype={names[name]: str for name in text if names[name] is not None},
                names=header,
                header=0,
                skipinitialspace=True,
                index_col=False,
                low_memory=False,
            )[officials]
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, UnicodeError) as error:
        raise BadInput(f"{file.path} is not a regular CSV table ({error}).") from error
    except archives.BROKEN as error:
        raise BadInput(f"{file.path} is damaged ({error}): fetch it again.") from error
    return tidy(file, table, names, text, first_line=2)


def _encoding(opened: Callable[[], Any]) -> str:
    """Return the encoding of a text: UTF-8 if all of it is, else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened() as stream:
            while block := stream.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def sheet_of(path: Path) -> list[list[Any]]:
    """Return the first sheet of an XLS or XLSX file.

    Raises:
        BadInput: it is none that can be read.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=MAX_SHEET_ROWS)
    except BaseException as error:
        # Its Rust gives up on a date that cannot be, with an exception that has no name to import.
        if not isinstance(error, CalamineError | OSError | ValueError) and (
            type(error).__name__ != "PanicException"
        ):
            raise
        raise BadInput(f"{path} is not a readable XLS or XLSX file ({error}).") from error


def read_sheet(file: SourceFile, columns: Columns, *, text: Sequence[str] = ()) -> pd.DataFrame:
    """Read the first sheet of an XLS or XLSX file whose header row stands below some notes.

    The header is the first row that holds the first wanted column.

    Raises:
        BadInput: not a spreadsheet, no such row, a column is missing, or a number is not one.
    """
    rows = sheet_of(file.path)
    key = next(iter(columns.values()))
    lower = {spelling.lower() for spelling in key}
    headers = [[str(value).strip() for value in row] for row in rows[:HEADER_SEARCH_ROWS]]
    at = next((i for i, h in enumerate(headers) if lower & {x.lower() for x in h}), None)
    if at is None:
        raise BadInput(
            f"{file.path} has no row holding {key[0]!r} in its first {HEADER_SEARCH_ROWS} rows: "
            "another file was given, or its first sheet is not the table."
        )
    names = resolve_columns(file, columns, headers[at])
    table = pd.DataFrame(rows[at + 1 :], columns=headers[at], dtype=object)
    table = table[[official for official in names.values() if official is not None]]
    table = table.map(lambda value: None if value == "" else value)
    return tidy(file, table, names, text, first_line=at + 2)
