"""Benchmarks: each runs both sides in one run and prints ratios; none is a test.

What they share: seconds, peak memory, and sides that each run in a fresh process.
"""

import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")

GIB = 2.0**30


def timed(repeats: int, work: Callable[[], T]) -> tuple[float, T]:
    """Return the median seconds of several runs, and what the last one gave."""
    seconds: list[float] = []
    while True:
        start = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - start)
        if len(seconds) >= repeats:
            return statistics.median(seconds), found
        del found


def resident_gib(usage: resource.struct_rusage | None = None) -> float:
    """Return the most memory that a process ever held: this one, unless its usage is given."""
    most = (usage or resource.getrusage(resource.RUSAGE_SELF)).ru_maxrss
    return most * (1.0 if sys.platform == "darwin" else 1024.0) / GIB


def apart(work: Callable[..., T], *given: object) -> T:
    """Run a function of a module in a fresh process, so that its peak memory is its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(work, *given).result()


def text_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return lines in columns: numbers to three digits, on the right."""
    cells = [list(head), *[[_text(value) for value in row] for row in rows]]
    wide = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            text.ljust(wide[i]) if i == 0 else text.rjust(wide[i]) for i, text in enumerate(row)
        ).rstrip()
        for row in cells
    )


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
