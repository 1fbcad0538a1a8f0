"""Writing a reportage so that nobody's text is lost: each saving is a version, kept for good.

Two people may write different passages at once; of the same one, the second is told, and keeps
what they typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from labo_web.accounts.models import Person, Territory
from labo_web.stories.models import (
    Block,
    Consent,
    Decision,
    Passage,
    Placement,
    Story,
    Version,
)

MOST_BLOCKS = 80
HEAD = ("title", "standfirst", "told_by")


class Overtaken(Exception):
    """Somebody else saved the same thing in the meantime; nothing was written.

    `version` is theirs; `passage` what now stands in the block, nothing where it was removed.
    """

    def __init__(self, version: Version, passage: Passage | None = None) -> None:
        super().__init__("saved by another")
        self.version = version
        self.passage = passage


class TakenBack(Exception):
    """A consent of this block was withdrawn: nothing is written there any more."""


class TooMany(Exception):
    """A reportage is as long as it may be."""


def newest(story: Story) -> Version:
    """Return the newest version of a story."""
    return story.versions.get(number=story.version)


def order_of(version: Version) -> list[Passage]:
    """Return the passages of a version, with their block."""
    rows = Placement.objects.filter(version=version).order_by("position")
    return [p.passage for p in rows.select_related("passage__block")]


def create(
    territory: Territory, head: Mapping[str, str], *, by: Person | None, **fields: Any
) -> Story:
    """Begin a reportage with its title; its number is the next one of the territory."""
    with transaction.atomic():
        Territory.objects.select_for_update().get(pk=territory.pk)
        last = Story.objects.filter(territory=territory).aggregate(last=Max("number"))["last"]
        story = Story.objects.create(territory=territory, number=(last or 0) + 1, **fields)
        Version.objects.create(story=story, number=1, did="Commencé.", **_signed(by), **_head(head))
    return story


def _head(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, "") for name in HEAD}


def _signed(by: Person | None) -> dict[str, Any]:
    return {
        "signature": by.sign() if by else None,
        "organisation": by.organisation if by else None,
    }


def _next(
    story: Story, last: Version, passages: Sequence[Passage], did: str, by: Person | None,
    head: Mapping[str, str] | None = None,
) -> Version:  # fmt: skip
    """Write the next version of a story, which is locked; whatever waited to be read is a draft."""
    given = head or {name: getattr(last, name) for name in HEAD}
    made = Version.objects.create(
        story=story, number=last.number + 1, did=did[:200], **_signed(by), **_head(given)
    )
    Placement.objects.bulk_create(
        Placement(version=made, passage=p, position=place) for place, p in enumerate(passages, 1)
    )
    if story.state == Story.State.REVIEW:
        Decision.objects.create(
            story=story, act=Decision.Act.SENT_BACK, version=last.number,
            reason="Repris pendant la relecture.", **_signed(by),
        )  # fmt: skip
    story.version, story.state = made.number, Story.State.DRAFT
    story.save(update_fields=["version", "state"])
    return made


def _locked(story: Story) -> tuple[Story, Version, list[Passage]]:
    row = Story.objects.select_for_update().get(pk=story.pk)
    last = newest(row)
    return row, last, order_of(last)


def write_head(
    story: Story, head: Mapping[str, str], fields: Mapping[str, Any], *, by: Person, base: int
) -> Story:
    """Keep the title and what goes with it, from the version that its author saw.

    Raises:
        Overtaken: somebody saved another head since.
    """
    with transaction.atomic():
        row, last, passages = _locked(story)
        seen = row.versions.filter(number=base).first() or last
        if any(getattr(seen, name) != getattr(last, name) for name in HEAD):
            raise Overtaken(last)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=[*fields])
        if any(getattr(last, name) != head.get(name, "") for name in HEAD):
            _next(row, last, passages, "Titre et présentation écrits.", by, head)
    return row


def add(story: Story, kind: str, *, by: Person | None, after: Block | None = None) -> Passage:
    """Add an empty block after another one, or at the end.

    Raises:
        TooMany: there is no more room.
    """
    with transaction.atomic():
        row, last, passages = _locked(story)
        if len(passages) >= MOST_BLOCKS:
            raise TooMany(f"Un récit a {MOST_BLOCKS} passages au plus : faites-en un second.")
        block = Block.objects.create(story=row, kind=kind)
        made = Passage.objects.create(block=block, zone=row.zone if kind == "map" else "")
        place = next(
            (n for n, p in enumerate(passages, 1) if after and p.block_id == after.pk),
            len(passages),
        )
        passages.insert(place, made)
        _next(row, last, passages, f"Passage ajouté : {block.get_kind_display()}.", by)
    return made


def write(
    block: Block, fields: Mapping[str, Any], consents: Iterable[Consent], *,
    by: Person | None, seen: int,
) -> Passage:  # fmt: skip
    """Keep what was typed in a block, as a new passage; `seen` is the one that its author saw.

    A consent that is bound to a block stays bound: what was shown with it must go with it.

    Raises:
        Overtaken: somebody wrote the block since, or removed it.
        TakenBack: one of its consents was withdrawn.
    """
    given = [c.pk for c in consents]
    with transaction.atomic():
        row, last, passages = _locked(block.story)
        # A withdrawal locks the consent first: it empties what is written here, or stops it.
        bound = Consent.objects.select_for_update().filter(
            Q(pk__in=given) | Q(pk__in=block.consents.values("pk"))
        )
        if any(c.withdrawn_at is not None for c in bound):
            raise TakenBack
        now = next((p for p in passages if p.block_id == block.pk), None)
        if now is None:
            # Written again after being told: it comes back, at the end.
            if seen:
                raise Overtaken(last)
        elif now.pk != seen:
            raise Overtaken(last, now)
        block.consents.add(*given)
        made = Passage.objects.create(block=block, **fields)
        if now is None:
            passages.append(made)
        else:
            passages[passages.index(now)] = made
        _next(row, last, passages, f"Passage écrit : {block.get_kind_display()}.", by)
    return made


def move(block: Block, steps: int, *, by: Person) -> None:
    """Move a block up (−1) or down (+1)."""
    with transaction.atomic():
        row, last, passages = _locked(block.story)
        at = next((n for n, p in enumerate(passages) if p.block_id == block.pk), None)
        if at is None or not 0 <= at + steps < len(passages):
            return
        passages.insert(at + steps, passages.pop(at))
        _next(row, last, passages, f"Passage déplacé : {block.get_kind_display()}.", by)


def remove(block: Block, *, by: Person, seen: int) -> None:
    """Take a block out of the next version; the versions before keep it.

    Raises:
        Overtaken: somebody wrote the block since.
    """
    with transaction.atomic():
        row, last, passages = _locked(block.story)
        now = next((p for p in passages if p.block_id == block.pk), None)
        if now is None:
            return
        if now.pk != seen:
            raise Overtaken(last, now)
        passages.remove(now)
        _next(row, last, passages, f"Passage retiré : {block.get_kind_display()}.", by)


def restore(story: Story, number: int, *, by: Person) -> None:
    """Write again an older version as the newest one; what was taken back stays empty."""
    with transaction.atomic():
        row, last, _ = _locked(story)
        old = row.versions.get(number=number)
        head = {name: getattr(old, name) for name in HEAD}
        _next(row, last, order_of(old), f"Version {number} reprise.", by, head)
