"""What changed, told: for the page of a sheet, the one of a conflict and the public change log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from labo_web.accounts.models import Organisation
from labo_web.roadmaps.models import (
    Action,
    Change,
    FundingLine,
    Grading,
    Level,
    Partner,
    Step,
    Tracked,
)

TABLES = {
    "steps": "étapes",
    "partners": "partenaires",
    "funding": "plan de financement",
    "tracked": "indicateurs",
    "gradings": "objectifs de développement durable",
    "links": "ce sur quoi elle repose",
    "pieces": "pièces jointes",
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "raci": dict(Partner.Raci.choices),
    "payer": dict(FundingLine.Payer.choices),
    "nature": dict(FundingLine.Nature.choices),
    "credit": dict(FundingLine.Credit.choices),
    "status": dict(FundingLine.Status.choices),
    "kind": dict(Tracked.Kind.choices),
    "level": dict(Level.choices),
    "basis": dict(Action.Basis.choices),
}
MODELS: Mapping[str, type[models.Model]] = {
    "steps": Step, "partners": Partner, "funding": FundingLine, "tracked": Tracked,
    "gradings": Grading,
}  # fmt: skip
NOTHING = "rien"


@dataclass(frozen=True)
class Told:
    """A change in words."""

    change: Change
    label: str
    before: list[str]
    after: list[str]

    @property
    def who(self) -> str:
        """Who made it, as far as it may still be said."""
        who = str(self.change.signature or "")
        body = str(self.change.organisation or "")
        if who and body:
            return f"{who} ({body})"
        return who or body or "une personne qui n’a plus de compte"


def label_of(field: str) -> str:
    """Return the name of a field or of a table."""
    if field in TABLES:
        return TABLES[field]
    return verbose(Action, field)


def verbose(model: type[models.Model], field: str) -> str:
    """Return what a field is called on pages."""
    found = model._meta.get_field(field)
    return str(found.verbose_name) if isinstance(found, models.Field) else field


def told(
    changes: Iterable[Change], names: Mapping[str, str], bodies: Mapping[int, str] | None = None
) -> list[Told]:
    """Return changes in words; `names` are those of neighbourhoods."""
    found = list(changes)
    if bodies is None:
        bodies = dict(Organisation.objects.values_list("pk", "name")) if found else {}
    return [
        Told(
            c,
            label_of(c.field),
            lines(c.field, c.before, names, bodies),
            lines(c.field, c.after, names, bodies),
        )
        for c in found
    ]


def lines(field: str, value: Any, names: Mapping[str, str], bodies: Mapping[int, str]) -> list[str]:
    """Return a value that history kept, as lines."""
    if field in MODELS and isinstance(value, list):
        return [_row(field, row, names, bodies) for row in value] or [NOTHING]
    if field in ("links", "pieces"):
        return [str(value)] if value else [NOTHING]
    return [_one(field, value, names, bodies)]


def _row(
    table: str, row: Mapping[str, Any], names: Mapping[str, str], bodies: Mapping[int, str]
) -> str:
    parts = []
    for key, value in row.items():
        if key in ("pk", "after_id") or value in (None, ""):
            continue
        name = key.removesuffix("_id")
        parts.append(f"{verbose(MODELS[table], name)} : {_one(name, value, names, bodies)}")
    return " ; ".join(parts)


def _one(field: str, value: Any, names: Mapping[str, str], bodies: Mapping[int, str]) -> str:
    if field == "zones":
        return ", ".join(names.get(code, code) for code in value or []) or "toute l’agglomération"
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "oui" if value else "non"
    if field in ("pilot", "organisation"):
        return bodies.get(int(value), "organisme")
    if field == "zone":
        return names.get(str(value), str(value))
    if field in CHOICES:
        return str(CHOICES[field].get(str(value), value))
    text = str(value)
    if field.endswith("_on"):
        try:
            return f"{dt.date.fromisoformat(text):%d/%m/%Y}"
        except ValueError:
            return text
    return text.replace(".", ",") if _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdecimal()
