"""Walks from people's homes to the places of a territory, one for each kind of place."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from labo import access
from labo.catalogue import LAYERS, PLACES
from labo.errors import BadInput
from labo.homes import Occupancy
from labo.layer import Layer
from labo.mirror import Mirror
from labo.source import SourceFile
from labo.territory import CRS, Territory
from labo.way import Walk

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Streets and paths, the richer in paths first.
STREETS = ("osm", "ign_bdtopo_troncon_de_route")
# A median walk is looked for among these minutes; longer ones count as the last.
MINUTES = np.arange(0.0, 30.5, 0.5)
# How finely the minutes are tried, at which a layer stops counting.
STEP_MIN = 0.01
NO_STREETS = "aucun fichier de rues : une distance à vol d'oiseau serait trompeuse"


# Files that say which place each row is, so that somebody can say of one that it is closed.
NAMED = ("osm_places", "mednum")


@dataclass(frozen=True)
class Each:
    """The walks to every place of one kind, within the reach of what is counted of it.

    places: one row per place: place (id in its file), name, type, hours, source, geometry
    (EPSG:3035). home, row, metres: pairs of a home and a place, each (pairs,).
    """

    places: gpd.GeoDataFrame
    home: Ints
    row: Ints
    metres: Floats


@dataclass(frozen=True)
class Walks:
    """Metres on foot from each home to the nearest place of a kind, each (homes,).

    `reasons` says, by kind of place, why nothing is known. `each` is the walk to every place, of
    the kinds whose places are known by name.
    """

    metres: Mapping[str, Floats]
    reasons: Mapping[str, str]
    each: Mapping[str, Each] = field(default_factory=dict)

    def minutes(self, place: str, speed_km_h: float) -> Floats:
        """Return the minutes to a kind of place; infinite where there is none in reach."""
        return access.walking_minutes(self.metres[place], speed_km_h)


def walk(
    mirror: Mirror, place: Territory, people: Occupancy | str, files: list[SourceFile]
) -> Walks:
    """Return the walks to every kind of place, from every home."""
    if isinstance(people, str):
        return Walks({}, dict.fromkeys((x.id for x in PLACES), people))
    streets = next((f for name in STREETS if (f := mirror.newest(name)) is not None), None)
    if streets is None:
        return Walks({}, dict.fromkeys((x.id for x in PLACES), NO_STREETS))
    datasets = sorted({name for x in PLACES for name in x.choices})
    opened = {name: file for name in datasets if (file := mirror.newest(name)) is not None}
    known = {file.source.id: file for file in files}
    opened = {name: known.get(file.source.id, file) for name, file in opened.items()}
    files.extend(f for f in (streets, *opened.values()) if f.source.id not in known)
    network = access.build_network(streets.table(place.bounds))
    if network.islet_metres >= 1:
        islets = round(network.islet_metres)
        streets.note("rejected", islets, "metres of streets that are joined to no other")
    tables = {name: file.table(place.bounds) for name, file in opened.items()}
    homes = access.snap(network, np.column_stack([people.x, people.y]))
    metres: dict[str, Floats] = {}
    reasons: dict[str, str] = {}
    each: dict[str, Each] = {}
    for kind in PLACES:
        at_hand = [name for name in kind.choices if name in tables]
        if not at_hand:
            reasons[kind.id] = f"aucun fichier {' ni '.join(kind.choices)}"
            continue
        chosen = []
        for name in at_hand:
            mask = np.asarray(kind.choices[name](tables[name]), dtype=bool)
            if mask.shape != (len(tables[name]),):
                raise BadInput(f"place {kind.id!r} chooses {mask.shape} of {len(tables[name])}")
            chosen.append(tables[name].geometry[mask].to_crs(CRS))
        spots = np.concatenate([np.asarray(x, dtype=object) for x in chosen])
        doors = access.entrances(network, spots)
        metres[kind.id] = access.metres_to_nearest(network, homes, doors)
        # Where a second file may hold the same place under no name, none can be taken away.
        if len(at_hand) == 1 and at_hand[0] in NAMED:
            rows = tables[at_hand[0]].loc[chosen[0].index]
            furthest = max((reach(x) for x in layers_to(kind.id)), default=0.0)
            pairs = access.metres_to_each(network, homes, doors, furthest)
            each[kind.id] = Each(_named(rows, chosen[0], opened[at_hand[0]]), *pairs)
    return Walks(metres, reasons, each)


def layers_to(kind: str) -> list[Layer]:
    """Return the layers that count the walks to a kind of place."""
    return [x for x in LAYERS if isinstance(x.carried, Walk) and x.carried.place == kind]


def reach(layer: Layer) -> float:
    """Return the metres beyond which a layer of walks looks for no place."""
    way = layer.carried
    assert isinstance(way, Walk)  # noqa: S101 (said to the type checker)
    metres_a_minute = way.speed_km_h * 1000 / 60
    if layer.kind == "field":
        return float(MINUTES[-1] * metres_a_minute)
    tried = np.arange(0.0, access.LIMIT_M / metres_a_minute, STEP_MIN)
    counted = np.flatnonzero(np.asarray(layer.formula(tried)) > 0)
    return float((counted.max(initial=0) + 1) * STEP_MIN * metres_a_minute)


def _named(rows: gpd.GeoDataFrame, spots: gpd.GeoSeries, file: SourceFile) -> gpd.GeoDataFrame:
    """Return what is told of places; what their file does not say is an empty text."""
    told = {"place": "place", "name": "name", "type": "kind", "hours": "opening_hours"}
    table = {
        name: rows[column].fillna("").astype(str).to_numpy(dtype=object)
        if column in rows
        else np.full(len(rows), "", dtype=object)
        for name, column in told.items()
    }
    table["source"] = np.full(len(rows), file.source.id, dtype=object)
    return gpd.GeoDataFrame(table, geometry=np.asarray(spots), crs=CRS)


def minutes_by_cell(
    walks: Walks, people: Occupancy, cells: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """Return the median resident's minutes at walking speed, long: cell, place, minutes.

    Args:
        walks: the metres.
        people: who lives where.
        cells: ids of the source areas, by `people.cell`.
    """
    residents = people.at_homes("residents")
    rows = []
    for kind, metres in walks.metres.items():
        order = np.lexsort((metres, people.cell))
        cell, weight = people.cell[order], residents[order]
        below = np.cumsum(weight)
        whole = np.bincount(cell, weight, cell.max() + 1)
        before = (np.cumsum(whole) - whole)[cell]
        reached = below - before >= whole[cell] / 2
        first = np.flatnonzero(reached & ~np.r_[False, reached[:-1] & (cell[1:] == cell[:-1])])
        rows.append(
            pd.DataFrame(
                {
                    "cell": cells[cell[first]],
                    "place": kind,
                    "minutes": np.round(access.walking_minutes(metres[order][first]), 2),
                }
            )
        )
    if not rows:
        return pd.DataFrame({"cell": [], "place": [], "minutes": []})
    return pd.concat(rows, ignore_index=True)
