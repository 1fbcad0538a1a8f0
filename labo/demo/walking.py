"""Places in OpenStreetMap, stops in GTFS, and the true minutes on foot from every household."""

import io
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from labo.demo import files
from labo.demo.buildings import Kind
from labo.demo.field import Floats
from labo.demo.plan import FABRIC, OPEN, Use
from labo.demo.site import Site
from labo.demo.surroundings import streets

SOURCES = {
    "ign_bdtopo_troncon_de_route_2026": ("troncon_de_route.gpkg", "2026"),
    "insee_bpe_2024": ("bpe.csv", "2024"),
    "osm_places_2026": ("places.osm", "2026"),
    "transport_gtfs_2026": ("gtfs.zip", "2026"),
}
_FIRST_ID = 9_000_000_000
# Tags of places, residents per place, opening hours with their share.
_INDOOR = (
    ("amenity", "library", 9_000, (("Tu-Sa 10:00-18:00", 0.5),
                                   ("Tu-Sa 10:00-18:00; Aug off", 0.5))),
    ("amenity", "place_of_worship", 5_000, (("Mo-Su 09:00-19:00", 0.6), ("", 0.4))),
    ("amenity", "community_centre", 7_000, (("Mo-Fr 09:00-18:00; Aug off", 0.6),
                                            ("Mo-Fr 09:00-18:00", 0.3), ("", 0.1))),
    ("shop", "supermarket", 8_000, (("Mo-Sa 08:30-20:00", 0.9), ("", 0.1))),
    ("leisure", "swimming_pool", 25_000, (("Jun-Aug Mo-Su 10:00-19:00", 1.0),)),
)  # fmt: skip
_NAMES = {
    "library": "Médiathèque", "place_of_worship": "Lieu de culte",
    "community_centre": "Centre social", "supermarket": "Supermarché", "swimming_pool": "Piscine",
}  # fmt: skip
_OPEN_IN_AUGUST = {
    "Tu-Sa 10:00-18:00", "Mo-Su 09:00-19:00", "Mo-Fr 09:00-18:00", "Mo-Sa 08:30-20:00",
    "Jun-Aug Mo-Su 10:00-19:00",
}  # fmt: skip
_CARE, _FOOD = ("D265", "D307"), ("B104",)
_INFORMATION = ("A128", "A129", "F307")
_METRES_PER_MINUTE = 4_000 / 60
_SENIOR_METRES_PER_MINUTE = 3_000 / 60
_LARGE_M2 = 5_000.0
_LIMIT_MINUTES = 30.0


def write(site: Site) -> pd.DataFrame:
    """Add the territory's places and stops to the files; return the true access by zone."""
    rng = np.random.default_rng([*site.key, 51])
    roads = streets(site.city, [*site.key[:-1], 103], 0)
    lines = roads["geometry"].to_numpy()
    parks = _parks(site, rng)
    indoor = _indoor(site, rng)
    stops = _stops(lines, rng)
    _write_osm(site, parks, indoor)
    _write_gtfs(site, stops)
    streets_of = _Streets(lines)
    houses = site.city.households
    home = np.column_stack([houses.x, houses.y])
    opened = [(x, y) for x, y, _, _, hours in indoor if hours in _OPEN_IN_AUGUST]
    told = [(x, y) for x, y, _, value, _ in indoor if value in ("library", "community_centre")]
    large = [p for p in parks if p.area >= _LARGE_M2]
    places: dict[str, tuple[NDArray[np.object_], float]] = {
        "cool_outdoor_access_share": (np.array(parks, object), 10 * _METRES_PER_MINUTE),
        "cool_indoor_access_share": (_points(opened), 10 * _METRES_PER_MINUTE),
        "senior_cool_indoor_access_share": (_points(opened), 10 * _SENIOR_METRES_PER_MINUTE),
        "care_access_share": (_equipment(site, _CARE), 10 * _METRES_PER_MINUTE),
        "information_access_share": (
            np.concatenate([_equipment(site, _INFORMATION), _points(told)]),
            10 * _METRES_PER_MINUTE,
        ),
        "green_space_access_share": (np.array(large, object), 300.0),
        "transport_access_share": (shapely.points(stops), 5 * _METRES_PER_MINUTE),
        "food_access_share": (_equipment(site, _FOOD), 10 * _METRES_PER_MINUTE),
    }  # fmt: skip
    rows = []
    for indicator, (spots, limit) in places.items():
        metres = streets_of.walks(home, spots)
        rows.append(site.truth_by_residents(indicator, (metres <= limit).astype(float)))
    return pd.concat(rows, ignore_index=True)


def _points(spots: list[tuple[float, float]]) -> NDArray[np.object_]:
    return np.asarray(shapely.points(np.array(spots, dtype=float).reshape(-1, 2)), dtype=object)


