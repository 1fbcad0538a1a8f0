"""The page of a release: what it is, who it is open to, and the decisions that opened it."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labo_web.accounts.access import may_decide
from labo_web.accounts.models import Circle, Person
from labo_web.releases.access import get_release_by_code, get_release_to_decide
from labo_web.releases.gate import WORKING_DAYS, decide
from labo_web.releases.models import Release


class DecisionForm(forms.Form):
    """A dated decision to open a release."""

    circle = forms.TypedChoiceField(label="Ouvrir à", choices=Circle.choices, coerce=int)
    decided_on = forms.DateField(
        label="Date de la décision", widget=forms.DateInput(attrs={"type": "date"})
    )
    restitution_on = forms.DateField(
        label="Date de la restitution aux habitants (pour ouvrir à tout le monde)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(
        label="En quelques mots",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_safe
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Show a release to those it is open to."""
    found = get_release_by_code(request, code)
    return _page(request, found, DecisionForm(initial={"decided_on": dt.date.today()}))  # noqa: DTZ011


def _page(
    request: HttpRequest, found: Release, form: DecisionForm, status: int = 200
) -> HttpResponse:
    context = {
        "release": found,
        "decisions": found.decisions.select_related("person"),
        "answers": found.answers.select_related("organisation"),
        "agreements": found.agreements.select_related("landlord"),
        "form": form if may_decide(request, found.territory) else None,
        "working_days": WORKING_DAYS,
    }
    return render(request, "releases/release.html", context, status=status)


@require_POST
def decide_page(request: HttpRequest, code: str) -> HttpResponse:
    """Record a decision, or say why it cannot be taken, with what was typed."""
    found = get_release_to_decide(request, code)
    form = DecisionForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        person = request.user if isinstance(request.user, Person) else None
        try:
            decide(
                found,
                Circle(given["circle"]),
                given["decided_on"],
                person=person,
                restitution_on=given["restitution_on"],
                note=given["note"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "La décision est enregistrée.")
            return redirect("release", code=found.code)
    return _page(request, found, form, status=422)
