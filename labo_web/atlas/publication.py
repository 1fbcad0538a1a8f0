"""The page of a release: who it is open to, what comes next, and what its team decides there."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labo_web.accounts.access import is_team, may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Circle, Organisation
from labo_web.atlas.answers import AskForm
from labo_web.releases.access import (
    answers_beside,
    get_release_by_code,
    get_release_to_decide,
    name_places,
)
from labo_web.releases.gate import (
    WORKING_DAYS,
    answers_until,
    decide,
    note_restitution,
    restitution_of,
    steps,
)
from labo_web.releases.models import Agreement, Release


def day(label: str, **kwargs: Any) -> forms.DateField:
    """Return a date that a browser shows with its own calendar."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **kwargs)


class DecisionForm(forms.Form):
    """A dated decision to open a release."""

    circle = forms.TypedChoiceField(label="Ouvrir à", choices=Circle.choices, coerce=int)
    decided_on = day("Date de la décision")
    note = forms.CharField(
        label="En quelques mots",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Qui a décidé, dans quelle réunion. Lu par tous ceux qui lisent la livraison.",
    )


class RestitutionForm(forms.Form):
    """A meeting with residents."""

    held_on = day("Date de la restitution aux habitants")
    note = forms.CharField(
        label="Où, avec qui, en quelques mots",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def today() -> dt.date:
    """Return the day where decisions are taken."""
    return dt.date.today()  # noqa: DTZ011


@require_safe
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Show a release to those it is open to."""
    return release_page(request, get_release_by_code(request, code))


def release_page(request: HttpRequest, found: Release, **bound: forms.Form) -> HttpResponse:
    """Return the page of a release, with a form that was refused where there is one."""
    decisions = list(found.decisions.select_related("person__organisation"))
    held_on = restitution_of(found)
    deciding = may_decide(request, found.territory)
    body = getattr(request.user, "organisation_id", None)
    following = min((decisions[-1].circle if decisions else 0) + 1, Circle.EVERYONE)
    start = {"circle": following, "decided_on": today()}
    context: dict[str, Any] = {
        "release": found,
        "decisions": decisions,
        "steps": steps(found, decisions, held_on),
        "restitutions": found.restitutions.select_related("person"),
        "held_on": held_on,
        "until": answers_until(held_on) if held_on else None,
        "answers": answers_beside(request, found),
        "asked": found.asked.select_related("organisation"),
        "may_answer": body is not None and found.asked.filter(organisation=body).exists(),
        "agreements": _agreements(found),
        "team": is_team(request, found.territory),
        "working_days": WORKING_DAYS,
    }
    if deciding:
        context |= {
            "form": DecisionForm(initial=start, auto_id="decision_%s"),
            "restitution_form": RestitutionForm(auto_id="restitution_%s"),
            "ask_form": AskForm(found, auto_id="organisme_%s"),
            **bound,
        }
    return render(request, "releases/release.html", context, status=422 if bound else 200)


def _agreements(found: Release) -> list[Agreement]:
    rows = list(found.agreements.select_related("landlord").order_by("landlord__name", "zone"))
    name_places(found, rows)
    return rows


@require_POST
def decide_page(request: HttpRequest, code: str) -> HttpResponse:
    """Record a decision, or say why it cannot be taken, with what was typed."""
    found = get_release_to_decide(request, code)
    form = DecisionForm(request.POST, auto_id="decision_%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            decide(
                found,
                Circle(given["circle"]),
                given["decided_on"],
                person=signed_in(request),
                note=given["note"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "La décision est enregistrée.")
            return redirect("release", code=found.code)
    return release_page(request, found, form=form)


@require_POST
def restitution(request: HttpRequest, code: str) -> HttpResponse:
    """Record a meeting with residents: the time to answer begins."""
    found = get_release_to_decide(request, code)
    form = RestitutionForm(request.POST, auto_id="restitution_%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            note_restitution(found, given["held_on"], person=signed_in(request), note=given["note"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "La restitution est notée : le temps de répondre commence.")
            return redirect("release", code=found.code)
    return release_page(request, found, restitution_form=form)


class WaitingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A value that rests on one landlord: it waits for an agreement."""

    class Meta:  # noqa: D106
        model = Agreement
        fields = ("landlord", "zone", "indicator")
        labels = {"landlord": "Bailleur", "zone": "Quartier", "indicator": "Indicateur"}  # noqa: RUF012

    def __init__(self, found: Release, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.release = found
        landlords = Organisation.objects.filter(kind=Organisation.Kind.LANDLORD).order_by("name")
        self.fields["landlord"] = forms.ModelChoiceField(
            landlords, label="Bailleur", empty_label="choisir…"
        )
        zones = found.zones.filter(kind__in=("qpv", "perimeter")).values_list("code", "name")
        indicators = found.indicators.values_list("name", "label")
        self.fields["zone"] = forms.ChoiceField(label="Quartier", choices=list(zones))
        self.fields["indicator"] = forms.ChoiceField(label="Indicateur", choices=list(indicators))

    def clean(self) -> dict[str, Any]:
        """Refuse the same one twice."""
        given = super().clean() or {}
        same = Agreement.objects.filter(
            release=self.instance.release,
            landlord=given.get("landlord"),
            zone=given.get("zone", ""),
            indicator=given.get("indicator", ""),
        )
        if same.exists():
            raise forms.ValidationError("Cette valeur est déjà dans la liste pour ce bailleur.")
        return given


class AgreementForm(forms.ModelForm):  # type: ignore[type-arg]
    """The written agreement of a landlord: both its date and its reference, or neither."""

    agreed_on = day("Date de l’accord écrit", required=False)

    class Meta:  # noqa: D106
        model = Agreement
        fields = ("agreed_on", "document")
        labels = {"document": "Référence du document"}  # noqa: RUF012
        help_texts = {"document": "Par exemple : courrier 2026-114 du bailleur."}  # noqa: RUF012

    def clean(self) -> dict[str, Any]:
        """Hold both together; an agreement is not dated in the future."""
        given = super().clean() or {}
        agreed_on, document = given.get("agreed_on"), given.get("document")
        if agreed_on and agreed_on > today():
            self.add_error("agreed_on", "Un accord ne se date pas dans le futur.")
        if agreed_on and not document:
            self.add_error("document", "Donnez la référence du document signé.")
        if document and not agreed_on and "agreed_on" not in self.errors:
            self.add_error("agreed_on", "Donnez la date du document, ou videz sa référence.")
        return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreements(request: HttpRequest, code: str) -> HttpResponse:
    """The values that rest on one landlord, and adding one."""
    found = get_release_to_decide(request, code)
    form = WaitingForm(found, sent(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "La valeur attend maintenant l’accord écrit de ce bailleur.")
        return redirect("agreements", code=found.code)
    rows = _agreements(found)
    context = {"release": found, "form": form, "rows": rows}
    status = 422 if form.errors else 200
    return render(request, "releases/agreements.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Record the written agreement of a landlord, or that it is taken back."""
    found = get_release_to_decide(request, code)
    row = found.agreements.select_related("landlord").filter(pk=pk).first()
    if row is None:
        raise Http404("Cet accord n’existe pas.")
    form = AgreementForm(sent(request), instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(
            request,
            "L’accord est noté : la valeur suit maintenant la livraison."
            if row.agreed_on
            else "L’accord est retiré : la valeur reste dans l’équipe.",
        )
        return redirect("agreements", code=found.code)
    name_places(found, [row])
    context = {"release": found, "row": row, "form": form}
    return render(request, "releases/agreement.html", context, status=422 if form.errors else 200)
