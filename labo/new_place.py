"""Who walks to a place that opens: the cells of a release, and a straight line made longer.

A release holds no street. The way to a new place is therefore its straight line times a detour,
with the detour's range, and whoever reads the result is told so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse
from pyproj import Transformer

from labo.catalogue import INDICATORS, LAYERS
from labo.changed_layers import quantile, strengths
from labo.diagnosis import PRESENT
from labo.estimate import Estimate
from labo.release import Release
from labo.way import Walk

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DETOUR = Estimate(
    central=1.4,
    low=1.15,
    high=1.9,
    unit="1",
    reference="Ordre de grandeur du détour des rues sur de courtes distances en ville, à vérifier",
    grade="to_check",
    scope="chemin à pied par les rues, rapporté à la ligne droite",
)
STRAIGHT = (
    "Accès à pied à un lieu ouvert : la livraison ne contient pas les rues. Le chemin est la ligne "
    "droite, allongée d'un détour ({low} à {high} fois) ; l'intervalle en tient compte."
)
# Further than this from the homes of a neighbourhood, a place is not in it.
FAR_M = 2_000.0
LEAST = 1e-9
# Two places side by side reach the same people, two apart may reach others only: neither end is
# rare, so that one draw in six takes each.
BEYOND = 1.5
DETOURS = 11
CELL = re.compile(r"CRS3035RES(\d+)mN(\d+)E(\d+)")
# A cell is read at so many points each way.
POINTS = 5
# Beyond half an hour a walk counts for half an hour, as in the layer of walking minutes.
LONGEST_MIN = 30.0


class Spot(NamedTuple):
    """A place that opens: its kind, and where, in metres of EPSG:3035."""

    kind: str
    x: float
    y: float


@dataclass(frozen=True)
class Cells:
    """The inhabited cells of a territory, in one order.

    x, y: of their south-western corner; side: metres of EPSG:3035, (cells,). shares: of a cell's
    residents that each zone has, (zones, cells). counted: residents of a cell, NaN where INSEE
    imputed them, (cells,). unsaid: residents of each zone who live in such cells, (zones,). near:
    share of a cell's residents who are in reach today, by layer, (cells,). minutes: of its median
    resident, by kind of place, (cells,).
    """

    x: Floats
    y: Floats
    side: Floats
    shares: Floats
    counted: Floats
    unsaid: Floats
    near: Mapping[str, Floats]
    minutes: Mapping[str, Floats]

    @cached_property
    def blank(self) -> Floats:
        """Shares of the cells that were imputed, (zones, cells)."""
        return self.shares * np.isnan(self.counted)

    @cached_property
    def people(self) -> Floats:
        """Residents of each zone in each cell, (zones, cells).

        How many live in which imputed cell, a release never says: equal numbers stand for it.
        """
        even = self.unsaid / np.maximum(self.blank.sum(axis=1), LEAST)
        return self.shares * np.nan_to_num(self.counted) + self.blank * even[:, None]

    def drawn(self, at: Ints, seed: int, draws: int) -> Floats:
        """Return `people` of some cells by draw, (zones, cells, draws): what a release never says
        is shared out at random among imputed cells.
        """
        loads = np.random.default_rng([seed, 8]).standard_exponential((len(self.x), draws))
        # A sparse product goes on one thread: its bits are the same on every machine.
        whole = scipy.sparse.csr_array(self.blank) @ loads
        each = self.unsaid[:, None] / np.maximum(whole, LEAST)
        known = self.shares[:, at] * np.nan_to_num(self.counted)[at]
        moved: Floats = self.blank[:, at, None] * loads[None, at] * each[:, None, :]
        return known[:, :, None] + moved


def in_metres(lon: float, lat: float) -> tuple[float, float]:
    """Return a position of EPSG:4326 in metres of EPSG:3035."""
    x, y = _transformer().transform(lon, lat)
    return float(x), float(y)


@cache
def _transformer() -> Transformer:
    return Transformer.from_crs("EPSG:4326", "EPSG:3035", always_xy=True)


def cells_of(found: Release, zones: Sequence[str]) -> Cells:
    """Return the inhabited cells of some zones."""
    shares = found.shares[found.shares["zone"].isin(zones)]
    ids = np.array(sorted(set(shares["cell"].astype(str))), dtype=object)
    told = [CELL.fullmatch(name) for name in ids]
    # One whose name does not say where it is gains nothing.
    ids = ids[[m is not None for m in told]]
    corners = np.array([[int(g) for g in m.groups()] for m in told if m], dtype=np.float64)
    corners = corners.reshape(-1, 3)
    table = shares.pivot(index="zone", columns="cell", values="share")
    part = table.reindex(index=list(zones), columns=ids).fillna(0.0).to_numpy(dtype=float)
    people = found.layers[found.layers["layer"] == "population"].set_index("zone")
    return Cells(
        x=corners[:, 2],
        y=corners[:, 1],
        side=corners[:, 0],
        shares=part,
        counted=people["central"].reindex(ids).to_numpy(dtype=float),
        unsaid=np.nan_to_num(people["imputed"].reindex(list(zones)).to_numpy(dtype=float)),
        near=_near(found, ids),
        minutes=_minutes(found, ids),
    )


def _near(found: Release, ids: npt.NDArray[np.object_]) -> dict[str, Floats]:
    """Return the share of each cell's residents who are in reach of a place today, by layer.

    Where it is unknown everybody is: a gain is never made up.
    """
    tellers = {
        x.id: x.layers[0]
        for x in INDICATORS
        if len(x.layers) == 2
        and x.layers[1] == "population"
        and isinstance(LAYERS[x.layers[0]].carried, Walk)
    }
    values = found.values
    rows = values[values["indicator"].isin(tellers) & (values["scenario"] == PRESENT)]
    table = rows.pivot(index="zone", columns="indicator", values="central").reindex(ids)
    return {
        layer: np.clip(np.nan_to_num(table[name].to_numpy(dtype=float), nan=1.0), 0.0, 1.0)
        for name, layer in tellers.items()
        if name in table
    }


def _minutes(found: Release, ids: npt.NDArray[np.object_]) -> dict[str, Floats]:
    """Return the minutes of each cell's median resident; 0, to gain nothing, where unknown."""
    table = found.access.pivot(index="cell", columns="place", values="minutes").reindex(ids)
    return {
        str(kind): np.minimum(np.nan_to_num(table[kind].to_numpy(dtype=float)), LONGEST_MIN)
        for kind in table
    }


