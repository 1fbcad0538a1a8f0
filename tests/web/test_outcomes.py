"""What becomes of what was said: one answer, due dates that everyone sees, and a private link."""

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.workshops import media
from labo_web.workshops.answers import outcomes
from labo_web.workshops.answers.heard import Glance, at_a_glance, heard_of
from labo_web.workshops.models import (
    Contribution,
    Event,
    Medium,
    RefusalReview,
    StatusChange,
    Subject,
)
from labo_web.workshops.purge import purge
from tests.web import room
from tests.web.conftest import first_qpv

HOME = "/territoires/999000001/"


@pytest.fixture
def event(public: Release) -> Event:
    return room.an_event(public.territory, zone=first_qpv(public))


@pytest.fixture
def service(db: None) -> Organisation:
    return Organisation.objects.create(name="Espaces verts (fictif)", kind="authority")


def say(event: Event, text: str = "La médiathèque ferme en août", **fields: Any) -> Contribution:
    given = {"state": "shown"} | fields
    return Contribution.objects.create(
        territory=event.territory, event=event, zone=event.zone, text=text, **given
    )


def open_subject(event: Event, service: Organisation, days: int = 10) -> Subject:
    return Subject.objects.create(
        territory=event.territory, zone=event.zone, title="La médiathèque en août",
        service=service, due_on=timezone.localdate() + dt.timedelta(days=days),
    )  # fmt: skip


def page_of(event: Event, kind: str = "/") -> str:
    url = f"{HOME}quartiers/{event.zone}/ce-qu-on-entend{kind}"
    return Client().get(url).content.decode()


def test_similar_words_get_one_answer_and_stay_as_they_are(
    event: Event, service: Organisation, browse: Callable[[str], Client]
) -> None:
    one, two = say(event), say(event, "En août la médiathèque est fermée !", state="received")
    other = say(event, "Il manque un banc à l’ombre")
    officer = browse("officer")
    page = officer.get(f"{HOME}paroles/?comme={one.pk}").content.decode()
    assert page.index(f"c{two.pk}") < page.index(f"c{other.pk}")
    typed = {"contributions": [one.pk, two.pk], "title": "La médiathèque en août",
             "zone": event.zone, "service": service.pk, "due_on": "2999-09-01"}  # fmt: skip
    for missing, why in (("title", "Dites le sujet"), ("service", "quel organisme"),
                         ("due_on", "pour quel jour")):  # fmt: skip
        refused = officer.post(f"{HOME}paroles/", {**typed, missing: ""})
        assert refused.status_code == 422
        assert why in refused.content.decode()
        assert not Subject.objects.exists()
    assert officer.post(f"{HOME}paroles/", typed).status_code == 302
    subject = Subject.objects.get()
    html = page_of(event)
    assert "Espaces verts (fictif) répond au plus tard le 1er septembre 2999" in html
    assert one.text in html
    assert two.text not in html  # it was not read over yet
    assert "et 1 qui n’est pas publiée" in html
    url = f"/sujets/{subject.pk}/"
    refused = officer.post(url, {"action": "answer", "text": "Elle ouvrira."})
    assert refused.status_code == 422  # nobody signs without a function and a body
    person = refused.context["user"]
    person.function, person.organisation = "cheffe de projet", service
    person.save()
    assert officer.post(url, {"action": "answer", "text": "Elle ouvrira."}).status_code == 302
    assert "Elle ouvrira." in page_of(event)
    for row in (one, two):
        row.refresh_from_db()
        assert row.statuses.get().status == StatusChange.Status.DISCUSSED
    assert (one.text, two.text) == ("La médiathèque ferme en août",
                                    "En août la médiathèque est fermée !")  # fmt: skip
    # A second answer stands above the first, which stays.
    officer.post(url, {"action": "answer", "text": "Elle ouvrira le matin."})
    assert [a.text for a in subject.answers.all()] == ["Elle ouvrira le matin.", "Elle ouvrira."]


