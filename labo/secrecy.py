"""What may be published: no figure about fewer than eleven households, not even by subtraction.

Source: INSEE's rule for tax data (Filosofi), kept here for everything that is counted on people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

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
# Zones that meet within this of their edges (m) only touch: outlines are drawn to the metre.
EDGE_M = 1.0


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
    """What published zones tell together about the few who live in one and not in the others.

    `outer` minus all of `members` leaves `count` households or residents. As text it is the reason
    to publish, so it does not say how many.
    """

    members: tuple[str, ...]
    outer: str
    count: float
    unit: Literal["households", "residents"]

    @property
    def inner(self) -> str:
        """The zones that are taken away, in words."""
        return " and ".join(self.members)

    def __str__(self) -> str:
        few = {"households": f"{MIN_HOUSEHOLDS} ménages", "residents": f"{MIN_RESIDENTS} habitants"}
        return f"{self.outer} moins {' et '.join(self.members)} : moins de {few[self.unit]}"


@dataclass(frozen=True)
class Published:
    """The zones of a release whose counts anyone can subtract; geometry in metres.

    `zones`, `geometry`, `households` and `population` have one entry per zone; counts that are not
    published are NaN.
    """

    zones: Sequence[str]
    geometry: Geometries
    households: Floats
    population: Floats


def leaks(one: Published, other: Published) -> list[Leak]:
    """Return the zones of `other` that zones of `one` inside them nearly fill.

    Both counts are published, so their difference is too: it may be of nobody, or of eleven
    households or more, and nothing between. Each inner zone is taken away alone, then as many as
    fit beside one another: once beginning with the largest, once with the smallest. (Which of all
    sums is the closest is a puzzle that grows exponentially with the zones; this finds those that
    people draw: communes of an EPCI, neighbourhoods of a commune.)

    A zone of `one` with the same id and outline in `other` is the same place, counted twice: that
    difference is of time or method, not of people, and tells nothing.
    """
    shapely.prepare(one.geometry)
    shapely.prepare(other.geometry)
    heart = shapely.buffer(one.geometry, -EDGE_M)
    overlapping = _overlaps(one.geometry, heart)
    area = shapely.area(one.geometry)
    found: list[Leak] = []
    for big, parts in _inside(one, other, heart):
        by_size = sorted(parts, key=lambda i: area[i])
        apart = {_side_by_side(order, overlapping) for order in (by_size, by_size[::-1])}
        for members in [(i,) for i in parts] + sorted(m for m in apart if len(m) > 1):
            leak = _left(one, members, other, big)
            if leak is not None:
                found.append(leak)
    return found


def _inside(one: Published, other: Published, heart: Geometries) -> Iterator[tuple[int, list[int]]]:
    """Give each zone of `other` with the zones of `one` that lie in it, itself left out.

    `heart` is each zone of `one` without its edge.
    """
    outer, inner = shapely.STRtree(one.geometry).query(other.geometry, predicate="intersects")
    area_one, area_other = shapely.area(one.geometry), shapely.area(other.geometry)
    fits = area_one[inner] < area_other[outer] + SLIVER_M2
    outer, inner = outer[fits], inner[fits]
    if one is other:
        same = outer == inner
    else:
        names = np.asarray(other.zones)[outer] == np.asarray(one.zones)[inner]
        same = names & (np.abs(area_one[inner] - area_other[outer]) < SLIVER_M2)
    outer, inner = outer[~same], inner[~same]
    # Nearly all pairs are told by predicates; few have to be cut, which is a thousand times slower.
    inside = shapely.covers(other.geometry[outer], one.geometry[inner])
    out = shapely.disjoint(other.geometry[outer], heart[inner])
    out &= shapely.area(heart)[inner] > SLIVER_M2
    unsure = np.flatnonzero(~inside & ~out)
    sticking_out = shapely.difference(one.geometry[inner[unsure]], other.geometry[outer[unsure]])
    inside[unsure] = shapely.area(sticking_out) < SLIVER_M2
    outer, inner = outer[inside], inner[inside]
    for big in np.unique(outer):
        yield int(big), inner[outer == big].tolist()


def _overlaps(geometry: Geometries, heart: Geometries) -> dict[int, set[int]]:
    """Return, for each zone, those that share some surface with it."""
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    area = shapely.area(geometry)
    smaller = (area[first] < area[second]) | ((area[first] == area[second]) & (first < second))
    first, second = first[smaller], second[smaller]
    shared = shapely.covers(geometry[second], geometry[first])
    unsure = np.flatnonzero(~shared & ~shapely.disjoint(geometry[second], heart[first]))
    common = shapely.intersection(geometry[first[unsure]], geometry[second[unsure]])
    shared[unsure] = shapely.area(common) >= SLIVER_M2
    overlapping: dict[int, set[int]] = {}
    for i, j in zip(first[shared].tolist(), second[shared].tolist(), strict=True):
        overlapping.setdefault(i, set()).add(j)
        overlapping.setdefault(j, set()).add(i)
    return overlapping


def _side_by_side(ordered: Sequence[int], overlapping: Mapping[int, set[int]]) -> tuple[int, ...]:
    """Return zones taken in turn when they overlap none that was taken before."""
    kept: list[int] = []
    barred: set[int] = set()
    for i in ordered:
        if i not in barred:
            kept.append(i)
            barred |= overlapping.get(i, set())
    return tuple(sorted(kept))


def _left(one: Published, members: tuple[int, ...], other: Published, big: int) -> Leak | None:
    """Return what subtraction tells of too few, in households where they are published."""
    names = tuple(one.zones[i] for i in members)
    chosen = list(members)
    households = float(other.households[big] - one.households[chosen].sum())
    if not np.isnan(households):
        few = ROUNDING < households < MIN_HOUSEHOLDS - ROUNDING
        return Leak(names, other.zones[big], households, "households") if few else None
    population = float(other.population[big] - one.population[chosen].sum())
    few = ROUNDING < population < MIN_RESIDENTS - ROUNDING
    return Leak(names, other.zones[big], population, "residents") if few else None
