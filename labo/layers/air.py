"""Air, noise and polluted ground where people live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labo.estimate import Estimate
from labo.layer import layer
from labo.way import AtHomes

if TYPE_CHECKING:
    import pandas as pd

    Floats = npt.NDArray[np.float64]

PM25 = "atmo_pm25"
NO2 = "atmo_no2"
O3 = "atmo_o3"
NOISE = "cbs_bruit"
SITES = "ademe_sites_pollues"
UNIT = "microgram / m**3"

# Yearly means, µg/m³: WHO global air quality guidelines (2021), and the limit values of the
# directive (EU) 2024/2881, which bind from 1 January 2030.
WHO_PM25, WHO_NO2 = 5.0, 10.0
EU_2030_PM25, EU_2030_NO2 = 10.0, 20.0
# Lden, dB(A): what the maps begin with; the limit for roads (arrêté du 4 avril 2006).
NOISE_MAPPED, NOISE_LIMIT = 55.0, 68.0
CLASS_DB = 5.0
SITE_REACH_M = 500.0

DIRECTIVE = (
    "Directive 2008/50/CE, annexe I : incertitude maximale de la modélisation d'une moyenne "
    "annuelle, 30 % (NO2) et 50 % (PM2,5 et ozone) ; l'écart-type retenu est bien en dessous, à "
    "vérifier dans le rapport de l'association"
)


def _error(central: float, low: float, high: float, scope: str) -> Estimate:
    """Return a relative standard error that the directive bounds and nobody here has measured."""
    return Estimate(
        central=central,
        low=low,
        high=high,
        unit="1",
        reference=DIRECTIVE,
        grade="to_check",
        scope=scope,
    )


PM25_ERROR = _error(0.12, 0.05, 0.25, "moyenne annuelle de PM2,5 sur un quartier")
NO2_ERROR = _error(0.15, 0.08, 0.25, "moyenne annuelle de NO2 sur un quartier")
O3_ERROR = _error(0.08, 0.04, 0.20, "moyenne annuelle d'ozone sur un quartier")
NOISE_ERROR = Estimate(
    central=0.2,
    low=0.1,
    high=0.4,
    unit="1",
    reference=(
        "Directive 2002/49/CE et méthode CNOSSOS-EU : les cartes ne chiffrent pas leur erreur ; "
        "1 à 2 dB(A) déplacent une courbe d'un cinquième environ ; à vérifier"
    ),
    grade="to_check",
    scope="habitants d'un quartier dans une zone de bruit",
)
SITE_ERROR = Estimate(
    central=0.12,
    low=0.05,
    high=0.3,
    unit="1",
    reference=(
        "Le fichier donne un point par site, quand sa surface déclarée (Surface_site_m2) va "
        "jusqu'à plusieurs dizaines d'hectares : ordre de grandeur à vérifier sur des contours"
    ),
    grade="to_check",
    scope="habitants d'un quartier à moins de 500 m d'un site",
)


def _above(values: Floats, threshold: float) -> Floats:
    """Return 1 above the threshold, 0 up to it, NaN where nothing is known."""
    return np.where(np.isnan(values), np.nan, values > threshold)


@layer(
    label="Particules fines PM2,5 au domicile",
    unit=UNIT,
    kind="field",
    sources=(PM25,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=PM25_ERROR,
)
def pm25(concentration: Floats) -> Floats:
    """Concentration moyenne annuelle de PM2,5 dans l'air extérieur, modélisée, moyenne sur les
    domiciles des habitants.
    """
    return concentration


@layer(
    label="Dioxyde d'azote NO2 au domicile",
    unit=UNIT,
    kind="field",
    sources=(NO2,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=NO2_ERROR,
)
def no2(concentration: Floats) -> Floats:
    """Concentration moyenne annuelle de NO2 dans l'air extérieur, modélisée, moyenne sur les
    domiciles des habitants.
    """
    return concentration


@layer(
    label="Ozone O3 au domicile",
    unit=UNIT,
    kind="field",
    sources=(O3,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=O3_ERROR,
)
def o3(concentration: Floats) -> Floats:
    """Concentration moyenne annuelle d'ozone dans l'air extérieur, modélisée, moyenne sur les
    domiciles des habitants.
    """
    return concentration


@layer(
    label="Habitants au-dessus de la ligne directrice OMS, PM2,5",
    unit="resident",
    kind="extensive",
    sources=(PM25,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=PM25_ERROR,
)
def pm25_above_who(concentration: Floats) -> Floats:
    """Nombre d'habitants dont le domicile dépasse 5 µg/m³ de PM2,5 en moyenne annuelle."""
    return _above(concentration, WHO_PM25)


