"""Walks from people's homes to the places of a territory, one for each kind of place."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo import access
from labo.catalogue import PLACES
from labo.errors import BadInput
from labo.homes import Occupancy
from labo.mirror import Mirror
from labo.source import SourceFile
from labo.territory import CRS, Territory

Floats = npt.NDArray[np.float64]

# Streets and paths, the richer in paths first.
STREETS = ("osm", "ign_bdtopo_troncon_de_route")
NO_STREETS = "aucun fichier de rues : une distance à vol d'oiseau serait trompeuse"


@dataclass(frozen=True)
class Walks:
    """Metres on foot from each home to the nearest place of a kind, each (homes,).

    `reasons` says, by kind of place, why nothing is known.
    """

    metres: Mapping[str, Floats]
    reasons: Mapping[str, str]

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
        metres[kind.id] = access.metres_to_nearest(network, homes, access.entrances(network, spots))
    return Walks(metres, reasons)


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
