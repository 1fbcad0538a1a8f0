"""A partner's file under its agreement: what is refused, what is counted, what stays secret."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labo import cli, partner, secrecy, suppression, territory
from labo.agreement import Schema, read_schema
from labo.differencing import combination
from labo.errors import BadInput, LaboError, MissingFile
from labo.identifiers import is_nir, is_opaque, looks_like, named_like
from labo.mirror import open_mirror
from labo.partner import Imported, read_partner
from labo.suppression import DEDUCED, DOMINATED, FEW, INCOMPLETE, NO_ROWS, SOLE, WRITTEN, Cube
from labo.territory import CRS, Territory

TODAY = dt.date(2026, 11, 1)
HIDDEN_FEW = FEW.format(threshold=11)
AGREEMENT = {
    "partner": "Habitat Exemple",
    "purpose": "Repérer les logements vacants",
    "licence": "Convention du 12 mars 2026",
    "signed": dt.date(2026, 3, 12),
    "expires": dt.date(2028, 12, 31),
    "contact": "service du patrimoine",
    "publication": "territory team",
}
FILE = {
    "id": "habitat",
    "label": "Logements de Habitat Exemple",
    "vintage": "2026-01",
    "format": "csv",
    "separator": ";",
    "grain": "pseudonymised",
}
ROWS = {"id": "dwellings", "unit": "dwelling", "label": "Logements"}
KEY = {"name": "CLE", "id": "key", "kind": "pseudonym"}
QPV = {"name": "QPV", "id": "qpv", "kind": "zone_code", "zones": "qpv"}
COMMUNE = {"name": "COM", "id": "commune", "kind": "zone_code", "zones": "commune"}
VACANT = {
    "name": "VACANT", "id": "vacant", "kind": "count", "unit": "dwelling", "label": "Vacants",
}  # fmt: skip
PERIOD = {
    "name": "PERIODE", "id": "period", "kind": "category", "label": "Période",
    "values": ["ancien", "récent"],
}  # fmt: skip
POINT = [
    {"name": "X", "id": "x", "kind": "x", "crs": CRS},
    {"name": "Y", "id": "y", "kind": "y", "crs": CRS},
]
A, B, C, D = "QN00101M", "QN00102M", "QN00103M", "QN00104M"
Table = Mapping[str, Any]


def toml(table: Table) -> str:
    def text(value: object) -> str:
        return value.isoformat() if isinstance(value, dt.date) else json.dumps(value)

    return "".join(f"{key} = {text(value)}\n" for key, value in table.items())


class Bench:
    """Writes a schema and a file, and reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def schema(
        self,
        *columns: Table,
        agreement: Table | None = None,
        file: Table | None = None,
        rows: Table | None = ROWS,
    ) -> Schema:
        about = FILE | dict(file or {})
        if about["format"] != "csv":
            del about["separator"]
        rows = None if about["grain"] == "aggregated" else rows
        parts = ["[agreement]\n", toml(AGREEMENT | dict(agreement or {})), "[file]\n", toml(about)]
        parts += ["[rows]\n", toml(rows)] if rows is not None else []
        for column in columns:
            parts += ["[[columns]]\n", toml(column)]
        path = self.folder / "schema.toml"
        path.write_text("".join(parts), encoding="utf-8")
        return read_schema(path)

    def file(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(
        self, content: str | bytes, *columns: Table, place: Territory | None = None, **options: Any
    ) -> Imported:
        schema = self.schema(*columns, **options)
        return read_partner(self.file(content), schema, today=TODAY, territory=place)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def pseudonym(i: int) -> str:
    return f"k{i:07d}zq"


def listing(*zones: tuple[str, int], header: str = "CLE;QPV") -> str:
    """As many rows for each zone as it says."""
    rows = [zone for zone, count in zones for _ in range(count)]
    lines = [f"{pseudonym(i)};{zone}" for i, zone in enumerate(rows)]
    return "\n".join([header, *lines, ""])


def values(found: Imported, measure: str = "dwellings", split: str = "") -> dict[str, float]:
    table = found.table[(found.table["measure"] == measure) & (found.table["split"] == split)]
    keys = table["zone"] + (("/" + table["category"]) if split else "")
    return {k: v for k, v in zip(keys, table["value"], strict=True) if not np.isnan(v)}


def reasons(found: Imported, measure: str = "dwellings", split: str = "") -> dict[str, str]:
    table = found.table[(found.table["measure"] == measure) & (found.table["split"] == split)]
    keys = table["zone"] + (("/" + table["category"]) if split else "")
    return {k: v for k, v in zip(keys, table["reason"], strict=True) if v}


def rejected(found: Imported) -> dict[str, tuple[int, list[int]]]:
    assert found.report is not None
    return {reason: (x.count, x.lines) for reason, x in found.report.rejected.items()}


def sentence(caught: pytest.ExceptionInfo[LaboError], *words: str) -> None:
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


# What is refused in a schema


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secrecy_threshold": 10}, ["secrecy_threshold = 10", "whole number from 11"]),
        ({"secrecy_threshold": 11.5}, ["11.5"]),
        ({"publication": "everyone"}, ["'everyone'", "territory team or public"]),
        ({"expires": "2028"}, ["expires = '2028'", "expected 2026-03-12"]),
        ({"expires": dt.date(2020, 1, 1)}, ["before it is signed"]),
        ({"contact": "jeanne@exemple.fr"}, ["expected a role"]),
        ({"purpose": " "}, ["purpose = ' '", "expected a text"]),
        ({"colour": "red"}, ["unknown key 'colour'"]),
        ({"written_agreements": ["B01", 2]}, ["list of texts"]),
    ],
)
def test_agreement_is_refused(bench: Bench, change: Table, words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        bench.schema(KEY, QPV, agreement=change)
    sentence(caught, *words)
    assert "jeanne" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([KEY, QPV, {"name": "NOM", "id": "x", "kind": "category", "label": "a", "values": ["a"]}],
         ["'NOM'", "a name"]),
        ([KEY, QPV, VACANT | {"name": "Prénom"}], ["a first name"]),
        ([KEY, QPV, VACANT | {"name": "e-mail"}], ["an e-mail address"]),
        ([KEY, QPV, VACANT | {"name": "TEL_DOMICILE"}], ["a telephone number"]),
        ([KEY | {"name": "NIR"}, QPV], ["a social security number"]),
        ([KEY | {"name": "numAllocataire"}, QPV], ["a personal file number"]),
        ([KEY, QPV, VACANT | {"name": "Adresse"}], ["a street address"]),
        ([KEY, QPV, {"name": "NAISSANCE", "id": "n", "kind": "date", "precision": "day"}],
         ["births", "the year alone"]),
        ([KEY, QPV, {"name": "AVIS", "id": "n", "kind": "text"}], ["'text'", "free text"]),
        ([KEY, QPV, VACANT | {"unit": "carrots"}], ["'carrots' is not a unit"]),
        ([KEY, QPV, VACANT | {"colour": 1}], ["unknown key 'colour'"]),
        ([KEY, QPV, VACANT | {"minimum": -1}], ["minimum -1"]),
        ([KEY, QPV, VACANT | {"id": "Vacant"}], ["'Vacant'", "small letters"]),
        ([KEY, QPV, VACANT | {"id": "key"}], ["two columns have the id 'key'"]),
        ([KEY, QPV, VACANT | {"among": "nothing"}], ["among 'nothing'"]),
        ([KEY, QPV, COMMUNE], ["several columns of kind 'zone_code'"]),
        ([QPV, VACANT], ["a column of kind pseudonym"]),
        ([KEY, VACANT], ["say where a row is"]),
        ([KEY, QPV, *POINT], ["say where a row is"]),
        ([KEY, POINT[0]], ["x and y go together"]),
        ([KEY, POINT[0] | {"crs": "Lambert"}, POINT[1]], ["'Lambert'"]),
        ([KEY, QPV, PERIOD | {"values": []}], ["lists no values"]),
        ([KEY, QPV, {"name": "P", "id": "p", "kind": "largest_share"}], ["aggregated file only"]),
    ],
)  # fmt: skip
def test_columns_are_refused(bench: Bench, columns: list[Table], words: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        bench.schema(*columns)
    sentence(caught, *words)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([QPV, VACANT, KEY], ["no column of kind pseudonym"]),
        ([QPV], ["needs a zone_code and a count"]),
        ([QPV, VACANT | {"unit": "euro"}], ["give among"]),
        ([QPV, VACANT, PERIOD, PERIOD | {"name": "P2", "id": "p2"}], ["one category"]),
    ],
)
def test_aggregated_schemas_are_refused(
    bench: Bench, columns: list[Table], words: list[str]
) -> None:
    with pytest.raises(BadInput) as caught:
        bench.schema(*columns, file={"grain": "aggregated"})
    sentence(caught, *words)


