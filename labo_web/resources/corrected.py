"""What residents say against places and figures, and the reading « selon les habitants ».

The figure of a release never changes. Once a named body has verified that a place is closed, gone
or hot, the figure is counted again without it (`labo.without`) and stands beside the first one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
from django.http import HttpRequest

from labo import release as engine
from labo import without, words
from labo.errors import LaboError
from labo_web.accounts.access import is_team
from labo_web.releases.models import Release, Value, Zone
from labo_web.resources.matching import NEXT_DOOR_M
from labo_web.resources.models import Contradiction, Resource, Verification
from labo_web.resources.spots import within

# Kinds of place that a verified claim takes a place out of; None: of all.
TAKEN_FROM: Mapping[str, tuple[str, ...] | None] = {
    Contradiction.Claim.CLOSED_AUGUST: ("cool_indoor_place",),
    Contradiction.Claim.NOT_COOL: ("cool_indoor_place",),
    Contradiction.Claim.GONE: None,
}
Gone = frozenset[tuple[str, str]]  # kind of place, id


@dataclass(frozen=True)
class NamedPlace:
    """A place that a release counts walks to."""

    id: str
    name: str
    kinds: tuple[str, ...]
    hours: str
    source: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Heard:
    """A contradiction, ready to be shown."""

    row: Contradiction
    verification: Verification | None
    of_team: bool

    @property
    def place(self) -> str:
        """What it is about."""
        if self.row.resource_id is not None:
            return self.row.place_name or f"la ressource R-{self.row.resource_id}"
        return self.row.place_name or "un lieu du quartier"

    @property
    def place_id(self) -> str:
        """Its id among the places of a release; a resource taken from OpenStreetMap keeps it."""
        resource = self.row.resource
        if resource is not None and resource.source == Resource.Source.OSM:
            return resource.reference
        return self.row.place

    @property
    def text(self) -> str:
        """What was written, once it was read; its team reads it before."""
        return self.row.text if self.of_team else self.row.readable_text


@dataclass(frozen=True)
class Corrected:
    """A figure as it would be without the places that were verified, beside the figure itself."""

    v: Value
    central: float
    at_least: bool

    @property
    def figure(self) -> str:
        """The corrected figure."""
        least = "au moins " if self.at_least else ""
        return least + words.figure(self.central, self.v.indicator.unit)

    @property
    def first(self) -> str:
        """The figure of the release."""
        return words.figure(self.v.central, self.v.indicator.unit)

    @property
    def first_interval(self) -> str:
        """Its interval."""
        return words.interval(self.v.low, self.v.high, self.v.indicator.unit)

    @property
    def same(self) -> bool:
        """Whether both read the same."""
        return self.figure == self.first

    @property
    def sentence(self) -> str:
        """The corrected figure in the sentence of its indicator."""
        x = self.v.indicator
        return x.reading.format(value=words.quantity(self.central, x.unit))


@lru_cache(maxsize=32)
def places_of(folder: Path) -> dict[str, NamedPlace]:
    """Return the named places of a release, whose files never change, by id; none where unsaid."""
    try:
        table = engine.read(folder).named_places
    except LaboError:
        return {}
    found: dict[str, NamedPlace] = {}
    for row in table.itertuples():
        known = found.get(row.place)
        kinds = (*known.kinds, row.kind) if known else (row.kind,)
        found[row.place] = NamedPlace(
            row.place,
            str(row.name)[:200],
            kinds,
            str(row.hours)[:200],
            row.source,
            float(row.geometry.x),
            float(row.geometry.y),
        )
    return found


@lru_cache(maxsize=256)
def _counted_again(folder: Path, gone: Gone) -> pd.DataFrame:
    by_kind: dict[str, set[str]] = {}
    for kind, place in gone:
        by_kind.setdefault(kind, set()).add(place)
    found = engine.read(folder)
    return without.corrected(found.layers, found.without, by_kind)


def heard(request: HttpRequest, release: Release) -> list[Heard]:
    """Return what stands beside the figures of a territory, newest first."""
    shown = Contradiction.objects.shown().filter(territory=release.territory).order_by("-pk")
    team = is_team(request, release.territory)
    return [Heard(x, verified, team) for x, verified in shown.with_newest()]


def concerning(rows: Sequence[Heard], zone: Zone, release: Release) -> list[Heard]:
    """Return what stands beside the figures of a neighbourhood."""
    return [x for x in rows if _concerns(x.row, zone, release)]


def _concerns(x: Contradiction, zone: Zone, release: Release) -> bool:
    """Return whether a neighbourhood is named, or lies around the place."""
    place = places_of(release.folder).get(x.place)
    if place is not None and within(zone, place.lon, place.lat, NEXT_DOOR_M):
        return True
    return x.zone == zone.code or (not x.zone and place is None)


def _gone(release: Release, x: Heard) -> set[tuple[str, str]]:
    """Return the kinds that a contradiction, if it was verified, takes a place out of."""
    place = places_of(release.folder).get(x.place_id)
    if place is None or x.verification is None or not x.verification.holds:
        return set()
    if x.row.claim not in TAKEN_FROM:
        return set()
    kinds = TAKEN_FROM[x.row.claim]
    return {(k, place.id) for k in place.kinds if kinds is None or k in kinds}


def counted(release: Release, rows: Sequence[Heard]) -> list[Heard]:
    """Return the contradictions that figures are counted again for."""
    return [x for x in rows if _gone(release, x)]


def readings(
    release: Release, rows: Sequence[Heard], values: Sequence[Value]
) -> dict[tuple[str, str], Corrected]:
    """Return the corrected figures by zone and indicator, for the values that may be shown."""
    gone: Gone = frozenset().union(*(_gone(release, x) for x in rows))
    if not gone:
        return {}
    try:
        table = _counted_again(release.folder, gone)
    except LaboError:
        return {}
    known = {(v.zone.code, v.indicator.name): v for v in values if v.central is not None}
    keys = zip(table["zone"].astype(str), table["indicator"].astype(str), strict=True)
    columns = zip(table["central"].astype(float), table["at_least"].astype(bool), strict=True)
    return {
        key: Corrected(known[key], float(central), bool(least))
        for key, (central, least) in zip(keys, columns, strict=True)
        if key in known
    }
