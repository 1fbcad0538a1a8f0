"""The climate to come: counts of days, dry spells and degree days of the agglomeration.

Each is the same column of the projections. What the three statistics of the ensemble, the reference
system and the horizon become is in `labo.zone_climate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labo.layer import layer
from labo.way import Climate

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

PROJECTIONS = "drias_indicators"
# pint counts days per year as a pure number: the unit is the day, and « par an » is in the words.
DAYS = "day"
DEGREE_DAYS = "kelvin * day"


def _column(projections: pd.DataFrame, name: str) -> Floats:
    """Return a column as numbers: one per point, horizon and statistic, NaN where not given."""
    return projections[name].to_numpy(dtype=np.float64)


@layer(
    label="Jours à plus de 30 °C",
    unit=DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def days_above_30(projections: pd.DataFrame) -> Floats:
    """Nombre de jours par an dont la température maximale dépasse 30 °C : médiane d'un ensemble de
    simulations, entre son bas (une simulation sur vingt est en dessous) et son haut (une sur vingt
    est au-dessus).
    """
    return _column(projections, "days_above_30")


@layer(
    label="Jours à plus de 35 °C",
    unit=DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def days_above_35(projections: pd.DataFrame) -> Floats:
    """Nombre de jours par an dont la température maximale dépasse 35 °C : médiane d'un ensemble de
    simulations, entre son bas et son haut.
    """
    return _column(projections, "days_above_35")


@layer(
    label="Nuits à 20 °C ou plus",
    unit=DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def nights_above_20(projections: pd.DataFrame) -> Floats:
    """Nombre de nuits par an dont la température minimale est de 20 °C ou plus (20 °C compris,
    comme les producteurs français) : médiane d'un ensemble de simulations, entre son bas et son
    haut.
    """
    return _column(projections, "nights_above_20")


@layer(
    label="Jours en vague de chaleur",
    unit=DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def heat_wave_days(projections: pd.DataFrame) -> Floats:
    """Nombre de jours par an dans une vague de chaleur, au moins 5 jours d'été de suite à plus de
    5 °C au-dessus de la normale : médiane d'un ensemble de simulations, entre son bas et son haut.
    """
    return _column(projections, "heat_wave_days")


@layer(
    label="Plus longue période sèche de l'année",
    unit=DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def longest_dry_spell(projections: pd.DataFrame) -> Floats:
    """Plus grand nombre de jours de suite, dans l'année, avec moins de 1 mm de pluie : médiane d'un
    ensemble de simulations, entre son bas et son haut.
    """
    return _column(projections, "longest_dry_spell")


@layer(
    label="Jours de fortes pluies",
    unit=DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def heavy_rain_days(projections: pd.DataFrame) -> Floats:
    """Nombre de jours par an avec 20 mm de pluie ou plus : médiane d'un ensemble de simulations,
    entre son bas et son haut.
    """
    return _column(projections, "heavy_rain_days")


@layer(
    label="Degrés-jours de chauffage",
    unit=DEGREE_DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def heating_degree_days(projections: pd.DataFrame) -> Floats:
    """Somme sur l'année de ce qui manque chaque jour à la température moyenne pour atteindre
    17 °C : médiane d'un ensemble de simulations, entre son bas et son haut.
    """
    return _column(projections, "heating_degree_days")


@layer(
    label="Degrés-jours de climatisation",
    unit=DEGREE_DAYS,
    kind="field",
    sources=(PROJECTIONS,),
    carried=Climate(),
    error=None,
)
def cooling_degree_days(projections: pd.DataFrame) -> Floats:
    """Somme sur l'année de ce dont la température moyenne de chaque jour dépasse 18 °C : médiane
    d'un ensemble de simulations, entre son bas et son haut.
    """
    return _column(projections, "cooling_degree_days")
