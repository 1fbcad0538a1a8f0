"""Makes a copy of the whole installation: every table as of one moment, and the files beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from labo.release import code_version
from labo_web import withdrawals
from labo_web.moving import tables
from labo_web.moving.archive import (
    FOLDERS,
    JOURNAL,
    VERSION,
    BadArchive,
    Writer,
    chunks_of,
    new_archive,
)
from labo_web.moving.belonging import FILES

KIND = "labo-backup"


@dataclass(frozen=True)
class Copied:
    """What a copy holds."""

    rows: dict[str, int]
    files: int
    # Files that rows name and that are not there: erased while the copy was made, as when somebody
    # takes a photo back, or lost.
    gone: list[str]


def backup(path: Path) -> Copied:
    """Write a copy of the installation into a file that is not there yet.

    Raises:
        BadArchive: it cannot be written there, or a file cannot be in it.
        OSError: the disk is full, or the folder cannot be written.
    """
    with new_archive(path) as archive:
        with tables.snapshot():
            migrations = tables.applied()
            if not migrations:
                raise BadArchive("La base est vide : il n’y a rien à sauvegarder.")
            models = tables.models_at(migrations)
            named: list[str] = []
            rows = {m._meta.label_lower: add_table(archive, m, named=named) for m in models}
            columns = {m._meta.label_lower: [f.column for f in tables.fields_of(m)] for m in models}
            numbers = tables.last_numbers(models)
        # Files come after the rows that name them; they are never changed, only added or erased.
        files = sum(add_file(archive, name) for name in data_files())
        gone = [name for name in named if not _is_in(archive, name)]
        add_journal(archive)
        archive.close(
            {
                "format": KIND,
                "version": VERSION,
                "code_version": code_version(),
                "made_at": timezone.now().isoformat(timespec="seconds"),
                "engine": connection.vendor,
                "migrations": migrations,
                "rows": rows,
                "columns": columns,
                "numbers": numbers,
                "gone": gone,
            }
        )
    return Copied(rows, files, gone)


def _is_in(archive: Writer, name: str) -> bool:
    """Return whether an archive has a file, or any of a folder; streets are never asked for."""
    if name.endswith("/*"):
        return f"{name[:-1]}manifest.json" in archive.members
    return name in archive.members or name.startswith("backdrops/")


def add_table(
    archive: Writer,
    model: tables.Model,
    parts: Iterable[QuerySet[Any] | None] = (None,),
    *,
    named: list[str],
    seen: Callable[[tuple[Any, ...]], None] | None = None,
) -> int:
    """Add the rows of a table, and return how many there are.

    The files that they name are added to `named`; `seen` is called with each row.
    """
    label, count = model._meta.label_lower, 0
    names = [field.attname for field in tables.fields_of(model)]
    files = FILES.get(label)

    def followed() -> Generator[tuple[Any, ...]]:
        nonlocal count
        for part in parts:
            for row in tables.rows_of(model, part):
                count += 1
                if files is not None:
                    named.extend(files(dict(zip(names, row, strict=True))))
                if seen is not None:
                    seen(row)
                yield row

    # A cursor that an error left open would be closed after its connection, which says so.
    with closing(followed()) as rows:
        archive.add(f"tables/{label}.jsonl", tables.gathered(tables.lines(rows)), pack=True)
    return count


def data_files() -> Iterator[str]:
    """Give the files that rows name, as paths in the data folder; hidden ones are not whole."""
    for folder in FOLDERS:
        for here, below, names in os.walk(Path(settings.DATA) / folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                path = Path(here) / name
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    yield path.relative_to(settings.DATA).as_posix()


def add_file(archive: Writer, name: str) -> bool:
    """Add a file of the data folder; return whether it was still there."""
    path = Path(settings.DATA) / name
    try:
        path.open("rb").close()
    except FileNotFoundError:
        return False
    # Photos, voices and Parquet are packed already.
    archive.add(name, chunks_of(path), pack=path.suffix in {".json", ".geojson", ".csv", ".txt"})
    return True


def add_journal(archive: Writer) -> None:
    """Add the withdrawals: a machine that is lost takes its journal with it."""
    path = withdrawals.journal()
    content = path.read_bytes() if path.exists() else b""
    archive.add(JOURNAL, [content[: content.rfind(b"\n") + 1]], pack=True)
