"""Maps of a territory, for paper and screen; the same release, same bytes.

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
# Inches from line to line of a list: at least, and where there is room.
LINE = (0.145, 0.165)


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


def values_of(found: Release, indicator: str) -> dict[str, Value]:
    """Return the present values of an indicator by zone, cells left out."""
    values = found.values
    here = values["zone"].isin(found.places["zone"]) & (values["scenario"] == PRESENT)
    table = values[here & (values["indicator"] == indicator)]
    rows = zip(table["central"], table["low"], table["high"], table["reason"], strict=True)
    return dict(zip(table["zone"], (Value(*row) for row in rows), strict=True))


def gaps_of(found: Release, zones: Sequence[str], indicator: str) -> dict[str, Gap]:
    """Return the gap of each zone to the agglomeration, from paired draws, where there are both."""
    draws, values, whole = drawn(found, indicator), values_of(found, indicator), whole_of(found)

    def alone(zone: str) -> Group:
        rows = draws[zone][None, :]
        one = np.ones_like(rows)
        return Group(np.array([values[zone].central]), one[:, 0], rows, one)

    if whole not in draws:
        return {}
    return {zone: gap(alone(zone), alone(whole)) for zone in zones if zone in draws}


def whole_of(found: Release) -> str:
    """Return the zone that is the whole agglomeration."""
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
    values, unit = values_of(found, x["id"]), x["unit"]
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
    gaps = gaps_of(found, known, x["id"])
    if not gaps:
        ends = [f(values[zone].central for zone in known) for f in (min, max)]
        return f"Selon les quartiers, de {shown(ends[0], x['unit'])} à {shown(ends[1], x['unit'])}."
    above = sum(g.low > 0 for g in gaps.values())
    below = sum(g.high < 0 for g in gaps.values())
    told = ((above, "au-dessus"), (below, "au-dessous"))
    parts = [f"{n} {'sont' if n > 1 else 'est'} {where}" for n, where in told if n]
    if left := len(gaps) - above - below:
        parts.append(f"{left} ne s'en {'distinguent' if left > 1 else 'distingue'} pas")
    whole = shown(values[whole_of(found)].central, x["unit"])
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
