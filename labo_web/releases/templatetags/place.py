"""Which territory a page is of, so that its links stay in the header of all its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Exists, OuterRef

from labo_web.accounts.models import Territory
from labo_web.releases.models import Release

register = template.Library()


@dataclass(frozen=True)
class Place:
    """The territory of a page, whether it is invented, whether and where its figures are read."""

    code: str
    fictive: bool
    figures: bool
    query: str = ""


@register.simple_tag(takes_context=True)
def place_of(context: dict[str, Any]) -> Place | None:
    """Return the territory of a page: of its release, else of its roadmap, else by itself.

    A roadmap may be open where no release is: its figures then have no link that answers 404.
    """
    release = context.get("release")
    if isinstance(release, Release):
        query = getattr(release, "query", "")
        return Place(release.territory.code, release.fictive, figures=True, query=query)
    here = getattr(context.get("roadmap"), "territory", None) or context.get("territory")
    request = context.get("request")
    if not isinstance(here, Territory) or request is None:
        return None
    seen = Exists(Release.objects.visible_to(request).filter(pk=OuterRef("pk")))
    rows = Release.objects.filter(territory=here).annotate(seen=seen).values_list("fictive", "seen")
    found = list(rows)
    return Place(here.code, any(f for f, _ in found), figures=any(s for _, s in found))
