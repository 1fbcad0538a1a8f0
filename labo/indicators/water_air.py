"""Water, drought, air, noise and polluted ground: what comes to people where they live."""

import numpy as np
import numpy.typing as npt

from labo.indicator import indicator
from labo.indicators.sensitivity import ratio

Floats = npt.NDArray[np.float64]


@indicator(
    label="Part des habitants en zone inondable (crue moyenne)",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("flood",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants vivent là où une crue au moins centennale peut venir.",
)
def flood_residents_share(flood_residents: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile est dans l'emprise d'une crue fréquente ou moyenne
    (débordement ou ruissellement, directive inondation). La hauteur d'eau et l'étage ne sont pas
    comptés ; hors du périmètre cartographié, rien n'est dit.
    """
    return ratio(flood_residents, population)


@indicator(
    label="Part des logements en zone inondable (crue moyenne)",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("flood",),
    reference="logements de l'agglomération",
    reading=(
        "Ici, {value} des logements occupés sont là où une crue au moins centennale peut venir."
    ),
)
def flood_dwellings_share(flood_households: Floats, households: Floats) -> Floats:
    """Part des ménages, donc des logements occupés, dans l'emprise d'une crue fréquente ou moyenne.
    Un logement en étage est compté : l'eau coupe l'accès et les réseaux.
    """
    return ratio(flood_households, households)


@indicator(
    label="Part des habitants en zone inondable (crue extrême)",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("flood",),
    reference="habitants de l'agglomération",
    reading="Ici, {value} des habitants vivent là où une crue exceptionnelle peut venir.",
)
def flood_extreme_residents_share(flood_extreme_residents: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile est dans l'emprise d'une crue de faible probabilité (de
    l'ordre de mille ans) ou plus fréquente : c'est l'emprise que les secours préparent.
    """
    return ratio(flood_extreme_residents, population)


@indicator(
    label="Part des habitants en zone d'aléa d'un plan de prévention (inondation)",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("flood",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, {value} des habitants vivent dans une zone d'aléa d'un plan de prévention du "
        "risque d'inondation."
    ),
)
def ppri_residents_share(ppri_residents: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile est dans une zone d'aléa inondation ou submersion d'un
    plan de prévention, quel que soit son niveau. À lire là où la directive inondation n'a pas de
    carte : les deux ne s'ajoutent pas.
    """
    return ratio(ppri_residents, population)


@indicator(
    label="Part des habitants en zone de submersion marine",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("flood",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, {value} des habitants vivent là où la mer peut venir lors d'une tempête au moins "
        "centennale."
    ),
)
def submersion_residents_share(submersion_residents: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile est dans l'emprise d'une submersion marine fréquente ou
    moyenne, au niveau actuel de la mer. Le recul du trait de côte n'est pas compté.
    """
    return ratio(submersion_residents, population)


@indicator(
    label="Part des habitants en zone de submersion marine avec la mer de 2100",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("flood",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, {value} des habitants vivent là où la mer pourrait venir en 2100 lors d'une "
        "tempête au moins centennale."
    ),
)
def submersion_climate_residents_share(
    submersion_climate_residents: Floats, population: Floats
) -> Floats:
    """Part des habitants dont le domicile est dans l'emprise d'une submersion marine moyenne avec
    une mer plus haute de 60 cm, hypothèse des cartes de la directive inondation. Habitants
    d'aujourd'hui, mer de 2100.
    """
    return ratio(submersion_climate_residents, population)


@indicator(
    label="Part des maisons sur un sol argileux exposé",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("drought",),
    reference="maisons de l'agglomération",
    reading=(
        "Ici, {value} des maisons sont sur un sol argileux qui peut les fissurer quand il sèche."
    ),
)
def clay_houses_share(clay_houses: Floats, houses: Floats) -> Floats:
    """Part des ménages en maison individuelle dont la maison est en exposition moyenne ou forte au
    retrait-gonflement des argiles. Les immeubles ne sont pas comptés ; ni les fondations ni les
    travaux faits ne sont connus ; vide là où il n'y a pas de maison.
    """
    return np.clip(ratio(clay_houses, houses), 0.0, 1.0)


@indicator(
    label="Arrêtés de catastrophe naturelle pour inondation",
    unit="1 / year",
    component="hazard",
    direction=1,
    hazards=("flood",),
    reference="communes de l'agglomération",
    reading=(
        "Cette commune a été reconnue en catastrophe naturelle pour inondation {value} depuis 1982."
    ),
)
def catnat_flood_orders_per_year(catnat_flood_orders: Floats) -> Floats:
    """Nombre moyen d'arrêtés par an depuis 1982, par commune. Ils mesurent la reconnaissance, pas
    l'aléa : il faut que la commune l'ait demandée. Jamais une différence entre quartiers.
    """
    return catnat_flood_orders


@indicator(
    label="Arrêtés de catastrophe naturelle pour sécheresse",
    unit="1 / year",
    component="hazard",
    direction=1,
    hazards=("drought",),
    reference="communes de l'agglomération",
    reading=(
        "Cette commune a été reconnue en catastrophe naturelle pour sécheresse {value} depuis 1982."
    ),
)
def catnat_drought_orders_per_year(catnat_drought_orders: Floats) -> Floats:
    """Nombre moyen d'arrêtés par an depuis 1982, par commune, pour les mouvements de sol dus à la
    sécheresse. Ils mesurent la reconnaissance, pas l'aléa. Jamais une différence entre quartiers.
    """
    return catnat_drought_orders


@indicator(
    label="Jours de restriction d'eau par an",
    unit="day",
    component="hazard",
    direction=1,
    hazards=("drought",),
    reference="communes de l'agglomération",
    reading="Dans cette commune, l'usage de l'eau est restreint {value} par an en moyenne.",
)
def water_restriction_days_per_year(water_restriction_days: Floats) -> Floats:
    """Nombre moyen de jours par an au niveau alerte, alerte renforcée ou crise (la vigilance ne
    restreint rien), toutes ressources ensemble, un jour comptant une fois. Une décision du préfet,
    pas une mesure de la sécheresse.
    """
    return water_restriction_days


@indicator(
    label="Particules fines PM2,5 au domicile",
    unit="microgram / m**3",
    component="hazard",
    direction=1,
    hazards=("air",),
    reference=(
        "ligne directrice de l'OMS (2021) : 5 µg/m³ ; valeur limite européenne de 2030 : 10 µg/m³"
    ),
    reading=(
        "Ici, l'air extérieur contient en moyenne {value} de particules fines (PM2,5) sur l'année."
    ),
)
def pm25_mean(pm25: Floats) -> Floats:
    """Concentration moyenne annuelle de PM2,5 modélisée, moyenne sur les domiciles. L'air
    intérieur, les trajets et l'exposition au travail n'y sont pas. Deux années ne font pas une
    tendance.
    """
    return pm25


@indicator(
    label="Dioxyde d'azote NO2 au domicile",
    unit="microgram / m**3",
    component="hazard",
    direction=1,
    hazards=("air",),
    reference=(
        "ligne directrice de l'OMS (2021) : 10 µg/m³ ; valeur limite européenne de 2030 : 20 µg/m³"
    ),
    reading=(
        "Ici, l'air extérieur contient en moyenne {value} de dioxyde d'azote (NO2) sur l'année."
    ),
)
def no2_mean(no2: Floats) -> Floats:
    """Concentration moyenne annuelle de NO2 modélisée, moyenne sur les domiciles : elle vient
    surtout du trafic et baisse vite quand on s'éloigne de la route.
    """
    return no2


@indicator(
    label="Ozone O3 au domicile",
    unit="microgram / m**3",
    component="hazard",
    direction=1,
    hazards=("air",),
    reference="habitants de l'agglomération",
    reading="Ici, l'air extérieur contient en moyenne {value} d'ozone (O3) sur l'année.",
)
def o3_mean(o3: Floats) -> Floats:
    """Concentration moyenne annuelle d'ozone modélisée, moyenne sur les domiciles. Les seuils de
    santé portent sur les jours de pointe, que cette moyenne ne montre pas ; l'ozone est plus fort
    loin du trafic.
    """
    return o3


@indicator(
    label="Part des habitants au-dessus du seuil OMS de PM2,5",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("air",),
    reference="ligne directrice de l'OMS (2021) : 5 µg/m³ en moyenne annuelle",
    reading=(
        "Ici, {value} des habitants respirent plus de particules fines (PM2,5) que ce que l'OMS"
        " recommande."
    ),
)
def pm25_above_who_share(pm25_above_who: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile dépasse 5 µg/m³ de PM2,5 en moyenne annuelle. Près du
    seuil, une petite erreur du modèle change tout : lire l'intervalle et la moyenne.
    """
    return ratio(pm25_above_who, population)


@indicator(
    label="Part des habitants au-dessus du seuil OMS de NO2",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("air",),
    reference="ligne directrice de l'OMS (2021) : 10 µg/m³ en moyenne annuelle",
    reading=(
        "Ici, {value} des habitants respirent plus de dioxyde d'azote (NO2) que ce que l'OMS "
        "recommande."
    ),
)
def no2_above_who_share(no2_above_who: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile dépasse 10 µg/m³ de NO2 en moyenne annuelle. Près du
    seuil, une petite erreur du modèle change tout : lire l'intervalle et la moyenne.
    """
    return ratio(no2_above_who, population)


@indicator(
    label="Part des habitants au-dessus de la limite de 2030, PM2,5",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("air",),
    reference="directive (UE) 2024/2881 : 10 µg/m³ en moyenne annuelle au 1er janvier 2030",
    reading=(
        "Ici, {value} des habitants respirent plus de particules fines (PM2,5) que la limite "
        "européenne de 2030."
    ),
)
def pm25_above_2030_share(pm25_above_2030: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile dépasse 10 µg/m³ de PM2,5 en moyenne annuelle. La limite
    vaudra en 2030 : elle sert ici de repère.
    """
    return ratio(pm25_above_2030, population)


@indicator(
    label="Part des habitants au-dessus de la limite de 2030, NO2",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("air",),
    reference="directive (UE) 2024/2881 : 20 µg/m³ en moyenne annuelle au 1er janvier 2030",
    reading=(
        "Ici, {value} des habitants respirent plus de dioxyde d'azote (NO2) que la limite "
        "européenne de 2030."
    ),
)
def no2_above_2030_share(no2_above_2030: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile dépasse 20 µg/m³ de NO2 en moyenne annuelle. La limite
    vaudra en 2030 : elle sert ici de repère.
    """
    return ratio(no2_above_2030, population)


@indicator(
    label="Part des habitants au-dessus de 55 dB(A), bruit des routes",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("air", "heat"),
    reference=(
        "seuil des cartes de bruit (directive 2002/49/CE) : 55 dB(A) Lden ; l'OMS recommande 53"
    ),
    reading=(
        "Ici, {value} des habitants vivent dans le bruit d'une grande route, plus de 55 dB(A) "
        "sur la journée."
    ),
)
def road_noise_55_share(road_noise_55: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile est dans une zone de bruit routier de plus de 55 dB(A)
    Lden. Les rues de moindre trafic ne sont pas cartographiées : c'est un minimum. Le bruit empêche
    aussi d'ouvrir la nuit pour rafraîchir.
    """
    return ratio(road_noise_55, population)


@indicator(
    label="Part des habitants au-dessus de la limite de 68 dB(A), bruit des routes",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("air", "heat"),
    reference="valeur limite du bruit routier (arrêté du 4 avril 2006) : 68 dB(A) Lden",
    reading=(
        "Ici, {value} des habitants vivent dans un bruit de route qui dépasse la limite de 68 "
        "dB(A)."
    ),
)
def road_noise_68_share(road_noise_68: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile dépasse 68 dB(A) Lden pour le bruit routier, valeur qui
    ouvre droit à des travaux (points noirs du bruit). Les rues de moindre trafic ne sont pas
    cartographiées.
    """
    return ratio(road_noise_68, population)


@indicator(
    label="Part des habitants à moins de 500 m d'un site pollué",
    unit="1",
    component="exposure",
    direction=1,
    hazards=("nature",),
    reference="habitants de l'agglomération",
    reading=(
        "Ici, {value} des habitants vivent à moins de 500 m d'un site pollué où l'État est "
        "intervenu."
    ),
)
def polluted_site_500m_share(near_polluted_site: Floats, population: Floats) -> Floats:
    """Part des habitants dont le domicile est à moins de 500 m, à vol d'oiseau, d'un site à
    responsable défaillant confié à l'ADEME. C'est une proximité, pas une exposition mesurée ; les
    sites suivis par d'autres n'y sont pas.
    """
    return ratio(near_polluted_site, population)


@indicator(
    label="Part des cours d'eau en bon état écologique",
    unit="1",
    component="hazard",
    direction=-1,
    hazards=("nature", "drought"),
    reference="objectif de la directive cadre sur l'eau : tous en bon état",
    reading="Dans cette commune, {value} des cours d'eau suivis sont en bon état écologique.",
)
def good_rivers_share(good_rivers: Floats) -> Floats:
    """Part des masses d'eau de la commune en bon ou très bon état écologique, parmi celles dont
    l'état est connu. Un état de la rivière, pas de l'eau du robinet. Jamais une différence entre
    quartiers.
    """
    return good_rivers


@indicator(
    label="Part des sites de baignade de bonne qualité",
    unit="1",
    component="adaptive_capacity",
    direction=-1,
    hazards=("heat", "nature"),
    reference="classes de la directive 2006/7/CE",
    reading=(
        "Dans cette commune, {value} des sites de baignade classés sont de bonne ou "
        "d'excellente qualité."
    ),
)
def good_bathing_share(good_bathing: Floats) -> Floats:
    """Part des sites de baignade classés bons ou excellents sur quatre saisons ; vide là où aucun
    site n'est classé. Se baigner rafraîchit, si l'eau est saine et le site accessible, ce qui n'est
    pas su ici.
    """
    return good_bathing
