"""Each step of an index by hand numbers, with what is missing, tied or refused."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labo import index as composite
from labo.errors import BadInput, UnknownName
from labo.index import Recipe, Scale, Treatment
from labo.index.treat import apply, fit, shape

NAN = math.nan
UNKNOWN: Any = "mode"


def one_level(names="abc", weights=None, directions=None):
    return composite.from_components(
        "I",
        {"C": dict(zip(names, weights or [1.0] * len(names), strict=True))},
        dict(zip(names, directions or [1] * len(names), strict=True)),
    )


def column(*values):
    return np.array(values, dtype=float)[:, None]


# The tree


def meta(rows):
    names = ["iCode", "Parent", "Level", "Weight", "Direction", "Type"]
    return pd.DataFrame(rows, columns=names)


GOOD = [
    ("I", None, 3, 1, 1, "Aggregate"),
    ("a", "C", 1, 1, 1, "Indicator"),
    ("C", "I", 2, 2, 1, "Aggregate"),
    ("b", "C", 1, 3, -1, "Indicator"),
    ("c", "I", 1, 2, 1, "Indicator"),
    ("group", None, None, None, None, "Group"),
]


def test_tree_of_any_row_order_and_with_a_leaf_under_the_root() -> None:
    tree = composite.from_meta(meta(GOOD))
    assert tree.nodes == ("a", "b", "c", "C", "I")
    assert tree.components == ("c", "C")
    assert composite.effective_weights(tree).tolist() == [0.125, 0.375, 0.5, 0.5, 1.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="Weight"), "no column Weight"),
        (lambda t: t.replace({"Parent": {"C": "nowhere"}}), "'nowhere' of 'a' is no aggregate"),
        (lambda t: t.replace({"Parent": {"C": "c"}}), "'c' of 'a' is no aggregate"),
        (lambda t: t.assign(Direction=2), "direction of 'a' is 1 or -1, not 2"),
        (lambda t: t.assign(Weight=-1), "weight of 'a' is -1"),
        (lambda t: t.assign(Weight=[1, 0, 1, 0, 1, 1]), "below 'C' weighs 0"),
        (lambda t: pd.concat([t, t.iloc[[1]]]), "twice: a"),
        (lambda t: t.assign(Level=1), "a parent is higher"),
        (lambda t: t.assign(Parent=None), "5 nodes without a parent"),
        (lambda t: t.assign(Parent="I"), "'I' is at level 3 and its parent 'I' at 3"),
        (lambda t: t[t["Type"] != "Indicator"], "0 indicators"),
    ],
)
def test_what_is_no_tree_is_refused(change, said) -> None:
    with pytest.raises(BadInput, match=said):
        composite.from_meta(change(meta(GOOD)))


def test_an_aggregate_without_children_is_refused() -> None:
    rows = [*GOOD, ("D", "I", 2, 1, 1, "Aggregate")]
    with pytest.raises(BadInput, match="'D' has nothing below it"):
        composite.from_meta(meta(rows))


def test_declared_components() -> None:
    tree = composite.from_components(
        "I", {"C": {"a": 1}, "D": {"b": 1, "c": 1}}, {"a": 1, "b": -1, "c": 1}, {"D": 3}
    )
    assert composite.effective_weights(tree)[:3].tolist() == [0.25, 0.375, 0.375]
    assert tree.directions.tolist() == [1, -1, 1]
    other = composite.with_weights(tree, {"D": 1.0})
    assert composite.effective_weights(other)[:3].tolist() == [0.5, 0.25, 0.25]
    with pytest.raises(UnknownName, match="no 'd'"):
        composite.with_weights(tree, {"d": 1.0})
    with pytest.raises(BadInput, match="without a direction: b"):
        composite.from_components("I", {"C": {"b": 1}}, {})
    with pytest.raises(BadInput, match="has not: Z"):
        composite.from_components("I", {"C": {"b": 1}}, {"b": 1}, {"Z": 1})


# Denominate, impute, screen


def test_denominate() -> None:
    values = np.array([[10.0, 4.0], [10.0, NAN], [0.0, 3.0]])
    by = np.array([[5.0, 1.0], [0.0, 1.0], [NAN, 1.0]])
    found = composite.denominate(values, by)
    assert found == pytest.approx(np.array([[2.0, 4.0], [NAN, NAN], [NAN, 3.0]]), nan_ok=True)
    drawn = composite.denominate(np.stack([values, 2 * values], axis=2), by)
    assert drawn[..., 1] == pytest.approx(2 * found, nan_ok=True)
    with pytest.raises(BadInput, match="-1"):
        composite.denominate([[1.0]], [[-1.0]])


GROUPS = np.array(["x", "x", "x", "y", None], dtype=object)


def test_impute_by_group() -> None:
    values = np.array([[1.0, NAN], [NAN, NAN], [3.0, NAN], [10.0, 7.0], [NAN, NAN]])
    found = composite.impute(values, GROUPS)
    expected = np.array([[1.0, NAN], [2.0, NAN], [3.0, NAN], [10.0, 7.0], [NAN, NAN]])
    assert found == pytest.approx(expected, nan_ok=True)
    assert composite.impute(values)[1].tolist() == pytest.approx([14 / 3, 7.0])
    drawn = np.stack([values, 10 * values], axis=2)
    assert composite.impute(drawn, GROUPS)[1, 0].tolist() == [2.0, 20.0]


def test_screen_empties_and_keeps_the_row() -> None:
    values = np.array([[1.0, 2.0, 3.0], [1.0, NAN, 3.0], [NAN, NAN, 3.0]])
    found, kept = composite.screen(values, 2 / 3)
    assert kept.tolist() == [True, True, False]
    assert np.isnan(found[2]).all()
    assert found[1, 2] == 3.0
    assert composite.availability(values).tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    with pytest.raises(BadInput, match="no share"):
        composite.screen(values, 2.0)


# Treat


def test_shape_is_that_of_pandas() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_exponential((30, 4))
    values[3, 1] = values[:27, 3] = NAN
    skew, kurtosis = shape(values)
    table = pd.DataFrame(values)
    assert skew == pytest.approx(table.skew().to_numpy(), nan_ok=True)
    assert kurtosis == pytest.approx(table.kurt().to_numpy(), nan_ok=True)
    assert shape(column(1, 2, 3, 10))[0][0] == pytest.approx(1.763633, abs=1e-6)


def test_one_outlier_is_brought_to_the_next_value() -> None:
    values = column(*range(1, 20), 1000.0)
    treated, fitted = composite.treat(values)
    assert treated[:, 0].tolist() == [*map(float, range(1, 20)), 19.0]
    assert fitted.winsorised.tolist() == [1]
    # Likewise on the low side.
    treated, fitted = composite.treat(-values)
    assert treated.min() == -19.0
    assert fitted.winsorised.tolist() == [1]


def test_what_is_not_enough_gives_the_logarithm_of_untreated_values() -> None:
    values = column(*range(1, 20), 1000.0, 1001.0)
    treated, fitted = composite.treat(values, Treatment(most=1))
    assert fitted.logged.tolist() == [True]
    assert fitted.winsorised.tolist() == [0]
    assert treated == pytest.approx(np.log(values - 1 + 0.01 * 1000))
    assert composite.treat(values, Treatment(most=0))[1].logged.tolist() == [True]


def test_tied_outliers_move_together_or_not_at_all() -> None:
    values = column(*range(1, 31), 1000.0, 1000.0)
    assert fit(values, Treatment(most=2)).winsorised.tolist() == [2]
    refused = fit(values, Treatment(most=1))
    assert refused.winsorised.tolist() == [0]
    assert refused.logged.tolist() == [True]


def test_a_rare_yes_is_not_winsorised_away() -> None:
    values = column(*[0.0] * 30, 1.0)
    treated, fitted = composite.treat(values)
    assert fitted.logged.tolist() == [True]
    assert len(np.unique(treated)) == 2


def test_treatment_of_draws_is_that_of_each() -> None:
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(size=(40, 5, 7)) * np.linspace(0, 2, 5)[:, None])
    values[rng.random(values.shape) < 0.05] = NAN
    whole, fitted = composite.treat(values, Treatment(most=2))
    assert fitted.winsorised.sum() > 0
    assert fitted.logged.sum() > 0
    for draw in range(7):
        single = composite.treat(values[:, :, draw], Treatment(most=2))[0]
        assert whole[:, :, draw] == pytest.approx(single, rel=1e-12, nan_ok=True)


def test_treatment_found_on_some_is_applied_to_others() -> None:
    fitted = fit(column(*range(1, 20), 1000.0))
    assert apply(column(5, 18.5, 500, 5000, NAN), fitted)[:, 0] == pytest.approx(
        [5, 18.5, 19, 19, NAN], nan_ok=True
    )
    logged = fit(column(*range(1, 20), 1000.0), Treatment(most=0))
    beyond = apply(column(-5, 5000), logged)[:, 0]
    assert beyond == pytest.approx(np.log([9.99, 999 + 9.99]))
    with pytest.raises(BadInput, match="-1 points"):
        Treatment(most=-1)


# Normalise

FOUR = column(10, 20, 20, 50)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (Scale("percentile"), [12.5, 50, 50, 87.5]),
        (Scale("min_max"), [0, 25, 25, 100]),
        (Scale("min_max", (1, 100)), [1, 25.75, 25.75, 100]),
        (Scale("z_score"), [-15 / math.sqrt(300), *[-5 / math.sqrt(300)] * 2, 25 / math.sqrt(300)]),
        (Scale("rank"), [1, 2, 2, 4]),
        (Scale("rank", ties="max"), [1, 3, 3, 4]),
        (Scale("rank", ties="average"), [1, 2.5, 2.5, 4]),
        (Scale("percentile_rank"), [0, 1 / 3, 1 / 3, 1]),
        (Scale("borda"), [0, 1, 1, 3]),
    ],
)
def test_scales(scale, expected) -> None:
    found = composite.normalise(FOUR, scale)[:, 0]
    assert found == pytest.approx(expected)
    with_missing = np.vstack([FOUR, [[NAN]]])
    assert composite.normalise(with_missing, scale)[:, 0] == pytest.approx(
        [*expected, NAN], nan_ok=True
    )
    drawn = np.repeat(FOUR[:, :, None], 3, axis=2)
    assert composite.normalise(drawn, scale)[:, 0, 2] == pytest.approx(expected)


def test_direction_turns_a_scale_round() -> None:
    for scale in (Scale("percentile"), Scale("min_max")):
        up = composite.normalise(FOUR, scale, directions=[1])
        down = composite.normalise(FOUR, scale, directions=[-1])
        assert up + down == pytest.approx(100)
    down = composite.normalise(FOUR, Scale("rank"), directions=[-1])
    assert down[:, 0].tolist() == [4, 2, 2, 1]


def test_distance_to_target() -> None:
    scale = Scale("distance_to_target")
    assert composite.normalise(FOUR, scale, targets=[30.0])[:, 0].tolist() == [0, 0.5, 0.5, 1]
    down = composite.normalise(FOUR, scale, targets=[20.0], directions=[-1])
    assert down[:, 0] == pytest.approx([1, 1, 1, 0])
    with pytest.raises(BadInput, match="needs a target"):
        composite.normalise(FOUR, scale)


def test_percentile_counts_residents() -> None:
    """Of 10 residents, 1 has less than the second and 7 as much or less."""
    found = composite.percentile(FOUR, weights=[1, 2, 4, 3])[:, 0]
    assert found == pytest.approx([0.05, 0.4, 0.4, 0.85])


def test_percentile_against_a_reference() -> None:
    reference = column(0, 10, 20, 30)
    found = composite.percentile(column(-5, 0, 10, 15, 30, 99, NAN), [4, 3, 2, 1], reference)[:, 0]
    expected = [0.2, 0.2, 0.55, 0.7, 0.95, 0.95, NAN]
    assert found == pytest.approx(expected, nan_ok=True)
    drawn = np.stack([reference, reference + 100], axis=2)
    values = np.stack([column(10), column(110)], axis=2)
    assert composite.percentile(values, None, drawn).ravel() == pytest.approx([0.375, 0.375])
    # Members without residents count for nothing, and nobody has a reference that is empty.
    assert composite.percentile(column(5), [0, 1], column(5, 7))[0, 0] == 0.5
    assert np.isnan(composite.percentile(column(5), None, column(NAN, NAN))).all()
    with pytest.raises(BadInput, match="2 weights for 4"):
        composite.percentile(FOUR, weights=[1, 2])
    with pytest.raises(BadInput, match="none missing or negative"):
        composite.percentile(FOUR, weights=[1, 2, -3, 1])


def test_percentile_among_themselves_is_that_against_themselves() -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(0, 8, (40, 3, 2)).astype(float)
    values[rng.random(values.shape) < 0.1] = NAN
    weights = rng.integers(1, 9, 40)
    one = composite.percentile(values, weights)
    assert one == pytest.approx(composite.percentile(values, weights, values), nan_ok=True)


def test_a_reference_gives_its_bounds() -> None:
    reference = column(0, 10)
    found = composite.normalise(column(-5, 5, 50), Scale("min_max"), reference=reference)
    assert found[:, 0].tolist() == [0, 50, 100]
    found = composite.normalise(column(5.0), Scale("z_score"), reference=reference)
    assert found[0, 0] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "log"}, "no normalisation named 'log'"),
        ({"method": "rank", "bounds": (0, 1)}, "has no bounds"),
        ({"method": "min_max", "bounds": (1, 0)}, "not in order"),
        ({"method": "z_score", "deviation": 0}, "above 0"),
    ],
)
def test_what_is_no_scale_is_refused(given, said) -> None:
    with pytest.raises(BadInput, match=said):
        Scale(**given)


# Aggregate


@pytest.mark.parametrize(
    ("method", "power", "expected"),
    [
        ("arithmetic", 1, (1 + 2 * 2 + 8) / 4),
        ("geometric", 1, (1 * 2**2 * 8) ** 0.25),
        ("harmonic", 1, 4 / (1 + 1 + 1 / 8)),
        ("generalised_mean", 2, math.sqrt((1 + 2 * 4 + 64) / 4)),
        ("generalised_mean", 1, 13 / 4),
        ("generalised_mean", 0, 32**0.25),
        ("generalised_mean", -1, 4 / 2.125),
        ("sum", 1, 13.0),
    ],
)
def test_means(method, power, expected) -> None:
    tree = one_level(weights=[1, 2, 1])
    found = composite.aggregate(tree, [[1.0, 2.0, 8.0]], {2: method, 3: "arithmetic"}, power=power)
    assert found.scores[0, -1] == pytest.approx(expected)


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_what_is_not_above_zero_is_refused(method, value) -> None:
    with pytest.raises(BadInput, match=f"{method} mean needs scores above 0 and one below 'C'"):
        composite.aggregate(one_level(), [[1.0, 2.0, value]], method)


def test_copeland() -> None:
    """A beats B on two of three, B beats C on all, A beats C on two: 2, 0 and −2."""
    values = [[3.0, 3.0, 1.0], [2.0, 2.0, 3.0], [1.0, 1.0, 2.0]]
    tree = one_level()
    found = composite.aggregate(tree, values, "copeland").scores[:, 3]
    assert found.tolist() == [2, 0, -2]
    weighted = one_level(weights=[1, 1, 3])
    found = composite.aggregate(weighted, values, "copeland").scores[:, 3]
    assert found.tolist() == [-2, 2, 0]
    tied = composite.aggregate(one_level("ab"), [[1.0, 2.0], [2.0, 1.0]], "copeland")
    assert tied.scores[:, 2].tolist() == [0, 0]


def test_missing_is_left_out_down_to_a_threshold() -> None:
    values = [[1.0, 2.0, NAN], [1.0, NAN, NAN], [NAN, NAN, NAN]]
    found = composite.aggregate(one_level(), values)
    assert found.scores[:, -1] == pytest.approx([1.5, NAN, NAN], nan_ok=True)
    assert found.availability[:, -1] == pytest.approx([2 / 3, 0, 0])
    found = composite.aggregate(one_level(), values, available=0.3)
    assert found.scores[:, -1] == pytest.approx([1.5, 1.0, NAN], nan_ok=True)
    assert found.availability[:, -1] == pytest.approx([2 / 3, 1 / 3, 0])
    strict = composite.aggregate(one_level(), values, {2: "sum", 3: "arithmetic"}, available=0.3)
    assert np.isnan(strict.scores[:, -1]).all()
    with pytest.raises(BadInput, match="no share of the weight"):
        composite.aggregate(one_level(), values, available=2.0)


def test_weights_run_by_run() -> None:
    values = np.array([[1.0, 2.0, 6.0], [3.0, NAN, 3.0]])
    weights = np.ones((5, 3))
    weights[:3] = np.eye(3)
    found = composite.aggregate(one_level(), values, weights=weights, available=0.0).scores
    assert found[:, -1] == pytest.approx(np.array([[1, 2, 6], [3, NAN, 3]]), nan_ok=True)
    drawn = np.repeat(values[:, :, None], 3, axis=2)
    assert composite.aggregate(
        one_level(), drawn, weights=weights, available=0.0
    ).scores == pytest.approx(found, nan_ok=True)


def test_aggregate_refuses_what_does_not_fit() -> None:
    with pytest.raises(BadInput, match="2 columns for 3 indicators"):
        composite.aggregate(one_level(), [[1.0, 2.0]])
    with pytest.raises(BadInput, match="2 weights for 5 nodes"):
        composite.aggregate(one_level(), [[1.0, 2.0, 3.0]], weights=[1, 2])
    with pytest.raises(BadInput, match="No aggregation is said for level 3"):
        composite.aggregate(one_level(), [[1.0, 2.0, 3.0]], {2: "sum"})
    with pytest.raises(BadInput, match="no aggregation named 'mode'"):
        composite.aggregate(one_level(), [[1.0, 2.0, 3.0]], UNKNOWN)


# Ranks and classes


def test_ranks_and_classes() -> None:
    scores = np.array([5.0, 9.0, NAN, 9.0, 1.0])
    rank = composite.ranks(scores, highest_first=True)
    assert rank == pytest.approx([3, 1, NAN, 1, 4], nan_ok=True)
    assert composite.classes(rank, 2) == pytest.approx([2, 1, NAN, 1, 2], nan_ok=True)
    sums = np.array([0.1 + 0.2, 0.3])
    assert composite.ranks(sums, highest_first=True).tolist() == [1, 2]
    assert composite.ranks(sums, highest_first=True, same=1e-12).tolist() == [1, 1]
    with pytest.raises(BadInput, match="Ties are ranked"):
        composite.ranks(scores, ties=UNKNOWN)
    with pytest.raises(BadInput, match="at least 2"):
        composite.classes(rank, 1)


def test_classes_between_bounds_never_overlap() -> None:
    """TACCT's products: 1-3, 4-6, 8-9, 12-16."""
    found = composite.classes_between([1, 3, 4, 6, 8, 9, 12, 16, NAN], [4, 8, 12])
    assert found == pytest.approx([4, 4, 3, 3, 2, 2, 1, 1, NAN], nan_ok=True)
    with pytest.raises(BadInput, match="must grow"):
        composite.classes_between([1], [4, 4])


