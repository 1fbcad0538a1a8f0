"""What the tables wrote, put side by side: futures, the way back, resources, stops, dissent."""

from __future__ import annotations

from typing import Any

from labo_web.workshops.day.sheets import axis_end, lines_of
from labo_web.workshops.kit.grids import DISSENT, GRIDS, RATINGS
from labo_web.workshops.kit.tongues import FRENCH
from labo_web.workshops.models import SolutionSheet, TableSheet

Found = dict[tuple[str, int], TableSheet]


def quadrants(found: Found) -> list[dict[str, Any]]:
    """Return the four futures with the stories that are in each, and those that chose none."""
    made: list[dict[str, Any]] = []
    for second in ("high", "low"):
        for first in ("low", "high"):
            stories = [
                (s.table, s.content["story"])
                for (grid, _), s in found.items()
                if grid == "futurs"
                and s.content.get("story")
                and s.content.get("first_axis") == first
                and s.content.get("second_axis") == second
            ]
            ends = f"{axis_end('first_axis', first)}, {axis_end('second_axis', second).lower()}"
            made.append({"title": ends, "stories": stories})
    placed = {table for q in made for table, _ in q["stories"]}
    loose = [
        (s.table, s.content["story"])
        for (grid, _), s in found.items()
        if grid == "futurs" and s.content.get("story") and s.table not in placed
    ]
    if loose:
        made.append({"title": "Sans place sur les axes", "stories": loose})
    return made if any(q["stories"] for q in made) else []


def path_of(found: Found) -> list[tuple[str, list[tuple[int, tuple[str, ...]]]]]:
    """Return the way back from 2050, year by year, with what each table wrote."""
    years: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for (grid, table), sheet in found.items():
        if grid == "chemin":
            for year, cells in lines_of("chemin", sheet.content):
                years.setdefault(year, []).append((table, cells))
    return sorted(years.items(), reverse=True)


def assets_of(found: Found) -> list[tuple[int, tuple[str, ...]]]:
    """Return the resources that tables named, with what each is for and where it is fragile."""
    return [
        (table, cells)
        for (grid, table), sheet in found.items()
        if grid == "ressources"
        for _, cells in lines_of("ressources", sheet.content)
    ]


def stops_of(found: Found) -> list[dict[str, Any]]:
    """Return the stops of a walk with their notes and words."""
    return [
        {
            "table": table,
            "where": sheet.content.get("where", ""),
            "ratings": [sheet.content.get(name, "") for name in RATINGS],
            "helps": sheet.content.get("helps", ""),
            "bothers": sheet.content.get("bothers", ""),
        }
        for (grid, table), sheet in found.items()
        if grid == "marche"
    ]


def dissents(found: Found, solutions: list[SolutionSheet]) -> list[tuple[str, str, str]]:
    """Return all disagreements and opinions of a few: where, which of the two, the words."""
    rows = []
    for (grid, table), sheet in found.items():
        word = FRENCH["stop" if grid == "marche" else "table"].lower()
        where = f"{GRIDS[grid].title}, {word} {table}"
        rows += [(where, FRENCH[d], sheet.content[d]) for d in DISSENT if sheet.content.get(d)]
    for s in solutions:
        where = f"{s.number_shown} {s.title}"
        rows += [(where, FRENCH[d], getattr(s, d)) for d in DISSENT if getattr(s, d)]
    return rows
