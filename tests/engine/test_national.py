"""Every territory at once: the same releases as one by one, whatever happens on the way."""

import contextlib
import fcntl
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from bench import france as bench
from labo import cli, demo, france, national, release
from labo.diagnosis import diagnose
from labo.errors import BadInput, LaboError, MissingFile
from labo.index.rank import percentile
from labo.mirror import open_mirror
from labo.national import Outcome, Task

DRAWS = 20
DEADLY = "ville-temoin-2"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small towns of three neighbourhoods each: enough for ranks."""
    folder = tmp_path_factory.mktemp("country")
    form = replace(demo.FORMS["compact_centre"], qpv_count=3, qpv_share=0.3)
    with patch.dict(demo.FORMS, three=form):
        demo.write(folder, residents=[3_500, 3_000, 4_000], form="three")
    return folder


@pytest.fixture(scope="module")
def done(country: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three territories, put together."""
    out = tmp_path_factory.mktemp("all")
    outcomes = list(national.diagnose_all(tasks(country, out), threads, 1))
    france.assemble(out, outcomes, seed=0, runs=40)
    return out


def tasks(country: Path, out: Path) -> list[Task]:
    return national.tasks_of(country, out, draws=DRAWS)


def threads() -> Executor:
    return ThreadPoolExecutor(1)


def die_or_run(task: Task) -> Outcome:
    """Kill the worker once for one territory, as a machine short of memory would; then run."""
    mark = task.out.parent.parent / "killed"
    if task.territory == DEADLY and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(task=task)


def always_die(task: Task) -> Outcome:
    if task.territory == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(task=task)


class Instead(ProcessPoolExecutor):
    """Workers that do something else than `national.run`."""

    def __init__(self, work: Callable[[Task], Outcome]) -> None:
        super().__init__(2, mp_context=multiprocessing.get_context("spawn"))
        self.work = work

    def submit(self, _: Any, /, *given: Any, **options: Any) -> Future[Any]:
        return super().submit(self.work, *given, **options)


def test_together_or_one_by_one_is_the_same(country: Path, done: Path, tmp_path: Path) -> None:
    alone = diagnose(open_mirror(country), DEADLY, draws=DRAWS, tell=lambda _: None)
    release.write(alone, tmp_path / "one")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (done / "territories" / DEADLY / path.name).read_bytes()


def test_a_place_among_all_is_that_of_the_definition(done: Path) -> None:
    found = france.read(done)
    values = found.values
    now = values[(values["scenario"] == "present") & values["zone"].str.startswith("QN")]
    wide = now.pivot(index="zone", columns="indicator", values="central")
    told = found.percentiles[found.percentiles["indicator"] == "poverty_share"].set_index("zone")
    assert len(told) >= 8
    kept = wide.loc[told.index]
    placed = 100 * percentile(kept["poverty_share"], kept["population"].to_numpy())
    np.testing.assert_allclose(told["central"], placed)
    assert (told["low"] <= told["central"]).all()
    assert (told["central"] <= told["high"]).all()
    assert (told["low"] < told["high"]).any()
    assert "population" not in set(found.percentiles["indicator"])


def test_ranks_are_among_all_qpvs(done: Path) -> None:
    found = france.read(done)
    heat = found.scores[found.scores["index"] == "canicule"]
    ranked = heat[heat["reason"] == ""]
    assert sorted(ranked["rank"]) == list(range(1, len(ranked) + 1))
    assert ranked["territory"].nunique() == 3
    assert list(france.check(found)) == []


def test_what_is_done_is_kept(country: Path, done: Path) -> None:
    again = list(national.diagnose_all(tasks(country, done), threads, 1))
    assert all(x.kept and not x.reason for x in again)
    with pytest.raises(LaboError, match=r"was made with seed 0, and 1 is asked for"):
        list(
            national.diagnose_all(national.tasks_of(country, done, draws=DRAWS, seed=1), threads, 1)
        )


def test_halves_of_a_killed_run_are_swept(country: Path, tmp_path: Path) -> None:
    part = tmp_path / "territories" / ".ville-temoin.part-123"
    part.mkdir(parents=True)
    (part / "values.parquet").write_bytes(b"half")
    (first, *_) = tasks(country, tmp_path)
    list(national.diagnose_all([first], threads, 1))
    assert [p.name for p in (tmp_path / "territories").iterdir()] == ["ville-temoin"]


def test_a_worker_that_dies_takes_nothing_with_it(country: Path, tmp_path: Path) -> None:
    given = tasks(country, tmp_path)
    found = list(national.diagnose_all(given, lambda: Instead(die_or_run), 2))
    assert {x.task.territory for x in found} == {t.territory for t in given}
    assert not any(x.reason for x in found)


def test_a_territory_that_kills_its_workers_is_given_up(country: Path, tmp_path: Path) -> None:
    found = list(national.diagnose_all(tasks(country, tmp_path), lambda: Instead(always_die), 2))
    reasons = {x.task.territory: x.reason for x in found}
    assert "died 2 times" in reasons.pop(DEADLY)
    assert set(reasons.values()) == {""}


