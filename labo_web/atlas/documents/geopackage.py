"""The data of a release as a GeoPackage: zones with their present values, and all values."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from django.http import HttpRequest

from labo_web.atlas.documents import codebook
from labo_web.atlas.downloads import COLUMNS, value_rows, zone_features
from labo_web.releases.credit import attribution, licences_in_words
from labo_web.releases.models import Release

# What is written with the clock, and where.
CLOCKS = {"gpkg_contents": "last_change", "gpkg_metadata_reference": "timestamp"}
# How often the file was written, twice in the header of SQLite (the two must be equal): it depends
# on how long the writing took.
COUNTERS = (24, 92)


def geopackage_of(request: HttpRequest, release: Release) -> bytes:
    """Return the zones and values that whoever asks may read, in EPSG:4326."""
    features = zone_features(request, release)
    names = [f"{x.name}{end}" for x in release.indicators.all() for end in codebook.ENDS]
    table = pd.DataFrame([f["properties"] for f in features]).reindex(
        columns=["zone", "name", "kind", "nature", *names]
    )
    table[names] = table[names].astype(float)
    shapes = [_shape(f["geometry"]) for f in features]
    zones = gpd.GeoDataFrame(table, geometry=shapes, crs=4326)
    values = pd.DataFrame(list(value_rows(request, release)), columns=list(COLUMNS))
    numbers = ["valeur", "bas", "haut", "ecart", "ecart_bas", "ecart_haut", "part_imputee"]
    values[numbers] = values[numbers].astype(float)
    book = pd.DataFrame(list(codebook.rows(release)), columns=list(codebook.HEAD))
    said = pd.DataFrame(codebook.about(release), columns=["sujet", "valeur"])
    about = {
        "LICENCE": licences_in_words(release),
        "ATTRIBUTION": attribution(release),
        "LIVRAISON": release.code,
        "DATE": release.opened_on.isoformat(),
        "VERSION": release.code_version,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "donnees.gpkg"
        pyogrio.write_dataframe(
            zones,
            path,
            layer="zones",
            driver="GPKG",
            geometry_type="MultiPolygon",
            layer_metadata=about,
            layer_options={
                "IDENTIFIER": f"{release.territory.name}, QPV {release.generation}",
                "DESCRIPTION": f"{attribution(release)}. {licences_in_words(release)}",
            },
        )
        for layer, rows in (("valeurs", values), ("colonnes", book), ("lisez_moi", said)):
            pyogrio.write_dataframe(rows, path, layer=layer, driver="GPKG", append=True)
        _settle(path, f"{release.opened_on.isoformat()}T12:00:00.000Z")
        return path.read_bytes()


def _shape(geometry: dict[str, Any]) -> shapely.MultiPolygon:
    shape = shapely.geometry.shape(geometry)
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def _settle(path: Path, stamp: str) -> None:
    """Write the day of the release where the clock was: the same release gives the same bytes."""
    with closing(sqlite3.connect(path)) as base:
        held = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
        with base:
            for table, column in CLOCKS.items():
                if table in held:
                    base.execute(f"UPDATE {table} SET {column} = ?", (stamp,))  # noqa: S608  # nosec B608
        base.execute("VACUUM")
    whole = bytearray(path.read_bytes())
    for start in COUNTERS:
        whole[start : start + 4] = (1).to_bytes(4, "big")
    path.write_bytes(whole)
