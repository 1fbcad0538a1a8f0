"""Journey 17 to its last sentence, a shorter session, a meeting from its sequence to its acts."""

import datetime as dt
import io
import re
from collections.abc import Callable

import pypdf
import pytest
from playwright.sync_api import Page

from tests.browser.test_day import fetched
from tests.browser.test_every_page import wrong
from tests.browser.test_officer import FACILITATOR, OFFICER, neighbourhood
from tests.browser.test_reading import TOWN
from tests.web.test_documents import docx_text, pdf_text, squeezed


def a_session(page: Page, site: str, kind: str, title: str, zone: str) -> str:
    """Prepare a session of this morning in a neighbourhood; its address."""
    page.goto(f"{site}{TOWN}rencontres/preparer/")
    page.select_option("[name=kind]", kind)
    page.fill("[name=title]", title)
    page.select_option("[name=zone]", zone)
    day = dt.date.today() - dt.timedelta(days=1)  # noqa: DTZ011 (what one types)
    page.fill("[name=starts_at]", f"{day}T09:00")
    page.fill("[name=ends_at]", f"{day}T12:00")
    page.fill("[name=place]", "Centre social")
    page.select_option("[name=level]", "inform")
    page.select_option("[name=state]", "announced")
    page.click("main button[type=submit]")
    found = re.search(r"/rencontres/(\d+)/", page.url)
    assert found is not None, page.url
    return f"{site}/rencontres/{found[1]}/"


def test_logging_a_fresque(enter: Callable[..., Page], site: str) -> None:
    """Journey 17: who, where, what questions and intentions came; a sheet linked to its place."""
    page = enter(OFFICER, width=360, java_script_enabled=False)
    home = neighbourhood(page, site, 2)
    page.goto(home)
    name = page.inner_text("h1")
    event = a_session(page, site, "fresque", "Fresque du jeudi (fictive)", home.split("/")[-2])
    page.goto(f"{event}saisie/")
    page.fill("[name=table]", "1")
    questions = page.locator("[name='l0-question'] option")
    for line, text, n in ((0, "Et nos chambres, la nuit ?", "questions"),
                          (1, "et nos chambres la nuit", "questions"),
                          (2, "Fermer les volets à midi", "intentions")):  # fmt: skip
        label = next(x for x in questions.all_inner_texts() if n in x)
        page.select_option(f"[name='l{line}-question']", label=label)
        page.fill(f"[name='l{line}-text']", text)
    page.click("text=Enregistrer la feuille")
    page.goto(f"{event}bilan/")
    page.fill("[name=present]", "12")
    page.click("text=Enregistrer les présences")
    assert "---------" not in page.inner_text("main")
    form = page.locator("form", has=page.locator("[name=part][value=sheet]"))
    form.locator("summary").click()
    form.locator("[name=audience]").select_option("residents")
    form.locator("[name=licence]").select_option("volunteer")
    for field, value in (("tables", "2"), ("leaders", "1"), ("registered", "14"),
                         ("minutes", "180")):  # fmt: skip
        form.locator(f"[name={field}]").fill(value)
    form.locator("button").click()
    page.goto(event)
    page.click("text=Relire et imprimer la fiche de séance")
    assert "Rien n’est encore relu." in page.inner_text("main")
    for box in page.locator("[name=word]").all():
        box.check()
    page.click("text=Publier ce qui est coché")
    told = page.inner_text("main")
    assert "Et nos chambres, la nuit ? (2 fois)" in told
    assert wrong_without_script(page) == []
    text = pdf_text(fetched(page, f"{event}fiche-de-seance.pdf"))
    for said in (name, "animation bénévole", "14", "12", "Fermer les volets à midi",
                 "Centre social"):  # fmt: skip
        assert squeezed(said) in text, said
    page.click(f"main a:has-text('{name}')")
    assert page.url == home
    # And from the neighbourhood to the session, for anybody.
    visitor = enter()
    visitor.goto(home)
    visitor.click("text=Tout ce qu’on entend")
    visitor.click("text=Fresque du jeudi (fictive)")
    assert "Fermer les volets à midi" in visitor.inner_text("main")
    assert "présentes" not in visitor.inner_text("main")


