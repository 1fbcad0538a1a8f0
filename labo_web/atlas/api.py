"""The public API: read-only, the same figures as the pages, with their licence in every answer."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Path, Query, Schema
from ninja.errors import ValidationError
from pydantic import Field

from labo import release as engine
from labo import words
from labo.typography import curled_all
from labo_web.atlas import description
from labo_web.atlas.api_rows import (
    Collection,
    Indicators,
    Problem,
    ReleaseRow,
    Releases,
    Scores,
    Territories,
    Values,
    Zones,
)
from labo_web.atlas.downloads import zone_features
from labo_web.atlas.reuse import SHOWN, BadParameter, add_links, among, cite, only, problem
from labo_web.releases.access import get_release_by_code, latest_for, waiting_for, withhold
from labo_web.releases.credit import LICENCE, PUBLISHER, attribution, licences
from labo_web.releases.models import Release, Value
from labo_web.releases.reading import GIEC

MOST = 1_000
CODE = r"^[\w.-]*$"
SCENARIO = r"^[\w.+-]*$"

api = NinjaAPI(
    title="Labo Quartiers en Transitions",
    version="1",
    description=(
        "Lecture seule, sans compte. Une valeur a un intervalle à 90 % ; vide, elle dit pourquoi. "
        "Une livraison ne change jamais : son code dans l’adresse donne toujours les mêmes "
        "chiffres."
    ),
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(Http404)
def missing(_: HttpRequest, error: Http404) -> HttpResponse:
    """Answer in JSON what a page would say."""
    return problem(404, str(error))


@api.exception_handler(BadParameter)
def refused(_: HttpRequest, error: BadParameter) -> HttpResponse:
    """Say which parameter is not understood."""
    return problem(422, str(error))


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which values are not understood."""
    wrong = []
    path = request.resolver_match.kwargs if request.resolver_match else {}
    for e in error.errors:
        name = str(e["loc"][-1])
        given = str(request.GET.get(name, path.get(name, "")))
        limits = ", ".join(f"{key} {value}" for key, value in e.get("ctx", {}).items())
        wrong.append(f"{name} : « {given[:SHOWN]} » est refusé ({limits or e['type']}).")
    return problem(422, f"{' '.join(wrong)} Voir /api/openapi.json.")


ALWAYS: dict[int, type[Schema]] = {400: Problem, 422: Problem}
REFUSED: dict[int, type[Schema]] = {**ALWAYS, 404: Problem}
# As Path parameter: twelve characters of the digest of a release.
Code = Path[Annotated[str, Field(pattern=r"^[0-9a-f]{12}$", examples=["0123456789ab"])]]


class Page(Schema):
    """Which part of a long answer."""

    limit: int = Field(100, ge=1, le=MOST)
    offset: int = Field(0, ge=0, le=10_000_000)


def _answer(
    request: HttpRequest,
    response: HttpResponse,
    page: Page,
    count: int,
    items: Sequence[dict[str, Any]],
    release: Release | None,
) -> dict[str, Any]:
    """Return part of an answer, with the addresses of the parts before and after."""
    here = request.build_absolute_uri(request.path)

    def part(offset: int) -> str:
        given = request.GET.copy()
        given["limit"], given["offset"] = str(page.limit), str(offset)
        return f"{here}?{given.urlencode()}"

    following = part(page.offset + page.limit) if page.offset + page.limit < count else None
    before = part(max(page.offset - page.limit, 0)) if page.offset else None
    near = (("next", following), ("prev", before))
    add_links(response, [(rel, address, {}) for rel, address in near if address])
    if release:
        cite(request, response, release)
    return {
        "count": count,
        "next": following,
        "prev": before,
        "licence": LICENCE,
        "attribution": attribution(release) if release else PUBLISHER,
        "items": items,
    }


def _part(page: Page, rows: Any) -> Any:
    return rows[page.offset : page.offset + page.limit]


