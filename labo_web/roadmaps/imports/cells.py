"""A spreadsheet that somebody sent, read as cells: bounded, without formulas nor macros."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openpyxl
from django.core.exceptions import ValidationError
from openpyxl.utils import get_column_letter

from labo_web.documents.spreadsheet import FORMULA
from labo_web.roadmaps.amounts import MOST, parse
from labo_web.roadmaps.naming import folded

MOST_BYTES, MOST_UNPACKED = 2_000_000, 60_000_000
MOST_ROWS, MOST_COLUMNS, LONGEST = 500, 80, 6_000
SKIPPED = 50  # empty rows in a row after which the file is over


@dataclass(frozen=True)
class Cell:
    """A cell: where it is, and what it holds."""

    place: str
    text: str
    value: Any = None


@dataclass(frozen=True)
class Wrong:
    """What is wrong in a cell, and what to do."""

    place: str
    text: str
    why: str


class Row:
    """A row by column, that gathers what is wrong in it."""

    def __init__(self, number: int, cells: Mapping[str, Cell], wrong: list[Wrong]) -> None:
        self.number, self.cells, self.wrong = number, cells, wrong

    def text(self, name: str, most: int, *, needed: bool = False) -> str:
        """Return a text."""
        cell = self.cells.get(name)
        found = cell.text if cell else ""
        if needed and not found:
            self.refuse(name, f"« {name} » est vide : chaque ligne en a besoin.")
        if len(found) > most:
            self.refuse(name, f"Au plus {most} caractères ici ; il y en a {len(found)}.")
        return found[:most]

    def amount(self, name: str, *, needed: bool = False) -> Decimal | None:
        """Return an amount; an empty one is not known."""
        cell = self.cells.get(name)
        if cell is None or not cell.text:
            if needed:
                self.refuse(name, f"« {name} » est vide : chaque ligne en a besoin.")
            return None
        if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
            value = Decimal(repr(cell.value))
            if value.is_finite() and 0 <= value < MOST:
                return round(value, 2)
        try:
            return parse(cell.text)
        except ValidationError as error:
            self.refuse(name, " ".join(error.messages))
            return None

    def day(self, name: str) -> dt.date | None:
        """Return a day."""
        cell = self.cells.get(name)
        if cell is None or not cell.text:
            return None
        if isinstance(cell.value, dt.datetime):
            return cell.value.date()
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                return dt.datetime.strptime(cell.text, form).date()  # noqa: DTZ007 (a day)
            except ValueError:
                continue
        self.refuse(name, f"« {cell.text} » n’est pas une date : écrivez 31/12/2027.")
        return None

    def zones(self, name: str, names: Mapping[str, str]) -> list[str]:
        """Return codes of neighbourhoods, told by code or by name; none is the whole territory."""
        by_name = {folded(label): code for code, label in names.items()}
        by_name |= {folded(code): code for code in names}
        found = []
        for part in self.text(name, LONGEST).replace("|", ";").split(";"):
            if not part.strip():
                continue
            code = by_name.get(folded(part))
            if code is None:
                known = ", ".join(list(names.values())[:5])
                self.refuse(
                    name, f"« {part.strip()} » n’est pas un quartier d’ici ; il y a : {known}…"
                )
            elif code not in found:
                found.append(code)
        return found

    def refuse(self, name: str, why: str) -> None:
        """Note what is wrong in a column of this row."""
        cell = self.cells.get(name)
        place = cell.place if cell else f"ligne {self.number}"
        self.wrong.append(Wrong(place, cell.text if cell else "", why))


def rows_of(
    content: bytes, name: str, columns: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> tuple[list[Row], list[Wrong]]:
    """Return the rows of a file and what is wrong in its cells so far.

    Args:
        content: of an XLSX or a CSV.
        name: of the file, which tells them apart.
        columns: by our name, the other names under which a column is known.
        needed: columns without which nothing can be read.

    Raises:
        ValidationError: the file cannot be read at all, in one sentence.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(f"« {name} » est trop grand : au plus 2 Mo.")
    lower = name.lower()
    if lower.endswith(".xlsm"):
        raise ValidationError(_macros(name))
    if lower.endswith(".xlsx"):
        found = list(_xlsx(content, name))
    elif lower.endswith(".csv"):
        found = list(_csv(content, name))
    else:
        raise ValidationError(f"« {name} » n’est ni un .xlsx ni un .csv : enregistrez-le ainsi.")
    if not found:
        raise ValidationError(f"« {name} » est vide.")
    wrong: list[Wrong] = []
    head = _head(found[0][1], columns)
    if lacks := [x for x in needed if x not in head.values()]:
        raise ValidationError(
            f"Il manque à « {name} » : {', '.join(lacks)}. La première ligne dit les noms des "
            f"colonnes ; on y a lu : {', '.join(c.text for c in found[0][1] if c.text) or 'rien'}."
        )
    rows = []
    for number, cells in found[1:]:
        for cell in cells:
            if _is_formula(cell):
                wrong.append(
                    Wrong(cell.place, cell.text[:60], "C’est une formule : collez sa valeur.")
                )
        own = {head[n]: cell for n, cell in enumerate(cells) if n in head}
        rows.append(Row(number, own, wrong))
    return rows, wrong


