"""A site drawn, compared, undone and found again; a list under a budget that answers when moved."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_reading import AXE, visit, wait

__all__ = ["visit"]  # the fixture


def put(page: Page, *points: tuple[float, float]) -> None:
    """Click the sheet at metres from the corner of the outline."""
    paper = page.locator("[data-paper]")
    paper.scroll_into_view_if_needed()
    for x, y in points:
        at = paper.evaluate(
            """(svg, [x, y]) => {
                const given = JSON.parse(document.getElementById("pour-dessiner").textContent);
                const [west, north] = given.outline[0];
                const at = new DOMPoint(west + x, north + y).matrixTransform(svg.getScreenCTM());
                return [at.x, at.y];
            }""",
            [x, y],
        )
        page.mouse.click(*at)


def answered(page: Page, text: str) -> None:
    """Wait until the answer says so."""
    wait(page, f"document.querySelector('#reponse').innerText.includes({text!r})")


def areas(page: Page) -> list[str]:
    return [x.strip() for x in page.locator("[data-list] td:nth-child(3)").all_inner_texts()]


@pytest.mark.parametrize("name", ["site", "sheet"])
def test_drawn_changed_compared_undone_and_kept(visit: Callable[..., Page], name: str) -> None:
    page = visit(name)
    # Draw what is there, then a variant.
    page.select_option("[data-surface]", "grass")
    put(page, (5, 5), (15, 15))
    assert areas(page) == ["100 m²"]
    answered(page, "Ajoutez une variante")
    page.click("[data-add-state]")
    page.select_option("[data-surface]", "shrubs")
    put(page, (20, 5), (30, 15))
    page.check("[name=outil][value=tree]")
    put(page, (10, 22), (20, 22))
    answered(page, "2 arbres")
    assert areas(page)[:2] == ["100 m²", "100 m²"]
    # Change: what was grass becomes a pond.
    before = page.inner_text("#reponse .scores")
    page.select_option("[data-kind-of='surfaces 0']", "planted_pond")
    answered(page, "Bassin planté")
    assert page.inner_text("#reponse .scores") != before
    # Compare: a second variant, and sentences between the two.
    page.click("[data-add-state]")
    page.select_option("[data-rest]", "light_asphalt")
    answered(page, "Variante 2, par rapport à")
    assert page.locator("#reponse .drawn").count() == 3
    assert re.search(r"Variante (1 et Variante )?2.*Variante 1|Variante 1 et Variante 2",
                     page.inner_text("#reponse"))  # fmt: skip
    assert "mieux" in page.inner_text("#reponse")
    # Undo, redo.
    page.click("[data-undo]")
    assert page.locator("[data-rest]").input_value() == "asphalt"
    page.click("[data-redo]")
    assert page.locator("[data-rest]").input_value() == "light_asphalt"
    # Reload: nothing is lost, and the scores come back by themselves.
    text = page.inner_text("#reponse .scores")
    page.reload()
    assert page.locator("[data-states] button").count() == 3
    page.click("[data-states] button >> nth=1")
    assert areas(page)[:2] == ["100 m²", "100 m²"]
    wait(page, "document.querySelectorAll('#reponse .drawn').length === 3")
    assert page.inner_text("#reponse .scores") == text
    # Print: drawings and scores without the tool.
    page.emulate_media(media="print")
    assert page.locator("[data-drawing]").is_hidden()
    assert page.locator("#tableau").is_hidden()
    assert page.locator("#reponse .drawn").first.is_visible()
    assert page.locator("#reponse .scores").is_visible()


def test_drawn_by_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit("sheet")
    page.locator("[data-paper]").focus()
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    assert areas(page) == ["100 m²"]
    page.keyboard.press("Control+z")
    assert areas(page) == []
    page.keyboard.press("Control+y")
    assert areas(page) == ["100 m²"]
    page.check("[name=outil][value=polygon]")
    page.locator("[data-paper]").focus()
    # From the last corner: three points, the third twice, which closes the shape.
    for key in ("ArrowUp", "ArrowLeft"):
        page.keyboard.press("Enter")
        for _ in range(3):
            page.keyboard.press(f"Shift+{key}")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert len(areas(page)) == 2
    assert "112,5 m²" in areas(page)


def test_a_shape_is_chosen_moved_and_removed(visit: Callable[..., Page]) -> None:
    page = visit("sheet")
    put(page, (5, 5), (15, 15))
    page.check("[name=outil][value=choose]")
    put(page, (10, 10))
    assert page.locator(".picked").count() == 1
    page.locator("[data-paper]").focus()
    page.keyboard.press("ArrowRight")
    kept = page.evaluate("JSON.parse(document.querySelector('[name=dessin]').value)")
    assert kept["states"][0]["surfaces"][0]["points"][0] == [6, 5]
    page.click("[data-list] [data-remove]")
    assert areas(page) == []
    page.click("[data-undo]")
    assert areas(page) == ["100 m²"]


def test_what_is_wrong_is_told_and_nothing_is_lost(browser: Browser, site: str) -> None:
    # Not by `visit`: what is refused comes as 422.
    page = browser.new_page()
    page.goto(f"{site}/site/")
    page.select_option("[data-surface]", "grass")
    put(page, (5, 5), (15, 15))
    answered(page, "réchauffe")
    put(page, (10, 10), (20, 20))
    answered(page, "se recouvrent sur 25 m²")
    assert areas(page) == ["100 m²", "100 m²"]
    page.click("[data-undo]")
    answered(page, "réchauffe")
    page.close()


def test_a_sheet_of_a_given_width(visit: Callable[..., Page]) -> None:
    page = visit("sheet")
    page.fill("[data-width]", "100")
    page.keyboard.press("Tab")
    answered(page, "3 000 m²".replace(" ", "\u202f", 1))
    page.fill("[data-width]", "-3")
    page.keyboard.press("Tab")
    assert "de 2 à 1 000 m" in page.inner_text("[data-status]")


def test_counted_without_javascript(visit: Callable[..., Page]) -> None:
    page = visit("sheet", java_script_enabled=False)
    assert page.locator("[data-drawing]").is_hidden()
    page.click("#compter + details > summary")
    page.fill("[name='e0.asphalt']", "1200")
    page.fill("[name='e1.asphalt']", "1 100")
    page.fill("[name='e1.grass']", "100")
    page.fill("[name='e1.young']", "2")
    page.click("text=Calculer avec ce tableau")
    assert "Variante 1, par rapport à aujourd’hui" in page.inner_text("#reponse")
    assert page.locator("[name='e1.asphalt']").input_value() == "1 100"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_drawn_site_is_accessible(visit: Callable[..., Page], width: int) -> None:
    page = visit("site", width=width, bypass_csp=True)
    put(page, (5, 5), (15, 15))
    page.click("[data-add-state]")
    page.check("[name=outil][value=tree]")
    put(page, (20, 20))
    answered(page, "1 arbre")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    accessible(page)


def accessible(page: Page) -> None:
    page.evaluate("for (const x of document.querySelectorAll('details')) x.open = true")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []


# A list under a budget


def test_a_list_under_a_budget_to_the_last_sentence(visit: Callable[..., Page]) -> None:
    page = visit("portfolio")
    page.click("text=Partir d’un exemple")
    assert "inventés" in page.inner_text("main")
    page.evaluate("window.same = true")
    # The group's own list first.
    page.fill("[name='q.0']", "1")
    page.keyboard.press("Tab")
    answered(page, "1 × Ombrière")
    said = page.inner_text("#reponse")
    assert said.index("Votre liste") < said.index("Un second avis")
    assert "À dire avant de publier" in said
    # Who benefits, who could lose; a robust list, and what changes at a fifth more or less.
    answered(page, "Les listes que l’on regretterait le moins")
    said = page.inner_text("#reponse")
    for text in (
        *("À qui elle profite", "Qui peut y perdre", "Indice de concentration"),
        *("Sans pondération", "Si le budget change d’un cinquième", "−20", "+20"),
    ):
        assert text in said, text
    assert page.locator("#reponse .plane").bounding_box()["height"] > 100  # type: ignore[index]
    assert page.locator("#reponse .front tbody tr").count() >= 2
    # Move the budget: the list changes, on the same page.
    changes = page.inner_text("#reponse .changes")
    page.locator("[type=range][name=budget]").focus()
    page.keyboard.press("Home")
    answered(page, "Budget 0")
    assert page.locator("[name='budget.n']").input_value() == "0"
    page.fill("[name='budget.n']", "250000")
    page.keyboard.press("Tab")
    answered(page, "Budget 250\u202f000")
    assert page.inner_text("#reponse .changes") != changes
    # Move the floor: its price is said, then that nothing fits, and why.
    page.fill("[name='budget.n']", "600000")
    page.fill("[name='plancher.n']", "3")
    page.keyboard.press("Tab")
    answered(page, "Ce que coûte le plancher")
    page.select_option("[name=plancher_de]", "benefit")
    answered(page, "du total des effets")
    page.select_option("[name=plancher_de]", "budget")
    page.fill("[name='budget.n']", "1000")
    page.keyboard.press("Tab")
    answered(page, "Aucune liste ne respecte toutes les contraintes")
    assert "Ne tiennent pas ensemble" in page.inner_text("#reponse")
    assert page.evaluate("window.same === true")


def test_a_list_answers_without_javascript(visit: Callable[..., Page]) -> None:
    page = visit("portfolio", java_script_enabled=False)
    page.click("text=Partir d’un exemple")
    page.fill("[name='q.0']", "1")
    page.fill("[name='budget.n']", "300000")
    page.click("#choisir button:has-text('Calculer') >> nth=-1")
    said = page.inner_text("#reponse")
    assert "1 × Ombrière" in said
    assert "Les listes que l’on regretterait le moins" in said
    assert page.locator("[name='q.0']").input_value() == "1"


def test_a_typed_row_enters_the_list(visit: Callable[..., Page]) -> None:
    page = visit("portfolio", width=360)
    page.select_option("[name='n.measure']", "plant_trees")
    page.locator("[name='n.zone']").select_option(index=1)
    page.fill("[name='n.site']", "Place du marché")
    page.fill("[name='n.quantity']", "10")
    page.click("text=Ajouter à la liste")
    assert "10 × Planter des arbres" in page.inner_text("#reponse")
    assert "Place du marché" in page.inner_text("#reponse")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_answer_of_a_list_is_accessible(visit: Callable[..., Page], scheme: str) -> None:
    page = visit("portfolio", bypass_csp=True, color_scheme=scheme)
    page.click("text=Partir d’un exemple")
    page.fill("[name='q.0']", "1")
    page.click("#choisir button:has-text('Calculer') >> nth=-1")
    page.wait_for_selector("#reponse .plane")
    accessible(page)


# Solutions of a neighbourhood, and a plan


def test_both_halves_of_a_solution(visit: Callable[..., Page]) -> None:
    page = visit("neighbourhood")
    page.click("text=Toutes, et pourquoi")
    page.click(".answer summary >> nth=0")
    first = page.locator(".answer").first
    assert "Y gagnent" in first.inner_text()
    assert "Peuvent y perdre" in first.inner_text()
    first.locator("a:has-text('Tout sur')").click()
    both = page.locator(".three section")
    assert both.count() == 2
    for half in both.all():
        assert half.locator("li").count() >= 1
    assert "à vérifier" in page.inner_text("main")


def test_a_plan_answers_when_it_is_moved(visit: Callable[..., Page]) -> None:
    page = visit("what_if")
    page.evaluate("window.same = true")
    assert "Le plan B par rapport au plan A" in page.inner_text("#reponse")
    page.fill("[name='a1.n']", "60")
    page.keyboard.press("Tab")
    wait(page, "location.search.includes('a1.n=60')")
    page.select_option("[name=climat]", "4")
    answered(page, "vers 2100")
    assert page.evaluate("window.same === true")
