"""Files instead of the network: a folder whose `mirror.toml` names each source's file.

[sources.insee_filosofi_200m_2021]
path = "filosofi.gpkg"
vintage = "2021"
sha256 = "…"                       # optional, checked when given
absent_columns = ["men"]           # optional: empty values instead of an error
coverage = "around_the_qpvs.geojson"   # optional: outside it, the file knows nothing

[territories]                      # optional: names that stand for an EPCI's SIREN
ville-temoin = "999000001"
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from labo.errors import BadInput, MissingFile
from labo.source import SOURCES, SourceFile, datasets, file_sha256

NAME = "mirror.toml"
ENTRY_KEYS = {"path", "vintage", "sha256", "absent_columns", "coverage", "url", "retrieved"}


@dataclass(frozen=True)
class Mirror:
    """The sources found in one folder."""

    folder: Path
    entries: Mapping[str, Mapping[str, Any]]
    territories: Mapping[str, str]

    def newest(self, dataset: str) -> SourceFile | None:
        """Return the newest vintage of a dataset that is here, checked; None when there is none.

        Raises:
            MissingFile, BadInput: the entry is here but its file is not what the entry says.
        """
        for source in datasets().get(dataset, []):
            if source.id in self.entries:
                return self.file(source.id)
        return None

    def file(self, source_id: str) -> SourceFile:
        """Return one source's file after checking it against its entry.

        Raises:
            UnknownName: no such source; MissingFile: it is not in the folder; BadInput: its sha256,
            vintage, absent columns or coverage cannot be right.
        """
        source = SOURCES[source_id]
        if source_id not in self.entries:
            raise MissingFile(f"{self.folder / NAME} has no entry [sources.{source_id}].")
        entry = self.entries[source_id]
        path = self.folder / str(entry["path"])
        if not path.is_file():
            raise MissingFile(
                f"{NAME} says that source {source_id!r} is in {str(entry['path'])!r}, but "
                f"{self.folder} holds no such file: put it there or correct the entry."
            )
        vintage = str(entry.get("vintage", source.vintage))
        if not vintage.startswith(source.vintage):
            raise BadInput(
                f"{NAME} gives vintage {vintage!r} for {source_id!r}, which is declared for "
                f"{source.vintage!r}: another vintage needs its own source."
            )
        found = file_sha256(path)
        expected = entry.get("sha256")
        if expected is not None and found != expected:
            raise BadInput(
                f"{path} has sha256 {found}, {NAME} expected {expected}: "
                "the file has changed or is damaged; fetch it again."
            )
        return SourceFile(
            source=source,
            path=path,
            vintage=vintage,
            sha256=found,
            absent_columns=frozenset(map(str, entry.get("absent_columns", ()))),
            coverage=_coverage(self.folder, entry.get("coverage")),
        )


def open_mirror(folder: Path) -> Mirror:
    """Read `mirror.toml` in `folder`.

    Raises:
        MissingFile: no such folder or file; BadInput: it is not valid, or names unknown sources.
    """
    path = folder / NAME
    if not path.is_file():
        raise MissingFile(f"There is no {NAME} in {str(folder)!r}; `labo demo DIR` writes one.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not valid TOML ({error}).") from error
    entries = content.get("sources", {})
    for source_id, entry in entries.items():
        if source_id not in SOURCES:
            raise BadInput(
                f"{path} names source {source_id!r}, which is not declared; "
                "`labo list sources` gives those that are."
            )
        if not isinstance(entry, dict) or "path" not in entry:
            raise BadInput(f"{path}: [sources.{source_id}] needs at least a path.")
        if unknown := sorted(set(entry) - ENTRY_KEYS):
            raise BadInput(
                f"{path}: [sources.{source_id}] has unknown key {unknown[0]!r}; "
                f"known are {', '.join(sorted(ENTRY_KEYS))}."
            )
    territories = {str(k): str(v) for k, v in content.get("territories", {}).items()}
    return Mirror(folder=folder, entries=entries, territories=territories)


def _coverage(folder: Path, name: object) -> BaseGeometry | None:
    if name is None:
        return None
    path = folder / str(name)
    if not path.is_file():
        raise MissingFile(f"{NAME} names the coverage {str(name)!r}, which is not in {folder}.")
    return read_geojson_area(path)


def read_geojson_area(path: Path) -> BaseGeometry:
    """Return the union of the polygons of a GeoJSON file (EPSG:4326).

    Raises:
        BadInput: not GeoJSON, no polygon, or coordinates that are not degrees.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("type") == "FeatureCollection":
            shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in content["features"]]
        else:
            shapes = [shapely.from_geojson(json.dumps(content.get("geometry", content)))]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException) as error:
        raise BadInput(f"{path} is not a GeoJSON file of polygons ({error}).") from error
    area = shapely.union_all([shapely.make_valid(s) for s in shapes if s is not None])
    if area.is_empty or area.area == 0:
        raise BadInput(f"{path} holds no polygon: a perimeter is one or several polygons.")
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise BadInput(
            f"{path} has coordinates up to ({east:.0f}, {north:.0f}): GeoJSON is in degrees, "
            "longitude then latitude (EPSG:4326)."
        )
    return area