def test_other_schemas_are_refused(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="--template"):
        read_schema(tmp_path / "nothing.toml")
    (tmp_path / "bad.toml").write_text("[agreement", encoding="utf-8")
    with pytest.raises(BadInput, match="not valid TOML"):
        read_schema(tmp_path / "bad.toml")
    with pytest.raises(BadInput, match=r"\[rows\] goes with pseudonymised"):
        bench.schema(KEY, QPV, rows=None)
    with pytest.raises(BadInput, match="separator"):
        bench.schema(KEY, QPV, file={"separator": "?"})


def test_name_of_a_place_is_no_name_of_a_person() -> None:
    assert named_like("Nom du quartier") is None
    assert named_like("NOM_COMMUNE") is None
    assert named_like("nb_allocataires") is None
    assert named_like("Noms") == "a name"
    assert named_like("adresseMail") == "an e-mail address"


def test_template_is_a_schema_and_every_kind_is_in_it(tmp_path: Path) -> None:
    from labo.agreement import KEYS
    from labo.cli.partners import TEMPLATE

    (tmp_path / "schema.toml").write_text(TEMPLATE, encoding="utf-8")
    schema = read_schema(tmp_path / "schema.toml")
    assert schema.agreement.secrecy_threshold == 11
    assert all(kind in TEMPLATE for kind in KEYS)


# Time


def test_expired_agreement_is_refused(bench: Bench) -> None:
    schema = bench.schema(KEY, QPV)
    path = bench.file(listing((A, 20)))
    last = AGREEMENT["expires"]
    assert isinstance(last, dt.date)
    assert read_partner(path, schema, today=last).table["value"].notna().any()
    with pytest.raises(LaboError) as caught:
        read_partner(path, schema, today=last + dt.timedelta(days=1))
    sentence(caught, "Habitat Exemple", "expired on 2028-12-31", "renew")
    with pytest.raises(LaboError) as caught:
        read_partner(path, schema, today=dt.date(2026, 3, 11))
    sentence(caught, "still to come")


