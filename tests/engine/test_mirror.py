"""What a mirror may say and what is refused; areas in GeoJSON; mirrors copied to the cache."""

import datetime as dt
import errno
import hashlib
import json
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from labo import cache
from labo.catalogue import SOURCES
from labo.errors import BadInput, LaboError, MissingFile, UnknownName
from labo.mirror import PartnerEntry, open_mirror, read_geojson_area

SQUARE = shapely.box(-0.56, 47.47, -0.55, 47.48)
EPCI = '[{"code": "1", "nom": "x", "membres": [{"code": "99001", "nom": "y"}]}]'


def mirror(folder: Path, toml: str) -> Path:
    (folder / "epci.json").write_text(EPCI, encoding="utf-8")
    (folder / "mirror.toml").write_text(toml, encoding="utf-8")
    return folder


def epci_entry(**more: object) -> str:
    entry = {"path": "epci.json"} | more
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    return "\n".join(["[sources.insee_epci_2026]", *lines, ""])


def sentence(caught: pytest.ExceptionInfo[LaboError], *words: str) -> None:
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_whole_entry(tmp_path: Path) -> None:
    (tmp_path / "area.geojson").write_text(shapely.to_geojson(SQUARE), encoding="utf-8")
    sha256 = hashlib.sha256(EPCI.encode()).hexdigest()
    folder = mirror(
        tmp_path,
        epci_entry(
            vintage="2026-04",
            sha256=sha256,
            absent_columns=["men"],
            coverage="area.geojson",
            url="https://example.org",
            retrieved="2026-04-01",
        )
        + '[territories]\ntemoin = "999000001"\n',
    )
    found = open_mirror(folder)
    file = found.file("insee_epci_2026")
    assert found.territories == {"temoin": "999000001"}
    assert file.source is SOURCES["insee_epci_2026"]
    assert (file.path, file.vintage, file.sha256) == (folder / "epci.json", "2026-04", sha256)
    assert file.absent_columns == {"men"}
    assert file.coverage is not None
    assert file.coverage.equals(SQUARE)


def test_partners_are_named_with_their_last_day(tmp_path: Path) -> None:
    entry = '[partners.caf]\npath = "caf"\nexpires = 2028-12-31\nsha256 = "ab"\n'
    found = open_mirror(mirror(tmp_path, epci_entry() + entry))
    assert found.partners == {
        "caf": PartnerEntry(tmp_path / "caf", dt.date(2028, 12, 31), "ab"),
    }
    assert open_mirror(mirror(tmp_path, epci_entry())).partners == {}


def test_the_newest_vintage_at_hand_is_taken(tmp_path: Path) -> None:
    entries = [
        f'[sources.insee_filosofi_200m_{vintage}]\npath = "epci.json"\n'
        for vintage in ("2017", "2019", "2015")
    ]
    found = open_mirror(mirror(tmp_path, "\n".join(entries)))
    newest = found.newest("insee_filosofi_200m")
    assert newest is not None
    assert newest.vintage == "2019"
    assert found.newest("insee_epci") is None


def test_a_file_says_nothing_before_it_is_asked_for(tmp_path: Path) -> None:
    folder = mirror(tmp_path, '[sources.insee_epci_2026]\npath = "lost.json"\n')
    found = open_mirror(folder)
    with pytest.raises(MissingFile) as caught:
        found.newest("insee_epci")
    sentence(caught, "'insee_epci_2026'", "'lost.json'", str(folder), "put it there")


