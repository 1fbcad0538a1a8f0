"""OpenStreetMap: the streets that can be walked, and places, from one extract (PBF or XML)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import osmium
import shapely

from labo.errors import BadInput
from labo.source import SOURCES, Bounds, Source, SourceFile

CRS = "EPSG:4326"
XML = (".osm", ".xml", ".osm.gz", ".osm.bz2")
TAIL_BYTES = 4_096

# Values of `highway`; what is not in this list (motorway, construction, raceway …) is not walked.
WALKED = frozenset(
    [
        *("primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link"),
        *("unclassified", "residential", "living_street", "service", "road", "track", "bridleway"),
        *("pedestrian", "footway", "path", "steps", "cycleway", "corridor", "platform"),
        *("crossing", "traffic_island"),
    ]
)
# Fast roads: only beside a pavement, or where walking is said to be allowed.
FAST = frozenset(["trunk", "trunk_link"])
SIDEWALK_KEYS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
SIDEWALK = frozenset(["both", "left", "right", "yes"])
ALLOWED = frozenset(["yes", "designated", "permissive", "destination", "customers", "public"])
FORBIDDEN = frozenset(["no", "private"])

# Kinds of place, by key and values; what fits several is of the first.
KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "library": {"amenity": ("library",)},
    "place_of_worship": {"amenity": ("place_of_worship",)},
    "community_centre": {"amenity": ("community_centre", "social_centre")},
    "public_service": {"amenity": ("townhall", "social_facility", "post_office")},
    "care": {
        "amenity": ("hospital", "clinic", "doctors", "pharmacy"),
        "healthcare": ("hospital", "clinic", "doctor", "pharmacy", "centre", "nurse"),
    },
    "museum": {"tourism": ("museum", "gallery")},
    "cinema": {"amenity": ("cinema",)},
    "shop": {"shop": ("supermarket", "mall", "department_store")},
    "water_park": {"leisure": ("water_park", "bathing_place")},
    "swimming_pool": {"leisure": ("swimming_pool",), "amenity": ("public_bath",)},
    "drinking_water": {"amenity": ("drinking_water",)},
    "fountain": {"amenity": ("fountain",)},
    "park": {"leisure": ("park", "garden", "nature_reserve")},
    "wood": {"natural": ("wood",), "landuse": ("forest",)},
    "playground": {"leisure": ("playground",)},
    "stop": {
        "highway": ("bus_stop",),
        "railway": ("tram_stop", "station", "halt"),
        "amenity": ("bus_station",),
    },
}
KEYS = sorted({key for tags in KINDS.values() for key in tags})


def read_streets(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per street that can be walked: segment ("way/…"), geometry (lines, EPSG:4326).

    Left out: motorways, fast roads without a pavement, what is private or forbidden on foot.

    Raises:
        BadInput: not a whole OpenStreetMap file, or no street to walk on in it.
    """
    names: list[str] = []
    lines: list[bytes] = []
    cut = seen = 0
    write = osmium.geom.WKBFactory()
    for way in _objects(file, ("highway",), osmium.osm.WAY, areas=False):
        seen += 1
        if not is_walked(dict(way.tags)):
            continue
        try:
            line = bytes.fromhex(write.create_linestring(way))
        except (osmium.InvalidLocationError, RuntimeError):
            # Without its vertices, or with one only.
            cut += 1
            continue
        names.append(f"way/{way.id}")
        lines.append(line)
    if not names:
        raise BadInput(
            f"{file.path} holds no street to walk on ({seen} ways with the key 'highway', {cut} "
            "without their vertices): give an extract with its streets and their nodes."
        )
    if cut:
        file.note("rejected", cut, "streets whose vertices are not in the extract")
    table = {"segment": np.array(names, dtype=object)}
    return _around(file, gpd.GeoDataFrame(table, geometry=shapely.from_wkb(lines), crs=CRS), bounds)


def is_walked(tags: dict[str, str]) -> bool:
    """Whether a way with these tags can be walked by anybody."""
    foot, highway = tags.get("foot"), tags.get("highway")
    if foot in FORBIDDEN or highway not in WALKED | FAST:
        return False
    if foot in ALLOWED:
        return True
    if tags.get("access") in FORBIDDEN or tags.get("motorroad") == "yes":
        return False
    return highway in WALKED or any(tags.get(key) in SIDEWALK for key in SIDEWALK_KEYS)


