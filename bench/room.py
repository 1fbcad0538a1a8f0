"""A workshop with many phones: `python -m bench.room [--phones N]`.

300 simulated phones in one room, or as many as are asked for, served as `make serve` does, on two
of its workers: they join during the first tenth of the time, then speak, vote, react and look at
the wall at a realistic pace. In the middle, the server is killed (`kill -9`, its workers too) and
started again. At the end, all of them vote within five seconds. Each phone keeps what was not
acknowledged and sends it again, as `js/queue.js` does; one word in fifty is sent again although it
was acknowledged. Then the database is asked whether each acknowledged thing is there, exactly once.

On SQLite, then on a private PostgreSQL that waits for the disk. Everything is invented; the server
listens to this machine only, and both are thrown away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench import apart, text_table
from bench._cluster import private_cluster, server
from bench.site import ROOT, environment, granian, site

GOALS = {"p95_ms": 250.0, "burst_p95_ms": 1000.0}
DOTS = 3
# What a phone does next, and how often.
ACTIONS = {"say": 0.30, "vote": 0.15, "react": 0.25, "look": 0.30}
PATIENCE = 30.0  # seconds that a phone waits for an answer
TRIES, LONGEST = 80, 5.0  # of a phone that gets none, seconds between the last ones
ENDING = 60.0  # seconds that a server is given to end
STARTS = 2_400  # times that a server is asked whether it answers yet, a tenth of a second apart
AGAIN = 0.02  # of acknowledged words, sent again


@dataclass(frozen=True)
class Size:
    """think: mean seconds between two gestures of one person."""

    phones: int = 300
    minutes: float = 10.0
    think: float = 25.0
    burst_s: float = 5.0
    workers: int = 2


QUICK = Size(phones=40, minutes=0.4, think=4.0, burst_s=2.0)


@dataclass(frozen=True)
class Room:
    """What a phone knows of the room."""

    code: str
    say: int
    dots: int
    burst: int
    choices: list[int]
    burst_choices: list[int]
    shown: list[str]


@dataclass
class Kept:
    """What was sent and acknowledged by all phones, and how long answers took."""

    words: dict[str, str] = field(default_factory=dict)  # client id: number
    sent: set[str] = field(default_factory=set)
    votes: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    burst: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    retries: int = 0
    restart: float = 0.0
    down: bool = False


def prepare(data: Path, address: str) -> Room:
    """Make a site with one open room, whose neighbourhood has an outline, in this process."""
    site(data, address)
    import datetime as dt

    from django.utils import timezone

    from labo_web.accounts.models import Territory
    from labo_web.releases.models import Release, Zone
    from labo_web.workshops.models import Choice, Contribution, Event, Question

    town = Territory.objects.create(code="999000001", name="Ville inventée")
    release = Release.objects.create(
        territory=town, digest="0" * 64, generation="2024", code_version="", seed=1, draws=1,
        fictive=True, team_only=False, sources=[], notices=[], west=0, south=47, east=1, north=48,
    )  # fmt: skip
    ring = [
        [-0.55 + 0.01 * np.cos(a), 47.47 + 0.006 * np.sin(a)]
        for a in np.linspace(0, 2 * np.pi, 200)
    ]
    ring[-1] = ring[0]
    Zone.objects.create(
        release=release, code="QN00001X", kind="qpv", name="Quartier inventé", communes=[],
        geometry=json.dumps({"type": "Polygon", "coordinates": [ring]}), west=-0.56, south=47.464,
        east=-0.54, north=47.476,
    )  # fmt: skip
    now = timezone.now()
    event = Event.objects.create(
        territory=town, zone="QN00001X", kind="meeting", state="announced", title="Réunion",
        starts_at=now, ends_at=now + dt.timedelta(hours=3), place="Salle", level="concert",
        opened_at=now, fictive=True,
    )  # fmt: skip
    say = Question.objects.create(event=event, position=1, kind="say", text="Où a-t-on chaud ?")
    votes = []
    for position in (2, 3):
        row = Question.objects.create(
            event=event, position=position, kind="dots", text="Par quoi commencer ?", dots=DOTS
        )
        votes.append((row, [
            Choice.objects.create(question=row, position=i, text=f"Choix {i}").pk
            for i in range(1, 5)
        ]))  # fmt: skip
    shown = [
        Contribution.objects.create(
            territory=town, event=event, question=say, text=f"Parole inventée {i}.", state="shown"
        )
        for i in range(5)
    ]
    (dots, choices), (burst, burst_choices) = votes
    return Room(
        event.code, say.pk, dots.pk, burst.pk, choices, burst_choices, [c.number for c in shown]
    )


class Server:
    """Granian as `make serve` runs it, which can be killed without being asked."""

    def __init__(self, data: Path, address: str, workers: int) -> None:
        with closing(socket.socket()) as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self._command = granian(self.port, workers, "critical")
        self._environment = os.environ | environment(data, address)
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: int | None = None  # where it tells of them; None: where this process does

    def start(self) -> None:
        """Start it, in a group of processes of its own, and wait until it answers."""
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
            stderr=self._errors,
        )
        for _ in range(STARTS):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/a/", timeout=5).close()
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError("the site ended before it answered") from None
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the site does not answer")

    def kill(self) -> None:
        """End it and its workers at once: kill -9."""
        assert self._process is not None  # noqa: S101 (started)
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end; as systemd does, end it where it does not.

        Under libfaketime a worker may never begin: its lock was held when the worker was forked.
        """
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.kill()


