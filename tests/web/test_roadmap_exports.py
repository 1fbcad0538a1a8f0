"""The same figures in every export; a template of the territory; files opened by others."""

import csv
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from labo_web.releases.models import Release
from labo_web.roadmaps.content import content_of
from labo_web.roadmaps.exports import cerfa, template, tfpb
from labo_web.roadmaps.models import FundingLine, Roadmap
from tests.web.roadmap_forms import HERE, idea, shown, text_of

__all__ = ["shown"]
Browse = Callable[[str], Client]


def words_of(content: bytes) -> str:
    page = docx.Document(io.BytesIO(content))
    cells = [c.text for t in page.tables for r in t.rows for c in r.cells]
    return "\n".join([*(p.text for p in page.paragraphs), *cells]).replace("\u00a0", " ")


def pdf_words(content: bytes) -> str:
    return " ".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("\u202f", "").replace("\u00a0", "")


def test_the_same_figures_in_every_export(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    content = content_of(shown)
    told = [content.sums.said[x] for x in ("cost", "total", "secured", "ordinary", "specific")]
    assert told[0] == "465\u202f000\u202f€"
    texts = {
        "annexe.docx": words_of,
        "feuille-de-route.pdf": pdf_words,
        "quartiers-resilients.docx": words_of,
    }
    for name, read in texts.items():
        found = squeezed(read(officer.get(HERE + name).content))
        for figure in told:
            assert squeezed(figure) in found, (name, figure)
    plain = json.loads(officer.get(f"{HERE}feuille-de-route.json").content)
    exact = [plain["sums"][x] for x in ("cost", "total", "secured", "ordinary", "specific")]
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{HERE}financement.xlsx").content))
    last = [*book["Actions"].iter_rows(values_only=True)][-1]
    assert [Decimal(str(x)) for x in last[5:10]] == list(map(Decimal, exact))
    lines = [*book["Financement"].iter_rows(values_only=True, min_row=2)]
    kept = [x for x in lines if isinstance(x[9], (int, float)) and x[11] != "refusé"]
    assert sum(Decimal(str(x[9])) for x in kept) == Decimal(exact[1])
    table = officer.get(f"{HERE}tableaux/actions.csv").content.decode("utf-8-sig")
    assert table.splitlines()[-1].split(";")[5:7] == ["465000,00", "460000,00"]
    pcaet = openpyxl.load_workbook(io.BytesIO(officer.get(f"{HERE}pcaet.xlsx").content))
    about = {str(row[0]): row[1] for row in pcaet["Lisez-moi"].iter_rows(values_only=True)}
    assert about["Feuille de route, acquis"] == told[2]
    assert told[2] in officer.get(f"{HERE}actions/").content.decode()


def test_unknown_amounts_are_said_in_each(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    assert "non communiqué" in words_of(officer.get(f"{HERE}annexe.docx").content)
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{HERE}financement.xlsx").content))
    amounts = [row[9] for row in book["Financement"].iter_rows(values_only=True, min_row=2)]
    assert "non communiqué" in amounts
    assert 0 not in amounts


def test_an_action_in_the_order_of_the_cerfa(browse: Browse, shown: Roadmap) -> None:
    content = content_of(shown)
    sheet = next(s for s in content.sheets if s.sums.cost is not None and s.steps)
    made = browse("officer").get(f"{HERE}actions/{sheet.number}/cerfa-12156.csv")
    rows = [*csv.reader(io.StringIO(made.content.decode("utf-8-sig")), delimiter=";")][1:]
    sections = [row[0][0] for row in rows]
    assert sections == sorted(sections)
    assert set(sections) == set("1234567")
    said = {field: text for _, field, text in rows}
    assert said["Intitulé"] == sheet.title
    assert said["Total des charges"] == sheet.sums.said["cost"]
    assert said["Total des produits en vue"] == sheet.sums.said["total"]
    # The sheet knows nothing of the association: nothing is made up.
    assert all(text == "à compléter" for section, _, text in rows if section[0] in "123457")
    assert "" not in said.values()
    # A cost that nobody knows is to complete: it is not zero.
    shown.actions.filter(number=sheet.number).update(investment_ht=None, operating=None)
    again = {f: t for _, f, t in cerfa.rows_of(content_of(shown), sheet.number)}
    assert again["Total des charges"] == "à compléter"


def test_the_abatement_by_national_axes(browse: Browse, shown: Roadmap) -> None:
    lines = FundingLine.objects.filter(action__roadmap=shown, fund="tfpb")
    expected = sum((x.amount for x in lines if x.amount is not None and x.counts), Decimal(0))
    assert expected
    made = browse("officer").get(f"{HERE}programme-tfpb.xlsx").content
    rows = [*openpyxl.load_workbook(io.BytesIO(made))["Programme"].iter_rows(values_only=True)]
    assert {str(row[0]) for row in rows[1:-1]} >= {x.label for x in tfpb.AXES}
    assert Decimal(str(rows[-1][6])) == expected
    assert all(row[6] is None for row in rows if row[2] == tfpb.NOTHING)
    assert all(x.grade == "to_check" and x.source for x in tfpb.AXES)
    # An amount that is not known is in no sum, and is counted; an action from nothing is to sort.
    lines.update(amount=None)
    shown.actions.update(measure="")
    again = [*tfpb.rows_of(content_of(shown), {})]
    assert again[-1][6] == "non communiqué"
    assert str(again[-1][2]).startswith(str(lines.count()))
    assert tfpb.UNSORTED in {row[0] for row in again}


def test_exports_name_no_person(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    for name in ("annexe.docx", "quartiers-resilients.docx"):
        assert "officer" not in words_of(officer.get(HERE + name).content)
    for name in ("feuille-de-route.json", "tableaux/financement.csv", "jalons.ics"):
        assert b"officer" not in officer.get(HERE + name).content


def test_pdf_is_tagged_and_sixteen_domains_are_told(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    pdf = pypdf.PdfReader(io.BytesIO(officer.get(f"{HERE}feuille-de-route.pdf").content))
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("fr")
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{HERE}pcaet.xlsx").content))
    rows = [*book["Vulnérabilité"].iter_rows(values_only=True)]
    assert len(rows) == 17
    assert rows[0][1:4] == ("aujourd’hui", "2050", "2100")
    assert all(all(cell for cell in row[:5]) for row in rows)
    heat = next(r for r in rows if r[0] == "Santé")
    assert "TRACC" in str(heat[2])
    assert "A-2" in str(heat[4])


def test_milestones_are_a_calendar(browse: Browse, shown: Roadmap) -> None:
    found: Any = Calendar.from_ical(browse("officer").get(f"{HERE}jalons.ics").content)
    events = list(found.walk("VEVENT"))
    dated = sum(a.steps.exclude(due_on=None).count() for a in shown.actions.all())
    assert len(events) == dated
    assert len({str(e["UID"]) for e in events}) == dated
    assert any("Consulter les entreprises" in str(e["SUMMARY"]) for e in events)
    assert all(str(e["URL"]).startswith("http://testserver/territoires/") for e in events)


def test_typed_texts_stay_texts(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer, title="=HYPERLINK(1)", finding="{{ totaux }} <b>&\n{% for %}")
    FundingLine.objects.create(
        action=made, funder="@SUM(A1)", payer="state", nature="operating", credit="ordinary"
    )
    words = words_of(officer.get(f"{HERE}annexe.docx").content)
    assert "{{ totaux }} <b>&" in words
    assert "{% for %}" in words
    assert "=HYPERLINK(1)" in words
    pdf = officer.get(f"{HERE}feuille-de-route.pdf")
    assert "=HYPERLINK(1)" in pdf_words(pdf.content)
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{HERE}financement.xlsx").content))
    cell = book["Actions"]["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    assert "'@SUM(A1)" in officer.get(f"{HERE}tableaux/financement.csv").content.decode()


def given(client: Client, content: bytes, name: str = "modele.docx") -> Any:
    return client.post(f"{HERE}modele/", {"file": SimpleUploadedFile(name, content)})


def document(*lines: str) -> bytes:
    page = docx.Document()
    for line in lines:
        page.add_paragraph(line)
    out = io.BytesIO()
    page.save(out)
    return out.getvalue()


OURS = (
    "Contrat de {{ territoire }} : {{ totaux.cout }}", "{%p for action in actions %}",
    "{{ action.numero }} {{ action.titre }} {{ action.objectif }} {{ action.pilote }}",
    "{%p for x in action.financement %}", "{{ x.financeur }}", "{%p endfor %}",
    "{%p for i in action.indicateurs %}", "{{ i.libelle }}", "{%p endfor %}", "{%p endfor %}",
)  # fmt: skip


def test_a_territory_gives_its_own_template(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    assert given(officer, document(*OURS)).status_code == 302
    words = words_of(officer.get(f"{HERE}annexe.docx").content)
    assert "Contrat de Ville-Témoin Agglomération (données fictives) : 465" in words
    assert "Agence de l’eau" in words
    assert "Vulnérabilités prioritaires" not in words  # it was of the proposed one
    page = text_of(officer.get(f"{HERE}modele/"))
    assert "modele.docx" in page
    # The proposed one can be taken, and given back.
    proposed = officer.get(f"{HERE}modele/modele.docx").content
    assert given(officer, proposed, "b.docx").status_code == 302
    assert shown.templates.count() == 2


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (document("{{ territoire }}"), "m.docx", "actions, totaux, action.numero, action.titre"),
        (document(*OURS[:-1]), "m.docx", "champ mal écrit"),
        (document(*OURS, "{{ budget }}"), "m.docx", "demande budget, que la feuille de route n’a"),
        (document(*OURS, "{% set x = 1 %}"), "m.docx", "fait plus que dire des champs"),
        (document(*OURS, "{{ ''.__class__.__mro__ }}"), "m.docx", "qui n’est pas un champ"),
        (document(*OURS, "{% for x in totaux.inconnus %}{{ x }}{% endfor %}"), "m.docx",
         "ne se remplit pas"),
        (document(*OURS, "{{ range(10) }}"), "m.docx", "fait plus que dire des champs (Call)"),
        (document(*OURS, "{{ territoire|upper }}"), "m.docx", "les modèles n’ont pas de filtre"),
        (document(*OURS, *(f"{{%p for v{n} in actions %}}" for n in range(4)),
                  *["{%p endfor %}"] * 4), "m.docx", "répète plus de 3 listes"),
        (b"not a zip", "m.docx", "n’est pas un document Word"),
        (b"x" * 2_000_001, "m.docx", "trop grand"),
    ],
)  # fmt: skip
def test_templates_refused(
    content: bytes, name: str, why: str, browse: Browse, shown: Roadmap
) -> None:
    refused = given(browse("officer"), content, name)
    assert refused.status_code == 422
    assert why in text_of(refused)
    assert not shown.templates.exists()


def test_templates_with_macros_are_refused(browse: Browse, shown: Roadmap) -> None:
    out = io.BytesIO(document(*OURS))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    refused = given(browse("officer"), out.getvalue())
    assert "contient des macros" in text_of(refused)


def test_ours_passes_its_own_reading() -> None:
    template.read(template.proposed(), "modele.docx")


def test_opened_by_libreoffice(
    browse: Browse, shown: Roadmap, need: Callable[[str], Path], tmp_path: Path
) -> None:
    office = need("libreoffice")
    names = ("annexe.docx", "quartiers-resilients.docx", "financement.xlsx")
    for name in names:
        (tmp_path / name).write_bytes(browse("officer").get(HERE + name).content)
    command = [str(office), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
               "--convert-to", "pdf", "--outdir", str(tmp_path),
               *(str(tmp_path / name) for name in names)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603
    read = pdf_words((tmp_path / "annexe.pdf").read_bytes())
    assert "Transformer une cour" in read
    assert "{" not in read
    assert all(
        (tmp_path / f"{name.partition('.')[0]}.pdf").stat().st_size > 5_000 for name in names
    )


def test_drafts_say_the_same_sums_and_cite_no_law(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    said = content_of(shown).sums.said
    year = timezone.localdate().year
    for name in ("projet-avenant", f"rapport-annuel-{year}", "passation"):
        words = words_of(officer.get(f"{HERE}{name}.docx").content)
        for key in ("cost", "total", "secured", "ordinary", "specific"):
            assert said[key] in words, (name, key)
        assert "officer" not in words
        assert "L. 1111" not in words
    words = words_of(officer.get(f"{HERE}passation.docx").content)
    assert "En retard de 20 jours : « Consulter les entreprises »" in words
    promised, _, refused = words.partition("Ce qui leur a été refusé, avec la raison")
    assert "A-7" not in promised.partition("Ce qui est promis aux habitants")[2]
    assert "A-7 Climatiser une salle refuge" in refused
    assert "son air chaud sortirait" in refused
    report = words_of(officer.get(f"{HERE}rapport-annuel-{year}.docx").content)
    assert "pas d’explication écrite" in report
    assert "idée → abandonnée" in report
    assert officer.get(f"{HERE}rapport-annuel-2019.docx").status_code == 404


def test_a_rider_is_what_changed_since_the_frozen_version(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    assert "Nouvelle : A-1" in words_of(officer.get(f"{HERE}projet-avenant.docx").content)
    today = timezone.localdate().isoformat()
    officer.post(f"{HERE}versions/", {"title": "COPIL", "held_on": today})
    assert "Rien n’a changé." in words_of(officer.get(f"{HERE}projet-avenant.docx").content)
    FundingLine.objects.filter(action__number=1, status="asked").update(status="secured")
    idea(officer)
    words = words_of(officer.get(f"{HERE}projet-avenant.docx").content)
    assert "acquis 192\u202f000\u202f€ → 312\u202f000\u202f€" in words
    assert "Nouvelle : A-8 Planter la place" in words


def test_there_are_four_tables(browse: Browse, shown: Roadmap) -> None:
    assert browse("officer").get(f"{HERE}tableaux/secrets.csv").status_code == 404
