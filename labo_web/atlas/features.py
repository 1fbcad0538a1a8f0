"""OGC API Features, part 1: zones with their values, that QGIS opens from one address.

A collection is one kind of zone of one release: a layer of neighbourhoods whose columns are the
indicators. A release never changes, so a map made from it stays true. The numbers of requirements
are those of the standard 17-069r4.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import quote, urlencode

import shapely
from django.db.models import Count, Max, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from labo_web.atlas.downloads import zone_features
from labo_web.atlas.features_description import CONFORMS, MOST, OPENAPI, USUAL, openapi
from labo_web.atlas.reuse import SHOWN, BadParameter, addresses, cite, only, problem
from labo_web.releases.access import get_release_by_code
from labo_web.releases.credit import LICENCE, LICENCE_URL, PUBLISHER, attribution
from labo_web.releases.models import Release, Zone

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
JSON, HTML, GEOJSON = "application/json", "text/html", "application/geo+json"
FARTHEST = 10_000_000
KINDS = {
    "qpv": "Quartiers prioritaires",
    "perimeter": "Périmètres dessinés",
    "commune": "Communes",
    "epci": "Agglomération",
    "rest_of_epci": "Agglomération hors quartiers prioritaires",
}
WHOLE_NUMBER = re.compile(r"\d{1,100}\Z", re.ASCII)
DAY = r"\d{4}-\d\d-\d\d"
MOMENT = re.compile(rf"{DAY}(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?\Z", re.ASCII)
View = Callable[..., HttpResponse]


def resource(view: View) -> View:
    """Make of a function a page that is read only, and that refuses as the standard says."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except BadParameter as error:  # 7.5.1, requirements 8 and 9
            return problem(400, str(error))
        except Http404 as error:
            return problem(404, str(error))

    # Nothing is written here: a form elsewhere that is posted gets 405 rather than 403.
    return csrf_exempt(require_safe(answer))


def wants_html(request: HttpRequest, *more: str) -> bool:
    """Return whether a page is asked for: by `f`, else by what the browser accepts best.

    Raises:
        BadParameter: `f` is neither json nor html, or another parameter is not among `more`.
    """
    only(request, ("f", *more))
    asked = request.GET.get("f")
    if asked is None:
        # The longest says nothing of */* alone: QGIS and scripts then get JSON.
        return request.get_preferred_type([JSON, GEOJSON, OPENAPI, HTML]) == HTML
    if asked not in ("json", "html"):
        raise BadParameter(f"f : « {asked[:SHOWN]} » est refusé. Donnez json ou html.")
    return asked == "html"


def link(request: HttpRequest, rel: str, path: str, media: str, title: str = "") -> dict[str, str]:
    """Return a link of the standard."""
    address = request.build_absolute_uri(path)
    return {"rel": rel, "href": address, "type": media} | ({"title": title} if title else {})


def both(request: HttpRequest, media: str, html: bool, **given: str) -> list[dict[str, str]]:
    """Return the links to this answer: itself, and the same in the other format."""
    links = []
    for kind, name, here, said in (
        (media, "json", not html, "En JSON"),
        (HTML, "html", html, "En page"),
    ):
        rel = "self" if here else "alternate"
        query = urlencode(given | {"f": name})
        links.append(link(request, rel, f"{request.path}?{query}", kind, said))
    return links


def respond(
    request: HttpRequest,
    body: dict[str, Any],
    html: bool,
    *,
    media: str = JSON,
    release: Release | None = None,
    **context: Any,
) -> HttpResponse:
    """Return the answer as JSON or as a page, with a tag that changes only when it does."""
    if html:
        shown = {"body": body, "release": release, "releases": [], **context}
        answer = render(request, "atlas/ogc.html", shown)
    else:
        text = json.dumps(body, ensure_ascii=False)
        tag = hashlib.sha256(text.encode()).hexdigest()[:32]
        if body.get("type") == "FeatureCollection":
            # 7.15.8: when the answer was made, which its tag must not know.
            now = timezone.now().astimezone(dt.UTC)
            text = json.dumps({"timeStamp": f"{now:%Y-%m-%dT%H:%M:%SZ}"} | body, ensure_ascii=False)
        answer = HttpResponse(text, content_type=media)
        answer["ETag"] = f'W/"{tag}"'
    patch_vary_headers(answer, ["Accept"])
    if release:
        cite(request, answer, release)
    return answer


