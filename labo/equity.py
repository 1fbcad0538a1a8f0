"""Who benefits: residents by standard of living, benefit weighed by who has it, who could lose.

Groups are the fifths of an agglomeration's residents, by the mean standard of living of the 200 m
cell where they live: a description of places, not of persons. Weighing is a judgement, so that the
unweighed figure always stands beside it, with the elasticity at which an order would turn round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.estimate import Estimate
from labo.inequality import FLOOR, concentration_index
from labo.options import LOSSES, Loss, Options
from labo.ranges import Range, added
from labo.release import Release

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIFTHS = 5
PRESENT = "present"
STANDARD, RESIDENTS, POVERTY = "mean_standard_of_living", "population", "poverty_share"
# How much a euro counts less where there are more: 1.3 in the Green Book, 1 where only
# proportions count, 2.0 the upper bound of a review of estimates.
ELASTICITY = Estimate(
    central=1.3,
    low=1.0,
    high=2.0,
    unit="1",
    reference=(
        "HM Treasury, The Green Book (2022), annex 3 (1.3); Acland & Greenberg 2023, J. of "
        "Benefit-Cost Analysis 14 (1.6, tested from 1.2 to 2.0)"
    ),
    grade="to_check",
    scope="equity weights of benefits, by standard of living",
)
# Beyond, only the poorest count; an order that turns there turns for no one.
HIGHEST = 5.0


@dataclass(frozen=True)
class Groups:
    """Groups of residents from the poorest to the richest, each entry of shape (groups,).

    income: mean standard of living, € per year. residents: of the agglomeration. middle: the
    standard of living at the middle of all residents. zones: share of a zone's residents in each
    group, by zone. poverty: share of its households that are poor, by zone. covered: the part of
    the agglomeration's residents that could be placed.
    """

    income: Floats
    residents: Floats
    middle: float
    zones: dict[str, Floats]
    poverty: dict[str, Range]
    covered: float

    def weights(self, elasticity: float) -> Floats:
        """Return (middle / income)^elasticity: how much a benefit counts in each group.

        Source: HM Treasury, The Green Book (2022), annex 3.
        """
        weights: Floats = (self.middle / self.income) ** elasticity
        return weights


def groups_of(found: Release) -> Groups | None:
    """Return the fifths of an agglomeration's residents; None where too few can be placed.

    Read on counted cells (imputed ones have no standard of living). A zone less than half of whose
    residents live in such cells has no shares.
    """
    values = found.values
    cells = values["zone"].isin(found.zones.loc[found.zones["kind"] == "cell", "zone"])
    here = values[cells & (values["indicator"] == STANDARD) & (values["scenario"] == PRESENT)]
    income = here.set_index("zone")["central"].dropna()
    layers = found.layers
    people = layers[layers["layer"] == RESIDENTS].set_index("zone")["central"]
    shares = found.shares[found.shares["cell"].isin(income.index)]
    shares = shares.assign(
        people=shares["share"] * people.reindex(shares["cell"]).fillna(0.0).to_numpy(),
        income=income.reindex(shares["cell"]).to_numpy(),
    )
    epci = found.places.loc[found.places["kind"] == "epci", "zone"]
    whole = shares[shares["zone"].isin(epci) & (shares["people"] > 0)]
    everyone = float(people.reindex(epci).sum())
    covered = min(1.0, float(whole["people"].sum()) / everyone) if everyone > 0 else 0.0
    if covered < FLOOR or whole["income"].nunique() < FIFTHS:
        return None
    whole = whole.sort_values(["income", "cell"])
    placed = whole["people"].cumsum().to_numpy() / float(whole["people"].sum())
    middle = float(whole["income"].to_numpy()[np.searchsorted(placed, 0.5)])
    # A cell goes whole into the fifth of its middle resident.
    at = placed - whole["people"].to_numpy() / float(whole["people"].sum()) / 2
    fifth = dict(zip(whole["cell"], np.minimum(FIFTHS - 1, (at * FIFTHS).astype(int)), strict=True))
    residents, incomes = (
        np.bincount(whole["cell"].map(fifth), amount, minlength=FIFTHS)
        for amount in (whole["people"], whole["people"] * whole["income"])
    )
    if (residents == 0).any():
        return None
    inside: dict[str, Floats] = {}
    for zone, rows in shares[shares["cell"].isin(list(fifth))].groupby("zone"):
        counted = np.bincount(rows["cell"].map(fifth), rows["people"], minlength=FIFTHS)
        if counted.sum() > 0 and counted.sum() >= FLOOR * float(people.get(zone, np.nan)):
            inside[str(zone)] = counted / counted.sum()
    income_of = (incomes / residents).astype(np.float64)
    residents_of = residents.astype(np.float64)
    return Groups(income_of, residents_of, middle, inside, _poverty(found), covered)


def _poverty(found: Release) -> dict[str, Range]:
    values = found.values
    rows = values[
        values["zone"].isin(found.places["zone"])
        & (values["indicator"] == POVERTY)
        & (values["scenario"] == PRESENT)
        & (values["reason"] == "")
    ]
    return {
        str(zone): Range(float(low), float(central), float(high))
        for zone, low, central, high in zip(
            rows["zone"], rows["low"], rows["central"], rows["high"], strict=True
        )
    }


def shares_of(options: Options, groups: Groups | None) -> Floats:
    """Return the share of each group among those who benefit from each option, (options, groups).

    As the file says; else as the residents of its zone; NaN where neither is known.
    """
    unknown = np.full(FIFTHS, np.nan)
    zones = {} if groups is None else groups.zones
    return np.array(
        [
            row.shares if row.shares is not None else zones.get(row.zone, unknown)
            for row in options.rows
        ],
        dtype=np.float64,
    ).reshape(-1, FIFTHS)


def weighed(
    options: Options, groups: Groups | None, elasticity: float = ELASTICITY.central
) -> Floats:
    """Return the benefit of one of each option weighed by who has it, (options, 3).

    Where the file gives it, that; else benefit × Σ share × weight; NaN where it is not known.

    Raises:
        BadInput: an elasticity that is none.
    """
    if not 0 <= elasticity <= HIGHEST:
        raise BadInput(f"An elasticity of {elasticity:g}: give a number from 0 to {HIGHEST:g}.")
    given = np.array(
        [(np.nan,) * 3 if row.equity is None else row.equity for row in options.rows], dtype=float
    ).reshape(-1, 3)
    if groups is None:
        return given
    factor = shares_of(options, groups) @ groups.weights(elasticity)
    return np.where(np.isnan(given), options.benefit * factor[:, None], given)


# Who benefits from a plan


class Benefiting(NamedTuple):
    """Who benefits from a plan.

    people: beneficiaries, counted once per option. unknown: options of the plan whose number of
    beneficiaries is not known. poor: the poor households' part of them, if they are as the
    households of their zones. by_group: environmental benefit by group, (groups,); None where no
    option of the plan has shares. concentration: of the benefit per resident, −1 (all to the
    poorest) to 1; None where there is none to share out. unplaced: options with a benefit that is
    of no known group.
    """

    people: float
    unknown: tuple[str, ...]
    poor: Range | None
    by_group: Floats | None
    concentration: float | None
    unplaced: tuple[str, ...]


def benefiting(options: Options, quantities: Ints, groups: Groups | None) -> Benefiting:
    """Return who benefits from a plan."""
    rows = np.flatnonzero(quantities)
    people, poor, unknown, unplaced = 0.0, [], [], []
    shares = shares_of(options, groups)
    parts = np.zeros(FIFTHS)
    placed = False
    for i in rows:
        option, count = options.rows[i], float(quantities[i])
        if option.beneficiaries is None:
            unknown.append(option.id)
        else:
            people += count * option.beneficiaries
            share = None if groups is None else groups.poverty.get(option.zone)
            if share is not None:
                poor.append((count * option.beneficiaries, share))
        if option.benefit is None:
            continue
        if np.isnan(shares[i]).any():
            unplaced.append(option.id)
        else:
            parts += count * option.benefit.central * shares[i]
            placed = True
    told = added([n for n, _ in poor], [s for _, s in poor]) if poor else None
    index = None
    if groups is not None and placed and parts.min() >= 0 and parts.sum() > 0:
        index = concentration_index(parts / groups.residents, groups.income, groups.residents)
    return Benefiting(
        people, tuple(unknown), told, parts if placed else None, index, tuple(unplaced)
    )


def switching(one: npt.ArrayLike, two: npt.ArrayLike, groups: Groups) -> tuple[float, ...]:
    """Return the elasticities, 0 to HIGHEST, at which the order of two plans turns round.

    Args:
        one: benefit by group of a plan, (groups,).
        two: likewise.
        groups: their incomes.
    """
    from scipy.optimize import brentq

    more = np.asarray(one, dtype=np.float64) - np.asarray(two, dtype=np.float64)
    size = float(np.abs(more).max())
    if size == 0:
        return ()

    def ahead(elasticity: float) -> float:
        return float(groups.weights(elasticity) @ more) / size

    tried = np.linspace(0.0, HIGHEST, 501)
    found = np.array([ahead(e) for e in tried])
    # What rounding leaves of an equality is none.
    found[np.abs(found) < 1e-12] = 0.0
    roots = [float(e) for e, value in zip(tried, found, strict=True) if value == 0]
    for k in np.flatnonzero(found[:-1] * found[1:] < 0):
        roots.append(float(brentq(ahead, tried[k], tried[k + 1], xtol=1e-12)))
    return tuple(sorted(roots)) if len(roots) < len(tried) else ()


class Weighed(NamedTuple):
    """The same benefit, weighed in several ways: `central` at the declared elasticity."""

    unweighed: float
    low: float
    central: float
    high: float


def weighings(by_group: Floats, groups: Groups, elasticity: Estimate = ELASTICITY) -> Weighed:
    """Return a plan's benefit by group, unweighed and at the ends of the elasticity's range."""
    ends = (elasticity.low, elasticity.central, elasticity.high)
    return Weighed(float(by_group.sum()), *(float(groups.weights(e) @ by_group) for e in ends))


# What must be said before publishing


class Missing(NamedTuple):
    """What is not said of an option: "effect", "beneficiaries", "shares", or a loss."""

    option: str
    what: str


def missing(options: Options, quantities: Ints, groups: Groups | None) -> list[Missing]:
    """Return what must be said of the options of a plan before it is published.

    Both halves are needed: the environment (an effect, modelled) and justice (how many benefit, of
    which standard of living, and who could lose: rents, charges, people who leave, upkeep).
    """
    shares = shares_of(options, groups)
    found: list[Missing] = []
    for i in np.flatnonzero(quantities):
        option = options.rows[i]
        if option.benefit is None:
            found.append(Missing(option.id, "effect"))
        if option.beneficiaries is None:
            found.append(Missing(option.id, "beneficiaries"))
        if np.isnan(shares[i]).any():
            found.append(Missing(option.id, "shares"))
        found += [Missing(option.id, loss) for loss in LOSSES if not option.losses[loss]]
    return found


def losing(options: Options, quantities: Sequence[int] | Ints) -> list[tuple[str, Loss, str]]:
    """Return who could lose, as said of each option of a plan: (option, loss, words)."""
    return [
        (options.rows[i].id, loss, options.rows[i].losses[loss])
        for i in np.flatnonzero(quantities)
        for loss in LOSSES
        if options.rows[i].losses[loss]
    ]