def test_import_cannot_be_read_after_its_agreement(bench: Bench, tmp_path: Path) -> None:
    found = bench.read(listing((A, 20)), KEY, QPV)
    folder = partner.write(found, tmp_path / "out")
    again = partner.read(folder, TODAY)
    pd.testing.assert_frame_equal(again.table, found.table)
    assert again.agreement == found.agreement
    assert list(again.measures) == list(found.measures)
    with pytest.raises(LaboError, match="expired"):
        partner.read(folder, dt.date(2029, 1, 1))
    (folder / "report.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadInput, match="was changed"):
        partner.read(folder, TODAY)
    (folder / "agreement.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadInput, match="not one of ours"):
        partner.read(folder, TODAY)
    with pytest.raises(MissingFile, match="no import"):
        partner.read(tmp_path / "elsewhere", TODAY)
    with pytest.raises(LaboError, match="never written over"):
        partner.write(found, folder)


# Persons


def nir(number: str) -> str:
    plain = number.replace("2A", "19").replace("2B", "18")
    return f"{number}{97 - int(plain) % 97:02d}"


@given(
    st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12),
    st.sampled_from(["01", "44", "95", "2A", "2B", "97"]), st.integers(0, 999_999),
)  # fmt: skip
def test_social_security_numbers(sex: str, year: int, month: int, dep: str, rest: int) -> None:
    number = f"{sex}{year:02d}{month:02d}{dep}{rest:06d}"
    whole = nir(number)
    assert is_nir(whole)
    assert is_nir(f"{whole[0]} {whole[1:3]} {whole[3:5]} {whole[5:7]} {whole[7:10]} {whole[10:]}")
    wrong = f"{number}{(int(whole[-2:]) % 97) + 1:02d}"
    assert not is_nir(wrong)
    for text in (whole, wrong, number):
        assert not is_opaque(text)
    assert looks_like(whole) == "a social security number"


@pytest.mark.parametrize(
    ("text", "opaque"),
    [("k0000001zq", True), ("5f2c9e1b7a", True), ("DUPONTJEAN", False), ("Jean Dupont 2", False),
     ("1980-02-12", False), ("12/02/1980", False), ("0612345678", False), ("a1", False),
     ("19800212", False), ("j.dupont@exemple.fr", False)],
)  # fmt: skip
def test_pseudonyms(text: str, opaque: bool) -> None:
    assert is_opaque(text) == opaque


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("jeanne.martin@exemple.fr", "an e-mail address"),
        ("06 12 34 56 78", "a telephone number"),
        ("+33 6 12 34 56 78", "a telephone number"),
        (nir("2840244109123"), "a social security number"),
    ],
)
@pytest.mark.parametrize("column", ["VACANT", "PERIODE", "CLE"])
def test_personal_values_refuse_the_file_and_are_not_quoted(
    bench: Bench, column: str, value: str, words: str
) -> None:
    row = {"CLE": pseudonym(2), "QPV": A, "VACANT": "1", "PERIODE": "ancien"} | {column: value}
    lines = [
        "CLE;QPV;VACANT;PERIODE",
        f"{pseudonym(1)};{A};0;ancien",
        ";".join(row[x] for x in ("CLE", "QPV", "VACANT", "PERIODE")),
    ]
    with pytest.raises(BadInput) as caught:
        bench.read("\n".join(lines), KEY, QPV, VACANT, PERIOD)
    sentence(caught, f"column {column!r}", "line 3", words)
    assert value not in str(caught.value)


def test_name_in_place_of_a_pseudonym_is_refused_and_not_quoted(bench: Bench) -> None:
    with pytest.raises(BadInput) as caught:
        bench.read(f"CLE;QPV\nMartinJeanne;{A}\n", KEY, QPV)
    sentence(caught, "column 'CLE'", "line 2")
    assert "Jeanne" not in str(caught.value)


def test_whole_date_of_birth_is_refused(bench: Bench) -> None:
    year = {"name": "ANNEE_NAISSANCE", "id": "birth_year", "kind": "date", "precision": "year"}
    with pytest.raises(BadInput) as caught:
        bench.read(f"CLE;QPV;ANNEE_NAISSANCE\n{pseudonym(1)};{A};12/02/1980\n", KEY, QPV, year)
    sentence(caught, "a whole date of birth", "line 2")
    assert "1980" not in str(caught.value)


def test_undeclared_column_named_like_a_person_refuses_the_file(bench: Bench) -> None:
    with pytest.raises(BadInput) as caught:
        bench.read(f"CLE;QPV;Nom\n{pseudonym(1)};{A};Martin\n", KEY, QPV)
    sentence(caught, "'Nom'", "never imported")


def test_undeclared_columns_are_not_read(bench: Bench) -> None:
    """Not even looked at: what would refuse the file in a declared column is not seen."""
    lines = listing((A, 20), header="CLE;QPV;AVIS").replace(A, f"{A};j.martin@exemple.fr")
    found = bench.read(lines, KEY, QPV)
    assert found.report is not None
    assert found.report.undeclared == ["AVIS"]
    assert values(found) == {A: 20.0}


# Rows


