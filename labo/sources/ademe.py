"""Agence de la transition écologique: the energy labels of dwellings (DPE)."""

import csv
import json
import zipfile
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from labo import archives
from labo.errors import BadInput
from labo.official import read_csv, resolve_columns, tidy
from labo.projection import way
from labo.source import SOURCES, Bounds, Source, SourceFile

CRS = "EPSG:2154"
# Where mainland France lies in Lambert-93: west, south, east, north, in metres.
MAINLAND = (50_000.0, 6_000_000.0, 1_300_000.0, 7_200_000.0)
DPE: dict[str, tuple[str, ...]] = {
    "dpe": ("numero_dpe",),
    "replaces": ("numero_dpe_remplace",),
    "date": ("date_etablissement_dpe",),
    "kind": ("type_batiment",),
    "label": ("etiquette_dpe",),
    "summer_comfort": ("indicateur_confort_ete",),
    "area": ("surface_habitable_logement",),
    "year": ("annee_construction",),
    "address": ("identifiant_ban",),
    "floor": ("numero_etage_appartement",),
    "door": ("complement_adresse_logement",),
}
DEGREES: dict[str, tuple[str, ...]] = {"point": ("_geopoint",)}
METRES: dict[str, tuple[str, ...]] = {
    "x": ("coordonnee_cartographique_x_ban",),
    "y": ("coordonnee_cartographique_y_ban",),
}
TEXT = ("dpe", "replaces", "date", "kind", "label", "summer_comfort", "address", "floor", "door")
# The service leaves out what is empty in every row of an answer.
MAY_BE_EMPTY = ("numero_dpe_remplace", "numero_etage_appartement", "complement_adresse_logement")
# The service sends no more rows at once: as many means that there were probably more.
PAGE_ROWS = 10_000
LABELS = tuple("ABCDEFG")
COMFORTS = ("insuffisant", "moyen", "bon")


