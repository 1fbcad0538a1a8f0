"""A resident’s path on a phone: add, be published, be taken back from everywhere; contradict."""

import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import sign_in
from tests.browser.test_officer import OFFICER
from tests.browser.test_reading import TOWN, wait

AT = f"{TOWN}ressources"


@pytest.fixture
def enter(browser: Browser, site: str, site_folder: Path) -> Iterator[Callable[..., Page]]:
    """`enter()` is a resident's phone; `enter(OFFICER)` the desk of that person."""
    opened = []

    def go(email: str = "", **options: Any) -> Page:
        width = 1280 if email else 360
        context = browser.new_context(
            viewport={"width": width, "height": 740}, locale="fr-FR", **options
        )
        opened.append(context)
        page = context.new_page()
        if email:
            sign_in(page, site, site_folder, email)
        return page

    yield go
    for context in opened:
        context.close()


def read(site: str, path: str) -> str:
    """Return what a visitor is answered."""
    with urllib.request.urlopen(site + path, timeout=60) as answer:  # noqa: S310 (our own site)
        return str(answer.read().decode("utf-8"))


def pages(site: str, zone: str) -> list[str]:
    """Return every page and file that may speak of a resource."""
    return [
        f"{AT}/", f"{AT}.csv", f"{AT}.geojson", f"{AT}-odbl.csv", f"{AT}-odbl.geojson",
        f"{AT}/donnees/", f"{AT}/ajouter/", f"{TOWN}signaler/", TOWN, f"{TOWN}quartiers/{zone}/",
        f"{TOWN}quartiers/{zone}/ressources/", f"{TOWN}valeurs.csv", f"{TOWN}zones.geojson",
        f"{TOWN}indicateurs/cool_indoor_access_share/", f"{TOWN}donnees/", "/",
        "/api/dcat.jsonld", "/api/territories",
    ]  # fmt: skip


def speaking(site: str, zone: str, word: str) -> set[str]:
    return {path for path in pages(site, zone) if word in read(site, path)}


def fill(page: Page, site: str, name: str) -> str:
    """Type a resource in the form of a neighbourhood; return its code."""
    page.goto(f"{site}{TOWN}")
    here = str(page.locator("tbody th a").first.get_attribute("href"))
    zone = here.rstrip("/").rsplit("/", 1)[1]
    page.goto(f"{site}{here}")
    page.click("text=Ajouter un lieu, une association, un savoir-faire")
    page.check("input[name=kind][value=association]")
    page.fill("input[name=name]", name)
    page.fill("input[name=holder]", "Les amis du figuier")
    page.fill("textarea[name=offer]", "Une cour fraîche, des chaises, du thé.")
    page.select_option("select[name=afternoon]", "yes")
    page.select_option("select[name=in_heat]", "more")
    page.fill("input[name=capacity]", "15")
    page.fill("input[name=hours]", "de 14 h à 20 h")
    page.check("input[name=needs][value=cool_room]")
    page.check("input[name=fragilities][value=volunteers]")
    page.check("input[name=scope][value=open]")
    return zone


