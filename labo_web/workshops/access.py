"""Which event or contribution a page belongs to: one function gives it or answers 404."""

from django.http import Http404, HttpRequest

from labo_web.accounts.access import is_team, may_decide, signed_in
from labo_web.accounts.models import Territory
from labo_web.workshops.models import Contribution, Event, Medium
from labo_web.workshops.places import name_zones

NOT_HERE = "Cette rencontre n’existe pas, ou ne vous est pas ouverte."


def may_run(request: HttpRequest, event: Event) -> bool:
    """Return whether whoever asks prepares and facilitates an event, and reads what it received."""
    if may_decide(request, event.territory):
        return True
    return bool(
        request.user.is_authenticated and event.facilitators.filter(pk=request.user.pk).exists()
    )


def _named(event: Event) -> Event:
    name_zones([event])
    return event


def get_event_for(request: HttpRequest, pk: int) -> Event:
    """Return an event that was announced, or one of one's own team; or answer 404."""
    found = Event.objects.select_related("territory", "holder").filter(pk=pk).first()
    if found is None:
        raise Http404(NOT_HERE)
    if found.state == Event.State.DRAFT and not (
        is_team(request, found.territory) or may_run(request, found)
    ):
        raise Http404(NOT_HERE)
    return _named(found)


def get_event_to_run(request: HttpRequest, pk: int) -> Event:
    """Return an event that whoever asks prepares and facilitates, or answer 404."""
    found = Event.objects.select_related("territory", "holder").filter(pk=pk).first()
    if found is None or not may_run(request, found):
        raise Http404(NOT_HERE)
    return _named(found)


def get_room(code: str) -> Event:
    """Return the event whose code is on the wall, or answer 404."""
    found = Event.objects.select_related("territory").filter(code=code.upper()).first()
    if found is None:
        raise Http404("Aucune salle n’a ce code : regardez de nouveau le mur ou la feuille.")
    return found


def get_territory_to_run(request: HttpRequest, code: str) -> Territory:
    """Return the territory whose events whoever asks prepares, or answer 404."""
    found = Territory.objects.filter(code=code).first()
    if found is None or not may_decide(request, found):
        raise Http404("Seule l’équipe du territoire prépare ses rencontres.")
    return found


def get_contribution_to_moderate(request: HttpRequest, pk: int) -> Contribution:
    """Return what was said in an event that whoever asks facilitates, or answer 404."""
    found = (
        Contribution.objects.select_related("event__territory", "territory")
        .filter(pk=pk, erased_at=None)
        .first()
    )
    if found is not None and found.event is not None and may_run(request, found.event):
        return found
    if found is not None and found.event is None and may_decide(request, found.territory):
        return found
    raise Http404("Cette parole n’existe plus, ou n’est pas de vos rencontres.")


def get_medium_for(request: HttpRequest, pk: int) -> Medium:
    """Return a photo or a voice: published with its contribution, or to be moderated by whoever
    asks; or answer 404.
    """
    found = (
        Medium.objects.select_related("contribution__event__territory", "event__territory")
        .exclude(name="")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404("Ce fichier n’existe plus.")
    said = found.contribution
    if said is not None:
        shown = said.state == Contribution.State.SHOWN and said.erased_at is None
        if shown and found.published_at is not None:
            return found
        get_contribution_to_moderate(request, said.pk)
        return found
    if found.event is not None:
        get_event_to_run(request, found.event.pk)
        return found
    signed_in(request)
    raise Http404("Ce fichier n’existe plus.")
