"""Pages of a programme: its public page, the follow-up on one page, the cockpit, its members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Territory
from labo_web.programme import cohort
from labo_web.programme.access import (
    ask_facilitator,
    get_membership_to_run,
    get_programme_for,
    get_programme_to_run,
    programmes_for,
    teams_of,
)
from labo_web.programme.facts import doubts_of
from labo_web.programme.forms import (
    ApplicationForm,
    LeaveForm,
    MemberForm,
    ProgrammeForm,
    SelectionForm,
)
from labo_web.programme.meeting_access import is_of_cohort
from labo_web.programme.models import Meeting, Programme, Statement
from labo_web.programme.periods import PERIODS
from labo_web.programme.phases import PHASES
from labo_web.programme.progress import Progress
from labo_web.workshops.models import Event

WRITE = ["GET", "HEAD", "POST"]
# What a diagnosis costs and how long it takes, as published by others; said with its source.
COSTS = (
    (
        "Croiser les vulnérabilités de la population",
        "3 à 6 mois, 5 000 à 8 000 € HT",
        "plusfraichemaville.fr, fiche « Analyse de vulnérabilité de la population »",
    ),
    (
        "Étude des zones climatiques locales",
        "3 à 6 mois, 8 000 à 12 000 € HT",
        "plusfraichemaville.fr, fiche « Zones climatiques locales »",
    ),
)


@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes that whoever asks may read of."""
    context = {"rows": programmes_for(request), "runs": is_facilitator(request)}
    return render(request, "programme/list.html", context)


@require_safe
def programme(request: HttpRequest, code: str) -> HttpResponse:
    """What a programme is: the call, its calendar, how a territory applies, the contact."""
    here = get_programme_for(request, code)
    today = timezone.localdate()
    members = list(here.memberships.select_related("territory"))
    context = {
        "programme": here,
        "members": [m for m in members if m.left_on is None or m.left_on > today],
        "call_open": here.call_open(today),
        "coming": here.call_opens_on and here.call_opens_on > today,
        "phases": PHASES.values(),
        "costs": COSTS,
        "runs": is_facilitator(request),
        "mine": [m for m in members if m.territory_id in teams_of(request, members)],
    }
    return render(request, "programme/programme.html", context)


@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """The territories and the meeting on one page: steps, deliverables, participation, doubts."""
    here = get_programme_for(request, code)
    today = timezone.localdate()
    found = cohort.read(here, today)
    doubts = doubts_of([p.facts.public for p in found.all if p.facts.public is not None])
    said = Statement.objects.filter(membership__programme=here, withdrawn_on=None)
    context = {
        "programme": here,
        "cohort": found,
        "rows": [(p, doubts.get(p.facts.public.pk) if p.facts.public else None)
                 for p in found.by_name],
        "statements": said.select_related("organisation", "membership__territory"),
        "meetings": _meetings(request, here),
        "runs": is_facilitator(request),
        "today": today,
    }  # fmt: skip
    return render(request, "programme/follow.html", context)


def _meetings(request: HttpRequest, here: Programme) -> list[Meeting]:
    """Return the inter-regional meetings of a programme that whoever asks may read of."""
    rows = here.meetings.select_related("event").annotate(last=Max("proceedings__number"))
    found: list[Meeting] = list(rows.order_by("-event__starts_at"))
    if all(m.event.state != Event.State.DRAFT for m in found) or is_of_cohort(request, here):
        return found
    return [m for m in found if m.event.state != Event.State.DRAFT]


@never_cache
@require_safe
def cockpit(request: HttpRequest, code: str) -> HttpResponse:
    """Territories and phases; late things first, participation as counts, the calendar."""
    here = get_programme_to_run(request, code)
    today = timezone.localdate()
    context = {
        "programme": here,
        "cohort": cohort.read(here, today),
        "phases": PHASES.values(),
        "today": today,
        "to_check": [p for p in PERIODS if p.grade == "to_check"],
    }
    return render(request, "programme/cockpit.html", context)


@never_cache
@require_http_methods(WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a programme."""
    ask_facilitator(request)
    return _edit(request, Programme())


@never_cache
@require_http_methods(WRITE)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what a programme says of itself."""
    return _edit(request, get_programme_to_run(request, code))


def _edit(request: HttpRequest, here: Programme) -> HttpResponse:
    form = ProgrammeForm(sent(request), instance=here)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, "Le programme est enregistré.")
        return redirect("cockpit", code=made.code)
    status = 422 if form.errors else 200
    # The form writes on the row what is typed: titles are those that are kept.
    kept = Programme.objects.filter(pk=here.pk).first()
    return render(request, "programme/edit.html", {"form": form, "programme": kept}, status=status)


@never_cache
@require_http_methods(WRITE)
def join(request: HttpRequest, code: str) -> HttpResponse:
    """A territory comes into a programme."""
    here = get_programme_to_run(request, code)
    form = MemberForm(here, sent(request))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, f"{made.territory} est dans le programme.")
        return redirect("member", code=code, territory=made.territory.code)
    context = {"programme": here, "form": form, "any": Territory.objects.exists()}
    return render(request, "programme/join.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(WRITE)
def leave(request: HttpRequest, code: str, territory: str) -> HttpResponse:
    """A territory goes out of a programme: what it did stays."""
    member = get_membership_to_run(request, code, territory)
    form = LeaveForm(sent(request), instance=member)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"La sortie de {member.territory} est notée.")
        return redirect("cockpit", code=code)
    context = {"programme": member.programme, "member": member, "form": form}
    return render(request, "programme/leave.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(WRITE)
def applications(request: HttpRequest, code: str) -> HttpResponse:
    """The answers to the call, and what was decided of each."""
    here = get_programme_to_run(request, code)
    asked = request.POST.get("candidature", "")
    rows = list(here.applications.prefetch_related("selections__signature"))
    chosen = next((x for x in rows if str(x.pk) == asked), None)
    data = sent(request)
    form = ApplicationForm(None if chosen else data)
    forms: dict[int, Any] = {
        x.pk: SelectionForm(data if x is chosen else None, prefix=f"c{x.pk}") for x in rows
    }
    used = forms[chosen.pk] if chosen else form
    if request.method == "POST" and used.is_valid():
        with transaction.atomic():
            made = used.save(commit=False)
            made.signature = signed_in(request).sign()
            if chosen:
                made.application = chosen
            else:
                made.programme = here
            made.save()
        messages.success(request, "C’est enregistré.")
        return redirect("applications", code=code)
    context = {
        "programme": here,
        "form": form,
        "rows": [(x, list(x.selections.all()), forms[x.pk]) for x in rows],
    }
    status = 422 if used.errors else 200
    return render(request, "programme/applications.html", context, status=status)


def current_said(progress: Progress) -> str:
    """Return the phases that a territory is in, in words."""
    return " ; ".join(f"{p.phase.code} {p.phase.label}" for p in progress.current)
