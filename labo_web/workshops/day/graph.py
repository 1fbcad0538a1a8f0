"""The impact chain: what tables linked, drawn as a graph from left (causes) to right (effects)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from labo_web.documents.drawings import ACCENT, INK, PAPER, Drawing
from labo_web.documents.texts import Exact, clean
from labo_web.workshops.day.sheets import lines_of
from labo_web.workshops.models import TableSheet

WIDE, HIGH = 168, 62  # of a box
ACROSS, DOWN = 70, 18  # between boxes
LETTERS, LINES = 24, 3  # of a label in its box
MOST = 60  # links drawn; all are in the list


@dataclass(frozen=True)
class Link:
    """A cause and what it does, and the tables that said so."""

    cause: str
    effect: str
    tables: tuple[int, ...]


@dataclass
class _Chain:
    links: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def links_of(sheets: Iterable[TableSheet]) -> list[Link]:
    """Return the links of tables' sheets; the same words, whatever the capitals, are one thing."""
    chain = _Chain()
    for sheet in sheets:
        for _, (cause, effect) in lines_of("causes", sheet.content):
            if cause and effect:
                ends = tuple(_key(chain, words) for words in (cause, effect))
                if ends[0] != ends[1]:
                    chain.links.setdefault((ends[0], ends[1]), set()).add(sheet.table)
    return [
        Link(chain.words[a], chain.words[b], tuple(sorted(tables)))
        for (a, b), tables in chain.links.items()
    ]


def _key(chain: _Chain, words: str) -> str:
    key = " ".join(words.casefold().replace("’", "'").split()).rstrip(".")
    chain.words.setdefault(key, " ".join(words.split()))
    return key


def ranks_of(links: Iterable[Link]) -> dict[str, int]:
    """Return the column of each thing: one more than its causes; a loop is cut where it closes."""
    causes: dict[str, list[str]] = {}
    for link in links:
        causes.setdefault(link.cause, [])
        causes.setdefault(link.effect, []).append(link.cause)
    ranks: dict[str, int] = {}

    def rank(name: str, seen: frozenset[str]) -> int:
        if name not in ranks:
            before = [rank(c, seen | {name}) for c in causes[name] if c not in seen | {name}]
            ranks[name] = 1 + max(before, default=-1)
        return ranks[name]

    for name in causes:
        rank(name, frozenset())
    return ranks


def drawing(links: list[Link]) -> Drawing | None:
    """Return the graph; nothing where nobody linked anything. The list beside says all of it."""
    shown = links[:MOST]
    if not shown:
        return None
    ranks = ranks_of(shown)
    columns: dict[int, list[str]] = {}
    for name, rank in ranks.items():
        columns.setdefault(rank, []).append(name)
    at = {
        name: (8 + rank * (WIDE + ACROSS), 8 + row * (HIGH + DOWN))
        for rank, names in columns.items()
        for row, name in enumerate(names)
    }
    width = 16 + (max(columns) + 1) * (WIDE + ACROSS) - ACROSS
    height = 16 + max(map(len, columns.values())) * (HIGH + DOWN) - DOWN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
    ]
    for link in shown:
        (x1, y1), (x2, y2) = at[link.cause], at[link.effect]
        ahead = x2 > x1
        start, end = (x1 + WIDE, x2) if ahead else (x1 + WIDE / 2, x2 + WIDE / 2)
        from_y, to_y = (y1 + HIGH / 2, y2 + HIGH / 2) if ahead else (y1 + HIGH, y2 + HIGH)
        bend = (start + end) / 2 if ahead else start
        dip = 0 if ahead else 24
        tip = "l-7 -4v8z" if ahead else "l-4 7h8z"
        parts.append(
            f'<path d="M{start:g} {from_y:g}C{bend:g} {from_y + dip:g} {bend:g} {to_y + dip:g} '
            f'{end:g} {to_y:g}" fill="none" stroke="{ACCENT}" '
            f'stroke-width="{1 + len(link.tables)}"/>'
            f'<path d="M{end:g} {to_y:g}{tip}" fill="{ACCENT}"/>'
        )
    for name, (x, y) in at.items():
        parts.append(
            f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6" fill="#fff" '
            f'stroke="{INK}"/>'
        )
        wrapped = textwrap.wrap(clean(name), LETTERS, max_lines=LINES, placeholder=" …")
        top = y + HIGH / 2 - 8 * (len(wrapped) - 1) + 4
        for row, line in enumerate(wrapped):
            parts.append(
                f'<text x="{x + WIDE / 2:g}" y="{top + 16 * row:g}" text-anchor="middle" '
                f'font-family="Inter" font-size="12.5" fill="{INK}">{escape(line)}</text>'
            )
    many = f"{len(links)} lien{'s' if len(links) > 1 else ''}"
    alt = (
        f"Chaîne des causes : {many} entre {len(ranks)} choses, des causes à gauche aux effets à "
        "droite. La liste dit la même chose."
    )
    if len(links) > MOST:
        alt += f" Le dessin s’arrête à {MOST} liens."
    return Drawing(Exact("".join([*parts, "</svg>"])), alt, "")
