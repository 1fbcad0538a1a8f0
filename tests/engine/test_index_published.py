"""Other published indices, expressed with the same functions, by hand numbers."""

import math

import numpy as np
import pandas as pd
import pytest

from labo import index as composite
from labo.index import Recipe, Scale

NAN = math.nan
UNITS = list("ABCDE")


def tree(root, components, down=()):
    names = [name for below in components.values() for name in below]
    weighted = {c: dict.fromkeys(below, 1.0) for c, below in components.items()}
    return composite.from_components(root, weighted, {n: -1 if n in down else 1 for n in names})


def test_social_vulnerability_percentile_ranks_summed_and_ranked_again() -> None:
    """As the CDC's SVI: percentile rank per variable, sum per theme, percentile rank of the sums,
    sum of the themes' sums, percentile rank of that. Income counts the other way round.
    """
    data = pd.DataFrame(
        {
            "poverty": [10.0, 20, 20, 40, 50],  # 0 .25 .25 .75 1
            "income": [90.0, 80, 70, 60, 60],  # 0 .25 .5 .75 .75
            "aged": [5.0, 5, 5, 5, 9],  # 0 0 0 0 1
        },
        index=UNITS,
    )
    svi = tree("SPL", {"economic": ["poverty", "income"], "household": ["aged"]}, down=["income"])
    recipe = Recipe(treatment=None, scale=Scale("percentile_rank"), aggregation="sum")
    built = composite.build(data, svi, recipe=recipe)
    assert built.normalised["poverty"].tolist() == [0, 0.25, 0.25, 0.75, 1]
    assert built.normalised["income"].tolist() == [0, 0.25, 0.5, 0.75, 0.75]
    assert built.normalised["aged"].tolist() == [0, 0, 0, 0, 1]
    assert built.aggregated["economic"].tolist() == [0, 0.5, 0.75, 1.5, 1.75]
    assert built.aggregated["SPL"].tolist() == [0, 0.5, 0.75, 1.5, 2.75]
    again = composite.rerank(built.aggregated, ["economic", "household", "SPL"])
    assert again["economic"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert again["household"].tolist() == [0, 0, 0, 0, 1]
    assert again["SPL"].tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_sums_of_percentile_ranks_that_tie_do_tie() -> None:
    """1/10 + 2/10 and 0 + 3/10 are the same score, which floating numbers would part."""
    left = np.array([1, 0, *range(2, 11)], dtype=float)
    right = np.array([2, 3, 0, 1, *range(4, 11)], dtype=float)
    data = pd.DataFrame({"a": left, "b": right})
    recipe = Recipe(treatment=None, scale=Scale("percentile_rank"), aggregation="sum")
    built = composite.build(data, tree("T", {"C": ["a", "b"]}), recipe=recipe)
    assert built.normalised.to_numpy()[0].tolist() == [0.1, 0.2]
    assert built.normalised.to_numpy()[1].tolist() == [0.0, 0.3]
    scores, places = built.aggregated["T"].tolist(), built.ranks["T"].tolist()
    assert scores[0] != scores[1]
    assert places[0] == places[1]
    again = composite.rerank(built.aggregated, ["T"])["T"].tolist()
    assert again[0] == again[1]


def test_missing_values_have_no_percentile_rank_and_no_sum() -> None:
    data = pd.DataFrame({"a": [1.0, 2, 3, NAN], "b": [1.0, 2, 3, 4]})
    recipe = Recipe(treatment=None, scale=Scale("percentile_rank"), aggregation="sum")
    built = composite.build(data, tree("T", {"C": ["a", "b"]}), recipe=recipe)
    assert built.normalised["a"].tolist()[:3] == [0, 0.5, 1]
    assert built.normalised["b"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert built.aggregated["T"].isna().tolist() == [False, False, False, True]


def test_human_development_three_fixed_goalposts_and_a_geometric_mean() -> None:
    """As UNDP's HDI: 20-85 years, 0-18 and 0-15 years of school, income by its logarithm."""
    data = pd.DataFrame(
        {"life": [52.5, 85.0], "expected": [9.0, 18.0], "mean": [7.5, 15.0], "income": [0.25, 0.5]}
    )
    hdi = tree("HDI", {"health": ["life"], "school": ["expected", "mean"], "living": ["income"]})
    goalposts = pd.DataFrame(
        {"life": [20.0, 85], "expected": [0.0, 18], "mean": [0.0, 15], "income": [0.0, 1]}
    )
    recipe = Recipe(
        treatment=None,
        scale=Scale("min_max", (0.0, 1.0)),
        aggregation={2: "arithmetic", 3: "geometric"},
    )
    built = composite.build(data, hdi, recipe=recipe, reference=goalposts)
    assert built.aggregated["HDI"].tolist() == pytest.approx(
        [(0.5 * 0.5 * 0.25) ** (1 / 3), 0.5 ** (1 / 3)]
    )


def test_product_of_two_components_brought_to_ten() -> None:
    """As CalEnviroScreen: mean percentiles, effects at half weight, each component divided by its
    highest score and multiplied by ten, then their product; the percentile of that is published.
    """
    data = pd.DataFrame(
        {
            "exposure": [1.0, 2, 3, 4, 5],  # 10 30 50 70 90
            "effects": [5.0, 4, 3, 2, 1],  # 90 70 50 30 10
            "people": [1.0, 2, 3, 5, 4],  # 10 30 50 90 70
        },
        index=UNITS,
    )
    weights = {"burden": {"exposure": 1.0, "effects": 0.5}, "population": {"people": 1.0}}
    ces = composite.from_components("CES", weights, {"exposure": 1, "effects": 1, "people": 1})
    built = composite.build(data, ces, recipe=Recipe(treatment=None))
    burden = [55 / 1.5, 65 / 1.5, 75 / 1.5, 85 / 1.5, 95 / 1.5]
    assert built.aggregated["burden"].tolist() == pytest.approx(burden)
    parts = built.aggregated[["burden", "population"]].to_numpy()
    ten = composite.normalise(
        parts,
        Scale("min_max", (0.0, 10.0)),
        reference=np.vstack([np.zeros(2), parts.max(axis=0)]),
    )
    product = ten[:, 0] * ten[:, 1]
    expected = [10 * b / max(burden) * 10 * p / 90 for b, p in zip(burden, [10, 30, 50, 90, 70])]  # noqa: B905
    assert product == pytest.approx(expected)
    table = pd.DataFrame({"CES": product}, index=UNITS)
    places = composite.rerank(table, ["CES"], "percentile")
    assert places["CES"].tolist() == pytest.approx([10, 30, 50, 90, 70])


def test_mean_of_ranks_with_ties_shared() -> None:
    """As indices that average ranks: 1 for the best, ties share the mean of their ranks."""
    data = pd.DataFrame({"a": [3.0, 3, 1, 2], "b": [1.0, 2, 2, 2]}, index=list("WXYZ"))
    recipe = Recipe(treatment=None, scale=Scale("rank", ties="average"))
    built = composite.build(data, tree("M", {"C": ["a", "b"]}, down=["a", "b"]), recipe=recipe)
    assert built.normalised["a"].tolist() == [1.5, 1.5, 4, 3]
    assert built.normalised["b"].tolist() == [4, 2, 2, 2]
    assert built.aggregated["M"].tolist() == [2.75, 1.75, 3.0, 2.5]
    assert built.ranks["M"].tolist() == [2, 4, 1, 3]


def test_borda_and_copeland_choose_otherwise() -> None:
    """Borda's own example: X has most first places, and the most last places."""
    data = pd.DataFrame(
        {f"v{i}": column for i, column in enumerate([[3, 2, 1], [3, 2, 1], [1, 3, 2], [1, 2, 3]])},
        index=list("XYZ"),
        dtype=float,
    )
    votes = tree("B", {"C": list(data)})
    borda = Recipe(treatment=None, scale=Scale("borda"), aggregation={2: "sum", 3: "arithmetic"})
    assert composite.build(data, votes, recipe=borda).aggregated["B"].tolist() == [4, 5, 3]
    pairs = Recipe(
        treatment=None, scale=Scale("rank"), aggregation={2: "copeland", 3: "arithmetic"}
    )
    # X–Y 2:2, Y–Z 3:1, X–Z 2:2.
    assert composite.build(data, votes, recipe=pairs).aggregated["B"].tolist() == [0, 1, -1]


def test_ranks_feed_the_next_level() -> None:
    """Where an index ranks its themes again and averages those ranks."""
    data = pd.DataFrame({"a": [1.0, 2, 9], "b": [1.0, 5, 6], "c": [3.0, 2, 1]}, index=list("XYZ"))
    themes = tree("T", {"one": ["a", "b"], "two": ["c"]})
    recipe = Recipe(treatment=None, scale=Scale("min_max", (0.0, 1.0)))
    built = composite.build(data, themes, recipe=recipe)
    ranked = composite.rerank(built.aggregated, ["one", "two"], "rank")
    second = tree("T", {"all": ["one", "two"]})
    plain = Recipe(treatment=None, scale=Scale("rank"))
    final = composite.build(ranked, second, recipe=plain)
    assert final.aggregated["T"].tolist() == [2, 2, 2]
    assert final.ranks["T"].tolist() == [1, 1, 1]
