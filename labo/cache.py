"""What was fetched: the files, with their date and address, and a mirror of them per territory."""

import contextlib
import datetime as dt
import glob
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from labo import territory as territories
from labo.errors import BadInput, DownloadFailed, LaboError
from labo.mirror import NAME, Mirror, PartnerEntry, open_mirror
from labo.source import (
    Bounds,
    Source,
    datasets,
    download,
    file_sha256,
    url_of,
)

# Told the source's id, the bytes received and the total when it is known.
Progress = Callable[[str, int, int | None], None]
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
ENDINGS = (".zip", ".gz", ".gpkg", ".geojson", ".json", ".csv", ".xlsx", ".xls", *SHAPEFILE)
# Without these two there is no telling where the territory lies.
FIRST = ("insee_epci", "ign_communes")


@dataclass(frozen=True)
class Brought:
    """What became of one source: fetched, kept (it was here), copied, missing or failed."""

    source: str
    vintage: str
    state: str
    reason: str = ""


def root() -> Path:
    """Return the cache folder: LABO_CACHE, else the system's cache folder."""
    if named := os.environ.get("LABO_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "labo"


def folder(territory: str) -> Path:
    """Return the folder of a territory's mirror in the cache.

    Raises:
        BadInput: a name that could lead out of the cache.
    """
    if not re.fullmatch(r"\w[\w-]*", territory):
        raise BadInput(
            f"{territory!r} is not the name of a territory: give an EPCI's SIREN (9 digits), or a "
            "name made of letters, digits and hyphens."
        )
    return root() / "territories" / territory


def fetch(
    territory: str,
    *,
    mirror: Path | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None],
) -> list[Brought]:
    """Bring the newest vintage of every dataset into the cache, as a mirror for the territory.

    Args:
        territory: EPCI SIREN, or one of the mirror's territory names.
        mirror: copy the files of this folder instead of asking the network.
        progress: told of each piece that arrives.
        tell: told of each source that did not come, at once.

    Returns:
        what became of each source, in the order in which they were asked for.

    Raises:
        DownloadFailed: at least one source did not come; the others are kept.
        LaboError: from the mirror, if there is one; or the disk is full.
    """
    target = folder(territory)
    try:
        if mirror is not None:
            return _copy(open_mirror(mirror), territory, target)
        return _fetch(territory, target, progress, tell)
    except OSError as error:
        raise LaboError(
            f"{error.filename or target} could not be written ({error.strerror or error}): make "
            "room or choose another folder with LABO_CACHE, then run the command again."
        ) from error


def _fetch(
    territory: str, target: Path, progress: Progress | None, tell: Callable[[str], None]
) -> list[Brought]:
    brought: list[Brought] = []
    # What was taken by hand and named in the cache's own mirror stays there.
    before = open_mirror(target) if (target / NAME).is_file() else Mirror(target, {}, {})
    entries = dict(before.entries)
    bounds: Bounds | None = None
    ordered = sorted(datasets().items(), key=lambda item: item[0] not in FIRST)
    for dataset, vintages in ordered:
        source = next((s for s in vintages if s.url is not None), vintages[0])
        if source.url is None:
            here = next((s for s in vintages if s.id in entries), None)
            brought.append(
                Brought(here.id, here.vintage, "kept")
                if here is not None
                else Brought(source.id, source.vintage, "missing", f"see {source.page}")
            )
            continue
        if dataset not in FIRST and bounds is None:
            # From here on the territory's outline is known.
            _write_mirror(target, entries, before)
            bounds = territories.bounds_of(open_mirror(target), territory)
        name = source.id if source.scope == "national" else f"{source.id}-{territory}"
        path = root() / "files" / (name + _ending(source))
        try:
            state, known = _bring(source, path, bounds, progress)
        except DownloadFailed as error:
            if dataset in FIRST:
                raise
            tell(str(error))
            brought.append(Brought(source.id, source.vintage, "failed", str(error)))
            continue
        brought.append(Brought(source.id, source.vintage, state))
        entries[source.id] = {"path": os.path.relpath(path, target), **known}
    _write_mirror(target, entries, before)
    if failed := [b.source for b in brought if b.state == "failed"]:
        raise DownloadFailed(
            f"{len(failed)} of {len(brought)} sources did not come ({', '.join(failed)}); "
            "the others are kept: run the command again."
        )
    return brought


