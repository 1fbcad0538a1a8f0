"""Participation of each territory, as counts of eleven people or more, and never as medals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum
from django.http import HttpRequest

from labo_web.accounts.models import Territory
from labo_web.releases.access import latest_for, values_of
from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution, Cumulation, Event, Hours
from labo_web.workshops.presence import FEWEST, Part, parts_of

AGED = "aged_65_plus_share"


@dataclass(frozen=True)
class Asked:
    """Hours asked of some, and what they were paid."""

    who: str
    hours: Decimal
    unpaid: Decimal
    euros: Decimal | None


@dataclass(frozen=True)
class Came:
    """What is told of one territory."""

    territory: Territory
    events: int
    present: int | None
    contributions: int
    made_at: object
    parts: list[Part]
    hours: list[Asked]
    aged: str
    fictive: bool


def by_territory(request: HttpRequest) -> list[Came]:
    """Return what each territory has published of who came: nothing else is counted here."""
    newest: dict[int, Cumulation] = {}
    for row in Cumulation.objects.select_related("territory").order_by("pk"):
        newest[row.territory_id] = row
    releases = {r.territory_id: r for r in latest_for(request)}
    found = []
    for territory in Territory.objects.filter(events__isnull=False).distinct():
        last = newest.get(territory.pk)
        shown = last.shown if last else {}
        release = releases.get(territory.pk)
        held = Event.objects.announced().filter(territory=territory)
        found.append(
            Came(
                territory=territory,
                events=held.exclude(state=Event.State.CANCELLED).count(),
                present=_people(shown.get("present")),
                contributions=Contribution.objects.filter(event__in=held).count(),
                made_at=last.made_at if last else None,
                parts=parts_of(shown),
                hours=hours_of(territory),
                aged=_aged(request, release) if release else "",
                fictive=held.filter(fictive=True).exists(),
            )
        )
    return found


def _people(groups: list[dict[str, int]] | None) -> int | None:
    return sum(g["people"] for g in groups) if groups else None


def hours_of(territory: Territory) -> list[Asked]:
    """Return the hours asked in a territory, events together, by those they were asked of."""
    found = []
    rows = Hours.objects.filter(event__territory=territory)
    for who in Hours.Who:
        of = rows.filter(who=who)
        total = of.aggregate(n=Sum(F("people") * F("each")))["n"]
        if total is None or of.aggregate(n=Sum("people"))["n"] < FEWEST:
            continue
        unpaid = of.filter(paid=Hours.Paid.NOTHING).aggregate(n=Sum(F("people") * F("each")))["n"]
        paid = of.exclude(paid=Hours.Paid.NOTHING)
        known = not paid.filter(euros=None).exclude(paid=Hours.Paid.SALARY).exists()
        euros = paid.aggregate(n=Sum("euros"))["n"] if known else None
        found.append(Asked(str(who.label), Decimal(total), Decimal(unpaid or 0), euros))
    return found


def _aged(request: HttpRequest, release: Release) -> str:
    """Say how many of those who live there are old, neighbourhood by neighbourhood."""
    values = values_of(request, release, indicators=[AGED])
    told = [
        v.central for v in values if v.zone.kind in ("qpv", "perimeter") and v.central is not None
    ]
    if not told:
        return ""
    low, high = f"{100 * min(told):.0f}", f"{100 * max(told):.0f}"
    span = f"{low} %" if low == high else f"de {low} à {high} %"
    return f"Selon la {release}, {span} de ceux qui habitent ces quartiers ont 65 ans ou plus."
