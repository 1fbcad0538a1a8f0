"""What answers when a roadmap is taken away, and where a territory gives its own template."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.documents.facts import Facts, facts_of
from labo_web.releases.models import Release
from labo_web.roadmaps.access import get_action_for, get_roadmap_for, get_roadmap_to_edit
from labo_web.roadmaps.content import Content, content_of
from labo_web.roadmaps.exports import cerfa, pcaet, resilient, tables, template, tfpb
from labo_web.roadmaps.exports.annex import annex_of, template_of
from labo_web.roadmaps.exports.paper import pdf_of
from labo_web.roadmaps.models import AnnexTemplate, Roadmap
from labo_web.roadmaps.views import WRITE

OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
}


def file_of(content: bytes | str, name: str, kind: str, roadmap: Roadmap) -> HttpResponse:
    """Return a file to take away, which nobody else keeps."""
    answer = HttpResponse(content, content_type=TYPES[kind])
    filename = f"{name}-{roadmap.territory.code}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
def annex(request: HttpRequest, territory: str) -> HttpResponse:
    """The annex of the contract, as DOCX."""
    roadmap = get_roadmap_for(request, territory)
    made = annex_of(content_of(roadmap), template_of(roadmap))
    return file_of(made, "annexe-engagements-quartiers-2030", "docx", roadmap)


@require_safe
def paper(request: HttpRequest, territory: str) -> HttpResponse:
    """The roadmap as PDF."""
    roadmap = get_roadmap_for(request, territory)
    return file_of(pdf_of(content_of(roadmap)), "feuille-de-route", "pdf", roadmap)


@require_safe
def workbook(request: HttpRequest, territory: str) -> HttpResponse:
    """The funding table, as XLSX."""
    roadmap = get_roadmap_for(request, territory)
    return file_of(tables.workbook_of(content_of(roadmap)), "financement", "xlsx", roadmap)


CSV: dict[str, tuple[tuple[str, ...], Callable[[Content], object]]] = {
    "actions": (tables.ACTIONS, tables.action_rows),
    "financement": (tables.LINES, tables.line_rows),
    "etapes": (tables.STEPS, tables.step_rows),
    "indicateurs": (tables.FOLLOW, tables.follow_rows),
}


@require_safe
def table(request: HttpRequest, territory: str, name: str) -> HttpResponse:
    """One of the tables, as CSV."""
    roadmap = get_roadmap_for(request, territory)
    if name not in CSV:
        raise Http404(f"Il n’y a que ces tableaux : {', '.join(CSV)}.")
    head, rows = CSV[name]
    made = tables.csv_of(head, rows(content_of(roadmap)))  # type: ignore[arg-type]
    return file_of(made, name, "csv", roadmap)


@require_safe
def plain(request: HttpRequest, territory: str) -> HttpResponse:
    """The roadmap as JSON."""
    roadmap = get_roadmap_for(request, territory)
    options = {"ensure_ascii": False, "indent": 2}
    answer = JsonResponse(content_of(roadmap).as_json(), json_dumps_params=options)
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
def milestones(request: HttpRequest, territory: str) -> HttpResponse:
    """The milestones, as a calendar."""
    roadmap = get_roadmap_for(request, territory)
    address = request.build_absolute_uri(reverse("actions", args=[territory]))
    return file_of(tables.calendar_of(content_of(roadmap), address), "jalons", "ics", roadmap)


def _facts(request: HttpRequest, roadmap: Roadmap) -> Facts:
    """Return the facts of the newest release that whoever asks may read, or answer 404."""
    found = Release.objects.visible_to(request).filter(territory=roadmap.territory)
    release = max(found, key=lambda r: (r.generation, r.pk), default=None)
    if release is None:
        raise Http404("Il faut d’abord une livraison du diagnostic qui vous soit ouverte.")
    return facts_of(request, release)


def _measures(roadmap: Roadmap) -> dict[int, str]:
    return dict(roadmap.actions.exclude(measure="").values_list("number", "measure"))


@require_safe
def resilience(request: HttpRequest, territory: str) -> HttpResponse:
    """The note for ANRU « Quartiers résilients », as DOCX."""
    roadmap = get_roadmap_for(request, territory)
    facts = _facts(request, roadmap)
    made = resilient.note_of(content_of(roadmap), facts, _measures(roadmap))
    return file_of(made, "quartiers-resilients", "docx", roadmap)


@require_safe
def vulnerability(request: HttpRequest, territory: str) -> HttpResponse:
    """The vulnerability table of a PCAET, as XLSX."""
    roadmap = get_roadmap_for(request, territory)
    facts = _facts(request, roadmap)
    made = pcaet.table_of(content_of(roadmap), facts, _measures(roadmap))
    return file_of(made, "pcaet-vulnerabilite", "xlsx", roadmap)


@require_safe
def grant_request(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """An action in the order of the fields of Cerfa 12156, as CSV."""
    action = get_action_for(request, territory, number)
    rows = cerfa.rows_of(content_of(action.roadmap), number)
    return file_of(
        tables.csv_of(cerfa.HEAD, rows), f"cerfa-12156-a-{number}", "csv", action.roadmap
    )


@require_safe
def abatement(request: HttpRequest, territory: str) -> HttpResponse:
    """The programme of the abatement of TFPB by national axes, as XLSX."""
    roadmap = get_roadmap_for(request, territory)
    made = tfpb.workbook_of(content_of(roadmap), _measures(roadmap))
    return file_of(made, "programme-tfpb", "xlsx", roadmap)


class TemplateForm(forms.Form):
    """A DOCX of the territory."""

    file = forms.FileField(label="Modèle (.docx)", help_text="Au plus 2 Mo, sans macro.")

    def clean_file(self) -> UploadedFile[bytes]:
        """Read it before it is kept."""
        found: UploadedFile[bytes] = self.cleaned_data["file"]
        if (found.size or 0) > template.MOST_BYTES:
            raise ValidationError(f"« {found.name} » est trop grand : au plus 2 Mo.")
        template.read(found.read(), found.name or "fichier")
        found.seek(0)
        return found


@never_cache
@require_http_methods(WRITE)
def own_template(request: HttpRequest, territory: str) -> HttpResponse:
    """Give the template of the annex; the former ones stay."""
    roadmap = get_roadmap_to_edit(request, territory)
    files = request.FILES if request.method == "POST" else None
    form = TemplateForm(sent(request), files)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data["file"]
        AnnexTemplate.objects.create(
            roadmap=roadmap, name=str(found.name)[:200], content=found.read(),
            signature=signed_in(request).sign(),
        )  # fmt: skip
        messages.success(request, "Votre modèle servira pour les prochaines annexes.")
        return redirect("annex_template", territory=territory)
    context = {
        "roadmap": roadmap,
        "form": form,
        "rows": roadmap.templates.select_related("signature").defer("content"),
        "fields": list(template.fields()),
    }
    status = 422 if form.errors else 200
    return render(request, "roadmaps/template.html", context, status=status)


@require_safe
def proposed_template(request: HttpRequest, territory: str) -> HttpResponse:
    """Our template, to rearrange."""
    roadmap = get_roadmap_to_edit(request, territory)
    return file_of(template.proposed(), "modele-annexe", "docx", roadmap)
