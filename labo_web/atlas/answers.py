"""What communes and landlords answer, beside the text: asking them, writing, moderating."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import Organisation
from labo_web.releases.access import get_release_to_answer, get_release_to_decide
from labo_web.releases.gate import answers_until, restitution_of
from labo_web.releases.models import Answer, AskedBody, Release

BODIES = (Organisation.Kind.AUTHORITY, Organisation.Kind.LANDLORD)


class AskForm(forms.Form):
    """A commune or a landlord that may answer."""

    organisation = forms.ModelChoiceField(
        label="Commune ou bailleur", queryset=Organisation.objects.none(), empty_label="choisir…"
    )

    def __init__(self, found: Release, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = Organisation.objects.filter(kind__in=BODIES).order_by("name")
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        field.queryset = bodies.exclude(asked__release=found)


class AnswerForm(forms.Form):
    """An answer to a neighbourhood, to an indicator, or to the whole."""

    zone = forms.ChoiceField(label="Quartier", required=False)
    indicator = forms.ChoiceField(label="Indicateur", required=False)
    text = forms.CharField(
        label="Votre réponse",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Elle sera publiée telle quelle. N’y nommez aucune personne.",
    )

    def __init__(self, found: Release, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = found.zones.filter(kind__in=("qpv", "perimeter")).values_list("code", "name")
        indicators = found.indicators.values_list("name", "label")
        for name, first, rows in (
            ("zone", "toute la livraison", zones),
            ("indicator", "toute la page", indicators),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
            field.choices = [("", first), *rows]


@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask a commune or a landlord to answer."""
    found = get_release_to_decide(request, code)
    form = AskForm(found, request.POST)
    if form.is_valid():
        body = form.cleaned_data["organisation"]
        AskedBody.objects.create(
            release=found,
            organisation=body,
            asked_on=dt.date.today(),  # noqa: DTZ011 (dated where it is decided)
        )
        messages.success(request, f"{body} peut répondre, par la voix de ses membres invités ici.")
    else:
        messages.error(request, "Choisissez une commune ou un bailleur de la liste.")
    return redirect("release", code=found.code)


def closed(found: Release, body: Organisation) -> str:
    """Return why a body cannot answer now; nothing when it can."""
    held_on = restitution_of(found)
    if held_on is None:
        return "Le temps de répondre commence après la restitution aux habitants."
    if found.answers.filter(organisation=body).exclude(withheld="").exists():
        return ""  # what was withheld may be written again, whatever the day
    last = answers_until(held_on)
    if dt.date.today() > last:  # noqa: DTZ011 (days are counted where decisions are taken)
        return f"Le temps de répondre s’est achevé le {last:%d/%m/%Y}."
    return ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, code: str) -> HttpResponse:
    """Write an answer in the name of a body, signed and dated."""
    found, body = get_release_to_answer(request, code)
    person, why = signed_in(request), closed(found, body)
    start = {name: request.GET.get(name, "") for name in ("zone", "indicator")}
    form = AnswerForm(found, sent(request), initial=start)
    if request.method == "POST":
        if person.unsigned:
            form.add_error(None, person.unsigned)
        if why:
            form.add_error(None, why)
        if form.is_valid():
            Answer.objects.create(
                release=found,
                organisation=body,
                answered_on=dt.date.today(),  # noqa: DTZ011 (dated where it is written)
                signature=person.sign(),
                **form.cleaned_data,
            )
            messages.success(
                request, "Votre réponse est enregistrée : elle paraîtra avec le texte."
            )
            return redirect("release", code=found.code)
    held_on = restitution_of(found)
    context = {
        "release": found,
        "body": body,
        "form": form,
        "closed": why,
        "until": answers_until(held_on) if held_on else None,
        "person": person,
    }
    return render(request, "releases/answer.html", context, status=422 if form.errors else 200)


class ModerationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The two reasons for which an answer may be withheld."""

    withheld = forms.ChoiceField(
        label="Cette réponse",
        required=False,
        choices=[
            ("", "est montrée telle quelle"),
            *((r.value, f"n’est pas montrée : {r.label}") for r in Answer.Reason),
        ],
        widget=forms.RadioSelect,
    )

    class Meta:  # noqa: D106
        model = Answer
        fields = ("withheld",)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Withhold an answer for one of two reasons, which is told; or show it again."""
    found = get_release_to_decide(request, code)
    row = found.answers.select_related("organisation", "signature").filter(pk=pk).first()
    if row is None:
        raise Http404("Cette réponse n’existe pas.")
    form = ModerationForm(sent(request), instance=row)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        kept.withheld_on = dt.date.today() if kept.withheld else None  # noqa: DTZ011
        kept.save(update_fields=["withheld", "withheld_on"])
        messages.success(request, "C’est enregistré. La raison est dite à la place du texte.")
        return redirect("release", code=found.code)
    context = {"release": found, "row": row, "form": form}
    return render(request, "releases/moderate.html", context, status=422 if form.errors else 200)
