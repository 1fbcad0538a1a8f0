"""A person takes their consent back: it is searched for in everything that is served and kept."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from pypdf.errors import PdfReadError

from labo_web import withdrawals
from labo_web.releases.models import Release
from labo_web.stories import offline, saving
from labo_web.stories.models import (
    Block,
    Consent,
    Medium,
    Passage,
    Sending,
    Story,
    Withdrawal,
)
from labo_web.stories.purge import purge
from labo_web.stories.showing import GONE
from labo_web.stories.withdrawal import KIND, withdraw
from labo_web.stories.withdrawn import again
from labo_web.workshops.templatetags.hours import hour
from tests.web.conftest import first_qpv
from tests.web.rules_stories import consent_of
from tests.web.test_permissions import RULES, stage
from tests.web.told import ALT, HEARD, PERSON, SAID, SECRETS, Told, begun, jpeg, put, told

Browse = Callable[[str], Client]
# Made from elsewhere than stories, and slow: one of each kind is enough.
ONCE = ("note.", "fiche", "kit", "donnees.gpkg", "carreaux")


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    """Files of other tests are not looked at."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def published(public: Release, people: dict[str, Any]) -> Told:
    return told(public, people)


def content_of(answer: HttpResponseBase) -> bytes:
    if answer.streaming:
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return bytes(answer.content)  # type: ignore[attr-defined]


def opened(content: bytes) -> str:
    """All that can be read of an answer, whatever it is packed in."""
    if content[:4] == b"%PDF":
        # What tests attach elsewhere is only the beginning of one.
        with suppress(PdfReadError):
            return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [name + "\n" + opened(archive.read(name)) for name in archive.namelist()]
        return "\n".join(inside)
    return content.decode("utf-8", "replace")


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("\u200b", "").split())


def own_addresses(found: Told, zone: str) -> list[str]:
    """The addresses of stories that speak of this one."""
    root = "/territoires/999000001"
    own = f"{root}/recits/{found.story.number}"
    return [
        *(f"{root}/recits/", f"{root}/recits.json", f"{own}/", f"{own}/recit.pdf"),
        *(f"{own}/recit.docx", f"{own}/apercu/", f"{own}/ecrire/", f"{own}/versions/"),
        *(f"{own}/publier/", f"{own}/envois/", f"{root}/recits/accords/"),
        *(f"{own}/apercu/?version={n}" for n in range(1, found.story.version + 1)),
        *(f"{root}/quartiers/{zone}/", f"{root}/quartiers/{zone}/recit/"),
        f"{root}/quartiers/{zone}/recit.zip",
    ]


def read_all(browse: Browse, found: Told, release: Release, people: dict[str, Any]) -> str:
    """Everything that a visitor and a member can be answered, at every address there is."""
    visitor, officer = browse("visitor"), browse("officer")
    made = []
    examples = [example for example, _, _ in RULES.values() if "compte/" not in example]
    paths = [stage(example, release, people) for example in examples]
    for path in [*own_addresses(found, first_qpv(release)), *paths]:
        for client in (visitor, officer):
            if client is officer and any(word in path for word in ONCE):
                continue
            answer = client.get(path)
            assert answer.status_code < 500, path
            made.append(f"{path}\n{opened(content_of(answer))}")
    return plain("\n".join(made))


def test_the_media_and_the_words_are_gone_from_all_that_is_served(
    browse: Browse, public: Release, published: Told, people: dict[str, Any]
) -> None:
    keys = [str(m.key) for m in published.media]
    before = plain("\n".join(
        opened(content_of(client.get(path)))
        for path in own_addresses(published, first_qpv(public))
        for client in (browse("visitor"), browse("officer"))
    ))  # fmt: skip
    # The search finds what there is to find.
    assert [word for word in (*SECRETS, *keys) if word not in before] == []
    answer = browse("visitor").post(
        f"/recits/accord/{published.token}/", {"action": "withdraw"}, follow=True
    )
    assert "Votre accord est retiré" in answer.content.decode()
    after = read_all(browse, published, public, people)
    assert [word for word in (*SECRETS, *keys, *published.names) if word in after] == []
    assert GONE in after
    for medium in published.media:
        for part in ("fichier", "vignette", "sous-titres.vtt"):
            for name in ("visitor", "officer", "facilitator"):
                assert browse(name).get(f"/recits/fichiers/{medium.key}/{part}").status_code == 404


def rows_in_words() -> str:
    """Every value of every row of the database."""
    made = []
    for model in apps.get_models():
        for row in model._default_manager.all().values_list():
            made.append(" ".join(map(str, row)))
    return "\n".join(made)


def test_nothing_of_it_stays_in_the_database_nor_on_the_disk(published: Told) -> None:
    before = rows_in_words()
    assert all(word in before for word in (*SECRETS, *published.names))
    folder = Path(settings.MEDIA_ROOT) / "stories"
    contents = [(folder / name).read_bytes() for name in published.names]
    withdraw(published.consent, Withdrawal.Asked.PERSON)
    after = rows_in_words()
    assert [word for word in (*SECRETS, *published.names) if word in after] == []
    places = (Path(settings.MEDIA_ROOT), Path(settings.DATA) / "cache")
    kept = [p.read_bytes() for place in places for p in place.rglob("*") if p.is_file()]
    assert not any(content in found for content in contents for found in kept)


