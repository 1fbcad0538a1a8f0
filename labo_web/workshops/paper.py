"""Sheets that tables fill in, typed afterwards: paper is the mode without any network."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from labo_web.workshops import keeping, media
from labo_web.workshops.keeping import Said
from labo_web.workshops.models import Ballot, Contribution, Event, Medium, Question, Reaction
from labo_web.workshops.photos import MOST_BYTES, BadMedium
from labo_web.workshops.room_forms import LONGEST, PlainField

ROWS = 12  # of a printed grid
HANDS = 500


class TableForm(forms.Form):
    """Which table, and the number that makes the sheet be kept once."""

    page_id = forms.UUIDField(widget=forms.HiddenInput)
    table = PlainField(label="Table", max_length=20)
    photo = forms.FileField(label="Photo de la feuille", required=False)


class LineForm(forms.Form):
    """One line of the grid: what was said, and how many hands."""

    question = forms.ModelChoiceField(
        Question.objects.none(), label="Question", required=False, empty_label="–"
    )
    text = PlainField(
        label="Parole",
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    support = forms.IntegerField(label="D’accord", min_value=0, max_value=HANDS, required=False)
    oppose = forms.IntegerField(label="Pas d’accord", min_value=0, max_value=HANDS, required=False)
    doubt = forms.IntegerField(label="J’hésite", min_value=0, max_value=HANDS, required=False)
    minority = forms.BooleanField(label="Avis minoritaire", required=False)

    def clean(self) -> dict[str, Any]:
        """Hands are raised for something."""
        given = super().clean() or {}
        if not given.get("text") and any(given.get(x.value) for x in Reaction.Stance):
            self.add_error("text", "Des mains sont comptées, mais pour quelle parole ?")
        return given


class DotsForm(forms.Form):
    """The dots of a whole table on the choices of one vote, and how many people put them."""

    def __init__(self, question: Question, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = f"v{question.pk}"
        super().__init__(*args, **kwargs)
        self.question = question
        self.fields["people"] = forms.IntegerField(
            label="Personnes qui ont voté", min_value=0, max_value=HANDS, required=False
        )
        for choice in question.choices.all():
            self.fields[str(choice.pk)] = forms.IntegerField(
                label=choice.text, min_value=0, max_value=HANDS * 20, required=False
            )

    def clean(self) -> dict[str, Any]:
        """A table has as many dots as people, times what each has."""
        given = {name: value or 0 for name, value in (super().clean() or {}).items()}
        if self.errors:
            return given
        total, most = sum(given.values()) - given["people"], given["people"] * self.question.dots
        if total > most:
            raise forms.ValidationError(
                f"{total} gommettes pour {given['people']} personnes : {most} au plus."
            )
        return given


class Grid:
    """The sheet of a table: its lines, and its votes."""

    def __init__(
        self,
        event: Event,
        given: QueryDict | None,
        files: MultiValueDict[str, UploadedFile[bytes]] | None = None,
    ) -> None:
        self.event = event
        asked = list(event.questions.prefetch_related("choices"))
        initial = {"page_id": uuid.uuid4()}
        self.head = TableForm(given, files, initial=initial)
        first = next((q.pk for q in asked if q.kind == Question.Kind.SAY), None)
        self.lines = [
            LineForm(given, prefix=f"l{i}", initial={"question": first}) for i in range(ROWS)
        ]
        for line in self.lines:
            question = line.fields["question"]
            assert isinstance(question, forms.ModelChoiceField)  # noqa: S101
            question.queryset = event.questions.filter(kind=Question.Kind.SAY)
        self.votes = [DotsForm(q, given) for q in asked if q.kind == Question.Kind.DOTS]

    def is_valid(self) -> bool:
        """Whether all of it can be kept; each part says what is wrong with it."""
        wrong = [f for f in (self.head, *self.lines, *self.votes) if not f.is_valid()]
        return not wrong

    @property
    def table(self) -> str:
        """The table that it is of."""
        return str(getattr(self.head, "cleaned_data", {}).get("table", ""))

    @transaction.atomic
    def keep(self) -> int:
        """Keep all of it or nothing, once; return how many lines had words."""
        page, kept = self.head.cleaned_data["page_id"], 0
        for i, line in enumerate(self.lines):
            given = line.cleaned_data
            if not given["text"]:
                continue
            content = f"{i} {self.table} {given['question']} {given['text']}"
            said = Said(
                client_id=uuid.uuid5(page, content),
                kind=Contribution.Kind.CARD,
                text=given["text"],
                question=given["question"],
                table=self.table,
                minority=given["minority"],
                on_paper=True,
            )
            row = keeping.keep(self.event, "", said)
            keeping.count_hands(row, {x.value: given[x.value] or 0 for x in Reaction.Stance})
            kept += 1
        for form in self.votes:
            votes = dict(form.cleaned_data)
            if people := votes.pop("people"):
                table = hashlib.sha256(self.table.encode()).hexdigest()[:16]
                keeping.upsert_ballot(
                    Ballot(
                        question=form.question,
                        voter=f"papier {table}",
                        people=people,
                        content=votes,
                        table=self.table,
                    )
                )
        return kept


def keep_photo(event: Event, table: str, given: UploadedFile[bytes]) -> Medium:
    """Keep the photo of a sheet, for those who facilitate only.

    Raises:
        BadMedium: it is not taken.
    """
    if (given.size or 0) > MOST_BYTES:
        raise BadMedium(f"Cette photo est trop lourde : {MOST_BYTES / 1e6:.0f} Mo au plus.")
    made, content = media.made_again(Medium.Kind.SHEET, given.read())
    media.write(made, content)
    made.event, made.table = event, table
    made.save()
    return made