def test_the_service_answers_and_does_nothing_else(
    event: Event, service: Organisation, people: dict[str, Any], browse: Callable[[str], Client]
) -> None:
    subject = open_subject(event, service)
    said = say(event)
    outcomes.group(subject, [said], None)
    url = f"/sujets/{subject.pk}/"
    assert browse("reader").get(url).status_code == 404
    people["reader"].organisation, people["reader"].function = service, "technicien"
    people["reader"].save()
    reader = browse("reader")
    assert reader.get(url).status_code == 200
    status = {"action": "status", "etat-status": "kept"}
    assert reader.post(url, status).status_code == 422
    assert reader.post(url, {"action": "leave", "contribution": said.pk}).status_code == 422
    assert not said.statuses.exists()
    assert reader.post(url, {"action": "answer", "text": "Oui."}).status_code == 302
    assert browse("officer_elsewhere").get(url).status_code == 404


def test_a_refusal_says_why_and_an_action_has_a_number(
    event: Event, service: Organisation, browse: Callable[[str], Client]
) -> None:
    subject, said = open_subject(event, service), say(event)
    outcomes.group(subject, [said], None)
    officer, url = browse("officer"), f"/sujets/{subject.pk}/"
    for status, why in (("refused", "Un refus dit pourquoi"), ("action", "le numéro de l’action")):
        answer = officer.post(url, {"action": "status", "etat-status": status})
        assert answer.status_code == 422
        assert why in answer.content.decode()
    reason = "il n’y a pas d’agent en août"
    refusal = {"action": "status", "etat-status": "refused", "etat-reason": reason}
    assert officer.post(url, refusal).status_code == 302
    assert reason in page_of(event)
    turned = {"action": "status", "etat-status": "action", "etat-action": "A-12"}
    assert officer.post(url, turned).status_code == 302
    assert "Devenue l’action A-12" in page_of(event)
    # Its author sees the whole way, the refusal included.
    mine = Client().get(f"/suivre/{said.token}/").content.decode()
    assert mine.index(reason) < mine.index("Devenue l’action A-12")


def test_lateness_is_public(event: Event, service: Organisation) -> None:
    late, soon = open_subject(event, service, days=-9), open_subject(event, service)
    html = page_of(event)
    assert "1 en retard" in html
    assert "il y a 9 jours" in html
    assert (late.late_days, soon.late_days) == (9, 0)
    assert heard_of(event.territory).late == 1
    neighbourhood = Client().get(f"{HOME}quartiers/{event.zone}/").content.decode()
    assert "Ce qu’on entend" in neighbourhood
    assert "1 en retard" in neighbourhood


def test_nothing_leaks(event: Event, service: Organisation) -> None:
    """Neither a name, nor a key, nor a place, nor what was not let through."""
    hidden = {"voter": "cle-du-telephone", "dictated_to": "Camille Exemple",
              "table": "table-secrete",
              "easting": 432_150, "northing": 6_712_350}  # fmt: skip
    shown = say(event, "Une parole montrée", **hidden)
    say(event, "Le voisin du 3 est malade", state="withheld", reason="personal", **hidden)
    waits = say(event, "Pas encore lue", state="received", **hidden)
    outcomes.group(open_subject(event, service), [shown, waits], None)
    own = f"{HOME}quartiers/{event.zone}/"
    for url in (f"{own}ce-qu-on-entend/", f"{own}ce-qu-on-entend.csv", own,
                f"{HOME}ce-qu-on-entend/", f"{HOME}ce-qu-on-entend.csv"):  # fmt: skip
        text = Client().get(url).content.decode()
        for secret in (*map(str, hidden.values()), "Le voisin du 3", "Pas encore lue",
                       shown.token, shown.token_hash):  # fmt: skip
            assert secret not in text, (url, secret)
    assert "Une parole montrée" in page_of(event)
    assert "1, elle contient des données personnelles" in page_of(event)


def test_raw_words_stay_in_their_territory(event: Event, browse: Callable[[str], Client]) -> None:
    say(event, "Une parole d’ici")
    there = browse("officer_elsewhere")
    assert there.get(f"{HOME}paroles/").status_code == 404
    page = there.get("/territoires/999000002/paroles/")
    assert page.status_code == 200
    assert "Une parole d’ici" not in page.content.decode()


