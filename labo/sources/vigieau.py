"""VigiEau (formerly Propluvia): orders that restrict the use of water."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from labo.errors import BadInput
from labo.official import Columns, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.spelling import communes, dates, plain, unmixed

PAGE = "https://www.data.gouv.fr/fr/datasets/donnee-secheresse-vigieau/"
# One row per order; the zones of an order stand in one cell, as a JSON list for each of their
# columns. The flat spellings are those of Propluvia, before 2024 (to check).
ORDERS: Columns = {
    "order": ("id", "id_arrete"),
    "begin": ("date_debut", "debut_validite_arrete"),
    "end": ("date_fin", "fin_validite_arrete"),
    "status": ("statut", "statut_arrete"),
    "zone": ("zones_alerte.id", "id_zone"),
    "kind": ("zones_alerte.type", "type_zone"),
    "name": ("zones_alerte.nom", "nom_zone"),
    "level": ("zones_alerte.niveau_gravite", "nom_niveau"),
    "communes": ("zones_alerte.communes",),
}
PER_ZONE = ("zone", "kind", "name", "level", "communes")
TIDY = ["zone", "kind", "name", "communes", "level", "begin", "end", "order"]
# Surface water, ground water, drinking water.
KINDS = ("SUP", "SOU", "AEP")
LEVELS = {"vigilance": 0, "alerte": 1, "alerte renforcee": 2, "crise": 3}
LEVEL_NAMES = ("vigilance", "alerte", "alerte renforcée", "crise")
# An order that nobody has signed yet restricts nothing.
DRAFTS = {"a_valider", "a valider", "brouillon"}
# How the export writes a zone that the order leaves free, or that has no id.
NO_LEVEL = {"", "nan", "none", "null", "undefined", "pas de restriction"}
NOTHING = (None, "", "null", "undefined")


def read_restrictions(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per order and zone of alert, from the CSV of VigiEau's orders.

    Columns: zone (the producer's id; for drinking water, the order's grouping of communes), kind
    (SUP surface, SOU ground, AEP drinking water), name, communes (INSEE codes joined with commas;
    empty for zones that are not made of communes), level (0 vigilance, 1 alerte, 2 alerte
    renforcée, 3 crise), begin, end (both days included; NaT while the order is in force), order.

    Raises:
        BadInput: no row, an unknown level or kind, lists of unequal length, dates that cannot be,
            or see `labo.official.read_csv`.
    """
    del bounds
    present = _present(file)
    table = read_csv(file, present, text=tuple(present)).reindex(columns=list(ORDERS))
    if table.empty:
        raise BadInput(
            f"{file.path} has a header and no order under it: it was cut; fetch it again from "
            f"{file.source.page}."
        )
    for column in ("name", "level"):
        table[column] = unmixed(file, table[column])
    drafts = table["status"].map(plain).isin(DRAFTS)
    if drafts.any():
        file.note("rejected", int(drafts.sum()), "orders that are not signed yet")
        table = table[~drafts]
    for column in ("begin", "end"):
        table[column] = dates(file, table[column], ORDERS[column][0])
    if table["begin"].isna().any():
        order = table.loc[table["begin"].isna(), "order"].iloc[0]
        raise BadInput(
            f"{file.path} has no {ORDERS['begin'][0]} for the order {order!r}: correct the file or "
            "fetch it again."
        )
    backwards = table["end"] < table["begin"]
    if backwards.any():
        # Repealed before they came into force.
        file.note("rejected", int(backwards.sum()), "orders that end before they begin")
        table = table[~backwards]
    # A zone comes back in order after order, with the same communes.
    known: dict[tuple[str, ...], str] = {}
    rows = [zone for row in table.to_dict("records") for zone in _zones(file, row, known)]
    result = pd.DataFrame(rows, columns=TIDY)
    result["level"] = result["level"].astype(np.int64)
    for column in ("begin", "end"):
        result[column] = result[column].astype("datetime64[s]")
    return result


def _present(file: SourceFile) -> Columns:
    """Return the columns to ask for: the communes of a zone are only in the newer files."""
    with file.path.open("rb") as stream:
        newer = b"zones_alerte." in stream.readline()
    return {k: v for k, v in ORDERS.items() if newer or k != "communes"}


