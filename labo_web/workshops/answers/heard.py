"""« Ce qu’on entend »: what everyone may read of contributions and of what became of them.

Only what a facilitator let through has its words here; never a voter, a place, a table or the name
of who wrote it down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import (
    Count,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.utils import timezone

from labo_web.accounts.models import Territory
from labo_web.workshops.answers.onward import Became, became
from labo_web.workshops.models import Contribution, Medium, Reaction, StatusChange, Subject
from labo_web.workshops.models.contributions import ContributionQuerySet

LIGHT = 3  # of each on the neighbourhood's page
SEEN = ("pk", "number", "text", "kind", "created_at", "minority")  # of each word there
MOST = 200  # words outside any subject, on the page of its own


@dataclass(frozen=True)
class Word:
    """A contribution as everyone reads it."""

    number: str
    text: str
    said: str  # how it came
    day: dt.date
    status: str
    because: str
    fictive: bool
    support: int
    oppose: int
    doubt: int
    minority: bool
    anchor: str = ""
    photos: tuple[Medium, ...] = ()
    became: tuple[Became, ...] = ()


@dataclass(frozen=True)
class Topic:
    """A subject with its answer, or the day when one is due, and the words under it."""

    pk: int
    title: str
    service: str
    due_on: dt.date
    late_days: int
    answer: str
    answered_on: dt.date | None
    words: tuple[Word, ...]
    hidden: int  # contributions under it that are not shown
    fictive: bool


@dataclass(frozen=True)
class Heard:
    """What was heard in a neighbourhood, or in a whole territory."""

    topics: tuple[Topic, ...]
    alone: tuple[Word, ...]
    received: int
    shown: int
    withheld: tuple[tuple[str, int], ...]  # reason, how many
    late: int
    answered: int

    @property
    def empty(self) -> bool:
        """Whether nothing was received yet."""
        return not self.received and not self.topics


@dataclass(frozen=True)
class Glance:
    """What the page of a neighbourhood says of it: counts, and the last words let through."""

    words: tuple[Word, ...]
    received: int
    shown: int
    answered: int
    late: int


def anchor(number: str) -> str:
    """Return where a contribution stands in the page that lists it, by its public number."""
    return f"parole-{number}"


def contributions_of(territory: Territory, zone: str = "") -> ContributionQuerySet:
    """Return the contributions of a neighbourhood, or of a whole territory, newest first."""
    found = Contribution.objects.filter(territory=territory)
    if zone:
        found = found.filter(Q(zone=zone) | Q(zone="", event__zone=zone))
    return found.select_related("event").order_by("-pk")


def heard_of(territory: Territory, zone: str = "") -> Heard:
    """Return what everyone may read; some queries, whatever the number of contributions."""
    own = contributions_of(territory, zone).filter(erased_at=None)
    subjects = Subject.objects.filter(territory=territory).with_answer()
    if zone:
        subjects = subjects.filter(zone__in=(zone, ""))
    grouped = _grouped(subjects)
    rows = own.shown().with_stances().filter(grouping__isnull=True).exclude(text="")
    # How many of each state, and of what is set aside, for each reason.
    counts = own.order_by("state", "reason").values_list("state", "reason")
    many = {(state, why): n for state, why, n in counts.annotate(many=Count("pk"))}
    reasons = dict(Contribution.Reason.choices)
    single = list(rows.prefetch_related(_statuses(), _photos())[:MOST])
    acted = [c for c in [*single, *(c for _, shown, _ in grouped for c in shown)] if _is_action(c)]
    told = became([c.pk for c in acted]) if acted else {}
    topics = _topics(grouped, told)
    return Heard(
        topics=tuple(topics),
        alone=tuple(_word(c, told) for c in single),
        received=sum(many.values()),
        shown=many.get((Contribution.State.SHOWN, ""), 0),
        withheld=tuple((str(reasons[why]), n) for (_, why), n in many.items() if why),
        late=sum(t.late_days > 0 for t in topics),
        answered=sum(t.answered_on is not None for t in topics),
    )


def at_a_glance(territory: Territory, zone: str) -> Glance:
    """Return the counts of a neighbourhood and its last words, in one query.

    Its base is the territory, which is there whatever was said: each of its rows has the counts,
    and one of the last words if there is any.
    """
    own = contributions_of(territory, zone).filter(erased_at=None)
    subjects = Subject.objects.filter(territory=territory, zone__in=(zone, ""))
    counted: dict[str, QuerySet[Any]] = {
        "received": own,
        "shown": own.shown(),
        "answered": subjects.filter(answers__isnull=False).distinct(),
        "late": subjects.overdue(timezone.localdate()),
    }
    latest = own.shown().exclude(text="").values("pk")[:LIGHT]
    last = StatusChange.objects.filter(contribution=OuterRef("word__pk")).order_by("-pk")
    people = Reaction.objects.filter(contribution=OuterRef("word__pk")).order_by()
    stances = {
        stance.value: Subquery(
            people.filter(stance=stance).values("contribution").annotate(n=Sum("people"))
            .values("n")
        )
        for stance in Reaction.Stance
    }  # fmt: skip
    rows = list(
        Territory.objects.filter(pk=territory.pk)
        .annotate(
            word=FilteredRelation(
                "contributions", condition=Q(contributions__in=Subquery(latest))
            ),
            became=Subquery(last.values("status")[:1]),
            why=Subquery(last.values("reason")[:1]),
            action=Subquery(last.values("action")[:1]),
            **stances,
            **{name: _Count(rows.order_by().values("pk")) for name, rows in counted.items()},
        )
        .order_by("-word__pk")
        .values(*counted, *stances, "became", "why", "action", "word__event__fictive",
                *(f"word__{name}" for name in SEEN))
    )  # fmt: skip
    words = tuple(_seen(row) for row in rows if row["word__pk"] is not None)
    return Glance(words=words, **{name: rows[0][name] for name in counted})


class _Count(Subquery):
    """How many rows a query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _seen(row: Mapping[str, Any]) -> Word:
    c = Contribution(**{name: row[f"word__{name}"] for name in SEEN})
    c.support, c.oppose, c.doubt = (row[name] or 0 for name in ("support", "oppose", "doubt"))
    status = row["became"] or StatusChange.Status.RECEIVED
    last = StatusChange(status=status, reason=row["why"] or "", action=row["action"] or "")
    word = _words_of(c, *status_of([last]))
    return replace(word, fictive=bool(row["word__event__fictive"]))


