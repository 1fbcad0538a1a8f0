"""What a scenario says, in words that the terminal and the pages share."""

from __future__ import annotations

import re

from labo import night, storm
from labo.catalogue import INDICATORS
from labo.difference import VERDICTS, Difference, Effect
from labo.formula import number
from labo.index_words import COMPONENTS, one
from labo.measure_plan import Line
from labo.ranges import Range
from labo.words import MINUS, NARROW, change, figure

# Effects that no indicator tells: their label, and their unit beside a figure.
EFFECTS = {
    storm.NAME: ("Ruissellement évité lors d'un orage", "m³"),
    night.NAME: ("Air la nuit, en moyenne sur le quartier", "°C"),
}
# Nobody feels, and hardly any thermometer shows, less than this (°C).
FELT = 0.1
BARELY = "trop peu pour être ressenti"
ALMOST = "presque 0"
# What follows the last digit of a figure is its unit.
LAST_DIGIT = re.compile(r"(\d)[^\d]*$")


def name_of(x: Difference | Effect, indices: dict[str, str]) -> str:
    """Return what a difference is about; `indices` gives the labels of indices by id."""
    if isinstance(x, Effect):
        return EFFECTS[x.name][0]
    if not x.component:
        return INDICATORS[x.name].label
    part = "" if x.component == "index" else f", {COMPONENTS[x.component]}"
    return f"{indices.get(x.name, x.name)}{part}"


def value(x: Difference, of: float) -> str:
    """Return a value of a difference: a figure with its unit, or a score."""
    return one(of) if x.component else figure(of, x.unit)


def moved(x: Difference | Effect, by: float) -> str:
    """Return a change with its sign and unit; what is too small to be shown is said so."""
    if isinstance(x, Effect):
        text = _rounded(by, 2 if x.name == night.NAME else 0)
        unit = f"{NARROW}{EFFECTS[x.name][1]}"
    elif x.component:
        text, unit = _rounded(by, 1), ""
    else:
        text, unit = change(by, x.unit), ""
    if by and not set(text) & set("123456789"):
        return ALMOST
    return f"{text}{unit}"


def _rounded(by: float, decimals: int) -> str:
    text = f"{by:+,.{decimals}f}".replace(",", NARROW).replace(".", ",").replace("-", MINUS)
    return text if text.strip(f"+{MINUS}0,") else text.strip(f"+{MINUS}")


def span(x: Difference | Effect, of: Range) -> str:
    """Return the interval of a change, in the unit of its figure: −3 à +5; nothing without one."""
    if of.low == of.high:
        return ""
    low, high = (LAST_DIGIT.sub(r"\1", moved(x, end)) for end in (of.low, of.high))
    return low if low == high else f"{low} à {high}"


def verdict(x: Difference | Effect) -> str:
    """Return what may be said of a difference, in a few words."""
    said = VERDICTS[x.verdict]
    ends = (abs(x.change.low), abs(x.change.high))
    if x.name == night.NAME and x.verdict != "same" and max(ends) < FELT:
        return f"{said} ; {BARELY}"
    return said


def sentence(x: Difference | Effect, indices: dict[str, str]) -> str:
    """Return a difference in a sentence, with its figures and its interval."""
    ends = span(x, x.change)
    between = f" ({ends})" if ends else ""
    if isinstance(x, Effect):
        return f"{name_of(x, indices)} : {moved(x, x.change.central)}{between} ; {verdict(x)}."
    name = name_of(x, indices)
    before, after = value(x, x.before.central), value(x, x.after.central)
    if x.verdict == "same":
        return f"{name} : {before}, rien ne change."
    by = moved(x, x.change.central)
    return f"{name} : de {before} à {after}, soit {by}{between} ; {verdict(x)}."


def line(x: Line, zone: str) -> str:
    """Return a line of a plan in words."""
    site = f", {x.site}" if x.site else ""
    return f"{x.measure.label} : {counted(x.quantity, x.measure.unit_label)} ({zone}{site})"


def counted(quantity: float, unit_label: str) -> str:
    """Return so many of a unit: 1 arbre, 120 arbres, 2 lieux, par été, 2 000 m² de cour."""
    noun, *rest = re.split(r"(?=[ ,])", unit_label, maxsplit=1)
    if quantity >= 2 and noun.isalpha() and noun.islower() and not noun.endswith(("s", "x")):
        noun += "x" if noun.endswith("eu") else "s"
    return f"{number(quantity)} {''.join((noun, *rest))}"
