"""Maps drawn on the server: paths of zones in SVG, and classes of values with their colours."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from labo.page import palette
from labo.picture import class_bounds, class_labels, classify, unsure
from labo_web.releases.models import Indicator, Zone

WIDTH = 640
# Five classes of ColorBrewer's scales; the lightest is told from the paper.
COLOURS = {
    "YlOrBr": ("#fee08f", "#fec44f", "#ec7014", "#b84a02", "#662506"),
    "Blues": ("#c6dbef", "#93c4e0", "#4f9bcb", "#2070b4", "#08306b"),
    "Greens": ("#c7e9c0", "#91cf8a", "#4bae62", "#1f7d3a", "#00441b"),
    "Purples": ("#d4d4e8", "#b0afd4", "#8683bd", "#64479f", "#3f007d"),
}


@dataclass(frozen=True)
class Scale:
    """Classes of values: bounds, colours from light to dark, and their words."""

    bounds: list[float]
    colours: list[str]
    labels: list[str]
    unit: str

    def class_of(self, value: float | None) -> int:
        """Return the class of a value, −1 where it is missing."""
        given = np.nan if value is None else value
        return int(classify([given], np.array(self.bounds), self.unit)[0])

    def classes_of(self, values: Sequence[float]) -> list[int]:
        """Return the class of each value."""
        found: list[int] = classify(list(values), np.array(self.bounds), self.unit).tolist()
        return found

    def wavers(self, low: float | None, high: float | None) -> bool:
        """Return whether an interval reaches another class."""
        if low is None or high is None:
            return False
        return bool(unsure([low], [high], np.array(self.bounds), self.unit)[0])


def scale_of(x: Indicator, values: Sequence[float]) -> Scale:
    """Return the classes of an indicator for these values."""
    bounds = class_bounds(np.array(values, dtype=float), x.unit) if values else np.zeros(0)
    tones = COLOURS[palette({"component": x.component, "hazards": x.hazards})]
    count = len(bounds) + 1
    picked = [tones[round(i * 4 / max(count - 1, 1))] for i in range(count)]
    return Scale(bounds.tolist(), picked, class_labels(bounds, x.unit), x.unit)


class Frame:
    """Where a longitude and a latitude fall on a drawing of WIDTH units."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        self.squeeze = math.cos(math.radians((south + north) / 2))
        margin = 0.03 * max((east - west) * self.squeeze, north - south)
        self.west, self.north = west - margin / self.squeeze, north + margin
        self.east, self.south = east + margin / self.squeeze, south - margin
        across = (east - west) * self.squeeze + 2 * margin
        self.scale = WIDTH / across
        self.height = round((north - south + 2 * margin) * self.scale)
        self.metres = WIDTH / (across * 111_320)  # drawing units in a metre

    def at(self, lon: float, lat: float) -> tuple[int, int]:
        """Return where a longitude and a latitude fall."""
        return (
            round((lon - self.west) * self.squeeze * self.scale),
            round((self.north - lat) * self.scale),
        )

    def path(self, geometry: str) -> str:
        """Return the SVG path of a GeoJSON polygon or multipolygon."""
        shape = json.loads(geometry)
        parts = shape["coordinates"]
        rings = parts if shape["type"] == "Polygon" else [r for part in parts for r in part]
        return "".join(self._ring(ring) for ring in rings)

    def shows(self, zone: Zone) -> bool:
        """Return whether something of a zone may be seen: what is not seen is not sent."""
        across = zone.west <= self.east and zone.east >= self.west
        return across and zone.south <= self.north and zone.north >= self.south

    def _ring(self, ring: Sequence[Sequence[float]]) -> str:
        points: list[tuple[int, int]] = []
        for lon, lat, *_ in ring:
            point = self.at(lon, lat)
            if not points or point != points[-1]:
                points.append(point)
        if len(points) < 3:
            return ""
        first, *rest = points
        steps, last = [], first
        for x, y in rest:
            steps.append(f"{x - last[0]} {y - last[1]}")
            last = (x, y)
        return f"M{first[0]} {first[1]}l{' '.join(steps)}z"

    def bar(self) -> tuple[int, str]:
        """Return the length of a scale bar, in drawing units, and its words."""
        for km in (20, 10, 5, 2, 1, 0.5, 0.2):
            if (length := km * 1000 * self.metres) < WIDTH / 3:
                break
        return round(length), f"{km:g} km".replace(".", ",")


def town(zones: Sequence[Zone]) -> Frame:
    """Return the town around the neighbourhoods, rather than all of the countryside."""
    qpvs = [z for z in zones if z.kind == "qpv"] or zones
    return Frame(
        min(z.west for z in qpvs),
        min(z.south for z in qpvs),
        max(z.east for z in qpvs),
        max(z.north for z in qpvs),
    )


