"""The pages of the atlas. Each belongs to one release and says so."""

from functools import lru_cache
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labo import words
from labo.diagnosis import PRESENT
from labo.inequality import FEWEST_AREAS
from labo_web.atlas import comparing, maps, reading
from labo_web.atlas.reading import Reading
from labo_web.releases.access import (
    chosen,
    latest_for,
    releases_for,
    withhold,
)
from labo_web.releases.models import Indicator, Release, Value, Zone

# The map and the comparison open on these where the release has them.
FIRST_MAP = "surface_temperature_anomaly"
FIRST_COMPARED = "poverty_share"
COUNTS = ("population", "households", "municipal_population", "census_population")


def values_of(
    request: HttpRequest,
    release: Release,
    *,
    indicators: list[str] | None = None,
    zones: list[str] | None = None,
    scenario: str | None = PRESENT,
) -> list[Value]:
    """Return values with their zone and indicator, emptied of what may not be shown."""
    found = Value.objects.filter(zone__release=release).select_related("zone", "indicator")
    found = found.defer("zone__geometry", "indicator__formula", "indicator__definition")
    if scenario:
        found = found.filter(scenario=scenario)
    if indicators is not None:
        found = found.filter(indicator__name__in=indicators)
    if zones is not None:
        found = found.filter(zone__code__in=zones)
    return withhold(request, [release], list(found.order_by("indicator__position", "zone__name")))