def _zones(
    file: SourceFile, row: Mapping[Any, Any], known: dict[tuple[str, ...], str]
) -> list[dict[str, object]]:
    """Return the zones of one order, those without a level left out."""
    lists = {column: _listed(file, row, column) for column in PER_ZONE}
    count = len(lists["level"])
    lists["communes"] = lists["communes"] or [None] * count
    if uneven := [c for c in PER_ZONE if len(lists[c]) != count]:
        raise BadInput(
            f"{file.path} has {len(lists[uneven[0]])} values of {ORDERS[uneven[0]][0]} for the "
            f"{count} zones of the order {row['order']!r}: fetch it again."
        )
    zones = []
    for at, word in enumerate(lists["level"]):
        level = plain(word).replace("_", " ")
        if level in NO_LEVEL:
            continue
        kind = str(lists["kind"][at]).strip().upper()
        if level not in LEVELS or kind not in KINDS:
            raise BadInput(
                f"{file.path} has the level {str(word)!r} and the kind {kind!r} in the order "
                f"{row['order']!r}; expected one of {', '.join(LEVEL_NAMES)} and one of "
                f"{', '.join(KINDS)}."
            )
        codes = _codes(file, lists["communes"][at], known)
        zone, name = lists["zone"][at], lists["name"][at]
        if zone in NOTHING:
            zone = codes or name
        zones.append(
            {
                "zone": str(zone),
                "kind": kind,
                "name": str(name or ""),
                "communes": codes,
                "level": LEVELS[level],
                "begin": row["begin"],
                "end": row["end"],
                "order": str(row["order"]),
            }
        )
    return zones


def _listed(file: SourceFile, row: Mapping[Any, Any], column: str) -> list[object]:
    cell = row[column]
    if cell is None or cell != cell:  # NaN
        return []
    text = str(cell).strip()
    if not text.startswith("["):
        return [text]
    try:
        return list(json.loads(text))
    except ValueError as error:
        raise BadInput(
            f"{file.path} has {text[:40]!r} in {ORDERS[column][0]} of the order {row['order']!r}, "
            f"where a JSON list was expected ({error}): fetch it again."
        ) from error


def _codes(file: SourceFile, given: object, known: dict[tuple[str, ...], str]) -> str:
    codes = [given] if isinstance(given, str) and given else given
    if not isinstance(codes, list) or not codes:
        return ""
    found = known.get(tuple(map(str, codes)))
    if found is None:
        found = ",".join(sorted(communes(file, pd.Series(codes, dtype=object))))
        known[tuple(map(str, codes))] = found
    return found


def restriction_days(
    restrictions: pd.DataFrame, years: Sequence[int], *, until: dt.date
) -> pd.DataFrame:
    """Return days per year that each zone spent at each level: zone, kind, year, level, days.

    A day under several orders counts once, at the highest level. An order without an end is in
    force up to `until`, the day on which the file was taken. Every level of every zone has a row: 0
    days where the zone was free. A year that `until` cuts, or before the file's first order, is
    NaN, because the file does not know it.

    Raises:
        BadInput: no year.
    """
    if not years:
        raise BadInput(
            "No year was given to count restrictions in: say at least one, such as 2022."
        )
    first = np.datetime64(f"{min(years)}-01-01", "D")
    last = np.datetime64(f"{max(years)}-12-31", "D")
    day = np.arange(first, last + 1)
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    begins = restrictions["begin"].min()
    known = (day <= np.datetime64(until, "D")) & (
        year >= begins.year if len(restrictions) else False
    )
    ends = restrictions["end"].fillna(pd.Timestamp(until))
    orders = restrictions.assign(
        start=(restrictions["begin"].to_numpy("datetime64[D]") - first).astype(np.int64),
        stop=(ends.to_numpy("datetime64[D]") - first).astype(np.int64) + 1,
    )
    rows = []
    for (zone, kind), group in orders.groupby(["zone", "kind"], sort=True):
        level_of = np.full(len(day), -1, dtype=np.int8)
        for start, stop, level in zip(group["start"], group["stop"], group["level"], strict=True):
            part = level_of[max(start, 0) : max(stop, 0)]
            np.maximum(part, level, out=part)
        level_of[~known] = -1
        for wanted in sorted(set(years)):
            inside = year == wanted
            for level in LEVELS.values():
                days = float((level_of[inside] == level).sum()) if known[inside].all() else np.nan
                rows.append((zone, kind, wanted, level, days))
    return pd.DataFrame(rows, columns=["zone", "kind", "year", "level", "days"])


SOURCES.add(
    Source(
        id="vigieau_2026",
        dataset="water_restrictions",
        label="Arrêtés de restriction d’eau (VigiEau)",
        producer="Ministère de la Transition écologique, VigiEau",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page=PAGE,
        # The orders of every year; the same page also has one file a year.
        url="https://www.data.gouv.fr/fr/datasets/r/f425cfa6-ccd1-438e-bb03-9d90ab527851",
        format="csv",
        crs=None,
        scope="national",
        read=read_restrictions,
        inside=everything,
    )
)
