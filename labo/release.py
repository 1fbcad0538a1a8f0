"""Writes, reads and checks a release: the folder in which a diagnosis is handed on.

A release is immutable and says nothing of when or where it was made: the same inputs and seed give
the same bytes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from labo import secrecy
from labo.catalogue import INDICATORS, LAYERS, SOURCES
from labo.diagnosis import PRESENT, Diagnosis
from labo.errors import BadInput, DamagedRelease, LaboError, MissingFile, UnknownName
from labo.source import file_sha256
from labo.territory import CRS
from labo.tiles import write_pmtiles

FORMAT = 1
MANIFEST = "manifest.json"
FILES = (
    "catalogue.json",
    "cells.pmtiles",
    "draws.parquet",
    "layers.parquet",
    "shares.parquet",
    "values.parquet",
    "zones.parquet",
)
VALUE_COLUMNS = (
    "zone generation indicator scenario horizon central low high unit imputed_share n_cells "
    "availability method var_measurement var_secrecy var_transfer reason"
).split()


@dataclass(frozen=True)
class Release:
    """A release on disk; its tables are read when they are asked for."""

    folder: Path
    manifest: Mapping[str, Any]

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """Zones and cells: zone, kind, generation, code, name, parent, communes …, geometry."""
        return gpd.read_parquet(self.folder / "zones.parquet")

    @cached_property
    def values(self) -> pd.DataFrame:
        """One row per zone, indicator, scenario and horizon: the columns of VALUE_COLUMNS."""
        return pd.read_parquet(self.folder / "values.parquet")

    @cached_property
    def layers(self) -> pd.DataFrame:
        """Layers per zone and counted cell, long: zone, layer, central, imputed."""
        return pd.read_parquet(self.folder / "layers.parquet")

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Share of each cell's residents in each zone that is not made of whole cells."""
        return pd.read_parquet(self.folder / "shares.parquet")

    @cached_property
    def catalogue(self) -> Mapping[str, Any]:
        """The declarations as they were: indicators, layers, sources."""
        content: Mapping[str, Any] = json.loads((self.folder / "catalogue.json").read_text("utf-8"))
        return content

    @property
    def draws(self) -> pd.DataFrame:
        """Draws by zone and indicator: zone, indicator, scenario, horizon, values (list)."""
        return pd.read_parquet(self.folder / "draws.parquet")

    def zone(self, code: str) -> str:
        """Return the id of the zone of that id, code or name.

        Raises:
            UnknownName: none has it.
        """
        zones = self.zones[self.zones["kind"] != "cell"]
        for column in ("zone", "code", "name"):
            hit = zones.loc[zones[column].str.casefold() == code.casefold(), "zone"]
            if len(hit):
                return str(hit.iloc[0])
        listed = ", ".join(zones["zone"].head(12))
        raise UnknownName(f"There is no zone {code!r} in this release; it has {listed} …")


