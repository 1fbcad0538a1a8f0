"""A meeting that was held already, written down on one page; and what is offered next."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labo_web.programme.fresques import Held, held_in
from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution, Cumulation, Event, Headcount, Hours
from labo_web.workshops.presence import present_at
from labo_web.workshops.steps import next_of
from tests.web import room
from tests.web.conftest import first_qpv
from tests.web.roadmap_forms import text_of

URL = "/territoires/999000001/rencontres/consigner/"


def typed(**changed: Any) -> dict[str, Any]:
    day = timezone.localdate() - dt.timedelta(days=2)
    return {
        "kind": "fresque", "title": "Fresque au centre social", "day": f"{day:%Y-%m-%d}",
        "begins": "09:00", "ends": "12:15", "place": "Centre social", "present": 14,
        "registered": 10, "tables": 2, "leaders": 1, "audience": "residents",
        "licence": "volunteer", "level": "inform", "announced": "on",
        "questions": "Et nos chambres, la nuit ?\n\n  Et   nos\u202e caves ?",
        "intentions": "Fermer les volets à midi",
    } | changed  # fmt: skip


def test_one_page_makes_all_of_a_session(public: Release, browse: Callable[[str], Client]) -> None:
    officer, zone = browse("officer"), first_qpv(public)
    answer = officer.post(URL, typed(zone=zone))
    made = Event.objects.get()
    assert answer["Location"] == f"/rencontres/{made.pk}/fiche-de-seance/"
    assert (made.state, made.level, made.zone) == ("announced", "inform", zone)
    assert timezone.localtime(made.starts_at).strftime("%H:%M") == "09:00"
    sheet = made.fresque
    assert (sheet.present, sheet.registered, sheet.minutes) == (14, 10, 195)
    assert list(made.headcounts.values_list("trait", "people")) == [("present", 14)]
    assert held_in([public.territory]) == {public.territory.pk: Held(0, 1, 0)}
    # What came waits to be read over, is of the neighbourhood, and is nobody's.
    rows = Contribution.objects.all()
    assert [(r.question and r.question.position, r.text) for r in rows] == [
        (1, "Et nos chambres, la nuit ?"), (1, "Et nos caves ?"), (2, "Fermer les volets à midi"),
    ]  # fmt: skip
    assert {(r.state, r.zone, r.table, r.voter, r.on_paper) for r in rows} == {
        ("received", zone, "", "", True)
    }
    page = text_of(officer.get(answer["Location"])).replace("\xa0", " ")
    assert "relire ce qui est venu (3)" in page
    assert "14 présentes pour 10 inscrites : 4 sont venues sans s’inscrire." in page
    visitor = text_of(Client().get(f"/rencontres/{made.pk}/"))
    assert "Fresque au centre social" in visitor
    assert "chambres" not in visitor
    assert "Garde d’enfants" not in visitor, "nobody said that there was none"
    assert "14" not in visitor.split("Organisée par")[0].split("Lieu")[1]


def test_the_same_meeting_is_not_written_twice(
    public: Release, browse: Callable[[str], Client]
) -> None:
    officer = browse("officer")
    officer.post(URL, typed())
    again = officer.post(URL, typed(intentions="Marcher"))
    assert again.status_code == 422
    assert "Cette rencontre est déjà là" in text_of(again).replace("\xa0", " ")
    assert f'href="/rencontres/{Event.objects.get().pk}/"' in again.content.decode()
    assert "Marcher" in again.content.decode()
    assert officer.post(URL, typed(title="Une autre, à côté")).status_code == 302


def test_a_few_people_stay_hidden(public: Release, browse: Callable[[str], Client]) -> None:
    officer = browse("officer")
    officer.post(URL, typed(present=9))
    assert not Cumulation.objects.exists()
    officer.post(URL, typed(title="Deuxième", present=30))
    assert Cumulation.objects.get().shown["present"] == [{"answers": ["present"], "people": 39}]
    officer.post(URL, typed(title="Troisième", present=3))
    assert Cumulation.objects.count() == 1, "a subtraction would tell of three people"


TOMORROW = dt.date.today() + dt.timedelta(days=1)  # noqa: DTZ011 (what one types)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": f"{TOMORROW:%Y-%m-%d}"}, "n’est pas encore passé"),
        ({"day": "0026-06-03"}, "Vérifiez l’année : 2015 ou après."),
        ({"ends": "09:00"}, "La fin vient avant le début."),
        ({"present": "0"}, "supérieure ou égale à 1"),
        ({"tables": ""}, "À remplir pour ce format : sa fiche de séance le demande."),
        ({"licence": "own"}, "ne va pas avec ce format (Fresque du climat). Choisissez : « anim"),
        ({"kind": "interview"}, "interview"),
        ({"kind": "gathering"}, "gathering"),
        ({"kind": "walk", "level": "concert"}, "Dites ce qui pouvait changer"),
        ({"kind": "walk", "level": ""}, "Dites ce qui pouvait changer"),
        ({"questions": "Pourquoi ?\n" * 61}, "61 lignes : 60 au plus."),
        ({"questions": "Oui ?\n" + "a" * 4_001}, "La ligne 2 a 4001 signes : 4000 au plus."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    public: Release, browse: Callable[[str], Client], changed: dict[str, Any], said: str
) -> None:
    answer = browse("officer").post(URL, typed(**changed))
    assert answer.status_code == 422
    page = text_of(answer).replace("\xa0", " ")
    assert said in page
    assert "Fermer les volets à midi" in page
    assert not Event.objects.exists()
    assert not Headcount.objects.exists()


def test_what_nobody_asked_for_is_folded(public: Release, browse: Callable[[str], Client]) -> None:
    officer = browse("officer")
    page = officer.get(URL).content.decode()
    shown, folded = page.split("<details>", 1)
    for name in ("kind", "place", "zone", "audience", "present", "tables", "leaders", "licence",
                 "questions", "intentions"):  # fmt: skip
        assert f'name="{name}"' in shown, name
    for name in ("holder", "languages", "accessibility", "registered", "level", "negotiable"):
        assert f'name="{name}"' not in shown, name
        assert f'name="{name}"' in folded, name
    # What is typed or wrong is not folded away.
    wrong = officer.post(URL, typed(registered="beaucoup"))
    assert wrong.status_code == 422
    assert "<details open>" in wrong.content.decode()
    # Not said is not zero, and the sheet says the rest apart.
    answer = officer.post(URL, typed(registered="", languages="arabe, turc"))
    made = Event.objects.get()
    assert (made.fresque.registered, made.languages) == (None, "arabe, turc")
    sheet = officer.get(answer["Location"]).content.decode()
    shown, folded = sheet.split("<summary>Le reste de la fiche</summary>")
    assert "habitantes, habitants et associations" in shown
    assert "pas dit" not in shown
    assert "arabe, turc" in folded
    assert "<dt>Personnes inscrites</dt><dd>pas dit</dd>" in folded
    record = officer.get(f"/rencontres/{made.pk}/bilan/").content.decode()
    before, after = record.split("<summary>Ajouter ce que vous savez d’autre</summary>")
    assert 'name="tables"' in before
    for name in ("registered", "room", "public", "licence_note"):
        assert f'name="{name}"' not in before
        assert f'name="{name}"' in after


def test_other_meetings_and_short_sessions(
    public: Release, browse: Callable[[str], Client]
) -> None:
    officer = browse("officer")
    of_sheet = dict.fromkeys(("registered", "tables", "leaders", "audience", "licence"), "")
    walk = typed(kind="walk", title="Marche", level="concert", negotiable="Où planter",
                 intentions="", announced="", **of_sheet)  # fmt: skip
    answer = officer.post(URL, walk)
    made = Event.objects.get()
    assert answer["Location"] == f"/rencontres/{made.pk}/bilan/"
    assert (made.state, made.level, made.negotiable) == ("draft", "concert", "Où planter")
    assert not hasattr(made, "fresque")
    assert present_at(made) == 14
    assert made.contributions.count() == 2
    assert Client().get(f"/rencontres/{made.pk}/").status_code == 404
    officer.post(URL, walk | {"title": "Sans rien", "questions": ""})
    assert not Event.objects.get(title="Sans rien").questions.exists()
    # The only right that a short session may have needs no choice.
    officer.post(URL, typed(kind="short", title="Courte", licence=""))
    assert Event.objects.get(title="Courte").fresque.licence == "own"


def test_it_is_reached_from_where_one_looks_for_it(
    public: Release, browse: Callable[[str], Client]
) -> None:
    for who, pages in {
        "officer": ("/mon-espace/", "/territoires/999000001/rencontres/",
                    "/territoires/999000001/rencontres/preparer/"),
        "facilitator": ("/fresques/",),
    }.items():  # fmt: skip
        for page in pages:
            assert f'href="{URL}"' in browse(who).get(page).content.decode(), page


def test_something_is_offered_after_each_step(
    public: Release, browse: Callable[[str], Client]
) -> None:
    officer = browse("officer")
    start = timezone.now() - dt.timedelta(days=3)
    event = room.an_event(public.territory, kind="fresque", level="inform", starts_at=start,
                          ends_at=start + dt.timedelta(hours=3))  # fmt: skip
    question = room.ask(event)
    url = f"/rencontres/{event.pk}/bilan/"

    def offered() -> str:
        found = next_of(Event.objects.get())
        assert found is not None
        assert found.label in text_of(officer.get(url)), found
        assert found.label in text_of(officer.get(f"/rencontres/{event.pk}/")), found
        return found.name

    assert offered() == "count"
    officer.post(url, {"part": "count", "present": 12})
    assert offered() == "sheet"
    officer.post(url, {"part": "sheet", "licence": "volunteer", "audience": "staff", "tables": 2,
                       "leaders": 1, "registered": 0})  # fmt: skip
    assert offered() == "type"
    said = Contribution.objects.create(
        territory=event.territory, event=event, question=question, text="Ici"
    )
    assert offered() == "read"
    officer.post(f"/rencontres/{event.pk}/fiche-de-seance/", {"word": [said.pk]})
    assert offered() == "hours"
    Hours.objects.create(event=event, who="residents", people=2, each=3, paid="nothing")
    assert offered() == "answer"
    Event.objects.update(state="cancelled")
    assert next_of(Event.objects.get()) is None


def test_before_it_one_prepares(public: Release, browse: Callable[[str], Client]) -> None:
    event = room.an_event(public.territory, state="draft", zone=first_qpv(public))
    names = []
    for change in (lambda: room.ask(event), lambda: Event.objects.update(state="announced"),
                   lambda: Event.objects.update(zone=""),
                   lambda: Event.objects.update(starts_at=timezone.now())):  # fmt: skip
        found = next_of(Event.objects.get())
        assert found is not None
        names.append(found.name)
        assert browse("officer").get(found.address).status_code == 200
        change()
    assert names == ["questions", "edit", "kit", "registrations"]
    now = next_of(Event.objects.get())
    assert now is not None
    assert now.name == "console"
    page = text_of(browse("officer").get(f"/rencontres/{event.pk}/questions/"))
    assert "animer la salle" in page


def test_registrations_are_told_beside_the_count(
    public: Release, browse: Callable[[str], Client]
) -> None:
    event = room.an_event(public.territory)
    event.registrations.create(people=4, token_hash="one")  # noqa: S106 (nobody's)
    url = f"/rencontres/{event.pk}/bilan/"
    officer = browse("officer")
    officer.post(url, {"part": "count", "present": 5})
    page = text_of(officer.get(url)).replace("\xa0", " ")
    assert "5 présentes pour 4 inscrites : une est venue sans s’inscrire." in page
    officer.post(url, {"part": "count", "present": 4})
    assert "sans s’inscrire" not in text_of(officer.get(url))
