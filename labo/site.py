"""A site before and after: what its surfaces and trees do, compared with what they would do.

The scores of ADEME and TRIBU compare arrangements of one site, `Σ(quantity × coefficient) / ground`
on a scale that stops at 1, as theirs does. They say nothing in °C.

Ranges are bounds: every coefficient at its low end, or at its high end, together. The difference of
two variants is taken with common coefficients, so that what they share cancels out, and nothing
changed is a difference of exactly zero. Messages are French: they answer someone who draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from labo.catalogue import MEASURES
from labo.errors import BadInput
from labo.estimate import Estimate
from labo.measure import Measure
from labo.runoff import SOIL_GROUPS, STORM, runoff_mm
from labo.surfaces import SURFACES, TREES, Surface, Tree

SCORES = {
    "cooling": "rafraîchissement",
    "permeability": "perméabilité",
    "biodiversity": "accueil de la nature",
    "canopy": "part sous les arbres et l'ombre",
}
# Half-open classes, from each bound up to just under the next. The steps are ADEME's (same folder
# as the coefficients), the words are ours.
READINGS: Mapping[str, tuple[tuple[float, str], ...]] = {
    "cooling": (
        (0.0, "réchauffe fortement son quartier"),
        (0.2, "réchauffe son quartier"),
        (0.4, "ne réchauffe ni ne rafraîchit"),
        (0.6, "rafraîchit"),
        (0.8, "vrai refuge de fraîcheur"),
    ),
    "permeability": (
        (0.0, "presque toute la pluie ruisselle"),
        (0.2, "une bonne part de la pluie ruisselle"),
        (0.4, "boit une partie de la pluie"),
        (0.6, "boit bien la pluie"),
        (0.8, "boit très bien la pluie"),
    ),
    "biodiversity": (
        (0.0, "presque rien pour la nature"),
        (0.15, "peu de place pour la nature"),
        (0.25, "de la place pour la nature"),
        (0.35, "beaucoup de place pour la nature"),
        (0.6, "un vrai relais pour la nature"),
    ),
    "canopy": (
        (0.0, "peu d'arbres et d'ombre"),
        (0.33, "de l'ombre par endroits"),
        (0.66, "très ombragé"),
    ),
}
TOP = 1.0
NO_DEGREES = (
    "Ces notes comparent des aménagements d'un même site. Elles ne disent aucune température : "
    "aucun °C, ni de l'air, ni du sol, ni dans les logements."
)
MOST_VARIANTS = 3
MOST_M2 = 100_000.0
MOST_TREES = 2_000
# Two drawings of one site may differ by this much ground, as a share or in m².
SAME_SHARE, SAME_M2 = 0.01, 1.0
# Soils of group B and C are the commonest in the West: their mean where nobody knows the group.
COMMON_SOILS = ("B", "C")
NEITHER_MADE = "non chiffré"


class Range(NamedTuple):
    """A value with its bounds: low ≤ central ≤ high."""

    central: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether it surely is not zero: both bounds are on one side."""
        return self.low > 0 or self.high < 0

    def as_json(self) -> dict[str, float]:
        """Return it as plain data."""
        return self._asdict()


@dataclass(frozen=True)
class Site:
    """Square metres by kind of surface, and trees by age; what is not named is not there.

    Raises:
        BadInput: an amount that is not a number from 0 up, half a tree, too much, or no ground.
        UnknownName: a surface or a tree of no known kind.
    """

    surfaces: Mapping[str, float]
    trees: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, amount in self.surfaces.items():
            _check(amount, f"« {SURFACES[name].label} »", "m²")
        for name, amount in self.trees.items():
            _check(amount, f"« {TREES[name].label} »", "arbres")
            if amount != int(amount):
                raise BadInput(f"« {TREES[name].label} » : {amount:g} arbres, donnez un entier.")
        if not self.ground > 0:
            raise BadInput("Ce site n'a aucune surface au sol : dessinez au moins un sol.")
        if self.ground > MOST_M2:
            raise BadInput(
                f"Ce site fait {self.ground:.0f} m² ; au-delà de {MOST_M2:.0f} m², c'est un "
                "quartier : ces notes ne valent plus."
            )
        if sum(self.trees.values()) > MOST_TREES:
            raise BadInput(f"Plus de {MOST_TREES} arbres sur un site : vérifiez le nombre.")

    @cached_property
    def ground(self) -> float:
        """The area of what is ground or roof, m²."""
        return math.fsum(area for name, area in self.surfaces.items() if SURFACES[name].covers)

    def amounts(self) -> Iterator[tuple[Surface | Tree, float]]:
        """Give every kind there is with its amount, always in the same order."""
        for surface in SURFACES:
            yield surface, self.surfaces.get(surface.id, 0.0)
        for tree in TREES:
            yield tree, self.trees.get(tree.id, 0.0)


