"""Puts a copy back: verified before anything is touched, then all of it or nothing."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

from labo.whole import sync
from labo_web import withdrawals
from labo_web.moving import tables
from labo_web.moving.archive import (
    FOLDERS,
    JOURNAL,
    BadArchive,
    Reader,
    opened,
)
from labo_web.moving.backup import KIND
from labo_web.moving.replay import Replayed, replay

STAGED = ".restoring"


class NotEmpty(BadArchive):
    """The installation holds something, and nobody said to replace it."""


@dataclass(frozen=True)
class Restored:
    """What was put back."""

    made_at: str
    code_version: str
    # By table, how many rows the archive announces and how many the database then counts.
    rows: dict[str, tuple[int, int]]
    files: int
    # Files that the copy itself lacks: they were erased while it was made.
    gone: list[str]
    replayed: Replayed


def check(path: Path) -> dict[str, int]:
    """Verify a copy without touching anything, and return how many rows each table has.

    Raises:
        BadArchive: it is not whole.
    """
    with opened(path, KIND) as archive:
        return _plan(archive).rows


def restore(path: Path, *, replace: bool = False, journal: Path | None = None) -> Restored:
    """Put a copy into an empty installation, or in place of what is there.

    `journal` is the journal of withdrawals of another installation, added to this one's.

    Raises:
        BadArchive: the copy is not whole, or does not suit this site; nothing was changed.
        NotEmpty: there is something here, and `replace` was not said; nothing was changed.
        OSError: the disk is full; nothing was changed.
    """
    with opened(path, KIND) as archive:
        plan = _plan(archive)
        lines = _journals(archive, journal)
        _prepare(plan, replace)
        with staged(archive) as folder:
            with transaction.atomic():
                counted = _load(archive, plan)
                place(folder, archive.files())
                # Withdrawn before anybody can read it, where this version can do so already.
                replayed = _withdraw(lines) if plan.current else None
            if replace:
                _remove_others(archive)
    cache.clear()
    if replayed is None:
        upgrade()
        with transaction.atomic():
            replayed = _withdraw(lines)
    manifest = archive.manifest
    return Restored(
        str(manifest["made_at"]), str(manifest["code_version"]),
        {label: (count, counted[label]) for label, count in plan.rows.items()},
        len(archive.files()), list(manifest["gone"]), replayed,
    )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """What an archive asks of the database."""

    migrations: tables.Migrations
    models: list[tables.Model]
    rows: dict[str, int]
    numbers: dict[str, int]
    # Whether its schema is the one of this version.
    current: bool


def _plan(archive: Reader) -> _Plan:
    """Return what an archive asks, once its tables are those of its migrations."""
    manifest = archive.manifest
    wrong = BadArchive(
        f"{archive.path} ne dit pas comme il faut ce qu’elle contient : ce n’est pas une archive "
        "de ce site. Rien n’a été touché."
    )
    migrations: Any = manifest.get("migrations")
    rows: Any = manifest.get("rows")
    numbers: Any = manifest.get("numbers")
    if not (
        isinstance(migrations, dict)
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names)
                for names in migrations.values())
        and all(isinstance(counts, dict) and all(type(n) is int for n in counts.values())
                for counts in (rows, numbers))
        and isinstance(manifest.get("gone"), list)
        and {"made_at", "code_version", "columns"} <= set(manifest)
    ):  # fmt: skip
        raise wrong
    models = tables.models_at(migrations)
    columns = {m._meta.label_lower: [f.column for f in tables.fields_of(m)] for m in models}
    if columns != manifest["columns"] or set(columns) != set(rows):
        raise wrong
    if {f"tables/{label}.jsonl" for label in columns} | {JOURNAL} != {
        name for name in archive.members if name.split("/")[0] not in FOLDERS
    }:
        raise wrong
    return _Plan(migrations, models, rows, numbers, tables.is_current(migrations))


def _journals(archive: Reader, other: Path | None) -> list[withdrawals.Entry]:
    """Return the withdrawals that the archive and another journal know, oldest first."""
    if other is not None and not other.is_file():
        raise BadArchive(f"Le journal des retraits {other} n’existe pas. Rien n’a été touché.")
    try:
        list(withdrawals.entries())
        found = list(withdrawals.read(archive.open(JOURNAL), f"{archive.path}, {JOURNAL}"))
        return found + (list(withdrawals.entries(other)) if other else [])
    except withdrawals.Damaged as error:
        raise BadArchive(f"{error} Rien n’a été touché.") from error


def _withdraw(lines: list[withdrawals.Entry]) -> Replayed:
    withdrawals.adopt(lines)
    return replay(list(withdrawals.entries()))


def upgrade() -> None:
    """Bring the database to the schema of this version."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def _prepare(plan: _Plan, replace: bool) -> None:
    """Bring an empty database to the schema of the copy, and refuse another one."""
    here = tables.applied()
    same = {k: set(v) for k, v in here.items()} == {k: set(v) for k, v in plan.migrations.items()}
    if here:
        held = [m for m in tables.models_at(here) if m._default_manager.exists()]
        if held and not replace:
            names = ", ".join(m._meta.label_lower for m in held[:5])
            raise NotEmpty(
                f"Cette installation n’est pas vide ({names}…) : restaurez dans une installation "
                "neuve, ou dites --replace pour remplacer tout ce qu’elle contient. Rien n’a été "
                "touché."
            )
        if held and not same:
            raise BadArchive(
                "La sauvegarde est d’une autre version que la base : on ne remplace pas l’une par "
                "l’autre. Donnez une base vide. Rien n’a été touché."
            )
    if same:
        return
    executor = MigrationExecutor(connection)
    targets: list[tuple[str, str | None]] = [*tables.leaves(plan.migrations)]
    targets += [(app, None) for app in here if app not in plan.migrations]
    try:
        executor.migrate(targets)
    except IrreversibleError as error:
        raise BadArchive(
            "La base vide est d’une version plus récente que la sauvegarde, et ne peut pas revenir "
            "en arrière : donnez une base neuve, sans lancer « migrate » avant la restauration."
        ) from error


