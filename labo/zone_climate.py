"""The climate to come, told of the EPCI: an ensemble's range at each horizon, never one member."""

import math

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo import ensemble
from labo.catalogue import LAYERS
from labo.layer import Layer
from labo.mirror import Mirror
from labo.source import SourceFile
from labo.sources.soclem import tracc_indicators
from labo.territory import CRS, Territory
from labo.transfer import CAUSES
from labo.way import Climate
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]
# A scenario and a horizon (2050, 1976-2005 …). The scenario begins with the reference system, as in
# "TRACC-2023" or "DRIAS-2020 RCP8.5", so that two systems in one file never share a moment.
Moment = tuple[str, str]
# Where nothing is known of the climate to come, that is said once, beside the values of today.
UNTOLD: Moment = ("present", "present")

DATASET = "drias_indicators"
STATISTICS = tuple(ensemble.QUANTILES)
# Where the three lie in the ensemble.
QUANTILES = tuple(ensemble.QUANTILES.values())
NOT_HERE = "climat connu à l'échelle du territoire : le même pour tous ses quartiers"
NO_POINT = f"aucun point du fichier {DATASET} autour du territoire"
NO_RANGE = f"éventail de l'ensemble (bas, médiane, haut) non donné par {DATASET}"


def to_come(
    mirror: Mirror, place: Territory, files: list[SourceFile], seed: int, draws: int
) -> dict[Moment, dict[str, ZoneLayer]]:
    """Return the climate layers of the EPCI, by moment; an empty result says that no file tells.

    Only the EPCI has them: points of the projections are 8 km apart, so they say nothing of the
    difference between neighbourhoods. Its value is the mean of the points inside it, or the nearest
    one's; the mean of the points' quantiles stands for the quantiles of their mean, which lie a
    little closer together. A file without any point around the territory gives one moment,
    `UNTOLD`, empty with the reason.
    """
    layers = [x for x in LAYERS if isinstance(x.carried, Climate)]
    table = _table(mirror, place, files)
    if table is None:
        return {}
    if table.empty:
        return {UNTOLD: _unknown(place, NO_POINT)}
    table = table.assign(distance=_distances(table, place))
    table["scenario"] = [
        " ".join(dict.fromkeys(filter(None, map(str, pair))))
        for pair in table[["referential", "scenario"]].fillna("").itertuples(index=False)
    ]
    period = table["reference_period"].fillna("").astype(str)
    named = (table["horizon"] == "reference") & (period != "")
    table["horizon"] = table["horizon"].where(~named, period)
    moments: dict[Moment, dict[str, ZoneLayer]] = {}
    for (scenario, horizon), rows in table.groupby(["scenario", "horizon"], sort=True):
        # Each moment has its own points: two reference systems need not share a grid.
        near = rows[rows["distance"] == rows["distance"].min()]
        moments[str(scenario), str(horizon)] = {
            x.id: _layer(x, near, place, seed, draws) for x in layers
        }
    return moments


def _table(mirror: Mirror, place: Territory, files: list[SourceFile]) -> pd.DataFrame | None:
    """Return the indicators of the projections: as published, else worked out from daily series."""
    file = mirror.newest(DATASET)
    if file is not None:
        files.append(file)
        return file.table(place.bounds)
    daily, pivots = mirror.newest("drias_daily"), mirror.newest("tracc_pivots")
    if daily is None or pivots is None:
        return None
    files += [daily, pivots]
    table = tracc_indicators(daily.table(place.bounds), pivots.table())
    for horizon, said in table.attrs["said"].items():
        daily.note("missing", 1, f"{horizon}: {said}")
    return table


def none_known(place: Territory) -> dict[str, ZoneLayer]:
    """Return the climate layers where no file is at hand."""
    return _unknown(place, f"aucun fichier {DATASET}")


def _unknown(place: Territory, reason: str) -> dict[str, ZoneLayer]:
    return {x.id: empty(len(place.zones), reason) for x in LAYERS if isinstance(x.carried, Climate)}


def _distances(table: pd.DataFrame, place: Territory) -> Floats:
    """Return how far (m) each row's point is from the EPCI: 0 inside it, (rows,)."""
    epci = place.zones.loc[place.zones["kind"] == "epci", "geometry"].iloc[0]
    points = gpd.GeoSeries.from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
    return np.asarray(shapely.distance(np.asarray(points.to_crs(CRS)), epci), dtype=np.float64)


def _layer(layer: Layer, rows: pd.DataFrame, place: Territory, seed: int, draws: int) -> ZoneLayer:
    """Return one layer at one moment: the EPCI's, drawn in the ensemble's range."""
    zones = len(place.zones)
    given = pd.Series(np.asarray(layer.formula(rows), dtype=np.float64), index=rows.index)
    mean = given.groupby(rows["statistic"]).mean()
    range_of: Floats = np.array([mean.get(name, np.nan) for name in STATISTICS], dtype=float)
    is_epci = (place.zones["kind"] == "epci").to_numpy()
    known = is_epci & ~np.isnan(range_of).any()
    central = np.where(known, range_of[1], np.nan)
    drawn = np.where(known[:, None], _drawn(range_of, seed, draws), np.nan)
    still = np.broadcast_to(central[:, None], drawn.shape)
    said = f"non donné par {DATASET}" if np.isnan(range_of).all() else NO_RANGE
    unsaid = np.where(is_epci, said, NOT_HERE)
    points = rows["point"].nunique()
    return ZoneLayer(
        central,
        {c: drawn if c in ("all", "measurement") else still for c in CAUSES},
        np.where(known, "", unsaid).astype(object),
        np.zeros(zones),
        Support(
            np.full(zones, "climate", dtype=object),
            np.zeros(zones),
            np.where(is_epci, points, 0).astype(np.int64),
            known.astype(float),
        ),
    )


def _drawn(range_of: Floats, seed: int, draws: int) -> Floats:
    """Return draws whose 5 %, 50 % and 95 % quantiles are those of the ensemble, (draws,).

    Straight lines join the three and go on beyond them. The draws of every layer are in the same
    order: a simulation that warms most has more of all that heat brings.
    """
    low, median, high = range_of
    u = np.linspace(0.0, 1.0, draws)
    for q in QUANTILES:
        # A quantile lies between two draws: both take its value, or the bend there would move it.
        at = min(max(q * (draws + 1) - 1, 0.0), draws - 1.0)
        u[[math.floor(at), math.ceil(at)]] = q
    u = np.random.default_rng([seed, 4]).permutation(u)
    slope_low = (median - low) / (QUANTILES[1] - QUANTILES[0])
    slope_high = (high - median) / (QUANTILES[2] - QUANTILES[1])
    drawn: Floats = median + (u - 0.5) * np.where(u < 0.5, slope_low, slope_high)
    # No climate has fewer than no hot days.
    return np.maximum(drawn, 0.0) if low >= 0 else drawn