def test_a_territory_that_fails_does_not_stop_the_others(country: Path, tmp_path: Path) -> None:
    wrong = Task(territory="nowhere", mirror=country, out=tmp_path / "territories" / "nowhere")
    (first, *_) = tasks(country, tmp_path)
    states: list[national.State] = []
    found = list(national.diagnose_all([wrong, first], threads, 1, states.append))
    reasons = {x.task.territory: x.reason for x in found}
    assert "There is no territory 'nowhere'" in reasons["nowhere"]
    assert reasons["ville-temoin"] == ""
    assert (states[-1].done, states[-1].failed, states[-1].total) == (1, 1, 2)
    made = france.assemble(tmp_path, found, seed=0, runs=20)
    assert [x["territory"] for x in made.manifest["failed"]] == ["nowhere"]
    assert made.territories == ["ville-temoin"]


def test_two_runs_in_one_folder(country: Path, tmp_path: Path) -> None:
    with (tmp_path / national.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LaboError, match="Another run is at work"):
            list(national.diagnose_all(tasks(country, tmp_path), threads, 1))


def test_a_damaged_territory_is_told(country: Path, tmp_path: Path) -> None:
    given = tasks(country, tmp_path)[:1]
    outcomes = list(national.diagnose_all(given, threads, 1))
    france.assemble(tmp_path, outcomes, seed=0, runs=20)
    path = tmp_path / "territories" / "ville-temoin" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(manifest | {"seed": 5}), encoding="utf-8")
    assert list(france.check(france.read(tmp_path))) == [
        "ville-temoin is not the release that was put together: run it again."
    ]


def test_memory_is_bounded(tmp_path: Path) -> None:
    with national.workers(1, 0.5) as pool:
        with pytest.raises(MemoryError):
            pool.submit(np.ones, 300_000_000).result()
        assert pool.submit(np.ones, 3).result().sum() == 3


RUN = """
import os, sys, time
from labo import national
if __name__ == "__main__":
    pool = national.workers(1, 6.0)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_workers_leave_with_a_run_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(RUN)
    command = [sys.executable, str(tmp_path / "run.py")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert run.stdout is not None
    worker = int(run.stdout.readline())
    run.kill()
    run.communicate()
    for _ in range(300):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.kill(worker, signal.SIGKILL)
        pytest.fail("the worker stays for ever")


def test_a_folder_of_mirrors_is_a_country_too(country: Path, tmp_path: Path) -> None:
    (tmp_path / "fetched").mkdir()
    for name in ("one", "two"):
        (tmp_path / "fetched" / name).symlink_to(country)
    found = national.tasks_of(tmp_path / "fetched", tmp_path / "out")
    assert [(t.territory, t.mirror.name) for t in found] == [("one", "one"), ("two", "two")]
    with pytest.raises(MissingFile, match=r"no mirror\.toml"):
        national.tasks_of(tmp_path / "nothing", tmp_path / "out")


def test_epcis_with_a_qpv_are_found_without_names(country: Path) -> None:
    opened = open_mirror(country)
    assert national._with_qpvs(opened, "2024") == sorted(opened.territories.values())


@pytest.fixture
def labo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """`labo("show", folder)` is what the command line prints on stdout, then on stderr."""

    def run(*given: object) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["labo", *map(str, given)])
        with contextlib.suppress(SystemExit):
            cli.main()
        return tuple(capsys.readouterr())  # type: ignore[return-value]

    return run


def test_the_command_line(done: Path, country: Path, labo: Any) -> None:
    assert "is sound: 3 territories" in labo("check", done)[0]
    rows = json.loads(labo("france", done, "--json")[0])
    assert len(rows) >= 8
    told = labo("france", done, rows[0]["zone"])[0]
    assert "Une place en France ne dit rien de ce dont un quartier a besoin" in told
    for given, sentence in (
        (("france", done, "QN00000X"), "There is no QPV 'QN00000X'"),
        (("france", done, "--index", "froid"), "There is no index 'froid'"),
        (("france", country), "There is no france/manifest.json"),
        (("diagnose", "--all", "ville-temoin", "--out", done), "--all takes every territory"),
        (("diagnose", "--out", done), "Name a territory"),
        (("check", done, "--against", done), "--against compares releases"),
    ):
        assert sentence in labo(*given)[1], given


def test_a_cluster_that_does_not_answer(country: Path) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with pytest.raises(BadInput, match="No Dask scheduler answers"):
        national.cluster("tcp://127.0.0.1:1")


def test_the_pipeline_of_the_benchmark_reads_the_same_files(country: Path, done: Path) -> None:
    pytest.importorskip("rasterstats", reason="the extra `bench` brings it")
    zones = [bench._qpvs_of(done, f"ville-temoin-{n}") for n in (2, 3)]
    assert [len(codes) for codes in zones] == [3, 3]
    assert bench.straightforward(str(country), zones) > 0
