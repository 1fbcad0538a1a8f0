"""A pasted list of QPV codes: every value with its origin; unknown codes quoted one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from labo_web.accounts.models import Circle
from labo_web.atlas import by_codes
from labo_web.releases.gate import decide
from labo_web.releases.models import Release, Value
from tests.web.roadmap_forms import text_of

PAGE, FILE = "/comparer/codes/", "/comparer/codes.csv"


def codes_of(release: Release) -> list[str]:
    return list(release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True))


def ask(client: Client, text: str, path: str = PAGE) -> Any:
    return client.get(f"{path}?codes={quote(text)}")


def test_all_values_come_with_their_origin(client: Client, public: Release) -> None:
    one, two = codes_of(public)[:2]
    answer = ask(client, f" {one.lower()},;\n{two}\t{one} ")
    assert answer.status_code == 200
    tables = answer.context["tables"]
    assert [t["zone"].code for t in tables] == [one, two]
    kept = Value.objects.filter(
        zone__release=public, zone__code=one, scenario="present", central__isnull=False
    )
    assert {r.x.name for r in tables[0]["rows"]} == set(
        kept.values_list("indicator__name", flat=True)
    )
    html = answer.content.decode()
    for r in tables[0]["rows"]:
        assert r.sources, r.x.name
        assert r.method, r.x.name
        for s in r.sources:
            assert s["vintage"] in html
            assert f'id="{s["id"]}"' in html
    assert f"{FILE}?codes={one}+{two}" in html


def test_the_file_has_a_row_for_each_value(client: Client, public: Release) -> None:
    one = codes_of(public)[0]
    answer = ask(client, one, FILE)
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert {row["zone"] for row in rows} == {one}
    assert len(rows) == Value.objects.filter(zone__release=public, zone__code=one).count()
    for row in rows:
        assert row["methode_libelle"] or row["raison_si_vide"]
        if row["sources"]:
            assert "millésime" in row["provenance"]
            assert row["livraison"] == public.code
    assert ask(client, "QN00000X", FILE).status_code == 422


def test_unknown_codes_are_quoted_one_by_one(client: Client, public: Release) -> None:
    one = codes_of(public)[0]
    wrong = one[:-1] + ("Z" if one[-1] != "Z" else "Y")
    answer = ask(client, f"{one} {wrong} bonjour QN01234Z")
    assert answer.status_code == 200
    read = text_of(answer).replace("\u00a0", " ")
    assert f"« {wrong} » n’est dans aucune livraison qui vous est ouverte." in read
    assert f"Vouliez-vous dire {one}" in read
    assert "« BONJOUR » n’est pas un code de QPV" in read
    assert "« QN01234Z » n’est dans aucune livraison" in read
    nothing = ask(client, "bonjour")
    assert nothing.status_code == 422
    assert "bonjour" in nothing.content.decode()  # what was typed stays
    hostile = ask(client, "<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in hostile.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" ".join(f"QN{n:06d}" for n in range(by_codes.MOST_CODES + 1)), "200 au plus à la fois"),
        ("x" * 5_000, "dépasse 4000 signes"),
        (" ".join(f"zz{n}" for n in range(40)), "Et 20 autres."),
    ],
)
def test_long_lists_are_bounded(client: Client, public: Release, text: str, says: str) -> None:
    answer = ask(client, text)
    assert answer.status_code == 422
    assert says in text_of(answer).replace("\u202f", "")


def test_closed_releases_are_not_there(
    public: Release, client: Client, browse: Callable[[str], Client]
) -> None:
    one = codes_of(public)[0]
    decide(public, Circle.TEAM, public.imported_at.date(), person=None)
    assert ask(client, one).status_code == 422
    assert ask(client, one, FILE).status_code == 422
    assert ask(browse("officer"), one).status_code == 200


def test_no_more_queries_for_more_codes(
    client: Client, public: Release, django_assert_max_num_queries: Any
) -> None:
    found = codes_of(public)
    with django_assert_max_num_queries(14):
        ask(client, " ".join(found))
