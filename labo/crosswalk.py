"""From one geography to another, as sparse matrices of exact shares.

Two ways lead from source areas (cells of a grid, IRIS) to zones (QPVs, communes …):

- `coverage`: the share of each source area's surface that lies in each zone: plain area weighting;
- `Atoms`: the source areas cut along the zones' edges, each piece with its residential capacity:
  dasymetric weighting. Shares of a source over its atoms sum to 1, so totals are conserved.

Geometries are in EPSG:3035, areas in m².
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

# A share below this is the noise of cutting polygons in floating point.
NEGLIGIBLE_SHARE = 1e-9
# Squares are looked for by stretches of so many; so many stretches are told apart (a power of 2).
STRETCH, STRETCHES = 64, 1 << 20
# So many squares at a time stay in a processor's cache.
CHUNK = 1 << 15
# One storey, when only a height is known (methods: height / 3 m).
STOREY_M = 3.0
# A dwelling count is set aside when it is this many times more or less than floors could hold.
IMPLAUSIBLE_RATIO = 4.0
# `np.digitize` of dwellings gives the first three. Buildings whose use and dwellings are unknown
# may be homes or sheds: the transfer finds out how many people they hold. The last kind is the bare
# surface of areas without a building.
KINDS = ("house", "small collective", "large collective", "unclear use", "surface")
UNCLEAR, SURFACE = 3, 4
# A building with fewer dwellings than the first is a house, from the second on a large block.
SMALL_DWELLINGS, LARGE_DWELLINGS = 3.0, 20.0
# With fewer counted buildings than this, the size of a dwelling is not read off them.
MIN_COUNTED_BUILDINGS = 50
SIZE_CLASSES = 12
# Floor area of a dwelling, walls and stairs included, when the file counts none (to check).
FLOOR_AREA_PER_DWELLING_M2 = 90.0
# Filosofi's periods of construction: before 1945, 1945-69, 1970-89, from 1990 on.
PERIOD_STARTS = (1945.0, 1970.0, 1990.0)
PERIODS = len(PERIOD_STARTS) + 1
UNDATED = -1
HOME, UNCLEAR_USE = "Résidentiel", "Indifférencié"
# Nothing smaller is lived in (m²).
SMALLEST_HOME_M2 = 20.0


def coverage(zones: Geometries, x: Ints, y: Ints, size: int) -> scipy.sparse.csr_matrix:
    """Return the share of each square that each zone covers, exactly.

    Nothing is intersected: every edge is cut along the lines of the grid, and each piece adds to
    its square the surface that lies north of it, to the squares further north their whole strip;
    edges that run west take away. Between two edges, every square of a column gets the same.

    Args:
        zones: valid polygons, shape (zones,); empty ones cover nothing.
        x: west sides of distinct squares of a regular grid, in any order, shape (squares,).
        y: their south sides, shape (squares,).
        size: side of the squares, same unit as the coordinates.

    Returns:
        CSR matrix (zones, squares) of shares in [0, 1].
    """
    shape = (len(zones), len(x))
    if not len(x):
        return scipy.sparse.csr_matrix(shape)
    west, south = int(x.min()), int(y.min())
    wide = (int(x.max()) - west) // size + 1
    # A square is known by its column and row; a row on each side stands for all that lie beyond.
    stride = (int(y.max()) - south) // size + 3
    zone, x0, y0, x1, y1, side = edges_of(zones, west, south, size)
    edge, of_column, of_row, wide_of, north_of = cut_on_grid(x0, y0, x1, y1, side)
    on_grid = (of_column >= 0) & (of_column < wide)
    place = (zone[edge] * wide + of_column) * stride + np.clip(of_row, -1, stride - 2) + 1
    keys, entry = np.unique(place[on_grid], return_inverse=True)
    width = np.asarray(np.bincount(entry, wide_of[on_grid]), dtype=np.float64)
    north = np.asarray(np.bincount(entry, north_of[on_grid]), dtype=np.float64)
    strip, zone_of, square = keys // stride, keys // (stride * wide), keys % (stride * wide)
    # What a square gets from the edges south of it, in its own strip of one zone.
    first = np.flatnonzero(np.diff(strip, prepend=-1))
    south_of = np.cumsum(width) - width
    south_of -= np.repeat(south_of[first], np.diff(first, append=len(keys)))
    share, beyond = _rounded(north + south_of), _rounded(south_of + width)
    between = np.flatnonzero((strip[1:] == strip[:-1]) & (beyond[:-1] > 0))

    # Few squares of a country lie near a zone: only those are put in order.
    asked = np.zeros(STRETCHES, dtype=bool)
    last = np.flatnonzero(np.diff(strip, append=-1))
    asked[_runs(square[first] // STRETCH, square[last] // STRETCH + 1) % STRETCHES] = True
    near: list[Ints] = []
    names: list[Ints] = []
    for begin in range(0, len(x), CHUNK):
        part = slice(begin, begin + CHUNK)
        name = (x[part] - west) // size * stride + (y[part] - south) // size + 1
        chosen = np.flatnonzero(asked[name // STRETCH & (STRETCHES - 1)])
        near.append(chosen + begin)
        names.append(name[chosen])
    held = np.concatenate(names)
    order = np.argsort(held)
    held, order = held[order], np.concatenate(near)[order]
    if not len(held):
        return scipy.sparse.csr_matrix(shape)
    start = np.searchsorted(held, square)
    met = (held[np.minimum(start, len(held) - 1)] == square) & (share > 0)
    after, until = np.searchsorted(held, square[between] + 1), start[between + 1]
    shares = np.concatenate([share[met], np.repeat(beyond[between], until - after)])
    zone_of = np.concatenate([zone_of[met], np.repeat(zone_of[between], until - after)])
    square = order[np.concatenate([start[met], _runs(after, until)])]
    return scipy.sparse.csr_matrix((shares, (zone_of, square)), shape=shape)


def _rounded(share: Floats) -> Floats:
    """Return shares without the noise of sums: 0 and 1 are exact."""
    whole = np.where(share > 1 - NEGLIGIBLE_SHARE, 1.0, share)
    return np.where(share > NEGLIGIBLE_SHARE, whole, 0.0)


def edges_of(
    zones: Geometries, west: int, south: int, size: int
) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
    """Return every edge that is not upright, in squares from (west, south), led from west to east.

    Returns:
        zone, x and y of the west end, x and y of the east end, and 1 where the zone lies north of
        the edge, -1 where it lies south; all of shape (edges,).
    """
    part, zone = shapely.get_parts(zones, return_index=True)
    # What was made valid may be a collection of multipolygons; its lines have no surface.
    part, owner = shapely.get_parts(part, return_index=True)
    zone = zone[owner]
    ring, owner = shapely.get_rings(part, return_index=True)
    zone, outer = zone[owner], np.diff(owner, prepend=-1) > 0
    led = np.where(shapely.is_ccw(ring) == outer, 1.0, -1.0)
    point, owner = shapely.get_coordinates(ring, return_index=True)
    point = (point - (west, south)) / size
    edge = np.flatnonzero((owner[1:] == owner[:-1]) & (point[1:, 0] != point[:-1, 0]))
    a, b, owner = point[edge], point[edge + 1], owner[edge]
    east = (b[:, 0] > a[:, 0])[:, None]
    a, b = np.where(east, a, b), np.where(east, b, a)
    side = np.where(east[:, 0], led[owner], -led[owner])
    return zone[owner], a[:, 0], a[:, 1], b[:, 0], b[:, 1], side


def cut_on_grid(
    x0: Floats, y0: Floats, x1: Floats, y1: Floats, side: Floats
) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Cut edges along the lines x = 0, 1, 2 … and y = 0, 1, 2 ….

    Returns:
        index of the edge, column and row of the piece; its width, and the surface north of it in
        its square, both times `side`; all of shape (pieces,).
    """
    edge, column = _steps(x0, x1)
    start: Floats = np.maximum(column, x0[edge])
    stop: Floats = np.minimum(column + 1, x1[edge])
    begin, rise, run = x0[edge], (y1 - y0)[edge], (x1 - x0)[edge]
    y_start = y0[edge] + rise * ((start - begin) / run)
    y_stop = y0[edge] + rise * ((stop - begin) / run)
    low, high = np.minimum(y_start, y_stop), np.maximum(y_start, y_stop)
    piece, row = _steps(low, high)
    low, high = low[piece], high[piece]
    bottom: Floats = np.maximum(row, low)
    top: Floats = np.minimum(row + 1, high)
    flat = high == low
    part = np.where(flat, 1.0, (top - bottom) / np.where(flat, 1.0, high - low))
    width = ((stop - start) * side[edge])[piece] * part
    return edge[piece], column[piece], row, width, width * (1 + row - (bottom + top) / 2)


