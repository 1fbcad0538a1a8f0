"""A declared number never travels alone: with it go its range, its unit and its reference."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from labo import units

Grade = Literal["verified", "to_check"]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number taken from somewhere.

    `low` and `high` bound it as an interval does (9 times out of 10 where nothing else is said).
    `reference` names what a reader can open; `grade` is "verified" when someone read the number
    there, "to_check" otherwise. `scope` says of what it holds (air, surface, a neighbourhood …).

    Raises:
        ValueError: low ≤ central ≤ high does not hold, a unit that is not one, or no reference.
    """

    central: float
    low: float
    high: float
    unit: str
    reference: str
    grade: Grade
    scope: str

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            raise ValueError(
                f"An estimate of {self.central:g} lies outside its range {self.low:g} to "
                f"{self.high:g}: correct the range."
            )
        if self.grade not in get_args(Grade):
            raise ValueError(f"{self.grade!r} is not {' or '.join(get_args(Grade))}")
        if not self.reference or not self.scope:
            raise ValueError("An estimate says where it comes from and of what it holds.")
        units.parse(self.unit)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "central": self.central,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "reference": self.reference,
            "grade": self.grade,
            "scope": self.scope,
        }
