"""Dwellings and the way people live in them, from the 200 m grid."""

import pandas as pd

from labo.layer import layer

FILOSOFI = "insee_filosofi_200m"


@layer(
    label="Surface des logements",
    unit="m**2",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=False,
)
def floor_area(cells: pd.DataFrame) -> pd.Series:
    """Surface cumulée des logements occupés par les ménages fiscaux."""
    return cells["floor_area"]


@layer(
    label="Logements sociaux occupés",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=True,
)
def social_housing(cells: pd.DataFrame) -> pd.Series:
    """Nombre de ménages fiscaux logés dans le parc social."""
    return cells["social_housing"]


@layer(
    label="Ménages en habitat collectif",
    unit="household",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=True,
)
def collective_households(cells: pd.DataFrame) -> pd.Series:
    """Nombre de ménages fiscaux dont le logement est dans un immeuble collectif."""
    return cells["collective_households"]


@layer(
    label="Logements d'avant 1945",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=True,
)
def dwellings_before_1945(cells: pd.DataFrame) -> pd.Series:
    """Nombre de logements occupés construits avant 1945."""
    return cells["dwellings_before_1945"]


@layer(
    label="Logements de 1945 à 1969",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=True,
)
def dwellings_1945_1970(cells: pd.DataFrame) -> pd.Series:
    """Nombre de logements occupés construits entre 1945 et 1969."""
    return cells["dwellings_1945_1970"]


@layer(
    label="Logements de 1970 à 1989",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=True,
)
def dwellings_1970_1990(cells: pd.DataFrame) -> pd.Series:
    """Nombre de logements occupés construits entre 1970 et 1989."""
    return cells["dwellings_1970_1990"]


@layer(
    label="Logements de 1990 et après",
    unit="dwelling",
    kind="extensive",
    sources=(FILOSOFI,),
    among="households",
    bounded=True,
)
def dwellings_after_1990(cells: pd.DataFrame) -> pd.Series:
    """Nombre de logements occupés construits à partir de 1990."""
    return cells["dwellings_after_1990"]
