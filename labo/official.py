"""How an official table is opened: columns, numbers, text encodings. Maps are in `labo.vector`.

Readers in `labo/sources` say which columns they want; what is wrong with a file is said here, once,
with what was expected and what came.
"""

import codecs
import csv
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from labo import archives
from labo.errors import BadInput
from labo.source import SourceFile

# Tidy name -> the official spellings it may have, the usual one first.
Columns = Mapping[str, Sequence[str]]

HEADER_SEARCH_ROWS = 30
# A spreadsheet larger than this is not a table of neighbourhoods.
MAX_SHEET_ROWS = 200_000
# How INSEE writes that a figure is unknown, or kept secret.
NO_VALUE = ("", "NA", "nd", "ns", "s")
BLOCK_BYTES = 1 << 20


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
        member = archives.member(file.path, (".csv", ".txt"), prefer)

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
