"""A partner's rows summed by zone: by the points or codes of rows, or as a producer summed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo.agreement import PEOPLE, Schema
from labo.errors import BadInput
from labo.partner_file import LINE, UNKNOWN, Report, X, Y
from labo.suppression import Cube
from labo.territory import Territory

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """Zones, and the atoms that they are made of: `covers` has shape (zones, atoms)."""

    zones: tuple[str, ...]
    kinds: tuple[str, ...]
    covers: Bools


def categories_of(schema: Schema, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the categories that are counted: rows without one are a category of their own."""
    return values if schema.grain == "aggregated" else (*values, UNKNOWN)


# Rows that are dwellings, households or residents


def pseudonymised(
    path: Path, schema: Schema, rows: pd.DataFrame, report: Report, territory: Territory | None
) -> tuple[list[Cube], Ground]:
    """Count rows by zone; rows that lie in no zone are rejected."""
    base = schema.rows
    if base is None:
        raise BadInput(f"{path} is pseudonymised and its schema does not say what a row is.")
    ground, atom, kept = _located(path, schema, rows, report, territory)
    rows = rows[kept].reset_index(drop=True)
    report.kept = len(rows)
    if len(rows) < schema.agreement.secrecy_threshold:
        raise BadInput(
            f"{path} leaves fewer than {schema.agreement.secrecy_threshold} rows that can be "
            "counted: they may not be told of; see the columns of its schema, or its territory."
        )
    ones = np.ones(len(rows))
    organisation = schema.only("contributor")
    who = rows[organisation.id].to_numpy() if organisation is not None else None
    total = _cube(ground, atom, base.id, base.unit, ones, who=who)
    cubes = [total]
    units = {base.id: base.unit} | {c.id: c.unit for c in schema.of_kind("count")}
    # Counts that stand alone come before those that are counted among them.
    for c in sorted(schema.of_kind("count"), key=lambda c: c.among != ""):
        amounts = rows[c.id].to_numpy(dtype=float)
        among = c.among or base.id
        within = units[among]
        cubes.append(
            _cube(ground, atom, c.id, c.unit, amounts, who=who, among=among, within=within)
        )
    for c in schema.of_kind("category"):
        names = categories_of(schema, c.values)
        place = pd.Index(names).get_indexer(pd.Index(rows[c.id]))
        cubes.append(
            _cube(
                ground, atom, base.id, base.unit, ones,
                who=who, split=c.id, categories=names, place=place,
            )
        )  # fmt: skip
    return cubes, ground


def _located(
    path: Path, schema: Schema, rows: pd.DataFrame, report: Report, territory: Territory | None
) -> tuple[Ground, npt.NDArray[np.int64], Bools]:
    """Return the zones, the atom of each kept row, and which rows are kept."""
    code = schema.only("zone_code") or schema.only("address_id")
    if code is not None:
        zones = code.zones or "commune"
        kept = _known_codes(rows, code.id, zones, report, territory)
        ground = _ground_of_codes(rows.loc[kept, code.id], zones, territory)
        atom = pd.Index(ground.zones).get_indexer(pd.Index(rows.loc[kept, code.id]))
        return ground, atom.astype(np.int64), kept
    if territory is None:
        raise BadInput(
            f"{path} holds points: say on which zones they are counted, with --mirror and "
            "--territory."
        )
    x, y = schema.only("x"), schema.only("y")
    names = (x.id, y.id) if x is not None and y is not None else (X, Y)
    crs = x.crs if x is not None else "EPSG:4326"
    points = gpd.GeoSeries.from_xy(rows[names[0]], rows[names[1]], crs=crs)
    points = points.to_crs(territory.zones.crs)
    shapes = territory.zones.geometry.to_numpy()
    inside = np.zeros((len(rows), len(shapes)), dtype=bool)
    point, zone = shapely.STRtree(shapes).query(points.to_numpy(), predicate="intersects")
    inside[point, zone] = True
    kept = np.asarray(inside.any(axis=1))
    for line in rows.loc[~kept, LINE]:
        report.reject(int(line), "hors du territoire")
    if not kept.any():
        raise BadInput(
            f"None of the {len(rows)} rows of {path} lies in {territory.name}: its coordinates are "
            "of another place, or in another system than the crs of its schema."
        )
    covers, atom = np.unique(inside[kept], axis=0, return_inverse=True)
    kinds = tuple(map(str, territory.zones["kind"]))
    return Ground(tuple(map(str, territory.zones["zone"])), kinds, covers.T), atom.ravel(), kept


