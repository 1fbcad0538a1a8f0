"""QPVs of 2015 and 2024 on the ground, and the comparisons that producers forbid."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from labo import cli, release
from labo.bridge import BOUNDS, COLUMNS, SHARES, Bridge, bridge, carry_over, overlaps
from labo.comparability import RULES
from labo.comparison import PARTS, Comparison, compare
from labo.errors import BadInput
from labo.mirror import open_mirror
from labo.release import MANIFEST, Release
from tests.engine.conftest import change_qpvs, edited, run

REASONS = {rule.id: rule.reason for rule in RULES}
CENSUS = "insee_rp"
# A town where neighbourhoods were modified, came and went; that of the other tests kept one.
RESIDENTS, SEED = 60_000, 3


def squares(*boxes: tuple[float, float, float, float]) -> Any:
    """Perimeters from west, south, east and north (m)."""
    return np.array([shapely.box(*box) for box in boxes], dtype=object)


# Overlaps by hand


def test_half_of_one_in_the_other() -> None:
    """A square of 200 m and its neighbour moved by 100 m share half of each."""
    [x] = overlaps(squares((0, 0, 200, 200)), squares((100, 0, 300, 200)))
    assert (x.former, x.current, x.identical) == (0, 0, False)
    assert x.ground.area == 20_000
    assert x.ground.bounds == (100, 0, 200, 200)


def test_a_perimeter_cut_in_two() -> None:
    found = overlaps(squares((0, 0, 300, 100)), squares((0, 0, 100, 100), (100, 0, 300, 100)))
    assert [(x.current, x.ground.area) for x in found] == [(0, 10_000), (1, 20_000)]
    assert not any(x.identical for x in found)


def test_an_edge_drawn_twice_is_the_same_edge() -> None:
    """Half a metre all around a perimeter of 200 m: the line of a pencil, not a change."""
    [same] = overlaps(squares((0, 0, 200, 200)), squares((0.5, 0.5, 200.5, 200.5)))
    assert same.identical
    [moved] = overlaps(squares((0, 0, 200, 200)), squares((5, 5, 205, 205)))
    assert not moved.identical


def test_one_inside_another_but_for_a_line_is_wholly_inside() -> None:
    """No sliver is left, in which half a household would be said to live."""
    [x] = overlaps(squares((-0.4, 0, 100, 100)), squares((0, 0, 300, 100)))
    assert not x.identical
    assert x.ground.area == pytest.approx(10_040)


def test_neighbours_only_touch() -> None:
    near = squares((200, 0, 400, 200), (199.5, 0, 400, 200), (500, 0, 600, 100))
    assert overlaps(squares((0, 0, 200, 200)), near) == []


def test_two_names_that_are_the_same_prove_nothing() -> None:
    assert overlaps(squares((0, 0, 100, 100)), squares((1000, 0, 1100, 100))) == []


# The bridge of Ville-Témoin, whose truth is known


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from labo import demo

    folder = tmp_path_factory.mktemp("generations") / "mirror"
    demo.write(folder, residents=RESIDENTS, form="edge_estates", seed=SEED)
    return folder


@pytest.fixture(scope="module")
def found(town: Path) -> Bridge:
    return bridge(open_mirror(town), "ville-temoin", draws=100)


@pytest.fixture(scope="module")
def truth(town: Path) -> "pd.Series[float]":
    """True residents of fiscal households by QPV, of both generations."""
    table = pd.read_csv(town / "truth" / "counts.csv", dtype={"generation": str})
    table = table[(table["zone_kind"] == "qpv") & (table["concept"] == "fiscal")]
    return table.set_index("zone")["ind"]


def test_every_neighbourhood_of_both_generations_is_there(
    found: Bridge, truth: "pd.Series[float]"
) -> None:
    rows = found.rows
    assert list(rows.columns) == COLUMNS
    assert set(rows["former"]) - {""} == {z for z in map(str, truth.index) if z.startswith("QP")}
    assert set(rows["current"]) - {""} == {z for z in map(str, truth.index) if z.startswith("QN")}


def test_changes_are_those_that_the_codes_of_2024_tell(found: Bridge) -> None:
    """The last letter of an official code: M modified, I identical, N new."""
    kinds = {"M": {"modified"}, "I": {"identical"}, "N": {"new"}}
    rows = found.rows[found.rows["current"] != ""]
    for code, group in rows.groupby("current"):
        assert set(group["change"]) == kinds[str(code)[-1]], code
    assert set(found.rows["change"]) == {"modified", "new", "removed"}


def test_a_kept_perimeter_is_all_of_itself(demo_mirror: Path) -> None:
    rows = bridge(open_mirror(demo_mirror), "ville-temoin", draws=20).rows
    same = rows[rows["change"] == "identical"]
    assert len(same)
    for name in ("area_share_of_former", "area_share_of_current", *SHARES, *BOUNDS):
        assert (same[name] == 1.0).all()


def test_shares_are_shares_and_lie_in_their_intervals(found: Bridge) -> None:
    rows = found.rows[found.rows["change"] == "modified"]
    assert len(rows)
    for side in ("former", "current"):
        area = rows["area_shared"] / rows[f"area_{side}"]
        np.testing.assert_allclose(rows[f"area_share_of_{side}"], area.clip(upper=1), rtol=1e-9)
        share = f"residents_share_of_{side}"
        assert rows[share].between(rows[f"{share}_low"], rows[f"{share}_high"]).all()
        assert rows[f"{share}_high"].le(1).all()
        assert rows[f"{share}_low"].ge(0).all()


def test_residents_are_near_the_truth_of_both_generations(
    found: Bridge, truth: "pd.Series[float]"
) -> None:
    for side, column in (("former", "residents_former"), ("current", "residents_current")):
        rows = found.rows[(found.rows[side] != "") & found.rows[column].notna()]
        estimated = rows.drop_duplicates(side).set_index(side)[column]
        np.testing.assert_allclose(estimated, truth[estimated.index], rtol=0.12)


def test_what_left_and_what_came_share_nothing(found: Bridge) -> None:
    for change, empty, share in (
        ("removed", "current", SHARES[0]),
        ("new", "former", SHARES[1]),
    ):
        rows = found.rows[found.rows["change"] == change]
        assert (rows[empty] == "").all()
        assert (rows[share] == 0).all()
        assert rows[f"area_{empty}"].isna().all()


def test_the_bridge_does_not_depend_on_who_asks(town: Path, found: Bridge) -> None:
    again = bridge(open_mirror(town), "ville-temoin", draws=100)
    pd.testing.assert_frame_equal(found.rows, again.rows)


def test_without_cells_the_surfaces_are_told_and_the_rest_says_why(
    demo_mirror: Path, tmp_path: Path
) -> None:
    mirror = edited(demo_mirror, tmp_path / "mirror")
    without(mirror, "insee_filosofi_200m")
    rows = bridge(open_mirror(mirror), "ville-temoin").rows
    assert rows["area_shared"].notna().any()
    assert rows["residents_former"].isna().all()
    assert rows[list(SHARES)].isna().all(axis=None)
    assert set(rows["reason"]) == {"aucun fichier Filosofi à 200 m"}


def take_off_the_east(part: float) -> Callable[[list[dict[str, Any]]], None]:
    """Take a strip off the perimeter of 2024 that 2015 had too."""

    def change(features: list[dict[str, Any]]) -> None:
        [mine] = [x for x in features if x["properties"]["code_qp"].endswith("I")]
        shape = shapely.from_geojson(json.dumps(mine["geometry"]))
        west, south, east, north = shape.bounds
        kept = shapely.box(west, south, east - part * (east - west), north)
        mine["geometry"] = json.loads(shapely.to_geojson(shapely.intersection(shape, kept)))

    return change


def test_too_few_people_between_two_perimeters_are_not_told(
    demo_mirror: Path, tmp_path: Path
) -> None:
    """A perimeter of 2015 that differs from that of 2024 by a few homes would tell of those."""
    hidden = []
    for part in (0.12, 0.15, 0.2, 0.25):
        mirror = edited(demo_mirror, tmp_path / f"mirror-{part}")
        change_qpvs(mirror, take_off_the_east(part))
        rows = bridge(open_mirror(mirror), "ville-temoin", draws=20).rows
        row = rows.set_index("current").filter(like="I", axis=0).iloc[0]
        assert row["change"] == "modified"
        left = row["residents_former"] - row["residents_shared"]
        if row["reason"] == "":
            assert left < 0.5 or left > 11, part
            continue
        hidden.append(part)
        assert "secret statistique" in row["reason"]
        assert np.isnan([row["residents_former"], row["residents_shared"], row[SHARES[0]]]).all()
        assert 0 < row["area_share_of_former"] < 1
    assert hidden


# Statistics of 2015 in perimeters of 2024


def table(*rows: Mapping[str, Any]) -> Bridge:
    """A bridge by hand: shares are certain."""
    plain = {"former_name": "", "current_name": "", "change": "modified", "reason": ""}
    lines = []
    for row in rows:
        ends = {f"{name}_{end}": row[name] for name in SHARES for end in ("low", "high")}
        lines.append(plain | ends | dict(row))
    return Bridge("1", "Essai", pd.DataFrame(lines, columns=COLUMNS), [], [])


BY_HAND = table(
    {"former": "QPA", "current": "QNA", SHARES[0]: 0.75, SHARES[1]: 0.9},
    {"former": "QPA", "current": "QNB", SHARES[0]: 0.25, SHARES[1]: 0.4},
    {"former": "QPB", "current": "QNB", SHARES[0]: 1.0, SHARES[1]: 0.6},
    {"former": "QPB", "current": "QNC", SHARES[0]: 0.0, SHARES[1]: 0.3},
    {"former": "", "current": "QND", SHARES[0]: np.nan, SHARES[1]: 0.0},
)


def carried(counts: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    rows = carry_over(counts, BY_HAND).to_dict("records")
    return {str(row["current"]): {str(key): x for key, x in row.items()} for row in rows}


def test_counts_go_along_with_the_residents() -> None:
    """100 and 40 poor households: 75 in A; 25 + 40 = 65 in B; too little is known of C and D."""
    rows = carried({"QPA": 100, "QPB": 40})
    assert [rows["QNA"][end] for end in ("value", "low", "high")] == [75, 75, 75]
    assert rows["QNB"]["value"] == 65
    assert rows["QNB"]["covered"] == pytest.approx(1.0)
    assert np.isnan([rows[zone]["value"] for zone in ("QNC", "QND")]).all()
    assert rows["QNC"]["reason"].startswith("30 % de ses habitants seulement")
    assert rows["QND"]["reason"].startswith("0 % de ses habitants seulement")


def test_what_was_not_counted_is_not_taken_for_nobody() -> None:
    rows = carried({"QPA": 100})
    assert rows["QNA"]["value"] == 75
    assert np.isnan(rows["QNB"]["value"])
    assert rows["QNB"]["reason"].startswith("40 % de ses habitants seulement")


def test_a_2015_statistic_is_not_joined_to_a_2024_perimeter(
    demo_mirror: Path, demo_release: Release, tmp_path: Path
) -> None:
    """Neither in a diagnosis, nor by its name, nor between two releases."""
    mirror = edited(demo_mirror, tmp_path / "mirror")
    without(mirror, "insee_qpv_2024")
    values = run(mirror).values
    official = values[values["indicator"].isin(["median_income", "municipal_population"])]
    assert official["central"].isna().all()
    assert official["reason"].str.contains("génération 2024").all()

    with pytest.raises(BadInput, match=r"'QNA' is not a QPV of 2015 in Essai; .* QPA, QPB"):
        carry_over({"QNA": 100}, BY_HAND)

    older = copied(demo_release, tmp_path / "older")
    zones = older.zones
    qpvs = zones["kind"] == "qpv"
    zones["generation"] = zones["generation"].where(~qpvs, "2015")
    zones.to_parquet(older.folder / "zones.parquet")
    rows = compare(release.read(older.folder), demo_release).rows
    of_qpvs = rows["zone"].str.startswith("Q")
    assert of_qpvs.any()
    refused(rows[of_qpvs], "qpv_generations")
    assert rows.loc[~of_qpvs, "difference"].notna().any()


def test_generations_that_are_left_out_are_told(demo_release: Release, tmp_path: Path) -> None:
    older = copied(demo_release, tmp_path / "older", generations=["2015"])
    [warning] = compare(older, demo_release).warnings
    assert "generation 2015 in A and 2024 in B" in warning
    assert "labo bridge" in warning


# Comparisons that producers forbid


def copied(source: Release, out: Path, **manifest: Any) -> Release:
    """Copy a release, whose manifest may say something else."""
    shutil.copytree(source.folder, out)
    text = json.dumps({**source.manifest, **manifest})
    (out / MANIFEST).write_text(text, encoding="utf-8")
    return release.read(out)


def dated(source: Release, out: Path, dataset: str, vintage: str) -> Release:
    """Copy a release whose files of a dataset are of another vintage."""
    files = [
        s | ({"vintage": vintage} if s["id"].startswith(dataset) else {})
        for s in source.manifest["sources"]
    ]
    assert files != source.manifest["sources"]
    return copied(source, out, sources=files)


def refused(rows: pd.DataFrame, rule: str) -> None:
    """Nothing is split, both figures stay, and the reason is the rule's."""
    assert len(rows)
    assert rows[["difference", *PARTS]].isna().all(axis=None)
    assert set(rows["reason"]) == {REASONS[rule]}


