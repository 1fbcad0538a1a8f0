"""The public API: read-only, the same figures as the pages, with their licence in every answer."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Schema
from pydantic import Field

from labo_web.atlas.downloads import attribution, zone_features
from labo_web.releases.access import get_release_by_code, values_of
from labo_web.releases.models import Release, Zone

LICENCE = "Licence Ouverte 2.0, sauf mention contraire d’une source"
MOST = 1_000
CODE = r"^[\w.-]*$"

api = NinjaAPI(
    title="Labo Quartiers en Transitions",
    version="1",
    description="Lecture seule. Une valeur a un intervalle à 90 % ; vide, elle dit pourquoi.",
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer in JSON what a page would say."""
    return api.create_response(request, {"detail": str(error)}, status=404)


class Page(Schema):
    """Which part of a long answer."""

    limit: int = Field(100, ge=1, le=MOST)
    offset: int = Field(0, ge=0, le=10_000_000)


class Answer(Schema):
    """Rows, how many there are in all, and what one must say when using them."""

    count: int
    licence: str
    attribution: str
    items: list[dict[str, Any]]


class Problem(Schema):
    """Why there is no answer."""

    detail: str


def _answer(items: list[dict[str, Any]], count: int, release: Release | None) -> dict[str, Any]:
    return {
        "count": count,
        "licence": LICENCE,
        "attribution": attribution(release) if release else "Labo Quartiers en Transitions",
        "items": items,
    }


@api.get("/releases", response=Answer, url_name="releases")
def releases(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Releases that whoever asks may read, newest first."""
    found = Release.objects.visible_to(request)
    rows = [
        {
            "release": r.code,
            "territory": r.territory.code,
            "name": r.territory.name,
            "generation": r.generation,
            "code_version": r.code_version,
            "draws": r.draws,
            "fictive": r.fictive,
            "opened_on": r.opened_on,
            "sources": r.sources,
        }
        for r in found[page.offset : page.offset + page.limit]
    ]
    return _answer(rows, found.count(), None)


@api.get("/releases/{slug:code}/zones", response={200: Answer, 404: Problem})
def zones(request: HttpRequest, code: str, page: Query[Page]) -> dict[str, Any]:
    """Zones of a release, without their outlines."""
    release = get_release_by_code(request, code)
    found = Zone.objects.filter(release=release).defer("geometry").order_by("kind", "code")
    rows = [
        {
            "zone": z.code,
            "kind": z.kind,
            "name": z.name,
            "communes": z.communes,
            "bbox": [z.west, z.south, z.east, z.north],
        }
        for z in found[page.offset : page.offset + page.limit]
    ]
    return _answer(rows, found.count(), release)


@api.get("/releases/{slug:code}/zones.geojson", response={200: dict[str, Any], 404: Problem})
def geojson(request: HttpRequest, code: str) -> dict[str, Any]:
    """Zones of a release with their outlines and present values, as GeoJSON."""
    release = get_release_by_code(request, code)
    return {
        "type": "FeatureCollection",
        "licence": LICENCE,
        "attribution": attribution(release),
        "features": zone_features(request, release),
    }


@api.get("/releases/{slug:code}/indicators", response={200: Answer, 404: Problem})
def indicators(request: HttpRequest, code: str) -> dict[str, Any]:
    """Indicators of a release, as they were declared."""
    release = get_release_by_code(request, code)
    kept = ("label", "unit", "component", "direction", "hazards", "reading", "reference")
    rows = [
        {"indicator": x.name}
        | {name: getattr(x, name) for name in kept}
        | {"definition": x.definition, "formula": x.formula, "sources": x.sources}
        for x in release.indicators.all()
    ]
    return _answer(rows, len(rows), release)


class Wanted(Page):
    """Which values."""

    zone: str = Field("", max_length=60, pattern=CODE)
    indicator: str = Field("", max_length=100, pattern=CODE)


@api.get("/releases/{slug:code}/values", response={200: Answer, 404: Problem})
def values(request: HttpRequest, code: str, wanted: Query[Wanted]) -> dict[str, Any]:
    """Values of a release, with intervals; an empty one says why."""
    release = get_release_by_code(request, code)
    found = values_of(
        request,
        release,
        indicators=[wanted.indicator] if wanted.indicator else None,
        zones=[wanted.zone] if wanted.zone else None,
        scenario=None,
    )
    kept = ("scenario", "horizon", "central", "low", "high", "gap", "gap_low", "gap_high")
    more = ("imputed_share", "n_cells", "availability", "method", "reason")
    rows = [
        {"zone": v.zone.code, "indicator": v.indicator.name, "unit": v.indicator.unit}
        | {name: getattr(v, name) for name in (*kept, *more)}
        for v in found[wanted.offset : wanted.offset + wanted.limit]
    ]
    return _answer(rows, len(found), release)
