"""Two releases side by side: what a difference owes to the data, the perimeter and the method."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo.catalogue import INDICATORS
from labo.errors import BadInput
from labo.release import Release
from labo.territory import CRS

Bools = npt.NDArray[np.bool_]
# Amounts by zone (rows) and layer (columns).
Amounts = pd.DataFrame
# Values by zone and indicator.
Values = pd.Series

# Two contours whose difference is under this (m²) are the same, drawn twice.
SAME_M2 = 1.0
# These say where zones lie: a change of theirs is a change of perimeter, seen on the ground.
OUTLINES = ("anct_qpv", "insee_epci", "ign_communes")
# This shares every other dataset out over the zones.
BUILDINGS = "ign_bdtopo_batiment"
PARTS = ["data", "perimeter", "method"]
COLUMNS = ["zone", "indicator", "unit", "first", "second", "difference", *PARTS, "reason"]


@dataclass(frozen=True)
class Comparison:
    """Rows: zone, indicator, unit, first, second, difference, data, perimeter, method, reason.

    data + perimeter + method = difference, to rounding, where both values are there; where one is
    not, all four are empty and `reason` says why.
    """

    rows: pd.DataFrame
    warnings: list[str]


def compare(first: Release, second: Release) -> Comparison:
    """Compare the zones that two releases share, cells aside.

    What did not change explains nothing: a part is zero when its cause is absent, and a single
    cause takes the whole difference (a neighbour's new perimeter is one: the sharing out of cells
    learns from all the zones). Where several causes meet:

    - *method* is first what today's formulas make of each release's layers, against what it says;
    - *data*, where the zone stayed in place, is the whole of the rest if the method is the same;
      else it is `second data in the first perimeter − first data in the first perimeter`;
    - *perimeter* is what is left, if the zone moved, and *method* if it did not.

    The second data in the first perimeter are not in either release, which hold cells and not what
    lies within them. They are put together layer by layer from the first value. Cells that both
    releases count, taken in the share of their residents that the first release gave the zone, take
    the second release's totals. All the rest of the zone (imputed cells, and cells
    counted once only) changes as the same rest changes over the communes that stayed in place: a
    release holds the sum of it and not its cells. Layers without cells (census) change as their sum
    over those communes does. INSEE's own figures for a QPV cannot be told apart: they are data.

    Raises:
        BadInput: the releases share no zone.
    """
    zones = _common_zones(first, second)
    moved = _moved(first, second, zones)
    one, two = _values(first, zones), _values(second, zones)
    rows = one.add_suffix("_first").join(two.add_suffix("_second"), how="outer")
    before, after = rows["central_first"], rows["central_second"]
    difference = after - before
    both = difference.notna().to_numpy()
    here = rows.index.get_level_values("zone").isin([zone for zone, m in moved.items() if m])
    anywhere = any(moved.values()) or _outlines(first) != _outlines(second)
    data_changed = _by_indicator(rows, _changed_data(first, second))
    method_changed = _by_indicator(rows, _changed_methods(first, second))

    frame = _in_first_perimeter(first, second, zones, moved)
    base, swapped = (_formulas(x).reindex(rows.index) for x in (_amounts(first, zones), frame))
    again = _formulas(_amounts(second, zones)).reindex(rows.index)
    formula = ((base - before) - (again - after)).fillna(0.0).where(method_changed, 0.0)
    rest = difference - formula
    estimated = (swapped - base).fillna(rest)
    # One cause takes all; of two, the zone that stayed in place owes nothing to its perimeter.
    alone = data_changed & ~method_changed & ~here
    data = estimated.where(~alone, rest).where(data_changed, 0.0)
    left = rest - data
    to_perimeter = here | (anywhere & ~method_changed)
    rows["data"] = data.where(both)
    rows["perimeter"] = left.where(to_perimeter, 0.0).where(both)
    rows["method"] = (formula + left.where(~to_perimeter, 0.0)).where(both)
    rows["first"], rows["second"], rows["difference"] = before, after, difference
    rows["unit"] = rows["unit_first"].fillna(rows["unit_second"])
    rows["reason"] = _reasons(rows, both)
    return Comparison(
        rows.reset_index()[COLUMNS].sort_values(["zone", "indicator"], ignore_index=True),
        _warnings(first, second, here, method_changed, data_changed),
    )


def _common_zones(first: Release, second: Release) -> list[str]:
    zones = sorted(set(first.places["zone"]) & set(second.places["zone"]))
    if not zones:
        names = [
            f"{r.folder} is about {r.manifest['territory']['name']}, QPV of generation "
            f"{' and '.join(r.manifest['generations'])}"
            for r in (first, second)
        ]
        raise BadInput(f"These releases share no zone: {'; '.join(names)}.")
    return zones


def _hashes(release: Release) -> dict[str, str]:
    return {s["id"]: s["sha256"] for s in release.manifest["sources"]}


def _outlines(release: Release) -> dict[str, str]:
    return {name: sha for name, sha in _hashes(release).items() if name.startswith(OUTLINES)}


def _changed(first: Release, second: Release) -> set[str]:
    """Return the data sources whose file is not the same in both."""
    changed = {name for name, _ in _hashes(first).items() ^ _hashes(second).items()}
    return {name for name in changed if not name.startswith(OUTLINES)}


def _changed_data(first: Release, second: Release) -> set[str]:
    """Return the indicators with a changed source; buildings are behind all that is carried."""
    changed = _changed(first, second)
    carried = {x["id"] for x in first.catalogue["layers"] if x["carried"] == "crosswalk"}
    built = any(name.startswith(BUILDINGS) for name in changed)
    return {
        x["id"]
        for release in (first, second)
        for x in release.catalogue["indicators"]
        if changed & set(x["sources"]) or (built and carried & set(x["layers"]))
    }


def _changed_methods(first: Release, second: Release) -> set[str]:
    """Return the indicators that another version, formula or way of fitting stands behind."""
    formulas = [{x["id"]: x["formula"] for x in r.catalogue["indicators"]} for r in (first, second)]
    ways = [(r.manifest["code_version"], r.manifest["raked"]) for r in (first, second)]
    names = set(formulas[0]) | set(formulas[1])
    return {x for x in names if ways[0] != ways[1] or formulas[0].get(x) != formulas[1].get(x)}


def _by_indicator(rows: pd.DataFrame, chosen: Collection[str]) -> Bools:
    return rows.index.get_level_values("indicator").isin(list(chosen))


def _moved(first: Release, second: Release, zones: list[str]) -> dict[str, bool]:
    shapes = [
        r.places.set_index("zone").loc[zones].geometry.to_crs(CRS).to_numpy()
        for r in (first, second)
    ]
    apart = shapely.area(shapely.symmetric_difference(*shapes))
    return dict(zip(zones, (apart > SAME_M2).tolist(), strict=True))


def _values(release: Release, zones: list[str]) -> pd.DataFrame:
    values = release.values[release.values["zone"].isin(zones)]
    return values.set_index(["zone", "indicator"])[["central", "unit", "reason"]]


def _amounts(release: Release, zones: list[str]) -> Amounts:
    layers = release.layers[release.layers["zone"].isin(zones)]
    return layers.pivot(index="zone", columns="layer", values="central").reindex(zones)


def _in_first_perimeter(
    first: Release, second: Release, zones: list[str], moved: Mapping[str, bool]
) -> Amounts:
    """Return the second release's layers in the first one's perimeters, as `compare` says."""
    whole_first, whole_second = _amounts(first, zones), _amounts(second, zones)
    counted_first, counted_second = _counted_twice(first, second, whole_first)
    kinds = first.places.set_index("zone")["kind"]
    still = [zone for zone in zones if kinds[zone] == "commune" and not moved[zone]]
    rest_first = (whole_first - counted_first).loc[still].sum(min_count=1)
    rest_second = (whole_second - counted_second).loc[still].sum(min_count=1)
    growth = (rest_second / rest_first.where(rest_first > 0)).fillna(1.0)
    own = {x["id"] for x in first.catalogue["layers"] if x["carried"] == "official"}
    frame = counted_second + (whole_first - counted_first) * growth
    return frame.drop(columns=list(own & set(frame.columns)))


def _counted_twice(first: Release, second: Release, whole: Amounts) -> tuple[Amounts, Amounts]:
    """Return what the cells that both releases count hold in each zone of the first, then and now.

    Residents are not everything: where their shares give a zone more of a layer than it has in all,
    both sums are cut down alike.
    """
    keys = ["zone", "layer"]
    cells = [r.layers.rename(columns={"zone": "cell"})[["cell", "layer", "central"]]
             for r in (first, second)]  # fmt: skip
    twice = cells[0].merge(cells[1], on=["cell", "layer"], suffixes=("_first", "_second"))
    parts = first.shares[first.shares["zone"].isin(whole.index)].merge(twice, on="cell")
    sums = []
    for name in ("central_first", "central_second"):
        summed = (parts[name] * parts["share"]).groupby([parts[k] for k in keys]).sum()
        table = summed.unstack("layer").reindex_like(whole).fillna(0.0)
        sums.append(table)
    excess = (whole / sums[0].where(sums[0] > 0)).clip(upper=1.0).fillna(1.0)
    return sums[0] * excess, sums[1] * excess


def _formulas(amounts: Amounts) -> Values:
    """Run today's formulas on layers by zone."""
    found = {
        x.id: x.formula(*(amounts[name].to_numpy(dtype=float) for name in x.layers))
        for x in INDICATORS
        if set(x.layers) <= set(amounts.columns)
    }
    table = pd.DataFrame(found, index=amounts.index)
    return pd.Series(table.rename_axis(columns="indicator").stack())


