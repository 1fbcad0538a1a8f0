"""Agence nationale de la cohésion des territoires: the perimeters of the priority neighbourhoods."""

import geopandas as gpd

from labo.errors import BadInput
from labo.official import read_vector
from labo.source import SOURCES, Bounds, Source, SourceFile

PAGE = (
    "https://www.data.gouv.fr/fr/datasets/quartiers-prioritaires-de-la-politique-de-la-ville-qpv/"
)


def read_qpv_2024(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per QPV of the 2024 generation: code, name, communes (INSEE codes), geometry.

    The archive holds one file per overseas territory beside the national one, which is taken.
    """
    table = read_vector(
        file,
        {"code": ("code_qp",), "name": ("lib_qp",), "communes": ("insee_com",)},
        bounds,
        prefer="Hexagonale_Outre_Mer_WGS84",
    )
    return _checked(file, table, "QN")


def read_qpv_2015(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per QPV of the 2015 generation: code, name, communes (names), geometry."""
    table = read_vector(
        file,
        {"code": ("CODE_QP",), "name": ("NOM_QP",), "communes": ("COMMUNE_QP",)},
        bounds,
        prefer="QP_METROPOLE_LB93",
    )
    return _checked(file, table, "QP")


def _checked(file: SourceFile, table: gpd.GeoDataFrame, prefix: str) -> gpd.GeoDataFrame:
    """Refuse another generation's codes and codes given twice.

    Raises:
        BadInput: as said; the two generations are different lists and are never mixed.
    """
    foreign = table.loc[~table["code"].astype(str).str.startswith(prefix), "code"]
    if len(foreign):
        raise BadInput(
            f"{file.path} holds code {foreign.iloc[0]!r}; {file.source.id} has codes beginning "
            f"with {prefix}: this is the other generation's file."
        )
    twice = table.loc[table["code"].duplicated(), "code"]
    if len(twice):
        raise BadInput(f"{file.path} holds the QPV {twice.iloc[0]!r} more than once.")
    return table


SOURCES.add(
    Source(
        id="anct_qpv_2024",
        dataset="anct_qpv_2024",
        label="Quartiers prioritaires de la politique de la ville, génération 2024",
        producer="ANCT",
        licence="Licence Ouverte 2.0",
        vintage="2024",
        page=PAGE,
        url="https://www.data.gouv.fr/fr/datasets/r/942d4ee8-8142-4556-8ea1-335537ce1119",
        format="zip",
        crs="EPSG:4326",
        scope="national",
        read=read_qpv_2024,
    )
)
SOURCES.add(
    Source(
        id="anct_qpv_2015",
        dataset="anct_qpv_2015",
        label="Quartiers prioritaires de la politique de la ville, génération 2015",
        producer="ANCT",
        licence="Licence Ouverte 2.0",
        vintage="2015",
        page=PAGE,
        url=(
            "https://static.data.gouv.fr/resources/quartiers-prioritaires-de-la-politique-de-la-"
            "ville-qpv/20180110-144945/qp-politiquedelaville-shp.zip"
        ),
        format="zip",
        crs="EPSG:2154",
        scope="national",
        read=read_qpv_2015,
    )
)
