"""Who may read and change which resource: each function gives it or answers 404."""

from django.http import Http404, HttpRequest

from labo_web.accounts.access import is_team, may_decide
from labo_web.accounts.models import fingerprint
from labo_web.releases.access import get_release_for
from labo_web.releases.models import Release, Zone
from labo_web.resources.models import Contradiction, Description, Resource


def get_zone_for(request: HttpRequest, territory: str, zone: str) -> tuple[Release, Zone]:
    """Return a neighbourhood of a territory, with the release it is read in, or answer 404."""
    release = get_release_for(request, territory)
    found = release.zones.filter(code=zone, kind__in=("qpv", "perimeter")).first()
    if found is None:
        raise Http404("Ce quartier n’est pas dans cette livraison.")
    return release, found


def get_territory_to_moderate(request: HttpRequest, territory: str) -> Release:
    """Return the release of a territory whose resources whoever asks moderates, or answer 404."""
    release = get_release_for(request, territory)
    if not may_decide(request, release.territory):
        raise Http404("Seule l’équipe du territoire lit ce qui n’est pas publié.")
    return release


def get_resource_for(request: HttpRequest, territory: str, pk: int) -> tuple[Release, Description]:
    """Return what may be read of a resource: what is published, or its newest text for the team."""
    release = get_release_for(request, territory)
    # By its key, a number that no database holds is of no row; a relation would hand it on.
    rows = Description.objects.filter(resource__territory=release.territory, resource__pk=pk)
    found = rows.published().first()
    if found is None and is_team(request, release.territory):
        found = rows.newest().first()
    if found is None:
        raise Http404("Cette ressource n’existe pas, ou n’est pas publiée.")
    return release, found


def get_resource_to_edit(
    request: HttpRequest, territory: str, pk: int
) -> tuple[Release, Description]:
    """Return the newest text of a resource that whoever asks may change, or answer 404."""
    release = get_territory_to_moderate(request, territory)
    rows = Description.objects.filter(resource__territory=release.territory, resource__pk=pk)
    found = rows.newest().first()
    if found is None:
        raise Http404("Cette ressource n’existe pas, ou a été retirée.")
    return release, found


def get_contradiction_to_moderate(
    request: HttpRequest, territory: str, pk: int
) -> tuple[Release, Contradiction]:
    """Return a contradiction that whoever asks may read and have verified, or answer 404."""
    release = get_territory_to_moderate(request, territory)
    rows = Contradiction.objects.filter(territory=release.territory, withdrawn_at=None, pk=pk)
    found = rows.select_related("resource").first()
    if found is None:
        raise Http404("Ce signalement n’existe pas, ou a été retiré.")
    return release, found


def get_given_by_link(token: str) -> Resource | Contradiction:
    """Return what was given with a private link, whoever holds it, or answer 404."""
    mark = fingerprint(token)
    for model in (Resource, Contradiction):
        found = model.objects.filter(token_hash=mark).select_related("territory").first()
        if isinstance(found, Resource | Contradiction):
            return found
    raise Http404("Ce lien n’ouvre rien : il est incomplet, ou a été remplacé.")
