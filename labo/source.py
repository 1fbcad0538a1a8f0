"""What a source is, and the only place that touches the network."""

import contextlib
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import httpx
from shapely.geometry.base import BaseGeometry

from labo.declared import Declared
from labo.errors import DownloadFailed

# West, south, east, north in degrees (EPSG:4326).
Bounds = tuple[float, float, float, float]
T = TypeVar("T")
# Called with the bytes received so far and the total (None when the server does not say).
Progress = Callable[[int, int | None], None]

# How often in a row a download may fail without going forward; the pause doubles each time.
ATTEMPTS = 5
FIRST_PAUSE_S = 0.5
PAGE_SIZE = 5_000
MAX_PAGES = 2_000
TIMEOUT = httpx.Timeout(60.0, connect=20.0)
CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-\d+|\*)/(?P<total>\d+|\*)")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a reader had to repair, set aside or do without, to be reported and never hidden."""

    source: str
    kind: Literal["repaired", "rejected", "missing"]
    count: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """An official file: who makes it, under which licence, and how it is read.

    `dataset` groups the vintages of one production: a layer reads a dataset, and the diagnosis
    takes the newest vintage that is at hand. `scope` says whether the file covers the country or
    is cut out for a territory (its url then holds {west}, {south}, {east}, {north}). `url` is None
    where no lasting address is known: the file is then taken by hand from `page`. `format` is how
    the producer gives it: "wfs" is brought page by page and becomes GeoJSON; the other formats name
    the file where its address has no ending. `crs` is None for tables without geometry, `sha256`
    where the producer publishes none. `inside` is for a file that is read whole whatever the
    bounds: it takes what lies inside them from the whole, as `read` would have, so that one reading
    serves many territories. `local_holder` is whom a territory can ask for it, or for a surer one,
    with the article that follows « à » ; None where nobody near it could give it. The producer does
    not tell: « Cerema, DDT(M) » names a national body and one that signs the city contract.
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
    # A tidy table, or a `labo.raster.Raster`: which, the layers that read the dataset know.
    read: Callable[["SourceFile", Bounds | None], Any]
    sha256: str | None = None
    local_holder: str | None = None
    inside: Callable[["SourceFile", Any, Bounds | None], Any] | None = None


class Kept:
    """What many territories ask of the same files in turn, so that each thing is done once."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under this key, or make it."""
        if key not in self._found:
            self._found[key] = make()
        return cast(T, self._found[key])