def test_one_page_for_a_fresque_that_was_held(enter: Callable[..., Page], site: str) -> None:
    """The same journey, the day after: one page, then the sheet, without a script."""
    page = enter(OFFICER, width=360, java_script_enabled=False)
    home = neighbourhood(page, site, 2)
    page.goto(f"{site}/mon-espace/")
    page.click("main a:has-text('Consigner une Fresque') >> nth=0")
    page.fill("[name=title]", "Fresque d’hier (fictive)")
    page.fill("[name=day]", f"{dt.date.today() - dt.timedelta(days=1)}")  # noqa: DTZ011
    page.fill("[name=begins]", "09:00")
    page.fill("[name=ends]", "08:00")
    page.fill("[name=place]", "Centre social")
    page.select_option("[name=zone]", home.split("/")[-2])
    page.click("text=Ajouter ce que vous savez d’autre")
    for field, value in (("present", "14"), ("registered", "10"), ("tables", "2"),
                         ("leaders", "1")):  # fmt: skip
        page.fill(f"[name={field}]", value)
    page.select_option("[name=audience]", "residents")
    page.select_option("[name=licence]", "volunteer")
    page.fill("[name=questions]", "Et nos caves, l’hiver ?\nEt les écoles ?")
    page.fill("[name=intentions]", "Planter devant l’immeuble")
    page.click("main button[type=submit]")
    assert "La fin vient avant le début." in page.inner_text("main")
    assert page.input_value("[name=questions]").startswith("Et nos caves, l’hiver ?")
    assert wrong_without_script(page) == []
    page.fill("[name=ends]", "12:00")
    page.click("main button[type=submit]")
    assert page.url.endswith("/fiche-de-seance/")
    event = page.url.removesuffix("fiche-de-seance/")
    page.click("text=relire ce qui est venu (3)")
    for box in page.locator("[name=word]").all():
        box.check()
    page.click("text=Publier ce qui est coché")
    told = page.inner_text("main")
    assert "4 sont venues sans s’inscrire" in told
    assert "Planter devant l’immeuble" in told
    text = pdf_text(fetched(page, f"{event}fiche-de-seance.pdf"))
    for said in ("Et les écoles ?", "animation bénévole", "180 minutes"):
        assert squeezed(said) in text, said
    page.click(f"a[href='{home.removeprefix(site)}']")
    visitor = enter()
    visitor.goto(event)
    assert "Et nos caves, l’hiver ?" in visitor.inner_text("main")
    assert "présentes" not in visitor.inner_text("main")


def wrong_without_script(page: Page) -> list[str]:
    """Return what is too wide for a phone, where no script of ours can run."""
    many = page.locator("h1").count()
    return [] if many == 1 else [f"{many} h1"]


def test_a_short_session_where_three_hours_do_not_suit(
    enter: Callable[..., Page], site: str
) -> None:
    page = enter(OFFICER, width=360, bypass_csp=True)
    home = neighbourhood(page, site, 1)
    zone = home.split("/")[-2]
    event = a_session(page, site, "short", "À la sortie de l’école (fictive)", zone)
    page.goto(f"{event}bilan/")
    page.fill("[name=present]", "12")
    page.click("text=Enregistrer les présences")
    assert page.locator("[name=licence] option").all_inner_texts() == [
        "supports du Labo, sans carte protégée"
    ]
    page.goto(f"{event}fiche-de-seance/")
    assert wrong(page) == []
    content = fetched(page, f"{event}fiche-de-seance.pdf")
    assert squeezed("Mot pour mot, sans nom") in pdf_text(content)
    kit = fetched(page, f"{home}kit.pdf?parties=deroule&deroule=courte&debut=16:30")
    assert squeezed("Une question, une intention") in pdf_text(kit)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_meeting_of_the_demonstration(
    enter: Callable[..., Page], site: str, width: int
) -> None:
    visitor = enter(width=width, bypass_csp=True)
    visitor.goto(f"{site}/rencontres/")
    visitor.click("main a:has-text('Rencontres inter-régionales') >> nth=0")
    visitor.click("text=du diagnostic aux solutions (fictive)")
    told = visitor.inner_text("main")
    assert told.count("Relu aujourd’hui dans sa livraison : le même chiffre.") >= 2
    if width == 360:
        assert wrong(visitor) == []
    with visitor.expect_download() as taken:
        visitor.click("text=Les actes en PDF")
    assert len(pypdf.PdfReader(taken.value.path()).pages) >= 2
    visitor.click("text=Ce chiffre sur le site >> nth=0")
    assert "livraison=" in visitor.url
    assert visitor.locator("h1").count() == 1


