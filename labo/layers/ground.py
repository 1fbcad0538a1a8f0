"""What covers the ground of a zone: trees, sealed soil, vegetation, and what a storm sheds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labo.estimate import Estimate
from labo.layer import layer
from labo.runoff import GRASS_CN, SEALED_CN, STORM, TR_55, WOODS_CN, runoff_mm
from labo.way import OnGround

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    Pixels = npt.NDArray[np.float32]

NAN = float("nan")

TREES_ERROR = Estimate(
    central=0.2,
    low=0.1,
    high=0.35,
    unit="1",
    reference=(
        "Rapports de validation de Copernicus HRL 2018, à lire : les arbres isolés des villes sont "
        "les moins bien vus"
    ),
    grade="to_check",
    scope="surface de canopée d'un quartier, écart relatif",
)
SEALING_ERROR = Estimate(
    central=0.1,
    low=0.05,
    high=0.2,
    unit="1",
    reference="Rapports de validation de Copernicus HRL 2018, à lire",
    grade="to_check",
    scope="surface imperméable d'un quartier, écart relatif",
)
VEGETATION_ERROR = Estimate(
    central=0.1,
    low=0.05,
    high=0.2,
    unit="1",
    reference="IGN, descriptif de contenu de la BD TOPO V3, à lire",
    grade="to_check",
    scope="surface de végétation dessinée dans un quartier, écart relatif",
)
# What of the storm runs off soil of group B to C, against A and D at worst.
SOIL_ERROR = Estimate(
    central=0.5,
    low=0.3,
    high=1.0,
    unit="1",
    reference=f"Groupe hydrologique du sol inconnu : de A à D dans {TR_55}",
    grade="to_check",
    scope="ruissellement sur sol ouvert d'un quartier, écart relatif",
)


def runoff_share(curve_numbers: tuple[float, ...]) -> float:
    """Return the share of the storm that runs off: the mean over curve numbers equally likely."""
    return float(runoff_mm(STORM.central, curve_numbers).mean() / STORM.central)


# The soil group is unknown: B and C, the commonest in the West, are taken as equally likely.
SEALED_RUNOFF = runoff_share((SEALED_CN,))
GRASS_RUNOFF = runoff_share(GRASS_CN[1:3])
WOODS_RUNOFF = runoff_share(WOODS_CN[1:3])


@layer(
    label="Surface au sol",
    unit="m**2",
    kind="extensive",
    sources=("ign_communes",),
    carried=OnGround(elsewhere=0.0),
    error=None,
)
def zone_ground(communes: gpd.GeoDataFrame) -> pd.Series[float]:
    """Surface du quartier qui se trouve sur le sol d'une commune."""
    return communes["code"].notna().astype(float)


@layer(
    label="Surface sous les arbres",
    unit="m**2",
    kind="extensive",
    sources=("copernicus_tree_cover",),
    carried=OnGround(elsewhere=NAN),
    error=TREES_ERROR,
)
def canopy_ground(percent: Pixels) -> Pixels:
    """Surface au sol couverte par des couronnes d'arbres, vues du ciel par satellite à 10 m : les
    arbres isolés et les jeunes plantations y échappent souvent.
    """
    return percent / np.float32(100)


@layer(
    label="Surface imperméable",
    unit="m**2",
    kind="extensive",
    sources=("copernicus_imperviousness",),
    carried=OnGround(elsewhere=NAN),
    error=SEALING_ERROR,
)
def impervious_ground(percent: Pixels) -> Pixels:
    """Surface au sol bâtie ou revêtue (toits, voirie, parkings), vue par satellite à 10 m."""
    return percent / np.float32(100)


@layer(
    label="Surface de végétation arborée dessinée par l'IGN",
    unit="m**2",
    kind="extensive",
    sources=("ign_bdtopo_vegetation",),
    carried=OnGround(elsewhere=0.0),
    error=VEGETATION_ERROR,
)
def vegetation_ground(patches: gpd.GeoDataFrame) -> pd.Series[float]:
    """Surface au sol des bois, forêts, haies, vergers, vignes et landes de la BD TOPO. Les pelouses
    et les arbres d'alignement n'y sont pas.
    """
    return patches["nature"].notna().astype(float)


@layer(
    label="Surface équivalente de sol ouvert qui ruisselle",
    unit="m**2",
    kind="extensive",
    sources=("copernicus_imperviousness",),
    carried=OnGround(elsewhere=NAN),
    error=SOIL_ERROR,
)
def soil_runoff_ground(percent: Pixels) -> Pixels:
    """Surface de sol non revêtu, comptée pour la part d'un gros orage qui y ruisselle si le sol est
    enherbé (méthode SCS-CN, groupes de sol B et C). Le groupe de sol du quartier n'étant
    pas connu, l'incertitude est large.
    """
    return np.float32(GRASS_RUNOFF) * (1 - percent / np.float32(100))


@layer(
    label="Surface équivalente de ruissellement évité par les bois",
    unit="m**2",
    kind="extensive",
    sources=("ign_bdtopo_vegetation",),
    carried=OnGround(elsewhere=0.0),
    error=SOIL_ERROR,
)
def woodland_relief_ground(patches: gpd.GeoDataFrame) -> pd.Series[float]:
    """Surface de végétation arborée, comptée pour la part d'un gros orage qu'elle retient de plus
    qu'un sol enherbé (méthode SCS-CN, groupes de sol B et C).
    """
    return (GRASS_RUNOFF - WOODS_RUNOFF) * patches["nature"].notna().astype(float)
