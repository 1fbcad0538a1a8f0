"""Géorisques and ADEME: flood and submersion zones, clay, polluted sites."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from labo import archives
from labo.errors import BadInput
from labo.official import Columns
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.vector import read_vector

# Géostandard COVADIS "Directive inondation": TYP_INOND, then SCENARIO.
KINDS = {"01": "river", "02": "runoff", "03": "sea"}
SCENARIOS = {
    "01for": "frequent",
    "02moy": "medium",
    "03mcc": "medium_climate",
    "04fai": "extreme",
}
# GASPAR codes of CODERISQUE in the hazard zones of a plan (COVADIS "PPR").
PPR_KINDS = {
    "11": "river",
    "111": "river",
    "112": "river",
    "113": "river",
    "114": "runoff",
    "117": "sea",
}
CLAY_LEVELS = (1.0, 2.0, 3.0)


def read_members(
    file: SourceFile,
    columns: Columns,
    bounds: Bounds | None,
    *,
    text: Sequence[str],
    named: str,
) -> gpd.GeoDataFrame:
    """Read one table from all the layers of an archive whose names match `named`, put together.

    Producers cut one production into a shapefile per scenario, or per source of noise. A file that
    is no archive is read as it is.

    Raises:
        BadInput: nothing in the archive has such a name, or see `labo.vector.read_vector`.
    """
    members = _members(file, named)
    if not members:
        return read_vector(file, columns, bounds, text=text)
    parts, notices = [], []
    for member in members:
        alone = replace(file, notices=[])
        parts.append(read_vector(alone, columns, bounds, text=text, prefer=member))
        notices += [notice for notice in alone.notices if notice.kind != "missing"]
    file.notices.extend(notices)
    here = [part for part in parts if len(part)] or parts[:1]
    table = gpd.GeoDataFrame(pd.concat(here, ignore_index=True), crs=parts[0].crs)
    table.attrs["absent"] = parts[0].attrs.get("absent", [])
    if table.empty and bounds is not None:
        file.note(
            "missing",
            len(members),
            "none of the file's features lies around the territory: it may be another area's",
        )
    return table


def _members(file: SourceFile, named: str) -> list[str]:
    """Return the names, without ending, of the layers of an archive; none if it is no archive."""
    if file.path.suffix.lower() != ".zip":
        return []
    inside = [PurePosixPath(name) for name in archives.names(file.path)]
    layers = [p for p in inside if p.suffix.lower() in (".shp", ".gpkg", ".geojson")]
    found = sorted({p.stem for p in layers if re.search(named, p.stem, re.IGNORECASE)})
    if not found:
        raise BadInput(
            f"{file.path} holds {', '.join(p.name for p in layers[:5]) or 'no map'}; "
            f"{file.source.id} expects layers whose names match {named!r}: give the archive of "
            "that production."
        )
    return found


def read_floods(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per flooded area of a TRI: zone, kind, scenario, geometry (EPSG:2154).

    `kind` is river, runoff, sea or other; `scenario` is frequent, medium, medium_climate (the sea
    of 2100), extreme, or short_term (the other climates of the second cycle, which nothing reads).

    Raises:
        BadInput: a scenario that the standard does not have, or see `read_members`.
    """
    table = read_members(
        file,
        {
            "zone": ("id_s_inond", "id_zone"),
            "kind": ("typ_inond", "typ_inond1"),
            "scenario": ("scenario",),
        },
        bounds,
        text=("zone", "kind", "scenario"),
        named="inondable",
    )
    table["kind"] = _codes(table["kind"]).str.zfill(2).map(KINDS).fillna("other")
    codes = _codes(table["scenario"]).str.lower()
    known = codes.map(SCENARIOS).mask(codes.str.contains(r"^\d\d[a-z]{3}_?cc"), "short_term")
    if known.isna().any():
        wrong = table.loc[known.isna(), "scenario"].iloc[0]
        raise BadInput(
            f"{file.path} has {str(wrong)!r} in column 'scenario' ({int(known.isna().sum())} "
            "areas); the standard Directive inondation has 01For, 02Moy, 03Mcc and 04Fai: correct "
            "the file or fetch it again."
        )
    table["scenario"] = known
    return table


