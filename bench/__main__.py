"""Every benchmark, one after the other: `python -m bench [--quick] [--json]`."""

import argparse
import json
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import bench

# What a benchmark is told unless it is run by itself.
SHORTER = {"coverage": ["--seeds", "4"], "faults": ["--quick"], "ranks": ["--seeds", "2"]}


def names() -> list[str]:
    """Return the modules of this package that are benchmarks."""
    found = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    return [name for name in found if not name.startswith("_")]


def run(name: str, options: Sequence[str]) -> str:
    """Run one benchmark in a process of its own, and return what it prints."""
    command = [sys.executable, "-m", f"bench.{name}", *SHORTER.get(name, []), *options]
    root = Path(__file__).resolve().parent.parent
    ran = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return ran.stdout


def main(argv: Sequence[str] | None = None) -> int:
    """Run them all; with --json, print one line that holds the figures by benchmark."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small, in about a minute")
    parser.add_argument("--json", action="store_true", help="one line that holds every figure")
    given = parser.parse_args(argv)
    quick = ["--quick"] if given.quick else []
    if given.json:
        figures = {name: json.loads(run(name, [*quick, "--json"])) for name in names()}
        sys.stdout.write(json.dumps(figures) + "\n")
        return 0
    for name in names():
        sys.stdout.write(f"── {name}\n")
        sys.stdout.flush()
        sys.stdout.write(run(name, quick) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