def _check(amount: float, what: str, unit: str) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int | float | np.floating | np.integer):
        raise BadInput(f"{what} : {amount!r} n'est pas un nombre.")
    if not math.isfinite(amount) or amount < 0:
        raise BadInput(f"{what} : {amount:g} {unit}, donnez un nombre à partir de 0.")


# Scores


class Score(NamedTuple):
    """A score with its bounds and what it reads like; `between` if its bounds read otherwise."""

    range: Range
    reading: str
    between: tuple[str, str] | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        doubt = {} if self.between is None else {"between": list(self.between)}
        return self.range.as_json() | {"reading": self.reading} | doubt


def scores(site: Site) -> dict[str, Score]:
    """Return the four scores of a site, by name of SCORES."""
    found = {}
    for name in SCORES:
        value = _capped(_sum(_weights(site), name))
        ends = (reading(name, value.low), reading(name, value.high))
        found[name] = Score(
            value, reading(name, value.central), None if ends[0] == ends[1] else ends
        )
    return found


def reading(score: str, value: float) -> str:
    """Return what a score reads like, in words."""
    found = ""
    for bound, text in READINGS[score]:
        if value >= bound:
            found = text
    return found


def difference(before: Site, after: Site, score: str) -> Range:
    """Return after − before of a score, both with the same coefficients."""
    one, two = _weights(before), _weights(after)
    change = _sum([(kind, w - v) for (kind, v), (_, w) in zip(one, two, strict=True)], score)
    ends = _sum(one, score), _sum(two, score)
    if max(end.high for end in ends) <= TOP:
        return change
    # Beyond the top of the scale a gain no longer counts. The change then lies between none and the
    # uncapped one, and between what the capped ends allow.
    first, second = map(_capped, ends)
    central = second.central - first.central
    low = max(min(change.low, 0.0), second.low - first.high)
    high = min(max(change.high, 0.0), second.high - first.low)
    return Range(central, min(low, central), max(high, central))


Weights = list[tuple[Surface | Tree, float]]


def _weights(site: Site) -> Weights:
    return [(kind, amount / site.ground) for kind, amount in site.amounts()]


def _sum(weights: Weights, score: str) -> Range:
    """Return Σ weight × coefficient, with every coefficient at the end that is worst, then best.

    Terms are added in one order: rounding then keeps low ≤ central ≤ high.
    """
    central = low = high = 0.0
    for kind, weight in weights:
        coefficient: Estimate = getattr(kind, score)
        ends = weight * coefficient.low, weight * coefficient.high
        central += weight * coefficient.central
        low += min(ends)
        high += max(ends)
    return Range(central, low, high)


def _capped(value: Range) -> Range:
    return Range(*(min(x, TOP) for x in value))


# A storm


def runoff(site: Site, *, soil: str | None = None, rain: Estimate = STORM) -> Range:
    """Return the m³ that a storm sheds.

    Args:
        site: a site. Trees and shade change nothing of it.
        soil: hydrologic group "A" to "D"; unknown if not given.
        rain: of the storm, mm.

    Raises:
        BadInput: no such soil group.
    """
    return _shed({x.id: site.surfaces.get(x.id, 0.0) for x in SURFACES}, soil, rain)


def runoff_avoided(
    before: Site, after: Site, *, soil: str | None = None, rain: Estimate = STORM
) -> Range:
    """Return the m³ that are no longer shed, for one storm and one soil on both sides."""
    areas = {x.id: before.surfaces.get(x.id, 0.0) - after.surfaces.get(x.id, 0.0) for x in SURFACES}
    return _shed(areas, soil, rain)


def _shed(areas: Mapping[str, float], soil: str | None, rain: Estimate) -> Range:
    if soil is not None and soil not in SOIL_GROUPS:
        raise BadInput(f"Groupe de sol {soil!r} : donnez {', '.join(SOIL_GROUPS)}, ou aucun.")
    groups = SOIL_GROUPS if soil is None else (soil,)
    common = COMMON_SOILS if soil is None else (soil,)
    depths = (rain.low, rain.central, rain.high)
    pieces = [(areas[x.id], x.curve_numbers) for x in SURFACES if x.curve_numbers is not None]
    area = np.array([piece[0] for piece in pieces])
    numbers = np.array([piece[1] for piece in pieces])
    volume = {
        (depth, group): float(
            (runoff_mm(depth, numbers[:, SOIL_GROUPS.index(group)]) * area).sum() / 1_000
        )
        for depth, group in product(depths, groups)
    }
    central = sum(volume[rain.central, group] for group in common) / len(common)
    every = (*volume.values(), central)
    return Range(central, min(every), max(every))


# What it costs


class Cost(NamedTuple):
    """Euros without tax, and what is not counted in them, in sentences."""

    capital: Range
    running: Range
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "capital": self.capital.as_json(),
            "running": self.running.as_json(),
            "notes": list(self.notes),
        }


