"""Declared indices: trees of weights as data, scores by hand, what is said and what is not."""

import itertools
import json
import pkgutil
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import Point

from labo import cli, indices, release
from labo.catalogue import INDICATORS, INDICES, LAYERS, declarations
from labo.composite import REFERENCES, Composite, Factor, composite, find, from_json
from labo.data_clause import NARROWING, narrowing, worth
from labo.diagnosis import Diagnosis
from labo.errors import BadInput, UnknownName
from labo.index import percentile, simplex
from labo.index_data import (
    TOO_LITTLE,
    Known,
    alone,
    composites_of,
    directions_of,
    draws_of,
    known,
    reweighted,
)
from labo.release import Release
from labo.scores import (
    SCORE_COLUMNS,
    against,
    assess,
    gaps,
    pairs,
    placed,
    score_table,
    try_weights,
)
from labo.vocabulary import WORDS, ar6, tacct
from labo.way import Climate, OfCommune

DIRECTIONS = {x.id: x.direction for x in INDICATORS}
IDS = [x.id for x in INDICES]
NAMES = ("Les Acacias", "Bellerive", "Le Grand Pré", "Les Tours", "Beauregard", "La Noue",
         "Les Tilleuls", "Clair-Soleil", "Le Moulin", "Les Genêts")  # fmt: skip


class Town(NamedTuple):
    values: pd.DataFrame
    draws: dict[tuple[str, str, str, str], Any]
    zones: pd.DataFrame

    def known(self, x: Composite) -> Known:
        return known(x, DIRECTIONS, *self)


def town(
    qpvs: int,
    *,
    noise: float = 0.05,
    draws: int = 40,
    missing: dict[str, set[int] | None] | None = None,
    indicators: dict[str, list[float]] | None = None,
) -> Town:
    """A town as a release tells it; `missing` names the QPVs without an indicator (None: all)."""
    rng = np.random.default_rng(5)
    kinds = ["qpv"] * qpvs + ["commune"] * 3 + ["epci"]
    ids = [f"Q{i}" for i in range(qpvs)] + ["C0", "C1", "C2", "E"]
    names = [*NAMES[:qpvs], "Nord", "Centre", "Sud", "Agglomération"]
    zones = pd.DataFrame({"zone": ids, "kind": kinds, "code": ids, "name": names})
    leaves = sorted({name for x in INDICES for name in x.indicators})
    rows, drawn = [], {}
    for leaf in ["population", *leaves]:
        central = rng.uniform(0.2, 0.8, len(ids))
        if leaf == "population":
            central = np.where(np.array(kinds) == "qpv", 1000.0, 20_000.0)
        if indicators and leaf in indicators:
            central[:qpvs] = indicators[leaf]
        for i, zone in enumerate(ids):
            reason = ""
            if missing and leaf in missing and kinds[i] == "qpv":
                whom = missing[leaf]
                reason = "fichier absent" if whom is None or i in whom else ""
            value = np.nan if reason else central[i]
            rows.append((zone, leaf, "present", "present", value, 0.0, reason))
            if not reason:
                sized = noise * (0.0 if leaf == "population" else 1.0)
                drawn[zone, leaf, "present", "present"] = value + sized * rng.normal(size=draws)
    columns = ["zone", "indicator", "scenario", "horizon", "central", "imputed_share", "reason"]
    return Town(pd.DataFrame(rows, columns=columns), drawn, zones)


TINY = Composite(
    id="tiny",
    label="Essai",
    question="Quoi ?",
    hazards=("heat",),
    factors=(
        Factor(label="nuit", component="hazard", indicators={"hot_night_share": 1.0}),
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="logement",
            component="sensitivity",
            indicators={"overcrowding_share": 0.5, "poor_summer_comfort_share": 0.5},
        ),
        Factor(label="arbres", component="adaptive_capacity", indicators={"canopy_share": 1.0}),
    ),
    component_weights={"hazard": 1.0, "sensitivity": 2.0, "adaptive_capacity": 1.0},
    normalisation="percentile",
    aggregation="arithmetic",
    reference="qpv",
    available=2 / 3,
    profile=(),
    limits=("Un essai.",),
)
RISING = [float(i) for i in range(1, 9)]


# The catalogue as data


