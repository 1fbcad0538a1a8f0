"""Copies that are not restored: damaged, cut, hostile, newer, or to where something is already."""

import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from labo_web.accounts.models import Organisation, Territory
from labo_web.moving import archive, tables
from labo_web.moving.archive import BadArchive
from labo_web.moving.backup import backup
from labo_web.moving.restore import NotEmpty, restore
from tests.web import installations
from tests.web.installations import Place, at

PHOTO = b"\xff\xd8" + bytes(range(256)) * 8


@pytest.fixture(scope="module")
def small(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copy of an installation with two rows and a photo."""
    folder = tmp_path_factory.mktemp("small")
    with django_db_blocker.unblock(), at(Place(folder / "data")):
        installations.migrate()
        connection.close()  # which empties its journal into the file
        shutil.copy(folder / "data" / "labo.sqlite3", folder / "empty.sqlite3")
        Territory.objects.create(code="999000001", name="Ville-Témoin (données fictives)")
        Organisation.objects.create(name="Association (fictive)", kind="association")
        (folder / "data" / "media").mkdir()
        (folder / "data" / "media" / "a.jpg").write_bytes(PHOTO)
        backup(folder / "copy.zip")
    return folder / "copy.zip"


@pytest.fixture
def fresh(django_db_blocker: Any, small: Path, tmp_path: Path) -> Any:
    """An empty installation, in which the test works."""
    (tmp_path / "fresh").mkdir()
    shutil.copy(small.with_name("empty.sqlite3"), tmp_path / "fresh" / "labo.sqlite3")
    with django_db_blocker.unblock(), at(Place(tmp_path / "fresh")):
        yield tmp_path / "fresh"


def untouched(folder: Path) -> bool:
    """Return whether nothing came into an installation: no row, no file, nothing half-way."""
    rows = any(m._default_manager.exists() for m in tables.models_at(tables.applied()))
    left = {path.name.split(".sqlite3")[0] for path in folder.iterdir()}
    return not rows and left <= {"labo"}


Members = dict[str, bytes]


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def repacked(members: Members, out: Path) -> Path:
    """Write members as they are, whatever the manifest says of them."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out


def forged(small: Path, out: Path, change: Callable[[Members, dict[str, Any]], None]) -> Path:
    """Write a changed copy whose manifest is right about the bytes: only their meaning is wrong."""
    members = members_of(small)
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    manifest["members"] = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
    }
    return repacked(members | {"manifest.json": json.dumps(manifest).encode()}, out)


def test_a_byte_that_changed_in_any_member_is_found(
    small: Path, fresh: Path, tmp_path: Path
) -> None:
    members = members_of(small)
    assert len(members) > 70
    for name, content in members.items():
        if not content:
            continue
        middle = len(content) // 2
        wrong = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        with pytest.raises(BadArchive):
            restore(repacked(members | {name: wrong}, tmp_path / "wrong.zip"))
        with pytest.raises(BadArchive):
            restore(repacked(members | {name: content[:-1]}, tmp_path / "wrong.zip"))
    assert untouched(fresh)


def test_a_byte_that_changed_anywhere_in_the_file_is_found_or_means_nothing(
    small: Path, fresh: Path, tmp_path: Path
) -> None:
    whole = small.read_bytes()
    there = members_of(small)
    for place in range(0, len(whole), 101):
        wrong = bytearray(whole)
        wrong[place] ^= 0x41
        (tmp_path / "wrong.zip").write_bytes(wrong)
        # A moment or a right that the zip notes beside a member is not read.
        with (
            suppress(BadArchive),
            archive.opened(tmp_path / "wrong.zip", "labo-backup") as found,
        ):
            assert {name: found.open(name).read() for name in there} == there
    assert untouched(fresh)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_copy_cut_short_is_refused(
    small: Path, fresh: Path, tmp_path: Path, share: float
) -> None:
    whole = small.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadArchive, match="pas une archive entière"):
        restore(tmp_path / "cut.zip")
    assert untouched(fresh)


@pytest.mark.parametrize(
    "name",
    [
        "media/../../evil.jpg", "../evil.jpg", "/etc/evil.jpg", "media/a/../../../evil.jpg",
        "media\\..\\evil.jpg", "media/.hidden", "media/", "media/.restoring/x", "cache/x",
        "static/x.js", "labo.sqlite3", "tables/x.jsonl", "C:evil", "media/a\nb",
        "media/" + "x" * 300,
    ],
)  # fmt: skip
def test_files_go_nowhere_but_into_their_folders(
    small: Path, fresh: Path, tmp_path: Path, name: str
) -> None:
    def add(members: Members, manifest: dict[str, Any]) -> None:
        members[name] = b"evil"

    with pytest.raises(BadArchive):
        restore(forged(small, tmp_path / "evil.zip", add))
    assert untouched(fresh)
    assert not list(tmp_path.rglob("*evil.jpg"))


