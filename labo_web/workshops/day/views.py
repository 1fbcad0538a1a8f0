"""Pages of the day: the path, a sheet, a solution, the vote. Simple, fast to type, nothing lost."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.workshops.access import get_event_to_run
from labo_web.workshops.day import graph, sheets
from labo_web.workshops.day.forms import SheetForm, SolutionForm, VoteForm
from labo_web.workshops.day.sheets import MOST_TABLES, Overtaken
from labo_web.workshops.day.told import assets_of, dissents, path_of, quadrants, stops_of
from labo_web.workshops.kit.grids import AXES, GRIDS, RATINGS
from labo_web.workshops.kit.tongues import FRENCH
from labo_web.workshops.models import Event, SolutionSheet, TableSheet
from labo_web.workshops.steps import next_of

# The steps of the path, and the grid of each.
STEPS = ("causes", "futurs", "chemin", "ressources", "solution")
NAME = re.compile(r"([a-z]+)-(\d{1,2})")
VOTED = ("dots", "bearer", "state")
USUAL = 6  # tables shown before anything is typed


def grids_of(event: Event) -> tuple[str, ...]:
    """Return the grids of a gathering: of a walk, one by stop."""
    return ("marche",) if event.kind == Event.Kind.WALK else STEPS


@never_cache
@require_safe
def day(request: HttpRequest, pk: int) -> HttpResponse:
    """The path of a gathering: what each table wrote, step by step, and what it disagreed on."""
    event = get_event_to_run(request, pk)
    found = sheets.latest(event)
    links = graph.links_of(s for (grid, _), s in found.items() if grid == "causes")
    drawn = graph.drawing(links)
    solutions = list(event.solutions.order_by("number"))
    tables = max([USUAL, *(table for _, table in found)])
    context = {
        "event": event,
        "next_step": next_of(event),
        "steps": [
            {
                "grid": grid,
                "title": GRIDS[grid].title,
                "next_name": f"{grid}-{tables + 1}",
                "places": [
                    {"table": t, "name": f"{grid}-{t}", "sheet": found.get((grid, t))}
                    for t in range(1, tables + 1)
                ],
            }
            for grid in grids_of(event)
            if grid != "solution"
        ],
        "walk": event.kind == Event.Kind.WALK,
        "place_word": FRENCH["stop" if event.kind == Event.Kind.WALK else "table"].lower(),
        "next_table": tables + 1 if tables < MOST_TABLES else 0,
        "links": links,
        # Escaped word by word where it is drawn.
        "graph": SafeString(drawn.svg) if drawn else "",  # nosec B703
        "graph_alt": drawn.alt if drawn else "",
        "futures": quadrants(found),
        "axes": AXES,
        "path": path_of(found),
        "assets": assets_of(found),
        "stops": stops_of(found),
        "ratings": [FRENCH[r] for r in RATINGS],
        "solutions": solutions,
        "dissents": dissents(found, solutions),
    }
    return render(request, "workshops/day.html", context)


def _named(name: str) -> tuple[str, int]:
    """Return the grid and the table of a sheet's name, such as causes-2; or answer 404."""
    match = NAME.fullmatch(name)
    known = ("marche", *STEPS)
    if match is None or match[1] not in known or not 1 <= int(match[2]) <= MOST_TABLES:
        raise Http404(
            f"« {name} » n’est pas une feuille : elles s’appellent {', '.join(known)}, puis un "
            f"tiret et un numéro de 1 à {MOST_TABLES}."
        )
    return match[1], int(match[2])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Type a sheet, or copy it from paper; where its code leads."""
    event = get_event_to_run(request, pk)
    grid, table = _named(name)
    if grid == "solution":
        return redirect("solution_of_table", event.pk, table)
    last = sheets.latest(event, grid).get((grid, table))
    start = {**(last.content if last else {}), "base": last.version if last else 0}
    form = SheetForm(grid, sent(request), initial=start)
    theirs: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = sheets.save(
                    event, grid, table, form.content(),
                    base=form.cleaned_data["base"],
                    on_paper=form.cleaned_data["on_paper"],
                    by=signed_in(request),
                )  # fmt: skip
            except Overtaken:
                status = 409
                last = sheets.latest(event, grid)[grid, table]
                labels = {p.name: p.label for p in sheets.places(GRIDS[grid])}
                theirs = [(labels[k], v) for k, v in last.content.items() if k in labels]
            else:
                messages.success(request, f"Enregistré (version {made.version}).")
                return redirect("day", event.pk)
    context = {
        "event": event,
        "grid": GRIDS[grid],
        "name": name,
        "table": table,
        "place_word": FRENCH["stop" if grid == "marche" else "table"].lower(),
        "form": form,
        "last": last,
        "theirs": theirs,
        "conflict": status == 409,
        "base": last.version if last is not None and status == 409 else form["base"].value(),
        "columns": [FRENCH[c] for c in GRIDS[grid].columns],
        "versions": TableSheet.objects.filter(event=event, grid=grid, table=table)[1:20],
    }
    return render(request, "workshops/sheet.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_solution(request: HttpRequest, pk: int, table: int = 0) -> HttpResponse:
    """Write a solution; those that the table has already are shown, so that none is typed twice."""
    event = get_event_to_run(request, pk)
    made = SolutionSheet(
        territory=event.territory, zone=event.zone, event=event, table=table or None,
        fictive=event.fictive,
    )  # fmt: skip
    form = SolutionForm(event.territory, sent(request), instance=made, initial={"base": 0})
    if request.method == "POST" and form.is_valid():
        row = form.save()
        _attach(row, form)
        messages.success(request, f"La solution {row.number_shown} est enregistrée.")
        return redirect("day", event.pk)
    context = {
        "event": event,
        "form": form,
        "table": table,
        "base": 0,
        "already": event.solutions.filter(table=table) if table else [],
    }
    return render(request, "workshops/solution.html", context, status=422 if form.errors else 200)


def get_solution_to_edit(request: HttpRequest, pk: int) -> SolutionSheet:
    """Return a solution of a gathering that whoever asks runs, or answer 404."""
    found = SolutionSheet.objects.select_related("event").filter(pk=pk).first()
    if found is None or found.event_id is None:
        raise Http404("Cette fiche n’existe pas, ou ne vous est pas ouverte.")
    found.event = get_event_to_run(request, found.event_id)
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_solution(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a solution; what it said before is kept."""
    row = get_solution_to_edit(request, pk)
    before = row.texts()
    base = row.version
    form = SolutionForm(row.territory, sent(request), instance=row, initial={"base": base})
    theirs: list[tuple[str, Any]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sheets.change(
                    row, base=form.cleaned_data["base"], before=before, by=signed_in(request)
                )
            except Overtaken:
                status = 409
                theirs = _words_of(before)
            else:
                _attach(row, form)
                messages.success(request, f"{row.number_shown} : enregistré.")
                return redirect("day", row.event_id)
    context = {
        "event": row.event,
        "form": form,
        "row": row,
        "number": row.number_shown,
        "theirs": theirs,
        "conflict": status == 409,
        "base": base if status == 409 else form["base"].value(),
        "versions": [(v, _words_of(v.content)) for v in row.versions.all()[:20]],
    }
    return render(request, "workshops/solution.html", context, status=status)


def _attach(row: SolutionSheet, form: SolutionForm) -> None:
    row.contributions.set(form.cleaned_data["numbers"])
    row.resources.set(form.cleaned_data["resource_numbers"])


def _words_of(content: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what a version of a solution said, under the names that the form gives."""
    labels = {f.name: str(f.verbose_name) for f in SolutionSheet._meta.fields}
    return [(labels[k].capitalize(), v) for k, v in content.items() if v and k in labels]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """What the dots gave each solution, and who takes it on: all on one page."""
    event = get_event_to_run(request, pk)
    rows = list(event.solutions.order_by("number"))
    forms_of = [
        (row, row.texts(), VoteForm(sent(request), instance=row, prefix=f"s{row.pk}",
                                    initial={"base": row.version}))
        for row in rows
    ]  # fmt: skip
    status = 200
    overtaken: dict[int, list[tuple[str, Any]]] = {}
    if request.method == "POST":
        good = [form.is_valid() for _, _, form in forms_of]
        status = 422
        if all(good):
            for row, before, form in forms_of:
                if form.has_changed():
                    base = form.cleaned_data["base"]
                    try:
                        sheets.change(row, base=base, before=before, by=signed_in(request))
                    except Overtaken:
                        overtaken[row.pk] = _words_of({k: before[k] for k in VOTED})
            if not overtaken:
                messages.success(request, "Le vote et les porteurs sont enregistrés.")
                return redirect("day", event.pk)
            status = 409
    context = {
        "event": event,
        # After a conflict the next saving is made from the other's version, knowingly.
        "rows": [
            (row, form, overtaken.get(row.pk),
             row.version if row.pk in overtaken else form["base"].value())
            for row, _, form in forms_of
        ],
        "overtaken": bool(overtaken),
        "refused": status == 422,
    }  # fmt: skip
    return render(request, "workshops/vote.html", context, status=status)
