"""An index in words: profile, ranks with their intervals or gaps, who holds, what would change it.

What is said here is what `labo index`, `labo weights` and `labo voi` say in a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.safestring import SafeString

from labo import words
from labo.composite import Composite
from labo.diagnosis import PRESENT
from labo.index import Sensitivity, Uncertainty
from labo.index.replicate import ROBUST, indistinct
from labo.index.sensitivity import FRENCH
from labo.index_words import (
    COMPONENTS,
    ELSEWHERE,
    HERE,
    STATES,
    first_to_ask,
    one,
    percent,
    signed,
    span,
    whole,
)
from labo.scores import CLASSES, RUNS, WHOLE
from labo.vocabulary import CLASS_WORDS, WORDS, Vocabulary, ar6, tacct
from labo_web.atlas.indices import Place, Profile, Told
from labo_web.releases.charts import around_zero, strip
from labo_web.releases.models import Zone
from labo_web.releases.reading import PLAIN, Reading, blurred, named

SCALE = (0.0, 100.0)
AGAINST = {
    "qpv": "des quartiers prioritaires du territoire",
    "agglomeration": "des quartiers et communes de l’agglomération",
}

# A score grows with vulnerability: that of capacities tells what is lacking.
CHANGEABLE, LACK = "adaptive_capacity", "ce qui manque pour faire face"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A score or a gap: its figure, its interval in words, its drawing."""

    figure: str
    interval: str
    drawing: SafeString
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    """A neighbourhood and what an index says of it, column by column."""

    zone: Zone
    cells: Sequence[Cell]
    reason: str = ""


@dataclass(frozen=True)
class Ranked:
    """A neighbourhood among others: a rank never goes without its intervals."""

    zone: Zone
    rank: str
    interval: str
    method: str
    drawing: SafeString
    classed: int
    chances: list[tuple[str, bool]]
    gap: Cell
    blurred: list[str]


NINE = 9  # calculations out of ten, from which one stays among the most exposed


def tenths(share: float) -> str:
    """Return a share of the calculations in words, rounded; to nine or ten, never up."""
    near, under = round(share * 10), int(share * 10 + 1e-9)
    return f"{under if near >= NINE else near} calculs sur 10"


def profile(told: Told, zones: Sequence[Zone], around: Profile) -> tuple[list[str], list[Line]]:
    """Return the components, and each neighbourhood's score in them with its interval.

    Where neighbourhoods are read among themselves, the score that the page of each one shows
    (`around`, in the agglomeration) stands beside: two scales are never taken for one.
    """
    components = list(told.known.tree.components)
    same = _same(told, zones)
    lines = []
    for zone in zones:
        rows = [told.rows[c].get(zone.code) for c in components]
        cells = [
            _nothing(of_nobody(_exposures(told, zone)) if c == "exposure" else "", same.get(c, ""))
            or _score(row)
            for c, row in zip(components, rows, strict=True)
        ]
        if told.known.ranked:
            places = around.get(zone.code, {}).get(told.known.composite.id, {})
            cells = [
                replace(cell, verdict=_elsewhere(places.get(c))) if cell.drawing else cell
                for c, cell in zip(components, cells, strict=True)
            ]
        lines.append(Line(zone, cells, _reason(told, zone)))
    return [COMPONENTS[c] for c in components], lines


def _nothing(nobody: str, same: str) -> Cell | None:
    """Return what stands in place of a score that would read as what it is not."""
    return Cell(nobody or same, "", SafeString("")) if nobody or same else None


def _same(told: Told, zones: Sequence[Zone]) -> dict[str, str]:
    """Return the components with one and the same score everywhere: it tells of nobody."""
    found = {}
    for c in told.known.tree.components:
        rows = [row for z in zones if (row := told.rows[c].get(z.code)) and row["low"] is not None]
        ends = {round(row[end], 6) for row in rows for end in ("low", "central", "high")}
        if len(rows) > 1 and len(ends) == 1:
            found[c] = "la même valeur partout"
    return found


