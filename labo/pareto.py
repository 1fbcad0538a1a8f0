"""Environment × justice: the plans that none beats on both, by ε-constraint.

One objective is made as large as can be while the other is held above a threshold, which is moved
from one plan to the next. On few options every such plan is found; on many, a stated number of
thresholds is tried, each to FRONT_GAP of its value.

Source: Haimes, Lasdon & Wismer 1971, IEEE Trans. SMC 1; Mavrotas 2009, Applied Mathematics and
Computation 213.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.portfolio import (
    CENTRAL,
    SECONDS,
    SIZE,
    Line,
    Model,
    NoAnswer,
    Problem,
    aim_of,
    best,
    model_of,
    run,
    scale_of,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Up to so many options every plan of the front is looked for, up to MOST_POINTS of them.
WHOLE_OPTIONS = 40
MOST_POINTS = 200
POINTS = 20
# To which share of its value each of them is looked for.
FRONT_GAP = 3e-4
# Two plans closer than this share of all there is are one.
STEP = 1e-8


class Point(NamedTuple):
    """A plan of the front: how many of each option, and the central values of both objectives."""

    quantities: Ints
    benefit: float
    equity: float


class Front(NamedTuple):
    """Points from the most equity to the most benefit; none has more of both than another.

    whole: no other plan belongs to the front. gap: to which share of its value each was looked for.
    """

    points: tuple[Point, ...]
    whole: bool
    gap: float


def front(problem: Problem, points: int = POINTS, *, seconds: float = SECONDS) -> Front:
    """Return the plans that no other beats on both benefit and equity; none where nothing fits.

    Options of which one of the two is not known are left out.

    Args:
        problem: what must hold; its objective does not matter.
        points: how many thresholds are tried where there are many options.
        seconds: for each program.
    """
    both = (problem.options.benefit[:, CENTRAL], problem.equity[:, CENTRAL])
    known = ~np.isnan(both[0]) & ~np.isnan(both[1])
    model = model_of(problem)
    most = model.most.copy()
    most[: model.options] = np.where(known, most[: model.options], 0.0)
    model = Model(model.lines, most, model.options, model.several, model.sums)
    benefit, equity = (np.where(known, values, 0.0) for values in both)
    if len(problem.options) <= WHOLE_OPTIONS:
        return _every(model, benefit, equity, seconds)
    return _some(model, benefit, equity, points, FRONT_GAP, seconds)


def _every(model: Model, benefit: Floats, equity: Floats, seconds: float) -> Front:
    found: list[Point] = []
    more: list[Line] = []
    while len(found) < MOST_POINTS:
        quantities = _first_then(model, equity, benefit, more, seconds)
        if quantities is None:
            return Front(tuple(undominated(found)), True, 0.0)
        found.append(Point(quantities, float(quantities @ benefit), float(quantities @ equity)))
        more = [_beyond(model, benefit, found[-1].benefit, 1.0)]
    return Front(tuple(undominated(found)), False, 0.0)


def _first_then(
    model: Model, first: Floats, then: Floats, more: list[Line], seconds: float
) -> Ints | None:
    """Return the plan with the most of `first`, and of those the one with the most of `then`."""
    top = _largest(model, first, more, 0.0, seconds)
    if top is None:
        return None
    held = _beyond(model, first, float(top @ first), -1.0)
    try:
        again = _largest(model, then, [*more, held], 0.0, seconds)
    except NoAnswer:
        return top
    return top if again is None else again


def _largest(
    model: Model, values: Floats, more: list[Line], gap: float, seconds: float
) -> Ints | None:
    found = run(model, aim_of(model, values), more=more, gap=gap, seconds=seconds).variables
    return None if found is None else np.rint(found[: model.options]).astype(np.int64)


def _beyond(model: Model, values: Floats, amount: float, steps: float) -> Line:
    """Return the constraint that Σ quantity × value passes an amount by some steps."""
    scale = scale_of(model, values)
    columns = np.flatnonzero((values != 0) & (model.most[: model.options] > 0))
    low = amount / scale + steps * STEP * SIZE
    return Line("aim", columns, values[columns] / scale, low, np.inf)


def _some(
    model: Model, benefit: Floats, equity: Floats, points: int, gap: float, seconds: float
) -> Front:
    """Return the points of evenly spaced thresholds; the other objective breaks ties."""
    ends = []
    for first, then in ((equity, benefit), (benefit, equity)):
        mixed = aim_of(model, first) + gap * aim_of(model, then)
        found = run(model, mixed, gap=gap, seconds=seconds).variables
        if found is None:
            return Front((), True, gap)
        ends.append(np.rint(found[: model.options]).astype(np.int64))
    mixed = equity / scale_of(model, equity) + gap * benefit / scale_of(model, benefit)
    low, high = (float(end @ benefit) for end in ends)
    plans = [*ends]
    for threshold in np.linspace(low, high, points)[1:-1] if high > low else ():
        more = [_beyond(model, benefit, float(threshold), -1.0)]
        plan = best(model, mixed, np.zeros(model.options), gap, seconds, more)
        if plan is not None:
            plans.append(plan.quantities)
    found_points = [Point(q, float(q @ benefit), float(q @ equity)) for q in plans]
    return Front(tuple(undominated(found_points)), False, gap)


def undominated(points: list[Point]) -> list[Point]:
    """Return the points that no other beats, from the most equity to the most benefit; one each."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (-p.equity, -p.benefit)):
        if not kept or point.benefit > kept[-1].benefit:
            kept.append(point)
    return kept
