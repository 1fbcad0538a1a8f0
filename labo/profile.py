"""The profile of a zone: its indicators beside the agglomeration's, for paper and screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from labo import words
from labo.errors import BadInput
from labo.inequality import Gap
from labo.page import (
    A4,
    GREY,
    INK,
    LARGE,
    PAPER,
    RULE,
    SMALL,
    TEXT,
    badge,
    blank,
    colours,
    fictive,
    fold,
    place,
    sources,
    style,
    write,
)
from labo.picture import MOST_CLASSES, Declaration, Value, gaps_of, values_of, whole_of
from labo.words import figure as shown
from labo.words import interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labo.release import Release

# Inches from line to line: at least, and where there is room.
ROW = (0.36, 0.46)


class Row(NamedTuple):
    """A line of a profile: the zone's value, the agglomeration's, the ends of the axis, the gap."""

    x: Declaration
    value: Value
    whole: float
    ends: tuple[float, float]
    gap: Gap | None


def profile_of(found: Release, zone: str, hazard: str | None = None) -> Figure:
    """Draw the indicators of a zone, or of one hazard, beside the agglomeration, on A4 upright.

    A page that has to hold more is longer. Each line has its own axis, in the indicator's own unit,
    from the lowest to the highest value of the territory's zones: places on it compare zones, and
    two lines compare nothing.

    Raises:
        BadInput: the zone has no value at all.
    """
    rows, counts, empty = _rows(found, zone, hazard)
    if not rows and not counts:
        raise BadInput(f"Zone {zone!r} has no value: `labo show` says why; nothing to draw.")
    where = found.zones.set_index("zone").loc[zone]
    width, left = A4[0], 0.5
    components = [c for c in words.COMPONENTS if any(r.x["component"] == c for r in rows)]
    notes = _profile_notes(found, rows, empty)
    around = 2.3 + 0.38 * len(components) + 0.15 * len(notes)
    height = float(np.clip((A4[1] - around) / max(1, len(rows)), *ROW))
    top = max(A4[1], around + height * len(rows))
    with style():
        figure, page = blank(width, top)
        y = write(page, left, top - 0.4, fold(where["name"], 5.2, LARGE), LARGE, INK)
        y = write(page, left, y - 0.04, fold(place(found), 7.2, TEXT), TEXT, GREY)
        if fictive(found):
            badge(page, width - left, top - 0.4)
        y = write(page, left, y - 0.06, fold(_profile_sentence(rows, counts), 7.2, 10), 10, INK)
        for component in components:
            y -= 0.32
            page.text(left, y, words.COMPONENTS[component].capitalize(), fontsize=10, weight="bold")
            page.plot([left, width - left], [y - 0.06] * 2, color=RULE, linewidth=0.8)
            y -= 0.06
            for row in (r for r in rows if r.x["component"] == component):
                y -= height
                _draw_row(page, row, y + height / 2)
        write(page, left, 0.3 + 0.15 * len(notes), notes, SMALL, GREY)
    return figure


def _rows(
    found: Release, zone: str, hazard: str | None
) -> tuple[list[Row], list[str], dict[str, list[str]]]:
    """Return the lines of a profile, its counts in words, and labels of empty values by reason."""
    rows: list[Row] = []
    counts: list[str] = []
    empty: dict[str, list[str]] = {}
    for x in found.catalogue["indicators"]:
        if hazard is not None and not {hazard, "all"} & set(x["hazards"]):
            continue
        values = values_of(found, x["id"])
        v = values.get(zone)
        if v is None or v.reason:
            reason = v.reason if v is not None else "pas de valeur présente"
            empty.setdefault(reason, []).append(x["label"])
        elif x["unit"] in words.NOUNS:
            # A count says how large a zone is: between a neighbourhood and a town there is no axis.
            span = interval(v.low, v.high, x["unit"])
            counts.append(f"{x['label']} : {shown(v.central, x['unit'])} ({span})")
        else:
            known = [other.central for other in values.values() if not other.reason]
            ends = (min(v.low, *known), max(v.high, *known))
            whole = values[whole_of(found)].central if whole_of(found) in values else float("nan")
            gaps = gaps_of(found, [zone], x["id"]) if zone != whole_of(found) else {}
            rows.append(Row(x, v, whole, ends, gaps.get(zone)))
    return rows, counts, empty


def _profile_sentence(rows: Sequence[Row], counts: Sequence[str]) -> str:
    gaps = [(r.gap, r.x["direction"]) for r in rows if r.gap is not None]
    text = f"{' ; '.join(counts)}." if counts else ""
    if not gaps:
        return text
    worse = sum(g.sure and g.central * way > 0 for g, way in gaps)
    better = sum(g.sure and g.central * way < 0 for g, way in gaps)
    return (
        f"Indicateurs comparés à l'agglomération : {worse} du côté plus vulnérable, {better} de "
        f"l'autre, {len(gaps) - worse - better} sans différence sûre. {text}"
    )


def _profile_notes(
    found: Release, rows: Sequence[Row], empty: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the folded lines of the foot."""
    texts = [
        (
            "Chaque ligne a son axe, dans l'unité de l'indicateur : de la plus basse à la plus "
            "haute valeur des zones du territoire (QPV, communes, agglomération), et jusqu'au bout "
            "de l'intervalle de celle-ci. Deux lignes ne se comparent pas. Point : la valeur ; "
            "barre : son intervalle à 90 % ; trait vertical : l'agglomération ; point creux : non "
            "distinguable de l'agglomération ; triangle : le côté plus vulnérable."
        ),
        *(f"Sans valeur, {why} : {', '.join(labels)}." for why, labels in sorted(empty.items())),
        sources(found, [s for r in rows for s in r.x["sources"]], outlines=True),
    ]
    return [line for text in texts for line in fold(text, 7.25)]


