"""Base permanente des équipements: services, shops, schools, care, as points."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.official import read_csv
from labo.projection import way
from labo.source import SOURCES, Bounds, Source, SourceFile

Floats = npt.NDArray[np.float64]

CRS = "EPSG:2154"
# Where mainland France lies in Lambert-93: west, south, east, north, in metres.
MAINLAND = (50_000.0, 6_000_000.0, 1_300_000.0, 7_200_000.0)
# Overseas, LAMBERT_X and LAMBERT_Y are in as many other systems, in spite of their name.
OVERSEAS = "97"


def read_equipment(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per equipment: typequ, commune (INSEE code), quality, geometry (points, EPSG:2154).

    `quality` is INSEE's word for how sure the place is, None if there is none. Equipment without
    coordinates, and overseas, is left out and counted.

    Raises:
        BadInput: no coordinates at all, coordinates in another system, or see
            `labo.official.read_csv`.
    """
    columns = {
        "typequ": ("TYPEQU",),
        "commune": ("DEPCOM",),
        "quality": ("QUALITE_XY",),
        # Newer vintages give degrees beside metres.
        "x": ("LAMBERT_X", "LONGITUDE"),
        "y": ("LAMBERT_Y", "LATITUDE"),
    }
    table = read_csv(file, columns, text=("typequ", "commune", "quality"), prefer="bpe")
    # A spreadsheet eats the leading zero of departments 01 to 09.
    short = table["commune"].str.fullmatch(r"[1-9]\d{3}").fillna(value=False).astype(bool)
    if short.any():
        table.loc[short, "commune"] = "0" + table.loc[short, "commune"]
        file.note("repaired", int(short.sum()), "commune codes whose leading zero was lost")
    overseas = table["commune"].str.startswith(OVERSEAS).fillna(value=False).astype(bool)
    if overseas.any():
        file.note("rejected", int(overseas.sum()), "equipment overseas, in other systems")
    located = table[["x", "y"]].notna().all(axis=1)
    if (lost := ~located & ~overseas).any():
        file.note("rejected", int(lost.sum()), "equipment without coordinates")
    table = table[located & ~overseas].reset_index(drop=True)
    if table.empty:
        raise BadInput(
            f"{file.path} has no equipment with coordinates in mainland France: give the file of "
            "located equipment (BPE, équipements géolocalisés)."
        )
    x, y = _lambert(file, table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float))
    points = gpd.GeoDataFrame(
        table[["typequ", "commune", "quality"]], geometry=gpd.points_from_xy(x, y), crs=CRS
    )
    return _inside(file, points, bounds)


def _inside(file: SourceFile, points: gpd.GeoDataFrame, bounds: Bounds | None) -> gpd.GeoDataFrame:
    if bounds is None:
        return points
    transformer = way("EPSG:4326", CRS)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    x, y = points.geometry.x, points.geometry.y
    near = points[(x >= west) & (x <= east) & (y >= south) & (y <= north)]
    if near.empty:
        file.note("missing", len(points), "no equipment of the file lies around the territory")
    return near.reset_index(drop=True)


def _lambert(file: SourceFile, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return Lambert-93 metres.

    Raises:
        BadInput: a point that is outside of mainland France.
    """
    given = x, y
    if np.abs(x).max() <= 180 and np.abs(y).max() <= 90:
        x, y = way("EPSG:4326", CRS).transform(x, y)
    west, south, east, north = MAINLAND
    # Written so that what is no number is outside too.
    outside = ~((x >= west) & (x <= east) & (y >= south) & (y <= north))
    if outside.any():
        row = int(outside.argmax())
        raise BadInput(
            f"{file.path} has equipment at ({given[0][row]:.6g}, {given[1][row]:.6g}) "
            f"({int(outside.sum())} of {len(x)} rows), outside of mainland France in Lambert-93 "
            "metres (or in degrees): it is in another system; take the file as INSEE gives it."
        )
    return x, y


SOURCES.add(
    Source(
        id="insee_bpe_2024",
        dataset="insee_bpe",
        label="Base permanente des équipements 2024, équipements géolocalisés",
        producer="Insee",
        licence="Licence Ouverte 2.0",
        vintage="2024",
        page="https://www.insee.fr/fr/statistiques/8217525",
        url="https://www.insee.fr/fr/statistiques/fichier/8217525/BPE24.zip",
        format="zip",
        crs=CRS,
        scope="national",
        read=read_equipment,
        inside=_inside,
    )
)
