"""Downloads from a server that cuts, refuses and changes; the cache that they fill."""

import errno
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlparse

import geopandas as gpd
import pytest
import shapely

from labo import cache, catalogue, source
from labo.errors import DownloadFailed, UnknownName
from labo.mirror import open_mirror
from labo.source import Bounds, Source, SourceFile, download

FIRST = bytes(range(256)) * 4000
SECOND = FIRST[::-1] + b"more"
SHAPE = shapely.box(-0.56, 47.47, -0.55, 47.48)


@dataclass
class Site:
    """What the server holds, how it misbehaves, and what it was asked for."""

    content: bytes = FIRST
    etag: str | None = '"one"'
    ranges: bool = True
    # Answers to give before behaving: a status, or how many bytes to send before cutting.
    faults: list[int | str] = field(default_factory=list)
    # Replaces content and ETag once the first answer was given.
    then: tuple[bytes, str | None] | None = None
    features: int = 0
    page_limit: int = 10_000
    twice: bool = False
    address: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append((handler.path, wanted))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, str):
            handler.send_error(int(fault))
            return
        if "startIndex" in handler.path and self.features:
            content, start, partial = self.page(handler.path), 0, False
        else:
            content = self.content
            condition = handler.headers.get("If-Range")
            partial = bool(wanted) and self.ranges and condition in (None, self.etag)
            start = int((wanted or "bytes=0-")[6:-1]) if partial else 0
        if partial and start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if partial else 200)
        handler.send_header("Content-Length", str(len(content) - start))
        if partial:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.etag is not None:
            handler.send_header("ETag", self.etag)
        handler.end_headers()
        handler.wfile.write(content[start : None if fault is None else start + fault])
        if self.then is not None:
            (self.content, self.etag), self.then = self.then, None

    def page(self, path: str) -> bytes:
        query = parse_qs(urlparse(path).query)
        start, count = int(query["startIndex"][0]), int(query["count"][0])
        stop = min(start + min(count, self.page_limit), self.features)
        features = [
            {
                "type": "Feature",
                "id": f"b.{0 if self.twice else i}",
                "properties": {"cleabs": f"B{i}"},
                "geometry": json.loads(shapely.to_geojson(SHAPE)),
            }
            for i in range(start, stop)
        ]
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}}
        return json.dumps(
            {
                "type": "FeatureCollection",
                "features": features,
                "numberMatched": self.features,
                "crs": crs,
            }
        ).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    site: Site

    def do_GET(self) -> None:
        self.site.answer(self)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server on 127.0.0.1; pauses between attempts take no time."""
    monkeypatch.setattr(source, "FIRST_PAUSE_S", 0.0)
    found = Site()
    handler = type("HandlerOfSite", (Handler,), {"site": found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def read_nothing(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    pytest.fail("a download is brought, not read")


def made(url: str | None, **more: Any) -> Source:
    keys: dict[str, Any] = {
        "id": "made",
        "dataset": "made",
        "label": "Fichier fait pour le test",
        "producer": "test",
        "licence": "test",
        "vintage": "2024",
        "page": "https://example.org/page",
        "url": url,
        "format": "zip",
        "crs": None,
        "scope": "national",
        "read": read_nothing,
    }
    return Source(**(keys | more))


def failing(site: Site, target: Path, *words: str, **more: Any) -> None:
    """One sentence that says what went wrong and what to do; what was at `target` is unharmed."""
    before = target.read_bytes() if target.exists() else None
    with pytest.raises(DownloadFailed) as caught:
        download(made(f"{site.address}/file.zip", **more), target)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert (target.read_bytes() if target.exists() else None) == before


def ranges(site: Site) -> list[str | None]:
    return [wanted for _, wanted in site.asked]


def test_a_download_arrives_whole_with_its_progress(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "folder" / "file.zip"
    digest = hashlib.sha256(FIRST).hexdigest()
    download(
        made(f"{site.address}/file.zip", sha256=digest),
        target,
        progress=lambda have, total: seen.append((have, total)),
    )
    assert target.read_bytes() == FIRST
    assert seen[-1] == (len(FIRST), len(FIRST))
    assert [p.name for p in target.parent.iterdir()] == ["file.zip"]


def test_a_cut_download_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.faults = [300_000, 200_000]
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST
    assert ranges(site) == [None, "bytes=300000-", "bytes=500000-"]


def test_many_cuts_are_no_failure_while_it_goes_forward(site: Site, tmp_path: Path) -> None:
    site.faults = [50_000] * 12
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST
    assert len(site.asked) == 13


def test_the_part_is_kept_between_calls(site: Site, tmp_path: Path) -> None:
    # The cut is the first failure of those that it may have in a row.
    site.faults = [300_000, *["503"] * (source.ATTEMPTS - 1)]
    failing(site, tmp_path / "f", "503", "again later")
    assert (tmp_path / "f.part").stat().st_size == 300_000
    site.asked.clear()
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST
    assert ranges(site) == ["bytes=300000-"]


def test_a_part_of_another_address_is_not_gone_on_with(site: Site, tmp_path: Path) -> None:
    site.faults = [300_000, "404"]
    failing(site, tmp_path / "f", "404")
    site.asked.clear()
    download(made(f"{site.address}/other.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST
    assert ranges(site) == [None]


def test_a_file_that_changed_is_begun_again(site: Site, tmp_path: Path) -> None:
    site.faults = [300_000]
    site.then = (SECOND, '"two"')
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == SECOND
    assert ranges(site) == [None, "bytes=300000-"]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_the_size_tells_that_a_file_changed(
    etag: str | None, site: Site, tmp_path: Path
) -> None:
    site.etag = etag
    site.faults = [300_000]
    site.then = (SECOND, etag)
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == SECOND
    assert ranges(site) == [None, "bytes=300000-", None]


def test_a_server_that_ignores_ranges_sends_all_again(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    site.faults = [300_000]
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST


def test_a_server_error_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.faults = ["500", "429"]
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST


def test_what_is_not_there_is_asked_once(site: Site, tmp_path: Path) -> None:
    site.faults = ["404"]
    failing(site, tmp_path / "f", "'made'", "/file.zip", "404", "https://example.org/page")
    assert len(site.asked) == 1


def test_nobody_at_the_address(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="run the command again"):
        download(made("http://127.0.0.1:9/file.zip"), tmp_path / "f")
    with pytest.raises(DownloadFailed, match="failed"):
        download(made("http://["), tmp_path / "f")


def test_another_sha256_throws_the_file_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"before")
    found = hashlib.sha256(FIRST).hexdigest()
    failing(site, tmp_path / "f", found, "0" * 64, "thrown away", sha256="0" * 64)
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_a_full_disk_breaks_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").write_bytes(b"before")
    opened = Path.open

    def open_on_a_full_disk(path: Path, *args: Any, **kwargs: Any) -> IO[Any]:
        stream: IO[Any] = opened(path, *args, **kwargs)
        if path.suffix == ".part":
            writes = stream.write

            class Full:
                def __enter__(self) -> "Full":
                    return self

                def __exit__(self, *_: object) -> None:
                    stream.close()

                def write(self, chunk: bytes) -> None:
                    if stream.tell() > 500_000:
                        raise OSError(errno.ENOSPC, "No space left on device")
                    writes(chunk)

            return Full()  # type: ignore[return-value]
        return stream

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_on_a_full_disk)
        failing(site, tmp_path / "f", "No space left on device", "LABO_CACHE", "again")
    kept = (tmp_path / "f.part").stat().st_size
    assert kept > 500_000
    site.asked.clear()
    download(made(f"{site.address}/file.zip"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FIRST
    assert ranges(site) == [f"bytes={kept}-"]


def test_a_source_without_address_or_bounds(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"take the file from https://example.org/page"):
        download(made(None), tmp_path / "f")
    with pytest.raises(DownloadFailed, match="needs its bounds"):
        download(made("http://x/{west}", scope="territory"), tmp_path / "f")


# Pages of a web feature service.

BOUNDS = (-0.6, 47.4, -0.5, 47.5)


def paged(site: Site) -> Source:
    return made(
        f"{site.address}/wfs?BBOX={{west}},{{south}},{{east}},{{north}}",
        format="wfs",
        scope="territory",
    )


def names(path: Path) -> list[str]:
    return list(gpd.read_file(path)["cleabs"])


@pytest.mark.parametrize("limit", [4, 10_000])
def test_all_pages_are_collected(
    limit: int, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PAGE_SIZE", 5)
    # A server that gives fewer than it was asked for must not end the collection.
    site.features, site.page_limit = 13, limit
    seen: list[tuple[int, int | None]] = []
    download(
        paged(site),
        tmp_path / "f.geojson",
        bounds=BOUNDS,
        progress=lambda have, total: seen.append((have, total)),
    )
    assert names(tmp_path / "f.geojson") == [f"B{i}" for i in range(13)]
    assert seen[-1] == (13, 13)
    assert [p.name for p in tmp_path.iterdir()] == ["f.geojson"]
    assert "BBOX=-0.6,47.4,-0.5,47.5" in site.asked[0][0]


def test_pages_at_hand_are_not_asked_again(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PAGE_SIZE", 5)
    site.features = 13
    # The second page is cut, and the service then goes down.
    site.faults = [10**9, 100, *["500"] * source.ATTEMPTS]
    with pytest.raises(DownloadFailed, match="500"):
        download(paged(site), tmp_path / "f.geojson", bounds=BOUNDS)
    site.asked.clear()
    download(paged(site), tmp_path / "f.geojson", bounds=BOUNDS)
    assert names(tmp_path / "f.geojson") == [f"B{i}" for i in range(13)]
    assert site.asked[0][0].endswith("startIndex=5")
    site.asked.clear()
    download(paged(site), tmp_path / "g.geojson", bounds=(0, 47, 1, 48))
    assert site.asked[0][0].endswith("startIndex=0")


def test_an_answer_that_is_no_page_is_quoted_and_thrown_away(site: Site, tmp_path: Path) -> None:
    site.content = b"<ows:Exception>Service indisponible"
    with pytest.raises(DownloadFailed, match="<ows:Exception>Service") as caught:
        download(made(f"{site.address}/?x", format="wfs"), tmp_path / "f.geojson")
    assert "GeoJSON" in str(caught.value)
    assert not list(tmp_path.rglob("*.json"))


def test_a_feature_in_two_pages_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PAGE_SIZE", 1)
    site.features, site.twice = 3, True
    with pytest.raises(DownloadFailed, match=r"'b\.0' in two pages"):
        download(paged(site), tmp_path / "f.geojson", bounds=BOUNDS)
    assert not (tmp_path / "f.geojson").exists()


def test_too_many_pages(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PAGE_SIZE", 1)
    monkeypatch.setattr(source, "MAX_PAGES", 2)
    site.features = 3
    with pytest.raises(DownloadFailed, match="narrow the territory"):
        download(paged(site), tmp_path / "f.geojson", bounds=BOUNDS)


# The cache.

SIREN = "999000001"
EPCIS = [{"code": SIREN, "nom": "Témoin", "membres": [{"code": "99001", "nom": "Un"}]}]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def world(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Source]]:
    """The list of EPCIs and the contours on disk at once; one more file comes from the server."""
    monkeypatch.setenv("LABO_CACHE", str(tmp_path / "cache"))
    communes = gpd.GeoDataFrame({"code": ["99001"], "nom": ["Un"]}, geometry=[SHAPE], crs=4326)
    files = {
        "/epci.json": json.dumps(EPCIS).encode(),
        "/communes.geojson": communes.to_json().encode(),
    }

    def served(handler: BaseHTTPRequestHandler, answer: Any = site.answer) -> None:
        found = files.get(handler.path)
        kept = site.content
        site.content = kept if found is None else found
        answer(handler)
        site.content = kept

    monkeypatch.setattr(site, "answer", served)
    declared = {x.id: x for x in catalogue.SOURCES}
    sources = [
        replace(declared["ign_bdtopo_batiment_2026"], url=paged(site).url),
        replace(declared["anct_qpv_2024"], url=f"{site.address}/r/942d4ee8"),
        declared["insee_qpv_2024"],
        replace(declared["ign_communes_2026"], url=f"{site.address}/communes.geojson"),
        replace(declared["insee_epci_2026"], url=f"{site.address}/epci.json"),
    ]
    groups = {x.dataset: [x] for x in sources}
    monkeypatch.setattr(cache, "datasets", lambda: groups)
    site.features = 2
    return groups


def states(brought: list[cache.Brought]) -> dict[str, str]:
    return {b.source: b.state for b in brought}


def test_fetch_writes_a_mirror_and_keeps_what_is_there(
    world: dict[str, list[Source]], site: Site, tmp_path: Path, told: list[str]
) -> None:
    seen: set[str] = set()
    brought = cache.fetch(SIREN, progress=lambda name, *_: seen.add(name), tell=told.append)
    assert states(brought) == {
        "insee_epci_2026": "fetched",
        "ign_communes_2026": "fetched",
        "ign_bdtopo_batiment_2026": "fetched",
        "anct_qpv_2024": "fetched",
        "insee_qpv_2024": "missing",
    }
    assert "https://www.insee.fr" in next(b.reason for b in brought if b.state == "missing")
    assert seen == {b.source for b in brought if b.state == "fetched"}
    mirror = open_mirror(cache.folder(SIREN))
    entry = mirror.entries["anct_qpv_2024"]
    assert set(entry) == {"path", "vintage", "sha256", "url", "retrieved"}
    assert entry["sha256"] == hashlib.sha256(FIRST).hexdigest()
    assert entry["url"] == f"{site.address}/r/942d4ee8"
    assert entry["retrieved"].endswith("+00:00")
    assert mirror.file("anct_qpv_2024").path.name == "anct_qpv_2024.zip"
    assert mirror.file("ign_bdtopo_batiment_2026").path.name.endswith(f"-{SIREN}.geojson")
    asked = [path for path, _ in site.asked if "BBOX" in path]
    west, south, east, north = map(float, asked[0].split("BBOX=")[1].split("&")[0].split(","))
    assert (west, south, east, north) == pytest.approx((-0.57, 47.46, -0.54, 47.49))
    site.asked.clear()
    again = cache.fetch(SIREN, tell=told.append)
    assert set(states(again).values()) == {"kept", "missing"}
    assert site.asked == []
    assert told == []


def test_fetch_reports_what_failed_and_keeps_the_others(
    world: dict[str, list[Source]], site: Site, told: list[str]
) -> None:
    site.faults = [10**9, 10**9, 10**9, "404"]
    with pytest.raises(DownloadFailed, match=r"1 of 5 sources did not come \(anct_qpv_2024\)"):
        cache.fetch(SIREN, tell=told.append)
    assert len(told) == 1
    assert "404" in told[0]
    assert "ign_bdtopo_batiment_2026" in open_mirror(cache.folder(SIREN)).entries
    assert states(cache.fetch(SIREN, tell=told.append))["anct_qpv_2024"] == "fetched"


def test_fetch_keeps_what_was_named_by_hand(
    world: dict[str, list[Source]], site: Site, told: list[str]
) -> None:
    cache.fetch(SIREN, tell=told.append)
    folder = cache.folder(SIREN)
    (folder / "mine.xlsx").write_bytes(b"x")
    with (folder / "mirror.toml").open("a", encoding="utf-8") as stream:
        stream.write('[sources.insee_qpv_2024]\npath = "mine.xlsx"\n')
        stream.write('[territories]\nhere = "244900015"\n')
        stream.write('[partners.caf]\npath = "../caf"\nexpires = 2028-12-31\nsha256 = "ab"\n')
    before = open_mirror(folder)
    assert states(cache.fetch(SIREN, tell=told.append))["insee_qpv_2024"] == "kept"
    after = open_mirror(folder)
    assert after.file("insee_qpv_2024").path == folder / "mine.xlsx"
    assert after.territories == before.territories == {"here": "244900015"}
    assert after.partners.keys() == {"caf"}
    assert after.partners["caf"].folder == before.partners["caf"].folder.resolve()
    assert after.partners["caf"].expires == before.partners["caf"].expires


def test_fetch_of_an_unknown_territory(
    world: dict[str, list[Source]], site: Site, told: list[str]
) -> None:
    with pytest.raises(UnknownName, match="123456789"):
        cache.fetch("123456789", tell=told.append)


def test_fetch_cannot_do_without_the_outline(
    world: dict[str, list[Source]], site: Site, told: list[str]
) -> None:
    site.faults = ["404"]
    with pytest.raises(DownloadFailed, match="404"):
        cache.fetch(SIREN, tell=told.append)
