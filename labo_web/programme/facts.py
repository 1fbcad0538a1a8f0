"""What the other parts of the site show of territories: days on which things happened, in few rows.

Everything here is read for all territories at once: a cohort of four and one of 137 cost the same
number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, TruncDate

from labo.diagnosis import PRESENT
from labo_web.accounts.models import Circle
from labo_web.programme.models import Convention, Dataset, Deliverable, Programme
from labo_web.releases import models as releases
from labo_web.releases.models import Agreement, Release
from labo_web.resources.models import Description
from labo_web.roadmaps.models import Action, Decision, Frozen
from labo_web.roadmaps.models.sheet import COMMITTED
from labo_web.workshops.models import Cumulation, Event, FresqueSheet

Proof = Deliverable.Proof
EVENT, LATE, EXPIRED = "event ", "late dataset", "expired dataset"
# A Fresque that was held, by whom its sheet says that it was for.
FRESQUE = "fresque for "
# The kind of event that each proof looks for.
HELD = {
    Proof.FRESQUE: Event.Kind.FRESQUE,
    Proof.WALK: Event.Kind.WALK,
    Proof.FORESIGHT: Event.Kind.FORESIGHT,
    Proof.STEERING: Event.Kind.COPIL,
}
AREAS = ("qpv", "perimeter")
NAMED = 3  # indicators that a doubt names
SHOWN_SHARE = 0.005  # below, it would be written 0 %


@dataclass(frozen=True)
class Fact:
    """Something that happened in a territory on a day, or that will."""

    territory: int
    what: str
    on: dt.date
    label: str


@dataclass
class Facts:
    """What is known of one territory; of its events, those since it came into the programme."""

    since: dt.date
    dated: dict[str, list[Fact]] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    cumulation: Cumulation | None = None

    @property
    def release(self) -> Release | None:
        """The newest one, whoever it is open to."""
        return max(self.releases, key=lambda r: (r.generation, r.pk), default=None)

    @property
    def public(self) -> Release | None:
        """The newest one that everyone reads."""
        opened = [r for r in self.releases if r.circle == Circle.EVERYONE]
        return max(opened, key=lambda r: (r.generation, r.pk), default=None)

    @property
    def present(self) -> int | None:
        """How many came, events together, as published: eleven or more, or nothing."""
        groups = self.cumulation.shown.get("present") if self.cumulation else None
        return sum(g["people"] for g in groups) if groups else None

    def held(self, kind: str, today: dt.date) -> list[Fact]:
        """Return the events of a kind that were held, oldest first."""
        return [f for f in self.dated.get(EVENT + kind, []) if self.since <= f.on < today]

    def fresque_by(self, audiences: Collection[str], day: dt.date) -> bool:
        """Whether a Fresque was held for one of these audiences, up to a day."""
        return any(f.on <= day for a in audiences for f in self.dated.get(FRESQUE + a, ()))

    def events(self) -> list[Fact]:
        """Return all the events, oldest first."""
        found = [f for what, rows in self.dated.items() if what.startswith(EVENT) for f in rows]
        return sorted((f for f in found if f.on >= self.since), key=lambda f: f.on)

    def days(self, proof: str, today: dt.date) -> list[dt.date]:
        """Return the days that count for a proof, oldest first, up to a day."""
        if proof == Proof.RELEASE:
            days = [r.opened_on for r in self.releases if r.circle == Circle.EVERYONE]
        elif proof in HELD:
            days = [f.on for f in self.held(HELD[Proof(proof)], today)]
        else:
            days = [f.on for f in self.dated.get(proof, [])]
        return sorted(day for day in days if day <= today)


def facts_of(
    programme: Programme, since: Mapping[int, dt.date], today: dt.date
) -> dict[int, Facts]:
    """Return what is known of each territory, in three queries.

    Args:
        programme: whose conventions and datasets count.
        since: the day when each territory came in, by its key.
        today: lateness is counted up to it.
    """
    territories = list(since)
    found = {pk: Facts(day) for pk, day in since.items()}
    for fact in _dated(programme, territories, today):
        found[fact.territory].dated.setdefault(fact.what, []).append(fact)
    for facts in found.values():
        for rows in facts.dated.values():
            rows.sort(key=lambda f: f.on)
    opened = Release.objects.with_circle().filter(territory__in=territories)
    for release in opened.select_related("territory").defer("notices", "sources").order_by("pk"):
        found[release.territory_id].releases.append(release)
    last = Cumulation.objects.filter(territory=OuterRef("territory")).order_by("-pk").values("pk")
    newest = Cumulation.objects.filter(territory__in=territories, pk=Subquery(last[:1]))
    for row in newest.defer("counted"):
        found[row.territory_id].cumulation = row
    return found


def _dated(programme: Programme, territories: Collection[int], today: dt.date) -> Iterable[Fact]:
    """Give everything that has a day, of all parts, in one query."""
    here = {"territory__in": territories}
    of_roadmap = {"roadmap__territory__in": territories}
    of_member = {"membership__territory__in": territories, "membership__programme": programme}
    engaged = Decision.objects.filter(
        action=OuterRef("pk"), subject=Decision.Subject.LEVEL, after="engaged"
    )
    actions = Action.objects.filter(**of_roadmap)
    events = Event.objects.announced().exclude(state=Event.State.CANCELLED).filter(**here)
    datasets = Dataset.objects.filter(access=Dataset.Access.AGREEMENT, **of_member)
    awaited = Dataset.objects.filter(
        ~Q(access=Dataset.Access.OPEN), received_on=None, expected_on__lt=today, **of_member
    ).filter(Q(expires_on=None) | Q(expires_on__gte=today) | Q(signed_on=None))
    published = Description.objects.published().filter(resource__territory__in=territories)
    parts = [
        _rows(
            actions.exclude(published_on=None), "roadmap__territory", Proof.ACTION, "published_on"
        ),
        _rows(
            actions.filter(level__in=COMMITTED).annotate(
                engaged_on=Subquery(engaged.order_by("decided_on").values("decided_on")[:1])
            ),
            "roadmap__territory",
            Proof.COMMITTED,
            "engaged_on",
        ),
        _rows(
            Frozen.objects.filter(**of_roadmap),
            "roadmap__territory",
            Proof.FROZEN,
            "held_on",
            "title",
        ),
        _rows(events, "territory", Concat(Value(EVENT), "kind"), TruncDate("ends_at"), "title"),
        _rows(
            FresqueSheet.objects.filter(
                event__in=events.filter(kind=Event.Kind.FRESQUE), present__gt=0
            ),
            "event__territory",
            Concat(Value(FRESQUE), "audience"),
            TruncDate("event__ends_at"),
        ),
        _rows(published, "resource__territory", Proof.RESOURCE, TruncDate("resource__created_at")),
        _rows(
            Convention.objects.filter(**of_member),
            "membership__territory",
            Proof.CONVENTION,
            "signed_on",
            "reference",
        ),
        _rows(
            datasets.exclude(received_on=None),
            "membership__territory",
            Proof.DATASET,
            "received_on",
            "label",
        ),
        _rows(awaited, "membership__territory", LATE, "expected_on", "label"),
        _rows(
            datasets.filter(expires_on__lt=today).exclude(signed_on=None),
            "membership__territory",
            EXPIRED,
            "expires_on",
            "label",
        ),
    ]
    for territory, what, on, label in parts[0].union(*parts[1:], all=True):
        if on is not None:
            yield Fact(territory, what, on, label)


def _rows(
    rows: Any, territory: str, what: str | Combinable, on: str | Combinable, label: str = ""
) -> Any:
    """Return rows as (territory, what, day, label), of the same types whatever they come from."""
    text = CharField(max_length=300)
    named = Value(str(what)) if isinstance(what, str) else what
    return (
        rows.order_by()
        .annotate(
            fact_of=F(territory),
            fact_what=Cast(named, text),
            fact_on=Cast(F(on) if isinstance(on, str) else on, DateField()),
            fact_label=Cast(F(label) if label else Value(""), text),
        )
        .values_list("fact_of", "fact_what", "fact_on", "fact_label")
    )


@dataclass(frozen=True)
class Doubt:
    """How sure a public release is of what it says of its neighbourhoods."""

    values: int
    empty: int
    unsure: int
    imputed: float | None
    # The indicators that are most often missing, or not told apart from the agglomeration.
    empty_most: tuple[str, ...] = ()
    unsure_most: tuple[str, ...] = ()

    @property
    def said(self) -> list[str]:
        """In sentences; shares are of the values of neighbourhoods, indicators together."""
        if not self.values:
            return ["Cette livraison ne dit rien des quartiers."]
        found = []
        if self.empty:
            share = _share(self.empty, self.values)
            found.append(f"{share} des valeurs manquent, et le disent{_first(self.empty_most)}.")
        if known := self.values - self.empty:
            found.append(
                f"{_share(self.unsure, known)} des valeurs connues ne se distinguent pas de celles "
                f"de l’agglomération{_first(self.unsure_most)}."
            )
        if self.imputed and self.imputed >= SHOWN_SHARE:
            found.append(
                f"Jusqu’à {100 * self.imputed:.0f} % des habitants d’un quartier sont dans des "
                "carreaux que l’Insee a complétés."
            )
        return found


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


def _first(labels: Collection[str]) -> str:
    return f", d’abord pour {', '.join(f'« {x} »' for x in labels)}" if labels else ""


def doubts_of(found: Collection[Release]) -> dict[int, Doubt]:
    """Return the doubt of each release, in one query; what waits for a landlord is not counted."""
    waiting = Agreement.objects.filter(
        release=OuterRef("zone__release"),
        zone=OuterRef("zone__code"),
        indicator=OuterRef("indicator__name"),
        agreed_on=None,
    )
    rows = (
        releases.Value.objects.filter(
            ~Exists(waiting),
            zone__release__in=[r.pk for r in found],
            zone__kind__in=AREAS,
            scenario=PRESENT,
        )
        .order_by()
        .values("zone__release", "indicator__label")
        .annotate(
            many=Count("pk"),
            empty=Count("pk", filter=Q(central=None)),
            unsure=Count("pk", filter=Q(central__isnull=False, gap_low__lte=0, gap_high__gte=0)),
            imputed=Max("imputed_share"),
        )
    )
    of: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        of.setdefault(row["zone__release"], []).append(row)
    return {release: _doubt(told) for release, told in of.items()}


def _doubt(rows: Collection[Mapping[str, Any]]) -> Doubt:
    shares = [row["imputed"] for row in rows if row["imputed"] is not None]

    def most(name: str) -> tuple[str, ...]:
        told = [row for row in rows if row[name]]
        told.sort(key=lambda row: (-row[name] / row["many"], -row[name], row["indicator__label"]))
        return tuple(row["indicator__label"] for row in told[:NAMED])

    return Doubt(
        values=sum(row["many"] for row in rows),
        empty=sum(row["empty"] for row in rows),
        unsure=sum(row["unsure"] for row in rows),
        imputed=max(shares, default=None),
        empty_most=most("empty"),
        unsure_most=most("unsure"),
    )
