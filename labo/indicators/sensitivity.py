"""How sensitive people and dwellings are: who lives here, with what means, in which housing."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator

Floats = npt.NDArray[np.float64]


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole; undefined (NaN), and not zero, where there is no whole."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


@indicator(
    label="Part des ménages pauvres",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des ménages vivent sous le seuil de pauvreté.",
)
def poverty_share(poor_households: Floats, households: Floats) -> Floats:
    """Part des ménages dont le niveau de vie est sous le seuil de pauvreté national (60 % de la
    médiane). Dans chaque carreau, l'Insee plafonne cette part à 80 %.
    """
    return ratio(poor_households, households)


@indicator(
    label="Part des enfants de 0 à 3 ans",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants ont 3 ans ou moins.",
)
def children_0_3_share(aged_0_3: Floats, population: Floats) -> Floats:
    """Part des habitants qui ont de 0 à 3 ans révolus : leur corps se refroidit mal et ils
    dépendent des adultes.
    """
    return ratio(aged_0_3, population)


@indicator(
    label="Part des enfants de 0 à 5 ans",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants ont 5 ans ou moins.",
)
def children_0_5_share(aged_0_3: Floats, aged_4_5: Floats, population: Floats) -> Floats:
    """Part des habitants qui ont de 0 à 5 ans révolus."""
    return ratio(aged_0_3 + aged_4_5, population)


@indicator(
    label="Part des habitants de 65 ans ou plus",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants ont 65 ans ou plus.",
)
def aged_65_plus_share(aged_65_79: Floats, aged_80_plus: Floats, population: Floats) -> Floats:
    """Part des habitants des ménages fiscaux qui ont 65 ans ou plus ; les maisons de retraite n'y
    sont pas.
    """
    return ratio(aged_65_79 + aged_80_plus, population)


@indicator(
    label="Part des habitants de 80 ans ou plus",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants ont 80 ans ou plus.",
)
def aged_80_plus_share(aged_80_plus: Floats, population: Floats) -> Floats:
    """Part des habitants des ménages fiscaux qui ont 80 ans ou plus ; les maisons de retraite n'y
    sont pas.
    """
    return ratio(aged_80_plus, population)


@indicator(
    label="Part des ménages d'une personne",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des ménages sont des personnes seules.",
)
def one_person_household_share(one_person_households: Floats, households: Floats) -> Floats:
    """Part des ménages composés d'une seule personne : l'isolement aggrave les effets d'une
    canicule.
    """
    return ratio(one_person_households, households)


@indicator(
    label="Part des familles monoparentales",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des ménages sont des familles monoparentales.",
)
def single_parent_household_share(single_parent_households: Floats, households: Floats) -> Floats:
    """Part des ménages composés d'un parent seul avec un ou des enfants."""
    return ratio(single_parent_households, households)


@indicator(
    label="Part des ménages locataires",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des ménages sont locataires.",
)
def tenant_share(owner_households: Floats, households: Floats) -> Floats:
    """Part des ménages qui ne sont pas propriétaires de leur logement : ils ne peuvent pas décider
    des travaux.
    """
    return 1.0 - ratio(owner_households, households)


@indicator(
    label="Part des logements sociaux",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des ménages vivent dans un logement social.",
)
def social_housing_share(social_housing: Floats, households: Floats) -> Floats:
    """Part des ménages fiscaux logés dans le parc social : le bailleur décide des travaux pour
    tous.
    """
    return ratio(social_housing, households)


@indicator(
    label="Part des ménages en habitat collectif",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des ménages vivent en immeuble collectif.",
)
def collective_housing_share(collective_households: Floats, households: Floats) -> Floats:
    """Part des ménages qui vivent en immeuble collectif."""
    return ratio(collective_households, households)


@indicator(
    label="Part des logements construits de 1945 à 1969",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des logements datent de 1945 à 1969.",
)
def housing_1945_1970_share(
    dwellings_1945_1970: Floats, dwellings_of_other_period: Floats
) -> Floats:
    """Part des logements construits de 1945 à 1969, parmi ceux dont l'époque est connue : bâtis
    avant toute règle thermique.
    """
    return ratio(dwellings_1945_1970, dwellings_1945_1970 + dwellings_of_other_period)


@indicator(
    label="Surface de logement par habitant",
    unit="m**2 / resident",
    component="sensitivity",
    direction=-1,
    hazards=("heat", "energy"),
    reference="habitants de l'agglomération",
    reading="Ici, chaque habitant dispose de {value} de logement en moyenne.",
)
def floor_area_per_person(floor_area: Floats, population: Floats) -> Floats:
    """Surface de logement par habitant des ménages fiscaux : l'entassement aggrave la chaleur."""
    return ratio(floor_area, population)


@indicator(
    label="Niveau de vie moyen (winsorisé)",
    unit="euro / year / resident",
    component="sensitivity",
    direction=-1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, le niveau de vie moyen est de {value} par an et par unité de consommation.",
)
def mean_standard_of_living(standard_of_living: Floats, population: Floats) -> Floats:
    """Moyenne, sur les habitants des ménages fiscaux, du niveau de vie du ménage, valeurs extrêmes
    ramenées à des bornes par l'Insee. C'est une moyenne winsorisée, pas une médiane.
    """
    return ratio(standard_of_living, population)


@indicator(
    label="Niveau de vie médian (Insee)",
    unit="euro / year",
    component="sensitivity",
    direction=-1,
    hazards=("all",),
    reference="QPV de France",
    reading=(
        "Ici, la moitié des habitants vit avec moins de {value} par an et par unité de "
        "consommation."
    ),
)
def median_income(median_income: Floats) -> Floats:
    """Revenu disponible médian par unité de consommation, publié par l'Insee pour ce quartier."""
    return median_income


@indicator(
    label="Part des 65 ans ou plus au recensement",
    unit="1",
    component="sensitivity",
    direction=1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants recensés ont 65 ans ou plus.",
)
def census_aged_65_plus_share(census_aged_65_plus: Floats, census_population: Floats) -> Floats:
    """Part des habitants de 65 ans ou plus au recensement, maisons de retraite comprises."""
    return ratio(census_aged_65_plus, census_population)
