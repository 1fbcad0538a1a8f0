"""What lies in and around zones, brought to them: at people's homes, on the ground, by commune."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo import located
from labo.catalogue import LAYERS
from labo.homes import Counted, Occupancy, counted_of
from labo.layer import Layer
from labo.mirror import Mirror
from labo.raster import Raster
from labo.source import SourceFile
from labo.territory import CRS, Territory
from labo.transfer import CAUSES, Cause
from labo.walk import Walks
from labo.way import AtHomes, OfCommune, OnGround, Points, Walk
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# An aggregate of which less than this share is known is empty: the rest might be anything (to
# check: the share that users accept).
AVAILABILITY_FLOOR = 0.8
NO_DIFFERENCE = "connu par commune : ne dit rien de la différence entre quartiers"


@dataclass(frozen=True)
class Opened:
    """The newest files of the datasets that layers read, each opened once."""

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
    tables = {dataset: file.table(place.bounds) for dataset, file in found.items()}
    return Opened(found, tables)


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
    met: dict[str, Floats] = {}
    result: dict[str, ZoneLayer] = {}
    for x in layers:
        way = x.carried
        if isinstance(way, Walk):
            reason = walks.reasons.get(way.place, "")
            if not reason:
                met[x.id] = np.asarray(
                    x.formula(walks.minutes(way.place, way.speed_km_h)), dtype=np.float64
                )
        else:
            reason = _absent(x, opened)
            if not reason:
                met[x.id] = _met(x, opened, people)
        if reason:
            result[x.id] = empty(zones, reason)
    known_layers = [x for x in layers if x.id in met]
    return result | _summed(known_layers, met, people, place, seed, draws), met


def _absent(layer: Layer, opened: Opened) -> str:
    dataset = layer.sources[0]
    return "" if dataset in opened.files else f"aucun fichier {dataset}"


def _met(layer: Layer, opened: Opened, people: Occupancy) -> Floats:
    """Return what each home meets of a layer, NaN where nobody knows."""
    dataset, way = layer.sources[0], layer.carried
    assert isinstance(way, AtHomes)  # noqa: S101 (said to the type checker)
    table = opened.tables[dataset]
    if isinstance(table, pd.DataFrame) and table.empty:
        found = np.full(len(people.x), way.elsewhere)
    else:
        found = located.at_points(
            table,
            opened.values(layer),
            people.x,
            people.y,
            elsewhere=way.elsewhere,
            reach_m=way.reach_m,
        )
    if way.whose == "households in houses":
        found = np.where(np.isnan(people.house), np.nan, found * people.house)
    covered = opened.files[dataset].coverage
    if covered is not None:
        area = gpd.GeoSeries([covered], crs="EPSG:4326").to_crs(CRS).iloc[0]
        shapely.prepare(area)
        found[~shapely.contains_xy(area, people.x, people.y)] = np.nan
    return found


def counted_at(layer: Layer) -> Counted:
    """Return what is counted at homes for a layer that people meet there."""
    way = layer.carried
    assert isinstance(way, AtHomes | Walk)  # noqa: S101 (said to the type checker)
    return counted_of(way.whose)


def _summed(
    layers: Sequence[Layer],
    met: Mapping[str, Floats],
    people: Occupancy,
    place: Territory,
    seed: int,
    draws: int,
) -> dict[str, ZoneLayer]:
    """Sum (or average) over each zone's people what they meet."""
    if not layers:
        return {}
    columns: dict[Counted, list[Layer]] = {}
    for x in layers:
        columns.setdefault(counted_at(x), []).append(x)
    amounts = {
        counted: np.column_stack(
            [np.nan_to_num(met[x.id]) for x in group]
            + [(~np.isnan(met[x.id])).astype(float) for x in group]
        )
        for counted, group in columns.items()
        if counted in people.whole
    }
    drawn = people.drawn_by_zone(amounts, seed, draws)
    result: dict[str, ZoneLayer] = {}
    for counted, group in columns.items():
        if counted not in amounts:
            result |= {x.id: empty(len(place.zones), "ménages non comptés") for x in group}
            continue
        ones = np.ones((len(people.x), 1))
        central = people.by_zone(amounts[counted], counted)
        whole = people.by_zone(ones, counted)[:, 0]
        imputed = people.by_zone(amounts[counted] * people.imputed[people.atom][:, None], counted)
        people_imputed = people.by_zone(
            people.imputed[people.atom][:, None].astype(float), counted
        )[:, 0]
        cells = _cells_met(people, len(place.zones))
        for i, x in enumerate(group):
            j = len(group) + i
            available = _ratio(central[:, j], whole)
            support = Support(
                np.full(len(whole), "walk" if isinstance(x.carried, Walk) else "homes", object),
                _ratio(people_imputed, whole),
                cells,
                np.nan_to_num(available),
            )
            result[x.id] = _layer_of(
                x,
                central[:, i],
                central[:, j],
                whole,
                {c: d[:, :, i] for c, d in drawn[counted].items()},
                {c: d[:, :, j] for c, d in drawn[counted].items()},
                imputed[:, i],
                support,
                seed,
            )
    return result


