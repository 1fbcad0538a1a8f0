"""Cells to neighbourhoods beside exactextract, geopandas and tobler: `python -m bench.crosswalk`.

An invented country: inhabited cells of the 200 m grid, dense around a few hundred towns and sparse
elsewhere, and polygons with the sizes, vertices and places of QPVs. Each side runs in a process of
its own, which makes the same country from the same seed; making it is not timed, nor turning it
into what a side reads (squares as polygons for geopandas and tobler, a raster in memory for
exactextract). Seconds are medians of several runs. Peak memory holds the country too.

exactextract sums one variable over a raster in memory (`NumPyRasterSource`), where it reads the
windows of polygons only; it runs with both of its strategies, and the faster counts.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from bench import apart, resident_gib, text_table, timed
from labo.crosswalk import coverage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SIZE = 200  # side of a cell, m
CENTRE = (3_760_000, 2_600_000)  # EPSG:3035
INHABITED = 0.17  # of the cells of France
TOWNS, IN_TOWNS = 400, 0.6  # how many, and their part of the places to live


@dataclass(frozen=True)
class Size:
    """How large the country is, how often each side runs, and the seed."""

    cells: int
    polygons: int
    variables: int = 40
    repeats: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Country:
    """x, y: south-west corners, shape (cells,); values: (cells, variables); zones: polygons."""

    x: Ints
    y: Ints
    values: pd.DataFrame
    zones: npt.NDArray[np.object_]


@dataclass(frozen=True)
class Measured:
    """What one side took and found: values of shape (polygons, variables)."""

    seconds: dict[str, float]
    peak_gib: float
    values: Floats
    about: dict[str, float]


def country(size: Size) -> Country:
    """Return the country of a seed."""
    rng = np.random.default_rng(size.seed)
    radius = np.sqrt(size.cells / INHABITED / np.pi)  # in cells
    weight = 1.0 / (np.arange(TOWNS) + 5.0)
    weight /= weight.sum()
    town = _in_disc(rng, TOWNS, 0.95 * radius)
    # Draws pile up in the middle of a town until nearly all its cells are inhabited.
    spread = np.sqrt(IN_TOWNS * size.cells * weight / (4 * np.pi))

    def near_towns(count: int, closeness: float) -> Floats:
        at = rng.choice(TOWNS, count, p=weight)
        return town[at] + rng.normal(size=(count, 2)) * (closeness * spread[at])[:, None]

    stride = int(4 * radius) + 1
    inhabited = np.zeros(stride**2, dtype=bool)
    inhabited[_keys(near_towns(int(IN_TOWNS * size.cells), 1.0), stride)] = True
    while (lacking := size.cells - int(inhabited.sum())) > 0:
        inhabited[_keys(_in_disc(rng, max(lacking, 100), radius), stride)] = True
    # As in the file: from south to north, then from west to east.
    keys = np.sort(rng.permutation(np.flatnonzero(inhabited))[: size.cells])
    x = CENTRE[0] + SIZE * (keys % stride - stride // 2)
    y = CENTRE[1] + SIZE * (keys // stride - stride // 2)
    # Filled variable after variable, as a table read from a file is.
    block = rng.standard_exponential((size.variables, size.cells))
    values = pd.DataFrame(block.T, copy=False).rename(columns="v{}".format)
    centres = np.array(CENTRE) + SIZE * near_towns(size.polygons, 0.4)
    return Country(x, y, values, np.array([neighbourhood(rng, c) for c in centres], dtype=object))


def _in_disc(rng: np.random.Generator, count: int, radius: float) -> Floats:
    angle, reach = rng.uniform(0, 2 * np.pi, count), radius * np.sqrt(rng.uniform(size=count))
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def _keys(places: Floats, stride: int) -> Ints:
    """Return one number per cell: its row times the stride, plus its column."""
    cell = np.clip(np.floor(places).astype(np.int64) + stride // 2, 0, stride - 1)
    return cell[:, 1] * stride + cell[:, 0]


def neighbourhood(rng: np.random.Generator, centre: Floats) -> shapely.Geometry:
    """Return an irregular polygon of 5 to 80 ha; one in twelve has a hole, one in twelve two parts.

    Vertices: 60 to 300, as the perimeters of QPVs have.
    """
    angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(60, 300))))
    order = np.arange(2, 9)[:, None]
    wave = rng.uniform(0, 0.9, (7, 1)) / order * np.cos(order * angle + rng.uniform(0, 6, (7, 1)))
    reach = np.maximum(1 + wave.sum(axis=0), 0.2)
    star = reach[:, None] * np.column_stack([np.cos(angle), rng.uniform(0.4, 1) * np.sin(angle)])
    hectares = np.exp(rng.uniform(np.log(5), np.log(80)))
    star *= np.sqrt(hectares * 10_000 / shapely.Polygon(star).area)
    kind = rng.integers(12)
    if kind == 1:
        one, aside = centre + star * np.sqrt(0.5), (np.ptp(star[:, 0]) + 30, 0)
        return shapely.MultiPolygon([(one, []), (one + aside, [])])
    return shapely.Polygon(centre + star, [centre + 0.4 * star] if kind == 0 else [])


def labo_side(size: Size) -> Measured:
    """`labo.crosswalk.coverage` once, then a product for each variable."""
    given = country(size)
    build, share = timed(size.repeats, lambda: coverage(given.zones, given.x, given.y, SIZE))

    def carry(wanted: list[str]) -> Floats:
        return np.column_stack([share @ given.values[name].to_numpy() for name in wanted])

    products = _one_and_all(size, carry, list(map(str, given.values.columns)))
    seconds = {"build": build, "products": products.seconds["all"]}
    seconds |= {name: build + more for name, more in products.seconds.items()}
    about = {"median_cells": float(np.median(np.diff(share.indptr)))} | partition(given)
    return Measured(seconds, products.peak_gib, products.values, about)


def _outline(given: Country) -> shapely.Polygon:
    return shapely.box(given.x.min(), given.y.min(), given.x.max() + SIZE, given.y.max() + SIZE)


def partition(given: Country) -> dict[str, float]:
    """Share the whole country out over as many zones that leave no gap: totals must be kept."""
    outline, sites = _outline(given), shapely.multipoints(shapely.centroid(given.zones))
    voronoi = shapely.voronoi_polygons(sites, extend_to=outline)
    zones = shapely.intersection(shapely.get_parts(voronoi), outline)
    seconds, share = timed(1, lambda: coverage(zones, given.x, given.y, SIZE))
    error = 0.0
    for name in given.values:
        whole = given.values[name].to_numpy()
        error = max(error, abs(float((share @ whole).sum()) / float(whole.sum()) - 1.0))
    return {"partition_seconds": seconds, "partition_error": error}


def exactextract_side(size: Size) -> Measured:
    """The sum of one variable over a raster, weighted by coverage."""
    import geopandas as gpd
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    given = country(size)
    column, row = (given.x - given.x.min()) // SIZE, (given.y.max() - given.y) // SIZE
    grid = np.zeros((int(row.max()) + 1, int(column.max()) + 1))
    grid[row, column] = given.values.iloc[:, 0].to_numpy()
    zones = gpd.GeoDataFrame(geometry=given.zones, crs="EPSG:3035")
    raster = NumPyRasterSource(grid, *_outline(given).bounds, srs_wkt=zones.crs.to_wkt())
    sums = partial(exact_extract, raster, zones, ["sum"], output="pandas")
    seconds: dict[str, float] = {}
    for strategy in ("feature-sequential", "raster-sequential"):
        seconds[strategy], found = timed(size.repeats, partial(sums, strategy=strategy))
    values = found[["sum"]].to_numpy(dtype=float)
    return Measured({"one": min(seconds.values())}, resident_gib(), values, seconds)


def _polygons(size: Size) -> tuple[Any, Any, list[str]]:
    """Return cells and zones as geopandas tables, and the variables."""
    import geopandas as gpd

    given = country(size)
    squares = shapely.box(given.x, given.y, given.x + SIZE, given.y + SIZE)
    cells = gpd.GeoDataFrame(given.values, geometry=squares, crs="EPSG:3035")
    zones = gpd.GeoDataFrame(geometry=given.zones, crs="EPSG:3035")
    return cells, zones, list(map(str, given.values.columns))


def geopandas_side(size: Size) -> Measured:
    """Spatial join, intersection of the pairs, share of the cell's surface, sum by zone."""
    cells, zones, names = _polygons(size)

    def carry(wanted: list[str]) -> Floats:
        pairs = zones.sjoin(cells[[*wanted, "geometry"]], predicate="intersects")
        inside = pairs.geometry.intersection(cells.geometry.iloc[pairs["index_right"]], align=False)
        weighted = pairs[wanted].mul(inside.area / SIZE**2, axis=0)
        return weighted.groupby(level=0).sum().reindex(zones.index, fill_value=0.0).to_numpy()

    return _one_and_all(size, carry, names)


