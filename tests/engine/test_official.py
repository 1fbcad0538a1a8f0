"""How official files are opened: archives, layers, systems, encodings, and what is refused."""

import gzip
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from labo import archives
from labo.errors import BadInput
from labo.official import read_csv, read_sheet
from labo.source import Bounds, Source, SourceFile
from labo.vector import read_vector

HOME = shapely.box(0.0, 47.0, 0.01, 47.01)
FAR = shapely.box(1.0, 48.0, 1.01, 48.01)
BOW_TIE = shapely.Polygon([(0, 47), (0.01, 47.01), (0.01, 47), (0, 47.01)])
COLUMNS = {"code": ("CODE", "ident"), "people": ("NB",)}


def made(path: Path, crs: str | None = "EPSG:4326", absent: tuple[str, ...] = ()) -> SourceFile:
    """A file of a source made for the test, with columns CODE (or ident) and NB."""
    source = Source(
        id="made",
        dataset="made",
        label="Fichier fait pour le test",
        producer="test",
        licence="test",
        vintage="2024",
        page="https://example.org",
        url=None,
        format="gpkg",
        crs=crs,
        scope="national",
        read=read_made,
    )
    return SourceFile(
        source=source, path=path, vintage="2024", sha256="", absent_columns=frozenset(absent)
    )


def read_made(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    return read_vector(file, COLUMNS, bounds, text=("code",), prefer="national")


def frame(shapes=(HOME, FAR), crs="EPSG:4326", **columns) -> gpd.GeoDataFrame:
    numbers = range(len(shapes))
    values = {"CODE": [f"0{i}" for i in numbers], "NB": [float(i) for i in numbers]}
    return gpd.GeoDataFrame(values | columns, geometry=list(shapes), crs=crs)


def save(table: gpd.GeoDataFrame, path: Path, **options) -> Path:
    table.to_file(path, engine="pyogrio", **options)
    return path


def zipped(path: Path, members: dict[str, Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.write(content, name)
    return path


def a_gpkg(folder: Path) -> Path:
    return save(frame(), folder / "a.gpkg")


def a_shapefile(folder: Path) -> Path:
    return save(frame(), folder / "a.shp")


def a_geojson(folder: Path) -> Path:
    return save(frame(), folder / "a.geojson")


def a_gzipped_geojson(folder: Path) -> Path:
    path = folder / "a.geojson.gz"
    path.write_bytes(gzip.compress(a_geojson(folder).read_bytes()))
    return path


def a_zipped_geojson(folder: Path) -> Path:
    return zipped(folder / "A.ZIP", {"GEOJSON/a.geojson": a_geojson(folder)})


def a_zipped_gpkg(folder: Path) -> Path:
    return zipped(folder / "a.zip", {"in/a.gpkg": a_gpkg(folder)})


def a_zipped_shapefile(folder: Path) -> Path:
    a_shapefile(folder)
    parts = {f"SHP/a{end}": folder / f"a{end}" for end in (".shp", ".shx", ".dbf", ".prj")}
    return zipped(folder / "a.zip", parts)


FORMATS = [
    a_gpkg,
    a_shapefile,
    a_geojson,
    a_gzipped_geojson,
    a_zipped_geojson,
    a_zipped_gpkg,
    a_zipped_shapefile,
]


@pytest.mark.parametrize("write", FORMATS)
def test_every_format_gives_the_same_table(write: Callable[[Path], Path], tmp_path: Path) -> None:
    table = made(write(tmp_path)).table()
    assert list(table.columns) == ["code", "people", "geometry"]
    assert list(table["code"]) == ["00", "01"]
    assert list(table["people"]) == [0.0, 1.0]
    assert shapely.equals_exact(table.geometry[0], HOME, 1e-9, normalize=True)


@pytest.mark.parametrize("write", FORMATS)
def test_bounds_keep_what_meets_them(write: Callable[[Path], Path], tmp_path: Path) -> None:
    assert list(made(write(tmp_path)).table((-0.1, 46.9, 0.1, 47.1))["code"]) == ["00"]


def test_bounds_without_anything_in_them_are_told(tmp_path: Path) -> None:
    file = made(a_gpkg(tmp_path))
    assert file.table((5, 45, 5.1, 45.1)).empty
    assert [(n.kind, n.count) for n in file.notices] == [("missing", 2)]


def test_the_preferred_member_wins_over_a_better_ending(tmp_path: Path) -> None:
    other = save(frame(CODE=["x", "y"]).to_crs(2154), tmp_path / "o.gpkg")
    path = zipped(
        tmp_path / "a.zip",
        {
            "GPKG/overseas_LB93.gpkg": other,
            "__MACOSX/._national.geojson": other,
            "GEOJSON/France_National.geojson": a_geojson(tmp_path),
        },
    )
    assert archives.member(path, (".gpkg", ".geojson"), "national").startswith("GEOJSON/")
    assert list(made(path).table()["code"]) == ["00", "01"]


def test_the_preferred_layer_is_read_and_styles_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"style": ["red"]}), path, layer="styles_national")
    save(frame(CODE=["x", "y"]), path, layer="overseas", mode="a")
    save(frame(), path, layer="national_2024", mode="a")
    assert list(made(path).table()["code"]) == ["00", "01"]


