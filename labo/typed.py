"""What people type: tables saved as CSV, and numbers written in French or in English."""

import csv
import difflib
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from labo.errors import BadInput, MissingFile


def csv_rows(
    path: Path, required: Sequence[str], allowed: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file with the line of each; values are texts.

    Raises:
        MissingFile, BadInput: no such file, not a table, a column missing, unknown or repeated, or
            no row.
    """
    if not path.is_file():
        raise MissingFile(f"There is no file {str(path)!r}: check its name.")
    lines = _decoded(path).splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if _holds(line)), None)
    nothing = BadInput(f"{str(path)!r} is empty: a header and one row per option are needed.")
    if first is None:
        raise nothing
    separator = next((s for s in (";", "\t") if s in lines[first]), ",")
    reader = csv.reader(lines[first:], delimiter=separator, strict=True)
    try:
        table = [(first + reader.line_num, fields) for fields in reader if _holds("".join(fields))]
    except csv.Error as error:
        raise BadInput(f"{str(path)!r} is not a CSV file ({error}).") from error
    if not table:  # a line of nothing but quotes
        raise nothing
    names = [name.strip() for name in table[0][1]]
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            raise BadInput(f"{str(path)!r} has the column {name!r} {count} times: keep one.")
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"columns are {', '.join(allowed)}."
            raise BadInput(f"{str(path)!r} has an unknown column {name!r}; {hint}")
    if absent := [name for name in required if name not in names]:
        raise BadInput(f"{str(path)!r} lacks the column {', '.join(map(repr, absent))}.")
    rows = []
    for number, fields in table[1:]:
        if len(fields) > len(names) and any(field.strip() for field in fields[len(names) :]):
            raise BadInput(
                f"{path}, line {number}: {len(fields)} values for {len(names)} columns; with "
                "French decimals (1,5), separate columns by semicolons."
            )
        padded = [*fields, *[""] * (len(names) - len(fields))]
        rows.append((number, {n: v.strip() for n, v in zip(names, padded, strict=False) if n}))
    if not rows:
        raise BadInput(f"{str(path)!r} has a header and no row: add one row per option.")
    return rows


def _holds(line: str) -> bool:
    """Say whether a line has something to read: it is neither empty nor a comment."""
    return bool(line.strip(" ;,\t\r\n")) and not line.lstrip().startswith("#")


def _decoded(path: Path) -> str:
    """Return the text of a file, in UTF-8 or else as Excel writes it in France."""
    content = path.read_bytes()
    if b"\0" in content:
        raise BadInput(f"{str(path)!r} is not a CSV file: save the table as CSV.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def number(text: str) -> float:
    """Return a number written in English or in French: 1500.5, 1 500,5, −3.

    Raises:
        ValueError: it is none, or not finite.
    """
    bare = re.sub(r"[\s\u00a0\u202f€']", "", text).replace("\u2212", "-").replace(",", ".")
    value = float(bare)
    if not math.isfinite(value) or "_" in bare:
        raise ValueError(text)
    return value
