"""Buildings become residential capacity, source areas become atoms, and nothing is lost."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from labo.crosswalk import KINDS, SURFACE, UNCLEAR, UNDATED, Stock, cut, housing_stock

NAN = float("nan")


def buildings(*rows: dict[str, object]) -> pd.DataFrame:
    usual = {"use": "Résidentiel", "light": False, "dwellings": NAN, "floors": NAN, "height": NAN}
    return pd.DataFrame([usual | row for row in rows])


def squares(*sides: float) -> np.ndarray:
    left = np.cumsum([0.0, *sides[:-1]]) + 10 * np.arange(len(sides))
    return shapely.box(left, 0.0, left + np.array(sides), np.array(sides))


def stock_of(geometry: list[shapely.Geometry], dwellings: list[float]) -> Stock:
    shapes = np.array(geometry, dtype=object)
    return Stock(shapes, np.array(dwellings), np.zeros(len(shapes), dtype=int), 0)


def town(counted: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    """A hundred-square-metre house a row, one dwelling on one floor, all counted."""
    house: dict[str, object] = {"dwellings": 1.0, "floors": 1.0}
    table = buildings(*[house] * counted)
    return table, squares(*[10.0] * counted)


@pytest.mark.parametrize(
    ("row", "dwellings"),
    [
        ({"dwellings": 2.0, "floors": 1.0}, 2.0),
        # Floors, else height / 3 m, else one floor: 100 m² of floor is a dwelling in this town.
        ({"floors": 4.0}, 4.0),
        ({"height": 12.0}, 4.0),
        ({}, 1.0),
        # A home that counts no dwelling, or forty times what its floors hold, is not believed.
        ({"dwellings": 0.0, "floors": 2.0}, 2.0),
        ({"dwellings": 40.0, "floors": 1.0}, 1.0),
    ],
)
def test_capacity_of_a_home(row: dict[str, object], dwellings: float) -> None:
    table, shapes = town()
    table = pd.concat([table, buildings(row)], ignore_index=True)
    stock = housing_stock(table, np.append(shapes, squares(10.0)))
    assert stock.dwellings[-1] == pytest.approx(dwellings)


def test_sheds_shops_and_huts_hold_nobody() -> None:
    table, shapes = town()
    table = pd.concat(
        [
            table,
            buildings(
                {"use": "Commercial et services"},
                {"light": True},
                {"use": "Indifférencié", "dwellings": 0.0},
            ),
        ],
        ignore_index=True,
    )
    stock = housing_stock(table, np.append(shapes, squares(10.0, 10.0, 10.0)))
    assert len(stock.dwellings) == 60


def test_shop_with_dwellings_counts_them_and_unclear_use_is_a_kind_of_its_own() -> None:
    table, shapes = town()
    extra = buildings(
        {"use": "Commercial et services", "dwellings": 2.0, "floors": 2.0},
        {"use": "Indifférencié", "floors": 1.0},
    )
    stock = housing_stock(
        pd.concat([table, extra], ignore_index=True), np.append(shapes, squares(10.0, 10.0))
    )
    assert stock.dwellings[-2:] == pytest.approx([2.0, 1.0])
    assert stock.kind[-1] == UNCLEAR
    assert stock.estimated == 0


def test_plain_share_follows_dwellings_and_not_surface() -> None:
    cell = np.array([shapely.box(0, 0, 200, 200)], dtype=object)
    west = np.array([shapely.box(0, 0, 20, 200)], dtype=object)
    stock = stock_of([shapely.box(5, 5, 15, 15), shapely.box(100, 100, 110, 110)], [90.0, 10.0])
    atoms = cut(cell, west, stock, np.array([True]))
    share = atoms.inside @ atoms.plain_share
    assert share == pytest.approx([0.9])
    # The same without buildings: a tenth of the surface.
    bare = cut(cell, west, None, np.array([True]))
    assert bare.inside @ bare.plain_share == pytest.approx([0.1])
    assert bare.by_area.all()
    assert bare.capacity[:, SURFACE].sum() == pytest.approx(200 * 200)


def test_building_astride_a_zone_and_two_cells_is_cut_by_surface() -> None:
    cells = np.array([shapely.box(0, 0, 200, 200), shapely.box(200, 0, 400, 200)], dtype=object)
    zone = np.array([shapely.box(100, 0, 300, 15)], dtype=object)
    stock = stock_of([shapely.box(190, 10, 210, 20)], [8.0])
    atoms = cut(cells, zone, stock, np.array([False]))
    whole = np.bincount(atoms.source, atoms.capacity.sum(axis=1))
    assert whole == pytest.approx([4.0, 4.0])
    inside = atoms.capacity.sum(axis=1)[atoms.inside.toarray()[0] > 0]
    assert inside == pytest.approx([2.0, 2.0])


def test_atoms_know_the_special_zone_they_are_in_or_near() -> None:
    cells = np.array([shapely.box(x, 0, x + 200, 200) for x in (0, 200, 400, 1_000)], dtype=object)
    zones = np.array([shapely.box(0, 0, 300, 200), shapely.box(0, 0, 2_000, 200)], dtype=object)
    atoms = cut(cells, zones, None, np.array([True, False]))
    of_cell = [sorted(set(atoms.place[atoms.source == i].tolist())) for i in range(4)]
    assert of_cell == [[2], [1, 2], [1], [0]]


def test_overlapping_zones_each_get_their_share() -> None:
    cell = np.array([shapely.box(0, 0, 200, 200)], dtype=object)
    zones = np.array(
        [shapely.box(0, 0, 100, 200), shapely.box(50, 0, 200, 200), shapely.box(0, 0, 200, 200)],
        dtype=object,
    )
    atoms = cut(cell, zones, None, np.array([False, False, False]))
    assert atoms.inside @ atoms.plain_share == pytest.approx([0.5, 0.75, 1.0])
    assert atoms.plain_share.sum() == pytest.approx(1.0, abs=1e-12)


def test_one_tower_is_more_concentrated_than_many_houses() -> None:
    cells = np.array([shapely.box(0, 0, 200, 200), shapely.box(200, 0, 400, 200)], dtype=object)
    zone = np.array([shapely.box(0, 0, 400, 200)], dtype=object)
    houses = [shapely.box(5 + 20 * i, 5, 10 + 20 * i, 10) for i in range(8)]
    stock = stock_of([shapely.box(250, 50, 270, 70), *houses], [40.0] + [1.0] * 8)
    atoms = cut(cells, zone, stock, np.array([False]))
    by_cell = dict(zip(atoms.source.tolist(), atoms.concentration.tolist(), strict=True))
    assert by_cell == pytest.approx({0: 1 / 8, 1: 1.0})
    assert atoms.capacity.shape[1] == len(KINDS)


def test_period_of_construction_is_that_of_filosofi() -> None:
    years = [1944.0, 1945.0, 1969.0, 1970.0, 1989.0, 1990.0, NAN]
    house: dict[str, object] = {"dwellings": 1.0, "floors": 1.0}
    table = buildings(*(house | {"built": year} for year in years))
    stock = housing_stock(table, squares(*[10.0] * len(years)))
    assert stock.period is not None
    assert stock.period.tolist() == [0, 1, 1, 2, 2, 3, UNDATED]
    assert housing_stock(table.drop(columns="built"), stock.geometry).period is None


def test_capacity_of_each_period_follows_the_building_across_an_edge() -> None:
    cells = np.array([shapely.box(0, 0, 200, 200)], dtype=object)
    zone = np.array([shapely.box(0, 0, 100, 200)], dtype=object)
    # A house of the fifties cut in half, one without a date inside, one of the eighties outside.
    shapes = [shapely.box(90, 0, 110, 10), shapely.box(5, 5, 15, 15), shapely.box(150, 5, 160, 15)]
    stock = replace(stock_of(shapes, [2.0, 1.0, 1.0]), period=np.array([1, UNDATED, 2]))
    atoms = cut(cells, zone, stock, np.array([True]))
    inside = atoms.inside.toarray()[0] > 0
    assert atoms.dated[inside].sum(axis=(0, 1)) == pytest.approx([0.0, 1.0, 0.0, 0.0])
    assert atoms.dated[~inside].sum(axis=(0, 1)) == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert atoms.capacity.sum() == pytest.approx(4.0)
    undated = cut(cells, zone, stock_of(shapes, [2.0, 1.0, 1.0]), np.array([True]))
    assert undated.dated.sum() == 0.0
