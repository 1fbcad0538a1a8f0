"""Sentences that an officer chooses and rewrites; figures that nobody types."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from labo import words
from labo.typography import curled
from labo_web.accounts.models import Circle, Organisation
from labo_web.releases import findings
from labo_web.releases.findings import Overtaken, Subject, refusals
from labo_web.releases.importing import import_release
from labo_web.releases.models import Agreement, Brief, Release, Value, Zone
from tests.web import town
from tests.web.conftest import RECEIVED, first_qpv, open_to

POVERTY = Subject(
    "aged_65_plus_share", "", "12,0 % (de 10,0 à 14,0)", "15,0 %", "", "",
    declared="Part des habitants de 65 ans ou plus. Ici, {value} des habitants ont 65 ans ou plus.",
)  # fmt: skip
AIR = Subject("air", "", "11,2 µg/m³", "", "", "", declared="Particules fines PM2,5 au domicile")


@pytest.mark.parametrize(
    "sentence",
    [
        "Ici, {chiffre} des habitants ont 65 ans ou plus.",
        "{chiffre} des habitants, contre {agglomération} ailleurs.",
        "Beaucoup d’aînés (65 ans et plus) : {chiffre}.",
        "Dans ce quartier, un tiers-lieu et une fête deux dimanches de suite : {chiffre}.",
    ],
)
def test_sentences_that_are_kept(sentence: str) -> None:
    assert refusals(sentence, POVERTY) == []


def test_names_that_hold_a_number() -> None:
    assert refusals("L’air contient {chiffre} de PM2,5, venues de la route.", AIR) == []
    assert refusals("L’air contient {chiffre} de PM10.", AIR) != []


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Ici, 12 % des habitants : {chiffre}.", "12"),
        ("Ici, 65 % des habitants : {chiffre}.", "65"),
        ("Ici, 65 habitants : {chiffre}.", "65 habitants"),
        ("Ici, 65\u202f% des habitants : {chiffre}.", "65"),
        ("Ici, 1 habitant sur 3 : {chiffre}.", "1 habitant"),
        ("Ici, ½ des habitants : {chiffre}.", "½"),
        ("Ici, ١٢ habitants : {chiffre}.", "١٢"),
        ("Ici, douze pour cent : {chiffre}.", "pour cent"),
        ("Un habitant sur trois : {chiffre}.", "Un habitant sur trois"),
        ("Deux fois plus qu’ailleurs : {chiffre}.", "Deux fois"),
        ("La moitié des aînés : {chiffre}.", "moitié"),
        ("Ici, beaucoup d’aînés.", "une fois"),
        ("{chiffre} et encore {chiffre}.", "une fois"),
        ("{chiffre} contre {autre}.", "accolades"),
    ],
)
def test_figures_cannot_be_typed(sentence: str, why: str) -> None:
    assert any(why in reason for reason in refusals(sentence, POVERTY))


def test_no_agglomeration_for_what_has_none() -> None:
    assert any("agglomération" in why for why in refusals("{chiffre}, {agglomération}", AIR))


@pytest.fixture
def zone(public: Release) -> Zone:
    found = Zone.objects.select_related("release__territory").get(
        release=public, code=first_qpv(public)
    )
    found.release = public
    return found


@pytest.fixture
def officer(people: dict[str, Any]) -> Any:
    person = people["officer"]
    person.name, person.function = "Odile Martin", "cheffe de projet"
    person.organisation = Organisation.objects.create(name="Agglo (fictive)", kind="authority")
    person.save()
    return person


def page_of(zone: Zone) -> str:
    return f"/territoires/999000001/quartiers/{zone.code}/"


def typed(**changed: str) -> dict[str, str]:
    """Return a form with two findings and a doubt."""
    return {
        "base": "0",
        "findings-1-subject": "poverty_share",
        "findings-1-sentence": "La pauvreté touche {chiffre} des ménages d’ici.",
        "findings-2-subject": "tenant_share",
        "findings-2-sentence": "Presque tous sont locataires : {chiffre}.",
        "doubts-1-subject": "@unsure",
        "doubts-1-sentence": "{chiffre} restent à regarder ensemble.",
    } | {name.replace("__", "-"): value for name, value in changed.items()}


def asking(person: Any = None) -> Any:
    request = RequestFactory().get("/")
    request.user = person or AnonymousUser()
    return request


def test_proposed_until_somebody_writes(client: Client, zone: Zone) -> None:
    html = client.get(page_of(zone)).content.decode()
    assert "Proposé par le calcul, à relire" in html
    summary = findings.of(asking(), zone)
    assert summary.brief is None
    lines = [line for part in summary.parts for line in part.lines]
    assert lines
    for line in lines:
        assert "{" not in line.text
        assert curled(line.text) in html
    # Every proposed sentence could be kept as it is.
    known = findings.subjects(findings.readings_of(asking(), zone.release, zone.code))
    for item in findings.proposal(findings.readings_of(asking(), zone.release, zone.code)):
        assert refusals(item["sentence"], known[item["subject"]]) == [], item


def test_every_proposed_sentence_of_every_indicator_can_be_kept(zone: Zone) -> None:
    known = findings.subjects(findings.readings_of(asking(), zone.release, zone.code))
    assert len(known) > 40
    for subject in known.values():
        for part in findings.PARTS:
            assert refusals(findings.proposed(part, subject), subject) == [], subject


def test_written_previewed_drafted_published(
    browse: Callable[[str], Client], officer: Any, zone: Zone, client: Client
) -> None:
    page, path = page_of(zone), f"{page_of(zone)}en-bref/"
    editor = browse("officer")
    assert "La pauvreté touche" not in editor.get(path).content.decode()
    v = Value.objects.get(zone=zone, indicator__name="poverty_share", scenario="present")
    figure = words.figure(v.central, "1")
    low, high = words.interval(v.low, v.high, "1").split("–")
    sentence = f"La pauvreté touche {figure} (de {low} à {high}) des ménages d’ici."
    seen = editor.post(path, typed() | {"action": "preview"}).content.decode()
    assert sentence in seen
    assert not Brief.objects.exists()
    drafted = editor.post(path, typed() | {"action": "draft"})
    assert drafted.status_code == 302
    assert "Proposé par le calcul" in client.get(page).content.decode()
    kept = editor.get(path).content.decode()
    assert "La pauvreté touche {chiffre} des ménages d’ici." in kept
    assert 'name="base" value="1"' in kept
    published = editor.post(path, typed(base="1") | {"action": "publish"})
    assert published.status_code == 302
    html = client.get(page).content.decode()
    assert sentence in html
    assert "Rédigé par Odile Martin, cheffe de projet (Agglo (fictive)), le" in html
    assert "2 constats" in html
    assert "1 doute" in html
    assert "Proposé par le calcul" not in html
    # The rows hold no figure: the sentence gets it from the release each time.
    assert not re.search(r"\d", "".join(i["sentence"] for i in Brief.objects.get(version=2).items))
    history = editor.get(f"{path}versions/").content.decode()
    assert "Version 1, brouillon" in history
    assert "Version 2, publiée" in history


def test_a_finding_is_about_here_and_says_what_it_is_compared_with(
    browse: Callable[[str], Client], officer: Any, zone: Zone, client: Client
) -> None:
    """Proposed or written, « constats » hold this neighbourhood's value, interval and measure."""

    def check(lines: list[findings.Line]) -> None:
        for line in lines:
            own = Value.objects.get(zone=zone, indicator__name=line.subject, scenario="present")
            whole = Value.objects.get(
                zone__release=zone.release,
                zone__kind="epci",
                indicator__name=line.subject,
                scenario="present",
            )
            unit = own.indicator.unit
            assert words.quantity(own.central, unit).split("\u202f")[0] in line.text
            low, high = (words.figure(end, unit) for end in (own.low, own.high))
            if low != high:
                assert f"(de {words.interval(own.low, own.high, unit).replace('–', ' à ')})" in (
                    line.text
                )
            assert words.quantity(whole.central, unit) in line.text.split("agglomération")[0] or (
                words.quantity(whole.central, unit) in line.text.split("agglomération")[1]
            )

    proposed = findings.of(asking(), zone).parts[0].lines
    assert len(proposed) == 3
    check(proposed)
    browse("officer").post(f"{page_of(zone)}en-bref/", typed() | {"action": "publish"})
    written = findings.of(asking(), zone).parts[0].lines
    assert [line.subject for line in written] == ["poverty_share", "tenant_share"]
    check(written)
    assert all(" Dans toute l’agglomération" in line.text for line in written)
    html = client.get(page_of(zone)).content.decode()
    assert f"En bref&nbsp;: {zone.name}</h2>" in html
    # A doubt is not a comparison, and a sentence that has one does not get a second.
    again = typed(findings__1__sentence="{chiffre} ici, {agglomération} en tout.", base="1")
    browse("officer").post(f"{page_of(zone)}en-bref/", again | {"action": "publish"})
    first, second, doubt = [x for p in findings.of(asking(), zone).parts for x in p.lines][:3]
    assert first.text.endswith(" en tout.")
    assert "Dans toute l’agglomération" in second.text
    assert "Dans toute l’agglomération" not in doubt.text


