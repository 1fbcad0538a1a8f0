"""A day from the kit to the answer, in a browser: journeys 13, 15, 16, 18 and 21."""

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
from playwright.sync_api import Page

from tests.browser.test_officer import AXE, FACILITATOR, OFFICER, neighbourhood
from tests.browser.test_reading import TOWN
from tests.web.test_documents import docx_text, pdf_text, squeezed


def fetched(page: Page, address: str) -> bytes:
    """Return a file as the browser gets it, with its session."""
    answer = page.request.get(address)
    assert answer.status == 200, address
    return answer.body()


def an_event(page: Page, site: str, title: str) -> str:
    """Prepare a foresight day of today in the first neighbourhood; its address."""
    page.goto(f"{site}{TOWN}rencontres/preparer/")
    page.select_option("[name=kind]", "foresight")
    page.fill("[name=title]", title)
    zones = page.locator("[name=zone] option")
    page.select_option("[name=zone]", str(zones.nth(1).get_attribute("value")))
    # A whole day where the site is: at no hour is it over.
    day = dt.datetime.now(ZoneInfo("Europe/Paris")).date().isoformat()
    page.fill("[name=starts_at]", f"{day}T00:01")
    page.fill("[name=ends_at]", f"{day}T23:59")
    page.fill("[name=place]", "Centre social")
    page.select_option("[name=level]", "build")
    page.fill("[name=negotiable]", "Les lieux")
    page.select_option("[name=state]", "announced")
    page.click("main button[type=submit]")
    found = re.search(r"/rencontres/(\d+)/", page.url)
    assert found is not None, page.url
    return f"{site}/rencontres/{found[1]}/"


def test_a_kit_is_chosen_and_printed_without_javascript(
    enter: Callable[..., Page],
    site: str,
) -> None:
    """Journey 13: people recognise their place; ready in a quarter of an hour."""
    page = enter(width=360, java_script_enabled=False)
    home = neighbourhood(page, site, 0)
    page.goto(home)
    name = page.inner_text("h1")
    page.click("text=choisir les cartes, la carte A3")
    assert page.locator("input[name=parties]:checked").count() == 8
    for part in ("gommettes", "blanches", "grilles"):
        page.uncheck(f"input[value={part}]")
    page.select_option("[name=langue]", "ar")
    query = "&".join(f"parties={x}" for x in ("mode-emploi", "carte", "faits", "deroule"))
    content = fetched(page, f"{home}kit.pdf?{query}&langue=ar&tables=3&debut=14:00")
    text = pdf_text(content)
    assert squeezed(name) in text
    assert "14h" in text.replace("\u202f", "")
    assert "14h00" not in text.replace("\u202f", "")
    page.goto(home)
    said = page.locator(".three li").first.inner_text()
    figure = re.search(r"\d+(,\d+)?", said)
    assert figure is not None
    assert figure[0] in text  # the figure of the page is on the cards
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) >= 6
    page.goto(f"{home}kit.pdf?{query}&tables=99")
    assert "Rien n’est imprimé encore" in page.inner_text("main")
    assert page.input_value("[name=tables]") == "99"


