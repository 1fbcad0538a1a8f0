"""What tables wrote on their grids: the last version of each, and keeping a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from labo_web.accounts.models import Person
from labo_web.workshops.kit.grids import AXES, GRIDS, Grid
from labo_web.workshops.kit.tongues import FRENCH
from labo_web.workshops.models import Event, SolutionSheet, SolutionVersion, TableSheet

LONGEST = 1_500
MOST_TABLES = 40


class Overtaken(Exception):
    """Somebody else saved in the meantime; nothing was lost."""


@dataclass(frozen=True)
class Place:
    """A place of a grid as a page shows it: its name in the form, and its words."""

    name: str
    label: str
    kind: str  # text, line, rating, axis


def places(grid: Grid) -> list[Place]:
    """Return all that a grid asks, in the order of the paper."""
    found = [Place(name, FRENCH[name], "rating") for name in grid.ratings]
    found += [
        Place(f"{column}-{line}", f"{FRENCH[column]} ({line})", "line")
        for line in grid.lines
        for column in grid.columns
    ]
    found += [
        Place(name, FRENCH[name], "axis" if name in grid.axes else "text") for name in grid.texts
    ]
    return found


def lines_of(grid: str, content: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the lines of a sheet where something was written: its name, and its cells."""
    found = GRIDS[grid]
    rows = [
        (line, tuple(content.get(f"{column}-{line}", "") for column in found.columns))
        for line in found.lines
    ]
    return [(line, cells) for line, cells in rows if any(cells)]


def axis_end(name: str, value: str) -> str:
    """Return the end of an axis in words; nothing where none was ticked."""
    ends = dict(zip(("low", "high"), AXES[name], strict=True))
    return ends.get(value, "")


def latest(event: Event, grid: str = "") -> dict[tuple[str, int], TableSheet]:
    """Return the last version of each sheet of an event, by grid and table."""
    rows = TableSheet.objects.filter(event=event)
    if grid:
        rows = rows.filter(grid=grid)
    found: dict[tuple[str, int], TableSheet] = {}
    for row in rows.order_by("grid", "table", "version"):
        found[row.grid, row.table] = row
    return found


def save(
    event: Event,
    grid: str,
    table: int,
    content: Mapping[str, str],
    *,
    base: int,
    on_paper: bool,
    by: Person | None,
) -> TableSheet:
    """Keep a new version of a sheet, made from version `base`; the same text is kept once.

    Where the sheet is no longer there, nobody else's words are written over: it begins again.

    Raises:
        Overtaken: another version was made from it already.
    """
    last = latest(event, grid).get((grid, table))
    if last is not None and last.content == content:
        return last
    if last is not None and base != last.version:
        raise Overtaken
    version = last.version + 1 if last else 1
    try:
        with transaction.atomic():
            return TableSheet.objects.create(
                event=event, grid=grid, table=table, version=version, content=dict(content),
                on_paper=on_paper, person=by,
            )  # fmt: skip
    except IntegrityError as error:
        raise Overtaken from error


def change(solution: SolutionSheet, *, base: int, before: Mapping[str, object],
           by: Person | None) -> None:  # fmt: skip
    """Keep a changed solution, made from version `base`, and what it said before.

    Raises:
        Overtaken: another version was made from it already.
    """
    with transaction.atomic():
        here = SolutionSheet.objects.select_for_update().filter(pk=solution.pk, version=base)
        if not here.update(version=base + 1):
            raise Overtaken
        SolutionVersion.objects.create(
            solution=solution, version=base, content=dict(before), person=by
        )
        solution.version, solution.saved_at = base + 1, timezone.now()
        solution.save()
