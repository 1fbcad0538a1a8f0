"""The parts of a sheet, each written on its own page: fields, and at most one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import ChoiceField, model_to_dict

from labo_web.roadmaps import forms
from labo_web.roadmaps.models import Action


@dataclass(frozen=True)
class Section:
    """A part of a sheet; `table` is its key in `saving.TABLES`."""

    key: str
    title: str
    says: str
    form: type[Any]
    table: str = ""
    row: str = ""
    rows: Any = None


SECTIONS: dict[str, Section] = {
    s.key: s
    for s in (
        Section("idee", "L’idée", "Cinq champs, et rien de plus pour commencer.", forms.IdeaForm),
        Section("besoin", "Le besoin", "Pour qui, pour quoi, comment.", forms.NeedForm),
        Section(
            "effets",
            "Les deux moitiés",
            "Ce qu’elle fait à l’environnement, et à qui elle profite ou coûte : les deux sont "
            "demandées avant de publier.",
            forms.EffectsForm,
        ),
        Section(
            "partenaires", "Qui fait quoi", "Un pilote répond de l’action ; chaque partenaire "
            "récrit lui-même ce à quoi il s’engage.", forms.PilotForm, "partners", "Partenaire",
            forms.rows_class(forms.PartnerForm, forms.PartnerRows, 2),
        ),
        Section(
            "etapes", "Les étapes", "Dans l’ordre ; une étape peut en attendre une autre.",
            forms.BareForm, "steps", "Étape",
            forms.rows_class(forms.StepForm, forms.StepRows, 3),
        ),
        Section(
            "argent", "L’argent", "Le droit commun d’abord. Un montant inconnu reste vide : il "
            "n’est jamais zéro.", forms.MoneyForm, "funding", "Ligne de financement",
            forms.rows_class(forms.FundingForm, forms.Rows, 3),
        ),
        Section(
            "indicateurs", "Les indicateurs", "Au moins un de résultat, avec sa valeur de départ "
            "et ses cibles 2027 et 2030.", forms.BareForm, "tracked", "Indicateur",
            forms.rows_class(forms.TrackedForm, forms.Rows, 2),
        ),
        Section(
            "odd", "Objectifs de développement durable", "De −2 à +2, chaque fois avec la raison.",
            forms.BareForm, "gradings", "Objectif",
            forms.rows_class(forms.GradingForm, forms.GradingRows, 3),
        ),
    )
}  # fmt: skip


def form_of(section: Section, action: Action, names: Mapping[str, str], data: Any = None) -> Any:
    """Return the form of a section, filled with the sheet."""
    if section.key == "idee":
        form = forms.IdeaForm(names, data, instance=action)
        if "zones" in form.fields and data is None:
            form.initial["zones"] = action.zones
        return form
    return section.form(data, instance=action)


def rows_of(
    section: Section,
    action: Action,
    names: Mapping[str, str],
    indicators: Mapping[str, str],
    data: Any = None,
) -> Any:
    """Return the table of a section, filled with the sheet; None where it has none."""
    if not section.table:
        return None
    own = list(getattr(action, section.table).all())
    places = {row.pk: place for place, row in enumerate(own, 1)}
    initial = []
    for row in own:
        fields = model_to_dict(row) | {"pk": row.pk}
        if section.table == "steps":
            fields["after"] = places.get(row.after_id)
        initial.append(fields)
    if data is not None:
        # Each row finds what it was by its own number: others may have added or removed some.
        old = {str(fields["pk"]): fields for fields in initial}
        total = data.get("ligne-TOTAL_FORMS", "")
        most = min(int(total), forms.MOST_ROWS) if total.isdecimal() else 0
        asked = [data.get(f"ligne-{n}-pk", "") for n in range(most)]
        initial = [old.get(pk, {"pk": pk} if pk else {}) for pk in asked]
    made = section.rows(data, initial=initial, prefix="ligne")
    for form in made.forms:
        if section.table == "tracked":
            for name, label, found, empty in (
                ("indicator", "Indicateur du diagnostic", indicators, "aucun : il est à relever"),
                ("zone", "Quartier", names, "toute l’agglomération"),
            ):
                kept = form.initial.get(name)
                choices = {**found} | ({kept: kept} if kept and kept not in found else {})
                form.fields[name] = ChoiceField(
                    label=label, choices=[("", empty), *choices.items()], required=False,
                    help_text=form.fields[name].help_text,
                )  # fmt: skip
            form.order_fields(form._meta.fields)
        if "organisation" in form.fields:
            form.fields["organisation"].queryset = forms.bodies()
    return made
