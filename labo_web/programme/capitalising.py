"""What was learned: what worked, what did not, who says so, on what evidence; and kits to reuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Territory
from labo_web.programme.directory import territories_of
from labo_web.programme.meeting_access import cohorts_of, is_of_cohort
from labo_web.programme.meeting_forms import readable_address
from labo_web.programme.models import Lesson, LessonOpening, Programme
from labo_web.releases.access import latest_for
from labo_web.workshops.event_forms import to_choose
from labo_web.workshops.formats import FORMATS
from labo_web.workshops.kit.content import PARTS
from labo_web.workshops.kit.grids import GRIDS
from labo_web.workshops.kit.script import SCRIPTS
from labo_web.workshops.kit.tongues import LANGUAGES
from labo_web.workshops.models import Event
from labo_web.workshops.room_forms import PlainField

CLOSED = "Cette page n’existe pas, ou ne vous est pas ouverte."
MOST = 200


def may_write(request: HttpRequest, territory: Territory | None) -> bool:
    """Return whether whoever asks writes for a territory, or for the whole cohort."""
    return is_facilitator(request) if territory is None else may_decide(request, territory)


def places_of(request: HttpRequest) -> list[Territory]:
    """Return the territories for which whoever asks writes."""
    return [t for t in territories_of(cohorts_of(request)) if may_decide(request, t)]


def lessons_for(request: HttpRequest) -> Any:
    """Return the lessons that whoever asks may read: opened, or of their own cohort."""
    found = Lesson.objects.current().select_related(
        "territory", "organisation", "event", "programme"
    )
    mine = [p.pk for p in cohorts_of(request)]
    return found.filter(Q(opened_on__isnull=False) | Q(programme__in=mine))


def get_lesson_for(request: HttpRequest, pk: int) -> Lesson:
    """Return a lesson that whoever asks may read, or answer 404."""
    found = Lesson.objects.select_related(
        "territory", "organisation", "event", "programme", "replaces"
    )
    lesson = found.filter(pk=pk).first()
    if lesson is None:
        raise Http404(CLOSED)
    if lesson.opened_on is None and not is_of_cohort(request, lesson.programme):
        raise Http404(CLOSED)
    return lesson


class LessonForm(forms.ModelForm):  # type: ignore[type-arg]
    """What happened, what came of it, who says so, on what evidence."""

    title = PlainField(
        label="En une phrase", max_length=200,
        help_text="Par exemple : à midi devant l’école, les parents restent.",
    )  # fmt: skip
    text = PlainField(
        label="Ce qui s’est passé", max_length=3_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    conditions = PlainField(
        label="À quelles conditions le refaire", max_length=1_500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    evidence = PlainField(
        label="Sur quoi on s’appuie", max_length=800, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ce qui a été compté, écrit ou vu, et quand. Un avis se dit comme un avis.",
    )  # fmt: skip
    evidence_url = PlainField(
        label="Adresse de la pièce", max_length=300, required=False,
        help_text="Une adresse https://, ou une adresse de ce site qui commence par /.",
    )  # fmt: skip

    class Meta:  # noqa: D106
        model = Lesson
        fields = (
            "programme", "territory", "topic", "verdict", "title", "text", "conditions",
            "organisation", "evidence", "event", "evidence_url",
        )  # fmt: skip
        help_texts = {"organisation": "Un organisme, jamais une personne."}  # noqa: RUF012

    def __init__(
        self,
        request: HttpRequest,
        programmes: Sequence[Programme],
        territories: Sequence[Territory],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        programme, territory, event = (
            self.fields[name] for name in ("programme", "territory", "event")
        )
        assert isinstance(programme, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        assert isinstance(territory, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        assert isinstance(event, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        programme.queryset = Programme.objects.filter(pk__in=[p.pk for p in programmes])
        if len(programmes) == 1:
            programme.initial = programmes[0].pk
        territory.queryset = Territory.objects.filter(pk__in=[t.pk for t in territories])
        whole = is_facilitator(request)
        territory.required = not whole
        event.queryset = Event.objects.announced().filter(territory__in=territories)
        to_choose(self, "programme", "territory", "topic", "verdict", "organisation", "event")
        if whole:
            territory.empty_label = "toute la cohorte"

    def clean_evidence_url(self) -> str:
        """An address that a browser opens and that runs nothing."""
        return readable_address(self.cleaned_data["evidence_url"])


class OpeningForm(forms.ModelForm):  # type: ignore[type-arg]
    """Open a lesson to everybody, or take it back."""

    class Meta:  # noqa: D106
        model = LessonOpening
        fields = ("reason",)

    def __init__(self, lesson: Lesson, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.lesson = lesson
        self.instance.opened = lesson.opened_on is None
        self.fields["reason"].required = not self.instance.opened


@require_safe
def lessons(request: HttpRequest) -> HttpResponse:
    """What was learned, by territory and format."""
    asked = {name: request.GET.get(name, "")[:40] for name in ("territoire", "format")}
    found = lessons_for(request)
    territories = list(Territory.objects.filter(pk__in=found.values("territory")).order_by("name"))
    if asked["territoire"]:
        found = found.filter(territory__code=asked["territoire"])
    if asked["format"] in Lesson.Topic.values:
        found = found.filter(topic=asked["format"])
    rows = list(found[:MOST])
    context = {
        "groups": [
            (verdict.label, [x for x in rows if x.verdict == verdict]) for verdict in Lesson.Verdict
        ],
        "rows": rows,
        "asked": asked,
        "territories": territories,
        "topics": Lesson.Topic.choices,
        "writes": bool(places_of(request)) or is_facilitator(request),
        "fictive": any(x.programme.fictive for x in rows),
    }
    return render(request, "programme/meeting_lessons.html", context)


def _form(request: HttpRequest, lesson: Lesson | None) -> LessonForm:
    """Return the form of a new lesson, or of one that replaces another; or answer 404."""
    programmes, territories = cohorts_of(request), places_of(request)
    if not programmes or not (territories or is_facilitator(request)):
        raise Http404("Les équipes des territoires et le centre de ressources écrivent ici.")
    start = {}
    if lesson is not None:
        if not may_write(request, lesson.territory):
            raise Http404(CLOSED)
        start = {name: getattr(lesson, name) for name in LessonForm.Meta.fields}
    return LessonForm(request, programmes, territories, sent(request), initial=start)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Write a lesson, or one that replaces another: the former one stays, and is said to."""
    before = get_lesson_for(request, pk) if pk else None
    form = _form(request, before)
    if request.method == "POST" and form.is_valid():
        if before is not None and Lesson.objects.filter(replaces=before).exists():
            form.add_error(
                None,
                "Quelqu’un a déjà corrigé cette page entre-temps : ouvrez la nouvelle version, et "
                "reportez-y ce que vous avez écrit ici.",
            )
        else:
            with transaction.atomic():
                made = form.save(commit=False)
                made.replaces, made.signature = before, signed_in(request).sign()
                made.save()
            messages.success(request, "C’est enregistré. Ce n’est pas public tant que vous ne "
                             "l’ouvrez pas.")  # fmt: skip
            return redirect("lesson", made.pk)
    context = {"form": form, "before": before}
    status = 422 if form.errors else 200
    return render(request, "programme/meeting_lesson_edit.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: HttpRequest, pk: int) -> HttpResponse:
    """One lesson, its evidence, what it replaces; whoever wrote it opens it or takes it back."""
    found = get_lesson_for(request, pk)
    writes = may_write(request, found.territory) and is_of_cohort(request, found.programme)
    if request.method == "POST" and not writes:
        raise Http404(CLOSED)
    form = OpeningForm(found, sent(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.instance.signature = signed_in(request).sign()
            row = form.save()
            found.opened_on = timezone.localdate() if row.opened else None
            found.save(update_fields=["opened_on"])
        said = "ouverte à tout le monde" if row.opened else "retirée de ce qui est public"
        messages.success(request, f"Cette page est {said}.")
        return redirect("lesson", pk)
    context = {
        "lesson": found,
        "form": form,
        "writes": writes,
        "newer": Lesson.objects.filter(replaces=found).first(),
        "openings": found.openings.all(),
    }
    status = 422 if form.errors else 200
    return render(request, "programme/meeting_lesson.html", context, status=status)


@require_safe
def kits(request: HttpRequest) -> HttpResponse:
    """Kits, formats and grids that anybody may use again, and under which licence."""
    releases = latest_for(request)
    context = {
        "formats": [
            {"format": x, "script": SCRIPTS.get("courte" if x.kind == "short" else "")}
            for x in FORMATS.values()
        ],
        "scripts": [
            (label, sum(step.minutes for step in steps), len(steps))
            for label, steps in SCRIPTS.values()
        ],
        "grids": GRIDS.values(),
        "parts": PARTS.values(),
        "languages": LANGUAGES.values(),
        "places": [
            (r, list(r.zones.filter(kind__in=("qpv", "perimeter")).only("code", "name", "release")))
            for r in releases
        ],
    }
    return render(request, "programme/kits.html", context)
