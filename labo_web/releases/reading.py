"""A value in words: what a page says of one indicator in one zone, from plain numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from labo import words
from labo_web.releases.models import Indicator, Release, Value

CAUSES = {
    "var_measurement": "la mesure",
    "var_secrecy": "le secret statistique",
    "var_transfer": "le passage des carreaux au quartier",
}
HAZARDS = {
    "all": "Qui vit ici, et comment",
    "heat": "Chaleur",
    "flood": "Inondation",
    "drought": "Sécheresse",
    "air": "Air et bruit",
    "energy": "Énergie",
    "nature": "Sols et nature",
}
COMPONENTS = {**words.COMPONENTS, "partner": "donné par un partenaire"}
# What a component is, before its name in the method.
PLAIN = {
    "hazard": "ce qui peut arriver",
    "exposure": "qui ou quoi peut être touché",
    "sensitivity": "ce qui rend plus fragile",
    "adaptive_capacity": "ce qui aide à faire face",
}
# The reason that releases give where only communes are known, and how a resident reads it.
BY_COMMUNE = "connu par commune : ne dit rien de la différence entre quartiers"
SAME_IN_COMMUNE = "la donnée est la même pour toute la commune"
SAME = "pas de différence sûre"  # a gap in words, where it may be none
WIDE = 0.25  # of the span between zones: beyond it an interval is called wide
NARROWEST = 0.02  # of a share: a narrower interval is not, however little zones differ
FINDINGS = 3
NAMED = 6  # neighbourhoods that a sentence names before it counts the rest


@dataclass(frozen=True)
class Reading:
    """A value ready to be shown; positions on its axis are from 0 to 100."""

    v: Value
    x: Indicator
    whole: Value | None
    sources: list[Mapping[str, Any]]

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.v.central is not None

    @property
    def is_count(self) -> bool:
        """Whether it says how many, so that it has no gap to a larger zone."""
        return self.x.unit in words.NOUNS

    @property
    def figure(self) -> str:
        """The value."""
        return words.figure(self.v.central, self.x.unit)

    @property
    def interval(self) -> str:
        """Its interval, to stand beside it."""
        return words.interval(self.v.low, self.v.high, self.x.unit)

    @property
    def exact(self) -> bool:
        """Whether its interval, as it is shown, has no width."""
        low, high = (words.figure(end, self.x.unit) for end in (self.v.low, self.v.high))
        return low == high

    @property
    def span(self) -> str:
        """Its interval, to be read aloud: 2 726 à 2 940."""
        return self.interval.replace("–", " à ")

    @property
    def unsure(self) -> bool:
        """Whether it has a gap that may be none."""
        return bool(self.gap) and not self.sure

    @property
    def sentence(self) -> str:
        """The value in a sentence that a resident understands."""
        return self.x.reading.format(value=words.quantity(self.v.central, self.x.unit))

    @property
    def likely(self) -> str:
        """Its interval in a sentence that a resident understands; nothing where it has no width."""
        if self.exact or self.v.low is None or self.v.high is None:
            return ""
        return f"Sans doute entre {words.between(self.v.low, self.v.high, self.x.unit)}."

    @property
    def beside(self) -> str:
        """The agglomeration beside it, and whether the difference is sure, in plain words."""
        if self.whole_figure == words.NOTHING:
            return ""
        text = f"Dans toute l’agglomération : {self.whole_said}."
        if not self.sure:
            return f"{text} On ne peut pas dire si c’est différent ici."
        higher = (self.v.gap or 0.0) > 0
        return f"{text} C’est {'plus' if higher else 'moins'} ici, on en est assez sûr."

    @property
    def whole_figure(self) -> str:
        """The value of the agglomeration."""
        return words.figure(self.whole.central if self.whole else None, self.x.unit)

    @property
    def whole_said(self) -> str:
        """The value of the agglomeration, in a sentence: with its noun rather than its sign."""
        return words.quantity(self.whole.central if self.whole else None, self.x.unit)

    @property
    def sure(self) -> bool:
        """Whether it surely differs from the agglomeration."""
        low, high = self.v.gap_low, self.v.gap_high
        return not self.is_count and low is not None and high is not None and (low > 0 or high < 0)

    @property
    def worse(self) -> bool:
        """Whether it surely is on the more vulnerable side."""
        return self.sure and (self.v.gap or 0) * self.x.direction > 0

    @property
    def gap(self) -> str:
        """The difference with the agglomeration: that of the two figures as they are shown."""
        return "" if self.is_count else words.change(self._shown_gap, self.x.unit)

    @property
    def _shown_gap(self) -> float | None:
        """The gap, by a last digit more or less where the figures beside would contradict it."""
        one, two, gap = self.v.central, self.whole.central if self.whole else None, self.v.gap
        if one is None or two is None or gap is None:
            return gap
        digits = words.decimals(self.x.unit)
        apart = round(round(one, digits) - round(two, digits), digits)
        near = abs(apart - round(gap, digits)) < 1.5 * 10**-digits
        return apart if near and apart * gap > 0 else gap

    @property
    def gap_interval(self) -> str:
        """Its interval."""
        if self.is_count or self.v.gap is None:
            return ""
        ends = (words.change(x, self.x.unit) for x in (self.v.gap_low, self.v.gap_high))
        return " à ".join(ends)

    @property
    def verdict(self) -> str:
        """The gap in words."""
        if self.is_count or self.v.gap is None:
            return ""
        if not self.sure:
            return SAME
        return "plus fragile" if self.worse else "moins fragile"

    @property
    def axis(self) -> dict[str, str] | None:
        """Where dot, interval and agglomeration stand on the axis of the indicator."""
        if self.is_count or not self.known or self.x.lowest is None or self.x.highest is None:
            return None
        low, high = self.v.low, self.v.high
        ends = [self.x.lowest, self.x.highest]
        ends += [end for end in (low, high) if end is not None]
        return axis(min(ends), max(ends), self.v, self.whole)

    @property
    def dots(self) -> SafeString:
        """The value on the axis of its indicator."""
        return dots(self.axis, self.unsure)

    @property
    def doubt(self) -> str:
        """The cause of most of its variance, in words, and how much of it."""
        parts = [getattr(self.v, name) or 0.0 for name in CAUSES]
        if not self.cause:
            return ""
        return f"{self.cause} ({100 * max(parts) / sum(parts):.0f}{words.NARROW}%)"

    @property
    def cause(self) -> str:
        """The cause of most of its variance, in words."""
        parts = {name: getattr(self.v, name) or 0.0 for name in CAUSES}
        return CAUSES[max(parts, key=lambda name: parts[name])] if any(parts.values()) else ""

    @property
    def width(self) -> float:
        """Width of the interval, over the span of the zones; none where it cannot be seen."""
        v, x = self.v, self.x
        if v.low is None or v.high is None or x.lowest is None or x.highest is None:
            return 0.0
        if self.exact or (x.unit == "1" and v.high - v.low < NARROWEST):
            return 0.0
        span = x.highest - x.lowest
        return (v.high - v.low) / span if span > 0 and not self.is_count else 0.0

    @property
    def certainty(self) -> str:
        """How sure it is, in a word."""
        if self.x.unit not in words.NOUNS and self.width > WIDE:
            return "incertain"
        return "assez sûr"

    @property
    def plain_component(self) -> str:
        """What its component is, in plain words."""
        return PLAIN.get(self.x.component, "")

    @property
    def method(self) -> str:
        """How it was made."""
        return words.METHODS_AT_LENGTH.get(self.v.method, self.v.method)

    @property
    def imputed(self) -> str:
        """The part of its residents that comes from imputed cells."""
        share = self.v.imputed_share
        return "" if share is None or self.v.method == "official" else words.figure(share, "1")

    @property
    def distance(self) -> float:
        """How far it is from the agglomeration, whatever the unit: log-odds, else log ratio."""
        one, two = self.v.central, self.whole.central if self.whole else None
        if one is None or two is None:
            return 0.0
        if self.x.unit == "1":
            ends = (min(max(x, 0.005), 0.995) for x in (one, two))
            return abs(float.__sub__(*(math.log(x / (1 - x)) for x in ends)))
        if one > 0 and two > 0:
            return abs(math.log(one / two))
        return min(abs(one - two), 2.0)


def axis(low: float, high: float, v: Value, whole: Value | None) -> dict[str, str]:
    """Return positions on an axis, 0 to 100, as text for SVG."""
    span = (high - low) or 1.0

    def at(value: float) -> str:
        return f"{4 + 92 * (value - low) / span:.1f}"

    left = v.low if v.low is not None else v.central
    right = v.high if v.high is not None else v.central
    places = {"dot": at(v.central or 0.0), "low": at(left or 0.0), "high": at(right or 0.0)}
    if whole is not None and whole.central is not None and low <= whole.central <= high:
        places["whole"] = at(whole.central)
    return places


def dots(place: dict[str, str] | None, hollow: bool) -> SafeString:
    """Return the drawing of a value on its axis: agglomeration, interval, dot; hollow if unsure.

    Written here rather than in a template: a page has sixty of them.
    """
    if place is None:
        return SafeString("")
    whole = f'<path class="whole" d="M{place["whole"]} 0v12"/>' if "whole" in place else ""
    dot = f'd="M{place["dot"]} 6h.01"/>'
    hole = f'<path class="hole" {dot}' if hollow else ""
    # Numbers only.
    return SafeString(  # nosec B703
        '<svg class="dots" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="axis" d="M0 6h100"/>{whole}'
        f'<path class="interval" d="M{place["low"]} 6H{place["high"]}"/>'
        f'<path class="dot" {dot}{hole}</svg>'
    )


def readings(
    release: Release, indicators: Iterable[Indicator], values: Iterable[Value], whole: str
) -> dict[tuple[str, str], Reading]:
    """Return the readings by (zone, indicator); `whole` is the zone they are read against."""
    by_key = {(v.zone.code, v.indicator.name): v for v in values}
    sources = {s["id"]: s for s in release.sources}
    used = {x.name: [sources[s] for s in x.sources if s in sources] for x in indicators}
    return {
        (zone, name): Reading(v, v.indicator, by_key.get((whole, name)), used.get(name, []))
        for (zone, name), v in by_key.items()
    }


def findings(rows: Sequence[Reading]) -> list[Reading]:
    """Return three sure differences, the largest, each of another hazard where possible.

    Those on the more vulnerable side come first.
    """
    sure = [r for r in rows if r.known and r.sure and r.x.component != "adaptive_capacity"]
    ordered = sorted(sure, key=lambda r: (not r.worse, -r.distance))
    return _spread(ordered, lambda r: r.x.hazards[0])


# How much of a neighbourhood a source covers: it tells how far to trust other figures, and is
# nothing that residents could use.
OF_COVERAGE = frozenset({"dpe_coverage"})


def resources(rows: Sequence[Reading]) -> list[Reading]:
    """Return up to three things at hand here, surely better than in the agglomeration."""
    own = [
        r
        for r in rows
        if r.known
        and r.sure
        and r.x.component == "adaptive_capacity"
        and r.x.name not in OF_COVERAGE
    ]
    better = sorted((r for r in own if not r.worse), key=lambda r: -r.distance)
    return _spread(better, lambda r: r.x.sources[0])


def _spread(ordered: Sequence[Reading], theme: Any) -> list[Reading]:
    """Return the first three, each of another theme; then whatever comes first."""
    seen: set[Any] = set()
    first = [r for r in ordered if not (theme(r) in seen or seen.add(theme(r)))]  # type: ignore[func-returns-value]
    rest = [r for r in ordered if r not in first]
    return [*first, *rest][:FINDINGS]


def named(names: Sequence[str], most: int = NAMED) -> str:
    """Return names in a sentence, those beyond the first few counted."""
    if len(names) > most:
        return f"{', '.join(names[:most])} et {len(names) - most} autres"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} et {names[-1]}"


def blurred(first: str, others: Sequence[str], mutual: bool, most: int = 12) -> str:
    """Say from whom the first cannot be told; « les » only where none can be told from another."""
    if mutual:
        return f"On ne peut pas les départager : {named([first, *others], most)}."
    return f"On ne peut pas départager {first} de : {named(others, most)}."


# What tells a hazard: what comes before who is there.
FACTS = ("hazard", "exposure", "sensitivity")


def telling(rows: Sequence[Reading], hazard: str) -> Reading | None:
    """Return what tells a hazard best: what is surely worse here, else surely different.

    What comes is told before who is there, and shares before measures.
    """
    here = [
        r
        for r in rows
        if r.known and not r.is_count and r.x.hazards[0] == hazard and r.x.component in FACTS
    ]
    return min(
        here,
        key=lambda r: (
            not r.worse,
            not r.sure,
            FACTS.index(r.x.component),
            r.x.unit != "1",
            -r.distance,
        ),
        default=None,
    )


class Part(NamedTuple):
    """What is known of one component against a hazard."""

    word: str
    rows: list[Reading]

    @property
    def sentence(self) -> str:
        """How many values, and how many of them tell of more, of less, of nothing sure."""
        many = f"{len(self.rows)} chiffre{'s' if len(self.rows) > 1 else ''}"
        told = _told(self.rows)
        return f"{many}, dont {told}" if told and len(self.rows) > 1 else told or many


def _told(rows: Sequence[Reading]) -> str:
    """Count those that tell of more than the agglomeration, of less, of nothing sure."""
    rows = [r for r in rows if r.verdict]
    worse, sure = sum(r.worse for r in rows), sum(r.sure for r in rows)
    counts = (
        (worse, "plus fragile", " que l’agglomération"),
        (sure - worse, "moins fragile", ""),
        (len(rows) - sure, "sans différence sûre", ""),
    )
    return ", ".join(
        f"{count} {said}{'s' if count > 1 and said.endswith('fragile') else ''}{rest}"
        for count, said, rest in counts
        if count
    )


@dataclass(frozen=True)
class Group:
    """What is known against one hazard, by component."""

    key: str
    title: str
    parts: list[Part]

    @property
    def first(self) -> tuple[str, str]:
        """The value that tells most, in words that a resident understands: itself, and beside."""
        rows = [r for _, part in self.parts for r in part]
        r = telling(rows, rows[0].x.hazards[0])
        return (r.sentence, f"{r.likely} {r.beside}".strip()) if r is not None else ("", "")

    @property
    def sentence(self) -> str:
        """How many of them tell of more, of less, of nothing sure."""
        rows = [r for _, part in self.parts for r in part if r.verdict]
        if not rows:
            return ""
        return f"Sur {len(rows)} indicateur{'s' if len(rows) > 1 else ''} : {_told(rows)}."


def by_hazard(rows: Sequence[Reading]) -> list[Group]:
    """Return the readings by hazard then component, each indicator once, under its first hazard."""
    groups = []
    for hazard, title in HAZARDS.items():
        here = [r for r in rows if r.known and r.x.hazards[0] == hazard and not r.is_count]
        parts = [
            Part(word.capitalize(), [r for r in here if r.x.component == component])
            for component, word in COMPONENTS.items()
        ]
        if kept := [part for part in parts if part.rows]:
            groups.append(Group(f"profil-{hazard}", title, kept))
    return groups


# The same word is not the same thing for the two methods: one says which is meant.
GIEC = {
    "hazard": "Aléa",
    "exposure": "Exposition (ce qui est là où l’aléa peut venir)",
    "sensitivity": "Sensibilité",
    "adaptive_capacity": "Capacité d’adaptation",
    "partner": "Donné par un partenaire",
}
TACCT = {
    "hazard": "Exposition (au sens de TACCT : l’aléa tel qu’il vient ici)",
    "exposure": "Sensibilité (enjeux présents)",
    "sensitivity": "Sensibilité (fragilité)",
    "adaptive_capacity": "Sensibilité (moyens de faire face)",
    "partner": "Donné par un partenaire",
}


def component_label(x: Indicator) -> str:
    """The component of an indicator, and the side on which it makes more vulnerable."""
    return f"{COMPONENTS[x.component].capitalize()} : {words.DIRECTIONS[x.direction]}."