def test_a_link_is_a_plain_file(small: Path, fresh: Path, tmp_path: Path) -> None:
    """What a zip calls a symbolic link is written as the bytes that it holds."""
    members = members_of(small)
    manifest = json.loads(members["manifest.json"])
    target = b"/etc/passwd"
    said = {"size": len(target), "sha256": hashlib.sha256(target).hexdigest()}
    manifest["members"]["media/link.jpg"] = said
    link = zipfile.ZipInfo("media/link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as packed:
        for name, content in (members | {"manifest.json": json.dumps(manifest).encode()}).items():
            packed.writestr(name, content)
        packed.writestr(link, target)
    restore(tmp_path / "link.zip")
    assert not (fresh / "media" / "link.jpg").is_symlink()
    assert (fresh / "media" / "link.jpg").read_bytes() == target


def test_bombs_are_not_unpacked(small: Path, fresh: Path, tmp_path: Path) -> None:
    def swell(members: Members, manifest: dict[str, Any]) -> None:
        members["media/zeros.jpg"] = bytes(40_000_000)

    with pytest.raises(BadArchive, match="bombe"):
        restore(forged(small, tmp_path / "bomb.zip", swell))

    def repeat(members: Members, manifest: dict[str, Any]) -> None:
        members["tables/accounts.organisation.jsonl"] = b"[1," + b" " * 40_000_000 + b"1]\n"

    with pytest.raises(BadArchive, match="bombe"):
        restore(forged(small, tmp_path / "bomb.zip", repeat))
    assert untouched(fresh)


def test_a_size_that_lies_is_not_believed(small: Path, fresh: Path, tmp_path: Path) -> None:
    """The zip says a small size of a member that is larger: no more than the size is read."""
    members = members_of(small)
    content = bytes(range(256)) * 4_000
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["media/b.jpg"] = {"size": 10, "sha256": hashlib.sha256(content).hexdigest()}
    changed = members | {"media/b.jpg": content, "manifest.json": json.dumps(manifest).encode()}
    path = repacked(changed, tmp_path / "liar.zip")
    raw = path.read_bytes().replace(len(content).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(raw)
    with pytest.raises(BadArchive):
        restore(path)
    assert untouched(fresh)


def test_a_disk_that_is_too_small_is_said_before_anything(
    small: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = type("Usage", (), {"free": 100})()
    monkeypatch.setattr("labo_web.moving.restore.shutil.disk_usage", lambda _: free)
    with pytest.raises(BadArchive, match="faites de la place"):
        restore(small)
    assert untouched(fresh)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "mettez d’abord le site à jour"),
        ({"format": "something-else"}, "de la sorte"),
        ({"migrations": {"accounts": ["0001_initial", "0099_of_tomorrow"]}}, "Mettez-le d’abord"),
        ({"migrations": {"nowhere": ["0001_initial"]}}, "Mettez-le d’abord"),
        ({"migrations": 3}, "ne dit pas comme il faut"),
        ({"rows": {"accounts.territory": 1}}, "ne dit pas comme il faut"),
        ({"columns": {}}, "ne dit pas comme il faut"),
        ({"gone": None}, "ne dit pas comme il faut"),
    ],
)
def test_what_is_newer_or_of_something_else_is_refused(
    small: Path, fresh: Path, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadArchive, match=words):
        restore(forged(small, tmp_path / "other.zip", lambda _, manifest: manifest.update(change)))
    assert untouched(fresh)


