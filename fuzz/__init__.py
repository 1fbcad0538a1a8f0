"""Hostile input, counted: every reader, importer, form and parameter is given what it must refuse.

An input is a handful of bytes. Each entry reads them as a list of changes to a sound example: a
cell of a file, a field of a form, a parameter of an address. Coverage of the code guides which are
tried next, small inputs say much, and what was found is kept as text in `fuzz/corpus/`.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Tries one input; what it raises beside its entry's refusals is a crash.
Try = Callable[[bytes], None]


class Leak(AssertionError):
    """An answer that says too much, or a file that should not be there."""


class Slow(AssertionError):
    """An input that took longer than its bound."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A door through which input comes.

    Args:
        name: of the entry, and of its folder in the corpus.
        prepare: makes, once in a process, what tries an input; it is given a folder of its own,
            and another that holds what all entries share.
        refusals: what it may raise, and nothing else.
        seconds: of processor time that an input may take.
        longest: of an input, in bytes.
        runs: inputs that are tried unless another number is asked for.
        watched: modules whose branches guide the search.
    """

    name: str
    prepare: Callable[[Path, Path], Try]
    refusals: tuple[type[BaseException], ...]
    watched: tuple[str, ...]
    seconds: float = 10.0
    longest: int = 96
    runs: int = 5_000


# Each says ENTRIES.
MODULES = ("parsers", "sources", "files", "partners", "releases", "importers", "pages")


def entries(modules: Sequence[str] = MODULES) -> dict[str, Entry]:
    """Return every entry by name, or those of some modules."""
    found: dict[str, Entry] = {}
    for name in modules:
        module = importlib.import_module(f"fuzz.{name}")
        for entry in module.ENTRIES:
            if entry.name in found:
                raise ValueError(f"two entries are named {entry.name!r}")
            found[entry.name] = entry
    return found