def of(found: Comparison, *names: str) -> pd.DataFrame:
    return found.rows[found.rows["indicator"].isin(names)]


def without(mirror: Path, dataset: str) -> None:
    """Take the entry of a dataset out of a mirror."""
    path = mirror / "mirror.toml"
    parts = path.read_text("utf-8").split("\n[")
    kept = [part for part in parts if not part.startswith(f"sources.{dataset}")]
    assert len(kept) < len(parts)
    path.write_text("\n[".join(kept), encoding="utf-8")


def test_consecutive_vintages_are_not_read_as_a_trend(
    demo_release: Release, tmp_path: Path
) -> None:
    """INSEE: vintages of the grid are other sources, rules and imputed cells."""
    older = dated(demo_release, tmp_path / "older", "insee_filosofi", "2019")
    found = compare(older, demo_release)
    rows = of(found, "poverty_share", "population", "mean_standard_of_living")
    refused(rows, "filosofi_vintages")
    assert rows["first"].notna().any()
    assert rows["second"].notna().any()
    # What cells only weigh, or do not enter, may still be compared.
    others = of(found, "census_population", "impervious_share", "flood_residents_share")
    assert not set(others["reason"]) & {REASONS["filosofi_vintages"]}
    assert of(found, "census_population")["difference"].notna().any()


