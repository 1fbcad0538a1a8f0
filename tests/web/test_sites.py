"""A site before and after: a drawing and a table say the same; what is wrong has a sentence."""

import contextlib
import json
import re
from typing import Any

import pytest
import shapely
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.site import SCORES, Site, compare
from labo_web.atlas import sheet as sheets
from labo_web.atlas import site_input
from labo_web.releases.models import Release, Zone
from tests.web.conftest import first_qpv
from tests.web.test_solutions import plain, same

YARD = [[0, 0], [40, 0], [40, 30], [0, 30]]
Drawing = dict[str, Any]


def square(x: float, y: float, side: float) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]


def drawing(*states: Drawing, outline: Any = YARD) -> Drawing:
    return {"outline": outline, "states": list(states)}


def state(*surfaces: tuple[str, Any], trees: Any = (), rest: Any = "asphalt") -> Drawing:
    return {
        "rest": rest,
        "surfaces": [{"kind": kind, "points": points} for kind, points in surfaces],
        "trees": [{"kind": kind, "points": [at]} for kind, at in trees],
    }


TODAY = state()
GREENER = state(("grass", square(2, 2, 10)), trees=[("young", [20, 20]), ("young", [25, 20])])


def send(client: Client, found: Any, path: str = "/site/", **more: str) -> tuple[int, str]:
    text = found if isinstance(found, str) else json.dumps(found)
    answer = client.post(path, {"mode": "dessin", "dessin": text} | more)
    return answer.status_code, answer.content.decode()


def test_a_drawing_is_scored_as_the_engine_does(client: Client, db: None) -> None:
    status, html = send(client, drawing(TODAY, GREENER))
    assert status == 200
    text = same(plain(html))
    found = compare(
        Site({"asphalt": 1_200.0}, {}), [Site({"asphalt": 1_100.0, "grass": 100.0}, {"young": 2})]
    )
    for name in SCORES:
        value = found.variants[0].scores[name].range
        assert f"{value.central:.2f} ({value.low:.2f} à {value.high:.2f})".replace(".", ",") in text
    assert "1 200 m², 2 arbres" in text
    assert "mieux" in text
    assert "aucun °C" in text
    assert f"{found.variants[0].cost.capital.central:,.0f}".replace(",", " ") in text


def test_a_table_gives_the_same_as_a_drawing(client: Client, db: None) -> None:
    _, drawn = send(client, drawing(TODAY, GREENER))
    typed = {"e0.asphalt": "1 200", "e1.asphalt": "1100", "e1.grass": "100,0", "e1.young": "2"}
    answer = client.post("/site/", {"mode": "tableau"} | typed)
    assert answer.status_code == 200
    table = r'<table class="scores">.*?</table>'
    one, two = (re.search(table, html, re.DOTALL) for html in (drawn, answer.content.decode()))
    assert one is not None
    assert two is not None
    assert plain(one[0]) == plain(two[0])


def test_variants_are_compared_with_one_another(client: Client, db: None) -> None:
    shade = state(("shade_sail", square(2, 2, 10)))
    status, html = send(client, drawing(TODAY, GREENER, GREENER, shade))
    text = same(plain(html))
    assert status == 200
    assert "Variante 1 et Variante 2 : les mêmes notes." in text
    assert "Variante 3, par rapport à Variante 1" in text
    assert html.count('class="drawn"') == 4


def test_one_state_alone_is_scored(client: Client, db: None) -> None:
    status, html = send(client, drawing(TODAY))
    assert status == 200
    assert "Ajoutez une variante" in html


