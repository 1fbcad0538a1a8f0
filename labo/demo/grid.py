"""The 200 m grid as INSEE publishes it: fiscal households, with the small cells imputed.

Reproduced from the documentation and from what the real cells show. In a published 1 km square, all
small cells form one group; where they add up to fewer than 11 households, the next smallest cell
joins them, otherwise a subtraction would give them away. A 1 km square with fewer than 11
households joins a group of a larger square (2 km, 4 km, …). Each cell keeps its own number of
residents and receives the group's rates for all the rest.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from labo.demo.counts import COLUMNS, sums_by
from labo.demo.field import Bools, Floats, Ints

MINIMUM_HOUSEHOLDS = 11
CELL = 200
_KEY = 10_000_000
_ONE_DECIMAL = [COLUMNS.index("ind_snv"), COLUMNS.index("men_surf")]
_POOR, _HOUSEHOLDS, _PEOPLE = (COLUMNS.index(name) for name in ("men_pauv", "men", "ind"))
POVERTY_CEILING = 0.8


def cell_of(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """South-west corner (east, north) in EPSG:3035 of the cell of EPSG:2154 points."""
    to_grid = pyproj.Transformer.from_crs(2154, 3035, always_xy=True)
    east, north = to_grid.transform(x, y)
    return (
        (np.floor(np.asarray(east) / CELL) * CELL).astype(np.int64),
        (np.floor(np.asarray(north) / CELL) * CELL).astype(np.int64),
    )


def filosofi_cells(
    x: Floats, y: Floats, contributions: Floats, commune_code: NDArray[np.object_]
) -> pd.DataFrame:
    """Cells with the columns of the official file, and a `geometry` (EPSG:3035).

    Per fiscal household: address in EPSG:2154, contributions to `COLUMNS`, INSEE commune code.
    """
    east, north = cell_of(x, y)
    key, cell = np.unique(north * _KEY + east, return_inverse=True)
    north, east = np.divmod(key, _KEY)
    exact = sums_by(cell, contributions, len(key))
    secrecy = groups(east, north, exact[:, _HOUSEHOLDS])
    published = _published(exact, secrecy.group)
    table = pd.DataFrame(
        {
            "idcar_200m": _names(CELL, east, north),
            "idcar_1km": _names(1_000, east // 1_000 * 1_000, north // 1_000 * 1_000),
            "idcar_nat": _natural_names(east, north, secrecy),
            "i_est_200": secrecy.imputed.astype(np.int32),
            "i_est_1km": secrecy.kilometre.astype(np.int32),
            "lcog_geo": _commune_lists(cell, commune_code),
        }
    )
    table[list(COLUMNS)] = published
    table["geometry"] = shapely.box(east, north, east + CELL, north + CELL)
    return table


@dataclass(frozen=True)
class Secrecy:
    """Which cells are imputed, and with which others; arrays over cells."""

    group: Ints
    """Group number; -1 where the cell is exact."""
    square: Ints
    """Side of the square that holds the group, metres; 200 where the cell is exact."""
    place: Ints
    """A cell of that square."""
    kilometre: Bools
    """In a 1 km square that has itself too few households."""

    @property
    def imputed(self) -> Bools:
        """Cells whose values are the group's."""
        return self.group >= 0


