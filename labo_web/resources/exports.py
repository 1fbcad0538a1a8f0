"""Published resources as open data; what is of OpenStreetMap apart, under its own licence."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from labo_web.documents.spreadsheet import harmless
from labo_web.releases.access import get_release_for
from labo_web.releases.models import Release
from labo_web.resources.models import Consent, Description, Resource
from labo_web.resources.needs import FRAGILITIES, NEEDS

OPEN, ODBL = "Licence Ouverte 2.0", "ODbL 1.0"
# Of columns that are not texts; numbers have a decimal comma.
TYPES = {"capacite": "integer", "longitude": "number", "latitude": "number", "verifie_le": "date"}
# What each column holds: the description that goes with the files, and their order.
COLUMNS = {
    "numero": "numéro public de la ressource",
    "nature": "lieu, association, savoir-faire, pratique, outil, service public",
    "nom": "nom",
    "quartier": "code du quartier prioritaire ; vide : tout le territoire",
    "structure": "structure qui la tient, jamais une personne",
    "ce_que_ca_fait": "ce qu’elle peut faire",
    "besoins": "besoins auxquels elle répond, séparés par |",
    "capacite": "personnes à la fois, d’après sa description",
    "horaires": "horaires en toutes lettres",
    "apres_midi_aout": "oui, non ou on ne sait pas",
    "soir_aout": "oui, non ou on ne sait pas",
    "week_end_aout": "oui, non ou on ne sait pas",
    "en_canicule": "ce qui change pendant une alerte",
    "etat": "état",
    "fragilites": "ce qui est fragile, séparé par |",
    "longitude": "degrés WGS84 ; à 50 m près pour ce que des habitants donnent",
    "latitude": "degrés WGS84 ; à 50 m près pour ce que des habitants donnent",
    "verifie_le": "jour du dernier constat, AAAA-MM-JJ",
    "origine": "qui l’a dite",
    "licence": "licence de la ligne",
    "fictif": "oui si la ligne est inventée pour une démonstration",
}


def exported(release: Release, *, odbl: bool) -> list[Description]:
    """Return what may be taken away: residents' only where they agreed to open files."""
    rows = Description.objects.published().filter(resource__territory=release.territory)
    osm = Resource.Source.OSM
    rows = rows.filter(resource__source=osm) if odbl else rows.exclude(resource__source=osm)
    agreed = set(
        Consent.objects.filter(
            resource__territory=release.territory, scope=Consent.Scope.OPEN, withdrawn_on=None
        ).values_list("resource", flat=True)
    )
    resident = Resource.Source.RESIDENT
    return [x for x in rows if x.resource.source != resident or x.resource_id in agreed]


def cells(x: Description) -> Iterator[Any]:
    """Give the cells of a resource, in the order of COLUMNS."""
    yield from (x.resource.number, x.resource.get_kind_display(), x.name, x.zone, x.holder)
    yield from (x.offer, "|".join(NEEDS[n].label for n in x.needs if n in NEEDS), x.capacity)
    yield from (x.hours, x.get_afternoon_display(), x.get_evening_display())
    yield from (x.get_weekend_display(), x.get_in_heat_display(), x.get_condition_display())
    yield "|".join(FRAGILITIES[n] for n in x.fragilities if n in FRAGILITIES)
    yield from (x.lon, x.lat, x.checked_on.isoformat() if x.checked_on else "")
    yield from (x.resource.get_source_display(), x.resource.licence)
    yield "oui" if x.resource.fictive else "non"


@cache_control(no_cache=True)
@require_safe
def as_csv(request: HttpRequest, territory: str, *, odbl: bool) -> HttpResponse:
    """A table for French spreadsheets: semicolons, decimal commas."""
    release = get_release_for(request, territory)
    out = io.StringIO()
    out.write("\ufeff")  # without it a French spreadsheet misreads accents
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    for x in exported(release, odbl=odbl):
        writer.writerow([_cell(value) for value in cells(x)])
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"ressources-{release.territory.code}{'-odbl' if odbl else ''}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".replace(".", ",")
    return "" if value is None else harmless(str(value))


@cache_control(no_cache=True)
@require_safe
def as_geojson(request: HttpRequest, territory: str, *, odbl: bool) -> HttpResponse:
    """Points with the same columns; what has no place has no geometry."""
    release = get_release_for(request, territory)
    features = []
    for x in exported(release, odbl=odbl):
        point = {"type": "Point", "coordinates": [x.lon, x.lat]}
        features.append(
            {
                "type": "Feature",
                "id": x.resource.number,
                "geometry": None if x.lon is None else point,
                "properties": dict(zip(COLUMNS, cells(x), strict=True)),
            }
        )
    about = {"licence": ODBL if odbl else OPEN, "attribution": credit(odbl=odbl)}
    body = {"type": "FeatureCollection", "about": about, "features": features}
    return JsonResponse(
        body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )


@cache_control(no_cache=True)
@require_safe
def datapackage(request: HttpRequest, territory: str) -> HttpResponse:
    """The same description for machines, as a Frictionless data package."""
    release = get_release_for(request, territory)
    fields = [
        {"name": name, "type": TYPES.get(name, "string"), "description": says}
        | ({"decimalChar": ","} if TYPES.get(name) == "number" else {})
        for name, says in COLUMNS.items()
    ]
    body = {
        "name": f"ressources-{release.territory.code}",
        "title": f"Ressources des quartiers, {release.territory}",
        "resources": [
            {
                "name": f"ressources{'-odbl' if odbl else ''}",
                "path": request.build_absolute_uri(reverse(page, args=[release.territory.code])),
                "format": "csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ";"},
                "schema": {"fields": fields, "missingValues": [""]},
                "licenses": [{"name": ODBL if odbl else OPEN}],
                "sources": [{"title": credit(odbl=odbl)}],
            }
            for odbl, page in ((False, "resources_csv"), (True, "resources_odbl_csv"))
        ],
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def credit(*, odbl: bool) -> str:
    """Return whom to name."""
    return "© les contributeurs d’OpenStreetMap" if odbl else "Labo Quartiers en Transitions"


@cache_control(no_cache=True)
@require_safe
def description(request: HttpRequest, territory: str) -> HttpResponse:
    """What the files hold, column by column, under which licence, and what they leave out."""
    release = get_release_for(request, territory)
    context = {
        "release": release,
        "columns": COLUMNS.items(),
        "count": len(exported(release, odbl=False)),
        "odbl_count": len(exported(release, odbl=True)),
    }
    return render(request, "resources/data.html", context)
