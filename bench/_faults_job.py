"""A command of the site in a process of its own, which can be killed at any moment.

It is begun from a process that has read all of the code already, so that what is killed is the work
and not the start of Python; `program` starts it as a person does, from nothing.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
LONG = 300.0  # seconds after which a command hangs
STEP = 0.002  # seconds between two looks at what a process does
_fork = multiprocessing.get_context("forkserver")
_fork.set_forkserver_preload(["bench._faults_ready"])


def act(words: Sequence[str], said: str) -> None:
    """Run `labo-web` with some words, in this process; what it prints goes to a file."""
    os.setsid()
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["labo-web", *words])


class Job:
    """A process that was begun."""

    def __init__(self, process: Any, said: Path) -> None:
        self._process, self._said = process, said
        self.pid = int(process.pid)

    def poll(self) -> int | None:
        """Return its code, None while it is at work."""
        if isinstance(self._process, subprocess.Popen):
            return self._process.poll()
        code: int | None = self._process.exitcode
        return code

    def kill(self) -> bool:
        """kill -9 it and all that it began; return whether it was at work."""
        alive = self.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return alive

    def ended(self, seconds: float = LONG) -> tuple[int, str]:
        """Wait for its end, and return its code and what it printed."""
        until = time.monotonic() + seconds
        while (code := self.poll()) is None and time.monotonic() < until:
            time.sleep(STEP)
        if code is None:
            self.kill()
            return -1, f"it hung: {self.said}"
        return code, self.said

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self._said.read_text("utf-8", "replace") if self._said.exists() else ""

    def seen(self, there: Callable[[], bool]) -> bool:
        """Wait until it does something that can be seen; False where it ended before."""
        until = time.monotonic() + LONG
        while self.poll() is None and time.monotonic() < until:
            if there():
                return True
            time.sleep(STEP)
        return False


def command(said: Path, *words: str) -> Job:
    """Begin `labo-web` with some words, on the installation of this process."""
    process = _fork.Process(target=act, args=(words, str(said)))
    process.start()
    return Job(process, said)


def program(
    said: Path, *words: str, under: Sequence[str] = (), given: Mapping[str, str] | None = None
) -> Job:
    """Start a program of this project, under another one where said."""
    with said.open("w") as out:
        process = subprocess.Popen(  # noqa: S603
            [*under, str(BIN / words[0]), *words[1:]], cwd=ROOT, stdout=out,
            env={**os.environ, **(given or {})}, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    return Job(process, said)
