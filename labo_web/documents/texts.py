"""Texts that a document may hold: characters to read, and nothing that a format acts on."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from labo.typography import curled

T = TypeVar("T")
NO_BREAK = "\u00a0"
# Where French has a space and no end of line: before : ; ? ! » and %, and after «.
BREAKS = re.compile(r" (?=[:;?!»%])|(?<=«) ")
LONGEST_WORD = 30  # of a name: a longer one may be broken anywhere


class Exact(str):
    """A text that is kept as it is: a drawing or an address."""

    __slots__ = ()


def clean(text: str) -> str:
    """Return a text that no format takes for anything else than characters to read.

    Control characters and those that turn the direction of writing are left out; apostrophes curl.
    """
    kept = (" " if c in "\t\r\n" else c for c in curled(text))
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co"))


def cleaned(content: T) -> T:
    """Return the same content with its texts cleaned, and breakable where a word is too long.

    Lines do not end before a colon nor after an opening quote.
    """
    found: Any = content
    if isinstance(content, Exact):
        return content
    if isinstance(content, str):
        whole = BREAKS.sub(NO_BREAK, clean(content))
        found = re.sub(rf"(\S{{{LONGEST_WORD}}})(?=\S)", "\\1\u200b", whole)
    elif isinstance(content, tuple):
        found = tuple(cleaned(x) for x in content)
    elif is_dataclass(content) and not isinstance(content, type):
        own = {f.name: cleaned(getattr(content, f.name)) for f in fields(content)}
        found = replace(content, **own)
    return found
