"""The wall: what fits on one screen, which screen, and who holds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from labo_web.releases.models import Release
from labo_web.workshops import screens
from labo_web.workshops.models import Ballot, Choice, Contribution, Event, Question
from tests.web import room

Browse = Callable[[str], Client]


def say(event: Event, text: str) -> Contribution:
    return Contribution.objects.create(
        territory=event.territory, event=event, text=text, state="shown"
    )


def row(text: str) -> Any:
    made = Contribution(text=text)
    made.photos = []
    return made


@given(st.lists(st.text(min_size=1, max_size=1_200), max_size=30))
def test_every_word_is_on_one_screen_and_no_screen_is_too_full(texts: list[str]) -> None:
    rows = [row(text) for text in texts]
    pages = screens.pages(rows)
    assert [s.row for page in pages for s in page] == rows
    for page in pages:
        assert 0 < sum(s.cells for s in page) <= screens.CELLS
        for s in page:
            assert len(s.text) <= screens.LONG
            assert s.cut or s.text.split() == s.row.text.split()


def test_screens_pass_by_the_clock_and_one_can_be_asked(public: Release) -> None:
    event = room.an_event(public.territory)
    assert screens.at(screens.held(event), timezone.now()) == (None, 0)
    for n in range(6):
        say(event, f"Parole {n} " + "x" * 40)
    found = screens.held(event)
    assert [len(s.said) for s in found] == [4, 2]
    now = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    passed = [
        screens.at(found, now + dt.timedelta(seconds=n * screens.SECONDS))[1] for n in range(4)
    ]
    assert sorted(passed[:2]) == [1, 2]
    assert passed[:2] == passed[2:]
    assert screens.at(found, now, "2")[1] == 2
    for wrong in ("0", "3", "x", "99999999999"):
        assert screens.at(found, now, wrong)[1] in (1, 2)


def test_whoever_facilitates_holds_a_screen(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    event = room.an_event(public.territory)
    question = Question.objects.create(
        event=event, kind="dots", text="Par quoi commencer ?", position=9
    )
    choices = [
        Choice.objects.create(question=question, text=f"Choix {n}", position=n) for n in range(11)
    ]
    Ballot.objects.create(question=question, voter="v", content={str(choices[3].pk): 3})
    one, two = say(event, "La cour brûle."), say(event, "Un banc, vite.")
    officer, path = browse("officer"), f"/rencontres/{event.pk}/animer/"
    wall = f"/a/{event.code}/mur/maintenant/"

    def seen() -> str:
        return Client().get(wall).content.decode()

    assert officer.post(path, {"wall": f"vote-{question.pk}"}).status_code == 302
    assert "Par quoi commencer" in seen()
    assert "La cour brûle" not in seen()
    assert "et 3 autres choix" in seen()  # eight fit, the most dots first
    assert seen().index("Choix 3") < seen().index("Choix 0")
    officer.post(path, {"wall": "paroles"})
    assert "Par quoi commencer" not in seen()
    assert "La cour brûle" in seen()
    assert "Un banc, vite" in seen()
    officer.post(path, {"wall": f"parole-{one.pk}"})
    assert "La cour brûle" in seen()
    assert "Un banc, vite" not in seen()
    assert "selected>Une parole, en grand" in officer.get(path).content.decode()
    # What is set aside leaves the wall, which goes on with the others.
    Contribution.objects.filter(pk=one.pk).update(state="withheld", reason="personal")
    assert "La cour brûle" not in seen()
    assert "Un banc, vite" in seen() or "Par quoi commencer" in seen()
    for wrong in ("parole-999999", f"parole-{one.pk}", "vote-0", "<script>"):
        answer = officer.post(path, {"wall": wrong}, follow=True)
        assert "Cet écran n’existe plus" in answer.content.decode(), wrong
        event.refresh_from_db()
        assert event.wall == f"parole-{one.pk}"
    officer.post(path, {"wall": ""})
    event.refresh_from_db()
    assert event.wall == ""
    assert two.text in Client().get(f"{wall}?ecran=2").content.decode()
    # A stranger holds nothing.
    assert browse("officer_elsewhere").post(path, {"wall": "paroles"}).status_code == 404
