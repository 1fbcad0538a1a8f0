"""Who is hidden, and what subtraction would tell: by hand numbers on squares of 100 m."""

from collections.abc import Mapping
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from labo import secrecy
from labo.differencing import MOST_ATOMS, atoms_of, combination, few_told, hide
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


# Every sum, where zones cross


CROSSING: dict[str, tuple[Box, float, float]] = {
    "west": ((0, 0, 200, 100), 104, 220),
    "east": ((100, 0, 300, 100), 154, 330),
    "both": ((0, 0, 300, 100), 254, 540),
    # 4 households live where west and east meet.
}


def test_meeting_of_two_zones_is_told_by_their_union() -> None:
    zones = published(CROSSING)
    [leak] = leaks(zones, zones)
    assert (leak.outer, leak.added, leak.members) == ("east", ("west",), ("both",))
    assert leak.count == pytest.approx(4.0)
    assert str(leak) == "east plus west moins both : moins de 11 ménages"
    assert (leak.whole, leak.inner) == ("east plus west", "both")


def test_meeting_where_nobody_or_enough_live_tells_nothing() -> None:
    for common in (0.0, 11.0, 30.0):
        union = (100 + 150 + common, 600.0)
        zones = CROSSING | {
            "west": ((0.0, 0.0, 200.0, 100.0), 100 + common, 300.0),
            "east": ((100.0, 0.0, 300.0, 100.0), 150 + common, 350.0),
            "both": ((0.0, 0.0, 300.0, 100.0), *union),
        }
        assert told(published(zones)) == []


def test_zone_counted_twice_over_is_told_by_halves() -> None:
    """The three unions of two squares tell of each square: (ab + ac − bc) / 2 is a."""
    a, b, c = ((100.0 * i, 0.0, 100.0 * (i + 1), 100.0) for i in (0, 1, 2))
    counts = (6.0, 30.0, 50.0)
    squares = [shapely.box(*x) for x in (a, b, c)]
    pairs = {"ab": (0, 1), "bc": (1, 2), "ac": (0, 2)}
    zones = Published(
        zones=list(pairs),
        geometry=np.array([shapely.union(squares[i], squares[j]) for i, j in pairs.values()]),
        households=np.array([counts[i] + counts[j] for i, j in pairs.values()]),
        population=np.full(3, NAN),
    )
    [leak] = leaks(zones, zones)
    assert (leak.outer, leak.added, leak.members) == ("ac", ("ab",), ("bc",))
    assert str(leak) == "0.5 × ac plus 0.5 × ab moins 0.5 × bc : moins de 11 ménages"


def test_sums_in_residents_where_households_are_not_counted() -> None:
    zones = {name: (box, NAN, residents) for name, (box, _, residents) in CROSSING.items()}
    zones["both"] = (CROSSING["both"][0], NAN, 510.0)
    [leak] = leaks(published(zones), published(zones))
    assert leak.count == pytest.approx(40.0)
    assert leak.unit == "residents"
    zones["both"] = (CROSSING["both"][0], NAN, 495.0)
    assert told(published(zones)) == []


def test_households_decide_where_both_are_counted() -> None:
    """30 households of one resident each may be told, although they are fewer than 55."""
    zones = CROSSING | {"both": ((0.0, 0.0, 300.0, 100.0), 228.0, 520.0)}
    assert told(published(zones)) == []


def test_sums_across_two_releases() -> None:
    one = published({name: CROSSING[name] for name in ("west", "both")})
    other = published({"east": CROSSING["east"]})
    assert told(one) == told(other) == []
    assert [c for _, _, c in told(one, other)] == [pytest.approx(4.0)]
    assert told(other, one) == []  # its outer zone is of the other release


def test_what_one_release_hides_another_tells() -> None:
    hidden = published(CROSSING | {"both": (CROSSING["both"][0], NAN, NAN)})
    other = published({name: CROSSING[name] for name in ("both",)})
    assert told(hidden) == told(other) == []
    assert [c for _, _, c in told(other, hidden)] == [pytest.approx(4.0)]


def test_agreement_that_asks_for_more() -> None:
    pair = published({"big": ((0, 0, 100, 100), 100, 220), "small": ((0, 0, 100, 90), 85, 200)})
    assert told(pair) == []
    stricter = Published(pair.zones, pair.geometry, pair.households, pair.population, 20)
    [leak] = leaks(stricter, stricter)
    assert (leak.count, leak.fewest) == (15.0, 20)
    assert str(leak) == "big moins small : moins de 20 ménages"


