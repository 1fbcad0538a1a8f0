"""Words of indicators that not everybody knows, in plain words, for the page that uses them."""

from __future__ import annotations

from collections.abc import Iterable

from labo_web.releases.models import Indicator

# As it stands in a label or a sentence, and what it means.
WORDS = (
    (
        "ménage fiscal",
        (
            "les personnes qui déclarent leurs impôts au même logement. Les foyers et résidences "
            "n’y sont pas comptés."
        ),
    ),
    (
        "unité de consommation",
        (
            "une façon de partager le revenu d’un foyer selon qui y vit : le premier adulte compte "
            "pour 1, les autres pour moins."
        ),
    ),
    (
        "winsorisé",
        (
            "les revenus très hauts ou très bas sont ramenés à une limite par l’Insee, pour que "
            "peu de personnes ne changent pas la moyenne."
        ),
    ),
    (
        "DPE",
        (
            "diagnostic de performance énergétique. Il dit combien d’énergie un logement demande, "
            "de A (peu) à G (beaucoup)."
        ),
    ),
    (
        "maille de 1 km",
        "un carré de 1 km de côté, où l’on compte les espèces vues.",
    ),
    ("canopée", "le sol que couvrent les branches des arbres, vu d’en haut."),
    ("PM2,5", "poussières très fines, qui entrent loin dans les poumons."),
    ("NO2", "dioxyde d’azote, un gaz qui vient surtout des moteurs."),
    ("OMS", "Organisation mondiale de la santé."),
    ("dB(A)", "décibels : la force d’un bruit, comme l’oreille l’entend."),
    (
        "plan de prévention",
        "le document de l’État qui dit où l’on peut construire malgré un risque.",
    ),
)


def used(indicators: Iterable[Indicator]) -> list[tuple[str, str]]:
    """Return the words that the indicators of a page use, each with what it means."""
    told = " ".join(f"{x.label} {x.reading}" for x in indicators)
    return [(word, meaning) for word, meaning in WORDS if word in told]
