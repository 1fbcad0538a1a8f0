"""Who and what is there: the counts that hazards meet."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator

Floats = npt.NDArray[np.float64]


@indicator(
    label="Habitants (ménages fiscaux)",
    unit="resident",
    component="exposure",
    direction=1,
    hazards=("all",),
    reference="aucune : c'est un effectif",
    reading="Ici vivent {value} en ménage fiscal.",
)
def population(population: Floats) -> Floats:
    """Nombre d'habitants du quartier qui vivent dans un ménage fiscal. C'est moins que la
    population municipale.
    """
    return population


@indicator(
    label="Ménages fiscaux",
    unit="household",
    component="exposure",
    direction=1,
    hazards=("all",),
    reference="aucune : c'est un effectif",
    reading="Ici vivent {value}.",
)
def households(households: Floats) -> Floats:
    """Nombre de ménages fiscaux du quartier."""
    return households


@indicator(
    label="Habitants (recensement)",
    unit="resident",
    component="exposure",
    direction=1,
    hazards=("all",),
    reference="aucune : c'est un effectif",
    reading="Le recensement compte ici {value}.",
)
def census_population(census_population: Floats) -> Floats:
    """Nombre d'habitants au recensement, estimé depuis les IRIS que le quartier recoupe."""
    return census_population


@indicator(
    label="Population municipale (Insee)",
    unit="resident",
    component="exposure",
    direction=1,
    hazards=("all",),
    reference="aucune : c'est un effectif",
    reading="L'Insee compte ici {value}.",
)
def municipal_population(municipal_population: Floats) -> Floats:
    """Population municipale publiée par l'Insee pour ce quartier : le chiffre à citer de préférence
    à l'estimation.
    """
    return municipal_population
