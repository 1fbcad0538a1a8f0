"""Sharing out conserves totals, respects bounds, and says how sure it is."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labo import dispersion, rates, transfer
from labo.crosswalk import UNDATED, Stock, cut
from labo.sharing import share_bounded, share_out
from labo.transfer import CAUSES, SourceAreas, carry, pools


def layer(name: str, among: str | None = None, *, bounded: bool = True, by: str = "kind") -> Any:
    return SimpleNamespace(id=name, among=among, bounded=bounded, by=by)


POPULATION = layer("population")
HOUSEHOLDS = layer("households", "population", bounded=False)
POOR = layer("poor", "households")


def grid(side: int = 12, seed: int = 0) -> tuple[SourceAreas, dict[str, np.ndarray]]:
    """A square town without buildings; its QPV covers cells and parts of cells in the middle."""
    rng = np.random.default_rng(seed)
    x, y = (a.ravel() * 200 for a in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    cells = shapely.box(x, y, x + 200, y + 200)
    zones = np.array(
        [shapely.box(730, 690, 1_350, 1_310), shapely.box(0, 0, side * 200, side * 200)],
        dtype=object,
    )
    atoms = cut(cells, zones, None, np.array([True, False]))
    at = {(int(a), int(b)): i for i, (a, b) in enumerate(zip(x, y, strict=True))}
    pairs = np.array(
        [
            (i, at[a + dx, b + dy])
            for (a, b), i in at.items()
            for dx, dy in ((200, 0), (0, 200))
            if (a + dx, b + dy) in at
        ]
    )
    inside = shapely.area(shapely.intersection(cells, zones[0])) / 40_000
    population = rng.poisson(40 + 160 * inside).astype(float)
    households = np.round(population / 2.2)
    poor = rng.binomial(households.astype(int), 0.15 + 0.35 * inside).astype(float)
    areas = SourceAreas(atoms, np.arange(len(cells)), np.zeros(len(cells), dtype=bool), pairs)
    return areas, {"population": population, "households": households, "poor": poor}


def test_totals_are_conserved_in_the_centre_and_in_every_draw() -> None:
    areas, totals = grid()
    found = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=1, draws=50)
    for name, total in totals.items():
        by_source = np.bincount(areas.atoms.source, found[name].on_atoms)
        np.testing.assert_allclose(by_source, total, rtol=1e-9, atol=1e-9)
        assert found[name].central[1] == pytest.approx(total.sum(), rel=1e-9)
        for cause in CAUSES:
            np.testing.assert_allclose(found[name].draws[cause][1], total.sum(), rtol=1e-9)


def test_a_zone_made_of_whole_areas_is_certain_and_a_cut_one_is_not() -> None:
    areas, totals = grid()
    found = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=1, draws=50)
    for name in totals:
        assert np.ptp(found[name].draws["all"][1]) <= 1e-6
        assert np.ptp(found[name].draws["all"][0]) > 1


def test_the_poor_never_outnumber_households() -> None:
    areas, totals = grid()
    totals["poor"] = np.minimum(totals["households"], totals["poor"] * 2.5)
    found = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=3, draws=100)
    for cause in CAUSES:
        share = found["poor"].draws[cause] / found["households"].draws[cause]
        assert share.max() <= 1 + 1e-9


def test_seed_moves_draws_only_and_other_layers_do_not() -> None:
    areas, totals = grid()
    one = carry([POPULATION, HOUSEHOLDS], totals, areas, seed=1, draws=30)
    again = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=1, draws=30)
    other = carry([POPULATION, HOUSEHOLDS], totals, areas, seed=2, draws=30)
    np.testing.assert_array_equal(one["households"].draws["all"], again["households"].draws["all"])
    np.testing.assert_array_equal(one["households"].central, other["households"].central)
    assert (one["households"].draws["all"][0] != other["households"].draws["all"][0]).any()


def test_missing_stays_missing_and_does_not_spread() -> None:
    areas, totals = grid()
    totals["households"] = np.full(len(totals["population"]), np.nan)
    found = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=1, draws=20)
    assert np.isnan(found["households"].central).all()
    assert not found["households"].draws
    # The poor are then shared out among residents.
    assert found["poor"].central[1] == pytest.approx(totals["poor"].sum())


def test_nothing_is_shared_out_among_residents_nobody_counted() -> None:
    areas, totals = grid()
    totals["population"] = np.full(len(totals["population"]), np.nan)
    found = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=1, draws=20)
    for name in totals:
        assert np.isnan(found[name].central).all()
        assert not found[name].draws


def test_more_people_live_in_the_dense_qpv_than_surface_says() -> None:
    areas, totals = grid()
    found = carry([POPULATION], totals, areas, seed=1, draws=20)
    surface = areas.atoms.inside @ (
        areas.atoms.plain_share * totals["population"][areas.atoms.source]
    )
    assert found["population"].central[0] > surface[0]


def test_imputed_cells_of_one_average_are_pooled_and_the_others_are_not() -> None:
    population = np.array([6.0, 3.0, 3.0, 12.0, 32.0, 11.0, 50.0])
    # Figures of the first six are those of two groups of the official 2021 grid.
    standard = np.array([149531.2, 74765.6, 74765.6, 299062.4, 778556.8, 267628.9, 1_246_093.0])
    imputed = np.array([True] * 6 + [False])
    assert pools(standard, population, imputed).tolist() == [0, 0, 0, 0, 4, 4, 6]
    unknown = np.full(7, np.nan)
    assert pools(unknown, population, imputed).tolist() == list(range(7))


def test_doubt_about_imputed_cells_is_secrecy_and_the_rest_is_not() -> None:
    areas, totals = grid()
    imputed = np.zeros(len(areas.pool), dtype=bool)
    everywhere = SourceAreas(areas.atoms, areas.pool, ~imputed, areas.pairs)
    counted = carry([POPULATION, HOUSEHOLDS], totals, areas, seed=1, draws=40)["households"]
    hidden = carry([POPULATION, HOUSEHOLDS], totals, everywhere, seed=1, draws=40)["households"]
    assert np.ptp(counted.draws["secrecy"][0]) < 1e-9
    assert np.ptp(hidden.draws["secrecy"][0]) > 1
    assert hidden.imputed[1] == pytest.approx(hidden.central[1])


def test_dates_of_buildings_say_on_which_side_of_an_edge_a_period_is() -> None:
    # 160 cells, each of 8 buildings alike in kind, of 5 dwellings, 4 of them in the QPV of western
    # halves. So many are of the fifties:
    west = np.array([4, 4, 4, 3, 4, 2, 4, 3, 4, 4, 1, 4, 3, 4, 4, 2] * 10)
    east = np.array([0, 1, 0, 0, 2, 0, 3, 1, 0, 4, 0, 0, 1, 0, 2, 0] * 10)
    cells = shapely.box(200 * np.arange(160), 0, 200 * np.arange(1, 161), 200)
    qpv = shapely.union_all(shapely.box(200 * np.arange(160), 0, 200 * np.arange(160) + 100, 200))
    zones = np.array([qpv, shapely.box(0, 0, 32_000, 200)], dtype=object)
    left = (200 * np.arange(160)[:, None] + np.array([10, 30, 50, 70, 110, 130, 150, 170])).ravel()
    rank = np.arange(4)
    old = np.hstack([rank < west[:, None], rank < east[:, None]]).ravel()
    stock = Stock(shapely.box(left, 50, left + 10, 60), np.full(1_280, 5.0), np.ones(1_280, int), 0)
    count = np.full(160, 40.0)
    totals = {"population": 2 * count, "households": count, "old": 5.0 * (west + east)}
    layers = [POPULATION, HOUSEHOLDS, layer("old", "households", by="period")]

    def inside(period: np.ndarray | None) -> float:
        atoms = cut(cells, zones, replace(stock, period=period), np.array([True, False]))
        none = np.zeros(160, dtype=bool)
        areas = SourceAreas(
            atoms, np.arange(160), none, np.column_stack([range(159), range(1, 160)])
        )
        return float(carry(layers, totals, areas, seed=1, draws=20)["old"].central[0])

    assert inside(np.where(old, 1, 2)) == pytest.approx(5 * west.sum(), rel=0.06)
    # Nothing else tells one half of a cell from the other.
    assert inside(None) == pytest.approx(5 * (west + east).sum() / 2, rel=0.02)
    assert inside(np.full(1_280, UNDATED)) == inside(None)


parts = st.integers(1, 8)


@settings(deadline=None, max_examples=60)
@given(parts, st.integers(0, 10_000))
def test_shares_sum_to_their_total(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owner = np.sort(rng.integers(0, 3, count))
    total = rng.uniform(0, 100, 3) * (np.bincount(owner, minlength=3) > 0)
    weight = rng.uniform(0, 1, (count, 5)) * (rng.random((count, 5)) < 0.8)
    shared = share_out(total, weight, owner)
    for k in range(5):
        np.testing.assert_allclose(
            np.bincount(owner, shared[:, k], 3), total, rtol=1e-12, atol=1e-12
        )
    assert (shared >= 0).all()


@settings(deadline=None, max_examples=100)
@given(parts, st.integers(0, 10_000))
def test_bounded_shares_sum_to_their_total_and_stay_below_their_base(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owner = np.sort(rng.integers(0, 3, count))
    base = rng.uniform(0, 100, (count, 4)) * (rng.random((count, 1)) < 0.9)
    whole = np.array([np.bincount(owner, base[:, k], 3) for k in range(4)]).T
    total = whole.min(axis=1) * rng.choice([0.0, 1e-6, 0.3, 0.999, 1.0], 3)
    odds = np.exp(rng.normal(0, 4, (count, 4)))
    shared = share_bounded(total, base, odds, owner)
    assert (shared <= base * (1 + 1e-6) + 1e-9).all()
    assert (shared >= 0).all()
    for k in range(4):
        held = whole[:, k] > 0
        np.testing.assert_allclose(
            np.bincount(owner, shared[:, k], 3)[held], total[held], rtol=1e-9, atol=1e-9
        )


def test_bounded_share_by_hand() -> None:
    # Two parts of 10: odds 3 times higher in the first, 10 in all: 6.34 and 3.66, since
    # (x/(10−x)) / ((10−x)/x) = 3 gives x = 10·√3/(1+√3).
    shared = share_bounded(
        np.array([10.0]), np.array([[10.0], [10.0]]), np.array([[3.0], [1.0]]), np.zeros(2, int)
    )
    root = np.sqrt(3)
    np.testing.assert_allclose(shared[:, 0], [10 * root / (1 + root), 10 / (1 + root)], rtol=1e-9)


def test_rates_of_a_bounded_layer_stop_at_one_and_the_others_make_up_for_it() -> None:
    # Two classes of buildings, in units that announce too few of the first: 12 counted of 10.
    areas, _ = grid(side=6)
    atoms = areas.atoms
    amount = np.zeros((len(atoms.source), 2))
    amount[:, 0] = np.where(atoms.source % 2 == 0, 10.0, 0.0)
    amount[:, 1] = 10.0
    total = np.bincount(atoms.source, 1.2 * amount[:, 0] + 0.1 * amount[:, 1]).astype(np.float64)
    free = rates.estimate(total, atoms, amount, atoms.source)
    held = rates.estimate(total, atoms, amount, atoms.source, 1.0)
    assert free.by_class[:, 0].max() > 1.1
    assert held.by_class[:, 0] == pytest.approx(1.0)
    assert (held.by_class[:, 1] > free.by_class[:, 1]).all()
    drawn = held.drawn_on(atoms.place, amount, np.random.default_rng(1), 50)
    assert (drawn <= amount.sum(axis=1)[:, None] + 1e-9).all()


def test_rates_are_found_again_when_they_are_exact() -> None:
    areas, _ = grid(side=14)
    surface = areas.atoms.capacity
    true = np.where((areas.atoms.place > 0) & (areas.atoms.place % 2 == 0), 5e-3, 1e-3)
    total = np.bincount(areas.atoms.source, surface.sum(axis=1) * true).astype(float)
    found = rates.estimate(total, areas.atoms, surface, areas.atoms.source)
    got = found.on(areas.atoms, surface) / surface.sum(axis=1)
    assert np.abs(got / true - 1).max() < 0.05


def test_dispersion_of_people_drawn_one_by_one_is_about_one() -> None:
    rng = np.random.default_rng(5)
    base = rng.uniform(50, 150, 4_000)
    rate = np.full(4_000, 0.2)
    total = rng.poisson(base * rate).astype(float)
    pairs = np.arange(4_000).reshape(-1, 2)
    found = dispersion.estimate(total, base, rate, pairs, np.zeros(4_000), None)
    assert found.sampling == pytest.approx(1.0, abs=0.15)
    assert found.spread < 0.01


def test_dispersion_of_places_that_differ_is_seen() -> None:
    rng = np.random.default_rng(6)
    base = rng.uniform(500, 1_500, 4_000)
    place = rng.gamma(25, 1 / 25, 4_000)
    total = rng.poisson(base * 0.2 * place).astype(float)
    pairs = np.arange(4_000).reshape(-1, 2)
    found = dispersion.estimate(total, base, np.full(4_000, 0.2), pairs, np.zeros(4_000), None)
    # The variance of the log odds between two places is twice that of each: 2 / 25.
    assert found.spread == pytest.approx(2 / 25, rel=0.2)


def test_too_few_neighbours_leave_the_doubt_wide() -> None:
    few = np.array([[0, 1]])
    found = dispersion.estimate(np.ones(2), np.ones(2), np.ones(2), few, np.zeros(2), None)
    assert found.spread == dispersion.UNKNOWN_SPREAD
    assert dispersion.contrast(np.ones(2), np.ones(2), np.ones(2), few).error > 0


def test_contrast_is_one_when_neighbours_differ_as_foretold_and_none_when_they_do_not() -> None:
    rng = np.random.default_rng(7)
    base = rng.uniform(100, 300, 2_000)
    rate = np.tile([0.1, 0.4], 1_000)
    pairs = np.arange(2_000).reshape(-1, 2)
    as_foretold = dispersion.contrast(base * rate, base, rate, pairs)
    assert as_foretold.slope == pytest.approx(1.0, abs=1e-6)
    alike = dispersion.contrast(base * 0.25, base, rate, pairs)
    assert alike.slope == pytest.approx(0.0, abs=1e-3)


def test_noise_keeps_its_mean() -> None:
    rng = np.random.default_rng(8)
    variance = np.array([0.0, 0.05, 0.5])
    noise = transfer._noise(variance, rng, 100_000)
    np.testing.assert_allclose(noise.mean(axis=1), 1.0, atol=0.02)
    np.testing.assert_allclose(noise.var(axis=1), variance, atol=0.02)


def test_the_edge_of_a_zone_may_be_sharper_than_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    areas, totals = grid()

    def widths(central: float) -> dict[str, float]:
        monkeypatch.setattr(
            transfer, "EDGE", replace(transfer.EDGE, central=central, low=0, high=1)
        )
        found = carry([POPULATION, HOUSEHOLDS, POOR], totals, areas, seed=1, draws=400)
        for name, total in totals.items():
            np.testing.assert_allclose(found[name].draws["all"][1], total.sum(), rtol=1e-9)
        return {name: float(found[name].draws["all"][0].std()) for name in totals}

    same, sharp = widths(0.0), widths(0.6)
    assert all(sharp[name] > 1.3 * same[name] for name in totals)


def test_the_edge_error_is_one_for_all_that_lies_inside() -> None:
    areas, _ = grid()
    factor = transfer._edge(areas, np.random.default_rng(0), 300)
    inside = areas.atoms.place[areas.split] == 2
    assert inside.any()
    assert not inside.all()
    assert (factor[~inside] == 1.0).all()
    assert (factor[inside] == factor[inside][0]).all()
    assert np.log(factor[inside][0]).std() == pytest.approx(transfer.EDGE.central, rel=0.15)
