"""The invented country of the benchmark is sound, and its figures are said. No time is asserted."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bench import site as benchmark
from labo.checking import check
from labo.release import read
from labo_web.releases.importing import import_release
from labo_web.releases.models import Value

PAGE = {"queries": 6, "ms": 30.0, "processor_ms": 25.0, "kb": 80.0}
FOUND: dict[str, Any] = {
    "benchmark": "site",
    "size": {"readers": 20, "indicators": 20},
    "page": {"address": "/", **PAGE},
    "readers": {"answers": 100, "errors": 0, "per_second": 30.0, "p50_ms": 500.0, "p95_ms": 700.0},
    "country": {"territories": 6, "neighbourhoods": 60, "values": 2040, "import_s": 3.0}
    | dict.fromkeys(("comparison", "comparison_ten", "comparison_whole", "home", "layers"), PAGE),
}


@pytest.mark.django_db
def test_an_invented_territory_is_a_sound_release(town_release: Path, tmp_path: Path) -> None:
    model = benchmark.Model(town_release, 12)
    folder = model.territory(tmp_path / "made", number=7, neighbourhoods=11)
    assert check(read(folder)) == []
    made = import_release(folder)
    try:
        assert made.fictive
        assert made.territory.code == "800000007"
        assert made.zones.filter(kind="qpv").count() == 11
        assert made.indicators.count() == 12
        known = Value.objects.filter(zone__release=made, zone__kind="qpv", central__isnull=False)
        assert known.count() > 50
        assert known.filter(gap__isnull=False).exists()
    finally:
        shutil.rmtree(made.folder)


def test_figures_are_said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(benchmark, "figures", lambda _: FOUND)
    assert benchmark.main(["--quick", "--json"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said) == FOUND
    assert benchmark.main([]) == 0
    said = capsys.readouterr().out
    assert "6 territories, 60 neighbourhoods" in said
    assert "comparison of all, ms" in said