def _bring(
    source: Source, path: Path, bounds: Bounds | None, progress: Progress | None
) -> tuple[str, dict[str, str]]:
    """Return whether a source was "kept" or "fetched", and what a mirror says of it."""
    record = path.with_name(path.name + ".record")
    url = url_of(source, bounds)
    if path.is_file():
        # A record that is lost or unreadable is as good as none.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(record.read_text(encoding="utf-8"))
            if known["url"] == url:
                return "kept", known
    follow = None
    if progress is not None:

        def follow(have: int, total: int | None) -> None:
            progress(source.id, have, total)

    download(source, path, bounds=bounds, progress=follow)
    known = {
        "vintage": source.vintage,
        "sha256": file_sha256(path),
        "url": url,
        "retrieved": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    record.write_text(json.dumps(known), encoding="utf-8")
    return "fetched", known


def _copy(mirror: Mirror, territory: str, target: Path) -> list[Brought]:
    """Take over a mirror's files, each checked, so that the cache serves without it."""
    territories.members(mirror, territory)
    target.mkdir(parents=True, exist_ok=True)
    entries: dict[str, dict[str, Any]] = {}
    brought = []
    for source_id, entry in mirror.entries.items():
        file = mirror.file(source_id)
        # Named by the source: files of one name may stand in several folders of the mirror.
        kept = dict(entry) | {"path": source_id + _endings(file.path.name), "sha256": file.sha256}
        for path in _with_companions(file.path):
            _copy_file(path, target / (source_id + _endings(path.name)))
        if "coverage" in entry:
            kept["coverage"] = f"{source_id}.coverage.geojson"
            _copy_file(mirror.folder / str(entry["coverage"]), target / kept["coverage"])
        entries[source_id] = kept
        brought.append(Brought(source_id, file.vintage, "copied"))
    _write_mirror(target, entries, mirror)
    return brought


def _with_companions(path: Path) -> list[Path]:
    """Return the files that a source is made of: a shapefile is several."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = path.parent.glob(f"{glob.escape(path.stem)}.*")
    return sorted(p for p in beside if p.suffix.lower() in SHAPEFILE)


def _copy_file(path: Path, target: Path) -> None:
    if target.exists() and path.samefile(target):
        return
    part = target.with_name(target.name + ".part")
    shutil.copyfile(path, part)
    part.replace(target)


def _write_mirror(target: Path, entries: Mapping[str, Mapping[str, Any]], before: Mirror) -> None:
    """Write the sources, with the names and the partners' imports that a mirror had."""
    lines = []
    for source_id, entry in entries.items():
        lines.append(f"[sources.{source_id}]")
        lines += [f"{key} = {_toml(value)}" for key, value in entry.items()]
        lines.append("")
    if before.territories:
        lines.append("[territories]")
        lines += [f"{_toml(name)} = {_toml(code)}" for name, code in before.territories.items()]
        lines.append("")
    for name, partner in before.partners.items():
        lines += [f"[partners.{name}]", *_partner(partner), ""]
    target.mkdir(parents=True, exist_ok=True)
    part = target / (NAME + ".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(target / NAME)


def _partner(entry: PartnerEntry) -> list[str]:
    # Left where it is: an agreement says who may copy it.
    lines = [f"path = {_toml(str(entry.folder.resolve()))}", f"expires = {entry.expires}"]
    return lines if entry.sha256 is None else [*lines, f"sha256 = {_toml(entry.sha256)}"]


def _toml(value: object) -> str:
    # JSON writes texts and lists of texts as TOML does, but for letters escaped in two halves.
    return json.dumps(value, ensure_ascii=False, default=str)


def _ending(source: Source) -> str:
    """Return how a source's file is named at its end: as its address, else by its format."""
    if source.format == "wfs":
        return ".geojson"
    return _endings(Path(urlparse(source.url or "").path).name) or f".{source.format}"


def _endings(name: str) -> str:
    return "".join(s for s in Path(name).suffixes if s.lower() in ENDINGS).lower()
