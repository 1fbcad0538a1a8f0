"""Forms of a programme and of its territories: they validate, and keep what was typed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from labo_web.accounts.models import Organisation, Territory
from labo_web.programme.models import (
    Application,
    Convention,
    Deliverable,
    GateDecision,
    Membership,
    Postponement,
    Programme,
    Schedule,
    Selection,
    Statement,
    SupportDay,
)

AREA = {"rows": 4}


class Day(forms.DateInput):
    """A day, as browsers ask for it."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def days(*names: str) -> dict[str, forms.Widget]:
    """Return the widgets of fields that are days."""
    return {name: Day() for name in names}


def past(day: dt.date | None) -> dt.date | None:
    """Return a day that has come, or refuse it."""
    if day is not None and day > timezone.localdate():
        raise ValidationError(
            f"Le {day:%d/%m/%Y} n’est pas encore passé : donnez le jour où cela a eu lieu."
        )
    return day


def bodies() -> QuerySet[Organisation]:
    """Return the bodies that take part, by name."""
    return Organisation.objects.order_by("name")


def choose(field: forms.Field, rows: QuerySet[Any], empty: str = "choisir…") -> None:
    """Give a field of rows those to choose among, and what stands for none."""
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
    field.queryset, field.empty_label = rows, empty


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A programme, its call and its days."""

    public = forms.BooleanField(
        label="La page du programme est ouverte à tout le monde", required=False
    )

    class Meta:  # noqa: D106
        model = Programme
        fields = (
            "title", "code", "purpose", "organisation", "starts_on", "ends_on", "call",
            "call_opens_on", "call_closes_on", "how_to_apply", "contact",
        )  # fmt: skip
        widgets = {  # noqa: RUF012
            **days("starts_on", "ends_on", "call_opens_on", "call_closes_on"),
            **{name: forms.Textarea(attrs=AREA) for name in ("purpose", "call", "how_to_apply")},
        }
        help_texts = {  # noqa: RUF012
            "code": "Des lettres sans accent, des chiffres et des tirets, par exemple : "
            "labo-2026. On le lit dans l’adresse des pages.",
            "contact": "Un service, une adresse, un téléphone : une fonction, jamais une personne.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["organisation"], bodies(), "pas dit")
        self.initial.setdefault("public", self.instance.published_on is not None)

    def clean_code(self) -> str:
        """It is no address of something else."""
        code = str(self.cleaned_data["code"])
        if code == "nouveau":
            raise ValidationError("« nouveau » est déjà une adresse du site : ajoutez un mot.")
        return code

    def save(self, commit: bool = True) -> Programme:
        """Keep it, with the day when it was opened to everyone."""
        made: Programme = super().save(commit=False)
        if self.cleaned_data["public"]:
            made.published_on = made.published_on or timezone.localdate()
        else:
            made.published_on = None
        if commit:
            made.save()
        return made


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """A territory comes in: at the beginning or later, both are normal."""

    class Meta:  # noqa: D106
        model = Membership
        fields = ("territory", "joined_on")
        widgets = days("joined_on")

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"instance": Membership(programme=programme)})
        there = programme.memberships.current().values("territory")
        choose(self.fields["territory"], Territory.objects.exclude(pk__in=there))
        self.initial.setdefault("joined_on", programme.starts_on)


class LeaveForm(forms.ModelForm):  # type: ignore[type-arg]
    """A territory goes out, and says why."""

    class Meta:  # noqa: D106
        model = Membership
        fields = ("left_on", "left_because")
        widgets = days("left_on")
        labels = {"left_on": "Sortie le", "left_because": "Pourquoi"}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "left_because": "Lu par les autres équipes du programme : parlez du projet, jamais "
            "d’une personne."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            self.fields[name].required = True

    def clean_left_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["left_on"])


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The days of a phase: the former ones remain, and moving them needs a reason."""

    class Meta:  # noqa: D106
        model = Schedule
        fields = ("starts_on", "due_on", "started_on", "because")
        widgets = days("starts_on", "due_on", "started_on")

    def __init__(
        self, membership: Membership, phase: str, before: Schedule | None, *args: Any, **kwargs: Any
    ) -> None:
        self.before = before
        initial = {}
        if before is not None:
            initial = {x: getattr(before, x) for x in ("starts_on", "due_on", "started_on")}
        made = Schedule(membership=membership, phase=phase)
        super().__init__(*args, **kwargs | {"instance": made, "initial": initial})
        self.fields[
            "because"
        ].help_text = "Facultatif la première fois ; demandé quand une date prévue change."

    def clean_started_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["started_on"])

    def clean(self) -> dict[str, Any]:
        """Planned days that move say why; a phase without any day says nothing."""
        given = super().clean() or {}
        if self.errors:
            return given
        names = ("starts_on", "due_on", "started_on")
        if self.before is None and not any(given.get(x) for x in names):
            raise ValidationError("Donnez au moins une date.")
        moved = self.before is not None and any(
            getattr(self.before, x) not in (None, given.get(x)) for x in ("starts_on", "due_on")
        )
        if moved and not given.get("because"):
            self.add_error("because", "Une date prévue change : dites pourquoi.")
        return given


class GateForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a body decided of the gate of a phase."""

    class Meta:  # noqa: D106
        model = GateDecision
        fields = ("outcome", "body", "decided_on", "shown", "reason")
        widgets = days("decided_on")

    def __init__(
        self,
        membership: Membership,
        phase: str,
        before: GateDecision | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.before = before
        made = GateDecision(membership=membership, phase=phase)
        super().__init__(*args, **kwargs | {"instance": made})
        outcome = self.fields["outcome"]
        assert isinstance(outcome, forms.TypedChoiceField)  # noqa: S101 (for the type checker)
        kinds = GateDecision.Outcome
        passed = before is not None and before.outcome == kinds.PASSED
        possible = [kinds.REOPENED] if passed else [kinds.PASSED, kinds.POSTPONED]
        outcome.choices = [("", "choisir…"), *((x.value, x.label) for x in possible)]
        self.initial.setdefault("decided_on", timezone.localdate())

    def clean_decided_on(self) -> dt.date | None:
        """It has come, and no decision is older than the one it follows."""
        day = past(self.cleaned_data["decided_on"])
        if day and self.before is not None and day < self.before.decided_on:
            raise ValidationError(
                f"La décision d’avant est du {self.before.decided_on:%d/%m/%Y} : celle-ci ne peut "
                "pas venir plus tôt."
            )
        return day

    def clean(self) -> dict[str, Any]:
        """A gate is passed on something that was shown."""
        given = super().clean() or {}
        if given.get("outcome") == GateDecision.Outcome.PASSED and not given.get("shown"):
            self.add_error("shown", "Dites ce qui a été montré à l’instance.")
        return given


class DeliverableForm(forms.ModelForm):  # type: ignore[type-arg]
    """Something to deliver."""

    class Meta:  # noqa: D106
        model = Deliverable
        fields = ("title", "due_on", "proof", "wanted")
        widgets = days("due_on")
        help_texts = {  # noqa: RUF012
            "proof": "Ce que le site voit lui-même ne se déclare pas : la date de livraison en est "
            "calculée.",
            "wanted": "Combien il en faut : deux Fresques, dix ressources…",
        }

    def __init__(self, membership: Membership, phase: str, *args: Any, **kwargs: Any) -> None:
        made = Deliverable(membership=membership, phase=phase)
        super().__init__(*args, **kwargs | {"instance": made})
        wanted = self.fields["wanted"]
        wanted.widget.attrs |= {"min": 1, "max": 500}

    def clean_wanted(self) -> int:
        """One at least."""
        wanted = int(self.cleaned_data["wanted"])
        if not 1 <= wanted <= 500:
            raise ValidationError(f"{wanted} : il en faut entre 1 et 500.")
        return wanted


class DeliveredForm(forms.ModelForm):  # type: ignore[type-arg]
    """A declared deliverable is there."""

    class Meta:  # noqa: D106
        model = Deliverable
        fields = ("delivered_on", "evidence")
        widgets = days("delivered_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            self.fields[name].required = True

    def clean_delivered_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["delivered_on"])


class PostponeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A deliverable is put off, and says why."""

    class Meta:  # noqa: D106
        model = Postponement
        fields = ("after", "reason")
        widgets = days("after")

    def __init__(self, deliverable: Deliverable, *args: Any, **kwargs: Any) -> None:
        made = Postponement(deliverable=deliverable, before=deliverable.due_on)
        super().__init__(*args, **kwargs | {"instance": made})

    def clean_after(self) -> dt.date:
        """Another day."""
        day: dt.date = self.cleaned_data["after"]
        if day == self.instance.before:
            raise ValidationError(f"C’est déjà attendu le {day:%d/%m/%Y} : donnez un autre jour.")
        return day


class ConventionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A convention was signed."""

    class Meta:  # noqa: D106
        model = Convention
        fields = ("reference", "signed_on", "expires_on")
        widgets = days("signed_on", "expires_on")

    def clean_signed_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["signed_on"])


class SupportForm(forms.ModelForm):  # type: ignore[type-arg]
    """Days of accompaniment, planned or given."""

    class Meta:  # noqa: D106
        model = SupportDay
        fields = ("kind", "label", "organisation", "days", "planned_on", "given_on")
        widgets = days("planned_on", "given_on")
        help_texts = {"given_on": "Vide tant qu’ils ne sont pas donnés."}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["organisation"], bodies())

    def clean_given_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["given_on"])

    def clean(self) -> dict[str, Any]:
        """One of the two days at least."""
        given = super().clean() or {}
        if not self.errors and not given.get("planned_on") and not given.get("given_on"):
            self.add_error(
                "planned_on", "Dites quand ils sont prévus, ou quand ils ont été donnés."
            )
        return given


class StatementForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the Labo changed: who says so, since when, and what shows it."""

    class Meta:  # noqa: D106
        model = Statement
        fields = ("text", "evidence", "stated_on", "organisation")
        widgets = {  # noqa: RUF012
            **days("stated_on"),
            "text": forms.Textarea(attrs=AREA),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["organisation"], bodies())

    def clean_stated_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["stated_on"])


class ApplicationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An answer to the call."""

    class Meta:  # noqa: D106
        model = Application
        fields = ("applicant", "received_on", "summary")
        widgets = {  # noqa: RUF012
            **days("received_on"),
            "summary": forms.Textarea(attrs=AREA),
        }

    def clean_received_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["received_on"])


class SelectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What was decided of an application."""

    class Meta:  # noqa: D106
        model = Selection
        fields = ("outcome", "decided_on", "reason")
        widgets = days("decided_on")

    def clean_decided_on(self) -> dt.date | None:
        """It has come."""
        return past(self.cleaned_data["decided_on"])
