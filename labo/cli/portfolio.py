"""`labo portfolio`: a group's list evaluated, and a computed one as a second opinion."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli import app
from labo.cli.output import print_json, say, silenced, tell

if TYPE_CHECKING:
    from labo.option_template import Place
    from labo.release import Release


class Of(StrEnum):
    """What a floor is a share of."""

    BUDGET = "budget"
    BENEFIT = "benefit"


class Aim(StrEnum):
    """What the computed list makes as large as can be."""

    EQUITY = "equity"
    BENEFIT = "benefit"


@app.command("portfolio")
def portfolio(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    budget: Annotated[
        str | None, typer.Option(metavar="EUROS", help="Capital to spend, such as 1500000.")
    ] = None,
    upkeep: Annotated[
        str | None, typer.Option(metavar="EUROS", help="Yearly upkeep that can be paid.")
    ] = None,
    floor: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="At least this share (0.05) for each neighbourhood."),
    ] = None,
    floor_of: Annotated[
        Of, typer.Option("--floor-of", help="Share of the budget, or of the plan's benefit.")
    ] = Of.BUDGET,
    objective: Annotated[
        Aim, typer.Option(help="Make the benefit weighed by who has it largest, or the benefit.")
    ] = Aim.EQUITY,
    options: Annotated[
        Path | None, typer.Option(help="CSV of options, one per row; --example writes one.")
    ] = None,
    chosen: Annotated[
        Path | None, typer.Option(help="CSV (id, quantity) of the group's own list, seen first.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print a CSV of options to begin with, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Choose measures under a budget.

    The group's own list is evaluated first; the computed one is a second opinion: what differs and
    why, the price of the floor, a fifth less or more of the budget, environment against justice.
    """
    from labo import release
    from labo.errors import BadInput

    found = release.read(folder)
    if example:
        from labo.option_template import template

        say(template(_places(found)).rstrip("\n"))
        return
    if options is None:
        raise BadInput(
            f"Give --options: `labo portfolio {folder} --example > options.csv` writes a file to "
            "begin with."
        )
    if budget is None:
        raise BadInput("Give --budget, the capital that can be spent, such as 1500000.")
    from labo import equity
    from labo.opinion import opinion
    from labo.options import read_chosen, read_options
    from labo.portfolio import Floor, Problem

    listed = read_options(options, found.zone)
    groups = equity.groups_of(found)
    problem = Problem(
        listed,
        equity.weighed(listed, groups),
        _amount("--budget", budget),
        None if upkeep is None else _amount("--upkeep", upkeep),
        None
        if floor is None
        else Floor(_share(floor), "budget" if floor_of == Of.BUDGET else "benefit"),
        "equity" if objective == Aim.EQUITY else "benefit",
    )
    own = None if chosen is None else read_chosen(chosen, listed)
    if len(listed) > 200:
        tell(f"{len(listed)} options: this takes a while.")
    with silenced():
        result = opinion(problem, groups, own)
    names = {place.zone: place.name for place in _places(found)}
    result |= {
        "territory": found.manifest["territory"]["name"],
        "names": {zone: names.get(zone, zone) for zone in result["zones"]},
        "without_option": sorted(names[zone] for zone in set(names) - set(result["zones"])),
    }
    if as_json:
        print_json([result])
        return
    from labo.cli.portfolio_text import say_opinion

    say_opinion(result, listed)


def _places(found: Release) -> list[Place]:
    from labo.option_template import Place

    layers = found.layers
    people = layers[layers["layer"] == "population"].set_index("zone")["central"]
    places = found.places[found.places["kind"] == "qpv"]
    return [
        Place(str(zone), str(name).removesuffix(" (fictif)"), float(people.get(zone, 0.0)))
        for zone, name in zip(places["zone"], places["name"], strict=True)
    ]


def _amount(option: str, text: str) -> float:
    from labo.errors import BadInput
    from labo.typed import number

    try:
        return number(text)
    except ValueError as error:
        raise BadInput(f"{option} {text}: give an amount in euros, such as 1500000.") from error


def _share(text: str) -> float:
    from labo.errors import BadInput
    from labo.typed import number

    try:
        bare = text.strip()
        return number(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except ValueError as error:
        raise BadInput(f"--floor {text}: give a share, such as 0.05 or 5%.") from error
