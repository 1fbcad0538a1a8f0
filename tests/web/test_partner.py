"""A partner's file on the website: looked at, checked, accepted, and gone after its last day."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from labo.suppression import DEDUCED
from labo_web.programme import partner
from labo_web.programme.models import Dataset, Membership, PartnerImport
from labo_web.programme.purge import purge
from labo_web.releases.models import Release
from tests.web.rules_programme import accepted, agreed, joined

SEALED = re.compile(r'name="accepter" value="([^"]+)"')
FORM = {
    "vintage": "2026", "zone_column": "QPV", "zones": "qpv", "whole_column": "LOGEMENTS",
    "part_columns": "VACANTS", "unit": "dwelling",
}  # fmt: skip
DESCRIPTION = """
[file]
id = "logements"
label = "Logements"
vintage = "2026"
grain = "pseudonymised"

[rows]
id = "logements"
unit = "dwelling"
label = "Logements"

[[columns]]
name = "CLE"
id = "cle"
kind = "pseudonym"

[[columns]]
name = "QPV"
id = "qpv"
kind = "zone_code"
zones = "qpv"
"""


@pytest.fixture
def member(release: Release) -> Membership:
    return joined(release)


@pytest.fixture
def dataset(member: Membership) -> Dataset:
    return agreed(member)


@pytest.fixture
def analyst(browse: Callable[[str], Client]) -> Client:
    return browse("analyst")


def qpvs(release: Release) -> list[str]:
    return list(release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True))


def path(dataset: Dataset) -> str:
    return f"/programmes/labo/territoires/999000001/donnees/{dataset.pk}/"


def send(
    client: Client, dataset: Dataset, content: str | bytes, name: str = "logements.csv", **more: Any
) -> Any:
    body = content.encode() if isinstance(content, str) else content
    return client.post(path(dataset), FORM | {"file": SimpleUploadedFile(name, body)} | more)


def table(*rows: tuple[str, object, object], head: str = "QPV;LOGEMENTS;VACANTS") -> str:
    return "\n".join([head, *(f"{zone};{whole};{part}" for zone, whole, part in rows), ""])


def good(release: Release) -> str:
    return table(*((code, 300 + i, 40 + i) for i, code in enumerate(qpvs(release))))


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def test_good_file_is_shown_then_accepted_and_only_its_sums_are_kept(
    analyst: Client, dataset: Dataset, release: Release, people: dict[str, Any]
) -> None:
    answer = send(analyst, dataset, good(release))
    page = shown(answer)
    assert answer.status_code == 200
    many = len(qpvs(release))
    assert f"{many} lignes lues, {many} retenues" in page
    assert "Aucune ligne n’est laissée de côté" in page
    assert "il n’y a rien à soustraire" in page
    assert f"{many + 1} lignes, l’en-tête compris" in page
    # Nothing is kept before somebody accepts it.
    assert not PartnerImport.objects.exists()
    sealed = SEALED.search(page)
    assert sealed is not None
    done = analyst.post(path(dataset), {"accepter": sealed[1]})
    assert done.status_code == 302
    kept = PartnerImport.objects.get()
    assert (kept.dataset, kept.vintage, kept.expires_on) == (dataset, "2026", dataset.expires_on)
    assert kept.agreement["partner"] == "Bailleur (fictif)"
    assert str(kept.signature) == "analyst"
    totals = {r["zone"]: r["value"] for r in kept.table if r["measure"] == "ensemble"}
    assert totals == {code: 300 + i for i, code in enumerate(qpvs(release))}
    assert kept.report["kept"] == many
    assert kept.report["compared"] == {"imports": 0, "fewest": 11}
    dataset.refresh_from_db()
    assert dataset.received_on == timezone.localdate()
    page = shown(analyst.get(done["Location"]))
    assert "LOGEMENTS" in page
    assert "Données fictives" in page
    assert "il n’y a rien à soustraire" in page
    assert "n’entrent pas d’eux-mêmes dans le diagnostic" in page
    assert "La convention les réserve à l’équipe" in page
    # Whoever comes back sees what is there already, and that a second one is compared with it.
    assert f'href="{done["Location"]}"' in shown(analyst.get(path(dataset)))
    page = shown(send(analyst, dataset, good(release)))
    assert "Comparée à 1 importation déjà acceptée" in page
    assert "elle ne dit rien de moins de 11" in page
    assert release.zones.get(code=qpvs(release)[0]).name in page


def test_what_fewer_than_eleven_share_is_hidden_and_what_would_tell_it(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    codes = qpvs(release)
    rows = [(code, 300, 40) for code in codes]
    rows[0] = (codes[0], 300, 4)
    page = shown(send(analyst, dataset, table(*rows)))
    assert "moins de 11" in page
    sealed = SEALED.search(page)
    assert sealed is not None
    content = partner.opened(sealed[1])
    hidden = {(r["zone"], r["measure"]): r["reason"] for r in content["table"] if r["reason"]}
    assert hidden[codes[0], "partie_1"].startswith("moins de 11")
    assert all(r["value"] is None for r in content["table"] if r["reason"])
    # The rest of a whole is few as well: told by subtraction.
    rows[0] = (codes[0], 300, 295)
    content = partner.opened(SEALED.search(shown(send(analyst, dataset, table(*rows))))[1])  # type: ignore[index]
    reasons = {(r["zone"], r["measure"]): r["reason"] for r in content["table"] if r["reason"]}
    assert reasons[codes[0], "partie_1"] == DEDUCED
    assert (codes[0], "ensemble") not in reasons


def test_two_imports_do_not_tell_of_few_by_difference(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    codes = qpvs(release)
    first = table(*((code, 300, 40) for code in codes))
    sealed = SEALED.search(shown(send(analyst, dataset, first)))
    assert sealed is not None
    assert analyst.post(path(dataset), {"accepter": sealed[1]}).status_code == 302
    # Five dwellings fewer: whoever subtracts learns of five.
    again = table(*((code, 295 if code == codes[0] else 300, 40) for code in codes))
    answer = send(analyst, dataset, again)
    assert answer.status_code == 422
    page = shown(answer)
    assert "Elle ne peut pas être acceptée" in page
    # By its name; and there is a way out.
    assert f"LOGEMENTS, {release.zones.get(code=codes[0]).name}" in page
    assert codes[0] not in page
    assert f"/importations/{PartnerImport.objects.get().pk}/" in page
    assert "retirez l’importation d’avant" in page
    assert "choisissez-le encore une fois" in page
    assert "montrable" not in page
    assert "Ce qui serait gardé" not in page
    assert SEALED.search(page) is None
    # Another vintage is another thing, and eleven more tell of nobody.
    assert send(analyst, dataset, again, vintage="2027").status_code == 200
    more = table(*((code, 311 if code == codes[0] else 300, 40) for code in codes))
    assert send(analyst, dataset, more).status_code == 200


def test_areas_of_two_imports_are_subtracted(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    """All communes make the agglomeration: less its neighbourhoods, six dwellings would be told."""
    codes = qpvs(release)
    first = "\n".join(["QPV;LOGEMENTS", *(f"{code};300" for code in codes), ""])
    sealed = SEALED.search(shown(send(analyst, dataset, first, part_columns="")))
    assert sealed is not None
    assert analyst.post(path(dataset), {"accepter": sealed[1]}).status_code == 302
    communes = release.zones.filter(kind="commune").order_by("code").values_list("code", flat=True)

    def counted(more: int) -> Any:
        counts = dict.fromkeys(communes, 12)
        counts[communes[0]] = 300 * len(codes) + more - 12 * (len(counts) - 1)
        lines = [f"{code};{n}" for code, n in counts.items()]
        content = "\n".join(["COM;LOGEMENTS", *lines, ""])
        return send(analyst, dataset, content, zone_column="COM", zones="commune", part_columns="")

    answer = counted(6)
    page = shown(answer)
    assert answer.status_code == 422
    assert "Elle ne peut pas être acceptée" in page
    assert f"{release.territory.name} moins" in page.replace("\xa0", " ")
    assert SEALED.search(page) is None
    assert counted(60).status_code == 200


def test_quality_report_says_what_was_left_out(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    codes = qpvs(release)
    content = good(release) + "QN99999M;50;20\nAILLEURS;50;20\n" + f"{codes[0]};12;2;trop\n"
    page = shown(send(analyst, dataset, content + "QN99998M;beaucoup;3\n"))
    assert "zone inconnue dans le territoire : QN99999M" in page.replace("&nbsp;", "\xa0").replace(
        "\xa0", " "
    )
    assert "ce n’est pas un code de zone" in page
    assert "ce n’est pas un nombre" in page
    assert "nombre de champs différent" in page


def test_a_part_is_not_more_than_its_whole(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    codes = qpvs(release)
    answer = send(analyst, dataset, table((codes[0], 300, 340), (codes[1], 300, 40)))
    page = shown(answer)
    assert answer.status_code == 422
    name = release.zones.get(code=codes[0]).name
    assert f"{name} : « VACANTS » y est plus grand que l’ensemble" in re.sub(r"\s", " ", page)
    assert "Ce qui serait gardé" not in page
    assert SEALED.search(page) is None


def test_neighbourhoods_without_a_value_are_named(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    names = dict(release.zones.filter(kind="qpv").values_list("code", "name"))
    codes = qpvs(release)
    # One has no row, another no number for its part.
    rows: list[tuple[str, object, object]] = [(code, 300, 40) for code in codes[1:]]
    rows[0] = (codes[1], 300, "")
    page = shown(send(analyst, dataset, table(*rows))).replace("&nbsp;", " ")
    assert f"LOGEMENTS : 1 quartier sur {len(codes)} sans valeur : {names[codes[0]]}." in page
    both = table(*((code, 300, 40) for code in codes[1:]))
    told = shown(send(analyst, dataset, both)).replace("&nbsp;", " ")
    assert f"LOGEMENTS, VACANTS : 1 quartier sur {len(codes)} sans valeur" in told
    lacking = ", ".join(sorted((names[codes[0]], names[codes[1]])))
    assert f"VACANTS : 2 quartiers sur {len(codes)} sans valeur : {lacking}." in page


@pytest.mark.parametrize(
    ("field", "typed", "wrong"),
    [
        ("zone_column", "CODE", "CODE"),
        ("whole_column", "LOGTS", "LOGTS"),
        ("part_columns", "VACANTS\nLIBRES", "LIBRES"),
    ],
)
def test_a_wrong_column_is_said_at_its_field_with_those_that_were_read(
    analyst: Client, dataset: Dataset, release: Release, field: str, typed: str, wrong: str
) -> None:
    page = refusal(send(analyst, dataset, good(release), **{field: typed}))
    said = f"« {wrong} » n’est pas une colonne du fichier. On y a lu : QPV, LOGEMENTS, VACANTS."
    errors = re.search(rf'id="id_{field}_error".*?</ul>', page, re.S)
    assert errors is not None
    assert said in re.sub(r"\s", " ", errors[0].replace("&nbsp;", " "))
    assert '<option value="LOGEMENTS">' in page
    assert "le champ à corriger est marqué plus bas" in page
    assert typed in page
    assert "choisissez-le de nouveau" in page


def test_missing_is_not_zero(analyst: Client, dataset: Dataset, release: Release) -> None:
    codes = qpvs(release)
    rows: list[tuple[str, object, object]] = [(code, 300, 40) for code in codes]
    rows[1] = (codes[1], 300, "")
    page = shown(send(analyst, dataset, table(*rows)))
    assert "Absent n’est jamais zéro" in page
    content = partner.opened(SEALED.search(page)[1])  # type: ignore[index]
    [row] = [r for r in content["table"] if (r["zone"], r["measure"]) == (codes[1], "partie_1")]
    assert row["value"] is None
    assert "absentes" in row["reason"]


def test_rows_of_dwellings_are_counted_and_forgotten(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    codes = qpvs(release)
    lines = [f"k{n:07d}zq;{codes[n % 2]}" for n in range(60)]
    content = "\n".join(["CLE;QPV", *lines, ""])
    answer = send(
        analyst, dataset, content, description=SimpleUploadedFile("d.toml", DESCRIPTION.encode())
    )
    page = shown(answer)
    assert answer.status_code == 200, page
    sealed = SEALED.search(page)
    assert sealed is not None
    assert "k0000001zq" not in page
    found = partner.opened(sealed[1])
    assert {r["zone"]: r["value"] for r in found["table"] if r["value"]}[codes[0]] == 30
    assert "k0000001zq" not in str(found)


# What is refused, in one sentence


def refusal(answer: Any) -> str:
    assert answer.status_code == 422
    page = shown(answer)
    assert not PartnerImport.objects.exists()
    assert "Traceback" not in page
    assert "/tmp" not in page  # noqa: S108 (nothing of the machine is told)
    return page


def test_expired_agreement_is_refused(analyst: Client, dataset: Dataset, release: Release) -> None:
    page = shown(send(analyst, dataset, good(release)))
    sealed = SEALED.search(page)
    assert sealed is not None
    Dataset.objects.update(expires_on=timezone.localdate() - dt.timedelta(1))
    assert "a expiré le" in shown(analyst.get(path(dataset)))
    assert "a expiré le" in refusal(send(analyst, dataset, good(release)))
    # Also what was looked at the day before.
    assert "a expiré le" in refusal(analyst.post(path(dataset), {"accepter": sealed[1]}))


def test_last_day_of_an_agreement_still_counts(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    Dataset.objects.update(expires_on=timezone.localdate())
    assert send(analyst, dataset, good(release)).status_code == 200


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"signed_on": None, "expires_on": None}, "n’est pas signée"),
        ({"expires_on": None}, "ne dit pas jusqu’à quand"),
        ({"signed_on": dt.date(2099, 1, 1), "expires_on": dt.date(2099, 6, 1)},
         "n’est pas encore venu"),
    ],
)  # fmt: skip
def test_without_an_agreement_nothing_is_read(
    analyst: Client, dataset: Dataset, release: Release, days: dict[str, Any], said: str
) -> None:
    Dataset.objects.update(**days)
    assert said in refusal(send(analyst, dataset, good(release)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The submitted file is empty|fichier soumis est vide"),
        ("QPV;LOGEMENTS;VACANTS\n", "aucune ligne"),
        (
            "ZONE;LOGEMENTS;VACANTS\nQN09901M;20;12\n",
            "La colonne « QPV » n’est pas dans le fichier",
        ),
        ("QPV;LOGEMENTS;VACANTS;NOM\nQN09901M;20;12;X\n", "contiendrait un nom"),
        ("QPV;LOGEMENTS;VACANTS;TELEPHONE\nQN09901M;20;12;X\n", "un numéro de téléphone"),
        ("QPV;LOGEMENTS;VACANTS\nQN09901M;20;claire@exemple.org\n", "une adresse électronique"),
        ("QPV;QPV;LOGEMENTS;VACANTS\nQ;Q;20;12\n", "Deux colonnes s’appellent « QPV »"),
        ('QPV;LOGEMENTS;VACANTS\n"QN09901M;20;12\n', "guillemet"),
        ("QPV;LOGEMENTS;VACANTS\nQN00001M;20;12\n", "Aucune ligne ne porte le code"),
        (b"QPV;LOGEMENTS\x00;VACANTS\n", "n’est pas un CSV"),
    ],
)
def test_files_are_refused_in_french(
    analyst: Client, dataset: Dataset, content: str | bytes, said: str
) -> None:
    page = refusal(send(analyst, dataset, content))
    assert re.search(said, page), page[page.find("<main") :][:3_000]
    # What tells who somebody is, is not quoted.
    assert "claire@exemple.org" not in page


def test_personal_name_in_the_description_is_refused(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    page = refusal(send(analyst, dataset, good(release), whole_column="NOM"))
    assert "un nom" in page


def test_the_form_says_what_it_lacks_and_keeps_what_was_typed(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    answer = send(analyst, dataset, good(release), zone_column="", part_columns="VACANTS\nLIBRES")
    page = refusal(answer)
    assert "Dites le nom de cette colonne" in page
    assert "VACANTS\nLIBRES" in page


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_workbook_is_read(analyst: Client, dataset: Dataset, release: Release) -> None:
    rows: list[list[object]] = [["QPV", "LOGEMENTS", "VACANTS"]]
    rows += [[code, 300, 40] for code in qpvs(release)]
    answer = send(analyst, dataset, workbook(rows), "logements.xlsx")
    assert answer.status_code == 200, shown(answer)


def test_formulas_of_a_workbook_are_refused(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    rows: list[list[object]] = [["QPV", "LOGEMENTS", "VACANTS"]]
    rows += [[code, "=150+150", 40] for code in qpvs(release)]
    page = refusal(send(analyst, dataset, workbook(rows), "logements.xlsx"))
    assert "contient des formules" in page


def test_formulas_of_a_csv_are_no_numbers_and_no_names(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    codes = qpvs(release)
    whole = (codes[1], 300, 40)
    page = shown(send(analyst, dataset, table((codes[0], "=1+1", 40), whole)))
    assert "=1+1" not in page
    assert "ce n’est pas un nombre" in page
    page = shown(send(analyst, dataset, table(("=HYPERLINK(1)", 300, 40), whole)))
    assert "HYPERLINK" not in page
    assert "ce n’est pas un code de zone" in page


def test_hostile_names_are_shown_as_text(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    name = "<script>alert(1)</script>"
    content = good(release).replace("VACANTS", name)
    page = shown(send(analyst, dataset, content, part_columns=name))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_macros_bombs_and_other_files_are_refused(
    analyst: Client, dataset: Dataset, release: Release
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/vbaProject.bin", b"x")
    assert "macros" in refusal(send(analyst, dataset, out.getvalue(), "a.xlsx"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b"0" * (partner.MOST_UNPACKED + 1))
    assert len(out.getvalue()) < 1_000_000
    assert "trop grand une fois ouvert" in refusal(send(analyst, dataset, out.getvalue(), "a.xlsx"))
    assert "n’est pas un classeur" in refusal(send(analyst, dataset, b"PK\x03\x04", "a.xlsx"))
    assert "n’est ni un .csv ni un .xlsx" in refusal(send(analyst, dataset, "x", "a.ods"))


def test_too_large_a_file_is_refused_early(
    analyst: Client, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy = b"QPV;LOGEMENTS;VACANTS\n" + b"x" * partner.MOST_BYTES
    page = refusal(send(analyst, dataset, heavy))
    assert "est trop lourd : 5 Mo au plus" in page
    long = b"\n" * (partner.MOST_LINES + 1)
    assert "trop de lignes" in refusal(send(analyst, dataset, long))


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("[file", "n’est pas un fichier TOML"),
        ("[file]\nid = 'x'\n", "une partie [[columns]]"),
        (DESCRIPTION + "\n[agreement]\nexpires = 2030-01-01\n", "ne disent pas la même chose"),
        (DESCRIPTION.replace('kind = "pseudonym"', 'kind = "texte"'), "Le calcul le dit"),
        (DESCRIPTION.replace('"pseudonymised"', "{ a = 1 }"), "ne peut pas dire « grain »"),
    ],
)
def test_descriptions_are_refused(
    analyst: Client, dataset: Dataset, release: Release, description: str, said: str
) -> None:
    file = SimpleUploadedFile("d.toml", description.encode())
    page = refusal(send(analyst, dataset, good(release), description=file))
    assert said in page.replace("\xa0", " ")


def test_the_proposed_description_is_one(analyst: Client, dataset: Dataset) -> None:
    answer = analyst.get(f"{path(dataset)}description.toml")
    text = answer.content.decode()
    made = partner.described(dataset, b"CLE;QPV;VACANT\n", "a.csv", {}, text.encode())
    assert 'separator" = ";"' in made
    assert "[rows]" in made


def test_a_file_of_few_rows_is_refused(analyst: Client, dataset: Dataset, release: Release) -> None:
    code = qpvs(release)[0]
    content = "\n".join(["CLE;QPV", *(f"k{n:07d}zq;{code}" for n in range(5)), ""])
    page = refusal(
        send(analyst, dataset, content,
             description=SimpleUploadedFile("d.toml", DESCRIPTION.encode()))
    )  # fmt: skip
    assert "Il reste moins de 11 lignes" in page


def test_a_report_that_was_changed_or_is_another_s_is_refused(
    analyst: Client, browse: Callable[[str], Client], dataset: Dataset, release: Release
) -> None:
    sealed = SEALED.search(shown(send(analyst, dataset, good(release))))
    assert sealed is not None
    assert "n’est pas celui du site" in refusal(
        analyst.post(path(dataset), {"accepter": sealed[1][:-4] + "AAAA"})
    )
    assert "celui d’un autre fichier" in refusal(
        browse("officer").post(path(dataset), {"accepter": sealed[1]})
    )
    other = agreed(dataset.membership)  # type: ignore[arg-type]
    assert "celui d’un autre fichier" in refusal(analyst.post(path(other), {"accepter": sealed[1]}))


def test_only_the_territory_s_team_imports(
    browse: Callable[[str], Client], dataset: Dataset, release: Release
) -> None:
    for name in ("visitor", "reader", "contributor", "officer_elsewhere"):
        assert send(browse(name), dataset, good(release)).status_code == 404
    open_one = agreed(dataset.membership, access="open", signed_on=None, expires_on=None)  # type: ignore[arg-type]
    assert browse("officer").get(path(open_one)).status_code == 404


# After the last day


def test_an_import_is_not_read_after_its_agreement(analyst: Client, member: Membership) -> None:
    kept = accepted(member, expires_on=timezone.localdate() - dt.timedelta(1))
    address = f"/programmes/labo/territoires/999000001/importations/{kept.pk}/"
    assert analyst.get(address).status_code == 404
    PartnerImport.objects.update(expires_on=timezone.localdate())
    assert analyst.get(address).status_code == 200


def test_purge_erases_what_expired(member: Membership, capsys: Any) -> None:
    over = accepted(member, expires_on=timezone.localdate() - dt.timedelta(1))
    kept = accepted(member, dataset=over.dataset, expires_on=timezone.localdate())
    call_command("purge")
    over.refresh_from_db()
    kept.refresh_from_db()
    assert (over.table, over.report, over.measures) == ([], {}, [])
    assert over.erased_at is not None
    assert kept.table
    assert purge(timezone.now())["importations de partenaires expirées, effacées"] == 0
    assert "Programme : 1 importations de partenaires expirées" in capsys.readouterr().out


def test_an_import_is_taken_back(analyst: Client, member: Membership) -> None:
    kept = accepted(member)
    address = f"/programmes/labo/territoires/999000001/importations/{kept.pk}/"
    assert analyst.post(address).status_code == 302
    kept.refresh_from_db()
    assert kept.table == []
    assert analyst.get(address).status_code == 404


def test_nothing_stays_on_the_disk(
    analyst: Client, dataset: Dataset, release: Release, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert send(analyst, dataset, good(release)).status_code == 200
    assert list(tmp_path.iterdir()) == []
