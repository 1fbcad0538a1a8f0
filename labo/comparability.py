"""What may not be read as an evolution, though two figures stand side by side, and who says so."""

from dataclasses import dataclass
from typing import Literal

from labo.estimate import Grade

Differs = Literal["vintages", "generations", "reference systems", "coverage"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A comparison that is refused.

    `dataset` is the source that it is about (the beginning of its name, for several), `differs`
    what must not differ between the two figures. `reason` is what the reader is told, in French;
    `reference` who says so, `grade` whether somebody read it there. `years` is how far apart two
    vintages must be to be compared; None where none may, or where it is not about vintages.
    """

    id: str
    dataset: str
    differs: Differs
    reason: str
    reference: str
    grade: Grade
    years: int | None = None


RULES = (
    Rule(
        id="filosofi_vintages",
        dataset="insee_filosofi",
        differs="vintages",
        reason=(
            "deux millésimes de Filosofi ne font pas une évolution : les sources fiscales, les "
            "règles et les carreaux imputés changent de l'un à l'autre"
        ),
        reference="Insee, documentation des données carroyées Filosofi",
        grade="to_check",
    ),
    Rule(
        id="census_vintages",
        dataset="insee_rp",
        differs="vintages",
        reason=(
            "deux millésimes du recensement à moins de cinq ans l'un de l'autre ne font pas une "
            "évolution : ils partagent des années d'enquête"
        ),
        reference=(
            "Insee, recensement de la population ; règle rappelée par l'Agam, « Une nouvelle "
            "méthode après le recensement 1999 » (janvier 2022)"
        ),
        grade="verified",
        years=5,
    ),
    Rule(
        id="qpv_generations",
        dataset="insee_qpv",
        differs="generations",
        reason=(
            "un chiffre de la génération 2015 ne se lit pas dans un périmètre de 2024 : la table "
            "de passage (`labo bridge`) dit ce qu'ils ont en commun"
        ),
        reference="Décrets 2014-1750 et 2023-1314 : deux listes de périmètres",
        grade="to_check",
    ),
    Rule(
        id="climate_reference_systems",
        dataset="drias",
        differs="reference systems",
        reason=(
            "deux référentiels climatiques (TRACC-2023, DRIAS-2020 …) viennent d'autres "
            "simulations : leur écart n'est pas un changement du climat"
        ),
        reference="Météo-France, DRIAS : notices des jeux TRACC-2023 et DRIAS-2020",
        grade="to_check",
    ),
    Rule(
        id="lcz_coverage",
        dataset="cerema_lcz",
        differs="coverage",
        reason=(
            "la carte des zones climatiques locales ne couvre pas la même part du quartier dans "
            "les deux : l'écart serait celui de la carte"
        ),
        reference="Cerema, LCZ : territoires ajoutés au fil des livraisons",
        grade="to_check",
    ),
)
