"""Comparison of several indicators, poverty crossed with exposure, concentration, generations."""

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from django.http import HttpRequest
from django.test import Client

from labo import release as engine
from labo.disparity import concentration
from labo_web.accounts.models import Circle
from labo_web.atlas import concentration as shared
from labo_web.atlas.concentration import TENTHS, shared_out
from labo_web.releases.charts import BIVARIATE, around_zero, strip
from labo_web.releases.importing import import_release
from labo_web.releases.models import Release, Value
from tests.web import town
from tests.web.conftest import RECEIVED, open_to
from tests.web.test_indices import text_of

COMPARE = "/comparer/?territoire=999000003"
THREE = "&indicateur=poverty_share&indicateur=canopy_share&indicateur=no2_mean"


def rows_of(html: str, table: str) -> list[str]:
    """Return the neighbourhoods of a table, in order."""
    body = html.split(f'class="{table}"')[1].split("<tbody>")[1].split("</tbody>")[0]
    found = re.findall(r'<th scope="row">(?:<a [^>]*>)?([^<]+)', body)
    return [unescape(name).strip() for name in found]


def values(many: Release, indicator: str) -> dict[str, float]:
    found = Value.objects.filter(
        zone__release=many, zone__kind="qpv", indicator__name=indicator, scenario="present"
    )
    return {name: x for name, x in found.values_list("zone__name", "central") if x is not None}


def test_several_indicators_in_one_sortable_table(client: Client, many: Release) -> None:
    html = client.get(COMPARE + THREE).content.decode()
    poverty, canopy = values(many, "poverty_share"), values(many, "canopy_share")
    assert len(poverty) == len(canopy) == 9
    assert rows_of(html, "matrix") == sorted(poverty, key=lambda name: -poverty[name])
    assert html.count('aria-sort="none"') == 3
    assert html.count('aria-sort="descending"') == 1
    # The more vulnerable side first: little canopy.
    html = client.get(f"{COMPARE}{THREE}&tri=canopy_share").content.decode()
    assert rows_of(html, "matrix") == sorted(canopy, key=lambda name: canopy[name])
    assert html.count('aria-sort="ascending"') == 1
    back = client.get(f"{COMPARE}{THREE}&tri=-canopy_share").content.decode()
    assert rows_of(back, "matrix") == rows_of(html, "matrix")[::-1]
    names = client.get(f"{COMPARE}{THREE}&tri=nom").content.decode()
    assert rows_of(names, "matrix") == sorted(poverty)
    assert rows_of(names, "compare") == sorted(poverty)
    # Whatever the order, a sentence is about the more vulnerable side.
    said = re.findall(r'class="sentence">([^<]+)', html)
    assert said == re.findall(r'class="sentence">([^<]+)', names)
    assert len(said) == 3


def test_neighbourhoods_that_one_picks(client: Client, many: Release) -> None:
    picked = many.zones.filter(kind="qpv").order_by("name")[:2]
    asked = "".join(f"&quartier=999000003-{z.code}" for z in picked)
    html = client.get(f"{COMPARE}{THREE}{asked}").content.decode()
    assert sorted(rows_of(html, "matrix")) == [z.name for z in picked]
    assert html.count("on ne fait pas de rang") == 3
    # What names no neighbourhood of these territories chooses none.
    forged = client.get(f"{COMPARE}&quartier=999000001-X&quartier=%27--{'x' * 2_000}")
    assert len(rows_of(forged.content.decode(), "compare")) == 9


def test_too_many_indicators_are_said(client: Client, many: Release) -> None:
    names = many.indicators.exclude(lowest=None).values_list("name", flat=True)[:8]
    html = client.get(COMPARE + "".join(f"&indicateur={n}" for n in names)).content.decode()
    assert "Au plus 6 indicateurs à la fois" in html
    assert html.count('<table class="compare">') == 6


def test_closed_release_is_not_compared(client: Client, release: Release, many: Release) -> None:
    assert client.get("/comparer/?territoire=999000001").status_code == 404
    html = client.get(f"{COMPARE}&territoire=999000001").content.decode()
    assert release.territory.name not in html


def test_strip_is_drawn_where_values_are() -> None:
    assert strip((0.0, 100.0), None) == ""
    drawn = strip((0.0, 100.0), 50.0, 25.0, 75.0, line=0.0, thin=(0.0, 100.0), hollow=True)
    for part in ('d="M50.0 6h.01"', "M27.0 6H73.0", "M4.0 0v12", "M4.0 9.5H96.0", 'class="hole"'):
        assert part in drawn
    assert around_zero([None, -3.0, 2.0]) == (-3.0, 3.0)


# Poverty and exposure