def _exposures(told: Told, zone: Zone) -> list[Share]:
    """Return what an index knows of who and what is exposed in a neighbourhood."""
    values = told.values
    names = told.known.composite.components.get("exposure", ())
    of = (values["zone"] == zone.code) & values["indicator"].isin(names)
    rows = values[of & (values["scenario"] == PRESENT)]
    found = [(str(i), c, h) for i, c, h in rows[["indicator", "central", "high"]].to_numpy()]
    return [Share(name, *(None if x != x else float(x) for x in ends)) for name, *ends in found]


@dataclass(frozen=True)
class Share:
    """A share of residents, dwellings or houses that is exposed, with the end of its interval."""

    indicator: str
    central: float | None
    high: float | None


# What is not there, where a share counts residents or houses by the ground that they are near or
# on: the index speaks of that ground, and « personne » would deny the people.
NO_PLACE = {
    "polluted_site_500m_share": "aucun site pollué connu à moins de 500 m",
    "clay_houses_share": "aucune maison sur un sol argileux exposé",
}


def of_nobody(shares: Sequence[Share]) -> str:
    """Say in words that nobody is exposed, where all that is known says so; else nothing.

    A score of such shares is that of all those who are not exposed, and would read as exposure.
    Where the shares are about places (`NO_PLACE`), the places are said to be absent, not people.
    """
    known = [x for x in shares if x.central is not None]
    none = words.figure(0.0, "1")
    ends = [words.figure(end, "1") for x in known for end in (x.central, x.high) if end is not None]
    if not known or any(end != none for end in ends):
        return ""
    part = len(known) < len(shares)
    if all(x.indicator in NO_PLACE for x in known):
        absent = ", ".join(dict.fromkeys(NO_PLACE[x.indicator] for x in known))
        return f"{absent}, à ce que l’on sait" if part else absent
    built = all("houses" in x.indicator or "dwellings" in x.indicator for x in known)
    who = "rien" if built else "personne"
    return f"{who}, à ce que l’on sait" if part else f"{who}, ici"


def _elsewhere(place: Place | None) -> str:
    if place is None:
        return ""
    return f"dans l’agglomération : {whole(place.score)} ({span(place.low, place.high)})"


def _reason(told: Told, zone: Zone) -> str:
    row = told.rows[WHOLE].get(zone.code)
    return str(row["reason"]) if row else ""


def _score(row: Row | None) -> Cell:
    if row is None or row["central"] is None:
        return Cell(words.NOTHING, "", SafeString(""))
    ends = row["low"], row["high"]
    drawing = strip(SCALE, row["central"], *ends)
    return Cell(whole(row["central"]), span(*ends), drawing)


def gap_cell(row: Row, of: str, ends: tuple[float, float]) -> Cell:
    """Return a gap (`of`: epci or peers) on an axis, with its verdict."""
    middle, low, high = (row[f"gap_{of}{end}"] for end in ("", "_low", "_high"))
    if middle is None:
        return Cell(words.NOTHING, "", SafeString(""))
    sure = low > 0 or high < 0
    drawing = strip(ends, middle, low, high, line=0.0, hollow=not sure)
    text = f"{signed(low)} à {signed(high)}"
    return Cell(signed(middle), text, drawing, verdict(low, high))


def verdict(low: float, high: float) -> str:
    """Return a gap in words; above 0 is more vulnerable."""
    if low > 0:
        return "plus fragile, assez sûr"
    return "moins fragile, assez sûr" if high < 0 else "pas de différence sûre"


def gap_lines(told: Told, zones: Sequence[Zone]) -> list[Line]:
    """Return each neighbourhood's gaps to the agglomeration and to the others, largest first."""
    rows = told.rows[WHOLE]
    names = [f"gap_{of}{end}" for of in ("epci", "peers") for end in ("", "_low", "_high")]
    ends = around_zero([row[name] for row in rows.values() for name in names])
    known = [z for z in zones if z.code in rows]
    known.sort(key=lambda z: -(rows[z.code]["gap_epci"] or -1e9))
    lines = []
    for zone in known:
        row = rows[zone.code]
        cells = [gap_cell(row, "epci", ends), gap_cell(row, "peers", ends)]
        method = span(row["method_low"], row["method_high"])
        lines.append(
            Line(zone, [_score(row), Cell(method, "", SafeString("")), *cells], row["reason"])
        )
    return lines


