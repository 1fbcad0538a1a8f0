"""Chooses measures under a budget, with a fairness floor: exact answers, or with a stated gap.

A portfolio is how many of each option to take. Constraints are linear, so a mixed-integer program
(HiGHS, through scipy) finds the best one and proves it; what it returns is rounded and checked
again here. Where nothing fits, `labo.blame` says which constraints cannot hold together.
"""

import contextlib
import math
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput, LaboError
from labo.options import Options

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objective = Literal["benefit", "equity"]

CENTRAL = 1
# Up to so many options the answer is proved exactly; above, to GAP of its value.
EXACT_OPTIONS = 60
GAP = 1e-4
# What a meeting waits for. Beyond it the best plan found is given with its gap.
SECONDS = 20.0
# What floats may owe to rounding, against the size of the constraint.
TOLERANCE = 1e-9
# HiGHS holds rows, whole numbers and objectives to 1e-6, whatever their unit: objectives are
# brought to this size, and what is proved is proved to PROVED of the value.
SIZE = 1e5
PROVED = 1e-6
REPAIRS = 7


@dataclass(frozen=True)
class Floor:
    """At least this share of something for each neighbourhood that has an option.

    "budget": of the whole budget, spent there; "benefit": of the plan's environmental benefit.
    """

    share: float
    of: Literal["budget", "benefit"] = "budget"


@dataclass(frozen=True)
class Problem:
    """What is to be chosen from and what must hold.

    Args:
        options: what there is.
        equity: benefit weighed by who has it, of one of each, (options, 3), NaN where not known
            (`labo.equity.weighed`).
        budget: capital, €. upkeep: € per year; None: not limited.
        floor: for each neighbourhood; None: none.
        objective: what is made as large as can be.

    Raises:
        BadInput: an amount that is none, or a floor that no budget could pay.
    """

    options: Options
    equity: Floats
    budget: float
    upkeep: float | None = None
    floor: Floor | None = None
    objective: Objective = "equity"

    def __post_init__(self) -> None:
        for name, amount in (("budget", self.budget), ("yearly upkeep", self.upkeep)):
            if amount is not None and not 0 <= amount < math.inf:
                raise BadInput(f"A {name} of {amount:g} €: give an amount, 0 or more.")
        if self.equity.shape != (len(self.options), 3):
            raise BadInput(f"Equity is {self.equity.shape} for {len(self.options)} options.")
        if self.floor is not None:
            share, zones = self.floor.share, len(self.options.zones)
            if not 0 <= share <= 1:
                raise BadInput(f"A floor of {share:g}: give a share, 0 to 1.")
            if share * zones > 1 + TOLERANCE:
                raise BadInput(
                    f"A floor of {share:.4g} for each of {zones} neighbourhoods is "
                    f"{share * zones:.0%} of the {self.floor.of}: {1 / zones:.4g} is the most that "
                    "can be shared out."
                )

    @property
    def value(self) -> Floats:
        """What is made as large as can be, of one of each option, (options,); NaN: not known."""
        table = self.options.benefit if self.objective == "benefit" else self.equity
        return table[:, CENTRAL]


class Plan(NamedTuple):
    """How many of each option, (options,), and how sure it is that no list has more.

    value: what was made as large as can be. bound: what no plan passes. Where `exact` is false,
    the best plan may have up to `gap` of the value more.
    """

    quantities: Ints
    value: float
    bound: float
    gap: float

    @property
    def exact(self) -> bool:
        """Whether no plan has more."""
        return self.gap <= PROVED


# The program


class Line(NamedTuple):
    """A constraint: low ≤ coefficients · variables ≤ high. `name` is that of its kind.

    `columns` are the variables of `coefficients`; those of a model are the quantities, then a yes
    or no for each option of which there may be several and that others depend on.
    """

    name: str
    columns: Ints
    coefficients: Floats
    low: float
    high: float


@dataclass(frozen=True)
class Model:
    """A program ready to be solved: constraints, and how many of each variable there may be.

    Variables are the quantities (`options` of them), a yes or no for each of `several`, and the
    sum of quantities times each of `sums`, (sums, options).
    """

    lines: tuple[Line, ...]
    most: Floats
    options: int
    several: Ints = field(repr=False)
    sums: Floats = field(repr=False)

    def filled(self, quantities: Ints) -> Floats:
        """Return all variables of a plan."""
        return np.concatenate([quantities, quantities[self.several] > 0, self.sums @ quantities])


