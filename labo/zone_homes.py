"""What people meet where they live, brought to zones: sums, means and medians over homes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from labo import located
from labo.catalogue import LAYERS
from labo.homes import Counted, Occupancy, counted_of
from labo.layer import Layer
from labo.raster import Raster
from labo.territory import CRS, Territory
from labo.transfer import Cause
from labo.walk import MINUTES, Walks
from labo.way import AtHomes, Walk
from labo.zone_fields import Opened, absent, kept, layers_by, noise_of, ratio, with_error
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Met:
    """What each home meets of a layer: one column, or one for each of the cases of its error.

    values: (homes, columns), NaN where nobody knows. cases: the standard deviations that the
    columns stand for, (columns,).
    """

    values: Floats
    cases: Floats

    @property
    def central(self) -> Floats:
        """The column without error, (homes,)."""
        return self.values[:, len(self.cases) // 2]


# Where an error may carry people over a threshold, it is tried at so many standard deviations.
CASES = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def at_homes(
    opened: Opened, walks: Walks, people: Occupancy | str, place: Territory, seed: int, draws: int
) -> tuple[dict[str, ZoneLayer], dict[str, Floats]]:
    """Return the layers that people meet where they live, and what each home meets.

    Args:
        opened: the tables.
        walks: the minutes on foot.
        people: who lives where, or the reason why nobody knows.
        place: the territory.
        seed: of the draws.
        draws: how many.

    Returns:
        the layers by id, and the values at homes of those that are known, each (homes,).
    """
    zones = len(place.zones)
    layers = layers_by(AtHomes, Walk)
    if isinstance(people, str):
        return {x.id: empty(zones, people) for x in layers}, {}
    spots = located.Spots(people.x, people.y)
    # Several layers ask what of one file lies around the homes: it is found once.
    around: dict[tuple[str, float], located.Pairs] = {}
    met: dict[str, Met] = {}
    result: dict[str, ZoneLayer] = {}
    for x in layers:
        way = x.carried
        reason = walks.reasons.get(way.place, "") if isinstance(way, Walk) else absent(x, opened)
        if reason:
            result[x.id] = empty(zones, reason)
        elif isinstance(way, Walk):
            met[x.id] = _walked(x, walks.minutes(way.place, way.speed_km_h))
        else:
            met[x.id] = _met(x, opened, people, spots, around)
    known_layers = [x for x in layers if x.id in met]
    result |= _summed(known_layers, met, people, place, seed, draws)
    at_home = {name: np.minimum(m.central, MINUTES[-1]) for name, m in met.items() if _timed(name)}
    return result, {name: m.central for name, m in met.items()} | at_home


def _timed(name: str) -> bool:
    """Say whether a layer is a median walk."""
    layer = LAYERS[name]
    return isinstance(layer.carried, Walk) and layer.kind == "field"


def _walked(layer: Layer, minutes: Floats) -> Met:
    """Return what a layer makes of the minutes, in the cases of their error."""
    if layer.kind == "field":
        walk = np.asarray(layer.formula(minutes), dtype=np.float64)
        return Met(walk[:, None], np.zeros(1))
    return _in_cases(layer, minutes)


def _in_cases(layer: Layer, raw: Floats) -> Met:
    """Run a formula on what is measured, more or less its error."""
    error = layer.error
    if error is None:
        return Met(np.asarray(layer.formula(raw), dtype=np.float64)[:, None], np.zeros(1))
    # Multiplied, what is beyond all reach stays so.
    times, plus = (error.central, 0.0) if error.unit == "1" else (0.0, error.central)
    columns = [layer.formula(raw * (1 + times * z) + plus * z) for z in CASES]
    return Met(np.column_stack(columns).astype(np.float64), CASES)


def _met(
    layer: Layer,
    opened: Opened,
    people: Occupancy,
    spots: located.Spots,
    around: dict[tuple[str, float], located.Pairs],
) -> Met:
    """Return what each home meets of a layer.

    Args:
        layer: which.
        opened: the tables.
        people: who lives where.
        spots: their homes.
        around: the rows near each home, by dataset and reach: those not yet there are added.
    """
    dataset, way = layer.sources[0], layer.carried
    assert isinstance(way, AtHomes)  # noqa: S101 (said to the type checker)
    table = opened.tables[dataset]
    if isinstance(table, Raster) and layer.kind == "extensive":
        met = _in_cases(layer, located.under_points(table, spots))
    elif isinstance(table, Raster):
        there = located.under_points(located.with_values(table, opened.values(layer)), spots)
        met = Met(there[:, None], np.zeros(1))
    elif table.empty:
        met = Met(np.full((len(people.x), 1), way.elsewhere), np.zeros(1))
    else:
        key = dataset, way.reach_m
        if key not in around:
            around[key] = located.near(table, spots, way.reach_m)
        found = located.largest(around[key], opened.values(layer), elsewhere=way.elsewhere)
        met = Met(found[:, None], np.zeros(1))
    values = met.values
    if way.whose == "households in houses":
        house = people.house[:, None]
        values = np.where(np.isnan(house), np.nan, values * house)
    covered = opened.files[dataset].coverage
    if covered is not None:
        area = gpd.GeoSeries([covered], crs="EPSG:4326").to_crs(CRS).iloc[0]
        shapely.prepare(area)
        values[~shapely.contains_xy(area, people.x, people.y)] = np.nan
    return Met(values, met.cases)


def counted_at(layer: Layer) -> Counted:
    """Return what is counted at homes for a layer that people meet there."""
    way = layer.carried
    assert isinstance(way, AtHomes | Walk)  # noqa: S101 (said to the type checker)
    return counted_of(way.whose)


def _columns(layer: Layer, met: Met) -> Floats:
    """Return what is summed over people: the cases, then whether anything is known."""
    known = ~np.isnan(met.values[:, :1])
    if _timed(layer.id):
        return np.hstack([met.values <= MINUTES, known.astype(float)])
    return np.hstack([np.nan_to_num(met.values), known.astype(float)])


def _width(layer: Layer, met: Met) -> int:
    """Return how many columns `_columns` has."""
    return (len(MINUTES) if _timed(layer.id) else len(met.cases)) + 1


def _summed(
    layers: Sequence[Layer],
    met: Mapping[str, Met],
    people: Occupancy,
    place: Territory,
    seed: int,
    draws: int,
) -> dict[str, ZoneLayer]:
    """Sum (or average) over each zone's people what they meet."""
    result: dict[str, ZoneLayer] = {}
    wanted: dict[Counted, list[Layer]] = {}
    for x in layers:
        if counted_at(x) in people.whole:
            wanted.setdefault(counted_at(x), []).append(x)
        else:
            result[x.id] = empty(len(place.zones), "ménages non comptés")
    amounts = {
        counted: np.hstack([_columns(x, met[x.id]) for x in group])
        for counted, group in wanted.items()
    }
    drawn = people.drawn_by_zone(amounts, seed, draws) if amounts else {}
    imputed = people.imputed[people.atom][:, None].astype(float)
    cells = _cells_met(people, len(place.zones))
    for counted, group in wanted.items():
        whole = people.by_zone(np.ones((len(people.x), 1)), counted)[:, 0]
        share = ratio(people.by_zone(imputed, counted)[:, 0], whole)
        central = people.by_zone(amounts[counted], counted)
        begin = 0
        for x in group:
            here = slice(begin, begin + _width(x, met[x.id]))
            begin = here.stop
            method = "walk" if isinstance(x.carried, Walk) else "homes"
            support = Support(
                np.full(len(whole), method, dtype=object),
                share,
                cells,
                np.nan_to_num(ratio(central[:, here.stop - 1], whole)),
            )
            sums = {c: d[:, :, here] for c, d in drawn[counted].items()}
            result[x.id] = _layer_of(x, met[x.id], central[:, here], whole, sums, support, seed)
    return result


