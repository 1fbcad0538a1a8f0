"""What a scenario says: figures, intervals and verdicts in words."""

import numpy as np
import pytest

from labo import night, storm
from labo.difference import Difference, Effect
from labo.measure_plan import plan_of
from labo.ranges import NIL, Range
from labo.scenario_words import ALMOST, BARELY, counted, line, moved, sentence, span, verdict

DRAWN = np.zeros(2)


def of(
    change: Range, *, name: str = "canopy_share", component: str = "", unit: str = "1"
) -> Difference:
    before = Range(0.1, 0.2, 0.3)
    direction = 1 if component else -1
    return Difference("Q", name, component, unit, direction, before, before, change, (DRAWN, DRAWN))


def effect(name: str, *ends: float) -> Effect:
    unit, direction = (night.UNIT, 1) if name == night.NAME else (storm.UNIT, -1)
    return Effect("Q", name, unit, direction, Range(*ends), DRAWN)


def test_a_difference_in_a_sentence() -> None:
    told = sentence(of(Range(0.01, 0.04, 0.08)), {})
    assert told == (
        "Part de canopée : de 20,0\u202f% à 20,0\u202f%, soit +4,0\u202fpt (+1,0 à +8,0) ; mieux."
    )
    assert "non distinguable" in sentence(of(Range(-0.01, 0.04, 0.08)), {})
    assert sentence(of(NIL), {}) == "Part de canopée : 20,0\u202f%, rien ne change."


def test_a_score_has_no_unit() -> None:
    x = of(Range(-4.0, -2.5, -1.0), name="canicule", component="sensitivity", unit="")
    told = sentence(x, {"canicule": "Canicules"})
    assert told == "Canicules, sensibilité : de 0,2 à 0,2, soit −2,5 (−4,0 à −1,0) ; mieux."


def test_what_is_too_small_to_be_shown_is_not_zero() -> None:
    x = of(Range(1e-6, 2e-6, 3e-6))
    assert moved(x, x.change.central) == ALMOST
    assert span(x, x.change) == ALMOST
    assert moved(x, 0.0) == "0,0\u202fpt"


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ((-0.5, -0.2, -0.12), "mieux"),
        ((-0.05, -0.02, -0.01), f"mieux ; {BARELY}"),
        ((-0.05, -0.02, 0.01), f"non distinguable ; {BARELY}"),
        ((0.0, 0.0, 0.0), "rien ne change"),
        ((0.12, 0.2, 0.3), "moins bien"),
    ],
)
def test_degrees_that_nobody_feels_are_said_so(ends: tuple[float, ...], says: str) -> None:
    assert verdict(effect(night.NAME, *ends)) == says


def test_effects_in_a_sentence() -> None:
    assert sentence(effect(storm.NAME, 800.0, 1_234.4, 2_000.0), {}) == (
        "Ruissellement évité lors d'un orage : +1\u202f234\u202fm³ (+800 à +2\u202f000) ; mieux."
    )
    assert sentence(effect(night.NAME, -0.31, -0.2, -0.1), {}) == (
        "Air la nuit, en moyenne sur le quartier : −0,20\u202f°C (−0,31 à −0,10) ; mieux."
    )


@pytest.mark.parametrize(
    ("quantity", "unit", "says"),
    [
        (1, "arbre", "1 arbre"),
        (120, "arbre", "120 arbres"),
        (2, "lieu, par été", "2 lieux, par été"),
        (2_000, "m² de cour", "2\u202f000 m² de cour"),
        (0.5, "emploi à plein temps", "0,5 emploi à plein temps"),
        (3, "kW de panneaux", "3 kW de panneaux"),
    ],
)
def test_quantities_are_counted_as_in_french(quantity: float, unit: str, says: str) -> None:
    assert counted(quantity, unit) == says


def test_a_line_of_a_plan() -> None:
    (x,) = plan_of([{"measure": "plant_trees", "zone": "Q", "quantity": 3, "site": "place"}]).lines
    assert line(x, "Les Acacias") == (
        "Planter des arbres en pleine terre : 3 arbres (Les Acacias, place)"
    )
