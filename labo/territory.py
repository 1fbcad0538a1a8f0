"""Territories and their zones: communes, EPCI, QPVs, the EPCI outside its QPVs, a drawn perimeter.

Geometries are kept in EPSG:3035, the system of the 200 m grid, in which areas are true.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from labo.errors import BadInput, MissingFile, UnknownName
from labo.mirror import Mirror, read_geojson_area
from labo.source import Bounds, Notice, SourceFile

CRS = "EPSG:3035"
GENERATIONS = ("2024", "2015")
KINDS = ("qpv", "perimeter", "commune", "epci", "rest_of_epci", "cell")
# Two perimeters that share less than this (m²) only touch: their edges were drawn by hand.
TOUCHING_M2 = 100.0
# Around the territory, so that cells and buildings on its edge are whole.
MARGIN_DEGREES = 0.01
ZONE_COLUMNS = ("zone", "kind", "generation", "code", "name", "parent", "communes", "geometry")


@dataclass(frozen=True)
class Territory:
    """An EPCI with everything that values are given for.

    `zones` has one row per zone: zone (unique id), kind, generation (QPVs, and the rest of the EPCI
    that depends on them; else empty), code (official), name, parent (zone id), communes (INSEE codes
    joined by commas), geometry (EPSG:3035). The row order is fixed by kind and code.
    """

    code: str
    name: str
    generation: str
    zones: gpd.GeoDataFrame
    files: Sequence[SourceFile]
    notices: Sequence[Notice]

    @property
    def bounds(self) -> Bounds:
        """Degrees around all the zones, with a margin."""
        area = gpd.GeoSeries([shapely.box(*self.zones.total_bounds)], crs=CRS).to_crs("EPSG:4326")
        return _with_margin(*area.total_bounds)


def members(mirror: Mirror, name: str) -> tuple[str, str, pd.DataFrame, SourceFile]:
    """Return the EPCI's SIREN, its name, its communes, and the file that says so.

    `name` is a SIREN or one of the mirror's territory names.

    Raises:
        UnknownName: neither; the message lists names that exist.
    """
    file = needed(mirror, "insee_epci")
    epcis = file.table()
    code = mirror.territories.get(name, name)
    rows = epcis[epcis["epci"] == code]
    if rows.empty:
        known = sorted(mirror.territories) or sorted(epcis["epci"].unique())
        listed = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
        raise UnknownName(
            f"There is no territory {name!r} in {file.path.name}; give an EPCI's SIREN "
            f"(9 digits) or one of the mirror's names: {listed}."
        )
    return code, str(rows["epci_name"].iloc[0]), rows, file


def load(
    mirror: Mirror, name: str, *, generation: str = "2024", perimeters: Sequence[Path] = ()
) -> Territory:
    """Read a territory and its zones from a mirror.

    Raises:
        UnknownName, MissingFile, BadInput: see their messages.
    """
    if generation not in GENERATIONS:
        raise BadInput(f"Generation {generation!r} is not one of {' or '.join(GENERATIONS)}.")
    code, epci_name, rows, epci_file = members(mirror, name)
    commune_file = needed(mirror, "ign_communes")
    qpv_file = needed(mirror, f"anct_qpv_{generation}")

    contours = commune_file.table()
    communes = contours[contours["code"].isin(rows["commune"])].to_crs(CRS)
    lost = sorted(set(rows["commune"]) - set(communes["code"]))
    if lost:
        raise BadInput(
            f"{commune_file.path} has no contour for commune {lost[0]} of {epci_name} "
            f"({len(lost)} missing): the contours and the membership are of different years."
        )
    communes = communes.sort_values("code").drop_duplicates("code")
    epci_area = shapely.union_all(communes.geometry.to_numpy())
    notices: list[Notice] = []
    qpvs = _qpvs_of(qpv_file, communes, epci_area, notices)

    parts = [
        _frame("qpv", generation, qpvs["code"], qpvs["name"], code, qpvs),
        *[_perimeter(path, code) for path in perimeters],
        _frame("commune", "", communes["code"], communes["name"], code, communes),
        _single("epci", "", code, code, epci_name, epci_area),
    ]
    if len(qpvs):
        rest = shapely.difference(epci_area, shapely.union_all(qpvs.geometry.to_numpy()))
        parts.append(
            _single(
                "rest_of_epci",
                generation,
                f"{code}-hors-qpv-{generation}",
                code,
                f"{epci_name}, hors QPV {generation}",
                rest,
            )
        )
    else:
        notices.append(
            Notice(
                source=qpv_file.source.id,
                kind="missing",
                count=1,
                text=f"no QPV of generation {generation} in {epci_name}",
            )
        )
    zones = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CRS)
    zones["communes"] = _communes_of(zones, communes)
    twice = zones.loc[zones["zone"].duplicated(), "zone"]
    if len(twice):
        raise BadInput(f"Two zones are named {twice.iloc[0]!r}: rename the drawn perimeter's file.")
    return Territory(
        code=code,
        name=epci_name,
        generation=generation,
        zones=zones[list(ZONE_COLUMNS)],
        files=[epci_file, commune_file, qpv_file],
        notices=notices,
    )


def bounds_of(mirror: Mirror, name: str) -> Bounds:
    """Return the degrees around a territory, as `Territory.bounds`, without its QPVs.

    Raises:
        UnknownName, MissingFile: as `load`.
    """
    _, _, rows, _ = members(mirror, name)
    contours = needed(mirror, "ign_communes").table()
    west, south, east, north = contours[contours["code"].isin(rows["commune"])].total_bounds
    return _with_margin(west, south, east, north)


def _with_margin(west: float, south: float, east: float, north: float) -> Bounds:
    return (
        west - MARGIN_DEGREES,
        south - MARGIN_DEGREES,
        east + MARGIN_DEGREES,
        north + MARGIN_DEGREES,
    )


def needed(mirror: Mirror, dataset: str) -> SourceFile:
    """Return a dataset's file, without which nothing can be done.

    Raises:
        MissingFile: the mirror has none.
    """
    file = mirror.newest(dataset)
    if file is None:
        raise MissingFile(
            f"{mirror.folder} has no file for {dataset!r}, without which there is no diagnosis: "
            "run `labo fetch`, or name one in mirror.toml."
        )
    return file


def _qpvs_of(
    file: SourceFile, communes: gpd.GeoDataFrame, epci_area: BaseGeometry, notices: list[Notice]
) -> gpd.GeoDataFrame:
    """Return the QPVs that lie in the EPCI, in the order of their codes.

    The official commune codes say which; the 2015 file only has names of communes, which are shared
    by many, so there the ground decides.
    """
    table = file.table()
    empty = np.asarray(table.geometry.isna() | table.geometry.is_empty)
    codes = table["communes"].astype(str).str.split(r"\s*,\s*", regex=True)
    known = set(communes["code"])
    by_code = np.array([bool(known.intersection(c)) for c in codes], dtype=bool)
    table = table.to_crs(CRS)
    coded = codes.map(lambda c: all(re.fullmatch(r"\d[\dAB]\d{3}", x) for x in c)).to_numpy()
    shared = np.zeros(len(table))
    near = ~empty & shapely.intersects(np.asarray(table.geometry), shapely.box(*epci_area.bounds))
    shared[near] = shapely.area(shapely.intersection(np.asarray(table.geometry)[near], epci_area))
    kept = np.where(coded, by_code, shared > TOUCHING_M2)
    for code in table.loc[kept & empty, "code"]:
        notices.append(
            Notice(
                source=file.source.id,
                kind="rejected",
                count=1,
                text=f"QPV {code} has an empty contour in the official file: it gets no zone",
            )
        )
    kept &= ~empty
    for code in table.loc[kept & (shared <= TOUCHING_M2), "code"]:
        raise BadInput(
            f"{file.path} says that QPV {code} is in this EPCI, but its contour lies elsewhere: "
            "its coordinates are probably swapped or in another system."
        )
    return table[kept].sort_values("code")


def _perimeter(path: Path, parent: str) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise MissingFile(f"There is no perimeter file {str(path)!r}.")
    area = gpd.GeoSeries([read_geojson_area(path)], crs="EPSG:4326").to_crs(CRS).iloc[0]
    return _single("perimeter", "", path.stem, parent, path.stem, area)


def _frame(
    kind: str,
    generation: str,
    codes: Sequence[str],
    names: Sequence[str],
    parent: str,
    shapes: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "zone": np.asarray(codes, dtype=object),
            "kind": kind,
            "generation": generation,
            "code": np.asarray(codes, dtype=object),
            "name": np.asarray(names, dtype=object),
            "parent": parent,
        },
        geometry=np.asarray(shapes.geometry),
        crs=CRS,
    )


def _single(
    kind: str, generation: str, zone: str, parent: str, name: str, area: BaseGeometry
) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(geometry=[area], crs=CRS)
    frame = _frame(kind, generation, [zone], [name], parent if kind != "epci" else "", frame)
    frame["code"] = parent if kind == "rest_of_epci" else zone
    return frame


def _communes_of(zones: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> list[str]:
    """Return the INSEE codes of the communes that each zone really overlaps, joined by commas."""
    tree = shapely.STRtree(communes.geometry.to_numpy())
    shapes = zones.geometry.to_numpy()
    zone, commune = tree.query(shapes, predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[zone], communes.geometry.to_numpy()[commune]))
    codes = communes["code"].to_numpy()
    return [
        ",".join(sorted(codes[commune[(zone == i) & (area > TOUCHING_M2)]]))
        for i in range(len(zones))
    ]
