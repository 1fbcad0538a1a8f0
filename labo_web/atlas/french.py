"""Sentences of the engine as a page prints them: curly apostrophes, spaces that do not break."""

import re

# Before a sign that stands apart from its word in French, and inside quotation marks.
_BEFORE = re.compile(r" (?=[;:?!»%€])")
_AFTER = re.compile(r"« ")


def printed(text: str) -> str:
    """Return a French text with its typographic apostrophes and no-break spaces."""
    text = text.replace("'", "’")
    return _AFTER.sub("«\u00a0", _BEFORE.sub("\u00a0", text))
