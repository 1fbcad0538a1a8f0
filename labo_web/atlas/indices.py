"""What the engine knows and tells of the indices of a release, kept as long as there is room.

A release never changes, so that what is calculated once stays true: it is kept by its folder, and
by the values that whoever asks may not see, which then enter no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.http import Http404, HttpRequest

from labo import release as engine
from labo.composite import Composite, find
from labo.data_clause import worth
from labo.errors import UnknownName
from labo.index import Scan, Sensitivity, Uncertainty
from labo.index_data import Known, alone, composites_of, directions_of, draws_of, known
from labo.scores import WHOLE, drivers, gaps, placed, table_of, try_weights
from labo_web.releases.access import WAITING, waiting_for
from labo_web.releases.models import Release

# (zone, indicator) of the values that may not be seen.
Hidden = frozenset[tuple[str, str]]
RELEASES, INDICES = 12, 72  # kept at once, some megabytes each


@dataclass(frozen=True)
class Basis:
    """A release's tables, without its cells."""

    catalogue: Mapping[str, Any]
    manifest: Mapping[str, Any]
    zones: pd.DataFrame
    values: pd.DataFrame
    draws: pd.DataFrame
    composites: tuple[Composite, ...]

    @property
    def seed(self) -> int:
        """Of all that is drawn."""
        return int(self.manifest["seed"])


@dataclass(frozen=True)
class Told:
    """All that is told of an index: `rows` by component then zone, as `labo.scores` names them.

    What is told of ranks only is worked out when a page asks for it: None where nothing is ranked.
    """

    known: Known
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]]
    told: Uncertainty | None
    basis: Basis
    values: pd.DataFrame

    @cached_property
    def scan(self) -> Scan | None:
        """What every weighting of the components does."""
        return try_weights(self.known) if self.known.ranked else None

    @cached_property
    def drivers(self) -> Sensitivity | None:
        """Which choice drives the ranking."""
        return drivers(self.known, seed=self.basis.seed) if self.known.ranked else None

    @cached_property
    def worth(self) -> list[dict[str, Any]]:
        """Which dataset would most reduce the doubt, the most useful first."""
        if not self.known.ranked:
            return []
        basis = self.basis
        table = worth(self.known, basis.catalogue, basis.manifest, self.values, basis.seed)
        return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]

    @cached_property
    def placed(self) -> pd.DataFrame:
        """Central values as they stand among the neighbourhoods."""
        return placed(self.known)


def hidden_from(request: HttpRequest, release: Release) -> Hidden:
    """Return the values of a release that whoever asks may not see."""
    return frozenset((zone, name) for _, zone, name in waiting_for(request, [release]))


def composites(release: Release) -> tuple[Composite, ...]:
    """Return the indices that a release declares."""
    return _basis(release.folder).composites


def get_told(request: HttpRequest, release: Release, name: str) -> Told:
    """Return what is told of an index to whoever asks, or answer 404."""
    return _told(release.folder, _id(release, name), hidden_from(request, release))


def profile(request: HttpRequest, release: Release) -> Profile:
    """Return where each neighbourhood and the agglomeration stand, index by index."""
    return _profile(release.folder, hidden_from(request, release))


def _id(release: Release, name: str) -> str:
    try:
        return find(name, composites(release)).id
    except UnknownName as error:
        raise Http404("Cet indice n’est pas dans cette livraison.") from error


@lru_cache(RELEASES)
def _basis(folder: Path) -> Basis:
    found = engine.read(folder)
    of = tuple(composites_of(found.catalogue))
    places, values, draws = found.places, found.values, found.draws
    names = {name for x in of for name in x.indicators}
    here = values["zone"].isin(places["zone"])
    return Basis(
        catalogue=found.catalogue,
        manifest=found.manifest,
        zones=pd.DataFrame(places[["zone", "kind", "communes"]]),
        values=values[here].copy(),
        draws=draws[draws["indicator"].isin(names)].copy(),
        composites=of,
    )


def _without(table: pd.DataFrame, hidden: Hidden) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say which rows may not be seen."""
    keys = zip(table["zone"].astype(str), table["indicator"].astype(str), strict=True)
    return np.fromiter((key in hidden for key in keys), dtype=bool, count=len(table))


def _values(basis: Basis, hidden: Hidden) -> pd.DataFrame:
    if not hidden:
        return basis.values
    values, gone = basis.values.copy(), _without(basis.values, hidden)
    values.loc[gone, ["central", "low", "high", "imputed_share"]] = np.nan
    values.loc[gone, "reason"] = WAITING
    return values


@lru_cache(INDICES)
def _known(folder: Path, name: str, hidden: Hidden) -> Known:
    basis = _basis(folder)
    of = find(name, basis.composites)
    draws = basis.draws[basis.draws["indicator"].isin(of.indicators)]
    if hidden:
        draws = draws[~_without(draws, hidden)]
    directions = directions_of(basis.catalogue)
    return known(of, directions, _values(basis, hidden), draws_of(draws), basis.zones)


@lru_cache(INDICES)
def _told(folder: Path, name: str, hidden: Hidden) -> Told:
    basis, found = _basis(folder), _known(folder, name, hidden)
    table, told = table_of(found, basis.seed)
    return Told(found, rows_of(table), told, basis, _values(basis, hidden))


def rows_of(table: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the rows of scores by component then zone; what is missing is None."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in table.astype(object).to_dict("records"):
        plain: dict[str, Any] = {str(k): None if v != v else v for k, v in row.items()}
        found.setdefault(plain["component"], {})[plain["zone"]] = plain
    return found


@dataclass(frozen=True)
class Place:
    """Where a neighbourhood stands in its agglomeration, from 0 to 100; the gap to it."""

    score: float
    low: float
    high: float
    gap: float | None
    gap_low: float | None
    gap_high: float | None


# By zone, then index, then component.
Profile = Mapping[str, Mapping[str, Mapping[str, Place]]]


@lru_cache(RELEASES)
def _profile(folder: Path, hidden: Hidden) -> Profile:
    found: dict[str, dict[str, dict[str, Place]]] = {}
    for of in _basis(folder).composites:
        whole = _known(folder, of.id, hidden)
        for component in (*whole.tree.components, WHOLE):
            part = whole if component == WHOLE else alone(whole, component)
            away = gaps(part)
            for i, zone in enumerate(part.units.zones):
                if np.isnan(away.score[i]):
                    continue
                numbers = (away.epci[i], away.epci_low[i], away.epci_high[i])
                found.setdefault(zone, {}).setdefault(of.id, {})[component] = Place(
                    *(float(x[i]) for x in (away.score, away.score_low, away.score_high)),
                    *(None if np.isnan(x) else float(x) for x in numbers),
                )
    return found
