"""One calculation of an index, and many at once: the same functions, with choices run by run."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.index.aggregate import AVAILABLE, Aggregation, combine_all
from labo.index.normalise import Scale, normalise
from labo.index.treat import Treatment, apply, fit
from labo.index.tree import Index

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Values worked on at a time by one thread: they stay in the processor's cache.
CHUNK = 2**18
# Draws are read so many times as much at once.
BLOCK = 8
# Threads share out runs; more than this would only wait for memory.
MOST_WORKERS = 4


WINSORISED = Treatment()
PERCENTILE = Scale()


@dataclass(frozen=True)
class Recipe:
    """The choices of one calculation.

    treatment: of outliers, None for none. scale: how to normalise. aggregation: for all levels or
    by level; power: of the generalised mean; available: share of the weight under which a score
    is empty.
    """

    treatment: Treatment | None = WINSORISED
    scale: Scale = PERCENTILE
    aggregation: Aggregation | Mapping[int, Aggregation] = "arithmetic"
    power: float = 1.0
    available: float = AVAILABLE


class Reference(NamedTuple):
    """The population against which values are read.

    values: (members, leaves), None for the units themselves. weights: residents of the members (or
    of the units), one each if None. draws: (members, leaves, draws), draw by draw of the same
    worlds as the units'; None where members have none.
    """

    values: Floats | None = None
    weights: Floats | None = None
    draws: Floats | None = None


THEMSELVES = Reference()


class Plan(NamedTuple):
    """What each run does.

    recipes: those that are used; recipe: which of them, (runs,). weights: (nodes, runs). draw:
    which draw of the data, −1 for the central values, (runs,).
    """

    recipes: tuple[Recipe, ...]
    recipe: Ints
    weights: Floats
    draw: Ints


def normalised(
    index: Index,
    values: Floats,
    recipe: Recipe,
    reference: Floats | None = None,
    weights: Floats | None = None,
) -> Floats:
    """Return values treated and normalised, units being read against the reference.

    What is treated is found out on the reference, and applied to the units.

    Args:
        index: its directions and targets.
        values: (units, leaves) or (units, leaves, draws).
        recipe: treatment and scale.
        reference: (members, leaves) or with draws; the units if None.
        weights: residents of the reference.
    """
    targets: Floats | None = index.targets
    among = reference
    if recipe.treatment is not None:
        fitted = fit(values if reference is None else reference, recipe.treatment)
        values = apply(values, fitted)
        among = None if reference is None else apply(reference, fitted)
        if recipe.scale.method == "distance_to_target":
            shape = (1, *fitted.low.shape)
            spread = index.targets if fitted.low.ndim == 1 else index.targets[:, None]
            targets = apply(np.broadcast_to(spread, shape), fitted)[0]
    return normalise(
        values,
        recipe.scale,
        directions=index.directions,
        reference=among,
        weights=weights,
        targets=targets if recipe.scale.method == "distance_to_target" else None,
    )


def score(
    index: Index,
    values: npt.ArrayLike,
    plan: Plan,
    *,
    draws: npt.NDArray[np.floating] | None = None,
    reference: Reference = THEMSELVES,
    ranked: int | None = None,
    workers: int | None = None,
) -> Floats:
    """Return the index of each unit in each run, (units, runs).

    Args:
        index: its tree.
        values: central values after denomination, imputation and screening, (units, leaves).
        plan: what each run does.
        draws: (units, leaves, draws), in single or double precision.
        reference: what values are read against.
        ranked: if given, the first so many units are their own reference and the others are only
            scored beside them (the whole agglomeration, for one).
        workers: threads; as many as there are processors if not given, at most MOST_WORKERS. The
            result does not depend on it.

    Raises:
        BadInput: a run wants a draw that is not there, or what the steps refuse.
    """
    x = np.asarray(values, dtype=np.float64)
    runs = len(plan.recipe)
    there = 0 if draws is None else draws.shape[2]
    if runs and plan.draw.max() >= there:
        raise BadInput(f"A run asks for draw {int(plan.draw.max())}, and there are {there} draws.")
    found = np.empty((len(x), runs))
    tasks: list[Callable[[], None]] = []
    central: dict[object, Floats] = {}
    for number, recipe in enumerate(plan.recipes):
        chosen = plan.recipe == number
        at = np.flatnonzero(chosen & (plan.draw < 0))
        if at.size:
            # Two recipes may differ in the aggregation only.
            key = (recipe.treatment, recipe.scale)
            if key not in central:
                among, weights = _reference(x, None, None, reference, ranked)
                central[key] = normalised(index, x, recipe, among, weights)
            wide = len(x) * (len(x) if _pairwise(recipe) else 1)
            for part in _parts(at, wide):
                tasks.append(_task(index, recipe, central[key], plan, part, found))
    drawn = np.flatnonzero(plan.draw >= 0)
    if drawn.size and draws is not None:
        # Runs of neighbouring draws together, whatever their recipe: memory is read once.
        drawn = drawn[np.argsort(plan.draw[drawn], kind="stable")]
        wide = len(x) * x.shape[1] // BLOCK
        for part in _parts(drawn, wide):
            tasks.append(_drawn_task(index, draws, plan, part, found, reference, ranked))
    count = workers or min(os.cpu_count() or 1, MOST_WORKERS)
    if count == 1 or len(tasks) < 2:
        for task in tasks:
            task()
        return found
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()
    return found


def _pairwise(recipe: Recipe) -> bool:
    used = recipe.aggregation
    return used == "copeland" if isinstance(used, str) else "copeland" in used.values()


def _parts(at: Ints, wide: int) -> list[Ints]:
    step = max(1, CHUNK // max(wide, 1))
    return [at[start : start + step] for start in range(0, len(at), step)]


def _reference(
    x: Floats, draw: Ints | None, drawn: Floats | None, reference: Reference, ranked: int | None
) -> tuple[Floats | None, Floats | None]:
    if reference.values is None:
        among = x if drawn is None else drawn
        return (None if ranked is None else among[:ranked]), reference.weights
    if draw is None or reference.draws is None:
        return reference.values, reference.weights
    return np.asarray(reference.draws[:, :, draw], dtype=np.float64), reference.weights


def _task(
    index: Index, recipe: Recipe, columns: Floats, plan: Plan, at: Ints, found: Floats
) -> Callable[[], None]:
    def work() -> None:
        parts = [columns[:, i] for i in range(columns.shape[1])]
        found[:, at] = _root(index, parts, recipe, plan.weights[:, at])

    return work


def _drawn_task(
    index: Index,
    draws: npt.NDArray[np.floating],
    plan: Plan,
    runs: Ints,
    found: Floats,
    reference: Reference,
    ranked: int | None,
) -> Callable[[], None]:
    def work() -> None:
        needed, where = np.unique(plan.draw[runs], return_inverse=True)
        straight = needed[-1] - needed[0] + 1 == len(needed)
        part = draws[:, :, needed[0] : needed[-1] + 1] if straight else draws[:, :, needed]
        # Units next to one another in memory, as every step wants them.
        last = np.ascontiguousarray(np.moveaxis(part, 0, -1), dtype=np.float64)
        for number in np.unique(plan.recipe[runs]).tolist():
            recipe, mine = plan.recipes[number], plan.recipe[runs] == number
            wide = len(part) * max(part.shape[1], len(part) if _pairwise(recipe) else 1)
            for few in _parts(np.flatnonzero(mine), wide):
                at, draw = runs[few], plan.draw[runs[few]]
                x = np.moveaxis(last[:, where[few]], -1, 0)
                among, weights = _reference(x, draw, x, reference, ranked)
                y = normalised(index, x, recipe, among, weights)
                columns = [y[:, i] for i in range(y.shape[1])]
                found[:, at] = _root(index, columns, recipe, plan.weights[:, at])

    return work


def _root(index: Index, columns: list[Floats], recipe: Recipe, weights: Floats) -> Floats:
    whole = not any(np.isnan(column).any() for column in columns)
    scores, _ = combine_all(
        index, columns, recipe.aggregation, weights, recipe.power, recipe.available, whole
    )
    return scores[-1]
