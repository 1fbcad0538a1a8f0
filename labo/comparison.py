"""Two releases side by side: what a difference owes to the data, the perimeter and the method."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from labo.catalogue import INDICATORS
from labo.release import Release
from labo.territory import CRS

# Two contours whose difference is under this (m²) are the same, drawn twice.
SAME_M2 = 1.0


@dataclass(frozen=True)
class Comparison:
    """Rows: zone, indicator, unit, first, second, difference, data, perimeter, method, reason.

    data + perimeter + method = difference, where both values are there.
    """

    rows: pd.DataFrame
    warnings: list[str]


def compare(first: Release, second: Release) -> Comparison:
    """Compare the zones that two releases share, cells aside.

    The part of the data is what the difference would have been inside the first perimeter: each
    cell keeps the share that the first release gave to the zone, and takes the second release's
    totals; what comes from imputed cells, which a release does not hold one by one, is kept. The
    part of the method is what the formulas of today change in both releases' layers, plus all that
    is left when neither data nor perimeter changed. The rest is the perimeter's.
    """
    zones = _common_zones(first, second)
    data_changed = _source_hashes(first) != _source_hashes(second)
    code_changed = _method(first) != _method(second)
    moved = _moved(first, second, zones)
    one, two = (_values(r, zones) for r in (first, second))
    rows = one.join(two, lsuffix="_first", rsuffix="_second", how="outer").reset_index()
    rows = rows.rename(columns={"central_first": "first", "central_second": "second"})
    rows["unit"] = rows["unit_first"].fillna(rows["unit_second"])
    rows["difference"] = rows["second"] - rows["first"]
    both = rows["difference"].notna()
    perimeter_changed = rows["zone"].map(moved).fillna(False).astype(bool)

    data = np.where(both, 0.0, np.nan)
    if data_changed:
        same_frame = _inside_first_perimeter(first, second, zones)
        only_data = both & ~perimeter_changed & (not code_changed)
        key = pd.MultiIndex.from_frame(rows[["zone", "indicator"]])
        estimated = same_frame.reindex(key).to_numpy(dtype=float)
        data = np.where(only_data, rows["difference"], np.where(both, estimated, np.nan))
        data = np.where(both & np.isnan(data), rows["difference"], data)
    rest = rows["difference"] - data
    rows["data"] = data
    rows["perimeter"] = np.where(both, np.where(perimeter_changed, rest, 0.0), np.nan)
    rows["method"] = np.where(both, np.where(perimeter_changed, 0.0, rest), np.nan)
    rows["reason"] = np.where(both, "", rows["reason_first"].fillna(""))
    rows["reason"] = np.where(
        both | (rows["reason"] != ""), rows["reason"], rows["reason_second"].fillna("")
    )
    columns = "zone indicator unit first second difference data perimeter method reason".split()
    return Comparison(
        rows[columns].sort_values(["zone", "indicator"], ignore_index=True),
        _warnings(first, second, zones, code_changed, moved),
    )


def _common_zones(first: Release, second: Release) -> list[str]:
    ours, theirs = (r.zones.loc[r.zones["kind"] != "cell", "zone"] for r in (first, second))
    return sorted(set(ours) & set(theirs))


def _source_hashes(release: Release) -> dict[str, str]:
    """Return the sha256 of the sources that hold data; perimeters are compared on the ground."""
    return {
        s["id"]: s["sha256"]
        for s in release.manifest["sources"]
        if not s["id"].startswith(("anct_qpv", "insee_epci", "ign_communes"))
    }


def _method(release: Release) -> tuple[object, ...]:
    manifest = release.manifest
    return (manifest["code_version"], manifest["raked"])


def _moved(first: Release, second: Release, zones: list[str]) -> dict[str, bool]:
    shapes = [
        r.zones.set_index("zone").loc[zones].geometry.to_crs(CRS).to_numpy()
        for r in (first, second)
    ]
    apart = shapely.area(shapely.symmetric_difference(*shapes))
    return dict(zip(zones, (apart > SAME_M2).tolist(), strict=True))


def _values(release: Release, zones: list[str]) -> pd.DataFrame:
    values = release.values[release.values["zone"].isin(zones)]
    return values.set_index(["zone", "indicator"])[["central", "unit", "reason"]]


def _inside_first_perimeter(
    first: Release, second: Release, zones: list[str]
) -> "pd.Series[float]":
    """Return, by zone and indicator, the change of the data inside the first perimeter."""
    shares = first.shares[first.shares["zone"].isin(zones)]
    before = _formulas(_layers_with(shares, first, first, zones), zones)
    after = _formulas(_layers_with(shares, first, second, zones), zones)
    return after - before


def _layers_with(
    shares: pd.DataFrame, frame: Release, data: Release, zones: list[str]
) -> dict[str, "pd.Series[float]"]:
    """Return layers by zone: counted cells of `data` in the shares of `frame`, imputed ones kept."""
    cells = data.layers[
        ~data.layers["zone"].isin(data.zones.loc[data.zones["kind"] != "cell", "zone"])
    ]
    joined = shares.merge(cells, left_on="cell", right_on="zone", suffixes=("", "_cell"))
    joined["amount"] = joined["share"] * joined["central"]
    sums = joined.groupby(["layer", "zone"])["amount"].sum()
    kept = frame.layers[frame.layers["zone"].isin(zones)].set_index(["layer", "zone"])["imputed"]
    whole = sums.add(kept, fill_value=0.0)
    return {
        str(name): part.droplevel("layer").reindex(zones) for name, part in whole.groupby("layer")
    }


def _formulas(layers: Mapping[str, "pd.Series[float]"], zones: list[str]) -> "pd.Series[float]":
    parts = {}
    for x in INDICATORS:
        if set(x.layers) <= set(layers):
            inputs = (layers[name].to_numpy(dtype=float) for name in x.layers)
            parts[x.id] = pd.Series(x.formula(*inputs), index=zones)
    if not parts:
        return pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []]))
    table = pd.DataFrame(parts)
    table.index.name, table.columns.name = "zone", "indicator"
    return table.stack()


def _warnings(
    first: Release,
    second: Release,
    zones: list[str],
    code_changed: bool,
    moved: Mapping[str, bool],
) -> list[str]:
    texts = []
    if not zones:
        texts.append("these releases share no zone: their territories or generations differ.")
    vintages = [
        {s["vintage"] for s in r.manifest["sources"] if s["id"].startswith("insee_filosofi")}
        for r in (first, second)
    ]
    if vintages[0] != vintages[1]:
        texts.append(
            "INSEE advises against reading two vintages of Filosofi as a trend: its sources and "
            "rules change; the part « data » is not an evolution."
        )
    if code_changed and any(moved.values()):
        texts.append(
            "the method changed together with perimeters: where a perimeter moved, the part of "
            "the method is counted with it."
        )
    return texts
