"""Faults that are no kills: disks that are full or closed, a clock that jumps, a bad network."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bench._faults_proxy import Proxy
from bench._faults_scenes import Imports
from bench._faults_world import World, forget_connections, read_only, shadowed

CLOCKS = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")
MEGABYTE = 1_000_000


def network(world: World, mode: str, seconds: float) -> None:
    """People reach the server through a bad line for a while."""
    proxy = Proxy(world.web.port, seed=world.chance.randrange(1_000_000))
    proxy.mode = mode
    world.port = proxy.port
    try:
        world.people_for(seconds)
    finally:
        world.port = world.web.port
    world.report.tried(f"network, {mode}")
    if mode != "slow":
        name = f"lines {mode}"
        world.report.notes[name] = world.report.notes.get(name, 0) + proxy.cuts
    world.check(f"network, {mode}")
    proxy.close()


def clock(world: World, seconds: float) -> None:
    """The clock of the server jumps back by three days while it works, then by sixty years."""
    library = next((str(p) for c in CLOCKS for p in sorted(Path("/").glob(c[1:]))), "")
    if not library:
        world.report.skipped.append("clock: libfaketime is not on this machine")
        return
    now = world.folder / "clock"
    now.write_text("+0")
    given = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(now), "FAKETIME_NO_CACHE": "1",
             "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
    world.web.stop()
    world.web.given(**given)
    world.web.start()
    try:
        for jump in ("-3d", "+1d", "-400d"):
            world.people_for(seconds / 2)
            now.write_text(jump)
            world.people_for(seconds)
            world.report.tried("clock that jumps back")
            world.check(f"the clock jumped to {jump}")
    finally:
        world.web.stop()
        world.web.given(**dict.fromkeys(given, ""))
        world.web.start()
    path = world.folder / "of-1970.zip"
    stopped = {**given, "FAKETIME_TIMESTAMP_FILE": "", "FAKETIME": "@1971-02-03 04:05:06"}
    code, said = world.program("labo-web", "backup", str(path), **stopped).ended()
    world.report.tried("clock that was never set (backup)")
    if code or not path.exists():
        world.report.wrong("a clock that was never set", [f"a backup ends with {said[-300:]}"])


def closed_folders(world: World, imports: Imports, seconds: float) -> None:
    """Nobody may write where photos, then releases, are kept."""
    try:
        with read_only(world.data / "media"):
            world.people_for(seconds)
        world.report.tried("read-only folder of photos")
        world.check("the folder of photos was read-only")
        folder, digest = imports.next()
        with read_only(world.data / "releases"):
            code, said = world.command("import_release", str(folder)).ended()
        refused(world, "an import into a read-only folder", code, said)
        world.report.tried("read-only folder of releases")
        again, said = world.command("import_release", str(folder)).ended()
        if again == 0:
            world.crowd.ledger.releases.add(digest)
        else:
            world.report.wrong("the folder of releases was read-only", [said[-300:]])
        world.check("the folder of releases was read-only", tidy=True)
        code, said = _backup_into_closed(world)
        refused(world, "a backup into a read-only folder", code, said)
        world.report.tried("read-only folder of copies")
    except OSError as error:
        world.report.skipped.append(f"read-only folder: {error}")


def _backup_into_closed(world: World) -> tuple[int, str]:
    folder = world.folder / "closed"
    with read_only(folder):
        return world.command("backup", str(folder / "copy.zip")).ended()


def refused(world: World, what: str, code: int, said: str) -> None:
    """Ask that something was refused in words."""
    if code == 0 or "Traceback" in said:
        world.report.wrong(what, [f"it ends with {code}: {said.strip()[-300:]}"])


@contextlib.contextmanager
def small_disks(world: World) -> Iterator[list[Path]]:
    """Put the installation, and PostgreSQL's own folder, on small disks; it ends with them.

    Raises:
        OSError: one may not.
    """
    world.crowd.settle(120)
    world.web.stop()
    forget_connections()
    with contextlib.ExitStack() as stack:
        disks = [stack.enter_context(shadowed(world.data, 400))]
        if world.cluster:
            world.cluster.stop()
            disks.append(stack.enter_context(shadowed(world.cluster.folder, 600)))
            world.cluster.ensure()
        world.web.start()
        try:
            yield disks
        finally:
            world.crowd.end()
            world.web.stop()
            forget_connections()
            if world.cluster:
                world.cluster.ensure()
                world.cluster.stop()


def fill(disk: Path, left: int) -> Path:
    """Fill a disk but for some bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while True:
            free = shutil.disk_usage(disk).free - left
            if free <= 0:
                break
            os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, min(free, MEGABYTE))
    return ballast


def full_disks(world: World, imports: Imports, seconds: float) -> None:
    """Disks are filled while people work, while a release is imported, while a copy is made."""
    try:
        with small_disks(world) as disks:
            for disk in disks:
                which = "data" if disk == world.data else "PostgreSQL"
                for left in (0, world.chance.randrange(300_000)):
                    world.crowd.work()
                    time.sleep(0.5)
                    ballast = fill(disk, left)
                    time.sleep(seconds)
                    ballast.unlink()
                    world.mend()
                    world.report.tried(f"full disk of {which}")
                    world.check(f"the disk of {which} was full")
            folder, digest = imports.next()
            world.crowd.settle(120)
            ballast = fill(world.data, 200_000)
            code, said = world.command("import_release", str(folder)).ended()
            copied, words = world.command("backup", str(world.data / "copy.zip")).ended()
            ballast.unlink()
            refused(world, "an import onto a full disk", code, said)
            refused(world, "a backup onto a full disk", copied, words)
            world.report.tried("full disk (an import, a backup)")
            if (world.data / "copy.zip").exists():
                world.report.wrong("a backup onto a full disk", ["half an archive has its name"])
            world.check("the disk was full during an import")
            if world.command("import_release", str(folder)).ended()[0] == 0:
                world.crowd.ledger.releases.add(digest)
            world.check("the disk was full during an import, which was run again", tidy=True)
    except OSError as error:
        world.report.skipped.append(f"full disk: {error}")
