"""The ways in which a layer reaches a zone, in French: how, how surely, within which limits."""

import math
from collections.abc import Callable
from typing import Any

from labo.catalogue import LAYERS, PLACES
from labo.formula import number
from labo.way import (
    AtHomes,
    Climate,
    Crosswalk,
    OfCommune,
    Official,
    OnGround,
    Points,
    Walk,
    Way,
)

WHOSE = {
    "residents": "habitants",
    "households": "ménages",
    "households in houses": "ménages qui vivent en maison",
}
BY = {
    "kind": "des taux propres à chaque sorte de bâtiment et à chaque quartier",
    "period": "des taux propres à chaque période de construction et à chaque quartier",
    "poverty": (
        "des taux qui diffèrent selon ce que les carreaux disent des ménages : pauvres ou non, en "
        "maison ou non"
    ),
}
COMBINED = {
    "sum": "les lignes d'une commune s'ajoutent",
    "mean": "les lignes d'une commune se moyennent",
    "max": "la plus forte ligne d'une commune est gardée",
}


def carried_in_words(way: Way) -> str:
    """Return how a layer is carried to the neighbourhood, in full sentences."""
    return _CARRIED[type(way)](way)


def covered(way: Way) -> tuple[str, str]:
    """Return what the interval of a layer carried in this way covers, and what it does not."""
    if isinstance(way, Points) and way.among is not None:
        return (
            "le hasard de l'échantillon : ce qui est là n'est qu'une partie du tout",
            "la manière dont cette partie a été choisie, au-delà de l'erreur déclarée",
        )
    return _COVERED[type(way)]


def limits_of(way: Way) -> tuple[str, ...]:
    """Return the limits that every layer carried in this way has."""
    return _LIMITS[type(way)]


def _crosswalk(way: Crosswalk) -> str:
    if way.among is None:
        shared = "réparti selon les logements de chaque morceau, sinon selon sa surface"
    else:
        shared = f"réparti parmi « {LAYERS[way.among].label} », avec {BY[way.by]}"
    bound = ", sans jamais le dépasser" if way.bounded else ""
    return (
        "compté par carreau ou par IRIS ; ceux que coupe le périmètre sont découpés, puis le "
        f"compte est {shared}{bound}. Le total est gardé."
    )


def _official(_way: Official) -> str:
    return (
        "donné par le producteur pour ce quartier même, de la même génération ; rien n'est estimé."
    )


def _at_homes(way: AtHomes) -> str:
    where = (
        "à l'endroit de chaque logement"
        if way.reach_m == 0
        else f"à {number(way.reach_m)} m ou moins de chaque logement"
    )
    if math.isnan(way.elsewhere):
        nothing = "où le fichier ne dit rien, on ne sait pas, et le logement n'est pas compté"
    else:
        nothing = f"où le fichier ne montre rien, la valeur est {number(way.elsewhere)}"
    return f"lu {where}, puis ajouté ou moyenné sur les {WHOSE[way.whose]} du quartier ; {nothing}."


def _walk(way: Walk) -> str:
    return (
        f"minutes de marche par les rues, à {number(way.speed_km_h)} km/h, de chaque logement au "
        f"lieu le plus proche ([{PLACES[way.place].label.lower()}](lieux.md#{way.place})), puis "
        f"compté ou moyenné sur les {WHOSE[way.whose]} du quartier."
    )


def _on_ground(way: OnGround) -> str:
    nothing = (
        "où le fichier ne dit rien, on ne sait pas"
        if math.isnan(way.elsewhere)
        else f"où le fichier ne montre rien, la part est {number(way.elsewhere)}"
    )
    return f"surface au sol, découpée selon le périmètre et mesurée en m² ; {nothing}."


def _points(way: Points) -> str:
    text = "somme de ce qui se trouve dans le périmètre"
    if way.among is None:
        return f"{text} ; le fichier dit tout ce qu'il y a."
    return f"{text}, parmi « {LAYERS[way.among].label} », dont le fichier n'a qu'une partie."


