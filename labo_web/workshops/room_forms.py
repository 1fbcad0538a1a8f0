"""What phones and sheets send: read with care, and kept as typed when refused."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from labo_web.workshops import weights
from labo_web.workshops.keeping import Said
from labo_web.workshops.models import Contribution, Event, Question, Reaction
from labo_web.workshops.photos import MOST_BYTES as PHOTO_BYTES
from labo_web.workshops.places import snapped
from labo_web.workshops.voices import MOST_BYTES as VOICE_BYTES

LONGEST = 4_000
MOST_POINTS = 20  # of a weight; DECLARED is the weight that the index has
DECLARED = 10
# Marks that turn the order of letters around what follows them, and control characters: a text
# keeps its own direction, and changes nobody else's.
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def plain(text: str) -> str:
    """Return a text as it is kept: any script and emoji, no mark that acts on what is around it."""
    return UNSEEN.sub("", text).replace("\r\n", "\n").strip()


class PlainField(forms.CharField):
    """A text of which only what can be read is kept."""

    def to_python(self, value: Any) -> str:
        """Take away what cannot be seen before anything else is checked."""
        return plain(super().to_python(value) or "")


class CodeForm(forms.Form):
    """The code that is on the wall."""

    code = forms.CharField(label="Code de la salle", max_length=20)

    def clean_code(self) -> str:
        """Codes are typed with spaces, and in lower case."""
        return re.sub(r"[\s-]", "", self.cleaned_data["code"]).upper()


class SayForm(forms.Form):
    """A text, a voice, a photo or what was dictated, perhaps with a place."""

    client_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    # Made by the server for a page without a script: what is typed on it anew is something new.
    page_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    question = forms.ModelChoiceField(Question.objects.none(), required=False)
    text = PlainField(
        label="Votre réponse",
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "max_length": "Ce texte a %(show_value)d signes : %(limit_value)d au plus. "
            "Envoyez-le en plusieurs fois."
        },
    )
    dictated_to = PlainField(label="Recueilli oralement par", max_length=80, required=False)
    voice = forms.FileField(label="Un message vocal", required=False)
    photo = forms.FileField(label="Une photo", required=False)
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    minority = forms.BooleanField(label="C’est un avis minoritaire à ma table", required=False)
    table = PlainField(label="Table", max_length=20, required=False)

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place: tuple[int, int] | None = None
        question = self.fields["question"]
        assert isinstance(question, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        question.queryset = event.questions.filter(kind=Question.Kind.SAY)

    def _bounded(self, name: str, most: int) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = self.cleaned_data[name]
        if file is not None and (file.size or 0) > most:
            raise forms.ValidationError(
                f"Ce fichier pèse {(file.size or 0) / 1e6:.0f} Mo : {most / 1e6:.0f} Mo au plus."
            )
        return file

    def clean_photo(self) -> UploadedFile[bytes] | None:
        """Refuse what is too heavy before it is read."""
        return self._bounded("photo", PHOTO_BYTES)

    def clean_voice(self) -> UploadedFile[bytes] | None:
        """Refuse what is too heavy before it is read."""
        return self._bounded("voice", VOICE_BYTES)

    def clean(self) -> dict[str, Any]:
        """Something has to be said, and known by a number that makes it unique."""
        given = super().clean() or {}
        if not self.errors and not (given["text"] or given["photo"] or given["voice"]):
            raise forms.ValidationError(
                "Il n’y a rien à envoyer : écrivez, parlez ou prenez une photo."
            )
        if given.get("longitude") is not None and given.get("latitude") is not None:
            self.place = snapped(given["longitude"], given["latitude"])
            if self.place is None:
                raise forms.ValidationError("Ce lieu n’est pas en France métropolitaine.")
        if not (given.get("client_id") or given.get("page_id")) and not self.errors:
            raise forms.ValidationError("Cette page est trop ancienne : rechargez-la.")
        return given

    def said(self) -> Said:
        """What was said, once valid."""
        given = self.cleaned_data
        files = [(name, given[name].read()) for name in ("photo", "voice") if given[name]]
        kind = Contribution.Kind.TEXT
        if given["dictated_to"]:
            kind = Contribution.Kind.DICTATED
        elif files:
            kind = Contribution.Kind(files[-1][0])
        typed = f"{given['question']} {given['text']} {given['dictated_to']}"
        content = " ".join([typed, *(hashlib.sha256(data).hexdigest() for _, data in files)])
        return Said(
            client_id=given["client_id"] or uuid.uuid5(given["page_id"], content),
            kind=kind,
            text=given["text"],
            question=given["question"],
            dictated_to=given["dictated_to"],
            place=self.place,
            table=given["table"],
            minority=given["minority"],
            files=files,
        )


class ReactForm(forms.Form):
    """What one thinks of something that is on the wall."""

    number = forms.RegexField(r"[0-9]{7}")
    stance = forms.ChoiceField(choices=Reaction.Stance.choices)


class VoteForm(forms.Form):
    """Dots on choices, or points on the parts of an index: a number each."""

    def __init__(
        self,
        question: Question,
        parts: Mapping[str, str],
        given: QueryDict | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(given, initial=dict(initial or {}), auto_id=f"q{question.pk}_%s")
        self.question = question
        self.dots = question.kind == Question.Kind.DOTS
        most = question.dots if self.dots else MOST_POINTS
        for name, label in parts.items():
            self.fields[name] = forms.IntegerField(
                label=label,
                min_value=0,
                max_value=most,
                required=False,
                initial=(initial or {}).get(name, 0 if self.dots else DECLARED),
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "dots-number"}),
            )

    def clean(self) -> dict[str, Any]:
        """Nobody has more dots than the others; somebody's weights are not all nothing."""
        given = {name: value or 0 for name, value in (super().clean() or {}).items()}
        total = sum(given.values())
        if self.errors:
            return given
        if self.dots and total > self.question.dots:
            raise forms.ValidationError(
                f"Vous avez posé {total} gommettes : {self.question.dots} au plus."
            )
        if not self.dots and not total:
            raise forms.ValidationError("Tout pèse zéro : donnez du poids à une partie au moins.")
        return given


def parts_of(question: Question) -> dict[str, str]:
    """Return what is voted on, by the name of its field; nothing for words."""
    if question.kind == Question.Kind.DOTS:
        return {str(choice.pk): choice.text for choice in question.choices.all()}
    if question.kind == Question.Kind.WEIGHTS:
        return weights.parts(question)
    return {}
