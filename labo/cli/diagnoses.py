"""`labo diagnose`, `check` and `compare`: how releases come to be, and what they are worth."""

import datetime as dt
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from labo.cli import app
from labo.cli.output import print_json, print_table, records, say, tell
from labo.cli.reading import show_report
from labo.errors import BadInput, MissingFile
from labo.words import change, figure


@app.command("diagnose")
def diagnose_territory(
    out: Annotated[Path, typer.Option(help="Folder of the release; nothing may be in it.")],
    territory: Annotated[
        str | None, typer.Argument(help="SIREN of an EPCI, or a name of the mirror.")
    ] = None,
    generation: Annotated[str, typer.Option(help="Of QPV perimeters: 2024 or 2015.")] = "2024",
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    draws: Annotated[int | None, typer.Option(help="How many.", show_default="200")] = None,
    mirror: Annotated[
        Path | None, typer.Option(help="Folder of files; else what `labo fetch` brought.")
    ] = None,
    perimeter: Annotated[
        list[Path] | None, typer.Option(help="GeoJSON of a further area; may be repeated.")
    ] = None,
    rake: Annotated[
        bool, typer.Option("--rake", help="Fit census estimates to the official QPV population.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Count what was repaired, rejected or missing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report alone, as one JSON array.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Every territory of the mirror, or of what was fetched.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(help="With --all: territories at once; else one by processor."),
    ] = None,
    memory: Annotated[float, typer.Option(help="With --all: GiB that one worker may hold.")] = 6.0,
    scheduler: Annotated[
        str | None, typer.Option(help="With --all: address of a Dask scheduler, tcp://HOST:PORT.")
    ] = None,
) -> None:
    """Diagnose a territory, or every one of them.

    Its folder is printed once it is there; with --report, what was repaired, rejected or missing in
    each source comes after it (`labo show RELEASE --report` reads it again). Partners' imports that
    the mirror names are taken in as long as their agreements last.

    With --all, OUT/territories holds a release for each territory, and OUT/france all QPVs
    together. What is done is kept: run the same command again to go on.
    """
    if every:
        from labo.cli import national

        if territory is not None or perimeter or report or as_json:
            raise BadInput(
                "--all takes every territory: leave out TERRITORY, --perimeter, --report, --json."
            )
        national.diagnose_all(
            out, mirror, generation=generation, seed=seed, draws=draws, rake=rake,
            workers=workers, memory=memory, scheduler=scheduler,
        )  # fmt: skip
        return
    if territory is None:
        raise BadInput("Name a territory, by the SIREN of its EPCI, or give --all.")
    from labo import cache, release
    from labo.diagnosis import DRAWS, collecting_seldom, diagnose
    from labo.mirror import open_mirror
    from labo.zone_layers import raking_alerts

    release.refuse_taken(out)  # rather than after the work
    folder = mirror if mirror is not None else cache.folder(territory)
    if mirror is None and not folder.exists():
        raise MissingFile(
            f"Nothing was fetched for {territory!r}: run `labo fetch {territory}` first, or name a "
            "folder of files with --mirror."
        )
    with collecting_seldom():
        done = diagnose(
            open_mirror(folder),
            territory,
            generation=generation,
            seed=seed,
            draws=draws if draws is not None else DRAWS,
            perimeters=perimeter or (),
            rake=rake,
            # Agreements of partners end on a day of the calendar: the only thing that asks for it.
            today=dt.datetime.now(dt.UTC).date(),
            tell=tell,
        )
        written = release.write(done, out)
    for notice in done.notices:
        tell(f"{notice.source}: {notice.text} ({notice.count}, {notice.kind})")
    for zone in raking_alerts(done.raking):
        tell(f"{zone}: the estimate is more than 15 % away from the official population")
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    tell(f"{now} {done.territory.name}: {len(done.values)} values written")
    if not as_json:
        say(str(out), *([""] if report else []))
    if report or as_json:
        show_report(written, as_json=as_json)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    against: Annotated[
        Path | None, typer.Option(help="Another release: what would the two tell together?")
    ] = None,
) -> None:
    """Verify that a release is sound.

    Its bytes are those of its manifest, its values hold together, and it tells nothing about too
    few people.
    """
    from labo import checking, france, release

    if (folder / france.NAME / release.MANIFEST).is_file():
        _check_all(folder, against)
        return
    found = release.read(folder)
    wrong = checking.check(found)
    if against is not None:
        other = release.read(against)
        wrong += [f"{against}: {text}" for text in checking.check(other)]
        wrong += checking.check_against(found, other) if not wrong else []
    for text in wrong:
        tell(f"labo: {text}")
    if wrong:
        raise typer.Exit(1)
    together = f", alone and with {against}" if against is not None else ""
    say(
        f"{folder} is sound{together}: {len(found.manifest['files'])} files, "
        f"{len(found.values)} values"
    )


def _check_all(folder: Path, against: Path | None) -> None:
    from labo import france

    if against is not None:
        raise BadInput("--against compares releases: name one in the folder territories.")
    found = france.read(folder)
    wrong = list(france.check(found))
    for text in wrong:
        tell(f"labo: {text}")
    if wrong:
        raise typer.Exit(1)
    failed = found.manifest["failed"]
    without = f", {len(failed)} without a release" if failed else ""
    say(
        f"{folder} is sound: {len(found.territories)} territories{without}, "
        f"{found.scores['zone'].nunique()} QPVs together"
    )


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A")],
    second: Annotated[Path, typer.Argument(metavar="B")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Compare two releases.

    Each difference B − A is split into what comes from the data, from the perimeter and from the
    method.
    """
    from labo import comparison, release

    one, two = release.read(first), release.read(second)
    found = comparison.compare(one, two)
    for text in found.warnings:
        tell(f"labo: {text}")
    rows = records(found.rows)
    if as_json:
        print_json(rows)
        return
    labels = {
        x["id"]: x["label"]
        for r in (two, one)
        for x in (*r.catalogue["indicators"], *r.partner_indicators)
    }
    names = dict(zip(two.places["zone"], two.places["name"], strict=True))
    differ = [row for row in rows if row["difference"]]
    figures = ("A", "B", "B − A", "données", "périmètre", "méthode")
    for zone, group in groupby(differ, key=lambda row: row["zone"]):
        say(f"{names[zone]} ({zone})")
        lines = [
            [
                _moment(row) + labels[row["indicator"]],
                *(figure(row[side], row["unit"]) for side in ("first", "second")),
                *(change(row[part], row["unit"]) for part in ("difference", *comparison.PARTS)),
            ]
            for row in group
        ]
        print_table(("indicateur", *figures), lines, figures)
        say("")
    empty = [row for row in rows if row["difference"] is None]
    say(f"{len(rows) - len(differ) - len(empty)} valeurs sont les mêmes.")
    for reason in sorted({row["reason"] for row in empty}):
        count = sum(row["reason"] == reason for row in empty)
        say(f"Sans comparaison ({count}) : {reason}")


def _moment(row: Mapping[str, Any]) -> str:
    """Return when a value is to come, to stand before its indicator."""
    from labo.diagnosis import PRESENT

    return "" if row["scenario"] == PRESENT else f"{row['scenario']}, {row['horizon']} : "
