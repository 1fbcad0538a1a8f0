"""What the person behind a request is, and where. One query, kept for the request."""

from typing import cast

from django.http import Http404, HttpRequest

from labo_web.accounts.models import (
    DECIDING_KINDS,
    TEAM_KINDS,
    Circle,
    Invitation,
    Person,
    Role,
    Territory,
)


def roles_of(request: HttpRequest) -> list[Role]:
    """Return the roles of whoever asks; none for a visitor."""
    kept = getattr(request, "_roles", None)
    if kept is None:
        person = request.user
        kept = list(Role.objects.current().filter(person=person)) if person.is_authenticated else []
        request._roles = kept  # type: ignore[attr-defined]
    return cast(list[Role], kept)


def signed_in(request: HttpRequest) -> Person:
    """Return the person behind a request; pages that call it are closed to visitors."""
    if not isinstance(request.user, Person):
        raise Http404("Entrez d’abord.")
    return request.user


def _here(request: HttpRequest, territory: Territory) -> list[Role]:
    return [r for r in roles_of(request) if r.territory_id in (None, territory.pk)]


def circle_in(request: HttpRequest, territory: Territory) -> Circle:
    """Return the smallest circle of the territory that whoever asks belongs to."""
    return min((r.circle for r in _here(request, territory)), default=Circle.EVERYONE)


def is_team(request: HttpRequest, territory: Territory) -> bool:
    """Return whether whoever asks is of the territory's team: it sees all the figures."""
    return any(r.kind in TEAM_KINDS for r in _here(request, territory))


def may_decide(request: HttpRequest, territory: Territory) -> bool:
    """Return whether whoever asks may open a release, write its findings and invite people."""
    return any(r.kind in DECIDING_KINDS for r in _here(request, territory))


def is_facilitator(request: HttpRequest) -> bool:
    """Return whether whoever asks runs the programme."""
    return any(r.kind == Role.Kind.PROGRAMME for r in roles_of(request))


def territories_to_staff(request: HttpRequest) -> list[Territory]:
    """Return the territories whose people whoever asks may invite, or answer 404."""
    found = Territory.objects.all()
    if not is_facilitator(request):
        officer = [r.territory_id for r in roles_of(request) if r.kind in DECIDING_KINDS]
        found = found.filter(pk__in=[pk for pk in officer if pk is not None])
        if not found:
            raise Http404("Seule l’équipe d’un territoire invite des personnes.")
    return list(found)


def get_territory_to_staff(request: HttpRequest, code: str) -> Territory:
    """Return the territory whose people whoever asks may invite, or answer 404."""
    territory = Territory.objects.filter(code=code).first()
    if territory is None or not may_decide(request, territory):
        raise Http404("Seule l’équipe du territoire invite des personnes.")
    return territory


def _may_staff(request: HttpRequest, territory: Territory | None) -> bool:
    return is_facilitator(request) if territory is None else may_decide(request, territory)


def get_role_to_withdraw(request: HttpRequest, pk: int) -> Role:
    """Return a role that whoever asks may withdraw, or answer 404."""
    found = Role.objects.current().select_related("person", "territory").filter(pk=pk).first()
    if found is None or not _may_staff(request, found.territory):
        raise Http404("Ce rôle n’existe plus, ou vous ne pouvez pas le retirer.")
    return found


def get_invitation_to_edit(request: HttpRequest, pk: int) -> Invitation:
    """Return an invitation that whoever asks may cancel or send again, or answer 404."""
    found = Invitation.objects.select_related("territory").filter(pk=pk).first()
    if found is None or not _may_staff(request, found.territory):
        raise Http404("Cette invitation n’existe plus, ou n’est pas la vôtre.")
    return found


def get_person_to_edit(request: HttpRequest, pk: int) -> Person:
    """Return someone all of whose roles whoever asks may give, or answer 404."""
    found = Person.objects.filter(pk=pk).first()
    roles = list(found.roles.current().select_related("territory")) if found else []
    if found is None or not roles or not all(_may_staff(request, r.territory) for r in roles):
        raise Http404("Cette personne n’existe pas, ou dépend aussi d’un autre territoire.")
    return found