def test_a_folder_without_a_mirror(tmp_path: Path) -> None:
    with pytest.raises(MissingFile) as caught:
        open_mirror(tmp_path / "nowhere")
    sentence(caught, "mirror.toml", "nowhere", "labo fetch")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[sources", ["not valid TOML", "Expected"]),
        ("[source.x]\n", ["'source'", "[sources.SOURCE]"]),
        ("sources = 3\n", ["sources = 3", "a table"]),
        ('[sources.insee_epci_1999]\npath = "x"\n', ["'insee_epci_1999'", "labo list sources"]),
        ('[sources.insee_epci_2026]\nvintage = "2026"\n', ["insee_epci_2026", "needs a path"]),
        ("[sources.insee_epci_2026]\npath = 3\n", ["insee_epci_2026", "needs a path"]),
        (epci_entry(sha265="x"), ["'sha265'", "known are", "sha256"]),
        (epci_entry(absent_columns="men"), ["'men'", "expected a list"]),
        (epci_entry(absent_columns=[1]), ["[1]", "expected a list"]),
        ("partners = 3\n", ["partners = 3", "a table"]),
        ("[partners.Habitat]\n", ["[partners.Habitat]", "small letters"]),
        ("[partners.caf]\nexpires = 2028-12-31\n", ["[partners.caf]", "needs a path"]),
        ('[partners.caf]\npath = "x"\n', ["[partners.caf] lacks expires", "2028-12-31"]),
        ('[partners.caf]\npath = "x"\nexpires = "2028"\n', ["expires = '2028'"]),
        ('[partners.caf]\npath = "x"\nexpires = 2028-12-31T00:00:00\n', ["the last day"]),
        ('[partners.caf]\npath = "x"\nexpires = 2028-12-31\nsha256 = 1\n', ["sha256 = 1"]),
        ('[partners.caf]\npath = "x"\nuntil = 2028-12-31\n', ["unknown key 'until'"]),
    ],
)
def test_a_bad_mirror_is_refused(toml: str, words: list[str], tmp_path: Path) -> None:
    folder = mirror(tmp_path, toml)
    with pytest.raises(BadInput) as caught:
        open_mirror(folder)
    sentence(caught, str(folder / "mirror.toml"), *words)


@pytest.mark.parametrize(
    ("entry", "error", "words"),
    [
        (epci_entry(sha256="0" * 64), BadInput, ["epci.json", "0000", "has changed"]),
        (epci_entry(vintage="2019"), BadInput, ["'2019'", "'2026'", "labo list sources"]),
        (epci_entry(coverage="lost.geojson"), MissingFile, ["'lost.geojson'", "put it there"]),
        (epci_entry(coverage="epci.json"), BadInput, ["epci.json", "not a GeoJSON"]),
    ],
)
def test_a_file_that_is_not_what_its_entry_says_is_refused(
    entry: str, error: type[LaboError], words: list[str], tmp_path: Path
) -> None:
    found = open_mirror(mirror(tmp_path, entry))
    with pytest.raises(error) as caught:
        found.file("insee_epci_2026")
    sentence(caught, *words)


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    found = open_mirror(mirror(tmp_path, ""))
    with pytest.raises(MissingFile, match=r"no entry \[sources.insee_epci_2026\]"):
        found.file("insee_epci_2026")
    with pytest.raises(UnknownName, match="did you mean insee_epci_2026"):
        found.file("insee_epci_2025")


# Areas drawn in GeoJSON: coverages and perimeters.


def feature(shape: shapely.Geometry | None) -> dict[str, object]:
    geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def drawn(folder: Path, content: object) -> Path:
    path = folder / "drawn.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


EAST = shapely.box(-0.55, 47.47, -0.54, 47.48)
BOTH = shapely.box(-0.56, 47.47, -0.54, 47.48)
BOW_TIE = shapely.Polygon([(0, 47), (1, 48), (1, 47), (0, 48)])


@pytest.mark.parametrize(
    ("content", "area"),
    [
        (json.loads(shapely.to_geojson(SQUARE)), SQUARE),
        (feature(SQUARE), SQUARE),
        (
            {"type": "FeatureCollection", "features": [feature(s) for s in (SQUARE, EAST, None)]},
            BOTH,
        ),
        (
            feature(shapely.GeometryCollection([shapely.MultiPolygon([SQUARE]), shapely.Point()])),
            SQUARE,
        ),
        ("\ufeff" + shapely.to_geojson(SQUARE), SQUARE),
    ],
)
def test_an_area_in_every_fashion(content: object, area: shapely.Geometry, tmp_path: Path) -> None:
    assert read_geojson_area(drawn(tmp_path, content)).equals(area)


