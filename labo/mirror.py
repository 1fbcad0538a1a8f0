"""Files instead of the network: a folder whose `mirror.toml` names each source's file.

[sources.insee_filosofi_200m_2021]
path = "filosofi.gpkg"
vintage = "2021"
sha256 = "…"                       # optional, checked when given
absent_columns = ["men"]           # optional: empty values instead of an error
coverage = "around_the_qpvs.geojson"   # optional: outside it, the file knows nothing

[territories]                      # optional: names that stand for an EPCI's SIREN
ville-temoin = "999000001"

[partners.habitat_exemple]         # optional: what `labo import` kept, under the id of its schema
path = "habitat"                   # its folder
expires = 2028-12-31               # the last day on which it may be read
sha256 = "…"                       # optional: of its agreement.json, checked when given
"""

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from labo.agreement import IDENTIFIER
from labo.catalogue import SOURCES
from labo.errors import BadInput, MissingFile
from labo.source import Kept, SourceFile, datasets, file_sha256

NAME = "mirror.toml"
ENTRY_KEYS = {"path", "vintage", "sha256", "absent_columns", "coverage", "url", "retrieved"}
# Of a perimeter: with so many in the worst of shapes, it is mended in three seconds.
MOST_CORNERS = 50_000
PARTNER_KEYS = {"path", "expires", "sha256"}


@dataclass(frozen=True)
class PartnerEntry:
    """A partner's import: its folder, its last day, the sha256 of its agreement where given."""

    folder: Path
    expires: dt.date
    sha256: str | None