def indicators_of(release: Release) -> list[Indicator]:
    """Return the indicators of a release, in the order of the catalogue."""
    return list(release.indicators.defer("formula", "definition"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the territories that can be read."""
    releases = latest_for(request)
    zones = Zone.objects.filter(release__in=releases, kind="qpv").only("release_id", "name", "code")
    names: dict[int, list[Zone]] = {}
    for zone in zones.order_by("name"):
        names.setdefault(zone.release_id, []).append(zone)
    rows = [{"release": r, "qpvs": names.get(r.pk, [])} for r in releases]
    return render(request, "atlas/home.html", {"rows": rows})


@require_safe
def territory(request: HttpRequest, territory: str) -> HttpResponse:
    """Map, key facts and neighbourhoods of an agglomeration."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones, indicators = list(release.zones.all()), indicators_of(release)
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
    }
    if shown:
        known = {z.code: rows[z.code, shown.name] for z in qpvs if (z.code, shown.name) in rows}
        context |= _map(release, zones, shown, known)
        context["map_sentence"] = _map_sentence(known, shown)
    return render(request, "atlas/territory.html", context)


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
    qpvs = [z for z in zones if z.kind == "qpv"] or zones
    # The town around the neighbourhoods, rather than all of the agglomeration's countryside.
    frame = maps.Frame(
        min(z.west for z in qpvs),
        min(z.south for z in qpvs),
        max(z.east for z in qpvs),
        max(z.north for z in qpvs),
    )
    return {
        "drawing": maps.drawing(zones, frame, fills, here),
        "legend": list(zip(scale.colours, scale.labels, strict=True)),
        "map_sources": [s for s in release.sources if s["id"] in x.sources],
    }


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


@require_safe
def neighbourhood(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """What heat, flood, air and the rest mean for a neighbourhood."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones, indicators = list(release.zones.all()), indicators_of(release)
    here = next((z for z in zones if z.code == zone and z.kind in ("qpv", "perimeter")), None)
    if here is None:
        raise Http404("Ce quartier n’est pas dans cette livraison.")
    whole = next((z.code for z in zones if z.kind == "epci"), "")
    communes = {z.code: z.name for z in zones if z.kind == "commune"}
    values = values_of(request, release, zones=[here.code, whole])
    rows = reading.readings(release, indicators, values, whole)
    own = [r for (code, _), r in rows.items() if code == here.code]
    by_name = {r.x.name: r for r in own}
    shown = by_name.get(FIRST_MAP)
    address = request.build_absolute_uri(request.path)
    context: dict[str, Any] = {
        "release": release,
        "releases": found,
        "zone": here,
        "communes": [communes.get(code, code) for code in here.communes],
        "people": by_name.get("population"),
        "counts": [r for name in COUNTS if (r := by_name.get(name)) and r.known],
        "findings": reading.findings(own),
        "doubts": reading.doubts(own),
        "resources": reading.resources(own),
        "groups": reading.by_hazard(own),
        "empty": _empty(own),
        "used": _used(own),
        "drawing": maps.drawing(zones, _around(here), {}, here.code),
        "shown": shown.x if shown else None,
        "address": address,
        "qr": _qr(address),
    }
    return render(request, "atlas/neighbourhood.html", context)


def _around(here: Zone) -> maps.Frame:
    """Return a frame that shows a neighbourhood with what lies around it."""
    across, up = here.east - here.west, here.north - here.south
    side = max(across, up, 0.01)
    return maps.Frame(
        here.west - side, here.south - side * 0.6, here.east + side, here.north + side * 0.6
    )


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


@require_safe
def comparison(request: HttpRequest) -> HttpResponse:
    """Neighbourhoods of one or more territories, for one indicator, on one axis."""
    releases = latest_for(request)
    asked = set(request.GET.getlist("territoire"))
    picked = [r for r in releases if r.territory.code in asked] or sorted(
        releases, key=lambda r: r.territory.code
    )[:1]
    if asked and not any(r.territory.code in asked for r in releases):
        raise Http404("Ce territoire n’existe pas ou ne vous est pas ouvert.")
    indicators = indicators_of(picked[0]) if picked else []
    choices = [x for x in indicators if x.lowest is not None]
    name = request.GET.get("indicateur", FIRST_COMPARED)
    x = next((x for x in choices if x.name == name), None)
    if x is None and "indicateur" in request.GET:
        raise Http404("Cet indicateur n’est pas dans cette livraison.")
    x = x or (choices[0] if choices else None)
    rows = _compared(request, picked, x) if x else []
    wanted = set(request.GET.getlist("quartier"))
    here = [r for r in rows if not wanted or f"{r.v.zone.release_id}-{r.v.zone.code}" in wanted]
    made = comparing.lines(here)
    if request.GET.get("tri") == "nom":
        made.sort(key=lambda line: line.reading.v.zone.name)
    names = {r.pk: r.territory for r in picked}
    context = {
        "releases": releases,
        "picked": picked,
        "choices": choices,
        "x": x,
        "rows": rows,
        "chosen": {r.v.zone.pk for r in here},
        "lines": [(line, names[line.reading.v.zone.release_id]) for line in made],
        "sentence": comparing.sentence(comparing.lines(here)),
        "few": sum(r.known for r in here) < FEWEST_AREAS,
        "fewest": FEWEST_AREAS,
        "sort": request.GET.get("tri", "valeur"),
        "reading": reading.component_label(x) if x else "",
        "used": _used(here),
    }
    partial = bool(getattr(request, "htmx", False))
    template = "atlas/_compared.html" if partial else "atlas/comparison.html"
    return render(request, template, context)


def _compared(request: HttpRequest, picked: list[Release], x: Indicator) -> list[Reading]:
    """Return the readings of an indicator in the QPVs of some releases, in two queries."""
    found = Value.objects.filter(
        zone__release__in=picked,
        indicator__name=x.name,
        scenario=PRESENT,
        zone__kind__in=("qpv", "epci"),
    )
    found = found.select_related("zone", "indicator").defer(
        "zone__geometry", "indicator__formula", "indicator__definition"
    )
    values = withhold(request, picked, list(found.order_by("zone__name")))
    rows: list[Reading] = []
    for release in picked:
        own = [v for v in values if v.zone.release_id == release.pk]
        whole = next((v.zone.code for v in own if v.zone.kind == "epci"), "")
        read = reading.readings(release, [own[0].indicator] if own else [], own, whole)
        rows += [r for r in read.values() if r.v.zone.kind == "qpv"]
    return rows


@require_safe
def indicator(request: HttpRequest, territory: str, name: str) -> HttpResponse:
    """What an indicator is, how it is made, and all its values."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    x = release.indicators.filter(name=name).first()
    if x is None:
        raise Http404("Cet indicateur n’est pas dans cette livraison.")
    zones = list(release.zones.all())
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
        "map_sentence": _map_sentence(known, x) if known else "",
    }
    if known:
        context |= _map(release, zones, x, known)
    return render(request, "atlas/indicator.html", context)


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
    return render(request, "atlas/method.html", context)


@require_safe
def data(request: HttpRequest, territory: str) -> HttpResponse:
    """What can be taken away, under which licence, and what it does not hold."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    address = request.build_absolute_uri(reverse("ogc"))
    context = {"release": release, "releases": found, "ogc": address, "used": release.sources}
    return render(request, "atlas/data.html", context)
