"""The plan of sessions across territories, for the resource centre."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labo_web.accounts.access import is_facilitator
from labo_web.accounts.models import Territory
from labo_web.programme.fresques import plan_of
from labo_web.programme.models import Membership
from labo_web.workshops.formats import FORMATS
from labo_web.workshops.models import Cumulation
from labo_web.workshops.presence import Part, parts_of


@never_cache
@require_safe
def planning(request: HttpRequest) -> HttpResponse:
    """Fresques and shorter sessions of all territories: months, leaders, rooms, what came."""
    if not is_facilitator(request):
        raise Http404("Ce calendrier est celui du centre de ressources.")
    members = Membership.objects.current().values("territory")
    territories = list(Territory.objects.filter(pk__in=members)) or list(Territory.objects.all())
    plan = plan_of(territories, timezone.localdate())
    context = {
        "plan": plan,
        "formats": FORMATS.values(),
        "thought": _thought(territories),
        "fictive": any(p.event.fictive for p in (*plan.coming, *plan.past)),
    }
    return render(request, "programme/fresques.html", context)


def _thought(territories: list[Territory]) -> list[tuple[Territory, int, list[Part]]]:
    """Return what each territory has published of what people thought, all its events together.

    Fresques alone would be another sum: subtracted from the first, it would tell of a few.
    """
    newest: dict[int, Cumulation] = {}
    for row in Cumulation.objects.filter(territory__in=territories).order_by("pk"):
        newest[row.territory_id] = row
    found = []
    for t in territories:
        last = newest.get(t.pk)
        if last is not None:
            parts = [p for p in parts_of(last.shown) if p.title.startswith("«")]
            found.append((t, last.events, parts))
    return found