@dataclass(frozen=True)
class Mirror:
    """The sources found in one folder, and the partners' imports that go with them."""

    folder: Path
    entries: Mapping[str, Mapping[str, Any]]
    territories: Mapping[str, str]
    partners: Mapping[str, PartnerEntry] = field(default_factory=dict)
    # Where many territories are diagnosed in turn.
    kept: Kept | None = field(default=None, compare=False, repr=False)

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
            vintage or coverage cannot be right.
        """
        source = SOURCES[source_id]
        if source_id not in self.entries:
            raise MissingFile(
                f"{self.folder / NAME} has no entry [sources.{source_id}]: add one, or run "
                "`labo fetch`."
            )
        entry = self.entries[source_id]
        path = self.folder / str(entry["path"])
        if not _is_file(path):
            raise MissingFile(
                f"{NAME} says that source {source_id!r} is in {str(entry['path'])!r}, but "
                f"{self.folder} holds no such file: put it there or correct the entry."
            )
        vintage = str(entry.get("vintage", source.vintage))
        if not vintage.startswith(source.vintage):
            raise BadInput(
                f"{NAME} gives vintage {vintage!r} for {source_id!r}, which is declared for "
                f"{source.vintage!r}: name the source of that vintage (`labo list sources`)."
            )
        found = self._digest(path)
        expected = entry.get("sha256")
        if expected is not None and found != expected:
            raise BadInput(
                f"{path} has sha256 {found}, {NAME} expected {expected}: "
                "the file has changed or is damaged; fetch it again, or correct the entry."
            )
        return SourceFile(
            source=source,
            path=path,
            vintage=vintage,
            sha256=found,
            absent_columns=frozenset(map(str, entry.get("absent_columns", ()))),
            coverage=_coverage(self.folder, entry.get("coverage")),
            kept=self.kept,
        )

    def _digest(self, path: Path) -> str:
        if self.kept is None:
            return file_sha256(path)
        return self.kept.once(("sha256", path), lambda: file_sha256(path))


def open_mirror(folder: Path, *, many: bool = False) -> Mirror:
    """Read `mirror.toml` in `folder`; the files themselves are checked when they are asked for.

    Args:
        folder: of the files.
        many: they serve many territories in turn, and what is not cut by place is read once; they
            must not change meanwhile.

    Raises:
        MissingFile: no such folder or file; BadInput: it is not valid, or names unknown sources.
    """
    path = folder / NAME
    if not path.is_file():
        raise MissingFile(
            f"There is no {NAME} in {str(folder)!r}: `labo fetch` or `labo demo` writes one."
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not valid TOML ({error}): correct it there.") from error
    if unknown := sorted(set(content) - {"sources", "territories", "partners"}):
        raise BadInput(
            f"{path} has {unknown[0]!r}; expected [sources.SOURCE], [partners.PARTNER] and "
            "[territories] only."
        )
    entries = _table(path, content, "sources")
    for source_id in entries:
        _check_entry(path, source_id, entries[source_id])
    territories = _table(path, content, "territories")
    partners = _table(path, content, "partners")
    return Mirror(
        folder=folder,
        entries=entries,
        territories={name: str(code) for name, code in territories.items()},
        partners={name: _partner(path, name, partners[name]) for name in sorted(partners)},
        kept=Kept() if many else None,
    )


def _is_file(path: Path) -> bool:
    """Whether a name that somebody wrote is that of a file; one that no disk takes is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _table(path: Path, content: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise BadInput(f"{path} has {name} = {found!r}; expected a table [{name}].")
    return found


def _check_entry(path: Path, source_id: str, entry: object) -> None:
    """Refuse an entry that no reader could follow.

    Raises:
        BadInput: unknown source or key, no path, or a value of another kind than expected.
    """
    if source_id not in SOURCES:
        raise BadInput(
            f"{path} names source {source_id!r}, which is not declared; "
            "`labo list sources` gives those that are."
        )
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise BadInput(f'{path}: [sources.{source_id}] needs a path, such as path = "file.zip".')
    if unknown := sorted(set(entry) - ENTRY_KEYS):
        raise BadInput(
            f"{path}: [sources.{source_id}] has unknown key {unknown[0]!r}; "
            f"known are {', '.join(sorted(ENTRY_KEYS))}."
        )
    absent = entry.get("absent_columns", [])
    if not isinstance(absent, list) or not all(isinstance(name, str) for name in absent):
        raise BadInput(
            f"{path}: [sources.{source_id}] has absent_columns = {absent!r}; expected a list of "
            'names, such as ["men"].'
        )


def _partner(path: Path, name: str, entry: object) -> PartnerEntry:
    """Return a partner's entry; its folder is looked at when its data are wanted.

    Raises:
        BadInput: no id of an import, unknown or absent key, or a value of another kind.
    """
    where = f"{path}: [partners.{name}]"
    if IDENTIFIER.fullmatch(name) is None:
        raise BadInput(
            f"{where} is not the id of an import: give that of its schema, in small letters, "
            "digits and _."
        )
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise BadInput(f"{where} needs a path, the folder that `labo import --out` wrote.")
    if unknown := sorted(set(entry) - PARTNER_KEYS):
        raise BadInput(
            f"{where} has unknown key {unknown[0]!r}; known are {', '.join(sorted(PARTNER_KEYS))}."
        )
    expires, sha256 = entry.get("expires"), entry.get("sha256")
    # A date and time is a date too in Python.
    if type(expires) is not dt.date:
        said = f"has expires = {expires!r}" if "expires" in entry else "lacks expires"
        raise BadInput(
            f"{where} {said}; expected the last day on which it may be read, such as 2028-12-31."
        )
    if sha256 is not None and not isinstance(sha256, str):
        raise BadInput(f"{where} has sha256 = {sha256!r}; expected that of its agreement.json.")
    return PartnerEntry(path.parent / entry["path"], expires, sha256)


def _coverage(folder: Path, name: object) -> BaseGeometry | None:
    if name is None:
        return None
    path = folder / str(name)
    if not _is_file(path):
        raise MissingFile(
            f"{NAME} names the coverage {str(name)!r}, but {folder} holds no such file: put it "
            "there or correct the entry."
        )
    return read_geojson_area(path)


def read_geojson_area(path: Path) -> BaseGeometry:
    """Return the union of the polygons of a GeoJSON file (EPSG:4326), made valid.

    Raises:
        BadInput: not GeoJSON, no polygon, or coordinates that are not degrees.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        shapes = [
            shapely.from_geojson(json.dumps(geometry))
            for feature in features
            if (geometry := feature.get("geometry", feature)) is not None
        ]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException) as error:
        raise BadInput(
            f"{path} is not a GeoJSON file ({error}): a perimeter is drawn as one or several "
            "polygons and saved as GeoJSON."
        ) from error
    polygons = [x for x in shapely.get_parts(shapely.get_parts(shapes)) if x.geom_type == "Polygon"]
    # Before anything is computed: mending a polygon of very many corners may never end.
    at = shapely.get_coordinates(polygons)
    if len(at) > MOST_CORNERS:
        raise BadInput(
            f"{path} has {len(at):,} corners, more than {MOST_CORNERS:,}: simplify the perimeter, "
            "to a few metres, and save it again."
        )
    if (far := ~((np.abs(at[:, 0]) <= 180) & (np.abs(at[:, 1]) <= 90))).any():
        east, north = at[far][0]
        raise BadInput(
            f"{path} has coordinates such as ({east:.6g}, {north:.6g}): GeoJSON is in degrees, "
            "longitude then latitude (EPSG:4326); save it again in that system."
        )
    area = shapely.union_all(shapely.make_valid(polygons, method="structure", keep_collapsed=False))
    if area.area == 0:
        kinds = sorted({x.geom_type for x in shapes}) or ["nothing"]
        raise BadInput(
            f"{path} holds {', '.join(kinds)} and no surface: a perimeter is one or several "
            "polygons."
        )
    return area
