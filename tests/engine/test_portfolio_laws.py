"""A portfolio beside brute force: every list is tried on small instances."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.opinion import at_budgets, floor_price
from labo.options import Option, Options
from labo.pareto import front, undominated, Point
from labo.plan import changes, difference, evaluate, with_overlap
from labo.portfolio import Floor, Problem, blame, model_of, run, solve
from labo.ranges import Range, added
from labo.regret import Scenario, regrets_of, robust, scenarios_of

NAN = float("nan")


def option(name, **given):
    """An option whose effects and costs are known, unless given otherwise."""
    base = {
        "id": name,
        "label": name,
        "site": "s",
        "zone": "z1",
        "measure": "m",
        "variant_group": "",
        "most": 1,
        "capital": Range(1.0, 1.0, 1.0),
        "upkeep": Range(0.0, 0.0, 0.0),
        "cost_grade": "to_check",
        "benefit": Range(1.0, 1.0, 1.0),
        "effect_grade": "to_check",
        "reference": "",
        "equity": None,
        "beneficiaries": None,
        "shares": None,
        "feasible": True,
        "reason": "",
        "needs": (),
        "excludes": (),
        "overlap_site": 0.0,
        "overlap_zone": 0.0,
        "losses": dict.fromkeys(("rent", "charges", "displacement", "upkeep"), ""),
    }
    return Option(**(base | given))


def ranges(lowest, highest):
    whole = st.integers(lowest, highest).map(float)
    return st.tuples(whole, whole, whole).map(lambda t: Range(*sorted(t)))


@st.composite
def problems(draw, most_options=12, most_lists=3000, floors=True):
    """Instances with variants, needs, several of one, impossible and unmodelled options."""
    count = draw(st.integers(1, most_options))
    names = [f"o{i}" for i in range(count)]
    rows, lists = [], 1
    for i, name in enumerate(names):
        most = draw(st.sampled_from([1, 1, 1, 2, 3]))
        if lists * (most + 1) > most_lists:
            most = 1
        lists *= most + 1
        others = [n for n in names if n != name]
        named = st.lists(st.sampled_from(others), max_size=1).map(tuple) if others else st.just(())
        rare = st.booleans() if i % 4 == 0 else st.just(False)
        modelled = draw(st.integers(0, 7)) > 0
        rows.append(
            option(
                name,
                site=draw(st.sampled_from("ab")),
                zone=draw(st.sampled_from(["z1", "z2"])),
                measure=draw(st.sampled_from("mnp")),
                variant_group=draw(st.sampled_from(["", "", "v"])),
                most=most,
                capital=draw(ranges(0, 50)),
                upkeep=draw(ranges(0, 9)),
                benefit=draw(ranges(-5, 40)) if modelled else None,
                equity=draw(st.none() | ranges(-5, 60)) if modelled else None,
                feasible=not draw(rare),
                needs=draw(named) if draw(rare) else (),
                excludes=draw(named) if draw(rare) else (),
                overlap_site=draw(st.sampled_from([0.0, 0.3, 1.0])),
                overlap_zone=draw(st.sampled_from([0.0, 0.2])),
            )
        )
    options = Options(tuple(rows), "m**3")
    equity = np.array([(NAN,) * 3 if r.equity is None else r.equity for r in rows])
    floor = None
    if floors and draw(st.booleans()):
        floor = Floor(
            draw(st.sampled_from([0.1, 0.25, 0.5])), draw(st.sampled_from(["budget", "benefit"]))
        )
    return Problem(
        options,
        equity,
        budget=float(draw(st.integers(0, 150))),
        upkeep=draw(st.none() | st.integers(0, 30).map(float)),
        floor=floor,
        objective="benefit",
    )


def every(options):
    """All lists, (lists, options)."""
    return np.array(list(product(*(range(row.most + 1) for row in options.rows))))


def fits(problem, quantities, value=None):
    """Written anew from the words of the constraints, and not from the program."""
    rows = problem.options.rows
    taken = [i for i, q in enumerate(quantities) if q]
    known = problem.value if value is None else value
    if any(not rows[i].feasible or np.isnan(known[i]) for i in taken):
        return False
    ids = {rows[i].id for i in taken}
    if any(n not in ids for i in taken for n in rows[i].needs):
        return False
    if any(n in ids for i in taken for n in rows[i].excludes):
        return False
    groups = [(rows[i].site, rows[i].variant_group) for i in taken if rows[i].variant_group]
    if len(groups) > len(set(groups)):
        return False
    if sum(q * r.capital.central for q, r in zip(quantities, rows)) > problem.budget:
        return False
    upkeep = sum(q * r.upkeep.central for q, r in zip(quantities, rows))
    if problem.upkeep is not None and upkeep > problem.upkeep:
        return False
    if problem.floor is not None:
        of = "capital" if problem.floor.of == "budget" else "benefit"
        central = [0.0 if getattr(r, of) is None else getattr(r, of).central for r in rows]
        whole = problem.budget if of == "capital" else sum(np.array(central) * quantities)
        for zone in {r.zone for r in rows}:
            here = sum(c * q for c, q, r in zip(central, quantities, rows) if r.zone == zone)
            if here < problem.floor.share * whole - 1e-9:
                return False
    return True


def possible(problem):
    lists = every(problem.options)
    return lists[[fits(problem, q) for q in lists]]


@settings(max_examples=150)
@given(problems())
def test_equals_brute_force_and_breaks_nothing(problem):
    if np.isnan(problem.value).all():
        return
    lists = possible(problem)
    found = solve(problem)
    if found is None:
        assert not len(lists)
        return
    value = np.nan_to_num(problem.value)
    assert found.value == pytest.approx((lists @ value).max(), abs=1e-6)
    assert found.exact
    assert fits(problem, found.quantities)
    assert not evaluate(problem, found.quantities).violations
    cost = problem.options.capital[:, 1]
    same = lists[lists @ value >= found.value - 1e-6]
    assert found.quantities @ cost == pytest.approx((same @ cost).min(), abs=1e-6)


@settings(max_examples=60)
@given(problems(most_options=8))
def test_front_is_exactly_what_none_beats(problem):
    known = ~np.isnan(problem.equity[:, 1]) & problem.options.modelled
    lists = possible(problem)
    lists = lists[(lists[:, ~known] == 0).all(axis=1)]
    found = front(problem)
    assert found.whole
    pairs = {
        (
            float(q @ np.nan_to_num(problem.options.benefit[:, 1])),
            float(q @ np.nan_to_num(problem.equity[:, 1])),
        )
        for q in lists
    }
    best = {p for p in pairs if not any(o != p and o[0] >= p[0] and o[1] >= p[1] for o in pairs)}
    assert {(p.benefit, p.equity) for p in found.points} == best
    assert len(found.points) == len(best)
    for point in found.points:
        assert fits(problem, point.quantities)


@settings(max_examples=60)
@given(problems(most_options=8), st.data())
def test_least_regret_equals_brute_force(problem, data):
    scenarios = scenarios_of(problem)
    lists = every(problem.options)

    def kept(scenario):
        rows = [
            option_with(r, c, u)
            for r, c, u in zip(problem.options.rows, scenario.capital, scenario.upkeep)
        ]
        there = Problem(
            Options(tuple(rows), "m**3"),
            problem.equity,
            problem.budget,
            problem.upkeep,
            None,
            "benefit",
        )
        ok = np.array([fits(there, q) for q in lists])
        return ok & np.array([fits_floor(problem, q) for q in lists])

    masks = {s.capital.tobytes() + s.upkeep.tobytes(): None for s in scenarios}
    for s in scenarios:
        key = s.capital.tobytes() + s.upkeep.tobytes()
        if masks[key] is None:
            masks[key] = kept(s)
    tops = []
    for s in scenarios:
        mask = masks[s.capital.tobytes() + s.upkeep.tobytes()]
        values = lists[mask] @ np.nan_to_num(s.value)
        tops.append(max(0.0, values.max()) if values.size else None)
    all_fit = np.logical_and.reduce(list(masks.values()))
    found = robust(problem, scenarios)
    if any(top is None for top in tops) or not all_fit.any():
        assert found is None
        return
    worst = np.zeros(int(all_fit.sum()))
    mean = np.zeros(int(all_fit.sum()))
    for s, top in zip(scenarios, tops, strict=True):
        lost = (
            np.maximum(0.0, 1 - lists[all_fit] @ np.nan_to_num(s.value) / top) if top > 0 else 0.0
        )
        worst = np.maximum(worst, lost)
        mean = mean + lost / len(scenarios)
    assert found.largest == pytest.approx(worst.min(), abs=1e-5)
    assert found.expected <= mean[worst <= found.largest + 1e-9].min() + 1e-4
    assert found.bound <= found.largest + 1e-9
    assert found.possible == pytest.approx(tops, abs=1e-6)


def option_with(row, capital, upkeep):
    from dataclasses import replace

    return replace(row, capital=Range(*(float(capital),) * 3), upkeep=Range(*(float(upkeep),) * 3))


def fits_floor(problem, quantities):
    free = Problem(problem.options, problem.equity, 1e12, None, problem.floor, "benefit")
    return fits_with_budget_share(problem, quantities) if free.floor else True


def fits_with_budget_share(problem, quantities):
    rows, floor = problem.options.rows, problem.floor
    of = "capital" if floor.of == "budget" else "benefit"
    central = np.array([0.0 if getattr(r, of) is None else getattr(r, of).central for r in rows])
    whole = problem.budget if of == "capital" else float(central @ quantities)
    return all(
        float((central * quantities)[[r.zone == zone for r in rows]].sum())
        >= floor.share * whole - 1e-9
        for zone in {r.zone for r in rows}
    )
