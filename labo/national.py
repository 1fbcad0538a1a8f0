"""Every territory at once: one task each, in processes of this machine or on a Dask cluster.

A territory that fails is told and does not stop the others. What is done stays done: a run that was
interrupted goes on where it stopped, and a worker that dies takes nothing with it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import multiprocessing
import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from labo import mirror, release
from labo.diagnosis import DRAWS, collecting_seldom, diagnose
from labo.errors import BadInput, LaboError, MissingFile
from labo.mirror import Mirror, open_mirror
from labo.territory import needed

FOLDER = "territories"
LOCK = ".lock"
GIB = 2.0**30
MEMORY_GIB = 6.0
# A territory whose worker died this often is given up: it is likely to be what kills it.
ATTEMPTS = 2
# How often what is running is looked at, and from when it is late: against those that are done.
LOOK_S = 1.0
LATE, LATE_S = 4.0, 60.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """A territory to diagnose: its name in its mirror, and where its release goes."""

    territory: str
    mirror: Path
    out: Path
    generation: str = "2024"
    seed: int = 0
    draws: int = DRAWS
    rake: bool = False
    today: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a territory: `reason` is why there is no release, "" where there is one.

    seconds and peak_gib are those of the worker while it was at it (nothing where it was kept from
    an earlier run, or where the worker died).
    """

    task: Task
    reason: str = ""
    kept: bool = False
    seconds: float | None = None
    peak_gib: float | None = None


@dataclass(frozen=True)
class State:
    """Where a run is: territories done, failed, under way, and late among these."""

    total: int
    done: int
    failed: int
    running: tuple[str, ...]
    late: tuple[str, ...]


def tasks_of(folder: Path, out: Path, *, generation: str = "2024", **options: object) -> list[Task]:
    """Return a task for each territory of a folder that has a QPV, in the order of their names.

    Args:
        folder: a mirror (those that it names, else every EPCI where a QPV lies), or a folder of
            mirrors, one by territory, each under the name of its territory.
        out: of the whole run.
        generation: of the QPVs.
        options: further fields of the tasks.

    Raises:
        MissingFile: no mirror there.
    """
    if (folder / mirror.NAME).is_file():
        opened = open_mirror(folder)
        found = dict.fromkeys(sorted(opened.territories) or _with_qpvs(opened, generation), folder)
    else:
        found = {path.parent.name: path.parent for path in folder.glob(f"*/{mirror.NAME}")}
    if not found:
        raise MissingFile(
            f"There is no {mirror.NAME} in {str(folder)!r} nor in its folders: `labo fetch` or "
            "`labo demo` writes one."
        )
    return [
        Task(
            territory=name,
            mirror=where,
            out=out / FOLDER / name,
            generation=generation,
            **options,  # type: ignore[arg-type]
        )
        for name, where in sorted(found.items())
    ]


def _with_qpvs(opened: Mirror, generation: str) -> list[str]:
    """Return the EPCIs with a QPV, by the communes that the official file names."""
    epcis = needed(opened, "insee_epci").table()
    qpvs = needed(opened, f"anct_qpv_{generation}").table()
    named = qpvs["communes"].fillna("").astype(str).str.replace(" ", "").str.split(",")
    members = set(named.explode()) - {""}
    return sorted(set(epcis.loc[epcis["commune"].isin(members), "epci"]))


def workers(count: int, memory_gib: float) -> Executor:
    """Return processes of this machine, none of which may hold more memory than said."""
    return ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_bound,
        initargs=(memory_gib,),
    )


def cluster(address: str) -> tuple[Executor, int]:
    """Return a Dask cluster, and how many tasks it takes at once; it bounds memory itself.

    Raises:
        BadInput: Dask is not installed, or nobody answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BadInput(
            'A cluster needs Dask: install labo with its extra, as in pip install "labo[cluster]".'
        ) from error
    try:
        client: Any = Client(address, timeout="20s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise BadInput(
            f"No Dask scheduler answers at {address!r} ({error}): start one with `dask scheduler`, "
            "and give the address that it prints, such as tcp://127.0.0.1:8786."
        ) from error
    return client.get_executor(pure=False), max(1, sum(client.nthreads().values()))


def diagnose_all(
    tasks: Sequence[Task],
    start: Callable[[], Executor],
    at_once: int,
    tell: Callable[[State], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Diagnose territories, and give what became of each as soon as it is known.

    Args:
        tasks: what `tasks_of` gives; those with a sound release are kept as they are.
        start: gives workers; asked again where a worker died.
        at_once: territories under way at any time.
        tell: told where the run is, every second or so.

    Raises:
        LaboError: a release is there that was made otherwise, or another run is at work there.
    """
    if not tasks:
        return
    with _alone(tasks[0].out.parent.parent):
        _sweep(tasks[0].out.parent)
        kept = [task for task in tasks if _is_done(task)]
        for task in kept:
            yield Outcome(task=task, kept=True)
        yield from _run([t for t in tasks if t not in kept], start, at_once, len(tasks), tell)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep others from running in the same folder; a run that was killed leaves no lock."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LaboError(
                f"Another run is at work in {str(out)!r}: wait for its end, or choose another "
                "folder."
            ) from error
        yield


