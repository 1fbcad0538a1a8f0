"""A second opinion on a group's list: the computed one, why it differs, and how far it would move.

What is told is plain data, ready for JSON: what is empty is None or an empty list.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from labo import equity, pareto, plan, portfolio, regret
from labo.blame import blame
from labo.equity import ELASTICITY, Groups
from labo.plan import Difference, Evaluation, Joint
from labo.portfolio import SECONDS, NoAnswer, Problem
from labo.ranges import Range

Ints = npt.NDArray[np.int64]
Result = dict[str, Any]
T = TypeVar("T")
Parts = Literal["all", "near", "far"]

FACTORS = (0.8, 1.2)
# Above, the front and the robust plan would take longer than a meeting: they are left out, and it
# is said.
MOST_FOR_FRONT = 2000


def opinion(
    problem: Problem,
    groups: Groups | None = None,
    own: Ints | None = None,
    *,
    joint: Joint | None = None,
    points: int = pareto.POINTS,
    seconds: float = SECONDS,
    parts: Parts = "all",
) -> Result:
    """Return all that is told of a choice, the group's own list first.

    Args:
        problem: what is chosen from and what must hold.
        groups: residents by standard of living, if they are known.
        own: how many of each option the group chose, (options,).
        joint: what a list gives once its options act together.
        points: of the front, where there are many options.
        seconds: for each program.
        parts: "near" leaves out the front and the lists that are least regretted, which take
            longest; "far" looks for these only.
    """
    given = portfolio.solve(problem, seconds=seconds)
    computed = None if given is None else given.quantities
    few = len(problem.options) <= MOST_FOR_FRONT
    result: Result = {
        "options": len(problem.options),
        "zones": list(problem.options.zones),
        "unit": problem.options.unit,
        "objective": problem.objective,
        "budget": problem.budget,
        "upkeep": problem.upkeep,
        "floor": None if problem.floor is None else asdict(problem.floor),
        "elasticity": ELASTICITY.as_json(),
        "own": None if own is None else told(problem, own, groups, joint),
        "computed": None if computed is None else told(problem, computed, groups, joint),
        "gap": None if given is None else given.gap,
        "blame": None if given is not None else _blamed(problem, seconds),
        "changes": [],
        "difference": None,
        "switching": [],
        "floor_price": None,
        "budgets": [],
        "front": None,
        "robust": [],
        "overlap_declared": any(r.overlap_site or r.overlap_zone for r in problem.options.rows),
        "left_out": _left_out(problem),
        "too_many": not few,
        "late": [],
    }
    if computed is None:
        return result
    if parts != "far":
        _tell_near(result, problem, groups, own, computed, seconds)
    if few and parts != "near":
        _tell_far(result, problem, groups, computed, points, seconds)
    return result


def _tell_near(
    result: Result,
    problem: Problem,
    groups: Groups | None,
    own: Ints | None,
    computed: Ints,
    seconds: float,
) -> None:
    """Add what differs from the group's list, what the floor costs, and other budgets."""
    late: list[str] = result["late"]
    free = _in_time(late, "free", lambda: _without_floor(problem, seconds))
    if own is not None:
        found = plan.changes(problem, own, computed, free)
        result["changes"] = [_changed(change) for change in found]
        result["difference"] = _differing(plan.difference(problem, computed, own))
        result["switching"] = _switches(problem, groups, computed, own)
    if free is not None:
        result["floor_price"] = {
            **_moves(problem, free, computed),
            "served": _served(problem, computed),
            "served_without": _served(problem, free),
        }
    moved = _in_time(late, "budgets", lambda: at_budgets(problem, computed, seconds=seconds))
    result["budgets"] = moved or []


