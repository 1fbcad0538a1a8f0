"""What a plan of measures, and a level of warming, change: the same formulas run again on layers.

    plan = plan_of([{"measure": "plant_trees", "zone": "QN09901M", "quantity": 120}])
    scenario_of(Path("release"), plan).differences

Each draw of the release is run with and without the plan, so that what they share cancels out:
where nothing changes, the difference is exactly zero and the value is that of the release to the
last bit. Scores are read against today's neighbourhoods on both sides. Climate stays what it is, a
figure of the agglomeration: it never tells two neighbourhoods apart. What cannot be run again is
named with the reason. Messages are French: they answer the person who wrote the plan.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from labo.catalogue import INDICATORS, LAYERS, MEASURES
from labo.changed_layers import applied, each_drawn, strengths
from labo.errors import BadInput, UnknownName
from labo.formula import number
from labo.measure import Measure
from labo.measure_plan import Line, Plan
from labo.ranges import NIL, Range, added, sure
from labo.words import change, figure, interval, quantity

if TYPE_CHECKING:
    from labo.basis import Basis, Hidden, Told
    from labo.index_data import Known

Floats = npt.NDArray[np.float64]
Verdict = Literal["better", "worse", "indistinct", "same"]

# Levels of warming of the TRACC (°C in France against pre-industrial) and their horizons.
LEVELS: Mapping[float, str] = {2.0: "2030", 2.7: "2050", 4.0: "2100"}
SYSTEM = "TRACC"
# Where a plan may say that something is done.
PLACES = ("qpv", "perimeter", "commune")
VERDICTS: Mapping[Verdict, str] = {
    "better": "mieux",
    "worse": "moins bien",
    "indistinct": "non distinguable",
    "same": "rien ne change",
}
LOW, HIGH = 0.05, 0.95
POINT = "point"


@dataclass(frozen=True)
class Difference:
    """An indicator of a zone, or a score, before and after; `drawn` holds both by draw.

    name: of the indicator, or of the index. component: "" for an indicator; for a score, "index" or
    one of its components. direction: +1 where more is more vulnerable. Scores go from 0 to 100.
    """

    zone: str
    name: str
    component: str
    unit: str
    direction: int
    before: Range
    after: Range
    change: Range
    drawn: tuple[Floats, Floats] = field(repr=False, compare=False)

    @property
    def verdict(self) -> Verdict:
        """Whether it surely is better or worse; "indistinct" where it may be neither."""
        if self.change == NIL:
            return "same"
        if not sure(self.change):
            return "indistinct"
        return "better" if self.change.central * self.direction < 0 else "worse"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        what = {"index": self.name, "component": self.component} if self.component else {}
        return {
            "zone": self.zone,
            **(what or {"indicator": self.name}),
            "unit": self.unit,
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "difference": self.change.as_json(),
            "verdict": VERDICTS[self.verdict],
        }


@dataclass(frozen=True)
class NotRun:
    """What was not run again, and why. name: an indicator, an index, a measure, or a theme."""

    name: str
    zone: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        where = {"zone": self.zone} if self.zone else {}
        return {"name": self.name, **where, "reason": self.reason}


@dataclass(frozen=True)
class Cost:
    """What the plan costs, with the catalogue's costs: euros, and euros a year, without tax."""

    capital: Range
    running: Range

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"capital": self.capital.as_json(), "running": self.running.as_json()}


@dataclass(frozen=True)
class Scenario:
    """What a plan changes.

    territory: its name. zones: those that the plan is about or changes, by id, with their names.
    differences: every indicator that a formula could be run again for, in these zones; those that
    nothing changes are exactly zero. scores: of each index and component, for each QPV. climate: of
    the agglomeration, from its reference period to the level of warming. not_run: what was not run
    again. notes: what a reader must know.
    """

    territory: str
    plan: Plan
    warming: float | None
    zones: Mapping[str, str]
    differences: tuple[Difference, ...]
    scores: tuple[Difference, ...]
    climate: tuple[Difference, ...]
    not_run: tuple[NotRun, ...]
    cost: Cost
    notes: tuple[str, ...]

    @property
    def changed(self) -> tuple[Difference, ...]:
        """The indicators that something changes."""
        return tuple(x for x in self.differences if x.verdict != "same")

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        level = {} if self.warming is None else {"warming": self.warming}
        return {
            "territory": self.territory,
            "plan": self.plan.as_json(),
            **level,
            "zones": dict(self.zones),
            "differences": [x.as_json() for x in self.differences],
            "scores": [x.as_json() for x in self.scores],
            "climate": [x.as_json() for x in self.climate],
            "not_run": [x.as_json() for x in self.not_run],
            "cost": self.cost.as_json(),
            "notes": list(self.notes),
        }


def scenario_of(
    folder: Path, plan: Plan, warming: float | None = None, *, hidden: Hidden = frozenset()
) -> Scenario:
    """Return what a plan, a level of warming, or both change in the zones of a release.

    The release is read once and kept; a run then takes some tens of milliseconds.

    Args:
        folder: of the release.
        plan: what would be done (`labo.measure_plan`); it may be empty.
        warming: 2, 2.7 or 4 °C of the TRACC; None for today's climate.
        hidden: (zone, indicator) of values that whoever asks may not see.

    Raises:
        BadInput: more than there is ground for, a place that is not in its zone, no such level.
        UnknownName: a zone that is not in the release.
        MissingFile, DamagedRelease: the release cannot be read.
    """
    from labo.basis import basis_of

    if warming is not None and warming not in LEVELS:
        levels = ", ".join(f"{x:g}" for x in LEVELS)
        raise BadInput(f"Réchauffement {warming:g} °C : la TRACC a {levels}.")
    basis = basis_of(folder, hidden)
    return _run(basis, plan, warming)
