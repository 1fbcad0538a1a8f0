"""Drawings of the kit: pictograms, and the A3 map on which people find their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from pyproj import Transformer

from labo.territory import CRS
from labo_web.documents.drawings import ACCENT, EDGE, INK, LAND, OTHER, PAPER, QUIET, Drawing
from labo_web.documents.texts import Exact, clean
from labo_web.releases import maps
from labo_web.releases.models import Indicator, Zone
from labo_web.workshops.kit.streets import Backdrop, behind

# Ours, on 24 units, drawn with a line of 2.
PICTOGRAMS = {
    "sun": (
        "M12 7a5 5 0 1 0 .01 0M12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M20 4l-2 2M6 18l-2 2"
    ),
    "water": "M12 2c4 5 7 8.5 7 12a7 7 0 0 1-14 0c0-3.5 3-7 7-12z",
    "drought": "M2 8h20M6 8l3 5-2 4 3 5M17 8l-2 6 3 3-1 5M9 13l6 1",
    "air": "M2 8h12a3 3 0 1 0-3-3M2 12h17a3 3 0 1 1-3 3M2 16h8a3 3 0 1 1-3 3",
    "energy": "M13 2L4 14h7l-1 8 9-12h-7z",
    "tree": "M12 22v-7M12 15a6 6 0 1 1 .01 0M12 19l4-3",
    "people": (
        "M8 4a3 3 0 1 0 .01 0M2 21v-3a6 6 0 0 1 12 0v3M17 6a3 3 0 1 0 .01 0M17 14a5 5 0 0 1 5 5v2"
    ),
    "house": "M3 11l9-8 9 8M5 10v11h14V10M10 21v-6h4v6",
    "hands": "M12 21C5 15 2 12 2 8a5 5 0 0 1 10-1 5 5 0 0 1 10 1c0 4-3 7-10 13z",
    "pen": "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4",
    "question": "M8 8a4 4 0 1 1 6 3.5c-1.5 1-2 2-2 3.5M12 19v.5",
    "eye": "M1 12c5-9 17-9 22 0-5 9-17 9-22 0zM12 9a3 3 0 1 0 .01 0",
    "link": "M3 12h6M15 12h6M9 8l6 4-6 4zM3 9v6M21 9v6",
    "clock": "M12 2a10 10 0 1 0 .01 0M12 6v6l4 3",
    "path": "M5 21c0-8 14-4 14-12M19 3a3 3 0 1 0 .01 0M5 18a3 3 0 1 0 .01 0",
    "tool": "M3 21l9-9M11 8a5 5 0 0 1 7-5l-3 3 1 2 2 1 3-3a5 5 0 0 1-7 6z",
    "paper": "M6 2h9l4 4v16H6zM15 2v4h4M9 12h7M9 16h7",
    "shade": "M2 12a10 10 0 0 1 20 0zM12 12v8a2 2 0 0 0 4 0",
    "seats": "M3 12h18M5 12v7M19 12v7M4 7h16",
    "quiet": "M4 9v6h4l5 4V5L8 9zM17 9l5 6M22 9l-5 6",
    "safety": "M12 2l8 3v6c0 5-3 9-8 11-5-2-8-6-8-11V5zM8 12l3 3 5-6",
    "access": "M10 3a1.5 1.5 0 1 0 .01 0M10 7v6h6l3 6M7 11a5 5 0 1 0 7 7",
    "ground": "M2 20h20M12 20v-8M12 14c-5 0-7-3-7-7 5 0 7 3 7 7zM12 12c0-4 2-7 7-7 0 5-3 7-7 7z",
    "comfort": "M12 2a10 10 0 1 0 .01 0M8 9v1M16 9v1M7 14c2 4 8 4 10 0",
}
OF_HAZARD = {
    "heat": "sun",
    "flood": "water",
    "drought": "drought",
    "air": "air",
    "energy": "energy",
    "nature": "tree",
    "all": "people",
}
HEAT = "surface_temperature_anomaly"
SHEET = 1.46  # width over height of what is drawn on A3
AROUND = 1.35  # of the neighbourhood, shown on either side
STEPS = (50, 100, 200, 500, 1000, 2000)  # metres between the lines of the grid
MOST_COLUMNS = 12
CELL = re.compile(r"CRS3035RES200mN(\d+)E(\d+)")
SIDE = 200  # metres of a cell


def pictogram(name: str) -> Drawing:
    """Return a pictogram; its words stand beside it, so that it is decoration."""
    return Drawing(
        Exact(
            '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24">'
            f'<path d="{PICTOGRAMS[name]}" fill="none" stroke="{INK}" stroke-width="2" '
            'stroke-linecap="round" stroke-linejoin="round"/></svg>'
        ),
        "",
        "",
    )


@dataclass(frozen=True)
class Landmark:
    """A point of the map with its number in the list beside."""

    lat: float
    lon: float


def sheet_map(
    zones: Sequence[Zone], here: Zone, heat: Indicator | None, landmarks: Sequence[Landmark]
) -> Drawing:
    """Return the map of a neighbourhood for A3, with a grid that names squares (B4).

    `heat` is an indicator of the environment with its cells, or None.
    """
    frame = _frame(here)
    ground = behind(here.release.territory.code, frame)
    width, height = maps.WIDTH, frame.height
    made = maps.drawing(zones, frame, {}, here.code)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
    ]
    parts += [f'<path d="{p}" fill="{LAND}" stroke="{EDGE}"/>' for p in made["behind"] if p]
    parts += _cells(frame, heat)
    parts += _ground(ground)
    for item in made["front"]:
        if item["path"]:
            own = item["here"]
            fill = "none" if own or heat else OTHER
            line = 'stroke-width="3"' if own else 'stroke-width="1" stroke-dasharray="4 3"'
            parts.append(f'<path d="{item["path"]}" fill="{fill}" stroke="{INK}" {line}/>')
    parts += _names(zones, frame)
    parts += _grid(frame)
    parts += _streets_named(ground)
    for number, mark in enumerate(landmarks, 1):
        x, y = frame.at(mark.lon, mark.lat)
        if 0 <= x <= width and 0 <= y <= height:
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="7" fill="#fff" stroke="{ACCENT}"/>'
                f'<text x="{x}" y="{y + 3}" text-anchor="middle" font-family="Inter" '
                f'font-weight="700" font-size="8" fill="{ACCENT}">{number}</text>'
            )
    parts.append(
        f'<rect x="4" y="{height - 26}" width="{made["bar"] + 12}" height="22" fill="#fff"/>'
        f'<path d="M10 {height - 9}h{made["bar"]}" stroke="{INK}" stroke-width="2"/>'
        f'<text x="10" y="{height - 14}" font-family="Inter" font-size="9" fill="{INK}">'
        f"{made['bar_words']}</text>"
        f'<path d="M{width - 14} 30V10m-4 6l4-6 4 6" fill="none" stroke="{INK}" stroke-width="2"/>'
        f'<text x="{width - 17}" y="42" font-family="Inter" font-weight="700" font-size="9" '
        f'fill="{INK}">N</text></svg>'
    )
    told = (
        " Les couleurs disent où le sol chauffe plus ou moins que la moyenne de l’agglomération."
        if heat is not None
        else ""
    )
    alt = (
        f"Carte du quartier {here.name}, entouré d’un trait épais, avec les communes, les "
        f"quartiers voisins et un quadrillage de lettres et de chiffres.{told}"
    )
    if ground.streets:
        alt += " Les rues et les bâtiments sont derrière."
    # Whom the ground is credited to, where there is one.
    return Drawing(Exact("".join(parts)), alt, ground.credit)


def _ground(ground: Backdrop) -> list[str]:
    """Return buildings in grey, and streets as a white band between two thin lines."""
    made = [f'<path d="{p}z" fill="#cbc6b8" stroke="#8f8a7c" stroke-width=".3"/>'
            for p in ground.buildings]  # fmt: skip
    streets = "".join(ground.streets)
    if streets:
        common = f'<path d="{streets}" fill="none" stroke-linejoin="round" '
        made.append(f'{common}stroke="{EDGE}" stroke-width="3.4"/>')
        made.append(f'{common}stroke="#fff" stroke-width="2.4"/>')
    return made


def _streets_named(ground: Backdrop) -> list[str]:
    return [
        f'<text x="{x:.0f}" y="{y + 1.6:.1f}" transform="rotate({angle} {x:.0f} {y:.0f})" '
        f'text-anchor="middle" font-family="Inter" font-size="4.6" fill="{INK}" '
        f'stroke="#fff" stroke-width="1.2" paint-order="stroke">{escape(name)}</text>'
        for name, x, y, angle in ground.names
    ]


def _frame(here: Zone) -> maps.Frame:
    """Return a frame of the shape of the sheet, around a neighbourhood."""
    squeeze = float(np.cos(np.radians((here.south + here.north) / 2)))
    across = max((here.east - here.west) * squeeze, 0.004) * AROUND
    up = max(here.north - here.south, 0.003) * AROUND
    across, up = max(across, up * SHEET), max(up, across / SHEET)
    lon, lat = (here.west + here.east) / 2, (here.south + here.north) / 2
    return maps.Frame(
        lon - across / squeeze / 2, lat - up / 2, lon + across / squeeze / 2, lat + up / 2
    )


def _names(zones: Sequence[Zone], frame: maps.Frame) -> list[str]:
    found = []
    for zone in zones:
        x, y = frame.at((zone.west + zone.east) / 2, (zone.south + zone.north) / 2)
        if zone.kind == "commune" and 60 < x < maps.WIDTH - 60 and 20 < y < frame.height - 30:
            found.append(
                f'<text x="{x}" y="{y}" text-anchor="middle" font-family="Inter" font-size="11" '
                f'fill="{QUIET}">{escape(clean(zone.name)[:30])}</text>'
            )
    return found


def _grid(frame: maps.Frame) -> list[str]:
    """Return the lines of the grid and what names its columns (letters) and rows (numbers)."""
    step = next(
        (m for m in STEPS if m * frame.metres * MOST_COLUMNS > maps.WIDTH), STEPS[-1]
    ) * frame.metres  # fmt: skip
    found = []
    for i in range(1, int(maps.WIDTH / step) + 2):
        x = round(i * step, 1)
        found.append(f'<path d="M{x} 0V{frame.height}" stroke="{QUIET}" stroke-width=".3"/>')
        found.append(_label(x - step / 2, 9, chr(64 + i)))
    for i in range(1, int(frame.height / step) + 2):
        y = round(i * step, 1)
        found.append(f'<path d="M0 {y}H{maps.WIDTH}" stroke="{QUIET}" stroke-width=".3"/>')
        found.append(_label(6, y - step / 2 + 3, str(i)))
    return found


def _label(x: float, y: float, text: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-family="Inter" font-size="8" '
        f'font-weight="700" fill="{INK}">{text}</text>'
    )


def _cells(frame: maps.Frame, heat: Indicator | None) -> list[str]:
    """Return the cells of 200 m in the colours of their classes."""
    if heat is None:
        return []
    content: dict[str, float] = heat.cells.content
    scale = maps.scale_of(heat, list(content.values()))
    kinds = scale.classes_of(list(content.values()))
    named = [(m, k) for m, k in zip(map(CELL.fullmatch, content), kinds, strict=True) if m]
    if not named:
        return []
    south = np.array([int(m[1]) for m, _ in named])[:, None] + [0, 0, SIDE, SIDE]
    west = np.array([int(m[2]) for m, _ in named])[:, None] + [0, SIDE, SIDE, 0]
    lon, lat = Transformer.from_crs(CRS, 4326, always_xy=True).transform(west, south)
    found = []
    for row, (_, kind) in enumerate(named):
        points = [frame.at(x, y) for x, y in zip(lon[row], lat[row], strict=True)]
        if kind >= 0 and any(0 <= x <= maps.WIDTH and 0 <= y <= frame.height for x, y in points):
            path = "L".join(f"{x} {y}" for x, y in points)
            found.append(f'<path d="M{path}z" fill="{scale.colours[kind]}" fill-opacity=".3"/>')
    return found
