"""Répertoire national des associations: registered associations, at the address of their seat."""

import geopandas as gpd
import pandas as pd

from labo.errors import BadInput
from labo.official import read_csv
from labo.projection import way
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.sources.ademe import CRS, inside, on_mainland

# The register has addresses only. What the national address service adds to a file of addresses:
GEOCODED = {
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "score": ("result_score",),
    "precision": ("result_type",),
}
# An address found with less certainty than this may be in another street.
LEAST_SCORE = 0.5
# What the service found is a place within the commune, not just the commune.
PRECISE = ("housenumber", "street")
REGISTERED = "A"


def read_associations(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per association that is registered: association (its number), commune, geometry.

    Points are the seat's, EPSG:2154. Left out and counted: dissolved or struck off (`position` is
    not A), numbers given twice, addresses that were not found.

    Raises:
        BadInput: addresses without coordinates, no registered association, or see
            `labo.official.read_csv`.
    """
    columns = {
        "association": ("id",),
        "commune": ("adrs_codeinsee",),
        "position": ("position",),
    } | GEOCODED
    try:
        table = read_csv(
            file,
            columns,
            text=("association", "commune", "position", "precision"),
            prefer="rna",
        )
    except BadInput as error:
        if "latitude" not in str(error).partition("; it has")[0]:
            raise
        raise BadInput(
            f"{file.path} has addresses without latitude and longitude: pass it through the "
            "national address service, which adds them "
            "(https://adresse.data.gouv.fr/outils/csv), and give what comes back."
        ) from error
    gone = table["position"].astype(str).str.strip().str.upper() != REGISTERED
    _left_out(file, gone, "associations dissolved or struck off")
    table = table[~gone]
    if table.empty:
        raise BadInput(
            f"{file.path} has no registered association (position {REGISTERED!r}): give the file "
            "« waldec » of the register."
        )
    twice = table["association"].duplicated()
    _left_out(file, twice, "associations given twice, taken once")
    table = table[~twice].assign(commune=_communes(file, table.loc[~twice, "commune"]))
    vague = ~table["precision"].isin(PRECISE) | ~(table["score"] >= LEAST_SCORE)
    vague |= table[["latitude", "longitude"]].isna().any(axis=1)
    _left_out(file, vague, "associations whose address was not found")
    table = table[~vague]
    if table.empty:
        raise BadInput(
            f"{file.path} has no association whose address was found (result_type "
            f"{' or '.join(PRECISE)}, result_score of {LEAST_SCORE} or more): pass it through the "
            "national address service again, with the columns of the address."
        )
    x, y = way("EPSG:4326", CRS).transform(
        table["longitude"].to_numpy(dtype=float), table["latitude"].to_numpy(dtype=float)
    )
    points = gpd.GeoDataFrame(
        table[["association", "commune"]], geometry=gpd.points_from_xy(x, y), crs=CRS
    )
    return inside(file, on_mainland(file, points, "associations"), bounds)


def _communes(file: SourceFile, codes: "pd.Series[str]") -> "pd.Series[str]":
    short = codes.str.fullmatch(r"[1-9]\d{3}").fillna(value=False).astype(bool)
    if short.any():
        file.note("repaired", int(short.sum()), "commune codes whose leading zero was lost")
    return codes.mask(short, "0" + codes)


def _left_out(file: SourceFile, rows: "pd.Series[bool]", what: str) -> None:
    if rows.any():
        file.note("rejected", int(rows.sum()), what)


SOURCES.add(
    Source(
        id="rna_waldec_2026",
        dataset="rna_waldec",
        label="Répertoire national des associations (Waldec), adresses géocodées",
        producer="Ministère de l'intérieur",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://www.data.gouv.fr/datasets/repertoire-national-des-associations",
        # The register's own address is lasting, but what it gives has no coordinates.
        url=None,
        format="csv",
        crs=CRS,
        scope="territory",
        read=read_associations,
        inside=inside,
    )
)
