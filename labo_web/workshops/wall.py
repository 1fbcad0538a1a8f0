"""What the room says now: counts and tapped words, agreement and disagreement, no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from labo_web.workshops.models import Ballot, Choice, Contribution, Event, Medium, Question

MOST_SHOWN = 60
CONTESTED = 3  # stances, from which a wall says whether people agree


@dataclass(frozen=True)
class Counts:
    """How much the room has said."""

    contributions: int
    waiting: int
    people: int
    ballots: int


@dataclass(frozen=True)
class Tally:
    """What dots a question got, the most first."""

    question: Question
    choices: list[Choice]
    people: int
    dots: int


def counts_of(event: Event) -> Counts:
    """Return how much came, and from how many phones."""
    here = Contribution.objects.filter(event=event, erased_at=None)
    ballots = Ballot.objects.filter(question__event=event)
    return Counts(
        contributions=here.count(),
        waiting=here.filter(state=Contribution.State.RECEIVED).count(),
        people=here.exclude(voter="").order_by().values("voter").distinct().count(),
        ballots=ballots.aggregate(n=Sum("people", default=0))["n"],
    )


def shown_of(event: Event) -> list[Contribution]:
    """Return what a facilitator let through, the newest first, with people by stance.

    Each has `photos` that may be seen.
    """
    found = Contribution.objects.shown().filter(event=event).with_stances()
    rows = list(found.select_related("question").order_by("-pk")[:MOST_SHOWN])
    photos = Medium.objects.filter(contribution__in=rows, published_at__isnull=False)
    by_row: dict[int | None, list[Medium]] = {}
    for medium in photos.exclude(name=""):
        by_row.setdefault(medium.contribution_id, []).append(medium)
    for row in rows:
        row.photos = by_row.get(row.pk, [])
        row.verdict = verdict(row)
    return rows


def verdict(row: Contribution) -> str:
    """Say in two words whether people agree; nothing where too few said."""
    total = row.support + row.oppose + row.doubt
    if total < CONTESTED:
        return ""
    if row.support and row.oppose and min(row.support, row.oppose) * 3 >= total:
        return "on n’est pas d’accord"
    if row.support * 2 > total:
        return "plutôt d’accord"
    if row.oppose * 2 > total:
        return "plutôt pas d’accord"
    return "on hésite"


def tallies(event: Event) -> list[Tally]:
    """Return the dots on each choice of each vote of an event."""
    questions = event.questions.filter(kind=Question.Kind.DOTS).prefetch_related(
        "choices", "ballots"
    )
    return [tally(q) for q in questions]


def tally(question: Question) -> Tally:
    """Count the dots of a question; what is no longer a choice is not counted."""
    choices = list(question.choices.all())
    ballots: Sequence[Ballot] = list(question.ballots.all())
    for choice in choices:
        choice.dots = sum(int(b.content.get(str(choice.pk), 0)) for b in ballots)
    choices.sort(key=lambda c: (-c.dots, c.position))
    return Tally(question, choices, sum(b.people for b in ballots), sum(c.dots for c in choices))