def model_of(
    problem: Problem,
    relaxed: Collection[str] = (),
    costs: Sequence[tuple[Floats, Floats]] | None = None,
) -> Model:
    """Return the program of a problem.

    Args:
        problem: what must hold.
        relaxed: names of constraints that are left out: "budget", "upkeep", "variants", "needs",
            "excludes", "possible", "effects", "floor <zone>".
        costs: capital and upkeep of one of each, (options,) each: every one of them must fit. The
            central costs if not given.
    """
    options, count = problem.options, len(problem.options)
    most = options.most.astype(np.float64)
    if "possible" in relaxed:
        most = np.array([row.most for row in options.rows], dtype=np.float64)
    if "effects" not in relaxed:
        most = np.where(np.isnan(problem.value), 0.0, most)
    tied = _tied(options, relaxed)
    several = np.array([i for i in sorted(tied) if options.rows[i].most > 1], dtype=np.int64)
    taken = {i: i for i in tied} | {int(i): count + k for k, i in enumerate(several)}
    lines: list[Line] = []
    for i in several:
        pair = np.array([i, taken[int(i)]])
        limit = float(options.rows[i].most)
        lines.append(Line("number", pair, np.array([1.0, -limit]), -math.inf, 0.0))
        lines.append(Line("number", pair, np.array([1.0, -1.0]), 0.0, math.inf))
    given = costs or [(options.capital[:, CENTRAL], options.upkeep[:, CENTRAL])]
    for capital, upkeep in given:
        if "budget" not in relaxed:
            lines.append(_line("budget", capital, -math.inf, problem.budget))
        if problem.upkeep is not None and "upkeep" not in relaxed:
            lines.append(_line("upkeep", upkeep, -math.inf, problem.upkeep))
    lines += _logic(options, taken, relaxed)
    sums = np.zeros((0, count))
    if problem.floor is not None and problem.floor.share > 0:
        if problem.floor.of == "benefit":
            sums = _shared(problem)[None, :]
            # The total is a variable: a row of all options per neighbourhood would be slow.
            every = _line("total", np.append(sums[0], np.zeros(len(several))), 0.0, 0.0)
            columns = np.append(every.columns, count + len(several))
            lines.append(Line("total", columns, np.append(every.coefficients, -1.0), 0.0, 0.0))
        asked = floor_lines(problem, problem.floor, total=count + len(several))
        lines += [line for line in asked if line.name not in relaxed]
    counts = np.concatenate([most, np.ones(len(several)), np.full(len(sums), math.inf)])
    return Model(tuple(lines), counts, count, several, sums)


def _shared(problem: Problem) -> Floats:
    """Return the benefit of one of each option, of the size that HiGHS expects."""
    benefit = np.nan_to_num(problem.options.benefit[:, CENTRAL])
    most = np.array([row.most for row in problem.options.rows])
    return benefit * SIZE / max(1e-300, float(np.abs(benefit * most).sum()))


def _line(name: str, coefficients: Floats, low: float, high: float) -> Line:
    columns = np.flatnonzero(coefficients)
    return Line(name, columns, coefficients[columns], low, high)


def _tied(options: Options, relaxed: Collection[str]) -> set[int]:
    """Return the options on which others depend."""
    tied: set[int] = set()
    for i, row in enumerate(options.rows):
        if row.variant_group and "variants" not in relaxed:
            tied.add(i)
        for name, others in (("needs", row.needs), ("excludes", row.excludes)):
            if others and name not in relaxed:
                tied |= {i, *(options.place[other] for other in others)}
    return tied


