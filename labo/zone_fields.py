"""What lies in and around zones, brought to them: on the ground, as points, by commune."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo import located
from labo.catalogue import LAYERS
from labo.crosswalk import Geometries
from labo.layer import Layer
from labo.mirror import Mirror
from labo.raster import Raster
from labo.source import SourceFile
from labo.territory import CRS, Territory
from labo.transfer import CAUSES, Cause
from labo.way import AtHomes, OfCommune, OnGround, Points
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# An aggregate of which less than this share is known is empty: the rest might be anything (to
# check: the share that users accept).
AVAILABILITY_FLOOR = 0.8
NO_DIFFERENCE = "connu par commune : ne dit rien de la différence entre quartiers"


@dataclass(frozen=True)
class Opened:
    """The newest files of the datasets that layers read, each opened once; shapes in EPSG:3035."""

    files: Mapping[str, SourceFile]
    tables: Mapping[str, gpd.GeoDataFrame | Raster | pd.DataFrame]

    def values(self, layer: Layer) -> Floats:
        """Return what a layer's formula gives for each row or pixel of its dataset."""
        table = self.tables[layer.sources[0]]
        given = layer.formula(table.values if isinstance(table, Raster) else table)
        return np.asarray(given, dtype=np.float64).ravel()


def layers_by(*ways: type) -> list[Layer]:
    """Return the layers that are carried in one of these ways."""
    return [x for x in LAYERS if isinstance(x.carried, ways)]


def open_tables(mirror: Mirror, place: Territory, files: list[SourceFile]) -> Opened:
    """Open what the layers of this module read, where it is at hand."""
    wanted = {x.sources[0] for x in layers_by(AtHomes, OnGround, Points, OfCommune)}
    known = {file.source.id: file for file in files}
    found: dict[str, SourceFile] = {}
    for dataset in sorted(wanted):
        file = mirror.newest(dataset)
        if file is not None:
            # One that the territory is made of was opened already: its notices stay in one place.
            found[dataset] = known.get(file.source.id, file)
    files.extend(file for file in found.values() if file.source.id not in known)
    return Opened(found, {name: _in_metres(x.table(place.bounds)) for name, x in found.items()})


def _in_metres(table: Any) -> Any:
    located_in = isinstance(table, gpd.GeoDataFrame) and table.crs is not None
    return table.to_crs(CRS) if located_in else table


def absent(layer: Layer, opened: Opened) -> str:
    """Say why a layer's file cannot be read; nothing where it can."""
    dataset = layer.sources[0]
    return "" if dataset in opened.files else f"aucun fichier {dataset}"


def noise_of(layer: Layer, seed: int, shape: tuple[int, ...]) -> Floats:
    """Return a layer's own standard normal draws."""
    return np.random.default_rng([seed, 3, *layer.id.encode()]).standard_normal(shape)


def with_error(
    layer: Layer,
    central: Floats,
    draws: Mapping[Cause, Floats],
    most: Floats | None,
    seed: int,
) -> dict[Cause, Floats]:
    """Add a layer's stated error to its draws; a quantity stays between 0 and `most`."""
    error = layer.error
    if error is None:
        return dict(draws)
    z = noise_of(layer, seed, draws["all"].shape)
    share = layer.unit == "1" and layer.kind == "field"
    # The error of a share is in hundredths of all: a relative one would make 0 % certain.
    relative = error.unit == "1" and not share
    noise = (np.abs(central[:, None]) if relative else 1.0) * error.central * z
    if share:
        most = np.ones(len(central))
    moved: dict[Cause, Floats] = dict(draws)
    for cause in ("all", "measurement"):
        shifted = draws[cause] + noise
        if layer.kind == "extensive" or share:
            shifted = np.maximum(shifted, 0.0)
        moved[cause] = shifted if most is None else np.minimum(shifted, most[:, None])
    return moved