def test_rows_are_rejected_with_the_reason_and_the_line(bench: Bench) -> None:
    rooms = {
        "name": "PIECES", "id": "rooms", "kind": "count", "unit": "m**2", "label": "Surface",
        "maximum": 500,
    }  # fmt: skip
    good = [f"{pseudonym(i)};{A};1;ancien;{40 + i},5" for i in range(20)]
    bad = [
        f"{pseudonym(1)};{A};1;ancien;40",
        f"{pseudonym(30)};QX;1;ancien;40",
        f"{pseudonym(31)};{A};1;gothique;40",
        f"{pseudonym(32)};{A};2;ancien;40",
        f"{pseudonym(33)};{A};1;ancien;900",
        f"{pseudonym(34)};{A};oui;ancien;40",
        f"{pseudonym(35)};;1;ancien;40",
        f"{pseudonym(36)};{A};1;ancien",
        "",
        f"{pseudonym(37)};{A};0,5;ancien;40",
    ]
    text = "\r\n".join(["CLE;QPV;VACANT;PERIODE;PIECES", *good, *bad])
    found = bench.read(text, KEY, QPV, VACANT, PERIOD, rooms)
    assert found.report is not None
    assert (found.report.read, found.report.kept) == (29, 20)
    assert rejected(found) == {
        "pseudonyme déjà lu : ligne en double": (1, [22]),
        "QPV : ce n'est pas un code de zone": (1, [23]),
        "PERIODE : valeur hors de la liste déclarée": (1, [24]),
        "VACANT : hors des bornes": (1, [25]),
        "PIECES : hors des bornes": (1, [26]),
        "VACANT : ce n'est pas un nombre": (1, [27]),
        "QPV : valeur absente": (1, [28]),
        "nombre de champs différent de l'en-tête": (1, [29]),
        "VACANT : un nombre entier était attendu": (1, [31]),
    }
    assert values(found, "vacant") == {A: 20.0}
    assert values(found, "rooms") == {A: sum(40.5 + i for i in range(20))}
    assert found.report.missing == {"qpv": 1}


def test_first_lines_only(bench: Bench) -> None:
    found = bench.read(listing((A, 20), ("nowhere", 8)), KEY, QPV)
    assert rejected(found) == {"QPV : ce n'est pas un code de zone": (8, [22, 23, 24, 25, 26])}


def test_missing_is_not_zero(bench: Bench) -> None:
    def rows(empty: int) -> str:
        lines = [f"{pseudonym(i)};{A};{'' if i < empty else 1}" for i in range(100)]
        return "\n".join(["CLE;QPV;VACANT", *lines])

    found = bench.read(rows(3), KEY, QPV, VACANT)
    assert values(found, "vacant") == {A: 97.0}
    row = found.table[found.table["measure"] == "vacant"].iloc[0]
    assert row["availability"] == pytest.approx(0.97)
    assert found.report is not None
    assert found.report.missing == {"vacant": 3}
    found = bench.read(rows(6), KEY, QPV, VACANT)
    assert reasons(found, "vacant") == {A: INCOMPLETE}
    assert values(found) == {A: 100.0}


@pytest.mark.parametrize(
    ("column", "given", "code"),
    [(COMMUNE, "1004", "01004"), (COMMUNE, "2A004", "2A004"), (COMMUNE, "44 109", "44109"),
     (QPV, "qn00101m", A),
     (COMMUNE | {"zones": "iris"}, "10040101", "010040101")],
)  # fmt: skip
def test_codes_are_repaired(bench: Bench, column: Table, given: str, code: str) -> None:
    found = bench.read(listing((given, 15), header=f"CLE;{column['name']}"), KEY, column)
    assert values(found) == {code: 15.0}
    assert found.report is not None
    lost = code.startswith("0")
    assert found.report.repaired == ({str(column["id"]): 15} if lost else {})


