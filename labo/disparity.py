"""How unequal an indicator of a release is: between zones, between residents, between neighbours.

What is told is plain data, ready for JSON: what is empty is None and has a reason, in French.
"""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from labo import inequality
from labo.errors import BadInput, UnknownName
from labo.inequality import FEWEST_AREAS, FLOOR, Gap, Group, gap, local_association, ranks
from labo.release import Release
from labo.territory import CRS

Floats = npt.NDArray[np.float64]
Declaration = dict[str, Any]
Result = dict[str, Any]

EPSILON, PERMUTATIONS, SEED = 0.5, 999, 0
PRESENT = "present"
COUNTS = ("resident", "household", "dwelling")
POVERTY, RANK, RESIDENTS = "poverty_share", "mean_standard_of_living", "population"
# A cell is of the QPVs when at least half of its residents live in one.
MOSTLY = 0.5
CELL_M = 200
ONE_BY_ONE = "publié quartier par quartier : plusieurs quartiers ne se regroupent pas en un chiffre"
NO_CELL = "aucun carreau ne porte cet indicateur"
ZERO = "la valeur est nulle partout"


def declared(found: Release, name: str) -> Declaration:
    """Return what a release's catalogue says of an indicator.

    Raises:
        UnknownName: it has none of that name; the message names those that are near.
    """
    known = {x["id"]: x for x in found.catalogue["indicators"]}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "see `labo list indicators`."
    raise UnknownName(f"There is no indicator {name!r} in this release; {hint}")


def measured(found: Release, x: Declaration, epsilon: float = EPSILON) -> Result:
    """Return the inequality of an indicator as plain data: what is empty is None, with a reason.

    Args:
        found: a release.
        x: the indicator, as `declared` returns it.
        epsilon: aversion to inequality, 0 or more; its sign follows the indicator's direction.

    Raises:
        BadInput: the indicator is a count, or the release has no value of it.
    """
    if x["unit"] in COUNTS:
        raise BadInput(
            f"{x['id']!r} is a count ({x['unit']}), which says how large a zone is and not how "
            "unequal: choose a share or a mean (see `labo list indicators`)."
        )
    values = found.values
    values = values[(values["indicator"] == x["id"]) & (values["scenario"] == PRESENT)]
    if values.empty:
        raise BadInput(f"This release has no present value of {x['id']!r}: see `labo show`.")
    known = Known(found, x, values.set_index("zone"), drawn(found, x["id"]), _denominator(x))
    manifest = found.manifest
    return {
        "territory": manifest["territory"],
        "generations": manifest["generations"],
        "indicator": x["id"],
        **{key: x[key] for key in ("label", "unit", "direction")},
        "gap": _gap(known),
        "zones": _each(known),
        **_between_residents(found, x, epsilon),
    }


# Between zones


@dataclass(frozen=True)
class Known:
    """An indicator of a release: its rows of values and its draws, by zone, and what it divides."""

    found: Release
    x: Declaration
    values: pd.DataFrame
    draws: dict[str, Floats]
    below: str


def drawn(found: Release, indicator: str) -> dict[str, Floats]:
    """Return the draws of an indicator by zone."""
    draws = found.draws
    here = draws[(draws["indicator"] == indicator) & (draws["scenario"] == PRESENT)]
    stacked = (np.asarray(row, dtype=np.float64) for row in here["values"])
    return dict(zip(here["zone"], stacked, strict=True))


def _zones(found: Release, kind: str) -> list[str]:
    places = found.places
    return [str(zone) for zone in places.loc[places["kind"] == kind, "zone"]]


def _amount(found: Release, layer: str) -> pd.Series[float]:
    layers = found.layers
    return layers[layers["layer"] == layer].set_index("zone")["central"]


def _denominator(x: Declaration) -> str:
    """Return the layer that an indicator divides by, read in its formula; else its residents.

    A share times its denominator is its numerator; a field reached the zone as a mean over people.
    """
    try:
        call = ast.parse(x["formula"], mode="eval").body
    except SyntaxError:
        return RESIDENTS
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "ratio":
        last = call.args[-1]
        if isinstance(last, ast.Name) and last.id in x["layers"]:
            return last.id
    return RESIDENTS


def _group(known: Known, zones: list[str]) -> Group:
    """Return zones with their numerators and denominators, those without a value left out.

    Denominators have draws where the release publishes them (an indicator of the same name);
    elsewhere their central value stands in.
    """
    amount = _amount(known.found, known.below)
    kept = [zone for zone in zones if zone in known.draws and amount.get(zone, 0.0) > 0]
    size = known.found.manifest["draws"]
    below: Floats = np.array(amount.reindex(kept), dtype=np.float64)
    counts = drawn(known.found, known.below)
    bases = [counts.get(z, np.full(size, d)) for z, d in zip(kept, below, strict=True)]
    over, under = (
        np.array(rows).reshape(-1, size) for rows in ([known.draws[z] for z in kept], bases)
    )
    central = known.values["central"].reindex(kept).to_numpy(dtype=np.float64)
    return Group(central * below, below, over * under, under)


