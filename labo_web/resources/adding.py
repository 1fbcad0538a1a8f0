"""What residents give without an account, a resource or a contradiction, and take back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labo_web.accounts.forms import sent
from labo_web.releases import maps
from labo_web.releases.access import get_release_for
from labo_web.releases.kept import zones_of
from labo_web.releases.models import Release
from labo_web.resources import beside, giving
from labo_web.resources.access import get_given_by_link
from labo_web.resources.corrected import places_of
from labo_web.resources.forms import AddForm, ContradictionForm, near_to, told_apart
from labo_web.resources.models import Contradiction, Description, Resource
from labo_web.resources.rate import too_often

TOO_OFTEN = (
    "Beaucoup de messages sont arrivés depuis une heure. Rien n’est perdu : gardez cette page "
    "ouverte, et envoyez-la de nouveau dans un moment."
)


def answered(form: forms.BaseForm, *, limited: bool) -> int:
    """Return the status of a page that shows its form."""
    return 429 if limited else 422 if form.errors else 200


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, territory: str) -> HttpResponse:
    """Add a place, an association, a know-how: no account, no name, a number and a private link."""
    release = get_release_for(request, territory)
    form = AddForm(release, request.GET.get("quartier", ""), sent(request))
    limited = False
    if request.method == "POST" and form.is_valid():
        if form.machine:
            raise Http404("Rien n’a été enregistré.")
        if limited := too_often(request, release.territory.code):
            form.add_error(None, TOO_OFTEN)
        else:
            given = form.cleaned_data
            _, token = giving.give(
                release.territory,
                given["kind"],
                form.written,
                scope=given["scope"],
                contact=given["contact"],
                fictive=release.fictive,
            )
            return redirect("follow_resource", token=token)
    zones = zones_of(release)
    asked = request.GET.get("quartier", "")
    here = next((z for z in zones if z.code == asked), None)
    frame = maps.around(here) if here else maps.town(zones)
    context = {
        "release": release,
        "form": form,
        "drawing": beside.drawing(zones, frame, [], asked),
    }
    status = answered(form, limited=limited)
    return render(request, "resources/add.html", context, status=status)


def _abouts(release: Release, zone: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what may be contradicted, by neighbourhood: published resources, then open places."""
    rows = Description.objects.published().filter(resource__territory=release.territory)
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    if own := [(f"R-{x.resource_id}", x.name) for x in rows if x.resource.kind != "know_how"]:
        groups.append(("Ressources du quartier", own))
    places = list(places_of(release.folder).values())
    for here in release.zones.filter(kind="qpv"):
        if zone and here.code != zone:
            continue
        if near := told_apart(here, near_to(here, places)):
            groups.append((f"Lieux autour de {here.name}, d’après OpenStreetMap", near))
    return groups


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contradict(request: HttpRequest, territory: str) -> HttpResponse:
    """Say that a place is closed, gone or hot: it stands beside the figures at once."""
    release = get_release_for(request, territory)
    zone = request.GET.get("quartier", "")
    zones = set(release.zones.filter(kind__in=("qpv", "perimeter")).values_list("code", flat=True))
    zone = zone if zone in zones else ""
    groups = _abouts(release, zone)
    form = ContradictionForm(groups, sent(request), initial={"about": request.GET.get("lieu", "")})
    limited = False
    if request.method == "POST" and form.is_valid():
        if form.machine:
            raise Http404("Rien n’a été enregistré.")
        if limited := too_often(request, release.territory.code):
            form.add_error(None, TOO_OFTEN)
        else:
            token = _contradicted(release, zone, form.cleaned_data)
            return redirect("follow_resource", token=token)
    context = {"release": release, "form": form, "zone": zone, "any": bool(groups)}
    status = answered(form, limited=limited)
    return render(request, "resources/contradict.html", context, status=status)


def _contradicted(release: Release, zone: str, given: dict[str, Any]) -> str:
    about: str = given["about"]
    made = Contradiction(
        territory=release.territory,
        zone=zone,
        claim=given["claim"],
        text=given["text"],
        fictive=release.fictive,
    )
    rows = Description.objects.published().filter(resource__territory=release.territory)
    own = {f"R-{x.resource_id}": x for x in rows}
    if about in own:
        made.resource, made.place_name = own[about].resource, own[about].name
        made.zone = zone or own[about].zone
    else:
        place = places_of(release.folder)[about]
        made.place, made.place_name = place.id, place.name
    token = made.renew()
    made.save()
    return token


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Where what one gave stands, and the button that takes it back."""
    found = get_given_by_link(token)
    if request.method == "POST" and found.withdrawn_at is None:
        if isinstance(found, Resource):
            giving.withdraw(found)
        else:
            giving.withdraw_contradiction(found)
        messages.success(request, "C’est retiré partout. Il n’en reste que le numéro et le jour.")
        return redirect("follow_resource", token=token)
    context: dict[str, Any] = {
        "given": found,
        "address": request.build_absolute_uri(request.path),
        "territory": found.territory,
    }
    if isinstance(found, Resource):
        newest = found.descriptions.with_status().first()
        ruling = newest.rulings.last() if newest else None
        context |= {"x": newest, "ruling": ruling}
        return render(request, "resources/follow.html", context)
    context["verification"] = found.verifications.select_related("body").last()
    return render(request, "resources/follow_contradiction.html", context)
