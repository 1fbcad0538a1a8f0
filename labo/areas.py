"""The source areas of a dataset around a territory: read, cut along zone edges, ready to carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse
import shapely

from labo import transfer
from labo.crosswalk import Atoms, Geometries, Stock, cut, housing_stock
from labo.errors import BadInput
from labo.mirror import Mirror
from labo.source import SourceFile
from labo.sources.insee import CELL_SIZE
from labo.territory import CRS, Territory

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Zones whose edges cut source areas; the EPCI and its rest are made of the same pieces.
CUTTING = ("qpv", "perimeter", "commune")


@dataclass(frozen=True)
class Areas:
    """Source areas with their totals.

    table: the tidy table of one or several datasets, a row per source area. geometry: EPSG:3035,
    same order. grain: what the transfer needs. available: share of each zone that the files cover,
    (zones,). files: by dataset.
    """

    table: pd.DataFrame
    geometry: Geometries
    grain: transfer.SourceAreas
    available: Floats
    files: Mapping[str, SourceFile]

    @property
    def inside(self) -> scipy.sparse.csr_matrix:
        """Which zones each atom lies in, (zones, atoms)."""
        return self.grain.atoms.inside


def read_stock(mirror: Mirror, place: Territory, files: list[SourceFile]) -> Stock | None:
    """Return the buildings where people may live, or None where no file says."""
    file = mirror.newest("ign_bdtopo_batiment")
    if file is None:
        return None
    files.append(file)
    table = file.table(place.bounds)
    empty = table.geometry.isna() | table.geometry.is_empty
    if empty.any():
        file.note("rejected", int(empty.sum()), "buildings without a footprint")
        table = table[~empty]
    geometry = np.asarray(table.geometry.to_crs(CRS))
    stock = housing_stock(table, geometry)
    file.note(
        "repaired",
        stock.estimated,
        "buildings whose missing or impossible dwelling count was worked out from their size",
    )
    return stock


def grid_areas(
    mirror: Mirror, place: Territory, stock: Stock | None, files: list[SourceFile]
) -> Areas | str:
    """Return the 200 m cells around a territory, or the reason why there are none."""
    file = mirror.newest("insee_filosofi_200m")
    if file is None:
        return "aucun fichier Filosofi à 200 m"
    files.append(file)
    table = file.table(place.bounds).sort_values("cell", ignore_index=True)
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    squares = shapely.box(x, y, x + CELL_SIZE, y + CELL_SIZE)
    near = shapely.intersects(squares, shapely.box(*place.zones.total_bounds))
    table, squares = table[near].reset_index(drop=True), squares[near]
    if table.empty:
        return "aucun carreau habité autour du territoire"
    atoms = _cut(place, squares, stock)
    imputed = table["imputed"].to_numpy(dtype=bool)
    pool = transfer.pools(
        table["standard_of_living"].to_numpy(dtype=float),
        table["population"].to_numpy(dtype=float),
        imputed,
    )
    counted = table.loc[~imputed, ["x", "y"]]
    grain = transfer.SourceAreas(
        atoms=atoms,
        pool=pool,
        imputed=imputed,
        pairs=_grid_pairs(counted),
        by_home=table[["collective_households", "house_households"]].to_numpy(dtype=float),
    )
    return Areas(table, squares, grain, _available(place, file), {"insee_filosofi_200m": file})


def iris_areas(
    mirror: Mirror,
    place: Territory,
    stock: Stock | None,
    files: list[SourceFile],
    datasets: Sequence[str],
) -> Areas | str:
    """Return the IRIS around a territory with their census, or the reason why there are none.

    Each of the datasets is one file of the census, a row per IRIS; those that are not at hand are
    left out. An IRIS that one of them lacks is left out of all.
    """
    contours = mirror.newest("ign_iris_2021")
    found = {name: mirror.newest(name) for name in datasets}
    counted = {name: file for name, file in found.items() if file is not None}
    if not counted:
        return "aucun fichier du recensement à l'IRIS"
    if contours is None:
        return "recensement présent, mais aucun contour des IRIS"
    files.extend([*counted.values(), contours])
    shapes: gpd.GeoDataFrame = contours.table(place.bounds)
    if shapes["iris"].duplicated().any():
        twice = shapes.loc[shapes["iris"].duplicated(), "iris"].iloc[0]
        raise BadInput(f"{contours.path} has the IRIS {twice} more than once.")
    table = shapes.sort_values("iris", ignore_index=True)
    for file in counted.values():
        counts = file.table(place.bounds)
        here = table["iris"].isin(counts["iris"])
        if not here.all():
            lost = table.loc[~here, "iris"]
            file.note("missing", len(lost), f"IRIS without counts, {lost.iloc[0]} first")
            table = table[here]
        table = table.merge(counts, on="iris", validate="one_to_one")
    if table.empty:
        return "aucun IRIS du recensement autour du territoire"
    geometry = np.asarray(table.to_crs(CRS).geometry)
    grain = transfer.SourceAreas(
        atoms=_cut(place, geometry, stock),
        pool=np.arange(len(table)),
        imputed=np.zeros(len(table), dtype=bool),
        pairs=_touching_pairs(geometry),
    )
    available = np.min([_available(place, f) for f in (contours, *counted.values())], axis=0)
    return Areas(pd.DataFrame(table.drop(columns="geometry")), geometry, grain, available, counted)


def _cut(place: Territory, sources: Geometries, stock: Stock | None) -> Atoms:
    """Cut along QPVs, perimeters and communes; deduce the EPCI and its rest from the pieces."""
    zones = place.zones
    cutting = zones["kind"].isin(CUTTING).to_numpy()
    kinds = zones["kind"].to_numpy()
    shapes = zones.geometry.to_numpy()
    atoms = cut(sources, shapes[cutting], stock, kinds[cutting] == "qpv")
    pieces = atoms.inside.toarray().astype(bool)
    member = np.zeros((len(zones), pieces.shape[1]), dtype=bool)
    member[cutting] = pieces
    member[kinds == "epci"] = member[kinds == "commune"].any(axis=0)
    outside = ~member[kinds == "qpv"].any(axis=0)
    member[kinds == "rest_of_epci"] = member[kinds == "commune"].any(axis=0) & outside
    return replace(atoms, inside=scipy.sparse.csr_matrix(member.astype(float)))


def _available(place: Territory, file: SourceFile) -> Floats:
    """Return the share of each zone's surface that the file covers."""
    if file.coverage is None:
        return np.ones(len(place.zones))
    covered = gpd.GeoSeries([file.coverage], crs="EPSG:4326").to_crs(CRS).iloc[0]
    shapes = place.zones.geometry.to_numpy()
    share: Floats = shapely.area(shapely.intersection(shapes, covered)) / shapely.area(shapes)
    return share


def _grid_pairs(cells: pd.DataFrame) -> Ints:
    """Return the pairs of cells that share a side, as rows of index labels."""
    place = pd.Series(cells.index.to_numpy(), index=pd.MultiIndex.from_frame(cells[["x", "y"]]))
    pairs = []
    for east, north in ((CELL_SIZE, 0), (0, CELL_SIZE)):
        wanted = pd.MultiIndex.from_arrays([cells["x"] + east, cells["y"] + north])
        found = place.reindex(wanted).to_numpy(dtype=float)
        here = ~np.isnan(found)
        pairs.append(np.column_stack([cells.index.to_numpy()[here], found[here].astype(np.int64)]))
    return np.concatenate(pairs)


def _touching_pairs(shapes: Geometries) -> Ints:
    """Return the pairs of polygons that touch."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = np.column_stack([first, second])
    return pairs[first < second]
