"""Pages of the files that are attached to a sheet: listed, added, taken, removed with a reason."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.roadmaps import pieces
from labo_web.roadmaps.access import get_action_for, get_action_to_edit
from labo_web.roadmaps.models import Action, Piece
from labo_web.roadmaps.piece_files import MOST_BYTES, TAKEN, BadPiece, checked
from labo_web.roadmaps.views import WRITE

TYPES = {
    Piece.Kind.PDF: "application/pdf",
    Piece.Kind.IMAGE: "image/jpeg",
    Piece.Kind.ODT: "application/vnd.oasis.opendocument.text",
    Piece.Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Piece.Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class PieceForm(forms.Form):
    """A file and what it is, in a few words."""

    title = forms.CharField(
        label="Ce que c’est, en quelques mots",
        max_length=200,
        help_text="Ce titre est lu dans les exports, sans le fichier : ne nommez personne.",
    )
    file = forms.FileField(
        label="Fichier",
        help_text=f"Attendu : {TAKEN}. {MOST_BYTES // 1_000_000} Mo au plus, sans macro. Les "
        "images sont refaites, sans ce qu’elles disent de leur auteur. Pas d’antivirus ici.",
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse what is too heavy before it is read."""
        found: UploadedFile[bytes] = self.cleaned_data["file"]
        if found.size is not None and found.size > MOST_BYTES:
            raise forms.ValidationError(
                f"« {str(found.name)[:60]} » pèse {found.size / 1e6:.0f} Mo : "
                f"{MOST_BYTES // 1_000_000} Mo au plus."
            )
        return found


class RemovalForm(forms.Form):
    """Why a file is removed."""

    reason = forms.CharField(label="Pourquoi la retirer", max_length=300)


@never_cache
@require_http_methods(WRITE)
def listed(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """The files of a sheet; whoever writes the sheet adds one."""
    here = get_action_for(request, territory, number)
    edits = may_decide(request, here.roadmap.territory)
    if request.method == "POST" and not edits:
        raise Http404("Seule l’équipe du territoire joint une pièce.")
    files = request.FILES if request.method == "POST" else None
    form = PieceForm(sent(request), files)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = checked(given["file"].read(), str(given["file"].name))
            pieces.attach(here, given["title"], found, by=signed_in(request))
        except BadPiece as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, f"« {given['title']} » est jointe à la fiche.")
            return redirect("pieces", territory=territory, number=number)
    context = {
        "roadmap": here.roadmap,
        "action": here,
        "edits": edits,
        "form": form if edits else None,
        "kept": [x for x in here.pieces.all() if x.removed_on is None],
        "removed": [x for x in here.pieces.all() if x.removed_on is not None],
        "most": pieces.MOST,
    }
    status = 422 if form.errors else 200
    return render(request, "roadmaps/pieces.html", context, status=status)


def get_piece_of(action: Action, pk: int) -> Piece:
    """Return a file of a sheet that is still there, or answer 404."""
    found = next((x for x in action.pieces.all() if x.pk == pk and x.name), None)
    if found is None:
        raise Http404("Cette pièce n’existe pas, ou a été retirée.")
    return found


@never_cache
@require_safe
def piece(request: HttpRequest, territory: str, number: int, pk: int) -> HttpResponse:
    """A file, to take away: a browser never opens it on a page of ours."""
    found = get_piece_of(get_action_for(request, territory, number), pk)
    try:
        file = found.path.read_bytes()
    except FileNotFoundError as error:
        raise Http404("Le fichier de cette pièce n’est plus sur le disque.") from error
    name = f"{slugify(found.title)[:80] or 'piece'}.{found.kind}"
    answer = HttpResponse(file, content_type=TYPES[Piece.Kind(found.kind)])
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@never_cache
@require_http_methods(WRITE)
def remove(request: HttpRequest, territory: str, number: int, pk: int) -> HttpResponse:
    """Remove a file, and say why: its title and the reason stay."""
    here = get_action_to_edit(request, territory, number)
    found = get_piece_of(here, pk)
    form = RemovalForm(sent(request))
    if request.method == "POST" and form.is_valid():
        pieces.remove(found, form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, f"« {found.title} » est retirée, et son fichier effacé.")
        return redirect("pieces", territory=territory, number=number)
    context = {"roadmap": here.roadmap, "action": here, "piece": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "roadmaps/piece_remove.html", context, status=status)
