"""Forms of the day: the places of the paper grids, typed fast, and nothing required but a title."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from labo_web.accounts.models import Territory
from labo_web.resources.models import Resource
from labo_web.workshops.day.sheets import LONGEST, places
from labo_web.workshops.kit.grids import AXES, GRIDS
from labo_web.workshops.models import Contribution, SolutionSheet

RATED = [("", "–"), *((str(n), str(n)) for n in range(1, 6))]
LEVELS = [("", "pas discuté"), ("1", "1, petit"), ("2", "2, moyen"), ("3", "3, grand")]


class SheetForm(forms.Form):
    """A sheet of a table: the places of its grid."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, grid: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grid = GRIDS[grid]
        for place in places(self.grid):
            self.fields[place.name] = _field(place.kind, place.name, place.label)
        self.fields["on_paper"] = forms.BooleanField(
            label="Je recopie une feuille de papier", required=False
        )

    def table_rows(self) -> list[tuple[str, list[Any]]]:
        """Return the lines of the grid with their fields, for the page."""
        return [
            (line, [self[f"{column}-{line}"] for column in self.grid.columns])
            for line in self.grid.lines
        ]

    def ratings(self) -> list[Any]:
        """Return the fields that are rated."""
        return [self[name] for name in self.grid.ratings]

    def texts(self) -> list[Any]:
        """Return the fields that are written in."""
        return [self[name] for name in self.grid.texts]

    def content(self) -> dict[str, str]:
        """Return what was written, place by place; what is empty is left out."""
        return {
            place.name: str(said)
            for place in places(self.grid)
            if (said := self.cleaned_data.get(place.name))
        }


def _field(kind: str, name: str, label: str) -> forms.Field:
    if kind == "rating":
        return forms.ChoiceField(label=label, choices=RATED, required=False)
    if kind == "axis":
        ends = zip(("low", "high"), AXES[name], strict=True)
        return forms.ChoiceField(label=label, choices=[("", "–"), *ends], required=False)
    rows = 2 if kind == "line" else 4
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class SolutionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A solution as a table wrote it; what is not there is said beside it, never refused."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    numbers = forms.CharField(
        label="Numéros des paroles qui y mènent",
        required=False,
        max_length=500,
        help_text="Par exemple : 412 0957, 530 1184.",
    )
    resource_numbers = forms.CharField(
        label="Numéros des ressources d’ici",
        required=False,
        max_length=300,
        help_text="Par exemple : R-4, R-12.",
    )

    class Meta:  # noqa: D106
        model = SolutionSheet
        fields = (
            "title", "problem", "public", "place", "means", "bearer", "first_step",
            "first_step_by", "effort", "impact", "justice", "disagreements", "minority",
        )  # fmt: skip
        widgets = {  # noqa: RUF012
            "first_step_by": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            **{
                name: forms.Textarea(attrs={"rows": 3})
                for name in ("problem", "means", "first_step", "disagreements", "minority")
            },
            **{name: forms.Select(choices=LEVELS) for name in ("effort", "impact", "justice")},
        }
        help_texts = {  # noqa: RUF012
            "bearer": "Un organisme ou un groupe, pas le nom d’une personne.",
            "justice": "3 : celles et ceux qui ont le moins y gagnent le plus.",
            "minority": "Avec les mots de celles et ceux qui le disent.",
        }

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.territory = territory
        if self.instance.pk:
            said = self.instance.contributions.all()
            self.initial["numbers"] = ", ".join(c.number_shown for c in said)
            own = self.instance.resources.all()
            self.initial["resource_numbers"] = ", ".join(r.number for r in own)

    def clean_numbers(self) -> list[Contribution]:
        """Return the contributions that are named."""
        found = []
        for written in filter(str.strip, re.split(r"[,;\n]", self.cleaned_data["numbers"])):
            digits = re.sub(r"\D", "", written)
            row = Contribution.objects.filter(territory=self.territory, number=digits).first()
            if row is None:
                raise forms.ValidationError(
                    f"Aucune parole de ce territoire n’a le numéro « {written.strip()} » : "
                    "recopiez les sept chiffres, par exemple 412 0957."
                )
            found.append(row)
        return found

    def clean_resource_numbers(self) -> list[Resource]:
        """Return the resources that are named."""
        found = []
        for written in filter(
            str.strip, re.split(r"[,;\s]", self.cleaned_data["resource_numbers"])
        ):
            digits = re.sub(r"\D", "", written)[:12]
            known = Resource.objects.kept().filter(territory=self.territory)
            row = known.filter(pk=int(digits)).first() if digits else None
            if row is None:
                raise forms.ValidationError(
                    f"Aucune ressource de ce territoire n’a le numéro « {written} » : "
                    "il est sur sa carte, par exemple R-4."
                )
            found.append(row)
        return found


class VoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the vote gave a solution, and who takes it on."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:  # noqa: D106
        model = SolutionSheet
        fields = ("dots", "bearer", "state")

    def clean_dots(self) -> int | None:
        """A count is bounded: a slip of the finger is not a vote."""
        dots: int | None = self.cleaned_data["dots"]
        if dots is not None and dots > 10_000:
            raise forms.ValidationError(f"{dots} gommettes : c’est plus que dix mille, recomptez.")
        return dots
