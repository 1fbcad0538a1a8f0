"""Where an action starts from: the catalogue of measures, a solution sheet, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo import measure_words
from labo.measure import MEASURES, Measure
from labo_web.accounts.models import Person
from labo_web.roadmaps import linking
from labo_web.roadmaps.models import Action, Link, Roadmap
from labo_web.roadmaps.saving import create
from labo_web.workshops.models import SolutionSheet

# Scopes of effects that speak of the first half of a sheet; the others speak of people.
ENVIRONMENT = {
    "air", "surface", "indoors", "felt", "water", "energy", "biodiversity", "pollution", "noise",
}  # fmt: skip


@dataclass(frozen=True)
class Start:
    """What a new sheet is filled with, and what says where it comes from."""

    said: str
    idea: Mapping[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=lambda: {"origin": Action.Origin.NOTHING})
    measure: Measure | None = None
    solution: SolutionSheet | None = None

    def tie(self, made: Action, person: Person) -> None:
        """Tie the sheet to the solution it comes from, and to what that one rests on."""
        if (sheet := self.solution) is None:
            return
        linking.add(
            made, Link.Kind.SOLUTION, sheet, f"Elle reprend la fiche solution {sheet}."[:400],
            by=person,
        )  # fmt: skip
        said = f"Retenue avec la fiche solution {sheet.number_shown}."
        for word in sheet.contributions.shown():
            linking.add(made, Link.Kind.CONTRIBUTION, word, said, by=person)
        for resource in sheet.resources.kept():
            linking.add(made, Link.Kind.RESOURCE, resource, said, by=person)

    @staticmethod
    def families() -> list[tuple[str, list[Measure]]]:
        """Return the measures of the catalogue by family."""
        found = list(MEASURES)
        return [
            (label.capitalize(), [x for x in found if x.family == key])
            for key, label in measure_words.FAMILIES.items()
            if any(x.family == key for x in found)
        ]


NOTHING = Start("Cette action ne vient ni d’un atelier ni du catalogue : la fiche le dira.")


def starting_from(request: HttpRequest, roadmap: Roadmap) -> Start:
    """Return what the address says that an action starts from.

    Raises Http404 where it names what does not exist.
    """
    if name := request.GET.get("mesure", ""):
        return from_measure(name)
    if (number := request.GET.get("fiche", "")) and number.isdecimal():
        return _from_solution(roadmap, int(number[:9]))
    return NOTHING


TO_SAY = "À préciser avec l’atelier."


def solutions(roadmap: Roadmap) -> list[Any]:
    """Return the solution sheets of the territory's workshops, those that were kept first.

    Each says by `started` whether an action takes it up already.
    """
    taken = Link.objects.filter(
        solution=OuterRef("pk"), removed_on=None, action__roadmap=roadmap
    )  # fmt: skip
    found = SolutionSheet.objects.filter(territory=roadmap.territory).select_related("event")
    rows = found.annotate(started=Exists(taken))
    return sorted(rows, key=lambda s: (s.state != SolutionSheet.State.KEPT, s.number))


def draft(roadmap: Roadmap, sheet: SolutionSheet, by: Person) -> Action:
    """Make an idea of a solution sheet; what the sheet does not say is said to be missing."""
    start = _from_solution(roadmap, sheet.number)
    idea = {name: value or TO_SAY for name, value in start.idea.items() if name != "zones"}
    fields = {**idea, "zones": start.idea["zones"], **start.more}
    made = create(roadmap, fields, by=by, **start.fields)
    start.tie(made, by)
    return made


def _from_solution(roadmap: Roadmap, number: int) -> Start:
    sheet = SolutionSheet.objects.filter(territory=roadmap.territory, number=number).first()
    if sheet is None:
        raise Http404("Cette fiche solution n’existe pas dans ce territoire.")
    return Start(
        said=f"Cette action part de la fiche solution « {sheet} » d’un atelier : ses contributions "
        "et ses ressources la suivront.",
        idea={
            "title": sheet.title,
            "zones": [sheet.zone] if sheet.zone else [],
            "finding": sheet.problem,
            "carrier": sheet.bearer[:200],
            "first_step": sheet.first_step[:300],
        },
        more={"public": sheet.public, "place": sheet.place},
        fields={"origin": Action.Origin.SOLUTION, "origin_label": str(sheet)[:300]},
        solution=sheet,
    )


def from_measure(name: str) -> Start:
    """Return what a measure of the catalogue fills a new sheet with, or answer 404."""
    found = next((x for x in MEASURES if x.id == name), None)
    if found is None:
        raise Http404("Cette solution n’est pas dans le catalogue.")
    worries = [
        f"{measure_words.QUESTIONS[key]} {x.says}"
        for key, x in found.checks.items()
        if x.risk != "no"
    ]
    return Start(
        said=f"Cette action part de la solution « {curly(found.label)} » du catalogue : ses "
        "effets, ceux qui y gagnent ou y perdent et ses risques sont repris, à relire.",
        idea={"title": curly(found.label)[:200]},
        more={
            "description": curly(found.summary),
            "environment": _lines(x.says for x in found.effects if x.on in ENVIRONMENT),
            "benefits": _lines(
                [*found.benefits, *(x.says for x in found.effects if x.on not in ENVIRONMENT)]
            ),
            "loses": _lines(found.loses),
            "risks": _lines([*found.pitfalls, *worries]),
        },
        fields={
            "origin": Action.Origin.MEASURE, "measure": found.id,
            "origin_label": curly(found.label),
        },
        measure=found,
    )  # fmt: skip


def curly(text: str) -> str:
    """Return a text with the apostrophe of pages."""
    return text.replace("'", "’")


def _lines(found: Iterable[str]) -> str:
    return curly("\n".join(f"– {x}" for x in found))[:2_000]
