"""Forms of a sheet: they validate, and keep what was typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.roadmaps import checks, funds
from labo_web.roadmaps.amounts import AmountField, NumberField
from labo_web.roadmaps.models import (
    Action,
    Decision,
    Frozen,
    FundingLine,
    Grading,
    Level,
    Observation,
    Partner,
    Roadmap,
    Step,
    Tracked,
)
from labo_web.roadmaps.saving import Typed

MOST_ROWS = 40
AREA = {"rows": 4}


class Day(forms.DateInput):
    """A day, as browsers ask for it."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def bodies() -> Any:
    """Return the bodies that may take part, by name."""
    return Organisation.objects.order_by("name")


class StartForm(forms.ModelForm):  # type: ignore[type-arg]
    """A roadmap begins with its name."""

    class Meta:  # noqa: D106
        model = Roadmap
        fields = ("title", "contract")
        help_texts = {  # noqa: RUF012
            "contract": "Par exemple : contrat de ville « Engagements Quartiers 2030 »."
        }


class ZonesField(forms.MultipleChoiceField):
    """Neighbourhoods; none ticked is the whole territory."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__(
            label="Où",
            choices=[(code, names[code]) for code in sorted(names, key=names.__getitem__)],
            required=False,
            help_text="Aucun quartier coché : toute l’agglomération.",
        )


class IdeaForm(forms.ModelForm):  # type: ignore[type-arg]
    """The five fields with which an idea is saved."""

    class Meta:  # noqa: D106
        model = Action
        fields = ("title", "finding", "carrier", "first_step")
        widgets = {"finding": forms.Textarea(attrs=AREA)}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "title": "Un verbe d’action : « Planter », « Ouvrir », « Former »…",
            "finding": "Ce que l’on voit ici, et que l’action change.",
            "carrier": "Un organisme ou un service, plutôt que le nom d’une personne.",
            "first_step": "Ce que l’on peut faire dans les 90 jours.",
        }

    field_order = ("title", "zones", "finding", "carrier", "first_step")

    def __init__(self, names: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zones"] = ZonesField(names)
        self.order_fields(self.field_order)
        if not names:
            del self.fields["zones"]


class NeedForm(forms.ModelForm):  # type: ignore[type-arg]
    """The need, whom it is for, and how it is done."""

    class Meta:  # noqa: D106
        model = Action
        fields = (
            *("axis", "place", "objective", "public", "headcount", "description"),
            *("participation", "conditions"),
        )
        widgets = {  # noqa: RUF012
            name: forms.Textarea(attrs=AREA)
            for name in ("objective", "description", "participation", "conditions")
        }
        help_texts = {  # noqa: RUF012
            "objective": "Précis, mesurable, daté : on saura s’il est atteint.",
            "public": "Par exemple : personnes de plus de 75 ans qui vivent seules.",
        }


class EffectsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Both halves, and what may go wrong."""

    class Meta:  # noqa: D106
        model = Action
        fields = ("environment", "benefits", "loses", "equality", "risks")
        widgets = {name: forms.Textarea(attrs=AREA) for name in fields}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "environment": "Première moitié : chaleur, eau, air, sols, énergie, vivant.",
            "benefits": "Seconde moitié : qui y gagne, d’abord parmi les plus fragiles ?",
            "loses": "Loyers, charges, bruit, accès, usages déplacés… « Personne » se justifie.",
            "risks": "Déplace-t-elle le risque ? Demande-t-elle de l’eau ? Tient-elle à 40 °C ?",
        }


class MoneyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What it costs, and the basis of the funding plan."""

    class Meta:  # noqa: D106
        model = Action
        fields = (
            *("investment_ht", "vat", "investment_ttc", "operating", "upkeep", "upkeep_by"),
            *("basis", "urban_renewal"),
        )
        field_classes = dict.fromkeys(
            ("investment_ht", "investment_ttc", "operating", "upkeep"), AmountField
        )
        help_texts = {  # noqa: RUF012
            "investment_ht": "En euros : 12 500,50. Vide : on ne sait pas encore.",
            "upkeep": "En tout, sur dix ans. Zéro s’il n’y en a pas.",
            "upkeep_by": "Par exemple : ville, régie de quartier, bailleur.",
        }

    vat = forms.TypedChoiceField(
        label="Taux de TVA",
        choices=[
            ("", "pas dit"),
            *((rate.replace(",", "."), f"{rate} %") for rate in checks.VAT_RATES),
        ],
        coerce=lambda text: Action._meta.get_field("vat").to_python(text),
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (rate := self.initial.get("vat")) is not None:
            self.initial["vat"] = f"{rate:f}".rstrip("0").rstrip(".") if rate else "0"


class PilotForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who answers for the action."""

    class Meta:  # noqa: D106
        model = Action
        fields = ("pilot", "carrier")
        labels = {"pilot": "Organisme pilote"}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pilot"].queryset = bodies()  # type: ignore[attr-defined]


