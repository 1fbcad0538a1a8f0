"""Which release a page belongs to: one function gives it or answers 404."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest

from labo.diagnosis import PRESENT
from labo_web.accounts.access import circle_in, is_team, may_decide, signed_in
from labo_web.accounts.models import Circle, Organisation
from labo_web.releases.kept import raw_values
from labo_web.releases.models import Agreement, Answer, Release, Value, Zone


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
            # Links of the page stay in the release that its address names.
            release.query = f"?livraison={code}" if code else ""
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


def get_zone_for(request: HttpRequest, territory: str, zone: str) -> Zone:
    """Return a neighbourhood, with its release, to show to whoever asks; or answer 404."""
    release = get_release_for(request, territory)
    found = release.zones.filter(code=zone, kind__in=("qpv", "perimeter")).first()
    if found is None:
        raise Http404("Ce quartier n’est pas dans cette livraison.")
    found.release = release
    return found


def get_zone_to_write(request: HttpRequest, territory: str, zone: str) -> Zone:
    """Return the neighbourhood whose findings whoever asks may write, or answer 404."""
    release = get_release_for(request, territory)
    found = release.zones.filter(code=zone, kind__in=("qpv", "perimeter")).first()
    if found is None or not may_decide(request, release.territory):
        raise Http404("Seule l’équipe du territoire écrit ces phrases.")
    found.release = release
    return found


def get_release_to_answer(request: HttpRequest, code: str) -> tuple[Release, Organisation]:
    """Return a release and the body, asked to answer it, of whoever asks; or answer 404."""
    release = get_release_by_code(request, code)
    body = signed_in(request).organisation
    if body is None or not release.asked.filter(organisation=body).exists():
        raise Http404("Votre organisme n’a pas été invité à répondre à cette livraison.")
    return release, body


def answers_beside(
    request: HttpRequest, release: Release, *, zone: str | None = None, indicator: str | None = None
) -> list[Answer]:
    """Return the answers to a release, a neighbourhood or an indicator, that may be read now.

    They are public with the release; until then its team and their own body read them.
    """
    if not release.answered:
        return []
    found = release.answers.select_related("organisation", "signature")
    if zone is not None:
        found = found.filter(zone=zone)
    if indicator is not None:
        found = found.filter(indicator=indicator)
    body = getattr(request.user, "organisation_id", None)
    team = is_team(request, release.territory)
    if not team and release.circle < Circle.EVERYONE:
        found = found.filter(organisation=body) if body is not None else found.none()
    rows = list(found)
    name_places(release, rows)
    for row in rows:
        row.readable = not row.withheld or team or row.organisation_id == body
    return rows


def name_places(release: Release, rows: Sequence[Answer | Agreement]) -> None:
    """Give answers or agreements the names of their neighbourhood and indicator, as pages do."""
    if not rows:
        return
    zones = release.zones.filter(code__in={row.zone for row in rows})
    indicators = release.indicators.filter(name__in={row.indicator for row in rows})
    names = dict(zones.values_list("code", "name"))
    labels = dict(indicators.values_list("name", "label"))
    for row in rows:
        row.zone_name = names.get(row.zone, row.zone)
        row.indicator_label = labels.get(row.indicator, row.indicator)


def latest_for(request: HttpRequest, generation: str = "") -> list[Release]:
    """Return the release to show first of each territory, by name; of one generation if given."""
    best: dict[int, Release] = {}
    for release in Release.objects.visible_to(request):
        if generation and release.generation != generation:
            continue
        kept = best.get(release.territory_id)
        if kept is None or (release.generation, release.pk) > (kept.generation, kept.pk):
            best[release.territory_id] = release
    return sorted(best.values(), key=lambda r: r.territory.name)


WAITING = "repose sur un seul bailleur, dont l’accord écrit manque"


def waiting_for(request: HttpRequest, releases: list[Release]) -> set[tuple[int, str, str]]:
    """Return what rests on one landlord who has not agreed: (release, zone, indicator).

    Nothing where whoever asks is of the team. One query at most, kept for the request.
    """
    public = {r.pk for r in releases if r.waits and circle_in(request, r.territory) != Circle.TEAM}
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


def values_of(
    request: HttpRequest,
    release: Release,
    *,
    indicators: list[str] | None = None,
    zones: list[str] | None = None,
    scenario: str | None = PRESENT,
) -> list[Value]:
    """Return values with their zone and indicator, emptied of what may not be shown."""
    names = None if indicators is None else tuple(indicators)
    codes = None if zones is None else tuple(zones)
    return withhold(request, [release], raw_values(release, names, codes, scenario))
