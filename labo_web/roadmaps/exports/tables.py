"""The roadmap as tables: XLSX with numbers as numbers, CSV, and the milestones as a calendar."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
from icalendar import Calendar, Event
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from labo_web.documents.archive import settled
from labo_web.documents.spreadsheet import harmless
from labo_web.documents.texts import clean
from labo_web.roadmaps.amounts import UNCOSTED, UNKNOWN
from labo_web.roadmaps.content import Content

EUROS = "#,##0.00\\ \u20ac"
ACTIONS = (
    *("numero", "titre", "quartiers", "maturite", "pilote", "cout", "financements_en_vue"),
    *("acquis", "droit_commun", "credits_specifiques", "montants_non_communiques", "avancement"),
)
LINES = (
    *("numero", "action", "financeur", "nature_du_financeur", "dispositif", "ligne", "dossier"),
    *("pour", "credits", "montant", "part", "etat"),
)
STEPS = ("numero", "action", "etape", "debut", "echeance", "apres", "qui", "faite_le")
FOLLOW = (
    *("numero", "action", "nature", "indicateur", "quartier", "depart", "cible_2027"),
    *("cible_2030", "source", "tous_les_mois"),
)
Row = Sequence[Any]


def _amount(text: str | None, missing: str = UNKNOWN) -> Decimal | str:
    return missing if text is None else Decimal(text)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def action_rows(content: Content) -> Iterator[Row]:
    """Give the actions as rows of ACTIONS, then the whole."""
    for s in content.sheets:
        yield (
            *(f"A-{s.number}", s.title, ", ".join(s.zones), s.level, s.pilot),
            _amount(s.sums.cost, UNCOSTED),
            *(_amount(x) for x in (s.sums.total, s.sums.secured)),
            *(_amount(x) for x in (s.sums.ordinary, s.sums.specific)),
            *(s.sums.unknown, s.progress),
        )
    t = content.sums
    yield (
        *("", "Ensemble, sans les abandons", "", "", ""),
        _amount(t.cost, UNCOSTED),
        *(_amount(x) for x in (t.total, t.secured, t.ordinary, t.specific)),
        *(t.unknown, ""),
    )


def line_rows(content: Content) -> Iterator[Row]:
    """Give the lines of funding as rows of LINES."""
    for s in content.sheets:
        for x in s.lines:
            yield (
                *(f"A-{s.number}", s.title, x.funder, x.payer, x.fund, x.line, x.reference),
                *(x.nature, x.credit, _amount(x.amount), x.rate, x.status),
            )


def step_rows(content: Content) -> Iterator[Row]:
    """Give the steps as rows of STEPS."""
    for s in content.sheets:
        for m in s.steps:
            yield (
                *(f"A-{s.number}", s.title, m.label, _day(m.starts_on), _day(m.due_on)),
                *(m.after, m.who, _day(m.done_on)),
            )


def follow_rows(content: Content) -> Iterator[Row]:
    """Give the indicators as rows of FOLLOW."""
    for s in content.sheets:
        for f in s.follow:
            yield (
                *(f"A-{s.number}", s.title, f.kind, f.label, f.place, f.baseline),
                *(f.target_2027, f.target_2030, f.source, f.every_months),
            )


def workbook_of(content: Content) -> bytes:
    """Return the funding table, with the actions, steps and indicators beside it."""
    book = openpyxl.Workbook(write_only=True)
    book.properties.title = content.title
    book.properties.creator = "Labo Quartiers en Transitions"
    about = [
        ("Feuille de route", content.title), ("Territoire", content.territory),
        ("Contrat", content.contract), ("État au", _day(content.on)),
        ("Montants", f"en euros ; « {UNKNOWN} » n’est dans aucune somme"),
        *([("Attention", "Données fictives.")] if content.fictive else []),
    ]  # fmt: skip
    add_sheet(book, "Lisez-moi", ("sujet", "valeur"), about, (24, 80))
    add_sheet(book, "Actions", ACTIONS, action_rows(content), (8, 44, 28, 14, 28, *[18] * 6, 30))
    add_sheet(
        book, "Financement", LINES, line_rows(content), (8, 40, 28, 22, 26, 28, 16, *[18] * 5)
    )
    add_sheet(book, "Étapes", STEPS, step_rows(content), (8, 40, 44, 12, 12, 30, 28, 12))
    add_sheet(book, "Indicateurs", FOLLOW, follow_rows(content), (8, 40, 14, 40, 24, *[18] * 5))
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue(), dt.date.fromisoformat(content.on))


def add_sheet(
    book: Any, name: str, head: Sequence[str], rows: Iterable[Row], widths: Sequence[float]
) -> None:
    """Add a sheet: its head in bold and kept in sight, texts never formulas."""
    page = book.create_sheet(name)
    page.freeze_panes = "A2"
    for place, width in enumerate(widths):
        page.column_dimensions[get_column_letter(place + 1)].width = width
    bold = []
    for text in head:
        cell = WriteOnlyCell(page, text)
        cell.font = Font(bold=True)
        bold.append(cell)
    page.append(bold)
    for row in rows:
        page.append([_cell(page, x) for x in row])


def _cell(page: Any, value: Any) -> Any:
    if isinstance(value, str):
        cell = WriteOnlyCell(page, clean(value))
        cell.data_type = "s"  # whatever it begins with
        return cell
    cell = WriteOnlyCell(page, value)
    if isinstance(value, Decimal):
        cell.number_format = EUROS
    elif isinstance(value, dt.date):
        cell.number_format = "DD/MM/YYYY"
    return cell


def csv_of(head: Sequence[str], rows: Iterable[Row]) -> str:
    """Return rows as a French spreadsheet opens them."""
    out = io.StringIO()
    out.write("\ufeff")  # without it accents are misread
    writer = csv.writer(out, delimiter=";")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_text(x) for x in row])
    return out.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    return harmless(str(value))


def calendar_of(content: Content, address: str) -> bytes:
    """Return the milestones as whole days; `address` is that of the actions."""
    made = Calendar()
    made.add("prodid", "-//Labo Quartiers en Transitions//Feuille de route//FR")
    made.add("version", "2.0")
    made.add("x-wr-calname", clean(content.title))
    stamp = dt.datetime.combine(dt.date.fromisoformat(content.on), dt.time(12), dt.UTC)
    for s in content.sheets:
        if s.level_key == "abandoned":
            continue
        for place, m in enumerate(s.steps, 1):
            due = _day(m.due_on)
            if due is None:
                continue
            event = Event()
            event.add("uid", f"{content.code}-{s.number}-{place}@labo-quartiers")
            event.add("dtstamp", stamp)
            event.add("dtstart", due)
            event.add("dtend", due + dt.timedelta(1))
            done = "Faite : " if m.done_on else ""
            event.add("summary", clean(f"{done}{m.label} (A-{s.number} {s.title})"))
            event.add("description", clean(f"{m.who}. {s.level}." if m.who else f"{s.level}."))
            event.add("url", f"{address}{s.number}/")
            made.add_component(event)
    return bytes(made.to_ical())
