"""Each official file in the shape its producer gives it, and what is wrong with bad ones."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from labo.catalogue import SOURCES
from labo.errors import BadInput
from labo.source import SourceFile
from labo.sources.insee import FILOSOFI
from tests import real_mirror

SQUARE = shapely.box(-0.56, 47.47, -0.55, 47.48)
BESIDE = shapely.box(-0.54, 47.47, -0.53, 47.48)


def the(source_id: str, path: Path, absent: tuple[str, ...] = ()) -> SourceFile:
    source = SOURCES[source_id]
    return SourceFile(
        source=source,
        path=path,
        vintage=source.vintage,
        sha256="",
        absent_columns=frozenset(absent),
    )


def refused(file: SourceFile, *words: str) -> None:
    with pytest.raises(BadInput) as caught:
        file.table()
    message = str(caught.value)
    assert "\n" not in message
    for word in (str(file.path), *words):
        assert word in message


def zipped(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(member, member.relative_to(folder))
    return path


# Perimeters of QPVs.


def qpvs_2024(
    codes=("QN04901M", "QN04902M"), communes=("49007", "49007,49353")
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "code_qp": list(codes),
            "lib_qp": ["Belle Beille", "Bédier"],
            "insee_dep": "49",
            "insee_com": list(communes),
            "lib_com": "Angers",
            "siren_epci": "244900015",
        },
        geometry=[SQUARE, BESIDE],
        crs=4326,
    )


def qpvs_2015() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "CODE_QP": ["QP049001", "QP049002"],
            "NOM_QP": ["Belle Beille", "Bédier"],
            "COMMUNE_QP": ["Angers", "Angers, Trélazé"],
        },
        geometry=[SQUARE, BESIDE],
        crs=4326,
    )


NATIONAL = "QP2024_France_Hexagonale_Outre_Mer_WGS84"


def as_official_zip(folder: Path) -> Path:
    """The archive of data.gouv.fr: three formats, an overseas file, a mainland one in Lambert."""
    inside = folder / "inside"
    for kind, end in (("GEOJSON", "geojson"), ("SHP", "shp"), ("GPKG", "gpkg")):
        (inside / kind).mkdir(parents=True)
        overseas = qpvs_2024(("QN97101M", "QN97102M"))
        overseas.set_crs(5490, allow_override=True).to_file(
            inside / kind / f"QP2024_Guadeloupe_RGAF09_UTM20N.{end}"
        )
        qpvs_2024().to_crs(2154).to_file(inside / kind / f"QP2024_France_hexagonale_LB93.{end}")
        qpvs_2024().to_file(inside / kind / f"{NATIONAL}.{end}")
    (inside / "LISEZ-MOI.txt").write_text("Quartiers prioritaires", encoding="utf-8")
    return zipped(folder / "qpv.zip", inside)


def as_geojson_zip(folder: Path) -> Path:
    (folder / "inside").mkdir()
    qpvs_2024().to_file(folder / "inside" / f"{NATIONAL}.geojson")
    return zipped(folder / "qpv.zip", folder / "inside")


def as_gpkg(folder: Path) -> Path:
    qpvs_2024().to_file(folder / "qpv.gpkg")
    return folder / "qpv.gpkg"


def as_shp(folder: Path) -> Path:
    qpvs_2024().to_file(folder / "qpv.shp")
    return folder / "qpv.shp"


@pytest.mark.parametrize("write", [as_official_zip, as_geojson_zip, as_gpkg, as_shp])
def test_qpvs_of_2024(write: Callable[[Path], Path], tmp_path: Path) -> None:
    table = the("anct_qpv_2024", write(tmp_path)).table()
    assert list(table.columns) == ["code", "name", "communes", "geometry"]
    assert list(table["code"]) == ["QN04901M", "QN04902M"]
    assert list(table["name"]) == ["Belle Beille", "Bédier"]
    assert list(table["communes"]) == ["49007", "49007,49353"]
    assert table.crs == "EPSG:4326"


def test_qpvs_of_2015_in_lambert(tmp_path: Path) -> None:
    (tmp_path / "SHP").mkdir()
    qpvs_2015().to_file(tmp_path / "SHP/QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp")
    qpvs_2015().to_crs(2154).to_file(tmp_path / "SHP/QP_METROPOLE_LB93.shp")
    table = the("anct_qpv_2015", zipped(tmp_path / "qp.zip", tmp_path / "SHP")).table()
    assert list(table["code"]) == ["QP049001", "QP049002"]
    assert list(table["communes"]) == ["Angers", "Angers, Trélazé"]
    assert table.crs == "EPSG:2154"


@pytest.mark.parametrize("crs", [2154, 4326])
def test_the_other_generation_is_refused_before_anything_else(crs: int, tmp_path: Path) -> None:
    qpvs_2015().to_crs(crs).to_file(tmp_path / "QP_METROPOLE_LB93.shp")
    refused(
        the("anct_qpv_2024", tmp_path / "QP_METROPOLE_LB93.shp"),
        "'QP049001'",
        "beginning with QN",
        "the 2024 generation",
    )
    qpvs_2024().to_file(tmp_path / "qpv.gpkg")
    refused(the("anct_qpv_2015", tmp_path / "qpv.gpkg"), "'QN04901M'", "the 2015 generation")


def test_a_qpv_of_another_generation_among_others_is_refused(tmp_path: Path) -> None:
    qpvs_2024(("QN04901M", "QP049002")).to_file(tmp_path / "qpv.gpkg")
    refused(the("anct_qpv_2024", tmp_path / "qpv.gpkg"), "'QP049002'")


def test_a_qpv_given_twice_is_refused(tmp_path: Path) -> None:
    qpvs_2024(("QN04901M", "QN04901M")).to_file(tmp_path / "qpv.gpkg")
    refused(the("anct_qpv_2024", tmp_path / "qpv.gpkg"), "'QN04901M' more than once")


# Boundaries and buildings.


def test_epcis(tmp_path: Path) -> None:
    path = tmp_path / "epci.json"
    member = {"code": "01001", "siren": "210100012", "nom": "L'Abergement", "populationTotale": 1}
    epci = {"code": "200069193", "nom": "CC de la Dombes", "type": "CC", "membres": [member]}
    path.write_text(json.dumps([epci]), encoding="utf-8")
    table = the("insee_epci_2026", path).table()
    assert table.to_dict("records") == [
        {
            "epci": "200069193",
            "epci_name": "CC de la Dombes",
            "commune": "01001",
            "commune_name": "L'Abergement",
        }
    ]
    for wrong in ("{", "[1]", '[{"code": "1", "nom": "x"}]', '{"code": "1"}'):
        path.write_text(wrong, encoding="utf-8")
        refused(the("insee_epci_2026", path), "list of EPCIs with code, nom and membres")


SHAPEFILE_COLUMNS = ("ID", "USAGE1", "LEGER", "NB_LOGTS", "NB_ETAGES", "HAUTEUR")
SERVICE_COLUMNS = (
    "cleabs",
    "usage_1",
    "construction_legere",
    "nombre_de_logements",
    "nombre_d_etages",
    "hauteur",
)


@pytest.mark.parametrize(
    ("columns", "light", "name"),
    [
        (SHAPEFILE_COLUMNS, ["Oui", "Non", "Non"], "BATIMENT.shp"),
        (SERVICE_COLUMNS, [True, False, False], "batiment.geojson"),
        (SERVICE_COLUMNS, [True, False, False], "batiment.gpkg"),
    ],
)
def test_buildings_in_both_spellings(
    columns: tuple[str, ...], light: list[object], name: str, tmp_path: Path
) -> None:
    values = (
        ["B1", "B2", "B2"],
        ["Résidentiel", "Indifférencié", "Indifférencié"],
        light,
        [2, -1, -1],
        [1, None, None],
        [3.5, None, None],
    )
    footprints = [SQUARE, BESIDE, BESIDE]
    table = gpd.GeoDataFrame(dict(zip(columns, values, strict=True)), geometry=footprints, crs=4326)
    table.to_crs(2154).to_file(tmp_path / name)
    file = the("ign_bdtopo_batiment_2026", tmp_path / name)
    found = file.table((-0.6, 47.4, -0.5, 47.5))
    assert list(found["building"]) == ["B1", "B2"]
    assert list(found["use"]) == ["Résidentiel", "Indifférencié"]
    assert list(found["light"]) == [True, False]
    assert found["dwellings"].tolist()[0] == 2.0
    assert found[["dwellings", "floors", "height"]].iloc[1].isna().all()
    assert {n.text for n in file.notices} == {
        "buildings given twice, taken once",
        "buildings whose dwellings are below zero",
    }


@pytest.mark.parametrize("names", [("CODE_IRIS", "INSEE_COM"), ("code_iris", "code_insee")])
def test_iris_contours(names: tuple[str, str], tmp_path: Path) -> None:
    values = {names[0]: ["490070101", "490070102"], names[1]: "49007"}
    table = gpd.GeoDataFrame(values, geometry=[SQUARE, BESIDE], crs=4326).to_crs(2154)
    table.to_file(tmp_path / "iris.gpkg")
    found = the("ign_iris_2021", tmp_path / "iris.gpkg").table()
    assert list(found["iris"]) == ["490070101", "490070102"]
    assert list(found["commune"]) == ["49007", "49007"]


@pytest.mark.parametrize(
    ("columns", "date", "dates", "name"),
    [
        (SHAPEFILE_COLUMNS, "DATE_APP", ["1957-01-01", None], "BATIMENT.shp"),
        (SERVICE_COLUMNS, "date_d_apparition", ["1957-01-01Z", None], "batiment.geojson"),
        (SERVICE_COLUMNS, "date_d_apparition", pd.to_datetime(["1957-01-01", "NaT"]), "bati.gpkg"),
        (SERVICE_COLUMNS, None, None, "batiment.gpkg"),
    ],
)
def test_year_of_a_building_where_the_file_has_dates(
    columns: tuple[str, ...], date: str | None, dates: Any, name: str, tmp_path: Path
) -> None:
    values = (["B1", "B2"], ["Résidentiel"] * 2, ["Non"] * 2, [1, 1], [1, 1], [3.5, 3.5])
    table = gpd.GeoDataFrame(
        dict(zip(columns, values, strict=True)), geometry=[SQUARE, BESIDE], crs=4326
    )
    if date is not None:
        table[date] = dates
    table.to_crs(2154).to_file(tmp_path / name)
    found = the("ign_bdtopo_batiment_2026", tmp_path / name).table()
    assert np.isnan(found["built"].iloc[1])
    np.testing.assert_equal(found["built"].iloc[0], np.nan if date is None else 1957.0)


# The 200 m grid.

SPELLINGS = {
    "2015": ("IdINSPIRE", "I_est_cr", str.capitalize),
    "2017": ("Idcar_200m", "I_est_200", str.capitalize),
    "2019": ("idcar_200m", "i_est_200", str.lower),
    "2021": ("idcar_200m", "i_est_200m", str.lower),
}
CORNERS = [(3531200, 2759200), (3531400, 2759200), (3831200, 2559200)]


def grid(vintage: str) -> gpd.GeoDataFrame:
    key, flag, spelt = SPELLINGS[vintage]
    columns: dict[str, object] = {
        key: [f"CRS3035RES200mN{y}E{x}" for x, y in CORNERS],
        "lcog_geo": ["49007"] * 3,
        flag: [0, 1, 0],
    }
    for number, official in enumerate(FILOSOFI.values()):
        columns[spelt(official)] = [number + 0.5, 7.0, 0.0]
    squares = [shapely.box(x, y, x + 200, y + 200) for x, y in CORNERS]
    return gpd.GeoDataFrame(columns, geometry=squares, crs=3035)


def grid_gpkg(table: gpd.GeoDataFrame, folder: Path) -> Path:
    table.iloc[:1].set_crs(5490, allow_override=True).to_file(
        folder / "grid.gpkg", layer="carreaux_200m_mart"
    )
    table.to_file(folder / "grid.gpkg", layer="carreaux_200m_met", mode="a")
    return folder / "grid.gpkg"


def grid_gpkg_zip(table: gpd.GeoDataFrame, folder: Path) -> Path:
    with zipfile.ZipFile(folder / "grid.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(grid_gpkg(table, folder), "carreaux_200m.gpkg")
    return folder / "grid.zip"


def grid_csv(table: gpd.GeoDataFrame, folder: Path) -> Path:
    table.drop(columns="geometry").to_csv(folder / "grid.csv", index=False)
    return folder / "grid.csv"


def grid_csv_zip(table: gpd.GeoDataFrame, folder: Path) -> Path:
    with zipfile.ZipFile(folder / "grid.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(grid_csv(table, folder), "Filosofi_carreaux_200m_met.csv")
    return folder / "grid.zip"


@pytest.mark.parametrize("write", [grid_gpkg, grid_gpkg_zip, grid_csv, grid_csv_zip])
@pytest.mark.parametrize("vintage", sorted(SPELLINGS))
def test_the_grid_of_every_vintage(
    vintage: str, write: Callable[[gpd.GeoDataFrame, Path], Path], tmp_path: Path
) -> None:
    file = the(f"insee_filosofi_200m_{vintage}", write(grid(vintage), tmp_path))
    table = file.table()
    assert list(zip(table["x"], table["y"], strict=True)) == CORNERS
    assert list(table["imputed"]) == [False, True, False]
    for number, tidy in enumerate(FILOSOFI):
        assert list(table[tidy]) == [number + 0.5, 7.0, 0.0]
    near = gpd.GeoSeries([shapely.box(3531250, 2759250, 3531350, 2759350)], crs=3035)
    west, south, east, north = near.to_crs(4326).total_bounds
    # Cells beside may come too, those far away may not.
    assert {3531200} <= set(file.table((west, south, east, north))["x"]) <= {3531200, 3531400}


@pytest.mark.parametrize(
    ("column", "row", "value", "words"),
    [
        ("idcar_200m", 1, "CRS3035RES200mN2759200E3531200", ["'CRS3035", "more than once"]),
        ("idcar_200m", 1, "CRS5490RES200mN1E2", ["'CRS5490RES200mN1E2'", "expected ids"]),
        ("men", 1, None, ["no value", "'men'", "CRS3035RES200mN2759200E3531400"]),
        ("men_pauv", 2, -1.0, ["a negative value", "'men_pauv'", "expected 0 or more"]),
        ("i_est_200m", 0, None, ["no value", "i_est_200"]),
    ],
)
def test_a_bad_cell_is_refused(
    column: str, row: int, value: object, words: list[str], tmp_path: Path
) -> None:
    table = grid("2021").astype({"i_est_200m": float})
    table.loc[row, column] = value
    refused(the("insee_filosofi_200m_2021", grid_csv(table, tmp_path)), *words)


def test_a_grid_without_some_columns(tmp_path: Path) -> None:
    path = grid_csv(grid("2021").drop(columns=["men", "men_pauv"]), tmp_path)
    refused(the("insee_filosofi_200m_2021", path), "expects, men, men_pauv; it has idcar_200m")
    table = the("insee_filosofi_200m_2021", path, ("men", "men_pauv")).table()
    assert table[["households", "poor_households"]].isna().all(axis=None)
    assert table.attrs["absent"] == ["households", "poor_households"]


def test_a_grid_that_does_not_say_what_is_imputed_is_refused(tmp_path: Path) -> None:
    path = grid_csv(grid("2021").drop(columns="i_est_200m"), tmp_path)
    refused(the("insee_filosofi_200m_2021", path, ("i_est_200",)), "imputed")


# Tables of INSEE and ANRU.


def census(folder: Path, text: str, encoding: str = "utf-8") -> SourceFile:
    (folder / "base-ic.csv").write_text(text, encoding=encoding)
    return the("insee_rp_iris_2021", folder / "base-ic.csv")


def test_the_census_by_iris(tmp_path: Path) -> None:
    text = "IRIS;COM;LAB_IRIS;P21_POP;P21_POP65P\n010010000;01001;É;10.5;2\n2A0040101;2A004;;1;0\n"
    for encoding in ("utf-8", "cp1252"):
        file = census(tmp_path, text, encoding)
        table = file.table()
        assert list(table["iris"]) == ["010010000", "2A0040101"]
        assert list(table["census_population"]) == [10.5, 1.0]
        assert list(table["census_aged_65_plus"]) == [2.0, 0.0]
        assert file.notices == []


def test_a_lost_leading_zero_is_repaired_and_told(tmp_path: Path) -> None:
    file = census(tmp_path, "IRIS;P21_POP;P21_POP65P\n10010000;10;2\n490070101;1;0\n")
    assert list(file.table()["iris"]) == ["010010000", "490070101"]
    assert [(n.kind, n.count) for n in file.notices] == [("repaired", 1)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("4900701;1;0", ["'4900701'", "9 characters"]),
        (";1;0", ["'nan'", "9 characters"]),
        ("490070102;1;0", ["'490070102' more than once"]),
        ("490070101;;0", ["no value", "'P21_POP'", "490070101"]),
        ("490070101;5;-1", ["a negative value", "'P21_POP65P'"]),
        ("490070101;cinq;1", ["'cinq'", "line 3"]),
    ],
)
def test_a_bad_line_of_the_census_is_refused(line: str, words: list[str], tmp_path: Path) -> None:
    refused(census(tmp_path, f"IRIS;P21_POP;P21_POP65P\n490070102;1;0\n{line}\n"), *words)


def statistics(folder: Path, generation: str, rows: list[list[object]]) -> SourceFile:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in ("Insee", "Filosofi", "Champ", "Source", "Note"):
        book.active.append([line])
    book.active.append(["Code du quartier", "Nom", "Population municipale", "Médiane (€)"])
    book.active.append(["CODGEO", "LIBGEO", "POP_MUN", "DISP_Q2"])
    for row in rows:
        book.active.append(row)
    book.save(folder / "qpv.xlsx")
    return the(f"insee_qpv_{generation}", folder / "qpv.xlsx")


def test_the_statistics_of_qpvs(tmp_path: Path) -> None:
    file = statistics(
        tmp_path,
        "2024",
        [
            ["QN04901M", "Belle Beille", 3282, 11250.5],
            ["QN04902M", "Bédier", 900, "nd"],
            [],
            ["Source : Insee"],
        ],
    )
    table = file.table()
    assert list(table["code"]) == ["QN04901M", "QN04902M"]
    assert list(table["municipal_population"]) == [3282.0, 900.0]
    assert list(table["median_income"].isna()) == [False, True]
    assert file.notices == []


def test_rows_that_are_no_qpv_are_set_aside_and_told(tmp_path: Path) -> None:
    file = statistics(tmp_path, "2015", [["QP049001", "x", 10, 1], ["49007", "Angers", 100, 2]])
    assert list(file.table()["code"]) == ["QP049001"]
    assert [(n.kind, n.count) for n in file.notices] == [("rejected", 1)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["QP049001", "x", 1, 1]], ["begins with QN", "'QP049001'", "2024 generation"]),
        ([], ["begins with QN", "'nothing'"]),
        ([["QN04901M", "x", 1, 1]] * 2, ["'QN04901M' more than once"]),
        ([["QN04901M", "x", -5, 1]], ["a negative value", "'POP_MUN'", "QN04901M"]),
        ([["QN04901M", "x", "peu", 1]], ["'peu'", "'POP_MUN'", "line 8"]),
    ],
)
def test_bad_statistics_are_refused(
    rows: list[list[object]], words: list[str], tmp_path: Path
) -> None:
    refused(statistics(tmp_path, "2024", rows), *words)


def programmes(folder: Path, lines: str) -> SourceFile:
    text = "code_qp;npnru;quartiers_resilients\n" + lines
    (folder / "anru.csv").write_text(text, encoding="utf-8")
    return the("anru_programmes_2024", folder / "anru.csv")


def test_the_programmes_of_anru(tmp_path: Path) -> None:
    table = programmes(tmp_path, "QN04901M;National;oui\nQN04902M;;non\nQN04903M;;\n").table()
    assert table.to_numpy().tolist() == [
        ["QN04901M", "national", "oui"],
        ["QN04902M", "", "non"],
        ["QN04903M", "", ""],
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("QN04901M;local;oui", ["'local'", "'npnru'", "national or regional"]),
        ("QN04901M;national;1", ["'1'", "'quartiers_resilients'", "oui or non"]),
        ("QP049001;national;oui", ["'QP049001'", "2024 generation"]),
        ("QN04901M;;\nQN04901M;;", ["more than once"]),
    ],
)
def test_bad_programmes_are_refused(line: str, words: list[str], tmp_path: Path) -> None:
    refused(programmes(tmp_path, line + "\n"), *words)


# Real files.


def test_the_real_contours(shared_data: Path, tmp_path: Path) -> None:
    mirror = real_mirror.build(tmp_path / "mirror", shared_data)
    qpvs = the("anct_qpv_2024", mirror / "qpv_2024.zip").table()
    assert len(qpvs) == 17
    assert qpvs.geometry.is_valid.all()
    assert "QN02902M" in set(qpvs["code"])
    communes = the("ign_communes_2026", mirror / "communes.geojson").table()
    assert len(communes) == 66
    epcis = the("insee_epci_2026", mirror / "epci.json").table()
    assert set(communes["code"]) <= set(epcis["commune"])
    assert epcis["epci"].nunique() == 130


def test_the_real_grid_and_census(shared_data: Path, tmp_path: Path) -> None:
    mirror = real_mirror.build(tmp_path / "mirror", shared_data)
    absent = tuple(real_mirror.ABSENT)
    cells = the("insee_filosofi_200m_2021", mirror / "filosofi_2021.csv", absent).table()
    assert len(cells) == 700
    assert cells["imputed"].mean() == pytest.approx(0.129, abs=0.001)
    iris = the("insee_rp_iris_2021", mirror / "rp_iris_2021.csv").table()
    assert len(iris) == 3677
    angers = iris[iris["iris"].str.startswith("49007")]
    assert len(angers) == 69
    assert angers["census_population"].sum() == 157177


def test_the_real_buildings(shared_data: Path) -> None:
    file = the("ign_bdtopo_batiment_2026", shared_data / "bdtopo/v3_sample_12174/BATIMENT.shp")
    table = file.table()
    assert len(table) + sum(n.count for n in file.notices if "twice" in n.text) == 2273
    assert table.crs == "EPSG:2154"
    assert set(table.geom_type) <= {"Polygon", "MultiPolygon"}
    assert "Résidentiel" in set(table["use"])
    assert pd.api.types.is_float_dtype(table["dwellings"])
    assert table["dwellings"].sum() > 0
