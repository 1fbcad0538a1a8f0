"""The kills: each scene breaks the installation at a moment of chance, and has it checked."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench._faults_job import Job
from bench._faults_world import World

Scene = Callable[[World], None]
BUSY = 3.0  # seconds of work, at most, before something is killed


def worker(world: World) -> None:
    """A worker of the web server dies while people work."""
    world.people_for(world.some_time(BUSY))
    if pids := world.web.workers():
        with suppress(ProcessLookupError):
            os.kill(world.chance.choice(pids), signal.SIGKILL)
        world.report.killed("web worker")
    world.mend()
    world.check("a web worker was killed")


def master(world: World) -> None:
    """The web server and all its workers die while people work."""
    world.people_for(world.some_time(BUSY))
    world.web.kill()
    world.report.killed("web server")
    world.mend()
    world.check("the web server was killed")


def backend(world: World) -> None:
    """A process of PostgreSQL that serves a connection dies: it throws all of them out."""
    assert world.cluster is not None  # noqa: S101 (the scene is of PostgreSQL)
    world.people_for(world.some_time(BUSY))
    if pids := backends(world):
        world.cluster.kill_backend(world.chance.choice(pids))
        world.report.killed("PostgreSQL backend")
    time.sleep(0.5)
    world.mend()
    world.check("a backend of PostgreSQL was killed")


def backends(world: World) -> list[int]:
    """Return the processes of PostgreSQL that serve the site."""
    import psycopg

    assert world.cluster is not None  # noqa: S101
    with psycopg.connect(host=str(world.cluster.folder), user="labo", dbname="postgres") as asked:
        rows = asked.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = 'labo' ORDER BY pid"
        ).fetchall()
    return [int(pid) for (pid,) in rows]


def postmaster(world: World) -> None:
    """PostgreSQL dies altogether while people work, and recovers from its journal."""
    assert world.cluster is not None  # noqa: S101
    world.people_for(world.some_time(BUSY))
    world.cluster.kill()
    world.report.killed("PostgreSQL")
    time.sleep(world.some_time(1.0))
    world.mend()
    world.check("PostgreSQL was killed")


class Imports:
    """Releases to import, one after the other, each of a territory of its own."""

    def __init__(self, make: Callable[[Path, int], Path], folder: Path) -> None:
        self._make, self._folder, self._count = make, folder, 0
        self.tail = 1.0  # seconds that an import takes once it has begun to write

    def next(self) -> tuple[Path, str]:
        """Return the folder of another release, and its digest."""
        import hashlib

        self._count += 1
        made = self._make(self._folder / str(self._count), self._count)
        return made, hashlib.sha256((made / "manifest.json").read_bytes()).hexdigest()

    def undisturbed(self, world: World) -> None:
        """Import one whole, and keep how long its writing takes."""
        folder, digest = self.next()
        world.crowd.work()
        process = world.command("import_release", str(folder))
        before = process.seen(lambda: begun(world))
        start = time.monotonic()
        _importing(world, process, digest)
        if before:
            self.tail = max(time.monotonic() - start, 0.05)
        world.check("nothing (an import)", tidy=True)

    def killed(self, world: World) -> None:
        """An import dies; the same is run again."""
        folder, digest = self.next()
        world.crowd.work()
        process = world.command("import_release", str(folder))
        self._strike(world, process, process.kill, "import")
        world.check("an import was killed")
        _importing(world, world.command("import_release", "--once", str(folder)), digest)
        world.check("an import was killed and run again", tidy=True)

    def without_database(self, world: World) -> None:
        """The database dies in the middle of an import, which is then run again."""
        folder, digest = self.next()
        world.crowd.work()
        process = world.command("import_release", str(folder))
        if world.cluster is None:
            raise AssertionError("the scene is of PostgreSQL")
        self._strike(world, process, world.cluster.kill, "PostgreSQL")
        code, said = process.ended()
        if code == 0:
            world.crowd.ledger.releases.add(digest)
        elif "Traceback" in said:
            world.report.notes["import without database"] = said.strip().splitlines()[-1][:200]
        world.mend()
        world.check("PostgreSQL was killed during an import")
        _importing(world, world.command("import_release", "--once", str(folder)), digest)
        world.check("an import without database was run again", tidy=True)

    def two(self, world: World) -> None:
        """The same release is imported twice at once, with another; one of the three dies."""
        (folder, digest), (other, its) = self.next(), self.next()
        world.crowd.work()
        three = [world.command("import_release", str(x)) for x in (folder, folder, other)]
        victim = world.chance.randrange(4)
        if victim < 3:
            process = three[victim]
            self._strike(world, process, process.kill, "import")
        done = [p.ended() for p in three]
        world.report.tried("two imports at once")
        for (code, said), name in zip(done, (digest, digest, its), strict=True):
            if code == 0:
                world.crowd.ledger.releases.add(name)
            elif code in (-1, *range(1, 128)) and "imported already" not in said:
                world.report.wrong("two imports at once", [f"one ends with {said.strip()[-300:]}"])
        if victim == 3 and (sum(code == 0 for code, _ in done[:2]) != 1 or done[2][0] != 0):
            world.report.wrong("two imports at once", [f"codes {[c for c, _ in done]}"])
        world.check("two imports at once")
        for again, name in ((folder, digest), (other, its)):
            _importing(world, world.command("import_release", "--once", str(again)), name)
        world.check("two imports at once were run again", tidy=True)

    def _strike(self, world: World, process: Job, kill: Callable[[], Any], what: str) -> None:
        """Wait until an import writes, then for a part of its time, and kill."""
        if not process.seen(lambda: begun(world)):
            return
        time.sleep(world.some_time(1.1 * self.tail))
        if process.poll() is None:
            kill()
            world.report.killed(what)


def begun(world: World) -> bool:
    """Whether an import has begun to write."""
    root = world.data / "releases"
    return root.is_dir() and any(p.is_dir() and p.name.startswith(".") for p in root.iterdir())


def _importing(world: World, process: Job, digest: str) -> None:
    code, said = process.ended()
    if code == 0:
        world.crowd.ledger.releases.add(digest)
    else:
        world.report.wrong("an import", [f"it ends with {code}: {said.strip()[-300:]}"])


def plan(world: World, scenes: Sequence[tuple[Scene, int]], kills: int) -> Iterator[Scene]:
    """Give scenes until there are enough kills, each as often as its weight says."""
    order: list[Scene] = []
    while sum(world.report.kills.values()) < kills:
        if not order:
            order = [scene for scene, weight in scenes for _ in range(weight)]
            world.chance.shuffle(order)
        yield order.pop()