def read_dpe(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per diagnosed dwelling, its latest DPE: dpe (number), label (A to G), house (bool),
    summer_comfort (insuffisant, moyen, bon, or empty), area (m2), year, geometry (EPSG:2154).

    Reads the CSV that the site exports, or a JSON answer of its service. Left out and counted:
    records that another one replaces; older records of a dwelling, known by its address, kind,
    area, floor and door (of flats that are alike and have no door, as many are kept as were
    diagnosed on one day); DPE of whole buildings, which are no dwellings; labels that are none;
    records without coordinates.

    Raises:
        BadInput: an empty answer, an answer that was cut, no record with a label or coordinates, or
            see `labo.official.read_csv`.
    """
    table = _read(file)
    absent = table.attrs.get("absent", [])
    for name in TEXT:
        known = name not in absent and table[name].notna().any()
        table[name] = table[name].fillna("").astype(str).str.strip() if known else ""
    table = table[~_left_out(file, table, _replaced(table), "DPE that a later one replaces")]
    building = table["kind"].str.lower() == "immeuble"
    table = table[~_left_out(file, table, building, "DPE of whole buildings, not of dwellings")]
    table = table.assign(label=table["label"].str.upper())
    unlabelled = ~table["label"].isin(LABELS)
    table = table[~_left_out(file, table, unlabelled, "DPE without a label from A to G")]
    if table.empty:
        raise BadInput(
            f"{file.path} has no dwelling with an energy label from A to G in column "
            f"{DPE['label'][0]!r}: give the file of existing dwellings (dpe03existant)."
        )
    table = table[~_left_out(file, table, _older(file, table), "older DPE of the same dwelling")]
    x, y = _metres(table)
    lost = pd.Series(np.isnan(x) | np.isnan(y), index=table.index)
    if lost.all():
        raise BadInput(
            f"{file.path} has no DPE with coordinates: export {DEGREES['point'][0]!r}, or "
            f"{METRES['x'][0]!r} and {METRES['y'][0]!r}, with the rest."
        )
    _left_out(file, table, lost, "DPE without coordinates")
    comfort = table["summer_comfort"].str.lower()
    comfort = comfort.where(comfort.isin(COMFORTS), "")
    points = gpd.GeoDataFrame(
        {
            "dpe": table["dpe"],
            "label": table["label"],
            "house": table["kind"].str.lower() == "maison",
            # A copy without the column says nothing: it is not that the DPE do not say.
            "summer_comfort": None if "summer_comfort" in absent else comfort,
            "area": table["area"],
            "year": table["year"],
        },
        geometry=gpd.points_from_xy(x, y),
        crs=CRS,
    )[~lost]
    points.attrs["absent"] = absent
    return inside(file, on_mainland(file, points, "DPE"), bounds)


def on_mainland(file: SourceFile, points: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Return the points (EPSG:2154) that lie in mainland France; the others are counted."""
    west, south, east, north = MAINLAND
    x, y = points.geometry.x, points.geometry.y
    # Written so that what is no number is outside too.
    outside = ~((x >= west) & (x <= east) & (y >= south) & (y <= north))
    if outside.any():
        file.note("rejected", int(outside.sum()), f"{what} located outside mainland France")
    return points[~outside].reset_index(drop=True)


def inside(file: SourceFile, points: gpd.GeoDataFrame, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """Return the points (EPSG:2154) inside bounds (EPSG:4326); all of them where there are none."""
    del file
    if bounds is None:
        return points
    transformer = way("EPSG:4326", CRS)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return points.cx[west:east, south:north].reset_index(drop=True)


def _left_out(
    file: SourceFile, table: pd.DataFrame, rows: "pd.Series[bool]", what: str
) -> "pd.Series[bool]":
    if rows.any():
        file.note("rejected", int(rows.sum()), f"{what} ({int(rows.sum())} of {len(table)})")
    return rows


def _read(file: SourceFile) -> pd.DataFrame:
    with file.path.open("rb") as stream:
        start = stream.read(4_096)
    if not start.strip():
        raise BadInput(
            f"{file.path} is empty: the service answered without any record (an answer 200 with "
            f"nothing in it); ask again later, or export the file from {file.source.page}."
        )
    if start.lstrip()[:1] == b"{":
        return _read_answer(file)
    columns = DPE | _place(_header(file))
    text = [name for name in (*TEXT, "point") if name in columns]
    table = read_csv(file, columns, text=text, prefer="dpe")
    if len(table) == PAGE_ROWS:
        file.note(
            "missing",
            1,
            f"exactly {PAGE_ROWS} rows, the most the service sends at once: others may be lacking",
        )
    return table


def _read_answer(file: SourceFile) -> pd.DataFrame:
    """Read a JSON answer of the service: {"total": 12, "results": [{…}, …]}."""
    try:
        content = json.loads(file.path.read_text(encoding="utf-8-sig"))
        rows: list[dict[str, Any]] = content["results"]
        total = int(content.get("total", len(rows)))
        table = pd.DataFrame(rows)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{file.path} is no answer of the DPE service with its 'results' ({error!r}): ask "
            f"again, or export the CSV from {file.source.page}."
        ) from error
    if total > len(rows) or not rows:
        raise BadInput(
            f"{file.path} holds {len(rows)} of the {total} DPE that the service announces: follow "
            f"its pages to the last one, or export the CSV from {file.source.page}."
        )
    table = table.reindex(columns=list(dict.fromkeys([*table.columns, *MAY_BE_EMPTY])))
    names = resolve_columns(file, DPE | _place(list(table.columns)), table.columns)
    for name, official in names.items():
        if official is not None and name in TEXT:
            table[official] = table[official].map(lambda v: None if pd.isna(v) else str(v))
    kept = [official for official in names.values() if official is not None]
    return tidy(file, table[kept], names, (*TEXT, "point"))


def _header(file: SourceFile) -> list[str]:
    """Return the names of the columns.

    Raises:
        BadInput: the archive is damaged, or this is no table.
    """
    try:
        return _first_line(file)
    except csv.Error as error:
        raise BadInput(f"{file.path} is not a regular CSV table ({error}).") from error
    except archives.BROKEN as error:
        raise BadInput(f"{file.path} is damaged ({error}): fetch it again.") from error


def _first_line(file: SourceFile) -> list[str]:
    if file.path.suffix.lower() == ".zip":
        member = archives.member(file.path, (".csv", ".txt"), "dpe")
        with zipfile.ZipFile(file.path) as archive, archive.open(member) as stream:
            line = stream.readline()
    else:
        with file.path.open("rb") as plain:
            line = plain.readline()
    text = line.decode("utf-8-sig", errors="replace")
    separator = ";" if text.count(";") >= text.count(",") else ","
    return [name.strip() for name in next(csv.reader([text], delimiter=separator), [])]


def _place(header: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns that say where: Lambert metres are less rounded than degrees."""
    lower = {name.lower() for name in header}
    metric = all(names[0] in lower for names in METRES.values())
    return METRES if metric and DEGREES["point"][0] not in lower else DEGREES


def _metres(table: pd.DataFrame) -> tuple[Any, Any]:
    if "point" not in table:
        return table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    parts = table["point"].astype("string").str.extract(r"^\s*([-\d.]+)\s*,\s*([-\d.]+)\s*$")
    south_north, west_east = (
        pd.to_numeric(parts[k], errors="coerce").to_numpy(dtype=float) for k in (0, 1)
    )
    x, y = way("EPSG:4326", CRS).transform(west_east, south_north)
    return np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)


def _replaced(table: pd.DataFrame) -> "pd.Series[bool]":
    return table["dpe"].isin(set(table["replaces"]) - {""})


def _older(file: SourceFile, table: pd.DataFrame) -> "pd.Series[bool]":
    """Which records are followed by a later one of the same dwelling."""
    day = table["date"]
    wrong = ~day.str.match(r"\d{4}-\d\d-\d\d")
    if wrong.any():
        raise BadInput(
            f"{file.path} has the date {str(day[wrong].iloc[0])!r} in column {DPE['date'][0]!r} "
            f"for DPE {table.loc[wrong, 'dpe'].iloc[0]}; expected one such as '2024-05-31'."
        )
    day = day.str[:10]
    door, kind = table["door"].str.lower(), table["kind"].str.lower()
    same = pd.DataFrame(
        {
            "address": table["address"],
            "kind": kind,
            "area": table["area"].round(1),
            "floor": table["floor"],
            "door": door,
            # Without a door, flats alike that were diagnosed on one day are several.
            "rank": 0,
            "day": day,
            "dpe": table["dpe"],
        }
    )
    dwelling = ["address", "kind", "area", "floor", "door", "rank"]
    unsure = (door == "") & (kind != "maison")
    order = same.sort_values(["day", "dpe"], kind="stable")
    order.loc[unsure, "rank"] = (
        order[unsure.reindex(order.index)].groupby([*dwelling, "day"], dropna=False).cumcount()
    )
    older = order.duplicated(dwelling, keep="last").reindex(table.index)
    known = (same["address"] != "") & table["area"].notna()
    return older & known


SOURCES.add(
    Source(
        id="ademe_dpe_existants_2026",
        dataset="ademe_dpe_existants",
        label="DPE des logements existants (depuis juillet 2021)",
        producer="Ademe",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://data.ademe.fr/datasets/dpe03existant",
        # The service answers by pages of 10,000 rows at most, linked by « next »: the export of
        # the communes of the territory is taken by hand from the page.
        url=None,
        format="csv",
        crs=CRS,
        scope="territory",
        read=read_dpe,
        inside=inside,
    )
)
