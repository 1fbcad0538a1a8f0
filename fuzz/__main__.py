"""Hostile input, counted: `python -m fuzz [--quick] [--runs N] [--only NAME] [--json]`."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import text_table
from fuzz import Entry
from fuzz.archives import OUTSIDE
from fuzz.child import GIVEN, begin, loaded
from fuzz.corpus import FOUND, REACHED, keep

ROOT = Path(__file__).resolve().parent.parent
RUNS, QUICK_RUNS = 5_000, 200
# Of what reached something new, the smallest are kept.
KEPT, KEPT_BYTES = 12, 48
MOST_STARTS = 6
MIB = 1 << 20
COVERED = re.compile(r"cov: (\d+)")
FIXED = {"PYTHONHASHSEED": "0", "TZ": "UTC", "OMP_NUM_THREADS": "1", "GDAL_PAM_ENABLED": "NO"}
HEAD = (
    "entry", "inputs", "refused", "crashes", "left behind", "memory MiB", "slowest s", "edges",
    "inputs/s",
)  # fmt: skip


@dataclass
class Result:
    """What an entry did with its inputs.

    grown (MiB) and growing are of the process that had the inputs; where a guided one grew, of one
    that had the same inputs and counted no branches, and guided is what the first took.
    """

    name: str
    tried: int = 0
    refused: int = 0
    crashes: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    grown: float = 0.0
    guided: float | None = None
    growing: bool = False
    slowest: float = 0.0
    slowest_input: str = ""
    edges: int | None = None
    seconds: float = 0.0

    @property
    def row(self) -> list[object]:
        """Its line of the table."""
        memory = f"{self.grown:+.0f}" + (" grows" if self.growing else "")
        if self.guided is not None:
            memory += f" ({self.guided:+.0f} guided)"
        return [
            *(self.name, self.tried, self.refused, len(self.crashes), len(self.left), memory),
            *(self.slowest, self.edges, round(self.tried / self.seconds) if self.seconds else 0),
        ]


def growth(memory: Sequence[Sequence[int]]) -> tuple[float, bool]:
    """Return how much memory the second half of a run took (MiB), and whether it goes on growing.

    It does if each quarter of that half ended at least 2 MiB higher than the one before, and all
    of them 32 MiB higher.
    """
    if len(memory) < 8:
        return 0.0, False
    most = memory[-1][0]
    marks = []
    for part in (0.5, 0.625, 0.75, 0.875, 1.0):
        marks.append(next(size for tried, size in memory if tried >= part * most))
    steps = [b - a for a, b in pairwise(marks)]
    grown = (marks[-1] - marks[0]) / MIB
    return grown, grown > 32 and all(step > 2 * MIB for step in steps)


def run(entry: Entry, runs: int, each: float | None, shared: Path, seed: int) -> Result:
    """Try an entry in processes of its own, a new one after each that died."""
    result = Result(entry.name)
    for start in range(MOST_STARTS):
        late = each is not None and result.seconds > each
        if result.tried >= runs or late or "did not start" in result.crashes:
            break
        with tempfile.TemporaryDirectory(prefix="labo-fuzz-") as folder:
            root = _folders(Path(folder), shared)
            left = None if each is None else each - result.seconds
            memory = _start(entry, runs - result.tried, left, root, seed * 100 + start, result)
            _left(root, result)
            grown, growing = growth(memory)
            guided = None
            if growing and GUIDED:
                # Counting branches takes memory itself, for whatever is compared.
                alone = _without_guide(entry.name, root, shared)
                if alone is not None:
                    guided = grown
                    grown, growing = growth(alone)
            if (growing, grown) >= (result.growing, result.grown) or not start:
                result.grown, result.growing, result.guided = grown, growing, guided
    return result


def _folders(root: Path, shared: Path) -> Path:
    for name in ("work", "tmp", "input"):
        (root / name).mkdir()
    (root / "shared").symlink_to(shared.resolve())
    return root


def _without_guide(name: str, tried: Path, shared: Path) -> list[list[int]] | None:
    """Try what a process tried again in one that counts no branches; return the memory it held.

    Nothing is returned of one that did not come to the end.
    """
    with tempfile.TemporaryDirectory(prefix="labo-fuzz-") as folder:
        root = _folders(Path(folder), shared)
        shutil.copy(tried / GIVEN, root)
        command = [sys.executable, "-m", "fuzz.child", name, str(root)]
        subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603
        report = root / "report.json"
        found = json.loads(report.read_text("utf-8")) if report.exists() else None
    memory: list[list[int]] | None = found["memory"] if found and found["done"] else None
    return memory


def _start(
    entry: Entry, runs: int, each: float | None, root: Path, seed: int, result: Result
) -> list[list[int]]:
    """Try an entry in a copy of this process, which has everything imported already.

    What it did is added to the result, and the memory that it held is returned.
    """
    said = root / "said.txt"
    child = os.fork()
    if child == 0:
        try:
            with said.open("wb") as stream:
                os.dup2(stream.fileno(), 1)
                os.dup2(stream.fileno(), 2)
            os.chdir(root / "work")
            begin(entry, root, runs, each, seed, bool(GUIDED))
        except BaseException:  # noqa: BLE001 (it is told to who started it)
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(3)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    told = said.read_text("utf-8", errors="replace")
    report = root / "report.json"
    if not report.exists():
        result.crashes["did not start"] = {
            "input": "", "bytes": 0, "said": "", "trace": told[-3_000:], "times": 1,
        }  # fmt: skip
        return []
    found = json.loads(report.read_text("utf-8"))
    result.tried += found["tried"]
    result.refused += found["refused"]
    result.seconds += found["seconds"]
    for key, crash in found["crashes"].items():
        if key in result.crashes:
            result.crashes[key]["times"] += crash["times"]
        else:
            result.crashes[key] = crash
    if found["slowest"] > result.slowest:
        result.slowest, result.slowest_input = found["slowest"], found["slowest_input"]
    if covered := COVERED.findall(told):
        result.edges = max(result.edges or 0, int(covered[-1]))
    if not found["done"]:
        _died(root, told, status, result)
    _reached(entry, root)
    memory: list[list[int]] = found["memory"]
    return memory


def _died(root: Path, told: str, status: int, result: Result) -> None:
    """Keep what a process died of: a hang, too much memory, a fault of a library."""
    artifacts = sorted(root.glob("artifact-*"))
    given = artifacts[0].read_bytes() if artifacts else b""
    what = artifacts[0].name.split("-")[1] if artifacts else "killed"
    result.crashes[f"process died: {what} ({status})"] = {
        "input": given.decode("latin-1"),
        "bytes": len(given),
        "said": f"the process ended with {status}",
        "trace": told[-2_500:],
        "times": 1,
    }


def _reached(entry: Entry, root: Path) -> None:
    """Keep a few small inputs that reached something."""
    folder = root / "reached"
    if not folder.is_dir() or not KEEPING:
        return
    found = [x.read_bytes() for x in folder.iterdir() if x.stat().st_size <= KEPT_BYTES]
    some = sorted(found, key=lambda x: (len(x), x))[1 :: max(1, len(found) // KEPT)][:KEPT]
    keep(entry.name, REACHED, [("reached something new", x) for x in some])


# Whether what was reached is kept, and whether coverage guides.
KEEPING: list[bool] = []
GUIDED: list[bool] = []


def _left(root: Path, result: Result) -> None:
    """Note files that are where none should be."""
    ours = {"report.json", "report.part", GIVEN, "said.txt", "shared"}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_dir() or parts[0] in ours or parts[0] in ("reached", "input"):
            continue
        if parts[0].startswith("artifact-"):
            continue
        result.left.append("/".join(parts))
    if Path(OUTSIDE).exists():
        result.left.append(OUTSIDE)
        Path(OUTSIDE).unlink()


def _prepare(shared: Path) -> None:
    """Make what entries share before any of them begins: it takes longer in one that is watched."""
    root = Path(tempfile.mkdtemp(prefix="labo-fuzz-"))
    try:
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "fuzz.site", str(shared.resolve())], cwd=root, check=True,
            env={**os.environ, "FUZZ_DATA": str(root / "data"), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Try every entry; end with 1 if any crashed, left a file, or goes on taking memory."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The same inputs in the same order, whatever the process.
        os.execve(sys.executable, [sys.executable, "-m", "fuzz", *sys.argv[1:]], os.environ | FIXED)  # noqa: S606
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_RUNS} inputs for each entry")
    parser.add_argument("--runs", type=int, metavar="N", help=f"for each entry; {RUNS} otherwise")
    parser.add_argument(
        "--only", metavar="NAME", help="entries whose name holds this (or these, between commas)"
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed tries other inputs")
    parser.add_argument("--seconds", type=int, help="begin no entry after so many")
    parser.add_argument("--each", type=float, metavar="SECONDS", help="end an entry after so many")
    parser.add_argument("--keep", action="store_true", help="add what was reached to the corpus")
    parser.add_argument("--shared", type=Path, help="where what all share is kept for another time")
    parser.add_argument("--list", action="store_true", help="the names of the entries")
    parser.add_argument("--json", action="store_true", help="one line that holds every figure")
    given = parser.parse_args(argv)
    if given.keep:
        KEEPING.append(True)
    every, guided = loaded()
    GUIDED.extend([True] * guided)
    chosen = [
        x
        for name, x in every.items()
        if any(part in name for part in (given.only or "").split(","))
    ]
    if not chosen:
        parser.error(f"no entry is named {given.only!r}: see --list")
    if given.list:
        sys.stdout.write("".join(f"{x.name}\n" for x in chosen))
        return 0
    runs = given.runs or (QUICK_RUNS if given.quick else 0)
    began = time.monotonic()
    results: list[Result] = []
    shared = given.shared or Path(tempfile.mkdtemp(prefix="labo-fuzz-shared-"))
    shared.mkdir(exist_ok=True)
    if not (shared / "lived-in.json").exists() and any(
        x.prepare.__module__ in ("fuzz.importers", "fuzz.pages") for x in chosen
    ):
        _prepare(shared)
    try:
        for entry in chosen:
            if given.seconds and time.monotonic() - began > given.seconds:
                _say(f"out of time: {len(chosen) - len(results)} entries were not begun")
                break
            result = run(entry, runs or entry.runs, given.each, shared, given.seed)
            results.append(result)
            _tell(result)
            if result.crashes:
                found = [(k, x["input"].encode("latin-1")) for k, x in result.crashes.items()]
                keep(entry.name, FOUND, found)
    finally:
        if given.shared is None:
            shutil.rmtree(shared, ignore_errors=True)
    _print(results, as_json=given.json)
    return int(any(x.crashes or x.left or x.growing for x in results))


def _tell(result: Result) -> None:
    """Say at once what was found, in a way that can be repeated."""
    _say("  ".join(str(x) for x in result.row))
    for key, crash in result.crashes.items():
        _say(f"── {result.name}: {key} ({crash['times']} times)\n   input {crash['input']!r}")
        _say("   " + crash["trace"].replace("\n", "\n   "))
    for name in result.left[:10]:
        _say(f"── {result.name}: left {name}")


def _print(results: Sequence[Result], *, as_json: bool) -> None:
    tried = sum(x.tried for x in results)
    totals: dict[str, Any] = {
        "entries": len(results),
        "inputs": tried,
        "least_for_an_entry": min((x.tried for x in results), default=0),
        "crashes": sum(len(x.crashes) for x in results),
        "left_behind": sum(len(x.left) for x in results),
        "growing": sum(x.growing for x in results),
        "slowest_seconds": max((x.slowest for x in results), default=0.0),
        "seconds": sum(x.seconds for x in results),
    }
    if as_json:
        rows = [dict(zip(HEAD, x.row, strict=True)) for x in results]
        sys.stdout.write(json.dumps({"entries": rows, "totals": totals}) + "\n")
        return
    sys.stdout.write(text_table(HEAD, [x.row for x in results]) + "\n\n")
    for name, value in totals.items():
        text = f"{value:.3g}" if isinstance(value, float) else str(value)
        sys.stdout.write(f"{name.replace('_', ' ')}: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