def _load(archive: Reader, plan: _Plan) -> dict[str, int]:
    """Write all rows, and find them as they are in the archive, before anything is committed.

    Return how many rows each table then has.
    """
    for model in plan.models:
        tables.empty(model)
    if "sessions" in plan.migrations:
        # Whoever had signed in has another number now.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_session")
    for model in plan.models:
        with archive.open(f"tables/{model._meta.label_lower}.jsonl") as file:
            count = tables.load(model, tables.read(model, file))
        if count != plan.rows[model._meta.label_lower]:
            raise BadArchive(
                f"{archive.path} annonce {plan.rows[model._meta.label_lower]} lignes de "
                f"{model._meta.label_lower} et en contient {count}. Rien n’a été changé."
            )
    tables.number_on(plan.models, plan.numbers)
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise BadArchive(
            f"{archive.path} n’est pas cohérente ({str(error).strip()[:300]}). Rien n’a été changé."
        ) from error
    for model in plan.models:
        with archive.open(f"tables/{model._meta.label_lower}.jsonl") as file:
            if not tables.same(model, tables.read(model, file)):
                raise BadArchive(
                    f"La table {model._meta.label_lower} relue n’est pas celle de l’archive. Rien "
                    "n’a été changé : signalez-le avec ces mots."
                )
    return {m._meta.label_lower: m._default_manager.count() for m in plan.models}


@contextmanager
def staged(archive: Reader) -> Iterator[Path]:
    """Give a folder, on the disk of the data, with the files of an archive."""
    data = Path(settings.DATA)
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob(f"{STAGED}-*"):  # by a restoration that the machine cut short
        shutil.rmtree(left, ignore_errors=True)
    needed = sum(archive.members[name]["size"] for name in archive.files())
    if needed > (free := shutil.disk_usage(data).free):
        raise BadArchive(
            f"Il faut {needed / 1e9:.1f} Go dans {data}, et il en reste {free / 1e9:.1f} : faites "
            "de la place. Rien n’a été touché."
        )
    folder = data / f"{STAGED}-{uuid.uuid4().hex}"
    folder.mkdir(mode=0o700)
    try:
        for name in archive.files():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                for chunk in archive.chunks(name):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place(folder: Path, names: list[str]) -> None:
    """Move the files to where rows name them: before the rows are committed."""
    data = Path(settings.DATA)
    touched = set()
    for name in names:
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (folder / name).replace(path)
        touched |= {parent for parent in path.parents if data in (parent, *parent.parents)}
    for parent in sorted(touched, key=lambda parent: -len(parent.parts)):
        sync(parent)


def _remove_others(archive: Reader) -> None:
    """Remove the files of what was replaced."""
    data, kept = Path(settings.DATA), set(archive.files())
    for name in FOLDERS:
        for path in sorted((data / name).rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(data).as_posix() not in kept:
                path.unlink()