def test_lines_of_two_encodings(bench: Bench) -> None:
    lines = ["CLE;QPV;PERIODE"] + [f"{pseudonym(i)};{A};récent" for i in range(30)]
    encoded = [line.encode("utf-8" if i % 2 else "cp1252") for i, line in enumerate(lines)]
    found = bench.read(b"\n".join(encoded), KEY, QPV, PERIOD)
    assert found.report is not None
    assert found.report.encodings == {"UTF-8": 16, "Windows-1252": 15}
    assert values(found, split="period")[f"{A}/récent"] == 30.0
    found = bench.read("\n".join(lines).encode("utf-16"), KEY, QPV, PERIOD)
    assert values(found, split="period")[f"{A}/récent"] == 30.0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("CLE;QPV\n", "a header and no row"),
        ("CLE,QPV\na,b\n", "lacks the declared column 'CLE'"),
        ("CLE;QPV;cle\na;b;c\n", "two columns named 'CLE'"),
        ('CLE;QPV\n"k00;b\n', "quotation mark"),
        (b"PK\x03\x04\x00\x00", "is it a spreadsheet"),
    ],
)
def test_files_are_refused(bench: Bench, content: str | bytes, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        bench.read(content, KEY, QPV)
    sentence(caught, words)


def test_file_that_is_not_there(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="check its name"):
        read_partner(tmp_path / "no.csv", bench.schema(KEY, QPV), today=TODAY)


def test_dates_say_their_years(bench: Bench) -> None:
    entry = {"name": "ENTREE", "id": "entry", "kind": "date", "precision": "month"}
    dates = ["2019-03", "07/2021", "2027-01", "2021-13", "2021"] + ["2020-01"] * 15
    lines = [f"{pseudonym(i)};{A};{date}" for i, date in enumerate(dates)]
    found = bench.read("\n".join(["CLE;QPV;ENTREE", *lines]), KEY, QPV, entry)
    assert found.report is not None
    assert found.report.years == {"entry": (2019, 2021)}
    assert rejected(found) == {
        "ENTREE : hors des bornes": (1, [4]),
        "ENTREE : ce n'est pas une date de la précision déclarée": (2, [5, 6]),
    }


def test_spreadsheet_with_lost_zeros(bench: Bench, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Extraction du 3 janvier"])
    sheet.append(["CLE", "COM", "VACANT"])
    for i in range(14):
        sheet.append([pseudonym(i), 1004, 1])
    book.save(tmp_path / "file.xlsx")
    schema = bench.schema(KEY, COMMUNE, VACANT, file={"format": "xlsx"})
    found = read_partner(tmp_path / "file.xlsx", schema, today=TODAY)
    assert values(found, "vacant") == {"01004": 14.0}
    (tmp_path / "bad.xlsx").write_text("no", encoding="utf-8")
    with pytest.raises(BadInput, match="not a readable XLS or XLSX"):
        read_partner(tmp_path / "bad.xlsx", schema, today=TODAY)


def test_address_gives_its_commune(bench: Bench) -> None:
    address = {"name": "adresse_ban", "id": "address", "kind": "address_id"}
    text = listing(("44109_1234_00012", 15), ("rue", 1), header="CLE;adresse_ban")
    found = bench.read(text, KEY, address)
    assert values(found) == {"44109": 15.0}
    assert list(rejected(found)) == [
        "adresse_ban : ce n'est pas une clé de la Base adresse nationale"
    ]


# Secrecy


def test_few_are_hidden_and_who_would_tell_of_them(bench: Bench) -> None:
    found = bench.read(listing((A, 40), (B, 30), (C, 10)), KEY, QPV)
    # The report says that there are 80 rows, so that B goes with C.
    assert values(found) == {A: 40.0}
    assert reasons(found) == {B: DEDUCED, C: HIDDEN_FEW}


def test_file_of_few_rows_is_refused(bench: Bench) -> None:
    """The report itself would tell of them."""
    with pytest.raises(BadInput) as caught:
        bench.read(listing((A, 10)), KEY, QPV)
    sentence(caught, "fewer than 11 rows")
    assert values(bench.read(listing((A, 11)), KEY, QPV)) == {A: 11.0}


def test_higher_threshold(bench: Bench) -> None:
    found = bench.read(
        listing((A, 40), (B, 19), (C, 19)), KEY, QPV, agreement={"secrecy_threshold": 20}
    )
    assert values(found) == {A: 40.0}
    assert set(reasons(found).values()) == {FEW.format(threshold=20)}


def test_rest_of_a_count_is_secret_too(bench: Bench) -> None:
    """Where 38 of 40 dwellings are vacant, two are not."""
    lines = ["CLE;QPV;VACANT"]
    for zone, vacant, count in ((A, 38, 40), (B, 20, 40), (C, 0, 40), (D, 40, 40)):
        lines += [f"{pseudonym(len(lines) + i)};{zone};{int(i < vacant)}" for i in range(count)]
    found = bench.read("\n".join(lines), KEY, QPV, VACANT)
    assert values(found) == {A: 40.0, B: 40.0, C: 40.0, D: 40.0}
    assert values(found, "vacant") == {B: 20.0, C: 0.0, D: 40.0}
    assert reasons(found, "vacant") == {A: DEDUCED}


def test_categories_are_hidden_two_by_two(bench: Bench) -> None:
    lines = ["CLE;QPV;PERIODE"]
    for zone, old, new in ((A, 5, 40), (B, 30, 30), (C, 0, 30)):
        for word, count in (("ancien", old), ("récent", new)):
            lines += [f"{pseudonym(len(lines) + i)};{zone};{word}" for i in range(count)]
    found = bench.read("\n".join(lines), KEY, QPV, PERIOD)
    hidden = reasons(found, split="period")
    assert hidden[f"{A}/ancien"] == HIDDEN_FEW
    assert values(found) == {A: 45.0, B: 60.0, C: 30.0}
    # Its total is known: another category of that zone goes too, and enough of them.
    assert len([k for k in hidden if k.startswith(A)]) >= 2
    assert values(found, split="period")[f"{B}/ancien"] == 30.0


LANDLORD = {"name": "BAILLEUR", "id": "landlord", "kind": "contributor"}


def landlords(*parts: tuple[str, str, int]) -> str:
    lines = ["CLE;QPV;BAILLEUR"]
    for zone, who, count in parts:
        lines += [f"{pseudonym(len(lines) + i)};{zone};{who}" for i in range(count)]
    return "\n".join(lines)


PARTS = ((A, "B01", 40), (B, "B01", 45), (B, "B02", 5), (C, "B01", 30), (C, "B02", 30))


def test_one_landlord_needs_its_written_agreement(bench: Bench) -> None:
    found = bench.read(landlords(*PARTS), KEY, QPV, LANDLORD)
    assert reasons(found) == {A: SOLE, B: DOMINATED}
    assert values(found) == {C: 60.0}
    found = bench.read(
        landlords(*PARTS), KEY, QPV, LANDLORD, agreement={"written_agreements": ["B01"]}
    )
    assert values(found) == {A: 40.0, B: 50.0, C: 60.0}
    notes = dict(zip(found.table["zone"], found.table["note"], strict=True))
    assert notes == {A: WRITTEN, B: WRITTEN, C: ""}


def test_one_dwelling_that_weighs_too_much(bench: Bench) -> None:
    energy = {"name": "KWH", "id": "energy", "kind": "count", "unit": "kWh", "label": "Énergie"}
    lines = ["CLE;QPV;KWH"]
    for zone, largest, second in ((A, 9_000, 10), (B, 10, 10), (C, 4_000, 3_950)):
        amounts = [largest, second] + [10] * 28
        lines += [f"{pseudonym(len(lines) + i)};{zone};{x}" for i, x in enumerate(amounts)]
    found = bench.read("\n".join(lines), KEY, QPV, energy)
    # C by the rule p %: the second dwelling knows the first to 280 in 4,000.
    assert reasons(found, "energy") == {A: DOMINATED, C: DOMINATED}
    assert values(found, "energy") == {B: 300.0}


def test_largest_share_of_an_aggregated_file(bench: Bench) -> None:
    share = {"name": "PART", "id": "part", "kind": "largest_share"}
    found = bench.read(
        f"QPV;VACANT;PART\n{A};40;0,86\n{B};40;0,85\n{C};40;\n", QPV, VACANT, share,
        file={"grain": "aggregated"},
    )  # fmt: skip
    assert values(found, "vacant") == {B: 40.0}
    assert set(reasons(found, "vacant").values()) == {DOMINATED}


def test_aggregated_amounts_follow_those_who_stand_behind(bench: Bench) -> None:
    people = VACANT | {"name": "N", "id": "people", "unit": "resident"}
    euros = VACANT | {"name": "E", "id": "euros", "unit": "euro", "among": "people"}
    found = bench.read(
        f"QPV;N;E\n{A};40;900\n{B};4;8000\n{C};30;0\n{D};s;10\n", QPV, euros, people,
        file={"grain": "aggregated"},
    )  # fmt: skip
    assert values(found, "people") == {A: 40.0, C: 30.0}
    assert values(found, "euros") == {A: 900.0, C: 0.0}
    assert reasons(found, "euros") == {B: HIDDEN_FEW, D: INCOMPLETE}


def test_zone_given_twice_is_set_aside(bench: Bench) -> None:
    found = bench.read(
        f"QPV;VACANT\n{A};40\n{B};30\n{A};41\n", QPV, VACANT, file={"grain": "aggregated"}
    )
    assert values(found, "vacant") == {B: 30.0}
    assert rejected(found) == {"zone donnée plusieurs fois : aucune n'est retenue": (2, [2, 4])}


def test_both_grains_give_the_same_counts(bench: Bench) -> None:
    counts = {A: (40, 15), B: (30, 12), C: (25, 0)}
    lines = ["CLE;QPV;VACANT"]
    for zone, (count, vacant) in counts.items():
        lines += [f"{pseudonym(len(lines) + i)};{zone};{int(i < vacant)}" for i in range(count)]
    rows = bench.read("\n".join(lines), KEY, QPV, VACANT)
    dwellings = VACANT | {"name": "N", "id": "dwellings"}
    zones = bench.read(
        "\n".join(["QPV;N;VACANT", *(f"{z};{n};{v}" for z, (n, v) in counts.items())]),
        QPV, dwellings, VACANT | {"among": "dwellings"}, file={"grain": "aggregated"},
    )  # fmt: skip
    for measure in ("dwellings", "vacant"):
        assert values(rows, measure) == values(zones, measure)
        assert len(values(rows, measure)) == 3


# On the ground


SIDE = 100.0


def ground(zones: Mapping[str, tuple[str, shapely.Geometry]]) -> Territory:
    """A territory of squares, by name: kind and geometry."""
    table = gpd.GeoDataFrame(
        {
            "zone": list(zones), "kind": [kind for kind, _ in zones.values()], "generation": "",
            "code": list(zones), "name": list(zones), "parent": "",
        },
        geometry=[shape for _, shape in zones.values()],
        crs=CRS,
    )  # fmt: skip
    return Territory("e", "Exemple", "2024", table, [], [])


def square(i: int, j: int) -> shapely.Geometry:
    return shapely.box(i * SIDE, j * SIDE, (i + 1) * SIDE, (j + 1) * SIDE)


def cells_csv(counts: Mapping[tuple[int, int], int]) -> str:
    lines = ["CLE;X;Y"]
    for (i, j), count in counts.items():
        lines += [
            f"{pseudonym(len(lines) + n)};{(i + 0.5) * SIDE};{(j + 0.5) * SIDE}"
            for n in range(count)
        ]
    return "\n".join(lines)


def test_points_are_counted_in_every_zone_they_lie_in(bench: Bench) -> None:
    place = ground({
        "qpv": ("qpv", square(0, 0)), "west": ("commune", shapely.box(0, 0, 100, 200)),
        "east": ("commune", shapely.box(100, 0, 200, 200)),
        "e": ("epci", shapely.box(0, 0, 200, 200)), "empty": ("commune", square(5, 5)),
    })  # fmt: skip
    text = cells_csv({(0, 0): 30, (0, 1): 20, (1, 0): 50, (9, 9): 3})
    found = bench.read(text, KEY, *POINT, place=place)
    assert values(found) == {"qpv": 30.0, "west": 50.0, "east": 50.0, "e": 100.0}
    assert reasons(found) == {"empty": NO_ROWS}
    assert rejected(found)["hors du territoire"] == (3, [102, 103, 104])
    with pytest.raises(BadInput, match="--territory"):
        bench.read(text, KEY, *POINT)
    with pytest.raises(BadInput, match="None of the 3 rows"):
        bench.read(cells_csv({(9, 9): 3}), KEY, *POINT, place=place)


def test_drawn_perimeter_gives_way_first(bench: Bench) -> None:
    place = ground({
        "qpv": ("qpv", shapely.box(0, 0, 200, 100)), "drawn": ("perimeter", square(0, 0)),
        "e": ("epci", shapely.box(0, 0, 300, 100)),
    })  # fmt: skip
    found = bench.read(cells_csv({(0, 0): 30, (1, 0): 4, (2, 0): 40}), KEY, *POINT, place=place)
    assert values(found) == {"qpv": 34.0, "e": 74.0}
    assert reasons(found) == {"drawn": DEDUCED}


def test_many_small_communes_beside_a_total(bench: Bench) -> None:
    """Six communes of one dwelling each: the EPCI less the others would tell of six."""
    shapes = {f"c{i}": ("commune", square(i, 0)) for i in range(8)}
    place = ground(shapes | {"e": ("epci", shapely.box(0, 0, 800, 100))})
    counts = {(i, 0): 1 for i in range(6)} | {(6, 0): 40, (7, 0): 30}
    found = bench.read(cells_csv(counts), KEY, *POINT, place=place)
    assert values(found) == {"e": 76.0, "c6": 40.0}
    assert reasons(found)["c7"] == DEDUCED


def test_gpkg_of_points_in_degrees(bench: Bench, tmp_path: Path) -> None:
    place = ground({"q": ("qpv", shapely.box(3.5e6, 2.7e6, 3.501e6, 2.701e6))})
    points = gpd.GeoDataFrame(
        {"CLE": [pseudonym(i) for i in range(12)], "avis": "libre"},
        geometry=gpd.points_from_xy([3_500_500.0] * 12, [2_700_500.0] * 12),
        crs=CRS,
    ).to_crs("EPSG:4326")  # fmt: skip
    points.to_file(tmp_path / "file.gpkg")
    schema = bench.schema(KEY, file={"format": "gpkg"})
    found = read_partner(tmp_path / "file.gpkg", schema, today=TODAY, territory=place)
    assert values(found) == {"q": 12.0}
    assert found.report is not None
    assert found.report.undeclared == ["avis"]
    with pytest.raises(BadInput, match="GeoPackage"):
        read_partner(bench.file("no", "bad.gpkg"), schema, today=TODAY, territory=place)


def test_published_totals_are_looked_at_again_on_the_ground(bench: Bench) -> None:
    place = ground({"qpv": ("qpv", square(0, 0)), "e": ("epci", shapely.box(0, 0, 200, 100))})
    found = bench.read(
        cells_csv({(0, 0): 30, (1, 0): 15}), KEY, *POINT, place=place,
        agreement={"secrecy_threshold": 15},
    )  # fmt: skip
    seen = found.published("dwellings", place.zones)
    assert seen.households.tolist() == [30.0, 45.0]
    assert secrecy.leaks(seen, seen) == []
    stricter = secrecy.Published(
        seen.zones, seen.geometry, seen.households, seen.population, min_households=16
    )
    [leak] = secrecy.leaks(stricter, stricter)
    assert str(leak) == "e moins qpv : moins de 16 ménages"


def test_codes_of_a_territory(bench: Bench, demo_mirror: Path) -> None:
    place = territory.load(open_mirror(demo_mirror), "ville-temoin")
    zones = place.zones
    codes = sorted(zones.loc[zones["kind"] == "commune", "code"])
    rows = [(code, 20) for code in codes]
    text = listing(*rows, ("44109", 2), header="CLE;COM")
    found = bench.read(text, KEY, COMMUNE, place=place)
    assert values(found) == dict.fromkeys(codes, 20.0) | {place.code: 20.0 * len(codes)}
    assert rejected(found)["zone inconnue dans le territoire"][0] == 2
    assert found.report is not None
    told = found.report.as_json()["rejected"]
    assert [x.get("codes") for x in told if x["reason"].startswith("zone inc")] == [["44109"]]
    with pytest.raises(BadInput, match="generation"):
        bench.read(listing(("QP001001", 20)), KEY, QPV, place=place)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([0, 1, 3, 8, 12, 25, 60]), min_size=12, max_size=12),
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 3), st.integers(1, 3)),
        min_size=1, max_size=6,
    ),
    st.booleans(),
)  # fmt: skip
def test_no_hidden_figure_can_be_computed(
    bench: Bench, counts: list[int], boxes: list[tuple[int, int, int, int]], whole: bool
) -> None:
    """An attacker who knows every outline and every published figure, on a board of 4 × 3."""
    cells = [(i, j) for i in range(4) for j in range(3)]
    people = dict(zip(cells, counts, strict=True))
    shapes = {
        f"z{n}": shapely.box(i * SIDE, j * SIDE, min(i + w, 4) * SIDE, min(j + h, 3) * SIDE)
        for n, (i, j, w, h) in enumerate(boxes)
    }
    board = shapely.box(0, 0, 4 * SIDE, 3 * SIDE)
    shapes |= {"e": board} if whole else {}
    shapes |= {"a": shapely.box(0, 0, 400, 100), "b": shapely.box(0, 100, 400, 300)}
    place = ground({name: ("commune", shape) for name, shape in shapes.items()})
    if sum(counts) < 11:
        with pytest.raises(BadInput):
            bench.read(cells_csv(people), KEY, *POINT, place=place)
        return
    found = bench.read(cells_csv(people), KEY, *POINT, place=place)
    shown = values(found)
    centres = [shapely.Point((i + 0.5) * SIDE, (j + 0.5) * SIDE) for i, j in cells]
    rows = {
        name: np.array([bool(shape.contains(p)) for p in centres]) for name, shape in shapes.items()
    }
    true = {name: float(np.array(counts)[row].sum()) for name, row in rows.items()}
    inhabited = np.array(counts) > 0
    # What nobody lives in is known to be empty, which tells of no one.
    known = {name: 0.0 for name, why in reasons(found).items() if why == NO_ROWS} | shown
    # The report says how many rows there are in all.
    known_rows = np.array([*(rows[name] for name in known), np.ones(12, dtype=bool)])
    for name, value in shown.items():
        assert value == true[name]
        assert value == 0 or value >= 11
    for name, why in reasons(found).items():
        if why == NO_ROWS:
            assert true[name] == 0
        elif 0 < true[name] < 11:
            assert combination(known_rows[:, inhabited], rows[name][inhabited]) is None
    for one in shown:
        for other in shown:
            inside = not (rows[one] & ~rows[other]).any()
            if inside:
                left = shown[other] - shown[one]
                assert left == 0 or left >= 11


