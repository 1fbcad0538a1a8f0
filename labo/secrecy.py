"""What may be published: no figure about fewer than eleven households, not even by subtraction.

Source: INSEE's rule for tax data (Filosofi), kept here for everything that is counted on people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from labo.differencing import ROUNDING, atoms_of, few_told

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

MIN_HOUSEHOLDS = 11
# Where households are not counted, residents stand in for them: eleven large households.
MIN_RESIDENTS = 55
# A zone that sticks out of another by less than this (m²) lies inside it.
SLIVER_M2 = 100.0
# Zones that meet within this of their edges (m) only touch: outlines are drawn to the metre.
EDGE_M = 1.0
# Where zones cross, a strip that is twice this wide (m) is where two producers draw the same edge.
STRIP_M = 5.0
# Beyond so many zones, only those that lie inside one another are compared.
MOST_ZONES = 200


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

    `outer` plus all of `added` minus all of `members` leaves `count` households or residents; where
    a zone comes in several times or in part, `weights` says so, in the order outer, added, members.
    `fewest` is how many there should be. As text it is the reason to publish, so it does not say
    how many there are.
    """

    members: tuple[str, ...]
    outer: str
    count: float
    unit: Literal["households", "residents"]
    added: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    fewest: float = MIN_HOUSEHOLDS

    @property
    def inner(self) -> str:
        """The zones that are taken away, in words."""
        return " and ".join(self._times(1 + len(self.added), self.members))

    @property
    def whole(self) -> str:
        """The zones that they are taken from, in words."""
        return " plus ".join(self._times(0, (self.outer, *self.added)))

    def _times(self, start: int, names: tuple[str, ...]) -> list[str]:
        weights = self.weights[start : start + len(names)] or (1.0,) * len(names)
        pairs = zip(weights, names, strict=True)
        return [name if w == 1.0 else f"{w:.3g} × {name}" for w, name in pairs]

    def __str__(self) -> str:
        few = {"households": f"{self.fewest:g} ménages", "residents": f"{self.fewest:g} habitants"}
        taken = f" moins {self.inner.replace(' and ', ' et ')}" if self.members else ""
        return f"{self.whole}{taken} : moins de {few[self.unit]}"


@dataclass(frozen=True)
class Published:
    """The zones of a release whose counts anyone can subtract; geometry in metres.

    `zones`, `geometry`, `households` and `population` have one entry per zone; counts that are not
    published are NaN. `min_households` is higher where an agreement asks for more.
    """

    zones: Sequence[str]
    geometry: Geometries
    households: Floats
    population: Floats
    min_households: float = MIN_HOUSEHOLDS


def leaks(one: Published, other: Published) -> list[Leak]:
    """Return what zones of `other` tell when zones of `one` are added to them or taken away.

    Both counts are published, so their difference is too: it may be of nobody, or of eleven
    households or more, and nothing between. Two ways are tried.

    First, inside each zone of `other`, each zone of `one` is taken away alone, then as many as fit
    beside one another: once beginning with the largest, once with the smallest. That finds what
    people draw (communes of an EPCI, neighbourhoods of a commune), however many they are.

    Then, for up to MOST_ZONES zones, every sum: zones that cross one another cut the ground into
    atoms, and groups of few atoms that the counts determine are found exactly (labo/differencing).
    Whichever way tells, an area where nobody lives is no leak.

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
    known = {(x.outer, frozenset(x.members), x.added) for x in found}
    for leak in _by_sums(one, other):
        if (leak.outer, frozenset(leak.members), leak.added) not in known:
            found.append(leak)
    return found


def _by_sums(one: Published, other: Published) -> list[Leak]:
    """Return the leaks that adding and subtracting any zones gives, in households, else residents.

    The largest zone that is added is one of `other`, and one of `one` is among the rest.
    """
    everywhere = np.ones(len(one.zones), dtype=bool)
    both, ours, theirs = one, everywhere, everywhere
    if one is not other:
        both, ours, theirs = _together(one, other)
    households, population = both.households, both.population
    counted = np.flatnonzero(~(np.isnan(households) & np.isnan(population)))
    if not 1 < len(counted) <= MOST_ZONES:
        return []
    atoms = atoms_of(both.geometry[counted], edge=STRIP_M, sliver=SLIVER_M2)
    covers = np.zeros((len(both.zones), atoms.shape[1]), dtype=bool)
    covers[counted] = atoms
    found: list[Leak] = []
    ways: tuple[tuple[Floats, float, Literal["households", "residents"]], ...] = (
        (households, both.min_households, "households"),
        (population, MIN_RESIDENTS, "residents"),
    )
    for counts, fewest, unit in ways:
        known = np.flatnonzero(~np.isnan(counts) & covers.any(axis=1))
        for group in few_told(covers[known], counts[known], fewest):
            used = known[group.weights != 0]
            weight = dict(zip(known.tolist(), group.weights.tolist(), strict=True))
            if unit == "residents" and not np.isnan(households[used]).any():
                continue  # households have decided
            added = [i for i in used.tolist() if weight[i] > 0]
            outer = max(added, key=lambda i: (counts[i], -i))
            if not (theirs[outer] and ours[used].any()):
                continue
            terms = [outer, *(i for i in added if i != outer)]
            members = [i for i in used.tolist() if weight[i] < 0]
            times = tuple(abs(weight[i]) for i in (*terms, *members))
            found.append(
                Leak(
                    members=tuple(both.zones[i] for i in members),
                    outer=both.zones[outer],
                    count=group.count,
                    unit=unit,
                    added=tuple(both.zones[i] for i in terms[1:]),
                    weights=() if all(t == 1.0 for t in times) else times,
                    fewest=fewest,
                )
            )
    return found


def _together(one: Published, other: Published) -> tuple[Published, Bools, Bools]:
    """Return the zones of both, which of them are of `one`, and which of `other`.

    A place that both publish is there once, with the count of `other`, or that of `one` where
    `other` hides it.
    """
    place = {name: i for i, name in enumerate(other.zones)}
    areas = shapely.area(other.geometry)
    households, population = other.households.copy(), other.population.copy()
    shared = np.zeros(len(other.zones), dtype=bool)
    new = []
    for i, (name, area) in enumerate(zip(one.zones, shapely.area(one.geometry), strict=True)):
        j = place.get(name)
        if j is None or abs(areas[j] - area) >= SLIVER_M2:
            new.append(i)
            continue
        shared[j] = True
        if np.isnan(households[j]) and np.isnan(population[j]):
            households[j], population[j] = one.households[i], one.population[i]
    both = Published(
        zones=[*other.zones, *(one.zones[i] for i in new)],
        geometry=np.concatenate([other.geometry, one.geometry[new]]),
        households=np.concatenate([households, one.households[new]]),
        population=np.concatenate([population, one.population[new]]),
        min_households=max(one.min_households, other.min_households),
    )
    fresh = np.ones(len(new), dtype=bool)
    theirs = np.arange(len(both.zones)) < len(other.zones)
    return both, np.concatenate([shared, fresh]), theirs


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
    outer = other.zones[big]
    households = float(other.households[big] - one.households[chosen].sum())
    if not np.isnan(households):
        fewest = max(one.min_households, other.min_households)
        few = ROUNDING < households < fewest - ROUNDING
        return Leak(names, outer, households, "households", fewest=fewest) if few else None
    population = float(other.population[big] - one.population[chosen].sum())
    few = ROUNDING < population < MIN_RESIDENTS - ROUNDING
    return Leak(names, outer, population, "residents", fewest=MIN_RESIDENTS) if few else None
