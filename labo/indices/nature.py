"""Soil and nature: sealed or polluted ground, and the living things that are within reach."""

from labo.composite import Factor, composite

NATURE = composite(
    id="nature",
    label="Manque de sols vivants et de nature",
    question="Où le sol et la nature manquent-ils le plus à ceux qui y vivent ?",
    hazards=("nature",),
    factors=(
        Factor(label="sol imperméable", component="hazard", indicators={"impervious_share": 1.0}),
        Factor(
            label="site pollué proche",
            component="exposure",
            indicators={"polluted_site_500m_share": 1.0},
        ),
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="vivre sans jardin",
            component="sensitivity",
            indicators={"collective_housing_share": 1.0},
        ),
        Factor(
            label="couvert arboré", component="adaptive_capacity", indicators={"canopy_share": 1.0}
        ),
        Factor(
            label="espace vert proche",
            component="adaptive_capacity",
            indicators={"green_space_access_share": 1.0},
        ),
        Factor(
            label="espèces et corridors",
            component="adaptive_capacity",
            indicators={"species_richness": 0.5, "corridor_share": 0.5},
        ),
        Factor(
            label="jardins partagés",
            component="adaptive_capacity",
            indicators={"shared_garden_per_resident": 1.0},
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
    profile=("population", "good_rivers_share", "good_bathing_share"),
    limits=(
        "Les poids sont les nôtres, égaux dans chaque composante.",
        (
            "La part de sol ouvert est le complément du sol imperméable : elle n'est pas comptée "
            "une seconde fois."
        ),
        (
            "Une espèce vue n'est pas une espèce qui se porte bien ; zéro jardin partagé peut "
            "vouloir dire « non recensé »."
        ),
        "L'état des rivières et des baignades est connu par commune : il se lit à côté.",
    ),
)
