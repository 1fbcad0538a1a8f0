"""A release comes in whole and verified, or not at all."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, transaction

from labo.errors import DamagedRelease, LaboError, MissingFile
from labo_web.releases import importing
from labo_web.releases.importing import AlreadyImported, import_release
from labo_web.releases.models import Release, Value
from tests.web import town
from tests.web.conftest import first_qpv

pytestmark = pytest.mark.django_db


def kept() -> list[str]:
    return sorted(p.name for p in Path(settings.RELEASES).iterdir())


def seeded(found: Path, out: Path) -> Path:
    """Another release of the same territory."""
    return town.changed(found, out, lambda m: m.update(seed=7))


def test_side_by_side_and_immutable(town_release: Path, tmp_path: Path, release: Release) -> None:
    before = len(kept())
    made = import_release(seeded(town_release, tmp_path / "r"))
    assert made.territory == release.territory
    assert made.digest != release.digest
    assert len(kept()) == before + 1
    assert (made.folder / "cells.pmtiles").read_bytes() == (
        town_release / "cells.pmtiles"
    ).read_bytes()
    assert Value.objects.filter(zone__release=made).count() == (
        Value.objects.filter(zone__release=release).count()
    )
    with pytest.raises(AlreadyImported, match=made.code):
        import_release(tmp_path / "r")
    shutil.rmtree(made.folder)


def test_gap_is_that_of_the_engine(release: Release, town_release: Path) -> None:
    from labo.release import read

    found = read(town_release)
    draws = found.draws.set_index(["zone", "indicator"])["values"]
    qpv = first_qpv(release)
    v = Value.objects.get(zone__release=release, zone__code=qpv, indicator__name="poverty_share")
    one, two = (draws[zone, "poverty_share"] for zone in (qpv, "999000001"))
    difference = sorted(float(a) - float(b) for a, b in zip(one, two, strict=True))
    assert None not in (v.gap, v.gap_low, v.gap_high)
    assert v.gap_low <= v.gap <= v.gap_high  # type: ignore[operator]
    assert difference[0] <= v.gap_low  # type: ignore[operator]
    assert v.gap_high <= difference[-1]  # type: ignore[operator]


def spoil(folder: Path, how: str) -> None:
    if how == "byte":
        path = folder / "values.parquet"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    elif how == "missing":
        (folder / "draws.parquet").unlink()
    elif how == "extra":
        (folder / "virus.exe").write_bytes(b"MZ")
    elif how == "format":
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    elif how == "not json":
        (folder / "manifest.json").write_text("{")
    elif how == "no territory":
        manifest = json.loads((folder / "manifest.json").read_text())
        del manifest["territory"]
        (folder / "manifest.json").write_text(json.dumps(manifest))
    elif how == "not parquet":
        town.rewrite(folder, "values.parquet", b"PAR1 and nothing else")
    elif how == "catalogue":
        town.rewrite(folder, "catalogue.json", b"[]")
    elif how == "empty":
        shutil.rmtree(folder)
        folder.mkdir()


@pytest.mark.parametrize(
    "how",
    ["byte", "missing", "extra", "format", "not json", "no territory", "not parquet", "catalogue",
     "empty"],
)  # fmt: skip
def test_damaged_release_leaves_nothing(
    town_release: Path, tmp_path: Path, how: str, release: Release
) -> None:
    folder = seeded(town_release, tmp_path / "r")
    spoil(folder, how)
    before, rows = kept(), Release.objects.count()
    with pytest.raises((DamagedRelease, MissingFile)):
        import_release(folder)
    assert kept() == before
    assert Release.objects.count() == rows
    with pytest.raises(CommandError):
        call_command("import_release", str(folder))


def test_interrupted_import_leaves_nothing(
    town_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: Release
) -> None:
    folder = seeded(town_release, tmp_path / "r")
    before, rows = kept(), Value.objects.count()

    def fail(*_: object) -> None:
        raise IntegrityError("the disk is full")

    monkeypatch.setattr(importing, "_cells", fail)
    with pytest.raises(IntegrityError):
        import_release(folder)
    assert kept() == before
    assert Value.objects.count() == rows
    monkeypatch.undo()
    shutil.rmtree(import_release(folder).folder)


def test_long_and_hostile_names(town_release: Path, tmp_path: Path) -> None:
    name = "<script>alert(1)</script>" + "x" * 2_000
    folder = town.changed(
        town_release, tmp_path / "r", lambda m: m.update(territory={"code": "9", "name": name})
    )
    with pytest.raises(LaboError, match="too long"):
        import_release(folder)
    assert not Release.objects.filter(territory__code="9").exists()


def test_what_a_killed_import_left_goes_with_the_next(
    town_release: Path, tmp_path: Path, release: Release
) -> None:
    """Killed while it copied, and killed between its folder and its rows."""
    root = Path(settings.RELEASES)
    before = kept()
    shutil.copytree(town_release, root / f".{'a' * 12}.{'b' * 32}")
    shutil.copytree(town_release, root / ("c" * 64))
    (root / importing.LOCK).write_text("c" * 64)
    # Of others, or of another database: nobody's to remove.
    shutil.copytree(town_release, root / ("d" * 64))
    (root / ".notes").mkdir()
    made = import_release(seeded(town_release, tmp_path / "r"))
    assert kept() == sorted([*before, made.digest, "d" * 64, ".notes"])
    assert (root / importing.LOCK).read_text() == ""
    for folder in (made.folder, root / ("d" * 64), root / ".notes"):
        shutil.rmtree(folder)


def test_a_release_whose_last_word_was_lost_keeps_its_folder(
    town_release: Path, tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows were kept, and the database was cut off before it said so."""
    atomic = transaction.atomic

    @contextmanager
    def cut() -> Iterator[None]:
        with atomic():
            yield
        raise OperationalError("server closed the connection unexpectedly")

    found = seeded(town_release, tmp_path / "r")
    digest = hashlib.sha256((found / "manifest.json").read_bytes()).hexdigest()
    monkeypatch.setattr(importing, "transaction", SimpleNamespace(atomic=cut))
    with pytest.raises(CommandError, match="la base ne répond pas"):
        call_command("import_release", found)
    monkeypatch.undo()
    made = Release.objects.get(digest=digest)
    assert (made.folder / "values.parquet").is_file()
    call_command("import_release", found, once=True)
    assert (made.folder / "values.parquet").is_file()
    shutil.rmtree(made.folder)


def test_a_folder_that_cannot_be_written(
    town_release: Path, tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before, found = kept(), seeded(town_release, tmp_path / "r")
    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("import_release", found)
    assert kept() == before