def test_a_day_from_causes_to_first_steps(
    enter: Callable[..., Page],
    site: str,
) -> None:
    """Journeys 15 and 16: dissent survives; the draft of the roadmap exists the same evening."""
    page = enter(OFFICER, width=360, java_script_enabled=False)
    event = an_event(page, site, "Journée du fil (fictive)")
    page.goto(f"{event}journee/")
    page.click("a[href$='feuilles/causes-1/']")
    page.fill("[name=cause_from-1]", "Pas d’ombre sur la place")
    page.fill("[name=cause_to-1]", "On ne sort plus")
    page.fill("[name=disagreements]", "Deux personnes disent : c’est la circulation.")
    page.click("text=Enregistrer")
    assert "Enregistré (version 1)" in page.inner_text("main")
    page.click("a[href$='feuilles/futurs-2/']")
    page.select_option("[name=first_axis]", "high")
    page.select_option("[name=second_axis]", "low")
    page.fill("[name=story]", "On se serre dans la seule salle fraîche.")
    page.click("text=Enregistrer")
    page.click("a[href$='feuilles/chemin-1/']")
    page.fill("[name=conditions-2027]", "Une salle ouverte en août")
    page.check("[name=on_paper]")
    page.click("text=Enregistrer")
    page.click("text=Écrire une fiche solution")
    page.fill("[name=title]", "Une salle fraîche en août")
    page.fill("[name=problem]", "Rien de frais à pied en août.")
    page.fill("[name=first_step]", "Demander les clés au centre social.")
    page.fill("[name=minority]", "Quelques-uns veulent d’abord des volets.")
    page.click("text=Enregistrer")
    page.click("text=Vote et portage")
    page.fill("[name$=-dots]", "14")
    page.fill("[name$=-bearer]", "Centre social")
    page.select_option("[name$=-state]", "kept")
    page.click("text=Enregistrer le vote")
    told = page.inner_text("main")
    assert "Coopération, on subit le climat" in told
    assert "14 gommettes" in told
    assert page.locator(".graph svg rect").count() >= 3
    for name in ("compte-rendu", "fiches-action"):
        words = ["Une salle fraîche en août", "Demander les clés au centre social.",
                 "Quelques-uns veulent d’abord des volets."]  # fmt: skip
        if name == "compte-rendu":
            words += ["Pas d’ombre sur la place", "Deux personnes disent : c’est la circulation.",
                      "On se serre dans la seule salle fraîche."]  # fmt: skip
        for kind, read in (("docx", docx_text), ("pdf", pdf_text)):
            text = read(fetched(page, f"{event}journee/{name}.{kind}"))
            for said in words:
                assert squeezed(said) in text, (name, kind, said)


def test_two_who_type_one_sheet_lose_nothing(
    enter: Callable[..., Page],
    site: str,
) -> None:
    one, two = enter(OFFICER), enter(FACILITATOR)
    event = an_event(one, site, "Journée à deux (fictive)")
    for page in (one, two):
        page.goto(f"{event}journee/feuilles/ressources-1/")
    one.fill("[name=asset-1]", "La laverie")
    one.click("text=Enregistrer")
    two.fill("[name=asset-1]", "Le jardin")
    two.click("text=Enregistrer")
    assert "La laverie" in two.inner_text("#conflit")
    assert two.input_value("[name=asset-1]") == "Le jardin"
    two.click("text=Enregistrer")
    assert "Enregistré (version 2)" in two.inner_text("main")


def test_what_became_of_what_i_said(
    enter: Callable[..., Page],
    site: str,
) -> None:
    """Journeys 18 and 21: a number, a status, an answer, the reason when refused."""
    officer = enter(OFFICER)
    event = an_event(officer, site, "Salle ouverte (fictive)")
    officer.goto(f"{event}questions/")
    officer.select_option("[name=kind]", "say")
    officer.fill("[name=text]", "De quoi manque-t-on ici ?")
    officer.click("button:has-text('Ajouter')")
    officer.goto(f"{event}animer/")
    officer.click("text=Ouvrir la salle")
    officer.goto(event)
    room = str(officer.locator("a:has-text('La salle est ouverte')").get_attribute("href"))
    phone = enter(width=360, java_script_enabled=False)
    phone.goto(site + room)
    phone.locator("textarea").first.fill("Il n’y a pas d’eau au jardin de la place.")
    phone.locator("form:has(textarea) button[type=submit]").first.click()
    link = phone.locator("a[href*='/suivre/']").first.get_attribute("href")
    assert link is not None
    phone.goto(link if link.startswith("http") else site + link)
    told = phone.inner_text("main")
    number = re.search(r"n° (\d{3} \d{4})", told)
    assert number is not None
    assert "Elle attend d’être relue" in told
    officer.goto(f"{site}{TOWN}paroles/")
    officer.check(f"label:has-text('{number[1]}') input")
    officer.fill("[name=title]", "De l’eau au jardin")
    officer.select_option("[name=service]", label="Agglomération (fictive)")
    officer.fill("[name=due_on]", "2099-09-01")
    officer.click("text=Mettre dans ce sujet")
    officer.fill("[name=text]", "Un robinet sera posé au printemps.")
    officer.click("text=Publier et signer la réponse")
    officer.select_option("[name=etat-status]", "refused")
    officer.fill("[name=etat-reason]", "le jardin change de place")
    officer.click("text=Noter cet état")
    officer.select_option("[name=etat-status]", "action")
    officer.fill("[name=etat-action]", "A-7")
    officer.click("text=Noter cet état")
    phone.reload()
    told = phone.inner_text("main")
    for words in ("Un robinet sera posé au printemps.", "parce que : le jardin change de place",
                  "Devenue l’action A-7"):  # fmt: skip
        assert words in told.replace("\xa0", " "), words
    phone.click("button:has-text('Effacer ma parole')")
    assert "a été effacée" in phone.inner_text("main")
    officer.reload()
    assert "pas d’eau au jardin" not in officer.inner_text("main")


