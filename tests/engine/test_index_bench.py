"""The benchmark of indices runs small, and both sides find the same. Timings are not asserted."""

import json

import pytest

from bench import index as benchmark

SMALL = benchmark.Size(
    sobol=8,
    zones=30,
    indicators=9,
    replications=12,
    units=10,
    parts=5,
    weightings=60,
    loops=12,
    weight_loops=40,
    repeats=1,
)


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        # Sides in this process: starting one for each would take longer than all the rest.
        patch.setattr(benchmark, "apart", lambda side, *given: side(*given))
        return benchmark.figures(SMALL)


def test_both_sides_find_the_same_scores(found) -> None:
    assert list(found["works"]) == ["sobol", "replications", "weights"]
    for work in found["works"].values():
        assert work["difference"] < 1e-9
        assert work["ratio"] > 0


def test_an_invented_table_stands_in_for_the_reference(found, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(benchmark, "ASEM", tmp_path / "absent")
    index, values, name = benchmark.asem()
    assert (len(index.leaves), len(index.nodes), values.shape) == (49, 60, (51, 49))
    assert name == "invented"
    assert "is invented" in benchmark.report(found | {"data": name})


def test_every_figure_is_there(found, monkeypatch, capsys) -> None:
    monkeypatch.setattr(benchmark, "figures", lambda size: found | {"zones": size.zones})
    assert benchmark.main(["--quick", "--json"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said)["zones"] == 200
    assert benchmark.main([]) == 0
    assert "pandas / labo" in capsys.readouterr().out
