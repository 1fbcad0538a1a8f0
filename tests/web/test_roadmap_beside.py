"""The page of a neighbourhood lists its actions: the published ones for everyone."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from labo_web.releases.models import Release
from labo_web.roadmaps.models import Action, Roadmap
from tests.web.conftest import first_qpv
from tests.web.roadmap_forms import shown

__all__ = ["shown"]
Browse = Callable[[str], Client]


def section(client: Client, release: Release) -> str:
    page = client.get(f"/territoires/999000001/quartiers/{first_qpv(release)}/").content.decode()
    return page.split('<h2 id="actions">')[1].split("<h2")[0]


def made(roadmap: Roadmap, number: int, **given: Any) -> Action:
    return Action.objects.create(
        roadmap=roadmap, number=number, origin="nothing", finding="Il fait chaud.", carrier="ville",
        first_step="visiter", title=f"Idée {number}", **given,
    )  # fmt: skip


def test_everyone_reads_published_actions_of_the_neighbourhood_only(
    client: Client, browse: Browse, public: Release, shown: Roadmap
) -> None:
    shown.actions.update(published_on=None)
    here, today = first_qpv(public), timezone.localdate()
    made(shown, 901, zones=[here], published_on=today, level="under_way")
    made(shown, 902, zones=[], published_on=today)
    made(shown, 903, zones=["QP999999"], published_on=today, level="under_way")
    made(shown, 904, zones=[here], level="under_way")
    read = section(client, public)
    for said in ("Idée 901", "en cours", "Idée 902", "pour toute l’agglomération"):
        assert said in read
    assert "Idée 903" not in read
    assert "Idée 904" not in read
    team = section(browse("officer"), public)
    assert "Idée 904" in team
    assert "pas publiée" in team
    assert "Idée 903" not in team


def test_it_says_when_there_is_nothing_and_stays_light(
    client: Client, public: Release, shown: Roadmap
) -> None:
    shown.actions.update(published_on=None)
    assert "Aucune action n’est encore publiée" in section(client, public)
    for number in range(901, 931):
        made(shown, number, zones=[first_qpv(public)], published_on=timezone.localdate())
    read = section(client, public)
    assert read.count("<li>") == 6
    assert "Et 24 autres" in read


def test_it_costs_one_query(
    client: Client, public: Release, shown: Roadmap, django_assert_max_num_queries: Any
) -> None:
    address = f"/territoires/999000001/quartiers/{first_qpv(public)}/"
    client.get(address)
    with django_assert_max_num_queries(7) as found:
        assert len(client.get(address).content) < 90_000
    asked = [q["sql"] for q in found.captured_queries if "roadmaps_action" in q["sql"]]
    assert len([q for q in asked if 'FROM "roadmaps_action"' in q]) == 1