class BareForm(forms.ModelForm):  # type: ignore[type-arg]
    """Of sections that hold a table only."""

    class Meta:  # noqa: D106
        model = Action
        fields: tuple[str, ...] = ()


# Rows of tables


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row; `pk` says which one it was."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def has_changed(self) -> bool:
        """Whether something was typed in a new row; an old one is always there."""
        return bool(self.initial.get("pk")) or super().has_changed()

    def values(self) -> dict[str, Any]:
        """Return the fields of the row."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("pk", "DELETE", "ORDER")}


class StepForm(RowForm):
    """A step."""

    after = forms.IntegerField(
        label="Après l’étape n°", required=False, min_value=1, max_value=MOST_ROWS
    )

    class Meta:  # noqa: D106
        model = Step
        fields = ("label", "starts_on", "due_on", "organisation", "done_on")
        widgets = {name: Day() for name in ("starts_on", "due_on", "done_on")}  # noqa: RUF012
        labels = {"organisation": "Qui la fait"}  # noqa: RUF012

    field_order = ("label", "starts_on", "due_on", "after", "organisation", "done_on")

    def clean(self) -> dict[str, Any]:
        """A day that is set now is to come, unless the step is done."""
        given = super().clean() or {}
        begins, due, done = (given.get(x) for x in ("starts_on", "due_on", "done_on"))
        today = timezone.localdate()
        if due and begins and due < begins:
            self.add_error(
                "due_on",
                f"Cette étape finit le {due:%d/%m/%Y}, avant de commencer ({begins:%d/%m/%Y}) : "
                "corrigez l’une des deux dates.",
            )
        elif due and due < today and not done and due != _day(self.initial.get("due_on")):
            self.add_error(
                "due_on",
                f"Le {due:%d/%m/%Y} est passé : donnez un jour à venir, ou dites quand l’étape a "
                "été faite.",
            )
        if done and done > today:
            self.add_error(
                "done_on", f"Le {done:%d/%m/%Y} n’est pas encore venu : laissez vide en attendant."
            )
        return given


def _day(value: Any) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


class PartnerForm(RowForm):
    """A partner."""

    class Meta:  # noqa: D106
        model = Partner
        fields = ("organisation", "raci", "commitment")
        widgets = {"commitment": forms.Textarea(attrs={"rows": 2})}  # noqa: RUF012
        labels = {"organisation": "Organisme"}  # noqa: RUF012


class FundingForm(RowForm):
    """A line of the funding plan."""

    fund = forms.ChoiceField(
        label="Dispositif",
        choices=[("", "autre ou pas dit"), *((x.id, x.label) for x in funds.FUNDS)],
        required=False,
    )

    class Meta:  # noqa: D106
        model = FundingLine
        fields = (
            *("funder", "payer", "fund", "line", "nature", "credit", "amount", "status"),
            "reference",
        )
        field_classes = {"amount": AmountField}  # noqa: RUF012
        help_texts = {"amount": "Vide : non communiqué."}  # noqa: RUF012


class TrackedForm(RowForm):
    """An indicator by which the action is followed."""

    class Meta:  # noqa: D106
        model = Tracked
        fields = (
            *("kind", "label", "unit", "indicator", "zone", "baseline", "baseline_on"),
            *("target_2027", "target_2030", "source", "every_months"),
        )
        field_classes = dict.fromkeys(("baseline", "target_2027", "target_2030"), NumberField)
        widgets = {"baseline_on": Day()}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "indicator": "S’il est dans le diagnostic, ses valeurs viendront toutes seules."
        }

    def clean(self) -> dict[str, Any]:
        """A value of the diagnosis is not typed."""
        given = super().clean() or {}
        if given.get("indicator") and given.get("baseline") is not None:
            self.add_error(
                "baseline",
                "La valeur de départ vient du diagnostic : laissez ce champ vide.",
            )
        return given


class GradingForm(RowForm):
    """What it does to a goal of sustainable development."""

    class Meta:  # noqa: D106
        model = Grading
        fields = ("goal", "grade", "why")


class Rows(BaseFormSet):  # type: ignore[type-arg]
    """A table of rows."""

    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name the box that removes a row."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Retirer cette ligne"

    def kept(self) -> list[Any]:
        """Return the forms that hold a row."""
        return [
            f for f in self.forms
            if f.has_changed() and f not in self.deleted_forms and hasattr(f, "cleaned_data")
        ]  # fmt: skip

    def typed(self) -> list[Typed]:
        """Return the rows in their order, those to remove among them."""
        gone = set(map(id, self.deleted_forms))
        return [
            Typed(f.cleaned_data.get("pk"), f.values(), id(f) in gone)
            for f in self.forms
            if f.has_changed()
        ]

    def once(self, field: str, sentence: str) -> None:
        """Refuse the same value in two rows."""
        seen = set()
        for f in self.kept():
            value = f.cleaned_data.get(field)
            if value in seen:
                f.add_error(field, sentence)
            seen.add(value)


class StepRows(Rows):
    """Steps: they may wait for one another, but not in a circle."""

    def clean(self) -> None:
        """Say which steps wait for which."""
        rows = [f for f in self.forms if f.has_changed()]
        gone = set(map(id, self.deleted_forms))
        waits: dict[int, int] = {}
        for place, f in enumerate(rows, 1):
            first = getattr(f, "cleaned_data", {}).get("after")
            if not first or id(f) in gone:
                continue
            if first > len(rows) or id(rows[first - 1]) in gone:
                f.add_error("after", f"Il n’y a pas d’étape n° {first}.")
            else:
                waits[place] = first
        for start in waits:
            path, here = [start], waits[start]
            while here in waits and here not in path:
                path.append(here)
                here = waits[here]
            if here == start:
                named = " → ".join(f"n° {place}" for place in [*path, start])
                rows[start - 1].add_error(
                    "after",
                    f"Ces étapes s’attendent l’une l’autre ({named}) : aucune ne peut commencer. "
                    "Enlevez l’une des attentes.",
                )
                return


class PartnerRows(Rows):
    """Partners, each once."""

    def clean(self) -> None:
        """Refuse the same body twice."""
        self.once("organisation", "Cet organisme est déjà partenaire, à une autre ligne.")


class GradingRows(Rows):
    """Gradings, each goal once."""

    def clean(self) -> None:
        """Refuse the same goal twice."""
        self.once("goal", "Cet objectif est déjà coté, à une autre ligne.")


def rows_class(form: type[RowForm], rows: type[Rows], extra: int) -> Any:
    """Return the class of a table of forms."""
    return forms.formset_factory(
        form, formset=rows, extra=extra, can_delete=True, max_num=MOST_ROWS,
        # Two who wrote at once may have kept more: the form must take them, to remove some.
        absolute_max=2 * MOST_ROWS, validate_max=True,
    )  # fmt: skip


# Decisions and what follows


class DecisionForm(forms.Form):
    """A body decides, on a day and for a reason."""

    level = forms.ChoiceField(label="Nouvelle maturité")
    body = forms.ChoiceField(label="Instance", choices=Decision.Body.choices)
    decided_on = forms.DateField(label="Date de la décision", widget=Day())
    reason = forms.CharField(
        label="Raison",
        max_length=2_000,
        widget=forms.Textarea(attrs=AREA),
        help_text="Elle sera lue par tout le monde si la fiche est publique : elle parle de "
        "l’idée, jamais d’une personne ni d’un organisme.",
    )

    def __init__(self, levels: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level = self.fields["level"]
        assert isinstance(level, forms.ChoiceField)  # noqa: S101 (for the type checker)
        level.choices = levels


class PartForm(forms.Form):
    """What a partner says of its own part."""

    commitment = forms.CharField(
        label="Ce que nous nous engageons à faire",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs=AREA),
    )

    def __init__(self, steps: Sequence[Step], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = steps
        for step in steps:
            self.fields[f"done-{step.pk}"] = forms.DateField(
                label=f"« {step} » : faite le", required=False, widget=Day(),
                initial=step.done_on,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A step is not done before its day has come."""
        given = super().clean() or {}
        for step in self.steps:
            day = given.get(f"done-{step.pk}")
            if day and day > timezone.localdate():
                self.add_error(f"done-{step.pk}", f"Le {day:%d/%m/%Y} n’est pas encore venu.")
        return given


class ObservationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A value that somebody noted."""

    class Meta:  # noqa: D106
        model = Observation
        fields = ("observed_on", "value", "source")
        field_classes = {"value": NumberField}  # noqa: RUF012
        widgets = {"observed_on": Day()}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].required = True

    def clean_observed_on(self) -> dt.date:
        """A value is noted once it was seen."""
        day: dt.date = self.cleaned_data["observed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(f"Le {day:%d/%m/%Y} n’est pas encore venu.")
        return day


class FrozenForm(forms.ModelForm):  # type: ignore[type-arg]
    """The meeting for which the roadmap is frozen."""

    class Meta:  # noqa: D106
        model = Frozen
        fields = ("title", "held_on")
        widgets = {"held_on": Day()}  # noqa: RUF012
        help_texts = {"title": "Par exemple : comité de pilotage du printemps."}  # noqa: RUF012


LEVELS = dict(Level.choices)
