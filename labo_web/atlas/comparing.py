"""Neighbourhoods side by side on one axis: what can be told apart and what cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.safestring import SafeString

from labo.inequality import FEWEST_AREAS
from labo_web.releases.charts import around_zero, strip
from labo_web.releases.reading import Reading, axis, blurred, dots


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
    for r, same, before in _told_apart(known):
        last = before + len(same) + 1
        rank = f"{before + 1}" if last == before + 1 else f"{before + 1} à {last}"
        made.append(
            Line(
                r,
                axis(low, high, r.v, r.whole if not r.is_count else None),
                same,
                rank if ranked else "",
                strip(away, r.v.gap, r.v.gap_low, r.v.gap_high, line=0.0, hollow=r.unsure)
                if r.gap
                else SafeString(""),
            )
        )
    nothing = SafeString("")
    return [*made, *(Line(r, None, [], "", nothing) for r in rows if not r.known)]


def _told_apart(known: Sequence[Reading]) -> list[tuple[Reading, list[str], int]]:
    """Return each neighbourhood, whom it cannot be told from, and how many surely come before.

    The same as `overlap` two by two, at once: a country has a thousand neighbourhoods.
    """
    names = np.array([r.v.zone.name for r in known], dtype=object)
    ends = np.array([(r.v.low, r.v.high) for r in known], dtype=float).reshape(-1, 2)
    unbounded = np.isnan(ends).any(axis=1)
    low, high = np.where(unbounded[:, None], (-np.inf, np.inf), ends).T
    found = []
    for n, r in enumerate(known):
        above, below = low > high[n], high < low[n]
        same = ~(above | below)
        same[n] = False
        before = above if r.x.direction > 0 else below
        found.append((r, names[same].tolist(), int(before.sum())))
    return found


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
        # Intervals that all share a point, and only they, meet two by two.
        starts = [r.v.low for r in same if r.v.low is not None and r.v.high is not None]
        stops = [r.v.high for r in same if r.v.low is not None and r.v.high is not None]
        mutual = max(starts, default=0.0) <= min(stops, default=0.0)
        text = blurred(name, first.blurred, mutual)
        return (
            f"Du côté le plus fragile, {text[:1].lower()}{text[1:]} Les intervalles se recouvrent."
        )
    return (
        f"{name} se détache du côté le plus fragile : son intervalle ne touche celui d’aucun autre."
    )