@resource
def landing(request: HttpRequest) -> HttpResponse:
    """Where everything starts: what there is, and under which addresses."""
    html = wants_html(request)
    links = [
        *both(request, JSON, html),
        link(request, "service-desc", reverse("ogc_api"), OPENAPI, "Description OpenAPI 3.0"),
        link(request, "service-doc", f"{reverse('ogc_api')}?f=html", HTML, "Les adresses"),
        link(request, "conformance", reverse("ogc_conformance"), JSON, "Ce qui est respecté"),
        link(request, "data", reverse("ogc_collections"), JSON, "Les couches"),
        {"rel": "license", "href": LICENCE_URL, "type": HTML, "title": LICENCE},
    ]
    body = {
        "title": PUBLISHER,
        "description": "Zones des diagnostics ouverts, avec leurs valeurs en colonnes.",
        "attribution": PUBLISHER,
        "links": links,
    }
    return respond(request, body, html, title="Couches pour QGIS (OGC API Features)")


@resource
def api(request: HttpRequest) -> HttpResponse:
    """The description of these addresses for programs (OpenAPI 3.0), or for people."""
    if wants_html(request):
        return render(request, "atlas/api.html", addresses(request))
    root = request.build_absolute_uri(reverse("ogc")).rstrip("/")
    return HttpResponse(json.dumps(openapi(root), ensure_ascii=False), content_type=OPENAPI)


@resource
def conformance(request: HttpRequest) -> HttpResponse:
    """Which parts of the standard are held."""
    html = wants_html(request)
    body = {"conformsTo": CONFORMS, "links": both(request, JSON, html)}
    return respond(request, body, html, title="Ce qui est respecté")


@dataclass(frozen=True)
class Layer:
    """The zones of one kind in one release."""

    release: Release
    kind: str
    count: int
    bbox: list[float]

    @property
    def code(self) -> str:
        """The name of the collection in addresses."""
        return f"{self.release.code}-{self.kind}"

    @property
    def title(self) -> str:
        """The name of the layer in the list of QGIS."""
        name = KINDS[self.kind]
        if self.kind == "qpv":
            name += f" {self.release.generation}"
        return f"{self.release.territory} – {name}"

    @property
    def path(self) -> str:
        """Its address."""
        return reverse("ogc_collection", args=[self.code])


def layers(releases: list[Release]) -> Iterator[Layer]:
    """Give the layers of some releases, neighbourhoods first, in one query."""
    by_key = {r.pk: r for r in releases}
    rows = Zone.objects.filter(release__in=releases).order_by().values("release", "kind")
    rows = rows.annotate(
        n=Count("pk"), w=Min("west"), s=Min("south"), e=Max("east"), n_=Max("north")
    )
    found = {(row["release"], row["kind"]): row for row in rows}
    for pk, release in by_key.items():
        for kind in KINDS:
            if row := found.get((pk, kind)):
                yield Layer(release, kind, row["n"], [row["w"], row["s"], row["e"], row["n_"]])


def get_layer(request: HttpRequest, collection: str) -> Layer:
    """Return the layer of that code, or answer 404."""
    code, _, kind = collection.partition("-")
    for layer in layers([get_release_by_code(request, code)]):
        if layer.kind == kind:
            return layer
    raise Http404("Cette livraison n’a pas de couche de ce nom.")


