"""The benchmark of the pages that calculate: its site is sound, its figures are said."""

import json

from django.http import QueryDict

from bench import solutions as benchmark
from labo_web.atlas import site_input
from labo_web.atlas.sheet import plain

PAGE = {"ms": 30.0, "worst_ms": 40.0, "processor_ms": 25.0, "kb": 80.0}


def test_its_site_is_sound() -> None:
    given = QueryDict(mutable=True)
    given["dessin"] = json.dumps(benchmark.drawing(benchmark.Size(), 10.0, 20.0))
    asked = site_input.read(given, plain())
    assert asked.wrong == []
    assert len(asked.sites) == 4
    assert sum(asked.sites["Variante 1"].trees.values()) == benchmark.Size().trees


def test_its_figures_are_said() -> None:
    found = {"pages": {"options": 10} | dict.fromkeys(benchmark.NAMES, PAGE)}
    text = benchmark.report(found)
    for said in benchmark.NAMES.values():
        assert said in text
    assert "< 200" in text
