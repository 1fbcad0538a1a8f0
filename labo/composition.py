"""What the pieces of IRIS are made of: poor households or not, in houses or not.

A count by IRIS (households without a car, persons who live alone) follows poverty more than it
follows the height of buildings, and the cells tell where the poor live: an IRIS that a QPV cuts is
shared out by both.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from labo.areas import Areas
from labo.crosswalk import KINDS, Atoms
from labo.transfer import Carried

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOUSE = KINDS.index("house")
# Poor in a house, poor in a flat, not poor in a house, not poor in a flat.
CLASSES = 4


def with_poverty(
    iris: Areas | str, grid: Areas | str, carried: Mapping[str, Carried]
) -> Areas | str:
    """Return the IRIS with what their pieces are made of, where the cells tell it."""
    if isinstance(iris, str) or isinstance(grid, str):
        return iris
    return replace(iris, grain=replace(iris.grain, poverty=by_poverty(iris, grid, carried)))


def by_poverty(iris: Areas, grid: Areas, carried: Mapping[str, Carried]) -> Floats | None:
    """Return the share of each class of households in each atom of the IRIS, (atoms, CLASSES).

    The households of the cells' homes are looked for in the IRIS and the zones that they stand in.
    An atom in which none stands is like the whole territory. None where the cells do not count poor
    households.

    Args:
        iris: the IRIS, cut along zones.
        grid: the cells, cut along the same zones.
        carried: the cells' layers, shared out.
    """
    households, poor = carried.get("households"), carried.get("poor_households")
    if households is None or poor is None or households.composition is None:
        return None
    if not (households.draws and poor.draws):
        return None
    atoms, homes = grid.grain.atoms, grid.grain.atoms.homes
    of_kind = np.bincount(
        homes.atom * len(KINDS) + homes.kind, homes.capacity, len(atoms.source) * len(KINDS)
    )
    whole = of_kind[homes.atom * len(KINDS) + homes.kind]
    share = np.divide(homes.capacity, whole, out=np.zeros(len(whole)), where=whole > 0)
    share = share * households.composition[homes.atom, homes.kind]
    rate = np.divide(
        poor.on_atoms,
        households.on_atoms,
        out=np.zeros(len(atoms.source)),
        where=households.on_atoms > 0,
    )
    held = households.on_atoms[homes.atom] * share
    house = homes.kind == HOUSE
    place = _atom_at(homes.x, homes.y, _patterns(atoms)[:, homes.atom], iris)
    found = place >= 0
    poor_here = held * rate[homes.atom]
    amount = np.zeros((len(iris.grain.atoms.source), CLASSES))
    for column, part in enumerate(
        (
            poor_here * house,
            poor_here * ~house,
            (held - poor_here) * house,
            (held - poor_here) * ~house,
        )
    ):
        np.add.at(amount[:, column], place[found], part[found])
    total = amount.sum(axis=1)
    usual = amount.sum(axis=0) / max(total.sum(), 1e-12)
    return np.where(
        total[:, None] > 0, amount / np.where(total > 0, total, 1.0)[:, None], usual[None, :]
    )


def _patterns(atoms: Atoms) -> npt.NDArray[np.uint8]:
    """Return the zones that each atom lies in, as packed bits, (bytes, atoms)."""
    return np.packbits(atoms.inside.toarray().astype(bool), axis=0)


def _atom_at(x: Floats, y: Floats, pattern: npt.NDArray[np.uint8], iris: Areas) -> Ints:
    """Return the atom of the IRIS that each point is in, by place and zones; −1 where none is."""
    point, source = shapely.STRtree(shapely.points(x, y)).query(
        iris.geometry, predicate="intersects"
    )[::-1]
    of_point = np.full(len(x), -1, dtype=np.int64)
    of_point[point] = source
    atoms = iris.grain.atoms
    mine = np.vstack([atoms.source[None, :], _patterns(atoms)])
    theirs = np.vstack([of_point[None, :], pattern])
    keys, number = np.unique(np.hstack([mine, theirs]), axis=1, return_inverse=True)
    number = number.reshape(-1)
    atom_of = np.full(keys.shape[1], -1, dtype=np.int64)
    atom_of[number[: len(atoms.source)]] = np.arange(len(atoms.source))
    return np.where(of_point >= 0, atom_of[number[len(atoms.source) :]], -1)
