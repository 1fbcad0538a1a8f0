"""How a layer reaches a zone: each way is what has to be said for it, and nothing else."""

from dataclasses import dataclass
from typing import Literal

Whose = Literal["residents", "households", "households in houses"]
By = Literal["kind", "period", "poverty"]
Combined = Literal["sum", "mean", "max"]


@dataclass(frozen=True, kw_only=True)
class Crosswalk:
    """Counts of source areas (cells of a grid, IRIS), shared out over the zones (`labo.transfer`).

    `among` names the layer that it is counted among (poor households among households) or spread
    over (floor area over residents); None for the count that the others depend on. `bounded` says
    that it cannot exceed that layer. `by` says what its rates differ by within a source area: the
    kind of building, when it was built (where that is known), or who lives there (poor or not, in a
    house or not, which the cells tell of an IRIS).
    """

    among: str | None
    bounded: bool
    by: By

    def __post_init__(self) -> None:
        if self.bounded and self.among is None:
            raise TypeError("the layer is bounded, but by which layer (among)?")


@dataclass(frozen=True, kw_only=True)
class Official:
    """Given by the producer for that very zone."""


@dataclass(frozen=True, kw_only=True)
class AtHomes:
    """Polygons, lines, points or pixels, read where people live (`labo.homes`).

    The formula gives a number per row, or per pixel; a home takes the largest of what lies within
    `reach_m` of it (0: where it stands). `elsewhere` is its value where nothing does: 0 where the
    file says all that there is (a flood zone), NaN where it then says nothing (a classified map).
    An extensive layer is the sum over `whose` homes of the value; a field is its mean over them.
    """

    whose: Whose
    elsewhere: float
    reach_m: float


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Minutes on foot from each home to the nearest place of a kind (`labo.access`).

    `place` is a declared kind of place. The formula takes the minutes, one number per home
    (infinite where there is none near), and gives a number per home; the layer is the sum over
    `whose` homes, or the mean for a field.
    """

    place: str
    whose: Whose
    speed_km_h: float


@dataclass(frozen=True, kw_only=True)
class OnGround:
    """Square metres of the zone's ground: the formula gives the share (0 to 1) of each polygon or
    pixel that counts. `elsewhere` is the share where no polygon lies: 0, or NaN where the file then
    says nothing.
    """

    elsewhere: float


@dataclass(frozen=True, kw_only=True)
class Points:
    """What stands inside the zone, added up: the formula gives a number per row.

    `among` names the Points layer of the same file that a layer is a sample's part of (dwellings
    labelled F among those diagnosed): the part of a few says little of the part of all. None where
    the file holds all that there is.
    """

    among: str | None


@dataclass(frozen=True, kw_only=True)
class OfCommune:
    """Known by commune only (column `commune`): it is told of communes and of the EPCI, and never
    of a neighbourhood, because it says nothing of the difference between two of them.

    `rows` says how several rows of a commune are put together. The EPCI gets the mean over its
    residents.
    """

    rows: Combined


@dataclass(frozen=True, kw_only=True)
class Climate:
    """Of a climate that is to come, told of the EPCI only, by horizon, as an ensemble's range."""


Way = Crosswalk | Official | AtHomes | Walk | OnGround | Points | OfCommune | Climate
