"""The thread is walked from each of its ends; figures are dated references."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Circle
from labo_web.releases.gate import decide
from labo_web.releases.models import Release
from labo_web.resources.models import Description, Resource, Ruling
from labo_web.roadmaps import thread
from labo_web.roadmaps.models import Action, Change, Link, Priority, Roadmap, Tracked
from labo_web.workshops.models import Contribution, SolutionSheet, StatusChange
from tests.web.conftest import first_qpv
from tests.web.roadmap_forms import HERE, IDEA, idea, shown, start, text_of

__all__ = ["shown"]
Browse = Callable[[str], Client]


@pytest.fixture
def word(public: Release) -> Contribution:
    return Contribution.objects.create(
        territory=public.territory, text="À midi la cour brûle.", state="shown"
    )


@pytest.fixture
def resource(public: Release) -> Resource:
    made = Resource.objects.create(territory=public.territory, kind="place", source="team")
    described = Description.objects.create(
        resource=made, version=1, name="La médiathèque", offer="fraîche"
    )
    Ruling.objects.create(description=described, status="published")
    return made


@pytest.fixture
def sheet(public: Release, word: Contribution, resource: Resource) -> SolutionSheet:
    made = SolutionSheet.objects.create(
        territory=public.territory, zone=first_qpv(public), title="Ombrer la cour",
        problem="La cour brûle.", bearer="L’école", first_step="Compter les arbres",
    )  # fmt: skip
    made.contributions.add(word)
    made.resources.add(resource)
    return made


def tie(client: Client, kind: str, target: object, sentence: str = "Elle en vient.") -> Any:
    sent = {"target": target, "sentence": sentence}
    return client.post(f"{HERE}actions/1/liens/{kind}/", sent)


def test_from_a_solution_sheet(
    browse: Browse, public: Release, sheet: SolutionSheet, word: Contribution, resource: Resource
) -> None:
    officer = browse("officer")
    start(officer)
    assert "Ombrer la cour" in text_of(officer.get(f"{HERE}actions/partir-de/"))
    page = officer.get(f"{HERE}actions/nouvelle/?fiche={sheet.number}")
    assert "La cour brûle." in page.content.decode()
    assert "Compter les arbres" in page.content.decode()
    officer.post(f"{HERE}actions/nouvelle/?fiche={sheet.number}", IDEA)
    made = Action.objects.get()
    assert made.origin == "solution"
    assert set(made.links.values_list("kind", flat=True)) == {
        "solution",
        "contribution",
        "resource",
    }
    # Whoever said it can be told.
    status = StatusChange.objects.get(contribution=word)
    assert (status.status, status.action) == ("action", "A-1")
    chain = text_of(officer.get(f"{HERE}actions/1/fil/"))
    for told in ("À midi la cour brûle.", "La médiathèque", "Ombrer la cour"):
        assert told in chain
    assert SolutionSheet.objects.get() == sheet  # never an action itself


def test_all_the_sheets_of_a_day_become_ideas(
    browse: Browse, public: Release, sheet: SolutionSheet, word: Contribution
) -> None:
    bare = SolutionSheet.objects.create(territory=public.territory, title="Ouvrir la cour")
    officer = browse("officer")
    start(officer)
    path = f"{HERE}actions/partir-de/"
    assert officer.post(path, {}).status_code == 422
    sent = {"fiches": [sheet.number, bare.number, 99]}
    assert officer.post(path, sent).status_code == 302
    one, two = Action.objects.order_by("number")
    assert (one.title, one.finding) == (sheet.title, sheet.problem)
    assert (two.title, two.carrier) == ("Ouvrir la cour", "À préciser avec l’atelier.")
    assert StatusChange.objects.get(contribution=word).action == "A-1"
    # Again, nothing: they are actions already.
    assert officer.post(path, sent).status_code == 422
    assert Action.objects.count() == 2


def test_figures_are_references_and_never_typed(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    idea(officer)
    zone = first_qpv(public)
    refused = tie(officer, "chiffre", f"{zone}|canopy_share", "Il n’y a que 12 % d’arbres.")
    assert refused.status_code == 422
    assert "Un chiffre ne se tape pas (ici : 12 %)" in text_of(refused)
    assert "12 % d’arbres" in refused.content.decode()
    assert tie(officer, "chiffre", f"{zone}|canopy_share", "Il manque d’ombre.").status_code == 302
    link = Link.objects.get()
    assert (link.release, link.zone, link.indicator) == (public, zone, "canopy_share")
    read = text_of(officer.get(f"{HERE}actions/1/"))
    assert "Il manque d’ombre." in read
    assert f"livraison {public.code}" in read
    assert "contre" in read
    assert tie(officer, "chiffre", f"{zone}|inconnu").status_code == 422
    assert tie(officer, "chiffre", "|").status_code == 422
    # Twice is once.
    tie(officer, "chiffre", f"{zone}|canopy_share", "Encore.")
    assert Link.objects.count() == 1


def test_figures_of_a_closed_release_stay_closed(
    browse: Browse, release: Release, people: dict[str, Any]
) -> None:
    officer = browse("officer")
    idea(officer)
    tie(officer, "chiffre", f"{first_qpv(release)}|poverty_share", "Peu de moyens.")
    role = people["contributor"].roles.get()
    role.committee = Circle.COPIL
    role.save()
    seen = text_of(browse("contributor").get(f"{HERE}actions/1/"))
    assert "Peu de moyens." in seen
    assert "qui ne vous est pas ouverte" in seen
    assert "des ménages" not in seen


def test_links_are_removed_and_remembered(
    browse: Browse, public: Release, word: Contribution
) -> None:
    officer = browse("officer")
    idea(officer)
    tie(officer, "parole", word.pk)
    link = Link.objects.get()
    assert officer.post(f"{HERE}actions/1/liens/{link.pk}/retirer/").status_code == 302
    assert officer.post(f"{HERE}actions/1/liens/{link.pk}/retirer/").status_code == 404
    link.refresh_from_db()
    assert link.removed_on == timezone.localdate()
    assert "Aucune parole" in text_of(officer.get(f"{HERE}actions/1/fil/"))
    kept = Change.objects.filter(field="links").order_by("version")
    assert [(c.before, c.after) for c in kept] == [(None, link.sentence), (link.sentence, None)]


def test_what_became_of_words_and_resources(
    browse: Browse, public: Release, word: Contribution, resource: Resource
) -> None:
    officer = browse("officer")
    made = idea(officer)
    page = text_of(officer.get(f"{HERE}fil/"))
    assert "Reçue ; rien n’en est encore décidé." in page
    assert "Aucune action ne s’appuie sur elle." in page
    assert "Actions qui ne reposent encore sur rien" in page
    StatusChange.objects.create(contribution=word, status="refused", reason="Pas de pleine terre.")
    assert "Non retenue" in text_of(officer.get(f"{HERE}fil/"))
    tie(officer, "parole", word.pk)
    tie(officer, "ressource", resource.pk)
    page = officer.get(f"{HERE}fil/").content.decode()
    assert page.count(f"{HERE}actions/{made.number}/fil/") == 2
    assert f'id="parole-{word.pk}"' in page
    assert f'id="ressource-{resource.pk}"' in page
    # And from the action back to there.
    chain = officer.get(f"{HERE}actions/1/fil/").content.decode()
    assert f"{HERE}fil/#parole-{word.pk}" in chain
    assert f"{HERE}fil/#ressource-{resource.pk}" in chain


def test_what_is_taken_back_says_nothing_more(
    browse: Browse, public: Release, word: Contribution, resource: Resource
) -> None:
    officer = browse("officer")
    idea(officer)
    tie(officer, "parole", word.pk)
    tie(officer, "ressource", resource.pk)
    word.text, word.erased_at = "", timezone.now()
    word.save()
    resource.withdrawn_at = timezone.now()
    resource.save()
    resource.descriptions.all().delete()
    chain = text_of(officer.get(f"{HERE}actions/1/fil/"))
    assert chain.count(thread.TAKEN_BACK) == 2
    assert "médiathèque" not in chain
    assert "brûle" not in chain


def test_only_words_that_were_read_over_can_be_tied(browse: Browse, public: Release) -> None:
    hidden = Contribution.objects.create(territory=public.territory, text="?")
    officer = browse("officer")
    idea(officer)
    assert "rien à relier" in text_of(officer.get(f"{HERE}actions/1/liens/parole/"))
    assert tie(officer, "parole", hidden.pk).status_code == 422


def test_priorities_with_and_without_an_action(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    idea(officer)
    target = f"{first_qpv(public)}|poverty_share"
    sent = {"target": target, "sentence": "Les ateliers l’ont dit."}
    assert officer.post(f"{HERE}priorites/", sent).status_code == 302
    again = officer.post(f"{HERE}priorites/", sent)
    assert again.status_code == 422
    assert "déjà déclarée" in text_of(again)
    typed = officer.post(f"{HERE}priorites/", sent | {"sentence": "Un habitant sur trois."})
    assert "Un chiffre ne se tape pas" in text_of(typed)
    assert "Aucune action n’y répond : elle manque." in text_of(officer.get(f"{HERE}fil/"))
    assert "Vulnérabilité sans action" in text_of(officer.get(f"{HERE}verifications/"))
    found = Priority.objects.get()
    tie(officer, "vulnerabilite", found.pk)
    assert "elle manque" not in text_of(officer.get(f"{HERE}fil/"))
    Action.objects.update(level="abandoned")
    assert "Ce qui y répondait est abandonné : elle manque." in text_of(officer.get(f"{HERE}fil/"))
    Action.objects.update(level="idea")
    officer.post(f"{HERE}priorites/{found.pk}/retirer/")
    found.refresh_from_db()
    assert found.withdrawn_on == timezone.localdate()
    assert officer.post(f"{HERE}priorites/", sent).status_code == 302  # again, another day


def test_every_demo_action_is_walked_both_ways(
    browse: Browse, shown: Roadmap, rf: Any, people: dict[str, Any]
) -> None:
    request = rf.get("/")
    request.user = people["officer"]
    for action in shown.actions.all():
        stages = {s.key: s.stops for s in thread.chain(request, action)}
        assert stages["observation"], action
        assert "livraison" in stages["observation"][0].beside
        assert stages["indicateur"], action
        assert stages["engagement"], action
        for stops in stages.values():
            for stop in stops:
                assert stop.on is None or isinstance(stop.on, dt.date)
                if stop.href:
                    assert browse("officer").get(stop.href).status_code == 200, stop


def test_words_of_another_territory_are_not_there(browse: Browse, public: Release) -> None:
    other = Release.objects.exclude(pk=public.pk)[0].territory
    far = Contribution.objects.create(territory=other, text="ailleurs", state="shown")
    officer = browse("officer")
    idea(officer)
    assert tie(officer, "parole", far.pk).status_code == 422
    assert "ailleurs" not in text_of(officer.get(f"{HERE}fil/"))


def test_pages_of_a_roadmap_keep_the_links_of_their_territory(
    browse: Browse, public: Release
) -> None:
    officer = browse("officer")
    made = idea(officer)
    Action.objects.update(published_on=timezone.localdate())
    zone = first_qpv(public)
    tracked = Tracked.objects.create(action=made, kind="result", label="Arbres", zone=zone)
    names = ("ressources/", "indices/", "methode/", "donnees/", "feuille-de-route/")
    links = {f'href="/territoires/999000001/{name}"' for name in names}
    for who, path in (("officer", f"{HERE}actions/"), ("visitor", HERE)):
        page = browse(who).get(path).content.decode()
        assert {link for link in links if link in page} == links, path
    # What a page calls its own place stays its own.
    name = public.zones.get(code=zone).name
    assert f", {name}. À relever" in text_of(officer.get(f"{HERE}suivi/{tracked.pk}/"))
    # A roadmap may be open where no release is: nothing then leads to a page that answers 404.
    decide(public, Circle.TEAM, timezone.localdate(), person=None)
    closed = browse("visitor").get(HERE).content.decode()
    assert "/territoires/999000001/indices/" not in closed
    assert "Données fictives" in closed
