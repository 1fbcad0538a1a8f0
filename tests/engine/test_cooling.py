"""Night air and runoff against figures worked out apart, pixel by pixel."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo import cooling, runoff
from labo.errors import BadInput

TABLE = {
    1: {"shade": 0.0, "albedo": 0.15, "kc": 0.1, "green": 0},
    2: {"shade": 0.8, "albedo": 0.2, "kc": 1.0, "green": 1},
    3: {"shade": 0.1, "albedo": 0.25, "kc": 0.8, "green": 1},
}
PLACE: dict[str, Any] = {"reference": 20.0, "uhi_max": 4.0}


def town(rows: int = 14, columns: int = 17, seed: int = 0) -> npt.NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    codes = rng.choice([1, 1, 2, 3], size=(rows, columns))
    codes[3:10, 4:11] = 2
    codes[0, 0] = codes[8, 8] = 0
    return codes


def slowly(
    codes: npt.NDArray[np.int64], et: npt.NDArray[np.float64], pixel: float, park: float, mix: float
) -> npt.NDArray[np.float64]:
    """The same model, one pixel and one neighbour at a time."""
    rows, columns = codes.shape
    everywhere = [(i, j) for i in range(rows) for j in range(columns)]
    known = [(i, j) for i, j in everywhere if codes[i, j] != 0]
    cc, green = {}, {}
    for i, j in known:
        x = TABLE[int(codes[i, j])]
        cc[i, j] = 0.6 * x["shade"] + 0.2 * x["albedo"] + 0.2 * x["kc"] * et[i, j] / et.max()
        green[i, j] = x["green"]

    def mean(at: tuple[int, int], values: dict[tuple[int, int], float], radius: int) -> float:
        total = weight = 0.0
        for other in known:
            away = math.dist(at, other)
            if away <= 5 * radius:
                total += values[other] * math.exp(-away / radius)
                weight += math.exp(-away / radius)
        return total / weight

    d, r = round(park / pixel), round(mix / pixel)
    size = sum(math.hypot(i, j) <= d for i in range(-d, d + 1) for j in range(-d, d + 1))
    nomix = {}
    for at in known:
        near = [green[other] for other in known if math.dist(at, other) <= d]
        park_cc = mean(at, {k: cc[k] * green[k] for k in known}, d)
        large = sum(near) / len(near) * size >= 20_000 / pixel**2
        nomix[at] = 20.0 + (1 - (park_cc if large and park_cc > cc[at] else cc[at])) * 4.0
    air = np.full(codes.shape, np.nan)
    for at in known:
        air[at] = mean(at, nomix, r)
    return air


@pytest.mark.parametrize("pixel", [30.0, 50.0])
def test_night_air_is_that_of_the_published_formulas(pixel: float) -> None:
    codes = town()
    et = np.random.default_rng(1).uniform(3, 6, codes.shape)
    found = cooling.night(
        codes, TABLE, et, pixel_m=pixel, park_reach_m=100, mixing_radius_m=100, unknown=0, **PLACE
    )
    np.testing.assert_allclose(found.air, slowly(codes, et, pixel, 100, 100), atol=1e-9)
    # The park is large enough to cool what lies around it.
    assert (found.mitigation > found.capacity + 1e-6).any()
    assert np.isnan(found.air[0, 0])


def test_a_uniform_town_is_uniform_to_its_edges() -> None:
    codes = np.full((9, 40), 1)
    found = cooling.night(
        codes, TABLE, 5.0, pixel_m=10, park_reach_m=100, mixing_radius_m=500, **PLACE
    )
    # 0.6 × 0 + 0.2 × 0.15 + 0.2 × 0.1 = 0.05, and 20 + 0.95 × 4 = 23.8.
    np.testing.assert_allclose(found.capacity, 0.05)
    np.testing.assert_allclose(found.air, 23.8)


def test_air_that_does_not_mix_stays_where_it_is() -> None:
    found = cooling.night(
        town(), TABLE, 5.0, pixel_m=30, park_reach_m=100, mixing_radius_m=10, unknown=0, **PLACE
    )
    np.testing.assert_array_equal(found.air, found.before_mixing)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1_000))
def test_trees_never_warm_the_night(seed: int) -> None:
    codes = town(seed=seed)
    rng = np.random.default_rng(seed)
    greener = np.where((rng.random(codes.shape) < 0.2) & (codes == 1), 2, codes)
    options: dict[str, Any] = {
        "pixel_m": 30,
        "park_reach_m": 90,
        "mixing_radius_m": 120,
        "unknown": 0,
        **PLACE,
    }
    before = cooling.night(codes, TABLE, 5.0, **options).air
    after = cooling.night(greener, TABLE, 5.0, **options).air
    known = ~np.isnan(before)
    assert (after[known] <= before[known] + 1e-9).all()
    assert np.nanmin(after) >= PLACE["reference"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"land_use": np.array([[1, 9]])}, "Land use 9 has no coefficients; there are 1, 2, 3"),
        ({"land_use": np.array([1, 2])}, "1 dimensions"),
        ({"pixel_m": 0}, "pixel_m is 0"),
        ({"park_reach_m": math.nan}, "park_reach_m is nan"),
        ({"mixing_radius_m": -1}, "mixing_radius_m is -1"),
        ({"evapotranspiration": 0.0}, "largest evapotranspiration is 0.0"),
    ],
)
def test_what_cannot_be_computed_is_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "land_use": town(),
        "coefficients": TABLE,
        "evapotranspiration": 5.0,
        "pixel_m": 30,
    }
    given |= {"park_reach_m": 100, "mixing_radius_m": 100, "unknown": 0, **PLACE}
    with pytest.raises(BadInput, match=message):
        cooling.night(**(given | change))


# Runoff


def test_runoff_of_the_published_example() -> None:
    # 9 inches of rain on a curve number of 94.82: S = 0.546 in, Q = 8.38 in.
    assert runoff.storage_mm(94.82) / 25.4 == pytest.approx(0.546, abs=5e-4)
    assert runoff.runoff_mm(9 * 25.4, 94.82) / 25.4 == pytest.approx(8.38, abs=5e-3)


def test_runoff_of_sealed_and_thirsty_ground() -> None:
    np.testing.assert_allclose(runoff.runoff_mm([0.0, 50.0], 100.0), [0.0, 50.0])
    # S = 264.37 mm: nothing runs off below 52.87 mm of rain.
    assert runoff.runoff_mm(52.0, 49.0) == 0
    assert runoff.runoff_mm(60.0, 49.0) == pytest.approx(7.127**2 / 271.49, rel=1e-3)
    assert np.isnan(runoff.runoff_mm(50.0, np.nan))


@given(st.floats(0, 500), st.floats(1, 99), st.floats(0, 1))
def test_runoff_grows_with_rain_and_sealing_and_never_exceeds_rain(
    rain: float, number: float, more: float
) -> None:
    shed = runoff.runoff_mm(rain, number)
    assert 0 <= shed <= rain + 1e-9
    assert runoff.runoff_mm(rain + more, number) >= shed - 1e-9
    assert runoff.runoff_mm(rain, number + more) >= shed - 1e-9


def test_avoided_volume_by_hand() -> None:
    # 1,000 m² of asphalt become lawn; 500 m² stay as they are; the last piece is unknown.
    found = runoff.avoided(50.0, [98.0, 80.0, np.nan], [61.0, 80.0, 70.0], [1_000, 500, 300])
    asphalt, lawn = float(runoff.runoff_mm(50, 98)), float(runoff.runoff_mm(50, 61))
    assert found.avoided == pytest.approx(asphalt - lawn)
    assert found.before - found.after == pytest.approx(found.avoided)
    assert runoff.avoided(50.0, [80.0], [80.0], [500]).avoided == 0


def test_curve_numbers_by_soil() -> None:
    table = {1: {"A": 98.0, "B": 98.0}, 2: {"A": 39.0, "B": 61.0}}
    soil = np.array([["A", "B"], ["", "A"]])
    found = runoff.curve_numbers(np.array([[2, 2], [2, 1]]), soil, table)
    np.testing.assert_array_equal(found, [[39.0, 61.0], [np.nan, 98.0]])
    with pytest.raises(BadInput, match="Land use 2 has no curve number for soil group 'C'"):
        runoff.curve_numbers(np.array([[2]]), "C", table)
    with pytest.raises(BadInput, match="Soil group 'E'"):
        runoff.curve_numbers(np.array([[2]]), "E", table)
    with pytest.raises(BadInput, match="curve number is -1"):
        runoff.storage_mm(-1)
    with pytest.raises(BadInput, match="-1 mm of rain"):
        runoff.runoff_mm(-1, 80)
