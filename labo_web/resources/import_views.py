"""Bringing resources in from files and open places: shown first, kept when nothing is wrong."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.resources import importing
from labo_web.resources.access import get_territory_to_moderate
from labo_web.resources.forms import choices_of
from labo_web.resources.needs import FRAGILITIES, needs_by_hazard


class FileForm(forms.Form):
    """A file, or the text of the one that was shown."""

    format = forms.ChoiceField(
        label="Ce fichier est",
        choices=[
            ("csv", "un tableau comme le modèle (CSV)"),
            ("inclusion", "une liste de lieux d’inclusion numérique (JSON ou CSV)"),
        ],
        widget=forms.RadioSelect,
        initial="csv",
    )
    file = forms.FileField(label="Fichier", required=False)
    # What was shown comes back whole: nothing is kept on the site before it is right.
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        given = super().clean() or {}
        file = given.get("file")
        if isinstance(file, UploadedFile):
            if (file.size or 0) > importing.MOST_BYTES:
                most = importing.MOST_BYTES // 1000
                self.add_error("file", f"Ce fichier est trop gros : {most} ko au plus.")
                return given
            try:
                given["text"] = importing.decoded(file.read())
            except importing.Refused as error:
                self.add_error("file", str(error))
        elif not given.get("text"):
            self.add_error("file", "Choisissez un fichier.")
        return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest, territory: str) -> HttpResponse:
    """Show what a file holds, cell by cell; keep it when it is right and was seen."""
    release = get_territory_to_moderate(request, territory)
    form = FileForm(sent(request), request.FILES or None)
    preview: importing.Preview | None = None
    if request.method == "POST" and form.is_valid():
        read = importing.read_csv
        if form.cleaned_data["format"] == "inclusion":
            read = importing.read_inclusion
        try:
            preview = read(release, form.cleaned_data["text"])
        except importing.Refused as error:
            form.add_error("file", str(error))
        else:
            if request.POST.get("keep") and preview.ready:
                made, changed, left = importing.keep(release, preview.rows, signed_in(request))
                said = f"Nouvelles ressources : {made}. Mises à jour : {changed}."
                said += f" Laissées de côté, car retirées ici : {left}." if left else ""
                messages.success(request, said)
                return redirect("resources", territory=release.territory.code)
    context = {
        "release": release,
        "form": form,
        "preview": preview,
        "text": form.cleaned_data.get("text", "") if preview else "",
        "format": form.cleaned_data.get("format", "") if preview else "",
        "needs": needs_by_hazard(),
        "fragilities": FRAGILITIES.values(),
    }
    status = 422 if form.errors or (preview and preview.wrong) else 200
    return render(request, "resources/import.html", context, status=status)


@never_cache
@require_safe
def import_template(request: HttpRequest, territory: str) -> HttpResponse:
    """The file to fill in."""
    get_territory_to_moderate(request, territory)
    answer = HttpResponse(importing.template(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="modele-ressources.csv"'
    return answer


class PlacesForm(forms.Form):
    """Open places that become resources."""

    places = forms.MultipleChoiceField(
        label="Lieux à ajouter", widget=forms.CheckboxSelectMultiple, required=True
    )
    places.error_messages["required"] = "Cochez au moins un lieu."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_places(request: HttpRequest, territory: str) -> HttpResponse:
    """Choose, among the open places of the release, those that are resources here."""
    release = get_territory_to_moderate(request, territory)
    names = dict(release.zones.values_list("code", "name"))
    found = importing.open_places(release)
    form = PlacesForm(sent(request))
    groups: dict[str, list[tuple[str, str]]] = {}
    for place, zone in found:
        said = f"{place.name} ({place.hours})" if place.hours else place.name
        groups.setdefault(names.get(zone, zone), []).append((place.id, said))
    choices_of(form.fields["places"], list(groups.items()))
    if request.method == "POST" and form.is_valid():
        rows = importing.plan_places(release, form.cleaned_data["places"])
        made, _, _ = importing.keep(release, rows, signed_in(request))
        messages.success(request, f"Lieux ajoutés, à vérifier sur place : {made}.")
        return redirect("resources", territory=release.territory.code)
    context = {"release": release, "form": form, "any": bool(found)}
    status = 422 if form.errors else 200
    return render(request, "resources/import_places.html", context, status=status)