def cube(behind: Sequence[Sequence[float]], split: str = "", **more: Any) -> Cube:
    table = np.array(behind, dtype=float)
    given: dict[str, Any] = {
        "measure": "m", "unit": "dwelling", "split": split, "categories": ("",) * table.shape[1],
        "value": table, "behind": table, "rows": np.ones_like(table),
        "availability": np.ones_like(table), "among": "", "complement": False,
        "largest": np.zeros_like(table), "second": None,
        "sole": np.full(table.shape, "", dtype=object),
    }  # fmt: skip
    return Cube(**(given | more))


@settings(max_examples=60)
@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([0, 2, 7, 11, 20, 45]), min_size=width, max_size=width),
            min_size=2, max_size=5,
        )
    )
)  # fmt: skip
def test_no_hidden_category_can_be_computed_from_margins(table: list[list[int]]) -> None:
    """Zones by category, with the total of each zone and of the whole, as in a published table."""
    by_atom = np.array(table, dtype=float)
    zones, width = by_atom.shape
    covers = np.vstack([np.eye(zones, dtype=bool), np.ones((1, zones), dtype=bool)])
    cells = covers @ by_atom
    total = cells.sum(axis=1, keepdims=True)
    masks = suppression.masked(
        [cube(total.tolist()), cube(cells.tolist(), "s")],
        covers, threshold=11, written=(), first=np.zeros(zones + 1, dtype=bool), told=None,
    )  # fmt: skip
    shown = [mask.reason == "" for mask in masks]
    rows = [np.kron(covers, np.ones((1, width), bool)), np.kron(covers, np.eye(width, dtype=bool))]
    known = np.vstack([row[here.ravel()] for row, here in zip(rows, shown, strict=True)])
    for row, here, amount in zip(rows, shown, (total, cells), strict=True):
        few = (amount > 0) & (amount < 11)
        assert not (few & here).any()
        for target in row[few.ravel()]:
            assert combination(known, target) is None


