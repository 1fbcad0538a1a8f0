"""Maps of a territory and profiles of a zone, for paper and screen; the same release, same bytes.

No cell is ever drawn: a picture leaves the room, and nothing social below the neighbourhood may.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from labo import words
from labo.disparity import PRESENT, drawn
from labo.errors import BadInput
from labo.inequality import Gap, Group, gap
from labo.page import (
    A4,
    GREY,
    INK,
    LARGE,
    MISSING,
    PAPER,
    RULE,
    SMALL,
    TEXT,
    badge,
    blank,
    colours,
    fictive,
    filled,
    fold,
    outline,
    place,
    sources,
    style,
    swatch,
    write,
)
from labo.words import figure as shown
from labo.words import interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labo.release import Release

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Declaration = Mapping[str, Any]

LAND = "#f1efe8"
UNSURE_HATCH, MISSING_HATCH = "////", "xxx"
MOST_CLASSES = 5
# Half a frame, about 700 m: one small neighbourhood does not fill the page.
SMALLEST_DEGREES = 0.006
# Inches from line to line of a list and of a profile: at least, and where there is room.
LINE, ROW = (0.145, 0.165), (0.36, 0.46)


def shown_step(unit: str) -> float:
    """Return the smallest difference that `words.figure` shows in a unit."""
    if unit == "1":
        return 0.001
    if unit.startswith("euro") or unit in words.NOUNS:
        return 1.0
    return 0.1 if unit.startswith("m**2") else 0.01


def class_bounds(values: npt.ArrayLike, unit: str, most: int = MOST_CLASSES) -> Floats:
    """Return the round values that part the classes, rising; none when all values look the same.

    n bounds make n + 1 half-open classes: under the first, from each bound to just under the next,
    from the last up. Bounds are values that can be shown in full, so that the words of two classes
    never overlap.

    Args:
        values: NaN where missing, (zones,).
        unit: of the indicator.
        most: classes.
    """
    step = shown_step(unit)
    known = np.asarray(values, dtype=np.float64)
    known = np.unique(np.round(known[~np.isnan(known)] / step))
    if len(known) < 2:
        return np.zeros(0)
    # Two neighbourhoods do not need five classes.
    parts = min(most, len(known))
    # The finest round steps that do not make too many classes.
    rounds = (m * 10.0**k for k in range(12) for m in (1.0, 2.0, 2.5, 5.0) if m * 10**k % 1 == 0)
    for wide in rounds:
        bounds = np.arange(known[0] // wide + 1, known[-1] // wide + 1) * wide
        if not len(bounds):
            break
        if len(bounds) < parts:
            return bounds * step
    return known[-1:] * step


def thirds(values: npt.ArrayLike, unit: str) -> Floats:
    """Return the two values that part known values in three as equal groups as their rounding lets.

    Fewer where values agree; to be read with `classify`, as `class_bounds`.
    """
    step = shown_step(unit)
    known = np.asarray(values, dtype=np.float64)
    known = np.round(known[~np.isnan(known)] / step)
    if not len(known):
        return np.zeros(0)
    ends = np.unique(np.ceil(np.quantile(known, [1 / 3, 2 / 3])))
    return ends[(ends > known.min()) & (ends <= known.max())] * step


def classify(values: npt.ArrayLike, bounds: Floats, unit: str) -> Ints:
    """Return the class of each value as it is shown, from 0; −1 where it is missing."""
    step = shown_step(unit)
    x = np.asarray(values, dtype=np.float64)
    found = np.searchsorted(np.round(bounds / step), np.round(x / step), side="right")
    return np.where(np.isnan(x), -1, found).astype(np.int64)


def class_labels(bounds: Floats, unit: str) -> list[str]:
    """Return the words of each class: they say on which side its bounds are."""
    if bounds.size == 0:
        return ["toutes les valeurs"]
    texts = [shown(bound, unit) for bound in bounds.tolist()]
    middle = [f"de {one} à moins de {two}" for one, two in pairwise(texts)]
    return [f"moins de {texts[0]}", *middle, f"{texts[-1]} ou plus"]


def unsure(low: npt.ArrayLike, high: npt.ArrayLike, bounds: Floats, unit: str) -> Bools:
    """Say whose interval reaches another class, (zones,)."""
    crossing: Bools = classify(low, bounds, unit) != classify(high, bounds, unit)
    return crossing


# What a release says


class Value(NamedTuple):
    """An indicator in a zone; NaN and a reason where it is empty."""

    central: float
    low: float
    high: float
    reason: str


def _values(found: Release, indicator: str) -> dict[str, Value]:
    """Return the present values of an indicator by zone, cells left out."""
    values = found.values
    here = values["zone"].isin(found.places["zone"]) & (values["scenario"] == PRESENT)
    table = values[here & (values["indicator"] == indicator)]
    rows = zip(table["central"], table["low"], table["high"], table["reason"], strict=True)
    return dict(zip(table["zone"], (Value(*row) for row in rows), strict=True))


def _against(found: Release, zones: Sequence[str], indicator: str) -> dict[str, Gap]:
    """Return the gap of each zone to the agglomeration, from paired draws, where there are both."""
    draws, values, whole = drawn(found, indicator), _values(found, indicator), _whole(found)

    def alone(zone: str) -> Group:
        rows = draws[zone][None, :]
        one = np.ones_like(rows)
        return Group(np.array([values[zone].central]), one[:, 0], rows, one)

    if whole not in draws:
        return {}
    return {zone: gap(alone(zone), alone(whole)) for zone in zones if zone in draws}


def _whole(found: Release) -> str:
    places = found.places
    return str(places.loc[places["kind"] == "epci", "zone"].iloc[0])


# The map


def map_of(found: Release, x: Declaration) -> Figure:
    """Draw the QPVs of a territory in the classes of an indicator, on an A4 page across.

    Raises:
        BadInput: no QPV, or none with a value of this indicator.
    """
    places = found.places
    qpvs = places[places["kind"] == "qpv"]
    values, unit = _values(found, x["id"]), x["unit"]
    empty = Value(np.nan, np.nan, np.nan, "sans valeur")
    of = [values.get(zone, empty) for zone in qpvs["zone"]]
    if all(v.reason for v in of):
        why = next((f" ({v.reason})" for v in of), "")
        raise BadInput(f"No QPV of this release has a value of {x['id']!r}{why}: nothing to draw.")
    central, low, high = np.array([v[:3] for v in of], dtype=np.float64).T
    bounds = class_bounds(central, unit)
    classes, doubt = classify(central, bounds, unit), unsure(low, high, bounds, unit)
    scale = colours(x, len(bounds) + 1)
    fills = [
        (MISSING, MISSING_HATCH) if c < 0 else (scale[c], UNSURE_HATCH if d else None)
        for c, d in zip(classes.tolist(), doubt.tolist(), strict=True)
    ]
    with style():
        figure, page = blank(A4[1], A4[0])
        y = write(page, 0.45, 7.95, [f"{x['label']} dans les quartiers prioritaires"], LARGE, INK)
        y = write(page, 0.45, y - 0.04, [place(found)], TEXT, GREY)
        write(page, 0.45, y - 0.08, fold(_map_sentence(found, x, values), 10.6, 10), 10, INK)
        if fictive(found):
            badge(page, 11.2, 7.95)
        _draw_map(figure, found, qpvs, fills)
        y = _draw_legend(page, x, bounds, scale, 6.98)
        _draw_list(page, qpvs, of, fills, unit, y - 0.15)
        notes = (
            "Plus foncé : valeur plus élevée. "
            f"{words.DIRECTIONS[x['direction']].capitalize()}. Intervalles à 90 %. Une classe "
            "commence à sa borne basse, comprise, et finit juste avant la suivante. "
            f"{sources(found, x['sources'], outlines=True)}"
        )
        lines = fold(notes, 10.7)
        write(page, 0.45, 0.3 + 0.15 * len(lines), lines, SMALL, GREY)
    return figure


def _map_sentence(found: Release, x: Declaration, values: Mapping[str, Value]) -> str:
    """Say how many QPVs are above and below the agglomeration, and how many nobody can tell."""
    places = found.places
    qpvs = [zone for zone in places.loc[places["kind"] == "qpv", "zone"] if zone in values]
    known = [zone for zone in qpvs if not values[zone].reason]
    gaps = _against(found, known, x["id"])
    if not gaps:
        ends = [f(values[zone].central for zone in known) for f in (min, max)]
        return f"Selon les quartiers, de {shown(ends[0], x['unit'])} à {shown(ends[1], x['unit'])}."
    above = sum(g.low > 0 for g in gaps.values())
    below = sum(g.high < 0 for g in gaps.values())
    told = ((above, "au-dessus"), (below, "au-dessous"))
    parts = [f"{n} {'sont' if n > 1 else 'est'} {where}" for n, where in told if n]
    if left := len(gaps) - above - below:
        parts.append(f"{left} ne s'en {'distinguent' if left > 1 else 'distingue'} pas")
    whole = shown(values[_whole(found)].central, x["unit"])
    subject = f"Sur {len(gaps)} QPV" if len(gaps) > 1 else "Un seul QPV a une valeur"
    return f"Dans l'agglomération entière : {whole}. {subject}, {', '.join(parts)}."


def _draw_map(
    figure: Figure, found: Release, qpvs: pd.DataFrame, fills: Sequence[tuple[str, str | None]]
) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    places = found.places
    communes = places[places["kind"] == "commune"]
    west, south, east, north = shapely.total_bounds(np.asarray(qpvs.geometry))
    # North is up and a kilometre is as long both ways, here and overseas.
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    width, height = 6.3, 5.9
    half_width = 1.15 * max((east - west) / 2 * squeeze, SMALLEST_DEGREES)
    tall = max(1.15 * max((north - south) / 2, SMALLEST_DEGREES), half_width * height / width)
    wide = tall * width / height
    middle = (west + east) / 2, (south + north) / 2
    axes = figure.add_axes((0.45 / A4[1], 1.05 / A4[0], width / A4[1], height / A4[0]))
    axes.set(
        xlim=(middle[0] - wide / squeeze, middle[0] + wide / squeeze),
        ylim=(middle[1] - tall, middle[1] + tall),
        aspect=1 / squeeze, xticks=[], yticks=[], facecolor=PAPER,
    )  # fmt: skip
    axes.spines[:].set_color(RULE)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    edge = 0.13 * (right - left)  # room for half a name
    frame = shapely.box(left + edge, bottom, right - edge, top)
    taken = shapely.union_all(shapely.buffer(np.asarray(qpvs.geometry), 0.07 * tall))
    halo = [withStroke(linewidth=2.5, foreground=PAPER)]
    for name, shape in zip(communes["name"], communes.geometry, strict=True):
        _commune(axes, shape)
        seen = shapely.intersection(shape, frame)
        if seen.area > 0.05 * frame.area:
            room = shapely.maximum_inscribed_circle(shapely.difference(seen, taken))
            at = shapely.get_coordinates(room)[0]
            axes.text(at[0], at[1], name, fontsize=SMALL, style="italic", color=GREY, ha="center",
                      path_effects=halo, clip_on=True)  # fmt: skip
    for number, (shape, fill) in enumerate(zip(qpvs.geometry, fills, strict=True), 1):
        filled(axes, outline(shape), *fill)
        box = shape.bounds
        axes.annotate(
            str(number), ((box[0] + box[2]) / 2, box[3]), (0, 2), textcoords="offset points",
            fontsize=TEXT, weight="bold", ha="center", va="bottom", path_effects=halo,
        )  # fmt: skip
    _scale_bar(axes, squeeze, wide)
    inset = figure.add_axes((10.1 / A4[1], 5.82 / A4[0], 1.15 / A4[1], 1.15 / A4[0]))
    inset.set(xticks=[], yticks=[], facecolor=PAPER)
    inset.spines[:].set_color(RULE)
    for shape in communes.geometry:
        _commune(inset, shape)
    inset.autoscale_view()
    inset.set_aspect(1 / squeeze, adjustable="datalim")
    size = (right - left, top - bottom)
    inset.add_patch(Rectangle((left, bottom), *size, facecolor="none", edgecolor=INK))


def _commune(axes: Axes, shape: Any) -> None:
    from matplotlib.patches import PathPatch

    axes.add_patch(PathPatch(outline(shape), facecolor=LAND, edgecolor="#a9a598", linewidth=0.8))


def _scale_bar(axes: Axes, squeeze: float, wide: float) -> None:
    """Draw a round length, about a fifth of the map's width."""
    km = 2 * wide * 111.32 / 5
    power = 10 ** np.floor(np.log10(km))
    km = float(power * max(n for n in (1, 2, 5) if n * power <= km))
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    end, y = right - 0.06 * wide / squeeze, bottom + 0.09 * wide
    start = end - km / 111.32 / squeeze
    axes.plot([start, end], [y, y], color=INK, linewidth=2, solid_capstyle="butt")
    text = f"{km:g} km" if km >= 1 else f"{1000 * km:g} m"
    axes.annotate(text, ((start + end) / 2, y), (0, 4), textcoords="offset points",
                  fontsize=SMALL, ha="center", va="bottom")  # fmt: skip


