"""The plan that is least regretted, whatever turns out: effects, costs and weights vary.

The regret of a plan in a scenario is the share that it loses of what could have been had, were the
scenario known. Shares, because weighed and unweighed benefits have different sizes.

Source: Savage 1951, J. of the American Statistical Association 46; Kouvelis & Yu 1997, Robust
Discrete Optimization (relative robustness).
"""

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
    EXACT_OPTIONS,
    SECONDS,
    Line,
    Model,
    Problem,
    best,
    model_of,
    precision,
    run,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOW, HIGH = 0, 2
# The measures whose effect is doubted one by one: those with the most to give.
MOST_MEASURES = 8
# Where options are many, regret is made small to this much of what could have been had.
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
    for k, scenario in enumerate(scenarios):
        alone = _model(problem, [scenario])
        plan = best(alone, scenario.value, np.zeros(alone.options), gap, seconds)
        if plan is None:
            return None
        possible[k] = max(0.0, plan.value)
    values = np.array([np.nan_to_num(scenario.value) for scenario in scenarios])
    gains = np.divide(
        values, possible[:, None], out=np.zeros_like(values), where=possible[:, None] > 0
    )
    model = _model(problem, scenarios)
    exact = len(problem.options) <= EXACT_OPTIONS
    worst = run(
        model,
        np.append(np.zeros(len(model.most)), -1.0),
        more=_regrets(model, gains, possible),
        free=1,
        gap=0.0 if exact else REGRET_GAP,
        seconds=seconds,
    )
    if worst.variables is None:
        return None
    top = max(0.0, float(worst.variables[-1]))
    weights = np.array([scenario.probability for scenario in scenarios])
    weights = weights / weights.sum()
    aim = np.append(np.zeros(len(model.most)), 0.0)
    aim[: model.options] = weights @ gains
    held = _regrets(model, gains, possible)
    last = Line("aim", np.array([len(model.most)]), np.ones(1), -math.inf, top + 1e-9)
    found = run(
        model, aim, more=[*held, last], free=1, gap=0.0 if exact else REGRET_GAP, seconds=seconds
    ).variables
    chosen = worst.variables if found is None else found
    quantities = np.rint(chosen[: model.options]).astype(np.int64)
    regrets = regrets_of(quantities, gains, possible)
    return Robust(
        tuple(scenarios),
        quantities,
        regrets,
        possible,
        float(weights @ regrets),
        min(float(regrets.max()), max(0.0, -worst.bound)),
    )


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


def _regrets(model: Model, gains: Floats, possible: Floats) -> list[Line]:
    """Return, for each scenario, 1 − Σ quantity × gain ≤ regret, the variable after all others."""
    lines = []
    for gain, there in zip(gains, possible, strict=True):
        if there > 0:
            columns = np.append(np.flatnonzero(gain), len(model.most))
            coefficients = np.append(gain[np.flatnonzero(gain)], 1.0)
            lines.append(Line("regret", columns, coefficients, 1.0, math.inf))
    return lines
