"""A copy of the installation: whole or not at all, on either database, and nothing comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from labo_web.accounts.models import Person
from labo_web.moving import tables
from labo_web.moving.backup import backup
from labo_web.moving.restore import restore
from tests.web import installations
from tests.web.installations import Place, at


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
        backup(folder / "copy.zip")
    return Original(place, paths, folder / "copy.zip")


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


def counts() -> dict[str, int]:
    return {
        m._meta.label_lower: m._default_manager.count() for m in tables.models_at(tables.applied())
    }


def test_a_restored_copy_answers_the_same(original: Original, tmp_path: Path) -> None:
    with at(original.place):
        before, there = installations.pages(original.paths), counts()
        assert installations.pages(original.paths) == before
    with at(Place(tmp_path / "b")):
        done = restore(original.copy)
        assert counts() == there
        assert installations.pages(original.paths) == before
    print(len(original.paths), {k: v for k, v in there.items() if not v})
