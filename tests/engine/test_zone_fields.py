"""What homes, the ground and communes bring to zones: errors, floors and weights, by hand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labo import zone_fields, zone_homes
from labo.catalogue import LAYERS
from labo.estimate import Estimate
from labo.layer import Layer
from labo.transfer import CAUSES, Cause
from labo.walk import MINUTES
from labo.way import OfCommune
from labo.zone_fields import Opened, of_commune, with_error
from labo.zone_homes import CASES, Met
from labo.zone_layer import Support, ZoneLayer

DRAWS = 400


def error(central: float, unit: str) -> Estimate:
    return Estimate(
        central=central, low=central / 2, high=central * 2, unit=unit, reference="a test",
        grade="to_check", scope="a test",
    )  # fmt: skip


def layer(**changed: Any) -> Layer:
    """A declared layer of residents, changed."""
    return replace(LAYERS["flood_residents"], **({"error": None} | changed))


def support(*available: float) -> Support:
    zones = len(available)
    return Support(
        np.full(zones, "homes", dtype=object),
        np.zeros(zones),
        np.ones(zones, dtype=np.int64),
        np.array(available),
    )


# errors around a threshold, at homes


def test_a_walk_near_the_threshold_is_tried_slower_and_faster() -> None:
    near = layer(error=error(0.2, "1"), formula=lambda m: (m <= 10).astype(float))
    met = zone_homes._in_cases(near, np.array([9.0, 12.0, 20.0, np.inf]))
    # 9 minutes are 5.4, 7.2, 9, 10.8 and 12.6; 12 are 7.2, 9.6, 12, 14.4 and 16.8.
    np.testing.assert_array_equal(
        met.values, [[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    )
    np.testing.assert_array_equal(met.cases, CASES)
    np.testing.assert_array_equal(met.central, [1, 0, 0, 0])


def test_a_concentration_near_the_threshold_is_tried_with_its_error_added() -> None:
    def above(c: Any) -> Any:
        return np.where(np.isnan(c), np.nan, c > 5)

    polluted = layer(error=error(1.0, "ug/m**3"), formula=above)
    met = zone_homes._in_cases(polluted, np.array([5.0, 7.5, np.nan]))
    np.testing.assert_array_equal(met.values, [[0, 0, 0, 1, 1], [1, 1, 1, 1, 1], [np.nan] * 5])


def test_between_two_cases_a_share_is_joined_by_a_straight_line(monkeypatch: Any) -> None:
    z = np.array([[-3.0, -1.5, 0.0, 0.5, 2.0, 9.0]])
    monkeypatch.setattr(zone_homes, "noise_of", lambda *_: z)
    shares = np.broadcast_to([0.1, 0.2, 0.4, 0.6, 1.0], (1, 6, 5))
    drawn = zone_homes._between_cases(layer(), CASES, dict.fromkeys(CAUSES, shares), 0)
    measured: list[Cause] = ["all", "measurement"]
    for cause in measured:
        np.testing.assert_allclose(drawn[cause], [[0.1, 0.15, 0.4, 0.5, 1.0, 1.0]])
    np.testing.assert_allclose(drawn["secrecy"], [[0.4] * 6])
    np.testing.assert_allclose(drawn["transfer"], [[0.4] * 6])


def test_the_median_walk_is_where_half_have_arrived() -> None:
    steady = MINUTES / 30
    steps = np.where(MINUTES < 2, 0.0, np.where(MINUTES == 2, 0.25, np.where(MINUTES > 2, 0.75, 0)))
    far = np.full(len(MINUTES), 0.4)
    there = np.ones(len(MINUTES))
    unknown = np.full(len(MINUTES), np.nan)
    found = zone_homes.median(np.stack([steady, steps, far, there, unknown]))
    np.testing.assert_allclose(found, [15.0, 2.25, 30.0, 0.0, np.nan])


def test_the_columns_of_a_median_walk_are_who_has_arrived() -> None:
    walk = LAYERS["walk_to_cool_indoor"]
    met = Met(np.array([[4.2], [np.inf], [np.nan]]), np.zeros(1))
    columns = zone_homes._columns(walk, met)
    assert columns.shape == (3, len(MINUTES) + 1)
    # Nobody at 4, all from 4.5 on; nobody ever, which is known; nothing known.
    np.testing.assert_array_equal(columns[0, :-1], MINUTES >= 4.5)
    np.testing.assert_array_equal(columns[1:, :-1], 0.0)
    np.testing.assert_array_equal(columns[:, -1], [1, 1, 0])


# little known


def test_missing_is_never_zero() -> None:
    """Of 100 people, 90 known: the rest is like them. 70 known: empty. None exposed: 0."""
    counted = layer()
    whole = np.array([100.0, 100.0, 100.0, 100.0])
    sums = np.array([[45.0, 90.0], [45.0, 70.0], [0.0, 100.0], [0.0, 0.0]])
    drawn = {c: np.repeat(sums[:, None, :], 3, axis=1) for c in CAUSES}
    met = Met(np.zeros((1, 1)), np.zeros(1))
    found = zone_homes._layer_of(
        counted, met, sums, whole, drawn, support(0.9, 0.7, 1.0, 0.0), seed=0
    )
    np.testing.assert_allclose(found.central, [50.0, np.nan, 0.0, np.nan])
    for cause in CAUSES:
        expected = np.repeat(found.central[:, None], 3, axis=1)
        np.testing.assert_allclose(found.draws[cause], expected)
    assert [bool(x) for x in found.reason] == [False, True, False, True]
    columns = zone_homes._columns(counted, Met(np.array([[np.nan], [0.0], [1.0]]), np.zeros(1)))
    np.testing.assert_array_equal(columns, [[0, 0], [0, 1], [1, 1]])


# stated errors


def drawn_from(central: Any, **changed: Any) -> tuple[Layer, Any, Any, Any]:
    chosen = layer(**changed)
    middle = np.array(central, dtype=float)
    still = np.repeat(middle[:, None], DRAWS, axis=1)
    z = zone_fields.noise_of(chosen, 7, still.shape)
    return chosen, middle, dict.fromkeys(CAUSES, still), z


def test_a_relative_error_moves_a_quantity_by_its_share() -> None:
    chosen, central, still, z = drawn_from([100.0, 0.0, 10.0], error=error(0.5, "1"))
    most = np.array([120.0, 10.0, 10.0])
    drawn = with_error(chosen, central, still, most, 7)
    expected = np.clip(100 + 50 * z[0], 0, 120)
    np.testing.assert_allclose(drawn["all"][0], expected)
    np.testing.assert_array_equal(drawn["all"], drawn["measurement"])
    np.testing.assert_array_equal(drawn["all"][1], 0.0)
    assert drawn["all"][2].max() <= 10.0
    for cause in ("secrecy", "transfer"):
        np.testing.assert_array_equal(drawn[cause], still[cause])


def test_the_error_of_a_share_is_in_hundredths_of_all() -> None:
    chosen, central, still, z = drawn_from(
        [0.0, 0.95], unit="1", kind="field", error=error(0.1, "1")
    )
    drawn = with_error(chosen, central, still, None, 7)["all"]
    np.testing.assert_allclose(drawn, np.clip(central[:, None] + 0.1 * z, 0, 1))
    # Nothing found is not certain to be nothing.
    assert drawn[0].max() > 0.1


def test_a_temperature_may_be_below_zero() -> None:
    chosen, central, still, z = drawn_from(
        [0.5], unit="delta_degC", kind="field", error=error(1.0, "delta_degC")
    )
    drawn = with_error(chosen, central, still, None, 7)["all"]
    np.testing.assert_allclose(drawn, 0.5 + z)
    assert drawn.min() < 0


def test_without_a_stated_error_nothing_moves() -> None:
    chosen, central, still, _ = drawn_from([3.0])
    assert with_error(chosen, central, still, None, 7) == still


def test_the_part_of_a_few_says_little_of_the_part_of_all() -> None:
    part, whole = np.array([1.0, 300.0, 0.0, 0.0]), np.array([2.0, 600.0, 50.0, 0.0])
    drawn = zone_fields._sampled(layer(), part, whole, 1, 20_000)
    share = drawn[:3] / whole[:3, None]
    # Jeffreys' posterior: mean (part + ½) / (whole + 1).
    np.testing.assert_allclose(share.mean(axis=1), [0.5, 0.5, 0.5 / 51], atol=0.01)
    assert share[0].std() > 10 * share[1].std()
    assert (share[2] > 0).all()
    np.testing.assert_array_equal(drawn[3], 0.0)
    assert (drawn <= whole[:, None]).all()
    np.testing.assert_array_equal(drawn, zone_fields._sampled(layer(), part, whole, 1, 20_000))


# by commune


ZONES = pd.DataFrame({"kind": ["commune", "commune", "epci", "qpv"], "zone": ["A", "B", "E", "Q"]})


def by_commune(
    monkeypatch: Any, rows: Any, residents: Any, given: list[tuple[str, float]]
) -> ZoneLayer:
    known = layer(
        kind="field",
        unit="1",
        sources=("a file",),
        carried=OfCommune(rows=rows),
        formula=lambda t: t["value"],
    )
    monkeypatch.setattr(zone_fields, "layers_by", lambda *_: [known])
    table = pd.DataFrame(given, columns=["commune", "value"])
    files: Any = {"a file": None}
    people = np.array([*residents, sum(residents), 100.0])
    draws = np.stack([people, people * [1.0, 3.0, 1.0, 1.0]], axis=1)
    nothing = np.zeros(4)
    population = ZoneLayer(
        people, dict.fromkeys(CAUSES, draws), np.full(4, "", object), nothing, support(1, 1, 1, 1)
    )
    place: Any = SimpleNamespace(zones=ZONES)
    return of_commune(Opened(files, {"a file": table}), place, population, 2)[known.id]


def test_rates_are_not_averaged_without_weights(monkeypatch: Any) -> None:
    found = by_commune(monkeypatch, "mean", [30_000.0, 10_000.0], [("A", 0.8), ("B", 0.4)])
    # The plain mean of the two rates would be 0.6.
    np.testing.assert_allclose(found.central, [0.8, 0.4, 0.7, np.nan])
    # In the second draw as many live in B as in A.
    np.testing.assert_allclose(found.draws["all"][2], [0.7, 0.6])
    np.testing.assert_allclose(found.draws["all"][0], [0.8, 0.8])
    assert found.reason[3] == zone_fields.NO_DIFFERENCE


def test_the_rows_of_a_commune_are_put_together_as_declared(monkeypatch: Any) -> None:
    rows = [("A", 1.0), ("A", 0.5), ("B", 0.2)]
    for combined, expected in (("sum", 1.5), ("mean", 0.75), ("max", 1.0)):
        assert by_commune(monkeypatch, combined, [1.0, 1.0], rows).central[0] == expected


def test_a_commune_that_is_not_known_is_empty_and_its_epci_too(monkeypatch: Any) -> None:
    found = by_commune(monkeypatch, "mean", [70.0, 30.0], [("A", 0.8)])
    np.testing.assert_allclose(found.central, [0.8, np.nan, np.nan, np.nan])
    assert found.support.available[2] == pytest.approx(0.7)
    found = by_commune(monkeypatch, "mean", [90.0, 10.0], [("A", 0.8)])
    np.testing.assert_allclose(found.central, [0.8, np.nan, 0.8, np.nan])
    # Orders are rows: none is 0, but a row of an unknown number is unknown.
    found = by_commune(monkeypatch, "sum", [90.0, 10.0], [("A", 2.0)])
    np.testing.assert_allclose(found.central, [2.0, 0.0, 1.8, np.nan])
