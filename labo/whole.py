"""Puts a folder or a file in its place whole, or not at all, whatever kills us on the way.

What is being made stands beside its place, under a name that begins with a dot. A process that dies
leaves it there; the next one that makes the same thing takes it away.
"""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

MARK = ".part-"
OLD = ".old"  # of what stood there before, while it is replaced


@contextlib.contextmanager
def folder_for(target: Path) -> Iterator[Path]:
    """Give an empty folder to be filled, which then takes the place of `target`.

    What stands there before is replaced: whoever may not do so looks first.
    """
    sweep(target)
    part, held = _begin(target)
    aside = part.with_name(part.name + OLD)
    try:
        yield part
        for path in (*part.rglob("*"), part):
            sync(path)
        if target.exists():
            target.replace(aside)
        part.replace(target)
        sync(target.parent)
    finally:
        if aside.exists() and not target.exists():
            aside.replace(target)
        for left in (part, aside):
            shutil.rmtree(left, ignore_errors=True)
        os.close(held)


def sweep(target: Path) -> None:
    """Take away what processes that died had begun beside a place.

    Whoever is at work holds a lock on its folder, which ends with it. What stood in the place
    before, and was set aside by a process that died just then, comes back.
    """
    for part in _beside(target):
        with contextlib.suppress(OSError):
            held = os.open(part, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(part, ignore_errors=True)
            finally:
                os.close(held)
    for aside in _beside(target, OLD):
        if aside.with_suffix("").exists():
            continue  # of one who is at work
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.replace(target)


def _beside(target: Path, ending: str = "") -> list[Path]:
    """Return what was begun beside a place, or with OLD what was set aside for it."""
    begun = re.compile(re.escape(f".{target.name}{MARK}") + r"\d+" + re.escape(ending))
    if not target.parent.is_dir():
        return []
    return [path for path in target.parent.iterdir() if begun.fullmatch(path.name)]


def _begin(target: Path) -> tuple[Path, int]:
    """Return a new folder beside a place, and what holds its lock."""
    part = target.with_name(f".{target.name}{MARK}{os.getpid()}")
    while True:
        part.mkdir(parents=True, exist_ok=True)
        held = os.open(part, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        # Another may have swept it away between the two.
        if part.exists() and os.fstat(held).st_ino == part.stat().st_ino:
            return part, held
        os.close(held)


def write_file(target: Path, content: bytes) -> None:
    """Write a file that has its name once it is whole."""
    part = target.with_name(f".{target.name}{MARK}{os.getpid()}")
    try:
        part.write_bytes(content)
        sync(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
