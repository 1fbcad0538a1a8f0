"""`labo show`: a release as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labo.cli import app, words
from labo.cli.output import print_json, print_table, records, say, say_folded, width
from labo.cli.words import figure, interval, quantity

if TYPE_CHECKING:
    from labo.release import Release

Row = dict[str, Any]

# Side by side there is room for these, official figures beside the estimates; `show RELEASE ZONE`
# has them all.
HEADLINES = (
    "population",
    "municipal_population",
    "poverty_share",
    "mean_standard_of_living",
    "median_income",
    "aged_65_plus_share",
    "children_0_3_share",
    "one_person_household_share",
    "social_housing_share",
)
SIDE_BY_SIDE = ("qpv", "perimeter", "epci", "rest_of_epci")
HEADER_WIDTH, NAME_WIDTH, GAP = 12, 22, 2


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    zone: Annotated[
        str | None, typer.Argument(help="Id, official code or name of a zone; else all QPVs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Read a release.

    Its neighbourhoods side by side; or, for one zone, every value with its source, its method and,
    where it is empty, the reason.
    """
    from labo import release

    found = release.read(folder)
    wanted = [found.zone(zone)] if zone is not None else list(found.places["zone"])
    values = found.values[found.values["zone"].isin(wanted)]
    if as_json:
        print_json(records(values))
    elif zone is not None:
        _show_zone(found, wanted[0], records(values))
    else:
        _show_all(found, records(values))
        say("", f"Tout sur une zone : labo show {folder} ZONE")


def _show_all(found: Release, values: list[Row]) -> None:
    places = found.places
    shown = places[places["kind"].isin(SIDE_BY_SIDE)]
    labels = {x["id"]: x["label"] for x in found.catalogue["indicators"]}
    by_key = {(v["zone"], v["indicator"]): v for v in values}
    zones = list(shown["zone"])
    columns = []
    for name in HEADLINES:
        cells = [by_key[zone, name] for zone in zones if (zone, name) in by_key]
        if any(v["reason"] == "" for v in cells):
            columns.append(_column(labels[name], [by_key.get((zone, name)) for zone in zones]))
    manifest = found.manifest
    say(
        f"{manifest['territory']['name']}, QPV de génération "
        f"{' et '.join(manifest['generations'])}",
        "Valeur, et dessous son intervalle à 90 %",
    )
    names = [f"{name}\n{zone}" for name, zone in zip(shown["name"], zones, strict=True)]
    for chunk in _fitting(columns):
        say("")
        headers = [column[0] for column in chunk]
        rows = zip(names, *(column[1:] for column in chunk), strict=True)
        print_table(("zone", *headers), rows, headers)
    empty = [v for v in values if v["zone"] in set(zones) and v["indicator"] in HEADLINES]
    _say_reasons(empty, labels)


def _column(label: str, cells: Sequence[Row | None]) -> list[str]:
    """Return a header folded into lines, then a cell of two lines per zone."""
    texts = ["\n".join(wrap(label, HEADER_WIDTH, break_long_words=False))]
    for v in cells:
        if v is None or v["reason"] != "":
            texts.append(words.NOTHING)
        else:
            unit = v["unit"]
            texts.append(f"{figure(v['central'], unit)}\n{interval(v['low'], v['high'], unit)}")
    return texts


def _fitting(columns: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    """Give the columns in as many tables as the width asks for."""
    chunk: list[list[str]] = []
    used = NAME_WIDTH
    for column in columns:
        wide = max(len(line) for text in column for line in text.splitlines()) + GAP
        if chunk and used + wide > width():
            yield chunk
            chunk, used = [], NAME_WIDTH
        chunk.append(column)
        used += wide
    if chunk:
        yield chunk


def _say_reasons(values: Sequence[Row], labels: dict[str, str]) -> None:
    """Say why values are empty, each reason once with what it touches."""
    reasons: dict[str, dict[str, None]] = {}
    for v in values:
        if v["reason"] != "":
            reasons.setdefault(v["reason"], {})[labels[v["indicator"]]] = None
    if reasons:
        say("", "Valeurs vides :")
    for reason, touched in sorted(reasons.items()):
        say_folded(f"  {reason} : {', '.join(touched)}", hanging="    ")


def _show_zone(found: Release, zone: str, values: list[Row]) -> None:
    manifest, catalogue = found.manifest, found.catalogue["indicators"]
    place = found.zones.set_index("zone").loc[zone]
    say(f"{place['name']} ({zone}), {manifest['territory']['name']}")
    used = {s["id"]: number for number, s in enumerate(manifest["sources"], 1)}
    by_indicator = {v["indicator"]: v for v in values}
    known = [x for x in catalogue if (by_indicator.get(x["id"]) or {"reason": "?"})["reason"] == ""]
    columns = ("indicateur", "valeur", "intervalle à 90 %", "imputé", "carreaux ou IRIS")
    figures = columns[1:]
    further = ("doute venu de", "méthode", "source")
    for component, word in words.COMPONENTS.items():
        rows = [_line(by_indicator[x["id"]], x, used) for x in known if x["component"] == component]
        if rows:
            say("", word.capitalize())
            print_table((*columns, *further), rows, figures)
    if known:
        say("", "En clair")
    for x in known:
        v = by_indicator[x["id"]]
        say_folded(f"  {x['reading'].format(value=quantity(v['central'], v['unit']))}", "    ")
    _say_reasons(values, {x["id"]: x["label"] for x in catalogue})
    methods = {by_indicator[x["id"]]["method"] for x in known}
    if methods:
        say("", "Méthodes")
    for name in words.METHODS:
        if name in methods:
            say_folded(f"  {words.METHODS[name]} : {words.METHODS_AT_LENGTH[name]}", "    ")
    say("", "Sources")
    for s in manifest["sources"]:
        text = f"{s['producer']}, {s['label']}, millésime {s['vintage']} ({s['licence']})"
        say_folded(f"  {used[s['id']]}. {text}", "     ")


def _line(v: Row, x: Row, used: dict[str, int]) -> list[str]:
    """Return a row of the zone's table."""
    unit, share = v["unit"], v["imputed_share"]
    return [
        x["label"],
        figure(v["central"], unit),
        interval(v["low"], v["high"], unit),
        "" if share is None or v["method"] == "official" else figure(share, "1"),
        str(v["n_cells"]) if v["n_cells"] else "",
        _doubt(v),
        words.METHODS.get(v["method"], v["method"]),
        ", ".join(str(used[name]) for name in x["sources"] if name in used),
    ]


def _doubt(v: Row) -> str:
    """Return the cause of most of a value's variance, and its share of the three apart."""
    variances = {word: v[name] or 0.0 for name, word in words.CAUSES.items()}
    total = sum(variances.values())
    if total == 0:
        return ""
    most = max(variances, key=lambda word: variances[word])
    return f"{most} ({100 * variances[most] / total:.0f}{words.NARROW}%)"
