"""How people live and work, what their dwellings are worth in the heat, and who gathers them.

The orders of magnitude are those of France around 2021 (census, DPE, ONPE), rounded. Every truth is
drawn before any file is written; the files then lose, sample, repeat and model it as theirs do.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj

from labo.demo import census, files
from labo.demo.buildings import Kind
from labo.demo.city import City
from labo.demo.field import Bools, Floats, Ints, smooth_field
from labo.demo.people import Status, Tenure, Type
from labo.demo.plan import FABRIC
from labo.demo.site import Site
from labo.demo.truth import locations, zone_members

SOURCES = {
    "insee_rp_iris_logement_2021": ("rp_iris_logement_2021.csv", "2021"),
    "insee_rp_iris_couples_2021": ("rp_iris_couples_2021.csv", "2021"),
    "insee_rp_iris_activite_2021": ("rp_iris_activite_2021.csv", "2021"),
    "ademe_dpe_existants_2026": ("dpe_existants.csv", "2026"),
    "onpe_geodip_2021": ("geodip_iris.csv", "2021"),
    "rna_waldec_2026": ("rna_waldec_geocode.csv", "2026"),
}
MEDIAN_STANDARD = 24_300.0
THIRD_DECILE = 18_600.0
"""Euros a year per consumption unit: three households in ten have less (rounded)."""
_BASE_USE = np.array([300.0, 270.0, 225.0, 140.0, 240.0])
"""Primary energy of a dwelling by period of construction, kWh/m2 a year."""
_LABEL_STEPS = np.array([70.0, 110.0, 180.0, 250.0, 330.0, 420.0])
_LABELS = np.array(list("ABCDEFG"), dtype=object)
_COMFORTS = np.array(["insuffisant", "moyen", "bon"], dtype=object)
_LEAKY = 5
"""Rank of label F."""
_FIRST_YEAR = np.array([1880, 1946, 1971, 1991, 1960])
_EURO_PER_KWH = 0.075
_KINDS = np.array(["appartement", "maison"], dtype=object)
_ASSOCIATIONS_PER_RESIDENT = 0.021


@dataclass(frozen=True)
class _Homes:
    """What is true of each household and its dwelling; arrays over households."""

    rated: Bools
    overcrowded: Bools
    car: Bools
    label: Ints
    """0 for A to 6 for G."""
    comfort: Ints
    """0 insufficient, 1 fair, 2 good."""
    energy_poor: Bools
    fuel_poor: Bools


@dataclass(frozen=True)
class _People:
    """What is true of each person (row of `Persons`)."""

    alone: Bools
    employed: Bools
    farmer: Bools
    worker: Bools


@dataclass(frozen=True)
class _Seats:
    """Associations: where each is registered."""

    building: Ints
    x: Floats
    y: Floats


def write(site: Site) -> pd.DataFrame:
    """Add a territory to the six files; return its rows of truth, about all residents."""
    city = site.city
    homes = _homes(city, np.random.default_rng([*site.key, 71]))
    people = _people(city, np.random.default_rng([*site.key, 72]))
    seats = _seats(city, np.random.default_rng([*site.key, 73]))
    _write_census(site, homes, people)
    rng = np.random.default_rng([*site.key, 74])
    diagnosed = _diagnosed(city, homes, rng)
    _append(
        site, "ademe_dpe_existants_2026", _dpe_columns(site, _records(diagnosed, rng), rng), ","
    )
    _append(site, "onpe_geodip_2021", _geodip(site, homes), ";")
    _append(site, "rna_waldec_2026", _register(site, seats), ";")
    return _truth(site, homes, people, seats, diagnosed)


def _append(site: Site, source: str, table: pd.DataFrame, separator: str) -> None:
    files.append_csv(site.directory / SOURCES[source][0], table, separator)


def _chance(logit: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-logit))


def _homes(city: City, rng: np.random.Generator) -> _Homes:
    homes, persons = city.households, city.persons
    n, built = len(homes.x), len(city.buildings)
    xy = np.column_stack([homes.x, homes.y])
    lodged = (persons.household >= 0) & (persons.resident_weight > 0)
    grown = lodged & (persons.true_age >= 19)
    adults = np.bincount(persons.household[grown], minlength=n)
    children = np.bincount(persons.household[lodged & ~grown], minlength=n)
    couple = np.isin(homes.type, (Type.COUPLE, Type.COUPLE_OLD, Type.FAMILY)) & (adults >= 2)

    # INSEE's norm of 2021: a living room, one for a couple, for another adult, for two children
    # (brother and sister of 7 or more do not share).
    rooms = np.clip(np.round(homes.floor_area / 22.0 + rng.normal(0, 0.42, n)), 1, 9)
    apart = (children >= 2) & (rng.random(n) < 0.3)
    needed = 1 + couple + np.maximum(adults - 2 * couple, 0) + np.ceil(children / 2) + apart
    rated = ~((adults + children <= 1) & (rooms == 1))
    overcrowded = rated & (rooms < needed)

    fabric, wealth = city.context.fabric[homes.building], np.log(homes.standard / MEDIAN_STANDARD)
    central = np.isin(fabric, (FABRIC["old_centre"], FABRIC["estate"]))
    local = smooth_field(rng, 900.0).at(xy)
    old = homes.type == Type.ALONE_OLD
    car = rng.random(n) < _chance(
        0.9 + 1.4 * homes.is_house + 1.3 * wealth + 0.9 * np.log(np.maximum(homes.size, 1))
        - 0.7 * old - 0.7 * central + 0.4 * local
    )  # fmt: skip

    by_building = rng.normal(0, 0.20, built)[homes.building]
    use = _BASE_USE[homes.period] * np.where(homes.is_house, 1.05, 0.95)
    use = use * np.where(homes.tenure == Tenure.SOCIAL, 0.84, 1.0)
    use = use * (np.maximum(homes.floor_area, 15) / 70.0) ** -0.12
    use = use * np.exp(by_building + 0.08 * local + rng.normal(0, 0.12, n))
    label = np.searchsorted(_LABEL_STEPS, use, side="right")

    hot = smooth_field(rng, 700.0).at(xy) * 0.4 + rng.normal(0, 0.7, built)[homes.building]
    hot = hot + 0.7 * ~homes.is_house + np.array([-0.5, 0.4, 0.3, -0.5, 0.0])[homes.period]
    comfort = np.clip(np.floor(1.55 - 0.9 * (hot + rng.logistic(0, 0.7, n))), 0, 2)

    income = homes.standard * (1 + 0.5 * np.maximum(adults - 1, 0) + 0.3 * children)
    bill = use * homes.floor_area * _EURO_PER_KWH * rng.lognormal(0, 0.20, n)
    modest = homes.standard < THIRD_DECILE
    outlying = np.isin(fabric, (FABRIC["village"], FABRIC["scattered"], FABRIC["detached"]))
    fuel = car * 850.0 * (1 + 0.5 * outlying) * rng.lognormal(0, 0.55, n)
    return _Homes(
        rated, overcrowded, car, label.astype(np.int64), comfort.astype(np.int64),
        modest & (bill > 0.08 * income), modest & (fuel > 0.045 * income),
    )  # fmt: skip


def _people(city: City, rng: np.random.Generator) -> _People:
    homes, persons = city.households, city.persons
    n, age = len(persons.household), persons.true_age
    home = np.maximum(persons.household, 0)
    lodged = persons.household >= 0
    counted = lodged & (persons.resident_weight > 0)
    size = np.bincount(persons.household[counted], minlength=len(homes.x))
    wealth = np.where(lodged, np.log(homes.standard / MEDIAN_STANDARD)[home], -0.4)
    base = np.select([age < 25, age < 55, age < 65], [-0.7, 1.5, 0.4], -99.0)
    active = (age >= 15) & (age < 65) & lodged
    employed = active & (rng.random(n) < _chance(base + 0.9 * wealth))
    together = rng.normal(0, 0.6, len(homes.x))[home]
    social = (homes.tenure == Tenure.SOCIAL)[home]
    manual = employed & (
        rng.random(n) < _chance(-1.55 - 1.5 * wealth + 0.35 * social + 0.7 * together)
    )
    rural = (city.context.fabric == FABRIC["scattered"])[persons.building]
    farmer = manual & rural & (rng.random(n) < 0.25)
    return _People(counted & (size[home] == 1), employed, farmer, manual & ~farmer)


def _seats(city: City, rng: np.random.Generator) -> _Seats:
    """Seats at members' homes, in public buildings, and in houses that associations share."""
    built = city.buildings
    count = round(_ASSOCIATIONS_PER_RESIDENT * city.residents)
    where = rng.random(count)
    chance = city.households.standard * np.exp(
        0.6 * smooth_field(rng, 1_500.0).at(np.column_stack([city.households.x, city.households.y]))
    )
    home = rng.choice(len(chance), count, p=chance / chance.sum())
    public = np.flatnonzero(np.isin(built.kind, (Kind.SCHOOL, Kind.SHOP, Kind.COMMUNITY)))
    if not len(public):
        public = np.flatnonzero(built.kind == Kind.COLLECTIVE)
    gathered = rng.choice(public, max(1, count // 120))
    building = city.households.building[home]
    building = np.where(where > 0.55, rng.choice(public, count), building)
    building = np.where(where > 0.80, rng.choice(gathered, count), building)
    own = where <= 0.55
    x = np.where(own, city.households.x[home], built.x[building])
    y = np.where(own, city.households.y[home], built.y[building])
    return _Seats(building, x, y)


def _write_census(site: Site, homes: _Homes, people: _People) -> None:
    """Write what the census says, from the very sample that counted the population by IRIS."""
    city, n = site.city, len(site.iris)
    iris = city.iris[city.buildings.block]
    rng = np.random.default_rng([*site.key[:2], 101])
    _, home, person = census._survey_weights(
        city, iris[city.dwellings.building], iris[city.persons.building], rng
    )
    home_iris, person_iris = iris[city.households.building], iris[city.persons.building]
    age = city.persons.true_age
    adult, aged = (age >= 55) & (age < 80), age >= 80

    def dwellings(chosen: Bools | float = 1.0) -> Floats:
        return np.bincount(home_iris, home * chosen, minlength=n).astype(np.float64)

    def residents(chosen: Bools) -> Floats:
        return np.bincount(person_iris, person * chosen, minlength=n).astype(np.float64)

    house = city.households.is_house
    tables = {
        "logement": {
            "P21_RP": dwellings(), "P21_RPMAISON": dwellings(house),
            "P21_RPAPPART": dwellings(~house), "P21_RP_VOIT1P": dwellings(homes.car),
            "C21_RP_HSTU1P": dwellings(homes.rated),
            "C21_RP_HSTU1P_SUROCC": dwellings(homes.overcrowded),
        },
        "couples": {
            "P21_POP15P": residents(age >= 15),
            "P21_POP5579": residents(adult), "P21_POP80P": residents(aged),
            "P21_POP5579_PSEUL": residents(adult & people.alone),
            "P21_POP80P_PSEUL": residents(aged & people.alone),
        },
        "activite": {
            "P21_POP1564": residents((age >= 15) & (age < 65)),
            "C21_ACTOCC1564": residents(people.employed),
            "C21_ACTOCC1564_CS1": residents(people.farmer),
            "C21_ACTOCC1564_CS6": residents(people.worker),
        },
    }  # fmt: skip
    for name, columns in tables.items():
        table = pd.DataFrame(columns).round(6)
        table.insert(0, "IRIS", site.iris)
        table.insert(1, "COM", [code[:5] for code in site.iris])
        table.insert(2, "LAB_IRIS", ["5" if c.endswith("0000") else "1" for c in site.iris])
        table = table.sort_values("IRIS", kind="stable")
        _append(site, f"insee_rp_iris_{name}_2021", table, ";")


def _diagnosed(city: City, homes: _Homes, rng: np.random.Generator) -> pd.DataFrame:
    """Return the dwellings that have a DPE: landlords have whole buildings diagnosed, owners only
    sell now and then, so they are no random sample of dwellings.
    """
    lived = city.households
    tenure, n = lived.tenure, len(lived.x)
    group = rng.normal(0, 0.9, len(city.buildings))[lived.building]
    logit = np.array([-1.0, 0.5, 0.25])[tenure] + group * np.where(tenure == Tenure.SOCIAL, 1, 0.3)
    logit = logit - 0.25 * (lived.period == 3) + 0.08 * (homes.label - 3)
    rows = np.flatnonzero(rng.random(n) < _chance(logit))
    table = pd.DataFrame(
        {
            "building": lived.building[rows],
            "x": lived.x[rows],
            "y": lived.y[rows],
            "house": lived.is_house[rows],
            "area": lived.floor_area[rows] + rng.uniform(0, 1, len(rows)),
            "period": lived.period[rows],
            "label": homes.label[rows],
            "comfort": homes.comfort[rows],
        }
    )
    return pd.concat([table, _empty_dwellings(city, table, rng)], ignore_index=True)


def _records(diagnosed: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return a record per dwelling and, for some, an earlier one, named by the later or not."""
    table, count = diagnosed.copy(), len(diagnosed)
    table["day"] = rng.integers(0, 1_640, count)
    table["floor"] = np.where(table["house"], -1, rng.integers(0, 6, count))
    table["door"] = np.where(~table["house"] & (rng.random(count) < 0.85), np.arange(count), -1)
    table["number"] = np.arange(count)
    table["replaces"] = -1
    again = np.flatnonzero((rng.random(count) < 0.08) & (table["house"] | (table["door"] >= 0)))
    again = again[table["day"].to_numpy()[again] > 0]
    older = table.iloc[again].copy()
    older["number"] = count + np.arange(len(again))
    older["label"] = np.minimum(older["label"] + 1, 6)
    older["day"] = (older["day"] * rng.random(len(again))).astype(np.int64)
    named = rng.random(len(again)) < 0.6
    table.loc[again, "replaces"] = np.where(named, older["number"], -1)
    return pd.concat([table, older], ignore_index=True)


def _empty_dwellings(city: City, like: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return vacant dwellings that were diagnosed, often to be let; some are worse than others."""
    vacant = city.dwellings.building[city.dwellings.status == Status.VACANT]
    vacant = vacant[rng.random(len(vacant)) < 0.5]
    if not len(like):
        return like
    # Like a dwelling of the same building, or of one beside it: buildings stand in block order.
    near = np.searchsorted(like["building"].to_numpy(), vacant, side="right") - 1
    model = like.iloc[np.maximum(near, 0)].reset_index(drop=True)
    worse = rng.random(len(vacant)) < 0.2
    return model.assign(
        building=vacant, x=city.buildings.x[vacant], y=city.buildings.y[vacant],
        label=np.minimum(model["label"] + worse, 6),
        comfort=np.where(worse, 0, model["comfort"]),
    )  # fmt: skip


def _dpe_columns(site: Site, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give the records Ademe's columns and its holes, in no order."""
    city, n = site.city, len(table)
    blocks = city.commune[city.buildings.block[table["building"]]]
    commune = np.asarray(site.codes, object)[blocks]
    # Geocoded at the entrance; now and then a few metres off.
    shift = rng.normal(0, 1.5, (2, n))
    longitude, latitude = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform(
        table["x"] + shift[0], table["y"] + shift[1]
    )
    found = rng.random(n) >= 0.04
    spoken = rng.random(n) >= 0.06
    period = table["period"].to_numpy()
    whole = np.flatnonzero(~table["house"] & (rng.random(n) < 0.03))
    day = np.datetime64("2021-07-01") + table["day"].to_numpy()
    columns = pd.DataFrame(
        {
            "numero_dpe": [f"99{site.number:02d}E{k:08d}" for k in table["number"]],
            "numero_dpe_remplace": [
                "" if k < 0 else f"99{site.number:02d}E{k:08d}" for k in table["replaces"]
            ],
            "date_etablissement_dpe": day.astype(str),
            "type_batiment": _KINDS[table["house"].to_numpy().astype(int)],
            "annee_construction": _FIRST_YEAR[period] + (table["building"] * 7 % 20),
            "surface_habitable_logement": table["area"].round(1),
            "etiquette_dpe": _LABELS[table["label"]],
            "etiquette_ges": _LABELS[np.clip(table["label"] + rng.integers(-1, 2, n), 0, 6)],
            "indicateur_confort_ete": np.where(spoken, _COMFORTS[table["comfort"]], ""),
            "numero_etage_appartement": ["" if k < 0 else str(k) for k in table["floor"]],
            "complement_adresse_logement": ["" if k < 0 else f"Appt {k}" for k in table["door"]],
            "code_insee_ban": commune,
            "identifiant_ban": [f"{c}_{b:06d}" for c, b in zip(commune, table["building"],
                                                             strict=True)],
            "_geopoint": [f"{a:.6f},{b:.6f}" if f else "" for a, b, f in
                          zip(latitude, longitude, found, strict=True)],
        }
    )  # fmt: skip
    buildings = columns.iloc[whole].assign(
        numero_dpe=[f"99{site.number:02d}I{k:08d}" for k in range(len(whole))],
        numero_dpe_remplace="", type_batiment="immeuble", complement_adresse_logement="",
    )  # fmt: skip
    every = pd.concat([columns, buildings], ignore_index=True)
    return every.iloc[rng.permutation(len(every))]


def _geodip(site: Site, homes: _Homes) -> pd.DataFrame:
    """Return a model of the truth: drawn towards the commune's mean, and wrong here and there."""
    city, n = site.city, len(site.iris)
    rng = np.random.default_rng([*site.key, 75])
    iris = city.iris[city.buildings.block[city.households.building]]
    households = np.bincount(iris, minlength=n).astype(np.float64)
    table: dict[str, object] = {"code_iris": site.iris, "nb_menages": np.round(households)}
    for name, poor in (("tee_log", homes.energy_poor), ("tee_mob", homes.fuel_poor)):
        count = np.bincount(iris, poor, minlength=n)
        by_commune = np.bincount(city.iris_commune, count) / np.maximum(
            np.bincount(city.iris_commune, households), 1
        )
        own = count / np.maximum(households, 1)
        share = 0.75 * own + 0.25 * by_commune[city.iris_commune]
        share = np.minimum(share * rng.lognormal(0, 0.12, n), 1.0)
        table[name] = np.minimum(np.round(share * households), households)
    return pd.DataFrame(table).sort_values("code_iris", kind="stable")


def _register(site: Site, seats: _Seats) -> pd.DataFrame:
    """Return the register, the dissolved included, as the national address service completes it."""
    rng = np.random.default_rng([*site.key, 76])
    city, n = site.city, len(seats.x)
    gone = rng.integers(0, n, round(0.2 * n)) if n else np.zeros(0, np.int64)
    row = np.concatenate([np.arange(n), gone])
    position = np.where(np.arange(len(row)) < n, "A", rng.choice(["D", "S"], len(row)))
    codes = np.asarray(site.codes, object)
    commune = codes[city.commune[city.buildings.block[seats.building[row]]]]
    # What the service does not find is put at the middle of the commune.
    vague = rng.random(len(row)) < 0.06
    shift = rng.normal(0, 6.0, (2, len(row)))
    longitude, latitude = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform(
        np.where(vague, city.land.centre[0], seats.x[row] + shift[0]),
        np.where(vague, city.land.centre[1], seats.y[row] + shift[1]),
    )
    numbered = rng.random(len(row)) < 0.85
    table = pd.DataFrame(
        {
            "id": [f"W{990_000_000 + 200_000 * site.number + k}" for k in range(len(row))],
            "date_creat": (np.datetime64("1975-01-01") + rng.integers(0, 17_500, len(row))
                           ).astype(str),
            "titre": [f"ASSOCIATION FICTIVE {k}" for k in range(len(row))],
            "objet_social1": rng.choice(["006000", "011000", "019000", "024000"], len(row)),
            "adrs_codeinsee": commune,
            "position": position,
            "latitude": np.round(latitude, 6),
            "longitude": np.round(longitude, 6),
            "result_score": np.round(np.where(vague, 0.35, rng.uniform(0.55, 0.98, len(row))), 2),
            "result_type": np.where(vague, "municipality",
                                    np.where(numbered, "housenumber", "street")),
        }
    )  # fmt: skip
    return table.iloc[rng.permutation(len(table))]


def _truth(
    site: Site, homes: _Homes, people: _People, seats: _Seats, diagnosed: pd.DataFrame
) -> pd.DataFrame:
    """Return the indicators of each zone, counted on all residents and all occupied dwellings."""
    city = site.city
    lived, persons = city.households, city.persons
    person_x, person_y = locations(city)
    age, resident = persons.true_age, persons.resident_weight
    old, very_old = age >= 55, age >= 80
    known = [diagnosed[name].to_numpy() for name in ("x", "y", "building")]
    rows = []
    for zone in site.zones:
        home = zone_members(zone, city, lived.x, lived.y, lived.building)
        here = zone_members(zone, city, person_x, person_y, persons.building)
        seat = zone_members(zone, city, seats.x, seats.y, seats.building)
        with_dpe = zone_members(zone, city, *known)
        weight = resident[here]
        shares = {
            "overcrowding_share": (homes.overcrowded[home].sum(), homes.rated[home].sum()),
            "no_car_share": ((~homes.car[home]).sum(), home.sum()),
            "aged_80_plus_alone_share": (
                (weight * (very_old & people.alone)[here]).sum(), (weight * very_old[here]).sum()
            ),
            "aged_55_plus_alone_share": (
                (weight * (old & people.alone)[here]).sum(), (weight * old[here]).sum()
            ),
            "heat_exposed_jobs_share": (
                (weight * (people.farmer | people.worker)[here]).sum(),
                (weight * people.employed[here]).sum(),
            ),
            "dpe_f_g_share": ((homes.label[home] >= _LEAKY).sum(), home.sum()),
            "poor_summer_comfort_share": ((homes.comfort[home] == 0).sum(), home.sum()),
            "dpe_coverage": (with_dpe.sum(), home.sum()),
            "energy_poverty_share": (homes.energy_poor[home].sum(), home.sum()),
            "fuel_poverty_share": (homes.fuel_poor[home].sum(), home.sum()),
            "associations_per_1000": (1_000.0 * seat.sum(), weight.sum()),
        }  # fmt: skip
        rows += [
            site.row(zone, name, part / whole) | {"concept": "all"}
            for name, (part, whole) in shares.items()
            if whole > 0
        ]
    return pd.DataFrame(rows)
