"""Values of the 200 m cells: what the grid counts, and what lies around the people of each."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo import secrecy
from labo.areas import Areas
from labo.catalogue import INDICATORS, LAYERS
from labo.homes import Occupancy
from labo.indicator import Indicator
from labo.territory import Territory
from labo.way import AtHomes, Crosswalk, OnGround, Walk
from labo.zone_fields import AVAILABILITY_FLOOR, Opened, grounds, layers_by
from labo.zone_homes import counted_at
from labo.zone_layers import GRID, HIDDEN, layers_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

IMPUTED = "carreau imputé par l'Insee"


def values_of_cells(
    place: Territory,
    areas: Areas | str,
    people: Occupancy | str,
    met: Mapping[str, Floats],
    opened: Opened,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the cells of the territory, their values, and the counts of those that INSEE counted.

    What an imputed cell counts is an average of several: it is drawn hatched, without counts nor
    anything divided by them; what lies around it is told all the same. A cell is the smallest grain
    of the source, so it carries no draws.

    Args:
        place: the territory.
        areas: the cells, or the reason why there are none.
        people: who lives where.
        met: what each home meets, by layer.
        opened: what lies on the ground.
    """
    if isinstance(areas, str):
        columns = ["zone", "geometry", "imputed"]
        return pd.DataFrame(columns=columns), pd.DataFrame(), pd.DataFrame()
    epci = place.zones.loc[place.zones["kind"] == "epci", "geometry"].iloc[0]
    here = np.asarray(shapely.intersects(areas.geometry, epci), dtype=bool)
    table = areas.table[here].reset_index(drop=True)
    cells = pd.DataFrame(
        {"zone": table["cell"], "geometry": areas.geometry[here], "imputed": table["imputed"]}
    )
    counts = {x.id: np.asarray(x.formula(table), dtype=np.float64) for x in layers_of(GRID)}
    small = secrecy.hidden(counts["households"], counts["population"])
    imputed = table["imputed"].to_numpy(dtype=bool)
    layers = counts | _around(areas, here, counts, people, met, opened)
    rows = [
        _values_of(x, layers, table["cell"].to_numpy(), imputed, small)
        for x in INDICATORS
        if set(x.layers) <= set(layers)
    ]
    shown = ~imputed & ~small
    counted = [
        pd.DataFrame({"zone": table["cell"], "layer": name, "central": amount, "imputed": 0.0})[
            shown & ~np.isnan(amount)
        ]
        for name, amount in counts.items()
    ]
    return cells, pd.concat(rows, ignore_index=True), pd.concat(counted, ignore_index=True)


def _values_of(
    x: Indicator,
    layers: Mapping[str, Floats],
    cells: npt.NDArray[np.object_],
    imputed: Bools,
    small: Bools,
) -> pd.DataFrame:
    """Return one indicator for every cell that may tell it."""
    tells_of_people = not _environmental(x)
    silent = (imputed | small) if tells_of_people else np.zeros(len(imputed), dtype=bool)
    central = np.where(silent, np.nan, x.formula(*(layers[name] for name in x.layers)))
    reason = np.where(imputed, IMPUTED, HIDDEN)
    unknown = "colonne absente ou dénominateur nul" if tells_of_people else "inconnu ici"
    reason = np.where(silent, reason, np.where(np.isnan(central), unknown, ""))
    return pd.DataFrame(
        {
            "zone": cells,
            "indicator": x.id,
            "central": central,
            "unit": x.unit,
            "imputed_share": imputed.astype(float),
            "reason": reason,
        }
    )


def _environmental(x: Indicator) -> bool:
    """Say whether an indicator tells of places, in which no count of people can be read.

    It is a mean over the people of a cell, or over its ground; what is divided by people is not.
    """
    ways = {name: LAYERS[name].carried for name in x.layers}
    around = [w for w in ways.values() if isinstance(w, AtHomes | Walk | OnGround)]
    people = {name for name, w in ways.items() if isinstance(w, Crosswalk)}
    means = any(isinstance(w, AtHomes | Walk) for w in around) and people <= {
        "population",
        "households",
    }
    return bool(around) and (means or not people) and "resident" not in x.unit


def _around(
    areas: Areas,
    here: Bools,
    counts: Mapping[str, Floats],
    people: Occupancy | str,
    met: Mapping[str, Floats],
    opened: Opened,
) -> dict[str, Floats]:
    """Return what lies around the people of each cell, and on its ground, by layer."""
    result: dict[str, Floats] = {}
    if not isinstance(people, str):
        for x in layers_by(AtHomes, Walk):
            if x.id not in met or counted_at(x) not in people.whole:
                continue
            weight = people.at_homes(counted_at(x))
            known = ~np.isnan(met[x.id])
            size = len(areas.geometry)
            amount: Floats = np.bincount(
                people.cell, np.nan_to_num(met[x.id]) * weight, size
            ).astype(np.float64)[here]
            held: Floats = np.bincount(people.cell, known * weight, size).astype(np.float64)[here]
            whole = np.bincount(people.cell, weight, size)[here]
            enough = (held > 0) & (held >= AVAILABILITY_FLOOR * whole)
            mean = np.divide(amount, held, out=np.full(len(amount), np.nan), where=enough)
            count = counts["population" if counted_at(x) == "residents" else "households"]
            result[x.id] = mean if x.kind == "field" else mean * count
    shapes = areas.geometry[here]
    surface = shapely.area(shapes)
    for name, (amount, held) in grounds(opened, shapes).items():
        enough = held >= AVAILABILITY_FLOOR * surface
        result[name] = np.divide(
            surface * amount, held, out=np.full(len(amount), np.nan), where=enough
        )
    return result
