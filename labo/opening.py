"""Opening hours as OpenStreetMap writes them, read for one question: is it open in August?"""

import re

import pandas as pd

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
AUGUST = MONTHS.index("Aug")
MONTH = "|".join(MONTHS)
# Months that a rule holds for: one, or from one to another; days may follow the month.
SPAN = re.compile(rf"\b({MONTH})\b(?:\s*\d+)?(?:\s*-\s*(?:({MONTH})\b)?(?:\s*\d+)?)?")
CLOSED = re.compile(r"\b(off|closed)\b", re.IGNORECASE)
# School holidays are for the most part in July and August.
HOLIDAYS_CLOSED = re.compile(r"\bSH\b[^;]*\b(off|closed)\b", re.IGNORECASE)


def open_in_august(hours: "pd.Series[str]") -> "pd.Series[bool]":
    """Return whether a text of opening hours says that the place opens in August.

    Rules follow one another, separated by `;`, and a later one overrides. A rule that names no
    month holds for August too. No hours at all, or "unknown", is no opening that one could count
    on: False.
    """
    return hours.map(_opens, na_action=None).astype(bool)


def _opens(text: object) -> bool:
    if not isinstance(text, str) or not text.strip() or "unknown" in text.lower():
        return False
    if HOLIDAYS_CLOSED.search(text):
        return False
    opens = False
    for rule in filter(None, map(str.strip, text.split(";"))):
        if not _holds_in_august(rule) or rule.startswith("PH"):
            continue
        opens = not CLOSED.search(rule) or (opens and _some_days(rule))
    return opens


def _holds_in_august(rule: str) -> bool:
    spans = [(a, b or a) for a, b in SPAN.findall(rule)]
    if not spans:
        return True
    return any(_within(MONTHS.index(a), MONTHS.index(b)) for a, b in spans)


def _within(first: int, last: int) -> bool:
    if first <= last:
        return first <= AUGUST <= last
    # From October to March, say: over the new year.
    return not last < AUGUST < first


def _some_days(rule: str) -> bool:
    """Say whether a rule of closing names days of the week: the others stay open."""
    return re.search(r"\b(Mo|Tu|We|Th|Fr|Sa|Su|PH)\b", rule) is not None
