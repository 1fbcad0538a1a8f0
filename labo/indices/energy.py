"""Energy: homes that cost too much to keep warm or cool, journeys that cost too much."""

from labo.composite import Factor, composite

ENERGY = composite(
    id="energy",
    label="Vulnérabilité énergétique",
    question="Où l'énergie du logement et des trajets pèse-t-elle le plus sur les ménages ?",
    hazards=("energy",),
    factors=(
        Factor(label="pauvreté", component="sensitivity", indicators={"poverty_share": 1.0}),
        Factor(
            label="facture du logement",
            component="sensitivity",
            indicators={"energy_poverty_share": 1.0},
        ),
        Factor(
            label="logements F ou G", component="sensitivity", indicators={"dpe_f_g_share": 1.0}
        ),
        Factor(
            label="facture des trajets",
            component="sensitivity",
            indicators={"fuel_poverty_share": 1.0},
        ),
        Factor(
            label="transports en commun",
            component="adaptive_capacity",
            indicators={"transport_access_share": 1.0},
        ),
        Factor(
            label="information",
            component="adaptive_capacity",
            indicators={"information_access_share": 1.0},
        ),
    ),
    component_weights={"sensitivity": 1.0, "adaptive_capacity": 1.0},
    normalisation="percentile",
    aggregation="arithmetic",
    reference="qpv",
    available=2 / 3,
    profile=(
        "population",
        "dpe_coverage",
        "heating_degree_days_per_year",
        "cooling_degree_days_per_year",
    ),
    limits=(
        "Les poids sont les nôtres, égaux dans chaque composante.",
        (
            "La précarité énergétique est estimée par un modèle sur des mailles plus grandes que "
            "le quartier : elle ressemble à celle des alentours."
        ),
        (
            "Les logements sans diagnostic ne sont pas dans la part des F ou G : lisez à côté "
            "combien en ont un. Se priver de chauffage n'apparaît dans aucune facture."
        ),
        (
            "Le besoin de chauffage est connu pour toute l'agglomération : il se lit à côté et ne "
            "départage pas les quartiers."
        ),
    ),
)
