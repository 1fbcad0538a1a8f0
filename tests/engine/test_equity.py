"""Who benefits: groups of a release, weights, switching values, and what is missing to publish."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labo.equity import (
    ELASTICITY,
    FIFTHS,
    HIGHEST,
    Groups,
    benefiting,
    groups_of,
    losing,
    missing,
    shares_of,
    switching,
    weighed,
    weighings,
)
from labo.errors import BadInput
from labo.inequality import concentration_index
from labo.options import LOSSES, Options
from labo.ranges import Range
from tests.engine.portfolios import exactly, option

POOREST, MIDDLE, RICHEST = (tuple(float(k == at) for k in range(FIFTHS)) for at in (0, 2, 4))
GROUPS = Groups(
    income=np.array([10_000.0, 15_000.0, 20_000.0, 25_000.0, 40_000.0]),
    residents=np.array([100.0, 100.0, 100.0, 100.0, 100.0]),
    middle=20_000.0,
    zones={"z1": np.array([0.5, 0.5, 0.0, 0.0, 0.0])},
    poverty={"z1": Range(0.3, 0.4, 0.5)},
    covered=0.9,
)


def options_of(*rows):
    return Options(tuple(rows), "m**3")


def test_weights_by_hand() -> None:
    """Half the middle's income counts 2^1.3 times: 2.462289."""
    found = GROUPS.weights(1.3)
    assert found[0] == pytest.approx(2.4622888)
    assert found[2] == 1.0
    assert found[4] == pytest.approx(0.4061262)
    assert GROUPS.weights(0.0).tolist() == [1.0] * 5
    assert (ELASTICITY.low, ELASTICITY.central, ELASTICITY.high) == (1.0, 1.3, 2.0)


def test_benefit_is_weighed_by_who_has_it() -> None:
    rows = options_of(
        option("own", shares=POOREST, benefit=Range(1.0, 2.0, 3.0)),
        option("zone", benefit=exactly(6.0)),
        option("given", equity=Range(7.0, 8.0, 9.0)),
        option("elsewhere", zone="z2"),
        option("silent", benefit=None),
    )
    found = weighed(rows, GROUPS, 1.0)
    assert found[0].tolist() == [2.0, 4.0, 6.0]
    assert found[1].tolist() == pytest.approx([6.0 * (2 + 4 / 3) / 2] * 3)
    assert found[2].tolist() == [7.0, 8.0, 9.0]
    assert np.isnan(found[3:]).all()
    assert np.isnan(weighed(rows, None)[[0, 1, 3, 4]]).all()
    assert weighed(rows, GROUPS, 0.0)[1].tolist() == [6.0] * 3, "no aversion, no weighing"
    for elasticity in (-0.1, HIGHEST + 1, float("nan")):
        with pytest.raises(BadInput, match="An elasticity of"):
            weighed(rows, GROUPS, elasticity)


def test_who_benefits_by_hand() -> None:
    rows = options_of(
        option("a", shares=POOREST, benefit=exactly(30.0), beneficiaries=100.0, most=2),
        option("b", shares=RICHEST, benefit=exactly(20.0), zone="z2", beneficiaries=50.0),
        option("c", zone="z2"),
        option("d", benefit=None, zone="z2"),
    )
    found = benefiting(rows, np.array([2, 1, 1, 1]), GROUPS)
    assert found.people == 250.0
    assert found.unknown == ("c", "d")
    assert found.poor == pytest.approx((60.0, 80.0, 100.0))
    assert found.by_group is not None
    assert found.by_group.tolist() == [60.0, 0.0, 0.0, 0.0, 20.0]
    assert found.unplaced == ("c",)
    # Places of the fifths are .1 .3 .5 .7 .9: C = 2·Σ x·(r − ½)/Σ x.
    assert found.concentration == pytest.approx(2 * (60 * -0.4 + 20 * 0.4) / 80)
    nothing = benefiting(rows, np.zeros(4, dtype=int), GROUPS)
    assert nothing == (0.0, (), None, None, None, ())
    assert benefiting(rows, np.array([1, 0, 0, 0]), None).concentration is None


def test_the_ends_of_the_elasticity_stand_beside_the_unweighed() -> None:
    found = weighings(np.array([10.0, 0.0, 5.0, 0.0, 0.0]), GROUPS)
    assert (found.unweighed, found.low, found.high) == (15.0, 25.0, 45.0)
    assert found.central == pytest.approx(5 + 10 * 2.4622888)


