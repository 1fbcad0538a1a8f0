"""Documents for the data-protection officer: drafts that say so, with the settings' figures."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from labo_web.releases.models import Release
from labo_web.workshops.protection.documents import DOCUMENTS
from tests.web import room
from tests.web.test_documents import docx_text, pdf_text, squeezed

DRAFT = "Projet à compléter et valider par le DPO"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_a_draft_and_says_so(db: None, client: Client, name: str) -> None:
    page = client.get(f"/donnees-personnelles/{name}/").content.decode()
    assert DRAFT in page
    for kind, read in (("docx", docx_words), ("pdf", pdf_text)):
        answer = client.get(f"/donnees-personnelles/{name}.{kind}")
        assert answer.status_code == 200
        assert squeezed(DRAFT) in read(answer.content)
        assert squeezed(DOCUMENTS[name].title) in read(answer.content)


def docx_words(content: bytes) -> str:
    """Return all the words of a DOCX, head and foot included."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        heads = b" ".join(archive.read(n) for n in archive.namelist() if "header" in n)
    return docx_text(content) + squeezed(heads.decode())


def test_figures_are_those_of_the_settings(db: None, client: Client, settings: Any) -> None:
    settings.CONTROLLER, settings.DPO_CONTACT = "Agglo de Test", "dpo@agglo.example"
    settings.HOSTED_BY = ""
    settings.KEEP_WORDS_DAYS, settings.KEEP_REGISTRATIONS_DAYS = 411, 17
    for name in ("registre", "archives", "convention", "notice-walk"):
        page = client.get(f"/donnees-personnelles/{name}/").content.decode()
        assert "411" in page
        assert "17" in page
        if name != "archives":
            assert "Agglo de Test" in page or "dpo@agglo.example" in page
            assert "[à compléter]" in page  # who hosts is not known, and is not invented
        text = docx_text(client.get(f"/donnees-personnelles/{name}.docx").content)
        assert "411jours" in text


def test_each_kind_of_gathering_has_its_notice(public: Release, client: Client) -> None:
    event = room.an_event(public.territory)
    page = client.get(f"/donnees-personnelles/notice-{event.kind}/").content.decode()
    assert "Les photos ne montrent pas de visage" in page
    texts = {client.get(f"/donnees-personnelles/{n}/").content for n in DOCUMENTS}
    assert len(texts) == len(DOCUMENTS)
    missing = client.get("/donnees-personnelles/autre/")
    assert missing.status_code == 404


def test_word_processors_open_them(
    db: None, client: Client, need: Callable[[str], Path], tmp_path: Path
) -> None:
    office = need("libreoffice")
    path = tmp_path / "registre.docx"
    path.write_bytes(client.get("/donnees-personnelles/registre.docx").content)
    command = [str(office), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
               "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)  # noqa: S603
    made = (tmp_path / "registre.pdf").read_bytes()
    assert squeezed("Fiche du registre des traitements") in pdf_text(made)
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)
