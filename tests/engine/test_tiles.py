"""Archives of tiles, read back by readers that share no code with the writer."""

import errno
import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MemorySource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, deserialize_directory, tileid_to_zxy, zxy_to_tileid
from pyproj import Transformer

from labo.errors import BadInput
from labo.tiles import BUFFER, EXTENT, PIXEL, directories, tile_ids, varints, write_pmtiles

ABOUT = {"layer": "cells", "name": "Ville-Témoin", "attribution": "© Insee"}
TO_DEGREES = Transformer.from_crs(3035, 4326, always_xy=True)
TO_METRES = Transformer.from_crs(4326, 3857, always_xy=True)
WORLD = 2 * 20_037_508.342789244  # metres around the equator in EPSG:3857


def cells(columns, rows, step=200):
    """Squares of the 200 m grid of Insee (EPSG:3035), in EPSG:4326."""
    x, y = np.meshgrid(np.arange(columns) * step + 3_760_000, np.arange(rows) * step + 2_890_000)
    squares = shapely.box(x.ravel(), y.ravel(), x.ravel() + 200, y.ravel() + 200)
    return shapely.transform(
        squares, lambda xy: np.column_stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1]))
    )


def numbered(geometries):
    return [{"id": index} for index in range(len(geometries))]


def write(path, geometries, properties=None, **options):
    geometries = np.asarray(geometries, dtype=object)
    properties = numbered(geometries) if properties is None else properties
    write_pmtiles(path, geometries, properties, **{**ABOUT, **options})
    return path.read_bytes()


def read(data) -> Iterator[tuple[tuple[int, int, int], list[Any]]]:
    for place, tile in all_tiles(MemorySource(data)):
        options = {"y_coord_down": True}
        layers = mapbox_vector_tile.decode(gzip.decompress(tile), default_options=options)
        assert set(layers) == {"cells"}
        assert layers["cells"]["extent"] == EXTENT
        assert layers["cells"]["version"] == 2
        yield place, layers["cells"]["features"]


def in_tile_units(geometry, zoom, column, row):
    """An EPSG:4326 polygon in the units of a tile, by PROJ."""

    def move(xy):
        x, y = TO_METRES.transform(xy[:, 0], xy[:, 1])
        scale = EXTENT * 2**zoom / WORLD
        east, south = (np.array(x) + WORLD / 2) * scale, (WORLD / 2 - np.array(y)) * scale
        return np.column_stack((east - column * EXTENT, south - row * EXTENT))

    return shapely.transform(geometry, move)