def _known_codes(
    rows: pd.DataFrame, name: str, zones: str, report: Report, territory: Territory | None
) -> Bools:
    """Return which rows bear the code of a zone of the territory; the others are rejected."""
    codes = rows[name].astype(str)
    known = np.ones(len(rows), dtype=bool)
    if territory is not None:
        of_kind = territory.zones[
            territory.zones["kind"] == ("qpv" if zones == "qpv" else "commune")
        ]
        there = codes if zones != "iris" else codes.str[:5]
        known = there.isin(of_kind["code"]).to_numpy()
    for line, code in zip(rows.loc[~known, LINE], codes[~known], strict=True):
        report.reject(int(line), "zone inconnue dans le territoire", code)
    if not known.any():
        raise BadInput(
            "No row bears the code of a zone of the territory: check the generation of the QPVs "
            "(codes in QN are of 2024, in QP of 2015), the territory, and the column."
        )
    return known


def _ground_of_codes(codes: "pd.Series[Any]", zones: str, territory: Territory | None) -> Ground:
    """Return the zones of one kind, side by side; and the EPCI when every commune is there."""
    names = sorted(set(codes))
    covers = np.eye(len(names), dtype=bool)
    kinds = [zones] * len(names)
    if territory is not None and zones == "commune":
        communes = territory.zones.loc[territory.zones["kind"] == "commune", "code"]
        if set(communes) <= set(names):
            names.append(territory.code)
            kinds.append("epci")
            covers = np.vstack([covers, np.ones((1, covers.shape[1]), dtype=bool)])
    return Ground(tuple(names), tuple(kinds), covers)


def _cube(
    ground: Ground,
    atom: npt.NDArray[np.int64],
    measure: str,
    unit: str,
    amounts: Floats,
    *,
    who: npt.NDArray[np.object_] | None,
    among: str = "",
    within: str = "",
    split: str = "",
    categories: tuple[str, ...] = ("",),
    place: npt.NDArray[np.int64] | None = None,
) -> Cube:
    """Sum amounts (rows,) by zone and category, and say how many stand behind each sum."""
    covers = ground.covers.astype(float)
    place = np.zeros(len(amounts), dtype=np.int64) if place is None else place
    size = (covers.shape[1], len(categories))

    def summed(values: Floats) -> Floats:
        by_atom = np.zeros(size)
        np.add.at(by_atom, (atom, place), values)
        result: Floats = covers @ by_atom
        return result

    known = ~np.isnan(amounts)
    given = np.where(known, amounts, 0.0)
    rows, there = summed(np.ones(len(amounts))), summed(known.astype(float))
    if who is not None:
        codes, names = pd.factorize(pd.Series(who))
        contributors = [str(name) for name in names]
    else:
        # Each row stands for itself: among many that are one at most, none weighs too much.
        codes, contributors = np.arange(len(amounts)), None
    weights = given if unit not in PEOPLE or who is not None else np.zeros(len(amounts))
    shares = _largest(ground, atom, place, size[1], codes, weights, contributors)
    return Cube(
        measure=measure,
        unit=unit,
        split=split,
        categories=categories,
        value=summed(given),
        behind=summed((given > 0).astype(float)),
        rows=rows,
        availability=np.divide(there, rows, out=np.zeros_like(rows), where=rows > 0),
        among=among,
        complement=bool(among) and unit == within,
        largest=shares[0],
        second=shares[1],
        sole=shares[2],
    )


def _largest(
    ground: Ground,
    atom: npt.NDArray[np.int64],
    place: npt.NDArray[np.int64],
    width: int,
    codes: npt.NDArray[Any],
    weights: Floats,
    names: Sequence[str] | None,
) -> tuple[Floats, Floats, npt.NDArray[np.object_]]:
    """Return the largest and the second amount of one contributor, and who gives the largest.

    All of shape (zones, categories); contributors without a name are rows.
    """
    shape = (len(ground.zones), width)
    first, second = np.zeros(shape), np.zeros(shape)
    sole = np.full(shape, "", dtype=object)
    parts = pd.DataFrame({"atom": atom, "place": place, "who": codes, "amount": weights})
    parts = parts[parts["amount"] > 0]
    for zone, covers in enumerate(ground.covers):
        here = parts[covers[parts["atom"].to_numpy()]]
        sums = here.groupby(["place", "who"], sort=True)["amount"].sum()
        for category in here["place"].unique():
            of_one = sums.loc[category].sort_values(ascending=False, kind="stable")
            first[zone, category] = of_one.iloc[0]
            second[zone, category] = of_one.iloc[1] if len(of_one) > 1 else 0.0
            if names is not None:
                sole[zone, category] = names[int(of_one.index[0])]
    return first, second, sole


