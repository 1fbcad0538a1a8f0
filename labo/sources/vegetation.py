"""Vegetation as IGN draws it: woods, hedges and orchards of the BD TOPO."""

import geopandas as gpd

from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.sources.ign import WFS
from labo.vector import read_vector


def read_vegetation(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per patch: patch (id), nature ("Bois", "Haie" …), geometry (EPSG:2154).

    The shapefile and the web service spell the id differently. A patch given twice, as on the
    border of two departments, is taken once.

    Raises:
        BadInput: see `labo.vector.read_vector`.
    """
    table = read_vector(
        file,
        {"patch": ("ID", "cleabs"), "nature": ("NATURE",)},
        bounds,
        text=("patch", "nature"),
        prefer="vegetation",
    )
    twice = table["patch"].duplicated() & table["patch"].notna()
    if twice.any():
        file.note("rejected", int(twice.sum()), "patches of vegetation given twice, taken once")
        table = table[~twice].reset_index(drop=True)
    return table


SOURCES.add(
    Source(
        id="ign_bdtopo_vegetation_2026",
        dataset="ign_bdtopo_vegetation",
        label="BD TOPO V3, zones de végétation",
        producer="IGN",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://geoservices.ign.fr/bdtopo",
        url=WFS + "&TYPENAMES=BDTOPO_V3:zone_de_vegetation&SORTBY=cleabs",
        format="wfs",
        crs="EPSG:2154",
        scope="territory",
        read=read_vegetation,
    )
)