def _tell_far(
    result: Result,
    problem: Problem,
    groups: Groups | None,
    computed: Ints,
    points: int,
    seconds: float,
) -> None:
    """Add the lists that are least regretted, and the front; what is wanted most comes first."""
    late: list[str] = result["late"]

    def regretted(name: str, costs: str, level: int) -> None:
        work = partial(_robust, problem, groups, computed, level, seconds)
        robust = _in_time(late, name, work)
        result["robust"] += [] if robust is None else [{"costs": costs} | robust]

    regretted("robust", "central", portfolio.CENTRAL)
    front = partial(_fronted, problem, groups, points, seconds)
    result["front"] = _in_time(late, "front", front)
    regretted("dear", "high", regret.HIGH)


def _in_time(late: list[str], name: str, work: Callable[[], T]) -> T | None:
    """Return what a work gives; None where time ran out, which `late` then tells."""
    try:
        return work()
    except NoAnswer:
        late += [name] if name not in late else []
        return None


def told(problem: Problem, quantities: Ints, groups: Groups | None, joint: Joint | None) -> Result:
    """Return what is told of one list: its options, totals, what it breaks, and for whom it is."""
    found = plan.evaluate(problem, quantities, joint)
    options, who = problem.options, equity.benefiting(problem.options, quantities, groups)
    weighings = None
    if groups is not None and who.by_group is not None:
        weighings = equity.weighings(who.by_group, groups)._asdict()
    return {
        "lines": [_line(problem, int(i), int(quantities[i])) for i in np.flatnonzero(quantities)],
        **_totals(found),
        "violations": [v._asdict() for v in found.violations],
        "dear": found.dear,
        "zones": [
            {"zone": zone, "capital": spent, "benefit": gained}
            for zone, (spent, gained) in found.zones.items()
        ],
        "without_effect": list(found.missed),
        "unweighed": list(found.unweighed),
        "beneficiaries": {
            "people": who.people,
            "unknown": list(who.unknown),
            "poor": None if who.poor is None else who.poor.as_json(),
            "by_fifth": None if who.by_group is None else who.by_group.tolist(),
            "concentration": who.concentration,
            "unplaced": list(who.unplaced),
            "weighings": weighings,
        },
        "losing": [
            {"option": option, "loss": loss, "words": words}
            for option, loss, words in equity.losing(options, quantities)
        ],
        "missing": [m._asdict() for m in equity.missing(options, quantities, groups)],
    }


def _line(problem: Problem, i: int, quantity: int) -> Result:
    row = problem.options.rows[i]
    return {
        **{key: getattr(row, key) for key in ("id", "label", "site", "zone", "measure")},
        "quantity": quantity,
        "capital": _times(quantity, row.capital),
        "upkeep": _times(quantity, row.upkeep),
        "benefit": None if row.benefit is None else _times(quantity, row.benefit),
        "cost_grade": row.cost_grade,
        "effect_grade": row.effect_grade,
    }


def _times(quantity: int, of: Range) -> dict[str, float]:
    return {end: quantity * value for end, value in of.as_json().items()}


def _totals(found: Evaluation) -> Result:
    return {
        "capital": found.capital.as_json(),
        "upkeep_total": found.upkeep.as_json(),
        "benefit": found.benefit.as_json(),
        "equity": found.equity.as_json(),
        "joint": found.joint.as_json(),
        "overlap": found.overlap,
    }


def _changed(change: plan.Change) -> Result:
    row = change._asdict()
    return row | {"capital": change.capital.as_json(), "benefit": change.benefit.as_json()}


def _differing(found: Difference) -> Result:
    return {
        **{name: amount.as_json() for name, amount in found._asdict().items()},
        "distinguishable_benefit": found.sure_benefit,
        "distinguishable_equity": found.sure_equity,
    }


def _switches(problem: Problem, groups: Groups | None, one: Ints, two: Ints) -> list[float]:
    if groups is None:
        return []
    parts = [equity.benefiting(problem.options, q, groups).by_group for q in (one, two)]
    nothing = np.zeros(equity.FIFTHS)
    pair = [nothing if part is None else part for part in parts]
    return list(equity.switching(pair[0], pair[1], groups))


def _blamed(problem: Problem, seconds: float) -> Result | None:
    found = blame(problem, seconds=seconds)
    if found is None:
        return None
    return found._asdict() | {"together": list(found.together), "alone": list(found.alone)}