def _codes(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return codes as text: a web service gives 1 or 1.0 where a shapefile has 01."""
    return values.map(lambda x: "" if pd.isna(x) else re.sub(r"\.0$", "", str(x).strip()))


def read_ppr(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per hazard zone of the plans (PPRi, PPRL): zone, kind, geometry (EPSG:2154).

    `kind` is river, runoff, sea or other (ground water, landslides …), all of the reference event,
    which is at least a hundred-year one.

    Raises:
        BadInput: see `read_members`.
    """
    table = read_members(
        file,
        {"zone": ("ID_ZONE",), "kind": ("CODERISQUE",)},
        bounds,
        text=("zone", "kind"),
        named="zone_?alea",
    )
    table["kind"] = _codes(table["kind"]).str[:3].map(PPR_KINDS).fillna("other")
    return table


def read_clay(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per area where clay shrinks and swells: level (1 low, 2 medium, 3 high), geometry.

    EPSG:2154. The map draws what is exposed and nothing else: where it has no polygon, in
    metropolitan France, the ground is held not to be exposed.

    Raises:
        BadInput: another level, or see `labo.vector.read_vector`.
    """
    table = read_vector(file, {"level": ("niveau",)}, bounds)
    odd = ~table["level"].isin(CLAY_LEVELS)
    if odd.any():
        raise BadInput(
            f"{file.path} has {table.loc[odd, 'level'].iloc[0]:g} in column 'niveau' "
            f"({int(odd.sum())} areas); expected 1 (low), 2 (medium) or 3 (high): it is another "
            "map, take it from its producer."
        )
    return table


def read_polluted_sites(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per site under public intervention: site (name), commune, state, geometry (points).

    EPSG:4326. `commune` is the INSEE code with the zeros that the file has lost, empty where the
    code contradicts the department that stands beside it; `state` is as the producer writes it.

    Raises:
        BadInput: geometries that are no points, or see `labo.vector.read_vector`.
    """
    columns = {
        "site": ("Nom_site",),
        "commune": ("Code_INSEE",),
        "department": ("Departement",),
        "state": ("Etat_operation",),
    }
    # Whole, and without its geometries, which `read_vector` takes for contours: it is small.
    table = read_vector(file, columns, text=tuple(columns), geometry=False)
    shapes = np.asarray(pyogrio.read_dataframe(file.path, columns=[], force_2d=True).geometry)
    codes, parents = _codes(table["commune"]), _codes(table["department"])
    lost = (codes.str.len() == 4) & (parents.str.len() == 1)
    codes = codes.where(~lost, codes.str.zfill(5))
    if lost.any():
        file.note(
            "repaired",
            int(lost.sum()),
            f"INSEE codes that had lost their leading zero, {codes[lost].iloc[0]} first",
        )
    wrong = np.array(
        [
            len(code) != 5 or not code.startswith(parent.zfill(2))
            for code, parent in zip(codes, parents, strict=True)
        ],
        dtype=bool,
    )
    if wrong.any():
        file.note(
            "rejected",
            int(wrong.sum()),
            f"INSEE codes that are not of the department beside them, {codes[wrong].iloc[0]} "
            "first: the code is left out, the point is kept",
        )
    table["commune"] = codes.mask(wrong)
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not here.all():
        file.note(
            "missing",
            int((~here).sum()),
            f"sites without a place on the map, {table.loc[~here, 'site'].iloc[0]!r} first: "
            "nobody is counted near them",
        )
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if (here & ~points).any():
        odd = shapes[here & ~points][0].geom_type
        raise BadInput(
            f"{file.path} has a {odd} where a point was expected: give the file of sites."
        )
    located = gpd.GeoDataFrame(table.drop(columns="department"), geometry=shapes, crs=4326)[here]
    if bounds is not None:
        west, south, east, north = bounds
        x, y = located.geometry.x, located.geometry.y
        located = located[x.between(west, east) & y.between(south, north)]
    return located.reset_index(drop=True)


SOURCES.add(
    Source(
        id="georisques_tri_2020",
        dataset="georisques_tri",
        label="Zones inondables des territoires à risque important (directive inondation, 2020)",
        producer="Ministère de la Transition écologique (DGPR), DREAL",
        licence="Licence Ouverte 2.0",
        vintage="2020",
        page=(
            "https://www.georisques.gouv.fr/donnees/bases-de-donnees/"
            "zonages-inondation-rapportage-2020"
        ),
        # One archive per department, and a national one whose address is not published as lasting.
        url=None,
        format="zip",
        crs="EPSG:2154",
        scope="national",
        read=read_floods,
    )
)
SOURCES.add(
    Source(
        id="georisques_ppri_2026",
        dataset="georisques_ppri",
        label="Zones d'aléa des plans de prévention des risques d'inondation et littoraux",
        producer="DDT(M), Géorisques",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://www.georisques.gouv.fr/donnees/bases-de-donnees/procedures-ppr",
        # One archive per plan.
        url=None,
        format="zip",
        crs="EPSG:2154",
        scope="territory",
        local_holder="la DDT(M)",
        read=read_ppr,
    )
)
for _vintage, _address, _named in (
    ("2026", "argiles/2025/AleaRG_2025_Fxx_L93.zip", " (arrêté du 9 janvier 2026)"),
    ("2020", "argiles/AleaRG_Fxx_L93.zip", " (arrêté du 22 juillet 2020)"),
):
    SOURCES.add(
        Source(
            id=f"georisques_rga_{_vintage}",
            dataset="georisques_rga",
            label=f"Exposition au retrait-gonflement des argiles{_named}",
            producer="BRGM, Géorisques",
            licence="Licence Ouverte 2.0",
            vintage=_vintage,
            page=(
                "https://www.georisques.gouv.fr/donnees/bases-de-donnees/"
                "retrait-gonflement-des-argiles"
            ),
            url=f"https://files.georisques.fr/{_address}",
            format="zip",
            crs="EPSG:2154",
            scope="national",
            read=read_clay,
        )
    )
SOURCES.add(
    Source(
        id="ademe_sites_pollues_2020",
        dataset="ademe_sites_pollues",
        label="Sites pollués à responsable défaillant, sous intervention publique",
        producer="ADEME",
        licence="Licence Ouverte 2.0",
        vintage="2020",
        page="https://data.ademe.fr/datasets/srd-ademe",
        url=None,
        format="geojson",
        crs="EPSG:4326",
        scope="national",
        read=read_polluted_sites,
    )
)