def tobler_side(size: Size) -> Measured:
    """`tobler.area_weighted.area_interpolate`, extensive, keeping what lies outside the zones."""
    from tobler.area_weighted import area_interpolate

    cells, zones, names = _polygons(size)

    def carry(wanted: list[str]) -> Floats:
        found = area_interpolate(cells, zones, extensive_variables=wanted, allocate_total=False)
        return found[wanted].to_numpy()

    return _one_and_all(size, carry, names)


def _one_and_all(size: Size, carry: Callable[[list[str]], Floats], names: list[str]) -> Measured:
    """Carry one variable, then all."""
    one, _ = timed(size.repeats, lambda: carry(names[:1]))
    every, found = timed(size.repeats, lambda: carry(names))
    return Measured({"one": one, "all": every}, resident_gib(), found, {})


SIDES = (labo_side, exactextract_side, geopandas_side, tobler_side)


def difference(found: Floats, ours: Floats) -> float:
    """Return the largest relative difference over zones and the variables that both have."""
    gap = np.abs(found - ours[:, : found.shape[1]])
    return float(np.max(gap / np.maximum(np.abs(found), np.finfo(float).tiny), initial=0.0))


def figures(size: Size) -> dict[str, Any]:
    """Run every side, each in a process of its own, and return every figure."""
    measured = {side.__name__.removesuffix("_side"): apart(side, size) for side in SIDES}
    ours, every = measured["labo"].values, measured["labo"].seconds["all"]
    return {
        "benchmark": "crosswalk",
        "size": asdict(size),
        "sides": {
            name: {
                "seconds": side.seconds,
                "peak_gib": side.peak_gib,
                "difference": difference(side.values, ours),
                **side.about,
            }
            for name, side in measured.items()
        },
        "ratios": {
            "labo_to_exactextract_one": every / measured["exactextract"].seconds["one"],
            "geopandas_to_labo": measured["geopandas"].seconds["all"] / every,
            "tobler_to_labo": measured["tobler"].seconds["all"] / every,
        },
    }


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    size, sides, ratios = found["size"], found["sides"], found["ratios"]
    ours, many = sides["labo"], f"{size['variables']} variables"
    rows: list[list[object]] = []
    for name, side in sides.items():
        seconds = [side["seconds"].get(step) for step in ("build", "products", "one", "all")]
        rows.append([name, *seconds, side["peak_gib"], side["difference"]])
    head = ["", "matrix s", "products s", "1 variable s", f"{many} s", "peak GiB", "difference"]
    goals: list[list[object]] = [
        [f"labo {many} / exactextract 1 variable", ratios["labo_to_exactextract_one"], "<= 3"],
        [f"geopandas / labo, {many}", ratios["geopandas_to_labo"], ""],
        [f"tobler / labo, {many}", ratios["tobler_to_labo"], ">= 20"],
        ["labo peak GiB", ours["peak_gib"], "< 4"],
        ["largest relative error of a total over a partition", ours["partition_error"], "<= 1e-9"],
    ]
    return (
        f"{size['cells']} cells, {size['polygons']} polygons (median {ours['median_cells']:.0f} "
        f"cells each), medians of {size['repeats']} runs\n"
        f"{text_table(head, rows)}\n"
        "difference from labo, relative, largest; exactextract and tobler count in float32\n\n"
        f"{text_table(['', 'measured', 'goal'], goals)}\n"
        f"the partition covers every cell; its matrix took {ours['partition_seconds']:.2f} s\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 cells, 200 polygons")
    parser.add_argument("--cells", type=int, help="2,300,000 if not given")
    parser.add_argument("--polygons", type=int, help="1,600 if not given")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    cells, polygons = (100_000, 200) if given.quick else (2_300_000, 1_600)
    found = figures(Size(given.cells or cells, given.polygons or polygons))
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
