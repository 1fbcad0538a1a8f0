"""What may be published: no figure about fewer than eleven households, not even by subtraction.

Source: INSEE's rule for tax data (Filosofi), kept here for everything that is counted on people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

MIN_HOUSEHOLDS = 11
# Where households are not counted, residents stand in for them: eleven large households.
MIN_RESIDENTS = 55
# A sum of shares is equal to a count to the rounding of the machine only.
ROUNDING = 1e-6
# A zone that sticks out of another by less than this (m²) lies inside it.
SLIVER_M2 = 100.0


def hidden(households: Floats, population: Floats) -> Bools:
    """Return which zones are too small to publish anything about.

    Args:
        households: NaN where not counted, shape (zones,).
        population: residents, shape (zones,); where neither is known there is nothing to hide.
    """
    by_households = households < MIN_HOUSEHOLDS - ROUNDING
    by_residents = population < MIN_RESIDENTS - ROUNDING
    result: Bools = np.where(np.isnan(households), by_residents, by_households)
    return result


@dataclass(frozen=True)
class Leak:
    """What two published zones tell together about the few who live in one and not the other."""

    inner: str
    outer: str
    count: float
    unit: str

    def __str__(self) -> str:
        return (
            f"{self.outer} minus {self.inner} leaves {self.count:.1f} {self.unit}, "
            f"fewer than {MIN_HOUSEHOLDS if self.unit == 'households' else MIN_RESIDENTS}"
        )


@dataclass(frozen=True)
class Published:
    """The zones of a release whose counts anyone can subtract; geometry in metres."""

    zones: Sequence[str]
    geometry: Geometries
    households: Floats
    population: Floats


def leaks(one: Published, other: Published) -> list[Leak]:
    """Return the pairs in which a zone of `one` lies in a zone of `other` and nearly fills it.

    Both counts are published, so their difference is too: it may be of nobody, or of eleven
    households or more, and nothing between. What is left of a zone when all that lie in it are
    taken away is looked at as well.
    """
    found: list[Leak] = []
    outer, inner = shapely.STRtree(one.geometry).query(other.geometry, predicate="intersects")
    area_out = shapely.area(shapely.difference(one.geometry[inner], other.geometry[outer]))
    within = area_out < SLIVER_M2
    outer, inner = outer[within], inner[within]
    for big in np.unique(outer):
        parts = [
            i for i in inner[outer == big] if one.zones[i] != other.zones[big] or one is not other
        ]
        candidates = [([i], one.zones[i]) for i in parts]
        apart = _disjoint(parts, one.geometry)
        if len(apart) > 1:
            candidates.append((apart, " and ".join(one.zones[i] for i in apart)))
        for members, name in candidates:
            left, unit, limit = _left(one, members, other, int(big))
            if ROUNDING < left < limit - ROUNDING:
                found.append(Leak(name, other.zones[big], left, unit))
    return found


def _disjoint(parts: Sequence[int], geometry: Geometries) -> list[int]:
    """Return parts that do not overlap, largest first."""
    kept: list[int] = []
    for i in sorted(parts, key=lambda i: (-shapely.area(geometry[i]), i)):
        if all(
            shapely.area(shapely.intersection(geometry[i], geometry[j])) < SLIVER_M2 for j in kept
        ):
            kept.append(i)
    return kept


def _left(
    one: Published, members: Sequence[int], other: Published, big: int
) -> tuple[float, str, int]:
    """Return what subtraction leaves, in households where they are published."""
    households = other.households[big] - one.households[list(members)].sum()
    if not np.isnan(households):
        return float(households), "households", MIN_HOUSEHOLDS
    population = other.population[big] - one.population[list(members)].sum()
    return float(population), "residents", MIN_RESIDENTS