def _draw_legend(
    page: Axes, x: Declaration, bounds: Floats, scale: Sequence[str], y: float
) -> float:
    """Draw the classes and the two hatchings; return where the next thing may begin."""
    unit = words.UNITS.get(x["unit"], x["unit"])
    titled = x["label"] if x["unit"] == "1" else f"{x['label']} ({unit})"
    y = write(page, 7.0, y, fold(titled, 2.9, TEXT), TEXT, INK) - 0.14
    labels = class_labels(bounds, x["unit"])
    rows: list[tuple[str, str | None, str]] = [
        *((colour, None, text) for colour, text in zip(scale[::-1], labels[::-1], strict=True)),
        (PAPER, UNSURE_HATCH, "incertain : l'intervalle touche une autre classe"),
        (MISSING, MISSING_HATCH, "sans valeur"),
        (LAND, None, "hors QPV : non représenté"),
    ]
    for colour, hatch, text in rows:
        swatch(page, 7.0, y, colour, hatch)
        page.text(7.34, y + 0.06, text, fontsize=SMALL, va="center")
        y -= 0.2
    return y


def _draw_list(
    page: Axes, qpvs: pd.DataFrame, of: Sequence[Value], fills: Sequence[tuple[str, str | None]],
    unit: str, y: float,
) -> None:  # fmt: skip
    """List the QPVs by their number on the map, with their values: the picture's own table."""
    pitch = float(np.clip((y - 1.0) / len(of), *LINE))
    lines = max(1, int((y - 1.0) / pitch))
    for number, (name, v, fill) in enumerate(zip(qpvs["name"], of, fills, strict=True), 1):
        if number == lines and number < len(of):
            left = f"… et {len(of) - number + 1} autres : labo show RELEASE --json"
            page.text(7.0, y, left, fontsize=SMALL, va="center", color=GREY)
            return
        swatch(page, 7.0, y - 0.06, *fill)
        page.text(7.5, y, str(number), fontsize=SMALL, weight="bold", va="center", ha="right")
        page.text(7.58, y, textwrap.shorten(name, 26, placeholder="…"), fontsize=SMALL, va="center")
        text = v.reason and textwrap.shorten(v.reason, 24, placeholder="…")
        if not text:
            text = f"{shown(v.central, unit)} ({interval(v.low, v.high, unit)})"
        page.text(11.25, y, text, fontsize=SMALL, va="center", ha="right")
        y -= pitch


# The profile


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
        values = _values(found, x["id"])
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
            whole = values[_whole(found)].central if _whole(found) in values else float("nan")
            gaps = _against(found, [zone], x["id"]) if zone != _whole(found) else {}
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
