"""How many square metres of a zone a plan makes into something else, central and by draw.

What trees, woods and opened ground gain is read off the layers, so that it agrees with the
indicators; other surfaces (a light roof, a paving that drinks) are the square metres of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.catalogue import LAYERS
from labo.errors import BadInput
from labo.formula import number
from labo.measure import Measure
from labo.plan_layers import ROUNDED, Done, Layers
from labo.surfaces import SURFACES, Surface

Floats = npt.NDArray[np.float64]

# The layer that tells each, and the side to which it moves.
OF_LAYERS: Mapping[str, tuple[str, int]] = {
    "trees": ("canopy_ground", 1),
    "woods": ("vegetation_ground", 1),
    "grass": ("impervious_ground", -1),
}


class Area(NamedTuple):
    """Square metres: central, and by draw, (draws,)."""

    central: float
    drawn: Floats


class Made(NamedTuple):
    """Square metres of sealed ground or roof that a measure makes into one of some surfaces."""

    measure: Measure
    surfaces: tuple[Surface, ...]
    area: float


def grown(zone: int, before: Layers, after: Layers) -> dict[str, Area]:
    """Return what a zone gains of each of OF_LAYERS; what is unknown is not there."""
    found = {}
    for name, (layer, side) in OF_LAYERS.items():
        if layer not in after.touched or not after.touched[layer][zone]:
            continue
        central = side * (after.central[layer][zone] - before.central[layer][zone])
        drawn = side * (after.drawn[layer][zone] - before.drawn[layer][zone])
        if not (np.isnan(central) or np.isnan(drawn).any()):
            found[name] = Area(float(max(central, 0.0)), np.maximum(drawn, 0.0))
    return found


def made(done: Sequence[Done], zone: int) -> list[Made]:
    """Return the surfaces that measures of a plan make of what is sealed in a zone."""
    sums: dict[str, Made] = {}
    for x in done:
        measure = x.line.measure
        surfaces = surfaces_of(measure)
        if x.zone == zone and surfaces:
            had = sums[measure.id].area if measure.id in sums else 0.0
            sums[measure.id] = Made(measure, surfaces, had + x.line.quantity)
    return list(sums.values())


def surfaces_of(measure: Measure) -> tuple[Surface, ...]:
    """Return the hard surfaces and roofs that a measure makes, those that change least first."""
    found = [x for x in SURFACES if x.made_by == measure.id and x.group in ("hard", "roof")]
    return tuple(sorted(found, key=lambda x: x.cooling.central))


def lacking(zone: int, done: Sequence[Done], grown: Mapping[str, Area]) -> str:
    """Return why what a plan makes of a zone's ground is not known; nothing where it is."""
    changed = {c.layer for x in done if x.zone == zone for c in x.line.measure.changes}
    for name, (layer, _) in OF_LAYERS.items():
        if layer in changed and name not in grown:
            return f"« {LAYERS[layer].label} » inconnue dans cette livraison"
    return ""


def check_sealed(name: str, zone: int, after: Layers, parts: Sequence[Made]) -> None:
    """Refuse surfaces that need more sealed ground than a zone keeps.

    Raises:
        BadInput: as said.
    """
    sealed = after.central.get("impervious_ground")
    if sealed is None or np.isnan(sealed[zone]) or not parts:
        return
    wanted, there = sum(x.area for x in parts), float(sealed[zone])
    if wanted > there * (1 + ROUNDED):
        labels = " ou ".join(f"« {x.measure.label} »" for x in parts)
        raise BadInput(
            f"{name} : ce plan couvre {number(wanted)} m² de sol revêtu ou de toits, et il en "
            f"reste {number(there)} m² d'après la livraison ; réduisez {labels}."
        )
