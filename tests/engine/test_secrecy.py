"""Who is hidden, and what subtraction would tell: by hand numbers on squares of 100 m."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from labo import secrecy
from labo.secrecy import MIN_HOUSEHOLDS, MIN_RESIDENTS, Published, hidden, leaks

NAN = float("nan")
Box = tuple[float, float, float, float]


def published(zones: Mapping[str, tuple[Box, float, float]]) -> Published:
    """Zones as (west, south, east, north) in metres, households, residents."""
    return Published(
        zones=list(zones),
        geometry=np.array([shapely.box(*box) for box, _, _ in zones.values()], dtype=object),
        households=np.array([h for _, h, _ in zones.values()]),
        population=np.array([p for _, _, p in zones.values()]),
    )


def told(
    one: Published, other: Published | None = None
) -> list[tuple[tuple[str, ...], str, float]]:
    found = leaks(one, one if other is None else other)
    return [(leak.members, leak.outer, leak.count) for leak in found]


def test_hidden_below_eleven_households() -> None:
    households = np.array([10.0, 11.0, 0.0, 10.9999, NAN, NAN, NAN])
    population = np.array([500.0, 3.0, 0.0, 500.0, 54.0, 55.0, NAN])
    expected = [True, False, True, True, True, False, False]
    assert hidden(households, population).tolist() == expected


@pytest.mark.parametrize(
    ("inner", "leak"),
    [(100.0, False), (97.0, True), (90.0, True), (89.0, False), (89.5, True), (103.0, False)],
)
def test_nested_zones(inner: float, leak: bool) -> None:
    pair = published({"big": ((0, 0, 100, 100), 100, 220), "small": ((0, 0, 100, 90), inner, 200)})
    expected: list[Any] = [(("small",), "big", pytest.approx(100 - inner))] if leak else []
    assert told(pair) == expected


def test_zones_side_by_side_tell_nothing() -> None:
    assert told(published({
        "west": ((0, 0, 100, 100), 100, 220), "east": ((100, 0, 200, 100), 97, 215),
    })) == []  # fmt: skip


def test_zones_that_overlap_in_part_tell_nothing() -> None:
    assert told(published({
        "west": ((0, 0, 100, 100), 100, 220), "east": ((50, 0, 150, 100), 97, 215),
    })) == []  # fmt: skip


def test_one_place_under_two_names_tells_nothing() -> None:
    assert told(published({
        "official": ((0, 0, 100, 100), 100, 220), "drawn": ((0, 0, 100, 100), 100, 220),
    })) == []  # fmt: skip


def test_zone_that_sticks_out_by_a_sliver_lies_inside() -> None:
    pair = published({
        "big": ((0, 0, 100, 100), 100, 220), "small": ((-0.5, 0, 99, 100), 97, 214),
    })  # fmt: skip
    assert told(pair) == [(("small",), "big", 3.0)]


def test_residents_stand_in_for_households_that_are_not_counted() -> None:
    pair = {"big": ((0, 0, 100, 100), NAN, 300), "small": ((0, 0, 100, 90), NAN, 250)}
    found = leaks(published(pair), published(pair))  # another object with the same zones
    assert [(x.count, x.unit) for x in found] == [(50.0, "residents")]
    assert str(MIN_RESIDENTS) in str(found[0])
    pair["small"] = ((0, 0, 100, 90), NAN, 245)
    assert told(published(pair)) == []


def test_what_is_not_counted_in_either_way_tells_nothing() -> None:
    assert told(published({
        "big": ((0, 0, 100, 100), NAN, NAN), "small": ((0, 0, 100, 90), 97, 250),
    })) == []  # fmt: skip


COMMUNES: dict[str, tuple[Box, float, float]] = {
    "epci": ((0, 0, 300, 100), 304, 700),
    "a": ((0, 0, 100, 100), 100, 220),
    "b": ((100, 0, 200, 100), 200, 470),
    # c, with 4 households, is not published.
}


def test_sum_of_the_parts_tells_of_the_part_that_is_hidden() -> None:
    assert told(published(COMMUNES)) == [(("a", "b"), "epci", 4.0)]


def test_sum_is_found_behind_a_larger_zone_that_overlaps_the_parts() -> None:
    """Taken largest first, the middle would keep both neighbours out."""
    middle = {"middle": ((50.0, 0.0, 200.0, 100.0), 150.0, 300.0)}
    assert told(published(COMMUNES | middle)) == [(("a", "b"), "epci", 4.0)]


def test_whole_sums_tell_nothing() -> None:
    assert told(published(COMMUNES | {"c": ((200, 0, 300, 100), 4, 10)})) == []
    assert told(published(COMMUNES | {"c": ((200, 0, 300, 100), 15, 30)})) == []


def test_two_releases_tell_together_what_neither_does() -> None:
    one = published({"qpv": ((0, 0, 100, 100), 100, 220)})
    other = published({"drawn": ((0, 0, 100, 97), 97, 214)})
    assert told(one) == told(other) == told(one, other) == []
    assert told(other, one) == [(("drawn",), "qpv", 3.0)]


def test_same_zone_in_two_releases_is_the_same_place_at_another_time() -> None:
    one = published({"qpv": ((0, 0, 100, 100), 100, 220)})
    later = published({"qpv": ((0, 0, 100, 100), 103, 226)})
    assert told(one, later) == told(later, one) == []
    grown = published({"qpv": ((0, 0, 103, 100), 103, 226)})
    assert told(one, grown) == [(("qpv",), "qpv", 3.0)]


def test_reason_to_publish_does_not_say_how_many() -> None:
    pair = published({
        "big": ((0, 0, 100, 100), 107, 220), "small": ((0, 0, 100, 90), 100, 200),
    })  # fmt: skip
    [leak] = leaks(pair, pair)
    assert str(leak) == f"big moins small : moins de {MIN_HOUSEHOLDS} ménages"
    assert "7" not in str(leak)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.data())
def test_a_band_of_communes_tells_exactly_when_the_rest_is_few(
    households: list[int], data: st.DataObject
) -> None:
    """Whichever parts are published, their sum is found when it leaves one to ten households."""
    shown = data.draw(st.sets(st.sampled_from(range(len(households))), min_size=1))
    zones: dict[str, tuple[Box, float, float]] = {
        f"c{i}": ((100.0 * i, 0, 100.0 * (i + 1), 100), float(households[i]), 0.0) for i in shown
    }
    zones["whole"] = ((0, 0, 100.0 * len(households), 100), float(sum(households)), 0.0)
    left = sum(households) - sum(households[i] for i in shown)
    members = tuple(f"c{i}" for i in shown)
    found = [count for m, _, count in told(published(zones)) if set(m) == set(members)]
    assert found == ([left] if 0 < left < MIN_HOUSEHOLDS else [])


def test_order_of_the_zones_does_not_matter() -> None:
    turned = dict(reversed(COMMUNES.items()))
    assert {(frozenset(m), o, c) for m, o, c in told(published(turned))} == {
        (frozenset({"a", "b"}), "epci", 4.0)
    }


def test_two_thousand_zones() -> None:
    """An EPCI, its communes, and neighbourhoods of which one is nearly its commune."""
    side, step = 44, 100.0
    boxes = {
        f"z{i}-{j}": ((i * step, j * step, (i + 1) * step, (j + 1) * step), 50.0, 110.0)
        for i in range(side)
        for j in range(side)
    }
    strips = {
        f"s{i}": ((i * step, 0.0, (i + 1) * step, side * step), 50.0 * side, 110.0 * side)
        for i in range(side)
    }
    whole = {"all": ((0.0, 0.0, side * step, side * step), 50.0 * side**2 + 5, 110.0 * side**2)}
    zones = published(boxes | strips | whole)
    assert len(zones.zones) > 1_980
    found = secrecy.leaks(zones, zones)
    assert {(x.outer, x.count) for x in found} == {("all", 5.0)}
    assert {len(x.members) for x in found} == {side, side**2}
