"""Sheets and notes as DOCX: to be corrected and completed by the team before they are printed."""

from __future__ import annotations

from collections.abc import Sequence

from docx.document import Document

from labo_web.atlas.documents.note import Note
from labo_web.atlas.documents.sheet import Brief, Sheet
from labo_web.documents.word import add_list, add_picture, add_sources, add_table, new, saved

NO_FINDING = "Aucun écart sûr avec l’agglomération."
NO_DOUBT = "Aucun doute particulier."
NO_RESOURCE = "Les données ouvertes n’en montrent pas : à chercher avec les habitants."


def docx_of(content: Sheet | Note) -> bytes:
    """Return a sheet or a note as DOCX, dated by its release."""
    page = new(content.edition, content.name)
    if isinstance(content, Sheet):
        _sheet(page, content)
    else:
        _note(page, content)
    add_sources(page, content.edition)
    return saved(page, content.edition.day)


def _sheet(page: Document, content: Sheet) -> None:
    page.add_paragraph(content.where)
    page.add_paragraph(content.people)
    add_picture(page, content.drawing)
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
        add_table(page, head, rows, (6.6, 2.8, 3.8, 4.2))
    if content.missing:
        page.add_heading("Sans valeur ici", 1)
        for missing in content.missing:
            page.add_paragraph(f"{' ; '.join(missing.labels)} : {missing.reason}.")


def _note(page: Document, content: Note) -> None:
    page.add_paragraph(content.where)
    page.add_paragraph().add_run(content.lead).bold = True
    if content.how:
        page.add_paragraph(content.how, style="Caption")
    add_picture(page, content.drawing)
    if content.names:
        named = (f"{n}\u00a0{name}" for n, name in enumerate(content.names, 1))
        page.add_paragraph(" · ".join(named), style="Caption")
    if content.themes:
        title = "Où en est ce quartier" if content.brief else "Quels quartiers, sur quel sujet"
        page.add_heading(title, 1)
    head = ("Ce que dit le calcul", "Pourquoi, et où agir", "Ce qui changerait ce résultat")
    widths = (3.2, 3.6, 6.2, 4.4)
    if content.brief is not None:
        told = [
            (
                theme.label,
                f"{row.text} : {row.span}",
                f"{row.reason} {row.lever}".strip(),
                row.change,
            )
            for theme in content.themes
            for row in theme.lines
        ]
        if told:
            add_table(page, ("Sujet", *head), told, widths)
        page.add_heading("En bref", 1)
        _brief(page, content.brief)
    else:
        for theme in content.themes:
            page.add_heading(theme.label, 2)
            page.add_paragraph(theme.question)
            rows = [
                (r.name, f"{r.text} : {r.span}", f"{r.reason} {r.lever}".strip(), r.change)
                for r in theme.lines
            ]
            if rows:
                add_table(page, ("Quartier", *head), rows, widths)
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
        add_table(
            page, ("Indicateur, et son intervalle à 90 %", *content.climate.horizons), future, wide
        )
    page.add_heading("À garder en tête", 1)
    add_list(page, content.limits)


def _brief(page: Document, brief: Brief) -> None:
    parts: tuple[tuple[str, Sequence[str], str], ...] = (
        ("Constats", brief.findings, NO_FINDING),
        ("Doutes", brief.doubts, NO_DOUBT),
        ("Ressources", brief.resources, NO_RESOURCE),
    )
    for title, lines, empty in parts:
        page.add_heading(title, 2)
        add_list(page, lines or (empty,))
