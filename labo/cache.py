"""What was fetched: the files, with their date and address, and a mirror of them per territory."""

import datetime
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from labo import territory as territories
from labo.errors import BadInput, DownloadFailed
from labo.mirror import NAME, Mirror, open_mirror
from labo.source import (
    Bounds,
    Source,
    SourceFile,
    datasets,
    download,
    file_sha256,
    url_of,
)

# Told the source's id, the bytes received and the total when it is known.
Progress = Callable[[str, int, int | None], None]
ENDINGS = (".zip", ".gz", ".gpkg", ".geojson", ".json", ".csv", ".xlsx", ".xls")
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
    if not re.fullmatch(r"[\w][\w-]*", territory):
        raise BadInput(f"{territory!r} is not a territory: give an EPCI's SIREN (9 digits).")
    return root() / "territories" / territory


def fetch(
    territory: str,
    *,
    mirror: Path | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None],
) -> list[Brought]:
    """Bring the newest vintage of every dataset into the cache, as a mirror for the territory.

    Raises:
        DownloadFailed: at least one source did not come; the others are kept.
        LaboError: from the mirror, if there is one.
    """
    target = folder(territory)
    if mirror is not None:
        return _copy(open_mirror(mirror), territory, target)
    files = root() / "files"
    brought: list[Brought] = []
    entries: dict[str, dict[str, Any]] = {}
    bounds: Bounds | None = None
    ordered = sorted(datasets().items(), key=lambda item: item[0] not in FIRST)
    for position, (_, vintages) in enumerate(ordered):
        source = next((s for s in vintages if s.url is not None), vintages[0])
        if position == len(FIRST):
            # The territory's outline is known from here on.
            _write_mirror(target, entries)
            bounds = territories.bounds_of(open_mirror(target), territory)
        name = source.id if source.scope == "national" else f"{source.id}-{territory}"
        path = files / (name + _ending(source))
        record = files / (name + ".json.record")
        if source.url is None:
            brought.append(Brought(source.id, source.vintage, "missing", f"see {source.page}"))
            continue
        try:
            state = _bring(source, path, record, bounds, progress)
        except DownloadFailed as error:
            tell(f"labo: {error}")
            brought.append(Brought(source.id, source.vintage, "failed", str(error)))
            if source.dataset in FIRST:
                raise
            continue
        brought.append(Brought(source.id, source.vintage, state))
        known = json.loads(record.read_text(encoding="utf-8"))
        entries[source.id] = {"path": os.path.relpath(path, target), **known}
    _write_mirror(target, entries)
    if failed := [b.source for b in brought if b.state == "failed"]:
        raise DownloadFailed(
            f"{len(failed)} of {len(brought)} sources did not come ({', '.join(failed)}); "
            "the others are kept: run the command again."
        )
    return brought


def _bring(
    source: Source,
    path: Path,
    record: Path,
    bounds: Bounds | None,
    progress: Progress | None,
) -> str:
    if path.is_file() and record.is_file():
        return "kept"
    follow = None
    if progress is not None:

        def follow(have: int, total: int | None) -> None:
            progress(source.id, have, total)

    download(source, path, bounds=bounds, progress=follow)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    known = {
        "vintage": source.vintage,
        "sha256": file_sha256(path),
        "url": url_of(source, bounds),
        "retrieved": now,
    }
    record.write_text(json.dumps(known), encoding="utf-8")
    return "fetched"


def _copy(mirror: Mirror, territory: str, target: Path) -> list[Brought]:
    """Take over a mirror's files, each checked, so that the cache serves without it."""
    territories.members(mirror, territory)
    target.mkdir(parents=True, exist_ok=True)
    entries: dict[str, dict[str, Any]] = {}
    brought = []
    for source_id, entry in mirror.entries.items():
        file: SourceFile = mirror.file(source_id)
        kept = dict(entry) | {"path": file.path.name, "sha256": file.sha256}
        shutil.copyfile(file.path, target / file.path.name)
        if "coverage" in entry:
            coverage = Path(str(entry["coverage"]))
            shutil.copyfile(mirror.folder / coverage, target / coverage.name)
            kept["coverage"] = coverage.name
        entries[source_id] = kept
        brought.append(Brought(source_id, file.vintage, "copied"))
    _write_mirror(target, entries, mirror.territories)
    return brought


def _write_mirror(target: Path, entries: dict[str, dict[str, Any]], names: Any = None) -> None:
    lines = []
    for source_id, entry in entries.items():
        lines.append(f"[sources.{source_id}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
        lines.append("")
    if names:
        lines.append("[territories]")
        lines += [f"{json.dumps(name)} = {json.dumps(code)}" for name, code in names.items()]
    target.mkdir(parents=True, exist_ok=True)
    part = target / (NAME + ".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(part, target / NAME)


def _ending(source: Source) -> str:
    if source.format == "wfs":
        return ".geojson"
    last = Path(urlparse(source.url or "").path).name
    found = "".join(s for s in Path(last).suffixes if s in ENDINGS)
    return found or f".{source.format}"
