"""What was taken back stays so: the journal outside the database, and its replay."""

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from labo_web import withdrawals
from labo_web.accounts import invitations
from labo_web.accounts import withdrawn as accounts_withdrawn
from labo_web.accounts.models import Person
from labo_web.programme import withdrawn as programme_withdrawn
from labo_web.programme.models import Contact, Disagreement, Programme
from labo_web.releases.models import Release
from labo_web.resources import giving
from labo_web.resources import withdrawn as resources_withdrawn
from labo_web.resources.models import Contradiction, Resource
from labo_web.workshops import withdrawn as workshops_withdrawn
from labo_web.workshops.answers import outcomes
from labo_web.workshops.models import Contribution, Registration
from labo_web.workshops.moderation import moderate
from tests.web import room

KEY = "0" * 64
WRITTEN = {"name": "Les figues", "offer": "Un figuier."}


@pytest.fixture(autouse=True)
def own_journal(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path / "withdrawals.jsonl"


def kinds() -> list[str]:
    return [entry.kind for entry in withdrawals.entries()]


def test_a_line_is_added_and_only_its_owner_reads_it(own_journal: Path) -> None:
    assert list(withdrawals.entries()) == []
    withdrawals.record("workshops.contribution", KEY)
    withdrawals.record("resources.resource", str(uuid.UUID(int=1)))
    assert kinds() == ["workshops.contribution", "resources.resource"]
    assert own_journal.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("workshops", KEY),
        ("workshops.contribution\n", KEY),
        ("workshops.contribution", "someone@example.org"),
        ("workshops.contribution", "412"),
    ],
)
def test_names_and_addresses_are_no_keys(own_journal: Path, kind: str, key: str) -> None:
    with pytest.raises(ValueError, match="a kind is"):
        withdrawals.record(kind, key)
    assert not own_journal.exists()


def test_half_a_line_at_the_end_is_passed_then_replaced(own_journal: Path) -> None:
    withdrawals.record("workshops.contribution", KEY)
    whole = own_journal.read_bytes()
    for length in range(1, len(whole)):
        own_journal.write_bytes(whole + whole[:length])
        assert kinds() == ["workshops.contribution"]
    withdrawals.record("workshops.shown", KEY)
    assert kinds() == ["workshops.contribution", "workshops.shown"]


def test_a_damaged_line_is_said(own_journal: Path) -> None:
    withdrawals.record("workshops.contribution", KEY)
    for wrong in (b"{}\n", b"\x00\xff\n", b"[1]\n", b'{"kind": 1, "key": "", "date": ""}\n'):
        own_journal.write_bytes(wrong + own_journal.read_bytes()[-200:])
        with pytest.raises(withdrawals.Damaged, match="ligne 1"):
            list(withdrawals.entries())


def test_a_full_disk_refuses_and_leaves_no_half_line(
    own_journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawals.record("workshops.contribution", KEY)
    before = own_journal.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, content: write(file, content[:10]))
    with pytest.raises(OSError, match="disk full"):
        withdrawals.record("workshops.shown", KEY)
    assert own_journal.read_bytes() == before


def test_processes_that_write_at_once_lose_nothing(own_journal: Path) -> None:
    program = (
        "import django; django.setup()\n"
        "from labo_web import withdrawals\n"
        "for n in range(25): withdrawals.record('workshops.contribution', f'{n:064x}')\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "labo_web.settings", "LABO_DATA": str(own_journal.parent),
        "LABO_DEBUG": "1",
    }  # fmt: skip
    running = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in "abc"]  # noqa: S603
    assert [process.wait() for process in running] == [0, 0, 0]
    assert len(kinds()) == 75
    assert {entry.key for entry in withdrawals.entries()} == {f"{n:064x}" for n in range(25)}


