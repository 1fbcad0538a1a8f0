"""`kill -9` at any moment, writes meanwhile: a copy is whole or absent, a restore all or none."""

import os
import random
import shutil
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from labo_web.accounts.models import Territory
from labo_web.moving import tables
from labo_web.moving.archive import opened
from labo_web.moving.backup import KIND, backup
from labo_web.moving.restore import check, restore
from labo_web.resources import giving
from labo_web.resources.models import Consent, Description, Resource
from tests.web import installations
from tests.web.installations import Original, Place, at, connected
from tests.web.test_backup import SQLITE, counts

KILLS = 8


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


def killed(place: Place, work: Callable[[], object], after: float) -> int | None:
    """Do some work in another process and kill it after so many seconds.

    Return its status where it had ended before.
    """
    with warnings.catch_warnings():
        # Threads of the tests are not in the fork, which does nothing with them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            with at(place):
                work()
            status = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(status)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def timed(place: Place, work: Callable[[], object]) -> float:
    begun = time.monotonic()
    assert killed(place, work, 600) == 0
    return time.monotonic() - begun


def test_a_backup_that_is_killed_leaves_no_half_copy(original: Original, tmp_path: Path) -> None:
    out = tmp_path / "copy.zip"
    with at(original.place):
        there = check(original.copy)
    whole = timed(original.place, lambda: backup(out))
    out.unlink()
    moments = random.Random(7)
    ended = 0
    for _ in range(KILLS):
        status = killed(original.place, lambda: backup(out), moments.uniform(0, 1.05) * whole)
        assert status in (None, 0)
        assert {path.name for path in tmp_path.iterdir()} <= {"copy.zip", ".copy.zip.labo-part"}
        if out.exists():
            ended += 1
            assert check(out) == there
            out.unlink()
        else:
            assert status is None
    # The next one takes no notice of what was left.
    with at(original.place):
        backup(out)
    assert [path.name for path in tmp_path.iterdir()] == ["copy.zip"]
    assert ended < KILLS


def kill_restores(original: Original, place: Place, fresh: Callable[[], Place]) -> None:
    """Kill restores: each leaves nothing or everything, and the next one is not in its way."""
    with at(original.place):
        there = counts()
    whole = timed(place, lambda: restore(original.copy))
    moments = random.Random(11)
    untouched = 0
    for _ in range(KILLS):
        place = fresh()
        killed(place, lambda: restore(original.copy), moments.uniform(0.1, 1.05) * whole)
        with at(place):
            applied = tables.applied()
            rows = counts() if applied else {}
            if any(rows.values()):
                # Whole, with its files: none is missing.
                assert rows == there
                with opened(original.copy, KIND) as archive:
                    assert all((place.data / name).exists() for name in archive.files())
            else:
                untouched += 1
                restore(original.copy)
                assert counts() == there
        assert not list(place.data.glob(".restoring-*")) or any(rows.values())
    assert untouched


def test_a_restore_that_is_killed_leaves_nothing_or_everything(
    original: Original, tmp_path: Path
) -> None:
    numbers = iter(range(1_000))
    with at(Place(tmp_path / "empty")):
        restore(original.copy)
        with transaction.atomic():
            for model in tables.models_at(tables.applied()):
                tables.empty(model)
    shutil.rmtree(tmp_path / "empty" / "releases")
    shutil.rmtree(tmp_path / "empty" / "media")

    def fresh() -> Place:
        folder = tmp_path / str(next(numbers))
        shutil.copytree(tmp_path / "empty", folder)
        return Place(folder)

    kill_restores(original, fresh(), fresh)


@SQLITE
def test_the_same_on_postgres(
    original: Original, tmp_path: Path, cluster: Callable[[str], str]
) -> None:
    numbers = iter(range(1_000))

    def fresh() -> Place:
        name = f"killed{next(numbers)}"
        return Place(tmp_path / name, cluster(name))

    kill_restores(original, fresh(), fresh)


def copied_while_written(place: Place, copies: list[Path]) -> None:
    """Copy an installation while two threads write to it: each copy is of one moment."""
    stop, wrote = threading.Event(), [0, 0]

    def write(who: int) -> None:
        with connected(place):
            territory = Territory.objects.get(code="999000001")
            while not stop.is_set():
                # A resource, its description and its consent: in one transaction.
                giving.give(territory, "place", {"name": f"{who}", "offer": "x"}, scope="open")
                wrote[who] += 1

    threads = [threading.Thread(target=write, args=(who,)) for who in (0, 1)]
    with at(place):
        for thread in threads:
            thread.start()
        try:
            for copy in copies:
                backup(copy)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert Resource.objects.count() == sum(wrote)
        nobody_waits(place)


def nobody_waits(place: Place) -> None:
    """What is written while a snapshot is open is kept at once, and is not seen in it."""

    def write() -> None:
        with connected(place):
            Territory.objects.create(code="999000009", name="Pendant (données fictives)")

    with tables.snapshot():
        before = list(Territory.objects.values_list("code", flat=True))
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert list(Territory.objects.values_list("code", flat=True)) == before
    assert Territory.objects.filter(code="999000009").exists()


def of_one_moment(copy: Path, folder: Path) -> int:
    """Return how many resources a copy holds, once each is found whole."""
    with at(Place(folder)):
        restore(copy)
        found = set(Resource.objects.filter(source="resident").values_list("pk", flat=True))
        for model in (Description, Consent):
            told = set(
                model._default_manager.filter(resource__source="resident").values_list(
                    "resource", flat=True
                )
            )
            assert told == found, model
        return len(found)


def writing(place: Place, tmp_path: Path) -> None:
    with at(place):
        installations.migrate()
        Territory.objects.create(code="999000001", name="Ville-Témoin (données fictives)")
    copies = [tmp_path / f"{number}.zip" for number in range(3)]
    copied_while_written(place, copies)
    sizes = [of_one_moment(copy, tmp_path / copy.stem) for copy in copies]
    assert sizes == sorted(sizes)


def test_a_copy_made_while_people_write_is_of_one_moment(tmp_path: Path) -> None:
    writing(Place(tmp_path / "data"), tmp_path)


@SQLITE
def test_the_same_while_people_write_on_postgres(
    tmp_path: Path, cluster: Callable[[str], str]
) -> None:
    writing(Place(tmp_path / "data", cluster("busy")), tmp_path)
