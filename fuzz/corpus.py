"""What was found, kept as text: one JSON a file, whose input is bytes written as characters."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "corpus"
# Of an entry: what crashed it once, and what reached parts of the code that little else does.
FOUND, REACHED = "found.json", "reached.json"


def text_of(given: bytes) -> str:
    """Return an input as a text in which each character is a byte."""
    return given.decode("latin-1")


def bytes_of(text: str) -> bytes:
    """Return the input that a text stands for."""
    return text.encode("latin-1")


def kept(name: str) -> list[tuple[str, bytes]]:
    """Return the inputs of an entry, with why each was kept: crashes first."""
    found = []
    for path in (FOLDER / name / FOUND, FOLDER / name / REACHED):
        if path.exists():
            rows = json.loads(path.read_text("utf-8"))
            found += [(row["why"], bytes_of(row["input"])) for row in rows]
    return found


def keep(name: str, file: str, more: list[tuple[str, bytes]]) -> None:
    """Add inputs to a file of an entry; one that is there already stays as it is."""
    path = FOLDER / name / file
    rows = {given: why for why, given in more}
    if path.exists():
        old = json.loads(path.read_text("utf-8"))
        rows |= {bytes_of(row["input"]): row["why"] for row in old}
    path.parent.mkdir(parents=True, exist_ok=True)
    said = [{"why": why, "input": text_of(given)} for given, why in sorted(rows.items())]
    path.write_text(json.dumps(said, indent=0, ensure_ascii=True) + "\n", encoding="utf-8")