def _collection(request: HttpRequest, layer: Layer) -> dict[str, Any]:
    """Return the description of a collection (7.13)."""
    items = reverse("ogc_items", args=[layer.code])
    code = layer.release.code
    return {
        "id": layer.code,
        "title": layer.title,
        "description": f"{layer.count} zones. Trois colonnes par indicateur : valeur, bas et haut "
        f"de l’intervalle à 90 %. Vide : pas de valeur. {attribution(layer.release)}.",
        "attribution": attribution(layer.release),
        "extent": {"spatial": {"bbox": [layer.bbox], "crs": CRS84}},
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link(request, "self", f"{layer.path}?f=json", JSON, "Cette couche"),
            link(request, "alternate", f"{layer.path}?f=html", HTML, "Cette couche, en page"),
            link(request, "items", items, GEOJSON, "Les zones"),
            link(request, "items", f"{items}?f=html", HTML, "Les zones, en page"),
            link(request, "describedby", f"/api/releases/{code}/datapackage.json", JSON,
                 "Colonnes et unités"),
            link(request, "describedby", f"/api/releases/{code}/dcat.jsonld",
                 "application/ld+json", "Description DCAT"),
            {"rel": "license", "href": LICENCE_URL, "type": HTML, "title": LICENCE},
        ],
    }  # fmt: skip


@resource
def collections(request: HttpRequest) -> HttpResponse:
    """All the layers that can be read."""
    html = wants_html(request)
    releases = sorted(Release.objects.visible_to(request), key=lambda r: (r.territory.name, -r.pk))
    found = [_collection(request, layer) for layer in layers(releases)]
    licence = {"rel": "license", "href": LICENCE_URL, "type": HTML, "title": LICENCE}
    body = {"links": [*both(request, JSON, html), licence], "collections": found}
    return respond(request, body, html, title="Les couches")


@resource
def collection(request: HttpRequest, collection: str) -> HttpResponse:
    """One layer."""
    html = wants_html(request)
    layer = get_layer(request, collection)
    body = _collection(request, layer)
    return respond(request, body, html, title=layer.title, release=layer.release)


FILTERS = ("zone", "name")


@resource
def items(request: HttpRequest, collection: str) -> HttpResponse:
    """Zones of a layer, in the order of their codes: part after part, in a box, by name."""
    html = wants_html(request, "limit", "offset", "bbox", "datetime", *FILTERS)
    limit = min(_whole(request, "limit", USUAL, 1), MOST)  # 7.15.2: more is not an error
    offset = _whole(request, "offset", 0, 0, FARTHEST)
    box = _box(request.GET["bbox"]) if "bbox" in request.GET else None
    if "datetime" in request.GET:
        # 7.15.4: zones have no date, and what has none is never left out.
        _check_moments(request.GET["datetime"])
    layer = get_layer(request, collection)
    found = _within(layer, box, {k: request.GET[k] for k in FILTERS if k in request.GET})
    part = found[offset : offset + limit]
    given = {name: request.GET[name] for name in request.GET if name != "f"}
    links = both(request, GEOJSON, html, **given)
    for rel, said, start, there in (
        ("next", "Les suivantes", offset + limit, offset + limit < len(found)),
        ("prev", "Les précédentes", max(offset - limit, 0), offset > 0),
    ):
        if there:
            query = urlencode(
                given | {"limit": limit, "offset": start, "f": "html" if html else "json"}
            )
            media = HTML if html else GEOJSON
            links.append(link(request, rel, f"{request.path}?{query}", media, said))
    links.append(link(request, "collection", layer.path, JSON, layer.title))
    links.append({"rel": "license", "href": LICENCE_URL, "type": HTML, "title": LICENCE})
    body = {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(part),
        "licence": LICENCE,
        "attribution": attribution(layer.release),
        "links": links,
        "features": zone_features(request, layer.release, part),
    }
    return respond(
        request, body, html, media=GEOJSON, title=layer.title, release=layer.release,
        rows=_rows(layer, part),
    )  # fmt: skip


