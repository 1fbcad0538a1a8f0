"""All of France at once, in small: `python -m bench.france [--quick] [--json]`.

137 variants of Ville-Témoin, of 3,000 to 260,000 residents and 3 million in all, in one folder of
national files: all indicators, 200 draws, all indices, then all QPVs together. With one worker and
with two, from the command line. On a sample of the same files, a straightforward pipeline of
geopandas, rasterstats and pandas beside: a dozen indicators, by surface, without draws.
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
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import apart, resident_gib, text_table
from bench.diagnosis import exponent

LABO = "from labo.cli import main; main()"
TERRITORIES, RESIDENTS, SMALLEST, LARGEST = 137, 3_000_000, 3_000, 260_000
QUICK, QUICK_RESIDENTS = 8, 80_000
SAMPLE = 6
# The 137 agglomerations of the hexagon with QPVs: an order of magnitude, to check.
FRANCE = 30_000_000
CELL_M2 = 200.0**2
GOAL_SECONDS, GOAL_GIB = 5.0, 6.0


def sizes(count: int, total: int) -> list[int]:
    """Return how many residents each territory has: log-normal quantiles, that add up to `total`.

    As agglomerations are: many small ones, few large.
    """
    places = (np.arange(count) + 0.5) / count
    normal = statistics.NormalDist()
    spread = math.log(LARGEST / SMALLEST) / (2 * abs(normal.inv_cdf(places[0])))
    raw = np.exp([spread * normal.inv_cdf(p) for p in places])
    found = np.maximum(raw * total / raw.sum(), SMALLEST)
    order = np.random.default_rng(0).permutation(count)
    return [int(x) for x in found[order]]


def write_country(folder: str, residents: list[int]) -> None:
    """Write the folder of national files."""
    from labo import demo

    demo.write(Path(folder), residents=residents)


def run(mirror: Path, out: Path, workers: int) -> dict[str, Any]:
    """Diagnose all of it in processes, and return seconds and the largest worker."""
    start = time.perf_counter()
    command = [sys.executable, "-c", LABO, "diagnose", "--all", "--mirror", str(mirror),
               "--out", str(out), "--workers", str(workers)]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            command, stdout=subprocess.DEVNULL, stderr=said,
            cwd=Path(__file__).resolve().parent.parent,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return {
        "workers": workers,
        "seconds": time.perf_counter() - start,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_gib": resident_gib(usage),
    }


def by_size(mirror: str, names: Sequence[str]) -> list[dict[str, float]]:
    """Diagnose some territories in one process, as a worker does: seconds and memory of each."""
    from labo.national import Task
    from labo.national import run as diagnose

    found = []
    with tempfile.TemporaryDirectory() as out:
        for name in names:
            begun = time.process_time()
            done = diagnose(Task(territory=name, mirror=Path(mirror), out=Path(out) / name))
            if done.reason:
                raise RuntimeError(f"{name}: {done.reason}")
            found.append({"cpu_seconds": time.process_time() - begun, "peak_gib": done.peak_gib})
    return found  # type: ignore[return-value]


def straightforward(mirror: str, qpvs: Sequence[Sequence[str]]) -> float:
    """Return the seconds of a plain pipeline on the QPVs of some territories.

    It is what an analyst would write: files read again for each territory, cells shared out by
    surface, points counted inside, rasters averaged; a dozen indicators, no draws, no walks.
    """
    import geopandas as gpd
    import pandas as pd
    import rasterstats

    folder = Path(mirror)
    start = time.perf_counter()
    for codes in qpvs:
        all_qpvs = gpd.read_file(folder / "qpv_2024.zip")
        degrees = all_qpvs[all_qpvs["code_qp"].isin(codes)]
        here = degrees.to_crs("EPSG:3035")[["code_qp", "geometry"]]
        box = tuple(here.total_bounds)
        cells = gpd.read_file(folder / "filosofi_200m_2021.gpkg", bbox=box).to_crs("EPSG:3035")
        numbers = [c for c in cells if str(c).startswith(("ind", "men", "log_"))]
        pieces = gpd.overlay(here, cells[[*numbers, "geometry"]], keep_geom_type=True)
        parts = pieces[numbers].mul(pieces.area / CELL_M2, axis=0)
        parts.groupby(pieces["code_qp"]).sum()
        dpe = pd.read_csv(folder / "dpe_existants.csv", low_memory=False)
        place = dpe["_geopoint"].str.split(",", expand=True).astype(float)
        points = gpd.GeoDataFrame(
            dpe, geometry=gpd.points_from_xy(place[1], place[0]), crs="EPSG:4326"
        )
        inside = gpd.sjoin(points.to_crs("EPSG:3035"), here)
        inside.groupby("code_qp").size()
        for archive in ("tree_cover_2018.zip", "imperviousness_2018.zip"):
            for tile in _tiles(folder / archive, box):
                rasterstats.zonal_stats(here.geometry, tile, stats=["mean", "count"])
    return time.perf_counter() - start


def _tiles(archive: Path, bounds: Sequence[float]) -> list[str]:
    """Return the tiles of an archive that meet the bounds."""
    import rasterio

    west, south, east, north = bounds
    found = []
    with zipfile.ZipFile(archive) as zipped:
        names = [n for n in zipped.namelist() if n.lower().endswith((".tif", ".tiff"))]
    for name in names:
        path = f"/vsizip/{archive}/{name}"
        with rasterio.open(path) as tile:
            b = tile.bounds
            if b.left < east and b.right > west and b.bottom < north and b.top > south:
                found.append(path)
    return found


def figures(count: int, total: int, worker_counts: Sequence[int]) -> dict[str, Any]:
    """Write the country, run both sides, and return every figure."""
    residents = sizes(count, total)
    whole = sum(residents)
    with tempfile.TemporaryDirectory() as name:
        mirror, folder = Path(name, "mirror"), Path(name)
        apart(write_country, str(mirror), residents)
        runs = [run(mirror, folder / f"all-{n}", n) for n in worker_counts]
        names = [f"ville-temoin-{i + 1}" if i else "ville-temoin" for i in range(count)]
        order = np.argsort(residents)
        sample = [names[i] for i in order[:: max(1, count // SAMPLE)]]
        grown = apart(by_size, str(mirror), sample)
        qpvs = [_qpvs_of(folder / f"all-{worker_counts[0]}", name) for name in sample]
        beside = apart(straightforward, str(mirror), qpvs)
    held = [residents[names.index(name)] for name in sample]
    ours = sum(x["cpu_seconds"] for x in grown)
    fastest = min(x["seconds"] for x in runs)
    return {
        "benchmark": "france",
        "territories": count,
        "residents": whole,
        "smallest": min(residents),
        "largest": max(residents),
        "runs": [
            x | {"seconds_per_100000_residents": x["seconds"] / whole * 100_000} for x in runs
        ],
        "seconds_per_100000_residents": fastest / whole * 100_000,
        "peak_gib": max(x["peak_gib"] for x in runs),
        "speed_up": runs[0]["seconds"] / runs[-1]["seconds"],
        "sample": [
            {"residents": n} | x
            for n, x in sorted(zip(held, grown, strict=True), key=lambda r: r[0])
        ],
        "cpu_seconds_exponent": exponent(held, [x["cpu_seconds"] for x in grown]),
        "straightforward_seconds": beside,
        "ratio_to_straightforward": ours / beside,
        "france_hours_extrapolated": fastest / whole * FRANCE / 3_600,
    }


def _qpvs_of(out: Path, territory: str) -> list[str]:
    import geopandas as gpd

    zones = gpd.read_parquet(out / "territories" / territory / "zones.parquet")
    return list(zones.loc[zones["kind"] == "qpv", "zone"])


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    each = found["seconds_per_100000_residents"]
    rows: list[list[object]] = [
        *(
            [
                f"{x['workers']} worker(s): seconds, processor seconds",
                x["seconds"],
                x["cpu_seconds"],
            ]
            for x in found["runs"]
        ),
        ["seconds per 100,000 residents", each, f"< {GOAL_SECONDS}"],
        ["largest worker: GiB", found["peak_gib"], f"< {GOAL_GIB}"],
        ["1 worker / most workers, seconds", found["speed_up"], ""],
        ["processor seconds grow as residents to the power", found["cpu_seconds_exponent"], ""],
        ["sample: labo / straightforward pipeline, seconds", found["ratio_to_straightforward"], ""],
        ["extrapolated to 30 million residents: hours", found["france_hours_extrapolated"], ""],
    ]
    sample: list[list[object]] = [
        [f"{x['residents']} residents", x["cpu_seconds"], x["peak_gib"]] for x in found["sample"]
    ]
    return (
        f"{found['territories']} variants of Ville-Témoin, {found['residents']} residents in all "
        f"({found['smallest']} to {found['largest']}); all indicators, 200 draws and indices, then "
        "all QPVs together; the straightforward pipeline makes a dozen indicators without draws\n"
        + text_table(["", "measured", "goal"], rows)
        + "\n\n"
        + text_table(["sample, one process", "processor s", "peak GiB so far"], sample)
        + "\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="8 territories, 80,000 residents")
    parser.add_argument("--territories", type=int, help="if not 137")
    parser.add_argument("--residents", type=int, help="in all, if not 3,000,000")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    count = given.territories or (QUICK if given.quick else TERRITORIES)
    total = given.residents or (QUICK_RESIDENTS if given.quick else RESIDENTS)
    found = figures(count, total, (1, 2))
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
