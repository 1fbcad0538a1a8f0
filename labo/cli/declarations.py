"""`labo list` and `labo explain`: what is declared."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from labo import words
from labo.cli import app
from labo.cli.output import print_json, print_table, say, say_folded
from labo.errors import UnknownName

if TYPE_CHECKING:
    from labo.indicator import Indicator
    from labo.layer import Layer
    from labo.measure import Measure
    from labo.place import Place
    from labo.source import Source


class Noun(StrEnum):
    """What can be listed."""

    SOURCES = "sources"
    PLACES = "places"
    LAYERS = "layers"
    INDICATORS = "indicators"
    INDICES = "indices"
    MEASURES = "measures"


LISTED = {
    Noun.SOURCES: ("id", "vintage", "producer", "licence", "label"),
    Noun.PLACES: ("id", "label", "definition"),
    Noun.LAYERS: ("id", "unit", "among", "label"),
    Noun.INDICATORS: ("id", "component", "unit", "label"),
    Noun.INDICES: ("id", "label", "question"),
    Noun.MEASURES: ("id", "family", "unit_label", "label"),
}


@app.command("list")
def list_declared(
    noun: Annotated[Noun, typer.Argument(help="What to list.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List what is declared."""
    from labo.catalogue import INDICATORS, declarations

    if as_json:
        of_indicators = [x.as_json() for x in INDICATORS]
        print_json(of_indicators if noun is Noun.INDICATORS else declarations()[noun])
        return
    columns = LISTED[noun]
    rows = [[str(row.get(c, "")) for c in columns] for row in declarations()[noun]]
    print_table(columns, rows, names=("id",))


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="Id of what is declared: labo list measures …")],
) -> None:
    """Say what an indicator, measure, layer, place or source is."""
    from labo.catalogue import INDICATORS, LAYERS, MEASURES, PLACES, SOURCES

    groups = (INDICATORS, MEASURES, LAYERS, PLACES, SOURCES)
    if not any(name in group for group in groups):
        import difflib

        known = dict.fromkeys(x.id for group in groups for x in group)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `labo list indicators`."
        raise UnknownName(f"Nothing is declared under the name {name!r}; {hint}")
    if name in INDICATORS:
        _explain_indicator(INDICATORS[name])
    elif name in MEASURES:
        _explain_measure(MEASURES[name])
    elif name in LAYERS:
        _explain_layer(LAYERS[name])
    elif name in PLACES:
        _explain_place(PLACES[name])
    else:
        _explain_source(SOURCES[name])


def _explain_indicator(x: Indicator) -> None:
    from labo.catalogue import LAYERS

    say_folded(f"{x.label} ({x.id})")
    say_folded(x.definition)
    say("")
    hazards = ", ".join(words.HAZARDS[h] for h in x.hazards)
    _facts(
        ("Formule", x.expression),
        ("Unité", words.UNITS.get(x.unit, x.unit)),
        ("Composante", f"{words.COMPONENTS[x.component]} ; {hazards}"),
        ("Sens", words.DIRECTIONS[x.direction]),
        ("Se compare à", x.reference),
        ("Se lit", x.reading.replace("{value}", "…")),
    )
    say("", "Couches lues :")
    for name in x.layers:
        layer = LAYERS[name]
        say_folded(f"  {name} : {layer.label}. {layer.definition}", hanging="    ")
    _sources(x.source_ids)


