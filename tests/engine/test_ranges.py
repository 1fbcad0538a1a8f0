"""Ends of intervals."""

import numpy as np
import pytest

from labo.ranges import ends


def test_one_draw_more_falls_beyond_each_end_one_time_in_twenty() -> None:
    # Of 19 draws in order, the first and the last part the line into twenty equal chances.
    assert ends(np.arange(1.0, 20.0)).tolist() == [1.0, 19.0]
    assert ends(np.arange(1.0, 200.0)) == pytest.approx([10.0, 190.0])


@pytest.mark.parametrize("draws", [20, 200])
def test_intervals_hold_nine_further_draws_in_ten(draws: int) -> None:
    rng = np.random.default_rng(draws)
    drawn = rng.gamma(2.0, size=(20_000, draws + 1))
    low, high = ends(drawn[:, :-1])
    held = (low <= drawn[:, -1]) & (drawn[:, -1] <= high)
    assert held.mean() == pytest.approx(0.9, abs=0.007)


def test_ends_are_along_the_last_axis_and_may_be_others() -> None:
    drawn = np.arange(3 * 19.0).reshape(3, 19)
    assert ends(drawn).shape == (2, 3)
    np.testing.assert_array_equal(ends(drawn, [0.5])[0], np.median(drawn, axis=1))
