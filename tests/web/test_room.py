"""The room: what phones send is kept exactly once, and nothing hostile in it does harm."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from labo_web.accounts.models import fingerprint
from labo_web.releases.models import Release
from labo_web.workshops import keeping
from labo_web.workshops.models import Ballot, Contribution, Event, Medium, Moderation, Reaction
from labo_web.workshops.models.contributions import GRID, follow_token
from labo_web.workshops.places import degrees, plan_of, snapped
from labo_web.workshops.room_forms import LONGEST, plain
from labo_web.workshops.wall import counts_of, shown_of, tally
from labo_web.workshops.weights import proposed
from tests.web import room

JSON = {"Accept": "application/json"}


@pytest.fixture
def event(public: Release) -> Event:
    found = public.zones.filter(kind="qpv").order_by("code")[0]
    made = room.an_event(public.territory, zone=found.code)
    room.ask(made)
    room.ask_dots(made)
    return made


def send(client: Client, event: Event, **fields: Any) -> Any:
    fields.setdefault("client_id", str(uuid.uuid4()))
    return client.post(f"/a/{event.code}/dire/", fields, headers=JSON)


def test_joining_with_a_code(event: Event) -> None:
    client = Client()
    typed = f" {event.code[:3].lower()} {event.code[3:].lower()}"
    assert client.post("/a/", {"code": typed})["Location"] == f"/a/{event.code}/"
    wrong = client.post("/a/", {"code": "zzzzzz"})
    assert wrong.status_code == 422
    assert "« ZZZZZZ »" in wrong.content.decode()
    assert client.get(f"/a/{event.code.lower()}/")["Location"] == f"/a/{event.code}/"
    page = client.get(f"/a/{event.code}/").content.decode()
    assert "Où a-t-on chaud ?" in page
    assert "Pas de compte, pas de nom." in page


def test_sent_twice_is_kept_once(event: Event) -> None:
    client, number = Client(), str(uuid.uuid4())
    first = send(client, event, client_id=number, text="Trop chaud à l’arrêt de bus.")
    again = send(Client(), event, client_id=number, text="Trop chaud à l’arrêt de bus.")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    row = Contribution.objects.get()
    assert row.number_shown == first.json()["number"]
    assert row.token_hash == fingerprint(follow_token(uuid.UUID(number)))
    assert row.state == "received"
    assert row.zone == event.zone


def test_without_a_script_what_is_typed_anew_is_new(event: Event) -> None:
    client, page = Client(), str(uuid.uuid4())
    url = f"/a/{event.code}/dire/"
    for text in ("Un banc", "Un banc", "Un banc à l’ombre"):
        answer = client.post(url, {"page_id": page, "text": text})
        assert answer.status_code == 200
        assert "Votre parole porte le numéro" in answer.content.decode()
    assert sorted(Contribution.objects.values_list("text", flat=True)) == [
        "Un banc", "Un banc à l’ombre"
    ]  # fmt: skip


def test_one_dot_vote_a_phone(event: Event) -> None:
    client, question = Client(), event.questions.get(kind="dots")
    first, second, _ = question.choices.all()
    url = f"/a/{event.code}/voter/{question.pk}/"
    client.get(f"/a/{event.code}/")
    assert client.post(url, {first.pk: 3}, headers=JSON).json() == {"kept": True}
    assert client.post(url, {first.pk: 1, second.pk: 2}, headers=JSON).status_code == 200
    Client().post(url, {second.pk: 1}, headers=JSON)
    found = tally(question)
    assert {c.text: c.dots for c in found.choices} == {
        "Des volets": 3, "Des arbres": 1, "Une fontaine": 0
    }  # fmt: skip
    assert (found.people, found.dots) == (2, 4)
    many = client.post(url, {first.pk: 2, second.pk: 2}, headers=JSON)
    assert many.status_code == 422
    assert many.json()["error"] == "Vous avez posé 4 gommettes : 3 au plus."
    assert client.post(url, {first.pk: -1}, headers=JSON).status_code == 422
    assert "nouvelle" not in client.get(f"/a/{event.code}/").content.decode()


def test_a_phone_is_another_in_another_event(event: Event, public: Release) -> None:
    other, client = room.an_event(public.territory, title="Autre"), Client()
    for where in (event, other):
        send(client, where, text="Bonjour")
        send(client, where, text="Encore")
    voters = Contribution.objects.order_by().values_list("event", "voter").distinct()
    assert len(voters) == 2
    assert len({voter for _, voter in voters}) == 2
    assert client.cookies["atelier"].value not in {voter for _, voter in voters}


def test_nothing_reaches_the_wall_before_a_tap(
    event: Event, browse: Callable[[str], Client]
) -> None:
    visitor, officer = Client(), browse("officer")
    send(visitor, event, text="La place est un four.")
    row = Contribution.objects.get()
    wall, react = f"/a/{event.code}/mur/maintenant/", f"/a/{event.code}/reagir/"
    said = {"number": row.number, "stance": "oppose"}
    assert "four" not in visitor.get(wall).content.decode()
    assert visitor.post(react, said, headers=JSON).status_code == 422
    console = officer.get(f"/rencontres/{event.pk}/animer/").content.decode()
    assert "La place est un four." in console
    assert officer.post(f"/paroles/{row.pk}/", {"state": "shown"}).status_code == 302
    assert "La place est un four." in visitor.get(wall).content.decode()
    assert visitor.post(react, said, headers=JSON).status_code == 200
    said["stance"] = "doubt"
    assert visitor.post(react, said, headers=JSON).status_code == 200
    Client().post(react, said | {"stance": "support"}, headers=JSON)
    shown = shown_of(event)[0]
    assert (shown.support, shown.oppose, shown.doubt) == (1, 0, 1)
    # Set aside: a reason is needed, and it leaves the wall.
    assert officer.post(f"/paroles/{row.pk}/", {"state": "withheld"}).status_code == 422
    officer.post(f"/paroles/{row.pk}/", {"state": "withheld", "reason": "personal"})
    assert "four" not in visitor.get(wall).content.decode()
    assert list(Moderation.objects.values_list("state", "reason")) == [
        ("shown", ""), ("withheld", "personal")
    ]  # fmt: skip


def test_whoever_facilitates_needs_no_role_in_the_team(
    event: Event, people: dict[str, Any], browse: Callable[[str], Client]
) -> None:
    client = browse("contributor")
    assert client.get(f"/rencontres/{event.pk}/animer/").status_code == 404
    event.facilitators.add(people["contributor"])
    assert client.get(f"/rencontres/{event.pk}/animer/").status_code == 200
    assert client.get("/territoires/999000001/rencontres/").status_code == 404


def test_photos_lose_what_they_say_and_wait_for_a_look(
    event: Event, browse: Callable[[str], Client]
) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "12 rue des Lilas", 6  # what it shows, and turned
    given = room.picture(60, 40, exif=exif)
    assert b"Lilas" in given
    photo = SimpleUploadedFile("visage.jpg", given, "image/jpeg")
    assert send(Client(), event, photo=photo, text="Ici").status_code == 200
    medium = Medium.objects.get()
    kept = medium.path.read_bytes()
    assert b"Lilas" not in kept
    assert (medium.width, medium.height) == (40, 60)
    with Image.open(medium.path) as found:
        assert not found.getexif()
        assert found.size == (40, 60)
    assert "visage" not in medium.name
    url = f"/paroles/fichiers/{medium.pk}/"
    row, officer = medium.contribution, browse("officer")
    assert row is not None
    assert Client().get(url).status_code == 404
    assert browse("officer_elsewhere").get(url).status_code == 404
    assert officer.get(url).content == kept
    # Its words may go to the wall without it.
    officer.post(f"/paroles/{row.pk}/", {"state": "shown"})
    assert Client().get(url).status_code == 404
    officer.post(f"/paroles/{row.pk}/", {"state": "shown", "no_face": "on"})
    answer = Client().get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert url in Client().get(f"/a/{event.code}/mur/maintenant/").content.decode()
    row.refresh_from_db()
    row.erase()
    assert Client().get(url).status_code == 404
    assert not (medium.path).exists()
    assert Contribution.objects.get().text == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo", b"GIF89a not taken"),
        ("photo", b"\xff\xd8\xff\xe0 broken"),
        ("photo", b"<svg onload='alert(1)'/>"),
        ("voice", b"#EXTM3U\nfile:///etc/passwd\n"),
        ("voice", b"\x1aE\xdf\xa3 broken"),
        ("voice", b"RIFF\x00\x00\x00\x00WAVE"),
    ],
)
def test_files_of_another_kind_are_refused_in_words(
    event: Event, name: str, content: bytes
) -> None:
    answer = send(Client(), event, **{name: SimpleUploadedFile("x", content)})
    assert answer.status_code == 422
    assert "Ce fichier n’est pas" in answer.json()["error"]
    assert not Contribution.objects.exists()
    assert not Medium.objects.exists()


def test_a_photo_outlives_a_database_that_is_cut_off_at_its_last_word(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was kept, and nobody was told: sent again, it still has its photo."""
    write = keeping._write

    def cut(*given: Any) -> None:
        write(*given)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(keeping, "_write", cut)
    said = {"client_id": str(uuid.uuid4()), "text": "Ici"}
    phone = Client(raise_request_exception=False)
    photo = room.picture()
    first = send(phone, event, **said, photo=SimpleUploadedFile("x.jpg", photo, "image/jpeg"))
    assert first.status_code == 500
    monkeypatch.undo()
    again = send(phone, event, **said, photo=SimpleUploadedFile("x.jpg", photo, "image/jpeg"))
    assert again.status_code == 200
    medium = Medium.objects.get(contribution__client_id=said["client_id"])
    assert medium.path.is_file()