def gap_sentence(told: Told, zones: Sequence[Zone]) -> str:
    """Say who surely differs from the agglomeration."""
    rows = told.rows[WHOLE]
    known = [z for z in zones if z.code in rows and rows[z.code]["gap_epci"] is not None]
    if not known:
        return "Aucun quartier n’a de score ici : le profil dit ce qui est connu."
    more = [z.name for z in known if rows[z.code]["gap_epci_low"] > 0]
    less = [z.name for z in known if rows[z.code]["gap_epci_high"] < 0]
    rest = [z.name for z in known if z.name not in (*more, *less)]
    parts = []
    if more:
        parts.append(f"Plus fragile que l’agglomération, assez sûr : {named(more)}")
    if less:
        parts.append(f"Moins fragile, assez sûr : {named(less)}")
    if rest:
        parts.append(f"Pas de différence sûre avec l’agglomération : {named(rest)}")
    return f"{'. '.join(parts)}."


def ranked(told: Told, zones: Sequence[Zone]) -> list[Ranked]:
    """Return the neighbourhoods in the order of their rank, each with its intervals."""
    rows = told.rows[WHOLE]
    scored = [z for z in zones if z.code in rows and rows[z.code]["rank"] is not None]
    scored.sort(key=lambda z: (rows[z.code]["rank"], z.name))
    gaps = [rows[z.code][f"gap_epci{end}"] for z in scored for end in ("", "_low", "_high")]
    ends, among = around_zero(gaps), (1.0, float(len(scored)))
    same = blurred_names(told, zones)
    made = []
    for zone in scored:
        row = rows[zone.code]
        chances = [row[f"p_class_{k + 1}"] for k in range(CLASSES)]
        drawing = strip(
            among,
            row["rank"],
            row["rank_low"],
            row["rank_high"],
            thin=(row["rank_method_low"], row["rank_method_high"]),
        )
        made.append(
            Ranked(
                zone=zone,
                rank=whole(row["rank"]),
                interval=_ranks(row["rank_low"], row["rank_high"]),
                method=_ranks(row["rank_method_low"], row["rank_method_high"]),
                drawing=drawing,
                classed=int(row["class"]),
                chances=[(percent(p), int(row["class"]) == k + 1) for k, p in enumerate(chances)],
                gap=gap_cell(row, "epci", ends),
                blurred=same[zone.code],
            )
        )
    return made


def _ranks(low: float, high: float) -> str:
    return whole(low) if low == high else f"{whole(low)}\u00a0à\u00a0{whole(high)}"


def blurred_names(told: Told, zones: Sequence[Zone]) -> dict[str, list[str]]:
    """Return by neighbourhood those from which it cannot be told."""
    if told.told is None:
        return {}
    names = {z.code: z.name for z in zones}
    units, same = told.told.units, indistinct(told.told.more)
    return {
        unit: [names[units[j]] for j in np.flatnonzero(same[i]).tolist()]
        for i, unit in enumerate(units)
    }


def core_sentence(told: Told, zones: Sequence[Zone]) -> str:
    """Say who stays among the most exposed in nine calculations out of ten."""
    rows, names = told.rows[WHOLE], {z.code: z.name for z in zones}
    core = [names[code] for code, row in rows.items() if row["core"]]
    if core:
        return f"Parmi les plus exposés dans 9 calculs sur 10 : {named(core, len(core))}."
    text = "Aucun quartier n’est parmi les plus exposés dans 9 calculs sur 10."
    chances = {code: row["p_class_1"] for code, row in rows.items() if row["p_class_1"] is not None}
    first = max(chances, key=lambda code: chances[code])
    return f"{text} Le plus souvent, c’est {names[first]} : {tenths(chances[first])}."


