"""A crowd of officers on PostgreSQL: nothing lost, conflicts shown. No time is asserted."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import roadmaps as benchmark

ROOT = Path(__file__).resolve().parents[2]
FOUND: dict[str, Any] = {
    "benchmark": "roadmaps",
    "size": {"actions": 200, "lines": 10, "repeats": 15, "officers": 50},
    "pages": {
        "list_queries": 8, "list_ms": 90.0, "list_processor_ms": 80.0, "annex_s": 5.0,
        "workbook_s": 1.0, "pdf_s": 4.0, "json_s": 0.5,
    },
    "database": "PostgreSQL",
    "crowd": {
        key: {"saved": 1, "conflicts": 49, "lost": 0, "p50_ms": 9.0, "slowest_ms": 99.0}
        for key in ("same", "apart")
    },
}  # fmt: skip


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="it makes its own cluster")
def test_fifty_officers_at_once_lose_nothing(need: Callable[[str], Path]) -> None:
    need("postgres")
    program = (
        "import json; from bench import roadmaps as b;"
        "size = b.Size(actions=50, lines=1, repeats=1, officers=50);"
        "print(json.dumps(b.figures(size)))"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LABO_", "DJANGO_"))}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3_000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["database"] == "PostgreSQL"
    same, apart = found["crowd"]["same"], found["crowd"]["apart"]
    assert (same["saved"], same["conflicts"], same["lost"]) == (1, 49, 0)
    assert (apart["saved"], apart["conflicts"], apart["lost"]) == (50, 0, 0)
    assert found["pages"]["list_queries"] < benchmark.GOALS["list_queries"]


def test_figures_are_said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(benchmark, "figures", lambda _: FOUND)
    assert benchmark.main(["--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == FOUND
    assert benchmark.main([]) == 0
    assert "50 officers saving at once on PostgreSQL" in capsys.readouterr().out
