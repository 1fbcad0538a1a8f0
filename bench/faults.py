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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import apart, text_table
from bench._cluster import Cluster, server

GOALS = {"kills": 100, "violations": 0}


@dataclass(frozen=True)
class Size:
    """kills: in all; think: mean seconds between two gestures of one person."""

    kills: int = 110
    phones: int = 8
    think: float = 0.3
    residents: int = 3_500
    draws: int = 20
    seed: int = 1


QUICK = replace(Size(), kills=12, phones=4)


def installation(folder: Path, release: Path, kind: str, kills: int, size: Size) -> dict[str, Any]:
    """Break one installation, in this process, and return what came of it."""
    from bench._faults_scenes import Imports, plan
    from bench._faults_world import World
    from bench.site import Model

    start = time.perf_counter()
    folder.mkdir(parents=True)
    program = server()
    cluster = Cluster(program, durable=True) if kind == "postgres" and program else None
    if cluster:
        cluster.start()
    model = Model(release, indicators=10)
    imports = Imports(lambda out, n: model.territory(out, n, 3), folder / "made")
    world = World(folder, cluster, seed=size.seed, phones=size.phones, think=size.think)
    try:
        world.check("nothing")
        imports.undisturbed(world)
        for scene in plan(world, imports, kills):
            begin = time.perf_counter()
            scene(world)
            sys.stderr.write(
                f"{kind}: {getattr(scene, '__name__', scene)}, "
                f"{sum(world.report.kills.values())} kills, "
                f"{time.perf_counter() - begin:.0f} s\n"
            )
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
    from bench.site import QUICK as small
    from bench.site import town as made

    return made(folder, replace(small, residents=size.residents, draws=size.draws))


def figures(size: Size, databases: Sequence[str]) -> dict[str, Any]:
    """Break an installation on each database, and return every figure."""
    found: dict[str, Any] = {"benchmark": "faults", "size": asdict(size)}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="labo-bench-") as name:
        folder = Path(name)
        release = apart(town, folder, size)
        for kind in databases:
            if kind == "postgres" and server() is None:
                found[kind] = None
                continue
            share = -(-size.kills // len(databases))
            found[kind] = apart(installation, folder / kind, release, kind, share, size)
    parts = [x for x in (found.get(k) for k in databases) if x]
    found["kills"] = sum(sum(x["kills"].values()) for x in parts)
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
        [f"{key} of: {what}" if key == "kills" else what, *(x[key].get(what, 0) for x in done.values())]
        for what, key in lines
    ]
    names = ("checks", "words", "votes", "stances", "sheet_texts", "conflicts", "documents",
             "releases", "answers", "retries", "seconds")  # fmt: skip
    rows += [[name, *(x.get(name) for x in done.values())] for name in names]
    wrong = found["violations"]
    return (
        f"{os.cpu_count()} processors, load of the machine {os.getloadavg()[0]:.1f}; everything is "
        f"invented\n{text_table(['', *done], rows)}\n"
        f"{found['kills']} kills survived, {len(wrong)} violations (goal 0), "
        f"{found['seconds']:.0f} s\n" + "".join(f"! {text}\n" for text in wrong)
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
