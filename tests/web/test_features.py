"""OGC API Features: what QGIS asks, step by step, and what the standard says of each answer.

Numbers are those of requirements in OGC 17-069r4, part 1.
"""

import json
from typing import Any

import pytest
import shapely
from django.test import Client

from labo_web.accounts.models import Organisation
from labo_web.atlas.features_description import openapi
from labo_web.releases.models import Agreement, Release, Value, Zone

pytestmark = pytest.mark.django_db
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
# What QGIS says that it accepts, for each of its requests.
ACCEPTS = {
    "page": "application/json",
    "api": f"{OPENAPI}, application/openapi+json;version=3.0, application/json",
    "items": "application/geo+json, application/json",
}


def ask(client: Client, address: str, what: str = "page") -> Any:
    answer = client.get(address, headers={"accept": ACCEPTS[what]})
    assert answer.status_code == 200, answer.content
    return answer


def href(body: Any, rel: str, media: str) -> str:
    [found] = [x["href"] for x in body["links"] if (x["rel"], x.get("type")) == (rel, media)]
    assert found.startswith("http://testserver/")
    return str(found)


def rels(body: Any) -> set[str]:
    return {x["rel"] for x in body["links"]}


@pytest.fixture
def items(public: Release) -> str:
    return f"/ogc/collections/{public.code}-qpv/items"


def test_as_qgis_does(client: Client, public: Release) -> None:
    landing = ask(client, "/ogc/").json()
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels(
        landing
    )
    described = ask(client, href(landing, "service-desc", OPENAPI), "api")
    assert described["Content-Type"] == OPENAPI
    limit = described.json()["components"]["parameters"]["limit"]["schema"]
    assert (limit["minimum"], limit["default"], limit["maximum"]) == (1, 100, 1000)
    conforms = ask(client, href(landing, "conformance", "application/json")).json()["conformsTo"]
    core = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    assert conforms == [f"{core}/{name}" for name in ("core", "oas30", "html", "geojson")]
    collections = ask(client, href(landing, "data", "application/json")).json()
    layers = {x["id"]: x for x in collections["collections"]}
    assert next(iter(layers)) == f"{public.code}-qpv"
    layer = layers[f"{public.code}-qpv"]
    own = ask(client, href(layer, "self", "application/json")).json()
    assert own == layer
    assert layer["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    [box] = layer["extent"]["spatial"]["bbox"]
    assert box[0] < box[2]
    assert box[1] < box[3]
    # The first features give the columns; then the map is asked for, part after part.
    address = href(layer, "items", GEOJSON)
    first = ask(client, f"{address}?limit=1", "items").json()
    columns = set(first["features"][0]["properties"])
    assert {"zone", "name", "kind", "poverty_share", "poverty_share_low"} <= columns
    around = ",".join(f"{x:.5f}" for x in (box[0] - 0.1, box[1] - 0.1, box[2] + 0.1, box[3] + 0.1))
    following: str | None = f"{address}?limit=1&bbox={around}"
    seen: list[str] = []
    while following:
        part = ask(client, following, "items").json()
        assert part["numberReturned"] == len(part["features"]) == 1
        assert part["numberMatched"] == public.zones.filter(kind="qpv").count()
        assert {"self", "alternate", "collection"} <= rels(part)
        for feature in part["features"]:
            assert set(feature["properties"]) == columns
            seen.append(feature["id"])
        following = href(part, "next", GEOJSON) if "next" in rels(part) else None
    assert seen == sorted(public.zones.filter(kind="qpv").values_list("code", flat=True))
    assert len(seen) > 1


def test_one_zone(client: Client, public: Release, items: str) -> None:
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    answer = ask(client, f"{items}/{zone.code}", "items")
    assert answer["Content-Type"] == GEOJSON
    feature = answer.json()
    assert {"self", "alternate", "collection"} <= rels(feature)
    assert feature["id"] == feature["properties"]["zone"] == zone.code
    assert shapely.from_geojson(json.dumps(feature["geometry"])).equals(
        shapely.from_geojson(zone.geometry)
    )
    v = Value.objects.get(zone=zone, indicator__name="poverty_share", scenario="present")
    told = feature["properties"]
    assert [told[f"poverty_share{end}"] for end in ("", "_low", "_high")] == [
        v.central, v.low, v.high,
    ]  # fmt: skip
    assert ask(client, href(feature, "collection", "application/json")).json()["id"] == (
        f"{public.code}-qpv"
    )


def test_same_answer_same_tag(client: Client, items: str) -> None:
    """The answer says when it was made; its tag does not change for that."""
    answer = ask(client, items, "items")
    assert answer["Content-Type"] == GEOJSON
    assert answer.json()["timeStamp"].endswith("Z")
    again = client.get(items, headers={"if-none-match": answer["ETag"], "accept": ACCEPTS["items"]})
    assert again.status_code == 304
    assert ask(client, f"{items}?limit=1", "items")["ETag"] != answer["ETag"]


def test_box_is_met_by_outlines(client: Client, public: Release, items: str) -> None:
    """A corner of the box around a zone may be outside of the zone (requirement 24)."""
    Zone.objects.filter(release=public, kind="qpv").update(
        geometry='{"type":"Polygon","coordinates":[[[0,0],[10,0],[0,10],[0,0]]]}',
        west=0, south=0, east=10, north=10,
    )  # fmt: skip
    every = public.zones.filter(kind="qpv").count()
    for box, found in {
        "9,9,10,10": 0,
        "1,1,2,2": every,
        "10,0,11,1": every,  # touching
        "1,1,0,2,2,100": every,  # with heights
        "170,-10,5,10": every,  # round the back of the earth
        "170,-10,-5,10": 0,
    }.items():
        assert ask(client, f"{items}?bbox={box}", "items").json()["numberMatched"] == found, box


def test_filters(client: Client, public: Release, items: str) -> None:
    zone = public.zones.filter(kind="qpv").order_by("code")[1]
    for query in (f"zone={zone.code}", f"name={zone.name}"):
        found = ask(client, f"{items}?{query}", "items").json()
        assert [x["id"] for x in found["features"]] == [zone.code]
    assert ask(client, f"{items}?name=nobody", "items").json()["features"] == []
    assert ask(client, f"{items}?name=%00", "items").json()["features"] == []


@pytest.mark.parametrize(
    "when",
    ["2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5%2B02:00/..", "../2024-01-01",
     "2020-01-01/2024-01-01", "/2024-01-01"],
)  # fmt: skip
def test_zones_have_no_date(client: Client, items: str, when: str) -> None:
    """What has no date is never left out (requirement 26 C)."""
    assert ask(client, f"{items}?datetime={when}", "items").json()["numberReturned"] > 1


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=1&limit=2", "limit=%C2%B9",
     "offset=-1", "offset=99999999999", "bbox=", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=a,b,c,d",
     "bbox=nan,0,1,1", "bbox=0,1,1,0", "bbox=0,0,1,inf", "bbox=-181,0,1,1", "bbox=0,0,1,91",
     "datetime=", "datetime=..", "datetime=../..", "datetime=2024", "datetime=2024-13-01",
     "datetime=2024-01-01/2023-01-01", "datetime=2024-01-01/2024-01-02/..", "datetime=now",
     "f=xml", "crs=x", "bbox-crs=x", "Limit=1", "limite=1"],
)  # fmt: skip
def test_unknown_or_wrong_parameter_is_400(client: Client, items: str, query: str) -> None:
    answer = client.get(f"{items}?{query}")
    assert answer.status_code == 400, answer.content[:200]
    assert answer["Content-Type"] == "application/json"
    told = answer.json()
    assert told["code"] == "InvalidParameterValue"
    assert query.split("=")[0] in told["description"]


