"""Walking distances: small towns worked out by hand, and laws that hold in any town."""

import heapq
import json
import sys
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from labo import access
from labo.access import (
    build_network,
    entrances,
    metres_to_nearest,
    snap,
    walking_minutes,
)
from labo.errors import BadInput

# A corner of France in EPSG:3035, so that coordinates are metres as they are in a file.
AT = np.array([3_700_000.0, 2_800_000.0])


def line(*points) -> shapely.LineString:
    return shapely.LineString(AT + np.array(points, dtype=float))


def area(west, south, east, north) -> shapely.Polygon:
    return shapely.box(AT[0] + west, AT[1] + south, AT[0] + east, AT[1] + north)


def points(*where):
    return AT + np.array(where, dtype=float).reshape(-1, 2)


def shapes(*given):
    return np.array(given, dtype=object)


# Three streets, like a U lying on its side: 100 m east, 60 m north, 100 m back west.
TOWN = shapes(
    line((0, 0), (100, 0)),
    line((100, 0), (100, 60)),
    line((100, 60), (0, 60)),
)


def metres(streets, homes, places, **options):
    network = build_network(streets)
    return metres_to_nearest(network, snap(network, homes), snap(network, places), **options)


def test_a_town_of_three_streets_by_hand():
    network = build_network(TOWN)
    # Pieces of 25 m along 100 m, of 20 m along 60 m.
    assert len(network.x) == 12
    assert network.metres == pytest.approx(260)
    assert network.islet_metres == 0
    assert (network.lengths != network.lengths.T).nnz == 0
    # From 5 m south of the west end, all around the U, to 3 m north of the other end.
    assert metres(TOWN, points((0, -5)), points((0, 63))) == pytest.approx([5 + 260 + 3])
    # The corner shop is nearer: 100 m, then 40 m north, then 4 m aside.
    both = metres(TOWN, points((0, -5), (50, 8)), points((0, 63), (104, 40)))
    assert both == pytest.approx([5 + 100 + 40 + 4, 8 + 50 + 40 + 4])
    assert walking_minutes(both) == pytest.approx([149 * 60 / 4000, 102 * 60 / 4000])
    assert walking_minutes(both, access.WALKING_65_PLUS_KMH) == pytest.approx(both / 50)


def test_a_home_on_a_place_is_at_no_distance():
    assert metres(TOWN, points((100, 0)), points((100, 0))) == [0]


def test_bends_are_walked_and_long_streets_are_cut():
    bent = shapes(line((0, 0), (0, 30), (40, 30), (40, 0)))
    network = build_network(bent)
    assert network.metres == pytest.approx(100)
    assert network.lengths.data.max() <= access.PIECE_M
    assert metres(bent, points((0, 0)), points((40, 0))) == pytest.approx([100])


def test_streets_meet_at_shared_vertices_only():
    crossing = [(50, -50), (50, 0), (50, 50)]
    joined = shapes(line((0, 0), (50, 0), (100, 0)), line(*crossing))
    assert metres(joined, points((0, 0)), points((50, 50))) == pytest.approx([100])
    # A bridge: the lines cross between two vertices, even where both are cut into pieces.
    bridge = shapes(line((0, 0), (100, 0)), line((50, -50), (50, 50)), line((100, 0), (50, 50)))
    around = 100 + np.hypot(50, 50)
    assert metres(bridge, points((0, 0)), points((50, 50))) == pytest.approx([around])


def test_vertices_that_a_reprojection_moved_apart_still_meet():
    apart = shapes(line((0, 0), (50, 0)), line((50 + 1e-7, 1e-7), (100, 0)))
    assert metres(apart, points((0, 0)), points((100, 0))) == pytest.approx([100])


def test_a_street_given_twice_counts_once():
    twice = build_network(np.concatenate([TOWN, shapely.reverse(TOWN)]))
    assert twice.metres == pytest.approx(260, abs=1e-3)


def test_streets_with_a_crs_are_reprojected():
    there = gpd.GeoDataFrame(geometry=TOWN, crs=3035)
    network = build_network(there.to_crs(4326))
    assert network.metres == pytest.approx(260, abs=0.01)
    assert build_network(there.geometry).metres == pytest.approx(260)
    parts = shapes(shapely.multilinestrings(list(TOWN)))
    assert build_network(parts).metres == pytest.approx(260)


def test_a_home_beside_an_islet_leaves_by_the_streets():
    # 10 m of path in a courtyard, joined to nothing, right under the window.
    islet = np.concatenate([TOWN, shapes(line((50, 20), (50, 30)))])
    network = build_network(islet)
    assert network.islet_metres == pytest.approx(10)
    assert network.metres == pytest.approx(260)
    home, place = points((50, 20)), points((100, 0))
    assert metres(islet, home, place) == pytest.approx([20 + 50])


