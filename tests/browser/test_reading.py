"""What a reader meets: map, phone, keyboard, no JavaScript, accessibility, no outside request."""

import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import ROOT

# The first town has nine neighbourhoods or more, the second too few to be ranked.
TOWN, FEW = "/territoires/999000001/", "/territoires/999000002/"
COMPARED = ("poverty_share", "surface_temperature_anomaly", "canopy_share")
PATHS = {
    "home": "/",
    "territory": TOWN,
    "neighbourhood": f"{TOWN}quartiers/QPV/",
    "values": f"{TOWN}quartiers/QPV/valeurs/",
    "comparison": "/comparer/",
    "comparison_of_three": "/comparer/?" + "&".join(f"indicateur={x}" for x in COMPARED),
    "indices": f"{TOWN}indices/",
    "index": f"{TOWN}indices/canicule/",
    "index_of_few": f"{FEW}indices/canicule/",
    "weights": f"{TOWN}indices/canicule/poids/",
    "weights_of_few": f"{FEW}indices/canicule/poids/",
    "crossing": f"{TOWN}croiser/",
    "indicator": f"{TOWN}indicateurs/surface_temperature_anomaly/",
    "method": f"{TOWN}methode/",
    "solutions": "/solutions/",
    "solution": "/solutions/unseal_soil/",
    "solutions_here": f"{TOWN}quartiers/QPV/solutions/",
    "sheet": "/site/",
    "site": f"{TOWN}quartiers/QPV/site/",
    "what_if": f"{TOWN}quartiers/QPV/et-si/?a1=plant_trees&a1.n=20&b1=plant_trees&b1.n=25&climat=2",
    "portfolio": f"{TOWN}choisir/",
    "data": f"{TOWN}donnees/",
    "resources": f"{TOWN}ressources/",
    "resource": f"{TOWN}ressources/FIRST/",
    "zone_resources": f"{TOWN}quartiers/QPV/ressources/",
    "add_resource": f"{TOWN}ressources/ajouter/",
    "contradict": f"{TOWN}signaler/",
    "resources_data": f"{TOWN}ressources/donnees/",
    "access": f"{TOWN}indicateurs/cool_indoor_access_share/",
    "api": "/api/",
    "layers": "/ogc/collections?f=html",
    "login": "/compte/entrer/",
    "legal": "/mentions-legales/",
    "accessibility": "/accessibilite/",
    "contents": "/plan-du-site/",
}
AXE = ROOT / "node_modules/axe-core/axe.min.js"
MOST_BYTES = 300_000


