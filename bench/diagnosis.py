"""How long does a diagnosis take? `python -m bench.diagnosis [--quick] [--growth] [--json]`.

Ville-Témoin is written (not timed), then `labo diagnose` runs from start to end, imports and
release included, several times in fresh processes. Beside it, in the same run, stands the script
an analyst would write with geopandas: the same cells shared out over the same QPVs by surface, for
every column of the file, without buildings, draws, other zones or a release. It does far less.

With `--growth`, both also run on towns of two, four and eight times the residents. The exponent is
that of a power of the residents, by least squares on logarithms: 1 is linear.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from bench import apart, resident_gib, text_table

NAME = "ville-temoin"
LABO = "from labo.cli import main; main()"
ANALYST = "import sys; from bench.diagnosis import analyst; analyst(*sys.argv[1:])"
CELL_M2 = 200.0**2
GOAL_SECONDS, GOAL_GIB = 15, 3
TIMES = (1, 2, 4, 8)
# Seconds by what they were spent on.
Spent: TypeAlias = defaultdict[str, float]
# What takes less of the whole is not listed.
LEAST_SHARE = 0.002


def write_town(folder: str, residents: int) -> None:
    """Write the mirror of Ville-Témoin."""
    from labo import demo

    demo.write(Path(folder), residents=residents)


def analyst(mirror: str, out: str) -> None:
    """Share the Filosofi cells out over the QPVs by surface, and write one row per QPV."""
    import geopandas as gpd

    cells = gpd.read_file(Path(mirror, "filosofi_200m_2021.gpkg"))
    qpv = gpd.read_file(Path(mirror, "qpv_2024.zip")).to_crs(cells.crs)
    numbers = [name for name in cells if str(name).startswith(("ind", "men", "log_"))]
    pieces = gpd.overlay(
        qpv[["code_qp", "geometry"]], cells[[*numbers, "geometry"]], keep_geom_type=True
    )
    parts = pieces[numbers].mul(pieces.area / CELL_M2, axis=0)
    parts.groupby(pieces["code_qp"]).sum().to_csv(out)


def steps(mirror: str, out: str) -> dict[str, dict[str, float]]:
    """Return the seconds of each step of a diagnosis, imports and release included.

    Returns:
        "steps": they add up to the whole; "surroundings": the parts of that step; "files": reading
        each dataset, in whatever step.
    """
    start = time.perf_counter()
    from labo import release
    from labo.cli import declarations, diagnoses, files  # noqa: F401  (what `labo` imports)
    from labo.diagnosis import diagnose
    from labo.mirror import open_mirror

    imported = time.perf_counter()
    parts, read = _watched()
    found = diagnose(open_mirror(Path(mirror)), NAME, tell=lambda _: None)
    diagnosed = time.perf_counter()
    release.write(found, Path(out))
    seconds = {"imports": imported - start, **found.seconds}
    seconds["mirror and the rest"] = diagnosed - imported - sum(found.seconds.values())
    seconds["release"] = time.perf_counter() - diagnosed
    parts["the rest"] = seconds["surroundings"] - sum(parts.values())
    return {
        "steps": seconds,
        "surroundings": _longest_first(parts),
        "files": _longest_first(read),
    }


def _longest_first(seconds: Spent) -> dict[str, float]:
    return dict(sorted(seconds.items(), key=lambda part: -part[1]))


def _watched() -> tuple[Spent, Spent]:
    """Have the seconds inside the surroundings, and those of reading, counted from now on."""
    from labo import zone_fields, zone_homes, zone_layers
    from labo.homes import Occupancy
    from labo.source import SourceFile

    parts: Spent = defaultdict(float)
    read: Spent = defaultdict(float)
    _watch(read, SourceFile, "table", lambda file, *_: file.source.dataset)
    _watch(parts, zone_fields, "open_tables", lambda *_: "files read")
    _watch(parts, zone_homes, "_met", lambda layer, *_: f"at homes: {layer.sources[0]}")
    _watch(parts, zone_homes, "_walked", lambda *_: "walks at homes")
    _watch(parts, Occupancy, "drawn_by_zone", lambda *_: "people drawn")
    _watch(parts, Occupancy, "by_zone", lambda *_: "people summed")
    _watch(parts, zone_homes, "_layer_of", lambda *_: "draws of layers at homes")
    _watch(parts, zone_fields, "on_ground", lambda *_: "on the ground, and points")
    _watch(parts, zone_fields, "of_commune", lambda *_: "by commune")
    _watch(parts, zone_layers, "kept_secret", lambda *_: "secrecy")
    return parts, read


def _watch(seconds: Spent, owner: Any, name: str, label: Callable[..., str]) -> None:
    """Count the seconds of a function, by what its arguments are labelled."""
    watched = getattr(owner, name)

    def counted(*given: Any, **options: Any) -> Any:
        start = time.perf_counter()
        found = watched(*given, **options)
        seconds[label(*given)] += time.perf_counter() - start
        return found

    setattr(owner, name, counted)


@dataclass(frozen=True)
class Run:
    """Of a whole process: seconds on the clock, seconds of the processors, GiB at the peak."""

    seconds: float
    cpu_seconds: float
    gib: float


def whole(code: str, *arguments: str) -> Run:
    """Run Python code as a process of its own, and say what it took."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, "-c", code, *arguments],
            cwd=Path(__file__).resolve().parent.parent,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return Run(seconds, usage.ru_utime + usage.ru_stime, resident_gib(usage))