def _statuses() -> Prefetch[str]:
    return Prefetch("statuses", StatusChange.objects.order_by("pk"))


def _photos() -> Prefetch[str]:
    """Give the photos on which somebody saw that nobody can be seen."""
    found = Medium.objects.filter(kind=Medium.Kind.PHOTO, published_at__isnull=False)
    return Prefetch("media", found.exclude(name=""), to_attr="photos")


Grouped = tuple[Subject, list[Contribution], int]  # those that are shown, how many are not


def _grouped(subjects: QuerySet[Subject]) -> list[Grouped]:
    words = Contribution.objects.filter(erased_at=None).with_stances()
    found = subjects.select_related("service").prefetch_related(
        Prefetch(
            "contributions",
            words.select_related("event").prefetch_related(_statuses(), _photos()),
        )
    )
    made = []
    for s in found:
        rows = list(s.contributions.all())
        shown = [c for c in rows if c.state == Contribution.State.SHOWN and c.text]
        made.append((s, shown, len(rows) - len(shown)))
    return made


def _topics(grouped: Sequence[Grouped], told: Mapping[int, tuple[Became, ...]]) -> list[Topic]:
    today = timezone.localdate()
    made = []
    for s, shown, hidden in grouped:
        late = 0 if s.answered_on else max((today - s.due_on).days, 0)
        made.append(
            Topic(
                s.pk, s.title, s.service.name, s.due_on, late, s.answer_text or "",
                s.answered_on, tuple(_word(c, told) for c in shown), hidden, s.fictive,
            )
        )  # fmt: skip
    # What waits for too long comes first, then what waits, then what was answered.
    return sorted(made, key=lambda t: (t.answered_on is not None, t.due_on, -t.pk))


def _is_action(c: Contribution) -> bool:
    last = list(c.statuses.all())[-1:]
    return bool(last) and last[0].status == StatusChange.Status.ACTION


def status_of(statuses: Sequence[StatusChange]) -> tuple[str, str]:
    """Return what a contribution has become, and why, from its rows."""
    if not statuses:
        return str(StatusChange.Status.RECEIVED.label), ""
    last = statuses[-1]
    return last.label, last.reason


def _word(c: Contribution, told: Mapping[int, tuple[Became, ...]]) -> Word:
    word = _words_of(c, *status_of(list(c.statuses.all())))
    # An action that is not public has no page: its number alone is in the status.
    own = tuple(b for b in told.get(c.pk, ()) if b.href and not b.shared)
    return replace(word, became=own, photos=tuple(c.photos))


def _words_of(c: Contribution, status: str, because: str) -> Word:
    return Word(
        number=c.number_shown,
        text=c.text,
        said=str(c.get_kind_display()),
        day=timezone.localtime(c.created_at).date(),
        status=status,
        because=because,
        fictive=bool(c.event and c.event.fictive),
        support=c.support,
        oppose=c.oppose,
        doubt=c.doubt,
        minority=c.minority,
        anchor=anchor(c.number),
    )