# The folder


def test_nothing_of_the_rows_is_in_the_folder(bench: Bench, tmp_path: Path) -> None:
    lines = ["CLE;QPV;VACANT;PERIODE;BAILLEUR;AVIS"]
    for zone, count in ((A, 40), (B, 3)):
        lines += [
            f"{pseudonym(len(lines) + i)};{zone};1;ancien;BZ77;verbatim" for i in range(count)
        ]
    lines.append(f"{pseudonym(999)};{A};7;ancien;BZ77;verbatim")
    found = bench.read("\n".join(lines), KEY, QPV, VACANT, PERIOD, LANDLORD)
    folder = partner.write(found, tmp_path / "out")
    assert sorted(p.name for p in folder.iterdir()) == [
        "agreement.json", "partner.parquet", "report.json",
    ]  # fmt: skip
    content = b"".join(p.read_bytes() for p in sorted(folder.iterdir()))
    # The table is compressed: what it holds is looked for in clear as well.
    content += found.table.to_csv().encode()
    for line in lines[1:]:
        assert line.partition(";")[0].encode() not in content
    for word in (b"verbatim", b"BZ77", str(tmp_path).encode(), b"file.csv"):
        assert word not in content
    assert not any(p.name.startswith(".") for p in tmp_path.iterdir())


