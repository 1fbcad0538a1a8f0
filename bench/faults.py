"""Kill and break everything, and see whether anything is lost: `python -m bench.faults`.

While people speak, vote, write sheets and ask for documents, processes are killed (`kill -9`) at
moments that a fixed seed chooses: workers and master of the web server, PostgreSQL and the process
of one connection, imports of releases, copies of the installation and their restoration, diagnoses
and their workers. Disks are filled or closed, the clock jumps back, the network is slow or cut.
After each, `bench._faults_check` compares the database and the disk with what was acknowledged.

On SQLite, then on a private PostgreSQL that waits for the disk. Everything is invented, and thrown
away afterwards; the servers listen to this machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import apart, text_table
from bench._cluster import Cluster, server

GOALS = {"kills": 100, "violations": 0}


@dataclass(frozen=True)
class Size:
    """kills: in all, of which one in `engine` is of diagnoses; think: mean seconds between two
    gestures of one person; others: whether faults that are no kills are tried too, and seconds how
    long each lasts.
    """

    kills: int = 120
    engine: int = 10
    phones: int = 8
    think: float = 0.5
    others: bool = True
    seconds: float = 3.0
    residents: int = 3_500
    draws: int = 20
    seed: int = 1


QUICK = replace(Size(), kills=12, engine=6, phones=4, seconds=1.0)


def installation(folder: Path, release: Path, kind: str, kills: int, size: Size) -> dict[str, Any]:
    """Break one installation, in this process, and return what came of it."""
    from bench import _faults_others as others
    from bench import _faults_scenes as scenes
    from bench._faults_copies import Copies
    from bench._faults_world import World
    from bench.site import Model

    start = time.perf_counter()
    folder.mkdir(parents=True)
    program = server()
    cluster = Cluster(program, durable=True) if kind == "postgres" and program else None
    if cluster:
        cluster.start()
    model = Model(release, indicators=10)
    imports = scenes.Imports(lambda out, n: model.territory(out, n, 3), folder / "made")
    world = World(folder, cluster, seed=size.seed, phones=size.phones, think=size.think)
    copies = Copies(folder / "copies")
    all_scenes: list[tuple[scenes.Scene, int]] = [
        (scenes.worker, 4), (scenes.master, 2), (imports.killed, 3), (imports.two, 1),
        (copies.killed, 2), (copies.restored, 1),
    ]  # fmt: skip
    if cluster:
        all_scenes += [(scenes.backend, 3), (scenes.postmaster, 3), (imports.without_database, 1),
                       (copies.without_database, 1)]  # fmt: skip
    try:
        world.check("nothing")
        if size.others:
            imports.undisturbed(world)
            copies.undisturbed(world)
            for mode in ("slow", "cut request", "cut answer"):
                others.network(world, mode, size.seconds)
            others.clock(world, size.seconds)
            others.closed_folders(world, imports, size.seconds)
        for scene in scenes.plan(world, all_scenes, kills):
            scene(world)
        if size.others:
            others.full_disks(world, imports, size.seconds)
    finally:
        world.end()
        if cluster:
            cluster.ensure()
            cluster.stop()
            cluster.remove()
    ledger = world.crowd.ledger
    return {
        **asdict(world.report),
        "seconds": time.perf_counter() - start,
        "words": len(ledger.words), "votes": len(ledger.votes), "stances": len(ledger.stances),
        "sheet_texts": sum(map(len, (*ledger.texts.values(), *ledger.steps.values()))),
        "conflicts": ledger.conflicts, "documents": ledger.documents,
        "releases": len(ledger.releases), "answers": ledger.answers, "retries": ledger.retries,
    }  # fmt: skip


def town(folder: Path, size: Size) -> Path:
    """Diagnose the small town whose release is copied."""
    from bench import site

    return site.town(folder, replace(site.QUICK, residents=size.residents, draws=size.draws))


def figures(size: Size, databases: Sequence[str]) -> dict[str, Any]:
    """Break an installation on each database, and diagnoses beside; return every figure."""
    from bench._faults_engine import engine

    found: dict[str, Any] = {"benchmark": "faults", "size": asdict(size)}
    start = time.perf_counter()
    there = [kind for kind in databases if kind != "postgres" or server()]
    found |= dict.fromkeys(databases)
    beside = max(1, size.kills // size.engine)
    share = -(-(size.kills - beside) // max(len(there), 1))
    with tempfile.TemporaryDirectory(prefix="labo-bench-") as name, ThreadPoolExecutor() as pool:
        folder = Path(name)
        of_engine = pool.submit(
            apart, engine, folder / "engine", beside, size.residents, size.draws, size.seed
        )
        release = apart(town, folder, size)
        works = {
            kind: pool.submit(apart, installation, folder / kind, release, kind, share, size)
            for kind in there
        }
        found |= {kind: work.result() for kind, work in works.items()}
        found["engine"] = of_engine.result()
    parts = [x for x in (found.get(k) for k in (*databases, "engine")) if x]
    found["kills"] = sum(sum(x["kills"].values()) for x in parts)
    found["faults"] = sum(sum(x["faults"].values()) for x in parts)
    found["violations"] = [v for x in parts for v in x["violations"]]
    found["seconds"] = time.perf_counter() - start
    return found


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    done = {k: found[k] for k in ("sqlite", "postgres", "engine") if found.get(k)}
    lines = [
        (what, key)
        for key in ("kills", "faults")
        for what in dict.fromkeys(w for x in done.values() for w in x[key])
    ]
    rows: list[list[object]] = [
        [
            f"{key} of: {what}" if key == "kills" else what,
            *(x[key].get(what, 0) for x in done.values()),
        ]
        for what, key in lines
    ]
    names = ("checks", "words", "votes", "stances", "sheet_texts", "conflicts", "documents",
             "releases", "answers", "retries", "seconds")  # fmt: skip
    rows += [[name.replace("_", " "), *(x.get(name) for x in done.values())] for name in names]
    wrong = found["violations"]
    skipped = [f"not tried on {k}: {text}\n" for k, x in done.items() for text in x["skipped"]]
    absent = [] if found.get("postgres", True) else ["PostgreSQL is not on this machine.\n"]
    return (
        f"{os.cpu_count()} processors, load of the machine {os.getloadavg()[0]:.1f}; everything is "
        f"invented\n{text_table(['', *done], rows)}\n"
        f"{found['kills']} kills survived (goal {GOALS['kills']}), {found['faults']} other faults, "
        f"{len(wrong)} violations (goal 0), {found['seconds']:.0f} s\n"
        + "".join([*skipped, *absent, *(f"! {text}\n" for text in wrong)])
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a dozen kills")
    parser.add_argument("--kills", type=int, help="how many in all")
    parser.add_argument("--seed", type=int, help="of what is killed, and when")
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="one of the two only")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    asked = {k: v for k in ("kills", "seed") if (v := getattr(given, k)) is not None}
    size = replace(QUICK if given.quick else Size(), **asked)
    databases = [given.database] if given.database else ["sqlite", "postgres"]
    found = figures(size, databases)
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 1 if found["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
