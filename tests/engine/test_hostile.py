"""What hostile input broke once, each said in a sentence since."""

import json
import zipfile
from pathlib import Path

import pytest

from fuzz import entries
from fuzz.archives import xlsx, zipped
from fuzz.partners import TODAY
from fuzz.releases import prepared
from fuzz.sources import prepared as mirror
from labo import archives, checking, partner, release
from labo.agreement import read_schema
from labo.catalogue import SOURCES
from labo.errors import BadInput, MissingFile
from labo.mirror import open_mirror
from labo.source import SourceFile, file_sha256
from labo.units import parse


def read(source: str, path: Path) -> object:
    found = SOURCES[source]
    return found.read(SourceFile(source=found, path=path, vintage=found.vintage, sha256=""), None)


@pytest.mark.parametrize(
    "text",
    ["9**9**9", "9^9^9", "(9**9)**9", "9" * 60, "1/0", "m()", "a[0]", "m" * 500, "×Ä¿", "euro /"],
)
def test_a_unit_that_is_none_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="is not a unit"):
        parse(text)


def damaged(folder: Path, kind: str) -> Path:
    """An archive whose member is packed, then spoilt, locked, or lies elsewhere than is said."""
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\n" * 40)
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    if kind == "spoilt":
        content[45:55] = b"\xff" * 10
    elif kind == "locked":
        content[6] |= 1
        content[directory + 8] |= 1
    elif kind == "strange":
        content[8] = content[directory + 10] = 99
    else:
        content[directory + 42 : directory + 46] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", ["spoilt", "locked", "strange", "elsewhere"])
@pytest.mark.parametrize("source", ["transport_gtfs_2026", "insee_bpe_2024", "drias_tracc_2023"])
def test_an_archive_that_is_damaged_in_any_way_is_told(
    source: str, kind: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"a\.zip"):
        read(source, damaged(tmp_path, kind))


def test_what_is_no_archive_has_no_names(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x05\x06" + b"\xff" * 18)
    with pytest.raises(BadInput, match="not a whole ZIP archive"):
        archives.names(tmp_path / "a.zip")


@pytest.mark.parametrize("source", ["insee_bpe_2024", "ademe_dpe_existants_2026"])
def test_lines_that_end_as_no_csv_does_are_told(source: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b\rc\rd;e\n")
    with pytest.raises(BadInput, match="not a regular CSV table"):
        read(source, path)


def test_a_column_that_is_there_twice_is_not_chosen_from(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(zipped(xlsx([["CODGEO", "POP_MUN", "POP_MUN", "DISP_Q2"], ["QN00101M"] * 4])))
    with pytest.raises(BadInput, match="'POP_MUN' 2 times"):
        read("insee_qpv_2024", path)


def test_a_date_that_cannot_be_does_not_panic(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [["CODGEO", "POP_MUN", "DISP_Q2"], ["QN00101M", "-1e12", "1"]]
    path.write_bytes(zipped(xlsx(rows, {(1, 1): "date"})))
    with pytest.raises(BadInput):
        read("insee_qpv_2024", path)


def test_a_column_of_lists_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sites.geojson"
    content = open_mirror(mirror(tmp_path)).file("ademe_sites_pollues_2020").path
    told = json.loads(content.read_text("utf-8"))
    for feature in told["features"]:
        feature["properties"] = {name: [] for name in feature["properties"]}
    path.write_text(json.dumps(told))
    with pytest.raises(BadInput, match="holds lists or objects in column"):
        read("ademe_sites_pollues_2020", path)


def test_a_list_of_places_with_more_values_than_columns_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;nom;longitude;latitude;services\n1;Maison;-1.5;47.4;Aide;de trop;encore\n")
    assert len(read("mednum_2026", path)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("node", ['id="1c" lat="1" lon="1"', 'id="1" lat="" lon="1"'])
def test_a_node_that_is_nowhere_is_told(node: str, tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    path.write_text(f'<?xml version="1.0"?>\n<osm version="0.6"><node {node}/></osm>\n')
    for source in ("osm_2026", "osm_places_2026"):
        with pytest.raises(BadInput, match="OpenStreetMap"):
            read(source, path)


@pytest.mark.parametrize("name", ["a" * 300, "a\\u0000b", ".", ""])
def test_a_name_that_no_file_has_is_of_a_missing_file(name: str, tmp_path: Path) -> None:
    for key in ("path", "coverage"):
        entry = {"path": "a.json", "vintage": "2026"} | {key: name}
        lines = [f'{k} = "{v}"' for k, v in entry.items()]
        (tmp_path / "mirror.toml").write_text("\n".join(["[sources.insee_epci_2026]", *lines]))
        (tmp_path / "a.json").write_text("[]")
        with pytest.raises(MissingFile):
            open_mirror(tmp_path).file("insee_epci_2026")


@pytest.mark.parametrize("measures", [[{"splits": "x"}], [3], ["a"], {"a": 1}, None])
def test_an_import_whose_agreement_was_changed_is_refused(measures: object, tmp_path: Path) -> None:
    attempt = entries(["partners"])["partner_kept"].prepare(tmp_path, tmp_path)
    attempt(b"")
    path = tmp_path / "habitat" / partner.AGREEMENT
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"measures": measures}))
    with pytest.raises(BadInput, match="not one of ours"):
        partner.read(tmp_path / "habitat", TODAY)


def test_brackets_without_end_are_told(tmp_path: Path) -> None:
    for name, opened in (("mirror.toml", lambda p: open_mirror(p.parent)), ("s.toml", read_schema)):
        path = tmp_path / name
        path.write_text("x = " + "[" * 100_000)
        with pytest.raises(BadInput, match="not valid TOML"):
            opened(path)


@pytest.mark.parametrize("part", ["indicators", "layers", "sources"])
@pytest.mark.parametrize("instead", [None, [{}], [{"id": {}}], "x", 3])
def test_a_catalogue_that_was_written_by_hand_is_told(
    part: str, instead: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = prepared(tmp_path_factory.getbasetemp())
    found = release.read(folder)
    catalogue = dict(found.catalogue) | {part: instead}
    other = release.Release(folder, found.manifest)
    vars(other)["catalogue"] = catalogue
    wrong = checking.check(other)
    assert all(isinstance(sentence, str) and sentence for sentence in wrong)
    assert wrong or part == "sources"


def test_a_manifest_whose_digests_are_no_texts_is_told(tmp_path: Path) -> None:
    manifest = {"format": 2, "files": {"a.parquet": {}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "a.parquet").write_bytes(b"x")
    assert file_sha256(tmp_path / "a.parquet")
    assert checking.check(release.read(tmp_path))
