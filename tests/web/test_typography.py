"""What is read is set in French: apostrophes curl on pages, in files, and in all declarations."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from labo.catalogue import declarations
from labo.typography import curled, curled_all
from labo_web import typography
from labo_web.releases.models import Release
from tests.web.conftest import first_qpv

ROOT = Path(__file__).resolve().parents[2] / "labo_web"
# An apostrophe between two letters: what nobody should read in print.
STRAIGHT = re.compile(r"[^\W\d_]'[^\W_]")
TAGS = re.compile(r"<(script|style|textarea|code|pre)\b.*?</\1>|<[^>]*>", re.DOTALL)
COMMAND = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


def texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from texts(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from texts(value)


def test_every_text_of_the_catalogue_curls() -> None:
    found = list(texts(curled_all(declarations())))
    assert len(found) > 1_000
    assert any("’" in text for text in found)
    assert [text for text in found if STRAIGHT.search(text)] == []


def test_templates_are_typed_so() -> None:
    paths = [p for p in (ROOT / "templates").rglob("*") if p.suffix in (".html", ".txt")]
    assert len(paths) > 50
    wrong = {}
    for path in paths:
        text = TAGS.sub(" ", COMMAND.sub(" ", path.read_text("utf-8")))
        if STRAIGHT.search(text):
            wrong[path.name] = STRAIGHT.findall(text)
    assert wrong == {}


PAGES = (
    "", "quartiers/QPV/", "indicateurs/surface_temperature_anomaly/", "indices/",
    "indices/canicule/", "indices/canicule/poids/", "croiser/", "methode/", "donnees/",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_pages(client: Client, public: Release, page: str) -> None:
    page = page.replace("QPV", first_qpv(public))
    html = client.get(f"/territoires/999000001/{page}").content.decode()
    text = unescape(TAGS.sub(" ", html))
    assert "’" in text
    assert STRAIGHT.findall(text) == []
    # No line begins with a colon nor ends with an opening quote.
    assert re.findall(r".{0,9}(?:\w [:;?!»]|« \w).{0,9}", text) == []


@pytest.mark.parametrize("name", ["valeurs.csv", "colonnes.csv"])
def test_files(client: Client, public: Release, name: str) -> None:
    text = client.get(f"/territoires/999000001/{name}").content.decode()
    assert "’" in text
    assert STRAIGHT.findall(text) == []


def test_api(client: Client, public: Release) -> None:
    rows = client.get(f"/api/releases/{public.code}/indicators?limit=100").json()["items"]
    assert STRAIGHT.findall(" ".join(texts(rows))) == []


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("<p>l'eau d&#x27;ici</p>", "<p>l’eau d’ici</p>"),
        ("<p title=\"l'eau\">qu'«", '<p title="l\'eau">qu’«'),
        ("<textarea>l'eau</textarea>l'air", "<textarea>l'eau</textarea>l’air"),
        ("<code>d'x</code><script>'a'b'c'</script>", "<code>d'x</code><script>'a'b'c'</script>"),
        ('<input value="l\'eau">', '<input value="l\'eau">'),
        ("<p>'cité' 5' 3''</p>", "<p>'cité' 5' 3''</p>"),
    ],
)
def test_only_what_is_read(given: str, read: str) -> None:
    assert typography.curled(given) == read


@given(st.text())
def test_nothing_else_changes(text: str) -> None:
    once = curled(text)
    assert once.replace("’", "'") == text.replace("’", "'")
    assert curled(once) == once


def test_what_is_not_a_page_is_left_alone() -> None:
    def file(_: HttpRequest) -> HttpResponse:
        return HttpResponse(b"l'eau", content_type="text/csv")

    assert typography.set_in_french(file)(HttpRequest()).content == b"l'eau"  # type: ignore[attr-defined]


def test_length_is_that_of_what_is_sent(browse: Callable[[str], Client], public: Release) -> None:
    answer = browse("officer").get("/territoires/999000001/methode/")
    assert int(answer["Content-Length"]) == len(answer.content)
