"""Who lives where: residents and households at each home, with draws, and what they meet there.

A layer carried to cells or IRIS stops at atoms. What lies around people (a flood zone, a walk to
the doctor) differs from one building to the next inside an atom, so residents are shared out
further, to the buildings, as the transfer shares them out by kind of building; one building's doubt
is the dispersion of the transfer, at the size of a building.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.sparse

from labo import dispersion
from labo.areas import Areas
from labo.crosswalk import KINDS, SURFACE
from labo.transfer import CAUSES, SMALLEST_PIECE, Carried, Cause
from labo.way import Whose

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Counted = Literal["residents", "households"]
HOUSE = KINDS.index("house")
# So many homes times draws are held in memory at once.
CHUNK = 2_000_000


@dataclass(frozen=True)
class Occupancy:
    """Residents and households at each home that lies in a zone, in the order of their atoms.

    x, y: EPSG:3035, shape (homes,). cell: index of the source area, (homes,). atom: number of the
    home's atom among those that hold one, (homes,). share: of its atom's people, (homes,). house:
    1 for an individual house, 0 for another building, NaN where no building is known, (homes,).
    variance: relative, of what a home holds, (homes,). imputed: whether its cell was, (atoms,).
    zones: which zones each atom lies in, CSR (zones, atoms). whole: what each atom holds, (atoms,).
    split: the atom's row in `drawn`, or −1 where its total is certain, (atoms,). drawn: its draws,
    by cause, each (split atoms, draws).
    """

    x: Floats
    y: Floats
    cell: Ints
    atom: Ints
    share: Floats
    house: Floats
    variance: Floats
    imputed: Bools
    zones: scipy.sparse.csr_matrix
    whole: Mapping[Counted, Floats]
    split: Ints
    drawn: Mapping[Counted, Mapping[Cause, Floats]]

    @cached_property
    def first(self) -> Ints:
        """Index of the first home of each atom, shape (atoms,)."""
        return np.searchsorted(self.atom, np.arange(len(self.imputed)))

    @cached_property
    def shares(self) -> scipy.sparse.csr_matrix:
        """What each home has of its atom's people, CSR (atoms, homes)."""
        homes = np.arange(len(self.atom))
        shape = (len(self.imputed), len(homes))
        return scipy.sparse.csr_matrix((self.share, (self.atom, homes)), shape=shape)

    def at_homes(self, counted: Counted) -> Floats:
        """Return the central number of residents or households at each home, (homes,)."""
        here: Floats = self.whole[counted][self.atom] * self.share
        return here

    def by_zone(self, amounts: Floats, counted: Counted) -> Floats:
        """Return the sums over each zone's people of `amounts` (homes, columns), as columns."""
        return self.zones @ ((self.shares @ amounts) * self.whole[counted][:, None])

    def drawn_by_zone(
        self, amounts: Mapping[Counted, Floats], seed: int, draws: int
    ) -> dict[Counted, dict[Cause, Floats]]:
        """Return `by_zone` with people drawn, each (zones, draws, columns).

        Args:
            amounts: per home, shape (homes, columns), by what is counted.
            seed: the draws depend on it and on the homes.
            draws: how many.
        """
        patterns, pattern = np.unique(
            np.packbits(self.zones.toarray().astype(bool), axis=0), axis=1, return_inverse=True
        )
        member = np.unpackbits(patterns, axis=0, count=self.zones.shape[0]).astype(np.float64)
        # Atoms in the same zones, with the same cause of doubt, are summed as one.
        alike = 2 * pattern.reshape(-1) + self.imputed
        means = {counted: self.shares @ e for counted, e in amounts.items()}
        sums = {
            counted: {c: np.zeros((patterns.shape[1], draws, e.shape[1])) for c in CAUSES}
            for counted, e in amounts.items()
        }
        rng = np.random.default_rng([seed, 2])
        for number in np.unique(alike):
            row, group = number // 2, np.flatnonzero(alike == number)
            # Which home of an atom holds its people is secrecy's doubt, or else the transfer's.
            moving: tuple[Cause, Cause] = ("all", "secrecy" if number % 2 else "transfer")
            for counted, cause in product(amounts, CAUSES):
                if cause in moving:
                    continue
                total = self._totals(counted, cause, group, draws)
                sums[counted][cause][row] += total.T @ means[counted][group]
            inside = np.flatnonzero(alike[self.atom] == number)
            for part in _stretches(self.atom[inside], max(1, CHUNK // draws)):
                homes = inside[part]
                atoms, owner = np.unique(self.atom[homes], return_inverse=True)
                share = self._drawn_shares(homes, owner, rng, draws)
                for counted, cause in product(amounts, moving):
                    total = self._totals(counted, cause, atoms, draws)
                    sums[counted][cause][row] += (share * total[owner]).T @ amounts[counted][homes]
        return {
            counted: {c: np.tensordot(member, x, axes=1) for c, x in of.items()}
            for counted, of in sums.items()
        }

    def _drawn_shares(
        self, homes: Ints, owner: Ints, rng: np.random.Generator, draws: int
    ) -> Floats:
        """Draw the share that each home has of its atom's people, (homes, draws).

        `owner` numbers the atoms of the homes in turn.
        """
        shape = 1 / np.maximum(self.variance[homes], 1e-12)[:, None]
        held = rng.standard_gamma(shape, size=(len(homes), draws))
        held *= self.share[homes][:, None] / shape
        np.maximum(held, 1e-300, out=held)
        held /= np.add.reduceat(held, np.flatnonzero(np.diff(owner, prepend=-1)))[owner]
        return held

    def _totals(self, counted: Counted, cause: Cause, atoms: Ints, draws: int) -> Floats:
        """Return what some atoms hold in each draw, (atoms, draws)."""
        total = np.repeat(self.whole[counted][atoms][:, None], draws, axis=1)
        split = self.split[atoms]
        total[split >= 0] = self.drawn[counted][cause][split[split >= 0]]
        return total


def _stretches(atom: Ints, most: int) -> Iterator[slice]:
    """Yield stretches of homes that fit in memory, each of whole atoms, of which `most` is met."""
    ends = np.flatnonzero(np.diff(atom, append=-1)) + 1
    begin = 0
    while begin < len(atom):
        full = np.searchsorted(ends, begin + most, side="right") - 1
        stop = int(ends[max(full, np.searchsorted(ends, begin, side="right"))])
        yield slice(begin, stop)
        begin = stop


def occupancy(areas: Areas, carried: Mapping[str, Carried]) -> Occupancy | None:
    """Return who lives at each home, or None where residents are not counted.

    Args:
        areas: the 200 m cells.
        carried: their layers; "population" and, where it is counted, "households".
    """
    people = carried.get("population")
    if people is None or people.composition is None:
        return None
    atoms, homes = areas.grain.atoms, areas.grain.atoms.homes
    kinds = len(KINDS)
    of_kind = np.bincount(
        homes.atom * kinds + homes.kind, homes.capacity, len(atoms.source) * kinds
    ).reshape(-1, kinds)
    within = np.divide(
        homes.capacity,
        of_kind[homes.atom, homes.kind],
        out=np.zeros(len(homes.atom)),
        where=homes.capacity > 0,
    )
    share = within * people.composition[homes.atom, homes.kind]
    in_zone = np.asarray(atoms.inside.sum(axis=0)).ravel() > 0
    kept = np.flatnonzero(in_zone[homes.atom] & (share > 0))
    kept = kept[np.argsort(homes.atom[kept], kind="stable")]
    present, atom = np.unique(homes.atom[kept], return_inverse=True)
    source = atoms.source[homes.atom[kept]]
    kind = homes.kind[kept]
    # A point of bare surface is no building whose dwellings could be wrongly counted.
    alone = np.where(kind == SURFACE, 0.0, 1.0)
    variance = np.zeros(len(kept))
    # What is not known of a building's households, then of how many people live in each.
    for counted in (carried["households"], people):
        if counted.spread is not None:
            amount = counted.on_atoms[homes.atom[kept]] * share[kept]
            whole = np.bincount(atoms.source, counted.on_atoms)[source]
            variance += counted.spread.variance(
                dispersion.Parts(np.maximum(amount, 1e-9), None, None),
                alone,
                np.clip(amount / np.maximum(whole, 1e-12), SMALLEST_PIECE, 1.0),
            )
    row = np.full(len(atoms.source), -1)
    row[areas.grain.split] = np.arange(len(areas.grain.split))
    counts: dict[Counted, Carried] = {"residents": people}
    if carried["households"].draws:
        counts["households"] = carried["households"]
    return Occupancy(
        x=homes.x[kept],
        y=homes.y[kept],
        cell=source,
        atom=atom,
        share=share[kept],
        house=np.where(kind == SURFACE, np.nan, (kind == HOUSE).astype(float)),
        variance=variance,
        imputed=areas.grain.imputed[atoms.source[present]],
        zones=atoms.inside[:, present],
        whole={name: x.on_atoms[present] for name, x in counts.items()},
        split=row[present],
        drawn={name: x.on_split for name, x in counts.items()},
    )


def counted_of(whose: Whose) -> Counted:
    """Return what is counted at homes for `whose`."""
    return "residents" if whose == "residents" else "households"
