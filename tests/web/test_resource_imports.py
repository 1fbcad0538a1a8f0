"""Resources from files: shown first, with what is wrong by cell, and kept whole or not at all."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labo_web.releases.models import Release
from labo_web.resources import giving, importing
from labo_web.resources.models import Description, Resource
from labo_web.resources.needs import NEEDS
from tests.web.conftest import first_qpv

PATH = "/territoires/999000001/ressources/importer/"
AT = "/territoires/999000001/ressources"


@pytest.fixture
def officer(browse: Callable[[str], Client], public: Release) -> Client:
    return browse("officer")


def table(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, importing.HEADINGS, delimiter=";")
    writer.writeheader()
    for number, row in enumerate(rows):
        writer.writerow({"nature": "lieu", "nom": f"Salle {number}",
                         "ce_que_ca_fait": "On y est au frais."} | row)  # fmt: skip
    return out.getvalue()


def send(officer: Client, text: str | bytes, **more: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("fichier.csv", content)
    return officer.post(PATH, {"format": "csv", "file": file} | more)


def test_the_template_is_right_as_it_is(officer: Client, public: Release) -> None:
    text = officer.get(f"{PATH}modele.csv").content.decode("utf-8-sig")
    preview = importing.read_csv(public, text)
    assert preview.ready
    [row] = preview.rows
    assert row.written["needs"] == ["cool_room"]
    assert row.written["capacity"] == 30
    assert row.written["in_heat"] == "more"


def test_shown_then_kept(officer: Client, public: Release) -> None:
    text = table({"reference": "A", "besoins": f"{NEEDS['care'].label}|{NEEDS['water'].label}",
                  "quartier": first_qpv(public), "longitude": "-0,58", "latitude": "47,43",
                  "verifie_le": "15/06/2026", "capacite": "1 200"})  # fmt: skip
    answer = send(officer, text)
    assert answer.status_code == 200
    assert "Prêtes à être gardées&nbsp;: 1" in answer.content.decode()
    assert not Resource.objects.exists()
    kept = officer.post(PATH, {"format": "csv", "text": text, "keep": "1"})
    assert kept.status_code == 302
    x = Description.objects.published().get()
    assert (x.needs, x.lon, x.capacity) == (["care", "water"], -0.58, 1200)
    assert x.checked_on is not None
    assert x.resource.source == "file"
    # Again, nothing is there twice; changed, it is written again.
    officer.post(PATH, {"format": "csv", "text": text, "keep": "1"})
    assert Resource.objects.count() == 1
    assert Description.objects.count() == 1
    officer.post(PATH, {"format": "csv", "text": text.replace("Salle 0", "Salle A"), "keep": "1"})
    assert [d.name for d in Description.objects.all()] == ["Salle A", "Salle 0"]


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("nature", "maison", "lieu"),
        ("quartier", "QN00000X", "le code ou le nom d’un quartier"),
        ("besoins", "du café", "séparés par |"),
        ("fragilites", "usée", "séparés par |"),
        ("apres_midi_aout", "peut-être", "oui"),
        ("capacite", "beaucoup", "nombre"),
        ("capacite", "0", "1"),
        ("longitude", "-0,58", "Donnez les deux"),
        ("latitude", "980", "85"),
        ("verifie_le", "hier", "date"),
        ("verifie_le", "2199-01-01", "pas encore passé"),
        ("nom", "", "obligatoire"),
        ("ce_que_ca_fait", "x" * 1_001, "1000"),
    ],
)
def test_each_wrong_cell_is_named_and_nothing_is_kept(
    officer: Client, cell: str, value: str, said: str
) -> None:
    text = table({}, {cell: value})
    for sent in ({}, {"keep": "1"}):
        answer = send(officer, text, **sent)
        assert answer.status_code == 422
        content = answer.content.decode()
        assert f"Ligne 3, {'latitude' if cell == 'longitude' else cell}" in content
        assert said in content.split("Ligne 3")[1]
        assert not Resource.objects.exists()


def test_know_how_needs_a_body_in_files_too(officer: Client) -> None:
    answer = send(officer, table({"nature": "savoir-faire"}))
    assert answer.status_code == 422
    assert "Ligne 2, structure" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"\0\1\2", "texte"),
        (b"nom;nature\nSalle;lieu\n", "ce_que_ca_fait"),
        (b"nature;nom;ce_que_ca_fait;prix\n", "prix"),
        (b"nature;nom;nom;ce_que_ca_fait\n", "deux fois"),
        (b"x" * (importing.MOST_BYTES + 1), "600 ko"),
        (b"nature;nom;ce_que_ca_fait\n" + b"lieu;a;b\n" * 501, "501"),
    ],
)
def test_files_that_cannot_be_read(officer: Client, content: bytes, said: str) -> None:
    answer = send(officer, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Resource.objects.exists()


def test_an_empty_table_says_so(officer: Client) -> None:
    answer = send(officer, table())
    assert "n’a aucune ligne" in answer.content.decode()


def test_windows_spreadsheets_and_commas(officer: Client, public: Release) -> None:
    text = "nature,nom,ce_que_ca_fait\nlieu,Médiathèque,Des fauteuils à l’ombre\n"
    preview = importing.read_csv(public, importing.decoded(text.encode("cp1252")))
    assert preview.rows[0].written["name"] == "Médiathèque"


def test_our_own_file_comes_back(officer: Client, public: Release) -> None:
    send(officer, table({"besoins": NEEDS["care"].label}), keep="1")
    exported = officer.get(f"{AT}.csv").content
    preview = importing.read_csv(public, importing.decoded(exported))
    assert preview.ready
    assert preview.rows[0].written["needs"] == ["care"]


def test_what_was_withdrawn_is_not_brought_back(officer: Client) -> None:
    text = table({"reference": "A"})
    send(officer, text, keep="1")
    giving.withdraw(Resource.objects.get())
    send(officer, text, keep="1")
    assert not Description.objects.exists()


def test_places_of_openstreetmap(officer: Client, public: Release) -> None:
    path = f"{PATH}lieux/"
    places = importing.open_places(public)
    assert places
    place, zone = next(x for x in places if "cool_indoor_place" in x[0].kinds)
    assert place.name in officer.get(path).content.decode()
    assert officer.post(path, {"places": ["node/0"]}).status_code == 422
    assert officer.post(path, {"places": [place.id]}).status_code == 302
    x = Description.objects.published().get()
    assert (x.resource.source, x.resource.reference, x.zone) == ("osm", place.id, zone)
    assert x.resource.licence == "ODbL 1.0"
    assert x.needs == ["cool_room"]
    # Nobody checked: it is not told open, whatever its hours say.
    assert x.checked_on is None
    assert place.id not in {p.id for p, _ in importing.open_places(public)}
    assert place.name not in officer.get(f"{AT}.csv").content.decode()
    assert place.name in officer.get(f"{AT}-odbl.csv").content.decode()


def inclusion(public: Release) -> list[dict[str, object]]:
    west, east = public.west, public.east
    y = (public.south + public.north) / 2
    return [
        {"id": "1", "nom": "Espace numérique", "services": "Aide|Wifi", "latitude": y,
         "longitude": (west + east) / 2},
        {"id": "2", "nom": "Ailleurs", "services": "", "latitude": y + 3, "longitude": west},
    ]  # fmt: skip


def test_a_list_of_digital_inclusion(officer: Client, public: Release) -> None:
    text = json.dumps(inclusion(public))
    answer = send(officer, text, format="inclusion")
    assert "Espace numérique" in answer.content.decode()
    assert "Prêtes à être gardées&nbsp;: 1" in answer.content.decode()
    officer.post(PATH, {"format": "inclusion", "text": text, "keep": "1"})
    [x] = Description.objects.published()
    assert x.resource.source == "inclusion"
    assert x.offer == "Aide, Wifi"


@pytest.mark.parametrize("text", ["[]", '[{"a": 1}]', "{", "x;y\n1;2\n"])
def test_another_list_is_refused_in_french(officer: Client, text: str) -> None:
    answer = send(officer, text, format="inclusion")
    assert answer.status_code == 422
    assert "lieux d’inclusion numérique" in answer.content.decode().split("errorlist")[1]


def test_real_lists_are_read(public: Release, shared_data: Path) -> None:
    """Of Angers and its department, in two former schemas: the town is made to lie there."""
    public.west, public.south, public.east, public.north = -1.4, 46.9, 0.3, 47.9
    for name in ("mednum_angers.json", "mednum_maine-et-loire.json"):
        text = importing.decoded((shared_data / "resources" / name).read_bytes())
        preview = importing.read_inclusion(public, text)
        assert len(preview.rows) > 20
        assert not preview.wrong
