"""What is done with contributions: grouped, answered, given a status, reviewed, taken back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from labo_web import withdrawals
from labo_web.accounts.models import Person, Territory
from labo_web.workshops import media
from labo_web.workshops.keeping import TRIES
from labo_web.workshops.models import (
    Contribution,
    Grouping,
    Medium,
    RefusalReview,
    StatusChange,
    Subject,
    SubjectAnswer,
)
from labo_web.workshops.moderation import moderate

WORD = re.compile(r"[^\W\d_]{4,}")
STEM = 5  # letters that two words share to be taken for one
MOST_COMPARED = 500


def keep_here(
    territory: Territory,
    zone: str,
    page_id: uuid.UUID,
    text: str,
    dictated_to: str,
    photo: bytes | None = None,
) -> Contribution:
    """Keep what was said of a neighbourhood outside any gathering; the same page once only.

    Raises:
        BadMedium: the photo is not one that is taken; nothing is kept.
    """
    found = media.made_again(Medium.Kind.PHOTO, photo) if photo else None
    kind = Contribution.Kind.DICTATED if dictated_to else Contribution.Kind.TEXT
    # The number of the page and the words: going back to write something else is something else.
    client_id = uuid.uuid5(page_id, text)
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                made, fresh = Contribution.objects.get_or_create(
                    client_id=client_id,
                    defaults={
                        "territory": territory, "zone": zone, "kind": kind, "text": text,
                        "dictated_to": dictated_to,
                    },
                )  # fmt: skip
                if fresh and found is not None:
                    medium, content = found
                    media.write(medium, content)
                    medium.contribution = made
                    medium.save()
                return made
        except IntegrityError:  # its number was drawn already: another is
            continue
    raise RuntimeError(f"no free number was drawn in {TRIES} tries")


@transaction.atomic
def group(subject: Subject, contributions: Iterable[Contribution], by: Person | None) -> int:
    """Put contributions under a subject; one that is under another is moved. Return how many."""
    count = 0
    for row in contributions:
        Grouping.objects.update_or_create(
            contribution=row, defaults={"subject": subject, "person": by}
        )
        count += 1
    return count


@transaction.atomic
def answer(subject: Subject, text: str, by: Person) -> SubjectAnswer:
    """Keep the answer of the subject's service, signed; what people said is then discussed."""
    made = SubjectAnswer.objects.create(
        subject=subject, text=text, organisation=subject.service, signature=by.sign()
    )
    fresh = subject.contributions.filter(statuses__isnull=True)
    change(fresh, StatusChange.Status.DISCUSSED, by=by)
    return made


@transaction.atomic
def change(
    contributions: Iterable[Contribution],
    status: str,
    *,
    reason: str = "",
    action: str = "",
    by: Person | None = None,
) -> None:
    """Give contributions a status: a row each, with its reason or the number of the action.

    Roadmaps call it when a contribution becomes an action.
    """
    for row in contributions:
        StatusChange.objects.create(
            contribution=row, status=status, reason=reason, action=action, person=by
        )


def ask_review(contribution: Contribution, words: str) -> RefusalReview | None:
    """Ask that a contribution that was set aside be looked at again; once at a time."""
    if contribution.state != Contribution.State.WITHHELD or contribution.erased_at:
        return None
    if waiting := contribution.reviews.filter(outcome="").first():
        return waiting
    return RefusalReview.objects.create(contribution=contribution, words=words)


@transaction.atomic
def settle(review: RefusalReview, outcome: str, because: str, by: Person) -> None:
    """Keep what the resource centre decided; shown, it is shown at once."""
    review.settle(outcome, because, by)
    if outcome == RefusalReview.Outcome.SHOWN:
        moderate(review.contribution, Contribution.State.SHOWN, "", by)


@transaction.atomic
def forget(contribution: Contribution) -> None:
    """Empty a contribution and what was written about it by its author; its number stays."""
    withdrawals.record("workshops.contribution", contribution.token_hash)
    contribution.erase()
    contribution.reviews.update(words="")


def stems(text: str) -> set[str]:
    """Return the beginnings of the longer words of a text."""
    return {word[:STEM] for word in WORD.findall(text.casefold())}


def alike(text: str, rows: Sequence[Contribution]) -> list[tuple[float, Contribution]]:
    """Return contributions by how many words they share with a text, 0 to 1, the most first.

    It only orders the list that somebody reads: nothing is grouped by itself.
    """
    wanted = stems(text)
    found = []
    for row in rows[:MOST_COMPARED]:
        own = stems(row.text)
        both = wanted | own
        found.append((len(wanted & own) / len(both) if both else 0.0, row))
    return sorted(found, key=lambda pair: (-pair[0], pair[1].pk))
