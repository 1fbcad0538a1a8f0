"""Every page that a link leads to, one for each address that is declared, and those of errors."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browser.test_officer import AXE, FACILITATOR
from tests.browser.test_reading import TOWN

MOST = 400  # names of addresses: what is linked is far fewer
# The first page of each name is the one that is looked at: of stories, where there are some.
STARTS = (
    "/",
    f"{TOWN}recits/",
    "/mon-espace/",
    "/plan-du-site/",
    "/compte/entrer/",
    "/api/",
    "/ogc/?f=html",
)
# What no link leads to.
ERRORS = {"/rien-ici/": 404, "/invitation/perdue/": 410, f"{TOWN}quartiers/RIEN/": 404}
# What a facilitator meets at least.
MET = {
    "home", "territory", "neighbourhood", "zone_values", "indicator", "indices", "index", "weights",
    "cross", "method", "data", "comparison", "release", "agreements", "brief", "people",
    "territory_people", "organisations", "person", "withdraw_role", "account", "leave", "mfa_index",
    "welcome", "legal", "accessibility", "contents", "api_page", "ogc", "account_logout",
    "stories", "story", "narrative", "write_story", "write_block", "review_story", "consents",
    "consent", "new_consent", "story_versions", "story_links", "story_sendings", "preview_story",
}  # fmt: skip


def links(page: Page) -> Iterator[str]:
    """Give the addresses of this site that a page leads to, without their anchors."""
    # Links of drawings have another kind of `href`.
    absolute = "(a) => new URL(a.getAttribute('href'), location).href"
    for link in page.evaluate(f"[...document.querySelectorAll('a[href]')].map({absolute})"):
        parts = urlsplit(link)
        if parts.netloc == urlsplit(page.url).netloc:
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def wrong(page: Page) -> list[object]:
    """Return what axe finds, and what is too wide for a phone."""
    page.evaluate("for (const x of document.querySelectorAll('details')) x.open = true")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    said: list[object] = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]
    wide = page.evaluate("document.documentElement.scrollWidth")
    many = page.locator("h1").count()
    return [*said, *([f"{wide} px"] if wide > 360 else []), *([f"{many} h1"] if many != 1 else [])]


def test_axe_finds_nothing_wherever_links_lead(enter: Callable[..., Page], site: str) -> None:
    page = enter(FACILITATOR, width=360, bypass_csp=True)
    waiting = list(STARTS)
    seen: set[str] = set()
    said: dict[str, list[object]] = {}
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        try:
            name = resolve(urlsplit(path).path).url_name
        except Resolver404:
            said[path] = ["leads nowhere"]
            continue
        if name is None or name in seen:
            continue
        seen.add(name)
        kind = page.request.head(site + path).headers.get("content-type", "")
        if not kind.startswith("text/html"):
            continue
        answer = page.goto(site + path)
        assert answer is not None
        if answer.status != 200 or (faults := wrong(page)):
            said[path] = [answer.status] if answer.status != 200 else faults
        waiting += links(page)
    assert said == {}
    assert seen >= MET


def test_axe_finds_nothing_on_pages_of_errors(enter: Callable[..., Page], site: str) -> None:
    page = enter(width=360, bypass_csp=True)
    for path, status in ERRORS.items():
        answer = page.goto(site + path)
        assert answer is not None
        assert answer.status == status
        assert wrong(page) == [], path
