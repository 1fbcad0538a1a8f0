"""Saving a sheet so that nobody's text is lost: what changed is a row, and conflicts are seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError

from labo_web.accounts.models import Person
from labo_web.roadmaps.access import next_number
from labo_web.roadmaps.models import (
    Action,
    Change,
    FundingLine,
    Grading,
    Partner,
    Roadmap,
    Step,
    Tracked,
)

# Tables of a sheet: their name in the history, and what of each row is told there.
TABLES: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "steps": (Step, ("label", "starts_on", "due_on", "after_id", "organisation_id", "done_on")),
    "partners": (Partner, ("organisation_id", "raci", "commitment")),
    "funding": (
        FundingLine,
        ("funder", "payer", "fund", "line", "reference", "nature", "credit", "amount", "status"),
    ),
    "tracked": (
        Tracked,
        (
            *("kind", "label", "unit", "baseline", "baseline_on", "target_2027", "target_2030"),
            *("source", "every_months", "indicator", "zone"),
        ),
    ),
    "gradings": (Grading, ("goal", "grade", "why")),
}


@dataclass(frozen=True)
class Typed:
    """A row of a table as it was typed: its own, an old one where `pk` is, or one to remove."""

    pk: int | None
    values: Mapping[str, Any]
    removed: bool = False


class Overtaken(Exception):
    """Somebody else saved the same fields in the meantime; nothing was written.

    `changes` are theirs.
    """

    def __init__(self, changes: list[Change]) -> None:
        super().__init__("saved by another")
        self.changes = changes


def flat(value: Any) -> Any:
    """Return a value as JSON keeps it, exactly.

    Lines end as the sheet keeps them: browsers end those of a form otherwise, which is no change.
    """
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    return value


def rows_of(action: Action, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table as the history keeps them."""
    model, fields = TABLES[table]
    rows = model._default_manager.filter(action=action)
    return [{"pk": row.pk} | {f: flat(getattr(row, f)) for f in fields} for row in rows]


def create(
    roadmap: Roadmap, fields: Mapping[str, Any], *, by: Person | None, **origin: Any
) -> Action:
    """Write a new sheet with the next number.

    `origin` are the fields that say where it comes from.
    """
    with transaction.atomic():
        Roadmap.objects.select_for_update().get(pk=roadmap.pk)
        signature = by.sign() if by else None
        made = Action(
            roadmap=roadmap, number=next_number(roadmap), created_by=signature, **origin, **fields
        )
        made.full_clean(exclude=["roadmap", "created_by"])
        made.save()
        changes = [
            Change(
                action=made, version=1, field=name, before=None, after=flat(value),
                signature=signature, organisation=by.organisation if by else None,
            )
            for name, value in fields.items()
        ]  # fmt: skip
        Change.objects.bulk_create(changes)
    return made


def save(
    action: Action,
    fields: Mapping[str, Any],
    tables: Mapping[str, Sequence[Typed]],
    *,
    by: Person,
    base: int,
) -> Action:
    """Keep what was typed in a part of a sheet, from the version `base` that its author saw.

    Two people may write different parts at once; of the same part, the second one is told.

    Raises:
        Overtaken: the same fields were saved since that version.
        ValidationError: a row that something rests on was to be removed.
    """
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=action.pk)
        names = [*fields, *tables]
        since = Change.objects.filter(action=row, version__gt=base, field__in=names)
        if found := list(since.select_related("signature", "organisation")):
            raise Overtaken(found)
        version, changes = row.version + 1, []
        for name, value in fields.items():
            old = getattr(row, name)
            if flat(old) != flat(value):
                changes.append((name, flat(old), flat(value)))
                setattr(row, name, flat(value) if isinstance(value, str) else value)
        for table, typed in tables.items():
            before = rows_of(row, table)
            _write(row, table, typed)
            after = rows_of(row, table)
            if before != after:
                changes.append((table, before, after))
        if changes:
            row.version = version
            row.save()
            record(row, changes, by)
    return row


def record(row: Action, changes: Iterable[tuple[str, Any, Any]], by: Person) -> None:
    """Write what changed in the version that a sheet has now."""
    signature = by.sign()
    Change.objects.bulk_create(
        Change(
            action=row, version=row.version, field=name, before=old, after=new,
            signature=signature, organisation=by.organisation,
        )
        for name, old, new in changes
    )  # fmt: skip


def _write(action: Action, table: str, typed: Sequence[Typed]) -> None:
    """Write the rows of a table; one that another removed meanwhile is written again."""
    model, _ = TABLES[table]
    own = {row.pk: row for row in model._default_manager.filter(action=action)}
    written: list[tuple[models.Model, Mapping[str, Any]]] = []
    for place, item in enumerate(typed, 1):
        row = own.get(item.pk) if item.pk is not None else None
        if item.removed:
            if row is not None:
                _remove(row)
            continue
        row = row or model(action=action)
        for name, value in item.values.items():
            if name != "after":
                setattr(row, name, value)
        if table == "steps":
            cast(Step, row).position = place
        row.save()
        written.append((row, item.values))
    if table == "steps":
        _order(written, typed)


def _remove(row: models.Model) -> None:
    try:
        row.delete()
    except ProtectedError as error:
        raise ValidationError(
            f"« {row} » a déjà des relevés : il reste, pour que l’on puisse les lire. "
            "Changez son libellé, ou laissez-le."
        ) from error


def _order(
    written: Sequence[tuple[models.Model, Mapping[str, Any]]], typed: Sequence[Typed]
) -> None:
    """Tie each step to the one it waits for; `after` is the place of a row as it was typed."""
    kept = [place for place, item in enumerate(typed, 1) if not item.removed]
    by_place = dict(zip(kept, (row for row, _ in written), strict=True))
    for row, values in written:
        step = cast(Step, row)
        first = by_place.get(values.get("after") or 0)
        wanted = first.pk if first is not None else None
        if step.after_id != wanted:
            step.after_id = wanted
            step.save(update_fields=["after"])
