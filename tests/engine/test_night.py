"""Night air and storm water of a plan, against the plain model on whole rasters, and by hand."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labo import changed_layers, cooling, night, runoff, smoothing, storm
from labo.catalogue import MEASURES
from labo.converted_ground import Area, Made, surfaces_of
from labo.estimate import Estimate
from labo.measure_plan import plan_of
from labo.ranges import NIL
from labo.raster import Raster
from labo.release import Release
from labo.scenario import scenario_of
from labo.surfaces import SURFACES
from labo.surrounding_ground import Ground, around, ground_of
from tests.engine.conftest import edited

Floats = npt.NDArray[np.float64]
DRAWS = 12


def town(rows: int = 60, columns: int = 70, pixel: float = 20.0, seed: int = 0) -> Ground:
    """A built-up town with a wood, gardens, water that nobody classed, and a neighbourhood."""
    rng = np.random.default_rng(seed)
    sealed = rng.uniform(0.3, 1.0, (rows, columns))
    sealed[:20, :25] = rng.uniform(0, 0.1, (20, 25))
    trees = rng.uniform(0, 0.4, (rows, columns)) * (1 - sealed)
    trees[:15, :15] = 0.9
    sealed = np.minimum(sealed, 1 - trees)
    inside = np.zeros((rows, columns), dtype=bool)
    inside[25:40, 30:48] = True
    unknown = np.zeros_like(inside)
    unknown[-5:, :9] = unknown[28:30, 35] = True
    trees, sealed = (np.where(unknown, np.nan, x) for x in (trees, sealed))
    return Ground(trees, 1 - trees - sealed, sealed, inside, pixel)


def area(m2: float, draws: int = DRAWS) -> Area:
    return Area(m2, m2 * np.linspace(0.5, 1.5, draws))


def made(measure: str, m2: float) -> Made:
    return Made(MEASURES[measure], surfaces_of(MEASURES[measure]), m2)


GROWN = {"trees": area(9_000), "grass": area(20_000)}


def at_place(x: Estimate, place: float) -> float:
    return float(changed_layers.quantile(x, place))


def plainly(ground: Ground, grown: dict[str, Area], draw: int | None, place: float) -> float:
    """The difference of the neighbourhood's mean by the plain model, pixel classes laid out."""

    def value(x: Estimate) -> float:
        return x.central if draw is None else at_place(x, place)

    def amount(name: str) -> float:
        x = grown.get(name)
        return 0.0 if x is None else x.central if draw is None else float(x.drawn[draw])

    pixel = ground.pixel_m**2
    here = ground.inside & ~np.isnan(ground.trees)
    bare = (ground.open + ground.sealed)[here].sum() * pixel
    hard = ground.sealed[here].sum() * pixel
    planted, opened = amount("trees") / bare, amount("grass") / hard
    after = {
        "trees": np.where(here, ground.trees + planted * (1 - ground.trees), ground.trees),
        "sealed": np.where(here, ground.sealed * (1 - planted) * (1 - opened), ground.sealed),
    }
    before = {"trees": ground.trees, "sealed": ground.sealed}
    # What is a park is told by the central plan.
    parks = [ground.sealed, ground.sealed.copy()]
    share = [share_of(grown, name, whole) for name, whole in (("trees", bare), ("grass", hard))]
    parks[1] = np.where(here, ground.sealed * (1 - share[0]) * (1 - share[1]), ground.sealed)
    means = []
    for state, sealed in zip((before, after), parks, strict=True):
        cover = {**state, "open": 1 - state["trees"] - state["sealed"]}
        columns = []
        for name in ("shade", "albedo", "kc"):
            columns.append(
                sum(cover[k] * value(getattr(night.GROUNDS[k], name)) for k in night.KINDS)
            )
        capacity = cooling.cooling_capacity(*columns)
        green = np.where(np.isnan(sealed), np.nan, (sealed <= 1 - night.GREEN_SHARE) * 1.0)
        level = (
            0.5 if draw is None else night.LEVELS[int(np.searchsorted(night.LEVEL_BOUNDS, place))]
        )
        mitigation = cooling.heat_mitigation(
            capacity, green, pixel_m=ground.pixel_m, reach_m=at_place(night.PARK_REACH_M, level)
        )
        warm = 20.0 + (1 - mitigation) * value(night.UHI_MAX)
        air = cooling.averaged(warm, at_place(night.MIXING_M, level) / ground.pixel_m)
        means.append(np.nanmean(air[ground.inside]))
    return float(means[1] - means[0])


