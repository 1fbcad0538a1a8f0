"""What statistics count of each household, before any aggregation."""

from dataclasses import dataclass

import numpy as np

from labo.demo.field import Floats, Ints
from labo.demo.people import POVERTY_THRESHOLD, Households, Persons, Tenure, Type

AGES = {
    "ind_0_3": (0, 3), "ind_4_5": (4, 5), "ind_6_10": (6, 10), "ind_11_17": (11, 17),
    "ind_18_24": (18, 24), "ind_25_39": (25, 39), "ind_40_54": (40, 54), "ind_55_64": (55, 64),
    "ind_65_79": (65, 79), "ind_80p": (80, 200), "ind_inc": (-1, -1),
}  # fmt: skip
PERIODS = ("log_av45", "log_45_70", "log_70_90", "log_ap90", "log_inc")
COLUMNS = (
    "ind", "men", "men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp", "ind_snv",
    "men_surf", "men_coll", "men_mais", *PERIODS, "log_soc", *AGES,
)  # fmt: skip
"""Filosofi columns that are sums, in the order of the official file."""


@dataclass(frozen=True)
class Counts:
    """Contributions to the sums of Filosofi."""

    fiscal: Floats
    """(households, columns); a row of zeros for a household outside the fiscal source."""
    standard_raw: Floats
    """Sum over members of the standard of living before winsorising, euros."""
    bounds: tuple[float, float]
    """The 1st and 99th percentiles used for winsorising, euros."""


def age_column(age: Ints) -> Ints:
    """Position in `AGES` of each age in years, -1 being unknown."""
    lows = np.array([low for low, _ in AGES.values()][:-1])
    known = np.searchsorted(lows, age, side="right") - 1
    return np.where(age < 0, len(AGES) - 1, known)


def count(households: Households, persons: Persons) -> Counts:
    """Contribution of each household to each column."""
    n = len(households.x)
    lodged = persons.household >= 0
    household, weight = persons.household[lodged], persons.fiscal_weight[lodged]
    table = np.zeros((n, len(COLUMNS)))
    at = {name: number for number, name in enumerate(COLUMNS)}
    for number, name in enumerate(AGES):
        chosen = age_column(persons.age[lodged]) == number
        table[:, at[name]] = np.bincount(household[chosen], weight[chosen], minlength=n)
    people = np.bincount(household, weight, minlength=n)
    fiscal = households.fiscal
    low, high = _percentiles(households.standard[household], weight, (0.01, 0.99))
    table[:, at["ind"]] = people
    table[:, at["ind_snv"]] = people * np.clip(households.standard, low, high)
    flags = {
        "men": np.ones(n, bool),
        "men_pauv": households.standard < POVERTY_THRESHOLD,
        "men_1ind": households.size == 1,
        "men_5ind": households.size >= 5,
        "men_prop": households.tenure == Tenure.OWNER,
        "men_fmp": households.type == Type.SINGLE_PARENT,
        "men_coll": ~households.is_house,
        "men_mais": households.is_house,
        "log_soc": households.tenure == Tenure.SOCIAL,
    }
    flags |= {name: households.period == number for number, name in enumerate(PERIODS)}
    for name, flag in flags.items():
        table[:, at[name]] = flag & fiscal
    table[:, at["men_surf"]] = households.floor_area * fiscal
    return Counts(table, people * households.standard, (low, high))


def _percentiles(values: Floats, weight: Floats, shares: tuple[float, ...]) -> tuple[float, ...]:
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weight[order]) / weight.sum()
    return tuple(float(values[order[np.searchsorted(cumulated, share)]]) for share in shares)


def weighted_median(values: Floats, weight: Floats) -> float:
    """Median of values carried by weights; NaN where there is no weight."""
    if not weight.sum() > 0:
        return float("nan")
    return _percentiles(values, weight, (0.5,))[0]


def sums_by(group: Ints, table: Floats, size: int) -> Floats:
    """Sums (size, columns) of the rows of each group; group -1 is left out."""
    inside = group >= 0
    total = np.zeros((size, table.shape[1]))
    for column in range(table.shape[1]):
        total[:, column] = np.bincount(group[inside], table[inside, column], minlength=size)
    return total
