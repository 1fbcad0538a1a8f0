"""What hostile input once reached or crashed is tried again, and every reader has an entry."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import Entry, child, entries
from fuzz.__main__ import _without_guide, growth, run
from fuzz.corpus import bytes_of, kept, text_of
from fuzz.sources import readers
from labo.catalogue import SOURCES

MODULES = ("sources", "files", "partners", "releases")
ENTRIES = {name: x for name, x in entries(MODULES).items() if name != "release_import"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


def test_every_source_is_read_by_an_entry() -> None:
    found = readers()
    assert {x.id for chosen in found.values() for x in chosen} == {x.id for x in SOURCES}
    assert set(found) <= set(ENTRIES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ENTRIES)
def test_what_was_kept_is_read_or_refused(name: str, tmp_path: Path, shared: Path) -> None:
    entry = ENTRIES[name]
    attempt = entry.prepare(tmp_path, shared)
    # Nothing changed: the example itself is sound, so that what is refused is what was changed.
    attempt(b"")
    for _, changes in kept(name):
        with suppress(*entry.refusals):
            attempt(changes)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["file_plan", "file_area", "file_chosen", "partner_schema"])
def test_other_changes_are_read_or_refused(
    name: str, tmp_path_factory: pytest.TempPathFactory, shared: Path
) -> None:
    entry = ENTRIES[name]
    attempt = entry.prepare(tmp_path_factory.mktemp(name), shared)

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=64))
    def tried(changes: bytes) -> None:
        with suppress(*entry.refusals):
            attempt(changes)

    tried()


@given(st.binary())
def test_an_input_is_kept_as_text(content: bytes) -> None:
    assert bytes_of(text_of(content)) == content


def test_memory_that_goes_on_growing_is_told() -> None:
    mib = 1 << 20
    level = [(n, 100 * mib) for n in range(20)]
    climbing = [(n, (100 + 10 * n) * mib) for n in range(20)]
    early = [(n, (100 + min(10 * n, 80)) * mib) for n in range(20)]
    assert growth(level) == (0.0, False)
    assert growth(climbing)[1]
    assert not growth(early)[1]


def levels(each: int) -> list[list[int]]:
    return [[64 * n, (100 + each * n) << 20] for n in range(20)]


@pytest.mark.parametrize(("again", "grows"), [(levels(0), False), (levels(4), True), (None, True)])
def test_what_the_guide_takes_is_told_from_what_a_reader_keeps(
    again: list[list[int]] | None, grows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(entry: Entry, runs: int, each: float | None, *rest: Any) -> list[list[int]]:
        rest[-1].tried += runs
        return levels(10)

    monkeypatch.setattr("fuzz.__main__.GUIDED", [True])
    monkeypatch.setattr("fuzz.__main__._start", started)
    monkeypatch.setattr("fuzz.__main__._without_guide", lambda *_: again)
    result = run(ENTRIES["file_plan"], 100, None, tmp_path, 0)
    assert result.growing is grows
    assert result.guided == (None if again is None else growth(levels(10))[0])
    assert result.grown == growth(levels(10) if again is None else again)[0]


def test_the_same_inputs_are_tried_again_with_no_guide(tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    tried.mkdir()
    (tried / child.GIVEN).write_bytes(b"".join(b"\0\0\0\2ab" for _ in range(300)))
    memory = _without_guide("text_number", tried, tmp_path)
    assert memory is not None
    assert memory[-1][0] == 300
    assert memory[-1][1] > 1 << 20
    assert _without_guide("an entry that is not there", tried, tmp_path) is None


def test_inputs_that_a_killed_process_tried_are_read_up_to_the_last_whole_one(
    tmp_path: Path,
) -> None:
    (tmp_path / child.GIVEN).write_bytes(b"\0\0\0\2ab\0\0\0\0\0\0\0\5cd")
    assert child.given_to(tmp_path) == [b"ab", b""]
