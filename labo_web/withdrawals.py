"""What was taken back, kept outside the database: a restored copy must not bring it back.

A file of one line for each withdrawal, to which lines are only added: what was taken back, by a key
that says nothing of anybody, and the day. `labo-web restore` reads it and withdraws again.
A key names one thing: of several lines of one application about it, the last one holds.
"""

import datetime as dt
import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from django.conf import settings
from django.utils import timezone

from labo.whole import sync

# « workshops.withdrawn »: the application, and what its `withdrawn.again` understands.
KIND = re.compile(r"[a-z]{1,30}\.[a-z][a-z_]{0,60}")
# A uuid, or the fingerprint of a private link: never a name, an address or the link itself.
KEY = re.compile(r"[0-9a-f-]{32,64}")
LONGEST = 400  # bytes of a line


class Entry(NamedTuple):
    """One withdrawal: what kind of thing, which one, on which day (ISO 8601)."""

    kind: str
    key: str
    date: str


class Damaged(Exception):
    """The journal cannot be read; its text is the sentence to show."""


def journal() -> Path:
    """Return where the withdrawals of this installation are written."""
    return Path(settings.DATA) / "withdrawals.jsonl"


def record(kind: str, key: str) -> None:
    """Add a withdrawal to the journal; it is on the disk when this returns.

    It is called inside the transaction that withdraws, before its end: the journal may then know of
    a withdrawal that the database refused, and never the reverse.
    """
    if not KIND.fullmatch(kind) or not KEY.fullmatch(key):
        raise ValueError(f"{kind!r}, {key!r}: a kind is « app.what », a key is a uuid or a digest")
    _add([Entry(kind, key, timezone.localdate().isoformat())])


def adopt(found: Iterable[Entry]) -> int:
    """Add the withdrawals of another journal that this one lacks; return how many."""
    known = set(entries())
    fresh = [entry for entry in dict.fromkeys(found) if entry not in known]
    if fresh:
        _add(fresh)
    return len(fresh)


def _add(found: Sequence[Entry]) -> None:
    written = b"".join(json.dumps(entry._asdict()).encode() + b"\n" for entry in found)
    path = journal()
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = os.fstat(file).st_size
        last = os.pread(file, LONGEST, max(end - LONGEST, 0))
        if last and not last.endswith(b"\n"):
            # A power cut left half a line, which nobody was told is kept.
            end = end - len(last) + last.rfind(b"\n") + 1
            os.ftruncate(file, end)
        try:
            if os.write(file, written) != len(written):
                raise OSError(f"{path} could not be written: is the disk full?")
            os.fsync(file)
        except OSError:
            os.ftruncate(file, end)
            raise
    finally:
        os.close(file)
    if fresh:
        sync(path.parent)


def entries(path: Path | None = None) -> Iterator[Entry]:
    """Yield the withdrawals, oldest first; half a line at the end was never kept, and is passed.

    Raises:
        Damaged: a line that is not the last one cannot be read.
    """
    path = path or journal()
    if path.exists():
        with path.open("rb") as file:
            yield from read(file, str(path))


def read(file: IO[bytes], name: str) -> Iterator[Entry]:
    """Yield the withdrawals of an open journal, as `entries` does."""
    for number, line in enumerate(file, start=1):
        if not line.endswith(b"\n"):
            return
        try:
            found = json.loads(line)
            entry = Entry(found["kind"], found["key"], found["date"])
            known = KIND.fullmatch(entry.kind) and KEY.fullmatch(entry.key)
            dt.date.fromisoformat(entry.date)
        except (ValueError, TypeError, KeyError) as error:
            raise _damaged(name, number) from error
        if not known:
            raise _damaged(name, number)
        yield entry


def _damaged(name: str, number: int) -> Damaged:
    return Damaged(
        f"Le journal des retraits {name} est abîmé : sa ligne {number} ne se lit pas. Prenez-en "
        "une copie intacte."
    )