def test_what_is_added_to_a_finding_does_not_claim_a_difference() -> None:
    item = {"part": "findings", "subject": "x", "sentence": "Ici : {chiffre}."}
    same = Subject("x", "x", "10\u202f%", "9\u202f%", "", "", verdict="pas de différence sûre")
    text = findings.filled([item], {"x": same}, {})[0].lines[0].text
    assert text == (
        "Ici\u00a0: 10\u202f%. Dans toute l’agglomération\u00a0: 9\u202f%. "
        "On ne peut pas dire si c’est différent ici."
    )
    alone = Subject("x", "x", "10\u202f%", "", "", "")
    assert findings.filled([item], {"x": alone}, {})[0].lines[0].text == "Ici\u00a0: 10\u202f%."


def test_order_and_proposals_without_losing_what_was_typed(
    browse: Callable[[str], Client], officer: Any, zone: Zone
) -> None:
    path, editor = f"{page_of(zone)}en-bref/", browse("officer")
    moved = editor.post(path, typed() | {"action": "up:findings-2"}).context["form"]
    assert moved["findings-1-subject"].value() == "tenant_share"
    assert moved["findings-2-sentence"].value().startswith("La pauvreté")
    assert moved["doubts-1-sentence"].value() == typed()["doubts-1-sentence"]
    asked = typed() | {"resources-1-subject": "canopy_share", "action": "propose:resources-1"}
    filled = editor.post(path, asked).context["form"]
    assert "{chiffre}" in filled["resources-1-sentence"].value()
    for nonsense in ("up:findings-1", "up:nothing-2", "propose:findings-99", "up:", "propose:x"):
        assert editor.post(path, typed() | {"action": nonsense}).status_code == 200
    assert not Brief.objects.exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"findings__1__sentence": "Ici, 40 % : {chiffre}."}, "Un chiffre ne se tape pas"),
        ({"findings__1__sentence": "Ici, la pauvreté."}, "une fois"),
        ({"findings__1__sentence": ""}, "Écrivez la phrase"),
        ({"findings__1__subject": ""}, "de quel chiffre"),
        ({"findings__1__subject": "nothing"}, "choix"),
        ({"findings__1__sentence": "{chiffre} " + "x" * 400}, "400"),
        ({"base": "x"}, "marquées"),
    ],
)
def test_refused_with_what_was_typed(
    browse: Callable[[str], Client], officer: Any, zone: Zone, change: dict[str, str], why: str
) -> None:
    sent = typed(**change) | {"action": "publish"}
    answer = browse("officer").post(f"{page_of(zone)}en-bref/", sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert why in html
    assert "Presque tous sont locataires" in html
    assert not Brief.objects.exists()


def test_signing_needs_a_function_and_a_body(
    browse: Callable[[str], Client], people: dict[str, Any], zone: Zone
) -> None:
    path, editor = f"{page_of(zone)}en-bref/", browse("officer")
    refused = editor.post(path, typed() | {"action": "publish"})
    assert refused.status_code == 422
    assert "dites votre fonction" in refused.content.decode()
    assert editor.post(path, typed() | {"action": "draft"}).status_code == 302


def test_two_people_at_once(browse: Callable[[str], Client], officer: Any, zone: Zone) -> None:
    path, one, two = f"{page_of(zone)}en-bref/", browse("officer"), browse("facilitator")
    assert one.post(path, typed() | {"action": "draft"}).status_code == 302
    mine = typed(findings__1__sentence="Mon texte : {chiffre}.") | {"action": "draft"}
    conflict = two.post(path, mine)
    html = conflict.content.decode()
    assert conflict.status_code == 409
    assert "Odile Martin a enregistré la version 1" in html
    assert "Mon texte : {chiffre}." in html  # still in the form
    assert "La pauvreté touche" in html  # the other's, beside it
    # Saved again, knowingly, it comes after the other's, which stays.
    base = re.search(r'name="base" value="(\d+)"', html)
    assert base is not None
    assert two.post(path, mine | {"base": base.group(1)}).status_code == 302
    assert [b.items[0]["sentence"] for b in Brief.objects.order_by("version")] == [
        "La pauvreté touche {chiffre} des ménages d’ici.", "Mon texte : {chiffre}."
    ]  # fmt: skip


def test_two_people_at_the_same_instant(
    officer: Any, zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [{"part": "findings", "subject": "poverty_share", "sentence": "{chiffre}"}]
    findings.save(zone, items, by=officer, base=0, published=False)
    # The second one looked before the first one wrote.
    monkeypatch.setattr(findings, "latest", lambda zone: None)
    with pytest.raises(Overtaken):
        findings.save(zone, items, by=officer, base=0, published=False)
    assert Brief.objects.count() == 1


@pytest.fixture
def newer(town_release: Path, tmp_path: Path, zone: Zone) -> Iterator[Release]:
    """A later release of the same town, where poverty is higher."""
    changed = town.changed(town_release, tmp_path / "r", lambda m: m.update(seed=9))
    made = import_release(changed, received_on=RECEIVED)
    moved = Value.objects.filter(
        zone__release=made, zone__code=zone.code, indicator__name="poverty_share"
    )
    moved.update(central=0.5, low=0.45, high=0.55)
    yield Release.objects.with_circle().get(pk=made.pk)
    shutil.rmtree(made.folder)


def test_figures_that_moved_are_said(
    browse: Callable[[str], Client], officer: Any, zone: Zone, client: Client, newer: Release
) -> None:
    page, editor = page_of(zone), browse("officer")
    older = zone.release.code
    sent = editor.post(f"{page}en-bref/?livraison={older}", typed() | {"action": "publish"})
    assert sent.status_code == 302
    before = findings.of(asking(), zone).parts[0].lines[0]
    assert not before.old
    # The newer release is its team's only: nobody else reads its figures.
    html = client.get(page).content.decode()
    assert "À relire" not in html
    assert "50,0" not in html
    inside = editor.get(f"{page}?livraison={newer.code}").content.decode()
    assert "À relire" in inside
    assert "La pauvreté touche 50,0\u202f% (de 45,0 à 55,0) des ménages d’ici." in inside
    was = re.search(r"Quand la phrase a été écrite&nbsp;: ([^<]+)\.</span>", inside)
    assert was is not None
    assert all(part in before.text for part in re.split(r"\s; agglomération\s: ", was.group(1)))
    assert inside.count("Quand la phrase a été écrite") == 1  # the other figures did not move
    assert "c’était" in editor.get(f"{page}en-bref/?livraison={newer.code}").content.decode()
    open_to(newer, Circle.EVERYONE)
    assert "À relire" in client.get(page).content.decode()


def test_text_of_a_release_that_is_not_open_stays_inside(
    browse: Callable[[str], Client], officer: Any, zone: Zone, client: Client, newer: Release
) -> None:
    page, editor = page_of(zone), browse("officer")
    sent = typed(findings__1__sentence="Cela empire : {chiffre}.") | {"action": "publish"}
    assert editor.post(f"{page}en-bref/?livraison={newer.code}", sent).status_code == 302
    html = client.get(page).content.decode()
    assert "Cela empire" not in html
    assert "Proposé par le calcul" in html


def test_value_of_one_landlord_is_not_told_by_a_sentence(
    browse: Callable[[str], Client], officer: Any, zone: Zone, client: Client
) -> None:
    page, editor = page_of(zone), browse("officer")
    editor.post(f"{page}en-bref/", typed() | {"action": "publish"})
    landlord = Organisation.objects.create(name="Bailleur (fictif)", kind="landlord")
    Agreement.objects.create(
        release=zone.release, landlord=landlord, zone=zone.code, indicator="poverty_share"
    )
    html = client.get(page).content.decode()
    assert "La pauvreté touche" not in html
    assert "accord écrit manque" in html
    assert "La pauvreté touche" in editor.get(page).content.decode()


def test_leaving_takes_the_name_from_what_was_signed(
    browse: Callable[[str], Client], officer: Any, zone: Zone, client: Client
) -> None:
    editor = browse("officer")
    editor.post(f"{page_of(zone)}en-bref/", typed() | {"action": "publish"})
    editor.post("/compte/effacer/")
    html = client.get(page_of(zone)).content.decode()
    assert "Odile" not in html
    assert "Rédigé par l’équipe du territoire (Agglo (fictive)), le" in html
    assert "La pauvreté touche" in html
