"""Who may do what: seven people against every address and method. One without a rule fails."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from labo_web.accounts.models import Circle, Invitation, Organisation, Role
from labo_web.releases.models import Agreement, Answer, AskedBody, Release
from tests.web import (
    rules_day,
    rules_meeting,
    rules_programme,
    rules_resources,
    rules_roadmaps,
    rules_stories,
    rules_workshops,
)
from tests.web.conftest import PEOPLE, RECEIVED, first_qpv, open_to
from tests.web.rules import (
    ALL,
    OFFICER,
    REFUSED,
    SIGNED_IN,
    SIGNED_OUT,
    STAFF,
    TEAM,
    Statuses,
    all_get,
    only,
)

# Each of these says RULES, POSTS, and `made`: what stands for the words of its examples.
APPS = (
    *(rules_resources, rules_workshops, rules_day, rules_roadmaps),
    *(rules_stories, rules_programme, rules_meeting),
)

CELLS = "territoires/999000001/carreaux/poverty_share.json"
SITE = "territoires/<code:territory>/quartiers/<code:zone>/site/"
CHOOSE = "territoires/<code:territory>/choisir/"
BRIEF = "territoires/<code:territory>/quartiers/<code:zone>/en-bref/"

# Address as declared: example, answers while open to the team only, answers once public.
# Whoever may read no release with that code is told so; the other town has the same codes.
PASTED = dict.fromkeys(("analyst", "officer", "facilitator", "officer_elsewhere"), 200)
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    "": ("", ALL, ALL),
    "mon-espace/": ("mon-espace/", SIGNED_IN, SIGNED_IN),
    "sante/": ("sante/", ALL, ALL),
    # With the token of the installation only: see test_running.
    "mesures/": ("mesures/", all_get(404), all_get(404)),
    "mentions-legales/": ("mentions-legales/", ALL, ALL),
    "accessibilite/": ("accessibilite/", ALL, ALL),
    "plan-du-site/": ("plan-du-site/", ALL, ALL),
    "en/": ("en/", ALL, ALL),
    "territoires/<code:territory>/": ("territoires/999000001/", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/": (
        "territoires/999000001/quartiers/QPV/", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/valeurs/": (
        "territoires/999000001/quartiers/QPV/valeurs/", TEAM, ALL),
    BRIEF: ("territoires/999000001/quartiers/QPV/en-bref/", OFFICER, OFFICER),
    f"{BRIEF}versions/": (
        "territoires/999000001/quartiers/QPV/en-bref/versions/", OFFICER, OFFICER),
    "territoires/<code:territory>/indicateurs/<code:name>/": (
        "territoires/999000001/indicateurs/poverty_share/", TEAM, ALL),
    "territoires/<code:territory>/indices/": ("territoires/999000001/indices/", TEAM, ALL),
    "territoires/<code:territory>/indices/<code:name>/": (
        "territoires/999000001/indices/canicule/", TEAM, ALL),
    "territoires/<code:territory>/indices/<code:name>/poids/": (
        "territoires/999000001/indices/canicule/poids/", TEAM, ALL),
    "territoires/<code:territory>/croiser/": ("territoires/999000001/croiser/", TEAM, ALL),
    "territoires/<code:territory>/methode/": ("territoires/999000001/methode/", TEAM, ALL),
    "territoires/<code:territory>/donnees/": ("territoires/999000001/donnees/", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/fiche.<kind:kind>": (
        "territoires/999000001/quartiers/QPV/fiche.pdf", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/fiche-quartier.pdf": (
        "territoires/999000001/quartiers/QPV/fiche-quartier.pdf", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/note.<kind:kind>": (
        "territoires/999000001/quartiers/QPV/note.docx", TEAM, ALL),
    "territoires/<code:territory>/note.<kind:kind>": (
        "territoires/999000001/note.pdf", TEAM, ALL),
    "territoires/<code:territory>/donnees.xlsx": ("territoires/999000001/donnees.xlsx", TEAM, ALL),
    "territoires/<code:territory>/donnees.gpkg": ("territoires/999000001/donnees.gpkg", TEAM, ALL),
    "territoires/<code:territory>/colonnes.csv": ("territoires/999000001/colonnes.csv", TEAM, ALL),
    "territoires/<code:territory>/valeurs.csv": ("territoires/999000001/valeurs.csv", TEAM, ALL),
    "territoires/<code:territory>/zones.geojson": (
        "territoires/999000001/zones.geojson", TEAM, ALL),
    "territoires/<code:territory>/carreaux.pmtiles": (
        "territoires/999000001/carreaux.pmtiles", TEAM, ALL),
    # What counts people by cell stays in the team, even of a public release.
    "territoires/<code:territory>/carreaux/<code:name>.json": (CELLS, TEAM, TEAM),
    "comparer/": ("comparer/?territoire=999000001", TEAM, ALL),
    "comparer/codes/": ("comparer/codes/", ALL, ALL),
    "comparer/codes.csv": (
        "comparer/codes.csv?codes=QPV", all_get(422, **PASTED), ALL),
    "solutions/": ("solutions/", ALL, ALL),
    "solutions/<code:name>/": ("solutions/plant_trees/", ALL, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/solutions/": (
        "territoires/999000001/quartiers/QPV/solutions/", TEAM, ALL),
    "site/": ("site/", ALL, ALL),
    SITE: ("territoires/999000001/quartiers/QPV/site/", TEAM, ALL),
    "territoires/<code:territory>/quartiers/<code:zone>/et-si/": (
        "territoires/999000001/quartiers/QPV/et-si/?climat=2", TEAM, ALL),
    CHOOSE: ("territoires/999000001/choisir/", TEAM, ALL),
    "livraisons/<code:code>/": ("livraisons/CODE/", TEAM, ALL),
    # Reading these is refused to all: they only take decisions.
    "livraisons/<code:code>/ouvrir/": ("livraisons/CODE/ouvrir/", REFUSED, REFUSED),
    "livraisons/<code:code>/restitution/": ("livraisons/CODE/restitution/", REFUSED, REFUSED),
    "livraisons/<code:code>/organismes/": ("livraisons/CODE/organismes/", REFUSED, REFUSED),
    "livraisons/<code:code>/accords/": ("livraisons/CODE/accords/", OFFICER, OFFICER),
    "livraisons/<code:code>/accords/<int:pk>/": (
        "livraisons/CODE/accords/AGREEMENT/", OFFICER, OFFICER),
    # The reader is of a body that was asked to answer: see `stage`.
    "livraisons/<code:code>/repondre/": (
        "livraisons/CODE/repondre/", only(0), only(200, "reader")),
    "livraisons/<code:code>/reponses/<int:pk>/": (
        "livraisons/CODE/reponses/ANSWER/", OFFICER, OFFICER),
    "territoires/<code:territory>/personnes/": (
        "territoires/999000001/personnes/", OFFICER, OFFICER),
    "territoires/<code:territory>/personnes/role/": (
        "territoires/999000001/personnes/role/", REFUSED, REFUSED),
    "personnes/": ("personnes/", STAFF, STAFF),
    # The analyst, whose only role is here.
    "personnes/<int:pk>/": ("personnes/PERSON/", OFFICER, OFFICER),
    "personnes/roles/<int:pk>/retirer/": ("personnes/roles/ROLE/retirer/", OFFICER, OFFICER),
    "personnes/invitations/<int:pk>/": ("personnes/invitations/INVITATION/", REFUSED, REFUSED),
    "organismes/": ("organismes/", STAFF, STAFF),
    "invitation/<str:token>/": ("invitation/TOKEN/", ALL, ALL),
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
    "compte/": ("compte/", SIGNED_IN, SIGNED_IN),
    "compte/effacer/": ("compte/effacer/", SIGNED_IN, SIGNED_IN),
    "compte/entrer/": ("compte/entrer/", SIGNED_OUT, SIGNED_OUT),
    "compte/code/": ("compte/code/", SIGNED_OUT, SIGNED_OUT),
    # Without a code that was asked for, one is sent back to ask.
    "compte/code/confirmer/": ("compte/code/confirmer/", all_get(302), all_get(302)),
    "compte/quitter/": ("compte/quitter/", SIGNED_IN, SIGNED_IN),
    "compte/inactif/": ("compte/inactif/", ALL, ALL),
    "compte/inscription/": ("compte/inscription/", SIGNED_OUT, SIGNED_OUT),
    "compte/second-facteur/": ("compte/second-facteur/", SIGNED_IN, SIGNED_IN),
    # Only between the first and the second factor.
    "compte/second-facteur/entrer/": (
        "compte/second-facteur/entrer/", all_get(302), all_get(302)),
    # These people have no second factor yet: there is nothing to confirm, withdraw nor read.
    "compte/second-facteur/confirmer/": (
        "compte/second-facteur/confirmer/", all_get(403, visitor=302), all_get(403, visitor=302)),
    "compte/second-facteur/activer/": ("compte/second-facteur/activer/", SIGNED_IN, SIGNED_IN),
    "compte/second-facteur/retirer/": (
        "compte/second-facteur/retirer/", all_get(404, visitor=302), all_get(404, visitor=302)),
    "compte/secours/": ("compte/secours/", all_get(404, visitor=302), all_get(404, visitor=302)),
    "compte/secours/refaire/": ("compte/secours/refaire/", SIGNED_IN, SIGNED_IN),
    "compte/secours/codes.txt": (
        "compte/secours/codes.txt", all_get(404, visitor=302), all_get(404, visitor=302)),
}  # fmt: skip

# What an empty form is answered, once public; 405 at every address that is not here. 422 is the
# form again, with what is wrong: whoever gets it might have changed something.
FORM = only(422, "officer", "facilitator")
POSTS: dict[str, Statuses] = {
    BRIEF: FORM,
    # A calculation, which keeps nothing: an empty one is told what is missing.
    "site/": all_get(422),
    SITE: all_get(422),
    # An empty list is a list to begin.
    CHOOSE: ALL,
    "livraisons/<code:code>/ouvrir/": FORM,
    "livraisons/<code:code>/restitution/": FORM,
    "livraisons/<code:code>/organismes/": only(302, "officer", "facilitator"),
    "livraisons/<code:code>/accords/": FORM,
    "livraisons/<code:code>/accords/<int:pk>/": only(302, "officer", "facilitator"),
    "livraisons/<code:code>/repondre/": only(422, "reader"),
    "livraisons/<code:code>/reponses/<int:pk>/": only(302, "officer", "facilitator"),
    "territoires/<code:territory>/personnes/": FORM,
    "territoires/<code:territory>/personnes/role/": FORM,
    "personnes/": only(422, "facilitator"),
    "personnes/<int:pk>/": only(302, "officer", "facilitator"),
    "personnes/roles/<int:pk>/retirer/": only(302, "officer", "facilitator"),
    "personnes/invitations/<int:pk>/": only(302, "officer", "facilitator"),
    "organismes/": only(422, "officer", "officer_elsewhere", "facilitator"),
    # The visitor accepts and is asked for a code; the others are somebody else.
    "invitation/<str:token>/": all_get(409, visitor=302),
    "compte/": all_get(422, visitor=302),
    # The only facilitator cannot leave.
    "compte/effacer/": all_get(302, facilitator=422),
    "compte/entrer/": SIGNED_OUT,
    "compte/code/": SIGNED_OUT,
    "compte/code/confirmer/": all_get(302),
    "compte/quitter/": all_get(302),
    "compte/inscription/": SIGNED_OUT,
    "compte/second-facteur/entrer/": all_get(302),
    "compte/second-facteur/confirmer/": all_get(403, visitor=302),
    "compte/second-facteur/activer/": SIGNED_IN,
    "compte/second-facteur/retirer/": all_get(404, visitor=302),
    "compte/secours/refaire/": SIGNED_IN,
    # Signed-out people are sent away before the method is looked at.
    "compte/second-facteur/": all_get(405, visitor=302),
    "compte/secours/": all_get(405, visitor=302),
    "compte/secours/codes.txt": all_get(404, visitor=302),
    # The description of the API, whatever the method.
    "api/openapi.json": ALL,
}


for app in APPS:
    RULES |= app.RULES
    POSTS |= app.POSTS


def declared(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    """Return every address of the website."""
    found: list[str] = []
    for x in patterns:
        path = before + str(x.pattern)
        found += declared(x.url_patterns, path) if isinstance(x, URLResolver) else [path]
    return found


def test_every_address_has_a_rule() -> None:
    assert set(declared(get_resolver().url_patterns)) == set(RULES)
    assert set(POSTS) <= set(RULES)


def stage(example: str, release: Release, people: dict[str, Any]) -> str:
    """Make what an address speaks of, and return the address."""
    body, _ = Organisation.objects.get_or_create(name="Bailleur (fictif)", kind="landlord")
    reader, analyst = people["reader"], people["analyst"]
    reader.organisation = body
    reader.save()
    AskedBody.objects.get_or_create(
        release=release, organisation=body, defaults={"asked_on": RECEIVED}
    )
    invitation = Invitation(
        email="new@example.org", name="Nouvelle", territory=release.territory, kind="reader"
    )
    token = invitation.renew()
    if "INVITATION" in example or "TOKEN" in example:
        invitation.save()
    replaced: dict[str, Callable[[], object]] = {
        "CODE": lambda: release.code,
        "QPV": lambda: first_qpv(release),
        "AGREEMENT": lambda: Agreement.objects.get_or_create(
            release=release, landlord=body, zone=first_qpv(release), indicator="poverty_share"
        )[0].pk,
        "ANSWER": lambda: Answer.objects.create(
            release=release, organisation=body, text="Non.", answered_on=RECEIVED
        ).pk,
        "PERSON": lambda: analyst.pk,
        "ROLE": lambda: Role.objects.get_or_create(
            person=reader, territory=release.territory, kind="contributor", withdrawn_at=None
        )[0].pk,
        "INVITATION": lambda: invitation.pk,
        "TOKEN": lambda: token,
    }  # fmt: skip
    for app in APPS:
        words = app.made(release, people)
        assert not words.keys() & replaced.keys(), "two parts give the same word a meaning"
        replaced |= words
    for word, make in replaced.items():
        if word in example:
            example = example.replace(word, str(make()))
    return f"/{example}"


@pytest.mark.parametrize("pattern", RULES)
def test_reading_a_release_of_the_team(
    browse: Callable[[str], Client], release: Release, people: dict[str, Any], pattern: str
) -> None:
    example, closed, _ = RULES[pattern]
    path = stage(example, release, people)
    assert {name: browse(name).get(path).status_code for name in PEOPLE} == closed


@pytest.mark.parametrize("pattern", RULES)
def test_reading_a_public_release(
    browse: Callable[[str], Client], public: Release, people: dict[str, Any], pattern: str
) -> None:
    example, _, opened = RULES[pattern]
    path = stage(example, public, people)
    assert {name: browse(name).get(path).status_code for name in PEOPLE} == opened


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("pattern", RULES)
def test_writing(
    browse: Callable[[str], Client],
    public: Release,
    people: dict[str, Any],
    pattern: str,
    name: str,
) -> None:
    path = stage(RULES[pattern][0], public, people)
    assert browse(name).post(path).status_code == POSTS.get(pattern, REFUSED)[name]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("pattern", RULES)
def test_other_methods_do_nothing(
    browse: Callable[[str], Client],
    public: Release,
    people: dict[str, Any],
    pattern: str,
    method: str,
) -> None:
    path = stage(RULES[pattern][0], public, people)
    for name in ("visitor", "officer"):
        status = getattr(browse(name), method)(path).status_code
        # Of allauth, some forms take PUT as a POST: an empty one, here.
        as_a_form = pattern.startswith("compte/") or pattern == "api/openapi.json"
        assert status in (302, 404, 405) or as_a_form, (name, status)
        assert status < 500


def beyond(pattern: str, path: str) -> str:
    """Return an address with numbers that no database holds."""
    literal, *others = re.split(r"<(\w+):\w+>", pattern)
    expression = re.escape(literal)
    for kind, after in zip(others[::2], others[1::2], strict=True):
        expression += (r"(\d+)" if kind == "int" else "[^/]+") + re.escape(after)
    found = re.match(f"/{expression}(?=\\?|$)", path)
    assert found, (pattern, path)
    for start, end in reversed(found.regs[1:]):
        path = path[:start] + str(2**70) + path[end:]
    return path


@pytest.mark.parametrize("pattern", [x for x in RULES if "<int:" in x])
def test_a_number_larger_than_any_is_of_nothing(
    browse: Callable[[str], Client], public: Release, people: dict[str, Any], pattern: str
) -> None:
    path = beyond(pattern, stage(RULES[pattern][0], public, people))
    for name in ("visitor", "officer", "facilitator"):
        for method in ("get", "post"):
            status = getattr(browse(name), method)(path).status_code
            assert status in (302, 403, 404, 405, 422), (name, method, status)


def test_forms_are_refused_without_their_token(public: Release, people: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        people["officer"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    path = stage("personnes/roles/ROLE/retirer/", public, people)
    assert client.post(path).status_code == 403
    assert Role.objects.current().filter(person=people["reader"]).count() == 2


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