def _without_floor(problem: Problem, seconds: float) -> Ints | None:
    """Return what is computed without the floor; None where there is none."""
    if problem.floor is None or problem.floor.share == 0:
        return None
    free = portfolio.solve(replace(problem, floor=None), seconds=seconds)
    return None if free is None else free.quantities


def _served(problem: Problem, quantities: Ints) -> int:
    """Return how many neighbourhoods have something."""
    return len({problem.options.rows[i].zone for i in np.flatnonzero(quantities)})


def at_budgets(problem: Problem, computed: Ints, *, seconds: float = SECONDS) -> list[Result]:
    """Return what changes in the computed list with a fifth less of the budget, and a fifth more.

    The yearly upkeep stays; a floor keeps its share.
    """
    rows = []
    for factor in FACTORS:
        other = replace(problem, budget=problem.budget * factor)
        found = portfolio.solve(other, seconds=seconds)
        row: Result = {"factor": factor, "budget": other.budget, "fits": found is not None}
        row |= dict.fromkeys(("entered", "left", "difference"))
        rows.append(row if found is None else row | _moves(problem, computed, found.quantities))
    return rows


def _moves(problem: Problem, before: Ints, after: Ints) -> Result:
    def moved(which: npt.NDArray[np.bool_]) -> list[Result]:
        return [
            {"option": problem.options.rows[i].id, "before": int(before[i]), "after": int(after[i])}
            for i in np.flatnonzero(which)
        ]

    return {
        "entered": moved(after > before),
        "left": moved(after < before),
        "difference": _differing(plan.difference(problem, after, before)),
    }


def _fronted(problem: Problem, groups: Groups | None, points: int, seconds: float) -> Result:
    found = pareto.front(problem, points, seconds=seconds)
    rows = []
    for point in found.points:
        seen = plan.evaluate(problem, point.quantities)
        who = equity.benefiting(problem.options, point.quantities, groups)
        rows.append(
            {
                "benefit": seen.benefit.as_json(),
                "equity": seen.equity.as_json(),
                "capital": seen.capital.as_json(),
                "concentration": who.concentration,
                "options": {
                    problem.options.rows[i].id: int(point.quantities[i])
                    for i in np.flatnonzero(point.quantities)
                },
            }
        )
    ends = [found.points[k].quantities for k in (0, -1)] if found.points else []
    apart = _differing(plan.difference(problem, ends[1], ends[0])) if ends else None
    return {"points": rows, "whole": found.whole, "gap": found.gap, "ends": apart}


def _robust(
    problem: Problem, groups: Groups | None, computed: Ints, costs: int, seconds: float
) -> Result:
    scenarios = regret.scenarios_of(problem, groups, costs=costs)
    found = regret.robust(problem, scenarios, seconds=seconds)
    if found is None:
        return {"fits": False}
    worst = found.scenarios[int(found.regrets.argmax())]
    return {
        "fits": True,
        "largest": found.largest,
        "expected": found.expected,
        "bound": found.bound,
        "worst": {"kind": worst.kind, "label": worst.label},
        "scenarios": [
            {"kind": s.kind, "label": s.label, "regret": float(r), "possible": float(v)}
            for s, r, v in zip(found.scenarios, found.regrets, found.possible, strict=True)
        ],
        "lines": [
            _line(problem, int(i), int(found.quantities[i]))
            for i in np.flatnonzero(found.quantities)
        ],
        **_totals(plan.evaluate(problem, found.quantities)),
        **_moves(problem, computed, found.quantities),
    }


def _left_out(problem: Problem) -> list[Result]:
    """Return the options that the computed list cannot hold, and why."""
    found = []
    for row, value in zip(problem.options.rows, problem.value, strict=True):
        if not row.feasible:
            found.append({"option": row.id, "why": "impossible", "reason": row.reason})
        elif row.benefit is None:
            found.append({"option": row.id, "why": "no effect", "reason": ""})
        elif np.isnan(value):
            found.append({"option": row.id, "why": "no shares", "reason": ""})
    return found
