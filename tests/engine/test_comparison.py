"""data + perimeter + method = difference, and each cause alone takes all of it."""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from labo import release
from labo.comparison import COLUMNS, PARTS, Comparison, compare
from labo.errors import BadInput
from labo.release import MANIFEST, Release
from tests.engine.conftest import change_qpvs, edited, run

FILOSOFI = "filosofi_200m_2021.gpkg"
GROWN = 1.5
CELL_COUNTS = ("population", "households", "poverty_share", "mean_standard_of_living")


def grow(mirror: Path) -> None:
    """Multiply all that is counted in the 200 m cells."""
    with sqlite3.connect(mirror / FILOSOFI) as base:
        # The triggers of a GeoPackage call functions that SQLite alone does not have.
        for (trigger,) in base.execute("select name from sqlite_master where type = 'trigger'"):
            base.execute(f'drop trigger "{trigger}"')
        names = [row[1] for row in base.execute("pragma table_info(carreaux_200m_met)")]
        sums = [n for n in names if n.startswith(("men", "log_", "ind"))]
        base.execute(
            f"update carreaux_200m_met set {', '.join(f'{n} = {n} * {GROWN}' for n in sums)}"  # noqa: S608
        )
    base.close()


def shrink_first(features: list[dict[str, Any]]) -> None:
    """Take the western two thirds off the first QPV."""
    shape = shapely.from_geojson(json.dumps(features[0]["geometry"]))
    west, south, east, north = shape.bounds
    middle = west + (east - west) * 2 / 3
    kept = shapely.intersection(shape, shapely.box(middle, south, east, north))
    features[0]["geometry"] = json.loads(shapely.to_geojson(kept))


@pytest.fixture(scope="module")
def mirrors(demo_mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("mirrors")
    found = {name: edited(demo_mirror, folder / name) for name in ("data", "perimeter", "both")}
    for name, mirror in found.items():
        if name != "perimeter":
            grow(mirror)
        if name != "data":
            change_qpvs(mirror, shrink_first)
    return found


@pytest.fixture(scope="module")
def releases(
    mirrors: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Release]:
    folder = tmp_path_factory.mktemp("releases")
    return {name: release.write(run(mirror), folder / name) for name, mirror in mirrors.items()}


@pytest.fixture(scope="module")
def shrunk(demo_release: Release, releases: Mapping[str, Release]) -> str:
    """The QPV whose perimeter changed."""
    one, two = (r.places.set_index("zone").geometry for r in (demo_release, releases["perimeter"]))
    [code] = [z for z in one.index if z.startswith("Q") and not one[z].equals_exact(two[z], 1e-9)]
    return str(code)


def described(source: Release, out: Path, **manifest: Any) -> Release:
    """Copy a release whose manifest says something else."""
    shutil.copytree(source.folder, out)
    text = json.dumps({**source.manifest, **manifest})
    (out / MANIFEST).write_text(text, encoding="utf-8")
    return release.read(out)


def check_sum(found: Comparison) -> pd.DataFrame:
    """Every row with two values splits into three parts that sum; the others say why."""
    rows = found.rows
    assert list(rows.columns) == COLUMNS
    both = rows["difference"].notna()
    assert both.any()
    parts = rows.loc[both, PARTS]
    assert parts.notna().all(axis=None)
    scale = rows.loc[both, ["first", "second"]].abs().max(axis=1).clip(lower=1e-6)
    gap = parts.sum(axis=1) - rows.loc[both, "difference"]
    assert (gap.abs() / scale).max() < 1e-9
    assert rows.loc[~both, PARTS].isna().all(axis=None)
    assert (rows.loc[~both, "reason"] != "").all()
    assert (rows.loc[both, "reason"] == "").all()
    return rows[both]


def keyed(rows: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["zone"], row["indicator"]): dict(row) for _, row in rows.iterrows()}


def only(rows: pd.DataFrame, part: str) -> None:
    np.testing.assert_allclose(rows[part], rows["difference"], rtol=1e-12, atol=0)
    others = [p for p in PARTS if p != part]
    assert (rows[others] == 0).all(axis=None)


def test_identical_releases_differ_in_nothing(demo_release: Release) -> None:
    found = compare(demo_release, demo_release)
    rows = check_sum(found)
    assert (rows[["difference", *PARTS]] == 0).all(axis=None)
    assert found.warnings == []


def test_another_seed_differs_in_nothing(
    demo_release: Release, demo_mirror: Path, tmp_path: Path
) -> None:
    other = release.write(run(demo_mirror, seed=3), tmp_path / "other")
    assert (check_sum(compare(demo_release, other))["difference"] == 0).all()


def test_only_the_data_changed(demo_release: Release, releases: Mapping[str, Release]) -> None:
    found = compare(demo_release, releases["data"])
    rows = check_sum(found)
    only(rows, "data")
    population = rows[rows["indicator"] == "population"]
    # Where cells are cut, how far neighbours are believed depends on how many people they count.
    np.testing.assert_allclose(population["second"], GROWN * population["first"], rtol=2e-3)
    assert found.warnings == []


