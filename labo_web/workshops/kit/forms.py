"""What is chosen before printing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from labo_web.workshops.kit.content import PARTS
from labo_web.workshops.kit.script import MOST_TABLES, SCRIPTS
from labo_web.workshops.kit.tongues import LANGUAGES
from labo_web.workshops.models import TranslationReview

MOST_PEOPLE = 300


class KitForm(forms.Form):
    """Which sheets, for how many people, from when, with which second language."""

    parties = forms.MultipleChoiceField(
        label="Que voulez-vous imprimer ?",
        choices=list(PARTS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une chose à imprimer."},
    )
    deroule = forms.ChoiceField(
        label="Pour quelle rencontre ?", choices=[(k, label) for k, (label, _) in SCRIPTS.items()]
    )
    debut = forms.TimeField(
        label="Heure de début", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    tables = forms.IntegerField(
        label="Nombre de tables",
        min_value=1,
        max_value=MOST_TABLES,
        help_text="Six à huit personnes par table.",
    )
    personnes = forms.IntegerField(label="Nombre de personnes", min_value=1, max_value=MOST_PEOPLE)
    langue = forms.ChoiceField(
        label="Deuxième langue sur les cartes et les grilles",
        choices=[("", "aucune"), *LANGUAGES.items()],
        required=False,
    )


START: dict[str, Any] = {
    "parties": list(PARTS),
    "deroule": "journee",
    "debut": dt.time(9, 0),
    "tables": 5,
    "personnes": 35,
    "langue": "",
}


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who read a table of words over."""

    class Meta:  # noqa: D106
        model = TranslationReview
        fields = ("body", "read_on")
        widgets = {"read_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "body": "Par exemple : association d’interprètes du quartier. Pas de nom de personne."
        }

    def clean_read_on(self) -> dt.date:
        """Nothing was read over tomorrow."""
        day: dt.date = self.cleaned_data["read_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("Cette date est à venir : dites le jour de la relecture.")
        return day
