"""What answers when a document or a data file is asked for: those a release is open to, or 404."""

import csv
import io
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from labo_web.atlas.documents import codebook
from labo_web.atlas.documents.geopackage import geopackage_of
from labo_web.atlas.documents.in_word import docx_of
from labo_web.atlas.documents.note import Note, neighbourhood_note, territory_note
from labo_web.atlas.documents.on_paper import pdf_of
from labo_web.atlas.documents.sheet import Sheet, leaflet, sheet
from labo_web.atlas.documents.workbook import workbook_of
from labo_web.documents.facts import facts_of, get_facts_for
from labo_web.documents.spreadsheet import harmless
from labo_web.documents.texts import cleaned
from labo_web.releases.access import get_release_for
from labo_web.releases.models import Release
from labo_web.releases.reading import GIEC, TACCT

OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "csv": "text/csv; charset=utf-8",
}
MAKERS: dict[str, Callable[[Sheet | Note], bytes]] = {"pdf": pdf_of, "docx": docx_of}


@require_safe
def neighbourhood_sheet(request: HttpRequest, territory: str, zone: str, kind: str) -> HttpResponse:
    """The two-page sheet of a neighbourhood."""
    release = get_release_for(request, territory)
    facts, here = get_facts_for(request, release, zone)
    components = _components(request) if "lecture" in request.GET else None
    content = cleaned(sheet(facts, here, components))
    return _file(MAKERS[kind](content), "fiche", kind, release, here.code)


@require_safe
def neighbourhood_leaflet(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """The page for the residents of a neighbourhood."""
    release = get_release_for(request, territory)
    facts, here = get_facts_for(request, release, zone)
    made = pdf_of(cleaned(leaflet(facts, here)))
    return _file(made, "fiche-quartier", "pdf", release, here.code)


@require_safe
def note_of_neighbourhood(
    request: HttpRequest, territory: str, zone: str, kind: str
) -> HttpResponse:
    """The note on a neighbourhood for elected officials."""
    release = get_release_for(request, territory)
    facts, here = get_facts_for(request, release, zone)
    content = cleaned(neighbourhood_note(facts, here))
    return _file(MAKERS[kind](content), "note", kind, release, here.code)


@require_safe
def note_of_territory(request: HttpRequest, territory: str, kind: str) -> HttpResponse:
    """The note on a territory for elected officials."""
    release = get_release_for(request, territory)
    content = cleaned(territory_note(facts_of(request, release)))
    return _file(MAKERS[kind](content), "note", kind, release, territory)


@require_safe
def workbook(request: HttpRequest, territory: str) -> HttpResponse:
    """Values, zones, indicators, columns and sources in a workbook."""
    release = get_release_for(request, territory)
    made = workbook_of(request, release, _components(request))
    return _file(made, "donnees", "xlsx", release, territory)


@require_safe
def geopackage(request: HttpRequest, territory: str) -> HttpResponse:
    """Zones and values for a geographic information system."""
    release = get_release_for(request, territory)
    return _file(geopackage_of(request, release), "donnees", "gpkg", release, territory)


@require_safe
def columns(request: HttpRequest, territory: str) -> HttpResponse:
    """The codebook: what each column means."""
    release = get_release_for(request, territory)
    out = io.StringIO()
    out.write("\ufeff")  # without it a French spreadsheet misreads accents
    writer = csv.writer(out, delimiter=";")
    writer.writerow(codebook.HEAD)
    for row in codebook.rows(release, _components(request)):
        writer.writerow(map(harmless, row))
    for subject, text in codebook.about(release):
        writer.writerow(map(harmless, ("livraison", subject, text, "", "")))
    return _file(out.getvalue().encode(), "colonnes", "csv", release, territory)


def _components(request: HttpRequest) -> dict[str, str]:
    """Return the words for components that were asked for: those of the IPCC, or of TACCT."""
    return TACCT if request.GET.get("lecture") == "tacct" else GIEC


def _file(content: bytes, title: str, kind: str, release: Release, code: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=KINDS[kind])
    name = f"{title}-{code}-{release.code}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    # What it holds depends on who asks: no one keeps it for another.
    answer["Cache-Control"] = "private, no-cache"
    return answer
