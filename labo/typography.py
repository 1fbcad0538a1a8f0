"""The apostrophe of printed French. Declarations type the straight one; what is read shows this."""

from __future__ import annotations

import re
from typing import Any, TypeVar

T = TypeVar("T")
# Between two letters, or before « and a figure as in « plus d’1 m »; never around a quoted word.
STRAIGHT = re.compile(r"(?<=[^\W\d_])'(?=[^\W_]|«)")


def curled(text: str) -> str:
    """Return a text whose apostrophes curl."""
    return STRAIGHT.sub("’", text) if "'" in text else text


def curled_all(content: T) -> T:
    """Return plain data (lists, dicts) whose texts have apostrophes that curl; keys are kept."""
    found: Any = content
    if isinstance(content, str):
        found = curled(content)
    elif isinstance(content, dict):
        found = {key: curled_all(value) for key, value in content.items()}
    elif isinstance(content, list | tuple):
        found = type(content)(map(curled_all, content))
    return found
