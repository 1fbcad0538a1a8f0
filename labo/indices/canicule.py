"""Heat waves: the nine factors that Adapt'Canicules looks at, and the heat itself."""

from labo.composite import Factor, composite

CANICULE = composite(
    id="canicule",
    label="Vulnérabilité aux canicules",
    question="Où la chaleur risque-t-elle le plus de peser sur les habitants, et pourquoi ?",
    hazards=("heat",),
    factors=(
        Factor(label="chaleur de nuit", component="hazard", indicators={"hot_night_share": 1.0}),
        Factor(
            label="chaleur de jour",
            component="hazard",
            indicators={"surface_temperature_anomaly": 1.0},
        ),
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="enfants de 0 à 3 ans",
            component="sensitivity",
            indicators={"children_0_3_share": 1.0},
        ),
        Factor(
            label="65 ans et plus, et leur situation",
            component="sensitivity",
            indicators={"aged_65_plus_share": 0.5, "one_person_household_share": 0.5},
        ),
        Factor(
            label="logement",
            component="sensitivity",
            indicators={"overcrowding_share": 0.5, "poor_summer_comfort_share": 0.5},
        ),
        Factor(
            label="couvert arboré", component="adaptive_capacity", indicators={"canopy_share": 1.0}
        ),
        Factor(
            label="lieux extérieurs frais",
            component="adaptive_capacity",
            indicators={"cool_outdoor_access_share": 1.0},
        ),
        Factor(
            label="lieux intérieurs frais, ouverts en août",
            component="adaptive_capacity",
            indicators={"cool_indoor_access_share": 1.0},
        ),
        Factor(label="soins", component="adaptive_capacity", indicators={"care_access_share": 1.0}),
        Factor(
            label="information",
            component="adaptive_capacity",
            indicators={"information_access_share": 1.0},
        ),
    ),
    component_weights={"hazard": 1.0, "sensitivity": 1.0, "adaptive_capacity": 1.0},
    normalisation="percentile",
    aggregation="arithmetic",
    reference="qpv",
    available=2 / 3,
    profile=(
        "population",
        "hot_day_share",
        "aged_80_plus_alone_share",
        "days_above_30_per_year",
        "nights_above_20_per_year",
        "heat_wave_days_per_year",
    ),
    limits=(
        (
            "Les neuf facteurs de population et de lieux sont ceux qu'Adapt'Canicules regarde ; "
            "leur formule et leurs poids ne nous sont pas connus : ceux-ci sont les nôtres, à "
            "poids égaux dans chaque composante, et un atelier peut en proposer d'autres."
        ),
        (
            "La chaleur est lue dans la forme de la ville et dans la température des surfaces, "
            "pas dans celle de l'air ni des logements."
        ),
        (
            "La forme de la ville chauffe le jour à peu près autant dans tous les QPV, et peu "
            "d'habitants y ont 80 ans : ces deux parts se lisent à côté, car leur incertitude "
            "dépasse ce qui sépare les quartiers."
        ),
        "Un lieu proche n'est pas toujours un lieu où l'on ose entrer : à vérifier sur place.",
        "Le nombre d'habitants n'entre pas dans le score : il se lit à côté.",
    ),
)
