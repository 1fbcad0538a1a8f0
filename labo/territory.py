"""Territories and their zones: communes, EPCI, QPVs, the EPCI outside its QPVs, a drawn perimeter.

Geometries are kept in EPSG:3035, the system of the 200 m grid, in which areas are true.
"""

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
# Where no code says in which EPCI a QPV is, it is in those that hold this share of it: the contours
# of communes are simplified, so a neighbour's QPV seems to overlap by a sliver.
INSIDE_SHARE = 0.1
# Around the territory, so that cells and buildings on its edge are whole.
MARGIN_DEGREES = 0.01
ZONE_COLUMNS = (
    "zone",
    "kind",
    "generation",
    "code",
    "name",
    "parent",
    "communes",
    "npnru",
    "quartier_resilient",
    "geometry",
)


@dataclass(frozen=True)
class Territory:
    """An EPCI with everything that values are given for.

    `zones` has one row per zone: zone (unique id), kind, generation (QPVs, and the rest of the
    EPCI that depends on them; else empty), code (official), name, parent (zone id), communes (INSEE
    codes joined by commas), npnru (national or regional) and quartier_resilient (oui or non), both
    empty where nobody says, geometry (EPSG:3035). The row order is fixed by kind and code.
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

    contours: gpd.GeoDataFrame = commune_file.table()
    communes = _communes_in(commune_file, contours, rows).to_crs(CRS)
    epci_area = shapely.union_all(communes.geometry.to_numpy())
    notices: list[Notice] = []
    known = set(contours["code"])
    qpvs = _qpvs_of(qpv_file, set(communes["code"]), known, epci_area, notices)

    parts = [
        _frame("qpv", generation, qpvs["code"], qpvs["name"], code, qpvs),
        *[_perimeter(path, code, epci_name, epci_area) for path in perimeters],
        _frame("commune", "", communes["code"], communes["name"], code, communes),
        _single("epci", "", code, code, epci_name, epci_area),
    ]
    if len(qpvs):
        rest = shapely.difference(epci_area, shapely.union_all(qpvs.geometry.to_numpy()))
        zone, label = f"{code}-hors-qpv-{generation}", f"{epci_name}, hors QPV {generation}"
        if rest.area > TOUCHING_M2:
            parts.append(_single("rest_of_epci", generation, zone, code, label, rest))
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
    programme_file = mirror.newest("anru_programmes")
    zones = _with_programmes(zones, programme_file)
    return Territory(
        code=code,
        name=epci_name,
        generation=generation,
        zones=zones[list(ZONE_COLUMNS)],
        files=[x for x in (epci_file, commune_file, qpv_file, programme_file) if x is not None],
        notices=notices,
    )


def bounds_of(mirror: Mirror, name: str) -> Bounds:
    """Return the degrees around a territory, as `Territory.bounds`, without its QPVs.

    Raises:
        UnknownName, MissingFile, BadInput: as `load`.
    """
    _, _, rows, _ = members(mirror, name)
    file = needed(mirror, "ign_communes")
    contours: gpd.GeoDataFrame = file.table()
    return _with_margin(*_communes_in(file, contours, rows).total_bounds)


def _communes_in(
    file: SourceFile, contours: gpd.GeoDataFrame, rows: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the contours of an EPCI's communes, in the order of their codes.

    Raises:
        BadInput: one has none.
    """
    drawn = ~(contours.geometry.isna() | contours.geometry.is_empty)
    communes = contours[drawn & contours["code"].isin(rows["commune"])]
    if lost := sorted(set(rows["commune"]) - set(communes["code"])):
        raise BadInput(
            f"{file.path} has no contour for commune {lost[0]} of {rows['epci_name'].iloc[0]} "
            f"({len(lost)} missing): the contours and the list of EPCIs are probably of different "
            "years; give files of the same year."
        )
    return communes.sort_values("code").drop_duplicates("code")


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
    file: SourceFile,
    members: set[str],
    known: set[str],
    epci_area: BaseGeometry,
    notices: list[Notice],
) -> gpd.GeoDataFrame:
    """Return the QPVs that lie in the EPCI, in the order of their codes.

    The official commune codes say which; where they do not (the 2015 file only has names, which
    are shared by many, and communes merge), the ground decides. `known` are the codes of communes
    that have a contour, `members` those of the EPCI.

    Raises:
        BadInput: a QPV of the EPCI's communes lies elsewhere.
    """
    table: gpd.GeoDataFrame = file.table()
    table = table.to_crs(CRS).sort_values("code", ignore_index=True)
    shapes = np.asarray(table.geometry)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shared = np.zeros(len(table))
    near = ~empty & shapely.intersects(shapes, shapely.box(*epci_area.bounds))
    shared[near] = shapely.area(shapely.intersection(shapes[near], epci_area))
    on_the_ground = shared > INSIDE_SHARE * shapely.area(shapes)
    kept = []
    for row, listed in enumerate(table["communes"].fillna("").astype(str)):
        codes = set(listed.replace(" ", "").split(","))
        elsewhere = shared[row] <= TOUCHING_M2
        if not codes <= known:
            kept.append(bool(on_the_ground[row]))
        elif empty[row] or not codes & members:
            kept.append(False)
        elif elsewhere and codes <= members:
            raise BadInput(
                f"{file.path} says that QPV {table['code'][row]} is in {listed}, but its contour "
                "lies elsewhere: its coordinates are probably swapped or in another system; take "
                "the file from its producer again."
            )
        else:
            # It straddles two EPCIs, and its part here may be too small to be anything.
            kept.append(not elsewhere)
        if empty[row] and (codes & members or not codes <= known):
            notices.append(
                Notice(
                    source=file.source.id,
                    kind="rejected",
                    count=1,
                    text=f"QPV {table['code'][row]} ({listed}) has an empty contour in the "
                    "official file: it gets no zone",
                )
            )
    return table[np.array(kept, dtype=bool)]


def _perimeter(
    path: Path, parent: str, epci_name: str, epci_area: BaseGeometry
) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise MissingFile(f"There is no perimeter file {str(path)!r}: check its name.")
    area = gpd.GeoSeries([read_geojson_area(path)], crs="EPSG:4326").to_crs(CRS).iloc[0]
    if shapely.area(shapely.intersection(area, epci_area)) <= TOUCHING_M2:
        west, south, east, north = read_geojson_area(path).bounds
        raise BadInput(
            f"{path} lies at longitude {(west + east) / 2:.3f}, latitude "
            f"{(south + north) / 2:.3f}, outside {epci_name}: draw it there; GeoJSON gives the "
            "longitude first."
        )
    return _single("perimeter", "", path.stem, parent, path.stem, area)


def _with_programmes(zones: gpd.GeoDataFrame, file: SourceFile | None) -> gpd.GeoDataFrame:
    """Say which QPVs are in ANRU's programmes; a QPV that the file does not hold stays unknown."""
    zones = zones.assign(npnru="", quartier_resilient="")
    if file is None:
        return zones
    table = file.table()
    for name in ("npnru", "quartier_resilient"):
        said = dict(zip(table["code"], table[name], strict=True))
        zones[name] = [said.get(zone, "") for zone in zones["zone"]]
    return zones


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