# Build


def test_build_refuses_what_is_no_table() -> None:
    tree = one_level()
    data = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0], "c": [1.0, 2.0]}, index=["u", "v"])
    with pytest.raises(BadInput, match="no column 'c'"):
        composite.build(data.drop(columns="c"), tree)
    with pytest.raises(BadInput, match="'u' is in the table twice"):
        composite.build(data.set_axis(["u", "u"]), tree)
    with pytest.raises(BadInput, match="'a' holds something else than numbers"):
        composite.build(data.assign(a=["x", "y"]), tree)
    with pytest.raises(BadInput, match="'a' holds an infinite value"):
        composite.build(data.assign(a=[1.0, math.inf]), tree)


def test_build_keeps_missing_missing_and_everyone_in_the_table() -> None:
    data = pd.DataFrame({"a": [1.0, 2.0, NAN], "b": [3.0, 1.0, NAN], "c": [1.0, NAN, 2.0]})
    built = composite.build(data, one_level(), least=0.5, weights={"a": 2.0})
    assert built.index.weights[0] == 2.0
    assert built.aggregated["I"].isna().tolist() == [False, False, True]
    assert built.ranks["I"].isna().tolist() == [False, False, True]
    assert built.available.tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    imputed = composite.build(data, one_level(), impute_by=pd.Series(["x", "x", "x"]))
    assert imputed.imputed.loc[2, "a"] == 1.5


def test_build_against_a_reference_of_residents() -> None:
    data = pd.DataFrame({"a": [5.0], "d": [10.0]}, index=["zone"])
    rows = meta([("a", "I", 1, 1, -1, "Indicator"), ("I", None, 2, 1, 1, "Aggregate")])
    rows["Denominator"] = ["d", None]
    reference = pd.DataFrame({"a": [1.0, 5.0, 9.0], "d": 10.0}, index=["x", "y", "z"])
    residents = pd.Series({"z": 60.0, "y": 30.0, "x": 10.0})
    built = composite.build(
        data, rows, reference=reference, residents=residents, recipe=Recipe(treatment=None)
    )
    assert built.denominated.loc["zone", "a"] == 0.5
    assert built.aggregated.loc["zone", "I"] == pytest.approx(75.0)
    assert built.treatment is None
