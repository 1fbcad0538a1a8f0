"""What a source is, and the only place that touches the network."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import pandas as pd
from shapely.geometry.base import BaseGeometry

from labo.declared import Declared
from labo.errors import DownloadFailed

# West, south, east, north in degrees (EPSG:4326).
Bounds = tuple[float, float, float, float]
# Called with the bytes received so far and the total (None when the server does not say).
Progress = Callable[[int, int | None], None]

ATTEMPTS = 5
PAGE_SIZE = 5_000
MAX_PAGES = 2_000
TIMEOUT = httpx.Timeout(60.0, connect=20.0)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a reader had to repair, set aside or do without, to be reported and never hidden."""

    source: str
    kind: Literal["repaired", "rejected", "missing"]
    count: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """An official file: who makes it, under which licence, and how it becomes one tidy table.

    `dataset` groups the vintages of one production: a layer reads a dataset, and the diagnosis
    takes the newest vintage that is at hand. `scope` says whether the file covers the country or is
    cut out for a territory (its url then holds {west}, {south}, {east}, {north}). `url` is None where
    no lasting address is known: the file is then taken by hand from `page`. `crs` is None for tables
    without geometry, `sha256` where the producer publishes none.
    """

    id: str
    dataset: str
    label: str
    producer: str
    licence: str
    vintage: str
    page: str
    url: str | None
    format: str
    crs: str | None
    scope: Literal["national", "territory"]
    read: Callable[["SourceFile", Bounds | None], pd.DataFrame]
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A source as it was found on disk.

    `absent_columns` are declared to be missing from this copy, `coverage` (EPSG:4326) is the area
    that the copy covers (None: all of it), `notices` collects what the reader has to tell.
    """

    source: Source
    path: Path
    vintage: str
    sha256: str
    absent_columns: frozenset[str] = frozenset()
    coverage: BaseGeometry | None = None
    notices: list[Notice] = field(default_factory=list, compare=False)

    def table(self, bounds: Bounds | None = None) -> pd.DataFrame:
        """Read the file with its source's reader, inside `bounds` where the format allows."""
        return self.source.read(self, bounds)

    def note(self, kind: Literal["repaired", "rejected", "missing"], count: int, text: str) -> None:
        """Keep something to tell the reader of the diagnosis."""
        self.notices.append(Notice(source=self.source.id, kind=kind, count=count, text=text))


SOURCES: Declared[Source] = Declared("source")


def datasets() -> dict[str, list[Source]]:
    """Return the declared sources by dataset, newest vintage first."""
    groups: dict[str, list[Source]] = {}
    for source in SOURCES:
        groups.setdefault(source.dataset, []).append(source)
    return {
        name: sorted(group, key=lambda s: s.vintage, reverse=True) for name, group in groups.items()
    }


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def url_of(source: Source, bounds: Bounds | None) -> str:
    """Return the address of a source, cut out to `bounds` when it is made for a territory.

    Raises:
        DownloadFailed: no address is known, or the bounds are missing.
    """
    if source.url is None:
        raise DownloadFailed(
            f"No lasting address is known for {source.id!r}: take the file from {source.page} and "
            "name it in a mirror.toml."
        )
    if source.scope == "national":
        return source.url
    if bounds is None:
        raise DownloadFailed(f"Source {source.id!r} is cut out by territory and needs its bounds.")
    west, south, east, north = bounds
    return source.url.format(west=west, south=south, east=east, north=north)


