"""The truth: exact sums and indicators by zone, counted on people, never read from the files."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from labo.demo.city import City
from labo.demo.counts import AGES, COLUMNS, PERIODS, Counts, age_column
from labo.demo.field import Bools, Floats, Ints


@dataclass(frozen=True)
class Zone:
    """A zone of truth."""

    kind: str
    """qpv, commune, epci or rest_of_epci."""
    generation: str
    """2024, 2015, or empty."""
    code: str
    geometry: shapely.Geometry | None
    """EPSG:2154; None for the whole agglomeration."""
    outside: tuple[shapely.Geometry, ...] = ()
    """What the zone leaves out."""
    commune: int | None = None
    """Number of the commune, for a zone of kind commune."""


def counts_table(
    territory: str, city: City, counts: Counts, zones: list[Zone]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Wide true sums, and the long table of indicators computed from them."""
    persons, households = city.persons, city.households
    person_x, person_y = locations(city)
    ages = age_column(persons.true_age)
    rows: list[dict[str, object]] = []
    for zone in zones:
        inside = zone_members(zone, city, households.x, households.y, households.building)
        base = {
            "territory": territory, "zone_kind": zone.kind, "generation": zone.generation,
            "zone": zone.code,
        }  # fmt: skip
        sums = counts.fiscal[inside].sum(axis=0)
        rows.append(
            base | {"concept": "fiscal"} | dict(zip(COLUMNS, np.round(sums, 1), strict=True))
            | {"snv_raw": round(float(counts.standard_raw[inside].sum()), 1)}
        )  # fmt: skip
        here = zone_members(zone, city, person_x, person_y, persons.building)
        weight = persons.resident_weight[here]
        by_age = np.bincount(ages[here], weight, minlength=len(AGES))
        rows.append(
            base | {"concept": "all", "ind": weight.sum()}
            | dict(zip(AGES, by_age, strict=True))
        )  # fmt: skip
    wide = pd.DataFrame(rows)
    leading = ["territory", "zone_kind", "generation", "zone", "concept"]
    wide = wide[[*leading, *COLUMNS, "snv_raw"]]
    return wide, _indicators(wide, leading)


def locations(city: City) -> tuple[Floats, Floats]:
    """Coordinates (EPSG:2154) of each person: the household's entrance, or the community."""
    persons, households = city.persons, city.households
    lodged = persons.household >= 0
    x, y = city.buildings.x[persons.building], city.buildings.y[persons.building]
    x[lodged] = households.x[persons.household[lodged]]
    y[lodged] = households.y[persons.household[lodged]]
    return x, y


def zone_members(zone: Zone, city: City, x: Floats, y: Floats, building: Ints) -> Bools:
    """Which of the points, each of a building, lie in a zone."""
    if zone.commune is not None:
        inside: Bools = city.commune[city.buildings.block[building]] == zone.commune
        return inside
    inside = np.ones(len(x), bool) if zone.geometry is None else within(zone.geometry, x, y)
    for hole in zone.outside:
        inside &= ~within(hole, x, y)
    return inside


def within(geometry: shapely.Geometry, x: Floats, y: Floats) -> Bools:
    """Which points lie in a polygon; the bounding box first, for speed."""
    low_x, low_y, high_x, high_y = geometry.bounds
    near = np.flatnonzero((x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y))
    shapely.prepare(geometry)
    inside = np.zeros(len(x), bool)
    inside[near] = shapely.contains_xy(geometry, x[near], y[near])
    return inside


def _indicators(wide: pd.DataFrame, leading: list[str]) -> pd.DataFrame:
    """Shares are fractions between 0 and 1, over the residents or households of the same row."""
    ind, men = wide["ind"], wide["men"]
    aged = wide["ind_65_79"] + wide["ind_80p"]
    known_periods = wide[list(PERIODS[:4])].sum(axis=1)
    values = {
        "population": ind,
        "households": men,
        "poverty_share": wide["men_pauv"] / men,
        "children_0_3_share": wide["ind_0_3"] / ind,
        "children_0_5_share": (wide["ind_0_3"] + wide["ind_4_5"]) / ind,
        "aged_65_plus_share": aged / ind,
        "aged_80_plus_share": wide["ind_80p"] / ind,
        "one_person_household_share": wide["men_1ind"] / men,
        "single_parent_household_share": wide["men_fmp"] / men,
        "tenant_share": 1 - wide["men_prop"] / men,
        "social_housing_share": wide["log_soc"] / men,
        "collective_housing_share": wide["men_coll"] / men,
        "housing_1945_1970_share": wide["log_45_70"] / known_periods,
        "floor_area_per_person": wide["men_surf"] / ind,
        "mean_standard_of_living": wide["ind_snv"] / ind,
    }
    table = wide[leading].assign(**values)
    long = table.melt(leading, var_name="indicator", value_name="value").dropna(subset=["value"])
    long["value"] = long["value"].round(8)
    return long.sort_values([*leading, "indicator"], kind="stable").reset_index(drop=True)
