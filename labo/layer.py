"""What a layer is: an extensive quantity known for source areas, carried to zones as a sum."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from labo import units
from labo.declared import Declared
from labo.source import datasets

Formula = Callable[[pd.DataFrame], "pd.Series[float]"]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """An extensive quantity read from one dataset.

    `among` names the layer that it is counted among (poor households among households) or spread
    over (floor area over households); None for the count that the others depend on. `bounded` says
    that it cannot exceed that layer. `carried` says how it reaches a zone: by the crosswalk from
    source areas, or as given by the producer for that very zone.
    """

    id: str
    label: str
    unit: str
    kind: Literal["extensive", "field"]
    sources: tuple[str, ...]
    among: str | None
    bounded: bool
    carried: Literal["crosswalk", "official"]
    formula: Formula
    definition: str

    @property
    def source_ids(self) -> list[str]:
        """The declared sources (every vintage) that can feed it."""
        known = datasets()
        return [source.id for dataset in self.sources for source in known[dataset]]


LAYERS: Declared[Layer] = Declared("layer")


def layer(
    *,
    label: str,
    unit: str,
    kind: Literal["extensive", "field"],
    sources: tuple[str, ...],
    among: str | None,
    bounded: bool,
    carried: Literal["crosswalk", "official"] = "crosswalk",
) -> Callable[[Formula], Formula]:
    """Declare the decorated function as a layer: its name is the id, its docstring the definition.

    The function takes the dataset's tidy table and returns one number per row.

    Raises:
        TypeError: no definition.
        ValueError: a unit that is not one.
    """

    def declare(formula: Formula) -> Formula:
        name = formula.__name__
        if not formula.__doc__:
            raise TypeError(f"layer {name!r} needs a docstring: its definition in French")
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
            )
        )
        return formula

    return declare