def test_something_is_wrong_and_i_say_so(enter: Callable[..., Page], site: str) -> None:
    """Journey 18, outside any gathering: a number, a status, and later an answer."""
    phone = enter(width=360, java_script_enabled=False)
    home = neighbourhood(phone, site, 0)
    phone.goto(home)
    phone.click("text=Dire quelque chose")
    phone.fill("textarea", "La fontaine de la place est fermée depuis mai.")
    phone.click("text=Envoyer")
    told = phone.inner_text("main")
    assert re.search(r"le numéro \d{3} \d{4}", told)
    phone.click("a[href*='/suivre/']")
    assert "Elle attend d’être relue" in phone.inner_text("main")
    phone.goto(f"{home}ce-qu-on-entend/")
    assert "La fontaine de la place" not in phone.inner_text("main")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_day(
    enter: Callable[..., Page],
    site: str,
    scheme: str,
    width: int,
) -> None:
    page = enter(FACILITATOR, width=width, color_scheme=scheme, bypass_csp=True)
    said: dict[str, Any] = {}
    for name, path in day_pages(page, site).items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, name
        page.evaluate("for (const x of document.querySelectorAll('details')) x.open = true")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run().then((found) => found.violations)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if found or wide > width or page.locator("h1").count() != 1:
            said[name] = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found], wide
    assert said == {}


def day_pages(page: Page, site: str) -> dict[str, str]:
    """Return the addresses of the pages of kit, day, answers and protection."""
    home = neighbourhood(page, site, 0)
    event = an_event(page, site, "Journée à regarder (fictive)")
    page.goto(f"{event}journee/feuilles/causes-1/")
    page.fill("[name=cause_from-1]", "Une cause")
    page.fill("[name=cause_to-1]", "Un effet")
    page.click("text=Enregistrer")
    page.goto(f"{event}journee/solutions/")
    page.fill("[name=title]", "Une idée")
    page.click("text=Enregistrer")
    solution = str(page.get_attribute("a[href^='/solutions/']", "href"))
    return {
        "kit": f"{home}kit/",
        "translation": f"{site}{TOWN}langues/ar/",
        "day": f"{event}journee/",
        **{f"sheet-{n}": f"{event}journee/feuilles/{n}-1/"
           for n in ("causes", "futurs", "chemin", "ressources", "marche")},
        "new-solution": f"{event}journee/solutions/table/3/",
        "solution": site + solution,
        "vote": f"{event}journee/vote/",
        "heard": f"{home}ce-qu-on-entend/",
        "say-here": f"{home}dire/",
        "territory-heard": f"{site}{TOWN}ce-qu-on-entend/",
        "to-group": f"{site}{TOWN}paroles/",
        "reviews": f"{site}/refus/",
        "protection": f"{site}/donnees-personnelles/",
        **{x: f"{site}/donnees-personnelles/{x}/"
           for x in ("registre", "aipd", "convention", "archives", "notice-walk")},
    }  # fmt: skip