def test_a_large_part_stays_although_nothing_leads_to_it():
    island = np.concatenate([TOWN, shapes(line((0, 3_000), (100, 3_000)))])
    network = build_network(island)
    assert network.islet_metres == 0
    found = metres(island, points((0, 3_000), (0, 0)), points((100, 0)))
    assert found[0] == np.inf
    assert found[1] == pytest.approx(100)


def test_further_than_the_limit_is_infinite_and_off_the_streets_is_unknown():
    home = points((0, 0), (0, -access.MAX_SNAP_M - 1))
    assert metres(TOWN, home, points((0, 60)), limit_m=260)[0] == pytest.approx(260)
    found = metres(TOWN, home, points((0, 60)), limit_m=259)
    assert found[0] == np.inf
    assert np.isnan(found[1])
    assert walking_minutes(found)[0] == np.inf
    assert np.isnan(walking_minutes(found)[1])
    # The limit is for the whole way, the first steps included.
    assert metres(TOWN, points((0, -5)), points((0, 60)), limit_m=262) == [np.inf]


def test_without_a_place_nothing_is_near():
    none = np.empty((0, 2))
    assert metres(TOWN, points((0, 0)), none) == [np.inf]
    assert len(metres(TOWN, none, points((0, 0)))) == 0
    network = build_network(TOWN)
    far = snap(network, points((0, 9_000)))
    assert far.off == 1
    assert metres_to_nearest(network, snap(network, points((0, 0))), far) == [np.inf]


# Areas.


def test_a_park_is_entered_from_every_street_along_it():
    network = build_network(TOWN)
    # Between the arms of the U, 15 m from the lower one and 25 m from the upper.
    found = entrances(network, shapes(area(20, 15, 80, 35)))
    assert found.points == 1
    assert found.off == 0
    # The nodes at 25, 50 and 75 m, and the one of the cross street 20 m to its east.
    assert sorted(found.metres) == pytest.approx([15, 15, 15, 20])
    walk = metres_to_nearest(network, snap(network, points((0, 0))), found)
    assert walk == pytest.approx([25 + 15])


def test_inside_a_park_there_is_no_way_left_to_go():
    network = build_network(TOWN)
    found = entrances(network, shapes(area(40, -10, 60, 10)))
    assert found.metres.min() == 0
    # In by the node 15 m before it, which is as long as along the street.
    walk = metres_to_nearest(network, snap(network, points((0, 0), (50, 0))), found)
    assert walk == pytest.approx([40, 0])


def test_a_park_away_from_streets_is_entered_from_the_nearest():
    network = build_network(TOWN)
    found = entrances(network, shapes(area(20, 15, 80, 35), area(-140, -10, -100, 10)))
    away = found.point == 1
    assert away.sum() == 1
    assert (network.x[found.node[away]], network.y[found.node[away]]) == (AT[0], AT[1])
    assert found.metres[away] == pytest.approx([100])


def test_a_park_off_the_network_and_one_without_contour():
    network = build_network(TOWN)
    found = entrances(network, shapes(area(0, 9_000, 10, 9_010), shapely.Polygon()))
    assert found.points == 2
    assert found.off == 1
    home = snap(network, points((0, 0)))
    assert metres_to_nearest(network, home, found) == [np.inf]
    assert np.isnan(metres_to_nearest(network, found, home)).all()


def test_points_may_stand_among_areas():
    network = build_network(TOWN)
    found = entrances(network, shapes(shapely.Point(*points((0, -5))[0]), area(90, -5, 110, 5)))
    assert found.metres[found.point == 0] == pytest.approx([5])
    assert found.metres[found.point == 1].min() == 0


# What is refused.


@pytest.mark.parametrize(
    ("streets", "words"),
    [
        (shapes(), "no street to walk on"),
        (shapes(shapely.LineString()), "no street to walk on"),
        (shapes(line((0, 0), (0, 0))), "no street to walk on"),
        (shapes(area(0, 0, 1, 1)), "hold a Polygon; lines were expected"),
        (shapes(shapely.LineString([(-0.5, 47.4), (-0.6, 47.4)])), r"\(-0.5, 47.4\).*degrees"),
        (shapes(line((0, 0), (np.inf, 0))), "or nowhere; EPSG:3035 metres were expected"),
    ],
)
def test_what_is_no_streets_is_refused(streets, words):
    with pytest.raises(BadInput, match=words):
        build_network(streets)


