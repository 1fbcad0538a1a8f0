"""What stands around the buildings: the street network, the vegetation, the places."""

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from labo.demo.buildings import Kind
from labo.demo.city import City
from labo.demo.field import Bools, Floats, Ints, smooth_field
from labo.demo.plan import FABRIC, OPEN, ROAD_MESH, Use

_FIRST_ID = 9_000_000_000_000_000
_KINDS = {  # TYPEQU: (residents per place, how many times more likely in the old centre)
    "D265": (1_150, 3.0),  # general practitioner
    "D307": (3_200, 3.0),  # pharmacy
    "C107": (4_500, 1.0),  # nursery school
    "C108": (2_600, 1.0),  # primary school
    "F307": (11_000, 2.0),  # library
    "D502": (9_000, 1.0),  # day nursery
    "B104": (12_000, 0.5),  # supermarket
    "A128": (40_000, 2.0),  # France Services
}
_TOWN_HALL = "A129"


def streets(city: City, key: list[int], first: int) -> pd.DataFrame:
    """Connected street segments (EPSG:2154) with columns of BD TOPO TRONCON_DE_ROUTE."""
    rng = np.random.default_rng(key)
    land, plan = city.land, city.plan
    urban = np.zeros(len(land), bool)
    urban[city.buildings.block] = True
    urban &= plan.fabric != FABRIC["scattered"]
    lanes = np.flatnonzero((plan.fabric == FABRIC["detached"]) & urban)
    sides = np.stack([land.corners, np.roll(land.corners, -1, axis=1)], axis=2).reshape(-1, 2)
    sides.sort(axis=1)
    names, where = np.unique(sides[:, 0] * len(land.nodes) + sides[:, 1], return_inverse=True)
    where = where.reshape(-1, 4)
    a, b = np.divmod(names, len(land.nodes))
    # A country road runs along every fourth line of the mesh; in town along every block.
    rows = land.grid.shape[1] + 1
    line = np.where(b - a == 1, a // rows, a % rows)
    main = line % ROAD_MESH == 0
    in_town = np.zeros(len(names), bool)
    in_town[where[urban].ravel()] = True
    quiet = in_town & ~main & (rng.random(len(names)) < 0.06)
    kept = main | (in_town & ~quiet)

    middle = np.zeros(len(names), bool)
    middle[where[lanes][:, [1, 3]].ravel()] = True
    kept |= middle
    spot = (land.nodes[a] + land.nodes[b]) / 2
    whole, halved = np.flatnonzero(kept & ~middle), np.flatnonzero(middle)
    starts = [land.nodes[a[whole]], land.nodes[a[halved]], spot[halved], spot[where[lanes, 3]]]
    ends = [land.nodes[b[whole]], spot[halved], land.nodes[b[halved]], spot[where[lanes, 1]]]
    big = np.concatenate([main[whole], main[halved], main[halved], np.zeros(len(lanes), bool)])
    town = np.concatenate(
        [in_town[whole], in_town[halved], in_town[halved], np.ones(len(lanes), bool)]
    )
    start, end = np.concatenate(starts), np.concatenate(ends)
    linked = _reachable(np.round(start, 2), np.round(end, 2))
    start, end, big, town = start[linked], end[linked], big[linked], town[linked]
    n = len(start)
    path = town & ~big & (rng.random(n) < 0.03)
    return pd.DataFrame(
        {
            "ID": [f"TRONROUT{_FIRST_ID + first + k:016d}" for k in range(n)],
            "NATURE": np.where(path, "Sentier", "Route à 1 chaussée"),
            "IMPORTANCE": np.select([big & ~town, big], ["3", "4"], "5"),
            "FICTIF": np.full(n, "Non"),
            "POS_SOL": np.full(n, "0"),
            "ETAT": np.full(n, "En service"),
            "ACCES_PED": np.full(n, "A pied"),
            "NB_VOIES": np.where(path, 0, 2).astype(np.int32),
            "LARGEUR": np.where(path, 2.0, np.where(big, 6.5, 5.0)),
            "SENS": np.full(n, "Double sens"),
            "URBAIN": np.where(town, "Oui", "Non"),
            "VIT_MOY_VL": np.where(path, 0, np.where(town, 30, 70)).astype(np.int32),
            "geometry": shapely.linestrings(np.round(np.stack([start, end], axis=1), 2)),
        }
    )


def _reachable(start: Floats, end: Floats) -> Bools:
    """Segments of the largest connected network."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    points = np.concatenate([start, end])
    name = np.round(points[:, 0] * 100).astype(np.int64) * 10**10
    name += np.round(points[:, 1] * 100).astype(np.int64)
    _, number = np.unique(name, return_inverse=True)
    n, size = len(start), int(number.max()) + 1
    graph = coo_array((np.ones(n), (number[:n], number[n:])), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][number[:n]]
    linked: Bools = labels == np.argmax(np.bincount(labels))
    return linked


def vegetation(city: City, key: list[int], first: int) -> pd.DataFrame:
    """Woods, parks, hedges and orchards (EPSG:2154) with columns of BD TOPO."""
    rng = np.random.default_rng(key)
    land, plan = city.land, city.plan
    built = np.zeros(len(land), bool)
    built[city.buildings.block] = True
    wild = smooth_field(rng, 1_600.0).at(land.centroid)
    country = (plan.fabric == OPEN) & ~built & (plan.use == Use.HOUSING)
    woods = np.flatnonzero(country & (wild > 0.9) & (rng.random(len(land)) < 0.85))
    parks = np.flatnonzero((plan.use == Use.PARK) & ~built)
    courts = np.flatnonzero(
        built & np.isin(plan.fabric, (FABRIC["estate"], FABRIC["residences"], FABRIC["detached"]))
        & (rng.random(len(land)) < 0.5)
    )  # fmt: skip
    hedges = np.flatnonzero(country & (rng.random(len(land)) < 0.35))
    shapes = [
        shapely.polygons(_shrunk(land.quads[woods], 0.97)),
        shapely.polygons(_shrunk(land.quads[parks], 0.55)),
        _groves(rng, land.centroid[courts]),
        _hedges(rng, land.quads[hedges]),
    ]
    nature = np.repeat(
        ["Forêt fermée de feuillus", "Bois", "Bois", "Haie"], [len(part) for part in shapes]
    )
    n = len(nature)
    return pd.DataFrame(
        {
            "ID": [f"ZONEVEGE{_FIRST_ID + first + k:016d}" for k in range(n)],
            "NATURE": nature,
            "geometry": np.concatenate(shapes),
        }
    )


def _shrunk(quads: Floats, factor: float) -> Floats:
    middle = quads.mean(axis=1, keepdims=True)
    smaller: Floats = np.round(middle + factor * (quads - middle), 2)
    return smaller


def _groves(rng: np.random.Generator, centre: Floats) -> NDArray[np.object_]:
    angle = np.linspace(0, 2 * np.pi, 9)[None, :-1]
    reach = rng.uniform(5, 15, (len(centre), 1)) * rng.uniform(0.7, 1.2, (len(centre), 8))
    spot = centre + rng.uniform(-25, 25, centre.shape)
    ring = np.stack([spot[:, :1] + reach * np.cos(angle), spot[:, 1:] + reach * np.sin(angle)], 2)
    return np.asarray(shapely.polygons(np.round(ring, 2)))


def _hedges(rng: np.random.Generator, quads: Floats) -> NDArray[np.object_]:
    side = rng.integers(0, 4, len(quads))
    rows = np.arange(len(quads))
    a, b = quads[rows, side], quads[rows, (side + 1) % 4]
    unit = (b - a) / np.linalg.norm(b - a, axis=1, keepdims=True)
    inward = np.column_stack([-unit[:, 1], unit[:, 0]])
    start, end = a + 10 * unit + 4 * inward, b - 10 * unit + 4 * inward
    thick = rng.uniform(3, 7, (len(quads), 1)) * inward
    return np.asarray(
        shapely.polygons(np.round(np.stack([start, end, end + thick, start + thick], 1), 2))
    )


def places(
    city: City, commune_codes: list[str], iris_codes: list[str], key: list[int]
) -> pd.DataFrame:
    """Places in the columns of INSEE's BPE; coordinates in EPSG:2154."""
    rng = np.random.default_rng(key)
    built = city.buildings
    living = np.bincount(city.persons.building, city.persons.resident_weight, minlength=len(built))
    near = np.bincount(built.block, living, minlength=len(city.land))
    central = city.plan.fabric[built.block] == FABRIC["old_centre"]
    chosen: list[int] = []
    kinds: list[str] = []
    for kind, (residents, centre) in _KINDS.items():
        school = kind.startswith("C1")
        pool = built.kind == (Kind.SCHOOL if school else Kind.SHOP)
        if not school:
            pool |= (built.kind == Kind.COLLECTIVE) & (near[built.block] > 40)
        spots = np.flatnonzero(pool) if pool.any() else np.arange(len(built))
        wanted = max(1, round(city.residents / residents))
        weight = np.where(central[spots], centre, 1.0)
        picks = spots[np.argsort(rng.random(len(spots)) ** (1 / weight))[::-1][:wanted]]
        chosen += picks.tolist()
        kinds += [kind] * len(picks)
    # A town hall stands in the most populated block of each commune.
    for number in range(len(commune_codes)):
        inside = np.flatnonzero(city.commune[built.block] == number)
        if len(inside):
            chosen.append(int(inside[np.argmax(near[built.block[inside]])]))
            kinds.append(_TOWN_HALL)
    return _bpe(city, np.asarray(chosen, np.int64), kinds, commune_codes, iris_codes)


def _bpe(
    city: City, chosen: Ints, kinds: list[str], commune_codes: list[str], iris_codes: list[str]
) -> pd.DataFrame:
    block = city.buildings.block[chosen]
    iris = [iris_codes[k] for k in city.iris[block]]
    frame = pd.DataFrame(
        {
            "AN": 2024,
            "DEPCOM": [commune_codes[k] for k in city.commune[block]],
            "DCIRIS": iris,
            "TYPEQU": kinds,
            "LAMBERT_X": np.round(city.buildings.x[chosen], 1),
            "LAMBERT_Y": np.round(city.buildings.y[chosen], 1),
            "QUALITE_XY": "Bonne",
        }
    )
    return frame.sort_values(["DEPCOM", "TYPEQU", "LAMBERT_X"], kind="stable")
