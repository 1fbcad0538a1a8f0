"""DOCX and workbook opened by a program that we did not write: LibreOffice, which prints them."""

import io
import os
import re
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from django.test import Client
from docx.oxml.ns import qn

from labo_web.programme import proceedings
from labo_web.releases.models import Release
from labo_web.releases.reading import HAZARDS
from tests.web import gathering
from tests.web.conftest import first_qpv

HOME = "/territoires/999000001/"
SECONDS = 180  # a first start on a busy machine


@pytest.fixture
def printed(
    need: Callable[[str], Path], client: Client, public: Release, tmp_path: Path
) -> Callable[[str], list[str]]:
    """`printed(address)` is the text of each page, once LibreOffice has printed the file."""
    office = need("libreoffice")

    def go(path: str) -> list[str]:
        place = path if path.startswith("/") else HOME + path
        answer = client.get(place.replace("QPV", first_qpv(public)))
        assert answer.status_code == 200
        file = tmp_path / path.strip("/").replace("/", "-")
        file.write_bytes(answer.content)
        subprocess.run(  # noqa: S603
            [
                str(office), "--headless", "--norestore",
                f"-env:UserInstallation={(tmp_path / 'office').as_uri()}",
                "--convert-to", "pdf", "--outdir", str(tmp_path / "pdf"), str(file),
            ],
            check=True, timeout=SECONDS, capture_output=True,
            env=os.environ | {"HOME": str(tmp_path)},
        )  # fmt: skip
        found = pypdf.PdfReader(tmp_path / "pdf" / f"{file.stem}.pdf")
        return [squeezed(page.extract_text()) for page in found.pages]

    return go


def squeezed(text: str) -> str:
    """Leave out spaces, and ligatures of the font."""
    return re.sub(r"[\s\u200b]+", "", unicodedata.normalize("NFKC", text))


def test_sheet(printed: Callable[[str], list[str]], public: Release) -> None:
    pages = printed("quartiers/QPV/fiche.docx")
    text = "".join(pages)
    zone = public.zones.get(code=first_qpv(public))
    assert squeezed(zone.name) in pages[0]
    for words in ("En bref", "Constats", "Doutes", "Ressources", "Profil", HAZARDS["heat"]):
        assert squeezed(words) in text
    assert "Carte:lequartier" in text  # what its picture shows
    # The header of a table comes again on the next page; the foot is on all.
    assert len(pages) < 8
    assert all(public.code in page for page in pages)
    assert text.count(squeezed("Valeur et intervalle")) >= 5


@pytest.mark.parametrize("path", ["quartiers/QPV/note.docx", "note.docx"])
def test_note(printed: Callable[[str], list[str]], public: Release, path: str) -> None:
    pages = printed(path)
    text = "".join(pages)
    for words in ("Pourquoi, et où agir", "Ce qui changerait ce résultat", "Le climat à venir"):
        assert squeezed(words) in text
    assert len(pages) < 8
    assert all(public.code in page for page in pages)


def test_proceedings(
    printed: Callable[[str], list[str]], public: Release, people: dict[str, Any]
) -> None:
    meeting = gathering.a_meeting(public.territory)
    gathering.bring(meeting, public)
    made = proceedings.publish(meeting, "", people["facilitator"])
    pages = printed(f"{gathering.HERE}{meeting.pk}/actes/1/actes.docx")
    text = "".join(pages)
    for words in ("Le déroulé", "Ce que chaque territoire apporte", "Un constat", "Deux rues.",
                  "Ce qui a été décidé", made.digest, public.code):  # fmt: skip
        assert squeezed(words) in text
    assert len(pages) < 6


def test_columns_have_the_width_that_was_given(client: Client, public: Release) -> None:
    """Word reads widths in the cells, LibreOffice in the columns: both say the same."""
    content = client.get(f"{HOME}quartiers/{first_qpv(public)}/note.docx").content
    tables = docx.Document(io.BytesIO(content)).tables
    assert tables
    for table in tables:
        widths = [column.width for column in table.columns]
        assert len(set(widths)) > 1
        for row in table.rows:
            assert [cell.width for cell in row.cells] == widths
            assert row._tr.trPr.findall(qn("w:cantSplit"))


def test_workbook(printed: Callable[[str], list[str]], public: Release) -> None:
    pages = printed("donnees.xlsx")
    text = "".join(pages)
    assert squeezed("Citer ainsi") in pages[0]
    assert public.code in pages[0]
    for zone in public.zones.filter(kind="qpv"):
        assert squeezed(zone.name) in text
    assert squeezed("quartier prioritaire (QPV)") in text
    # A sheet is as wide as the paper: its header, printed again on each page, has every column.
    values = [page for page in pages if page.startswith("zonenomnaturenature_libelleindicateur")]
    assert len(values) > 1
    assert all("sourceslicences" in page[:400] for page in values)
    assert "#REF" not in text
    assert "Err:" not in text
