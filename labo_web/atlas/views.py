"""The pages of the atlas. Each belongs to one release and says so."""

from functools import lru_cache
from typing import Any

import segno
import shapely
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from labo import words
from labo.catalogue import INDICATORS
from labo.diagnosis import PRESENT
from labo.formula import in_words
from labo.inequality import FEWEST_AREAS
from labo_web.accounts.access import may_decide
from labo_web.atlas import comparing, concentration, glossary, index_reading, indices, solutions
from labo_web.atlas.map_weight import map_weight
from labo_web.atlas.meaning import meanings
from labo_web.programme.access import followed
from labo_web.releases import findings, maps, reading
from labo_web.releases.access import (
    answers_beside,
    chosen,
    latest_for,
    releases_for,
    values_of,
)
from labo_web.releases.kept import indicators_of, zones_of
from labo_web.releases.models import Indicator, Release, Zone
from labo_web.releases.reading import Reading
from labo_web.resources import beside
from labo_web.roadmaps import beside as roadmap_beside
from labo_web.roadmaps.access import entry_of
from labo_web.stories import beside as story_beside
from labo_web.typography import page
from labo_web.workshops.answers.heard import at_a_glance

# The map opens on this where the release has it.
FIRST_MAP = "surface_temperature_anomaly"
COUNTS = ("population", "households", "municipal_population", "census_population")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the territories that can be read."""
    releases = latest_for(request)
    zones = Zone.objects.filter(release__in=releases, kind="qpv").only("release_id", "name", "code")
    names: dict[int, list[Zone]] = {}
    for zone in zones.order_by("name"):
        names.setdefault(zone.release_id, []).append(zone)
    rows = [{"release": r, "qpvs": names.get(r.pk, [])} for r in releases]
    return page(request, "atlas/home.html", {"rows": rows, "followed": followed()})


@require_safe
def territory(request: HttpRequest, territory: str) -> HttpResponse:
    """Map, key facts and neighbourhoods of an agglomeration."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones, indicators = zones_of(release), indicators_of(release)
    qpvs = [z for z in zones if z.kind == "qpv"]
    whole = next((z.code for z in zones if z.kind == "epci"), "")
    mapped = [x for x in indicators if x.environment and x.lowest is not None]
    asked = request.GET.get("carte", FIRST_MAP)
    shown = next((x for x in mapped if x.name == asked), mapped[0] if mapped else None)
    values = values_of(request, release, indicators=[*COUNTS[:2], *([shown.name] if shown else [])])
    rows = reading.readings(release, indicators, values, whole)
    context: dict[str, Any] = {
        "release": release,
        "releases": found,
        "qpvs": qpvs,
        "mapped": mapped,
        "shown": shown,
        "people": rows.get((whole, "population")),
        "lines": [
            {
                "zone": z,
                "people": rows.get((z.code, "population")),
                "value": rows.get((z.code, shown.name)) if shown else None,
            }
            for z in qpvs
        ],
        "climate": _climate(request, release, whole),
        "roadmap_entry": entry_of(request, release.territory),
    }
    if shown:
        known = {z.code: rows[z.code, shown.name] for z in qpvs if (z.code, shown.name) in rows}
        context |= _map(release, zones, shown, known)
        context["map_sentence"] = _map_sentence(known, shown)
    return page(request, "atlas/territory.html", context)


def _map(
    release: Release,
    zones: list[Zone],
    x: Indicator,
    known: dict[str, Reading],
    here: str = "",
) -> dict[str, Any]:
    """Return the drawing of an indicator, QPV by QPV, and its legend."""
    scale = maps.scale_of(x, [r.v.central for r in known.values() if r.v.central is not None])
    fills = {}
    for code, r in known.items():
        rank = scale.class_of(r.v.central)
        colour = scale.colours[rank] if rank >= 0 else "url(#vide)"
        fills[code] = (colour, rank >= 0 and scale.wavers(r.v.low, r.v.high))
    return {
        "drawing": maps.drawing(zones, maps.town(zones), fills, here),
        "legend": list(zip(scale.colours, scale.labels, strict=True)),
        "map_sources": [s for s in release.sources if s["id"] in x.sources],
    }


def _around_sentence(zones: list[Zone], here: Zone) -> str:
    """Say what the small map shows, and which places lie around."""
    frame = maps.around(here)
    seen = [z for z in zones if z.code != here.code and frame.shows(z)]
    communes = [z.name for z in seen if z.kind == "commune" and z.code in here.communes]
    near = [z.name for z in seen if z.kind == "commune" and z.code not in here.communes]
    qpvs = [z.name for z in seen if z.kind == "qpv"]
    text = f"Au centre : {here.name}"
    if communes:
        text += f", dans {'la commune' if len(communes) == 1 else 'les communes'} de "
        text += reading.named(communes)
    if qpvs:
        text += f". Autour, en plus clair : {reading.named(qpvs)}"
    elif near_qpv := min(
        ((*maps.away(here, z), z.name) for z in zones if z.kind == "qpv" and z.code != here.code),
        default=None,
    ):
        far, side, name = near_qpv
        km = f"{far / 1000:.1f}".replace(".", ",")
        text += f". Le quartier prioritaire le plus proche, {name}, est à {km} km {side}"
    if near:
        text += f". Communes voisines : {reading.named(near)}"
    return f"{text}."


