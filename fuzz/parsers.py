"""Texts that become numbers, units, codes or names: each takes any text, or refuses it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz import Entry, Leak, Try
from fuzz.draws import Draws
from labo.errors import LaboError

Reader = Callable[[str], object]


def text_of(given: bytes) -> str:
    """Return the text that an input says: its own characters, or hostile words in a row."""
    if not given or given[0] < 128:
        return given[1:].decode("utf-8", errors="replace")
    draws = Draws(given[1:])
    words: list[str] = []
    while draws.more and len(words) < 6:
        words.append(draws.text("".join(words)[:200]))
    return draws.pick(("", " ", ",", "/", "-", ":")).join(words)


def _entry(
    name: str,
    reader: Callable[[], Reader],
    *watched: str,
    refusals: tuple[type[BaseException], ...] = (),
) -> Entry:
    def prepare(folder: Path, shared: Path) -> Try:
        del folder, shared
        read = reader()
        return lambda given: (read(text_of(given)), None)[1]

    return Entry(
        name=f"text_{name}", prepare=prepare, refusals=(LaboError, *refusals), watched=watched,
        seconds=2.0, runs=200_000,
    )  # fmt: skip


def _number() -> Reader:
    import math

    from labo.typed import number

    def read(text: str) -> None:
        if not math.isfinite(number(text)):
            raise Leak("a number that is none")

    return read


def _unit() -> Reader:
    from labo.units import parse

    return parse


def _identifiers() -> Reader:
    from labo import identifiers

    def read(text: str) -> None:
        identifiers.named_like(text)
        identifiers.of_birth(text)
        identifiers.is_nir(text)
        identifiers.is_nir(text, keyless=True)
        identifiers.looks_like(text)
        identifiers.is_opaque(text)

    return read


def _names() -> Reader:
    from labo.catalogue import INDICATORS, INDICES, MEASURES, SOURCES
    from labo.composite import find

    def read(text: str) -> None:
        for known in (SOURCES, INDICATORS, MEASURES):
            try:
                known[text]
            except LaboError:
                continue
        find(text, INDICES)

    return read


def _typography() -> Reader:
    from labo.typography import curled
    from labo_web.documents.spreadsheet import FORMULA, harmless
    from labo_web.documents.texts import clean, cleaned

    def read(text: str) -> None:
        curled(text)
        if harmless(text).startswith(FORMULA):
            raise Leak(f"a spreadsheet would run {text[:40]!r}")
        if "\x00" in clean(text) or "\u202e" in clean(text):
            raise Leak("a character that acts stays in a document")
        cleaned(text)

    return read


def _amount() -> Reader:
    from decimal import Decimal

    from fuzz.site import configured

    configured()
    from labo_web.roadmaps.amounts import figure, parse, plain

    def read(text: str) -> None:
        found = parse(text)
        if not found.is_finite() or found < 0:
            raise Leak(f"an amount that is none: {found}")
        if parse(plain(found)) != found:
            raise Leak(f"{found} is not read again as it is shown")
        figure(found)
        parse(text, decimals=4, negative=True)
        Decimal(found)

    return read


def _fields() -> Reader:
    """Numbers, days and codes as forms of the site read them."""
    from fuzz.site import configured

    configured()
    from django import forms

    from labo_web.converters import CodeConverter, RoomConverter
    from labo_web.roadmaps.amounts import AmountField, NumberField
    from labo_web.roadmaps.naming import folded

    fields: list[Any] = [AmountField(), NumberField(), forms.DateField(), forms.UUIDField()]

    def read(text: str) -> None:
        folded(text)
        CodeConverter().to_url(text)
        RoomConverter().to_url(text)
        for field in fields:
            try:
                field.clean(text)
            except forms.ValidationError:
                continue

    return read


def _refusals() -> tuple[type[BaseException], ...]:
    from django.core.exceptions import ValidationError

    return (ValueError, ValidationError)


ENTRIES = [
    _entry("number", _number, "labo.typed", refusals=(ValueError,)),
    _entry("unit", _unit, "labo.units", refusals=(ValueError,)),
    _entry("identifiers", _identifiers, "labo.identifiers"),
    _entry("names", _names, "labo.declared", "labo.composite"),
    _entry("typography", _typography, "labo.typography", "labo_web.documents.texts"),
    _entry("amount", _amount, "labo_web.roadmaps.amounts", refusals=_refusals()[1:]),
    _entry("fields", _fields, "labo_web.roadmaps.amounts", "labo_web.roadmaps.naming"),
]
