"""Water, drought, air, noise and pollution: readers, formulas by hand numbers, the demo's files."""

import hashlib
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from labo.catalogue import LAYERS, SOURCES
from labo.demo import census, hazards, nuisances
from labo.demo.city import City, raise_city
from labo.demo.form import FORMS
from labo.demo.perimeters import dissolve
from labo.demo.site import Site
from labo.demo.truth import Zone
from labo.indicators import water_air
from labo.layers import air, water
from labo.raster import Raster
from labo.source import SourceFile
from labo.way import AtHomes, OfCommune
from tests.engine.test_sources import refused, the, zipped

X, Y = 430_000.0, 6_710_000.0
SQUARE = shapely.box(X, Y, X + 1_000, Y + 1_000)
BESIDE = shapely.box(X + 2_000, Y, X + 3_000, Y + 1_000)
AROUND = (-0.7, 47.3, -0.4, 47.6)
ELSEWHERE = (4.0, 45.0, 4.1, 45.1)
NAN = math.nan


# Formulas, by hand.


def areas(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "scenario"])


FLOODS = areas(
    ("river", "frequent"),
    ("river", "medium"),
    ("runoff", "medium"),
    ("river", "extreme"),
    ("sea", "medium"),
    ("sea", "medium_climate"),
    ("sea", "short_term"),
    ("other", "medium"),
)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (water.flood_residents, [1, 1, 1, 0, 0, 0, 0, 0]),
        (water.flood_households, [1, 1, 1, 0, 0, 0, 0, 0]),
        (water.flood_extreme_residents, [1, 1, 1, 1, 0, 0, 0, 0]),
        (water.submersion_residents, [0, 0, 0, 0, 1, 0, 0, 0]),
        (water.submersion_climate_residents, [0, 0, 0, 0, 1, 1, 0, 0]),
        (water.ppri_residents, [1, 1, 1, 1, 1, 1, 1, 0]),
    ],
)
def test_each_scenario_floods_what_a_more_frequent_one_does(
    formula: Any, expected: list[float]
) -> None:
    assert formula(FLOODS).tolist() == expected


def test_only_medium_and_high_exposure_to_clay_counts_among_all_houses() -> None:
    zones = pd.DataFrame({"level": [1.0, 2.0, 3.0]})
    assert water.clay_houses(zones).tolist() == [0, 1, 1]
    assert water.houses(zones).tolist() == [1, 1, 1]


