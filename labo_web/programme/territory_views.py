"""Pages of one territory in a programme, for its own team: days, gates, deliverables, support."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.programme import cohort
from labo_web.programme.access import (
    get_membership_for,
    get_membership_to_edit,
    get_membership_to_run,
)
from labo_web.programme.forms import (
    ConventionForm,
    DeliverableForm,
    DeliveredForm,
    GateForm,
    PostponeForm,
    ScheduleForm,
    StatementForm,
    SupportForm,
)
from labo_web.programme.fresques import held_in
from labo_web.programme.models import Deliverable, Membership, Statement, SupportDay
from labo_web.programme.phases import PHASES
from labo_web.programme.progress import PhaseProgress, Progress, seen_in
from labo_web.programme.views import WRITE
from labo_web.roadmaps.models import Action, Level
from labo_web.workshops.models import Event


def progress_of_one(member: Membership) -> Progress:
    """Return where one territory stands."""
    return cohort.read(member.programme, timezone.localdate(), [member]).all[0]


@never_cache
@require_safe
def member(request: HttpRequest, code: str, territory: str) -> HttpResponse:
    """The same facts as in the cockpit, of one territory, for its own team."""
    here = get_membership_for(request, code, territory)
    progress = progress_of_one(here)
    today = timezone.localdate()
    facts = progress.facts
    levels = list(
        Action.objects.filter(roadmap__territory=here.territory).values_list("level", flat=True)
    )
    context = {
        "programme": here.programme,
        "member": here,
        "progress": progress,
        "facts": facts,
        "held": [f for f in facts.events() if f.on < today],
        "coming": [f for f in facts.events() if f.on >= today],
        "levels": [(x.label, levels.count(x)) for x in Level if levels.count(x)],
        "resources": len(facts.dated.get(Deliverable.Proof.RESOURCE, ())),
        "areas": _areas(progress),
        "datasets": [(d, d.clause(today).label) for d in here.datasets.all()],
        "imports": [x for x in here.partner_imports.all() if x.readable(today)],
        "edits": may_decide(request, here.territory),
        "runs": is_facilitator(request),
    }
    return render(request, "programme/member.html", context)


def _areas(progress: Progress) -> int | None:
    """Return how many neighbourhoods the newest release has; None without a release."""
    release = progress.facts.release
    return release.zones.filter(kind="qpv").count() if release else None


@never_cache
@require_http_methods(WRITE)
def phase(request: HttpRequest, code: str, territory: str, phase: str) -> HttpResponse:
    """A phase of a territory: its days, its gate, its deliverables, and all that was decided."""
    here = get_membership_for(request, code, territory)
    declared = PHASES.get(phase)
    if declared is None:
        raise Http404(f"Il n’y a pas de phase « {phase} ».")
    edits = may_decide(request, here.territory)
    if request.method == "POST" and not edits:
        raise Http404("Seule l’équipe du territoire écrit ces dates.")
    progress = progress_of_one(here)
    found = next(p for p in progress.phases if p.phase is declared)
    what, data = request.POST.get("quoi", ""), sent(request)
    made: dict[str, Any] = {
        "dates": ScheduleForm(
            here, phase, found.schedule, data if what == "dates" else None, prefix="dates"
        ),
        "jalon": GateForm(here, phase, found.gate, data if what == "jalon" else None,
                          prefix="jalon"),
        "livrable": DeliverableForm(
            here, phase, data if what == "livrable" else None, prefix="livrable"
        ),
    }  # fmt: skip
    if request.method == "POST" and what in made and made[what].is_valid():
        _sign(request, made[what])
        messages.success(request, "C’est enregistré.")
        return redirect("phase", code=code, territory=territory, phase=phase)
    context = {
        "programme": here.programme,
        "member": here,
        "phase": declared,
        "found": found,
        "seen": _seen(here, found, progress),
        "dates": made["dates"],
        "gate": made["jalon"],
        "owed": made["livrable"],
        "schedules": here.schedules.filter(phase=phase).select_related("signature"),
        "gates": here.gates.filter(phase=phase).select_related("signature"),
        "edits": edits,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "programme/phase.html", context, status=status)


def _seen(
    here: Membership, found: PhaseProgress, progress: Progress
) -> list[tuple[str, int, dt.date | None]]:
    """Return what the site shows for a gate, with what only sessions and meetings tell."""
    seen = seen_in(found.phase, progress.facts, progress.today)
    if found.phase.id == "acculturation":
        held = held_in([here.territory])[here.territory_id]
        seen += [
            ("Fresques avec les services ou les élus", held.staff, None),
            ("Fresques avec les habitants", held.residents, None),
        ]
        if held.unsaid:
            seen.append(("Fresques dont la feuille ne dit pas le public", held.unsaid, None))
    elif found.phase.id == "capitalising":
        meetings = here.programme.meetings.filter(event__ends_at__lt=timezone.now())
        past = meetings.exclude(event__state=Event.State.CANCELLED)
        days = [timezone.localdate(m.event.starts_at) for m in past.select_related("event")]
        seen.append(("rencontres inter-régionales tenues", len(days), max(days, default=None)))
    return seen


def _sign(request: HttpRequest, form: forms.BaseModelForm[Any], **more: Any) -> Any:
    """Keep what a form holds, under the signature of whoever sent it."""
    made = form.save(commit=False)
    made.signature = signed_in(request).sign()
    for name, value in more.items():
        setattr(made, name, value)
    made.save()
    return made


@never_cache
@require_http_methods(WRITE)
def deliverable(request: HttpRequest, code: str, territory: str, pk: int) -> HttpResponse:
    """A deliverable: say that it is there, or put it off."""
    here = get_membership_to_edit(request, code, territory)
    owed = here.deliverables.filter(pk=pk).first()
    if owed is None:
        raise Http404("Ce livrable n’existe pas.")
    what, data = request.POST.get("quoi", ""), sent(request)
    declared = owed.proof == Deliverable.Proof.DECLARED
    title = str(owed)
    given = DeliveredForm(data if what == "livre" else None, instance=owed, prefix="livre")
    later = PostponeForm(owed, data if what == "report" else None, prefix="report")
    done = False
    if request.method == "POST" and what == "livre" and declared and given.is_valid():
        _sign(request, given)
        done = True
    elif request.method == "POST" and what == "report" and later.is_valid():
        with transaction.atomic():
            moved = _sign(request, later)
            Deliverable.objects.filter(pk=owed.pk).update(due_on=moved.after)
        done = True
    if done:
        messages.success(request, "C’est enregistré.")
        return redirect("phase", code=code, territory=territory, phase=owed.phase)
    context = {
        "programme": here.programme,
        "member": here,
        "owed": owed,
        "title": title,
        "phase": PHASES[owed.phase],
        "given": given if declared else None,
        "later": later,
        "postponed": owed.postponements.select_related("signature"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "programme/deliverable.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def support(request: HttpRequest, code: str, territory: str) -> HttpResponse:
    """The accompaniment of a territory: convention, days, what the Labo changed."""
    here = get_membership_for(request, code, territory)
    edits = may_decide(request, here.territory)
    runs = is_facilitator(request)
    if request.method == "POST" and not edits:
        raise Http404("Seule l’équipe du territoire écrit ici.")
    what, data = request.POST.get("quoi", ""), sent(request)
    kinds: dict[str, Any] = {
        "convention": ConventionForm, "jours": SupportForm, "change": StatementForm
    }  # fmt: skip
    if not runs:
        kinds.pop("jours")  # days are those that the resource centre plans and gives
    made = {name: kind(data if what == name else None, prefix=name) for name, kind in kinds.items()}
    if request.method == "POST" and what in made and made[what].is_valid():
        _sign(request, made[what], membership=here)
        messages.success(request, "C’est enregistré.")
        return redirect("support", code=code, territory=territory)
    today = timezone.localdate()
    rows = list(here.support_days.select_related("organisation"))
    context = {
        "programme": here.programme,
        "member": here,
        "conventions": [(c, c.expired(today)) for c in here.conventions.all()],
        "days": rows,
        "planned": sum((d.days for d in rows), Decimal(0)),
        "given": sum((d.days for d in rows if d.given_on), Decimal(0)),
        "statements": here.statements.select_related("organisation"),
        "forms": made if edits else {},
        "edits": edits,
        "runs": runs,
        "today": today,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "programme/support.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def support_day(request: HttpRequest, code: str, territory: str, pk: int) -> HttpResponse:
    """Days of accompaniment: say when they were given."""
    here = get_membership_to_run(request, code, territory)
    row = SupportDay.objects.filter(membership=here, pk=pk).first()
    if row is None:
        raise Http404("Ces jours n’existent pas.")
    title = str(row)
    form = SupportForm(sent(request), instance=row)
    if request.method == "POST" and form.is_valid():
        _sign(request, form)
        messages.success(request, "C’est enregistré.")
        return redirect("support", code=code, territory=territory)
    context = {"programme": here.programme, "member": here, "form": form, "title": title}
    status = 422 if form.errors else 200
    return render(request, "programme/support_day.html", context, status=status)


@never_cache
@require_http_methods(["POST"])
def withdraw_statement(request: HttpRequest, code: str, territory: str, pk: int) -> HttpResponse:
    """Take back what was said that the Labo changed: it stays here, and is no longer told."""
    here = get_membership_to_edit(request, code, territory)
    found = Statement.objects.filter(membership=here, pk=pk, withdrawn_on=None)
    if not found.update(withdrawn_on=timezone.localdate()):
        raise Http404("Cette déclaration n’existe plus.")
    messages.success(request, "La déclaration est retirée.")
    return redirect("support", code=code, territory=territory)
