"""The climate to come, told of the EPCI: an ensemble's range at each horizon, never one member."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo.catalogue import LAYERS
from labo.layer import Layer
from labo.mirror import Mirror
from labo.source import SourceFile
from labo.territory import CRS, Territory
from labo.transfer import CAUSES
from labo.way import Climate
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]
# A scenario (a reference system such as TRACC-2023) and a horizon (2050, 1976-2005 …).
Moment = tuple[str, str]

DATASET = "drias_indicators"
STATISTICS = ("low", "median", "high")
# Where the three lie in the ensemble.
QUANTILES = (0.05, 0.5, 0.95)
NOT_HERE = "climat connu à l'échelle du territoire : le même pour tous ses quartiers"


def to_come(
    mirror: Mirror, place: Territory, files: list[SourceFile], seed: int, draws: int
) -> dict[Moment, dict[str, ZoneLayer]]:
    """Return the climate layers of the EPCI, by moment; an empty result says that no file tells.

    Only the EPCI has them: points of the projections are 8 km apart, so they say nothing of the
    difference between neighbourhoods. Its value is the mean of the points inside it, or of the
    nearest one; the mean of quantiles stands for the quantile of means, which is a little wider.
    """
    layers = [x for x in LAYERS if isinstance(x.carried, Climate)]
    file = mirror.newest(DATASET)
    if file is None or not layers:
        return {}
    files.append(file)
    table = _near(file.table(place.bounds), place)
    table["scenario"] = [
        " ".join(dict.fromkeys(filter(None, map(str, pair))))
        for pair in table[["referential", "scenario"]].fillna("").itertuples(index=False)
    ]
    period = table["reference_period"].fillna("").astype(str)
    named = (table["horizon"] == "reference") & (period != "")
    table["horizon"] = table["horizon"].where(~named, period)
    moments: dict[Moment, dict[str, ZoneLayer]] = {}
    for (scenario, horizon), rows in table.groupby(["scenario", "horizon"], sort=True):
        moments[str(scenario), str(horizon)] = {
            x.id: _layer(x, rows, place, seed, draws) for x in layers
        }
    return moments


def none_known(place: Territory) -> dict[str, ZoneLayer]:
    """Return the climate layers where no file is at hand."""
    reason = f"aucun fichier {DATASET}"
    return {x.id: empty(len(place.zones), reason) for x in LAYERS if isinstance(x.carried, Climate)}


def _near(table: pd.DataFrame, place: Territory) -> pd.DataFrame:
    """Return the rows of the points in the EPCI, or of the point nearest to it."""
    epci = place.zones.loc[place.zones["kind"] == "epci", "geometry"].iloc[0]
    places = gpd.GeoSeries.from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
    points = np.asarray(places.to_crs(CRS))
    inside = shapely.intersects(points, epci)
    if not inside.any():
        distance = shapely.distance(points, epci)
        inside = distance == distance.min()
    return table[inside].copy()


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
    unsaid = np.where(is_epci, f"non donné par {DATASET}", NOT_HERE)
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
    u = np.random.default_rng([seed, 4]).permutation(np.linspace(0.0, 1.0, draws))
    slope_low = (median - low) / (QUANTILES[1] - QUANTILES[0])
    slope_high = (high - median) / (QUANTILES[2] - QUANTILES[1])
    beyond: Floats = median + (u - 0.5) * np.where(u < 0.5, slope_low, slope_high)
    # No climate has fewer than no hot days.
    return np.maximum(beyond, 0.0) if low >= 0 else beyond
