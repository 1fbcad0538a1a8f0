"""Inequality by hand numbers, by laws and against an oracle, then as the command line tells it."""

import json
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labo import cli, disparity
from labo import inequality as unequal
from labo.errors import BadInput, UnknownName
from labo.inequality import Group
from labo.release import Release

Floats = npt.NDArray[np.float64]

TO_FIVE = np.arange(1.0, 6.0)
NAN = float("nan")


@st.composite
def populations(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Values of a burden, a rank variable with ties, and whole weights."""
    size = draw(st.integers(2, 12))
    x = draw(arrays(float, size, elements=st.floats(1 / 64, 100, width=32)))
    rank = draw(arrays(float, size, elements=st.integers(0, 5).map(float)))
    weights = draw(arrays(float, size, elements=st.integers(1, 9).map(float)))
    return x, rank, weights


def group(numerator: Any, denominator: Any, spread: float = 0.0, draws: int = 50) -> Group:
    above, below = np.array(numerator, dtype=float), np.array(denominator, dtype=float)
    noise = 1 + spread * np.linspace(-1, 1, draws)
    return Group(above, below, above[:, None] * noise, np.repeat(below[:, None], draws, axis=1))


# Between zones


def test_gap_is_not_an_unweighted_mean_of_rates() -> None:
    """10 of 100 and 900 of 1,000: 910 of 1,100, where the mean of the rates would be a half."""
    found = unequal.gap(group([10, 900], [100, 1000]), group([100], [1000]))
    assert found.inside == pytest.approx(910 / 1100)
    assert found.central == pytest.approx(910 / 1100 - 0.1)


def test_gap_takes_draws_in_pairs() -> None:
    """An error that both sides share cancels out: the interval is that of the difference."""
    inside, rest = group([50], [100], 0.2), group([50], [100], 0.2)
    assert unequal.gap(inside, rest)[2:5] == pytest.approx((0, 0, 0), abs=1e-12)
    turned = rest._replace(numerator_draws=rest.numerator_draws[:, ::-1])
    found = unequal.gap(inside, turned)
    # Of 50 draws in even steps, between the 48th and the 49th.
    assert found.high == pytest.approx(0.2 * (2 * (0.95 * 51 - 1) / 49 - 1), rel=1e-6)
    assert not found.sure


def test_gap_drops_what_is_missing_and_says_so() -> None:
    inside = group([60, NAN], [100, 50])
    found = unequal.gap(inside, group([20], [100]))
    assert found.inside == 0.6
    assert found.share == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match=r"33\.3% of the weight has a value .* 50% is needed"):
        unequal.gap(group([NAN, 20], [100, 50]), group([20], [100]))


def test_gap_wants_paired_draws() -> None:
    with pytest.raises(ValueError, match="50 draws inside and 20 in the rest"):
        unequal.gap(group([1], [2]), group([1], [2], draws=20))


@given(st.lists(st.floats(0, 100), min_size=20, max_size=40), st.floats(0, 100))
def test_gap_interval_holds_the_central_value(drawn: list[float], central: float) -> None:
    rows = np.array([drawn])
    inside = Group(np.array([central]), np.ones(1), rows, np.ones_like(rows))
    found = unequal.gap(inside, group([3], [10], draws=len(drawn)))
    assert found.low <= found.central <= found.high


def test_ranks() -> None:
    values = np.array([8.0, 7, 6, 5, 4, 3, 2, 2])
    draws = np.repeat(values[:, None], 20, axis=1)
    draws[0, :4], draws[1, :4] = 7, 8  # in one draw of five the first two change places
    rank, low, high = unequal.ranks(values, draws)
    assert rank.tolist() == [1, 2, 3, 4, 5, 6, 7, 7]
    assert (low[:3].tolist(), high[:3].tolist()) == ([1, 1, 3], [2, 2, 3])
    with pytest.raises(ValueError, match="7 zones: ranks need at least 8"):
        unequal.ranks(values[:7], draws[:7])


# Between residents, by hand


def test_fractional_rank_shares_the_middle_of_ties() -> None:
    assert unequal.fractional_rank([3, 1, 1, 2]).tolist() == [0.875, 0.25, 0.25, 0.625]
    assert unequal.fractional_rank([1, 2], [3, 1]).tolist() == [0.375, 0.875]


def test_concentration_index() -> None:
    assert unequal.concentration_index(TO_FIVE, TO_FIVE) == pytest.approx(4 / 15)
    assert unequal.concentration_index(TO_FIVE, -TO_FIVE) == pytest.approx(-4 / 15)
    assert unequal.concentration_index([1, 3, 1, 3], [1, 1, 2, 2]) == pytest.approx(0)
    assert unequal.concentration_index([0, 0, 0, 1], [1, 2, 3, 4]) == pytest.approx(3 / 4)


def test_erreygers() -> None:
    ranks = [1, 2, 3, 4]
    assert unequal.erreygers([0, 0, 1, 1], ranks) == pytest.approx(1)
    assert unequal.erreygers([1, 1, 0, 0], ranks) == pytest.approx(-1)
    assert unequal.erreygers([20, 20, 30, 30], ranks, lowest=20, highest=30) == pytest.approx(1)
    with pytest.raises(ValueError, match=r"outside its bounds 0\.0 to 1\.0"):
        unequal.erreygers([0, 2], [1, 2])


def test_concentration_curve() -> None:
    people, amount = unequal.concentration_curve([1, 1, 2, 4], [1, 1, 2, 3])
    assert people.tolist() == [0, 0.5, 0.75, 1]
    assert amount.tolist() == [0, 0.25, 0.5, 1]


def test_gini() -> None:
    assert unequal.gini(TO_FIVE) == pytest.approx(4 / 15)
    assert unequal.gini([0, 0, 0, 8]) == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("epsilon", "value"), [(0, 0), (0.5, 0.0631534), (1, 0.1316096), (2, 0.2700730)]
)
def test_atkinson(epsilon: float, value: float) -> None:
    assert unequal.atkinson(TO_FIVE, epsilon) == pytest.approx(value, abs=1e-7)


def test_atkinson_of_somebody_who_has_nothing() -> None:
    assert unequal.atkinson([0, 4], 1) == unequal.atkinson([0, 4], 2) == 1
    assert unequal.atkinson([0, 4], 0.5) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="ε = -1"):
        unequal.atkinson(TO_FIVE, -1)


@pytest.mark.parametrize(("epsilon", "value"), [(0.5, 2.864181737), (-0.5, 3.135818263), (0, 3)])
def test_kolm_pollak_ede(epsilon: float, value: float) -> None:
    assert unequal.kolm_pollak_ede(TO_FIVE, epsilon) == pytest.approx(value, abs=1e-9)


def test_kolm_pollak_ede_of_the_same_for_all_is_that() -> None:
    assert unequal.kolm_pollak_ede([7.0, 7, 7], -2) == pytest.approx(7)


@pytest.mark.parametrize("x", [[0, 0], [-1, 1], [-3, 1]])
def test_kolm_pollak_ede_of_nothing_is_refused(x: list[float]) -> None:
    with pytest.raises(ValueError, match=r"The sum of x is .*above zero"):
        unequal.kolm_pollak_ede(x, -0.5)


def test_kolm_pollak_ede_of_large_values_stays_a_number() -> None:
    assert unequal.kolm_pollak_ede(1e200 * TO_FIVE, -0.5) == pytest.approx(3.135818263e200)
    assert unequal.kolm_pollak_ede([1.0, 1000], -5, kappa=-50) == pytest.approx(1000, rel=1e-3)


ONE_VALUED = [
    unequal.gini,
    lambda x: unequal.atkinson(x, 0.5),
    lambda x: unequal.kolm_pollak_ede(x, -0.5),
    lambda x: unequal.concentration_index(x, TO_FIVE),
    lambda x: unequal.erreygers(x, TO_FIVE, highest=5),
]


@pytest.mark.parametrize("measure", ONE_VALUED)
def test_missing_is_never_guessed(measure: Any) -> None:
    with pytest.raises(ValueError, match=r"1 missing or infinite of 5 values: drop them first"):
        measure(np.array([1, 2, NAN, 4, 5]))


def test_complete_drops_pairwise() -> None:
    left = unequal.complete([6, 3, 1], [1, NAN, 3], [4, 5, 6])
    assert (left.rows.tolist(), left.share) == ([0, 2], 0.7)
    assert [column.tolist() for column in left.columns] == [[1, 3], [4, 6]]
    with pytest.raises(ValueError, match=r"60\.0% of the weight has a value and at least 80%"):
        unequal.complete([6, 3, 1], [1, NAN, NAN], floor=0.8)
    with pytest.raises(ValueError, match="Weights are counts"):
        unequal.complete([6, NAN, 1], [1, 2, 3])


# Between residents, by law


@given(populations())
def test_replication_changes_nothing(people: tuple[Floats, Floats, Floats]) -> None:
    """A weight of three is three rows; a town of two such towns is as unequal as one."""
    x, rank, weights = people
    often = weights.astype(int)
    long, long_rank = np.repeat(x, often), np.repeat(rank, often)
    twice = 2 * weights
    for measure in (unequal.concentration_index, lambda x, r, w=None: unequal.gini(x, w),
                    lambda x, r, w=None: unequal.erreygers(x, r, w, highest=100),
                    lambda x, r, w=None: unequal.atkinson(x, 0.8, w),
                    lambda x, r, w=None: unequal.kolm_pollak_ede(x, -0.5, w)):  # fmt: skip
        value = measure(x, rank, weights)
        assert value == pytest.approx(measure(long, long_rank), rel=1e-6, abs=1e-9)
        assert value == pytest.approx(measure(x, rank, twice), rel=1e-6, abs=1e-9)


@given(populations(), st.randoms())
def test_order_of_rows_is_irrelevant(people: tuple[Floats, Floats, Floats], shuffle: Any) -> None:
    order = list(range(len(people[0])))
    shuffle.shuffle(order)
    mixed = [column[order] for column in people]
    index = unequal.concentration_index(*people)
    assert index == pytest.approx(unequal.concentration_index(*mixed), rel=1e-6, abs=1e-9)
    curve, again = unequal.concentration_curve(*people), unequal.concentration_curve(*mixed)
    np.testing.assert_allclose(curve, again, atol=1e-12)


@given(populations(), st.floats(0.01, 100))
def test_scale_changes_no_share(people: tuple[Floats, Floats, Floats], times: float) -> None:
    x, rank, weights = people
    index = unequal.concentration_index(x, rank, weights)
    assert -1 <= index <= 1
    scaled = unequal.concentration_index(times * x, rank, weights)
    assert index == pytest.approx(scaled, rel=1e-6, abs=1e-9)
    ede = unequal.kolm_pollak_ede(x, -0.5, weights)
    assert times * ede == pytest.approx(unequal.kolm_pollak_ede(times * x, -0.5, weights), rel=1e-6)


@given(populations(), st.floats(-50, 50))
def test_translation_moves_the_equivalent(
    people: tuple[Floats, Floats, Floats], more: float
) -> None:
    x, _, weights = people
    moved, ede = (unequal.kolm_pollak_ede(y, -1, weights, kappa=-0.02) for y in (x + more, x))
    assert moved == pytest.approx(ede + more, rel=1e-6, abs=1e-6)


@given(populations(), st.floats(0.05, 3))
def test_equivalent_is_worse_than_the_mean(
    people: tuple[Floats, Floats, Floats], epsilon: float
) -> None:
    x, _, weights = people
    assume(np.ptp(x) > 0.1)
    mean = np.average(x, weights=weights)
    slack = 1e-9 * x.max()
    burden, good = (unequal.kolm_pollak_ede(x, e, weights) for e in (-epsilon, epsilon))
    assert x.min() - slack <= good <= mean + slack
    assert mean - slack <= burden <= x.max() + slack


@given(populations())
def test_curve_and_index_agree(people: tuple[Floats, Floats, Floats]) -> None:
    p, held = unequal.concentration_curve(*people)
    area = float(np.sum((p[1:] - p[:-1]) * (held[1:] + held[:-1]) / 2))
    assert unequal.concentration_index(*people) == pytest.approx(1 - 2 * area, abs=1e-9)


@given(populations())
def test_erreygers_is_the_index_times_four_means(people: tuple[Floats, Floats, Floats]) -> None:
    x, rank, weights = people
    index = unequal.concentration_index(x, rank, weights)
    mean = np.average(x, weights=weights)
    found = unequal.erreygers(x, rank, weights, highest=100)
    assert found == pytest.approx(4 * mean * index / 100, abs=1e-9)
    assert found == pytest.approx(-unequal.erreygers(100 - x, rank, weights, highest=100), abs=1e-9)


# Between neighbours

SIDE = 12


def grid(side: int = SIDE) -> npt.NDArray[np.int64]:
    """Pairs of the squares of a board that share a side or a corner."""
    place = np.arange(side * side).reshape(side, side)
    steps = [(place[:, :-1], place[:, 1:]), (place[:-1], place[1:]),
             (place[:-1, :-1], place[1:, 1:]), (place[:-1, 1:], place[1:, :-1])]  # fmt: skip
    return np.concatenate([np.column_stack([a.ravel(), b.ravel()]) for a, b in steps])


def board() -> tuple[Floats, Floats]:
    """Noise, with poverty and exposure both high in one corner of five by five."""
    rng = np.random.default_rng(4)
    poverty, exposure = rng.normal(size=(2, SIDE, SIDE))
    poverty[:5, :5] += 5
    exposure[:5, :5] += 5
    return poverty.ravel(), exposure.ravel()


def test_local_association_finds_the_corner() -> None:
    poverty, exposure = board()
    found = unequal.local_association(poverty, exposure, grid())
    classes = found.classes.reshape(SIDE, SIDE)
    assert set(classes[:4, :4].ravel()) == {"high-high"}
    assert "high-high" not in set(classes[7:, 7:].ravel())
    assert found.tested == SIDE**2
    assert (found.q >= found.p).all()


def test_local_association_of_noise_finds_next_to_nothing() -> None:
    rng = np.random.default_rng(5)
    poverty, exposure = rng.normal(size=(2, SIDE * SIDE))
    found = unequal.local_association(poverty, exposure, grid())
    assert (found.classes != "not significant").mean() < 0.03


def test_local_association_is_the_same_by_seed() -> None:
    one, two, other = (
        unequal.local_association(*board(), grid(), permutations=99, seed=s).p for s in (1, 1, 2)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_local_association_against_esda() -> None:
    """Its statistic and its quadrants are those of esda.Moran_Local_BV."""
    from esda import Moran_Local_BV
    from libpysal.weights import W

    poverty, exposure = board()
    beside: dict[int, list[int]] = {i: [] for i in range(SIDE * SIDE)}
    for i, j in grid().tolist():
        beside[i].append(j)
        beside[j].append(i)
    oracle = Moran_Local_BV(poverty, exposure, W(beside), permutations=0)
    found = unequal.local_association(poverty, exposure, grid())
    own = (poverty - poverty.mean()) / poverty.std()
    n = len(own)
    np.testing.assert_allclose(oracle.Is, own * found.around * (n - 1) / n, rtol=1e-9, atol=1e-12)
    named = np.array(unequal.CLASSES, dtype=object)[oracle.q - 1]
    told = found.classes != "not significant"
    assert (found.classes[told] == named[told]).all()


def test_local_association_leaves_out_the_missing_and_the_lonely() -> None:
    poverty, exposure = board()
    poverty[3] = NAN
    pairs = grid()
    pairs = pairs[~(pairs == 100).any(axis=1)]
    found = unequal.local_association(poverty, exposure, pairs)
    assert (found.classes[3], found.classes[100]) == ("missing", "no neighbour")
    assert np.isnan(found.p[[3, 100]]).all()
    assert found.tested == SIDE**2 - 2
    assert found.share == pytest.approx(1 - 1 / SIDE**2)


def test_local_association_of_too_few_says_what_to_read_instead() -> None:
    line = [(i, i + 1) for i in range(6)]
    with pytest.raises(ValueError, match=r"7 areas .* at least 8: read each area's gap"):
        unequal.local_association(np.arange(7), np.arange(7), line)
    line.append((6, 7))
    with pytest.raises(ValueError, match="The exposure is 1 in every area"):
        unequal.local_association(np.arange(8), np.ones(8), line)


# On a release


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    """Run `labo inequality …` without the start of the command line, whose job is not ours."""
    from typer.testing import CliRunner

    from labo.cli import inequality  # noqa: F401 (its command)

    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr(sys, "argv", ["labo"])
    ran = CliRunner().invoke(cli.app, ["inequality", *map(str, words)])
    if ran.exception is not None:
        raise ran.exception
    return ran.stdout


def test_gap_of_a_release(demo_release: Release) -> None:
    x = disparity.declared(demo_release, "poverty_share")
    told = disparity.measured(demo_release, x)
    layers = demo_release.layers.pivot(index="zone", columns="layer", values="central")
    places = demo_release.places.set_index("zone")["kind"]
    qpvs, [rest] = places.index[places == "qpv"], places.index[places == "rest_of_epci"]
    sums = layers.loc[qpvs].sum()
    gap = told["gap"]
    assert gap["qpv"] == pytest.approx(sums["poor_households"] / sums["households"], rel=1e-9)
    expected = layers.loc[rest, "poor_households"] / layers.loc[rest, "households"]
    assert gap["rest"] == pytest.approx(expected, rel=1e-9)
    assert gap["low"] <= gap["difference"] <= gap["high"]
    assert gap["weights"] == "households"


def test_residents_of_a_release(demo_release: Release) -> None:
    x = disparity.declared(demo_release, "poverty_share")
    told = disparity.measured(demo_release, x)
    assert 0 < told["cells"]["covered"]["epci"] <= 1
    assert told["concentration"]["index"] < 0, "poverty is among the poor"
    assert told["concentration"]["curve"][0] == [0, 0]
    assert told["concentration"]["curve"][-1] == pytest.approx([1, 1])
    alone = disparity.concentration(demo_release, x)
    assert alone.items() >= told["concentration"].items()
    assert alone["cells"] == told["cells"]["count"]
    assert alone["covered"] == told["cells"]["covered"]["epci"]
    shared = told["distribution"]
    assert shared["epsilon"] == -0.5
    assert shared["epci"]["equivalent"] > shared["epci"]["mean"]
    income = disparity.measured(demo_release, disparity.declared(demo_release, disparity.RANK))
    assert income["distribution"]["epsilon"] == 0.5
    assert income["concentration"]["index"] == pytest.approx(income["distribution"]["gini"])
    assert income["concentration"]["erreygers"] is None


def test_few_qpvs_are_not_ranked(demo_release: Release) -> None:
    told = disparity.measured(demo_release, disparity.declared(demo_release, "poverty_share"))
    assert 0 < len(told["zones"]) < unequal.FEWEST_AREAS
    assert {row["rank"] for row in told["zones"]} == {None}


@pytest.mark.parametrize("name", ["poverty_share", "median_income", "census_aged_65_plus_share"])
def test_json_of_inequality(
    demo_release: Release, name: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    [told] = json.loads(run(capsys, monkeypatch, demo_release.folder, name, "--json"))
    assert list(told) == [
        "territory", "generations", "indicator", "label", "unit", "direction", "gap", "zones",
        "cells", "concentration", "distribution", "local_association",
    ]  # fmt: skip
    assert set(told["concentration"]) == {"index", "erreygers", "curve", "reason"}
    for part in ("gap", "cells", "concentration", "distribution", "local_association"):
        assert (None in told[part].values()) <= (told[part]["reason"] != "" or part != "gap")


def test_inequality_in_french(
    demo_release: Release, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run(capsys, monkeypatch, demo_release.folder, "poverty_share")
    assert "données fictives" in out.splitlines()[0]
    assert "Moins de 8 QPV : pas de classement." in out
    assert "carreaux comptés, où vivent" in out
    out = run(capsys, monkeypatch, demo_release.folder, "census_aged_65_plus_share")
    assert "Aucun carreau ne porte cet indicateur : seul l’écart entre zones est dit." in out
    out = run(capsys, monkeypatch, demo_release.folder, "median_income")
    assert "publié quartier par quartier" in out


def test_a_count_has_no_inequality(demo_release: Release) -> None:
    with pytest.raises(BadInput, match=r"'population' is a count \(resident\)"):
        disparity.measured(demo_release, disparity.declared(demo_release, "population"))
    with pytest.raises(UnknownName, match="did you mean poverty_share"):
        disparity.declared(demo_release, "poverty")
