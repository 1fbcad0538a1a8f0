"""The ground around a neighbourhood, in pixels: trees, open and sealed ground, from the mirror."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from labo.mirror import NAME, open_mirror
from labo.raster import Raster

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Side of the square around the middle of a neighbourhood: air mixes over some hundred metres.
SIDE_M = 5_000.0
TREES, SEALED = "copernicus_tree_cover", "copernicus_imperviousness"
# Of a neighbourhood of which less is known, nothing is said (as in `labo.zone_fields`).
ENOUGH_KNOWN = 0.8
KEPT = 24
# Contours of communes and QPVs have fewer points than this between two corners of a window.
DENSIFIED = 21


@dataclass(frozen=True)
class Ground:
    """Shares of each pixel, (rows, columns), that add up to 1; NaN where unknown.

    Trees hide what is under them: `sealed` is sealed and not under trees, `open` is the rest.
    inside: pixels whose middle lies in the neighbourhood. pixel_m: their side.
    """

    trees: Floats
    open: Floats
    sealed: Floats
    inside: Bools
    pixel_m: float


def around(outline: BaseGeometry, manifest: Mapping[str, Any], mirror: Path) -> Ground | str:
    """Return the ground around a neighbourhood, or the reason why it is not known.

    Args:
        outline: of the neighbourhood, EPSG:4326.
        manifest: of the release, which says what files it was made of.
        mirror: the folder of these files.

    Raises:
        MissingFile, BadInput: the mirror is none, or a file of it is not what it says.
    """
    made_of = {x["id"]: x["sha256"] for x in manifest["sources"]}
    index = mirror / NAME
    stamp = index.stat().st_mtime_ns if index.is_file() else 0
    return _around(mirror.resolve(), stamp, outline.wkb, tuple(sorted(made_of.items())))


@lru_cache(maxsize=KEPT)
def _around(
    mirror: Path, _stamp: int, outline: bytes, made_of: tuple[tuple[str, str], ...]
) -> Ground | str:
    files = {name: open_mirror(mirror).newest(name) for name in (TREES, SEALED)}
    known = dict(made_of)
    zone = shapely.from_wkb(outline)
    rasters: dict[str, Raster] = {}
    for name, file in files.items():
        if file is None:
            return f"aucun fichier {name} parmi ceux de --mirror"
        if known.get(file.source.id) != file.sha256:
            return f"le fichier {name} de --mirror n'est pas celui de cette livraison"
        rasters[name] = file.table(_window(zone, str(file.source.crs)))
    trees, sealed = rasters[TREES], rasters[SEALED]
    if not trees.values.size or not sealed.values.size:
        return "aucun pixel de couverture du sol autour du quartier"
    return ground_of(trees, sealed, _in_crs(zone, trees.crs))


def ground_of(trees: Raster, sealed: Raster, zone: BaseGeometry) -> Ground | str:
    """Return the ground that two images of percents tell, on the pixels of the first.

    Args:
        trees: percent under trees.
        sealed: percent sealed; another grid is read at the middle of the first's pixels.
        zone: the neighbourhood, in the CRS of the images.
    """
    rows, columns = trees.values.shape
    x = trees.west + (np.arange(columns) + 0.5) * trees.pixel
    y = trees.north - (np.arange(rows) + 0.5) * trees.pixel
    x, y = (v.ravel() for v in np.meshgrid(x, y))
    under = trees.values.astype(np.float64) / 100
    hard = sealed.at(x, y).reshape(rows, columns) / 100
    hard = np.minimum(hard, 1 - under)
    unknown = np.isnan(under) | np.isnan(hard)
    inside = shapely.contains_xy(zone, x, y).reshape(rows, columns)
    if not inside.any() or (inside & ~unknown).sum() < ENOUGH_KNOWN * inside.sum():
        return "couverture du sol inconnue dans une bonne part du quartier"
    under, hard = (np.where(unknown, np.nan, v) for v in (under, hard))
    return Ground(under, 1 - under - hard, hard, inside, trees.pixel)


def _in_crs(zone: BaseGeometry, crs: str) -> BaseGeometry:
    to = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return shapely.transform(zone, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1])))


def _window(zone: BaseGeometry, crs: str) -> tuple[float, float, float, float]:
    """Return the square around the middle of a zone, in degrees."""
    middle = _in_crs(zone, crs).centroid
    half = SIDE_M / 2
    back = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    west, south, east, north = back.transform_bounds(
        middle.x - half, middle.y - half, middle.x + half, middle.y + half, densify_pts=DENSIFIED
    )
    return west, south, east, north
