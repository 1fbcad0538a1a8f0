"""Drawings of documents as SVG: where a neighbourhood is, and the code that leads to its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import segno

from labo_web.atlas import maps
from labo_web.atlas.documents.facts import Exact
from labo_web.releases.models import Zone

LAND, EDGE, INK, ACCENT, OTHER = "#efece3", "#b8b4a6", "#1d2433", "#0b6e69", "#cfe3df"
MOST_NUMBERS = 30  # beyond, numbers would cover one another


@dataclass(frozen=True)
class Drawing:
    """A drawing, and what it shows in words."""

    svg: str
    alt: str
    scale: str


def whereabouts(zones: Sequence[Zone], here: Zone) -> Drawing:
    """Return a neighbourhood in its town."""
    frame = maps.around(here)
    others = sum(z.kind == "qpv" and z.code != here.code for z in zones if _inside(z, frame))
    words = "aucun autre quartier prioritaire autour" if not others else (
        f"autour, {others} autre{'s' if others > 1 else ''} quartier{'s' if others > 1 else ''} "
        f"prioritaire{'s' if others > 1 else ''} en clair"
    )  # fmt: skip
    alt = f"Carte : le quartier {here.name} en foncé, limites des communes en gris ; {words}."
    return _drawn(zones, frame, here, alt, ())


def neighbourhoods(zones: Sequence[Zone], numbered: Sequence[Zone]) -> Drawing:
    """Return the neighbourhoods of a territory, numbered as in the list beside."""
    frame = maps.Frame(
        min(z.west for z in numbered),
        min(z.south for z in numbered),
        max(z.east for z in numbered),
        max(z.north for z in numbered),
    )
    many = f"{len(numbered)} quartier{'s' if len(numbered) > 1 else ''}"
    alt = f"Carte : {many} de {zones[0].release.territory.name}, numérotés comme dans la liste."
    labels = numbered if len(numbered) <= MOST_NUMBERS else ()
    return _drawn(zones, frame, None, alt, labels)


def _inside(zone: Zone, frame: maps.Frame) -> bool:
    return zone.east > frame.west and zone.west < frame.east and zone.south < frame.north and (
        zone.north > frame.south
    )  # fmt: skip


def _drawn(
    zones: Sequence[Zone], frame: maps.Frame, here: Zone | None, alt: str, labels: Sequence[Zone]
) -> Drawing:
    made = maps.drawing(zones, frame, {}, here.code if here else "")
    width, height = made["width"], made["height"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><rect width="{width}" height="{height}" fill="#fbfaf7"/>'
    ]
    parts += [f'<path d="{p}" fill="{LAND}" stroke="{EDGE}"/>' for p in made["behind"] if p]
    for item in made["front"]:
        if item["path"]:
            fill = ACCENT if item["here"] or here is None else OTHER
            parts.append(
                f'<path d="{item["path"]}" fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'
            )
    for number, zone in enumerate(labels, 1):
        x, y = frame.at((zone.west + zone.east) / 2, (zone.south + zone.north) / 2)
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="13" fill="#fff" stroke="{INK}"/>'
            f'<text x="{x}" y="{y + 6}" text-anchor="middle" font-family="Inter" '
            f'font-weight="600" font-size="17" fill="{INK}">{number}</text>'
        )
    parts.append(
        f'<path d="M16 {height - 14}h{made["bar"]}" stroke="{INK}" stroke-width="3"/>'
        f'<text x="16" y="{height - 22}" font-family="Inter" font-size="15" fill="{INK}">'
        f"{made['bar_words']}</text></svg>"
    )
    return Drawing(Exact("".join(parts)), alt, made["bar_words"])


def code_of(address: str) -> str:
    """Return the QR code of an address as SVG."""
    made: str = segno.make(address, micro=False).svg_inline(scale=4, border=2)
    return Exact(made.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
