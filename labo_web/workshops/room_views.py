"""Pages of the room, on a phone and on the wall: no account, and the network may be cut.

What is sent comes as a form, from a page without a script, or by the queue of `js/room.js`, which
asks for JSON and sends again what was not answered: `keeping` takes each thing once.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labo_web.accounts.forms import sent
from labo_web.workshops import keeping, screens
from labo_web.workshops.access import get_room
from labo_web.workshops.keeping import Refused, TooMany
from labo_web.workshops.models import Ballot, Contribution, Event, Question, Reaction
from labo_web.workshops.photos import BadMedium
from labo_web.workshops.places import name_zones, plan_of
from labo_web.workshops.room_forms import CodeForm, ReactForm, SayForm, VoteForm, parts_of
from labo_web.workshops.squares import qr_of
from labo_web.workshops.voters import remember, voter_key
from labo_web.workshops.wall import counts_of, shown_of

WORKER = Path(settings.STATICFILES_DIRS[0]) / "js" / "room-worker.js"
# What a page of a room needs to open without network.
FILES = (
    "css/atlas.css",
    "css/room.css",
    "js/room.js",
    "js/queue.js",
    "js/voice.js",
    "js/plan.js",
    "vendor/inter.woff2",
    "icon.svg",
)
GONE = "Cette question n’est plus posée."


@dataclass
class Step:
    """One question on one screen."""

    question: Question
    number: int
    form: SayForm | VoteForm
    # Parts of the page before and after this one.
    before: str = "entree"
    after: str = "mur"


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Type the code of the room."""
    form = CodeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        if Event.objects.filter(code=code).exists():
            return redirect("room", code)
        form.add_error(
            "code", f"Aucune salle n’a le code « {code[:12]} » : regardez de nouveau le mur."
        )
    return render(
        request, "workshops/join.html", {"form": form}, status=422 if form.errors else 200
    )


@never_cache
@require_safe
def room(request: HttpRequest, code: str) -> HttpResponse:
    """All the questions of the room, one a screen."""
    event = get_room(code)
    if code != event.code:
        return redirect("room", event.code)
    return _page(request, event)


def _page(
    request: HttpRequest, event: Event, bound: SayForm | VoteForm | None = None, status: int = 200
) -> HttpResponse:
    name_zones([event])
    voter = voter_key(request, event)
    mine = {
        b.question_id: b.content for b in Ballot.objects.filter(question__event=event, voter=voter)
    }
    steps = []
    for i, q in enumerate(event.questions.prefetch_related("choices"), start=1):
        form: SayForm | VoteForm
        if q.kind == Question.Kind.SAY:
            form = SayForm(event, initial={"page_id": uuid.uuid4(), "question": q.pk})
            form.auto_id = f"q{q.pk}_%s"
        else:
            form = VoteForm(q, parts_of(q), initial=mine.get(q.pk))
        if bound is not None and _asks(bound, q):
            form = bound
            form.auto_id = f"q{q.pk}_%s"
        steps.append(Step(q, i, form))
    for one, other in pairwise(steps):
        one.after, other.before = f"q{other.question.pk}", f"q{one.question.pk}"
    context = {
        "event": event,
        "steps": steps,
        "plan": plan_of(event),
        "bound": bound,
        # What one thinks is asked before it begins, then from its beginning on.
        "moment": "after" if event.starts_at <= timezone.now() else "before",
        **_shown(event, voter),
    }
    return remember(request, render(request, "workshops/room.html", context, status=status))


def _asks(form: SayForm | VoteForm, question: Question) -> bool:
    if isinstance(form, VoteForm):
        return form.question.pk == question.pk
    return str(form.data.get("question", "")) == str(question.pk)


def _shown(event: Event, voter: str) -> dict[str, Any]:
    rows = shown_of(event)
    found = Reaction.objects.filter(contribution__in=rows, voter=voter)
    mine = dict(found.values_list("contribution", "stance"))
    return {"shown": [(row, mine.get(row.pk, "")) for row in rows], "stances": Reaction.Stance}


@never_cache
@require_safe
def shown(request: HttpRequest, code: str) -> HttpResponse:
    """What is on the wall, for a phone to react to: a part of the page, asked again and again."""
    event = get_room(code)
    context = {"event": event, **_shown(event, voter_key(request, event))}
    return remember(request, render(request, "workshops/_shown.html", context))


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _refused(
    request: HttpRequest, event: Event, form: SayForm | VoteForm | None, error: Exception
) -> HttpResponse:
    """Answer what was not kept: 429 may be sent again, 422 may not."""
    status = 429 if isinstance(error, TooMany) else 422
    if _wants_json(request):
        answer: HttpResponse = JsonResponse({"error": str(error)}, status=status)
    elif form is not None:
        form.add_error(None, str(error))
        answer = _page(request, event, form, status)
    else:
        answer = render(
            request, "workshops/refused.html", {"event": event, "error": error}, status=status
        )
    if status == 429:
        answer["Retry-After"] = "120"
    return answer


