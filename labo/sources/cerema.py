"""Cerema: local climate zones (LCZ, « zones climatiques locales »)."""

import geopandas as gpd

from labo.errors import BadInput
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.vector import read_vector

# Ten kinds of built-up zones, then seven kinds of land without buildings (Stewart and Oke, 2012).
CLASSES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "A", "B", "C", "D", "E", "F", "G")
# Other maps of the same classes number the last seven from 101, or from 11.
SPELLINGS = {str(first + i): name for first in (101, 11) for i, name in enumerate(CLASSES[10:])}


def read_lcz(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per zone: lcz ("1" to "10", "A" to "G", None where not said), geometry (EPSG:2154).

    Where there is no row nothing is known: the file is cut out for an urban area.

    Raises:
        BadInput: a class that is none of the seventeen; see also `labo.vector.read_vector`.
    """
    table = read_vector(file, {"lcz": ("lcz",)}, bounds, text=("lcz",), prefer="lcz")
    given = table["lcz"].map(lambda x: None if x != x or x is None else _class(str(x)))
    unknown = given.notna() & ~given.isin(CLASSES)
    if unknown.any():
        row = int(unknown.to_numpy().argmax())
        raise BadInput(
            f"{file.path} has {str(table['lcz'].iloc[row])!r} in column 'lcz', row {row + 1} "
            f"({int(unknown.sum())} of {len(table)} rows), where one of {', '.join(CLASSES)} was "
            "expected: give Cerema's file, or correct the column."
        )
    if empty := int(given.isna().sum()):
        file.note("missing", empty, "local climate zones without a class, left unknown")
    return table.assign(lcz=given)


def _class(text: str) -> str | None:
    """Return a class as it is usually written; None for an empty text."""
    name = text.strip().upper().removeprefix("LCZ").strip().removesuffix(".0")
    return SPELLINGS.get(name, name) or None


SOURCES.add(
    Source(
        id="cerema_lcz_2022",
        dataset="cerema_lcz",
        label="Zones climatiques locales (LCZ) de 88 aires urbaines, images de 2022",
        producer="Cerema",
        licence="Licence Ouverte 2.0",
        vintage="2022",
        page=(
            "https://www.data.gouv.fr/datasets/cartographie-des-zones-climatiques-locales-lcz-"
            "des-88-aires-urbaines-de-plus-de-50-000-habitants-de-france-metropolitaine/"
        ),
        url=None,
        format="shp",
        crs="EPSG:2154",
        scope="territory",
        read=read_lcz,
    )
)
