"""Agence nationale de la cohésion des territoires: perimeters of the priority neighbourhoods."""

import geopandas as gpd

from labo.errors import BadInput
from labo.official import Columns, check_unique
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.vector import first_value, read_vector

PAGE = (
    "https://www.data.gouv.fr/fr/datasets/quartiers-prioritaires-de-la-politique-de-la-ville-qpv/"
)


def read_qpv_2024(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per QPV of the 2024 generation: code, name, communes (INSEE codes), geometry.

    `communes` joins the codes of all the communes the QPV is in with commas. The archive holds one
    file per overseas territory beside the national one, which is taken.

    Raises:
        BadInput: the 2015 file, a code given twice, or see `labo.vector.read_vector`.
    """
    columns = {"code": ("code_qp",), "name": ("lib_qp",), "communes": ("insee_com",)}
    return _read(file, columns, bounds, "Hexagonale_Outre_Mer_WGS84", "QN")


def read_qpv_2015(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per QPV of the 2015 generation: code, name, communes (names), geometry.

    Raises:
        BadInput: the 2024 file, a code given twice, or see `labo.vector.read_vector`.
    """
    columns = {"code": ("CODE_QP",), "name": ("NOM_QP",), "communes": ("COMMUNE_QP",)}
    return _read(file, columns, bounds, "QP_METROPOLE_LB93", "QP")


def _read(
    file: SourceFile, columns: Columns, bounds: Bounds | None, prefer: str, prefix: str
) -> gpd.GeoDataFrame:
    # Before anything else: the other generation's file also differs in its columns and its CRS, and
    # whoever is told of those may bend it until it passes.
    _check_generation(file, first_value(file, columns["code"][0], prefer=prefer), prefix)
    table = read_vector(file, columns, bounds, text=tuple(columns), prefer=prefer)
    for code in table.loc[~table["code"].astype(str).str.startswith(prefix), "code"]:
        _check_generation(file, code, prefix)
    check_unique(file, table, "code")
    return table


def _check_generation(file: SourceFile, code: object, prefix: str) -> None:
    """Refuse another generation's codes.

    Raises:
        BadInput: as said; the two generations are different lists and are never mixed.
    """
    if code is not None and not str(code).startswith(prefix):
        raise BadInput(
            f"{file.path} holds the QPV {code!r}, but {file.source.id} has codes beginning with "
            f"{prefix}: give the file of the {file.source.vintage} generation."
        )


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
