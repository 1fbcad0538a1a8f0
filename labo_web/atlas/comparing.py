"""Neighbourhoods side by side on one axis: what can be told apart and what cannot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from labo.inequality import FEWEST_AREAS
from labo_web.atlas.charts import around_zero, strip
from labo_web.atlas.reading import Reading, axis, blurred, dots


@dataclass(frozen=True)
class Line:
    """A neighbourhood on the common axis; `blurred` are those it cannot be told from."""

    reading: Reading
    place: dict[str, str] | None
    blurred: list[str]
    rank: str
    gap: SafeString

    @property
    def dots(self) -> SafeString:
        """The neighbourhood on the common axis."""
        return dots(self.place, self.reading.unsure)


def overlap(one: Reading, two: Reading) -> bool:
    """Return whether two intervals touch: which is higher can then not be said."""
    a, b = one.v, two.v
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return True
    return a.low <= b.high and b.low <= a.high


def lines(rows: Sequence[Reading]) -> list[Line]:
    """Return the neighbourhoods from the most vulnerable side; from eight on with their ranks.

    A rank is an interval too: from one more than those surely before, to all but those surely
    after.
    """
    known = [r for r in rows if r.known]
    known.sort(key=lambda r: (r.v.central or 0.0) * -r.x.direction)
    ends = [e for r in known for e in (r.v.low, r.v.high, r.v.central) if e is not None]
    wholes = [r.whole.central for r in known if r.whole and r.whole.central is not None]
    low, high = min([*ends, *wholes], default=0.0), max([*ends, *wholes], default=1.0)
    ranked = len(known) >= FEWEST_AREAS
    gaps = [g for r in known for g in (r.v.gap, r.v.gap_low, r.v.gap_high)]
    away = around_zero(gaps)
    made = []
    for r in known:
        others = [o for o in known if o is not r]
        same = [o for o in others if overlap(r, o)]
        before = sum(o not in same and _first(o, r) for o in others)
        last = before + len(same) + 1
        rank = f"{before + 1}" if last == before + 1 else f"{before + 1} à {last}"
        made.append(
            Line(
                r,
                axis(low, high, r.v, r.whole if not r.is_count else None),
                [o.v.zone.name for o in same],
                rank if ranked else "",
                strip(away, r.v.gap, r.v.gap_low, r.v.gap_high, line=0.0, hollow=r.unsure)
                if r.gap
                else SafeString(""),
            )
        )
    nothing = SafeString("")
    return [*made, *(Line(r, None, [], "", nothing) for r in rows if not r.known)]


def _first(one: Reading, two: Reading) -> bool:
    return ((one.v.central or 0.0) - (two.v.central or 0.0)) * one.x.direction > 0


def sentence(made: Sequence[Line]) -> str:
    """Say who stands out on the more vulnerable side, and who cannot be told apart."""
    known = [line for line in made if line.reading.known]
    if not known:
        return "Aucun de ces quartiers n’a de valeur pour cet indicateur."
    first = known[0]
    name = first.reading.v.zone.name
    if len(known) == 1:
        return f"Un seul quartier a une valeur : {name}. Il se lit par son écart à l’agglomération."
    if first.blurred:
        same = [line.reading for line in known[1:] if overlap(first.reading, line.reading)]
        mutual = all(overlap(a, b) for a, b in itertools.combinations(same, 2))
        text = blurred(name, first.blurred, mutual)
        return (
            f"Du côté le plus fragile, {text[:1].lower()}{text[1:]} Les intervalles se recouvrent."
        )
    return (
        f"{name} se détache du côté le plus fragile : son intervalle ne touche celui d’aucun autre."
    )
