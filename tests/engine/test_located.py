"""What lies at points and inside zones, and rasters read from official images: by hand numbers."""

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from labo import located
from labo.errors import BadInput
from labo.raster import Raster, read_raster
from labo.source import SOURCES, SourceFile

SQUARE = shapely.box(0, 0, 100, 100)


def table(*shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:3035")


def ground(rows: gpd.GeoDataFrame, values: Any, zones: Any, *, elsewhere: float) -> Any:
    return located.on_ground(located.overlay(rows, zones), values, zones, elsewhere=elsewhere)


def test_a_point_takes_the_largest_value_that_lies_on_it() -> None:
    rows = table(shapely.box(0, 0, 10, 10), shapely.box(5, 0, 20, 10), shapely.box(30, 0, 40, 10))
    values = np.array([1.0, 3.0, np.nan])
    x, y = np.array([2.0, 7.0, 35.0, 50.0]), np.full(4, 5.0)
    met = located.near(rows, located.Spots(x, y), 0.0)
    found = located.largest(met, values, elsewhere=0.0)
    np.testing.assert_array_equal(found, [1.0, 3.0, np.nan, 0.0])
    met = located.near(rows, located.Spots(x, y), 31.0)
    found = located.largest(met, values, elsewhere=np.nan)
    np.testing.assert_array_equal(found, [3.0, 3.0, 3.0, 3.0])


def test_a_point_takes_the_pixel_under_it() -> None:
    raster = Raster(np.array([[1, 2], [3, np.nan]], np.float32), 0.0, 20.0, 10.0, "EPSG:3035")
    x, y = np.array([5.0, 15.0, 5.0, 15.0, 25.0]), np.array([15.0, 15.0, 5.0, 5.0, 5.0])
    twice = located.with_values(raster, raster.values.ravel().astype(np.float64) * 2)
    found = located.under_points(twice, located.Spots(x, y))
    np.testing.assert_array_equal(found, [2.0, 4.0, 6.0, np.nan, np.nan])


def test_polygons_that_overlap_count_once_on_the_ground() -> None:
    rows = table(shapely.box(0, 0, 50, 100), shapely.box(25, 0, 50, 100))
    zones = np.array([SQUARE, shapely.box(100, 0, 200, 100)])
    amount, known = ground(rows, np.array([1.0, 1.0]), zones, elsewhere=0.0)
    np.testing.assert_allclose(amount, [5_000.0, 0.0])
    np.testing.assert_allclose(known, [10_000.0, 10_000.0])


def test_shares_of_ground_take_the_largest_where_they_overlap() -> None:
    rows = table(shapely.box(0, 0, 50, 100), shapely.box(25, 0, 75, 100))
    values = np.array([0.5, 1.0])
    amount, known = ground(rows, values, np.array([SQUARE]), elsewhere=np.nan)
    # 25 m of half, 50 m of whole; the last 25 m are unknown.
    np.testing.assert_allclose((amount[0], known[0]), (0.5 * 2_500 + 5_000, 7_500))
    amount, _ = ground(rows, values, np.array([SQUARE]), elsewhere=0.25)
    np.testing.assert_allclose(amount, 0.5 * 2_500 + 5_000 + 0.25 * 2_500)


def test_unknown_ground_is_not_counted_as_none() -> None:
    rows = table(shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100))
    values = np.array([1.0, np.nan])
    amount, known = ground(rows, values, np.array([SQUARE]), elsewhere=0.0)
    np.testing.assert_allclose((amount[0], known[0]), (5_000, 5_000))


def test_pixels_are_cut_at_the_edge_of_a_zone() -> None:
    raster = Raster(np.array([[1, 0], [0.5, np.nan]], np.float32), 0.0, 20.0, 10.0, "EPSG:3035")
    zones = np.array([shapely.box(5, 5, 20, 20)])
    values = raster.values.ravel().astype(np.float64)
    amount, known = located.on_ground(raster, values, zones, elsewhere=0.0)
    # North-west pixel: half its width; south-west: a quarter; south-east unknown: a half.
    np.testing.assert_allclose((amount[0], known[0]), (50 + 0.5 * 25, 225 - 50))


