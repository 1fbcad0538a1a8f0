"""The inter-regional meeting: its sequence, what territories bring, notes, proceedings, lessons."""

import datetime as dt
import io
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from labo_web.accounts.models import Circle, Organisation, Territory
from labo_web.programme import proceedings
from labo_web.programme.meeting_access import a_visitor
from labo_web.programme.meeting_figures import CLOSED, figures_of
from labo_web.programme.meeting_slots import timetable
from labo_web.programme.models import (
    Brought,
    Contact,
    Lesson,
    Meeting,
    Membership,
    Note,
    Proceedings,
    Programme,
    Slot,
)
from labo_web.releases.models import Agreement, Release, Value
from labo_web.roadmaps import demo as roadmap_demo
from labo_web.workshops.models import Contribution, Event, Registration
from tests.web import gathering
from tests.web.conftest import first_qpv, open_to
from tests.web.gathering import HERE
from tests.web.roadmap_forms import text_of
from tests.web.test_documents import docx_text, pdf_text, squeezed


@pytest.fixture
def meeting(public: Release) -> Meeting:
    return gathering.a_meeting(public.territory)


def line(n: int, **said: Any) -> dict[str, Any]:
    return {f"temps-{n}-{name}": value for name, value in said.items()}


def sequence(meeting: Meeting, *lines: dict[str, Any], base: int | None = None) -> dict[str, Any]:
    """What the page of the sequence sends: its slots as they are, then other lines."""
    slots = list(meeting.slots.all())
    sent: dict[str, Any] = {
        "base": meeting.version if base is None else base,
        "temps-TOTAL_FORMS": len(slots) + len(lines), "temps-INITIAL_FORMS": len(slots),
    }  # fmt: skip
    for n, slot in enumerate(slots):
        sent |= line(n, id=slot.pk, title=slot.title, minutes=slot.minutes, order=n + 1)
    for n, said in enumerate(lines, start=len(slots)):
        sent |= line(n, **said)
    return sent


# The sequence.


