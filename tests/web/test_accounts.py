"""Coming in by invitation and by code, a second factor, roles with their dates, leaving."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.mail.backends import locmem
from django.test import Client
from django.utils import timezone

from labo_web.accounts import invitations
from labo_web.accounts.models import Circle, Invitation, Organisation, Person, Role, Signature
from labo_web.releases.models import Answer, Decision, Release
from tests.web.conftest import RECEIVED

HERE = "/territoires/999000001/personnes/"
NEW = {"email": "New@Example.org", "name": "Nadia Test", "kind": "reader", "committee": "3"}


def link() -> str:
    """Return the link of the last invitation that was sent."""
    found = re.search(r"http://testserver(/invitation/\S+/)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def code() -> str:
    """Return the code of the last message."""
    lines = [line.strip() for line in str(mail.outbox[-1].body).splitlines()]
    [found] = [x for x in lines if re.fullmatch(r"[A-Z0-9-]{5,9}", x)]
    return found


def enter(client: Client, email: str) -> Any:
    """Ask for a code and give it."""
    client.post("/compte/code/", {"email": email})
    return client.post("/compte/code/confirmer/", {"code": code()}, follow=True)


def test_invitation_from_the_page_to_the_first_entry(
    browse: Callable[[str], Client], client: Client, release: Release
) -> None:
    sent = browse("officer").post(HERE, NEW, follow=True)
    assert "Invitation envoyée à new@example.org" in sent.content.decode()
    [message] = mail.outbox
    assert message.to == ["new@example.org"]
    assert "lecteur, comité de pilotage" in message.body
    assert "officer" in message.body  # who invites
    # Nothing exists before it is accepted, and reading the link accepts nothing.
    path = link()
    assert "Nadia Test" in client.get(path).content.decode()
    assert not Person.objects.filter(email="new@example.org").exists()
    # The secret part of the link is not in the database.
    assert path.split("/")[2] not in Invitation.objects.get().token_hash
    accepted = client.post(path, follow=True)
    assert accepted.redirect_chain[-1][0].startswith("/compte/code/confirmer/")
    entered = client.post("/compte/code/confirmer/", {"code": code()}, follow=True)
    assert entered.context["user"].email == "new@example.org"
    role = Role.objects.get(person__email="new@example.org")
    assert (role.kind, role.committee, role.territory) == ("reader", 3, release.territory)
    assert role.given_by is not None
    assert role.given_by.email == "officer@example.org"
    assert role.given_at.date() == timezone.now().date()
    # Once only, and nothing of it is kept.
    assert client.get(path).status_code == 410
    assert not Invitation.objects.exists()


def test_invitation_expires_and_is_replaced(
    browse: Callable[[str], Client], client: Client
) -> None:
    officer = browse("officer")
    officer.post(HERE, NEW)
    first, row = link(), Invitation.objects.get()
    assert row.expires_at - row.sent_at == dt.timedelta(14)
    officer.post(f"/personnes/invitations/{row.pk}/", {"action": "renew"})
    second = link()
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    Invitation.objects.update(expires_at=timezone.now())
    assert client.post(second).status_code == 410
    assert not Person.objects.filter(email="new@example.org").exists()
    assert "délai passé" in officer.get(HERE).content.decode()
    officer.post(f"/personnes/invitations/{row.pk}/", {"action": "cancel"})
    assert not Invitation.objects.exists()


def test_addresses_of_those_who_did_not_come_are_erased(
    browse: Callable[[str], Client], release: Release
) -> None:
    old = Invitation(email="old@example.org", name="O", territory=release.territory, kind="reader")
    old.renew()
    old.expires_at = timezone.now() - dt.timedelta(31)
    old.save()
    browse("officer").post(HERE, NEW)
    assert [row.email for row in Invitation.objects.all()] == ["new@example.org"]


def test_invitation_that_cannot_be_sent(
    browse: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", fail)
    refused = browse("officer").post(HERE, NEW)
    assert refused.status_code == 422
    html = refused.content.decode()
    assert "n’a pas pu partir" in html
    assert "Nadia Test" in html  # what was typed is kept
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": "not an address"}, "valide"),
        ({"kind": "programme"}, "choix"),
        ({"kind": "officer"}, "l’équipe voit déjà tout"),
        ({"email": "contributor@example.org", "kind": "contributor"}, "déjà ce rôle"),
        ({"name": "x" * 201}, "201"),
    ],
)
def test_invitation_refused(
    browse: Callable[[str], Client], change: dict[str, str], why: str
) -> None:
    refused = browse("officer").post(HERE, NEW | change)
    assert refused.status_code == 422
    assert why in refused.content.decode()
    assert mail.outbox == []


def test_facilitators_invite_anywhere(browse: Callable[[str], Client]) -> None:
    facilitator = browse("facilitator")
    facilitator.post("/territoires/999000002/personnes/", NEW)
    facilitator.post("/personnes/", {"email": "b@example.org", "name": "B", "kind": "programme"})
    assert set(Invitation.objects.values_list("territory__code", "kind")) == {
        ("999000002", "reader"), (None, "programme"),
    }  # fmt: skip
    assert browse("officer").post("/territoires/999000002/personnes/", NEW).status_code == 404


def test_invitation_is_for_one_person(browse: Callable[[str], Client]) -> None:
    browse("facilitator").post(HERE, NEW | {"email": "analyst@example.org"})
    path = link()
    other = browse("contributor").post(path)
    assert other.status_code == 409
    assert "autre adresse" in other.content.decode()
    browse("analyst").post(path)
    assert Role.objects.filter(person__email="analyst@example.org").count() == 2


def test_roles_are_given_and_withdrawn_with_their_dates(
    browse: Callable[[str], Client], people: dict[str, Any], release: Release
) -> None:
    officer, analyst = browse("officer"), people["analyst"]
    given = {"person": analyst.pk, "kind": "contributor"}
    assert officer.post(f"{HERE}role/", given).status_code == 302
    again = officer.post(f"{HERE}role/", given)
    assert again.status_code == 422
    assert "déjà ce rôle" in again.content.decode()
    stranger = people["officer_elsewhere"].pk
    assert officer.post(f"{HERE}role/", given | {"person": stranger}).status_code == 422
    team = Role.objects.get(person=analyst, kind="analyst")
    assert browse("analyst").get("/territoires/999000001/").status_code == 200
    officer.post(f"/personnes/roles/{team.pk}/retirer/")
    team.refresh_from_db()
    assert team.withdrawn_by == people["officer"]
    assert team.withdrawn_at is not None
    # It ceases at once, its dates stay on the page, and it can be given again.
    assert browse("analyst").get("/territoires/999000001/").status_code == 404
    assert "Rôles retirés" in officer.get(HERE).content.decode()
    assert officer.post(f"{HERE}role/", given | {"kind": "analyst"}).status_code == 302
    assert officer.post(f"/personnes/roles/{team.pk}/retirer/").status_code == 404


def test_somebody_always_runs_the_programme(
    browse: Callable[[str], Client], people: dict[str, Any]
) -> None:
    only = people["facilitator"].roles.get()
    client = browse("facilitator")
    refused = client.post(f"/personnes/roles/{only.pk}/retirer/")
    assert refused.status_code == 422
    assert "dernière personne" in refused.content.decode()
    assert client.post("/compte/effacer/").status_code == 422
    Role.objects.create(person=people["officer"], kind="programme")
    assert client.post("/compte/effacer/").status_code == 302


def test_leaving_leaves_no_name(
    browse: Callable[[str], Client], people: dict[str, Any], release: Release
) -> None:
    officer: Person = people["officer"]
    officer.name, officer.function = "Odile Unique", "cheffe"
    officer.organisation = Organisation.objects.create(name="Agglo", kind="authority")
    officer.save()
    Decision.objects.create(
        release=release, circle=Circle.COTECH, decided_on=RECEIVED, person=officer
    )
    Answer.objects.create(
        release=release, organisation=officer.organisation, text="Oui.", answered_on=RECEIVED,
        signature=officer.sign(),
    )  # fmt: skip
    Role.objects.filter(person=people["reader"]).update(given_by=officer)
    page, client = f"/livraisons/{release.code}/", browse("officer")
    assert "Odile Unique" in client.get(page).content.decode()
    left = client.post("/compte/effacer/", follow=True)
    assert left.context["user"].is_anonymous
    html = browse("facilitator").get(page).content.decode()
    assert "Odile" not in html
    assert "5 janvier 2026" in html
    assert "Agglo" in html
    assert "Odile" not in browse("facilitator").get(HERE).content.decode()
    assert not Person.objects.filter(email="officer@example.org").exists()
    assert not Signature.objects.exists()


def test_account_says_who_one_is(browse: Callable[[str], Client], people: dict[str, Any]) -> None:
    client = browse("officer")
    refused = client.post("/compte/", {"name": "", "function": "cheffe"})
    assert refused.status_code == 422
    assert "cheffe" in refused.content.decode()
    client.post("/compte/", {"name": "Odile", "function": "cheffe", "organisation": "1"})
    people["officer"].refresh_from_db()
    assert people["officer"].function == "cheffe"
    assert people["officer"].organisation is None  # it gives rights: the team says it
    body = Organisation.objects.create(name="Agglo", kind="authority")
    browse("facilitator").post(f"/personnes/{people['officer'].pk}/", {"organisation": body.pk})
    people["officer"].refresh_from_db()
    assert people["officer"].organisation == body


def totp(secret: str) -> str:
    """Return what an application shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_second_factor(client: Client, people: dict[str, Any]) -> None:
    enter(client, "officer@example.org")
    page = client.get("/compte/second-facteur/activer/")
    secret = page.context["form"].secret
    assert "<svg" in page.content.decode()
    assert secret in page.content.decode()
    wrong = client.post("/compte/second-facteur/activer/", {"code": "000000"})
    assert "incorrect" in wrong.content.decode().lower()
    done = client.post("/compte/second-facteur/activer/", {"code": totp(secret)}, follow=True)
    spare = re.findall(r"<code>(\d{8})</code>", done.content.decode())
    assert len(spare) == 10
    assert spare[0] in client.get("/compte/secours/codes.txt").content.decode()
    client.post("/compte/quitter/")
    # The code of the message is no longer enough.
    asked = enter(client, "officer@example.org")
    assert asked.redirect_chain[-1][0].startswith("/compte/second-facteur/entrer/")
    assert asked.context["user"].is_anonymous
    assert client.get("/territoires/999000001/personnes/").status_code == 404
    refused = client.post("/compte/second-facteur/entrer/", {"code": "000000"})
    assert refused.context["user"].is_anonymous
    entered = client.post("/compte/second-facteur/entrer/", {"code": spare[0]}, follow=True)
    assert entered.context["user"] == people["officer"]
    # A spare code serves once, and taking the second factor away asks for a code again.
    assert "reste 9" in client.get("/compte/second-facteur/", follow=True).content.decode()
    client.post("/compte/quitter/")
    enter(client, "officer@example.org")
    again = client.post("/compte/second-facteur/entrer/", {"code": spare[0]})
    assert again.context["user"].is_anonymous
    client.post("/compte/second-facteur/entrer/", {"code": spare[1]})
    away = client.get("/compte/second-facteur/retirer/")
    assert away["Location"].startswith("/compte/second-facteur/confirmer/")
    client.post("/compte/second-facteur/confirmer/", {"code": spare[2]})
    client.post("/compte/second-facteur/retirer/")
    assert not Authenticator.objects.exists()