@pytest.mark.parametrize(("vintage", "forbidden"), [("2020", True), ("2016", False)])
def test_censuses_are_compared_five_years_apart(
    demo_release: Release, tmp_path: Path, vintage: str, forbidden: bool
) -> None:
    """The census of 2021 shares surveys with that of 2020, and none with that of 2016."""
    older = dated(demo_release, tmp_path / "older", CENSUS, vintage)
    rows = of(compare(older, demo_release), "census_population")
    if forbidden:
        refused(rows, "census_vintages")
    else:
        assert rows["difference"].notna().any()
        assert REASONS["census_vintages"] not in set(rows["reason"])


def with_climate(source: Release, out: Path, scenario: str, days: float) -> Release:
    """Copy a release whose only climate to come is one figure, for the EPCI in 2050."""
    older = copied(source, out)
    values = older.values
    values = values[values["scenario"] == "present"]
    row = values[values["zone"] == source.manifest["territory"]["code"]].iloc[0].to_dict()
    row |= {"indicator": "days_above_30_per_year", "scenario": scenario, "horizon": "2050"}
    row |= {"central": days, "low": days, "high": days, "unit": "day", "reason": ""}
    values = pd.concat([values, pd.DataFrame([row])], ignore_index=True)
    values.to_parquet(older.folder / "values.parquet")
    return release.read(out)