def _cells_met(people: Occupancy, zones: int) -> npt.NDArray[np.int64]:
    """Return how many source areas each zone has homes in."""
    entry = people.zones.tocoo()
    cell = people.cell[people.first][entry.col]
    pairs = np.unique(np.column_stack([entry.row, cell]), axis=0)
    return np.bincount(pairs[:, 0], minlength=zones).astype(np.int64)


def _layer_of(
    layer: Layer,
    met: Met,
    sums: Floats,
    whole: Floats,
    drawn: Mapping[Cause, Floats],
    support: Support,
    seed: int,
) -> ZoneLayer:
    """Return a layer from the sums of its columns; where little is known it is empty.

    What is not known of an extensive layer is taken to be like the rest of its zone; `available`
    says how much that is.

    Args:
        layer: which.
        met: its cases.
        sums: over the people of each zone, the last column those of whom something is known,
            (zones, columns).
        whole: all people, (zones,).
        drawn: `sums` drawn, by cause, (zones, draws, columns).
        support: what it rests on.
        seed: of the draws.
    """
    mean = ratio(sums[:, :-1], sums[:, -1:])
    means = {c: ratio(d[:, :, :-1], d[:, :, -1:]) for c, d in drawn.items()}
    most = None
    if _timed(layer.id):
        central = median(mean)
        draws = {c: median(m) for c, m in means.items()}
        draws = with_error(layer, central, draws, None, seed)
    elif len(met.cases) > 1:
        central = mean[:, len(met.cases) // 2]
        draws = _between_cases(layer, met.cases, means, seed)
    else:
        central = mean[:, 0]
        draws = {c: m[:, :, 0] for c, m in means.items()}
        most = np.ones(len(whole)) if layer.kind == "extensive" else None
        draws = with_error(layer, central, draws, most, seed)
    if layer.kind == "extensive":
        known = np.where(support.available > 0, support.available, np.nan)
        people = {c: d[:, :, -1] / known[:, None] for c, d in drawn.items()}
        draws = {c: d * people[c] for c, d in draws.items()}
        central = central * whole
    imputed = central * support.imputed_share
    return kept(central, draws, imputed, support, "la source couvre trop peu d’habitants ici")


def median(share: Floats) -> Floats:
    """Return the minutes that half of the people pass, from the shares that walk at most MINUTES.

    Straight lines join the shares; a median beyond the last minute is the last minute.
    """
    above = share >= 0.5
    last = len(MINUTES) - 1
    first = np.where(above.any(axis=-1), above.argmax(axis=-1), last)
    before = np.maximum(first - 1, 0)
    high = np.take_along_axis(share, first[..., None], axis=-1)[..., 0]
    low = np.take_along_axis(share, before[..., None], axis=-1)[..., 0]
    rise = np.divide(0.5 - low, high - low, out=np.ones_like(high), where=high > low)
    found = MINUTES[before] + np.clip(rise, 0.0, 1.0) * (MINUTES[first] - MINUTES[before])
    return np.where(np.isnan(share).any(axis=-1), np.nan, found)


def _between_cases(
    layer: Layer, cases: Floats, means: Mapping[Cause, Floats], seed: int
) -> dict[Cause, Floats]:
    """Return draws of a share whose people's measures err together, (zones, draws)."""
    shape = next(iter(means.values())).shape[:2]
    z = np.clip(noise_of(layer, seed, shape), cases[0], cases[-1])
    left = np.clip(np.floor(z - cases[0]).astype(np.int64), 0, len(cases) - 2)
    rise = z - cases[left]
    result: dict[Cause, Floats] = {}
    for cause, mean in means.items():
        if cause in ("all", "measurement"):
            low = np.take_along_axis(mean, left[:, :, None], axis=2)[:, :, 0]
            high = np.take_along_axis(mean, left[:, :, None] + 1, axis=2)[:, :, 0]
            result[cause] = low + rise * (high - low)
        else:
            result[cause] = mean[:, :, len(cases) // 2]
    return result
