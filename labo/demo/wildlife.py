"""Species observed by kilometre and shared gardens of a synthetic agglomeration, with the truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj

from labo.demo import files
from labo.demo.cover import PIXEL, Cover, to_grid
from labo.demo.field import Floats
from labo.demo.plan import FABRIC, Use
from labo.demo.site import Site
from labo.demo.truth import within, zone_members

_CELL = 1_000
_SPECIES, _RECORDS = 150, 100
"""Kinds that live in the region, and the effort that richness is told for."""
_FIRST_KEY = 2_480_000
_RESIDENTS_PER_GARDEN = 5_000
_GARDEN_ERROR = 0.1


def residents(site: Site) -> dict[tuple[str, str, str], float]:
    """Residents in fiscal households of each zone, by kind, generation and code."""
    homes, persons = site.city.households, site.city.persons
    weight = np.bincount(
        np.maximum(persons.household, 0),
        persons.fiscal_weight * (persons.household >= 0),
        len(homes.x),
    )
    return {
        (zone.kind, zone.generation, zone.code): float(
            weight[zone_members(zone, site.city, homes.x, homes.y, homes.building)].sum()
        )
        for zone in site.zones
    }


def write_species(site: Site, cover: Cover, path: Path, rng: np.random.Generator) -> pd.DataFrame:
    """Add the records of each 1 km cell to the cube; return what an equal effort would show.

    Cells are visited very unequally; some hold too few records to tell.
    """
    # One pixel in nine tells enough of a square kilometre.
    block = cover.block[1::3, 1::3]
    rows, columns = np.nonzero(block >= 0)
    east = (cover.west + (3 * columns + 1.5) * PIXEL) // _CELL
    north = (cover.north - (3 * rows + 1.5) * PIXEL) // _CELL
    stride = 100_000
    keys, cell = np.unique((north * stride + east).astype(np.int64), return_inverse=True)
    inside = (3 * rows + 1, 3 * columns + 1)
    leaves = cover.canopy[inside] + 0.5 * (1 - cover.sealed[inside])
    green = np.bincount(cell, leaves) / np.bincount(cell)

    common = rng.lognormal(0.0, 1.5, _SPECIES)
    there = rng.random((len(keys), _SPECIES)) < np.clip(0.15 + 0.7 * green, 0.05, 0.95)[:, None]
    there[:, 0] = True
    chance = common * rng.lognormal(0.0, 0.5, there.shape) * there
    chance /= chance.sum(axis=1, keepdims=True)
    effort = np.maximum(rng.lognormal(np.log(600.0), 0.9, len(keys)), 1).astype(np.int64)
    seen = rng.multinomial(effort, chance)
    of_cell, kind = np.nonzero(seen)
    names = [f"1kmE{key % stride}N{key // stride}" for key in keys.tolist()]
    table = pd.DataFrame(
        {
            "year": 2024,
            "eeacellcode": [names[k] for k in of_cell],
            "specieskey": _FIRST_KEY + kind,
            "occurrences": seen[of_cell, kind],
        }
    )
    files.append_csv(path, table)

    expected = (1.0 - (1.0 - chance) ** _RECORDS).sum(axis=1)
    homes = site.city.households
    x, y = to_grid(homes.x, homes.y)
    home = (y // _CELL * stride + x // _CELL).astype(np.int64)
    at = np.minimum(np.searchsorted(keys, home), len(keys) - 1)
    known: Floats = ((keys[at] == home) & (effort[at] >= _RECORDS)).astype(np.float64)
    return site.truth_by_residents("species_richness", expected[at], known=known)


def write_gardens(site: Site, path: Path, rng: np.random.Generator) -> pd.DataFrame:
    """Add the shared gardens to the list, with the m² that somebody declared."""
    city, land = site.city, site.city.land
    suited = np.isin(city.plan.fabric, (FABRIC["estate"], FABRIC["residences"]))
    suited |= city.plan.use == Use.PARK
    pool = np.flatnonzero(suited)
    count = min(len(pool), max(1, round(city.residents / _RESIDENTS_PER_GARDEN)))
    block = rng.choice(pool, count, replace=False)
    spot = land.centroid[block] + rng.uniform(3, 15, (count, 2))
    area = rng.lognormal(np.log(900.0), 0.6, count)
    declared = area * np.clip(1 + _GARDEN_ERROR * rng.standard_normal(count), 0.5, 1.5)
    to_degrees = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform
    longitude, latitude = to_degrees(spot[:, 0], spot[:, 1])
    table = pd.DataFrame(
        {
            "identifiant": [f"JP{site.number:03d}{k:04d}" for k in range(count)],
            "nom": "Jardin partagé (fictif)",
            "longitude": np.round(longitude, 7),
            "latitude": np.round(latitude, 7),
            "surface_m2": np.round(declared),
        }
    )
    files.append_csv(path, table)

    people = residents(site)
    rows = []
    for zone in site.zones:
        inside = np.ones(count, bool)
        if zone.commune is not None:
            inside = city.commune[block] == zone.commune
        elif zone.geometry is not None:
            inside = within(zone.geometry, spot[:, 0], spot[:, 1])
        for hole in zone.outside:
            inside &= ~within(hole, spot[:, 0], spot[:, 1])
        here = people[zone.kind, zone.generation, zone.code]
        if here > 0:
            rows.append(site.row(zone, "shared_garden_per_resident", area[inside].sum() / here))
    return pd.DataFrame(rows)
