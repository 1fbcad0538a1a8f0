"""Pages of the follow-up: dashboard, one indicator, the review of a year."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.roadmaps import following
from labo_web.roadmaps.access import get_roadmap_for, neighbourhoods
from labo_web.roadmaps.forms import ObservationForm
from labo_web.roadmaps.models import Explanation, Level, Roadmap, Tracked
from labo_web.roadmaps.money import plan_of
from labo_web.roadmaps.progress import Course
from labo_web.roadmaps.views import WRITE

YEARS = range(2024, 2031)  # of the contrat de ville; 2027 is its mid-term
MID_TERM = 2027


@never_cache
@require_safe
def dashboard(request: HttpRequest, territory: str) -> HttpResponse:
    """Late things first, then where each indicator is."""
    roadmap = get_roadmap_for(request, territory)
    today = timezone.localdate()
    found = following.of(roadmap, today, request)
    rows = list(roadmap.actions.prefetch_related("funding"))
    context = {
        "roadmap": roadmap,
        "found": found,
        "courses": [(c, c.way_said(today.year), c.stale(today)) for c in found.courses],
        "levels": [(x.label, sum(a.level == x for a in rows)) for x in Level],
        "plan": plan_of(a for a in rows if a.level != Level.ABANDONED),
        "year": min(max(today.year, YEARS[0]), YEARS[-1]),
        "edits": may_decide(request, roadmap.territory),
    }
    return render(request, "roadmaps/dashboard.html", context)


@never_cache
@require_http_methods(WRITE)
def tracked(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """An indicator: its values, from releases by themselves or noted by hand."""
    roadmap = get_roadmap_for(request, territory)
    rows = Tracked.objects.filter(action__roadmap=roadmap).select_related("action")
    here = rows.prefetch_related("observations__signature").filter(pk=pk).first()
    if here is None:
        raise Http404("Cet indicateur n’est pas dans cette feuille de route.")
    edits = may_decide(request, roadmap.territory)
    if request.method == "POST" and not (edits and not here.indicator):
        raise Http404("Les valeurs de cet indicateur ne se notent pas ici.")
    form = ObservationForm(sent(request))
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.tracked, made.signature = here, signed_in(request).sign()
        made.save()
        messages.success(request, "Le relevé est noté.")
        return redirect("tracked", territory=territory, pk=pk)
    [course] = following.courses_of(roadmap, request, [here])
    today = timezone.localdate()
    context = {
        "roadmap": roadmap,
        "tracked": here,
        "course": course,
        "ways": [(2027, course.way_said(2027)), (2030, course.way_said(2030))],
        "stale": course.stale(today),
        "place": neighbourhoods(roadmap.territory).get(here.zone, here.zone),
        "form": form if edits and not here.indicator else None,
    }
    status = 422 if form.errors else 200
    return render(request, "roadmaps/tracked.html", context, status=status)


class ReviewForm(forms.Form):
    """One explanation for each indicator."""

    def __init__(self, courses: list[Course], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for c in courses:
            self.fields[f"why-{c.tracked.pk}"] = forms.CharField(
                label=f"Explication : {c.tracked.label}",
                required=False,
                max_length=2_000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )


@never_cache
@require_http_methods(WRITE)
def review(request: HttpRequest, territory: str, year: int) -> HttpResponse:
    """The review of a year: target, value, explanation; that of 2027 is the mid-term one."""
    roadmap = get_roadmap_for(request, territory)
    if year not in YEARS:
        raise Http404("Le contrat de ville va de 2024 à 2030.")
    edits = may_decide(request, roadmap.territory)
    if request.method == "POST" and not edits:
        raise Http404("Seule l’équipe du territoire écrit les explications.")
    courses = following.courses_of(roadmap, request)
    latest = latest_explanations(roadmap, year)
    initial = {f"why-{pk}": e.text for pk, e in latest.items()}
    form, clash = ReviewForm(courses, sent(request), initial=initial), False
    if request.method == "POST" and form.is_valid():
        signature = signed_in(request).sign()
        # Only what this person changed: what another wrote meanwhile stays.
        changed = [c.tracked for c in courses if f"why-{c.tracked.pk}" in form.changed_data]
        before = {t.pk: request.POST.get(f"had-{t.pk}", "") for t in changed}
        taken = [
            t for t in changed
            if before[t.pk] != str(latest[t.pk].pk if t.pk in latest else "")
        ]  # fmt: skip
        if not taken:
            Explanation.objects.bulk_create(
                Explanation(
                    tracked=t, year=year, text=form.cleaned_data[f"why-{t.pk}"],
                    signature=signature,
                )
                for t in changed
            )  # fmt: skip
            messages.success(request, "Les explications sont enregistrées.")
            return redirect("review", territory=territory, year=year)
        clash = True
        for t in taken:
            form.add_error(
                f"why-{t.pk}",
                "Quelqu’un a écrit pendant ce temps : "
                f"« {latest[t.pk].text if t.pk in latest else ''} ». Votre texte est gardé "
                "ci-dessous ; enregistrez de nouveau pour le mettre à la suite.",
            )
    rows = [_line(c, year, form, latest) for c in courses]
    context = {
        "roadmap": roadmap,
        "year": year,
        "years": YEARS,
        "mid_term": year == MID_TERM,
        "rows": rows,
        "form": form if edits else None,
        "unexplained": sum(not r["reached"] and not r["why"] for r in rows),
    }
    status = 409 if clash else 422 if form.errors else 200
    return render(request, "roadmaps/review.html", context, status=status)


def latest_explanations(roadmap: Roadmap, year: int) -> dict[int, Explanation]:
    """Return the last explanation of each indicator in the review of a year."""
    rows = Explanation.objects.filter(tracked__action__roadmap=roadmap, year=year)
    return {e.tracked_id: e for e in rows.select_related("signature")}


def _line(c: Course, year: int, form: ReviewForm, latest: dict[int, Explanation]) -> dict[str, Any]:
    """Return an indicator in the review of a year: its value then, never one of later."""
    points = [p for p in c.points if p.on.year <= year]
    then = Course(c.tracked, tuple(points))
    way = then.way(year)
    why = latest.get(c.tracked.pk)
    return {
        "course": then,
        "target": c.target(year),
        "way": then.way_said(year),
        "reached": way is not None and way >= 1,
        "why": why,
        "had": why.pk if why else "",
        "field": form[f"why-{c.tracked.pk}"],
    }
