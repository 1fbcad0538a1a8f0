"""What a release holds to run its formulas again: layers, and draws of layers found from its draws.

A release keeps layers without draws, and draws of indicators. The draws of a layer are those for
which an indicator's own formula gives the draws that the release holds: nothing is drawn anew, so
that what does not change keeps its value to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from labo import release
from labo.catalogue import INDICATORS
from labo.composite import Composite
from labo.diagnosis import PRESENT
from labo.index_data import Known, alone, composites_of, directions_of, draws_of, known
from labo.indicator import Indicator
from labo.new_place import Cells, cells_of
from labo.release import Release
from labo.scores import WHOLE, against

Floats = npt.NDArray[np.float64]
# (zone, indicator) of values that whoever asks may not see.
Hidden = frozenset[tuple[str, str]]

# The indicator whose draws tell those of a layer, all its other layers being known: in this order.
TOLD_BY: Mapping[str, str] = {
    "population": "population",
    "canopy_ground": "canopy_share",
    "vegetation_ground": "vegetation_share",
    "impervious_ground": "impervious_share",
    "soil_runoff_ground": "runoff_potential",
    "shared_garden_area": "shared_garden_per_resident",
    "residents_near_cool_outdoor": "cool_outdoor_access_share",
    "residents_near_cool_indoor": "cool_indoor_access_share",
    "residents_near_cool_indoor_at_senior_pace": "senior_cool_indoor_access_share",
    "residents_near_green_space": "green_space_access_share",
    "walk_to_cool_indoor": "walk_to_cool_indoor",
}
# These stand at their central value in every draw. The area of a zone has no error. What woods hold
# back is only ever taken from what open soil sheds, and that difference is told by its indicator.
STILL = ("zone_ground", "woodland_relief_ground")
# A layer found again gives its indicator back to this, relative to it or to 1.
SAME = 1e-4
HALVINGS = 60
KEPT = 12  # at once, some megabytes each
NOT_YET = "valeur pas encore publiée"


@dataclass(frozen=True)
class Told:
    """An indicator of today: (zones,) each, and `drawn`, (zones, draws). NaN where unknown.

    What has no draws is the same in all of them. `reasons` says why a value is empty.
    """

    central: Floats
    low: Floats
    high: Floats
    drawn: Floats
    reasons: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Basis:
    """What is known of the zones of a release, cells aside, in one order.

    layers: central, (zones,). layer_draws: those that were found again, (zones, draws).
    lost: why a layer's draws were not found, or an indicator cannot be run, by its name.
    holds: which share of what is done in a zone (column) is done in another (row), (zones, zones).
    known: what the indices read, by index. cells: the inhabited cells, to tell who walks where.
    outlines: of neighbourhoods and drawn perimeters, EPSG:4326. to_come: values and draws of the
    climate of the agglomeration, as a release holds them. Its other tables are let go.
    """

    manifest: Mapping[str, Any]
    zones: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    now: Mapping[str, Told]
    layers: Mapping[str, Floats]
    layer_draws: Mapping[str, Floats]
    lost: Mapping[str, str]
    holds: Floats
    composites: Sequence[Composite]
    known: Mapping[str, Known]
    cells: Cells
    outlines: Mapping[str, BaseGeometry]
    to_come: tuple[pd.DataFrame, pd.DataFrame]

    @property
    def seed(self) -> int:
        """Of all that is drawn."""
        return int(self.manifest["seed"])

    @property
    def draws(self) -> int:
        """How many there are."""
        return int(self.manifest["draws"])

    @cached_property
    def scores(self) -> Mapping[tuple[str, str], Scored]:
        """The scores of today, with what they read, by index and component ("index": the whole)."""
        result = {}
        for x in self.composites:
            whole = self.known[x.id]
            parts = {WHOLE: whole} | {c: alone(whole, c) for c in whole.tree.components}
            for component, part in parts.items():
                result[x.id, component] = Scored(part, *against(part, part))
        return result

    def at(self, zone: str) -> int:
        """Return the place of a zone."""
        return self.zones.index(zone)


class Scored(NamedTuple):
    """What an index or one of its components reads, and its scores: (units,), (units, draws)."""

    known: Known
    central: Floats
    drawn: Floats


def basis_of(folder: Path, hidden: Hidden = frozenset()) -> Basis:
    """Return what a release holds, read once and kept: a release never changes.

    Args:
        folder: of the release.
        hidden: values that may not be seen: they are unknown, and enter no score.

    Raises:
        MissingFile, DamagedRelease: it cannot be read.
    """
    path = folder / release.MANIFEST
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _basis(folder.resolve(), stamp, hidden)


@lru_cache(maxsize=KEPT)
def _basis(folder: Path, _stamp: int, hidden: Hidden) -> Basis:
    found = release.read(folder)
    places = found.places.sort_values("zone")
    zones = tuple(places["zone"].astype(str))
    values = found.values[found.values["zone"].isin(zones)]
    values = values[(values["scenario"] == PRESENT) & (values["horizon"] == PRESENT)]
    draws = found.draws
    draws = draws[(draws["scenario"] == PRESENT) & (draws["horizon"] == PRESENT)]
    count = int(found.manifest["draws"])
    now = _now(values, draws, zones, count)
    layers = _layers(found, zones)
    layer_draws, lost = _layer_draws(found, now, layers, count)
    seen = _unseen(now, zones, hidden)
    composites = composites_of(found.catalogue)
    open_to_all = ~_is_hidden(values, hidden)
    drawn = {k: v for k, v in draws_of(draws).items() if (k[0], k[1]) not in hidden}
    directions = directions_of(found.catalogue)
    inner = places[places["kind"].isin(("qpv", "perimeter"))]
    return Basis(
        manifest=found.manifest,
        zones=zones,
        kinds=tuple(places["kind"].astype(str)),
        names=tuple(places["name"].astype(str)),
        now=seen,
        layers=layers,
        layer_draws=layer_draws,
        lost=lost,
        holds=_holds(places),
        composites=composites,
        known={x.id: known(x, directions, values[open_to_all], drawn, places) for x in composites},
        cells=cells_of(found, zones),
        outlines=dict(zip(inner["zone"].astype(str), inner.geometry, strict=True)),
        to_come=(
            _to_come(found.values, places, hidden),
            _to_come(found.draws, places, hidden),
        ),
    )


def _to_come(table: pd.DataFrame, places: pd.DataFrame, hidden: Hidden) -> pd.DataFrame:
    """Return the rows of the agglomeration that are of another moment than today."""
    whole = places.loc[places["kind"] == "epci", "zone"]
    rows = table[table["zone"].isin(whole) & (table["scenario"] != PRESENT)]
    return rows[~_is_hidden(rows, hidden)]


def _now(
    values: pd.DataFrame, draws: pd.DataFrame, zones: tuple[str, ...], count: int
) -> dict[str, Told]:
    place = {zone: i for i, zone in enumerate(zones)}
    result: dict[str, Told] = {}
    drawn = dict(list(draws.groupby("indicator")))
    for name, rows in values.groupby("indicator"):
        of_zone = rows.set_index("zone").reindex(list(zones))
        central, low, high = (of_zone[c].to_numpy(dtype=float) for c in ("central", "low", "high"))
        table = np.repeat(central[:, None], count, axis=1)
        if name in drawn:
            for zone, row in zip(drawn[name]["zone"], drawn[name]["values"], strict=True):
                if zone in place and not np.isnan(central[place[zone]]):
                    table[place[zone]] = row
        reasons = tuple(of_zone["reason"].fillna("absent de cette livraison").astype(str))
        result[str(name)] = Told(central, low, high, table, reasons)
    return result


def _layers(found: Release, zones: tuple[str, ...]) -> dict[str, Floats]:
    rows = found.layers[found.layers["zone"].isin(zones)]
    table = rows.pivot(index="zone", columns="layer", values="central").reindex(list(zones))
    return {str(name): table[name].to_numpy(dtype=float) for name in table}


def _unseen(now: Mapping[str, Told], zones: Sequence[str], hidden: Hidden) -> dict[str, Told]:
    """Return the same without the values that may not be seen."""
    result = dict(now)
    for name in {indicator for _, indicator in hidden} & set(now):
        x = now[name]
        gone = np.array([(zone, name) in hidden for zone in zones], dtype=bool)
        central, low, high = (np.where(gone, np.nan, v) for v in (x.central, x.low, x.high))
        reasons = tuple(NOT_YET if g else r for g, r in zip(gone, x.reasons, strict=True))
        result[name] = Told(central, low, high, np.where(gone[:, None], np.nan, x.drawn), reasons)
    return result


def _is_hidden(values: pd.DataFrame, hidden: Hidden) -> npt.NDArray[np.bool_]:
    pairs = zip(values["zone"], values["indicator"], strict=True)
    return np.array([pair in hidden for pair in pairs], dtype=bool)


def _holds(places: pd.DataFrame) -> Floats:
    """Return which share of what is done in a zone is done in another, (zones, zones).

    A neighbourhood is in its EPCI, and in its communes by the share of its ground there.
    """
    zones, kinds = places["zone"].to_numpy(), places["kind"].to_numpy()
    shares: Floats = np.eye(len(zones))
    shares[kinds == "epci", :] = 1.0
    geometry: npt.NDArray[Any] = np.asarray(places.geometry)
    for j in np.flatnonzero(np.isin(kinds, ("qpv", "perimeter"))):
        named = places["communes"].iloc[j].split(",")
        inside = np.flatnonzero((kinds == "commune") & np.isin(zones, named))
        area = shapely.area(shapely.intersection(geometry[inside], geometry[j]))
        if area.sum() > 0:
            shares[inside, j] = area / area.sum()
    return shares


# The draws of layers


def _layer_draws(
    found: Release, now: Mapping[str, Told], layers: Mapping[str, Floats], count: int
) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return the draws of layers, and why there are none for others or for an indicator."""
    written = {x["id"]: x.get("formula") for x in found.catalogue["indicators"]}
    lost: dict[str, str] = {}
    for x in INDICATORS:
        if x.id not in written:
            lost[x.id] = "absent de cette livraison"
        elif written[x.id] != x.expression:
            lost[x.id] = "sa formule n'est plus celle de cette livraison : refaites le diagnostic"
    result = {
        name: np.repeat(layers[name][:, None], count, axis=1) for name in STILL if name in layers
    }
    for name, teller in TOLD_BY.items():
        x = INDICATORS[teller]
        if teller in lost:
            lost[name] = lost[teller]
        elif teller not in now or name not in layers or not _others(x, name) <= set(result):
            lost[name] = "absent de cette livraison"
        else:
            result[name] = _solved(x, name, now[teller], layers[name], result)
    return result, lost


