"""Rows of every table as lines of JSON, and back: the same on SQLite and on PostgreSQL.

Models are those of the migrations that a copy was made under, so that a copy of an older version is
read as it was written, and then brought to today's.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import zip_longest
from typing import IO, Any

from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from labo_web.moving.archive import BadArchive

# Made again by the site itself, or of no use elsewhere.
LEFT_OUT = {
    "sessions.session",
    "contenttypes.contenttype",
    "auth.permission",
    "auth.group_permissions",
}
ROWS = 1_000  # read or written at once
HEAVY_ROWS = 20  # of tables whose rows may weigh megabytes
HEAVY = ("JSONField", "BinaryField")
BYTES = 8_000_000  # of lines, after which rows are written
LONGEST_LINE = 256_000_000

Model = type[models.Model]
Migrations = dict[str, list[str]]


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is now, whatever is written meanwhile; nobody waits for it."""
    if connection.in_atomic_block:
        raise RuntimeError("a snapshot begins its own transaction")
    connection.ensure_connection()
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        # The site's own transactions take the right to write at once; this one never writes.
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]


def applied() -> Migrations:
    """Return the migrations that the database went through, by application."""
    found: Migrations = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


@lru_cache(1)
def _loader() -> MigrationLoader:
    """Return what this version knows of migrations, whatever the database."""
    return MigrationLoader(None)


def leaves(migrations: Migrations) -> list[tuple[str, str]]:
    """Return the last of these migrations in each application.

    Raises:
        BadArchive: this version of the site does not know one of them.
    """
    loader = _loader()
    named = {(app, name) for app, names in migrations.items() for name in names}
    known = named & set(loader.graph.nodes)
    # A squashed migration stands for those that it replaces.
    replaced = {old for made in loader.replacements.values() for old in made.replaces}
    if unknown := sorted(named - known - replaced):
        raise BadArchive(
            f"Ce site ne connaît pas le schéma « {unknown[0][0]}.{unknown[0][1]} » : il est plus "
            "ancien que ces données. Mettez-le d’abord à jour."
        )
    return sorted(
        key
        for key in known
        if not any(child.key in known and child.key[0] == key[0]
                   for child in loader.graph.node_map[key].children)
    )  # fmt: skip


def is_current(migrations: Migrations) -> bool:
    """Return whether these migrations are those of this version."""
    return set(leaves(migrations)) == set(_loader().graph.leaf_nodes())


def models_at(migrations: Migrations) -> list[Model]:
    """Return the models of all tables after these migrations, by name."""
    return _models_at(tuple(leaves(migrations)))


@lru_cache(4)
def _models_at(last: tuple[tuple[str, str], ...]) -> list[Model]:
    state = _loader().project_state(list(last))
    found = [m for m in state.apps.get_models(include_auto_created=True) if m._meta.managed]
    for model in found:
        for field in model._meta.concrete_fields:
            # A row comes back with its own dates.
            if isinstance(field, models.DateField):
                field.auto_now = field.auto_now_add = False
    return sorted(
        (m for m in found if m._meta.label_lower not in LEFT_OUT and not m._meta.proxy),
        key=lambda m: m._meta.label_lower,
    )


def fields_of(model: Model) -> list[models.Field[Any, Any]]:
    """Return the columns of a table."""
    return list(model._meta.concrete_fields)


def rows_of(model: Model, rows: models.QuerySet[Any] | None = None) -> Iterator[tuple[Any, ...]]:
    """Give rows as values of their columns, by number, a few at a time."""
    found = model._default_manager.all() if rows is None else rows
    heavy = any(field.get_internal_type() in HEAVY for field in fields_of(model))
    names = [field.attname for field in fields_of(model)]
    return found.order_by("pk").values_list(*names).iterator(HEAVY_ROWS if heavy else ROWS)


def _written(value: Any) -> Any:
    if isinstance(value, dt.date | dt.time):  # a moment is a date too
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, memoryview | bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no line holds a {type(value).__name__}")


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Give each row as a line of JSON."""
    pack = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_written
    ).encode
    for row in rows:
        yield pack(row).encode() + b"\n"


def gathered(pieces: Iterable[bytes], least: int = 1 << 18) -> Iterator[bytes]:
    """Give the same bytes in larger pieces."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= least:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


