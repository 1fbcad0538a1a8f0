"""Solutions (the engine's measures): the catalogue, one of them, and those that answer a place.

What is told is the engine's declaration, never a copy of it: a figure keeps its range, the scope it
holds for, and « à vérifier » until somebody has read it where a reader can.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labo import answers, measure_words, words
from labo.answers import Answer, Reason
from labo.catalogue import INDICATORS, MEASURES
from labo.estimate import Estimate
from labo.inequality import Gap
from labo.measure import Measure
from labo_web.atlas.french import printed
from labo_web.releases.access import get_zone_for, values_of
from labo_web.releases.models import Value
from labo_web.releases.reading import Reading

# What is shown of them on the page of a neighbourhood.
FIRST = 3
# Reasons that count; the others are only named.
CALLING = ("sure", "maybe")
SHOWN = 40  # characters of what was typed that a message repeats


@dataclass(frozen=True)
class Figure:
    """A number of a declaration, in words: its range, what it holds for, where it was read."""

    text: str
    scope: str
    reference: str
    to_check: bool


def figure_of(x: Estimate) -> Figure:
    """Return a declared number as a page tells it."""
    text = measure_words.said(x).removesuffix(f", {measure_words.GRADES[x.grade]}")
    return Figure(printed(text), printed(x.scope), printed(x.reference), x.grade == "to_check")


# The catalogue

Choices = Mapping[str, str]
FILTERS: Mapping[str, tuple[str, Choices]] = {
    "famille": ("Famille", measure_words.FAMILIES),
    "alea": ("Contre quoi", {k: v for k, v in words.HAZARDS.items() if k != "all"}),
    "decide": ("Qui décide", measure_words.DECIDERS),
}


def _keeps(x: Measure, name: str, value: str) -> bool:
    if name == "famille":
        return x.family == value
    if name == "alea":
        return value in x.hazards or "all" in x.hazards
    return value in x.decides


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every solution, by family, filtered by what the address asks."""
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    wrong = [
        f"« {value[:SHOWN]} » n’est pas un choix de « {FILTERS[name][0]} » : tout est montré."
        for name, value in asked.items()
        if value and value not in FILTERS[name][1]
    ]
    kept = [
        x
        for x in MEASURES
        if all(_keeps(x, name, value) for name, value in asked.items() if value in FILTERS[name][1])
    ]
    context = {
        "groups": [
            (label, [_entry(x) for x in kept if x.family == family])
            for family, label in measure_words.FAMILIES.items()
            if any(x.family == family for x in kept)
        ],
        "filters": [
            (name, title, choices.items(), asked[name])
            for name, (title, choices) in FILTERS.items()
        ],
        "count": len(kept),
        "whole": len(MEASURES),
        "wrong": wrong,
    }
    return render(request, "atlas/solutions.html", context, status=422 if wrong else 200)


def _entry(x: Measure) -> dict[str, Any]:
    return {
        "id": x.id,
        "label": printed(x.label),
        "summary": printed(x.summary),
        "hazards": [words.HAZARDS[h] for h in x.hazards],
        "capital": figure_of(x.capital),
        "unit": printed(x.unit_label),
        "evidence": printed(measure_words.EVIDENCE[evidence_of(x)]),
    }


def evidence_of(x: Measure) -> str:
    """Return the key of what stands behind what a measure does."""
    if x.proved:
        return "verified"
    return "to_check" if x.measured else "none"


def get_measure(name: str) -> Measure:
    """Return the solution of that name, or answer 404."""
    found = next((x for x in MEASURES if x.id == name), None)
    if found is None:
        raise Http404("Cette solution n’est pas au catalogue.")
    return found


@require_safe
def solution(request: HttpRequest, name: str) -> HttpResponse:
    """Show one solution: cost, effects by scope, who gains, who could lose, what can go wrong."""
    x = get_measure(name)
    effects = [
        (printed(label), [(printed(e.says), None if e.value is None else figure_of(e.value))
                          for e in x.effects if e.on == scope])
        for scope, label in measure_words.SCOPES.items()
        if any(e.on == scope for e in x.effects)
    ]  # fmt: skip
    context = {
        "x": x,
        "label": printed(x.label),
        "summary": printed(x.summary),
        "family": printed(measure_words.FAMILIES[x.family]),
        "kind": printed(measure_words.KINDS[x.kind]),
        "hazards": [words.HAZARDS[h] for h in x.hazards],
        "unit": printed(x.unit_label),
        "figures": [
            (title, per, figure_of(value))
            for title, per, value in (
                ("Coût de départ, hors taxes", True, x.capital),
                ("Entretien et fonctionnement, par an", True, x.running),
                ("Durée de vie", False, x.lifetime),
                ("Délai, de la décision à la mise en place", False, x.delay),
                ("Temps avant le plein effet", False, x.full_effect),
            )
        ],
        "effects": effects,
        "evidence": printed(measure_words.EVIDENCE[evidence_of(x)]),
        "grade": x.grade,
        "benefits": _printed(x.benefits),
        "loses": _printed(x.loses),
        "answers": [
            (printed(INDICATORS[name].label), measure_words.HOW[reply.how], printed(reply.says))
            for name, reply in x.answers.items()
        ],
        "leans_on": [
            (printed(INDICATORS[name].label), printed(says)) for name, says in x.leans_on.items()
        ],
        "limits": [*_printed(y.says for y in x.limits), *_printed(x.impossible_if)],
        "co_benefits": _printed(x.co_benefits),
        "pitfalls": _printed(x.pitfalls),
        "checks": [
            (printed(measure_words.QUESTIONS[name]), check.risk, measure_words.RISKS[check.risk],
             printed(check.says))
            for name, check in x.checks.items()
        ],
        "needs": _printed(measure_words.NEEDS[n] for n in x.needs),
        "decides": _printed(measure_words.DECIDERS[d] for d in x.decides),
        "funding": _printed(measure_words.FUNDERS[f] for f in x.funding),
        "references": [(printed(y.label), y.url) for y in x.references],
    }  # fmt: skip
    return render(request, "atlas/solution.html", context)


