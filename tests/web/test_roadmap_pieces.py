"""Files attached to sheets: what is taken, what is refused, who reads them, what stays."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from docx import Document
from PIL import Image

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.roadmaps import content, pieces
from labo_web.roadmaps.models import Action, Change, Partner, Piece
from labo_web.roadmaps.piece_files import BadPiece, checked
from labo_web.workshops import media
from tests.web.roadmap_forms import HERE, idea, text_of
from tests.web.room import picture

Browse = Callable[[str], Client]
PAGE = f"{HERE}actions/1/pieces/"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
CONTENT_TYPES = "[Content_Types].xml"
WORD = '<Types><Override ContentType="application/{}"/></Types>'
DOCX_MAIN = "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def archive(**members: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members.items():
            made.writestr(name, text)
    return out.getvalue()


def word() -> bytes:
    out = io.BytesIO()
    made = Document()
    made.add_paragraph("Devis")
    made.save(out)
    return out.getvalue()


def book() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def odt() -> bytes:
    return archive(**{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})


@pytest.fixture
def action(
    browse: Browse, public: Release, settings: Any, tmp_path: Path
) -> Action:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path / "media"
    return idea(browse("officer"))


def send(client: Client, given: bytes, name: str = "x.pdf", title: str = "Le devis") -> Any:
    return client.post(PAGE, {"title": title, "file": SimpleUploadedFile(name, given)})


@pytest.mark.parametrize(
    ("given", "kind"),
    [(PDF, "pdf"), (word(), "docx"), (book(), "xlsx"), (odt(), "odt"), (picture(), "jpg"),
     (picture(form="PNG"), "jpg"), (picture(form="WEBP"), "jpg")],
)  # fmt: skip
def test_what_is_taken_comes_back_to_take_away(
    action: Action, browse: Browse, given: bytes, kind: str
) -> None:
    officer = browse("officer")
    # Its name tells nothing, and is not kept.
    assert send(officer, given, "../../etc/passwd.svg").status_code == 302
    made = Piece.objects.get()
    assert (made.kind, made.title) == (kind, "Le devis")
    assert made.path.parent == pieces.folder()
    assert len(made.name) > 30
    assert "passwd" not in made.name
    answer = officer.get(f"{PAGE}{made.pk}/")
    sent = answer.content
    assert len(sent) == made.size
    if kind != "jpg":
        assert sent == given
    assert answer["Content-Disposition"] == f'attachment; filename="le-devis.{kind}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert "Le devis" in text_of(officer.get(f"{HERE}actions/1/"))
    assert [c.after for c in Change.objects.filter(field="pieces")] == ["Le devis"]
    assert "pièces jointes" in text_of(officer.get(f"{HERE}actions/1/historique/")).lower()


def test_an_image_loses_what_it_says(action: Action, browse: Browse) -> None:
    exif = Image.Exif()
    exif[0x010E] = "chez moi, 3 rue des Lilas"
    given = picture(exif=exif)
    assert b"Lilas" in given
    send(browse("officer"), given, "plan.jpg")
    assert b"Lilas" not in Piece.objects.get().path.read_bytes()


BOMB = archive(**{CONTENT_TYPES: WORD.format(DOCX_MAIN), "word/media/x.bin": b"0" * 40_000_000})


@pytest.mark.parametrize(
    ("given", "name", "says"),
    [
        (b"", "vide.pdf", "vide"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "x.svg", "n’est pas d’une"),
        (b"<!doctype html><script>alert(1)</script>", "x.pdf", "n’est pas d’une sorte"),
        (b"MZ\x90\x00", "x.pdf", "n’est pas d’une sorte"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "vieux.doc", "attendu un PDF"),
        (b"%PDF-1.4 coupe", "x.pdf", "n’est pas un PDF entier"),
        (PDF.replace(b"1 0 obj", b"<html><script>"), "x.pdf", "et une page à la fois"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert())>>"),
         "x.pdf", "contient du code"),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 2 0 R>>"), "x.pdf",
         "un autre fichier"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "x.png", "n’est pas une photo"),
        (b"RIFF....AVI LIST", "x.webp", "n’est pas une photo"),
        (archive(**{"a.txt": "x"}), "x.docx", "est une archive"),
        (b"PK\x03\x04 broken", "x.docx", "ne s’ouvre pas"),
        (BOMB, "bombe.docx", "trop grand une fois ouvert"),
        (archive(**{f"f{n}": "x" for n in range(3_100)}), "x.odt", "trop grand une fois ouvert"),
        (archive(**{CONTENT_TYPES: WORD.format(DOCX_MAIN), "word/vbaProject.bin": "x"}), "x.docx",
         "contient des macros"),
        (archive(**{CONTENT_TYPES: WORD.format("vnd.ms-word.document.macroEnabled.main+xml")}),
         "x.docm", "contient des macros"),
        (archive(**{"mimetype": "application/vnd.oasis.opendocument.text",
                    "Basic/Standard/x.xml": "x"}), "x.odt", "contient des macros"),
        (archive(**{CONTENT_TYPES: WORD.format(DOCX_MAIN), "../../x": "x"}), "x.docx",
         "n’est pas un document de bureautique"),
        (archive(**{CONTENT_TYPES: WORD.format(DOCX_MAIN), "word/embeddings/oleObject1.bin": "x"}),
         "x.docx", "un objet qui s’exécute"),
        (archive(**{CONTENT_TYPES: WORD.format(DOCX_MAIN),
                    "word/_rels/settings.xml.rels": '<R Type="attachedTemplate"/>'}), "x.docx",
         "un modèle ailleurs"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_and_leaves_nothing(
    action: Action, browse: Browse, given: bytes, name: str, says: str
) -> None:
    answer = send(browse("officer"), given, name)
    assert answer.status_code == 422
    # An empty file is refused by the form itself.
    assert says in text_of(answer)
    assert "Le devis" in answer.content.decode()  # what was typed stays
    assert not Piece.objects.exists()
    assert pieces.orphans() == []


def test_a_heavy_file_is_refused_before_it_is_read(action: Action, browse: Browse) -> None:
    answer = send(browse("officer"), PDF + b"0" * 10_000_000)
    assert answer.status_code == 422
    assert "10 Mo au plus" in text_of(answer)
    with pytest.raises(BadPiece, match="10 Mo au plus"):
        checked(b"0" * 10_000_001, "x")


def test_a_sheet_and_a_roadmap_have_only_so_much_room(
    action: Action, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = browse("officer")
    monkeypatch.setattr(pieces, "MOST", 1)
    assert send(officer, PDF).status_code == 302
    full = send(officer, PDF)
    assert full.status_code == 422
    assert "a déjà 1 pièces" in text_of(full)
    monkeypatch.setattr(pieces, "MOST", 20)
    monkeypatch.setattr(pieces, "MOST_OF_ROADMAP", len(PDF) + 1)
    assert "retirez-en d’abord" in text_of(send(officer, PDF))
    # What is removed makes room again.
    officer.post(f"{PAGE}{Piece.objects.get().pk}/retirer/", {"reason": "Trop ancienne."})
    assert send(officer, PDF).status_code == 302


def test_removed_with_a_reason_its_row_stays(
    action: Action, browse: Browse, django_capture_on_commit_callbacks: Any
) -> None:
    officer = browse("officer")
    send(officer, PDF)
    made = Piece.objects.get()
    path = made.path
    page = f"{PAGE}{made.pk}/retirer/"
    assert officer.post(page, {"reason": ""}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert officer.post(page, {"reason": "Une version plus récente."}).status_code == 302
    assert not path.exists()
    made.refresh_from_db()
    assert (made.name, made.size, made.removed_on) == ("", 0, timezone.localdate())
    read = text_of(officer.get(PAGE))
    assert "retirée le" in read
    assert "Une version plus récente." in read
    for gone in (f"{PAGE}{made.pk}/", page):
        assert officer.get(gone).status_code == 404
    assert Change.objects.filter(field="pieces").count() == 2


def test_who_reads_them(action: Action, browse: Browse, people: dict[str, Any]) -> None:
    send(browse("officer"), PDF)
    made = Piece.objects.get()
    Action.objects.update(published_on=timezone.localdate())
    for who, status in (
        ("visitor", 404), ("contributor", 404), ("officer_elsewhere", 404), ("reader", 404),
        ("analyst", 200), ("facilitator", 200),
    ):  # fmt: skip
        assert browse(who).get(f"{PAGE}{made.pk}/").status_code == status, who
    body = Organisation.objects.create(name="Un bailleur", kind="landlord")
    Partner.objects.create(action=action, organisation=body, raci="C")
    people["reader"].organisation = body
    people["reader"].save()
    partner = browse("reader")
    assert partner.get(f"{PAGE}{made.pk}/").status_code == 200
    assert send(partner, PDF).status_code == 404
    assert partner.post(f"{PAGE}{made.pk}/retirer/", {"reason": "x"}).status_code == 404
    # A piece is reached through its own sheet only.
    idea(browse("officer"))
    assert browse("officer").get(f"{HERE}actions/2/pieces/{made.pk}/").status_code == 404
    # Exports hold its title, and nobody's address to it; the public page holds nothing.
    plain = browse("officer").get(f"{HERE}feuille-de-route.json").content.decode()
    assert "Le devis (PDF" in plain
    assert made.name not in plain
    assert "Le devis" not in browse("visitor").get(HERE).content.decode()
    assert content.content_of(action.roadmap).sheets[0].pieces


def test_orphans_are_purged_and_workshops_leave_the_folder_alone(
    action: Action, browse: Browse
) -> None:
    send(browse("officer"), PDF)
    kept = Piece.objects.get().path
    lost, fresh = pieces.folder() / "lost.pdf", pieces.folder() / "fresh.pdf"
    for path in (lost, fresh):
        path.write_bytes(PDF)
    day = (timezone.now() - dt.timedelta(days=2)).timestamp()
    os.utime(lost, (day, day))
    assert media.orphans() == []
    call_command("purge_workshops")
    call_command("purge")
    assert [kept.exists(), fresh.exists(), lost.exists()] == [True, True, False]
    # A row whose file is gone says so.
    made = Piece.objects.get()
    made.path.unlink()
    assert browse("officer").get(f"{PAGE}{made.pk}/").status_code == 404
