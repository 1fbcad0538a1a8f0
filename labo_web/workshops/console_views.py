"""Pages of whoever facilitates: the room's door, what comes in, what the weights say, sheets."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.workshops import media, paper, screens, weights
from labo_web.workshops.access import (
    get_contribution_to_moderate,
    get_event_to_run,
    get_medium_for,
)
from labo_web.workshops.models import Contribution, Event, Medium, Question
from labo_web.workshops.moderation import moderate, publish_medium
from labo_web.workshops.moderation_forms import ModerationForm
from labo_web.workshops.photos import BadMedium
from labo_web.workshops.squares import qr_of
from labo_web.workshops.steps import next_of
from labo_web.workshops.wall import counts_of, shown_of, tallies

A_PAGE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def console(request: HttpRequest, pk: int) -> HttpResponse:
    """Open and close the room, and read what comes in."""
    event = get_event_to_run(request, pk)
    if request.method == "POST":
        return _hold(request, event) if "wall" in request.POST else _door(request, event)
    state = request.GET.get("etat", Contribution.State.RECEIVED)
    if state not in Contribution.State.values:
        state = Contribution.State.RECEIVED
    rows = Contribution.objects.filter(event=event, erased_at=None, state=state)
    rows = rows.with_stances().select_related("question").prefetch_related("media")
    context = {
        "event": event,
        "state": state,
        "states": Contribution.State,
        "rows": rows[:A_PAGE],
        "reasons": Contribution.Reason,
        "address": room_address(request, event),
        "qr": qr_of(room_address(request, event)),
        "screens": screens.choices_for(event),
        "held": event.wall,
        # Phones that were without network may still send: the door stays, folded.
        "over": event.past and not event.room_open,
        "next_step": next_of(event, "read"),
        "weighed": event.questions.filter(kind=Question.Kind.WEIGHTS),
        **_now(event),
    }
    return render(request, "workshops/console.html", context)


def _door(request: HttpRequest, event: Event) -> HttpResponse:
    asked = request.POST.get("door", "")
    if asked == "open":
        event.opened_at, event.closed_at = event.opened_at or timezone.now(), None
        messages.success(request, "La salle est ouverte : les téléphones peuvent entrer.")
    elif asked == "close" and event.opened_at is not None:
        event.closed_at = event.closed_at or timezone.now()
        messages.success(
            request,
            "La salle est fermée. Ce que des téléphones sans réseau gardent encore est pris "
            "pendant quatorze jours.",
        )
    event.save(update_fields=["opened_at", "closed_at"])
    return redirect("console", event.pk)


def _hold(request: HttpRequest, event: Event) -> HttpResponse:
    """Put a screen on the wall, or one word, and keep it there."""
    asked = request.POST.get("wall", "")
    words = {f"parole-{row.pk}": row.number_shown for row in shown_of(event)}
    known = dict(screens.choices_for(event)) | words
    if asked in known:
        event.wall = asked
        event.save(update_fields=["wall"])
        label = f"Parole {words[asked]}" if asked in words else known[asked]
        messages.success(request, f"Au mur : {label}.")
    else:
        messages.error(request, "Cet écran n’existe plus : choisissez-en un autre.")
    return redirect("console", event.pk)


def room_address(request: HttpRequest, event: Event) -> str:
    """Return the address that phones open."""
    return request.build_absolute_uri(reverse("room", args=[event.code]))


def _now(event: Event) -> dict[str, Any]:
    return {"counts": counts_of(event), "tallies": tallies(event)}


@never_cache
@require_safe
def console_now(request: HttpRequest, pk: int) -> HttpResponse:
    """How much came, and the dots: the part of the page that changes by itself."""
    event = get_event_to_run(request, pk)
    return render(request, "workshops/_now.html", {"event": event, **_now(event)})


@never_cache
@require_safe
def live_weights(request: HttpRequest, pk: int, question: int) -> HttpResponse:
    """What the room's weights say, and what stays true whatever they are."""
    event = get_event_to_run(request, pk)
    row = get_object_or_404(event.questions.filter(kind=Question.Kind.WEIGHTS), pk=question)
    context = {"event": event, "question": row, "live": weights.live(request, row)}
    part = "workshops/_weights.html" if request.headers.get("HX-Request") else None
    return render(request, part or "workshops/weights.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def moderate_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one contribution on the wall, or set it aside with a reason."""
    row = get_contribution_to_moderate(request, pk)
    form = ModerationForm(sent(request), initial={"text": row.text})
    files = list(row.media.exclude(name=""))
    if request.method == "POST" and form.is_valid():
        given, person = form.cleaned_data, signed_in(request)
        if row.kind == Contribution.Kind.VOICE and given["text"]:
            row.text = given["text"]
            row.save(update_fields=["text"])
        for medium in files:
            if medium.kind == Medium.Kind.PHOTO and given["no_face"] and not medium.published_at:
                publish_medium(medium, person)
        moderate(row, given["state"], given["reason"], person)
        if row.event is not None:
            return redirect(f"{reverse('console', args=[row.event.pk])}#recues")
        messages.success(request, f"Parole {row.number_shown} : {row.get_state_display()}.")
        return redirect("to_group", row.territory.code)
    context = {"row": row, "event": row.event, "form": form, "files": files}
    return render(request, "workshops/moderate.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def medium(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo or a voice: to its moderators, and to all once published."""
    found = get_medium_for(request, pk)
    answer = HttpResponse(found.path.read_bytes(), content_type=media.TYPES[found.kind])
    answer["Content-Disposition"] = "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def type_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Type what a table wrote on its sheet, its photo beside it: the same data as by phone."""
    event = get_event_to_run(request, pk)
    # Even empty, files would make a page that is only read a form that was sent, without number.
    files = request.FILES if request.method == "POST" else None
    grid = paper.Grid(event, sent(request), files)
    wrong = ""
    if request.method == "POST" and grid.is_valid():
        try:
            if photo := grid.head.cleaned_data["photo"]:
                paper.keep_photo(event, grid.table, photo)
            kept = grid.keep()
        except BadMedium as error:
            wrong = str(error)
        else:
            messages.success(request, f"Table {grid.table} : {kept} paroles enregistrées.")
            return redirect(f"{reverse('type_sheet', args=[event.pk])}?table={grid.table}")
    table = request.GET.get("table", grid.table)
    context = {
        "event": event,
        "grid": grid,
        "wrong": wrong,
        "sheets": event.sheets.filter(kind=Medium.Kind.SHEET).exclude(name="").order_by("-pk")[:6],
        "table": table,
        "next_step": next_of(event, "type"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "workshops/type_sheet.html", context, status=status)
