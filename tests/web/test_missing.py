"""An address that leads nowhere is told in French, in the demonstration as elsewhere."""

from typing import Any

import pytest
from django.test import Client

from labo_web.atlas import views
from labo_web.releases.models import Release
from tests.web.roadmap_forms import text_of

SAID = "Cette page n’existe pas, ou ne vous est pas ouverte"


@pytest.fixture(params=[True, False], ids=["demonstration", "site"])
def debug(request: pytest.FixtureRequest, settings: Any) -> bool:
    settings.DEBUG = request.param
    return bool(request.param)


@pytest.mark.parametrize("path", ["/rien-ici/", "/territoires/000000000/", "/rencontres/77777/"])
def test_what_is_not_found_is_told_in_french(db: None, debug: bool, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    page = text_of(answer)
    assert SAID in page
    assert "URLconf" not in page
    assert 'lang="fr"' in answer.content.decode()


def test_pages_and_the_lacking_slash_are_as_before(public: Release, debug: bool) -> None:
    assert Client().get("/").status_code == 200
    lacking = Client().get("/mentions-legales")
    assert (lacking.status_code, lacking["Location"]) == (301, "/mentions-legales/")


def test_a_fault_stays_technical_in_the_demonstration(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("une faute")

    settings.DEBUG = True
    monkeypatch.setattr(views, "page", broken)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "ValueError" in text_of(answer)
