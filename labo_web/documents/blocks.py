"""Documents made of blocks, said once: headings, texts, quotes, lists, tables, drawings.

The same blocks give a DOCX to complete and a PDF to read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from labo_web.documents import typeset
from labo_web.documents.drawings import Drawing
from labo_web.documents.facts import Edition
from labo_web.documents.texts import cleaned
from labo_web.documents.word import add_list, add_picture, add_table, new, saved
from labo_web.grammar import long_date

SIZES = (10.0,)
ANY_PAGES = 10_000
WIDTH = 17.4  # centimetres between the margins


@dataclass(frozen=True)
class Block:
    """A part of a document: `kind` says which of the others is there."""

    kind: str  # heading, text, quote, list, table, drawing
    text: str = ""
    beside: str = ""  # of a quote: who or where
    level: int = 1
    rows: tuple[tuple[str, ...], ...] = ()  # of a list, of one cell; of a table, the head first
    drawing: Drawing | None = None


@dataclass(frozen=True)
class Blocks:
    """A document."""

    edition: Edition
    name: str
    blocks: tuple[Block, ...]


def heading(text: str, level: int = 1) -> Block:
    """Return a heading."""
    return Block("heading", text, level=level)


def text(words: str) -> Block:
    """Return a paragraph."""
    return Block("text", words)


def quote(words: str, beside: str = "") -> Block:
    """Return what somebody said, and beside it where or under which number."""
    return Block("quote", words, beside)


def bullets(lines: Sequence[str]) -> Block:
    """Return a list."""
    return Block("list", rows=tuple((line,) for line in lines))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    """Return a table whose first row is its head."""
    return Block("table", rows=(tuple(head), *map(tuple, rows)))


def plain_edition(territory: str, foot: str, day: dt.date, warning: str = "") -> Edition:
    """Return what stands at the head and foot of a document that no release is behind."""
    date = long_date(day)
    return Edition(territory, "", day, date, foot, warning, "", "", "", ())


def pdf_of(content: Blocks) -> bytes:
    """Return a document as PDF/UA-1."""
    day = content.edition.day
    return typeset.pdf_of(cleaned(content), "blocks.typ", day, SIZES, ANY_PAGES)


def docx_of(content: Blocks) -> bytes:
    """Return a document as DOCX."""
    content = cleaned(content)
    page = new(content.edition, content.name)
    for block in content.blocks:
        if block.kind == "heading":
            page.add_heading(block.text, block.level)
        elif block.kind == "quote":
            said = page.add_paragraph(f"« {block.text} »", style="Quote")
            if block.beside:
                said.add_run(f" {block.beside}").italic = False
        elif block.kind == "list":
            add_list(page, (row[0] for row in block.rows))
        elif block.kind == "table":
            many = len(block.rows[0])
            add_table(page, block.rows[0], block.rows[1:], (WIDTH / many,) * many)
            page.add_paragraph()
        elif block.kind == "drawing" and block.drawing is not None:
            add_picture(page, block.drawing)
        else:
            page.add_paragraph(block.text)
    return saved(page, content.edition.day)


MAKERS = {"pdf": pdf_of, "docx": docx_of}


class _Reader(HTMLParser):
    """Reads h2, h3, p, li and tables of a template of ours into blocks; the rest is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.words: list[str] = []
        self.items: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 (of the parser)
        if tag in ("h2", "h3", "p", "li", "th", "td"):
            self.words = []
        elif tag == "ul":
            self.items = []
        elif tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        said = " ".join("".join(self.words).replace("\xa0", "\x00").split()).replace("\x00", "\xa0")
        if tag in ("h2", "h3"):
            self.blocks.append(heading(said, int(tag[1]) - 1))
        elif tag == "p":
            self.blocks.append(text(said))
        elif tag == "li":
            self.items.append(said)
        elif tag == "ul":
            self.blocks.append(bullets(self.items))
        elif tag in ("th", "td"):
            self.rows[-1].append(said)
        elif tag == "table":
            self.blocks.append(table(self.rows[0], self.rows[1:]))


def read(fragment: str) -> tuple[Block, ...]:
    """Return the blocks of a page's fragment, such as a template of ours gives."""
    reader = _Reader()
    reader.feed(fragment)
    return tuple(reader.blocks)