def test_crossed_classes_follow_the_values(client: Client, many: Release) -> None:
    answer = client.get("/territoires/999000003/croiser/?avec=surface_temperature_anomaly")
    made = answer.context["crossed"]
    poverty, heat = values(many, "poverty_share"), values(many, "surface_temperature_anomaly")
    assert {s.zone.name for s in made.squares} == set(poverty)
    for side, given in (("column", poverty), ("row", heat)):
        levels = [(given[s.zone.name], getattr(s, side)) for s in made.squares]
        assert [level for _, level in sorted(levels)] == sorted(level for _, level in levels)
        assert len({level for _, level in levels}) > 1
    html = answer.content.decode()
    fills = set(re.findall(r'class="qpv" d="[^"]*" fill="([^"]*)"', html))
    assert fills == {s.colour for s in made.squares}
    assert fills <= {colour for row in BIVARIATE for colour in row}
    for s in made.squares:
        assert s.words in html


def test_missing_is_hatched_and_not_classed(client: Client, many: Release) -> None:
    zone = many.zones.filter(kind="qpv").order_by("name")[0]
    Value.objects.filter(zone=zone, indicator__name="poverty_share").update(
        central=None, low=None, high=None, reason="secret statistique"
    )
    html = client.get("/territoires/999000003/croiser/").content.decode()
    assert re.findall(r'class="qpv" d="[^"]*" fill="(url\(#vide\))"', html) == ["url(#vide)"]
    assert "secret statistique" in html


# Concentration


def request_of(client: Client) -> HttpRequest:
    return client.get("/").wsgi_request


@pytest.fixture
def fewer_cells(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A town too small for a curve is held to be large enough."""
    monkeypatch.setattr(shared, "FEWEST_CELLS", 20)
    shared._shared.cache_clear()
    yield
    shared._shared.cache_clear()


def test_concentration_is_that_of_the_engine(
    client: Client, many: Release, many_release: Path, fewer_cells: None
) -> None:
    found = engine.read(many_release)
    x = next(x for x in found.catalogue["indicators"] if x["id"] == "poverty_share")
    told = concentration(found, x)
    made = shared_out(request_of(client), many, many.indicators.get(name="poverty_share"))
    assert made is not None
    assert (told["cells"], told["index"]) == (made.cells, made.index)
    people, amount = np.array(told["curve"]).T
    for i, share in enumerate(made.points):
        assert share == pytest.approx(np.interp(i / TENTHS, people, amount))
    # Poverty is found among the poorer: the curve is above the diagonal and the index negative.
    assert made.index < 0
    assert made.points[2] > 0.2
    text = text_of(client, "/territoires/999000003/indicateurs/poverty_share/")
    assert made.sentence.replace("\u202f", " ") in text


def test_few_cells_have_no_curve(client: Client, many: Release, many_release: Path) -> None:
    found = engine.read(many_release)
    x = next(x for x in found.catalogue["indicators"] if x["id"] == "poverty_share")
    assert concentration(found, x)["cells"] < shared.FEWEST_CELLS
    assert shared_out(request_of(client), many, many.indicators.get(name="poverty_share")) is None


def test_only_tenths_are_shown(client: Client, many: Release, fewer_cells: None) -> None:
    html = client.get("/territoires/999000003/indicateurs/poverty_share/").content.decode()
    [path] = re.findall(r'class="curve" d="([^"]+)"', html)
    assert path.count("L") == TENTHS
    assert shared_out(request_of(client), many, many.indicators.get(name="population")) is None


# Generations


def test_toggle_between_generations(client: Client, public: Release, town_release: Path,
                                    tmp_path: Path) -> None:  # fmt: skip
    path = "/territoires/999000001/"
    assert "QPV 2015" not in client.get(path).content.decode()
    folder = town.changed(
        town_release, tmp_path / "r", lambda m: m.update(generations=["2015"], seed=9)
    )
    made = import_release(folder, received_on=RECEIVED)
    try:
        assert "QPV 2015" not in client.get(path).content.decode()  # not open yet
        open_to(made, Circle.EVERYONE)
        html = client.get(path).content.decode()
        assert f'<a href="?livraison={made.code}">QPV 2015</a>' in html
        other = client.get(f"{path}?livraison={made.code}").content.decode()
        assert f'<a href="?livraison={public.code}">QPV 2024</a>' in other
        # Links stay in the release that one reads.
        link = re.findall(r'href="([^"]+/quartiers/[^"]+)"', other)[0]
        assert link.endswith(f"?livraison={made.code}")
        page = client.get(link).content.decode()
        assert "Périmètre 2024" in page
        assert f"?livraison={public.code}" in page
        compared = client.get("/comparer/?territoire=999000001&generation=2015").content.decode()
        assert f"?livraison={made.code}" in compared
        for name in ("indices/", "indices/air/", "croiser/", "indicateurs/poverty_share/"):
            assert "QPV 2015</a>" in client.get(path + name).content.decode(), name
    finally:
        shutil.rmtree(made.folder)
