"""What the forms of a sheet send, and a complete roadmap to read."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from labo_web.releases.models import Release
from labo_web.roadmaps import demo
from labo_web.roadmaps.models import Action, Roadmap

HERE = "/territoires/999000001/feuille-de-route/"
IDEA = {
    "title": "Planter la place", "finding": "Pas d’ombre à midi.", "carrier": "service vert",
    "first_step": "marcher avec les voisins",
}  # fmt: skip


def text_of(answer: Any) -> str:
    """Return the words of a page."""
    page = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    words = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return re.sub(r"[ \n]+", " ", words)


def start(officer: Client) -> Roadmap:
    """Begin the roadmap as an officer does."""
    officer.post(f"{HERE}commencer/", {"title": "Notre feuille de route"})
    return Roadmap.objects.get()


def idea(officer: Client, **more: Any) -> Action:
    """Write an idea as an officer does."""
    if not Roadmap.objects.exists():
        start(officer)
    answer = officer.post(f"{HERE}actions/nouvelle/", IDEA | more)
    assert answer.status_code == 302, text_of(answer)
    return Action.objects.order_by("-number")[0]


def rows(*found: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """Return a table of rows as its form sends it."""
    sent = {"ligne-TOTAL_FORMS": len(found), "ligne-INITIAL_FORMS": initial}
    for n, row in enumerate(found):
        sent |= {f"ligne-{n}-{name}": value for name, value in row.items()}
    return sent


def write(client: Client, action: Action, section: str, **sent: Any) -> Any:
    """Send a section of a sheet, from the version it has now unless another is said."""
    base = {"base": sent.pop("base", Action.objects.get(pk=action.pk).version)}
    return client.post(f"{HERE}actions/{action.number}/ecrire/{section}/", base | sent)


@pytest.fixture
def shown(public: Release, people: dict[str, Any]) -> Roadmap:
    """The complete roadmap of the demonstration, in the first territory."""
    made = demo.write(public.territory, people["officer"])
    assert made is not None
    return made
