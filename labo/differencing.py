"""What published sums tell together: which hidden groups can be had by adding and subtracting them.

The ground is cut into atoms: all that the same published zones cover. A published value is then a
sum over atoms, a row of zeros and ones. Whoever adds and subtracts rows obtains exactly the vectors
of their row space, so a group of atoms is told when its indicator vector lies there. With a basis
of the null space as columns, that is when the vectors of the group's atoms add up to zero.

Groups of up to `MOST_ATOMS` atoms are tried, all of them. Larger ones are left aside: their number
grows exponentially. What cannot be negative also bounds what is not told exactly; that is not
looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import scipy.linalg
import shapely
from scipy.optimize import linprog

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

# A sum of shares is equal to a count to the rounding of the machine only.
ROUNDING = 1e-6
# A basis of unit vectors computed in double precision is zero to this.
ZERO = 1e-9
MOST_ATOMS = 4
# Sums of pairs that are kept in memory when groups of four are looked for.
MOST_PAIRS = 200_000
MOST_MATCHES = 300_000


@dataclass(frozen=True)
class Group:
    """Atoms that published rows tell of together.

    `weights` (rows,) is how many times each row is added or taken away, `count` what comes out.
    """

    atoms: tuple[int, ...]
    weights: Floats
    count: float


def atoms_of(geometry: Geometries, *, edge: float, sliver: float) -> Bools:
    """Return which zones cover which atoms, shape (zones, atoms).

    An atom is all the ground that the same zones cover. What vanishes when `edge` (m) is taken off
    around it, to less than `sliver` (m²), comes from outlines that do not quite meet and is none.
    """
    lines = shapely.union_all(shapely.boundary(geometry))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    large = faces[shapely.area(faces) >= sliver]
    # Eroding is slow: what is wide and large is told by its shape alone.
    wide = shapely.area(large) - edge * shapely.length(large) >= sliver
    unsure = np.flatnonzero(~wide)
    wide[unsure] = shapely.area(shapely.buffer(large[unsure], -edge)) >= sliver
    points = shapely.point_on_surface(large[wide])
    covers = np.zeros((len(geometry), len(points)), dtype=bool)
    point, zone = shapely.STRtree(geometry).query(points, predicate="intersects")
    covers[zone, point] = True
    atoms: Bools = np.unique(covers[:, covers.any(axis=0)], axis=1)
    return atoms


def null_space(rows: Bools) -> Floats:
    """Return unit vectors (atoms, …) at right angles to all rows: what no sum of rows tells of."""
    if not rows.size:
        return np.eye(rows.shape[1])
    basis: Floats = scipy.linalg.null_space(rows.astype(float))
    return basis


def few_told(rows: Bools, counts: Floats, few: float, basis: Floats | None = None) -> list[Group]:
    """Return the groups of atoms of more than nobody and fewer than `few` that the rows tell of.

    Groups are the smallest: none holds another that is told as well. A group that is a row itself
    is left out, since whoever published the row has looked at its count.

    Args:
        rows: which atoms each published value sums, shape (rows, atoms).
        counts: the published values, shape (rows,).
        few: a group of at least so many tells nothing about anyone.
        basis: the `null_space` of the rows, where it is known already.
    """
    if not rows.size:
        return []
    whole = rows.astype(float)
    basis = null_space(rows) if basis is None else basis
    estimate = np.linalg.lstsq(whole, counts, rcond=None)[0]
    known = {row.tobytes() for row in rows}
    found = []
    for atoms in _told_groups(basis):
        # Equal to the true count wherever the rows agree with one another.
        if not ROUNDING < estimate[list(atoms)].sum() < few - ROUNDING:
            continue
        target = np.zeros(rows.shape[1], dtype=bool)
        target[list(atoms)] = True
        if target.tobytes() in known:
            continue
        weights = combination(rows, target)
        if weights is None:
            continue
        count = float(weights @ counts)
        if ROUNDING < count < few - ROUNDING:
            found.append(Group(atoms, weights, count))
    return found


def combination(rows: Bools, target: Bools) -> Floats | None:
    """Return the weights (rows,) that make `target` (atoms,) of the rows; None when none do.

    Of all weights the smallest in sum, so that what tells is said in few zones.
    """
    if not rows.size or not target.any():
        return None
    count = len(rows)
    matrix = rows.T.astype(float)
    solved = linprog(
        np.ones(2 * count),
        A_eq=np.hstack([matrix, -matrix]),
        b_eq=target.astype(float),
        bounds=(0, None),
        method="highs",
    )
    if solved.x is None:
        return None
    weights: Floats = solved.x[:count] - solved.x[count:]
    weights[np.abs(weights) < ROUNDING] = 0.0
    # Rows are zeros and ones: weights are whole, or fractions of small numbers.
    near = np.round(weights * 12) / 12
    weights = np.where(np.abs(weights - near) < ROUNDING, near, weights)
    return weights if np.abs(matrix @ weights - target).max() < ROUNDING else None


def hide(
    rows: Bools,
    counts: Floats,
    *,
    few: float,
    hidden: Bools,
    fixed: Bools,
    targets: Bools,
    cost: Floats,
) -> Bools:
    """Return which rows to hide so that nothing secret can be computed from the others.

    What each leak is made of loses its cheapest row, until none is left. It ends, because what is
    hidden stays so.

    Args:
        rows: which atoms each value sums, shape (rows, atoms).
        counts: how many stand behind each value, shape (rows,).
        few: fewer than this, and more than nobody, may not be told.
        hidden: rows that are hidden in any case, shape (rows,).
        fixed: rows that are known already and cannot be hidden, shape (rows,).
        targets: further vectors that may not be told, whatever their count, shape (…, atoms).
        cost: what is lost with a row, shape (rows,).
    """
    hidden = hidden.copy()
    by_cost = np.lexsort((np.arange(len(rows)), cost))
    while True:
        shown = np.flatnonzero(~hidden)
        basis = null_space(rows[shown])
        leaks = [g.weights for g in few_told(rows[shown], counts[shown], few, basis)]
        leaks += _told_targets(rows[shown], targets, basis)
        leaks += _nested_told(rows[shown], counts[shown], few)
        newly: set[int] = set()
        for weights in leaks:
            used = set(shown[weights != 0].tolist())
            if used & newly:
                continue
            free = [i for i in by_cost if i in used and not fixed[i]]
            newly |= {int(i) for i in free[:1]}
        if not newly:
            return hidden
        hidden[list(newly)] = True


def _told_targets(rows: Bools, targets: Bools, basis: Floats) -> list[Floats]:
    """Return the weights of each target that lies in the row space."""
    if not len(targets) or not rows.size:
        return []
    told = np.abs(targets.astype(float) @ basis).max(axis=1, initial=0.0) < ROUNDING
    found = [combination(rows, target) for target in targets[told]]
    return [weights for weights in found if weights is not None]


def _nested_told(rows: Bools, counts: Floats, few: float) -> list[Floats]:
    """Return the weights of a row minus those that fit beside one another in it, if few are left.

    However many atoms are left, these are the first sums that people draw: a whole and its parts.
    """
    size = rows.sum(axis=1)
    found = []
    for whole in range(len(rows)):
        inside = np.flatnonzero((size < size[whole]) & ~(rows & ~rows[whole]).any(axis=1))
        for order in (inside[np.argsort(size[inside])], inside[np.argsort(-size[inside])]):
            weights, left = np.zeros(len(rows)), rows[whole].copy()
            weights[whole] = 1.0
            for part in order:
                if left[rows[part]].all():
                    left &= ~rows[part]
                    weights[part] = -1.0
            if left.any() and (weights < 0).any():
                count = float(weights @ counts)
                if ROUNDING < count < few - ROUNDING:
                    found.append(weights)
    return found


def _told_groups(basis: Floats) -> Iterator[tuple[int, ...]]:
    """Give the smallest groups of at most MOST_ATOMS rows of `basis` (atoms, …) adding up to zero.

    Sums are compared through one fixed projection, then verified.
    """
    direction = np.random.default_rng(0).normal(size=basis.shape[1])
    alone = np.abs(basis).max(axis=1, initial=0.0) < ZERO
    yield from ((int(i),) for i in np.flatnonzero(alone))
    left = np.flatnonzero(~alone)
    value = basis[left] @ direction
    order = np.argsort(value, kind="stable")
    left, value = left[order], value[order]
    first, second = np.triu_indices(len(left), 1)
    if not 0 < len(first) <= MOST_PAIRS:
        return
    sums = value[first] + value[second]
    zero = _verified(basis, left, first, second) if len(first) else first
    taken = {frozenset((int(left[first[i]]), int(left[second[i]]))) for i in zero}
    yield from sorted(tuple(sorted(pair)) for pair in taken)
    apart = np.ones(len(first), dtype=bool)
    apart[zero] = False
    first, second, sums = first[apart], second[apart], sums[apart]
    singles = [(int(i),) for i in range(len(left))]
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    for groups, values in ((singles, value), (pairs, sums)):
        smallest: set[frozenset[int]] = set()
        for i, j in _opposites(sums, values):
            members = {*pairs[i], *groups[j]}
            if len(members) != 2 + len(groups[j]):
                continue
            atoms = frozenset(int(left[k]) for k in members)
            if atoms in smallest or _holds(atoms, taken):
                continue
            if np.abs(basis[sorted(atoms)].sum(axis=0)).max() < ZERO:
                smallest.add(atoms)
        taken |= smallest
        yield from sorted(tuple(sorted(atoms)) for atoms in smallest)


def _verified(basis: Floats, left: Ints, first: Ints, second: Ints) -> Ints:
    """Return which pairs add up to zero in every direction."""
    # Few pairs agree in the first direction: only those are looked at in all.
    near = np.flatnonzero(np.abs(basis[left[first], 0] + basis[left[second], 0]) < ZERO)
    sums = basis[left[first[near]]] + basis[left[second[near]]]
    result: Ints = near[np.abs(sums).max(axis=1, initial=0.0) < ZERO]
    return result


def _opposites(one: Floats, other: Floats) -> Iterator[tuple[int, int]]:
    """Give the places (i, j) where one[i] + other[j] is zero."""
    order = np.argsort(other, kind="stable")
    ordered = other[order]
    start = np.searchsorted(ordered, -one - ZERO, side="left")
    stop = np.searchsorted(ordered, -one + ZERO, side="right")
    matches = 0
    for i in np.flatnonzero(stop > start):
        for j in order[start[i] : stop[i]]:
            matches += 1
            if matches > MOST_MATCHES:
                return
            yield int(i), int(j)


def _holds(atoms: frozenset[int], taken: set[frozenset[int]]) -> bool:
    """Whether a smaller group among `atoms` is told by itself."""
    members: Sequence[int] = sorted(atoms)
    return any(
        frozenset(part) in taken
        for size in range(2, len(members))
        for part in combinations(members, size)
    )
