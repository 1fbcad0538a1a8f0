"""Who may do what in roadmaps: see test_permissions."""

from collections.abc import Callable
from typing import Any

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.roadmaps import piece_files, pieces
from labo_web.roadmaps.models import (
    Action,
    Frozen,
    Link,
    Partner,
    Priority,
    Roadmap,
    Tracked,
)
from tests.web.rules import ALL, OFFICER, REFUSED, TEAM, Statuses, only

ROOT = "territoires/<code:territory>/feuille-de-route/"
SHEET = f"{ROOT}actions/<int:number>/"
HERE = "territoires/999000001/feuille-de-route/"
# The reader is of a body that is partner of the action, and reads that sheet only: see `made`.
PARTNER = only(200, "reader", "analyst", "officer", "facilitator")
PART = only(200, "reader")

# What members take away, and what the team gives.
TAKEN = (
    "annexe.docx", "feuille-de-route.pdf", "financement.xlsx", "feuille-de-route.json",
    "jalons.ics", "quartiers-resilients.docx", "pcaet.xlsx", "projet-avenant.docx",
    "passation.docx", "programme-tfpb.xlsx",
)  # fmt: skip
GIVEN = ("modele/", "importer/", "programmation/")

# Address as declared: example, answers while open to the team only, answers once public. A roadmap
# does not open with a release: it has its own decisions. The one here has a published action.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    ROOT: (f"{HERE}?PUBLISHED", ALL, ALL),
    f"{ROOT}journal/": (f"{HERE}journal/?PUBLISHED", ALL, ALL),
    # It was begun already.
    f"{ROOT}commencer/": (
        f"{HERE}commencer/?ACTION", only(302, "officer", "facilitator"),
        only(302, "officer", "facilitator")),
    f"{ROOT}actions/": (f"{HERE}actions/?ACTION", TEAM, TEAM),
    f"{ROOT}actions/nouvelle/": (f"{HERE}actions/nouvelle/?ACTION", OFFICER, OFFICER),
    f"{ROOT}actions/partir-de/": (f"{HERE}actions/partir-de/?ACTION", OFFICER, OFFICER),
    SHEET: (f"{HERE}actions/ACTION/", PARTNER, PARTNER),
    f"{SHEET}decider/": (f"{HERE}actions/ACTION/decider/", OFFICER, OFFICER),
    # Published: everyone reads its sentences, without names.
    f"{SHEET}fil/": (f"{HERE}actions/ACTION/fil/", ALL, ALL),
    f"{SHEET}cerfa-12156.csv": (f"{HERE}actions/ACTION/cerfa-12156.csv", PARTNER, PARTNER),
    f"{SHEET}pieces/": (f"{HERE}actions/ACTION/pieces/", PARTNER, PARTNER),
    f"{SHEET}pieces/<int:pk>/": (f"{HERE}actions/ACTION/pieces/PIECE/", PARTNER, PARTNER),
    f"{SHEET}pieces/<int:pk>/retirer/": (
        f"{HERE}actions/ACTION/pieces/PIECE/retirer/", OFFICER, OFFICER),
    f"{SHEET}historique/": (f"{HERE}actions/ACTION/historique/", OFFICER, OFFICER),
    f"{SHEET}notre-part/": (f"{HERE}actions/ACTION/notre-part/", PART, PART),
    f"{SHEET}liens/<code:kind>/": (f"{HERE}actions/ACTION/liens/chiffre/", OFFICER, OFFICER),
    f"{SHEET}liens/<int:pk>/retirer/": (
        f"{HERE}actions/ACTION/liens/LINK/retirer/", REFUSED, REFUSED),
    f"{SHEET}ecrire/<code:section>/": (f"{HERE}actions/ACTION/ecrire/idee/", OFFICER, OFFICER),
    f"{ROOT}fil/": (f"{HERE}fil/?ACTION", TEAM, TEAM),
    f"{ROOT}priorites/": (f"{HERE}priorites/?ACTION", TEAM, TEAM),
    f"{ROOT}priorites/<int:pk>/retirer/": (f"{HERE}priorites/PRIORITY/retirer/", REFUSED, REFUSED),
    f"{ROOT}verifications/": (f"{HERE}verifications/?ACTION", TEAM, TEAM),
    f"{ROOT}financeurs/": (f"{HERE}financeurs/?ACTION", TEAM, TEAM),
    f"{ROOT}suivi/": (f"{HERE}suivi/?ACTION", TEAM, TEAM),
    f"{ROOT}suivi/<int:pk>/": (f"{HERE}suivi/TRACKED/", TEAM, TEAM),
    f"{ROOT}revue/<int:year>/": (f"{HERE}revue/2027/?ACTION", TEAM, TEAM),
    f"{ROOT}versions/": (f"{HERE}versions/?ACTION", TEAM, TEAM),
    f"{ROOT}versions/<int:number>/": (f"{HERE}versions/FROZEN/", TEAM, TEAM),
    **{f"{ROOT}{name}": (f"{HERE}{name}?ACTION", TEAM, TEAM) for name in TAKEN},
    f"{ROOT}tableaux/<code:name>.csv": (f"{HERE}tableaux/actions.csv?ACTION", TEAM, TEAM),
    f"{ROOT}rapport-annuel-<int:year>.docx": (
        f"{HERE}rapport-annuel-2026.docx?ACTION", TEAM, TEAM),
    f"{ROOT}argent/": (f"{HERE}argent/?ACTION", TEAM, TEAM),
    **{f"{ROOT}{name}": (f"{HERE}{name}?ACTION", OFFICER, OFFICER) for name in GIVEN},
    f"{ROOT}modele/modele.docx": (f"{HERE}modele/modele.docx?ACTION", OFFICER, OFFICER),
}  # fmt: skip
FORM = only(422, "officer", "facilitator")
DONE = only(302, "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    f"{ROOT}commencer/": DONE,
    f"{ROOT}actions/nouvelle/": FORM,
    f"{ROOT}actions/partir-de/": FORM,
    f"{SHEET}decider/": FORM,
    # An empty part is one, of a body that says nothing; but its page was never read.
    f"{SHEET}notre-part/": only(409, "reader"),
    f"{SHEET}liens/<code:kind>/": FORM,
    f"{SHEET}liens/<int:pk>/retirer/": DONE,
    f"{SHEET}pieces/": FORM,
    f"{SHEET}pieces/<int:pk>/retirer/": FORM,
    f"{SHEET}ecrire/<code:section>/": FORM,
    f"{ROOT}priorites/": FORM,
    f"{ROOT}priorites/<int:pk>/retirer/": DONE,
    f"{ROOT}suivi/<int:pk>/": FORM,
    # Nothing was explained: nothing is wrong.
    f"{ROOT}revue/<int:year>/": DONE,
    f"{ROOT}versions/": FORM,
    **{f"{ROOT}{name}": FORM for name in GIVEN},
}


