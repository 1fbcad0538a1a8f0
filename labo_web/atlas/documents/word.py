"""The same content as DOCX: to be corrected and completed by the team before it is printed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Row
from docx.text.paragraph import Paragraph

from labo_web.atlas.documents.archive import settled
from labo_web.atlas.documents.drawings import Drawing
from labo_web.atlas.documents.facts import Edition
from labo_web.atlas.documents.note import Note
from labo_web.atlas.documents.sheet import Brief, Sheet
from labo_web.atlas.documents.typeset import noon, png_of

FONT = "Arial"  # on every machine where a DOCX is opened
LONGEST_PROPERTY = 255  # characters, says the format
INK, QUIET, ACCENT = "1D2433", "555B6A", "0B6E69"
STYLES = {
    "Normal": (10, INK),
    "Title": (22, INK),
    "Heading 1": (14, INK),
    "Heading 2": (11.5, ACCENT),
    "Header": (8, QUIET),
    "Footer": (8, QUIET),
    "Caption": (8.5, QUIET),
    "List Bullet": (10, INK),
}
NO_FINDING = "Aucun écart sûr avec l’agglomération."
NO_DOUBT = "Aucun doute particulier."
NO_RESOURCE = "Les données ouvertes n’en montrent pas : à chercher avec les habitants."


def docx_of(content: Sheet | Note) -> bytes:
    """Return a sheet or a note as DOCX, dated by its release."""
    page = _page(content.edition, content.name)
    page.add_paragraph(content.name, style="Title")
    if isinstance(content, Sheet):
        _sheet(page, content)
    else:
        _note(page, content)
    _sources(page, content.edition)
    out = io.BytesIO()
    page.save(out)
    return settled(out.getvalue(), content.edition.day)


def _page(edition: Edition, name: str) -> Document:
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
    return page


def _set(page: Document, name: str, size: float, colour: str) -> None:
    style = page.styles[name]
    font = style.font
    font.name, font.size, font.color.rgb = FONT, Pt(size), RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        if key.endswith("Theme"):  # a theme's font would win over the one that is named
            del fonts.attrib[key]
    fonts.set(qn("w:hAnsi"), FONT)
    fonts.set(qn("w:cs"), FONT)


def _sheet(page: Document, content: Sheet) -> None:
    page.add_paragraph(content.where)
    page.add_paragraph(content.people)
    _picture(page, content.drawing)
    page.add_heading("En bref", 1)
    page.add_paragraph(
        f"{content.brief.credit} Les intervalles tiennent 9 fois sur 10.",
        style="Caption",
    )
    _brief(page, content.brief)
    page.add_heading("Profil", 1)
    page.add_paragraph(
        "Valeur, intervalle à 90 %, et écart à l’agglomération. Le dessin est dans la version PDF "
        "et sur la page en ligne."
    )
    if content.elsewhere:
        page.add_paragraph(
            "Sont ici les indicateurs qui font les indices ; les "
            f"{content.elsewhere} autres sont sur la page en ligne."
        )
    for hazard in content.hazards:
        page.add_heading(hazard.title, 2)
        rows = [
            (r.label, part.component, f"{r.figure} ({r.interval})" if r.interval else r.figure,
             f"{r.gap} : {r.verdict}" if r.gap else "–")
            for part in hazard.parts
            for r in part.rows
        ]  # fmt: skip
        head = ("Indicateur", "Composante", "Valeur et intervalle", "Écart à l’agglomération")
        _table(page, head, rows, (6.6, 2.8, 3.8, 4.2))
    if content.missing:
        page.add_heading("Sans valeur ici", 1)
        for missing in content.missing:
            page.add_paragraph(f"{' ; '.join(missing.labels)} : {missing.reason}.")


def _note(page: Document, content: Note) -> None:
    page.add_paragraph(content.where)
    page.add_paragraph().add_run(content.lead).bold = True
    if content.how:
        page.add_paragraph(content.how, style="Caption")
    _picture(page, content.drawing)
    if content.names:
        named = (f"{n}\u00a0{name}" for n, name in enumerate(content.names, 1))
        page.add_paragraph(" · ".join(named), style="Caption")
    if content.themes:
        title = "Où en est ce quartier" if content.brief else "Quels quartiers, sur quel sujet"
        page.add_heading(title, 1)
    head = ("Ce que dit le calcul", "Pourquoi", "Ce qui pourrait le changer")
    widths = (3.4, 3.8, 4.6, 5.6)
    if content.brief is not None:
        told = [
            (theme.label, f"{row.text} : {row.span}", row.reason, row.change)
            for theme in content.themes
            for row in theme.lines
        ]
        if told:
            _table(page, ("Sujet", *head), told, widths)
        page.add_heading("En bref", 1)
        _brief(page, content.brief)
    else:
        for theme in content.themes:
            page.add_heading(theme.label, 2)
            page.add_paragraph(theme.question)
            rows = [(r.name, f"{r.text} : {r.span}", r.reason, r.change) for r in theme.lines]
            if rows:
                _table(page, ("Quartier", *head), rows, widths)
            if theme.others:
                page.add_paragraph(theme.others)
    if content.climate.rows:
        page.add_heading("Le climat à venir", 1)
        page.add_paragraph(
            f"Il se dit de l’agglomération entière (référentiel {content.climate.reference}). "
            "Il ne dit rien de la différence entre quartiers."
        )
        future = [
            (row.label, *(f"{cell.text} ({cell.beside})" if cell.beside else cell.text
                          for cell in row.cells))
            for row in content.climate.rows
        ]  # fmt: skip
        many = len(content.climate.horizons)
        wide = (17.4 - 2.9 * many, *(2.9,) * many)
        _table(
            page, ("Indicateur, et son intervalle à 90 %", *content.climate.horizons), future, wide
        )
    page.add_heading("À garder en tête", 1)
    _list(page, content.limits)


def _brief(page: Document, brief: Brief) -> None:
    parts: tuple[tuple[str, Sequence[str], str], ...] = (
        ("Constats", brief.findings, NO_FINDING),
        ("Doutes", brief.doubts, NO_DOUBT),
        ("Ressources", brief.resources, NO_RESOURCE),
    )
    for title, lines, empty in parts:
        page.add_heading(title, 2)
        _list(page, lines or (empty,))


def _list(page: Document, lines: Iterable[str]) -> None:
    for line in lines:
        page.add_paragraph(line, style="List Bullet")


def _picture(page: Document, drawing: Drawing) -> None:
    """Add a drawing with what it shows in words."""
    page.add_picture(io.BytesIO(png_of(drawing)), width=Cm(9))
    holder: Paragraph = page.paragraphs[-1]
    for about in holder._p.iter(qn("wp:docPr")):
        about.set("descr", drawing.alt)
        about.set("name", "Carte")
    page.add_paragraph(drawing.alt, style="Caption")


def _table(
    page: Document, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    """Add a table whose first row is its header, repeated on each page."""
    table = page.add_table(rows=1, cols=len(head), style="Table Grid")
    table.autofit = False
    _fill(table.rows[0], head, widths, bold=True)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    for row in rows:
        _fill(table.add_row(), row, widths)


def _fill(row: _Row, texts: Sequence[str], widths: Sequence[float], *, bold: bool = False) -> None:
    for cell, text, width in zip(row.cells, texts, widths, strict=True):
        cell.width = Cm(width)
        run = cell.paragraphs[0].add_run(text)
        run.font.size, run.bold = Pt(9), bold
        cell.paragraphs[0].paragraph_format.space_after = Pt(1)


def _sources(page: Document, edition: Edition) -> None:
    page.add_heading("Sources", 1)
    page.add_paragraph(
        f"Labo Quartiers en Transitions, livraison {edition.release}, d’après les fichiers "
        "suivants, qui gardent la licence de leur producteur."
    )
    _list(page, (f"{s.licence} : {' ; '.join(s.files)}." for s in edition.sources))
    page.add_paragraph(f"La page en ligne, avec tous les chiffres : {edition.address}")
