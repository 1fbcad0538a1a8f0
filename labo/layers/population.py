"""People and households of the 200 m grid, and what the census and INSEE say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.layer import layer
from labo.way import Crosswalk, Official

if TYPE_CHECKING:
    import pandas as pd

FILOSOFI = "insee_filosofi_200m"


@layer(
    label="Habitants des ménages fiscaux",
    unit="resident",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=False, by="kind"),
    error=None,
)
def population(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants qui vivent dans un ménage fiscal. C'est moins que la population
    municipale : les étudiants rattachés à leurs parents, les foyers et les maisons de retraite
    n'y sont pas.
    """
    return cells["population"]


@layer(
    label="Ménages fiscaux",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among=None, bounded=False, by="kind"),
    error=None,
)
def households(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages fiscaux : les foyers qui occupent un même logement. Les résidences
    collectives (foyers, maisons de retraite) n'y sont pas.
    """
    return cells["households"]


@layer(
    label="Niveaux de vie cumulés",
    unit="euro / year",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="population", bounded=False, by="kind"),
    error=None,
)
def standard_of_living(cells: pd.DataFrame) -> pd.Series[float]:
    """Somme, sur les habitants des ménages fiscaux, du niveau de vie de leur ménage (revenu
    disponible par unité de consommation), valeurs extrêmes ramenées à des bornes par l'Insee
    (winsorisation).
    """
    return cells["standard_of_living"]


@layer(
    label="Enfants de 0 à 3 ans",
    unit="resident",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="population", bounded=True, by="kind"),
    error=None,
)
def aged_0_3(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'enfants de 0 à 3 ans révolus dans les ménages fiscaux."""
    return cells["aged_0_3"]


@layer(
    label="Enfants de 4 à 5 ans",
    unit="resident",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="population", bounded=True, by="kind"),
    error=None,
)
def aged_4_5(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'enfants de 4 à 5 ans révolus dans les ménages fiscaux."""
    return cells["aged_4_5"]


@layer(
    label="Habitants de 65 à 79 ans",
    unit="resident",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="population", bounded=True, by="kind"),
    error=None,
)
def aged_65_79(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 65 à 79 ans dans les ménages fiscaux."""
    return cells["aged_65_79"]


@layer(
    label="Habitants de 80 ans ou plus",
    unit="resident",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="population", bounded=True, by="kind"),
    error=None,
)
def aged_80_plus(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 80 ans ou plus dans les ménages fiscaux : les résidents des maisons de
    retraite n'y sont pas.
    """
    return cells["aged_80_plus"]


@layer(
    label="Ménages pauvres",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="kind"),
    error=None,
)
def poor_households(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages dont le niveau de vie est sous le seuil de pauvreté (60 % de la médiane
    nationale). L'Insee plafonne cette part à 80 % dans un carreau.
    """
    return cells["poor_households"]


@layer(
    label="Ménages d'une personne",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="kind"),
    error=None,
)
def one_person_households(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages d'une seule personne."""
    return cells["one_person_households"]


@layer(
    label="Familles monoparentales",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="kind"),
    error=None,
)
def single_parent_households(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages composés d'un parent seul avec un ou des enfants."""
    return cells["single_parent_households"]


@layer(
    label="Ménages propriétaires",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="kind"),
    error=None,
)
def owner_households(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages propriétaires de leur logement."""
    return cells["owner_households"]


@layer(
    label="Population du recensement",
    unit="resident",
    kind="extensive",
    sources=("insee_rp_iris", "ign_iris_2021"),
    carried=Crosswalk(among=None, bounded=False, by="kind"),
    error=None,
)
def census_population(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants au recensement, estimé à l'IRIS : tous les habitants, qu'ils vivent en
    ménage ou non.
    """
    return iris["census_population"]


@layer(
    label="Habitants de 65 ans ou plus au recensement",
    unit="resident",
    kind="extensive",
    sources=("insee_rp_iris", "ign_iris_2021"),
    carried=Crosswalk(among="census_population", bounded=True, by="kind"),
    error=None,
)
def census_aged_65_plus(iris: pd.DataFrame) -> pd.Series[float]:
    """Nombre d'habitants de 65 ans ou plus au recensement, maisons de retraite comprises."""
    return iris["census_aged_65_plus"]


@layer(
    label="Population municipale publiée par l'Insee pour le quartier",
    unit="resident",
    kind="extensive",
    sources=("insee_qpv_2024", "insee_qpv_2015"),
    carried=Official(),
    error=None,
)
def municipal_population(qpvs: pd.DataFrame) -> pd.Series[float]:
    """Population municipale du quartier telle que l'Insee la publie, pour la génération de
    périmètres en cours.
    """
    return qpvs["municipal_population"]


@layer(
    label="Niveau de vie médian publié par l'Insee pour le quartier",
    unit="euro / year",
    kind="field",
    sources=("insee_qpv_2024", "insee_qpv_2015"),
    carried=Official(),
    error=None,
)
def median_income(qpvs: pd.DataFrame) -> pd.Series[float]:
    """Revenu disponible médian par unité de consommation du quartier, tel que l'Insee le publie."""
    return qpvs["median_income"]
