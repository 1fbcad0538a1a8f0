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
# One storey, when only a height is known (methods: height / 3 m).
STOREY_M = 3.0
# A dwelling count is set aside when it is this many times more, or less, than the floors could hold.
IMPLAUSIBLE_RATIO = 4.0
# `np.digitize` of dwellings gives the first three. Buildings whose use and dwellings are unknown may
# be homes or sheds: the transfer finds out how many people they hold. The last kind is the bare
# surface of areas without a building.
KINDS = ("house", "small collective", "large collective", "unclear use", "surface")
UNCLEAR, SURFACE = 3, 4
# A building with fewer dwellings than the first is a house, with more than the second a large block.
SMALL_DWELLINGS, LARGE_DWELLINGS = 3.0, 20.0
# With fewer counted buildings than this, the size of a dwelling is not read off them.
MIN_COUNTED_BUILDINGS = 50
SIZE_CLASSES = 12
# Floor area of a dwelling, walls and stairs included, when the file counts none (to check).
FLOOR_AREA_PER_DWELLING_M2 = 90.0
HOME, UNCLEAR_USE = "Résidentiel", "Indifférencié"
# Nothing smaller is lived in (m²).
SMALLEST_HOME_M2 = 20.0


def coverage(zones: Geometries, x: Ints, y: Ints, size: int) -> scipy.sparse.csr_matrix:
    """Return the share of each square that each zone covers, by exact intersection.

    Args:
        zones: polygons, shape (zones,).
        x, y: south-west corners of distinct squares on a regular grid, shape (squares,).
        size: side of the squares, same unit as the coordinates.

    Returns:
        CSR matrix (zones, squares) of shares in [0, 1].
    """
    column, row = x // size, y // size
    stride = int(row.max()) + 2 if len(row) else 1
    keys = column * stride + row
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    rows: list[Ints] = []
    columns: list[Ints] = []
    shares: list[Floats] = []
    edge_zone: list[Ints] = []
    edge_square: list[Ints] = []
    for index, zone in enumerate(zones):
        west, south, east, north = shapely.bounds(zone)
        if np.isnan(west):
            continue
        first, last = int(west // size), int(east // size)
        low, high = int(south // size), int(north // size)
        across = np.arange(first, last + 1)
        # In each column of the grid, the squares that exist form one run of the sorted keys.
        start = np.searchsorted(keys, across * stride + low)
        stop = np.searchsorted(keys, across * stride + high, side="right")
        near = order[_runs(start, stop)]
        if not len(near):
            continue
        boxes_x, boxes_y = x[near], y[near]
        # A square whose box meets no edge of the polygon is all in or all out: its centre tells.
        touched = _touches_edge(zone, boxes_x, boxes_y, size)
        inner = near[~touched]
        inside = shapely.contains_xy(zone, x[inner] + size / 2, y[inner] + size / 2)
        inner = inner[inside]
        rows.append(np.full(len(inner), index))
        columns.append(inner)
        shares.append(np.ones(len(inner)))
        edge_zone.append(np.full(int(touched.sum()), index))
        edge_square.append(near[touched])
    if edge_zone:
        zone_of, square = np.concatenate(edge_zone), np.concatenate(edge_square)
        boxes = shapely.box(x[square], y[square], x[square] + size, y[square] + size)
        area = shapely.area(shapely.intersection(zones[zone_of], boxes)) / float(size) ** 2
        kept = area > NEGLIGIBLE_SHARE
        rows.append(zone_of[kept])
        columns.append(square[kept])
        shares.append(np.minimum(area[kept], 1.0))
    shape = (len(zones), len(x))
    if not rows:
        return scipy.sparse.csr_matrix(shape)
    return scipy.sparse.csr_matrix(
        (np.concatenate(shares), (np.concatenate(rows), np.concatenate(columns))), shape=shape
    )


def _runs(start: Ints, stop: Ints) -> Ints:
    """Return the concatenation of range(start[i], stop[i])."""
    length = stop - start
    total = int(length.sum())
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return offset + np.arange(total)


def _touches_edge(zone: shapely.Geometry, x: Ints, y: Ints, size: int) -> npt.NDArray[np.bool_]:
    """Return which squares may meet the zone's boundary: none that does is left out."""
    edge = shapely.get_parts(shapely.boundary(zone))
    points = shapely.get_coordinates(edge)
    if len(points) == 0:
        return np.ones(len(x), dtype=bool)
    lines, owner = shapely.get_coordinates(edge, return_index=True)
    same = owner[1:] == owner[:-1]
    a, b = lines[:-1][same], lines[1:][same]
    # Squares met by the bounding box of a segment, marked on the zone's own little grid.
    west, south = int(x.min()), int(y.min())
    wide = (int(x.max()) - west) // size + 1
    high = (int(y.max()) - south) // size + 1
    i0 = np.clip(np.floor((np.minimum(a[:, 0], b[:, 0]) - west) / size), 0, wide - 1).astype(int)
    i1 = np.clip(np.floor((np.maximum(a[:, 0], b[:, 0]) - west) / size), 0, wide - 1).astype(int)
    j0 = np.clip(np.floor((np.minimum(a[:, 1], b[:, 1]) - south) / size), 0, high - 1).astype(int)
    j1 = np.clip(np.floor((np.maximum(a[:, 1], b[:, 1]) - south) / size), 0, high - 1).astype(int)
    mark = np.zeros((wide + 1, high + 1), dtype=np.int64)
    np.add.at(mark, (i0, j0), 1)
    np.add.at(mark, (i1 + 1, j1 + 1), 1)
    np.add.at(mark, (i1 + 1, j0), -1)
    np.add.at(mark, (i0, j1 + 1), -1)
    met = mark.cumsum(axis=0).cumsum(axis=1) > 0
    touched: npt.NDArray[np.bool_] = met[(x - west) // size, (y - south) // size]
    return touched


@dataclass(frozen=True)
class Stock:
    """Buildings where people may live: geometry, capacity in dwellings, kind (index of KINDS).

    `estimated` counts the buildings whose dwellings were worked out from their size.
    """

    geometry: Geometries
    dwellings: Floats
    kind: Ints
    estimated: int


def housing_stock(buildings: pd.DataFrame, geometry: Geometries) -> Stock:
    """Return the residential capacity of each building, in dwellings.

    The dwelling count serves where there is one that the building's floors could hold; else floor
    area (footprint × floors, or × height / 3 m, or × 1) over the floor area of a dwelling seen in
    the buildings of that kind which have both.

    Args:
        buildings: use, light, dwellings, floors, height (m), as read from BD TOPO.
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
    return Stock(
        geometry=geometry[lived_in],
        dwellings=dwellings[lived_in],
        kind=kind[lived_in],
        estimated=int(replaced.sum()),
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
class Atoms:
    """Source areas cut along the edges of zones: the grain at which totals are shared out.

    source: index of the source area, sorted, shape (atoms,).
    capacity: residential capacity by kind of building (KINDS), shape (atoms, kinds). A kind is a
        unit too (dwellings, or m² where a source area has no building), so the kinds of a row are
        compared only through the rates that the transfer estimates.
    concentration: from 0 where many buildings make up the atom to 1 where a single one does (sum of
        squared shares), shape (atoms,); 0 where the capacity is a bare surface.
    place: 0 far from every special zone, 2q + 1 near the special zone q, 2q + 2 inside it, shape
        (atoms,): people on both sides of a QPV's edge differ, and from one QPV to another.
    pattern: atoms with the same number lie in the same zones, shape (atoms,).
    inside: which zones each atom lies in, CSR (zones, atoms) of 0 and 1.
    by_area: source areas without any building, shared out by surface, shape (sources,).
    """

    source: Ints
    capacity: Floats
    concentration: Floats
    place: Ints
    pattern: Ints
    inside: scipy.sparse.csr_matrix
    by_area: npt.NDArray[np.bool_]

    @cached_property
    def plain_share(self) -> Floats:
        """Share of each atom in its source by capacity alone (methods: R(c ∩ z) / R(c))."""
        total = self.capacity.sum(axis=1)
        return total / np.bincount(self.source, total, len(self.by_area))[self.source]


# How far (m) from a special zone a source area is still its surroundings: two cells.
NEAR_M = 400.0


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
    piece_source, piece_shape, piece_capacity, piece_class = _pieces(sources, stock)
    piece, fraction, signature = _split(piece_shape, zones)
    # Zones as packed bits: pieces with the same source and the same zones are one atom.
    patterns, pattern = np.unique(signature, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    key = piece_source[piece] * len(patterns) + pattern
    keys, atom = np.unique(key, return_inverse=True)
    source, atom_pattern = keys // len(patterns), keys % len(patterns)
    member = np.unpackbits(patterns, axis=1, count=len(zones)).astype(bool)
    capacity = np.zeros((len(keys), len(KINDS)))
    np.add.at(capacity, (atom, piece_class[piece]), piece_capacity[piece] * fraction)
    built = piece_class[piece] != SURFACE
    squares = np.bincount(
        atom[built], (piece_capacity[piece] * fraction)[built] ** 2, minlength=len(keys)
    )
    whole = capacity.sum(axis=1) ** 2
    inside = scipy.sparse.csr_matrix(member[atom_pattern].T.astype(np.float64))
    place = np.where(
        member[:, special].any(axis=1)[atom_pattern],
        2 * (member[:, special].argmax(axis=1)[atom_pattern] if special.any() else 0) + 2,
        _nearest(sources, zones[special])[source],
    )
    by_area = np.zeros(len(sources), dtype=bool)
    by_area[piece_source[piece_class == SURFACE]] = True
    return Atoms(
        source=source,
        capacity=capacity,
        concentration=np.divide(squares, whole, out=np.zeros_like(whole), where=whole > 0),
        place=place,
        pattern=atom_pattern,
        inside=inside,
        by_area=by_area,
    )


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


def _pieces(sources: Geometries, stock: Stock | None) -> tuple[Ints, Geometries, Floats, Ints]:
    """Return building pieces by source area; where there is none, the area itself.

    Returns:
        source index, geometry, capacity, class, all of shape (pieces,).
    """
    parts: list[tuple[Ints, Geometries, Floats, Ints]] = []
    served = np.zeros(len(sources), dtype=bool)
    if stock is not None and len(stock.geometry):
        source, building = shapely.STRtree(stock.geometry).query(sources, predicate="intersects")
        shape = stock.geometry[building]
        share = np.ones(len(building))
        # Only buildings that lie in several source areas, or stick out of all, need cutting.
        times = np.bincount(building, minlength=len(stock.geometry))[building]
        across = np.flatnonzero((times > 1) | ~shapely.covers(sources[source], shape))
        shape = shape.copy()
        shape[across] = shapely.intersection(shape[across], sources[source[across]])
        whole = shapely.area(stock.geometry[building[across]])
        share[across] = shapely.area(shape[across]) / whole
        real = share > NEGLIGIBLE_SHARE
        source, building, shape, share = source[real], building[real], shape[real], share[real]
        served[source] = True
        parts.append((source, shape, stock.dwellings[building] * share, stock.kind[building]))
    empty = np.flatnonzero(~served)
    surface = shapely.area(sources[empty])
    parts.append((empty, sources[empty], surface, np.full(len(empty), SURFACE)))
    source = np.concatenate([p[0] for p in parts]).astype(np.int64)
    shape = np.concatenate([p[1] for p in parts])
    capacity = np.concatenate([p[2] for p in parts])
    kind = np.concatenate([p[3] for p in parts]).astype(np.int64)
    return source, shape, capacity, kind


def _split(pieces: Geometries, zones: Geometries) -> tuple[Ints, Floats, npt.NDArray[np.uint8]]:
    """Cut pieces along zone edges.

    Returns:
        index of the piece, share of its surface, and the zones as packed bits, one row per part.
    """
    tree = shapely.STRtree(pieces)
    zone, met = tree.query(zones, predicate="intersects")
    full = shapely.covers(zones[zone], pieces[met]) if len(met) else np.zeros(0, dtype=bool)
    member = np.zeros((len(pieces), len(zones)), dtype=bool)
    member[met[full], zone[full]] = True
    crossing = pd.DataFrame({"zone": zone[~full], "piece": met[~full]}).sort_values(
        ["zone", "piece"], kind="stable"
    )
    crossed = np.unique(crossing["piece"].to_numpy(dtype=np.int64))
    whole = np.setdiff1d(np.arange(len(pieces)), crossed)

    part_piece, part_shape, part_member = crossed, pieces[crossed], member[crossed]
    for index, rows in crossing.groupby("zone"):
        here = np.isin(part_piece, rows["piece"].to_numpy())
        shape = part_shape[here]
        within = shapely.intersection(shape, zones[int(index)])
        without = shapely.difference(shape, zones[int(index)])
        marked = part_member[here].copy()
        marked[:, int(index)] = True
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
    )
