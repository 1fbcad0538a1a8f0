"""Two paths in a browser: a partner's file under its agreement, and the territories on one page."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.test_officer import AXE, FACILITATOR, OFFICER

HERE = "/programmes/labo-fictif/"
ZONE = re.compile(r"Q[NP]\w+")


def axe(page: Page) -> list[object]:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    return [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]


def codes(page: Page, site: str) -> list[str]:
    """Return the codes of the neighbourhoods of the territory of the officer."""
    page.goto(f"{site}/territoires/999000001/")
    links = page.locator("tbody th a").evaluate_all("(all) => all.map((a) => a.pathname)")
    return sorted({found[0] for link in links if (found := ZONE.search(link))})


def choose(page: Page, file: Path) -> None:
    """Fill the form of a table by zone, and send it to be looked at."""
    page.set_input_files("#id_file", str(file))
    page.fill("#id_vintage", "2026")
    page.fill("#id_zone_column", "QPV")
    page.fill("#id_whole_column", "LOGEMENTS")
    page.fill("#id_part_columns", "VACANTS")
    page.click("text=Vérifier ce fichier")
    page.wait_for_load_state()


def test_partner_file_under_an_agreement(
    enter: Callable[..., Page], site: str, tmp_path: Path
) -> None:
    """Journey 4: quality report, secrecy threshold, differencing check, expiry date."""
    page = enter(OFFICER, bypass_csp=True)
    zones = codes(page, site)
    assert len(zones) >= 8
    # From one's own page to the territory in the programme, and to the dataset.
    page.goto(f"{site}/mon-espace/")
    page.click("text=Suivre ce territoire dans le programme")
    page.wait_for_selector("h1:has-text('dans le programme')")
    row = page.locator("li", has_text="vacants et derniers étages")
    row.locator("text=Importer un fichier").click()
    page.wait_for_selector("h1:has-text('Importer un fichier de partenaire')")
    assert "le fichier peut être lu jusqu’au" in page.inner_text("main")
    file = tmp_path / "logements.csv"
    # A name in it: the whole file is refused, in French.
    file.write_text("QPV;LOGEMENTS;VACANTS;NOM\n" + f"{zones[0]};300;40;Untel\n", "utf-8")
    choose(page, file)
    assert "contiendrait un nom" in page.inner_text("[role=alert]")
    # Few vacant dwellings in one place, a line of elsewhere.
    lines = [f"{zone};300;{4 if zone == zones[0] else 40}" for zone in zones]
    file.write_text("\n".join(["QPV;LOGEMENTS;VACANTS", *lines, "QN99999M;300;40", ""]), "utf-8")
    choose(page, file)
    text = page.inner_text("main")
    assert "Rapport de qualité" in text
    assert f"{len(zones) + 1} lignes lues, {len(zones)} retenues." in text
    assert "zone inconnue dans le territoire" in text
    assert "moins de 11" in text.lower()
    assert "Secret et contrôle par différence" in text
    assert axe(page) == []
    page.click("button:has-text('Accepter')")
    page.wait_for_selector("text=L’importation est acceptée")
    kept = page.inner_text("main")
    assert "Utilisable jusqu’au" in kept
    assert "cachée" in kept
    # A corrected file that would tell of three dwellings by difference.
    page.click("nav.crumbs >> text=Ville")
    page.locator("li", has_text="vacants et derniers étages").locator(
        "text=Importer un fichier"
    ).click()
    lines[1] = f"{zones[1]};297;40"
    file.write_text("\n".join(["QPV;LOGEMENTS;VACANTS", *lines, ""]), "utf-8")
    choose(page, file)
    assert "Elle ne peut pas être acceptée" in page.inner_text("main")
    assert page.locator("button:has-text('Accepter')").count() == 0
    # One whose agreement ended cannot be read at all.
    page.click("nav.crumbs >> text=Ville")
    page.locator("li", has_text="Registre des lieux frais").locator(
        "text=Importer un fichier"
    ).click()
    assert "a expiré le" in page.inner_text("[role=alert]")
    assert page.locator("#id_file").count() == 0


def test_territories_on_one_page(enter: Callable[..., Page], site: str) -> None:
    """Journey 25: steps, deliverables, participation, doubts, without an account, on a phone."""
    page = enter(width=360, bypass_csp=True)
    page.goto(site)
    page.click("main >> text=les programmes")
    page.click("main h2 a")
    page.click("text=Suivre les territoires sur une page")
    page.wait_for_selector("h1:has-text('Où en sont les territoires')")
    text = page.inner_text("main")
    for title in ("Étapes", "Livrables", "Participation", "Doutes", "Rencontre inter-régionale"):
        assert page.locator(f"h2:has-text('{title}')").count() == 1
    names = page.locator("h2#livrables ~ h3").all_inner_texts()
    assert len({name for name in names if "fictives" in name}) >= 2
    assert re.search(r"\d présences comptées et publiées", text)
    assert re.search(r"\d+ % des valeurs connues ne se distinguent pas", text)
    assert "retard" in text
    assert page.locator("#rencontre ~ ul >> nth=0").locator("a").count() >= 1
    assert "données fictives" in page.inner_text("body").lower()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(page) == []


def test_disagreement_from_a_phone_to_its_public_answer(
    enter: Callable[..., Page], site: str
) -> None:
    resident, centre = enter(width=360), enter(FACILITATOR)
    resident.goto(f"{site}{HERE}donnees/")
    resident.click("text=Dire un désaccord")
    resident.fill("textarea[name=text]", "Vous oubliez les gens qui travaillent la nuit.")
    resident.click("main button")
    resident.wait_for_selector("text=Votre désaccord porte le numéro")
    link = resident.url
    number = re.search(r"D-\d+", resident.inner_text("h1"))
    assert number is not None
    centre.goto(f"{site}{HERE}donnees/desaccords/")
    centre.click(f"main >> text={number[0]}")
    centre.click("button:has-text('Enregistrer')")
    centre.fill("textarea[name=reponse-text]", "C’est juste : nous cherchons une donnée.")
    centre.click("button:has-text('Publier la réponse')")
    centre.wait_for_selector(f"text=La réponse à {number[0]} est publiée")
    resident.goto(link)
    assert "nous cherchons une donnée" in resident.inner_text("main")
    resident.goto(f"{site}{HERE}donnees/")
    assert "nous cherchons une donnée" in resident.inner_text("main")
    resident.goto(link)
    resident.click(f"button:has-text('Retirer {number[0]}')")
    resident.wait_for_selector("text=Il n’est plus nulle part sur ce site.")
    resident.goto(f"{site}{HERE}donnees/")
    assert "travaillent la nuit" not in resident.inner_text("main")


def test_cockpit_shows_late_things_first(enter: Callable[..., Page], site: str) -> None:
    page = enter(FACILITATOR, bypass_csp=True)
    page.goto(f"{site}/mon-espace/")
    page.click("text=Tableau de bord")
    page.wait_for_selector("h1:has-text('Tableau de bord du programme')")
    titles = page.locator("h2").all_inner_texts()
    assert titles[0] == "En retard"
    days = [
        int(found[1])
        for row in page.locator("#retards ~ ul").first.locator("li").all_inner_texts()
        if (found := re.search(r"(\d+) jours?$", row.strip()))
    ]
    assert days == sorted(days, reverse=True)
    assert days
    assert axe(page) == []
    page.click("#retards ~ ul a >> nth=0")
    page.wait_for_selector("h2:has-text('Décisions sur le jalon')")