def test_climates_of_two_reference_systems_are_not_compared(
    demo_release: Release, tmp_path: Path
) -> None:
    tracc = with_climate(demo_release, tmp_path / "tracc", "TRACC-2023", 20.0)
    drias = with_climate(demo_release, tmp_path / "drias", "DRIAS-2020 RCP8.5", 30.0)
    rows = of(compare(tracc, drias), "days_above_30_per_year")
    assert set(rows["scenario"]) == {"TRACC-2023", "DRIAS-2020 RCP8.5"}
    refused(rows, "climate_reference_systems")

    later = with_climate(demo_release, tmp_path / "later", "TRACC-2023", 23.0)
    [row] = of(compare(tracc, later), "days_above_30_per_year").to_dict("records")
    assert (row["horizon"], row["difference"]) == ("2050", 3.0)


def test_a_map_that_covers_more_is_not_a_change(demo_release: Release, tmp_path: Path) -> None:
    """La Roche-sur-Yon entered Cerema's map in 2025: its difference is the map's."""
    older = copied(demo_release, tmp_path / "older")
    values = older.values
    part = (values["indicator"] == "hot_night_share") & (values["zone"].str.startswith("Q"))
    assert (values.loc[part, "availability"] > 0.95).all()
    values["availability"] = values["availability"].where(~part, 0.85)
    values.to_parquet(older.folder / "values.parquet")
    rows = compare(release.read(older.folder), demo_release).rows
    mine = rows[(rows["indicator"] == "hot_night_share") & rows["zone"].str.startswith("Q")]
    refused(mine, "lcz_coverage")
    assert not (
        rows.loc[rows.index.difference(mine.index), "reason"] == mine["reason"].iloc[0]
    ).any()


