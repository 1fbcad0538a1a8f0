"""Which release a page belongs to: one function gives it or answers 404."""

from django.http import Http404, HttpRequest

from labo_web.accounts.access import circle_in, may_decide
from labo_web.accounts.models import Circle
from labo_web.releases.models import Agreement, Release, Value


def releases_for(request: HttpRequest, territory: str) -> list[Release]:
    """Return the releases of a territory that whoever asks may read, the one to show first.

    Raises Http404 where there is none.
    """
    found = list(Release.objects.visible_to(request).filter(territory__code=territory))
    if not found:
        raise Http404("Aucune livraison de ce territoire ne vous est ouverte.")
    return sorted(found, key=lambda r: (r.generation, r.pk), reverse=True)


def chosen(request: HttpRequest, found: list[Release]) -> Release:
    """Return the release that the address names (`?livraison=`), else the first."""
    code = request.GET.get("livraison", "")
    for release in found:
        if not code or release.code == code:
            return release
    raise Http404("Cette livraison n’existe pas ou ne vous est pas ouverte.")


def get_release_for(request: HttpRequest, territory: str) -> Release:
    """Return the release of a territory to show to whoever asks, or answer 404."""
    return chosen(request, releases_for(request, territory))


def get_release_by_code(request: HttpRequest, code: str) -> Release:
    """Return the release of that code, or answer 404."""
    found = Release.objects.visible_to(request).filter(digest__startswith=code).first()
    if found is None or found.code != code:
        raise Http404("Cette livraison n’existe pas ou ne vous est pas ouverte.")
    return found


def get_release_to_decide(request: HttpRequest, code: str) -> Release:
    """Return the release whose opening whoever asks may decide, or answer 404."""
    found = get_release_by_code(request, code)
    if not may_decide(request, found.territory):
        raise Http404("Seule l’équipe du territoire décide de l’ouverture.")
    return found


def latest_for(request: HttpRequest) -> list[Release]:
    """Return the release to show first of each territory, by name."""
    best: dict[int, Release] = {}
    for release in Release.objects.visible_to(request):
        kept = best.get(release.territory_id)
        if kept is None or (release.generation, release.pk) > (kept.generation, kept.pk):
            best[release.territory_id] = release
    return sorted(best.values(), key=lambda r: r.territory.name)


WAITING = "repose sur un seul bailleur, dont l’accord écrit manque"


def waiting_for(request: HttpRequest, releases: list[Release]) -> set[tuple[int, str, str]]:
    """Return what rests on one landlord who has not agreed: (release, zone, indicator).

    Nothing where whoever asks is of the team. One query, kept for the request.
    """
    public = {r.pk for r in releases if circle_in(request, r.territory) != Circle.TEAM}
    if not public:
        return set()
    kept: dict[frozenset[int], set[tuple[int, str, str]]] = request.__dict__.setdefault(
        "_waiting", {}
    )
    key = frozenset(public)
    if key not in kept:
        rows = Agreement.objects.filter(release__in=public, agreed_on=None)
        kept[key] = set(rows.values_list("release", "zone", "indicator"))
    return kept[key]


def withhold(request: HttpRequest, releases: list[Release], values: list[Value]) -> list[Value]:
    """Empty the values that rest on one landlord who has not agreed, but for the team.

    The values come with their zone and their indicator.
    """
    waiting = waiting_for(request, releases)
    empty = ("central", "low", "high", "gap", "gap_low", "gap_high", "imputed_share")
    for v in values if waiting else ():
        if (v.zone.release_id, v.zone.code, v.indicator.name) in waiting:
            for name in (*empty, "var_measurement", "var_secrecy", "var_transfer"):
                setattr(v, name, None)
            v.n_cells, v.reason = 0, WAITING
    return values