def test_switching_value_by_hand() -> None:
    """1 to the poorest or 2 to the middle: equal where (20/10)^e = 2, at e = 1."""
    one, two = np.array([1.0, 0, 0, 0, 0]), np.array([0, 0, 2.0, 0, 0])
    assert switching(one, two, GROUPS) == pytest.approx((1.0,))
    assert switching(two, one, GROUPS) == pytest.approx((1.0,))
    assert switching(one, one, GROUPS) == ()
    assert switching(one, two / 4, GROUPS) == (), "ahead whatever the elasticity"


amounts = arrays(float, FIFTHS, elements=st.integers(0, 50).map(float))


@given(amounts, amounts)
def test_orders_turn_at_switching_values_and_nowhere_else(one, two) -> None:
    found = switching(one, two, GROUPS)
    for e in found:
        a, b = (float(GROUPS.weights(e) @ parts) for parts in (one, two))
        assert a == pytest.approx(b, rel=1e-6, abs=1e-6)
    edges = [0.0, *found, HIGHEST]
    for low, high in pairwise(edges):
        inner = np.linspace(low, high, 9)[1:-1].tolist() if high - low > 0.05 else []
        ahead = [float(GROUPS.weights(e) @ (one - two)) for e in inner]
        assert all(x > -1e-9 for x in ahead) or all(x < 1e-9 for x in ahead)


@given(st.floats(0, HIGHEST), amounts)
def test_weighing_never_leaves_the_range_of_its_weights(elasticity, parts) -> None:
    weights = GROUPS.weights(elasticity)
    assert (np.diff(weights) <= 0).all(), "the richer, the less it counts"
    total = float(weights @ parts)
    assert weights.min() * parts.sum() - 1e-9 <= total <= weights.max() * parts.sum() + 1e-9


def test_both_halves_are_needed_before_publishing() -> None:
    said = dict.fromkeys(LOSSES, "non : rien ne change")
    full = option("full", shares=MIDDLE, beneficiaries=3.0, losses=said)
    bare = option("bare", benefit=None, zone="z2", losses=said | {"rent": ""})
    rows = options_of(full, bare)
    assert missing(rows, np.array([1, 0]), GROUPS) == []
    assert [tuple(m) for m in missing(rows, np.array([0, 1]), GROUPS)] == [
        ("bare", "effect"),
        ("bare", "beneficiaries"),
        ("bare", "shares"),
        ("bare", "rent"),
    ]
    assert missing(options_of(replace(full, shares=None)), np.array([1]), GROUPS) == []
    told = losing(rows, np.array([0, 1]))
    assert [loss for _, loss, _ in told] == ["charges", "displacement", "upkeep"]


# Groups of a release


def test_fifths_of_a_release(demo_release) -> None:
    found = groups_of(demo_release)
    assert found is not None
    assert (np.diff(found.income) > 0).all()
    assert found.income[0] < found.middle < found.income[-1]
    assert 0.5 < found.covered <= 1.0
    assert found.residents.sum() > 0
    epci = demo_release.places.loc[demo_release.places["kind"] == "epci", "zone"].iloc[0]
    whole = found.zones[epci]
    assert whole == pytest.approx(found.residents / found.residents.sum())
    qpvs = set(demo_release.places.loc[demo_release.places["kind"] == "qpv", "zone"])
    there = qpvs & set(found.zones)
    assert there, "at least one neighbourhood can be placed"
    for zone in there:
        assert found.zones[zone].sum() == pytest.approx(1.0)
        # Priority neighbourhoods are those of the poorest.
        assert found.zones[zone][:2].sum() > whole[:2].sum()
        assert found.poverty[zone].low <= found.poverty[zone].central <= found.poverty[zone].high
    rows = options_of(option("a", zone=sorted(there)[0]))
    assert shares_of(rows, found)[0].tolist() == found.zones[sorted(there)[0]].tolist()
    index = concentration_index(
        found.zones[sorted(there)[0]] / found.residents, found.income, found.residents
    )
    assert index < 0


def test_too_few_counted_cells_give_no_groups(demo_release, release_copy) -> None:
    from labo import release

    values = demo_release.values
    there = values["indicator"] == "mean_standard_of_living"
    values = values.assign(central=values["central"].where(~there))
    values.to_parquet(release_copy / "values.parquet")
    assert groups_of(release.read(release_copy)) is None
