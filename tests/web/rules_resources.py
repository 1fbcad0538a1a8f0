"""Who may do what in resources: see test_permissions."""

from collections.abc import Callable
from typing import Any

from labo_web.accounts.models import fingerprint
from labo_web.releases.models import Release
from labo_web.resources.models import Contradiction, Description, Resource, Ruling
from tests.web.rules import ALL, OFFICER, REFUSED, TEAM, Statuses, all_get, only

HERE = "territoires/<code:territory>/ressources"
AT = "territoires/999000001/ressources"
SAY = "territoires/<code:territory>/signaler/"
ZONE = "territoires/<code:territory>/quartiers/<code:zone>/ressources/"
LINK = "ressources/suivi/<str:token>/"
LETTER = "a-link-that-was-given"
# One that waits to be read.
PENDING = "WAITING"

# Address as declared: example, answers while open to the team only, answers once public.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    f"{HERE}/": (f"{AT}/", TEAM, ALL),
    f"{HERE}/<int:pk>/": (f"{AT}/{PENDING}/", TEAM, TEAM),
    ZONE: ("territoires/999000001/quartiers/QPV/ressources/", TEAM, ALL),
    f"{HERE}/ajouter/": (f"{AT}/ajouter/", TEAM, ALL),
    SAY: ("territoires/999000001/signaler/", TEAM, ALL),
    # Whoever holds the link, and nobody else can: it is the secret.
    LINK: (f"ressources/suivi/{LETTER}/", ALL, ALL),
    f"{HERE}/moderer/": (f"{AT}/moderer/", OFFICER, OFFICER),
    f"{HERE}/nouvelle/": (f"{AT}/nouvelle/", OFFICER, OFFICER),
    f"{HERE}/<int:pk>/moderer/": (f"{AT}/{PENDING}/moderer/", OFFICER, OFFICER),
    f"{HERE}/<int:pk>/modifier/": (f"{AT}/{PENDING}/modifier/", OFFICER, OFFICER),
    f"{HERE}/<int:pk>/verifier/": (f"{AT}/{PENDING}/verifier/", OFFICER, OFFICER),
    f"{HERE}/<int:pk>/retirer/": (f"{AT}/{PENDING}/retirer/", REFUSED, REFUSED),
    f"{SAY}<int:pk>/": ("territoires/999000001/signaler/CONTRADICTED/", OFFICER, OFFICER),
    f"{HERE}/importer/": (f"{AT}/importer/", OFFICER, OFFICER),
    f"{HERE}/importer/modele.csv": (f"{AT}/importer/modele.csv", OFFICER, OFFICER),
    f"{HERE}/importer/lieux/": (f"{AT}/importer/lieux/", OFFICER, OFFICER),
    f"{HERE}/donnees/": (f"{AT}/donnees/", TEAM, ALL),
    f"{HERE}/datapackage.json": (f"{AT}/datapackage.json", TEAM, ALL),
    f"{HERE}.csv": (f"{AT}.csv", TEAM, ALL),
    f"{HERE}.geojson": (f"{AT}.geojson", TEAM, ALL),
    f"{HERE}-odbl.csv": (f"{AT}-odbl.csv", TEAM, ALL),
    f"{HERE}-odbl.geojson": (f"{AT}-odbl.geojson", TEAM, ALL),
}
FORM = only(422, "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    f"{HERE}/ajouter/": all_get(422),
    SAY: all_get(422),
    LINK: all_get(302),
    f"{HERE}/nouvelle/": FORM,
    f"{HERE}/<int:pk>/moderer/": FORM,
    f"{HERE}/<int:pk>/modifier/": FORM,
    f"{HERE}/<int:pk>/verifier/": FORM,
    f"{HERE}/<int:pk>/retirer/": only(302, "officer", "facilitator"),
    # Read as it is, and shown.
    f"{SAY}<int:pk>/": only(302, "officer", "facilitator"),
    f"{HERE}/importer/": FORM,
    f"{HERE}/importer/lieux/": FORM,
}


def given(release: Release, *, published: bool, **more: Any) -> Description:
    """Make a resource that a resident gave."""
    made = Resource.objects.create(
        territory=release.territory, kind="place", source=more.pop("source", "resident")
    )
    fields = {"name": "Salle des fêtes", "offer": "On y est au frais."} | more
    x = Description.objects.create(resource=made, version=1, **fields)
    if published:
        Ruling.objects.create(description=x, status=Ruling.Status.PUBLISHED)
    return x


def contradicted(release: Release, **more: Any) -> Contradiction:
    """Make what a resident says against a place."""
    fields = {"place_name": "Médiathèque", "claim": "closed_august", "text": "Porte fermée."}
    x = Contradiction(territory=release.territory, **(fields | more))
    x.renew()
    x.save()
    return x


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""

    def linked() -> str:
        x = given(release, published=True).resource
        Resource.objects.filter(pk=x.pk).update(token_hash=fingerprint(LETTER))
        return LETTER

    return {
        PENDING: lambda: given(release, published=False).resource_id,
        "CONTRADICTED": lambda: contradicted(release).pk,
        LETTER: linked,
    }
