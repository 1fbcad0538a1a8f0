"""The catalogue as data: complete, in French, and every name leads somewhere."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from labo import units, words
from labo.catalogue import DECLARING_MODULES, INDICATORS, LAYERS, SOURCES, declarations
from labo.declared import Declared
from labo.errors import UnknownName
from labo.estimate import Estimate
from labo.indicator import Indicator, indicator
from labo.layer import Layer, layer
from labo.source import datasets
from labo.way import Crosswalk
from labo.words import quantity

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
KEYS = [
    "id", "label", "unit", "component", "direction", "hazards", "reading", "reference", "layers",
    "sources",
]  # fmt: skip
# Words that an English sentence can hardly do without, and a French one never has.
ENGLISH = re.compile(r"\b(the|of|and|with|is|are|who|number|households?|people)\b", re.IGNORECASE)
INDICATOR: dict[str, Any] = {
    "label": "Essai", "unit": "1", "component": "sensitivity", "direction": 1, "hazards": ("all",),
    "reference": "aucune", "reading": "Ici, {value}.",
}  # fmt: skip
LAYER: dict[str, Any] = {
    "label": "Essai", "unit": "resident", "kind": "extensive", "sources": ("insee_rp_iris",),
    "carried": Crosswalk(among=None, bounded=False, by="kind"), "error": None,
}  # fmt: skip

indicators = pytest.mark.parametrize("x", INDICATORS, ids=lambda x: x.id)
layers = pytest.mark.parametrize("x", LAYERS, ids=lambda x: x.id)


def test_every_module_of_declarations_declares_something() -> None:
    """Each is imported by being there; one that declares nothing is in the wrong folder."""
    declaring = {
        *(x.formula.__module__ for x in INDICATORS),
        *(x.formula.__module__ for x in LAYERS),
        *(x.read.__module__ for x in SOURCES if hasattr(x.read, "__module__")),
        *(x.read.func.__module__ for x in SOURCES if isinstance(x.read, partial)),
    }
    assert {m.__name__ for m in DECLARING_MODULES} <= declaring


@pytest.mark.parametrize("group", [SOURCES, LAYERS, INDICATORS], ids=lambda g: g.noun)
def test_ids_are_snake_case(group: Declared[Any]) -> None:
    assert [x.id for x in group if not SNAKE_CASE.fullmatch(x.id)] == []


@pytest.mark.parametrize("group", [LAYERS, INDICATORS], ids=lambda g: g.noun)
def test_ids_are_the_names_of_the_functions(group: Declared[Any]) -> None:
    assert [x.id for x in group] == [x.formula.__name__ for x in group]


@indicators
def test_indicator_speaks_french(x: Indicator) -> None:
    for text in (x.label, x.definition, x.reading, x.reference):
        assert not ENGLISH.search(text), text
    assert x.label[0].isupper()
    assert x.definition.endswith(".")
    assert x.reading.endswith(".")
    sentence = x.reading.format(value=quantity(0.25, x.unit))
    assert "{" not in sentence
    assert ",," not in sentence


@layers
def test_layer_speaks_french(x: Layer) -> None:
    for text in (x.label, x.definition):
        assert not ENGLISH.search(text), text
    assert x.label[0].isupper()
    assert x.definition.endswith(".")


@indicators
def test_indicator_has_words_for_what_is_shown(x: Indicator) -> None:
    assert x.unit in words.UNITS
    assert x.component in words.COMPONENTS
    assert x.direction in words.DIRECTIONS
    assert set(x.hazards) <= set(words.HAZARDS)


@indicators
def test_names_of_an_indicator_lead_somewhere(x: Indicator) -> None:
    assert set(x.layers) <= {y.id for y in LAYERS}
    assert x.source_ids
    assert set(x.source_ids) <= {s.id for s in SOURCES}
    units.parse(x.unit)


@layers
def test_names_of_a_layer_lead_somewhere(x: Layer) -> None:
    units.parse(x.unit)
    assert set(x.sources) <= set(datasets())
    assert x.among is None or x.among in LAYERS
    assert [i for i in INDICATORS if x.id in i.layers], f"no indicator reads {x.id}"


# What falls in one design storm is a height of water, with no layer of its own.
STORMS = {"runoff_potential": "mm"}


@indicators
def test_unit_of_an_indicator_follows_from_its_layers(x: Indicator) -> None:
    """A count has the dimension of its layer; a ratio has its parts' divided, where counts of
    households and of the dwellings that they occupy are one and the same thing."""
    one = units.parse("household / dwelling")
    [*parts, whole] = [units.parse(LAYERS[name].unit) for name in x.layers]
    found = (parts[0] / whole if parts else whole) * units.parse(STORMS.get(x.id, "1"))
    wanted = units.parse(x.unit)
    # Per resident or per thousand: the formula counts in thousands, the dimension is the same.
    assert wanted.dimensionality in (found.dimensionality, (found * one).dimensionality)


def test_json_of_an_indicator_has_the_promised_keys_and_nothing_empty() -> None:
    for x in INDICATORS:
        row = x.as_json()
        assert list(row) == KEYS
        assert [k for k, v in row.items() if v in (None, "", [], ())] == []
        assert row["component"] in words.COMPONENTS


def test_declarations_hold_nothing_empty() -> None:
    for rows in declarations().values():
        for row in rows:
            assert [k for k, v in row.items() if v in (None, "", [], ())] == [], row["id"]


def test_formula_is_kept_as_it_is_written() -> None:
    assert INDICATORS["poverty_share"].expression == "ratio(poor_households, households)"
    assert INDICATORS["population"].expression == "population"


@pytest.mark.parametrize("group", [SOURCES, LAYERS, INDICATORS], ids=lambda g: g.noun)
def test_catalogue_is_frozen_once_imported(group: Declared[Any]) -> None:
    with pytest.raises(TypeError, match="after the catalogue was frozen"):
        group.add(next(iter(group)))


def test_a_second_declaration_is_refused() -> None:
    twice: Declared[Indicator] = Declared("indicator")
    twice.add(INDICATORS["population"])
    with pytest.raises(TypeError, match="'population' is declared twice"):
        twice.add(INDICATORS["population"])


def test_unknown_name_says_what_is_near() -> None:
    with pytest.raises(UnknownName, match=r"no indicator named 'poverty_shar'.*poverty_share"):
        INDICATORS["poverty_shar"]
    with pytest.raises(UnknownName, match="labo list layers"):
        LAYERS["zzz"]


def formula(population: Any) -> Any:
    """Essai."""
    return population


def nameless(population: Any) -> Any:
    return population


def reads_nothing() -> Any:
    """Essai."""
    return np.zeros(1)


@pytest.mark.parametrize("missing", INDICATOR)
def test_indicator_without_a_keyword_is_an_error_at_import(missing: str) -> None:
    left = {k: v for k, v in INDICATOR.items() if k != missing}
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{missing}'"):
        indicator(**left)


@pytest.mark.parametrize("missing", LAYER)
def test_layer_without_a_keyword_is_an_error_at_import(missing: str) -> None:
    left = {k: v for k, v in LAYER.items() if k != missing}
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{missing}'"):
        layer(**left)


@pytest.mark.parametrize(
    ("changed", "declared", "message"),
    [
        ({}, nameless, "needs a docstring"),
        ({}, reads_nothing, "reads no layer"),
        ({"label": ""}, formula, "empty label"),
        ({"reading": "Ici."}, formula, "says {value} once"),
        ({"component": "danger"}, formula, "unknown component 'danger'"),
        ({"hazards": ()}, formula, "hazards are some of heat"),
        ({"hazards": ("fire",)}, formula, "hazards are some of heat"),
        ({"direction": 0}, formula, "direction is 1 or -1, not 0"),
        ({"unit": "furlong per person"}, formula, "is not a unit"),
    ],
)
def test_what_an_indicator_may_not_be(
    changed: dict[str, Any], declared: Callable[..., Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        indicator(**(INDICATOR | changed))(declared)


@pytest.mark.parametrize(
    ("changed", "declared", "message"),
    [
        ({}, nameless, "needs a docstring"),
        ({"label": ""}, formula, "needs a label"),
        ({"sources": ()}, formula, "needs a label and the datasets"),
        ({"kind": "intensive"}, formula, "'intensive' is not extensive or field"),
        ({"carried": "by hand"}, formula, "carried by 'by hand', which is no way"),
        ({"unit": "souls"}, formula, "'souls' is not a unit"),
    ],
)
def test_what_a_layer_may_not_be(
    changed: dict[str, Any], declared: Callable[..., Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        layer(**(LAYER | changed))(declared)


def test_what_bounds_a_layer_is_named() -> None:
    with pytest.raises(TypeError, match="bounded, but by which layer"):
        Crosswalk(among=None, bounded=True, by="kind")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"low": 3.0}, "An estimate of 2 lies outside its range 3 to 4: correct the range."),
        ({"grade": "sure"}, "'sure' is not verified or to_check"),
        ({"reference": ""}, "says where it comes from"),
        ({"unit": "souls"}, "'souls' is not a unit"),
    ],
)
def test_what_an_estimate_may_not_be(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "central": 2.0, "low": 1.0, "high": 4.0, "unit": "kelvin", "reference": "a report",
        "grade": "to_check", "scope": "air",
    }  # fmt: skip
    assert Estimate(**given).as_json() == given
    with pytest.raises(ValueError, match=re.escape(message)):
        Estimate(**(given | changed))


@pytest.mark.parametrize("text", ["", "foo", "m**", "3 m", "euro /", "((", "%", "dimensionless"])
def test_what_is_not_a_unit(text: str) -> None:
    with pytest.raises(ValueError, match="unit"):
        units.parse(text)


def test_counts_of_different_things_do_not_add() -> None:
    assert units.parse("1").dimensionless
    assert not units.parse("resident").is_compatible_with("household")