def _parks(site: Site, rng: np.random.Generator) -> list[shapely.Polygon]:
    """The blocks planned as parks, and some open blocks of the inner town as small gardens."""
    land, plan = site.city.land, site.city.plan
    built = np.zeros(len(land), bool)
    built[site.city.buildings.block] = True
    parks = np.flatnonzero((plan.use == Use.PARK) & ~built)
    inner = (plan.fabric != OPEN) & (plan.fabric != FABRIC["scattered"]) & built
    gardens = np.flatnonzero(inner)[rng.random(int(inner.sum())) < 0.015]
    result = list(shapely.polygons(_shrunk(land.quads[parks], 0.9)))
    # A garden takes a corner of its block: smaller than half a hectare more often than not.
    result += list(shapely.polygons(_shrunk(land.quads[gardens], 0.35)))
    return result


def _shrunk(quads: Floats, factor: float) -> Floats:
    middle = quads.mean(axis=1, keepdims=True)
    smaller: Floats = np.round(middle + factor * (quads - middle), 2)
    return smaller


def _indoor(site: Site, rng: np.random.Generator) -> list[tuple[float, float, str, str, str]]:
    """x, y, key, value and opening hours of each cool indoor place."""
    built = site.city.buildings
    pool = np.flatnonzero(np.isin(built.kind, (Kind.SHOP, Kind.SCHOOL)))
    if not len(pool):
        pool = np.arange(len(built))
    found = []
    for key, value, residents, hours in _INDOOR:
        for spot in rng.choice(pool, max(1, round(site.city.residents / residents))):
            texts, shares = zip(*hours, strict=True)
            text = str(rng.choice(texts, p=shares))
            found.append((float(built.x[spot]), float(built.y[spot]), key, value, text))
    return found


def _stops(lines: NDArray[np.object_], rng: np.random.Generator) -> Floats:
    """Stops every 350 m or so along the larger streets, in an order that a bus could take."""
    spots = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    order = rng.permutation(len(spots))
    taken: list[int] = []
    cell: set[tuple[int, int]] = set()
    for i in order:
        square = (int(spots[i, 0] // 450), int(spots[i, 1] // 450))
        if square not in cell:
            cell.add(square)
            taken.append(int(i))
    kept: Floats = np.round(spots[taken], 1)
    return kept


def _equipment(site: Site, types: tuple[str, ...]) -> NDArray[np.object_]:
    """Places of BPE of this territory that are of these types."""
    table = pd.read_csv(site.directory / SOURCES["insee_bpe_2024"][0], sep=";", dtype=str)
    rows = table[table["DEPCOM"].isin(site.codes) & table["TYPEQU"].isin(types)]
    x, y = rows["LAMBERT_X"].astype(float), rows["LAMBERT_Y"].astype(float)
    return np.asarray(shapely.points(x, y), dtype=object)


class _Streets:
    """Streets as segments whose ends are nodes; one enters a street at its nearest point."""

    def __init__(self, lines: NDArray[np.object_]) -> None:
        ends = np.concatenate(
            [
                shapely.get_coordinates(shapely.get_point(lines, 0)),
                shapely.get_coordinates(shapely.get_point(lines, -1)),
            ]
        )
        _, node = np.unique(np.round(ends, 2), axis=0, return_inverse=True)
        self.lines = lines
        self.tree = shapely.STRtree(lines)
        self.length = shapely.length(lines)
        self.ends = node.reshape(2, -1).T
        self.nodes = int(node.max()) + 1

    def walks(self, homes: Floats, places: NDArray[np.object_]) -> Floats:
        """Metres from each home to the nearest place; infinite where there is none."""
        if not len(places):
            return np.full(len(homes), np.inf)
        spots = _entrances(places)
        street, along, aside = self._enter(spots)
        a, b = self.ends[street].T
        # One more node, joined to both ends of every street that a place stands on.
        source = np.full(2 * len(spots), self.nodes)
        start = np.concatenate([aside + along, aside + self.length[street] - along])
        rows = np.concatenate([self.ends[:, 0], self.ends[:, 1], source])
        columns = np.concatenate([self.ends[:, 1], self.ends[:, 0], a, b])
        metres = np.concatenate([self.length, self.length, start])
        first = np.lexsort((metres, columns, rows))
        keep = first[np.unique(rows[first] * (self.nodes + 1) + columns[first],
                               return_index=True)[1]]  # fmt: skip
        graph = coo_array(
            (np.maximum(metres[keep], 1e-9), (rows[keep], columns[keep])),
            shape=(self.nodes + 1, self.nodes + 1),
        ).tocsr()
        reached = dijkstra(graph, indices=self.nodes)
        home_street, home_along, home_aside = self._enter(shapely.points(homes))
        left, right = self.ends[home_street].T
        metres = home_aside + np.minimum(
            reached[left] + home_along, reached[right] + self.length[home_street] - home_along
        )
        # Both on the same street: straight along it.
        for k in np.unique(street):
            here = np.flatnonzero(home_street == k)
            if len(here):
                there = np.flatnonzero(street == k)
                direct = np.abs(home_along[here][:, None] - along[there]) + aside[there]
                metres[here] = np.minimum(metres[here], home_aside[here] + direct.min(axis=1))
        found: Floats = metres
        return found

    def _enter(self, points: NDArray[np.object_]) -> tuple[NDArray[np.int64], Floats, Floats]:
        street = self.tree.nearest(points)
        along = shapely.line_locate_point(self.lines[street], points)
        return street, along, shapely.distance(self.lines[street], points)


def _entrances(places: NDArray[np.object_]) -> NDArray[np.object_]:
    """Points themselves, and a point every 40 m of the edge of a polygon: it has no fence."""
    polygon = shapely.get_type_id(places) == shapely.GeometryType.POLYGON
    edge = shapely.segmentize(places[polygon], 40.0)
    return np.concatenate([places[~polygon], shapely.points(shapely.get_coordinates(edge))])


def _write_osm(
    site: Site,
    parks: list[shapely.Polygon],
    indoor: list[tuple[float, float, str, str, str]],
) -> None:
    """Add nodes, and ways for the parks, to the OpenStreetMap file."""
    path = site.directory / SOURCES["osm_places_2026"][0]
    degrees = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform
    number = _FIRST_ID + 10_000_000 * site.number
    nodes, ways = [], []
    for x, y, key, value, hours in indoor:
        number += 1
        lon, lat = degrees(x, y)
        tags = [(key, value), ("name", f"{_NAMES[value]} {number % 10_000} (fictif)")]
        tags += [("opening_hours", hours)] if hours else []
        inner = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags)
        nodes.append(
            f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}" version="1">{inner}</node>'
        )
    for park in parks:
        ring = shapely.get_coordinates(park)[:-1]
        refs = []
        for x, y in ring:
            number += 1
            lon, lat = degrees(x, y)
            nodes.append(f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}" version="1"/>')
            refs.append(number)
        number += 1
        inner = "".join(f'<nd ref="{r}"/>' for r in [*refs, refs[0]])
        ways.append(
            f'<way id="{number}" version="1">{inner}<tag k="leisure" v="park"/>'
            '<tag k="name" v="Parc fictif"/></way>'
        )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="données fictives">'
    )
    before_nodes, before_ways = _earlier(path)
    text = "\n".join([head, *before_nodes, *nodes, *before_ways, *ways, "</osm>"])
    path.write_text(text + "\n", encoding="utf-8")


