"""What a declared index is: a question, and a tree of weights over indicators. It holds no data.

Components are stored under neutral names (hazard, exposure, sensitivity, adaptive_capacity) and
read in the words of the IPCC or of TACCT by `labo.vocabulary`. Scores always grow with
vulnerability: that of adaptive capacity tells how much of it is lacking.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from labo.declared import Declared
from labo.errors import UnknownName
from labo.indicator import HAZARDS, Component

if TYPE_CHECKING:  # what only lists declarations need not wait for pandas
    from labo.index import Index, Recipe

# A national place says how a neighbourhood stands in France, and not what it needs here: it waits
# for values of all French QPVs, and would be shown under that name.
AgainstWhom = Literal["qpv", "agglomeration"]
REFERENCES: dict[str, str] = {
    "qpv": "les QPV du territoire, chacun comptant autant que ses habitants",
    "agglomeration": "les communes et les QPV de l'agglomération, du moins au plus vulnérable",
}
Normalisation = Literal["percentile", "min_max"]
Aggregation = Literal["arithmetic", "geometric"]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What people name in one word, and the indicators that tell it, whose weights add up to 1."""

    label: str
    component: Component
    indicators: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Composite:
    """A declared index.

    Factors weigh the same inside their component. `component_weights` are compared with one
    another. `reference` says against whom values are read, `available` the share of the weight
    under which a score is empty. `profile` names indicators that are shown beside and never in the
    score, because they are counts or the same for all neighbourhoods. `limits` are sentences.
    """

    id: str
    label: str
    question: str
    hazards: tuple[str, ...]
    factors: tuple[Factor, ...]
    component_weights: Mapping[Component, float]
    normalisation: Normalisation
    aggregation: Aggregation
    reference: AgainstWhom
    available: float
    profile: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def components(self) -> dict[str, dict[str, float]]:
        """Weights of indicators inside each component, that add up to 1."""
        found: dict[str, dict[str, float]] = {}
        for name in self.component_weights:
            of = [factor for factor in self.factors if factor.component == name]
            found[name] = {
                indicator: weight / len(of)
                for factor in of
                for indicator, weight in factor.indicators.items()
            }
        return found

    @property
    def indicators(self) -> list[str]:
        """The indicators that make the score, in the order of the tree."""
        return [name for below in self.components.values() for name in below]

    def factor_of(self, indicator: str) -> str:
        """Return the label of the factor that an indicator of the score tells."""
        return next(f.label for f in self.factors if indicator in f.indicators)

    def tree(self, directions: Mapping[str, int], only: str | None = None) -> Index:
        """Return the tree to calculate with, or that of one component alone.

        Args:
            directions: +1 or −1 by indicator, as the indicators declare them.
            only: a component.
        """
        from labo.index import from_components

        kept = {k: v for k, v in self.components.items() if only in (None, k)}
        weights = {str(k): float(v) for k, v in self.component_weights.items() if k in kept}
        return from_components(self.id, kept, directions, weights)

    def recipe(self) -> Recipe:
        """Return the declared choices of the calculation."""
        from labo.index import Recipe, Scale

        low = (1.0, 100.0) if self.normalisation == "min_max" else (0.0, 100.0)
        return Recipe(
            scale=Scale(self.normalisation, low),
            aggregation=self.aggregation,
            available=self.available,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the stable public description: its keys never change, nothing in it is empty."""
        description: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "question": self.question,
            "hazards": list(self.hazards),
            "components": [
                {"component": name, "weight": float(weight)}
                for name, weight in self.component_weights.items()
            ],
            "factors": [
                {"label": f.label, "component": f.component, "indicators": dict(f.indicators)}
                for f in self.factors
            ],
            "normalisation": self.normalisation,
            "aggregation": self.aggregation,
            "reference": self.reference,
            "available": self.available,
            "limits": list(self.limits),
        }
        return description | ({"profile": list(self.profile)} if self.profile else {})


INDICES: Declared[Composite] = Declared("index")


def composite(
    *,
    id: str,
    label: str,
    question: str,
    hazards: tuple[str, ...],
    factors: tuple[Factor, ...],
    component_weights: Mapping[Component, float],
    normalisation: Normalisation,
    aggregation: Aggregation,
    reference: AgainstWhom,
    available: float,
    profile: tuple[str, ...],
    limits: tuple[str, ...],
) -> Composite:
    """Declare an index.

    Raises:
        TypeError: something required is missing or empty.
        ValueError: weights that do not add up to 1 in a factor, or names that do not agree.
    """
    found = Composite(
        id=id,
        label=label,
        question=question,
        hazards=hazards,
        factors=factors,
        component_weights=component_weights,
        normalisation=normalisation,
        aggregation=aggregation,
        reference=reference,
        available=available,
        profile=profile,
        limits=limits,
    )
    _check(found)
    return INDICES.add(found)


def _check(x: Composite) -> None:
    for text, value in (("label", x.label), ("limits", x.limits), ("factors", x.factors)):
        if not value:
            raise TypeError(f"index {x.id!r} has no {text}")
    if not x.question.endswith("?"):
        raise TypeError(f"index {x.id!r}: what it answers is a question, not {x.question!r}")
    if not x.hazards or not set(x.hazards) <= set(HAZARDS):
        raise TypeError(f"index {x.id!r}: hazards are some of {', '.join(HAZARDS)}")
    if x.reference not in REFERENCES:
        raise ValueError(
            f"index {x.id!r} is read against {x.reference!r}; it may be {', '.join(REFERENCES)}"
        )
    for given, known in ((x.normalisation, Normalisation), (x.aggregation, Aggregation)):
        if given not in get_args(known):
            raise ValueError(f"index {x.id!r}: {given!r} is not {' or '.join(get_args(known))}")
    if not 0 < x.available <= 1:
        raise ValueError(f"index {x.id!r}: {x.available:g} is no share of the weight")
    of = {factor.component for factor in x.factors}
    if of != set(x.component_weights) or not of <= set(get_args(Component)):
        raise ValueError(f"index {x.id!r} weighs {set(x.component_weights)} and has {of}")
    if not all(weight > 0 for weight in x.component_weights.values()):
        raise ValueError(f"index {x.id!r}: a component weighs more than 0, or is left out")
    for factor in x.factors:
        weights = list(factor.indicators.values())
        if not math.isclose(sum(weights), 1.0) or min(weights) <= 0:
            raise ValueError(f"index {x.id!r}: weights of {factor.label!r} do not add up to 1")
    if twice := {name for name in x.indicators if x.indicators.count(name) > 1}:
        raise ValueError(f"index {x.id!r} counts {', '.join(sorted(twice))} twice")
    if both := set(x.indicators) & set(x.profile):
        raise ValueError(f"index {x.id!r} has {', '.join(sorted(both))} in its score and beside")


def from_json(description: Mapping[str, Any]) -> Composite:
    """Return the index that a release's catalogue describes."""
    return Composite(
        id=description["id"],
        label=description["label"],
        question=description["question"],
        hazards=tuple(description["hazards"]),
        factors=tuple(Factor(**factor) for factor in description["factors"]),
        component_weights={x["component"]: x["weight"] for x in description["components"]},
        normalisation=description["normalisation"],
        aggregation=description["aggregation"],
        reference=description["reference"],
        available=description["available"],
        profile=tuple(description.get("profile", ())),
        limits=tuple(description["limits"]),
    )


def find(name: str, among: Iterable[Composite]) -> Composite:
    """Return the index of that id.

    Raises:
        UnknownName: there is none; the message names those that there are.
    """
    known = {x.id: x for x in among}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
    raise UnknownName(f"There is no index named {name!r}; {hint}")
