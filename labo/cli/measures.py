"""`labo measures`: what could be done in a neighbourhood, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo import words
from labo.cli import app
from labo.cli.output import print_json, print_table, say, say_folded

if TYPE_CHECKING:
    from labo.answers import Answer

AT_LENGTH = 8


@app.command("measures")
def measures(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    zone: Annotated[str, typer.Argument(help="Id, official code or name of a zone.")],
    hazard: Annotated[
        str | None, typer.Option(help="Only those against this hazard: heat, flood, air …")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Give the reasons of every measure.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Say which measures answer what a zone shows.

    None is hidden: what is impossible or without purpose here comes last, with the reason, and what
    has no figure says so.
    """
    from labo import answers, release
    from labo.errors import BadInput
    from labo.indicator import HAZARDS

    if hazard is not None and hazard not in HAZARDS:
        raise BadInput(f"--hazard {hazard!r}: give one of {', '.join(HAZARDS)}.")
    found = release.read(folder)
    wanted = found.zone(zone)
    rows = answers.rank(found, wanted)
    if hazard is not None:
        rows = [x for x in rows if hazard in x.measure.hazards]
    if as_json:
        print_json([x.as_json() for x in rows])
        return
    places = found.places.set_index("zone")
    name = f"{places.loc[wanted, 'name']} ({wanted})"
    against = "" if hazard is None else f", contre l'aléa « {words.HAZARDS[hazard]} »"
    say_folded(f"{len(rows)} solutions pour {name}{against}")
    say_folded(
        "D'abord celles qui répondent au plus de fragilités assez sûres, puis incertaines, puis "
        "celles qui ont ici de quoi s'appuyer. Un même rang : on ne peut pas les départager. Ce "
        "compte n'est pas un effet : il dit seulement à quoi chacune répond."
    )
    say("")
    _table(rows)
    at_length = rows if everything else rows[:AT_LENGTH]
    for x in at_length:
        _at_length(x)
    ruled_out = [x for x in rows if x.obstacles and x not in at_length]
    if ruled_out:
        say("", "Ce qui n'est pas possible ici, n'y a pas d'objet, ou reste à vérifier :")
        for x in ruled_out:
            for obstacle in x.obstacles:
                say_folded(f"  {x.measure.label}. {obstacle.sentence}", "    ")
    say("")
    if not everything and len(rows) > AT_LENGTH:
        say_folded("Les raisons de toutes : --all. Tout sur une solution : labo explain ID")


def _table(rows: list[Answer]) -> None:
    from labo.answers import STATES

    columns = ("rang", "solution", "id", "sûres", "incertaines", "appuis", "")
    print_table(
        columns,
        [
            [
                str(x.rank),
                x.measure.label,
                x.measure.id,
                *map(str, x.fit),
                "" if x.state == "possible" else STATES[x.state],
            ]
            for x in rows
        ],
        figures=("rang", "sûres", "incertaines", "appuis"),
        names=("id",),
    )


def _at_length(x: Answer) -> None:
    from labo.measure_words import EVIDENCE

    say("")
    say_folded(f"{x.rank}. {x.measure.label} ({x.measure.id})")
    for title, reasons in (("Répond à", x.reasons), ("S'appuie sur", x.resources)):
        if reasons:
            say(f"  {title} :")
        for reason in reasons:
            say_folded(f"    {reason.sentence}", "      ")
    for obstacle in x.obstacles:
        say_folded(f"  {obstacle.sentence}", "    ")
    for text in x.measure.impossible_if:
        say_folded(f"  À voir sur place : {text}", "    ")
    say_folded(f"  Preuves : {EVIDENCE[x.evidence]}.", "    ")
