"""The harness of faults kills for real, and its checker sees what is lost when something is."""

import json
import shutil
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import _faults_world as worlds
from bench import apart, faults
from bench._faults_check import violations
from bench._faults_forms import Forms
from bench._faults_people import Browser, Ledger, NoAnswer, Scene, whole
from bench._faults_proxy import Proxy
from bench._faults_report import Report
from labo_web.releases.importing import import_release
from labo_web.releases.models import Value
from labo_web.roadmaps.models import Action, Change
from labo_web.workshops.models import Ballot, Contribution, Event, Medium
from tests.web import town

DONE: dict[str, Any] = {
    "kills": {"web worker": 3}, "faults": {"network, slow": 1}, "skipped": ["clock: none"],
    "violations": ["a web worker was killed: a contribution is lost"], "checks": 4, "seconds": 2.5,
}  # fmt: skip


def test_a_few_kills(town_release: Path, tmp_path: Path) -> None:
    # Of this seed, the first kills are of a copy, a worker and an import, the lightest.
    size = replace(faults.QUICK, phones=3, others=False, seed=19)
    found = apart(faults.installation, tmp_path / "site", town_release, "sqlite", 2, size)
    assert found["violations"] == []
    assert sum(found["kills"].values()) >= 2
    assert found["checks"] >= 3
    assert found["words"] + found["votes"] + found["stances"] > 0
    assert found["sheet_texts"] > 0


@pytest.fixture
def scene(db: None) -> Scene:
    """A room and two sheets, as the harness makes them, in the tests' own database."""
    return worlds.prepare(town="999000777")


def seen(scene: Scene, ledger: Ledger) -> str:
    return "\n".join(violations(scene, ledger, tidy=False))


def said(scene: Scene, ledger: Ledger, **fields: Any) -> Contribution:
    """Keep a contribution, and write it in the ledger as a phone does."""
    event = Event.objects.get(code=scene.room)
    row = Contribution.objects.create(
        territory=event.territory, event=event, question_id=scene.say, text="Ici", **fields
    )
    ledger.words[str(row.client_id)] = (row.number, row.text, row.kind == "photo")
    ledger.sent.add(str(row.client_id))
    return row


def test_nothing_is_wrong_with_what_is_right(scene: Scene) -> None:
    ledger = Ledger()
    said(scene, ledger)
    ledger.votes["me", scene.dots] = {"1": 3}
    Ballot.objects.create(question_id=scene.dots, voter="x", content={"1": 3})
    assert seen(scene, ledger) == ""


def test_lost_and_invented_words_are_seen(scene: Scene) -> None:
    ledger = Ledger()
    said(scene, ledger).delete()
    assert "a contribution is lost" in seen(scene, ledger)
    ledger = Ledger()
    said(scene, ledger)
    Contribution.objects.filter(text="Ici").update(text="Là")
    assert "not as it was acknowledged" in seen(scene, ledger)
    ledger.sent.clear()
    assert "never sent" in seen(scene, ledger)


def test_lost_and_doubled_votes_are_seen(scene: Scene) -> None:
    ledger = Ledger()
    ledger.votes["me", scene.dots] = {"1": 3}
    assert "votes are not as acknowledged" in seen(scene, ledger)
    for voter in ("x", "y"):
        Ballot.objects.create(question_id=scene.dots, voter=voter, content={"1": 3})
    assert "votes are not as acknowledged" in seen(scene, ledger)
    ledger = Ledger()
    ledger.stances["me", scene.shown[0]] = "doubt"
    assert "stances are not as acknowledged" in seen(scene, ledger)


def test_lost_photos_are_seen(scene: Scene) -> None:
    ledger = Ledger()
    row = said(scene, ledger, kind="photo")
    assert "1 contributions lost their photo" in seen(scene, ledger)
    Medium.objects.create(contribution=row, kind="photo", name="gone.jpg", size=4)
    assert "the photo gone.jpg is lost" in seen(scene, ledger)


def test_lost_updates_of_a_sheet_are_seen(scene: Scene) -> None:
    action = Action.objects.get(roadmap__territory__code="999000777", number=scene.sheets[0])
    Action.objects.filter(pk=action.pk).update(title="Autre chose")
    assert "title is not what its history ends with" in seen(scene, Ledger())
    Action.objects.filter(pk=action.pk).update(title=action.title)
    for version, before, after in ((2, "", "a"), (3, "", "b")):
        Change.objects.create(
            action=action, version=version, field="objective", before=before, after=after
        )
    Action.objects.filter(pk=action.pk).update(version=3, objective="b")
    assert "objective of version 3 was lost" in seen(scene, Ledger())
    ledger = Ledger(texts={action.number: ["a", "c"]})
    assert "« c » was acknowledged and is lost" in seen(scene, ledger)
    Action.objects.filter(pk=action.pk).update(version=5)
    assert "has version 5" in seen(scene, Ledger())


