"""Census tables by IRIS, and the official figures by QPV."""

import numpy as np
import pandas as pd
import shapely

from labo.demo.buildings import Kind
from labo.demo.city import City
from labo.demo.counts import weighted_median
from labo.demo.field import Floats, Ints
from labo.demo.people import Status, Tenure
from labo.demo.perimeters import dissolve
from labo.demo.truth import locations, within

_AGE_BANDS = {
    "P21_POP0002": (0, 2), "P21_POP0305": (3, 5), "P21_POP0610": (6, 10), "P21_POP1117": (11, 17),
    "P21_POP1824": (18, 24), "P21_POP2539": (25, 39), "P21_POP4054": (40, 54),
    "P21_POP5564": (55, 64), "P21_POP6579": (65, 79), "P21_POP80P": (80, 200),
    "P21_POP0014": (0, 14), "P21_POP1529": (15, 29), "P21_POP3044": (30, 44),
    "P21_POP4559": (45, 59), "P21_POP6074": (60, 74), "P21_POP75P": (75, 200),
    "P21_POP0019": (0, 19), "P21_POP2064": (20, 64), "P21_POP65P": (65, 200),
}  # fmt: skip
_SAMPLED_FROM = 10_000
"""Residents from which a commune is surveyed by sampling, not exhaustively."""
_SAMPLING_RATE = 0.4


def iris_codes(city: City, commune_codes: list[str]) -> list[str]:
    """Nine-character codes: the commune's, then 0000 where it is not divided, else 0101, 0102."""
    seen = np.bincount(city.iris_commune)
    rank = dict.fromkeys(range(len(seen)), 0)
    codes = []
    for commune in city.iris_commune.tolist():
        rank[commune] += 1
        suffix = "0000" if seen[commune] == 1 else f"{rank[commune]:04d}"
        if suffix != "0000":
            suffix = f"{(rank[commune] - 1) // 20 + 1:02d}{(rank[commune] - 1) % 20 + 1:02d}"
        codes.append(commune_codes[commune] + suffix)
    return codes


def iris_contours(city: City, codes: list[str], commune_names: list[str]) -> pd.DataFrame:
    """Contours of the IRIS (EPSG:2154) with the columns of IGN's file."""
    shapes = dissolve(city.land, city.iris, len(codes))
    names = [commune_names[k] for k in city.iris_commune]
    whole = [code.endswith("0000") for code in codes]
    return pd.DataFrame(
        {
            "CODE_IRIS": codes,
            "INSEE_COM": [code[:5] for code in codes],
            "NOM_COM": names,
            "IRIS": [code[5:] for code in codes],
            "NOM_IRIS": [n if w else f"{n} {c[5:]} (fictif)" for n, c, w in
                         zip(names, codes, whole, strict=True)],
            "TYP_IRIS": np.where(whole, "Z", "H"),
            "geometry": [shapely.MultiPolygon([*shapely.get_parts(s)]) for s in shapes],
        }
    )  # fmt: skip


