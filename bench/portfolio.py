"""Portfolios beside a greedy heuristic: `python -m bench.portfolio`.

1,500 invented options over 60 neighbourhoods, with variants, several of one, impossible options, a
limit on upkeep and a floor for each neighbourhood. Works: one list, the front of 20 points, and the
list that is least regretted. The other side is what a user would write: options in the order of
their benefit per euro, each taken as often as it fits, the floors first. Its gap is what it leaves.
HiGHS uses one core; seconds depend on who else uses the machine, so the processor's are given too.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench import apart, resident_gib, text_table
from labo.cli.output import silenced
from labo.options import LOSSES, Option, Options
from labo.pareto import front
from labo.plan import evaluate
from labo.portfolio import CENTRAL, Floor, Problem, solve, variants
from labo.ranges import Range
from labo.regret import robust, scenarios_of

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Size:
    options: int = 1500
    zones: int = 60
    points: int = 20
    seed: int = 0


def instance(size: Size) -> Problem:
    """Return a problem whose benefits per euro are spread as in a catalogue of works."""
    rng = np.random.default_rng(size.seed)
    rows = []
    for i in range(size.options):
        zone = i % size.zones
        cost = float(np.round(np.exp(rng.normal(11.0, 1.0)), 2))
        benefit = float(np.round(cost * np.exp(rng.normal(0.0, 0.7)) / 100, 3))
        rows.append(
            Option(
                id=f"o{i}",
                label=f"o{i}",
                site=f"s{rng.integers(5)}",
                zone=f"z{zone:03}",
                measure=f"m{rng.integers(30)}",
                variant_group=f"v{rng.integers(3)}" if rng.random() < 0.5 else "",
                most=int(rng.choice([1, 1, 1, 5, 20])),
                capital=Range(0.7 * cost, cost, 1.4 * cost),
                upkeep=Range(0.01 * cost, 0.03 * cost, 0.05 * cost),
                cost_grade="to_check",
                benefit=Range(0.5 * benefit, benefit, 1.5 * benefit),
                effect_grade="to_check",
                reference="",
                equity=None,
                beneficiaries=None,
                shares=None,
                feasible=bool(rng.random() < 0.95),
                reason="",
                needs=(),
                excludes=(),
                overlap_site=0.0,
                overlap_zone=0.0,
                losses=dict.fromkeys(LOSSES, ""),
            )
        )
    options = Options(tuple(rows), "m**3")
    equity = options.benefit * np.exp(rng.normal(0.3, 0.3, size.options))[:, None]
    whole = float(options.most @ options.capital[:, CENTRAL])
    floor = Floor(0.3 / size.zones)
    return Problem(options, equity, 0.05 * whole, 0.0012 * whole, floor)


def greedy(problem: Problem) -> Ints:
    """Return the list of benefit per euro, floors first, as often as it fits."""
    options, rows = problem.options, problem.options.rows
    cost, upkeep = options.capital[:, CENTRAL], options.upkeep[:, CENTRAL]
    order = np.argsort(-np.nan_to_num(problem.value) / cost, kind="stable")
    quantities = np.zeros(len(rows), dtype=np.int64)
    left = [problem.budget, np.inf if problem.upkeep is None else problem.upkeep]
    taken: set[tuple[str, str, str]] = set()
    groups = variants(options)
    least = 0.0 if problem.floor is None else problem.floor.share * problem.budget
    spent = dict.fromkeys(options.zones, 0.0)
    for to_floor in (True, False):
        for i in order:
            row = rows[i]
            key = (row.zone, row.site, row.variant_group)
            if key in groups and key in taken and not quantities[i]:
                continue
            room = min(left[0] // cost[i], left[1] // upkeep[i])
            count = min(int(options.most[i] - quantities[i]), int(room))
            if to_floor:
                lacking = max(0.0, least - spent[row.zone])
                count = min(count, int(np.ceil(lacking / cost[i])))
            if count > 0:
                quantities[i] += count
                left[0] -= count * cost[i]
                left[1] -= count * upkeep[i]
                spent[row.zone] += count * cost[i]
                taken.add(key)
    return quantities


def run_list(size: Size) -> dict[str, float]:
    import scipy.optimize  # noqa: F401

    problem = instance(size)
    start, worked = time.perf_counter(), time.process_time()
    found = solve(problem)
    assert found is not None  # noqa: S101
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "processor_seconds": time.process_time() - worked,
        "value": found.value,
        "gap": found.gap,
        "broken": len(evaluate(problem, found.quantities).violations),
        "peak_gib": resident_gib(),
    }


def run_greedy(size: Size) -> dict[str, float]:
    problem = instance(size)
    start = time.perf_counter()
    quantities = greedy(problem)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "value": float(quantities @ np.nan_to_num(problem.value)),
        "broken": len(evaluate(problem, quantities).violations),
    }


def run_front(size: Size) -> dict[str, float]:
    import scipy.optimize  # noqa: F401

    problem = instance(size)
    start, worked = time.perf_counter(), time.process_time()
    found = front(problem, size.points)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "processor_seconds": time.process_time() - worked,
        "points": len(found.points),
        "gap": found.gap,
        "peak_gib": resident_gib(),
    }


def run_regret(size: Size) -> dict[str, float]:
    import scipy.optimize  # noqa: F401

    problem = instance(size)
    scenarios = scenarios_of(problem)
    start, worked = time.perf_counter(), time.process_time()
    found = robust(problem, scenarios)
    assert found is not None  # noqa: S101
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "processor_seconds": time.process_time() - worked,
        "scenarios": len(scenarios),
        "largest": found.largest,
        "bound": found.bound,
        "peak_gib": resident_gib(),
    }


def figures(size: Size) -> dict[str, Any]:
    """Run each work in a process of its own and return every figure."""
    works = {
        name: apart(work, size)
        for name, work in (
            ("list", run_list),
            ("greedy", run_greedy),
            ("front", run_front),
            ("regret", run_regret),
        )
    }
    ours, theirs = works["list"], works["greedy"]
    theirs["less"] = 1.0 - theirs["value"] / ours["value"]
    return {"benchmark": "portfolio", "size": asdict(size), "works": works}


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    size, works = found["size"], found["works"]
    plan, other, points, least = (works[name] for name in ("list", "greedy", "front", "regret"))
    rows: list[list[object]] = [
        ["one list, labo", plan["seconds"], plan["value"], plan["gap"], int(plan["broken"])],
        ["one list, greedy", other["seconds"], other["value"], None, int(other["broken"])],
    ]
    goals: list[list[object]] = [
        ["one list s", plan["seconds"], plan["processor_seconds"], "< 3"],
        [f"front of {size['points']} s", points["seconds"], points["processor_seconds"], "< 60"],
        ["least regret s", least["seconds"], least["processor_seconds"], "none"],
    ]
    return (
        f"{size['options']} options, {size['zones']} neighbourhoods; {os.cpu_count()} processors, "
        f"load of the machine {os.getloadavg()[0]:.1f}\n"
        f"{text_table(['', 'seconds', 'value', 'gap', 'broken'], rows)}\n"
        f"greedy has {100 * other['less']:.2f} % less; broken: constraints that a list breaks\n\n"
        f"{text_table(['', 'measured', 'processor', 'goal'], goals)}\n\n"
        f"front: {int(points['points'])} points, each to {points['gap']:.0e}; least regret: "
        f"{least['largest']:.4f} over {int(least['scenarios'])} scenarios, none below "
        f"{least['bound']:.4f}\n"
        f"peak GiB: {plan['peak_gib']:.2f} list, {points['peak_gib']:.2f} front, "
        f"{least['peak_gib']:.2f} regret\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 options, 10 neighbourhoods")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    with silenced():
        found = figures(Size(options=200, zones=10, points=8) if given.quick else Size())
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