@pytest.mark.parametrize("x", INDICES, ids=IDS)
def test_weights_add_up_and_indicators_are_in_their_place(x: Composite) -> None:
    assert set(x.components) == set(x.component_weights)
    for component, below in x.components.items():
        assert sum(below.values()) == pytest.approx(1.0)
        of = [f for f in x.factors if f.component == component]
        for factor in of:
            assert sum(below[name] for name in factor.indicators) == pytest.approx(1 / len(of))
        for name in below:
            assert INDICATORS[name].component == component
            assert {"all", *x.hazards} & set(INDICATORS[name].hazards), name


@pytest.mark.parametrize("x", INDICES, ids=IDS)
def test_the_direction_of_an_indicator_is_its_own(x: Composite) -> None:
    tree = x.tree(DIRECTIONS)
    told = dict(zip(tree.leaves, tree.directions.tolist(), strict=True))
    assert told == {name: DIRECTIONS[name] for name in x.indicators}
    assert from_json(x.as_json()) == x


@pytest.mark.parametrize("x", INDICES, ids=IDS)
def test_what_is_the_same_for_all_is_in_the_profile_only(x: Composite) -> None:
    for name in x.indicators:
        ways = [LAYERS[layer].carried for layer in INDICATORS[name].layers]
        assert not any(isinstance(way, OfCommune | Climate) for way in ways), name
        assert INDICATORS[name].unit not in ("resident", "household"), name
    assert "population" in x.profile


@pytest.mark.parametrize("x", INDICES, ids=IDS)
def test_texts_are_french_and_plain(x: Composite) -> None:
    text = " ".join([x.label, x.question, *x.limits, *(f.label for f in x.factors)])
    assert any(letter in text for letter in "éèàùê")
    for word in ("KPI", "score des habitants", "population à risque", "utilisateur", "vulnérables"):
        assert word not in text
    assert all(limit.endswith(".") for limit in x.limits)


def test_each_module_declares_the_index_of_its_name() -> None:
    assert [module.name for module in pkgutil.iter_modules(indices.__path__)] == IDS


def test_a_day_that_is_hot_everywhere_is_read_beside() -> None:
    assert "hot_day_share" in INDICES["canicule"].profile


def test_every_hazard_has_an_index_and_canicule_its_nine_factors() -> None:
    assert {h for x in INDICES for h in x.hazards} == {
        *("heat", "flood", "drought", "air", "energy", "nature")
    }
    factors = [f for f in INDICES["canicule"].factors if f.component != "hazard"]
    assert len(factors) == 9
    assert any("ne nous sont pas connus" in limit for limit in INDICES["canicule"].limits)
    assert [x["id"] for x in declarations()["indices"]] == IDS


GIVEN: dict[str, Any] = {name: getattr(TINY, name) for name in TINY.__dataclass_fields__}


@pytest.mark.parametrize("name", GIVEN)
def test_an_index_without_a_keyword_is_an_error_at_import(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        composite(**{k: v for k, v in GIVEN.items() if k != name})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"question": "Dire."}, "is a question"),
        ({"limits": ()}, "has no limits"),
        ({"hazards": ("fire",)}, "hazards are some of"),
        ({"available": 0.0}, "no share"),
        ({"aggregation": "copeland"}, "is not arithmetic or geometric"),
        ({"component_weights": {"hazard": 1.0}}, "weighs"),
        ({"profile": ("poverty_share",)}, "in its score and beside"),
        (
            {"factors": (Factor(label="x", component="hazard", indicators={"a": 0.7}),),
             "component_weights": {"hazard": 1.0}},
            "do not add up to 1",
        ),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        composite(**GIVEN | changed)


def test_an_unknown_index_says_which_there_are() -> None:
    with pytest.raises(UnknownName, match="did you mean canicule"):
        find("canicul", INDICES)
    with pytest.raises(UnknownName, match="there are air, canicule"):
        find("zzz", INDICES)


# Scores by hand


def hand(noise: float = 0.0) -> Known:
    """Eight QPVs: hazard rises, poverty falls, the rest is the same or rises."""
    return town(
        8,
        noise=noise,
        indicators={
            "hot_night_share": RISING,
            "poverty_share": RISING[::-1],
            "overcrowding_share": [1.0] * 8,
            "poor_summer_comfort_share": RISING,
            "canopy_share": RISING,
        },
    ).known(TINY)


