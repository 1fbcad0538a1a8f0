"""Institut national de l'information géographique et forestière: boundaries and buildings."""

import geopandas as gpd
import pandas as pd

from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.vector import read_vector

# Longitude first, whatever the server: CRS:84 leaves no doubt, as EPSG:4326 does.
WFS = (
    "https://data.geopf.fr/wfs/ows?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature"
    "&OUTPUTFORMAT=application/json&SRSNAME=EPSG:2154&BBOX={west},{south},{east},{north},CRS:84"
)


def read_communes(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per commune: code (INSEE), name, geometry (EPSG:4326).

    Raises:
        BadInput: see `labo.vector.read_vector`.
    """
    return read_vector(file, {"code": ("code",), "name": ("nom",)}, bounds, text=("code", "name"))


def read_iris(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per IRIS: iris (9 characters), commune (INSEE code), geometry (EPSG:2154).

    Raises:
        BadInput: see `labo.vector.read_vector`.
    """
    return read_vector(
        file,
        {"iris": ("CODE_IRIS",), "commune": ("INSEE_COM", "code_insee")},
        bounds,
        text=("iris", "commune"),
    )


def read_buildings(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per building: building (id), use, dwellings, floors, height, light, built, geometry.

    Missing counts stay NaN, `height` is in m, `light` is a bool, `built` is the year from which the
    building stands (NaN where unknown, everywhere in a file without dates), the geometry is
    EPSG:2154. The shapefile and the web service spell the columns differently. A building that
    comes twice is taken once.

    Raises:
        BadInput: see `labo.vector.read_vector`.
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
            "built": ("DATE_APP", "date_d_apparition"),
        },
        bounds,
        text=("building", "use", "light", "built"),
        optional=("built",),
        prefer="batiment",
    )
    table["light"] = table["light"].astype(str).str.lower().isin(["oui", "true", "1"])
    # A date, or text that begins with one: the year comes first either way.
    year = table["built"].astype(str).str.extract(r"^(\d{4})", expand=False)
    table["built"] = pd.to_numeric(year).astype(float)
    # Departments are delivered with what stands on their border.
    twice = table["building"].duplicated() & table["building"].notna()
    if twice.any():
        file.note("rejected", int(twice.sum()), "buildings given twice, taken once")
        table = table[~twice].reset_index(drop=True)
    for name in ("dwellings", "floors", "height"):
        negative = table[name] < 0
        if negative.any():
            table[name] = table[name].mask(negative)
            file.note("rejected", int(negative.sum()), f"buildings whose {name} are below zero")
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
        url=WFS + "&TYPENAMES=STATISTICALUNITS.IRIS:contours_iris",
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
        url=WFS + "&TYPENAMES=BDTOPO_V3:batiment&SORTBY=cleabs",
        format="wfs",
        crs="EPSG:2154",
        scope="territory",
        read=read_buildings,
    )
)
