"""Runs the whole for one territory: files, zones, crosswalk, layers, indicators, values."""

import datetime as dt
import gc
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import ThreadpoolController

from labo import (
    territory,
    transfer,
    without,
    zone_climate,
    zone_fields,
    zone_homes,
    zone_layers,
    zone_partners,
)
from labo.areas import Areas, grid_areas, iris_areas, read_stock
from labo.catalogue import INDICATORS, LAYERS
from labo.cell_values import values_of_cells
from labo.composition import with_poverty
from labo.errors import BadInput
from labo.homes import Occupancy, occupancy
from labo.indicator import Indicator
from labo.mirror import Mirror
from labo.ranges import ends
from labo.source import Notice, SourceFile
from labo.territory import Territory
from labo.transfer import CAUSES
from labo.walk import Walks, minutes_by_cell, walk
from labo.way import Climate
from labo.zone_climate import Moment
from labo.zone_layer import ZoneLayer
from labo.zone_layers import CONTRIBUTING_SHARE, GRID, IRIS, layers_of
from labo.zone_partners import Partners

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Tell = Callable[[str], None]
logger = logging.getLogger("labo")

DRAWS = 200
FEWEST_DRAWS, MOST_DRAWS = 20, 10_000
# How many more objects are made than go before cycles among them are looked for, and how often
# those that lasted are looked at again.
SELDOM = (50_000, 20, 20)
# A ratio that fewer of its draws than this share can tell is empty.
FEWEST_KNOWN = 0.5
PRESENT = "present"
NOW: Moment = (PRESENT, PRESENT)
# Zone, indicator, scenario, horizon.
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Diagnosis:
    """What a release is written from; docs/decisions/0004 describes its tables."""

    territory: Territory
    seed: int
    draws: int
    values: pd.DataFrame
    draw_values: dict[Key, Floats]
    cells: pd.DataFrame
    cell_values: pd.DataFrame
    layers: pd.DataFrame
    shares: pd.DataFrame
    access: pd.DataFrame
    named_places: gpd.GeoDataFrame
    without: pd.DataFrame
    files: Sequence[SourceFile]
    raking: Mapping[str, float]
    raked: bool
    partners: Partners = field(default_factory=Partners)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def notices(self) -> list[Notice]:
        """Everything that had to be repaired, set aside or done without."""
        own = list(self.territory.notices)
        read = [notice for file in self.files for notice in file.notices]
        return [*own, *read, *self.partners.notices]


def diagnose(
    mirror: Mirror,
    name: str,
    *,
    generation: str = "2024",
    seed: int = 0,
    draws: int = DRAWS,
    perimeters: Sequence[Path] = (),
    rake: bool = False,
    today: dt.date | None = None,
    tell: Tell = logger.info,
) -> Diagnosis:
    """Return every indicator for every zone of a territory.

    Args:
        mirror: where the files are.
        name: EPCI SIREN, or one of the mirror's territory names.
        generation: of QPV perimeters, "2024" or "2015".
        seed: draws depend on it and on nothing else.
        draws: how many; intervals are their 5 % and 95 % quantiles.
        perimeters: GeoJSON files of further areas.
        rake: fit the census estimates of QPVs to their published municipal population.
        today: on which partners' agreements must hold; needed where the mirror names an import, and
            without effect on anything else.
        tell: told what is being done.

    Raises:
        LaboError: one sentence about what is wrong with the input.
    """
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise BadInput(
            f"{draws} draws: give between {FEWEST_DRAWS} and {MOST_DRAWS} ({DRAWS} is usual)."
        )
    if seed < 0:
        raise BadInput(f"Seed {seed}: give a whole number from 0.")
    seconds: dict[str, float] = {}
    with _step(seconds, "zones", tell):
        place = territory.load(mirror, name, generation=generation, perimeters=perimeters)
        files = list(place.files)
        imports, left_out = zone_partners.read(mirror, place, today)
    with _step(seconds, "buildings", tell):
        stock = read_stock(mirror, place, files)
    with _step(seconds, "source areas", tell):
        census = list(dict.fromkeys(x.sources[0] for x in layers_of(IRIS)))
        areas = {
            GRID: grid_areas(mirror, place, stock, files),
            IRIS: iris_areas(mirror, place, stock, files, census),
        }
    with _step(seconds, "layers", tell):
        layers: dict[str, ZoneLayer] = {}
        shared: dict[str, Mapping[str, transfer.Carried]] = {}
        shared[GRID] = zone_layers.carried(GRID, areas[GRID], seed, draws)
        areas[IRIS] = with_poverty(areas[IRIS], areas[GRID], shared[GRID])
        shared[IRIS] = zone_layers.carried(IRIS, areas[IRIS], seed, draws)
        for dataset in (GRID, IRIS):
            layers |= zone_layers.to_zones(dataset, areas[dataset], place, shared[dataset], seed)
        layers |= zone_layers.official(mirror, place, files, seed, draws)
        layers, raking = zone_layers.raked(layers, place, rake)
    with _step(seconds, "walks", tell):
        people = _people(areas[GRID], shared[GRID])
        walks = walk(mirror, place, people, files)
    with _step(seconds, "surroundings", tell):
        opened = zone_fields.open_tables(mirror, place, files)
        around, met = zone_homes.at_homes(opened, walks, people, place, seed, draws)
        layers |= around
        layers |= zone_fields.on_ground(opened, place, seed, draws)
        layers |= zone_fields.of_commune(opened, place, layers["population"], draws)
        layers = zone_layers.kept_secret(layers, place)
    with _step(seconds, "climate", tell):
        climate = zone_climate.to_come(mirror, place, files, seed, draws)
    with _step(seconds, "partners", tell):
        secret = zone_partners.secret_of(layers["population"].reason)
        partners = Partners(zone_partners.bring(imports, place, secret), left_out)
    with _step(seconds, "indicators", tell):
        values, draw_values = _values(place, layers, climate)
        given, still = zone_partners.values_of(partners, place, NOW, draws)
        values, draw_values = _sorted([values, given]), draw_values | still
        cells, cell_values, cell_layers = values_of_cells(place, areas[GRID], people, met, opened)
        shares = _shares(place, areas[GRID], shared[GRID])
        minutes = _minutes(areas[GRID], people, walks)
        absences = without.absences(walks, people, place, layers)
    return Diagnosis(
        territory=place,
        seed=seed,
        draws=draws,
        values=values,
        draw_values=draw_values,
        cells=cells,
        cell_values=cell_values,
        layers=pd.concat([_layer_rows(place, layers), cell_layers], ignore_index=True),
        shares=shares,
        access=minutes,
        named_places=without.named_places(walks),
        without=absences,
        files=files,
        raking=raking,
        raked=rake,
        partners=partners,
        seconds=seconds,
    )


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Look for cycles of objects seldom: a diagnosis makes millions of objects, and hardly any.

    Looking for them took a tenth of its time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@cache
