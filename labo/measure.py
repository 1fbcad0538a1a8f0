"""What a measure (« solution ») is: what it does, for whom, at what cost, and what can go wrong.

A measure is in the catalogue; once it is decided in a place, dated and owned, it is an action. It
is never given one figure of merit: its effects have scopes that do not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from labo import measure_words as words
from labo import units
from labo.declared import Declared
from labo.estimate import Estimate, Grade
from labo.indicator import HAZARDS

Risk = Literal["no", "maybe", "yes"]
How = Literal["improves", "protects"]
LimitKind = Literal["impossible", "pointless"]
EXPERTS = "Ordre de grandeur donné par des praticiens, sans publication lue : à vérifier"
ADDRESS = "https://"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a measure does, in words, with a figure where one is known.

    `on` is one of `measure_words.SCOPES`. A negative figure is a fall (of a temperature …).
    """

    on: str
    says: str
    value: Estimate | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        figure = {} if self.value is None else {"value": self.value.as_json()}
        return {"scope": self.on, "says": self.says} | figure


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one unit of a measure adds to a layer, once its full effect is reached.

    It never takes the layer under 0, nor above the layer named by `within`.
    """

    layer: str
    each: Estimate
    within: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"layer": self.layer, "each": self.each.as_json(), "within": self.within}


@dataclass(frozen=True)
class Reply:
    """How a measure answers what an indicator shows, in a sentence.

    "improves" moves the indicator itself; "protects" helps those whom it counts.
    """

    how: How
    says: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """When an indicator shows that a measure cannot be, or has no purpose, in a place.

    It is so below the threshold if `side` is "below", above it otherwise.
    """

    indicator: str
    side: Literal["below", "above"]
    threshold: Estimate
    kind: LimitKind
    says: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "indicator": self.indicator,
            "side": self.side,
            "threshold": self.threshold.as_json(),
            "kind": self.kind,
            "says": self.says,
        }


@dataclass(frozen=True)
class Check:
    """The answer to one of `measure_words.QUESTIONS`: "yes" is what worries."""

    risk: Risk
    says: str


@dataclass(frozen=True)
class Reference:
    """What a reader can open; without an address, what still has to be found and read."""

    label: str
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A declared measure; what each field holds is said by `measure`."""

    id: str
    label: str
    summary: str
    family: str
    kind: str
    hazards: tuple[str, ...]
    unit: str
    unit_label: str
    capital: Estimate
    running: Estimate
    lifetime: Estimate
    delay: Estimate
    full_effect: Estimate
    effects: tuple[Effect, ...]
    changes: tuple[Change, ...]
    opens: tuple[str, ...]
    answers: Mapping[str, Reply]
    leans_on: Mapping[str, str]
    needs: tuple[str, ...]
    limits: tuple[Limit, ...]
    impossible_if: tuple[str, ...]
    decides: tuple[str, ...]
    funding: tuple[str, ...]
    co_benefits: tuple[str, ...]
    pitfalls: tuple[str, ...]
    checks: Mapping[str, Check]
    benefits: tuple[str, ...]
    loses: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def estimates(self) -> Iterator[Estimate]:
        """Every number of the declaration."""
        yield from (self.capital, self.running, self.lifetime, self.delay, self.full_effect)
        yield from (x.value for x in self.effects if x.value is not None)
        yield from (x.each for x in self.changes)
        yield from (x.threshold for x in self.limits)

    @property
    def grade(self) -> Grade:
        """The grade of the whole: verified only if every number is."""
        return "to_check" if any(x.grade == "to_check" for x in self.estimates) else "verified"

    @property
    def measured(self) -> bool:
        """Whether one effect at least has a figure."""
        return any(x.value is not None for x in self.effects)

    @property
    def proved(self) -> bool:
        """Whether the figure of one effect at least was read where a reader can open it."""
        return any(x.value is not None and x.value.grade == "verified" for x in self.effects)

    def as_json(self) -> dict[str, Any]:
        """Return the stable public description; what may be empty is only there where it is not."""
        description: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "summary": self.summary,
            "family": self.family,
            "kind": self.kind,
            "hazards": list(self.hazards),
            "unit": self.unit,
            "unit_label": self.unit_label,
            "capital": self.capital.as_json(),
            "running": self.running.as_json(),
            "lifetime": self.lifetime.as_json(),
            "delay": self.delay.as_json(),
            "full_effect": self.full_effect.as_json(),
            "effects": [x.as_json() for x in self.effects],
            "answers": {name: {"how": x.how, "says": x.says} for name, x in self.answers.items()},
            "needs": list(self.needs),
            "impossible_if": list(self.impossible_if),
            "decides": list(self.decides),
            "funding": list(self.funding),
            "co_benefits": list(self.co_benefits),
            "pitfalls": list(self.pitfalls),
            "checks": {name: {"risk": x.risk, "says": x.says} for name, x in self.checks.items()},
            "benefits": list(self.benefits),
            "loses": list(self.loses),
            "references": [
                {"label": x.label} | ({} if x.url is None else {"url": x.url})
                for x in self.references
            ],
            "grade": self.grade,
        }
        optional = {
            "changes": [x.as_json() for x in self.changes],
            "opens": list(self.opens),
            "leans_on": dict(self.leans_on),
            "limits": [x.as_json() for x in self.limits],
        }
        return description | {name: value for name, value in optional.items() if value}


