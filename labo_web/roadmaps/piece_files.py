"""Files that people attach, told by their content: what is taken, made again or refused, and why.

A name tells nothing: it is neither read nor kept. Nothing is unpacked but the few small members
that say what an office file is. It is no antivirus, and says so where files are added.
"""

from __future__ import annotations

import io
import zipfile
from typing import NamedTuple

from labo_web.roadmaps.models import Piece
from labo_web.workshops.photos import BadMedium, clean_photo

MOST_BYTES = 10_000_000
MOST_UNPACKED = 150_000_000
MOST_MEMBERS = 3_000
MOST_RATIO = 250  # of a member larger than a megabyte: more is a bomb
SMALL = 1_000_000  # of the members that are read
SIDE = 2_400  # pixels kept of an image: a plan is read on it
KINDS = Piece.Kind
# What acts in a PDF, or carries another file.
ACTIVE = (
    b"/JavaScript", b"/JS ", b"/JS(", b"/JS<", b"/Launch", b"/EmbeddedFile", b"/RichMedia",
)  # fmt: skip
HTML = (b"<html", b"<script", b"<!doctype", b"<svg", b"<?php", b"<?xml")
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
MAINS = {
    b"wordprocessingml.document.main+xml": KINDS.DOCX,
    b"spreadsheetml.sheet.main+xml": KINDS.XLSX,
}
TAKEN = "un PDF, une image (JPEG, PNG, WebP), un texte ODT ou DOCX, un tableau XLSX"


class BadPiece(Exception):
    """A file that is not taken; its text is the sentence to show."""


class Checked(NamedTuple):
    """A file that is taken: what it is, and what is kept of it."""

    kind: str
    content: bytes


def checked(given: bytes, name: str) -> Checked:
    """Return what is kept of a file.

    Raises:
        BadPiece: it is too heavy, of another kind, broken, or holds something that acts.
    """
    shown = f"« {name[:60]} »"
    if len(given) > MOST_BYTES:
        raise BadPiece(
            f"{shown} pèse {len(given) / 1e6:.0f} Mo : {MOST_BYTES / 1e6:.0f} Mo au plus."
        )
    if not given:
        raise BadPiece(f"{shown} est vide.")
    if given.startswith(b"%PDF-"):
        return _pdf(given, shown)
    if given.startswith(PICTURES):
        try:
            return Checked(KINDS.IMAGE, clean_photo(given, SIDE).content)
        except BadMedium as error:
            raise BadPiece(f"{shown} : {error}") from error
    if given.startswith(b"PK\x03\x04"):
        return _office(given, shown)
    raise BadPiece(f"{shown} n’est pas d’une sorte que l’on garde : attendu {TAKEN}.")


def _pdf(given: bytes, shown: str) -> Checked:
    if b"%%EOF" not in given[-2_048:]:
        raise BadPiece(f"{shown} n’est pas un PDF entier : exportez-le de nouveau.")
    # A file that is also a page is none of ours, however it will be served.
    edges = (given[:2_048] + given[-2_048:]).lower()
    if any(mark in edges for mark in HTML[:4]):
        raise BadPiece(f"{shown} est un PDF et une page à la fois : exportez-le de nouveau.")
    if any(mark in given for mark in ACTIVE):
        raise BadPiece(
            f"{shown} contient du code ou un autre fichier : imprimez-le en PDF, puis envoyez ce "
            "PDF."
        )
    return Checked(KINDS.PDF, given)


def _office(given: bytes, shown: str) -> Checked:
    try:
        with zipfile.ZipFile(io.BytesIO(given)) as archive:
            return Checked(_kind(archive, shown), given)
    except BadPiece:
        raise
    # A broken archive fails in many ways, all of which say the same.
    except Exception as error:
        raise BadPiece(f"{shown} ne s’ouvre pas : enregistrez-le de nouveau.") from error


def _kind(archive: zipfile.ZipFile, shown: str) -> str:
    members = archive.infolist()
    names = {m.filename for m in members}
    if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_UNPACKED:
        raise BadPiece(f"{shown} est trop grand une fois ouvert : allégez-le.")
    for m in members:
        if m.file_size > SMALL and m.file_size > MOST_RATIO * max(m.compress_size, 1):
            raise BadPiece(f"{shown} est trop grand une fois ouvert : allégez-le.")
        if m.flag_bits & 1:
            raise BadPiece(f"{shown} est protégé par un mot de passe : enlevez-le d’abord.")
        if m.filename.startswith("/") or ".." in m.filename.split("/") or "\\" in m.filename:
            raise BadPiece(f"{shown} n’est pas un document de bureautique ordinaire.")
    low = [name.lower() for name in names]
    if any("vbaproject" in x or x.startswith(("basic/", "scripts/")) for x in low):
        raise BadPiece(f"{shown} contient des macros : enregistrez-le sans macro.")
    if any("activex/" in x or ("embeddings/" in x and x.endswith(".bin")) for x in low):
        raise BadPiece(f"{shown} contient un objet qui s’exécute : enlevez-le, ou faites un PDF.")
    if "mimetype" in names and _read(archive, "mimetype").strip() == (
        b"application/vnd.oasis.opendocument.text"
    ):
        return KINDS.ODT
    if "[Content_Types].xml" in names:
        types = _read(archive, "[Content_Types].xml")
        if b"macroEnabled" in types:
            raise BadPiece(f"{shown} contient des macros : enregistrez-le sans macro.")
        for name in names:
            if name.endswith("settings.xml.rels") and b"attachedTemplate" in _read(archive, name):
                raise BadPiece(f"{shown} va chercher un modèle ailleurs : faites-en un PDF.")
        for mark, kind in MAINS.items():
            if mark in types:
                return kind
    raise BadPiece(f"{shown} est une archive, pas un document : attendu {TAKEN}.")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(SMALL)
