"""Heat, ground and nature: readers, formulas by hand, and the files of Ville-Témoin."""

import hashlib
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from labo.demo import files, ground
from labo.demo.city import City, raise_city
from labo.demo.form import FORMS
from labo.demo.perimeters import dissolve
from labo.demo.site import Site
from labo.demo.truth import Zone
from labo.errors import BadInput
from labo.indicator import INDICATORS
from labo.indicators import adaptive_capacity, hazard
from labo.layer import LAYERS
from labo.layers import ground as ground_layers
from labo.layers import heat, nature
from labo.raster import Raster
from labo.source import SOURCES, Source, SourceFile
from labo.sources import cerema, copernicus, usgs, vegetation
from labo.sources import nature as nature_source

ASKED = (cerema, copernicus, usgs, vegetation, nature_source)
# Where the rasters and tables of the tests lie.
EAST, NORTH = 3_500_000.0, 2_700_000.0


def opened(source: str, path: Path) -> SourceFile:
    declared = SOURCES[source]
    return SourceFile(source=declared, path=path, vintage=declared.vintage, sha256="")


def tile(path: Path, name: str, values: Any, epsg: int = 3035, nodata: float | None = 255) -> Path:
    corner, side = ((EAST, NORTH), 10) if epsg == 3035 else ((600_000.0, 5_200_000.0), 30)
    files.append_tile(path, name, np.asarray(values), corner, side, epsg, nodata)
    return path


def numbers(kelvin: Any) -> Any:
    """Kelvins as USGS writes them; NaN is fill."""
    digits = np.rint((np.asarray(kelvin, dtype=float) - 149.0) / 0.00341802)
    return np.nan_to_num(digits).astype(np.uint16)


def scene(path: Path, day: str, kelvin: Any, quality: Any = None) -> Path:
    name = f"LC08_L2SP_202027_{day}_{day}_02_T1"
    tile(path, f"{name}_ST_B10.TIF", numbers(kelvin), 32630, 0)
    if quality is not None:
        tile(path, f"{name}_QA_PIXEL.TIF", np.asarray(quality, np.uint16), 32630, 1)
    return path


def zones(classes: list[object], crs: str = "EPSG:2154") -> gpd.GeoDataFrame:
    x = np.arange(len(classes)) * 100.0 + 430_000
    shapes = shapely.box(x, 6_710_000, x + 100, 6_710_100)
    return gpd.GeoDataFrame({"lcz": classes, "are": 120.0}, geometry=shapes, crs=crs)


def shapefile(table: gpd.GeoDataFrame, path: Path, encoding: str = "UTF-8") -> Path:
    folder = path.with_suffix("")
    folder.mkdir()
    table.to_file(folder / "lcz_essai.shp", engine="pyogrio", encoding=encoding)
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return path


def refused(source: str, path: Path, *words: str) -> None:
    with pytest.raises(BadInput) as caught:
        opened(source, path).table()
    message = str(caught.value)
    for word in (str(path), *words):
        assert word in message


# Local climate zones.


def test_classes_of_local_climate_zones_are_read_in_every_spelling(tmp_path: Path) -> None:
    spelled: list[object] = ["2", "LCZ 6", "101", "17", "a", "10.0", None]
    file = opened("cerema_lcz_2022", shapefile(zones(spelled), tmp_path / "lcz.zip"))
    assert list(file.table()["lcz"].fillna("?")) == ["2", "6", "A", "G", "A", "10", "?"]
    assert [(n.kind, n.count) for n in file.notices] == [("missing", 1)]


def test_a_geopackage_of_local_climate_zones_gives_the_same_table(tmp_path: Path) -> None:
    one = shapefile(zones(["2", "5"]), tmp_path / "lcz.zip")
    zones(["2", "5"]).to_file(tmp_path / "lcz.gpkg", layer="lcz", engine="pyogrio")
    a, b = (opened("cerema_lcz_2022", p).table() for p in (one, tmp_path / "lcz.gpkg"))
    assert list(a["lcz"]) == list(b["lcz"])
    assert a.crs == b.crs