def pairs_sentence(told: Told, zones: Sequence[Zone]) -> str:
    """Say who cannot be told apart at the head of the ranking, and how many pairs in all."""
    rows, names = told.rows[WHOLE], {z.code: z.name for z in zones}
    ranks = {code: row["rank"] for code, row in rows.items() if row["rank"] is not None}
    pairs = sum(len(others) for others in blurred_names(told, zones).values()) // 2
    couples = len(ranks) * (len(ranks) - 1) // 2
    first = min(ranks, key=lambda code: ranks[code])
    if not pairs:
        return "Chaque quartier se distingue de tous les autres."
    rest = f"En tout, {pairs} paires de quartiers sur {couples} ne se départagent pas."
    return f"{head_sentence(told.told, first, names)} {rest}"


def head_sentence(told: Uncertainty | None, first: str, names: Mapping[str, str]) -> str:
    """Say from whom the first in rank cannot be told."""
    if told is None:
        return ""
    same, at = indistinct(told.more), told.units.index(first)
    others = np.flatnonzero(same[at]).tolist()
    if not others:
        return f"{names[first]} se détache en tête."
    among = same[np.ix_(others, others)]
    mutual = bool((among | np.eye(len(others), dtype=bool)).all())
    return blurred(names[first], [names[told.units[i]] for i in others], mutual)


def drivers_of(orders: Sensitivity | None) -> tuple[str, list[tuple[str, str, str]]]:
    """Return which choice drives the ranking: a sentence, and the orders with their intervals."""
    if orders is None:
        return "", []
    table = orders.indices.sort_values("total", ascending=False)
    rows = [
        (
            FRENCH[str(name)],
            f"{percent(max(x['first'], 0.0))} ({_percents(x['first_low'], x['first_high'])})",
            f"{percent(max(x['total'], 0.0))} ({_percents(x['total_low'], x['total_high'])})",
        )
        for name, x in table.iterrows()
    ]
    change = float(orders.change.mean())
    mean = f"{one(change)} rang{'s' if change >= 2 else ''}"
    if orders.driver is None:
        return "Aucun des choix essayés ne change plus qu’un autre le rang des quartiers.", rows
    text = (
        f"D’un calcul à l’autre, un quartier change de {mean} en moyenne, sur {orders.units}. "
        f"Ce qui pèse le plus : {rows[0][0]}."
    )
    if len(table) > 1 and table["total_low"].iloc[0] <= table["total_high"].iloc[1]:
        text += f" L’écart avec ce qui suit ({rows[1][0]}) n’est pas certain."
    return text, rows


def _percents(low: float, high: float) -> str:
    return span(100 * max(low, 0.0), 100 * max(high, 0.0))


def worth_of(told: Told) -> tuple[str, list[tuple[str, list[dict[str, str]]]]]:
    """Return which dataset to ask for first: a sentence; then, by who could give them, rows."""
    if not told.worth:
        return "", []
    groups = [
        (title, [_dataset(r) for r in told.worth if bool(r["holder"]) == here])
        for title, here in ((HERE, True), (ELSEWHERE, False))
    ]
    return first_to_ask(told.worth), [(title, rows) for title, rows in groups if rows]


def _dataset(row: Row) -> dict[str, str]:
    return {
        "label": f"{row['label']} ({row['holder'] or row['producer']})",
        "state": STATES[row["state"]],
        "imputed": percent(row["imputed"]) if row["imputed"] else words.NOTHING,
        "width": one(row["width_less"]),
        "pairs": one(row["pairs_less"]),
    }


def method_note(told: Told) -> str:
    """Say on how many calculations the words rest."""
    if told.told is None:
        return ""
    return (
        f"Données : {told.known.units.draws.shape[2]} tirages. Méthode : {RUNS} calculs où poids, "
        "normalisation, agrégation et traitement des extrêmes varient. Les probabilités mêlent les "
        f"deux, sur {RUNS} calculs. « 9 calculs sur 10 » : au moins {percent(ROBUST)} d’entre eux."
    )


