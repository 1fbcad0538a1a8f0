"""Drawings of documents as SVG: where a neighbourhood is, and the code that leads to its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import segno

from labo_web.documents.texts import Exact, clean
from labo_web.releases import maps
from labo_web.releases.models import Zone

PAPER, LAND, EDGE, INK, QUIET = "#fbfaf7", "#efece3", "#b8b4a6", "#1d2433", "#555b6a"
ACCENT, OTHER = "#0b6e69", "#cfe3df"
LONGEST_NAME = 24  # of a commune, on the drawing
MARGIN = 0.06  # around the neighbourhoods, and twice that for the scale below
MOST_NUMBERS = 30  # beyond, numbers would cover one another


@dataclass(frozen=True)
class Drawing:
    """A drawing, and what it shows in words."""

    svg: str
    alt: str
    scale: str


def whereabouts(zones: Sequence[Zone], here: Zone) -> Drawing:
    """Return a neighbourhood in its town."""
    frame = _town(here, [z for z in zones if z.kind == "qpv"])
    alt = (
        f"Carte : le quartier {here.name} en foncé ; autour, les autres quartiers prioritaires en "
        "clair et les limites des communes en gris."
    )
    return _drawn(zones, frame, here, alt, ())


def neighbourhoods(zones: Sequence[Zone], numbered: Sequence[Zone]) -> Drawing:
    """Return the neighbourhoods of a territory, numbered as in the list beside."""
    frame = _town(numbered[0], numbered)
    many = f"{len(numbered)} quartier{'s' if len(numbered) > 1 else ''}"
    alt = f"Carte : {many} de {zones[0].release.territory.name}, numérotés comme dans la liste."
    labels = numbered if len(numbered) <= MOST_NUMBERS else ()
    return _drawn(zones, frame, None, alt, labels)


def _town(here: Zone, others: Sequence[Zone]) -> maps.Frame:
    """Return a frame that holds some neighbourhoods, with the town around a single one."""
    shown = [here, *others]
    if len(shown) == 2:
        return maps.around(here)
    west, east = min(z.west for z in shown), max(z.east for z in shown)
    south, north = min(z.south for z in shown), max(z.north for z in shown)
    wide, high = MARGIN * (east - west), MARGIN * (north - south)
    return maps.Frame(west - wide, south - 2 * high, east + wide, north + high)


def _drawn(
    zones: Sequence[Zone], frame: maps.Frame, here: Zone | None, alt: str, labels: Sequence[Zone]
) -> Drawing:
    made = maps.drawing(zones, frame, {}, here.code if here else "")
    width, height = made["width"], made["height"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
    ]
    parts += [f'<path d="{p}" fill="{LAND}" stroke="{EDGE}"/>' for p in made["behind"] if p]
    for item in made["front"]:
        if item["path"]:
            fill = ACCENT if item["here"] or here is None else OTHER
            parts.append(
                f'<path d="{item["path"]}" fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'
            )
    dots = [_centre(z, frame) for z in zones if z.kind == "qpv"]
    for zone in zones:
        x, y = _centre(zone, frame)
        # The name stands beside the neighbourhoods, not over them.
        y = next((y + s for s in (0, 50, -50, 100, -100) if _free(x, y + s, dots)), y)
        if zone.kind == "commune" and 90 < x < width - 90 and 30 < y < height - 60:
            parts.append(
                f'<text x="{x}" y="{y}" text-anchor="middle" font-family="Inter" '
                f'font-size="22" fill="{QUIET}">{escape(clean(zone.name)[:LONGEST_NAME])}</text>'
            )
    for number, zone in enumerate(labels, 1):
        x, y = _centre(zone, frame)
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="19" fill="#fff" stroke="{INK}"/>'
            f'<text x="{x}" y="{y + 8}" text-anchor="middle" font-family="Inter" '
            f'font-weight="600" font-size="24" fill="{INK}">{number}</text>'
        )
    parts.append(
        f'<path d="M16 {height - 14}h{made["bar"]}" stroke="{INK}" stroke-width="3"/>'
        f'<text x="16" y="{height - 22}" font-family="Inter" font-size="24" fill="{INK}">'
        f"{made['bar_words']}</text></svg>"
    )
    return Drawing(Exact("".join(parts)), alt, made["bar_words"])


def _centre(zone: Zone, frame: maps.Frame) -> tuple[int, int]:
    return frame.at((zone.west + zone.east) / 2, (zone.south + zone.north) / 2)


def _free(x: int, y: int, dots: Sequence[tuple[int, int]]) -> bool:
    return all(abs(x - a) > 120 or abs(y - b) > 40 for a, b in dots)


def code_of(address: str) -> str:
    """Return the QR code of an address as SVG."""
    made: str = segno.make(address, micro=False).svg_inline(scale=4, border=2)
    return Exact(made.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
