"""One agglomeration: ground, plan, buildings, people and perimeters put together."""

import zlib
from dataclasses import dataclass

import numpy as np

from labo.demo.buildings import Buildings, build
from labo.demo.field import Floats, Ints
from labo.demo.form import FABRICS, Form
from labo.demo.land import Land, share_communes, survey
from labo.demo.people import (
    Context,
    Dwellings,
    Households,
    Persons,
    communities,
    settle,
    surroundings,
)
from labo.demo.perimeters import Perimeter, qpv_perimeters, share_iris
from labo.demo.plan import FABRIC, OPEN, Plan, Use, allot, estate_uses

_HOUSEHOLD_SIZE = dict(zip(FABRICS, (1.74, 2.08, 2.54, 2.01, 2.45, 2.30, 2.60), strict=True))
"""Expected residents of an occupied dwelling: decides how much is built, not who lives there."""


@dataclass(frozen=True)
class City:
    """Everything that is true of one agglomeration."""

    form: Form
    land: Land
    plan: Plan
    commune: Ints
    """Commune number of each block; 0 is the central one."""
    iris: Ints
    iris_commune: Ints
    buildings: Buildings
    context: Context
    dwellings: Dwellings
    households: Households
    persons: Persons
    perimeters: list[Perimeter]

    @property
    def residents(self) -> int:
        """Everyone, in fiscal households or not."""
        return int(self.persons.resident_weight.sum())


def raise_city(
    form: Form, residents: int, origin: tuple[float, float], seed: int, number: int
) -> City:
    """Generate agglomeration `number` around `origin` (EPSG:2154 metres)."""

    def key(stage: str) -> list[int]:
        return [seed, number, zlib.crc32(stage.encode())]

    land = survey(form, residents, origin, key("land"))
    commune, centres = share_communes(form, land, residents, key("communes"))
    density = _density(form, land, key("density"))
    plan = allot(form, land, residents, commune, centres, density, key("plan"))
    floors = np.where(plan.estate >= 0, plan.estate_floors[plan.estate], 1.0)
    planned = build(form, land, plan.fabric, plan.use, floors, key("buildings"))
    built = _developed(form, plan, planned, residents)
    context = surroundings(form, land, plan, built, key("context"))
    built, lodged, lodged_age = communities(form, built, context, residents, key("communities"))
    dwellings, households, persons = settle(
        form, land, built, context, residents - len(lodged), key("people")
    )
    persons = _with_lodgers(persons, lodged, lodged_age)
    inhabited = np.zeros(len(land), bool)
    inhabited[built.block[built.dwellings > 0]] = True
    perimeters = qpv_perimeters(form, land, plan, inhabited, key("perimeters"))
    present = np.bincount(
        built.block[persons.building], persons.resident_weight, minlength=len(land)
    )
    iris, iris_commune = share_iris(land, commune, present, int(commune.max()) + 1)
    return City(
        form, land, plan, commune, iris, iris_commune, built, context, dwellings, households,
        persons, perimeters,
    )  # fmt: skip


def _expected(form: Form, fabric: Ints, dwellings: Ints) -> Floats:
    size = np.array([_HOUSEHOLD_SIZE[name] for name in FABRICS])
    second = np.where(fabric == FABRIC["estate"], 0.05, 1.0) * form.second_home_share
    lived = (1 - form.vacancy_share) * (1 - second)
    expected: Floats = np.where(fabric >= 0, size[np.maximum(fabric, 0)], 0.0) * dwellings * lived
    return expected


def _density(form: Form, land: Land, key: list[int]) -> dict[str, float]:
    """Residents per hectare of a block of each fabric, measured on trial blocks."""
    rng = np.random.default_rng(key)
    trial = rng.permutation(len(land))[: 150 * len(FABRICS)]
    fabric = np.full(len(land), OPEN, np.int64)
    fabric[trial] = np.arange(len(trial)) % len(FABRICS)
    use = np.zeros(len(land), np.int64)
    estates = np.flatnonzero(fabric == FABRIC["estate"])
    use[estates] = estate_uses(len(estates), rng)
    floors = np.full(len(land), sum(form.estate_floors) / 2)
    built = build(form, land, fabric, use, floors, key)
    there = fabric[built.block]
    people = np.bincount(
        np.maximum(there, 0), _expected(form, there, built.dwellings), minlength=len(FABRICS)
    )
    area = np.bincount(fabric[trial], land.area[trial], minlength=len(FABRICS)) / 1e4
    density = {name: max(1.0, people[k] / area[k]) for k, name in enumerate(FABRICS)}
    in_estate = there == FABRIC["estate"]
    by_use = np.bincount(
        use[built.block][in_estate], _expected(form, there, built.dwellings)[in_estate],
        minlength=len(Use),
    )  # fmt: skip
    area = np.bincount(use[estates], land.area[estates], minlength=len(Use)) / 1e4
    return density | {f"estate {u.name}": by_use[u] / max(area[u], 1e-9) for u in Use}


def _developed(form: Form, plan: Plan, planned: Buildings, residents: int) -> Buildings:
    """Keep the blocks that are needed: those of lowest order in each fabric and estate."""
    count = len(plan.fabric)
    people = np.bincount(
        planned.block,
        _expected(form, plan.fabric[planned.block], planned.dwellings),
        minlength=count,
    )
    keep = (plan.fabric == OPEN) | (plan.fabric == FABRIC["estate"])
    wanted = residents * (1 - 0.62 * form.non_fiscal_share)
    wanted -= people[plan.fabric == FABRIC["estate"]].sum()
    others = [name for name in FABRICS if name != "estate"]
    weight = sum(form.share(name) for name in others)
    # The outskirts come last: they make up for what the inner fabrics could not hold.
    for name in sorted(others, key=lambda name: name in ("scattered", "detached")):
        blocks = np.flatnonzero(plan.fabric == FABRIC[name])
        ranked = blocks[np.argsort(plan.order[blocks], kind="stable")]
        before = np.cumsum(people[ranked]) - people[ranked]
        share = form.share(name) / max(weight, 1e-9)
        chosen = ranked[before + 0.5 * people[ranked] < share * wanted]
        keep[chosen] = True
        wanted -= people[chosen].sum()
        weight -= form.share(name)
    return planned.where(keep[planned.block])


def _with_lodgers(persons: Persons, building: Ints, age: Ints) -> Persons:
    n = len(building)
    return Persons(
        household=np.concatenate([persons.household, np.full(n, -1)]),
        building=np.concatenate([persons.building, building]),
        age=np.concatenate([persons.age, age]),
        true_age=np.concatenate([persons.true_age, age]),
        fiscal_weight=np.concatenate([persons.fiscal_weight, np.zeros(n)]),
        resident_weight=np.concatenate([persons.resident_weight, np.ones(n)]),
    )