MEASURES: Declared[Measure] = Declared("measure")


def measure(
    *,
    id: str,
    label: str,
    summary: str,
    family: str,
    kind: str,
    hazards: tuple[str, ...],
    unit: str,
    unit_label: str,
    capital: Estimate,
    running: Estimate,
    lifetime: Estimate,
    delay: Estimate,
    full_effect: Estimate,
    effects: tuple[Effect, ...],
    changes: tuple[Change, ...],
    opens: tuple[str, ...],
    answers: Mapping[str, Reply],
    leans_on: Mapping[str, str],
    needs: tuple[str, ...],
    limits: tuple[Limit, ...],
    impossible_if: tuple[str, ...],
    decides: tuple[str, ...],
    funding: tuple[str, ...],
    co_benefits: tuple[str, ...],
    pitfalls: tuple[str, ...],
    checks: Mapping[str, Check],
    benefits: tuple[str, ...],
    loses: tuple[str, ...],
    references: tuple[Reference, ...],
) -> Measure:
    """Declare a measure. Texts are French; keys are those of `labo.measure_words`.

    Args:
        id: snake case.
        label: its name on screen, a verb.
        summary: what it is.
        family: of FAMILIES.
        kind: of KINDS.
        hazards: of HAZARDS.
        unit: what one counts it in.
        unit_label: the same, in French, singular.
        capital: euros per unit, without tax.
        running: euros per unit and year.
        lifetime: years.
        delay: months from the decision until it is in place.
        full_effect: years until it does all that it can.
        effects: what it does.
        changes: what it adds to layers.
        opens: the kinds of places that it opens, to which one walks.
        answers: the indicators that call for it, and how it answers.
        leans_on: the indicators that show a resource on which it builds, and what of it.
        needs: of NEEDS.
        limits: what an indicator can rule out.
        impossible_if: what only people on the spot can rule out.
        decides: of DECIDERS.
        funding: of FUNDERS.
        co_benefits: what else it brings.
        pitfalls: what can go wrong.
        checks: what `checked` returns.
        benefits: who gains.
        loses: who could lose.
        references: what stands behind it.

    Raises:
        TypeError: something required is missing or empty, or a key is not known.
        ValueError: a number in another unit than its field's, or verified without an address.
    """
    found = Measure(
        id=id,
        label=label,
        summary=summary,
        family=family,
        kind=kind,
        hazards=hazards,
        unit=unit,
        unit_label=unit_label,
        capital=capital,
        running=running,
        lifetime=lifetime,
        delay=delay,
        full_effect=full_effect,
        effects=effects,
        changes=changes,
        opens=opens,
        answers=answers,
        leans_on=leans_on,
        needs=needs,
        limits=limits,
        impossible_if=impossible_if,
        decides=decides,
        funding=funding,
        co_benefits=co_benefits,
        pitfalls=pitfalls,
        checks=checks,
        benefits=benefits,
        loses=loses,
        references=references,
    )
    _check_words(found)
    _check_numbers(found)
    return MEASURES.add(found)


MAY_BE_EMPTY = ("changes", "opens", "leans_on", "limits")
TUPLES = (
    *("hazards", "effects", "changes", "opens", "needs", "limits", "impossible_if", "decides"),
    *("funding", "co_benefits", "pitfalls", "benefits", "loses", "references"),
)