def _words_of(form: forms.Form) -> str:
    return " ".join(text for errors in form.errors.values() for text in map(str, errors))


@never_cache
@require_POST
def say(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a text, a voice, a photo, a place: once, however many times it is sent."""
    event = get_room(code)
    form = SayForm(event, request.POST, request.FILES)
    if not form.is_valid():
        if _wants_json(request):
            return JsonResponse({"error": _words_of(form)}, status=422)
        return _page(request, event, form, 422)
    try:
        made = keeping.keep(event, voter_key(request, event), form.said())
    except (Refused, TooMany, BadMedium) as error:
        return _refused(request, event, form, error)
    link = follow_link(request, made)
    if _wants_json(request):
        answer: HttpResponse = JsonResponse({"number": made.number_shown, "follow": link})
    else:
        context = {"event": event, "row": made, "link": link, "next": _next(event, made)}
        answer = render(request, "workshops/received.html", context)
    return remember(request, answer)


def _next(event: Event, made: Contribution) -> int | None:
    """Return the question after the one that was answered."""
    order = list(event.questions.values_list("pk", flat=True))
    at = order.index(made.question_id) + 1 if made.question_id in order else 0
    return order[at] if 0 < at < len(order) else None


def follow_link(request: HttpRequest, made: Contribution) -> str:
    """Return the address at which its author alone follows it, once there is such a page."""
    try:
        return request.build_absolute_uri(reverse("follow", args=[made.token]))
    except NoReverseMatch:
        return ""


@never_cache
@require_POST
def vote(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Count dots or weights; sent again, they replace themselves."""
    event = get_room(code)
    question = event.questions.exclude(kind=Question.Kind.SAY).filter(pk=pk).first()
    if question is None:
        return _refused(request, event, None, Refused(GONE))
    form = VoteForm(question, parts_of(question), request.POST)
    if not form.is_valid():
        if _wants_json(request):
            return JsonResponse({"error": _words_of(form)}, status=422)
        return _page(request, event, form, 422)
    try:
        keeping.vote(event, voter_key(request, event), question, form.cleaned_data)
    except Refused as error:
        return _refused(request, event, form, error)
    if _wants_json(request):
        return remember(request, JsonResponse({"kept": True}))
    answer = redirect(f"{reverse('room', args=[event.code])}#q{question.pk}")
    return remember(request, answer)


@never_cache
@require_POST
def react(request: HttpRequest, code: str) -> HttpResponse:
    """Count support, opposition or doubt about something that is on the wall."""
    event = get_room(code)
    form = ReactForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("Cette réponse n’est pas comprise : rechargez la page.")
        row = event.contributions.shown().filter(number=form.cleaned_data["number"]).first()
        if row is None:
            raise Refused("Cette parole n’est plus au mur.")
        keeping.react(event, voter_key(request, event), row, form.cleaned_data["stance"])
    except Refused as error:
        return _refused(request, event, None, error)
    if _wants_json(request):
        return remember(request, JsonResponse({"kept": True}))
    return remember(request, redirect(f"{reverse('room', args=[event.code])}#mur"))


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """The script that keeps the pages of rooms on the phone: from here, it rules /a/ only.

    It names the files that the page needs, under the names that they have now.
    """
    files = [static(name) for name in FILES]
    text = WORKER.read_text("utf-8").replace("[/* files */]", json.dumps(files))
    return HttpResponse(
        text, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@never_cache
@require_safe
def wall(request: HttpRequest, code: str) -> HttpResponse:
    """What the room says, readable from the last row; no names, nothing that was not tapped.

    Screens follow one another; `?ecran=2` holds the second one on this wall.
    """
    event = get_room(code)
    address = request.build_absolute_uri(reverse("room", args=[event.code]))
    context = {"event": event, "address": address, "qr": qr_of(address), **_on_wall(request, event)}
    return render(request, "workshops/wall.html", context)


@never_cache
@require_safe
def wall_now(request: HttpRequest, code: str) -> HttpResponse:
    """The part of the wall that changes."""
    event = get_room(code)
    return render(request, "workshops/_wall.html", {"event": event, **_on_wall(request, event)})


def _on_wall(request: HttpRequest, event: Event) -> dict[str, Any]:
    found = screens.held(event)
    asked = request.GET.get("ecran", "")
    screen, place = screens.at(found, timezone.now(), asked)
    many = len(found)
    return {
        "screen": screen,
        "place": place,
        "many": many,
        "before": (place - 2) % many + 1 if many else 0,
        "after": place % many + 1 if many else 0,
        "asked": place if asked and many else 0,
        "counts": counts_of(event),
    }