def test_what_is_no_local_climate_zone_is_refused(tmp_path: Path) -> None:
    path = shapefile(zones(["2", "12b"]), tmp_path / "a.zip")
    refused("cerema_lcz_2022", path, "'12b'", "row 2", "1, 2, 3", "column")
    lacking = zones(["2"]).rename(columns={"lcz": "climate"})
    refused("cerema_lcz_2022", shapefile(lacking, tmp_path / "b.zip"), "lacks", "lcz", "climate")
    elsewhere = zones(["2"]).to_crs("EPSG:4326")
    refused("cerema_lcz_2022", shapefile(elsewhere, tmp_path / "c.zip"), "EPSG:2154", "expected")
    empty = tmp_path / "d.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("notice.txt", "rien")
    refused("cerema_lcz_2022", empty, "notice.txt", ".shp")


def test_night_and_day_are_read_apart() -> None:
    table = pd.DataFrame({"lcz": ["2", "3", "4", "5", "6", "8", "A", "G", None]})
    night = heat.homes_hot_at_night(table).to_numpy()
    day = heat.homes_hot_by_day(table).to_numpy()
    nan = np.nan
    np.testing.assert_array_equal(night, [1, 1, 0, 0, 0, 1, 0, nan, nan])
    np.testing.assert_array_equal(day, [1, 1, 1, 1, 0, 1, 0, 0, nan])
    assert set(heat.OVERHEATING) == set(cerema.CLASSES)
    assert heat.OVERHEATING_GRADE == "to_check"


def test_average_sensitivity_is_said_to_be_no_all_clear() -> None:
    for formula in (hazard.hot_night_share, hazard.hot_day_share):
        assert "ne veut pas" in str(formula.__doc__)


# Rasters of Copernicus.


@pytest.mark.parametrize(
    ("source", "name"),
    [("copernicus_tree_cover_2018", "TCD"), ("copernicus_imperviousness_2018", "IMD")],
)
def test_percent_rasters_are_read_with_their_codes(source: str, name: str, tmp_path: Path) -> None:
    other = "IMD" if name == "TCD" else "TCD"
    path = tmp_path / "tiles.zip"
    tile(path, f"{other}_2018_010m_E35N27.tif", np.full((2, 2), 7, np.uint8))
    tile(path, f"{name}_2018_010m_E35N27.tif", np.array([[0, 100], [254, 255]], np.uint8))
    raster = opened(source, path).table()
    np.testing.assert_array_equal(raster.values, [[0, 100], [np.nan, np.nan]])
    assert (raster.west, raster.north, raster.pixel) == (EAST, NORTH, 10)


def test_a_wrong_percent_raster_is_refused(tmp_path: Path) -> None:
    source = "copernicus_tree_cover_2018"
    image = np.array([[0, 240]], np.uint8)
    path = tile(tmp_path / "a.zip", "TCD_a.tif", image)
    refused(source, path, "240", "0 to 100", "254, 255")
    path = tile(tmp_path / "b.zip", "TCD_b.tif", image, epsg=32630)
    refused(source, path, "EPSG:3035", "expected")
    path = tile(tmp_path / "c.zip", "IMD_c.tif", image)
    refused(source, path, "no image", "'tcd'")
    (tmp_path / "d.zip").write_bytes(b"")
    refused(source, tmp_path / "d.zip", "not a whole ZIP archive")


# Surface temperature.


def test_surface_anomaly_is_the_median_of_clear_summer_scenes(tmp_path: Path) -> None:
    clear, cloud, shadow, water = 21_824, 22_280, 23_888, 21_952
    path = tmp_path / "landsat.zip"
    # Against their own land: −2, 0, +2; then −4, 0, +4 with a day 10 K hotter; then +1 hidden.
    scene(path, "20220718", [[300, 302, 304, 280]], [[clear, clear, clear, water]])
    scene(path, "20230610", [[308, 312, 316, 290]], [[clear, clear, clear, water]])
    scene(path, "20240811", [[260, 305, 307, np.nan]], [[cloud, clear, clear, 1]])
    # Winter is not read, whatever it holds.
    scene(path, "20240111", [[999, 273, 273, 273]])
    raster = opened("usgs_landsat_utm30_2024", path).table()
    # First −2 and −4; second 0, 0, −1; third +2, +4, +1; sea −22 and −22.
    expected = [-3.0, 0.0, 2.0, -22.0]
    np.testing.assert_allclose(raster.values[0], expected, atol=0.005)
    assert (raster.pixel, raster.crs) == (30, "EPSG:32630")
    assert shadow & usgs.UNCLEAR
    assert not clear & usgs.UNCLEAR
    assert not water & usgs.UNCLEAR


