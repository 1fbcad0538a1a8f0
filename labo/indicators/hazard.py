"""What may strike, before anyone is counted: heat kept or caught, sealed ground, storm runoff."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator
from labo.indicators.sensitivity import ratio
from labo.layers.ground import SEALED_RUNOFF
from labo.runoff import STORM

Floats = npt.NDArray[np.float64]


@indicator(
    label="Part des habitants en zone sensible à la surchauffe de nuit",
    unit="1",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants vivent dans un tissu urbain qui reste chaud la nuit.",
)
def hot_night_share(homes_hot_at_night: Floats) -> Floats:
    """Part des habitants dont la zone climatique locale a une sensibilité forte ou très forte à la
    surchauffe de nuit, parmi ceux dont la zone est classée. Une sensibilité « moyenne » ne veut pas
    dire « sans problème » : les grands ensembles (LCZ 4 et 5) le sont la nuit et sont pourtant
    forts le jour. La forme de la ville est lue, et non une température ; la correspondance entre
    classes et sensibilités est à vérifier.
    """
    return np.clip(homes_hot_at_night, 0.0, 1.0)


@indicator(
    label="Part des habitants en zone sensible à la surchauffe de jour",
    unit="1",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants vivent dans un tissu urbain qui chauffe fort le jour.",
)
def hot_day_share(homes_hot_by_day: Floats) -> Floats:
    """Part des habitants dont la zone climatique locale a une sensibilité forte ou très forte à la
    surchauffe de jour, parmi ceux dont la zone est classée. À lire à côté de la nuit et sans les
    additionner. Une sensibilité « moyenne » ne veut pas dire « sans problème ». La forme de la
    ville est lue, et non une température ; la correspondance entre classes et sensibilités est à
    vérifier.
    """
    return np.clip(homes_hot_by_day, 0.0, 1.0)


@indicator(
    label="Écart de température de surface en été (surface, pas air)",
    unit="kelvin",
    component="hazard",
    direction=1,
    hazards=("heat",),
    reference="moyenne des terres de l'image autour de l'agglomération",
    reading=(
        "Ici, en été, les surfaces (toits, sols, feuillages, mais pas l'air) autour des logements "
        "s'écartent en moyenne de {value} de toutes celles des environs, campagne comprise."
    ),
)
def surface_temperature_anomaly(surface_anomaly: Floats) -> Floats:
    """Écart moyen, là où vivent les habitants, entre la température de surface vue par satellite et
    la moyenne des terres de l'image autour de l'agglomération, campagne comprise. Médiane d'images
    d'été de fin de matinée par ciel clair, mesurées à 100 m. Ce n'est ni la température de l'air,
    ni celle que l'on ressent, ni celle de la nuit : un toit clair ou un champ sec peuvent s'écarter
    de plusieurs degrés sans que l'air en fasse autant.
    """
    return surface_anomaly


@indicator(
    label="Part de sol imperméable",
    unit="1",
    component="hazard",
    direction=1,
    hazards=("heat", "flood", "nature"),
    reference="sol de l'agglomération",
    reading="Ici, {value} du sol est bâti ou revêtu.",
)
def impervious_share(impervious_ground: Floats, zone_ground: Floats) -> Floats:
    """Part du sol qui est bâtie ou revêtue. Vue du ciel : un revêtement caché sous des arbres peut
    être manqué, un sol tassé n'est pas compté.
    """
    return np.minimum(ratio(impervious_ground, zone_ground), 1.0)


@indicator(
    label="Ruissellement possible lors d'un gros orage",
    unit="mm",
    component="hazard",
    direction=1,
    hazards=("flood",),
    reference="sol de l'agglomération",
    reading="Ici, sur 50 mm de pluie d'orage, {value} ne pourraient pas s'infiltrer.",
)
def runoff_potential(
    impervious_ground: Floats,
    soil_runoff_ground: Floats,
    woodland_relief_ground: Floats,
    zone_ground: Floats,
) -> Floats:
    """Lame d'eau qui ruisselle lors d'une pluie de 50 mm, par la méthode SCS-CN, en
    moyenne sur les sols revêtus, enherbés et boisés. C'est un potentiel : ni une hauteur d'eau, ni
    un débit ; la pente, les réseaux et les bassins n'y sont pas. Le groupe hydrologique du sol
    n'étant pas connu, l'intervalle va d'un sol à l'autre.
    """
    open_runoff = np.maximum(soil_runoff_ground - woodland_relief_ground, 0.0)
    running = SEALED_RUNOFF * impervious_ground + open_runoff
    return np.minimum(ratio(running, zone_ground), 1.0) * STORM.central
