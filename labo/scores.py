"""From the values of a diagnosis to the scores of an index, with all that says how sure they are.

Neighbourhoods are ranked among themselves, from eight on. Beside that, each is told by its gap to
the agglomeration and to its peers, communes and QPVs being read together: below eight, that is all
that is told. What is the same for all neighbourhoods stays in the profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.composite import INDICES, Composite
from labo.errors import BadInput
from labo.index import (
    Choices,
    Reference,
    Scale,
    Scan,
    Sensitivity,
    Uncertainty,
    aggregate,
    normalised,
    parts_of,
    scan,
    sensitivity,
    uncertainty,
)
from labo.index.aggregate import Aggregation
from labo.index.replicate import Interval, quantiles, replicate
from labo.index.weights import Over
from labo.index_data import Draws, Known, alone, known
from labo.inequality import FEWEST_AREAS as FEWEST

Floats = npt.NDArray[np.float64]

# How far in the agglomeration: above 0, as geometric means want it.
DISTANCE = Scale("min_max", (1.0, 100.0))
# The index itself, among its components.
WHOLE = "index"
CLASSES = 4
RUNS = 500
SCORE_COLUMNS = [
    *("zone", "index", "component", "reference", "central", "low", "high"),
    *("method_low", "method_high", "rank", "rank_low", "rank_high"),
    *("rank_method_low", "rank_method_high", "class"),
    *(f"p_class_{k + 1}" for k in range(CLASSES)),
    *("core", "gap_epci", "gap_epci_low", "gap_epci_high"),
    *("gap_peers", "gap_peers_low", "gap_peers_high", "availability", "reason"),
]


class Gaps(NamedTuple):
    """Scores in the agglomeration and their gaps, (units,), with the data's 90 % interval.

    low and high of what has no draws are the central value. NaN where there is no score.
    """

    score: Floats
    score_low: Floats
    score_high: Floats
    epci: Floats
    epci_low: Floats
    epci_high: Floats
    peers: Floats
    peers_low: Floats
    peers_high: Floats


def agglomeration(found: Known) -> Reference:
    """Return what is read against the whole: the communes and QPVs of the agglomeration."""
    rows = (found.units, found.communes)
    return Reference(
        np.concatenate([row.values for row in rows]),
        None,
        np.concatenate([row.draws for row in rows]),
    )


def gaps(found: Known) -> Gaps:
    """Return each neighbourhood's score in the agglomeration, and its gap to the others.

    Each indicator goes from 1, where the least vulnerable of communes and QPVs stands, to 100: a
    distance and not a place, since places among few communes would jump. Peers are the other QPVs,
    by their median; a single QPV has none.
    """
    among = agglomeration(found)
    recipe = replace(found.composite.recipe(), scale=DISTANCE)
    rows = (found.units, found.epci)

    def scores(values: Floats, reference: Floats | None) -> Floats:
        placed = normalised(found.tree, values, recipe, reference)
        return aggregate(found.tree, placed, recipe.aggregation, available=recipe.available).scores[
            :, -1
        ]

    central = scores(np.concatenate([row.values for row in rows]), among.values)
    drawn = scores(np.concatenate([row.draws for row in rows]), among.draws)
    n = len(found.units.zones)
    own, runs = central[:n], drawn[:n]
    empty = np.isnan(own)
    told: list[Floats] = []
    whole = (
        (central[n], drawn[n])
        if len(found.epci.zones)
        else (np.nan, np.full(runs.shape[1], np.nan))
    )
    for one, many in (
        (own, runs),
        (own - whole[0], runs - whole[1]),
        (own - _others(own[:, None])[:, 0], runs - _others(runs)),
    ):
        low, high = quantiles(np.where(empty[:, None], np.nan, many))
        told += [one, np.fmin(low, one), np.fmax(high, one)]
    return Gaps(*told)


def _others(scores: Floats) -> Floats:
    """Return the median of the others, NaN where there is none, (units, runs)."""
    found = np.full(scores.shape, np.nan)
    some = ~np.isnan(scores).all(axis=1)
    for i in range(len(scores)):
        rest = scores[some & (np.arange(len(scores)) != i)]
        if len(rest):
            # The plain median is many times as fast.
            middle = np.nanmedian if np.isnan(rest).any() else np.median
            found[i] = middle(rest, axis=0)
    return found


def assess(
    found: Known, *, seed: int = 0, runs: int = RUNS, data_only: bool = False
) -> Uncertainty:
    """Return scores, ranks and classes among the QPVs, with data and method intervals apart.

    QPVs without a score are not in it. From eight on; fewer are not ranked (`gaps`).

    Args:
        found: what is known.
        seed: of weights and choices drawn for the method.
        runs: calculations.
        data_only: probabilities over the data alone, at declared weights and choices.
    """
    kept = found.scored
    return uncertainty(
        found.tree,
        found.units.values[kept],
        tuple(np.array(found.units.zones, dtype=object)[kept]),
        draws=found.units.draws[kept],
        recipe=found.composite.recipe(),
        runs=runs,
        seed=seed,
        count=CLASSES,
        reference=residents_of(found, kept),
        vary=("data",) if data_only else ("data", "method"),
    )


def against(first: Known, state: Known) -> tuple[Floats, Floats]:
    """Return the scores of the QPVs in some state, read against the first one.

    The calculation is that of the scores of a release: places among the QPVs from eight on, else
    distances in the agglomeration. But the reference stays the first state: a QPV where nothing
    changes keeps its score, and none looks worse because another got better.

    Args:
        first: what is known of today.
        state: the same, with other values.

    Returns:
        (units,) and by draw, (units, draws); NaN for those that have no score today.
    """
    recipe = first.composite.recipe()
    if first.ranked:
        kept = first.scored
        among = residents_of(first, kept)._replace(
            values=first.units.values[kept], draws=first.units.draws[kept]
        )
    else:
        among, recipe = agglomeration(first), replace(recipe, scale=DISTANCE)

    def scores(values: Floats, reference: Floats | None) -> Floats:
        placed = normalised(first.tree, values, recipe, reference, among.weights)
        found = aggregate(first.tree, placed, recipe.aggregation, available=recipe.available)
        root: Floats = found.scores[:, -1].copy()
        root[~first.scored] = np.nan
        return root

    return scores(state.units.values, among.values), scores(state.units.draws, among.draws)


def drivers(found: Known, *, seed: int = 0) -> Sensitivity:
    """Return what drives the ranking of the QPVs: Sobol orders of choices and of the data.

    Raises:
        BadInput: fewer than eight QPVs with a score.
    """
    _check_ranked(found)
    kept = found.scored
    return sensitivity(
        found.tree,
        found.units.values[kept],
        recipe=found.composite.recipe(),
        draws=found.units.draws[kept],
        seed=seed,
        reference=residents_of(found, kept),
    )


def residents_of(found: Known, kept: npt.NDArray[np.bool_]) -> Reference:
    """Return the QPVs as their own reference, each for its residents if they are all known."""
    people = found.units.residents[kept]
    whole = bool(np.isfinite(people).all() and (people > 0).all())
    return Reference(weights=people if whole else None)


def placed(found: Known) -> pd.DataFrame:
    """Return the central values as normalised among the QPVs that have a score."""
    kept = found.scored
    scaled = normalised(
        found.tree,
        found.units.values[kept],
        found.composite.recipe(),
        None,
        residents_of(found, kept).weights,
    )
    zones = pd.Index(np.array(found.units.zones, dtype=object)[kept], name="zone")
    return pd.DataFrame(scaled, index=zones, columns=list(found.tree.leaves))


def score_table(
    values: pd.DataFrame,
    draws: Draws,
    zones: pd.DataFrame,
    seed: int,
    *,
    composites: Iterable[Composite] | None = None,
    directions: Mapping[str, int] | None = None,
    runs: int = RUNS,
) -> pd.DataFrame:
    """Return the scores of a release, SCORE_COLUMNS, a row per QPV, index and component.

    Component "index" is the whole. central, low, high: score from 0 to 100 and the 90 % interval of
    the data; method_low, method_high: what weights and choices do to it. reference: against whom it
    is read: "qpv" from eight on, else "agglomeration", and then there is no rank nor class.
    rank_low, rank_high: of the data; rank_method_…: of the method; p_class_1 (most exposed) …: over
    both. gap_…: always in the agglomeration. reason: why a row is empty.

    Args:
        values: as for `known`.
        draws: as for `known`.
        zones: as for `known`.
        seed: of the method.
        composites: of the catalogue if not given.
        directions: of the catalogue if not given.
        runs: calculations of each kind.
    """
    if composites is None or directions is None:
        from labo.catalogue import INDICATORS

        directions = {x.id: x.direction for x in INDICATORS}
        composites = INDICES
    tables = [
        table_of(known(composite, directions, values, draws, zones), seed, runs)[0]
        for composite in composites
    ]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=SCORE_COLUMNS)
    return table.sort_values(["zone", "index", "component"], ignore_index=True)


def table_of(found: Known, seed: int, runs: int = RUNS) -> tuple[pd.DataFrame, Uncertainty | None]:
    """Return the rows of one index, and what is known of the whole (None: not ranked)."""
    whole, told = _rows_of(found, WHOLE, seed, runs)
    parts = [_rows_of(alone(found, c), c, seed, runs)[0] for c in found.tree.components]
    return pd.concat([whole, *parts], ignore_index=True), told


def pairs(told: Uncertainty | None) -> list[dict[str, Any]]:
    """Return the pairs of QPVs that cannot be told apart: one, other, probability that one is
    above. Empty where nothing is ranked.
    """
    if told is None:
        return []
    return cast("list[dict[str, Any]]", told.indistinguishable().to_dict("records"))


def try_weights(found: Known, over: Over = "components") -> Scan:
    """Return what every weighting does to the QPVs that have a score.

    What no QPV has is not weighed. The same function answers in the room and on the command line.

    Raises:
        BadInput: fewer than eight QPVs with a score.
    """
    _check_ranked(found)
    recipe = found.composite.recipe()
    table = placed(found)
    method = cast("Aggregation", recipe.aggregation)
    parts, scores, declared = parts_of(found.tree, table, over, method, recipe.available)
    there = ~np.isnan(scores).all(axis=0)
    return scan(
        scores[:, there],
        declared[there],
        units=tuple(map(str, table.index)),
        parts=tuple(np.array(parts, dtype=object)[there]),
        number=CLASSES,
        method=method,
        available=recipe.available,
    )


def _check_ranked(found: Known) -> None:
    """Refuse to speak of ranks or classes among fewer than eight."""
    if not found.ranked:
        raise BadInput(
            f"{int(found.scored.sum())} QPVs have a score of {found.composite.id!r}, and at least "
            f"{FEWEST} are needed for ranks and classes: see `labo index` for their gaps to the "
            "agglomeration."
        )


def _rows_of(
    found: Known, component: str, seed: int, runs: int
) -> tuple[pd.DataFrame, Uncertainty | None]:
    zones = list(found.units.zones)
    away = gaps(found)
    columns: dict[str, Any] = dict.fromkeys(SCORE_COLUMNS[1:], np.full(len(zones), np.nan)) | {
        "index": found.composite.id,
        "component": component,
        "reference": found.composite.reference if found.ranked else "agglomeration",
        "central": away.score,
        "low": away.score_low,
        "high": away.score_high,
        **{
            f"gap_{name}{end}": getattr(away, f"{name}{end}")
            for name in ("epci", "peers")
            for end in ("", "_low", "_high")
        },
        "availability": found.available,
        "reason": list(found.reasons),
        "core": False,
    }
    table = pd.DataFrame(columns, index=pd.Index(zones, name="zone"))
    told = assess(found, seed=seed, runs=runs) if found.ranked else None
    if told is not None:
        write_ranks(table, told)
    elif zones:
        low, high = _choices(found, seed, runs)
        table["method_low"], table["method_high"] = low, high
    return table.reset_index()[SCORE_COLUMNS], told


def write_ranks(table: pd.DataFrame, told: Uncertainty) -> None:
    """Write ranks, classes and their intervals into the rows that have a score."""
    at = list(told.units)
    data, method = cast(Interval, told.data), cast(Interval, told.method)
    columns: dict[str, npt.NDArray[Any]] = {
        "central": told.score,
        "low": data.score_low,
        "high": data.score_high,
        "method_low": method.score_low,
        "method_high": method.score_high,
        "rank": told.rank,
        "rank_low": data.rank_low,
        "rank_high": data.rank_high,
        "rank_method_low": method.rank_low,
        "rank_method_high": method.rank_high,
        "class": told.classed,
    }
    columns |= {f"p_class_{k + 1}": told.probability[:, k] for k in range(CLASSES)}
    for name, part in columns.items():
        table.loc[at, name] = part
    table["core"] = pd.Series(told.core, index=at).reindex(table.index, fill_value=False)


def _choices(found: Known, seed: int, runs: int) -> tuple[Floats, Floats]:
    """Return what weights and choices do to scores in the agglomeration, (units,) twice."""
    scores = replicate(
        found.tree,
        found.units.values,
        recipe=replace(found.composite.recipe(), scale=DISTANCE),
        choices=Choices(scales=(DISTANCE,)),
        vary=("method",),
        runs=runs,
        seed=seed,
        reference=agglomeration(found)._replace(draws=None),
    ).scores
    scores[~found.scored] = np.nan
    return quantiles(scores)
