"""Four real agglomerations, from extracts of official files: `python -m tests.engine.test_real`.

Run as a program, it prints the tables of docs/validation.md. The extracts hold two variables of the
200 m grid around the QPVs, no buildings and no IRIS contours, so cells are shared out by surface.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labo.areas import grid_areas
from labo.crosswalk import coverage
from labo.diagnosis import Diagnosis, diagnose
from labo.mirror import Mirror, open_mirror
from labo.sources.insee import CELL_SIZE
from labo.territory import Territory
from tests import real_mirror

TERRITORIES = {"244900015": 10, "248500589": 3, "200068120": 1, "244400644": 3}
# Residents as published, rounded to the hundred: resovilles.com/territoires/angers-trelaze.
ANGERS = {
    "QN04901M": 5_500,
    "QN04902M": 9_100,
    "QN04903M": 1_200,
    "QN04904M": 2_500,
    "QN04905M": 6_300,
    "QN04906M": 1_400,
    "QN04907M": 2_300,
    "QN04908M": 2_100,
    "QN04914N": 1_200,
    "QN04915N": 1_300,
}
# Municipal population of 2020: quimper-bretagne-occidentale.bzh/1501-contrat-de-ville.htm.
KERMOYSAN = {"QN02902M": 3_282}
# Above this multiple of the published figure an estimate would be no estimate of these people.
MOST = 1.25
GIVEN = ["population", "mean_standard_of_living"]


def silent(_: str) -> None:
    """Hear what is being done and say nothing."""


@pytest.fixture(scope="module")
def mirror(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    return open_mirror(real_mirror.build(tmp_path_factory.mktemp("real"), shared_data))


@pytest.fixture(scope="module")
def diagnoses(mirror: Mirror) -> Mapping[str, Diagnosis]:
    return {code: diagnose(mirror, code, tell=silent) for code in TERRITORIES}


def values(diagnosis: Diagnosis, *kinds: str) -> pd.DataFrame:
    """Return the values of zones of these kinds, by zone and indicator."""
    zones = diagnosis.territory.zones
    chosen = zones.loc[zones["kind"].isin(kinds), "zone"]
    found = diagnosis.values[diagnosis.values["zone"].isin(chosen)]
    return found.set_index(["zone", "indicator"])


def area_weighting(mirror: Mirror, place: Territory) -> pd.DataFrame:
    """Return residents and mean standard of living of each QPV by the surface of cells alone."""
    areas = grid_areas(mirror, place, None, [])
    assert not isinstance(areas, str)
    qpvs = place.zones[place.zones["kind"] == "qpv"]
    x, y = areas.table["x"].to_numpy(), areas.table["y"].to_numpy()
    share = coverage(qpvs.geometry.to_numpy(), x, y, CELL_SIZE)
    residents = share @ areas.table["population"].to_numpy(dtype=float)
    income = share @ areas.table["standard_of_living"].to_numpy(dtype=float)
    return pd.DataFrame({"population": residents, "income": income / residents}, qpvs["zone"])


@pytest.mark.parametrize("code", TERRITORIES)
def test_every_qpv_has_residents_and_standard_of_living(
    diagnoses: Mapping[str, Diagnosis], code: str
) -> None:
    found = values(diagnoses[code], "qpv")
    given = found[found["reason"] == ""]
    assert sorted(given.index.get_level_values("indicator").unique()) == sorted(GIVEN)
    assert len(given) == len(GIVEN) * TERRITORIES[code]
    assert (given["low"] <= given["central"]).all()
    assert (given["central"] <= given["high"]).all()
    assert (given["low"] < given["high"]).all()
    assert (given["method"] == "surface").all()
    assert given["imputed_share"].between(0, 1).all()
    assert (given["n_cells"] > 0).all()


@pytest.mark.parametrize("code", TERRITORIES)
def test_what_the_extract_does_not_cover_is_empty_and_says_why(
    diagnoses: Mapping[str, Diagnosis], code: str
) -> None:
    found = values(diagnoses[code], "commune", "epci", "rest_of_epci")
    assert found["central"].isna().all()
    assert (found["reason"] != "").all()
    named = found["reason"].xs("population", level="indicator")
    assert named.str.startswith("hors de l'emprise").all()


@pytest.mark.parametrize("code", TERRITORIES)
def test_census_is_empty_without_contours(diagnoses: Mapping[str, Diagnosis], code: str) -> None:
    found = values(diagnoses[code], "qpv", "commune", "epci", "rest_of_epci")
    census = found[found.index.get_level_values("indicator").str.startswith("census_")]
    assert len(census) > 0
    assert census["central"].isna().all()
    assert census["reason"].str.contains("aucun contour des IRIS").all()


def test_a_territory_may_have_a_single_qpv(diagnoses: Mapping[str, Diagnosis]) -> None:
    zones = diagnoses["200068120"].territory.zones
    assert list(zones.loc[zones["kind"] == "qpv", "zone"]) == list(KERMOYSAN)


def test_the_same_files_and_seed_give_the_same_values(
    mirror: Mirror, diagnoses: Mapping[str, Diagnosis]
) -> None:
    again = diagnose(mirror, "200068120", tell=silent)
    pd.testing.assert_frame_equal(again.values, diagnoses["200068120"].values)


@pytest.mark.parametrize("code", TERRITORIES)
def test_estimates_lie_above_plain_area_weighting(
    mirror: Mirror, diagnoses: Mapping[str, Diagnosis], code: str
) -> None:
    # These QPVs are denser than what surrounds them, and poorer.
    found = values(diagnoses[code], "qpv")["central"]
    area = area_weighting(mirror, diagnoses[code].territory)
    residents = found.xs("population", level="indicator").reindex(area.index)
    income = found.xs("mean_standard_of_living", level="indicator").reindex(area.index)
    assert (residents > area["population"]).all()
    assert (income < area["income"]).all()


def test_estimates_stay_near_the_published_figures(diagnoses: Mapping[str, Diagnosis]) -> None:
    # Another concept and another year: no fit is asked for, only the same order of size.
    for code, published in (("244900015", ANGERS), ("200068120", KERMOYSAN)):
        found = values(diagnoses[code], "qpv")["central"].xs("population", level="indicator")
        assert set(found.index) == set(published)
        ratio = found / pd.Series(published)
        assert (ratio < MOST).all()
        assert (ratio > 1 / MOST).all()


def test_area_weighting_falls_short_everywhere(
    mirror: Mirror, diagnoses: Mapping[str, Diagnosis]
) -> None:
    for code, published in (("244900015", ANGERS), ("200068120", KERMOYSAN)):
        area = area_weighting(mirror, diagnoses[code].territory)["population"]
        assert (area < pd.Series(published)).all()


def french(value: float) -> str:
    """Return a whole number as in the tables of the page."""
    return f"{value:,.0f}".replace(",", "\u202f").replace("-", "−")


def gap(value: float, published: float) -> str:
    """Return the difference from the published figure, in %."""
    text = f"{100 * (value / published - 1):+.1f}".replace(".", ",").replace("-", "−")
    return f"{text}\u202f%"


def main() -> int:
    """Print the tables of docs/validation.md."""
    data = real_mirror.data_folder()
    if not data.is_dir():
        sys.stderr.write(f"There is no folder of real data at {data}; set LABO_SHARED.\n")
        return 1
    published = ANGERS | KERMOYSAN
    people, incomes = [], []
    with tempfile.TemporaryDirectory() as name:
        mirror = open_mirror(real_mirror.build(Path(name), data))
        for code in TERRITORIES:
            done = diagnose(mirror, code, tell=silent)
            area = area_weighting(mirror, done.territory)
            names = done.territory.zones.set_index("zone")["name"]
            found = values(done, "qpv")
            total = np.zeros(3)
            for zone in area.index:
                p, income = (found.loc[(zone, indicator)] for indicator in GIVEN)
                surface = area.loc[zone, "population"]
                incomes.append(
                    f"| {names[zone]} (`{zone}`) | {french(income['central'])} | "
                    f"{french(income['low'])} – {french(income['high'])} | "
                    f"{french(area.loc[zone, 'income'])} | {french(p['central'])} "
                    f"({french(p['low'])} – {french(p['high'])}) |"
                )
                if zone not in published:
                    continue
                official = published[zone]
                total += (official, surface, p["central"])
                people.append(
                    f"| {names[zone]} (`{zone}`) | {french(official)} | {french(surface)} | "
                    f"{gap(surface, official)} | {french(p['central'])} | "
                    f"{french(p['low'])} – {french(p['high'])} | {gap(p['central'], official)} |"
                )
            if len(area) > 1 and total[0]:
                people.append(
                    f"| **Ensemble des {len(area)}** | {french(total[0])} | {french(total[1])} | "
                    f"{gap(total[1], total[0])} | {french(total[2])} | | "
                    f"{gap(total[2], total[0])} |"
                )
    sys.stdout.write("\n".join([*people, "", *incomes]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
