"""Withdraws again what the journal says was withdrawn: a copy that is older knows nothing of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from django.core.exceptions import ValidationError
from django.db import transaction

from labo_web.withdrawals import Entry

log = logging.getLogger(__name__)


@dataclass
class Replayed:
    """What came of a replay."""

    known: int = 0  # things that the journal names
    again: int = 0  # of these, those that had come back and are withdrawn once more
    # Sentences on what a person must settle.
    left: list[str] = field(default_factory=list)


def replay(entries: Iterable[Entry]) -> Replayed:
    """Withdraw again, thing by thing; of several lines about one thing, the last one holds."""
    last: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.date):
        app = entry.kind.partition(".")[0]
        last.pop((app, entry.key), None)
        last[app, entry.key] = entry
    done = Replayed(known=len(last))
    for (app, _), entry in last.items():
        module = f"labo_web.{app}.withdrawn"
        try:
            if find_spec(module) is None:
                raise ValueError(f"{entry.kind!r} is of no part of this site")
            with transaction.atomic():
                done.again += import_module(module).again(entry.kind, entry.key)
        except Exception as error:
            # One that cannot be done again is told, and does not stop the others.
            log.exception("A withdrawal could not be done again.")
            why = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            done.left.append(f"{entry.kind} {entry.key} ({entry.date}) : {why}")
    return done
