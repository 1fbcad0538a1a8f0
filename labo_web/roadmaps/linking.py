"""Tying an action to what it rests on, and untying it: each link a sentence and a date."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labo_web.accounts.models import Person
from labo_web.releases.models import Release
from labo_web.resources.models import Resource
from labo_web.roadmaps.models import Action, Link, Priority
from labo_web.roadmaps.saving import record
from labo_web.workshops.models import Contribution, SolutionSheet, StatusChange

Target = Priority | Contribution | Resource | SolutionSheet | tuple[Release, str, str]


def add(action: Action, kind: str, target: Target, sentence: str, *, by: Person) -> Link:
    """Tie an action to a figure (release, zone, indicator) or to one of the rows; once each."""
    fields: dict[str, object] = {}
    if isinstance(target, tuple):
        release, zone, indicator = target
        fields = {"release": release, "zone": zone, "indicator": indicator}
    else:
        fields = {kind: target}
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=action.pk)
        kept = Link.objects.filter(action=row, kind=kind, removed_on=None, **fields).first()
        if kept is not None:
            return kept
        made = Link.objects.create(
            action=row, kind=kind, sentence=sentence, signature=by.sign(), **fields
        )
        _told(row, None, sentence, by)
        if isinstance(target, Contribution):
            _became(target, row, by)
    return made


def remove(link: Link, *, by: Person) -> None:
    """Untie; the row stays, with the day it was removed on."""
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=link.action_id)
        changed = Link.objects.filter(pk=link.pk, removed_on=None)
        if changed.update(removed_on=timezone.localdate()):
            _told(row, link.sentence, None, by)
            if link.contribution is not None:
                _no_longer(link.contribution, row, by)


def _told(row: Action, before: str | None, after: str | None, by: Person) -> None:
    Action.objects.filter(pk=row.pk).update(version=F("version") + 1)
    row.refresh_from_db(fields=["version"])
    record(row, [("links", before, after)], by)


def _no_longer(word: Contribution, row: Action, by: Person) -> None:
    """Tell whoever said it that it is no longer tied: its page would promise otherwise."""
    last = word.statuses.order_by("-pk").first()
    if last is None or (last.status, last.action) != (StatusChange.Status.ACTION, row.number_shown):
        return
    StatusChange.objects.create(
        contribution=word, status=StatusChange.Status.DISCUSSED, person=by,
        reason=f"l’équipe ne la relie plus à l’action {row.number_shown}",
    )  # fmt: skip


def _became(word: Contribution, row: Action, by: Person) -> None:
    """Tell whoever said it that it became an action."""
    number = row.number_shown
    last = word.statuses.order_by("-pk").first()
    if last is None or (last.status, last.action) != (StatusChange.Status.ACTION, number):
        StatusChange.objects.create(
            contribution=word, status=StatusChange.Status.ACTION, action=number, person=by
        )
