"""Pages of the indices: profile before any composite, ranks or gaps, weights that answer, maps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from labo import words
from labo.composite import REFERENCES
from labo.inequality import FEWEST_AREAS
from labo.scores import WHOLE
from labo.vocabulary import TITLES, Vocabulary
from labo_web.atlas import crossing, index_reading, indices, reasons, weighing, worked
from labo_web.atlas.indices import Told
from labo_web.releases import reading
from labo_web.releases.access import chosen, releases_for, values_of
from labo_web.releases.kept import indicators_of, zones_of
from labo_web.releases.models import Indicator, Release, Zone
from labo_web.releases.reading import Reading
from labo_web.typography import page

# Names of the two readings in addresses.
READINGS: dict[str, Vocabulary] = {"giec": "ar6", "tacct": "tacct"}
POVERTY = "poverty_share"


def qpvs_of(release: Release) -> list[Zone]:
    """Return the neighbourhoods of a release, without their outlines."""
    return list(release.zones.filter(kind="qpv").defer("geometry"))


@require_safe
def index_list(request: HttpRequest, territory: str) -> HttpResponse:
    """The declared indices, and what each finds here in one sentence."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones = qpvs_of(release)
    composites = indices.composites(release)
    labels = {x.name: x.label for x in indicators_of(release)}
    readings = _readings(request, release, sorted({x for of in composites for x in of.indicators}))
    rows: list[dict[str, Any]] = []
    example: dict[str, Any] = {}
    for of in composites:
        told = indices.get_told(request, release, of.id)
        if not example and (found_here := worked.example(told, zones)):
            example = {"worked": found_here, "worked_index": of}
        rows.append(
            {
                "index": of,
                "sentence": _sentence(told, zones),
                "missing": told.known.missing,
                "held": _held(told, zones, readings, labels),
                "ranked": told.known.ranked,
            }
        )
    context = {"release": release, "releases": found, "rows": rows, "few": FEWEST_AREAS}
    return page(request, "atlas/indices.html", context | {"qpvs": zones} | example)


def _sentence(told: Told, zones: list[Zone]) -> str:
    if told.known.ranked:
        return index_reading.core_sentence(told, zones)
    return index_reading.gap_sentence(told, zones)


def _held(
    told: Told, zones: list[Zone], readings: dict[tuple[str, str], Reading], labels: dict[str, str]
) -> list[reasons.Held]:
    """Return those who stay among the most exposed; below eight, those surely more vulnerable."""
    if told.known.ranked:
        return reasons.held(told, zones, readings, _plainly(told, labels))
    return reasons.apart(told, zones, readings)


def _plainly(told: Told, labels: dict[str, str]) -> dict[str, str]:
    """Return the words of indicators, and of parts as a resident would be told."""
    return labels | {c: worked.plain(c) for c in told.known.tree.components}


@require_safe
def index(request: HttpRequest, territory: str, name: str) -> HttpResponse:
    """One index: components first, then ranks with their intervals, or gaps below eight."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    told = indices.get_told(request, release, name)
    zones, of = qpvs_of(release), told.known.composite
    labels = {x.name: x.label for x in indicators_of(release)}
    gloss = request.GET.get("lecture", "giec")
    vocabulary = READINGS.get(gloss, "ar6")
    around = indices.profile(request, release)
    components, lines = index_reading.profile(told, zones, around)
    columns, glossed, said = index_reading.vocabulary_table(told, zones, vocabulary)
    context: dict[str, Any] = {
        "release": release,
        "releases": found,
        "index": of,
        "few": FEWEST_AREAS,
        "ranked": told.known.ranked,
        "sentence": _sentence(told, zones),
        "components": components,
        "lines": lines,
        "against": index_reading.AGAINST["qpv" if told.known.ranked else "agglomeration"],
        "beside": [(x, labels.get(x, x)) for x in of.profile],
        "constant": [labels.get(x, x) for x in told.known.constant],
        "missing": [
            (labels.get(m.indicator, m.indicator), words.figure(m.weight, "1"), m.reason)
            for m in told.known.missing
        ],
        "factors": _factors(told, labels),
        "reference": REFERENCES[of.reference],
        "gloss": "tacct" if vocabulary == "tacct" else "giec",
        "vocabulary": TITLES[vocabulary],
        "glossed_columns": columns,
        "glossed": glossed,
        "glossed_words": said,
    }
    if told.known.ranked:
        context |= _ranks(request, release, told, zones, labels)
    else:
        context["gaps"] = index_reading.gap_lines(told, zones)
    return page(request, "atlas/index.html", context)


def _ranks(
    request: HttpRequest, release: Release, told: Told, zones: list[Zone], labels: dict[str, str]
) -> dict[str, Any]:
    """Return what is told only where there are enough neighbourhoods to rank."""
    drivers, orders = index_reading.drivers_of(told.drivers)
    worth, datasets = index_reading.worth_of(told)
    readings = _readings(request, release, list(told.known.tree.leaves))
    return {
        "pairs": index_reading.pairs_sentence(told, zones),
        "ranks": index_reading.ranked(told, zones),
        "held": reasons.held(told, zones, readings, _plainly(told, labels)),
        "core": any(row["core"] for row in told.rows[WHOLE].values()),
        "drivers": drivers,
        "orders": orders,
        "worth": worth,
        "datasets": datasets,
        "absent": any(r["state"] == "absent" for r in told.worth),
        "note": index_reading.method_note(told),
    }


def _readings(
    request: HttpRequest, release: Release, names: list[str]
) -> dict[tuple[str, str], Reading]:
    values = values_of(request, release, indicators=names)
    values = [v for v in values if v.zone.kind in ("qpv", "epci")]
    whole = next((v.zone.code for v in values if v.zone.kind == "epci"), "")
    return reading.readings(release, [], values, whole)


def _factors(told: Told, labels: dict[str, str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return components with their share of the whole, and what each is made of."""
    of, tree = told.known.composite, told.known.tree
    total = sum(of.component_weights.values())
    shown = weighing.labels_of(told.known, labels)
    return [
        (
            shown[c],
            words.figure(of.component_weights[c] / total, "1"),  # type: ignore[index]
            [(x, labels.get(x, x)) for x in of.components[c]],
        )
        for c in tree.components
    ]


