"""Heat around homes: local climate zones by night and by day, and the surface seen from space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from labo.estimate import Estimate, Grade
from labo.layer import layer
from labo.way import AtHomes

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

Overheating = Literal["très forte", "forte", "moyenne", "faible", "variable"]
STRONG = ("très forte", "forte")

# How each class of local climate zone overheats, by night and by day. By night what counts is the
# mass that gives its heat back between walls that see little sky: dense low towns. By day it is sun
# on mineral ground without shade: large estates and shopping areas too. "variable" depends on the
# season, the water or the thing itself, so it counts as unknown.
OVERHEATING: dict[str, tuple[Overheating, Overheating]] = {
    "1": ("très forte", "moyenne"),
    "2": ("très forte", "forte"),
    "3": ("forte", "forte"),
    "4": ("moyenne", "forte"),
    "5": ("moyenne", "forte"),
    "6": ("moyenne", "moyenne"),
    "7": ("variable", "très forte"),
    "8": ("forte", "très forte"),
    "9": ("faible", "faible"),
    "10": ("forte", "très forte"),
    "A": ("faible", "faible"),
    "B": ("faible", "faible"),
    "C": ("faible", "moyenne"),
    "D": ("faible", "moyenne"),
    "E": ("forte", "très forte"),
    "F": ("faible", "variable"),
    "G": ("variable", "faible"),
}
OVERHEATING_REFERENCE = (
    "Lecture du Labo d'après Stewart et Oke (2012), doi:10.1175/BAMS-D-11-00019.1, et les niveaux "
    "de sensibilité du Cerema (LCZ, 2024) ; la table officielle, classe par classe, est à relire"
)
OVERHEATING_GRADE: Grade = "to_check"
NIGHT, DAY = 0, 1

WRONG_CLASS = Estimate(
    central=0.1,
    low=0.03,
    high=0.2,
    unit="1",
    reference=(
        "Ordre de grandeur des confusions entre classes voisines dans les cartes LCZ ; la notice "
        "du Cerema est à lire"
    ),
    grade="to_check",
    scope="part d'habitants d'un quartier",
)
SURFACE_ERROR = Estimate(
    central=0.7,
    low=0.4,
    high=1.5,
    unit="kelvin",
    reference=(
        "Laraby et Schott (2018), Remote Sensing of Environment : incertitude sous 2 K pour 63 % "
        "des pixels de Landsat 7 ; ce qui reste dans l'écart moyen d'un quartier est supposé, "
        "l'erreur commune à l'image s'annulant"
    ),
    grade="to_check",
    scope="température de surface, écart moyen d'un quartier",
)


def strong(classes: pd.Series[str], moment: int) -> pd.Series[float]:
    """Return 1 where a class overheats strongly at that moment (NIGHT or DAY), else 0.

    NaN where the class is unknown, or its overheating variable.
    """
    levels = {name: of_day[moment] for name, of_day in OVERHEATING.items()}
    told = {k: float(v in STRONG) for k, v in levels.items() if v != "variable"}
    return classes.map(told).astype(float)


@layer(
    label="Habitants dont la zone garde sa chaleur la nuit",
    unit="1",
    kind="field",
    sources=("cerema_lcz",),
    carried=AtHomes(whose="residents", elsewhere=float("nan"), reach_m=0.0),
    error=WRONG_CLASS,
)
def homes_hot_at_night(zones: gpd.GeoDataFrame) -> pd.Series[float]:
    """Part des habitants dont la zone climatique locale (LCZ) a une sensibilité forte ou très forte
    à la surchauffe de nuit : 1, 2, 3, 8, 10 et E. Hors de la carte, ou dans une classe dont la
    sensibilité varie, on ne sait pas : l'habitant n'est pas compté.
    """
    return strong(zones["lcz"], NIGHT)


@layer(
    label="Habitants dont la zone surchauffe le jour",
    unit="1",
    kind="field",
    sources=("cerema_lcz",),
    carried=AtHomes(whose="residents", elsewhere=float("nan"), reach_m=0.0),
    error=WRONG_CLASS,
)
def homes_hot_by_day(zones: gpd.GeoDataFrame) -> pd.Series[float]:
    """Part des habitants dont la zone climatique locale (LCZ) a une sensibilité forte ou très forte
    à la surchauffe de jour : 2 à 5, 7, 8, 10 et E. Hors de la carte, ou dans une classe dont la
    sensibilité varie, on ne sait pas : l'habitant n'est pas compté.
    """
    return strong(zones["lcz"], DAY)


@layer(
    label="Écart de température de surface aux logements",
    unit="kelvin",
    kind="field",
    sources=("usgs_landsat_surface",),
    carried=AtHomes(whose="residents", elsewhere=float("nan"), reach_m=0.0),
    error=SURFACE_ERROR,
)
def surface_anomaly(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Écart, en degrés, entre la température de surface là où vivent les habitants et la moyenne
    des terres de l'image autour de l'agglomération : médiane des images Landsat d'été prises vers
    11 h solaire par ciel clair. C'est la surface (toits, sols, feuillages), jamais l'air.
    """
    return pixels
