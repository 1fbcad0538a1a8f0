"""`make screenshots`: pictures of the pages of a site, wide and narrow.

python -m tests.browser.screenshots DATA OUT
"""

import io
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.conftest import ROOT, launch, serve
from tests.browser.test_reading import PATHS, path_of

WIDTHS = (360, 390, 1280)
PART = 900  # px
MAPPED = ("territory", "indicator")
serving, launching = contextmanager(serve), contextmanager(launch)


def whole(page: Page, path: Path) -> None:
    """Take a picture of a page part by part: beyond some 8,000 px Chromium draws its top again."""
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.evaluate("document.documentElement.clientWidth")
    picture = Image.new("RGB", (width, height))
    for top in range(0, height, PART):
        page.evaluate("top => window.scrollTo(0, top)", top)
        reached = page.evaluate("window.scrollY")
        shot = Image.open(io.BytesIO(page.screenshot()))
        picture.paste(
            shot.crop((0, top - reached, width, top - reached + min(PART, height - top))), (0, top)
        )
    page.evaluate("window.scrollTo(0, 0)")
    picture.save(path)


def main(data: Path, out: Path) -> None:
    """Write one picture by page and width, and one of each map."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed on this machine: on Debian, apt install chromium.")
    out.mkdir(parents=True, exist_ok=True)
    collect = [sys.executable, "-m", "labo_web.manage", "collectstatic", "--noinput", "-v0"]
    environment = {"LABO_DEBUG": "1", "LABO_DATA": str(data), "PATH": "/usr/bin:/bin"}
    subprocess.run(collect, check=True, cwd=ROOT, env=environment)  # noqa: S603
    with serving(data.resolve()) as site, launching(Path(chromium)) as browser:
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900}, locale="fr-FR")
            for name in PATHS:
                page.goto(site + path_of(page, site, name), wait_until="networkidle")
                whole(page, out / f"{name}-{width}.png")
                if name in MAPPED:
                    page.click("[data-map-open]")
                    while not page.evaluate("!!document.querySelector('[data-ready]')"):
                        time.sleep(0.1)
                    page.locator(".canvas").screenshot(path=out / f"{name}-map-{width}.png")
            page.close()
    sys.stdout.write(f"{out}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