def test_same_file_gives_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    text = listing((A, 40), (B, 30))
    turned = text.splitlines()
    turned[1:] = turned[:0:-1]
    for name, content in (("one", text), ("two", text), ("three", "\n".join(turned))):
        partner.write(bench.read(content, KEY, QPV), tmp_path / name)
    for file in ("agreement.json", "partner.parquet", "report.json"):
        one = (tmp_path / "one" / file).read_bytes()
        assert (tmp_path / "two" / file).read_bytes() == one
        assert file == "report.json" or (tmp_path / "three" / file).read_bytes() == one


# The command line


@pytest.fixture
def labo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    import labo.cli.partners  # noqa: F401 (its command)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "140")
        monkeypatch.setattr(sys, "argv", ["labo", *map(str, arguments)])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code or 0, captured.out, captured.err

    return run


def test_command_line(
    bench: Bench, labo: Callable[..., tuple[int, str, str]], tmp_path: Path, demo_mirror: Path
) -> None:
    place = territory.load(open_mirror(demo_mirror), "ville-temoin")
    code = str(place.zones.loc[place.zones["kind"] == "qpv", "code"].iloc[0])
    name = str(place.zones.loc[place.zones["kind"] == "qpv", "name"].iloc[0])
    agreement = {"signed": dt.date(2020, 1, 1), "expires": dt.date(2999, 1, 1)}
    bench.schema(KEY, QPV, agreement=agreement)
    path = bench.file(listing((code, 40), ("QN99999M", 2)))
    common = ("import", path, "--schema", tmp_path / "schema.toml")
    options = ("--mirror", demo_mirror, "--territory", "ville-temoin", "--out", tmp_path / "out")
    status, out, err = labo(*common, *options)
    assert status == 0, err
    for word in ("Lignes retenues :", "40", name, "zone inconnue dans le territoire", "42"):
        assert word in out
    assert partner.read(tmp_path / "out", TODAY).territory == place.code
    status, out, err = labo(*common, "--json")
    assert status == 0, err
    assert {row["zone"]: row["value"] for row in json.loads(out)} == {code: None, "QN99999M": None}
    status, out, err = labo(*common, "--mirror", demo_mirror)
    assert (status, out) == (1, "")
    assert "--territory" in err
    bench.schema(
        KEY, QPV, agreement={"signed": dt.date(2020, 1, 1), "expires": dt.date(2020, 1, 2)}
    )
    status, out, err = labo(*common)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "expired on 2020-01-02" in err


def test_template_is_printed(labo: Callable[..., tuple[int, str, str]]) -> None:
    status, out, err = labo("import", "--template")
    assert (status, err) == (0, "")
    assert out.startswith("# Ce que le partenaire a accepté")
