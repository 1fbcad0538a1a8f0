"""Pages of the data project: what everyone reads of it, and what its group writes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, signed_in
from labo_web.accounts.forms import sent
from labo_web.programme.access import (
    get_dataset_to_edit,
    get_programme_for,
    get_programme_to_run,
    may_edit_dataset,
    teams_of,
    writes_somewhere,
)
from labo_web.programme.data_forms import DatasetForm, MethodForm, QuestionForm, SeatForm
from labo_web.programme.models import Clause, Dataset, Membership, Programme
from labo_web.programme.views import WRITE
from labo_web.programme.worth import worth_of
from labo_web.releases.models import Release

# Of the inventory: what needs somebody to act comes first; open data, of which nothing is asked,
# last.
ORDER = [*(x for x in Clause if x != Clause.OPEN), Clause.OPEN]
# Of which a clause is still to be written, or signed.
ASKED = (Clause.MISSING, Clause.PROMISED, Clause.LATE, Clause.EXPIRED)
URGENT = (Clause.EXPIRED, Clause.LATE, Clause.MISSING)


@require_safe
def data_project(request: HttpRequest, code: str) -> HttpResponse:
    """Questions, inventory, decisions and disagreements; with a territory, what it would gain."""
    here = get_programme_for(request, code)
    today = timezone.localdate()
    members = list(here.memberships.select_related("territory"))
    asked = request.GET.get("territoire", "")
    chosen = next((m for m in members if m.territory.code == asked), None)
    if asked and chosen is None:
        raise Http404("Ce territoire n’est pas dans le programme.")
    rows = here.datasets.select_related("membership__territory")
    if chosen is not None:
        rows = rows.filter(Q(membership=None) | Q(membership=chosen))
    found = worth_of(request, _release(request, chosen)).agreed(rows) if chosen else None
    teams = teams_of(request, members)
    inventory: list[dict[str, Any]] = [
        {
            "dataset": d,
            "clause": d.clause(today),
            "late": d.late_days(today),
            "gain": found.of(d.source) if found and d.source else None,
            "brings": found.said_of(d) if found else "",
            "edits": may_edit_dataset(request, d),
            "imports": d.access == Dataset.Access.AGREEMENT
            and chosen is not None
            and chosen.territory_id in teams,
        }
        for d in rows
    ]
    inventory.sort(key=_urgency)
    told = {x.source for x in here.datasets.all() if x.source}
    shown = here.disagreements.shown().select_related("decision").prefetch_related(
        "answers__organisation", "answers__decision"
    )  # fmt: skip
    context = {
        "programme": here,
        "members": members,
        "chosen": chosen,
        "questions": here.questions.all(),
        "seats": here.seats.select_related("organisation", "membership__territory"),
        "inventory": inventory,
        "counts": [(x.label, n) for x in Clause if (n := sum(r["clause"] == x for r in inventory))],
        "worth": found,
        "asks": [
            found.asks(r["dataset"])
            for r in inventory
            if r["clause"] in ASKED and found.negotiable(r["dataset"])
        ]
        if found and not found.why
        else [],
        "unlisted": [g for g in found.here.told if g.useful and g.source not in told]
        if found
        else [],
        "decisions": here.method_decisions.prefetch_related("replaced_by"),
        "disagreements": shown,
        "runs": is_facilitator(request),
        "writes": bool(writes_somewhere(request, here)),
    }
    return render(request, "programme/data.html", context)


def _urgency(row: dict[str, Any]) -> tuple[int, int, str]:
    clause: Clause = row["clause"]
    place = URGENT.index(clause) if clause in URGENT else len(URGENT) + ORDER.index(clause)
    return (place, -row["late"], row["dataset"].label)


def _release(request: HttpRequest, member: Membership) -> Release | None:
    """Return the newest release of a territory that whoever asks reads."""
    rows = Release.objects.visible_to(request).filter(territory=member.territory)
    return max(rows, key=lambda r: (r.generation, r.pk), default=None)


def _written(
    request: HttpRequest, here: Programme, form: Any, title: str, sign: bool = True
) -> HttpResponse:
    """Keep what a form holds and go back to the data project, or show it again."""
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.programme = here
        if sign:
            made.signature = signed_in(request).sign()
        made.save()
        messages.success(request, "C’est enregistré.")
        return redirect("data_project", code=here.code)
    context = {"programme": here, "form": form, "title": title}
    return render(request, "programme/data_edit.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(WRITE)
def question(request: HttpRequest, code: str, pk: int = 0) -> HttpResponse:
    """Ask a question, or write what is known of one."""
    here = get_programme_to_run(request, code)
    row = here.questions.filter(pk=pk).first()
    if pk and row is None:
        raise Http404("Cette question n’existe pas.")
    title = "Changer la question" if row else "Poser une question"
    return _written(request, here, QuestionForm(sent(request), instance=row), title)


@never_cache
@require_http_methods(WRITE)
def seat(request: HttpRequest, code: str) -> HttpResponse:
    """Add a seat to the project group."""
    here = get_programme_to_run(request, code)
    title = "Ajouter une place au groupe projet"
    return _written(request, here, SeatForm(here, sent(request)), title, sign=False)


@never_cache
@require_http_methods(["POST"])
def remove_seat(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a seat away."""
    here = get_programme_to_run(request, code)
    gone, _ = here.seats.filter(pk=pk).delete()
    if not gone:
        raise Http404("Cette place n’existe plus.")
    messages.success(request, "La place est retirée du groupe.")
    return redirect("data_project", code=code)


@never_cache
@require_http_methods(WRITE)
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Write down a decision on the method."""
    here = get_programme_to_run(request, code)
    form = MethodForm(here, sent(request), initial={"decided_on": timezone.localdate()})
    return _written(request, here, form, "Noter une décision de méthode")


@never_cache
@require_http_methods(WRITE)
def new_dataset(request: HttpRequest, code: str) -> HttpResponse:
    """Add a dataset to the inventory: of the cohort, or of a territory of one's own."""
    here = get_programme_for(request, code)
    mine = writes_somewhere(request, here)
    if not mine and not is_facilitator(request):
        raise Http404("Seules les équipes des territoires écrivent l’inventaire.")
    form = DatasetForm(_choices(here, mine), sent(request), everywhere=is_facilitator(request))
    return _written(request, here, form, "Ajouter un jeu de données")


def _choices(here: Programme, mine: list[Membership]) -> Any:
    rows = here.memberships.filter(pk__in=[m.pk for m in mine])
    return rows.select_related("territory")


@never_cache
@require_http_methods(WRITE)
def edit_dataset(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Change a dataset of the inventory: its state follows from its days."""
    found = get_dataset_to_edit(request, code, pk)
    here = found.programme
    everywhere = is_facilitator(request)
    title = str(found)
    choices = _choices(here, writes_somewhere(request, here))
    form = DatasetForm(choices, sent(request), instance=found, everywhere=everywhere)
    return _written(request, here, form, title)
