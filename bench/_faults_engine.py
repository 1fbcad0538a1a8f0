"""Kills of diagnoses and of their workers, and disks on which a release does not fit.

Whatever was killed, what is there in the end has the same bytes as what nobody disturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench._faults_job import STEP, Job, program
from bench._faults_report import Report

TOWN = "ville-temoin"
LITTLE = 30_000  # bytes: less than any release


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, but locks; « .part » and hidden ones too."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".lock"
    }


class Engine:
    """Diagnoses of a small country, in a folder."""

    def __init__(self, folder: Path, mirror: Path, draws: int, seed: int) -> None:
        self.folder, self.mirror, self.draws = folder, mirror, str(draws)
        self.chance = random.Random(seed)
        self.report = Report()
        self._begun = 0
        folder.mkdir(parents=True)

    def run(self, *words: str, under: tuple[str, ...] = ()) -> Job:
        """Start `labo`."""
        self._begun += 1
        return program(self.folder / f"said-{self._begun}", "labo", *words, under=under)

    def one(self, out: Path, under: tuple[str, ...] = ()) -> Job:
        """Start one diagnosis."""
        return self.run("diagnose", TOWN, "--mirror", str(self.mirror), "--out", str(out),
                        "--draws", self.draws, under=under)  # fmt: skip

    def all(self, out: Path) -> Job:
        """Start the diagnosis of the whole country."""
        return self.run("diagnose", "--all", "--mirror", str(self.mirror), "--out", str(out),
                        "--draws", self.draws, "--workers", "2")  # fmt: skip

    def undisturbed(self) -> None:
        """Run both whole, and keep their bytes and how long they took."""
        start = time.monotonic()
        self._ended("a diagnosis", self.one(self.folder / "one"))
        self.seconds = time.monotonic() - start
        self.whole = bytes_of(self.folder / "one")
        start = time.monotonic()
        self._ended("a diagnosis of all", self.all(self.folder / "all"))
        self.seconds_all = time.monotonic() - start
        self.whole_all = bytes_of(self.folder / "all")

    def _ended(self, what: str, job: Job) -> bool:
        code, said = job.ended(1_200)
        if code:
            self.report.wrong(what, [f"it ends with {code}: {said.strip()[-300:]}"])
        return code == 0

    def kill_one(self) -> None:
        """A diagnosis dies, at any moment or while it writes; it is run again."""
        out = self.folder / f"killed-{self._begun}" / "release"
        out.parent.mkdir()
        job = self.one(out)
        if self.chance.random() < 0.5:
            job.seen(lambda: any(out.parent.iterdir()))
            time.sleep(self.chance.uniform(0, 0.3))
        else:
            _sleep(job, self.chance.uniform(0.3, 1.0) * self.seconds)
        if job.kill():
            self.report.killed("diagnosis")
        job.ended()
        after = "a diagnosis was killed"
        if out.exists() and bytes_of(out) != self.whole:
            self.report.wrong(after, ["half a release has its name"])
        if not out.exists():
            self._ended("a diagnosis that was killed, run again", self.one(out))
        self._compare(after, out, self.whole)
        if left := [p.name for p in out.parent.iterdir() if p != out]:
            self.report.wrong(after, [f"{left} were left unfinished"])

    def kill_worker(self) -> None:
        """A worker of a whole country dies; the run goes on, or is run again."""
        out = self.folder / f"all-{self._begun}"
        job = self.all(out)
        _sleep(job, self.chance.uniform(0.2, 0.9) * self.seconds_all)
        if pids := _below(job.pid):
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.report.killed("worker of diagnoses")
        code, _ = job.ended(1_200)
        after = "a worker of diagnoses was killed"
        if code:
            self._ended(after, self.all(out))
        self._compare(after, out, self.whole_all)

    def kill_all(self) -> None:
        """The run of a whole country dies, its workers left alone; it is run again at once."""
        out = self.folder / f"all-{self._begun}"
        job = self.all(out)
        _sleep(job, self.chance.uniform(0.2, 0.95) * self.seconds_all)
        workers = _below(job.pid)
        if job.poll() is None:
            os.kill(job.pid, signal.SIGKILL)
            self.report.killed("run of diagnoses")
        job.ended()
        after = "a run of diagnoses was killed"
        until = time.monotonic() + 20
        while time.monotonic() < until and any(map(_alive, workers)):
            time.sleep(0.1)
        if left := [pid for pid in workers if _alive(pid)]:
            self.report.wrong(after, [f"{len(left)} of its workers stay for ever"])
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._ended(after, self.all(out))
        self._compare(after, out, self.whole_all)

    def full_disk(self) -> None:
        """No file may be larger than some bytes: a release, then a picture, does not fit."""
        under = ("prlimit", f"--fsize={LITTLE}")
        if shutil.which(under[0]) is None:
            self.report.skipped.append("full disk of a diagnosis: prlimit is not on this machine")
            return
        out = self.folder / "full" / "release"
        code, said = self.one(out, under).ended(1_200)
        self.report.tried("full disk (a diagnosis)")
        self._refused("a diagnosis onto a full disk", code, said, self.folder / "full")
        place = self.folder / "pictures"
        place.mkdir()
        words = ("map", str(self.folder / "one"), "poverty_share", "-o", str(place / "x.png"))
        code, said = self.run(*words, under=under).ended()
        self.report.tried("full disk (a picture)")
        self._refused("a picture onto a full disk", code, said, place)

    def _refused(self, what: str, code: int, said: str, place: Path) -> None:
        wrong = [f"it ends with {code}: {said.strip()[-300:]}"] if not code else []
        wrong += [f"it says: {said.strip()[-300:]}"] if "Traceback" in said else []
        left = [p.name for p in place.iterdir()] if place.exists() else []
        self.report.wrong(what, wrong + ([f"{left} were left"] if left else []))

    def _compare(self, after: str, out: Path, wanted: dict[str, bytes]) -> None:
        found = bytes_of(out) if out.is_dir() else {}
        names = {n for n in wanted.keys() | found.keys() if wanted.get(n) != found.get(n)}
        if names:
            self.report.wrong(after, [f"{sorted(names)[:4]} are not what nobody disturbed makes"])
        self.report.checks += 1


def _sleep(job: Job, seconds: float) -> None:
    until = time.monotonic() + seconds
    while job.poll() is None and time.monotonic() < until:
        time.sleep(STEP)


def _below(pid: int) -> list[int]:
    """Return the workers of a run: not what looks after their semaphores."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, task.read_text().split())
    return [p for p in found[1:] if b"spawn_main" in _words_of(p)]


def _words_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _alive(pid: int) -> bool:
    return bool(_words_of(pid))


def engine(folder: Path, kills: int, residents: int, draws: int, seed: int) -> dict[str, Any]:
    """Break diagnoses until there are enough kills, and return what came of it."""
    from dataclasses import asdict

    from labo import demo

    start = time.perf_counter()
    demo.write(folder / "mirror", residents=[residents, residents], seed=1)
    made = Engine(folder / "runs", folder / "mirror", draws, seed)
    made.undisturbed()
    made.full_disk()
    turns = [made.kill_one, made.kill_worker, made.kill_one, made.kill_all]
    number = 0
    while sum(made.report.kills.values()) < kills:
        begin = time.perf_counter()
        turns[number % len(turns)]()
        sys.stderr.write(
            f"engine: {turns[number % len(turns)].__name__}, "
            f"{sum(made.report.kills.values())} kills, {time.perf_counter() - begin:.0f} s\n"
        )
        number += 1
    return {**asdict(made.report), "seconds": time.perf_counter() - start}
