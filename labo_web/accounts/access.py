"""What the person behind a request is, and where. One query, kept for the request."""

from typing import cast

from django.http import HttpRequest

from labo_web.accounts.models import DECIDING_KINDS, TEAM_KINDS, Circle, Role, Territory


def roles_of(request: HttpRequest) -> list[Role]:
    """Return the roles of whoever asks; none for a visitor."""
    kept = getattr(request, "_roles", None)
    if kept is None:
        person = request.user
        kept = list(Role.objects.filter(person=person)) if person.is_authenticated else []
        request._roles = kept  # type: ignore[attr-defined]
    return cast(list[Role], kept)


def _here(request: HttpRequest, territory: Territory) -> list[Role]:
    return [r for r in roles_of(request) if r.territory_id in (None, territory.pk)]


def circle_in(request: HttpRequest, territory: Territory) -> Circle:
    """Return the smallest circle of the territory that whoever asks belongs to."""
    return min((r.circle for r in _here(request, territory)), default=Circle.EVERYONE)


def is_team(request: HttpRequest, territory: Territory) -> bool:
    """Return whether whoever asks is of the territory's team: it sees all the figures."""
    return any(r.kind in TEAM_KINDS for r in _here(request, territory))


def may_decide(request: HttpRequest, territory: Territory) -> bool:
    """Return whether whoever asks may open a release to a wider circle."""
    return any(r.kind in DECIDING_KINDS for r in _here(request, territory))
