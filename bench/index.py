"""Composite indices beside loops written with pandas: `python -m bench.index`.

Three works: the Sobol design on ASEM (51 countries × 49 indicators; where the reference folder is
absent, an invented table of the same shape, and it says so), replications of a large table with
draws, and the scan of weights. The other side is what a user would write: one calculation as pandas
expressions on a table, repeated in a loop. It makes fewer runs where it is slow; seconds are then
brought to the same number of runs, and both numbers are printed. Libraries are imported before
anything is timed. Each side runs in a process of its own, so that its peak memory is its own (the
table and its draws included), and both must find the same scores.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench import apart, resident_gib, text_table, timed
from labo.index import (
    Choices,
    Index,
    Recipe,
    Reference,
    Scale,
    Treatment,
    from_components,
    from_meta,
    scan,
    sensitivity,
    simplex,
)
from labo.index.build import build
from labo.index.rank import SAME, ranks
from labo.index.replicate import class_probabilities, interval, pairwise, plan
from labo.index.runs import Plan, score

Floats = npt.NDArray[np.float64]

SHARED = Path(os.environ.get("LABO_SHARED", Path(__file__).resolve().parents[2] / "shared"))
ASEM = SHARED / "reference" / "asem"
# The choices of the published sensitivity analysis.
ALTERNATIVES = Choices(
    treatments=tuple(Treatment(most) for most in range(1, 6)),
    scales=(Scale("min_max", (1.0, 100.0)), Scale("z_score", mean=10.0, deviation=2.0)),
    weights="within",
    levels=(2, 3),
)
DECLARED = Recipe(scale=Scale("min_max"))


@dataclass(frozen=True)
class Size:
    """sobol: rows of the design (runs: six times as many); loops: runs of the pandas side."""

    sobol: int = 500
    zones: int = 1362
    indicators: int = 45
    replications: int = 1000
    units: int = 80
    parts: int = 12
    weightings: int = 10_000
    loops: int = 30
    weight_loops: int = 500
    repeats: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """seconds: of so many runs; values: scores (units, runs) that both sides have."""

    seconds: float
    runs: int
    peak_gib: float
    values: Floats
    about: dict[str, float]


def asem() -> tuple[Index, Floats, str]:
    """Return the tree, the imputed values, and where they come from."""
    if ASEM.is_dir():
        data = pd.read_csv(ASEM / "ASEM_iData.csv", index_col="uCode")
        meta = pd.read_csv(ASEM / "ASEM_iMeta.csv")
        built = build(data, meta, recipe=DECLARED, impute_by="EurAsia_group")
        return built.index, built.screened.to_numpy(), "ASEM"
    rng = np.random.default_rng(0)
    groups = np.array_split([f"i{k}" for k in range(49)], 8)
    rows = [
        {"iCode": name, "Parent": f"p{g}", "Level": 1, "Type": "Indicator"}
        for g, names in enumerate(groups)
        for name in names
    ]
    rows += [
        {"iCode": f"p{g}", "Parent": f"s{g // 5}", "Level": 2, "Type": "Aggregate"}
        for g in range(8)
    ]
    rows += [
        {"iCode": f"s{g}", "Parent": "Index", "Level": 3, "Type": "Aggregate"} for g in range(2)
    ]
    rows += [{"iCode": "Index", "Parent": "", "Level": 4, "Type": "Aggregate"}]
    index = from_meta(pd.DataFrame(rows).assign(Weight=1.0, Direction=1))
    # A third of real indicators have a heavy tail.
    return index, np.exp(rng.normal(size=(51, 49)) * rng.uniform(0, 1.5, 49)), "invented"


def large(size: Size) -> tuple[Index, Floats, npt.NDArray[np.float64]]:
    """Return an index of nine components, values and draws."""
    rng = np.random.default_rng(size.seed)
    names = np.array_split([f"i{k}" for k in range(size.indicators)], 9)
    components = {f"c{c}": dict.fromkeys(map(str, part), 1.0) for c, part in enumerate(names)}
    directions = {
        name: 1 if rng.random() < 0.5 else -1 for part in components.values() for name in part
    }
    index = from_components("index", components, directions)
    values = np.exp(
        rng.normal(size=(size.zones, size.indicators)) * rng.uniform(0, 1.2, size.indicators)
    )
    draws = np.empty((size.zones, size.indicators, size.replications))
    for zone in range(size.zones):  # without a second array of that size
        noise = rng.normal(size=draws.shape[1:])
        draws[zone] = values[zone][:, None] * (1 + 0.1 * noise)
    return index, values, draws


def residents(size: Size) -> Floats:
    return np.random.default_rng(size.seed + 1).integers(500, 9000, size.zones).astype(float)


def large_plan(index: Index, size: Size) -> Plan:
    """Weights drawn, two treatments, two scales, two aggregations; a draw of the data each."""
    rng = np.random.default_rng(size.seed)
    return plan(index, Recipe(), size.replications, rng, draws=size.replications, choices=Choices())


def labo_sobol(size: Size) -> Measured:
    import scipy.stats.qmc  # noqa: F401

    index, x, _ = asem()

    def work() -> Any:
        return sensitivity(
            index, x, recipe=DECLARED, choices=ALTERNATIVES, size=size.sobol, seed=size.seed
        )

    seconds, found = timed(size.repeats, work)
    total = {f"total_{name}": float(v) for name, v in found.indices["total"].items()}
    shown = score(index, x, asem_plan(index, size))
    return Measured(seconds, len(found.change), resident_gib(), shown, total)


def asem_plan(index: Index, size: Size) -> Plan:
    """Return some runs that both sides make, of every combination of choices."""
    rng = np.random.default_rng(size.seed)
    return plan(index, DECLARED, size.loops, rng, choices=ALTERNATIVES)


def pandas_sobol(size: Size) -> Measured:
    index, x, _ = asem()
    runs, table = asem_plan(index, size), pd.DataFrame(x, columns=list(index.leaves))
    seconds, values = timed(1, lambda: _loop(index, runs, lambda _: table, None))
    return Measured(seconds, size.loops, resident_gib(), values, {})


def labo_replications(size: Size) -> Measured:
    index, values, draws = large(size)
    weights, runs = residents(size), large_plan(index, size)

    def work() -> Floats:
        scores = score(index, values, runs, draws=draws, reference=Reference(weights=weights))
        placed = ranks(scores, highest_first=True, same=SAME)
        class_probabilities(placed, 4)
        interval(scores, scores[:, 0])
        pairwise(placed)
        return scores

    start = time.process_time()
    seconds, scores = timed(1, work)
    # Of all threads: where others use the machine too, this says more than the clock.
    about = {"processor_seconds": time.process_time() - start}
    return Measured(seconds, size.replications, resident_gib(), scores[:, : size.loops], about)


def pandas_replications(size: Size) -> Measured:
    index, _, draws = large(size)
    weights, runs = pd.Series(residents(size)), large_plan(index, size)
    names = list(index.leaves)
    few = runs._replace(recipe=runs.recipe[: size.loops])

    def table(run: int) -> pd.DataFrame:
        return pd.DataFrame(draws[:, :, runs.draw[run]], columns=names)

    seconds, values = timed(1, lambda: _loop(index, few, table, weights))
    return Measured(seconds, size.loops, resident_gib(), values, {})


def room(size: Size) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    rng = np.random.default_rng(size.seed)
    units = tuple(f"u{k}" for k in range(size.units))
    parts = tuple(f"i{k}" for k in range(size.parts))
    return units, parts, rng.uniform(0, 100, (size.units, size.parts))


def labo_weights(size: Size) -> Measured:
    units, parts, x = room(size)
    declared = np.ones(size.parts)

    def work() -> Any:
        return scan(x, declared, units=units, parts=parts, count=size.weightings)

    seconds, found = timed(size.repeats, work)
    few = scan(x, declared, units=units, parts=parts, weights=found.weights[: size.weight_loops])
    about = {"fixed": float(found.fixed.sum())}
    return Measured(seconds, len(found.weights), resident_gib(), few.share, about)


def pandas_weights(size: Size) -> Measured:
    units, parts, x = room(size)
    table = pd.DataFrame(x, index=list(units), columns=list(parts))
    tried = simplex(size.parts, size.weightings)[: size.weight_loops]

    def work() -> Floats:
        seen: dict[int, pd.Series] = {}
        for run, weights in enumerate(tried):
            total = table.mul(weights, axis=1).sum(axis=1)
            # Rounded, or ties of sums would depend on the order of addition.
            rank = total.round(9).rank(ascending=False, method="min")
            seen[run] = 1 + ((rank - 1) * 4 // len(rank)).astype(int)
        every = pd.DataFrame(seen)
        shares = every.apply(lambda row: row.value_counts(normalize=True), axis=1)
        return shares.reindex(columns=[1, 2, 3, 4]).fillna(0.0).to_numpy()

    seconds, shares = timed(1, work)
    return Measured(seconds, len(tried), resident_gib(), shares, {})


def _loop(index: Index, runs: Plan, table: Any, weights: pd.Series | None) -> Floats:
    """Calculate run after run, as a user would write it, and then the ranks."""
    scores = {}
    for run, number in enumerate(runs.recipe):
        recipe = runs.recipes[number]
        x: Any = table(run)
        if recipe.treatment is not None:
            x = x.apply(_treated, most=recipe.treatment.most)
        y: Any = _scaled(x * index.directions, recipe.scale, weights)
        w = pd.Series(runs.weights[:, run], index=list(index.nodes))
        for node, below in index.children.items():
            part = y[[index.nodes[child] for child in below]]
            share = w[part.columns] / w[part.columns].sum()
            if recipe.aggregation == "geometric":
                y[index.nodes[node]] = np.exp(np.log(part).mul(share, axis=1).sum(axis=1))
            else:
                y[index.nodes[node]] = part.mul(share, axis=1).sum(axis=1)
        scores[run] = y[index.root]
    found = pd.DataFrame(scores)
    found.rank(ascending=False, method="min")
    return found.to_numpy()


def _treated(column: Any, most: int) -> Any:
    original, moved = column, 0
    # pandas has the sample formulas of type 2, excess kurtosis.
    while abs(column.skew()) >= 2 and column.kurt() >= 3.5:
        if moved >= most:
            least, largest = original.min(), original.max()
            return np.log(original - least + 0.01 * (largest - least))
        if column.skew() >= 0:
            column = column.clip(upper=column[column < column.max()].max())
            moved = int((original >= column.max()).sum()) - 1
        else:
            column = column.clip(lower=column[column > column.min()].min())
            moved = int((original <= column.min()).sum()) - 1
    return column


def _scaled(x: pd.DataFrame, scale: Scale, weights: pd.Series | None) -> pd.DataFrame:
    low, high = scale.bounds or (0.0, 1.0)
    if scale.method == "min_max":
        return low + (high - low) * (x - x.min()) / (x.max() - x.min())
    if scale.method == "z_score":
        return scale.mean + scale.deviation * (x - x.mean()) / x.std()
    found = {}
    for name, column in x.items():
        mass = (weights if weights is not None else pd.Series(1.0, x.index)).groupby(column).sum()
        place = (mass.cumsum() - mass / 2) / mass.sum()
        found[name] = low + (high - low) * column.map(place)
    return pd.DataFrame(found)


WORKS = {
    "sobol": (labo_sobol, pandas_sobol),
    "replications": (labo_replications, pandas_replications),
    "weights": (labo_weights, pandas_weights),
}


def figures(size: Size) -> dict[str, Any]:
    """Run both sides of each work, each in a process of its own, and return every figure."""
    works: dict[str, Any] = {}
    for name, (ours, theirs) in WORKS.items():
        one, two = apart(ours, size), apart(theirs, size)
        each = two.seconds / two.runs
        works[name] = {
            "runs": one.runs,
            "labo_seconds": one.seconds,
            "labo_peak_gib": one.peak_gib,
            "pandas_runs": two.runs,
            "pandas_seconds": two.seconds,
            "pandas_seconds_for_as_many": each * one.runs,
            "pandas_peak_gib": two.peak_gib,
            "ratio": each * one.runs / one.seconds,
            "difference": float(np.abs(one.values - two.values).max()),
            **one.about,
        }
    return {"benchmark": "index", "size": asdict(size), "data": asem()[2], "works": works}


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    size, works = found["size"], found["works"]
    names = {
        "sobol": f"Sobol, {found['data']}",
        "replications": f"{size['zones']} × {size['indicators']}, replications",
        "weights": f"weights, {size['units']} × {size['parts']}",
    }
    rows: list[list[object]] = []
    for name, work in works.items():
        rows.append(
            [
                names[name],
                work["runs"],
                work["labo_seconds"],
                work["pandas_seconds_for_as_many"],
                work["pandas_runs"],
                work["ratio"],
                work["labo_peak_gib"],
                work["pandas_peak_gib"],
                work["difference"],
            ]
        )
    head = ["", "runs", "labo s", "pandas s", "of them run", "pandas / labo"]
    head += ["labo GiB", "pandas GiB", "difference"]
    goals: list[list[object]] = [
        ["Sobol s", works["sobol"]["labo_seconds"], "< 1"],
        ["replications s", works["replications"]["labo_seconds"], "< 10"],
        ["replications peak GiB", works["replications"]["labo_peak_gib"], "< 2"],
        ["weights s", works["weights"]["labo_seconds"], "< 1"],
    ]
    order = {
        name.removeprefix("total_"): value
        for name, value in works["sobol"].items()
        if name.startswith("total_")
    }
    said = ", ".join(f"{k} {v:.3f}" for k, v in sorted(order.items(), key=lambda kv: -kv[1]))
    invented = (
        ""
        if found["data"] == "ASEM"
        else ("the reference folder is absent: the Sobol table is invented, of the same shape\n")
    )
    worked = works["replications"]["processor_seconds"]
    return (
        f"{os.cpu_count()} processors; pandas seconds are of the runs made, brought to as many\n"
        f"{invented}{text_table(head, rows)}\n"
        "difference: largest between the scores (shares of classes, for weights) of both sides\n\n"
        f"{text_table(['', 'measured', 'goal'], goals)}\n\n"
        f"replications: {worked:.1f} processor seconds, of all threads; "
        f"load of the machine {os.getloadavg()[0]:.1f}\n"
        f"Sobol total orders: {said}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 zones, 100 replications")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    quick = Size(sobol=64, zones=200, replications=100, weightings=2000, loops=5, weight_loops=100)
    found = figures(quick if given.quick else Size())
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
