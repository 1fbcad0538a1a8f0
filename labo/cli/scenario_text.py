"""How a scenario is printed for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from labo import scenario_words as say_in
from labo.cli.output import print_table, say, say_folded
from labo.difference import Difference, Effect, NotRun
from labo.index_words import COMPONENTS
from labo.words import figure, interval

if TYPE_CHECKING:
    from labo.ranges import Range
    from labo.release import Release
    from labo.scenario import Scenario

Told = Difference | Effect
EURO = "euro"
WHOLE = "index"
SCORES = "Scores, de 0 à 100 : plus haut est plus vulnérable"
OTHERS = "Ce qu'aucun indicateur ne dit"
INTERVALS = (
    "Intervalle : neuf fois sur dix, la différence est entre ces deux bouts, si les effets "
    "déclarés disent vrai. Presque tous restent à vérifier."
)
NOTHING = "Rien ne change dans ce que l'on sait recalculer."


def say_scenario(x: Scenario, found: Release, *, in_words: bool) -> None:
    """Print what a plan and a level of warming change."""
    indices = _indices(found)
    say_folded(f"Scénario : {x.territory}")
    _say_plan(x, "Plan")
    shown = _shown(x, found)
    for zone in shown:
        rows: list[Told] = [*x.changed, *_moving(x.scores), *x.effects]
        told = [d for d in rows if d.zone == zone]
        rest = sum(d.zone == zone for d in x.differences) - sum(d.zone == zone for d in x.changed)
        say("", f"{x.zones.get(zone, zone)} ({zone})")
        _say_parts(told, indices, in_words=in_words)
        if rest and told:
            say_folded(f"Les {rest} autres indicateurs connus ici ne changent pas.")
    away = {d.zone for d in x.changed} - set(shown)
    if away:
        names = ", ".join(x.zones[zone] for zone in x.zones if zone in away)
        say("")
        say_folded(f"Change aussi un peu, chacun à sa mesure (--zone, --json) : {names}.")
    if x.climate:
        level = f"{x.warming:g}".replace(".", ",")
        say(
            "",
            f"Climat de toute l'agglomération à +{level} °C, au regard de sa période de référence",
        )
        _say_told(x.climate, indices, in_words=in_words, verdicts=False)
    _say_rest(x.not_run, (INTERVALS, *x.notes))


def say_between(
    first: Scenario,
    second: Scenario,
    between: Sequence[Told],
    found: Release,
    *,
    in_words: bool,
) -> None:
    """Print what sets two plans apart: the second less the first."""
    indices = _indices(found)
    say_folded(f"Deux plans comparés : {first.territory}")
    _say_plan(first, "Premier plan")
    _say_plan(second, "Second plan")
    qpvs = set(found.places.loc[found.places["kind"] == "qpv", "zone"])
    names = {**first.zones, **second.zones}
    for zone in dict.fromkeys(x.zone for x in between if x.zone in qpvs):
        say("", f"{names.get(zone, zone)} ({zone}) : second plan − premier plan")
        _say_parts([x for x in between if x.zone == zone], indices, in_words=in_words, two=True)
    if not between:
        say("", "Rien ne départage ces deux plans dans ce que l'on sait recalculer.")
    say("")
    say_folded(
        "« Non distinguable » : l'intervalle de la différence contient zéro ; ce qui est commun "
        "aux deux plans s'y annule."
    )
    _say_rest(
        dict.fromkeys((*first.not_run, *second.not_run)),
        dict.fromkeys((INTERVALS, *first.notes, *second.notes)),
    )


def _indices(found: Release) -> dict[str, str]:
    return {x["id"]: x["label"] for x in found.catalogue.get("indices", ())}


def _moving(rows: Iterable[Difference]) -> list[Difference]:
    return [x for x in rows if x.verdict != "same"]


def _shown(x: Scenario, found: Release) -> list[str]:
    """Return the zones to tell at length: those of the plan, and neighbourhoods that it reaches."""
    kinds = found.places.set_index("zone")["kind"]
    if len(x.zones) == 1:
        return list(x.zones)
    named = {line.zone.casefold() for line in x.plan.lines}
    moving = {d.zone for d in x.changed} | {e.zone for e in x.effects}
    return [
        zone
        for zone, name in x.zones.items()
        if zone in moving
        and (kinds[zone] in ("qpv", "perimeter") or {zone.casefold(), name.casefold()} & named)
    ]


def _say_plan(x: Scenario, title: str) -> None:
    say("")
    if not x.plan.lines:
        say(f"{title} : rien.")
        return
    say(f"{title} :")
    for line in x.plan.lines:
        say_folded(f"  {say_in.line(line, line.zone)}", "    ")
    capital, running = _money(x.cost.capital), _money(x.cost.running)
    say_folded(
        f"  Coût, ordres de grandeur à vérifier, hors taxes : {capital} ; puis {running} par an."
    )


def _money(x: Range) -> str:
    ends = interval(x.low, x.high, EURO)
    return f"{figure(x.central, EURO)} ({ends})"


def _say_parts(
    rows: Sequence[Told], indices: dict[str, str], *, in_words: bool, two: bool = False
) -> None:
    """Print what changes in a zone: indicators, then scores, then what no indicator tells."""
    parts: dict[str, list[Told]] = {
        "": [x for x in rows if isinstance(x, Difference) and not x.component],
        SCORES: [x for x in rows if isinstance(x, Difference) and x.component],
        OTHERS: [x for x in rows if isinstance(x, Effect)],
    }
    if not rows:
        say(NOTHING)
    for title, part in parts.items():
        if part:
            say(*([title] if title else []))
            _say_told(part, indices, in_words=in_words, two=two)


def _say_told(
    rows: Sequence[Told],
    indices: dict[str, str],
    *,
    in_words: bool,
    verdicts: bool = True,
    two: bool = False,
) -> None:
    if in_words:
        for x in rows:
            said = say_in.sentence(x, indices)
            say_folded(f"  {said if verdicts else said.rsplit(' ;', 1)[0] + '.'}", "    ")
        return
    ends: tuple[str, ...] = ("premier", "second") if two else ("aujourd'hui", "avec le plan")
    if not verdicts:
        ends = ("référence", "à ce niveau")
    if all(isinstance(x, Effect) for x in rows):
        ends = ()
    print_table(
        ("", *ends, "différence", "intervalle", ""),
        [
            [
                _label(x, indices, rows),
                *_values(x),
                say_in.moved(x, x.change.central),
                say_in.span(x, x.change),
                say_in.verdict(x) if verdicts else "",
            ]
            for x in rows
        ],
        figures=(*ends, "différence"),
    )


def _label(x: Told, indices: dict[str, str], rows: Sequence[Told]) -> str:
    """Return the name of a row; a component is short below its index."""
    if isinstance(x, Difference) and x.component not in ("", WHOLE):
        above = (y for y in rows if isinstance(y, Difference) and y.component == WHOLE)
        if any((y.zone, y.name) == (x.zone, x.name) for y in above):
            return f"  dont {COMPONENTS[x.component]}"
    return say_in.name_of(x, indices)


def _values(x: Told) -> list[str]:
    if isinstance(x, Effect):
        return []
    return [say_in.value(x, x.before.central), say_in.value(x, x.after.central)]


def _say_rest(not_run: Iterable[NotRun], notes: Iterable[str]) -> None:
    from labo.catalogue import INDICATORS, MEASURES

    if not_run:
        say("", "Non recalculé :")
    for n in not_run:
        declared = INDICATORS if n.name in INDICATORS else MEASURES
        label = declared[n.name].label if n.name in declared else n.name
        label = say_in.EFFECTS[n.name][0] if n.name in say_in.EFFECTS else label
        where = f" ({n.zone})" if n.zone else ""
        say_folded(f"  {label}{where} : {n.reason}.", "    ")
    if notes:
        say("", "À savoir :")
    for note in notes:
        say_folded(f"  {note}", "    ")