Parts = list[tuple[str, str, Cell]]


def places(
    composites: Sequence[Composite],
    here: Mapping[str, Mapping[str, Place]],
    own: Mapping[str, Reading],
) -> list[tuple[Composite, Parts, str]]:
    """Return one neighbourhood's places in its agglomeration, index by index, part by part.

    Each part has its plain name, its name in the method, and its cell; a sentence says which
    parts surely differ.
    """
    made = []
    for of in composites:
        if not here.get(of.id):
            continue
        parts = [
            (
                LACK if c == CHANGEABLE else PLAIN[c],
                COMPONENTS[c],
                _nothing(_of_nobody_here(of, own) if c == "exposure" else "", "")
                or _place(here[of.id][c]),
            )
            for c in of.components
            if c in here[of.id]
        ]
        made.append((of, parts, _differs(parts)))
    return made


def _differs(parts: Parts) -> str:
    """Say in which parts a neighbourhood surely differs from its agglomeration."""
    compared = [(plain, cell.verdict) for plain, _, cell in parts if cell.verdict]
    if not compared:
        return ""
    said = []
    for sign in ("plus", "moins"):
        names = [plain for plain, text in compared if text.startswith(f"{sign} fragile")]
        if names:
            start = f"{sign.capitalize()} difficile ici que dans l’agglomération"
            said.append(f"{start}, assez sûr : {named(names)}.")
    return " ".join(said) or "Pas de différence sûre avec l’agglomération."


def _of_nobody_here(of: Composite, own: Mapping[str, Reading]) -> str:
    rows = [own[x].v for x in of.components.get("exposure", ()) if x in own]
    return of_nobody([Share(v.indicator.name, v.central, v.high) for v in rows])


def _place(x: Place) -> Cell:
    if x.gap is None or x.gap_low is None or x.gap_high is None:
        return Cell(whole(x.score), span(x.low, x.high), strip(SCALE, x.score, x.low, x.high))
    unsure = x.gap_low <= 0 <= x.gap_high
    drawing = strip(SCALE, x.score, x.low, x.high, line=x.score - x.gap, hollow=unsure)
    return Cell(whole(x.score), span(x.low, x.high), drawing, verdict(x.gap_low, x.gap_high))


def vocabulary_table(
    told: Told, zones: Sequence[Zone], chosen: Vocabulary
) -> tuple[list[str], list[tuple[Zone, list[str]]], list[tuple[str, str]]]:
    """Return the components in the words of the IPCC or of TACCT: columns, rows, and the words."""
    tree = told.known.tree
    weights = dict(zip(tree.nodes, tree.weights.tolist(), strict=True))
    known = [z for z in zones if z.code in told.rows[WHOLE]]
    scores = {
        c: np.array([_float(told.rows[c][z.code]["central"]) for z in known])
        for c in tree.components
    }
    named_so = WORDS[chosen]
    said = [(COMPONENTS[c], named_so[c]) for c in tree.components if COMPONENTS[c] != named_so[c]]
    if not known:
        return [], [], said
    if chosen == "ar6":
        parts = ar6(scores, weights).parts
        columns, values = list(parts), list(parts.values())
        texts = [[_number(part[i]) for part in values] for i in range(len(known))]
    else:
        notes = tacct(scores, weights)
        columns = ["exposition", "sensibilité", "produit", "classe"]
        texts = [
            [*(_number(part[i]) for part in notes[:3]), _class_word(notes.classed[i])]
            for i in range(len(known))
        ]
    return columns, list(zip(known, texts, strict=True)), said


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _number(value: float) -> str:
    return words.NOTHING if value != value else f"{value:.0f}"


def _class_word(classed: float) -> str:
    return CLASS_WORDS[int(classed) - 1] if classed > 0 else words.NOTHING