@require_safe
def weights(request: HttpRequest, territory: str, name: str) -> HttpResponse:
    """Weights to move, and what the engine answers at once."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    told = indices.get_told(request, release, name)
    zones = qpvs_of(release)
    names = told.known.tree.leaves
    labels = weighing.labels_of(
        told.known, dict(release.indicators.filter(name__in=names).values_list("name", "label"))
    )
    asked = weighing.asked_of(request.GET, told.known, labels)
    answer = None
    if not asked.wrong:
        answer = weighing.answer(told, asked, zones, release.seed)
    context = {
        "release": release,
        "releases": found,
        "index": told.known.composite,
        "worked": worked.example(told, zones),
        "worked_index": told.known.composite,
        "asked": asked,
        "answer": answer,
        "most": weighing.MOST,
        "declared": weighing.DECLARED,
        "normalisations": weighing.NORMALISATIONS,
        "aggregations": weighing.AGGREGATIONS,
        "few": FEWEST_AREAS,
    }
    partial = bool(getattr(request, "htmx", False))
    template = "atlas/_weighed.html" if partial else "atlas/weights.html"
    made = page(request, template, context, status=422 if asked.wrong else 200)
    if partial and not asked.wrong:
        made["HX-Replace-Url"] = _address(request, release, told, asked)
    made["Vary"] = "HX-Request"
    return made


def _address(request: HttpRequest, release: Release, told: Told, asked: weighing.Asked) -> str:
    """Return the address of what was asked: only what differs from what is declared."""
    of = told.known.composite
    given = dict(asked.changed)
    if "livraison" in request.GET:
        given["livraison"] = release.code
    if asked.normalisation != of.normalisation:
        given["normalisation"] = asked.normalisation
    if asked.aggregation != of.aggregation:
        given["agregation"] = asked.aggregation
    path = reverse("weights", args=[release.territory.code, of.id])
    return f"{path}?{urlencode(given)}" if given else path


@require_safe
def cross(request: HttpRequest, territory: str) -> HttpResponse:
    """Poverty and an exposure on one map, neighbourhood by neighbourhood."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones, indicators = zones_of(release), indicators_of(release)
    choices = [x for x in indicators if crossing.may_cross(x)]
    name = request.GET.get("avec", crossing.FIRST)
    x = next((x for x in choices if x.name == name), None)
    if x is None and "avec" in request.GET:
        raise Http404("Cet indicateur n’est pas de ceux que l’on croise.")
    x = x or next(iter(choices), None)
    poverty = next((p for p in indicators if p.name == POVERTY), None)
    context: dict[str, Any] = {
        "release": release,
        "releases": found,
        "choices": choices,
        "x": x,
        "poverty": poverty,
        "qpvs": [z for z in zones if z.kind == "qpv"],
    }
    if x is not None and poverty is not None:
        context |= _crossed(request, release, zones, poverty, x)
    return page(request, "atlas/crossing.html", context)


def _crossed(
    request: HttpRequest, release: Release, zones: list[Zone], poverty: Indicator, x: Indicator
) -> dict[str, Any]:
    readings = _readings(request, release, [poverty.name, x.name])
    qpvs = [z for z in zones if z.kind == "qpv"]
    made = crossing.cross(qpvs, readings, poverty, x)
    used = {*poverty.sources, *x.sources}
    return {
        "crossed": made,
        "drawing": crossing.drawing(zones, made),
        "map_sentence": made.sentence,
        "used": [s for s in release.sources if s["id"] in used],
    }