def _gap(known: Known) -> Result:
    qpvs = _zones(known.found, "qpv")
    inside, rest = _group(known, qpvs), _group(known, _zones(known.found, "rest_of_epci"))
    result: Result = {
        **dict.fromkeys(("qpv", "rest", "difference", "low", "high", "distinguishable")),
        "qpvs": len(qpvs),
        "qpvs_with_value": len(inside.denominator),
        "weights": known.below,
    }
    methods = set(known.values["method"].reindex(qpvs).dropna())
    if not qpvs:
        return result | {"reason": "aucun QPV dans ce territoire"}
    if methods == {"official"} and known.below not in known.x["layers"]:
        return result | {"reason": ONE_BY_ONE}
    if not inside.denominator.size:
        return result | {"reason": "aucun QPV n'a de valeur"}
    if not rest.denominator.size:
        return result | {"reason": "le reste de l'agglomération n'a pas de valeur"}
    between = gap(inside, rest)
    result |= {"qpv": between.inside, "rest": between.rest, "reason": ""}
    return result | _difference(between)


def _difference(between: Gap) -> Result:
    return {
        "difference": between.central,
        "low": between.low,
        "high": between.high,
        "distinguishable": between.sure,
    }


def _each(known: Known) -> list[Result]:
    """Return each QPV with its gap to the agglomeration; from eight on in the order of values."""
    found = known.found
    names = found.places.set_index("zone")["name"]
    whole = _group(known, _zones(found, "epci"))
    rows: list[Result] = []
    for v in known.values.reindex(_zones(found, "qpv")).dropna(subset="reason").itertuples():
        given = (v.central, v.low, v.high) if v.reason == "" else (None, None, None)
        row: Result = {"zone": v.Index, "name": names[v.Index], "reason": v.reason}
        row |= dict(zip(("value", "value_low", "value_high"), given, strict=True))
        row |= dict.fromkeys(("difference", "low", "high", "distinguishable"))
        row |= dict.fromkeys(("rank", "rank_low", "rank_high"))
        one = _group(known, [str(v.Index)])
        if whole.denominator.size and one.denominator.size:
            row |= _difference(gap(one, whole))
        rows.append(row)
    valued = [row for row in rows if row["zone"] in known.draws]
    if len(valued) >= FEWEST_AREAS:
        stacked = np.stack([known.draws[row["zone"]] for row in valued])
        placed = ranks([row["value"] for row in valued], stacked)
        for row, rank, low, high in zip(valued, *(p.tolist() for p in placed), strict=True):
            row |= {"rank": rank, "rank_low": low, "rank_high": high}
        rows.sort(key=lambda row: row["rank"] or len(rows) + 1)
    return rows


# Between residents and between neighbours: counted cells


def _cells(found: Release, x: Declaration) -> pd.DataFrame:
    """Return the counted cells: value, rank, poverty, population, and residents in EPCI and QPVs.

    A cell without all three of value, rank and residents is left out: what an imputed cell holds is
    an average of several.
    """
    zones, values = found.zones, found.values
    cells = zones.loc[zones["kind"] == "cell", "zone"]
    values = values[values["zone"].isin(cells) & (values["scenario"] == PRESENT)]
    columns = {"value": x["id"], "rank": RANK, "poverty": POVERTY}
    table = pd.DataFrame(
        {
            name: values[values["indicator"] == of].set_index("zone")["central"]
            for name, of in columns.items()
        }
    )
    table["population"] = _amount(found, RESIDENTS).reindex(table.index)
    table = table.dropna(subset=["value", "rank", "population"]).copy()
    for name in ("epci", "qpv"):
        shares = found.shares[found.shares["zone"].isin(_zones(found, name))]
        part = shares.groupby("cell")["share"].sum().clip(upper=1.0)
        table[name] = table["population"] * part.reindex(table.index).fillna(0.0)
    return table


def concentration(found: Release, x: Declaration) -> Result:
    """Return how an indicator is shared out between poorer and richer residents.

    index, erreygers, curve and reason as `measured` gives them; cells: how many were counted;
    covered: share of the agglomeration's residents who live in them.
    """
    cells = _cells(found, x)
    covered = _covered(found, cells, "epci")
    return _concentration(cells, x, covered) | {"cells": len(cells), "covered": covered}


def _covered(found: Release, cells: pd.DataFrame, group: str) -> float | None:
    whole = float(_amount(found, RESIDENTS).reindex(_zones(found, group)).sum())
    return min(1.0, float(cells[group].sum()) / whole) if whole > 0 else None


