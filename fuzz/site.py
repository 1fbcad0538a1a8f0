"""The website in memory, with the small town imported, opened and lived in; each input is undone."""

import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from fuzz import Leak

DEMONSTRATIONS = (
    *("demo_resources", "demo_workshops", "demo_roadmaps"),
    *("demo_stories", "demo_programme", "demo_meeting"),
)
EMPTY, LIVED_IN, SAID = "empty.sqlite3", "lived-in.sqlite3", "lived-in.json"
PEOPLE = (
    "visitor",
    "reader",
    "contributor",
    "analyst",
    "officer",
    "officer_elsewhere",
    "facilitator",
)
ROOT = Path(__file__).resolve().parent.parent


@cache
def configured() -> None:
    """Set Django up."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "fuzz.settings"
    import django

    django.setup()


def moved(data: Path) -> None:
    """Let the site keep its files elsewhere: in the folder of the process that tries it."""
    from django.conf import settings

    settings.DATA = data
    for name, folder in (
        ("RELEASES", "releases"),
        ("MEDIA_ROOT", "media"),
        ("STATIC_ROOT", "static"),
    ):
        setattr(settings, name, data / folder)


def _check_texts(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Refuse what SQLite takes and PostgreSQL does not: a text with a NUL."""
    for row in (params or ()) if many else (params or (),):
        for value in row.values() if isinstance(row, dict) else row:
            if isinstance(value, str) and "\0" in value:
                raise Leak("a text with a NUL goes to the database")
    return execute(sql, params, many, context)


def _check_lengths(sender: Any, instance: Any, **_: Any) -> None:
    """The same for a text that is longer than its column."""
    for field in sender._meta.concrete_fields:
        most, value = getattr(field, "max_length", None), getattr(instance, field.attname, None)
        if most and isinstance(value, str) and len(value) > most:
            raise Leak(f"{sender.__name__}.{field.name} takes {most} characters, not {len(value)}")


@contextmanager
def undone() -> Iterator[None]:
    """Take back all that is written inside."""
    from django.db import connection, transaction
    from django.db.models.signals import pre_save

    pre_save.connect(_check_lengths)
    try:
        with transaction.atomic(), connection.execute_wrapper(_check_texts):
            try:
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        pre_save.disconnect(_check_lengths)


def _load(path: Path) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    connection.ensure_connection()
    disk = sqlite3.connect(path)
    disk.backup(connection.connection)
    disk.close()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise SystemExit(f"{path.parent} was made for older tables: remove it, and begin again.")


def _save(path: Path) -> None:
    from django.db import connection

    part = path.with_suffix(".part")
    disk = sqlite3.connect(part)
    connection.connection.backup(disk)
    disk.close()
    part.replace(path)


def migrated(shared: Path) -> None:
    """Have the tables, empty."""
    configured()
    if (shared / EMPTY).exists():
        _load(shared / EMPTY)
        return
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _save(shared / EMPTY)


def lived_in(shared: Path) -> dict[str, Any]:
    """Have the town with its people and what they did; return addresses and sessions.

    Keys: addresses (by declared pattern), sessions (by person), code, zone.
    """
    configured()
    from django.conf import settings

    data = Path(settings.DATA)
    data.mkdir(parents=True, exist_ok=True)
    if not (shared / SAID).exists():
        migrated(shared)
        said = _live(shared)
        from fuzz.pages import harvested

        # Looking at every page for its forms takes long: once is enough.
        forms = harvested(Visit(said), list(said["addresses"]))
        said["forms"] = {path: (x[0], sorted(x[1])) for path, x in forms.items() if x[0] or x[1]}
        shutil.copytree(data, shared / "data", dirs_exist_ok=True)
        _save(shared / LIVED_IN)
        (shared / SAID).write_text(json.dumps(said), encoding="utf-8")
    else:
        shutil.copytree(shared / "data", data, dirs_exist_ok=True)
        _load(shared / LIVED_IN)
    return json.loads((shared / SAID).read_text("utf-8"))