def variants(options: Options) -> dict[tuple[str, str, str], list[int]]:
    """Return the options of each zone, site and variant group."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for i, row in enumerate(options.rows):
        if row.variant_group:
            groups.setdefault((row.zone, row.site, row.variant_group), []).append(i)
    return groups


def _logic(options: Options, taken: dict[int, int], relaxed: Collection[str]) -> Iterable[Line]:
    if "variants" not in relaxed:
        for members in variants(options).values():
            if len(members) > 1:
                columns = np.array([taken[i] for i in members])
                yield Line("variants", columns, np.ones(len(members)), -math.inf, 1.0)
    for i, row in enumerate(options.rows):
        for name, others, sign, high in (
            ("needs", row.needs, -1.0, 0.0),
            ("excludes", row.excludes, 1.0, 1.0),
        ):
            for other in others if name not in relaxed else ():
                pair = np.array([taken[i], taken[options.place[other]]])
                yield Line(name, pair, np.array([1.0, sign]), -math.inf, high)


def floor_lines(problem: Problem, floor: Floor, total: int) -> list[Line]:
    """Return what the floor asks of each neighbourhood; `total` is the variable of the benefit."""
    options = problem.options
    lines = []
    for zone in options.zones:
        inside, name = options.in_zone(zone), f"floor {zone}"
        if floor.of == "budget":
            spent = np.where(inside, options.capital[:, CENTRAL], 0.0)
            lines.append(_line(name, spent, floor.share * problem.budget, math.inf))
        else:
            here = _line(name, np.where(inside, _shared(problem), 0.0), 0.0, math.inf)
            columns = np.append(here.columns, total)
            share = np.append(here.coefficients, -floor.share)
            lines.append(Line(name, columns, share, 0.0, math.inf))
    return lines


class NoAnswer(LaboError):
    """Nothing was found in the time given, and nothing proves that there is nothing."""


# When the programs of this thread must be done, on the clock of `time.monotonic`.
_END: ContextVar[float] = ContextVar("end", default=math.inf)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all the programs that run inside so many seconds together; then `run` has no answer."""
    token = _END.set(min(_END.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _END.reset(token)


class Found(NamedTuple):
    """What HiGHS says: variables, or None where nothing fits; the bound of the objective."""

    variables: Floats | None
    bound: float
    gap: float


def run(
    model: Model,
    aim: Floats,
    *,
    more: Sequence[Line] = (),
    free: int = 0,
    gap: float = 0.0,
    seconds: float = SECONDS,
) -> Found:
    """Make `aim` · variables as large as can be.

    Args:
        model: quantities and yes or no.
        aim: (variables + free,).
        more: further constraints.
        free: how many continuous variables, of either sign, come after those of the model.
        gap: share of the value to which it is proved.
        seconds: after which the best so far is given.

    Raises:
        NoAnswer: none in this time.
    """
    from scipy import optimize, sparse

    lines = [*model.lines, *more]
    size = len(model.most) + free
    kinds = np.zeros(size)
    kinds[: model.options + len(model.several)] = 1
    highest = np.concatenate([model.most, np.full(free, math.inf)])
    lowest = np.zeros(size)
    lowest[len(model.most) - len(model.sums) :] = -math.inf
    low = np.array([line.low for line in lines])
    high = np.array([line.high for line in lines])
    table = sparse.csr_array(
        (
            np.concatenate([line.coefficients for line in lines] or [np.zeros(0)]),
            np.concatenate([line.columns for line in lines] or [np.zeros(0, dtype=np.int64)]),
            np.cumsum([0, *(len(line.columns) for line in lines)]),
        ),
        shape=(len(lines), size),
    )
    lower, upper = low, high
    # Its presolve has called programs infeasible that are not, where a bound is small beside its
    # coefficients: exact answers go without, and nothing is said to be infeasible because of it.
    presolve, bound = gap > 0, math.inf
    for repair in range(REPAIRS):
        given: list[Any] = [optimize.LinearConstraint(table, lower, upper)] if lines else []
        left = min(seconds, _END.get() - time.monotonic())
        if left <= 0:
            raise NoAnswer("No time is left for this program: take fewer options.")
        result = optimize.milp(
            -aim,
            integrality=kinds,
            bounds=optimize.Bounds(lowest, highest),
            constraints=given,
            options={"mip_rel_gap": gap, "time_limit": left, "presolve": presolve},
        )
        if result.x is None and result.status != 1 and presolve:
            presolve = False
            continue
        if result.status == 2:
            return Found(None, -math.inf, 0.0)
        if result.x is None:
            raise NoAnswer(
                f"No plan was found in {seconds:g} seconds ({result.message.strip()}): take fewer "
                "options or a lower floor."
            )
        found = np.array(result.x, dtype=np.float64)
        quantities = np.rint(found[: model.options]).astype(np.int64)
        found[: len(model.most)] = model.filled(quantities)
        # Integers are found to 1e-6: once rounded, a large coefficient may pass its bound. And
        # HiGHS has called broken plans the best (scipy issue 24141): nothing is taken on trust.
        over = _excess(table @ found, low, high)
        if result.mip_dual_bound is not None:
            # What is tightened below may lose a plan: the bound stays that of the first program.
            bound = min(bound, -float(result.mip_dual_bound)) if repair == 0 else bound
        if not over.any():
            value = float(aim @ found)
            return Found(found, bound, max(0.0, bound - value) / max(abs(value), 1e-300))
        upper = upper - np.where(table @ found > high, 2 * over * 10.0**repair, 0.0)
        lower = lower + np.where(table @ found < low, 2 * over * 10.0**repair, 0.0)
    raise NoAnswer("No plan holds to the cent: round costs and benefits to whole numbers.")


def holds(model: Model, quantities: Ints) -> bool:
    """Say whether a plan breaks nothing of a program."""
    variables = model.filled(quantities)
    values = np.array([line.coefficients @ variables[line.columns] for line in model.lines])
    low, high = (np.array([line[k] for line in model.lines]) for k in (3, 4))
    within = bool((variables <= model.most).all() and (quantities >= 0).all())
    return within and not _excess(values, low, high).any()


def _excess(values: Floats, low: Floats, high: Floats) -> Floats:
    """Return by how much each constraint is broken, beyond what rounding may owe."""
    ends = np.where(np.isfinite(high), high, low)
    allowed = TOLERANCE * np.maximum(1.0, np.abs(ends))
    over: Floats = np.maximum(values - high, low - values)
    return np.where(over > allowed, over, 0.0)


def at_least(values: Floats, amount: float) -> Line:
    """Return the constraint that Σ quantity × value reaches an amount, but for rounding."""
    scale = SIZE / max(1.0, abs(amount))
    return _line("aim", values * scale, amount * scale - 1e-4, math.inf)


def precision(problem: Problem) -> float:
    """Return to which share of its value a plan is proved."""
    return 0.0 if len(problem.options) <= EXACT_OPTIONS else GAP


def aim_of(model: Model, values: Floats) -> Floats:
    """Return an objective over all variables, of the size that HiGHS expects; its scale is lost."""
    aim = np.zeros(len(model.most))
    most = model.most[: model.options]
    aim[: model.options] = np.where(most > 0, np.nan_to_num(values), 0.0)
    return aim / scale_of(model, aim)


def scale_of(model: Model, aim: Floats) -> float:
    """Return by what an objective is divided for HiGHS."""
    most = model.most[: model.options]
    return max(1e-300, float(np.abs(aim[: model.options] * most).sum())) / SIZE


def solve(problem: Problem, *, seconds: float = SECONDS) -> Plan | None:
    """Return the plan with the most of the objective, the cheapest of those; None: nothing fits.

    Up to EXACT_OPTIONS options it is proved exactly, above to GAP of its value.

    Raises:
        BadInput: no option has a value of the objective.
        NoAnswer: none in `seconds`.
    """
    value = problem.value
    if np.isnan(value).all():
        what = "a modelled effect" if problem.objective == "benefit" else "known beneficiaries"
        raise BadInput(f"No option has {what}: nothing can be compared.")
    model = model_of(problem)
    return best(model, value, problem.options.capital[:, CENTRAL], precision(problem), seconds)


def best(
    model: Model,
    value: Floats,
    cost: Floats,
    gap: float,
    seconds: float = SECONDS,
    more: Sequence[Line] = (),
) -> Plan | None:
    """Return the plan of most value, and of those the cheapest; None: nothing fits.

    Exactly if `gap` is 0: a second program looks for the cheapest. Otherwise the cost of the whole
    list weighs a tenth of the gap, so that money is not spent for nothing.
    """
    known = np.nan_to_num(value)
    aim, thrift = aim_of(model, known), 0.0
    if gap > 0:
        cheap = 0.1 * gap * aim_of(model, cost)
        aim = aim - cheap
        # What the objective may owe to the cost, at most: the bound must not forget it.
        paid = min((line.high for line in model.lines if line.name == "budget"), default=math.inf)
        thrift = min(paid / scale_of(model, cost), SIZE) * 0.1 * gap
    found = run(model, aim, more=more, gap=gap, seconds=seconds)
    if found.variables is None:
        return None
    quantities = np.rint(found.variables[: model.options]).astype(np.int64)
    top = float(quantities @ known)
    bound = max(top, (found.bound + thrift) * scale_of(model, known))
    if gap == 0 and bound - top <= PROVED * max(abs(top), 1.0):
        bound = top
        with contextlib.suppress(NoAnswer):
            held = [*more, at_least(known, top)]
            again = run(model, -aim_of(model, cost), more=held, seconds=seconds)
            if again.variables is not None:
                quantities = np.rint(again.variables[: model.options]).astype(np.int64)
    value_found = float(quantities @ known)
    return Plan(quantities, value_found, bound, (bound - value_found) / max(abs(bound), 1e-300))
