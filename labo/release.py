"""Writes and reads a release: the folder in which a diagnosis is handed on.

A release is immutable and says nothing of when or where it was made: the same inputs and seed give
the same bytes.
"""

import contextlib
import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from labo import scores, soundness, whole, without, zone_partners
from labo.catalogue import declarations
from labo.diagnosis import PRESENT, Diagnosis
from labo.errors import DamagedRelease, LaboError, MissingFile, UnknownName
from labo.source import file_sha256
from labo.territory import CRS
from labo.tiles import write_pmtiles
from labo.typography import curled

T = TypeVar("T")
# What readers raise of a file that is not what it should be: pyarrow's errors are of the first two.
UNREADABLE = (
    *(OSError, ValueError, TypeError, RecursionError),
    *(shapely.GEOSException, pyproj.exceptions.CRSError),
)

FORMAT = 2
# Releases of before do not say what zones would be without a place.
READ = (1, FORMAT)
MANIFEST = "manifest.json"
FILES = (
    "access.parquet",
    "catalogue.json",
    "cells.pmtiles",
    "draws.parquet",
    "layers.parquet",
    "places.parquet",
    "scores.parquet",
    "shares.parquet",
    "values.parquet",
    "without.parquet",
    "zones.parquet",
)
SINCE_2 = ("places.parquet", "without.parquet")
VALUE_COLUMNS = [
    *soundness.VALUE_KEY,
    *("central", "low", "high", "unit", "imputed_share", "n_cells", "availability", "method"),
    *("var_measurement", "var_secrecy", "var_transfer", "reason"),
]


def _folded(name: str) -> str:
    """Return a name as it is looked for: in any case, with the apostrophe that is typed or read."""
    return curled(name).casefold()


@dataclass(frozen=True)
class Release:
    """A release on disk; its tables are read when they are asked for."""

    folder: Path
    manifest: Mapping[str, Any]

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """Zones and cells: zone, kind, generation, code, name, parent, communes, imputed, geometry.

        Geometry is in EPSG:4326, as in every file that leaves us.
        """
        return self._read("zones.parquet", gpd.read_parquet)

    @cached_property
    def place_names(self) -> pd.DataFrame:
        """Of the zones that are not cells, without their outlines: zone, kind, communes, name."""
        read = partial(pd.read_parquet, columns=["zone", "kind", "communes", "name"])
        zones: pd.DataFrame = self._read("zones.parquet", read)
        return zones[zones["kind"] != "cell"]

    @cached_property
    def values(self) -> pd.DataFrame:
        """One row per zone, indicator, scenario and horizon: the columns of VALUE_COLUMNS."""
        return self._read("values.parquet", pd.read_parquet)

    @cached_property
    def layers(self) -> pd.DataFrame:
        """Layers per zone and counted cell, long: zone, layer, central, imputed."""
        return self._read("layers.parquet", pd.read_parquet)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Share of each cell's residents who live in each zone, long: zone, cell, share."""
        return self._read("shares.parquet", pd.read_parquet)

    @cached_property
    def access(self) -> pd.DataFrame:
        """Minutes on foot by inhabited cell and kind of place, long: cell, place, minutes."""
        return self._read("access.parquet", pd.read_parquet)

    @cached_property
    def named_places(self) -> gpd.GeoDataFrame:
        """Places that one walks to, by kind: `labo.without.PLACE_COLUMNS`; EPSG:4326.

        None in a release of format 1.
        """
        if "places.parquet" not in self.manifest["files"]:
            return gpd.GeoDataFrame(columns=without.PLACE_COLUMNS, geometry="geometry")
        return self._read("places.parquet", gpd.read_parquet)

    @cached_property
    def without(self) -> pd.DataFrame:
        """What layers change by without some places, long: `labo.without.COLUMNS`."""
        if "without.parquet" not in self.manifest["files"]:
            return pd.DataFrame(columns=without.COLUMNS)
        return self._read("without.parquet", pd.read_parquet)

    @property
    def wanted(self) -> set[str]:
        """The files that a release of its format has."""
        return {*FILES} - ({*SINCE_2} if self.manifest["format"] == 1 else set())

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Draws by zone and indicator: zone, indicator, scenario, horizon, values (list)."""
        return self._read("draws.parquet", pd.read_parquet)

    @cached_property
    def catalogue(self) -> Mapping[str, Any]:
        """The declarations as they were (indicators, layers, sources), and partners' measures."""
        return self._read("catalogue.json", lambda path: json.loads(path.read_text("utf-8")))

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores of the declared indices by QPV and component: `labo.scores.SCORE_COLUMNS`."""
        return self._read("scores.parquet", pd.read_parquet)

    @property
    def partner_indicators(self) -> list[dict[str, Any]]:
        """What partners give, as the catalogue describes it; releases of before had none."""
        return list(self.catalogue.get("partner_indicators", ()))

    @property
    def public(self) -> bool:
        """Whether everyone may see it: no agreement keeps it to the territory's team."""
        return self.manifest.get("publication", "public") == "public"

    @property
    def places(self) -> gpd.GeoDataFrame:
        """The zones that are not cells."""
        return self.zones[self.zones["kind"] != "cell"]

    def zone(self, name: str) -> str:
        """Return the id of the zone of that id, official code, name or unique beginning of a name.

        Raises:
            UnknownName: none has it, or several have.
        """
        places, asked = self.places, _folded(name)
        for column in ("zone", "code", "name"):
            hits = places.loc[places[column].map(_folded) == asked, "zone"]
            if len(hits) > 1:
                raise UnknownName(
                    f"{len(hits)} zones are named {name!r}: give one of their codes, "
                    f"{' or '.join(hits)}."
                )
            if len(hits):
                return str(hits.iloc[0])
        begun = places.loc[places["name"].map(_folded).str.startswith(asked), "zone"]
        if len(begun) == 1:
            return str(begun.iloc[0])
        known = [*places["zone"], *places["name"]]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"it has {', '.join(places['zone'].head(8))} …"
        )
        raise UnknownName(f"There is no zone {name!r} in this release; {hint}")

    def _read(self, name: str, reader: Callable[[Path], T]) -> T:
        try:
            return reader(self.folder / name)
        except UNREADABLE as error:
            raise DamagedRelease(
                f"{self.folder / name} cannot be read ({error}): see `labo check {self.folder}`."
            ) from error


