"""Says why no list fits: which constraints cannot hold together, and what would help."""

import math
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from labo.portfolio import (
    CENTRAL,
    SECONDS,
    Line,
    Problem,
    aim_of,
    floor_lines,
    model_of,
    precision,
    run,
)


class Blame(NamedTuple):
    """Why nothing fits.

    together: constraints that cannot hold together, none of which is superfluous. alone: those
    without which, all others kept, something fits. budget: the least that would pay for it, €;
    floor: the highest share that fits; None where that would not help.
    """

    together: tuple[str, ...]
    alone: tuple[str, ...]
    budget: float | None
    floor: float | None


def blame(problem: Problem, *, seconds: float = SECONDS) -> Blame | None:
    """Return which constraints cannot hold together; None where something fits.

    Each is left out in turn, and stays out where nothing fits all the same (a deletion filter, as
    for irreducible infeasible sets).
    """
    names = _names(problem)
    if _fits(problem, (), seconds):
        return None
    out: set[str] = set()
    for name in names:
        if not _fits(problem, out | {name}, seconds):
            out.add(name)
    together = tuple(name for name in names if name not in out)
    alone = tuple(name for name in together if _fits(problem, {name}, seconds))
    return Blame(together, alone, _least_budget(problem, seconds), _highest_floor(problem, seconds))


def _names(problem: Problem) -> list[str]:
    """Return the constraints that may be to blame; those kept longest are the easiest to change."""
    names = ["effects", "possible", "excludes", "needs", "variants"]
    names += [f"floor {zone}" for zone in problem.options.zones] if problem.floor else []
    return [*names, "budget", *(["upkeep"] if problem.upkeep is not None else [])]


def _fits(problem: Problem, relaxed: Collection[str], seconds: float) -> bool:
    model = model_of(problem, relaxed)
    return run(model, np.zeros(len(model.most)), seconds=seconds).variables is not None


def _least_budget(problem: Problem, seconds: float) -> float | None:
    """Return the least capital with which all else holds, floors staying at their amount."""
    model, capital = model_of(problem, {"budget"}), problem.options.capital[:, CENTRAL]
    found = run(model, -aim_of(model, capital), gap=precision(problem), seconds=seconds).variables
    return None if found is None else float(found[: model.options] @ capital)


def _highest_floor(problem: Problem, seconds: float) -> float | None:
    if problem.floor is None or problem.floor.of != "budget" or problem.budget == 0:
        return None
    bare = model_of(replace(problem, floor=None))
    last = len(bare.most)
    lines = [
        Line(
            line.name,
            np.append(line.columns, last),
            np.append(line.coefficients, -problem.budget),
            0.0,
            math.inf,
        )
        for line in floor_lines(problem, problem.floor, total=last)
    ]
    aim = np.append(np.zeros(last), 1.0)
    found = run(bare, aim, more=lines, free=1, gap=precision(problem), seconds=seconds).variables
    # Rounded down: what is said must fit.
    share = None if found is None else math.floor(float(found[last]) * 1e6) / 1e6
    return None if share is None or share < 0 else share