def groups(east: Ints, north: Ints, households: Floats) -> Secrecy:
    """Decide who is imputed with whom, from the corner and the households of each cell."""
    n = len(households)
    group = np.full(n, -1, np.int64)
    square = np.full(n, CELL, np.int64)
    kilometre_total = _total_by_square(east, north, households, 1_000)
    low_kilometre = kilometre_total < MINIMUM_HOUSEHOLDS
    small = households < MINIMUM_HOUSEHOLDS
    pool = small & ~low_kilometre
    lacking = ~low_kilometre & ~small
    lacking &= _total_by_square(east, north, households * pool, 1_000) < MINIMUM_HOUSEHOLDS
    lacking &= _total_by_square(east, north, pool.astype(float), 1_000) > 0
    candidates = np.flatnonzero(lacking)
    if len(candidates):
        frame = pd.DataFrame(
            {"cell": candidates, "households": households[candidates],
             "key": _square_key(east, north, 1_000)[candidates]}
        )  # fmt: skip
        joined = frame.sort_values(["key", "households", "cell"]).drop_duplicates("key")["cell"]
        pool[joined.to_numpy()] = True
    next_number = _number_groups(group, pool, _square_key(east, north, 1_000), 0)
    square[pool] = 1_000
    waiting = low_kilometre.copy()
    side = 2_000
    while waiting.any() and side <= 128_000:
        enough = waiting & (
            _total_by_square(east, north, households * waiting, side) >= MINIMUM_HOUSEHOLDS
        )
        next_number = _number_groups(group, enough, _square_key(east, north, side), next_number)
        square[enough] = side
        waiting &= ~enough
        side *= 2
    place = np.arange(n)
    _join_nearest(group, square, place, waiting, east, north)
    return Secrecy(group, square, place, low_kilometre)


def _square_key(east: Ints, north: Ints, side: int) -> Ints:
    return (north // side) * _KEY + east // side


def _total_by_square(east: Ints, north: Ints, values: Floats, side: int) -> Floats:
    _, square = np.unique(_square_key(east, north, side), return_inverse=True)
    total: Floats = np.bincount(square, values)[square].astype(np.float64)
    return total


def _number_groups(group: Ints, chosen: Bools, key: Ints, first: int) -> int:
    names, number = np.unique(key[chosen], return_inverse=True)
    group[chosen] = first + number
    return first + len(names)


def _join_nearest(
    group: Ints, square: Ints, place: Ints, waiting: Bools, east: Ints, north: Ints
) -> None:
    """The last cells, too few to form a group, join that of the nearest imputed cell."""
    grouped = np.flatnonzero(group >= 0)
    for cell in np.flatnonzero(waiting):
        if len(grouped) == 0:
            group[waiting] = 0
            return
        near = grouped[
            np.argmin(np.hypot(east[grouped] - east[cell], north[grouped] - north[cell]))
        ]
        group[cell], square[cell], place[cell] = group[near], square[near], near


def _published(exact: Floats, group: Ints) -> Floats:
    imputed = group >= 0
    people = exact[:, [_PEOPLE]]
    ceiling = np.floor(POVERTY_CEILING * exact[:, _HOUSEHOLDS])
    table = exact.copy()
    table[:, _POOR] = np.minimum(exact[:, _POOR], ceiling)
    table[:, _ONE_DECIMAL] = np.round(table[:, _ONE_DECIMAL], 1)
    if imputed.any():
        total = sums_by(group, exact, int(group.max()) + 1)
        total[:, _POOR] = np.minimum(total[:, _POOR], POVERTY_CEILING * total[:, _HOUSEHOLDS])
        rates = total / total[:, [_PEOPLE]]
        table[imputed] = np.round(people[imputed] * rates[group[imputed]], 1)
        table[imputed, _PEOPLE] = people[imputed, 0]
    return table


def _names(side: int, east: Ints, north: Ints) -> list[str]:
    return [
        f"CRS3035RES{side}mN{n}E{e}" for e, n in zip(east.tolist(), north.tolist(), strict=True)
    ]


def _natural_names(east: Ints, north: Ints, secrecy: Secrecy) -> list[str]:
    side, place = secrecy.square, secrecy.place
    columns = (east[place] // side * side, north[place] // side * side, side)
    return [
        f"CRS3035RES{s}mN{n}E{e}"
        for e, n, s in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _commune_lists(cell: Ints, commune_code: NDArray[np.object_]) -> list[str]:
    """Codes of the communes of a cell's households, end to end, the most frequent first."""
    frame = pd.DataFrame({"cell": cell, "code": commune_code})
    tally = frame.value_counts(["cell", "code"], sort=False).reset_index(name="n")
    tally = tally.sort_values(["cell", "n", "code"], ascending=[True, False, True])
    return list(tally.groupby("cell")["code"].agg("".join))
