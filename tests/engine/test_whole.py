"""Folders and files are there whole or not at all, and what a dead process had begun goes away."""

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from labo import whole


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def begun(folder: Path, name: str) -> Path:
    """What a process that was killed leaves."""
    part = folder / name
    part.mkdir()
    (part / "values").write_text("half")
    return part


def test_it_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    with whole.folder_for(tmp_path / "out") as part:
        (part / "values").write_text("all")
        assert names(tmp_path) == [part.name]
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "values").read_text() == "all"


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "values").write_text("before")

    def fail() -> None:
        with whole.folder_for(tmp_path / "out") as part:
            (part / "values").write_text("half")
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "values").read_text() == "before"


def test_what_the_dead_had_begun_goes_and_what_the_living_do_stays(tmp_path: Path) -> None:
    begun(tmp_path, ".out.part-1")
    other = begun(tmp_path, ".other.part-1")
    living = begun(tmp_path, ".out.part-2")
    mine = tmp_path / ".out.part-notes"
    mine.mkdir()
    held = os.open(living, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        whole.sweep(tmp_path / "out")
    finally:
        os.close(held)
    assert names(tmp_path) == sorted([other.name, living.name, mine.name])


def test_killed_between_two_names(tmp_path: Path) -> None:
    """The old folder was set aside, the new one had not its name yet: the old one comes back."""
    (begun(tmp_path, ".out.part-1.old") / "values").write_text("before")
    begun(tmp_path, ".out.part-1")
    whole.sweep(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "values").read_text() == "before"


def test_killed_once_the_new_one_is_there(tmp_path: Path) -> None:
    begun(tmp_path, ".out.part-1.old")
    (tmp_path / "out").mkdir()
    whole.sweep(tmp_path / "out")
    assert names(tmp_path) == ["out"]


def test_a_file_on_a_full_disk_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole.write_file(tmp_path / "map.png", b"before")

    def full(self: Path, content: Any) -> int:
        with self.open("wb") as file:
            file.write(content[:2])
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="full"):
        whole.write_file(tmp_path / "map.png", b"after")
    monkeypatch.undo()
    assert names(tmp_path) == ["map.png"]
    assert (tmp_path / "map.png").read_bytes() == b"before"