def kept(
    central: Floats,
    draws: Mapping[Cause, Floats],
    imputed: Floats,
    support: Support,
    reason: str,
) -> ZoneLayer:
    """Return a layer, empty in the zones of which too little is known."""
    lost = (support.available < AVAILABILITY_FLOOR) | np.isnan(central)
    return ZoneLayer(
        np.where(lost, np.nan, central),
        {c: np.where(lost[:, None], np.nan, d) for c, d in draws.items()},
        np.where(lost, reason, "").astype(object),
        np.where(lost, np.nan, imputed),
        support,
    )


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN where there is no whole."""
    result: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return result


def grounds(opened: Opened, shapes: Geometries) -> dict[str, tuple[Floats, Floats]]:
    """Return the square metres of shapes that count, and those known, of each OnGround layer."""
    laid: dict[str, located.Overlay | Raster] = {}
    result: dict[str, tuple[Floats, Floats]] = {}
    for x in layers_by(OnGround):
        dataset, way = x.sources[0], x.carried
        if dataset not in opened.tables or not isinstance(way, OnGround):
            continue
        if dataset not in laid:
            table = opened.tables[dataset]
            laid[dataset] = table if isinstance(table, Raster) else located.overlay(table, shapes)
        result[x.id] = located.on_ground(
            laid[dataset], opened.values(x), shapes, elsewhere=way.elsewhere
        )
    return result


def on_ground(opened: Opened, place: Territory, seed: int, draws: int) -> dict[str, ZoneLayer]:
    """Return the layers that are square metres of the ground, and what points add up to."""
    shapes = np.asarray(place.zones.geometry)
    zones, whole = len(shapes), shapely.area(shapes)
    ground = grounds(opened, shapes)
    stands: dict[str, located.Pairs] = {}
    result: dict[str, ZoneLayer] = {}
    for x in layers_by(OnGround, Points):
        reason = absent(x, opened)
        if reason:
            result[x.id] = empty(zones, reason)
            continue
        dataset, way = x.sources[0], x.carried
        if x.id in ground:
            amount, known = ground[x.id]
            available = ratio(known, whole)
            amount = whole * ratio(amount, known)
            method, most = "ground", whole
        else:
            if dataset not in stands:
                stands[dataset] = located.within(opened.tables[dataset], shapes)
            amount, available = located.summed(stands[dataset], opened.values(x))
            method, most = "points", None
        available = available * _covered_share(opened.files[dataset], shapes)
        still = np.broadcast_to(amount[:, None], (zones, draws))
        drawn: dict[Cause, Floats] = dict.fromkeys(CAUSES, still)
        if isinstance(way, Points) and way.among is not None:
            most, _ = located.summed(stands[dataset], opened.values(LAYERS[way.among]))
            drawn |= dict.fromkeys(("all", "measurement"), _sampled(x, amount, most, seed, draws))
        drawn = with_error(x, amount, drawn, most, seed)
        support = Support(
            np.full(zones, method, dtype=object),
            np.zeros(zones),
            np.zeros(zones, dtype=np.int64),
            np.nan_to_num(available),
        )
        result[x.id] = kept(amount, drawn, np.zeros(zones), support, f"hors de {dataset}")
    return result


def _sampled(layer: Layer, part: Floats, whole: Floats, seed: int, draws: int) -> Floats:
    """Return draws of what a part of all would be, of which the file holds a few, (zones, draws).

    The posterior of a share (Jeffreys' prior) times the few.
    """
    rng = np.random.default_rng([seed, 5, *layer.id.encode()])
    rest = np.maximum(whole - part, 0.0)
    share = rng.beta(part[:, None] + 0.5, rest[:, None] + 0.5, (len(part), draws))
    result: Floats = whole[:, None] * share
    return result


def _covered_share(file: SourceFile, shapes: npt.NDArray[np.object_]) -> Floats:
    """Return the share of each zone that a file covers."""
    if file.coverage is None:
        return np.ones(len(shapes))
    area = gpd.GeoSeries([file.coverage], crs="EPSG:4326").to_crs(CRS).iloc[0]
    share: Floats = shapely.area(shapely.intersection(shapes, area)) / shapely.area(shapes)
    return share


def of_commune(
    opened: Opened, place: Territory, population: ZoneLayer, draws: int
) -> dict[str, ZoneLayer]:
    """Return the layers that are known by commune: communes, and the EPCI's mean over residents."""
    zones = place.zones
    kind, code = zones["kind"].to_numpy(), zones["zone"].to_numpy()
    is_commune = kind == "commune"
    result: dict[str, ZoneLayer] = {}
    for x in layers_by(OfCommune):
        reason = absent(x, opened)
        if reason:
            result[x.id] = empty(len(zones), reason)
            continue
        way = x.carried
        assert isinstance(way, OfCommune)  # noqa: S101 (said to the type checker)
        table = opened.tables[x.sources[0]]
        assert isinstance(table, pd.DataFrame)  # noqa: S101 (said to the type checker)
        rows = pd.Series(opened.values(x), index=table["commune"].to_numpy())
        grouped = rows.groupby(level=0)
        # Unlike pandas' sum, the sum of nothing but unknowns is unknown.
        by_commune = grouped.sum(min_count=1) if way.rows == "sum" else grouped.agg(way.rows)
        given = by_commune.reindex(code).to_numpy(dtype=float)
        if way.rows == "sum":
            # Orders are rows: a commune that has none in a national file has had none.
            given = np.where(np.isnan(given) & is_commune, 0.0, given)
        central = np.where(is_commune, given, np.nan)
        people = np.where(is_commune & ~np.isnan(central), np.nan_to_num(population.central), 0.0)
        asked = np.nansum(np.where(is_commune, population.central, 0.0))
        share = np.nansum(people) / asked if asked > 0 else 0.0
        told = (kind == "epci") & (share >= AVAILABILITY_FLOOR)
        drawn = {c: np.repeat(central[:, None], draws, axis=1) for c in CAUSES}
        if told.any():
            filled = np.nan_to_num(central)
            central = np.where(told, (filled * people).sum() / people.sum(), central)
            for cause, counted in population.draws.items():
                of_draw = np.where(people[:, None] > 0, counted, 0.0)
                drawn[cause][told] = (filled @ of_draw) / of_draw.sum(axis=0)
        inner = ~np.isin(kind, ("commune", "epci"))
        unsaid = np.where(inner, NO_DIFFERENCE, f"commune absente de {x.sources[0]}")
        available = np.where(kind == "epci", share, (~np.isnan(central)).astype(float))
        result[x.id] = ZoneLayer(
            central,
            drawn,
            np.where(np.isnan(central), unsaid, "").astype(object),
            np.zeros(len(zones)),
            Support(
                np.full(len(zones), "commune", dtype=object),
                np.zeros(len(zones)),
                np.zeros(len(zones), dtype=np.int64),
                available,
            ),
        )
    return result
