"""Streets and places: each file in its producer's shape, and what is wrong with bad ones."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely

from labo.access import build_network, entrances, metres_to_nearest, snap
from labo.source import SOURCES, SourceFile, datasets, url_of
from labo.sources import bpe, gtfs, inclusion, osm, roads
from tests.engine.test_sources import refused, the

ANGERS = (-0.60, 47.44, -0.50, 47.50)
FAR_AWAY = (2.0, 48.0, 2.1, 48.1)


def told(file: SourceFile) -> list[tuple[str, int]]:
    return [(notice.kind, notice.count) for notice in file.notices]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_every_dataset_is_declared():
    ids = {
        "osm": "osm_2026",
        "osm_places": "osm_places_2026",
        "ign_bdtopo_troncon_de_route": "ign_bdtopo_troncon_de_route_2026",
        "gtfs": "transport_gtfs_2026",
        "insee_bpe": "insee_bpe_2024",
        "mednum": "mednum_2026",
    }
    known = datasets()
    assert {name: known[name][0].id for name in ids} == ids
    assert {SOURCES[i].read for i in ids.values()} == {
        osm.read_streets,
        osm.read_places,
        roads.read_streets,
        gtfs.read_stops,
        bpe.read_equipment,
        inclusion.read_inclusion,
    }
    for name in ("osm_2026", "osm_places_2026"):
        url = url_of(SOURCES[name], ANGERS)
        assert "47.44%2C-0.6%2C47.5%2C-0.5" in url
        assert url.isascii()
        assert not set(url) & set(" {}[]\"'")


# OpenStreetMap.

# A square of 0.001 degree, and what stands in it.
NODES = {
    1: (-0.551, 47.471),
    2: (-0.550, 47.471),
    3: (-0.550, 47.472),
    4: (-0.551, 47.472),
}


def as_osm(ways=(), nodes=(), relations=(), end="") -> str:
    """An answer in XML: ways and nodes as (id, tags, nodes) and (id, tags)."""

    def tags(given: dict[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in given.items())

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    # In no order, as Overpass writes them.
    for number, (lon, lat) in reversed(NODES.items()):
        lines.append(f'<node id="{number}" lat="{lat}" lon="{lon}"/>')
    for number, given in nodes:
        lines.append(f'<node id="{number}" lat="47.4715" lon="-0.5505">{tags(given)}</node>')
    for number, given, through in ways:
        refs = "".join(f'<nd ref="{n}"/>' for n in through)
        lines.append(f'<way id="{number}">{refs}{tags(given)}</way>')
    for number, given, members in relations:
        refs = "".join(f'<member type="way" ref="{w}" role="outer"/>' for w in members)
        lines.append(f'<relation id="{number}">{refs}{tags(given)}</relation>')
    return "\n".join([*lines, end, "</osm>"])


STREET = (20, {"highway": "residential"}, (1, 2))


def test_streets_of_openstreetmap(tmp_path):
    ways = [
        STREET,
        (12, {"highway": "footway"}, (2, 3)),
        (11, {"highway": "motorway"}, (3, 4)),
        (10, {"building": "yes"}, (1, 2, 3, 1)),
    ]
    file = the("osm_2026", written(tmp_path / "town.osm", as_osm(ways)))
    table = file.table()
    assert list(table.columns) == ["segment", "geometry"]
    assert list(table["segment"]) == ["way/12", "way/20"]
    assert table.crs == "EPSG:4326"
    assert list(table.geometry[1].coords) == [NODES[1], NODES[2]]
    assert file.notices == []
    assert len(file.table(ANGERS)) == 2
    assert file.table(FAR_AWAY).empty
    assert told(file) == [("missing", 2)]


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ("highway=steps", True),
        ("highway=residential foot=no", False),
        ("highway=service access=private", False),
        ("highway=service access=private foot=yes", True),
        ("highway=track access=no", False),
        ("highway=path access=permissive", True),
        ("highway=trunk", False),
        ("highway=trunk sidewalk=both", True),
        ("highway=trunk sidewalk:right=yes", True),
        ("highway=trunk foot=designated", True),
        ("highway=trunk sidewalk=no", False),
        ("highway=primary motorroad=yes", False),
        ("highway=motorway_link foot=yes", False),
        ("highway=construction", False),
        ("highway=cycleway", True),
        ("railway=rail", False),
    ],
)
def test_where_one_may_walk(tags, walked):
    assert osm.is_walked(dict(tag.split("=") for tag in tags.split())) is walked


def test_places_of_openstreetmap(tmp_path):
    square = (1, 2, 3, 4, 1)
    text = as_osm(
        nodes=[
            (9, {"amenity": "library", "name": "Médiathèque", "opening_hours": "Tu-Sa 10:00"}),
            (8, {"amenity": "bench"}),
            (7, {"amenity": "drinking_water", "access": "private"}),
        ],
        ways=[
            (30, {"leisure": "park", "name": "Mail"}, square),
            (31, {"leisure": "swimming_pool"}, square),
            (32, {"leisure": "sports_centre", "sport": "swimming;diving"}, square),
            (33, {}, (1, 2, 3)),
            (34, {}, (3, 4, 1)),
        ],
        relations=[(40, {"type": "multipolygon", "leisure": "garden"}, (33, 34))],
    )
    file = the("osm_places_2026", written(tmp_path / "town.osm", text))
    table = file.table().set_index("place")
    assert list(table.columns) == ["kind", "name", "opening_hours", "geometry"]
    assert dict(table["kind"]) == {
        "node/9": "library",
        "way/30": "park",
        "way/32": "swimming_pool",
        "relation/40": "park",
    }
    assert table.loc["node/9", "name"] == "Médiathèque"
    assert table.loc["node/9", "opening_hours"] == "Tu-Sa 10:00"
    assert table.loc["relation/40", ["name", "opening_hours"]].isna().all()
    assert table.crs == "EPSG:4326"
    kinds = dict(table.geometry.geom_type)
    assert kinds["node/9"] == "Point"
    assert {kinds[k] for k in ("way/30", "way/32", "relation/40")} == {"Polygon"}
    assert table.geometry["way/30"].equals(shapely.Polygon([NODES[n] for n in square]))
    assert file.notices == []


def test_an_extract_without_a_place_is_empty_and_says_so(tmp_path):
    file = the("osm_places_2026", written(tmp_path / "town.osm", as_osm([STREET])))
    table = file.table(ANGERS)
    assert table.empty
    assert list(table.columns) == ["place", "kind", "name", "opening_hours", "geometry"]
    assert told(file) == [("missing", 1)]


def test_streets_cut_at_the_edge_are_told_of(tmp_path):
    ways = [STREET, (21, {"highway": "path"}, (1, 99)), (22, {"highway": "path"}, (1,))]
    file = the("osm_2026", written(tmp_path / "town.osm", as_osm(ways)))
    assert list(file.table()["segment"]) == ["way/20"]
    assert told(file) == [("rejected", 2)]


def as_pbf(path: Path) -> Path:
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (lon, lat) in NODES.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat)))
        for number in range(50):
            tags = {"highway": "residential", "name": f"rue {number}"}
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=[1, 2, 3, 4], tags=tags))
    return path


def test_a_pbf_extract(tmp_path):
    table = the("osm_2026", as_pbf(tmp_path / "town.osm.pbf")).table()
    assert len(table) == 50


@pytest.mark.parametrize("source", ["osm_2026", "osm_places_2026"])
def test_what_is_no_whole_openstreetmap_file_is_refused(source, tmp_path):
    whole = as_pbf(tmp_path / "town.osm.pbf").read_bytes()
    words = ("cannot be read as OpenStreetMap data", "fetch it again")
    for content in (whole[: len(whole) // 2], whole[:-3], b"", b"<html>"):
        (tmp_path / "cut.osm.pbf").write_bytes(content)
        refused(the(source, tmp_path / "cut.osm.pbf"), *words)
    text = as_osm([STREET])
    for wrong in (text[: len(text) // 2], "", "<html></html>", '{"type": "FeatureCollection"}'):
        refused(the(source, written(tmp_path / "cut.osm", wrong)), *words)
    refused(the(source, written(tmp_path / "town.csv", text)), *words)
    late = as_osm([STREET], end="<remark> runtime error: Query timed out </remark>")
    refused(the(source, written(tmp_path / "late.osm", late)), "Query timed out", "ask again later")


def test_an_extract_without_streets_is_refused(tmp_path):
    ways = [(11, {"highway": "motorway"}, (3, 4)), (21, {"highway": "path"}, (1, 99))]
    file = the("osm_2026", written(tmp_path / "town.osm", as_osm(ways)))
    refused(file, "no street to walk on", "2 ways", "1 without their vertices")
    refused(the("osm_2026", written(tmp_path / "none.osm", as_osm())), "no street to walk on")


def test_redon(shared_data):
    path = shared_data / "osm" / "redon.osm"
    if not path.is_file():
        pytest.skip(f"The file {path} is absent.")
    file = the("osm_2026", path)
    streets = file.table()
    assert len(streets) == 335
    assert told(file) == [("rejected", 30)]
    places = the("osm_places_2026", path).table()
    assert dict(places["kind"].value_counts())["stop"] == 8
    network = build_network(streets)
    assert 15_000 < network.metres < 25_000
    assert 0 < network.islet_metres < 2_000
    rng = np.random.default_rng(0)
    west, south, east, north = streets.to_crs(3035).total_bounds
    homes = snap(network, rng.uniform((west, south), (east, north), (200, 2)))
    stops = places.loc[places["kind"] == "stop"].to_crs(3035)
    metres = metres_to_nearest(network, homes, entrances(network, stops))
    known = np.isfinite(metres)
    assert known.mean() > 0.9
    assert 100 < np.median(metres[known]) < 1_000


# BD TOPO.


def bd_topo(**columns) -> gpd.GeoDataFrame:
    given = {
        "ID": ["A", "B", "C", "D", "E", "F", "F"],
        "NATURE": [
            *("Sentier", "Type autoroutier", "Bretelle", "Route à 1 chaussée"),
            *("Route à 1 chaussée", "Rond-point", "Rond-point"),
        ],
        "ETAT": ["En service", "En service", "En service", "En projet"] + ["En service"] * 3,
        "ACCES_PED": [None, None, None, None, "A accès interdit", None, None],
        "FICTIF": ["Non"] * 7,
    }
    x = 430_000.0 + 100 * np.arange(7)
    lines = [shapely.LineString([(a, 6_714_000.0), (a + 100, 6_714_000.0)]) for a in x]
    return gpd.GeoDataFrame(given | columns, geometry=lines, crs=2154)


WFS_NAMES = {
    "ID": "cleabs",
    "NATURE": "nature",
    "ETAT": "etat_de_l_objet",
    "ACCES_PED": "acces_pieton",
    "FICTIF": "fictif",
}
ROADS = "ign_bdtopo_troncon_de_route_2026"


@pytest.mark.parametrize("ending", ["shp", "gpkg", "geojson", "zip"])
def test_streets_of_bd_topo(ending, tmp_path):
    table = bd_topo()
    path = tmp_path / f"TRONCON_DE_ROUTE.{ending}"
    if ending == "geojson":
        table = table.rename(columns=WFS_NAMES)
    if ending == "zip":
        table.to_file(tmp_path / "in.gpkg", layer="troncon_de_route")
        bd_topo(ID="X").to_file(tmp_path / "in.gpkg", layer="aerodrome")
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / "in.gpkg", "BDT/BDT_3-5_GPKG_LAMB93_D049.gpkg")
    else:
        table.to_file(path)
    file = the(ROADS, path)
    found = file.table()
    assert list(found.columns) == ["segment", "geometry"]
    assert list(found["segment"]) == ["A", "F"]
    assert found.crs == "EPSG:2154"
    assert found.length.tolist() == pytest.approx([100, 100])
    assert told(file) == [("rejected", 1)]
    assert len(file.table((-1.6, 46.0, 0.6, 48.0))) == 2
    assert file.table(FAR_AWAY).empty
    assert ("missing", 7) in told(file)


def test_bad_streets_of_bd_topo_are_refused(tmp_path):
    path = tmp_path / "t.gpkg"

    def rewritten(table: gpd.GeoDataFrame) -> SourceFile:
        path.unlink(missing_ok=True)
        table.to_file(path)
        return the(ROADS, path)

    refused(rewritten(bd_topo().to_crs(4326)), "EPSG:2154", "was expected")
    refused(rewritten(bd_topo().drop(columns="NATURE")), "NATURE or nature")
    refused(rewritten(bd_topo(NATURE="Bac piéton")), "no street to walk on among 7", "Bac piéton")
    refused(rewritten(bd_topo().head(0)), "no street to walk on among 0")
    polygons = bd_topo()
    polygons.geometry = polygons.buffer(3)
    refused(rewritten(polygons), "Polygon for A", "TRONCON_DE_ROUTE")
    path.write_bytes(b"cut")
    refused(the(ROADS, path), "fetch it again")


def test_a_copy_that_does_not_say_who_may_walk(tmp_path):
    bd_topo().drop(columns="ACCES_PED").to_file(tmp_path / "t.gpkg")
    refused(the(ROADS, tmp_path / "t.gpkg"), "ACCES_PED")
    found = the(ROADS, tmp_path / "t.gpkg", absent=("ACCES_PED",)).table()
    assert list(found["segment"]) == ["A", "E", "F"]


# GTFS.

STOPS = """stop_id,stop_name,stop_lat,stop_lon,location_type
S,Gare,47.4645,-0.5565,1
S1,Gare quai 1,47.4646,-0.5566,0
S2,Crémière,47.4700,-0.5500,
S3,Mail,47.4720,-0.5400,0
"""
# T1 runs on school days, T2 on Saturdays, T3 on one Wednesday more.
OFFER = {
    "stops.txt": STOPS,
    "trips.txt": "service_id,trip_id\nschool,T1\nschool,T2\nsaturday,T3\nfair,T4\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
    + "".join(
        f"T{t},8:00:00,8:00:00,S{s},{s * 10},{int(t == 2 and s == 2)}\n"
        for t in (1, 2, 3, 4)
        for s in (1, 2, 3)
    ),
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nschool,1,1,1,1,1,0,0,20260105,20260130\n"
    "saturday,0,0,0,0,0,1,0,20260105,20260130\n",
    "calendar_dates.txt": "service_id,date,exception_type\nschool,20260106,2\nfair,20260107,1\n",
}


def as_gtfs(path: Path, change=(), encoding="utf-8", folder="") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (OFFER | dict(change)).items():
            if text is not None:
                archive.writestr(folder + name, text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "folder"), [("utf-8", ""), ("utf-8-sig", "gtfs/"), ("cp1252", "")]
)
def test_stops_of_gtfs(encoding, folder, tmp_path):
    file = the("transport_gtfs_2026", as_gtfs(tmp_path / "g.zip", (), encoding, folder))
    table = file.table()
    assert list(table.columns) == ["stop", "name", "departures", "geometry"]
    assert list(table["stop"]) == ["S1", "S2", "S3"]
    assert list(table["name"]) == ["Gare quai 1", "Crémière", "Mail"]
    # Of T1 and T2; T2 takes nobody at S2, and nobody leaves from the terminus.
    assert list(table["departures"]) == [2, 1, 0]
    assert table.crs == "EPSG:4326"
    assert table.geometry[0].coords[0] == (-0.5566, 47.4646)
    assert file.notices == []
    assert len(file.table((-0.555, 47.46, -0.53, 47.48))) == 2
    assert file.table(FAR_AWAY).empty
    assert told(file) == [("missing", 3)]


@pytest.mark.parametrize(
    "change",
    [
        {"stop_times.txt": None},
        {"trips.txt": None},
        {"calendar.txt": None, "calendar_dates.txt": None},
        {"calendar.txt": None, "calendar_dates.txt": "service_id,date,exception_type\n"},
        {"calendar.txt": None, "calendar_dates.txt": OFFER["calendar_dates.txt"][:52]},
    ],
)
def test_departures_that_are_not_told_are_missing_and_not_zero(change, tmp_path):
    file = the("transport_gtfs_2026", as_gtfs(tmp_path / "g.zip", change))
    table = file.table()
    assert len(table) == 3
    assert table["departures"].isna().all()
    assert told(file) == [("missing", 1)]


def test_trips_by_frequency_are_told_of(tmp_path):
    change = {"frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT1,7:00,9:00,600\n"}
    file = the("transport_gtfs_2026", as_gtfs(tmp_path / "g.zip", change))
    assert list(file.table()["departures"]) == [2, 1, 0]
    assert told(file) == [("missing", 1)]
    assert "frequencies.txt" in file.notices[0].text


def test_an_offer_of_single_dates(tmp_path):
    dates = (
        "service_id,date,exception_type\nfair,20260107,1\nfair,20260108,1\nsaturday,20260110,1\n"
    )
    change = {"calendar.txt": None, "calendar_dates.txt": dates}
    file = the("transport_gtfs_2026", as_gtfs(tmp_path / "g.zip", change))
    assert list(file.table()["departures"]) == [1, 1, 0]


def test_stops_that_lie_nowhere_are_told_of(tmp_path):
    stops = STOPS + "Z,Zéro,0,0,0\nW,Inversé,-0.55,47.47,0\nV,Vide,,,0\nU,Lointain,95,3,0\n"
    stops += 'C,Virgule,"47,47","-0,55",0\nC,Encore,47.47,-0.55,0\n'
    file = the("transport_gtfs_2026", as_gtfs(tmp_path / "g.zip", {"stops.txt": stops}))
    table = file.table()
    assert list(table["stop"]) == ["S1", "S2", "S3", "C"]
    assert told(file) == [("rejected", 3), ("rejected", 1), ("rejected", 1)]
    assert "swapped" in file.notices[1].text
    # Overseas, nothing is swapped.
    there = "stop_id,stop_name,stop_lat,stop_lon\nA,Saint-Denis,-20.88,55.45\n"
    file = the("transport_gtfs_2026", as_gtfs(tmp_path / "r.zip", {"stops.txt": there}))
    assert len(file.table()) == 1


def test_bad_offers_are_refused(tmp_path):
    path = tmp_path / "g.zip"
    gtfs_file = the("transport_gtfs_2026", path)
    as_gtfs(path, {"stops.txt": None})
    refused(gtfs_file, "holds no stops.txt", "trips.txt", "GTFS archive")
    head = STOPS.partition("\n")[0] + "\n"
    as_gtfs(path, {"stops.txt": head})
    refused(gtfs_file, "no stop to go to", "(0 rows)")
    as_gtfs(path, {"stops.txt": head + "Z,Zéro,0,0,0\n"})
    refused(gtfs_file, "no stop to go to", "(1 rows)")
    as_gtfs(path, {"stops.txt": ""})
    refused(gtfs_file, "stops.txt that is no CSV table")
    as_gtfs(path, {"stops.txt": STOPS.replace("stop_lat", "latitude")})
    refused(gtfs_file, "lacks stop_lat in stops.txt")
    as_gtfs(path, {"trips.txt": "trip_id\nT1\n"})
    refused(gtfs_file, "lacks service_id in trips.txt")
    path.write_bytes(path.read_bytes()[:200])
    refused(gtfs_file, "not a whole GTFS archive", "fetch it again")


# Base permanente des équipements.

BPE = "AN;NOMRS;DEPCOM;DCIRIS;TYPEQU;LAMBERT_X;LAMBERT_Y;QUALITE_XY\n"
BPE_ROWS = (
    "2024;Pharmacie;49007;490070101;D307;432000.5;6714000.5;Bonne\n"
    "2024;École;1004;010040101;C108;883000;6540000;Acceptable\n"
    "2024;Taxi;49007;490070000;E101;;;\n"
    "2024;Lycée;97411;974110101;C301;340000;7690000;Bonne\n"
)


@pytest.mark.parametrize("lower", [False, True])
def test_equipment_of_the_bpe(lower, tmp_path):
    head = BPE.lower() if lower else BPE
    file = the("insee_bpe_2024", written(tmp_path / "BPE24.csv", head + BPE_ROWS, "cp1252"))
    table = file.table()
    assert list(table.columns) == ["typequ", "commune", "quality", "geometry"]
    assert list(table["typequ"]) == ["D307", "C108"]
    assert list(table["commune"]) == ["49007", "01004"]
    assert list(table["quality"]) == ["Bonne", "Acceptable"]
    assert table.crs == "EPSG:2154"
    assert table.geometry[0].coords[0] == (432_000.5, 6_714_000.5)
    assert told(file) == [("repaired", 1), ("rejected", 1), ("rejected", 1)]
    assert list(file.table(ANGERS)["typequ"]) == ["D307"]
    assert file.table(FAR_AWAY).empty


def test_equipment_in_degrees_in_an_archive(tmp_path):
    text = "TYPEQU;DEPCOM;QUALITE_XY;LATITUDE;LONGITUDE\nD307;2A004;;41,92;8,73\n"
    with zipfile.ZipFile(tmp_path / "BPE25.zip", "w") as archive:
        archive.writestr("BPE25.csv", text)
    table = the("insee_bpe_2024", tmp_path / "BPE25.zip").table()
    assert list(table["commune"]) == ["2A004"]
    assert table["quality"].isna().all()
    back = table.to_crs(4326).geometry[0]
    assert (back.x, back.y) == pytest.approx((8.73, 41.92))


def test_bad_equipment_is_refused(tmp_path):
    path = tmp_path / "BPE24.csv"
    file = the("insee_bpe_2024", path)
    written(path, BPE)
    refused(file, "no equipment with coordinates")
    written(path, BPE + "2024;Taxi;49007;490070000;E101;;;\n")
    refused(file, "no equipment with coordinates")
    written(path, BPE + "2024;Taxi;49007;490070000;E101;382000;2277000;Bonne\n")
    refused(file, "(382000, 2.277e+06)", "outside of mainland France", "another system")
    written(path, BPE + "2024;Taxi;49007;490070000;E101;ici;2277000;Bonne\n")
    refused(file, "'ici'", "LAMBERT_X", "line 2")
    written(path, BPE.replace("TYPEQU", "TYPE") + BPE_ROWS)
    refused(file, "TYPEQU")
    written(path, "")
    refused(file)


# Digital inclusion.

NATIONAL = "id,pivot,nom,commune,latitude,longitude,services\n"
MEDNUM = "mednum_2026"


def test_places_of_digital_inclusion(tmp_path):
    text = (
        NATIONAL
        + 'a1,00,"Médiathèque, Toussaint",Angers,47.4689,-0.5536,'
        + '"Aide aux démarches administratives|Accès internet"\n'
        + "a2,00,Mairie,Angers,,,\n"
        + "a3,00,Poste,Angers,47.49,-0.56,\n"
    )
    file = the(MEDNUM, written(tmp_path / "m.csv", text, "utf-8-sig"))
    table = file.table()
    assert list(table.columns) == ["place", "name", "services", "geometry"]
    assert list(table["place"]) == ["a1", "a3"]
    assert list(table["name"]) == ["Médiathèque, Toussaint", "Poste"]
    assert table["services"][0] == "Aide aux démarches administratives|Accès internet"
    assert table["services"].isna().tolist() == [False, True]
    assert table.crs == "EPSG:4326"
    assert told(file) == [("rejected", 1)]
    assert len(file.table((-0.555, 47.46, -0.55, 47.47))) == 1
    assert file.table(FAR_AWAY).empty


@pytest.mark.parametrize(
    ("name", "rows", "rejected", "services"),
    [
        ("mednum_angers.json", 63, [], "Utilisation d'un scanner"),
        ("mednum_maine-et-loire.json", 225, [("rejected", 18)], "Accès internet"),
    ],
)
def test_local_lists_of_maine_et_loire(name, rows, rejected, services, shared_data):
    path = shared_data / "resources" / name
    if not path.is_file():
        pytest.skip(f"The file {path} is absent.")
    file = the(MEDNUM, path)
    table = file.table()
    assert len(table) == rows
    assert told(file) == rejected
    west, south, east, north = table.total_bounds
    assert -1.4 < west < east < 0.3
    assert 46.9 < south < north < 47.9
    assert table["name"].notna().mean() > 0.98
    assert services in table["services"].iloc[0].split("|")


def test_bad_lists_of_places_are_refused(tmp_path):
    path = tmp_path / "m.json"
    file = the(MEDNUM, path)
    for text, words in {
        "": "not a list of places",
        "[]": "not a list of places",
        "[1, 2]": "not a list of places",
        '{"a": 1}': "not a list of places",
        '[{"nom": "cut': "not readable JSON",
        '[{"nom": "Mairie"}]': "has the columns nom; expected",
        NATIONAL: "not a list of places",
        NATIONAL + "a,0,Mairie,Angers,,,\n": "no place with coordinates (1 rows)",
        NATIONAL + "a,0,Mairie,Angers,ici,-0.5,\n": "'ici' in column 'latitude'",
        NATIONAL + "a,0,Mairie,Angers,147.4,-0.5,\n": "latitude '147.4'",
    }.items():
        written(path, text)
        refused(file, words)