def _live(shared: Path) -> dict[str, Any]:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client, override_settings

    from fuzz.releases import prepared
    from labo_web.accounts.models import Circle, Organisation, Person, Role, Territory
    from labo_web.releases.importing import import_release
    from labo_web.releases.models import Release
    from tests.web.conftest import RECEIVED, first_qpv, open_to
    from tests.web.test_permissions import RULES, stage

    import_release(prepared(shared), received_on=RECEIVED)
    Territory.objects.get_or_create(
        code="999000002", defaults={"name": "Ailleurs (données fictives)"}
    )
    release = Release.objects.with_circle().get(territory__code="999000001")
    open_to(release, Circle.EVERYONE)
    release = Release.objects.with_circle().get(pk=release.pk)
    here, there = release.territory, Territory.objects.get(code="999000002")
    roles: dict[str, tuple[str, Any]] = {
        "reader": (Role.Kind.READER, here), "contributor": (Role.Kind.CONTRIBUTOR, here),
        "analyst": (Role.Kind.ANALYST, here), "officer": (Role.Kind.OFFICER, here),
        "officer_elsewhere": (Role.Kind.OFFICER, there), "facilitator": (Role.Kind.PROGRAMME, None),
    }  # fmt: skip
    people: dict[str, Any] = {"visitor": None}
    for name, (kind, territory) in roles.items():
        person = Person.objects.create_user(f"{name}@example.org", name=name)
        Role.objects.create(person=person, kind=kind, territory=territory)
        people[name] = person
    Organisation.objects.get_or_create(name="Bailleur (fictif)", kind="landlord")
    with override_settings(DEBUG=True):  # which a demonstration asks for
        for name in DEMONSTRATIONS:
            call_command(name, verbosity=0, stdout=io.StringIO())
    addresses: dict[str, str] = {}
    sessions: dict[str, str] = {}
    for pattern, (example, *_) in RULES.items():
        addresses[pattern] = stage(example, release, people)
    for name, person in people.items():
        if person is None:
            continue
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        sessions[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "addresses": addresses, "sessions": sessions, "code": release.code,
        "zone": first_qpv(release),
    }  # fmt: skip


def main() -> None:
    """Make what all entries of the website share, in a folder: `python -m fuzz.site FOLDER`."""
    import logging
    import sys

    logging.disable(logging.CRITICAL)
    lived_in(Path(sys.argv[1]).resolve())


class Visit:
    """Asks the website as somebody, undoes what it did, and looks at what it says."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        from django.conf import settings
        from django.test import Client

        self.client = Client(raise_request_exception=True)
        self.cookie = settings.SESSION_COOKIE_NAME
        self.media = Path(settings.MEDIA_ROOT)
        data = Path(settings.DATA)
        # Where things lie, and what only the site knows.
        self.secrets = [str(ROOT), str(data), str(data.parent), str(settings.SECRET_KEY)]
        self.secrets += ["Traceback (most recent call last)", "site-packages"]
        self.media.mkdir(parents=True, exist_ok=True)
        self.kept = set(self.media.iterdir())

    def ask(self, person: str, send: Callable[[Any], Any]) -> Any:
        """Return what is answered to a request.

        Raises:
            Leak: it says too much, runs what was sent, or left files of what it refused.
        """
        from django.core import mail
        from django.core.cache import cache as django_cache

        self.client.cookies = SimpleCookie()
        if person in self.said["sessions"]:
            self.client.cookies[self.cookie] = self.said["sessions"][person]
        with undone():
            answer = send(self.client)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        django_cache.clear()
        mail.outbox = []
        left = set(self.media.iterdir()) - self.kept
        for path in left:
            path.unlink()
        self._look(answer, content, bool(left))
        return answer

    def _look(self, answer: Any, content: bytes, left: bool) -> None:
        if answer.status_code >= 500:
            raise Leak(f"answered {answer.status_code}")
        kind = answer.headers.get("Content-Type", "")
        if left and answer.status_code >= 400:
            raise Leak(f"answered {answer.status_code} and left a file")
        if not kind.startswith(
            ("text/", "application/json", "application/geo+json", "application/ld+json")
        ):
            return
        text = content.decode("utf-8", errors="replace")
        for secret in self.secrets:
            if secret in text:
                raise Leak(f"the answer holds {secret[:12]}…")
        if kind.startswith("text/html") and "<script>alert(1)</script>" in text:
            raise Leak("the answer runs what was sent")
        for name, value in answer.headers.items():
            if "\n" in value or "\r" in value:
                raise Leak(f"a header is cut: {name}")


if __name__ == "__main__":
    main()
