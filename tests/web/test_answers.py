"""What communes and landlords answer beside the text, and the two reasons to withhold it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from labo_web.accounts.models import Circle, Organisation
from labo_web.releases.gate import decide, note_restitution
from labo_web.releases.models import Answer, Release
from tests.web.conftest import first_qpv, open_to

TODAY = dt.date.today()  # noqa: DTZ011
TEXT = "Nos façades ont été isolées depuis."


@pytest.fixture
def answering(release: Release, people: dict[str, Any], browse: Callable[[str], Client]) -> Release:
    """A release told to residents yesterday, that a landlord was asked to answer."""
    open_to(release, Circle.COPIL)
    note_restitution(release, TODAY - dt.timedelta(1), person=None)
    body = Organisation.objects.create(name="Bailleur (fictif)", kind="landlord")
    reader = people["reader"]
    reader.name, reader.function, reader.organisation = "Rémi Voix", "directeur", body
    reader.save()
    asked = browse("officer").post(
        f"/livraisons/{release.code}/organismes/", {"organisation": body.pk}
    )
    assert asked.status_code == 302
    return release


def shown(client: Client, release: Release) -> str:
    """Return the page of the neighbourhood that is answered; empty where it is not found."""
    page = client.get(f"/territoires/999000001/quartiers/{first_qpv(release)}/")
    return page.content.decode() if page.status_code == 200 else ""


def answer(client: Client, release: Release, **given: str) -> Any:
    sent = {"zone": first_qpv(release), "text": TEXT} | given
    return client.post(f"/livraisons/{release.code}/repondre/", sent)


def test_beside_the_text_once_it_is_open(
    browse: Callable[[str], Client], answering: Release
) -> None:
    reader = browse("reader")
    page = reader.get(f"/livraisons/{answering.code}/repondre/?zone={first_qpv(answering)}")
    assert page.context["form"]["zone"].value() == first_qpv(answering)
    assert answer(reader, answering, indicator="poverty_share").status_code == 302
    # Until it is open to everyone, the team and the body read it.
    assert TEXT in shown(browse("officer"), answering)
    assert TEXT in shown(reader, answering)
    assert TEXT not in browse("contributor").get(f"/livraisons/{answering.code}/").content.decode()
    decide(answering, Circle.EVERYONE, TODAY, person=None, restitution_on=dt.date(2026, 3, 2))
    html = shown(browse("visitor"), answering)
    assert TEXT in html
    assert "Bailleur (fictif), Rémi Voix, directeur, le" in html
    indicator = browse("visitor").get("/territoires/999000001/indicateurs/poverty_share/")
    assert TEXT in indicator.content.decode()
    whole = browse("visitor").get(f"/livraisons/{answering.code}/").content.decode()
    assert ">Part des ménages pauvres</a>" in whole  # its name, not its code
    other = browse("visitor").get("/territoires/999000001/indicateurs/tenant_share/")
    assert TEXT not in other.content.decode()


def test_only_bodies_that_were_asked(
    browse: Callable[[str], Client], answering: Release, people: dict[str, Any]
) -> None:
    contributor = people["contributor"]
    contributor.organisation = Organisation.objects.create(name="Autre", kind="landlord")
    contributor.save()
    for name in ("visitor", "contributor", "officer", "officer_elsewhere"):
        assert answer(browse(name), answering).status_code == 404, name
    association = Organisation.objects.create(name="Amis", kind="association")
    browse("officer").post(
        f"/livraisons/{answering.code}/organismes/", {"organisation": association.pk}
    )
    assert not answering.asked.filter(organisation=association).exists()


def test_a_body_reads_only_from_the_steering_committee_on(
    browse: Callable[[str], Client], answering: Release
) -> None:
    page = f"/livraisons/{answering.code}/"
    assert browse("reader").get(page).status_code == 200
    decide(answering, Circle.COTECH, TODAY, person=None)
    assert browse("reader").get(page).status_code == 404


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": ""}, "obligatoire"),
        ({"text": "x" * 5_001}, "5000"),
        ({"zone": "NOWHERE"}, "choix"),
        ({"indicator": "nothing"}, "choix"),
    ],
)
def test_refused_answers(
    browse: Callable[[str], Client], answering: Release, given: dict[str, str], why: str
) -> None:
    refused = answer(browse("reader"), answering, **given)
    assert refused.status_code == 422
    assert why in refused.content.decode().replace("\u202f", "").replace("&nbsp;", "")
    assert not Answer.objects.exists()


def test_time_to_answer_ends(browse: Callable[[str], Client], answering: Release) -> None:
    answering.restitutions.update(held_on=TODAY - dt.timedelta(60))
    late = answer(browse("reader"), answering)
    assert late.status_code == 422
    html = late.content.decode()
    assert "s’est achevé" in html
    assert TEXT in html
    answering.restitutions.all().delete()
    assert "après la restitution" in answer(browse("reader"), answering).content.decode()


def test_withheld_for_a_reason_that_is_told(
    browse: Callable[[str], Client], answering: Release
) -> None:
    reader, officer = browse("reader"), browse("officer")
    answer(reader, answering)
    row = Answer.objects.get()
    moderation = f"/livraisons/{answering.code}/reponses/{row.pk}/"
    assert officer.post(moderation, {"withheld": "disagreement"}).status_code == 422
    officer.post(moderation, {"withheld": "personal"})
    decide(answering, Circle.EVERYONE, TODAY, person=None, restitution_on=dt.date(2026, 3, 2))
    html = shown(browse("visitor"), answering)
    assert TEXT not in html
    assert "elle contient des données personnelles" in html
    assert "Bailleur (fictif)" in html
    # Its body still reads it, and may write another, whatever the day.
    assert TEXT in shown(reader, answering)
    answering.restitutions.update(held_on=TODAY - dt.timedelta(60))
    assert answer(reader, answering, text="Sans nom cette fois.").status_code == 302
    assert "Sans nom cette fois." in shown(browse("visitor"), answering)
    officer.post(moderation, {"withheld": ""})
    assert TEXT in shown(browse("visitor"), answering)


def test_hostile_answer_is_shown_as_text(
    browse: Callable[[str], Client], answering: Release
) -> None:
    answer(browse("reader"), answering, text="<script>alert(1)</script>")
    assert "<script>alert" not in shown(browse("officer"), answering)
    assert "&lt;script&gt;alert" in shown(browse("officer"), answering)
