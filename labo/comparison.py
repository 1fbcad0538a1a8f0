"""Two releases side by side: what a difference owes to the data, the perimeter and the method."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo.catalogue import INDICATORS, LAYERS
from labo.comparability import RULES, Rule
from labo.ensemble import check_comparable
from labo.errors import BadInput
from labo.release import Release
from labo.territory import CRS
from labo.way import Crosswalk

Bools = npt.NDArray[np.bool_]
# Amounts by zone (rows) and layer (columns).
Amounts = pd.DataFrame
# Values by zone and indicator.
Values = pd.Series

# Two contours whose difference is under this (m²) are the same, drawn twice.
SAME_M2 = 1.0
# These say where zones lie: a change of theirs is a change of perimeter, seen on the ground.
OUTLINES = ("anct_qpv", "insee_epci", "ign_communes")
# These say where people live, and so how much of each cell, flood zone or walk a zone gets.
BUILDINGS, CELLS = "ign_bdtopo_batiment", "insee_filosofi"
AT_PEOPLE = ("Crosswalk", "AtHomes", "Walk")
# Known by commune, and told of the EPCI as a mean over the residents of the cells.
OVER_PEOPLE = ("AtHomes", "Walk", "OfCommune")
# Two releases that know more than this of a zone, one than the other, know other parts of it.
SAME_COVERAGE = 0.01
PARTS = ["data", "perimeter", "method"]
KEY = ["zone", "indicator", "scenario", "horizon"]
COLUMNS = [*KEY, "unit", "first", "second", "difference", *PARTS, "reason"]


@dataclass(frozen=True)
class Comparison:
    """Rows: COLUMNS, one per zone, indicator and moment (scenario and horizon).

    data + perimeter + method = difference, to rounding, where both values are there; where one is
    not, or where producers forbid the comparison (`labo.comparability`), all four are empty and
    `reason` says why.
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
        BadInput: the releases share no zone, or are of two territories.
    """
    one_place, other_place = (r.manifest["territory"] for r in (first, second))
    if one_place["code"] != other_place["code"]:
        raise BadInput(
            f"The first release is of {one_place['name']!r} ({one_place['code']}) and the second "
            f"of {other_place['name']!r} ({other_place['code']}): compare two releases of one "
            "territory."
        )
    zones = _common_zones(first, second)
    moved = _moved(first, second, zones)
    one, two = _values(first, zones), _values(second, zones)
    rows = one.add_suffix("_first").join(two.add_suffix("_second"), how="outer")
    before, after = rows["central_first"], rows["central_second"]
    refused = _refused(first, second, rows)
    difference = (after - before).where(refused == "")
    both = difference.notna().to_numpy()
    here = rows.index.get_level_values("zone").isin([zone for zone, m in moved.items() if m])
    anywhere = any(moved.values()) or _outlines(first) != _outlines(second)
    data_changed = _by_indicator(rows, _changed_data(first, second))
    method_changed = _by_indicator(rows, _changed_methods(first, second))

    frame = _in_first_perimeter(first, second, zones, moved)
    base, swapped = (_formulas(x, rows) for x in (_amounts(first, zones), frame))
    again = _formulas(_amounts(second, zones), rows)
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
    rows["reason"] = refused.where(refused != "", _reasons(rows, both))
    return Comparison(
        rows.reset_index()[COLUMNS].sort_values(KEY, ignore_index=True),
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
    """Return the indicators with a changed source, or that people are behind who live elsewhere."""
    changed = _changed(first, second)
    moved = set()
    if any(name.startswith(BUILDINGS) for name in changed):
        moved |= _carried(first, *AT_PEOPLE)
    if any(name.startswith(CELLS) for name in changed):
        moved |= _carried(first, *OVER_PEOPLE) | _shared_as_cells_say()
    declared = {
        x["id"]
        for release in (first, second)
        for x in release.catalogue["indicators"]
        if changed & set(x["sources"]) or moved & set(x["layers"])
    }
    if first.manifest.get("partners") == second.manifest.get("partners"):
        return declared
    return declared | {x["id"] for r in (first, second) for x in r.partner_indicators}


def _shared_as_cells_say() -> set[str]:
    """Return the census layers whose sharing out learns from the cells who is poor, and where."""
    ways = {x.id: x.carried for x in LAYERS}
    return {name for name, w in ways.items() if isinstance(w, Crosswalk) and w.by == "poverty"}


def _carried(release: Release, *ways: str) -> set[str]:
    """Return the layers that are carried in one of these ways."""
    return {x["id"] for x in release.catalogue["layers"] if x["carried"] in ways}


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
    return values.set_index(KEY)[["central", "unit", "availability", "reason"]]


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
    own = _carried(first, "Official")
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


def _formulas(amounts: Amounts, rows: pd.DataFrame) -> Values:
    """Run today's formulas on layers by zone; climate to come is not among them."""
    found = {
        x.id: x.formula(*(amounts[name].to_numpy(dtype=float) for name in x.layers))
        for x in INDICATORS
        if set(x.layers) <= set(amounts.columns)
    }
    table = pd.DataFrame(found, index=amounts.index)
    stacked = pd.Series(table.rename_axis(columns="indicator").stack())
    present = pd.MultiIndex.from_arrays([rows.index.get_level_values(k) for k in KEY[:2]])
    return pd.Series(stacked.reindex(present).to_numpy(dtype=float), index=rows.index)