def refused(file: SourceFile, *words: str) -> None:
    """One sentence that quotes what was wrong, what was expected, and the file."""
    with pytest.raises(BadInput) as caught:
        file.table()
    message = str(caught.value)
    assert str(file.path) in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    path = a_zipped_gpkg(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    refused(made(path), "not a whole ZIP", "fetch it again")


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = a_zipped_gpkg(tmp_path)
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    refused(made(path), "damaged", "fetch it again")


def test_an_archive_without_the_wanted_member_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.7z").write_text("?", encoding="utf-8")
    path = zipped(tmp_path / "a.zip", {"readme.7z": tmp_path / "readme.7z"})
    refused(made(path), "holds readme.7z", ".gpkg or .geojson", "mirror.toml")


@pytest.mark.parametrize(
    "write", [a_gpkg, a_geojson, a_shapefile, a_gzipped_geojson, a_zipped_geojson]
)
def test_what_was_cut_is_refused(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 9 // 10])
    refused(made(path), "fetch it again")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.geojson.gz"])
def test_what_is_no_vector_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"<html>404</html>")
    refused(made(tmp_path / name), "fetch it again")


def test_another_system_than_declared_is_refused(tmp_path: Path) -> None:
    path = save(frame().to_crs(2154), tmp_path / "a.gpkg")
    refused(made(path), "EPSG:2154", "EPSG:4326", "WGS 84", "reproject")


def test_metres_in_a_file_that_says_degrees_are_refused(tmp_path: Path) -> None:
    metres = frame().to_crs(2154).set_crs(4326, allow_override=True)
    refused(made(save(metres, tmp_path / "a.gpkg")), "EPSG:4326 (degrees)", "another system")


def test_degrees_in_a_file_that_says_metres_are_refused(tmp_path: Path) -> None:
    path = save(frame().set_crs(2154, allow_override=True), tmp_path / "a.gpkg")
    refused(made(path, "EPSG:2154"), "EPSG:2154 (metres)", "(0, 47)")


def test_a_shapefile_without_its_system_is_refused(tmp_path: Path) -> None:
    path = a_shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    refused(made(path), "does not say its CRS", "EPSG:4326", ".prj")


def test_crs84_and_4326_are_the_same_degrees(tmp_path: Path) -> None:
    assert len(made(save(frame(crs="OGC:CRS84"), tmp_path / "a.gpkg")).table()) == 2


def test_a_missing_column_names_what_was_expected_and_what_came(tmp_path: Path) -> None:
    path = save(frame().rename(columns={"NB": "TOTAL"}), tmp_path / "a.gpkg")
    refused(made(path), "expects, NB; it has CODE, TOTAL")


def test_a_column_declared_absent_is_empty(tmp_path: Path) -> None:
    path = save(frame().drop(columns="NB"), tmp_path / "a.gpkg")
    table = made(path, absent=("nb",)).table()
    assert table["people"].isna().all()
    assert table.attrs["absent"] == ["people"]


def test_a_misspelt_absent_column_is_refused(tmp_path: Path) -> None:
    path = save(frame().drop(columns="NB"), tmp_path / "a.gpkg")
    refused(made(path, absent=("nbb",)), "'nbb'", "it reads CODE, NB")


def test_spelling_and_case_of_columns_do_not_matter(tmp_path: Path) -> None:
    path = save(frame().rename(columns={"CODE": "Ident", "NB": "nb"}), tmp_path / "a.gpkg")
    assert list(made(path).table().columns) == ["code", "people", "geometry"]


def test_text_where_a_number_is_expected_is_refused(tmp_path: Path) -> None:
    path = save(frame(NB=["12,5", "beaucoup"]), tmp_path / "a.gpkg")
    refused(made(path), "'beaucoup'", "'NB'", "row 2", "a number was expected")


def test_a_column_where_nothing_is_known_is_nan(tmp_path: Path) -> None:
    table = made(save(frame(NB=[None, None]), tmp_path / "a.geojson")).table()
    assert table["people"].dtype == float
    assert table["people"].isna().all()


def test_a_contour_that_crosses_itself_is_repaired_and_told(tmp_path: Path) -> None:
    file = made(save(frame((HOME, BOW_TIE)), tmp_path / "a.gpkg"))
    table = file.table()
    assert table.geometry.is_valid.all()
    assert set(table.geom_type) <= {"Polygon", "MultiPolygon"}
    assert table.geometry[1].area == pytest.approx(HOME.area / 2)
    assert [(n.kind, n.count) for n in file.notices] == [("repaired", 1)]
    assert "01 first" in file.notices[0].text


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
@pytest.mark.parametrize("said", [True, False])
def test_accents_of_shapefiles(encoding: str, said: bool, tmp_path: Path) -> None:
    path = save(frame(CODE=["Résidence", "x"]), tmp_path / "a.shp", encoding=encoding)
    if not said:
        path.with_suffix(".cpg").unlink()
    assert list(made(path).table()["code"]) == ["Résidence", "x"]


def test_points_are_no_contours(tmp_path: Path) -> None:
    path = save(frame((shapely.Point(0, 47), shapely.Point(1, 47))), tmp_path / "a.gpkg")
    refused(made(path), "Point for 00", "polygons were expected")


# Tables: CSV and spreadsheets.


def csv_file(folder: Path, content: str | bytes, name: str = "a.csv") -> SourceFile:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw)
    return made(folder / name, crs=None)


