"""The figures that territories bring: read in their release each time, and never typed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from labo.diagnosis import PRESENT
from labo_web.grammar import long_date
from labo_web.programme.models import Brought
from labo_web.releases.access import withhold
from labo_web.releases.models import Release, Value
from labo_web.releases.reading import Reading

CLOSED = "la livraison n’est pas ouverte à tout le monde"
GONE = "la livraison ne contient pas cette valeur"
# What names a figure, and what it says: both are kept in proceedings.
NAME = ("release", "zone", "indicator")
SAID = ("central", "low", "high")


@dataclass(frozen=True)
class Figure:
    """A value of a release as whoever asks reads it; without one, `reason` says why."""

    release: str
    day: str
    zone: str
    zone_name: str
    territory: str
    indicator: str
    label: str
    sentence: str
    figure: str
    interval: str
    central: float | None
    low: float | None
    high: float | None
    sources: tuple[str, ...]
    fictive: bool
    reason: str

    @property
    def address(self) -> str:
        """Where the same figure is read on the site, in the same release."""
        here = reverse("indicator", args=[self.territory, self.indicator])
        return f"{here}?livraison={self.release}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"sources": list(self.sources)}


def figures_of(request: HttpRequest, rows: Sequence[Brought]) -> dict[int, Figure]:
    """Return the figure of each row that names one, by its key: two queries, and what is withheld.

    Whatever whoever asks may not read has a reason in its place.
    """
    named = [row for row in rows if row.release_id]
    releases = {
        r.pk: r
        for r in Release.objects.visible_to(request).filter(pk__in=[r.release_id for r in named])
    }
    values = Value.objects.filter(
        zone__release__in=releases, zone__code__in={r.zone for r in named},
        indicator__name__in={r.indicator for r in named}, scenario=PRESENT,
    ).select_related("zone", "indicator").defer(
        "zone__geometry", "indicator__formula", "indicator__definition"
    )  # fmt: skip
    found = withhold(request, list(releases.values()), list(values.order_by("-pk")))
    by_name = {(v.zone.release_id, v.zone.code, v.indicator.name): v for v in found}
    return {
        row.pk: _figure(
            row, releases.get(row.release_id or 0),
            by_name.get((row.release_id or 0, row.zone, row.indicator)),
        )
        for row in named
    }  # fmt: skip


def _figure(row: Brought, release: Release | None, value: Value | None) -> Figure:
    given = {"zone": row.zone, "indicator": row.indicator, "territory": row.territory.code}
    if release is None or value is None:
        return _empty(given, release, GONE if release else CLOSED)
    if value.central is None:
        return _empty(given, release, value.reason or GONE, value)
    x = value.indicator
    reading = Reading(value, x, None, [])
    by_id = {s["id"]: s for s in release.sources}
    return Figure(
        release=release.code,
        day=_day(release.opened_on),
        zone_name=value.zone.name,
        label=x.label,
        sentence=reading.sentence,
        figure=reading.figure,
        interval=reading.interval,
        central=value.central,
        low=value.low,
        high=value.high,
        sources=tuple(_source(by_id[s]) for s in x.sources if s in by_id),
        fictive=release.fictive,
        reason="",
        **given,
    )


def _empty(
    given: dict[str, str], release: Release | None, reason: str, value: Value | None = None
) -> Figure:
    return Figure(
        release=release.code if release else "",
        day=_day(release.opened_on) if release else "",
        zone_name=value.zone.name if value else given["zone"],
        label=value.indicator.label if value else given["indicator"],
        sentence="", figure="", interval="", central=None, low=None, high=None, sources=(),
        fictive=bool(release and release.fictive), reason=reason, **given,
    )  # fmt: skip


def _day(day: dt.date | None) -> str:
    return long_date(day) if day else ""


def _source(source: dict[str, Any]) -> str:
    vintage = str(source["vintage"])
    label = source["label"] if vintage in source["label"] else f"{source['label']} ({vintage})"
    return f"{label}, {source['licence']}"


def is_still(kept: dict[str, Any], now: Figure | None) -> bool:
    """Return whether a figure that was kept is the one that its release gives today."""
    return now is not None and not now.reason and all(kept[k] == getattr(now, k) for k in SAID)