def _explain_measure(x: Measure) -> None:
    from labo import measure_words as names
    from labo.catalogue import INDICATORS, PLACES

    say_folded(f"{x.label} ({x.id})")
    say_folded(x.summary)
    say("")
    hazards = ", ".join(words.HAZARDS[h] for h in x.hazards)
    _facts(
        ("Famille", f"{names.FAMILIES[x.family]} ; {names.KINDS[x.kind]} ; {hazards}"),
        ("Coût", f"{names.said(x.capital)}, par {x.unit_label}"),
        ("Chaque année", f"{names.said(x.running)}, par {x.unit_label}"),
        ("Durée de vie", names.said(x.lifetime)),
        ("Délai", names.said(x.delay)),
        ("Plein effet", names.said(x.full_effect)),
        ("Décide", ", ".join(names.DECIDERS[d] for d in x.decides)),
        ("Il faut", ", ".join(names.NEEDS[n] for n in x.needs)),
        ("Y gagnent", " ; ".join(x.benefits)),
        ("Peuvent y perdre", " ; ".join(x.loses)),
    )
    effects = [
        f"{names.SCOPES[e.on]} : {e.says}"
        + (f" {names.said(e.value)} ; {e.value.scope}." if e.value is not None else "")
        for e in x.effects
    ]
    answers = [
        f"{INDICATORS[name].label} ({names.HOW[reply.how]}). {reply.says}"
        for name, reply in x.answers.items()
    ]
    resources = [f"{INDICATORS[name].label}. {says}" for name, says in x.leans_on.items()]
    checks = [
        f"{names.QUESTIONS[name]} {names.RISKS[check.risk].capitalize()}. {check.says}"
        for name, check in x.checks.items()
    ]
    opens = [f"{PLACES[name].label}. {PLACES[name].definition}" for name in x.opens]
    for title, lines in (
        ("Effets, qui ne s'additionnent pas d'une portée à l'autre :", effects),
        ("Ouvre :", opens),
        ("Répond à :", answers),
        ("S'appuie sur :", resources),
        ("Impossible ou sans objet si :", [*(y.says for y in x.limits), *x.impossible_if]),
        ("Autres bienfaits :", x.co_benefits),
        ("Ce qui peut mal tourner :", x.pitfalls),
        ("Sept questions contre la maladaptation :", checks),
        ("Pistes de financement, à confirmer :", [names.FUNDERS[f] for f in x.funding]),
        ("Références :", [f"{y.label}, {y.url or 'à lire'}" for y in x.references]),
    ):
        _listed(title, lines)
    say("")
    say_folded(f"Chiffres : {names.GRADES[x.grade]}.")


def _listed(title: str, lines: Iterable[str]) -> None:
    """Print a titled list, unless it is empty; an address stands alone on its line."""
    found = list(lines)
    if not found:
        return
    say("", title)
    for line in found:
        text, mark, address = line.partition("https://")
        say_folded(f"  {text.rstrip(', ')}", hanging="    ")
        if mark:
            say(f"    {mark}{address}")


def _explain_layer(x: Layer) -> None:
    from labo.catalogue import INDICATORS

    say_folded(f"{x.label} ({x.id})")
    say_folded(x.definition)
    say("")
    facts = [
        ("Unité", words.UNITS.get(x.unit, x.unit)),
        ("Transfert", words.WAYS[type(x.carried).__name__]),
    ]
    if x.among is not None:
        facts.append(("Compté parmi", x.among))
    readers = ", ".join(i.id for i in INDICATORS if x.id in i.layers)
    _facts(*facts, ("Lue par", readers or "aucun indicateur"))
    _sources(x.source_ids)


def _explain_place(x: Place) -> None:
    from labo.catalogue import LAYERS
    from labo.way import Walk

    say_folded(f"{x.label} ({x.id})")
    say_folded(x.definition)
    say("")
    walked = [y.id for y in LAYERS if isinstance(y.carried, Walk) and y.carried.place == x.id]
    _facts(("Couches", ", ".join(walked) or "aucune"))
    _sources(x.source_ids)


def _explain_source(x: Source) -> None:
    say_folded(f"{x.label} ({x.id})")
    say("")
    _facts(
        ("Producteur", x.producer),
        ("Millésime", x.vintage),
        ("Licence", x.licence),
        ("Format", x.format if x.crs is None else f"{x.format}, {x.crs}"),
        ("Page", x.page),
    )


def _facts(*facts: tuple[str, str]) -> None:
    print_table(("", ""), [(f"{name} :", text) for name, text in facts])


def _sources(ids: list[str]) -> None:
    from labo.catalogue import SOURCES

    say("", "Sources (le millésime le plus récent qui soit là est pris) :")
    for name in ids:
        x = SOURCES[name]
        text = f"  {name} : {x.producer}, {x.label}, millésime {x.vintage} ({x.licence})"
        say_folded(text, hanging="    ")
