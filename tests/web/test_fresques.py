"""Sessions: formats, their sheet and what it says of nobody, the plan across territories."""

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from icalendar import Calendar

from labo_web.accounts.models import Organisation, Territory, fingerprint
from labo_web.programme.fresques import Held, held_in, months_around, plan_of
from labo_web.programme.models import Membership
from labo_web.releases.models import Release
from labo_web.workshops import sessions
from labo_web.workshops.formats import FORMATS
from labo_web.workshops.kit.script import SHORT
from labo_web.workshops.models import (
    Contribution,
    Evaluation,
    Event,
    FresqueSheet,
    Grouping,
    Headcount,
    Question,
    Registration,
    Subject,
)
from labo_web.workshops.presence import FEWEST, cumulate
from labo_web.workshops.templatetags.hours import hour
from tests.web import gathering, room
from tests.web.conftest import first_qpv
from tests.web.roadmap_forms import text_of
from tests.web.test_documents import docx_text, pdf_text, squeezed


def a_session(territory: Territory, days: int = -5, **fields: Any) -> Event:
    """A Fresque of some days ago, or to come, with its two questions."""
    start = timezone.now() + dt.timedelta(days=days)
    made = room.an_event(
        territory, **{"kind": "fresque", "level": "inform", "title": "Une Fresque",
                      "starts_at": start, "ends_at": start + dt.timedelta(hours=3)} | fields
    )  # fmt: skip
    for i, text in enumerate(FORMATS[Event.Kind(made.kind)].asked, start=1):
        Question.objects.create(event=made, position=i, kind="say", text=text)
    return made


def a_sheet(event: Event, **fields: Any) -> FresqueSheet:
    given: dict[str, Any] = {
        "licence": "volunteer", "audience": "residents", "tables": 2, "leaders": 1,
        "registered": 14, "present": 12, "minutes": 180,
    } | fields  # fmt: skip
    return FresqueSheet.objects.create(event=event, **given)


def say(event: Event, position: int, text: str, **fields: Any) -> Contribution:
    question = event.questions.get(position=position)
    return Contribution.objects.create(
        territory=event.territory, event=event, question=question, text=text, zone=event.zone,
        **{"state": "shown"} | fields,
    )  # fmt: skip


# Formats.


@pytest.mark.parametrize(
    ("people", "tables", "leaders"),
    [(0, 0, (0, 0)), (8, 1, (1, 1)), (14, 2, (1, 1)), (16, 2, (1, 2)), (17, 0, (2, 2)),
     (24, 4, (2, 2)), (12, 3, (2, 2)), (28, 0, (2, 2)), (40, 0, (3, 3))],
)  # fmt: skip
def test_one_leads_two_tables_and_sixteen_people(
    people: int, tables: int, leaders: tuple[int, int]
) -> None:
    assert FORMATS[Event.Kind.FRESQUE].leaders(people, tables) == leaders


def test_formats_are_declared_whole() -> None:
    for found in FORMATS.values():
        least, most = found.minutes
        assert 0 < least < most
        assert found.advised_each <= found.people_each
        assert found.licences
        assert len(found.asked) == 2
        assert "à vérifier" in found.known_from
    short = FORMATS[Event.Kind.SHORT]
    assert short.minutes[0] <= sum(step.minutes for step in SHORT) <= short.minutes[1]
    assert FresqueSheet.Licence.OWN not in FORMATS[Event.Kind.FRESQUE].licences


def test_the_form_of_a_sheet_follows_its_format(
    public: Release, browse: Callable[[str], Client]
) -> None:
    officer = browse("officer")
    short = a_session(public.territory, kind="short")
    url = f"/rencontres/{short.pk}/bilan/"
    officer.post(url, {"part": "count", "present": 11})
    page = officer.get(url).content.decode()
    assert "---------" not in page
    assert "à choisir" in page
    assert 'value="volunteer"' not in page
    assert "De 45 à 60 minutes" in text_of(officer.get(url)).replace("D’habitude de", "De")
    sheet = {"part": "sheet", "licence": "own", "audience": "", "tables": 1, "leaders": 1,
             "registered": 0, "minutes": 90}  # fmt: skip
    assert officer.post(url, sheet).status_code == 422
    assert officer.post(url, sheet | {"audience": "residents"}).status_code == 302
    # What is out of the ordinary is told: what happened is never refused.
    told = text_of(officer.get(f"/rencontres/{short.pk}/fiche-de-seance/"))
    assert "Durée de 90 minutes : ce format en demande de 45 à 60." in told.replace("\xa0", " ")
    walk = room.an_event(public.territory)
    assert officer.get(f"/rencontres/{walk.pk}/fiche-de-seance/").status_code == 404


