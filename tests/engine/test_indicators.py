"""Every formula by hand numbers, on zones and on zones × draws; what is missing stays missing."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pytest

from labo.catalogue import INDICATORS
from labo.indicator import Indicator


class Hand(NamedTuple):
    """Layers of one zone, the value worked out by hand, and the layer it is a share of, if any."""

    layers: Mapping[str, float]
    value: float
    whole: str | None


DWELLINGS = {"dwellings_1945_1970": 30.0, "dwellings_of_known_period": 100.0}
BY_HAND = {
    "population": Hand({"population": 1_542.0}, 1_542.0, None),
    "households": Hand({"households": 604.0}, 604.0, None),
    "census_population": Hand({"census_population": 1_839.0}, 1_839.0, None),
    "municipal_population": Hand({"municipal_population": 1_807.0}, 1_807.0, None),
    "poverty_share": Hand({"poor_households": 60.0, "households": 150.0}, 0.4, "households"),
    "children_0_3_share": Hand({"aged_0_3": 25.0, "population": 500.0}, 0.05, "population"),
    "children_0_5_share": Hand(
        {"aged_0_3": 25.0, "aged_4_5": 15.0, "population": 500.0}, 0.08, "population"
    ),
    "aged_65_plus_share": Hand(
        {"aged_65_79": 60.0, "aged_80_plus": 15.0, "population": 500.0}, 0.15, "population"
    ),
    "aged_80_plus_share": Hand({"aged_80_plus": 15.0, "population": 500.0}, 0.03, "population"),
    "one_person_household_share": Hand(
        {"one_person_households": 45.0, "households": 150.0}, 0.3, "households"
    ),
    "single_parent_household_share": Hand(
        {"single_parent_households": 30.0, "households": 150.0}, 0.2, "households"
    ),
    # Of 150 households 30 own their home: 120 are tenants.
    "tenant_share": Hand({"owner_households": 30.0, "households": 150.0}, 0.8, "households"),
    "social_housing_share": Hand({"social_housing": 105.0, "households": 150.0}, 0.7, "households"),
    "collective_housing_share": Hand(
        {"collective_households": 135.0, "households": 150.0}, 0.9, "households"
    ),
    "housing_1945_1970_share": Hand(DWELLINGS, 0.3, None),
    "floor_area_per_person": Hand(
        {"floor_area": 15_000.0, "population": 500.0}, 30.0, "population"
    ),
    "mean_standard_of_living": Hand(
        {"standard_of_living": 8_000_000.0, "population": 500.0}, 16_000.0, "population"
    ),
    "median_income": Hand({"median_income": 13_275.0}, 13_275.0, None),
    "census_aged_65_plus_share": Hand(
        {"census_aged_65_plus": 90.0, "census_population": 600.0}, 0.15, "census_population"
    ),
}

by_hand = pytest.mark.parametrize("x", INDICATORS, ids=lambda x: x.id)


def test_every_indicator_has_a_hand_number() -> None:
    assert {x.id for x in INDICATORS} == set(BY_HAND)


@by_hand
def test_value_by_hand(x: Indicator) -> None:
    hand = BY_HAND[x.id]
    assert set(x.layers) == set(hand.layers)
    found = x.formula(*(np.array([hand.layers[name]]) for name in x.layers))
    np.testing.assert_allclose(found, [hand.value], rtol=1e-12)


@by_hand
def test_draws_go_through_the_same_formula(x: Indicator) -> None:
    rng = np.random.default_rng(0)
    inputs = [BY_HAND[x.id].layers[name] * rng.uniform(0.5, 1.5, (3, 4)) for name in x.layers]
    drawn = x.formula(*inputs)
    assert drawn.shape == (3, 4)
    for draw in range(4):
        np.testing.assert_array_equal(drawn[:, draw], x.formula(*(i[:, draw] for i in inputs)))


@by_hand
def test_missing_is_not_zero(x: Indicator) -> None:
    hand = BY_HAND[x.id]
    for missing in x.layers:
        inputs = (np.array([np.nan if n == missing else hand.layers[n]]) for n in x.layers)
        assert np.isnan(x.formula(*inputs)).all(), missing


@pytest.mark.parametrize("name", [name for name, hand in BY_HAND.items() if hand.whole is not None])
def test_nothing_is_a_share_of_nobody(name: str) -> None:
    x, hand = INDICATORS[name], BY_HAND[name]
    for part in (0.0, 1.0):
        inputs = (np.array([0.0 if n == hand.whole else part]) for n in x.layers)
        assert np.isnan(x.formula(*inputs)).all()


def test_no_dwelling_of_known_age_has_no_age() -> None:
    x = INDICATORS["housing_1945_1970_share"]
    assert np.isnan(x.formula(*(np.zeros(2) for _ in x.layers))).all()


def test_nobody_concerned_is_zero_and_not_missing() -> None:
    x = INDICATORS["poverty_share"]
    np.testing.assert_array_equal(x.formula(np.zeros(1), np.full(1, 20.0)), [0.0])
