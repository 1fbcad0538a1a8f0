"""How often do 90 % intervals hold the truth? `python -m bench.coverage [--seeds 20] [--quick]`.

Ville-Témoin in every city form and many seeds is written, diagnosed from its files, and compared
with its truth: that of the people whom the files count (fiscal households where the file does, all
residents where it does), in the QPVs, or in communes and the EPCI for what is known there only.
Plain area weighting of the same cells stands beside it, with
the interval that would have been right nine times out of ten had its errors been known before: a
generous rival. The interval score (Gneiting & Raftery 2007) is width plus twenty times the miss:
lower is better, and wide intervals are no way out.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from labo import demo, territory
from labo.areas import grid_areas
from labo.catalogue import INDICATORS
from labo.crosswalk import coverage
from labo.diagnosis import PRESENT, diagnose
from labo.mirror import open_mirror
from labo.sources.insee import CELL_SIZE
from labo.zone_layers import layers_of

NOMINAL = 0.90
# Truths are written to eight digits.
ROUNDING = 1e-6


def one_city(form: str, seed: int, residents: int, buildings: bool) -> pd.DataFrame:
    """Write, diagnose and compare one city: a row per QPV and indicator."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo.write(folder, residents=residents, form=form, seed=seed)
        mirror = open_mirror(folder)
        if not buildings:
            entries = {k: v for k, v in mirror.entries.items() if "bdtopo" not in k}
            mirror = type(mirror)(mirror.folder, entries, mirror.territories)
        start = time.perf_counter()
        found = diagnose(mirror, "ville-temoin", seed=seed, tell=lambda _: None)
        seconds = time.perf_counter() - start
        told = pd.read_csv(folder / "truth/indicators.csv", dtype={"zone": str, "generation": str})
        told = told.sort_values("concept").drop_duplicates(
            ["zone", "generation", "indicator"], keep="last"
        )
        told = told[~told["generation"].fillna("").str.startswith("2015")]
        told = told.set_index(["zone", "indicator"])
        area = area_weighting(found.territory, mirror)
    values = found.values.set_index(["zone", "indicator"])
    values = values[values["reason"] == ""]
    values = values[values["scenario"] == PRESENT]
    told = told.rename(columns={"value": "truth"})[["truth", "zone_kind"]]
    table = values[["central", "low", "high"]].join(told, how="inner").reset_index("zone")
    in_qpvs = table["zone_kind"].groupby(level="indicator").agg(lambda kinds: "qpv" in set(kinds))
    wanted = np.where(in_qpvs.reindex(table.index), ["qpv"], ["commune"])
    table = table[
        (table["zone_kind"] == wanted) | ((table["zone_kind"] == "epci") & (wanted == "commune"))
    ]
    table = table.set_index("zone", append=True).swaplevel().drop(columns="zone_kind")
    table = table.join(area.rename("area")).reset_index()
    return table.assign(form=form, seed=seed, seconds=seconds)


def area_weighting(place: territory.Territory, mirror: Any) -> "pd.Series[float]":
    """Return the indicators of QPVs by plain area weighting of the cells."""
    areas = grid_areas(mirror, place, None, [])
    if isinstance(areas, str):
        raise TypeError(areas)
    zones = place.zones[place.zones["kind"] == "qpv"]
    table = areas.table
    share = coverage(
        zones.geometry.to_numpy(), table["x"].to_numpy(), table["y"].to_numpy(), CELL_SIZE
    )
    layers = {
        x.id: share @ x.formula(table).to_numpy(dtype=float)
        for x in layers_of("insee_filosofi_200m")
    }
    parts = {
        x.id: pd.Series(x.formula(*(layers[name] for name in x.layers)), index=zones["zone"])
        for x in INDICATORS
        if set(x.layers) <= set(layers)
    }
    wide = pd.DataFrame(parts).rename_axis(index="zone", columns="indicator")
    return pd.Series(wide.stack())


def summary(cities: pd.DataFrame) -> pd.DataFrame:
    """Return, by indicator: coverage, mean width, interval score, and area weighting's."""
    rows = []
    for name, x in cities.groupby("indicator"):
        truth = x["truth"].to_numpy()
        # Where there is nothing of it anywhere, figures are as they are.
        scale = np.mean(np.abs(truth)) or 1.0
        miss = np.maximum(x["low"] - truth, 0) + np.maximum(truth - x["high"], 0)
        width = x["high"] - x["low"]
        # Counts grow with the zone, so the rival's interval is a share of the value.
        relative = np.abs(x["area"] - truth) / np.abs(x["area"])
        half = np.quantile(relative, NOMINAL) * np.abs(x["area"])
        area_miss = np.maximum(np.abs(x["area"] - truth) - half, 0)
        score = width + 2 / (1 - NOMINAL) * miss
        area_score = 2 * half + 2 / (1 - NOMINAL) * area_miss
        rows.append(
            {
                "indicator": name,
                "zones": len(x),
                "coverage": float(np.mean(miss <= ROUNDING * scale)),
                "below": float(np.mean(truth < x["low"] - ROUNDING * scale)),
                "above": float(np.mean(truth > x["high"] + ROUNDING * scale)),
                "width": float(width.mean() / scale),
                "score": float(score.mean() / scale),
                "area_width": float((2 * half).mean() / scale),
                "area_score": float(area_score.mean() / scale),
                "error": float(np.median(np.abs(x["central"] - truth)) / scale),
                "bias": float(np.mean(x["central"] - truth) / scale),
                "area_error": float(np.median(np.abs(x["area"] - truth)) / scale),
            }
        )
    return pd.DataFrame(rows)


def figures(
    jobs: Sequence[tuple[str, int]], residents: int, *, buildings: bool
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Run every city, and return the figures, and the comparisons that they are made of."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tasks = [pool.submit(one_city, form, seed, residents, buildings) for form, seed in jobs]
        cities = pd.concat([task.result() for task in tasks], ignore_index=True)
    found = {
        "benchmark": "coverage",
        "cities": len(jobs),
        "residents": residents,
        "indicators": summary(cities).to_dict("records"),
        "by_form": {f: summary(c).to_dict("records") for f, c in cities.groupby("form")},
        "diagnosis_seconds": float(cities["seconds"].median()),
    }
    return found, cities


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    table = pd.DataFrame(found["indicators"]).set_index("indicator")
    table = table.assign(score_ratio=table["score"] / table["area_score"]).round(3)
    forms = pd.DataFrame(
        {
            form: pd.DataFrame(rows).set_index("indicator")["coverage"]
            for form, rows in found["by_form"].items()
        }
    ).rename_axis(columns="form")
    return (
        f"{found['cities']} cities of {found['residents']} residents, data draws only; widths, "
        f"scores and errors relative to the mean truth\n{table.to_string()}\n\n"
        f"coverage by city form\n{forms.round(3).to_string()}\n\n"
        f"median seconds of a diagnosis {found['diagnosis_seconds']:.1f}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the table; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--residents", type=int, default=150_000)
    parser.add_argument("--forms", nargs="*", default=list(demo.FORMS))
    parser.add_argument("--without-buildings", action="store_true")
    parser.add_argument("--quick", action="store_true", help="2 seeds, 30,000 residents")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=Path, help="also write every comparison as CSV")
    given = parser.parse_args(argv)
    seeds, residents = (2, 30_000) if given.quick else (given.seeds, given.residents)
    jobs = [(f, s) for s in range(given.first, given.first + seeds) for f in given.forms]
    found, cities = figures(jobs, residents, buildings=not given.without_buildings)
    if given.rows is not None:
        cities.to_csv(given.rows, index=False)
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
