"""BD TOPO of the IGN: the streets and paths that can be walked."""

import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from labo.errors import BadInput
from labo.official import resolve_columns, tidy
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.sources.ign import WFS
from labo.vector import bounds_in, check_crs, features, opened

# Columns that hold the name of a street: of vintages of the BD TOPO, and of what QGIS saves of OSM.
STREET_NAMES = ("nom_voie_ban_gauche", "nom_1_gauche", "NOM_1_G", "NOM_VOIE_G", "name")
COLUMNS = {
    "segment": ("ID", "cleabs"),
    "nature": ("NATURE", "nature"),
    "state": ("ETAT", "etat_de_l_objet"),
    "on_foot": ("ACCES_PED", "acces_pieton"),
}
# Of NATURE: no pavement on these, and ferries are not walked.
NOT_WALKED = ("type autoroutier", "autoroute", "quasi-autoroute", "bretelle", "bac", "liaison mar")
# Of ETAT: only what is in use, or does not say.
IN_USE = ("en service", "")
# Of ACCES_PED: parts of the words that close a street to walkers; empty means open.
CLOSED = ("interdit", "impossible", "restreint")


def read_streets(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per street that can be walked: segment (id), geometry (lines, EPSG:2154).

    Left out: motorways and their ramps, ferries, what is planned or closed to walkers. Fictitious
    segments are kept: they join the streets of a square to one another. The shapefile and the web
    service spell the columns differently. A segment that comes twice is taken once.

    Raises:
        BadInput: not readable, another CRS, a column missing, no lines, or none to walk on.
    """
    with opened(file, "troncon_de_route") as (address, layer):
        info = pyogrio.read_info(address, layer=layer, force_total_bounds=True)
        names = resolve_columns(file, COLUMNS, info["fields"])
        check_crs(file, info["crs"], info["total_bounds"])
        table = features(address, layer, info, names, bounds_in(file, bounds))
    if bounds is not None and table.empty and info["features"] > 0:
        file.note(
            "missing",
            info["features"],
            "none of the file's streets lies around the territory: it may be another area's",
        )
        return gpd.GeoDataFrame({"segment": []}, geometry=[], crs=file.source.crs)
    table = tidy(file, table, names, text=tuple(COLUMNS))
    shapes = np.asarray(table.geometry)
    lines = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    # A feature without a shape is no street; one of another shape is another file.
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    odd = here & ~np.isin(shapely.get_type_id(shapes), lines)
    if odd.any():
        raise BadInput(
            f"{file.path} has a {shapes[int(odd.argmax())].geom_type} for "
            f"{table['segment'].iloc[int(odd.argmax())]}; lines were expected: give the file of "
            "TRONCON_DE_ROUTE."
        )
    walked = here & _is_walked(table)
    if not walked.any():
        raise BadInput(
            f"{file.path} holds no street to walk on among {len(table)} segments; its natures are "
            f"{', '.join(sorted(set(table['nature'].dropna().astype(str)))[:5]) or 'not said'}: "
            "give the file of TRONCON_DE_ROUTE."
        )
    table = table.loc[walked, ["segment", "geometry"]]
    # Departments are delivered with what stands on their border.
    twice = table["segment"].duplicated() & table["segment"].notna()
    if twice.any():
        file.note("rejected", int(twice.sum()), "streets given twice, taken once")
    return table[~twice].reset_index(drop=True)


def _is_walked(table: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    nature, state, on_foot = (_plain(table[name]) for name in ("nature", "state", "on_foot"))
    fast = nature.str.startswith(NOT_WALKED)
    closed = np.logical_or.reduce([on_foot.str.contains(word, regex=False) for word in CLOSED])
    return np.asarray(~fast & state.isin(IN_USE) & ~closed, dtype=bool)


def _plain(words: "pd.Series[str]") -> "pd.Series[str]":
    """Return lower-case words without accents; empty where nothing is said."""

    def plain(word: str) -> str:
        letters = unicodedata.normalize("NFD", word.strip().lower())
        return "".join(letter for letter in letters if not unicodedata.combining(letter))

    words = words.astype(object).where(words.notna(), "").astype(str)
    # A file says a few words a million times.
    return words.map({word: plain(word) for word in words.unique()})


SOURCES.add(
    Source(
        id="ign_bdtopo_troncon_de_route_2026",
        dataset="ign_bdtopo_troncon_de_route",
        label="BD TOPO V3, tronçons de route",
        producer="IGN",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://geoservices.ign.fr/bdtopo",
        url=WFS + "&TYPENAMES=BDTOPO_V3:troncon_de_route&SORTBY=cleabs",
        format="wfs",
        crs="EPSG:2154",
        scope="territory",
        read=read_streets,
    )
)