def cost(before: Site, after: Site) -> Cost:
    """Return what it costs to go from one to the other, with the catalogue's costs.

    Each surface that grows is paid at the cost of the measure that makes it, and sealed ground that
    is opened at that of unsealing. What no measure makes is named and not counted.
    """
    bought: list[tuple[Measure, float]] = []
    notes = []
    for (kind, had), (_, has) in zip(before.amounts(), after.amounts(), strict=True):
        more = has - had
        if isinstance(kind, Tree) and more < 0 and kind.id != "young":
            notes.append(f"{kind.label} : {-more:g} de moins. Abattre a un coût, non chiffré ici.")
        if more <= 0:
            continue
        if kind.made_by is not None:
            bought.append((MEASURES[kind.made_by], more))
        elif isinstance(kind, Tree):
            notes.append(f"{kind.label} : {more:g} de plus qu'avant, que l'on ne peut pas planter.")
        else:
            notes.append(f"{kind.label} : {more:.0f} m² de plus, {NEITHER_MADE}.")
    opened = _sealed(before) - _sealed(after)
    if opened > 0:
        bought.append((MEASURES["unseal_soil"], opened))
    return Cost(_total(bought, "capital"), _total(bought, "running"), tuple(notes))


def _sealed(site: Site) -> float:
    """Return the m² of hard ground that lets no water through; roofs are not dug up."""
    hard = (x for x in SURFACES if x.group == "hard" and x.permeability.central == 0)
    return math.fsum(site.surfaces.get(x.id, 0.0) for x in hard)


def _total(bought: Sequence[tuple[Measure, float]], what: str) -> Range:
    central = low = high = 0.0
    for measure, amount in bought:
        each: Estimate = getattr(measure, what)
        central += amount * each.central
        low += amount * each.low
        high += amount * each.high
    return Range(central, low, high)


# Variants


@dataclass(frozen=True)
class Variant:
    """A variant against the site as it is."""

    scores: Mapping[str, Score]
    differences: Mapping[str, Range]
    runoff_avoided: Range
    cost: Cost

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "scores": {name: x.as_json() for name, x in self.scores.items()},
            "differences": {
                name: x.as_json() | {"verdict": verdict(x)} for name, x in self.differences.items()
            },
            "runoff_avoided": self.runoff_avoided.as_json(),
            "cost": self.cost.as_json(),
        }


@dataclass(frozen=True)
class Comparison:
    """A site as it is, up to three variants, and each pair of variants (second − first)."""

    before: Mapping[str, Score]
    runoff_before: Range
    variants: tuple[Variant, ...]
    between: Mapping[tuple[int, int], Mapping[str, Range]]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "before": {name: x.as_json() for name, x in self.before.items()},
            "runoff_before": self.runoff_before.as_json(),
            "variants": [x.as_json() for x in self.variants],
            "between": [
                {
                    "first": first,
                    "second": second,
                    "differences": {
                        name: x.as_json() | {"verdict": verdict(x)} for name, x in found.items()
                    },
                }
                for (first, second), found in self.between.items()
            ],
            "no_degrees": NO_DEGREES,
        }


def compare(
    before: Site,
    variants: Sequence[Site],
    *,
    soil: str | None = None,
    rain: Estimate = STORM,
) -> Comparison:
    """Compare up to three variants of a site with what is there, and with one another.

    Raises:
        BadInput: no variant or too many, or one that covers more or less ground than the site.
    """
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise BadInput(
            f"{len(variants)} variantes : comparez-en de 1 à {MOST_VARIANTS} avec l'état actuel."
        )
    for number, variant in enumerate(variants, 1):
        apart = abs(variant.ground - before.ground)
        if apart > max(SAME_M2, SAME_SHARE * before.ground):
            raise BadInput(
                f"La variante {number} couvre {variant.ground:.0f} m² et le site "
                f"{before.ground:.0f} m² : décrivez la même surface, sans trou ni double."
            )
    return Comparison(
        scores(before),
        runoff(before, soil=soil, rain=rain),
        tuple(
            Variant(
                scores(x),
                _differences(before, x),
                runoff_avoided(before, x, soil=soil, rain=rain),
                cost(before, x),
            )
            for x in variants
        ),
        {
            (first, second): _differences(variants[first], variants[second])
            for first, second in combinations(range(len(variants)), 2)
        },
    )


def _differences(before: Site, after: Site) -> dict[str, Range]:
    return {name: difference(before, after, name) for name in SCORES}


def verdict(change: Range) -> str:
    """Say a difference of scores in words: more is better for each of the four."""
    if change == Range(0.0, 0.0, 0.0):
        return "rien ne change"
    if not change.sure:
        return "non distinguable"
    return "mieux" if change.central > 0 else "moins bien"


def kinds() -> dict[str, list[dict[str, Any]]]:
    """Return what a site can be made of, for those who draw it."""
    return {"surfaces": [x.as_json() for x in SURFACES], "trees": [x.as_json() for x in TREES]}
