"""Which measures answer what a neighbourhood shows, ranked with their reasons; none is ever hidden.

A measure comes before another when it answers more of what is surely worse here than in the
agglomeration, then more of what may be, then when more of what it builds on is at hand. That is
counting, not a score: two measures with the same counts share a rank. What is impossible or without
purpose here comes last and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from labo import measure_words
from labo.catalogue import INDICATORS, MEASURES
from labo.disparity import PRESENT
from labo.errors import BadInput
from labo.inequality import Gap, Group, gap
from labo.measure import How, Limit, LimitKind, Measure
from labo.release import Release
from labo.units import COUNTS
from labo.words import change, figure, interval

Standing = Literal["sure", "maybe", "none", "unknown"]
State = Literal["possible", "doubtful", "pointless", "impossible"]
Evidence = Literal["verified", "to_check", "none"]
# What comes first. What is doubtful is still to be looked at: it stands with what is possible.
ORDER: Mapping[State, int] = {"possible": 0, "doubtful": 0, "pointless": 1, "impossible": 2}
STATES: Mapping[State, str] = {
    "possible": "possible, d'après ces données",
    "doubtful": "à vérifier sur place",
    "pointless": "sans objet ici",
    "impossible": "impossible ici",
}
STANDINGS: Mapping[Standing, str] = {
    "sure": "plus fragile qu'ailleurs, assez sûr",
    "maybe": "plus fragile qu'ailleurs, incertain",
    "none": "pas plus fragile qu'ailleurs",
    "unknown": "inconnu ici",
}
AT_HAND: Mapping[Standing, str] = {
    "sure": "plus qu'ailleurs, assez sûr",
    "maybe": "plus qu'ailleurs, incertain",
    "none": "pas plus qu'ailleurs",
    "unknown": "inconnu ici",
}


class Value(NamedTuple):
    """An indicator of a zone with its interval and its gap to the agglomeration.

    NaN where it is empty, no gap where one of the two is; then a reason.
    """

    central: float
    low: float
    high: float
    gap: Gap | None
    reason: str


UNKNOWN = Value(np.nan, np.nan, np.nan, None, "absent de cette livraison")


@dataclass(frozen=True)
class Reason:
    """An indicator that calls for a measure, or a resource that it builds on."""

    indicator: str
    standing: Standing
    says: str
    value: Value
    how: How | None

    @property
    def sentence(self) -> str:
        """The reason in words, with its figures."""
        x = INDICATORS[self.indicator]
        v = self.value
        verdict = (STANDINGS if self.how is not None else AT_HAND)[self.standing]
        if np.isnan(v.central):
            return f"{x.label} : {verdict} ({v.reason}). {self.says}"
        span = f" ({interval(v.low, v.high, x.unit)})" if v.low < v.high else ""
        against = ""
        if v.gap is not None:
            against = f", {change(v.gap.central, x.unit)} par rapport à l'agglomération"
        return f"{x.label} : {figure(v.central, x.unit)}{span}{against} ; {verdict}. {self.says}"


@dataclass(frozen=True)
class Obstacle:
    """A limit that a measure meets here, surely or not."""

    kind: LimitKind
    sure: bool
    indicator: str
    says: str
    value: Value

    @property
    def sentence(self) -> str:
        """The obstacle in words, with its figure."""
        x = INDICATORS[self.indicator]
        known = measure_words.KINDS_OF_LIMIT if self.sure else measure_words.DOUBTFUL_LIMITS
        shown = figure(self.value.central, x.unit)
        return f"{known[self.kind].capitalize()} : {self.says} {x.label} : {shown}."


@dataclass(frozen=True)
class Answer:
    """A measure with what calls for it here, what it can build on, and what stands in its way."""

    measure: Measure
    rank: int
    state: State
    reasons: tuple[Reason, ...]
    resources: tuple[Reason, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def fit(self) -> tuple[int, int, int]:
        """How many reasons are sure, how many may be, and how many resources surely are here."""
        return _fit(self.reasons, self.resources)

    @property
    def evidence(self) -> Evidence:
        """Whether a figure stands behind what it does."""
        if self.measure.proved:
            return "verified"
        return "to_check" if self.measure.measured else "none"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data; what is unknown is None."""
        sure, maybe, at_hand = self.fit
        return {
            "rank": self.rank,
            "measure": self.measure.id,
            "label": self.measure.label,
            "family": self.measure.family,
            "kind": self.measure.kind,
            "state": self.state,
            "sure_reasons": sure,
            "possible_reasons": maybe,
            "resources_at_hand": at_hand,
            "reasons": [_as_json(x) for x in self.reasons],
            "resources": [_as_json(x) for x in self.resources],
            "obstacles": [
                {
                    "kind": x.kind,
                    "sure": x.sure,
                    "indicator": x.indicator,
                    "value": _number(x.value.central),
                    "sentence": x.sentence,
                }
                for x in self.obstacles
            ],
            "to_see_on_site": list(self.measure.impossible_if),
            "evidence": self.evidence,
            "grade": self.measure.grade,
        }


def rank(found: Release, zone: str) -> list[Answer]:
    """Return every declared measure, those that answer most of what this zone shows first.

    Args:
        found: a release.
        zone: the id of a zone that is not the agglomeration itself.

    Raises:
        BadInput: the zone is the agglomeration: it has no gap to itself.
    """
    return ranked(values_of(found, zone))


