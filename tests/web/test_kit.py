"""The kit: what it says is what the page says, in under a page's time, and nothing acts in it."""

import datetime as dt
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from labo import words
from labo.errors import LaboError
from labo_web.releases import kept
from labo_web.releases.models import Release, Zone
from labo_web.resources.models import Description, Resource, Ruling
from labo_web.workshops.day.forms import SheetForm, SolutionForm
from labo_web.workshops.day.sheets import places
from labo_web.workshops.kit import streets, tongues
from labo_web.workshops.kit.content import PARTS
from labo_web.workshops.kit.grids import GRIDS, NOTED
from labo_web.workshops.kit.pictures import PICTOGRAMS
from labo_web.workshops.kit.script import SCRIPTS, timed
from labo_web.workshops.kit.views import UNREAD
from labo_web.workshops.models import SolutionSheet
from labo_web.workshops.templatetags.hours import hour
from tests.web import room
from tests.web.conftest import first_qpv
from tests.web.test_documents import HOSTILE, facts_for, pdf_text, squeezed

HOME = "/territoires/999000001/"
ALL_PARTS = "&".join(f"parties={part}" for part in PARTS)


def take(client: Client, release: Release, query: str = ALL_PARTS) -> Any:
    return client.get(f"{HOME}quartiers/{first_qpv(release)}/kit.pdf?{query}")


@pytest.fixture
def resource(public: Release) -> Description:
    """A published resource of the neighbourhood, with its place."""
    kept = Resource.objects.create(territory=public.territory, kind="place", source="team")
    here = Zone.objects.get(release=public, code=first_qpv(public))
    row = Description.objects.create(
        resource=kept, version=1, zone=here.code, name="Salle des fêtes", holder="Commune",
        offer="Une grande salle au nord, fraîche jusqu’au soir.", capacity=60, afternoon="yes",
        in_heat="same", checked_on=timezone.localdate(),
        lon=(here.west + here.east) / 2, lat=(here.south + here.north) / 2,
    )  # fmt: skip
    Ruling.objects.create(description=row, status="published")
    return row


def test_kit_is_accessible_and_says_what_the_page_says(
    client: Client, public: Release, resource: Description
) -> None:
    answer = take(client, public, f"{ALL_PARTS}&tables=1")
    assert answer.status_code == 200
    found = pypdf.PdfReader(io.BytesIO(answer.content))
    root: Any = found.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (a PDF's own boolean)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in found.pages
        for font in cast(Any, page["/Resources"])["/Font"].values()
    }
    assert all("Inter" in name or "DejaVu" in name for name in fonts)
    text = pdf_text(answer.content)
    page = client.get(f"{HOME}quartiers/{first_qpv(public)}/")
    rows = {r.x.name: r for r in facts_for(public).of(first_qpv(public)) if r.known}
    parts = [p for p in page.context["brief"].parts if p.key != "doubts"]
    shown = [line.subject for part in parts for line in part.lines]
    cards = [rows[name] for name in shown if name in rows]
    assert len(cards) >= 3
    for r in cards:
        assert squeezed(r.sentence) in text
        assert squeezed(r.likely) in text
        if r.whole_figure != words.NOTHING:
            assert squeezed(r.beside) in text
    for part in PARTS.values():
        assert squeezed(part.split(" à ")[0].split(" pour ")[0]) in text
    assert squeezed("Salle des fêtes") in text
    assert squeezed("Pour 60 personnes à la fois.") in text
    assert squeezed("En été, ouvert l’après-midi.") in text
    assert squeezed("Tout ici marche sans réseau, sans téléphone et sans compte.") in text
    sizes = {tuple(round(float(x)) for x in page.mediabox[2:]) for page in found.pages}
    assert sizes == {(595, 842), (1191, 842)}  # A4, and one A3 on its side


