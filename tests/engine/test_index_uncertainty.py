"""How sure a ranking is, what drives it, what would settle it, and what another index says."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from labo import index as composite
from labo.errors import BadInput, UnknownName
from labo.index import Choices, Recipe, Reference, Scale, Treatment, information
from labo.index.replicate import plan, weight_runs
from labo.index.runs import score

UNITS = tuple(f"u{k:02d}" for k in range(12))
NAMES = ("a", "b", "c", "d")


@pytest.fixture
def tree():
    return composite.from_components(
        "I", {"C": {"a": 1, "b": 2}, "D": {"c": 1, "d": 1}}, dict.fromkeys(NAMES, 1)
    )


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    return rng.normal(50, 10, (12, 4)) + 3.0 * np.arange(12)[:, None]


@pytest.fixture
def draws(values):
    rng = np.random.default_rng(1)
    return values[:, :, None] + rng.normal(0, 5, (12, 4, 200))


def found(tree, values, draws=None, **options):
    units = options.pop("units", UNITS[: len(values)])
    return composite.uncertainty(tree, values, units, draws=draws, runs=200, **options)


# Replications


def test_data_runs_are_the_declared_index_of_each_draw(tree, values, draws) -> None:
    runs = composite.replicate(tree, values, draws=draws, vary=("data",), runs=200)
    for run in (0, 7, 199):
        table = pd.DataFrame(draws[:, :, run], columns=list(NAMES))
        alone = composite.build(table, tree).aggregated["I"]
        assert runs.scores[:, run] == pytest.approx(alone.to_numpy())


def test_method_runs_use_the_central_values(tree, values, draws) -> None:
    runs = composite.replicate(tree, values, draws=draws, vary=("method",), runs=50)
    assert (runs.plan.draw == -1).all()
    for run in range(0, 50, 9):
        recipe = runs.plan.recipes[runs.plan.recipe[run]]
        weights = dict(zip(tree.nodes, runs.plan.weights[:, run], strict=True))
        table = pd.DataFrame(values, columns=list(NAMES))
        alone = composite.build(table, tree, recipe=recipe, weights=weights).aggregated["I"]
        assert runs.scores[:, run] == pytest.approx(alone.to_numpy())


def test_replications_depend_on_the_seed_only(tree, values, draws) -> None:
    given = {"draws": draws, "runs": 300}
    one = composite.replicate(tree, values, seed=1, workers=1, **given).scores
    assert (one == composite.replicate(tree, values, seed=1, workers=3, **given).scores).all()
    assert (one != composite.replicate(tree, values, seed=2, workers=1, **given).scores).any()
    single = composite.replicate(
        tree, values, draws=draws.astype(np.float32), runs=300, seed=1
    ).scores
    assert single == pytest.approx(one, rel=0.2)


def test_chunks_change_nothing(tree, values, draws, monkeypatch) -> None:
    whole = composite.replicate(tree, values, draws=draws, runs=150).scores
    monkeypatch.setattr("labo.index.runs.CHUNK", 100)
    assert (composite.replicate(tree, values, draws=draws, runs=150).scores == whole).all()


def test_weights_stay_around_the_declared_ones(tree) -> None:
    rng = np.random.default_rng(0)
    within = weight_runs(tree, Choices(weights="within", spread=0.25), 500, rng)
    ratio = within / tree.weights[:, None]
    assert ratio.min() >= 0.75
    assert ratio.max() <= 1.25
    assert ratio.max() > 1.2
    drawn = weight_runs(tree, Choices(weights="dirichlet"), 4000, rng)
    assert drawn[:2].sum(axis=0) == pytest.approx(3.0)
    assert drawn[:2].mean(axis=1) == pytest.approx([1, 2], abs=0.05)
    one_level = weight_runs(tree, Choices(weights="within", levels=(2,)), 20, rng)
    assert (one_level[:4] == tree.weights[:4, None]).all()
    assert (one_level[4:6] != tree.weights[4:6, None]).all()
    none = composite.with_weights(tree, {"a": 0.0})
    assert (weight_runs(none, Choices(), 20, rng)[0] == 0).all()


def test_the_two_intervals_are_kept_apart(tree, values, draws) -> None:
    said = found(tree, values, draws)
    sure = found(tree, values, np.repeat(values[:, :, None], 50, axis=2))
    assert said.data is not None
    assert said.method is not None
    assert sure.data is not None
    assert sure.method is not None
    assert (said.data.rank_high > said.data.rank_low).any()
    # Without doubt on the data, only the choices are left, and they are the same.
    assert (sure.data.rank_high == sure.data.rank_low).all()
    assert (sure.method.rank_high == said.method.rank_high).all()
    only = found(tree, values, draws, vary=("data",))
    assert only.method is None
    assert (only.data.rank_low == said.data.rank_low).all()


def test_what_is_said_of_each_unit_holds_together(tree, values, draws) -> None:
    said = found(tree, values, draws)
    table = said.table()
    for side in ("data", "method"):
        assert (table[f"{side}_rank_low"] <= table["rank"]).all()
        assert (table["rank"] <= table[f"{side}_rank_high"]).all()
        assert (table[f"{side}_score_low"] <= table["score"]).all()
        assert (table["score"] <= table[f"{side}_score_high"]).all()
    assert said.probability.sum(axis=1) == pytest.approx(1.0)
    assert said.more + said.more.T == pytest.approx(1.0)
    assert (said.core == (said.probability[:, 0] >= 0.9)).all()
    assert said.core[-1]
    pairs = said.indistinguishable()
    assert 0 < len(pairs) < 66
    assert pairs["probability"].between(0.05, 0.95).all()


def test_the_same_truth_is_indistinguishable_and_far_ones_are_not(tree) -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat([0.0, 0, 0, 0, 0, 0, 60, 120], 4).reshape(8, 4)
    drawn = truth[:, :, None] + rng.normal(0, 5, (8, 4, 300))
    said = found(tree, truth, drawn, vary=("data",))
    pairs = {tuple(pair) for pair in said.indistinguishable()[["one", "other"]].to_numpy()}
    same = {(UNITS[i], UNITS[j]) for i in range(6) for j in range(i + 1, 6)}
    assert pairs == same
    assert said.rank.tolist() == [3, 3, 3, 3, 3, 3, 2, 1]


def test_under_eight_units_there_is_no_rank_but_gaps(tree, values, draws) -> None:
    whole = np.vstack([values[:5], values.mean(axis=0, keepdims=True)])
    drawn = np.concatenate([draws[:5], draws.mean(axis=0, keepdims=True)])
    said = composite.uncertainty(
        tree, whole, UNITS[:5], draws=drawn, runs=100, beside=("agglomeration",)
    )
    table = said.table()
    assert not said.ranked
    assert not any("rank" in name or "class" in name for name in map(str, table))
    assert (table["gap_to_agglomeration"] < 0).any()
    assert (table["gap_to_agglomeration_low"] <= table["gap_to_agglomeration"]).all()
    assert np.isnan(said.rank).all()
    assert len(said.indistinguishable()) == 0
    others = [np.median(np.delete(said.score, k)) for k in range(5)]
    assert table["gap_to_peers"].to_numpy() == pytest.approx(said.score - others)


def test_what_is_beside_is_scored_and_changes_nobody(tree, values, draws) -> None:
    whole, drawn = np.vstack([values, values[:1]]), np.concatenate([draws, draws[:1]])
    alone = found(tree, values, draws)
    said = found(tree, whole, drawn, beside=("twin",), units=UNITS)
    assert said.score == pytest.approx(alone.score)
    assert said.data.rank_low == pytest.approx(alone.data.rank_low)
    assert said.gaps["gap_to_twin"].iloc[0] == pytest.approx(0.0)


def test_a_reference_with_draws_follows_the_units(tree, values, draws) -> None:
    people = np.full(12, 3.0)
    against = Reference(values, people, draws)
    one = composite.replicate(tree, values, draws=draws, vary=("data",), reference=against, runs=50)
    two = composite.replicate(tree, values, draws=draws, vary=("data",), runs=50)
    assert one.scores == pytest.approx(two.scores)
    still = composite.replicate(
        tree, values, draws=draws, vary=("data",), reference=Reference(values), runs=50
    )
    assert (np.abs(still.scores - two.scores) > 1e-6).any()


def test_missing_units_are_neither_ranked_nor_compared(tree, values, draws) -> None:
    values[3], draws[3] = np.nan, np.nan
    said = found(tree, values, draws, recipe=Recipe(scale=Scale("min_max")))
    assert np.isnan(said.rank[3])
    assert np.isnan(said.probability[3]).all()
    assert np.isnan(np.delete(said.more[3], 3)).all()
    assert not said.core[3]
    assert sorted(np.delete(said.rank, 3)) == list(range(1, 12))
    assert np.isnan(said.gaps.iloc[3]).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": UNITS[:5]}, "12 rows for 5 units"),
        ({"vary": ("data",)}, "there are no draws"),
        ({"vary": ()}, "Nothing varies"),
        ({"vary": ("method", "luck")}, "not luck"),
    ],
)
def test_uncertainty_refuses(tree, values, options, said) -> None:
    with pytest.raises(BadInput, match=said):
        found(tree, values, **options)


def test_replications_refuse(tree, values, draws) -> None:
    with pytest.raises(BadInput, match="Draws are"):
        composite.replicate(tree, values, draws=draws[:5])
    with pytest.raises(BadInput, match="0 runs"):
        composite.replicate(tree, values, runs=0)
    with pytest.raises(BadInput, match="12 of 12 rows beside"):
        composite.replicate(tree, values, beside=12)
    for options, said in (
        ({"weights": "gaussian"}, "not 'gaussian'"),
        ({"spread": 1.5}, "not 10 and 1.5"),
        ({"scales": ()}, "at least one alternative"),
    ):
        with pytest.raises(BadInput, match=said):
            Choices(**options)
    asks = plan(tree, Recipe(), 10, np.random.default_rng(0), draws=10)
    with pytest.raises(BadInput, match="draw 9, and there are 0 draws"):
        score(tree, values, asks)


# Sensitivity


def test_the_only_choice_that_matters_has_all_the_variance(tree, values) -> None:
    fixed = Choices(
        treatments=(Treatment(), Treatment(most=3)),
        scales=(Scale("min_max", (1.0, 100.0)),),
        aggregations=("arithmetic", "harmonic"),
        weights="declared",
    )
    # Nothing is treated, so that the treatment cannot matter.
    values[0, 0] = 0.0
    said = composite.sensitivity(tree, values, choices=fixed, size=64)
    assert list(said.indices.index) == ["treatment", "aggregation"]
    assert said.indices.loc["treatment", "total"] == 0
    assert said.indices.loc["aggregation", "total"] == pytest.approx(1.0, abs=0.1)
    assert said.driver == "aggregation"
    assert said.sentence().count("%") == 2


def test_nothing_changes_any_rank(tree) -> None:
    same = np.repeat(np.arange(10.0)[:, None], 4, axis=1)
    choices = Choices(aggregations=("arithmetic",), treatments=(None,), scales=(Scale(),))
    said = composite.sensitivity(tree, same, choices=choices, size=16)
    assert said.driver is None
    assert (said.indices == 0).all(axis=None)
    assert said.sentence().startswith("Aucun des choix")


def test_data_is_a_factor_when_there_are_draws(tree, values, draws) -> None:
    choices = Choices(weights="within", spread=0.01, aggregations=("arithmetic",))
    said = composite.sensitivity(tree, values, choices=choices, draws=draws, size=64)
    assert list(said.indices.index) == ["treatment", "scale", "weights", "data"]
    assert said.driver == "data"


def test_sensitivity_refuses(tree, values) -> None:
    one = Choices(
        treatments=(None,), scales=(Scale(),), aggregations=("arithmetic",), weights="declared"
    )
    with pytest.raises(BadInput, match="Nothing varies"):
        composite.sensitivity(tree, values, choices=one)
    with pytest.raises(BadInput, match="7 units"):
        composite.sensitivity(tree, values[:7])
    with pytest.raises(BadInput, match="1 rows"):
        composite.sensitivity(tree, values, size=1)
    with pytest.raises(BadInput, match="No unit has a score"):
        composite.sensitivity(tree, np.full((9, 4), np.nan), size=8)


# Weights in the room


def test_the_whole_simplex_is_tried() -> None:
    grid = composite.simplex(3, 66)
    assert len(grid) == 66
    assert grid.sum(axis=1) == pytest.approx(1.0)
    assert {(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0)} <= set(map(tuple, grid.tolist()))
    many = composite.simplex(12, 500, seed=1)
    assert many.shape == (500, 12)
    assert many.sum(axis=1) == pytest.approx(1.0)
    assert (many == composite.simplex(12, 500, seed=1)).all()
    assert composite.simplex(1, 10).tolist() == [[1.0]]
    with pytest.raises(BadInput, match="2 weightings of 3 parts"):
        composite.simplex(3, 2)


def test_who_changes_class_and_who_never_does() -> None:
    """u00 has the most of both and u07 the least: nothing moves them. u01 and u02 change places
    where the weights of the parts are equal.
    """
    scores = np.array(
        [[99, 99], [90, 50], [50, 89], [40, 40], [30, 30], [20, 20], [10, 10], [1, 1]]
    )
    said = composite.scan(scores, [3, 1], units=UNITS[:8], parts=("x", "y"), count=101, number=8)
    table: Any = said.table()
    assert table["never_changes"].tolist() == [True, False, False, *[True] * 5]
    assert table.loc["u01", ["rank_best", "rank_worst"]].tolist() == [2, 3]
    assert table.loc["u01", "more_of"] == "y"
    assert table.loc["u01", "less_of"] == "x"
    # At 49 against 51, 50·0.49 + 89·0.51 is above 90·0.49 + 50·0.51: 26 % has moved.
    assert table.loc["u01", "weight_x"] == pytest.approx(0.49)
    assert table.loc["u01", "moved"] == pytest.approx(0.26)
    assert table.loc["u00", "more_of"] == ""
    assert table.loc["u01", "share_class_2"] == pytest.approx(51 / 101)
    passed = (
        "«\u00a0y\u00a0» de 25\u202f% à 51\u202f% et pour «\u00a0x\u00a0» de 75\u202f% à 49\u202f%."
    )
    assert said.sentence().endswith(f"il suffit que le poids passe, pour {passed}")


def test_parts_are_components_or_indicators(tree, values) -> None:
    scaled = composite.normalised(tree, values, Recipe())
    names, scores, declared = composite.parts_of(tree, scaled, "indicators")
    assert names == NAMES
    assert declared.tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 4, 1 / 4])
    one = composite.scan(scores, declared, units=UNITS, parts=names, weights=declared[None])
    names, scores, declared = composite.parts_of(tree, scaled)
    two = composite.scan(scores, declared, units=UNITS, parts=names, weights=declared[None])
    assert (one.best == two.best).all()
    assert one.fixed.all()
    assert "ne changent jamais" in one.sentence()
    unknown: Any = "leaves"
    with pytest.raises(BadInput, match="not 'leaves'"):
        composite.parts_of(tree, scaled, unknown)


def test_a_unit_without_a_score_has_no_class_under_any_weight(tree, values) -> None:
    scaled = composite.normalised(tree, values, Recipe())
    names, scores, declared = composite.parts_of(tree, scaled)
    scores[2] = np.nan
    said = composite.scan(scores, declared, units=UNITS, parts=names, count=50)
    assert not said.fixed[2]
    assert np.isnan(said.share[2]).all()


def test_scan_refuses(values) -> None:
    with pytest.raises(BadInput, match="Scores are"):
        composite.scan(values, [1, 1, 1, 1], units=UNITS[:3], parts=NAMES)
    with pytest.raises(BadInput, match="7 units"):
        composite.scan(values[:7], [1, 1, 1, 1], units=UNITS[:7], parts=NAMES)
    for weights, said in (([[1.0, 0]], "a column each"), ([[1.0, 0, 0, -1]], "negative weight")):
        with pytest.raises(BadInput, match=said):
            composite.scan(
                values, [1, 1, 1, 1], units=UNITS, parts=NAMES, weights=np.array(weights)
            )


# Value of information


def test_the_only_doubtful_data_come_first_and_settle_all(tree, values) -> None:
    rng = np.random.default_rng(3)
    drawn = np.repeat(values[:, :, None], 150, axis=2)
    drawn[:, 2] += rng.normal(0, 20, (12, 150))
    said = composite.value_of_information(tree, values, drawn)
    assert said.index[0] == "c"
    assert said.loc["c", "share"] == pytest.approx(1.0)
    assert said.loc["c", "width"] == 0
    assert said.loc[["a", "b", "d"], "width_less"].tolist() == [0, 0, 0]
    assert "obtenir d'abord est c " in information.sentence(said)
    sets = {"survey": ("a", "b"), "census": ("c", "d")}
    grouped = composite.value_of_information(tree, values, drawn, groups=sets)
    assert grouped.index.tolist() == ["census", "survey"]
    still = np.repeat(values[:, :, None], 10, axis=2)
    nothing = composite.value_of_information(tree, values, still)
    assert information.sentence(nothing).startswith("Aucun jeu de données")


def test_what_is_missing_is_in_doubt_too(tree, values) -> None:
    values[:4, 0] = np.nan
    drawn = np.repeat(values[:, :, None], 100, axis=2)
    said = composite.value_of_information(tree, values, drawn)
    assert said.index[0] == "a"
    assert said.loc["a", "missing"] == pytest.approx(1 / 3)
    assert "(33 % de ses valeurs manquent)" in information.sentence(said)
    filled = information.fill_missing(values, drawn)
    assert set(filled[0, 0]) <= set(values[4:, 0])
    # An indicator that nobody has cannot be drawn from anyone.
    values[:, 0], drawn[:, 0] = np.nan, np.nan
    assert np.isnan(information.fill_missing(values, drawn)[:, 0]).all()


def test_value_of_information_refuses(tree, values, draws) -> None:
    with pytest.raises(UnknownName, match="'z', which is no indicator"):
        composite.value_of_information(tree, values, draws, groups={"set": ("z",)})
    with pytest.raises(BadInput, match="at least two"):
        composite.value_of_information(tree, values, draws[:, :, :1])
    with pytest.raises(BadInput, match="7 units"):
        composite.value_of_information(tree, values[:7], draws[:7])


# Compare


def table(values):
    return pd.DataFrame(values, index=pd.Index(UNITS[: len(values)]), columns=list(NAMES))


def test_an_index_agrees_with_itself(tree, values) -> None:
    own = composite.build(table(values), tree)
    said = composite.compare(tree, own.normalised, own.aggregated["I"])
    assert (said.units, said.spearman, said.kendall) == pytest.approx((12, 1, 1))
    assert (said.same_class, said.same_top) == (1, 1)
    assert (said.disagreements["difference"] == 0).all()
    assert (said.disagreements["component"] == "").all()
    turned = composite.compare(tree, own.normalised, -own.aggregated["I"])
    assert turned.spearman == pytest.approx(-1)
    low = composite.compare(tree, own.normalised, -own.aggregated["I"], lowest_first=True)
    assert low.spearman == pytest.approx(1)


def test_disagreements_are_explained_by_the_component_the_other_lacks(tree, values) -> None:
    values[:, 2:] = values[::-1, 2:]
    own = composite.build(table(values), tree)
    other = own.aggregated["C"]
    said = composite.compare(tree, own.normalised, other)
    assert said.disagreements["difference"].abs().is_monotonic_decreasing
    moved = said.disagreements[said.disagreements["difference"] != 0]
    assert (moved["component"] == "D").mean() > 0.9
    assert (moved["rank_without"] == moved["other_rank"])[moved["component"] == "D"].all()
    assert "Le composant D explique" in said.sentence()


def test_units_that_one_lacks_are_named(tree, values) -> None:
    own = composite.build(table(values), tree)
    other = own.aggregated["I"].rename({"u00": "elsewhere"})
    other["u01"] = np.nan
    said = composite.compare(tree, own.normalised, other)
    assert said.units == 10
    assert said.only_ours == ("u00", "u01")
    assert said.only_theirs == ("elsewhere",)
    with pytest.raises(BadInput, match="0 units are in both"):
        composite.compare(tree, own.normalised, other.add_prefix("x"))
    with pytest.raises(BadInput, match="there twice"):
        composite.compare(tree, own.normalised, pd.concat([other, other]))
    flat = composite.compare(tree, own.normalised, other * 0 + 1)
    assert np.isnan(flat.spearman)
    assert "rien ne se compare" in flat.sentence()
