"""Small drawings made on the server: places on a common axis, a curve. Each has a table beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString

# Joshua Stevens' blue and red, 3 × 3: poverty grows to the right, exposure upwards.
BIVARIATE = (
    ("#e8e8e8", "#e4acac", "#c85a5a"),
    ("#b0d5df", "#ad9ea5", "#985356"),
    ("#64acbe", "#627f8c", "#574249"),
)


def strip(
    ends: tuple[float, float],
    dot: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    line: float | None = None,
    thin: tuple[float | None, float | None] = (None, None),
    hollow: bool = False,
) -> SafeString:
    """Return a dot and its interval on an axis that other rows share.

    Args:
        ends: of the axis.
        dot: the value; nothing is drawn where it is missing.
        low: of its interval.
        high: of its interval.
        line: what it is read against, a thin upright line.
        thin: a second interval, drawn thin under the first.
        hollow: the dot cannot be told from the line.
    """
    if dot is None:
        return SafeString("")
    first, span = ends[0], (ends[1] - ends[0]) or 1.0

    def at(value: float) -> str:
        return f"{4 + 92 * (min(max(value, ends[0]), ends[1]) - first) / span:.1f}"

    upright = "" if line is None else f'<path class="whole" d="M{at(line)} 0v12"/>'
    under = ""
    if thin[0] is not None and thin[1] is not None:
        under = f'<path class="thin" d="M{at(thin[0])} 9.5H{at(thin[1])}"/>'
    bar = ""
    if low is not None and high is not None:
        bar = f'<path class="interval" d="M{at(low)} 6H{at(high)}"/>'
    spot = f'd="M{at(dot)} 6h.01"/>'
    hole = f'<path class="hole" {spot}' if hollow else ""
    # Numbers only.
    return SafeString(  # nosec B703
        '<svg class="dots" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="axis" d="M0 6h100"/>{upright}{under}{bar}'
        f'<path class="dot" {spot}{hole}</svg>'
    )


def around_zero(values: Sequence[float | None]) -> tuple[float, float]:
    """Return the ends of an axis on which zero is in the middle."""
    most = max((abs(x) for x in values if x is not None), default=1.0) or 1.0
    return -most, most


SIDE, MARGIN = 320, 44


def curve(points: Sequence[tuple[float, float]]) -> SafeString:
    """Return a concentration curve beside the line of equality; both axes go from 0 to 1."""

    def at(x: float, y: float) -> str:
        return f"{MARGIN + SIDE * x:.1f} {8 + SIDE * (1 - y):.1f}"

    path = "L".join(at(*point) for point in points)
    edge = 8 + SIDE
    ticks = "".join(
        f'<text x="{MARGIN + SIDE * share:.0f}" y="{edge + 18}" text-anchor="middle">{label}</text>'
        f'<text x="{MARGIN - 6}" y="{edge - SIDE * share + 5:.0f}" text-anchor="end">{label}</text>'
        for share, label in ((0.0, "0"), (0.5, "50"), (1.0, "100"))
    )
    # Numbers only.
    return SafeString(  # nosec B703
        f'<path class="frame" d="M{MARGIN} 8V{edge}H{MARGIN + SIDE}"/>'
        f'<path class="equal" d="M{at(0, 0)}L{at(1, 1)}"/><path class="curve" d="M{path}"/>{ticks}'
    )


PLANE, SPACE = 400, 60


def plane(
    points: Sequence[tuple[Mapping[str, float], Mapping[str, float]]],
    marked: Sequence[tuple[str, Mapping[str, float], Mapping[str, float]]] = (),
    said: Callable[[float], str] = str,
) -> SafeString:
    """Return lists as points, effect to the right and weighed effect upwards, with their ranges.

    Args:
        points: effect and weighed effect (low, central, high) of each, joined by a line.
        marked: others, with their names, which are drawn as squares.
        said: returns a value in words, for the ends of the axes.
    """
    every = [*points, *((x, y) for _, x, y in marked)]
    ends = [
        (min(pair[k]["low"] for pair in every), max(pair[k]["high"] for pair in every))
        for k in (0, 1)
    ]
    spans = [(low, (high - low) or 1.0) for low, high in ends]

    def across(value: float) -> str:
        return f"{SPACE + 16 + (PLANE - 32) * (value - spans[0][0]) / spans[0][1]:.1f}"

    def up(value: float) -> str:
        return f"{8 + PLANE - 16 - (PLANE - 32) * (value - spans[1][0]) / spans[1][1]:.1f}"

    def bars(x: Mapping[str, float], y: Mapping[str, float]) -> str:
        return (
            f'<path class="thin" d="M{across(x["low"])} {up(y["central"])}H{across(x["high"])}'
            f'M{across(x["central"])} {up(y["low"])}V{up(y["high"])}"/>'
        )

    line = "L".join(f"{across(x['central'])} {up(y['central'])}" for x, y in points)
    drawn = f'<path class="frame" d="M{SPACE} 8V{8 + PLANE}H{SPACE + PLANE}"/>'
    drawn += "".join(bars(x, y) for x, y in every) + f'<path class="curve" d="M{line}"/>'
    for n, (x, y) in enumerate(points, 1):
        at = across(x["central"]), up(y["central"])
        drawn += f'<circle class="spot" cx="{at[0]}" cy="{at[1]}" r="5"><title>Liste {n}</title>'
        drawn += "</circle>"
    for n, (name, x, y) in enumerate(marked):
        left, top = float(across(x["central"])), float(up(y["central"]))
        drawn += f'<path class="mark m{n}" d="M{left - 7:.1f} {top - 7:.1f}h14v14h-14z"/>'
        anchor, shift = ("end", -12) if left > SPACE + PLANE / 2 else ("start", 12)
        drawn += (
            f'<text x="{left + shift:.1f}" y="{top - 10 + 30 * n:.1f}" '
            f'text-anchor="{anchor}">{escape(name)}</text>'
        )
    middle, foot = SPACE + PLANE / 2, 8 + PLANE + 18
    for value, anchor in zip(ends[0], ("start", "end"), strict=True):
        drawn += f'<text x="{across(value)}" y="{foot}" text-anchor="{anchor}">{said(value)}</text>'
    for value, anchor in zip(ends[1], ("start", "end"), strict=True):
        drawn += (
            f'<text transform="rotate(-90)" x="-{up(value)}" y="{SPACE - 8}" '
            f'text-anchor="{anchor}">{said(value)}</text>'
        )
    drawn += (
        f'<text x="{middle}" y="{PLANE + 46}" text-anchor="middle">plus d’effet →</text>'
        f'<text transform="rotate(-90)" x="{-PLANE / 2}" y="22" text-anchor="middle">'
        "plus d’effet pondéré →</text>"
    )
    # Numbers, and names that are escaped.
    return SafeString(drawn)  # nosec B703
