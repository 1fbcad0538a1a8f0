"""Nature near homes: corridors, species, shared gardens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labo.estimate import Estimate
from labo.layer import layer
from labo.way import AtHomes, OnGround, Points

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CORRIDOR_ERROR = Estimate(
    central=0.15,
    low=0.05,
    high=0.3,
    unit="1",
    reference="Cartes des SRCE dessinées au 1/100 000 : décalage de quelques dizaines de mètres",
    grade="to_check",
    scope="surface de corridor dans un quartier, écart relatif",
)
RICHNESS_ERROR = Estimate(
    central=2.0,
    low=1.0,
    high=5.0,
    unit="1 / km**2",
    reference="Écart type de tirage d'un échantillon de 100 observations, ordre de grandeur",
    grade="to_check",
    scope="espèces attendues pour 100 observations",
)
GARDEN_ERROR = Estimate(
    central=0.1,
    low=0.0,
    high=0.3,
    unit="1",
    reference="Surfaces déclarées par les collectivités, sans contrôle connu",
    grade="to_check",
    scope="surface de jardins d'un quartier, écart relatif",
)


@layer(
    label="Surface de trame verte et bleue",
    unit="m**2",
    kind="extensive",
    sources=("inpn_corridors",),
    carried=OnGround(elsewhere=0.0),
    error=CORRIDOR_ERROR,
)
def corridor_ground(elements: gpd.GeoDataFrame) -> pd.Series[float]:
    """Surface au sol dans un corridor ou un réservoir de la trame verte et bleue régionale."""
    return elements["element"].notna().astype(float)


@layer(
    label="Espèces attendues à effort égal autour des logements",
    unit="1 / km**2",
    kind="field",
    sources=("gbif_species",),
    carried=AtHomes(whose="residents", elsewhere=float("nan"), reach_m=0.0),
    error=RICHNESS_ERROR,
)
def species_richness(cells: gpd.GeoDataFrame) -> pd.Series[float]:
    """Nombre d'espèces que montreraient 100 observations dans la maille de 1 km où l'on habite
    (raréfaction de Hurlbert). Une maille qui en a moins de 100 est laissée inconnue.
    """
    return cells["richness"]


@layer(
    label="Surface de jardins partagés",
    unit="m**2",
    kind="extensive",
    sources=("collectivites_jardins",),
    carried=Points(among=None),
    error=GARDEN_ERROR,
)
def shared_garden_area(gardens: gpd.GeoDataFrame) -> pd.Series[float]:
    """Surface des jardins partagés et familiaux qui se trouvent dans le quartier."""
    return gardens["area_m2"]