def test_scores_of_a_tiny_town_by_hand() -> None:
    """The r-th of eight stands at (r − ½)/8; more trees lower the score; all alike are at 50."""
    found = assess(hand(), seed=1)
    r = np.arange(1, 9)
    up, down = (r - 0.5) / 8 * 100, (8.5 - r) / 8 * 100
    sensitivity = 0.5 * down + 0.25 * 50 + 0.25 * up
    assert found.score == pytest.approx((up + 2 * sensitivity + down) / 4)
    assert found.ranked
    table = score_table(*town(8), 0, composites=[TINY], directions=DIRECTIONS, runs=50)
    assert list(table.columns) == SCORE_COLUMNS
    assert len(table) == 8 * 4
    assert set(table["component"]) == {"index", "hazard", "sensitivity", "adaptive_capacity"}
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    assert (table["low"] <= table["central"]).all()
    shares = table[[f"p_class_{k}" for k in range(1, 5)]].sum(axis=1)
    assert shares.to_numpy() == pytest.approx(np.ones(len(table)))


def test_a_component_alone_is_what_it_is_in_the_whole() -> None:
    found = hand()
    part = assess(alone(found, "sensitivity")).score
    r = np.arange(1, 9)
    assert part == pytest.approx(0.5 * (8.5 - r) / 8 * 100 + 12.5 + 0.25 * (r - 0.5) / 8 * 100)
    assert alone(found, "hazard").tree.components == ("hazard",)


def test_what_is_the_same_everywhere_is_said_and_changes_no_rank() -> None:
    found = hand()
    assert found.constant == ("overcrowding_share",)
    assert np.ptp(placed(found)["overcrowding_share"]) == 0


def test_the_same_seed_gives_the_same_table_and_the_order_of_rows_does_not_matter() -> None:
    one = town(9)
    first = score_table(*one, 3, composites=[TINY], directions=DIRECTIONS, runs=60)
    again = score_table(
        one.values.sample(frac=1.0, random_state=1), one.draws, one.zones, 3,
        composites=[TINY], directions=DIRECTIONS, runs=60,
    )  # fmt: skip
    pd.testing.assert_frame_equal(first, again)


def test_a_diagnosis_and_its_release_have_the_same_scores(
    demo_diagnosis: Diagnosis, demo_release: Release
) -> None:
    d = demo_diagnosis
    one = score_table(d.values, d.draw_values, d.territory.zones, d.seed, runs=50)
    r = demo_release
    two = score_table(r.values, draws_of(r.draws), r.places, r.manifest["seed"], runs=50)
    pd.testing.assert_frame_equal(one, two)


def test_a_sure_gap_makes_the_core_and_pairs_are_told() -> None:
    indicators = {x: [0.9, *([0.5] * 7)] for x in TINY.indicators if x != "canopy_share"}
    found = town(8, indicators=indicators | {"canopy_share": [0.1, *([0.5] * 7)]}).known(TINY)
    told = assess(found)
    assert told.core.tolist() == [True, *([False] * 7)]
    assert {"one", "other", "probability"} == set(pairs(told)[0])
    assert "Q0" not in {p["one"] for p in pairs(told)} | {p["other"] for p in pairs(told)}
    assert pairs(None) == []


# Few neighbourhoods, missing data


@pytest.mark.parametrize("qpvs", [10, 5])
@pytest.mark.parametrize("x", INDICES, ids=IDS)
def test_a_state_against_today_moves_who_changes_and_no_one_else(x: Composite, qpvs: int) -> None:
    """From eight on among the QPVs, below in the agglomeration: scores of a release, then laws."""
    first = town(qpvs).known(x)
    today, drawn = against(first, first)
    told = assess(first).score if first.ranked else gaps(first).score
    np.testing.assert_allclose(today, told, atol=1e-9)
    # The third QPV gets better in everything that it can.
    values, draws = first.units.values.copy(), first.units.draws.copy()
    better = 0.3 * first.tree.directions
    values[2] -= better
    draws[2] -= better[:, None]
    second = replace(first, units=first.units._replace(values=values, draws=draws))
    after, drawn_after = against(first, second)
    others = np.arange(qpvs) != 2
    np.testing.assert_array_equal(after[others], today[others])
    np.testing.assert_array_equal(drawn_after[others], drawn[others])
    assert after[2] < today[2]
    assert (drawn_after[2] <= drawn[2] + 1e-9).all()
    # Were the reference to move with it, another would look worse for nothing.
    moved = assess(second).score if first.ranked else gaps(second).score
    assert (moved[others] >= told[others] - 1e-9).all()


