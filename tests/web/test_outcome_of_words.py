"""From one's own words to the action that came of them, and back, without an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Circle, Organisation
from labo_web.releases.gate import decide
from labo_web.releases.models import Release
from labo_web.roadmaps import linking, onward
from labo_web.roadmaps.models import Action, Decision, Link
from labo_web.workshops.answers import outcomes
from labo_web.workshops.answers.onward import became
from labo_web.workshops.models import Contribution, Grouping, Subject
from tests.web.conftest import first_qpv
from tests.web.roadmap_forms import HERE, idea, text_of

Browse = Callable[[str], Client]
SAID = "À midi la cour brûle."
FIL = f"{HERE}actions/1/fil/"


@pytest.fixture
def word(public: Release) -> Contribution:
    return Contribution.objects.create(territory=public.territory, text=SAID, state="shown")


@pytest.fixture
def action(browse: Browse, public: Release, word: Contribution, people: dict[str, Any]) -> Action:
    """An idea that comes of a word, decided, and published."""
    made = idea(browse("officer"))
    linking.add(made, "contribution", word, "La cour est au soleil.", by=people["officer"])
    Decision.objects.create(
        action=made, subject="level", body="copil", decided_on="2026-03-02", before="idea",
        after="engaged", reason="Trois ateliers l’ont demandé.",
    )  # fmt: skip
    Action.objects.filter(pk=made.pk).update(level="engaged", published_on="2026-03-02")
    made.refresh_from_db()
    return made


def follow(word: Contribution) -> str:
    return text_of(Client().get(f"/suivre/{word.token}/"))


def test_one_reads_the_action_that_came_of_ones_words(
    word: Contribution, action: Action, browse: Browse
) -> None:
    page = Client().get(f"/suivre/{word.token}/").content.decode()
    assert f'href="{HERE}#action-1"' in page
    assert f'href="{FIL}"' in page
    read = follow(word)
    for told in (action.title, "2 mars 2026", "comité de pilotage", "Trois ateliers l’ont demandé"):
        assert told in read, told
    public = browse("visitor").get(HERE).content.decode()
    assert 'id="action-1"' in public
    # And from the action back to the words, where they are published.
    anchor = f"/territoires/999000001/ce-qu-on-entend/#parole-{word.number}"
    assert f'href="{anchor}"' in public
    heard = browse("visitor").get("/territoires/999000001/ce-qu-on-entend/").content.decode()
    assert f'id="parole-{word.number}"' in heard
    assert f'href="{HERE}#action-1"' in heard
    assert f'href="{FIL}"' in heard


def test_the_public_thread_has_numbers_and_no_words(
    word: Contribution, action: Action, browse: Browse, people: dict[str, Any], public: Release
) -> None:
    hidden = Contribution.objects.create(territory=public.territory, text="Pas encore relue.")
    linking.add(action, "contribution", hidden, "Une autre.", by=people["officer"])
    figure = (public, first_qpv(public), "canopy_share")
    linking.add(action, "figure", figure, "Il manque d’ombre.", by=people["officer"])
    people["officer"].name = "Ondine Martin"
    people["officer"].save()
    named = (public, first_qpv(public), "poverty_share")
    linking.add(action, "figure", named, "Ondine Martin le sait.", by=people["officer"])
    read = text_of(browse("visitor").get(FIL))
    assert f"Parole n° {word.number_shown}" in read
    assert "1 parole qui n’est pas publiée" in read
    assert "Il manque d’ombre." in read
    assert "contre" in read  # the figure, with the agglomeration beside it
    for kept in (SAID, "Pas encore relue", "Ondine", hidden.number_shown):
        assert kept not in read, kept
    # The team walks the same chain with the words.
    assert SAID in text_of(browse("officer").get(FIL))
    # What was taken back leaves nothing, not even its number.
    word.erase()
    assert word.number_shown not in text_of(browse("visitor").get(FIL))
    Action.objects.update(published_on=None)
    assert browse("visitor").get(FIL).status_code == 404


def test_figures_of_a_closed_release_are_not_in_the_public_thread(
    word: Contribution, action: Action, browse: Browse, people: dict[str, Any], public: Release
) -> None:
    figure = (public, first_qpv(public), "poverty_share")
    linking.add(action, "figure", figure, "Peu de moyens.", by=people["officer"])
    assert "Part des ménages pauvres" in text_of(browse("visitor").get(FIL))
    decide(public, Circle.TEAM, timezone.localdate(), person=None)
    read = text_of(browse("visitor").get(FIL))
    assert "qui ne vous est pas ouverte" in read
    assert "Part des ménages pauvres" not in read
    assert "poverty_share" not in read
    # The page that lists words is closed too: its number is said, without an address.
    assert "ce-qu-on-entend" not in browse("visitor").get(FIL).content.decode()
    assert word.number_shown in read


def test_a_refusal_is_told_with_its_reason_even_before_it_is_published(
    word: Contribution, action: Action, browse: Browse
) -> None:
    Action.objects.update(level="abandoned", published_on=None)
    Decision.objects.create(
        action=action, subject="level", body="cotech", decided_on="2026-04-01", before="engaged",
        after="abandoned", reason="Le sous-sol est un parking.",
    )  # fmt: skip
    read = follow(word)
    assert "Le sous-sol est un parking." in read
    assert "1er avril 2026" in read
    assert action.title not in read
    assert "Trois ateliers" not in read
    assert HERE not in Client().get(f"/suivre/{word.token}/").content.decode()
    Action.objects.update(published_on="2026-04-02")
    read = text_of(browse("visitor").get(FIL))
    assert "Le sous-sol est un parking." in read
    assert "La cour est au soleil." not in read  # of a refused idea: the idea, and the reason
    assert f"#parole-{word.number}" in browse("visitor").get(HERE).content.decode()


def test_another_word_of_the_same_subject_is_told_too(
    word: Contribution, action: Action, public: Release, django_assert_max_num_queries: Any
) -> None:
    service = Organisation.objects.create(name="Service des parcs", kind="authority")
    subject = Subject.objects.create(
        territory=public.territory, title="La cour", service=service, due_on="2026-09-01"
    )
    other = Contribution.objects.create(territory=public.territory, text="Trop chaud à midi.")
    alone = Contribution.objects.create(territory=public.territory, text="Le bus est en retard.")
    for row in (word, other):
        Grouping.objects.create(subject=subject, contribution=row)
    with django_assert_max_num_queries(8):
        told = became([word.pk, other.pk, alone.pk])
    assert [b.shared for b in told[word.pk]] == [False]
    assert [b.shared for b in told[other.pk]] == [True]
    assert alone.pk not in told
    assert "Elle vient d’une autre parole du même sujet." in follow(other)
    assert "Les actions qui en viennent" not in follow(alone)
    Link.objects.update(removed_on=timezone.localdate())
    assert "Les actions qui en viennent" not in follow(word)


def test_the_team_may_say_so_without_tying(
    action: Action, public: Release, browse: Browse, people: dict[str, Any]
) -> None:
    said = Contribution.objects.create(territory=public.territory, text="Un banc.", state="shown")
    far = Contribution.objects.create(
        territory=Release.objects.exclude(pk=public.pk)[0].territory, text="Ailleurs."
    )
    for row, text in ((said, "a-1"), (far, "A-1")):
        outcomes.change([row], "action", action=text)
    assert action.title in follow(said)
    assert action.title not in follow(far)  # numbers are of a territory
    outcomes.change([said], "action", action="la suite du square")  # free words lead nowhere
    assert follow(said).count(action.title) == 1


def test_untied_its_author_is_told(
    word: Contribution, action: Action, people: dict[str, Any]
) -> None:
    linking.remove(Link.objects.get(), by=people["officer"])
    read = follow(word)
    assert "l’équipe ne la relie plus à l’action A-1" in read
    assert "Les actions qui en viennent" not in read


def test_what_follows_is_told_by_applications_above(
    action: Action, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onward, "_tellers", [])
    assert "Ce qu’on en raconte" not in text_of(browse("visitor").get(FIL))
    told = {action.pk: (onward.Follows("Un récit", "On y revient.", None, "/recits/1/"),)}
    onward.register(lambda request, actions: told)
    for who in ("visitor", "officer"):
        page = browse(who).get(FIL).content.decode()
        assert 'href="/recits/1/"' in page, who
        assert "On y revient." in page, who
    told.clear()
    assert "Aucun récit n’en parle." in text_of(browse("visitor").get(FIL))
