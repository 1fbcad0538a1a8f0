"""Sharing out conserves totals, respects bounds, and says how sure it is."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labo import dispersion, rates, transfer
from labo.calibration import calibrate
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


def test_what_nobody_counted_bounds_nothing_and_dwellings_stand_in_for_it() -> None:
    """Some extracts of the grid count residents and not households."""
    areas, totals = grid()
    by_dwellings = carry([POPULATION], totals, areas, seed=1, draws=20)["population"].central
    totals["households"] = np.full(len(totals["households"]), np.nan)
    residents = layer("population", "households", bounded=False)
    found = carry([HOUSEHOLDS, residents, POOR], totals, areas, seed=1, draws=20)
    assert not found["households"].draws
    np.testing.assert_array_equal(found["population"].central, by_dwellings)
    # Nothing says how many could be poor.
    del totals["population"]
    alone = carry([HOUSEHOLDS, POOR], totals, areas, seed=1, draws=20)
    assert np.isnan(alone["poor"].central).all()
    assert not alone["poor"].draws


def test_dwellings_of_a_period_are_not_held_below_residents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    areas, totals = grid()
    totals["old"] = 1.5 * totals["population"]
    totals["households"] = np.full(len(totals["households"]), np.nan)
    layers = [
        HOUSEHOLDS,
        layer("population", "households", bounded=False),
        layer("old", "households", by="period"),
    ]

    def never(*_: Any) -> None:
        raise AssertionError("residents are no bound of dwellings")

    monkeypatch.setattr(transfer, "share_bounded", never)
    found = carry(layers, totals, areas, seed=1, draws=20)["old"]
    np.testing.assert_allclose(found.draws["all"][1], totals["old"].sum(), rtol=1e-9)


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


def halves(
    west: np.ndarray, east: np.ndarray, period: np.ndarray, dwellings: np.ndarray
) -> tuple[SourceAreas, int]:
    """A row of cells, their western halves in the QPV, each half of four buildings.

    west, east: how many dwellings of the fifties, by cell. period: of buildings, (cells × 8,).
    dwellings: as buildings announce them, same shape.
    """
    count = len(west)
    cells = shapely.box(200 * np.arange(count), 0, 200 * np.arange(1, count + 1), 200)
    qpv = shapely.box(200 * np.arange(count), 0, 200 * np.arange(count) + 100, 200)
    zones = np.array([shapely.union_all(qpv), shapely.box(0, 0, 200 * count, 200)], dtype=object)
    at = np.array([10, 30, 50, 70, 110, 130, 150, 170])
    left = (200 * np.arange(count)[:, None] + at).ravel()
    homes = shapely.box(left, 50, left + 10, 60)
    stock = Stock(homes, dwellings, np.ones(len(left), int), 0, period=period)
    atoms = cut(cells, zones, stock, np.array([True, False]))
    pairs = np.column_stack([range(count - 1), range(1, count)])
    return SourceAreas(atoms, np.arange(count), np.zeros(count, dtype=bool), pairs), count


DATED = [layer("households"), layer("old", "households", by="period")]


def test_buildings_without_a_date_are_like_the_dated_ones_beside_them() -> None:
    # Halves were built at one time, but one building of four has a date that says when.
    old = np.random.default_rng(21).random((160, 2)) < (0.7, 0.3)
    west, east = 20.0 * old.T
    dated = np.tile([True, False, False, False], 320)
    period = np.where(dated, np.where(np.repeat(old.ravel(), 4), 1, 2), UNDATED)
    areas, count = halves(west, east, period, np.full(1_280, 5.0))
    totals = {"households": np.full(count, 40.0), "old": west + east}
    found = carry(DATED, totals, areas, seed=1, draws=20)["old"].central[0]
    assert found == pytest.approx(west.sum(), rel=0.03)


def test_where_dates_and_households_disagree_either_may_be_right() -> None:
    # Dates say which halves are old, but western ones are announced too few dwellings.
    rng = np.random.default_rng(22)
    old = rng.random((160, 2)) < (0.9, 0.1)
    west, east = 20.0 * old.T
    period = np.where(np.repeat(old.ravel(), 4), 1, 2)
    dwellings = np.tile([3.0] * 4 + [7.0] * 4, 160) * rng.uniform(0.9, 1.1, 1_280)
    areas, count = halves(west, east, period, dwellings)
    totals = {"households": np.full(count, 40.0), "old": west + east}
    found = carry(DATED, totals, areas, seed=1, draws=40)
    drawn = {name: found[name].draws["all"] for name in totals}
    share = drawn["old"][0] / drawn["households"][0]
    assert share[0::2].max() <= 1 + 1e-9
    assert (share[1::2] > 1.1).any()
    homes, dates = (drawn["old"][0][first::2].mean() for first in (0, 1))
    assert homes < found["old"].central[0] < dates
    assert dates == pytest.approx(west.sum(), rel=0.1)
    # Whichever bends, nothing is lost.
    np.testing.assert_allclose(drawn["old"][1], totals["old"].sum(), rtol=1e-9)


def test_residents_live_where_households_are_larger() -> None:
    rng = np.random.default_rng(23)
    cells = shapely.box(200 * np.arange(80), 0, 200 * np.arange(1, 81), 200)
    zones = np.array([shapely.box(0, 0, 7_950, 200)], dtype=object)
    left = np.repeat(200 * np.arange(80), 2) + np.tile([20, 120], 80)
    kind = np.tile([0, 1], 80)
    homes = shapely.box(left, 50, left + 10, 60)
    announced = rng.integers(5, 60, 160).astype(float)
    atoms = cut(cells, zones, Stock(homes, announced, kind, 0), np.array([False]))
    pairs = np.column_stack([range(79), range(1, 80)])
    areas = SourceAreas(atoms, np.arange(80), np.zeros(80, dtype=bool), pairs)
    by_kind = announced.reshape(80, 2)
    totals = {"households": by_kind.sum(axis=1), "population": by_kind @ [3.0, 1.5]}
    residents = layer("population", "households", bounded=False)
    found = carry([layer("households"), residents], totals, areas, seed=1, draws=20)
    for name, size in (("households", [1.0, 1.0]), ("population", [3.0, 1.5])):
        held = by_kind * size
        share = found[name].composition
        assert share is not None
        known = atoms.capacity.sum(axis=1) > 0
        np.testing.assert_allclose(
            share[known, :2], (held / held.sum(axis=1)[:, None])[atoms.source[known]], atol=0.02
        )


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


def test_a_drawn_share_comes_as_near_to_everybody_as_to_nobody() -> None:
    one = np.ones((1, 1))
    fit = rates.Fit(scipy.sparse.csr_matrix(one), one)

    def drawn(rate: float) -> np.ndarray:
        # The error of the logarithm that an error of 0.5 of the odds makes.
        error = np.full((1, 1), (0.5 * (1 - rate)) ** 2)
        found = rates.Rates(np.array([[rate]]), error, np.array([1e6]), 1.0, fit, one, fit)
        return found.drawn_on(np.zeros(1, int), one, np.random.default_rng(2), 4_000)[0]

    high, low = drawn(0.97), drawn(0.03)
    assert high.max() < 1
    np.testing.assert_allclose(
        np.quantile(high, [0.05, 0.5, 0.95]), 1 - np.quantile(low, [0.95, 0.5, 0.05]), atol=0.004
    )


def test_two_areas_are_foretold_as_by_a_fit_that_saw_their_sum_alone() -> None:
    rng = np.random.default_rng(11)
    areas, _ = grid(side=14)
    atoms = areas.atoms
    surface = atoms.capacity
    total = rng.poisson(np.bincount(atoms.source, surface.sum(axis=1)) * 2e-3).astype(float)
    # Cells that the QPV holds whole decide its rate by much; some beside it, and one another.
    inside = np.flatnonzero(areas.edges.share == 1.0)
    around = np.flatnonzero((areas.edges.share == 0.0) & areas.edges.near)
    pairs = np.array([*zip(inside[:3], around[:3], strict=True), (inside[0], inside[1])])
    total[inside[:3]] *= 1.5
    found = rates.estimate(total, atoms, surface, atoms.source)
    factor = found.fit.knowing_sums(total, pairs)
    rate = found.by_class[atoms.place, np.argmax(surface, axis=1)]
    for (i, j), told in zip(pairs, factor, strict=True):
        one = total.copy()
        one[i], one[j] = total[i] + total[j], 0.0
        again = rates.estimate(one, atoms, surface, np.where(atoms.source == j, i, atoms.source))
        moved = again.by_class[atoms.place, np.argmax(surface, axis=1)] / rate
        here = [np.flatnonzero(atoms.source == k)[0] for k in (i, j)]
        np.testing.assert_allclose(np.log(told), np.log(moved[here]), rtol=0.1, atol=1e-6)
    assert np.abs(np.log(factor[:3])).min() > 0.001
    # How two cells of one kind and place differ says nothing of its rate.
    np.testing.assert_allclose(factor[3], 1.0)


def test_rates_of_few_owners_are_drawn_with_heavier_tails() -> None:
    one, many = np.ones((1, 1)), 50_000
    fit = rates.Fit(scipy.sparse.csr_matrix(one), one)

    def tail(freedom: float) -> float:
        found = rates.Rates(one, one * 0.04, np.array([freedom]), np.inf, fit, one, fit)
        drawn = found.drawn_on(np.zeros(1, int), one, np.random.default_rng(3), many)[0]
        return float(np.quantile(np.log(drawn), 0.95)) / 0.2

    # Quantiles of the laws of Student and of Gauss.
    assert tail(3.0) == pytest.approx(2.353, rel=0.03)
    assert tail(1e6) == pytest.approx(1.645, rel=0.03)


def test_rates_are_found_again_when_they_are_exact() -> None:
    areas, _ = grid(side=14)
    surface = areas.atoms.capacity
    true = np.where((areas.atoms.place > 0) & (areas.atoms.place % 2 == 0), 5e-3, 1e-3)
    total = np.bincount(areas.atoms.source, surface.sum(axis=1) * true).astype(float)
    found = rates.estimate(total, areas.atoms, surface, areas.atoms.source)
    got = found.on(areas.atoms, surface) / surface.sum(axis=1)
    assert np.abs(got / true - 1).max() < 0.05


def test_what_a_cell_counts_of_flats_corrects_its_buildings() -> None:
    # 40 cells: flats on the side of the QPV, 20 houses on the other, as many households of each;
    # but the first cell counts twice as many flats as its building announces.
    flats = 20.0 + np.arange(40) % 5 * 10
    cells = shapely.box(200 * np.arange(40), 0, 200 * np.arange(1, 41), 200)
    qpv = shapely.union_all(shapely.box(200 * np.arange(40), 0, 200 * np.arange(40) + 100, 200))
    left = (200 * np.arange(40)[:, None] + np.append(30, 110 + 4 * np.arange(20))).ravel()
    stock = Stock(
        shapely.box(left, 50, left + 2, 60),
        np.column_stack([flats, np.ones((40, 20))]).ravel(),
        np.tile(np.append(2, np.zeros(20, int)), 40),
        0,
    )
    zones = np.array([qpv, shapely.box(0, 0, 8_000, 200)], dtype=object)
    atoms = cut(cells, zones, stock, np.array([True, False]))
    expected = atoms.capacity * 2.0
    homes = np.column_stack([flats, np.full(40, 20.0)])
    homes[0] = [41.0, 20.0]
    pairs = np.array([[0, 1], [5, 6]])
    free = np.zeros(40, dtype=bool)
    found = calibrate(expected, homes, atoms, free, pairs)
    assert found.atoms[atoms.source == 5].sum() == pytest.approx(80, rel=0.06)
    cell = atoms.source == 0
    west = expected[cell, 2] > 0
    # A kind of building may hold both sorts of home, so houses get a little of what is too many.
    assert 1.6 < found.atoms[cell][west].sum() / 40 <= 2.05
    assert found.atoms[cell][~west].sum() / 40 < 1.3
    # A pair is corrected as one: each of its two flats gets half of what is too many.
    assert found.pairs[0, 1] - found.pairs[0, 0] == pytest.approx(25, rel=0.1)
    assert found.pairs[0].sum() == pytest.approx(found.atoms[atoms.source <= 1].sum(), rel=0.02)
    # Nobody counted, or an average of several cells: what buildings announce stays.
    for unknown in (np.full((40, 2), np.nan), homes):
        same = calibrate(expected, unknown, atoms, ~free if unknown is homes else free, pairs)
        np.testing.assert_allclose(same.atoms, expected.sum(axis=1))


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
            transfer, "EDGE", replace(dispersion.EDGE, central=central, low=0, high=1)
        )
        found = carry([POPULATION, POOR], totals, areas, seed=1, draws=400)
        for name in found:
            np.testing.assert_allclose(found[name].draws["all"][1], totals[name].sum(), rtol=1e-9)
        return {name: float(found[name].draws["all"][0].std()) for name in found}

    same, sharp = widths(0.0), widths(0.6)
    assert all(sharp[name] > 1.3 * same[name] for name in same)


def test_the_edge_error_is_one_for_all_that_lies_inside() -> None:
    areas, _ = grid()
    inside = areas.atoms.place[areas.split] == 2
    assert inside.any()
    assert not inside.all()

    def drawn(freedom: float) -> np.ndarray:
        spread = dispersion.Dispersion(1.0, 0.0, 0.0, 0.1, freedom)
        factor = transfer._edge(areas, spread, np.random.default_rng(0), 4_000)
        assert (factor[~inside] == 1.0).all()
        assert (factor[inside] == factor[inside][0]).all()
        return np.log(factor[inside][0])

    assert drawn(np.inf).std() == pytest.approx(0.1, rel=0.05)
    # An edge that was read off few is less sure: a Student's law of three degrees.
    assert np.quantile(drawn(3.0), 0.95) == pytest.approx(0.235, rel=0.1)
