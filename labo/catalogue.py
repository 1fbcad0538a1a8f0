"""Imports every declaration, checks that they name one another rightly, and freezes them."""

from typing import Any

from labo.indicator import INDICATORS
from labo.indicators import exposure, sensitivity
from labo.layer import LAYERS
from labo.layers import housing, population
from labo.source import SOURCES, Source, datasets
from labo.sources import anct, anru, ign, insee

__all__ = ["DECLARING_MODULES", "INDICATORS", "LAYERS", "SOURCES", "declarations"]

DECLARING_MODULES = (anct, anru, ign, insee, population, housing, exposure, sensitivity)


def declarations() -> dict[str, list[dict[str, Any]]]:
    """Return all that is declared as plain data: sources, layers, indicators."""
    return {
        "sources": [_source(x) for x in SOURCES],
        "layers": [x.as_json() for x in LAYERS],
        "indicators": [
            x.as_json() | {"definition": x.definition, "formula": x.expression} for x in INDICATORS
        ],
    }


def _source(source: Source) -> dict[str, Any]:
    description = {
        "id": source.id,
        "dataset": source.dataset,
        "label": source.label,
        "producer": source.producer,
        "licence": source.licence,
        "vintage": source.vintage,
        "page": source.page,
        "format": source.format,
    }
    return description | ({"crs": source.crs} if source.crs is not None else {})


def _check_names() -> None:
    """Refuse a catalogue in which a name leads nowhere.

    Raises:
        TypeError: a layer's dataset or base, or an indicator's layer, is not declared.
    """
    known = datasets()
    for layer in LAYERS:
        for dataset in layer.sources:
            if dataset not in known:
                raise TypeError(f"layer {layer.id!r} reads {dataset!r}, which no source carries")
        if layer.among is not None and layer.among not in LAYERS:
            raise TypeError(f"layer {layer.id!r} is among {layer.among!r}, which is not a layer")
    for indicator in INDICATORS:
        for name in indicator.layers:
            if name not in LAYERS:
                raise TypeError(f"indicator {indicator.id!r} reads {name!r}, which is not a layer")


_check_names()
for _collection in (SOURCES, LAYERS, INDICATORS):
    _collection.freeze()
