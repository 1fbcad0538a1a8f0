"""Installations of their own, each with a database and a folder, that tests copy from one another.

A test works in one at a time: `with at(place): …` is what every model, setting and page then is.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, cast

from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError, connections, models, transaction
from django.db.utils import load_backend
from django.test import Client, override_settings
from django.urls import reverse

from labo_web.accounts.models import Circle
from labo_web.moving import tables
from labo_web.moving.backup import backup
from labo_web.releases import kept
from labo_web.releases.importing import import_release
from labo_web.releases.models import Release
from labo_web.settings import database
from labo_web.workshops.models import Contribution, Event
from labo_web.workshops.moderation import moderate, publish_medium
from tests.web import room
from tests.web.conftest import RECEIVED, invite_all, open_to


class Place(NamedTuple):
    """A folder for its data, and the address of its database; empty for SQLite."""

    data: Path
    address: str = ""


class Original(NamedTuple):
    """An installation, the addresses that a visitor may read in it, and its copy."""

    place: Place
    paths: list[str]
    copy: Path
    # What a visitor is answered at these addresses.
    pages: dict[str, bytes]


def made_whole(folder: Path, *releases: Path) -> Original:
    """Make an installation with something in every corner."""
    place = Place(folder / "data")
    with at(place):
        migrate()
        paths = populate(fill(*releases))
        photo = room.a_photo(Event.objects.earliest("pk"))
        publish_medium(photo, None)
        moderate(cast(Contribution, photo.contribution), "shown", "", None)
        paths.append(reverse("medium", args=[photo.pk]))
        backup(folder / "copy.zip")
        answered = pages(paths)
    return Original(place, paths, folder / "copy.zip", answered)


@contextmanager
def at(place: Place) -> Iterator[None]:
    """Work in an installation."""
    place.data.mkdir(parents=True, exist_ok=True)
    folders = {
        "DATA": place.data,
        "RELEASES": place.data / "releases",
        "MEDIA_ROOT": place.data / "media",
    }
    _forget()
    try:
        with connected(place), override_settings(**folders):
            yield
    finally:
        _forget()


@contextmanager
def connected(place: Place) -> Iterator[None]:
    """Let this thread speak to the database of an installation, while the test works there."""
    before = connections["default"]
    described: dict[str, Any] = before.settings_dict | {"TEST": {}, "OPTIONS": {}}
    described |= database(place.address, place.data / "labo.sqlite3") | {"CONN_MAX_AGE": 0}
    made = load_backend(described["ENGINE"]).DatabaseWrapper(described, "default")
    connections["default"] = made
    try:
        yield
    finally:
        made.close()
        connections["default"] = before


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


def one_of_each() -> None:
    """Put a row into every table that is still empty, whatever its columns are.

    A table that comes later is then in the copies of these tests too.
    """
    waiting = [m for m in tables.models_at(tables.applied()) if not m._default_manager.exists()]
    while waiting:
        made = []
        for model in waiting:
            values = {f.attname: _some(f) for f in tables.fields_of(model) if not f.primary_key}
            if any(value is ABSENT for value in values.values()):
                continue
            own = ROWS.get(model._meta.label_lower, {})
            try:
                with transaction.atomic():
                    model._default_manager.create(**values | own)
            except IntegrityError:
                # A rule of the database: what may be left out is.
                for f in tables.fields_of(model):
                    if f.null:
                        values[f.attname] = None
                    elif f.blank and isinstance(values.get(f.attname), str):
                        values[f.attname] = ""
                model._default_manager.create(**values | own)
            made.append(model)
        assert made, f"no row could be made of {waiting}"
        waiting = [model for model in waiting if model not in made]


ABSENT = object()
# Where a rule of the database wants more than a value of the right kind.
ROWS: dict[str, dict[str, Any]] = {
    "resources.verification": {"contradiction_id": None},
    "resources.contradiction": {"resource_id": None},
    "programme.programme": {"ends_on": dt.date(2027, 1, 1)},
    "programme.dataset": {"threshold": 11},
    "workshops.event": {"ends_at": dt.datetime(2026, 7, 1, 15, tzinfo=dt.UTC)},
}
TEXT = 'Été, « l’eau » \U0001f333\n\t\\ " ; =1+1'
SOME: dict[str, Any] = {
    "BinaryField": bytes(range(256)),
    "BooleanField": True,
    "CharField": TEXT,
    "DateField": dt.date(2026, 2, 28),
    "DateTimeField": dt.datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=dt.UTC),
    "DecimalField": Decimal("1.5"),
    "EmailField": "somebody@example.org",
    "FloatField": 0.1 + 0.2,
    "GenericIPAddressField": "192.0.2.1",
    "JSONField": {"z": [1, 1.0, None, "é"], "a": {"b": 1e-7}},
    "PositiveIntegerField": 2_000_000_000,
    "SmallIntegerField": 1,
    "TextField": TEXT,
    "TimeField": dt.time(8, 30),
    "URLField": "https://example.org/",
    "UUIDField": uuid.UUID(int=7),
}


def _some(field: models.Field[Any, Any]) -> Any:
    """Return a value for a column; ABSENT while the row that it would point to is not there."""
    if field.is_relation:
        pk = field.related_model._default_manager.values_list("pk", flat=True).first()  # type: ignore[union-attr]
        return pk if pk is not None or field.null else ABSENT
    if field.choices:
        return next(value for value, _ in field.flatchoices if value)
    kind = field.get_internal_type()
    value = SOME.get(kind, 3 if "Integer" in kind else TEXT)
    if isinstance(value, str) and field.max_length:
        return value[: field.max_length]
    return value
