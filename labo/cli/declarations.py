"""`labo list` and `labo explain`: what is declared."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from labo.catalogue import INDICATORS, LAYERS, SOURCES
from labo.cli import app
from labo.cli.output import print_json, print_table
from labo.errors import UnknownName
from labo.release import catalogue

NOUNS = ("sources", "layers", "indicators")


@app.command("list")
def list_declared(
    noun: Annotated[str, typer.Argument(help="sources, layers or indicators")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """List what is declared."""
    if noun not in NOUNS:
        raise UnknownName(f"There is nothing to list named {noun!r}; give {', '.join(NOUNS)}.")
    rows: list[dict[str, Any]] = catalogue()[noun]
    if as_json:
        print_json(rows)
        return
    columns = {
        "sources": ("id", "vintage", "producer", "licence", "label"),
        "layers": ("id", "unit", "among", "label"),
        "indicators": ("id", "component", "unit", "label"),
    }[noun]
    print_table(columns, [[str(row.get(c, "")) for c in columns] for row in rows])


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="id of an indicator, layer or source")],
) -> None:
    """Say everything that is declared under a name."""
    content = catalogue()
    found = [(noun, row) for noun in reversed(NOUNS) for row in content[noun] if row["id"] == name]
    if not found:
        known = [x.id for group in (INDICATORS, LAYERS, SOURCES) for x in _ids(group)]
        import difflib

        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `labo list indicators`."
        raise UnknownName(f"Nothing is declared under the name {name!r}; {hint}")
    for noun, row in found:
        rows = [["what", noun[:-1]]]
        for key, value in row.items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append([key, text])
        print_table(("", ""), rows)


def _ids(group: Iterable[Any]) -> list[Any]:
    return list(group)
