"""What is known of an index in a territory: its indicators, their draws, and what is missing.

What is the same for all neighbourhoods stays in the profile of the index and is not read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.composite import INDICES, Composite, from_json
from labo.index import Index, aggregate, with_weights
from labo.inequality import FEWEST_AREAS as FEWEST

Floats = npt.NDArray[np.float64]
Draws = Mapping[tuple[str, str, str, str], npt.ArrayLike]

PRESENT = ("present", "present")
RESIDENTS = "population"
UNKNOWN = "aucune valeur dans ce territoire"
TOO_LITTLE = "trop peu d'indicateurs avec ces poids"


class Missing(NamedTuple):
    """An indicator that no neighbourhood has, the share of the whole weight it held, and why."""

    indicator: str
    component: str
    weight: float
    reason: str


class Around(NamedTuple):
    """Rows for the same indicators, (rows, indicators) and (rows, indicators, draws)."""

    zones: tuple[str, ...]
    values: Floats
    draws: Floats
    residents: Floats


@dataclass(frozen=True)
class Known:
    """What is known of an index in a territory, before anything is calculated.

    units: the QPVs, all of them. tree: all the declared indicators, whether there or not.
    communes, epci: the same indicators there.
    missing: indicators that no QPV has. constant: those that are the same in all QPVs, in value and
    in every draw: they tell none apart. available: the share of the weight that is there, by QPV.
    reasons: why a QPV has no score, "" if it has one.
    """

    composite: Composite
    tree: Index
    units: Around
    communes: Around
    epci: Around
    missing: tuple[Missing, ...]
    constant: tuple[str, ...]
    available: Floats
    reasons: tuple[str, ...]

    @property
    def scored(self) -> npt.NDArray[np.bool_]:
        """The QPVs that have a score, (units,)."""
        return np.array([reason == "" for reason in self.reasons], dtype=bool)

    @property
    def ranked(self) -> bool:
        """Whether there are enough scores to rank."""
        return int(self.scored.sum()) >= FEWEST


def composites_of(catalogue: Mapping[str, Any]) -> list[Composite]:
    """Return the indices of a release's catalogue; those of today for releases of before."""
    if "indices" not in catalogue:
        return list(INDICES)
    return [from_json(description) for description in catalogue["indices"]]


def directions_of(catalogue: Mapping[str, Any]) -> dict[str, int]:
    """Return the direction of each indicator of a catalogue."""
    return {x["id"]: x["direction"] for x in catalogue["indicators"]}


def draws_of(table: pd.DataFrame) -> dict[tuple[str, str, str, str], Floats]:
    """Return the draws of a release by zone, indicator, scenario and horizon."""
    keys = zip(*(table[c] for c in ("zone", "indicator", "scenario", "horizon")), strict=True)
    rows = (np.asarray(row, dtype=np.float64) for row in table["values"])
    return dict(zip(cast("Iterable[tuple[str, str, str, str]]", keys), rows, strict=True))


def known(
    composite: Composite,
    directions: Mapping[str, int],
    values: pd.DataFrame,
    draws: Draws,
    zones: pd.DataFrame,
) -> Known:
    """Return what is known of an index.

    Args:
        composite: the declaration.
        directions: +1 or −1 by indicator.
        values: zone, indicator, scenario, horizon, central, reason (as in a release).
        draws: by zone, indicator, scenario and horizon; without any, a value is held to be sure.
        zones: zone, kind, communes.
    """
    tree = composite.tree(directions)
    now = values[(values["scenario"] == PRESENT[0]) & (values["horizon"] == PRESENT[1])]
    now = now[now["indicator"].isin([*tree.leaves, RESIDENTS])]
    central = now.pivot(index="zone", columns="indicator", values="central")
    said = now.pivot(index="zone", columns="indicator", values="reason")
    kinds = {kind: tuple(zones.loc[zones["kind"] == kind, "zone"].astype(str)) for kind in _KINDS}
    count = max((np.asarray(row).size for row in draws.values()), default=1)
    rows = {kind: _rows(tree, of, central, draws, count) for kind, of in kinds.items()}
    units = rows["qpv"]
    shares = _shares(tree, units.values, composite)
    weight = _weights(composite)
    there = ~np.isnan(units.values)
    nowhere = [tree.leaves[i] for i in np.flatnonzero(~there.any(axis=0))]
    missing = tuple(
        Missing(name, _component(composite, name), weight[name], _why(said, kinds["qpv"], name))
        for name in nowhere
    )
    flat_draws = _flat(units.draws.reshape(len(units.draws), -1)).reshape(len(tree.leaves), -1)
    same: list[bool] = (there.all(axis=0) & _flat(units.values) & flat_draws.all(axis=1)).tolist()
    return Known(
        composite=composite,
        tree=tree,
        units=units,
        communes=rows["commune"],
        epci=rows["epci"],
        missing=missing,
        constant=tuple(n for n, flat in zip(tree.leaves, same, strict=True) if flat),
        available=shares,
        reasons=tuple(
            "" if share > 0 else _too_little(here, tree, weight, composite.available)
            for share, here in zip(shares, there, strict=True)
        ),
    )