def test_scenes_mostly_hidden_or_without_quality_are_said(tmp_path: Path) -> None:
    path = tmp_path / "landsat.zip"
    scene(path, "20220718", [[300, 301, 302, 303]])
    scene(path, "20230610", [[290, 291, 300, 299]], [[22_280, 22_280, 23_888, 21_824]])
    file = opened("usgs_landsat_utm30_2024", path)
    np.testing.assert_allclose(file.table().values[0], [-1.5, -0.5, 0.5, 1.5], atol=0.005)
    assert [(n.kind, n.count) for n in file.notices] == [("rejected", 1), ("missing", 1)]


def test_what_is_no_summer_surface_is_refused(tmp_path: Path) -> None:
    source = "usgs_landsat_utm30_2024"
    path = scene(tmp_path / "a.zip", "20240111", [[273, 274]])
    refused(source, path, "01", "June to August")
    path = tile(tmp_path / "b.zip", "lst.tif", numbers([[300.0]]), 32630, 0)
    refused(source, path, "LC08_L2SP", "ST_B10")
    path = scene(tmp_path / "c.zip", "20220718", [[240, 240]])
    refused(source, path, "240 K", "278 to 333 K")
    kelvin = np.array([[250, 280]], np.uint16)
    path = tile(tmp_path / "d.zip", "LC08_L2SP_202027_20220718_20220718_02_T1_ST_B10.TIF", kelvin,
                32630, 0)  # fmt: skip
    refused(source, path, "250", "293 to 61440")
    clouds = [[22_280, 22_280, 21_824]]
    path = scene(tmp_path / "e.zip", "20220718", [[300, 300, 300]], clouds)
    refused(source, path, "50%", "other days")
    path = scene(tmp_path / "f.zip", "20220718", [[300]])
    refused("usgs_landsat_utm31_2024", path, "EPSG:32631", "expected")
    (tmp_path / "g.zip").write_bytes(b"PK")
    refused(source, tmp_path / "g.zip", "not a whole ZIP archive")


def test_surface_is_never_called_air() -> None:
    declared = INDICATORS["surface_temperature_anomaly"]
    for text in (declared.label, declared.reading, declared.definition):
        assert "surface" in text
        assert re.search(r"(pas|ni) .{0,20}air|pas l'air", text), text
    assert "jamais l'air" in LAYERS["surface_anomaly"].definition


# Vegetation, corridors, species, gardens.