def test_older_versions_are_without_it_and_can_still_be_taken_up(
    published: Told, people: dict[str, Any]
) -> None:
    story, by = published.story, people["officer"]
    withdraw(published.consent, Withdrawal.Asked.PERSON)
    for version in story.versions.all():
        assert not any(SAID in p.text for p in saving.order_of(version))
    saving.restore(story, 4, by=by)
    story.refresh_from_db()
    assert not any(SAID in p.text for p in saving.order_of(saving.newest(story)))


def test_the_person_has_a_receipt(browse: Browse, published: Told) -> None:
    visitor = browse("visitor")
    path = f"/recits/accord/{published.token}/"
    assert visitor.get(f"{path}recu.pdf").status_code == 404
    page = visitor.get(path).content.decode()
    assert SAID in page
    assert "Retirer mon accord" in page
    visitor.post(path, {"action": "withdraw"})
    done = Withdrawal.objects.get(consent=published.consent)
    assert (done.stories, done.passages, done.files) == (1, 5, 5)
    page = visitor.get(path).content.decode()
    assert done.number in page
    assert "imprimé" in page
    said = plain(opened(content_of(visitor.get(f"{path}recu.pdf"))))
    assert done.number in said
    made_at = timezone.localtime(done.made_at)
    assert f"{made_at:%d/%m/%Y}" in said
    assert plain(f"à {hour(made_at)},") in said
    assert PERSON not in said
    # A second time changes nothing.
    visitor.post(path, {"action": "withdraw"})
    assert Withdrawal.objects.filter(consent=published.consent).count() == 1


def test_the_number_of_a_receipt_outlives_a_backup(published: Told) -> None:
    number = withdraw(published.consent, Withdrawal.Asked.PERSON).number
    Withdrawal.objects.all().delete()
    Consent.objects.filter(pk=published.consent.pk).update(withdrawn_at=None)
    assert again(KIND, str(published.consent.key))
    assert Withdrawal.objects.get().number == number


def test_recipients_are_told_and_those_who_cannot_be_are_listed(
    browse: Browse, published: Told
) -> None:
    story = published.story
    rows = [
        ("Centre social", "centre@example.org", story.version),
        ("Mairie de quartier", "", story.version),
        # Received a version in which nothing of it was yet.
        ("Presse", "presse@example.org", 2),
    ]
    for recipient, email, version in rows:
        Sending.objects.create(
            story=story, version=version, recipient=recipient, email=email, what="le PDF",
            sent_on=dt.date(2026, 2, 3),
        )  # fmt: skip
    withdraw(published.consent, Withdrawal.Asked.PERSON)
    assert [m.to for m in mail.outbox] == [["centre@example.org"]]
    assert isinstance(mail.outbox[0], EmailMessage)
    text = mail.outbox[0].body
    assert "03/02/2026" in text
    assert "le PDF" in text
    assert not any(word in text for word in SECRETS)
    page = browse("officer").get("/territoires/999000001/recits/accords/").content.decode()
    assert "Mairie de quartier" in page
    assert "Presse" not in page
    told_at = Sending.objects.get(recipient="Centre social")
    assert told_at.told_at is not None
    assert not told_at.to_tell


