"""A whole territory goes into an archive: its rows, its files, and whom these rows speak of."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from labo.release import code_version
from labo_web.moving import tables
from labo_web.moving.archive import VERSION, BadArchive, Writer, new_archive
from labo_web.moving.backup import add_file, add_table
from labo_web.moving.belonging import MATCHED, OF_TERRITORY, ORGANISATION, PERSON, SIGNATURE

KIND = "labo-territory"
AT_ONCE = 500  # numbers asked for in one query


@dataclass(frozen=True)
class Left:
    """What an archive of a territory holds."""

    name: str
    rows: dict[str, int]
    files: int
    # People who are named only as somebody who may be known where they arrive.
    strangers: int


def pack(code: str, path: Path) -> Left:
    """Write all that is of a territory into a file that is not there yet.

    Raises:
        BadArchive: there is no such territory, the schema is not of this version, or the file
            cannot be written.
    """
    with new_archive(path) as archive:
        with tables.snapshot():
            migrations = tables.applied()
            if not migrations or not tables.is_current(migrations):
                raise BadArchive(
                    "La base n’est pas au schéma de cette version : lancez d’abord « migrate »."
                )
            models = {m._meta.label_lower: m for m in tables.models_at(migrations)}
            territory: Any = models["accounts.territory"]._default_manager.filter(code=code).first()
            if territory is None:
                manager = models["accounts.territory"]._default_manager
                known = ", ".join(manager.values_list("code", flat=True)) or "rien"
                raise BadArchive(f"Aucun territoire n’a le code {code!r} ; il y a : {known}.")
            made = _Packing(archive, models, territory.pk)
            rows = made.write()
            last = tables.last_numbers([models[label] for label in OF_TERRITORY if label in models])
        files = [name for name in made.files() if add_file(archive, name)]
        archive.close(
            {
                "format": KIND,
                "version": VERSION,
                "code_version": code_version(),
                "made_at": timezone.now().isoformat(timespec="seconds"),
                "engine": connection.vendor,
                "migrations": migrations,
                "territory": {"code": code, "name": territory.name, "pk": territory.pk},
                "rows": rows,
                "columns": {label: [f.column for f in tables.fields_of(models[label])]
                            for label in rows},
                "numbers": last,
                "strangers": made.strangers,
            }
        )  # fmt: skip
    return Left(territory.name, rows, len(files), len(made.strangers))


def rows_of_territory(model: tables.Model, territory: int) -> QuerySet[Any]:
    """Return the rows of a table that belong to a territory."""
    ways = OF_TERRITORY[model._meta.label_lower]
    condition = Q()
    for way in ways:
        condition |= Q(**{way: territory})
    return model._default_manager.filter(condition)


class _Packing:
    """Writes the tables of a territory, and keeps what they point to and name."""

    def __init__(self, archive: Writer, models: dict[str, tables.Model], territory: int) -> None:
        self._archive, self._models, self._territory = archive, models, territory
        self._pointed: dict[str, set[int]] = defaultdict(set)
        self._named: list[str] = []
        # Of people who have no role here: their number, and a digest of their address.
        self.strangers: dict[str, str] = {}

    def write(self) -> dict[str, int]:
        """Write every table, and return how many rows each has."""
        rows: dict[str, int] = {}
        for label in sorted(OF_TERRITORY):
            if model := self._models.get(label):
                rows[label] = self._table(model, [rows_of_territory(model, self._territory)])
        members = self._members()
        # In this order: a signature is of a person, who is of an organisation.
        rows[SIGNATURE] = self._table(self._models[SIGNATURE], self._those(SIGNATURE))
        self._keep_strangers(members)
        rows[PERSON] = self._table(self._models[PERSON], self._those(PERSON))
        rows[ORGANISATION] = self._table(self._models[ORGANISATION], self._those(ORGANISATION))
        return rows

    def _table(self, model: tables.Model, parts: Iterable[QuerySet[Any]]) -> int:
        pointing = [
            (place, target)
            for place, field in enumerate(tables.fields_of(model))
            if field.is_relation and (target := field.related_model._meta.label_lower) in MATCHED  # type: ignore[union-attr]
        ]

        def follow(row: tuple[Any, ...]) -> None:
            for place, target in pointing:
                if row[place] is not None:
                    self._pointed[target].add(row[place])

        return add_table(self._archive, model, parts, named=self._named, seen=follow)

    def _those(self, label: str) -> Iterator[QuerySet[Any]]:
        numbers = sorted(self._pointed[label])
        for start in range(0, len(numbers), AT_ONCE):
            yield self._models[label]._default_manager.filter(
                pk__in=numbers[start : start + AT_ONCE]
            )

    def _members(self) -> set[int]:
        """Return the people who have, or had, a role in the territory."""
        roles = self._models["accounts.role"]._default_manager.filter(territory=self._territory)
        return set(roles.values_list("person", flat=True))

    def _keep_strangers(self, members: set[int]) -> None:
        """Leave out the addresses of people who are of other territories, or of the programme."""
        others = self._pointed[PERSON] - members
        self._pointed[PERSON] &= members
        for part in _parts(sorted(others)):
            people = self._models[PERSON]._default_manager.filter(pk__in=part)
            for pk, email in people.values_list("pk", "email"):
                self.strangers[str(pk)] = fingerprint(email)

    def files(self) -> Iterator[str]:
        """Give the files that the rows name, and that are there."""
        data = Path(settings.DATA)
        for name in dict.fromkeys(self._named):
            if not name.endswith("/*"):
                yield name
                continue
            for path in sorted((data / name[:-2]).rglob("*")):
                if path.is_file():
                    yield path.relative_to(data).as_posix()


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]


def fingerprint(email: str) -> str:
    """Return by what an address is recognised where it is known already, and only there."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
