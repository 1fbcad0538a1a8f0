"""The climate to come, of the agglomeration as a whole: never a difference between neighbourhoods.

Scenario and horizon are columns of the values: a reading says « à cet horizon », and 1976-2005 is
the horizon that the others are read against.
"""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator

Floats = npt.NDArray[np.float64]

REFERENCE = "période 1976-2005 du même référentiel"


@indicator(
    label="Jours à plus de 30 °C par an",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference=REFERENCE,
    reading="Dans l'agglomération, à cet horizon, il y a {value} par an à plus de 30 °C.",
)
def days_above_30_per_year(days_above_30: Floats) -> Floats:
    """Nombre de jours par an dont la température maximale dépasse 30 °C. Médiane d'un ensemble de
    simulations, entre son bas (5 %) et son haut (95 %) ; le référentiel climatique et l'horizon
    accompagnent chaque valeur. Dit de l'agglomération seulement : les points sont à 8 km l'un de
    l'autre et ne voient pas la chaleur propre à la ville.
    """
    return days_above_30


@indicator(
    label="Jours à plus de 35 °C par an",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference=REFERENCE,
    reading="Dans l'agglomération, à cet horizon, il y a {value} par an à plus de 35 °C.",
)
def days_above_35_per_year(days_above_35: Floats) -> Floats:
    """Nombre de jours par an dont la température maximale dépasse 35 °C. Médiane d'un ensemble de
    simulations, entre son bas (5 %) et son haut (95 %) ; le référentiel climatique et l'horizon
    accompagnent chaque valeur. Dit de l'agglomération seulement.
    """
    return days_above_35


@indicator(
    label="Nuits à 20 °C ou plus par an",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference=REFERENCE,
    reading=(
        "Dans l'agglomération, à cet horizon, il y a {value} par an où la nuit reste à 20 °C ou "
        "plus."
    ),
)
def nights_above_20_per_year(nights_above_20: Floats) -> Floats:
    """Nombre de nuits par an dont la température minimale est de 20 °C ou plus, 20 °C compris.
    Médiane d'un ensemble de simulations, entre son bas (5 %) et son haut (95 %) ; le référentiel
    climatique et l'horizon accompagnent chaque valeur. Dit de l'agglomération seulement : la nuit,
    la ville est plus chaude que ce que ces points montrent.
    """
    return nights_above_20


@indicator(
    label="Jours en vague de chaleur par an",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference=REFERENCE,
    reading="Dans l'agglomération, à cet horizon, les vagues de chaleur durent {value} par an.",
)
def heat_wave_days_per_year(heat_wave_days: Floats) -> Floats:
    """Nombre de jours par an dans une vague de chaleur : au moins 5 jours d'été de suite à plus de
    5 °C au-dessus de la normale de 1976-2005 (définition à vérifier pour TRACC-2023 ; ce n'est pas
    la canicule des préfets). Médiane d'un ensemble de simulations, entre son bas (5 %) et son haut
    (95 %) ; le référentiel climatique et l'horizon accompagnent chaque valeur. Dit de
    l'agglomération seulement.
    """
    return heat_wave_days


@indicator(
    label="Plus longue période sèche de l'année",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("drought",),
    reference=REFERENCE,
    reading=(
        "Dans l'agglomération, à cet horizon, la plus longue période sans pluie de l'année dure "
        "{value}."
    ),
)
def dry_spell_of_the_year(longest_dry_spell: Floats) -> Floats:
    """Plus grand nombre de jours de suite, dans l'année, avec moins de 1 mm de pluie. C'est une
    durée, pas un nombre de jours à ajouter, et elle ne dit pas l'état des sols ni des nappes.
    Médiane d'un ensemble de simulations, entre son bas (5 %) et son haut (95 %) ; le référentiel
    climatique et l'horizon accompagnent chaque valeur. Dit de l'agglomération seulement.
    """
    return longest_dry_spell


@indicator(
    label="Jours de fortes pluies par an",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("flood",),
    reference=REFERENCE,
    reading="Dans l'agglomération, à cet horizon, il y a {value} par an à 20 mm de pluie ou plus.",
)
def heavy_rain_days_per_year(heavy_rain_days: Floats) -> Floats:
    """Nombre de jours par an avec 20 mm de pluie ou plus. Un cumul de la journée : l'orage d'une
    heure, qui fait ruisseler la ville, n'y est pas. Médiane d'un ensemble de simulations, entre son
    bas (5 %) et son haut (95 %) ; le référentiel climatique et l'horizon accompagnent chaque
    valeur. Dit de l'agglomération seulement.
    """
    return heavy_rain_days


@indicator(
    label="Besoin de chauffage (degrés-jours par an)",
    unit="kelvin * day",
    component="hazard",
    direction=1,
    hazards=("energy",),
    reference=REFERENCE,
    reading="Dans l'agglomération, à cet horizon, le besoin de chauffage est de {value} par an.",
)
def heating_degree_days_per_year(heating_degree_days: Floats) -> Floats:
    """Somme sur l'année de ce qui manque chaque jour à la température moyenne pour atteindre 17 °C
    (une autre base, comme 18 °C, donne d'autres nombres). Médiane d'un ensemble de simulations,
    entre son bas (5 %) et son haut (95 %) ; le référentiel climatique et l'horizon accompagnent
    chaque valeur. Dit de l'agglomération seulement.
    """
    return heating_degree_days


@indicator(
    label="Besoin de rafraîchissement (degrés-jours par an)",
    unit="kelvin * day",
    component="hazard",
    direction=1,
    hazards=("heat", "energy"),
    reference=REFERENCE,
    reading=(
        "Dans l'agglomération, à cet horizon, le besoin de rafraîchissement est de {value} par an."
    ),
)
def cooling_degree_days_per_year(cooling_degree_days: Floats) -> Floats:
    """Somme sur l'année de ce dont la température moyenne de chaque jour dépasse 18 °C (une autre
    base, comme 22 °C, donne d'autres nombres). Médiane d'un ensemble de simulations, entre son bas
    (5 %) et son haut (95 %) ; le référentiel climatique et l'horizon accompagnent chaque valeur.
    Dit de l'agglomération seulement.
    """
    return cooling_degree_days
