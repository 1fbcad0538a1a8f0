"""A release: the same bytes, all or nothing, and what `check` finds."""

import errno
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader

from labo import checking, diagnosis, release
from labo.diagnosis import DRAWS, Diagnosis
from labo.errors import DamagedRelease, LaboError, MissingFile, UnknownName
from labo.release import FILES, MANIFEST, VALUE_COLUMNS, Release
from labo.zone_layers import HIDDEN
from tests.engine.conftest import DRAWS as FEW_DRAWS
from tests.engine.conftest import run


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def resign(folder: Path) -> Release:
    """Let the manifest name the files as they are now: the bytes are right, the content may not."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    found = digests(folder)
    manifest["files"] = {name: found[name] for name in manifest["files"]}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return release.read(folder)


def change(folder: Path, name: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> Release:
    path = folder / name
    table = gpd.read_parquet(path) if name == "zones.parquet" else pd.read_parquet(path)
    edit(table).to_parquet(path, index=False)
    return resign(folder)


def square(path: Path, centre: shapely.Point, half: float) -> Path:
    """Write a square perimeter around a point of EPSG:3035."""
    box = shapely.box(centre.x - half, centre.y - half, centre.x + half, centre.y + half)
    gpd.GeoSeries([box], crs="EPSG:3035").to_crs("EPSG:4326").to_file(path, driver="GeoJSON")
    return path


# What is written


def test_same_inputs_and_seed_give_the_same_bytes_in_two_processes(
    demo_mirror: Path, demo_release: Release, tmp_path: Path
) -> None:
    out = tmp_path / "again"
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "labo", "diagnose", "ville-temoin", "--mirror", demo_mirror,
         "--out", out, "--draws", str(FEW_DRAWS)],
        check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": "12345"},
    )  # fmt: skip
    assert digests(out) == digests(demo_release.folder)


def test_another_seed_gives_other_draws_and_the_same_central_values(
    demo_mirror: Path, demo_release: Release, tmp_path: Path
) -> None:
    other = release.write(run(demo_mirror, seed=7), tmp_path / "other")
    same = ["zone", "indicator", "central", "reason", "n_cells", "method"]
    pd.testing.assert_frame_equal(other.values[same], demo_release.values[same])
    assert not other.values["low"].equals(demo_release.values["low"])
    assert checking.check(other) == []


def test_manifest_says_what_and_neither_where_nor_when(
    demo_mirror: Path, demo_release: Release
) -> None:
    manifest = demo_release.manifest
    assert manifest["seed"] == 0
    assert manifest["draws"] == FEW_DRAWS
    assert manifest["generations"] == ["2024"]
    assert set(manifest["files"]) == set(FILES)
    for source in manifest["sources"]:
        assert source["vintage"]
        assert source["licence"]
        assert len(source["sha256"]) == 64
    for path in demo_release.folder.iterdir():
        content = path.read_bytes()
        for place in (demo_mirror.parent, demo_release.folder.parent):
            assert os.fsencode(place) not in content, path.name
    assert not [key for key in manifest if "time" in key or "date" in key]


def test_tables_have_the_promised_columns(demo_release: Release) -> None:
    values, zones = demo_release.values, demo_release.zones
    assert list(values.columns) == VALUE_COLUMNS
    assert zones.crs.to_epsg() == 4326
    assert set(zones["kind"]) == {"qpv", "commune", "epci", "rest_of_epci", "cell"}
    assert zones["zone"].is_unique
    assert set(values["zone"]) == set(zones["zone"])
    declared = [x["id"] for x in demo_release.catalogue["indicators"]]
    assert set(values["indicator"]) == set(declared)


def test_cells_are_in_the_tiles_without_values(demo_release: Release) -> None:
    with (demo_release.folder / "cells.pmtiles").open("rb") as stream:
        reader = Reader(MmapSource(stream))
        assert reader.header()["version"] == 3
        [layer] = reader.metadata()["vector_layers"]
    assert layer["id"] == "cells"
    assert set(layer["fields"]) == {"zone", "imputed"}


def test_draws_are_those_behind_the_intervals(demo_release: Release) -> None:
    draws, values = demo_release.draws, demo_release.values
    assert {len(x) for x in draws["values"]} == {FEW_DRAWS}
    cells = set(demo_release.zones.loc[demo_release.zones["kind"] == "cell", "zone"])
    assert not cells & set(draws["zone"])
    joined = draws.merge(values, on=["zone", "indicator", "scenario", "horizon"])
    assert len(joined) == len(draws)
    drawn = np.stack(list(joined["values"])).astype(float)
    low, high = np.quantile(drawn, (0.05, 0.95), axis=1, method="weibull")
    central = joined["central"].to_numpy()
    # Draws are kept in single precision: a bound near zero is one of two that nearly cancel out.
    for column, wanted in (("low", np.minimum(low, central)), ("high", np.maximum(high, central))):
        np.testing.assert_allclose(joined[column], wanted, rtol=1e-5, atol=1e-8)


def test_draws_with_nobody_to_divide_by() -> None:
    """The others stand in for them, in turn; where they are most of the draws, none is left."""
    nobody = np.nan
    drawn = np.array([[1.0, nobody, 3.0, nobody, 5.0], [nobody, nobody, nobody, 4.0, 5.0]])
    drawn.setflags(write=False)
    np.testing.assert_array_equal(
        diagnosis._whole(drawn), [[1.0, 1.0, 3.0, 3.0, 5.0], [nobody, nobody, nobody, 4.0, 5.0]]
    )
    assert np.isnan(diagnosis._whole(drawn)[1]).any(), "so that it is emptied"


def test_imputed_cells_count_no_one(demo_release: Release) -> None:
    zones, values, layers = demo_release.zones, demo_release.values, demo_release.layers
    imputed = set(zones.loc[zones["imputed"], "zone"])
    assert imputed
    around = {"hot_night_share", "impervious_share", "walk_to_cool_indoor", "flood_residents_share"}
    of_imputed = values[values["zone"].isin(imputed)]
    counted = ["population", "poverty_share", "canopy_per_resident", "floor_area_per_person"]
    hidden = of_imputed[of_imputed["indicator"].isin(counted)]
    assert hidden["central"].isna().all()
    assert set(hidden["reason"]) == {"carreau imputé par l'Insee"}
    told = set(of_imputed.loc[of_imputed["central"].notna(), "indicator"])
    assert around <= told, "what lies around people is told of all of them"
    assert not told & set(checking._counting(demo_release))
    assert "canopy_per_resident" in checking._counting(demo_release)
    assert not around & set(checking._counting(demo_release))
    assert not imputed & set(layers["zone"])


def test_fewer_than_eleven_households_publish_nothing(
    demo_mirror: Path, demo_diagnosis: Diagnosis, tmp_path: Path
) -> None:
    counted = demo_diagnosis.cells[~demo_diagnosis.cells["imputed"]]
    centre = shapely.centroid(counted["geometry"].iloc[0])
    few = square(tmp_path / "few.geojson", centre, half=12)
    found = release.write(run(demo_mirror, perimeters=[few]), tmp_path / "release")
    mine = found.values[found.values["zone"] == "few"]
    assert mine[["central", "low", "high"]].isna().to_numpy().all()
    # The climate to come is known of the territory only, whoever lives in its zones.
    assert set(mine.loc[mine["scenario"] == "present", "reason"]) == {HIDDEN}
    assert found.layers.loc[found.layers["zone"] == "few", "central"].isna().all()
    assert "few" not in set(found.draws["zone"]) | set(found.shares["zone"])
    assert checking.check(found) == []


def test_perimeter_that_is_nearly_a_qpv_is_emptied(
    demo_mirror: Path, demo_diagnosis: Diagnosis, tmp_path: Path
) -> None:
    """A QPV with three houses from elsewhere would tell of those who live in them."""
    zones = demo_diagnosis.territory.zones
    qpvs = zones[zones["kind"] == "qpv"]
    qpv = qpvs.iloc[0]
    buildings = gpd.read_file(demo_mirror / "batiment.gpkg").to_crs(zones.crs)
    houses = buildings[(buildings["NB_LOGTS"] == 1) & (buildings["USAGE1"] == "Résidentiel")]
    houses = houses[houses.disjoint(qpvs.union_all().buffer(50))]
    nearest = houses.loc[houses.distance(qpv.geometry).nsmallest(3).index]
    drawn = shapely.union_all([qpv.geometry, *nearest.buffer(1)])
    path = tmp_path / "nearly.geojson"
    gpd.GeoSeries([drawn], crs=zones.crs).to_crs("EPSG:4326").to_file(path, driver="GeoJSON")

    found = release.write(run(demo_mirror, perimeters=[path]), tmp_path / "release")
    values = found.values.set_index("zone")
    mine = values.loc["nearly"]
    assert mine[["central", "low", "high"]].isna().to_numpy().all()
    present = mine[mine["scenario"] == "present"]
    assert present["reason"].str.startswith("secret statistique : sa différence").all()
    of_qpv = values.loc[qpv["zone"]].set_index("indicator")
    assert (of_qpv.loc[["population", "households", "poverty_share"], "reason"] == "").all()
    assert "nearly" not in set(found.draws["zone"]) | set(found.shares["zone"])
    assert checking.check(found) == []


# All or nothing


def test_a_release_is_never_written_over(demo_diagnosis: Diagnosis, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(LaboError, match="never written over"):
        release.write(demo_diagnosis, tmp_path)
    with pytest.raises(LaboError, match="never written over"):
        release.write(demo_diagnosis, tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text("utf-8") == "precious"


def test_an_empty_folder_is_free(demo_diagnosis: Diagnosis, tmp_path: Path) -> None:
    out = tmp_path / "empty"
    out.mkdir()
    assert checking.check(release.write(demo_diagnosis, out)) == []
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize("writer", ["write_json", "write_table", "_write_cells", "_write_draws"])
def test_a_full_disk_leaves_nothing(
    demo_diagnosis: Diagnosis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    def full(path: Path, *rest: Any) -> None:
        path.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(release, writer, full)
    with pytest.raises(
        LaboError, match=r"No space left on device.*nothing was left there"
    ) as caught:
        release.write(demo_diagnosis, tmp_path / "new" / "release")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# What check finds


def test_sound(demo_release: Release) -> None:
    assert checking.check(demo_release) == []


def test_changed_byte(release_copy: Path) -> None:
    path = release_copy / "draws.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    [wrong] = checking.check(release.read(release_copy))
    assert wrong.startswith("draws.parquet was changed")


@pytest.mark.parametrize("name", FILES)
def test_missing_file(release_copy: Path, name: str) -> None:
    (release_copy / name).unlink()
    assert checking.check(release.read(release_copy)) == [f"{name} is missing."]


def test_extra_file(release_copy: Path) -> None:
    (release_copy / "notes.txt").write_text("mine", encoding="utf-8")
    assert checking.check(release.read(release_copy)) == ["notes.txt is not named in the manifest."]


def test_file_that_the_manifest_does_not_name(release_copy: Path) -> None:
    manifest = json.loads((release_copy / MANIFEST).read_text("utf-8"))
    del manifest["files"]["layers.parquet"]
    (release_copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert checking.check(release.read(release_copy)) == [
        "layers.parquet is not named in the manifest."
    ]


@pytest.mark.parametrize("found", [0, 3, "1"])
def test_other_format(release_copy: Path, found: object) -> None:
    manifest = json.loads((release_copy / MANIFEST).read_text("utf-8")) | {"format": found}
    (release_copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DamagedRelease, match="this version reads format 1"):
        release.read(release_copy)


def test_a_release_of_before_places_were_named(release_copy: Path) -> None:
    manifest = json.loads((release_copy / MANIFEST).read_text("utf-8")) | {"format": 1}
    for name in release.SINCE_2:
        del manifest["files"][name]
        (release_copy / name).unlink()
    (release_copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    found = release.read(release_copy)
    assert checking.check(found) == []
    assert found.named_places.empty
    assert found.without.empty


def test_changes_without_a_number_are_refused(release_copy: Path) -> None:
    path = release_copy / "without.parquet"
    table = pd.read_parquet(path)
    table.loc[0, "change"] = np.inf
    table.to_parquet(path)
    manifest = json.loads((release_copy / MANIFEST).read_text("utf-8"))
    manifest["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (release_copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    [said] = checking.check(release.read(release_copy))
    assert said.startswith("without.parquet holds a change that is no number")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "files": []}'])
def test_not_a_manifest(release_copy: Path, text: str) -> None:
    (release_copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(DamagedRelease, match="manifest"):
        release.read(release_copy)


def test_no_release_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="There is no release"):
        release.read(tmp_path)


def test_unreadable_file_with_the_right_sum(release_copy: Path) -> None:
    (release_copy / "values.parquet").write_bytes(b"not a table")
    with pytest.raises(DamagedRelease, match=r"values\.parquet cannot be read"):
        checking.check(resign(release_copy))


def first_known(table: pd.DataFrame) -> int:
    known = table["central"].notna() & table["low"].notna()
    return int(known.to_numpy().argmax())


def put(column: str, value: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Change the first known value."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[first_known(table), column] = value
        return table

    return edit


@pytest.mark.parametrize(
    ("edit", "wrong"),
    [
        (put("central", -1.0), "lies outside its own interval"),
        (put("low", 1e12), "lies outside its own interval"),
        (put("high", np.nan), "lies outside its own interval"),
        (put("reason", "parce que"), "has a value and a reason to have none"),
        (put("zone", "nowhere"), "is in no zone of the release"),
        (lambda t: pd.concat([t, t.iloc[[first_known(t)]]]), "stands there twice"),
        (lambda t: t.drop(columns="unit"), "values.parquet has the columns"),
    ],
)
def test_wrong_value(
    release_copy: Path, edit: Callable[[pd.DataFrame], pd.DataFrame], wrong: str
) -> None:
    assert wrong in " ".join(checking.check(change(release_copy, "values.parquet", edit)))


def test_zones_that_stand_there_many_times_are_told_at_once(release_copy: Path) -> None:
    found = change(release_copy, "zones.parquet", lambda t: pd.concat([t] * 3, ignore_index=True))
    [wrong] = checking.check(found)
    assert wrong == f"zones.parquet names {found.zones['zone'].iloc[0]!r} twice."


def test_empty_without_a_reason(release_copy: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["central"].isna().to_numpy().argmax(), "reason"] = ""
        return table

    [wrong] = checking.check(change(release_copy, "values.parquet", edit))
    assert wrong.endswith("is empty and does not say why.")


def test_imputed_cell_with_a_value(release_copy: Path, demo_release: Release) -> None:
    zones = demo_release.zones
    cell = zones.loc[zones["imputed"], "zone"].iloc[0]

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        there = (table["zone"] == cell) & (table["indicator"] == "population")
        return table.assign(
            central=table["central"].where(~there, 20.0), reason=table["reason"].where(~there, "")
        )

    [wrong] = checking.check(change(release_copy, "values.parquet", edit))
    assert wrong == f"population of {cell} is in an imputed cell and has a value."


def test_layers_and_shares_of_what_is_hidden(release_copy: Path, demo_release: Release) -> None:
    zones = demo_release.zones
    cell = zones.loc[zones["imputed"], "zone"].iloc[0]
    for name in ("layers", "shares"):
        found = change(
            release_copy, f"{name}.parquet", lambda t: pd.concat([t, t.iloc[[0]].assign(zone=cell)])
        )
    assert checking.check(found) == [
        f"layers.parquet tells of {cell}, which publishes nothing.",
        f"shares.parquet tells of {cell}, which publishes nothing.",
    ]


def test_draws_that_are_not_those_of_the_values(release_copy: Path) -> None:
    found = change(release_copy, "draws.parquet", lambda t: t.iloc[1:])
    [wrong] = checking.check(found)
    assert wrong.endswith("has no draws.")
    cut = change(
        release_copy, "draws.parquet", lambda t: t.assign(values=t["values"].map(lambda x: x[:1]))
    )
    assert "does not hold 40 draws everywhere" in checking.check(cut)[0]


def nearly(folder: Path, code: str, fewer: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Give every table a zone "nearly": a QPV without a corner and some of its households."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        twin = table[table["zone"] == code].assign(zone="nearly")
        if "geometry" in table:
            twin = twin.assign(kind="perimeter", code="nearly", name="nearly")
            twin["geometry"] = twin.geometry.buffer(-1e-5)
        if "low" in table:
            there = twin["indicator"] == "households"
            for column in ("low", "central", "high"):
                twin[column] -= np.where(there, fewer, 0.0)
        return pd.concat([table, twin], ignore_index=True)

    return edit


@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
@pytest.mark.parametrize("fewer", [3.0, 10.0, 11.0])
def test_nested_zones_that_differ_by_few(
    release_copy: Path, demo_release: Release, fewer: float
) -> None:
    code = demo_release.places["zone"].iloc[0]
    for name in ("zones", "values", "draws"):
        found = change(release_copy, f"{name}.parquet", nearly(release_copy, code, fewer))
    wrong = checking.check(found)
    if fewer < 11:
        assert f"Secrecy: {code} minus nearly leaves {fewer:.1f} households" in " ".join(wrong)
    else:
        assert wrong == []


@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_against_another_release(release_copy: Path, demo_release: Release) -> None:
    """Each is sound alone; the second holds a zone that is a QPV of the first but for a few."""
    assert checking.check_against(demo_release, demo_release) == []
    code = demo_release.places["zone"].iloc[0]
    for name in ("zones", "values", "draws"):
        edit = nearly(release_copy, code, 3.0)
        found = change(
            release_copy,
            f"{name}.parquet",
            lambda t, edit=edit: edit(t)[lambda both: both["zone"] != code],  # type: ignore[misc]
        )
    told = f"Secrecy: {code} minus nearly leaves 3.0 households, too few to be told."
    assert told in checking.check_against(demo_release, found)
    assert told in checking.check_against(found, demo_release)


# Finding a zone


def test_zone_by_id_code_or_name(demo_release: Release) -> None:
    first = demo_release.places.iloc[0]
    for name in (first["zone"], first["zone"].lower(), first["name"], first["name"].upper()):
        assert demo_release.zone(name) == first["zone"]
    assert demo_release.zone("999000001") == "999000001"


def test_unknown_zone_says_what_is_near(demo_release: Release) -> None:
    code = demo_release.places["zone"].iloc[0]
    with pytest.raises(UnknownName, match=f"did you mean.*{code}"):
        demo_release.zone(code[:-1])
    with pytest.raises(UnknownName, match=f"it has {code}, "):
        demo_release.zone("§§§")


def test_name_of_several_zones_asks_for_a_code(release_copy: Path) -> None:
    found = change(release_copy, "zones.parquet", lambda t: t.assign(name="Centre"))
    with pytest.raises(UnknownName, match="zones are named 'centre': give one of their codes"):
        found.zone("centre")


def test_usual_draws() -> None:
    """`labo diagnose --help` says 200 without importing the engine."""
    assert DRAWS == 200
