"""The page where a partner writes its own part of a sheet, and nothing else of it."""

from __future__ import annotations

from hashlib import sha256

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Person
from labo_web.roadmaps.access import get_part_to_edit
from labo_web.roadmaps.forms import PartForm
from labo_web.roadmaps.models import Action, Partner, Step
from labo_web.roadmaps.saving import record, rows_of
from labo_web.roadmaps.views import WRITE


@never_cache
@require_http_methods(WRITE)
def part(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """What a partner commits to, and which of its steps are done."""
    here, own = get_part_to_edit(request, territory, number)
    steps = [s for s in here.steps.all() if s.organisation_id == own.organisation_id]
    form = PartForm(steps, sent(request), initial={"commitment": own.commitment})
    theirs: list[str] = []
    if request.method == "POST" and form.is_valid():
        theirs = _keep(here, own, form, steps, request.POST.get("base", ""), signed_in(request))
        if not theirs:
            messages.success(request, "Votre part est enregistrée.")
            return redirect("action", territory=territory, number=number)
        own.refresh_from_db()
        steps = list(Step.objects.filter(pk__in=[s.pk for s in steps]))
    context = {
        "roadmap": here.roadmap, "action": here, "part": own, "form": form, "theirs": theirs,
        # After a conflict the next saving is made from the other's text, knowingly.
        "base": request.POST.get("base", "") if form.errors else _stamp(own, steps),
    }  # fmt: skip
    status = 409 if theirs else 422 if form.errors else 200
    return render(request, "roadmaps/part.html", context, status=status)


def _stamp(own: Partner, steps: list[Step]) -> str:
    """Return what tells two states of a part apart."""
    text = "\n".join([own.commitment, *(f"{s.pk} {s.done_on}" for s in steps)])
    return sha256(text.encode()).hexdigest()[:16]


def _keep(
    here: Action, own: Partner, form: PartForm, steps: list[Step], base: str, person: Person
) -> list[str]:
    """Keep a part; where a colleague saved since, keep nothing and return what they wrote."""
    with transaction.atomic():
        row = Action.objects.select_for_update().get(pk=here.pk)
        now = row.partners.get(pk=own.pk)
        fresh = list(row.steps.filter(pk__in=[s.pk for s in steps]))
        if base != _stamp(now, fresh):
            done = [f"« {s} » : faite le {s.done_on:%d/%m/%Y}" for s in fresh if s.done_on]
            return [now.commitment or "aucun engagement écrit", *done]
        before = {name: rows_of(row, name) for name in ("partners", "steps")}
        row.partners.filter(pk=own.pk).update(commitment=form.cleaned_data["commitment"])
        for step in fresh:
            row.steps.filter(pk=step.pk).update(done_on=form.cleaned_data[f"done-{step.pk}"])
        after = {name: rows_of(row, name) for name in before}
        changes = [(name, before[name], after[name]) for name in before]
        if changes := [c for c in changes if c[1] != c[2]]:
            row.version += 1
            row.save(update_fields=["version"])
            record(row, changes, person)
    return []
