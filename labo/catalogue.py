"""Imports every declaration, checks that they name one another rightly, and freezes them."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from labo import indicators, indices, layers, measures, sources, units
from labo.composite import INDICES
from labo.indicator import INDICATORS
from labo.layer import LAYERS
from labo.measure import MEASURES, Measure
from labo.place import PLACES
from labo.source import SOURCES, Source, datasets
from labo.way import Climate, OfCommune, Points, Walk

__all__ = [
    "DECLARING_MODULES",
    "INDICATORS",
    "INDICES",
    "LAYERS",
    "MEASURES",
    "PLACES",
    "SOURCES",
    "declarations",
]


def _modules_of(package: ModuleType) -> list[ModuleType]:
    """Import every module of a package: a declaration is in the catalogue by being written."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


DECLARING_MODULES = tuple(
    module for package in (sources, layers, indicators) for module in _modules_of(package)
)
_modules_of(indices)
_modules_of(measures)


def declarations() -> dict[str, list[dict[str, Any]]]:
    """Return all that is declared as plain data, by noun."""
    return {
        "sources": [_source(x) for x in SOURCES],
        "places": [x.as_json() for x in PLACES],
        "layers": [x.as_json() for x in LAYERS],
        "indicators": [
            x.as_json() | {"definition": x.definition, "formula": x.expression} for x in INDICATORS
        ],
        "indices": [x.as_json() for x in INDICES],
        "measures": [x.as_json() for x in MEASURES],
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
        TypeError: a layer's dataset or base, an indicator's layer, an index's indicator, or what a
            measure names is not declared; or what is the same for all would tell neighbourhoods
            apart.
    """
    known = datasets()
    names = {x.id for x in LAYERS}
    for place in PLACES:
        for dataset in place.choices:
            if dataset not in known:
                raise TypeError(f"place {place.id!r} is in {dataset!r}, which no source carries")
    for layer in LAYERS:
        for dataset in layer.sources:
            if dataset not in known:
                raise TypeError(f"layer {layer.id!r} reads {dataset!r}, which no source carries")
        if isinstance(layer.carried, Walk) and layer.carried.place not in PLACES:
            raise TypeError(f"layer {layer.id!r} walks to {layer.carried.place!r}: not a place")
        if isinstance(layer.carried, Points) and layer.carried.among not in {None, *names}:
            raise TypeError(f"layer {layer.id!r} is among {layer.carried.among!r}: not a layer")
        if layer.among is not None and layer.among not in LAYERS:
            raise TypeError(f"layer {layer.id!r} is among {layer.among!r}, which is not a layer")
    for indicator in INDICATORS:
        for name in indicator.layers:
            if name not in LAYERS:
                raise TypeError(f"indicator {indicator.id!r} reads {name!r}, which is not a layer")
    for index in INDICES:
        for name in (*index.indicators, *index.profile):
            if name not in INDICATORS:
                raise TypeError(f"index {index.id!r} reads {name!r}, which is not an indicator")
        for component, below in index.components.items():
            for name in below:
                _check_counted(index.id, {"all", *index.hazards}, component, name)
    for measure in MEASURES:
        _check_measure(measure)


def _check_counted(index: str, hazards: set[str], component: str, name: str) -> None:
    """Refuse an indicator that has no place in a component of an index."""
    x = INDICATORS[name]
    if x.component != component or not hazards & set(x.hazards):
        raise TypeError(f"index {index!r} counts {name!r} in {component}: it is of another kind")
    if _same_for_all(name):
        raise TypeError(f"index {index!r} counts {name!r}, the same for all: put it in its profile")


def _same_for_all(indicator: str) -> bool:
    layers = INDICATORS[indicator].layers
    return any(isinstance(LAYERS[layer].carried, OfCommune | Climate) for layer in layers)


def _check_measure(x: Measure) -> None:
    """Refuse a measure that answers or changes what is not there, or in another unit."""
    limiting = {limit.indicator: limit.threshold.unit for limit in x.limits}
    for name in (*x.answers, *x.leans_on, *limiting):
        if name not in INDICATORS:
            raise TypeError(f"measure {x.id!r} names {name!r}, which is not an indicator")
        if INDICATORS[name].unit in units.COUNTS or _same_for_all(name):
            raise TypeError(f"measure {x.id!r} names {name!r}: it tells no neighbourhood apart")
    for name, unit in limiting.items():
        if unit != INDICATORS[name].unit:
            raise TypeError(f"measure {x.id!r} limits {name!r} in {unit!r}")
    for name in x.opens:
        if name not in PLACES:
            raise TypeError(f"measure {x.id!r} opens {name!r}, which is not a place")
    for change in x.changes:
        for name in (change.layer, change.within):
            if name not in LAYERS:
                raise TypeError(f"measure {x.id!r} names {name!r}, which is not a layer")
        each = units.parse(change.each.unit) * units.parse(x.unit)
        if not each.is_compatible_with(units.parse(LAYERS[change.layer].unit)):
            raise TypeError(f"measure {x.id!r} changes {change.layer!r} in {change.each.unit!r}")


_check_names()
for _collection in (SOURCES, PLACES, LAYERS, INDICATORS, INDICES, MEASURES):
    _collection.freeze()
