"""Between looking at a file and importing it: it waits here, so that nobody chooses it again."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from labo_web.accounts.models import Person
from labo_web.roadmaps.models import ImportDraft, Roadmap
from labo_web.roadmaps.pieces import LEFT

GONE = "Ce fichier n’attend plus : il a été importé, ou c’était il y a plus d’un jour. Renvoyez-le."


def keep(
    roadmap: Roadmap, person: Person, what: str, content: bytes, name: str, **chosen: Any
) -> ImportDraft:
    """Keep a file that is right until it is confirmed; the one before of that person goes."""
    ImportDraft.objects.filter(roadmap=roadmap, person=person, what=what).delete()
    return ImportDraft.objects.create(
        roadmap=roadmap, person=person, what=what, content=content, name=name[:200], chosen=chosen
    )


def taken(roadmap: Roadmap, person: Person, what: str, asked: str) -> ImportDraft | None:
    """Return the file that its sender confirms, locked; nothing where it waits no more.

    Call it in a transaction and delete it there: of two clicks, one imports.
    """
    if not asked.isdecimal():
        return None
    return (
        ImportDraft.objects.select_for_update()
        .filter(
            pk=int(asked[:12]), roadmap=roadmap, person=person, what=what,
            made_at__gte=timezone.now() - LEFT,
        )
        .first()
    )  # fmt: skip
