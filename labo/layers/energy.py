"""The energy labels of dwellings, and the households whom energy costs too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.estimate import Estimate
from labo.layer import layer
from labo.way import Crosswalk, Points

if TYPE_CHECKING:
    import pandas as pd

DPE = ("ademe_dpe_existants",)
GEODIP = ("onpe_geodip", "ign_iris_2021")
LEAKY = ("F", "G")


def selection_error(central: float, low: float, high: float) -> Estimate:
    """Return how far, relatively, a count of diagnosed dwellings misleads about all dwellings.

    Who has a DPE is not drawn at random; this comes on top of the chance of a finite sample.
    """
    return Estimate(
        central=central,
        low=low,
        high=high,
        unit="1",
        reference=(
            "Ordre de grandeur, à mesurer là où un bailleur donne l'étiquette de tous ses logements"
        ),
        grade="to_check",
        scope="part de tous les logements d'un quartier, dont 50 à 70 % ont un DPE",
    )


ADDRESSES = Estimate(
    central=0.1,
    low=0.05,
    high=0.2,
    unit="1",
    reference="Ordre de grandeur des adresses mal situées ou sans coordonnées, à mesurer",
    grade="to_check",
    scope="nombre de logements diagnostiqués d'un quartier",
)
MODEL = Estimate(
    central=0.20,
    low=0.10,
    high=0.30,
    unit="1",
    reference="Ordre de grandeur, faute de mesure : l'ONPE ne publie pas l'erreur de son modèle",
    grade="to_check",
    scope="nombre de ménages en précarité énergétique d'un IRIS",
)


@layer(
    label="Logements diagnostiqués",
    unit="dwelling",
    kind="extensive",
    sources=DPE,
    carried=Points(among=None),
    error=ADDRESSES,
)
def diagnosed_dwellings(dpe: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements qui ont un DPE depuis juillet 2021, le dernier de chacun."""
    return dpe["label"].notna().astype(float)


@layer(
    label="Logements diagnostiqués F ou G",
    unit="dwelling",
    kind="extensive",
    sources=DPE,
    carried=Points(among="diagnosed_dwellings"),
    error=selection_error(0.2, 0.1, 0.3),
)
def diagnosed_dwellings_f_g(dpe: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements dont le dernier DPE porte l'étiquette F ou G."""
    return dpe["label"].isin(LEAKY).astype(float)


@layer(
    label="Logements dont le DPE dit le confort d'été",
    unit="dwelling",
    kind="extensive",
    sources=DPE,
    carried=Points(among=None),
    error=None,
)
def diagnosed_dwellings_of_known_comfort(dpe: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements dont le dernier DPE dit le confort d'été : insuffisant, moyen ou bon."""
    comfort = dpe["summer_comfort"]
    return (comfort != "").astype(float).where(comfort.notna())


@layer(
    label="Logements dont le confort d'été est insuffisant",
    unit="dwelling",
    kind="extensive",
    sources=DPE,
    carried=Points(among="diagnosed_dwellings_of_known_comfort"),
    error=selection_error(0.1, 0.05, 0.2),
)
def diagnosed_dwellings_poor_summer_comfort(dpe: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements dont le dernier DPE juge le confort d'été insuffisant."""
    comfort = dpe["summer_comfort"]
    return (comfort == "insuffisant").astype(float).where(comfort.notna())


@layer(
    label="Ménages du modèle de précarité énergétique",
    unit="household",
    kind="extensive",
    sources=GEODIP,
    carried=Crosswalk(among=None, bounded=False, by="kind"),
    error=None,
)
def onpe_households(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages de l'IRIS dans le modèle GEODIP."""
    return iris["onpe_households"]


@layer(
    label="Ménages en précarité énergétique liée au logement (modèle)",
    unit="household",
    kind="extensive",
    sources=GEODIP,
    carried=Crosswalk(among="onpe_households", bounded=True, by="poverty"),
    error=MODEL,
)
def energy_poor_households(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages parmi les trois premiers déciles de niveau de vie qui consacrent plus de
    8 % de leur revenu à l'énergie de leur logement (TEE 3D), selon le modèle GEODIP.
    """
    return iris["energy_poor"]


@layer(
    label="Ménages en précarité énergétique liée à la mobilité (modèle)",
    unit="household",
    kind="extensive",
    sources=GEODIP,
    carried=Crosswalk(among="onpe_households", bounded=True, by="poverty"),
    error=MODEL,
)
def fuel_poor_households(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages parmi les trois premiers déciles de niveau de vie qui consacrent plus de
    4,5 % de leur revenu au carburant de leurs trajets quotidiens, selon le modèle GEODIP.
    """
    return iris["fuel_poor"]
