"""Which measures answer a neighbourhood: reasons that can be checked, and none hidden."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo import answers
from labo.answers import ORDER, STATES, Answer, Value, rank, ranked, values_of
from labo.catalogue import INDICATORS, MEASURES
from labo.errors import BadInput
from labo.inequality import Gap
from labo.release import Release

ALL = {x.id for x in MEASURES}


def value(central: float, gap: tuple[float, float, float] | None, spread: float = 0.01) -> Value:
    between = None if gap is None else Gap(central, central - gap[0], *gap, 1.0)
    return Value(central, central - spread, central + spread, between, "")


def by_id(found: list[Answer]) -> dict[str, Answer]:
    return {x.measure.id: x for x in found}


def test_every_measure_is_there_even_where_nothing_is_known() -> None:
    found = ranked({})
    assert {x.measure.id for x in found} == ALL
    assert {x.rank for x in found} == {1}, "nothing tells them apart"
    for x in found:
        assert x.fit == (0, 0, 0)
        assert x.state == "possible"
        assert {r.standing for r in x.reasons} == {"unknown"}
        assert all("inconnu ici" in r.sentence for r in x.reasons)


def test_a_sure_lack_comes_before_a_doubtful_one() -> None:
    """Few trees, surely: what adds canopy comes first. Many cool places, maybe not."""
    values = {
        "canopy_share": value(0.1, (-0.1, -0.15, -0.05)),
        "cool_indoor_access_share": value(0.5, (-0.1, -0.3, 0.1)),
    }
    found = by_id(ranked(values))
    trees, places = found["plant_trees"], found["cool_places_in_august"]
    assert trees.fit[:2] == (1, 0)
    assert places.fit[:2] == (0, 1)
    assert trees.rank < places.rank < found["slow_streets"].rank
    assert trees.reasons[0].standing == "sure"
    assert trees.reasons[0].sentence == (
        "Part de canopée : 10,0_% (9,0–11,0), −10,0_pt par rapport à l'agglomération ; plus "
        "fragile qu'ailleurs, assez sûr. Chaque arbre ajoute de la canopée."
    ).replace("_", "\u202f")


def test_what_is_better_than_elsewhere_is_no_reason() -> None:
    values = {"canopy_share": value(0.4, (0.2, 0.1, 0.3))}
    trees = by_id(ranked(values))["plant_trees"]
    assert trees.fit[:2] == (0, 0)
    told = next(r for r in trees.reasons if r.indicator == "canopy_share")
    assert told.standing == "none"


def test_a_limit_is_sure_only_if_no_end_of_a_range_says_otherwise() -> None:
    def state(low: float, central: float, high: float) -> str:
        soil = Value(central, low, high, None, "")
        return by_id(ranked({"open_soil_share": soil}))["plant_trees"].state

    bound = MEASURES["plant_trees"].limits[0].threshold
    assert (bound.low, bound.central, bound.high) == (0.02, 0.05, 0.10)
    assert state(0.0, 0.005, 0.01) == "impossible"
    assert state(0.0, 0.03, 0.06) == "doubtful"
    assert state(0.0, 0.06, 0.2) == "possible"
    found = ranked({"open_soil_share": Value(0.005, 0.0, 0.01, None, "")})
    assert found[-1].state == "impossible"
    [obstacle] = by_id(found)["plant_trees"].obstacles
    assert obstacle.sentence == (
        "Impossible ici : Presque aucun sol ouvert : il faut d'abord désimperméabiliser. "
        "Part de sol ouvert (pleine terre possible) : 0,5\u202f%."
    )


def test_what_is_known_by_no_data_is_to_be_seen_on_site() -> None:
    row = by_id(ranked({}))["shared_garden"].as_json()
    assert row["to_see_on_site"] == list(MEASURES["shared_garden"].impossible_if)


def test_measures_without_evidence_say_so() -> None:
    found = by_id(ranked({}))
    assert found["language_mediation"].evidence == "none"
    assert found["plant_trees"].evidence == "to_check"
    assert found["ceiling_fans"].evidence == "verified"
    for x in found.values():
        figures = [e.value for e in x.measure.effects if e.value is not None]
        assert (x.evidence == "none") is (not figures)
        assert (x.evidence == "verified") is any(f.grade == "verified" for f in figures)


@st.composite
def anything(draw: Any) -> dict[str, Value]:
    """Values of some indicators, with or without gaps."""
    names = sorted({n for x in MEASURES for n in (*x.answers, *x.leans_on)})
    found = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=12)):
        central = draw(st.floats(0, 1))
        ends = sorted(draw(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))))
        gap = draw(st.sampled_from([None, (ends[1], ends[0], ends[2])]))
        found[name] = value(central, gap, draw(st.floats(0, 0.3)))
    return found


@given(anything())
def test_order_is_what_the_reasons_say(values: dict[str, Value]) -> None:
    found = ranked(values)
    assert sorted(x.measure.id for x in found) == sorted(ALL)
    keys = [(ORDER[x.state], *(-n for n in x.fit)) for x in found]
    assert keys == sorted(keys)
    for x, key in zip(found, keys, strict=True):
        assert x.rank == keys.index(key) + 1
        assert x.fit[0] == sum(r.standing == "sure" for r in x.reasons)
        json.dumps(x.as_json(), allow_nan=False)
        assert all(r.sentence.endswith((".", "?")) for r in x.reasons)


@given(anything(), st.data())
def test_a_worse_neighbourhood_never_lowers_a_measure_that_answers_it(
    values: dict[str, Value], data: Any
) -> None:
    """An indicator that becomes surely worse adds a reason to each measure that answers it."""
    x = data.draw(st.sampled_from(list(MEASURES)))
    name = data.draw(st.sampled_from(list(x.answers)))
    side = INDICATORS[name].direction
    known = values.get(name, value(0.5, None))
    low, high = sorted((side * 0.1, side * 0.3))
    worse = known._replace(gap=Gap(0.5, 0.5 - side * 0.2, side * 0.2, low, high, 1.0))
    before, after = by_id(ranked(values))[x.id], by_id(ranked(values | {name: worse}))[x.id]
    assert after.fit[0] >= before.fit[0]
    assert next(r for r in after.reasons if r.indicator == name).standing == "sure"


# In a release


def test_a_neighbourhood_of_a_release(demo_release: Release) -> None:
    zone = demo_release.places["zone"].iloc[0]
    found = rank(demo_release, zone)
    assert {x.measure.id for x in found} == ALL
    assert any(x.fit[0] for x in found), "a QPV of the demonstration lacks something, surely"
    values = demo_release.values.set_index(["zone", "indicator"])
    for reason in found[0].reasons:
        row = values.loc[(zone, reason.indicator)]
        assert reason.value.central == pytest.approx(row["central"], nan_ok=True)


def test_gaps_are_those_of_paired_draws(demo_release: Release) -> None:
    places = demo_release.places
    zone = places["zone"].iloc[0]
    whole = places.loc[places["kind"] == "epci", "zone"].iloc[0]
    draws = demo_release.draws.set_index(["zone", "indicator", "scenario"])["values"]
    central = demo_release.values.set_index(["zone", "indicator", "scenario"])["central"]
    found = values_of(demo_release, zone)
    for name in ("poverty_share", "canopy_share"):
        gap = found[name].gap
        assert gap is not None
        one, two = (np.asarray(draws[at, name, "present"], dtype=float) for at in (zone, whole))
        assert gap.low == pytest.approx(np.quantile(one - two, 0.05, method="weibull"), abs=1e-9)
        expected = central[zone, name, "present"] - central[whole, name, "present"]
        assert gap.central == pytest.approx(expected)


def test_the_agglomeration_has_no_gap_to_itself(demo_release: Release) -> None:
    places = demo_release.places
    whole = places.loc[places["kind"] == "epci", "zone"].iloc[0]
    with pytest.raises(BadInput, match="is the agglomeration itself"):
        rank(demo_release, whole)


def test_an_emptied_zone_hides_no_measure(demo_release: Release) -> None:
    """Where secrecy empties a zone, everything is unknown, and every measure is still there."""
    zone = demo_release.places["zone"].iloc[0]
    emptied = {name: replace_empty(x) for name, x in values_of(demo_release, zone).items()}
    found = ranked(emptied)
    assert {x.measure.id for x in found} == ALL
    assert all("secret statistique" in r.sentence for r in found[0].reasons)


def replace_empty(x: Value) -> Value:
    return x._replace(
        central=float("nan"), low=float("nan"), high=float("nan"), gap=None,
        reason="secret statistique",
    )  # fmt: skip


def test_states_have_words() -> None:
    assert set(STATES) == set(ORDER)
    assert answers.STANDINGS.keys() == answers.AT_HAND.keys()
    assert replace(ranked({})[0], state="pointless").as_json()["state"] == "pointless"
