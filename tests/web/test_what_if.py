"""Et si: a plan and a warming level on a page, as the engine tells them."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from labo.catalogue import INDICATORS
from labo.measure_plan import plan_of
from labo.scenario import scenario_of
from labo_web.releases.models import Agreement, Release
from tests.web.conftest import first_qpv
from tests.web.test_solutions import _landlord, plain, same

PATH = "/territoires/999000001/quartiers/{}/et-si/?{}"


def get(client: Client, release: Release, given: dict[str, str], status: int = 200) -> str:
    answer = client.get(PATH.format(first_qpv(release), urlencode(given)))
    html = answer.content.decode()
    assert answer.status_code == status, plain(html)[:800]
    if status == 200:
        assert re.findall(r"utilisateur|\bNone\b|\bnan\b|\binf\b|style=", html) == []
    return html


TREES = {"a1": "plant_trees", "a1.n": "20"}


def test_differences_are_those_of_the_engine(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    html = get(client, public, TREES | {"climat": "2.7"})
    text = same(plain(html))
    plan = plan_of([{"measure": "plant_trees", "zone": zone, "quantity": 20}])
    found = scenario_of(public.folder, plan, 2.7)
    changed = [x for x in found.changed if x.zone == zone]
    assert changed
    table = html.split("<tbody>")[1].split("</tbody>")[0]
    assert table.count("<tr>") == len(changed)
    for x in changed:
        assert same(INDICATORS[x.name].label) in text
    for said in (
        *found.notes,
        *(y.reason.split(" (`")[0] for y in found.not_run if "`" in y.reason),
    ):
        assert same(said) in text
    assert "France à +2,7 °C" in text
    assert found.climate


def test_nothing_asked_nothing_told(client: Client, public: Release) -> None:
    assert "Rien encore" in get(client, public, {})
    alone = same(plain(get(client, public, {"climat": "4"})))
    assert "vers 2100" in alone


def test_the_same_plan_twice_is_not_told_apart(client: Client, public: Release) -> None:
    both = TREES | {"b1": "plant_trees", "b1.n": "20"}
    text = same(plain(get(client, public, both)))
    assert "Le plan B par rapport au plan A" in text
    assert "Aucun chiffre ne les distingue" in text


def test_only_the_answer_is_sent(client: Client, public: Release) -> None:
    path = PATH.format(first_qpv(public), urlencode(TREES))
    html = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<h1" not in html
    assert "anopée" in html


def test_what_has_no_figure_is_named(client: Client, public: Release) -> None:
    text = same(plain(get(client, public, {"a1": "home_visits", "a1.n": "1"})))
    assert "Pas recalculé" in text
    assert "Aucun indicateur d’ici ne change" in text
    assert "labo explain" not in text


WRONG = [
    ({"a1": "teleport", "a1.n": "3"}, "« teleport » n’est pas une solution"),
    ({"a1": "plant_trees", "a1.n": "-3"}, "« -3 » n’est pas une quantité"),
    ({"a1": "plant_trees", "a1.n": "nan"}, "« nan » n’est pas une quantité"),
    ({"a1": "plant_trees"}, "« » n’est pas une quantité"),
    ({"a1": "plant_trees", "a1.n": "1,5"}, "se compte en nombres entiers"),
    ({"a1.n": "12"}, "Choisissez une solution pour la quantité « 12 »"),
    ({"climat": "9"}, "« 9 » n’est pas un niveau de réchauffement"),
    ({"a1": "plant_trees", "a1.n": "1e12"}, "réduisez « Planter des arbres"),
]


@pytest.mark.parametrize(("given", "said"), WRONG)
def test_a_wrong_plan_is_told_and_kept(
    client: Client, public: Release, given: dict[str, str], said: str
) -> None:
    html = get(client, public, given, 422)
    assert said in same(plain(html)), plain(html)[:1500]
    if "a1.n" in given:
        assert f'value="{given["a1.n"]}"' in html


def test_what_may_not_be_seen_does_not_change(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    label = same(INDICATORS["canopy_share"].label)
    assert label in same(plain(get(client, public, TREES)).split("Et si")[-1])
    Agreement.objects.create(
        release=public, landlord=_landlord(), zone=zone, indicator="canopy_share"
    )
    html = get(client, public, TREES)
    table = html.split("<tbody>")[1].split("</tbody>")[0]
    assert label not in same(plain(table))
