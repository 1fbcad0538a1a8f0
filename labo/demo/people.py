"""Dwellings, the households that live in them, and their members.

The orders of magnitude (types of household, tenure, standard of living, poverty threshold) are
those of France around 2021 (INSEE, census and Filosofi), written as rounded parameters.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from labo.demo.buildings import Buildings, Kind
from labo.demo.field import Bools, Floats, Ints, smooth_field, within_group
from labo.demo.form import FABRICS, Form
from labo.demo.land import Land
from labo.demo.plan import FABRIC, Plan, Use

POVERTY_THRESHOLD = 13_900.0
"""Euros a year per consumption unit: 60 % of the French median, 2021 (rounded)."""
MEDIAN_STANDARD = 24_300.0


class Tenure(IntEnum):
    """How a household holds its dwelling."""

    OWNER = 0
    SOCIAL = 1
    PRIVATE = 2


class Status(IntEnum):
    """What a dwelling is used for."""

    OCCUPIED = 0
    VACANT = 1
    SECOND_HOME = 2


class Type(IntEnum):
    """Household types."""

    ALONE = 0
    ALONE_OLD = 1
    COUPLE = 2
    COUPLE_OLD = 3
    FAMILY = 4
    SINGLE_PARENT = 5
    OTHER = 6


_TYPE_WEIGHTS = np.array(
    [  # one row per housing context below, one column per type
        [0.11, 0.14, 0.16, 0.20, 0.31, 0.06, 0.02],  # house, owner
        [0.15, 0.07, 0.15, 0.04, 0.38, 0.16, 0.05],  # house, tenant
        [0.27, 0.25, 0.15, 0.17, 0.10, 0.05, 0.01],  # flat, owner
        [0.48, 0.08, 0.20, 0.03, 0.10, 0.07, 0.04],  # flat, private tenant
        [0.29, 0.16, 0.08, 0.06, 0.18, 0.18, 0.05],  # flat, social tenant
        [0.24, 0.11, 0.07, 0.06, 0.27, 0.20, 0.05],  # flat, social tenant in an estate
    ]
)
_PERIODS = np.array(
    [  # before 1945, 1945-70, 1970-90, after 1990, by fabric
        [0.76, 0.10, 0.06, 0.08], [0.55, 0.26, 0.09, 0.10], [0.05, 0.20, 0.43, 0.32],
        [0.04, 0.24, 0.36, 0.36], [0.02, 0.55, 0.36, 0.07], [0.50, 0.08, 0.18, 0.24],
        [0.46, 0.08, 0.22, 0.24],
    ]
)  # fmt: skip
_OWNER_SHARE = {
    "old_centre": 0.34, "terraces": 0.62, "detached": 0.86, "residences": 0.45, "estate": 0.46,
    "village": 0.76, "scattered": 0.86,
}  # fmt: skip
_SOCIAL_HOUSE_BLOCKS = {"terraces": 0.09, "detached": 0.04, "village": 0.09, "estate": 0.45}


@dataclass(frozen=True)
class Households:
    """One row per household in an ordinary dwelling."""

    building: Ints
    x: Floats
    """Address point (entrance), EPSG:2154."""
    y: Floats
    type: Ints
    tenure: Ints
    is_house: Bools
    floor_area: Ints
    """m2."""
    period: Ints
    """0 before 1945, 1 1945-70, 2 1970-90, 3 after 1990, 4 unknown."""
    size: Ints
    """Members, a child in shared custody counting for one."""
    standard: Floats
    """Niveau de vie, euros a year per consumption unit."""
    fiscal: Bools
    """False for a household that is no fiscal household."""


@dataclass(frozen=True)
class Persons:
    """One row per person and household: a child in shared custody has two rows."""

    household: Ints
    """Row in `Households`; -1 for someone who lives in a community."""
    building: Ints
    age: Ints
    """Years; -1 where the fiscal source does not know it."""
    true_age: Ints
    fiscal_weight: Floats
    """1, 0.5 in shared custody, 0 outside fiscal households."""
    resident_weight: Floats
    """1 in the dwelling where the census counts the person, else 0."""


@dataclass(frozen=True)
class Dwellings:
    """One row per dwelling."""

    building: Ints
    status: Ints


@dataclass(frozen=True)
class Context:
    """What a building owes to its surroundings; arrays over buildings."""

    fabric: Ints
    estate: Ints
    wealth: Floats
    age: Floats
    social: Bools
    period: Ints


def surroundings(form: Form, land: Land, plan: Plan, built: Buildings, key: list[int]) -> Context:
    """Draw what neighbours share: wealth, age, landlord, period."""
    rng = np.random.default_rng(key)
    xy = np.column_stack([built.x, built.y])
    fabric, estate = plan.fabric[built.block], plan.estate[built.block]
    use = plan.use[built.block]
    radius = np.quantile(land.distance[built.block], 0.8)
    wealth = age = np.zeros(len(built))
    for scale, share in ((3_500.0, 0.60), (1_100.0, 0.50), (300.0, 0.40)):
        wealth = wealth + form.segregation * share * smooth_field(rng, scale).at(xy)
        age = age + form.segregation * share * smooth_field(rng, scale * 0.8).at(xy)
    wealth = wealth + 0.40 * rng.standard_normal(len(built))
    age = age + 0.45 * rng.standard_normal(len(built))
    wealth += form.centre_wealth * 2 * (1 - 2 * np.minimum(1, land.distance[built.block] / radius))
    if form.coast:
        shore = np.exp(-land.sea_distance[built.block] / 900.0)
        wealth, age = wealth + 0.7 * shore, age + 0.8 * shore

    # One landlord, one allocation policy: an estate varies less inside than its surroundings.
    wealth = np.where(estate >= 0, 0.4 * wealth, wealth)

    collective = built.kind == Kind.COLLECTIVE
    count = max(1, len(plan.estate_target))
    spread = rng.normal(0, 0.6, count)
    logit = np.log(form.estate_social_share / (1 - form.estate_social_share))
    by_estate = 1 / (1 + np.exp(-(logit + spread)))
    chance = np.full(len(built), 0.0)
    chance[collective] = 0.07
    chance[collective & (fabric == FABRIC["residences"])] = form.social_outside_share
    in_estate = collective & (estate >= 0)
    chance[in_estate] = by_estate[estate[in_estate]]
    chance[in_estate & (use == Use.CONDOMINIUM)] = 0.10
    # Landlords own whole blocks of houses, and mostly whole buildings or groups of them.
    block_draw = rng.random(len(land))[built.block]
    draw = np.where(rng.random(len(built)) < 0.6, block_draw, rng.random(len(built)))
    for name, share in _SOCIAL_HOUSE_BLOCKS.items():
        chosen = ~collective & (fabric == FABRIC[name])
        chance[chosen], draw[chosen] = share, block_draw[chosen]
    social = draw < chance

    cumulated = np.cumsum(_PERIODS, axis=1)[np.maximum(fabric, 0)]
    era_draw = np.where(rng.random(len(built)) < 0.75, rng.random(len(land))[built.block],
                        rng.random(len(built)))  # fmt: skip
    estate_draw = rng.random(count)
    same = (estate >= 0) & (rng.random(len(built)) < 0.85)
    era_draw[same] = estate_draw[estate[same]]
    period = np.minimum((era_draw[:, None] > cumulated).sum(axis=1), 3)
    period[rng.random(len(built)) < 0.02] = 4
    return Context(fabric, estate, wealth, age, social, period)


def settle(
    form: Form, land: Land, built: Buildings, context: Context, residents: int, key: list[int]
) -> tuple[Dwellings, Households, Persons]:
    """Fill dwellings with households until `residents` people live there."""
    rng = np.random.default_rng(key)
    building = np.repeat(np.arange(len(built)), built.dwellings)
    n = len(building)
    fabric = context.fabric[building]
    estate = context.estate[building]
    collective = built.kind[building] == Kind.COLLECTIVE
    area = _floor_areas(rng, built, building, fabric, collective)
    tenure = _tenures(rng, context, building, fabric)
    kind = _types(rng, form, context, building, tenure, collective, area)
    adults, children = _sizes(rng, kind, tenure, estate)
    size = adults + children

    second = _second_homes(rng, form, land, built, building, fabric)
    # Who leaves a dwelling empty is drawn once; how many are empty follows from the population.
    rank = rng.random(n) * np.where(tenure == Tenure.OWNER, 0.8, 1.0)
    rank[second] = 2.0
    order = np.argsort(rank, kind="stable")
    filled = np.cumsum(size[order] * ~second[order]) <= residents
    lived = np.zeros(n, bool)
    lived[order[filled]] = True
    lived &= ~second
    status = np.where(lived, Status.OCCUPIED, np.where(second, Status.SECOND_HOME, Status.VACANT))

    keep = np.flatnonzero(lived)
    building, kind, tenure, estate = building[keep], kind[keep], tenure[keep], estate[keep]
    adults, children, area = adults[keep], children[keep], area[keep]
    first_age = _reference_ages(rng, kind, tenure)
    standard = _standards(rng, form, context, building, kind, tenure, children, first_age)
    x, y = _addresses(rng, built, np.repeat(np.arange(len(built)), built.dwellings)[keep], keep)
    fiscal_risk = np.where(first_age < 27, 0.035, 0.006) + 0.006 * (estate >= 0)
    households = Households(
        building=building, x=x, y=y, type=kind, tenure=tenure,
        is_house=~collective[keep], floor_area=area, period=context.period[building],
        size=size[keep], standard=standard, fiscal=rng.random(len(keep)) >= fiscal_risk,
    )  # fmt: skip
    persons = _members(rng, households, adults, children, first_age)
    return Dwellings(np.repeat(np.arange(len(built)), built.dwellings), status), households, persons


def _floor_areas(
    rng: np.random.Generator, built: Buildings, building: Ints, fabric: Ints, collective: Bools
) -> Ints:
    mean = 0.80 * built.floor_area / np.maximum(1, built.dwellings)
    typical = np.array([88.0, 86.0, 108.0, 104.0, 84.0, 98.0, 116.0])[np.maximum(fabric, 0)]
    area = np.where(
        collective,
        np.clip(mean[building], 24, 110) * rng.lognormal(0, 0.28, len(building)),
        typical * rng.lognormal(0, 0.24, len(building)),
    )
    return np.round(np.clip(area, 12, 320)).astype(np.int64)


def _tenures(rng: np.random.Generator, context: Context, building: Ints, fabric: Ints) -> Ints:
    owner = np.array([_OWNER_SHARE[name] for name in FABRICS])[np.maximum(fabric, 0)]
    owner = owner + 0.06 * context.wealth[building]
    private = np.where(rng.random(len(building)) < owner, Tenure.OWNER, Tenure.PRIVATE)
    social = context.social[building] & (rng.random(len(building)) < 0.97)
    return np.where(social, Tenure.SOCIAL, private).astype(np.int64)


def _types(
    rng: np.random.Generator,
    form: Form,
    context: Context,
    building: Ints,
    tenure: Ints,
    collective: Bools,
    area: Ints,
) -> Ints:
    row = np.where(collective, 2 + (tenure == Tenure.PRIVATE) + 2 * (tenure == Tenure.SOCIAL),
                   (tenure != Tenure.OWNER).astype(int))  # fmt: skip
    row[collective & (tenure == Tenure.SOCIAL) & (context.estate[building] >= 0)] = 5
    logits = np.log(_TYPE_WEIGHTS)[row]
    typical = np.where(collective, 62.0, 100.0)
    room = np.clip(np.log(area / typical) / 0.3, -2, 2)[:, None]
    old = (context.age[building] + form.ageing)[:, None]
    logits += room * np.array([-0.55, -0.35, 0.05, 0.10, 0.65, 0.35, 0.3])
    logits += old * np.array([-0.10, 0.50, 0.10, 0.50, -0.30, -0.20, 0.0])
    # The Gumbel draw picks a column with probability proportional to exp(logit).
    kind: Ints = np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)
    return kind


def _sizes(rng: np.random.Generator, kind: Ints, tenure: Ints, estate: Ints) -> tuple[Ints, Ints]:
    n = len(kind)
    adults = np.where(np.isin(kind, (Type.COUPLE, Type.COUPLE_OLD, Type.FAMILY)), 2, 1)
    adults[kind == Type.OTHER] = rng.choice([2, 3, 4], int((kind == Type.OTHER).sum()),
                                            p=[0.66, 0.24, 0.10])  # fmt: skip
    large = (tenure == Tenure.SOCIAL) * (0.22 + 0.25 * (estate >= 0))
    children = np.zeros(n, np.int64)
    family, single = kind == Type.FAMILY, kind == Type.SINGLE_PARENT
    children[family] = 1 + np.minimum(rng.poisson(0.80 + large[family]), 6)
    children[single] = 1 + np.minimum(rng.poisson(0.50 + large[single]), 5)
    other = kind == Type.OTHER
    children[other] = np.minimum(rng.poisson(0.35, int(other.sum())), 3)
    return adults.astype(np.int64), children


def _second_homes(
    rng: np.random.Generator,
    form: Form,
    land: Land,
    built: Buildings,
    building: Ints,
    fabric: Ints,
) -> Bools:
    weight = np.where(fabric == FABRIC["estate"], 0.05, 1.0)
    if form.coast:
        weight = weight * (0.15 + 2.2 * np.exp(-land.sea_distance[built.block[building]] / 1_200))
    chance = weight * form.second_home_share / max(1e-9, float(weight.mean()))
    chosen: Bools = rng.random(len(building)) < np.minimum(chance, 0.75)
    return chosen


def _reference_ages(rng: np.random.Generator, kind: Ints, tenure: Ints) -> Ints:
    n = len(kind)
    young = rng.random(n) < np.where(tenure == Tenure.PRIVATE, 0.62, 0.22)
    alone = np.where(young, rng.uniform(18, 32, n), rng.uniform(30, 65, n))
    old = 65 + np.minimum(rng.gamma(2.6, 5.0, n), 36)
    couple_old = 65 + np.minimum(rng.gamma(1.8, 4.6, n), 31)
    couple = np.where(young, rng.uniform(21, 36, n), rng.uniform(34, 65, n))
    parent = np.clip(rng.normal(40.5, 8.0, n), 20, 62)
    other = rng.uniform(22, 68, n)
    ages: Floats = np.choose(kind, [alone, old, couple, couple_old, parent, parent, other])
    return np.floor(ages).astype(np.int64)


def _standards(
    rng: np.random.Generator,
    form: Form,
    context: Context,
    building: Ints,
    kind: Ints,
    tenure: Ints,
    children: Ints,
    first_age: Ints,
) -> Floats:
    n = len(kind)
    estate = context.estate[building]
    count = max(1, int(estate.max(initial=-1)) + 1)
    drawn = rng.standard_normal(count)
    effect = form.estate_wealth + form.estate_wealth_spread * (drawn - drawn.mean())
    effect = np.append(effect, 0.0)
    log = np.log(MEDIAN_STANDARD) + 0.16 * context.wealth[building] + effect[estate]
    log += np.array([0.10, -0.26, -0.12])[tenure]
    log += np.array([-0.06, -0.03, 0.14, 0.06, 0.02, -0.18, -0.10])[kind]
    log -= 0.06 * np.maximum(children - 1, 0)
    log -= np.where(first_age < 26, 0.26, 0.0)
    log += rng.normal(0, 0.05, len(context.wealth))[building]
    log += rng.normal(0, 0.34, n) + np.where(rng.random(n) < 0.02, rng.exponential(0.7, n), 0.0)
    standard: Floats = np.round(np.maximum(np.exp(log), 2_500.0), 0)
    return standard


def _addresses(
    rng: np.random.Generator, built: Buildings, building: Ints, dwelling: Ints
) -> tuple[Floats, Floats]:
    """Entrances: one per house, one per staircase of about 18 m in a bar."""
    first = np.cumsum(built.dwellings) - built.dwellings
    rank = dwelling - first[building]
    collective = built.kind == Kind.COLLECTIVE
    stairs = np.where(collective, np.maximum(1, np.round(built.width / 18.0)), 1).astype(np.int64)
    stair = rank * stairs[building] // np.maximum(1, built.dwellings[building])
    along = ((stair + 0.5) / stairs[building] - 0.5) * built.width[building]
    shift = rng.uniform(-0.25, 0.25, (2, len(built)))
    along = along + np.where(collective, 0, shift[0] * built.width)[building]
    across = (shift[1] * built.depth)[building]
    x = built.x[building] + along * built.along_x[building] - across * built.along_y[building]
    y = built.y[building] + along * built.along_y[building] + across * built.along_x[building]
    return np.round(x, 2), np.round(y, 2)


def _members(
    rng: np.random.Generator, households: Households, adults: Ints, children: Ints, first_age: Ints
) -> Persons:
    n = len(adults)
    grown = np.repeat(np.arange(n), adults)
    rank = within_group(adults)
    kind = households.type[grown]
    age = first_age[grown] + np.where(rank > 0, np.round(rng.normal(-1.5, 4.0, len(grown))), 0)
    floor = np.where((kind == Type.COUPLE_OLD) & (rank == 0), 65, 18)
    age = np.clip(age, floor, 103)
    small = np.repeat(np.arange(n), children)
    born = rng.normal(30.5, 4.8, len(small))
    child = first_age[small] - np.clip(born, 17, 45)
    late = child < 0
    child[late] = rng.uniform(0, 4, int(late.sum()))
    child = np.minimum(child, rng.uniform(17, 27, len(small)))

    household = np.concatenate([grown, small])
    true_age = np.floor(np.concatenate([age, child])).astype(np.int64)
    weight = np.ones(len(household))
    resident = np.ones(len(household))
    # A child in shared custody counts for one half with each parent, and once in the census.
    shared = np.flatnonzero(
        (np.arange(len(household)) >= len(grown))
        & (true_age < 18)
        & households.fiscal[household]
        & (rng.random(len(household)) < 0.045)
    )
    hosts = np.flatnonzero(
        households.fiscal & np.isin(households.type, (Type.ALONE, Type.COUPLE, Type.SINGLE_PARENT))
    )
    if len(hosts):
        weight[shared] = 0.5
        household = np.concatenate([household, rng.choice(hosts, len(shared))])
        true_age = np.concatenate([true_age, true_age[shared]])
        weight = np.concatenate([weight, np.full(len(shared), 0.5)])
        resident = np.concatenate([resident, np.zeros(len(shared))])
        np.add.at(households.size, household[-len(shared) :] if len(shared) else [], 1)
    weight = np.where(households.fiscal[household], weight, 0.0)
    unknown = rng.random(len(household)) < 0.004
    return Persons(
        household=household, building=households.building[household],
        age=np.where(unknown, -1, true_age), true_age=true_age,
        fiscal_weight=weight, resident_weight=resident,
    )  # fmt: skip


def communities(
    form: Form, built: Buildings, context: Context, residents: int, key: list[int]
) -> tuple[Buildings, Ints, Ints]:
    """Turn a few collective buildings into care homes, student halls and hostels.

    Returns:
        the buildings, the building of each person who lives in a community, and their ages.
    """
    rng = np.random.default_rng(key)
    wanted = round(0.62 * form.non_fiscal_share * residents)
    pool = np.flatnonzero((built.kind == Kind.COLLECTIVE) & (built.floor_area > 350))
    if wanted == 0 or len(pool) == 0:
        return built, np.zeros(0, np.int64), np.zeros(0, np.int64)
    capacity = np.round(built.floor_area / 30.0).astype(np.int64)
    good = -np.abs(np.log(capacity[pool] / min(85.0, wanted))) + 0.5 * rng.gumbel(size=len(pool))
    good -= 1.5 * (context.estate[pool] >= 0)
    ranked = pool[np.argsort(-good, kind="stable")]
    # The first is in an estate, so that a QPV counts residents whom the fiscal source ignores.
    estates = ranked[context.estate[ranked] == 0][:1]
    ranked = np.concatenate([estates, ranked[~np.isin(ranked, estates)]])
    chosen = ranked[: 1 + int(np.searchsorted(np.cumsum(capacity[ranked]), wanted))]
    building = np.repeat(chosen, capacity[chosen])[:wanted]
    purpose = rng.choice(3, len(built), p=[0.5, 0.25, 0.25])[building]
    n = len(building)
    ages = np.choose(
        purpose,
        [np.clip(rng.normal(87, 7, n), 62, 104), rng.uniform(18, 25, n), rng.uniform(20, 60, n)],
    )
    kind, dwellings = built.kind.copy(), built.dwellings.copy()
    kind[chosen], dwellings[chosen] = Kind.COMMUNITY, 0
    changed = {"kind": kind, "dwellings": dwellings}
    table = {name: changed.get(name, getattr(built, name)) for name in built.__dataclass_fields__}
    return Buildings(**table), building, np.floor(ages).astype(np.int64)
