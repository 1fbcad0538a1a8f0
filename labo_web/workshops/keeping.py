"""Keeps what a phone or a sheet says, exactly once: the same thing sent again changes nothing.

Nothing is acknowledged before its transaction is committed and its files are on the disk.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from labo_web.workshops import media
from labo_web.workshops.models import Ballot, Contribution, Event, Medium, Question, Reaction

# A phone that found its network again has much to send at once; a machine has more.
PER_VOTER, WINDOW = 40, dt.timedelta(minutes=10)
PER_EVENT = 20_000  # a thousand people, twenty words each
MEDIA_PER_EVENT = 600
# After a room is closed: words are still taken from phones that were without network; votes are
# taken for the time that a result may still be waited for in the room.
WORDS_AFTER, VOTES_AFTER = dt.timedelta(days=14), dt.timedelta(hours=2)
TRIES = 5


class Refused(Exception):
    """Not kept, and sending it again will not help; its text is the sentence to show."""


class TooMany(Exception):
    """Not kept now; it may be sent again later."""


@dataclass(frozen=True)
class Said:
    """What somebody said, once its form is valid."""

    client_id: uuid.UUID
    kind: str = Contribution.Kind.TEXT
    text: str = ""
    question: Question | None = None
    dictated_to: str = ""
    place: tuple[int, int] | None = None
    table: str = ""
    minority: bool = False
    on_paper: bool = False
    # (kind, bytes as they came).
    files: Sequence[tuple[str, bytes]] = field(default_factory=tuple)


def check_open(event: Event, after: dt.timedelta) -> None:
    """Refuse what comes to a room that is not open, or was closed too long ago."""
    if event.opened_at is None:
        raise Refused("Cette salle n’est pas encore ouverte.")
    if event.closed_at is not None and timezone.now() > event.closed_at + after:
        raise Refused("Cette salle est fermée : rien n’y est plus enregistré.")


def keep(event: Event, voter: str, said: Said) -> Contribution:
    """Keep a contribution, or return the one that was kept when the same was sent before.

    Raises:
        Refused, BadMedium: it will never be taken. TooMany: it may be sent again later.
    """
    if found := _kept(event, said):
        return found
    if not said.on_paper:
        check_open(event, WORDS_AFTER)
        _check_rates(event, voter, bool(said.files))
    made = [media.made_again(kind, content) for kind, content in said.files]
    for medium, content in made:
        media.write(medium, content)
    try:
        return _write(event, voter, said, [medium for medium, _ in made])
    except IntegrityError:
        # Kept meanwhile by the same thing sent twice at once: these files are nobody's.
        # Any other error may have come after the last word of the transaction, and a row then
        # names them; if none does, the purge takes them away.
        for medium, _ in made:
            medium.path.unlink(missing_ok=True)
        if found := _kept(event, said):
            return found
        raise


def _kept(event: Event, said: Said) -> Contribution | None:
    return Contribution.objects.filter(event=event, client_id=said.client_id).first()


def _check_rates(event: Event, voter: str, heavy: bool) -> None:
    here = Contribution.objects.filter(event=event)
    if here.filter(voter=voter, created_at__gt=timezone.now() - WINDOW).count() >= PER_VOTER:
        raise TooMany("Vous avez beaucoup envoyé : la suite partira dans quelques minutes.")
    if here.count() >= PER_EVENT:
        raise Refused("Cette salle est pleine : parlez à la personne qui anime.")
    if heavy and Medium.objects.filter(contribution__event=event).count() >= MEDIA_PER_EVENT:
        raise Refused("Cette salle ne prend plus de photo ni de voix : écrivez ou dictez.")


def _write(event: Event, voter: str, said: Said, files: Sequence[Medium]) -> Contribution:
    for attempt in range(TRIES):
        row = Contribution(
            territory_id=event.territory_id,
            event=event,
            question=said.question,
            zone=event.zone,
            kind=said.kind,
            text=said.text,
            dictated_to=said.dictated_to,
            client_id=said.client_id,
            easting=said.place[0] if said.place else None,
            northing=said.place[1] if said.place else None,
            voter=voter,
            table=said.table,
            minority=said.minority,
            on_paper=said.on_paper,
        )
        try:
            with transaction.atomic():
                row.save()
                for medium in files:
                    medium.contribution = row
                Medium.objects.bulk_create(files)
        except IntegrityError:
            # One number in ten million was taken; anything else is not mended by another number.
            taken = Contribution.objects.filter(territory=event.territory, number=row.number)
            if attempt + 1 == TRIES or not taken.exists():
                raise
        else:
            return row
    raise AssertionError("the last attempt returns or raises")


def react(event: Event, voter: str, contribution: Contribution, stance: str) -> None:
    """Count one person's stance on what is shown; a later one replaces it."""
    check_open(event, VOTES_AFTER)
    _upsert_reaction(Reaction(contribution=contribution, voter=voter, stance=stance))


def _upsert_reaction(row: Reaction) -> None:
    Reaction.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["contribution", "voter"],
        update_fields=["stance", "people"],
    )


def vote(event: Event, voter: str, question: Question, content: Mapping[str, Any]) -> None:
    """Count one person's dots or weights; a later vote replaces it."""
    check_open(event, VOTES_AFTER)
    upsert_ballot(Ballot(question=question, voter=voter, content=dict(content)))


def upsert_ballot(row: Ballot) -> None:
    """Write a ballot over the one that the same voter had put."""
    Ballot.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["question", "voter"],
        update_fields=["content", "people", "table", "recorded_at"],
    )


def count_hands(contribution: Contribution, stances: Mapping[str, int]) -> None:
    """Write how many people of a table raised their hand for each stance."""
    for stance, people in stances.items():
        if people:
            row = Reaction(
                contribution=contribution, voter=f"papier {stance}", stance=stance, people=people
            )
            _upsert_reaction(row)