def gains(
    cells: Cells, spots: Sequence[Spot], seed: int, draws: int
) -> dict[str, tuple[Floats, Floats]]:
    """Return the residents of each zone whom new places bring within reach, by layer.

    A cell's residents who are near already count once. Where some are, a place that opens may bring
    nobody more (it stands beside the other one) or as many as it reaches; what lies between is
    drawn, and the middle stands for it.

    Args:
        cells: of a territory.
        spots: the places that open.
        seed: of what is drawn.
        draws: how many.

    Returns:
        by layer that a `Walk` to such a place carries: (zones,) and (zones, draws), 0 or more. For
        a field (minutes), the part of the median resident's walk that is gained, −1 to 0.
    """
    detour = quantile(DETOUR, strengths("detour", seed, draws))
    mixed = np.clip(BEYOND * (strengths("overlap", seed, draws) - 0.5) + 0.5, 0.0, 1.0)
    result: dict[str, tuple[Floats, Floats]] = {}
    for kind in dict.fromkeys(spot.kind for spot in spots):
        metres: Floats = np.full((len(cells.x), POINTS**2), np.inf)
        for spot in dict.fromkeys(s for s in spots if s.kind == kind):
            np.minimum(metres, _metres(cells, spot), out=metres)
        for x in LAYERS:
            way = x.carried
            if not isinstance(way, Walk) or way.place != kind:
                continue
            # Metres of straight line that are walked in a minute.
            pace = way.speed_km_h * 1_000 / 60
            if x.kind == "field":
                if kind in cells.minutes:
                    result[x.id] = _median_gains(cells, kind, metres.mean(axis=1) / pace, detour)
            elif x.id in cells.near:
                # Elsewhere nobody comes within reach, whatever the detour.
                at = np.flatnonzero(x.formula(metres * DETOUR.low / pace).any(axis=1))
                near = x.formula(metres[at] * DETOUR.central / pace).mean(axis=1)
                near_drawn = x.formula(metres[at, :, None] * detour / pace).mean(axis=1)
                had = cells.near[x.id][at]
                newly = _newly(had[:, None], near_drawn, mixed)
                result[x.id] = (
                    (cells.people[:, at] * _newly(had, near, 0.5)).sum(axis=1),
                    np.einsum("zcd,cd->zd", cells.drawn(at, seed, draws), newly),
                )
    return result


