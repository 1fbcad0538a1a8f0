"""Legal notice, accessibility, map of the site, and what whoever signed in can do."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from labo_web.accounts.models import Organisation
from labo_web.releases.models import AskedBody, Release
from tests.web.conftest import RECEIVED

PLACEHOLDER = "à compléter par l’hébergeur"
SAID = {
    "publisher": "Centre de ressources <Exemple>", "publisher_address": "1 rue des Essais",
    "publication_director": "A. Exemple", "hosting": "Hébergeur Exemple",
    "contact": "contact@example.org", "data_protection": "dpd@example.org",
    "source_code": "https://example.org/code",
}  # fmt: skip


def test_what_the_installation_does_not_say_is_said_to_be_missing(client: Client, db: None) -> None:
    assert client.get("/mentions-legales/").content.decode().count(PLACEHOLDER) == len(SAID)
    assert PLACEHOLDER in client.get("/accessibilite/").content.decode()


def test_what_the_installation_says_stands_there(client: Client, db: None) -> None:
    with override_settings(ABOUT=SAID):
        page = client.get("/mentions-legales/").content.decode()
        other = client.get("/accessibilite/").content.decode()
    assert PLACEHOLDER not in page + other
    assert "Centre de ressources &lt;Exemple&gt;" in page
    assert 'href="https://example.org/code"' in page
    for text in (page, other):
        assert 'href="mailto:contact@example.org"' in text


def test_accessibility_claims_nothing_that_was_not_audited(client: Client, db: None) -> None:
    page = client.get("/accessibilite/").content.decode()
    assert "non conforme" in page
    assert "Aucun audit" in page
    assert "conforme" not in page.replace("non conforme", "").replace("Non conforme", "")
    # The law wants it said on every page.
    assert "Accessibilité&nbsp;: non conforme" in client.get("/").content.decode()


def test_every_link_of_the_map_of_the_site_opens(
    browse: Callable[[str], Client], public: Release
) -> None:
    for name in ("visitor", "officer"):
        client = browse(name)
        assert opened(client, "/plan-du-site/") > 8


def opened(client: Client, path: str) -> int:
    """Open every link of a page; how many there are."""
    links = re.findall(r'<a [^>]*?href="(/[^"#]*)', client.get(path).content.decode())
    for link in set(links):
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link
    return len(set(links))


READING = {"Lire les quartiers"}
TEAM = READING | {"chiffres par carreau"}
DECIDING = TEAM | {
    *("Écrire ce qui compte", "Ouvrir la livraison", "Inviter quelqu’un"),
    *("Relire les ressources", "Préparer une rencontre", "Commencer la feuille de route"),
}
TOLD = {
    "reader": READING,
    "contributor": READING,
    "analyst": TEAM,
    "officer": DECIDING,
    "facilitator": DECIDING | {"Vous animez le programme"},
}


@pytest.mark.parametrize("name", TOLD)
def test_one_lands_on_what_one_can_do(
    browse: Callable[[str], Client], public: Release, name: str
) -> None:
    client = browse(name)
    page = client.get("/mon-espace/").content.decode()
    every = set().union(*TOLD.values())
    assert {words for words in every if words in page} == TOLD[name]
    assert opened(client, "/mon-espace/") > 5


def test_before_anything_is_open(browse: Callable[[str], Client], release: Release) -> None:
    page = browse("reader").get("/mon-espace/").content.decode()
    assert "il n’y a rien à lire pour l’instant" in page
    assert "Lire les quartiers" not in page
    assert "Lire les quartiers" in browse("officer").get("/mon-espace/").content.decode()


def test_whoever_may_answer_is_told(
    browse: Callable[[str], Client], public: Release, people: dict[str, Any]
) -> None:
    body = Organisation.objects.create(name="Bailleur (fictif)", kind="landlord")
    people["reader"].organisation = body
    people["reader"].save()
    assert "Répondre au nom de" not in browse("reader").get("/mon-espace/").content.decode()
    AskedBody.objects.create(release=public, organisation=body, asked_on=RECEIVED)
    page = browse("reader").get("/mon-espace/").content.decode()
    assert "Répondre au nom de Bailleur (fictif)" in page
    assert "Le temps de répondre" in page


def test_without_a_role(browse: Callable[[str], Client], public: Release, people: Any) -> None:
    people["reader"].roles.all().delete()
    page = browse("reader").get("/mon-espace/").content.decode()
    assert "Vous n’avez pas de rôle pour l’instant" in page


def test_signing_in_lands_there(client: Client, people: Any) -> None:
    assert reverse(settings.LOGIN_REDIRECT_URL) == "/mon-espace/"
