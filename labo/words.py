"""Figures and declarations in the words of people who read French."""

from typing import TypeGuard

NARROW = "\u202f"  # the no-break space inside French figures
MINUS = "\u2212"
NOTHING = "–"

COMPONENTS = {
    "hazard": "aléa",
    "exposure": "exposition",
    "sensitivity": "sensibilité",
    "adaptive_capacity": "capacité d'adaptation",
}
HAZARDS = {
    "heat": "chaleur",
    "flood": "inondation",
    "drought": "sécheresse",
    "air": "qualité de l'air",
    "energy": "énergie",
    "nature": "sols et nature",
    "all": "tous les aléas",
}
DIRECTIONS = {
    1: "plus la valeur est élevée, plus le quartier est vulnérable",
    -1: "plus la valeur est élevée, moins le quartier est vulnérable",
}
UNITS = {
    "1": "part, de 0 à 1",
    "resident": "habitants",
    "household": "ménages",
    "dwelling": "logements",
    "m**2": "m²",
    "m**2 / resident": "m² par habitant",
    "euro / year": "€ par an",
    "euro / year / resident": "€ par an",
    "day": "jours par an",
    "kelvin * day": "degrés-jours par an",
    "mm": "mm",
    "minute": "minutes",
    "kelvin": "°C",
    "microgram / m**3": "µg/m³",
    "1 / km**2": "espèces par km²",
    "1 / year": "fois par an",
    "1 / kiloresident": "pour 1 000 habitants",
}
ZONE_KINDS = {
    "qpv": "quartier prioritaire (QPV)",
    "perimeter": "périmètre dessiné",
    "commune": "commune",
    "epci": "agglomération (EPCI)",
    "rest_of_epci": "agglomération hors de ses QPV",
    "cell": "carreau de 200 m",
}
# Measures: the sign beside a figure, and how many digits after the comma it is read with.
MEASURES = {
    "day": ("j", 1),
    "kelvin * day": ("°C·j", 0),
    "mm": ("mm", 1),
    "minute": ("min", 0),
    "kelvin": ("°C", 1),
    "microgram / m**3": ("µg/m³", 1),
    "1 / km**2": ("/km²", 0),
    "1 / year": ("/an", 2),
    "1 / kiloresident": ("", 1),
}
METHODS = {
    "dwellings": "logements",
    "surface": "surface",
    "mixed": "mixte",
    "homes": "domicile",
    "walk": "à pied",
    "ground": "au sol",
    "points": "points",
    "commune": "commune",
    "official": "officiel",
    "source": "carreau",
    "climate": "ensemble",
    "partner": "partenaire",
}
METHODS_AT_LENGTH = {
    "dwellings": "les carreaux ou IRIS coupés par le périmètre sont répartis selon les logements",
    "surface": "faute de bâtiments connus, ils sont répartis selon la surface",
    "mixed": "selon les logements là où des bâtiments sont connus, selon la surface ailleurs",
    "homes": "lu là où vivent les habitants, bâtiment par bâtiment, puis compté parmi eux",
    "walk": "chemin à pied par les rues, de chaque bâtiment habité au lieu le plus proche",
    "ground": "surface mesurée au sol dans la zone",
    "points": "somme de ce qui se trouve dans la zone, point par point",
    "commune": (
        "connu par commune seulement ; pour l'agglomération, moyenne des communes selon leurs "
        "habitants"
    ),
    "official": "chiffre publié par le producteur pour ce quartier même",
    "source": "chiffre publié par le producteur pour ce carreau",
    "climate": (
        "médiane, bas et haut d'un ensemble de simulations, aux points de la projection qui sont "
        "dans l'agglomération, sinon au plus proche"
    ),
    "partner": (
        "compté par zone dans le fichier d'un partenaire, sous son accord ; somme exacte, donc "
        "sans intervalle"
    ),
}
CAUSES = {"var_measurement": "mesure", "var_secrecy": "secret", "var_transfer": "transfert"}
NOUNS = {
    "resident": ("habitant", "habitants"),
    "household": ("ménage", "ménages"),
    "dwelling": ("logement", "logements"),
}
# What a measure is called in a sentence, where its sign would not be read aloud. Days and degree
# days leave "par an" to the sentence: the longest dry spell of a year is not so many days per year.
SPOKEN = {
    "day": ("jour", "jours"),
    "kelvin * day": ("degré-jour", "degrés-jours"),
    "minute": ("minute", "minutes"),
    "1 / km**2": ("espèce", "espèces"),
    "1 / year": ("fois par an", "fois par an"),
}


