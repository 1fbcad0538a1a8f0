"""Solutions: the catalogue, each of them, and those that answer a neighbourhood."""

import re
from typing import Any

import pytest
from django.test import Client

from labo import answers
from labo import release as engine
from labo.catalogue import MEASURES
from labo.measure import Measure
from labo.measure_words import FAMILIES, QUESTIONS
from labo_web.atlas.french import printed
from labo_web.atlas.solutions import answers_to
from labo_web.releases.models import Agreement, Release, Value
from tests.web.conftest import first_qpv

HERE = "/territoires/999000001/quartiers/{}/solutions/"
BAD = r"utilisateur|KPI|\bNone\b|\bnan\b|\binf\b|style="


def plain(html: str) -> str:
    """Return what is read of a page."""
    text = re.sub(r"<(script|svg)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text).replace("&nbsp;", " ").replace("&#x27;", "'")
    return re.sub(r"\s+", " ", text.replace("&amp;", "&").replace("&quot;", '"'))


def read(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    html = answer.content.decode()
    assert html.count("<h1") == 1
    assert re.findall(BAD, html) == []
    return html


def same(text: str) -> str:
    """Return a text whose spaces are all alike."""
    return re.sub(r"\s+", " ", printed(text))


def test_the_catalogue_has_all_of_them(client: Client, db: None) -> None:
    html = read(client, "/solutions/")
    for x in MEASURES:
        assert f'href="/solutions/{x.id}/"' in html
    assert len(html.encode()) < 100_000
    assert "à vérifier" in html


def test_the_catalogue_is_filtered(client: Client, db: None) -> None:
    for family in FAMILIES:
        html = read(client, f"/solutions/?famille={family}")
        shown = set(re.findall(r'href="/solutions/(\w+)/"', html))
        assert shown == {x.id for x in MEASURES if x.family == family}
    both = read(client, "/solutions/?famille=soil&alea=flood&decide=landlord")
    assert set(re.findall(r'href="/solutions/(\w+)/"', both)) == {
        x.id
        for x in MEASURES
        if x.family == "soil" and {"flood", "all"} & {*x.hazards} and "landlord" in x.decides
    }
    assert "n’est pas un choix" in read(client, "/solutions/?famille=<b>", 422)


@pytest.mark.parametrize("x", MEASURES, ids=lambda x: x.id)
def test_a_solution_says_all_of_it(client: Client, db: None, x: Measure) -> None:
    text = same(plain(read(client, f"/solutions/{x.id}/")))
    wanted = [x.label, x.summary, *x.pitfalls, *x.benefits, *x.loses, *x.co_benefits]
    wanted += [effect.says for effect in x.effects] + [y.label for y in x.references]
    wanted += [*QUESTIONS.values(), *(check.says for check in x.checks.values())]
    for said in wanted:
        assert same(said) in text, said
    assert text.count("à vérifier") >= sum(e.grade == "to_check" for e in x.estimates) - len(
        x.limits
    ) - len(x.changes)
    for reference in x.references:
        if reference.url is not None:
            assert reference.url in client.get(f"/solutions/{x.id}/").content.decode()


def test_nothing_is_said_of_what_is_not(client: Client, db: None) -> None:
    assert client.get("/solutions/teleport/").status_code == 404


def test_ranked_as_the_engine_ranks(public: Release) -> None:
    zone = first_qpv(public)
    found = engine.read(public.folder)
    values = Value.objects.filter(zone__release=public, zone__code=zone, scenario="present")
    here = answers_to(values.select_related("indicator"))
    theirs = answers.rank(found, zone)
    assert [(x.measure.id, x.rank, x.state, x.fit) for x in here] == [
        (x.measure.id, x.rank, x.state, x.fit) for x in theirs
    ]


def test_those_for_a_neighbourhood(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    html = read(client, HERE.format(zone))
    assert len(html.encode()) < 150_000
    ranked = answers.rank(engine.read(public.folder), zone)
    for x in ranked:
        assert f'href="/solutions/{x.measure.id}/"' in html
    text = same(plain(html))
    equal = [x for x in ranked if x.rank == ranked[0].rank]
    if len(equal) > 1:
        assert f"Rang 1, à égalité avec {len(equal) - 1} autre" in text
    for x in ranked[:5]:
        for reason in x.reasons:
            if reason.standing in ("sure", "maybe"):
                assert same(reason.sentence) in text
        for obstacle in x.obstacles:
            assert same(obstacle.sentence) in text
    few = read(client, HERE.format(zone) + "?alea=drought")
    assert len(re.findall("<details", few)) < len(re.findall("<details", html))
    assert client.get(HERE.format("QN00000X")).status_code == 404


def test_a_neighbourhood_has_a_few_of_them(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    html = read(client, f"/territoires/999000001/quartiers/{zone}/")
    shown = re.findall(r'href="/solutions/(\w+)/"', html)
    possible = [
        x.measure.id
        for x in answers.rank(engine.read(public.folder), zone)
        if x.state in ("possible", "doubtful") and x.fit[:2] != (0, 0)
    ]
    assert shown == possible[:3]


def test_what_may_not_be_seen_is_no_reason(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    counting = [
        reason.indicator
        for x in answers.rank(engine.read(public.folder), zone)
        for reason in x.reasons
        if reason.standing == "sure"
    ]
    hidden = counting[0]
    label = same(public.indicators.get(name=hidden).label)
    before = same(plain(read(client, HERE.format(zone))))
    assert f"{label} :" in before
    Agreement.objects.create(
        release=public,
        landlord=_landlord(),
        zone=zone,
        indicator=hidden,
    )
    after = same(plain(read(client, HERE.format(zone))))
    assert not re.search(rf"{re.escape(label)} : [\d−]", after)


def _landlord() -> Any:
    from labo_web.accounts.models import Organisation

    return Organisation.objects.get_or_create(name="Bailleur (fictif)", kind="landlord")[0]
