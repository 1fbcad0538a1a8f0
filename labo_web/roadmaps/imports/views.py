"""Pages where a file is sent, looked at with what is wrong in it, and only then imported."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.roadmaps.access import (
    get_roadmap_for,
    get_roadmap_to_edit,
    latest_release,
    neighbourhoods,
)
from labo_web.roadmaps.imports import cells, plan, programming
from labo_web.roadmaps.imports.waiting import GONE, keep, taken
from labo_web.roadmaps.models import ImportDraft, Level, Programming, Roadmap
from labo_web.roadmaps.money import plan_of
from labo_web.roadmaps.views import WRITE

SHOWN_WRONG = 100


class FileForm(forms.Form):
    """A spreadsheet, looked at; if nothing is wrong in it, it waits to be confirmed."""

    file = forms.FileField(
        label="Fichier (.xlsx ou .csv)",
        help_text=f"Au plus {cells.MOST_ROWS} lignes et 2 Mo, sans formule ni macro.",
    )

    def content(self) -> tuple[bytes, str]:
        """Return what was sent, and its name."""
        found = self.cleaned_data["file"]
        if found.size > cells.MOST_BYTES:
            raise ValidationError(f"« {found.name} » est trop grand : au plus 2 Mo.")
        return found.read(), str(found.name)


class YearForm(FileForm):
    """A programming: its year, and how money for several neighbourhoods is split."""

    year = forms.IntegerField(label="Année", min_value=2024, max_value=2030)
    rule = forms.ChoiceField(
        label="Un montant pour plusieurs quartiers se partage", choices=Programming.Rule.choices
    )
    field_order = ("year", "rule", "file")


@never_cache
@require_http_methods(WRITE)
def import_plan(request: HttpRequest, territory: str) -> HttpResponse:
    """An existing plan: looked at first, then imported whole or not at all."""
    roadmap = get_roadmap_to_edit(request, territory)
    if "confirm" in request.POST:
        return _confirmed(request, roadmap, ImportDraft.What.PLAN)
    files = request.FILES if request.method == "POST" else None
    form = FileForm(sent(request), files)
    context: dict[str, Any] = {
        "roadmap": roadmap,
        "form": form,
        "needed": plan.NEEDED,
        "columns": [x for x in plan.COLUMNS if not x[-1].isdigit()],
    }
    if request.method == "POST" and form.is_valid():
        try:
            content, name = form.content()
            found, wrong = plan.read(content, name, neighbourhoods(roadmap.territory))
        except ValidationError as error:
            form.add_error("file", error)
        else:
            context |= {"found": found, "wrong": wrong[:SHOWN_WRONG], "count": len(wrong)}
            if found and not wrong:
                person = signed_in(request)
                context["draft"] = keep(roadmap, person, ImportDraft.What.PLAN, content, name)
    return _looked(request, context)


@never_cache
@require_http_methods(WRITE)
def import_programming(request: HttpRequest, territory: str) -> HttpResponse:
    """The programming of a year."""
    roadmap = get_roadmap_to_edit(request, territory)
    if "confirm" in request.POST:
        return _confirmed(request, roadmap, ImportDraft.What.PROGRAMMING)
    files = request.FILES if request.method == "POST" else None
    form = YearForm(sent(request), files, initial={"year": timezone.localdate().year})
    context: dict[str, Any] = {
        "roadmap": roadmap,
        "form": form,
        "needed": programming.NEEDED,
        "columns": list(programming.COLUMNS),
        "programming": True,
    }
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            content, name = form.content()
            found, wrong = programming.read(content, name, neighbourhoods(roadmap.territory))
        except ValidationError as error:
            form.add_error("file", error)
        else:
            context |= {"grants": found, "wrong": wrong[:SHOWN_WRONG], "count": len(wrong)}
            if found and not wrong:
                context["draft"] = keep(
                    roadmap, signed_in(request), ImportDraft.What.PROGRAMMING, content, name,
                    year=given["year"], rule=given["rule"],
                )  # fmt: skip
    return _looked(request, context)


def _looked(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors or context.get("wrong") else 200
    return render(request, "roadmaps/import.html", context, status=status)


def _confirmed(request: HttpRequest, roadmap: Roadmap, what: str) -> HttpResponse:
    """Import the file that waited, read again: neighbourhoods may have changed since."""
    person, names = signed_in(request), neighbourhoods(roadmap.territory)
    page = "import_plan" if what == ImportDraft.What.PLAN else "import_programming"
    with transaction.atomic():
        draft = taken(roadmap, person, what, request.POST.get("confirm", ""))
        if draft is None:
            messages.error(request, GONE)
            return redirect(page, territory=roadmap.territory.code)
        content, name = bytes(draft.content), draft.name
        draft.delete()
        if what == ImportDraft.What.PLAN:
            planned, wrong = plan.read(content, name, names)
            made = [] if wrong else plan.write(roadmap, planned, by=person)
            many = "s" if len(made) > 1 else ""
            verb = "sont importées" if many else "est importée"
            done, then = f"{len(made)} action{many} {verb}, comme idée{many}.", "actions"
        else:
            grants, wrong = programming.read(content, name, names)
            if not wrong:
                programming.write(
                    roadmap, grants, year=draft.chosen["year"], rule=draft.chosen["rule"],
                    name=name, by=person,
                )  # fmt: skip
            many = "s" if len(grants) > 1 else ""
            year = draft.chosen["year"]
            done, then = f"{len(grants)} subvention{many} de {year} notée{many}.", "money"
    if wrong:
        messages.error(request, f"{wrong[0].place} : {wrong[0].why} Renvoyez le fichier corrigé.")
        return redirect(page, territory=roadmap.territory.code)
    messages.success(request, done)
    return redirect(then, territory=roadmap.territory.code)


@never_cache
@require_safe
def money(request: HttpRequest, territory: str) -> HttpResponse:
    """How the contract's money falls: by need, by neighbourhood, ordinary law beside."""
    roadmap = get_roadmap_for(request, territory)
    names = neighbourhoods(roadmap.territory)
    release = latest_release(roadmap.territory)
    labels = dict(release.indicators.values_list("name", "label")) if release else {}
    actions = list(
        roadmap.actions.exclude(level=Level.ABANDONED).prefetch_related("funding", "links")
    )
    priorities = list(roadmap.priorities.filter(withdrawn_on=None))
    needs = []
    for p in priorities:
        own = [
            a for a in actions
            if any(x.priority_id == p.pk and x.removed_on is None for x in a.links.all())
        ]  # fmt: skip
        needs.append(
            {
                "label": labels.get(p.indicator, p.indicator),
                "place": names.get(p.zone, p.zone),
                "actions": own,
                "plan": plan_of(own),
            }
        )
    years: dict[int, Programming] = {}
    for made in roadmap.programmings.select_related("signature").prefetch_related("grants"):
        years.setdefault(made.year, made)
    residents = programming.residents_of(release)
    urgent: dict[str, int] = {}
    for p in priorities:
        urgent[p.zone] = urgent.get(p.zone, 0) + 1
    tables = []
    for made in years.values():
        found = programming.shares(made, residents)
        rows = [
            {
                "name": names.get(s.zone, s.zone) or "toute l’agglomération",
                "share": s,
                "urgent": urgent.get(s.zone, 0),
                "each": s.specific / residents[s.zone] if residents.get(s.zone) else None,
            }
            for s in sorted(found, key=lambda s: -s.specific)
        ]
        total = sum((s.specific for s in found), Decimal(0))
        tables.append({"made": made, "rows": rows, "total": total})
    context = {
        "roadmap": roadmap,
        "needs": needs,
        "tables": tables,
        "without": [n for code, n in names.items() if urgent.get(code) and years
                    and not any(code in g.zones for m in years.values() for g in m.grants.all())],
        "edits": may_decide(request, roadmap.territory),
    }  # fmt: skip
    return render(request, "roadmaps/money.html", context)
