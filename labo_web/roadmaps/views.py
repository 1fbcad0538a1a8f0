"""Pages where sheets are listed, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.roadmaps import checks, figures, funds, history, maturity, progress, thread
from labo_web.roadmaps.access import (
    get_action_for,
    get_action_to_edit,
    get_roadmap_for,
    get_roadmap_to_edit,
    get_territory_to_start,
    latest_release,
    neighbourhoods,
    part_of,
)
from labo_web.roadmaps.forms import IdeaForm, StartForm
from labo_web.roadmaps.models import Action, Level, Roadmap, Step
from labo_web.roadmaps.money import plan_of
from labo_web.roadmaps.origins import Start, draft, solutions, starting_from
from labo_web.roadmaps.saving import Overtaken, create, save
from labo_web.roadmaps.sections import SECTIONS, Section, form_of, rows_of

WRITE = ["GET", "HEAD", "POST"]
# What a list does not show.
LONG_TEXTS = (
    *("finding", "objective", "description", "participation", "conditions", "environment"),
    *("benefits", "loses", "equality", "risks"),
)


@never_cache
@require_http_methods(WRITE)
def start(request: HttpRequest, territory: str) -> HttpResponse:
    """Begin the roadmap of a territory."""
    here = get_territory_to_start(request, territory)
    if Roadmap.objects.filter(territory=here).exists():
        return redirect("actions", territory=here.code)
    form = StartForm(sent(request), initial={"title": f"Feuille de route de {here.name}"})
    if request.method == "POST" and form.is_valid():
        Roadmap.objects.get_or_create(territory=here, defaults=form.cleaned_data)
        messages.success(request, "La feuille de route est commencée : ajoutez sa première action.")
        return redirect("actions", territory=here.code)
    status = 422 if form.errors else 200
    return render(request, "roadmaps/start.html", {"territory": here, "form": form}, status=status)


@never_cache
@require_safe
def actions(request: HttpRequest, territory: str) -> HttpResponse:
    """The actions of a roadmap with their money and progress, filtered by level or place."""
    roadmap = get_roadmap_for(request, territory)
    names = neighbourhoods(roadmap.territory)
    found = (
        roadmap.actions.select_related("pilot")
        .prefetch_related(Prefetch("steps", Step.objects.all()), "funding")
        .defer(*LONG_TEXTS)
    )
    level, zone = request.GET.get("maturite", ""), request.GET.get("quartier", "")
    rows = list(found)
    counts = {x: sum(a.level == x for a in rows) for x in Level}
    shown = [
        a for a in rows
        if (not level or a.level == level) and (not zone or zone in a.zones or not a.zones)
    ]  # fmt: skip
    today = timezone.localdate()
    context = {
        "roadmap": roadmap,
        "lines": [
            {
                "action": a,
                "zones": [names.get(code, code) for code in a.zones],
                "plan": plan_of([a]),
                "progress": progress.of(a, today),
            }
            for a in shown
        ],
        "plan": plan_of(a for a in shown if a.level != Level.ABANDONED),
        "levels": [(x.value, x.label, counts[x]) for x in Level if counts[x]],
        "level": level,
        "zone": zone,
        "names": names,
        "edits": may_decide(request, roadmap.territory),
        "year": min(max(today.year, 2024), 2030),
    }
    return render(request, "roadmaps/actions.html", context)


@never_cache
@require_http_methods(WRITE)
def new(request: HttpRequest, territory: str) -> HttpResponse:
    """Five fields make an idea; the address may name what it comes from."""
    roadmap = get_roadmap_to_edit(request, territory)
    names = neighbourhoods(roadmap.territory)
    origin = starting_from(request, roadmap)
    form = IdeaForm(names, sent(request), initial=dict(origin.idea))
    if request.method == "POST" and form.is_valid():
        person = signed_in(request)
        made = create(roadmap, form.cleaned_data | origin.more, by=person, **origin.fields)
        origin.tie(made, person)
        messages.success(
            request, f"L’action n° {made.number} est enregistrée : la suite viendra à son heure."
        )
        return redirect("action", territory=territory, number=made.number)
    context = {"roadmap": roadmap, "form": form, "origin": origin}
    status = 422 if form.errors else 200
    return render(request, "roadmaps/new.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def catalogue(request: HttpRequest, territory: str) -> HttpResponse:
    """What an action can start from: solution sheets of workshops, measures of the catalogue.

    All the sheets of a day can become ideas at once, so that there is a draft the same evening.
    """
    roadmap = get_roadmap_to_edit(request, territory)
    found = solutions(roadmap)
    if request.method == "POST":
        asked = set(request.POST.getlist("fiches"))
        wanted = [s for s in found if str(s.number) in asked and not s.started]
        for sheet in wanted:
            draft(roadmap, sheet, signed_in(request))
        if wanted:
            many = "s" if len(wanted) > 1 else ""
            messages.success(
                request, f"{len(wanted)} idée{many} ajoutée{many}, à compléter quand vous voudrez."
            )
            return redirect("actions", territory=territory)
    context = {
        "roadmap": roadmap,
        "refused": request.method == "POST",
        "solutions": found,
        "fresh": any(not s.started for s in found),
        "families": Start.families(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "roadmaps/catalogue.html", context, status=status)


@never_cache
@require_safe
def action(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """A sheet, what it lacks, what is wrong with it, and who decided what."""
    here = get_action_for(request, territory, number)
    roadmap = here.roadmap
    names = neighbourhoods(roadmap.territory)
    today = timezone.localdate()
    links = list(here.links.filter(removed_on=None).select_related(*thread.LINKS))
    far_ends = thread.Names(request, roadmap, links)
    pairs = [(t.zone, t.indicator) for t in here.tracked.all() if t.indicator]
    values = figures.series(roadmap.territory, pairs, request)
    courses = [
        progress.course_of(t, t.observations.all(), values.get((t.zone, t.indicator), []))
        for t in here.tracked.prefetch_related("observations")
    ]
    edits = may_decide(request, roadmap.territory)
    after = maturity.following(here)
    context = {
        "roadmap": roadmap,
        "action": here,
        "edits": edits,
        "part": part_of(request, here),
        "zones": [names.get(code, code) for code in here.zones],
        "sections": SECTIONS,
        "links": [(x, far_ends.stop(x)) for x in links],
        "steps": list(here.steps.select_related("after", "organisation")),
        "today": today,
        "courses": [(c, c.way_said(2027), c.way_said(2030)) for c in courses],
        "plan": plan_of([here]),
        "progress": progress.of(here, today),
        "problems": checks.of_action(here) if edits else [],
        "after": after,
        "lacks": maturity.missing(here, after) if after and edits else [],
        "decisions": here.decisions.select_related("signature", "organisation"),
        "pieces": [x for x in here.pieces.all() if x.removed_on is None],
        "labels": {x.id: x.label for x in funds.FUNDS},
        "fields": _fields(here),
    }
    return render(request, "roadmaps/action.html", context)


def _fields(here: Action) -> dict[str, list[tuple[str, str]]]:
    """Return the texts of a sheet by section, those that are filled."""
    shown = {
        "besoin": SECTIONS["besoin"].form._meta.fields,
        "effets": SECTIONS["effets"].form._meta.fields,
    }
    return {
        key: [
            (history.verbose(Action, name), str(getattr(here, name)))
            for name in fields
            if getattr(here, name) not in ("", None)
        ]
        for key, fields in shown.items()
    }


@never_cache
@require_http_methods(WRITE)
def edit(request: HttpRequest, territory: str, number: int, section: str) -> HttpResponse:
    """Write a part of a sheet; two people who write it at once lose nothing."""
    here = get_action_to_edit(request, territory, number)
    part = SECTIONS.get(section)
    if part is None:
        raise Http404("Cette fiche n’a pas cette partie.")
    names = neighbourhoods(here.roadmap.territory)
    indicators = _indicators(here)
    title = str(here)  # the form writes on the sheet what is typed
    form = form_of(part, here, names, sent(request))
    rows = rows_of(part, here, names, indicators, sent(request))
    if request.method != "POST":
        return _section(request, here, title, part, form, rows)
    # Both are read, so that all that is wrong is said at once.
    if not all([form.is_valid(), rows is None or rows.is_valid()]):
        return _section(request, here, title, part, form, rows, status=422)
    base = request.POST.get("base", "")
    tables = {part.table: rows.typed()} if rows is not None else {}
    fields = {name: form.cleaned_data[name] for name in form.fields}
    try:
        save(
            here, fields, tables, by=signed_in(request),
            base=int(base[:9]) if base.isdecimal() else 0,
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(None, error)
        return _section(request, here, title, part, form, rows, status=422)
    except Overtaken as error:
        theirs = history.told(error.changes, names)
        return _section(request, here, title, part, form, rows, theirs=theirs, status=409)
    messages.success(request, f"« {part.title} » est enregistré.")
    return redirect("action", territory=territory, number=number)


def _indicators(here: Action) -> Mapping[str, str]:
    release = latest_release(here.roadmap.territory)
    return dict(release.indicators.values_list("name", "label")) if release else {}


def _section(
    request: HttpRequest,
    here: Action,
    title: str,
    part: Section,
    form: Any,
    rows: Any,
    *,
    theirs: list[history.Told] | None = None,
    status: int = 200,
) -> HttpResponse:
    base = request.POST.get("base") if request.method == "POST" else None
    if base is None or theirs is not None:
        # After a conflict the next saving is made from the other's version, knowingly.
        base = str(Action.objects.values_list("version", flat=True).get(pk=here.pk))
    context = {
        "roadmap": here.roadmap,
        "action": here,
        "title": title,
        "part": part,
        "form": form,
        "rows": rows,
        "base": base,
        "theirs": theirs,
        "wrong": status == 422,
    }
    return render(request, "roadmaps/section.html", context, status=status)


@never_cache
@require_safe
def versions(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """All that was ever written in a sheet, newest first."""
    here = get_action_to_edit(request, territory, number)
    names = neighbourhoods(here.roadmap.territory)
    found = here.changes.select_related("signature", "organisation")
    context = {"roadmap": here.roadmap, "action": here, "rows": history.told(found, names)}
    return render(request, "roadmaps/versions.html", context)
