"""Pages of the inter-regional meeting: list, preparing, sequence, what each territory brings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Person
from labo_web.programme import proceedings
from labo_web.programme.meeting_access import (
    cohorts_of,
    get_meeting_for,
    get_meeting_to_bring,
    get_meeting_to_run,
    get_programme_to_gather,
    is_of_cohort,
    members_of,
)
from labo_web.programme.meeting_figures import figures_of
from labo_web.programme.meeting_forms import BroughtForm, MeetingForm, SlotsForm, slots_form
from labo_web.programme.meeting_slots import timetable
from labo_web.programme.models import Brought, Meeting
from labo_web.workshops.access import may_run
from labo_web.workshops.models import Event

WRITE = ["GET", "HEAD", "POST"]


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """The inter-regional meetings: those that were announced, and one's own cohort's drafts."""
    mine = {p.pk for p in cohorts_of(request)}
    found = [
        m
        for m in Meeting.objects.select_related("event__territory", "programme")
        .prefetch_related("proceedings")
        .all()
        if m.event.state != Event.State.DRAFT or m.programme_id in mine
    ]
    context = {
        "meetings": found,
        "prepares": is_facilitator(request),
        "fictive": any(m.fictive for m in found),
    }
    return render(request, "programme/meetings.html", context)


@never_cache
@require_http_methods(WRITE)
def new_meeting(request: HttpRequest) -> HttpResponse:
    """Prepare a meeting."""
    programmes = get_programme_to_gather(request)
    form = MeetingForm(programmes, sent(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            event = form.save(commit=False)
            event.fictive = form.cleaned_data["programme"].fictive
            event.save()
            made = Meeting.objects.create(programme=form.cleaned_data["programme"], event=event)
        messages.success(request, "La rencontre est enregistrée. Écrivez son déroulé.")
        return redirect("meeting_slots", made.pk)
    context = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "programme/meeting_edit.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def edit_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Change when, where and what is told of it."""
    meeting = get_meeting_to_run(request, pk)
    form = MeetingForm([meeting.programme], sent(request), instance=meeting.event, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        event: Event = form.save()
        messages.success(request, "La rencontre est enregistrée.")
        start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
        if timetable(list(meeting.slots.all()), start, end).faults:
            messages.warning(request, "Son déroulé ne tient plus dans ces heures : corrigez-le.")
            return redirect("meeting_slots", meeting.pk)
        return redirect("meeting", meeting.pk)
    context = {"form": form, "meeting": meeting}
    status = 422 if form.errors else 200
    return render(request, "programme/meeting_edit.html", context, status=status)


@require_safe
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a meeting: its sequence, and, once published, what came of it.

    Until then the teams of the cohort read what each territory has brought so far.
    """
    found = get_meeting_for(request, pk)
    event = found.event
    team = is_of_cohort(request, found.programme)
    published = list(found.proceedings.all())
    start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    slots = list(found.slots.select_related("territory"))
    members = members_of(found.programme)
    context: dict[str, Any] = {
        "meeting": found,
        "event": event,
        "team": team,
        "runs": may_run(request, event),
        "published": published,
        "members": members,
        "brings": [t for t in members if may_decide(request, t)],
        "slots": list(zip(slots, timetable(slots, start, end).hours, strict=True)),
    }
    if published:
        context |= _kept(published[0])
    elif team:
        rows = proceedings.latest(found)
        figures = figures_of(request, rows)
        context["so_far"] = [(row, figures.get(row.pk)) for row in rows]
        there = {row.territory_id for row in rows}
        context["waiting"] = [t for t in members if t.pk not in there]
    return render(request, "programme/meeting.html", context)


def _kept(row: Any) -> dict[str, Any]:
    """Return what a page shows of proceedings, read from what was frozen."""
    content = row.content
    checks = proceedings.checked(content)
    return {
        "kept": row,
        "content": content,
        "unchanged": proceedings.digest_of(content) == row.digest,
        "pointed": proceedings.pointed(content),
        "territories": [
            {
                **t,
                "figure_said": proceedings.figure_said(t["figure"])
                if t.get("figure") and not t["figure"]["reason"]
                else "",
                "solution_said": proceedings.solution_said(t["solution"]) if "by" in t else "",
                "check": checks.get(t["code"], ""),
            }
            for t in content["territories"]
        ],
    }


@require_safe
def proceedings_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Proceedings of one number, as they were published."""
    found = get_meeting_for(request, pk)
    published = list(found.proceedings.all())
    row = next((p for p in published if p.number == number), None)
    if row is None:
        raise Http404("Ces actes n’existent pas.")
    context = {
        "meeting": found,
        "event": found.event,
        "published": published,
        "newer": published[0].number if published[0].number != number else 0,
        **_kept(row),
    }
    return render(request, "programme/meeting_proceedings.html", context)


@never_cache
@require_http_methods(WRITE)
def slots(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the sequence: all of it is checked at once, and kept only if it holds."""
    found = get_meeting_to_run(request, pk)
    form = slots_form(found, sent(request))
    status, conflict = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            if _keep(found, form, request.POST.get("base", "")):
                left = form.table.left if form.table else 0
                more = f" Il reste {left} minutes avant la fin." if left else ""
                messages.success(request, f"Le déroulé est enregistré.{more}")
                return redirect("meeting_slots", found.pk)
            status, conflict = 409, True
            found.refresh_from_db()
    event = found.event
    start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    rows = list(found.slots.select_related("territory"))
    table = timetable(rows, start, end)
    context = {
        "meeting": found,
        "event": event,
        "form": form,
        "conflict": conflict,
        "rows": list(zip(rows, table.hours, strict=True)),
        "left": table.left,
        "faults": table.faults,
    }
    return render(request, "programme/meeting_slots.html", context, status=status)


@transaction.atomic
def _keep(found: Meeting, form: SlotsForm, base: str) -> bool:
    """Write a sequence made from the version `base`; say whether nobody had written another."""
    if not base.isdecimal() or len(base) > 9:
        return False
    here = Meeting.objects.filter(pk=found.pk, version=int(base))
    if not here.update(version=int(base) + 1):
        return False
    form.keep()
    return True


@never_cache
@require_http_methods(WRITE)
def bring(request: HttpRequest, pk: int, territory: str) -> HttpResponse:
    """Say what a territory brings; what it had said before stays, as a version."""
    found, here = get_meeting_to_bring(request, pk, territory)
    versions = list(
        found.brought.filter(territory=here).select_related("signature", "organisation")[:20]
    )
    last = versions[0] if versions else None
    base = last.version if last else 0
    start = {name: getattr(last, name) for name in BroughtForm.Meta.fields} if last else {}
    form = BroughtForm(request, here, sent(request), initial={**start, "base": base})
    status, conflict = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            if _bring(found, here, form, signed_in(request)):
                messages.success(request, "C’est enregistré. Rien n’est public avant les actes.")
                return redirect("meeting", found.pk)
            status, conflict = 409, True
            last = found.brought.filter(territory=here).first()
            base = last.version if last else 0
    context = {
        "meeting": found,
        "territory": here,
        "form": form,
        "conflict": conflict,
        "theirs": last,
        "base": base if conflict else form["base"].value(),
        "versions": versions,
        "figure": figures_of(request, [last]).get(last.pk) if last and last.release_id else None,
    }
    return render(request, "programme/meeting_bring.html", context, status=status)


def _bring(found: Meeting, here: Any, form: BroughtForm, by: Person) -> bool:
    """Add a version made from the one that was read; say whether nobody had added another."""
    base = form.cleaned_data["base"]
    last = found.brought.filter(territory=here).first()
    if base != (last.version if last else 0):
        return False
    given = {name: form.cleaned_data[name] for name in BroughtForm.Meta.fields}
    try:
        with transaction.atomic():
            Brought.objects.create(
                meeting=found, territory=here, version=base + 1, signature=by.sign(),
                organisation=by.organisation, **given,
            )  # fmt: skip
    except IntegrityError:
        return False
    return True