# The sheet.


def test_a_sheet_tells_what_came_without_anybody(
    public: Release, browse: Callable[[str], Client]
) -> None:
    zone = public.zones.get(code=first_qpv(public))
    event = a_session(public.territory, zone=zone.code)
    a_sheet(event)
    first = say(event, 1, "Et chez nous ?", table="3", dictated_to="Mme X")
    say(event, 1, "et chez nous")
    say(event, 2, "Moins de voiture")
    waiting = say(event, 2, "Ma voisine Awa", state="received")
    say(event, 1, "Injure", state="withheld", reason="insult")
    service = Organisation.objects.create(name="Espaces verts", kind="authority")
    subject = Subject.objects.create(
        territory=public.territory, title="Les arbres d’ici", service=service,
        due_on=dt.date(2027, 1, 1),
    )  # fmt: skip
    Grouping.objects.create(subject=subject, contribution=first)
    came = sessions.came_of(event)
    assert [(c.question, [(x.text, x.times, x.subject) for x in c.lines]) for c in came] == [
        ("Quelles questions sont venues ?", [("Et chez nous ?", 2, "Les arbres d’ici")]),
        ("Quelles intentions sont venues ?", [("Moins de voiture", 1, "")]),
    ]
    officer, url = browse("officer"), f"/rencontres/{event.pk}/fiche-de-seance/"
    page = officer.get(url)
    assert f"/territoires/999000001/quartiers/{zone.code}/" in page.content.decode()
    pdf = officer.get(f"/rencontres/{event.pk}/fiche-de-seance.pdf").content
    word = officer.get(f"/rencontres/{event.pk}/fiche-de-seance.docx").content
    root: Any = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    for text in (pdf_text(pdf), docx_text(word)):
        for said in (zone.name, "Et chez nous ? (Les arbres d’ici, 2 fois)", "Moins de voiture",
                     "animation bénévole", "habitantes, habitants et associations",
                     "1 à relire"):  # fmt: skip
            assert squeezed(said) in text, said
        for hidden in ("Awa", "Injure", "Mme X", "Table 3"):
            assert squeezed(hidden) not in text, hidden
    # Read over, it is public; on the event's page, and where one hears the neighbourhood.
    visitor = Client()
    assert "Awa" not in text_of(visitor.get(f"/rencontres/{event.pk}/"))
    nothing = officer.post(url, {})
    assert nothing.status_code == 422
    assert "Rien n’est coché" in text_of(nothing)
    other = room.an_event(public.territory)
    foreign = Contribution.objects.create(
        territory=public.territory, event=other, text="Ailleurs", state="received"
    )
    assert officer.post(url, {"word": [foreign.pk]}).status_code == 422
    waiting.text = "Passer voir ma voisine"
    waiting.save()
    assert officer.post(url, {"word": [waiting.pk]}).status_code == 302
    told = text_of(visitor.get(f"/rencontres/{event.pk}/"))
    assert "Passer voir ma voisine" in told
    assert "12" not in told.split("Ce qui est venu")[1].split("Ce que l’on peut")[0]
    heard = visitor.get(f"/territoires/999000001/quartiers/{zone.code}/ce-qu-on-entend/")
    assert "Les séances tenues ici" in text_of(heard)
    assert f'href="/rencontres/{event.pk}/"' in heard.content.decode()


def test_a_sheet_without_a_name_yet_is_printed_for_a_pen(
    public: Release, browse: Callable[[str], Client]
) -> None:
    event = a_session(public.territory, days=3, kind="short")
    text = pdf_text(browse("officer").get(f"/rencontres/{event.pk}/fiche-de-seance.pdf").content)
    for said in ("À remplir au stylo", "Mot pour mot, sans nom", "Droit d’usage",
                 "Quelles intentions sont venues ?"):  # fmt: skip
        assert squeezed(said) in text


