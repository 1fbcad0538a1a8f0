"""Files that come in: errors cell by cell, all or nothing, and money split to the cent."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from fuzz.archives import xlsx, zipped
from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.roadmaps.imports.programming import residents_of, shares, split
from labo_web.roadmaps.models import (
    Action,
    FundingLine,
    Grant,
    ImportDraft,
    Programming,
    Roadmap,
    Step,
)
from labo_web.roadmaps.purge import purge
from tests.web.roadmap_forms import HERE, start, text_of

Browse = Callable[[str], Client]
HEAD = ["Titre", "Quartiers", "Constat", "Porteur", "Première étape", "Échéance", "Coût HT",
        "Pilote", "Financeur 1", "Montant 1", "Crédits 1", "État 1"]  # fmt: skip
RIGHT = ["Planter", "", "Il fait chaud", "ville", "marcher", "31/12/2027", "12 500,50", "",
         "Agence de l’eau", "1 000", "droit commun", "acquis"]  # fmt: skip


def book(*rows: Sequence[object]) -> bytes:
    made = openpyxl.Workbook()
    page: Any = made.active
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def send(
    client: Client, content: bytes, name: str = "plan.xlsx", page: str = "importer", **more: Any
) -> Any:
    """Send a file to look at; nothing is imported before it is confirmed."""
    return client.post(f"{HERE}{page}/", {"file": SimpleUploadedFile(name, content)} | more)


def send_sure(
    client: Client, content: bytes, name: str = "plan.xlsx", page: str = "importer", **more: Any
) -> Any:
    """Send a file that is right, and confirm it without choosing it again."""
    looked = send(client, content, name, page, **more)
    assert looked.status_code == 200, text_of(looked)
    return client.post(f"{HERE}{page}/", {"confirm": looked.context["draft"].pk})


@pytest.fixture
def officer(browse: Browse, public: Release) -> Client:
    client = browse("officer")
    start(client)
    return client


def test_a_plan_is_looked_at_then_imported(officer: Client, public: Release) -> None:
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    Organisation.objects.create(name="Régie de l’Ouest", kind="association")
    second = ["Ouvrir", zone.name, "c", "p", "s", None, 300, "regie de l'ouest"]
    content = book(HEAD, RIGHT, second)
    looked = send(officer, content)
    assert looked.status_code == 200
    assert "Tout est juste" in text_of(looked)
    assert "2 actions" in text_of(looked)
    assert not Action.objects.exists()
    assert send_sure(officer, content).status_code == 302
    one, two = Action.objects.order_by("number")
    assert (one.title, one.investment_ht, one.origin, one.level) == (
        "Planter", Decimal("12500.50"), "plan", "idea"
    )  # fmt: skip
    assert two.zones == [zone.code]
    assert two.investment_ht == 300
    assert str(two.pilot) == "Régie de l’Ouest"
    line = FundingLine.objects.get()
    assert line.amount == 1000
    assert (line.credit, line.status, line.payer) == ("ordinary", "secured", "unsaid")
    assert f"{Step.objects.get().due_on:%d/%m/%Y}" == "31/12/2027"
    assert one.changes.exists()


def test_a_csv_of_a_french_spreadsheet(officer: Client) -> None:
    text = ";".join(HEAD) + "\r\n" + ";".join(RIGHT) + "\r\n"
    assert send_sure(officer, text.encode("cp1252"), "plan.csv").status_code == 302
    assert Action.objects.get().funding.get().funder == "Agence de l’eau"


@pytest.mark.parametrize(
    ("column", "typed", "cell", "why"),
    [
        ("Titre", "", "A2", "chaque ligne en a besoin"),
        ("Quartiers", "Nulle part", "B2", "n’est pas un quartier d’ici"),
        ("Échéance", "hier", "F2", "n’est pas une date"),
        ("Coût HT", "12.500", "G2", "se lit de deux façons"),
        ("Coût HT", "=1+1", "G2", "C’est une formule"),
        ("Constat", "=SUM(A1)", "C2", "C’est une formule"),
        ("Pilote", "Inconnu", "H2", "n’est pas un organisme connu"),
        ("Montant 1", "beaucoup", "J2", "n’est pas un nombre"),
        ("Crédits 1", "magiques", "K2", "droit commun"),
        ("État 1", "peut-être", "L2", "sollicité"),
        ("Titre", "x" * 201, "A2", "Au plus 200"),
    ],
)  # fmt: skip
def test_errors_by_cell_and_nothing_imported(
    officer: Client, column: str, typed: str, cell: str, why: str
) -> None:
    row = list(RIGHT)
    row[HEAD.index(column)] = typed
    refused = send(officer, book(HEAD, row, RIGHT))
    assert refused.status_code == 422
    told = text_of(refused)
    assert f" {cell} " in told
    assert why in told
    assert not Action.objects.exists()  # the right row neither


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"nothing", "plan.xlsx", "n’est pas un classeur"),
        (b"nothing", "plan.ods", "ni un .xlsx ni un .csv"),
        (b"", "plan.csv", "vide"),
        (b"a;b\n1;2\n", "plan.csv", "Il manque à « plan.csv » : titre, constat"),
        (book(HEAD), "plan.xlsm", "contient des macros"),
        (b"x" * 2_000_001, "plan.csv", "trop grand"),
        (b"titre;constat\na\0b;c\n", "plan.csv", "n’est pas un CSV"),
    ],
)  # fmt: skip
def test_files_refused(officer: Client, content: bytes, name: str, why: str) -> None:
    refused = send(officer, content, name)
    assert refused.status_code == 422
    assert why in text_of(refused)
    assert not Action.objects.exists()


@pytest.mark.parametrize("typed", ["1E400", "1e308", "1e11", "9" * 400, "9" * 5_000, "-1", "nan"])
def test_a_number_that_no_amount_can_be_is_refused(officer: Client, typed: str) -> None:
    row = list(RIGHT)
    at = HEAD.index("Coût HT")
    row[at] = typed
    # As no spreadsheet writes it: the cell says that it is a number.
    refused = send(officer, zipped(xlsx([HEAD, row], {(1, at): "n"})))
    assert refused.status_code == 422
    assert not Action.objects.exists()


def test_macros_inside_an_xlsx_are_refused(officer: Client) -> None:
    out = io.BytesIO(book(HEAD, RIGHT))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    assert "contient des macros" in text_of(send(officer, out.getvalue()))


def test_a_hundred_thousand_rows_are_refused_without_reading_them(officer: Client) -> None:
    line = (",".join(["Titre", "Constat", "Porteur", "Première étape"]) + "\n").encode()
    many = line + b"a,b,c,d\n" * 100_000
    refused = send(officer, many, "plan.csv")
    assert "plus de 500 lignes" in text_of(refused)
    made = openpyxl.Workbook(write_only=True)
    page = made.create_sheet()
    page.append(HEAD)
    for _ in range(100_000):
        page.append(["a", "", "b"])
    out = io.BytesIO()
    made.save(out)
    assert "plus de 500 lignes" in text_of(send(officer, out.getvalue()))
    assert not Action.objects.exists()


def test_a_line_wider_than_any_workbook_is_read_as_far_as_columns_have_names(
    officer: Client,
) -> None:
    head, right = (",".join([*row, *"x" * 20_000]) for row in (HEAD, RIGHT))
    answer = send(officer, f"{head}\n{right}\n".encode(), "plan.csv")
    assert RIGHT[0] in text_of(answer)


AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=2)


@given(AMOUNTS, st.lists(st.integers(0, 5_000).map(Decimal), min_size=1, max_size=12))
def test_parts_add_up_to_the_cent(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(p >= 0 for p in parts)
    total = sum(weights)
    if total:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - amount * weight / total) <= Decimal("0.01")


def test_programming_split_and_ordinary_law_untold(officer: Client, public: Release) -> None:
    one, two = (z.code for z in public.zones.filter(kind="qpv").order_by("code")[:2])
    rows: list[list[object]] = [
        ["Demandeur", "Intitulé", "Montant attribué", "Droit commun", "QPV"],
        ["Asso A", "Jardin", "100,01", "", f"{one};{two}"],
        ["Asso B", "Sport", 50, "20", one],
        ["Asso C", "Partout", 10, "", ""],
    ]
    looked = send(officer, book(*rows), page="programmation", year="2026", rule="equal")
    assert "Asso A, Jardin : 100,01\u202f€ ; droit commun : non communiqué" in text_of(
        looked
    ).replace("\u00a0", " ")
    answer = send_sure(officer, book(*rows), page="programmation", year="2026", rule="equal")
    assert answer.status_code == 302, text_of(answer)
    made = Programming.objects.get()
    found = {s.zone: s for s in shares(made, {})}
    assert (found[one].specific, found[two].specific) == (Decimal("100.01"), Decimal("50.00"))
    assert found[one].ordinary == 20
    assert found[two].ordinary is None
    assert sum(s.specific for s in found.values()) == Decimal("160.01")
    assert Grant.objects.filter(ordinary=None).count() == 2
    page = text_of(officer.get(f"{HERE}argent/"))
    assert "non communiqué" in page
    assert "à parts égales" in page
    # What a rule gives is no more exact than it; what is for one alone is.
    assert (found[one].own, found[one].by_rule) == (Decimal(50), True)
    assert "environ 100 € dont 50 € pour lui seul" in page.replace("\u202f", " ")
    assert found[""].by_rule is False
    # Ordinary law was told of the grant for one alone only: nothing of it was split.
    assert found[one].ordinary_by_rule is False
    assert "environ 20" not in page
    # By residents, as the file of the same year is sent again: the newest one counts.
    send_sure(officer, book(*rows), page="programmation", year="2026", rule="residents")
    newest = Programming.objects.first()
    assert newest is not None
    people = residents_of(public)
    found = {s.zone: s for s in shares(newest, people)}
    wanted = split(Decimal("100.01"), [people[one], people[two]])
    assert found[two].specific == wanted[1]
    assert text_of(officer.get(f"{HERE}argent/")).count("accordé en 2026") == 1


def test_programming_refused(officer: Client) -> None:
    bad = book(["Demandeur", "Intitulé", "Montant"], ["A", "B", ""], ["A", "B", "mille"])
    refused = send(officer, bad, page="programmation", year="2026", rule="equal")
    assert refused.status_code == 422
    assert "C2" in text_of(refused)
    assert "C3" in text_of(refused)
    old = send(officer, bad, page="programmation", year="2019", rule="equal")
    assert old.status_code == 422
    assert not Programming.objects.exists()


def test_what_is_exported_comes_back(officer: Client) -> None:
    send_sure(officer, book(HEAD, [*RIGHT[:2], "-5 °C à l’ombre", *RIGHT[3:]]))
    made = Action.objects.get()
    assert made.finding == "-5 °C à l’ombre"
    assert Roadmap.objects.count() == 1


def test_a_file_waits_for_whoever_sent_it_and_is_imported_once(
    officer: Client, browse: Browse
) -> None:
    content = book(HEAD, RIGHT)
    first = send(officer, content).context["draft"]
    draft = send(officer, content).context["draft"]
    assert not ImportDraft.objects.filter(pk=first.pk).exists()  # only the last one waits
    page = f"{HERE}importer/"
    # Neither another officer nor another page confirms it.
    other = browse("facilitator").post(page, {"confirm": draft.pk}, follow=True)
    assert "n’attend plus" in text_of(other)
    elsewhere = officer.post(f"{HERE}programmation/", {"confirm": draft.pk}, follow=True)
    assert "n’attend plus" in text_of(elsewhere)
    for wrong in ("", "x", "0", "9" * 40):
        assert "n’attend plus" in text_of(officer.post(page, {"confirm": wrong}, follow=True))
    assert not Action.objects.exists()
    assert officer.post(page, {"confirm": draft.pk}).status_code == 302
    again = officer.post(page, {"confirm": draft.pk}, follow=True)
    assert "n’attend plus" in text_of(again)
    assert Action.objects.count() == 1
    assert not ImportDraft.objects.exists()


def test_a_file_that_is_wrong_does_not_wait_and_an_old_one_goes(officer: Client) -> None:
    assert send(officer, book(HEAD, ["", *RIGHT[1:]])).status_code == 422
    assert not ImportDraft.objects.exists()
    draft = send(officer, book(HEAD, RIGHT)).context["draft"]
    ImportDraft.objects.update(made_at=timezone.now() - dt.timedelta(hours=25))
    page = f"{HERE}importer/"
    assert "n’attend plus" in text_of(officer.post(page, {"confirm": draft.pk}, follow=True))
    assert purge(timezone.now())["plans jamais confirmés"] == 1
    assert not ImportDraft.objects.exists()


def test_what_changed_meanwhile_is_told(officer: Client, public: Release) -> None:
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    draft = send(officer, book(HEAD, ["Ouvrir", zone.code, "c", "p", "s", None])).context["draft"]
    public.zones.filter(code=zone.code).update(code="QNGONE")
    answer = officer.post(f"{HERE}importer/", {"confirm": draft.pk}, follow=True)
    assert "n’est pas un quartier d’ici" in text_of(answer)
    assert not Action.objects.exists()