def rows(file: SourceFile) -> list[list[object]]:
    return read_csv(file, COLUMNS, text=("code",)).to_numpy(dtype=object).tolist()


@pytest.mark.parametrize(
    "content",
    [
        "CODE;LAB;NB\n01;é;2.5\n02;x;3\n",
        "\ufeffCODE,LAB,NB\n01,é,2.5\n02,x,3\n",
        "CODE ; LAB ; NB\n01;é; 2,5\n02;x;3\n",
        '"NB";"CODE";"LAB"\r\n"2,5";"01";"é;,"\r\n3;02;x\r\n',
        "CODE;LAB;NB\n01;é;2.5\n02;x;3\n".encode("cp1252"),
    ],
)
def test_csv_of_every_fashion(content: str | bytes, tmp_path: Path) -> None:
    assert sorted(rows(csv_file(tmp_path, content)), key=str) in (
        [["01", 2.5], ["02", 3.0]],
        [[2.5, "01"], [3.0, "02"]],
    )


def test_windows_text_is_read_as_such(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "CODE;NB\nÉvry;1\n".encode("cp1252"))
    assert rows(file) == [["Évry", 1.0]]


def test_csv_in_an_archive(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("CODE;NB\n01;1\n", encoding="utf-8")
    zipped(tmp_path / "a.zip", {"meta_b.CSV": tmp_path / "b.csv", "b.CSV": tmp_path / "b.csv"})
    assert rows(made(tmp_path / "a.zip", crs=None)) == [["01", 1.0]]


def test_what_insee_keeps_to_itself_is_nan(tmp_path: Path) -> None:
    table = read_csv(csv_file(tmp_path, "CODE;NB\n1;nd\n2;s\n3;\n4;5\n"), COLUMNS, text=("code",))
    assert list(table["people"].isna()) == [True, True, True, False]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("CODE;NB\n01;1\n02;douze\n", ["'douze'", "'NB'", "line 3", "number"]),
        ("CODE;NB\n01;inf\n", ["'inf'", "line 2"]),
        ("CODE;X\n01;1\n", ["NB", "it has CODE, X"]),
        ("", ["CODE", "it has no column"]),
        ("CODE;NB\n01;1\n02;1;9\n", ["not a regular CSV table"]),
    ],
)
def test_bad_csv_is_refused(content: str, words: list[str], tmp_path: Path) -> None:
    file = csv_file(tmp_path, content)
    with pytest.raises(BadInput) as caught:
        rows(file)
    for word in [str(file.path), *words]:
        assert word in str(caught.value)


def sheet(folder: Path, lines: list[list[object]]) -> SourceFile:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append(line)
    book.save(folder / "a.xlsx")
    return made(folder / "a.xlsx", crs=None)


@pytest.fixture
def preamble() -> list[list[object]]:
    """Four lines of notes, an empty one, and the row of labels."""
    return [["Insee"], ["Champ"], ["Source"], ["Note"], [], ["Code du quartier", "Population"]]


def test_a_sheet_below_its_notes(preamble: list[list[object]], tmp_path: Path) -> None:
    file = sheet(tmp_path, [*preamble, ["CODE", "NB"], ["01", 12], ["02", None], ["03", "nd"]])
    table = read_sheet(file, COLUMNS, text=("code",))
    assert list(table["code"]) == ["01", "02", "03"]
    assert table["people"].tolist()[0] == 12.0
    assert list(table["people"].isna()) == [False, True, True]


def test_a_word_in_a_sheet_is_refused_with_its_line(
    preamble: list[list[object]], tmp_path: Path
) -> None:
    file = sheet(tmp_path, [*preamble, ["CODE", "NB"], ["01", 12], ["02", "peu"]])
    with pytest.raises(BadInput, match=re.escape("'peu' in column 'NB', line 9")):
        read_sheet(file, COLUMNS, text=("code",))


def test_bad_sheets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no row holding 'CODE'"):
        read_sheet(sheet(tmp_path, [["x"], ["y"]]), COLUMNS)
    (tmp_path / "a.xlsx").write_bytes(b"no")
    with pytest.raises(BadInput, match="not a readable XLS or XLSX"):
        read_sheet(made(tmp_path / "a.xlsx"), COLUMNS)