def test_what_people_thought_is_never_of_one_session(
    public: Release, browse: Callable[[str], Client]
) -> None:
    event = a_session(public.territory)
    a_sheet(event)

    def answer(many: int, of: Event) -> None:
        Headcount.objects.create(event=of, trait="present", answer="present", people=many)
        Evaluation.objects.bulk_create(
            Evaluation(event=of, moment="after", power=4 if n % 2 else 2, client_id=uuid.uuid4())
            for n in range(many)
        )

    answer(10, event)
    assert cumulate(public.territory) is None
    officer, url = browse("officer"), f"/rencontres/{event.pk}/fiche-de-seance/"
    assert "Rien n’est montré" in text_of(officer.get(url))
    answer(2 * FEWEST, room.an_event(public.territory, title="Autre"))
    assert cumulate(public.territory) is not None
    session = sessions.session_of(event)
    assert session is not None
    assert session.parts
    assert all(row.people >= FEWEST for part in session.parts for row in part.rows)
    page = text_of(officer.get(url))
    assert "Toutes rencontres du territoire ensemble (2)" in page
    text = pdf_text(officer.get(f"/rencontres/{event.pk}/fiche-de-seance.pdf").content)
    assert squeezed("une séance seule n’est jamais montrée") in text


# Across territories.


def test_the_gate_counts_fresques_by_audience(public: Release) -> None:
    here, there = (Territory.objects.get(code=code) for code in gathering.CODES)
    assert held_in([here, there]) == {here.pk: Held(0, 0, 0), there.pk: Held(0, 0, 0)}
    a_sheet(a_session(here), audience="staff")
    a_sheet(a_session(here), audience="")
    a_sheet(a_session(here, kind="short"), audience="residents", licence="own")
    a_sheet(a_session(here, days=4), audience="residents")  # to come
    a_sheet(a_session(here, state="cancelled"), audience="residents")
    a_sheet(a_session(here, state="draft"), audience="residents")
    a_sheet(a_session(here), audience="residents", present=0)
    a_sheet(a_session(there), audience="both")
    found = held_in([here, there])
    assert found == {here.pk: Held(1, 0, 1), there.pk: Held(1, 1, 0)}
    assert not found[here.pk].passed
    assert found[there.pk].passed


def test_the_gate_asks_once(public: Release, django_assert_num_queries: Any) -> None:
    territories = list(Territory.objects.all())
    with django_assert_num_queries(1):
        held_in(territories)


def test_months_around_cross_years() -> None:
    found = months_around(dt.date(2026, 11, 29))
    assert (found[0], found[-1], len(found)) == (dt.date(2026, 5, 1), dt.date(2027, 5, 1), 13)
    assert months_around(dt.date(2026, 1, 31))[0] == dt.date(2025, 7, 1)


def test_the_plan_tells_who_is_needed(public: Release, browse: Callable[[str], Client]) -> None:
    gathering.a_programme()
    here, there = (Territory.objects.get(code=code) for code in gathering.CODES)
    soon = a_session(here, days=1, title="Bientôt", capacity=40)
    unknown = a_session(there, days=1, title="Sans places")
    asked = a_session(there, days=1, title="Inscriptions")
    Registration.objects.create(event=asked, people=9, token_hash=fingerprint("one"))
    Registration.objects.create(event=asked, people=8, token_hash=fingerprint("two"))
    done = a_session(here, title="Tenue")
    a_sheet(done, leaders=2)
    say(done, 1, "Pourquoi ?")
    plan = plan_of([here, there], timezone.localdate())
    by_pk = {p.event.pk: p for p in (*plan.coming, *plan.past)}
    assert by_pk[soon.pk].leaders == (3, 3)
    assert by_pk[unknown.pk].leaders is None
    assert (by_pk[asked.pk].expected, by_pk[asked.pk].leaders) == (17, (2, 2))
    assert (by_pk[done.pk].leaders, by_pk[done.pk].came) == ((2, 2), 1)
    assert sum(m.sessions for m in plan.months) == 4
    assert sum(m.unknown for m in plan.months) == 1
    assert sum(m.leaders[0] for m in plan.months) == 7
    assert {t.pk: sum(counts) for t, counts in plan.rows} == {here.pk: 2, there.pk: 2}
    page = text_of(browse("facilitator").get("/fresques/"))
    assert "on ne sait pas : dites le nombre de places" in page.replace("\xa0", " ")
    assert "12 présentes sur 14 inscrites" in page
    assert browse("officer").get("/fresques/").status_code == 404