def test_an_area_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    area = read_geojson_area(drawn(tmp_path, feature(BOW_TIE)))
    assert area.is_valid
    assert area.area == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", ["not a GeoJSON file"]),
        ("[1]", ["not a GeoJSON file"]),
        ('{"type": "Feature"}', ["not a GeoJSON file"]),
        ('{"type": "FeatureCollection", "features": [1]}', ["not a GeoJSON file"]),
        ('{"type": "FeatureCollection", "features": []}', ["nothing", "polygons"]),
        (feature(shapely.LineString([(0, 47), (1, 48)])), ["LineString", "polygons"]),
        (feature(shapely.box(432_000, 6_710_000, 433_000, 6_711_000)), ["433000", "degrees"]),
        (feature(shapely.Point(0, 47).buffer(1, quad_segs=30_000)), ["60,001 corners", "simplify"]),
    ],
)
def test_a_bad_area_is_refused(content: object, words: list[str], tmp_path: Path) -> None:
    path = drawn(tmp_path, content)
    with pytest.raises(BadInput) as caught:
        read_geojson_area(path)
    sentence(caught, str(path), *words)


# The cache that `labo fetch --mirror` fills.

SIREN = "999000001"
EPCIS = [{"code": SIREN, "nom": "Témoin", "membres": [{"code": "99001", "nom": "Un"}]}]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "a/b", "", ".", "-x", "a\n", "a\\b"])
def test_a_name_cannot_leave_the_cache(name: str, told: list[str]) -> None:
    with pytest.raises(BadInput, match="not the name of a territory"):
        cache.fetch(name, tell=told.append)


def local_mirror(folder: Path) -> Path:
    """A mirror with two files of one name, a shapefile and a coverage."""
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    (folder / "a/data.json").write_text(json.dumps(EPCIS), encoding="utf-8")
    (folder / "b/data.json").write_text("{}", encoding="utf-8")
    shapes = gpd.GeoDataFrame(
        {"CODE_QP": ["QP049001"], "NOM_QP": ["É"], "COMMUNE_QP": ["Un"]},
        geometry=[SQUARE],
        crs=4326,
    )
    shapes.to_crs(2154).to_file(folder / "qp.shp")
    (folder / "area.geojson").write_text(shapely.to_geojson(SQUARE), encoding="utf-8")
    (folder / "mirror.toml").write_text(
        '[sources.insee_epci_2026]\npath = "a/data.json"\nvintage = "2026"\n'
        '[sources.ign_communes_2026]\npath = "b/data.json"\nabsent_columns = ["nom"]\n'
        '[sources.anct_qpv_2015]\npath = "qp.shp"\ncoverage = "area.geojson"\n'
        f'[territories]\n"témoin" = "{SIREN}"\n',
        encoding="utf-8",
    )
    return folder


def test_fetch_from_a_mirror_copies_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setenv("LABO_CACHE", str(tmp_path / "cache"))
    folder = local_mirror(tmp_path / "mirror")
    for _ in range(2):
        brought = cache.fetch("témoin", mirror=folder, tell=told.append)
        assert {b.state for b in brought} == {"copied"}
    copy = open_mirror(cache.folder("témoin"))
    assert copy.territories == {"témoin": SIREN}
    assert copy.file("insee_epci_2026").path.read_text("utf-8") == json.dumps(EPCIS)
    assert copy.file("ign_communes_2026").path.read_text("utf-8") == "{}"
    assert copy.file("ign_communes_2026").absent_columns == {"nom"}
    qpvs = copy.file("anct_qpv_2015")
    assert qpvs.coverage is not None
    assert list(qpvs.table()["name"]) == ["É"]
    # A mirror may be its own cache.
    cache.fetch("témoin", mirror=cache.folder("témoin"), tell=told.append)
    assert list(open_mirror(cache.folder("témoin")).file("anct_qpv_2015").table()["name"]) == ["É"]


def test_fetch_from_a_mirror_that_is_not_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setenv("LABO_CACHE", str(tmp_path / "cache"))
    folder = local_mirror(tmp_path / "mirror")
    with pytest.raises(UnknownName, match="'ailleurs'"):
        cache.fetch("ailleurs", mirror=folder, tell=told.append)
    (folder / "b/data.json").unlink()
    with pytest.raises(MissingFile, match=r"b/data\.json"):
        cache.fetch(SIREN, mirror=folder, tell=told.append)


def test_a_full_disk_while_copying(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setenv("LABO_CACHE", str(tmp_path / "cache"))

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(LaboError, match=r"No space left on device.*LABO_CACHE"):
        cache.fetch(SIREN, mirror=local_mirror(tmp_path / "mirror"), tell=told.append)


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABO_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "labo"
    monkeypatch.setenv("LABO_CACHE", str(tmp_path / "here"))
    assert cache.folder("999000001") == tmp_path / "here/territories/999000001"
