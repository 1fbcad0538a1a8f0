"""What the figures of walks would be without some of the places, exactly.

A place that a file calls open may be closed. What a zone's layer loses when places are taken away
is told ahead, so that nobody has to walk the streets again: people are counted by the set of places
in their reach, and those whose whole set is taken away are lost. It holds for any places taken away
together. A median walk is told for one place at a time: of several, it is at least the longest.
"""

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse

from labo import access
from labo.catalogue import INDICATORS, LAYERS
from labo.homes import Occupancy
from labo.layer import Layer
from labo.territory import CRS, Territory
from labo.walk import MINUTES, Each, Walks, layers_to
from labo.way import Walk
from labo.zone_homes import median
from labo.zone_layer import ZoneLayer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PLACE_COLUMNS = ["kind", "place", "name", "type", "hours", "source", "geometry"]
COLUMNS = ["zone", "layer", "places", "change"]
# Between the ids of places that are taken away together; no file has it in an id.
SEPARATOR = " "
# People and minutes are told to so many decimals.
DECIMALS = 6


def named_places(walks: Walks) -> gpd.GeoDataFrame:
    """Return the places that somebody may say something of: PLACE_COLUMNS, EPSG:3035.

    A place of two kinds has two rows. An outline is told by a point on it.
    """
    tables = [x.places.assign(kind=kind) for kind, x in walks.each.items() if len(x.places)]
    if not tables:
        empty = {name: np.zeros(0, dtype=object) for name in PLACE_COLUMNS[:-1]}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=CRS))
    table = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=CRS)
    table["geometry"] = table.geometry.representative_point()
    return table[PLACE_COLUMNS].sort_values(["kind", "place"], ignore_index=True)


def absences(
    walks: Walks, people: Occupancy | str, place: Territory, layers: Mapping[str, ZoneLayer]
) -> pd.DataFrame:
    """Return what each layer of walks changes by in each zone without some places, long: COLUMNS.

    Of a count, `change` is minus the residents whose places in reach are all among `places`, and no
    fewer; the rows of all that is taken away add up. Of a median walk, `change` is the minutes
    added without the one place. A layer that is empty in a zone has no row there.
    """
    if isinstance(people, str):
        return pd.DataFrame({name: [] for name in COLUMNS})
    rows: list[pd.DataFrame] = []
    whole = people.by_zone(np.ones((len(people.x), 1)), "residents")[:, 0]
    for kind, each in walks.each.items():
        known = (~np.isnan(walks.metres[kind])).astype(float)
        # What is not known is taken to be like the rest of its zone, as in the layer itself.
        among = people.by_zone(known[:, None], "residents")[:, 0]
        more = np.divide(whole, among, out=np.zeros_like(whole), where=among > 0)
        for layer in layers_to(kind):
            way = layer.carried
            if not isinstance(way, Walk) or way.whose != "residents":
                continue
            told = ~np.isnan(layers[layer.id].central)
            if layer.kind == "extensive":
                table = _lost(layer, each, people, more)
            else:
                table = _longer(each, people, walks.metres[kind], layers[layer.id].central, way)
            rows.append(table[told[table["zone"]]].assign(layer=layer.id))
    found = [table for table in rows if len(table)]
    if not found:
        return pd.DataFrame({name: [] for name in COLUMNS})
    table = pd.concat(found, ignore_index=True)
    table["zone"] = place.zones["zone"].to_numpy(dtype=object)[table["zone"].to_numpy()]
    table["change"] = table["change"].round(DECIMALS)
    return table[COLUMNS].sort_values(["zone", "layer", "places"], ignore_index=True)


def _lost(layer: Layer, each: Each, people: Occupancy, more: Floats) -> pd.DataFrame:
    """Count the residents of each zone by the set of places in their reach: zone, places, change.

    `zone` is a number here; `more` says how many residents one that is known stands for, (zones,).
    """
    way = layer.carried
    assert isinstance(way, Walk)  # noqa: S101 (said to the type checker)
    near = np.asarray(layer.formula(access.walking_minutes(each.metres, way.speed_km_h))) > 0
    order = np.lexsort((each.row[near], each.home[near]))
    home, row = each.home[near][order], each.row[near][order]
    first = np.flatnonzero(np.diff(home, prepend=-1))
    ids = each.places["place"].to_numpy(dtype=object)
    sets: dict[bytes, int] = {}
    names: list[str] = []
    group = np.zeros(len(first), dtype=np.int64)
    for i, rows in enumerate(np.split(row, first[1:]) if len(first) else []):
        number = sets.setdefault(rows.tobytes(), len(sets))
        if number == len(names):
            names.append(SEPARATOR.join(sorted(ids[rows])))
        group[i] = number
    homes = home[first]
    residents = people.at_homes("residents")[homes]
    shape = (len(people.imputed), len(names))
    by_atom = scipy.sparse.coo_array((residents, (people.atom[homes], group)), shape=shape)
    by_zone = (people.zones @ by_atom.tocsr()).tocoo()
    return pd.DataFrame(
        {
            "zone": by_zone.row.astype(np.int64),
            "places": np.array(names, dtype=object)[by_zone.col],
            "change": -by_zone.data * more[by_zone.row],
        }
    )