SIDES = ("à l’est", "au nord-est", "au nord", "au nord-ouest", "à l’ouest", "au sud-ouest",
         "au sud", "au sud-est")  # fmt: skip
METRES = 111_320  # in a degree of latitude


def away(here: Zone, other: Zone) -> tuple[float, str]:
    """Return how far another zone is, in metres between middles, and on which side."""
    north = ((other.south + other.north) - (here.south + here.north)) / 2
    squeeze = math.cos(math.radians(here.north))
    east = ((other.west + other.east) - (here.west + here.east)) / 2 * squeeze
    side = round(math.atan2(north, east) / (math.pi / 4)) % len(SIDES)
    return METRES * math.hypot(east, north), SIDES[side]


def around(here: Zone) -> Frame:
    """Return a frame that shows a neighbourhood with what lies around it."""
    across, up = here.east - here.west, here.north - here.south
    side = max(across, up, 0.01)
    return Frame(
        here.west - side, here.south - side * 0.6, here.east + side, here.north + side * 0.6
    )


def drawing(
    zones: Sequence[Zone],
    frame: Frame,
    fills: Mapping[str, tuple[str, bool]],
    here: str = "",
    *,
    named: bool = False,
) -> dict[str, Any]:
    """Return what the template of a map needs: communes behind, QPVs in front.

    `fills`: colour and whether it is hatched, by zone; `here` is the zone to point at; `named`:
    with the names of the places, which a small drawing of a few of them has room for.
    """
    bar, words = frame.bar()
    seen = [z for z in zones if frame.shows(z)]
    return {
        "width": WIDTH,
        "height": frame.height,
        "bar": bar,
        "bar_words": words,
        "behind": [frame.path(z.geometry) for z in seen if z.kind == "commune"],
        "front": [
            {
                "zone": z,
                "path": frame.path(z.geometry),
                "fill": fills.get(z.code, ("none", False))[0],
                "hatched": fills.get(z.code, ("none", False))[1],
                "here": z.code == here,
            }
            for z in seen
            if z.kind == "qpv"
        ],
        "names": names(seen, frame, here) if named else [],
    }


LETTER, LINE = 14.0, 32  # drawing units: width of a letter of a name, height of its line
BAR_ROOM = 50  # at the foot, for the scale bar
GRID = 5  # rows and columns of places tried for the name of a commune
Box = tuple[float, float, float, float]


def names(seen: Sequence[Zone], frame: Frame, here: str) -> list[dict[str, Any]]:
    """Return where the names of places go: the one pointed at, then QPVs, then communes.

    A name that would lie on another, or that the drawing has no room for, is left out.
    """
    order = {"qpv": 1, "commune": 2}
    told = [z for z in seen if z.kind in order or z.code == here]
    told.sort(key=lambda z: (z.code != here, order.get(z.kind, 0), z.name))
    taken: list[Box] = []
    found = []
    for zone in told:
        width = LETTER * len(zone.name)
        boxes = _boxes(zone, frame, width, of_commune=zone.kind == "commune")
        box = next((b for b in boxes if not any(_touch(b, other) for other in taken)), None)
        if box is None:
            continue
        taken.append(box)
        x, y = round((box[0] + box[2]) / 2), round(box[3] - LINE / 4)
        found.append({"x": x, "y": y, "name": zone.name, "kind": zone.kind})
    return found


def _boxes(zone: Zone, frame: Frame, width: float, *, of_commune: bool) -> list[Box]:
    """Return where the name of a zone may go inside the drawing, the best place first.

    That of a commune goes anywhere in what is seen of it: most of it lies around the neighbourhood.
    """
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    seen = shapely.intersection(shapely.make_valid(shapely.from_geojson(zone.geometry)), window)
    if seen.is_empty or width > WIDTH:
        return []
    points = [shapely.point_on_surface(seen)]
    if of_commune:
        across, up = (frame.east - frame.west) / GRID, (frame.north - frame.south) / GRID
        grid = shapely.points(
            [
                (frame.west + across * (i + 0.5), frame.north - up * (j + 0.5))
                for j in range(GRID)
                for i in range(GRID)
            ]
        )
        points += [
            p for p, inside in zip(grid, shapely.contains(seen, grid), strict=True) if inside
        ]
    boxes = []
    for point in points:
        x, y = frame.at(point.x, point.y)
        x = round(min(max(x, width / 2), WIDTH - width / 2))
        y = min(max(y, LINE), frame.height - BAR_ROOM)
        boxes.append((x - width / 2, y - 0.75 * LINE, x + width / 2, y + 0.25 * LINE))
    return boxes


def _touch(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
