"""What must hold of any index, whatever the data: laws by hypothesis."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labo import index as composite
from labo.index import Recipe, Scale, Treatment
from labo.index.replicate import pairwise, quantiles
from labo.index.treat import fit

SCALES = (
    Scale("percentile"),
    Scale("min_max", (1.0, 100.0)),
    Scale("z_score", mean=10.0, deviation=1.0),
    Scale("rank"),
    Scale("percentile_rank"),
    Scale("borda"),
)
POSITIVE = SCALES[:2]
TREATMENTS = (None, Treatment(), Treatment(most=1))
METHODS = ("arithmetic", "sum", "copeland")


@st.composite
def tables(draw, missing=True, least=2):
    """Values with ties and, some, missing; some with a heavy tail."""
    units, leaves = draw(st.integers(least, 14)), draw(st.integers(1, 4))
    whole = st.integers(-30, 30).map(float)
    heavy = st.integers(0, 12).map(lambda k: float(2**k))
    choice = st.one_of(whole, heavy)
    element = st.one_of(choice, st.just(float("nan"))) if missing else choice
    return draw(arrays(float, (units, leaves), elements=element))


@st.composite
def recipes(draw, scales=SCALES, treatments=TREATMENTS):
    return Recipe(
        treatment=draw(st.sampled_from(treatments)),
        scale=draw(st.sampled_from(scales)),
        aggregation=draw(st.sampled_from(METHODS)),
    )


def tree(leaves, directions=None):
    names = [f"i{k}" for k in range(leaves)]
    half = (leaves + 1) // 2
    parts = {"C": names[:half], "D": names[half:]}
    weighted = {c: {n: 1.0 + k for k, n in enumerate(part)} for c, part in parts.items() if part}
    signs = directions if directions is not None else [1 - 2 * (k % 2) for k in range(leaves)]
    return composite.from_components("I", weighted, dict(zip(names, signs, strict=True)))


def frame(values):
    return pd.DataFrame(values, columns=[f"i{k}" for k in range(values.shape[1])])


def built(values, recipe, index=None):
    return composite.build(frame(values), index or tree(values.shape[1]), recipe=recipe)


def steady(values, treatment):
    """Whether nothing is so near a threshold of treatment that rounding decides."""
    if treatment is None:
        return True
    found = fit(values, treatment)
    edges = np.abs(np.abs(np.array([found.skew, found.skew_after])) - 2.0)
    edges = np.append(edges, np.abs(np.array([found.kurtosis, found.kurtosis_after]) - 3.5))
    return bool(np.nanmin(np.append(edges, 1.0)) > 1e-6)


@given(tables(), recipes(), st.data())
def test_order_of_units_changes_nothing(values, recipe, data) -> None:
    assume(steady(values, recipe.treatment))
    order = data.draw(st.permutations(range(len(values))))
    one, two = built(values, recipe), built(values[order], recipe)
    assert two.aggregated.to_numpy() == pytest.approx(
        one.aggregated.to_numpy()[order], rel=1e-9, abs=1e-9, nan_ok=True
    )
    assert two.ranks["I"].tolist() == pytest.approx(one.ranks["I"].to_numpy()[order], nan_ok=True)


@given(tables(), recipes(), st.sampled_from([1e-6, 0.3, 7.0, 1e5]), st.sampled_from([0.0, 273.15]))
def test_change_of_unit_changes_nothing(values, recipe, factor, offset) -> None:
    assume(steady(values, recipe.treatment))
    one, two = built(values, recipe), built(values * factor + offset * factor, recipe)
    assert two.aggregated.to_numpy() == pytest.approx(
        one.aggregated.to_numpy(), rel=1e-6, abs=1e-6, nan_ok=True
    )


@given(tables(), recipes(scales=(*POSITIVE, SCALES[2]), treatments=(None,)))
def test_direction_is_the_sign_of_the_values(values, recipe) -> None:
    """An indicator that counts the other way round is its opposite."""
    leaves = values.shape[1]
    one = built(values, recipe, tree(leaves, [1] * leaves))
    two = built(-values, recipe, tree(leaves, [-1] * leaves))
    expected = one.aggregated.to_numpy()
    assert two.aggregated.to_numpy() == pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(tables(missing=False), recipes(scales=POSITIVE), st.data())
def test_more_in_its_direction_never_lowers_a_score_nor_a_rank(values, recipe, data) -> None:
    """Nor does less of it raise them, with or without treatment of outliers: against the others."""
    recipe = Recipe(treatment=None, scale=recipe.scale, aggregation=recipe.aggregation)
    index = tree(values.shape[1])
    unit = data.draw(st.integers(0, len(values) - 1))
    leaf = data.draw(st.integers(0, values.shape[1] - 1))
    more = data.draw(st.integers(1, 40))
    changed = values.copy()
    changed[unit, leaf] += more * index.directions[leaf]
    one, two = built(values, recipe, index), built(changed, recipe, index)
    if recipe.scale.method == "percentile":
        # The others' values have not moved: nobody passes in front.
        assert two.ranks["I"][unit] <= one.ranks["I"][unit]
        assert two.aggregated["I"][unit] >= one.aggregated["I"][unit] - 1e-9
    assert two.normalised.iloc[unit, leaf] >= one.normalised.iloc[unit, leaf] - 1e-9


@given(tables(missing=False, least=3), st.sampled_from(POSITIVE), st.data())
def test_against_a_reference_more_never_lowers_a_score(values, scale, data) -> None:
    """With treatment too, since the reference does not move with the unit."""
    index = tree(values.shape[1], [1] * values.shape[1])
    moved = values.copy()
    moved += data.draw(arrays(float, values.shape, elements=st.integers(0, 50).map(float)))
    for aggregation in ("arithmetic", "geometric", "harmonic"):
        recipe = Recipe(scale=scale, aggregation=aggregation)
        one, two = (
            composite.build(frame(x), index, recipe=recipe, reference=frame(values))
            for x in (values, moved)
        )
        assert (two.aggregated["I"] >= one.aggregated["I"] - 1e-9).all()


@given(tables(), recipes(), st.data())
def test_duplicated_units_have_the_same_score_to_the_last_bit(values, recipe, data) -> None:
    twin = data.draw(st.integers(0, len(values) - 1))
    found = built(np.vstack([values, values[[twin]]]), recipe)
    one, two = found.aggregated.iloc[twin], found.aggregated.iloc[-1]
    assert one.equals(two.rename(one.name))
    ranks = found.ranks["I"]
    assert ranks.iloc[twin] == ranks.iloc[-1] or np.isnan([ranks.iloc[twin], ranks.iloc[-1]]).all()


@given(tables(missing=False), recipes(), st.sampled_from([0.0, 0.1, -3.0, 1e6]))
def test_a_constant_indicator_changes_no_rank(values, recipe, constant) -> None:
    assume(recipe.aggregation != "copeland")
    leaves = values.shape[1]
    names = [f"i{k}" for k in range(leaves)]
    signs = dict.fromkeys([*names, "flat"], 1)
    one = composite.from_components("I", {"C": dict.fromkeys(names, 1.0)}, signs)
    two = composite.from_components("I", {"C": dict.fromkeys([*names, "flat"], 1.0)}, signs)
    without = composite.build(frame(values), one, recipe=recipe)
    data = frame(values).assign(flat=constant)
    found = composite.build(data, two, recipe=recipe)
    assert found.normalised["flat"].nunique() == 1
    assert np.isfinite(found.aggregated.to_numpy()).all()
    assert (found.ranks["I"] == without.ranks["I"]).all()


@given(tables(missing=False, least=1), recipes())
def test_one_unit_only(values, recipe) -> None:
    found = built(values[:1], recipe)
    assert np.isfinite(found.aggregated.to_numpy()).all()
    assert found.ranks["I"].tolist() == [1.0]


@given(tables(), recipes())
def test_all_values_missing(values, recipe) -> None:
    found = built(np.full(values.shape, np.nan), recipe)
    for table in (found.treated, found.normalised, found.aggregated, found.ranks):
        assert table.isna().all(axis=None)
    # A column of nothing is left out, not counted as zero.
    if values.shape[1] > 1 and not np.isnan(values[:, :-1]).any():
        some = values.copy()
        some[:, -1] = np.nan
        score = built(some, recipe).aggregated["C"]
        assert recipe.aggregation != "arithmetic" or values.shape[1] == 2 or score.notna().all()


def test_no_unit_at_all() -> None:
    assert built(np.empty((0, 3)), Recipe()).aggregated.shape == (0, 6)


@given(tables(), st.sampled_from(SCALES), st.integers(1, 3))
def test_draws_are_worked_on_one_by_one(values, scale, draws) -> None:
    """Adding draws after indicators is the same as calling each."""
    rng = np.random.default_rng(0)
    whole = values[:, :, None] + rng.integers(0, 3, (*values.shape, draws))
    index = tree(values.shape[1])
    recipe = Recipe(scale=scale)
    together = composite.aggregate(index, composite.normalised(index, whole, recipe)).scores
    for draw in range(draws):
        alone = composite.aggregate(index, composite.normalised(index, whole[..., draw], recipe))
        assert together[..., draw] == pytest.approx(alone.scores, rel=1e-9, abs=1e-9, nan_ok=True)


@given(tables(missing=False), st.data())
def test_percentiles_are_never_0_or_1_and_average_a_half(values, data) -> None:
    count = len(values)
    people = data.draw(arrays(float, count, elements=st.integers(1, 9).map(float)))
    found = composite.percentile(values, people)
    assert ((found > 0) & (found < 1)).all()
    assert np.average(found, axis=0, weights=people) == pytest.approx(0.5)


@given(tables(missing=False))
def test_means_are_in_order(values) -> None:
    """Harmonic ≤ geometric ≤ arithmetic, the less compensatory the lower."""
    index = tree(values.shape[1])
    x = composite.normalise(values, Scale("min_max", (1.0, 100.0)))
    low, middle, high = (
        composite.aggregate(index, x, method).scores[:, -1]
        for method in ("harmonic", "geometric", "arithmetic")
    )
    assert (low <= middle + 1e-9).all()
    assert (middle <= high + 1e-9).all()


@given(tables(), st.integers(2, 5))
def test_classes_hold_everyone_who_has_a_rank(values, count) -> None:
    rank = composite.ranks(values, highest_first=True)
    found = composite.classes(rank, count)
    assert (np.isnan(found) == np.isnan(values)).all()
    known = found[~np.isnan(found)]
    assert set(known) <= set(range(1, count + 1))


@given(tables())
def test_pairwise_is_what_counting_says(values) -> None:
    placed = composite.ranks(values, highest_first=True)
    found = pairwise(placed)
    for i in range(len(values)):
        for j in range(len(values)):
            both = ~np.isnan(placed[i]) & ~np.isnan(placed[j])
            above = (placed[i] < placed[j])[both].sum() + (placed[i] == placed[j])[both].sum() / 2
            expected = above / both.sum() if both.any() else np.nan
            assert found[i, j] == pytest.approx(expected, nan_ok=True)


@given(tables())
def test_quantiles_are_values_that_occurred(values) -> None:
    low, high = quantiles(values)
    for line, least, most in zip(values, low, high, strict=True):
        known = line[~np.isnan(line)]
        if known.size:
            expected = np.quantile(known, (0.05, 0.95), method="inverted_cdf")
            assert (least, most) == tuple(expected)
        else:
            assert np.isnan([least, most]).all()
