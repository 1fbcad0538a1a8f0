"""The website served as it is in earnest, hashed files and all, and Debian's Chromium."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web import town

ROOT = Path(__file__).resolve().parents[2]
# The map needs WebGL, which a machine without a screen draws in software; a microphone hums.
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
         "--use-fake-device-for-media-stream"]  # fmt: skip


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def prepare(data: Path, *releases: Path) -> None:
    """Make a site in a folder: what `make site` does."""
    environment = os.environ | {
        "LABO_DEBUG": "1", "LABO_DATA": str(data), "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "labo_web.settings",
    }  # fmt: skip
    data.mkdir(parents=True, exist_ok=True)
    for command in (
        ["migrate", "--verbosity", "0"],
        ["prepare_demo", *map(str, releases)],
        ["demo_resources"],
        ["demo_workshops"],
        ["demo_roadmaps"],
        ["demo_stories"],
        ["demo_programme"],
        ["demo_meeting"],
        ["collectstatic", "--noinput", "--verbosity", "0"],
    ):
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "labo_web.manage", *command],
            env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def serve(data: Path) -> Iterator[str]:
    """Serve that site without debug; its address, until one is done with it.

    What it prints, mail among it, goes to the file `printed` of the folder.
    """
    port = free_port()
    environment = os.environ | {
        "LABO_DEBUG": "0", "LABO_TLS": "0", "LABO_SECRET_KEY": "of-the-tests",
        "LABO_HOSTS": "127.0.0.1", "LABO_DATA": str(data), "DATABASE_URL": "",
        "LABO_MAIL_HOST": "",
        "DJANGO_SETTINGS_MODULE": "labo_web.settings",
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host",
               "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4",
               "--log-level", "warning", "labo_web.wsgi:application"]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    printed = (data / "printed").open("wb")
    with printed, subprocess.Popen(command, env=environment, cwd=ROOT, stdout=printed) as process:  # noqa: S603
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(address, timeout=5).close()
                    break
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    if process.poll() is not None:
                        raise RuntimeError("the site ended before it answered") from None
                    time.sleep(0.25)
            yield address
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def site_folder(need: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site that is read keeps its data."""
    need("chromium")
    if not (ROOT / "labo_web/static/vendor/maplibre-gl.mjs").is_file():
        pytest.fail("The browser libraries are not there: run the tests with `make test`.")
    folder = tmp_path_factory.mktemp("site")
    few = town.changed(town.make(folder), folder / "few", town.elsewhere)
    prepare(folder / "data", town.many(folder), few)
    return folder / "data"


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[str]:
    yield from serve(site_folder)


def launch(chromium: Path) -> Iterator[Browser]:
    """Start Debian's browser; the driver runs on the node of the environment."""
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(Path(sys.executable).parent / "node")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(chromium), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser(need: Callable[[str], Path]) -> Iterator[Browser]:
    yield from launch(need("chromium"))


CODE = re.compile(r"^([A-Z0-9]{3,4}-[A-Z0-9]{3,4}|[A-Z0-9]{6})\s*$", re.MULTILINE)


# By site and address: a code is sent three times a minute and no more.
_COOKIES: dict[tuple[str, str], Any] = {}


def sign_in(page: Page, site: str, folder: Path, email: str) -> None:
    """Ask for a code, read it in the message that the site printed, and give it; once per person.

    Whoever signed in before comes back with the same cookies, unless they left since.
    """
    if found := _COOKIES.get((site, email)):
        page.context.add_cookies(found)
        page.goto(f"{site}/compte/")
        if page.locator("nav >> text=Quitter").count():
            return
        page.context.clear_cookies()
    before = len(CODE.findall((folder / "printed").read_text("utf-8")))
    page.goto(f"{site}/compte/entrer/")
    page.fill("#id_email", email)
    page.click("text=Recevoir un code")
    page.wait_for_selector("#id_code")
    end = time.monotonic() + 20
    while len(codes := CODE.findall((folder / "printed").read_text("utf-8"))) == before:
        assert time.monotonic() < end, "no code was sent"
        time.sleep(0.1)
    page.fill("#id_code", codes[-1])
    page.click("main button:has-text('Entrer')")
    page.wait_for_selector("nav >> text=Quitter")
    _COOKIES[site, email] = page.context.cookies()


@pytest.fixture
def enter(browser: Browser, site: str, site_folder: Path) -> Iterator[Callable[..., Page]]:
    """`enter(OFFICER)` is a page of that person; of a visitor without a name."""
    opened = []

    def go(email: str = "", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="fr-FR", **options
        )
        opened.append(context)
        page = context.new_page()
        if email:
            sign_in(page, site, site_folder, email)
        return page

    yield go
    for context in opened:
        context.close()