def test_words_taken_back_or_set_aside_are_so_again(public: Release) -> None:
    event = room.an_event(public.territory)
    said = Contribution.objects.create(territory=event.territory, event=event, text="Trop chaud")
    coming = Registration.objects.create(event=event, name="Ana", token_hash="a" * 64)
    moderate(said, "shown", "", None)
    assert kinds() == []
    moderate(said, "withheld", "personal", None)
    outcomes.forget(said)
    workshops_withdrawn.cancel(coming)
    # A copy of before comes back.
    Contribution.objects.filter(pk=said.pk).update(
        text="Trop chaud", state="shown", reason="", erased_at=None
    )
    Registration.objects.create(event=event, name="Ana", token_hash="a" * 64)
    lines = list(withdrawals.entries())
    assert [line.kind for line in lines] == [
        "workshops.withheld_personal", "workshops.contribution", "workshops.registration",
    ]  # fmt: skip
    assert all(workshops_withdrawn.again(line.kind, line.key) for line in lines)
    said.refresh_from_db()
    assert (said.text, said.state, said.reason) == ("", "withheld", "personal")
    assert not Registration.objects.exists()
    assert not any(workshops_withdrawn.again(line.kind, line.key) for line in lines)


def test_words_shown_again_after_a_review_stay_shown(public: Release) -> None:
    said = Contribution.objects.create(territory=public.territory, text="Trop chaud")
    moderate(said, "withheld", "insult", None)
    moderate(said, "shown", "", None)
    assert kinds() == ["workshops.withheld_insult", "workshops.shown"]
    assert not workshops_withdrawn.again("workshops.shown", said.token_hash)
    Contribution.objects.filter(pk=said.pk).update(state="received")
    assert not workshops_withdrawn.again("workshops.shown", said.token_hash)


def test_resources_and_contradictions_are_withdrawn_again(public: Release) -> None:
    made, _ = giving.give(public.territory, "place", WRITTEN, scope="open", contact="0600000000")
    said = Contradiction(territory=public.territory, claim="gone", text="Fermé", resource=made)
    said.renew()
    said.save()
    giving.withdraw(made)
    lines = list(withdrawals.entries())
    assert {line.kind for line in lines} == {"resources.resource", "resources.contradiction"}
    Resource.objects.filter(pk=made.pk).update(withdrawn_at=None)
    Contradiction.objects.filter(pk=said.pk).update(withdrawn_at=None, text="Fermé")
    assert all(resources_withdrawn.again(line.kind, line.key) for line in lines)
    assert Resource.objects.get().withdrawn_at is not None
    assert Contradiction.objects.get().text == ""
    assert not any(resources_withdrawn.again(line.kind, line.key) for line in lines)


def test_someone_who_left_leaves_again(db: None) -> None:
    person = Person.objects.create_user("ana@example.org", name="Ana")
    key = person.uuid
    invitations.leave(person)
    assert kinds() == ["accounts.person"]
    Person.objects.create_user("ana@example.org", name="Ana", uuid=key)
    assert accounts_withdrawn.again("accounts.person", str(key))
    assert not Person.objects.exists()
    assert not accounts_withdrawn.again("accounts.person", str(key))


def test_a_disagreement_and_a_contact_are_withdrawn_again(public: Release) -> None:
    here = Programme.objects.create(
        code="labo", title="Labo (fictif)", purpose="Essayer", starts_on="2026-01-01",
        ends_on="2027-12-31",
    )  # fmt: skip
    said = Disagreement(programme=here, text="Pas d’accord")
    said.renew()
    said.save()
    said.withdraw()
    person = Person.objects.create_user("ana@example.org", name="Ana")
    fields = {"person": person, "territory": public.territory, "about": "tout", "reach": "06"}
    contact = Contact.objects.create(**fields)
    agreed_at = contact.agreed_at
    programme_withdrawn.forget(contact)
    lines = list(withdrawals.entries())
    assert [line.kind for line in lines] == ["programme.disagreement", "programme.contact"]
    Disagreement.objects.filter(pk=said.pk).update(withdrawn_at=None, text="Pas d’accord")
    Contact.objects.create(**fields, agreed_at=agreed_at)
    assert all(programme_withdrawn.again(line.kind, line.key) for line in lines)
    assert Disagreement.objects.get().text == ""
    assert not Contact.objects.exists()
    assert not any(programme_withdrawn.again(line.kind, line.key) for line in lines)
    # Given again since, it is another one.
    Contact.objects.create(**fields)
    assert not any(programme_withdrawn.again(line.kind, line.key) for line in lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "app",
    [accounts_withdrawn, programme_withdrawn, resources_withdrawn, workshops_withdrawn],
    ids=lambda m: m.__name__,
)
def test_an_unknown_kind_is_no_silent_success(app: Any) -> None:
    with pytest.raises(ValueError, match="not withdrawn here"):
        app.again("somewhere.else", KEY)