def share_of(grown: dict[str, Area], name: str, whole: float) -> float:
    return grown[name].central / whole if name in grown else 0.0


@pytest.mark.parametrize("place", [0.05, 0.3, 0.5, 0.9])
def test_draws_are_those_of_the_plain_model(place: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of the mean, windows and sums over kinds of ground change nothing of it."""
    monkeypatch.setattr(night, "strengths", lambda name, seed, draws: np.full(draws, place))
    ground = town()
    told = night.cooled("Q", ground, GROWN, (), 0)
    assert told.change.central == pytest.approx(plainly(ground, GROWN, None, 0.5), abs=1e-12)
    for draw in (0, 5, DRAWS - 1):
        assert told.drawn[draw] == pytest.approx(plainly(ground, GROWN, draw, place), abs=1e-9)
    assert told.change.central < 0


def test_nothing_done_is_exactly_zero() -> None:
    told = night.cooled("Q", town(), {"trees": area(0.0)}, (), 0)
    assert told.change == NIL
    assert told.verdict == "same"


@settings(max_examples=15, deadline=None)
@given(st.floats(1, 60_000), st.floats(1, 60_000), st.integers(0, 5))
def test_trees_and_open_ground_never_warm_the_night(trees: float, grass: float, seed: int) -> None:
    ground = town(40, 50, seed=seed)
    told = night.cooled("Q", ground, {"trees": area(trees), "grass": area(grass)}, (), seed)
    assert (told.drawn <= 1e-9).all()
    assert told.change.low <= told.change.central <= told.change.high <= 1e-9
    # A neighbourhood never becomes cooler than the countryside.
    assert told.change.low >= -night.UHI_MAX.high


def test_light_roofs_and_paving_that_drinks_cool_a_little() -> None:
    ground = town()
    few = night.cooled("Q", ground, {}, [made("cool_roof", 5_000)], 0)
    many = night.cooled("Q", ground, {}, [made("cool_roof", 20_000)], 0)
    both = night.cooled("Q", ground, {}, [made("cool_roof", 5_000), made("green_roof", 5_000)], 0)
    assert many.change.central < few.change.central < 0
    assert both.change.central < few.change.central


def test_every_surface_that_a_measure_makes_has_coefficients() -> None:
    made_by_plans = {s.id for x in MEASURES for s in surfaces_of(x)}
    assert made_by_plans == set(night.MADE)
    for name in made_by_plans:
        assert SURFACES[name].curve_numbers is not None
    for kind in (*night.GROUNDS.values(), *night.MADE.values()):
        assert all(x.grade == "to_check" for x in kind)


# The model itself, cell by cell


def slowly_averaged(values: Floats, radius: int, flat: bool) -> Floats:
    found = np.full(values.shape, np.nan)
    known = np.argwhere(~np.isnan(values)).tolist()
    for at in known:
        total = weight = 0.0
        for other in known:
            away = math.dist(at, other)
            if away <= (radius if flat else 5 * radius):
                w = 1.0 if flat else math.exp(-away / radius)
                total += w * values[tuple(other)]
                weight += w
        found[tuple(at)] = total / weight
    return found


TABLE = {
    1: {"shade": 0.0, "albedo": 0.15, "kc": 0.1, "green": 0},
    2: {"shade": 0.8, "albedo": 0.2, "kc": 1.0, "green": 1},
}


@pytest.mark.parametrize(("reach", "mixing"), [(80.0, 110.0), (45.0, 35.0), (200.0, 400.0)])
def test_night_air_where_land_use_or_evapotranspiration_is_unknown(
    reach: float, mixing: float
) -> None:
    """As published: green land counts as green even where its evapotranspiration is unknown, and a
    kernel that is wider than the raster is cut at its edges.
    """
    rng = np.random.default_rng(3)
    codes = rng.choice([1, 1, 1, 2], size=(13, 16))
    codes[4:9, 5:10] = 2
    codes[0, :3] = codes[12, 15] = 0
    water = rng.uniform(3, 6, codes.shape)
    water[6, 7:9] = water[2, 12] = np.nan
    pixel = 30.0
    found = cooling.night(
        codes, TABLE, water, pixel_m=pixel, reference=20.0, uhi_max=4.0,
        park_reach_m=reach, mixing_radius_m=mixing, unknown=0,
    )  # fmt: skip
    cc, green = np.full(codes.shape, np.nan), np.full(codes.shape, np.nan)
    for at, code in np.ndenumerate(codes):
        if code:
            x = TABLE[int(code)]
            green[at] = x["green"]
            cc[at] = (
                0.6 * x["shade"] + 0.2 * x["albedo"] + 0.2 * x["kc"] * water[at] / np.nanmax(water)
            )
    d, r = round(reach / pixel), round(mixing / pixel)
    size = sum(math.hypot(i, j) <= d for i in range(-d, d + 1) for j in range(-d, d + 1))
    park = slowly_averaged(np.where(green > 0, cc, 0.0 * cc), d, flat=False)
    near = slowly_averaged(green, d, flat=True) * size
    hm = np.where((near >= 20_000 / pixel**2) & (park > cc), park, cc)
    air = slowly_averaged(20.0 + (1 - hm) * 4.0, r, flat=False)
    np.testing.assert_allclose(found.air, air, atol=1e-9)
    assert np.isnan(found.air).sum() == 4 + 3


def test_sums_under_a_kernel_are_those_of_a_direct_convolution() -> None:
    rng = np.random.default_rng(0)
    for shape, radius in (((31, 44), 3), ((8, 90), 4), ((5, 5), 6), ((1, 40), 2)):
        fields = rng.normal(size=(3, *shape))
        for kernel in (smoothing.decaying(radius), smoothing.disk(radius)):
            found = smoothing.summed(fields, kernel)
            for one, field in zip(found, fields, strict=True):
                direct = scipy.ndimage.convolve(field, kernel, mode="constant")
                np.testing.assert_allclose(one, direct, atol=1e-10)
    assert smoothing.decaying(0).tolist() == [[1.0]]


def test_shares_of_a_mean_give_the_mean_of_means() -> None:
    rng = np.random.default_rng(1)
    known = rng.random((25, 31)) > 0.1
    inside = np.zeros_like(known)
    inside[5:12, 20:31] = True
    field = rng.normal(size=known.shape)
    kernel = smoothing.decaying(3)
    weights = smoothing.shares_of_mean(inside, known, kernel)
    mixed = smoothing.means(field, known, kernel)
    assert weights.sum() == pytest.approx(1)
    assert (weights * field).sum() == pytest.approx(np.nanmean(mixed[inside]))
    assert (weights[~known] == 0).all()


# The ground around a neighbourhood


def raster(values: Any) -> Raster:
    return Raster(np.asarray(values, dtype=np.float32), 0.0, 40.0, 10.0, "EPSG:3035")


def test_trees_hide_what_they_cover() -> None:
    trees = raster([[0, 50, 100, np.nan]] * 4)
    sealed = raster([[100, 80, 60, 50]] * 4)
    found = ground_of(trees, sealed, shapely.box(0, 0, 30, 40))
    assert isinstance(found, Ground)
    assert found.trees[0].tolist()[:3] == [0, 0.5, 1]
    np.testing.assert_allclose(found.sealed[0, :3], [1, 0.5, 0])
    np.testing.assert_allclose(found.open[0, :3], [0, 0, 0], atol=1e-9)
    assert np.isnan([found.trees[0, 3], found.open[0, 3], found.sealed[0, 3]]).all()
    assert found.inside.sum() == 12
    told = ground_of(trees, sealed, shapely.box(0, 0, 40, 40))
    assert told == "couverture du sol inconnue dans une bonne part du quartier"


def qpv_of(found: Release) -> str:
    places = found.places
    return str(sorted(places.loc[places["kind"] == "qpv", "zone"])[0])


def around_qpv(found: Release, mirror: Path) -> Ground | str:
    outline = found.places.set_index("zone").geometry[qpv_of(found)]
    return around(outline, found.manifest, mirror)


def test_ground_around_a_neighbourhood_agrees_with_its_layers(
    demo_mirror: Path, demo_release: Release
) -> None:
    zone = qpv_of(demo_release)
    found = around_qpv(demo_release, demo_mirror)
    assert isinstance(found, Ground)
    assert found.pixel_m == 10
    assert max(found.trees.shape) <= 510
    layers = demo_release.layers.set_index(["zone", "layer"])["central"]
    here = found.inside & ~np.isnan(found.trees)
    canopy = found.trees[here].sum() * 100
    assert canopy == pytest.approx(layers[zone, "canopy_ground"], rel=0.05)
    assert here.sum() * 100 == pytest.approx(layers[zone, "zone_ground"], rel=0.05)
    np.testing.assert_allclose((found.trees + found.open + found.sealed)[here], 1)


def test_a_scenario_with_the_mirror_tells_the_night(
    demo_mirror: Path, demo_release: Release
) -> None:
    zone = qpv_of(demo_release)
    lines = plan_of([{"measure": "plant_trees", "zone": zone, "quantity": 100}])
    told = scenario_of(demo_release.folder, lines, mirror=demo_mirror)
    effects = {x.name: x for x in told.effects}
    assert effects["night_air"].change.high < 0
    assert effects["runoff_avoided"].change == NIL
    assert any("ne s'ajoute à aucun autre degré" in note for note in told.notes)
    assert not told.not_run


def test_another_file_than_the_release_s_is_not_read(
    demo_mirror: Path, demo_release: Release, tmp_path: Path
) -> None:
    other = edited(demo_mirror, tmp_path / "other")
    image = other / "imperviousness_2018.zip"
    image.write_bytes(image.read_bytes() + b"\0")
    told = around_qpv(demo_release, other)
    assert told == (
        "le fichier copernicus_imperviousness de --mirror n'est pas celui de cette livraison"
    )


def test_a_mirror_without_the_image_says_so(
    demo_mirror: Path, demo_release: Release, tmp_path: Path
) -> None:
    other = edited(demo_mirror, tmp_path / "other")
    lines = (other / "mirror.toml").read_text("utf-8")
    start = lines.index("[sources.copernicus_tree_cover")
    rest = lines[lines.index("\n[", start) :]
    (other / "mirror.toml").write_text(lines[:start] + rest, "utf-8")
    told = around_qpv(demo_release, other)
    assert told == "aucun fichier copernicus_tree_cover parmi ceux de --mirror"


# Storm water


def test_water_that_no_longer_runs_off_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "strengths", lambda name, seed, draws: np.full(draws, 0.3))
    told = storm.avoided("Q", {"grass": area(1_000, 5)}, (), 0, 5)
    sealed = float(runoff.runoff_mm(50.0, 98.0))
    grass = [float(runoff.runoff_mm(50.0, cn)) for cn in (69.0, 79.0)]
    assert told.change.central == pytest.approx(sealed - sum(grass) / 2)
    # Three in ten is soil B (one in ten is A, four are B), and a storm below the middle.
    rain = at_place(runoff.STORM, 0.3)
    less = float(runoff.runoff_mm(rain, 98.0) - runoff.runoff_mm(rain, 69.0))
    np.testing.assert_allclose(told.drawn, np.linspace(0.5, 1.5, 5) * less)
    assert told.unit == "m**3"
    assert told.verdict == "better"


def test_what_drinks_avoids_more_than_what_only_is_light() -> None:
    told = {
        name: storm.avoided("Q", {}, [made(name, 1_000)], 0, 50).change
        for name in ("permeable_paving", "green_roof", "cool_roof", "light_paving")
    }
    assert told["cool_roof"] == told["light_paving"] == NIL
    assert told["permeable_paving"].low > 0
    assert told["green_roof"].low > 0
    assert told["green_roof"].high < 44.3  # of 1,000 m² and 50 mm, and then some: never all of it


def test_woods_hold_more_than_grass() -> None:
    told = storm.avoided("Q", {"woods": area(1_000, 50)}, (), 0, 50)
    assert told.change.central > 0
    assert (told.drawn >= 0).all()


def test_ground_that_holds_everything_sheds_nothing() -> None:
    """A curve number of 0, as tables give to open water in a basin or to a cistern."""
    assert runoff.runoff_mm([50.0, 6_000.0], 0.0).tolist() == [0.0, 0.0]
    assert np.isinf(runoff.storage_mm(0.0))
    assert runoff.avoided(50.0, [98.0], [0.0], [1_000.0]).after == 0
