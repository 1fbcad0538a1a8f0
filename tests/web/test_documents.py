"""Documents: read back from PDF and DOCX, they say what the page says, to those who may read it."""

import io
import re
import types
import zipfile
from typing import Any, cast

import docx
import pandas as pd
import pypdf
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from docx.oxml.ns import qn

from labo import release as engine
from labo.typography import curled
from labo_web.accounts.models import Organisation
from labo_web.atlas.documents import positions
from labo_web.atlas.documents.note import (
    Line,
    Theme,
    levers_once,
    neighbourhood_note,
    territory_note,
)
from labo_web.documents.facts import facts_of
from labo_web.documents.texts import clean
from labo_web.releases import kept
from labo_web.releases.access import WAITING
from labo_web.releases.models import Agreement, Release, Zone
from tests.web.conftest import first_qpv

HOME = "/territoires/999000001/"
SHEET = HOME + "quartiers/QPV/fiche.pdf"
LEAFLET = HOME + "quartiers/QPV/fiche-quartier.pdf"
NOTE = HOME + "quartiers/QPV/note.pdf"
WHOLE_NOTE = HOME + "note.pdf"
PAGES = {SHEET: 2, LEAFLET: 1, NOTE: 2, WHOLE_NOTE: 2}
HOSTILE = '#import "/etc/passwd": * #eval("1") $x$ *gras* <b>&amp; @ref \\ "x" = titre 😀 \u202eRLO'


def get(client: Client, path: str, release: Release) -> Any:
    answer = client.get(path.replace("QPV", first_qpv(release)))
    assert answer.status_code == 200, path
    return answer


def squeezed(text: str) -> str:
    """Leave out spaces and ends of lines, which depend on where a line is cut."""
    return re.sub(r"[\s\u200b]+", "", curled(text))


