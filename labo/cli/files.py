"""`labo fetch` and `labo demo`: bring official files, or write synthetic ones."""

import os
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from labo import cache
from labo.cli import app
from labo.cli.output import print_table, tell


@app.command()
def fetch(
    territory: Annotated[str, typer.Argument(help="EPCI SIREN, or a name of the mirror")],
    mirror: Annotated[
        Optional[Path], typer.Option(help="Take the files from this folder, not from the network.")
    ] = None,
) -> None:
    """Bring the official files of a territory into the cache, resuming what was cut."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
    ) as bars:
        tasks: dict[str, int] = {}

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
    directory: Annotated[Path, typer.Argument(help="where to write; created")],
    residents: Annotated[int, typer.Option(help="of each territory")] = 150_000,
    territories: Annotated[int, typer.Option(help="how many")] = 1,
    form: Annotated[
        Optional[str], typer.Option(help="of the city; each in turn if not given")
    ] = None,
    seed: Annotated[int, typer.Option(help="the same seed writes the same bytes")] = 0,
) -> None:
    """Write Ville-Témoin: synthetic agglomerations as official files (données fictives)."""
    from labo import demo as ville_temoin
    from labo.errors import LaboError

    if directory.exists() and any(directory.iterdir()):
        raise LaboError(
            f"{str(directory)!r} is not empty: nothing is written over; choose another folder."
        )
    try:
        written = ville_temoin.write(
            directory, residents=residents, territories=territories, form=form, seed=seed
        )
    except ValueError as error:
        raise LaboError(str(error)) from error
    except OSError as error:
        raise LaboError(
            f"Ville-Témoin could not be written to {str(directory)!r} "
            f"({error.strerror or error}); free some room or choose another folder."
        ) from error
    rows = [[f"{k} = {v}" for k, v in row.items()] for row in written]
    for row in rows:
        print_table([""], [[text] for text in row], title="Données fictives")
    tell(
        f"Diagnose it with: labo diagnose {written[0]['territory']} --mirror "
        f"{os.fspath(directory)} --out RELEASE"
    )
