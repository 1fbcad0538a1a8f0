"""What each level of maturity asks of a sheet, and how a sheet goes from one to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from labo_web.accounts.models import Person
from labo_web.roadmaps import naming
from labo_web.roadmaps.models import Action, Decision, Level
from labo_web.roadmaps.saving import flat, record

# In order; « abandonnée » may come from anywhere and goes back to an idea only.
ORDER = (Level.IDEA, Level.STUDY, Level.READY, Level.ENGAGED, Level.UNDER_WAY, Level.DONE)


@dataclass(frozen=True)
class Wanted:
    """Something that a level asks, where it is written, and whether a sheet has it."""

    label: str
    section: str
    there: Callable[[Action], bool]


def _has(field: str) -> Callable[[Action], bool]:
    return lambda action: bool(getattr(action, field))


WANTED: dict[Level, tuple[Wanted, ...]] = {
    Level.STUDY: (
        Wanted("l’objectif", "besoin", _has("objective")),
        Wanted("le public visé", "besoin", _has("public")),
    ),
    Level.READY: (
        Wanted("le descriptif", "besoin", _has("description")),
        Wanted("l’effet pour l’environnement", "effets", _has("environment")),
        Wanted("à qui elle profite", "effets", _has("benefits")),
        Wanted("qui pourrait y perdre", "effets", _has("loses")),
        Wanted("le pilote", "partenaires", lambda a: a.pilot_id is not None),
        Wanted("une étape datée", "etapes", lambda a: any(s.due_on for s in a.steps.all())),
        Wanted("le coût", "argent", lambda a: a.cost is not None),
    ),
    Level.ENGAGED: (
        Wanted("une ligne de financement", "argent", lambda a: bool(a.funding.all())),
        Wanted(
            "un indicateur de résultat",
            "indicateurs",
            lambda a: any(t.kind == "result" for t in a.tracked.all()),
        ),
    ),
}


def missing(action: Action, level: str) -> list[Wanted]:
    """Return what a sheet lacks to be at a level, those before it included."""
    if level not in ORDER:
        return []
    upto = ORDER[: ORDER.index(Level(level)) + 1]
    return [w for step in upto for w in WANTED.get(step, ()) if not w.there(action)]


def following(action: Action) -> Level | None:
    """Return the level after the present one; none when there is none."""
    if action.level not in ORDER[:-1]:
        return None
    return ORDER[ORDER.index(Level(action.level)) + 1]


def choices(action: Action) -> list[tuple[str, str]]:
    """Return the levels that a sheet may be decided to be at."""
    if action.level == Level.ABANDONED:
        return [(Level.IDEA.value, "reprise comme idée")]
    return [(x.value, str(x.label)) for x in Level if x != action.level]


def decide(
    action: Action, level: str, *, body: str, decided_on: dt.date, reason: str, by: Person
) -> Decision:
    """Record that a sheet is at another level, since a decision.

    Raises:
        ValidationError: the day has not come or precedes the last decision; the sheet lacks what
            the level asks; or a refusal names somebody.
    """
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=action.pk)
        _check_day(row, decided_on)
        if lacks := missing(row, level):
            raise ValidationError(
                f"Il manque à la fiche {naming.listed([w.label for w in lacks])} : complétez-la, "
                "ou choisissez une maturité moins avancée."
            )
        if level == row.level:
            raise ValidationError(f"Cette action est déjà « {row.level_label} ».")
        _check_reason(row, reason)
        made = Decision(
            action=row, subject=Decision.Subject.LEVEL, body=body, decided_on=decided_on,
            reason=reason, before=row.level, after=level, signature=by.sign(),
            organisation=by.organisation,
        )  # fmt: skip
        made.full_clean(exclude=["action", "signature", "organisation"])
        made.save()
        _move(row, "level", level, by)
    return made


def publish(
    action: Action, opened: bool, *, body: str, decided_on: dt.date, reason: str, by: Person
) -> Decision:
    """Record that residents may read a sheet, or no longer.

    Raises:
        ValidationError: one half of the sheet is empty, or the reason names somebody.
    """
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=action.pk)
        _check_day(row, decided_on)
        empty = [half for half, filled in row.halves.items() if not filled]
        # Of a refused idea only the idea and the reason are shown.
        if opened and empty and row.level != Level.ABANDONED:
            raise ValidationError(
                f"La moitié « {' » et la moitié « '.join(empty)} » de la fiche est vide : dites ce "
                "qu’elle fait à l’environnement, à qui elle profite et qui pourrait y perdre."
            )
        _check_reason(row, reason)
        if opened and row.level == Level.ABANDONED and (named := naming.named_in(row.title, row)):
            raise ValidationError(
                f"Le titre nomme « {named} » : d’une idée refusée on publie l’idée, jamais qui "
                "l’a portée. Changez d’abord le titre."
            )
        made = Decision(
            action=row, subject=Decision.Subject.PUBLICATION, body=body, decided_on=decided_on,
            reason=reason, before="yes" if row.published_on else "", after="yes" if opened else "",
            signature=by.sign(), organisation=by.organisation,
        )  # fmt: skip
        made.full_clean(exclude=["action", "signature", "organisation", "before", "after"])
        made.save()
        _move(row, "published_on", decided_on if opened else None, by)
    return made


def _move(row: Action, field: str, value: object, by: Person) -> None:
    old = getattr(row, field)
    setattr(row, field, value)
    row.version += 1
    row.save(update_fields=[field, "version"])
    record(row, [(field, flat(old), flat(value))], by)


def _check_day(row: Action, decided_on: dt.date) -> None:
    if decided_on > dt.date.today():  # noqa: DTZ011 (a decision is dated where it is taken)
        raise ValidationError("Une décision ne se date pas dans le futur.")
    last = row.decisions.order_by("-decided_on").first()
    if last is not None and decided_on < last.decided_on:
        raise ValidationError(
            f"Donnez une date qui suit la décision du {last.decided_on:%d/%m/%Y}."
        )


def _check_reason(row: Action, reason: str) -> None:
    if named := naming.named_in(reason, row):
        raise ValidationError(
            f"La raison sera lue par tout le monde : elle parle de l’idée, pas de « {named} ». "
            "Récrivez-la sans nommer ni personne ni organisme."
        )
