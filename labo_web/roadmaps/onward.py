"""What follows from actions in the applications above this one, told by them.

The thread ends with what is told of an action (a story, for instance). Those rows are of
applications above, which point down to actions; roadmaps may not import them. As for contributions
(`workshops.answers.onward`), an application above registers a function when the site starts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from labo_web.roadmaps.models import Action


@dataclass(frozen=True)
class Follows:
    """Something that an action led to: what it is, its sentence, its day, where it is read."""

    title: str
    sentence: str
    on: dt.date | None
    href: str = ""


# What follows from some actions, by their keys, as whoever asks may read it: a fixed number of
# queries, whatever the number of actions.
Teller = Callable[[HttpRequest, Sequence[Action]], Mapping[int, Sequence[Follows]]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Keep a function that tells what follows from actions; once each."""
    if teller not in _tellers:
        _tellers.append(teller)


def following(request: HttpRequest, actions: Sequence[Action]) -> dict[int, tuple[Follows, ...]]:
    """Return what follows from each of some actions; where nothing does, it is absent."""
    found: dict[int, tuple[Follows, ...]] = {}
    for teller in _tellers:
        for key, rows in teller(request, actions).items():
            found[key] = (*found.get(key, ()), *rows)
    return found


def told() -> bool:
    """Return whether an application above tells anything, so that an empty place is said."""
    return bool(_tellers)