@pytest.mark.parametrize("qpvs", [1, 3, 7])
def test_below_eight_there_is_no_ranking_but_gaps(qpvs: int) -> None:
    found = town(qpvs)
    table = score_table(*found, 0, runs=50)
    assert set(table["index"]) == set(IDS)
    assert (
        table[["rank", "rank_low", "rank_method_high", "class", "p_class_1"]].isna().all(axis=None)
    )
    assert not table["core"].any()
    assert set(table["reference"]) == {"agglomeration"}
    assert table["gap_epci"].notna().all()
    assert (table["gap_epci_low"] <= table["gap_epci"]).all()
    assert (table["method_low"] <= table["method_high"]).all()
    assert table["gap_peers"].isna().all() if qpvs == 1 else table["gap_peers"].notna().all()
    with pytest.raises(BadInput, match="at least 8"):
        try_weights(found.known(TINY))


def test_gaps_by_hand() -> None:
    """Distances between the least and the most vulnerable commune or QPV, from 1 to 100."""
    found = town(2, noise=0.0)
    values = found.values.set_index(["zone", "indicator"])
    away = gaps(found.known(TINY))
    score = {}
    for zone in ("Q0", "Q1", "E"):
        total = 0.0
        for component, below in TINY.components.items():
            for leaf, weight in below.items():
                v = [values.loc[(z, leaf), "central"] for z in ("Q0", "Q1", "C0", "C1", "C2")]
                x = DIRECTIONS[leaf] * np.array([*v, values.loc[(zone, leaf), "central"]])
                share = np.clip((x[-1] - x[:-1].min()) / np.ptp(x[:-1]), 0, 1)
                total += TINY.component_weights[component] / 4 * weight * (1 + 99 * share)  # type: ignore[index]
        score[zone] = total
    assert away.score == pytest.approx([score["Q0"], score["Q1"]])
    assert away.epci == pytest.approx([score["Q0"] - score["E"], score["Q1"] - score["E"]])
    assert away.peers == pytest.approx([score["Q0"] - score["Q1"], score["Q1"] - score["Q0"]])


def test_a_missing_indicator_is_dropped_with_its_reason_and_the_weight_that_is_left() -> None:
    found = town(8, missing={"overcrowding_share": None}).known(TINY)
    [lost] = found.missing
    assert lost == ("overcrowding_share", "sensitivity", 0.125, "fichier absent")
    assert found.available == pytest.approx(np.full(8, 0.875))
    assert found.ranked
    assert "overcrowding_share" not in try_weights(found, "indicators").parts


def test_an_index_below_its_availability_is_empty_and_says_why() -> None:
    gone: dict[str, set[int] | None] = {"poverty_share": None, "hot_night_share": {0}}
    made = town(9, missing=gone)
    found = made.known(TINY)
    assert found.reasons[0].startswith("indicateurs présents : 50 % du poids ; il en faut 67 %")
    assert not found.ranked
    table = score_table(*made, 0, composites=[TINY], directions=DIRECTIONS, runs=20)
    whole = table[table["component"] == "index"]
    assert whole["central"].isna().all()
    assert (whole["reason"] != "").all()
    assert (whole["availability"] == 0).all()
    hazard = table[table["component"] == "hazard"]
    assert hazard.set_index("zone")["rank"].isna().tolist() == [True, *([False] * 8)]


def test_one_neighbourhood_without_a_value_is_left_out_of_the_ranks() -> None:
    found = town(9, missing={name: {4} for name in TINY.indicators}).known(TINY)
    assert found.scored.tolist() == [i != 4 for i in range(9)]
    assert len(assess(found).units) == 8


def test_a_release_without_the_sources_has_empty_scores() -> None:
    made = town(9, missing=dict.fromkeys(TINY.indicators))
    table = score_table(*made, 0, composites=[TINY], directions=DIRECTIONS, runs=20)
    assert table[["central", "rank", "gap_epci", "gap_peers"]].isna().all(axis=None)