def _check_words(x: Measure) -> None:
    for name, value in vars(x).items():
        if name not in MAY_BE_EMPTY and value in ("", (), {}):
            raise TypeError(f"measure {x.id!r} has an empty {name}")
    for name in TUPLES:
        if not isinstance(getattr(x, name), tuple):
            raise TypeError(f"measure {x.id!r}: {name} is a tuple: a comma is missing")
    known = {
        "family": ({x.family}, words.FAMILIES),
        "kind": ({x.kind}, words.KINDS),
        "hazard": (x.hazards, HAZARDS),
        "scope": ({effect.on for effect in x.effects}, words.SCOPES),
        "need": (x.needs, words.NEEDS),
        "decider": (x.decides, words.DECIDERS),
        "funder": (x.funding, words.FUNDERS),
        "way of answering": ({reply.how for reply in x.answers.values()}, get_args(How)),
        "kind of limit": ({limit.kind for limit in x.limits}, get_args(LimitKind)),
        "risk": ({check.risk for check in x.checks.values()}, get_args(Risk)),
    }
    for noun, (given, among) in known.items():
        if wrong := sorted(set(given) - set(among)):
            raise TypeError(
                f"measure {x.id!r}: {wrong[0]!r} is no {noun}; there are {', '.join(among)}"
            )
    if set(x.checks) != set(words.QUESTIONS):
        raise TypeError(f"measure {x.id!r} answers {', '.join(words.QUESTIONS)}, each once")


def _check_numbers(x: Measure) -> None:
    wanted = {
        "capital": f"euro / ({x.unit})" if x.unit != "1" else "euro",
        "running": f"euro / year / ({x.unit})" if x.unit != "1" else "euro / year",
        "lifetime": "year",
        "delay": "month",
        "full_effect": "year",
    }
    for name, unit in wanted.items():
        given: Estimate = getattr(x, name)
        if units.parse(given.unit) != units.parse(unit):
            raise ValueError(f"measure {x.id!r}: {name} is in {given.unit!r}, expected {unit!r}")
    for name in ("lifetime", "delay", "full_effect"):
        if getattr(x, name).low < 0:
            raise ValueError(f"measure {x.id!r}: {name} begins before 0")
    for number in x.estimates:
        if number.grade == "verified" and ADDRESS not in number.reference:
            raise ValueError(
                f"measure {x.id!r}: {number.scope!r} is verified, but its reference has no "
                "address that a reader can open"
            )


# Short ways of writing a declaration


def to_check(
    central: float, low: float, high: float, unit: str, scope: str, reference: str = EXPERTS
) -> Estimate:
    """Return a number that nobody has yet read where a reader can open it."""
    return Estimate(
        central=central,
        low=low,
        high=high,
        unit=unit,
        reference=reference,
        grade="to_check",
        scope=scope,
    )


def published(low: float, high: float, unit: str, scope: str, reference: Reference) -> Estimate:
    """Return a range that was read at an address; its middle stands for it.

    Raises:
        ValueError: the reference has no address.
    """
    if reference.url is None:
        raise ValueError(f"{reference.label!r} has no address: the number is to be checked")
    return Estimate(
        central=(low + high) / 2,
        low=low,
        high=high,
        unit=unit,
        reference=f"{reference.label}, {reference.url} ; valeur centrale : le milieu",
        grade="verified",
        scope=scope,
    )


def checked(
    *,
    shifts: Check,
    charges: Check,
    resources: Check,
    upkeep: Check,
    extremes: Check,
    excludes: Check,
    irreversible: Check,
) -> dict[str, Check]:
    """Return the seven answers against maladaptation, by question."""
    return {
        "shifts": shifts,
        "charges": charges,
        "resources": resources,
        "upkeep": upkeep,
        "extremes": extremes,
        "excludes": excludes,
        "irreversible": irreversible,
    }


def no(says: str) -> Check:
    """Return that there is no such risk, and why."""
    return Check("no", says)


def maybe(says: str) -> Check:
    """Return that the risk depends on something, and on what."""
    return Check("maybe", says)


def yes(says: str) -> Check:
    """Return that there is this risk, and which."""
    return Check("yes", says)


def improves(says: str) -> Reply:
    """Return that the measure moves the indicator, and how."""
    return Reply("improves", says)


def protects(says: str) -> Reply:
    """Return that the measure helps those whom the indicator counts, and how."""
    return Reply("protects", says)


def below(indicator: str, threshold: Estimate, kind: LimitKind, says: str) -> Limit:
    """Return that the measure is ruled out where an indicator is below a threshold."""
    return Limit(indicator=indicator, side="below", threshold=threshold, kind=kind, says=says)


def above(indicator: str, threshold: Estimate, kind: LimitKind, says: str) -> Limit:
    """Return that the measure is ruled out where an indicator is above a threshold."""
    return Limit(indicator=indicator, side="above", threshold=threshold, kind=kind, says=says)


def figured(on: str, says: str, value: Estimate) -> Effect:
    """Return an effect with its figure."""
    return Effect(on=on, says=says, value=value)


def unfigured(on: str, says: str) -> Effect:
    """Return an effect of which no figure is known."""
    return Effect(on=on, says=says, value=None)