def write(diagnosis: Diagnosis, out: Path) -> Release:
    """Write a diagnosis as a release; nothing appears at `out` until all of it is there.

    Raises:
        LaboError: `out` is taken, or the disk is full or closed to us.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LaboError(
            f"{str(out)!r} exists already, and a release is never written over: "
            "choose another folder, or remove it first."
        )
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        part.mkdir(parents=True)
        _write_files(diagnosis, part)
        if out.exists():
            out.rmdir()
        os.replace(part, out)
    except OSError as error:
        raise LaboError(
            f"The release could not be written to {str(out)!r} ({error.strerror or error}): "
            "nothing was left there; free some room or choose another folder."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return read(out)


def _write_files(diagnosis: Diagnosis, folder: Path) -> None:
    _write_json(folder / "catalogue.json", catalogue())
    zones = _zone_table(diagnosis)
    zones.to_parquet(folder / "zones.parquet", index=False, compression="zstd")
    _write_table(folder / "values.parquet", _value_table(diagnosis))
    _write_table(folder / "layers.parquet", diagnosis.layers)
    _write_table(folder / "shares.parquet", diagnosis.shares)
    _write_draws(folder / "draws.parquet", diagnosis)
    _write_cells(folder / "cells.pmtiles", zones)
    manifest = {
        "format": FORMAT,
        "code_version": version("labo"),
        "territory": {"code": diagnosis.territory.code, "name": diagnosis.territory.name},
        "generations": [diagnosis.territory.generation],
        "seed": diagnosis.seed,
        "draws": diagnosis.draws,
        "raked": diagnosis.raked,
        "raking": {zone: round(f, 6) for zone, f in sorted(diagnosis.raking.items())},
        "sources": [
            {
                "id": file.source.id,
                "label": file.source.label,
                "producer": file.source.producer,
                "licence": file.source.licence,
                "vintage": file.vintage,
                "sha256": file.sha256,
                "absent_columns": sorted(file.absent_columns),
                "partial_coverage": file.coverage is not None,
            }
            for file in sorted(diagnosis.files, key=lambda f: f.source.id)
        ],
        "notices": [
            {"source": n.source, "kind": n.kind, "count": n.count, "text": n.text}
            for n in diagnosis.notices
        ],
        "files": {name: file_sha256(folder / name) for name in FILES},
    }
    _write_json(folder / MANIFEST, manifest)


def catalogue() -> dict[str, Any]:
    """Return all declarations as plain data."""
    return {
        "sources": [
            {
                "id": s.id,
                "dataset": s.dataset,
                "label": s.label,
                "producer": s.producer,
                "licence": s.licence,
                "vintage": s.vintage,
                "page": s.page,
                "format": s.format,
            }
            | ({"crs": s.crs} if s.crs else {})
            for s in SOURCES
        ],
        "layers": [
            {
                "id": x.id,
                "label": x.label,
                "unit": x.unit,
                "kind": x.kind,
                "definition": x.definition,
                "sources": x.source_ids,
            }
            | ({"among": x.among} if x.among else {})
            for x in LAYERS
        ],
        "indicators": [x.as_json() for x in INDICATORS],
    }


def _zone_table(diagnosis: Diagnosis) -> gpd.GeoDataFrame:
    zones = diagnosis.territory.zones.assign(imputed=False)
    cells = diagnosis.cells
    table = gpd.GeoDataFrame(
        {
            "zone": cells["zone"],
            "kind": "cell",
            "generation": "",
            "code": cells["zone"],
            "name": cells["zone"],
            "parent": diagnosis.territory.code,
            "communes": "",
            "imputed": cells["imputed"].astype(bool),
        },
        geometry=np.asarray(cells["geometry"]),
        crs=CRS,
    )
    for name in zones.columns.difference(table.columns):
        table[name] = ""
    both = pd.concat([zones, table[zones.columns]], ignore_index=True)
    return gpd.GeoDataFrame(both, crs=CRS).to_crs("EPSG:4326")


def _value_table(diagnosis: Diagnosis) -> pd.DataFrame:
    """Return the values of zones, then of cells: those have no interval and no variance."""
    cells = diagnosis.cell_values
    if cells.empty:
        return diagnosis.values[VALUE_COLUMNS]
    rows = cells.assign(
        generation="",
        scenario=PRESENT,
        horizon=PRESENT,
        low=np.nan,
        high=np.nan,
        n_cells=1,
        availability=(cells["reason"] == "").astype(float),
        method="source",
        var_measurement=np.nan,
        var_secrecy=np.nan,
        var_transfer=np.nan,
    )
    return pd.concat([diagnosis.values, rows], ignore_index=True)[VALUE_COLUMNS]


def _write_draws(path: Path, diagnosis: Diagnosis) -> None:
    keys = sorted(diagnosis.draw_values)
    drawn = [diagnosis.draw_values[key].astype(np.float32) for key in keys]
    flat = np.concatenate(drawn) if drawn else np.zeros(0, dtype=np.float32)
    table = pa.table(
        {
            "zone": pa.array([zone for zone, _ in keys], pa.string()),
            "indicator": pa.array([name for _, name in keys], pa.string()),
            "scenario": pa.array([PRESENT] * len(keys), pa.string()),
            "horizon": pa.array([PRESENT] * len(keys), pa.string()),
            "values": pa.FixedSizeListArray.from_arrays(pa.array(flat), diagnosis.draws),
        }
    )
    pq.write_table(table, path, compression="zstd")


def _write_cells(path: Path, zones: gpd.GeoDataFrame) -> None:
    """Write the squares for the web map: which is which and whether it was imputed, no values."""
    cells = zones[zones["kind"] == "cell"]
    write_pmtiles(
        path,
        np.asarray(cells.geometry),
        [
            {"zone": zone, "imputed": bool(imputed)}
            for zone, imputed in zip(cells["zone"], cells["imputed"], strict=True)
        ],
        layer="cells",
        name="Carreaux de 200 m",
        attribution="Insee",
    )


def _write_table(path: Path, table: pd.DataFrame) -> None:
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Release:
    """Open a release.

    Raises:
        MissingFile: no release there; DamagedRelease: unreadable or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise MissingFile(f"There is no release in {str(folder)!r} (no {MANIFEST}).")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        found = manifest["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedRelease(f"{path} is not a manifest of ours ({error!r}).") from error
    if found != FORMAT:
        raise DamagedRelease(
            f"{folder} is a release of format {found!r}, this version reads format {FORMAT}: "
            "diagnose again, or use the version that wrote it."
        )
    return Release(folder, manifest)


def check(release: Release) -> list[str]:
    """Return what is wrong with a release, one sentence each; an empty list when it is sound."""
    wrong = _damage(release)
    if wrong:
        return wrong
    values = release.values
    if list(values.columns) != VALUE_COLUMNS:
        return [f"values.parquet has the columns {', '.join(values.columns)}."]
    known = values["central"].notna()
    between = (values["low"] <= values["central"]) & (values["central"] <= values["high"])
    has_interval = known & values["low"].notna()
    wrong += _some(values, has_interval & ~between, "lies outside its own interval")
    wrong += _some(values, ~known & (values["reason"] == ""), "is empty and does not say why")
    wrong += _some(
        values, known & (values["reason"] != ""), "has a value and a reason to have none"
    )
    imputed = set(release.zones.loc[release.zones["imputed"], "zone"])
    wrong += _some(values, known & values["zone"].isin(imputed), "is an imputed cell with a value")
    doubled = values.duplicated(
        ["zone", "generation", "indicator", "scenario", "horizon", "method"]
    )
    wrong += _some(values, doubled, "stands there twice")
    wrong += [f"Secrecy: {leak}." for leak in secrecy.leaks(published(release), published(release))]
    return wrong


def check_against(release: Release, other: Release) -> list[str]:
    """Return what the two releases, put together, tell about too few people."""
    one, two = published(release), published(other)
    found = secrecy.leaks(one, two) + secrecy.leaks(two, one)
    return [f"Secrecy: {text}." for text in sorted({str(leak) for leak in found})]


def published(release: Release) -> secrecy.Published:
    """Return the zones whose counts the release publishes, cells included when counted."""
    values = release.values
    counts = values[values["indicator"].isin(["households", "population"])]
    wide = counts.pivot_table(index="zone", columns="indicator", values="central", dropna=False)
    zones = release.zones
    zones = zones[(zones["kind"] != "cell") & zones["zone"].isin(wide.dropna(how="all").index)]
    here = wide.reindex(index=zones["zone"], columns=["households", "population"])
    return secrecy.Published(
        zones=list(zones["zone"]),
        geometry=np.asarray(zones.geometry.to_crs(CRS)),
        households=here["households"].to_numpy(dtype=float),
        population=here["population"].to_numpy(dtype=float),
    )


def _damage(release: Release) -> list[str]:
    named = dict(release.manifest.get("files", {}))
    present = {p.name for p in release.folder.iterdir()} - {MANIFEST}
    wrong = [f"{name} is missing." for name in sorted(set(FILES) - present)]
    wrong += [f"{name} is not named in the manifest." for name in sorted(present - set(named))]
    for name, expected in sorted(named.items()):
        path = release.folder / name
        if path.is_file() and (found := file_sha256(path)) != expected:
            wrong.append(f"{name} was changed: its sha256 is {found[:12]}…, not {expected[:12]}….")
    return wrong


def _some(values: pd.DataFrame, bad: "pd.Series[bool]", what: str) -> list[str]:
    if not bad.any():
        return []
    first = values[bad].iloc[0]
    more = f" ({int(bad.sum())} such values)" if bad.sum() > 1 else ""
    return [f"{first['indicator']} of {first['zone']} {what}{more}."]
