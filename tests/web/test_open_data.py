"""The API and the descriptions of releases: parts, tags, licence, refusals, and who may read."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from labo.release import read
from labo_web.accounts.models import Organisation
from labo_web.atlas import description
from labo_web.atlas.downloads import COLUMNS
from labo_web.releases.models import Agreement, Release
from tests.web.conftest import first_qpv

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(public: Release) -> str:
    return f"/api/releases/{public.code}"


PARTS = ("zones", "indicators", "values", "scores")


@pytest.mark.parametrize("what", PARTS)
def test_parts_make_the_whole(client: Client, root: str, what: str) -> None:
    whole = client.get(f"{root}/{what}?limit=1000").json()
    size = max(whole["count"] // 4, 1)
    following: str | None = f"{root}/{what}?limit={size}"
    rows: list[Any] = []
    last = None
    while following and len(rows) < 1_000:
        answer = client.get(following)
        part = answer.json()
        assert part["count"] == whole["count"]
        assert part["prev"] == (last and last.split("#")[0])
        rows += part["items"]
        for rel in ("next", "prev"):
            assert (f'rel="{rel}"' in answer["Link"]) == bool(part[rel])
        last = (
            f"http://testserver{root}/{what}?limit={size}&offset={len(rows) - len(part['items'])}"
        )
        following = part["next"]
    assert rows[: len(whole["items"])] == whole["items"][: len(rows)]
    assert client.get(f"{root}/{what}?limit=1000").json() == whole


def test_every_answer_says_its_licence_and_whom_to_name(client: Client, root: str) -> None:
    description = client.get("/api/openapi.json").json()
    code = root.rsplit("/", 1)[1]
    assert len(description["paths"]) == 11
    for path in description["paths"]:
        answer = client.get(path.replace("{code}", code))
        assert answer.status_code == 200, path
        assert 'rel="license"' in answer["Link"]
        assert "etalab" in answer["Link"]
        if "{code}" in path:
            assert 'rel="cite-as"' in answer["Link"]
            assert "Insee" in answer["Link"]
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer
        assert answer["Cache-Control"] == "no-cache"
        tag = client.get(path.replace("{code}", code))["ETag"]
        same = client.get(path.replace("{code}", code), headers={"if-none-match": tag})
        assert same.status_code == 304


def test_what_is_shown_to_a_person_is_not_shared(browse: Any, release: Release) -> None:
    """No page elsewhere may read what an officer sees before it is open to all."""
    path = f"/api/releases/{release.code}/values"
    answer = browse("officer").get(path)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]
    assert browse("visitor").get(path).status_code == 404


def test_values_are_chosen(client: Client, root: str, public: Release) -> None:
    zone = first_qpv(public)
    found = client.get(f"{root}/values?zone={zone}&limit=1000").json()["items"]
    assert {v["zone"] for v in found} == {zone}
    found = client.get(f"{root}/values?indicator=poverty_share&kind=qpv").json()
    assert found["count"] == public.zones.filter(kind="qpv").count()
    assert {v["indicator"] for v in found["items"]} == {"poverty_share"}
    present = client.get(f"{root}/values?scenario=present").json()["count"]
    assert 0 < present < client.get(f"{root}/values").json()["count"]
    for v in client.get(f"{root}/values?limit=1000").json()["items"]:
        assert (v["central"] is None) == bool(v["reason"])


def test_scores_are_those_of_the_release(client: Client, root: str, public: Release) -> None:
    table = read(public.folder).scores
    assert len(table) > 10
    found = client.get(f"{root}/scores?limit=1000").json()
    assert found["count"] == len(table)
    row = found["items"][0]
    [same] = table[
        (table["zone"] == row["zone"])
        & (table["index"] == row["index"])
        & (table["component"] == row["component"])
    ].to_dict("records")
    assert (row["central"] is None) == (same["central"] != same["central"])
    assert row["central"] is None or row["central"] == pytest.approx(same["central"])
    one = client.get(f"{root}/scores?index={row['index']}&zone={row['zone']}").json()["items"]
    assert {(r["zone"], r["index"]) for r in one} == {(row["zone"], row["index"])}


def test_a_score_tells_of_its_values(client: Client, root: str, public: Release) -> None:
    """Where a landlord holds a value back, the scores made of it are held back with it."""
    zone = first_qpv(public)
    before = client.get(f"{root}/scores?zone={zone}&limit=1000").json()["items"]
    assert any(r["index"] == "air" for r in before)
    landlord = Organisation.objects.create(name="Bailleur", kind="landlord")
    Agreement.objects.create(release=public, landlord=landlord, zone=zone, indicator="no2_mean")
    after = client.get(f"{root}/scores?zone={zone}&limit=1000").json()["items"]
    assert not any(r["index"] == "air" for r in after)
    assert 0 < len(after) < len(before)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("values?zone=nowhere", "Il y a : 99001, 99002"),
        ("values?kind=quartier", "commune, epci, qpv"),
        ("values?indicator=poverty", "Tous sont à /api/releases/"),
        ("values?scenario=rcp85", "present"),
        ("scores?index=heat", "canicule"),
        ("scores?zone=nowhere", "n’existe pas dans cette livraison"),
    ],
)
def test_filters_name_what_there_is(client: Client, public: Release, asked: str, said: str) -> None:
    refused = client.get(f"/api/releases/{public.code}/{asked}")
    assert refused.status_code == 404
    told = refused.json()["description"]
    assert said in told
    assert f"« {asked.split('=')[1]} » n’existe pas" in told


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=100000", "offset=-1", "limit=x", "limit=1&limit=2", "limite=1", "zone=%00",
     "zone=" + "x" * 2_000, "indicator=a%20b", "scenario=%ED%A0%80", "zone=%ED%A0%80",
     "kind=" + "%27" * 20],
)  # fmt: skip
def test_refusals_say_what_is_wrong(client: Client, root: str, query: str) -> None:
    answer = client.get(f"{root}/values?{query}")
    assert answer.status_code == 422
    told = answer.json()
    assert set(told) == {"code", "description"}
    assert query.split("=")[0] in told["description"]
    assert len(told["description"]) < 300


def test_a_query_too_long_is_refused(client: Client, root: str) -> None:
    answer = client.get(f"{root}/values?" + "&".join(f"p{n}=1" for n in range(2_000)))
    assert answer.status_code == 400
    assert answer.json()["code"]


@pytest.mark.parametrize("code", ["deadbeef0000", "4", "%00", "../..", "' OR 1=1", "x" * 2_000])
@pytest.mark.parametrize("what", ["", "/values", "/zones.geojson", "/dcat.jsonld"])
def test_forged_release(client: Client, public: Release, code: str, what: str) -> None:
    answer = client.get(f"/api/releases/{code}{what}")
    assert answer.status_code in (404, 422)
    assert answer.json()["description"]


def test_it_is_only_read(client: Client, root: str) -> None:
    for method in ("post", "put", "patch", "delete", "options"):
        answer = getattr(client, method)(f"{root}/values")
        assert answer.status_code == 405
        assert answer["Allow"] == "GET"
    head = client.head(f"{root}/values")
    assert head.status_code == 200
    assert head["ETag"] == client.get(f"{root}/values")["ETag"]


def test_page_of_addresses(client: Client, public: Release) -> None:
    html = client.get("/api/").content.decode()
    found = re.findall(r'href="(/(?:api|ogc)[^"]*)"', html)
    assert len(found) > 10
    for path in found:
        assert client.get(path.replace("&amp;", "&")).status_code == 200, path
    assert "http://testserver/ogc/" in html
    assert public.code in html


def test_page_of_addresses_before_anything_is_open(client: Client, release: Release) -> None:
    assert "pas d’exemple" in client.get("/api/").content.decode()


def number(text: str) -> float:
    assert "." not in text
    return float(text.replace(",", "."))


def test_data_package_describes_its_files(client: Client, root: str) -> None:
    """The declared types read the file of values as it is, missing values and key included."""
    package = client.get(f"{root}/datapackage.json").json()
    values, zones = package["resources"]
    assert package["licenses"][0]["path"].startswith("https://www.etalab")
    fields = values["schema"]["fields"]
    assert [f["name"] for f in fields] == list(COLUMNS)
    text = client.get(values["path"]).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=values["dialect"]["delimiter"]))
    missing = set(values["schema"]["missingValues"])
    read_as: dict[str, Callable[[str], Any]] = {"string": str, "number": number, "integer": int}
    for row in rows:
        for field in fields:
            if (cell := row[field["name"]]) not in missing:
                read_as[field["type"]](cell)
    keys = [tuple(row[name] for name in values["schema"]["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys)
    described = {f["name"]: f for f in zones["schema"]["fields"]}
    for feature in client.get(zones["path"]).json()["features"]:
        assert set(feature["properties"]) <= set(described)
    assert described["poverty_share"]["unit"] == "1"
    assert described["median_income"]["unit"].startswith("euro")


def test_dcat(client: Client, root: str, public: Release) -> None:
    answer = client.get(f"{root}/dcat.jsonld")
    assert answer["Content-Type"] == description.JSON_LD
    found = answer.json()
    words = {word for word in _words(found) if ":" in word and not word.startswith("@")}
    assert {word.split(":")[0] for word in words} <= set(found["@context"])
    assert found["@type"] == "dcat:Dataset"
    assert found["dct:identifier"] == public.digest
    for name in ("dct:title", "dct:publisher", "dct:license", "dct:temporal", "dct:spatial",
                 "dct:issued"):  # fmt: skip
        assert found[name]
    assert 2000 < int(found["dct:temporal"]["dcat:startDate"]["@value"]) < 2100
    assert found["dct:spatial"]["dcat:bbox"]["@value"].startswith("POLYGON((")
    assert len(found["dct:source"]) == len(public.sources)
    for each in found["dcat:distribution"]:
        assert client.get(each["dcat:accessURL"]["@id"]).status_code == 200
        assert each["dct:license"]
    whole = client.get("/api/dcat.jsonld").json()
    assert whole["@type"] == "dcat:Catalog"
    assert whole["dcat:dataset"] == [{k: v for k, v in found.items() if k != "@context"}]


def _words(x: Any) -> set[str]:
    """Return every key of a description."""
    if isinstance(x, dict):
        below = [_words(v) for k, v in x.items() if k != "@context"]
        return {*(k for k in x if k != "@context"), *(w for words in below for w in words)}
    return {w for each in x for w in _words(each)} if isinstance(x, list) else set()


def test_releases_and_territories(client: Client, public: Release) -> None:
    [row] = client.get("/api/releases").json()["items"]
    assert row["sha256"] == public.digest
    assert row == client.get(f"/api/releases/{public.code}").json()
    assert "ODbL 1.0" in row["licences"]
    [territory] = client.get("/api/territories").json()["items"]
    assert territory["release"] == public.code
    assert territory["territory"] == public.territory.code
    assert Path(settings.RELEASES, row["sha256"]).is_dir()