def test_a_resource_that_nobody_checked_is_not_said_to_be_open(
    client: Client, public: Release, resource: Description
) -> None:
    resource.checked_on = dt.date(2020, 7, 1)
    resource.save()
    text = pdf_text(take(client, public, "parties=ressources").content)
    assert squeezed("on ne sait pas si c’est ouvert") in text
    Ruling.objects.create(description=resource, status="refused", reason="gone")
    text = pdf_text(take(client, public, "parties=ressources").content)
    assert squeezed("Salle des fêtes") not in text
    # Places of open data are there, as what they are.
    assert squeezed("Vu dans des données ouvertes : à vérifier sur place") in text


def test_what_cannot_be_printed_is_said_and_kept(client: Client, public: Release) -> None:
    answer = take(client, public, "parties=faits&tables=90&debut=25h&langue=tr")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'value="90"' in html
    assert "inférieure ou égale à 10" in html
    assert '<option value="tr" selected>' in html
    assert take(client, public, "deroule=marche").status_code == 422


def test_a_language_says_whether_somebody_read_it(
    client: Client, public: Release, browse: Callable[[str], Client], monkeypatch: Any
) -> None:
    query = "parties=grilles&tables=1&langue=tr"
    text = pdf_text(take(client, public, query).content)
    assert squeezed(UNREAD) in text
    assert squeezed("Nerede?") not in text  # it is a word of the walk
    assert squeezed("Hangi yerde?") in text
    url = f"{HOME}langues/tr/"
    day = {"body": "Association d’interprètes (fictive)", "read_on": "2026-03-02"}
    assert client.post(url, day).status_code == 404
    wrong = browse("officer").post(url, day | {"read_on": "2999-01-01"})
    assert wrong.status_code == 422
    assert browse("officer").post(url, day).status_code == 302
    read = squeezed("relu par Association d’interprètes (fictive) le 02/03/2026")
    assert read in pdf_text(take(client, public, query).content)
    changed = tongues.TABLES["tr"] | {"where": "Nerede acaba?"}
    monkeypatch.setitem(tongues.TABLES, "tr", changed)
    assert read not in pdf_text(take(client, public, query).content)


def test_sheets_of_a_gathering_have_a_number_and_a_code(
    public: Release, browse: Callable[[str], Client]
) -> None:
    event = room.an_event(public.territory, zone=first_qpv(public), kind="foresight")
    query = f"parties=grilles&tables=2&rencontre={event.pk}"
    assert take(Client(), public, query).status_code == 404
    assert take(browse("officer_elsewhere"), public, query).status_code == 404
    officer = browse("officer")
    content = take(officer, public, query).content
    for name in ("causes-1", "futurs-2", "chemin-1", "ressources-2", "solution-2"):
        assert squeezed(f"{event.code}-{name}") in pdf_text(content)
        page = officer.get(f"/rencontres/{event.pk}/journee/feuilles/{name}/", follow=True)
        assert page.status_code == 200
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == 10  # a sheet is a page


def test_a_kit_begins_with_what_is_known_of_its_gathering(
    public: Release, browse: Callable[[str], Client]
) -> None:
    start = timezone.localtime().replace(hour=14, minute=30, second=0, microsecond=0)
    event = room.an_event(public.territory, zone=first_qpv(public), kind="short", capacity=20,
                          starts_at=start, ends_at=start + dt.timedelta(hours=1))  # fmt: skip

    def begun(client: Client) -> dict[str, Any]:
        page = client.get(f"{HOME}quartiers/{event.zone}/kit/?rencontre={event.pk}")
        form = page.context["form"]
        return {name: form[name].value() for name in form.fields}

    found = begun(browse("officer"))
    assert found["debut"] == start.time()
    assert (found["deroule"], found["tables"], found["personnes"]) == ("courte", 3, 20)
    assert set(PARTS) - set(found["parties"]) == {"grilles"}
    # Whoever does not run it learns nothing of it.
    assert begun(browse("officer_elsewhere")) == begun(Client())
    assert begun(Client())["deroule"] == "journee"


def test_paper_asks_what_the_screen_asks() -> None:
    """So that a sheet that is copied gives the same data."""
    for name, grid in GRIDS.items():
        asked = {p.name for p in places(grid)}
        if name == "solution":
            paper = {"numbers", "resource_numbers", "first_step_by", "base"}
            form = SolutionForm(cast(Any, None), instance=SolutionSheet())
            assert set(form.fields) - paper == asked | set(NOTED)
        else:
            assert set(SheetForm(name).fields) - {"base", "on_paper"} == asked
        assert set(grid.ratings) <= set(PICTOGRAMS)