def _longer(
    each: Each, people: Occupancy, nearest: Floats, central: Floats, way: Walk
) -> pd.DataFrame:
    """Return the minutes that a median walk grows by without each place: zone, places, change.

    `nearest` are the metres to the nearest place of all, (homes,); `central` the medians, (zones,).
    """
    order = np.lexsort((each.row, each.metres, each.home))
    home, row, metres = each.home[order], each.row[order], each.metres[order]
    begin = np.flatnonzero(np.diff(home, prepend=-1))
    second = np.full(len(people.x), np.inf)
    has_second = np.flatnonzero(np.diff(begin, append=len(home)) > 1)
    second[home[begin[has_second]]] = metres[begin[has_second] + 1]
    residents = people.at_homes("residents")
    known = ~np.isnan(nearest)

    def within(of: Ints, walked: Floats) -> Floats:
        """Sum residents by zone and minutes that their walk takes at most, (zones, minutes)."""
        minutes = access.walking_minutes(walked, way.speed_km_h)
        step = np.searchsorted(MINUTES, minutes)
        counts = scipy.sparse.coo_array(
            (residents[of], (people.atom[of], step)), shape=(len(people.imputed), len(MINUTES) + 1)
        )
        by_zone = np.asarray((people.zones @ counts.tocsr()).todense(), dtype=np.float64)
        summed: Floats = by_zone[:, :-1].cumsum(axis=1)
        return summed

    every = np.flatnonzero(known)
    today = within(every, nearest[every])
    among = people.by_zone(known[:, None].astype(float), "residents")
    rows: list[pd.DataFrame] = []
    ids = each.places["place"].to_numpy(dtype=object)
    closest = row[begin]
    by_place = np.argsort(closest, kind="stable")
    for of_place in np.split(by_place, np.flatnonzero(np.diff(closest[by_place])) + 1):
        if not len(of_place):
            continue
        here = home[begin[of_place]]
        moved = today - within(here, metres[begin[of_place]]) + within(here, second[here])
        share = np.divide(moved, among, out=np.full_like(moved, np.nan), where=among > 0)
        change = median(share) - central
        zone = np.flatnonzero(np.abs(change) > 10.0**-DECIMALS)
        places = np.full(len(zone), ids[closest[of_place[0]]], dtype=object)
        rows.append(pd.DataFrame({"zone": zone, "places": places, "change": change[zone]}))
    if not rows:
        return pd.DataFrame({"zone": np.zeros(0, dtype=np.int64), "places": [], "change": []})
    return pd.concat(rows, ignore_index=True)


def corrected(
    layers: pd.DataFrame, changes: pd.DataFrame, gone: Mapping[str, Collection[str]]
) -> pd.DataFrame:
    """Return the indicators of walks as they would be without these places.

    Args:
        layers: of a release: zone, layer, central.
        changes: of the same release: COLUMNS.
        gone: ids of the places that are taken away together, by kind of place.

    Returns:
        zone, indicator, central, at_least: only what changes. `at_least` is true where several
        places are taken away from a median walk, which is then at least so long.
    """
    sets = {x.id: {*gone[kind]} for kind in gone for x in layers_to(kind)}
    taken = [
        sets.get(layer, set()).issuperset(places.split(SEPARATOR))
        for layer, places in zip(changes["layer"], changes["places"], strict=True)
    ]
    here = changes[np.array(taken, dtype=bool)]
    change = {key: x["change"] for key, x in here.groupby(["zone", "layer"])}
    central = layers.set_index(["zone", "layer"])["central"]
    rows: list[dict[str, object]] = []
    for x in INDICATORS:
        walked = [name for name in x.layers if name in sets]
        # A zone whose counts change may walk further too, where two places stand side by side.
        for zone in sorted({*here.loc[here["layer"].isin(_with(walked)), "zone"]}):
            known = {name: float(central.get((zone, name), np.nan)) for name in x.layers}
            several = False
            for name in walked:
                changed = change.get((zone, name), pd.Series([0.0]))
                timed = LAYERS[name].kind == "field"
                known[name] += float(changed.max() if timed else changed.sum())
                several |= timed and len(sets[name]) > 1
            value = float(x.formula(*(np.array([known[name]]) for name in x.layers))[0])
            same = value == float(x.formula(*_given(central, zone, x.layers))[0])
            if not np.isnan(value) and (several or not same):
                row = {"zone": str(zone), "indicator": x.id, "central": value}
                rows.append(row | {"at_least": several})
    return pd.DataFrame(rows, columns=["zone", "indicator", "central", "at_least"])


def _given(central: "pd.Series[float]", zone: str, names: Collection[str]) -> list[Floats]:
    return [np.array([float(central.get((zone, name), np.nan))]) for name in names]


def _with(names: Collection[str]) -> set[str]:
    """Return the layers that walk to the same kinds of place as these."""
    ways = [LAYERS[name].carried for name in names]
    return {x.id for way in ways if isinstance(way, Walk) for x in layers_to(way.place)}