def _map_sentence(known: dict[str, Reading], x: Indicator) -> str:
    rows = [r for r in known.values() if r.v.central is not None]
    if not rows:
        return f"{x.label} : aucun quartier n’a de valeur."
    rows.sort(key=lambda r: r.v.central or 0.0)
    low, high = rows[0], rows[-1]
    if len(rows) == 1:
        return f"{x.label}, {low.v.zone.name} : {low.figure} (de {low.span})."
    text = f"{x.label} : de {low.figure} ({low.v.zone.name}) à {high.figure} ({high.v.zone.name})"
    if high.whole_figure != words.NOTHING:
        text += f" ; {high.whole_figure} dans l’ensemble de l’agglomération"
    if comparing.overlap(low, high):
        text += ". Ces intervalles se recouvrent : on ne peut pas départager ces deux quartiers"
    return f"{text}."


def _climate(request: HttpRequest, release: Release, whole: str) -> list[dict[str, Any]]:
    """Return the climate to come of the agglomeration, by indicator then moment."""
    found = values_of(request, release, zones=[whole], scenario=None)
    table: dict[str, dict[str, Any]] = {}
    for v in found:
        if v.scenario == PRESENT or v.central is None:
            continue
        row = table.setdefault(v.indicator.name, {"x": v.indicator, "cells": []})
        row["cells"].append(
            {
                "moment": f"{v.horizon}, {v.scenario}",
                "figure": words.figure(v.central, v.indicator.unit),
                "interval": words.interval(v.low, v.high, v.indicator.unit),
            }
        )
    return list(table.values())


