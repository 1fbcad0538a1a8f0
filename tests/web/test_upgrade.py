"""From the previous version to this one, with data: in place, and through a copy made before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from labo_web.accounts.models import Person
from labo_web.moving import tables
from labo_web.moving.archive import BadArchive
from labo_web.moving.backup import backup
from labo_web.moving.restore import restore, upgrade
from labo_web.resources.models import Resource
from tests.web import installations
from tests.web.installations import Place, at
from tests.web.test_backup import SQLITE

# The last migration of each application in the version that is in service (4a6eebf); those that
# have none had no table. At each release, this is what that release had.
PREVIOUS = {
    "accounts": "0002_people_and_gate",
    "releases": "0002_people_and_gate",
    "resources": "0001_initial",
    "workshops": "0003_purge",
    "roadmaps": "0001_initial",
    "stories": None,
    "programme": None,
}


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


def install_previous() -> None:
    """Make the database of the previous version, with a row in every table."""
    executor = MigrationExecutor(connection)
    ours = [(app, name) for app, name in PREVIOUS.items() if name is not None]
    theirs = [key for key in executor.loader.graph.leaf_nodes() if key[0] not in PREVIOUS]
    executor.migrate(ours + theirs)
    installations.one_of_each()


Held = dict[str, list[dict[str, Any]]]


def held(models: list[tables.Model]) -> Held:
    """Return every row, as values by column."""
    return {
        m._meta.label_lower: [
            dict(zip((str(f.column) for f in tables.fields_of(m)), map(plain, row), strict=True))
            for row in tables.rows_of(m)
        ]
        for m in models
    }


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def intact(before: Held) -> None:
    """Every row is there, with all that its columns held."""
    after = held(tables.models_at(tables.applied()))
    for label, rows in before.items():
        assert rows, label
        kept = [
            {name: value for name, value in row.items() if name in rows[0]} for row in after[label]
        ]
        assert kept == rows, label


def upgraded() -> None:
    """What the previous version had not is there for its rows too."""
    assert tables.is_current(tables.applied())
    for model in (Person, Resource):
        found = list(model._default_manager.values_list("uuid", flat=True))
        assert None not in found
        assert len(set(found)) == len(found)


def in_place() -> None:
    install_previous()
    # Two of those that get a number of their own.
    person = next(
        m for m in tables.models_at(tables.applied()) if m._meta.label_lower == "accounts.person"
    )
    person._default_manager.create(email="b@example.org", name="B", invited_at="2026-01-01T00:00Z")
    before = held(tables.models_at(tables.applied()))
    upgrade()
    intact(before)
    upgraded()


def test_in_place(tmp_path: Path) -> None:
    with at(Place(tmp_path / "data")):
        in_place()


@SQLITE
def test_in_place_on_postgres(tmp_path: Path, cluster: Callable[[str], str]) -> None:
    with at(Place(tmp_path / "data", cluster("upgrade"))):
        in_place()


def test_through_a_copy_of_the_previous_version(tmp_path: Path) -> None:
    with at(Place(tmp_path / "a")):
        install_previous()
        before = held(tables.models_at(tables.applied()))
        backup(tmp_path / "copy.zip")
    with at(Place(tmp_path / "b")):
        # The database was made empty by this version: it goes back, then forward with the rows.
        installations.migrate()
        done = restore(tmp_path / "copy.zip")
        assert all(there == here == 1 for there, here in done.rows.values())
        intact(before)
        upgraded()
        # What holds rows of another version is not replaced.
        with pytest.raises(BadArchive, match="d’une autre version"):
            restore(tmp_path / "copy.zip", replace=True)


@SQLITE
def test_through_a_copy_to_postgres(tmp_path: Path, cluster: Callable[[str], str]) -> None:
    with at(Place(tmp_path / "a")):
        install_previous()
        before = held(tables.models_at(tables.applied()))
        backup(tmp_path / "copy.zip")
    with at(Place(tmp_path / "b", cluster("copied"))):
        restore(tmp_path / "copy.zip")
        intact(before)
        upgraded()
