"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from labo.typography import curled

if TYPE_CHECKING:
    import pandas as pd

# Wide enough for a table in a pipe or a log, where there is no terminal to ask.
WIDTH_WITHOUT_TERMINAL = 140


def width() -> int:
    """Return how many columns a line may have (COLUMNS says otherwise)."""
    return shutil.get_terminal_size((WIDTH_WITHOUT_TERMINAL, 24)).columns


def say(*lines: str) -> None:
    """Print lines on stdout, as print sets them: apostrophes curl."""
    sys.stdout.write("".join(f"{curled(line)}\n" for line in lines))


def say_folded(text: str, hanging: str = "") -> None:
    """Print a text on stdout, folded at the width; its further lines begin with `hanging`."""
    import textwrap

    say(*textwrap.wrap(text, width(), subsequent_indent=hanging, break_on_hyphens=False))


def tell(text: str) -> None:
    """Say on stderr what is being done."""
    sys.stderr.write(text + "\n")


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Send what compiled code prints on stdout to nowhere: results alone go there.

    HiGHS prints a line of its own in some releases, whatever is asked of it (HiGHS.jl issue 312).
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # what C has not written yet would come out later
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def print_json(rows: Sequence[Any]) -> None:
    """Print one array of objects on stdout, as they are."""
    sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table for JSON: what is missing is null."""
    plain = table.astype(object).where(table.notna(), None)
    return cast(list[dict[str, Any]], plain.to_dict("records"))


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    figures: Sequence[str] = (),
    names: Sequence[str] = (),
) -> None:
    """Print a table on stdout, with a header unless all columns are nameless.

    The columns named in `figures` are set right and, as those of `names`, never folded.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="", show_header=any(columns)
    )
    for column in columns:
        right = column in figures
        table.add_column(
            Text(column),
            justify="right" if right else "left",
            vertical="top",
            overflow="fold",
            no_wrap=right or column in names,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(file=sys.stdout, width=width(), highlight=False)
    with console.capture() as captured:
        console.print(table)
    say(*(line.rstrip(" ") for line in captured.get().splitlines()))