def _draw_row(page: Axes, row: Row, y: float) -> None:
    """Draw a line of the profile around y: label, axis with its ends, dot, interval, figures."""
    x, v, unit = row.x, row.value, row.x["unit"]
    start, end = 3.4, 5.3
    low, high = row.ends

    def at(value: float) -> float:
        """Return where a value lies on the axis; a single value lies in the middle."""
        return start + (end - start) * ((value - low) / (high - low) if high > low else 0.5)

    label = fold(x["label"], 2.25, TEXT)[:2]
    for n, line in enumerate(label):
        page.text(0.5, y + 0.075 * (len(label) - 1) - 0.15 * n, line, fontsize=TEXT, va="center")
    page.plot([start, end], [y, y], color=RULE, linewidth=0.8)
    page.text(
        start - 0.08, y, shown(low, unit), fontsize=SMALL, color=GREY, ha="right", va="center"
    )
    page.text(end + 0.08, y, shown(high, unit), fontsize=SMALL, color=GREY, va="center")
    worst, sign = (end, ">") if x["direction"] == 1 else (start, "<")
    page.plot(worst, y, marker=sign, markersize=4, color=GREY)
    if not np.isnan(row.whole):
        page.plot([at(row.whole)] * 2, [y - 0.1, y + 0.1], color=INK, linewidth=0.9)
    doubt = row.gap is not None and not row.gap.sure
    ink = colours(x, MOST_CLASSES)[2 if doubt else 4]
    page.plot([at(v.low), at(v.high)], [y, y], color=ink, linewidth=2.4, solid_capstyle="butt")
    page.plot(
        at(v.central), y, marker="o", markersize=6.5, markeredgecolor=colours(x, MOST_CLASSES)[4],
        markeredgewidth=1.2, markerfacecolor=PAPER if doubt else ink,
    )  # fmt: skip
    span = interval(v.low, v.high, unit)
    told = shown(v.central, unit) + (f" ({span})" if v.low < v.high else "")
    page.text(7.77, y + 0.075, told, fontsize=TEXT, ha="right", va="center")
    whole = (
        "agglomération : –" if np.isnan(row.whole) else f"agglomération : {shown(row.whole, unit)}"
    )
    page.text(7.77, y - 0.075, whole, fontsize=SMALL, color=GREY, ha="right", va="center")
