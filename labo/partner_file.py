"""A partner's file, row by row: what is read, what is repaired, what is rejected and why.

Only declared columns are read. Values of rows stay in memory until they are counted; what is told
of a row is its line.
"""

import csv
import datetime as dt
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely

from labo.agreement import PEOPLE, Column, Schema, refuse_name
from labo.errors import BadInput, MissingFile
from labo.identifiers import FULL_DATE, is_opaque, looks_like, of_birth
from labo.official import HEADER_SEARCH_ROWS, NO_VALUE, sheet_of
from labo.vector import VECTOR_ERRORS

FIRST_LINES = 5
UNKNOWN = "non renseigné"
# Beside the declared ids, which begin with a letter.
LINE, X, Y = "_line", "_x", "_y"
ZONE_CODES = {
    "qpv": re.compile(r"Q[PN][0-9AB]\d{4,5}[A-Z]?"),
    "commune": re.compile(r"(?:\d{2}|2[AB])\d{3}"),
    "iris": re.compile(r"(?:\d{2}|2[AB])\d{7}"),
}
CONTRIBUTOR = re.compile(r"[0-9A-Za-z_.-]{1,32}")
DATES = {
    "year": (re.compile(r"(\d{4})"),),
    "month": (re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(?P<m>\d{2})/(?P<y>\d{4})")),
    "day": (
        re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
        re.compile(r"(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})"),
    ),
}
Problem = str
Parsed = tuple[Any, Problem | None]


@dataclass
class Rejected:
    """Rows left out for one reason, with the first lines where it came, and the codes of places."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What the import has to tell of a file; texts are in French, for who reads the report.

    `missing` counts empty values by column id, `repaired` what was put right by column id,
    `encodings` the lines by encoding, `undeclared` names the columns that were not read, `years`
    gives the first and the last year by column of dates.
    """

    read: int = 0
    kept: int = 0
    rejected: dict[str, Rejected] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    undeclared: list[str] = field(default_factory=list)
    years: dict[str, tuple[int, int]] = field(default_factory=dict)

    def reject(self, line: int, reason: str, code: str = "") -> None:
        """Leave a row out; `code` is that of a place, which tells of nobody."""
        entry = self.rejected.setdefault(reason, Rejected())
        entry.count += 1
        if code and code not in entry.codes and len(entry.codes) < FIRST_LINES:
            entry.codes.append(code)
        if len(entry.lines) < FIRST_LINES:
            entry.lines.append(line)

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        rejected = [
            {"reason": reason, "count": x.count, "lines": x.lines}
            | ({"codes": x.codes} if x.codes else {})
            for reason, x in sorted(self.rejected.items())
        ]
        return {
            "read": self.read,
            "kept": self.kept,
            "rejected": rejected,
            "missing": dict(sorted(self.missing.items())),
            "repaired": dict(sorted(self.repaired.items())),
            "encodings": dict(sorted(self.encodings.items())),
            "undeclared": self.undeclared,
            "years": {name: list(years) for name, years in sorted(self.years.items())},
        }


def read_rows(path: Path, schema: Schema, today: dt.date) -> tuple[pd.DataFrame, Report]:
    """Return the rows that can be counted, with the line of each, and the report.

    The table has a column per declared column, under its id, and LINE; a gpkg of points gives
    X and Y in WGS 84 where the schema declares no location.

    Raises:
        MissingFile, BadInput: no such file, not of its format, a column is missing, or something
            in it tells who a person is.
    """
    if not path.is_file():
        raise MissingFile(f"There is no file {str(path)!r}: check its name.")
    report = Report()
    reader = {"csv": _csv_rows, "xlsx": _sheet_rows, "gpkg": _gpkg_rows}[schema.format]
    parsers = [_parser(c, schema, report, today) for c in schema.columns]
    kept: list[list[Any]] = []
    pseudonym = next((i for i, c in enumerate(schema.columns) if c.kind == "pseudonym"), None)
    seen: set[str] = set()
    for line, values, extra in reader(path, schema, report):
        report.read += 1
        if values is None:
            report.reject(line, "nombre de champs différent de l'en-tête")
            continue
        parsed, problem = _parsed(path, schema, parsers, line, values, report)
        if problem is None and pseudonym is not None:
            if parsed[pseudonym] in seen:
                problem = "pseudonyme déjà lu : ligne en double"
            seen.add(parsed[pseudonym])
        if problem is not None:
            report.reject(line, problem)
            continue
        kept.append([line, *parsed, *extra])
    if not report.read:
        raise BadInput(f"{path} has a header and no row: ask the partner for the whole file.")
    names = [LINE, *(c.id for c in schema.columns)]
    if schema.format == "gpkg" and _points_wanted(schema):
        names += [X, Y]
    return pd.DataFrame(kept, columns=names), report


def _parsed(
    path: Path,
    schema: Schema,
    parsers: Sequence[Callable[[str], Parsed]],
    line: int,
    values: Sequence[str],
    report: Report,
) -> tuple[list[Any], Problem | None]:
    """Read the values of a row; the first problem is the one to tell.

    Raises:
        BadInput: a value tells who a person is.
    """
    result: list[Any] = []
    problem: Problem | None = None
    for column, parse, text in zip(schema.columns, parsers, values, strict=True):
        if text in NO_VALUE:
            report.missing[column.id] = report.missing.get(column.id, 0) + 1
            if column.kind not in ("count", "date", "category", "largest_share") or (
                column.kind == "category" and schema.grain == "aggregated"
            ):
                problem = problem or f"{column.name} : valeur absente"
            result.append(UNKNOWN if column.kind == "category" else math.nan)
            continue
        _refuse_personal(path, column, line, text)
        value, wrong = parse(text)
        problem = problem or (f"{column.name} : {wrong}" if wrong is not None else None)
        result.append(value)
    return result, problem


def _refuse_personal(path: Path, column: Column, line: int, text: str) -> None:
    """Refuse the whole file for a value that tells who a person is; the value is not quoted.

    Raises:
        BadInput: as said.
    """
    what = looks_like(text) if column.kind not in ("x", "y", "zone_code") else None
    if what is None and column.kind == "pseudonym" and not is_opaque(text):
        what = "something that may be a name, a date or a number of its own"
    if what is None and of_birth(column.name) and FULL_DATE.fullmatch(text):
        what = "a whole date of birth"
    if what is not None:
        raise BadInput(
            f"{path}, column {column.name!r}, line {line}, holds {what}: nothing was read; ask the "
            "partner for a file in which nobody can be known (8 or more letters and digits that "
            "mean nothing for a pseudonym, the year alone for a birth)."
        )


def _parser(
    column: Column, schema: Schema, report: Report, today: dt.date
) -> Callable[[str], Parsed]:
    """Return what reads a value of a column: the value, and what is wrong with it."""
    match column.kind:
        case "count":
            return lambda text: _count(text, column, schema)
        case "x" | "y":
            return _number
        case "largest_share":
            return _share
        case "zone_code":
            return lambda text: _zone_code(text, column, report)
        case "address_id":
            return _address_commune
        case "category":
            known = {value.casefold(): value for value in column.values}
            return lambda text: (
                known.get(text.casefold()),
                None if text.casefold() in known else "valeur hors de la liste déclarée",
            )
        case "date":
            return lambda text: _date(text, column, report, today)
        case "contributor":
            return lambda text: (
                (text, None) if CONTRIBUTOR.fullmatch(text) else (None, "ce n'est pas un code")
            )
        case _:
            return lambda text: (text, None)


def _number(text: str) -> Parsed:
    try:
        value = float(re.sub(r"[\s\u202f\u00a0]", "", text).replace(",", "."))
    except ValueError:
        return math.nan, "ce n'est pas un nombre"
    return (value, None) if math.isfinite(value) else (math.nan, "ce n'est pas un nombre")


def _count(text: str, column: Column, schema: Schema) -> Parsed:
    value, wrong = _number(text)
    if wrong is not None:
        return value, wrong
    people = column.unit in PEOPLE and schema.rows is not None
    if people and value != int(value):
        return math.nan, "un nombre entier était attendu"
    most = column.maximum
    if schema.rows is not None and column.unit == schema.rows.unit:
        most = min(most, 1.0)  # a dwelling is no more than one dwelling
    if not column.minimum <= value <= most:
        return math.nan, "hors des bornes"
    return value, None


def _share(text: str) -> Parsed:
    value, wrong = _number(text)
    if wrong is None and not 0 <= value <= 1:
        return math.nan, "hors des bornes (de 0 à 1)"
    return value, wrong


def _zone_code(text: str, column: Column, report: Report) -> Parsed:
    code = re.sub(r"\s", "", text).upper()
    zones = column.zones or "qpv"
    length = {"commune": 5, "iris": 9}.get(zones)
    if code.isdigit() and length is not None and len(code) == length - 1:
        code = code.zfill(length)
        report.repaired[column.id] = report.repaired.get(column.id, 0) + 1
    wrong = None if ZONE_CODES[zones].fullmatch(code) else "ce n'est pas un code de zone"
    return code, wrong


def _address_commune(text: str) -> Parsed:
    commune = text.partition("_")[0].upper()
    wrong = "ce n'est pas une clé de la Base adresse nationale"
    return commune, None if "_" in text and ZONE_CODES["commune"].fullmatch(commune) else wrong


def _date(text: str, column: Column, report: Report, today: dt.date) -> Parsed:
    for pattern in DATES[column.precision]:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        named = found.groupdict()
        parts = [named["y"], named["m"], named.get("d", "1")] if named else [*found.groups()]
        numbers = [int(x) for x in parts] + [1] * (3 - len(parts))
        try:
            day = dt.date(*numbers[:3])
        except ValueError:
            break
        if not dt.date(1850, 1, 1) <= day <= today:
            return None, "hors des bornes"
        first, last = report.years.get(column.id, (day.year, day.year))
        report.years[column.id] = (min(first, day.year), max(last, day.year))
        return day.isoformat()[: {"year": 4, "month": 7, "day": 10}[column.precision]], None
    return None, "ce n'est pas une date de la précision déclarée"


Row = tuple[int, list[str] | None, list[float]]


def _points_wanted(schema: Schema) -> bool:
    return not any(schema.of_kind(kind) for kind in ("zone_code", "x", "address_id"))


def _places(path: Path, schema: Schema, header: Sequence[str], report: Report) -> list[int]:
    """Return where the declared columns stand, and note those that will not be read.

    Raises:
        BadInput: one is missing or there twice, or any column is named like a person's.
    """
    lower = [name.casefold() for name in header]
    wanted = {c.name.casefold(): c for c in schema.columns}
    for name in header:
        declared = wanted.get(name.casefold())
        if declared is None or declared.kind != "address_id":
            refuse_name(f"{path}: column {name!r}", name)
    missing = [c.name for c in schema.columns if c.name.casefold() not in lower]
    if missing:
        raise BadInput(
            f"{path} lacks the declared column {missing[0]!r}; it has "
            f"{', '.join(header[:40]) or 'no column'}: correct the schema (names and separator), "
            "or ask for the whole file."
        )
    twice = [c.name for c in schema.columns if lower.count(c.name.casefold()) > 1]
    if twice:
        raise BadInput(f"{path} has two columns named {twice[0]!r}: remove one.")
    report.undeclared = sorted(name for name in header if name and name.casefold() not in wanted)
    return [lower.index(c.name.casefold()) for c in schema.columns]


def _csv_rows(path: Path, schema: Schema, report: Report) -> Iterator[Row]:
    text = _decoded(path, report)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=schema.separator, strict=True)
    line = 1
    places: list[int] | None = None
    width = 0
    try:
        for fields in reader:
            start, line = line, reader.line_num + 1
            if not any(value.strip() for value in fields):
                continue
            if places is None:
                header = [name.strip() for name in fields]
                places, width = _places(path, schema, header, report), len(header)
            elif len(fields) != width:
                yield start, None, []
            else:
                yield start, [fields[i].strip() for i in places], []
    except csv.Error as error:
        raise BadInput(
            f"{path} is not a regular CSV table after line {line} ({error}): a quotation mark is "
            "probably open; ask for the file again."
        ) from error
    if places is None:
        raise BadInput(f"{path} is empty: ask the partner for the file again.")


