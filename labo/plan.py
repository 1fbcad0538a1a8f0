"""Evaluates a list of options as it is: what it costs and gives, and what it breaks, by how much.

The group's own list comes first; a computed list is read with the same functions, as a second
opinion, and the two are compared line by line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from labo.options import Options
from labo.portfolio import CENTRAL, TOLERANCE, Problem, variants
from labo.ranges import NIL, Range, added, sure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# What a plan gives once its options act together, in the unit of the options.
Joint = Callable[[Options, Ints], Range]
Broken = Literal["budget", "upkeep", "variants", "possible", "number", "needs", "excludes", "floor"]


class Violation(NamedTuple):
    """A constraint that a list breaks: of which option, zone or site, and by how much.

    `by` is in euros, euros per year, options too many, or (floor) the share that is missing.
    """

    constraint: Broken
    where: str
    by: float
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """What a list costs and gives.

    capital, upkeep: every cost at its low, its high end. benefit, equity: the sums of the effects
    that are modelled. joint: the benefit once options act together. missed: options without a
    modelled effect, in none of these sums. unweighed: options whose benefit is known and its equity
    is not. dear: by how much the budget is passed where every cost is at its high end. zones: what
    is spent and gained in each neighbourhood, central.
    """

    quantities: Ints
    capital: Range
    upkeep: Range
    benefit: Range
    equity: Range
    joint: Range
    missed: tuple[str, ...]
    unweighed: tuple[str, ...]
    violations: tuple[Violation, ...]
    dear: float
    zones: dict[str, tuple[float, float]]

    @property
    def overlap(self) -> float:
        """What the sum of effects counts twice."""
        return self.benefit.central - self.joint.central


def evaluate(problem: Problem, quantities: Ints, joint: Joint | None = None) -> Evaluation:
    """Return what a list costs and gives, with ranges, and what it breaks.

    Args:
        problem: budget, floor and options.
        quantities: how many of each option, (options,).
        joint: what the list gives once its options act together; `with_overlap` if not given.
    """
    options = problem.options
    modelled = np.where(options.modelled, quantities, 0)
    weighed = np.where(np.isnan(problem.equity[:, CENTRAL]), 0, quantities)
    capital = added(quantities, options.capital)
    benefit = added(modelled, np.nan_to_num(options.benefit), options.measures)
    chosen = quantities > 0
    given = (joint or with_overlap)(options, quantities)
    spent = options.capital[:, CENTRAL] * quantities
    gained = np.nan_to_num(options.benefit[:, CENTRAL]) * quantities
    return Evaluation(
        quantities=quantities,
        capital=capital,
        upkeep=added(quantities, options.upkeep),
        benefit=benefit,
        equity=added(weighed, np.nan_to_num(problem.equity), options.measures),
        joint=given,
        missed=_ids(options, chosen & ~options.modelled),
        unweighed=_ids(options, chosen & options.modelled & np.isnan(problem.equity[:, CENTRAL])),
        violations=tuple(_violations(problem, quantities)),
        dear=max(0.0, capital.high - problem.budget),
        zones={
            zone: (float(spent @ inside), float(gained @ inside))
            for zone in options.zones
            for inside in (options.in_zone(zone),)
        },
    )


def _ids(options: Options, which: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(options.rows[i].id for i in np.flatnonzero(which))


def _violations(problem: Problem, quantities: Ints) -> list[Violation]:
    options, rows = problem.options, problem.options.rows
    found: list[Violation] = []
    for name, limit, costs in (
        ("budget", problem.budget, options.capital),
        ("upkeep", problem.upkeep, options.upkeep),
    ):
        over = float(quantities @ costs[:, CENTRAL]) - (np.inf if limit is None else limit)
        if over > TOLERANCE * max(1.0, limit or 0.0):
            found.append(Violation("budget" if name == "budget" else "upkeep", "", over, ""))
    for i in np.flatnonzero(quantities):
        if not rows[i].feasible:
            found.append(Violation("possible", rows[i].id, float(quantities[i]), rows[i].reason))
        elif quantities[i] > rows[i].most:
            more = float(quantities[i] - rows[i].most)
            found.append(Violation("number", rows[i].id, more, f"{rows[i].most}"))
        for other in rows[i].needs:
            if not quantities[options.place[other]]:
                found.append(Violation("needs", rows[i].id, 1.0, other))
        for other in rows[i].excludes:
            if quantities[options.place[other]]:
                found.append(Violation("excludes", rows[i].id, 1.0, other))
    for (_, site, _), members in variants(options).items():
        taken = [rows[i].id for i in members if quantities[i]]
        if len(taken) > 1:
            found.append(Violation("variants", site, float(len(taken) - 1), ", ".join(taken)))
    return found + _short(problem, quantities)


def _short(problem: Problem, quantities: Ints) -> list[Violation]:
    """Return the neighbourhoods that have less than the floor, with the share that they lack."""
    options, floor = problem.options, problem.floor
    if floor is None:
        return []
    table = options.capital if floor.of == "budget" else np.nan_to_num(options.benefit)
    amounts = table[:, CENTRAL] * quantities
    whole = problem.budget if floor.of == "budget" else float(amounts.sum())
    found = []
    for zone in options.zones:
        lacking = floor.share * whole - float(amounts @ options.in_zone(zone))
        if lacking > TOLERANCE * max(1.0, whole):
            share = lacking / whole if whole > 0 else 0.0
            found.append(Violation("floor", zone, share, ""))
    return found


def with_overlap(options: Options, quantities: Ints) -> Range:
    """Return the benefit with what the options say they lose beside others.

    The largest of a neighbourhood counts whole. The largest of another site there loses its
    `overlap_zone`, and any other of a site its `overlap_site`. What raises nothing is not larger.
    """
    rows = options.rows
    central = np.where(options.modelled, np.nan_to_num(options.benefit[:, CENTRAL]) * quantities, 0)
    kept = np.ones(len(rows))
    sites: set[tuple[str, str]] = set()
    zones: set[str] = set()
    for i in sorted(np.flatnonzero(central > 0), key=lambda i: (-central[i], rows[i].id)):
        place = (rows[i].zone, rows[i].site)
        if place in sites:
            kept[i] -= rows[i].overlap_site
        elif rows[i].zone in zones:
            kept[i] -= rows[i].overlap_zone
        sites.add(place)
        zones.add(rows[i].zone)
    counted = np.where(options.modelled, quantities * kept, 0.0)
    return added(counted, np.nan_to_num(options.benefit), options.measures)


# Two lists


class Difference(NamedTuple):
    """What a list has more than another: what both hold cancels out, and the rest has its range."""

    capital: Range
    upkeep: Range
    benefit: Range
    equity: Range

    @property
    def sure_benefit(self) -> bool:
        """Whether the environmental benefits can be told apart; « non distinguables » if not."""
        return sure(self.benefit)

    @property
    def sure_equity(self) -> bool:
        """Whether the weighed benefits can be told apart."""
        return sure(self.equity)


def difference(problem: Problem, one: Ints, two: Ints) -> Difference:
    """Return what the list `one` has more than `two`."""
    options = problem.options
    more = one - two
    weighed = np.where(np.isnan(problem.equity[:, CENTRAL]), 0, more)
    return Difference(
        added(more, options.capital),
        added(more, options.upkeep),
        added(
            np.where(options.modelled, more, 0), np.nan_to_num(options.benefit), options.measures
        ),
        added(weighed, np.nan_to_num(problem.equity), options.measures),
    )


class Change(NamedTuple):
    """An option of which two lists hold different numbers, and why.

    `per_euro` is of the objective. `why` is one of: "impossible", "no effect", "variant",
    "exclusion", "need", "floor"; "dearer", for less of the objective per euro than the middle of
    what came in, or "no room"; "better", for more of it than the middle of what went, or "room",
    which fills what is left. `other` names what goes with it: the variant taken instead, the zone
    whose floor it fills.
    """

    option: str
    own: int
    computed: int
    capital: Range
    benefit: Range
    per_euro: float | None
    why: str
    other: str


def changes(problem: Problem, own: Ints, computed: Ints, free: Ints | None = None) -> list[Change]:
    """Return each option of which the two lists hold different numbers, with the reason.

    Args:
        problem: what must hold.
        own: how many of each option, (options,).
        computed: likewise.
        free: what is computed without the floor; without it no option is said to be there for it.
    """
    options = problem.options
    capital = options.capital[:, CENTRAL]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(capital > 0, problem.value / capital, np.nan)
    gone, come = np.flatnonzero(computed < own), np.flatnonzero(computed > own)
    left, entered = _median(each[gone]), _median(each[come])
    found = []
    for i in [*gone.tolist(), *come.tolist()]:
        step = int(computed[i] - own[i])
        why, other = (
            _why_gone(problem, i, own, computed, each[i], entered)
            if step < 0
            else _why_come(problem, i, own, computed, free, each[i], left)
        )
        benefit = NIL
        if options.modelled[i]:
            benefit = added([step], options.benefit[i])
        found.append(
            Change(
                options.rows[i].id,
                int(own[i]),
                int(computed[i]),
                added([step], options.capital[i]),
                benefit,
                None if np.isnan(each[i]) else float(each[i]),
                why,
                other,
            )
        )
    return found


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def _why_gone(
    problem: Problem, i: int, own: Ints, computed: Ints, each: float, entered: float
) -> tuple[str, str]:
    options, row = problem.options, problem.options.rows[i]
    if not row.feasible or own[i] > row.most:
        return "impossible", row.reason or f"{row.most}"
    if np.isnan(problem.value[i]):
        return "no effect", ""
    if row.variant_group:
        for j in variants(options)[row.zone, row.site, row.variant_group]:
            if j != i and computed[j]:
                return "variant", options.rows[j].id
    for other in (options.rows[j] for j in np.flatnonzero(computed)):
        if row.id in other.excludes or other.id in row.excludes:
            return "exclusion", other.id
    for need in row.needs:
        if not computed[options.place[need]]:
            return "need", need
    return ("no room" if each > entered else "dearer"), ""


def _why_come(
    problem: Problem,
    i: int,
    own: Ints,
    computed: Ints,
    free: Ints | None,
    each: float,
    left: float,
) -> tuple[str, str]:
    options, row = problem.options, problem.options.rows[i]
    if free is not None and free[i] < computed[i]:
        without = computed.copy()
        without[i] = max(own[i], free[i])
        short = {v.where for v in _short(problem, without)} - {
            v.where for v in _short(problem, computed)
        }
        if row.zone in short:
            return "floor", row.zone
    for j in np.flatnonzero(computed):
        if row.id in options.rows[j].needs:
            return "need", options.rows[j].id
    return ("room" if each < left else "better"), ""