# Mistakes of other tools


def test_national_percentiles_are_not_local_need() -> None:
    """Against all of France every QPV is among the poorest: nothing is left to choose between."""
    made = town(8, noise=0.0, indicators={"poverty_share": [0.3 + i / 50 for i in range(8)]})
    here = placed(made.known(TINY))["poverty_share"].to_numpy()
    nation = percentile(np.array([0.3 + i / 50 for i in range(8)]), None, np.linspace(0, 0.25, 400))
    assert np.ptp(nation) == 0
    assert here == pytest.approx((np.arange(8) + 0.5) / 8 * 100)
    assert set(REFERENCES) == {"qpv", "agglomeration"}
    for x in INDICES:
        assert x.reference in REFERENCES
    with pytest.raises(ValueError, match="read against 'france'; it may be qpv, agglomeration"):
        composite(**GIVEN | {"reference": "france"})
    table = score_table(*made, 0, composites=[TINY], directions=DIRECTIONS, runs=20)
    assert set(table["reference"]) == {"qpv"}


# GIEC and TACCT

SCORES = {
    "hazard": np.array([10.0, 25.0, 80.0]),
    "exposure": np.array([20.0, 50.0, 90.0]),
    "sensitivity": np.array([30.0, 60.0, np.nan]),
    "adaptive_capacity": np.array([40.0, 80.0, 100.0]),
}
EVEN = dict.fromkeys(SCORES, 1.0)


def test_reading_in_the_words_of_the_ipcc_changes_no_score() -> None:
    read = ar6(SCORES, EVEN)
    assert list(read.parts) == ["aléa", "exposition", "vulnérabilité"]
    assert read.parts["vulnérabilité"] == pytest.approx([35.0, 70.0, 100.0])
    assert read.combined == pytest.approx([25.0, 53.75, 90.0])


def test_exposition_is_not_the_same_word_in_both() -> None:
    assert WORDS["ar6"]["hazard"] == "aléa"
    assert WORDS["tacct"]["hazard"].startswith("exposition")
    assert WORDS["ar6"]["exposure"].startswith("exposition")
    assert not WORDS["tacct"]["exposure"].startswith("exposition")


def test_notes_of_tacct_and_their_product() -> None:
    notes = tacct(SCORES, EVEN)
    assert notes.exposure.tolist() == [1, 2, 4]
    assert notes.sensitivity.tolist() == [2, 3, 4]
    assert notes.product.tolist() == [2, 6, 16]
    assert notes.classed.tolist() == [1, 2, 4]
    discussed = tacct({"sensitivity": np.array([80.0, 10.0])}, EVEN, exposure_note=3)
    assert discussed.product.tolist() == [12, 3]
    assert np.isnan(tacct({"sensitivity": np.array([80.0])}, EVEN).product).all()
    with pytest.raises(BadInput, match="1, 2, 3 or 4"):
        tacct(SCORES, EVEN, exposure_note=5)
    with pytest.raises(BadInput, match="must grow"):
        tacct(SCORES, EVEN, class_bounds=(4, 4, 12))
    with pytest.raises(BadInput, match="No component"):
        ar6({"danger": 1.0}, {"danger": 1.0})


def test_classes_of_tacct_never_overlap() -> None:
    """Each product of two notes is in one class, and a change of bounds moves it to one other."""
    middle = np.array([10.0, 30.0, 60.0, 90.0])
    for bounds in ((4.0, 8.0, 12.0), (3.0, 6.0, 9.0)):
        found: dict[int, set[int]] = {}
        for one, two in itertools.product(range(4), range(4)):
            notes = tacct(
                {"hazard": middle[[one]], "sensitivity": middle[[two]]}, EVEN, class_bounds=bounds
            )
            found.setdefault(int(notes.product[0]), set()).add(int(notes.classed[0]))
        assert all(len(classes) == 1 for classes in found.values())
        for product, [classed] in found.items():
            assert classed == 1 + sum(product >= bound for bound in bounds)


# Weights and the value of data


