"""The installation that is broken on purpose: its folder, its database, its server, its people."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench._cluster import Cluster
from bench._faults_check import violations
from bench._faults_job import Job, command, program
from bench._faults_people import Crowd, Scene
from bench._faults_report import Report
from bench.room import Server
from bench.site import TOWN, site

SETTLE = 120.0  # seconds for everybody to end what they are at, once all is mended


class Web(Server):
    """The site's server as its unit runs it: workers that die are replaced, and so is it."""

    def __init__(self, data: Path, address: str, workers: int) -> None:
        super().__init__(data, address, workers)
        self._command[-1:-1] = ["--respawn-failed-workers", "--respawn-interval", "1"]
        self._errors = os.open(data.with_name("server.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def given(self, **more: str) -> None:
        """Have these in its environment from its next start on."""
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
        self._begun = 0
        site(self.data, self.address)
        # What a restoration finds: the tables, and nothing in them.
        forget_connections()
        (folder / "empty").mkdir()
        if cluster:
            cluster.create("empty", "labo")
        else:
            shutil.copy(self.data / "labo.sqlite3", folder / "empty")
        self.scene = prepare()
        self.web = Web(self.data, self.address, workers=2)
        self.web.start()
        self.crowd = Crowd(self.scene, lambda: self.port, seed=seed, phones=phones, think=think)
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
        kills, now = sum(self.report.kills.values()), time.strftime("%H:%M:%S", time.gmtime())
        sys.stderr.write(f"{now} {self.name}, {kills} kills: {after}\n")

    def command(self, *words: str) -> Job:
        """Begin `labo-web` with some words."""
        self._begun += 1
        return command(self.folder / f"said-{self._begun}", *words)

    def program(self, *words: str, under: Sequence[str] = (), **given: str) -> Job:
        """Start a program as a person does."""
        self._begun += 1
        here = {"LABO_DATA": str(self.data), "DATABASE_URL": self.address}
        return program(self.folder / f"said-{self._begun}", *words, under=under, given=here | given)

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


def prepare(town: str = TOWN) -> Scene:
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

    here = Territory.objects.create(code=town, name="Ville inventée (données fictives)")
    body = Organisation.objects.create(name="Agglomération inventée", kind="authority")
    now = timezone.now()
    event = Event.objects.create(
        territory=here, kind="meeting", state="announced", title="Réunion inventée",
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
            territory=here, event=event, question=say, text=f"Parole inventée {i}.", state="shown"
        ).number
        for i in range(3)
    ]
    sessions = []
    people = []
    for n in range(3):
        person = Person.objects.create_user(
            f"officer-{n}@example.org", name=f"Agent {n}", organisation=body
        )
        Role.objects.create(person=person, territory=here, kind="officer")
        browser = Client(headers={"host": "127.0.0.1"})
        browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        sessions.append(browser.cookies["sessionid"].value)
        people.append(person)
    roadmap = Roadmap.objects.create(territory=here, title="Feuille de route inventée")
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
        roadmap=f"/territoires/{town}/feuille-de-route/", sheets=tuple(numbers),
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