_KINDS = ("qpv", "commune", "epci")


def _rows(
    tree: Index, zones: tuple[str, ...], central: pd.DataFrame, draws: Draws, count: int
) -> Around:
    columns = central.reindex(index=list(zones), columns=[*tree.leaves, RESIDENTS])
    table = columns.to_numpy(dtype=np.float64)
    found = np.repeat(table[:, :-1, None], count, axis=2)
    for i, zone in enumerate(zones):
        for j, leaf in enumerate(tree.leaves):
            row = draws.get((zone, leaf, *PRESENT))
            if row is not None and not np.isnan(table[i, j]):
                # As the release keeps them: the same scores before and after it is written.
                found[i, j] = np.asarray(row, dtype=np.float32)
    return Around(zones, table[:, :-1], found, table[:, -1])


def _weights(composite: Composite) -> dict[str, float]:
    """Return the share of each indicator in the whole."""
    total = sum(composite.component_weights.values())
    return {
        name: weight * composite.component_weights[component] / total  # type: ignore[index]
        for component, below in composite.components.items()
        for name, weight in below.items()
    }


def _component(composite: Composite, indicator: str) -> str:
    return next(name for name, below in composite.components.items() if indicator in below)


def _why(said: pd.DataFrame, units: tuple[str, ...], name: str) -> str:
    """Return the reason that most neighbourhoods give, the first of the alphabet if several do."""
    if name not in said:
        return UNKNOWN
    told = said[name].reindex(list(units)).dropna()
    told = told[told != ""]
    return UNKNOWN if told.empty else str(told.value_counts().sort_index().idxmax())


def _flat(values: Floats) -> npt.NDArray[np.bool_]:
    if not len(values):
        return np.zeros(values.shape[1:], dtype=bool)
    return np.asarray((values == values[:1]).all(axis=0), dtype=bool)


def _too_little(
    here: npt.NDArray[np.bool_], tree: Index, weight: Mapping[str, float], least: float
) -> str:
    share = sum(weight[name] for name, some in zip(tree.leaves, here, strict=True) if some)
    return (
        f"indicateurs présents : {100 * share:.0f} % du poids ; il en faut "
        f"{100 * least:.0f} % dans les composantes et dans l'ensemble"
    )


def reweighted(
    found: Known,
    components: Mapping[str, float] | None = None,
    indicators: Mapping[str, float] | None = None,
) -> Known:
    """Return the same with other weights: of components, of indicators inside theirs, or of both.

    Who has a score depends on them: what is missing somewhere may now weigh most.

    Raises:
        UnknownName: a name that the index has not; BadInput: weights that are none.
    """
    tree = with_weights(found.tree, {**(components or {}), **(indicators or {})})
    shares = _shares(tree, found.units.values, found.composite)
    kept = zip(shares, found.reasons, strict=True)
    reasons = tuple("" if share > 0 else why or TOO_LITTLE for share, why in kept)
    return replace(found, tree=tree, available=shares, reasons=reasons)


def _shares(tree: Index, values: Floats, composite: Composite) -> Floats:
    """Return the share of the weight that is there, by row; 0 where there is too little of it."""
    there = np.where(np.isnan(values), np.nan, 1.0)
    found: Floats = aggregate(tree, there, available=composite.available).availability[:, -1]
    return found


def alone(found: Known, component: str) -> Known:
    """Return one component as if it were the whole index, with the weights that it has."""
    at = [
        i
        for i, leaf in enumerate(found.tree.leaves)
        if leaf in found.composite.components[component]
    ]
    directions = dict(
        zip(found.tree.leaves, found.tree.directions.astype(int).tolist(), strict=True)
    )
    tree = found.composite.tree(directions, only=component)
    weights = dict(zip(found.tree.nodes, found.tree.weights.tolist(), strict=True))
    tree = replace(
        tree, weights=np.array([weights[n] if n in tree.leaves else 1.0 for n in tree.nodes])
    )

    def part(of: Around) -> Around:
        return of._replace(values=of.values[:, at], draws=of.draws[:, at])

    shares = _shares(tree, found.units.values[:, at], found.composite)
    return replace(
        found,
        tree=tree,
        units=part(found.units),
        communes=part(found.communes),
        epci=part(found.epci),
        available=shares,
        reasons=tuple("" if share > 0 else "trop peu d'indicateurs ici" for share in shares),
    )