def _known(value: float | None) -> TypeGuard[float]:
    """Say whether there is a value; none is None in JSON and NaN in tables."""
    return value is not None and value == value


def decimals(unit: str) -> int:
    """Return how many digits after the comma are shown of a value; 3 for a share is 0.1 %."""
    if unit == "1":
        return 3
    if unit.startswith("euro") or unit in NOUNS:
        return 0
    if unit in MEASURES:
        return MEASURES[unit][1]
    return 1 if unit.startswith("m**2") else 2


def _number(value: float, unit: str) -> tuple[str, str]:
    """Return the digits of a value in a unit, and the sign that follows them."""
    shown = decimals(unit)
    if unit == "1":
        digits, sign = f"{100 * value:,.{shown - 2}f}", "%"
    else:
        digits, sign = f"{value:,.{shown}f}", unit
        if unit.startswith("euro"):
            sign = "€"
        elif unit in NOUNS:
            sign = ""
        elif unit in MEASURES:
            sign = MEASURES[unit][0]
        elif unit.startswith("m**2"):
            sign = "m²"
    if not digits.strip("-0.,"):
        digits = digits.lstrip("-")
    return digits.translate({ord(","): NARROW, ord("."): ",", ord("-"): MINUS}), sign


def _joined(digits: str, sign: str) -> str:
    return f"{digits}{NARROW}{sign}" if sign else digits


def figure(value: float | None, unit: str) -> str:
    """Return a value for a table: 12 345, 41,2 %, 15 900 €; a dash where there is none."""
    return _joined(*_number(value, unit)) if _known(value) else NOTHING


def interval(low: float | None, high: float | None, unit: str) -> str:
    """Return the two ends of an interval beside a figure, whose sign is theirs: 32,9–37,0."""
    if not (_known(low) and _known(high)):
        return ""
    return f"{_number(low, unit)[0]}–{_number(high, unit)[0]}"


def change(value: float | None, unit: str) -> str:
    """Return a difference with its sign: +120, −1,5 pt (of percentage); a dash for none."""
    if not _known(value):
        return NOTHING
    digits, sign = _number(value, unit)
    text = _joined(digits, "pt" if unit == "1" else sign)
    return text if digits.startswith(MINUS) or not digits.strip("0,") else f"+{text}"


def quantity(value: float | None, unit: str) -> str:
    """Return a value for a sentence, with its noun: 1 542 habitants, 1 ménage, 35,0 %, 12,4 jours.

    A noun is plural from 2 on, as in French: 1,9 jour.
    """
    noun = NOUNS.get(unit) or SPOKEN.get(unit)
    if noun is None or not _known(value):
        return figure(value, unit)
    singular, plural = noun
    many = abs(round(value, decimals(unit))) >= 2
    return f"{_number(value, unit)[0]}\u00a0{plural if many else singular}"


def between(low: float, high: float, unit: str) -> str:
    """Return the two ends of an interval for a sentence, in its unit: 31 et 38 espèces.

    The noun is said once, with the higher end; a sign (%, €) follows both.
    """
    if unit in NOUNS or unit in SPOKEN:
        return f"{_number(low, unit)[0]} et {quantity(high, unit)}"
    return f"{figure(low, unit)} et {figure(high, unit)}"


WAYS = {
    "Crosswalk": "somme répartie sur les zones selon les logements, sinon la surface",
    "Official": "donné par le producteur pour la zone même",
    "AtHomes": "lu là où vivent les habitants, puis ajouté ou moyenné sur eux",
    "Walk": "minutes de marche par les rues, depuis chaque immeuble habité",
    "OnGround": "surface au sol dans la zone",
    "Points": "somme de ce qui se trouve dans la zone",
    "OfCommune": "connu par commune : dit de la commune et de l'EPCI, jamais d'un quartier",
    "Climate": "climat futur, dit de l'EPCI seulement, comme un éventail de simulations",
}
