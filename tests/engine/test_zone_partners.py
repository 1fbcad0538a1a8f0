"""Partners' imports in a diagnosis: whose they are, how long, what they may tell."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from labo import checking, cli, partner, release, secrecy, territory, zone_partners
from labo.agreement import Agreement
from labo.diagnosis import Diagnosis
from labo.errors import BadInput, LaboError, MissingFile
from labo.mirror import Mirror, open_mirror
from labo.partner import COLUMNS, Imported, Measure
from labo.release import Release
from labo.territory import Territory
from labo.zone_layers import HIDDEN, HIDDEN_BY_DIFFERENCE, hidden_by_difference
from labo.zone_partners import DRAWN, NOT_COUNTED, bring
from tests.engine.conftest import DRAWS, run
from tests.engine.test_partner import KEY, POINT, VACANT, Bench
from tests.engine.test_release import change

TODAY = dt.date(2026, 11, 1)
LAST = dt.date(2028, 12, 31)
AGREEMENT = Agreement(
    partner="Habitat Exemple",
    purpose="Repérer les logements vacants",
    licence="Convention du 12 mars 2026",
    signed=dt.date(2026, 3, 12),
    expires=LAST,
    contact="service du patrimoine",
    publication="territory team",
)
DWELLINGS = Measure("dwellings", "Logements", "dwelling", "", {})
VACANTS = Measure("vacant", "Vacants", "dwelling", "dwellings", {})
RENT = Measure("rent", "Loyers", "euro", "dwellings", {})
# By zone, or what is said where there is none.
Counts = Mapping[str, float | str]


@pytest.fixture(scope="module")
def place(demo_mirror: Path) -> Territory:
    return territory.load(open_mirror(demo_mirror), "ville-temoin")


def told(place: Territory, counts: Mapping[str, Counts], **changed: Any) -> Imported:
    """An import that counts so many in so many zones."""
    units = {m.id: m for m in (DWELLINGS, VACANTS, RENT)}
    kinds = dict(zip(place.zones["zone"], place.zones["kind"], strict=True))
    rows = [
        {
            "zone": zone, "kind": kinds.get(zone, "commune"), "measure": name, "split": "",
            "category": "", "value": value if isinstance(value, float) else np.nan,
            "unit": units[name].unit, "availability": 1.0,
            "reason": value if isinstance(value, str) else "", "note": "",
        }
        for name, of_zones in counts.items()
        for zone, value in of_zones.items()
    ]  # fmt: skip
    given: dict[str, Any] = {
        "id": "habitat", "label": "Logements de Habitat Exemple", "vintage": "2026-01",
        "grain": "aggregated", "territory": place.code, "generation": "2024",
        "agreement": AGREEMENT, "measures": [units[name] for name in counts],
        "table": pd.DataFrame(rows, columns=COLUMNS), "report": None, "schema_sha256": "0" * 64,
    }  # fmt: skip
    return Imported(**given | changed)


def everywhere(place: Territory, count: float) -> dict[str, Counts]:
    return {"dwellings": dict.fromkeys(place.zones["zone"], count)}


def mirrored(folder: Path, imported: Imported | None, **entry: Any) -> Mirror:
    """A mirror that names one import and nothing else."""
    if imported is not None:
        partner.write(imported, folder / "habitat")
    about = {"path": '"habitat"', "expires": LAST.isoformat()} | entry
    name = about.pop("name", "habitat")
    lines = [f"[partners.{name}]", *(f"{key} = {value}" for key, value in about.items())]
    (folder / "mirror.toml").write_text("\n".join(lines), encoding="utf-8")
    return open_mirror(folder)


def sentence(caught: pytest.ExceptionInfo[LaboError], *words: str) -> None:
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def brought(place: Territory, imported: Imported, secret: Counts | None = None) -> Any:
    """What reaches the zones: value or reason by zone, for each measure."""
    why = np.array([(secret or {}).get(zone, "") for zone in place.zones["zone"]], dtype=object)
    [found] = bring([zone_partners.Read(imported, "0" * 64)], place, why)
    return {
        name: {
            zone: float(value) if reason == "" else reason
            for zone, value, reason in zip(
                place.zones["zone"], central, found.reasons[name], strict=True
            )
        }
        for name, central in found.central.items()
    }


# Which imports are read


def test_a_diagnosis_reads_an_import_until_its_last_day(place: Territory, tmp_path: Path) -> None:
    mirror = mirrored(tmp_path, told(place, everywhere(place, 40.0)))
    [found], notices = zone_partners.read(mirror, place, LAST)
    assert found.imported.agreement == AGREEMENT
    agreement = (tmp_path / "habitat/agreement.json").read_bytes()
    assert found.sha256 == hashlib.sha256(agreement).hexdigest()
    assert notices == []


def test_an_expired_agreement_is_left_out_and_said(place: Territory, tmp_path: Path) -> None:
    """Nothing of it is opened: what was imported may have been deleted, as it should."""
    mirror = mirrored(tmp_path, None)
    found, [notice] = zone_partners.read(mirror, place, LAST + dt.timedelta(days=1))
    assert found == []
    assert (notice.source, notice.kind, notice.count) == ("habitat", "missing", 1)
    assert "expired on 2028-12-31: nothing of it was read" in notice.text


def test_the_day_is_asked_for_only_where_an_agreement_ends(
    place: Territory, demo_mirror: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as caught:
        zone_partners.read(mirrored(tmp_path, None), place, None)
    sentence(caught, "[partners.habitat]", "`today`")
    assert zone_partners.read(open_mirror(demo_mirror), place, None) == ([], [])


@pytest.mark.parametrize(
    ("changed", "entry", "words"),
    [
        ({"territory": "200000000"}, {}, ["zones of 200000000", "--territory 999000001"]),
        ({"generation": "2015"}, {}, ["QPVs of 2015", "--generation 2024"]),
        ({}, {"name": "caf"}, ["[partners.caf]", "'habitat'", "[partners.habitat]"]),
        ({}, {"sha256": '"00"'}, ["agreement.json has sha256", "expected 00"]),
        ({}, {"expires": "2029-01-01"}, ["until 2029-01-01", "until 2028-12-31"]),
    ],
)
def test_an_import_of_something_else_is_refused(
    place: Territory,
    tmp_path: Path,
    changed: dict[str, Any],
    entry: dict[str, Any],
    words: list[str],
) -> None:
    imported = told(place, everywhere(place, 40.0), **changed)
    mirror = mirrored(tmp_path, imported, **entry)
    with pytest.raises(BadInput) as caught:
        zone_partners.read(mirror, place, TODAY)
    sentence(caught, *words)


def test_an_import_that_is_not_there_or_not_of_here(place: Territory, tmp_path: Path) -> None:
    with pytest.raises(MissingFile) as missing:
        zone_partners.read(mirrored(tmp_path, None), place, TODAY)
    sentence(missing, "[partners.habitat]", "no agreement.json", "labo import")
    elsewhere = told(place, {"dwellings": {"35001": 40.0, "35002": 50.0}}, territory="")
    with pytest.raises(BadInput) as caught:
        zone_partners.read(mirrored(tmp_path, elsewhere), place, TODAY)
    sentence(caught, "none of the zones", "35001, 35002", "--territory 999000001")


def test_an_earlier_last_day_of_the_mirror_counts(place: Territory, tmp_path: Path) -> None:
    mirror = mirrored(tmp_path, told(place, everywhere(place, 40.0)), expires="2026-10-31")
    found, [notice] = zone_partners.read(mirror, place, TODAY)
    assert found == []
    assert "2026-10-31" in notice.text


def test_what_the_import_left_out_is_said_again(place: Territory, tmp_path: Path) -> None:
    counts = {"dwellings": dict.fromkeys([*place.zones["zone"], "35001", "35002"], 40.0)}
    mirror = mirrored(tmp_path, told(place, counts))
    folder = tmp_path / "habitat"
    report = {
        "rejected": [{"reason": "hors du territoire", "count": 3, "lines": [4, 5, 6]}],
        "repaired": {"commune": 7},
        "missing": {"vacant": 2},
    }
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    agreement = json.loads((folder / "agreement.json").read_text("utf-8"))
    agreement["files"]["report.json"] = hashlib.sha256(
        (folder / "report.json").read_bytes()
    ).hexdigest()
    (folder / "agreement.json").write_text(json.dumps(agreement), encoding="utf-8")
    _, notices = zone_partners.read(mirror, place, TODAY)
    assert [(n.kind, n.count) for n in notices] == [
        ("repaired", 7),
        ("rejected", 3),
        ("missing", 2),
        ("rejected", 2),
    ]
    assert notices[-1].text == "zones of the import that the territory does not have"


# What reaches the zones


def test_totals_are_taken_as_they_are(place: Territory) -> None:
    first, second, *rest = place.zones["zone"]
    found = brought(place, told(place, {"dwellings": {first: 40.0, second: "moins de 11"}}))
    assert found["dwellings"] == {
        first: 40.0, second: "moins de 11", **dict.fromkeys(rest, NOT_COUNTED)
    }  # fmt: skip


def test_a_zone_of_the_same_code_and_another_kind_is_not_the_same(place: Territory) -> None:
    imported = told(place, everywhere(place, 40.0))
    table = imported.table.assign(kind="iris")
    found = brought(place, dataclasses.replace(imported, table=table))
    assert set(found["dwellings"].values()) == {NOT_COUNTED}


def test_what_the_release_hides_is_hidden(place: Territory) -> None:
    first = place.zones["zone"].iloc[0]
    imported = told(place, everywhere(place, 40.0) | {"rent": everywhere(place, 9e5)["dwellings"]})
    found = brought(place, imported, secret={first: HIDDEN})
    assert {name: values[first] for name, values in found.items()} == {
        "dwellings": HIDDEN, "rent": HIDDEN
    }  # fmt: skip


def test_what_subtraction_would_tell_is_hidden_with_its_parts(place: Territory) -> None:
    """Five dwellings are in the QPVs: the agglomeration minus what is outside of them."""
    zones = place.zones.set_index("kind")["zone"]
    epci, outside = zones["epci"], zones["rest_of_epci"]
    counts = {epci: 1000.0, outside: 995.0}
    found = brought(
        place,
        told(place, {"rent": {epci: 5e6, outside: 4.9e6}, "dwellings": counts, "vacant": counts}),
    )
    assert found["dwellings"][epci] == 1000.0
    assert found["dwellings"][outside] == HIDDEN_BY_DIFFERENCE
    assert found["rent"][outside] == HIDDEN_BY_DIFFERENCE, "of what is hidden no part is shown"
    assert found["vacant"][outside] == HIDDEN_BY_DIFFERENCE


def test_a_sum_of_zones_that_tells_of_few_is_broken() -> None:
    """Two zones cross: both together, minus the whole, are the five who live where they cross."""
    shapes = [shapely.box(0, 0, west, 900) for west in (600, 1000)] + [
        shapely.box(500, 0, 1000, 900)
    ]
    zones = gpd.GeoDataFrame(
        {"zone": ["a", "whole", "b"], "kind": "perimeter"}, geometry=shapes, crs="EPSG:3035"
    )
    town = Territory("1", "Ville", "2024", zones, (), ())
    counts, unknown = np.array([100.0, 185.0, 90.0]), np.full(3, np.nan)
    seen = secrecy.Published(list(zones["zone"]), np.asarray(zones.geometry), counts, unknown)
    assert [leak.added for leak in secrecy.leaks(seen, seen)] == [("b",)]
    hidden = hidden_by_difference(town, np.zeros(3, dtype=bool), counts, unknown)
    assert zones.loc[hidden, "zone"].tolist() == ["b"], "the smallest gives way, though added"


def test_an_agreement_may_ask_for_more(place: Territory) -> None:
    zones = place.zones.set_index("kind")["zone"]
    epci, outside = zones["epci"], zones["rest_of_epci"]
    for threshold, shown in ((11, 980.0), (25, HIDDEN_BY_DIFFERENCE)):
        agreement = dataclasses.replace(AGREEMENT, secrecy_threshold=threshold)
        counts = {"dwellings": {epci: 1000.0, outside: 980.0}}
        found = brought(place, told(place, counts, agreement=agreement))
        assert found["dwellings"][outside] == shown


def test_nothing_is_joined_to_a_drawn_perimeter_by_its_name(
    demo_mirror: Path, place: Territory, tmp_path: Path
) -> None:
    path = tmp_path / "here.geojson"
    box = place.zones.geometry.iloc[0].envelope
    gpd.GeoSeries([box], crs=place.zones.crs).to_crs("EPSG:4326").to_file(path, driver="GeoJSON")
    drawn = territory.load(open_mirror(demo_mirror), "ville-temoin", perimeters=[path])
    found = brought(drawn, told(drawn, everywhere(drawn, 40.0)))
    assert found["dwellings"]["here"] == DRAWN


# In a release


@pytest.fixture(scope="module")
def partner_mirror(
    demo_mirror: Path, place: Territory, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The town's mirror, and 600 dwellings of a landlord, counted by where they are."""
    folder = tmp_path_factory.mktemp("partner")
    inhabited = gpd.read_file(demo_mirror / "batiment.gpkg").to_crs(place.zones.crs)
    points = inhabited[inhabited["NB_LOGTS"] > 0].geometry.centroid
    points = points[points.within(shapely.union_all(place.zones.geometry))]
    # Every second one is in a QPV, so that both sides are counted.
    qpvs = shapely.union_all(place.zones.geometry[place.zones["kind"] == "qpv"])
    sides = [points[points.within(qpvs)], points[~points.within(qpvs)]]
    chosen = [sides[i % 2].iloc[(i // 2) % len(sides[i % 2])] for i in range(600)]
    lines = [
        f"k{i:07d}zq;{point.x:.1f};{point.y:.1f};{int(i % 3 == 0)}"
        for i, point in enumerate(chosen)
    ]
    bench = Bench(folder)
    schema = bench.schema(KEY, *POINT, VACANT)
    file = bench.file("\n".join(["CLE;X;Y;VACANT", *lines]))
    imported = partner.read_partner(file, schema, today=TODAY, territory=place)
    partner.write(imported, folder / "habitat")
    # The files stay where they are: an absolute path is one too.
    said = (demo_mirror / "mirror.toml").read_text("utf-8")
    said = said.replace('path = "', f'path = "{demo_mirror}/')
    said = said.replace('coverage = "', f'coverage = "{demo_mirror}/')
    entry = '\n[partners.habitat]\npath = "habitat"\nexpires = 2028-12-31\n'
    (folder / "mirror.toml").write_text(said + entry, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def partner_diagnosis(partner_mirror: Path) -> Diagnosis:
    return run(partner_mirror, today=TODAY)


@pytest.fixture(scope="module")
def partner_release(
    partner_diagnosis: Diagnosis, tmp_path_factory: pytest.TempPathFactory
) -> Release:
    return release.write(partner_diagnosis, tmp_path_factory.mktemp("partner") / "release")


@pytest.fixture
def spoiled(partner_diagnosis: Diagnosis, tmp_path: Path) -> Path:
    return release.write(partner_diagnosis, tmp_path / "spoiled").folder


def test_release_holds_the_counts_as_exact_values(
    partner_release: Release, partner_mirror: Path
) -> None:
    given = partner.read(partner_mirror / "habitat", TODAY).table
    values = partner_release.values
    for measure in ("dwellings", "vacant"):
        mine = values[values["indicator"] == f"habitat.{measure}"].set_index("zone")
        total = given[(given["measure"] == measure) & (given["split"] == "")].set_index("zone")
        assert set(mine.index) == set(partner_release.places["zone"])
        known = mine[mine["reason"] == ""]
        assert len(known)
        assert (known["central"] == total["value"].reindex(known.index)).all()
        assert (known["low"] == known["central"]).all()
        assert (known["high"] == known["central"]).all()
        assert set(known["method"]) == {"partner"}
        assert set(known["unit"]) == {"dwelling"}
        assert (known[["var_measurement", "var_secrecy", "var_transfer"]] == 0).all(axis=None)
    drawn = partner_release.draws
    drawn = drawn[drawn["indicator"] == "habitat.dwellings"]
    assert len(drawn)
    assert all(len(x) == DRAWS and len(set(x)) == 1 for x in drawn["values"])


def test_release_says_under_which_agreement(partner_release: Release) -> None:
    manifest = partner_release.manifest
    [named] = manifest["partners"]
    for key, value in {
        "id": "habitat", "partner": "Habitat Exemple", "licence": "Convention du 12 mars 2026",
        "expires": "2028-12-31", "publication": "territory team", "secrecy_threshold": 11,
        "purpose": "Repérer les logements vacants",
    }.items():  # fmt: skip
        assert named[key] == value
    assert len(named["sha256"]) == 64
    assert manifest["publication"] == "territory team"
    assert not partner_release.public
    dwellings, vacant = partner_release.partner_indicators
    assert dwellings == {
        "id": "habitat.dwellings", "label": "Logements", "unit": "dwelling", "import": "habitat",
        "partner": "Habitat Exemple", "purpose": "Repérer les logements vacants",
        "licence": "Convention du 12 mars 2026", "publication": "territory team",
    }  # fmt: skip
    assert vacant["among"] == "habitat.dwellings"
    assert checking.check(partner_release) == []
    assert checking.check_against(partner_release, partner_release) == []


def test_a_release_without_partners_is_for_everyone(demo_release: Release) -> None:
    assert demo_release.public
    assert demo_release.manifest["partners"] == []
    assert demo_release.partner_indicators == []


def test_the_rest_of_the_release_is_the_same(
    partner_release: Release, demo_release: Release
) -> None:
    values = partner_release.values
    ours = values[values["method"] != "partner"]
    ours = ours[~ours["indicator"].str.startswith("habitat.")].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, demo_release.values, check_dtype=False)


def edited(column: str, value: Any, zone: str = "999000001") -> Any:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        there = (table["indicator"] == "habitat.dwellings") & (table["zone"] == zone)
        for name in ("low", "central", "high") if column == "central" else (column,):
            table[name] = table[name].where(~there, value)
        return table

    return edit


def test_check_finds_a_count_under_the_threshold(spoiled: Path) -> None:
    found = change(spoiled, "values.parquet", edited("central", 10.0))
    wrong = "habitat.dwellings of 999000001 is under the threshold of its agreement, 11."
    assert wrong in checking.check(found)


def test_check_finds_what_subtraction_tells(spoiled: Path, partner_release: Release) -> None:
    values = partner_release.values.set_index(["indicator", "zone"])["central"]
    outside = "999000001-hors-qpv-2024"
    few = values["habitat.dwellings", outside] + 3
    found = change(spoiled, "values.parquet", edited("central", few))
    leaks = [text for text in checking.check(found) if text.startswith("Secrecy: 999000001 minus")]
    assert f"Secrecy: 999000001 minus {outside} leaves 3.0 of habitat.dwellings, too few to " in (
        " ".join(leaks)
    )
    for text in checking.check_against(partner_release, found):
        assert "habitat.dwellings" in text


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("publication", "public", "everyone may see it, and the agreement of 'habitat' does not"),
        ("partners", [], "comes from a partner whose agreement is not in the manifest"),
    ],
)
def test_check_finds_an_agreement_that_was_forgotten(
    spoiled: Path, key: str, value: Any, wrong: str
) -> None:
    path = spoiled / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | {key: value}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert wrong in " ".join(checking.check(release.read(spoiled)))


def test_a_diagnosis_after_the_last_day_says_so_and_holds_nothing(partner_mirror: Path) -> None:
    found = run(partner_mirror, today=LAST + dt.timedelta(days=1), draws=20)
    assert not found.values["indicator"].str.startswith("habitat.").any()
    assert [n.source for n in found.notices if n.kind == "missing"].count("habitat") == 1
    assert found.partners.publication == "public"


def test_show_says_whose_and_for_whom(
    partner_release: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    def show(*options: str) -> str:
        command = ["labo", "show", str(partner_release.folder), "999000001", *options]
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert not stopped.value.code
        out = capsys.readouterr().out
        assert max(len(line) for line in out.splitlines()[:-1]) <= 80
        return " ".join(out.split())

    for out in (show(), show("--in-words")):
        assert "Réservé à l’équipe du territoire : accord avec Habitat Exemple." in out
        assert "Données de partenaires" in out
    assert "P1. Habitat Exemple, Logements de Habitat Exemple, millésime 2026-01" in show()
    assert "jusqu’au 31/12/2028 ; pour l’équipe du territoire ; rien sous 11" in show()
