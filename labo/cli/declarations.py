"""`labo list` and `labo explain`: what is declared."""

from __future__ import annotations

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
    from labo.place import Place
    from labo.source import Source


class Noun(StrEnum):
    """What can be listed."""

    SOURCES = "sources"
    PLACES = "places"
    LAYERS = "layers"
    INDICATORS = "indicators"
    INDICES = "indices"


LISTED = {
    Noun.SOURCES: ("id", "vintage", "producer", "licence", "label"),
    Noun.PLACES: ("id", "label", "definition"),
    Noun.LAYERS: ("id", "unit", "among", "label"),
    Noun.INDICATORS: ("id", "component", "unit", "label"),
    Noun.INDICES: ("id", "label", "question"),
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
    name: Annotated[str, typer.Argument(help="Id of an indicator, layer, place or source.")],
) -> None:
    """Say what an indicator, layer, place or source is."""
    from labo.catalogue import INDICATORS, LAYERS, PLACES, SOURCES

    if not any(name in group for group in (INDICATORS, LAYERS, PLACES, SOURCES)):
        import difflib

        groups = (INDICATORS, LAYERS, PLACES, SOURCES)
        known = dict.fromkeys(x.id for group in groups for x in group)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `labo list indicators`."
        raise UnknownName(f"Nothing is declared under the name {name!r}; {hint}")
    if name in INDICATORS:
        _explain_indicator(INDICATORS[name])
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