def census(city: City, codes: list[str], key: list[int]) -> pd.DataFrame:
    """Population and housing by IRIS, with INSEE's names.

    As in the census, dwellings are surveyed by sampling in communes of 10,000 residents or more:
    only the totals of such a commune are exact, those of its IRIS are estimates.
    """
    rng = np.random.default_rng(key)
    n = len(codes)
    block = city.buildings.block
    dwelling_iris = city.iris[block[city.dwellings.building]]
    person_iris = city.iris[block[city.persons.building]]
    home_iris = city.iris[block[city.households.building]]
    dwelling, home, person = _survey_weights(city, dwelling_iris, person_iris, rng)

    age = city.persons.true_age
    flat = city.buildings.kind[city.dwellings.building] == Kind.COLLECTIVE
    status, tenure = city.dwellings.status, city.households.tenure
    # Cars are rarer in flats and among the poor.
    lacking = 0.32 * ~city.households.is_house + 9_000 / city.households.standard
    motorised = rng.random(len(home)) < np.clip(1.25 - lacking, 0.35, 0.97)
    table = {"P21_POP": _sums(person_iris, person, n)}
    for name, (low, high) in _AGE_BANDS.items():
        table[name] = _sums(person_iris, person * ((age >= low) & (age <= high)), n)
    table["P21_PHORMEN"] = _sums(person_iris, person * (city.persons.household < 0), n)
    table["P21_PMEN"] = table["P21_POP"] - table["P21_PHORMEN"]
    table["P21_LOG"] = _sums(dwelling_iris, dwelling, n)
    for name, chosen in (
        ("P21_RP", status == Status.OCCUPIED),
        ("P21_RSECOCC", status == Status.SECOND_HOME),
        ("P21_LOGVAC", status == Status.VACANT),
        ("P21_MAISON", ~flat),
        ("P21_APPART", flat),
    ):
        table[name] = _sums(dwelling_iris, dwelling * chosen, n)
    for name, chosen in (
        ("P21_RP_PROP", tenure == Tenure.OWNER),
        ("P21_RP_LOC", tenure != Tenure.OWNER),
        ("P21_RP_LOCHLMV", tenure == Tenure.SOCIAL),
        ("P21_RP_VOIT1P", motorised),
    ):
        table[name] = _sums(home_iris, home * chosen, n)
    frame = pd.DataFrame(table).round(6)
    frame.insert(0, "IRIS", codes)
    frame.insert(1, "COM", [code[:5] for code in codes])
    whole = [code.endswith("0000") for code in codes]
    frame.insert(2, "TYP_IRIS", np.where(whole, "Z", "H"))
    frame.insert(3, "LAB_IRIS", np.where(whole, "5", "1"))
    return frame.sort_values("IRIS", kind="stable")


def _survey_weights(
    city: City, dwelling_iris: Ints, person_iris: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Weights of dwellings, households and persons, right on average and exact by commune."""
    persons = city.persons
    person_commune = city.iris_commune[person_iris]
    dwelling_commune = city.iris_commune[dwelling_iris]
    people = np.bincount(person_commune, persons.resident_weight)
    sampled = people[dwelling_commune] >= _SAMPLED_FROM
    drawn = rng.random(len(sampled)) < _SAMPLING_RATE
    dwelling = np.where(sampled, drawn / _SAMPLING_RATE, 1.0)
    counted = np.bincount(dwelling_commune, dwelling)
    dwelling *= (np.bincount(dwelling_commune) / np.maximum(counted, 1e-9))[dwelling_commune]
    # Households stand in the order of the occupied dwellings.
    home = dwelling[city.dwellings.status == Status.OCCUPIED]
    lodged = persons.household < 0
    person = persons.resident_weight * np.where(lodged, 1.0, home[persons.household])
    found = np.bincount(person_commune, person, minlength=len(people))
    person *= (people / np.maximum(found, 1e-9))[person_commune]
    return dwelling, home, person


def _sums(group: Ints, weight: Floats, size: int) -> Floats:
    return np.bincount(group, weight, minlength=size).astype(np.float64)


def qpv_figures(city: City, generation: int, key: list[int]) -> pd.DataFrame:
    """POP_MUN and DISP_Q2 of the QPVs of one generation, in the order of `city.perimeters`.

    INSEE perturbs the counts of the 2024 generation with random keys; so do we.
    """
    rng = np.random.default_rng([*key, generation])
    x, y = locations(city)
    weight = np.zeros(len(x))
    lodged = city.persons.household >= 0
    weight[lodged] = city.persons.fiscal_weight[lodged]
    standard = city.households.standard[np.maximum(city.persons.household, 0)]
    rows = []
    for perimeter in city.perimeters:
        if perimeter.generation != generation:
            continue
        here = within(perimeter.geometry, x, y)
        people = int(city.persons.resident_weight[here].sum())
        if generation == 2024:
            people = max(0, people + int(rng.integers(-6, 7)))
        rows.append((people, weighted_median(standard[here], weight[here])))
    return pd.DataFrame(rows, columns=["POP_MUN", "DISP_Q2"])
