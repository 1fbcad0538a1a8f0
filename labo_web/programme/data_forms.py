"""Forms of the data project: they validate, and keep what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from labo import catalogue as _catalogue  # noqa: F401 (declares the sources)
from labo.secrecy import MIN_HOUSEHOLDS
from labo.source import SOURCES
from labo_web.programme.forms import AREA, Day, bodies, choose, days, past
from labo_web.programme.models import (
    DataQuestion,
    Dataset,
    Disagreement,
    DisagreementAnswer,
    GroupSeat,
    Membership,
    MethodDecision,
    Programme,
)


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A question of the data project, and what is known of it."""

    class Meta:  # noqa: D106
        model = DataQuestion
        fields = ("text", "why", "answer")
        widgets = {  # noqa: RUF012
            "why": forms.Textarea(attrs=AREA),
            "answer": forms.Textarea(attrs=AREA),
        }
        help_texts = {"answer": "Vide tant que la question reste ouverte."}  # noqa: RUF012


class SeatForm(forms.ModelForm):  # type: ignore[type-arg]
    """A seat in the project group."""

    class Meta:  # noqa: D106
        model = GroupSeat
        fields = ("field", "organisation", "function", "membership")
        help_texts = {  # noqa: RUF012
            "function": "Par exemple : géomaticienne, référent climat. Jamais le nom de quelqu’un."
        }

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["organisation"], bodies())
        rows = programme.memberships.current().select_related("territory")
        choose(self.fields["membership"], rows, "tout le programme")


class DatasetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A dataset of the inventory."""

    source = forms.ChoiceField(
        label="Source du catalogue",
        required=False,
        help_text="Si elle en est une, la page dit ce que le diagnostic y gagnerait.",
    )

    class Meta:  # noqa: D106
        model = Dataset
        fields = (
            "label", "membership", "access", "holder", "grain", "vintage", "source", "purpose",
            "reference", "promised_on", "expected_on", "signed_on", "received_on", "expires_on",
            "threshold", "publication",
        )  # fmt: skip
        widgets = days("promised_on", "expected_on", "signed_on", "received_on", "expires_on")
        help_texts = {  # noqa: RUF012
            "holder": "Un organisme : l’Insee, un bailleur, la CPAM… Jamais une personne.",
            "grain": "Par exemple : carreau de 200 m, QPV, logement, commune.",
            "threshold": f"{MIN_HOUSEHOLDS} ou plus : aucun accord ne peut demander moins.",
        }

    def __init__(
        self, choices: QuerySet[Membership], *args: Any, everywhere: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choose(
            self.fields["membership"], choices, "tout le programme" if everywhere else "choisir…"
        )
        self.fields["membership"].required = not everywhere
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)  # noqa: S101 (for the type checker)
        named = sorted((x.label, x.id) for x in SOURCES)
        source.choices = [("", "aucune"), *((key, label) for label, key in named)]

    def clean_promised_on(self) -> Any:
        """It has come."""
        return past(self.cleaned_data["promised_on"])

    def clean_received_on(self) -> Any:
        """It has come."""
        return past(self.cleaned_data["received_on"])

    def clean(self) -> dict[str, Any]:
        """Days of an agreement go with an agreement, which has a last day once signed."""
        given = super().clean() or {}
        agreed = given.get("access") == Dataset.Access.AGREEMENT
        if given.get("signed_on") and not agreed:
            self.add_error("signed_on", "Seule une donnée « par convention » en a une de signée.")
        if agreed and given.get("signed_on") and not given.get("expires_on"):
            self.add_error(
                "expires_on", "Dites le dernier jour où la donnée peut être lue : sans lui, aucun "
                "fichier ne s’importe.",
            )  # fmt: skip
        return given


class MethodForm(forms.ModelForm):  # type: ignore[type-arg]
    """A decision on the method, with its reasons."""

    class Meta:  # noqa: D106
        model = MethodDecision
        fields = ("subject", "decision", "reason", "dissent", "decided_on", "replaces")
        widgets = {  # noqa: RUF012
            **{name: forms.Textarea(attrs=AREA) for name in ("decision", "reason", "dissent")},
            "decided_on": Day(),
        }
        help_texts = {  # noqa: RUF012
            "dissent": "Ce qui a été dit contre, même si personne n’a suivi. Sans nom."
        }

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = programme.method_decisions.filter(replaced_by=None)
        choose(self.fields["replaces"], rows, "aucune")

    def clean_decided_on(self) -> Any:
        """It has come."""
        return past(self.cleaned_data["decided_on"])


class DisagreeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A disagreement with the method, by anybody."""

    # Left empty by people, who do not see it; machines fill everything.
    website = forms.CharField(label="Laissez vide", required=False, max_length=200)

    class Meta:  # noqa: D106
        model = Disagreement
        fields = ("decision", "text", "proposal")
        widgets = {  # noqa: RUF012
            "text": forms.Textarea(attrs={"rows": 6}),
            "proposal": forms.Textarea(attrs=AREA),
        }
        labels = {  # noqa: RUF012
            "decision": "Sur quelle décision (facultatif)",
            "text": "Ce avec quoi vous n’êtes pas d’accord, et pourquoi",
            "proposal": "Ce que vous proposez (facultatif)",
        }
        help_texts = {  # noqa: RUF012
            "text": "N’écrivez pas votre nom ni celui de quelqu’un : votre texte sera public."
        }

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["decision"], programme.method_decisions.all(), "la méthode en général")

    @property
    def machine(self) -> bool:
        """Whether the field that nobody sees was filled."""
        return bool(self.data.get("website"))


class ReadForm(forms.ModelForm):  # type: ignore[type-arg]
    """Show a disagreement, or say for which of few reasons not."""

    class Meta:  # noqa: D106
        model = Disagreement
        fields = ("withheld",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        withheld = self.fields["withheld"]
        assert isinstance(withheld, forms.TypedChoiceField)  # noqa: S101 (for the type checker)
        withheld.label = "Ce désaccord"
        withheld.choices = [
            ("", "est montré"),
            *((x.value, f"n’est pas montré : {x.label}") for x in Disagreement.Reason),
        ]


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is answered publicly."""

    class Meta:  # noqa: D106
        model = DisagreementAnswer
        fields = ("text", "decision")
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}  # noqa: RUF012

    def __init__(self, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["decision"], programme.method_decisions.all(), "aucune")

    def clean_text(self) -> str:
        """Not empty once its spaces are taken."""
        text = str(self.cleaned_data["text"]).strip()
        if not text:
            raise ValidationError("Écrivez la réponse.")
        return text
