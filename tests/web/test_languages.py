"""Pages for residents in another language: chosen in the address, and never half-way."""

import gettext
import re
from pathlib import Path

import pytest
from django.test import Client

from labo_web.releases.models import Release
from labo_web.workshops.models import Event, Registration
from tests.web import room
from tests.web.roadmap_forms import text_of

ROOT = Path(__file__).resolve().parents[2] / "labo_web"
SOURCE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
ENTRY = re.compile(r'^(?:msgid|msgid_plural|msgstr(?:\[\d\])?) "(.*)"$', re.MULTILINE)


@pytest.fixture
def event(public: Release) -> Event:
    return room.an_event(public.territory)


def test_the_compiled_catalogue_is_its_source() -> None:
    """A message that was changed and not compiled would never be read."""
    said = {x for x in ENTRY.findall(SOURCE.read_text("utf-8")) if x}
    with SOURCE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    found = dict(compiled._catalog)  # type: ignore[attr-defined]
    found.pop("")
    told = {key if isinstance(key, str) else key[0] for key in found} | set(found.values())
    # Of a plural, the compiled file keeps the first form of what is said.
    assert told <= said
    assert all(value and value != key for key, value in found.items())
    assert len(found) >= 20


def test_every_marked_text_is_translated() -> None:
    said = set(ENTRY.findall(SOURCE.read_text("utf-8")))
    marked: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        marked |= set(re.findall(r'\{% translate "(.*?)" %\}', path.read_text("utf-8")))
    assert len(marked) > 8
    assert marked <= said


def test_registering_in_english(event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=3)
    client, url = Client(), f"/rencontres/{event.pk}/venir/"
    french = client.get(url)
    assert '<main id="contenu" tabindex="-1">' in french.content.decode()
    assert "Dire que je viens" in text_of(french)
    english = client.get(f"{url}?langue=en")
    html, page = english.content.decode(), text_of(english)
    assert 'tabindex="-1" lang="en"' in html
    for said in ("Say that I am coming", "Children to look after", "I am coming",
                 "not read over yet"):  # fmt: skip
        assert said in page
    assert "Dire que je viens" not in page
    full = client.post(f"{url}?langue=en", {"people": 4, "children": 0})
    assert full.status_code == 422
    assert "3 places are left." in text_of(full)
    done = client.post(f"{url}?langue=en", {"people": 2, "children": 0})
    assert "Noted" in text_of(done)
    link = re.search(r'href="http://testserver(/inscription/[^"]+)"', done.content.decode())
    assert link is not None
    assert link[1].endswith("?langue=en")
    assert "2 people" in text_of(client.get(link[1]))
    assert "2 personnes" in text_of(client.get(link[1].removesuffix("?langue=en")))
    after = client.post(link[1], follow=True)
    assert "Your registration is erased." in text_of(after)
    assert not Registration.objects.exists()
    # What nobody translated stays in French, and one page changes no other.
    assert "Dire que je viens" in text_of(client.get(f"{url}?langue=tr"))
    assert "Dire que je viens" in text_of(client.get(url))
    assert (
        'lang="en"' not in client.get("/rencontres/?langue=en").content.decode().split("<footer")[0]
    )