def test_taken_back_it_is_nowhere(
    event: Event, service: Organisation, browse: Callable[[str], Client]
) -> None:
    said = say(event, "Une parole à effacer", dictated_to="Camille Exemple")
    subject = open_subject(event, service)
    outcomes.group(subject, [said], None)
    officer = browse("officer")
    own = f"{HOME}quartiers/{event.zone}/"
    urls = [f"{own}ce-qu-on-entend/", f"{own}ce-qu-on-entend.csv", own, f"{HOME}paroles/",
            f"/sujets/{subject.pk}/", f"/rencontres/{event.pk}/journee/",
            f"/suivre/{said.token}/"]  # fmt: skip
    assert sum("Une parole à effacer" in officer.get(u).content.decode() for u in urls) == 5
    author = Client()
    assert author.post(f"/suivre/{said.token}/", {"action": "withdraw"}).status_code == 302
    for url in urls:
        assert "Une parole à effacer" not in officer.get(url).content.decode(), url
    said.refresh_from_db()
    assert (said.text, said.dictated_to) == ("", "")
    mine = author.get(f"/suivre/{said.token}/").content.decode()
    assert "Elle a été effacée" in mine
    assert said.number_shown in mine
    assert author.post(f"/suivre/{said.token}/", {"action": "withdraw"}).status_code == 422


def test_the_link_is_a_secret(event: Event) -> None:
    said = say(event)
    answer = Client().get(f"/suivre/{said.token}/")
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer["Cache-Control"]
    for wrong in ("x", said.token_hash, said.token[:-1], str(said.client_id)):
        assert Client().get(f"/suivre/{wrong}/").status_code == 404


def test_a_refusal_is_looked_at_by_somebody_else(
    event: Event, browse: Callable[[str], Client]
) -> None:
    said = say(event, "La mairie ne fait rien", state="withheld", reason="insult")
    author, url = Client(), f"/suivre/{said.token}/"
    assert "injures" in author.get(url).content.decode()
    ask = {"action": "review", "words": "Ce n’est pas une injure."}
    assert author.post(url, ask).status_code == 302
    author.post(url, ask)
    review = RefusalReview.objects.get()  # once, however often it is asked
    assert browse("officer").get("/refus/").status_code == 404
    centre = browse("facilitator")
    assert said.number_shown in centre.get("/refus/").content.decode()
    settle = f"/refus/{review.pk}/"
    assert "Ce n’est pas une injure." in centre.get(settle).content.decode()
    assert centre.post(settle, {"outcome": "shown"}).status_code == 422
    decided = {"outcome": "shown", "because": "une critique n’est pas une injure"}
    assert centre.post(settle, decided).status_code == 302
    assert centre.get(settle).status_code == 404
    said.refresh_from_db()
    assert (said.state, said.reason) == ("shown", "")
    assert "La mairie ne fait rien" in page_of(event)
    assert "une critique n’est pas une injure" in author.get(url).content.decode()


def test_an_upheld_refusal_stays_hidden_and_can_be_asked_again(event: Event) -> None:
    said = say(event, "Un nom propre", state="withheld", reason="personal")
    review = outcomes.ask_review(said, "")
    assert review is not None
    outcomes.settle(review, "upheld", "un nom y est", by=None)  # type: ignore[arg-type]
    said.refresh_from_db()
    assert said.state == "withheld"
    assert outcomes.ask_review(said, "Encore") != review
    assert outcomes.ask_review(say(event), "Rien n’est refusé") is None


def test_a_spreadsheet_takes_nothing_for_a_formula(event: Event) -> None:
    say(event, '=HYPERLINK("http://exemple")')
    assert "'=HYPERLINK" in page_of(event, ".csv")


