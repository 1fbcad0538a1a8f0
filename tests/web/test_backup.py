"""A copy of the installation: whole or not at all, on either database, and nothing comes back."""

import fcntl
import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from labo_web import withdrawals
from labo_web.accounts import invitations
from labo_web.accounts.models import Person
from labo_web.moving import tables
from labo_web.moving.archive import FOLDERS, UNFINISHED, BadArchive
from labo_web.moving.backup import backup
from labo_web.moving.restore import restore
from labo_web.resources import giving
from labo_web.resources.models import Resource
from labo_web.workshops.answers import outcomes
from labo_web.workshops.models import Contribution, Medium
from tests.web import installations
from tests.web.installations import Original, Place, at

SQLITE = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="done once, from SQLite")


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
    return Original(place, [], folder / "copy.zip", {})


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
        before, there = original.pages, counts()
        assert len(before) > 80
        assert all(content.startswith(b"200 ") for content in before.values())
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


@SQLITE
def test_the_other_engine_and_back(
    original: Original, cluster: Callable[[str], str], tmp_path: Path
) -> None:
    with at(original.place):
        before, there = original.pages, counts()
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
        assert installations.pages(original.paths[::4]) == {
            p: before[p] for p in original.paths[::4]
        }
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


def test_what_was_withdrawn_since_the_copy_stays_withdrawn(
    original: Original, tmp_path: Path
) -> None:
    place = Place(tmp_path / "b")
    with at(place):
        restore(original.copy)
        said = Contribution.objects.filter(media__kind="photo").earliest("pk")
        photo = said.media.get().path
        given = Resource.objects.filter(descriptions__isnull=False).earliest("pk")
        name = given.descriptions.all()[0].name
        reader = Person.objects.get(email="reader@example.org")
        Contribution.objects.filter(pk=said.pk).update(text="Mon secret")
        said.refresh_from_db()
        backup(tmp_path / "before.zip")
        outcomes.forget(said)
        giving.withdraw(given)
        invitations.leave(reader)
        assert not photo.exists()
        out = io.StringIO()
        call_command("restore", tmp_path / "before.zip", "--replace", "--noinput", stdout=out)
        assert "le journal en connaît 3 ; 3 étaient revenus" in out.getvalue()
        _all_gone(said, given, name, photo)
        # Said once more, it changes nothing.
        out = io.StringIO()
        call_command("replay_withdrawals", stdout=out)
        assert "3 dans le journal, 0 refaits" in out.getvalue()
        backup(tmp_path / "after.zip")
        journal = (tmp_path / "b" / "withdrawals.jsonl").read_bytes()
    # On another machine, which has no journal: with the one that was kept elsewhere…
    (tmp_path / "kept.jsonl").write_bytes(journal)
    with at(Place(tmp_path / "c")):
        done = restore(tmp_path / "before.zip", journal=tmp_path / "kept.jsonl")
        assert done.replayed.again == 3
        _all_gone(said, given, name, photo)
        with pytest.raises(BadArchive, match="n’existe pas"):
            restore(tmp_path / "before.zip", replace=True, journal=tmp_path / "no.jsonl")
    # … or with the one that a later copy has inside, though an older one is then put back.
    with at(Place(tmp_path / "d")):
        restore(tmp_path / "after.zip")
        done = restore(tmp_path / "before.zip", replace=True)
        assert done.replayed.again == 3
        _all_gone(said, given, name, photo)


def _all_gone(said: Contribution, given: Resource, name: str, photo: Path) -> None:
    assert Contribution.objects.get(pk=said.pk).text == ""
    assert not (Path(settings.MEDIA_ROOT) / photo.name).exists()
    assert not Person.objects.filter(email="reader@example.org").exists()
    assert not given.descriptions.exists()
    shown = installations.pages([f"/territoires/999000001/ressources.{kind}" for kind in
                                 ("csv", "geojson")])  # fmt: skip
    assert all(name.encode() not in content for content in shown.values())


def test_a_withdrawal_that_cannot_be_done_again_stops_no_other(
    original: Original, tmp_path: Path
) -> None:
    with at(Place(tmp_path / "b")):
        restore(original.copy)
        last = Person.objects.get(email="facilitator@example.org")
        said = Contribution.objects.earliest("pk")
        withdrawals.record("accounts.person", str(last.uuid))
        withdrawals.record("nowhere.thing", "0" * 64)
        withdrawals.record("workshops.contribution", said.token_hash)
        done = restore(original.copy, replace=True)
        assert (done.replayed.known, done.replayed.again) == (3, 1)
        assert len(done.replayed.left) == 2
        assert any("dernière personne" in sentence for sentence in done.replayed.left)
        assert Person.objects.filter(pk=last.pk).exists()


def test_a_file_that_is_lost_is_said(original: Original, tmp_path: Path) -> None:
    with at(Place(tmp_path / "b")):
        restore(original.copy)
        photo = Medium.objects.exclude(name="").earliest("pk")
        photo.path.unlink()
        err = io.StringIO()
        call_command("backup", tmp_path / "c.zip", stdout=io.StringIO(), stderr=err)
        assert "perdus : 1 (media/" in err.getvalue()
        assert photo.name in err.getvalue()
    with at(Place(tmp_path / "c")):
        assert restore(tmp_path / "c.zip").gone == [f"media/{photo.name}"]


def test_a_damaged_journal_stops_before_anything(original: Original, tmp_path: Path) -> None:
    with at(Place(tmp_path / "b")):
        (tmp_path / "b" / "withdrawals.jsonl").write_text("{}\n")
        with pytest.raises(BadArchive, match="sa ligne 1 ne se lit pas"):
            restore(original.copy)
        assert not tables.applied()


def test_copies_that_were_killed_go_with_the_next(original: Original, tmp_path: Path) -> None:
    """One every night, under another name each time: a disk would fill with them."""
    (tmp_path / f".of-monday.zip{UNFINISHED}").write_bytes(b"PK half")
    living = tmp_path / f".of-tuesday.zip{UNFINISHED}"
    living.write_bytes(b"PK half")
    (tmp_path / ".notes.part").write_text("somebody's")
    with at(original.place), living.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        backup(tmp_path / "of-wednesday.zip")
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
            [living.name, ".notes.part", "of-wednesday.zip"]
        )


def test_a_copy_is_not_begun_in_one_that_just_ended(
    original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of one name: the other ends between our opening its file and our having it alone."""
    path = tmp_path / "copy.zip"
    part = tmp_path / f".copy.zip{UNFINISHED}"
    lock = fcntl.flock

    def late(file: Any, how: int) -> None:
        lock(file, how)
        if part.exists():
            part.write_bytes(b"whole")
            part.rename(path)

    monkeypatch.setattr(fcntl, "flock", late)
    with at(original.place), pytest.raises(BadArchive, match="existe déjà"):
        backup(path)
    assert path.read_bytes() == b"whole"


def test_a_clock_that_was_never_set(
    original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: time.struct_time((1970, 1, 1) + (0,) * 6))
    with at(original.place):
        backup(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as packed:
        assert {info.date_time[0] for info in packed.infolist()} == {1980}