def test_a_point_without_place_and_a_speed_of_nothing_are_refused():
    network = build_network(TOWN)
    with pytest.raises(BadInput, match=r"Point 1 is at \(nan"):
        snap(network, points((0, 0), (np.nan, 0)))
    for speed in (0.0, -4.0, np.nan):
        with pytest.raises(BadInput, match="above 0 was expected"):
            walking_minutes([1.0], speed)


# Laws, in towns of any form.

seeds = st.integers(0, 2**32 - 1)


def any_town(rng):
    """Streets between random corners of a jittered grid, with homes and places beside them."""
    side = int(rng.integers(3, 7))
    spots = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) * 80.0
    spots += AT + rng.uniform(-30, 30, spots.shape)
    pairs = rng.integers(len(spots), size=(3 * len(spots), 2))
    near = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
    pairs = pairs[(near > 1) & (near < 250)]
    pairs = np.concatenate([pairs, [[0, 1]]])
    streets = shapely.linestrings(spots[pairs])
    beside = AT + rng.uniform(-50, 80 * side + 50, (30, 2))
    return streets, beside[:20], beside[20:]


def by_hand(network, homes, places):
    """Dijkstra as in the book, from one home after the other."""
    lengths = network.lengths
    found = []
    for start, first in zip(homes.node, homes.metres, strict=True):
        at = {int(start): first}
        queue = [(first, int(start))]
        while queue:
            walked, node = heapq.heappop(queue)
            if walked > at[node]:
                continue
            for edge in range(lengths.indptr[node], lengths.indptr[node + 1]):
                to, total = int(lengths.indices[edge]), walked + lengths.data[edge]
                if total < at.get(to, np.inf):
                    at[to] = total
                    heapq.heappush(queue, (total, to))
        last = [at.get(int(n), np.inf) + m for n, m in zip(places.node, places.metres, strict=True)]
        best = min(last)
        found.append(best if best <= access.LIMIT_M else np.inf)
    return found


@given(seeds)
def test_it_agrees_with_dijkstra_of_the_book(seed):
    streets, homes, places = any_town(np.random.default_rng(seed))
    network = build_network(streets)
    here, there = snap(network, homes), snap(network, places)
    assert metres_to_nearest(network, here, there) == pytest.approx(by_hand(network, here, there))


@given(seeds)
def test_one_more_place_makes_no_way_longer(seed):
    streets, homes, places = any_town(np.random.default_rng(seed))
    network = build_network(streets)
    here = snap(network, homes)
    fewer = metres_to_nearest(network, here, snap(network, places[:-1]))
    more = metres_to_nearest(network, here, snap(network, places))
    assert (more <= fewer).all()
    alone = [metres_to_nearest(network, here, snap(network, place)) for place in places]
    assert (more == np.min(alone, axis=0)).all()


@given(seeds)
def test_the_order_and_direction_of_streets_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    streets, homes, places = any_town(rng)
    turned = rng.permutation(streets)
    turned[::2] = shapely.reverse(turned[::2])
    assert metres(turned, homes, places) == pytest.approx(metres(streets, homes, places), abs=0.5)


@given(seeds)
def test_the_way_back_is_as_long_and_none_is_shorter_than_the_crow_flies(seed):
    streets, homes, places = any_town(np.random.default_rng(seed))
    network = build_network(streets)
    home, place = snap(network, homes[:1]), snap(network, places[:1])
    there = metres_to_nearest(network, home, place)
    assert metres_to_nearest(network, place, home) == pytest.approx(there)
    # Vertices that are one node lie up to 0.1 m apart.
    assert there[0] >= np.hypot(*(homes[0] - places[0])) - 1


@given(seeds)
def test_a_smaller_limit_only_hides(seed):
    streets, homes, places = any_town(np.random.default_rng(seed))
    every = metres(streets, homes, places)
    near = metres(streets, homes, places, limit_m=200.0)
    assert (near == np.where(every <= 200.0, every, np.inf)).all()


# The benchmark.


@pytest.mark.skipif(find_spec("pandana") is None, reason="the extra `bench` brings pandana")
def test_the_benchmark_finds_the_same_as_pandana(monkeypatch, capfd):
    from bench import access as benchmark

    # One process: starting two would take longer than all the rest.
    monkeypatch.setattr(benchmark, "apart", lambda side, *given: side(*given))
    found = benchmark.figures(benchmark.Size(nodes=3_000, homes=500, repeats=1))
    assert found["agreement"]["largest_m"] < 1
    assert found["agreement"]["share_within_1_m"] == 1
    monkeypatch.setattr(benchmark, "figures", lambda size: found)
    assert benchmark.main(["--json"]) == 0
    sys.stdout.flush()
    said = capfd.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said)["benchmark"] == "access"
    assert benchmark.main(["--quick"]) == 0
    assert "pandana / labo, 6 kinds" in capfd.readouterr().out
