"""How official files spell words, dates and communes: one spelling of each out of many."""

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from labo.errors import BadInput
from labo.source import SourceFile

# The law on natural disasters is of 1982, but events before it were recognised.
FIRST_YEAR, LAST_YEAR = 1900, 2100
FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
# Corsica has a letter, as have the invented departments of Ville-Témoin beyond the first.
COMMUNE = r"\d[\dA-Z]\d{3}"
IRIS = COMMUNE + r"\d{4}"


def plain(text: object) -> str:
    """Return a text in lower case without accents or doubled spaces."""
    split = unicodedata.normalize("NFKD", str(text).lower())
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())


def unmixed(file: SourceFile, values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Mend words of UTF-8 in a file that, as a whole, had to be read as Windows-1252."""

    def mend(value: object) -> object:
        try:
            return str(value).encode("cp1252").decode("utf-8") if isinstance(value, str) else value
        except UnicodeError:
            return value

    mended = values.map(mend)
    changed = mended.notna() & (mended != values)
    if changed.any():
        file.note("repaired", int(changed.sum()), "words in another encoding than their file")
    return mended


def communes(file: SourceFile, codes: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return INSEE codes, with the leading zero of departments 01 to 09 where it was lost.

    Raises:
        BadInput: something else than a code.
    """
    codes = codes.astype(object).map(lambda code: str(code).strip().upper())
    short = codes.str.fullmatch(r"[1-9]\d{3}").astype(bool)
    if short.any():
        file.note("repaired", int(short.sum()), "commune codes whose leading zero was lost")
        codes = codes.where(~short, "0" + codes)
    wrong = ~codes.str.fullmatch(COMMUNE).astype(bool)
    if wrong.any():
        raise BadInput(
            f"{file.path} has the commune {codes[wrong].iloc[0]!r} ({int(wrong.sum())} in all); "
            "expected INSEE codes of 5 characters, such as '49007'."
        )
    return codes


def dates(file: SourceFile, values: "pd.Series[Any]", official: str) -> "pd.Series[pd.Timestamp]":
    """Return days written 2024-12-31 (with or without a time) or 31/12/2024; empty is NaT.

    Raises:
        BadInput: another way of writing, or a day that does not exist.
    """
    # A national file repeats few days: each is read once.
    known = {text: _date(text) for text in values.dropna().unique()}
    if wrong := [text for text, day in known.items() if day is None]:
        raise BadInput(
            f"{file.path} has the date {str(wrong[0])!r} in column {official!r}; expected days "
            f"that exist, from {FIRST_YEAR} to {LAST_YEAR}, such as 2024-12-31 or 31/12/2024: "
            "correct the file or fetch it again."
        )
    return pd.to_datetime(values.map(known), format="%Y-%m-%d").astype("datetime64[s]")


def _date(text: object) -> str | float | None:
    words = str(text).strip()
    if not words:
        return np.nan
    if found := FRENCH_DATE.fullmatch(words):
        day, month, year = map(int, found.groups())
    elif found := ISO_DATE.fullmatch(words):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        stamp = pd.Timestamp(year=year, month=month, day=day)
    except ValueError:
        return None
    return stamp.strftime("%Y-%m-%d") if FIRST_YEAR <= year <= LAST_YEAR else None