@api.get("/territories", response={200: Territories, **ALWAYS}, url_name="territories")
def territories(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> dict[str, Any]:
    """Territories that can be read, by name, with the release that is shown first."""
    only(request, type(page).model_fields)
    found = latest_for(request)
    rows = [
        {"territory": r.territory.code, "name": r.territory.name, "release": r.code}
        for r in _part(page, found)
    ]
    return _answer(request, response, page, len(found), rows, None)


def _release(r: Release) -> dict[str, Any]:
    return {
        "release": r.code,
        "territory": r.territory.code,
        "name": r.territory.name,
        "generation": r.generation,
        "code_version": r.code_version,
        "draws": r.draws,
        "seed": r.seed,
        "fictive": r.fictive,
        "opened_on": r.opened_on,
        "sha256": r.digest,
        "bbox": [r.west, r.south, r.east, r.north],
        "licences": licences(r),
        "sources": r.sources,
    }


@api.get("/releases", response={200: Releases, **ALWAYS}, url_name="releases")
def releases(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> dict[str, Any]:
    """Releases that whoever asks may read, newest first."""
    only(request, type(page).model_fields)
    found = Release.objects.visible_to(request)
    rows = [_release(r) for r in _part(page, found)]
    return _answer(request, response, page, found.count(), rows, None)


@api.get("/releases/{code}", response={200: ReleaseRow, **REFUSED})
def release(request: HttpRequest, response: HttpResponse, code: Code) -> dict[str, Any]:
    """One release, with its sources."""
    only(request, ())
    found = get_release_by_code(request, code)
    cite(request, response, found)
    return _release(found)


@api.get("/releases/{code}/zones", response={200: Zones, **REFUSED})
def zones(
    request: HttpRequest, response: HttpResponse, code: Code, page: Query[Page]
) -> dict[str, Any]:
    """Zones of a release, by kind then code, without their outlines."""
    only(request, type(page).model_fields)
    release = get_release_by_code(request, code)
    found = release.zones.defer("geometry").order_by("kind", "code")
    rows = [
        {
            "zone": z.code,
            "kind": z.kind,
            "kind_label": words.ZONE_KINDS.get(z.kind, z.kind),
            "name": z.name,
            "communes": z.communes,
            "bbox": [z.west, z.south, z.east, z.north],
        }
        for z in _part(page, found)
    ]
    return _answer(request, response, page, found.count(), rows, release)


@api.get("/releases/{code}/zones.geojson", response={200: Collection, **REFUSED})
def geojson(request: HttpRequest, response: HttpResponse, code: Code) -> dict[str, Any]:
    """Zones of a release with their outlines and present values, as GeoJSON."""
    only(request, ())
    release = get_release_by_code(request, code)
    cite(request, response, release)
    return {
        "type": "FeatureCollection",
        "licence": LICENCE,
        "attribution": attribution(release),
        "features": zone_features(request, release),
    }


@api.get("/releases/{code}/indicators", response={200: Indicators, **REFUSED})
def indicators(
    request: HttpRequest, response: HttpResponse, code: Code, page: Query[Page]
) -> dict[str, Any]:
    """Indicators of a release, in the order of the catalogue, as they were declared."""
    only(request, type(page).model_fields)
    release = get_release_by_code(request, code)
    kept = ("label", "unit", "component", "direction", "hazards", "reading", "reference")
    more = ("definition", "formula", "sources")
    found = release.indicators.all()
    rows = [
        {"indicator": x.name, "unit_label": words.UNITS.get(x.unit, x.unit)}
        | {"component_label": GIEC[x.component]}
        | curled_all({name: getattr(x, name) for name in (*kept, *more)})
        for x in _part(page, found)
    ]
    return _answer(request, response, page, found.count(), rows, release)


class Wanted(Page):
    """Which values."""

    zone: str = Field("", max_length=60, pattern=CODE)
    kind: str = Field("", max_length=20, pattern=CODE)
    indicator: str = Field("", max_length=100, pattern=CODE)
    scenario: str = Field("", max_length=40, pattern=SCENARIO)


@api.get("/releases/{code}/values", response={200: Values, **REFUSED})
def values(
    request: HttpRequest, response: HttpResponse, code: Code, wanted: Query[Wanted]
) -> dict[str, Any]:
    """Values of a release, with intervals; an empty one says why.

    A zone, an indicator or a scenario that the release does not have is not found, and the answer
    says which there are.
    """
    only(request, type(wanted).model_fields)
    release = get_release_by_code(request, code)
    _check(release, wanted)
    asked = {
        "zone__code": wanted.zone,
        "zone__kind": wanted.kind,
        "indicator__name": wanted.indicator,
        "scenario": wanted.scenario,
    }
    found = Value.objects.filter(zone__release=release)
    found = found.filter(**{name: value for name, value in asked.items() if value})
    found = found.select_related("zone", "indicator").defer(
        "zone__geometry", "indicator__formula", "indicator__definition"
    )
    found = found.order_by("indicator__position", "zone__name", "pk")
    kept = ("scenario", "horizon", "central", "low", "high", "gap", "gap_low", "gap_high")
    more = ("imputed_share", "n_cells", "availability", "method", "reason")
    doubt = ("var_measurement", "var_secrecy", "var_transfer")
    rows = [
        {"zone": v.zone.code, "indicator": v.indicator.name, "unit": v.indicator.unit}
        | {"unit_label": words.UNITS.get(v.indicator.unit, v.indicator.unit)}
        | {"method_label": words.METHODS.get(v.method, v.method)}
        | curled_all({name: getattr(v, name) for name in (*kept, *more, *doubt)})
        for v in withhold(request, [release], list(_part(wanted, found)))
    ]
    return _answer(request, response, wanted, found.count(), rows, release)


def _check(release: Release, wanted: Wanted) -> None:
    """Answer 404 to what a release does not have."""
    zones, indicators = release.zones.order_by("code"), release.indicators.all()
    values = Value.objects.filter(zone__release=release).order_by("scenario")
    root = f"/api/releases/{release.code}"
    # By parameter: those that there are, asked for when it is given, and where all are told.
    there: list[tuple[str, str, Any, str]] = [
        ("kind", "kind", zones.order_by("kind"), f"{root}/zones"),
        ("zone", "code", zones, f"{root}/zones"),
        ("indicator", "name", indicators, f"{root}/indicators"),
        ("scenario", "scenario", values, ""),
    ]
    for name, column, rows, where in there:
        if given := getattr(wanted, name):
            among(name, given, list(rows.values_list(column, flat=True).distinct()), where)


class WantedScores(Page):
    """Which scores."""

    zone: str = Field("", max_length=60, pattern=CODE)
    index: str = Field("", max_length=100, pattern=CODE)


@lru_cache(maxsize=64)
def _scores(folder: FilePath) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
    """Return the scores of a release, and the indicators of each index. It never changes."""
    found = engine.read(folder)
    table = found.scores.rename(columns={"class": "vulnerability_class"})
    table = table.sort_values(["index", "component", "zone"])
    rows: list[Any] = table.astype(object).where(table.notna(), None).to_dict("records")
    used: dict[str, set[str]] = {
        x["id"]: {name for factor in x["factors"] for name in factor["indicators"]}
        for x in found.catalogue.get("indices", ())
    }
    return rows, used


@api.get("/releases/{code}/scores", response={200: Scores, **REFUSED})
def scores(
    request: HttpRequest, response: HttpResponse, code: Code, wanted: Query[WantedScores]
) -> dict[str, Any]:
    """Scores of the neighbourhoods for each index and component, with all that is unsure."""
    only(request, type(wanted).model_fields)
    release = get_release_by_code(request, code)
    every, used = _scores(release.folder)
    zones = f"/api/releases/{release.code}/zones"
    for name, where in (("zone", zones), ("index", "")):
        if given := getattr(wanted, name):
            among(name, given, sorted({r[name] for r in every}), where)
    # A score tells of the values that it is made of.
    held = {(zone, name) for _, zone, name in waiting_for(request, [release])}
    rows = [
        r
        for r in every
        if wanted.zone in ("", r["zone"])
        and wanted.index in ("", r["index"])
        and not any((r["zone"], name) in held for name in used.get(r["index"], ()))
    ]
    return _answer(request, response, wanted, len(rows), _part(wanted, rows), release)


@api.get("/releases/{code}/datapackage.json", response={200: dict[str, Any], **REFUSED})
def datapackage(request: HttpRequest, response: HttpResponse, code: Code) -> dict[str, Any]:
    """The files of a release as a Frictionless data package: columns, types, units, licence."""
    only(request, ())
    release = get_release_by_code(request, code)
    cite(request, response, release)
    return description.datapackage(request, release)


LINKED = {"responses": {200: {"content": {description.JSON_LD: {"schema": {"type": "object"}}}}}}


@api.get(
    "/releases/{code}/dcat.jsonld", response={200: dict[str, Any], **REFUSED}, openapi_extra=LINKED
)
def dataset(request: HttpRequest, code: Code) -> HttpResponse:
    """A release as a DCAT dataset, in JSON-LD."""
    only(request, ())
    release = get_release_by_code(request, code)
    return _linked(request, description.linked(description.dataset(request, release)), release)


@api.get(
    "/dcat.jsonld",
    response={200: dict[str, Any], **ALWAYS},
    url_name="dcat",
    openapi_extra=LINKED,
)
def catalogue(request: HttpRequest) -> HttpResponse:
    """All the releases that can be read, as a DCAT catalogue, for portals of open data."""
    only(request, ())
    found = Release.objects.visible_to(request)
    return _linked(request, description.linked(description.catalogue(request, found)), None)


def _linked(request: HttpRequest, body: dict[str, Any], release: Release | None) -> HttpResponse:
    answer = api.create_response(request, body, status=200)
    answer["Content-Type"] = description.JSON_LD
    if release:
        cite(request, answer, release)
    return answer