# Rows that are zones


def aggregated(
    path: Path, schema: Schema, rows: pd.DataFrame, report: Report, territory: Territory | None
) -> tuple[list[Cube], Ground]:
    """Take the sums as they are given; a zone that is given twice is set aside."""
    code = schema.only("zone_code")
    if code is None or code.zones is None:
        raise BadInput(f"{path} is aggregated and its schema declares no zone_code.")
    kept = _known_codes(rows, code.id, code.zones, report, territory)
    rows = rows[kept]
    category = schema.only("category")
    key = [code.id] if category is None else [code.id, category.id]
    twice = rows.duplicated(key, keep=False)
    for line in rows.loc[twice, LINE]:
        report.reject(int(line), "zone donnée plusieurs fois : aucune n'est retenue")
    rows = rows[~twice]
    if rows.empty:
        raise BadInput(f"{path} gives every zone several times: ask for one row per zone.")
    report.kept = len(rows)
    ground = _ground_of_codes(rows[code.id], code.zones, territory)
    names = category.values if category is not None else ("",)
    zone = pd.Index(ground.zones).get_indexer(pd.Index(rows[code.id]))
    place = (
        pd.Index(names).get_indexer(pd.Index(rows[category.id]))
        if category is not None
        else np.zeros(len(rows), dtype=np.int64)
    )
    share = schema.only("largest_share")
    sums: dict[str, Floats] = {}
    for c in (*schema.of_kind("count"), *([share] if share is not None else [])):
        given = np.full((ground.covers.shape[1], len(names)), np.nan)
        given[zone, place] = rows[c.id].to_numpy(dtype=float)
        sums[c.id] = given
    cubes: list[Cube] = []
    # Counts that stand alone come before those that are counted among them.
    for c in sorted(schema.of_kind("count"), key=lambda c: c.among != ""):
        base = next((x for x in schema.of_kind("count") if x.id == c.among), None)
        behind = sums[c.id] if c.unit in PEOPLE or base is None else sums[base.id]
        same = base is not None and base.unit == c.unit
        parts = None if share is None else sums[share.id]
        if category is not None:
            total = _given(ground, c.id, c.unit, sums[c.id].sum(axis=1, keepdims=True),
                           behind.sum(axis=1, keepdims=True), None, c.among, same)  # fmt: skip
            cubes.append(total)
        cubes.append(
            _given(
                ground, c.id, c.unit, sums[c.id], behind, parts, c.among, same,
                category.id if category is not None else "", names,
            )
        )  # fmt: skip
    return cubes, ground


def _given(
    ground: Ground,
    measure: str,
    unit: str,
    value: Floats,
    behind: Floats,
    share: Floats | None,
    among: str,
    same: bool,
    split: str = "",
    categories: tuple[str, ...] = ("",),
) -> Cube:
    """Return sums that a producer gives by zone; where one is missing, the whole is as well."""
    covers = ground.covers.astype(float)

    def summed(values: Floats) -> Floats:
        result: Floats = np.where(
            covers @ np.isnan(values) > 0, np.nan, covers @ np.nan_to_num(values)
        )
        return result

    total, many = summed(value), summed(behind)
    largest = np.zeros_like(total)
    if share is not None:
        # Of sums of zones nothing is known; what is not said might be everything.
        own = np.where(np.isnan(share), 1.0, share)
        largest = np.where(
            (covers.sum(axis=1) == 1)[:, None], covers @ own * np.nan_to_num(total), 0.0
        )
    return Cube(
        measure=measure,
        unit=unit,
        split=split,
        categories=categories,
        value=np.nan_to_num(total),
        behind=np.nan_to_num(many),
        rows=np.ones_like(total),
        availability=(~np.isnan(total) & ~np.isnan(many)).astype(float),
        among=among,
        complement=same,
        largest=largest,
        second=None,
        sole=np.full(total.shape, "", dtype=object),
    )
