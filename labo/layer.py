"""What a layer is: an extensive quantity known for source areas, carried to zones as a sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from labo import units
from labo.declared import Declared
from labo.source import datasets

if TYPE_CHECKING:  # what only lists declarations need not wait for pandas
    import pandas as pd

    Formula = Callable[[pd.DataFrame], pd.Series[float]]

Kind = Literal["extensive", "field"]
Way = Literal["crosswalk", "official"]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """An extensive quantity read from one dataset.

    `among` names the layer that it is counted among (poor households among households) or spread
    over (floor area over households); None for the count that the others depend on. `bounded` says
    that it cannot exceed that layer. `carried` says how it reaches a zone: by the crosswalk from
    source areas, or as given by the producer for that very zone. `by_period` says that it depends
    on when buildings were built, where that is known, rather than on their kind.
    """

    id: str
    label: str
    unit: str
    kind: Kind
    sources: tuple[str, ...]
    among: str | None
    bounded: bool
    carried: Way
    formula: Formula
    definition: str
    by_period: bool = False

    @property
    def source_ids(self) -> list[str]:
        """The declared sources (every vintage) that can feed it."""
        known = datasets()
        return [source.id for dataset in self.sources for source in known[dataset]]

    def as_json(self) -> dict[str, Any]:
        """Return the stable public description; `among` is only there where there is one."""
        description = {
            "id": self.id,
            "label": self.label,
            "unit": self.unit,
            "kind": self.kind,
            "carried": self.carried,
            "definition": self.definition,
            "sources": self.source_ids,
        }
        return description | ({"among": self.among} if self.among is not None else {})


LAYERS: Declared[Layer] = Declared("layer")


def layer(
    *,
    label: str,
    unit: str,
    kind: Kind,
    sources: tuple[str, ...],
    among: str | None,
    bounded: bool,
    carried: Way,
    by_period: bool = False,
) -> Callable[[Formula], Formula]:
    """Declare the decorated function as a layer: its name is the id, its docstring the definition.

    The function takes the dataset's tidy table and returns one number per row.

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
        for value, known in ((kind, Kind), (carried, Way)):
            if value not in get_args(known):
                raise TypeError(f"layer {name!r}: {value!r} is not {' or '.join(get_args(known))}")
        if bounded and among is None:
            raise TypeError(f"layer {name!r} is bounded, but by which layer (among)?")
        units.parse(unit)
        LAYERS.add(
            Layer(
                id=name,
                label=label,
                unit=unit,
                kind=kind,
                sources=sources,
                among=among,
                bounded=bounded,
                carried=carried,
                formula=formula,
                definition=" ".join(formula.__doc__.split()),
                by_period=by_period,
            )
        )
        return formula

    return declare