def wait(page: Page, expression: str, seconds: float = 60) -> None:
    """Poll: the page's policy forbids what the driver would otherwise put in it.

    After a click the old page may be gone and the new one not yet there: what cannot be evaluated
    then is not true yet.
    """
    end, why = time.monotonic() + seconds, ""
    while True:
        try:
            if page.evaluate(expression):
                return
        except Error as error:
            why = f" ({error.message.splitlines()[0]})"
        assert time.monotonic() < end, f"never true: {expression}{why}"
        time.sleep(0.1)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`visit("home", width=390)` opens a page; nothing may go wrong in it nor leave the host."""
    opened, wrong = [], []

    def check(response: Any) -> None:
        if urlsplit(response.url).scheme not in ("data", "blob"):
            if not response.url.startswith(site):
                wrong.append(f"outside: {response.url}")
            elif response.status >= 400:
                wrong.append(f"{response.status}: {response.url}")

    def enter(name: str, width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", **options
        )
        opened.append(context)
        page = context.new_page()
        page.on("response", check)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        answer = page.goto(site + path_of(page, site, name))
        assert answer is not None
        assert answer.status == 200
        return page

    yield enter
    for context in opened:
        context.close()
    assert wrong == []


def path_of(page: Page, site: str, name: str) -> str:
    path = PATHS[name]
    if "QPV" in path:
        page.goto(site + TOWN)
        here = str(page.locator("tbody th a").first.get_attribute("href"))
        return here + path.split("QPV/")[1]
    if path.endswith("FIRST/"):
        page.goto(site + path.removesuffix("FIRST/"))
        found = page.locator("main a").evaluate_all("links => links.map(x => x.pathname)")
        return next(str(p) for p in found if re.search(r"/ressources/\d+/$", p))
    return path


@pytest.mark.parametrize("name", PATHS)
def test_phone_of_360_pixels(visit: Callable[..., Page], name: str) -> None:
    page = visit(name, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing(visit: Callable[..., Page], name: str, scheme: str) -> None:
    page = visit(name, color_scheme=scheme, bypass_csp=True)
    page.evaluate("for (const x of document.querySelectorAll('details')) x.open = true")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    said = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]
    assert said == []


@pytest.mark.parametrize("name", PATHS)
def test_reads_without_javascript(visit: Callable[..., Page], name: str) -> None:
    page = visit(name, java_script_enabled=False)
    assert len(page.inner_text("main")) > 100
    if name in ("territory", "neighbourhood", "indicator", "crossing"):
        assert page.locator(".drawing").bounding_box()["height"] > 100  # type: ignore[index]
        assert not page.locator("[data-map-more]").is_visible()


def test_map_shows_colours(visit: Callable[..., Page]) -> None:
    page = visit("territory")
    page.click("[data-map-open]")
    wait(page, "!!document.querySelector('[data-ready]')")
    picture = Image.open(io.BytesIO(page.locator(".canvas canvas").screenshot())).convert("RGB")
    pixels = np.asarray(picture).reshape(-1, 3)
    wanted = page.evaluate(
        "[...document.querySelectorAll('.legend rect')].map((r) => r.getAttribute('fill'))"
    )
    shares = []
    for colour in (c for c in wanted if c.startswith("#")):
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        near = np.abs(pixels.astype(int) - rgb).max(axis=1) < 12
        shares.append(near.mean())
    # The colours of the legend, more than one of them, are a good part of the map.
    assert sum(share > 0.002 for share in shares) >= 2, shares
    assert sum(shares) > 0.05, shares


def test_neighbourhood_is_clicked_on_the_map(visit: Callable[..., Page]) -> None:
    page = visit("territory")
    page.click("[data-map-open]")
    wait(page, "!!document.querySelector('[data-ready]')")
    box = page.locator(".canvas canvas").bounding_box()
    assert box is not None
    # The map is framed on the neighbourhoods: one of them is met along its lines.
    for y in np.linspace(0.06, 0.94, 23):
        for x in np.linspace(0.06, 0.94, 31):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if page.evaluate("document.querySelector('.canvas canvas').style.cursor") == "pointer":
                page.mouse.down()
                page.mouse.up()
                page.wait_for_url("**/quartiers/**")
                return
    pytest.fail("no neighbourhood under the pointer")


def test_comparison_answers_without_a_new_page(visit: Callable[..., Page]) -> None:
    page = visit("comparison")
    page.evaluate("window.same = true")
    page.click("#choisir summary")
    page.check("[name=indicateur][value=aged_65_plus_share]")
    wait(page, "document.querySelectorAll('#reponse section').length === 2")
    assert "65 ans" in page.inner_text("#reponse .matrix thead")
    assert page.evaluate("window.same === true")
    assert "aged_65_plus_share" in page.url


def test_neighbourhoods_are_picked_inside_the_answer(visit: Callable[..., Page]) -> None:
    page = visit("comparison")
    page.click("#reponse summary")
    page.locator("[name=quartier]").nth(1).check()
    wait(page, "document.querySelectorAll('#reponse .compare tbody tr').length === 1")
    assert page.locator("[name=quartier]:checked").count() == 1


def test_column_sorts_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("comparison_of_three")
    page.locator(".matrix thead a").nth(3).focus()
    page.keyboard.press("Enter")
    wait(page, "document.querySelectorAll('.matrix th')[3].ariaSort === 'ascending'")
    assert "tri=canopy_share" in page.url


def test_slider_moved_changes_the_answer(visit: Callable[..., Page]) -> None:
    page = visit("weights")
    page.evaluate("window.same = true")
    assert "Aucun quartier ne change de classe" in page.inner_text("#reponse")
    before = page.inner_text("#reponse")
    slider = page.locator("[type=range][name=sensitivity]")
    slider.focus()
    page.keyboard.press("End")
    assert page.locator("[name='sensitivity.n']").input_value() == "20"
    wait(page, "document.querySelector('#reponse').innerText.includes('ensibilité 50')")
    assert page.inner_text("#reponse") != before
    assert page.evaluate("window.same === true")
    assert page.url.endswith("?sensitivity=20")
    # A number typed moves the slider, and the answer comes again.
    page.fill("[name='sensitivity.n']", "10")
    page.keyboard.press("Tab")
    wait(page, "document.querySelector('#reponse').innerText.includes('ne change de classe')")
    assert slider.input_value() == "10"
    assert not page.url.endswith("?sensitivity=20")


def test_slider_moved_below_eight(visit: Callable[..., Page]) -> None:
    page = visit("weights_of_few")
    before = page.inner_text("#reponse")
    page.locator("[type=range][name=hazard]").focus()
    page.keyboard.press("Home")
    wait(page, "document.querySelector('#reponse').innerText.includes('léa 0')")
    assert page.inner_text("#reponse tbody") not in before
    assert "lasse" not in page.inner_text("#reponse")


def test_weights_answer_without_javascript(visit: Callable[..., Page]) -> None:
    page = visit("weights", java_script_enabled=False)
    page.locator("[type=range][name=sensitivity]").focus()
    page.keyboard.press("End")
    page.click("text=Recalculer")
    assert "ensibilité 50" in page.inner_text("#reponse")
    assert page.locator("[name='sensitivity.n']").input_value() == "20"
    page.fill("[name='sensitivity.n']", "0")
    page.click("text=Recalculer")
    assert "ensibilité 0" in page.inner_text("#reponse")


def test_print_leaves_out_the_form(visit: Callable[..., Page]) -> None:
    page = visit("weights")
    page.emulate_media(media="print")
    assert page.locator("#poids").is_hidden()
    assert page.locator("#reponse table").is_visible()


def test_neighbourhood_folds_on_a_phone_and_loses_nothing(visit: Callable[..., Page]) -> None:
    page = visit("neighbourhood", width=390, java_script_enabled=False)
    tables = page.locator(".profile, .places")
    assert tables.count() > 10
    seen = "all => all.filter((x) => x.checkVisibility()).length"
    assert tables.evaluate_all(seen) == 2  # the first of each
    # What is folded says what it holds.
    told = page.locator(".hazard summary").all_inner_texts()
    assert all(re.search(r"\d+ (chiffres?|plus|moins|sans)", text) for text in told)
    tall = "document.documentElement.scrollHeight"
    folded = page.evaluate(tall)
    page.locator(".hazard summary").nth(1).click()
    assert tables.evaluate_all(seen) == 3
    for summary in page.locator("main details:not([open]) > summary").all()[::-1]:
        summary.click()
    assert tables.evaluate_all(seen) == tables.count()
    assert folded < 0.8 * page.evaluate(tall)


def test_paper_is_not_folded(visit: Callable[..., Page]) -> None:
    page = visit("neighbourhood")
    seen = "all => all.filter((x) => x.checkVisibility()).length"
    tables = page.locator(".profile, .places")
    closed = "document.querySelectorAll('main details:not([open])').length"
    before = page.evaluate(closed)
    assert before > 10
    page.emulate_media(media="print")
    assert tables.evaluate_all(seen) == tables.count()
    page.emulate_media(media="screen")
    # Browsers that do not read the style sheet's word for it are told by the page.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before


def test_page_is_light(visit: Callable[..., Page], browser: Browser, site: str) -> None:
    page = visit("neighbourhood")
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.reload(wait_until="networkidle")
    assert 5_000 < sum(sizes) < MOST_BYTES


def test_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("territory")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SELECT", "BUTTON"} <= set(names)