def area(ring):
    """Shoelace area, positive for the shells of tiles, where y goes down."""
    x, y = np.array(ring).T
    return (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2


def test_every_cell_is_where_it_should_be_at_every_zoom(tmp_path):
    grid = cells(30, 20)
    found = defaultdict(set)
    frame = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for (zoom, column, row), features in read(write(tmp_path / "cells.pmtiles", grid)):
        ids = [feature["properties"]["id"] for feature in features]
        assert ids == sorted(set(ids))
        for index, feature in zip(ids, features, strict=True):
            drawn = shapely.geometry.shape(feature["geometry"])
            expected = in_tile_units(grid[index], zoom, column, row)
            corners = shapely.points(shapely.get_coordinates(expected & frame))
            # Half a unit on each axis, both ways: corner to drawing, and drawing to cell.
            assert shapely.distance(corners, drawn.exterior).max() <= 0.5 * 2**0.5 + 1e-6
            assert drawn.hausdorff_distance(expected & frame) <= 0.5 * 2**0.5 + 1e-6
            assert area(feature["geometry"]["coordinates"][0]) > 0
            if drawn.within(shapely.box(0, 0, EXTENT, EXTENT)):
                vertices = shapely.get_coordinates(drawn)
                gap = np.abs(vertices[:, None] - shapely.get_coordinates(expected)).max(axis=2)
                assert gap.min(axis=1).max() <= 0.5 + 1e-6
        found[zoom].update(ids)
    assert found == {zoom: set(range(len(grid))) for zoom in range(9, 15)}


def test_neighbouring_cells_leave_no_gap_and_do_not_overlap(tmp_path):
    for place, features in read(write(tmp_path / "cells.pmtiles", cells(12, 12))):
        drawn = [shapely.geometry.shape(feature["geometry"]) for feature in features]
        union = shapely.union_all(drawn)
        assert union.area == pytest.approx(sum(shape.area for shape in drawn)), place
        assert not shapely.get_num_interior_rings(union), place


def test_attributes_come_back_with_their_types(tmp_path):
    rows: list[dict[str, Any]] = [
        {"text": "Les Minguettes, été", "count": 12, "share": 0.25, "imputed": True, "kind": 1},
        {"imputed": False, "count": -12, "share": -0.0, "text": "", "kind": "one"},
        {"text": None, "count": 2**53, "share": float("nan"), "nothing": None},
        {"count": np.int32(-(2**31)), "share": np.float64(1), "imputed": np.bool_(True)},
        {},
    ]
    data = write(tmp_path / "cells.pmtiles", cells(5, 1), rows, min_zoom=11, max_zoom=11)
    found = {}
    for _, features in read(data):
        for feature in features:
            values = feature["properties"]
            found[repr(sorted(values.items()))] = {key: type(v) for key, v in values.items()}
    expected = [
        {key: value for key, value in row.items() if value is not None and value == value}
        for row in rows
    ]
    expected[3] = {"count": -(2**31), "share": 1.0, "imputed": True}
    assert found == {
        repr(sorted(row.items())): {key: type(v) for key, v in row.items()} for row in expected
    }
    (layer,) = Reader(MemorySource(data)).metadata()["vector_layers"]
    assert layer["fields"] == {
        "count": "Number",
        "imputed": "Boolean",
        "kind": "Mixed",
        "share": "Number",
        "text": "String",
    }


def test_header_and_metadata_describe_the_archive(tmp_path):
    grid = cells(3, 3)
    data = write(tmp_path / "cells.pmtiles", grid, min_zoom=10, max_zoom=13)
    reader = Reader(MemorySource(data))
    header = reader.header()
    tiles = list(all_tiles(MemorySource(data)))
    west, south, east, north = np.rint(shapely.total_bounds(grid) * 1e7)
    assert header["version"] == 3
    assert header["clustered"]
    assert header["tile_type"] is TileType.MVT
    assert header["tile_compression"] is header["internal_compression"] is Compression.GZIP
    assert (header["min_zoom"], header["max_zoom"], header["center_zoom"]) == (10, 13, 10)
    assert (header["min_lon_e7"], header["max_lon_e7"]) == (west, east)
    assert (header["min_lat_e7"], header["max_lat_e7"]) == (south, north)
    assert west < header["center_lon_e7"] < east
    assert south < header["center_lat_e7"] < north
    assert header["addressed_tiles_count"] == len(tiles)
    assert header["tile_contents_count"] == len({tile for _, tile in tiles})
    assert header["tile_data_offset"] + header["tile_data_length"] == len(data)
    assert reader.metadata() == {
        "name": "Ville-Témoin",
        "attribution": "© Insee",
        "type": "overlay",
        "vector_layers": [
            {"id": "cells", "fields": {"id": "Number"}, "minzoom": 10, "maxzoom": 13}
        ],
    }


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    grid = cells(20, 20)
    rows = [{"b": str(index % 7), "a": index / 3} for index in range(len(grid))]
    swapped = [dict(reversed(row.items())) for row in rows]
    turned = shapely.reverse(grid)
    first = write(tmp_path / "first.pmtiles", grid, rows)
    assert write(tmp_path / "second.pmtiles", turned, swapped) == first
    assert write(tmp_path / "first.pmtiles", grid, rows) == first
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["first.pmtiles", "second.pmtiles"]


@pytest.mark.parametrize("zoom", [0, 3, 6, 7])
def test_a_cell_smaller_than_a_pixel_is_drawn_as_one(tmp_path, zoom):
    grid = cells(4, 4, step=20_000)
    data = write(tmp_path / "cells.pmtiles", grid, min_zoom=zoom, max_zoom=zoom)
    found = set()
    for (_, column, row), features in read(data):
        for feature in features:
            index = feature["properties"]["id"]
            drawn = shapely.geometry.shape(feature["geometry"])
            centre = in_tile_units(grid[index], zoom, column, row).centroid
            assert drawn.envelope.equals(drawn)
            if drawn.within(shapely.box(0, 0, EXTENT, EXTENT)):
                assert drawn.area == PIXEL**2
                assert drawn.centroid.distance(centre) < 1
            found.add(index)
    assert found == set(range(16))


def test_holes_and_parts_are_kept_with_their_winding(tmp_path):
    ring = shapely.box(4.8, 45.7, 5.2, 45.9) - shapely.box(4.9, 45.75, 5.1, 45.85)
    both = shapely.union_all([ring, shapely.box(4.95, 45.78, 5.05, 45.82)])
    data = write(tmp_path / "cells.pmtiles", [both], min_zoom=0, max_zoom=12)
    areas: defaultdict[int, float] = defaultdict(float)
    for (zoom, column, row), (feature,) in read(data):
        outline = feature["geometry"]
        multiple = outline["type"] == "MultiPolygon"
        polygons = outline["coordinates"] if multiple else [outline["coordinates"]]
        for shell, *holes in polygons:
            assert area(shell) > 0
            assert all(area(hole) < 0 for hole in holes)
        drawn = shapely.geometry.shape(outline)
        assert drawn.is_valid
        areas[zoom] += (drawn & shapely.box(0, 0, EXTENT, EXTENT)).area
        frame = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
        expected = in_tile_units(both, zoom, column, row) & frame
        if zoom > 6:
            assert drawn.hausdorff_distance(expected) < 1
    for zoom in (8, 10, 12):
        assert areas[zoom] == pytest.approx(in_tile_units(both, zoom, 0, 0).area, rel=0.01)


def test_identical_tiles_are_stored_once(tmp_path):
    data = write(tmp_path / "cells.pmtiles", [shapely.box(0, 40, 8, 48)], min_zoom=8, max_zoom=10)
    header = Reader(MemorySource(data)).header()
    root = deserialize_directory(data[127 : 127 + header["root_length"]])
    assert header["tile_contents_count"] < header["tile_entries_count"]
    assert header["tile_entries_count"] == len(root) < header["addressed_tiles_count"]
    assert max(entry.run_length for entry in root) > 10
    whole = [features for _, features in read(data)]
    assert header["addressed_tiles_count"] == len(whole)
    full = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    shapes = [shapely.geometry.shape(feature["geometry"]) for (feature,) in whole]
    assert sum(shape.equals(full) for shape in shapes) > 100


def test_a_large_directory_has_leaves(tmp_path):
    places = np.random.default_rng(1).uniform((-4, 43), (7, 50), (6000, 2))
    grid = shapely.box(*places.T, *(places + 0.002).T)
    data = write(tmp_path / "cells.pmtiles", grid)
    reader = Reader(MemorySource(data))
    header = reader.header()
    assert header["root_offset"] + header["root_length"] <= 16_384
    assert header["leaf_directory_length"] > 0
    tiles = dict(all_tiles(MemorySource(data)))
    assert len(tiles) == header["addressed_tiles_count"]
    for place in list(tiles)[::500]:
        assert reader.get(*place) == tiles[place]
    found = {
        feature["properties"]["id"]
        for (zoom, _, _), features in read(data)
        if zoom == 14
        for feature in features
    }
    assert found == set(range(len(grid)))


def test_leaves_grow_until_the_root_fits():
    ids = np.cumsum(np.random.default_rng(1).integers(1, 1000, 60_000))
    lengths = np.random.default_rng(2).integers(1, 9999, 60_000)
    entries = np.column_stack((ids, np.ones_like(ids), lengths, np.cumsum(lengths) - lengths))
    root, leaves = directories(entries, room=80)
    assert len(root) <= 80
    read_back = [
        (entry.tile_id, entry.run_length, entry.length, entry.offset)
        for pointer in deserialize_directory(root)
        for entry in deserialize_directory(leaves[pointer.offset : pointer.offset + pointer.length])
    ]
    assert np.array_equal(read_back, entries)


@given(st.integers(0, 24).flatmap(lambda z: st.tuples(st.just(z), *[st.integers(0, 2**z - 1)] * 2)))
def test_tile_ids_are_those_of_pmtiles(place):
    zoom, column, row = place
    (tile_id,) = tile_ids(zoom, np.array([column]), np.array([row])).tolist()
    assert tile_id == zxy_to_tileid(zoom, column, row)
    assert tileid_to_zxy(tile_id) == place


@given(st.lists(st.integers(0, 2**63 - 1)))
def test_varints_decode_to_themselves(values):
    data, ends = varints(np.array(values, dtype=np.int64))
    decoded = [
        sum((byte & 127) << 7 * rank for rank, byte in enumerate(data[start:stop]))
        for start, stop in pairwise(ends)
    ]
    assert decoded == values
    assert all(data[stop - 1] < 128 for stop in ends[1:])


@given(
    st.tuples(st.floats(-179, 179), st.floats(-84, 84), st.floats(1e-6, 0.5), st.floats(1e-6, 0.5)),
    st.integers(0, 10),
)
def test_any_rectangle_is_found_at_any_zoom(tmp_path_factory, rectangle, zoom):
    west, south, width, height = rectangle
    shape = shapely.box(west, south, west + width, south + height)
    path = tmp_path_factory.mktemp("any") / "cells.pmtiles"
    data = write(path, [shape], min_zoom=zoom, max_zoom=zoom)
    drawn = 0.0
    for (found, column, row), (feature,) in read(data):
        assert found == zoom
        outline = shapely.geometry.shape(feature["geometry"])
        expected = in_tile_units(shape, zoom, column, row)
        assert outline.distance(expected) < 1
        drawn += (outline & shapely.box(0, 0, EXTENT, EXTENT)).area
    expected = in_tile_units(shape, zoom, 0, 0)
    assert 0 < drawn >= min(PIXEL**2, expected.area) - expected.length / 2 - 2


SQUARE = shapely.box(4, 45, 5, 46)
BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


@pytest.mark.parametrize(
    ("geometries", "properties", "options", "sentence"),
    [
        ([], [], {}, "polygons"),
        ([SQUARE], [], {}, "as many rows"),
        ([[SQUARE]], [{}], {}, "as many rows"),
        ([SQUARE, shapely.Point(4, 45)], [{}, {}], {}, "Geometry 1 .POINT"),
        ([None], [{}], {}, "Geometry 0"),
        ([shapely.Polygon()], [{}], {}, "Geometry 0"),
        ([BOW_TIE], [{}], {}, "Self-intersection"),
        ([shapely.box(842_000, 6_519_000, 842_200, 6_519_200)], [{}], {}, "EPSG:4326"),
        ([SQUARE], [{}], {"min_zoom": 12, "max_zoom": 11}, "12 to 11"),
        ([SQUARE], [{}], {"max_zoom": 40}, "9 to 40"),
        ([SQUARE], [{"a": float("inf")}], {}, "'a'"),
        ([SQUARE], [{"a": 2**53 + 1}], {}, "'a'"),
        ([SQUARE], [{"a": [1]}], {}, "'a'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_leaves_nothing(
    tmp_path, geometries, properties, options, sentence
):
    with pytest.raises(BadInput, match=sentence):
        write(tmp_path / "cells.pmtiles", geometries, properties, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "cells.pmtiles"
    path.write_text("old")

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match=r"No space left.*cells\.pmtiles") as caught:
        write(path, cells(2, 2))
    assert caught.value.errno == errno.ENOSPC
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent/cells\.pmtiles"):
        write(tmp_path / "absent" / "cells.pmtiles", cells(1, 1))
