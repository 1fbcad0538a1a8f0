"""Measures as data: complete, in French, every number an estimate; and what they do to layers."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo import measure_words, units
from labo.catalogue import INDICATORS, INDICES, LAYERS, MEASURES, _check_measure, declarations
from labo.changed_layers import applied
from labo.errors import BadInput, UnknownName
from labo.estimate import Estimate
from labo.index import build, from_components
from labo.measure import (
    MAY_BE_EMPTY,
    Change,
    Check,
    Effect,
    Measure,
    Reference,
    Reply,
    measure,
    published,
    to_check,
)
from labo.measure_words import said

measures = pytest.mark.parametrize("x", MEASURES, ids=lambda x: x.id)
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
ENGLISH = re.compile(r"\b(the|of|and|with|is|are|who|number|households?|people)\b", re.IGNORECASE)
TREES = MEASURES["plant_trees"]


def texts(x: Measure) -> list[str]:
    return [
        *(x.label, x.summary, x.unit_label),
        *(e.says for e in x.effects),
        *(r.says for r in x.answers.values()),
        *x.leans_on.values(),
        *(y.says for y in x.limits),
        *(*x.impossible_if, *x.co_benefits, *x.pitfalls, *x.benefits, *x.loses),
        *(c.says for c in x.checks.values()),
        *(e.scope for e in x.estimates),
    ]


def test_there_are_works_and_people() -> None:
    assert len(MEASURES) >= 32
    kinds = [x.kind for x in MEASURES]
    assert set(kinds) == set(measure_words.KINDS)
    assert kinds.count("soft") >= 10
    assert {x.family for x in MEASURES} == set(measure_words.FAMILIES)


@measures
def test_measure_is_complete_and_speaks_french(x: Measure) -> None:
    assert SNAKE_CASE.fullmatch(x.id)
    for text in texts(x):
        assert text.strip() == text
        assert text
        assert not ENGLISH.search(text), text
    assert x.label[0].isupper()
    assert x.label.split()[0][-1] in "re", "a label is a verb: Planter, Ouvrir, Faire"
    for sentence in (x.summary, *(c.says for c in x.checks.values())):
        assert sentence.endswith((".", "?")), sentence
    assert list(x.checks) == list(measure_words.QUESTIONS)


@measures
def test_every_number_is_in_its_unit_and_says_where_it_comes_from(x: Measure) -> None:
    per = units.parse(x.unit)
    assert (units.parse(x.capital.unit) * per).dimensionality == units.parse("euro").dimensionality
    yearly = units.parse("euro / year").dimensionality
    assert (units.parse(x.running.unit) * per).dimensionality == yearly
    for number in x.estimates:
        assert number.low <= number.central <= number.high
        if number.grade == "verified":
            assert "https://" in number.reference
    assert x.capital.low >= 0
    assert x.capital.high > 0


@measures
def test_nothing_is_verified_without_an_address(x: Measure) -> None:
    if x.grade == "verified":
        assert all("https://" in number.reference for number in x.estimates)
    for reference in x.references:
        assert reference.url is None or reference.url.startswith("https://")


@measures
def test_names_of_a_measure_lead_somewhere(x: Measure) -> None:
    assert set(x.answers) | set(x.leans_on) <= {i.id for i in INDICATORS}
    assert {y.indicator for y in x.limits} <= {i.id for i in INDICATORS}
    for change in x.changes:
        assert {change.layer, change.within} <= {y.id for y in LAYERS}
    of = {h for name in x.answers for h in INDICATORS[name].hazards}
    # Who lives here matters whatever strikes. Drought, but for clay, is known by commune only.
    told = set(x.hazards) <= of | {"drought"}
    assert "all" in of or told, "a hazard of which no answered indicator tells"


@measures
def test_what_improves_an_indicator_changes_its_layers_and_the_other_way_round(x: Measure) -> None:
    """A measure that says that it acts on an indicator shows by how much, where that is a sum."""
    changed = {change.layer for change in x.changes}
    moved = {i.id for i in INDICATORS if changed & set(i.layers)}
    said_to_move = {name for name, reply in x.answers.items() if reply.how == "improves"}
    unmeasured = {
        name
        for name in said_to_move - moved
        if all(LAYERS[y].kind == "extensive" for y in INDICATORS[name].layers)
    }
    # How many people a new place reaches depends on where it is.
    assert unmeasured <= {"cool_outdoor_access_share", "green_space_access_share"}


@measures
def test_json_holds_nothing_empty_and_the_same_keys(x: Measure) -> None:
    row = x.as_json()
    assert [k for k, v in row.items() if v in (None, "", [], (), {})] == []
    assert set(row) - set(MAY_BE_EMPTY) == set(MEASURES["plant_trees"].as_json()) - set(
        MAY_BE_EMPTY
    )
    assert row in declarations()["measures"]


def test_degrees_of_different_scopes_are_never_one_number() -> None:
    """Nothing adds effects up: a measure has no total, and a scope holds one figure at most."""
    for x in MEASURES:
        scopes = [e.on for e in x.effects]
        assert len(scopes) == len(set(scopes)), x.id
    assert not {"total", "effect", "degrees"} & set(dir(Measure))


# Declaring


def given_by(x: Measure, **changed: Any) -> dict[str, Any]:
    return vars(x) | {"id": "one_more"} | changed


@pytest.mark.parametrize("missing", sorted(vars(TREES)))
def test_measure_without_a_keyword_is_an_error_at_import(missing: str) -> None:
    left: Any = {k: v for k, v in vars(TREES).items() if k != missing}
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{missing}'"):
        measure(**left)


@pytest.mark.parametrize("name", sorted(set(vars(TREES)) - {"id", *MAY_BE_EMPTY}))
def test_measure_with_an_empty_field_is_an_error_at_import(name: str) -> None:
    value = getattr(TREES, name)
    if isinstance(value, Estimate):
        return
    empty: Any = type(value)()
    with pytest.raises(TypeError, match=f"'one_more' has an empty {name}"):
        measure(**(given_by(TREES) | {name: empty}))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"family": "magic"}, "'magic' is no family; there are shade"),
        ({"kind": "pink"}, "'pink' is no kind"),
        ({"hazards": ("fire",)}, "'fire' is no hazard"),
        ({"needs": ("luck",)}, "'luck' is no need"),
        ({"decides": ("king",)}, "'king' is no decider"),
        ({"funding": ("lottery",)}, "'lottery' is no funder"),
        ({"effects": (Effect(on="mood", says="Joie.", value=None),)}, "'mood' is no scope"),
        ({"benefits": ("tous")}, "benefits is a tuple: a comma is missing"),
        ({"checks": {"shifts": Check("no", "Non.")}}, "answers shifts, charges"),
        ({"capital": replace(TREES.capital, unit="euro")}, "capital is in 'euro'"),
        ({"delay": replace(TREES.delay, unit="year")}, "delay is in 'year', expected 'month'"),
        (
            {"capital": replace(TREES.capital, grade="verified", reference="un ami")},
            "is verified, but its reference has no address",
        ),
    ],
)
def test_what_a_measure_may_not_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        measure(**given_by(TREES, **changed))


def test_what_a_measure_may_not_name() -> None:
    wrong = {
        "which is not an indicator": {"answers": {"happiness": Reply("improves", "Oui.")}},
        "tells no neighbourhood apart": {"answers": {"population": Reply("improves", "Oui.")}},
        "'days_above_30_per_year': it tells": {"leans_on": {"days_above_30_per_year": "Oui."}},
        "opens 'magic', which is not a place": {"opens": ("magic",)},
        "which is not a layer": {"changes": (replace(TREES.changes[0], layer="magic"),)},
        "in 'kelvin'": {
            "changes": (
                Change(
                    layer="canopy_ground",
                    each=to_check(1, 1, 1, "kelvin", "essai"),
                    within="zone_ground",
                ),
            )
        },
        "limits 'open_soil_share' in 'mm'": {
            "limits": (replace(TREES.limits[0], threshold=to_check(1, 1, 1, "mm", "essai")),)
        },
    }
    changed: Any
    for message, changed in wrong.items():
        with pytest.raises(TypeError, match=re.escape(message)):
            _check_measure(replace(TREES, **changed))


def test_a_published_number_needs_an_address() -> None:
    with pytest.raises(ValueError, match="has no address"):
        published(1, 2, "month", "essai", Reference("Un livre", None))
    read = published(1, 4, "month", "essai", Reference("Une page", "https://example.org"))
    assert (read.central, read.grade) == (2.5, "verified")


def test_catalogue_of_measures_is_frozen_and_says_what_is_near() -> None:
    with pytest.raises(TypeError, match="after the catalogue was frozen"):
        MEASURES.add(TREES)
    with pytest.raises(UnknownName, match=r"no measure named 'plant_tree'.*plant_trees"):
        MEASURES["plant_tree"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (to_check(1500, 500, 3000, "euro / tree", "x"), "1_500_€ (500 à 3_000), à vérifier"),
        (to_check(-0.5, -2, 0.5, "euro / m**2 / year", "x"), "−0,5 € (−2 à 0,5), à vérifier"),
        (to_check(9, 6, 12, "month", "x"), "9 mois (6 à 12), à vérifier"),
        (to_check(-1, -3, 0, "kelvin", "x"), "−1,0_°C (−3,0 à 0,0), à vérifier"),
        (to_check(0.4, 0.2, 0.6, "1", "x"), "40,0_% (20,0 à 60,0), à vérifier"),
    ],
)
def test_a_number_is_said_with_its_range_and_grade(number: Estimate, text: str) -> None:
    assert said(number) == text.replace("_", "\u202f")


@measures
def test_every_number_has_words(x: Measure) -> None:
    for number in x.estimates:
        text = said(number)
        assert not re.search(r"[*/]|\b(meter|kelvin|euro|post|place)\b", text), text


# What it does to layers. These are laws: they hold of any neighbourhood.

NEEDED = sorted({name for x in INDICATORS for name in x.layers})


@st.composite
def neighbourhoods(draw: Any) -> dict[str, np.ndarray]:
    """Layers of three zones that hang together: parts are no larger than the ground."""
    ground = np.array(draw(st.lists(st.floats(1e3, 1e6), min_size=3, max_size=3)))
    share = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(np.array)
    layers = {name: ground * draw(share) for name in LAYERS_ON_GROUND}
    sealed = draw(share)
    layers |= {
        "zone_ground": ground,
        "impervious_ground": ground * sealed,
        "soil_runoff_ground": ground * (1 - sealed) * 0.18,
        "population": np.array([100.0, 2000.0, 5000.0]),
    }
    return layers


LAYERS_ON_GROUND = sorted(
    {c.layer for x in MEASURES for c in x.changes} - {"impervious_ground", "soil_runoff_ground"}
)
READ = [
    x
    for x in INDICATORS
    if set(x.layers)
    <= {*LAYERS_ON_GROUND, "zone_ground", "impervious_ground", "soil_runoff_ground", "population"}
]
CHANGING = [x for x in MEASURES if x.changes]


def test_laws_are_about_something() -> None:
    assert len(CHANGING) >= 6
    assert {"canopy_share", "impervious_share", "open_soil_share", "runoff_potential"} <= {
        x.id for x in READ
    }


@given(neighbourhoods(), st.sampled_from(list(MEASURES)))
def test_no_measure_is_a_difference_of_exactly_zero(layers: Any, x: Measure) -> None:
    after = applied(layers, x, 0)
    assert all(np.array_equal(after[name], layers[name]) for name in layers)


@given(neighbourhoods(), st.sampled_from(CHANGING), st.floats(0, 1e5))
def test_a_measure_never_makes_an_indicator_worse(layers: Any, x: Measure, quantity: float) -> None:
    """Each moves to the side of less vulnerability, or stays: within the noise of a division."""
    after = applied(layers, x, quantity)
    for i in READ:
        before, then = (i.formula(*(side[name] for name in i.layers)) for side in (layers, after))
        assert (i.direction * (then - before) <= 1e-9 * (1 + np.abs(before))).all(), i.id


@given(neighbourhoods(), st.sampled_from(CHANGING), st.floats(0, 1e5))
def test_a_measure_never_raises_the_vulnerability_of_an_index(
    layers: Any, x: Measure, quantity: float
) -> None:
    """The same tree and reference, before and after: the score of a helped zone does not rise."""
    after = applied(layers, x, np.array([quantity, 0.0, 0.0]))
    index = INDICES["nature"]
    names = [name for name in index.indicators if INDICATORS[name] in READ]
    assert {"canopy_share", "open_soil_share"} & set(names)
    directions = {name: INDICATORS[name].direction for name in names}
    tables = [
        pd.DataFrame(
            {n: INDICATORS[n].formula(*(s[y] for y in INDICATORS[n].layers)) for n in names}
        )
        for s in (layers, after)
    ]
    tree = from_components("I", {"C": dict.fromkeys(names, 1.0)}, directions)
    first = [
        build(table, tree, recipe=index.recipe(), reference=tables[0]).aggregated["I"].to_numpy()[0]
        for table in tables
    ]
    assert first[1] <= first[0] + 1e-9


def test_what_is_beyond_its_bound_is_left_there() -> None:
    layers = {"canopy_ground": np.array([90.0, 120.0]), "zone_ground": np.array([100.0, 100.0])}
    after = applied(layers, TREES, 1000)
    assert after["canopy_ground"].tolist() == [100.0, 120.0]
    sealed = {
        "impervious_ground": np.array([10.0]),
        "soil_runoff_ground": np.array([1.0]),
        "zone_ground": np.array([100.0]),
    }
    # No more than the 10 m² that are sealed can be opened: they alone become grass.
    opened = applied(sealed, MEASURES["unseal_soil"], 50)
    assert opened["impervious_ground"].tolist() == [0.0]
    assert opened["soil_runoff_ground"] == pytest.approx([1 + 10 * 0.18])
    unknown = {"canopy_ground": np.array([np.nan]), "zone_ground": np.array([100.0])}
    assert np.isnan(applied(unknown, TREES, 3)["canopy_ground"]).all()


@pytest.mark.parametrize("quantity", [-1, float("nan"), float("inf")])
def test_what_is_no_quantity(quantity: float) -> None:
    with pytest.raises(BadInput, match="expected 0 or more"):
        applied({}, TREES, quantity)


def test_a_layer_that_is_not_given_is_named() -> None:
    with pytest.raises(BadInput, match="layer 'canopy_ground' is needed"):
        applied({}, TREES, 1)