def _cells_met(people: Occupancy, zones: int) -> npt.NDArray[np.int64]:
    """Return how many source areas each zone has homes in."""
    entry = people.zones.tocoo()
    cell = people.cell[people.first][entry.col]
    pairs = np.unique(np.column_stack([entry.row, cell]), axis=0)
    return np.bincount(pairs[:, 0], minlength=zones).astype(np.int64)


def _layer_of(
    layer: Layer,
    amount: Floats,
    known: Floats,
    whole: Floats,
    amounts: Mapping[Cause, Floats],
    knowns: Mapping[Cause, Floats],
    imputed: Floats,
    support: Support,
    seed: int,
) -> ZoneLayer:
    """Return a layer of sums over what is known; where little is known it is empty.

    What is not known of an extensive layer is taken to be like the rest of its zone; `available`
    says how much that is.
    """
    scale = np.ones(len(whole)) if layer.kind == "field" else whole
    central = scale * _ratio(amount, known)
    factor = scale[:, None]
    draws: dict[Cause, Floats] = {}
    for cause in CAUSES:
        if layer.kind == "extensive" and cause != "measurement":
            # People and what they meet are drawn together.
            drawn = amounts[cause] * np.divide(1.0, support.available)[:, None]
        else:
            drawn = factor * _ratio(amounts[cause], knowns[cause])
        draws[cause] = drawn
    draws = with_error(layer, central, draws, whole if layer.kind == "extensive" else None, seed)
    return _kept(central, draws, imputed, support, f"connu de trop peu ({layer.sources[0]})")


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
    shape = draws["all"].shape
    letters = list(layer.id.encode())
    z = np.random.default_rng([seed, 3, *letters]).standard_normal(shape)
    moved: dict[Cause, Floats] = dict(draws)
    for cause in ("all", "measurement"):
        noise = central[:, None] * error.central * z if error.unit == "1" else error.central * z
        shifted = draws[cause] + noise
        if layer.kind == "extensive" or layer.unit == "1":
            shifted = np.maximum(shifted, 0.0)
        if most is not None:
            shifted = np.minimum(shifted, most[:, None])
        moved[cause] = shifted
    return moved


def _kept(
    central: Floats,
    draws: Mapping[Cause, Floats],
    imputed: Floats,
    support: Support,
    reason: str,
) -> ZoneLayer:
    """Empty the zones of which too little is known."""
    lost = (support.available < AVAILABILITY_FLOOR) | np.isnan(central)
    return ZoneLayer(
        np.where(lost, np.nan, central),
        {c: np.where(lost[:, None], np.nan, d) for c, d in draws.items()},
        np.where(lost, reason, "").astype(object),
        np.where(lost, np.nan, imputed),
        support,
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    result: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return result


def on_ground(opened: Opened, place: Territory, seed: int, draws: int) -> dict[str, ZoneLayer]:
    """Return the layers that are square metres of the ground, and what points add up to."""
    shapes = np.asarray(place.zones.geometry)
    zones = len(shapes)
    result: dict[str, ZoneLayer] = {}
    for x in layers_by(OnGround, Points):
        reason = _absent(x, opened)
        if reason:
            result[x.id] = empty(zones, reason)
            continue
        dataset, way = x.sources[0], x.carried
        table, values = opened.tables[dataset], opened.values(x)
        covered = _covered_share(opened.files[dataset], shapes)
        if isinstance(way, OnGround):
            amount, known = located.on_ground(table, values, shapes, elsewhere=way.elsewhere)
            whole = shapely.area(shapes)
            available = _ratio(known, whole) * covered
            amount = whole * _ratio(amount, known)
            method, most = "ground", whole
        else:
            assert isinstance(table, gpd.GeoDataFrame)  # noqa: S101 (said to the type checker)
            amount, available = located.inside(table, values, shapes)
            available = available * covered
            method, most = "points", None
        still = np.broadcast_to(amount[:, None], (zones, draws))
        drawn = with_error(x, amount, dict.fromkeys(CAUSES, still), most, seed)
        support = Support(
            np.full(zones, method, dtype=object),
            np.zeros(zones),
            np.zeros(zones, dtype=np.int64),
            np.nan_to_num(available),
        )
        result[x.id] = _kept(amount, drawn, np.zeros(zones), support, f"hors de {dataset}")
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
        reason = _absent(x, opened)
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
        people = np.where(is_commune & ~np.isnan(central), population.central, 0.0)
        asked = np.nansum(np.where(is_commune, population.central, 0.0))
        share = np.nansum(people) / asked if asked > 0 else 0.0
        if share > 0:
            mean = np.nansum(np.nan_to_num(central) * people) / np.nansum(people)
            central = np.where((kind == "epci") & (share >= AVAILABILITY_FLOOR), mean, central)
        still = np.broadcast_to(central[:, None], (len(zones), draws))
        inner = ~np.isin(kind, ("commune", "epci"))
        unsaid = np.where(inner, NO_DIFFERENCE, f"commune absente de {x.sources[0]}")
        available = np.where(kind == "epci", share, (~np.isnan(central)).astype(float))
        result[x.id] = ZoneLayer(
            central,
            dict.fromkeys(CAUSES, still),
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
