"""Pages of the shared narrative of a neighbourhood, and what its territory takes away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labo_web.accounts.access import is_team
from labo_web.releases.access import get_zone_for
from labo_web.stories import offline
from labo_web.stories.narrative import narrative_of
from labo_web.typography import page


@never_cache
@require_safe
def narrative(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """What happened and what was said in a neighbourhood, from all who speak, day after day."""
    here = get_zone_for(request, territory, zone)
    context = {
        "release": here.release,
        "territory": here.release.territory,
        "zone": here,
        "told": narrative_of(here),
        "team": is_team(request, here.release.territory),
    }
    return page(request, "stories/narrative.html", context)


@never_cache
@require_safe
def export(request: HttpRequest, territory: str, zone: str) -> HttpResponseBase:
    """The same as a folder of pages to open without network, in a zip archive, for the team."""
    here = get_zone_for(request, territory, zone)
    if not is_team(request, here.release.territory):
        raise Http404("Seule l’équipe du territoire emporte le récit partagé.")
    answer = StreamingHttpResponse(offline.archive_of(here), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="recit-{territory}-{zone}.zip"'
    return answer