@pytest.mark.parametrize("script", [True, False])
def test_add_be_read_be_published_and_take_back(
    enter: Callable[..., Page], site: str, *, script: bool
) -> None:
    name = f"Cour du figuier {'avec' if script else 'sans'}"
    phone = enter(java_script_enabled=script)
    zone = fill(phone, site, name)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    # The agreement is missing: it is said, and what was typed stays.
    phone.click("text=Envoyer")
    assert "Il faut l’accord de la structure" in phone.inner_text("main")
    assert phone.input_value("input[name=name]") == name
    assert phone.is_checked("input[name=needs][value=cool_room]")
    phone.check("input[name=agreed]")
    if script:
        wait(phone, "!document.querySelector('[data-pick]').hidden")
        phone.locator("[data-touch]").click(position={"x": 120, "y": 90})
        assert "à 50 mètres près" in phone.inner_text("[data-picked]")
        assert float(phone.input_value("input[name=lon]")) < 0
    else:
        assert not phone.locator("[data-pick]").is_visible()
        phone.select_option("select[name=near]", index=1)
    phone.click("text=Envoyer")
    assert "Votre ressource porte le numéro R-" in phone.inner_text("h1")
    private = phone.url
    assert private in phone.inner_text("main")
    number = re.search(r"R-(\d+)", phone.inner_text("h1"))
    assert number
    assert speaking(site, zone, name) == set()

    desk = enter(OFFICER)
    desk.goto(f"{site}{AT}/moderer/")
    desk.click(f"text={name}")
    desk.check("input[name=status][value=published]")
    desk.click("text=Enregistrer")
    assert "c’est enregistré" in desk.inner_text("main")
    seen = speaking(site, zone, name)
    assert {f"{AT}/", f"{AT}.csv", f"{AT}.geojson"} <= seen
    assert f"{TOWN}quartiers/{zone}/ressources/" in seen
    page = read(site, f"{AT}/{number[1]}/")
    for said in ("15", "de 14 h à 20 h", "à vérifier", "tenue par des bénévoles seulement"):
        assert said in page

    # The phone comes back by its link: it is gone from everywhere, at once.
    phone.goto(private)
    assert "publiée" in phone.inner_text("main")
    phone.click(f"text=Retirer R-{number[1]}")
    assert "Elle a été retirée" in phone.inner_text("main")
    assert speaking(site, zone, name) == set()
    phone.goto(f"{site}{AT}/")
    assert name not in phone.content()
    answer = phone.goto(f"{site}{AT}/{number[1]}/")
    assert answer is not None
    assert answer.status == 404
    desk.goto(f"{site}{AT}/moderer/")
    assert name not in desk.content()


def test_a_closed_place_stands_beside_the_figure_then_corrects_it(
    enter: Callable[..., Page], site: str
) -> None:
    phone = enter()
    path = f"{TOWN}indicateurs/cool_indoor_access_share/"
    phone.goto(f"{site}{path}")
    before = phone.locator(".corrected").count()
    phone.click("text=Dire qu’un lieu est fermé")
    options = phone.locator("select[name=about] optgroup option")
    labels = {x.inner_text() for x in options.all()}
    # All cool places that the demonstration did not close already.
    cool = [x for x in sorted(labels) if re.match("Médiathèque|Supermarché|Piscine|Lieu de cu", x)]
    desk = enter(OFFICER)
    desk.goto(f"{site}/organismes/")
    for label in cool[:4]:
        phone.goto(f"{site}{TOWN}signaler/")
        phone.select_option("select[name=about]", label=label)
        phone.check("input[name=claim][value=closed_august]")
        phone.fill("textarea[name=text]", "Rideau de fer baissé.")
        phone.click("text=Envoyer")
        number = re.search(r"C-(\d+)", phone.inner_text("h1"))
        assert number
        phone.goto(f"{site}{path}")
        beside = phone.inner_text(".heard")
        assert f"{label} : fermé en août" in beside.replace("\xa0", " ").replace("\u202f", " ")
        assert "Rideau de fer" not in beside
        desk.goto(f"{site}{TOWN}signaler/{number[1]}/")
        desk.select_option("select[name=v-body]", label="Commune (fictive)")
        desk.check("input[name=v-holds][value='1']")
        desk.fill("input[name=v-found]", "Fermé, vu sur place.")
        desk.fill("input[name=v-checked_on]", "2026-08-12")
        desk.click("text=Enregistrer la vérification")
        phone.goto(f"{site}{path}")
        if phone.locator(".corrected").count() > before:
            break
    said = phone.inner_text(".heard")
    assert "Chiffre de la livraison, inchangé" in said
    assert "Lecture corrigée, selon les habitants" in said
    assert "Commune (fictive)" in said
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_targets_are_large_enough_for_a_thumb(enter: Callable[..., Page], site: str) -> None:
    phone = enter()
    phone.goto(f"{site}{AT}/ajouter/")
    for selector in ("input[type=text]:visible", "select:visible", "button:visible"):
        for x in phone.locator(f"main form {selector}").all():
            box = x.bounding_box()
            if box and box["x"] >= 0:
                assert box["height"] >= 44, selector
    for label in phone.locator("main fieldset label:has(input)").all():
        box = label.bounding_box()
        assert box
        assert box["height"] >= 30
