"""Forged, hostile and foreign releases: refused with a sentence, and nothing is left behind.

Each of these is sound for its manifest: every sha256 is right.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from labo.errors import DamagedRelease
from labo_web.accounts.models import Circle, Territory
from labo_web.documents.spreadsheet import FORMULA
from labo_web.releases.importing import import_release
from labo_web.releases.models import Indicator, Release, Value, Zone
from tests.web import town
from tests.web.conftest import RECEIVED, open_to

pytestmark = pytest.mark.django_db
LONG = "x" * 2_000


def forge(found: Path, out: Path, name: str, change: Callable[[Any], Any]) -> Path:
    """Copy a release with a table or a declaration changed, and a manifest that agrees."""
    town.changed(found, out, lambda m: m.update(seed=11))
    path = out / name
    if name.endswith(".json"):
        content = json.loads(path.read_text("utf-8"))
        text = json.dumps(change(content) or content)
        town.rewrite(out, name, text.encode())
    else:
        read = gpd.read_parquet if name == "zones.parquet" else pd.read_parquet
        table = read(path)
        made = io.BytesIO()
        change(table).to_parquet(made, index=False)
        town.rewrite(out, name, made.getvalue())
    return out


def zone_named(**given: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Change the first neighbourhood."""

    def change(zones: pd.DataFrame) -> pd.DataFrame:
        first = zones.index[zones["kind"] == "qpv"][0]
        for column, value in given.items():
            zones.loc[first, column] = value
        return zones

    return change


