"""Zones of a territory made for the test: three communes side by side, some QPVs in them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from labo import catalogue, territory
from labo.errors import BadInput, MissingFile, UnknownName
from labo.mirror import open_mirror
from labo.territory import Territory

SIREN = "999000001"
# Degrees: the three communes of the EPCI, and the neighbour's, from west to east.
WEST, MIDDLE, EAST, NEXT = (shapely.box(x, 47.40, x + 0.04, 47.44) for x in (0, 0.04, 0.08, 0.12))
COMMUNES = {"99001": WEST, "99002": MIDDLE, "99003": EAST, "99101": NEXT}
IN_WEST = shapely.box(0.01, 47.41, 0.02, 47.42)
IN_MIDDLE = shapely.box(0.05, 47.41, 0.06, 47.42)
ASTRIDE = shapely.box(0.035, 47.42, 0.045, 47.43)
IN_NEXT = shapely.box(0.13, 47.41, 0.14, 47.42)
BOW_TIE = shapely.Polygon([(0.01, 47.41), (0.02, 47.42), (0.02, 47.41), (0.01, 47.42)])

Qpvs = Sequence[tuple[str, str, shapely.Geometry | None]]
Load = Callable[..., Territory]


def geojson(rows: Sequence[dict[str, str]], shapes: Sequence[shapely.Geometry | None]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def write_mirror(
    folder: Path,
    qpvs: Qpvs,
    *,
    qpvs_2015: Qpvs = (),
    communes: dict[str, shapely.Geometry] | None = None,
    members: Sequence[str] = ("99001", "99002", "99003"),
    programmes: str | None = None,
) -> Path:
    epcis = [
        {"code": siren, "nom": name, "membres": [{"code": c, "nom": f"C{c}"} for c in codes]}
        for siren, name, codes in (
            (SIREN, "Témoin Agglomération", members),
            ("999000002", "Voisine", ["99101"]),
        )
    ]
    drawn = COMMUNES if communes is None else communes
    rows = [{"code_qp": c, "lib_qp": f"Q {c}", "insee_com": i} for c, i, _ in qpvs]
    files = {
        "insee_epci_2026": ("epci.json", json.dumps(epcis)),
        "ign_communes_2026": (
            "communes.geojson",
            geojson([{"code": c, "nom": f"C{c}"} for c in drawn], list(drawn.values())),
        ),
        # A QPV far away, so that the file is never empty.
        "anct_qpv_2024": (
            "qpv.geojson",
            geojson(
                [{"code_qp": "QN97101M", "lib_qp": "Loin", "insee_com": "97101"}, *rows],
                [shapely.box(-61.5, 16.2, -61.4, 16.3), *(s for _, _, s in qpvs)],
            ),
        ),
    }
    if programmes is not None:
        text = "code_qp;npnru;quartiers_resilients\n" + programmes
        files["anru_programmes_2024"] = ("anru.csv", text)
    toml = ""
    folder.mkdir(exist_ok=True)
    for source, (name, text) in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        toml += f'[sources.{source}]\npath = "{name}"\n'
    if qpvs_2015:
        values = {
            "CODE_QP": [c for c, _, _ in qpvs_2015],
            "NOM_QP": [f"Q {c}" for c, _, _ in qpvs_2015],
            "COMMUNE_QP": [names for _, names, _ in qpvs_2015],
        }
        shapes = [shape for _, _, shape in qpvs_2015]
        gpd.GeoDataFrame(values, geometry=shapes, crs=4326).to_crs(2154).to_file(folder / "qp.gpkg")
        toml += '[sources.anct_qpv_2015]\npath = "qp.gpkg"\n'
    toml += f'[territories]\ntemoin = "{SIREN}"\n'
    (folder / "mirror.toml").write_text(toml, encoding="utf-8")
    return folder


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a mirror and load its territory."""
    assert catalogue.SOURCES

    def written(
        qpvs: Qpvs, *, generation: str = "2024", perimeters: Sequence[Path] = (), **more: Any
    ) -> Territory:
        mirror = open_mirror(write_mirror(tmp_path / "mirror", qpvs, **more))
        return territory.load(mirror, "temoin", generation=generation, perimeters=perimeters)

    return written


def zone(place: Territory, code: str) -> dict[str, Any]:
    rows = place.zones[place.zones["zone"] == code]
    assert len(rows) == 1
    return dict(rows.iloc[0])


def qpvs_of(place: Territory) -> list[str]:
    return list(place.zones.loc[place.zones["kind"] == "qpv", "zone"])