def _reasons(rows: pd.DataFrame, both: Bools) -> Values:
    """Say why there is no difference: an indicator may be empty in one, or unknown to it."""
    texts = pd.Series("", index=rows.index, dtype=object)
    for side, name in (("first", "A"), ("second", "B")):
        absent = rows[f"central_{side}"].isna() & (texts == "")
        reason = rows[f"reason_{side}"].fillna(f"absent de {name}")
        texts = texts.where(~absent, reason)
    return texts.where(~both, "")


def _warnings(
    first: Release, second: Release, here: Bools, method_changed: Bools, data_changed: Bools
) -> list[str]:
    texts = []
    vintages = [
        {s["vintage"] for s in r.manifest["sources"] if s["id"].startswith("insee_filosofi")}
        for r in (first, second)
    ]
    if vintages[0] != vintages[1]:
        texts.append(
            "INSEE advises against reading two vintages of Filosofi as a trend: its sources and "
            "rules change; the part « data » is not an evolution."
        )
    if (here & method_changed).any():
        texts.append(
            "The method changed together with perimeters: where a perimeter moved, what the method "
            "changes in the sharing out is counted with the perimeter."
        )
    if (here & data_changed).any():
        texts.append(
            "The data changed together with perimeters: where a perimeter moved, the part of the "
            "data is an estimate."
        )
        if any(name.startswith(BUILDINGS) for name in _changed(first, second)):
            texts.append("There, what new buildings change is counted with the perimeter.")
    return texts