def code_version() -> str:
    """Return the version of the calculation, which every release names."""
    return version("labo")


def refuse_taken(out: Path) -> None:
    """Refuse a folder that holds something: a release is never written over.

    Raises:
        LaboError: it does.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LaboError(
            f"{str(out)!r} exists already, and a release is never written over: "
            "choose another folder, or remove it first."
        )


def write(diagnosis: Diagnosis, out: Path) -> Release:
    """Write a diagnosis as a release; nothing appears at `out` until all of it is there.

    Raises:
        LaboError: `out` is taken, or the disk is full or closed to us.
    """
    refuse_taken(out)
    target = out.resolve()
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        with whole.folder_for(target) as part:
            _write_files(diagnosis, part)
            refuse_taken(target)  # by another, meanwhile
    except OSError as error:
        raise LaboError(
            f"The release could not be written to {str(out)!r} ({error.strerror or error}): "
            "nothing was left there; free some room or choose another folder."
        ) from error
    finally:
        with contextlib.suppress(OSError):  # a folder made for nothing is empty
            for parent in made:
                parent.rmdir()
    return read(out)


def _write_files(diagnosis: Diagnosis, folder: Path) -> None:
    given = zone_partners.described(diagnosis.partners, diagnosis.territory)
    (folder / "catalogue.json").write_text(_catalogue(json.dumps(given)), encoding="utf-8")
    zones = _zone_table(diagnosis)
    zones.to_parquet(folder / "zones.parquet", index=False, compression="zstd")
    write_table(folder / "values.parquet", _value_table(diagnosis))
    write_table(folder / "layers.parquet", diagnosis.layers)
    write_table(folder / "shares.parquet", _share_table(diagnosis))
    write_table(folder / "access.parquet", diagnosis.access)
    places = diagnosis.named_places.to_crs("EPSG:4326")
    places.to_parquet(folder / "places.parquet", index=False, compression="zstd")
    write_table(folder / "without.parquet", diagnosis.without)
    _write_draws(folder / "draws.parquet", diagnosis)
    write_table(
        folder / "scores.parquet",
        scores.score_table(
            diagnosis.values, diagnosis.draw_values, diagnosis.territory.zones, diagnosis.seed
        ),
    )
    _write_cells(folder / "cells.pmtiles", zones)
    manifest = {
        "format": FORMAT,
        "code_version": code_version(),
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
        "partners": zone_partners.named(diagnosis.partners),
        "publication": diagnosis.partners.publication,
        "notices": [
            {"source": n.source, "kind": n.kind, "count": n.count, "text": n.text}
            for n in diagnosis.notices
        ],
        "files": {name: file_sha256(folder / name) for name in FILES},
    }
    write_json(folder / MANIFEST, manifest)


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


def _share_table(diagnosis: Diagnosis) -> pd.DataFrame:
    """Return the shares of zones that publish: times the cells, they would tell of the others."""
    values = diagnosis.values
    telling = values.loc[values["central"].notna(), "zone"]
    shares = diagnosis.shares
    return shares[shares["zone"].isin(telling)]


def _write_draws(path: Path, diagnosis: Diagnosis) -> None:
    keys = sorted(diagnosis.draw_values)
    drawn = [diagnosis.draw_values[key].astype(np.float32) for key in keys]
    flat = np.concatenate(drawn) if drawn else np.zeros(0, dtype=np.float32)
    names = ("zone", "indicator", "scenario", "horizon")
    table = pa.table(
        {name: pa.array([key[i] for key in keys], pa.string()) for i, name in enumerate(names)}
        | {"values": pa.FixedSizeListArray.from_arrays(pa.array(flat), diagnosis.draws)}
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


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet: the same rows give the same bytes."""
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that people can read: the same content gives the same bytes."""
    path.write_text(_readable(content), encoding="utf-8")


def _readable(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@lru_cache(maxsize=1)
def _catalogue(partner_indicators: str) -> str:
    """Return all that is declared as JSON: of many territories it is the same, and long."""
    return _readable(declarations() | {"partner_indicators": json.loads(partner_indicators)})


def read_manifest(path: Path) -> dict[str, Any]:
    """Return what a manifest says, with its format and its files.

    Raises:
        DamagedRelease: it is none of ours.
    """
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _ = manifest["format"], manifest["files"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedRelease(f"{path} is not a manifest of ours ({error!r}).") from error
    return manifest


def read(folder: Path) -> Release:
    """Open a release.

    Raises:
        MissingFile: no release there; DamagedRelease: unreadable or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise MissingFile(f"There is no release in {str(folder)!r} (no {MANIFEST}).")
    manifest = read_manifest(path)
    found, files = manifest["format"], manifest["files"]
    if found not in READ:
        raise DamagedRelease(
            f"{folder} is a release of format {found!r:.40}, this version reads format "
            f"{' and '.join(map(str, READ))}: "
            "diagnose again, or use the version that wrote it."
        )
    if not isinstance(files, dict):
        raise DamagedRelease(f"{path} does not name the files of the release.")
    return Release(folder, manifest)
