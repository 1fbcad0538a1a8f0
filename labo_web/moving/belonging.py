"""How each table belongs to a territory: what moves with it, what is matched, what stays.

Every table of the site is said in one of the four; a test fails for one that is not. An application
that comes later adds its lines here, and its territory moves with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# By table, the ways from a row to its territory: one of them leads there.
OF_TERRITORY: dict[str, tuple[str, ...]] = {
    "accounts.territory": ("pk",),
    "accounts.role": ("territory",),
    "releases.release": ("territory",),
    "releases.indicator": ("release__territory",),
    "releases.zone": ("release__territory",),
    "releases.value": ("zone__release__territory",),
    "releases.cellvalues": ("indicator__release__territory",),
    "releases.decision": ("release__territory",),
    "releases.restitution": ("release__territory",),
    "releases.agreement": ("release__territory",),
    "releases.askedbody": ("release__territory",),
    "releases.answer": ("release__territory",),
    "releases.brief": ("territory",),
    "resources.resource": ("territory",),
    "resources.description": ("resource__territory",),
    "resources.contact": ("resource__territory",),
    "resources.consent": ("resource__territory",),
    "resources.ruling": ("description__resource__territory",),
    "resources.confirmation": ("resource__territory",),
    "resources.contradiction": ("territory",),
    "resources.verification": ("resource__territory", "contradiction__territory"),
    "workshops.event": ("territory",),
    "workshops.event_facilitators": ("event__territory",),
    "workshops.question": ("event__territory",),
    "workshops.choice": ("question__event__territory",),
    "workshops.registration": ("event__territory",),
    "workshops.headcount": ("event__territory",),
    "workshops.cumulation": ("territory",),
    "workshops.evaluation": ("event__territory",),
    "workshops.hours": ("event__territory",),
    "workshops.fresquesheet": ("event__territory",),
    "workshops.contribution": ("territory",),
    "workshops.moderation": ("contribution__territory",),
    "workshops.reaction": ("contribution__territory",),
    "workshops.ballot": ("question__event__territory",),
    "workshops.medium": ("contribution__territory", "event__territory"),
    "workshops.subject": ("territory",),
    "workshops.grouping": ("subject__territory",),
    "workshops.subjectanswer": ("subject__territory",),
    "workshops.statuschange": ("contribution__territory",),
    "workshops.refusalreview": ("contribution__territory",),
    "workshops.tablesheet": ("event__territory",),
    "workshops.solutionsheet": ("territory",),
    "workshops.solutionsheet_contributions": ("solutionsheet__territory",),
    "workshops.solutionsheet_resources": ("solutionsheet__territory",),
    "workshops.solutionversion": ("solution__territory",),
    "roadmaps.roadmap": ("territory",),
    "roadmaps.action": ("roadmap__territory",),
    "roadmaps.step": ("action__roadmap__territory",),
    "roadmaps.partner": ("action__roadmap__territory",),
    "roadmaps.fundingline": ("action__roadmap__territory",),
    "roadmaps.tracked": ("action__roadmap__territory",),
    "roadmaps.grading": ("action__roadmap__territory",),
    "roadmaps.observation": ("tracked__action__roadmap__territory",),
    "roadmaps.explanation": ("tracked__action__roadmap__territory",),
    "roadmaps.digest": ("roadmap__territory",),
    "roadmaps.change": ("action__roadmap__territory",),
    "roadmaps.decision": ("action__roadmap__territory",),
    "roadmaps.frozen": ("roadmap__territory",),
    "roadmaps.annextemplate": ("roadmap__territory",),
    "roadmaps.priority": ("roadmap__territory",),
    "roadmaps.link": ("action__roadmap__territory",),
    "roadmaps.programming": ("roadmap__territory",),
    "roadmaps.grant": ("programming__roadmap__territory",),
    "roadmaps.piece": ("action__roadmap__territory",),
    "stories.consent": ("territory",),
    "stories.withdrawal": ("consent__territory",),
    "stories.story": ("territory",),
    "stories.sending": ("story__territory",),
    "stories.medium": ("story__territory",),
    "stories.version": ("story__territory",),
    "stories.block": ("story__territory",),
    "stories.block_consents": ("block__story__territory",),
    "stories.passage": ("block__story__territory",),
    "stories.placement": ("version__story__territory",),
    "stories.decision": ("story__territory",),
    "stories.storylink": ("story__territory",),
}

# Shared by territories: what rows point to goes along, and is matched where it arrives.
ORGANISATION, PERSON, SIGNATURE = (
    "accounts.organisation", "accounts.person", "accounts.signature",
)  # fmt: skip
MATCHED = (ORGANISATION, PERSON, SIGNATURE)

# What accompanies several territories at once is of the resource centre, which keeps it.
PROGRAMME = "is of the programme, which the resource centre runs"
# Of an installation, not of a territory, and why each stays where it is.
STAYS: dict[str, str] = {
    "roadmaps.importdraft": "a file that waits a day for whoever sent it",
    "accounts.invitation": "its link opens the site that sent it",
    "account.emailaddress": "made again at the first sign-in",
    "account.emailconfirmation": "made again at the first sign-in",
    "mfa.authenticator": "a second factor is of one site",
    "socialaccount.socialapp": "a secret of one site",
    "socialaccount.socialaccount": "made again at the first sign-in",
    "socialaccount.socialtoken": "a secret of one site",
    "auth.group": "not used",
    "workshops.purge": "says what was erased of a whole installation",
    "workshops.translationreview": "a table of words, the same for all territories",
    **{
        f"programme.{name}": PROGRAMME
        for name in (
            *("programme", "membership", "schedule", "gatedecision", "deliverable"),
            *("postponement", "application", "selection", "convention", "supportday"),
            *("statement", "dataquestion", "groupseat", "dataset", "methoddecision"),
            *("disagreement", "disagreementanswer", "partnerimport", "meeting", "slot"),
            *("brought", "note", "notereading", "proceedings", "contact", "lesson"),
            "lessonopening",
        )
    },
}

Row = Mapping[str, Any]
# (table, old number) -> new number; None where it was not brought along.
Renumber = Callable[[str, Any], Any]


def _release_files(row: Row) -> list[str]:
    return [f"releases/{row['digest']}/*"]


def _medium_files(row: Row) -> list[str]:
    return [f"media/{row['name']}"] if row["name"] else []


def _piece_files(row: Row) -> list[str]:
    return [f"media/pieces/{row['name']}"] if row["name"] else []


def _story_files(row: Row) -> list[str]:
    return [f"media/stories/{name}" for name in (row["name"], row["thumbnail"]) if name]


def _territory_files(row: Row) -> list[str]:
    return [f"backdrops/{row['code']}-{kind}.fgb" for kind in ("streets", "buildings")]


# By table, the files that a row names, as paths in LABO_DATA; `*` is all that is in a folder.
FILES: dict[str, Callable[[Row], list[str]]] = {
    "accounts.territory": _territory_files,
    "releases.release": _release_files,
    "roadmaps.piece": _piece_files,
    "stories.medium": _story_files,
    "workshops.medium": _medium_files,
}


def _ballot(row: dict[str, Any], renumber: Renumber) -> None:
    """Dots are by the number of their choice; weights by a path, which has letters."""
    row["content"] = {
        str(renumber("workshops.choice", int(key))) if key.isdecimal() else key: value
        for key, value in row["content"].items()
    }


PARTS = {
    "steps": "roadmaps.step",
    "partners": "roadmaps.partner",
    "funding": "roadmaps.fundingline",
    "tracked": "roadmaps.tracked",
    "gradings": "roadmaps.grading",
}


def _change(row: dict[str, Any], renumber: Renumber) -> None:
    """History keeps rows as they were, with the numbers of bodies and of other rows."""
    for side in ("before", "after"):
        value = row[side]
        if row["field"] == "pilot" and value is not None:
            row[side] = renumber(ORGANISATION, int(value))
        elif row["field"] in PARTS and isinstance(value, list):
            row[side] = [_part(PARTS[row["field"]], part, renumber) for part in value]


def _part(table: str, part: dict[str, Any], renumber: Renumber) -> dict[str, Any]:
    tables = {"pk": table, "after_id": "roadmaps.step", "organisation_id": ORGANISATION}
    return {
        key: renumber(tables[key], int(value)) if key in tables and value is not None else value
        for key, value in part.items()
    }


# By table, what changes the numbers of other rows that stand inside its JSON.
INSIDE: dict[str, Callable[[dict[str, Any], Renumber], None]] = {
    "roadmaps.change": _change,
    "workshops.ballot": _ballot,
}