def test_edges_drawn_twice_make_no_atom() -> None:
    """A strip of 8 m between outlines of two producers is nobody's home."""
    shapes = np.array([shapely.box(0, 0, 300, 300), shapely.box(-8, 100, 200, 200)])
    assert atoms_of(shapes, edge=5.0, sliver=100.0).sum(axis=1).tolist() == [2, 1]
    assert atoms_of(shapes, edge=1.0, sliver=100.0).sum(axis=1).tolist() == [2, 2]


def test_parts_of_an_atom_that_lie_apart_are_one() -> None:
    shapes = np.array([shapely.box(0, 0, 300, 100), shapely.box(100, -50, 200, 150)])
    covers = atoms_of(shapes, edge=1.0, sliver=100.0)
    assert covers.shape == (2, 3)


def groups(atoms: int) -> list[tuple[int, ...]]:
    everything = range(1, atoms + 1)
    return list(chain.from_iterable(combinations(range(atoms), n) for n in everything))


@given(
    st.integers(2, 6).flatmap(
        lambda n: st.tuples(
            st.lists(
                st.lists(st.booleans(), min_size=n, max_size=n).filter(any), min_size=1, max_size=6
            ),
            st.lists(st.sampled_from([0, 1, 4, 7, 12, 30]), min_size=n, max_size=n),
        )
    )
)
def test_sums_are_those_that_trying_everything_finds(
    drawn: tuple[list[list[bool]], list[int]],
) -> None:
    rows = np.array(drawn[0])
    people = np.array(drawn[1], dtype=float)
    counts = rows @ people
    found = {g.atoms for g in few_told(rows, counts, MIN_HOUSEHOLDS)}
    published_rows = {row.tobytes() for row in rows}

    def vector(atoms: tuple[int, ...]) -> Any:
        target = np.zeros(len(people), dtype=bool)
        target[list(atoms)] = True
        return target

    def few(atoms: tuple[int, ...]) -> bool:
        return bool(0 < people[list(atoms)].sum() < MIN_HOUSEHOLDS)

    def rank(*more: Any) -> int:
        return int(np.linalg.matrix_rank(np.vstack([rows, *more]).astype(float)))

    known = {g for g in groups(len(people)) if rank(vector(g)[None]) == rank()}
    smallest = {
        g for g in known if not any(set(h) < set(g) for h in known) and len(g) <= MOST_ATOMS
    }
    expected = {g for g in smallest if few(g) and vector(g).tobytes() not in published_rows}
    assert found == expected
    for g in few_told(rows, counts, MIN_HOUSEHOLDS):
        assert g.weights @ counts == pytest.approx(people[list(g.atoms)].sum())
        assert (g.weights @ rows == vector(g.atoms)).all()


@given(
    st.lists(st.lists(st.booleans(), min_size=5, max_size=5).filter(any), min_size=2, max_size=8),
    st.lists(st.sampled_from([0, 3, 8, 11, 40]), min_size=5, max_size=5),
)
def test_after_hiding_nothing_secret_is_in_the_sums(
    drawn: list[list[bool]], given_people: list[int]
) -> None:
    rows, people = np.array(drawn), np.array(given_people, dtype=float)
    counts = rows @ people
    small = (counts > 0) & (counts < MIN_HOUSEHOLDS)
    none = np.zeros(len(rows), dtype=bool)
    hidden = hide(
        rows, counts, few=MIN_HOUSEHOLDS, hidden=small, fixed=none, targets=rows[small], cost=counts
    )
    assert (hidden | ~small).all()
    shown = rows[~hidden]
    for target in rows[small]:
        assert combination(shown, target) is None
    assert few_told(shown, counts[~hidden], MIN_HOUSEHOLDS) == []
    again = hide(
        rows, counts, few=MIN_HOUSEHOLDS, hidden=small, fixed=none, targets=rows[small], cost=counts
    )
    assert (again == hidden).all()


def test_what_is_known_already_is_not_hidden() -> None:
    rows = np.array([[True, True], [True, False]])
    hidden = hide(
        rows, np.array([34.0, 30.0]), few=11, hidden=np.zeros(2, bool),
        fixed=np.array([False, True]), targets=np.zeros((0, 2), bool), cost=np.array([9.0, 0.0]),
    )  # fmt: skip
    assert hidden.tolist() == [True, False]


def test_forty_zones_that_cross() -> None:
    rng = np.random.default_rng(5)
    corners = rng.integers(0, 30, (40, 2)) * 100.0
    sizes = rng.integers(3, 12, (40, 2)) * 100.0
    shapes = shapely.box(*corners.T, *(corners + sizes).T)
    covers = atoms_of(shapes, edge=5.0, sliver=100.0)
    people = rng.integers(20, 300, covers.shape[1]).astype(float)
    counts = covers @ people
    zones = Published([f"z{i}" for i in range(40)], shapes, counts, 2.2 * counts)
    assert covers.shape[1] > 100
    assert told(zones) == []
