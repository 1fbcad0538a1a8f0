"""`labo fetch` and `labo demo`: bring official files, or write synthetic ones."""

from pathlib import Path
from typing import Annotated

import typer

from labo.cli import app
from labo.cli.output import print_table, say, tell
from labo.errors import BadInput, LaboError


@app.command()
def fetch(
    territory: Annotated[str, typer.Argument(help="SIREN of an EPCI, or a name of the mirror.")],
    mirror: Annotated[
        Path | None, typer.Option(help="Take the files from this folder, not from the network.")
    ] = None,
) -> None:
    """Bring the official files of a territory.

    They go into the cache (LABO_CACHE, else the system's), and a download that was cut is resumed.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TransferSpeedColumn,
    )

    from labo import cache

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(source_id: str, have: int, total: int | None) -> None:
            if source_id not in tasks:
                tasks[source_id] = bars.add_task(source_id, total=total)
            bars.update(tasks[source_id], completed=have, total=total)

        brought = cache.fetch(territory, mirror=mirror, progress=progress, tell=tell)
    rows = [[b.source, b.vintage, b.state, b.reason] for b in brought]
    print_table(("source", "vintage", "state", "why"), rows)
    tell(f"The files are in {cache.folder(territory)}")


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")],
    residents: Annotated[int, typer.Option(help="Of each territory.")] = 150_000,
    territories: Annotated[int, typer.Option(help="How many.")] = 1,
    form: Annotated[
        str | None, typer.Option(help="Of the city; each in turn if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 0,
) -> None:
    """Write Ville-Témoin, a synthetic agglomeration.

    Its files have the official formats; all of it is invented (données fictives).
    """
    from labo import demo as ville_temoin

    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise LaboError(
            f"{str(directory)!r} is not empty: nothing is written over; choose another folder."
        )
    try:
        written = ville_temoin.write(
            directory, residents=residents, territories=territories, form=form, seed=seed
        )
    except ville_temoin.BadForm as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        raise LaboError(
            f"Ville-Témoin could not be written to {str(directory)!r} "
            f"({error.strerror or error}); free some room or choose another folder."
        ) from error
    columns = ("id", "name", "epci", "form", "residents", "households", "qpv", "cells")
    figures = columns[4:]
    print_table(columns, [[str(town[c]) for c in columns] for town in written], figures)
    say("", f"Diagnose it: labo diagnose {written[0]['id']} --mirror {directory} --out RELEASE")
