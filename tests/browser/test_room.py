"""The room on a phone of 360 px: joining, saying, voting, losing the network, closing the page."""

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.conftest import ROOT, sign_in
from tests.browser.test_officer import OFFICER
from tests.browser.test_reading import wait
from tests.web.room import picture

AXE = ROOT / "node_modules/axe-core/axe.min.js"
PHONE: ViewportSize = {"width": 360, "height": 740}
ONE = """
    SELECT e.id, e.code FROM workshops_event e JOIN accounts_territory t ON t.id = e.territory_id
    WHERE t.code = '999000001' AND e.title = 'Atelier de l’été : par quoi commencer ?'
"""


@pytest.fixture
def rows(site_folder: Path) -> Callable[..., list[Any]]:
    """`rows(sql)` reads the database of the site."""

    def read(sql: str, *given: Any) -> list[Any]:
        with closing(sqlite3.connect(site_folder / "labo.sqlite3", timeout=20)) as base:
            return base.execute(sql, given).fetchall()

    return read


@pytest.fixture
def event(site: str, rows: Callable[..., list[Any]]) -> tuple[int, str]:
    """The number of the invented event whose room is open, and its code: others may be prepared."""
    pk, code = rows(ONE)[0]
    return pk, code


@pytest.fixture
def phone(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """`phone()` is somebody's; nothing may go wrong in its pages."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def take(**options: Any) -> BrowserContext:
        context = browser.new_context(
            viewport=PHONE, locale="fr-FR", has_touch=True, is_mobile=True, **options
        )
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        opened.append(context)
        return context

    yield take
    for context in opened:
        context.close()
    assert wrong == []


def enter(context: BrowserContext, site: str, code: str) -> Page:
    """Type the code that is on the wall, and wait until the page is kept on the phone."""
    page = context.new_page()
    page.goto(f"{site}/a/")
    page.fill("#id_code", code.lower())
    page.click("button:has-text('Entrer')")
    wait(page, "document.querySelector('[data-room]').dataset.kept === '1'")
    return page


def said(rows: Callable[..., list[Any]], text: str) -> int:
    return len(rows("SELECT 1 FROM workshops_contribution WHERE text = ?", text))


def begin(page: Page) -> str:
    """Go on from the entrance, and return which part of the page is then on the screen."""
    page.click("a.go:visible")
    return after(page, "entree")


def after(page: Page, left: str) -> str:
    """Wait until a part of the page has gone (it goes after the click), and return the next one."""
    wait(page, f"document.querySelector('#{left}').hidden")
    return step(page)


def step(page: Page) -> str:
    """Which part of the page is on the screen: there is one."""
    shown = "[data-step]:not([hidden])"
    seen = page.evaluate(f"[...document.querySelectorAll('{shown}')].map(x => x.id)")
    assert len(seen) == 1
    return str(seen[0])


def text(prefix: str) -> str:
    return f"{prefix} {uuid.uuid4().hex[:8]}"


def test_saying_and_voting(
    phone: Callable[..., BrowserContext], site: str, event: tuple[int, str],
    rows: Callable[..., list[Any]],
) -> None:  # fmt: skip
    page, mine = enter(phone(), site, event[1]), text("Le préau brûle")
    assert step(page) == "entree"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    asked = begin(page)
    page.fill(f"#{asked} textarea", mine)
    page.click(f"#{asked} >> text=Envoyer")
    wait(page, f"document.querySelector('#{asked} [data-done]').textContent.startsWith('Envoyé')")
    assert said(rows, mine) == 1
    assert page.input_value(f"#{asked} textarea") == ""
    number = rows("SELECT number FROM workshops_contribution WHERE text = ?", mine)[0][0]
    assert f"{number[:3]} {number[3:]}" in page.inner_text(f"#{asked} [data-done]")
    # Dots, with a thumb.
    page.click(f"#{asked} >> text=Suite")
    voted = after(page, asked)
    more = page.locator(f"#{voted} [aria-label^='Poser']")
    for i in (0, 0, 1, 2):
        more.nth(i).click()
    assert "Il en reste 0." in page.inner_text(f"#{voted} [data-left]")
    assert page.locator(f"#{voted} [type=number]").nth(2).input_value() == "0"
    page.click(f"#{voted} button.go")
    wait(page, f"document.querySelector('#{voted} [data-done]').textContent.startsWith('Envoyé')")
    ballots = "SELECT count(*) FROM workshops_ballot WHERE question_id = ?"
    once = rows(ballots, int(voted[1:]))[0][0]
    page.locator(f"#{voted} [aria-label^='Enlever']").nth(0).click()
    page.click(f"#{voted} button.go")
    wait(page, f"document.querySelector('#{voted} [data-done]').textContent.startsWith('Envoyé')")
    assert rows(ballots, int(voted[1:]))[0][0] == once
    # What is on the wall, and one's stance on it.
    page.goto(f"{site}/a/{event[1]}/#mur")
    button = page.locator("#mur [value=doubt]").first
    button.click()
    wait(page, "document.querySelector('[data-status]').textContent === 'Tout est envoyé.'")
    wait(page, "document.querySelector('#mur [value=doubt]').ariaPressed === 'true'")
    page.goto(f"{site}/a/{event[1]}/#fin")
    assert mine in page.inner_text("#fin")
    for wanted in ("button:visible", "summary:visible", "a.go:visible"):
        for box in (x.bounding_box() for x in page.locator(wanted).all()):
            assert box is None or box["height"] >= 44, wanted


def test_the_network_is_cut_then_comes_back(
    phone: Callable[..., BrowserContext], site: str, event: tuple[int, str],
    rows: Callable[..., list[Any]],
) -> None:  # fmt: skip
    context = phone()
    page, mine = enter(context, site, event[1]), [text("Hors réseau"), text("Encore")]
    asked = begin(page)
    context.set_offline(True)
    for words in mine:
        page.fill(f"#{asked} textarea", words)
        page.click(f"#{asked} >> text=Envoyer")
        wait(
            page,
            f"""document.querySelector('#{asked} [data-done]').textContent
            .startsWith('Enregistré sur ce téléphone')""",
        )
    page.click(f"#{asked} >> text=Suite")
    voted = after(page, asked)
    page.locator(f"#{voted} [aria-label^='Poser']").nth(1).click()
    page.click(f"#{voted} button.go")
    wait(page, "document.querySelector('[data-status]').textContent.startsWith('3 envois')")
    assert [said(rows, words) for words in mine] == [0, 0]
    context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait(page, "document.querySelector('[data-status]').textContent === 'Tout est envoyé.'")
    assert [said(rows, words) for words in mine] == [1, 1]


def test_closed_without_network_and_opened_again(
    phone: Callable[..., BrowserContext], site: str, event: tuple[int, str],
    rows: Callable[..., list[Any]],
) -> None:  # fmt: skip
    context = phone()
    page, mine = enter(context, site, event[1]), text("Avant de fermer")
    asked = begin(page)
    context.set_offline(True)
    page.fill(f"#{asked} textarea", mine)
    page.click(f"#{asked} >> text=Envoyer")
    wait(page, "document.querySelector('[data-status]').textContent.startsWith('1 envoi')")
    page.close()
    again = context.new_page()
    again.goto(f"{site}/a/{event[1]}/#fin")
    wait(again, f"document.querySelector('#fin').innerText.includes({mine!r})")
    assert "Enregistré sur ce téléphone" in again.inner_text("#fin")
    assert again.evaluate("getComputedStyle(document.querySelector('.go')).display") == "block"
    context.set_offline(False)
    again.reload()
    wait(again, "document.querySelector('[data-status]').textContent === 'Tout est envoyé.'")
    assert said(rows, mine) == 1


def test_an_answer_that_was_lost_is_asked_for_again(
    phone: Callable[..., BrowserContext], site: str, event: tuple[int, str],
    rows: Callable[..., list[Any]],
) -> None:  # fmt: skip
    """The server keeps it, the phone never hears so: it sends again, and hears the same number."""
    context = phone(service_workers="block")
    page, mine = context.new_page(), text("Réponse perdue")
    page.goto(f"{site}/a/{event[1]}/")
    lost: list[int] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/dire/", lose)
    asked = begin(page)
    page.fill(f"#{asked} textarea", mine)
    page.click(f"#{asked} >> text=Envoyer")
    while not lost:
        page.wait_for_timeout(100)
    wait(page, "document.querySelector('[data-status]').textContent.startsWith('1 envoi')")
    assert lost == [200]
    assert said(rows, mine) == 1
    page.evaluate("dispatchEvent(new Event('online'))")
    wait(page, "document.querySelector('[data-status]').textContent === 'Tout est envoyé.'")
    number = rows("SELECT number FROM workshops_contribution WHERE text = ?", mine)
    assert len(number) == 1
    assert number[0][0][3:] in page.inner_text(f"#{asked} [data-done]")


def test_a_voice_a_photo_and_a_place(
    phone: Callable[..., BrowserContext], site: str, event: tuple[int, str],
    rows: Callable[..., list[Any]], tmp_path: Path,
) -> None:  # fmt: skip
    context = phone(permissions=["microphone"])
    page, mine = enter(context, site, event[1]), text("Avec tout")
    asked = begin(page)
    page.fill(f"#{asked} textarea", mine)
    photo = tmp_path / "x.png"
    photo.write_bytes(picture(2000, 1000, "PNG"))
    page.set_input_files(f"#{asked} [name=photo]", photo)
    page.click(f"#{asked} >> text=Dire où")
    page.click(f"#{asked} >> text=Nord")
    assert "à 50 mètres près" in page.inner_text(f"#{asked} [data-placed]")
    page.click(f"#{asked} [data-record]")
    wait(page, f"document.querySelector('#{asked} [data-record]').textContent === 'Arrêter'")
    time.sleep(1.5)
    page.click(f"#{asked} [data-record]")
    wait(page, f"document.querySelector('#{asked} [data-recorded]').textContent.includes('second')")
    page.click(f"#{asked} >> text=Envoyer")
    wait(page, f"document.querySelector('#{asked} [data-done]').textContent.startsWith('Envoyé')")
    pk, easting = rows("SELECT id, easting FROM workshops_contribution WHERE text = ?", mine)[0]
    assert easting % 50 == 0
    media = rows(
        "SELECT kind, width, seconds FROM workshops_medium WHERE contribution_id = ? ORDER BY kind",
        pk,
    )
    assert [kind for kind, *_ in media] == ["photo", "voice"]
    assert media[0][1] == 1600
    assert 0.5 < media[1][2] < 60


def test_without_javascript_the_form_still_posts(
    phone: Callable[..., BrowserContext], site: str, event: tuple[int, str],
    rows: Callable[..., list[Any]],
) -> None:  # fmt: skip
    page, mine = phone(java_script_enabled=False).new_page(), text("Sans script")
    page.goto(f"{site}/a/{event[1]}/")
    page.fill("textarea >> nth=0", mine)
    page.click("text=Envoyer >> nth=0")
    assert "C’est reçu" in page.inner_text("h1")
    page.reload()
    assert said(rows, mine) == 1
    page.click("text=Suite")
    page.fill("[type=number] >> nth=0", "2")
    page.click("text=Voter >> nth=0")
    assert page.input_value("[type=number] >> nth=0") == "2"
    page.fill("[type=number] >> nth=0", "3")
    page.fill("[type=number] >> nth=1", "3")
    page.click("text=Voter >> nth=0")
    assert "6 gommettes : 3 au plus" in page.inner_text("[role=alert]")
    assert page.input_value("[type=number] >> nth=1") == "3"


def test_the_facilitator_lets_through(
    browser: Browser, phone: Callable[..., BrowserContext], site: str, site_folder: Path,
    event: tuple[int, str],
) -> None:  # fmt: skip
    page, mine = enter(phone(), site, event[1]), text("Pour le mur")
    asked = begin(page)
    page.fill(f"#{asked} textarea", mine)
    page.click(f"#{asked} >> text=Envoyer")
    wait(page, "document.querySelector('[data-status]').textContent === 'Tout est envoyé.'")
    screen = browser.new_context(viewport={"width": 1280, "height": 720}, locale="fr-FR")
    try:
        wall = screen.new_page()
        wall.goto(f"{site}/a/{event[1]}/mur/")
        assert mine not in wall.inner_text("main")
        officer = screen.new_page()
        sign_in(officer, site, site_folder, OFFICER)
        officer.goto(f"{site}/rencontres/{event[0]}/animer/")
        row = officer.locator(".incoming", has_text=mine)
        row.locator("text=Au mur").click()
        # Screens pass by themselves; whoever facilitates may hold one word.
        officer.goto(f"{site}/rencontres/{event[0]}/animer/?etat=shown")
        officer.locator(".incoming", has_text=mine).locator("text=La tenir au mur").click()
        wait(wall, f"document.body.innerText.includes({mine!r})")
        # Eight metres away: letters of 30 px on a screen of 1280, projected two metres wide.
        size = "parseFloat(getComputedStyle(document.querySelector('.sides blockquote')).fontSize)"
        assert wall.evaluate(size) >= 30
        officer.select_option("#au-mur", "")
        officer.click("text=Montrer")
    finally:
        screen.close()


@pytest.fixture
def crowded(site_folder: Path, event: tuple[int, str]) -> Iterator[int]:
    """A wall with words of every length on it; how many were added."""
    lengths = (12, 60, 85, 86, 150, 230, 231, 320, 321, 560, 561, 1_900)
    words = "Midi. La cour brûle, les plus âgés n’y passent plus et les enfants non plus. " * 30
    with closing(sqlite3.connect(site_folder / "labo.sqlite3", timeout=20)) as base:
        cursor = base.execute(
            "SELECT * FROM workshops_contribution WHERE event_id = ? AND state = 'shown'",
            (event[0],),
        )
        names = [column[0] for column in cursor.description]
        model = dict(zip(names, cursor.fetchone(), strict=True))
        del model["id"]
        marks = ", ".join("?" * len(model))
        columns = ", ".join(f'"{name}"' for name in model)
        for n, letters in enumerate(lengths):
            row = model | {
                "text": words[:letters], "number": f"99900{n:02d}", "minority": n % 2,
                "client_id": uuid.uuid4().hex, "token_hash": uuid.uuid4().hex * 2, "table": "3",
            }  # fmt: skip
            base.execute(
                f"INSERT INTO workshops_contribution ({columns}) VALUES ({marks})",  # noqa: S608
                tuple(row.values()),
            )
        base.commit()
        yield len(lengths)
        base.execute("DELETE FROM workshops_contribution WHERE number LIKE '99900__'")
        base.commit()


def test_the_wall_never_scrolls(
    browser: Browser, site: str, event: tuple[int, str], crowded: int
) -> None:
    seen: set[str] = set()
    root = "document.documentElement"
    whole = f"[{root}.scrollWidth, {root}.scrollHeight]"
    font = "parseFloat(getComputedStyle(document.querySelector('main')).fontSize)"
    for width, height in ((1280, 900), (1280, 720), (1024, 768), (1920, 1080)):
        context = browser.new_context(viewport={"width": width, "height": height})
        try:
            page, place, many = context.new_page(), 1, 1
            while place <= many:
                page.goto(f"{site}/a/{event[1]}/mur/?ecran={place}")
                foot = page.inner_text(".wall-foot")
                many = int(foot.split(" sur ")[1].split()[0])
                assert page.evaluate(whole) == [width, height], (width, height, place)
                # Nothing is over something else: each word ends before the foot begins.
                ends = "Math.max(0, ...[...document.querySelectorAll('article, .bars')]"
                ends += ".map(x => x.getBoundingClientRect().bottom))"
                top = "document.querySelector('.wall-foot').getBoundingClientRect().top"
                assert page.evaluate(f"{ends} <= {top} + 1"), (width, height, place)
                letters = page.evaluate(font)
                assert letters >= 0.023 * width, (width, letters)
                seen.add(page.inner_text("#maintenant"))
                place += 1
        finally:
            context.close()
    assert sum("99900" in x.replace(" ", "") for x in seen) >= 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, site: str, site_folder: Path, event: tuple[int, str], scheme: Any
) -> None:
    pk, code = event
    context = browser.new_context(
        viewport=PHONE, locale="fr-FR", bypass_csp=True, color_scheme=scheme
    )
    try:
        page = context.new_page()
        sign_in(page, site, site_folder, OFFICER)
        page.goto(f"{site}/a/{code}/")
        opinion = str(page.get_attribute("a[href*='/avis/']", "href"))
        told: dict[str, Any] = {}
        for path in (
            "/a/", f"/a/{code}/", f"/a/{code}/mur/", "/rencontres/", f"/rencontres/{pk}/",
            "/rencontres/participation/", opinion,
            f"/rencontres/{pk}/venir/", f"/rencontres/{pk}/animer/", f"/rencontres/{pk}/saisie/",
            f"/rencontres/{pk}/questions/", f"/rencontres/{pk}/modifier/",
            f"/rencontres/{pk}/bilan/", f"/rencontres/{pk}/inscriptions/",
            "/territoires/999000001/rencontres/",
        ):  # fmt: skip
            answer = page.goto(site + path)
            assert answer is not None
            assert answer.ok, path
            page.evaluate("""for (const x of document.querySelectorAll('details')) x.open = true;
                for (const x of document.querySelectorAll('[data-step]')) x.hidden = false""")
            page.add_script_tag(path=str(AXE))
            found = page.evaluate("axe.run().then((found) => found.violations)")
            if found:
                told[path] = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > PHONE["width"]:
                told[f"{path}, wide"] = wide
        assert told == {}
    finally:
        context.close()
