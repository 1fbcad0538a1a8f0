"""The data of a release as a workbook (XLSX): numbers as numbers, texts never as formulas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from django.http import HttpRequest
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from labo import words
from labo_web.atlas.documents import codebook
from labo_web.atlas.downloads import COLUMNS, value_rows
from labo_web.documents.archive import settled
from labo_web.documents.spreadsheet import FORMULA
from labo_web.documents.texts import clean
from labo_web.releases.models import Release
from labo_web.releases.reading import GIEC

A3 = "8"  # of paper, as the format says it
LONGEST = 32_000  # characters in a cell: the format holds 32,767
ZONES = (
    "zone",
    "nom",
    "nature",
    "nature_libelle",
    "communes",
    "npnru",
    "ouest",
    "sud",
    "est",
    "nord",
)
INDICATORS = (
    *("indicateur", "libelle", "unite", "unite_libelle", "composante", "sens", "aleas"),
    *("lecture", "reference", "definition", "sources"),
)
SOURCES = ("source", "producteur", "fichier", "millesime", "licence", "empreinte_sha256")


def workbook_of(request: HttpRequest, release: Release, components: dict[str, str] = GIEC) -> bytes:
    """Return the values that whoever asks may read, with codebook and sources."""
    book = openpyxl.Workbook(write_only=True)
    book.properties.title = f"{release.territory.name}, livraison {release.code}"
    book.properties.creator = "Labo Quartiers en Transitions"
    book.properties.language = "fr-FR"
    _sheet(book, "Lisez-moi", ("sujet", "valeur"), codebook.about(release), (24, 110))
    _sheet(book, "Valeurs", COLUMNS, value_rows(request, release), (14, 30, 12, 30, 28, 44))
    _sheet(
        book,
        "Zones",
        ZONES,
        (
            (
                z.code,
                z.name,
                z.kind,
                words.ZONE_KINDS.get(z.kind, z.kind),
                " ".join(z.communes),
                z.npnru,
                z.west,
                z.south,
                z.east,
                z.north,
            )
            for z in release.zones.defer("geometry")
        ),
        (16, 40, 14, 30, 24, 24),
    )
    _sheet(
        book,
        "Indicateurs",
        INDICATORS,
        (
            (
                *(x.name, x.label, x.unit, words.UNITS.get(x.unit, x.unit)),
                *(components[x.component], words.DIRECTIONS[x.direction]),
                ", ".join(words.HAZARDS[h] for h in x.hazards),
                *(x.reading, x.reference, x.definition, " ".join(x.sources)),
            )
            for x in release.indicators.defer("formula")
        ),
        (30, 46, 14, 20, 24, 40, 24, 60, 40, 80),
    )
    _sheet(
        book, "Colonnes", codebook.HEAD, codebook.rows(release, components), (10, 34, 70, 24, 80)
    )
    kept = ("id", "producer", "label", "vintage", "licence", "sha256")
    files = ([str(s[name]) for name in kept] for s in release.sources)
    _sheet(book, "Sources", SOURCES, files, (36, 30, 60, 12, 40, 66))
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue(), release.opened_on)


def _sheet(
    book: openpyxl.Workbook,
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str | float | None]],
    widths: Sequence[int],
) -> None:
    sheet: Any = book.create_sheet(title)  # one that is written row by row
    sheet.freeze_panes = "A2"
    # Printed, it is as wide as the paper, with its header on each page.
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.page_setup.paperSize = A3
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    for n, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + n)].width = width
    made = []
    for text in head:
        cell = WriteOnlyCell(sheet, text)
        cell.font = Font(bold=True)
        made.append(cell)
    sheet.append(made)
    for row in rows:
        sheet.append([_cell(sheet, x) if isinstance(x, str) else x for x in row])


def _cell(sheet: Any, text: str) -> object:
    """Return a text that stays one: not a formula here, nor once it is typed or saved again."""
    seen = clean(text)[:LONGEST]
    if not seen.startswith(FORMULA):
        return seen
    cell = WriteOnlyCell(sheet, seen)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