def test_a_bomb_is_refused_before_it_is_unpacked(event: Event) -> None:
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(
            ">I", zlib.crc32(name + data))  # fmt: skip

    for side, words in ((8_000, "8000 × 8000 points"), (60_000, "bien trop grande")):
        head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0"))
        answer = send(Client(), event, photo=SimpleUploadedFile("x.png", bomb))
        assert answer.status_code == 422
        assert words in answer.json()["error"]


def wave_of(seconds: float) -> bytes:
    """A WAV file of a hum, with a comment in it."""
    from io import BytesIO

    import av
    import numpy as np

    out = BytesIO()
    with av.open(out, "w", format="wav") as target:
        target.metadata["comment"] = "chez Mme Martin"
        stream = target.add_stream("pcm_s16le", rate=8_000, layout="mono")
        t = np.arange(int(8_000 * seconds)) / 8_000
        hum = (8_000 * np.sin(2 * np.pi * 220 * t)).astype(np.int16)[None, :]
        frame = av.AudioFrame.from_ndarray(hum, format="s16", layout="mono")
        frame.sample_rate = 8_000
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def test_voices_are_made_again(event: Event, browse: Callable[[str], Client]) -> None:
    given = wave_of(2)
    assert b"Martin" in given
    answer = send(Client(), event, voice=SimpleUploadedFile("x.wav", given))
    assert answer.status_code == 200
    medium = Medium.objects.get()
    kept = medium.path.read_bytes()
    assert b"Martin" not in kept
    assert kept[4:8] == b"ftyp"
    assert medium.seconds == pytest.approx(2, abs=0.1)
    row = medium.contribution
    assert row is not None
    assert row.kind == "voice"
    # What it says is written down, and goes to the wall; the voice does not.
    browse("officer").post(f"/paroles/{row.pk}/", {"state": "shown", "text": "Il fait chaud."})
    wall = Client().get(f"/a/{event.code}/mur/maintenant/").content.decode()
    assert "Il fait chaud." in wall
    assert Client().get(f"/paroles/fichiers/{medium.pk}/").status_code == 404