def renamed(old: str, new: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Name an indicator otherwise in the values."""
    return lambda values: values.assign(indicator=values["indicator"].replace(old, new))


def first_doubled(zones: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([zones, zones[zones["kind"] == "qpv"].head(1)], ignore_index=True)


def emptied(zones: Any) -> Any:
    zones.loc[zones["kind"] == "qpv", "geometry"] = None
    return zones


def endless(values: pd.DataFrame) -> pd.DataFrame:
    known = values.index[values["central"].notna() & values["low"].notna()][0]
    values.loc[known, ["central", "high"]] = np.inf
    return values


def first_indicator(**given: Any) -> Callable[[Any], None]:
    def change(catalogue: Any) -> None:
        catalogue["indicators"][0].update(given)

    return change


TABLES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "zone name of 2,000 characters": ("zones.parquet", zone_named(name=LONG), "too long"),
    "zone name with a null": ("zones.parquet", zone_named(name="a\0b"), "is not a text"),
    "unknown kind": ("zones.parquet", zone_named(kind="planet"), "planet"),
    "zone twice": ("zones.parquet", first_doubled, "twice"),
    "no outline": ("zones.parquet", emptied, "outline"),
    "no communes": ("zones.parquet", lambda z: z.drop(columns="communes"), "communes"),
    "indicator that is not declared": (
        "values.parquet", renamed("poverty_share", "forged"), "draws"),
    "infinite value": ("values.parquet", endless, "infinite"),
    "values without a column": ("values.parquet", lambda v: v.drop(columns="reason"), "columns"),
    "label of 2,000 characters": ("catalogue.json", first_indicator(label=LONG), "too long"),
    "identifier of 2,000 characters": ("catalogue.json", first_indicator(id=LONG), "not the name"),
    "identifier that climbs": ("catalogue.json", first_indicator(id="../../x"), "not the name"),
    "identifier that is no text": ("catalogue.json", first_indicator(id=7), "not the name"),
    "no label": ("catalogue.json", lambda c: c["indicators"][0].pop("label") and None, "label"),
    "no indicators": ("catalogue.json", lambda c: {**c, "indicators": None}, "understood"),
}  # fmt: skip
MANIFESTS: dict[str, tuple[dict[str, Any], str]] = {
    "older format": ({"format": 0}, "format 0, this version reads format 1 and 2"),
    "newer format": ({"format": 3}, "format 3, this version reads format 1 and 2"),
    "format that is no number": ({"format": LONG}, "format"),
    "territory that climbs": ({"territory": {"code": "../../etc", "name": "a"}}, "not the code"),
    "territory with a space": ({"territory": {"code": "1 OR 1", "name": "a"}}, "not the code"),
    "territory of 2,000 characters": ({"territory": {"code": "9" * 2_000, "name": "a"}}, "long"),
    "territory that is no text": ({"territory": {"code": 9, "name": "a"}}, "understood"),
    "territory without a name": ({"territory": {"code": "9", "name": ""}}, "does not say"),
    "name with a null": ({"territory": {"code": "9", "name": "a\0"}}, "does not say"),
    "version of 2,000 characters": ({"code_version": LONG}, "too long"),
    "seed beyond any database": ({"seed": 10**30}, "seed"),
    "seed that is no number": ({"seed": "1"}, "seed"),
    "draws below zero": ({"draws": -1}, "draws"),
    "file that climbs": ({"files": {"../../../etc/passwd": "0" * 64}}, "missing"),
    "files that are a list": ({"files": []}, "does not name the files"),
}


def state() -> tuple[Any, ...]:
    """Return all that an import writes."""
    rows = (Release, Territory, Zone, Indicator, Value)
    kept = sorted(p.name for p in Path(settings.RELEASES).iterdir())
    return (kept, *(model.objects.count() for model in rows))


def refused(folder: Path, why: str) -> None:
    before = state()
    with pytest.raises(DamagedRelease, match=why) as told:
        import_release(folder)
    assert len(str(told.value)) < 600 + 4 * len(str(folder))
    with pytest.raises(CommandError, match=why):
        call_command("import_release", str(folder))
    assert state() == before


@pytest.mark.parametrize("what", TABLES)
def test_forged_tables(town_release: Path, tmp_path: Path, what: str) -> None:
    name, change, why = TABLES[what]
    refused(forge(town_release, tmp_path / "r", name, change), why)


@pytest.mark.parametrize("what", MANIFESTS)
def test_forged_manifests(town_release: Path, tmp_path: Path, what: str) -> None:
    given, why = MANIFESTS[what]
    refused(town.changed(town_release, tmp_path / "r", lambda m: m.update(given)), why)


def test_zone_codes_that_climb(town_release: Path, tmp_path: Path) -> None:
    """Such a code would be the address of another page: it is refused wherever it stands."""
    folder = forge(town_release, tmp_path / "r", "zones.parquet", zone_named(zone="../../x"))
    refused(folder, "no zone of the release|not the name of a zone|tells of")


def test_hostile_names_leave_harmless(town_release: Path, tmp_path: Path, client: Client) -> None:
    """A name that a spreadsheet would run, or a browser, comes in as text and leaves as text."""
    name = '=HYPERLINK("http://x","<script>alert(1)</script>")'
    folder = forge(town_release, tmp_path / "r", "zones.parquet", zone_named(name=name))
    town.changed(folder, tmp_path / "s", lambda m: m.update(
        territory={"code": "999000009", "name": "+Ville (données fictives)"}))  # fmt: skip
    made = import_release(tmp_path / "s", received_on=RECEIVED)
    open_to(made, Circle.EVERYONE)
    try:
        here = "/territoires/999000009/"
        text = client.get(f"{here}valeurs.csv").content.decode("utf-8-sig")
        cells = [
            cell
            for row in csv.DictReader(io.StringIO(text), delimiter=";")
            for column, cell in row.items()
            if column in ("nom", "libelle", "methode", "raison_si_vide", "sources")
        ]
        assert any(cell.startswith("'=HYPERLINK") for cell in cells)
        assert not any(cell.startswith(FORMULA) for cell in cells)
        qpv = Zone.objects.get(release=made, name=name)
        for path in (here, f"{here}quartiers/{qpv.code}/", "/comparer/?territoire=999000009",
                     f"/ogc/collections/{made.code}-qpv/items?f=html"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 200
            assert b"<script>alert" not in answer.content
        features = client.get(f"/ogc/collections/{made.code}-qpv/items").json()["features"]
        assert name in {x["properties"]["name"] for x in features}
    finally:
        shutil.rmtree(made.folder)


@pytest.mark.parametrize(
    "query",
    ["indicateur=%00", "territoire=%00", "quartier=%00", "tri=%00", "indicateur=" + LONG,
     "territoire=%ED%A0%80", "indicateur=%27%20OR%201=1", "quartier=" + "9" * 400,
     "livraison=%00"],
)  # fmt: skip
def test_hostile_queries_of_pages(client: Client, query: str) -> None:
    for path in ("/comparer/", "/territoires/999000001/", "/territoires/999000001/methode/"):
        assert client.get(f"{path}?{query}").status_code in (200, 404)


def test_query_of_2_000_parameters(client: Client) -> None:
    query = "&".join(f"territoire={n}" for n in range(2_000))
    assert client.get(f"/comparer/?{query}").status_code in (400, 404)
