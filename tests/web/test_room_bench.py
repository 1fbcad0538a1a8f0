"""The room's benchmark says its figures, and its phones do what phones do. No time is asserted."""

import asyncio
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bench import room as benchmark

DONE: dict[str, Any] = dict.fromkeys(
    ("answers", "errors", "retries", "burst_votes", "acknowledged", "stored", "lost", "twice",
     "never_sent", "questions_with_wrong_votes"), 7,
) | dict.fromkeys(
    ("restart_s", "p50_ms", "p95_ms", "burst_p50_ms", "burst_p95_ms", "burst_max_ms", "load"), 2.5
)  # fmt: skip
FOUND: dict[str, Any] = {
    "benchmark": "room",
    "size": {"phones": 300, "minutes": 10.0, "burst_s": 5.0, "workers": 2},
    "sqlite": DONE,
    "postgres": None,
}
ROOM = benchmark.Room("BCDFGH", 1, 2, 3, [4, 5], [6, 7], ["1234567"])


def test_figures_are_said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    asked: list[Any] = []

    def figures(*given: Any) -> dict[str, Any]:
        asked.append(given)
        return FOUND

    monkeypatch.setattr(benchmark, "figures", figures)
    assert benchmark.main(["--quick", "--json"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said) == FOUND
    assert benchmark.main(["--minutes", "2", "--phones", "50", "--database", "sqlite"]) == 0
    said = capsys.readouterr().out
    assert "acknowledged and not stored (goal 0)" in said
    assert "PostgreSQL is not on this machine." in said
    assert asked[0] == (benchmark.QUICK, ["sqlite", "postgres"])
    assert (asked[1][0].minutes, asked[1][0].phones) == (2, 50)
    assert asked[1][1] == ["sqlite"]


def test_a_phone_keeps_what_is_acknowledged_and_sends_the_rest_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that hangs up before it answers, then answers: one word, sent twice, kept once."""
    heard: list[str] = []

    async def answer(into: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        head = (await into.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        heard.append((await into.readexactly(length)).decode())
        if len(heard) > 1:
            body = json.dumps({"number": "412 0957", "follow": ""})
            out.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
            await out.drain()
        out.close()

    async def meet() -> benchmark.Kept:
        kept = benchmark.Kept()
        serving = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with serving:
            port = serving.sockets[0].getsockname()[1]
            phone = benchmark.Phone(1, port, ROOM, kept, think=1.0)
            await phone.say()
            phone._hang_up()
        return kept

    monkeypatch.setattr(benchmark, "AGAIN", 0.0)
    # A browser test of the same worker may have left a loop running in this thread.
    with ThreadPoolExecutor(1) as alone:
        kept = alone.submit(asyncio.run, meet()).result()
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert kept.retries == 1
    assert kept.errors == []
    assert list(kept.words.values()) == ["4120957"]
    assert {str(uuid.UUID(x)) for x in kept.words} == kept.sent