def _decoded(path: Path, report: Report) -> str:
    """Return the text, each line in UTF-8 if it is, else in Windows-1252.

    Raises:
        BadInput: it is not text.
    """
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw.decode("utf-16", errors="replace").encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in raw:
        raise BadInput(f"{path} is not a text: is it a spreadsheet? Correct `format` then.")
    count: Counter[str] = Counter()
    lines = []
    for line in raw.splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8"))
            count["UTF-8"] += 1
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace"))
            count["Windows-1252"] += 1
    report.encodings = dict(count)
    return "".join(lines)


def _plain(value: object) -> str:
    """Return a cell as the text that a CSV would hold."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    return str(value).strip()


def _sheet_rows(path: Path, schema: Schema, report: Report) -> Iterator[Row]:
    rows = sheet_of(path)
    key = schema.columns[0].name.casefold()
    headers = [[_plain(value) for value in row] for row in rows[:HEADER_SEARCH_ROWS]]
    at = next((i for i, h in enumerate(headers) if key in [x.casefold() for x in h]), None)
    if at is None:
        raise BadInput(
            f"{path} has no row holding {schema.columns[0].name!r} in its first "
            f"{HEADER_SEARCH_ROWS} rows: correct the schema, or put the table on the first sheet."
        )
    places = _places(path, schema, headers[at], report)
    for line, row in enumerate(rows[at + 1 :], at + 2):
        if any(value != "" for value in row):
            yield line, [_plain(row[i]) for i in places], []


def _gpkg_rows(path: Path, schema: Schema, report: Report) -> Iterator[Row]:
    points = _points_wanted(schema)
    try:
        info = pyogrio.read_info(str(path))
        header = [str(name) for name in info["fields"]]
        places = _places(path, schema, header, report)
        names = [header[i] for i in places]
        table = pyogrio.read_dataframe(
            str(path), columns=names, read_geometry=points, force_2d=True
        )
    except VECTOR_ERRORS as error:
        raise BadInput(f"{path} cannot be read as a GeoPackage ({error}).") from error
    where = np.full((len(table), 2), np.nan)
    if points:
        if table.crs is None:
            raise BadInput(f"{path} does not say its CRS: ask for a file that does.")
        shapes = np.asarray(table.geometry.to_crs("EPSG:4326"))
        if (shapely.get_type_id(shapes) > shapely.GeometryType.POINT).any():
            raise BadInput(f"{path} holds other shapes than points: declare a zone_code instead.")
        where = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    columns = [table[name].tolist() for name in names]
    for i in range(len(table)):
        extra = where[i].tolist() if points else []
        yield i + 1, [_plain(column[i]) for column in columns], extra
