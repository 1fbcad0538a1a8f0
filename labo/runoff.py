"""What a storm sheds: the curve-number method of the SCS, on plain arrays.

It gives a depth or a volume of water that runs off, never how deep a flood is. Source: USDA TR-55.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.estimate import Estimate

Floats = npt.NDArray[np.float64]

# Part of the storage that fills before anything runs off.
ABSTRACTION = 0.2
SOIL_GROUPS = ("A", "B", "C", "D")
TR_55 = "USDA, Urban Hydrology for Small Watersheds (TR-55, 1986), table 2-2 ; à relire"
STORM = Estimate(
    central=50.0,
    low=35.0,
    high=70.0,
    unit="mm",
    reference="Pluie d'un jour de retour dix ans dans l'Ouest, ordre de grandeur à vérifier",
    grade="to_check",
    scope="pluie de projet, en un épisode",
)
# Curve numbers by hydrologic soil group A, B, C, D.
SEALED_CN = 98.0
GRASS_CN = (49.0, 69.0, 79.0, 84.0)
WOODS_CN = (36.0, 60.0, 73.0, 79.0)


class Volume(NamedTuple):
    """Water in m³: what runs off before and after, and what is avoided."""

    before: float
    after: float
    avoided: float


def storage_mm(curve_number: npt.ArrayLike) -> Floats:
    """Return what the ground can hold at most, mm: 25400 / CN − 254; without end for a CN of 0.

    Raises:
        BadInput: a curve number outside 0 to 100.
    """
    number = np.asarray(curve_number, dtype=np.float64)
    wrong = number[~np.isnan(number) & ~((number >= 0) & (number <= 100))]
    if wrong.size:
        raise BadInput(f"A curve number is {wrong.flat[0]:g}: expected 0 to 100.")
    endless = np.full(number.shape, np.inf)
    result: Floats = np.divide(25_400.0, number, out=endless, where=number != 0) - 254.0
    return result


def runoff_mm(rain_mm: npt.ArrayLike, curve_number: npt.ArrayLike) -> Floats:
    """Return the mm of a storm that run off, shape of both broadcast; NaN where one is unknown.

    Q = (P − 0.2 S)² / (P + 0.8 S) where P > 0.2 S, else 0.

    Raises:
        BadInput: rain below 0, or no curve number.
    """
    rain = np.asarray(rain_mm, dtype=np.float64)
    if (rain < 0).any():
        raise BadInput(f"{rain[rain < 0].flat[0]:g} mm of rain: expected 0 or more.")
    storage = storage_mm(curve_number)
    rain, storage = np.broadcast_arrays(rain, storage)
    excess = rain - ABSTRACTION * storage
    whole = rain + (1 - ABSTRACTION) * storage
    more = np.maximum(excess, 0.0)
    shed = np.divide(more**2, whole, out=np.zeros(rain.shape), where=excess > 0)
    result: Floats = np.where(np.isnan(excess), np.nan, shed)
    return result


def curve_numbers(
    land_use: npt.ArrayLike,
    soil_group: npt.ArrayLike,
    table: Mapping[int, Mapping[str, float]],
) -> Floats:
    """Return the curve number of each pixel, (rows, columns).

    Args:
        land_use: codes.
        soil_group: hydrologic group of the soil, "A" to "D", same shape or one for all; "" where it
            is unknown.
        table: curve numbers by land use, then by soil group.

    Raises:
        BadInput: a land use or a group without a curve number.
    """
    codes = np.asarray(land_use)
    groups = np.broadcast_to(np.asarray(soil_group, dtype=str), codes.shape)
    found = np.full(codes.shape, np.nan)
    for group in np.unique(groups).tolist():
        if group == "":
            continue
        if group not in SOIL_GROUPS:
            raise BadInput(f"Soil group {group!r}: expected one of {', '.join(SOIL_GROUPS)}.")
        for code in np.unique(codes[groups == group]).tolist():
            if group not in table.get(code, {}):
                raise BadInput(f"Land use {code!r} has no curve number for soil group {group!r}.")
            found[(groups == group) & (codes == code)] = table[code][group]
    return found


def avoided(
    rain_mm: float, before: npt.ArrayLike, after: npt.ArrayLike, area_m2: npt.ArrayLike
) -> Volume:
    """Return the volumes that run off before and after the ground changes.

    Args:
        rain_mm: of the storm.
        before: curve numbers.
        after: curve numbers.
        area_m2: of each piece; pieces whose number is unknown before or after are left out.
    """
    area = np.asarray(area_m2, dtype=np.float64)
    one, two = (runoff_mm(rain_mm, numbers) for numbers in (before, after))
    known = ~(np.isnan(one) | np.isnan(two))
    volumes = [float((np.where(known, x, 0.0) * area).sum() / 1_000) for x in (one, two)]
    return Volume(volumes[0], volumes[1], volumes[0] - volumes[1])