def test_a_message_that_does_not_leave_stops_nothing(
    published: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> int:
        raise OSError("no network")

    Sending.objects.create(
        story=published.story, version=published.story.version, recipient="Centre social",
        email="centre@example.org", what="le PDF", sent_on=dt.date(2026, 2, 3),
    )  # fmt: skip
    monkeypatch.setattr("labo_web.stories.withdrawal.send_mail", refuse)
    withdraw(published.consent, Withdrawal.Asked.PERSON)
    assert Sending.objects.get().to_tell
    assert not Passage.objects.filter(text__contains=SAID).exists()


def test_it_is_written_in_the_journal_and_applied_again_after_a_restore(
    published: Told, public: Release, people: dict[str, Any]
) -> None:
    key = str(published.consent.key)
    withdraw(published.consent, Withdrawal.Asked.PERSON)
    assert (KIND, key) in {(e.kind, e.key) for e in withdrawals.entries()}
    # A backup comes back: the rows and the files of before.
    Withdrawal.objects.all().delete()
    Consent.objects.filter(key=key).update(withdrawn_at=None, person=PERSON)
    for passage in Passage.objects.filter(block__consents=published.consent):
        passage.text, passage.erased_at = SAID, None
        passage.save()
    medium = published.media[0]
    path = Path(settings.MEDIA_ROOT) / "stories" / "brought-back.jpg"
    path.write_bytes(jpeg())
    Medium.objects.filter(pk=medium.pk).update(name=path.name, erased_at=None)
    lines = len(list(withdrawals.entries()))
    assert again(KIND, key)
    assert not Passage.objects.filter(text__contains=SAID).exists()
    assert not path.exists()
    assert Consent.objects.get(key=key).person == ""
    assert len(list(withdrawals.entries())) == lines
    assert not again(KIND, "00000000-0000-4000-8000-000000000000")
    assert not again("stories.other", key)
    assert not again(KIND, "not a key")


def test_an_expired_consent_is_as_one_that_was_withdrawn(
    browse: Browse, published: Told, public: Release
) -> None:
    Consent.objects.update(until=timezone.localdate() - dt.timedelta(1))
    visitor = browse("visitor")
    for path in own_addresses(published, first_qpv(public)):
        assert not any(
            word in plain(opened(content_of(visitor.get(path)))) for word in (SAID, ALT, HEARD)
        )
    for medium in published.media:
        assert visitor.get(f"/recits/fichiers/{medium.key}/fichier").status_code == 404
    page = visitor.get(f"/territoires/999000001/recits/{published.story.number}/").content.decode()
    assert page.count(GONE) == 4
    # Its time comes, and what it allowed is erased.
    assert purge(timezone.now())["accords arrivés à leur terme, effacés"] == 1
    assert SAID not in rows_in_words()
    assert not any((Path(settings.MEDIA_ROOT) / "stories" / n).exists() for n in published.names)
    assert Withdrawal.objects.get().asked == Withdrawal.Asked.TERM


def test_another_person_of_the_same_passage_is_enough(
    public: Release, people: dict[str, Any]
) -> None:
    one, _ = consent_of(public, person="Une dame")
    two, _ = consent_of(public, person="Un monsieur")
    story = begun(public, people["officer"])
    put(story, Block.Kind.QUOTE, None, (one, two), text="À deux voix")
    put(story, Block.Kind.QUOTE, None, (one,), text="À une voix")
    withdraw(two, Withdrawal.Asked.PERSON)
    assert set(Passage.objects.filter(block__story=story).exclude(text="").values_list(
        "text", flat=True)) == {"À une voix"}  # fmt: skip


def test_what_is_taken_away_keeps_to_what_documents_may_show(
    browse: Browse, published: Told, public: Release
) -> None:
    zone = public.zones.get(code=first_qpv(public))
    zone.release = public
    found = plain(opened(b"".join(offline.archive_of(zone))))
    assert SAID in found
    Consent.objects.update(in_documents=False, in_data=False)
    found = plain(opened(b"".join(offline.archive_of(zone))))
    assert SAID not in found
    assert str(published.media[0].key) not in found
    visitor = browse("visitor")
    page = visitor.get(f"/territoires/999000001/recits/{published.story.number}/").content.decode()
    assert SAID in page
    for path in ("recits.json", f"recits/{published.story.number}/recit.docx"):
        answer = opened(content_of(visitor.get(f"/territoires/999000001/{path}")))
        assert SAID not in plain(answer)


def test_the_team_withdraws_only_when_it_says_that_it_was_asked(
    browse: Browse, published: Told
) -> None:
    path = f"/territoires/999000001/recits/accords/{published.consent.key}/"
    refused = browse("officer").post(path, {"action": "withdraw"})
    assert refused.status_code == 422
    assert "Rien n’est retiré" in refused.content.decode()
    assert not Withdrawal.objects.exists()
    browse("officer").post(path, {"action": "withdraw", "sure": "1"})
    assert Withdrawal.objects.get().asked == Withdrawal.Asked.TEAM


def test_a_new_link_ends_the_former_one(browse: Browse, published: Told) -> None:
    path = f"/territoires/999000001/recits/accords/{published.consent.key}/"
    page = browse("officer").post(path, {"action": "renew"}).content.decode()
    assert "À remettre à la personne" in page
    assert browse("visitor").get(f"/recits/accord/{published.token}/").status_code == 404
    fresh = page.split("/recits/accord/")[1].split("/")[0]
    assert browse("visitor").get(f"/recits/accord/{fresh}/").status_code == 200
    assert Story.objects.count() == 1


def test_nothing_is_written_again_in_what_was_taken_back(
    browse: Browse, published: Told, people: dict[str, Any]
) -> None:
    story, officer = published.story, people["officer"]
    passage = saving.order_of(saving.newest(story))[1]
    withdraw(published.consent, Withdrawal.Asked.PERSON)
    path = f"/territoires/999000001/recits/{story.number}/ecrire/{passage.block.key}/"
    assert browse("officer").get(path).status_code == 404
    saving.remove(passage.block, by=officer, seen=passage.pk)
    for seen in (passage.pk, 0):
        typed = {"text": SAID, "seen": seen, "consents": [published.consent.pk]}
        assert browse("officer").post(path, typed).status_code == 404
    with pytest.raises(saving.TakenBack):
        saving.write(passage.block, {"text": SAID}, (), by=officer, seen=0)
    other = saving.add(story, "quote", by=officer)
    with pytest.raises(saving.TakenBack):
        saving.write(other.block, {"text": SAID}, (published.consent,), by=officer, seen=other.pk)
    assert SAID not in rows_in_words()
