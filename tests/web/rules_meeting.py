"""Who may do what with the meeting, the directory, sessions and lessons: see test_permissions."""

from collections.abc import Callable
from typing import Any

from labo_web.programme import proceedings
from labo_web.releases.models import Release
from tests.web import gathering
from tests.web.rules import ALL, OFFICER, Statuses, only

ROOT = "rencontres-inter-regionales/"
ONE = f"{ROOT}<int:pk>/"
LESSONS = "ce-que-nous-avons-appris/"
CENTRE = only(200, "facilitator")
# Teams of the territories of the programme; both territories of the tests are in it.
COHORT = only(200, "analyst", "officer", "officer_elsewhere", "facilitator")
WRITERS = only(200, "officer", "officer_elsewhere", "facilitator")

# Address as declared: example, answers while open to the team only, answers once public.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    ROOT: (ROOT, ALL, ALL),
    f"{ROOT}preparer/": (f"{ROOT}preparer/?PROGRAMME", CENTRE, CENTRE),
    ONE: (f"{ROOT}MEETING/", ALL, ALL),
    f"{ONE}modifier/": (f"{ROOT}MEETING/modifier/", OFFICER, OFFICER),
    f"{ONE}deroule/": (f"{ROOT}MEETING/deroule/", OFFICER, OFFICER),
    # Of the other territory: its own team only, and the centre.
    f"{ONE}apporter/<code:territory>/": (
        f"{ROOT}MEETING/apporter/999000002/",
        only(200, "officer_elsewhere", "facilitator"),
        only(200, "officer_elsewhere", "facilitator"),
    ),
    f"{ONE}notes/": (f"{ROOT}MEETING/notes/", COHORT, COHORT),
    f"{ONE}publier/": (f"{ROOT}MEETING/publier/", OFFICER, OFFICER),
    f"{ONE}brouillon.<kind:kind>": (f"{ROOT}MEETING/brouillon.docx", OFFICER, OFFICER),
    f"{ONE}actes/<int:number>/": (f"{ROOT}HELD/actes/1/", ALL, ALL),
    f"{ONE}actes/<int:number>/actes.<kind:kind>": (
        f"{ROOT}HELD/actes/1/actes.docx", ALL, ALL),
    "annuaire-des-pairs/": ("annuaire-des-pairs/?PROGRAMME", COHORT, COHORT),
    "annuaire-des-pairs/mon-contact/": (
        "annuaire-des-pairs/mon-contact/?PROGRAMME", COHORT, COHORT),
    "fresques/": ("fresques/", CENTRE, CENTRE),
    LESSONS: (LESSONS, ALL, ALL),
    f"{LESSONS}ecrire/": (f"{LESSONS}ecrire/?PROGRAMME", WRITERS, WRITERS),
    # Not opened yet.
    f"{LESSONS}<int:pk>/": (f"{LESSONS}LESSON/", COHORT, COHORT),
    f"{LESSONS}<int:pk>/corriger/": (f"{LESSONS}LESSON/corriger/", OFFICER, OFFICER),
    "outils-a-reprendre/": ("outils-a-reprendre/", ALL, ALL),
}  # fmt: skip
FORM = only(422, "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    f"{ROOT}preparer/": only(422, "facilitator"),
    f"{ONE}modifier/": FORM,
    f"{ONE}deroule/": FORM,
    f"{ONE}apporter/<code:territory>/": only(422, "officer_elsewhere", "facilitator"),
    f"{ONE}notes/": only(422, "analyst", "officer", "officer_elsewhere", "facilitator"),
    f"{ONE}publier/": FORM,
    "annuaire-des-pairs/mon-contact/": only(
        422, "analyst", "officer", "officer_elsewhere", "facilitator"
    ),
    f"{LESSONS}ecrire/": only(422, "officer", "officer_elsewhere", "facilitator"),
    # To open a lesson needs no reason.
    f"{LESSONS}<int:pk>/": only(302, "officer", "facilitator"),
    f"{LESSONS}<int:pk>/corriger/": FORM,
}


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""

    def published() -> int:
        meeting = gathering.a_meeting(release.territory)
        proceedings.publish(meeting, "", people["facilitator"])
        return meeting.pk

    return {
        "PROGRAMME": lambda: gathering.a_programme().code,
        "MEETING": lambda: gathering.a_meeting(release.territory).pk,
        "HELD": published,
        "LESSON": lambda: gathering.a_lesson(release.territory).pk,
    }
