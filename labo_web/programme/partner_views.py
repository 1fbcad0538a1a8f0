"""Pages where a partner's file is imported under its agreement: looked at, then accepted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo.words import figure
from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.programme import partner, partner_between
from labo_web.programme.access import get_dataset_to_import, get_import_for
from labo_web.programme.models import Dataset, Membership, PartnerImport
from labo_web.programme.refusals import Refusal
from labo_web.programme.views import WRITE
from labo_web.releases.models import Release, Zone
from labo_web.roadmaps.access import latest_release

LONGEST = 100
MOST_PARTS = 30


class FileForm(forms.Form):
    """A partner's file, and what its columns are: by their names, or by a description."""

    file = forms.FileField(
        label="Fichier du partenaire (.csv ou .xlsx)",
        help_text="Au plus 5 Mo, sans macro ni formule. Il n’est pas gardé : pour une autre "
        "vérification, choisissez-le de nouveau.",
    )
    vintage = forms.CharField(label="Millésime", max_length=60, required=False)
    zone_column = forms.CharField(
        label="Colonne des codes", max_length=LONGEST, required=False,
        help_text="Le nom de la colonne qui dit où : par exemple QPV.",
    )  # fmt: skip
    zones = forms.ChoiceField(
        label="Ce sont des codes de",
        choices=[("qpv", "QPV"), ("commune", "communes"), ("iris", "IRIS")],
        required=False,
    )
    whole_column = forms.CharField(
        label="Colonne de l’ensemble", max_length=LONGEST, required=False,
        help_text="Tous les logements, ménages ou habitants du fichier : par exemple LOGEMENTS.",
    )  # fmt: skip
    part_columns = forms.CharField(
        label="Colonnes qui en sont une partie, une par ligne", max_length=3_000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Par exemple VACANTS. Une colonne qui n’est pas nommée n’est jamais lue.",
    )  # fmt: skip
    unit = forms.ChoiceField(
        label="Ce qui est compté",
        choices=[
            ("dwelling", "des logements"), ("household", "des ménages"),
            ("resident", "des habitants"),
        ],
        required=False,
    )  # fmt: skip
    description = forms.FileField(
        label="Ou une description du fichier (.toml)", required=False,
        help_text="Pour une ligne par logement, ménage ou personne, ou pour des catégories.",
    )  # fmt: skip

    def clean_file(self) -> UploadedFile[bytes]:
        """Bounded before it is read."""
        return _small(self.cleaned_data["file"], partner.MOST_BYTES)

    def clean_description(self) -> UploadedFile[bytes] | None:
        """The same."""
        found = self.cleaned_data["description"]
        return _small(found, partner.MOST_DESCRIPTION) if found else None

    def clean_part_columns(self) -> list[str]:
        """A name on each line."""
        names = [x.strip() for x in str(self.cleaned_data["part_columns"]).splitlines()]
        names = [x for x in names if x]
        if len(names) > MOST_PARTS:
            raise forms.ValidationError(f"Au plus {MOST_PARTS} colonnes ; il y en a {len(names)}.")
        return names

    def clean(self) -> dict[str, Any]:
        """Without a description the two columns are needed."""
        given = super().clean() or {}
        if not given.get("description") and "description" not in self.errors:
            for name in ("zone_column", "whole_column"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(
                        name, "Dites le nom de cette colonne, ou joignez une description."
                    )
        return given

    def blame(self, refusal: Refusal) -> Refusal:
        """Say at the field that names it which column the file has not, and offer those it has.

        Return what is left to say at the head of the page.
        """
        if not refusal.column or self.cleaned_data.get("description"):
            return refusal
        given = self.cleaned_data
        name = next(
            (x for x in ("zone_column", "whole_column") if given.get(x) == refusal.column),
            "part_columns",
        )
        # After a first error a field gives nothing any more; what was typed stays.
        read = ", ".join(refusal.columns) or "aucune colonne"
        self.add_error(
            name, f"« {refusal.column} » n’est pas une colonne du fichier. On y a lu : {read}."
        )
        for x in ("zone_column", "whole_column"):
            self.fields[x].widget.attrs["list"] = "columns"
        return Refusal(
            f"La colonne « {refusal.column} » n’est pas dans le fichier : le champ à corriger est "
            "marqué plus bas.",
            columns=refusal.columns,
        )


def _small(found: UploadedFile[bytes], most: int) -> UploadedFile[bytes]:
    if (found.size or 0) > most:
        size = f"{most // 1_000_000} Mo" if most >= 1_000_000 else f"{most // 1_000} ko"
        raise forms.ValidationError(f"« {found.name} » est trop lourd : {size} au plus.")
    return found


@never_cache
@require_http_methods(WRITE)
def import_file(request: HttpRequest, code: str, territory: str, pk: int) -> HttpResponse:
    """Show what a file gives and what its checks say; keep its sums once somebody accepts them."""
    member, dataset = get_dataset_to_import(request, code, territory, pk)
    today = timezone.localdate()
    release = latest_release(member.territory)
    if request.method == "POST" and "accepter" in request.POST:
        return _accept(request, member, dataset, release, today)
    form = FileForm(sent(request), request.FILES if request.method == "POST" else None)
    context: dict[str, Any] = {
        "programme": member.programme,
        "member": member,
        "dataset": dataset,
        "form": form,
        "closed": "" if dataset.usable(today) else partner.closed(dataset, today),
        "before": _before(member, dataset, today),
    }
    if request.method == "POST" and form.is_valid():
        try:
            context |= _looked_at(request, member, dataset, release, form.cleaned_data, today)
        except Refusal as refusal:
            context["refusal"] = form.blame(refusal)
    good = request.method != "POST" or bool(context.get("sealed"))
    status = 200 if good else 422
    return render(request, "programme/import.html", context, status=status)


def _before(member: Membership, dataset: Dataset, today: dt.date) -> list[PartnerImport]:
    """Return what was accepted of a dataset and may still be read, the newest first."""
    rows = member.partner_imports.filter(dataset=dataset, erased_at=None)
    return [x for x in rows.select_related("signature") if x.readable(today)]


def _looked_at(
    request: HttpRequest,
    member: Membership,
    dataset: Dataset,
    release: Release | None,
    given: dict[str, Any],
    today: dt.date,
) -> dict[str, Any]:
    """Return what the page shows of a file; raise Refusal where it may not be read."""
    if not dataset.usable(today):
        raise Refusal(partner.closed(dataset, today))
    file, description = given["file"], given["description"]
    content, name = file.read(), str(file.name)
    partner.bounded(content, name)
    schema = partner.described(
        dataset, content, name, given, description.read() if description else None
    )
    found = partner.read(dataset, release, content, name, schema, today)
    measures = [m.as_json() for m in found.imported.measures]
    shown = {
        "label": found.imported.label, "vintage": found.imported.vintage, "measures": measures,
        "agreement": found.imported.agreement.as_json(), "table": found.rows,
    }  # fmt: skip
    before = partner_between.accepted_before(member, dataset, found.imported.vintage, today)
    told = partner_between.told_by_others(before, shown, release)
    # Kept with what is accepted, beside what was read.
    found.report["compared"] = {"imports": len(before), "fewest": dataset.threshold}
    return {
        "found": found,
        "told": told,
        "tables": tables(found.rows, measures, _names(member)),
        "sealed": ""
        if told or found.impossible
        else found.sealed(dataset, member, signed_in(request).pk),
    }


def _accept(
    request: HttpRequest,
    member: Membership,
    dataset: Dataset,
    release: Release | None,
    today: dt.date,
) -> HttpResponse:
    """Keep the sums that were shown, if nothing changed meanwhile."""
    person = signed_in(request)
    context: dict[str, Any] = {
        "programme": member.programme, "member": member, "dataset": dataset, "form": FileForm(),
        "before": _before(member, dataset, today),
    }  # fmt: skip
    try:
        content = partner.opened(request.POST["accepter"])
        if (content["dataset"], content["member"], content["person"]) != (
            dataset.pk, member.pk, person.pk,
        ):  # fmt: skip
            raise Refusal("Ce rapport est celui d’un autre fichier : envoyez le vôtre de nouveau.")
        if not dataset.usable(today):
            raise Refusal(partner.closed(dataset, today))
        before = partner_between.accepted_before(member, dataset, content["vintage"], today)
        if told := partner_between.told_by_others(before, content, release):
            context["told"] = told
            raise Refusal("Une autre importation a été acceptée depuis que ce rapport est montré.")
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "programme/import.html", context, status=422)
    made = PartnerImport.objects.create(
        dataset=dataset,
        membership=member,
        label=content["label"][:200],
        vintage=content["vintage"][:60],
        expires_on=dt.date.fromisoformat(content["agreement"]["expires"]),
        agreement=content["agreement"],
        measures=content["measures"],
        report=content["report"],
        table=content["table"],
        fictive=bool(release and release.fictive),
        signature=person.sign(),
    )
    if dataset.received_on is None:
        Dataset.objects.filter(pk=dataset.pk).update(received_on=today)
    messages.success(request, "L’importation est acceptée : seuls ses totaux par zone sont gardés.")
    return redirect(
        "accepted_import", code=member.programme.code, territory=member.territory.code, pk=made.pk
    )


