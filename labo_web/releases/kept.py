"""What a release holds and nothing changes, kept in the process: most pages ask for the same.

Rows are copied for whoever asks, who may empty or name them. What a reader may see is never here.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache

from labo_web.releases.models import Indicator, Release, Value, Zone

RELEASES, TABLES = 64, 128


def zones_of(release: Release) -> list[Zone]:
    """Return the zones of a release but cells, by name."""
    found = [copy(zone) for zone in _zones(release.pk, release.digest)]
    for zone in found:
        zone.release = release
    return found


def indicators_of(release: Release) -> list[Indicator]:
    """Return the indicators of a release, in the order of the catalogue."""
    return [copy(x) for x in _indicators(release.pk, release.digest)]


def raw_values(
    release: Release,
    indicators: tuple[str, ...] | None,
    zones: tuple[str, ...] | None,
    scenario: str | None,
) -> list[Value]:
    """Return values with their zone and indicator, as imported: see `access.values_of`."""
    return [copy(v) for v in _values(release.pk, release.digest, indicators, zones, scenario)]


def forget() -> None:
    """Forget it all: a database may be another one behind the same numbers, as in tests."""
    for kept in (_zones, _indicators, _values):
        kept.cache_clear()


# The digest is part of the key: a number may be given again once its release is gone.
@lru_cache(RELEASES)
def _zones(pk: int, digest: str) -> tuple[Zone, ...]:
    return tuple(Zone.objects.filter(release=pk, release__digest=digest))


@lru_cache(RELEASES)
def _indicators(pk: int, digest: str) -> tuple[Indicator, ...]:
    found = Indicator.objects.filter(release=pk, release__digest=digest)
    return tuple(found.defer("formula", "definition"))


@lru_cache(TABLES)
def _values(
    pk: int,
    digest: str,
    indicators: tuple[str, ...] | None,
    zones: tuple[str, ...] | None,
    scenario: str | None,
) -> tuple[Value, ...]:
    found = Value.objects.filter(zone__release=pk, zone__release__digest=digest)
    found = found.select_related("zone", "indicator")
    found = found.defer("zone__geometry", "indicator__formula", "indicator__definition")
    if scenario:
        found = found.filter(scenario=scenario)
    if indicators is not None:
        found = found.filter(indicator__name__in=indicators)
    if zones is not None:
        found = found.filter(zone__code__in=zones)
    return tuple(found.order_by("indicator__position", "zone__name", "pk"))
