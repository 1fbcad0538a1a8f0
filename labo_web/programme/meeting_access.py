"""Which meeting a page belongs to, and who takes part: one function gives it or answers 404."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest

from labo_web.accounts.access import is_facilitator, may_decide, roles_of
from labo_web.accounts.models import TEAM_KINDS, Territory
from labo_web.programme.models import Meeting, Membership, Programme
from labo_web.workshops.access import may_run
from labo_web.workshops.models import Event

NOT_HERE = "Cette rencontre inter-régionale n’existe pas, ou ne vous est pas ouverte."


def a_visitor() -> HttpRequest:
    """Return a request of nobody in particular: what it may read, everybody may."""
    made = HttpRequest()
    made.user = AnonymousUser()
    return made


def members_of(programme: Programme) -> list[Territory]:
    """Return the territories of a programme that have not left it, by name."""
    rows = programme.memberships.current().select_related("territory")
    return [row.territory for row in rows]


def cohorts_of(request: HttpRequest) -> list[Programme]:
    """Return the programmes that whoever asks is of a team of."""
    if is_facilitator(request):
        return list(Programme.objects.all())
    mine = [r.territory_id for r in roles_of(request) if r.kind in TEAM_KINDS]
    if not mine:
        return []
    rows = Membership.objects.current().filter(territory__in=mine)
    return list(Programme.objects.filter(pk__in=rows.values("programme")))


def is_of_cohort(request: HttpRequest, programme: Programme) -> bool:
    """Return whether whoever asks is of the team of one of its territories, or runs it."""
    return any(p.pk == programme.pk for p in cohorts_of(request))


def get_cohorts_for(request: HttpRequest) -> list[Programme]:
    """Return the programmes that whoever asks is of a team of, or answer 404."""
    found = cohorts_of(request)
    if not found and not is_facilitator(request):
        raise Http404("Ces pages sont celles des équipes du programme.")
    return found


def _meeting(pk: int) -> Meeting:
    found = Meeting.objects.filter(pk=pk)
    found = found.select_related("event__territory", "event__holder", "programme")
    meeting = found.first()
    if meeting is None:
        raise Http404(NOT_HERE)
    return meeting


def get_meeting_for(request: HttpRequest, pk: int) -> Meeting:
    """Return a meeting that was announced, or one of one's own cohort; or answer 404."""
    meeting = _meeting(pk)
    if meeting.event.state == Event.State.DRAFT and not is_of_cohort(request, meeting.programme):
        raise Http404(NOT_HERE)
    return meeting


def get_meeting_of_cohort(request: HttpRequest, pk: int) -> Meeting:
    """Return a meeting of one's own cohort, or answer 404."""
    meeting = _meeting(pk)
    if not is_of_cohort(request, meeting.programme):
        raise Http404(NOT_HERE)
    return meeting


def get_meeting_to_run(request: HttpRequest, pk: int) -> Meeting:
    """Return a meeting that whoever asks prepares: the centre, or the team of its host."""
    meeting = _meeting(pk)
    if not may_run(request, meeting.event):
        raise Http404(NOT_HERE)
    return meeting


def get_meeting_to_bring(request: HttpRequest, pk: int, code: str) -> tuple[Meeting, Territory]:
    """Return a meeting and the territory for which whoever asks brings something, or answer 404."""
    meeting = _meeting(pk)
    territory = next((t for t in members_of(meeting.programme) if t.code == code), None)
    if territory is None or not may_decide(request, territory):
        raise Http404("Seule l’équipe d’un territoire du programme dit ce qu’il apporte.")
    return meeting, territory


def get_programme_to_gather(request: HttpRequest) -> list[Programme]:
    """Return the programmes whose meetings whoever asks prepares, or answer 404."""
    found = list(Programme.objects.all()) if is_facilitator(request) else []
    if not found:
        raise Http404("Le centre de ressources prépare les rencontres inter-régionales.")
    return found