def _libraries() -> ThreadpoolController:
    """Return what is loaded that runs in threads: looked for once and not at each step.

    All that multiplies is imported with this module, so nothing comes later.
    """
    return ThreadpoolController()


@contextmanager
def _step(seconds: dict[str, float], step: str, tell: Tell) -> Iterator[None]:
    """Time a step, and tell it.

    Products of matrices go on one thread: cut up among several, their sums differ in the last bits
    from one machine to another, and a release would not have the same bytes.
    """
    start = time.perf_counter()
    with _libraries().limit(limits=1, user_api="blas"):
        yield
    seconds[step] = time.perf_counter() - start
    tell(f"{step}: {seconds[step]:.1f} s")


def _people(areas: Areas | str, carried: Mapping[str, transfer.Carried]) -> Occupancy | str:
    """Return who lives at each home, or the reason why nobody knows."""
    if isinstance(areas, str):
        return areas
    return occupancy(areas, carried) or "habitants non comptés"


def _minutes(areas: Areas | str, people: Occupancy | str, walks: Walks) -> pd.DataFrame:
    """Return the minutes on foot by cell of the territory and kind of place."""
    if isinstance(areas, str) or isinstance(people, str):
        return pd.DataFrame({"cell": [], "place": [], "minutes": []})
    return minutes_by_cell(walks, people, areas.table["cell"].to_numpy(dtype=object))


def _shares(
    place: Territory, areas: Areas | str, carried: Mapping[str, transfer.Carried]
) -> pd.DataFrame:
    """Return the share of each cell's residents that lives in each zone, long."""
    if isinstance(areas, str) or "population" not in carried:
        return pd.DataFrame(columns=["zone", "cell", "share"])
    atoms = areas.grain.atoms
    whole = areas.table["population"].to_numpy(dtype=float)[atoms.source]
    held = carried["population"].on_atoms
    share = np.divide(held, whole, out=np.zeros_like(whole), where=whole > 0)
    entry = areas.inside.tocoo()
    table = pd.DataFrame(
        {
            "zone": place.zones["zone"].to_numpy()[entry.row],
            "cell": areas.table["cell"].to_numpy()[atoms.source[entry.col]],
            "share": share[entry.col],
        }
    )
    whole_cells = table.groupby(["zone", "cell"])["share"].sum().reset_index()
    return whole_cells[whole_cells["share"] > CONTRIBUTING_SHARE].reset_index(drop=True)


