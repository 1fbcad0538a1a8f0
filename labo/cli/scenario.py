"""`labo scenario`: what a plan of measures, or a warmer climate, changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli import app
from labo.cli.output import print_json, say

if TYPE_CHECKING:
    from labo.difference import Difference, Effect
    from labo.release import Release


@app.command("scenario")
def scenario(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    measures: Annotated[
        Path | None,
        typer.Option(metavar="PLAN.toml", help="What would be done; --example writes one."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="OTHER.toml", help="A second plan, to compare with.")
    ] = None,
    warming: Annotated[
        str | None, typer.Option(metavar="2|2.7|4", help="Level of warming of the TRACC, °C.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Only this zone: its id, official code or name.")
    ] = None,
    mirror: Annotated[
        Path | None,
        typer.Option(metavar="FILES", help="What the release was made of, for the night air."),
    ] = None,
    in_words: Annotated[
        bool, typer.Option("--in-words", help="Say the differences as sentences.")
    ] = False,
    example: Annotated[
        bool, typer.Option("--example", help="Print a plan to begin with, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Say what a plan of measures would change.

    The same formulas run again on the layers that its measures change. Each difference has its
    interval; what cannot be run again is named with the reason. With --against, a second plan is
    compared with the first.
    """
    from labo import release
    from labo.errors import BadInput
    from labo.measure_plan import Plan, read_plan
    from labo.scenario import scenario_of
    from labo.two_plans import compare, compare_effects

    found = release.read(folder)
    if example:
        say(_example(found).rstrip("\n"))
        return
    level = _level(warming)
    if measures is None and (level is None or against is not None):
        raise BadInput(
            f"Give --measures: `labo scenario {folder} --example > plan.toml` writes a plan to "
            "begin with. --warming alone tells the climate."
        )
    wanted = None if zone is None else found.zone(zone)
    plans = [Plan(()) if path is None else read_plan(path) for path in (measures, against)]
    first = scenario_of(folder, plans[0], level, mirror=mirror)
    second = None if against is None else scenario_of(folder, plans[1], level, mirror=mirror)
    between: list[Difference | Effect] = []
    if second is not None:
        between = [*compare(first, second), *compare_effects(first, second)]
    if as_json:
        told = {"first": first, "second": second} if second is not None else {"": first}
        rows = {name: x.only(wanted).as_json() for name, x in told.items()}
        print_json(
            [rows[""]]
            if second is None
            else [rows | {"between": [x.as_json() for x in between if wanted in (None, x.zone)]}]
        )
        return
    from labo.cli.scenario_text import say_between, say_scenario

    if second is None:
        say_scenario(first.only(wanted), found, in_words=in_words)
    else:
        shown = [x for x in between if wanted in (None, x.zone)]
        say_between(first, second, shown, found, in_words=in_words)


def _level(text: str | None) -> float | None:
    from labo.errors import BadInput
    from labo.scenario import LEVELS

    if text is None:
        return None
    try:
        return float(text.strip().removeprefix("+").replace(",", "."))
    except ValueError as error:
        levels = ", ".join(f"{x:g}" for x in LEVELS)
        raise BadInput(f"--warming {text}: give one of {levels}.") from error


def _example(found: Release) -> str:
    import numpy as np
    import shapely

    from labo.measure_plan import example

    places = found.places[found.places["kind"] == "qpv"].sort_values("zone")
    points = shapely.point_on_surface(np.asarray(places.geometry))
    return example(
        (str(zone), str(name), float(point.x), float(point.y))
        for zone, name, point in zip(places["zone"], places["name"], points, strict=True)
    )
