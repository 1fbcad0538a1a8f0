"""How long does a diagnosis take? `python -m bench.diagnosis [--quick] [--json]`.

Ville-Témoin is written (not timed), then `labo diagnose` runs from start to end, imports and
release included, several times in fresh processes. Beside it, in the same run, stands the script
an analyst would write with geopandas: the same cells shared out over the same QPVs by surface, for
every column of the file, without buildings, draws, other zones or a release. It does far less.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import apart, resident_gib, text_table

NAME = "ville-temoin"
LABO = "from labo.cli import main; main()"
ANALYST = "import sys; from bench.diagnosis import analyst; analyst(*sys.argv[1:])"
CELL_M2 = 200.0**2


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


def steps(mirror: str, out: str) -> dict[str, float]:
    """Return the seconds of each step of a diagnosis, imports and release included."""
    start = time.perf_counter()
    from labo import release
    from labo.cli import declarations, diagnoses, files  # noqa: F401  (what `labo` imports)
    from labo.diagnosis import diagnose
    from labo.mirror import open_mirror

    imported = time.perf_counter()
    found = diagnose(open_mirror(Path(mirror)), NAME, tell=lambda _: None)
    diagnosed = time.perf_counter()
    release.write(found, Path(out))
    seconds = {"imports": imported - start, **found.seconds}
    seconds["mirror and the rest"] = diagnosed - imported - sum(found.seconds.values())
    return seconds | {"release": time.perf_counter() - diagnosed}


def whole(code: str, *arguments: str) -> tuple[float, float]:
    """Run Python code as a process of its own; return its seconds and its peak memory in GiB."""
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
    return seconds, resident_gib(usage)


def figures(residents: int, repeats: int) -> dict[str, Any]:
    """Write the town, run both sides, and return every figure."""
    with tempfile.TemporaryDirectory() as name:
        mirror, out = str(Path(name, "mirror")), Path(name)
        apart(write_town, mirror, residents)
        runs = [
            whole(LABO, "diagnose", NAME, "--mirror", mirror, "--out", str(out / f"release-{i}"))
            for i in range(repeats)
        ]
        beside = [whole(ANALYST, mirror, str(out / "analyst.csv")) for _ in range(repeats)]
        by_step = apart(steps, mirror, str(out / "release"))
    seconds = statistics.median(taken for taken, _ in runs)
    others = statistics.median(taken for taken, _ in beside)
    return {
        "benchmark": "diagnosis",
        "residents": residents,
        "repeats": repeats,
        "seconds": seconds,
        "seconds_per_100000_residents": seconds / residents * 100_000,
        "peak_gib": max(peak for _, peak in runs),
        "steps": by_step,
        "analyst_seconds": others,
        "analyst_peak_gib": max(peak for _, peak in beside),
        "ratio": seconds / others,
    }


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    rows: list[list[object]] = [
        ["labo diagnose: seconds", found["seconds"], "< 20"],
        ["labo diagnose: peak GiB", found["peak_gib"], "< 2"],
        ["seconds per 100,000 residents", found["seconds_per_100000_residents"], ""],
        ["analyst's geopandas script: seconds", found["analyst_seconds"], ""],
        ["analyst's geopandas script: peak GiB", found["analyst_peak_gib"], ""],
        ["labo / analyst, seconds", found["ratio"], ""],
    ]
    total = sum(found["steps"].values())
    by_step: list[list[object]] = [
        [step, seconds, f"{100 * seconds / total:.0f} %"]
        for step, seconds in found["steps"].items()
    ]
    return (
        f"Ville-Témoin, {found['residents']} residents; whole processes, medians of "
        f"{found['repeats']} runs; goals are for 150,000 residents\n"
        f"{text_table(['', 'measured', 'goal'], rows)}\n\n"
        f"{text_table(['where one run goes', 'seconds', 'share'], by_step)}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 residents")
    parser.add_argument("--residents", type=int, help="if not 150,000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    found = figures(given.residents or (20_000 if given.quick else 150_000), given.repeats)
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
