"""Ville-Témoin: the official rules hold in its files, and its truth agrees with them."""

import hashlib
import json
import re
import sqlite3
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from labo.crosswalk import PERIOD_STARTS
from labo.demo import FORMS, BadForm, Form, register, write
from labo.demo.counts import COLUMNS
from labo.demo.fiction import Registry
from labo.demo.grid import groups
from labo.spelling import COMMUNE

RESIDENTS = 8_000
COUNTED = [name for name in COLUMNS if name not in ("ind", "ind_snv", "men_surf")]
FORM_IDS = ["compact_centre", "edge_estates", "garden_suburb", "coastal_strip", "small_town"]
BDTOPO = [
    "ID", "NATURE", "USAGE1", "USAGE2", "LEGER", "ETAT", "DATE_APP", "NB_LOGTS", "NB_ETAGES",
    "MAT_MURS", "MAT_TOITS", "HAUTEUR", "Z_MIN_SOL", "Z_MAX_SOL", "ORIGIN_BAT", "APP_FF",
]  # fmt: skip
FILOSOFI = [
    "idcar_200m", "idcar_1km", "idcar_nat", "i_est_200", "i_est_1km", "lcog_geo", "ind", "men",
    "men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp", "ind_snv", "men_surf", "men_coll",
    "men_mais", "log_av45", "log_45_70", "log_70_90", "log_ap90", "log_inc", "log_soc", "ind_0_3",
    "ind_4_5", "ind_6_10", "ind_11_17", "ind_18_24", "ind_25_39", "ind_40_54", "ind_55_64",
    "ind_65_79", "ind_80p", "ind_inc",
]  # fmt: skip
QPV_2024 = [
    "fid", "code_qp", "lib_qp", "insee_reg", "lib_reg", "insee_dep", "lib_dep", "insee_com",
    "lib_com", "siren_epci",
]  # fmt: skip


def write_all_forms(folder: Path) -> list[dict[str, Any]]:
    return write(folder, residents=RESIDENTS, territories=len(FORM_IDS))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """One mirror with a territory of each form, read once."""
    folder = tmp_path_factory.mktemp("temoin")
    summaries = write_all_forms(folder)
    with zipfile.ZipFile(folder / "qpv_2024.zip") as zipped:
        name = "GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
        recent = pyogrio.read_dataframe(zipped.read(name))
        recent_raw = json.loads(zipped.read(name))
    older = pyogrio.read_dataframe(f"/vsizip/{folder}/qpv_2015.zip/SHP/QP_METROPOLE_LB93.shp")
    text = {"territory": str, "generation": str, "zone": str}
    return SimpleNamespace(
        folder=folder,
        summaries=summaries,
        recent=recent,
        recent_raw=recent_raw,
        older=older,
        cells=pyogrio.read_dataframe(
            folder / "filosofi_200m_2021.gpkg", layer="carreaux_200m_met"
        ),
        buildings=pyogrio.read_dataframe(folder / "batiment.gpkg", layer="batiment"),
        communes=pyogrio.read_dataframe(folder / "communes.geojson"),
        iris=pyogrio.read_dataframe(folder / "iris_2021.gpkg", layer="iris"),
        census=pd.read_csv(folder / "rp_iris_2021.csv", sep=";", dtype={"IRIS": str, "COM": str}),
        counts=pd.read_csv(folder / "truth" / "counts.csv", dtype=text, keep_default_na=False,
                           na_values={c: [""] for c in (*COLUMNS, "snv_raw")}),
        indicators=pd.read_csv(
            folder / "truth" / "indicators.csv", dtype=text, keep_default_na=False
        ),
    )  # fmt: skip


def sheet(path: Path) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return rows


def truth(town, kind: str, concept: str = "fiscal", generation: str = "") -> pd.DataFrame:
    table = town.counts
    return table[
        (table["zone_kind"] == kind)
        & (table["concept"] == concept)
        & (table["generation"] == generation)
    ].set_index("zone")


def test_same_arguments_give_the_same_bytes(town, tmp_path):
    write_all_forms(tmp_path)
    assert digests(tmp_path) == digests(town.folder)


