"""What commands print: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

# Wide enough for a table in a pipe or a log, where there is no terminal to ask.
WIDTH_WITHOUT_TERMINAL = 140


def print_json(rows: Sequence[Any]) -> None:
    """Print one array of objects on stdout."""
    json.dump(rows, sys.stdout, ensure_ascii=False, indent=1, allow_nan=False)
    sys.stdout.write("\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table on stdout; columns that hold figures are set right."""
    console = Console(
        width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL, highlight=False
    )
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        figures = all(not row[index] or row[index][0] in "-−0123456789" for row in rows)
        table.add_column(column, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def tell(text: str) -> None:
    """Say on stderr what is being done."""
    sys.stderr.write(text + "\n")


def figure(value: float | None, unit: str) -> str:
    """Return a value as people read it in French: 12 345, 41,2 %, 15 900 €."""
    if value is None or value != value:
        return "–"
    if unit == "1":
        text = f"{100 * value:.1f} %"
    elif unit.startswith("euro"):
        text = f"{value:,.0f} €"
    elif unit in ("resident", "household", "dwelling"):
        text = f"{value:,.0f}"
    elif unit.startswith("m**2"):
        text = f"{value:,.1f} m²"
    else:
        text = f"{value:,.2f}"
    return text.replace(",", "\u202f").replace(".", ",")
