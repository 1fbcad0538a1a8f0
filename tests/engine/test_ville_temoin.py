"""From official files to a diagnosis, against the truth of Ville-Témoin (données fictives)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.coverage import area_weighting
from labo import demo
from labo.diagnosis import Diagnosis, diagnose
from labo.mirror import open_mirror

FORMS = ("edge_estates", "compact_centre", "small_town")


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Diagnosis]]:
    """Three towns of 20,000 residents, diagnosed."""
    found = []
    for form in FORMS:
        folder = tmp_path_factory.mktemp(form)
        demo.write(folder, residents=20_000, form=form, seed=11)
        found.append((folder, diagnose(open_mirror(folder), "ville-temoin", seed=3)))
    return found


def truth_of(folder: Path, kind: str) -> "pd.Series[float]":
    told = pd.read_csv(folder / "truth/indicators.csv", dtype={"zone": str, "generation": str})
    told = told[(told["zone_kind"] == kind) & (told["concept"] == "fiscal")]
    if kind in ("qpv", "rest_of_epci"):
        told = told[told["generation"].str[:4] == "2024"]
    return told.set_index(["zone", "indicator"])["value"]


def compared(folder: Path, found: Diagnosis, kind: str) -> pd.DataFrame:
    values = found.values[found.values["reason"] == ""].set_index(["zone", "indicator"])
    table = values[["central", "low", "high"]]
    return table.join(truth_of(folder, kind).rename("truth"), how="inner")


def test_the_whole_agglomeration_is_known_to_the_resident(
    cities: list[tuple[Path, Diagnosis]],
) -> None:
    for folder, found in cities:
        epci = compared(folder, found, "epci").droplevel("zone")
        for name in ("population", "households", "aged_65_plus_share", "tenant_share"):
            # The published sums are rounded to 0.1 in imputed cells.
            assert epci.loc[name, "central"] == pytest.approx(epci.loc[name, "truth"], rel=1e-3)


def test_intervals_hold_most_truths_and_beat_area_weighting(
    cities: list[tuple[Path, Diagnosis]],
) -> None:
    """Few zones here: `python -m bench.coverage` is where coverage is measured."""
    tables = []
    for folder, found in cities:
        table = compared(folder, found, "qpv")
        area = area_weighting(found.territory, open_mirror(folder))
        tables.append(table.join(area.rename("area")))
    table = pd.concat(tables)
    assert len(table) >= 15 * 4
    held = (table["low"] <= table["truth"] + 1e-9) & (table["truth"] <= table["high"] + 1e-9)
    assert held.mean() > 0.75
    ours = (table["central"] - table["truth"]).abs() / table["truth"].abs().clip(lower=1e-9)
    theirs = (table["area"] - table["truth"]).abs() / table["truth"].abs().clip(lower=1e-9)
    people = table.index.get_level_values("indicator") == "population"
    assert ours[people].median() < theirs[people].median() / 3


def test_every_value_says_what_it_rests_on(cities: list[tuple[Path, Diagnosis]]) -> None:
    for _, found in cities:
        values = found.values
        full = values[values["reason"] == ""]
        assert (full["low"] <= full["central"]).all()
        assert (full["central"] <= full["high"]).all()
        qpv = full[full["zone"].str.startswith("QN") & (full["method"] != "official")]
        # What lies on the ground, points and orders rest on no cell.
        on_cells = ~qpv["method"].isin(["ground", "points", "commune", "climate"])
        assert (qpv.loc[on_cells, "n_cells"] > 0).all()
        assert qpv["imputed_share"].between(0, 1).all()
        variances = qpv[["var_measurement", "var_secrecy", "var_transfer"]]
        assert np.isfinite(variances.to_numpy()).all()
        # Empty dwellings have an energy diagnosis too: those may outnumber main residences.
        shares = full[(full["unit"] == "1") & (full["indicator"] != "dpe_coverage")]
        assert shares[["low", "central", "high"]].to_numpy().max() <= 1 + 1e-9
        assert shares[["low", "central", "high"]].to_numpy().min() >= -1e-9


def test_qpvs_and_their_rest_make_the_agglomeration(
    cities: list[tuple[Path, Diagnosis]],
) -> None:
    for _, found in cities:
        kinds = found.territory.zones.set_index("zone")["kind"]
        people = found.values[found.values["indicator"] == "population"].set_index("zone")
        total = people["central"].groupby(kinds).sum()
        assert total["qpv"] + total["rest_of_epci"] == pytest.approx(total["epci"], rel=1e-9)
        assert total["commune"] == pytest.approx(total["epci"], rel=1e-9)


def test_without_buildings_the_doubt_is_wider_and_the_method_says_so(
    cities: list[tuple[Path, Diagnosis]],
) -> None:
    folder, with_buildings = cities[0]
    mirror = open_mirror(folder)
    entries = {k: v for k, v in mirror.entries.items() if not k.startswith("ign_bdtopo")}
    bare = diagnose(type(mirror)(mirror.folder, entries, mirror.territories), "ville-temoin")

    def people(found: Diagnosis) -> pd.DataFrame:
        values = found.values[found.values["indicator"] == "population"].set_index("zone")
        return values[values.index.str.startswith("QN")]

    assert (people(bare)["method"] == "surface").all()
    assert (people(with_buildings)["method"] == "dwellings").all()
    width = (people(bare)["high"] - people(bare)["low"]).mean()
    assert width > (people(with_buildings)["high"] - people(with_buildings)["low"]).mean()


def test_the_generation_of_2015_gives_other_zones(cities: list[tuple[Path, Diagnosis]]) -> None:
    folder, _ = cities[0]
    older = diagnose(open_mirror(folder), "ville-temoin", generation="2015")
    zones = older.territory.zones
    assert zones.loc[zones["kind"] == "qpv", "zone"].str.startswith("QP").all()
    official = older.values[older.values["indicator"] == "municipal_population"].set_index("zone")
    assert official.loc[zones.loc[zones["kind"] == "qpv", "zone"], "central"].notna().all()


def test_raking_fits_the_census_and_leaves_tax_data_alone(
    cities: list[tuple[Path, Diagnosis]],
) -> None:
    folder, plain = cities[0]
    raked = diagnose(open_mirror(folder), "ville-temoin", seed=3, rake=True)
    values = raked.values.set_index(["indicator", "zone"])["central"]
    for zone, factor in raked.raking.items():
        fitted, official = values["census_population", zone], values["municipal_population", zone]
        assert fitted == pytest.approx(official)
        assert factor > 0
    before = plain.values.set_index(["indicator", "zone"])["central"]
    pd.testing.assert_series_equal(values["population"], before["population"])
