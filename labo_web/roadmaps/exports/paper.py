"""The roadmap to read on paper or with a screen reader: PDF/UA-1."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from labo_web.documents import typeset
from labo_web.documents.texts import cleaned
from labo_web.roadmaps.content import Content
from labo_web.roadmaps.exports.said import day, fields_of


@dataclass(frozen=True)
class Head:
    """What stands at the head and foot of each page."""

    territory: str
    warning: str
    foot: str


@dataclass(frozen=True)
class Paper:
    """The annex as the typesetter reads it."""

    edition: Head
    name: str
    fields: Any


def pdf_of(content: Content) -> bytes:
    """Return the roadmap as PDF/UA-1: the same content gives the same bytes."""
    head = Head(
        content.territory,
        "Données fictives : ce territoire est inventé." if content.fictive else "",
        f"{content.title}, état au {day(content.on)}",
    )
    paper = cleaned(Paper(head, content.title, None))
    whole = Paper(paper.edition, paper.name, _cleaned(fields_of(content)))
    on = dt.date.fromisoformat(content.on)
    return typeset.pdf_of(whole, "roadmap.typ", on, (9.5,), 10_000)


def _cleaned(value: Any) -> Any:
    """Return fields with their texts cleaned; lines stay lines."""
    if isinstance(value, dict):
        return {key: _cleaned(x) for key, x in value.items()}
    if isinstance(value, list):
        return [_cleaned(x) for x in value]
    if isinstance(value, str):
        return [cleaned(line) for line in value.splitlines()] if "\n" in value else cleaned(value)
    return value
