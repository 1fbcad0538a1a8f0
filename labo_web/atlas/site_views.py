"""A site before and after: drawn on a sheet or counted in a table, scored with ranges, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from labo import words
from labo.runoff import SOIL_GROUPS, STORM
from labo.site import NO_DEGREES, SCORES, Comparison, Range, Score, Site, compare, verdict
from labo.surfaces import GROUPS, SURFACES, TREES
from labo_web.accounts.forms import sent
from labo_web.atlas import sheet as sheets
from labo_web.atlas import site_input
from labo_web.atlas.french import printed
from labo_web.atlas.sheet import Sheet
from labo_web.atlas.site_input import STATES, Asked, Drawing, Shape, State
from labo_web.releases.access import get_zone_for
from labo_web.releases.charts import strip
from labo_web.releases.models import Zone

# A sheet before anybody drew on it: a yard under dark asphalt.
FIRST_REST = "asphalt"
SOILS = {
    "A": "A : sable, graviers, l’eau y entre vite",
    "B": "B : limon sableux",
    "C": "C : limon argileux",
    "D": "D : argile, l’eau y entre à peine",
}
METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def plain(request: HttpRequest) -> HttpResponse:
    """Draw a site that lies nowhere."""
    return _page(request, sheets.plain(), None)


@require_http_methods(METHODS)
def of_neighbourhood(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """Draw a site of a neighbourhood."""
    here = get_zone_for(request, territory, zone)
    return _page(request, sheets.of_zone(here), here)


def _page(request: HttpRequest, sheet: Sheet, zone: Zone | None) -> HttpResponse:
    given = sent(request)
    asked = None if given is None else site_input.read(given, sheet)
    context: dict[str, Any] = {"asked": asked, "no_degrees": printed(NO_DEGREES)}
    if asked is not None and not asked.wrong:
        context |= _answer(asked)
    status = 422 if asked is not None and asked.wrong else 200
    if getattr(request, "htmx", False):
        return render(request, "atlas/_site_answer.html", context, status=status)
    context |= {
        "zone": zone,
        "release": None if zone is None else zone.release,
        "address": reverse("plain_site")
        if zone is None
        else reverse("site", args=[zone.release.territory.code, zone.code]),
        "sheet": sheet,
        "groups": _groups(),
        "trees": [(x.id, printed(x.label)) for x in TREES],
        "grounds": [(x.id, printed(x.label)) for x in SURFACES if x.covers],
        "soils": SOILS.items(),
        "table": _table(asked),
        "for_drawing": _for_drawing(sheet),
    }
    return render(request, "atlas/site.html", context, status=status)


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (label, [(x.id, printed(x.label)) for x in SURFACES if x.group == group])
        for group, label in GROUPS.items()
    ]


def _table(asked: Asked | None) -> list[dict[str, Any]]:
    """Return the fields of each state, with what was typed."""
    typed: Mapping[str, str] = {} if asked is None else asked.typed

    def fields(n: int, kinds: Any) -> list[tuple[str, str, str]]:
        return [(f"e{n}.{x.id}", printed(x.label), typed.get(f"e{n}.{x.id}", "")) for x in kinds]

    return [
        {
            "name": name,
            "open": n < 2 or any(typed.get(f, "") for f in site_input.columns_of(n)),
            "groups": [
                (label, fields(n, [x for x in SURFACES if x.group == group]))
                for group, label in GROUPS.items()
            ],
            "trees": fields(n, TREES),
        }
        for n, name in enumerate(STATES)
    ]


def _for_drawing(sheet: Sheet) -> dict[str, Any]:
    """Return what the drawing tool needs to know."""
    return {
        "width": sheet.width,
        "height": sheet.height,
        "placed": bool(sheet.behind),
        "outline": sheet.outline,
        "rest": FIRST_REST,
        "states": STATES,
        "labels": {x.id: printed(x.label) for x in (*SURFACES, *TREES)},
        "groups": {x.id: x.group for x in SURFACES},
        "trees": [x.id for x in TREES],
    }


# The answer


@dataclass(frozen=True)
class Cell:
    """A score of a state: figure, range, words, drawing, and how it differs from today."""

    figure: str
    interval: str
    reading: str
    drawing: SafeString
    change: str
    verdict: str


def _answer(asked: Asked) -> dict[str, Any]:
    before, *variants = asked.sites.values()
    # Alone, the site is held against itself, of which only its own scores are told.
    found = compare(before, variants or [before], soil=asked.soil or None)
    names = list(asked.sites)
    told = _told(found, names, alone=not variants)
    return told | {
        "names": names,
        "covered": [_ground(site) for site in asked.sites.values()],
        "drawings": [] if asked.drawing is None else [
            (state.name, drawing_of(asked.drawing, state)) for state in asked.drawing.states
        ],
        "storm": f"{STORM.central:g} mm (de {STORM.low:g} à {STORM.high:g})",
        "soil": asked.soil or "inconnu",
        "soils_tried": ", ".join(SOIL_GROUPS),
    }  # fmt: skip


def _ground(site: Site) -> str:
    trees = sum(site.trees.values())
    said = f"{words.figure(site.ground, 'resident')} m²"
    return f"{said}, {trees:g} arbre{'s' if trees > 1 else ''}" if trees else said


def _told(found: Comparison, names: list[str], *, alone: bool) -> dict[str, Any]:
    rows = []
    for score, label in SCORES.items():
        cells = [_cell(found.before[score], None)]
        if not alone:
            cells += [_cell(v.scores[score], v.differences[score]) for v in found.variants]
        rows.append((printed(label).capitalize(), cells))
    answer: dict[str, Any] = {"rows": rows, "runoff": _amount(found.runoff_before, "m³")}
    if alone:
        return answer | {"sentences": [_alone(found)]}
    return answer | {
        "sentences": [
            _sentence(name, v.differences)
            for name, v in zip(names[1:], found.variants, strict=True)
        ],
        "between": [
            _between(names[1 + a], names[1 + b], d) for (a, b), d in found.between.items()
        ],
        "avoided": [
            (_amount(v.runoff_avoided, "m³"), _runoff_verdict(v.runoff_avoided))
            for v in found.variants
        ],
        "costs": [
            {
                "capital": _amount(v.cost.capital, "€"),
                "running": _amount(v.cost.running, "€"),
                "notes": [printed(note) for note in v.cost.notes],
            }
            for v in found.variants
        ],
    }  # fmt: skip


def _cell(score: Score, change: Range | None) -> Cell:
    value = score.range
    said = score.reading
    if score.between is not None:
        said = f"{score.reading} (peut aller de « {score.between[0]} » à « {score.between[1]} »)"
    shown = "" if change is None or verdict(change) == "rien ne change" else _signed(change)
    return Cell(
        figure=_two(value.central),
        interval=f"{_two(value.low)} à {_two(value.high)}",
        reading=printed(said),
        drawing=strip((0.0, 1.0), value.central, value.low, value.high),
        change=shown,
        verdict="" if change is None else verdict(change),
    )


def _two(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _signed(change: Range) -> str:
    ends = [
        f"{x:+.2f}".replace(".", ",").replace("-", words.MINUS)
        for x in (change.central, change.low, change.high)
    ]
    return f"{ends[0]} ({ends[1]} à {ends[2]})"


def _amount(value: Range, unit: str) -> str:
    ends = [_digits(x) for x in (value.central, value.low, value.high)]
    if ends[1] == ends[2]:
        return f"{ends[0]}\u00a0{unit}"
    return f"{ends[0]}\u00a0{unit} ({ends[1]} à {ends[2]})"


def _digits(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 20 else f"{value:,.1f}".removesuffix(".0")
    text = "0" if text == "-0" else text
    return text.replace(",", words.NARROW).replace(".", ",").replace("-", words.MINUS)


def _alone(found: Comparison) -> str:
    said = printed(found.before["cooling"].reading)
    return f"Aujourd’hui, ce site {said}. Ajoutez une variante pour comparer."


def _sentence(name: str, differences: Mapping[str, Range]) -> str:
    """Say what a variant changes from today."""
    return f"{name}, par rapport à aujourd’hui\u00a0: {_verdicts(differences)}."


def _between(one: str, two: str, differences: Mapping[str, Range]) -> str:
    """Say what the second of two variants has more than the first."""
    said = {verdict(d) for d in differences.values()}
    if said == {"rien ne change"}:
        return f"{one} et {two}\u00a0: les mêmes notes."
    if said <= {"rien ne change", "non distinguable"}:
        return f"{one} et {two}\u00a0: non distinguables."
    return f"{two}, par rapport à {one}\u00a0: {_verdicts(differences)}."


def _verdicts(differences: Mapping[str, Range]) -> str:
    by_word: dict[str, list[str]] = {}
    for name, change in differences.items():
        by_word.setdefault(verdict(change), []).append(printed(SCORES[name]))
    if set(by_word) == {"rien ne change"}:
        return "rien ne change"
    return "\u00a0; ".join(f"{word}, {', '.join(labels)}" for word, labels in by_word.items())


def _runoff_verdict(avoided: Range) -> str:
    if avoided.central == 0 and avoided.low == 0 and avoided.high == 0:
        return "rien ne change"
    if not avoided.sure:
        return "non distinguable"
    return "mieux" if avoided.central > 0 else "moins bien"


# Drawn again on the server, to stand side by side and on paper


@dataclass(frozen=True)
class Drawn:
    """A state as SVG: a view box in metres, paths with their class and number, trees."""

    box: str
    rest: str
    outline: str
    surfaces: list[tuple[str, str, str, str, str]]
    trees: list[tuple[str, str, str, str]]
    size: str
    label: str


def drawing_of(drawing: Drawing, state: State) -> Drawn:
    """Return what the template of a drawing needs."""
    xs, ys = zip(*drawing.outline, strict=True)
    west, north = min(xs), min(ys)
    width, height = max(max(xs) - west, 1.0), max(max(ys) - north, 1.0)
    margin = 0.03 * max(width, height)
    ends = (west - margin, north - margin, width + 2 * margin, height + 2 * margin)
    box = " ".join(f"{x:.2f}" for x in ends)
    return Drawn(
        box=box,
        rest=state.rest,
        outline=_path(drawing.outline),
        surfaces=[
            (s.kind, _path(s.points), f"{n}", *_middle(s)) for n, s in enumerate(state.surfaces, 1)
        ],
        trees=[(t.kind, *_at(t.points[0]), f"{TREE_RADIUS[t.kind]}") for t in state.trees],
        size=f"{max(width, height) / 24:.2f}",
        label=_in_words(state),
    )  # fmt: skip


# Crowns as they are drawn, metres: areas of 8, 30 and 90 m² are what a tree counts for.
TREE_RADIUS = {"young": 1.6, "grown": 3.1, "old": 5.4}


def _path(ring: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in ring) + "z"


def _middle(shape: Shape) -> tuple[str, str]:
    xs, ys = zip(*shape.points, strict=True)
    return _at((sum(xs) / len(xs), sum(ys) / len(ys)))


def _at(point: tuple[float, float]) -> tuple[str, str]:
    return f"{point[0]:.2f}", f"{point[1]:.2f}"


def _in_words(state: State) -> str:
    """Return what the drawing shows, for those who do not see it."""
    counts: dict[str, int] = {}
    for shape in (*state.surfaces, *state.trees):
        counts[shape.kind] = counts.get(shape.kind, 0) + 1
    labels = {x.id: printed(x.label) for x in (*SURFACES, *TREES)}
    drawn = ", ".join(f"{labels[kind]} ({count})" for kind, count in counts.items())
    return f"{state.name} : {drawn or 'rien de dessiné'} ; ailleurs, {labels[state.rest]}"