@given(st.lists(st.integers(5, 200), max_size=12))
def test_hours_follow_one_another(minutes: list[int]) -> None:
    start = dt.datetime(2026, 4, 7, 9, tzinfo=dt.UTC)
    slots = [Slot(title=str(n), minutes=m) for n, m in enumerate(minutes)]
    end = start + dt.timedelta(minutes=sum(minutes) + 30)
    table = timetable(slots, start, end)
    assert table.faults == ()
    assert table.left == 30
    assert [int((b - a).total_seconds() // 60) for a, b in table.hours] == minutes
    for (_, before), (after, _) in zip(table.hours, table.hours[1:], strict=False):
        assert before == after


@pytest.mark.parametrize(
    ("fixed", "words"),
    [(dt.time(12, 30), "trou de 30 minutes"), (dt.time(11, 45), "15 minutes se chevauchent"),
     (dt.time(12, 0), "")],
)  # fmt: skip
def test_a_fixed_hour_leaves_no_hole_and_no_overlap(fixed: dt.time, words: str) -> None:
    start = dt.datetime(2026, 4, 7, 9, tzinfo=dt.UTC)
    slots = [Slot(title="Matin", minutes=180), Slot(title="Repas", minutes=60, fixed_at=fixed)]
    faults = timetable(slots, start, start + dt.timedelta(hours=8)).faults
    assert [f.place for f in faults] == ([1] if words else [])
    assert all(words in f.says and "« Repas »" in f.says for f in faults)


def test_writing_the_sequence(meeting: Meeting, browse: Callable[[str], Client]) -> None:
    officer, url = browse("officer"), f"{HERE}{meeting.pk}/deroule/"
    hole = officer.post(url, sequence(meeting, {
        "title": "Repas", "minutes": 20, "fixed_at": "11:45"}))  # fmt: skip
    assert hole.status_code == 422
    assert "il y a un trou de 15 minutes" in text_of(hole)
    assert 'value="Repas"' in hole.content.decode(), "what was typed stays"
    long = officer.post(url, sequence(meeting, {"title": "Débat", "minutes": 45}))
    assert long.status_code == 422
    assert "il y a 15 minutes de trop" in text_of(long)
    assert meeting.slots.count() == 2
    good = officer.post(url, sequence(meeting, {"title": "Pause", "minutes": 15, "order": 1}))
    assert good.status_code == 302
    # Of two with the same order, the first one on the page comes first.
    assert [s.title for s in meeting.slots.all()] == ["Accueil", "Pause", "Échanges"]
    meeting.refresh_from_db()
    page = text_of(officer.get(url))
    assert "9\u202fh\u202f30 – 9\u202fh\u202f45" in page
    assert "Il reste 15 minutes avant la fin" in page
    late = officer.post(url, sequence(meeting, {"title": "Autre", "minutes": 5}, base=1))
    assert late.status_code == 409
    assert "Quelqu’un a enregistré un autre déroulé" in text_of(late)
    kept = list(meeting.slots.values_list("pk", flat=True))
    sent = sequence(meeting) | {"temps-1-DELETE": "on"}
    assert officer.post(url, sent).status_code == 302
    assert list(meeting.slots.values_list("pk", flat=True)) == [kept[0], kept[2]]


def test_a_meeting_is_prepared_by_the_centre(
    public: Release, browse: Callable[[str], Client]
) -> None:
    url = f"{HERE}preparer/"
    assert browse("facilitator").get(url).status_code == 404, "there is no programme yet"
    programme = gathering.a_programme()
    outside = Territory.objects.get(code="999000003")
    day = timezone.localdate() + dt.timedelta(days=30)
    typed = {
        "programme": programme.pk, "territory": outside.pk, "title": "Rencontre", "level": "build",
        "starts_at": f"{day}T09:00", "ends_at": f"{day + dt.timedelta(days=1)}T17:00",
        "place": "Salle", "negotiable": "La suite", "state": "announced",
    }  # fmt: skip
    wrong = browse("facilitator").post(url, typed)
    assert wrong.status_code == 422
    assert "n’est pas, ou n’est plus, dans « Cohorte d’essai »" in text_of(wrong)
    assert "La fin est un autre jour" in text_of(wrong)
    good = typed | {"territory": public.territory.pk, "ends_at": f"{day}T17:00"}
    assert browse("facilitator").post(url, good).status_code == 302
    made = Meeting.objects.get()
    assert (made.event.kind, made.event.fictive) == ("gathering", False)
    # It is in the agenda, of every territory, and in the calendar; one registers without account.
    client = Client()
    other = client.get("/rencontres/?territoire=999000002")
    assert "Rencontre</a>" in other.content.decode()
    calendar = client.get("/rencontres/agenda.ics?territoire=999000002").content
    entries = Calendar.from_ical(calendar).walk("VEVENT")
    assert [str(e["summary"]) for e in entries] == ["Rencontre"]
    assert "rencontre inter-régionale" in str(entries[0]["description"]).casefold()
    assert client.post(f"/rencontres/{made.event.pk}/venir/", {"people": 2, "children": 0})
    assert Registration.objects.get().event == made.event
    # Nobody makes one where the events of a territory are prepared.
    page = browse("officer").get("/territoires/999000001/rencontres/preparer/").content.decode()
    assert 'value="gathering"' not in page
    assert "---------" not in page


def test_a_draft_is_of_the_cohort_only(meeting: Meeting, browse: Callable[[str], Client]) -> None:
    Event.objects.filter(pk=meeting.event.pk).update(state="draft")
    statuses = {name: browse(name).get(f"{HERE}{meeting.pk}/").status_code
                for name in ("visitor", "reader", "officer_elsewhere", "facilitator")}  # fmt: skip
    assert statuses == {
        "visitor": 404, "reader": 404, "officer_elsewhere": 200, "facilitator": 200
    }  # fmt: skip
    assert "Rencontre d’essai" not in text_of(Client().get(HERE))
    assert "Rencontre d’essai" in text_of(browse("officer_elsewhere").get(HERE))
    # A territory that left is of the cohort no longer.
    Membership.objects.filter(territory__code="999000002").update(
        left_on=dt.date(2026, 6, 1), left_because="Fusion"
    )
    assert browse("officer_elsewhere").get(f"{HERE}{meeting.pk}/").status_code == 404


# What a territory brings.


def typed_brought(release: Release, base: int = 0, **changed: Any) -> dict[str, Any]:
    return {
        "base": base, "release": release.pk, "zone": first_qpv(release),
        "indicator": "poverty_share", "finding": "Cela nous a surpris.", "doubt": "Deux rues.",
        "measure": "plant_trees", "solution": "Devant l’école.", "story_title": "La clé",
        "story": "Une clé.", "story_url": "",
    } | changed  # fmt: skip


def test_bringing_a_finding_is_naming_a_value(
    meeting: Meeting, public: Release, browse: Callable[[str], Client]
) -> None:
    officer, url = browse("officer"), f"{HERE}{meeting.pk}/apporter/999000001/"
    half = officer.post(url, typed_brought(public, indicator=""))
    assert half.status_code == 422
    assert "choisissez la livraison, le quartier et l’indicateur" in text_of(half)
    empty = Value.objects.filter(
        zone__release=public, zone__code=first_qpv(public), central__isnull=True,
        scenario="present",
    ).select_related("indicator").first()  # fmt: skip
    assert empty is not None
    none = officer.post(url, typed_brought(public, indicator=empty.indicator.name))
    assert none.status_code == 422
    assert "n’a pas de valeur ici" in text_of(none)
    for wrong in ("javascript:alert(1)", "//ailleurs.fr/x", "http://x.fr", "https://["):
        refused = officer.post(url, typed_brought(public, story_url=wrong))
        assert refused.status_code == 422, wrong
    assert not Brought.objects.exists()
    assert officer.post(url, typed_brought(public)).status_code == 302
    row = Brought.objects.get()
    assert row.lacking == []
    figure = figures_of(a_visitor(), [row])[row.pk]
    value = Value.objects.get(
        zone__release=public, zone__code=row.zone, indicator__name="poverty_share",
        scenario="present",
    )  # fmt: skip
    assert (figure.central, figure.low, figure.high) == (value.central, value.low, value.high)
    page = browse("officer_elsewhere").get(f"{HERE}{meeting.pk}/")
    assert squeezed(figure.sentence) in squeezed(text_of(page))
    assert "Cela nous a surpris" not in text_of(Client().get(f"{HERE}{meeting.pk}/"))
    # Another saving is another row; one made from an old version is not taken.
    assert officer.post(url, typed_brought(public, doubt="Trois rues.")).status_code == 409
    assert officer.post(url, typed_brought(public, base=1, doubt="Trois rues.")).status_code == 302
    assert list(Brought.objects.order_by("version").values_list("doubt", flat=True)) == [
        "Deux rues.", "Trois rues."
    ]  # fmt: skip


def test_a_figure_is_read_with_the_rights_of_the_reader(
    meeting: Meeting, public: Release, people: dict[str, Any]
) -> None:
    row = gathering.bring(meeting, public)
    body = Organisation.objects.create(name="Bailleur", kind="landlord")
    Agreement.objects.create(
        release=public, landlord=body, zone=row.zone, indicator="poverty_share"
    )
    withheld = figures_of(a_visitor(), [row])[row.pk]
    assert withheld.central is None
    assert "bailleur" in withheld.reason
    public.decisions.all().delete()
    closed = figures_of(a_visitor(), [row])[row.pk]
    assert (closed.central, closed.reason) == (None, CLOSED)


# Notes and proceedings.


def note(meeting: Meeting, text: str, **fields: Any) -> Note:
    return Note.objects.create(
        meeting=meeting, **{"kind": "said", "text": text, "state": "shown"} | fields
    )


def test_notes_are_read_over_by_who_runs_the_meeting(
    meeting: Meeting, browse: Callable[[str], Client]
) -> None:
    elsewhere, officer = browse("officer_elsewhere"), browse("officer")
    url = f"{HERE}{meeting.pk}/notes/"
    half = elsewhere.post(url, {"kind": "decided", "text": "Ouvrir en août."})
    assert half.status_code == 422
    assert "Une décision a un organisme qui s’en charge" in text_of(half)
    assert "Une décision a une date" in text_of(half)
    whole = {"kind": "decided", "text": "Ouvrir en août.", "bearer": "Ville",
             "due_on": "2027-06-01"}  # fmt: skip
    assert elsewhere.post(url, whole).status_code == 302
    row = Note.objects.get()
    assert row.state == "received"
    assert elsewhere.post(url, {"note": row.pk, "state": "shown"}).status_code == 404
    unsaid = officer.post(url, {"note": row.pk, "state": "withheld"})
    assert unsaid.status_code == 422
    assert "Dites pourquoi cette note est écartée." in text_of(unsaid)
    officer.post(url, {"note": row.pk, "state": "withheld", "reason": "wrong"})
    officer.post(url, {"note": row.pk, "state": "shown"})
    row.refresh_from_db()
    assert (row.state, row.reason) == ("shown", "")
    assert list(row.readings.values_list("state", "reason")) == [
        ("withheld", "wrong"), ("shown", "")
    ]  # fmt: skip


def test_proceedings_are_frozen_and_what_was_taken_out_is_not_in_them(
    meeting: Meeting, public: Release, people: dict[str, Any], browse: Callable[[str], Client]
) -> None:
    gathering.bring(meeting, public)
    kept, gone = note(meeting, "Cela reste."), note(meeting, "Cela part.")
    note(meeting, "Pas relue.", state="received")
    words = Contribution.objects.create(
        territory=public.territory, event=meeting.event, text="Parole de la salle.", state="shown"
    )
    officer, visitor = browse("officer"), Client()
    url = f"{HERE}{meeting.pk}/"
    assert "actes ne sont pas encore publiés" in text_of(visitor.get(url))
    missing = text_of(officer.get(f"{url}publier/"))
    assert "Ailleurs (données fictives) : manque le constat, le doute, la solution, le récit" in (
        missing.replace("\xa0", " ")
    )
    assert officer.post(f"{url}publier/", {}).status_code == 422
    start = meeting.event.starts_at
    Event.objects.filter(pk=meeting.event.pk).update(
        starts_at=start + dt.timedelta(days=9), ends_at=start + dt.timedelta(days=10)
    )
    early = officer.post(f"{url}publier/", {"read": "on"})
    assert early.status_code == 422
    assert "une rencontre annoncée et commencée" in text_of(early)
    Event.objects.filter(pk=meeting.event.pk).update(
        starts_at=start, ends_at=start + dt.timedelta(hours=3)
    )
    assert officer.post(f"{url}publier/", {"read": "on"}).status_code == 302
    row = Proceedings.objects.get()
    assert row.digest == proceedings.digest_of(row.content)
    assert "Parole de la salle" not in json.dumps(row.content, ensure_ascii=False)
    page = text_of(visitor.get(url))
    for said in ("Cela reste.", "Cela part.", "Parole de la salle.", "Deux rues.", "Une clé.",
                 "Relu aujourd’hui dans sa livraison : le même chiffre",
                 "son empreinte le confirme"):  # fmt: skip
        assert said in page.replace("\xa0", " "), said
    assert "Pas relue" not in page
    # Nothing that is written afterwards changes them, but for what is taken out.
    gathering.bring(meeting, public, version=2, doubt="Autre chose.")
    Note.objects.filter(pk=gone.pk).update(state="withheld", reason="personal")
    words.erase()
    page = text_of(visitor.get(f"{url}actes/1/"))
    assert "Deux rues." in page
    assert "Autre chose." not in page
    assert "Cela part." not in page
    assert "Parole de la salle" not in page
    assert "2 notes ou paroles de ces actes ont été retirées depuis" in page
    content = visitor.get(f"{url}actes/1/actes.docx").content
    assert squeezed("Cela reste.") in docx_text(content)
    assert squeezed("Cela part.") not in docx_text(content)
    assert kept.text
    with pytest.raises(TypeError):
        row.save()
    # Another number says what changes.
    assert officer.post(f"{url}publier/", {"read": "on"}).status_code == 422
    again = {"read": "on", "because": "Un doute corrigé"}
    assert officer.post(f"{url}publier/", again).status_code == 302
    assert "Autre chose." in text_of(visitor.get(url))
    assert "Des actes plus récents existent" in text_of(visitor.get(f"{url}actes/1/"))
    assert visitor.get(f"{url}actes/3/").status_code == 404


def test_proceedings_hold_only_what_everybody_may_read(
    public: Release, people: dict[str, Any]
) -> None:
    meeting = gathering.a_meeting(public.territory)
    roadmap = roadmap_demo.write(public.territory, people["officer"])
    assert roadmap is not None
    secret = roadmap.actions.filter(published_on=None)[0]
    gathering.bring(meeting, public, action=secret)
    public.decisions.all().delete()
    content = proceedings.content_of(meeting)
    told = next(t for t in content["territories"] if t["code"] == "999000001")
    assert told["figure"]["central"] is None
    assert told["figure"]["reason"] == CLOSED
    assert secret.title not in json.dumps(content, ensure_ascii=False)
    shown = roadmap.actions.public()[0]
    gathering.bring(meeting, public, version=2, action=shown)
    assert shown.title in json.dumps(proceedings.content_of(meeting), ensure_ascii=False)


def test_a_figure_that_changed_is_told(meeting: Meeting, public: Release) -> None:
    row = gathering.bring(meeting, public)
    content = proceedings.content_of(meeting)
    assert proceedings.checked(content) == {
        "999000001": "Relu aujourd’hui dans sa livraison : le même chiffre."
    }
    Value.objects.filter(
        zone__release=public, zone__code=row.zone, indicator__name=row.indicator
    ).update(central=0.5)
    assert proceedings.checked(content) == {"999000001": "Relu aujourd’hui : il a changé."}
    public.decisions.all().delete()
    assert CLOSED in proceedings.checked(content)["999000001"]


def test_the_documents_of_proceedings(
    meeting: Meeting, public: Release, people: dict[str, Any]
) -> None:
    hostile = '#import "/etc/passwd": $x$ *gras* <b>&amp; 😀 \u202eRLO'
    gathering.bring(meeting, public, story=hostile, doubt="d" * 800)
    note(meeting, "Ouvrir en août.", kind="decided", bearer="Ville", due_on=dt.date(2027, 6, 1))
    note(meeting, "Comparer n’a pas de sens.", kind="disagreed")
    proceedings.publish(meeting, "", people["facilitator"])
    client, url = Client(), f"{HERE}{meeting.pk}/actes/1/actes"
    pdf, word = client.get(f"{url}.pdf").content, client.get(f"{url}.docx").content
    root: Any = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert str(root["/Lang"]).startswith("fr")
    assert root["/StructTreeRoot"]["/K"]
    digest = Proceedings.objects.get().digest
    for text in (pdf_text(pdf), docx_text(word)):
        for said in ("Accueil", "Ouvrir en août.", "1er juin 2027", "Comparer n’a pas de sens.",
                     public.code, "#import", digest, "Intervalle"):  # fmt: skip
            assert squeezed(said) in text, said
        assert "root:" not in text
    assert client.get(f"{url}.pdf").content == pdf, "the same content gives the same bytes"
    assert client.get(f"{HERE}{meeting.pk}/brouillon.pdf").status_code == 404


def test_the_page_of_a_meeting_asks_little(
    public: Release, people: dict[str, Any], browse: Callable[[str], Client],
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    """As much for two territories as for forty."""
    meeting = gathering.a_meeting(public.territory)
    for n in range(38):
        territory = Territory.objects.create(code=f"9991{n:05}", name=f"Territoire {n}")
        Membership.objects.create(
            programme=meeting.programme, territory=territory, joined_on=dt.date(2026, 1, 5)
        )
        Brought.objects.create(meeting=meeting, territory=territory, version=1, doubt="x")
    gathering.bring(meeting, public)
    officer = browse("officer")
    officer.get(f"{HERE}{meeting.pk}/")
    with django_assert_max_num_queries(16):
        officer.get(f"{HERE}{meeting.pk}/")
    proceedings.publish(meeting, "", people["facilitator"])
    with django_assert_max_num_queries(16):
        Client().get(f"{HERE}{meeting.pk}/")


# The directory.


def test_the_directory_names_bodies_and_who_agreed(
    public: Release, people: dict[str, Any], browse: Callable[[str], Client]
) -> None:
    gathering.a_programme()
    roadmap = roadmap_demo.write(public.territory, people["officer"])
    assert roadmap is not None
    elsewhere, officer = browse("officer_elsewhere"), browse("officer")
    page = text_of(elsewhere.get("/annuaire-des-pairs/"))
    committed = roadmap.actions.public().filter(level__in=("engaged", "under_way", "done"))
    assert committed
    for action in committed:
        assert action.title in page
        assert str(action.pilot or action.carrier) in page
    for action in roadmap.actions.filter(published_on=None):
        assert action.title not in page
    assert people["officer"].name not in page.split("Les personnes qui acceptent")[1]
    one = committed[0]
    narrow = text_of(elsewhere.get(f"/annuaire-des-pairs/?mesure={one.measure}"))
    table = narrow.split("Les formats tenus")[0].split("par solution")[1]
    assert one.title in table
    assert all(a.title not in table for a in committed if a.measure != one.measure)
    assert "Personne n’a encore d’action" in text_of(
        elsewhere.get("/annuaire-des-pairs/?mesure=inconnue")
    )
    mine = "/annuaire-des-pairs/mon-contact/"
    typed = {"territory": public.territory.pk, "about": "Une cour d’école", "reach": "02 00 00"}
    refused = officer.post(mine, typed)
    assert refused.status_code == 422
    assert "Sans votre accord, rien n’est enregistré." in text_of(refused)
    there = Territory.objects.get(code="999000002").pk
    assert officer.post(mine, typed | {"agreed": "on", "territory": there}).status_code == 422
    assert officer.post(mine, typed | {"agreed": "on"}).status_code == 302
    assert "Une cour d’école" in text_of(elsewhere.get("/annuaire-des-pairs/"))
    row = Contact.objects.get()
    elsewhere.post(mine, {"withdraw": row.pk})
    assert Contact.objects.exists(), "nobody withdraws another's"
    officer.post(mine, {"withdraw": row.pk})
    assert not Contact.objects.exists()
    Contact.objects.create(person=people["officer"], territory=public.territory, about="x",
                           reach="y")  # fmt: skip
    people["officer"].delete()
    assert not Contact.objects.exists(), "it goes with the account"


# What was learned.


def test_a_lesson_is_opened_corrected_and_taken_back(
    public: Release, browse: Callable[[str], Client]
) -> None:
    programme = gathering.a_programme()
    body = Organisation.objects.create(name="Régie", kind="association")
    officer, visitor = browse("officer"), Client()
    url = "/ce-que-nous-avons-appris/"
    typed = {
        "programme": programme.pk, "territory": public.territory.pk, "topic": "short",
        "verdict": "worked", "title": "Devant l’école", "text": "Ils sont restés.",
        "organisation": body.pk, "evidence": "",
    }  # fmt: skip
    refused = officer.post(f"{url}ecrire/", typed)
    assert refused.status_code == 422
    there = Territory.objects.get(code="999000002").pk
    others = officer.post(f"{url}ecrire/", typed | {"evidence": "Compté", "territory": there})
    assert others.status_code == 422, "one writes for one's own territory"
    assert officer.post(f"{url}ecrire/", typed | {"evidence": "Compté"}).status_code == 302
    row = Lesson.objects.get()
    assert visitor.get(f"{url}{row.pk}/").status_code == 404
    assert "Devant l’école" not in text_of(visitor.get(url))
    assert "Devant l’école" in text_of(browse("officer_elsewhere").get(url))
    assert browse("officer_elsewhere").post(f"{url}{row.pk}/", {}).status_code == 404
    assert officer.post(f"{url}{row.pk}/", {}).status_code == 302
    page = text_of(visitor.get(f"{url}{row.pk}/"))
    for said in ("Régie", "Compté", "a marché", "Ils sont restés."):
        assert said in page
    again = typed | {"evidence": "Compté deux fois"}
    assert officer.post(f"{url}{row.pk}/corriger/", again).status_code == 302
    second = Lesson.objects.get(replaces=row)
    assert officer.post(f"{url}{row.pk}/corriger/", again).status_code == 422, "corrected already"
    assert "la nouvelle version n’est pas encore publique" in text_of(
        visitor.get(f"{url}{row.pk}/")
    )
    officer.post(f"{url}{second.pk}/", {})
    assert text_of(visitor.get(f"{url}?format=short")).count("Devant l’école") == 1
    assert "Devant l’école" not in text_of(visitor.get(f"{url}?format=data"))
    without = officer.post(f"{url}{second.pk}/", {})
    assert without.status_code == 422, "taking back needs a reason"
    assert officer.post(f"{url}{second.pk}/", {"reason": "Contesté"}).status_code == 302
    assert visitor.get(f"{url}{second.pk}/").status_code == 404
    assert list(second.openings.values_list("opened", flat=True)) == [True, False]


def test_kits_say_their_licence(public: Release) -> None:
    page = text_of(Client().get("/outils-a-reprendre/"))
    assert page.count("Droit d’usage") == 3
    assert "AGPL-3.0" in page
    assert "protégées" in page
    for zone in public.zones.filter(kind="qpv"):
        assert zone.name in page


def test_the_page_in_english(public: Release, settings: Any) -> None:
    answer = Client().get("/en/")
    html, page = answer.content.decode(), text_of(answer)
    assert '<html lang="en">' in html
    assert html.count('lang="fr"') >= 6, "what is French in it says so"
    assert "Aller au contenu" not in html
    assert "invented data" in page
    for name in ("Angers", "La Roche-sur-Yon", "Quimper", "Saint-Nazaire", "AGPL"):
        assert name in page
    assert "has not said how to reach them" in page
    settings.ABOUT = settings.ABOUT | {"contact": "labo@example.org"}
    assert "labo@example.org" in text_of(Client().get("/en/"))
    assert 'href="/en/"' in Client().get("/").content.decode()


# The demonstration.


def test_the_demonstration_is_invented_and_made_once(
    public: Release, people: dict[str, Any], settings: Any
) -> None:
    with pytest.raises(CommandError, match="qu’avec LABO_DEBUG=1"):
        call_command("demo_meeting")
    settings.DEBUG = True
    with pytest.raises(CommandError, match="Lancez d’abord demo_programme"):
        call_command("demo_meeting")
    gathering.a_programme(fictive=True)
    assert Programme.objects.get().fictive
    open_to(Release.objects.get(territory__code="999000002"), Circle.EVERYONE)
    call_command("demo_meeting", stdout=StringIO())
    made = Meeting.objects.get()
    start, end = (timezone.localtime(x) for x in (made.event.starts_at, made.event.ends_at))
    table = timetable(list(made.slots.all()), start, end)
    assert (table.faults, table.left) == ((), 0)
    rows = {row.territory.code: row for row in proceedings.latest(made)}
    assert set(rows) == set(gathering.CODES)
    assert all(row.lacking == [] for row in rows.values())
    page = text_of(Client().get(f"{HERE}{made.pk}/"))
    assert "onnées fictives" in page
    assert page.count("Relu aujourd’hui dans sa livraison") == 2
    assert "écartée pour l’exemple" not in page
    assert not Event.objects.filter(fictive=False).exists()
    call_command("demo_meeting", stdout=StringIO())
    assert Meeting.objects.count() == 1
