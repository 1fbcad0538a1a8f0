"""Pages of notes and proceedings: write down, read over, publish, take away."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.documents.answer import file_of
from labo_web.documents.blocks import MAKERS
from labo_web.programme import proceedings
from labo_web.programme.meeting_access import (
    get_meeting_for,
    get_meeting_of_cohort,
    get_meeting_to_run,
    members_of,
)
from labo_web.programme.meeting_forms import NoteForm, PublishForm, ReadingForm
from labo_web.programme.models import Note, NoteReading
from labo_web.workshops.access import may_run
from labo_web.workshops.models import Contribution

WRITE = ["GET", "HEAD", "POST"]
MOST_NOTES = 400


@never_cache
@require_http_methods(WRITE)
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was decided or said; whoever runs the meeting reads it over."""
    meeting = get_meeting_of_cohort(request, pk)
    runs = may_run(request, meeting.event)
    form = NoteForm(meeting)
    wrong = ""
    if request.method == "POST" and "state" in request.POST:
        wrong = _read_over(request, pk)
        if not wrong:
            return redirect("meeting_notes", pk)
    elif request.method == "POST":
        form = NoteForm(meeting, request.POST)
        if meeting.notes.count() >= MOST_NOTES:
            form.add_error(None, f"{MOST_NOTES} notes : il n’en entre pas davantage.")
        if form.is_valid():
            form.instance.signature = signed_in(request).sign()
            form.save()
            messages.success(request, "La note est enregistrée. Elle sera relue avant les actes.")
            return redirect("meeting_notes", pk)
    context = {
        "meeting": meeting,
        "form": form,
        "runs": runs,
        "wrong": wrong,
        "rows": meeting.notes.select_related("territory", "slot", "signature"),
        "reasons": Note.Reason.choices,
        "room": meeting.event.contributions.filter(
            state=Contribution.State.RECEIVED, erased_at=None
        ).count(),
    }
    status = 422 if form.errors or wrong else 200
    return render(request, "programme/meeting_notes.html", context, status=status)


def _read_over(request: HttpRequest, pk: int) -> str:
    """Let a note through or set it aside; return what is wrong, nothing where all is well."""
    meeting = get_meeting_to_run(request, pk)
    form = ReadingForm(request.POST)
    if not form.is_valid():
        return " ".join(str(e) for errors in form.errors.values() for e in errors)
    given = form.cleaned_data
    note = meeting.notes.filter(pk=given["note"]).first()
    if note is None:
        raise Http404("Cette note n’existe plus.")
    with transaction.atomic():
        note.state = given["state"]
        note.reason = given["reason"] if note.state == Note.State.WITHHELD else ""
        note.save(update_fields=["state", "reason"])
        NoteReading.objects.create(
            note=note, state=note.state, reason=note.reason, signature=signed_in(request).sign()
        )
    messages.success(request, f"Note {note.get_state_display()}.")
    return ""


@never_cache
@require_http_methods(WRITE)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the draft of the proceedings, see what is missing, publish."""
    meeting = get_meeting_to_run(request, pk)
    published = list(meeting.proceedings.select_related("signature"))
    number = published[0].number + 1 if published else 1
    form = PublishForm(meeting.event, number, sent(request))
    if request.method == "POST" and form.is_valid():
        made = proceedings.publish(
            meeting, form.cleaned_data.get("because", ""), signed_in(request)
        )
        messages.success(request, f"Les actes n° {made.number} sont publiés, et ne changent plus.")
        return redirect("meeting", pk)
    content = proceedings.content_of(meeting)
    waiting = meeting.notes.filter(state=Note.State.RECEIVED).count()
    context = {
        "meeting": meeting,
        "form": form,
        "number": number,
        "published": published,
        "lacking": [(t["name"], t["lacking"]) for t in content["territories"] if t["lacking"]],
        "closed": [
            (t["name"], t["figure"]["reason"])
            for t in content["territories"]
            if t.get("figure") and t["figure"]["reason"]
        ],
        "waiting": waiting,
        "many": len(content["notes"]),
        "words": len(content["words"]),
        "members": members_of(meeting.programme),
    }
    status = 422 if form.errors else 200
    return render(request, "programme/meeting_publish.html", context, status=status)


@never_cache
@require_safe
def draft(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The draft of the proceedings, as a document."""
    meeting = get_meeting_to_run(request, pk)
    made = MAKERS[kind](proceedings.document(proceedings.content_of(meeting)))
    return file_of(made, f"actes-{pk}-brouillon", kind)


@require_safe
def published(request: HttpRequest, pk: int, number: int, kind: str) -> HttpResponse:
    """Proceedings that were published, as a document: what was taken out since is not in it."""
    meeting = get_meeting_for(request, pk)
    row = meeting.proceedings.filter(number=number).first()
    if row is None:
        raise Http404("Ces actes n’existent pas.")
    made = MAKERS[kind](proceedings.document(row.content, number=number, digest=row.digest))
    return file_of(made, f"actes-{pk}-{number}", kind)