def _sweep(folder: Path) -> None:
    """Remove what workers that died left half written: its names begin with a dot."""
    for part in folder.glob(".*.part-*"):
        shutil.rmtree(part, ignore_errors=True)


def _is_done(task: Task) -> bool:
    """Return whether the release of a task is there.

    Raises:
        LaboError: one is there, and was made with other options.
    """
    if not task.out.exists():
        return False
    manifest = release.read(task.out).manifest
    asked = {"seed": task.seed, "draws": task.draws, "generations": [task.generation],
             "raked": task.rake, "code_version": release.code_version()}  # fmt: skip
    for name, value in asked.items():
        if manifest[name] != value:
            raise LaboError(
                f"{task.out} was made with {name} {manifest[name]!r}, and {value!r} is asked for: "
                "choose another folder, or remove this one."
            )
    return True


def _run(
    tasks: Sequence[Task],
    start: Callable[[], Executor],
    at_once: int,
    total: int,
    tell: Callable[[State], None],
) -> Iterator[Outcome]:
    waiting, deaths = list(reversed(tasks)), dict.fromkeys((t.territory for t in tasks), 0)
    # Those that were under way when a worker died: run one by one, so that it is known which.
    suspects: list[Task] = []
    done, failed, took = total - len(tasks), 0, list[float]()
    pool = start()
    running: dict[Future[Outcome], tuple[Task, float]] = {}
    try:
        while waiting or suspects or running:
            room = 1 if suspects else at_once
            while len(running) < room and (suspects or waiting):
                task = (suspects or waiting).pop()
                running[pool.submit(run, task)] = (task, time.monotonic())
                room = 1 if suspects else room
            ready, _ = wait(running, LOOK_S, FIRST_COMPLETED)
            died = list[Task]()
            for future in ready:
                task, begun = running.pop(future)
                try:
                    outcome = future.result()
                except Exception as error:  # noqa: BLE001 (a worker that died, however it says so)
                    died.append(task)
                    deaths[task.territory] += 1
                    if deaths[task.territory] < ATTEMPTS:
                        suspects.append(task)
                        continue
                    outcome = Outcome(task=task, reason=_death(error))
                took.append(time.monotonic() - begun)
                failed, done = failed + bool(outcome.reason), done + (not outcome.reason)
                yield outcome
            if died and isinstance(pool, ProcessPoolExecutor):
                # One death breaks them all.
                suspects += [task for task, _ in running.values()]
                running.clear()
                pool.shutdown(wait=True, cancel_futures=True)
                pool = start()
            tell(_state(total, done, failed, running, took))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _death(error: Exception) -> str:
    why = "" if isinstance(error, BrokenExecutor) else f" ({type(error).__name__}: {error})"
    return (
        f"its worker died {ATTEMPTS} times{why}: it may need more memory than there is; give it "
        "more, or diagnose this territory by itself"
    )


def _state(
    total: int,
    done: int,
    failed: int,
    running: Mapping[Future[Outcome], tuple[Task, float]],
    took: Sequence[float],
) -> State:
    usual = sorted(took)[len(took) // 2] if took else float("inf")
    limit, now = max(LATE * usual, LATE_S), time.monotonic()
    names = tuple(task.territory for task, _ in running.values())
    late = tuple(task.territory for task, begun in running.values() if now - begun > limit)
    return State(total, done, failed, names, late)


def run(task: Task) -> Outcome:
    """Diagnose one territory and write its release: what a worker does."""
    begun = time.perf_counter()
    ended = partial(Outcome, task=task)
    try:
        with collecting_seldom():
            done = diagnose(
                _opened(task.mirror),
                task.territory,
                generation=task.generation,
                seed=task.seed,
                draws=task.draws,
                rake=task.rake,
                today=task.today,
                tell=lambda _: None,
            )
            release.write(done, task.out)
    except LaboError as error:
        return ended(reason=str(error))
    except MemoryError:
        return ended(reason="it needs more memory than a worker may hold: see --memory")
    return ended(seconds=time.perf_counter() - begun, peak_gib=_peak_gib())


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Mirror:
    """Return a mirror whose files are read once by each worker."""
    return open_mirror(folder, many=True)


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB


def _bound(memory_gib: float) -> None:
    """Refuse a worker more memory than said: it then raises MemoryError, and the machine lives."""
    most = int(memory_gib * GIB)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    os.nice(5)  # whoever sits at the machine goes first
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End with the run: when it is killed, nobody tells its workers, which would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