def test_the_zones_of_a_territory(load: Load) -> None:
    place = load([("QN09902M", "99002", IN_MIDDLE), ("QN09901M", "99001", IN_WEST)])
    zones = place.zones
    assert tuple(zones.columns) == territory.ZONE_COLUMNS
    assert list(zones["zone"]) == [
        "QN09901M",
        "QN09902M",
        "99001",
        "99002",
        "99003",
        SIREN,
        f"{SIREN}-hors-qpv-2024",
    ]
    assert zones["zone"].is_unique
    assert zones.crs == "EPSG:3035"
    assert set(zones["kind"]) <= set(territory.KINDS)
    assert (place.code, place.name, place.generation) == (SIREN, "Témoin Agglomération", "2024")
    assert [f.source.dataset for f in place.files] == [
        "insee_epci",
        "ign_communes",
        "anct_qpv_2024",
    ]
    qpv = zone(place, "QN09901M")
    assert (qpv["name"], qpv["parent"], qpv["generation"]) == ("Q QN09901M", SIREN, "2024")
    assert qpv["communes"] == "99001"
    rest = zone(place, f"{SIREN}-hors-qpv-2024")
    assert (rest["code"], rest["generation"]) == (SIREN, "2024")
    whole = zone(place, SIREN)
    assert (whole["parent"], whole["generation"]) == ("", "")
    assert whole["communes"] == "99001,99002,99003"
    inside = zones.loc[zones["kind"] == "qpv"].area.sum()
    assert rest["geometry"].area + inside == pytest.approx(whole["geometry"].area)
    assert place.notices == []


def test_bounds_hold_the_territory_with_a_margin(load: Load, tmp_path: Path) -> None:
    place = load([("QN09901M", "99001", IN_WEST)])
    # The box is drawn in EPSG:3035, which lies askew here.
    assert place.bounds == pytest.approx((-0.01, 47.39, 0.13, 47.45), abs=0.015)
    around = shapely.box(*place.bounds)
    assert all(around.contains(shape.buffer(0.009)) for shape in (WEST, MIDDLE, EAST))
    known = territory.bounds_of(open_mirror(tmp_path / "mirror"), SIREN)
    assert known == pytest.approx((-0.01, 47.39, 0.13, 47.45))


def test_one_qpv_is_enough(load: Load) -> None:
    place = load([("QN09901M", "99001", IN_WEST)])
    assert qpvs_of(place) == ["QN09901M"]


def test_without_qpv_there_is_no_rest_and_it_is_told(load: Load) -> None:
    place = load([("QN09911M", "99101", IN_NEXT)])
    assert qpvs_of(place) == []
    assert "rest_of_epci" not in set(place.zones["kind"])
    assert [n.text for n in place.notices] == ["no QPV of generation 2024 in Témoin Agglomération"]


def test_a_qpv_in_two_communes_has_both(load: Load) -> None:
    for written in ("99001,99002", "99002, 99001"):
        assert zone(load([("QN09901M", written, ASTRIDE)]), "QN09901M")["communes"] == "99001,99002"


def test_a_qpv_in_two_epcis_is_in_the_one_that_holds_some_of_it(load: Load) -> None:
    across = shapely.box(0.11, 47.41, 0.13, 47.42)
    place = load([("QN09901M", "99003,99101", across), ("QN09902M", "99003,99101", IN_NEXT)])
    assert qpvs_of(place) == ["QN09901M"]
    assert place.notices == []


def test_where_a_commune_has_merged_the_ground_decides(load: Load) -> None:
    # 99009 is the code of a commune that is now part of 99001.
    sliver = shapely.box(0.1199, 47.41, 0.14, 47.42)
    place = load([("QN09901M", "99009", IN_WEST), ("QN09902M", "99108", sliver)])
    assert qpvs_of(place) == ["QN09901M"]


def test_qpvs_of_2015_are_chosen_by_the_ground(load: Load) -> None:
    older = [
        ("QP099002", "Saint-Denis", IN_MIDDLE),
        ("QP099001", "Saint-Denis", IN_WEST),
        ("QP099011", "C99001", IN_NEXT),
    ]
    place = load([], generation="2015", qpvs_2015=older)
    assert qpvs_of(place) == ["QP099001", "QP099002"]
    assert zone(place, "QP099001")["communes"] == "99001"
    assert zone(place, f"{SIREN}-hors-qpv-2015")["generation"] == "2015"


def test_the_order_of_the_files_does_not_matter(load: Load) -> None:
    qpvs = [("QN09902M", "99002", IN_MIDDLE), ("QN09901M", "99001", IN_WEST)]
    first = load(qpvs)
    second = load(
        qpvs[::-1],
        communes=dict(reversed(COMMUNES.items())),
        members=("99003", "99001", "99002"),
    )
    assert list(first.zones["zone"]) == list(second.zones["zone"])
    same = shapely.equals_exact(
        np.asarray(first.zones.geometry), np.asarray(second.zones.geometry), 1e-6, normalize=True
    )
    assert same.all()


def test_an_empty_contour_is_told_and_makes_no_zone(load: Load) -> None:
    place = load([("QN09901M", "99001", IN_WEST), ("QN09902M", "99002", None)])
    assert qpvs_of(place) == ["QN09901M"]
    assert [(n.kind, n.count) for n in place.notices] == [("rejected", 1)]
    assert "QN09902M" in place.notices[0].text