def test_an_invitation_does_not_pass_by_the_second_factor(
    client: Client, people: dict[str, Any], release: Release
) -> None:
    Authenticator.objects.create(
        user=people["analyst"], type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    row = Invitation(
        email="analyst@example.org", name="A", territory=release.territory, kind="officer"
    )
    token = row.renew()
    row.save()
    client.post(f"/invitation/{token}/")
    asked = client.post("/compte/code/confirmer/", {"code": code()}, follow=True)
    assert asked.redirect_chain[-1][0].startswith("/compte/second-facteur/entrer/")
    assert asked.context["user"].is_anonymous


def test_codes_are_asked_for_at_a_slow_rate(client: Client, people: dict[str, Any]) -> None:
    asked = [Client().post("/compte/code/", {"email": "officer@example.org"}) for _ in range(4)]
    assert [a.status_code for a in asked] == [302, 302, 302, 200]
    assert len(mail.outbox) == 3
    html = asked[-1].content.decode()
    assert "officer@example.org" in html  # kept
    assert 'id="erreur"' in html
    # Another address of mail is not held by it.
    assert client.post("/compte/code/", {"email": "analyst@example.org"}).status_code == 302


def test_another_address_can_be_given(client: Client, people: dict[str, Any]) -> None:
    client.post("/compte/code/", {"email": "oficer@example.org"})
    assert client.get("/compte/code/confirmer/").status_code == 200
    back = client.post("/compte/quitter/", {"next": "/compte/entrer/"}, follow=True)
    assert back.redirect_chain == [("/compte/entrer/", 302)]
    assert enter(client, "officer@example.org").context["user"] == people["officer"]


def test_strangers_are_not_written_to(client: Client, db: None) -> None:
    client.post("/compte/code/", {"email": "nobody@example.org"})
    assert mail.outbox == []


def test_two_who_accept_at_once(people: dict[str, Any], release: Release) -> None:
    row = Invitation(email="a@example.org", name="A", territory=release.territory, kind="reader")
    token = row.renew()
    row.save()
    assert invitations.accept(token) is not None
    assert invitations.accept(token) is None
    assert Role.objects.filter(person__email="a@example.org").count() == 1
