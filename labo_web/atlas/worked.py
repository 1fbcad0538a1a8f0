"""One worked example of an index: how parts make a score, with the figures of a neighbourhood.

It is for readers who never saw a weight: nothing of it is typed by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labo import words
from labo.index_words import percent, whole
from labo.scores import WHOLE
from labo_web.atlas.index_reading import CHANGEABLE, LACK
from labo_web.atlas.indices import Told
from labo_web.releases.models import Zone
from labo_web.releases.reading import PLAIN

NEAR = 0.5  # points: beyond, a score is no plain mean of its parts, and no example is given


@dataclass(frozen=True)
class Example:
    """A neighbourhood's score as the mean of its parts, and what it is if one counts double."""

    zone: Zone
    parts: list[tuple[str, str]]
    counts: str
    score: str
    interval: str
    doubled: str
    then: str


def plain(component: str) -> str:
    """Return what a part of an index is, in plain words: a score of capacities tells a lack."""
    return LACK if component == CHANGEABLE else PLAIN[component]


def example(told: Told, zones: Sequence[Zone]) -> Example | None:
    """Return the example of the neighbourhood that scores highest, if its score is a plain mean."""
    tree, rows = told.known.tree, told.rows
    weights = {c: float(tree.weights[tree.position(c)]) for c in tree.components}
    found = [z for z in zones if (row := rows[WHOLE].get(z.code)) and row["central"] is not None]
    found.sort(key=lambda z: -rows[WHOLE][z.code]["central"])
    for zone in found:
        score = float(rows[WHOLE][zone.code]["central"])
        own = {c: rows[c][zone.code]["central"] for c in weights if zone.code in rows[c]}
        parts = {c: float(x) for c, x in own.items() if x is not None}
        if len(parts) < len(weights) or abs(_mean(parts, weights) - score) > NEAR:
            continue
        return _told(zone, parts, weights, rows[WHOLE][zone.code])
    return None


def _told(
    zone: Zone,
    parts: Mapping[str, float],
    weights: Mapping[str, float],
    row: Mapping[str, float | None],
) -> Example:
    total = sum(weights.values())
    score = _mean(parts, weights)
    # The part that would change the score most.
    moved = max(parts, key=lambda c: abs(parts[c] - score))
    then = _mean(parts, {**weights, moved: 2 * weights[moved]})
    counts = "Chaque partie compte autant que les autres"
    if len(set(weights.values())) > 1:
        counts = ", ".join(f"{plain(c)} compte pour {percent(weights[c] / total)}" for c in parts)
    low, high = row["low"], row["high"]
    interval = ""
    if low is not None and high is not None and words.figure(low, "") != words.figure(high, ""):
        interval = f"de {whole(low)} à {whole(high)}"
    return Example(
        zone=zone,
        parts=[(plain(c), whole(x)) for c, x in parts.items()],
        counts=counts[:1].upper() + counts[1:],
        score=whole(row["central"]),
        interval=interval,
        doubled=plain(moved),
        then=whole(then),
    )


def _mean(parts: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(parts[c] * weights[c] for c in parts) / sum(weights[c] for c in parts)
