"""Who made the data of a release, and under which licences it may be used again."""

from labo_web.releases.models import Release

LICENCE = "Licence Ouverte 2.0, sauf mention contraire d’une source"
LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
PUBLISHER = "Labo Quartiers en Transitions"


def attribution(release: Release) -> str:
    """Return who made the data of a release."""
    producers = sorted({p for s in release.sources for p in str(s["producer"]).split(", ")})
    return f"{PUBLISHER}, livraison {release.code}, d’après {', '.join(producers)}"


def licences(release: Release) -> list[str]:
    """Return the licences of the sources of a release, each once."""
    return sorted({str(s["licence"]) for s in release.sources})


def licences_in_words(release: Release) -> str:
    """Return the licences of the sources, which stay those of their producers."""
    return " ; ".join(licences(release))
