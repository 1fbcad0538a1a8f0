"""One entry in a process of its own: tries inputs, and writes down what happened.

Its folder holds work (where it runs), tmp (temporary files), input (what an entry writes itself),
and shared.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import hashlib
import importlib
import io
import json
import logging
import os
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz import Entry, Slow, Try, entries
from fuzz.corpus import kept, text_of
from fuzz.site import moved

MEMORY_BYTES = 6 << 30
HUNG_SECONDS = 120
PULSE_SECONDS = 2.0
MOST_CRASHES = 40
FRAMES = ("labo", "labo_web")
# Inputs in the order in which they were tried, each after its length (4 bytes).
GIVEN = "report.given"


def held() -> int:
    """Return the bytes of memory that the process holds, what is free given back first.

    An allocator keeps what the largest input took; that is no leak.
    """
    gc.collect()
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError):  # another C library has no such function
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


class Count:
    """What happened so far; written to a file now and then, so that a killed process told it."""

    def __init__(
        self, entry: Entry, attempt: Try, report: Path, runs: int, each: float | None
    ) -> None:
        self.entry, self.attempt, self.report = entry, attempt, report
        self.given = (report.parent / GIVEN).open("wb")
        self.runs, self.each = runs, each
        self.tried = self.refused = 0
        self.crashes: dict[str, dict[str, Any]] = {}
        self.slowest, self.slowest_input = 0.0, b""
        self.memory: list[tuple[int, int]] = []
        self.began = self.pulsed = time.monotonic()

    def one(self, given: bytes) -> None:
        """Try an input."""
        if self.tried % 64 == 0:
            self._pulse()
        self.given.write(len(given).to_bytes(4, "big") + given)
        start = time.process_time()
        try:
            self.attempt(given)
        except self.entry.refusals:
            self.refused += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is told)
            self._crash(given, error)
        self.tried += 1
        spent = time.process_time() - start
        if spent > self.slowest:
            self.slowest, self.slowest_input = spent, given
            if spent > self.entry.seconds:
                self._crash(given, Slow(f"{spent:.1f} s of processor time"))
        late = self.each is not None and time.monotonic() - self.began > self.each
        if self.tried >= self.runs or late:
            self.write(done=True)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    def _crash(self, given: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [
            x for x in frames if f"{os.sep}labo" in x.filename and "site-packages" not in x.filename
        ]
        where = "nowhere"
        for last in (own or list(frames))[-1:]:
            where = f"{Path(last.filename).name}:{last.lineno} {last.name}"
        key = f"{type(error).__name__} at {where}"
        known = self.crashes.get(key)
        if known is not None:
            known["times"] += 1
            if len(given) >= known["bytes"]:
                return
        elif len(self.crashes) >= MOST_CRASHES:
            return
        times = known["times"] if known else 1
        lines = traceback.format_exception(error)
        self.crashes[key] = {
            "input": text_of(given),
            "bytes": len(given),
            "said": f"{type(error).__name__}: {str(error)[:300]}",
            "trace": "".join(lines)[-2_500:],
            "times": times,
        }
        self.write()

    def _pulse(self) -> None:
        now = time.monotonic()
        if now - self.pulsed < PULSE_SECONDS and self.tried:
            return
        self.pulsed = now
        self.memory.append((self.tried, held()))
        self.write()

    def write(self, *, done: bool = False) -> None:
        """Write what is known."""
        if done:
            self.memory.append((self.tried, held()))
        said = {
            "entry": self.entry.name,
            "tried": self.tried,
            "refused": self.refused,
            "crashes": self.crashes,
            "slowest": self.slowest,
            "slowest_input": text_of(self.slowest_input),
            "memory": self.memory,
            "seconds": time.monotonic() - self.began,
            "done": done,
        }
        self.given.flush()
        part = self.report.with_suffix(".part")
        part.write_text(json.dumps(said), encoding="utf-8")
        part.replace(self.report)


def begun(entry: Entry, seed: int) -> list[bytes]:
    """Return the first inputs: nothing changed, the corpus, and some at random."""
    dice = random.Random(f"{entry.name}/{seed}")  # noqa: S311 (nothing is secret here)
    some = [dice.randbytes(dice.randint(1, entry.longest)) for _ in range(64)]
    return [b"", *(x for _, x in kept(entry.name)), *some]


def by_dice(entry: Entry, one: Callable[[bytes], None], seed: int) -> None:
    """Try inputs without knowing what they reach, where atheris does not run."""
    dice = random.Random(f"{entry.name}/{seed}")  # noqa: S311
    for given in begun(entry, seed):
        one(given)
    while True:
        one(dice.randbytes(dice.randint(1, entry.longest)))


def given_to(root: Path) -> list[bytes]:
    """Return the inputs that the process of a folder tried, in their order."""
    content, found, at = (root / GIVEN).read_bytes(), [], 0
    while at + 4 <= len(content):
        start = at + 4
        at = start + int.from_bytes(content[at:start], "big")
        if at <= len(content):  # one that was killed may have written half of the last
            found.append(content[start:at])
    return found


def by_coverage(entry: Entry, one: Callable[[bytes], None], seed: int, corpus: Path) -> None:
    """Try inputs that libFuzzer makes from those that reached something new."""
    import atheris

    corpus.mkdir(exist_ok=True)
    for given in begun(entry, seed):
        (corpus / hashlib.sha256(given).hexdigest()[:16]).write_bytes(given)
    options = [
        *("-runs=-1", f"-seed={seed + 1}", f"-max_len={entry.longest}", "-len_control=0"),
        *(f"-timeout={HUNG_SECONDS}", "-rss_limit_mb=6000", "-reload=0", "-print_final_stats=0"),
        *("-use_value_profile=0", f"-artifact_prefix={corpus.parent}/artifact-", str(corpus)),
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def loaded() -> tuple[dict[str, Entry], bool]:
    """Import every entry, with a counter on each branch of ours; return whether there are any."""
    try:
        import atheris
    except ImportError:
        return _imported(), False
    # One line for each module that it counts in is of no use to anybody.
    quiet, counted = io.StringIO(), atheris.instrument_imports(include=["labo", "labo_web"])
    with contextlib.redirect_stderr(quiet), counted:
        return _imported(), True


def _imported() -> dict[str, Entry]:
    found = entries()
    for entry in found.values():
        for name in entry.watched:
            importlib.import_module(name)
    return found


def begin(entry: Entry, root: Path, runs: int, each: float | None, seed: int, guided: bool) -> None:
    """Try inputs in the process that was made for it, until there are enough."""
    count = _ready(entry, root, runs, each)
    if guided:
        by_coverage(entry, count.one, seed, root / "reached")
    else:
        by_dice(entry, count.one, seed)


def begin_again(name: str, root: Path) -> None:
    """Try the inputs that stand in a folder, in their order, with no guide."""
    every = given_to(root)
    os.chdir(root / "work")
    count = _ready(_imported()[name], root, len(every), None)
    for given in every:
        count.one(given)


def _ready(entry: Entry, root: Path, runs: int, each: float | None) -> Count:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tempfile.tempdir = str(root / "tmp")
    moved(root / "input" / "data")
    attempt = entry.prepare(root / "input", root / "shared")
    return Count(entry, attempt, root / "report.json", runs, each)


if __name__ == "__main__":
    begin_again(sys.argv[1], Path(sys.argv[2]))
