"""The air that people breathe at home, and the noise of main roads that comes with it."""

from labo.composite import Factor, composite

AIR = composite(
    id="air",
    label="Vulnérabilité à la pollution de l'air",
    question="Où l'air est-il le plus chargé, et pour qui est-ce le plus lourd ?",
    hazards=("air",),
    factors=(
        Factor(label="particules fines", component="hazard", indicators={"pm25_mean": 1.0}),
        Factor(label="dioxyde d'azote", component="hazard", indicators={"no2_mean": 1.0}),
        Factor(label="ozone", component="hazard", indicators={"o3_mean": 1.0}),
        Factor(
            label="au-dessus du seuil de l'OMS",
            component="exposure",
            indicators={"pm25_above_who_share": 0.5, "no2_above_who_share": 0.5},
        ),
        Factor(
            label="bruit des grandes routes",
            component="exposure",
            indicators={"road_noise_55_share": 1.0},
        ),
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="enfants de 0 à 5 ans",
            component="sensitivity",
            indicators={"children_0_5_share": 1.0},
        ),
        Factor(
            label="65 ans et plus", component="sensitivity", indicators={"aged_65_plus_share": 1.0}
        ),
        Factor(
            label="couvert arboré", component="adaptive_capacity", indicators={"canopy_share": 1.0}
        ),
        Factor(label="soins", component="adaptive_capacity", indicators={"care_access_share": 1.0}),
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
    profile=("population",),
    limits=(
        "Les poids sont les nôtres, égaux dans chaque composante.",
        (
            "L'air est modélisé dehors, au domicile : ni l'air intérieur, ni les trajets, ni le "
            "travail n'y sont. Entre deux quartiers proches, les écarts sont souvent plus petits "
            "que l'erreur du modèle."
        ),
        (
            "L'ozone est plus fort là où le dioxyde d'azote est plus faible : les deux se "
            "compensent en partie dans la moyenne."
        ),
        (
            "Les arbres filtrent peu l'air d'une rue : leur part dit un cadre de vie plus qu'un "
            "remède."
        ),
    ),
)
