"""`coverage` beside the plain intersection of every polygon with every square."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity

from labo.crosswalk import coverage

SIZE = 200


def squares(columns, rows, west=0, south=0):
    """South-west corners of a block of squares."""
    x, y = np.meshgrid(np.arange(columns) * SIZE + west, np.arange(rows) * SIZE + south)
    return x.ravel(), y.ravel()


def by_intersection(zones, x, y, size=SIZE):
    """The same matrix, dense, by cutting every square with every zone."""
    boxes = shapely.box(x, y, x + size, y + size)
    zones = np.asarray(zones, dtype=object)[:, None]
    return shapely.area(shapely.intersection(zones, boxes)) / size**2


def of(zones, x, y, size=SIZE):
    return coverage(np.asarray(zones, dtype=object), x, y, size).toarray()


def star(rng, centre, reach, points=30):
    """A valid polygon with ragged edges."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, points))
    far = reach * rng.uniform(0.2, 1, points)
    ring = far[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.make_valid(shapely.Polygon(centre + ring))


ring = shapely.box(0, 0, 1000, 1000).difference(shapely.box(100, 300, 750, 900))
disc = shapely.Point(510, 490).buffer(300)
NAMED = {
    "edges on the sides of cells": shapely.box(200, 200, 600, 800),
    "one cell": shapely.box(400, 400, 600, 600),
    "a stair along the grid": shapely.Polygon(
        [(0, 0), (600, 0), (600, 200), (400, 200), (400, 400), (200, 400), (200, 600), (0, 600)]
    ),
    "a diagonal through the corners": shapely.Polygon([(0, 0), (1000, 1000), (0, 1000)]),
    "smaller than a cell": shapely.Point(310, 290).buffer(20),
    "smaller than a cell, over a corner": shapely.Point(400, 400).buffer(15),
    "a sliver inside a column": shapely.box(450, -50, 451, 1050),
    "a hole": ring,
    "a hole along the grid": shapely.box(0, 0, 1000, 1000) - shapely.box(200, 200, 800, 800),
    "a hole that touches the outline": shapely.Polygon(
        [(0, 0), (1000, 0), (1000, 1000), (0, 1000)], [[(0, 0), (500, 300), (300, 500)]]
    ),
    "an island in a hole": shapely.union_all([ring, shapely.Point(400, 600).buffer(120)]),
    "two parts": shapely.MultiPolygon([shapely.box(10, 10, 150, 990), shapely.box(500, 0, 900, 9)]),
    "two parts in one cell": shapely.union_all(
        [shapely.box(210, 210, 250, 250), shapely.box(300, 300, 390, 390)]
    ),
    "two parts that touch": shapely.MultiPolygon(
        [shapely.box(0, 0, 300, 300), shapely.box(300, 300, 600, 600)]
    ),
    "round": disc,
    "led clockwise": disc.reverse(),
    "a hole led like its outline": shapely.Polygon(
        disc.exterior, [affinity.scale(disc, 0.5, 0.5).exterior.coords]
    ),
    "all around the grid": shapely.box(-1e5, -1e5, 1e5, 1e5),
    "a frame around the grid": shapely.box(-900, -900, 1900, 1900) - shapely.box(0, 0, 1000, 1000),
    "over the edge": shapely.Point(0, 1000).buffer(350),
    "south of the grid": shapely.box(0, -900, 1000, -200),
    "north of the grid": shapely.box(0, 1000, 1000, 1500),
    "west of the grid": shapely.box(-900, 0, 0, 1000),
    "east of the grid": shapely.box(1000, 0, 1500, 1000),
    "far away": shapely.box(1e7, 1e7, 1.1e7, 1.1e7),
    "empty": shapely.Polygon(),
    "empty, several parts": shapely.MultiPolygon(),
    "no surface": shapely.LineString([(0, 0), (900, 900)]),
    "a collection, as from make_valid": shapely.GeometryCollection(
        [shapely.MultiPolygon([disc]), shapely.LineString([(0, 0), (900, 900)])]
    ),
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize(
    ("west", "south"), [(0, 0), (3_760_000, 2_890_000), (-600, -4000), (70, 30)]
)
def test_a_zone_is_covered_as_by_intersection(name, west, south):
    x, y = squares(5, 5, west, south)
    zone = affinity.translate(NAMED[name], west, south)
    found = of([zone], x, y)
    assert np.allclose(found, by_intersection([zone], x, y), rtol=0, atol=1e-9)
    assert found.min() >= 0
    assert found.max() <= 1


def test_shares_by_hand():
    x, y = squares(3, 1)
    zone = shapely.Polygon([(100, 0), (500, 0), (500, 100), (100, 100)])
    assert of([zone], x, y).tolist() == [[0.25, 0.5, 0.25]]


def test_an_edge_along_a_side_leaves_the_neighbour_out():
    x, y = squares(5, 5)
    share = coverage(np.array([NAMED["one cell"]], dtype=object), x, y, SIZE)
    assert share.nnz == 1
    assert share[0, 12] == 1.0


def test_none_and_nothing():
    x, y = squares(2, 2)
    assert of([None, shapely.box(0, 0, 200, 200)], x, y).tolist() == [[0] * 4, [1, 0, 0, 0]]
    assert of([], x, y).shape == (0, 4)
    assert of([shapely.box(0, 0, 200, 200)], x[:0], y[:0]).shape == (1, 0)


def test_squares_that_are_absent_are_not_made_up():
    x, y = squares(10, 10)
    kept = np.random.default_rng(1).uniform(size=100) < 0.3
    zones = [shapely.Point(900, 1100).buffer(700), shapely.box(0, 0, 2000, 2000)]
    found = of(zones, x[kept], y[kept])
    assert np.allclose(found, by_intersection(zones, x[kept], y[kept]), rtol=0, atol=1e-9)
    assert found[1].sum() == kept.sum()


def test_a_tall_grid_is_not_confused_with_its_next_column():
    # One row less or more than the grid has must not fall into another column.
    x, y = squares(4, 300)
    zones = [shapely.box(200, -400, 400, 100), shapely.box(200, 59_900, 400, 60_300)]
    assert np.allclose(of(zones, x, y), by_intersection(zones, x, y), rtol=0, atol=1e-9)


def test_squares_very_far_apart():
    x, y = np.array([-8_000_000, 0, 9_000_000]), np.array([7_000_000, 0, -6_000_000])
    zones = [shapely.box(a + 50, b, a + 150, b + 200) for a, b in zip(x, y, strict=True)]
    assert np.allclose(of(zones, x, y), np.eye(3) / 2, rtol=0, atol=1e-9)


numbers = st.integers(0, 2**32 - 1)
SIZES = st.sampled_from([1, 7, 200, 1000])


@given(seed=numbers, size=SIZES)
def test_any_zone_is_covered_as_by_intersection(seed, size):
    rng = np.random.default_rng(seed)
    corner = rng.integers(-30_000, 30_000, 2) * size
    wide, high = rng.integers(1, 12, 2)
    x, y = (np.array(side) // SIZE * size for side in squares(wide, high))
    kept = rng.permutation(len(x))[: rng.integers(1, len(x) + 1)]
    x, y = x[kept] + corner[0], y[kept] + corner[1]
    zones = [
        star(rng, corner + size * rng.uniform(-3, 14, 2), size * rng.choice([0.1, 1, 4, 15]))
        for _ in range(4)
    ]
    # Vertices on the corners of the grid, holes and several parts.
    snapped = shapely.transform(zones[0], lambda point: np.round(point / size) * size)
    zones += [
        shapely.make_valid(snapped),
        shapely.difference(zones[1], zones[2]),
        zones[3].union(zones[2]),
    ]
    assert np.allclose(of(zones, x, y, size), by_intersection(zones, x, y, size), atol=1e-9)


@given(seed=numbers)
def test_a_partition_keeps_totals(seed):
    rng = np.random.default_rng(seed)
    x, y = squares(15, 12, 3_760_000, 2_890_000)
    outline = shapely.box(x.min(), y.min(), x.max() + SIZE, y.max() + SIZE)
    sites = rng.uniform([x.min(), y.min()], [x.max(), y.max()], (rng.integers(2, 25), 2))
    # On the grid too, where zones meet along the sides of cells.
    sites = np.concatenate([sites, np.round(sites / SIZE) * SIZE])
    zones = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=outline)
    )
    zones = shapely.intersection(zones, outline)
    share = coverage(zones, x, y, SIZE)
    assert np.allclose(np.asarray(share.sum(axis=0)), 1.0, rtol=0, atol=1e-9)
    people = rng.exponential(size=len(x))
    assert (share @ people).sum() == pytest.approx(people.sum(), rel=1e-9)


@given(seed=numbers)
def test_the_order_of_squares_and_zones_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    x, y = squares(9, 9, -800, 3_000)
    centres = rng.uniform([-800, 3_000], [1_700, 5_500], (5, 2))
    zones = np.array([star(rng, c, 900) for c in centres])
    square, zone = rng.permutation(len(x)), rng.permutation(len(zones))
    found = of(zones, x, y)
    assert np.allclose(of(zones[zone], x[square], y[square]), found[zone][:, square], atol=1e-12)
