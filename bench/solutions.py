"""Pages that calculate when they are asked: `python -m bench.solutions`.

Warm, in process, as `bench.site` reads pages: the scores of a drawn site with three variants, the
solutions that answer a neighbourhood, a plan under a warming level, and a list under a budget (what
comes at once, then the front and the lists that are least regretted). The town is invented.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import apart, site, text_table

GOALS = {"site": 200, "list": 5_000}
NAMES = {
    "site": "site, three variants, as a fragment",
    "site_page": "site, the whole page",
    "catalogue": "catalogue of solutions",
    "here": "solutions for a neighbourhood",
    "plan": "a plan, at +2.7 °C",
    "list": "list under a budget, what comes at once",
    "far": "front and least regretted lists",
}
COLUMNS = ("ms", "worst_ms", "processor_ms", "kb")


@dataclass(frozen=True)
class Size:
    """surfaces, trees: drawn in each state of the site. repeats: of each request."""

    residents: int = 25_000
    draws: int = 200
    surfaces: int = 60
    trees: int = 100
    repeats: int = 20


QUICK = Size(residents=6_000, draws=40, surfaces=20, trees=30, repeats=5)


def drawing(size: Size, west: float, north: float) -> dict[str, Any]:
    """Return a yard of 100 m × 80 m: today, and three variants of it."""

    def state(kinds: Sequence[str], trees: int) -> dict[str, Any]:
        surfaces = []
        for n in range(size.surfaces):
            x, y = west + 10 * (n % 10), north + 8 * (n // 10)
            ring = [[x, y], [x + 9, y], [x + 9, y + 7], [x, y + 7]]
            surfaces.append({"kind": kinds[n % len(kinds)], "points": ring})
        return {
            "rest": "asphalt",
            "surfaces": surfaces,
            "trees": [
                {"kind": "young", "points": [[west + n % 99 + 0.5, north + n // 99 + 0.5]]}
                for n in range(trees)
            ],
        }

    edge = [[west, north], [west + 100, north], [west + 100, north + 80], [west, north + 80]]
    states = [
        *(state(["light_concrete"], 0), state(["grass"], size.trees)),
        *(state(["shrubs", "grass_joints"], size.trees), state(["grass", "wood_chips"], 0)),
    ]
    return {"outline": edge, "states": states}


def measured(ask: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Return median and largest milliseconds of a request, once it is warm, and its kilobytes."""
    answer = ask()
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request['PATH_INFO']} answers {answer.status_code}")
    seconds, worked = [], []
    for _ in range(repeats):
        start, before = time.perf_counter(), time.process_time()
        ask()
        seconds.append(time.perf_counter() - start)
        worked.append(time.process_time() - before)
    return {
        "ms": 1_000 * statistics.median(seconds),
        "worst_ms": 1_000 * max(seconds),
        "processor_ms": 1_000 * statistics.median(worked),
        "kb": len(answer.content) / 1_000,
    }


def pages(data: Path, release: Path, size: Size) -> dict[str, Any]:
    """Measure each page of a town, by name."""
    site.site(data)
    site.opened(release)
    from django.test import Client

    from labo.option_template import Place
    from labo_web.atlas import option_list, sheet
    from labo_web.releases.models import Zone

    zones = list(Zone.objects.select_related("release").filter(kind="qpv").order_by("code"))
    zone, places = zones[0], [Place(z.code, z.name, 1_000.0) for z in zones]
    client = Client(headers={"host": "127.0.0.1"})
    west, north = sheet.of_zone(zone).outline[0]
    here = f"/territoires/{site.TOWN}/quartiers/{zone.code}"
    drawn = {"mode": "dessin", "dessin": json.dumps(drawing(size, west, north))}
    choose, live = f"/territoires/{site.TOWN}/choisir/", {"HX-Request": "true"}
    text = option_list.example(places)
    listed = {"liste": text, "budget.n": "400000", "q.0": "1"}
    plan = f"{here}/et-si/?a1=plant_trees&a1.n=50&a2=unseal_soil&a2.n=500&climat=2.7"
    few = max(size.repeats // 4, 3)
    asked: dict[str, tuple[Callable[[], Any], int]] = {
        "site": (lambda: client.post(f"{here}/site/", drawn, headers=live), size.repeats),
        "site_page": (lambda: client.post(f"{here}/site/", drawn), size.repeats),
        "catalogue": (lambda: client.get("/solutions/"), size.repeats),
        "here": (lambda: client.get(f"{here}/solutions/"), size.repeats),
        "plan": (lambda: client.get(plan, headers=live), size.repeats),
        "list": (lambda: client.post(choose, listed, headers=live), few),
        "far": (lambda: client.post(choose, listed | {"part": "loin"}, headers=live), few),
    }
    return {"options": text.count("\n") - 1} | {
        name: measured(ask, repeats) for name, (ask, repeats) in asked.items()
    }


def figures(size: Size, work: Callable[..., Any] = apart) -> dict[str, Any]:
    """Make a town and measure its pages, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="labo-bench-") as name:
        folder = Path(name)
        release = work(site.town, folder, size)
        return {"benchmark": "solutions", "pages": work(pages, folder / "site", release, size)}


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    measures = found["pages"]
    rows: list[list[object]] = [
        [said, *(measures[name][k] for k in COLUMNS)] for name, said in NAMES.items()
    ]
    goals: list[list[object]] = [
        [NAMES[name], measures[name]["ms"], f"< {goal}"] for name, goal in GOALS.items()
    ]
    load = os.getloadavg()[0]
    head = ["page, warm", "median ms", "largest ms", "processor ms", "kB"]
    return (
        f"{os.cpu_count()} processors, load of the machine {load:.1f}; everything is invented; "
        f"{measures['options']} options in the list\n"
        f"{text_table(head, rows)}\n\n{text_table(['', 'measured, ms', 'goal, ms'], goals)}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller town, fewer repeats")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    found = figures(QUICK if given.quick else Size())
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
