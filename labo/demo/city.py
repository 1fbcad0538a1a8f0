"""One agglomeration: ground, plan, buildings, people and perimeters put together."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

from labo.demo.buildings import Buildings, build, concatenate
from labo.demo.field import Floats, Ints
from labo.demo.form import FABRICS, BadForm, Form
from labo.demo.land import Land, share_communes, survey
from labo.demo.people import (
    Context,
    Dwellings,
    Households,
    Persons,
    Status,
    communities,
    settle,
    surroundings,
)
from labo.demo.perimeters import Perimeter, qpv_perimeters, share_iris
from labo.demo.plan import (
    FABRIC,
    OPEN,
    Plan,
    Use,
    complete,
    estate_uses,
    place_estates,
)


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
    """Generate agglomeration `number` around `origin` (EPSG:2154 metres).

    Raises:
        BadForm: the form has no room for so many residents.
    """

    def key(stage: str) -> list[int]:
        return [seed, number, zlib.crc32(stage.encode())]

    land = survey(form, residents, origin, key("land"))
    commune, centres = share_communes(form, land, residents, key("communes"))
    density, size = _trial(form, land, key("trial"))
    plan = place_estates(form, land, residents, commune, density, key("estates"))
    estates = _build(form, land, plan, key("estate buildings"))
    only_estates, estates = _trimmed(form, plan, estates, size)
    for attempt in range(8):
        demand = round(residents * (1 + 0.07 * attempt))
        plan = complete(form, land, demand, only_estates, centres, density, key("plan"))
        there = plan.fabric == FABRIC["estate"]
        others = _build(form, land, plan, key("buildings"))
        others = _developed(form, plan, others.where(~there[others.block]), estates, size, demand)
        built = concatenate([estates, others])
        context = surroundings(form, land, plan, built, key("context"))
        built, lodged, ages = communities(form, built, context, residents, key("communities"))
        dwellings, households, persons = settle(
            form, land, built, context, residents - len(lodged), key("people")
        )
        # What was expected of the dwellings may not suit a small place; then more are built.
        housed = int(persons.resident_weight.sum()) + len(lodged)
        empty = (dwellings.status == Status.VACANT).mean()
        if empty >= 0.4 * form.vacancy_share and housed > 0.995 * residents:
            break
    persons = _with_lodgers(persons, lodged, ages)
    if abs(housed - residents) > 0.01 * residents:
        raise BadForm(
            f"This form houses {housed:,} of {residents:,} residents: lower its residents_per_km2 "
            f"(now {form.residents_per_km2}) or give weight to denser fabrics."
        )
    present = np.bincount(
        built.block[persons.building], persons.resident_weight, minlength=len(land)
    ).astype(np.float64)
    perimeters = qpv_perimeters(form, land, plan, present > 0, key("perimeters"))
    iris, iris_commune = share_iris(land, commune, present, int(commune.max()) + 1)
    return City(
        form, land, plan, commune, iris, iris_commune, built, context, dwellings, households,
        persons, perimeters,
    )  # fmt: skip


def _expected(form: Form, size: Floats, fabric: Ints, dwellings: Ints) -> Floats:
    """Residents that a building is expected to hold, from the household size of its fabric."""
    second = np.where(fabric == FABRIC["estate"], 0.05, 1.0) * form.second_home_share
    lived = (1 - form.vacancy_share) * (1 - second)
    expected: Floats = np.where(fabric >= 0, size[np.maximum(fabric, 0)], 0.0) * dwellings * lived
    return expected


def _trial(form: Form, land: Land, key: list[int]) -> tuple[dict[str, float], Floats]:
    """Build and people trial blocks, to know what each fabric holds before planning the city.

    Returns:
        residents per hectare of a block of each fabric; mean household size by fabric.
    """
    rng = np.random.default_rng(key)
    blocks = rng.permutation(len(land))[: 150 * len(FABRICS)]
    fabric = np.full(len(land), OPEN, np.int64)
    fabric[blocks] = np.arange(len(blocks)) % len(FABRICS)
    use = np.zeros(len(land), np.int64)
    estates = np.flatnonzero(fabric == FABRIC["estate"])
    use[estates] = estate_uses(len(estates), rng)
    floors = np.full(len(land), sum(form.estate_floors) / 2)
    built = build(form, land, fabric, use, floors, key)
    estate = np.where(fabric == FABRIC["estate"], 0, -1)
    plan = Plan(fabric, use, estate, np.zeros(len(land)), np.ones(1), floors[:1], 1)
    context = surroundings(form, land, plan, built, key)
    _, households, _ = settle(form, land, built, context, 10**9, key)
    home = fabric[built.block[households.building]]
    lived = np.bincount(home, minlength=len(FABRICS))
    size = np.bincount(home, households.size, minlength=len(FABRICS)) / np.maximum(1, lived)
    size = np.maximum(size, 1.0)

    there = fabric[built.block]
    expected = _expected(form, size, there, built.dwellings)
    people = np.bincount(np.maximum(there, 0), expected, minlength=len(FABRICS))
    area = np.bincount(fabric[blocks], land.area[blocks], minlength=len(FABRICS)) / 1e4
    density = {name: max(1.0, people[k] / area[k]) for k, name in enumerate(FABRICS)}
    return density, size


def _build(form: Form, land: Land, plan: Plan, key: list[int]) -> Buildings:
    floors = np.where(plan.estate >= 0, plan.estate_floors[plan.estate], 1.0)
    return build(form, land, plan.fabric, plan.use, floors, key)


def _people(form: Form, plan: Plan, built: Buildings, size: Floats) -> Floats:
    expected = _expected(form, size, plan.fabric[built.block], built.dwellings)
    return np.bincount(built.block, expected, minlength=len(plan.fabric)).astype(np.float64)


def _trimmed(form: Form, plan: Plan, built: Buildings, size: Floats) -> tuple[Plan, Buildings]:
    """Keep of each estate the first blocks, up to its target; the others become free again."""
    people = _people(form, plan, built, size)
    keep = np.zeros(len(people), bool)
    for number, target in enumerate(plan.estate_target):
        blocks = np.flatnonzero(plan.estate == number)
        ranked = blocks[np.argsort(plan.order[blocks], kind="stable")]
        before = np.cumsum(people[ranked]) - people[ranked]
        keep[ranked[before + 0.5 * people[ranked] < target]] = True
        keep[ranked[: 2 if target > 400 else 1]] = True
    plan = replace(
        plan,
        fabric=np.where(keep, plan.fabric, OPEN),
        use=np.where(keep, plan.use, Use.HOUSING),
        estate=np.where(keep, plan.estate, -1),
    )
    return plan, built.where(keep[built.block])


def _developed(
    form: Form, plan: Plan, planned: Buildings, estates: Buildings, size: Floats, residents: int
) -> Buildings:
    """Keep the blocks that are needed: those of lowest order in each fabric."""
    people = _people(form, plan, planned, size)
    keep = plan.fabric == OPEN
    wanted = residents * (1 - 0.62 * form.non_fiscal_share)
    wanted -= _people(form, plan, estates, size).sum()
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