def both(folder: Path, residents: int, repeats: int) -> tuple[list[Run], list[Run]]:
    """Write a town in a folder; return the runs of `labo diagnose` and those of the analyst."""
    mirror = str(folder / "mirror")
    apart(write_town, mirror, residents)
    ours = [
        whole(LABO, "diagnose", NAME, "--mirror", mirror, "--out", str(folder / f"release-{i}"))
        for i in range(repeats)
    ]
    return ours, [whole(ANALYST, mirror, str(folder / "analyst.csv")) for _ in range(repeats)]


def exponent(residents: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the power of the residents that the seconds grow as, by least squares."""
    return statistics.linear_regression(
        [math.log(x) for x in residents], [math.log(x) for x in seconds]
    ).slope


def growth(residents: int) -> dict[str, Any]:
    """Run both sides once on each size of town, and return every figure."""
    towns: list[dict[str, Any]] = []
    for times in TIMES:
        with tempfile.TemporaryDirectory() as name:
            (ours,), (other,) = both(Path(name), times * residents, 1)
        towns.append(
            {
                "residents": times * residents,
                "seconds": ours.seconds,
                "cpu_seconds": ours.cpu_seconds,
                "peak_gib": ours.gib,
                "analyst_seconds": other.seconds,
                "analyst_peak_gib": other.gib,
            }
        )
    sizes = [town["residents"] for town in towns]
    powers = {
        f"{name}_exponent": exponent(sizes, [town[name] for town in towns])
        for name in ("seconds", "cpu_seconds", "peak_gib", "analyst_seconds")
    }
    return {"towns": towns} | powers


def figures(residents: int, repeats: int, *, grow: bool) -> dict[str, Any]:
    """Write the town, run both sides, and return every figure."""
    with tempfile.TemporaryDirectory() as name:
        ours, others = both(Path(name), residents, repeats)
        spent = apart(steps, str(Path(name, "mirror")), str(Path(name, "release")))
    seconds = statistics.median(run.seconds for run in ours)
    beside = statistics.median(run.seconds for run in others)
    found = {
        "benchmark": "diagnosis",
        "residents": residents,
        "repeats": repeats,
        "seconds": seconds,
        "cpu_seconds": statistics.median(run.cpu_seconds for run in ours),
        "seconds_per_100000_residents": seconds / residents * 100_000,
        "peak_gib": max(run.gib for run in ours),
        **spent,
        "analyst_seconds": beside,
        "analyst_peak_gib": max(run.gib for run in others),
        "ratio": seconds / beside,
    }
    return found | ({"growth": growth(residents)} if grow else {})


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    rows: list[list[object]] = [
        ["labo diagnose: seconds", found["seconds"], f"< {GOAL_SECONDS}"],
        ["labo diagnose: processor seconds", found["cpu_seconds"], ""],
        ["labo diagnose: peak GiB", found["peak_gib"], f"< {GOAL_GIB}"],
        ["seconds per 100,000 residents", found["seconds_per_100000_residents"], ""],
        ["analyst's geopandas script: seconds", found["analyst_seconds"], ""],
        ["analyst's geopandas script: peak GiB", found["analyst_peak_gib"], ""],
        ["labo / analyst, seconds", found["ratio"], ""],
    ]
    whole_run = sum(found["steps"].values())
    tables = [
        text_table(["", "measured", "goal"], rows),
        _shares("where one run goes", found["steps"], whole_run),
        _shares("inside surroundings", found["surroundings"], whole_run),
        _shares("reading, in any step", found["files"], whole_run),
    ]
    if "growth" in found:
        tables.append(_growth_table(found["growth"]))
    return (
        f"Ville-Témoin, {found['residents']} residents; whole processes, medians of "
        f"{found['repeats']} runs; goals are for 150,000 residents, two quiet cores\n"
        + "\n\n".join(tables)
        + "\n"
    )


def _shares(title: str, seconds: dict[str, float], whole_run: float) -> str:
    rows: list[list[object]] = [
        [name, taken, f"{100 * taken / whole_run:.0f} %"]
        for name, taken in seconds.items()
        if taken >= LEAST_SHARE * whole_run
    ]
    small = sum(x for x in seconds.values() if x < LEAST_SHARE * whole_run)
    rows.append(["each less than 0.2 %", small, f"{100 * small / whole_run:.0f} %"])
    return text_table([title, "seconds", "share"], rows)


def _growth_table(found: dict[str, Any]) -> str:
    names = ["seconds", "cpu_seconds", "peak_gib", "analyst_seconds"]
    rows: list[list[object]] = [
        [f"{town['residents']} residents", *[town[name] for name in names]]
        for town in found["towns"]
    ]
    rows.append(["exponent (1 is linear)", *[found[f"{name}_exponent"] for name in names]])
    head = ["growth", "seconds", "processor s", "peak GiB", "analyst s"]
    return text_table(head, rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 residents")
    parser.add_argument("--residents", type=int, help="if not 150,000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="up to eight times the residents")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    residents = given.residents or (20_000 if given.quick else 150_000)
    found = figures(residents, given.repeats, grow=given.growth)
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