class Phone:
    """Somebody in the room: one connection, two cookies, and what was not acknowledged yet."""

    def __init__(self, number: int, port: int, room: Room, kept: Kept, think: float) -> None:
        self.name = f"phone {number}"
        self.port, self.room, self.kept, self.think = port, room, kept, think
        self.chance = random.Random(number)
        self.cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def _ask(self, method: str, path: str, form: dict[str, str] | None) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        into, out = self._streams
        body = urllib.parse.urlencode(form or {}).encode()
        cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {cookies}",
                "Accept: application/json", "Accept-Encoding: gzip"]  # fmt: skip
        if method == "POST":
            head += [f"X-CSRFToken: {self.cookies.get('csrftoken', '')}",
                     "Content-Type: application/x-www-form-urlencoded",
                     f"Content-Length: {len(body)}"]  # fmt: skip
        out.write("\r\n".join([*head, "", ""]).encode() + (body if method == "POST" else b""))
        await out.drain()
        answer = (await into.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        length = 0
        for line in answer[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key.strip()] = rest.split(";")[0]
        content = await into.readexactly(length) if length else b""
        return int(answer[0].split(" ")[1]), content

    def _hang_up(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

    async def ask(
        self, method: str, path: str, form: dict[str, str] | None = None,
        times: list[float] | None = None,
    ) -> bytes:  # fmt: skip
        """Return the answer; asked again while there is none, as the phone's queue does."""
        last: Exception | None = None
        for attempt in range(TRIES):
            start, down = time.perf_counter(), self.kept.down
            try:
                status, content = await asyncio.wait_for(self._ask(method, path, form), PATIENCE)
            except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError) as error:
                self._hang_up()
                self.kept.retries += 1
                last = error
                wait = min(0.2 * 2**attempt, LONGEST)
                await asyncio.sleep(wait * (0.5 + self.chance.random()))
                continue
            took = time.perf_counter() - start
            if down:
                self.kept.waited.append(took)  # by a server that was starting: told apart
            else:
                (self.kept.seconds if times is None else times).append(took)
            if status != 200:
                self.kept.errors.append(f"{method} {path}: {status}")
                return b"{}"
            return content
        self.kept.errors.append(f"{method} {path}: {last!r}")
        return b"{}"

    def _at(self, rest: str = "") -> str:
        return f"/a/{self.room.code}/{rest}"

    async def join(self) -> None:
        """Open the page, which gives the cookies."""
        await self.ask("GET", self._at())

    async def live(self, until: float) -> None:
        """Speak, vote, react and look until the time is over."""
        names, weights = list(ACTIONS), list(ACTIONS.values())
        await asyncio.sleep(self.chance.random() * self.think)
        while time.perf_counter() < until:
            await getattr(self, self.chance.choices(names, weights)[0])()
            pause = self.chance.expovariate(1 / self.think)
            await asyncio.sleep(max(0.0, min(pause, until - time.perf_counter())))

    async def say(self) -> None:
        """Send some words, and now and then send them again."""
        number = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        words = " ".join(["parole"] * self.chance.randint(3, 60))
        form = {"client_id": number, "text": words, "question": str(self.room.say)}
        self.kept.sent.add(number)
        times = 2 if self.chance.random() < AGAIN else 1
        for _ in range(times):
            found = json.loads(await self.ask("POST", self._at("dire/"), form)).get("number")
            found = found and found.replace(" ", "")  # as it is shown
            if found and self.kept.words.setdefault(number, found) != found:
                self.kept.errors.append(f"{number} has two numbers")

    async def _dots(self, question: int, choices: list[int], times: list[float] | None) -> None:
        put = [self.chance.choice(choices) for _ in range(DOTS)]
        form = {str(c): str(put.count(c)) for c in choices}
        path = self._at(f"voter/{question}/")
        if json.loads(await self.ask("POST", path, form, times)).get("kept"):
            self.kept.votes[self.name, question] = {c: int(n) for c, n in form.items()}

    async def vote(self) -> None:
        """Put dots, or put them elsewhere."""
        await self._dots(self.room.dots, self.room.choices, None)

    async def burst(self, within: float) -> None:
        """Vote when everybody is asked to."""
        await asyncio.sleep(self.chance.random() * within)
        await self._dots(self.room.burst, self.room.burst_choices, self.kept.burst)

    async def react(self) -> None:
        """Say what one thinks of something on the wall."""
        stance = self.chance.choice(["support", "oppose", "doubt"])
        form = {"number": self.chance.choice(self.room.shown), "stance": stance}
        await self.ask("POST", self._at("reagir/"), form)

    async def look(self) -> None:
        """Ask what is on the wall."""
        await self.ask("GET", self._at("paroles/"))


async def crowd(running: Server, room: Room, size: Size) -> Kept:
    """Let all phones live their meeting; kill the server in the middle of it."""
    kept = Kept()
    phones = [Phone(i, running.port, room, kept, size.think) for i in range(size.phones)]
    whole = 60 * size.minutes
    end = time.perf_counter() + whole

    async def one(phone: Phone) -> None:
        await asyncio.sleep(phone.chance.random() * whole / 10)
        await phone.join()
        await phone.live(end)

    async def accident() -> None:
        await asyncio.sleep(whole / 2)
        kept.down, start = True, time.perf_counter()
        running.kill()
        await asyncio.to_thread(running.start)
        kept.down, kept.restart = False, time.perf_counter() - start

    await asyncio.gather(accident(), *(one(p) for p in phones))
    await asyncio.gather(*(p.burst(size.burst_s) for p in phones))
    return kept


def count(data: Path, address: str, room: Room, words: dict[str, str], sent: set[str],
          votes: dict[tuple[str, int], dict[str, int]]) -> dict[str, int]:  # fmt: skip
    """Ask the database, in this process, what became of all that was sent."""
    environment(data, address)
    import django

    django.setup()
    from labo_web.workshops.models import Ballot, Contribution

    rows = [
        (str(c), n)
        for c, n in Contribution.objects.exclude(number__in=room.shown).values_list(
            "client_id", "number"
        )
    ]
    stored = dict(rows)
    found = {"stored": len(rows), "twice": len(rows) - len(stored)}
    found["lost"] = sum(stored.get(c) != n for c, n in words.items())
    found["never_sent"] = len(stored.keys() - sent)
    found["ballots"] = Ballot.objects.count()
    # Which phone a ballot is of is not known, by design: each question's are compared as a whole.
    wrong = 0
    for question in (room.dots, room.burst):
        mine = sorted(json.dumps(v, sort_keys=True) for (_, q), v in votes.items() if q == question)
        contents = Ballot.objects.filter(question=question).values_list("content", flat=True)
        theirs = sorted(json.dumps(v, sort_keys=True) for v in contents)
        wrong += mine != theirs
    found["questions_with_wrong_votes"] = wrong
    return found


def on(address: str, folder: Path, size: Size) -> dict[str, Any]:
    """Run the meeting on one database, and return its figures."""
    room = apart(prepare, folder, address)
    running = Server(folder, address, size.workers)
    before = time.perf_counter()
    try:
        running.start()
        kept = asyncio.run(crowd(running, room, size))
    finally:
        running.stop()
    took = time.perf_counter() - before
    checked = apart(count, folder, address, room, kept.words, kept.sent, kept.votes)
    return {
        "seconds": took,
        "answers": len(kept.seconds) + len(kept.burst) + len(kept.waited),
        "errors": len(kept.errors),
        "first_errors": kept.errors[:3],
        "retries": kept.retries,
        "restart_s": kept.restart,
        "p50_ms": 1000 * float(np.quantile(kept.seconds, 0.5)),
        "p95_ms": 1000 * float(np.quantile(kept.seconds, 0.95)),
        "burst_votes": len(kept.burst),
        "burst_p50_ms": 1000 * float(np.quantile(kept.burst, 0.5)),
        "burst_p95_ms": 1000 * float(np.quantile(kept.burst, 0.95)),
        "burst_max_ms": 1000 * max(kept.burst),
        "acknowledged": len(kept.words),
        "load": os.getloadavg()[0],
        **checked,
    }


@contextmanager
def postgres() -> Iterator[str | None]:
    """Give a durable PostgreSQL of one's own; None where the machine has none."""
    program = server()
    with private_cluster(program, durable=True) if program else nullcontext() as address:
        yield address


def figures(size: Size, databases: Sequence[str]) -> dict[str, Any]:
    """Run the meeting on each database."""
    found: dict[str, Any] = {"benchmark": "room", "size": asdict(size)}
    with tempfile.TemporaryDirectory(prefix="labo-bench-") as name:
        if "sqlite" in databases:
            found["sqlite"] = on("", Path(name) / "sqlite", size)
        if "postgres" in databases:
            with postgres() as address:
                found["postgres"] = on(address, Path(name) / "postgres", size) if address else None
    return found


def report(found: dict[str, Any]) -> str:
    """Return the table."""
    size = found["size"]
    done = {name: found[name] for name in ("sqlite", "postgres") if found.get(name)}
    lines = {
        "answers": "answers",
        "errors": "errors (goal 0)",
        "retries": "sent again while killed",
        "restart_s": "start after the kill, s",
        "p50_ms": "p50, ms",
        "p95_ms": f"p95 of the meeting, ms (goal < {GOALS['p95_ms']:.0f})",
        "burst_votes": "votes in the burst",
        "burst_p50_ms": "burst p50, ms",
        "burst_p95_ms": f"burst p95, ms (goal < {GOALS['burst_p95_ms']:.0f})",
        "burst_max_ms": "burst longest, ms",
        "acknowledged": "words acknowledged",
        "stored": "words stored",
        "lost": "acknowledged and not stored (goal 0)",
        "twice": "stored twice (goal 0)",
        "never_sent": "stored and never sent (goal 0)",
        "questions_with_wrong_votes": "votes not as acknowledged (goal 0)",
        "load": "load of the machine",
    }
    rows: list[list[object]] = [
        [said, *(float(x[key]) if isinstance(x[key], float) else x[key] for x in done.values())]
        for key, said in lines.items()
    ]
    absent = "" if found.get("postgres", True) else "PostgreSQL is not on this machine.\n"
    return (
        f"{size['phones']} phones, {size['minutes']:g} minutes, then a vote of all within "
        f"{size['burst_s']:g} s; {size['workers']} workers, {os.cpu_count()} processors; "
        f"the server is killed in the middle\n{text_table(['', *done], rows)}\n{absent}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the table; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40 phones, half a minute")
    parser.add_argument("--phones", type=int, help="how many people come")
    parser.add_argument("--minutes", type=float, help="how long the meeting lasts")
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="one of the two only")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    size = QUICK if given.quick else Size()
    asked = {k: v for k in ("phones", "minutes") if (v := getattr(given, k)) is not None}
    size = replace(size, **asked)
    databases = [given.database] if given.database else ["sqlite", "postgres"]
    found = figures(size, databases)
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
