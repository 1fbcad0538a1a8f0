"""The officer's day, two browsers on one sheet, a partner's part, and what residents read."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import ROOT, prepare, serve, sign_in
from tests.web import town

AXE = ROOT / "node_modules/axe-core/axe.min.js"
OFFICER, FACILITATOR = "chef-de-projet@example.org", "animation@example.org"
LANDLORD = "bailleur@example.org"
HERE = "/territoires/999000001/feuille-de-route/"


@pytest.fixture(scope="module")
def own_folder(need: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of its own, which these tests change."""
    need("chromium")
    folder = tmp_path_factory.mktemp("roadmap")
    prepare(folder / "data", town.many(folder))
    environment = os.environ | {
        "LABO_DEBUG": "1", "LABO_DATA": str(folder / "data"), "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "labo_web.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "labo_web.manage", "demo_resources"]
    subprocess.run(command, env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    return folder / "data"


@pytest.fixture(scope="module")
def own(own_folder: Path) -> Iterator[str]:
    yield from serve(own_folder)


@pytest.fixture
def come(browser: Browser, own: str, own_folder: Path) -> Iterator[Callable[..., Page]]:
    """`come(OFFICER)` is a page of that person; of a visitor without a name."""
    opened = []

    def go(email: str = "", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", **options
        )
        opened.append(context)
        page = context.new_page()
        if email:
            sign_in(page, own, own_folder, email)
        return page

    yield go
    for context in opened:
        context.close()


def said(page: Page) -> str:
    return page.inner_text("main").replace("\u00a0", " ").replace("\u202f", " ")


def test_the_officers_day_without_javascript(come: Callable[..., Page], own: str) -> None:
    page = come(OFFICER, java_script_enabled=False)
    # From a workshop's solution.
    page.goto(own + HERE + "actions/")
    page.click("text=Partir d’une fiche solution")
    page.locator("main li a[href*='fiche=']").first.click()
    title = page.input_value("#id_title")
    assert title
    for name in ("finding", "carrier", "first_step"):
        if not page.input_value(f"#id_{name}"):
            page.fill(f"#id_{name}", "À préciser avec l’atelier")
    page.click("text=Enregistrer l’idée")
    assert "est enregistrée" in said(page)
    assert "Une fiche solution d’un atelier" in said(page)
    sheet = page.url
    # Two resources and a figure.
    page.click("text=une ressource")
    for _ in range(2):
        free = page.locator("#id_target option").nth(-1).get_attribute("value")
        page.select_option("#id_target", free)
        page.fill("#id_sentence", "L’action s’appuie sur elle.")
        page.click("main button:text-is('Relier')")
        assert "Le lien est noté." in said(page)
        page.goto(sheet + "liens/ressource/")
    page.goto(sheet + "liens/chiffre/")
    value = page.locator("#id_target option[value*='canopy_share']").first.get_attribute("value")
    page.select_option("#id_target", value)
    page.fill("#id_sentence", "Seulement 12 % d’ombre.")
    page.click("main button:text-is('Relier')")
    assert "Un chiffre ne se tape pas" in said(page)
    assert page.input_value("#id_sentence") == "Seulement 12 % d’ombre."
    page.fill("#id_sentence", "L’ombre manque.")
    page.click("main button:text-is('Relier')")
    assert "Le lien est noté." in said(page)
    # The funding plan, what is wrong with it, its correction.
    page.goto(sheet + "ecrire/argent/")
    page.fill("#id_investment_ht", "100 000,00")
    page.select_option("#id_vat", "20")
    page.fill("#id_investment_ttc", "cent vingt mille")
    page.fill("#id_upkeep", "0")
    page.fill("#id_ligne-0-funder", "Ville")
    page.select_option("#id_ligne-0-payer", "own")
    page.select_option("#id_ligne-0-nature", "investment")
    page.select_option("#id_ligne-0-credit", "ordinary")
    page.fill("#id_ligne-0-amount", "10 000")
    page.fill("#id_ligne-1-funder", "Fonds vert")
    page.select_option("#id_ligne-1-payer", "state")
    page.select_option("#id_ligne-1-nature", "investment")
    page.select_option("#id_ligne-1-credit", "specific")
    page.fill("#id_ligne-1-amount", "90 000 €")
    page.click("text=Enregistrer >> nth=0")
    assert "« cent vingt mille » n’est pas un nombre" in said(page)
    assert page.input_value("#id_ligne-1-amount") == "90 000 €"
    page.fill("#id_investment_ttc", "130 000")
    page.click("text=Enregistrer >> nth=0")
    page.goto(sheet + "ecrire/partenaires/")
    page.select_option("#id_pilot", label="Agglomération (fictive)")
    page.click("text=Enregistrer >> nth=0")
    told = said(page)
    assert "100 000 € HT font 120 000 € TTC" in told
    assert "il lui en faut 20 %" in told
    page.goto(sheet + "ecrire/argent/")
    page.fill("#id_investment_ttc", "120 000")
    page.fill("#id_ligne-0-amount", "20 000")
    page.fill("#id_ligne-1-amount", "80 000")
    page.click("text=Enregistrer >> nth=0")
    told = said(page)
    assert "TTC." not in told[told.find("À revoir") : told.find("L’idée")]
    assert "il lui en faut" not in told
    # The rest of the sheet, step by step, and a decision refused then taken.
    page.goto(sheet + "decider/")
    page.select_option("#id_level", "ready")
    page.fill("#id_reason", "Le projet est mûr.")
    page.click("text=Enregistrer la décision")
    assert "Il manque à la fiche" in said(page)
    page.goto(sheet + "ecrire/besoin/")
    page.fill("#id_objective", "Une cour à l’ombre en 2028.")
    page.fill("#id_public", "enfants du quartier")
    page.fill("#id_description", "Planter, ouvrir le sol, poser des bancs.")
    page.click("text=Enregistrer >> nth=0")
    page.goto(sheet + "ecrire/effets/")
    page.fill("#id_environment", "De l’ombre et de l’eau.")
    page.fill("#id_benefits", "Les enfants et les aînés.")
    page.fill("#id_loses", "Quelques places de stationnement.")
    page.click("text=Enregistrer >> nth=0")
    page.goto(sheet + "ecrire/etapes/")
    page.fill("#id_ligne-0-label", "Visiter avec l’école")
    page.fill("#id_ligne-0-due_on", "2029-09-01")
    page.fill("#id_ligne-1-label", "Planter")
    page.fill("#id_ligne-1-due_on", "2029-12-01")
    page.fill("#id_ligne-1-after", "1")
    page.fill("#id_ligne-0-after", "2")
    page.click("text=Enregistrer >> nth=0")
    assert "s’attendent l’une l’autre" in said(page)
    page.fill("#id_ligne-0-after", "")
    page.click("text=Enregistrer >> nth=0")
    page.goto(sheet + "ecrire/indicateurs/")
    page.select_option("#id_ligne-0-kind", "result")
    page.fill("#id_ligne-0-label", "Part d’ombre dans la cour")
    page.fill("#id_ligne-0-baseline", "5,5")
    page.fill("#id_ligne-0-target_2027", "20")
    page.fill("#id_ligne-0-target_2030", "40")
    page.click("text=Enregistrer >> nth=0")
    for level in ("study", "ready", "engaged"):
        page.goto(sheet + "decider/")
        page.select_option("#id_level", level)
        page.fill("#id_reason", "Le projet est mûr.")
        page.click("text=Enregistrer la décision")
        assert "La décision est enregistrée." in said(page)
    # Submitted to everyone, then taken away.
    page.goto(sheet + "decider/")
    page.select_option("#id_level", "@publish")
    page.fill("#id_reason", "À suivre ensemble.")
    page.click("text=Enregistrer la décision")
    chain = page.goto(sheet + "fil/")
    assert chain is not None
    assert chain.status == 200
    for told in ("L’ombre manque.", "L’action s’appuie sur elle.", "prête → engagée"):
        assert told in said(page)
    page.goto(own + HERE + "actions/")
    for text in ("DOCX à compléter", "PDF à lire", "classeur (XLSX)"):
        href = page.get_attribute(f"main a:has-text('{text}')", "href")
        answer = page.request.get(own + str(href))
        assert answer.status == 200
        assert len(answer.body()) > 5_000
    visitor = come(width=360)
    visitor.goto(own + "/territoires/999000001/")
    visitor.click("text=Ce qui va changer")
    assert title in said(visitor)
    assert "Pas encore d’argent acquis" in said(visitor)


def test_two_browsers_on_one_sheet(come: Callable[..., Page], own: str) -> None:
    one, two = come(OFFICER), come(FACILITATOR)
    for page in (one, two):
        page.goto(f"{own}{HERE}actions/6/ecrire/besoin/")
    one.fill("#id_objective", "Trois parkings rendus, dit la première.")
    one.click("text=Enregistrer >> nth=0")
    two.fill("#id_objective", "Cinq parkings rendus, dit la seconde.")
    two.click("text=Enregistrer >> nth=0")
    conflict = two.inner_text("#conflit")
    assert "a enregistré cette partie" in conflict
    assert "dit la première" in conflict
    assert "dit la seconde" in two.input_value("#id_objective")
    two.click("text=Enregistrer >> nth=0")
    assert "dit la seconde" in said(two)
    two.click("text=Historique")
    assert "dit la première" in said(two)
    assert "dit la seconde" in said(two)


def test_a_partner_writes_its_part(come: Callable[..., Page], own: str) -> None:
    page = come(LANDLORD, width=360)
    page.goto(f"{own}{HERE}actions/3/")
    page.click("text=Écrire notre part")
    page.fill("#id_commitment", "Nous posons les volets des deux tours.")
    page.click("text=Enregistrer notre part")
    assert "Nous posons les volets des deux tours." in said(page)
    assert page.locator("text=Modifier l’argent").count() == 0


def test_what_became_of_an_idea(come: Callable[..., Page], own: str) -> None:
    page = come(width=360)
    page.goto(own + HERE)
    told = said(page)
    assert "Ce qui n’a pas été retenu, et pourquoi" in told
    assert "n’a pas d’issue pour les fauteuils" in told
    assert not re.search(r"sollicit|espéré\b", told.replace("Les sommes espérées", ""))
    page.click("text=Journal des changements")
    assert "idée → abandonnée" in said(page)


PATHS = {
    "public": "", "log": "journal/", "actions": "actions/", "sheet": "actions/1/",
    "thread": "fil/", "action-thread": "actions/1/fil/", "priorities": "priorites/",
    "checks": "verifications/", "follow-up": "suivi/", "tracked": "suivi/2/",
    "review": "revue/2027/", "money": "argent/", "funds": "financeurs/",
    "frozen": "versions/", "new": "actions/nouvelle/?mesure=plant_trees",
    "origins": "actions/partir-de/", "decide": "actions/1/decider/",
    "history": "actions/1/historique/", "links": "actions/1/liens/chiffre/",
    "template": "modele/", "import": "importer/", "programming": "programmation/",
    **{name: f"actions/1/ecrire/{name}/" for name in (
        "idee", "besoin", "effets", "partenaires", "etapes", "argent", "indicateurs", "odd")},
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_360_pixels(come: Callable[..., Page], own: str, scheme: str) -> None:
    page = come(OFFICER, width=360, color_scheme=scheme, bypass_csp=True)
    wrong = {}
    for name, path in PATHS.items():
        page.goto(own + HERE + path)
        page.evaluate("for (const x of document.querySelectorAll('details')) x.open = true")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run().then((found) => found.violations)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        heads = page.locator("h1").count()
        if found or wide > 360 or heads != 1:
            wrong[name] = ([(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found], wide)
    assert wrong == {}
