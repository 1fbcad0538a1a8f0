"""Who may read and write what of a roadmap: each function returns the object or answers 404."""

from __future__ import annotations

from django.db.models import Exists, Max, OuterRef
from django.http import Http404, HttpRequest

from labo_web.accounts.access import circle_in, may_decide, signed_in
from labo_web.accounts.models import Circle, Territory
from labo_web.releases.models import Release, Zone
from labo_web.roadmaps.models import Action, Partner, Roadmap

CLOSED = "Cette feuille de route n’existe pas ou ne vous est pas ouverte."


def _territory(code: str) -> Territory:
    found = Territory.objects.filter(code=code).first()
    if found is None:
        raise Http404(CLOSED)
    return found


def _roadmap(code: str) -> Roadmap:
    found = Roadmap.objects.select_related("territory").filter(territory__code=code).first()
    if found is None:
        raise Http404(CLOSED)
    return found


def may_read(request: HttpRequest, territory: Territory) -> bool:
    """Return whether whoever asks reads what is not public: the team and its committees."""
    return circle_in(request, territory) <= Circle.COPIL


def entry_of(request: HttpRequest, territory: Territory) -> str:
    """Return the name of the page by which whoever asks enters a roadmap; nothing if by none."""
    found = Action.objects.public().filter(roadmap=OuterRef("pk"))
    rows = Roadmap.objects.filter(territory=territory).annotate(public=Exists(found))
    public = rows.values_list("public", flat=True).first()
    if public is None:
        return "start_roadmap" if may_decide(request, territory) else ""
    if may_read(request, territory):
        return "actions"
    return "roadmap" if public else ""


def get_territory_to_start(request: HttpRequest, code: str) -> Territory:
    """Return the territory whose roadmap whoever asks may begin, or answer 404."""
    found = _territory(code)
    if not may_decide(request, found):
        raise Http404(CLOSED)
    return found


def get_roadmap_for(request: HttpRequest, code: str) -> Roadmap:
    """Return the working roadmap of a territory, or answer 404."""
    found = _roadmap(code)
    if not may_read(request, found.territory):
        raise Http404(CLOSED)
    return found


def get_public_roadmap(request: HttpRequest, code: str) -> Roadmap:
    """Return a roadmap of which something is public, or that whoever asks reads anyway; or 404."""
    found = _roadmap(code)
    public = Action.objects.public().filter(roadmap=found).exists()
    if not public and not may_read(request, found.territory):
        raise Http404(CLOSED)
    return found


def get_roadmap_to_edit(request: HttpRequest, code: str) -> Roadmap:
    """Return the roadmap that whoever asks may write, or answer 404."""
    found = _roadmap(code)
    if not may_decide(request, found.territory):
        raise Http404(CLOSED)
    return found


def get_action_for(request: HttpRequest, code: str, number: int) -> Action:
    """Return the sheet that whoever asks may read, or answer 404.

    Besides the team and its committees, a partner reads the sheets it takes part in.
    """
    found = (
        Action.objects.whole()
        .select_related("created_by")
        .filter(roadmap__territory__code=code, number=number)
        .first()
    )
    if found is None:
        raise Http404(CLOSED)
    if not may_read(request, found.roadmap.territory) and part_of(request, found) is None:
        raise Http404(CLOSED)
    return found


def get_public_action(request: HttpRequest, code: str, number: int) -> Action | None:
    """Return a published sheet for whoever may not read the sheet itself; else nothing."""
    found = (
        Action.objects.whole().public().filter(roadmap__territory__code=code, number=number).first()
    )
    if found is None or may_read(request, found.roadmap.territory) or part_of(request, found):
        return None
    return found


def get_action_to_edit(request: HttpRequest, code: str, number: int) -> Action:
    """Return the sheet that whoever asks may write, or answer 404."""
    found = get_action_for(request, code, number)
    if not may_decide(request, found.roadmap.territory):
        raise Http404(CLOSED)
    return found


def part_of(request: HttpRequest, action: Action) -> Partner | None:
    """Return what the body of whoever asks is in an action, if anything."""
    body = getattr(request.user, "organisation_id", None)
    if body is None:
        return None
    return next((p for p in action.partners.all() if p.organisation_id == body), None)


def get_part_to_edit(request: HttpRequest, code: str, number: int) -> tuple[Action, Partner]:
    """Return a sheet and the part of it that is that of whoever asks, or answer 404."""
    action = get_action_for(request, code, number)
    signed_in(request)
    part = part_of(request, action)
    if part is None:
        raise Http404("Votre organisme n’est pas partenaire de cette action.")
    return action, part


def latest_release(territory: Territory) -> Release | None:
    """Return the newest release of a territory, whoever it is open to; its circle is given."""
    found = Release.objects.with_circle().filter(territory=territory)
    return found.order_by("-generation", "-pk").first()


def neighbourhoods(territory: Territory) -> dict[str, str]:
    """Return the names of the neighbourhoods of a territory by code, of all its releases."""
    rows = Zone.objects.filter(release__territory=territory, kind__in=("qpv", "perimeter"))
    # The newest name of each code stays.
    return dict(rows.order_by("release_id", "name").values_list("code", "name"))


def next_number(roadmap: Roadmap) -> int:
    """Return the number of the next action; its roadmap is locked by whoever asks."""
    return (roadmap.actions.aggregate(last=Max("number"))["last"] or 0) + 1
