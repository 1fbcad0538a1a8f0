"""Who may do what in workshops: see test_permissions."""

from collections.abc import Callable
from typing import Any

from labo_web.accounts.models import fingerprint
from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution, Registration
from tests.web import room
from tests.web.rules import ALL, OFFICER, REFUSED, Statuses, all_get, only

# Address as declared: example, answers while open to the team only, answers once public.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    "rencontres/": ("rencontres/", ALL, ALL),
    "rencontres/agenda.ics": ("rencontres/agenda.ics", ALL, ALL),
    "rencontres/participation/": ("rencontres/participation/", ALL, ALL),
    "rencontres/<int:pk>/": ("rencontres/EVENT/", ALL, ALL),
    "rencontres/<int:pk>/rencontre.ics": ("rencontres/EVENT/rencontre.ics", ALL, ALL),
    "rencontres/<int:pk>/venir/": ("rencontres/EVENT/venir/", ALL, ALL),
    "rencontres/<int:pk>/avis/<code:moment>/": ("rencontres/EVENT/avis/before/", ALL, ALL),
    "inscription/<str:token>/": ("inscription/COMING/", ALL, ALL),
    "territoires/<code:territory>/rencontres/": (
        "territoires/999000001/rencontres/", OFFICER, OFFICER),
    "territoires/<code:territory>/rencontres/preparer/": (
        "territoires/999000001/rencontres/preparer/", OFFICER, OFFICER),
    "territoires/<code:territory>/rencontres/consigner/": (
        "territoires/999000001/rencontres/consigner/", OFFICER, OFFICER),
    "rencontres/<int:pk>/modifier/": ("rencontres/EVENT/modifier/", OFFICER, OFFICER),
    "rencontres/<int:pk>/questions/": ("rencontres/EVENT/questions/", OFFICER, OFFICER),
    "rencontres/<int:pk>/inscriptions/": ("rencontres/EVENT/inscriptions/", OFFICER, OFFICER),
    "rencontres/<int:pk>/bilan/": ("rencontres/EVENT/bilan/", OFFICER, OFFICER),
    "rencontres/<int:pk>/fiche-de-seance/": (
        "rencontres/SESSION/fiche-de-seance/", OFFICER, OFFICER),
    "rencontres/<int:pk>/fiche-de-seance.<kind:kind>": (
        "rencontres/SESSION/fiche-de-seance.docx", OFFICER, OFFICER),
    "rencontres/<int:pk>/animer/": ("rencontres/EVENT/animer/", OFFICER, OFFICER),
    "rencontres/<int:pk>/animer/maintenant/": (
        "rencontres/EVENT/animer/maintenant/", OFFICER, OFFICER),
    "rencontres/<int:pk>/poids/<int:question>/": (
        "rencontres/EVENT/poids/WEIGHS/", OFFICER, OFFICER),
    "rencontres/<int:pk>/saisie/": ("rencontres/EVENT/saisie/", OFFICER, OFFICER),
    # What people said, raw: not even the analyst reads it, nor another territory's officer.
    "paroles/<int:pk>/": ("paroles/SAID/", OFFICER, OFFICER),
    "paroles/fichiers/<int:pk>/": ("paroles/fichiers/FILE/", OFFICER, OFFICER),
    "a/": ("a/", ALL, ALL),
    "a/sw.js": ("a/sw.js", ALL, ALL),
    "a/<room:code>/": ("a/ROOM/", ALL, ALL),
    "a/<room:code>/dire/": ("a/ROOM/dire/", REFUSED, REFUSED),
    "a/<room:code>/voter/<int:pk>/": ("a/ROOM/voter/DOTS/", REFUSED, REFUSED),
    "a/<room:code>/reagir/": ("a/ROOM/reagir/", REFUSED, REFUSED),
    "a/<room:code>/paroles/": ("a/ROOM/paroles/", ALL, ALL),
    "a/<room:code>/mur/": ("a/ROOM/mur/", ALL, ALL),
    "a/<room:code>/mur/maintenant/": ("a/ROOM/mur/maintenant/", ALL, ALL),
}  # fmt: skip
FORM = only(422, "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    "rencontres/<int:pk>/venir/": all_get(422),
    "rencontres/<int:pk>/avis/<code:moment>/": all_get(422),
    "inscription/<str:token>/": all_get(302),
    "territoires/<code:territory>/rencontres/preparer/": FORM,
    "territoires/<code:territory>/rencontres/consigner/": FORM,
    "rencontres/<int:pk>/modifier/": FORM,
    "rencontres/<int:pk>/questions/": FORM,
    # It only erases a row, which an empty form does not name.
    "rencontres/<int:pk>/inscriptions/": all_get(404),
    "rencontres/<int:pk>/bilan/": FORM,
    "rencontres/<int:pk>/fiche-de-seance/": FORM,
    "rencontres/<int:pk>/animer/": only(302, "officer", "facilitator"),
    "rencontres/<int:pk>/saisie/": FORM,
    "paroles/<int:pk>/": FORM,
    "a/": all_get(422),
    "a/<room:code>/dire/": all_get(422),
    # No dot is a vote too.
    "a/<room:code>/voter/<int:pk>/": all_get(302),
    "a/<room:code>/reagir/": all_get(422),
}


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""
    kept: dict[str, Any] = {}

    def event() -> Any:
        if "event" not in kept:
            kept["event"] = room.an_event(release.territory)
            kept["dots"] = room.ask_dots(kept["event"])
            kept["weights"] = room.ask_weights(kept["event"])
        return kept["event"]

    def coming() -> str:
        Registration.objects.create(event=event(), token_hash=fingerprint("coming"))
        return "coming"

    def said() -> int:
        row = Contribution.objects.create(territory=release.territory, event=event(), text="Ici.")
        return row.pk

    return {
        "EVENT": lambda: event().pk,
        "SESSION": lambda: room.an_event(release.territory, kind="short", level="inform").pk,
        "ROOM": lambda: event().code,
        "DOTS": lambda: event() and kept["dots"].pk,
        "WEIGHS": lambda: event() and kept["weights"].pk,
        "COMING": coming,
        "SAID": said,
        "FILE": lambda: room.a_photo(event()).pk,
    }