def _metres(cells: Cells, spot: Spot) -> Floats:
    """Return the straight line to a place from points spread over each cell, (cells, points)."""
    step = (np.arange(POINTS) + 0.5) / POINTS
    across, up = (v.ravel() for v in np.meshgrid(step, step))
    x = cells.x[:, None] + across * cells.side[:, None]
    y = cells.y[:, None] + up * cells.side[:, None]
    found: Floats = np.hypot(x - spot.x, y - spot.y)
    return found


def _newly(had: Floats, near: Floats, mixed: Floats | float) -> Floats:
    """Return the share of a cell's residents who become near.

    `mixed` says how much of those who are not near yet the place reaches, where some are already:
    nobody more (0), or as many as it can (1).
    """
    found: Floats = np.where(had > 0, mixed, 1.0) * np.minimum(near, 1.0 - had)
    return found


def _median_gains(
    cells: Cells, kind: str, minutes: Floats, detour: Floats
) -> tuple[Floats, Floats]:
    """Return the part of the walk of the median resident of each zone that is gained, −1 to 0.

    Cells are taken whole, at the minutes of their own median resident. A longer detour gains less:
    some detours are tried, and those between lie between.
    """
    tried = np.linspace(DETOUR.low, DETOUR.high, DETOURS)
    now = cells.minutes[kind]
    central, drawn = np.zeros(len(cells.people)), np.zeros((len(cells.people), len(detour)))
    for zone, people in enumerate(cells.people):
        at = np.flatnonzero(people > 0)
        if not len(at):
            continue
        before = _median(now[at, None], people[at])
        new = minutes[at, None] * np.append(tried, DETOUR.central)
        after = _median(np.minimum(now[at, None], new), people[at])
        change = np.minimum(after / np.maximum(before, LEAST) - 1.0, 0.0)
        drawn[zone], central[zone] = np.interp(detour, tried, change[:-1]), change[-1]
    return central, drawn


def _median(minutes: Floats, people: Floats) -> Floats:
    """Return the minutes of the median resident of cells, (draws,), from (cells, draws)."""
    order = np.argsort(minutes, axis=0, kind="stable")
    below = np.cumsum(people[order], axis=0)
    at = np.argmax(below >= below[-1:] / 2, axis=0)
    found: Floats = np.take_along_axis(np.take_along_axis(minutes, order, 0), at[None], 0)[0]
    return found


def metres_from(cells: Cells, zone: int, x: float, y: float) -> float:
    """Return how far (m) a point is from the nearest inhabited cell of a zone; NaN if none."""
    at = cells.shares[zone] > 0
    if not at.any():
        return float("nan")
    west, south, side = cells.x[at], cells.y[at], cells.side[at]
    dx = np.maximum(np.maximum(west - x, x - west - side), 0.0)
    dy = np.maximum(np.maximum(south - y, y - south - side), 0.0)
    return float(np.hypot(dx, dy).min())