READ: dict[str, Callable[[Any], Any]] = {
    "DateTimeField": dt.datetime.fromisoformat,
    "DateField": dt.date.fromisoformat,
    "TimeField": dt.time.fromisoformat,
    "DecimalField": Decimal,
    "UUIDField": uuid.UUID,
    "BinaryField": lambda text: base64.b64decode(text, validate=True),
}


def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    target: Any = getattr(field, "target_field", field)
    return READ.get(target.get_internal_type())


def read(model: Model, file: IO[bytes]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Give back the rows of a file of lines, each with the bytes that it took.

    Raises:
        BadArchive: a line is not a row of this table.
    """
    readers = [_reader(field) for field in fields_of(model)]
    label = model._meta.label_lower
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        try:
            values = json.loads(line)
            if not isinstance(values, list) or len(values) != len(readers):
                raise ValueError("another number of columns")
            row = tuple(
                value if value is None or reader is None else reader(value)
                for value, reader in zip(values, readers, strict=True)
            )
        except (ValueError, TypeError, InvalidOperation, binascii.Error) as error:
            raise BadArchive(
                f"La ligne {number} de {label} ne se lit pas ({error}). Rien n’a été changé."
            ) from error
        yield row, len(line)


def load(model: Model, rows: Iterable[tuple[tuple[Any, ...], int]]) -> int:
    """Write rows into their table, a few at a time, and return how many.

    Raises:
        BadArchive: the database refuses one.
    """
    names = [field.attname for field in fields_of(model)]
    held: list[models.Model] = []
    size = count = 0
    for values, weight in rows:
        held.append(model(**dict(zip(names, values, strict=True))))
        size += weight
        if len(held) >= ROWS or size >= BYTES:
            count += _insert(model, held)
            held, size = [], 0
    return count + _insert(model, held)


def _insert(model: Model, rows: list[models.Model]) -> int:
    try:
        model._default_manager.bulk_create(rows)
    except (DatabaseError, ValueError, TypeError, OverflowError) as error:
        raise BadArchive(
            f"La base refuse une ligne de {model._meta.label_lower} ({str(error).strip()[:300]}). "
            "Rien n’a été changé."
        ) from error
    return len(rows)


def same(model: Model, rows: Iterable[tuple[tuple[Any, ...], int]]) -> bool:
    """Return whether a table holds these rows and no other, value by value."""
    written = (_plain(row) for row in rows_of(model))
    wanted = (_plain(row) for row, _ in rows)
    return all(one == other for one, other in zip_longest(written, wanted))


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(bytes(x) if isinstance(x, memoryview) else x for x in row)


def empty(model: Model) -> None:
    """Remove all rows of a table, whatever still points to them until the transaction ends."""
    rows = model._default_manager.all()
    rows._raw_delete(rows.db)


def last_numbers(tables: Sequence[Model]) -> dict[str, int]:
    """Return the last number that each table gave, of rows that are gone too.

    People were told such numbers, and they are on paper: they are not given to something else.
    """
    found = {}
    with connection.cursor() as cursor:
        for model in tables:
            name, pk = model._meta.db_table, model._meta.pk
            if not isinstance(pk, models.AutoField):
                continue
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{name}"', pk.column])
                (sequence,) = cursor.fetchone()
                cursor.execute(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608  # nosec B608
            else:
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
            row = cursor.fetchone()
            found[model._meta.label_lower] = int(row[0]) if row else 0
    return found


def number_on(tables: Sequence[Model], last: Mapping[str, int]) -> None:
    """Let new rows be numbered after those that were written, and after the numbers of old."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(sql)
        for model in tables:
            name, label = model._meta.db_table, model._meta.label_lower
            rows = model._default_manager.order_by("-pk").values_list("pk", flat=True)
            highest = rows.first() or 0
            if last.get(label, 0) <= highest or not isinstance(model._meta.pk, models.AutoField):
                continue
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                    [f'"{name}"', model._meta.pk.column, last[label]],
                )
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last[label]]
                )