def _head(cells: Sequence[Cell], columns: Mapping[str, Sequence[str]]) -> dict[int, str]:
    known = {folded(other): name for name, others in columns.items() for other in (name, *others)}
    found: dict[int, str] = {}
    for place, cell in enumerate(cells):
        name = known.get(folded(cell.text))
        if name is not None and name not in found.values():
            found[place] = name
    return found


def _macros(name: str) -> str:
    return f"« {name} » contient des macros : enregistrez-le en .xlsx, sans macro."


def _xlsx(content: bytes, name: str) -> Iterator[tuple[int, list[Cell]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
        if any("vbaproject" in m.filename.lower() for m in members):
            raise ValidationError(_macros(name))
        if sum(m.file_size for m in members) > MOST_UNPACKED:
            raise ValidationError(f"« {name} » est trop grand une fois ouvert : allégez-le.")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except ValidationError:
        raise
    except Exception as error:
        raise ValidationError(f"« {name} » n’est pas un classeur que l’on sait lire.") from error
    try:
        page = book.worksheets[0]
        raw = page.iter_rows(values_only=True, max_col=MOST_COLUMNS)
        yield from _bounded(raw, name)
    except ValidationError:
        raise
    except Exception as error:  # a cell, or a page, that openpyxl only finds wrong when it is read
        raise ValidationError(f"« {name} » n’est pas un classeur que l’on sait lire.") from error
    finally:
        book.close()


def _csv(content: bytes, name: str) -> Iterator[tuple[int, list[Cell]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:  # a workbook under another name; no database takes such a text either
        raise ValidationError(f"« {name} » n’est pas un CSV que l’on sait lire.")
    first = text.partition("\n")[0]
    mark = max(";,\t", key=first.count)
    try:
        raw = csv.reader(io.StringIO(text), delimiter=mark)
        yield from _bounded(raw, name)
    except csv.Error as error:
        raise ValidationError(f"« {name} » n’est pas un CSV que l’on sait lire.") from error


def _bounded(raw: Iterable[Sequence[Any]], name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Give the rows that hold something, and refuse more than one can read over."""
    kept, empty = 0, 0
    for number, values in enumerate(raw, 1):
        cells = [
            _cell(f"{get_column_letter(column)}{number}", value)
            for column, value in enumerate(values[:MOST_COLUMNS], 1)
        ]
        if not any(cell.text for cell in cells):
            empty += 1
            if empty > SKIPPED:
                return
            continue
        empty = 0
        kept += 1
        if kept > MOST_ROWS + 1:
            raise ValidationError(
                f"« {name} » a plus de {MOST_ROWS} lignes : gardez celles de ce territoire."
            )
        yield number, cells


def _cell(place: str, value: Any) -> Cell:
    if value is None:
        return Cell(place, "")
    text = str(value).strip()
    # What our own exports put before a text that looks like a formula.
    if text[:1] == "'" and text[1:2] in FORMULA:
        return Cell(place, text[1:], text[1:])
    return Cell(place, text[: LONGEST + 1], value)


def _is_formula(cell: Cell) -> bool:
    return (
        isinstance(cell.value, str) and cell.value.lstrip().startswith("=") and len(cell.text) > 1
    )
