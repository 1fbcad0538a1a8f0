"""The day's path: what tables wrote is kept with its dissent, and is in the evening's documents."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from labo_web.releases.models import Release
from labo_web.resources.models import Resource
from labo_web.workshops.answers.outcomes import forget
from labo_web.workshops.day import graph, sheets
from labo_web.workshops.day.told import dissents, quadrants
from labo_web.workshops.models import (
    Contribution,
    Event,
    Reaction,
    SolutionSheet,
    SolutionVersion,
    TableSheet,
)
from tests.web import room
from tests.web.conftest import first_qpv
from tests.web.test_documents import HOSTILE, docx_text, pdf_text, squeezed

LAWFUL = "Un mot de table"


@pytest.fixture
def event(public: Release) -> Event:
    return room.an_event(public.territory, zone=first_qpv(public), kind="foresight")


@pytest.fixture
def officer(event: Event, browse: Callable[[str], Client]) -> Client:
    return browse("officer")


def sheet_of(event: Event, name: str) -> str:
    return f"/rencontres/{event.pk}/journee/feuilles/{name}/"


def read_documents(client: Client, event: Event, name: str) -> list[str]:
    """Return the words of a document, as PDF and as DOCX."""
    url = f"/rencontres/{event.pk}/journee/{name}"
    pdf, word = (client.get(f"{url}.{kind}") for kind in ("pdf", "docx"))
    assert (pdf.status_code, word.status_code) == (200, 200)
    return [pdf_text(pdf.content), docx_text(word.content)]


def test_a_sheet_keeps_all_its_versions(event: Event, officer: Client) -> None:
    url = sheet_of(event, "causes-2")
    typed = {"base": 0, "cause_from-1": "Pas d’arbres", "cause_to-1": "Le sol brûle"}
    assert officer.post(url, typed).status_code == 302
    # The same sheet, copied again by somebody who did not know: kept once.
    assert officer.post(url, typed).status_code == 302
    assert TableSheet.objects.count() == 1
    more = typed | {"base": 1, "disagreements": "Sauf à l’ombre de la tour.", "on_paper": "on"}
    assert officer.post(url, more).status_code == 302
    rows = TableSheet.objects.order_by("version")
    assert [r.version for r in rows] == [1, 2]
    assert [r.on_paper for r in rows] == [False, True]
    page = officer.get(f"/rencontres/{event.pk}/journee/").content.decode()
    assert "Sauf à l’ombre de la tour." in page
    assert "Pas d’arbres" in page


def test_a_sheet_that_is_no_longer_there_begins_again(event: Event, officer: Client) -> None:
    url = sheet_of(event, "causes-2")
    typed = {"base": 99, "cause_from-1": "Pas d’arbres", "cause_to-1": "Le sol brûle"}
    assert officer.post(url, typed).status_code == 302
    assert [r.version for r in TableSheet.objects.all()] == [1]


def test_two_who_type_one_sheet_see_both_texts(
    event: Event, officer: Client, browse: Callable[[str], Client]
) -> None:
    url = sheet_of(event, "futurs-1")
    officer.post(url, {"base": 0, "story": "La première histoire."})
    late = browse("facilitator").post(url, {"base": 0, "story": "La seconde histoire."})
    assert late.status_code == 409
    html = late.content.decode()
    assert "La première histoire." in html.split("<form method")[0]
    assert "La seconde histoire." in html
    assert 'name="base" value="1"' in html
    again = browse("facilitator").post(url, {"base": 1, "story": "La seconde histoire."})
    assert again.status_code == 302
    assert TableSheet.objects.count() == 2


def test_a_wrong_sheet_is_refused_with_its_words(event: Event, officer: Client) -> None:
    page = officer.get(sheet_of(event, "reves-1"))
    assert page.status_code == 404
    assert officer.get(sheet_of(event, "causes-99")).status_code == 404
    long = officer.post(sheet_of(event, "causes-1"), {"base": 0, "cause_from-1": "x" * 1_501})
    assert long.status_code == 422
    assert "x" * 1_501 in long.content.decode()
    assert not TableSheet.objects.exists()


def test_a_walk_has_its_stops(public: Release, browse: Callable[[str], Client]) -> None:
    walk = room.an_event(public.territory, zone=first_qpv(public))
    officer = browse("officer")
    typed = {"base": 0, "where": "Devant l’école", "shade": "1", "comfort": "2",
             "bothers": "Pas un banc", "minority": "Un enfant aime le soleil."}  # fmt: skip
    assert officer.post(sheet_of(walk, "marche-3"), typed).status_code == 302
    assert officer.post(sheet_of(walk, "marche-4"), {"base": 0, "shade": "9"}).status_code == 422
    for text in read_documents(officer, walk, "compte-rendu"):
        for words in ("Arrêt 3 Devant l’école", "De l’ombre : 1 sur 5", "Pas un banc",
                      "Un enfant aime le soleil."):  # fmt: skip
            assert squeezed(words) in text
        assert squeezed("De l’eau à boire :") not in text  # not noted, which is not zero


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=12))
def test_causes_stand_left_of_what_they_do(pairs: list[tuple[str, str]]) -> None:
    """Whatever is linked, loops included, each thing has a column; without a loop, in order."""
    links = [graph.Link(a, b, (1,)) for a, b in dict.fromkeys(pairs) if a != b]
    ranks = graph.ranks_of(links)
    assert set(ranks) == {x for link in links for x in (link.cause, link.effect)}
    forward = [x for x in links if x.cause < x.effect]
    ranks = graph.ranks_of(forward)
    assert all(ranks[x.cause] < ranks[x.effect] for x in forward)
    drawn = graph.drawing(links)
    assert (drawn is None) == (not links)


def test_the_same_words_are_one_thing(event: Event) -> None:
    for table, words in enumerate(("Le sol brûle.", "le sol  brûle", "LE SOL BRÛLE"), 1):
        content = {"cause_from-1": words, "cause_to-1": "On ne sort plus"}
        sheets.save(event, "causes", table, content, base=0, on_paper=False, by=None)
    links = graph.links_of(sheets.latest(event).values())
    assert [(x.effect, x.tables) for x in links] == [("On ne sort plus", (1, 2, 3))]


def test_futures_stand_on_their_axes(event: Event) -> None:
    for table, (first, second) in enumerate(
        (("low", "low"), ("high", "high"), ("", "high")), start=1
    ):
        content = {"story": f"Récit {table}", "first_axis": first, "second_axis": second}
        sheets.save(event, "futurs", table, content, base=0, on_paper=False, by=None)
    told = {q["title"]: q["stories"] for q in quadrants(sheets.latest(event))}
    assert told["Chacun pour soi, on subit le climat"] == [(1, "Récit 1")]
    assert told["Coopération, on s’adapte à temps"] == [(2, "Récit 2")]
    assert told["Sans place sur les axes"] == [(3, "Récit 3")]


def solution_of(event: Event, **fields: Any) -> SolutionSheet:
    given = {"title": "Une salle fraîche", "problem": "Tout ferme en août."} | fields
    return SolutionSheet.objects.create(
        territory=event.territory, zone=event.zone, event=event, **given
    )


def test_a_solution_keeps_what_it_said(event: Event, officer: Client) -> None:
    said = Contribution.objects.create(territory=event.territory, event=event, text="Il fait chaud")
    kept = Resource.objects.create(territory=event.territory, kind="place", source="team")
    typed = {"base": 0, "title": "Une salle fraîche", "numbers": said.number_shown,
             "resource_numbers": f"R-{kept.pk}",
             "minority": "Pas l’affaire des bénévoles."}  # fmt: skip
    url = f"/rencontres/{event.pk}/journee/solutions/table/4/"
    assert officer.post(url, typed).status_code == 302
    row = SolutionSheet.objects.get()
    assert (row.number_shown, row.table, row.zone) == ("S-1", 4, event.zone)
    assert list(row.contributions.all()) == [said]
    assert list(row.resources.all()) == [kept]
    assert "le premier pas" in row.lacking
    assert "S-1 Une salle fraîche" in officer.get(url).content.decode()
    page = officer.get(f"/solutions/{row.pk}/").content.decode()
    assert said.number_shown in page
    again = typed | {"base": 1, "title": "Deux salles fraîches", "first_step_by": "2027-01-31"}
    assert officer.post(f"/solutions/{row.pk}/", again).status_code == 302
    assert SolutionVersion.objects.get().content["title"] == "Une salle fraîche"
    page = officer.get(f"/solutions/{row.pk}/").content.decode()
    assert 'value="2027-01-31"' in page  # a date that is not shown would be lost at the next saving
    late = officer.post(f"/solutions/{row.pk}/", typed | {"base": 1, "title": "Trois salles"})
    assert late.status_code == 409
    html = late.content.decode()
    assert "Deux salles fraîches" in html
    assert "Trois salles" in html
    row.refresh_from_db()
    assert (row.title, row.version) == ("Deux salles fraîches", 2)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("numbers", "123 4567", "Aucune parole de ce territoire n’a le numéro « 123 4567 »"),
        ("numbers", "bonjour", "« bonjour »"),
        ("resource_numbers", "R-99999", "Aucune ressource de ce territoire"),
        ("effort", "4", "inférieure ou égale à 3"),
        ("title", "", "obligatoire"),
    ],
)
def test_a_wrong_solution_is_refused_and_kept(
    event: Event, officer: Client, name: str, value: str, why: str
) -> None:
    typed = {"base": 0, "title": "Une idée", "problem": LAWFUL} | {name: value}
    answer = officer.post(f"/rencontres/{event.pk}/journee/solutions/", typed)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert why in html
    assert LAWFUL in html
    assert not SolutionSheet.objects.exists()


def test_a_number_of_another_territory_is_not_found(event: Event, officer: Client) -> None:
    there = Release.objects.get(territory__code="999000002").territory
    said = Contribution.objects.create(territory=there, text="Ailleurs")
    typed = {"base": 0, "title": "Une idée", "numbers": said.number_shown}
    answer = officer.post(f"/rencontres/{event.pk}/journee/solutions/", typed)
    assert answer.status_code == 422


def test_vote_and_portage(event: Event, officer: Client) -> None:
    one, two = solution_of(event), solution_of(event, title="Des arbres")
    url = f"/rencontres/{event.pk}/journee/vote/"

    def votes(first: Any, base: int = 1) -> dict[str, Any]:
        return {
            f"s{one.pk}-base": base, f"s{one.pk}-dots": first, f"s{one.pk}-bearer": "Régie",
            f"s{one.pk}-state": "kept",
            f"s{two.pk}-base": 1, f"s{two.pk}-dots": "", f"s{two.pk}-bearer": "",
            f"s{two.pk}-state": "draft",
        }  # fmt: skip

    assert officer.post(url, votes("-1")).status_code == 422
    assert officer.post(url, votes(12)).status_code == 302
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.dots, one.bearer, one.state, one.version) == (12, "Régie", "kept", 2)
    assert (two.dots, two.version) == (None, 1)  # nobody voted: not zero, and nothing changed
    late = officer.post(url, votes(3))
    assert late.status_code == 409
    assert "12" in late.content.decode()
    one.refresh_from_db()
    assert one.dots == 12
    assert officer.post(url, votes(3, base=2)).status_code == 302


def filled(event: Event) -> tuple[Contribution, SolutionSheet]:
    """A day with one of each, and its dissent."""
    said = Contribution.objects.create(
        territory=event.territory, event=event, text="On ne dort plus au cinquième.",
        state="shown", kind="dictated", dictated_to="Camille Exemple", minority=True,
    )  # fmt: skip
    for stance, people in (("support", 9), ("oppose", 2)):
        Reaction.objects.create(contribution=said, voter=stance, stance=stance, people=people)
    row = solution_of(event, minority="Trois personnes préfèrent des volets.", dots=5, effort=1)
    row.contributions.set([said])
    content = {"cause_from-1": "Volets cassés", "cause_to-1": "On ne dort plus",
               "disagreements": "Une table dit : c’est le toit."}  # fmt: skip
    sheets.save(event, "causes", 1, content, base=0, on_paper=True, by=None)
    path = {"conditions-2040": "Des volets partout", "obstacles-2027": "Le budget"}
    sheets.save(event, "chemin", 1, path, base=0, on_paper=True, by=None)
    sheets.save(
        event, "ressources", 2, {"asset-1": "La laverie", "fragile-1": "Une clé"},
        base=0, on_paper=True, by=None,
    )  # fmt: skip
    return said, row


def test_the_report_is_recognised_the_same_evening(event: Event, officer: Client) -> None:
    said, _ = filled(event)
    Contribution.objects.create(territory=event.territory, event=event, text="Pas encore relue")
    for text in read_documents(officer, event, "compte-rendu"):
        for words in (
            "On ne dort plus au cinquième.", f"n° {said.number_shown}", "recueilli oralement",
            "9 d’accord", "2 pas d’accord", "avis minoritaire", "Volets cassés → On ne dort plus",
            "Une table dit : c’est le toit.", "Trois personnes préfèrent des volets.",
            "2040, table 1", "Des volets partout", "La laverie", "S-1 Une salle fraîche",
            "5 gommettes", "Effet : pas discuté", "1 parole à relire",
        ):  # fmt: skip
            assert squeezed(words) in text, words
        for hidden in ("Pas encore relue", "Camille Exemple"):
            assert squeezed(hidden) not in text
    for text in read_documents(officer, event, "fiches-action"):
        for words in ("Une salle fraîche", "Tout ferme en août.", "Premièreétape", "à compléter",
                      "Qui pourrait y perdre", "Trois personnes préfèrent des volets.",
                      f"n° {said.number_shown}"):  # fmt: skip
            assert squeezed(words) in text, words


def test_what_was_taken_back_is_in_no_document(event: Event, officer: Client) -> None:
    said, _ = filled(event)
    forget(said)
    for name in ("compte-rendu", "fiches-action"):
        for text in read_documents(officer, event, name):
            assert squeezed("On ne dort plus au cinquième.") not in text


def test_after_a_vote_only_what_was_kept_becomes_a_draft(event: Event, officer: Client) -> None:
    solution_of(event, title="Gardée", state="kept", dots=1)
    solution_of(event, title="Plus tard", state="later", dots=9)
    for text in read_documents(officer, event, "fiches-action"):
        assert "Gardée" in text
        assert squeezed("Plus tard") not in text


def test_hostile_words_are_words(event: Event, officer: Client) -> None:
    hostile = f"{HOSTILE} <script>alert(1)</script>"
    content = {"cause_from-1": hostile, "cause_to-1": "]]></svg><script>x</script>",
               "minority": hostile}  # fmt: skip
    sheets.save(event, "causes", 1, content, base=0, on_paper=False, by=None)
    Contribution.objects.create(territory=event.territory, event=event, text=hostile, state="shown")
    solution_of(event, title=hostile[:200], problem="\x07\x1b[31m" + "y" * 400)
    page = officer.get(f"/rencontres/{event.pk}/journee/").content.decode()
    assert "<script>alert" not in page
    assert "</svg><script>" not in page
    for name in ("compte-rendu", "fiches-action"):
        for text in read_documents(officer, event, name):
            assert "root:" not in text
            assert squeezed('#import "/etc/passwd": *') in text


def test_dissent_is_never_left_out(event: Event) -> None:
    _, row = filled(event)
    told = dissents(sheets.latest(event), [row])
    assert [words for _, _, words in told] == [
        "Une table dit : c’est le toit.", "Trois personnes préfèrent des volets."
    ]  # fmt: skip


def test_an_empty_day_says_so(event: Event, officer: Client) -> None:
    for text in read_documents(officer, event, "compte-rendu"):
        assert squeezed("Aucune fiche solution n’a été écrite.") in text
        assert squeezed("Cela ne veut pas dire qu’il n’y en a pas eu.") in text
    page = officer.get(f"/rencontres/{event.pk}/journee/").content.decode()
    order = [page.index(f'id="{x}"') for x in
             ("causes", "futurs", "chemin", "ressources", "solutions", "desaccords")]  # fmt: skip
    assert all(a < b for a, b in pairwise(order))
