"""What a layer is: a quantity read from official files and brought to zones in a declared way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from labo import units
from labo.declared import Declared
from labo.estimate import Estimate
from labo.source import datasets
from labo.way import By, Crosswalk, Way

if TYPE_CHECKING:  # what only lists declarations need not wait for pandas
    # A table's rows, the values of a raster's pixels, or minutes of walking: a number for each.
    Formula = Callable[[Any], Any]

Kind = Literal["extensive", "field"]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A quantity read from one dataset (or measured on foot), per zone once it has been `carried`.

    An extensive layer is a sum; a field (a temperature, a concentration) reaches a zone as a mean.
    `error` is the standard error that the producer, or whoever checked the file, states; None where
    the only doubt is in the way the layer is carried. It is relative where its unit is "1" (but for
    fields that are shares themselves), else in the layer's unit, and is that of:

    - a neighbourhood's value, as a rule;
    - what is measured at a home (minutes, a pixel), where an extensive layer counts the homes
      beyond a threshold: a small error there may move many people or none;
    - a count of one source area, for the crosswalk: of 100 people for the census, whose samples err
      as the square root of the count.
    """

    id: str
    label: str
    unit: str
    kind: Kind
    sources: tuple[str, ...]
    carried: Way
    error: Estimate | None
    formula: Formula
    definition: str

    @property
    def among(self) -> str | None:
        """The layer that it is counted among, if it is carried by the crosswalk."""
        return self.carried.among if isinstance(self.carried, Crosswalk) else None

    @property
    def bounded(self) -> bool:
        """Whether it cannot exceed the layer that it is counted among."""
        return isinstance(self.carried, Crosswalk) and self.carried.bounded

    @property
    def by(self) -> By:
        """What its rates differ by, if it is carried by the crosswalk."""
        return self.carried.by if isinstance(self.carried, Crosswalk) else "kind"

    @property
    def source_ids(self) -> list[str]:
        """The declared sources (every vintage) that can feed it."""
        known = datasets()
        return [source.id for dataset in self.sources for source in known[dataset]]

    def as_json(self) -> dict[str, Any]:
        """Return the stable public description; `among` is only there where there is one."""
        description: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "unit": self.unit,
            "kind": self.kind,
            "carried": type(self.carried).__name__,
            "definition": self.definition,
            "sources": self.source_ids,
        }
        if self.error is not None:
            description["error"] = self.error.as_json()
        return description | ({"among": self.among} if self.among is not None else {})


LAYERS: Declared[Layer] = Declared("layer")


def layer(
    *,
    label: str,
    unit: str,
    kind: Kind,
    sources: tuple[str, ...],
    carried: Way,
    error: Estimate | None,
) -> Callable[[Formula], Formula]:
    """Declare the decorated function as a layer: its name is the id, its docstring the definition.

    The function takes the dataset's tidy table, or the values of a raster's pixels, or the minutes
    of walking, and returns one number for each.

    Raises:
        TypeError: something required is missing.
        ValueError: a unit that is not one.
    """

    def declare(formula: Formula) -> Formula:
        name = formula.__name__
        if not formula.__doc__:
            raise TypeError(f"layer {name!r} needs a docstring: its definition in French")
        if not label or not sources:
            raise TypeError(f"layer {name!r} needs a label and the datasets that it reads")
        if kind not in get_args(Kind):
            raise TypeError(f"layer {name!r}: {kind!r} is not {' or '.join(get_args(Kind))}")
        if not isinstance(carried, Way):
            raise TypeError(f"layer {name!r} is carried by {carried!r}, which is no way")
        units.parse(unit)
        LAYERS.add(
            Layer(
                id=name,
                label=label,
                unit=unit,
                kind=kind,
                sources=sources,
                carried=carried,
                error=error,
                formula=formula,
                definition=" ".join(formula.__doc__.split()),
            )
        )
        return formula

    return declare
