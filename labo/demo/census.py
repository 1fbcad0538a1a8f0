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
    """Nine-character codes: the commune's, then 0000 where it is not divided, else 0101, 0102…"""
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
    """Population and housing by IRIS, with INSEE's names; sampled in the larger communes."""
    rng = np.random.default_rng(key)
    n = len(codes)
    block = city.buildings.block
    person_iris = city.iris[block[city.persons.building]]
    weight = city.persons.resident_weight
    age = city.persons.true_age
    table: dict[str, Floats] = {"P21_POP": np.bincount(person_iris, weight, minlength=n)}
    for name, (low, high) in _AGE_BANDS.items():
        chosen = (age >= low) & (age <= high)
        table[name] = np.bincount(person_iris[chosen], weight[chosen], minlength=n)
    lodged = city.persons.household < 0
    table["P21_PHORMEN"] = np.bincount(person_iris[lodged], weight[lodged], minlength=n)
    table["P21_PMEN"] = table["P21_POP"] - table["P21_PHORMEN"]

    dwelling_iris = city.iris[block[city.dwellings.building]]
    flat = city.buildings.kind[city.dwellings.building] == Kind.COLLECTIVE
    table["P21_LOG"] = np.bincount(dwelling_iris, minlength=n).astype(float)
    status = city.dwellings.status
    for name, chosen in (
        ("P21_RP", status == Status.OCCUPIED),
        ("P21_RSECOCC", status == Status.SECOND_HOME),
        ("P21_LOGVAC", status == Status.VACANT),
        ("P21_MAISON", ~flat),
        ("P21_APPART", flat),
    ):
        table[name] = np.bincount(dwelling_iris[chosen], minlength=n).astype(float)
    households = city.households
    home_iris = city.iris[block[households.building]]
    driving = np.clip(1.25 - 0.32 * flat_share(households.is_house) - 9_000
                      / households.standard, 0.35, 0.97)  # fmt: skip
    for name, chosen in (
        ("P21_RP_PROP", households.tenure == Tenure.OWNER),
        ("P21_RP_LOC", households.tenure != Tenure.OWNER),
        ("P21_RP_LOCHLMV", households.tenure == Tenure.SOCIAL),
        ("P21_RP_VOIT1P", rng.random(len(home_iris)) < driving),
    ):
        table[name] = np.bincount(home_iris[chosen], minlength=n).astype(float)

    by_commune = np.bincount(city.iris_commune, table["P21_POP"])
    sampled = by_commune[city.iris_commune] >= _SAMPLED_FROM
    for name, values in table.items():
        if name == "P21_POP":
            continue
        error = np.sqrt(values * (1 - _SAMPLING_RATE) / _SAMPLING_RATE) * rng.standard_normal(n)
        table[name] = np.round(np.maximum(0, values + np.where(sampled, error, 0)), 6)
    frame = pd.DataFrame(table)
    frame.insert(0, "IRIS", codes)
    frame.insert(1, "COM", [code[:5] for code in codes])
    whole = [code.endswith("0000") for code in codes]
    frame.insert(2, "TYP_IRIS", np.where(whole, "Z", "H"))
    frame.insert(3, "LAB_IRIS", np.where(whole, "5", "1"))
    return frame.sort_values("IRIS", kind="stable")


def flat_share(is_house: np.ndarray) -> Ints:  # type: ignore[type-arg]
    """1 for a flat, 0 for a house."""
    return (~is_house).astype(np.int64)


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