@cache_control(no_cache=True)
@require_safe
def neighbourhood(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """What heat, flood, air and the rest mean for a neighbourhood."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones = zones_of(release)
    here, own = _neighbourhood(request, release, zones, zone)
    communes = {z.code: z.name for z in zones if z.kind == "commune"}
    by_name = {r.x.name: r for r in own}
    shown = by_name.get(FIRST_MAP)
    groups = reading.by_hazard(own)
    address = request.build_absolute_uri(request.path)
    context: dict[str, Any] = {
        "release": release,
        "releases": found,
        "zone": here,
        "communes": [communes.get(code, code) for code in here.communes],
        "people": by_name.get("population"),
        "counts": [r for name in COUNTS if (r := by_name.get(name)) and r.known],
        "meanings": meanings(own),
        "brief": findings.of(request, here, own),
        "may_write": may_decide(request, release.territory),
        "answers": answers_beside(request, release, zone=here.code),
        "voices": at_a_glance(release.territory, here.code),
        "planned": roadmap_beside.of_zone(request, release.territory, here.code),
        "stories": story_beside.of_zone(release.territory, here.code),
        "groups": groups,
        "anchors": [group.key for group in groups],
        "places": index_reading.places(
            indices.composites(release),
            indices.profile(request, release).get(here.code, {}),
            by_name,
        ),
        "glossary": glossary.used([r.x for r in own if r.known]),
        "solutions": solutions.first_of(own),
        "ranked": sum(z.kind == "qpv" for z in zones) >= FEWEST_AREAS,
        "across": _across(found, release, here),
        "empty": _empty(own),
        "used": _used(own),
        "drawing": maps.drawing(zones, maps.around(here), {}, here.code, named=True),
        "map_sentence": _around_sentence(zones, here),
        "map_weight": map_weight(release),
        "shown": shown.x if shown else None,
        "address": address,
        "qr": _qr(address),
    }
    context |= beside.of_zone(request, release, here, [r.v for r in own])
    return page(request, "atlas/neighbourhood.html", context)


@require_safe
def zone_values(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """Each value of a neighbourhood with where it and its doubt come from: a table to search in."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    here, own = _neighbourhood(request, release, list(release.zones.defer("geometry")), zone)
    context = {
        "release": release,
        "releases": found,
        "zone": here,
        "groups": reading.by_hazard(own),
        "empty": _empty(own),
        "used": _used(own),
    }
    return page(request, "atlas/neighbourhood_values.html", context)


def _neighbourhood(
    request: HttpRequest, release: Release, zones: list[Zone], code: str
) -> tuple[Zone, list[Reading]]:
    """Return the neighbourhood of that code and what is known of it, or answer 404."""
    here = next((z for z in zones if z.code == code and z.kind in ("qpv", "perimeter")), None)
    if here is None:
        raise Http404("Ce quartier n’est pas dans cette livraison.")
    whole = next((z.code for z in zones if z.kind == "epci"), "")
    values = values_of(request, release, zones=[here.code, whole])
    rows = reading.readings(release, indicators_of(release), values, whole)
    return here, [r for (found, _), r in rows.items() if found == here.code]


def _across(found: list[Release], release: Release, here: Zone) -> list[tuple[Release, Zone]]:
    """Return the neighbourhoods of the other generations that share ground with this one."""
    latest: dict[str, Release] = {}
    for other in found:
        if other.generation != release.generation:
            latest.setdefault(other.generation, other)
    if not latest:
        return []
    near = Zone.objects.filter(release__in=latest.values(), kind="qpv")
    near = near.filter(west__lt=here.east, east__gt=here.west)
    near = near.filter(south__lt=here.north, north__gt=here.south)
    shape = shapely.from_geojson(here.geometry)
    by_pk = {r.pk: r for r in latest.values()}
    return [
        (by_pk[z.release_id], z)
        for z in near.order_by("name")
        if shapely.intersection(shape, shapely.from_geojson(z.geometry)).area > 0
    ]


@lru_cache(maxsize=2_000)
def _qr(address: str) -> str:
    """Return the drawing of an address, which takes longer than the figures of a page."""
    return str(segno.make(address, micro=False).svg_inline(scale=2, border=2, omitsize=True))


def _empty(rows: list[Reading]) -> list[tuple[str, list[str]]]:
    reasons: dict[str, list[str]] = {}
    for r in rows:
        if not r.known:
            reasons.setdefault(r.v.reason, []).append(r.x.label)
    return sorted(reasons.items())


def _used(rows: list[Reading]) -> list[Any]:
    used = {s["id"]: s for r in rows if r.known for s in r.sources}
    return sorted(used.values(), key=lambda s: (s["producer"], s["label"]))


@cache_control(no_cache=True)
@require_safe
def indicator(request: HttpRequest, territory: str, name: str) -> HttpResponse:
    """What an indicator is, how it is made, and all its values."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    x = release.indicators.filter(name=name).first()
    if x is None:
        raise Http404("Cet indicateur n’est pas dans cette livraison.")
    zones = zones_of(release)
    whole = next((z.code for z in zones if z.kind == "epci"), "")
    values = values_of(request, release, indicators=[name], scenario=None)
    present = [v for v in values if v.scenario == PRESENT]
    rows = reading.readings(release, [x], present, whole)
    known = {code: r for (code, _), r in rows.items() if r.v.zone.kind == "qpv"}
    order = {"qpv": 0, "perimeter": 1, "commune": 2, "epci": 3, "rest_of_epci": 4}
    context: dict[str, Any] = {
        "release": release,
        "releases": found,
        "x": x,
        "component": reading.component_label(x),
        "tacct": reading.TACCT[x.component],
        "gloss": request.GET.get("lecture", "giec"),
        "direction": words.DIRECTIONS[x.direction],
        "said": _formula(x),
        "hazards": [reading.HAZARDS[h] for h in x.hazards],
        "unit": words.UNITS.get(x.unit, x.unit),
        "rows": sorted(rows.values(), key=lambda r: (order.get(r.v.zone.kind, 9), r.v.zone.name)),
        "climate": [
            (v, words.figure(v.central, x.unit), words.interval(v.low, v.high, x.unit))
            for v in values
            if v.scenario != PRESENT and v.central is not None and v.zone.code == whole
        ],
        "used": [s for s in release.sources if s["id"] in x.sources],
        "shown": x if x.environment else None,
        "answers": answers_beside(request, release, indicator=name),
        "map_sentence": _map_sentence(known, x) if known else "",
    }
    context |= beside.of_indicator(request, release, x, present)
    context["shared"] = concentration.shared_out(request, release, x)
    if known:
        context |= _map(release, zones, x, known)
    return page(request, "atlas/indicator.html", context)


def _formula(x: Indicator) -> str:
    """Return a formula in French; nothing where the engine has another one than the release."""
    if x.name not in INDICATORS or INDICATORS[x.name].expression != x.formula:
        return ""
    return in_words(INDICATORS[x.name])


@require_safe
def method(request: HttpRequest, territory: str) -> HttpResponse:
    """All indicators of a release, by component, and its sources."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    indicators = list(release.indicators.defer("formula"))
    gloss = request.GET.get("lecture", "giec")
    names = reading.TACCT if gloss == "tacct" else reading.GIEC
    groups = [
        (names[component], [x for x in indicators if x.component == component])
        for component in names
        if any(x.component == component for x in indicators)
    ]
    context = {"release": release, "releases": found, "groups": groups, "gloss": gloss}
    return page(request, "atlas/method.html", context)


@require_safe
def data(request: HttpRequest, territory: str) -> HttpResponse:
    """What can be taken away, under which licence, and what it does not hold."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    address = request.build_absolute_uri(reverse("ogc"))
    context = {"release": release, "releases": found, "ogc": address, "used": release.sources}
    return page(request, "atlas/data.html", context)
