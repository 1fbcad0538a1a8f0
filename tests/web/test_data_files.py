"""Data that is taken away: workbook, GeoPackage and codebook hold the figures of the pages."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
from django.test import Client

from labo_web.accounts.models import Organisation
from labo_web.releases import kept
from labo_web.releases.access import WAITING
from labo_web.releases.models import Agreement, Release, Value, Zone
from labo_web.releases.reading import TACCT
from tests.web.conftest import first_qpv

HOME = "/territoires/999000001/"


def table(client: Client, name: str) -> list[dict[str, str]]:
    text = client.get(HOME + name).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def book_of(client: Client, more: str = "") -> Any:
    answer = client.get(f"{HOME}donnees.xlsx{more}")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture
def package(client: Client, public: Release, tmp_path: Path) -> Path:
    path = tmp_path / "donnees.gpkg"
    path.write_bytes(client.get(HOME + "donnees.gpkg").content)
    return path


def test_workbook_holds_the_values(client: Client, public: Release) -> None:
    book = book_of(client)
    names = ["Lisez-moi", "Valeurs", "Zones", "Indicateurs", "Colonnes", "Sources"]
    assert book.sheetnames == names
    rows = rows_of(book["Valeurs"])
    known: dict[Any, Value] = {
        (v.zone.code, v.indicator.name, v.scenario, v.horizon, v.method): v
        for v in Value.objects.filter(zone__release=public).select_related("zone", "indicator")
    }
    assert len(rows) == len(known)
    for row in rows:
        keys = ("zone", "indicateur", "scenario", "horizon", "methode")
        v = known[tuple(row[k] or "" for k in keys)]
        for column, value in (("valeur", v.central), ("bas", v.low), ("haut", v.high)):
            assert row[column] == pytest.approx(value) if value is not None else row[column] is None
            assert not isinstance(row[column], str)
        assert (row["valeur"] is None) == bool(row["raison_si_vide"])
        assert row["licences"]
    about = {row["sujet"]: row["valeur"] for row in rows_of(book["Lisez-moi"])}
    assert about["Livraison"] == public.code
    assert about["Date"] == "2026-05-04"
    assert about["Version de la méthode"] == public.code_version
    assert "Licence Ouverte" in about["Licences"]
    assert "Insee" in about["Citer ainsi"]
    assert "Données fictives" in about


def test_no_cell_is_a_formula(client: Client, public: Release) -> None:
    for text in ('=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)"):
        Zone.objects.filter(release=public, code=first_qpv(public)).update(name=text + "\x07")
        kept.forget()
        sheet = book_of(client)["Valeurs"]
        hostile = [c for c in sheet["B"] if c.value == text]
        assert hostile
        assert all(c.data_type == "s" and c.quotePrefix for c in hostile)
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        assert [r for r in table(client, "valeurs.csv") if r["nom"].startswith(f"'{text}")]


def test_geopackage_opens_as_a_layer_with_values(package: Path, public: Release) -> None:
    assert {name for name, _ in pyogrio.list_layers(package)} == {
        *("zones", "valeurs", "colonnes", "lisez_moi")
    }
    about = pyogrio.read_info(package, layer="zones")
    assert about["crs"] == "EPSG:4326"
    assert "Licence Ouverte" in about["layer_metadata"]["LICENCE"]
    assert public.code in about["layer_metadata"]["ATTRIBUTION"]
    zones = pyogrio.read_dataframe(package, layer="zones").set_index("zone")
    assert len(zones) == public.zones.count()
    assert zones.geometry.is_valid.all()
    whole = Value.objects.filter(zone__release=public, scenario="present")
    for v in whole.select_related("zone", "indicator"):
        for end, value in (("", v.central), ("_low", v.low), ("_high", v.high)):
            held = zones.loc[v.zone.code, f"{v.indicator.name}{end}"]
            assert held == pytest.approx(value, nan_ok=True) if value is not None else held != held
    values = pyogrio.read_dataframe(package, layer="valeurs")
    assert len(values) == Value.objects.filter(zone__release=public).count()
    assert (values["valeur"].isna() == values["raison_si_vide"].ne("")).all()


def test_geopackage_has_the_same_bytes(client: Client, public: Release, package: Path) -> None:
    assert client.get(HOME + "donnees.gpkg").content == package.read_bytes()
    assert b"2026-05-04T12:00:00.000Z" in package.read_bytes()


def test_codebook_says_every_column(client: Client, public: Release, package: Path) -> None:
    told: dict[str, set[str]] = {}
    for row in table(client, "colonnes.csv"):
        assert row["signification"]
        told.setdefault(row["fichier"], set()).add(row["colonne"])
    assert told["valeurs"] == set(table(client, "valeurs.csv")[0])
    assert told["valeurs"] == set(rows_of(book_of(client)["Valeurs"])[0])
    for layer, name in (("valeurs", "valeurs"), ("zones", "zones")):
        assert told[name] == set(pyogrio.read_info(package, layer=layer)["fields"])
    collection = client.get(HOME + "zones.geojson").json()
    for feature in collection["features"]:
        assert set(feature["properties"]) <= told["zones"]
    assert "Licence Ouverte" in collection["about"]["licence"]
    assert {"Livraison", "Date", "Licences", "Citer ainsi"} <= told["livraison"]


def test_components_in_the_words_of_tacct(client: Client, public: Release) -> None:
    plain = rows_of(book_of(client)["Indicateurs"])
    other = rows_of(book_of(client, "?lecture=tacct")["Indicateurs"])
    hazard = TACCT["hazard"]
    assert not [row for row in plain if row["composante"] == hazard]
    assert [row for row in other if row["composante"] == hazard]


def test_a_withheld_value_is_empty_with_its_reason(
    client: Client, public: Release, browse: Any, tmp_path: Path
) -> None:
    code, name = first_qpv(public), "poverty_share"
    landlord = Organisation.objects.create(name="Bailleur")
    Agreement.objects.create(release=public, landlord=landlord, zone=code, indicator=name)

    def held(who: Client) -> list[Any]:
        rows = rows_of(book_of(who)["Valeurs"])
        [row] = [r for r in rows if (r["zone"], r["indicateur"]) == (code, name)]
        path = tmp_path / "x.gpkg"
        path.write_bytes(who.get(HOME + "donnees.gpkg").content)
        zones = pyogrio.read_dataframe(path, layer="zones").set_index("zone")
        cell = zones.loc[code, name]
        return [row["valeur"], row["ecart"], None if cell != cell else cell, row["raison_si_vide"]]

    assert held(client) == [None, None, None, WAITING]
    assert all(x is not None for x in held(browse("officer"))[:3])
