"""Imports every declaration, checks that they name one another rightly, and freezes them."""

from labo.indicator import INDICATORS
from labo.indicators import exposure, sensitivity
from labo.layer import LAYERS
from labo.layers import housing, population
from labo.source import SOURCES, datasets
from labo.sources import anct, ign, insee

__all__ = ["DECLARING_MODULES", "INDICATORS", "LAYERS", "SOURCES"]

DECLARING_MODULES = (anct, ign, insee, population, housing, exposure, sensitivity)


def _check_names() -> None:
    """Refuse a catalogue in which a name leads nowhere.

    Raises:
        TypeError: a layer's dataset or base, or an indicator's layer, is not declared.
    """
    for layer in LAYERS:
        if lost := set(layer.sources) - set(datasets()):
            raise TypeError(f"layer {layer.id!r} reads {lost.pop()!r}, which no source carries")
        if layer.among is not None and layer.among not in LAYERS:
            raise TypeError(f"layer {layer.id!r} is among {layer.among!r}, which is not a layer")
    for indicator in INDICATORS:
        for name in indicator.layers:
            if name not in LAYERS:
                raise TypeError(f"indicator {indicator.id!r} reads {name!r}, which is not a layer")


_check_names()
for _collection in (SOURCES, LAYERS, INDICATORS):
    _collection.freeze()