@layer(
    label="Habitants au-dessus de la valeur limite européenne de 2030, PM2,5",
    unit="resident",
    kind="extensive",
    sources=(PM25,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=PM25_ERROR,
)
def pm25_above_2030(concentration: Floats) -> Floats:
    """Nombre d'habitants dont le domicile dépasse 10 µg/m³ de PM2,5 en moyenne annuelle."""
    return _above(concentration, EU_2030_PM25)


@layer(
    label="Habitants au-dessus de la ligne directrice OMS, NO2",
    unit="resident",
    kind="extensive",
    sources=(NO2,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=NO2_ERROR,
)
def no2_above_who(concentration: Floats) -> Floats:
    """Nombre d'habitants dont le domicile dépasse 10 µg/m³ de NO2 en moyenne annuelle."""
    return _above(concentration, WHO_NO2)


@layer(
    label="Habitants au-dessus de la valeur limite européenne de 2030, NO2",
    unit="resident",
    kind="extensive",
    sources=(NO2,),
    carried=AtHomes(whose="residents", elsewhere=np.nan, reach_m=0),
    error=NO2_ERROR,
)
def no2_above_2030(concentration: Floats) -> Floats:
    """Nombre d'habitants dont le domicile dépasse 20 µg/m³ de NO2 en moyenne annuelle."""
    return _above(concentration, EU_2030_NO2)


@layer(
    label="Habitants exposés au bruit des routes au-dessus de 55 dB(A)",
    unit="resident",
    kind="extensive",
    sources=(NOISE,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=NOISE_ERROR,
)
def road_noise_55(areas: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est dans une zone de bruit routier de plus de 55 dB(A)
    Lden. Seules les grandes routes sont cartographiées : plus de 8 200 véhicules par jour.
    """
    road = areas["emitter"] == "road"
    return np.asarray(road & (areas["limit"] | (areas["lower"] >= NOISE_MAPPED)), np.float64)


@layer(
    label="Habitants exposés au bruit des routes au-dessus de 68 dB(A)",
    unit="resident",
    kind="extensive",
    sources=(NOISE,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=0),
    error=NOISE_ERROR,
)
def road_noise_68(areas: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile dépasse la valeur limite de 68 dB(A) Lden du bruit
    routier. Les classes vont de 5 en 5 : la classe de 65 à 70 ne dit rien de ce seuil si la carte
    des dépassements manque.
    """
    road = (areas["emitter"] == "road").to_numpy()
    limit, lower = areas["limit"].to_numpy(dtype=bool), areas["lower"].to_numpy(dtype=float)
    exceeds = road & (limit | (lower >= NOISE_LIMIT))
    straddles = road & ~limit & (lower < NOISE_LIMIT) & (lower + CLASS_DB > NOISE_LIMIT)
    told = (road & limit).any()
    return np.where(straddles & ~told, np.nan, exceeds.astype(float))


@layer(
    label="Habitants à moins de 500 m d'un site pollué",
    unit="resident",
    kind="extensive",
    sources=(SITES,),
    carried=AtHomes(whose="residents", elsewhere=0.0, reach_m=SITE_REACH_M),
    error=SITE_ERROR,
)
def near_polluted_site(sites: pd.DataFrame) -> Floats:
    """Nombre d'habitants dont le domicile est à moins de 500 m, à vol d'oiseau, d'un site pollué où
    la puissance publique a dû intervenir, que l'opération soit finie ou non.
    """
    return np.ones(len(sites))
