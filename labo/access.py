"""Walking time to the nearest place, along the streets.

Three steps, each a function: `build_network` turns the streets into a graph, `snap` and `entrances`
put homes and places on it, `metres_to_nearest` runs one Dijkstra from all the places of a kind at
once. It counts metres, so one run serves every walking speed: `walking_minutes` converts.

There is no crow-fly time here: where no street file is at hand there is no network, and the caller
says so. The only straight lines are from a home, or a place, to the street beside it.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from labo.errors import BadInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# LineStrings or polygons: with a CRS they are reprojected, bare arrays are in EPSG:3035 already.
Shapes: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | npt.NDArray[np.object_]

CRS = "EPSG:3035"
# Vertices in the same square of this side are one node. What one file writes twice differs by the
# rounding of a reprojection; the nearest things that are really apart, the two kerbs of a path, are
# further. BD TOPO writes decimetres.
NODE_M = 0.1
# Streets are cut so that there is a node at least this often: the nearest node is then at most half
# of it further along the street than the nearest point, 11 s at 4 km/h.
PIECE_M = 25.0
# Two ends of a bridge that the file does not hold, or a real island: such a part of all the streets
# is a town of its own and not a scrap.
ISLET_SHARE = 0.05
# Further than this from any street of the file, a point is outside of what the file covers.
MAX_SNAP_M = 500.0
# 75 minutes at 4 km/h: nobody walks further to a place of everyday life.
LIMIT_M = 5_000.0
# A park is entered from any street this near to it: a kerb and a pavement.
ENTRANCE_M = 20.0
WALKING_KMH = 4.0
WALKING_65_PLUS_KMH = 3.0


@dataclass(frozen=True)
class Network:
    """Streets as a graph; nodes are numbered so that neighbours are near in memory.

    x, y: nodes, EPSG:3035 metres, shape (nodes,). lengths: metres between neighbours, each in both
    directions, CSR of shape (nodes, nodes). metres: of all streets kept. islet_metres: of streets
    left out because they are joined to nothing large. tree: of the nodes.
    """

    x: Floats
    y: Floats
    lengths: sparse.csr_array
    metres: float
    islet_metres: float
    tree: cKDTree


@dataclass(frozen=True)
class Snaps:
    """Points put on a network: `node[i]` stands for `point[i]`, `metres[i]` of it in straight line.

    A place of several entrances has several entries. `points` is how many points or polygons there
    were; a point of which `node` is -1 is more than MAX_SNAP_M from every street.
    """

    point: Ints
    node: Ints
    metres: Floats
    points: int

    @property
    def off(self) -> int:
        """How many points are too far from every street."""
        return int((self.node < 0).sum())


def build_network(streets: Shapes) -> Network:
    """Return the graph of walkable streets, which can be walked both ways.

    Every vertex of a street is a node and streets meet where they share one, as in OpenStreetMap
    and BD TOPO: lines that cross without a shared vertex are a bridge or a tunnel. An edge is as
    long as the line it follows; the lengths of EPSG:3035 are true within 0.5 % in France.
    Duplicate streets count once. Only parts that hold at least ISLET_SHARE of all metres are kept,
    so that a path drawn apart from the rest does not cut off the homes beside it.

    Raises:
        BadInput: no line, something else than lines, or coordinates that are no metres.
    """
    xy, line = shapely.get_coordinates(_lines(streets), return_index=True)
    # Written so that what is no number is refused too.
    if not 180 < np.abs(xy).max() < np.inf:
        raise BadInput(
            f"The streets have coordinates such as ({xy[0, 0]:.6g}, {xy[0, 1]:.6g}), which are "
            f"degrees or nowhere; {CRS} metres were expected: give them with their CRS."
        )
    _, first, vertex = np.unique(_curve_order(xy), return_index=True, return_inverse=True)
    along = np.flatnonzero((line[1:] == line[:-1]) & (vertex[1:] != vertex[:-1]))
    metres = np.hypot(*(xy[along + 1] - xy[along]).T)
    ends = np.sort(np.column_stack([vertex[along], vertex[along + 1]]), axis=1)
    _, once = np.unique(ends[:, 0] * len(first) + ends[:, 1], return_index=True)
    nodes, ends, metres = _cut(xy[first], ends[once], metres[once])
    lengths = _both_ways(ends, metres, len(nodes))
    kept, total = _large_parts(lengths), float(metres.sum())
    within = total
    if not kept.all():
        lengths, nodes = lengths[kept][:, kept], nodes[kept]
        within = float(lengths.sum()) / 2
    tree = cKDTree(nodes, balanced_tree=False, compact_nodes=False)
    x, y = nodes.T.copy()
    return Network(x, y, lengths, within, total - within, tree)


def _lines(streets: Shapes) -> npt.NDArray[np.object_]:
    """Return the LineStrings, in EPSG:3035.

    Raises:
        BadInput: none, or something else.
    """
    shapes = shapely.get_parts(_in_metres(streets))
    shapes = shapes[~shapely.is_empty(shapes)]
    kinds = shapely.get_type_id(shapes)
    odd = ~np.isin(kinds, (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING))
    if odd.any():
        raise BadInput(
            f"The streets hold a {shapes[int(odd.argmax())].geom_type}; lines were expected: give "
            "the file of streets."
        )
    lines = shapes[shapely.length(shapes) > 0]
    if not len(lines):
        raise BadInput(
            "There is no street to walk on: give a file of streets that covers the territory."
        )
    return lines


def _in_metres(shapes: Shapes) -> npt.NDArray[np.object_]:
    if isinstance(shapes, gpd.GeoDataFrame | gpd.GeoSeries):
        located = shapes.geometry
        here = located if located.crs is None else located.to_crs(CRS)
        return np.asarray(here.array, dtype=object)
    return np.asarray(shapes, dtype=object)


def _curve_order(xy: Floats) -> npt.NDArray[np.uint64]:
    """Return a number per vertex, the same for those in the same square, near for near ones.

    It interleaves the bits of column and row (Morton's curve).
    """
    squares = np.round((xy - xy.min(axis=0)) / NODE_M).astype(np.uint64)
    for shift in (16, 8, 4, 2, 1):
        # Ones in groups of `shift` bits, as many zeros between them.
        mask = np.uint64(sum(((1 << shift) - 1) << at for at in range(0, 64, 2 * shift)))
        squares = (squares | (squares << np.uint64(shift))) & mask
    return squares[:, 0] | (squares[:, 1] << np.uint64(1))


def _cut(nodes: Floats, ends: Ints, metres: Floats) -> tuple[Floats, Ints, Floats]:
    """Cut edges into equal pieces of at most PIECE_M; return nodes, ends and metres of the pieces.

    A new node belongs to its street alone: where a bridge happens to be cut above the street that
    it crosses, the two do not meet. The nodes come in the order of a curve that fills the plane:
    Dijkstra then finds neighbours in the cache.
    """
    pieces = np.maximum(np.ceil(metres / PIECE_M), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    # Which piece of its edge, and the number that the node at its end has if it is a new one.
    piece = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    new = len(nodes) + np.arange(len(edge)) - edge
    start = np.where(piece == 0, ends[edge, 0], new - 1)
    end = np.where(piece == pieces[edge] - 1, ends[edge, 1], new)
    inner = edge[piece > 0]
    part = (piece[piece > 0] / pieces[inner])[:, None]
    nodes = np.concatenate(
        [nodes, nodes[ends[inner, 0]] * (1 - part) + nodes[ends[inner, 1]] * part]
    )
    order = np.argsort(_curve_order(nodes), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return nodes[order], rank[np.column_stack([start, end])], (metres / pieces)[edge]


def _both_ways(ends: Ints, metres: Floats, nodes: int) -> sparse.csr_array:
    there = (np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]])
    return sparse.coo_array((np.r_[metres, metres], there), shape=(nodes, nodes)).tocsr()


def _large_parts(lengths: sparse.csr_array) -> npt.NDArray[np.bool_]:
    """Return which nodes are in a part that holds enough of all metres, shape (nodes,)."""
    count, part = csgraph.connected_components(lengths, directed=False)
    metres = np.bincount(part, weights=lengths.sum(axis=1), minlength=count)
    # Among scraps only, the largest is still what there is.
    large = metres >= min(ISLET_SHARE * metres.sum(), metres.max())
    return large[part]


def snap(network: Network, points: Floats) -> Snaps:
    """Put points (EPSG:3035 metres, shape (points, 2)) on their nearest node.

    Raises:
        BadInput: a coordinate that is not a number.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        row = int((~np.isfinite(points)).any(axis=1).argmax())
        raise BadInput(
            f"Point {row} is at ({points[row, 0]}, {points[row, 1]}); two numbers in metres were "
            "expected: leave out the points whose place is unknown."
        )
    metres, node = network.tree.query(points, distance_upper_bound=MAX_SNAP_M, workers=-1)
    node = np.where(np.isfinite(metres), node, -1).astype(np.int64)
    return Snaps(np.arange(len(points)), node, metres, len(points))


def entrances(network: Network, areas: Shapes, within_m: float = ENTRANCE_M) -> Snaps:
    """Put areas on the network: every node inside them or within `within_m` is an entrance.

    Fences and gates are not known. An area that no street comes near to is entered from the node
    nearest to its edge. Points may stand among the areas.
    """
    shapes = _in_metres(areas)
    # Boxes of nodes first: a distance to a contour of a thousand vertices is dear.
    nodes = shapely.points(network.x, network.y)
    entrance, area = shapely.STRtree(shapes).query(nodes, predicate="dwithin", distance=within_m)
    metres = shapely.distance(nodes[entrance], shapes[area])
    lacking = np.setdiff1d(np.flatnonzero(~shapely.is_empty(shapes)), area)
    if len(lacking):
        edges = shapely.segmentize(shapes[lacking], within_m)
        points, index = shapely.get_coordinates(edges, return_index=True)
        found = snap(network, points)
        # The nearest first, then one for each area.
        order = np.lexsort((found.metres, index))
        nearest = order[np.unique(index[order], return_index=True)[1]]
        node = found.node[nearest]
        beside = shapely.distance(nodes[node], shapes[lacking])
        area, entrance = np.r_[area, lacking], np.r_[entrance, node]
        metres = np.r_[metres, np.where(node < 0, np.inf, beside)]
    return Snaps(area.astype(np.int64), entrance.astype(np.int64), metres, len(shapes))


def metres_to_nearest(
    network: Network, origins: Snaps, places: Snaps, limit_m: float = LIMIT_M
) -> Floats:
    """Return the metres on foot from each origin to the nearest place of one kind.

    Shape (origins,). `inf`: none within `limit_m`, which is known. NaN: the origin is further than
    MAX_SNAP_M from every street, so nothing is known. Never 0 for lack of an answer. Both straight
    lines, home to street and street to place, are counted. That no list of places exists is not
    the same as an empty one and is the caller's to say.
    """
    here = places.node >= 0
    reached = _from_places(network, places.node[here], places.metres[here], limit_m)
    known = origins.node >= 0
    metres = np.full(origins.points, np.inf)
    # An origin of several entrances leaves by the nearest.
    at = origins.point[known]
    np.minimum.at(metres, at, reached[origins.node[known]] + origins.metres[known])
    metres[metres > limit_m] = np.inf
    off = np.ones(origins.points, dtype=bool)
    off[at] = False
    metres[off] = np.nan
    return metres


def metres_to_each(
    network: Network, origins: Snaps, places: Snaps, limit_m: float
) -> tuple[Ints, Ints, Floats]:
    """Return the metres on foot from each origin to each place within `limit_m`, as pairs.

    Origin, place and metres, each (pairs,), by place. The least of them is what `metres_to_nearest`
    says. A path is no shorter than the straight line, so that of each place only the streets around
    it are looked at. An origin has one entrance.
    """
    nodes = np.column_stack([network.x, network.y])
    known = np.flatnonzero(origins.node >= 0)
    at_node = origins.node[known]
    number = np.full(len(nodes), -1)
    found: list[tuple[Ints, Ints, Floats]] = []
    order = np.argsort(places.point, kind="stable")
    order = order[places.node[order] >= 0]
    for doors in np.split(order, np.flatnonzero(np.diff(places.point[order])) + 1):
        if not len(doors):
            continue
        spots = nodes[places.node[doors]]
        centre = spots.mean(axis=0)
        reach = limit_m + float(np.hypot(*(spots - centre).T).max())
        here = np.sort(np.asarray(network.tree.query_ball_point(centre, reach), dtype=np.int64))
        number[here] = np.arange(len(here))
        around = replace(
            network, x=nodes[here, 0], y=nodes[here, 1], lengths=network.lengths[here][:, here]
        )
        reached = _from_places(around, number[places.node[doors]], places.metres[doors], limit_m)
        near = np.flatnonzero(number[at_node] >= 0)
        metres = reached[number[at_node[near]]] + origins.metres[known[near]]
        kept = metres <= limit_m
        of_place = np.full(int(kept.sum()), places.point[doors[0]])
        found.append((origins.point[known[near[kept]]], of_place, metres[kept]))
        number[here] = -1
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    origin, place, metres = (np.concatenate(x) for x in zip(*found, strict=True))
    return origin, place, metres


def _from_places(network: Network, node: Ints, metres: Floats, limit_m: float) -> Floats:
    """Return the metres from each node to the nearest place, shape (nodes,); inf beyond the limit.

    One more node is joined to the nodes of the places by their straight lines, one way: the
    distances from it are those from the nearest place, in a single run.
    """
    lengths = network.lengths
    order = np.lexsort((metres, node))
    node, first = np.unique(node[order], return_index=True)
    nodes = len(network.x)
    indices = np.concatenate([lengths.indices, node.astype(lengths.indices.dtype)])
    indptr = np.append(lengths.indptr, len(indices)).astype(lengths.indptr.dtype)
    data = np.concatenate([lengths.data, metres[order][first]])
    graph = sparse.csr_array((data, indices, indptr), shape=(nodes + 1, nodes + 1))
    return csgraph.dijkstra(graph, indices=nodes, limit=limit_m)[:nodes]


def walking_minutes(metres: Any, speed_kmh: float = WALKING_KMH) -> Floats:
    """Return the minutes that these metres take; inf and NaN stay what they are.

    Raises:
        BadInput: a speed that is not above 0.
    """
    if not speed_kmh > 0:
        raise BadInput(f"The walking speed is {speed_kmh} km/h; a speed above 0 was expected.")
    return np.asarray(metres, dtype=np.float64) / (speed_kmh * 1000.0 / 60.0)
