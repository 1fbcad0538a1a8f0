"""How warm a neighbourhood's air stays at night: the InVEST urban cooling model, on plain arrays.

Shade, light ground and plants that give off water cool; a large park cools what lies around it; air
mixes. Formulas: InVEST user guide, chapter "Urban Cooling". Good for night air at the scale of a
neighbourhood; poor for daytime air (Geosci. Model Dev. 17, 4755, 2024): never use it for the day,
and never add its degrees to those of a surface, of a dwelling or of what is felt.

Arrays are (rows, columns); NaN is unknown, stays unknown, and counts in no average.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo import smoothing
from labo.errors import BadInput

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHADE, ALBEDO, EVAPORATION = 0.6, 0.2, 0.2
# Below this green area within reach, a park cools nobody but itself.
LEAST_GREEN_M2 = 20_000.0
# Sums by Fourier transforms are whole numbers but for this much.
NOISE = 1e-6
COLUMNS = ("shade", "albedo", "kc", "green")


class Night(NamedTuple):
    """What the model says of each pixel.

    capacity and mitigation: 0 to 1; before_mixing and air: °C.
    """

    capacity: Floats
    mitigation: Floats
    before_mixing: Floats
    air: Floats


def night(
    land_use: npt.ArrayLike,
    coefficients: Mapping[int, Mapping[str, float]],
    evapotranspiration: npt.ArrayLike,
    *,
    pixel_m: float,
    reference: float,
    uhi_max: float,
    park_reach_m: float,
    mixing_radius_m: float,
    unknown: int | None = None,
    most_evapotranspiration: float | None = None,
) -> Night:
    """Return the night air of a land use.

    Args:
        land_use: codes, shape (rows, columns).
        coefficients: by code: shade (0–1), albedo (0–1), kc (crop coefficient), green (0 or 1).
        evapotranspiration: reference evapotranspiration, mm, same shape or one number.
        pixel_m: side of a pixel.
        reference: air in the countryside, °C.
        uhi_max: how much warmer the city is at its warmest, °C.
        park_reach_m: how far a park cools.
        mixing_radius_m: how far air mixes.
        unknown: code of what is not known.
        most_evapotranspiration: that divides; the largest of the raster if not given.

    Raises:
        BadInput: a code without coefficients, or a size that is not positive.
    """
    for name, value in (("pixel_m", pixel_m), ("park_reach_m", park_reach_m)):
        if not value > 0:
            raise BadInput(f"{name} is {value!r}: give a number of metres above 0.")
    if not mixing_radius_m >= 0:
        raise BadInput(f"mixing_radius_m is {mixing_radius_m!r}: give metres, 0 or more.")
    by_pixel = look_up(land_use, coefficients, unknown)
    water = np.broadcast_to(np.asarray(evapotranspiration, dtype=np.float64), by_pixel[0].shape)
    shade, albedo, kc, green = by_pixel
    eti = evaporation(kc, water, most_evapotranspiration)
    capacity = cooling_capacity(shade, albedo, eti)
    mitigation = heat_mitigation(capacity, green, pixel_m=pixel_m, reach_m=park_reach_m)
    before = reference + (1 - mitigation) * uhi_max
    return Night(capacity, mitigation, before, averaged(before, mixing_radius_m / pixel_m))


def look_up(
    land_use: npt.ArrayLike, coefficients: Mapping[int, Mapping[str, float]], unknown: int | None
) -> tuple[Floats, ...]:
    """Return one array for each of COLUMNS, NaN where the land use is unknown."""
    codes = np.asarray(land_use)
    if codes.ndim != 2:
        raise BadInput(f"Land use has {codes.ndim} dimensions; expected rows and columns.")
    met, place = np.unique(codes, return_inverse=True)
    rows = []
    for code in met.tolist():
        if code == unknown:
            rows.append([np.nan] * len(COLUMNS))
        elif code not in coefficients:
            known = ", ".join(map(str, sorted(coefficients)))
            raise BadInput(f"Land use {code!r} has no coefficients; there are {known}.")
        else:
            rows.append([float(coefficients[code][name]) for name in COLUMNS])
    table = np.array(rows, dtype=np.float64)
    place = place.reshape(codes.shape)
    return tuple(table[place, i] for i in range(len(COLUMNS)))


def evaporation(kc: Floats, reference_mm: Floats, most_mm: float | None = None) -> Floats:
    """Return how much plants give off: kc × reference / the largest reference of the place."""
    most = float(np.nanmax(reference_mm)) if most_mm is None else most_mm
    if not most > 0:
        raise BadInput(f"The largest evapotranspiration is {most!r} mm: expected more than 0.")
    result: Floats = kc * reference_mm / most
    return result


def cooling_capacity(shade: Floats, albedo: Floats, eti: Floats) -> Floats:
    """Return what a pixel does against heat, 0 to 1."""
    result: Floats = SHADE * shade + ALBEDO * albedo + EVAPORATION * eti
    return result


def heat_mitigation(capacity: Floats, green: Floats, *, pixel_m: float, reach_m: float) -> Floats:
    """Return the capacity, or that of the green within reach where it is large and cools more."""
    pixels = round(reach_m / pixel_m)
    known = ~np.isnan(capacity) & ~np.isnan(green)
    park = averaged(np.where(known, np.where(green > 0, capacity, 0.0), np.nan), pixels)
    large = large_enough(green, pixels, pixel_m)
    return np.where(large & (park > capacity), park, capacity)


def large_enough(green: Floats, radius: int, pixel_m: float) -> Bools:
    """Return where the green area within a radius, in pixels, is that of a park that cools.

    Beyond the raster, and where the land use is unknown, there is as much green as elsewhere.
    """
    disk = smoothing.disk(radius)
    # Green is known by the land use, even where the water that plants give off is not.
    near = smoothing.means(green, ~np.isnan(green), disk) * disk.sum()
    found: Bools = near >= LEAST_GREEN_M2 / pixel_m**2 - NOISE
    return found


def averaged(values: Floats, radius: float) -> Floats:
    """Return means weighed by exp(−distance / radius), the radius being rounded to whole pixels.

    Only known pixels are averaged, and unknown ones stay unknown. A radius that rounds to 0 leaves
    the values as they are.
    """
    pixels = round(radius)
    if pixels < 1:
        return values.copy()
    return smoothing.means(values, ~np.isnan(values), smoothing.decaying(pixels))