def test_each_language_has_each_word() -> None:
    for code in tongues.LANGUAGES:
        table = tongues.TABLES[code]
        assert set(table) == set(tongues.FRENCH)
        assert all(table.values())
        copied = [k for k in table if table[k] == tongues.FRENCH[k]]
        assert set(copied) <= {"table", "effort"}, (code, copied)


@given(st.sampled_from(sorted(SCRIPTS)), st.times(), st.integers(1, 10))
def test_a_script_has_no_hole(name: str, start: dt.time, tables: int) -> None:
    steps = timed(SCRIPTS[name][1], start, tables)
    assert all(a.ends == b.begins for a, b in itertools.pairwise(steps))
    assert steps[0].begins == hour(start)
    more = sum(s.minutes for s in timed(SCRIPTS[name][1], start, 10))
    assert sum(s.minutes for s in steps) <= more


def test_hostile_names_print_as_text(
    client: Client, public: Release, resource: Description
) -> None:
    for hostile in (HOSTILE, "x" * 150):
        Zone.objects.filter(release=public, code=first_qpv(public)).update(name=hostile)
        kept.forget()
        resource.name, resource.offer = hostile[:150], hostile * 7
        resource.save()
        answer = take(client, public, "parties=mode-emploi&parties=carte&parties=ressources")
        assert answer.status_code == 200
        assert "root:" not in pdf_text(answer.content)


def test_the_map_holds_no_figure_of_people(client: Client, public: Release) -> None:
    """Its colours are those of an indicator of the environment, which everyone may see by cell."""
    public.indicators.filter(name="surface_temperature_anomaly").update(environment=False)
    text = pdf_text(take(client, public, "parties=carte").content)
    assert squeezed("Couleurs, du clair au foncé") not in text


def test_streets_are_behind_the_map_with_their_credit(
    client: Client, public: Release, settings: Any, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    bare = pdf_text(take(client, public, "parties=carte").content)
    assert squeezed("Les rues manquent") in bare
    here = Zone.objects.get(release=public, code=first_qpv(public))
    middle = (here.south + here.north) / 2
    lines = [LineString([(here.west, middle), (here.east, middle)])] * 2
    names = ["Rue des Essais", HOSTILE]
    table = gpd.GeoDataFrame({"nom_1_gauche": names}, geometry=lines, crs=4326).to_crs(2154)
    table.to_file(tmp_path / "rues.gpkg")
    houses = gpd.GeoDataFrame(geometry=[box(here.west, here.south, here.east, middle)], crs=4326)
    houses.to_file(tmp_path / "batiments.geojson")
    call_command(
        "import_streets", "999000001", str(tmp_path / "rues.gpkg"),
        str(tmp_path / "batiments.geojson"), "--credit", "Producteur d’essai, 2026",
    )  # fmt: skip
    text = pdf_text(take(client, public, "parties=carte").content)
    assert squeezed("Rues et bâtiments : Producteur d’essai, 2026.") in text
    assert squeezed("Rue des Essais") in text
    assert "root:" not in text


def test_what_is_no_street_is_refused(db: None, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    text = tmp_path / "a.gpkg"
    text.write_text("rien")
    points = tmp_path / "points.geojson"
    gpd.GeoDataFrame(geometry=[Point(0, 47)], crs=4326).to_file(points)
    for file, why in ((text, "ne se lit pas comme un fichier de rues"), (points, "n’a ni lignes")):
        with pytest.raises(LaboError, match=why):
            streets.keep("999000001", file, "x")
        with pytest.raises(CommandError, match=why):
            call_command("import_streets", "999000001", str(file), "--credit", "x")
    with pytest.raises(CommandError, match="Aucun territoire n’a le code « nulle-part »"):
        call_command("import_streets", "nulle-part", str(points), "--credit", "x")
    assert not (tmp_path / "backdrops").exists()
