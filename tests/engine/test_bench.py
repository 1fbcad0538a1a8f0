"""Benchmarks run, say what they found, and their sides agree. Timings are never asserted."""

import json
import math
from importlib.util import find_spec
from typing import Any

import pytest

from bench import __main__ as every
from bench import apart, crosswalk, text_table
from bench._summary import HEADLINES, table


@pytest.fixture(scope="module")
def found():
    for name in ("exactextract", "rasterio", "tobler"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed: the extra `bench` brings it.")
    size = crosswalk.Size(cells=3_000, polygons=25, variables=3, repeats=1)
    with pytest.MonkeyPatch.context() as patch:
        # One process imports geopandas once: four would take longer than all the rest.
        patch.setattr(crosswalk, "apart", lambda side, *given: side(*given))
        return crosswalk.figures(size)


def test_every_benchmark_is_run():
    assert every.names() == [
        "access",
        "coverage",
        "crosswalk",
        "diagnosis",
        "faults",
        "france",
        "index",
        "portfolio",
        "ranks",
        "roadmaps",
        "room",
        "scenario",
        "site",
        "solutions",
    ]


def test_the_country_is_the_same_for_every_side():
    size = crosswalk.Size(cells=2_000, polygons=10, variables=2)
    one, two = crosswalk.country(size), crosswalk.country(size)
    assert len(one.x) == 2_000
    assert len(set(zip(one.x, one.y, strict=True))) == 2_000
    assert (one.x == two.x).all()
    assert one.values.equals(two.values)
    assert (one.zones == two.zones).all()
    assert all(zone.is_valid for zone in one.zones)


def test_the_sides_agree(found):
    sides = found["sides"]
    assert list(sides) == ["labo", "exactextract", "geopandas", "tobler"]
    assert sides["geopandas"]["difference"] < 1e-7
    # These two keep shares or surfaces in single precision.
    assert sides["exactextract"]["difference"] < 1e-5
    assert sides["tobler"]["difference"] < 1e-5
    assert sides["labo"]["partition_error"] < 1e-9


def test_every_figure_is_there(found, monkeypatch, capsys):
    for side in found["sides"].values():
        assert side["seconds"]["one"] > 0
        assert side["peak_gib"] > 0
    assert set(found["ratios"]) == {
        "labo_to_exactextract_one",
        "geopandas_to_labo",
        "tobler_to_labo",
    }
    monkeypatch.setattr(crosswalk, "figures", lambda size: found | {"cells": size.cells})
    assert crosswalk.main(["--quick", "--json"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said)["cells"] == 100_000
    assert crosswalk.main([]) == 0
    assert "tobler / labo, 3 variables" in capsys.readouterr().out


def test_a_side_runs_in_a_process_of_its_own():
    assert apart(math.gcd, 12, 18) == 6


def test_a_table_lines_up():
    assert text_table(["", "s"], [["labo", 0.12345], ["other", None]]).splitlines() == [
        "           s",
        "labo   0.123",
        "other      –",
    ]


def test_one_table_of_all(found):
    lines = table({"crosswalk": found, "site": {"page": {"queries": 7}}}).splitlines()
    tobler = next(line for line in lines if "tobler, 40" in line)
    ratio = found["sides"]["tobler"]["seconds"]["all"] / found["sides"]["labo"]["seconds"]["all"]
    assert tobler.split()[-1] == f"{ratio:.3g}"
    assert not [line for line in lines if line.startswith("crosswalk") and "not measured" in line]
    assert "7" in next(line for line in lines if "neighbourhood, queries" in line)
    # What a benchmark did not give is said; what was not run at all has no line.
    assert "not measured" in next(line for line in lines if "neighbourhood, ms" in line)
    assert not [line for line in lines if line.startswith("room")]


def test_what_the_table_shows_is_of_a_benchmark():
    assert {line.benchmark for line in HEADLINES} == set(every.names())


def test_indicators_and_violations_are_counted():
    rows = [{"coverage": 0.9}, {"coverage": 0.99}]
    found: dict[str, dict[str, Any]] = {
        "coverage": {"indicators": rows},
        "faults": {"kills": 100, "violations": []},
    }
    said = table(found)
    assert "1 of 2" in said
    assert next(x for x in said.splitlines() if "violations" in x).split()[2] == "0"
