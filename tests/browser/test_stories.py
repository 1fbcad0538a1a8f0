"""An editor writes and publishes, a person takes it back, a folder opens from the disk."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import ROOT, prepare, serve, sign_in
from tests.web import town
from tests.web.told import film, jpeg

OFFICER, FACILITATOR = "chef-de-projet@example.org", "animation@example.org"
ANALYST = "analyste@example.org"
STORIES = "/territoires/999000001/recits/"


@pytest.fixture(scope="module")
def own_folder(need: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of its own, which these tests change."""
    need("chromium")
    folder = tmp_path_factory.mktemp("stories")
    prepare(folder / "data", town.many(folder))
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


def new_passage(page: Page, label: str) -> None:
    page.locator("form", has=page.locator('input[name="after"][value=""]')).get_by_role(
        "button", name=re.compile(f"^{label}")
    ).click()


def saved(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".notice").first).to_contain_text("enregistré")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_editor_writes_another_publishes_and_the_person_takes_it_back(
    come: Callable[..., Page], own: str, script: bool
) -> None:
    story, link = _written(come, own, script)
    _published(come, story)
    _taken_back(come, story, link)


def _written(come: Callable[..., Page], own: str, script: bool) -> tuple[str, str]:
    """Write and propose a reportage; return its address, and the link of the person in it."""
    cookies: Any = come(OFFICER, width=360).context.cookies()
    page = come(width=360, java_script_enabled=script)
    page.context.add_cookies(cookies)
    # First the consent, whose link is for the person.
    page.goto(f"{own}{STORIES}accords/nouveau/")
    page.fill("#id_person", "Madame Inventée")
    page.fill("#id_shown_as", "Aline (prénom inventé)")
    for name in ("image", "words", "in_documents"):
        page.check(f"#id_{name}")
    page.fill("#id_until", "2035-01-01")
    page.fill("#id_language", "français")
    page.select_option("#id_how", "paper")
    page.select_option("#id_kept_by", label="Centre de ressources (fictif)")
    page.fill("#id_signed_on", "2026-01-05")
    page.get_by_role("button", name="Enregistrer l’accord").click()
    link = page.locator("#lien").get_attribute("href") or ""
    assert "/recits/accord/" in link
    # Then the reportage.
    page.goto(f"{own}{STORIES}")
    page.get_by_role("link", name="Commencer un récit").click()
    page.fill("#id_title", f"Une après-midi à l’ombre, {script}")
    page.fill("#id_standfirst", "Deux heures sous un tilleul.")
    page.get_by_role("button", name="Commencer").click()
    story = page.url.removesuffix("ecrire/")
    new_passage(page, "Texte")
    page.fill("#id_text", "On vient **à quatre heures**.\n\n## Avant\n\n- un banc")
    saved(page)
    new_passage(page, "Parole")
    page.fill("#id_text", "Sous le tilleul, on respire.")
    page.check("text=Madame Inventée")
    saved(page)
    new_passage(page, "Photo")
    page.set_input_files("#id_file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg()})
    page.check("text=Madame Inventée")
    saved(page)
    # It says what lacks, and where.
    page.get_by_role("link", name="la liste").click()
    expect(page.locator("main")).to_contain_text("La description manque")
    page.locator(".problems a").first.click()
    page.fill("#id_alt", "Une dame assise sous un tilleul, de dos.")
    saved(page)
    page.get_by_role("link", name="Aperçu", exact=True).click()
    expect(page.locator("article h2")).to_have_text("Avant")
    expect(page.locator("article img")).to_have_count(1)
    page.get_by_role("link", name="Relire et publier").click()
    page.get_by_role("button", name="Proposer à la relecture").click()
    expect(page.locator("main")).to_contain_text("une autre personne")
    return story, link


def _published(come: Callable[..., Page], story: str) -> None:
    # Nobody else reads it yet.
    visitor = come()
    answer = visitor.goto(story)
    assert answer is not None
    assert answer.status == 404
    other = come(FACILITATOR)
    other.goto(f"{story}publier/")
    other.get_by_role("button", name="Publier").click()
    expect(other.locator(".notice").first).to_contain_text("publié")
    visitor.goto(story)
    expect(visitor.locator("article")).to_contain_text("Sous le tilleul, on respire.")
    expect(visitor.locator("article")).to_contain_text("Aline (prénom inventé)")
    visitor.locator("article img").first.scroll_into_view_if_needed()
    visitor.wait_for_function("document.querySelector('article img').naturalWidth > 0")


def _taken_back(come: Callable[..., Page], story: str, link: str) -> None:
    reader = come()
    reader.goto(story)
    source = reader.evaluate("document.querySelector('article img').src")
    person = come(width=360)
    person.goto(link)
    expect(person.locator("main")).to_contain_text("Sous le tilleul, on respire.")
    person.get_by_role("button", name="Retirer mon accord").click()
    expect(person.locator("h1")).to_have_text("Votre accord est retiré")
    expect(person.locator("main")).to_contain_text("Reçu n°")
    with person.expect_download() as download:
        person.get_by_role("link", name="Télécharger le reçu").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    reader.reload()
    expect(reader.locator(".gone")).to_have_count(2)
    expect(reader.locator("article")).not_to_contain_text("Sous le tilleul")
    assert reader.request.get(source).status == 404


def test_two_editors_lose_nothing(come: Callable[..., Page], own: str) -> None:
    one, other = come(OFFICER), come(ANALYST)
    one.goto(f"{own}{STORIES}nouveau/")
    one.fill("#id_title", "À deux")
    one.get_by_role("button", name="Commencer").click()
    new_passage(one, "Texte")
    address = one.url
    other.goto(address)
    one.fill("#id_text", "De la première.")
    saved(one)
    other.fill("#id_text", "Du second.")
    other.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(other.locator("#conflit")).to_contain_text("De la première.")
    expect(other.locator("#id_text")).to_have_value("Du second.")
    other.fill("#id_text", "De la première. Du second.")
    saved(other)
    expect(other.locator("main")).to_contain_text("De la première. Du second.")


def test_a_film_plays_from_its_middle_with_its_subtitles(
    come: Callable[..., Page], own: str
) -> None:
    page = come()
    parts: list[int] = []
    page.on("response", lambda r: parts.append(r.status) if "/fichier" in r.url else None)
    page.goto(f"{own}{STORIES}1/")
    seen = page.evaluate(
        """async () => {
          const film = document.querySelector("video");
          film.muted = true;
          await new Promise((done) => { film.readyState ? done() : film.onloadedmetadata = done; });
          film.currentTime = film.duration / 2;
          await new Promise((done) => { film.onseeked = done; });
          const track = film.textTracks[0];
          track.mode = "showing";
          for (let i = 0; i < 100 && !track.cues?.length; i++) {
            await new Promise((done) => setTimeout(done, 50));
          }
          return [film.duration, film.currentTime, track.cues.length, film.videoWidth];
        }"""
    )
    assert seen[0] == pytest.approx(6, abs=0.3)
    assert seen[1] == pytest.approx(3, abs=0.3)
    assert seen[2:] == [2, 640]
    assert 206 in parts


def test_the_folder_opens_from_the_disk_with_no_network(
    browser: Browser, own_folder: Path, tmp_path: Path, come: Callable[..., Page], own: str
) -> None:
    page = come()
    page.goto(f"{own}{STORIES}1/")
    zone = page.get_by_role("link", name="Le récit partagé").get_attribute("href") or ""
    code = zone.split("/quartiers/")[1].split("/")[0]
    environment = os.environ | {
        "LABO_DEBUG": "1", "LABO_DATA": str(own_folder), "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "labo_web.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "labo_web.manage", "export_narrative", "999000001", code,
               str(tmp_path / "out")]  # fmt: skip
    subprocess.run(command, env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    context = browser.new_context(
        offline=True, locale="fr-FR", viewport={"width": 360, "height": 800}
    )
    asked: list[str] = []
    errors: list[str] = []

    def watch(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    context.route("**/*", watch)
    leaf = context.new_page()
    leaf.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    leaf.goto((tmp_path / "out/index.html").as_uri())
    assert leaf.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 247)"
    assert leaf.locator(".timeline li").count() > 5
    assert leaf.locator(".dissent").count() > 0
    leaf.get_by_role("link", name=re.compile("Une cour où")).click()
    expect(leaf.locator("h1")).to_have_text("Une cour où l’on attend l’ombre")
    ready = leaf.evaluate(
        """async () => {
          const film = document.querySelector("video");
          for (let i = 0; i < 100 && !film.readyState; i++) {
            await new Promise((done) => setTimeout(done, 50));
          }
          const track = film.textTracks[0];
          track.mode = "showing";
          for (let i = 0; i < 100 && !track.cues?.length; i++) {
            await new Promise((done) => setTimeout(done, 50));
          }
          const photo = document.querySelector("img");
          photo.loading = "eager";
          await photo.decode();
          return [film.videoWidth, track.cues?.length, photo.naturalWidth > 0];
        }"""
    )
    assert ready == [640, 2, True]
    assert leaf.evaluate("document.documentElement.scrollWidth") == 360
    assert errors == []
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    context.close()


def test_two_hundred_megabytes_are_refused_at_once(
    come: Callable[..., Page], own: str, tmp_path: Path
) -> None:
    page = come(OFFICER)
    page.goto(f"{own}{STORIES}nouveau/")
    page.fill("#id_title", "Trop lourd")
    page.get_by_role("button", name="Commencer").click()
    new_passage(page, "Vidéo")
    heavy = tmp_path / "lourd.mp4"
    with heavy.open("wb") as file:
        file.write(film())
        file.truncate(200_000_000)
    page.set_input_files("#id_file", str(heavy))
    page.fill("#id_alt", "Un texte qui reste.")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("[data-too-heavy]")).to_contain_text("« lourd.mp4 » pèse 200 Mo")
    expect(page.locator("#id_alt")).to_have_value("Un texte qui reste.")
    # Without a script the browser shows what the server says, long before all is sent.
    plain = come(java_script_enabled=False)
    cookies: Any = page.context.cookies()
    plain.context.add_cookies(cookies)
    plain.goto(page.url)
    plain.set_input_files("#id_file", str(heavy))
    plain.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(plain.locator("body")).to_contain_text("Votre envoi pèse 200 Mo : 100 Mo au plus ici")
    host, port = own.removeprefix("http://").split(":")
    path = page.url.removeprefix(own)
    begun = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; "
            "boundary=x\r\nContent-Length: 200000000\r\n\r\n--x\r\n".encode()
        )
        answer = line.recv(4_000).decode("utf-8", "replace")
    assert answer.startswith("HTTP/1.1 413")
    assert time.monotonic() - begun < 5