def test_only_the_answer_is_sent_to_the_page(client: Client, db: None) -> None:
    text = json.dumps(drawing(TODAY, GREENER))
    answer = client.post(
        "/site/", {"mode": "dessin", "dessin": text}, headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert "<h1" not in html
    assert "Rafraîchissement" in html


BOW = [[0, 0], [10, 10], [10, 0], [0, 10]]
WRONG: dict[str, tuple[Any, str]] = {
    "overlap": (
        drawing(TODAY, state(("grass", square(2, 2, 10)), ("shrubs", square(8, 8, 10)))),
        "se recouvrent sur 16 m²",
    ),
    "crossing": (drawing(state(("grass", BOW))), "se croise elle-même"),
    "outside the outline": (drawing(state(("grass", square(35, 2, 20)))), "sort du contour"),
    "tree outside": (drawing(state(trees=[("young", [50, 50])])), "est hors du site"),
    "crossing outline": (drawing(TODAY, outline=BOW), "se croise elle-même"),
    "no surface": (drawing(state(("grass", [[1, 1], [2, 2], [3, 3]]))), "surface"),
    "too large": (drawing(TODAY, outline=square(0, 0, 900)), "c’est un quartier"),
    "unknown kind": (drawing(state(("lava", square(2, 2, 5)))), "« lava » n’existe pas"),
    "unknown tree": (drawing(state(trees=[("palm", [2, 2])])), "« palm » n’existe pas"),
    "shade for ground": (drawing(state(rest="shade_sail")), "n’existe pas"),
    "too many points": (drawing(TODAY, outline=[[0, 0]] * 20_001), "simplifiez"),
    "too many surfaces": (drawing(state(*[("grass", square(2, 2, 5))] * 201)), "c’est trop"),
    "too many trees": (drawing(state(trees=[("young", [1, 1])] * 2_001)), "c’est trop"),
    "too many states": (drawing(*[TODAY] * 5), "de 1 à 4 états"),
    "two points": (drawing(state(("grass", [[1, 1], [2, 2]]))), "pas assez de points"),
    "text for a number": (drawing(state(("grass", [["a", 1]] * 3))), "sans position"),
    "truth for a number": (drawing(state(("grass", [[True, 1]] * 3))), "sans position"),
    "beyond all": (drawing(TODAY, outline=[[0, 0], [1e9, 0], [0, 1]]), "sans position"),
    "no number": ('{"outline": [[NaN, 0], [1, 0], [1, 1]], "states": []}', "« NaN »"),
    "infinite": ('{"outline": [[Infinity, 0], [1, 0], [1, 1]], "states": []}', "« Infinity »"),
    "huge": ('{"outline": [[1e999, 0], [1, 0], [1, 1]], "states": [{}]}', "sans position"),
    "not JSON": ("{", "ne se lit pas"),
    "deep": ("[" * 100_000, "ne se lit pas"),
    "a list": ("[]", "de 1 à 4 états"),
    "nothing": ("", "Aucun dessin"),
    "states of another kind": ('{"outline": [[0,0],[1,0],[1,1]], "states": [3]}', "ne se lit pas"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_drawing_is_told_and_kept(client: Client, db: None, name: str) -> None:
    found, said = WRONG[name]
    status, html = send(client, found)
    assert status == 422
    assert said in same(plain(html)), plain(html)[:600]
    kept = found if isinstance(found, str) else json.dumps(found)
    if kept:
        assert kept[:200].replace('"', "&quot;") in html


TABLE: dict[str, tuple[dict[str, str], str]] = {
    "negative": ({"e0.asphalt": "-5"}, "donnez un nombre à partir de 0"),
    "not a number": ({"e0.asphalt": "nan"}, "« nan » n’est pas un nombre"),
    "words": ({"e0.asphalt": "cent"}, "« cent » n’est pas un nombre"),
    "half a tree": ({"e0.asphalt": "100", "e0.young": "1,5"}, "donnez un entier"),
    "another ground": ({"e0.asphalt": "100", "e1.grass": "50"}, "Variante 1 couvre 50 m²"),
    "in the middle": ({"e0.asphalt": "100", "e3.grass": "50"}, "Variante 3 couvre 50 m²"),
    "no today": ({"e1.grass": "50"}, "Rien n’est dit du site aujourd’hui"),
    "nothing": ({}, "Rien n’est dit du site aujourd’hui"),
    "too much": ({"e0.asphalt": "1e9"}, "c’est un quartier"),
    "only shade": ({"e0.shade_sail": "10"}, "aucune surface au sol"),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_wrong_table_is_told_and_kept(client: Client, db: None, name: str) -> None:
    typed, said = TABLE[name]
    answer = client.post("/site/", {"mode": "tableau"} | typed)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in same(plain(html))
    for field, value in typed.items():
        assert re.search(rf'name="{re.escape(field)}"[^>]* value="{re.escape(value)}"', html)


def test_an_unknown_soil_is_told(client: Client, db: None) -> None:
    status, html = send(client, drawing(TODAY), sol="Z")
    assert status == 422
    assert "Sol « Z »" in same(plain(html))
    assert send(client, drawing(TODAY), sol="D")[0] == 200


@pytest.fixture
def zone(public: Release) -> Zone:
    found = public.zones.get(code=first_qpv(public))
    found.release = public
    return found


def test_a_site_lies_in_its_neighbourhood(client: Client, zone: Zone) -> None:
    path = f"/territoires/999000001/quartiers/{zone.code}/site/"
    sheet = sheets.of_zone(zone)
    html = client.get(path).content.decode()
    assert sheet.behind in html
    assert send(client, drawing(TODAY, outline=sheet.outline), path)[0] == 200
    away = [[x + 500_000, y] for x, y in sheet.outline]
    status, html = send(client, drawing(TODAY, outline=away), path)
    assert status == 422
    assert "hors du territoire" in same(plain(html))


def test_metres_of_a_sheet_are_true(zone: Zone) -> None:
    from labo.drawn_site import in_metres

    sheet = sheets.of_zone(zone)
    own = shapely.from_geojson(zone.geometry)
    # EPSG:3035 keeps areas true: the outline behind has the area of the neighbourhood.
    points = [
        tuple(map(float, at.split()))
        for at in sheet.behind.split("z")[0].removeprefix("M").split("L")
    ]
    if own.geom_type == "Polygon" and not own.interiors:
        drawn = shapely.Polygon(points).area
        assert drawn == pytest.approx(in_metres(own).area, rel=5e-3)
    assert sheet.territory is not None
    assert sheet.territory.contains(shapely.Polygon(sheet.outline))


texts = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda x: (
        st.lists(x, max_size=4)
        | st.dictionaries(
            st.sampled_from(["outline", "states", "rest", "surfaces", "trees", "kind", "points"]),
            x,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=150)
@given(texts)
def test_whatever_is_sent_is_read_or_told(found: Any) -> None:
    with contextlib.suppress(site_input.Unreadable):
        assert len(site_input.drawing_of(json.dumps(found)).states) >= 1
