"""Pages of events: the agenda of all, one event, coming, and what one thought of it."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, may_decide
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Territory, fingerprint
from labo_web.languages import translated
from labo_web.releases.models import Release
from labo_web.workshops import participation
from labo_web.workshops.access import get_event_for, may_run
from labo_web.workshops.calendars import calendar_of
from labo_web.workshops.event_forms import EvaluationForm, RegistrationForm, new_evaluation
from labo_web.workshops.formats import format_of
from labo_web.workshops.models import Evaluation, Event, Registration
from labo_web.workshops.places import name_zones, zones_of
from labo_web.workshops.sessions import came_of
from labo_web.workshops.steps import next_of
from labo_web.workshops.withdrawn import cancel

RECENT = dt.timedelta(days=365)
LATER = dt.timedelta(days=80)  # from when on people are asked what is left after three months


def _chosen(request: HttpRequest) -> Territory | None:
    code = request.GET.get("territoire", "")
    return get_object_or_404(Territory, code=code[:20]) if code else None


def _zone(request: HttpRequest, territory: Territory | None) -> tuple[str, str] | None:
    """Return the neighbourhood asked for, its code and its name, or answer 404."""
    code = request.GET.get("quartier", "")[:60]
    if territory is None or not code:
        return None
    names = zones_of(territory)
    if code not in names:
        raise Http404("Ce quartier n’est pas dans ce territoire.")
    return code, names[code]


def _announced(territory: Territory | None, zone: str = "") -> list[Event]:
    found = Event.objects.announced().select_related("territory", "holder")
    if zone:
        # What was held in one neighbourhood is little, and is its memory: all of it.
        events = list(found.filter(territory=territory, zone=zone))
        name_zones(events)
        return events
    if territory is not None:
        # A gathering of the programme is everybody's, whoever its host is.
        found = found.filter(Q(territory=territory) | Q(kind=Event.Kind.GATHERING))
    events = list(found.filter(ends_at__gt=timezone.now() - RECENT))
    name_zones(events)
    return events


@require_safe
def agenda(request: HttpRequest) -> HttpResponse:
    """Which events are to come, and which were."""
    territory = _chosen(request)
    zone = _zone(request, territory)
    events = _announced(territory, zone[0] if zone else "")
    territories = Territory.objects.all()
    context = {
        "territory": territory,
        "territories": territories,
        "zone": zone,
        "coming": [e for e in events if not e.past],
        "past": [e for e in reversed(events) if e.past],
        "run": [t for t in territories if may_decide(request, t)],
        "fictive": any(e.fictive for e in events),
        "centre": is_facilitator(request),
    }
    return render(request, "workshops/agenda.html", context)


def _calendar(
    request: HttpRequest, events: list[Event], name: str, title: str = "Rencontres des quartiers"
) -> HttpResponse:
    page = reverse("event", args=[0]).replace("0", "{pk}")
    address = request.build_absolute_uri("/")[:-1] + page
    content = calendar_of(events, request.get_host(), address, title)
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{name}.ics"'},
    )


@require_safe
def agenda_calendar(request: HttpRequest) -> HttpResponse:
    """The same, to which a calendar subscribes."""
    territory = _chosen(request)
    name = f"Rencontres, {territory}" if territory else "Rencontres des quartiers"
    return _calendar(request, _announced(territory), "rencontres", name)


@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """When, where, for whom, and what those who come may change."""
    found = get_event_for(request, pk)
    now = timezone.now()
    form_at = format_of(found)
    runs = may_run(request, found)
    here = Release.objects.visible_to(request).filter(territory=found.territory)
    context = {
        "event": found,
        "runs": runs,
        "next_step": next_of(found) if runs else None,
        "format": form_at,
        "came": came_of(found) if form_at else (),
        "home": bool(found.zone) and here.filter(zones__code=found.zone).exists(),
        "taken": sum(found.registrations.values_list("people", flat=True)),
        "moments": [
            (value, label)
            for value, label in Evaluation.Moment.choices
            if _is_open(found, value, now)
        ],
    }
    return render(request, "workshops/event.html", context)


@require_safe
def event_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One event, for a calendar."""
    return _calendar(request, [get_event_for(request, pk)], f"rencontre-{pk}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@translated
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one means to come, without an account."""
    found = get_event_for(request, pk)
    if found.past or found.state == Event.State.CANCELLED:
        raise Http404("On ne s’inscrit plus à cette rencontre.")
    form = RegistrationForm(found, sent(request))
    if request.method == "POST" and form.is_valid():
        token = form.instance.renew()
        form.save()
        query = "" if get_language() == settings.LANGUAGE_CODE else f"?langue={get_language()}"
        link = request.build_absolute_uri(reverse("unregister", args=[token]) + query)
        return render(request, "workshops/registered.html", {"event": found, "link": link})
    context = {"event": found, "form": form}
    return render(request, "workshops/register.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@translated
def unregister(request: HttpRequest, token: str) -> HttpResponse:
    """Erase what one had given to come."""
    found = Registration.objects.select_related("event").filter(token_hash=fingerprint(token))
    row = found.first()
    if row is None:
        raise Http404("Cette inscription n’existe plus : elle a été effacée.")
    if request.method == "POST":
        where = row.event
        cancel(row)
        messages.success(request, gettext("Votre inscription est effacée."))
        return redirect("event", where.pk)
    return render(request, "workshops/unregister.html", {"row": row, "event": row.event})


def _is_open(found: Event, moment: str, now: dt.datetime) -> bool:
    """Say whether people are asked at this moment: before it, from its start on, or later."""
    if found.state == Event.State.CANCELLED:
        return False
    if moment == Evaluation.Moment.BEFORE:
        return now < found.ends_at
    if moment == Evaluation.Moment.AFTER:
        return found.starts_at <= now < found.ends_at + dt.timedelta(days=30)
    return found.ends_at + LATER <= now < found.ends_at + 2 * LATER


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def evaluate(request: HttpRequest, pk: int, moment: str) -> HttpResponse:
    """Say what one thinks, without a name; the answer is tied to nothing."""
    found = get_event_for(request, pk)
    if moment not in Evaluation.Moment.values or not _is_open(found, moment, timezone.now()):
        raise Http404("On ne répond pas à ces questions en ce moment.")
    form = EvaluationForm(found, moment, sent(request), initial=new_evaluation())
    if request.method == "POST" and form.is_valid():
        form.keep()
        messages.success(request, "Merci. Votre réponse est comptée, sans votre nom.")
        return redirect("event", found.pk)
    context = {"event": found, "form": form, "moment": Evaluation.Moment(moment).label}
    return render(request, "workshops/evaluate.html", context, status=422 if form.errors else 200)


@require_safe
def who_came(request: HttpRequest) -> HttpResponse:
    """Who came, territory by territory: only what tells of no few people."""
    context = {"rows": participation.by_territory(request)}
    return render(request, "workshops/who_came.html", context)