def test_the_scan_of_weights_agrees_with_trying_each_of_them() -> None:
    found = town(10).known(TINY)
    scan = try_weights(found)
    parts = np.column_stack([assess(alone(found, c)).score for c in found.tree.components])
    tried = simplex(3, 10_000)
    count = np.zeros((10, 4))
    for weights in tried:
        scores = parts @ weights
        rank = (scores[None, :] > scores[:, None] + 1e-9).sum(axis=1)
        count[np.arange(10), np.floor(rank * 4 / 10).astype(int)] += 1
    assert scan.weights == pytest.approx(tried)
    assert scan.share == pytest.approx(count / len(tried))
    assert scan.fixed.tolist() == (count.max(axis=1) == len(tried)).tolist()


def test_other_weights_change_the_score_as_declared() -> None:
    found = hand()
    only = reweighted(found, {"sensitivity": 0.0, "adaptive_capacity": 0.0})
    assert assess(only).score == pytest.approx((np.arange(8) + 0.5) / 8 * 100)
    with pytest.raises(UnknownName, match="exposure"):
        reweighted(found, {"exposure": 1.0})


def test_who_has_a_score_depends_on_the_weights() -> None:
    found = town(9, missing={"hot_night_share": {0, 1}}).known(TINY)
    assert found.scored.all()
    hazard = reweighted(found, {"sensitivity": 0.0, "adaptive_capacity": 0.0})
    assert hazard.reasons[:3] == (TOO_LITTLE, TOO_LITTLE, "")
    assert not hazard.ranked  # seven of nine
    assert np.isnan(gaps(hazard).score).tolist() == [True, True, *([False] * 7)]
    without = reweighted(found, {"hazard": 0.0})
    assert without.scored.all()
    assert without.available == pytest.approx(np.ones(9))


def test_an_absent_dataset_is_worth_more_than_a_sure_one() -> None:
    made = town(9, noise=0.01, missing={"canopy_share": None})
    declared = declarations()
    manifest = {"sources": [s for s in declared["sources"] if "tree_cover" not in s["id"]]}
    table = worth(made.known(TINY), declared, manifest, made.values)
    assert table["state"].iloc[0] == "absent"
    assert table["indicators"].iloc[0] == ["canopy_share"]
    assert table["width_less"].iloc[0] > 1
    assert table["missing"].tolist() == [1.0, *([0.0] * (len(table) - 1))]
    with pytest.raises(BadInput, match="has 3 QPVs"):
        worth(town(3).known(TINY), declared, manifest, made.values)


def test_the_gap_is_as_doubtful_as_the_one_dataset_that_is() -> None:
    made = town(3)
    found = made.known(TINY)
    declared = declarations()
    manifest = {"sources": declared["sources"]}
    doubtful = found.tree.leaves.index("canopy_share")
    rows = {}
    for name in ("units", "communes", "epci"):
        of = getattr(found, name)
        draws = np.repeat(of.values[:, :, None], of.draws.shape[2], axis=2)
        draws[:, doubtful] = of.draws[:, doubtful]
        rows[name] = of._replace(draws=draws)
    table = narrowing(replace(found, **rows), declared, manifest, made.values)
    assert list(table.columns) == NARROWING
    best = table.iloc[0]
    assert best["indicators"] == ["canopy_share"]
    assert best["width_less"] > 0
    assert (best["width"], best["share"]) == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0))
    assert table["width_less"].tolist()[1:] == pytest.approx([0.0] * (len(table) - 1))
    # As doubtful as they all are, none takes the whole of it.
    table = narrowing(found, declared, manifest, made.values)
    assert table["share"].max() < 1
    assert table["width_less"].iloc[0] > 0


# The command line


@pytest.fixture
def labo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    import labo.cli.indices  # noqa: F401 (its commands)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["labo", *map(str, arguments)])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code or 0, captured.out, captured.err

    return run