def _of_commune(way: OfCommune) -> str:
    return (
        f"connu par commune ({COMBINED[way.rows]}) : dit de la commune, et de l'agglomération en "
        "moyenne sur ses habitants ; jamais d'un quartier."
    )


def _climate(_way: Climate) -> str:
    return (
        "climat à venir, dit de l'agglomération seulement, à chaque horizon, comme l'éventail "
        "d'un ensemble de simulations (bas, médiane, haut)."
    )


_CARRIED: dict[type, Callable[[Any], str]] = {
    Crosswalk: _crosswalk,
    Official: _official,
    AtHomes: _at_homes,
    Walk: _walk,
    OnGround: _on_ground,
    Points: _points,
    OfCommune: _of_commune,
    Climate: _climate,
}
_WHERE_PEOPLE_LIVE = "le doute sur l'endroit où vivent les habitants du quartier"
_COVERED: dict[type, tuple[str, str]] = {
    Crosswalk: (
        (
            "le partage des carreaux ou des IRIS coupés, ceux que l'Insee a imputés (secret), et "
            "le nombre de ménages par logement"
        ),
        (
            "ce que la source elle-même oublie ou date : les personnes absentes des fichiers, les "
            "années passées depuis le millésime"
        ),
    ),
    Official: (
        (
            "pour les effectifs de la génération 2024, la perturbation qui protège le secret (son "
            "ampleur est à vérifier)"
        ),
        (
            "l'erreur du producteur sur les autres chiffres : sans elle, l'intervalle est réduit à "
            "la valeur"
        ),
    ),
    AtHomes: (
        _WHERE_PEOPLE_LIVE,
        "les oublis et le tracé du fichier, au-delà de l'erreur déclarée s'il y en a une",
    ),
    Walk: (
        _WHERE_PEOPLE_LIVE,
        "les chemins et les lieux que personne n'a notés, la pente, les traversées, les fermetures",
    ),
    OnGround: (
        "rien par lui-même : le sol est mesuré tout entier",
        (
            "la finesse et la date de l'image ou du tracé, au-delà de l'erreur déclarée s'il y "
            "en a une"
        ),
    ),
    Points: (
        "rien par lui-même : tout est compté",
        "ce que le fichier oublie, ou place au mauvais endroit",
    ),
    OfCommune: (
        "pour l'agglomération, le nombre d'habitants de chaque commune",
        "l'erreur du producteur : pour une commune, l'intervalle est réduit à la valeur",
    ),
    Climate: (
        "l'éventail des simulations, de 5 % à 95 %",
        "ce qu'aucun modèle ne simule, et le chemin que prendront les émissions",
    ),
}
_LIMITS: dict[type, tuple[str, ...]] = {
    Crosswalk: (
        (
            "Réparti et non compté : le chiffre d'un quartier est une estimation dès que son "
            "périmètre coupe des carreaux ou des IRIS."
        ),
        "Sous 11 ménages, rien n'est publié.",
    ),
    Official: (
        (
            "Connu pour les QPV seulement, dans les périmètres de leur génération, et jamais "
            "reporté d'une génération à l'autre par le nom."
        ),
    ),
    AtHomes: (
        "Lu au logement : ce que les habitants rencontrent ailleurs dans la journée n'y est pas.",
    ),
    Walk: ("Le chemin le plus court n'est pas toujours celui que l'on prend.",),
    OnGround: ("Vaut pour tout le sol du périmètre, habité ou non.",),
    Points: ("Ne dit rien de ce qui se trouve juste de l'autre côté du périmètre.",),
    OfCommune: ("Ne dit rien de la différence entre deux quartiers d'une même commune.",),
    Climate: ("Le même pour tous les quartiers du territoire : il ne les départage pas.",),
}