def test_sessions_are_in_the_order_that_is_said(public: Release) -> None:
    here = Territory.objects.get(code=gathering.CODES[0])
    for days in (-3, -40, -9, 12, 2):
        a_sheet(a_session(here, days=days))
    plan = plan_of([here], timezone.localdate())
    assert len(plan.past) == 3
    held = [p.event.starts_at for p in plan.past]
    assert held == sorted(held, reverse=True)
    coming = [p.event.starts_at for p in plan.coming]
    assert coming == sorted(coming)


@pytest.mark.parametrize(
    ("registered", "present", "said"),
    [
        (14, 12, "12 présentes sur 14 inscrites"),
        (0, 12, "12 présentes, sans inscription"),
        (10, 14, "14 présentes, 10 inscrites"),
        (1, 1, "1 présente sur 1 inscrite"),
    ],
)
def test_who_came_is_said_against_who_said_so(
    public: Release, registered: int, present: int, said: str
) -> None:
    here = Territory.objects.get(code=gathering.CODES[0])
    a_sheet(a_session(here), registered=registered, present=present)
    [planned] = plan_of([here], timezone.localdate()).past
    assert planned.came_said == said


def test_months_and_hours_are_said_one_way(
    public: Release, browse: Callable[[str], Client]
) -> None:
    here = Territory.objects.get(code=gathering.CODES[0])
    gathering.a_programme()
    a_session(here, days=1)
    page = browse("facilitator").get("/fresques/").content.decode()
    first = months_around(timezone.localdate())[0]
    assert f'<th scope="col">{date_format(first, "N y")}</th>' in page
    assert re.search(r"\d{4}, \d{1,2}\u202fh", page)
    assert not re.search(r"\d{2}h\d{2}", page)


def test_hours_are_read_from_moments_and_from_kept_texts() -> None:
    assert hour(dt.time(14)) == "14\u202fh"
    assert hour(dt.time(9, 5)) == "9\u202fh\u202f05"
    assert hour("14:30") == "14\u202fh\u202f30"


def test_the_team_s_list_says_what_was_held(
    public: Release, browse: Callable[[str], Client]
) -> None:
    here = Territory.objects.get(code=gathering.CODES[0])
    for days, title in ((-9, "Avant"), (-2, "Hier"), (3, "Bientôt"), (30, "Plus tard")):
        a_session(here, days=days, title=title)
    page = browse("officer").get(f"/territoires/{here.code}/rencontres/").content.decode()
    places = [page.index(f">{x}</a>") for x in ("Bientôt", "Plus tard", "Hier", "Avant")]
    assert places == sorted(places)
    assert page.count("<td>tenue</td>") == 2


def test_the_plan_asks_little(
    public: Release, browse: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    programme = gathering.a_programme()
    for n in range(40):
        territory = Territory.objects.create(code=f"9991{n:05}", name=f"Territoire {n}")
        Membership.objects.create(
            programme=programme, territory=territory, joined_on=dt.date(2026, 1, 5)
        )
        a_sheet(a_session(territory))
    facilitator = browse("facilitator")
    with django_assert_max_num_queries(12):
        facilitator.get("/fresques/")


def test_a_calendar_of_one_territory_or_of_all(public: Release) -> None:
    here, there = (Territory.objects.get(code=code) for code in gathering.CODES)
    a_session(here, days=2, title="Ici")
    a_session(there, days=2, title="Là-bas", kind="short")
    gathering.a_meeting(here, title="Entre territoires")

    def read(query: str = "") -> tuple[Any, set[str]]:
        content = Client().get(f"/rencontres/agenda.ics{query}").content
        found = Calendar.from_ical(content)
        return found, {str(e["summary"]) for e in found.walk("VEVENT")}

    whole, titles = read()
    assert titles == {"Ici", "Là-bas", "Entre territoires"}
    assert whole["refresh-interval"].dt == dt.timedelta(hours=12)
    one, titles = read("?territoire=999000002")
    assert titles == {"Là-bas", "Entre territoires"}
    assert str(there) in str(one["x-wr-calname"])
    categories = {str(e["summary"]): e["categories"].to_ical().decode() for e in one.walk("VEVENT")}
    assert "séance courte" in categories["Là-bas"]
    page = Client().get("/rencontres/?territoire=999000002").content.decode()
    assert "/rencontres/agenda.ics?territoire=999000002" in page
