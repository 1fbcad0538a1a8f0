"""The benchmark of scenarios runs small, and both sides of it agree."""

import json

import pytest

from bench import scenario as benchmark

SMALL = benchmark.Size(side=60, piece=40, residents=6_000, repeats=1)


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        # In this process: starting one for each would take longer than all the rest.
        patch.setattr(benchmark, "apart", lambda work, *given: work(*given))
        return benchmark.figures(SMALL)


def test_both_sides_say_the_same_air(found) -> None:
    works = found["works"]
    assert list(works) == ["whole", "piece", "interval", "plan"]
    assert works["whole"]["apart"] < 1e-9
    assert works["piece"]["apart"] < 1e-9
    assert works["plan"]["changed"] > 2


def test_every_figure_is_there(found, monkeypatch, capsys) -> None:
    monkeypatch.setattr(benchmark, "figures", lambda size: found | {"side": size.side})
    assert benchmark.main(["--quick", "--json"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said)["side"] == benchmark.QUICK.side
    assert benchmark.main([]) == 0
    assert "fftconvolve" in capsys.readouterr().out