def test_half_releases_are_seen(scene: Scene, town_release: Path, tmp_path: Path) -> None:
    made = import_release(town.changed(town_release, tmp_path / "r", lambda m: m.update(seed=11)))
    try:
        assert seen(scene, Ledger(releases={made.digest})) == ""
        Value.objects.filter(zone__release=made).order_by("pk")[0].delete()
        assert "is half there" in seen(scene, Ledger())
        (made.folder / "draws.parquet").unlink()
        assert "draws.parquet is missing" in seen(scene, Ledger())
        shutil.rmtree(made.folder)
        assert f"the release {made.code} has no folder" in seen(scene, Ledger())
        assert "was imported and is lost" in seen(scene, Ledger(releases={"e" * 64}))
        made.folder.mkdir()
        assert "is half a release" in seen(scene, Ledger())
        half = made.folder.with_name(f".{'a' * 12}.{'b' * 32}")
        half.mkdir()
        told = "\n".join(violations(scene, Ledger(), tidy=True))
        assert f"releases/{half.name} was left unfinished" in told
        half.rmdir()
    finally:
        shutil.rmtree(made.folder, ignore_errors=True)


def test_documents_that_are_not_whole_are_seen() -> None:
    assert whole("x.pdf", b"%PDF-1.7 ... %%EOF\n")
    assert not whole("x.pdf", b"%PDF-1.7 ... ")
    assert not whole("x.docx", b"PK\x03\x04 half")
    assert whole("x.json", b"[]")
    assert not whole("x.json", b"[")


def test_a_form_is_read_as_a_browser_sends_it() -> None:
    page = Forms("/here/")
    page.feed(
        '<form method="post" action="/leave/"><input name="no" value="1"></form>'
        '<form method="post"><input name="base" value="3"><input type="checkbox" name="off">'
        '<textarea name="text">\nun &amp; deux</textarea><select name="s"><option value="a">'
        '<option value="b" selected></select><button name="go">x</button></form>'
    )
    assert page.fields == {"base": "3", "text": "un & deux", "s": "b"}


def test_a_line_is_cut_in_the_middle() -> None:
    far = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        line, _ = far.accept()
        # The line is cut while this is being sent.
        with line, suppress(OSError):
            line.recv(100)
            line.sendall(b"x" * 1_000_000)

    threading.Thread(target=answer, daemon=True).start()
    proxy = Proxy(far.getsockname()[1], seed=1)
    proxy.mode = "cut answer"
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as near:
        near.sendall(b"ask")
        came = 0
        while data := near.recv(65_536):
            came += len(data)
    assert 0 < came < 1_000_000
    assert proxy.cuts == 1
    proxy.close()
    far.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
    ],
)  # fmt: skip
def test_half_an_answer_is_none(answer: bytes) -> None:
    far = socket.create_server(("127.0.0.1", 0))

    def cut() -> None:
        line, _ = far.accept()
        with line:
            line.recv(1_000)
            line.sendall(answer)

    threading.Thread(target=cut, daemon=True).start()
    ledger = Ledger()
    browser = Browser(lambda: int(far.getsockname()[1]), ledger)
    with pytest.raises(NoAnswer):
        browser.ask("GET", "/")
    assert (ledger.answers, ledger.retries, ledger.wrong) == (0, 1, [])
    far.close()


def test_what_was_seen_is_told_once() -> None:
    report = Report()
    report.wrong("one", ["a photo is lost"])
    report.wrong("two", ["a photo is lost", "a vote is lost"])
    assert report.violations == ["one: a photo is lost", "two: a vote is lost"]


def test_figures_are_said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    asked: list[Any] = []
    found = {"benchmark": "faults", "sqlite": DONE, "postgres": None, "engine": None, "kills": 3,
             "faults": 1, "violations": DONE["violations"], "seconds": 3.0}  # fmt: skip

    def figures(*given: Any) -> dict[str, Any]:
        asked.append(given)
        return found

    monkeypatch.setattr(faults, "figures", figures)
    assert faults.main(["--quick", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == found
    assert faults.main(["--kills", "40", "--seed", "3", "--database", "sqlite"]) == 1
    told = capsys.readouterr().out
    assert "3 kills survived (goal 100), 1 other faults, 1 violations (goal 0)" in told
    assert "! a web worker was killed: a contribution is lost" in told
    assert "not tried on sqlite: clock: none" in told
    assert asked[0] == (faults.QUICK, ["sqlite", "postgres"])
    assert (asked[1][0].kills, asked[1][0].seed, asked[1][1]) == (40, 3, ["sqlite"])
