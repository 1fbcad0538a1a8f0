"""One call in a process apart: a library that a bad file keeps busy, or brings down, ends there.

Nothing in a process interrupts a call into a library of another language: only its end does. The
process is kept for the next call, and ends with the one that began it.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import ParamSpec, TypeVar

from labo.errors import LaboError

P = ParamSpec("P")
R = TypeVar("R")

_ONE_CALL = threading.Lock()
_kept: list[tuple[subprocess.Popen[bytes], Connection, int]] = []


class Died(Exception):
    """The process ended before its call did; says of what."""


def call(seconds: int, function: Callable[P, R], /, *args: P.args, **options: P.kwargs) -> R:
    """Return what a function gives, called in another process.

    Args:
        seconds: after which the process is ended, whatever it is at.
        function: of a module, so that the other process finds it; likewise what it is given.
        args: of the function.
        options: of the function.

    Raises:
        Died: the function took too long, or brought its process down.
        LaboError: the function's own.
        MemoryError: the function's own.
        RuntimeError: what else the function raised, in words.
    """
    with _ONE_CALL:
        process, line = _process()
        try:
            line.send((seconds, function, args, options))
            error, found = line.recv()
        except (EOFError, ConnectionError) as lost:
            _kept.clear()
            line.close()
            raise Died(_why(process.wait(), seconds)) from lost
        except BaseException:
            # Interrupted: an answer that comes later must not be taken for that of another call.
            _kept.clear()
            process.kill()
            process.wait()
            raise
    if error is not None:
        raise error
    result: R = found
    return result


def _process() -> tuple[subprocess.Popen[bytes], Connection]:
    """Return the process that waits for calls: another where it fell, or where this one forked."""
    if not _kept or _kept[0][2] != os.getpid() or _kept[0][0].poll() is not None:
        ours, theirs = Pipe()
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [sys.executable, "-m", "labo.apart", str(theirs.fileno())],
            cwd=Path(__file__).resolve().parent.parent,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        _kept[:] = [(process, ours, os.getpid())]
    return _kept[0][:2]


@atexit.register
def _let_go() -> None:
    """End the process that waits with this one."""
    if _kept and _kept[0][2] == os.getpid():
        process, line, _ = _kept.pop()
        line.close()
        process.wait()


def _why(status: int, seconds: int) -> str:
    if status == -signal.SIGALRM:
        return f"reading it had no end after {seconds} s"
    name = signal.Signals(-status).name if status < 0 else f"status {status}"
    return f"reading it ended the process that did ({name})"


def _answer(line: Connection) -> None:
    """Answer calls until nobody is there to ask."""
    # The interruption of whoever asked is theirs to deal with.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            seconds, function, args, options = line.recv()
            # Without a handler, the signal ends the process even inside a library.
            signal.alarm(seconds)
            answer: tuple[BaseException | None, object]
            try:
                answer = None, function(*args, **options)
            except (LaboError, MemoryError) as error:
                answer = error, None
            except Exception as error:  # noqa: BLE001 (it is told to who asked)
                answer = RuntimeError(f"{type(error).__name__}: {error}"), None
            signal.alarm(0)
            line.send(answer)


if __name__ == "__main__":
    _answer(Connection(int(sys.argv[1])))
