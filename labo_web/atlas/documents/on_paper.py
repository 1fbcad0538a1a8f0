"""Sheets, notes and leaflets as PDF."""

from labo_web.atlas.documents.note import Note
from labo_web.atlas.documents.sheet import Leaflet, Sheet
from labo_web.documents import typeset

# Template, most pages, and sizes of the text in points.
SHEET = ("sheet.typ", 2, (8.4, 8.0, 7.7, 7.4, 7.0, 6.4))
LEAFLET = ("leaflet.typ", 1, (13.0, 12.4, 11.8, 11.2, 10.5, 9.5, 8.0))
NOTE = ("note.typ", 2, (8.8, 8.5, 8.2, 7.9, 7.6, 7.2, 6.6))


def pdf_of(content: Sheet | Leaflet | Note) -> bytes:
    """Return a document as PDF/UA-1, dated by its release, on as many pages as it should have."""
    template, most, sizes = {Sheet: SHEET, Leaflet: LEAFLET, Note: NOTE}[type(content)]
    return typeset.pdf_of(content, template, content.edition.day, sizes, most)
