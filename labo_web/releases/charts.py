"""Small drawings made on the server: places on a common axis, a curve. Each has a table beside."""

from __future__ import annotations

from collections.abc import Sequence

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
    return SafeString(
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
    return SafeString(
        f'<path class="frame" d="M{MARGIN} 8V{edge}H{MARGIN + SIDE}"/>'
        f'<path class="equal" d="M{at(0, 0)}L{at(1, 1)}"/><path class="curve" d="M{path}"/>{ticks}'
    )
