"""A portfolio beside brute force: every list is tried on small instances."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labo.blame import blame
from labo.pareto import front
from labo.plan import changes, difference, evaluate, with_overlap
from labo.portfolio import CENTRAL, model_of, run, solve
from labo.ranges import added
from labo.regret import HIGH, LOW, robust, scenarios_of
from tests.engine.portfolios import (
    allowed,
    every,
    fits,
    fitting,
    paid,
    problem_of,
    problems,
    ranges,
    served,
)


@settings(max_examples=150)
@given(problems())
def test_equals_brute_force_and_breaks_nothing(problem) -> None:
    assume(problem.options.modelled.any())
    lists = fitting(problem)
    found = solve(problem)
    if found is None:
        assert not len(lists)
        return
    values = lists @ np.nan_to_num(problem.value)
    assert found.value == pytest.approx(values.max(), abs=1e-6)
    assert found.exact
    assert fits(problem, found.quantities)
    assert not evaluate(problem, found.quantities).violations
    costs = lists[values >= values.max() - 1e-6] @ problem.options.capital[:, CENTRAL]
    cost = found.quantities @ problem.options.capital[:, CENTRAL]
    assert cost == pytest.approx(costs.min(), abs=1e-6), "of equal lists, the cheapest"


@settings(max_examples=60)
@given(problems(most_options=8))
def test_front_is_exactly_what_none_beats(problem) -> None:
    both = [np.nan_to_num(t[:, CENTRAL]) for t in (problem.options.benefit, problem.equity)]
    known = ~np.isnan(problem.equity[:, CENTRAL])
    lists = fitting(problem)
    lists = lists[(lists[:, ~known] == 0).all(axis=1)]
    pairs = {tuple(float(q @ values) for values in both) for q in lists}
    best = {p for p in pairs if not any(o != p and o[0] >= p[0] and o[1] >= p[1] for o in pairs)}
    found = front(problem)
    assert found.whole
    assert [(p.benefit, p.equity) for p in found.points] == sorted(best)
    assert all(fits(problem, point.quantities) for point in found.points)


@settings(max_examples=60)
@given(problems(most_options=8), st.sampled_from([(CENTRAL,), (LOW, CENTRAL, HIGH)]))
def test_least_regret_equals_brute_force(problem, levels) -> None:
    scenarios = [s for level in levels for s in scenarios_of(problem, costs=level)]
    lists = every(problem.options)
    sound = np.array([allowed(problem.options, q) and served(problem, q) for q in lists])
    affordable = [
        sound & np.array([paid(problem, q, s.capital, s.upkeep) for q in lists]) for s in scenarios
    ]
    fit_all = np.logical_and.reduce(affordable)
    found = robust(problem, scenarios)
    if not fit_all.any():
        assert found is None
        return
    assert found is not None
    regrets = np.zeros((len(scenarios), int(fit_all.sum())))
    for k, (scenario, fit) in enumerate(zip(scenarios, affordable, strict=True)):
        values = lists @ np.nan_to_num(scenario.value)
        top = max(0.0, values[fit].max())
        assert found.possible[k] == pytest.approx(top, abs=1e-6)
        if top > 0:
            regrets[k] = np.maximum(0.0, 1 - values[fit_all] / top)
    worst = regrets.max(axis=0)
    assert found.largest == pytest.approx(worst.min(), abs=1e-5)
    assert found.bound <= found.largest + 1e-9
    mean = regrets.mean(axis=0)[worst <= worst.min() + 1e-9].min()
    assert found.expected <= mean + 1e-4
    assert any((q == found.quantities).all() for q in lists[fit_all])


@settings(max_examples=60)
@given(problems(most_options=8))
def test_blame_names_constraints_that_cannot_hold_together(problem) -> None:
    found = blame(problem)
    assert (found is None) == bool(len(fitting(problem)))
    if found is None:
        return

    def something(relaxed):
        model = model_of(problem, relaxed)
        return run(model, np.zeros(len(model.most))).variables is not None

    zones = [f"floor {zone}" for zone in problem.options.zones]
    names = {"effects", "possible", "excludes", "needs", "variants", "budget", "upkeep", *zones}
    assert found.together
    assert not something(names - set(found.together)), "those named suffice to forbid"
    for name in found.together:
        assert something(names - set(found.together) | {name}), "and each is needed"
    for name in found.alone:
        assert something({name})


@given(problems(), st.data())
def test_ranges_hold_their_central_value(problem, data) -> None:
    most = [row.most + 1 for row in problem.options.rows]
    one, two = (np.array([data.draw(st.integers(0, m)) for m in most]) for _ in range(2))
    found, apart = evaluate(problem, one), difference(problem, one, two)
    joint = with_overlap(problem.options, one)
    for r in (found.capital, found.upkeep, found.benefit, found.equity, joint, *apart):
        assert r.low <= r.central <= r.high
    assert joint.central <= found.benefit.central + 1e-9
    assert difference(problem, one, one) == ((0.0, 0.0, 0.0),) * 4, "a list is as itself"
    back = difference(problem, two, one)
    assert back.benefit == pytest.approx([-end for end in apart.benefit[::-1]])
    told = {c.option: c.computed - c.own for c in changes(problem, one, two)}
    ids = [row.id for row in problem.options.rows]
    assert told == {n: int(d) for n, d in zip(ids, two - one, strict=True) if d}


@given(problems(), st.data())
def test_violations_are_what_is_broken(problem, data) -> None:
    most = [row.most for row in problem.options.rows]
    chosen = np.array([data.draw(st.integers(0, m)) for m in most])
    kinds = {v.constraint for v in evaluate(problem, chosen).violations}
    taken = problem.options.modelled | (chosen == 0)
    capital, upkeep = (t[:, CENTRAL] for t in (problem.options.capital, problem.options.upkeep))
    if taken.all():
        apart = kinds - {"budget", "upkeep", "floor"}
        assert bool(apart) != allowed(problem.options, chosen)
    assert bool(kinds & {"budget", "upkeep"}) != paid(problem, chosen, capital, upkeep)
    assert ("floor" in kinds) != served(problem, chosen)


@given(st.lists(st.tuples(st.integers(-3, 3), ranges(-9, 9), st.sampled_from("abc")), max_size=6))
def test_a_sum_of_ranges_lies_between_independence_and_the_worst(rows) -> None:
    counts, table, groups = ([row[k] for row in rows] for k in range(3))
    worst, grouped = added(counts, table), added(counts, table, groups)
    alone = added(counts, table, [str(k) for k in range(len(rows))])
    assert worst.central == grouped.central == alone.central
    assert worst.low <= grouped.low + 1e-9 <= alone.low + 2e-9 <= alone.central + 2e-9
    assert worst.high >= grouped.high - 1e-9 >= alone.high - 2e-9 >= alone.central - 2e-9
    ends = [
        sum(min(n * r.low, n * r.high) for n, r in zip(counts, table, strict=True)),
        sum(max(n * r.low, n * r.high) for n, r in zip(counts, table, strict=True)),
    ]
    assert [worst.low, worst.high] == pytest.approx(ends, abs=1e-9)


@settings(max_examples=40)
@given(problems(most_options=8), st.integers(1, 50))
def test_more_budget_never_gives_less_without_a_floor(problem, more) -> None:
    assume(problem.options.modelled.any())
    rows = problem.options.rows
    one, two = (
        solve(problem_of(*rows, budget=b, upkeep=problem.upkeep))
        for b in (problem.budget, problem.budget + more)
    )
    assert one is not None
    assert two is not None
    assert two.value >= one.value - 1e-6
