"""Where neighbourhoods stand in the declared indices of a release, and why, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from labo import release as engine
from labo import words
from labo.composite import Composite, find
from labo.index_data import composites_of, directions_of, draws_of, known
from labo.index_words import passing
from labo.scores import WHOLE, try_weights
from labo_web.atlas.reasons import UNSURE, against, beside, middle, preferred, pushes
from labo_web.documents.facts import Facts
from labo_web.releases.access import WAITING
from labo_web.releases.models import Release, Zone
from labo_web.releases.reading import Reading

Row = Mapping[Any, Any]
SCORES = "scores.parquet"
OFTEN = 0.5  # of the calculations: below, a neighbourhood is not named among the most exposed
RARELY = 0.1
NO_BREAK = "\u00a0"
# A score grows with vulnerability, so that of adaptive capacity tells what is lacking.
LACKS = {
    "hazard": "aléa",
    "exposure": "présence exposée",
    "sensitivity": "sensibilité",
    "adaptive_capacity": "manque de moyens de faire face",
}
HERE = "On peut agir sur ce point."
CHANGEABLE = "adaptive_capacity"  # what works on the ground can change


@dataclass(frozen=True)
class Position:
    """A neighbourhood in an index.

    `stands`: whether it surely is, or stays, among the most exposed; `order`: from the most exposed
    on, None where there is no score; `lever`: what could be changed on the ground, which is another
    thing than `change`, what would give another result.
    """

    zone: Zone
    stands: bool
    order: float | None
    text: str
    span: str
    reason: str
    lever: str
    change: str


@dataclass(frozen=True)
class Ranking:
    """The neighbourhoods in an index, from the most exposed on; ranked: among themselves."""

    composite: Composite
    ranked: bool
    positions: tuple[Position, ...]


def rankings(facts: Facts, codes: Sequence[str]) -> list[Ranking]:
    """Return the indices of a release with some neighbourhoods of these facts; none without scores.

    Releases of before had no scores.
    """
    folder = facts.release.folder
    if not (folder / SCORES).is_file():
        return []
    found = engine.read(folder)
    scores = found.scores
    here = {z.code: z for z in facts.zones if z.code in codes}
    whole = scores[(scores["component"] == WHOLE) & scores["zone"].isin(list(here))]
    made = []
    for composite in composites(facts.release):
        rows = whole[whole["index"] == composite.id]
        ranked = bool((rows["reference"] == "qpv").any())
        scanned = _scanned(folder, composite.id) if ranked else None
        positions = [
            _position(facts, here[row["zone"]], composite, row, scanned)
            for row in rows.to_dict("records")
        ]
        positions.sort(key=lambda p: (not p.stands, p.order is None, p.order, p.zone.name))
        made.append(Ranking(composite, ranked, tuple(positions)))
    return made


def composites(release: Release) -> tuple[Composite, ...]:
    """Return the indices that a release declares."""
    return _composites(release.folder)


# A release never changes: what is calculated of it once stays true.
@lru_cache(maxsize=64)
def _composites(folder: Path) -> tuple[Composite, ...]:
    return tuple(composites_of(engine.read(folder).catalogue))


@dataclass(frozen=True)
class Scanned:
    """By neighbourhood: which weights change its class, which indicators push it up."""

    weights: Mapping[str, Row]
    pushes: Mapping[str, list[str]]


@lru_cache(maxsize=256)
def _scanned(folder: Path, name: str) -> Scanned:
    found = engine.read(folder)
    composite = find(name, _composites(folder))
    draws = found.draws[found.draws["indicator"].isin(composite.indicators)]
    directions = directions_of(found.catalogue)
    here = known(composite, directions, found.values, draws_of(draws), found.places)
    rows = try_weights(here).table().to_dict("index")
    return Scanned({str(zone): row for zone, row in rows.items()}, pushes(here))


def _position(
    facts: Facts,
    zone: Zone,
    composite: Composite,
    row: Row,
    scanned: Scanned | None,
) -> Position:
    """Return what an index says of a neighbourhood; `scanned`: where it is ranked."""
    own = [r for name in composite.indicators if (r := facts.rows.get((zone.code, name)))]
    score = float(row["central"])
    why = str(row["reason"])
    if any(r.v.reason == WAITING for r in own):  # the score would tell what may not be shown
        score, why = float("nan"), WAITING
    if math.isnan(score):
        reason = f"Raison : {why or 'inconnue'}."
        return Position(zone, False, None, "pas d’indice", "", reason, "", "")
    if scanned is None:
        first = _reason(own)
    else:
        first = _push(facts, own, scanned.pushes.get(zone.code, []))
    if scanned is not None:
        share = float(row["p_class_1"])
        stands, order = bool(row["core"]), -share
        text = _often(share, stands)
        span = f"{_hundred(share)} sur 100"
        change = _moved(scanned.weights.get(zone.code, {}))
    else:
        gap, low, high = (float(row[f"gap_epci{end}"]) for end in ("", "_low", "_high"))
        stands, order = low > 0, -gap
        text, span = _away(low, high), _points(gap, low, high)
        change = (
            "" if stands or high < 0 else "Le doute des données suffit : l’écart peut être nul."
        )
    if first is None:
        reason = "Aucun écart sûr à lui seul."
    else:
        told = _against(first) if scanned is None else _among(facts, first)
        reason = f"{first.x.label} : {told}."
    doubt = _doubt(own) if not change else ""
    return Position(zone, stands, order, text, span, reason, _lever(own, first), change or doubt)


def _hundred(share: float) -> str:
    """Return a share as so many calculations, never rounded to all or none of them."""
    many = min(max(round(100 * share), 1), 99) if 0 < share < 1 else round(100 * share)
    return f"{many} calcul{'s' if many > 1 else ''}"


def _often(share: float, core: bool) -> str:
    if core:
        return "parmi les plus exposés dans 9 calculs sur 10"
    if share >= OFTEN:
        return "souvent parmi les plus exposés"
    if share < RARELY:
        return "presque jamais parmi les plus exposés"
    return "on ne peut pas le départager des autres"


def _away(low: float, high: float) -> str:
    if low > 0:
        return "plus vulnérable que l’agglomération"
    return "moins vulnérable que l’agglomération" if high < 0 else "pas d’écart sûr"


def _points(*ends: float) -> str:
    if any(math.isnan(end) for end in ends):
        return "écart inconnu"
    gap, low, high = (words.change(float(round(end)), "resident") for end in ends)
    return f"{gap} point{'s' if abs(round(ends[0])) > 1 else ''} (de {low} à {high})"


def _reason(own: Sequence[Reading]) -> Reading | None:
    """Return what sets it apart most on the vulnerable side, of the hazard itself if possible."""
    worse = [r for r in own if r.known and r.worse]
    return max(worse, key=lambda r: (r.x.hazards[0] != "all", r.distance), default=None)


def _push(facts: Facts, own: Sequence[Reading], names: Sequence[str]) -> Reading | None:
    """Return what pushes it up most among the others, surely and of the hazard itself if it can."""
    known = {r.x.name: r for r in own if r.known}
    rows = [known[name] for name in names if name in known]
    return min(rows, key=lambda r: preferred(r, facts.among.get(r.x.name, ())), default=None)


def _span(r: Reading) -> str:
    return r.span.replace(" ", NO_BREAK)


def _among(facts: Facts, r: Reading) -> str:
    """Return a value beside that of the other neighbourhoods, then of the agglomeration."""
    among = facts.among.get(r.x.name, ())
    unsure = " ; ce point est incertain" if against(r, among) == UNSURE else ""
    return f"{r.figure} ({_span(r)} ; {beside(r, middle(among, r.x.unit))}){unsure}"


def _against(r: Reading) -> str:
    return f"{r.figure} ({_span(r)}), contre {r.whole_figure}"


def _lever(own: Sequence[Reading], first: Reading | None) -> str:
    """Say what could be changed on the ground."""
    if first is not None and first.x.component == CHANGEABLE:
        return HERE
    at_hand = [r for r in own if r.known and r.worse and r.x.component == CHANGEABLE]
    r = max(at_hand, key=lambda r: r.distance, default=None)
    return (
        f"On peut agir sur : {r.x.label[:1].lower()}{r.x.label[1:]} ({_against(r)})." if r else ""
    )


def _moved(row: Row) -> str:
    """Say which weights would put it in another class."""
    if not row:
        return ""
    if row["never_changes"]:
        return "D’autres poids n’y changent rien."
    return f"Il change de quart si {passing(row, LACKS)}."


def _doubt(own: Sequence[Reading]) -> str:
    """Name the figure that is the least sure."""
    r = max((r for r in own if r.known and not r.is_count), key=lambda r: r.width, default=None)
    if r is None or not r.interval:
        return ""
    return f"Chiffre le moins sûr : {r.x.label[:1].lower()}{r.x.label[1:]}, de {r.span}."
