"""What neighbours tell of rates: dispersion, contrast, edges, and what is not counted twice."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from labo import contrast, dispersion, rates
from labo.dispersion import Edges


def nowhere(areas: int) -> Edges:
    return Edges(np.zeros(areas, dtype=bool), np.zeros(areas, dtype=np.int64), np.zeros(areas))


def spread_of(
    total: np.ndarray,
    base: np.ndarray,
    rate: np.ndarray,
    pairs: np.ndarray,
    edges: Edges | None = None,
    doubt: rates.Doubt | None = None,
) -> dispersion.Dispersion:
    """The dispersion of a layer that no base bounds, in areas of many buildings."""
    count = len(total)
    none = rates.Doubt(scipy.sparse.csr_matrix((len(pairs), 1)), np.zeros((1, 1)))
    return dispersion.estimate(
        total,
        base,
        rate[pairs],
        pairs,
        np.zeros(count),
        None,
        edges or nowhere(count),
        0.1,
        doubt or none,
    )


def test_dispersion_of_people_drawn_one_by_one_is_about_one() -> None:
    rng = np.random.default_rng(5)
    base = rng.uniform(50, 150, 4_000)
    rate = np.full(4_000, 0.2)
    total = rng.poisson(base * rate).astype(float)
    pairs = np.arange(4_000).reshape(-1, 2)
    found = spread_of(total, base, rate, pairs)
    assert found.sampling == pytest.approx(1.0, abs=0.15)
    assert found.spread < 0.01


def test_dispersion_of_places_that_differ_is_seen() -> None:
    rng = np.random.default_rng(6)
    base = rng.uniform(500, 1_500, 4_000)
    place = rng.gamma(25, 1 / 25, 4_000)
    total = rng.poisson(base * 0.2 * place).astype(float)
    pairs = np.arange(4_000).reshape(-1, 2)
    found = spread_of(total, base, np.full(4_000, 0.2), pairs)
    # The variance of the log odds between two places is twice that of each: 2 / 25.
    assert found.spread == pytest.approx(2 / 25, rel=0.2)


def test_too_few_neighbours_leave_the_doubt_wide() -> None:
    few = np.array([[0, 1]])
    found = spread_of(np.ones(2), np.ones(2), np.ones(2), few)
    assert found.spread == dispersion.UNKNOWN_SPREAD
    assert found.edge == 0.1
    seen = contrast.estimate(np.ones(2), np.ones(2), np.ones((1, 2)), np.ones((1, 2)), few)
    assert seen.power.tolist() == [1, 1]
    assert seen.root[0, 0] > 0


def test_contrast_is_there_when_neighbours_differ_as_foretold_and_not_when_they_do_not() -> None:
    rng = np.random.default_rng(7)
    base = rng.uniform(100, 300, 2_000)
    common = np.tile([0.1, 0.4], 1_000)
    own = common * rng.lognormal(0, 0.3, 2_000)
    pairs = np.arange(2_000).reshape(-1, 2)

    def power(rate: np.ndarray) -> list[float]:
        total = rng.poisson(base * rate).astype(float)
        return contrast.estimate(total, base, own[pairs], common[pairs], pairs).power.tolist()

    assert power(own) == pytest.approx([1, 1], abs=0.05)
    # What was thought to be one place's own was chance: only what all have in common is there.
    assert power(common) == pytest.approx([1, 0], abs=0.05)
    assert power(np.full(2_000, 0.25)) == pytest.approx([0, 0], abs=0.05)


def test_weights_go_from_no_contrast_to_all_of_it() -> None:
    own, common = np.array([0.2, 0.6]), np.array([0.3, 0.5])
    for bounded in (False, True):
        plain = contrast.odds(own) if bounded else own
        weights = [
            contrast.weigh(own, common, np.array(p), bounded=bounded)
            for p in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
        ]
        np.testing.assert_allclose(weights[0], 1.0)
        np.testing.assert_allclose(weights[1], contrast.odds(common) if bounded else common)
        np.testing.assert_allclose(weights[2], plain)


def across(rng: np.random.Generator, zones: int) -> tuple[Any, Any, Any, Any, Edges]:
    """Base, zone and whether inside it, by area; then 40 pairs across the edge of each zone."""
    zone = np.repeat(np.arange(1, zones + 1), 2 * 40)
    # The first of each pair lies in its zone, the second across the edge.
    inside = np.tile([1.0, 0.0], zones * 40)
    pairs = np.arange(len(zone)).reshape(-1, 2)
    base = rng.uniform(200, 400, len(zone))
    return base, zone, inside, pairs, Edges(np.ones(len(zone), dtype=bool), zone, inside)


def test_the_edge_is_what_pairs_across_it_err_by_together() -> None:
    rng = np.random.default_rng(12)
    zones = 60
    base, zone, inside, pairs, edges = across(rng, zones)

    def edge(size: float) -> dispersion.Dispersion:
        sharp = rng.normal(0, size, zones)[zone - 1] * inside
        total = rng.poisson(base * 0.3 * np.exp(sharp)).astype(float)
        return spread_of(total, base, np.full(len(zone), 0.3), pairs, edges)

    assert edge(0.3).edge == pytest.approx(0.3, rel=0.2)
    assert edge(0.0).edge < 0.04
    # Sixty edges tell nearly all there is to know.
    assert edge(0.3).freedom > 40


def test_errors_of_rates_move_a_difference_as_the_delta_method_says() -> None:
    held = scipy.sparse.csr_matrix([[10.0, 0.0], [5.0, 5.0], [0.0, 8.0]])
    fit = rates.Fit(held, np.zeros((3, 2)))
    error = np.array([[0.04, 0.01], [0.01, 0.09]])
    by_class = np.full((1, 2), 0.5)
    pairs = np.array([[0, 1], [0, 2]])

    def doubt(largest: float, rate: np.ndarray | None) -> rates.Doubt:
        found = rates.Rates(by_class, error, np.array([9.0]), largest, fit, by_class, fit)
        return found.doubt(pairs, rate)

    free = doubt(np.inf, None)
    # (1/2)² 0.04 + (1/2)² 0.09 − 2 (1/2)² 0.01, then 0.04 + 0.09 − 2 × 0.01.
    np.testing.assert_allclose(free.variance(), [0.0275, 0.11])
    # The errors of both pairs are the same ones: their differences add up, 3/2 of each class.
    np.testing.assert_allclose(free.together(np.zeros(2, int), 1), 2.25 * 0.11)
    # On odds, a rate of one half moves twice as much.
    np.testing.assert_allclose(doubt(1.0, np.full(3, 0.5)).variance(), [0.11, 0.44])
    np.testing.assert_allclose(free.times(np.array([2.0, 0.0])).variance(), [0.11, 0.0])
    np.testing.assert_allclose(free.of(np.array([False, True])).variance(), [0.11])


def test_what_rates_err_by_is_not_counted_a_second_time() -> None:
    rng = np.random.default_rng(24)
    zones = 60
    base, zone, inside, pairs, edges = across(rng, zones)
    # The rate of each zone is known with an error of 0.3, which is one for all that lies inside.
    total = rng.poisson(base * 0.3 * np.exp(rng.normal(0, 0.3, zones)[zone - 1] * inside))
    of_zone = scipy.sparse.csr_matrix(
        (np.ones(len(pairs)), (np.arange(len(pairs)), zone[pairs[:, 0]] - 1))
    )
    known = rates.Doubt(of_zone, np.eye(zones) * 0.09)

    def found(doubt: rates.Doubt | None) -> dispersion.Dispersion:
        rate = np.full(len(zone), 0.3)
        return spread_of(total.astype(float), base, rate, pairs, edges, doubt)

    assert found(None).edge == pytest.approx(0.3, rel=0.2)
    # What is left is that sixty errors are a sample, and that a logarithm is no straight line.
    assert found(known).edge ** 2 < 0.35 * found(None).edge ** 2
    # Errors that each pair has by itself are no spread either.
    base = rng.uniform(2_000, 4_000, 4_000)
    error = np.tile([1.0, 0.0], 2_000) * np.repeat(rng.normal(0, 0.2, 2_000), 2)
    total = rng.poisson(base * 0.3 * np.exp(error)).astype(float)
    pairs = np.arange(4_000).reshape(-1, 2)
    each_one = rates.Doubt(scipy.sparse.eye(2_000, format="csr"), np.eye(2_000) * 0.04)
    told = spread_of(total, base, np.full(4_000, 0.3), pairs, None, each_one)
    assert spread_of(total, base, np.full(4_000, 0.3), pairs).spread > 0.03
    assert told.spread < 0.005


def test_neighbours_of_special_zones_say_how_far_the_terms_hold_there() -> None:
    rng = np.random.default_rng(13)
    count = 8_000
    near = np.arange(count) >= count // 2
    base = rng.uniform(500, 1_500, count)
    place = np.where(near, rng.gamma(100, 1 / 100, count), rng.gamma(25, 1 / 25, count))
    total = rng.poisson(base * 0.5 * place).astype(float)
    pairs = np.arange(count).reshape(-1, 2)
    edges = Edges(near, np.zeros(count, dtype=np.int64), np.zeros(count))
    found = spread_of(total, base, np.full(count, 0.5), pairs, edges)
    alike = spread_of(total[near], base[near], np.full(count // 2, 0.5), pairs[: count // 4])
    parts = dispersion.Parts(np.array([500.0]), None, None)
    one = np.ones(1)
    assert found.variance(parts, one, one) == pytest.approx(
        alike.variance(parts, one, one), rel=0.15
    )
