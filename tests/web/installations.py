"""Installations of their own, each with a database and a folder, that tests copy from one another.

A test works in one at a time: `with at(place): …` is what every model, setting and page then is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import Client, override_settings

from labo_web.accounts.models import Circle
from labo_web.releases import kept
from labo_web.releases.importing import import_release
from labo_web.releases.models import Release
from labo_web.settings import database
from tests.web.conftest import RECEIVED, invite_all, open_to


class Place(NamedTuple):
    """A folder for its data, and the address of its database; empty for SQLite."""

    data: Path
    address: str = ""


@contextmanager
def at(place: Place) -> Iterator[None]:
    """Work in an installation."""
    place.data.mkdir(parents=True, exist_ok=True)
    folders = {
        "DATA": place.data,
        "RELEASES": place.data / "releases",
        "MEDIA_ROOT": place.data / "media",
    }
    before = connections["default"]
    described: dict[str, Any] = before.settings_dict | {"TEST": {}, "OPTIONS": {}}
    described |= database(place.address, place.data / "labo.sqlite3") | {"CONN_MAX_AGE": 0}
    made = load_backend(described["ENGINE"]).DatabaseWrapper(described, "default")
    connections["default"] = made
    _forget()
    try:
        with override_settings(**folders):
            yield
    finally:
        made.close()
        connections["default"] = before
        _forget()


def _forget() -> None:
    cache.clear()
    kept.forget()


def migrate() -> None:
    """Bring the database to today's schema."""
    call_command("migrate", verbosity=0)


def fill(*releases: Path) -> dict[str, Any]:
    """Import releases, open the first to everyone, and give the people who read it."""
    for folder in releases:
        import_release(folder, received_on=RECEIVED)
    release = Release.objects.get(territory__code="999000001")
    people = invite_all(release)
    open_to(release, Circle.EVERYONE)
    return people


def populate(people: dict[str, Any]) -> list[str]:
    """Make what each public address speaks of, and return these addresses."""
    from tests.web.test_permissions import RULES, stage

    release = Release.objects.with_circle().get(territory__code="999000001")
    paths = [
        stage(example, release, people)
        for example, _, opened in RULES.values()
        if opened["visitor"] == 200
    ]
    return [path for path in paths if Client().get(path).status_code == 200]


# What differs each time a page is asked for: tokens of forms, numbers of their pages, the clock.
ONCE = re.compile(
    rb'(name="csrfmiddlewaretoken" value=|name="(?:page|client)_?id" value=|"timeStamp": )"[^"]*"'
)


def pages(paths: list[str]) -> dict[str, bytes]:
    """Return what a visitor is answered at each address."""
    client = Client()
    found = {}
    for path in paths:
        answer = client.get(path)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        found[path] = b"%d " % answer.status_code + ONCE.sub(rb"\1", content)
    return found
