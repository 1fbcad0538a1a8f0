"""An existing plan as a file: its columns, its rows as sheets, what is wrong cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from labo_web.accounts.models import Organisation, Person
from labo_web.roadmaps.imports.cells import Row, Wrong, rows_of
from labo_web.roadmaps.models import Action, FundingLine, Roadmap, Step
from labo_web.roadmaps.naming import folded
from labo_web.roadmaps.saving import create

MOST_LINES = 10
NEEDED = ("titre", "constat", "porteur", "première étape")
COLUMNS: dict[str, tuple[str, ...]] = {
    "titre": ("action", "intitulé", "nom de l’action"),
    "quartiers": ("quartier", "qpv", "où"),
    "constat": ("besoin", "enjeu"),
    "porteur": ("qui la porte", "portage"),
    "première étape": ("premiere etape", "premier pas"),
    "échéance": ("date", "échéance de la première étape"),
    "lieu": ("lieu précis",),
    "axe": ("objectif du contrat",),
    "objectif": (),
    "public": ("public visé",),
    "descriptif": ("description",),
    "environnement": ("effet pour l’environnement",),
    "profite": ("à qui elle profite", "bénéficiaires"),
    "perd": ("qui pourrait y perdre",),
    "pilote": ("organisme pilote",),
    "coût HT": ("cout_ht", "investissement HT"),
    "coût TTC": ("cout_ttc", "investissement TTC"),
    "fonctionnement": (),
    "entretien": ("entretien sur 10 ans",),
    "qui paie l’entretien": (),
    **{f"financeur {n}": () for n in range(1, MOST_LINES + 1)},
    **{f"montant {n}": () for n in range(1, MOST_LINES + 1)},
    **{f"crédits {n}": () for n in range(1, MOST_LINES + 1)},
    **{f"état {n}": ("statut " + str(n),) for n in range(1, MOST_LINES + 1)},
}
TEXTS = {
    "lieu": ("place", 300), "axe": ("axis", 200), "objectif": ("objective", 2_000),
    "public": ("public", 300), "descriptif": ("description", 6_000),
    "environnement": ("environment", 2_000), "profite": ("benefits", 2_000),
    "perd": ("loses", 2_000), "qui paie l’entretien": ("upkeep_by", 200),
}  # fmt: skip
AMOUNTS = {
    "coût HT": "investment_ht", "coût TTC": "investment_ttc", "fonctionnement": "operating",
    "entretien": "upkeep",
}  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """A row that would become a sheet: fields, lines of money, day of the first step."""

    fields: dict[str, Any]
    lines: list[dict[str, Any]]
    due_on: Any


def read(content: bytes, name: str, names: Mapping[str, str]) -> tuple[list[Planned], list[Wrong]]:
    """Return the sheets of a file, and all that is wrong in it.

    Raises:
        ValidationError: it cannot be read at all.
    """
    rows, wrong = rows_of(content, name, COLUMNS, NEEDED)
    bodies = {folded(o.name): o for o in Organisation.objects.all()}
    return [_planned(row, names, bodies) for row in rows], wrong


def _planned(row: Row, names: Mapping[str, str], bodies: Mapping[str, Organisation]) -> Planned:
    fields: dict[str, Any] = {
        "title": row.text("titre", 200, needed=True),
        "zones": row.zones("quartiers", names),
        "finding": row.text("constat", 3_000, needed=True),
        "carrier": row.text("porteur", 200, needed=True),
        "first_step": row.text("première étape", 300, needed=True),
    }
    for column, (field, most) in TEXTS.items():
        if text := row.text(column, most):
            fields[field] = text
    for column, field in AMOUNTS.items():
        if (value := row.amount(column)) is not None:
            fields[field] = value
    if pilot := row.text("pilote", 200):
        if (body := bodies.get(folded(pilot))) is None:
            row.refuse(
                "pilote",
                f"« {pilot} » n’est pas un organisme connu : ajoutez-le à la page des organismes, "
                "ou laissez vide.",
            )
        else:
            fields["pilot"] = body
    return Planned(fields, list(_lines(row)), row.day("échéance"))


def _lines(row: Row) -> Any:
    kinds = {folded(label): key for key, label in FundingLine.Credit.choices}
    states = {folded(label): key for key, label in FundingLine.Status.choices}
    for n in range(1, MOST_LINES + 1):
        funder, amount = row.text(f"financeur {n}", 200), row.amount(f"montant {n}")
        if not funder:
            if amount is not None:
                row.refuse(f"montant {n}", f"Ce montant n’a pas de financeur : « financeur {n} ».")
            continue
        said, state = row.text(f"crédits {n}", 60), row.text(f"état {n}", 60)
        if said and folded(said) not in kinds:
            row.refuse(f"crédits {n}", "Écrivez « droit commun » ou « crédits spécifiques ».")
        if state and folded(state) not in states:
            known = ", ".join(str(label) for _, label in FundingLine.Status.choices)
            row.refuse(f"état {n}", f"Écrivez l’un de : {known}.")
        yield {
            "funder": funder,
            "payer": FundingLine.Payer.UNSAID,
            "nature": FundingLine.Nature.INVESTMENT
            if row.cells.get("coût HT") and row.cells["coût HT"].text
            else FundingLine.Nature.OPERATING,
            "credit": kinds.get(folded(said), FundingLine.Credit.ORDINARY),
            "amount": amount,
            "status": states.get(folded(state), FundingLine.Status.PLANNED),
        }


@transaction.atomic
def write(roadmap: Roadmap, planned: list[Planned], *, by: Person) -> list[Action]:
    """Write all the sheets, as ideas: their maturity will come from decisions."""
    made = []
    for item in planned:
        action = create(roadmap, item.fields, by=by, origin=Action.Origin.PLAN)
        FundingLine.objects.bulk_create(FundingLine(action=action, **x) for x in item.lines)
        if item.due_on is not None:
            Step.objects.create(
                action=action, position=1, label=action.first_step, due_on=item.due_on
            )
        made.append(action)
    return made
