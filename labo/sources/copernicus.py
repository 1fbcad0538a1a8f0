"""Copernicus Land Monitoring Service: trees and sealed soil at 10 m (High Resolution Layers)."""

from labo.raster import Raster, read_raster
from labo.source import SOURCES, Bounds, Source, SourceFile

LICENCE = "Copernicus : accès libre, gratuit et complet (règlement délégué (UE) 1159/2013)"
# Percent of a pixel; 254 is what the satellite could not tell, 255 what lies outside the area.
VALID = (0.0, 100.0)
NO_VALUE = (254.0, 255.0)


def read_tree_cover(file: SourceFile, bounds: Bounds | None) -> Raster:
    """Percent of each 10 m pixel under the crowns of trees (EPSG:3035), NaN where unknown.

    Raises:
        BadInput: see `labo.raster.read_raster`.
    """
    return read_raster(file, bounds, band=1, valid=VALID, nodata=NO_VALUE, prefer="tcd")


def read_imperviousness(file: SourceFile, bounds: Bounds | None) -> Raster:
    """Percent of each 10 m pixel that is sealed: buildings, roads, paving (EPSG:3035).

    Raises:
        BadInput: see `labo.raster.read_raster`.
    """
    return read_raster(file, bounds, band=1, valid=VALID, nodata=NO_VALUE, prefer="imd")


SOURCES.add(
    Source(
        id="copernicus_tree_cover_2018",
        dataset="copernicus_tree_cover",
        label="Densité du couvert arboré à 10 m (Tree Cover Density)",
        producer="Agence européenne pour l'environnement, Copernicus",
        licence=LICENCE,
        vintage="2018",
        page="https://land.copernicus.eu/en/products/high-resolution-layer-tree-cover-density",
        url=None,
        format="tif",
        crs="EPSG:3035",
        scope="territory",
        read=read_tree_cover,
    )
)
SOURCES.add(
    Source(
        id="copernicus_imperviousness_2018",
        dataset="copernicus_imperviousness",
        label="Densité d'imperméabilisation à 10 m (Imperviousness Density)",
        producer="Agence européenne pour l'environnement, Copernicus",
        licence=LICENCE,
        vintage="2018",
        page="https://land.copernicus.eu/en/products/high-resolution-layer-imperviousness",
        url=None,
        format="tif",
        crs="EPSG:3035",
        scope="territory",
        read=read_imperviousness,
    )
)