def _earlier(path: Path) -> tuple[list[str], list[str]]:
    """The nodes and the ways of earlier territories: nodes come before ways in such a file."""
    if not path.exists():
        return [], []
    lines = path.read_text(encoding="utf-8").splitlines()
    nodes = [line for line in lines if line.startswith("<node")]
    return nodes, [line for line in lines if line.startswith("<way")]


def _write_gtfs(site: Site, stops: Floats) -> None:
    """Add the stops and one line that calls at them to the GTFS archive, unpacked and packed."""
    path = site.directory / SOURCES["transport_gtfs_2026"][0]
    lon, lat = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform(*stops.T)
    ids = [f"S{site.number}_{k}" for k in range(len(stops))]
    trip, service = f"T{site.number}", f"J{site.number}"
    added = {
        "stops.txt": pd.DataFrame(
            {"stop_id": ids, "stop_name": [f"Arrêt fictif {k}" for k in range(len(stops))],
             "stop_lat": np.round(lat, 7), "stop_lon": np.round(lon, 7), "location_type": "0"}
        ),
        "agency.txt": pd.DataFrame(
            {"agency_id": [f"A{site.number}"], "agency_name": ["Réseau fictif"],
             "agency_url": ["https://example.org"], "agency_timezone": ["Europe/Paris"]}
        ),
        "routes.txt": pd.DataFrame(
            {"route_id": [f"R{site.number}"], "agency_id": [f"A{site.number}"],
             "route_short_name": ["1"], "route_type": ["3"]}
        ),
        "trips.txt": pd.DataFrame(
            {"route_id": f"R{site.number}", "service_id": service,
             "trip_id": [trip, f"{trip}r"]}
        ),
        "calendar.txt": pd.DataFrame(
            {"service_id": [service]}
            | {day: ["1"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
            | {"saturday": ["0"], "sunday": ["0"], "start_date": ["20260101"],
               "end_date": ["20261231"]}
        ),
        "stop_times.txt": pd.concat(
            [
                pd.DataFrame(
                    {"trip_id": name, "arrival_time": "08:00:00", "departure_time": "08:00:00",
                     "stop_id": order, "stop_sequence": range(len(order))}
                )
                for name, order in ((trip, ids), (f"{trip}r", ids[::-1]))
            ]
        ),
    }  # fmt: skip
    before = files.entries(path)
    packed = {}
    for name, table in added.items():
        buffer = io.StringIO()
        table.to_csv(buffer, index=False, header=name not in before, lineterminator="\n")
        packed[name] = before.get(name, b"") + buffer.getvalue().encode()
    path.write_bytes(files.archive(packed))