def test_rules_are_complete() -> None:
    assert len(REASONS) == len(RULES)
    for rule in RULES:
        assert all((rule.dataset, rule.reason, rule.reference))
        assert rule.grade in ("verified", "to_check")
        assert rule.years is None or rule.differs == "vintages"


# On the command line


def ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *given: object
) -> tuple[int, str, str]:
    # Loading the module is what declares the command.
    from labo.cli import bridges  # noqa: F401

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["labo", *map(str, given)])
    code: Any = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    return int(code or 0), captured.out, captured.err


def test_command_prints_a_table_and_json(
    demo_mirror: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ran(monkeypatch, capsys, "bridge", "ville-temoin", "--mirror", demo_mirror)
    assert code == 0
    assert "inchangé" in out
    assert "modifié" in out
    code, out, _ = ran(
        monkeypatch, capsys, "bridge", "ville-temoin", "--mirror", demo_mirror, "--json"
    )
    assert code == 0
    rows = json.loads(out)
    assert all(list(row) == COLUMNS for row in rows)


def test_command_says_what_is_missing(
    demo_mirror: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mirror = edited(demo_mirror, tmp_path / "mirror")
    without(mirror, "anct_qpv_2015")
    code, _, err = ran(monkeypatch, capsys, "bridge", "ville-temoin", "--mirror", mirror)
    assert code == 1
    assert "has no file for 'anct_qpv_2015'" in err
