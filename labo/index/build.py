"""Build an index on a plain table, and keep every stage of it.

    index = labo.index.build(data, meta)
    index.aggregated["Index"]

Nothing here knows what the units are: countries, schools or neighbourhoods.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo.errors import BadInput
from labo.index.aggregate import aggregate
from labo.index.normalise import normalise
from labo.index.prepare import availability, denominate, impute, screen
from labo.index.rank import SAME, ranks
from labo.index.runs import Recipe, normalised
from labo.index.treat import Treatment, treat
from labo.index.tree import Index, from_meta, with_weights

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Built:
    """An index at every stage: tables by unit, one column per indicator or node.

    aggregated: indicators as normalised, then every node up to the index. ranks: of every
    aggregate, 1 for the highest score. available: share of indicators by unit, before screening;
    availability: share of the weight below each node that was there. treatment: what was done to
    each indicator, a row each, or None if nothing was to be done.
    """

    index: Index
    recipe: Recipe
    raw: pd.DataFrame
    denominated: pd.DataFrame
    imputed: pd.DataFrame
    screened: pd.DataFrame
    treated: pd.DataFrame
    normalised: pd.DataFrame
    aggregated: pd.DataFrame
    ranks: pd.DataFrame
    available: pd.Series
    availability: pd.DataFrame
    treatment: pd.DataFrame | None


def build(
    data: pd.DataFrame,
    meta: pd.DataFrame | Index,
    *,
    recipe: Recipe | None = None,
    weights: Mapping[str, float] | None = None,
    impute_by: str | pd.Series | None = None,
    least: float = 0.0,
    reference: pd.DataFrame | None = None,
    residents: pd.Series | None = None,
) -> Built:
    """Denominate, impute, screen, treat, normalise and aggregate a table.

    Missing stays missing unless `impute_by` is given. Units that are screened out stay in every
    table, empty. Two scores nearer than 1e-12 of the largest tie and share the best rank; nothing
    else is rounded: round when you print.

    Args:
        data: indexed by unit, a column per indicator and per denominator.
        meta: COINr's iMeta table, or an index made by `from_meta` or `from_components`.
        recipe: treatment, scale, aggregation; by default winsorise up to 5 points, percentile,
            arithmetic.
        weights: other weights than those of the table, by node.
        impute_by: groups (a column of the data, or labels by unit) whose mean fills what is
            missing.
        least: share of indicators that a unit needs to be kept.
        reference: same columns as data, a row per member of the declared reference; the units
            themselves if not given. It is denominated, neither imputed nor screened.
        residents: of the members of the reference, or of the units, for the percentile.

    Raises:
        BadInput: a column is missing or is no number, units come twice, or a step refuses values.
    """
    index = meta if isinstance(meta, Index) else from_meta(meta)
    index = with_weights(index, weights) if weights else index
    chosen = recipe or Recipe()
    if not data.index.is_unique:
        twice = data.index[data.index.duplicated()][0]
        raise BadInput(f"The unit {twice!r} is in the table twice: one row each.")
    raw = leaf_values(data, index)
    denominated = denominate(raw, _denominators(data, index))
    imputed = denominated
    if impute_by is not None:
        groups = _column(data, impute_by) if isinstance(impute_by, str) else impute_by
        imputed = impute(denominated, groups.reindex(data.index).to_numpy(dtype=object))
    screened, _ = screen(imputed, least)
    against = None
    if reference is not None:
        against = denominate(leaf_values(reference, index), _denominators(reference, index))
    people = _residents(residents, data if reference is None else reference)
    scaled = normalised(index, screened, chosen, against, people)
    treated, done = screened, None
    if chosen.treatment is not None:
        treated, done = _treatment(index, screened, against, chosen.treatment)
    scores, share = aggregate(
        index, scaled, chosen.aggregation, power=chosen.power, available=chosen.available
    )
    leaves, nodes = list(index.leaves), list(index.nodes)

    def table(values: Floats, columns: list[str]) -> pd.DataFrame:
        return pd.DataFrame(values, index=data.index, columns=columns)

    above = slice(len(leaves), None)
    return Built(
        index=index,
        recipe=chosen,
        raw=table(raw, leaves),
        denominated=table(denominated, leaves),
        imputed=table(imputed, leaves),
        screened=table(screened, leaves),
        treated=table(treated, leaves),
        normalised=table(scaled, leaves),
        aggregated=table(scores, nodes),
        ranks=table(ranks(scores[:, above], highest_first=True, same=SAME), nodes[above]),
        available=pd.Series(availability(imputed), index=data.index, name="available"),
        availability=table(share, nodes),
        treatment=done,
    )


def rerank(
    table: pd.DataFrame, nodes: list[str], method: str = "percentile_rank", ties: str = "min"
) -> pd.DataFrame:
    """Return scores of nodes ranked again: what indices that publish places of places do.

    Args:
        table: scores by unit (`Built.aggregated`).
        nodes: columns of it.
        method: percentile_rank, rank, borda or percentile (then from 0 to 100).
        ties: as `labo.index.rank.ranks`; scores tie within SAME.

    Raises:
        BadInput: no such method or column.
    """
    from labo.index.normalise import Scale

    if lacking := [name for name in nodes if name not in table]:
        raise BadInput(f"The table has no column {', '.join(lacking)}.")
    scale = Scale(method, ties=ties)  # type: ignore[arg-type]
    found = normalise(table[nodes].to_numpy(dtype=float), scale, same=SAME)
    return pd.DataFrame(found, index=table.index, columns=nodes)


def leaf_values(data: pd.DataFrame, index: Index) -> Floats:
    """Return the raw indicators of a table, (units, leaves).

    Raises:
        BadInput: a column is missing, infinite or holds something else than numbers.
    """
    columns = [_numbers(data, name) for name in index.leaves]
    return np.column_stack(columns) if len(data) else np.empty((0, len(columns)))


def _denominators(data: pd.DataFrame, index: Index) -> Floats:
    columns = [_numbers(data, name) if name else np.ones(len(data)) for name in index.denominators]
    return np.column_stack(columns) if len(data) else np.empty((0, len(columns)))


def _column(data: pd.DataFrame, name: str) -> "pd.Series":
    if name not in data:
        raise BadInput(f"The table has no column {name!r}, which the index needs.")
    return data[name]


def _numbers(data: pd.DataFrame, name: str) -> Floats:
    column = _column(data, name)
    try:
        found = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The column {name!r} holds something else than numbers.") from error
    if np.isinf(found).any():
        raise BadInput(f"The column {name!r} holds an infinite value: leave it empty instead.")
    return found


def _residents(residents: pd.Series | None, of: pd.DataFrame) -> Floats | None:
    if residents is None:
        return None
    return residents.reindex(of.index).to_numpy(dtype=np.float64)


def _treatment(
    index: Index, values: Floats, against: Floats | None, treatment: Treatment
) -> tuple[Floats, pd.DataFrame]:
    """Return treated values, and what was found out and done by indicator."""
    from labo.index.treat import apply, fit

    if against is None:
        treated, fitted = treat(values, treatment)
    else:
        fitted = fit(against, treatment)
        treated = apply(values, fitted)
    table = pd.DataFrame(
        {
            "skew": fitted.skew,
            "kurtosis": fitted.kurtosis,
            "passed": fitted.passed,
            "winsorised": fitted.winsorised,
            "logged": fitted.logged,
            "skew_after": fitted.skew_after,
            "kurtosis_after": fitted.kurtosis_after,
        },
        index=pd.Index(index.leaves, name="indicator"),
    )
    return treated, table
