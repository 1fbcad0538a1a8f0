"""Forms of the answer: who answers what and when, what a contribution becomes, a second look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from labo_web.accounts.models import Organisation, Territory
from labo_web.releases.models import Zone
from labo_web.workshops.models import (
    Contribution,
    RefusalReview,
    StatusChange,
    Subject,
    SubjectAnswer,
)
from labo_web.workshops.photos import MOST_BYTES
from labo_web.workshops.room_forms import LONGEST, PlainField


class SayHereForm(forms.Form):
    """What somebody says of a neighbourhood, outside any gathering, without an account."""

    # Made by the page: the same one sent twice is kept once.
    page_id = forms.UUIDField(widget=forms.HiddenInput)
    text = PlainField(
        label="Ce qui est faux, ce qui manque, votre idée",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="N’écrivez ni votre nom, ni celui de quelqu’un d’autre, ni rien sur votre santé.",
        error_messages={"required": "Écrivez au moins quelques mots."},
    )
    dictated_to = PlainField(
        label="Écrit pour quelqu’un par",
        max_length=80,
        required=False,
        help_text="Si vous écrivez ce qu’une autre personne vous dit : votre rôle, par exemple "
        "« médiatrice ». Ce n’est pas public.",
    )
    photo = forms.FileField(
        label="Une photo du lieu",
        required=False,
        help_text="Sans visage ni plaque. Elle n’est montrée qu’après avoir été regardée.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    website = forms.CharField(label="Laissez vide", required=False, max_length=200)

    def clean_photo(self) -> UploadedFile[bytes] | None:
        """Refuse what is too heavy before it is read."""
        found: UploadedFile[bytes] | None = self.cleaned_data["photo"]
        if found is not None and (found.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                f"Cette photo pèse {(found.size or 0) / 1e6:.0f} Mo : {MOST_BYTES / 1e6:.0f} Mo au "
                "plus. Prenez-la en taille moyenne."
            )
        return found

    @property
    def machine(self) -> bool:
        """Whether the field that nobody sees was filled."""
        return bool(self.data.get("website"))


class GroupForm(forms.Form):
    """Contributions that say the same, and the subject that they are put under: known or new."""

    contributions = forms.ModelMultipleChoiceField(
        Contribution.objects.none(),
        label="Paroles",
        error_messages={"required": "Cochez au moins une parole."},
    )
    subject = forms.ModelChoiceField(
        Subject.objects.none(),
        label="Sujet déjà ouvert",
        required=False,
        empty_label="nouveau sujet",
    )
    title = forms.CharField(label="Nouveau sujet, en une phrase", max_length=200, required=False)
    zone = forms.ChoiceField(label="Quartier", required=False)
    service = forms.ModelChoiceField(
        Organisation.objects.order_by("name"),
        label="Qui répond",
        required=False,
        empty_label="choisir…",
    )
    due_on = forms.DateField(
        label="Réponse attendue le",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Cette date est publique, et les retards aussi.",
    )

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["contributions"].queryset = Contribution.objects.filter(
            territory=territory, erased_at=None
        )
        fields["subject"].queryset = Subject.objects.filter(territory=territory)
        zones = Zone.objects.filter(release__territory=territory, kind="qpv").order_by("name")
        names = dict(zones.values_list("code", "name"))
        fields["zone"].choices = [("", "tout le territoire"), *names.items()]

    def clean(self) -> dict[str, Any]:
        """A new subject has a title, a service and a day: nothing waits for nobody."""
        given = super().clean() or {}
        if given.get("subject") or self.errors.get("subject"):
            return given
        needed = {
            "title": "Dites le sujet en une phrase, ou choisissez un sujet déjà ouvert.",
            "service": "Dites quel organisme répond.",
            "due_on": "Dites pour quel jour la réponse est attendue.",
        }
        for name, why in needed.items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, why)
        return given


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The answer of the service."""

    class Meta:  # noqa: D106
        model = SubjectAnswer
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "text": "Elle est publique, signée et datée. Dites ce qui est décidé, ce qui ne l’est "
            "pas, et pourquoi."
        }


class StatusForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the contributions of a subject have become."""

    class Meta:  # noqa: D106
        model = StatusChange
        fields = ("status", "reason", "action")
        help_texts = {  # noqa: RUF012
            "reason": "Obligatoire pour un refus : les personnes qui l’ont dit la liront.",
            "action": "Seulement pour « devenue une action », par exemple A-12.",
        }

    def clean(self) -> dict[str, Any]:
        """A refusal says why; an action, which one; the others name none."""
        given = super().clean() or {}
        status = given.get("status")
        if status == StatusChange.Status.REFUSED and not given.get("reason"):
            self.add_error("reason", "Un refus dit pourquoi : écrivez la raison.")
        if status == StatusChange.Status.ACTION and not given.get("action"):
            self.add_error("action", "Dites le numéro de l’action, par exemple A-12.")
        if status and status != StatusChange.Status.ACTION:
            given["action"] = ""
        return given

    def _post_clean(self) -> None:
        """The rules above are said here once, before those of the database."""


class ReviewRequestForm(forms.Form):
    """Why a contribution that was set aside should be looked at again."""

    words = forms.CharField(
        label="Pourquoi la regarder de nouveau ?",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SettleForm(forms.Form):
    """What the resource centre decides, and why: the author reads it."""

    outcome = forms.ChoiceField(
        label="Décision", choices=RefusalReview.Outcome.choices, widget=forms.RadioSelect
    )
    because = forms.CharField(
        label="Parce que",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Dites pourquoi : la personne qui l’a écrite le lira."},
    )
