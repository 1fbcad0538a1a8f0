"""The plan that is least regretted, whatever turns out: effects, costs and weights vary.

The regret of a plan in a scenario is the share that it loses of what could have been had, were the
scenario known. Shares, because weighed and unweighed benefits have different sizes.

Source: Savage 1951, J. of the American Statistical Association 46; Kouvelis & Yu 1997, Robust
Discrete Optimization (relative robustness).
"""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.equity import ELASTICITY, Groups, weighed
from labo.estimate import Estimate
from labo.portfolio import (
    CENTRAL,
    SECONDS,
    Line,
    Model,
    NoAnswer,
    Problem,
    best,
    holds,
    model_of,
    precision,
    run,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOW, HIGH = 0, 2
# The measures whose effect is doubted one by one: those with the most to give.
MOST_MEASURES = 8
# Where options are many, what is kept is made large to this share of it.
REGRET_GAP = 1e-3


@dataclass(frozen=True)
class Scenario:
    """A way in which things may turn out: value and costs of one of each option, (options,).

    `value` is NaN where it is not known. `kind` is "centre", "weights", "effects", "measure", or
    another; `label` says which.
    """

    kind: str
    label: str
    value: Floats
    capital: Floats
    upkeep: Floats
    probability: float = 1.0


class Robust(NamedTuple):
    """The plan whose largest regret is smallest, and what it is in each scenario.

    quantities: (options,). regrets: of each scenario, 0 to 1. expected: their mean, by probability.
    possible: the value of the best plan of each scenario. bound: no plan has a smaller largest
    regret than this.
    """

    scenarios: tuple[Scenario, ...]
    quantities: Ints
    regrets: Floats
    possible: Floats
    expected: float
    bound: float

    @property
    def largest(self) -> float:
        """The regret where it is largest."""
        return float(self.regrets.max())


def scenarios_of(
    problem: Problem,
    groups: Groups | None = None,
    elasticity: Estimate = ELASTICITY,
    *,
    costs: int = CENTRAL,
) -> tuple[Scenario, ...]:
    """Return the declared scenarios of a problem, one doubt at a time, around the central one.

    Weights: none, and both ends of the elasticity. Effects: all low, all high, then each of the
    MOST_MEASURES measures with the most to give at its low end alone. All have one level of costs,
    `costs`: LOW, CENTRAL or HIGH. Scenarios of several levels may be put together; a plan must then
    fit in the dearest, and is held against what the cheapest would have bought.
    """
    options = problem.options
    table = options.benefit if problem.objective == "benefit" else problem.equity
    paid = (options.capital[:, costs], options.upkeep[:, costs])
    centre = Scenario("centre", "", table[:, CENTRAL], *paid)
    found = [centre]
    if problem.objective == "equity":
        unweighed = np.where(np.isnan(centre.value), np.nan, options.benefit[:, CENTRAL])
        found.append(replace(centre, kind="weights", label="0", value=unweighed))
        for e in (elasticity.low, elasticity.high) if groups is not None else ():
            value = weighed(options, groups, e)[:, CENTRAL]
            found.append(replace(centre, kind="weights", label=f"{e:g}", value=value))
    for label, end in (("low", LOW), ("high", HIGH)):
        found.append(replace(centre, kind="effects", label=label, value=table[:, end]))
    measures = np.array(options.measures, dtype=object)
    hopes = np.nan_to_num(centre.value) * options.most
    totals = {m: float(hopes[measures == m].sum()) for m in sorted(set(options.measures))}
    totals = {m: total for m, total in totals.items() if total > 0}
    doubted = sorted(totals, key=lambda m: (-totals[m], m))[:MOST_MEASURES]
    for measure in doubted if len(totals) > 1 else ():
        value = np.where(measures == measure, table[:, LOW], centre.value)
        found.append(replace(centre, kind="measure", label=measure, value=value))
    return tuple(found)


def robust(
    problem: Problem, scenarios: Sequence[Scenario], *, seconds: float = SECONDS
) -> Robust | None:
    """Return the plan that is least regretted; None where no plan fits in every scenario.

    It holds the budgets whatever the costs of the scenarios. Among plans of the same largest regret
    it has the smallest mean regret. A scenario in which there is nothing to gain is not regretted.

    Args:
        problem: what must hold; the floor is read at central costs.
        scenarios: at least one.
        seconds: for each program.
    """
    gap = precision(problem)
    possible = np.zeros(len(scenarios))
    candidates: list[Ints] = []
    for k, scenario in enumerate(scenarios):
        alone = _model(problem, [scenario])
        plan = best(alone, scenario.value, np.zeros(alone.options), gap, seconds)
        if plan is None:
            return None
        possible[k] = max(0.0, plan.value)
        candidates.append(plan.quantities)
    values = np.array([np.nan_to_num(scenario.value) for scenario in scenarios])
    gains = np.divide(
        values, possible[:, None], out=np.zeros_like(values), where=possible[:, None] > 0
    )
    weights = np.array([scenario.probability for scenario in scenarios])
    weights = weights / weights.sum()
    model = _model(problem, scenarios)
    candidates = [plan for plan in candidates if holds(model, plan)]
    found = _kept(model, gains, possible, weights, gap, seconds, candidates)
    if found is None:
        return None
    chosen, bound = found
    regrets = regrets_of(chosen, gains, possible)
    return Robust(
        tuple(scenarios),
        chosen,
        regrets,
        possible,
        float(weights @ regrets),
        min(float(regrets.max()), max(0.0, 1.0 - bound)),
    )


def _kept(
    model: Model,
    gains: Floats,
    possible: Floats,
    weights: Floats,
    gap: float,
    seconds: float,
    candidates: list[Ints],
) -> tuple[Ints, float] | None:
    """Return the plan that keeps most where it keeps least, then most on average; and the bound.

    What is kept is 1 − regret. Where time runs out, the best plan of a single scenario stands in.

    Raises:
        NoAnswer: time runs out, and no such plan fits.
    """
    lines, last = _shares_kept(model, gains, possible), len(model.most)
    precise = REGRET_GAP if gap > 0 else 0.0
    aim, bound = np.append(np.zeros(last), 1.0), 1.0
    plans = list(candidates)
    try:
        worst = run(model, aim, more=lines, free=1, gap=precise, seconds=seconds)
    except NoAnswer:
        if not plans:
            raise
    else:
        if worst.variables is None:
            return None
        bound = worst.bound
        plans.append(_quantities(model, worst.variables))
    least = min(float(regrets_of(plan, gains, possible).max()) for plan in plans)
    held = Line("aim", np.array([last]), np.ones(1), 1.0 - least - 1e-9, math.inf)
    aim = np.append(np.zeros(last), 0.0)
    aim[: model.options] = weights @ gains
    with contextlib.suppress(NoAnswer):
        again = run(model, aim, more=[*lines, held], free=1, gap=precise, seconds=seconds)
        if again.variables is not None:
            plans.append(_quantities(model, again.variables))

    def regretted(plan: Ints) -> tuple[float, float]:
        regrets = regrets_of(plan, gains, possible)
        # Rounding must not decide between plans of the same largest regret.
        return max(float(regrets.max()), least + 1e-8), float(weights @ regrets)

    return min(plans, key=regretted), bound


def _quantities(model: Model, variables: Floats) -> Ints:
    return np.rint(variables[: model.options]).astype(np.int64)


def regrets_of(quantities: Ints, gains: Floats, possible: Floats) -> Floats:
    """Return the regret of a plan in each scenario; `gains` are shares of what was possible."""
    regrets: Floats = np.where(possible > 0, 1.0 - gains @ quantities, 0.0)
    return np.maximum(regrets, 0.0)


def _model(problem: Problem, scenarios: Sequence[Scenario]) -> Model:
    """Return the program in which the costs of every scenario fit."""
    costs: dict[bytes, tuple[Floats, Floats]] = {}
    for scenario in scenarios:
        key = scenario.capital.tobytes() + scenario.upkeep.tobytes()
        costs[key] = (scenario.capital, scenario.upkeep)
    return model_of(problem, costs=list(costs.values()))


def _shares_kept(model: Model, gains: Floats, possible: Floats) -> list[Line]:
    """Return, for each scenario, kept ≤ Σ quantity × gain; `kept` comes after all variables."""
    last = len(model.most)
    lines = [Line("kept", np.array([last]), np.ones(1), -math.inf, 1.0)]
    for gain, there in zip(gains, possible, strict=True):
        if there > 0:
            columns = np.flatnonzero(gain)
            coefficients = np.append(gain[columns], -1.0)
            lines.append(Line("kept", np.append(columns, last), coefficients, 0.0, math.inf))
    return lines
