"""Two plans of measures side by side: what the second changes more, or less, than the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from labo.difference import Difference, Effect, change_of
from labo.errors import BadInput
from labo.ranges import NIL

if TYPE_CHECKING:
    from labo.scenario import Scenario


def compare(first: Scenario, second: Scenario) -> list[Difference]:
    """Return second − first for all that one of two plans changes, indicators then scores.

    Both meet the same draws, so that what they share cancels out. Where the interval holds zero the
    two are « non distinguables ».

    Raises:
        BadInput: they are of two territories, or of two levels of warming.
    """
    if (first.territory, first.warming) != (second.territory, second.warming):
        raise BadInput("Ces deux plans ne sont pas du même territoire ni du même climat.")
    found: list[Difference] = []
    for rows in ((first.differences, second.differences), (first.scores, second.scores)):
        one, other = map(_by_key, rows)
        for key in dict.fromkeys((*one, *other)):
            sides = one.get(key), other.get(key)
            if any(x is not None and x.change != NIL for x in sides):
                found.append(_between(*sides))
    return found


def compare_effects(first: Scenario, second: Scenario) -> list[Effect]:
    """Return second − first of what no indicator tells, where it differs.

    A plan that leaves a zone out does nothing there; what could not be run is not compared.
    """
    sides = [{(x.name, x.zone): x for x in plan.effects} for plan in (first, second)]
    unknown = {(x.name, x.zone) for plan in (first, second) for x in plan.not_run}
    found = []
    for key in dict.fromkeys((*sides[0], *sides[1])):
        if key in unknown:
            continue
        x = sides[0].get(key) or sides[1][key]
        nothing = replace(x, change=NIL, drawn=np.zeros_like(x.drawn))
        one, two = (side.get(key, nothing) for side in sides)
        moves = change_of(one.change.central, two.change.central, one.drawn, two.drawn)
        if moves != NIL:
            found.append(replace(x, change=moves, drawn=two.drawn - one.drawn))
    return found


def _by_key(rows: Iterable[Difference]) -> dict[tuple[str, str, str], Difference]:
    return {(x.zone, x.name, x.component): x for x in rows}


def _between(a: Difference | None, b: Difference | None) -> Difference:
    """Return b − a; a plan that leaves a zone out leaves it as it is."""
    x = a if a is not None else b
    assert x is not None  # noqa: S101 (one of the two is there)
    one, drawn_one = (x.before, x.drawn[0]) if a is None else (a.after, a.drawn[1])
    two, drawn_two = (x.before, x.drawn[0]) if b is None else (b.after, b.drawn[1])
    moves = change_of(one.central, two.central, drawn_one, drawn_two)
    return replace(x, before=one, after=two, change=moves, drawn=(drawn_one, drawn_two))
