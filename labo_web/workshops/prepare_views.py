"""Pages of those who prepare an event: its questions, who means to come, how it went."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.forms import sent
from labo_web.workshops.access import get_event_to_run, get_territory_to_run
from labo_web.workshops.event_forms import (
    EventForm,
    FresqueForm,
    HeadcountForm,
    HoursForm,
    QuestionForm,
)
from labo_web.workshops.formats import ask, format_of, more_than_registered
from labo_web.workshops.held import HeldForm
from labo_web.workshops.models import Contribution, Evaluation, Event
from labo_web.workshops.places import name_zones
from labo_web.workshops.presence import FEWEST, cumulate, present_at
from labo_web.workshops.steps import next_of
from labo_web.workshops.withdrawn import cancel


@require_safe
def territory_events(request: HttpRequest, territory: str) -> HttpResponse:
    """All the events of a territory, drafts among them."""
    found = get_territory_to_run(request, territory)
    events = list(Event.objects.filter(territory=found).order_by("starts_at", "pk"))
    name_zones(events)
    context = {
        "territory": found,
        "coming": [e for e in events if not e.past],
        "past": [e for e in reversed(events) if e.past],
    }
    return render(request, "workshops/territory_events.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_event(request: HttpRequest, territory: str) -> HttpResponse:
    """Prepare an event."""
    found = get_territory_to_run(request, territory)
    form = EventForm(found, sent(request))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        # So that what comes of it is kept like everything else that is said.
        if form_at := format_of(made):
            ask(made, form_at.asked)
        messages.success(request, "La rencontre est enregistrée. Préparez ses questions.")
        return redirect("event_questions", made.pk)
    context = {"territory": found, "form": form}
    return render(request, "workshops/event_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def log_event(request: HttpRequest, territory: str) -> HttpResponse:
    """Write down a meeting that was held already: one page, then its sheet."""
    found = get_territory_to_run(request, territory)
    form = HeldForm(found, sent(request))
    if request.method == "POST" and form.is_valid() and (made := form.keep()):
        cumulate(found)
        messages.success(request, "La rencontre est consignée.")
        return redirect("session_sheet" if format_of(made) else "record", made.pk)
    context = {"territory": found, "form": form}
    return render(request, "workshops/log.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_event(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an event."""
    found = get_event_to_run(request, pk)
    form = EventForm(found.territory, sent(request), instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "La rencontre est enregistrée.")
        return redirect("event", found.pk)
    context = {"territory": found.territory, "event": found, "form": form}
    return render(request, "workshops/event_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, pk: int) -> HttpResponse:
    """What the room will be asked: one question a screen."""
    found = get_event_to_run(request, pk)
    form = QuestionForm(found)
    if request.method == "POST" and "remove" in request.POST:
        row = get_object_or_404(found.questions, pk=_number(request.POST["remove"]))
        if row.contributions.exists() or row.ballots.exists():
            messages.error(request, "Cette question a déjà des réponses : elle reste.")
        else:
            row.delete()
            messages.success(request, "La question est retirée.")
        return redirect("event_questions", found.pk)
    if request.method == "POST":
        form = QuestionForm(found, request.POST)
        if form.is_valid():
            form.save()
            messages.success(request, "La question est ajoutée.")
            return redirect("event_questions", found.pk)
    rows = found.questions.prefetch_related("choices")
    context = {
        "event": found,
        "form": form,
        "rows": rows,
        "next_step": next_of(found, "questions") if rows else None,
    }
    return render(request, "workshops/questions.html", context, status=422 if form.errors else 200)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registrations(request: HttpRequest, pk: int) -> HttpResponse:
    """Who means to come, as they wished to be called; a row may be erased at once."""
    found = get_event_to_run(request, pk)
    if request.method == "POST":
        cancel(get_object_or_404(found.registrations, pk=_number(request.POST.get("remove", ""))))
        messages.success(request, "L’inscription est effacée.")
        return redirect("registrations", found.pk)
    rows = list(found.registrations.all())
    context = {
        "event": found,
        "rows": rows,
        "people": sum(r.people for r in rows),
        "children": sum(r.children for r in rows),
        "next_step": next_of(found, "registrations"),
    }
    return render(request, "workshops/registrations.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """How it went: presence, hours and what they were paid, the sheet of a Fresque."""
    found = get_event_to_run(request, pk)
    fresque = getattr(found, "fresque", None)
    form_at = format_of(found)
    part = request.POST.get("part", "")
    if part == "remove":
        get_object_or_404(found.hours, pk=_number(request.POST.get("remove", ""))).delete()
        return redirect("record", found.pk)
    given = {name: sent(request) if part == name else None for name in ("count", "hours", "sheet")}
    forms = (
        HeadcountForm(found, given["count"]),
        HoursForm(given["hours"]),
        FresqueForm(found, given["sheet"], instance=fresque),
    )
    count, hours, sheet = forms
    if part in given and forms[list(given).index(part)].is_valid():
        if part == "count":
            count.save()
            cumulate(found.territory)
        else:
            row = hours.instance if part == "hours" else sheet.instance
            row.event = found
            row.save()
        messages.success(request, "C’est enregistré.")
        return redirect("record", found.pk)
    wrong = request.method == "POST"
    present = present_at(found)
    context = {
        "event": found,
        "present": present,
        "filled": fresque is not None,
        "remarks": _remarks(found, present),
        "next_step": next_of(found),
        "count": count,
        "hours": hours,
        "sheet": sheet if form_at else None,
        "format": form_at,
        "rows": found.hours.all(),
        "evaluations": _evaluations(found),
        "few": FEWEST,
        "came": Contribution.objects.filter(event=found, erased_at=None).select_related("question"),
    }
    return render(request, "workshops/record.html", context, status=422 if wrong else 200)


def _remarks(event: Event, present: int | None) -> list[str]:
    """Return what is out of the ordinary in the counts: told, and never refused."""
    fresque = getattr(event, "fresque", None)
    if fresque is None:
        coming = sum(event.registrations.values_list("people", flat=True))
        return more_than_registered(present, coming)
    found = more_than_registered(present, fresque.registered)
    if present != fresque.present:
        found.append(
            f"La fiche dit {fresque.present} présentes, le comptage {present} : enregistrez les "
            "présences, et la fiche les reprendra."
        )
    return found


def _evaluations(event: Event) -> list[tuple[str, int, list[str]]]:
    """Return how many answered at each moment, and, from eleven on, what they wrote."""
    found = []
    for moment in Evaluation.Moment:
        rows = event.evaluations.filter(moment=moment)
        count = rows.count()
        texts = list(rows.exclude(comment="").order_by("comment").values_list("comment", flat=True))
        found.append((str(moment.label), count, texts if count >= FEWEST else []))
    return found