def ranked(values: Mapping[str, Value]) -> list[Answer]:
    """Return every declared measure in the order that these values of indicators give.

    An indicator that is not among the values is unknown.
    """
    found = [_answer(x, values) for x in MEASURES]
    found.sort(key=lambda x: (*_key(x), x.measure.label))
    keys = [_key(x) for x in found]
    return [
        Answer(x.measure, keys.index(key) + 1, x.state, x.reasons, x.resources, x.obstacles)
        for x, key in zip(found, keys, strict=True)
    ]


def values_of(found: Release, zone: str) -> dict[str, Value]:
    """Return the present values of a zone with their gaps to the agglomeration, by indicator.

    Raises:
        BadInput: the zone is the agglomeration.
    """
    places = found.places.set_index("zone")
    if places.loc[zone, "kind"] == "epci":
        raise BadInput(
            f"{zone} is the agglomeration itself, against which neighbourhoods are read: give one "
            "of its zones."
        )
    wholes = places.index[places["kind"] == "epci"]
    table = found.values[found.values["scenario"] == PRESENT].set_index("zone")
    here = table.loc[table.index == zone].set_index("indicator")
    gaps = _gaps(found, zone, str(wholes[0]), table) if len(wholes) else {}
    return {
        str(name): Value(
            float(row["central"]),
            float(row["low"]),
            float(row["high"]),
            gaps.get(str(name)),
            str(row["reason"]),
        )
        for name, row in here.iterrows()
    }


def _gaps(found: Release, zone: str, whole: str, table: pd.DataFrame) -> dict[str, Gap]:
    """Return the gap of each indicator to the agglomeration, from paired draws."""
    draws = found.draws
    near = draws[(draws["scenario"] == PRESENT) & draws["zone"].isin([zone, whole])]
    keys = zip(near["zone"].astype(str), near["indicator"].astype(str), strict=True)
    rows = (np.asarray(row, dtype=np.float64)[None, :] for row in near["values"])
    drawn = dict(zip(keys, rows, strict=True))
    central = table.reset_index().set_index(["zone", "indicator"])["central"]
    one = np.ones((1, found.manifest["draws"]))

    def alone(key: tuple[str, str]) -> Group:
        return Group(np.array([central[key]], dtype=np.float64), one[:, 0], drawn[key], one)

    both = [name for at, name in drawn if at == zone and (whole, name) in drawn]
    return {
        name: gap(alone((zone, name)), alone((whole, name)))
        for name in both
        if not np.isnan([central[zone, name], central[whole, name]]).any()
    }


def _answer(x: Measure, values: Mapping[str, Value]) -> Answer:
    reasons = tuple(
        Reason(name, _standing(values, name, INDICATORS[name].direction), reply.says,
               values.get(name, UNKNOWN), reply.how)
        for name, reply in x.answers.items()
    )  # fmt: skip
    resources = tuple(
        Reason(name, _standing(values, name, 1), says, values.get(name, UNKNOWN), None)
        for name, says in x.leans_on.items()
    )
    met = (_obstacle(limit, values.get(limit.indicator, UNKNOWN)) for limit in x.limits)
    obstacles = tuple(obstacle for obstacle in met if obstacle is not None)
    ordered = tuple(sorted(reasons, key=lambda r: (*STANDINGS,).index(r.standing)))
    return Answer(x, 0, _state(obstacles), ordered, resources, obstacles)


def _standing(values: Mapping[str, Value], name: str, side: int) -> Standing:
    """Say whether an indicator is on a side (+1 above) of the agglomeration, surely or not."""
    found = values.get(name, UNKNOWN).gap
    if found is None or INDICATORS[name].unit in COUNTS:
        return "unknown"
    if found.central * side <= 0:
        return "none"
    return "sure" if found.sure else "maybe"


def _obstacle(limit: Limit, value: Value) -> Obstacle | None:
    """Return the obstacle that a value meets: sure if no end of any range says otherwise."""
    if np.isnan(value.central):
        return None
    low, high = (value.low, value.high) if value.low <= value.high else (value.central,) * 2
    bound = limit.threshold
    if limit.side == "below":
        met, sure = value.central < bound.central, high < bound.low
    else:
        met, sure = value.central > bound.central, low > bound.high
    return Obstacle(limit.kind, sure, limit.indicator, limit.says, value) if met or sure else None


def _state(obstacles: tuple[Obstacle, ...]) -> State:
    sure = {x.kind for x in obstacles if x.sure}
    if "impossible" in sure:
        return "impossible"
    if "pointless" in sure:
        return "pointless"
    return "doubtful" if obstacles else "possible"


def _fit(reasons: tuple[Reason, ...], resources: tuple[Reason, ...]) -> tuple[int, int, int]:
    sure, maybe = (sum(x.standing == s for x in reasons) for s in ("sure", "maybe"))
    return sure, maybe, sum(x.standing == "sure" for x in resources)


def _key(x: Answer) -> tuple[int, int, int, int]:
    sure, maybe, at_hand = x.fit
    return ORDER[x.state], -sure, -maybe, -at_hand


def _as_json(x: Reason) -> dict[str, Any]:
    found = x.value.gap
    ends = (None, None, None) if found is None else (found.central, found.low, found.high)
    how = {} if x.how is None else {"how": x.how}
    return {
        "indicator": x.indicator,
        **how,
        "standing": x.standing,
        "value": _number(x.value.central),
        "low": _number(x.value.low),
        "high": _number(x.value.high),
        **dict(zip(("gap", "gap_low", "gap_high"), ends, strict=True)),
        "sentence": x.sentence,
    }


def _number(x: float) -> float | None:
    return None if np.isnan(x) else x
