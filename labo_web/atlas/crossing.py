"""Poverty and an exposure crossed in one map: never below the neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labo.picture import class_labels, classify, thirds, unsure
from labo_web.releases import maps
from labo_web.releases.charts import BIVARIATE
from labo_web.releases.models import Indicator, Zone
from labo_web.releases.reading import Reading, named

FIRST = "surface_temperature_anomaly"
CLASSES = 3
LEVELS = ("basse", "moyenne", "haute")  # among the neighbourhoods


def may_cross(x: Indicator) -> bool:
    """Return whether an indicator tells what comes to a place, or what it finds there."""
    return x.component in ("hazard", "exposure") and x.direction > 0 and x.lowest is not None


@dataclass(frozen=True)
class Axis:
    """The classes of one side: its words from low to high, which are fewer where values agree."""

    indicator: Indicator
    bounds: list[float]
    labels: list[str]

    def class_of(self, r: Reading | None) -> int | None:
        """Return 0, 1 or 2, from the least to the most; None where there is no value."""
        if r is None or r.v.central is None:
            return None
        found = int(classify([r.v.central], np.array(self.bounds), self.indicator.unit)[0])
        # With two classes only, they are the two ends of the scale.
        return found * 2 if len(self.labels) == 2 else found

    def wavers(self, r: Reading | None) -> bool:
        """Return whether an interval reaches another class."""
        if r is None or r.v.low is None or r.v.high is None:
            return False
        bounds = np.array(self.bounds)
        return bool(unsure([r.v.low], [r.v.high], bounds, self.indicator.unit)[0])


@dataclass(frozen=True)
class Square:
    """A neighbourhood in the three by three classes; no colour where a value is missing."""

    zone: Zone
    poverty: Reading | None
    other: Reading | None
    column: int | None
    row: int | None
    unsure: bool

    @property
    def colour(self) -> str:
        """Its colour on the map."""
        if self.column is None or self.row is None:
            return ""
        return BIVARIATE[self.row][self.column]

    @property
    def words(self) -> str:
        """Its class in words: colour is never alone to tell it."""
        if self.column is None or self.row is None:
            return ""
        text = f"pauvreté {LEVELS[self.column]}, exposition {LEVELS[self.row]}"
        return f"{text}, incertain" if self.unsure else text


@dataclass(frozen=True)
class Crossed:
    """The neighbourhoods, the two axes, and the sentence."""

    squares: list[Square]
    poverty: Axis
    other: Axis
    sentence: str

    @property
    def grid(self) -> list[dict[str, Any]]:
        """The squares of the legend: where each stands, its colour."""
        return [
            {"x": 40 * column, "y": 40 * (CLASSES - 1 - row), "colour": BIVARIATE[row][column]}
            for row in range(CLASSES)
            for column in range(CLASSES)
        ]


def _axis(x: Indicator, rows: Sequence[Reading | None]) -> Axis:
    values = [r.v.central for r in rows if r is not None and r.v.central is not None]
    bounds = thirds(values, x.unit)
    return Axis(x, bounds.tolist(), class_labels(bounds, x.unit))


def cross(
    qpvs: Sequence[Zone],
    readings: Mapping[tuple[str, str], Reading],
    poverty: Indicator,
    other: Indicator,
) -> Crossed:
    """Return each neighbourhood's class on both sides, and whether an interval leaves it."""
    one = [readings.get((z.code, poverty.name)) for z in qpvs]
    two = [readings.get((z.code, other.name)) for z in qpvs]
    across, up = _axis(poverty, one), _axis(other, two)
    squares = [
        Square(z, a, b, across.class_of(a), up.class_of(b), across.wavers(a) or up.wavers(b))
        for z, a, b in zip(qpvs, one, two, strict=True)
    ]
    return Crossed(squares, across, up, _sentence(squares, across, up))


def _sentence(squares: Sequence[Square], across: Axis, up: Axis) -> str:
    known = [s for s in squares if s.colour]
    label = f"« {up.indicator.label} »"
    if not known:
        return f"Aucun quartier n’a de valeur à la fois pour la pauvreté et pour {label}."
    if len(across.labels) == 1 or len(up.labels) == 1:
        return (
            "Pas assez de quartiers, ou trop semblables, pour faire des classes : lisez le tableau."
        )
    high = [s for s in known if s.column == 2 and s.row == 2]
    if not high:
        text = f"Aucun quartier n’est à la fois dans le haut de la pauvreté et de {label}"
    elif len(high) == 1:
        text = f"{high[0].zone.name} est à la fois dans le haut de la pauvreté et de {label}"
    else:
        names = named([s.zone.name for s in high])
        text = f"Sont à la fois dans le haut de la pauvreté et de {label} : {names}"
    doubtful = [s.zone.name for s in high if s.unsure]
    if doubtful:
        text += f". Incertain pour {named(doubtful)}, dont un intervalle touche une autre classe"
    return f"{text}."


def drawing(zones: Sequence[Zone], made: Crossed) -> dict[str, Any]:
    """Return what the template of a map needs."""
    fills = {s.zone.code: (s.colour or "url(#vide)", bool(s.colour) and s.unsure)
             for s in made.squares}  # fmt: skip
    return maps.drawing(zones, maps.town(zones), fills)