def test_only_a_perimeter_changed(
    demo_release: Release, releases: Mapping[str, Release], shrunk: str
) -> None:
    found = compare(demo_release, releases["perimeter"])
    rows = check_sum(found)
    only(rows, "perimeter")
    mine = rows[(rows["zone"] == shrunk) & (rows["indicator"] == "population")]
    assert (mine["perimeter"] < -1).all()
    assert found.warnings == []


def test_data_and_a_perimeter_changed(
    demo_release: Release, releases: Mapping[str, Release], shrunk: str
) -> None:
    """Everything grew alike, so what the data did inside the old perimeter is known: it grew."""
    found = compare(demo_release, releases["both"])
    rows = check_sum(found)
    assert (rows["method"] == 0).all()
    mine = keyed(rows)
    alone = keyed(compare(demo_release, releases["data"]).rows)
    for name in CELL_COUNTS:
        one, truth = mine[shrunk, name], alone[shrunk, name]["data"]
        assert one["data"] == pytest.approx(truth, rel=1e-3, abs=1e-3 * abs(one["first"])), name
    assert mine[shrunk, "population"]["data"] > 1
    assert mine[shrunk, "population"]["perimeter"] < -1
    # The census did not change, so neither did what it says inside the old perimeter.
    assert mine[shrunk, "census_population"]["data"] == 0
    assert [t for t in found.warnings if "estimate" in t]


def test_zone_that_stayed_owes_its_difference_to_the_data(
    demo_release: Release, releases: Mapping[str, Release], shrunk: str
) -> None:
    rows = check_sum(compare(demo_release, releases["both"]))
    stayed = rows["zone"].str.startswith("Q") & (rows["zone"] != shrunk)
    of_cells = rows[stayed & rows["indicator"].isin(CELL_COUNTS)]
    assert len(of_cells)
    only(of_cells, "data")


def test_only_the_method_changed(demo_release: Release, demo_mirror: Path, tmp_path: Path) -> None:
    found = compare(demo_release, release.write(run(demo_mirror, rake=True), tmp_path / "raked"))
    rows = check_sum(found)
    only(rows, "method")
    assert (rows["method"] != 0).any()
    # Counts of the census, and what is told per resident or per dwelling that it counts.
    assert set(rows.loc[rows["method"].abs() > 1e-9, "indicator"]) == {
        "census_population",
        "associations_per_1000",
        "dpe_coverage",
    }


def test_a_formula_changed(demo_release: Release, tmp_path: Path) -> None:
    """A release made with another formula differs by what the formula of today says instead."""
    old = described(demo_release, tmp_path / "old")
    catalogue = json.loads((old.folder / "catalogue.json").read_text("utf-8"))
    [x] = [x for x in catalogue["indicators"] if x["id"] == "tenant_share"]
    x["formula"] = "ratio(owner_households, households)"
    (old.folder / "catalogue.json").write_text(json.dumps(catalogue), encoding="utf-8")
    values = pd.read_parquet(old.folder / "values.parquet")
    there = values["indicator"] == "tenant_share"
    values["central"] = values["central"].where(~there, 1 - values["central"])
    values.to_parquet(old.folder / "values.parquet")
    rows = check_sum(compare(release.read(old.folder), demo_release))
    only(rows, "method")
    assert set(rows.loc[rows["method"].abs() > 1e-9, "indicator"]) == {"tenant_share"}


def test_method_and_perimeter_together_are_said(
    releases: Mapping[str, Release], demo_release: Release, tmp_path: Path
) -> None:
    newer = described(releases["perimeter"], tmp_path / "newer", code_version="99")
    found = compare(demo_release, newer)
    check_sum(found)
    assert [t for t in found.warnings if "method changed together with perimeters" in t]


def test_two_vintages_are_not_a_trend(demo_release: Release, tmp_path: Path) -> None:
    sources = [
        s | ({"vintage": "2019"} if s["id"].startswith("insee_filosofi") else {})
        for s in demo_release.manifest["sources"]
    ]
    older = described(demo_release, tmp_path / "older", sources=sources)
    [warning] = compare(older, demo_release).warnings
    assert "two vintages of Filosofi as a trend" in warning


def test_generations_share_the_zones_that_are_not_neighbourhoods(
    demo_release: Release, demo_mirror: Path, tmp_path: Path
) -> None:
    old = release.write(run(demo_mirror, generation="2015"), tmp_path / "old")
    zones = set(check_sum(compare(old, demo_release))["zone"])
    assert not [zone for zone in zones if zone.startswith("Q")]
    assert "999000001" in zones


def test_no_common_zone(demo_release: Release, tmp_path: Path) -> None:
    other = described(demo_release, tmp_path / "other")
    zones = other.zones.assign(zone="x" + other.zones["zone"])
    zones.to_parquet(other.folder / "zones.parquet")
    with pytest.raises(
        BadInput, match=r"share no zone: .* is about Ville-Témoin .* generation 2024"
    ):
        compare(demo_release, release.read(other.folder))


def test_two_territories_are_not_compared(demo_release: Release, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(demo_release.folder, other)
    manifest = json.loads((other / MANIFEST).read_text("utf-8"))
    manifest["territory"] = {"code": "999000002", "name": "Ailleurs"}
    (other / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BadInput, match="'Ailleurs' \\(999000002\\): compare two releases of one"):
        compare(demo_release, release.read(other))
