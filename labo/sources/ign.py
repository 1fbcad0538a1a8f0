"""Institut national de l'information géographique et forestière: boundaries and buildings."""

import geopandas as gpd

from labo.official import read_vector
from labo.source import SOURCES, Bounds, Source, SourceFile


def read_communes(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per commune: code (INSEE), name, geometry."""
    return read_vector(file, {"code": ("code",), "name": ("nom",)}, bounds)


def read_iris(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per IRIS: iris (9 characters), commune (INSEE code), geometry."""
    return read_vector(
        file, {"iris": ("CODE_IRIS",), "commune": ("INSEE_COM", "code_insee")}, bounds
    )


def read_buildings(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per building: use, dwellings, floors, height (m), light (bool), geometry.

    Missing counts stay NaN. The shapefile and the web service spell the columns differently.
    """
    table = read_vector(
        file,
        {
            "building": ("ID", "cleabs"),
            "use": ("USAGE1", "usage_1"),
            "light": ("LEGER", "construction_legere"),
            "dwellings": ("NB_LOGTS", "nombre_de_logements"),
            "floors": ("NB_ETAGES", "nombre_d_etages"),
            "height": ("HAUTEUR", "hauteur"),
        },
        bounds,
    )
    table["light"] = table["light"].astype(str).str.lower().isin(["oui", "true", "1"])
    return table


SOURCES.add(
    Source(
        id="ign_communes_2026",
        dataset="ign_communes",
        label="Contours des communes (Admin Express, mise en forme Etalab)",
        producer="IGN, Etalab",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://www.data.gouv.fr/fr/datasets/contours-administratifs/",
        url=(
            "https://etalab-datasets.geo.data.gouv.fr/contours-administratifs/latest/geojson/"
            "communes-5m.geojson.gz"
        ),
        format="geojson",
        crs="EPSG:4326",
        scope="national",
        read=read_communes,
    )
)
SOURCES.add(
    Source(
        id="ign_iris_2021",
        dataset="ign_iris_2021",
        label="Contours des IRIS",
        producer="IGN, Insee",
        licence="Licence Ouverte 2.0",
        vintage="2021",
        page="https://geoservices.ign.fr/contoursiris",
        url=(
            "https://data.geopf.fr/wfs/ows?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature"
            "&TYPENAMES=STATISTICALUNITS.IRIS:contours_iris&OUTPUTFORMAT=application/json"
            "&SRSNAME=EPSG:2154&BBOX={south},{west},{north},{east},EPSG:4326"
        ),
        format="wfs",
        crs="EPSG:2154",
        scope="territory",
        read=read_iris,
    )
)
SOURCES.add(
    Source(
        id="ign_bdtopo_batiment_2026",
        dataset="ign_bdtopo_batiment",
        label="BD TOPO V3, bâtiments",
        producer="IGN",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://geoservices.ign.fr/bdtopo",
        url=(
            "https://data.geopf.fr/wfs/ows?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature"
            "&TYPENAMES=BDTOPO_V3:batiment&OUTPUTFORMAT=application/json"
            "&SRSNAME=EPSG:2154&SORTBY=cleabs"
            "&BBOX={south},{west},{north},{east},EPSG:4326"
        ),
        format="wfs",
        crs="EPSG:2154",
        scope="territory",
        read=read_buildings,
    )
)