def _names(member: Membership) -> dict[str, str]:
    rows = Zone.objects.filter(release__territory=member.territory).order_by("release_id")
    return dict(rows.values_list("code", "name"))


def tables(
    rows: list[dict[str, Any]], measures: list[dict[str, Any]], names: dict[str, str]
) -> list[dict[str, Any]]:
    """Return what is shown of each measure: zones by name, figures in words."""
    found = partner.measures_of(rows, measures)
    for table in found:
        unit = table["measure"]["unit"]
        table["rows"] = [
            {
                "zone": names.get(r["zone"], r["zone"]),
                "category": r["category"],
                "figure": figure(r["value"], unit) if not r["reason"] else "",
                "why": r["reason"] or r["note"],
            }
            for r in table["rows"]
        ]
    return found


@never_cache
@require_safe
def describe(request: HttpRequest, code: str, territory: str, pk: int) -> HttpResponse:
    """A description to fill in."""
    _, dataset = get_dataset_to_import(request, code, territory, pk)
    answer = HttpResponse(partner.template(dataset), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="description.toml"'
    return answer


@never_cache
@require_http_methods(WRITE)
def accepted(request: HttpRequest, code: str, territory: str, pk: int) -> HttpResponse:
    """What was accepted of a file, until its agreement ends; and taking it back."""
    found = get_import_for(request, code, territory, pk)
    member = found.membership
    today = timezone.localdate()
    if request.method == "POST":
        if found.erased_at is None:
            found.erase()
            messages.success(request, "Les chiffres de cette importation sont effacés.")
        return redirect("member", code=code, territory=territory)
    if not found.readable(today):
        raise Http404(
            "La convention de cette importation est terminée : ses chiffres ne se lisent plus."
        )
    context = {
        "programme": member.programme,
        "member": member,
        "x": found,
        "report": found.report,
        "tables": tables(found.table, found.measures, _names(member)),
    }
    return render(request, "programme/accepted_import.html", context)