def _steps(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Return the unit steps [n, n + 1] that each interval lies in: its index, and n."""
    first = np.floor(low).astype(np.int64)
    stop = np.maximum(np.ceil(high).astype(np.int64), first + 1)
    return np.repeat(np.arange(len(first)), stop - first), _runs(first, stop)


def _runs(start: Ints, stop: Ints) -> Ints:
    """Return the concatenation of range(start[i], stop[i])."""
    length = stop - start
    offset = np.repeat(stop - np.cumsum(length), length)
    return offset + np.arange(len(offset))


@dataclass(frozen=True)
class Stock:
    """Buildings where people may live: geometry, capacity in dwellings, kind (index of KINDS).

    `estimated` counts the buildings whose dwellings were worked out from their size. `period` is
    when they were built, 0 to 3 (PERIOD_STARTS) or UNDATED; None where nothing is dated.
    """

    geometry: Geometries
    dwellings: Floats
    kind: Ints
    estimated: int
    period: Ints | None = None


def housing_stock(buildings: pd.DataFrame, geometry: Geometries) -> Stock:
    """Return the residential capacity of each building, in dwellings.

    The dwelling count serves where there is one that the building's floors could hold; else floor
    area (footprint × floors, or × height / 3 m, or × 1) over the floor area of a dwelling seen in
    the buildings of that kind which have both.

    Args:
        buildings: use, light, dwellings, floors, height (m), built (year), as read from BD TOPO;
            without `built`, none is dated.
        geometry: footprints, EPSG:3035, same order.
    """
    footprint = shapely.area(geometry)
    floors = buildings["floors"].to_numpy(dtype=float)
    height = buildings["height"].to_numpy(dtype=float)
    floors = np.where(floors >= 1, floors, np.nan)
    from_height = np.where(height > 0, np.maximum(1.0, np.round(height / STOREY_M)), np.nan)
    storeys = np.where(np.isnan(floors), from_height, floors)
    floor_area = footprint * np.where(np.isnan(storeys), 1.0, storeys)

    counted = buildings["dwellings"].to_numpy(dtype=float)
    may_be = ~buildings["light"].to_numpy() & (footprint >= SMALLEST_HOME_M2)
    home = may_be & (buildings["use"] == HOME).to_numpy()
    unclear = may_be & (buildings["use"] == UNCLEAR_USE).to_numpy() & np.isnan(counted)
    known = (counted > 0) & (floor_area > 0)
    guess = _dwellings_by_size(floor_area, floor_area[known & home], counted[known & home])
    ratio = np.divide(counted, guess, out=np.full_like(guess, np.nan), where=guess > 0)
    plausible = known & (ratio < IMPLAUSIBLE_RATIO) & (ratio > 1 / IMPLAUSIBLE_RATIO)
    # In a home, no count and a count of zero both mean that nobody knows.
    replaced = home & ~plausible
    dwellings = np.where(plausible, counted, np.where(replaced | unclear, guess, 0.0))
    kind = np.digitize(dwellings, (SMALL_DWELLINGS, LARGE_DWELLINGS))
    kind[unclear] = UNCLEAR
    lived_in = dwellings > 0
    period = None
    if "built" in buildings:
        year = buildings["built"].to_numpy(dtype=float)
        period = np.where(np.isnan(year), UNDATED, np.digitize(year, PERIOD_STARTS))[lived_in]
    return Stock(
        geometry=geometry[lived_in],
        dwellings=dwellings[lived_in],
        kind=kind[lived_in],
        estimated=int(replaced.sum()),
        period=period,
    )


def _dwellings_by_size(floor_area: Floats, seen_area: Floats, seen_dwellings: Floats) -> Floats:
    """Return the dwellings that buildings of this floor area usually hold, from those counted.

    Small buildings are houses with one large dwelling, tall ones hold many small ones: the ratio is
    read in classes of equal number, and interpolated between them.
    """
    if len(seen_area) < MIN_COUNTED_BUILDINGS:
        return floor_area / FLOOR_AREA_PER_DWELLING_M2
    order = np.argsort(seen_area, kind="stable")
    classes = np.array_split(order, SIZE_CLASSES)
    middle = np.array([np.median(seen_area[c]) for c in classes])
    ratio = np.array([np.median(seen_dwellings[c] / seen_area[c]) for c in classes])
    middle, first = np.unique(middle, return_index=True)
    return floor_area * np.interp(floor_area, middle, ratio[first])


@dataclass(frozen=True)
class Homes:
    """Where people live inside the atoms: pieces of buildings, or points of a bare surface.

    atom: index of the atom, shape (homes,). x, y: EPSG:3035. capacity: what the piece has of its
    atom's. kind: index of KINDS.
    """

    atom: Ints
    x: Floats
    y: Floats
    capacity: Floats
    kind: Ints


@dataclass(frozen=True)
class Atoms:
    """Source areas cut along the edges of zones: the grain at which totals are shared out.

    source: index of the source area, sorted, shape (atoms,).
    capacity: residential capacity by kind of building (KINDS), shape (atoms, kinds). A kind is a
        unit too (dwellings, or m² where a source area has no building), so the kinds of a row are
        compared only through the rates that the transfer estimates.
    dated: what of it stands in buildings of each known period (PERIOD_STARTS), shape (atoms, kinds,
        PERIODS).
    concentration: from 0 where many buildings make up the atom to 1 where a single one does (sum of
        squared shares), shape (atoms,); 0 where the capacity is a bare surface.
    place: 0 far from every special zone, 2q + 1 near the special zone q, 2q + 2 inside it, shape
        (atoms,): people on both sides of a QPV's edge differ, and from one QPV to another.
    pattern: atoms with the same number lie in the same zones, shape (atoms,).
    inside: which zones each atom lies in, CSR (zones, atoms) of 0 and 1.
    by_area: source areas without any building, shared out by surface, shape (sources,).
    homes: where people live in them.
    """

    source: Ints
    capacity: Floats
    dated: Floats
    concentration: Floats
    place: Ints
    pattern: Ints
    inside: scipy.sparse.csr_matrix
    by_area: npt.NDArray[np.bool_]
    homes: Homes

    @cached_property
    def plain_share(self) -> Floats:
        """Share of each atom in its source by capacity alone (methods: R(c ∩ z) / R(c))."""
        total = self.capacity.sum(axis=1)
        return total / np.bincount(self.source, total, len(self.by_area))[self.source]


# How far (m) from a special zone a source area is still its surroundings: two cells.
NEAR_M = 400.0
# Where nobody knows the buildings, people are looked for at so many by so many points.
POINTS_ACROSS = 5


def cut(
    sources: Geometries, zones: Geometries, stock: Stock | None, special: npt.NDArray[np.bool_]
) -> Atoms:
    """Cut source areas along the edges of zones, with the residential capacity of each piece.

    Args:
        sources: polygons that do not overlap, shape (sources,).
        zones: polygons, which may overlap, shape (zones,).
        stock: the buildings, or None where no file is at hand (all by surface).
        special: which zones have people of their own (QPVs), shape (zones,).
    """
    piece_source, piece_shape, piece_capacity, piece_class, piece_period = _pieces(sources, stock)
    piece, fraction, signature, shape = _split(piece_shape, zones)
    # Zones as packed bits: pieces with the same source and the same zones are one atom.
    patterns, pattern = np.unique(signature, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    key = piece_source[piece] * len(patterns) + pattern
    keys, atom = np.unique(key, return_inverse=True)
    source, atom_pattern = keys // len(patterns), keys % len(patterns)
    member = np.unpackbits(patterns, axis=1, count=len(zones)).astype(bool)
    capacity = np.zeros((len(keys), len(KINDS)))
    np.add.at(capacity, (atom, piece_class[piece]), piece_capacity[piece] * fraction)
    dated = np.zeros((*capacity.shape, PERIODS))
    known = piece_period[piece] != UNDATED
    held = piece[known]
    np.add.at(
        dated,
        (atom[known], piece_class[held], piece_period[held]),
        piece_capacity[held] * fraction[known],
    )
    built = piece_class[piece] != SURFACE
    squares = np.bincount(
        atom[built], (piece_capacity[piece] * fraction)[built] ** 2, minlength=len(keys)
    )
    whole = capacity.sum(axis=1) ** 2
    inside = scipy.sparse.csr_matrix(member[atom_pattern].T.astype(np.float64))
    place = _nearest(sources, zones[special])[source]
    if special.any():
        within = member[atom_pattern][:, special]
        place = np.where(within.any(axis=1), 2 * within.argmax(axis=1) + 2, place)
    by_area = np.zeros(len(sources), dtype=bool)
    by_area[piece_source[piece_class == SURFACE]] = True
    return Atoms(
        source=source,
        capacity=capacity,
        dated=dated,
        concentration=np.divide(squares, whole, out=np.zeros_like(whole), where=whole > 0),
        place=place,
        pattern=atom_pattern,
        inside=inside,
        by_area=by_area,
        homes=_homes(atom, shape, piece_capacity[piece] * fraction, piece_class[piece]),
    )


def _homes(atom: Ints, shape: Geometries, capacity: Floats, kind: Ints) -> Homes:
    """Return a point for each piece of a building, and several for each piece of bare surface."""
    built = np.flatnonzero(kind != SURFACE)
    bare = np.flatnonzero(kind == SURFACE)
    centre = shapely.get_coordinates(shapely.centroid(shape[built]))
    west, south, east, north = shapely.bounds(shape[bare]).T[:, :, None, None]
    step = (np.arange(POINTS_ACROSS) + 0.5) / POINTS_ACROSS
    x = np.broadcast_to(west + (east - west) * step[:, None], (len(bare), len(step), len(step)))
    y = np.broadcast_to(south + (north - south) * step, x.shape)
    shapely.prepare(shape[bare])
    inside = shapely.contains_xy(shape[bare][:, None, None], x, y)
    # A sliver may hold none of the points.
    lost = np.flatnonzero(~inside.any(axis=(1, 2)))
    inner = shapely.get_coordinates(shapely.point_on_surface(shape[bare[lost]]))
    of_bare = np.concatenate([np.nonzero(inside)[0], lost])
    points = np.concatenate([np.column_stack([x[inside], y[inside]]), inner])
    share = 1.0 / np.bincount(of_bare, minlength=len(bare))[of_bare]
    owner = np.concatenate([built, bare[of_bare]])
    place = np.concatenate([centre, points])
    share = np.concatenate([np.ones(len(built)), share])
    return Homes(atom[owner], place[:, 0], place[:, 1], capacity[owner] * share, kind[owner])


def _nearest(sources: Geometries, special: Geometries) -> Ints:
    """Return 2q + 1 for the special zone q nearest to each source area, 0 where all are far."""
    place = np.zeros(len(sources), dtype=np.int64)
    if not len(special):
        return place
    source, zone = shapely.STRtree(special).query(sources, predicate="dwithin", distance=NEAR_M)
    distance = shapely.distance(sources[source], special[zone])
    order = np.lexsort((zone, distance, source))
    first = np.unique(source[order], return_index=True)[1]
    place[source[order][first]] = 2 * zone[order][first] + 1
    return place


def _pieces(
    sources: Geometries, stock: Stock | None
) -> tuple[Ints, Geometries, Floats, Ints, Ints]:
    """Return building pieces by source area; where there is none, the area itself.

    Returns:
        source index, geometry, capacity, class, period, all of shape (pieces,).
    """
    parts: list[tuple[Ints, Geometries, Floats, Ints, Ints]] = []
    served = np.zeros(len(sources), dtype=bool)
    if stock is not None and len(stock.geometry):
        source, building = shapely.STRtree(stock.geometry).query(sources, predicate="intersects")
        shape = stock.geometry[building]
        share = np.ones(len(building))
        # Only buildings that lie in several source areas, or stick out of all, need cutting.
        times = np.bincount(building, minlength=len(stock.geometry))[building]
        covered = np.asarray(shapely.covers(sources[source], shape), dtype=bool)
        across = np.flatnonzero((times > 1) | ~covered)
        shape = shape.copy()
        shape[across] = shapely.intersection(shape[across], sources[source[across]])
        whole = shapely.area(stock.geometry[building[across]])
        share[across] = shapely.area(shape[across]) / whole
        real = share > NEGLIGIBLE_SHARE
        source, building, shape, share = source[real], building[real], shape[real], share[real]
        served[source] = True
        period = np.full(len(building), UNDATED)
        if stock.period is not None:
            period = stock.period[building]
        capacity = stock.dwellings[building] * share
        parts.append((source, shape, capacity, stock.kind[building], period))
    empty = np.flatnonzero(~served)
    surface = shapely.area(sources[empty])
    bare = np.full(len(empty), SURFACE)
    parts.append((empty, sources[empty], surface, bare, np.full(len(empty), UNDATED)))
    source = np.concatenate([p[0] for p in parts]).astype(np.int64)
    shape = np.concatenate([p[1] for p in parts])
    capacity = np.concatenate([p[2] for p in parts])
    kind = np.concatenate([p[3] for p in parts]).astype(np.int64)
    period = np.concatenate([p[4] for p in parts]).astype(np.int64)
    return source, shape, capacity, kind, period


def _split(
    pieces: Geometries, zones: Geometries
) -> tuple[Ints, Floats, npt.NDArray[np.uint8], Geometries]:
    """Cut pieces along zone edges.

    Returns:
        index of the piece, share of its surface, the zones as packed bits, and the shape, one row
        per part.
    """
    tree = shapely.STRtree(pieces)
    zone, met = tree.query(zones, predicate="intersects")
    holder, held = tree.query(zones, predicate="covers")
    member = np.zeros((len(pieces), len(zones)), dtype=bool)
    member[held, holder] = True
    partly = ~member[met, zone]
    zone, met = zone[partly], met[partly]
    crossed = np.unique(met)
    whole = np.setdiff1d(np.arange(len(pieces)), crossed)

    part_piece, part_shape, part_member = crossed, pieces[crossed], member[crossed]
    for index in np.unique(zone):
        here = np.isin(part_piece, met[zone == index])
        shape = part_shape[here]
        within = shapely.intersection(shape, zones[index])
        without = shapely.difference(shape, zones[index])
        marked = part_member[here].copy()
        marked[:, index] = True
        part_shape = np.concatenate([part_shape[~here], within, without])
        part_member = np.concatenate([part_member[~here], marked, part_member[here]])
        part_piece = np.concatenate([part_piece[~here], part_piece[here], part_piece[here]])
        real = shapely.area(part_shape) > 0
        part_shape, part_member, part_piece = part_shape[real], part_member[real], part_piece[real]
    area = shapely.area(part_shape)
    total = np.bincount(part_piece, area, minlength=len(pieces))
    fraction = np.divide(area, total[part_piece], out=np.zeros_like(area), where=area > 0)
    real = fraction > NEGLIGIBLE_SHARE
    kept = np.bincount(part_piece[real], fraction[real], minlength=len(pieces))
    return (
        np.concatenate([whole, part_piece[real]]),
        np.concatenate([np.ones(len(whole)), fraction[real] / kept[part_piece[real]]]),
        np.packbits(np.concatenate([member[whole], part_member[real]]), axis=1),
        np.concatenate([pieces[whole], part_shape[real]]),
    )
