"""Who walks to a place that opens: the cells of a release, and a straight line made longer.

A release holds no street. The way to a new place is therefore its straight line times a detour,
with the detour's range, and whoever reads the result is told so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from labo.catalogue import INDICATORS, LAYERS
from labo.changed_layers import quantile, strengths
from labo.diagnosis import PRESENT
from labo.errors import BadInput
from labo.estimate import Estimate
from labo.release import Release
from labo.way import Walk

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DETOUR = Estimate(
    central=1.35,
    low=1.15,
    high=1.7,
    unit="1",
    reference="Ordre de grandeur du détour des rues sur la ligne droite en ville, à vérifier",
    grade="to_check",
    scope="chemin à pied par les rues, rapporté à la ligne droite",
)
STRAIGHT = (
    "Accès à pied à un lieu ouvert : la livraison ne contient pas les rues. Le chemin est la ligne "
    "droite, allongée d'un détour ({low} à {high} fois) ; l'intervalle en tient compte."
)
# Further from the homes of a neighbourhood than this, a place is not in it: a mistake, or another's.
FAR_M = 2_000.0
LEAST = 1e-9
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
    """The inhabited cells around a place that opens, in one order.

    x, y: of their south-western corner, side: in metres, (cells,). residents: (zones, cells), what
    each zone has of those that INSEE counted. imputed: which were not counted, (cells,); shares:
    of a cell's residents that each zone has, (zones, cells). unsaid: residents of each zone who live
    in cells that were imputed, (zones,).
    """

    ids: npt.NDArray[np.object_]
    x: Floats
    y: Floats
    side: Floats
    residents: Floats
    imputed: npt.NDArray[np.bool_]
    shares: Floats
    unsaid: Floats

    def weights(self, at: Ints, seed: int, draws: int) -> tuple[Floats, Floats]:
        """Return the residents of each zone in some cells, (zones, cells), and drawn, draws last.

        How many live in which imputed cell, a release never says: equal numbers stand for it, and
        any sharing out of their sum is drawn.
        """
        blank = self.shares * self.imputed
        loads = np.random.default_rng([seed, 8]).standard_exponential((len(self.ids), draws))
        even = self.unsaid / np.maximum(blank.sum(axis=1), LEAST)
        each = self.unsaid[:, None] / np.maximum(blank @ loads, LEAST)
        central = self.residents[:, at] + blank[:, at] * even[:, None]
        moved = blank[:, at, None] * loads[None, at] * each[:, None, :]
        return central, self.residents[:, at, None] + moved


def in_metres(lon: float, lat: float) -> tuple[float, float]:
    """Return a position of EPSG:4326 in metres of EPSG:3035."""
    x, y = _transformer().transform(lon, lat)
    return float(x), float(y)


@cache
def _transformer() -> Transformer:
    return Transformer.from_crs("EPSG:4326", "EPSG:3035", always_xy=True)


def cells_of(found: Release, zones: Sequence[str]) -> Cells:
    """Return the inhabited cells of some zones.

    Raises:
        BadInput: cells whose names do not say where they are.
    """
    shares = found.shares[found.shares["zone"].isin(zones)]
    ids = np.array(sorted(set(shares["cell"].astype(str))), dtype=object)
    told = [CELL.fullmatch(name) for name in ids]
    if not all(told):
        raise BadInput("Les carreaux de cette livraison ne disent pas où ils sont.")
    corners = np.array([[int(g) for g in m.groups()] for m in told if m], dtype=np.float64)
    corners = corners.reshape(-1, 3)
    table = shares.pivot(index="zone", columns="cell", values="share")
    part = table.reindex(index=list(zones), columns=ids).fillna(0.0).to_numpy(dtype=float)
    people = found.layers[found.layers["layer"] == "population"].set_index("zone")
    counted = people["central"].reindex(ids).to_numpy(dtype=float)
    return Cells(
        ids=ids,
        x=corners[:, 2],
        y=corners[:, 1],
        side=corners[:, 0],
        residents=part * np.nan_to_num(counted),
        imputed=np.isnan(counted),
        shares=part,
        unsaid=np.nan_to_num(people["imputed"].reindex(list(zones)).to_numpy(dtype=float)),
    )


def gains(
    found: Release, zones: Sequence[str], spots: Sequence[Spot], seed: int, draws: int
) -> dict[str, tuple[Floats, Floats]]:
    """Return the residents of each zone whom new places bring within reach, by layer.

    A cell's residents who are near already count once: between the two shares of a cell that are
    near (what was there, what opens) may lie anything from the same people to all others, and what
    lies between is drawn; the middle stands for it.

    Args:
        found: a release.
        zones: whose residents.
        spots: the places that open.
        seed: of what is drawn.
        draws: how many.

    Returns:
        by layer that a `Walk` to such a place carries: (zones,) and (zones, draws), 0 or more. For
        a field (minutes), what the median resident gains, 0 or less.
    """
    cells = cells_of(found, zones)
    detour = quantile(DETOUR, strengths("detour", seed, draws))
    mixed = strengths("overlap", seed, draws)
    result: dict[str, tuple[Floats, Floats]] = {}
    for kind in dict.fromkeys(spot.kind for spot in spots):
        metres = np.min([_metres(cells, s) for s in spots if s.kind == kind], axis=0)
        for x in LAYERS:
            way = x.carried
            if not isinstance(way, Walk) or way.place != kind:
                continue
            # Minutes by metre of straight line.
            slow, slow_drawn = (d / (way.speed_km_h * 1_000 / 60) for d in (DETOUR.central, detour))
            if x.kind == "field":
                now = _minutes_now(found, cells, kind)
                result[x.id] = _median_gains(cells, now, metres.mean(axis=1), slow, slow_drawn)
                continue
            # Elsewhere nobody comes within reach, whatever the detour.
            at = np.flatnonzero(x.formula(metres * slow_drawn.min()).any(axis=1))
            weight, weight_drawn = cells.weights(at, seed, draws)
            near = x.formula(metres[at] * slow).mean(axis=1)
            near_drawn = x.formula(metres[at, :, None] * slow_drawn).mean(axis=1)
            had = _share_now(found, cells.ids[at], x.id)
            newly = _newly(had[:, None], near_drawn, mixed)
            result[x.id] = (
                weight @ _newly(had, near, 0.5),
                np.einsum("zcd,cd->zd", weight_drawn, newly),
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
    """Return the share of a cell's residents who become near."""
    least = np.maximum(near - had, 0.0)
    most = np.minimum(near, 1.0 - had)
    found: Floats = least + (most - least) * mixed
    return found