def action_of(release: Release, people: dict[str, Any]) -> Action:
    """Make a roadmap with one published action, of which the reader's body is a partner."""
    roadmap, _ = Roadmap.objects.get_or_create(
        territory=release.territory, defaults={"title": "Feuille de route"}
    )
    action, _ = Action.objects.get_or_create(
        roadmap=roadmap, number=1,
        defaults={
            "origin": "nothing", "title": "Ouvrir la cour", "finding": "Il fait chaud.",
            "carrier": "ville", "first_step": "visiter", "published_on": "2026-01-05",
        },
    )  # fmt: skip
    body, _ = Organisation.objects.get_or_create(name="Bailleur (fictif)", kind="landlord")
    Partner.objects.get_or_create(action=action, organisation=body, defaults={"raci": "R"})
    return action


def _priority(release: Release, people: dict[str, Any]) -> Priority:
    roadmap = action_of(release, people).roadmap
    return Priority.objects.create(
        roadmap=roadmap, zone="", indicator="poverty_share", release=release, why="Ici."
    )


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""

    def link() -> int:
        action = action_of(release, people)
        return Link.objects.create(action=action, kind="solution", sentence="Voilà.").pk

    def tracked() -> int:
        action = action_of(release, people)
        return Tracked.objects.create(action=action, kind="result", label="Arbres").pk

    def frozen() -> int:
        roadmap = action_of(release, people).roadmap
        content: dict[str, Any] = {"sheets": [], "sums": {"said": {}}}
        Frozen.objects.create(
            roadmap=roadmap, number=1, title="COPIL", held_on="2026-01-05", content=content
        )
        return 1

    def piece() -> int:
        action = action_of(release, people)
        found = piece_files.Checked("pdf", b"%PDF-1.4 %%EOF")
        return pieces.attach(action, "Devis", found, by=people["officer"]).pk

    return {
        "PUBLISHED": lambda: action_of(release, people).number,
        "ACTION": lambda: action_of(release, people).number,
        "LINK": link,
        "PRIORITY": lambda: _priority(release, people).pk,
        "TRACKED": tracked,
        "FROZEN": frozen,
        "PIECE": piece,
    }
