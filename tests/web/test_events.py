"""Events: who prepares them, who comes, what is told of it, and what time erases."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from labo_web.accounts.models import Territory
from labo_web.releases.models import Release
from labo_web.workshops import presence
from labo_web.workshops.models import (
    Contribution,
    Cumulation,
    Evaluation,
    Event,
    FresqueSheet,
    Headcount,
    Hours,
    Medium,
    Question,
    Registration,
)
from labo_web.workshops.presence import FEWEST, UNKNOWN, cumulate, grouped, tells_of_few
from labo_web.workshops.purge import purge
from tests.web import room


@pytest.fixture
def event(public: Release) -> Event:
    return room.an_event(public.territory)


def typed_event(**changed: Any) -> dict[str, Any]:
    start = timezone.localtime() + dt.timedelta(days=10)
    return {
        "kind": "foresight", "title": "Journée", "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + dt.timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"), "place": "Salle",
        "level": "build", "negotiable": "Les solutions", "state": "announced",
    } | changed  # fmt: skip


def test_preparing_an_event(public: Release, browse: Callable[[str], Client]) -> None:
    officer, url = browse("officer"), "/territoires/999000001/rencontres/preparer/"
    alibi = officer.post(url, typed_event(negotiable=""))
    assert alibi.status_code == 422
    assert "Dites ce qui peut changer" in alibi.content.decode()
    backwards = officer.post(url, typed_event(ends_at="2020-01-01T10:00"))
    assert backwards.status_code == 422
    assert "La fin vient avant le début." in backwards.content.decode()
    made = officer.post(url, typed_event(state="draft"))
    found = Event.objects.get()
    assert made["Location"] == f"/rencontres/{found.pk}/questions/"
    visitor = Client()
    assert visitor.get(f"/rencontres/{found.pk}/").status_code == 404
    assert "Journée" not in visitor.get("/rencontres/").content.decode()
    officer.post(f"/rencontres/{found.pk}/modifier/", typed_event(title="Journée du quartier"))
    page = visitor.get(f"/rencontres/{found.pk}/").content.decode()
    assert "Journée du quartier" in page
    assert "<strong>co-construire</strong>" in page
    assert "Les solutions" in page


def test_questions_of_a_room(event: Event, browse: Callable[[str], Client]) -> None:
    officer, url = browse("officer"), f"/rencontres/{event.pk}/questions/"
    said = {"kind": "dots", "text": "Par quoi commencer ?", "choices": "Arbres\n\nArbres\n"}
    wrong = officer.post(url, said)
    assert wrong.status_code == 422
    assert "1 choix : il en faut de 2 à 12" in wrong.content.decode()
    assert officer.post(url, said | {"choices": "Arbres\nVolets"}).status_code == 302
    assert officer.post(url, {"kind": "weights", "text": "Poids ?"}).status_code == 422
    weights = {"kind": "weights", "text": "Poids ?", "index": "canicule"}
    assert officer.post(url, weights).status_code == 302
    assert [q.kind for q in event.questions.all()] == ["dots", "weights"]
    first = event.questions.all()[0]
    Client().post(f"/a/{event.code}/voter/{first.pk}/", {})
    officer.post(url, {"remove": first.pk})
    assert event.questions.count() == 2, "an answered question stays"
    officer.post(url, {"remove": event.questions.all()[1].pk})
    assert event.questions.count() == 1


def test_the_agenda_is_a_calendar(event: Event) -> None:
    room.an_event(event.territory, title="Brouillon", state="draft")
    room.an_event(event.territory, title="Annulée", state="cancelled")
    answer = Client().get("/rencontres/agenda.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    found = {str(e["summary"]): e for e in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert set(found) == {"Marche de l’été", "Annulée"}
    assert found["Annulée"]["status"] == "CANCELLED"
    mine = found["Marche de l’été"]
    assert mine.decoded("dtstart") == event.starts_at.replace(microsecond=0)
    assert str(mine["url"]) == f"http://testserver/rencontres/{event.pk}/"
    assert "concerter" in str(mine["description"])
    one = Client().get(f"/rencontres/{event.pk}/rencontre.ics").content
    assert len(Calendar.from_ical(one).walk("VEVENT")) == 1
    other = Client().get("/rencontres/agenda.ics?territoire=999000002").content
    assert not Calendar.from_ical(other).walk("VEVENT")
    assert Client().get("/rencontres/?territoire=inconnu").status_code == 404


def test_coming_needs_nothing_and_is_erased(event: Event, browse: Callable[[str], Client]) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=5)
    client, url = Client(), f"/rencontres/{event.pk}/venir/"
    page = client.post(url, {"people": 3, "children": 2}).content.decode()
    link = re.search(r'href="http://testserver(/inscription/[^"]+)"', page)
    assert link is not None
    full = client.post(url, {"people": 3, "children": 0})
    assert full.status_code == 422
    assert "Il reste 2 places." in full.content.decode()
    list_url = f"/rencontres/{event.pk}/inscriptions/"
    assert "3 personnes, 2 enfants à garder" in browse("officer").get(list_url).content.decode()
    assert client.post(link.group(1)).status_code == 302
    assert not Registration.objects.exists()
    assert client.get(link.group(1)).status_code == 404


def test_the_team_erases_one_who_asks_by_phone(
    event: Event, browse: Callable[[str], Client]
) -> None:
    Client().post(f"/rencontres/{event.pk}/venir/", {"people": 1, "children": 0, "name": "Awa"})
    row = Registration.objects.get()
    other = room.an_event(Territory.objects.get(code="999000002"))
    wrong = browse("officer").post(f"/rencontres/{other.pk}/inscriptions/", {"remove": row.pk})
    assert wrong.status_code == 404
    browse("officer").post(f"/rencontres/{event.pk}/inscriptions/", {"remove": row.pk})
    assert not Registration.objects.exists()


def test_nothing_tells_who_speaks_what_language() -> None:
    fields = {
        f"{model.__name__}.{field.name}"
        for model in (Contribution, Registration, Evaluation, Headcount, Event)
        for field in model._meta.get_fields()
        if "lang" in field.name
    }
    assert fields == {"Event.languages"}


def test_an_evaluation_is_nobodys_and_kept_once(event: Event) -> None:
    client, number = Client(), str(uuid.uuid4())
    url = f"/rencontres/{event.pk}/avis/before/"
    for _ in range(2):
        sent = client.post(url, {"client_id": number, "power": "2", "comment": "On verra"})
        assert sent.status_code == 302
    row = Evaluation.objects.get()
    assert (row.power, row.knowledge, row.satisfaction) == (2, None, None)
    assert not {f.name for f in Evaluation._meta.get_fields()} & {"voter", "person", "created_at"}
    # Each moment has its time.
    assert client.get(f"/rencontres/{event.pk}/avis/after/").status_code == 404
    assert client.get(f"/rencontres/{event.pk}/avis/later/").status_code == 404
    long_ago = timezone.now() - dt.timedelta(days=90)
    Event.objects.filter(pk=event.pk).update(
        starts_at=long_ago, ends_at=long_ago + dt.timedelta(hours=2)
    )
    assert client.get(f"/rencontres/{event.pk}/avis/later/").status_code == 200
    assert client.get(url).status_code == 404


def came(event: Event, women: int, men: int, unknown: int = 0) -> None:
    rows = {("present", "present"): women + men + unknown, ("gender", "women"): women,
            ("gender", "men"): men}  # fmt: skip
    Headcount.objects.bulk_create(
        Headcount(event=event, trait=t, answer=a, people=n) for (t, a), n in rows.items()
    )


def test_a_few_people_are_never_shown(event: Event) -> None:
    visitor = Client()
    came(event, 6, 4)
    assert cumulate(event.territory) is None
    second = room.an_event(event.territory, title="Deux")
    came(second, 14, 9, 2)
    made = cumulate(event.territory)
    assert made is not None
    assert made.shown["present"] == [{"answers": ["present"], "people": 35}]
    assert made.shown["gender"] == [
        {"answers": ["women"], "people": 20},
        {"answers": ["men", "unknown"], "people": 15},
    ]
    page = visitor.get("/rencontres/participation/").content.decode()
    assert "35 présences comptées" in page
    assert "Hommes, ou on ne sait pas" in page
    # Five more came: shown now, a subtraction would tell of five.
    third = room.an_event(event.territory, title="Trois")
    came(third, 3, 2)
    assert cumulate(event.territory) is None
    assert "35 présences comptées" in visitor.get("/rencontres/participation/").content.decode()
    came(room.an_event(event.territory, title="Quatre"), 10, 12)
    assert cumulate(event.territory) is not None
    assert "62 présences comptées" in visitor.get("/rencontres/participation/").content.decode()
    assert Cumulation.objects.count() == 2


counts = st.dictionaries(st.sampled_from(["a", "b", "c", UNKNOWN]), st.integers(0, 40), min_size=1)


@given(counts)
def test_groups_hold_everybody_and_no_few(answers: dict[str, int]) -> None:
    groups = grouped(answers)
    if sum(answers.values()) < FEWEST:
        assert groups == []
        return
    assert sum(g["people"] for g in groups) == sum(answers.values())
    assert all(g["people"] >= FEWEST for g in groups)
    held = [a for g in groups for a in g["answers"]]
    assert sorted(held) == sorted(answers)
    for g in groups:
        assert g["people"] == sum(answers[a] for a in g["answers"])


@given(st.lists(st.fixed_dictionaries({a: st.integers(0, 15) for a in ("a", "b", UNKNOWN)}),
                min_size=2, max_size=6))  # fmt: skip
def test_no_subtraction_tells_of_a_few(steps: list[dict[str, int]]) -> None:
    """Publish when allowed, as events add up; then subtract any two, group by group and whole."""
    total = dict.fromkeys(("a", "b", UNKNOWN), 0)
    published: list[tuple[dict[str, int], list[dict[str, Any]]]] = []
    for step in steps:
        total = {a: total[a] + step[a] for a in total}
        groups = grouped(total)
        new = {"x": total}
        if groups and not any(
            tells_of_few(new, {"x": old}, {"x": groups}, {"x": shown}) for old, shown in published
        ):
            published.append((total, groups))
    for i, (_, one) in enumerate(published):
        for _, other in published[i + 1 :]:
            old = {tuple(g["answers"]): g["people"] for g in one}
            new_ = {tuple(g["answers"]): g["people"] for g in other}
            differences = [new_[k] - old[k] for k in old.keys() & new_.keys()]
            differences.append(sum(new_.values()) - sum(old.values()))
            assert all(d == 0 or d >= FEWEST for d in differences)


def test_the_record_of_an_event(event: Event, browse: Callable[[str], Client]) -> None:
    officer, url = browse("officer"), f"/rencontres/{event.pk}/bilan/"
    more = officer.post(url, {"part": "count", "present": 10, "gender_women": 8, "gender_men": 5})
    assert more.status_code == 422
    assert "Ces réponses font 13 personnes, pour 10 présentes." in more.content.decode()
    officer.post(url, {"part": "count", "present": 12, "gender_women": 8, "home_here": 0})
    assert set(event.headcounts.values_list("trait", "answer", "people")) == {
        ("present", "present", 12), ("gender", "women", 8), ("home", "here", 0)
    }  # fmt: skip
    hours = {"part": "hours", "who": "residents", "people": 12, "each": "2.5", "paid": "nothing"}
    assert officer.post(url, hours).status_code == 302
    assert Hours.objects.get().total == Decimal(30)
    page = Client().get("/rencontres/participation/").content.decode()
    assert "Habitantes et habitants" in page
    officer.post(url, {"part": "remove", "remove": Hours.objects.get().pk})
    assert not Hours.objects.exists()


def test_money_that_is_not_known_is_not_nothing(event: Event) -> None:
    for euros in (Decimal(100), None):
        Hours.objects.create(
            event=event, who="residents", people=12, each=2, paid="voucher", euros=euros
        )
    page = Client().get("/rencontres/participation/").content.decode()
    assert "on ne sait pas" in page
    Hours.objects.filter(euros=None).update(euros=Decimal(50))
    assert "150" in Client().get("/rencontres/participation/").content.decode()


def test_logging_a_fresque(public: Release, browse: Callable[[str], Client]) -> None:
    """Who, where, what questions and intentions came: a sheet linked to the neighbourhood."""
    officer = browse("officer")
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    officer.post(
        "/territoires/999000001/rencontres/preparer/",
        typed_event(kind="fresque", zone=zone.code, level="inform", negotiable=""),
    )
    made = Event.objects.get()
    questions = list(made.questions.all())
    assert [q.text for q in questions] == [
        "Quelles questions sont venues ?", "Quelles intentions sont venues ?"
    ]  # fmt: skip
    page = officer.get(f"/rencontres/{made.pk}/saisie/").content.decode()
    number = re.search(r'name="page_id" value="([^"]+)"', page)
    assert number is not None, "the page gives the number by which a sheet is kept once"
    typed = {
        "page_id": number[1], "table": "1", "l0-question": questions[0].pk,
        "l0-text": "Et chez nous ?", "l1-question": questions[1].pk, "l1-text": "Moins de voiture",
    }  # fmt: skip
    assert officer.post(f"/rencontres/{made.pk}/saisie/", typed).status_code == 302
    sheet = {"part": "sheet", "licence": "volunteer", "audience": "residents", "tables": 2,
             "leaders": 1, "registered": 10}  # fmt: skip
    url = f"/rencontres/{made.pk}/bilan/"
    early = officer.post(url, sheet)
    assert early.status_code == 422
    assert "Enregistrez d’abord les personnes présentes" in early.content.decode()
    assert officer.post(url, {"part": "count", "present": 12}).status_code == 302
    assert officer.post(url, sheet).status_code == 302
    # Counted once: the sheet takes it up, and follows when it is put right.
    assert FresqueSheet.objects.get().present == 12
    officer.post(url, {"part": "count", "present": 13})
    assert FresqueSheet.objects.get().present == 13
    page = officer.get(url).content.decode()
    assert page.count('name="present"') == 1
    assert "13 présentes pour 10 inscrites : 3 sont venues sans s’inscrire." in page
    for word in (zone.name, "Et chez nous ?", "Moins de voiture", "protégées"):
        assert word in page
    assert set(Contribution.objects.values_list("zone", flat=True)) == {zone.code}


def test_time_erases(event: Event, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = Client()
    client.post(f"/rencontres/{event.pk}/venir/", {"people": 1, "children": 0, "name": "Awa"})
    photo = SimpleUploadedFile("x.jpg", room.picture(), "image/jpeg")
    client.post(
        f"/a/{event.code}/dire/",
        {"client_id": str(uuid.uuid4()), "text": "Ici", "photo": photo},
        headers={"Accept": "application/json"},
    )
    Evaluation.objects.create(
        event=event, moment="after", power=4, comment="Bien", client_id=uuid.uuid4()
    )
    path = Medium.objects.get().path
    stray = path.with_name("stray.jpg")
    stray.write_bytes(b"x")

    def after(days: int, visa: str = "") -> dict[str, int]:
        return purge(event.ends_at + dt.timedelta(days=days), visa)

    first = after(20)
    assert first["registrations"] == first["media"] == first["contributions"] == 0
    assert first["files"] == 1
    assert not stray.exists()
    assert after(31)["registrations"] == 1
    assert after(179)["media"] == 0
    later = after(181)
    assert (later["media"], later["keys"], later["contributions"]) == (1, 1, 0)
    assert not path.exists()
    row = Contribution.objects.get()
    assert row.text == "Ici"
    number = row.number
    assert after(731)["contributions"] == 0  # it waits for the visa of the archives
    last = after(731, "Visa 12, 3 mai 2026")
    assert (last["contributions"], last["comments"]) == (1, 1)
    row.refresh_from_db()
    assert (row.text, row.number, Evaluation.objects.get().power) == ("", number, 4)
    assert after(731, "Visa 12, 3 mai 2026")["contributions"] == 0


def test_an_older_phone_key_is_not_another_person(event: Event) -> None:
    """Erasing keys does not change what was counted and published."""
    came(event, 12, 12)
    before = cumulate(event.territory)
    purge(event.ends_at + dt.timedelta(days=400))
    assert before is not None
    assert presence.counted_in(event.territory)[0] == before.counted


def test_the_demonstration_is_invented_and_made_once(public: Release, settings: Any) -> None:
    with pytest.raises(CommandError, match="qu’avec LABO_DEBUG=1"):
        call_command("demo_workshops")
    settings.DEBUG = True
    call_command("demo_workshops", stdout=StringIO())
    made = Event.objects.count()
    assert made >= 6
    assert not Event.objects.filter(fictive=False).exists()
    call_command("demo_workshops", stdout=StringIO())
    assert Event.objects.count() == made
    event = Event.objects.filter(kind="foresight").latest("starts_at")
    assert event.room_open
    for page in (f"/rencontres/{event.pk}/", f"/a/{event.code}/", f"/a/{event.code}/mur/"):
        html = Client().get(page).content.decode()
        assert "onnées fictives" in html
    assert Question.objects.filter(kind="weights").exists()
    assert "présences comptées" in Client().get("/rencontres/participation/").content.decode()


def test_meetings_of_one_neighbourhood(event: Event, public: Release) -> None:
    codes = list(public.zones.filter(kind="qpv").values_list("code", flat=True))
    long_ago = timezone.now() - dt.timedelta(days=900)
    room.an_event(
        event.territory, title="La mémoire", zone=codes[0], state="announced",
        starts_at=long_ago, ends_at=long_ago + dt.timedelta(hours=2),
    )  # fmt: skip
    room.an_event(event.territory, title="Chez les autres", zone=codes[1], state="announced")
    room.an_event(event.territory, title="Brouillon ici", zone=codes[0], state="draft")
    home = f"/rencontres/?territoire={event.territory.code}"
    html = Client().get(f"{home}&quartier={codes[0]}").content.decode()
    assert "La mémoire" in html
    assert "Chez les autres" not in html
    assert "Brouillon ici" not in html
    assert f"/quartiers/{codes[0]}/" in html
    assert "La mémoire" not in Client().get(home).content.decode()  # of more than a year ago
    assert Client().get(f"{home}&quartier=inconnu").status_code == 404
    page = Client().get(f"/territoires/{event.territory.code}/quartiers/{codes[0]}/")
    assert f"{home}&amp;quartier={codes[0]}" in page.content.decode()