def test_a_voice_of_more_than_three_minutes_is_refused(event: Event) -> None:
    answer = send(Client(), event, voice=SimpleUploadedFile("x.wav", wave_of(200)))
    assert answer.status_code == 422
    assert "plus de 3 minutes" in answer.json()["error"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "\u202eesrever",
        "هنا حار جدا في الصيف",
        "👩🏽‍🌾🌳" * 50,
        "{{ 7*7 }} {% now %}",
        "a" * LONGEST,
        "e\u0301\u0300" * 600,
        "'; DROP TABLE workshops_contribution; --",
    ],
)
def test_hostile_text_is_harmless(event: Event, browse: Callable[[str], Client], text: str) -> None:
    client = Client()
    assert send(client, event, text=text, dictated_to=text[:80]).status_code == 200
    row = Contribution.objects.get()
    assert row.text == plain(text)
    officer = browse("officer")
    officer.post(f"/paroles/{row.pk}/", {"state": "shown"})
    for page in (
        client.get(f"/a/{event.code}/"), client.get(f"/a/{event.code}/mur/"),
        officer.get(f"/rencontres/{event.pk}/animer/?etat=shown"),
        officer.get(f"/paroles/{row.pk}/"),
    ):  # fmt: skip
        html = page.content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "\u202e" not in html
        assert "script-src" not in page["Content-Security-Policy"]
        assert "default-src 'self'" in page["Content-Security-Policy"]


def test_a_megabyte_of_text_is_refused_and_kept_on_the_page(event: Event) -> None:
    client = Client()
    answer = send(client, event, text="é" * 500_000)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Ce texte a 500000 signes : 4000 au plus.")
    typed = {"page_id": str(uuid.uuid4()), "text": "b" * 5_000}
    asked = event.questions.get(kind="say").pk
    page = client.post(f"/a/{event.code}/dire/", typed | {"question": asked})
    assert page.status_code == 422
    assert "b" * 5_000 in page.content.decode()
    heavy = client.post(
        f"/a/{event.code}/dire/", b"x", content_type="text/plain", CONTENT_LENGTH="30000000"
    )
    assert heavy.status_code == 413
    assert not Contribution.objects.exists()


