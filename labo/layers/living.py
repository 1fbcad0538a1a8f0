"""How people live and work, from the census by IRIS, and the associations around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.estimate import Estimate
from labo.layer import layer
from labo.way import Crosswalk, Points

if TYPE_CHECKING:
    import pandas as pd

DWELLINGS = ("insee_rp_iris_logement", "ign_iris_2021")
FAMILIES = ("insee_rp_iris_couples", "ign_iris_2021")
OCCUPATIONS = ("insee_rp_iris_activite", "ign_iris_2021")
ASSOCIATIONS = ("rna_waldec",)
PRECISION = (
    "Insee, précision des bases infracommunales du recensement 2016 : coefficient de variation "
    "par taille d'effectif (lu dans une copie publique)"
)


def sampling_error(central: float, low: float, high: float) -> Estimate:
    """Return Insee's standard error, relative, of a count of 100 in an IRIS surveyed by sampling.

    Insee gives it by size of count; it falls as the square root of the count.
    """
    return Estimate(
        central=central,
        low=low,
        high=high,
        unit="1",
        reference=PRECISION,
        grade="to_check",
        scope="effectif de 100 dans un IRIS d'une commune de 10 000 habitants ou plus",
    )


@layer(
    label="Résidences principales",
    unit="dwelling",
    kind="extensive",
    sources=DWELLINGS,
    carried=Crosswalk(among=None, bounded=False, by="kind"),
    error=None,
)
def main_residences(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements occupés comme résidence principale au recensement : autant que de
    ménages.
    """
    return iris["main_residences"]


@layer(
    label="Résidences principales sans voiture",
    unit="dwelling",
    kind="extensive",
    sources=DWELLINGS,
    carried=Crosswalk(among="main_residences", bounded=True, by="poverty"),
    error=sampling_error(0.13, 0.09, 0.19),
)
def residences_without_car(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de résidences principales dont le ménage ne dispose d'aucune voiture."""
    return (iris["main_residences"] - iris["residences_with_car"]).clip(lower=0.0)


@layer(
    label="Résidences principales, hors studios d'une personne",
    unit="dwelling",
    kind="extensive",
    sources=DWELLINGS,
    carried=Crosswalk(among="main_residences", bounded=False, by="poverty"),
    error=None,
)
def rated_residences(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de résidences principales dont l'Insee juge le peuplement (exploitation
    complémentaire) : toutes, sauf les logements d'une pièce habités par une personne.
    """
    return iris["rated_residences"]


@layer(
    label="Résidences principales suroccupées",
    unit="dwelling",
    kind="extensive",
    sources=DWELLINGS,
    carried=Crosswalk(among="rated_residences", bounded=True, by="poverty"),
    error=sampling_error(0.13, 0.09, 0.19),
)
def overcrowded_residences(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de résidences principales où il manque au moins une pièce au ménage, selon la norme de
    l'Insee en 2021 : une pièce de séjour, une par couple, une par autre adulte, une pour deux
    enfants. La norme a changé en 2022 : les deux ne se comparent pas.
    """
    return iris["overcrowded_residences"]


@layer(
    label="Habitants de 55 ans ou plus au recensement",
    unit="resident",
    kind="extensive",
    sources=FAMILIES,
    carried=Crosswalk(among="census_population", bounded=True, by="poverty"),
    error=None,
)
def census_aged_55_plus(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 55 ans ou plus au recensement, maisons de retraite comprises."""
    return iris["aged_55_79"] + iris["aged_80_plus"]


@layer(
    label="Habitants de 55 ans ou plus qui vivent seuls",
    unit="resident",
    kind="extensive",
    sources=FAMILIES,
    carried=Crosswalk(among="census_aged_55_plus", bounded=True, by="poverty"),
    error=sampling_error(0.13, 0.09, 0.17),
)
def aged_55_plus_alone(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 55 ans ou plus qui vivent seuls dans leur logement."""
    return iris["aged_55_79_alone"] + iris["aged_80_plus_alone"]


@layer(
    label="Habitants de 80 ans ou plus au recensement",
    unit="resident",
    kind="extensive",
    sources=FAMILIES,
    carried=Crosswalk(among="census_aged_55_plus", bounded=True, by="poverty"),
    error=None,
)
def census_aged_80_plus(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 80 ans ou plus au recensement, maisons de retraite comprises."""
    return iris["aged_80_plus"]


@layer(
    label="Habitants de 80 ans ou plus qui vivent seuls",
    unit="resident",
    kind="extensive",
    sources=FAMILIES,
    carried=Crosswalk(among="census_aged_80_plus", bounded=True, by="poverty"),
    error=sampling_error(0.13, 0.10, 0.18),
)
def aged_80_plus_alone(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 80 ans ou plus qui vivent seuls dans leur logement."""
    return iris["aged_80_plus_alone"]


@layer(
    label="Actifs occupés de 15 à 64 ans",
    unit="resident",
    kind="extensive",
    sources=OCCUPATIONS,
    carried=Crosswalk(among="census_population", bounded=True, by="poverty"),
    error=None,
)
def employed_15_64(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 15 à 64 ans qui ont un emploi, où que soit ce travail (exploitation
    complémentaire).
    """
    return iris["employed_15_64"]


@layer(
    label="Agriculteurs et ouvriers",
    unit="resident",
    kind="extensive",
    sources=OCCUPATIONS,
    carried=Crosswalk(among="employed_15_64", bounded=True, by="poverty"),
    error=sampling_error(0.12, 0.09, 0.17),
)
def farmers_and_workers(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 15 à 64 ans qui travaillent comme agriculteurs exploitants ou comme
    ouvriers : des métiers souvent physiques, dehors, sur un chantier ou dans un atelier chaud. Les
    chauffeurs et les ouvriers agricoles en sont ; les agents d'entretien, non.
    """
    return iris["employed_farmers"] + iris["employed_workers"]


@layer(
    label="Associations enregistrées",
    unit="1",
    kind="extensive",
    sources=ASSOCIATIONS,
    carried=Points(among=None),
    error=Estimate(
        central=0.10,
        low=0.05,
        high=0.20,
        unit="1",
        reference="Ordre de grandeur, faute de mesure : sièges introuvables, déplacés ou groupés",
        grade="to_check",
        scope="associations dont le siège est dans un quartier",
    ),
)
def associations(seats: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'associations enregistrées dont le siège est ici. Enregistrée ne veut pas dire
    active : beaucoup ne déclarent jamais leur fin. Le siège est souvent le domicile d'un membre, et
    l'action peut avoir lieu ailleurs.
    """
    return seats["association"].notna().astype(float)
