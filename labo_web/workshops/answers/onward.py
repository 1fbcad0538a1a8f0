"""What a contribution became in the applications above this one, told by them.

The author of a contribution reads on one page all that became of it, actions included. Actions are
rows of `roadmaps`, which is above and points down here; workshops may not import it. So the one
inversion: when the site starts, an application above registers a function that tells it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Decided:
    """What was decided, on which day, by which body, and why."""

    on: dt.date
    body: str
    said: str
    reason: str


@dataclass(frozen=True)
class Became:
    """Something that a contribution became part of; without addresses while it is not public."""

    number: str  # as it is said aloud: « A-3 »
    title: str
    state: str
    href: str
    thread: str
    decided: tuple[Decided, ...]
    shared: bool = False  # by another contribution of the same subject, not by itself


# From keys of contributions to what each became.
Teller = Callable[[Collection[int]], Mapping[int, Sequence[Became]]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Keep a function that tells what contributions became; once each."""
    if teller not in _tellers:
        _tellers.append(teller)


def became(contributions: Collection[int]) -> dict[int, tuple[Became, ...]]:
    """Return what each of some contributions became; what became nothing is absent."""
    found: dict[int, tuple[Became, ...]] = {}
    for teller in _tellers:
        for key, rows in teller(contributions).items():
            found[key] = (*found.get(key, ()), *rows)
    return found