@given(st.text(max_size=200))
def test_kept_text_is_kept_as_it_is(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00") & set(once)


@given(st.floats(-4.5, 8), st.floats(42.5, 51))
def test_places_are_corners_of_a_grid(longitude: float, latitude: float) -> None:
    found = snapped(longitude, latitude)
    assert found is not None
    assert found[0] % GRID == found[1] % GRID == 0
    there = degrees(*found)
    # Half a diagonal of the grid, and what rounding to ten metres adds.
    assert abs(there[1] - latitude) < 0.0005
    assert snapped(*there) == found


@given(st.floats(), st.floats())
def test_any_number_is_a_place_or_none(longitude: float, latitude: float) -> None:
    found = snapped(longitude, latitude)
    assert found is None or all(x % GRID == 0 for x in found)


def test_the_plan_reads_back(event: Event) -> None:
    plan = plan_of(event)
    assert plan is not None
    zone = event.territory.releases.get().zones.get(code=event.zone)
    assert plan.west < zone.west < zone.east < plan.east
    assert plan.south < zone.south < zone.north < plan.north
    client = Client()
    middle = {"longitude": (plan.west + plan.east) / 2, "latitude": (plan.south + plan.north) / 2}
    assert send(client, event, text="Ici", **middle).status_code == 200
    row = Contribution.objects.get()
    assert row.easting is not None
    assert row.easting % GRID == 0
    far = send(client, event, text="Là", longitude=0, latitude=0)
    assert far.status_code == 422
    assert "France" in far.json()["error"]


def test_a_room_opens_and_closes(event: Event, browse: Callable[[str], Client]) -> None:
    officer, client = browse("officer"), Client()
    Event.objects.filter(pk=event.pk).update(opened_at=None)
    closed = send(client, event, text="Trop tôt")
    assert closed.status_code == 422
    assert closed.json()["error"] == "Cette salle n’est pas encore ouverte."
    officer.post(f"/rencontres/{event.pk}/animer/", {"door": "open"})
    assert send(client, event, text="À l’heure").status_code == 200
    officer.post(f"/rencontres/{event.pk}/animer/", {"door": "close"})
    # Words of phones that were without network still come, votes do not change a result.
    assert send(client, event, text="Sans réseau").status_code == 200
    question = event.questions.get(kind="dots")
    late = timezone.now() - keeping.VOTES_AFTER - dt.timedelta(minutes=1)
    Event.objects.filter(pk=event.pk).update(closed_at=late)
    vote = client.post(f"/a/{event.code}/voter/{question.pk}/", {}, headers=JSON)
    assert vote.status_code == 422
    assert send(client, event, text="Encore").status_code == 200
    Event.objects.filter(pk=event.pk).update(
        closed_at=timezone.now() - keeping.WORDS_AFTER - dt.timedelta(days=1)
    )
    assert send(client, event, text="Trop tard").status_code == 422
    assert counts_of(event).contributions == 3


def test_a_phone_that_sends_too_much_waits(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PER_VOTER", 3)
    client = Client()
    client.get(f"/a/{event.code}/")
    sent = [str(uuid.uuid4()) for _ in range(4)]
    answers = [send(client, event, client_id=x, text=x) for x in sent]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "120"
    # What was kept is still answered, and others are not held up.
    assert send(client, event, client_id=sent[0], text=sent[0]).status_code == 200
    assert send(Client(), event, text="Moi").status_code == 200
    monkeypatch.setattr(keeping, "PER_EVENT", 4)
    assert send(Client(), event, text="Pleine").status_code == 422


def test_no_address_is_kept(event: Event) -> None:
    client = Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Telephone-X")
    send(client, event, text="Bonjour")
    for model in (Contribution, Ballot, Reaction, Event):
        for row in model.objects.values():
            assert "203.0.113.77" not in str(row)
            assert "Telephone-X" not in str(row)


def test_everybody_weighs_as_much() -> None:
    declared = {"hazard": 1.0, "sensitivity": 1.0}
    one = Ballot(content={"hazard": 20, "sensitivity": 0})
    other = Ballot(content={"hazard": 0, "sensitivity": 1}, people=3)
    assert proposed([], declared) == {"hazard": 0.5, "sensitivity": 0.5}
    assert proposed([one, other], declared) == pytest.approx({"hazard": 0.25, "sensitivity": 0.75})
    assert proposed([Ballot(content={"hazard": 0, "sensitivity": 0})], declared)["hazard"] == 0.5


def test_weights_of_the_room_and_what_holds(
    many: Release, people: dict[str, Any], browse: Callable[[str], Client]
) -> None:
    event = room.an_event(many.territory)
    question = room.ask_weights(event)
    page = Client().get(f"/a/{event.code}/").content.decode()
    assert page.count('type="range"') >= 3
    url = f"/a/{event.code}/voter/{question.pk}/"
    assert Client().post(url, {"hazard": "20", "sensitivity": "0"}, headers=JSON).status_code == 200
    assert Client().post(url, {"hazard": "21"}, headers=JSON).status_code == 422
    live = browse("facilitator").get(f"/rencontres/{event.pk}/poids/{question.pk}/")
    html = live.content.decode()
    assert "1 personne a proposé des poids" in html
    assert "Ce qui tient" in html
    assert "9 calculs sur 10" in html
    assert Client().get(f"/rencontres/{event.pk}/poids/{question.pk}/").status_code == 404


def test_paper_gives_the_same_data(event: Event, browse: Callable[[str], Client]) -> None:
    officer, url = browse("officer"), f"/rencontres/{event.pk}/saisie/"
    say, dots = event.questions.get(kind="say"), event.questions.get(kind="dots")
    first, second, _ = dots.choices.all()
    typed = {
        "page_id": str(uuid.uuid4()), "table": "4",
        "l0-question": say.pk, "l0-text": "Trop chaud sous le préau.", "l0-support": 5,
        "l0-oppose": 1, "l0-doubt": 2,
        "l3-question": say.pk, "l3-text": "Le préau est très bien.", "l3-minority": "on",
        f"v{dots.pk}-people": 6, f"v{dots.pk}-{first.pk}": 11, f"v{dots.pk}-{second.pk}": 4,
    }  # fmt: skip
    # The same page sent twice: nothing is counted twice.
    for _ in range(2):
        photo = SimpleUploadedFile("feuille.jpg", room.picture(), "image/jpeg")
        assert officer.post(url, typed | {"photo": photo}).status_code == 302
    rows = {r.text: r for r in Contribution.objects.with_stances()}
    assert len(rows) == 2
    row, minority = rows["Trop chaud sous le préau."], rows["Le préau est très bien."]
    assert (row.support, row.oppose, row.doubt) == (5, 1, 2)
    assert (row.table, row.on_paper, row.kind, row.voter) == ("4", True, "card", "")
    assert minority.minority
    # A phone votes as well: the room is one.
    Client().post(f"/a/{event.code}/voter/{dots.pk}/", {second.pk: 3}, headers=JSON)
    found = tally(dots)
    assert found.people == 7
    assert {c.text: c.dots for c in found.choices}["Des volets"] == 7
    sheet = event.sheets.first()
    assert sheet is not None
    assert f"/paroles/fichiers/{sheet.pk}/" in officer.get(f"{url}?table=4").content.decode()
    assert Client().get(f"/paroles/fichiers/{sheet.pk}/").status_code == 404


def test_a_wrong_sheet_is_kept_as_typed(event: Event, browse: Callable[[str], Client]) -> None:
    officer, dots = browse("officer"), event.questions.get(kind="dots")
    first = dots.choices.all()[0]
    typed = {
        "page_id": str(uuid.uuid4()), "table": "4", "l0-text": "Gardée sur la page.",
        "l1-support": 5, f"v{dots.pk}-people": 2, f"v{dots.pk}-{first.pk}": 9,
    }  # fmt: skip
    page = officer.post(f"/rencontres/{event.pk}/saisie/", typed)
    html = page.content.decode()
    assert page.status_code == 422
    assert "Gardée sur la page." in html
    assert "mais pour quelle parole" in html
    assert "9 gommettes pour 2 personnes : 6 au plus." in html
    assert not Contribution.objects.exists()


def test_the_worker_names_the_files_of_the_page(event: Event) -> None:
    answer = Client().get("/a/sw.js")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert "[/* files */]" not in text
    assert "/static/js/queue.js" in text


def test_an_empty_sheet_says_nothing_is_wrong_before_it_is_sent(
    public: Release, browse: Callable[[str], Client]
) -> None:
    event = room.an_event(public.territory)
    question = room.ask(event)
    page = browse("officer").get(f"/rencontres/{event.pk}/saisie/")
    html = page.content.decode()
    assert "Ce champ est obligatoire" not in html
    assert 'aria-invalid="true"' not in html
    # The only question is chosen already, on each line.
    assert html.count(f'<option value="{question.pk}" selected>') == 12
