"""What a consent must be before anything that shows a person is public."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.stories import files, publishing
from labo_web.stories.models import Block, Consent, Medium, Story
from labo_web.stories.publishing import lacks
from labo_web.stories.showing import GONE, Channel, against, passages_of
from tests.web.rules_stories import consent_of
from tests.web.told import begun, jpeg, put, sent

Browse = Callable[[str], Client]
TODAY = timezone.localdate
DAY = dt.date(2026, 1, 5)
HOLDERS = {"first_holder_on": DAY, "second_holder_on": DAY, "child_on": DAY}


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def sentences(story: Story) -> str:
    story.refresh_from_db()
    return " ".join(lack.sentence for lack in lacks(story))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "L’accord d’un titulaire"),
        ({"first_holder_on": DAY}, "L’accord du second titulaire"),
        ({"first_holder_on": DAY, "second_holder_on": DAY}, "L’accord de l’enfant"),
        ({"first_holder_on": DAY, "child_on": DAY}, "L’accord du second titulaire"),
        ({"second_holder_on": DAY, "child_on": DAY}, "L’accord d’un titulaire"),
        ({**HOLDERS, "child_on": dt.date(2100, 1, 1)}, "dans l’avenir"),
    ],
)
def test_a_minor_needs_both_holders_and_its_own_agreement(
    public: Release, people: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    consent, _ = consent_of(public, minor=True, **given)
    assert not consent.holds(TODAY())
    assert said in " ".join(consent.against(TODAY()))
    story = begun(public, people["officer"])
    put(story, Block.Kind.QUOTE, people["officer"], (consent,), text="J’ai douze ans.")
    assert said in sentences(story)
    with pytest.raises(ValidationError, match="Il manque encore"):
        publishing.submit(story, by=people["officer"])
    # Even if it were public by some error, it would not be shown.
    passage = passages_of(story.versions.first())[0]  # type: ignore[arg-type]
    assert against(passage, [consent], Channel.SITE, TODAY()) == GONE


def test_a_minor_with_all_three_agreements_may_be_shown(
    public: Release, people: dict[str, Any]
) -> None:
    consent, _ = consent_of(public, minor=True, **HOLDERS)
    assert consent.holds(TODAY())
    alone, _ = consent_of(
        public, minor=True, first_holder_on=DAY, child_on=DAY, sole_holder="livret de famille"
    )
    assert alone.holds(TODAY())
    story = begun(public, people["officer"])
    put(story, Block.Kind.QUOTE, people["officer"], (consent,), text="J’ai douze ans.")
    assert sentences(story) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"until": dt.date(2026, 1, 6)}, "a pris fin le 06/01/2026"),
        ({"signed_on": None}, "pas encore signé"),
        ({"on_site": False}, "ne permet pas de le montrer sur ce site"),
        ({"words": False}, "ne porte sur les mots"),
        ({"how": "paper"}, "quel organisme garde"),
    ],
)
def test_a_consent_that_does_not_hold_stops_the_publication(
    public: Release, people: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    consent, _ = consent_of(public, **given)
    story = begun(public, people["officer"])
    put(story, Block.Kind.QUOTE, people["officer"], (consent,), text="On étouffe.")
    assert said in sentences(story)


@pytest.mark.parametrize(
    ("kind", "has", "said"),
    [
        ("photo", {"voice": True, "image": False}, "sur l’image"),
        ("audio", {"voice": False, "image": True}, "sur la voix"),
        ("video", {"voice": False, "image": True}, "sur la voix"),
        ("video", {"voice": True, "image": False}, "sur l’image"),
    ],
)
def test_a_consent_is_for_what_the_passage_shows(
    public: Release, people: dict[str, Any], kind: str, has: dict[str, bool], said: str
) -> None:
    consent, _ = consent_of(public, words=True, **has)
    story = begun(public, people["officer"])
    put(story, kind, people["officer"], (consent,))
    assert said in sentences(story)


def test_a_passage_that_shows_a_person_needs_a_consent_and_a_place_none(
    public: Release, people: dict[str, Any]
) -> None:
    officer = people["officer"]
    story = begun(public, officer)
    photo = files.keep(story, Medium.Kind.PHOTO, sent("a.jpg", jpeg()))
    alt = "Une cour vide entre deux immeubles."
    put(story, Block.Kind.PHOTO, officer, medium=photo, alt=alt)
    assert "dites que personne n’y est reconnaissable" in sentences(story)
    other = begun(public, officer)
    put(other, Block.Kind.PHOTO, officer, medium=photo, alt=alt, nobody=True)
    assert sentences(other) == ""
    # Words are always somebody's.
    third = begun(public, officer)
    put(third, Block.Kind.QUOTE, officer, text="On étouffe.", nobody=True)
    passage = passages_of(third.versions.first())[0]  # type: ignore[arg-type]
    assert passage.nobody
    assert "Aucun accord n’y est relié" in sentences(third)


TYPED = {
    "person": "Madame A.", "words": "on", "on_site": "on", "until": "2030-01-01",
    "language": "français", "how": "paper", "signed_on": "2026-01-05",
}  # fmt: skip


def test_the_form_asks_for_what_is_missing_and_keeps_what_was_typed(
    browse: Browse, public: Release
) -> None:
    body = Organisation.objects.create(name="Centre social", kind="association")
    path = "/territoires/999000001/recits/accords/nouveau/"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"signed_on": ""}, "quel jour la feuille a été signée"),
        ({"kept_by": ""}, "quel organisme garde"),
        ({"until": "2026-01-01"}, "est déjà passé"),
        ({"until": "2099-01-01"}, "10 ans au plus"),
        ({"words": ""}, "Dites à quoi la personne consent"),
        ({"signed_on": "2099-01-01"}, "n’est pas encore venu"),
        ({"how": "screen", "minor": "on"}, "se signe sur papier"),
        ({"person": ""}, "obligatoire"),
    ]
    for changed, said in wrong:
        typed = TYPED | {"kept_by": body.pk} | changed
        answer = browse("officer").post(path, typed)
        page = answer.content.decode()
        assert answer.status_code == 422, changed
        assert said in page, changed
        assert "français" in page
    assert not Consent.objects.exists()
    answer = browse("officer").post(path, TYPED | {"kept_by": body.pk})
    assert "À remettre à la personne" in answer.content.decode()
    made = Consent.objects.get()
    assert made.holds(TODAY())
    # Of the link, only a fingerprint is kept.
    token = answer.content.decode().split("/recits/accord/")[1].split("/")[0]
    assert token not in str(list(Consent.objects.values_list()))


def test_somebody_signs_on_the_screen_for_less_than_was_proposed(
    browse: Browse, public: Release
) -> None:
    consent, token = consent_of(public, signed_on=None, in_data=False)
    path = f"/recits/accord/{token}/"
    visitor = browse("visitor")
    page = visitor.get(path).content.decode()
    assert 'name="image"' in page
    # What was not proposed cannot be agreed to.
    assert 'name="in_data"' not in page
    typed = {"action": "sign", "words": "on", "on_site": "on", "in_data": "on", "name": "A. B."}
    refused = visitor.post(path, typed)
    assert refused.status_code == 422
    nothing = {"action": "sign", "adult": "on", "understood": "on", "name": "A. B."}
    assert "Cochez ce que vous acceptez" in visitor.post(path, nothing).content.decode()
    visitor.post(path, typed | {"adult": "on", "understood": "on"})
    consent.refresh_from_db()
    assert consent.holds(TODAY())
    assert (consent.words, consent.voice, consent.image) == (True, False, False)
    assert (consent.on_site, consent.in_documents, consent.in_data) == (True, False, False)
    # It is not signed twice.
    visitor.post(path, typed | {"adult": "on", "understood": "on", "voice": "on"})
    consent.refresh_from_db()
    assert not consent.voice


def test_those_that_end_soon_are_listed(browse: Browse, public: Release) -> None:
    consent_of(public, person="Madame Bientôt", until=TODAY() + dt.timedelta(30))
    consent_of(public, person="Madame Longtemps")
    page = browse("officer").get("/territoires/999000001/recits/accords/").content.decode()
    soon = page.split("Prennent fin dans les 60 jours")[1].split("</div>")[0]
    assert "Madame Bientôt" in soon
    assert "Madame Longtemps" not in soon
