"""An officer's path: the code, the sentences, what a visitor then reads; two who write at once."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT
from tests.browser.test_reading import TOWN

AXE = ROOT / "node_modules/axe-core/axe.min.js"
OFFICER, FACILITATOR = "chef-de-projet@example.org", "animation@example.org"


def neighbourhood(page: Page, site: str, rank: int) -> str:
    page.goto(site + TOWN)
    return site + str(page.locator("tbody th a").nth(rank).get_attribute("href"))


def test_written_without_javascript_then_read(enter: Callable[..., Page], site: str) -> None:
    officer = enter(OFFICER, java_script_enabled=False)
    address = neighbourhood(officer, site, 0)
    officer.goto(address)
    officer.click("text=Choisir et récrire ces phrases")
    officer.select_option("#id_findings-1-subject", "poverty_share")
    officer.click("#findings-1 >> text=Proposer une phrase")
    assert "{chiffre}" in officer.input_value("#id_findings-1-sentence")
    officer.fill("#id_findings-1-sentence", "Ici, 12 % des ménages vivent avec peu.")
    officer.click("text=Publier et signer")
    assert "Un chiffre ne se tape pas" in officer.inner_text("#findings-1")
    assert officer.input_value("#id_findings-1-sentence").startswith("Ici, 12")
    officer.fill("#id_findings-1-sentence", "Vivre avec peu, ici : {chiffre} des ménages.")
    officer.click("#findings-2 >> text=Monter")
    assert officer.input_value("#id_findings-2-sentence").startswith("Vivre avec peu")
    officer.click("text=Voir avec les chiffres")
    assert "des ménages." in officer.inner_text("#apercu")
    officer.click("text=Publier et signer")
    assert "Le texte est publié." in officer.inner_text("main")
    visitor = enter()
    visitor.goto(address)
    read = visitor.inner_text(".three")
    assert re.search(r"Vivre avec peu, ici\s: \d+,\d\s% \(de \d+,\d à \d+,\d\) des ménages\.", read)
    assert "Rédigé par Cheffe de projet, personnage fictif" in visitor.inner_text("main")
    assert visitor.locator("text=Choisir et récrire").count() == 0


def test_two_who_write_at_once_lose_nothing(enter: Callable[..., Page], site: str) -> None:
    one, two = enter(OFFICER), enter(FACILITATOR)
    address = neighbourhood(one, site, 1)
    for page in (one, two):
        page.goto(f"{address}en-bref/")
    one.fill("#id_doubts-1-sentence", "On connaît mal {chiffre}, dit la première.")
    one.click("text=Garder un brouillon")
    assert "Brouillon enregistré" in one.inner_text("main")
    two.fill("#id_doubts-1-sentence", "On connaît mal {chiffre}, dit la seconde.")
    two.click("text=Garder un brouillon")
    assert "a enregistré la version 1" in two.inner_text("#conflit")
    assert "dit la première" in two.inner_text("#conflit")
    assert "dit la seconde" in two.input_value("#id_doubts-1-sentence")
    two.click("text=Garder un brouillon")
    assert "Brouillon enregistré (version 2)" in two.inner_text("main")
    two.click("text=Toutes les versions")
    assert "dit la première" in two.inner_text("main")
    assert "dit la seconde" in two.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_the_team_sees(
    enter: Callable[..., Page], site: str, scheme: str
) -> None:
    page = enter(FACILITATOR, width=360, color_scheme=scheme, bypass_csp=True)
    said = {}
    for name, path in team_pages(page, site).items():
        page.goto(site + path)
        page.evaluate("for (const x of document.querySelectorAll('details')) x.open = true")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run().then((found) => found.violations)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if found or wide > 360:
            said[name] = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found], wide
    assert said == {}


def team_pages(page: Page, site: str) -> dict[str, str]:
    """Return the addresses that a facilitator reads."""
    here = urlsplit(neighbourhood(page, site, 0)).path
    page.goto(site + here)
    release = str(page.get_attribute("footer a[href^='/livraisons/']", "href"))
    return {
        "welcome": "/mon-espace/",
        "account": "/compte/",
        "leave": "/compte/effacer/",
        "second-factor": "/compte/second-facteur/",
        "second-factor-on": "/compte/second-facteur/activer/",
        "people": "/personnes/",
        "territory-people": f"{TOWN}personnes/",
        "organisations": "/organismes/",
        "release": release,
        "agreements": f"{release}accords/",
        "brief": f"{here}en-bref/",
        "brief-versions": f"{here}en-bref/versions/",
    }
