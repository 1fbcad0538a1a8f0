"""Who may do what with kits, a day's path, answers and protection: see test_permissions."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution, RefusalReview, SolutionSheet, Subject
from tests.web import room
from tests.web.rules import ALL, OFFICER, TEAM, Statuses, all_get, only

HERE, ZONE = "territoires/<code:territory>/", "territoires/<code:territory>/quartiers/<code:zone>/"
DAY = "rencontres/<int:pk>/journee/"
TOWN, QPV = "territoires/999000001/", "territoires/999000001/quartiers/QPV/"
CENTRE = only(200, "facilitator")

# Address as declared: example, answers while open to the team only, answers once public.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    f"{ZONE}kit/": (f"{QPV}kit/", TEAM, ALL),
    f"{ZONE}kit.pdf": (f"{QPV}kit.pdf?parties=deroule", TEAM, ALL),
    f"{HERE}langues/<code:language>/": (f"{TOWN}langues/tr/", TEAM, ALL),
    DAY: ("rencontres/EVENT/journee/", OFFICER, OFFICER),
    f"{DAY}feuilles/<code:name>/": (
        "rencontres/EVENT/journee/feuilles/causes-2/", OFFICER, OFFICER),
    f"{DAY}solutions/": ("rencontres/EVENT/journee/solutions/", OFFICER, OFFICER),
    f"{DAY}solutions/table/<int:table>/": (
        "rencontres/EVENT/journee/solutions/table/2/", OFFICER, OFFICER),
    f"{DAY}vote/": ("rencontres/EVENT/journee/vote/", OFFICER, OFFICER),
    f"{DAY}compte-rendu.<kind:kind>": (
        "rencontres/EVENT/journee/compte-rendu.docx", OFFICER, OFFICER),
    f"{DAY}fiches-action.<kind:kind>": (
        "rencontres/EVENT/journee/fiches-action.docx", OFFICER, OFFICER),
    "solutions/<int:pk>/": ("solutions/SOLUTION/", OFFICER, OFFICER),
    f"{HERE}ce-qu-on-entend/": (f"{TOWN}ce-qu-on-entend/", TEAM, ALL),
    f"{HERE}ce-qu-on-entend.csv": (f"{TOWN}ce-qu-on-entend.csv", TEAM, ALL),
    f"{ZONE}ce-qu-on-entend/": (f"{QPV}ce-qu-on-entend/", TEAM, ALL),
    f"{ZONE}ce-qu-on-entend.csv": (f"{QPV}ce-qu-on-entend.csv", TEAM, ALL),
    f"{ZONE}dire/": (f"{QPV}dire/", TEAM, ALL),
    f"{HERE}paroles/": (f"{TOWN}paroles/", OFFICER, OFFICER),
    # Of a service that none of these people is of.
    "sujets/<int:pk>/": ("sujets/SUBJECT/", OFFICER, OFFICER),
    # Whoever holds the link.
    "suivre/<str:token>/": ("suivre/FOLLOWED/", ALL, ALL),
    "refus/": ("refus/", CENTRE, CENTRE),
    "refus/<int:pk>/": ("refus/REVIEW/", CENTRE, CENTRE),
    "donnees-personnelles/": ("donnees-personnelles/", ALL, ALL),
    "donnees-personnelles/<code:name>/": ("donnees-personnelles/aipd/", ALL, ALL),
    "donnees-personnelles/<code:name>.<kind:kind>": (
        "donnees-personnelles/aipd.docx", ALL, ALL),
}  # fmt: skip
FORM = only(422, "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    f"{ZONE}dire/": all_get(422),
    f"{HERE}langues/<code:language>/": FORM,
    f"{DAY}feuilles/<code:name>/": FORM,
    f"{DAY}solutions/": FORM,
    f"{DAY}solutions/table/<int:table>/": FORM,
    # No solution was written: there is nothing to refuse.
    f"{DAY}vote/": only(302, "officer", "facilitator"),
    "solutions/<int:pk>/": FORM,
    f"{HERE}paroles/": FORM,
    "sujets/<int:pk>/": FORM,
    "suivre/<str:token>/": all_get(422),
    "refus/<int:pk>/": only(422, "facilitator"),
}


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""

    def said(**fields: Any) -> Contribution:
        return Contribution.objects.create(territory=release.territory, text="Ici.", **fields)

    def solution() -> int:
        event = room.an_event(release.territory)
        row = SolutionSheet.objects.create(
            territory=release.territory, event=event, title="Une fontaine"
        )
        return row.pk

    def subject() -> int:
        service, _ = Organisation.objects.get_or_create(name="Espaces verts", kind="authority")
        row = Subject.objects.create(
            territory=release.territory, title="De l’ombre", service=service,
            due_on=dt.date(2026, 9, 1),
        )  # fmt: skip
        return row.pk

    def review() -> int:
        row = said(state="withheld", reason="personal")
        return RefusalReview.objects.create(contribution=row).pk

    return {
        "SOLUTION": solution,
        "SUBJECT": subject,
        "FOLLOWED": lambda: said().token,
        "REVIEW": review,
    }
