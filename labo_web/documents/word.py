"""What every DOCX of ours is made of: head and foot, styles, lists, tables, pictures with words."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Row
from docx.text.paragraph import Paragraph

from labo_web.documents.archive import settled
from labo_web.documents.drawings import Drawing
from labo_web.documents.facts import Edition
from labo_web.documents.typeset import noon, png_of

FONT = "Arial"  # on every machine where a DOCX is opened
LONGEST_PROPERTY = 255  # characters, says the format
INK, QUIET, ACCENT = "1D2433", "555B6A", "0B6E69"
STYLES = {
    "Normal": (10, INK),
    "Title": (22, INK),
    "Heading 1": (14, INK),
    "Heading 2": (11.5, ACCENT),
    "Heading 3": (10.5, INK),
    "Header": (8, QUIET),
    "Footer": (8, QUIET),
    "Caption": (8.5, QUIET),
    "List Bullet": (10, INK),
}


def new(edition: Edition, name: str) -> Document:
    """Return an empty document with its head, its foot and its title."""
    page = docx.Document()
    about = page.core_properties
    about.title, about.comments = name[:LONGEST_PROPERTY], edition.foot[:LONGEST_PROPERTY]
    about.author, about.language = "Labo Quartiers en Transitions", "fr-FR"
    about.created = about.modified = noon(edition.day).replace(tzinfo=None)
    about.last_modified_by = about.author
    section = page.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.8)
    section.header.paragraphs[0].text = f"{edition.territory}\t\t{edition.warning}"
    section.footer.paragraphs[0].text = edition.foot
    for style, (size, colour) in STYLES.items():
        _set(page, style, size, colour)
    # Word takes the language of spelling from here, and a reader the voice.
    lang = page.styles.element.find(".//" + qn("w:lang"))
    lang.set(qn("w:val"), "fr-FR")
    page.add_paragraph(name, style="Title")
    return page


def saved(page: Document, day: dt.date) -> bytes:
    """Return a document as bytes, the same ones for the same content and day."""
    out = io.BytesIO()
    page.save(out)
    return settled(out.getvalue(), day)


def _set(page: Document, name: str, size: float, colour: str) -> None:
    style = page.styles[name]
    font = style.font
    font.name, font.size, font.color.rgb = FONT, Pt(size), RGBColor.from_string(colour)
    if name.startswith("Heading"):
        style.paragraph_format.keep_with_next = True
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        if key.endswith("Theme"):  # a theme's font would win over the one that is named
            del fonts.attrib[key]
    fonts.set(qn("w:hAnsi"), FONT)
    fonts.set(qn("w:cs"), FONT)


def add_list(page: Document, lines: Iterable[str]) -> None:
    """Add lines, each with its dot."""
    for line in lines:
        page.add_paragraph(line, style="List Bullet")


def add_picture(page: Document, drawing: Drawing) -> None:
    """Add a drawing with what it shows in words."""
    page.add_picture(io.BytesIO(png_of(drawing)), width=Cm(9))
    holder: Paragraph = page.paragraphs[-1]
    for about in holder._p.iter(qn("wp:docPr")):
        about.set("descr", drawing.alt)
        about.set("name", "Carte")
    page.add_paragraph(drawing.alt, style="Caption")


def add_table(
    page: Document, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    """Add a table whose first row is its header, repeated on each page."""
    table = page.add_table(rows=1, cols=len(head), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)  # what LibreOffice goes by; Word goes by the cells
    _fill(table.rows[0], head, widths, bold=True)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    for row in rows:
        _fill(table.add_row(), row, widths)


def _fill(row: _Row, texts: Sequence[str], widths: Sequence[float], *, bold: bool = False) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, text, width in zip(row.cells, texts, widths, strict=True):
        cell.width = Cm(width)
        run = cell.paragraphs[0].add_run(text)
        run.font.size, run.bold = Pt(9), bold
        cell.paragraphs[0].paragraph_format.space_after = Pt(1)


def add_sources(page: Document, edition: Edition) -> None:
    """Add the files that the figures come from, by licence."""
    page.add_heading("Sources", 1)
    page.add_paragraph(
        f"Labo Quartiers en Transitions, livraison {edition.release}, d’après les fichiers "
        "suivants, qui gardent la licence de leur producteur."
    )
    add_list(page, (f"{s.licence} : {' ; '.join(s.files)}." for s in edition.sources))
    page.add_paragraph(f"La page en ligne, avec tous les chiffres : {edition.address}")
