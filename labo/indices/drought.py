"""Drought, clay that shrinks, and the houses that stand on it."""

from labo.composite import Factor, composite

DROUGHT = composite(
    id="drought",
    label="Vulnérabilité à la sécheresse et au retrait des argiles",
    question="Où le sol qui sèche peut-il abîmer les maisons, et qui aurait du mal à réparer ?",
    hazards=("drought",),
    factors=(
        Factor(
            label="maisons sur argile", component="exposure", indicators={"clay_houses_share": 1.0}
        ),
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="65 ans et plus", component="sensitivity", indicators={"aged_65_plus_share": 1.0}
        ),
        Factor(
            label="sol ouvert", component="adaptive_capacity", indicators={"open_soil_share": 1.0}
        ),
        Factor(
            label="information",
            component="adaptive_capacity",
            indicators={"information_access_share": 1.0},
        ),
    ),
    component_weights={"exposure": 1.0, "sensitivity": 1.0, "adaptive_capacity": 1.0},
    normalisation="percentile",
    aggregation="arithmetic",
    reference="qpv",
    available=2 / 3,
    profile=(
        "population",
        "catnat_drought_orders_per_year",
        "water_restriction_days_per_year",
        "dry_spell_of_the_year",
    ),
    limits=(
        "Les poids sont les nôtres, égaux dans chaque composante.",
        (
            "La sécheresse elle-même est connue par commune ou pour toute l'agglomération : elle "
            "se lit à côté et ne départage pas les quartiers."
        ),
        (
            "Les immeubles ne sont pas comptés : dans un quartier de peu de maisons, l'exposition "
            "dit peu de chose. Ni les fondations ni les travaux faits ne sont connus."
        ),
    ),
)
