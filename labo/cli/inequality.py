"""`labo inequality`: who has more of it, QPVs or the rest, the poorer or the richer, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from labo.cli import app
from labo.cli.output import print_json, print_table, say, say_folded
from labo.words import change, figure, interval

Result = dict[str, Any]

CLASSES = {
    "high-high": "pauvres, alentours élevés",
    "low-high": "moins pauvres, alentours élevés",
    "low-low": "moins pauvres, alentours bas",
    "high-low": "pauvres, alentours bas",
    "not significant": "où le hasard suffit à expliquer la valeur",
    "no neighbour": "sans voisin compté",
    "missing": "sans valeur",
}


@app.command("inequality")
def inequality(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    indicator: Annotated[str, typer.Argument(help="Id of an indicator: labo list indicators.")],
    epsilon: Annotated[
        float, typer.Option(help="Aversion to inequality of the equivalent; 0 is none.")
    ] = 0.5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Say how unequal an indicator is.

    Between QPVs and the rest of the agglomeration, between poorer and richer residents, and between
    neighbouring cells.
    """
    from labo import disparity, release
    from labo.errors import BadInput

    if not 0 <= epsilon < float("inf"):
        raise BadInput(f"--epsilon {epsilon}: give a number from 0 (no aversion), such as 0.5.")
    found = release.read(folder)
    result = disparity.measured(found, disparity.declared(found, indicator), epsilon)
    if as_json:
        print_json([result])
    else:
        _say_all(result)


# Said in French


def _span(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval of differences: « de −3,1 à +2,4 pt »."""
    return "" if low is None else f"de {change(low, unit)} à {change(high, unit)}"


def _verdict(sure: bool | None) -> str:
    return {True: "assez sûr", False: "non distinguable", None: ""}[sure]


def _say_all(r: Result) -> None:
    generations = " et ".join(r["generations"])
    say_folded(f"{r['label']} : {r['territory']['name']}, QPV de génération {generations}")
    _say_gap(r)
    _say_zones(r)
    _say_residents(r)
    _say_local(r)


def _say_gap(r: Result) -> None:
    gap, unit = r["gap"], r["unit"]
    say("", "QPV et reste de l'agglomération")
    if gap["reason"]:
        say_folded(f"  Pas d'écart : {gap['reason']}.", "  ")
        return
    inside = figure(gap["qpv"], unit)
    who = f"Dans les {gap['qpvs']} QPV réunis" if gap["qpvs"] > 1 else "Dans le QPV"
    if gap["qpvs_with_value"] < gap["qpvs"]:
        who = f"Dans les QPV qui ont une valeur ({gap['qpvs_with_value']} sur {gap['qpvs']})"
    say_folded(
        f"  {who} : {inside} ; dans le reste : {figure(gap['rest'], unit)}. Écart : "
        f"{change(gap['difference'], unit)} ({_span(gap['low'], gap['high'], unit)} à 90 %), "
        f"{_verdict(gap['distinguishable'])}.",
        "  ",
    )


def _say_zones(r: Result) -> None:
    unit, rows = r["unit"], r["zones"]
    if not rows:
        return
    ranked = any(row["rank"] for row in rows)
    columns = ["quartier", "valeur", "intervalle à 90 %", "écart à l'agglomération", "à 90 %", ""]
    if ranked:
        columns.append("rang, et de … à …")
    say("", "Chaque QPV")
    table = []
    for row in rows:
        line = [
            f"{row['name']} ({row['zone']})",
            figure(row["value"], unit),
            interval(row["value_low"], row["value_high"], unit),
            change(row["difference"], unit),
            _span(row["low"], row["high"], unit),
            _verdict(row["distinguishable"]) or row["reason"],
        ]
        rank = "" if not row["rank"] else f"{row['rank']} ({row['rank_low']}–{row['rank_high']})"
        table.append([*line, rank] if ranked else line)
    print_table(columns, table, columns[1:5])
    if ranked:
        say_folded("Deux QPV dont les rangs se recouvrent ne peuvent pas être départagés.")
    else:
        say("Moins de 8 QPV : pas de classement.")


def _say_residents(r: Result) -> None:
    cells, found, shared = r["cells"], r["concentration"], r["distribution"]
    say("", "Entre habitants, du plus modeste au plus aisé")
    if cells["reason"]:
        say_folded("  Aucun carreau ne porte cet indicateur : seul l'écart entre zones est dit.")
        return
    covered = figure(cells["covered"]["epci"], "1")
    say_folded(
        f"  Lu sur {cells['count']} carreaux comptés, où vivent {covered} des habitants ; les "
        "carreaux imputés sont laissés de côté, et il n'y a pas d'intervalle (les carreaux n'ont "
        "pas de tirages).",
        "  ",
    )
    if found["reason"]:
        say_folded(f"  Pas d'indice : {found['reason']}.", "  ")
        return
    index = found["index"]
    whom = "les plus modestes" if index < 0 else "les plus aisés"
    bounded = found["erreygers"]
    text = f"  Indice de concentration : {figure(index, '')}"
    text += f" (Erreygers : {figure(bounded, '')})" if bounded is not None else ""
    level = "la valeur est plus forte chez" if figure(abs(index), "") != "0,00" else ""
    say_folded(
        f"{text}. De −1 à 1, zéro quand le niveau de vie n'y change rien : ici "
        + (f"{level} {whom}." if level else "presque rien."),
        "  ",
    )
    if all(shared[group] is None for group in ("qpv", "epci")):
        return
    say_folded(
        "  Équivalent réparti également (Kolm-Pollak, ε = "
        f"{figure(shared['epsilon'], '')}) : la valeur qui, si tous l'avaient, vaudrait autant.",
        "  ",
    )
    titles = (("qpv", "habitants des QPV"), ("epci", "toute l'agglomération"))
    columns = ("mean", "equivalent")
    lines = [
        [title, *(figure(shared[group][of], r["unit"]) for of in columns)]
        for group, title in titles
        if shared[group] is not None
    ]
    print_table(("", "moyenne", "équivalent"), lines, ("moyenne", "équivalent"))


def _say_local(r: Result) -> None:
    if r["cells"]["reason"]:
        return
    local = r["local_association"]
    say("", "Pauvreté d'un carreau et valeur autour de lui, dans les QPV")
    if local["reason"]:
        say_folded(f"  Pas dit : {local['reason']}.", "  ")
        return
    told = [f"{n} {CLASSES[name]}" for name, n in local["classes"].items() if n]
    say_folded(
        f"  Sur {local['areas']} carreaux voisins : {' ; '.join(told)} ({local['permutations']} "
        "permutations, fausses alertes tenues sous 5 %). Haut et bas se lisent contre la moyenne "
        "de ces carreaux.",
        "  ",
    )
