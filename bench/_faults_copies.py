"""Kills of copies: backup while people use the site, and restoration into an empty installation."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

from bench import apart
from bench._faults_check import violations
from bench._faults_job import Job
from bench._faults_people import Ledger, Scene
from bench._faults_world import World, forget_connections


class Copies:
    """Copies of the installation, in a folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._count = 0
        self.tail = 1.0  # seconds that a copy takes once it has begun to write
        self.restoring = 3.0

    def _next(self) -> Path:
        self._count += 1
        return self.folder / f"copy-{self._count}.zip"

    def _hidden(self) -> list[str]:
        return [p.name for p in self.folder.iterdir() if p.name.startswith(".")]

    def undisturbed(self, world: World) -> None:
        """Make one whole, and keep how long it takes."""
        path = self._next()
        job = world.command("backup", str(path))
        job.seen(lambda: bool(self._hidden()))
        start = time.monotonic()
        self._whole(world, job, path)
        self.tail = max(time.monotonic() - start, 0.05)
        world.check("nothing (a backup)", tidy=True)

    def _whole(self, world: World, job: Job, path: Path) -> None:
        """Hold an archive that was announced to what it says of itself."""
        code, said = job.ended()
        if code:
            world.report.wrong("a backup", [f"it ends with {code}: {said.strip()[-300:]}"])
            return
        self._verify(world, path)

    def _verify(self, world: World, path: Path) -> None:
        from labo.errors import LaboError
        from labo_web.moving.restore import check

        try:
            check(path)
        except LaboError as error:
            world.report.wrong("a backup", [f"{path.name} is not whole: {error}"])

    def killed(self, world: World) -> None:
        """A copy dies while people work; another is made under another name."""
        path = self._next()
        world.crowd.work()
        job = world.command("backup", str(path))
        if job.seen(lambda: bool(self._hidden())):
            time.sleep(world.some_time(1.1 * self.tail))
            if job.kill():
                world.report.killed("backup")
        job.ended()
        if path.exists():
            self._verify(world, path)
        again = self._next()
        self._whole(world, world.command("backup", str(again)), again)
        if left := self._hidden():
            world.report.wrong("a backup was killed", [f"{left} were left unfinished"])
        world.check("a backup was killed", tidy=True)

    def without_database(self, world: World) -> None:
        """The database dies in the middle of a copy."""
        assert world.cluster is not None  # noqa: S101 (the scene is of PostgreSQL)
        path = self._next()
        world.crowd.work()
        job = world.command("backup", str(path))
        if job.seen(lambda: bool(self._hidden())):
            time.sleep(world.some_time(self.tail))
            world.cluster.kill()
            world.report.killed("PostgreSQL")
        code, _ = job.ended()
        world.mend()
        if path.exists():
            self._verify(world, path)
        elif code == 0:
            world.report.wrong("a backup", [f"{path.name} was announced and is lost"])
        if left := self._hidden():
            world.report.wrong("a backup without database", [f"{left} were left unfinished"])
        world.check("PostgreSQL was killed during a backup")

    def restored(self, world: World) -> None:
        """A restoration dies, twice perhaps; run again, all that was told is there."""
        world.crowd.work()
        world.crowd.settle(120)
        path = self._next()
        self._whole(world, world.command("backup", str(path)), path)
        other = world.folder / f"other-{self._count}"
        other.mkdir()
        address, name = "", f"other{self._count}"
        if world.cluster:
            forget_connections()
            address = world.cluster.create(name, "empty")
        else:
            shutil.copy(world.folder / "empty" / "labo.sqlite3", other)
        given = {"LABO_DATA": str(other), "DATABASE_URL": address}
        for _ in range(2):
            job = world.program("labo-web", "restore", str(path), **given)
            if not job.seen(lambda: any(other.glob(".restoring-*"))):
                break
            time.sleep(world.some_time(self.restoring))
            if job.kill():
                world.report.killed("restoration")
            job.ended()
        start = time.monotonic()
        job = world.program("labo-web", "restore", str(path), **given)
        job.seen(lambda: any(other.glob(".restoring-*")))
        begun = time.monotonic()
        code, said = job.ended()
        after = "a restoration was killed"
        if code and "n’est pas vide" not in said:
            world.report.wrong(after, [f"run again, it ends with {code}: {said.strip()[-300:]}"])
        elif code == 0:
            self.restoring = max(time.monotonic() - max(begun, start), 0.1)
        # All or nothing: where it says that it is not empty, the one that died had ended.
        found = apart(look, other, address, world.scene, world.crowd.ledger)
        world.report.wrong(after, [f"in the restored copy, {text}" for text in found])
        world.report.checks += 1
        shutil.rmtree(other, ignore_errors=True)
        if world.cluster:
            world.cluster.drop(name)
        world.check(after)


def look(data: Path, address: str, scene: Scene, ledger: Ledger) -> list[str]:
    """Check another installation, in this process."""
    from bench.site import environment

    environment(data, address)
    import django

    django.setup()
    # What was wrong before the copy is told already.
    return list(violations(scene, replace(ledger, wrong=[]), tidy=True))