def read_places(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per place: place ("node/…"), kind, name, opening_hours (text), geometry (EPSG:4326).

    Points, or polygons where the contour is drawn; kinds are those of KINDS. What is not said is
    missing. Private places are left out.

    Raises:
        BadInput: not a whole OpenStreetMap file.
    """
    rows: list[tuple[str, str, str | None, str | None]] = []
    shapes: list[bytes] = []
    broken = 0
    write = osmium.geom.WKBFactory()
    for thing in _objects(file, KEYS, osmium.osm.NODE | osmium.osm.AREA, areas=True):
        tags = dict(thing.tags)
        kind = kind_of(tags)
        if kind is None:
            continue
        try:
            if thing.is_node():
                name, shape = f"node/{thing.id}", write.create_point(thing)
            else:
                name = f"{'way' if thing.from_way() else 'relation'}/{thing.orig_id()}"
                shape = write.create_multipolygon(thing)
        except (osmium.InvalidLocationError, RuntimeError):
            broken += 1
            continue
        rows.append((name, kind, tags.get("name"), tags.get("opening_hours")))
        shapes.append(bytes.fromhex(shape))
    if broken:
        file.note("rejected", broken, "places whose contour is not whole")
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    geometry = shapely.from_wkb(np.array(shapes, dtype=object))
    single = shapely.get_num_geometries(geometry) == 1
    geometry[single] = shapely.get_geometry(geometry[single], 0)
    table = gpd.GeoDataFrame(
        {
            name: np.array(values, dtype=object)
            for name, values in zip(
                ("place", "kind", "name", "opening_hours"), columns, strict=True
            )
        },
        geometry=geometry,
        crs=CRS,
    )
    if table.empty:
        file.note("missing", 1, "the extract holds no place of a kind that is known")
        return table
    return _around(file, table, bounds)


def kind_of(tags: dict[str, str]) -> str | None:
    """Return the kind of place that these tags mean, None where they mean none open to all."""
    access = tags.get("access")
    if access in FORBIDDEN:
        return None
    for kind, wanted in KINDS.items():
        if any(tags.get(key) in values for key, values in wanted.items()):
            # Most swimming pools are behind a house, and few say so.
            if kind == "swimming_pool" and access not in ALLOWED and "name" not in tags:
                return None
            return kind
    return "swimming_pool" if _is_public_pool(tags) else None


def _is_public_pool(tags: dict[str, str]) -> bool:
    return tags.get("leisure") == "sports_centre" and "swimming" in tags.get("sport", "")


def _objects(file: SourceFile, keys: Any, kinds: Any, *, areas: bool) -> Iterator[Any]:
    """Give what has one of the keys, with its coordinates.

    Raises:
        BadInput: not a whole OpenStreetMap file.
    """
    wanted = osmium.filter.KeyFilter(*keys)
    try:
        with _sorted(file) as path:
            processor = osmium.FileProcessor(str(path)).with_locations()
            if areas:
                processor = processor.with_areas(wanted)
            processor = processor.with_filter(osmium.filter.EntityFilter(kinds))
            yield from processor.with_filter(wanted)
    # Numbers and places that are none, in a file that is otherwise whole.
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise BadInput(
            f"{file.path} cannot be read as OpenStreetMap data ({error}): it may be cut or of "
            "another format; fetch it again (.osm.pbf, or .osm in XML)."
        ) from error


@contextmanager
def _sorted(file: SourceFile) -> Iterator[Path]:
    """Give the path of the same data by type and number, which assembling contours needs.

    PBF extracts are; what Overpass answers, in XML, is not.

    Raises:
        BadInput: Overpass stopped before the end, and said so at the end of its answer.
    """
    if not file.path.name.lower().endswith(XML):
        yield file.path
        return
    if said := _remark(file.path):
        raise BadInput(
            f"{file.path} is not whole, Overpass remarks {said[:120]!r}: ask again later, or take "
            "the .osm.pbf extract of the region."
        )
    with tempfile.TemporaryDirectory(prefix="labo-") as folder:
        path = Path(folder) / "sorted.osm.pbf"
        reader, writer = osmium.MergeInputReader(), osmium.SimpleWriter(str(path))
        reader.add_file(str(file.path))
        reader.apply(writer, simplify=True)
        writer.close()
        yield path


def _remark(path: Path) -> str:
    """Return what Overpass remarks at the end of its answer, which says that it is not whole."""
    if path.suffix.lower() not in (".osm", ".xml"):
        return ""
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        _, _, said = stream.read().partition(b"<remark>")
    return said.partition(b"</remark>")[0].decode("utf-8", errors="replace").strip()


def _around(file: SourceFile, table: gpd.GeoDataFrame, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """Return the rows that meet the bounds, and say so when there are none."""
    if bounds is None or table.empty:
        return table
    near = table[table.intersects(shapely.box(*bounds))].reset_index(drop=True)
    if near.empty:
        file.note(
            "missing",
            len(table),
            "nothing in the extract lies around the territory: it may be another area's",
        )
    return near


def _overpass(*selections: str) -> str:
    """Return the address that selects these things in the territory, with their vertices."""
    query = (
        "[out:xml][timeout:300][bbox:{south},{west},{north},{east}];"
        f"({''.join(f'{selection};' for selection in selections)});(._;>;);out;"
    )
    return "https://overpass-api.de/api/interpreter?data=" + quote(query, safe="{}")


def _selections() -> list[str]:
    values: dict[str, set[str]] = {key: set() for key in KEYS}
    for tags in KINDS.values():
        for key, wanted in tags.items():
            values[key].update(wanted)
    named = [f'nwr["{key}"~"^({"|".join(sorted(values[key]))})$"]' for key in KEYS]
    return [*named, 'nwr["leisure"="sports_centre"]["sport"~"swimming"]']


SOURCES.add(
    Source(
        id="osm_2026",
        dataset="osm",
        label="OpenStreetMap, voies praticables à pied",
        producer="Contributeurs d'OpenStreetMap",
        licence="ODbL 1.0",
        vintage="2026",
        page="https://download.geofabrik.de/europe/france.html",
        url=_overpass('way["highway"]'),
        format="osm",
        crs=CRS,
        scope="territory",
        read=read_streets,
    )
)
SOURCES.add(
    Source(
        id="osm_places_2026",
        dataset="osm_places",
        label="OpenStreetMap, lieux",
        producer="Contributeurs d'OpenStreetMap",
        licence="ODbL 1.0",
        vintage="2026",
        page="https://download.geofabrik.de/europe/france.html",
        url=_overpass(*_selections()),
        format="osm",
        crs=CRS,
        scope="territory",
        read=read_places,
        inside=_around,
    )
)