@pytest.mark.parametrize("path", ["", "api", "conformance", "collections"])
def test_every_page_refuses_the_unknown(client: Client, path: str) -> None:
    assert client.get(f"/ogc/{path}?limit=1").status_code == 400
    assert client.get(f"/ogc/{path}?f=json").status_code == 200


def test_more_than_the_maximum_is_not_an_error(client: Client, items: str) -> None:
    answer = ask(client, f"{items}?limit=100000", "items").json()
    assert answer["numberReturned"] == answer["numberMatched"]


@pytest.mark.parametrize(
    "path",
    ["collections/deadbeef0000-qpv", "collections/CODE", "collections/CODE-",
     "collections/CODE-cell", "collections/CODE-qpv/items/QN00000X",
     "collections/CODE-qpv/items/99001", "collections/%00",
     "collections/CODE-qpv/items/%00", "nothing", "collections/" + "x" * 2_000],
)  # fmt: skip
def test_what_is_not_there_is_404(client: Client, public: Release, path: str) -> None:
    answer = client.get("/ogc/" + path.replace("CODE", public.code))
    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound"


def test_it_is_only_read(client: Client, items: str) -> None:
    for path in ("/ogc/", items):
        answer = Client(enforce_csrf_checks=True).post(path)
        assert answer.status_code == 405
        assert "GET" in answer["Allow"]
        head = client.head(path)
        assert head.status_code == 200
        assert head["Content-Length"] != "0"


def test_pages_for_people(client: Client, public: Release, items: str) -> None:
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    layer = items.removesuffix("/items")
    for path in ("/ogc/", "/ogc/api", "/ogc/conformance", "/ogc/collections", layer, items,
                 f"{items}/{zone.code}"):  # fmt: skip
        # A browser prefers pages; f decides whatever the browser prefers.
        for answer in (
            client.get(path, headers={"accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}),
            client.get(f"{path}?f=html", headers={"accept": "application/json"}),
        ):
            assert answer.status_code == 200
            assert answer["Content-Type"].startswith("text/html")
            assert answer.content.decode().count("<h1") == 1
        assert "json" in client.get(f"{path}?f=json")["Content-Type"]
        assert "json" in client.get(path)["Content-Type"]
    assert zone.name in client.get(f"{items}?f=html").content.decode()


def test_a_layer_is_as_open_as_its_release(client: Client, release: Release) -> None:
    assert ask(client, "/ogc/collections").json()["collections"] == []
    assert client.get(f"/ogc/collections/{release.code}-qpv/items").status_code == 404


def test_what_a_landlord_holds_back_is_empty(client: Client, public: Release, items: str) -> None:
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    landlord = Organisation.objects.create(name="Bailleur", kind="landlord")
    before = ask(client, items, "items")
    Agreement.objects.create(
        release=public, landlord=landlord, zone=zone.code, indicator="poverty_share"
    )
    after = ask(client, items, "items")
    assert after["ETag"] != before["ETag"]
    told = {x["id"]: x["properties"] for x in after.json()["features"]}
    assert told[zone.code]["poverty_share"] is None
    assert told[zone.code]["poverty_share_high"] is None
    assert sum(row["poverty_share"] is not None for row in told.values()) == len(told) - 1


def test_every_answer_is_declared() -> None:
    paths = openapi("http://testserver/ogc")["paths"]
    assert len(paths) == 7
    for path, found in paths.items():
        named = {x["$ref"].rsplit("/", 1)[1] for x in found["get"]["parameters"]}
        assert "f" in named
        assert named >= {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_few_queries(client: Client, items: str, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(7):
        client.get(items)
    with django_assert_max_num_queries(3):
        client.get("/ogc/collections")
