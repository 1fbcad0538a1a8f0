"""The pages that everyone reads: the resources of a territory, of a neighbourhood, and one of them.

None may be kept by a cache without asking again: what is taken back is gone from all of them.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from labo_web.accounts.access import may_decide
from labo_web.releases import maps, reading
from labo_web.releases.access import chosen, releases_for, values_of
from labo_web.releases.kept import zones_of
from labo_web.resources import beside, matching
from labo_web.resources.access import get_resource_for, get_zone_for
from labo_web.resources.matching import Cover
from labo_web.resources.models import Contradiction, Description, Resource
from labo_web.resources.needs import NEEDS
from labo_web.typography import page

# How the names of indicators that count places of open data end.
ACCESS = "_access_share"


@cache_control(no_cache=True)
@require_safe
def resource_list(request: HttpRequest, territory: str) -> HttpResponse:
    """All that is published of a territory, on a map and in a table."""
    found = releases_for(request, territory)
    release = chosen(request, found)
    zones = zones_of(release)
    qpvs = [z for z in zones if z.kind in ("qpv", "perimeter")]
    rows = Description.objects.published().filter(resource__territory=release.territory)
    kind = request.GET.get("nature", "")
    if kind in Resource.Kind.values:
        rows = rows.filter(resource__kind=kind)
    lines = beside.lines(list(rows))
    context = {
        "release": release,
        "releases": found,
        "qpvs": qpvs,
        "kinds": Resource.Kind.choices,
        "kind": kind,
        "lines": lines,
        "names": {z.code: z.name for z in qpvs},
        "drawing": beside.drawing(zones, maps.town(zones), lines),
        "may_decide": may_decide(request, release.territory),
        "odbl": any(x.resource.source == Resource.Source.OSM for x in lines),
    }
    return page(request, "resources/list.html", context)


@cache_control(no_cache=True)
@require_safe
def zone_resources(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """« Ressources et ce qui manque » : what a neighbourhood has before what it needs."""
    release, here = get_zone_for(request, territory, zone)
    zones = zones_of(release)
    values = values_of(request, release, zones=[here.code])
    context: dict[str, Any] = beside.of_zone(request, release, here, values)
    found: list[matching.Match] = context["matches"]
    used = {a.description.pk: a.description for m in found for a in (*m.answers, *m.out)}
    used |= {x.pk: x for x in context["resources"]}
    lines = beside.lines(sorted(used.values(), key=lambda x: x.name), here)
    known = {v.indicator.name: v for v in values if v.central is not None}
    indicators = {v.indicator.name: v.indicator for v in values}
    signs = {
        name: reading.Reading(v, indicators[name], None, []).sentence for name, v in known.items()
    }
    context |= {
        "release": release,
        "zone": here,
        "lines": lines,
        "drawing": beside.drawing(zones, maps.around(here), lines, here.code),
        "groups": [
            (label, [(m, *_felt(m, signs)) for m in rows])
            for label, rows in beside.by_hazard(found)
        ],
        "counts": [(cover, sum(m.cover == cover for m in found)) for cover in Cover],
        "may_decide": may_decide(request, release.territory),
    }
    return page(request, "resources/zone.html", context)


def _felt(m: matching.Match, signs: Mapping[str, str]) -> tuple[str, str]:
    """Return the sentence of what shows a need here, and why it may not agree with the answer.

    An access counts places of open data; a need counts what was described, checked and confirmed.
    Side by side without a word, « 100 % » and « manque » would look like a mistake.
    """
    sign = next((name for name in m.need.signs if name in signs), "")
    if m.cover == Cover.COVERED or not sign.endswith(ACCESS):
        return signs.get(sign, ""), ""
    confirmed = " et dont la structure a confirmé qu’elle en répond" if m.need.responsible else ""
    return signs[sign], (
        "Ce chiffre compte les lieux que connaissent les données ouvertes. Ici, on compte "
        "autrement : un lieu que quelqu’un a décrit, vu depuis le 1er juin, ouvert quand on en a "
        f"besoin{confirmed}."
    )


@cache_control(no_cache=True)
@require_safe
def resource(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """One resource: what it can do, when, for how many, who checked it and what is said of it."""
    release, found = get_resource_for(request, territory, pk)
    zones = {z.code: z for z in release.zones.filter(kind__in=("qpv", "perimeter"))}
    said = Contradiction.objects.shown().filter(resource=found.resource).order_by("-pk")
    line = beside.lines([found], zones.get(found.zone))[0]
    context = {
        "release": release,
        "x": found,
        "line": line,
        "zone": zones.get(found.zone),
        "needs": [NEEDS[name] for name in found.needs if name in NEEDS],
        "verifications": found.resource.verifications.select_related("body").order_by("-pk"),
        "confirmation": found.resource.confirmations.select_related("body").last(),
        "said": said.with_newest(),
        "may_decide": may_decide(request, release.territory),
    }
    return page(request, "resources/resource.html", context)
