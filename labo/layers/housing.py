"""Dwellings and the way people live in them, from the 200 m grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.layer import layer
from labo.way import Crosswalk

if TYPE_CHECKING:
    import pandas as pd

FILOSOFI = "insee_filosofi_200m"


@layer(
    label="Surface des logements",
    unit="m**2",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="population", bounded=False, by="kind"),
    error=None,
)
def floor_area(cells: pd.DataFrame) -> pd.Series[float]:
    """Surface cumulée des logements occupés par les ménages fiscaux."""
    return cells["floor_area"]


@layer(
    label="Logements sociaux occupés",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="kind"),
    error=None,
)
def social_housing(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages fiscaux logés dans le parc social."""
    return cells["social_housing"]


@layer(
    label="Ménages en habitat collectif",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="kind"),
    error=None,
)
def collective_households(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de ménages fiscaux dont le logement est dans un immeuble collectif."""
    return cells["collective_households"]


@layer(
    label="Logements de 1945 à 1969",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="period"),
    error=None,
)
def dwellings_1945_1970(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements occupés construits entre 1945 et 1969."""
    return cells["dwellings_1945_1970"]


# What is counted among others is held down by too few of them and not raised by too many: where all
# are of one period, that alone would move its share. Each period is carried by itself instead.
@layer(
    label="Logements d’une autre époque connue",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    carried=Crosswalk(among="households", bounded=True, by="period"),
    error=None,
)
def dwellings_of_other_period(cells: pd.DataFrame) -> pd.Series[float]:
    """Nombre de logements occupés dont l'époque de construction est connue : avant 1945 ou depuis
    1970.
    """
    return (
        cells["dwellings_before_1945"]
        + cells["dwellings_1970_1990"]
        + cells["dwellings_after_1990"]
    )