def _refused(first: Release, second: Release, rows: pd.DataFrame) -> "pd.Series[str]":
    """Return why producers forbid the comparison of each row; empty where they do not."""
    reasons = pd.Series("", index=rows.index, dtype=object)
    for rule in RULES:
        met = _meets(rule, first, second, rows)
        reasons = reasons.where(~met | (reasons != ""), rule.reason)
    return reasons


def _meets(rule: Rule, first: Release, second: Release, rows: pd.DataFrame) -> Bools:
    """Return the rows that a rule is about."""
    none = np.zeros(len(rows), dtype=bool)
    if rule.differs == "generations":
        before, after = (r.places.set_index("zone")["generation"] for r in (first, second))
        zones = rows.index.get_level_values("zone")
        return before.reindex(zones).to_numpy() != after.reindex(zones).to_numpy()
    about = _by_indicator(
        rows, _resting_on(rule.dataset, first) | _resting_on(rule.dataset, second)
    )
    if rule.differs == "coverage":
        apart = (rows["availability_first"] - rows["availability_second"]).abs()
        return about & (apart > SAME_COVERAGE).to_numpy()
    if rule.differs == "reference systems":
        return about & _other_system(rows)
    vintages = _vintages(rule.dataset, first), _vintages(rule.dataset, second)
    return about if _too_near(*vintages, rule.years) else none


def _resting_on(dataset: str, release: Release) -> set[str]:
    """Return the indicators all of whose layers come from a dataset.

    Where it only weighs what another one measures, the difference is not the dataset's alone.
    """
    # The first source is what a layer reads; others say where it lies (contours of IRIS, streets).
    read = {x["id"]: x["sources"][0] for x in release.catalogue["layers"]}
    layers = {name for name, source in read.items() if source.startswith(dataset)}
    return {x["id"] for x in release.catalogue["indicators"] if set(x["layers"]) <= layers}


def _vintages(dataset: str, release: Release) -> dict[str, str]:
    """Return the vintage of each file of a dataset, by the source's name without its own."""
    names = {x["id"]: x["dataset"] for x in release.catalogue["sources"]}
    return {
        names.get(s["id"], s["id"]): s["vintage"]
        for s in release.manifest["sources"]
        if s["id"].startswith(dataset)
    }


def _too_near(before: Mapping[str, str], after: Mapping[str, str], years: int | None) -> bool:
    """Say whether two vintages of one dataset differ, by less than so many years if they may."""
    for name in set(before) & set(after):
        one, two = before[name], after[name]
        if one != two and (years is None or abs(int(one[:4]) - int(two[:4])) < years):
            return True
    return False


def _other_system(rows: pd.DataFrame) -> Bools:
    """Return the climate rows whose reference system the other release does not have.

    A scenario begins with the name of its system; rows of two systems have no key in common, so one
    side of each is empty.
    """
    system = rows.index.get_level_values("scenario").str.split(" ").str[0].to_numpy()
    sides = [set(system[rows[f"unit_{side}"].notna()]) for side in ("first", "second")]
    if not all(sides):
        return np.zeros(len(rows), dtype=bool)
    common = sides[0] & sides[1]
    return np.array([x not in common and not _comparable(sides) for x in system], dtype=bool)


def _comparable(sides: Collection[set[str]]) -> bool:
    try:
        check_comparable(name for side in sides for name in side)
    except BadInput:
        return False
    return True


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
    generations = [set(r.manifest["generations"]) for r in (first, second)]
    if generations[0] != generations[1]:
        a, b = (" and ".join(sorted(x)) for x in generations)
        texts.append(
            f"QPV are of generation {a} in A and {b} in B: they are other perimeters and are left "
            "out; `labo bridge` says what of each lies in the other."
        )
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
