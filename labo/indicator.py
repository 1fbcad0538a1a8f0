"""What an indicator is: a small pure formula on layers, with everything its reader must know."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from labo import units
from labo.declared import Declared
from labo.layer import LAYERS

Floats = npt.NDArray[np.float64]
Formula = Callable[..., Floats]
Component = Literal["hazard", "exposure", "sensitivity", "adaptive_capacity"]
HAZARDS = ("heat", "flood", "drought", "air", "energy", "nature", "all")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A declared indicator.

    `direction` is +1 when a higher value means more vulnerability, −1 when it means less.
    `reference` says what a value is read against. `layers` are the formula's parameters, in order.
    """

    id: str
    label: str
    unit: str
    component: Component
    direction: Literal[1, -1]
    hazards: tuple[str, ...]
    reference: str
    reading: str
    formula: Formula
    layers: tuple[str, ...]
    definition: str

    @property
    def source_ids(self) -> list[str]:
        """The declared sources behind its layers, each once."""
        ids = (source for name in self.layers for source in LAYERS[name].source_ids)
        return list(dict.fromkeys(ids))

    @property
    def expression(self) -> str:
        """The formula as it is written in the code, without its docstring."""
        source = textwrap.dedent(inspect.getsource(self.formula))
        function = cast(ast.FunctionDef, ast.parse(source).body[0])
        return "\n".join(map(ast.unparse, function.body[1:])).removeprefix("return ")

    def as_json(self) -> dict[str, Any]:
        """Return the stable public description: its keys never change, nothing in it is empty."""
        return {
            "id": self.id,
            "label": self.label,
            "unit": self.unit,
            "component": self.component,
            "direction": self.direction,
            "hazards": list(self.hazards),
            "reading": self.reading,
            "reference": self.reference,
            "layers": list(self.layers),
            "sources": self.source_ids,
        }


INDICATORS: Declared[Indicator] = Declared("indicator")


def indicator(
    *,
    label: str,
    unit: str,
    component: Component,
    direction: Literal[1, -1],
    hazards: tuple[str, ...],
    reference: str,
    reading: str,
) -> Callable[[Formula], Formula]:
    """Declare the decorated function as an indicator: its name is the id.

    Its parameters are the layers it reads, its docstring its definition, in French. Arrays come in
    with zones first, and draws after them when there are; the formula must not care.

    Raises:
        TypeError: something required is missing.
        ValueError: a unit that is not one, or a reading without a place for the value.
    """

    def declare(formula: Formula) -> Formula:
        name = formula.__name__
        layers = tuple(inspect.signature(formula).parameters)
        if not formula.__doc__:
            raise TypeError(f"indicator {name!r} needs a docstring: its definition in French")
        for text, value in (("label", label), ("reading", reading), ("reference", reference)):
            if not value:
                raise TypeError(f"indicator {name!r} has an empty {text}")
        if reading.count("{value}") != 1:
            raise ValueError(
                f"indicator {name!r}: its reading says {{value}} once, not {reading!r}"
            )
        if not layers:
            raise TypeError(f"indicator {name!r} reads no layer: its parameters are layers")
        if component not in get_args(Component):
            raise TypeError(f"indicator {name!r} has an unknown component {component!r}")
        if not hazards or not set(hazards) <= set(HAZARDS):
            raise TypeError(f"indicator {name!r}: hazards are some of {', '.join(HAZARDS)}")
        if direction not in (1, -1):
            raise TypeError(f"indicator {name!r}: direction is 1 or -1, not {direction!r}")
        units.parse(unit)
        INDICATORS.add(
            Indicator(
                id=name,
                label=label,
                unit=unit,
                component=component,
                direction=direction,
                hazards=hazards,
                reference=reference,
                reading=reading,
                formula=formula,
                layers=layers,
                definition=" ".join(formula.__doc__.split()),
            )
        )
        return formula

    return declare