def download(
    source: Source, target: Path, *, bounds: Bounds | None = None, progress: Progress | None = None
) -> None:
    """Bring a source to `target`, resuming a download that was cut, and check its sha256.

    What has arrived is kept in `target` + ".part" between attempts and between calls; `target`
    itself appears only when the file is whole.

    Raises:
        DownloadFailed: the server refused, stayed silent, or sent something else.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    url = url_of(source, bounds)
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
            if source.format == "wfs":
                _download_pages(client, url, part, progress)
            else:
                _download_resuming(client, url, part, progress)
    except httpx.HTTPError as error:
        kept = part.stat().st_size if part.exists() else 0
        raise DownloadFailed(
            f"Download of {source.id!r} from {url} failed ({error or type(error).__name__}); "
            f"{kept} bytes are kept: run the command again to go on from there."
        ) from error
    if source.sha256 is not None and (found := file_sha256(part)) != source.sha256:
        part.unlink()
        raise DownloadFailed(
            f"Source {source.id!r} came with sha256 {found}, its producer gives {source.sha256}: "
            "the file was thrown away; try again, or see whether a new vintage was published."
        )
    os.replace(part, target)


def _download_resuming(
    client: httpx.Client, url: str, part: Path, progress: Progress | None
) -> None:
    """Fill `part` from `url`; a cut connection is taken up again where it stopped."""
    etag_file = part.with_name(part.name + ".etag")
    for attempt in range(ATTEMPTS):
        try:
            _download_once(client, url, part, etag_file, progress)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            refused = isinstance(error, httpx.HTTPStatusError) and (
                error.response.status_code < 500 and error.response.status_code != 429
            )
            if refused or attempt == ATTEMPTS - 1:
                raise
            time.sleep(min(8.0, 0.25 * 2**attempt))
        else:
            etag_file.unlink(missing_ok=True)
            return


def _download_once(
    client: httpx.Client, url: str, part: Path, etag_file: Path, progress: Progress | None
) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        # Without If-Range, the end of a new version could be glued to the start of an old one.
        if etag_file.exists():
            headers["If-Range"] = etag_file.read_text(encoding="utf-8")
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            if total == str(have):
                return
            part.unlink()
            raise httpx.ReadError("the kept part does not fit the file any more")
        response.raise_for_status()
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        have = have if resumed else 0
        if etag := response.headers.get("ETag"):
            etag_file.write_text(etag, encoding="utf-8")
        length = response.headers.get("Content-Length")
        total_bytes = have + int(length) if length is not None else None
        with part.open("ab" if resumed else "wb") as stream:
            for chunk in response.iter_bytes(1 << 18):
                stream.write(chunk)
                have += len(chunk)
                if progress is not None:
                    progress(have, total_bytes)
    if total_bytes is not None and have < total_bytes:
        raise httpx.ReadError(f"the connection closed after {have} of {total_bytes} bytes")


def _download_pages(client: httpx.Client, url: str, part: Path, progress: Progress | None) -> None:
    """Bring a paged WFS answer into one GeoJSON file; pages already here are not asked again."""
    pages = part.with_name(part.name + ".pages")
    pages.mkdir(parents=True, exist_ok=True)
    count = 0
    for number in range(MAX_PAGES):
        page = pages / f"{number:05d}.json"
        if not page.exists():
            fresh = page.with_suffix(".part")
            query = f"{url}&count={PAGE_SIZE}&startIndex={number * PAGE_SIZE}"
            fresh.unlink(missing_ok=True)
            _download_resuming(client, query, fresh, None)
            os.replace(fresh, page)
        features = len(_features(page))
        count += features
        if progress is not None:
            progress(count, None)
        if features < PAGE_SIZE:
            break
    else:
        raise DownloadFailed(f"{url} sent more than {MAX_PAGES} pages; narrow the territory.")
    with part.open("w", encoding="utf-8") as stream:
        # Without its CRS, GeoJSON is read as degrees.
        crs = json.loads((pages / "00000.json").read_text(encoding="utf-8")).get("crs")
        stream.write('{"type":"FeatureCollection",')
        stream.write(f'"crs":{json.dumps(crs)},"features":[' if crs else '"features":[')
        for index, feature in enumerate(_all_features(pages)):
            stream.write((",\n" if index else "\n") + json.dumps(feature, ensure_ascii=False))
        stream.write("\n]}\n")
    for page in pages.iterdir():
        page.unlink()
    pages.rmdir()


def _features(page: Path) -> list[Any]:
    try:
        collection = json.loads(page.read_text(encoding="utf-8"))
        return list(collection["features"])
    except (ValueError, KeyError, TypeError) as error:
        # A broken page must be asked again, not kept.
        with contextlib.suppress(OSError):
            page.unlink()
        raise DownloadFailed(
            "A page of the answer was not a GeoJSON feature collection; run the command again."
        ) from error


def _all_features(pages: Path) -> Iterator[Any]:
    for page in sorted(pages.glob("*.json")):
        yield from _features(page)