def _printed(texts: Iterable[str]) -> list[str]:
    return [printed(text) for text in texts]


# For a neighbourhood


def answers_to(values: Iterable[Value]) -> list[Answer]:
    """Return every solution, those that answer most of what these values of one place show first.

    Values come with their indicator; those that may not be shown come empty, and call for nothing.
    """
    return answers.ranked({v.indicator.name: _of(v) for v in values})


def _of(v: Value) -> answers.Value:
    central, low, high = (math.nan if x is None else x for x in (v.central, v.low, v.high))
    gap = None
    if v.gap is not None and v.gap_low is not None and v.gap_high is not None:
        # Of the two sides only the difference is kept.
        gap = Gap(math.nan, math.nan, v.gap, v.gap_low, v.gap_high, math.nan)
    return answers.Value(central, low, high, gap, v.reason)


@dataclass(frozen=True)
class Told:
    """A solution as the page of a neighbourhood tells it."""

    id: str
    label: str
    rank: str
    counts: str
    state: str
    possible: bool
    reasons: list[str]
    silent: list[str]
    resources: list[str]
    obstacles: list[str]
    on_site: list[str]
    gains: str
    loses: str
    cost: Figure
    unit: str
    evidence: str


def _told(x: Answer, equals: int) -> Told:
    m = x.measure
    rank = f"{x.rank}, à égalité avec {equals - 1} autre{'s' if equals > 2 else ''}"
    return Told(
        id=m.id,
        label=printed(m.label),
        rank=rank if equals > 1 else f"{x.rank}",
        counts=_counts(x),
        state="" if x.state == "possible" else printed(answers.STATES[x.state]),
        possible=x.state in ("possible", "doubtful"),
        reasons=[printed(r.sentence) for r in x.reasons if r.standing in CALLING],
        silent=_silent(x.reasons),
        resources=[printed(r.sentence) for r in x.resources if r.standing in CALLING],
        obstacles=[printed(o.sentence) for o in x.obstacles],
        on_site=_printed(m.impossible_if),
        gains=", ".join(_printed(m.benefits)),
        loses=", ".join(_printed(m.loses)),
        cost=figure_of(m.capital),
        unit=printed(m.unit_label),
        evidence=printed(measure_words.EVIDENCE[x.evidence]),
    )


def _silent(reasons: Sequence[Reason]) -> list[str]:
    """Name what the solution answers too, and which says nothing here."""
    return [
        printed(f"{INDICATORS[r.indicator].label} ({answers.STANDINGS[r.standing]})")
        for r in reasons
        if r.standing not in CALLING
    ]


def _counts(x: Answer) -> str:
    """Say what the rank counts."""
    sure, maybe, at_hand = x.fit
    parts = [
        f"{sure} fragilité{'s' if sure > 1 else ''} assez sûre{'s' if sure > 1 else ''}",
        f"{maybe} incertaine{'s' if maybe > 1 else ''}",
        f"{at_hand} appui{'s' if at_hand > 1 else ''}",
    ]
    return ", ".join(parts)


@require_safe
def for_neighbourhood(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """Which solutions answer what this neighbourhood shows, why, and what is not possible here."""
    here = get_zone_for(request, territory, zone)
    release = here.release
    ranked = answers_to(values_of(request, release, zones=[here.code]))
    hazard = request.GET.get("alea", "")
    choices = FILTERS["alea"][1]
    if hazard not in choices:
        hazard = ""
    kept = [x for x in ranked if not hazard or _keeps(x.measure, "alea", hazard)]
    told = told_of(kept)
    possible = [x for x in told if x.possible]
    context = {
        "release": release,
        "zone": here,
        "possible": possible,
        "ruled_out": [x for x in told if not x.possible],
        "hazards": choices.items(),
        "hazard": hazard,
        "sentence": _sentence(possible),
    }
    return render(request, "atlas/solutions_here.html", context)


def told_of(ranked: Sequence[Answer]) -> list[Told]:
    """Return answers as a page tells them, equal ranks said."""
    ranks = [x.rank for x in ranked]
    return [_told(x, ranks.count(x.rank)) for x in ranked]


def _sentence(possible: Sequence[Told]) -> str:
    if not possible:
        return "Rien de ce catalogue n’est possible ici d’après ces données."
    first = [x for x in possible if x.rank == possible[0].rank]
    names = "\u00a0; ".join(x.label for x in first[:FIRST])
    more = f" et {len(first) - FIRST} autres" if len(first) > FIRST else ""
    if not possible[0].reasons:
        return (
            "Les données ouvertes ne montrent rien ici qui soit plus fragile qu’ailleurs : "
            "l’ordre ne dit rien, et les habitants en savent plus."
        )
    if len(first) == 1:
        return f"Répond au plus grand nombre de fragilités d’ici\u00a0: {names}."
    return (
        f"Répondent au plus grand nombre de fragilités d’ici, sans qu’on puisse les "
        f"départager\u00a0: {names}{more}."
    )


def first_of(rows: Iterable[Reading]) -> list[tuple[str, str, str]]:
    """Return the first possible solutions of a neighbourhood: id, label, the first reason."""
    told = [x for x in told_of(answers_to(r.v for r in rows)) if x.possible and x.reasons]
    return [(x.id, x.label, x.reasons[0]) for x in told[:FIRST]]
