"""Pages: what they say, how many queries they ask, and what they answer to nonsense."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from labo.words import NOUNS, figure
from labo_web.atlas import comparison
from labo_web.documents.spreadsheet import harmless
from labo_web.releases.models import Release, Value, Zone
from tests.web.conftest import PEOPLE, first_qpv

# Bytes of a neighbourhood's page for anyone, the team among them: well under 100 kB.
LIGHT = 90_000
# Warm page of a visitor: how many queries at most.
QUERIES = {
    "/": 3,
    "/territoires/999000001/": 7,
    # Of workshops (what one hears) two, or one with words; two of resources, one of actions.
    "/territoires/999000001/quartiers/QPV/": 7,
    "/territoires/999000001/quartiers/QPV/valeurs/": 5,
    "/territoires/999000001/indicateurs/poverty_share/": 6,
    "/territoires/999000001/methode/": 3,
    "/territoires/999000001/indices/": 4,
    "/territoires/999000001/indices/canicule/": 5,
    "/territoires/999000001/indices/canicule/poids/": 4,
    "/territoires/999000001/croiser/": 6,
    "/comparer/": 6,
}


@pytest.mark.parametrize("path", QUERIES)
def test_few_queries(
    path: str, client: Client, public: Release, django_assert_max_num_queries: Any
) -> None:
    address = path.replace("QPV", first_qpv(public))
    client.get(address)
    with django_assert_max_num_queries(QUERIES[path]):
        answer = client.get(address)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    assert html.count("<h1") == 1
    assert '<html lang="fr">' in html
    assert "style=" not in html.replace("data-style=", "")  # the policy would block it
    assert "http://" not in html.replace("http://www.w3.org/", "").replace("http://testserver", "")


def test_policy(client: Client, public: Release) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_neighbourhood_says_what_it_knows(client: Client, public: Release) -> None:
    html = client.get(f"/territoires/999000001/quartiers/{first_qpv(public)}/").content.decode()
    for text in ("En bref", "constat", "doute", "ressource", "Profil", "Méthode et données"):
        assert text in html
    assert public.code in html
    # What says most of it counts the indicators that the table under it shows.
    for key, sentence in re.findall(
        r'<h3 id="profil-(\w+)">[^<]*</h3>\s*<p[^>]*>([^<]+)</p>', html
    ):
        part = html.split(f'id="profil-{key}"')[1].split("</section>")[0]
        [count] = re.findall(r"Sur (\d+) indicateur", sentence)
        assert int(count) == len(re.findall(r"</td><td>[^<–]", part))
        if told := re.findall(r"(\d+) plus fragile", sentence):
            assert int(told[0]) == part.count("<small>plus fragile")
    bad = r"score des habitants|population à risque|KPI|utilisateur|\bNone\b|\bnan\b|\binf\b"
    assert re.findall(bad, html) == []


def test_each_value_says_where_it_comes_from(client: Client, public: Release) -> None:
    """On a page of its own: the table is long, and few look into it."""
    home = f"/territoires/999000001/quartiers/{first_qpv(public)}/"
    assert f"{home}valeurs/" in client.get(home).content.decode()
    html = client.get(f"{home}valeurs/").content.decode()
    known = Value.objects.filter(zone__code=first_qpv(public), zone__release=public)
    present = known.filter(scenario="present", central__isnull=False).select_related("indicator")
    shown = [v for v in present if v.indicator.unit not in NOUNS]
    assert len(shown) > 20
    for v in shown:
        row = html.split(f"/indicateurs/{v.indicator.name}/")[1].split("</tr>")[0]
        assert figure(v.central, v.indicator.unit) in row
        assert f"</span> {v.n_cells}</td>" in row
        used = [s for s in public.sources if s["id"] in v.indicator.sources]
        assert used
        for source in used:
            assert f'href="#{source["id"]}"' in row
            assert source["vintage"] in row
            assert f'<li id="{source["id"]}">' in html
    assert "millésime" in html


@pytest.mark.parametrize("name", PEOPLE)
def test_neighbourhood_is_light_for_everyone(
    browse: Callable[[str], Client], public: Release, name: str
) -> None:
    client = browse(name)
    for zone in public.zones.filter(kind="qpv"):
        page = client.get(f"/territoires/999000001/quartiers/{zone.code}/")
        assert len(page.content) < LIGHT


def test_comparison_of_many_comes_part_by_part(
    client: Client, public: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "SHOWN", 4)
    names = set(public.zones.filter(kind="qpv").values_list("name", flat=True))
    seen: list[str] = []
    path: str | None = "/comparer/?territoire=999000001&indicateur=poverty_share"
    while path:
        html = client.get(path).content.decode()
        rows = html.split("<tbody>")[-1].split("</tbody>")[0]
        found = re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', rows)
        assert 0 < len(found) <= 4
        seen += found
        following = re.search(r'<a href="([^"]+)"[^>]*>Suivants</a>', html)
        path = "/comparer/" + following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(names)
    assert set(seen) == names
    assert client.get("/comparer/?page=x").status_code == 200
    assert client.get("/comparer/?page=99").status_code == 200


def test_comparison_does_not_rank_few(client: Client, public: Release) -> None:
    html = client.get("/comparer/?territoire=999000001&indicateur=poverty_share").content.decode()
    assert "on ne fait pas de rang" in html
    assert '<th scope="col">Rang</th>' not in html


@pytest.mark.parametrize(
    "path",
    [
        "/territoires/1/",
        "/territoires/999000001/quartiers/QN00000X/",
        "/territoires/999000001/quartiers/99001/",
        "/territoires/999000001/quartiers/999000001/",
        "/territoires/999000001/indicateurs/nothing/",
        "/territoires/999000001/?livraison=deadbeef0000",
        "/territoires/999000001/carreaux/population.json",
        "/comparer/?territoire=1",
        "/comparer/?indicateur=nothing",
        "/territoires/999000001/indices/nothing/",
        "/territoires/999000001/indices/nothing/poids/",
        "/territoires/999000001/indices/canicule/?livraison=deadbeef0000",
        "/territoires/999000001/croiser/?avec=poverty_share",
        "/comparer/?generation=1789",
        "/comparer/?indicateur=poverty_share&indicateur=nothing",
        "/livraisons/deadbeef0000/",
        "/livraisons/4/",
        "/territoires/" + "x" * 2_000 + "/",
        "/territoires/%00/",
        "/api/releases/deadbeef0000/values",
    ],
)
def test_nonsense_is_not_found(path: str, client: Client, public: Release) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.content.decode()


def test_csv(client: Client, public: Release) -> None:
    answer = client.get("/territoires/999000001/valeurs.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) > 500
    for row in rows:
        assert bool(row["valeur"]) != bool(row["raison_si_vide"])
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@")), cell
    assert all(row["livraison"].strip("'") == public.code for row in rows)


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2", "@SUM(A1)", "\t=1"])
def test_no_formula_leaves(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_hostile_name_is_shown_as_text(client: Client, public: Release) -> None:
    Zone.objects.filter(release=public, code=first_qpv(public)).update(
        name='=cmd|"<img src=x onerror=1>'
    )
    for path in ("/", "/territoires/999000001/", "/comparer/"):
        assert "<img src=x" not in client.get(path).content.decode()
    assert "'=cmd" in client.get("/territoires/999000001/valeurs.csv").content.decode()


def test_tiles_part_by_part(client: Client, public: Release) -> None:
    path = "/territoires/999000001/carreaux.pmtiles"
    whole = client.get(path).content
    part = client.get(path, headers={"range": "bytes=0-126"})
    assert part.status_code == 206
    assert part.content == whole[:127]
    assert part["Content-Range"] == f"bytes 0-126/{len(whole)}"
    assert client.get(path, headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    last = client.get(path, headers={"range": f"bytes={len(whole) - 5}-{len(whole) + 99}"})
    assert last.content == whole[-5:]


def test_api_pages_and_says_its_licence(client: Client, public: Release) -> None:
    path = f"/api/releases/{public.code}/values"
    first, second = (client.get(f"{path}?limit=10&offset={n}").json() for n in (0, 10))
    assert first["count"] > 500
    assert len(first["items"]) == 10
    assert first["items"] != second["items"]
    assert "Licence Ouverte" in first["licence"]
    assert "Insee" in first["attribution"]
    answer = client.get(path)
    again = client.get(path, headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304
    for bad in ("limit=0", "limit=100000", "offset=-1", "limit=x"):
        assert client.get(f"{path}?{bad}").status_code == 422
    assert client.post(path).status_code == 405


def test_signing_in_by_code(client: Client, people: dict[str, Any]) -> None:
    answer = client.post("/compte/code/", {"email": "officer@example.org"}, follow=True)
    assert answer.status_code == 200
    [message] = mail.outbox
    assert message.to == ["officer@example.org"]
    code = next(line.strip() for line in message.body.splitlines() if _is_code(line.strip()))
    wrong = client.post("/compte/code/confirmer/", {"code": "WRONG1"})
    assert wrong.status_code == 200
    entered = client.post("/compte/code/confirmer/", {"code": code}, follow=True)
    assert entered.context["user"].email == "officer@example.org"


def _is_code(text: str) -> bool:
    return 5 <= len(text) <= 9 and text.replace("-", "").isalnum() and text.upper() == text


def test_unknown_address_learns_nothing(client: Client, people: dict[str, Any]) -> None:
    known = client.post("/compte/code/", {"email": "officer@example.org"})
    other = client.post("/compte/code/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (other.status_code, other["Location"])


@pytest.mark.parametrize(
    "path", ["/comparer/", "/territoires/999000001/", "/api/releases", "/ogc/", "/"]
)
def test_too_many_parameters_are_refused(path: str, public: Release) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get(f"{path}?{'a=1&' * 1_500}")
    assert answer.status_code == 400
    if path.startswith(("/api", "/ogc")):
        assert answer.json()["code"] == "InvalidParameterValue"
    else:
        assert "trop de paramètres" in answer.content.decode()
    assert client.get(path).status_code == 200