def everything(file: "SourceFile", table: Any, bounds: Bounds | None) -> Any:
    """Return the whole table: the `inside` of a file that says nothing of where its rows lie."""
    del file, bounds
    return table.copy(deep=False)


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A source as it was found on disk.

    `absent_columns` are declared to be missing from this copy, `coverage` (EPSG:4326) is the area
    that the copy covers (None: all of it), `notices` collects what the reader has to tell, `kept`
    holds what serves several territories (None: nothing does).
    """

    source: Source
    path: Path
    vintage: str
    sha256: str
    absent_columns: frozenset[str] = frozenset()
    coverage: BaseGeometry | None = None
    notices: list[Notice] = field(default_factory=list, compare=False)
    kept: Kept | None = field(default=None, compare=False, repr=False)

    def table(self, bounds: Bounds | None = None) -> Any:
        """Read the file with its source's reader, inside `bounds` where the format allows."""
        inside = self.source.inside
        if self.kept is None or (inside is None and bounds is not None):
            return self.source.read(self, bounds)
        table = self.told_once("table", lambda file: self.source.read(file, None))
        return (inside or everything)(self, table, bounds)

    def told_once(self, what: str, make: "Callable[[SourceFile], T]") -> T:
        """Return what was made of the whole file, made once if it is kept, and told each time."""
        alone = replace(self, notices=[])
        made, notices = self.once((what, self.absent_columns), lambda: (make(alone), alone.notices))
        self.notices.extend(notices)
        return made

    def once(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """Return something that only depends on the file and the key, made once if it is kept."""
        if self.kept is None:
            return make()
        return self.kept.once((self.source.id, self.sha256, *key), make)

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
    itself appears, or is replaced, only when the file is whole.

    Raises:
        DownloadFailed: the server refused, stayed silent or sent something else, or the disk is
            full.
    """
    part = target.with_name(target.name + ".part")
    url = url_of(source, bounds)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
            if source.format == "wfs":
                _download_pages(client, url, part, progress)
            else:
                _download_resuming(client, url, part, progress)
        if source.sha256 is not None and (found := file_sha256(part)) != source.sha256:
            part.unlink()
            raise DownloadFailed(
                f"Source {source.id!r} came from {url} with sha256 {found}, its producer gives "
                f"{source.sha256}: the file was thrown away; try again, or see {source.page} for "
                "a new vintage."
            )
        part.replace(target)
    except httpx.HTTPStatusError as error:
        answer = error.response
        advice = (
            f"see whether {source.page} gives another address, and name the file in a mirror.toml"
        )
        if not _refused(error):
            advice = "run the command again later"
        raise DownloadFailed(
            f"Download of {source.id!r} failed: {url} answers {answer.status_code} "
            f"({answer.reason_phrase}); {advice}."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DownloadFailed(
            f"Download of {source.id!r} from {url} failed ({str(error) or type(error).__name__}): "
            "what has come is kept; run the command again to go on from there."
        ) from error
    except OSError as error:
        raise DownloadFailed(
            f"{str(target)!r} could not be written ({error.strerror or error}): make room or "
            "choose another folder with LABO_CACHE, then run the command again; what has come "
            "is kept."
        ) from error


@dataclass
class _Part:
    """The beginning of a file, and what is known of the whole that it was cut from.

    It is kept in `path` + ".whole": without it the end of a new version could be glued to the
    start of an old one. `validator` is what If-Range takes: a strong ETag, else a date.
    """

    path: Path
    url: str
    validator: str = ""
    total: int | None = None

    @property
    def record(self) -> Path:
        return self.path.with_name(self.path.name + ".whole")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def resumable(self) -> bool:
        return bool(self.validator) or self.total is not None

    def recall(self) -> None:
        """Take up what an earlier call left, unless it was cut from something else."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(self.record.read_text(encoding="utf-8"))
            if known["url"] == self.url:
                self.validator, self.total = known["validator"], known["total"]

    def begin(self, response: httpx.Response) -> None:
        """Forget the bytes at hand and remember what this answer is the whole of."""
        self.validator, self.total = "", None
        # Compressed on the way in spite of our asking, it cannot be taken up in the middle.
        if response.headers.get("Content-Encoding", "identity") == "identity":
            etag = response.headers.get("ETag", "")
            # A weak ETag does not promise the same bytes.
            strong = etag if not etag.startswith("W/") else ""
            self.validator = strong or response.headers.get("Last-Modified", "")
            length = response.headers.get("Content-Length")
            self.total = int(length) if length is not None else None
        self.path.unlink(missing_ok=True)
        known = {"url": self.url, "validator": self.validator, "total": self.total}
        self.record.write_text(json.dumps(known), encoding="utf-8")

    def continued_by(self, response: httpx.Response) -> bool:
        """Whether the answer begins where the part ends, in a file of the same size."""
        found = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or found["first"] is None or int(found["first"]) != self.size:
            return False
        return self.total is None or found["total"] == str(self.total)


def _download_resuming(
    client: httpx.Client, url: str, path: Path, progress: Progress | None
) -> None:
    """Fill `path` from `url`; a cut connection is taken up again where it stopped."""
    part = _Part(path, url)
    part.recall()
    furthest, failures = part.size, 0
    while True:
        try:
            _download_once(client, part, progress)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            # Slow lines cut long downloads often: what counts is failing without going forward.
            failures = failures + 1 if part.size <= furthest else 1
            furthest = max(furthest, part.size)
            if _refused(error) or failures >= ATTEMPTS:
                raise
            time.sleep(FIRST_PAUSE_S * 2 ** (failures - 1))
        else:
            part.record.unlink(missing_ok=True)
            return


def _refused(error: httpx.HTTPError) -> bool:
    """Whether asking again would bring the same answer."""
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    status = error.response.status_code
    return status < 500 and status not in (httpx.codes.REQUEST_TIMEOUT, 429)


def _download_once(client: httpx.Client, part: _Part, progress: Progress | None) -> None:
    have = part.size if part.resumable else 0
    if have and have == part.total:
        return
    # Ranges count the bytes of the file, not of a compressed answer.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if part.validator:
            headers["If-Range"] = part.validator
    with client.stream("GET", part.url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            part.path.unlink()
            raise httpx.ReadError("the part that was kept does not fit the file any more")
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            part.begin(response)
            have = 0
        elif not part.continued_by(response):
            part.path.unlink()
            raise httpx.ReadError("the server did not go on where the part that was kept ends")
        with part.path.open("ab") as stream:
            # As they come: gathered into larger chunks, the last are lost when the line is cut.
            for chunk in response.iter_bytes():
                stream.write(chunk)
                have += len(chunk)
                if progress is not None:
                    progress(have, part.total)


def _download_pages(client: httpx.Client, url: str, part: Path, progress: Progress | None) -> None:
    """Bring a paged WFS answer into one GeoJSON file; pages already here are not asked again.

    A server may send fewer features in a page than it was asked for, so each page starts where the
    one before ended, until there are as many as the server announces or a page is empty.

    Raises:
        DownloadFailed: an answer that is no GeoJSON, too many pages, or features given twice.
    """
    # Named by the query: pages of another extent are not taken for pages of this one.
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    folder = part.with_name(f"{part.name}.{digest}.pages")
    folder.mkdir(parents=True, exist_ok=True)
    pages: list[Path] = []
    count = 0
    announced: int | None = None
    while announced is None or count < announced:
        if len(pages) == MAX_PAGES:
            raise DownloadFailed(f"{url} sent more than {MAX_PAGES} pages; narrow the territory.")
        page = folder / f"{count:09d}.json"
        if not page.exists():
            fresh = page.with_suffix(".part")
            _download_resuming(
                client, f"{url}&count={PAGE_SIZE}&startIndex={count}", fresh, progress=None
            )
            fresh.replace(page)
        content = _collection(page, url)
        pages.append(page)
        features = len(content["features"])
        if not features:
            break
        count += features
        matched = content.get("numberMatched", content.get("totalFeatures"))
        announced = matched if isinstance(matched, int) else None
        if progress is not None:
            progress(count, announced)
    _join_pages(pages, url, part)
    shutil.rmtree(folder)


def _join_pages(pages: list[Path], url: str, part: Path) -> None:
    """Write the features of all the pages as one collection.

    Raises:
        DownloadFailed: a feature is in two pages; all are thrown away.
    """
    seen: set[str] = set()
    with part.open("w", encoding="utf-8") as stream:
        # Without its CRS, GeoJSON is read as degrees.
        crs = _collection(pages[0], url).get("crs")
        stream.write('{"type":"FeatureCollection",')
        stream.write(f'"crs":{json.dumps(crs)},"features":[' if crs else '"features":[')
        separator = "\n"
        for page in pages:
            for feature in _collection(page, url)["features"]:
                name = str(feature.get("id", ""))
                if name and name in seen:
                    # The data changed, or the server sorts anew, between two pages.
                    shutil.rmtree(page.parent)
                    raise DownloadFailed(
                        f"{url} sent the feature {name!r} in two pages, so others may be lacking: "
                        "the pages were thrown away; run the command again."
                    )
                seen.add(name)
                stream.write(separator + json.dumps(feature, ensure_ascii=False))
                separator = ",\n"
        stream.write("\n]}\n")


def _collection(page: Path, url: str) -> dict[str, Any]:
    """Return the content of a page; a broken one is thrown away, to be asked again.

    Raises:
        DownloadFailed: not a GeoJSON feature collection.
    """
    text = page.read_text(encoding="utf-8", errors="replace")
    try:
        content = json.loads(text)
        if isinstance(content["features"], list):
            return dict(content)
    except (ValueError, KeyError, TypeError):
        pass
    page.unlink()
    raise DownloadFailed(
        f"{url} sent {text[:80]!r} where a GeoJSON feature collection was expected: run the "
        "command again, later if the service is down."
    )
