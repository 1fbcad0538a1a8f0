"""A page to draw on, in inches, and the look that every picture shares."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from labo.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labo.release import Release

PAPER, INK, GREY, RULE, MISSING = "#fbfaf7", "#1d2433", "#5b6070", "#d9d6cc", "#cfccc4"
SUFFIXES = (".png", ".svg", ".pdf")
# Dots per inch of an A4 page: on paper, and on a screen of 1,280 columns.
DPI = {"print": 300, "screen": 110}
A4 = (8.27, 11.69)
SMALL, TEXT, LARGE = 8.0, 9.0, 15.0  # points; nothing is smaller
# Of each scale, so that the lightest class is told from the paper and the darkest holds hatching.
TONES = (0.18, 0.32, 0.52, 0.72, 0.92)
PALETTES = {
    "heat": "YlOrBr",
    "drought": "YlOrBr",
    "energy": "YlOrBr",
    "flood": "Blues",
    "nature": "Greens",
    "air": "Purples",
    "all": "Purples",
}
FICTIVE = "données fictives"
OUTLINES = ("anct_qpv", "ign_communes")


def palette(x: Mapping[str, Any]) -> str:
    """Return the name of an indicator's colour scale, after its component, else its first hazard.

    YlOrBr for heat, Blues for water, Greens for nature, Purples for what is social; each is ordered
    from light to dark, which does not depend on seeing hues.
    """
    if x["component"] == "sensitivity":
        return "Purples"
    if x["component"] == "adaptive_capacity":
        return "Greens"
    return PALETTES.get(x["hazards"][0], "Purples")


def colours(x: Mapping[str, Any], classes: int) -> list[str]:
    """Return the colour of each class, light to dark, as #rrggbb."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    spread = np.linspace(0, len(TONES) - 1, classes) if classes > 1 else np.array([2.0])
    scale = colormaps[palette(x)]
    return [to_hex(scale(TONES[round(place)])) for place in spread.tolist()]


def render(figure: Figure, suffix: str, dpi: int) -> bytes:
    """Return a picture's bytes; they hold no date and no name of the program.

    Raises:
        BadInput: a suffix that is not one of SUFFIXES.
    """
    if suffix not in SUFFIXES:
        raise BadInput(
            f"{suffix!r} is not a kind of picture: end the name in {', '.join(SUFFIXES)}."
        )
    silent: dict[str, Any] = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }[suffix]
    content = io.BytesIO()
    with style():
        figure.savefig(content, format=suffix[1:], dpi=dpi, facecolor=PAPER, metadata=silent)
    return content.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Set matplotlib as it ships, whatever the reader's own settings, then our own look."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": "DejaVu Sans",  # comes with matplotlib: no font of the system
                "font.size": TEXT,
                "text.color": INK,
                "hatch.linewidth": 0.7,
                "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
                "svg.hashsalt": "labo",
                "pdf.fonttype": 42,
            }
        )
        yield


def sources(found: Release, ids: Sequence[str], outlines: bool) -> str:
    """Return who made the data, their vintage and licence; fictive data are said to be."""
    used = [
        s
        for s in found.manifest["sources"]
        if s["id"] in ids or (outlines and s["id"].startswith(OUTLINES))
    ]
    texts = [f"{s['producer']}, {s['label']}, millésime {s['vintage']}" for s in used]
    licences = ", ".join(sorted({s["licence"] for s in used}))
    text = f"Sources : {' ; '.join(texts)} ({licences})."
    return f"{text} Données fictives : rien ici n'existe." if fictive(found) else text


def fictive(found: Release) -> bool:
    """Say whether a release is about an invented territory, which its name then says."""
    return FICTIVE in found.manifest["territory"]["name"]


def place(found: Release) -> str:
    """Return the line that says which territory, and which QPVs: the acronym is spelled out."""
    manifest = found.manifest
    return (
        f"{manifest['territory']['name']} · QPV (quartiers prioritaires de la politique de la "
        f"ville) de génération {' et '.join(manifest['generations'])}"
    )


def blank(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty page and axes over all of it, in inches from the lower left."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor=PAPER)
    page = figure.add_axes((0, 0, 1, 1), zorder=5)
    page.set(xlim=(0, width), ylim=(0, height))
    page.patch.set_alpha(0)
    page.axis("off")
    return figure, page


def fold(text: str, inches: float, points: float = SMALL) -> list[str]:
    """Fold a text into lines of that width; a letter is a little over half as wide as high."""
    return textwrap.wrap(text, int(inches / (points / 72 * 0.555)), break_long_words=False)


def write(
    page: Axes, x: float, y: float, lines: Sequence[str], points: float, colour: str
) -> float:
    """Write lines downwards from y; return where the next one goes."""
    for line in lines:
        page.text(x, y, line, fontsize=points, color=colour, va="top")
        y -= points / 72 * 1.35
    return y


def badge(page: Axes, x: float, y: float) -> None:
    """Say in a frame, right and upper end at (x, y), that the data are invented."""
    page.text(
        x, y, FICTIVE.upper(), fontsize=TEXT, weight="bold", ha="right", va="top", color=INK,
        bbox={"boxstyle": "square,pad=0.4", "facecolor": PAPER, "edgecolor": INK, "linewidth": 1},
    )  # fmt: skip


def filled(axes: Axes, path: Any, colour: str, hatch: str | None, width: float = 0.8) -> None:
    """Draw a shape with its colour, its hatching in an ink that shows on it, and its outline."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import PathPatch

    axes.add_patch(PathPatch(path, facecolor=colour, edgecolor="none"))
    if hatch is not None:
        red, green, blue = to_rgb(colour)
        over = INK if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else PAPER
        axes.add_patch(PathPatch(path, facecolor="none", edgecolor=over, hatch=hatch, linewidth=0))
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=INK, linewidth=width))


def outline(shape: Any) -> Any:
    """Return a polygon, or several, with their holes as one path."""
    from matplotlib.path import Path
    from shapely.geometry.polygon import orient

    polygons = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    rings = [r for p in map(orient, polygons) for r in (p.exterior, *p.interiors)]
    return Path.make_compound_path(*(Path(np.asarray(r.coords)[:, :2], closed=True) for r in rings))


def swatch(page: Axes, x: float, y: float, colour: str, hatch: str | None) -> None:
    """Draw a colour of a legend, its lower left end at (x, y)."""
    from matplotlib.path import Path

    corners = [(x, y), (x + 0.24, y), (x + 0.24, y + 0.13), (x, y + 0.13), (x, y)]
    filled(page, Path(corners, closed=True), colour, hatch, 0.5)
