"""A copy of the installation: whole or not at all, on either database, and nothing comes back."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from bench._cluster import private_cluster
from labo_web.moving import tables
from labo_web.moving.archive import FOLDERS
from labo_web.moving.backup import backup
from labo_web.moving.restore import restore
from labo_web.resources.models import Resource
from labo_web.workshops.models import Event
from labo_web.workshops.moderation import moderate, publish_medium
from tests.web import installations, room
from tests.web.installations import Place, at

SQLITE = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="done once, from SQLite")


class Original(NamedTuple):
    """An installation with something in every corner, and its copy."""

    place: Place
    paths: list[str]
    copy: Path


@pytest.fixture(scope="module")
def original(
    django_db_blocker: Any, town_release: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Original:  # fmt: skip
    from tests.web import town

    folder = tmp_path_factory.mktemp("original")
    other = town.changed(town_release, folder / "other", town.elsewhere)
    place = Place(folder / "data")
    with django_db_blocker.unblock(), at(place):
        installations.migrate()
        paths = installations.populate(installations.fill(town_release, other))
        photo = room.a_photo(Event.objects.earliest("pk"))
        publish_medium(photo, None)
        moderate(photo.contribution, "shown", "", None)
        paths.append(reverse("medium", args=[photo.pk]))
        backup(folder / "copy.zip")
    return Original(place, paths, folder / "copy.zip")


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def full(
    original: Original, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Original:
    """The same with a row in every table, though pages would not know what to say of some."""
    folder = tmp_path_factory.mktemp("full")
    shutil.copytree(original.place.data, folder / "data")
    place = Place(folder / "data")
    with django_db_blocker.unblock(), at(place):
        installations.one_of_each()
        backup(folder / "copy.zip")
    return Original(place, [], folder / "copy.zip")


def counts() -> dict[str, int]:
    return {
        m._meta.label_lower: m._default_manager.count() for m in tables.models_at(tables.applied())
    }


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of the files below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def tables_in(path: Path) -> dict[str, Any]:
    """Return the sizes and digests of the tables of an archive."""
    with zipfile.ZipFile(path) as packed:
        members = json.loads(packed.read("manifest.json"))["members"]
    return {name: said for name, said in members.items() if name.startswith("tables/")}


def test_a_restored_copy_answers_the_same(original: Original, tmp_path: Path) -> None:
    with at(original.place):
        before, there = installations.pages(original.paths), counts()
        assert len(before) > 80
        assert all(content.startswith(b"200 ") for content in before.values())
        assert installations.pages(original.paths) == before
    with at(Place(tmp_path / "b")):
        done = restore(original.copy)
        assert {label: (n, n) for label, n in there.items()} == done.rows
        assert counts() == there
        assert installations.pages(original.paths) == before
        assert (done.replayed.known, done.replayed.left) == (0, [])
        files = {name for folder in FOLDERS for name in files_in(tmp_path / "b" / folder)}
        assert done.files == len(files)
        assert any(name.endswith(".jpg") for name in files)


def test_every_table_comes_back_as_it_was(full: Original, tmp_path: Path) -> None:
    with at(full.place):
        there = counts()
        assert all(there.values()), there
    with at(Place(tmp_path / "b")):
        restore(full.copy)
        assert counts() == there
        backup(tmp_path / "again.zip")
    assert tables_in(tmp_path / "again.zip") == tables_in(full.copy)


@pytest.fixture(scope="module")
def cluster(need: Callable[[str], Path]) -> Iterator[Callable[[str], str]]:
    """`cluster("b")` is the address of a new database of PostgreSQL."""
    with private_cluster(need("postgres")) as address:

        def new(name: str) -> str:
            with psycopg.connect(address, autocommit=True) as connected:
                connected.execute(f"CREATE DATABASE {name}")
            return address.replace("/postgres?", f"/{name}?")

        yield new


@SQLITE
def test_the_other_engine_and_back(
    original: Original, cluster: Callable[[str], str], tmp_path: Path
) -> None:
    with at(original.place):
        before, there = installations.pages(original.paths), counts()
        number = Resource.objects.create(territory_id=1, kind="place", source="resident").pk
        Resource.objects.get(pk=number).delete()
        backup(tmp_path / "one.zip")
    with at(Place(tmp_path / "b", cluster("b"))):
        restore(tmp_path / "one.zip")
        assert connection.vendor == "postgresql"
        assert counts() == there
        assert installations.pages(original.paths) == before
        made = Resource.objects.create(territory_id=1, kind="place", source="resident")
        assert made.pk == number + 1
        made.delete()
        backup(tmp_path / "two.zip")
    with at(Place(tmp_path / "c")):
        restore(tmp_path / "two.zip")
        assert counts() == there
        assert installations.pages(original.paths) == before
        made = Resource.objects.create(territory_id=1, kind="place", source="resident")
        assert made.pk == number + 2
        made.delete()


@SQLITE
def test_every_table_through_the_other_engine(
    full: Original, cluster: Callable[[str], str], tmp_path: Path
) -> None:
    with at(Place(tmp_path / "b", cluster("every"))):
        restore(full.copy)
        backup(tmp_path / "two.zip")
    with at(Place(tmp_path / "c")):
        restore(tmp_path / "two.zip")
        backup(tmp_path / "three.zip")
    assert tables_in(tmp_path / "two.zip") == tables_in(tmp_path / "three.zip")
    # PostgreSQL puts the keys of JSON in an order of its own: the same content, of the same size.
    first, third = tables_in(full.copy), tables_in(tmp_path / "three.zip")
    assert {name: said["size"] for name, said in first.items()} == {
        name: said["size"] for name, said in third.items()
    }
