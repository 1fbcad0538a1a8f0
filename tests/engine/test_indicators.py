"""Every formula by hand numbers, on zones and on zones × draws; what is missing stays missing."""

import numpy as np
import pytest

from labo.catalogue import INDICATORS
from labo.indicator import Indicator
from tests.engine.hand_numbers import BY_HAND

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