def orders(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["hazard", "begin", "published"])
    for name in ("begin", "published"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
    return table


def test_orders_are_counted_per_year_since_the_law() -> None:
    # From 1982 to 2021 there are 40 years.
    table = orders(
        ("flood", "1999-12-25", "1999-12-29"),
        ("drought", "2003-07-01", "2004-08-25"),
        ("storm", "2021-02-01", "2021-03-01"),
        ("flood", "1981-06-01", "1982-11-18"),
    )
    assert water.catnat_flood_orders(table).tolist() == [1 / 40, 0, 0, 0]
    assert water.catnat_drought_orders(table).tolist() == [0, 1 / 40, 0, 0]


def test_no_order_at_all_is_no_row() -> None:
    assert len(water.catnat_flood_orders(orders())) == 0


def restrictions(*rows: tuple[str, int, str, str | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["commune", "level", "begin", "end"])
    for name in ("begin", "end"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
    return table


def test_a_day_under_several_orders_counts_once() -> None:
    table = restrictions(
        ("49007", 1, "2022-07-11", "2022-07-20"),  # 10 days
        ("49007", 3, "2022-07-16", "2022-07-25"),  # 5 more
        ("49007", 2, "2022-07-12", "2022-07-13"),  # none
        ("49007", 0, "2022-08-01", "2022-08-31"),  # vigilance restricts nothing
        ("49353", 1, "2022-07-16", "2022-07-17"),  # another commune: 2
        ("49007", 1, "2023-07-01", "2023-07-01"),  # 1, and a second year
    )
    assert water.water_restriction_days(table).tolist() == [5, 2.5, 0, 0, 1, 0.5]


def test_an_order_in_force_counts_up_to_the_last_day_of_the_file() -> None:
    table = restrictions(("49007", 1, "2022-07-01", None), ("49353", 1, "2022-07-02", "2022-07-10"))
    assert water.water_restriction_days(table).tolist() == [10, 9]
    assert len(water.water_restriction_days(table.iloc[:0])) == 0


def test_good_waters_are_the_two_best_classes() -> None:
    states = pd.DataFrame({"state": [1.0, 2.0, 3.0, 5.0]})
    assert water.good_rivers(states).tolist() == [1, 1, 0, 0]
    classes = pd.DataFrame({"class": [1.0, 2.0, 3.0, 4.0]})
    assert water.good_bathing(classes).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("formula", "threshold"),
    [
        (air.pm25_above_who, 5),
        (air.pm25_above_2030, 10),
        (air.no2_above_who, 10),
        (air.no2_above_2030, 20),
    ],
)
def test_a_threshold_is_exceeded_above_it(formula: Any, threshold: float) -> None:
    values = np.array([threshold - 0.1, threshold, threshold + 0.1])
    assert formula(values).tolist() == [0, 0, 1]


def noise(*rows: tuple[str, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["emitter", "lower", "limit"])


def test_noise_of_roads_by_class_and_by_the_map_of_limits() -> None:
    table = noise(
        ("road", 55, False),
        ("road", 65, False),
        ("road", 70, False),
        ("road", NAN, True),
        ("rail", 75, False),
    )
    assert air.road_noise_55(table).tolist() == [1, 1, 1, 1, 0]
    assert air.road_noise_68(table).tolist() == [0, 0, 1, 1, 0]


def test_a_class_that_straddles_the_limit_says_nothing_without_the_map_of_limits() -> None:
    found = air.road_noise_68(noise(("road", 60, False), ("road", 65, False), ("road", 70, False)))
    np.testing.assert_array_equal(found, [0, NAN, 1])


SHARES = {
    "flood_residents_share": 2,
    "flood_dwellings_share": 2,
    "flood_extreme_residents_share": 2,
    "ppri_residents_share": 2,
    "submersion_residents_share": 2,
    "submersion_climate_residents_share": 2,
    "clay_houses_share": 2,
    "pm25_above_who_share": 2,
    "no2_above_who_share": 2,
    "pm25_above_2030_share": 2,
    "no2_above_2030_share": 2,
    "road_noise_55_share": 2,
    "road_noise_68_share": 2,
    "polluted_site_500m_share": 2,
}
GIVEN = (
    "catnat_flood_orders_per_year",
    "catnat_drought_orders_per_year",
    "water_restriction_days_per_year",
    "pm25_mean",
    "no2_mean",
    "o3_mean",
    "good_rivers_share",
    "good_bathing_share",
)


@pytest.mark.parametrize("name", SHARES)
def test_a_share_is_of_people_and_not_of_ground(name: str) -> None:
    part, whole = np.array([30.0, 0.0, 5.0]), np.array([120.0, 80.0, 0.0])
    np.testing.assert_array_equal(getattr(water_air, name)(part, whole), [0.25, 0.0, NAN])


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_given_is_shown_as_it_is(name: str) -> None:
    values = np.array([1.5, NAN])
    np.testing.assert_array_equal(getattr(water_air, name)(values), values)


def test_every_indicator_of_the_module_is_examined() -> None:
    declared = {k for k, v in vars(water_air).items() if getattr(v, "__module__", "") == (
        water_air.__name__
    )}  # fmt: skip
    assert declared == set(SHARES) | set(GIVEN)


def test_missing_is_not_turned_into_zero() -> None:
    pixels = np.array([NAN, 30.0])
    for formula in (air.pm25, air.no2, air.o3):
        np.testing.assert_array_equal(formula(pixels), [NAN, 30.0])
    for above in (
        air.pm25_above_who,
        air.pm25_above_2030,
        air.no2_above_who,
        air.no2_above_2030,
    ):
        np.testing.assert_array_equal(above(pixels), [NAN, 1.0])
    np.testing.assert_array_equal(water.good_rivers(pd.DataFrame({"state": [NAN, 4.0]})), [NAN, 0])
    np.testing.assert_array_equal(water.good_bathing(pd.DataFrame({"class": [NAN, 1.0]})), [NAN, 1])
    nobody = np.zeros(1)
    for name in SHARES:
        assert np.isnan(getattr(water_air, name)(nobody, nobody)).all()
        assert np.isnan(getattr(water_air, name)(np.array([NAN]), np.ones(1))).all()


def test_an_image_has_no_value_where_it_has_none_and_commune_values_stay_at_communes() -> None:
    for name in ("pm25", "no2", "o3", "pm25_above_who", "no2_above_2030"):
        way = LAYERS[name].carried
        assert isinstance(way, AtHomes)
        assert np.isnan(way.elsewhere)
        assert LAYERS[name].error is not None
    for name in ("catnat_flood_orders", "water_restriction_days", "good_rivers", "good_bathing"):
        assert isinstance(LAYERS[name].carried, OfCommune)
    way = LAYERS["clay_houses"].carried
    assert isinstance(way, AtHomes)
    assert way.whose == "households in houses"


# Flood zones.


def flood_zip(folder: Path, **layers: tuple[list[str], list[str]]) -> SourceFile:
    """An archive of the directive's second cycle: a shapefile per kind and scenario."""
    inside = folder / "tri_2020_sig_di"
    inside.mkdir()
    for name, (kinds, scenarios) in layers.items():
        gpd.GeoDataFrame(
            {
                "id_s_inond": [f"SIN_{k}" for k in range(len(kinds))],
                "typ_inond": kinds,
                "scenario": scenarios,
                "ht_min": 0.5,
                "id_tri": "FRG_TRI_ANGE",
            },
            geometry=[SQUARE, BESIDE][: len(kinds)],
            crs=2154,
        ).to_file(inside / f"n_inondable_{name}_s.shp")
    # Other tables of the archive, which are not read.
    gpd.GeoDataFrame({"id_tri": ["x"]}, geometry=[SQUARE], crs=2154).to_file(
        inside / "n_commune_s.shp"
    )
    return the("georisques_tri_2020", zipped(folder / "tri.zip", inside))


def test_scenarios_of_an_archive_are_put_together(tmp_path: Path) -> None:
    file = flood_zip(
        tmp_path,
        **{
            "01_01for": (["01"], ["01For"]),
            "01_02moy": (["01", "01"], ["02Moy", "02Moy"]),
            "03_03mcc": (["03"], ["03Mcc"]),
            "03_04fai": (["03"], ["04Fai"]),
            "03_01forcc_ct": (["03"], ["01ForCC_CT"]),
        },
    )
    table = file.table(AROUND)
    assert table.crs == "EPSG:2154"
    assert list(zip(table["kind"], table["scenario"], strict=True)) == [
        ("river", "frequent"),
        ("river", "medium"),
        ("river", "medium"),
        ("sea", "short_term"),
        ("sea", "medium_climate"),
        ("sea", "extreme"),
    ]
    assert file.notices == []


def test_flood_zones_of_another_area_are_told_once(tmp_path: Path) -> None:
    file = flood_zip(tmp_path, **{"01_01for": (["01"], ["01For"]), "01_02moy": (["01"], ["02Moy"])})
    table = file.table(ELSEWHERE)
    assert list(table.columns) == ["zone", "kind", "scenario", "geometry"]
    assert len(table) == 0
    assert [(n.kind, n.count) for n in file.notices] == [("missing", 2)]
    assert water.flood_residents(table).tolist() == []


def test_a_single_layer_from_the_web_service_is_read(tmp_path: Path) -> None:
    # The service gives the kind as a number.
    gpd.GeoDataFrame(
        {"id_s_inond": ["a", "b"], "typ_inond": [1, 9], "scenario": "02Moy"},
        geometry=[SQUARE, BESIDE],
        crs=2154,
    ).to_file(tmp_path / "alea.gpkg")
    table = the("georisques_tri_2020", tmp_path / "alea.gpkg").table(AROUND)
    assert list(table["kind"]) == ["river", "other"]


def test_bad_flood_zones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    refused(flood_zip(tmp_path / "a", x=(["01"], ["05Rare"])), "'05Rare'", "01For, 02Moy")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "readme.txt").write_text("rien", encoding="utf-8")
    refused(
        the("georisques_tri_2020", zipped(tmp_path / "no.zip", tmp_path / "empty")),
        "holds no map",
        "'inondable'",
    )
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 cut")
    refused(the("georisques_tri_2020", tmp_path / "cut.zip"), "not a whole ZIP")
    table = gpd.GeoDataFrame({"id_s_inond": ["a"], "scenario": ["02Moy"]}, geometry=[SQUARE])
    table.set_crs(2154).to_file(tmp_path / "lacks.gpkg")
    refused(the("georisques_tri_2020", tmp_path / "lacks.gpkg"), "lacks", "typ_inond")
    table.set_crs(2154).assign(typ_inond="01").to_crs(3857).to_file(tmp_path / "crs.gpkg")
    refused(the("georisques_tri_2020", tmp_path / "crs.gpkg"), "EPSG:3857", "EPSG:2154")


def test_hazard_zones_of_a_plan(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    table = gpd.GeoDataFrame(
        {
            "ID_ZONE": ["1", "2", "3", "4"],
            "ID_GASPAR": "85DDTM20010001",
            "CODERISQUE": ["112", "117", "116", "1140000"],
            "NIVALEA_ST": "03",
            "DESCRIPT": "crue centennale",
        },
        geometry=[SQUARE, BESIDE, SQUARE, BESIDE],
        crs=2154,
    )
    table.to_file(tmp_path / "in" / "n_zone_alea_pprn_20010001_s_085.shp")
    table.iloc[:1].to_file(tmp_path / "in" / "n_document_pprn_s_085.shp")
    found = the("georisques_ppri_2026", zipped(tmp_path / "ppr.zip", tmp_path / "in")).table(AROUND)
    assert list(found["kind"]) == ["river", "sea", "other", "runoff"]
    table.drop(columns="CODERISQUE").to_file(tmp_path / "lacks.gpkg")
    refused(the("georisques_ppri_2026", tmp_path / "lacks.gpkg"), "lacks", "CODERISQUE")


# Clay.


def clay(path: Path, levels: list[float], crs: int = 2154, name: str = "niveau") -> SourceFile:
    gpd.GeoDataFrame(
        {"gid": range(len(levels)), "insee_dep": "49", name: levels, "surf_m2": 1e6},
        geometry=[SQUARE, BESIDE][: len(levels)],
        crs=2154,
    ).to_crs(crs).to_file(path)
    return the("georisques_rga_2026", path)


def test_levels_of_clay(tmp_path: Path) -> None:
    assert list(clay(tmp_path / "rga.shp", [1.0, 3.0]).table(AROUND)["level"]) == [1, 3]


def test_the_older_map_of_clay_has_its_words_besides(tmp_path: Path) -> None:
    gpd.GeoDataFrame(
        {"ALEA": ["Moyen"], "NIVEAU": [2]}, geometry=[SQUARE], crs=2154
    ).to_file(tmp_path / "rga.shp")  # fmt: skip
    assert list(the("georisques_rga_2020", tmp_path / "rga.shp").table()["level"]) == [2]


def test_bad_maps_of_clay_are_refused(tmp_path: Path) -> None:
    refused(clay(tmp_path / "zero.gpkg", [0.0, 2.0]), "has 0 in column 'niveau'", "1 (low)")
    refused(clay(tmp_path / "crs.gpkg", [2.0], crs=4326), "EPSG:4326", "EPSG:2154")
    refused(clay(tmp_path / "lacks.gpkg", [2.0], name="classe"), "lacks", "niveau")
    # What the service answers outside its coverage: 200, and not a byte.
    (tmp_path / "empty.geojson").write_bytes(b"")
    refused(the("georisques_rga_2026", tmp_path / "empty.geojson"), "cannot be read")


# Polluted sites.


def sites(folder: Path, rows: list[dict[str, Any]], geometry: str = "Point") -> SourceFile:
    features = []
    for k, row in enumerate(rows):
        at = row.pop("at", [-0.55, 47.47 + 0.01 * k])
        feature: dict[str, Any] = {"type": "Feature", "id": str(k), "properties": row}
        if at is not None:
            coordinates: Any = at if geometry == "Point" else [at, [at[0] + 0.01, at[1]]]
            feature["geometry"] = {"type": geometry, "coordinates": coordinates}
        features.append(feature)
    content = {"type": "FeatureCollection", "total": len(rows), "features": features}
    (folder / "sites.geojson").write_text(json.dumps(content), encoding="utf-8")
    return the("ademe_sites_pollues_2020", folder / "sites.geojson")


def site(code: str, department: str, **more: Any) -> dict[str, Any]:
    row = {"Nom_site": f"SITE {code}", "Code_INSEE": code, "Departement": department}
    return row | {"Etat_operation": "Terminée"} | more


def test_codes_that_lost_their_zero_are_mended_and_told(tmp_path: Path) -> None:
    file = sites(
        tmp_path,
        [
            site("8190", "8"),
            site("49007", "49"),
            site("2B058", "2B"),
            site("8402", "26"),
            site("63458", "9"),
            site("44186", "44", at=None),
            site("85001", "85", at=[4.05, 45.05]),
        ],
    )
    table = file.table(AROUND)
    assert list(table["commune"].fillna("")) == ["08190", "49007", "2B058", "", ""]
    assert table.crs == "EPSG:4326"
    assert [(n.kind, n.count) for n in file.notices] == [
        ("repaired", 1),
        ("rejected", 2),
        ("missing", 1),
    ]
    assert "08190" in file.notices[0].text
    assert len(file.table()) == 6


def test_bad_sites_are_refused(tmp_path: Path) -> None:
    refused(sites(tmp_path, [site("49007", "49")], "LineString"), "LineString", "a point")
    rows = [{"Nom_site": "x", "Departement": "49", "Etat_operation": "?"}]
    refused(sites(tmp_path, rows), "lacks", "Code_INSEE")


def test_the_real_file_of_polluted_sites(shared_data: Path) -> None:
    file = the("ademe_sites_pollues_2020", shared_data / "hazards/ademe_sites_pollues.geojson")
    table = file.table()
    assert len(table) == 390
    assert set(table.geom_type) == {"Point"}
    counts = {n.kind: n.count for n in file.notices}
    assert counts == {"repaired": 21, "rejected": 13, "missing": 29}
    assert table["commune"].dropna().str.len().eq(5).all()
    assert "08190" in set(table["commune"])
    assert (air.near_polluted_site(table) == 1).all()


# Images of air.


def image(
    path: Path, values: Any, *, crs: int = 2154, nodata: float | None = -9999.0
) -> SourceFile:
    band = np.asarray(values, dtype=np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", height=band.shape[0], width=band.shape[1], count=1,
        dtype="float32", crs=f"EPSG:{crs}", nodata=nodata,
        transform=rasterio.Affine(50, 0, X, 0, -50, Y + 100),
    ) as out:  # fmt: skip
        out.write(band, 1)
    return the("atmo_pm25_2024", path)


def test_an_image_of_concentrations(tmp_path: Path) -> None:
    found = image(tmp_path / "pm25.tif", [[7.5, -9999], [-999, 12]]).table(AROUND)
    assert isinstance(found, Raster)
    np.testing.assert_array_equal(found.values, [[7.5, NAN], [NAN, 12]])
    np.testing.assert_array_equal(air.pm25_above_2030(found.values), [[0, NAN], [NAN, 1]])


def test_bad_images_are_refused(tmp_path: Path) -> None:
    wrong = image(tmp_path / "code.tif", [[7.5, -99]], nodata=None)
    refused(wrong, "has -99 in 1 pixels", "0 to 100", "-9999")
    refused(image(tmp_path / "much.tif", [[7.5, 255]]), "has 255", "another product")
    refused(image(tmp_path / "crs.tif", [[7.5]], crs=3857), "EPSG:2154 was expected")
    (tmp_path / "empty.tif").write_bytes(b"")
    refused(the("atmo_no2_2024", tmp_path / "empty.tif"), "cannot be read as an image")


# Noise.


def noise_table(legends: list[str], kind: str = "A", index: str = "LD", of: str = "R") -> Any:
    return gpd.GeoDataFrame(
        {
            "IDZONBRUIT": [str(k) for k in range(len(legends))],
            "TYPESOURCE": of,
            "CBSTYPE": kind,
            "INDICETYPE": index,
            "LEGENDE": legends,
        },
        geometry=[SQUARE] * len(legends),
        crs=2154,
    )


def test_noise_maps_of_a_department(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    legends = ["LdenSmallerThan55", "Lden5559", "60-65", "LdenGreaterThan75"]
    for name, table in {
        "R_A_LD": noise_table(legends),
        "F_A_LD": noise_table(["Lden6569"], of="F"),
        "R_C_LD": noise_table(["dépassement"], kind="C"),
        "R_A_LN": noise_table(["Lnight5054"], index="LN"),
    }.items():
        table.to_file(tmp_path / "in" / f"N_BRUIT_ZBR_INFRA_{name}_S_049.shp", encoding="UTF-8")
    file = the("cerema_cbs_2022", zipped(tmp_path / "cbs.zip", tmp_path / "in"))
    table = file.table(AROUND).sort_values(["emitter", "limit", "lower"])
    assert list(table["emitter"]) == ["rail", "road", "road", "road", "road"]
    np.testing.assert_array_equal(table["lower"], [65, 55, 60, 75, NAN])
    assert list(table["limit"]) == [False, False, False, False, True]
    assert air.road_noise_55(table).tolist() == [0, 1, 1, 1, 1]


def test_bad_noise_maps_are_refused(tmp_path: Path) -> None:
    def alone(name: str, table: Any) -> SourceFile:
        table.to_file(tmp_path / f"{name}.gpkg")
        return the("cerema_cbs_2022", tmp_path / f"{name}.gpkg")

    refused(alone("night", noise_table(["Lnight5054"], index="LN")), "'LN'", "map of the night")
    refused(alone("words", noise_table(["fort"])), "'fort'", "Lden5559")
    refused(alone("lacks", noise_table(["55"]).drop(columns="LEGENDE")), "lacks", "LEGENDE")
    refused(alone("crs", noise_table(["55"]).to_crs(4326)), "EPSG:4326")


# Rivers, bathing waters, restrictions.


def text_file(source: str, path: Path, text: str, encoding: str = "utf-8") -> SourceFile:
    path.write_bytes(text.encode(encoding))
    return the(source, path)


RIVERS = "code_commune;cd_masse_eau;etat_ecologique\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig"])
def test_states_of_rivers_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    rows = "1053;FRGR1;Très bon\n49007;FRGR2;Médiocre\n49007;FRGR3;U\n;FRGR4;bon\n"
    file = text_file("eaufrance_etat_rivieres_2022", tmp_path / "r.csv", RIVERS + rows, encoding)
    table = file.table()
    assert list(table["commune"]) == ["01053", "49007", "49007"]
    np.testing.assert_array_equal(table["state"], [1, 4, NAN])
    assert [(n.kind, n.count) for n in file.notices] == [("repaired", 1), ("rejected", 1)]


def test_lines_of_two_encodings_are_mended(tmp_path: Path) -> None:
    mixed = "49007;FRGR1;Très bon\n".encode() + "49353;FRGR2;Médiocre\n".encode("cp1252")
    (tmp_path / "r.csv").write_bytes(RIVERS.encode() + mixed)
    file = the("eaufrance_etat_rivieres_2022", tmp_path / "r.csv")
    assert list(file.table()["state"]) == [1, 4]
    assert [(n.kind, n.count) for n in file.notices] == [("repaired", 1)]


def test_bad_states_of_rivers_are_refused(tmp_path: Path) -> None:
    def rivers(text: str) -> SourceFile:
        return text_file("eaufrance_etat_rivieres_2022", tmp_path / "r.csv", text)

    refused(rivers(RIVERS + "49007;FRGR1;pas mal\n"), "'pas mal'", "tres bon, bon, moyen")
    refused(rivers(RIVERS), "no row below its header")
    refused(rivers("code_commune;cd_masse_eau\n49007;x\n"), "lacks", "etat_ecologique")
    refused(rivers(""), "lacks")


SITE = "Code unique d'identification du site de baignade"


def test_bathing_sites_from_the_two_tables_of_the_ministry(tmp_path: Path) -> None:
    listed = f"{SITE};Code INSEE de la commune\nFR1;44184\nFR2;44184\nFR3;1004\nFR4;44055\n"
    classed = f"{SITE};Classement\nFR1;Excellente\nFR2;Insuffisante\nFR3;Suffisante\n"
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("saison-2024-liste-des-sites.csv", listed.encode("cp1252"))
        archive.writestr("saison-2024-caracteristiques-des-sites.csv", classed.encode("cp1252"))
    file = the("sante_baignade_2024", tmp_path / "b.zip")
    table = file.table()
    assert list(table["commune"]) == ["44184", "44184", "01004", "44055"]
    np.testing.assert_array_equal(table["class"], [1, 4, 3, NAN])
    assert [(n.kind, n.count) for n in file.notices] == [("repaired", 1)]


def test_bad_bathing_sites_are_refused(tmp_path: Path) -> None:
    head = f"{SITE};Code INSEE de la commune;Classement\n"
    source, path = "sante_baignade_2024", tmp_path / "b.csv"
    refused(text_file(source, path, head + "FR1;44184;Parfaite\n"), "'Parfaite'", "excellente")
    refused(text_file(source, path, head), "no row")
    refused(text_file(source, path, f"{SITE};Classement\nFR1;Bonne\n"), "lacks", "Code INSEE")


ALERTS = (
    "id;date_debut;date_fin;statut;zones_alerte.id;zones_alerte.type;zones_alerte.nom;"
    "zones_alerte.niveau_gravite;zones_alerte.communes\n"
)


def alert(communes: str, level: str = "alerte") -> str:
    cells = ['["1"]', '["AEP"]', '["Zone"]', f'["{level}"]', f"[{communes}]"]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return ";".join(["7", "2022-07-01", "2022-07-10", "abroge", *quoted]) + "\n"


def test_restrictions_go_to_the_communes_of_their_zone(tmp_path: Path) -> None:
    text = ALERTS + alert('["49007","49353"]') + alert("[]", "crise")
    file = text_file("vigieau_communes_2026", tmp_path / "v.csv", text)
    table = file.table()
    assert list(table["commune"]) == ["49007", "49353"]
    assert list(table["level"]) == [1, 1]
    assert water.water_restriction_days(table).tolist() == [10, 10]
    assert [(n.kind, n.count) for n in file.notices] == [("missing", 1)]


def test_restrictions_without_any_commune_are_refused(tmp_path: Path) -> None:
    file = text_file("vigieau_communes_2026", tmp_path / "v.csv", ALERTS + alert("[]"))
    refused(file, "none of its 1 zones", "zones_alerte.communes")


# The demo's files.


def made(directory: Path, city: City, number: int = 0) -> pd.DataFrame:
    """Write a territory as `labo demo` does, without the rest of the mirror."""
    count = int(city.commune.max()) + 1
    codes = [f"99{number}{k + 1:02d}" for k in range(count)]
    contours = dissolve(city.land, city.commune, count)
    zones = [
        Zone("qpv", str(p.generation), f"{p.generation}-{k}", p.geometry)
        for k, p in enumerate(city.perimeters)
    ]
    zones += [Zone("commune", "", codes[k], contours[k], commune=k) for k in range(count)]
    zones.append(Zone("epci", "", f"99900000{number + 1}", None))
    iris = census.iris_codes(city, codes)
    place = Site(directory, f"ville-temoin-{number}", city, number, codes, iris, zones, [0, number])
    return pd.concat([theme.write(place) for theme in (hazards, nuisances)], ignore_index=True)


@pytest.fixture(scope="module")
def coast() -> City:
    return raise_city(FORMS["coastal_strip"], 5_000, (X, Y), 0, 0)


@pytest.fixture(scope="module")
def inland() -> City:
    return raise_city(FORMS["small_town"], 3_000, (X + 40_000, Y), 0, 1)


@pytest.fixture(scope="module")
def mirror(
    tmp_path_factory: pytest.TempPathFactory, coast: City, inland: City
) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("hazards")
    return folder, pd.concat([made(folder, coast), made(folder, inland, 1)], ignore_index=True)


def written(folder: Path) -> dict[str, SourceFile]:
    entries = hazards.SOURCES | nuisances.SOURCES
    return {
        name: SourceFile(
            source=SOURCES[name], path=folder / path, vintage=vintage, sha256=""
        )
        for name, (path, vintage) in entries.items()
    }  # fmt: skip


def test_every_file_of_the_demo_is_read_back_without_a_notice(
    mirror: tuple[Path, pd.DataFrame],
) -> None:
    for name, file in written(mirror[0]).items():
        table = file.table()
        assert (table.values.size if isinstance(table, Raster) else len(table)) > 0, name
        assert file.notices == [], name
        assert file.source.vintage == file.vintage


def test_the_demo_has_truth_for_every_indicator(mirror: tuple[Path, pd.DataFrame]) -> None:
    truth = mirror[1]
    assert set(truth["indicator"]) == set(SHARES) | set(GIVEN)
    assert set(truth["concept"]) == {"fiscal"}
    assert truth["value"].notna().all()
    shares = truth[truth["indicator"].str.endswith("_share")]
    assert shares["value"].between(0, 1).all()
    assert not truth.duplicated(["territory", "zone_kind", "zone", "indicator"]).any()
    of_communes = truth[truth["indicator"].isin(GIVEN[:3] + GIVEN[6:])]
    assert set(of_communes["zone_kind"]) == {"commune", "epci"}


def test_the_sea_is_only_on_the_coast(mirror: tuple[Path, pd.DataFrame]) -> None:
    truth = mirror[1].set_index(["territory", "zone_kind", "indicator"])["value"].sort_index()
    sea = "submersion_climate_residents_share"
    assert truth.loc[("ville-temoin-1", "epci", sea)].max() == 0
    assert truth.loc[("ville-temoin-0", "epci", sea)].max() > 0
    assert truth.loc[("ville-temoin-1", "epci", "flood_residents_share")].max() > 0


def test_commune_values_of_the_files_are_the_truth(mirror: tuple[Path, pd.DataFrame]) -> None:
    """Files by commune do not err: what the formulas make of them is the truth."""
    folder, truth = mirror
    files = written(folder)
    communes = truth[truth["zone_kind"] == "commune"].set_index(["indicator", "zone"])["value"]
    for source, formula, indicator, how in (
        ("georisques_catnat_2026", water.catnat_flood_orders, GIVEN[0], "sum"),
        ("georisques_catnat_2026", water.catnat_drought_orders, GIVEN[1], "sum"),
        ("vigieau_communes_2026", water.water_restriction_days, GIVEN[2], "sum"),
        ("eaufrance_etat_rivieres_2022", water.good_rivers, GIVEN[6], "mean"),
        ("sante_baignade_2024", water.good_bathing, GIVEN[7], "mean"),
    ):
        table = files[source].table()
        rows = pd.Series(formula(table), index=table["commune"].to_numpy())
        found = rows.groupby(level=0).agg(how).dropna()
        expected = communes.loc[indicator]
        assert set(found.index) == set(expected.index), indicator
        np.testing.assert_allclose(found.reindex(expected.index), expected, atol=1e-7)


def test_the_maps_of_the_demo_come_near_the_truth(
    mirror: tuple[Path, pd.DataFrame], coast: City
) -> None:
    folder, truth = mirror
    files = written(folder)
    whole = truth[(truth["territory"] == "ville-temoin-0") & (truth["zone_kind"] == "epci")]
    expected = whole.set_index("indicator")["value"]
    people = coast.households
    lodged = coast.persons.household >= 0
    weight = np.bincount(
        coast.persons.household[lodged],
        coast.persons.fiscal_weight[lodged],
        minlength=len(people.x),
    )
    points = shapely.points(people.x, people.y)

    def share(source: str, formula: Any, reach: float = 0.0) -> float:
        table = files[source].table().to_crs(2154)
        shapes = np.asarray(table.geometry)[formula(table) > 0]
        met = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=reach)[0]
        return float(weight[np.unique(met)].sum() / weight.sum())

    for source, formula, indicator in (
        ("georisques_tri_2020", water.flood_residents, "flood_residents_share"),
        ("georisques_tri_2020", water.submersion_residents, "submersion_residents_share"),
        ("georisques_ppri_2026", water.ppri_residents, "ppri_residents_share"),
        ("cerema_cbs_2022", air.road_noise_55, "road_noise_55_share"),
        ("cerema_cbs_2022", air.road_noise_68, "road_noise_68_share"),
    ):
        assert share(source, formula) == pytest.approx(expected[indicator], abs=0.08), indicator
    near = share("ademe_sites_pollues_2020", air.near_polluted_site, 500.0)
    assert near == pytest.approx(expected["polluted_site_500m_share"], abs=0.03)
    for name in ("pm25", "no2", "o3"):
        raster = files[f"atmo_{name}_2024"].table()
        error = LAYERS[name].error
        assert error is not None
        mean = np.average(raster.at(people.x, people.y), weights=weight)
        # A bias of the territory, three times the stated error at most.
        assert mean == pytest.approx(expected[f"{name}_mean"], rel=3 * error.central)


def test_the_same_town_gives_the_same_bytes(tmp_path: Path, inland: City) -> None:
    digests = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made(tmp_path / name, inland)
        digests.append(
            {
                p.name: hashlib.sha256(p.read_bytes()).hexdigest()
                for p in sorted((tmp_path / name).iterdir())
            }
        )
    assert digests[0] == digests[1]
    assert len(digests[0]) == len({p for p, _ in (hazards.SOURCES | nuisances.SOURCES).values()})