def test_a_contour_that_crosses_itself_is_repaired_and_told(load: Load) -> None:
    place = load([("QN09901M", "99001", BOW_TIE)])
    assert zone(place, "QN09901M")["geometry"].is_valid
    told = [n for file in place.files for n in file.notices]
    assert [(n.source, n.kind, n.count) for n in told] == [("anct_qpv_2024", "repaired", 1)]
    assert "QN09901M" in told[0].text


def test_a_contour_that_lies_elsewhere_is_refused(load: Load) -> None:
    swapped = shapely.box(47.41, 0.01, 47.42, 0.02)
    with pytest.raises(BadInput) as caught:
        load([("QN09901M", "99001", swapped)])
    for words in ("qpv.geojson", "QN09901M", "99001", "swapped"):
        assert words in str(caught.value)


def test_a_commune_without_contour_is_refused(load: Load, tmp_path: Path) -> None:
    lacking = {"99001": WEST, "99002": MIDDLE, "99003": None}
    with pytest.raises(BadInput) as caught:
        load([("QN09901M", "99001", IN_WEST)], communes=lacking)
    for words in ("communes.geojson", "99003", "Témoin Agglomération", "same year"):
        assert words in str(caught.value)
    with pytest.raises(BadInput, match="99003"):
        territory.bounds_of(open_mirror(tmp_path / "mirror"), SIREN)


def test_an_unknown_territory_lists_those_that_exist(load: Load, tmp_path: Path) -> None:
    load([("QN09901M", "99001", IN_WEST)])
    with pytest.raises(UnknownName, match=r"'Angers'.*SIREN.*temoin"):
        territory.load(open_mirror(tmp_path / "mirror"), "Angers")


def test_an_unknown_generation_is_refused(load: Load) -> None:
    with pytest.raises(BadInput, match="'2019' is not one of 2024 or 2015"):
        load([], generation="2019")


def test_a_file_without_which_nothing_can_be_done(load: Load) -> None:
    with pytest.raises(MissingFile, match=r"'anct_qpv_2015'.*labo fetch"):
        load([("QN09901M", "99001", IN_WEST)], generation="2015")


# Drawn perimeters.


def drawn(folder: Path, name: str, shape: shapely.Geometry) -> Path:
    (folder / name).write_text(shapely.to_geojson(shape), encoding="utf-8")
    return folder / name


def test_a_drawn_perimeter(load: Load, tmp_path: Path) -> None:
    path = drawn(tmp_path, "gare.geojson", shapely.box(0.03, 47.41, 0.05, 47.42))
    place = load([("QN09901M", "99001", IN_WEST)], perimeters=[path])
    found = zone(place, "gare")
    assert (found["kind"], found["name"], found["parent"]) == ("perimeter", "gare", SIREN)
    assert found["communes"] == "99001,99002"


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("QN09901M.geojson", IN_WEST, ["'QN09901M'", "rename"]),
        ("p.geojson", shapely.box(430_000, 6_700_000, 430_100, 6_700_100), ["degrees"]),
        ("p.geojson", shapely.Point(0.01, 47.41), ["Point", "polygons"]),
        ("p.geojson", shapely.box(47.41, 0.01, 47.42, 0.02), ["longitude 47.415", "outside"]),
    ],
)
def test_a_bad_perimeter_is_refused(
    name: str, shape: shapely.Geometry, words: list[str], load: Load, tmp_path: Path
) -> None:
    path = drawn(tmp_path, name, shape)
    with pytest.raises(BadInput) as caught:
        load([("QN09901M", "99001", IN_WEST)], perimeters=[path])
    for word in words:
        assert word in str(caught.value)


def test_a_perimeter_that_is_not_there(load: Load, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"lost\.geojson"):
        load([("QN09901M", "99001", IN_WEST)], perimeters=[tmp_path / "lost.geojson"])


# ANRU's programmes.

BOTH = [("QN09901M", "99001", IN_WEST), ("QN09902M", "99002", IN_MIDDLE)]


def test_programmes_are_empty_where_nobody_says(load: Load) -> None:
    place = load(BOTH)
    assert set(place.zones["npnru"]) == set(place.zones["quartier_resilient"]) == {""}
    place = load(BOTH, programmes="QN09902M;national;\nQN01001M;regional;oui\n")
    assert zone(place, "QN09902M")["npnru"] == "national"
    assert zone(place, "QN09902M")["quartier_resilient"] == ""
    others = place.zones[place.zones["zone"] != "QN09902M"]
    assert set(others["npnru"]) == set(others["quartier_resilient"]) == {""}
    assert place.files[-1].source.id == "anru_programmes_2024"


def test_programmes_of_2024_say_nothing_of_2015(load: Load) -> None:
    place = load(
        [],
        generation="2015",
        qpvs_2015=[("QP099001", "C", IN_WEST)],
        programmes="QN09901M;national;oui\n",
    )
    assert set(place.zones["npnru"]) == {""}
