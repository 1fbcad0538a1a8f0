"""`labo show`: a release as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labo import words
from labo.cli import app
from labo.cli.output import print_json, print_table, records, say, say_folded, width
from labo.words import between, figure, interval, quantity

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
# Scenario and horizon of what is not to come.
PRESENT = "present"
HEADER_WIDTH, NAME_WIDTH, GAP = 12, 22, 2


KINDS = {"repaired": "réparé", "rejected": "rejeté", "missing": "manquant"}
# From so many columns on, what a value rests on stands beside it.
WIDE = 120


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    zone: Annotated[
        str | None, typer.Argument(help="Id, official code or name of a zone; else all QPVs.")
    ] = None,
    in_words: Annotated[
        bool, typer.Option("--in-words", help="Say the values of ZONE as sentences.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Count what was repaired, rejected or missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Read a release.

    Its neighbourhoods side by side; or, for one zone, every value with its source and its method,
    the climate to come, and why the others are empty (wide terminals show what each rests on). With
    --report, what was repaired, rejected or missing in each source while it was made.
    """
    from labo import release
    from labo.errors import BadInput

    for option, given in (("--report", report and zone), ("--in-words", in_words and not zone)):
        if given:
            about = "the whole release" if option == "--report" else "one zone"
            raise BadInput(f"{option} is about {about}: {'leave out' if zone else 'give'} ZONE.")
    found = release.read(folder)
    if report:
        show_report(found, as_json=as_json)
        return
    wanted = [found.zone(zone)] if zone is not None else list(found.places["zone"])
    values = found.values[found.values["zone"].isin(wanted)]
    if as_json:
        print_json(records(values))
    elif zone is None:
        _show_all(found, records(values))
        say("", f"Tout sur une zone : labo show {folder} ZONE")
    elif in_words:
        _say_in_words(found, wanted[0], records(values))
    else:
        _show_zone(found, wanted[0], records(values))
        say("", f"En phrases : labo show {folder} {wanted[0]} --in-words")


def show_report(found: Release, *, as_json: bool) -> None:
    """Print what was repaired, rejected or missing, by source, as the manifest has it."""
    rows: dict[str, Row] = {}
    names = [s["id"] for s in (*found.manifest["sources"], *found.manifest.get("partners", ()))]
    for name in [*names, *(n["source"] for n in found.manifest["notices"])]:
        rows[name] = {"source": name, **dict.fromkeys(KINDS, 0), "notices": []}
    for n in found.manifest["notices"]:
        rows[n["source"]][n["kind"]] += n["count"]
        told = {"kind": n["kind"], "count": n["count"], "text": n["text"]}
        rows[n["source"]]["notices"].append(told)
    if as_json:
        print_json(list(rows.values()))
        return
    noted = [row for row in rows.values() if row["notices"]]
    if noted:
        say("Ce qui a été réparé, rejeté ou manque, par source", "")
        lines = [[row["source"], *(str(row[kind]) for kind in KINDS)] for row in noted]
        print_table(("source", *KINDS.values()), lines, tuple(KINDS.values()))
        say("")
    for row in noted:
        say(row["source"])
        for n in row["notices"]:
            say_folded(f"  {KINDS[n['kind']]}, {n['count']} : {n['text']}", hanging="    ")
    if len(noted) < len(rows):
        say(*([""] if noted else []), f"Rien à signaler pour {len(rows) - len(noted)} sources.")


def _show_all(found: Release, values: list[Row]) -> None:
    places = found.places
    shown = places[places["kind"].isin(SIDE_BY_SIDE)]
    labels = _labels(found)
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
    _say_whose(found)
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


def _say_whose(found: Release) -> None:
    """Say who may not see it."""
    if not found.public:
        kept = [p["partner"] for p in found.manifest["partners"] if p["publication"] != "public"]
        say_folded(f"Réservé à l'équipe du territoire : accord avec {', '.join(kept)}.")


def _say_reasons(values: Sequence[Row], labels: dict[str, str]) -> None:
    """Say why values are empty, each reason once with how many indicators it touches and which."""
    reasons: dict[str, dict[str, None]] = {}
    for v in values:
        if v["reason"] != "":
            reasons.setdefault(v["reason"], {})[labels[v["indicator"]]] = None
    if reasons:
        say("", "Valeurs vides :")
    for reason, touched in sorted(reasons.items(), key=lambda x: (-len(x[1]), x[0])):
        say_folded(f"  {reason} ({len(touched)}) : {', '.join(touched)}", hanging="    ")


def _labels(found: Release) -> dict[str, str]:
    partners = {x["id"]: f"{x['label']} ({x['partner']})" for x in found.partner_indicators}
    return {x["id"]: x["label"] for x in found.catalogue["indicators"]} | partners