def _others(x: Indicator, name: str) -> set[str]:
    return set(x.layers) - {name}


def _solved(
    x: Indicator, name: str, told: Told, central: Floats, known_draws: Mapping[str, Floats]
) -> Floats:
    """Return the draws of a layer for which a formula gives the draws of its indicator.

    The formula goes one way as the layer grows, so that halving finds it. NaN where it does not, or
    where the layers of the release do not give its own value back.
    """
    target = told.drawn

    def run(value: Floats) -> Floats:
        return x.formula(*(value if y == name else known_draws[y] for y in x.layers))

    if not _others(x, name):
        found = target.copy()
    else:
        low = np.zeros(target.shape)
        high = np.repeat(_most(central, known_draws, target.shape[1])[:, :1], target.shape[1], 1)
        rising = run(high) >= run(low)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            short = (run(middle) < target) == rising
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        found = high
    again = run(found)
    fits = np.abs(again - target) <= SAME * np.maximum(1.0, np.abs(target))
    return np.where(fits.all(axis=1, keepdims=True), found, np.nan)


def _most(central: Floats, known_draws: Mapping[str, Floats], count: int) -> Floats:
    """Return a bound that no draw of a layer exceeds: many times its value, or all there is."""
    ground = known_draws.get("zone_ground", np.zeros((len(central), count)))
    people = known_draws.get("population", np.zeros((len(central), count)))
    largest = np.maximum(ground, people).max(axis=1, initial=0.0, keepdims=True)
    return np.maximum(10 * np.nan_to_num(central)[:, None], np.nan_to_num(largest)) + 1.0
