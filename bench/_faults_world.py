"""The installation that is broken on purpose: its folder, its database, its server, its people."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench._cluster import Cluster
from bench._faults_check import violations
from bench._faults_people import Crowd, Scene
from bench.room import Server
from bench.site import ROOT, TOWN, environment, site

BIN = Path(sys.executable).parent
SETTLE = 120.0  # seconds for everybody to end what they are at, once all is mended
LONG = 300.0  # seconds after which a command hangs
STEP = 0.002  # seconds between two looks at what a process does


@dataclass
class Report:
    """What was done to one installation, and what did not hold."""

    kills: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    checks: int = 0
    violations: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def killed(self, what: str, count: int = 1) -> None:
        """Count processes that were killed."""
        self.kills[what] = self.kills.get(what, 0) + count

    def tried(self, what: str) -> None:
        """Count a fault of another kind."""
        self.faults[what] = self.faults.get(what, 0) + 1

    def wrong(self, after: str, sentences: Sequence[str]) -> None:
        """Keep what did not hold, once, with the fault that it was seen after."""
        known = {text.partition(": ")[2] for text in self.violations}
        self.violations += [f"{after}: {x}" for x in sentences if x not in known]


class Web(Server):
    """The site's server as its unit runs it: workers that die are replaced, and so is it."""

    def __init__(self, data: Path, address: str, workers: int, under: Sequence[str] = ()) -> None:
        super().__init__(data, address, workers)
        self._command[-1:-1] = ["--respawn-failed-workers", "--respawn-interval", "1"]
        self._environment["LABO_LOG_LEVEL"] = "CRITICAL"
        self._plain = list(self._command)
        self.run_under(under)

    def run_under(self, command: Sequence[str], **more: str) -> None:
        """Be started by another program from now on, or by none."""
        self._command = [*command, *self._plain]
        self._environment = {**self._environment, **more}

    def workers(self) -> list[int]:
        """Return its workers."""
        assert self._process is not None  # noqa: S101 (started)
        found = [self._process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    found += map(int, task.read_text().split())
        return [pid for pid in found[1:] if b"granian" in _words_of(pid)]

    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process is None or self._process.poll() is not None

    def ensure(self) -> None:
        """Start it again if it has ended, as the machine's manager does."""
        if self.ended():
            self.start()


def _words_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class World:
    """One installation: in this process too, whose Django reads the same database."""

    def __init__(
        self, folder: Path, cluster: Cluster | None, *, seed: int, phones: int, think: float
    ) -> None:
        self.folder, self.cluster = folder, cluster
        self.data = folder / "data"
        self.address = cluster.create("labo") if cluster else ""
        self.chance = random.Random(seed)
        self.report = Report()
        site(self.data, self.address)
        self.scene = prepare()
        self.web = Web(self.data, self.address, workers=2)
        self.web.start()
        self.crowd = Crowd(
            self.scene, lambda: self.port, seed=seed, phones=phones, think=think
        )
        # Where people knock: the server itself, or what stands before it.
        self.port = self.web.port

    @property
    def name(self) -> str:
        """The database's."""
        return "PostgreSQL" if self.cluster else "SQLite"

    def some_time(self, most: float, least: float = 0.0) -> float:
        """Return seconds, by chance."""
        return self.chance.uniform(least, most)

    def people_for(self, seconds: float) -> None:
        """Let people work for a while."""
        self.crowd.work()
        time.sleep(seconds)

    def mend(self) -> None:
        """Bring back what was killed."""
        if self.cluster:
            self.cluster.ensure()
        self.web.ensure()

    def check(self, after: str, *, tidy: bool = False) -> None:
        """Let people end what they are at, then look whether all that must hold does."""
        self.crowd.work()
        self.crowd.progress(SETTLE)
        stuck = self.crowd.settle(SETTLE)
        sentences = [f"{name} never got an answer" for name in stuck]
        forget_connections()
        sentences += violations(self.scene, self.crowd.ledger, tidy=tidy)
        self.report.wrong(after, sentences)
        self.report.checks += 1
        if sentences:
            sys.stderr.write("".join(f"  ! {after}: {text}\n" for text in sentences))

    def command(self, *words: str, under: Sequence[str] = (), **more: str) -> subprocess.Popen[str]:
        """Start `labo-web` with some words, in a group of its own."""
        given = os.environ | environment(self.data, self.address) | more
        return subprocess.Popen(  # noqa: S603
            [*under, str(BIN / "labo-web"), *words], cwd=ROOT, env=given, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def end(self) -> None:
        """End its server and its people."""
        self.crowd.end()
        self.web.stop()
        forget_connections()


def forget_connections() -> None:
    """Open the database anew: the one that was there may be dead."""
    from django.db import connections

    from labo_web.releases import kept

    connections.close_all()
    kept.forget()


def ended(process: subprocess.Popen[str], seconds: float = LONG) -> tuple[int, str]:
    """Wait for a command, and return its code and what it printed."""
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        kill_group(process)
        said, _ = process.communicate()
        return -1, f"it hung: {said}"
    return process.returncode, said


def kill_group(process: subprocess.Popen[Any]) -> bool:
    """kill -9 a command and all that it started; return whether it was still at work."""
    alive = process.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


def seen(process: subprocess.Popen[str], there: Callable[[], bool]) -> float | None:
    """Wait until a command does something that can be seen; None where it ended before."""
    start = time.monotonic()
    while process.poll() is None and time.monotonic() < start + LONG:
        if there():
            return time.monotonic() - start
        time.sleep(STEP)
    return None


def prepare() -> Scene:
    """Write the room and the roadmap that people use, in this process; everything is invented."""
    import datetime as dt
    import io

    from django.conf import settings
    from django.test import Client
    from django.utils import timezone
    from PIL import Image

    from labo_web.accounts.models import Organisation, Person, Role, Territory
    from labo_web.roadmaps.models import Roadmap
    from labo_web.roadmaps.saving import create
    from labo_web.workshops.models import Choice, Contribution, Event, Question

    town = Territory.objects.create(code=TOWN, name="Ville inventée (données fictives)")
    body = Organisation.objects.create(name="Agglomération inventée", kind="authority")
    now = timezone.now()
    event = Event.objects.create(
        territory=town, kind="meeting", state="announced", title="Réunion inventée",
        starts_at=now, ends_at=now + dt.timedelta(hours=3), place="Salle", level="concert",
        opened_at=now, fictive=True,
    )  # fmt: skip
    say = Question.objects.create(event=event, position=1, kind="say", text="Où a-t-on chaud ?")
    dots = Question.objects.create(
        event=event, position=2, kind="dots", text="Par quoi commencer ?", dots=3
    )
    choices = [
        Choice.objects.create(question=dots, position=i, text=f"Choix {i}").pk for i in (1, 2, 3)
    ]
    shown = [
        Contribution.objects.create(
            territory=town, event=event, question=say, text=f"Parole inventée {i}.", state="shown"
        ).number
        for i in range(3)
    ]
    sessions = []
    people = []
    for n in range(3):
        person = Person.objects.create_user(
            f"officer-{n}@example.org", name=f"Agent {n}", organisation=body
        )
        Role.objects.create(person=person, territory=town, kind="officer")
        browser = Client(headers={"host": "127.0.0.1"})
        browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        sessions.append(browser.cookies["sessionid"].value)
        people.append(person)
    roadmap = Roadmap.objects.create(territory=town, title="Feuille de route inventée")
    numbers = []
    for n in range(2):
        made = create(
            roadmap,
            {"title": f"Action inventée {n}", "finding": "Il fait chaud.", "carrier": "ville",
             "first_step": "visiter"},
            by=people[0], origin="nothing",
        )  # fmt: skip
        numbers.append(made.number)
    photo = io.BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(photo, "JPEG")
    return Scene(
        room=event.code, say=say.pk, dots=dots.pk, choices=tuple(choices), shown=tuple(shown),
        roadmap=f"/territoires/{TOWN}/feuille-de-route/", sheets=tuple(numbers),
        officers=tuple(sessions), photo=photo.getvalue(),
    )  # fmt: skip


@contextlib.contextmanager
def shadowed(path: Path, megabytes: int) -> Iterator[Path]:
    """Put a small disk in place of a folder, with what the folder holds; it vanishes afterwards.

    Raises:
        OSError: one may not.
    """
    beside = path.with_name(f"{path.name}-disk")
    beside.mkdir()
    _system("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(beside))
    try:
        _system("cp", "-a", f"{path}/.", str(beside))
        _system("mount", "--bind", str(beside), str(path))
        try:
            yield path
        finally:
            _system("umount", "--lazy", str(path))
    finally:
        _system("umount", "--lazy", str(beside))
        beside.rmdir()


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Let nobody write in a folder, root included.

    Raises:
        OSError: one may not.
    """
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        mode = path.stat().st_mode
        path.chmod(0o555)
        try:
            yield
        finally:
            path.chmod(mode)
        return
    _system("mount", "--bind", str(path), str(path))
    try:
        _system("mount", "-o", "remount,ro,bind", str(path))
        yield
    finally:
        _system("umount", "--lazy", str(path))


def _system(*command: str) -> None:
    if shutil.which(command[0]) is None:
        raise OSError(f"{command[0]} is not on this machine")
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise OSError(f"{' '.join(command[:2])}: {ran.stderr.strip()}")
