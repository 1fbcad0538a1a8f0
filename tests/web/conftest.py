"""Three territories, each with a release, and the seven people who come to read them."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from bench._cluster import private_cluster
from labo_web.accounts.models import Circle, Person, Role, Territory
from labo_web.releases import kept
from labo_web.releases.gate import decide
from labo_web.releases.importing import import_release
from labo_web.releases.models import Release
from tests.web import town

PEOPLE = (
    "visitor", "reader", "contributor", "analyst", "officer", "officer_elsewhere", "facilitator"
)  # fmt: skip
RECEIVED = dt.date(2026, 1, 5)


@pytest.fixture(scope="session")
def town_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return town.make(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session")
def many_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    return town.changed(town.many(folder), folder / "c", town.large)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, town_release: Path, many_release: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """Import the releases once: each test then works in a transaction that is taken back."""
    other = town.changed(town_release, tmp_path_factory.mktemp("web") / "b", town.elsewhere)
    with django_db_blocker.unblock():
        for folder in (town_release, other, many_release):
            import_release(folder, received_on=RECEIVED)


@contextmanager
def same_connection() -> Iterator[None]:
    """Stay in the transaction of the test, as Django's own client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.fixture(scope="session")
def original(
    django_db_blocker: Any, town_release: Path, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """An installation of its own with something in every corner, and its copy."""
    from tests.web import installations

    folder = tmp_path_factory.mktemp("original")
    other = town.changed(town_release, folder / "other", town.elsewhere)
    with django_db_blocker.unblock():
        return installations.made_whole(folder, town_release, other)


@pytest.fixture(scope="session")
def cluster(need: Callable[[str], Path]) -> Iterator[Callable[[str], str]]:
    """`cluster("b")` is the address of a new database of PostgreSQL."""
    with private_cluster(need("postgres")) as address:

        def new(name: str) -> str:
            with psycopg.connect(address, autocommit=True) as connected:
                connected.execute(f"CREATE DATABASE {name}")
            return address.replace("/postgres?", f"/{name}?")

        yield new


@pytest.fixture(autouse=True)
def fresh_rates() -> None:
    """Each test may ask for codes as if none had."""
    cache.clear()
    kept.forget()


@pytest.fixture
def release(db: None) -> Release:
    """The first territory's release, open to its team only."""
    return Release.objects.with_circle().get(territory__code="999000001")


@pytest.fixture
def public(release: Release) -> Release:
    """The same, open to everyone."""
    open_to(release, Circle.EVERYONE)
    return Release.objects.with_circle().get(pk=release.pk)


@pytest.fixture
def many(db: None) -> Release:
    """The release of nine neighbourhoods, open to everyone."""
    found = Release.objects.get(territory__code="999000003")
    open_to(found, Circle.EVERYONE)
    return Release.objects.with_circle().get(pk=found.pk)


def open_to(release: Release, last: Circle) -> None:
    """Open a release, one circle after the other."""
    for circle in Circle:
        if Circle.TEAM < circle <= last:
            decide(release, circle, dt.date(2026, 5, 4), person=None,
                   restitution_on=dt.date(2026, 3, 2))  # fmt: skip


def invite_all(release: Release) -> dict[str, Person | None]:
    """Make a visitor, and one person for each role; one officer is of the other territory."""
    here = release.territory
    there = Territory.objects.get(code="999000002")
    roles: dict[str, tuple[str, Territory | None]] = {
        "reader": (Role.Kind.READER, here),
        "contributor": (Role.Kind.CONTRIBUTOR, here),
        "analyst": (Role.Kind.ANALYST, here),
        "officer": (Role.Kind.OFFICER, here),
        "officer_elsewhere": (Role.Kind.OFFICER, there),
        "facilitator": (Role.Kind.PROGRAMME, None),
    }
    made: dict[str, Person | None] = {"visitor": None}
    for name, (kind, territory) in roles.items():
        person = Person.objects.create_user(f"{name}@example.org", name=name)
        Role.objects.create(person=person, kind=kind, territory=territory)
        made[name] = person
    return made


@pytest.fixture
def people(release: Release) -> dict[str, Person | None]:
    """A visitor, and one person for each role."""
    return invite_all(release)


@pytest.fixture
def browse(people: dict[str, Person | None]) -> Callable[[str], Client]:
    """`browse("officer")` is the client of that person."""

    def enter(name: str) -> Client:
        client = Client(raise_request_exception=True)
        if person := people[name]:
            client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return enter


def first_qpv(release: Release) -> str:
    """Return the code of a neighbourhood."""
    return release.zones.filter(kind="qpv").order_by("code")[0].code