def written(made: Town, folder: Path) -> Path:
    """Write what these commands read of a release."""
    folder.mkdir()
    zones = gpd.GeoDataFrame(
        made.zones.assign(generation="2024", parent="", communes="", imputed=False),
        geometry=[Point(0, 0)] * len(made.zones),
        crs="EPSG:4326",
    )
    zones.to_parquet(folder / "zones.parquet")
    made.values.to_parquet(folder / "values.parquet")
    names = ("zone", "indicator", "scenario", "horizon")
    table = {n: [key[i] for key in made.draws] for i, n in enumerate(names)}
    rows = [np.asarray(row, dtype=np.float32) for row in made.draws.values()]
    pq.write_table(pa.table(table | {"values": rows}), folder / "draws.parquet")
    declared = declarations()
    (folder / "catalogue.json").write_text(json.dumps(declared), "utf-8")
    manifest = {
        "format": release.FORMAT,
        "files": {},
        "territory": {"code": "E", "name": "Agglomération d’essai"},
        "generations": ["2024"],
        "seed": 0,
        "sources": [{"id": s["id"]} for s in declared["sources"]],
    }
    (folder / release.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return folder


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    return written(town(10, missing={"poor_summer_comfort_share": None}), tmp_path / "ten")


def narrow(text: str) -> bool:
    return max(len(line) for line in text.splitlines()) <= 80


def test_index_profile_before_ranks_and_no_rank_without_its_interval(labo: Any, ten: Path) -> None:
    code, out, _ = labo("index", ten, "canicule")
    assert code == 0
    assert narrow(out)
    assert out.index("Le profil d’abord") < out.index("Rangs : 1 est le plus exposé")
    lines = out[out.index("Rangs") :].splitlines()[2:12]
    for line, rank in zip(lines, range(1, 11), strict=True):
        assert f" {rank} (" in line
    assert "dans 9 calculs sur 10" in out
    assert "On ne peut pas départager" in out
    assert "logements au confort d’été insuffisant" in " ".join(out.split())
    assert "fichier absent" in out
    assert "leur formule et leurs poids ne nous sont pas connus" in " ".join(out.split())


def test_index_as_json_has_stable_keys(labo: Any, ten: Path) -> None:
    _, out, _ = labo("index", ten, "canicule", "--json")
    [row] = json.loads(out)
    assert list(row) == [
        *("index", "label", "question", "territory", "generations", "qpvs", "ranked"),
        *("reference", "weights", "profile", "zones", "core", "pairs", "missing", "constant"),
        "limits",
    ]
    assert list(row["zones"][0]) == ["name", *SCORE_COLUMNS]
    assert row["missing"][0]["reason"] == "fichier absent"
    _, out, _ = labo("index", ten, "--json")
    assert [x["index"] for x in json.loads(out)] == IDS


def test_index_lists_all(labo: Any, ten: Path) -> None:
    _, out, _ = labo("index", ten)
    assert narrow(out[: out.index("Tout sur un indice")])
    for x in IDS:
        assert f"\n{x}" in out


def test_index_below_eight_says_gaps(labo: Any, tmp_path: Path) -> None:
    folder = written(town(1), tmp_path / "one")
    code, out, _ = labo("index", folder, "canicule")
    assert code == 0
    assert "pas de classement" in out
    assert "Rangs" not in out
    assert "écart à l’agglo." in out
    for command in ("weights", "voi"):
        code, out, err = labo(command, folder, "canicule")
        assert (code, out) == (1, "")
        assert err.startswith("labo: ")
        assert "at least 8" in err


def test_a_real_release_with_one_qpv(labo: Any, demo_release: Release) -> None:
    code, out, _ = labo("index", demo_release.folder, "canicule", "--reading", "ar6")
    assert code == 0
    assert "pas de classement" in out
    assert "Lecture GIEC AR6" in out
    found = composites_of(demo_release.catalogue)
    assert [x.id for x in found] == IDS
    draws = draws_of(demo_release.draws)
    told = known(
        INDICES["canicule"],
        directions_of(demo_release.catalogue),
        demo_release.values,
        draws,
        demo_release.places,
    )
    assert told.missing == ()
    assert np.isfinite(gaps(told).epci).all()


def test_index_with_other_weights(labo: Any, ten: Path, tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text("[components]\nhazard = 0\nsensitivity = 1\nadaptive_capacity = 0\n", "utf-8")
    _, out, _ = labo("index", ten, "canicule", "--weights", path, "--json")
    [row] = json.loads(out)
    by = {(z["zone"], z["component"]): z["central"] for z in row["zones"]}
    for zone in {z["zone"] for z in row["zones"]}:
        assert by[zone, "index"] == pytest.approx(by[zone, "sensitivity"])
    for text, message in (
        ("[components]\nfire = 1\n", "'fire' is not in"),
        ("hazard = 1\n", "tables are"),
        ('[components]\nhazard = "a lot"\n', "give a number"),
        ("[components\n", "no TOML"),
        ("", "holds no weight"),
        ("[components]\n", "holds no weight"),
    ):
        path.write_text(text, "utf-8")
        code, _, err = labo("index", ten, "canicule", "--weights", path)
        assert code == 1
        assert message in err
        assert err.count("\n") == 1


def test_index_against_another(labo: Any, ten: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("zone;score\n" + "".join(f"Q{i};{i},5\n" for i in range(10)), "utf-8")
    code, out, _ = labo("index", ten, "canicule", "--against", path)
    assert code == 0
    assert "les rangs s’accordent à" in out
    assert narrow(out)
    _, out, _ = labo("index", ten, "canicule", "--against", path, "--json")
    assert json.loads(out)[0]["units"] == 10
    path.write_text("zone,score\nQ0,a\n", "utf-8")
    code, _, err = labo("index", ten, "canicule", "--against", path)
    assert (code, "no number" in err) == (1, True)
    path.write_text("place,score\nQ0,1\n", "utf-8")
    assert "needs the columns" in labo("index", ten, "canicule", "--against", path)[2]


def test_index_says_which_choice_drives_the_ranking(labo: Any, ten: Path, tmp_path: Path) -> None:
    code, out, _ = labo("index", ten, "canicule", "--sensitivity")
    assert code == 0
    assert narrow(out)
    assert "ce qui pèse le plus est" in out.replace("\n", " ")
    assert "l’incertitude des données" in out
    _, out, _ = labo("index", ten, "canicule", "--sensitivity", "--json")
    told = json.loads(out)[0]["sensitivity"]
    assert {"factor", "first", "total", "total_low", "total_high"} <= set(told["factors"][0])
    assert max(x["total"] for x in told["factors"]) > 0
    few = written(town(5), tmp_path / "five")
    code, _, err = labo("index", few, "canicule", "--sensitivity")
    assert (code, "at least 8 are needed" in err) == (1, True)


def test_weights_say_who_never_changes(labo: Any, ten: Path) -> None:
    code, out, _ = labo("weights", ten, "canicule")
    assert code == 0
    assert narrow(out)
    assert "pondérations essayées" in out
    assert "change de classe si…" in out
    _, out, _ = labo("weights", ten, "canicule", "--json")
    rows = json.loads(out)
    assert len(rows) == 10
    assert {"zone", "name", "class", "never_changes", "moved", "more_of"} <= set(rows[0])


def test_voi_is_honest_about_what_is_absent(labo: Any, ten: Path) -> None:
    code, out, _ = labo("voi", ten, "canicule")
    assert code == 0
    assert narrow(out)
    assert "quelle donnée demander d’abord" in out
    assert "tous les ordres des quartiers" in " ".join(out.split())
    # A raster that nobody near could give is not asked for.
    said = " ".join(out.split("Ce qui dépend de producteurs nationaux")[0].split())
    assert "Aucune donnée que l’on puisse négocier ici" in said
    assert "À négocier ici d’abord" not in said
    _, out, _ = labo("voi", ten, "canicule", "--json")
    rows = json.loads(out)
    assert {"dataset", "holder", "state", "indicators", "width_less", "pairs_less"} <= set(rows[0])
    _, out, _ = labo("voi", ten, "air")
    said = " ".join(out.split())
    assert re.search(r"À négocier ici d’abord : [^:]+, à demander à (la |l’)", said)
    assert out.index("À négocier ici :") < out.index("Ce qui dépend de producteurs nationaux :")
    _, out, _ = labo("voi", ten, "air", "--json")
    near = [bool(row["holder"]) for row in json.loads(out)]
    assert any(near)
    assert near == sorted(near, reverse=True)
    assert "partial" in {row["state"] for row in rows} | {"partial"}


@pytest.mark.parametrize("command", ["index", "weights", "voi"])
def test_an_unknown_index_is_one_sentence(labo: Any, ten: Path, command: str) -> None:
    code, out, err = labo(command, ten, "canicul")
    assert (code, out) == (1, "")
    assert err == "labo: There is no index named 'canicul'; did you mean canicule?\n"
