"""Floods, the sea, and storm water that the ground does not take."""

from labo.composite import Factor, composite

FLOOD = composite(
    id="flood",
    label="Vulnérabilité aux inondations et au ruissellement",
    question="Où l'eau peut-elle venir, et qui aurait du mal à y faire face ?",
    hazards=("flood",),
    factors=(
        Factor(label="ruissellement", component="hazard", indicators={"runoff_potential": 1.0}),
        Factor(
            label="crue",
            component="exposure",
            indicators={"flood_residents_share": 0.5, "flood_extreme_residents_share": 0.5},
        ),
        Factor(
            label="submersion marine",
            component="exposure",
            indicators={
                "submersion_residents_share": 0.5,
                "submersion_climate_residents_share": 0.5,
            },
        ),
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="80 ans et plus", component="sensitivity", indicators={"aged_80_plus_share": 1.0}
        ),
        Factor(label="sans voiture", component="sensitivity", indicators={"no_car_share": 1.0}),
        Factor(
            label="information",
            component="adaptive_capacity",
            indicators={"information_access_share": 1.0},
        ),
        Factor(label="soins", component="adaptive_capacity", indicators={"care_access_share": 1.0}),
        Factor(
            label="vie associative",
            component="adaptive_capacity",
            indicators={"associations_per_1000": 1.0},
        ),
    ),
    component_weights={
        "hazard": 1.0,
        "exposure": 1.0,
        "sensitivity": 1.0,
        "adaptive_capacity": 1.0,
    },
    normalisation="percentile",
    aggregation="arithmetic",
    reference="qpv",
    available=2 / 3,
    profile=(
        "population",
        "ppri_residents_share",
        "catnat_flood_orders_per_year",
        "heavy_rain_days_per_year",
    ),
    limits=(
        "Les poids sont les nôtres, égaux dans chaque composante.",
        (
            "Hors du périmètre des cartes d'inondation, rien n'est dit : ce n'est pas une absence "
            "de danger. La hauteur d'eau et l'étage ne sont pas comptés."
        ),
        (
            "Le ruissellement est celui d'un gros orage sur le sol du quartier ; l'eau qui vient "
            "d'ailleurs et les réseaux n'y sont pas."
        ),
        (
            "Là où aucun quartier n'est en zone inondable, l'exposition ne départage personne et "
            "le classement dit surtout qui aurait du mal à faire face."
        ),
    ),
)
