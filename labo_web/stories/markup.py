"""Texts as people type them: paragraphs, intertitles, lists, bold and links; nothing else.

Markdown is read by markdown-it, which takes no HTML; only a few of its rules are on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from labo_web.documents import blocks

LINKED = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
RULES = ("heading", "list", "emphasis", "link", "newline", "escape")


@cache
def _reader() -> MarkdownIt:
    made = MarkdownIt("zero", {"html": False}).enable(RULES)
    made.validateLink = lambda url: bool(LINKED.match(url.strip()))  # type: ignore[method-assign]
    return made


def _tokens(text: str) -> list[Token]:
    found = _reader().parse(text)
    for token in found:
        if token.type in ("heading_open", "heading_close"):
            # The page's title is its only h1; below it, one level is enough for a reportage.
            token.tag = "h2"
    return found


def html(text: str, *, linked: bool = True) -> SafeString:
    """Return a text as HTML: of its own tags only, everything else escaped.

    Without links, for what is read with no network, an address stands in brackets after its words.
    """
    found = _tokens(text)
    for token in found:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "nofollow noopener")
        if not linked and token.children:
            token.children = _without_links(token.children)
    made = _reader().renderer.render(found, _reader().options, {})
    # markdown-it escapes all but its own tags.
    return mark_safe(made)  # noqa: S308  # nosec B308 B703


def _without_links(children: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    address = ""
    for child in children:
        if child.type == "link_open":
            address = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            kept.append(Token("text", "", 0, content=f" ({address})"))
        else:
            kept.append(child)
    return kept


def parts(text: str) -> list[blocks.Block]:
    """Return a text as parts of a document."""
    made: list[blocks.Block] = []
    items: list[str] | None = None
    kind = "paragraph_open"
    for token in _tokens(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            items = [] if items is None else items
        elif token.type in ("bullet_list_close", "ordered_list_close") and token.level == 0:
            made.append(blocks.bullets(items or []))
            items = None
        elif token.type == "inline":
            said = _plain(token.children or ())
            if items is not None:
                items.append(said)
            elif kind == "heading_open":
                made.append(blocks.heading(said))
            else:
                made.append(blocks.text(said))
        elif token.type.endswith("_open"):
            kind = token.type
    return made


def _plain(children: Sequence[Token]) -> str:
    return "".join(
        " " if c.type in ("softbreak", "hardbreak") else c.content for c in _without_links(children)
    )


def plain(text: str) -> str:
    """Return a text without its marks, in one line."""
    return " ".join(
        _plain(token.children or ()) for token in _tokens(text) if token.type == "inline"
    )