TERRITORY = "tables/accounts.territory.jsonl"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1]\n", "La ligne 1 de accounts.territory"),
        (b'{"id": 1}\n', "La ligne 1 de accounts.territory"),
        (b"\xff\xfe\n", "La ligne 1 de accounts.territory"),
        (b'[1,"a","b"]\n[1,"c","d"]\n', "La base refuse une ligne de accounts.territory"),
        (b'[1,null,"b"]\n', "La base refuse une ligne de accounts.territory"),
        (b"", "annonce 1 lignes"),
        (b'[1,"a","b"]\n[2,"c","d"]\n', "annonce 1 lignes"),
    ],
)
def test_rows_that_are_none_change_nothing(
    small: Path, fresh: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        members[TERRITORY] = content

    with pytest.raises(BadArchive, match=words):
        restore(forged(small, tmp_path / "rows.zip", change))
    assert untouched(fresh)


def test_rows_that_point_to_nothing_are_refused(small: Path, fresh: Path, tmp_path: Path) -> None:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        members["tables/roadmaps.roadmap.jsonl"] = b'[1,"Titre","","2026-01-01T00:00:00+00:00",7]\n'
        manifest["rows"]["roadmaps.roadmap"] = 1

    with pytest.raises(BadArchive, match="pas cohérente"):
        restore(forged(small, tmp_path / "dangling.zip", change))
    assert untouched(fresh)


def test_an_installation_that_is_not_empty_is_replaced_only_when_told(
    small: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Territory.objects.create(code="1", name="Autre")
    (fresh / "media").mkdir()
    (fresh / "media" / "other.jpg").write_bytes(b"other")
    with pytest.raises(NotEmpty, match=r"accounts\.territory"):
        restore(small)
    for typed in ("oui", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(CommandError, match="Rien n’a été changé"):
            call_command("restore", small, "--replace", stdout=io.StringIO())
    assert Territory.objects.get().name == "Autre"
    assert (fresh / "media" / "other.jpg").exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("remplacer\n"))
    out = io.StringIO()
    call_command("restore", small, "--replace", stdout=out)
    assert "aucune ne manque" in out.getvalue()
    assert Territory.objects.get().code == "999000001"
    assert [path.name for path in (fresh / "media").iterdir()] == ["a.jpg"]


def test_commands_say_one_sentence(small: Path, fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"no")
    for file in (tmp_path / "no.zip", tmp_path / "absent.zip", tmp_path):
        with pytest.raises(CommandError) as caught:
            call_command("restore", file)
        assert "\n" not in str(caught.value)
    out = io.StringIO()
    call_command("restore", small, "--check", stdout=out)
    assert "est entière : " in out.getvalue()
    assert untouched(fresh)
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("backup", small)
    with pytest.raises(CommandError, match="n’existe pas"):
        call_command("backup", tmp_path / "nowhere" / "copy.zip")


def test_a_full_disk_leaves_nothing(
    small: Path, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(small)
    os.mkdir(tmp_path / "out")  # noqa: PTH102
    real = os.fdopen

    class Full:
        """A file that takes so many bytes."""

        def __init__(self, file: Any, most: int) -> None:
            self.file, self.most = file, most

        def write(self, content: bytes) -> int:
            self.most -= len(content)
            if self.most < 0:
                raise OSError(28, "No space left on device")
            return int(self.file.write(content))

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    for most in (0, 40, 2_000, 9_000):
        monkeypatch.setattr(os, "fdopen", lambda fd, mode, most=most: Full(real(fd, mode), most))
        with pytest.raises(CommandError, match="No space left"):
            call_command("backup", tmp_path / "out" / "copy.zip")
        assert not list((tmp_path / "out").iterdir())
    monkeypatch.setattr(os, "fdopen", real)
    call_command("backup", tmp_path / "out" / "copy.zip", stdout=io.StringIO())
    assert (tmp_path / "out" / "copy.zip").stat().st_mode & 0o777 == 0o600


def test_a_table_cut_in_the_middle_is_let_go_at_once(
    small: Path, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(small)
    let_go = []

    def endless(*_: Any) -> Iterator[tuple[Any, ...]]:
        try:
            while True:
                yield (1,)
        finally:
            let_go.append(True)

    def full(_: Any, __: str, chunks: Iterator[bytes], **___: Any) -> None:
        next(chunks)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labo_web.moving.tables.rows_of", endless)
    monkeypatch.setattr("labo_web.moving.tables.lines", lambda rows: (b"%d" % row for row in rows))
    monkeypatch.setattr("labo_web.moving.tables.gathered", lambda lines: lines)
    monkeypatch.setattr(archive.Writer, "add", full)
    try:
        call_command("backup", tmp_path / "copy.zip")
    except CommandError:
        # Its traceback still holds what was at work: a cursor there would outlive its connection.
        assert let_go == [True]
    else:
        pytest.fail("a full disk was not told")


def test_a_full_disk_during_the_restore_changes_nothing(
    small: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labo_web.moving.restore.sync", full)
    with pytest.raises(CommandError, match="Rien n’a été changé"):
        call_command("restore", small)
    assert not Territory.objects.exists()
    monkeypatch.undo()
    restore(small)
    assert Territory.objects.exists()
    assert (fresh / "media" / "a.jpg").read_bytes() == PHOTO


def test_nobody_writes_two_copies_into_one_file(fresh: Path, tmp_path: Path) -> None:
    with (
        archive.new_archive(tmp_path / "copy.zip") as made,
        pytest.raises(BadArchive, match="Une autre sauvegarde"),
        archive.new_archive(tmp_path / "copy.zip"),
    ):
        made.add("media/a", [b"a"], pack=False)