def test_pages_do_not_slow_with_what_is_said(
    event: Event, service: Organisation, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        outcomes.group(open_subject(event, service), [say(event), say(event)], None)
        say(event)
    with django_assert_max_num_queries(12):
        found = heard_of(event.territory, event.zone)
    assert (len(found.topics), len(found.alone)) == (12, 12)


def test_counts_come_with_the_last_words(
    event: Event, service: Organisation, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert at_a_glance(event.territory, event.zone) == Glance((), 0, 0, 0, 0)
    said = say(event, "Il fait chaud")
    outcomes.group(open_subject(event, service), [said], None)
    say(event, "Pas encore lu", state="received")
    with django_assert_num_queries(1):
        found = at_a_glance(event.territory, event.zone)
    assert [w.text for w in found.words] == ["Il fait chaud"]
    assert (found.received, found.shown, found.answered, found.late) == (2, 1, 0, 0)


def test_anybody_says_something_and_follows_it(
    public: Release, browse: Callable[[str], Client]
) -> None:
    url = f"{HOME}quartiers/{first_qpv(public)}/dire/"
    visitor = Client()
    page_id = str(visitor.get(url).context["form"]["page_id"].value())
    typed = {"page_id": page_id, "text": "  Il manque un banc\u202e. ", "dictated_to": "médiatrice"}
    for wrong in ({"text": " "}, {"text": "x" * 4_001}, {"website": "x"}, {"page_id": "1"}):
        refused = visitor.post(url, typed | wrong)
        assert refused.status_code == 422
    assert not Contribution.objects.exists()
    first, again = visitor.post(url, typed), visitor.post(url, typed)
    said = Contribution.objects.get()  # sent twice, kept once
    assert (said.text, said.kind, said.state) == ("Il manque un banc.", "dictated", "received")
    assert first.context["link"] == again.context["link"]
    assert said.number_shown in visitor.get(first.context["link"]).content.decode()
    assert "Il manque un banc" not in page_of_zone(public)
    officer = browse("officer")
    assert "Il manque un banc" in officer.get(f"{HOME}paroles/").content.decode()
    moderated = officer.post(f"/paroles/{said.pk}/", {"state": "shown"})
    assert moderated.status_code == 302
    assert "Il manque un banc" in page_of_zone(public)
    assert "médiatrice" not in page_of_zone(public)


def page_of_zone(release: Release) -> str:
    url = f"{HOME}quartiers/{first_qpv(release)}/ce-qu-on-entend/"
    return Client().get(url).content.decode()


def test_messages_are_bounded(public: Release, monkeypatch: Any) -> None:
    monkeypatch.setattr("labo_web.resources.rate.MOST_FROM_ONE", 1)
    url = f"{HOME}quartiers/{first_qpv(public)}/dire/"
    typed = {"page_id": "6f0c3c1e-4d2b-4a63-9d0a-5b1d4e7a0c12", "text": "Un"}
    assert Client().post(url, typed).status_code == 200
    refused = Client().post(url, typed | {"text": "Deux"})
    assert refused.status_code == 429
    assert "réessayez plus tard" in refused.content.decode()
    assert "Deux" in refused.content.decode()


def test_a_photo_of_a_place_waits_for_a_look(
    public: Release, browse: Callable[[str], Client], settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    zone = first_qpv(public)
    url, page = f"{HOME}quartiers/{zone}/dire/", str(uuid.uuid4())

    def send(photo: bytes) -> Any:
        file = SimpleUploadedFile("chez-moi.jpg", photo)
        return Client().post(url, {"page_id": page, "text": "Le banc est cassé.", "photo": file})

    refused = send(b"<svg onload=alert(1)>")
    assert refused.status_code == 422
    assert "n’est pas une photo" in refused.content.decode()
    assert "Le banc est cassé." in refused.content.decode()
    assert not Contribution.objects.exists()
    assert media.orphans() == []
    assert send(room.picture()).status_code == 200
    assert send(room.picture()).status_code == 200  # the same page twice is kept once
    said, medium = Contribution.objects.get(), Medium.objects.get()
    assert medium.contribution == said
    assert "exif" not in medium.path.read_bytes()[:200].decode("latin-1").lower()
    view = f"/paroles/fichiers/{medium.pk}/"
    assert Client().get(view).status_code == 404
    officer = browse("officer")
    assert officer.get(view).status_code == 200
    heard = f"{HOME}quartiers/{zone}/ce-qu-on-entend/"
    officer.post(f"/paroles/{said.pk}/", {"state": "shown"})
    assert "Le banc est cassé." in Client().get(heard).content.decode()
    assert view not in Client().get(heard).content.decode()
    officer.post(f"/paroles/{said.pk}/", {"state": "shown", "no_face": "on"})
    assert view in Client().get(heard).content.decode()
    assert Client().get(view).status_code == 200
    # Published, it is kept as its words are; never shown, it goes at the term of files.
    later = timezone.now() + dt.timedelta(days=settings.KEEP_FILES_DAYS + 1)
    assert purge(later)["media"] == 0
    Medium.objects.update(published_at=None)
    assert purge(later)["media"] == 1
    assert list(tmp_path.iterdir()) == []