def test_another_seed_is_another_city(tmp_path):
    write(tmp_path / "a", residents=2_000)
    write(tmp_path / "b", residents=2_000, seed=1)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert a.keys() == b.keys()
    same = {name for name in a if a[name] == b[name]}
    assert same == {"truth/README.txt"}


def test_writing_again_replaces_what_was_there(tmp_path):
    write(tmp_path, residents=3_000, territories=2)
    write(tmp_path, residents=2_000)
    write(tmp_path / "alone", residents=2_000)
    again = {k: v for k, v in digests(tmp_path).items() if not k.startswith("alone")}
    assert again == digests(tmp_path / "alone")


def test_no_file_bears_the_date_of_the_day(town):
    for name in ("batiment.gpkg", "filosofi_200m_2021.gpkg", "iris_2021.gpkg"):
        with sqlite3.connect(town.folder / name) as base:
            dates = base.execute("select last_change from gpkg_contents").fetchall()
        base.close()
        assert {date[0][:10] for date in dates} == {"2026-01-01"}
    for name in ("qpv_2024.zip", "insee_qpv_2024.xlsx"):
        with zipfile.ZipFile(town.folder / name) as zipped:
            assert {entry.date_time for entry in zipped.infolist()} == {(2026, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"form": "medieval"}, ["'medieval'", "compact_centre", "small_town"]),
        ({"residents": 1_999}, ["1999", "2,000", "5,000,000"]),
        ({"residents": 5_000_001}, ["5000001"]),
        ({"territories": 0}, ["0 territories"]),
        ({"seed": -1}, ["-1"]),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(tmp_path, arguments, words):
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        write(tmp_path / "none", **arguments)
    assert all(word in str(refusal.value) for word in words)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"residents_by_fabric": {"castles": 1.0}},
        {"residents_by_fabric": {"detached": 1.0}},
        {"qpv_share": 1.2},
        {"block_size": 20.0},
        {"street_disorder": 0.5},
        {"residents_per_km2": 3.0},
        {"estate_ring": (0.9, 0.4)},
        {"communes": 1},
    ],
)
def test_a_form_that_could_not_be_a_city_is_refused(change):
    good: dict[str, Any] = {
        "label": "essai", "residents_by_fabric": {"terraces": 0.8, "estate": 0.2},
        "residents_per_km2": 400, "qpv_share": 0.1,
    }  # fmt: skip
    Form(**good)
    with pytest.raises(BadForm):
        Form(**(good | change))


def test_a_new_form_is_only_a_declaration(tmp_path, monkeypatch):
    form = Form(
        label="village-rue",
        residents_by_fabric={"terraces": 0.4, "estate": 0.2, "scattered": 0.4},
        residents_per_km2=150,
        qpv_share=0.15,
        qpv_count=2,
        block_size=90,
    )
    monkeypatch.setitem(FORMS, "street_village", form)
    (summary,) = write(tmp_path, residents=4_000, form="street_village")
    assert summary["form"] == "street_village"
    assert summary["qpv"] == 2
    assert summary["residents"] == pytest.approx(4_000, rel=0.01)


def test_the_forms_are_taken_in_turn_and_the_small_town_has_one_qpv(town):
    assert list(FORMS) == FORM_IDS
    assert [s["form"] for s in town.summaries] == FORM_IDS
    assert [s["id"] for s in town.summaries][:2] == ["ville-temoin", "ville-temoin-2"]
    assert [s["qpv"] for s in town.summaries][-1] == 1
    assert all(s["qpv"] >= 2 for s in town.summaries[:-1])


def test_population_is_the_one_asked_for(town):
    everyone = truth(town, "epci", "all")
    for summary in town.summaries:
        assert summary["residents"] == pytest.approx(RESIDENTS, rel=0.01)
        assert everyone.loc[summary["epci"], "ind"] == summary["residents"]
        assert 0.04 < summary["qpv_share"] < 0.2