def _share_now(found: Release, ids: npt.NDArray[np.object_], layer: str) -> Floats:
    """Return the share of each cell's residents who are near today; all of them if unknown.

    What is unknown then gains nothing: a gain is never made up.
    """
    reading = next(x.id for x in INDICATORS if x.layers == (layer, "population"))
    values = found.values
    rows = values[(values["indicator"] == reading) & (values["scenario"] == PRESENT)]
    share = rows.set_index("zone")["central"].reindex(ids).to_numpy(dtype=float)
    return np.where(np.isnan(share), 1.0, np.clip(share, 0.0, 1.0))


def _minutes_now(found: Release, cells: Cells, kind: str) -> Floats:
    rows = found.access[found.access["place"] == kind].set_index("cell")["minutes"]
    minutes = rows.reindex(cells.ids).to_numpy(dtype=float)
    # A cell without a walk gains nothing.
    return np.minimum(np.where(np.isnan(minutes), 0.0, minutes), LONGEST_MIN)


def _median_gains(
    cells: Cells, now: Floats, metres: Floats, slow: float, slow_drawn: Floats
) -> tuple[Floats, Floats]:
    """Return how many minutes less the median resident of each zone walks, 0 or less.

    Cells are taken whole, at the minutes of their own median resident.
    """
    every = np.arange(len(cells.ids))
    blank = cells.shares * cells.imputed
    even = cells.unsaid / np.maximum(blank.sum(axis=1), LEAST)
    weight = cells.residents + blank * even[:, None]
    central, drawn = np.zeros(len(weight)), np.zeros((len(weight), len(slow_drawn)))
    for zone, people in enumerate(weight):
        at = every[people > 0]
        if not len(at):
            continue
        before = _median(now[at, None], people[at])
        new = metres[at, None] * np.append(slow_drawn, slow)
        change = np.minimum(_median(np.minimum(now[at, None], new), people[at]) - before, 0.0)
        drawn[zone], central[zone] = change[:-1], change[-1]
    return central, drawn


def _median(minutes: Floats, people: Floats) -> Floats:
    """Return the minutes of the median resident of cells, (draws,), from (cells, draws)."""
    order = np.argsort(minutes, axis=0, kind="stable")
    below = np.cumsum(people[order], axis=0)
    at = np.argmax(below >= below[-1:] / 2, axis=0)
    found: Floats = np.take_along_axis(np.take_along_axis(minutes, order, 0), at[None], 0)[0]
    return found


def here(found: Release, zone: str, x: float, y: float) -> float:
    """Return how far (m) a point is from the nearest inhabited cell of a zone; NaN if none."""
    cells = cells_of(found, [zone])
    if not len(cells.ids):
        return float("nan")
    dx = np.maximum(np.maximum(cells.x - x, x - cells.x - cells.side), 0.0)
    dy = np.maximum(np.maximum(cells.y - y, y - cells.y - cells.side), 0.0)
    return float(np.hypot(dx, dy).min())
