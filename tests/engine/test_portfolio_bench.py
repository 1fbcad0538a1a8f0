"""The benchmark of portfolios runs small, and the program never has less than the heuristic."""

import json

import pytest

from bench import portfolio as benchmark

SMALL = benchmark.Size(options=60, zones=5, points=4)


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        # In this process: starting one for each would take longer than all the rest.
        patch.setattr(benchmark, "apart", lambda work, *given: work(*given))
        return benchmark.figures(SMALL)


def test_the_heuristic_holds_the_constraints_and_has_no_more(found) -> None:
    works = found["works"]
    assert list(works) == ["list", "greedy", "front", "regret"]
    assert works["list"]["broken"] == works["greedy"]["broken"] == 0
    assert 0 <= works["greedy"]["less"] < 0.2
    assert works["regret"]["bound"] <= works["regret"]["largest"] + 1e-9
    assert works["front"]["points"] >= 2


def test_every_figure_is_there(found, monkeypatch, capsys) -> None:
    monkeypatch.setattr(benchmark, "figures", lambda size: found | {"options": size.options})
    assert benchmark.main(["--quick", "--json"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said)["options"] == 200
    assert benchmark.main([]) == 0
    assert "greedy has" in capsys.readouterr().out
