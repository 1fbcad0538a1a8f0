"""`labo diagnose --all` and `labo france`: every territory, and all QPVs together."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli import app
from labo.cli.output import print_json, print_table, records, say, tell
from labo.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

    from labo.france import France
    from labo.national import State


def diagnose_all(
    out: Path,
    mirror: Path | None,
    *,
    generation: str,
    seed: int,
    draws: int | None,
    rake: bool,
    workers: int | None,
    memory: float,
    scheduler: str | None,
) -> None:
    """Run every territory, put them together, and say what became of each.

    Exits with 1 where a territory has no release.
    """
    from labo import cache, france, national
    from labo.diagnosis import DRAWS

    at_once = workers if workers is not None else os.cpu_count() or 1
    if at_once < 1 or not memory > 0:
        raise BadInput(f"{at_once} workers of {memory:g} GiB: give 1 or more, of more than 0 GiB.")
    tasks = national.tasks_of(
        mirror if mirror is not None else cache.root() / "territories",
        out,
        generation=generation,
        seed=seed,
        draws=draws if draws is not None else DRAWS,
        rake=rake,
        # Agreements of partners end on a day of the calendar.
        today=dt.datetime.now(dt.UTC).date(),
    )
    outcomes = []
    with _progress(len(tasks)) as follow:
        if scheduler is None:
            pool, room = (lambda: national.workers(at_once, memory)), at_once
        else:
            executor, threads = national.cluster(scheduler)
            pool, room = (lambda: executor), workers or threads
        for outcome in national.diagnose_all(tasks, pool, room, follow):
            outcomes.append(outcome)
            if outcome.reason:
                tell(f"labo: {outcome.task.territory} has no release: {outcome.reason}")
    found = france.assemble(out, outcomes, seed=seed)
    kept = sum(x.kept for x in outcomes)
    tell(
        f"{len(found.territories)} territories have a release ({kept} from before), "
        f"{len(found.manifest['failed'])} have none"
    )
    say(str(out))
    if found.manifest["failed"]:
        raise typer.Exit(1)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[State], None]]:
    """Give what shows where a run is: a bar in a terminal, elsewhere a line when one ends."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console, told = Console(stderr=True), [0]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        line = bar.add_task("territories", total=total)

        def follow(state: State) -> None:
            ended = state.done + state.failed
            late = f", {len(state.late)} late: {', '.join(state.late)}" if state.late else ""
            text = f"territories, {state.failed} failed{late}"
            bar.update(line, completed=ended, description=text)
            if bar.disable and ended > told[0]:
                told[0] = ended
                tell(f"{ended} of {total} {text}")

        yield follow


@app.command("france")
def show_france(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="What --all wrote.")],
    zone: Annotated[
        str | None, typer.Argument(help="A QPV: its place, indicator by indicator.")
    ] = None,
    index: Annotated[str, typer.Option(help="Which index, where no QPV is named.")] = "canicule",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Read how QPVs stand among all those of France.

    A place tells nothing of what a neighbourhood needs: `labo show` compares it with its
    agglomeration.
    """
    from labo import france

    found = france.read(folder)
    if zone is None:
        _show_index(found, index, as_json=as_json)
    else:
        _show_zone(found, zone, as_json=as_json)


def _names(found: France) -> dict[str, str]:
    names: dict[str, str] = {}
    for territory in found.territories:
        places = found.release_of(territory).places
        names |= dict(zip(places["zone"], places["name"], strict=True))
    return names


def _show_index(found: France, index: str, *, as_json: bool) -> None:
    scores = found.scores
    if index not in set(scores["index"]):
        known = ", ".join(sorted(set(scores["index"])))
        raise UnknownName(f"There is no index {index!r} in {found.folder}; there are {known}.")
    rows = scores[scores["index"] == index].sort_values(["rank", "zone"])
    if as_json:
        print_json(records(rows))
        return
    names = _names(found)
    lines = [
        [
            "–" if row["reason"] else f"{row['rank']:.0f}",
            "" if row["reason"] else f"{row['rank_low']:.0f}–{row['rank_high']:.0f}",
            f"{names[row['zone']]} ({row['zone']})",
            row["territory"],
            row["reason"] or ("oui" if row["core"] else "non"),
        ]
        for row in records(rows)
    ]
    say(f"Indice {index}, parmi les {len(rows)} QPV de ce calcul.")
    say("Une place en France ne dit rien de ce dont un quartier a besoin.")
    print_table(
        ("rang", "intervalle", "quartier", "territoire", "parmi les plus exposés 9 fois sur 10"),
        lines,
        ("rang", "intervalle"),
    )


def _show_zone(found: France, zone: str, *, as_json: bool) -> None:
    rows = found.percentiles[found.percentiles["zone"] == zone]
    if rows.empty:
        raise UnknownName(
            f"There is no QPV {zone!r} in {found.folder}: give its code, as `labo france` lists it."
        )
    if as_json:
        print_json(records(rows))
        return
    one = found.release_of(str(rows["territory"].iloc[0]))
    labels = {x["id"]: x["label"] for x in one.catalogue["indicators"]}
    say(f"{_names(found)[zone]} ({zone}) : part des habitants des QPV de France dont le quartier a")
    say("une valeur plus basse. Une place en France ne dit rien de ce dont un quartier a besoin.")
    lines = [
        [labels[row["indicator"]], f"{row['central']:.0f} %", f"{row['low']:.0f}–{row['high']:.0f}"]
        for row in records(rows)
    ]
    print_table(("indicateur", "place", "intervalle"), lines, ("place", "intervalle"))
