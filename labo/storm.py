"""The water of one storm that a plan keeps from running off, by the curve-number method, in m³.

It is a volume and never the depth of a flood. The storm and the soil are the same with the plan and
without. Trees over hard ground change nothing of it, and neither do works that store water: the
method says nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from labo.changed_layers import quantile, strengths
from labo.converted_ground import Area, Made
from labo.difference import Effect, range_of
from labo.runoff import GRASS_CN, SEALED_CN, SOIL_GROUPS, STORM, WOODS_CN, runoff_mm

Floats = npt.NDArray[np.float64]

NAME, UNIT = "runoff_avoided", "m**3"
# Nobody gives the soil group: B and C are the commonest in the West; how often, to check.
SOIL_ODDS = (0.1, 0.4, 0.4, 0.1)
COMMON = (SOIL_GROUPS.index("B"), SOIL_GROUPS.index("C"))
SEALED = (SEALED_CN,) * 4
NOT_STORED = "l'eau que l'ouvrage garde n'est pas comptée dans le ruissellement évité"
SAID = (
    "Ruissellement évité : pour un orage de {low} à {high} mm et un sol de groupe A à D, inconnu "
    "ici. C'est un volume, pas une hauteur d'inondation."
)


def avoided(
    zone: str, grown: Mapping[str, Area], made: Sequence[Made], seed: int, draws: int
) -> Effect:
    """Return the m³ of a storm that a zone sheds no longer; less than 0 if it sheds more.

    Args:
        zone: its id.
        grown: what `converted_ground.grown` says of it.
        made: what `converted_ground.made` says.
        seed: of the draws.
        draws: how many, as those of the areas.
    """
    soils = np.searchsorted(np.cumsum(SOIL_ODDS[:-1]), strengths("soil", seed, draws), side="right")
    rain = quantile(STORM, strengths("storm", seed, draws))
    central = np.zeros(len(COMMON))
    drawn: Floats = np.zeros(draws)
    pairs = [
        (grown.get("grass"), np.array(SEALED), np.array(GRASS_CN)),
        (grown.get("woods"), np.array(GRASS_CN), np.array(WOODS_CN)),
    ]
    for area, before, after in pairs:
        if area is not None:
            central += area.central * _less(STORM.central, before[[*COMMON]], after[[*COMMON]])
            drawn += area.drawn * _less(rain, before[soils], after[soils])
    for x in made:
        ends = np.array([s.curve_numbers for s in x.surfaces if s.curve_numbers is not None])
        if not len(ends):
            continue
        # Between the surface that does least and the one that does most.
        weak, strong = ends[0], ends[-1]
        at = strengths(x.measure.id, seed, draws)
        middle = (weak + strong) / 2
        central += x.area * _less(STORM.central, SEALED_CN, middle[[*COMMON]])
        numbers = weak[soils] + at * (strong - weak)[soils]
        drawn += x.area * _less(rain, SEALED_CN, numbers)
    volume = float(central.mean()) / 1_000
    return Effect(zone, NAME, UNIT, -1, range_of(volume, drawn / 1_000), drawn / 1_000)


def _less(rain: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike) -> Floats:
    """Return the mm that are shed no longer."""
    found: Floats = runoff_mm(rain, before) - runoff_mm(rain, after)
    return found
