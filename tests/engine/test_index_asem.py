"""The ASEM index as COINr publishes it: every stage, every treated indicator, every factor."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labo import index as composite
from labo.index import Built, Choices, Recipe, Scale, Treatment

STAGES = ("Raw", "Denominated", "Imputed", "Screened", "Treated", "Normalised", "Aggregated")
RECIPE = Recipe(scale=Scale("min_max", (0.0, 100.0)))
CHOICES = Choices(
    treatments=tuple(Treatment(most) for most in range(1, 6)),
    scales=(Scale("min_max", (1.0, 100.0)), Scale("z_score", mean=10.0, deviation=2.0)),
    aggregations=("arithmetic", "geometric"),
    weights="within",
    spread=0.25,
    levels=(2, 3),
)
# Published total orders: estimate, 5 %, 95 %.
PUBLISHED = {
    "aggregation": (0.618, 0.407, 0.837),
    "scale": (0.271, 0.186, 0.370),
    "weights": (0.178, 0.141, 0.218),
    "treatment": (0.048, 0.033, 0.061),
}


@pytest.fixture(scope="module")
def asem(shared_reference: Path) -> Path:
    return shared_reference / "asem"


@pytest.fixture(scope="module")
def built(asem: Path) -> Built:
    data = pd.read_csv(asem / "ASEM_iData.csv", index_col="uCode")
    meta = pd.read_csv(asem / "ASEM_iMeta.csv")
    return composite.build(data, meta, recipe=RECIPE, impute_by="EurAsia_group")


@pytest.mark.parametrize("stage", STAGES)
def test_asem_every_stage(built: Built, asem: Path, stage: str) -> None:
    published = pd.read_csv(asem / f"v1_{stage}.csv", index_col="uCode")
    found = getattr(built, stage.lower()).loc[published.index]
    assert set(found.columns) == set(published.columns)
    ours, theirs = found[published.columns].to_numpy(), published.to_numpy(dtype=float)
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    # To 1e-9 as it stands, and to 1e-9 of itself where a value is tiny.
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9, nan_ok=True)
    assert np.nanmax(np.abs(ours - theirs)) < 1e-9


def test_asem_index(built: Built, asem: Path) -> None:
    score = built.aggregated["Index"]
    expected = {
        "CHE": 68.383724,
        "NLD": 64.819516,
        "DNK": 64.804080,
        "NOR": 64.467776,
        "BEL": 63.539520,
        "SWE": 62.999679,
    }
    assert score.sort_values(ascending=False).head(6).round(6).to_dict() == expected
    published = pd.read_csv(asem / "v1_results_aggs.csv", index_col="uCode")
    nodes = [name for name in published if name != "Rank"]
    found = built.aggregated.loc[published.index, nodes]
    assert found.to_numpy() == pytest.approx(published[nodes].to_numpy(), abs=5.1e-7)
    assert (built.ranks.loc[published.index, "Index"] == published["Rank"]).all()


def test_asem_ranks_of_every_aggregate(built: Built, asem: Path) -> None:
    published = pd.read_csv(asem / "v1_results_ranks.csv", index_col="uCode")
    assert (built.ranks.loc[published.index, published.columns] == published).all(axis=None)


def test_asem_treated_indicators(built: Built, asem: Path) -> None:
    published = pd.read_csv(asem / "v1_treat_table.csv", index_col="iCode")
    done = built.treatment
    assert done is not None
    done = done.loc[published.index]
    assert (done["passed"] == published["check_SkewKurt0.Pass"]).all()
    assert (done["winsorised"] == published["winsorise.nwin"].fillna(0)).all()
    assert (done["winsorised"] > 0).sum() == 15
    assert not done["logged"].any()
    for ours, theirs in (
        ("skew", "check_SkewKurt0.Skew"),
        ("kurtosis", "check_SkewKurt0.Kurt"),
        ("skew_after", "check_SkewKurt1.Skew"),
        ("kurtosis_after", "check_SkewKurt1.Kurt"),
    ):
        expected = published[theirs].to_numpy(dtype=float)
        assert done[ours].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_asem_effective_weights(built: Built, asem: Path) -> None:
    published = pd.read_csv(asem / "v1_eff_weights.csv", index_col="iCode")["EffWeight"]
    shares = pd.Series(composite.effective_weights(built.index), built.index.nodes)
    assert shares.loc[published.index].to_numpy() == pytest.approx(published.to_numpy(), abs=1e-12)


def test_asem_nobody_is_screened_out(built: Built) -> None:
    assert (built.available == 1.0).all()
    assert built.screened.equals(built.imputed)


@pytest.mark.parametrize("size", [100, 1024])
def test_asem_sobol_orders(built: Built, size: int) -> None:
    """At the published size, and where the estimates no longer move."""
    values = built.screened.to_numpy()
    found = composite.sensitivity(built.index, values, recipe=RECIPE, choices=CHOICES, size=size)
    assert len(found.change) == 6 * size
    total = found.indices["total"]
    order = total.sort_values(ascending=False)
    assert list(order.index) == list(PUBLISHED)
    for factor, (_, low, high) in PUBLISHED.items():
        assert low <= total[factor] <= high, factor
    assert found.driver == "aggregation"
    assert "la façon d'agréger" in found.sentence()


def test_asem_sobol_is_repeatable(built: Built) -> None:
    values = built.screened.to_numpy()
    one, two, other = (
        composite.sensitivity(
            built.index, values, recipe=RECIPE, choices=CHOICES, size=16, seed=seed, workers=workers
        )
        for seed, workers in ((3, 1), (3, 2), (4, 1))
    )
    assert one.indices.equals(two.indices)
    assert (one.change == two.change).all()
    assert (one.change != other.change).any()


def test_asem_declared_weights_are_one_of_the_scan(built: Built) -> None:
    values = built.normalised.to_numpy()
    parts, scores, declared = composite.parts_of(built.index, values)
    assert parts == ("Conn", "Sust")
    units = tuple(built.normalised.index)
    found = composite.scan(scores, declared, units=units, parts=parts, count=101)
    assert (found.best <= built.ranks["Index"]).all()
    assert (found.worst >= built.ranks["Index"]).all()
    # All the weight on one of the two: the ranks of that one.
    first = found.weights[:, 0] == 1.0
    assert first.sum() == 1
    alone = composite.scan(scores, declared, units=units, parts=parts, weights=found.weights[first])
    assert (alone.best == built.ranks["Conn"]).all()