def _within(layer: Layer, box: list[tuple[float, ...]] | None, equal: dict[str, str]) -> list[Zone]:
    """Return the zones that touch a box and have these properties, by code."""
    found = layer.release.zones.filter(kind=layer.kind).order_by("code")
    if any("\0" in value for value in equal.values()):
        return []  # no name holds it, and PostgreSQL does not hear of it
    found = found.filter(**{{"zone": "code"}.get(k, k): value for k, value in equal.items()})
    if box is None:
        return list(found)
    near = Q()
    for west, south, east, north in box:
        near |= Q(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    # 7.15.3 asks for geometries, not for the boxes around them.
    shapes = [shapely.box(*part) for part in box]
    return [
        z
        for z in found.filter(near)
        if any(shapely.from_geojson(z.geometry).intersects(shape) for shape in shapes)
    ]


@resource
def item(request: HttpRequest, collection: str, feature: str) -> HttpResponse:
    """One zone."""
    html = wants_html(request)
    layer = get_layer(request, collection)
    zone = layer.release.zones.filter(kind=layer.kind, code=feature).first()
    if zone is None:
        raise Http404("Cette couche n’a pas de zone de ce code.")
    [made] = zone_features(request, layer.release, [zone])
    links = [
        *both(request, GEOJSON, html),
        link(request, "collection", layer.path, JSON, layer.title),
        {"rel": "license", "href": LICENCE_URL, "type": HTML, "title": LICENCE},
    ]
    body = made | {"links": links, "licence": LICENCE, "attribution": attribution(layer.release)}
    return respond(
        request, body, html, media=GEOJSON, title=zone.name, release=layer.release,
        values=sorted(made["properties"].items()),
    )  # fmt: skip


def _rows(layer: Layer, part: list[Zone]) -> list[tuple[str, str, str]]:
    return [
        (z.code, z.name, reverse("ogc_item", args=[layer.code, quote(z.code)]) + "?f=html")
        for z in part
    ]


def _whole(request: HttpRequest, name: str, usual: int, least: int, most: int = 0) -> int:
    text = request.GET.get(name)
    if text is None:
        return usual
    if not WHOLE_NUMBER.match(text) or int(text) < least or (most and int(text) > most):
        raise BadParameter(
            f"{name} : « {text[:SHOWN]} » est refusé. Donnez un nombre entier à partir de {least}."
        )
    return int(text)


def _box(text: str) -> list[tuple[float, ...]]:
    """Return the boxes of a `bbox`: two where it goes round the back of the earth (7.15.3)."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:  # heights say nothing of zones on the ground
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) == 4:
        west, south, east, north = numbers
        if abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90:
            if west <= east:
                return [(west, south, east, north)]
            return [(west, south, 180.0, north), (-180.0, south, east, north)]
    raise BadParameter(
        f"bbox : « {text[:SHOWN]} » est refusé. Donnez ouest,sud,est,nord en degrés, par exemple "
        "-1.5,46.9,-1.3,47.1."
    )


def _check_moments(text: str) -> None:
    """Refuse what is neither a date, nor an interval of dates (7.15.4)."""
    ends = text.split("/")
    dates = [end for end in ends if end not in ("", "..")]
    good = len(ends) <= 2 and bool(dates) and all(MOMENT.match(end) for end in dates)
    try:
        moments = [dt.datetime.fromisoformat(end.replace("Z", "+00:00")) for end in dates]
    except ValueError:
        good = False
    else:
        aware = [m if m.tzinfo else m.replace(tzinfo=dt.UTC) for m in moments]
        good = good and aware == sorted(aware)
    if not good:
        raise BadParameter(
            f"datetime : « {text[:SHOWN]} » est refusé. Donnez 2024-01-01T00:00:00Z ou un "
            "intervalle, par exemple 2020-01-01T00:00:00Z/.."
        )