def test_every_name_says_that_it_is_fictive(town):
    assert town.recent["lib_qp"].str.endswith("(fictif)").all()
    assert town.older["NOM_QP"].str.endswith("(fictif)").all()
    epcis = json.loads((town.folder / "epci.json").read_text("utf-8"))
    assert all("données fictives" in epci["nom"] for epci in epcis)
    assert "données fictives" in (town.folder / "truth" / "README.txt").read_text("utf-8")
    assert "données fictives" in str(sheet(town.folder / "insee_qpv_2024.xlsx")[0][0])


def test_the_mirror_names_every_file_and_its_digest(town):
    mirror = tomllib.loads((town.folder / "mirror.toml").read_text("utf-8"))
    assert len(mirror["sources"]) >= 40
    for source, entry in mirror["sources"].items():
        assert source.endswith(entry["vintage"])
        digest = hashlib.sha256((town.folder / entry["path"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"]
    assert mirror["territories"] == {s["id"]: s["epci"] for s in town.summaries}


def test_columns_are_those_of_the_official_files(town):
    assert list(town.cells.columns) == [*FILOSOFI, "geometry"]
    assert town.cells.crs.to_epsg() == 3035
    assert list(town.buildings.columns) == [*BDTOPO, "geometry"]
    assert town.buildings.crs.to_epsg() == 2154
    assert list(town.recent.columns) == [*QPV_2024, "geometry"]
    assert town.recent.crs.to_epsg() == 4326
    assert list(town.older.columns) == ["CODE_QP", "NOM_QP", "COMMUNE_QP", "geometry"]
    assert town.older.crs.to_epsg() == 2154
    assert list(town.communes.columns) == [
        "code", "nom", "departement", "region", "epci", "geometry",
    ]  # fmt: skip
    assert list(town.iris.columns) == [
        "CODE_IRIS", "INSEE_COM", "NOM_COM", "IRIS", "NOM_IRIS", "TYP_IRIS", "geometry",
    ]  # fmt: skip
    assert {"IRIS", "COM", "TYP_IRIS", "LAB_IRIS", "P21_POP", "P21_POP75P", "P21_RP_VOIT1P"} <= set(
        town.census.columns
    )
    for generation in (2024, 2015):
        rows = sheet(town.folder / f"insee_qpv_{generation}.xlsx")
        assert rows[6] == ("CODGEO", "LIBGEO", "POP_MUN", "DISP_Q2")
    (epci, *_) = json.loads((town.folder / "epci.json").read_text("utf-8"))
    assert {"code", "nom", "type", "populationTotale", "populationMunicipale", "membres"} <= set(
        epci
    )
    assert set(epci["membres"][0]) == {
        "code", "siren", "nom", "populationTotale", "populationMunicipale",
    }  # fmt: skip


def test_cells_are_named_by_their_south_west_corner(town):
    corner = shapely.bounds(town.cells.geometry.to_numpy()).astype(int)
    names = [f"CRS3035RES200mN{n}E{e}" for e, n in corner[:, :2]]
    assert names == town.cells["idcar_200m"].tolist()
    assert (corner[:, :2] % 200 == 0).all()
    assert (corner[:, 2:] - corner[:, :2] == 200).all()
    assert town.cells["idcar_200m"].is_unique
    assert town.cells["lcog_geo"].str.fullmatch(r"(\d{5})+").all()


def test_exact_cells_have_eleven_households_and_whole_numbers(town):
    exact = town.cells[town.cells["i_est_200"] == 0]
    assert exact["men"].min() >= 11
    assert (exact[COUNTED] * 2 % 1 == 0).all(axis=None)
    assert (exact["men_pauv"] <= 0.8 * exact["men"]).all()
    assert (exact["men_coll"] + exact["men_mais"] == exact["men"]).all()
    periods = exact[["log_av45", "log_45_70", "log_70_90", "log_ap90", "log_inc"]].sum(axis=1)
    assert (periods == exact["men"]).all()
    ages = exact[[c for c in COLUMNS if re.match(r"ind_(\d|inc)", c)]].sum(axis=1)
    assert (ages == exact["ind"]).all()
    assert (town.cells["ind"] * 2 % 1 == 0).all()
    assert (town.cells["ind"] * 2 % 2 == 1).any(), "no child in shared custody"


def test_imputed_cells_share_the_rates_of_a_group_of_eleven_households(town):
    imputed = town.cells[town.cells["i_est_200"] == 1]
    share = len(imputed) / len(town.cells)
    assert 0.55 < share < 0.9
    assert 0.08 < imputed["ind"].sum() / town.cells["ind"].sum() < 0.3
    names = ["ind_snv", "men_surf", *COUNTED]
    sums = imputed.groupby("idcar_nat")[["ind", *names]].transform("sum")
    size = imputed.groupby("idcar_nat")["ind"].transform("size")
    assert (sums["men"] >= 11 - 0.05 * size).all()
    for name in names:
        expected = imputed["ind"] * sums[name] / sums["ind"]
        # Each published value was rounded to one decimal, the group's total is their sum.
        slack = 0.051 + 0.05 * size * imputed["ind"] / sums["ind"]
        assert ((imputed[name] - expected).abs() <= slack).all()
    assert (imputed["idcar_nat"] != imputed["idcar_200m"]).all()


def test_cells_add_up_to_the_truth_of_the_agglomeration(town):
    code = dict(zip(town.communes["code"], town.communes["epci"], strict=True))
    cells = town.cells.assign(epci=town.cells["lcog_geo"].str[:5].map(code))
    total = cells.groupby("epci")[list(COLUMNS)].sum()
    rounding = 0.05 * cells["i_est_200"].groupby(cells["epci"]).sum() + 0.5
    exact = truth(town, "epci").loc[total.index]
    assert (total["ind"] == exact["ind"]).all()
    for name in ["ind_snv", "men_surf", *COUNTED]:
        gap = exact[name] - total[name]
        if name == "men_pauv":
            assert (gap >= -rounding).all()
            assert (gap <= 0.1 * exact[name]).all()
        else:
            assert (gap.abs() <= rounding).all(), name


def test_the_smallest_other_cell_joins_a_group_that_is_too_small():
    # One published 1 km square: 5 households cannot stand alone, so the cell of 12 goes with them;
    # the next square has 3 households in all and the third 9, which only a larger square can hold.
    east = np.array([0, 200, 400, 1_200, 3_000])
    north = np.array([0, 0, 400, 200, 1_000])
    secrecy = groups(east, north, np.array([5.0, 12.0, 40.0, 3.0, 9.0]))
    assert secrecy.imputed.tolist() == [True, True, False, True, True]
    assert secrecy.group[0] == secrecy.group[1]
    assert secrecy.group[3] == secrecy.group[4] != secrecy.group[0]
    assert secrecy.square.tolist() == [1_000, 1_000, 200, 4_000, 4_000]
    assert secrecy.kilometre.tolist() == [False, False, False, True, True]


def test_qpv_perimeters_are_plausible(town):
    metric = town.recent.to_crs(2154)
    assert metric.geometry.is_valid.all()
    assert set(metric.geom_type) == {"MultiPolygon"}
    hectares = metric.area / 1e4
    assert hectares.between(0.8, 80).all()
    assert hectares.max() > 3
    assert town.recent["code_qp"].str.fullmatch(r"QN0\w\w\d\d[MIN]").all()
    assert town.older["CODE_QP"].str.fullmatch(r"QP0\w\w\d\d\d").all()
    assert town.recent["code_qp"].is_unique
    assert town.older["CODE_QP"].is_unique
    assert town.recent["code_qp"].is_monotonic_increasing
    # Edges follow streets, so hardly any vertex lies on a line of the grid.
    grid = shapely.get_coordinates(town.recent.to_crs(3035).geometry.to_numpy())
    assert (np.abs(grid % 200 - 100) > 99).mean() < 0.1


def test_a_qpv_straddles_two_communes(town):
    straddling = town.recent[town.recent["insee_com"].str.contains(",")]
    assert len(straddling) >= 1
    contours = town.communes.to_crs(2154).set_index("code").geometry
    for qpv in straddling.to_crs(2154).itertuples():
        parts = [contours[code].intersection(qpv.geometry).area
                 for code in qpv.insee_com.split(",")]  # fmt: skip
        assert min(parts) > 0.005 * qpv.geometry.area
        assert sum(parts) > 0.95 * qpv.geometry.area


def test_the_two_generations_differ_in_part(tmp_path):
    write(tmp_path, residents=60_000, form="edge_estates", seed=3)
    with zipfile.ZipFile(tmp_path / "qpv_2024.zip") as zipped:
        recent = pyogrio.read_dataframe(zipped.read(zipped.namelist()[0])).to_crs(2154)
    older = pyogrio.read_dataframe(f"/vsizip/{tmp_path}/qpv_2015.zip/SHP/QP_METROPOLE_LB93.shp")
    suffix = recent["code_qp"].str[-1]
    assert "N" in set(suffix)
    covered = recent.intersection(older.union_all()).area / recent.area
    assert (covered[suffix == "N"] < 0.01).all()
    assert (covered[suffix == "I"] > 0.999).all()
    assert covered[suffix == "M"].between(0.2, 1).all()
    gone = older.intersection(recent.union_all()).area / older.area
    assert (gone < 0.01).sum() == 1


def test_official_figures_are_the_truth_slightly_perturbed(town):
    for generation in (2024, 2015):
        everyone = truth(town, "qpv", "all", str(generation))
        rows = sheet(town.folder / f"insee_qpv_{generation}.xlsx")[7:]
        assert {row[0] for row in rows} == set(everyone.index)
        gaps = [abs(row[2] - everyone.loc[row[0], "ind"]) for row in rows]
        assert max(gaps) <= (6 if generation == 2024 else 0)
        assert all(6_000 < row[3] < 30_000 for row in rows)


def test_some_residents_belong_to_no_fiscal_household(town):
    for kind, generation in (("epci", ""), ("qpv", "2024")):
        everyone = truth(town, kind, "all", generation)["ind"]
        fiscal = truth(town, kind, "fiscal", generation)["ind"]
        assert (fiscal <= everyone * 1.05).all()
        outside = 1 - fiscal.sum() / everyone.sum()
        assert 0.005 < outside < (0.05 if kind == "epci" else 0.35)


def test_zones_of_truth_add_up(town):
    for concept in ("fiscal", "all"):
        whole = truth(town, "epci", concept)
        assert truth(town, "commune", concept)["ind"].sum() == pytest.approx(whole["ind"].sum())
        for generation in ("2024", "2015"):
            inside = truth(town, "qpv", concept, generation)["ind"].sum()
            rest = truth(town, "rest_of_epci", concept, generation)["ind"].sum()
            assert inside + rest == pytest.approx(whole["ind"].sum())


def test_indicators_follow_from_the_counts(town):
    assert len(set(town.indicators["indicator"])) >= 65
    (code, *_) = truth(town, "qpv", generation="2024").index
    counts = truth(town, "qpv", generation="2024").loc[code]
    table = town.indicators.query("zone == @code and concept == 'fiscal'").set_index("indicator")
    value = table["value"]
    assert value["poverty_share"] == pytest.approx(counts["men_pauv"] / counts["men"])
    assert value["floor_area_per_person"] == pytest.approx(counts["men_surf"] / counts["ind"])
    assert value["tenant_share"] == pytest.approx(1 - counts["men_prop"] / counts["men"])
    shares = town.indicators[town.indicators["indicator"].str.endswith("_share")]
    assert shares["value"].between(0, 1).all()


def test_qpvs_are_poorer_and_more_social_than_the_rest(town):
    qpv = truth(town, "qpv", generation="2024").sum(numeric_only=True)
    rest = truth(town, "rest_of_epci", generation="2024").sum(numeric_only=True)
    assert 0.3 < qpv["men_pauv"] / qpv["men"] < 0.65
    assert 0.07 < rest["men_pauv"] / rest["men"] < 0.2
    assert qpv["log_soc"] / qpv["men"] > 0.4
    assert rest["log_soc"] > 0
    assert qpv["men_prop"] > 0
    assert qpv["ind_snv"] / qpv["ind"] < 0.8 * rest["ind_snv"] / rest["ind"]


def test_the_buildings_file_has_the_flaws_of_the_register(town):
    table = town.buildings
    assert table["ID"].is_unique
    assert table.geometry.is_valid.all()
    homes = table[table["USAGE1"] == "Résidentiel"]
    assert 0.03 < homes["NB_LOGTS"].isna().mean() < 0.35
    assert 0.005 < (homes["NB_LOGTS"] == 0).mean() < 0.15
    assert table["HAUTEUR"].isna().any()
    assert homes["NB_ETAGES"].isna().mean() > homes["NB_LOGTS"].isna().mean()
    uses = set(table["USAGE1"])
    assert {"Résidentiel", "Indifférencié", "Commercial et services", "Annexe"} <= uses
    true = sum(int(s["dwellings"]) for s in town.summaries)
    assert 0.65 * true < table["NB_LOGTS"].sum() < 1.0 * true
    assert (homes["NB_LOGTS"] >= 20).any()


def test_iris_tile_the_communes_and_carry_the_census(town):
    assert set(town.iris["CODE_IRIS"]) == set(town.census["IRIS"])
    tiled = town.iris.dissolve("INSEE_COM").area
    communes = town.communes.to_crs(2154).set_index("code").area
    assert np.allclose(tiled, communes[tiled.index], rtol=1e-3)
    people = town.census.groupby("COM")["P21_POP"].sum()
    everyone = truth(town, "commune", "all")["ind"]
    assert np.allclose(people, everyone[people.index])
    split = town.census[["P21_POP0019", "P21_POP2064", "P21_POP65P"]].sum(axis=1)
    assert np.allclose(split, town.census["P21_POP"])
    lived = town.census[["P21_RP", "P21_RSECOCC", "P21_LOGVAC"]].sum(axis=1)
    assert np.allclose(lived, town.census["P21_LOG"])


def test_streets_are_connected_and_places_are_inside(town):
    roads = pyogrio.read_dataframe(town.folder / "troncon_de_route.gpkg")
    ends = shapely.get_coordinates(roads.geometry.to_numpy()).round(2)
    nodes, number = np.unique(ends, axis=0, return_inverse=True)
    a, b = number.reshape(-1, 2).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(nodes), len(nodes)))
    parts, _ = connected_components(graph, directed=False)
    assert parts == len(FORM_IDS)
    places = pd.read_csv(town.folder / "bpe.csv", sep=";", dtype={"DEPCOM": str})
    assert {"TYPEQU", "LAMBERT_X", "LAMBERT_Y", "DEPCOM"} <= set(places.columns)
    assert (places["TYPEQU"] == "A129").sum() == len(town.communes)
    points = shapely.points(places["LAMBERT_X"], places["LAMBERT_Y"])
    assert shapely.covers(town.communes.to_crs(2154).union_all().buffer(60), points).all()


def test_territories_stand_apart(town):
    contours = town.communes.to_crs(2154).dissolve("epci").geometry
    for k, one in enumerate(contours):
        for other in contours.iloc[k + 1 :]:
            assert one.distance(other) > 2_000


def test_codes_stay_unique_over_many_territories():
    registry = Registry()
    codes = []
    for _ in range(137):
        registry.open_territory(9, 7)
        codes += [registry.commune() for _ in range(9)]
        codes += [registry.qpv_2024("M") for _ in range(7)]
        codes += [registry.qpv_2015() for _ in range(8)]
    assert codes[0] == "99001"
    assert codes[9] == "QN09901M"
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {5, 8}
    assert not [code for code in codes if code.startswith(("2A", "2B", "QN02", "QP02"))]


def test_dates_of_buildings_and_counts_of_cells_have_the_same_periods() -> None:
    first, years = register._FIRST_YEAR, register._YEARS
    assert tuple(first[1:]) == PERIOD_STARTS
    assert (first + years)[:-1].tolist() == first[1:].tolist()


def test_codes_of_many_territories_are_read():
    """Beyond 99 neighbourhoods come other departments, which readers of communes must take."""
    registry = Registry()
    communes = set()
    for _ in range(150):
        registry.open_territory(communes=60, qpvs=20)
        communes.update(registry.commune() for _ in range(60))
        for _ in range(20):
            registry.qpv_2024("M")
    assert len({code[:2] for code in communes}) > 20
    assert [code for code in communes if not re.fullmatch(COMMUNE, code)] == []