def patches(**columns: list[str]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(x, 6_710_000, x + 50, 6_710_050) for x in (430_000, 430_100)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2154")


def test_vegetation_is_read_in_both_spellings_and_once(tmp_path: Path) -> None:
    kinds = ["Forêt fermée de feuillus", "Haie"]
    for name, column in (("shape", "ID"), ("service", "cleabs")):
        path = tmp_path / f"zone_de_vegetation_{name}.gpkg"
        patches(**{column: ["Z1", "Z1"], "nature": kinds}).to_file(path, engine="pyogrio")
        file = opened("ign_bdtopo_vegetation_2026", path)
        table = file.table()
        assert list(table["nature"]) == kinds[:1]
        assert [n.kind for n in file.notices] == ["rejected"]


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_vegetation_keeps_its_accents(encoding: str, tmp_path: Path) -> None:
    kinds = ["Forêt fermée de feuillus", "Lande ligneuse"]
    path = shapefile(patches(ID=["a", "b"], NATURE=kinds), tmp_path / "v.zip", encoding)
    assert list(opened("ign_bdtopo_vegetation_2026", path).table()["nature"]) == kinds


def test_wrong_vegetation_and_corridors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.gpkg"
    patches(ID=["a", "b"]).to_file(path, engine="pyogrio")
    refused("ign_bdtopo_vegetation_2026", path, "NATURE", "lacks")
    refused("inpn_srce_2018", path, "ID_CORR or ID_RESV", "lacks")
    lines = patches(ID_CORR=["a", "b"], MILMAJ_NAT=["Bois", "Bois"])
    lines = lines.set_geometry(lines.geometry.boundary)
    lines.to_file(tmp_path / "l.gpkg", engine="pyogrio")
    refused("inpn_srce_2018", tmp_path / "l.gpkg", "LineString", "polygons were expected")


def cube(path: Path, rows: Sequence[tuple[object, ...]]) -> Path:
    lines = ["year,eeacellcode,specieskey,occurrences"]
    path.write_text("\n".join(lines + [",".join(map(str, r)) for r in rows]) + "\n", "utf-8")
    return path


def test_rarefaction_by_hand() -> None:
    place = np.array([0, 0, 0, 1, 1, 2])
    counts = np.array([5.0, 4.0, 1.0, 3.0, 3.0, 1.0])
    # Two records of ten: 3 − C(5,2)/C(10,2) − C(6,2)/C(10,2) − C(9,2)/C(10,2) = 3 − 61/45.
    # Two of six: 2 − 2·C(3,2)/C(6,2) = 2 − 6/15. One record only: nobody knows.
    found = nature_source.rarefied_richness(place, counts, 3, 2)
    np.testing.assert_allclose(found, [3 - 61 / 45, 1.6, np.nan])


def test_an_equal_effort_hides_who_was_visited_more() -> None:
    place, counts = np.array([0, 0, 1, 1]), np.array([50.0, 50.0, 5_000.0, 5_000.0])
    few, many = nature_source.rarefied_richness(place, counts, 2, 100)
    assert few == many == pytest.approx(2.0)


def test_species_are_counted_by_cell(tmp_path: Path) -> None:
    rows = [
        (2023, "1kmE3500N2700", 11, 60),
        (2024, "1kmE3500N2700", 11, 30),
        (2024, "1kmE3500N2700", 12, 10),
        (2024, "1kmE3501N2700", 12, 99),
    ]
    table = opened("gbif_species_2025", cube(tmp_path / "cube.csv", rows)).table()
    assert list(table["records"]) == [100, 99]
    assert list(table["species"]) == [2, 1]
    np.testing.assert_allclose(table["richness"], [2.0, np.nan])
    assert table.geometry[0].bounds == (3_500_000, 2_700_000, 3_501_000, 2_701_000)
    assert table.crs == "EPSG:3035"


def test_wrong_species_are_refused(tmp_path: Path) -> None:
    path = cube(tmp_path / "a.csv", [(2024, "10kmE350N270", 1, 3)])
    refused("gbif_species_2025", path, "'10kmE350N270'", "1 km cell")
    path = cube(tmp_path / "b.csv", [(2024, "1kmE3500N2700", 1, -3)])
    refused("gbif_species_2025", path, "negative", "1kmE3500N2700")
    path = cube(tmp_path / "c.csv", [(2024, "1kmE3500N2700", 1, "trois")])
    refused("gbif_species_2025", path, "'trois'", "line 2")
    path = tmp_path / "d.csv"
    path.write_text("cell,occurrences\n", "utf-8")
    refused("gbif_species_2025", path, "eeacellcode", "lacks")
    (tmp_path / "e.csv").write_text("", "utf-8")
    refused("gbif_species_2025", tmp_path / "e.csv", "lacks")


def gardens(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    text = "\n".join(["identifiant;nom;longitude;latitude;surface_m2", *lines]) + "\n"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_gardens_are_read_as_points(encoding: str, tmp_path: Path) -> None:
    lines = ("1;Jardin des Genêts;-0,55;47,47;850,5", "2;Éden;-0,54;47,48;")
    file = opened("collectivites_jardins_2025", gardens(tmp_path / "j.csv", *lines,
                                                        encoding=encoding))  # fmt: skip
    table = file.table()
    np.testing.assert_array_equal(table["area_m2"], [850.5, np.nan])
    assert table.geometry[0] == shapely.Point(-0.55, 47.47)
    assert len(file.table((-0.545, 47.0, 0.0, 48.0))) == 1


def test_contours_of_gardens_measure_themselves(tmp_path: Path) -> None:
    square = gpd.GeoSeries([shapely.box(430_000, 6_710_000, 430_030, 6_710_020)], crs="EPSG:2154")
    table = gpd.GeoDataFrame({"id": ["a"]}, geometry=square.to_crs("EPSG:4326"), crs="EPSG:4326")
    table.to_file(tmp_path / "j.geojson", engine="pyogrio")
    found = opened("collectivites_jardins_2025", tmp_path / "j.geojson").table()
    assert found["area_m2"][0] == pytest.approx(600, rel=1e-4)


def test_wrong_gardens_are_refused(tmp_path: Path) -> None:
    source = "collectivites_jardins_2025"
    path = gardens(tmp_path / "a.csv", "1;a;430000;6710000;10")
    refused(source, path, "430000", "EPSG:4326")
    refused(source, gardens(tmp_path / "b.csv", "1;a;0;47;-10"), "-10", "garden 1")
    twice = gardens(tmp_path / "c.csv", "1;a;0;47;10", "1;b;0;47;10")
    refused(source, twice, "'1'", "more than once")


# Formulas by hand.


def test_runoff_of_ground_covers() -> None:
    assert pytest.approx(50 * ground_layers.SEALED_RUNOFF, abs=5e-3) == 44.28
    # CN 69 and 79 give 5.23 and 12.81 mm; woods 60 and 73 give 1.40 and 7.79 mm.
    assert pytest.approx(50 * ground_layers.GRASS_RUNOFF, abs=5e-3) == (5.227 + 12.806) / 2
    found = hazard.runoff_potential(
        np.array([0.0, 1_000.0, 500.0]),
        ground_layers.GRASS_RUNOFF * np.array([1_000.0, 0.0, 500.0]),
        np.zeros(3),
        np.full(3, 1_000.0),
    )
    np.testing.assert_allclose(found, [9.016, 44.276, 26.646], atol=5e-3)


def test_ground_formulas_by_hand() -> None:
    percent = np.array([[0, 50], [100, np.nan]], np.float32)
    np.testing.assert_allclose(ground_layers.canopy_ground(percent), [[0, 0.5], [1, np.nan]])
    np.testing.assert_allclose(ground_layers.impervious_ground(percent), [[0, 0.5], [1, np.nan]])
    np.testing.assert_allclose(
        ground_layers.soil_runoff_ground(percent)[0] / ground_layers.GRASS_RUNOFF, [1, 0.5]
    )
    table = pd.DataFrame({"nature": ["Bois", None], "code": ["49007", "49353"]})
    assert list(ground_layers.vegetation_ground(table)) == [1, 0]
    assert list(ground_layers.zone_ground(table)) == [1, 1]
    relief = (ground_layers.GRASS_RUNOFF - ground_layers.WOODS_RUNOFF) * np.array([1, 0])
    np.testing.assert_allclose(ground_layers.woodland_relief_ground(table), relief)
    assert list(nature.corridor_ground(pd.DataFrame({"element": ["a", None]}))) == [1, 0]
    assert list(nature.shared_garden_area(pd.DataFrame({"area_m2": [3.0]}))) == [3]
    assert list(nature.species_richness(pd.DataFrame({"richness": [3.0]}))) == [3]
    np.testing.assert_array_equal(heat.surface_anomaly(percent), percent)


def test_indicators_by_hand() -> None:
    ground, people = np.array([1_000.0, 0.0]), np.array([50.0, 0.0])
    part = np.array([250.0, 0.0])
    nan = np.nan
    for share in (
        hazard.impervious_share, adaptive_capacity.canopy_share, adaptive_capacity.vegetation_share,
        adaptive_capacity.corridor_share,
    ):  # fmt: skip
        np.testing.assert_array_equal(share(part, ground), [0.25, nan])
        # A draw of the error never goes beyond all of the ground.
        np.testing.assert_array_equal(share(5 * part, ground), [1.0, nan])
    np.testing.assert_array_equal(adaptive_capacity.open_soil_share(part, ground), [0.75, nan])
    np.testing.assert_array_equal(adaptive_capacity.canopy_per_resident(part, people), [5, nan])
    found = adaptive_capacity.shared_garden_per_resident(part, people)
    np.testing.assert_array_equal(found, [5, nan])
    np.testing.assert_array_equal(hazard.hot_night_share(np.array([0.4, 1.2, nan])), [0.4, 1, nan])
    np.testing.assert_array_equal(hazard.hot_day_share(np.array([-0.1, nan])), [0, nan])
    same = np.array([-1.5, nan])
    np.testing.assert_array_equal(hazard.surface_temperature_anomaly(same), same)
    np.testing.assert_array_equal(adaptive_capacity.species_richness(same), same)


def test_formulas_do_not_care_about_draws() -> None:
    part, whole = np.full((2, 5), 250.0), np.full((2, 5), 1_000.0)
    assert hazard.runoff_potential(part, part, part, whole).shape == (2, 5)
    assert adaptive_capacity.canopy_share(part, whole).shape == (2, 5)


# Ville-Témoin.


@pytest.fixture(scope="module")
def city() -> City:
    return raise_city(FORMS["edge_estates"], 6_000, (430_000.0, 6_710_000.0), 1, 0)


def site_of(city: City, folder: Path) -> Site:
    folder.mkdir(exist_ok=True)
    count = int(city.commune.max()) + 1
    codes = [f"99{k:03d}" for k in range(1, count + 1)]
    shapes = dissolve(city.land, city.commune, count)
    recent = [p.geometry for p in city.perimeters if p.generation == 2024]
    places = [Zone("qpv", "2024", f"QN{k}", g) for k, g in enumerate(recent)]
    places += [Zone("commune", "", c, shapes[k], commune=k) for k, c in enumerate(codes)]
    places += [Zone("epci", "", "9", None), Zone("rest_of_epci", "2024", "9", None, tuple(recent))]
    iris = [f"{k:09d}" for k in range(len(city.iris_commune))]
    return Site(folder, "ville-temoin", city, 0, codes, iris, places, [1, 0, 200])


@pytest.fixture(scope="module")
def written(city: City, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, pd.DataFrame]:
    site = site_of(city, tmp_path_factory.mktemp("ground") / "mirror")
    return site, ground.write(site)


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_same_seed_gives_the_same_bytes(
    city: City, written: tuple[Site, pd.DataFrame], tmp_path: Path
) -> None:
    site, truth = written
    again = site_of(city, tmp_path / "again")
    pd.testing.assert_frame_equal(truth, ground.write(again))
    assert digests(site.directory) == digests(again.directory)
    assert set(digests(site.directory)) == {path for path, _ in ground.SOURCES.values()}


@pytest.mark.parametrize("source", ground.SOURCES)
def test_demo_files_are_read_by_the_declared_readers(
    source: str, written: tuple[Site, pd.DataFrame]
) -> None:
    path, vintage = ground.SOURCES[source]
    assert SOURCES[source].vintage == vintage
    file = opened(source, written[0].directory / path)
    table = file.table()
    if isinstance(table, Raster):
        assert np.isfinite(table.values).mean() > 0.2
    else:
        assert len(table) > 0
    assert [n.text for n in file.notices] == []


def value(truth: pd.DataFrame, indicator: str, kind: str = "epci") -> float:
    chosen = truth[(truth["indicator"] == indicator) & (truth["zone_kind"] == kind)]
    return float(chosen["value"].mean())


def test_truth_is_that_of_a_town(written: tuple[Site, pd.DataFrame]) -> None:
    _, truth = written
    bounds = {
        "impervious_share": (0.02, 0.25), "canopy_share": (0.05, 0.4),
        "vegetation_share": (0.02, 0.35), "corridor_share": (0.0, 0.4),
        "runoff_potential": (2, 20), "canopy_per_resident": (50, 1_500),
        "hot_day_share": (0.2, 0.9), "hot_night_share": (0.05, 0.7),
        "surface_temperature_anomaly": (0.5, 6), "species_richness": (10, 80),
        "shared_garden_per_resident": (0, 3), "open_soil_share": (0.75, 0.98),
    }  # fmt: skip
    assert set(truth["indicator"]) == set(bounds)
    for name, (low, high) in bounds.items():
        assert low <= value(truth, name) <= high, name
    qpv = {name: value(truth, name, "qpv") for name in bounds}
    # Estates: hot by day more than by night, more sealed than the countryside around.
    assert qpv["hot_day_share"] > qpv["hot_night_share"] + 0.5
    assert qpv["impervious_share"] > 2 * value(truth, "impervious_share")
    assert not truth.duplicated(["zone_kind", "generation", "zone", "indicator"]).any()
    assert truth["value"].notna().all()


def test_files_are_near_the_truth_and_not_equal(written: tuple[Site, pd.DataFrame]) -> None:
    site, truth = written
    for source, indicator in (
        ("copernicus_tree_cover_2018", "canopy_share"),
        ("copernicus_imperviousness_2018", "impervious_share"),
    ):
        raster = opened(source, site.directory / ground.SOURCES[source][0]).table()
        seen = float(np.nanmean(raster.values)) / 100
        true = value(truth, indicator)
        assert 0 < abs(seen / true - 1) < 0.5


def test_surface_of_homes_is_near_the_truth(written: tuple[Site, pd.DataFrame]) -> None:
    site, truth = written
    source = "usgs_landsat_utm30_2024"
    raster = opened(source, site.directory / ground.SOURCES[source][0]).table()
    homes = gpd.GeoSeries(
        shapely.points(site.city.households.x, site.city.households.y), crs="EPSG:2154"
    ).to_crs(raster.crs)
    seen = float(np.nanmean(raster.at(homes.x.to_numpy(), homes.y.to_numpy())))
    assert abs(seen - value(truth, "surface_temperature_anomaly")) < 1.5


def test_coverage_of_a_source_is_not_assumed(written: tuple[Site, pd.DataFrame]) -> None:
    """A commune that is not in Cerema's file is unknown, and not « peu sensible »."""
    site, truth = written
    source = "cerema_lcz_2022"
    table = opened(source, site.directory / ground.SOURCES[source][0]).table()
    city = site.city
    homes = city.households
    points = shapely.points(homes.x, homes.y)
    met = np.zeros(len(points), dtype=bool)
    met[shapely.STRtree(points).query(np.asarray(table.geometry), predicate="intersects")[1]] = True
    own = city.commune[city.buildings.block[homes.building]]
    known = np.bincount(own, met) / np.bincount(own)
    absent = int(np.argmin(known))
    assert known[absent] < 0.1
    assert np.delete(known, absent).min() > 0.9
    told = truth[truth["indicator"].isin(["hot_night_share", "hot_day_share"])]
    assert site.codes[absent] not in set(told["zone"])
    for formula in (heat.homes_hot_at_night, heat.homes_hot_by_day):
        assert not formula(table).isna().all()
    # What lies nowhere in the file is unknown in the layers' own declaration.
    for name in ("homes_hot_at_night", "homes_hot_by_day"):
        assert np.isnan(LAYERS[name].carried.elsewhere)  # type: ignore[union-attr]


# Declarations.


@pytest.mark.parametrize("module", ASKED, ids=lambda m: m.__name__)
def test_sources_say_everything(module: Any) -> None:
    readers = {v for k, v in vars(module).items() if k.startswith("read_")}
    mine: list[Source] = [s for s in SOURCES if s.read in readers and s.read.__module__ ==
                          module.__name__]  # fmt: skip
    assert mine
    for source in mine:
        assert all((source.label, source.producer, source.licence, source.vintage, source.crs))
        assert source.page.startswith("https://")
        assert re.search(r"20\d\d$", source.id)