def test_a_meeting_from_its_sequence_to_its_acts(enter: Callable[..., Page], site: str) -> None:
    centre = enter(FACILITATOR, java_script_enabled=False)
    centre.goto(f"{site}/rencontres-inter-regionales/preparer/")
    centre.select_option("[name=territory]", index=1)
    centre.fill("[name=title]", "Deuxième rencontre (fictive)")
    day = dt.date.today() - dt.timedelta(days=1)  # noqa: DTZ011 (what one types)
    centre.fill("[name=starts_at]", f"{day}T09:00")
    centre.fill("[name=ends_at]", f"{day}T12:00")
    centre.fill("[name=place]", "Salle")
    centre.select_option("[name=level]", "build")
    centre.fill("[name=negotiable]", "La suite")
    centre.select_option("[name=state]", "announced")
    centre.click("main button[type=submit]")
    assert centre.url.endswith("/deroule/")
    meeting = centre.url.removesuffix("deroule/")
    for n, (title, minutes, fixed) in enumerate((("Accueil", "30", ""), ("Repas", "60", "10:00"))):
        centre.fill(f"[name='temps-{n}-title']", title)
        centre.fill(f"[name='temps-{n}-minutes']", minutes)
        centre.fill(f"[name='temps-{n}-fixed_at']", fixed)
    centre.click("text=Enregistrer le déroulé")
    assert re.search(r"il y a un trou de\s30 minutes", centre.inner_text("[role=alert]"))
    assert centre.input_value("[name='temps-1-title']") == "Repas"
    centre.fill("[name='temps-0-minutes']", "60")
    centre.click("text=Enregistrer le déroulé")
    assert "10\u202fh – 11\u202fh" in centre.inner_text("main")
    officer = enter(OFFICER, width=360, java_script_enabled=False)
    officer.goto(f"{meeting}")
    officer.click("text=Dire ce qu’apporte")
    officer.select_option("[name=release]", index=1)
    officer.select_option("[name=zone]", index=1)
    officer.select_option("[name=indicator]", "poverty_share")
    officer.fill("[name=doubt]", "Deux rues ne sont pas sûres.")
    officer.fill("[name=solution]", "Une salle en août.")
    officer.click("main button[type=submit]")
    assert "le récit" in officer.inner_text(".missing >> nth=0")
    officer.goto(f"{meeting}notes/")
    officer.select_option("[name=kind]", "disagreed")
    officer.fill("[name=text]", "Comparer les villes n’a pas de sens.")
    officer.click("text=Ajouter la note")
    centre.goto(f"{meeting}notes/")
    centre.click("text=Mettre dans les actes")
    centre.goto(f"{meeting}publier/")
    draft = docx_text(fetched(centre, f"{meeting}brouillon.docx"))
    assert squeezed("Comparer les villes n’a pas de sens.") in draft
    centre.check("[name=read]")
    centre.click("main button[type=submit]")
    visitor = enter(width=360, java_script_enabled=False)
    visitor.goto(meeting)
    read = visitor.inner_text("main")
    assert "Deux rues ne sont pas sûres." in read
    assert "Comparer les villes n’a pas de sens." in read
    content = fetched(visitor, f"{meeting}actes/1/actes.pdf")
    assert squeezed("Une salle en août.") in pdf_text(content)
    assert pypdf.PdfReader(io.BytesIO(content)).metadata is not None


def test_the_page_in_english(enter: Callable[..., Page], site: str) -> None:
    page = enter(width=360, bypass_csp=True)
    page.goto(site)
    page.click("footer >> text=English")
    assert page.get_attribute("html", "lang") == "en"
    assert wrong(page) == []