def pdf_text(content: bytes) -> str:
    return squeezed("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages))


def docx_text(content: bytes) -> str:
    page = docx.Document(io.BytesIO(content))
    cells = [c.text for t in page.tables for row in t.rows for c in row.cells]
    return squeezed("".join([p.text for p in page.paragraphs] + cells))


@pytest.mark.parametrize("path", PAGES)
def test_pdf_is_accessible_and_says_its_release(path: str, client: Client, public: Release) -> None:
    content = get(client, path, public).content
    found = pypdf.PdfReader(io.BytesIO(content))
    root: Any = found.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (a PDF's own boolean)
    assert root["/StructTreeRoot"]["/K"]
    assert str(root["/Lang"]).startswith("fr")
    assert found.metadata is not None
    assert found.metadata.title
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert len(found.pages) == PAGES[path]
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in found.pages
        for font in cast(Any, page["/Resources"])["/Font"].values()
    }
    assert any("Inter" in name for name in fonts)
    assert all("Inter" in name or "DejaVu" in name for name in fonts)
    for page in found.pages:
        text = squeezed(page.extract_text())
        assert "Donnéesfictives:ceterritoireestinventé." in text
        assert public.code in text
        assert public.code_version in text
        assert "4mai2026" in text


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_sheet_has_the_figures_of_the_page(kind: str, client: Client, public: Release) -> None:
    page = get(client, HOME + "quartiers/QPV/", public)
    content = get(client, SHEET.replace("pdf", kind), public).content
    text = pdf_text(content) if kind == "pdf" else docx_text(content)
    known = page.context
    assert squeezed(known["brief"].credit) in text
    lines = [line.text for part in known["brief"].parts for line in part.lines]
    assert len(lines) >= 3
    for line in lines:
        assert squeezed(line) in text
    weighed = {n for x in positions.composites(public) for n in x.indicators}
    rows = [r for group in known["groups"] for _, part in group.parts for r in part]
    shown = [r for r in rows if r.x.name in weighed]
    assert len(shown) > 20
    for r in shown:
        line = [r.x.label, r.figure, r.interval, r.gap or "–", r.verdict]
        if kind == "docx":
            line[1:3] = [f"{r.figure} ({r.interval})" if r.interval else r.figure]
            line[2:] = [f"{r.gap} : {r.verdict}" if r.gap else "–"]
            line.insert(1, "")  # the component
            place = text.index(squeezed(r.x.label))
            assert all(squeezed(part) in text[place : place + 400] for part in line), r.x.name
        else:
            assert squeezed("".join(line)) in text, r.x.name
    hidden = [r for r in rows if r.x.name not in weighed]
    assert squeezed(f"les {len(hidden)} autres") in text


def test_leaflet_is_plain(client: Client, public: Release) -> None:
    text = pdf_text(get(client, LEAFLET, public).content)
    for title in ("Lachaleur", "L’eauetlesinondations", "L’airetlebruit", "Cequ’onnesaitpas"):
        assert title in text
    for jargon in ("fragile", "Sensibilité", "Aléa", "indice", "intervalle", "carreaux", "imputé"):
        assert jargon not in text.split("d’après:")[0]


def test_docx_is_structured(client: Client, public: Release) -> None:
    content = get(client, SHEET.replace("pdf", "docx"), public).content
    page: Any = docx.Document(io.BytesIO(content))
    headings = [p.text for p in page.paragraphs if p.style.name == "Heading 1"]
    assert headings[:2] == ["En bref", "Profil"]
    assert headings[-1] == "Sources"
    assert page.core_properties.language == "fr-FR"
    assert page.styles.element.find(".//" + qn("w:lang")).get(qn("w:val")) == "fr-FR"
    assert page.tables
    for table in page.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(cell.text for cell in table.rows[0].cells)
    pictures = list(page.element.body.iter(qn("wp:docPr")))
    assert pictures
    assert all("Carte" in picture.get("descr") for picture in pictures)
    section = page.sections[0]
    assert "Données fictives" in section.header.paragraphs[0].text
    assert public.code in section.footer.paragraphs[0].text


def test_note_reads_gaps_below_eight(client: Client, public: Release) -> None:
    for path in (WHOLE_NOTE, NOTE):
        text = pdf_text(get(client, path, public).content)
        assert "9calculssur10" not in text
        assert "rang" not in text.lower()
        assert "Leclimatàvenir" in text
    facts = facts_for(public)
    scores = pd.read_parquet(public.folder / "scores.parquet")
    rows = scores[scores["component"] == "index"].to_dict("records")
    whole: dict[Any, Any] = {(row["index"], row["zone"]): row for row in rows}
    found = positions.rankings(facts, [z.code for z in facts.qpvs])
    assert len(found) == len({index for index, _ in whole})
    for ranking in found:
        assert not ranking.ranked
        for p in ranking.positions:
            row = whole[ranking.composite.id, p.zone.code]
            assert p.stands == bool(row["gap_epci_low"] > 0)
            if p.order is not None:
                assert p.order == -row["gap_epci"]
                assert squeezed(p.reason) in pdf_text_of_note(client, public, p.zone.code)


def pdf_text_of_note(client: Client, release: Release, zone: str) -> str:
    return pdf_text(client.get(f"{HOME}quartiers/{zone}/note.pdf").content)


def facts_for(release: Release) -> Any:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return facts_of(request, release)


def test_note_names_who_stays_among_the_most_exposed(
    public: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From eight on: those of nine calculations out of ten, then those who often are."""
    facts = facts_for(public)
    first, second = (z.code for z in facts.qpvs[:2])
    scores = pd.read_parquet(public.folder / "scores.parquet").assign(reference="qpv", reason="")
    scores["p_class_1"] = scores["zone"].map({first: 0.94, second: 0.999}).fillna(0.2)
    scores["core"] = scores["zone"] == first
    scores["central"] = 50.0
    moved = {
        "never_changes": False, "declared_hazard": 0.4, "weight_hazard": 0.28,
        "declared_exposure": 0.3, "weight_exposure": 0.3,
        "declared_sensitivity": 0.3, "weight_sensitivity": 0.42,
    }  # fmt: skip
    kept = positions.composites(public)
    monkeypatch.setattr(engine, "read", lambda _: types.SimpleNamespace(scores=scores))
    monkeypatch.setattr(positions, "composites", lambda _: kept)
    pushes = {second: ["poverty_share"]}
    scanned = positions.Scanned({first: moved}, pushes)
    monkeypatch.setattr(positions, "_scanned", lambda *_: scanned)
    note = territory_note(facts)
    assert note.lead.startswith("Restent parmi les plus exposés dans 9 calculs sur 10")
    assert facts.qpvs[0].name in note.lead
    assert facts.qpvs[1].name not in note.lead
    for theme in note.themes:
        one, two = theme.lines[:2]
        assert (one.stands, one.span) == (True, "94 calculs sur 100")
        assert one.text == "parmi les plus exposés dans 9 calculs sur 10"
        assert "«\u00a0sensibilité\u00a0» de 30\u202f% à 42\u202f%" in one.change
        assert (two.stands, two.span) == (False, "99 calculs sur 100")  # never rounded to all
        # To act on the ground is one thing, to weigh otherwise another.
        assert "agir" not in one.change
        assert one.reason == "Aucun écart sûr à lui seul."
        if "poverty_share" in positions.composites(public)[note.themes.index(theme)].indicators:
            # The rank compares neighbourhoods: so does the reason, and the whole stands beside.
            r = facts.rows[second, "poverty_share"]
            assert two.reason.startswith(f"{r.x.label} : {r.figure}")
            assert "médiane des quartiers : " in two.reason
            assert f"agglomération : {r.whole_figure}" in two.reason
    alone = neighbourhood_note(facts, facts.qpvs[1])
    assert "aucun sujet" in alone.lead


def test_a_lever_is_said_once_by_neighbourhood() -> None:
    def line(name: str, lever: str) -> Line:
        return Line(name, True, "", "", "", lever, "")

    care = "On peut agir sur : accès aux soins."
    made = levers_once(
        (
            Theme("Air", "", (line("A", care), line("B", positions.HERE)), ""),
            Theme("Chaleur", "", (line("A", care), line("B", positions.HERE)), ""),
            Theme("Inondation", "", (line("B", care), line("A", "On peut agir sur : x.")), ""),
        )
    )
    assert [[x.lever for x in theme.lines] for theme in made] == [
        [care, positions.HERE],
        ["", positions.HERE],
        [care, "On peut agir sur : x."],
    ]


def test_hostile_names_are_text(client: Client, public: Release) -> None:
    zone = Zone.objects.filter(release=public, code=first_qpv(public))
    for name in (HOSTILE, "x" * 300, "Long nom " * 33, "\x07\x1b[31m"):
        zone.update(name=name)
        kept.forget()
        for path, pages in PAGES.items():
            content = get(client, path, public).content
            found = pypdf.PdfReader(io.BytesIO(content))
            assert len(found.pages) == pages, (path, name)
            if name == HOSTILE:
                text = pdf_text(content)
                assert squeezed('#import "/etc/passwd": * #eval("1") $x$ *gras* <b>&amp;') in text
                assert "root:" not in text
        text = docx_text(get(client, SHEET.replace("pdf", "docx"), public).content)
        assert squeezed(clean(name)) in text


def test_a_value_that_waits_for_a_landlord(client: Client, public: Release, browse: Any) -> None:
    code, name = first_qpv(public), "hot_night_share"
    before = pdf_text(get(client, SHEET, public).content)
    label = public.indicators.get(name=name).label
    value = public.indicators.get(name=name).values.get(zone__code=code, scenario="present")
    assert value.central is not None
    landlord = Organisation.objects.create(name="Bailleur")
    Agreement.objects.create(release=public, landlord=landlord, zone=code, indicator=name)
    after = pdf_text(get(client, SHEET, public).content)
    figure = squeezed(label + f"{100 * value.central:.1f}".replace(".", ",") + "%")
    assert figure in before
    assert figure not in after
    assert squeezed(WAITING) in after
    team = browse("officer")
    for path in (SHEET, LEAFLET, NOTE):
        assert "Réservéàl’équipe" in pdf_text(get(team, path, public).content)
    assert figure in pdf_text(get(team, SHEET, public).content)
    # An index that rests on it would tell it.
    waiting = Release.objects.with_circle().get(pk=public.pk)
    told = {
        r.composite.id: p
        for r in positions.rankings(facts_for(waiting), [code])
        for p in r.positions
        if p.zone.code == code
    }
    resting = [x.id for x in positions.composites(public) if name in x.indicators]
    assert resting
    for x in resting:
        assert told[x].order is None
        assert WAITING in told[x].reason
    assert any(told[x].order is not None for x in told if x not in resting)


def test_a_working_document_says_so(browse: Any, release: Release) -> None:
    text = pdf_text(get(browse("officer"), SHEET, release).content)
    assert squeezed("Document de travail, ouvert à : équipe.") in text


@pytest.mark.parametrize("path", [*PAGES, SHEET.replace("pdf", "docx"), HOME + "donnees.xlsx"])
def test_same_bytes_whatever_the_clock(path: str, client: Client, public: Release) -> None:
    first, again = (get(client, path, public) for _ in range(2))
    assert first.content == again.content
    assert first["Content-Disposition"].startswith("attachment")
    if path.endswith("pdf"):
        about = pypdf.PdfReader(io.BytesIO(first.content)).metadata
        assert about is not None
        assert about.creation_date is not None
        assert about.creation_date.date() == public.opened_on
        return
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert {x.date_time for x in archive.infolist()} == {(2026, 5, 4, 12, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-\d\d-\d\d)T", core)) == {"2026-05-04"}


def test_release_without_scores(client: Client, public: Release, monkeypatch: Any) -> None:
    monkeypatch.setattr(positions, "SCORES", "none.parquet")
    text = pdf_text(get(client, WHOLE_NOTE, public).content)
    assert squeezed("Cette livraison n’a pas d’indice") in text
    assert squeezed("Pas d’indice pour ce quartier") in pdf_text(get(client, NOTE, public).content)


def test_links_of_the_pages_lead_to_documents(client: Client, public: Release) -> None:
    for page in (HOME, HOME + "quartiers/QPV/", HOME + "donnees/"):
        html = get(client, page, public).content.decode()
        links = re.findall(r'href="([^"]+\.(?:pdf|docx|xlsx|gpkg|csv|geojson)\?[^"]+)"', html)
        assert len(links) >= 2
        for link in links:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link
