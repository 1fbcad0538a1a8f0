"""Every benchmark, one after the other: `python -m bench [--quick] [--only NAME …] [--json]`."""

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bench
from bench._summary import table

# What a benchmark is told unless it is run by itself.
SHORTER = {"coverage": ["--seeds", "4"], "faults": ["--quick"], "ranks": ["--seeds", "2"]}


def names() -> list[str]:
    """Return the modules of this package that are benchmarks."""
    found = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    return [name for name in found if not name.startswith("_")]


def run(name: str, options: Sequence[str]) -> dict[str, Any]:
    """Run one benchmark in a process of its own, and return its figures."""
    command = [sys.executable, "-m", f"bench.{name}", *SHORTER.get(name, []), *options, "--json"]
    root = Path(__file__).resolve().parent.parent
    # Faults end with 1 where they found something, which their figures say.
    ran = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if ran.returncode and not ran.stdout.strip():
        raise subprocess.CalledProcessError(ran.returncode, command)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run them all, then say all in one table; with --json, print one line of every figure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small, in some minutes")
    parser.add_argument("--only", nargs="*", choices=names(), help="some of them")
    parser.add_argument("--json", action="store_true", help="one line that holds every figure")
    given = parser.parse_args(argv)
    figures = {}
    for name in given.only or names():
        figures[name] = run(name, ["--quick"] if given.quick else [])
        if not given.json:
            report = importlib.import_module(f"bench.{name}").report
            sys.stdout.write(f"── {name}\n{report(figures[name])}\n")
            sys.stdout.flush()
    sys.stdout.write(json.dumps(figures) + "\n" if given.json else f"── all\n{table(figures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
