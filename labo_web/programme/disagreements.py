"""Disagreements with the method: filed by anybody, read for a few reasons, answered publicly."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.programme.access import (
    get_disagreement_by_link,
    get_disagreement_to_answer,
    get_programme_for,
    get_programme_to_run,
)
from labo_web.programme.data_forms import AnswerForm, DisagreeForm, ReadForm
from labo_web.programme.views import WRITE
from labo_web.resources.adding import TOO_OFTEN, answered
from labo_web.resources.rate import too_often


@never_cache
@require_http_methods(WRITE)
def disagree(request: HttpRequest, code: str) -> HttpResponse:
    """File a disagreement: no account, no name, a number and a private link."""
    here = get_programme_for(request, code)
    form = DisagreeForm(here, sent(request), initial={"decision": request.GET.get("decision", "")})
    limited = False
    if request.method == "POST" and form.is_valid():
        if form.machine:
            raise Http404("Rien n’a été enregistré.")
        if limited := too_often(request, f"programme-{here.pk}"):
            form.add_error(None, TOO_OFTEN)
        else:
            made = form.save(commit=False)
            made.programme, made.fictive = here, here.fictive
            token = made.renew()
            made.save()
            return redirect("follow_disagreement", token=token)
    context = {"programme": here, "form": form}
    status = answered(form, limited=limited)
    return render(request, "programme/disagree.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Where a disagreement stands, and the button that takes it back."""
    found = get_disagreement_by_link(token)
    if request.method == "POST" and found.withdrawn_at is None:
        found.withdraw()
        messages.success(request, "C’est retiré partout. Il n’en reste que le numéro et le jour.")
        return redirect("follow_disagreement", token=token)
    context = {
        "programme": found.programme,
        "given": found,
        "answers": found.answers.select_related("organisation", "decision"),
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "programme/follow_disagreement.html", context)


@never_cache
@require_safe
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """The disagreements to read, then those to answer, then the others."""
    here = get_programme_to_run(request, code)
    rows = here.disagreements.filter(withdrawn_at=None).prefetch_related("answers")
    groups: dict[str, list[object]] = {"unread": [], "unanswered": [], "others": []}
    for x in rows:
        if x.read_on is None and not x.withheld:
            groups["unread"].append(x)
        elif not x.withheld and not x.answers.all():
            groups["unanswered"].append(x)
        else:
            groups["others"].append(x)
    return render(request, "programme/disagreements.html", {"programme": here} | groups)


@never_cache
@require_http_methods(WRITE)
def answer(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Read a disagreement, and answer it publicly."""
    found = get_disagreement_to_answer(request, code, pk)
    what, data = request.POST.get("quoi", ""), sent(request)
    reading = ReadForm(data if what == "lire" else None, instance=found)
    replying = AnswerForm(found.programme, data if what == "repondre" else None, prefix="reponse")
    person = signed_in(request)
    if request.method == "POST" and what == "lire" and reading.is_valid():
        row = reading.save(commit=False)
        row.read_on, row.read_by = timezone.localdate(), person
        row.save(update_fields=["withheld", "read_on", "read_by"])
        messages.success(request, f"{found.number} : c’est enregistré.")
        return redirect("answer_disagreement", code=code, pk=pk)
    if request.method == "POST" and what == "repondre" and replying.is_valid():
        made = replying.save(commit=False)
        made.disagreement, made.signature = found, person.sign()
        made.organisation = person.organisation
        made.save()
        messages.success(request, f"La réponse à {found.number} est publiée.")
        return redirect("disagreements", code=code)
    context = {
        "programme": found.programme,
        "x": found,
        "reading": reading,
        "replying": replying,
        "answers": found.answers.select_related("organisation", "signature"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "programme/answer.html", context, status=status)
