"""The sheet of a session: read over, let through what came, print."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.documents.answer import file_of
from labo_web.documents.blocks import MAKERS
from labo_web.workshops import sessions
from labo_web.workshops.access import get_event_to_run
from labo_web.workshops.models import Contribution, Event
from labo_web.workshops.moderation import moderate
from labo_web.workshops.steps import next_of

MOST = 200  # words that one page lets through at once


def get_session_to_run(request: HttpRequest, pk: int) -> sessions.Session:
    """Return a session that whoever asks runs, or answer 404."""
    found = sessions.session_of(get_event_to_run(request, pk))
    if found is None:
        raise Http404("Cette rencontre n’a pas de fiche de séance : ce n’est pas son format.")
    return found


def _neighbourhood(event: Event) -> str:
    if event.zone:
        return reverse("neighbourhood", args=[event.territory.code, event.zone])
    return reverse("territory", args=[event.territory.code])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the sheet, and let through the questions and intentions that hold no name."""
    session = get_session_to_run(request, pk)
    waiting = session.event.contributions.filter(
        state=Contribution.State.RECEIVED, erased_at=None
    ).select_related("question")
    wrong = ""
    if request.method == "POST":
        asked = {x for x in request.POST.getlist("word") if x.isdecimal() and len(x) < 19}
        chosen = list(waiting.filter(pk__in=map(int, list(asked)[:MOST])))
        for row in chosen:
            moderate(row, Contribution.State.SHOWN, "", signed_in(request))
        if chosen:
            many = len(chosen)
            messages.success(request, f"{many} relue{'s' if many > 1 else ''} et publiée"
                             f"{'s' if many > 1 else ''}.")  # fmt: skip
            return redirect("session_sheet", pk)
        wrong = "Rien n’est coché : cochez ce que vous avez relu et qui ne contient aucun nom."
    context = {
        "event": session.event,
        "session": session,
        "rows": waiting[:MOST],
        "wrong": wrong,
        "next_step": next_of(session.event, "read"),
        "neighbourhood": _neighbourhood(session.event),
    }
    return render(request, "workshops/session.html", context, status=422 if wrong else 200)


@never_cache
@require_safe
def document(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The sheet, to print or to complete."""
    session = get_session_to_run(request, pk)
    address = request.build_absolute_uri(_neighbourhood(session.event))
    content = MAKERS[kind](sessions.document(session, address))
    return file_of(content, f"fiche-de-seance-{pk}", kind)
