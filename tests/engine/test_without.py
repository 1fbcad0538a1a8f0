"""What figures would be without some places: the same as when the walks are counted again."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labo import access, without
from labo.catalogue import LAYERS
from labo.release import Release
from tests.engine.conftest import edited, run

COOL = "cool_indoor_place"
COUNTED = ("residents_near_cool_indoor", "residents_near_cool_indoor_at_senior_pace")
SHARES = ("cool_indoor_access_share", "senior_cool_indoor_access_share")
MEDIAN = "walk_to_cool_indoor"
AT = np.array([3_700_000.0, 2_800_000.0])


def of_kind(release: Release, kind: str) -> list[str]:
    places = release.named_places
    return sorted(places.loc[places["kind"] == kind, "place"])


def as_given(release: Release, name: str) -> dict[str, float]:
    """Return an indicator by zone, cells aside."""
    values = release.values
    here = values[(values["indicator"] == name) & values["zone"].isin(release.places["zone"])]
    return dict(zip(here["zone"], here["central"], strict=True))


def corrected(release: Release, *gone: str) -> dict[str, dict[str, float]]:
    """Return the indicators of cool indoor places by zone, those that change replaced."""
    table = without.corrected(release.layers, release.without, {COOL: gone})
    found = {name: as_given(release, name) for name in (*SHARES, MEDIAN)}
    keys = zip(table["indicator"].astype(str), table["zone"].astype(str), strict=True)
    for (name, zone), central in zip(keys, table["central"], strict=True):
        found[name][zone] = float(central)
    return found


def mirror_without(mirror: Path, out: Path, *gone: str) -> Path:
    """Copy a mirror whose file of places lacks some."""
    copy = edited(mirror, out)
    path = copy / "places.osm"
    text = path.read_text("utf-8")
    for place in gone:
        kind, number = place.split("/")
        text, found = re.subn(rf'<{kind} id="{number}".*?</{kind}>\n', "", text)
        assert found == 1
    path.write_text(text, encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def subsets(demo_release: Release) -> list[tuple[str, ...]]:
    """One place, two, and all of them."""
    places = of_kind(demo_release, COOL)
    assert len(places) > 2
    return [*((x,) for x in places), tuple(places[:2]), tuple(places)]


def test_it_is_what_a_diagnosis_says_that_never_knew_the_places(
    demo_mirror: Path, demo_release: Release, subsets: list[tuple[str, ...]], tmp_path: Path
) -> None:
    changed = 0
    for number, gone in enumerate(subsets):
        again = run(mirror_without(demo_mirror, tmp_path / str(number), *gone), draws=20)
        ours = corrected(demo_release, *gone)
        told = without.corrected(demo_release.layers, demo_release.without, {COOL: gone})
        for name in (*SHARES, MEDIAN):
            values = again.values[again.values["indicator"] == name]
            for zone, central in zip(values["zone"], values["central"], strict=True):
                row = told[(told["zone"] == zone) & (told["indicator"] == name)]
                changed += len(row)
                if len(row) and row["at_least"].item():
                    assert ours[name][zone] <= central + 1e-6
                else:
                    assert ours[name][zone] == pytest.approx(central, abs=1e-6, nan_ok=True)
    # Otherwise nothing was tried.
    assert changed > 20


def test_without_all_its_places_nobody_is_near_one(
    demo_release: Release, subsets: list[tuple[str, ...]]
) -> None:
    table = without.corrected(demo_release.layers, demo_release.without, {COOL: subsets[-1]})
    assert set(SHARES) <= set(table["indicator"])
    for name in SHARES:
        shares = corrected(demo_release, *subsets[-1])[name].values()
        assert np.nanmax(list(shares)) == pytest.approx(0.0, abs=1e-6)


@given(data=st.data())
@settings(max_examples=40)
def test_taking_a_place_away_never_shortens_a_walk(
    demo_release: Release, data: st.DataObject
) -> None:
    places = of_kind(demo_release, COOL)
    fewer = data.draw(st.sets(st.sampled_from(places)))
    more = fewer | data.draw(st.sets(st.sampled_from(places)))
    before, after = corrected(demo_release, *fewer), corrected(demo_release, *more)
    for zone in demo_release.places["zone"]:
        for name in SHARES:
            assert not after[name][zone] > before[name][zone] + 1e-9
            assert not before[name][zone] > as_given(demo_release, name)[zone] + 1e-9
            assert not after[name][zone] < -1e-6
        assert not after[MEDIAN][zone] < before[MEDIAN][zone] - 1e-9


def test_a_kind_of_place_changes_nothing_of_another(demo_release: Release) -> None:
    outdoor = of_kind(demo_release, "cool_outdoor_place")
    gone = {"cool_outdoor_place": outdoor, "nowhere": ["node/1"]}
    table = without.corrected(demo_release.layers, demo_release.without, gone)
    assert set(table["indicator"]) == {"cool_outdoor_access_share"}


def test_counts_add_up_to_what_is_near(demo_release: Release) -> None:
    layers = demo_release.layers.set_index(["layer", "zone"])["central"]
    table = demo_release.without
    assert set(table["layer"]) <= {x.id for x in LAYERS}
    for name in COUNTED:
        for zone, rows in table[table["layer"] == name].groupby("zone"):
            assert -rows["change"].sum() == pytest.approx(layers[name, zone], rel=1e-6)


def test_places_whose_file_may_hold_them_under_no_name_are_left_out(demo_release: Release) -> None:
    """A pharmacy of OpenStreetMap may be in the BPE too: without one, the other would stay."""
    kinds = set(demo_release.named_places["kind"])
    assert kinds == {COOL, "cool_outdoor_place", "green_space"}
    assert demo_release.named_places.crs.to_epsg() == 4326
    assert demo_release.named_places["name"].str.len().min() > 0


@given(
    spots=st.lists(st.tuples(st.integers(-40, 140), st.integers(-40, 100)), min_size=1, max_size=6),
    homes=st.lists(st.tuples(st.integers(-40, 140), st.integers(-40, 100)), min_size=1, max_size=6),
    limit=st.floats(1.0, 400.0),
)
def test_the_nearest_of_each_is_the_nearest(
    spots: list[tuple[int, int]], homes: list[tuple[int, int]], limit: float
) -> None:
    corners = [(0, 0), (100, 0), (100, 60), (0, 60)]
    streets = [shapely.LineString(AT + np.array(x)) for x in itertools.pairwise(corners)]
    network = access.build_network(np.array(streets, dtype=object))
    origins = access.snap(network, AT + np.array(homes, dtype=float))
    areas = shapely.points(AT + np.array(spots, dtype=float))
    places = access.entrances(network, areas)
    home, place, metres = access.metres_to_each(network, origins, places, limit)
    nearest = np.full(len(homes), np.inf)
    np.minimum.at(nearest, home, metres)
    wanted = access.metres_to_nearest(network, origins, places, limit)
    np.testing.assert_allclose(nearest, wanted, atol=1e-9)
    assert len(np.unique(np.column_stack([home, place]), axis=0)) == len(home)
