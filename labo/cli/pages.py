"""`labo pages`: the method pages, written from the catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from labo.cli import app
from labo.cli.output import say, tell


@app.command("pages")
def write_pages(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Such as docs/indicateurs.")],
) -> None:
    """Write the method pages, in French.

    One per indicator, with the layers, places and sources that it rests on. Pages of indicators
    that are no longer declared are removed; other files are left alone.
    """
    from labo import method_pages

    changed, gone = method_pages.write(directory)
    for name in gone:
        tell(f"{name}: removed, no longer declared")
    tell(f"{len(changed)} pages written or changed")
    say(str(directory))