def _values(
    place: Territory,
    layers: Mapping[str, ZoneLayer],
    climate: Mapping[Moment, Mapping[str, ZoneLayer]],
) -> tuple[pd.DataFrame, dict[Key, Floats]]:
    """Run every formula, today's and at each moment of the climate to come."""
    found: list[dict[str, Any]] = []
    draw_values: dict[Key, Floats] = {}
    unknown = {NOW: zone_climate.none_known(place)}
    for x in INDICATORS:
        to_come = any(isinstance(LAYERS[name].carried, Climate) for name in x.layers)
        for moment, known in (climate or unknown).items() if to_come else [(NOW, layers)]:
            columns, drawn = _run(x, moment, place, known)
            found.append(columns)
            draw_values |= drawn
    # One table of all: a table by indicator costs more than its formula.
    zones = place.zones
    again = np.tile(np.arange(len(zones)), len(found))
    values = pd.DataFrame(
        {name: zones[name].array.take(again) for name in ("zone", "generation")}
        | {
            name: np.concatenate([np.broadcast_to(c[name], len(zones)) for c in found])
            for name in found[0]
        }
    )
    values.loc[values["reason"] != "", ["imputed_share"]] = np.nan
    return values, draw_values


def _sorted(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    values = pd.concat([table for table in tables if len(table)], ignore_index=True)
    key = ["zone", "indicator", "scenario", "horizon"]
    return values.sort_values(key, ignore_index=True)


def _run(
    x: Indicator, moment: Moment, place: Territory, layers: Mapping[str, ZoneLayer]
) -> tuple[dict[str, Any], dict[Key, Floats]]:
    """Run a formula on the central layers and on the draws of each cause.

    Returns:
        columns, each (zones,) or the same for all; and the draws that are not empty.
    """
    zones = place.zones
    draw_values: dict[Key, Floats] = {}
    inputs = [layers[name] for name in x.layers]
    central = x.formula(*(i.central for i in inputs))
    reason = np.full(len(zones), "", dtype=object)
    for i in inputs:
        reason = np.where((reason == "") & (i.reason != ""), i.reason, reason)
    filled = ~np.isnan(central)
    drawn_by = {}
    if filled.any() and all(i.draws for i in inputs):
        drawn_by = {c: _whole(x.formula(*(i.draws[c] for i in inputs))) for c in CAUSES}
        filled &= ~np.isnan(drawn_by["all"]).any(axis=1)
        central = np.where(filled, central, np.nan)
    reason = np.where(filled, "", np.where(reason == "", "dénominateur nul", reason))
    low, high = central.copy(), central.copy()
    variance = {cause: np.full(len(zones), np.nan) for cause in CAUSES}
    for cause, of_zones in drawn_by.items():
        drawn = of_zones[filled]
        variance[cause][filled] = drawn.var(axis=1)
        if cause == "all":
            quantiles = ends(drawn)
            # The skew of a draw may leave the central estimate out: it is never outside.
            low[filled] = np.minimum(quantiles[0], central[filled])
            high[filled] = np.maximum(quantiles[1], central[filled])
            for zone, row in zip(zones["zone"][filled], drawn, strict=True):
                draw_values[str(zone), x.id, *moment] = row
    support = inputs[0].support
    columns = {
        "indicator": x.id,
        "scenario": moment[0],
        "horizon": moment[1],
        "central": central,
        "low": low,
        "high": high,
        "unit": x.unit,
        "imputed_share": support.imputed_share,
        "n_cells": support.n_cells,
        "availability": np.min([i.support.available for i in inputs], axis=0),
        "method": support.method,
        "var_measurement": variance["measurement"],
        "var_secrecy": variance["secrecy"],
        "var_transfer": variance["transfer"],
        "reason": reason,
    }
    return columns, draw_values


def _whole(drawn: Floats) -> Floats:
    """Let the draws that have somebody to divide by stand in for those that have none, in turn.

    A draw without anybody says nothing of a share. Where most are, nothing is said: (zones, draws).
    """
    nobody = np.isnan(drawn)
    drawn = drawn.copy() if nobody.any() else drawn
    for row in np.flatnonzero(nobody.any(axis=1)):
        known = drawn[row, ~nobody[row]]
        enough = len(known) >= FEWEST_KNOWN * drawn.shape[1]
        drawn[row, nobody[row]] = np.resize(known, nobody[row].sum()) if enough else np.nan
    return drawn


def _layer_rows(place: Territory, layers: Mapping[str, ZoneLayer]) -> pd.DataFrame:
    """Return the layers per zone, long: what a formula can be run on again."""
    rows = [
        pd.DataFrame(
            {
                "zone": place.zones["zone"],
                "layer": name,
                "central": x.central,
                "imputed": x.imputed,
            }
        )
        for name, x in layers.items()
    ]
    return pd.concat(rows, ignore_index=True).sort_values(["zone", "layer"], ignore_index=True)
