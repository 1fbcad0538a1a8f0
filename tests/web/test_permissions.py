"""Who may read what: five people against every address. An address without a rule fails."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from labo_web.accounts.models import Circle
from labo_web.releases.models import Release
from tests.web.conftest import PEOPLE, first_qpv, open_to

ALL = dict.fromkeys(PEOPLE, 200)
# A release that only its team may see: 404 for the others, who do not learn that it exists.
TEAM = ALL | dict.fromkeys(("visitor", "contributor", "officer_elsewhere"), 404)
SIGNED_OUT = dict.fromkeys(PEOPLE, 302) | {"visitor": 200}
CELLS = "territoires/999000001/carreaux/poverty_share.json"

# Address as declared: example, answers while open to the team only, answers once public.
RULES: dict[str, tuple[str, dict[str, int], dict[str, int]]] = {
    "": ("", ALL, ALL),
    "territoires/<code:territory>/": ("territoires/999000001/", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/": (
        "territoires/999000001/quartiers/QPV/", TEAM, ALL),
    "territoires/<code:territory>/indicateurs/<code:name>/": (
        "territoires/999000001/indicateurs/poverty_share/", TEAM, ALL),
    "territoires/<code:territory>/methode/": ("territoires/999000001/methode/", TEAM, ALL),
    "territoires/<code:territory>/donnees/": ("territoires/999000001/donnees/", TEAM, ALL),
    "territoires/<code:territory>/valeurs.csv": ("territoires/999000001/valeurs.csv", TEAM, ALL),
    "territoires/<code:territory>/zones.geojson": (
        "territoires/999000001/zones.geojson", TEAM, ALL),
    "territoires/<code:territory>/carreaux.pmtiles": (
        "territoires/999000001/carreaux.pmtiles", TEAM, ALL),
    # What counts people by cell stays in the team, even of a public release.
    "territoires/<code:territory>/carreaux/<code:name>.json": (CELLS, TEAM, TEAM),
    "comparer/": ("comparer/?territoire=999000001", TEAM, ALL),
    "livraisons/<code:code>/": ("livraisons/CODE/", TEAM, ALL),
    # Reading it is refused to all (405): it only takes decisions, tested in test_gate.
    "livraisons/<code:code>/ouvrir/": (
        "livraisons/CODE/ouvrir/", dict.fromkeys(PEOPLE, 405), dict.fromkeys(PEOPLE, 405)),
    "api/openapi.json": ("api/openapi.json", ALL, ALL),
    "api/": ("api/", ALL, ALL),
    "api/territories": ("api/territories", ALL, ALL),
    "api/releases": ("api/releases", ALL, ALL),
    "api/dcat.jsonld": ("api/dcat.jsonld", ALL, ALL),
    "api/releases/<code>": ("api/releases/CODE", TEAM, ALL),
    "api/releases/<code>/zones": ("api/releases/CODE/zones", TEAM, ALL),
    "api/releases/<code>/zones.geojson": ("api/releases/CODE/zones.geojson", TEAM, ALL),
    "api/releases/<code>/indicators": ("api/releases/CODE/indicators", TEAM, ALL),
    "api/releases/<code>/values": ("api/releases/CODE/values", TEAM, ALL),
    "api/releases/<code>/scores": ("api/releases/CODE/scores", TEAM, ALL),
    "api/releases/<code>/datapackage.json": ("api/releases/CODE/datapackage.json", TEAM, ALL),
    "api/releases/<code>/dcat.jsonld": ("api/releases/CODE/dcat.jsonld", TEAM, ALL),
    "ogc/": ("ogc/", ALL, ALL),
    "ogc/api": ("ogc/api", ALL, ALL),
    "ogc/conformance": ("ogc/conformance", ALL, ALL),
    "ogc/collections": ("ogc/collections", ALL, ALL),
    "ogc/collections/<code:collection>": ("ogc/collections/CODE-qpv", TEAM, ALL),
    "ogc/collections/<code:collection>/items": ("ogc/collections/CODE-qpv/items", TEAM, ALL),
    "ogc/collections/<code:collection>/items/<code:feature>": (
        "ogc/collections/CODE-qpv/items/QPV", TEAM, ALL),
    "compte/entrer/": ("compte/entrer/", SIGNED_OUT, SIGNED_OUT),
    "compte/code/": ("compte/code/", SIGNED_OUT, SIGNED_OUT),
    # Without a code that was asked for, one is sent back to ask.
    "compte/code/confirmer/": (
        "compte/code/confirmer/", dict.fromkeys(PEOPLE, 302), dict.fromkeys(PEOPLE, 302)),
    "compte/quitter/": ("compte/quitter/", ALL | {"visitor": 302}, ALL | {"visitor": 302}),
    "compte/inactif/": ("compte/inactif/", ALL, ALL),
    "compte/inscription/": ("compte/inscription/", SIGNED_OUT, SIGNED_OUT),
}  # fmt: skip


def declared(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    """Return every address of the website."""
    found: list[str] = []
    for x in patterns:
        path = before + str(x.pattern)
        found += declared(x.url_patterns, path) if isinstance(x, URLResolver) else [path]
    return found


def test_every_address_has_a_rule() -> None:
    assert set(declared(get_resolver().url_patterns)) == set(RULES)


def answers(browse: Callable[[str], Client], release: Release, public: bool) -> list[str]:
    wrong = []
    for pattern, (example, closed, opened) in RULES.items():
        rule = opened if public else closed
        path = "/" + example.replace("CODE", release.code).replace("QPV", first_qpv(release))
        for name in PEOPLE:
            status = browse(name).get(path).status_code
            if status != rule[name]:
                wrong.append(f"{name} {pattern}: {status}, not {rule[name]}")
    return wrong


def test_release_of_the_team(browse: Callable[[str], Client], release: Release) -> None:
    assert answers(browse, release, public=False) == []


def test_public_release(browse: Callable[[str], Client], public: Release) -> None:
    assert answers(browse, public, public=True) == []


@pytest.mark.parametrize("circle", [Circle.COTECH, Circle.COPIL])
def test_committees_see_what_is_open_to_them(
    browse: Callable[[str], Client], release: Release, people: dict[str, Any], circle: Circle
) -> None:
    role = people["contributor"].roles.get()
    role.committee = Circle.COPIL
    role.save()
    open_to(release, circle)
    status = browse("contributor").get("/territoires/999000001/").status_code
    assert status == (200 if circle == Circle.COPIL else 404)
    assert browse("visitor").get("/territoires/999000001/").status_code == 404


def test_public_cells_say_nothing_of_people(
    browse: Callable[[str], Client], public: Release
) -> None:
    visitor = browse("visitor")
    shown = 0
    for x in public.indicators.filter(cells__isnull=False):
        answer = visitor.get(f"/territoires/999000001/carreaux/{x.name}.json")
        assert answer.status_code == (200 if x.environment else 404), x.name
        if x.environment:
            shown += 1
            assert x.component in ("hazard", "adaptive_capacity")
            assert "values" not in answer.json()
    assert shown > 5