def _by_hazard(known: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Give the indicators by component, then by the first hazard that they are of."""
    hazards = ["all", *(name for name in words.HAZARDS if name != "all")]
    for component in words.COMPONENTS:
        for hazard in hazards:
            group = [x for x in known if x["component"] == component and x["hazards"][0] == hazard]
            if group:
                yield component, hazard, group


def _title(found: Release, zone: str) -> str:
    name = found.places.set_index("zone").loc[zone, "name"]
    around = found.manifest["territory"]["name"]
    return f"{name} ({zone})" if name == around else f"{name} ({zone}), {around}"


def _say_in_words(found: Release, zone: str, values: list[Row]) -> None:
    say_folded(_title(found, zone))
    _say_whose(found)
    by_indicator: dict[str, list[Row]] = {}
    for v in values:
        if v["reason"] == "":
            by_indicator.setdefault(v["indicator"], []).append(v)
    last = ""
    known = [x for x in found.catalogue["indicators"] if x["id"] in by_indicator]
    for component, _, group in _by_hazard(known):
        if component != last:
            say("", words.COMPONENTS[component].capitalize())
            last = component
        for x in group:
            for v in by_indicator[x["id"]]:
                when = "" if v["scenario"] == PRESENT else f"{v['scenario']}, {v['horizon']} : "
                sentence = x["reading"].format(value=quantity(v["central"], v["unit"]))
                say_folded(f"  {when}{sentence}{_between(v)}", "    ")
    given = [x for x in found.partner_indicators if x["id"] in by_indicator]
    if given:
        say("", "Données de partenaires")
    for x in given:
        [v] = by_indicator[x["id"]]
        counted = quantity(v["central"], v["unit"])
        say_folded(f"  {x['label']}, d'après {x['partner']} : {counted}.", "    ")


def _between(v: Row) -> str:
    """Return the interval of a value as a sentence; none where it has no width."""
    ends = {figure(v[end], v["unit"]) for end in ("low", "high")}
    return "" if len(ends) == 1 else f" Sans doute entre {between(v['low'], v['high'], v['unit'])}."


def _show_zone(found: Release, zone: str, values: list[Row]) -> None:
    manifest, labels = found.manifest, _labels(found)
    say_folded(_title(found, zone))
    _say_whose(found)
    used: dict[str, str] = {
        str(s["id"]): str(number) for number, s in enumerate(manifest["sources"], 1)
    }
    used |= {p["id"]: f"P{number}" for number, p in enumerate(manifest.get("partners", ()), 1)}
    now = {v["indicator"]: v for v in values if v["scenario"] == PRESENT and v["reason"] == ""}
    _say_present(found, now, used)
    _say_to_come(found, zone, values, labels, used)
    _say_reasons(values, labels)
    methods = {v["method"] for v in values if v["reason"] == ""}
    if methods:
        say("", "Méthodes")
    for name in words.METHODS:
        if name in methods:
            say_folded(f"  {words.METHODS[name]} : {words.METHODS_AT_LENGTH[name]}", "    ")
    say("", "Sources")
    for s in manifest["sources"]:
        text = f"{s['producer']}, {s['label']}, millésime {s['vintage']} ({s['licence']})"
        say_folded(f"  {used[s['id']]}. {text}", "     ")
    _say_partners(found, zone, used)


def _say_present(found: Release, now: dict[str, Row], used: dict[str, str]) -> None:
    """Print today's values in one table: by component, then by hazard, then those of partners."""
    wide = width() >= WIDE
    further = ("imputé", "carreaux\nou IRIS", "doute venu de") if wide else ()
    columns = ("valeur", "intervalle\nà 90 %", *further, "méthode", "source")
    rows: list[tuple[int, str, list[str]]] = []
    nothing = [""] * len(columns)
    last = ""
    known = [x for x in found.catalogue["indicators"] if x["id"] in now]
    for component, hazard, group in _by_hazard(known):
        if component != last:
            rows += [(0, "", nothing), (0, words.COMPONENTS[component].capitalize(), nothing)]
            last = component
        rows.append((1, words.HAZARDS[hazard].capitalize(), nothing))
        rows += [(2, x["label"], _line(now[x["id"]], x["sources"], used, wide)) for x in group]
    given = [x for x in found.partner_indicators if x["id"] in now]
    if given:
        rows += [(0, "", nothing), (0, "Données de partenaires", nothing)]
    for name, of_one in groupby(given, key=lambda x: str(x["partner"])):
        rows.append((1, name, nothing))
        rows += [(2, x["label"], _line(now[x["id"]], [x["import"]], used, wide)) for x in of_one]
    if rows:
        taken = [
            _wide([title, *(cells[i] for _, _, cells in rows)]) for i, title in enumerate(columns)
        ]
        room = width() - sum(taken)
        lines = [[_indented(text, depth, room), *cells] for depth, text, cells in rows]
        print_table(("", *columns), lines, columns[: 2 + len(further)])


def _wide(texts: Sequence[str]) -> int:
    """Return how much of a line a column takes."""
    return max(len(line) for text in texts for line in (text.splitlines() or [""])) + GAP


def _indented(text: str, depth: int, room: int) -> str:
    """Fold a label, two spaces in for each step that it is down."""
    margin = "  " * depth
    # Under this words would be cut: the table is then wider than the terminal.
    room = max(room, HEADER_WIDTH + len(margin))
    folded = wrap(
        text, room, initial_indent=margin, subsequent_indent=margin + " ", break_on_hyphens=False
    )
    return "\n".join(folded)


def _say_to_come(
    found: Release, zone: str, values: list[Row], labels: dict[str, str], used: dict[str, str]
) -> None:
    """Print the climate to come, a column per horizon; elsewhere, say which zone has it."""
    to_come = [v for v in values if v["scenario"] != PRESENT]
    known = [v for v in to_come if v["reason"] == ""]
    territory = found.manifest["territory"]["code"]
    if to_come and not known and zone != territory:
        say("")
        say_folded(
            f"Climat à venir : le même pour toute l'agglomération, voir la zone {territory}."
        )
    sources = {x["id"]: x["sources"] for x in found.catalogue["indicators"]}
    for scenario in dict.fromkeys(v["scenario"] for v in known):
        here = [v for v in known if v["scenario"] == scenario]
        by_key = {(v["indicator"], v["horizon"]): v for v in here}
        cited = [used[name] for v in here for name in sources[v["indicator"]] if name in used]
        say("")
        say_folded(
            f"Climat à venir ({scenario}, source {', '.join(dict.fromkeys(cited))}) : médiane des "
            "simulations, et dessous l'intervalle où en sont 9 sur 10"
        )
        names = list(dict.fromkeys(v["indicator"] for v in here))
        columns = [
            _column(horizon, [by_key.get((name, horizon)) for name in names])
            for horizon in sorted({v["horizon"] for v in here})
        ]
        for chunk in _fitting(columns):
            say("")
            room = width() - sum(_wide(column) for column in chunk)
            texts = [_indented(labels[name], 1, room) for name in names]
            headers = [column[0] for column in chunk]
            rows = zip(texts, *(column[1:] for column in chunk), strict=True)
            print_table(("", *headers), rows, headers)


def _say_partners(found: Release, zone: str, used: dict[str, str]) -> None:
    """Say under which agreement partners' data are here, and what is to be said of each value."""
    for p in found.manifest.get("partners", ()):
        day = "/".join(reversed(p["expires"].split("-")))
        whom = "tout le monde" if p["publication"] == "public" else "l'équipe du territoire"
        text = (
            f"{p['partner']}, {p['label']}, millésime {p['vintage']} ({p['licence']}) ; "
            f"finalité : {p['purpose']} ; jusqu'au {day} ; pour {whom} ; rien sous "
            f"{p['secrecy_threshold']}"
        )
        say_folded(f"  {used[p['id']]}. {text}", "      ")
        for x in found.partner_indicators:
            if x["import"] == p["id"] and zone in x.get("notes", {}):
                say_folded(f"      {x['label']} : {x['notes'][zone]}", "        ")


def _line(v: Row, sources: Sequence[str], used: dict[str, str], wide: bool) -> list[str]:
    """Return what stands beside an indicator's label."""
    unit, share = v["unit"], v["imputed_share"]
    exact = v["method"] in ("official", "partner")
    further = [
        "" if share is None or exact else figure(share, "1"),
        str(v["n_cells"]) if v["n_cells"] else "",
        _doubt(v),
    ]
    return [
        figure(v["central"], unit),
        "exact" if v["method"] == "partner" else interval(v["low"], v["high"], unit),
        *(further if wide else []),
        words.METHODS.get(str(v["method"]), str(v["method"])),
        ", ".join(used[name] for name in sources if name in used),
    ]


def _doubt(v: Row) -> str:
    """Return the cause of most of a value's variance, and its share of the three apart."""
    variances = {word: v[name] or 0.0 for name, word in words.CAUSES.items()}
    total = sum(variances.values())
    if total == 0:
        return ""
    most = max(variances, key=lambda word: variances[word])
    return f"{most} ({100 * variances[most] / total:.0f}{words.NARROW}%)"
