"""The wall, screen by screen: what fits on one is decided here, so that nobody has to scroll.

A wall is read from eight metres: letters are large and few. Screens follow one another by the
clock, the same for every wall of an event, unless whoever facilitates holds one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import Truncator

from labo_web.workshops.models import Contribution, Event
from labo_web.workshops.wall import Tally, shown_of, tallies

SECONDS = 15  # that a screen stays
# Cells of a screen (two columns of two rows), and what a text takes of them, by its length.
CELLS = 4
SHORT, MEDIUM, LONG = 85, 230, 560
LARGER = 320  # of a text that has a screen of its own: from there on, it is set as any other
WITH_PHOTO = 150  # letters that are read beside a photo
MOST_CHOICES = 8
CHOICE = 60  # letters of a choice
DENSE = 9  # lines of choices from which they are set smaller
LINE = 28  # letters of a line of choices
WORDS, EVERYTHING = "paroles", ""


@dataclass(frozen=True)
class Said:
    """A contribution on a screen: its words, cut where they would not fit."""

    row: Contribution
    text: str
    cut: bool
    size: str  # short, half or whole: of the screen

    @property
    def cells(self) -> int:
        """How many cells of a screen it takes."""
        return {"short": 1, "half": 2, "whole": CELLS}[self.size]


@dataclass(frozen=True)
class Screen:
    """What is on the wall at once: a vote, or some words."""

    key: str  # what the console asks for, to hold it
    label: str
    tally: Tally | None = None
    said: tuple[Said, ...] = ()

    @property
    def choices(self) -> list[tuple[str, int]]:
        """The choices of a vote that fit, the most dots first."""
        found = self.tally.choices[:MOST_CHOICES] if self.tally else []
        return [(Truncator(c.text).chars(CHOICE), c.dots) for c in found]

    @property
    def more(self) -> int:
        """How many choices do not fit."""
        return max(len(self.tally.choices) - MOST_CHOICES, 0) if self.tally else 0

    @property
    def dense(self) -> bool:
        """Whether its choices take so many lines that they are set smaller."""
        return sum(-(-len(text) // LINE) for text, _ in self.choices) > DENSE

    @property
    def alone(self) -> str:
        """Whether there is only one thing to read, short enough to be larger, and how much."""
        if len(self.said) != 1 or self.said[0].row.photos:
            return ""
        letters = len(self.said[0].text)
        return "alone" if letters <= SHORT else "larger" if letters <= LARGER else ""


def said(row: Contribution) -> Said:
    """Return a contribution as a screen shows it."""
    text = row.text.strip()
    lines = text.count("\n")
    if row.photos:
        shown = Truncator(" ".join(text.split())).chars(WITH_PHOTO)
        return Said(row, shown, len(shown) < len(text), "whole")
    weight = len(text) + 30 * lines
    if weight <= SHORT:
        return Said(row, text, cut=False, size="short")
    if weight <= MEDIUM:
        return Said(row, text, cut=False, size="half")
    if weight > LONG:
        shown = Truncator(" ".join(text.split())).chars(LONG)
        return Said(row, shown, len(shown) < len(" ".join(text.split())), "whole")
    return Said(row, text, cut=False, size="whole")


def pages(rows: Sequence[Contribution]) -> list[tuple[Said, ...]]:
    """Return contributions by screen, in their order: as many as fit."""
    made: list[list[Said]] = []
    room = 0
    for one in map(said, rows):
        if one.cells > room:
            made.append([])
            room = CELLS
        made[-1].append(one)
        room -= one.cells
    return [tuple(page) for page in made]


def screens_of(event: Event) -> list[Screen]:
    """Return the screens of an event: its votes, then what the room said, the newest first."""
    found = [
        Screen(f"vote-{t.question.pk}", f"Vote : {t.question.text}", tally=t)
        for t in tallies(event)
    ]
    groups = pages(shown_of(event))
    for n, group in enumerate(groups, 1):
        many = f", {n} sur {len(groups)}" if len(groups) > 1 else ""
        found.append(Screen(WORDS, f"Ce que dit la salle{many}", said=group))
    return found


def held(event: Event) -> list[Screen]:
    """Return the screens that follow one another: all, or those that the console holds.

    A vote that nobody has given yet waits to be held. What was held and is gone (a word that was
    set aside) lets all of them pass again.
    """
    found = screens_of(event)
    if event.wall.startswith("parole-"):
        key = event.wall.removeprefix("parole-")
        for one in (s for screen in found for s in screen.said):
            if str(one.row.pk) == key:
                return [Screen(event.wall, "Une parole", said=(one,))]
    kept = [screen for screen in found if screen.key == event.wall]
    spoken = [screen for screen in found if screen.tally is None or screen.tally.people]
    return kept or spoken or found


def at(found: Sequence[Screen], now: datetime, asked: str = "") -> tuple[Screen | None, int]:
    """Return the screen to show and its place, from 1: the one asked for, else the clock's."""
    if not found:
        return None, 0
    if asked.isdecimal() and 1 <= int(asked[:4]) <= len(found):
        place = int(asked[:4]) - 1
    else:
        place = int(now.timestamp() // SECONDS) % len(found)
    return found[place], place + 1


def choices_for(event: Event) -> list[tuple[str, str]]:
    """Return what the console may put on the wall."""
    votes = [(s.key, s.label) for s in screens_of(event) if s.tally is not None]
    return [(EVERYTHING, "Tout, l’un après l’autre"), *votes, (WORDS, "Ce que dit la salle")]