def wheel(rng: np.random.Generator, middle: Any, radius: float) -> Any:
    """A polygon of a few corners, which may be concave."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, 9))
    reach = radius * rng.uniform(0.3, 1.0, 9)
    corners = np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None] + middle
    return shapely.make_valid(shapely.Polygon(corners))


def test_the_ground_under_rows_is_that_of_their_union() -> None:
    """Rows apart are summed and only those that overlap are put together: as the plain way does."""
    rng = np.random.default_rng(4)
    shapes = [wheel(rng, rng.uniform(0, 1_000, 2), 60) for _ in range(60)]
    zones = np.array([wheel(rng, rng.uniform(200, 800, 2), 400) for _ in range(5)])
    rows = table(*shapes)
    laid = located.overlay(rows, zones)
    assert laid.crowded.any()
    assert not laid.crowded.all()
    for chosen in (np.ones(60, dtype=bool), rng.random(60) < 0.5, np.zeros(60, dtype=bool)):
        union = shapely.union_all(np.array(shapes)[chosen])
        plain = shapely.area(shapely.intersection(zones, union))
        np.testing.assert_allclose(laid.covered(chosen), plain, rtol=1e-9, atol=1e-6)


def test_pixels_under_a_zone_are_those_of_the_plain_way(monkeypatch: Any) -> None:
    """The sum along the edges is the sum over every pixel of the surface cut out of it."""
    monkeypatch.setattr("labo.raster.STRIPE", 100)
    rng = np.random.default_rng(5)
    values = rng.uniform(0, 1, (20, 30)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    raster = Raster(values, 100.0, 700.0, 10.0, "EPSG:3035")
    # Beyond every side of the image, inside, with a hole, in two parts, outside, and empty.
    zones = np.array(
        [
            shapely.box(0, 400, 500, 800),
            wheel(rng, (250, 600), 150),
            shapely.box(150, 550, 350, 650).difference(shapely.box(203, 571, 219, 608)),
            shapely.union(shapely.box(111, 505, 133, 517), shapely.box(300, 640, 398, 699)),
            shapely.box(1_000, 0, 1_100, 50),
            shapely.Polygon(),
        ]
    )
    total, count = raster.under(zones)
    row, column = np.mgrid[:20, :30]
    west, north = 100.0 + 10 * column, 700.0 - 10 * row
    pixels = shapely.box(west, north - 10, west + 10, north)
    for zone, a, b in zip(zones, total, count, strict=True):
        share = shapely.area(shapely.intersection(pixels, zone)) / 100
        np.testing.assert_allclose(a, np.nansum(share * values), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(b, (share * ~np.isnan(values)).sum(), rtol=1e-9, atol=1e-9)


def test_points_add_up_inside_a_zone_and_say_how_many_are_unknown() -> None:
    rows = table(shapely.Point(1, 1), shapely.Point(2, 2), shapely.Point(300, 1))
    met = located.within(rows, np.array([SQUARE]))
    total, known = located.summed(met, np.array([2.0, np.nan, 5.0]))
    assert (total[0], known[0]) == (2.0, 0.5)


# rasters


def tile(path: Path, values: Any, **changed: Any) -> Path:
    given = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
        "dtype": values.dtype, "crs": "EPSG:3035", "nodata": 255,
        "transform": Affine(10, 0, 3_500_000, 0, -10, 2_800_000),
    }  # fmt: skip
    with rasterio.open(path, "w", **(given | changed)) as image:
        image.write(values, 1)
    return path


def source_file(path: Path) -> SourceFile:
    """A file of some source in EPSG:3035: of the raster reader, only its CRS matters."""
    declared = next(s for s in SOURCES if s.id == "insee_filosofi_200m_2021")
    assert declared.crs == "EPSG:3035"
    return SourceFile(source=declared, path=path, vintage="2021", sha256="")


def read(path: Path, **changed: Any) -> Raster:
    given: dict[str, Any] = {"band": 1, "valid": (0, 100), "nodata": {254.0}}
    return read_raster(source_file(path), None, **(given | changed))


VALUES = np.array([[0, 100], [254, 255]], np.uint8)


def test_codes_for_no_value_are_unknown(tmp_path: Path) -> None:
    raster = read(tile(tmp_path / "a.tif", VALUES))
    np.testing.assert_array_equal(raster.values, [[0, 100], [np.nan, np.nan]])
    assert (raster.west, raster.north, raster.pixel) == (3_500_000, 2_800_000, 10)


def test_tiles_of_an_archive_are_put_together(tmp_path: Path) -> None:
    one = tile(tmp_path / "a.tif", VALUES)
    other = tile(tmp_path / "b.tif", VALUES, transform=Affine(10, 0, 3_500_020, 0, -10, 2_800_000))
    archive = tmp_path / "tiles.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(one, "IMD_1.tif")
        zipped.write(other, "IMD_2.tif")
        zipped.writestr("readme.txt", "x")
    raster = read(archive)
    np.testing.assert_array_equal(
        raster.values, [[0, 100, 0, 100], [np.nan, np.nan, np.nan, np.nan]]
    )


@pytest.mark.parametrize(
    ("changed", "options", "message"),
    [
        ({"crs": "EPSG:2154"}, {}, "is in RGF93 v1 / Lambert-93, EPSG:3035 was expected"),
        ({}, {"valid": (0, 50)}, "has 100 in 1 pixels, where 0 to 50 was expected"),
        ({"nodata": None}, {"nodata": ()}, "has 254 in 2 pixels, where 0 to 100 was expected"),
        ({}, {"band": 2}, "has 1 band.s., band 2 was expected"),
        (
            {"transform": Affine(10, 0, 0, 0, -20, 0)},
            {},
            "pixels of 10 × -20, turned or not square",
        ),
        (
            {"transform": Affine(10, 0, float("nan"), 0, -10, 0)},
            {},
            "does not say where its pixels lie .10, 0, nan",
        ),
    ],
)
def test_what_an_image_may_not_be(
    changed: dict[str, Any], options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=message):
        read(tile(tmp_path / "a.tif", VALUES, **changed), **options)


def test_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\x00 cut short")
    with pytest.raises(BadInput, match="cannot be read as an image"):
        read(tmp_path / "a.tif")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match=r"b\.zip is not a whole ZIP archive"):
        read(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as zipped:
        zipped.writestr("readme.txt", "x")
    with pytest.raises(BadInput, match="holds no image"):
        read(tmp_path / "c.zip")
