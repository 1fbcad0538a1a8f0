"""Attaching files to sheets and removing them: bounded, under random names, erased when removed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from labo_web.accounts.models import Person
from labo_web.roadmaps.models import Action, Piece, Roadmap
from labo_web.roadmaps.models.pieces import FOLDER
from labo_web.roadmaps.piece_files import BadPiece, Checked
from labo_web.roadmaps.saving import record
from labo_web.workshops import media

MOST = 20  # of a sheet
MOST_OF_ROADMAP = 100_000_000  # bytes
LEFT = dt.timedelta(days=1)  # after which a file without a row, or a plan not confirmed, goes


def folder() -> Path:
    """Return where the files of pieces are: no address serves it."""
    return Path(settings.MEDIA_ROOT) / FOLDER


def attach(action: Action, title: str, found: Checked, *, by: Person) -> Piece:
    """Keep a file that was checked, and say so in the history of its sheet.

    Raises:
        BadPiece: the sheet or the roadmap has no more room.
    """
    with transaction.atomic():
        # Of two who attach at once, the second one counts the first one's.
        Roadmap.objects.select_for_update().get(pk=action.roadmap_id)
        row = Action.objects.select_for_update().get(pk=action.pk)
        kept = Piece.objects.kept()
        if kept.filter(action=row).count() >= MOST:
            raise BadPiece(f"Cette fiche a déjà {MOST} pièces : retirez-en une d’abord.")
        whole = kept.filter(action__roadmap=row.roadmap_id)
        used = whole.aggregate(n=Sum("size", default=0))["n"]
        if used + len(found.content) > MOST_OF_ROADMAP:
            raise BadPiece(
                f"La feuille de route a {used / 1e6:.0f} Mo de pièces, pour "
                f"{MOST_OF_ROADMAP / 1e6:.0f} Mo au plus : retirez-en d’abord."
            )
        made = Piece.objects.create(
            action=row, title=title, kind=found.kind,
            name=media.written(folder(), found.content, f".{found.kind}"),
            size=len(found.content), signature=by.sign(),
        )  # fmt: skip
        _told(row, None, title, by)
    return made


def remove(piece: Piece, reason: str, *, by: Person) -> None:
    """Erase a file; its row stays with its title, the day and the reason."""
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=piece.action_id)
        path = piece.path
        changed = Piece.objects.filter(pk=piece.pk, removed_on=None).exclude(name="")
        if changed.update(name="", size=0, removed_on=timezone.localdate(), reason=reason):
            _told(row, piece.title, None, by)
            # Once the row says so for good: an interrupted removal leaves an orphan, no dead row.
            transaction.on_commit(lambda: path.unlink(missing_ok=True))


def orphans() -> list[Path]:
    """Return files that no row names: what a refused or interrupted sending left."""
    named = set(Piece.objects.exclude(name="").values_list("name", flat=True))
    return media.unnamed(folder(), named)


def _told(row: Action, before: str | None, after: str | None, by: Person) -> None:
    Action.objects.filter(pk=row.pk).update(version=F("version") + 1)
    row.refresh_from_db(fields=["version"])
    record(row, [("pieces", before, after)], by)
