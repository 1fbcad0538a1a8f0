"""What was done to an installation or to diagnoses, and what did not hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """Counts of what was tried, and sentences on what was wrong."""

    kills: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    checks: int = 0
    violations: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def killed(self, what: str, count: int = 1) -> None:
        """Count processes that were killed."""
        self.kills[what] = self.kills.get(what, 0) + count

    def tried(self, what: str) -> None:
        """Count a fault of another kind."""
        self.faults[what] = self.faults.get(what, 0) + 1

    def wrong(self, after: str, sentences: Sequence[str]) -> None:
        """Keep what did not hold, once, with the fault that it was seen after."""
        known = {text.partition(": ")[2] for text in self.violations}
        fresh = [f"{after}: {x}" for x in sentences if x not in known]
        sys.stderr.write("".join(f"! {text}\n" for text in fresh))
        self.violations += fresh
