"""How near one lives, on foot, to what helps: cool places, care, information, green, food."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator
from labo.indicators.sensitivity import ratio

Floats = npt.NDArray[np.float64]


@indicator(
    label="Accès à un lieu extérieur frais",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants sont à 10 minutes à pied d'un lieu extérieur frais.",
)
def cool_outdoor_access_share(residents_near_cool_outdoor: Floats, population: Floats) -> Floats:
    """Part des habitants à 10 minutes à pied ou moins, par les rues et à 4 km/h, d'un parc, d'un
    jardin, d'un bois, d'une baignade ou d'une fontaine. L'ombre et l'état du lieu ne sont pas
    connus.
    """
    return ratio(residents_near_cool_outdoor, population)


@indicator(
    label="Accès à un lieu intérieur frais ouvert en août",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, {value} des habitants sont à 10 minutes à pied d'un lieu intérieur frais ouvert en "
        "août."
    ),
)
def cool_indoor_access_share(residents_near_cool_indoor: Floats, population: Floats) -> Floats:
    """Part des habitants à 10 minutes à pied ou moins d'un lieu intérieur frais dont les horaires
    connus disent qu'il ouvre en août. Un lieu sans horaires connus n'est pas compté ; la
    température du lieu n'est pas mesurée.
    """
    return ratio(residents_near_cool_indoor, population)


@indicator(
    label="Accès à un lieu intérieur frais au pas d'un aîné",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, {value} des habitants vivent là d'où une personne âgée atteint en 10 minutes un lieu "
        "intérieur frais ouvert en août."
    ),
)
def senior_cool_indoor_access_share(
    residents_near_cool_indoor_at_senior_pace: Floats, population: Floats
) -> Floats:
    """Même accès, au pas d'une personne de 65 ans ou plus (3 km/h). Tous les habitants sont
    comptés, car l'âge n'est pas connu par immeuble.
    """
    return ratio(residents_near_cool_indoor_at_senior_pace, population)


@indicator(
    label="Temps de marche médian vers un lieu intérieur frais",
    unit="minute",
    component="adaptive_capacity",
    direction=1,
    hazards=("heat",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, la moitié des habitants est à {value} de marche, ou moins, d'un lieu intérieur frais."
    ),
)
def walk_to_cool_indoor(walk_to_cool_indoor: Floats) -> Floats:
    """Temps de marche, par les rues et à 4 km/h, vers le lieu intérieur frais ouvert en août le
    plus proche : la moitié des habitants met moins. Au-delà d'une demi-heure, il est compté pour
    une demi-heure.
    """
    return walk_to_cool_indoor


@indicator(
    label="Accès aux soins",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants sont à 10 minutes à pied d'un lieu de soin.",
)
def care_access_share(residents_near_care: Floats, population: Floats) -> Floats:
    """Part des habitants à 10 minutes à pied ou moins d'un médecin généraliste, d'un centre de
    santé, d'urgences ou d'une pharmacie. Les délais de rendez-vous ne sont pas connus.
    """
    return ratio(residents_near_care, population)


@indicator(
    label="Accès à un lieu d'information",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants sont à 10 minutes à pied d'un lieu d'information.",
)
def information_access_share(residents_near_information: Floats, population: Floats) -> Floats:
    """Part des habitants à 10 minutes à pied ou moins d'une mairie, d'un espace France services,
    d'une bibliothèque, d'un centre social ou d'un lieu de médiation numérique.
    """
    return ratio(residents_near_information, population)


@indicator(
    label="Accès à un espace vert d'un demi-hectare",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat", "nature"),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants ont un espace vert à moins de 300 mètres par les rues.",
)
def green_space_access_share(residents_near_green_space: Floats, population: Floats) -> Floats:
    """Part des habitants à 300 m ou moins, par les rues, d'un espace vert public d'au moins
    0,5 ha : le repère de l'Organisation mondiale de la santé. Les entrées et les clôtures ne sont
    pas connues.
    """
    return ratio(residents_near_green_space, population)


@indicator(
    label="Accès aux transports en commun",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants sont à 5 minutes à pied d'un arrêt desservi.",
)
def transport_access_share(residents_near_transport_stop: Floats, population: Floats) -> Floats:
    """Part des habitants à 5 minutes à pied ou moins d'un arrêt desservi en semaine. La fréquence
    n'est pas comptée.
    """
    return ratio(residents_near_transport_stop, population)


@indicator(
    label="Accès à un commerce alimentaire",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("all",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants sont à 10 minutes à pied d'un commerce alimentaire.",
)
def food_access_share(residents_near_food_shop: Floats, population: Floats) -> Floats:
    """Part des habitants à 10 minutes à pied ou moins d'un commerce alimentaire. Les prix et la
    fraîcheur des produits ne sont pas connus.
    """
    return ratio(residents_near_food_shop, population)
