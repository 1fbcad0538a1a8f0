"""Why a neighbourhood stays among the most exposed, and what could change it.

A rank compares the priority neighbourhoods with one another, and so does each reason: by their
median. The agglomeration stands beside it, and a reason says so where it tells the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labo import words
from labo.index import effective_weights
from labo.index_data import Known
from labo.index_words import counting, percent, whole
from labo.scores import WHOLE, placed
from labo_web.atlas.indices import Told
from labo_web.releases.models import Zone
from labo_web.releases.reading import Reading

WHY = 3  # indicators that a reason names
MIDDLE = 50.0  # of the scale on which indicators stand among the neighbourhoods
Readings = Mapping[tuple[str, str], Reading]


@dataclass(frozen=True)
class Held:
    """A neighbourhood that stays among the most exposed: why, and what could change it."""

    zone: Zone
    share: str
    why: list[str]
    change: str


def held(
    told: Told, zones: Sequence[Zone], readings: Readings, labels: Mapping[str, str]
) -> list[Held]:
    """Return those who stay among the most exposed, one line of reason each, and what changes it.

    Where nobody does, the one who is there most often.
    """
    rows = told.rows[WHOLE]
    scored = [z for z in zones if z.code in rows and rows[z.code]["p_class_1"] is not None]
    scored.sort(key=lambda z: -rows[z.code]["p_class_1"])
    kept = [z for z in scored if rows[z.code]["core"]] or scored[:1]
    pushed = pushes(told.known)
    found = []
    for z in kept:
        own = [r for x in pushed.get(z.code, ()) if (r := readings.get((z.code, x))) and r.known]
        own.sort(key=lambda r: preferred(r, _among(zones, readings, r)))
        why = [reason(r, _among(zones, readings, r)) for r in own[:WHY]]
        share = percent(rows[z.code]["p_class_1"])
        found.append(Held(z, share, why, _change(told, z.code, labels)))
    return found


def apart(told: Told, zones: Sequence[Zone], readings: Readings) -> list[Held]:
    """Return those who surely are more vulnerable than the agglomeration, where nobody is ranked.

    Each with the sure differences that say most, of the hazard itself first.
    """
    rows, names = told.rows[WHOLE], told.known.composite.indicators
    found = []
    for z in zones:
        row = rows.get(z.code)
        if row is None or row["gap_epci_low"] is None or row["gap_epci_low"] <= 0:
            continue
        own = [r for x in names if (r := readings.get((z.code, x))) and r.known and r.worse]
        own.sort(key=lambda r: (r.x.hazards[0] == "all", -r.distance))
        why = [f"{r.x.label} : {r.figure} (agglomération : {r.whole_figure})" for r in own[:WHY]]
        found.append(Held(z, "", why, ""))
    return found


def _among(zones: Sequence[Zone], readings: Readings, r: Reading) -> list[float | None]:
    """Return what an indicator is in each neighbourhood."""
    rows = (readings.get((z.code, r.x.name)) for z in zones)
    return [x.v.central for x in rows if x is not None]


def pushes(known: Known) -> dict[str, list[str]]:
    """Return, by neighbourhood, the indicators that push it up among the others, most first."""
    tree, table = known.tree, placed(known)
    share = effective_weights(tree)[: len(tree.leaves)]
    push = np.nan_to_num(table.to_numpy(dtype=float) - MIDDLE) * share
    return {
        str(zone): [tree.leaves[i] for i in np.argsort(-row, kind="stable").tolist() if row[i] > 0]
        for zone, row in zip(table.index, push, strict=True)
    }


SURE, UNSURE, OPPOSITE = 0, 1, 2


def against(r: Reading, among: Iterable[float | None]) -> int:
    """Say whether a value is a sure reason, before which no other one should be read.

    Sure: worse than the agglomeration, or its whole interval beyond the median of the
    neighbourhoods. Opposite: what reads as the contrary, as the agglomeration is surely worse.
    """
    if r.worse:
        return SURE
    if r.sure:
        return OPPOSITE
    known = [x for x in among if x is not None]
    low, high = r.v.low, r.v.high
    if not known or low is None or high is None:
        return UNSURE
    median, side = float(np.median(known)), r.x.direction
    return SURE if min(low * side, high * side) > median * side else UNSURE


def preferred(r: Reading, among: Sequence[float | None]) -> tuple[bool, bool, int]:
    """Return what orders reasons: sure ones first, then those of the hazard itself.

    What tells of all hazards, such as poverty, would be the reason of all of them.
    """
    found = against(r, among)
    return found != SURE, r.x.hazards[0] == "all", found


def reason(r: Reading, among: Sequence[float | None]) -> str:
    """Return a reason in a line; one that is not sure says so, with its interval."""
    text = f"{r.x.label} : {r.figure} ({beside(r, middle(among, r.x.unit))})"
    if against(r, among) == UNSURE:
        text += f" ; ce point est incertain{f', de {r.span}' if r.interval else ''}"
    return text


def middle(values: Iterable[float | None], unit: str) -> str:
    """Return the median of the values that are known, in words."""
    known = [x for x in values if x is not None]
    return words.figure(float(np.median(known)) if known else None, unit)


def beside(r: Reading, median: str) -> str:
    """Say what a value is read against: the other neighbourhoods, then the agglomeration."""
    text = f"médiane des quartiers : {median}"
    if r.whole_figure == words.NOTHING:
        return text
    text += f" ; agglomération : {r.whole_figure}"
    if r.sure and not r.worse:
        text += ", ici moins fragile"
    return text


def _change(told: Told, zone: str, labels: Mapping[str, str]) -> str:
    """Say what would put a neighbourhood in another class, in plain words: a group of four."""
    assert told.scan is not None  # noqa: S101 (called where there are ranks)
    row = told.scan.table().loc[[zone]].to_dict("records")[0]
    row_of = told.rows[WHOLE][zone]
    out = 1.0 - row_of["p_class_1"]
    tried = words.figure(len(told.scan.weights), "resident")
    if row["never_changes"]:
        text = (
            "Il reste dans son groupe quoi que compte chaque partie "
            f"({tried} répartitions essayées)"
        )
    else:
        text = f"Il change de groupe si {counting(row, labels)}"
    if row["class"] != 1:
        text = f"Notre calcul le met dans le groupe {whole(row['class'])} sur 4. {text}"
    if out > 0:
        text += (
            ". Avec d’autres données ou méthodes possibles, il n’est pas parmi les plus exposés "
            f"dans {percent(out)} des calculs"
        )
    return f"{text}."
