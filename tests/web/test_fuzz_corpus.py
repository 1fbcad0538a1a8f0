"""What hostile input once reached or crashed is tried again, and every address has an entry."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from fuzz import Leak
from fuzz.corpus import kept
from fuzz.importers import MADE, reading
from fuzz.pages import ENTRIES, addresses, asking, families, parameters, posting
from fuzz.site import Visit, undone
from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from tests.web.conftest import PEOPLE, first_qpv
from tests.web.rules_roadmaps import action_of
from tests.web.test_permissions import POSTS, RULES, stage

FAMILIES = families()


@pytest.fixture
def said(
    public: Release, people: dict[str, Any], browse: Callable[[str], Client]
) -> dict[str, Any]:
    """What the entries of the website share, made of what these tests have."""
    action_of(public, people)
    sessions = {name: browse(name).cookies.get(settings.SESSION_COOKIE_NAME) for name in PEOPLE}
    return {
        "addresses": {pattern: stage(rule[0], public, people) for pattern, rule in RULES.items()},
        "sessions": {name: x.value for name, x in sessions.items() if x is not None},
        "code": public.code,
        "zone": first_qpv(public),
    }


def test_every_address_is_of_an_entry_and_has_a_rule() -> None:
    assert {path for paths in FAMILIES.values() for path in paths} == set(addresses())
    assert set(addresses()) <= set(RULES)
    names = {x.name for x in ENTRIES}
    assert {f"get_{family}" for family in FAMILIES} <= names
    assert {f"post_{f}" for f, paths in FAMILIES.items() if set(paths) & set(POSTS)} <= names


def test_parameters_are_those_that_the_code_reads() -> None:
    assert {"climat", "liste", "action"} <= set(parameters("atlas"))
    assert {"quartier", "lieu"} <= set(parameters("resources"))
    assert {"indicator", "zone"} <= set(parameters("api"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_kept_of_addresses(family: str, said: dict[str, Any]) -> None:
    attempt = asking(family, Visit(said))
    for _, changes in kept(f"get_{family}"):
        attempt(changes)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", [f for f, paths in FAMILIES.items() if set(paths) & set(POSTS)])
def test_what_was_kept_of_forms(family: str, said: dict[str, Any]) -> None:
    # Their own pages only: looking for forms everywhere takes long.
    attempt = posting(family, Visit(said), [x for x in FAMILIES[family] if x in POSTS][:6])
    for _, changes in kept(f"post_{family}"):
        attempt(changes)


@pytest.mark.filterwarnings("ignore")
# A copy is made of a whole database, outside of any transaction.
@pytest.mark.parametrize("name", sorted({*MADE} - {"import_backup"}))
def test_what_was_kept_of_files(name: str, said: dict[str, Any], tmp_path: Path) -> None:
    make, refusals = MADE[name]
    attempt = reading(make, tmp_path, said)
    attempt(b"")
    for _, changes in kept(name):
        with suppress(*refusals):
            attempt(changes)


def test_a_text_that_one_database_refuses_is_told(db: None) -> None:
    with pytest.raises(Leak), undone():
        Organisation.objects.create(name="a\0b", kind="landlord")
    with pytest.raises(Leak), undone():
        Organisation.objects.create(name="a" * 5_000, kind="landlord")