def _between_residents(found: Release, x: Declaration, epsilon: float) -> Result:
    cells = _cells(found, x)
    covered = {group: _covered(found, cells, group) for group in ("epci", "qpv")}
    reason = NO_CELL if cells.empty else ""
    return {
        "cells": {"count": len(cells), "covered": covered, "reason": reason},
        "concentration": _concentration(cells, x, covered["epci"]),
        "distribution": _distribution(cells, x, epsilon, covered),
        "local_association": _local(found, cells[cells["qpv"] >= MOSTLY * cells["population"]]),
    }


def _refusal(cells: pd.DataFrame, covered: float | None) -> str:
    """Say why nothing can be said of residents, or nothing."""
    if cells.empty:
        return NO_CELL
    if covered is None or covered < FLOOR:
        share = f"{100 * (covered or 0):.0f}\u202f%"
        return f"les carreaux comptés ne portent que {share} des habitants : trop peu pour conclure"
    if cells["value"].min() < 0:
        return "des valeurs négatives n'ont pas de part du total"
    if cells["value"].max() == 0:
        return ZERO
    return ""


def _concentration(cells: pd.DataFrame, x: Declaration, covered: float | None) -> Result:
    result: Result = dict.fromkeys(("index", "erreygers", "curve"))
    inside = cells[cells["epci"] > 0]
    if reason := _refusal(inside, covered):
        return result | {"reason": reason}
    columns = [inside[name].to_numpy(dtype=float) for name in ("value", "rank", "epci")]
    result["index"] = inequality.concentration_index(*columns)
    if x["unit"] == "1" and columns[0].max() <= 1:
        result["erreygers"] = inequality.erreygers(*columns)
    points = zip(*(part.tolist() for part in inequality.concentration_curve(*columns)), strict=True)
    return result | {"curve": [list(point) for point in points], "reason": ""}


def _distribution(
    cells: pd.DataFrame, x: Declaration, epsilon: float, covered: dict[str, float | None]
) -> Result:
    """Return means and equivalents; both groups are read with the agglomeration's κ."""
    signed = -epsilon * x["direction"]  # more of it is worse: a burden
    result: Result = {"epsilon": signed}
    result |= dict.fromkeys(("kappa", "gini", "atkinson", "epci", "qpv"))
    inside = cells[cells["epci"] > 0]
    if reason := _refusal(inside, covered["epci"]):
        return result | {"reason": reason}
    values, weights = (inside[name].to_numpy(dtype=float) for name in ("value", "epci"))
    kappa = inequality.kolm_pollak_kappa(values, signed, weights)
    result |= {"kappa": kappa, "gini": inequality.gini(values, weights), "reason": ""}
    result["atkinson"] = inequality.atkinson(values, epsilon, weights)
    for group in ("epci", "qpv"):
        of = cells[cells[group] > 0]
        if _refusal(of, covered[group]) in ("", ZERO):
            columns = [of[name].to_numpy(dtype=float) for name in ("value", group)]
            ede = inequality.kolm_pollak_ede(columns[0], signed, columns[1], kappa=kappa)
            mean = float(np.average(columns[0], weights=columns[1]))
            result[group] = {"mean": mean, "equivalent": ede}
    return result


def _local(found: Release, cells: pd.DataFrame) -> Result:
    known = cells.dropna(subset=["poverty"])
    pairs = _beside(found, known)
    areas = len(np.unique(pairs))
    result: Result = {"areas": areas, "permutations": PERMUTATIONS, "seed": SEED}
    result |= dict.fromkeys(("classes", "cells"))
    if areas < FEWEST_AREAS:
        return result | {
            "reason": f"{areas} carreaux comptés voisins dans les QPV, il en faut {FEWEST_AREAS} : "
            "lisez plutôt l'écart de chaque QPV à l'agglomération et aux autres QPV"
        }
    if known["poverty"].nunique() == 1 or known["value"].nunique() == 1:
        return result | {"reason": "la même valeur partout : rien n'est haut ni bas"}
    poverty, value = (known[name].to_numpy(dtype=float) for name in ("poverty", "value"))
    local = local_association(poverty, value, pairs, PERMUTATIONS, SEED)
    counts = {
        name: int((local.classes == name).sum())
        for name in (*inequality.CLASSES, "not significant")
    }
    rows = [
        {"zone": zone, "class": of, "p": None if p != p else p, "q": None if q != q else q}
        for zone, of, p, q in zip(
            known.index, local.classes, local.p.tolist(), local.q.tolist(), strict=True
        )
    ]
    return result | {"classes": counts, "cells": rows, "reason": ""}


def _beside(found: Release, cells: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the pairs of cells that share a side or a corner, as positions, (pairs, 2)."""
    if cells.empty:
        return np.zeros((0, 2), dtype=np.int64)
    shapes = found.zones.set_index("zone").geometry.loc[cells.index].to_crs(CRS)
    middle = shapes.centroid
    places = np.column_stack([middle.x, middle.y])
    # A corner away is √2 sides away, the next row two.
    pairs: npt.NDArray[np.int64] = KDTree(places).query_pairs(1.7 * CELL_M, output_type="ndarray")
    return pairs.astype(np.int64)
