"""Which dataset to ask for first, so that a territory can negotiate its data clause.

The doubt about a ranking comes from datasets that are imprecise, imputed or absent. Of an absent
one nothing is known here: every order of the neighbourhoods is held to be equally likely, so what
it would settle is the most that it could. What somebody near the territory could give comes first:
a clause asks nothing of those who cannot give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from labo.catalogue import SOURCES
from labo.errors import BadInput
from labo.index import value_of_information
from labo.index_data import PRESENT, Around, Floats, Known
from labo.inequality import FEWEST_AREAS as FEWEST
from labo.scores import gaps, residents_of

# Below, nothing that is printed would show it.
LEAST_IMPUTED = 0.005
COLUMNS = [
    *("dataset", "label", "producer", "holder", "state", "indicators", "missing", "imputed"),
    *("width", "width_less", "pairs", "pairs_less", "share"),
]
NARROWING = [x for x in COLUMNS if not x.startswith("pairs")]


def datasets_of(catalogue: Mapping[str, Any], present: set[str]) -> dict[str, str]:
    """Return the id of the source that tells each indicator most.

    It is that of the first layer of its formula: what is counted, before what it is divided by. Of
    several that may tell it, one that is there, else the first declared.

    Args:
        catalogue: of a release.
        present: ids of the sources that the release was made from.
    """
    sources = {x["id"]: x["sources"] for x in catalogue["layers"]}
    found = {}
    for x in catalogue["indicators"]:
        able = sources[x["layers"][0]]
        found[x["id"]] = next((s for s in able if s in present), able[0])
    return found


def worth(
    found: Known,
    catalogue: Mapping[str, Any],
    manifest: Mapping[str, Any],
    values: pd.DataFrame,
    seed: int = 0,
) -> pd.DataFrame:
    """Return what knowing each dataset exactly would settle, COLUMNS.

    What can be asked for near the territory comes first, then the most useful. holder: of whom it
    can be asked (`holder_of`), empty where nobody near could give it.
    state: "absent" (no QPV has it), "partial" (some have), "imputed" (some of what it tells comes
    from cells that the producer imputed), "present". missing, imputed: shares, 0 to 1. width: mean
    width of the 90 % rank intervals if it were known, width_less what that takes away, and share of
    the width of today; pairs and pairs_less, likewise, of pairs that cannot be told apart. Gains do
    not add up.

    Args:
        found: what is known of an index.
        catalogue: of the release.
        manifest: of the release.
        values: of the release, for what was imputed.
        seed: of what is drawn for absent data.

    Raises:
        BadInput: fewer than eight QPVs, which are not ranked.
    """
    units = found.units
    if len(units.zones) < FEWEST:
        raise BadInput(
            f"This territory has {len(units.zones)} QPVs, and at least {FEWEST} are needed for a "
            "ranking whose doubt could be reduced: see `labo index` for gaps."
        )
    groups = _groups(found, catalogue, manifest)
    draws = with_prior(found, seed)
    table = value_of_information(
        found.tree,
        units.values,
        draws,
        groups=groups,
        recipe=found.composite.recipe(),
        reference=residents_of(found, np.ones(len(units.zones), dtype=bool)),
        seed=seed,
    )
    return _described(table, groups, found, catalogue, values)[COLUMNS]


def narrowing(
    found: Known, catalogue: Mapping[str, Any], manifest: Mapping[str, Any], values: pd.DataFrame
) -> pd.DataFrame:
    """Return how much narrower gaps to the agglomeration would be without the doubt of a dataset.

    For territories of too few QPVs to be ranked (`worth`). A row per dataset, in the same order:
    NARROWING, as `worth` has them; width is the mean width of the 90 % interval of the gap,
    in points of the index. Of a dataset that no QPV has, only the doubt that it gives the
    agglomeration is counted: what it would settle is not known.

    Args:
        found: what is known of an index.
        catalogue: of the release.
        manifest: of the release.
        values: of the release, for what was imputed.
    """
    groups = _groups(found, catalogue, manifest)
    now = _gap_width(found)
    rows = []
    for name, leaves in groups.items():
        at = [found.tree.leaves.index(leaf) for leaf in leaves]
        sure = replace(
            found,
            units=_without_doubt(found.units, at),
            communes=_without_doubt(found.communes, at),
            epci=_without_doubt(found.epci, at),
        )
        width = _gap_width(sure)
        rows.append(
            {
                "dataset": name,
                "missing": float(np.isnan(found.units.values[:, at]).mean()),
                "width": width,
                "width_less": now - width,
                "share": (now - width) / now if now else 0.0,
            }
        )
    table = pd.DataFrame(rows).set_index("dataset")
    table = table.sort_values("width_less", ascending=False, kind="stable")
    return _described(table, groups, found, catalogue, values)[NARROWING]


def _gap_width(found: Known) -> float:
    told = gaps(found)
    widths = told.epci_high - told.epci_low
    some = ~np.isnan(widths)
    return float(widths[some].mean()) if some.any() else 0.0


def _without_doubt(rows: Around, leaves: list[int]) -> Around:
    draws = rows.draws.copy()
    draws[:, leaves] = rows.values[:, leaves, None]
    return rows._replace(draws=draws)


def _groups(
    found: Known, catalogue: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return the indicators of each dataset."""
    source_of = datasets_of(catalogue, {s["id"] for s in manifest["sources"]})
    groups: dict[str, list[str]] = {}
    for leaf in found.tree.leaves:
        groups.setdefault(source_of[leaf], []).append(leaf)
    return groups


def _described(
    table: pd.DataFrame,
    groups: Mapping[str, list[str]],
    found: Known,
    catalogue: Mapping[str, Any],
    values: pd.DataFrame,
) -> pd.DataFrame:
    """Return the rows of datasets with their names, and how they stand."""
    imputed = _imputed(found, values)
    described = {x["id"]: x for x in catalogue["sources"]}
    rows = []
    for name, row in table.iterrows():
        leaves = groups[str(name)]
        share = float(np.mean([imputed.get(leaf, 0.0) for leaf in leaves]))
        rows.append(
            {
                "dataset": str(name),
                "label": described[str(name)]["label"],
                "producer": described[str(name)]["producer"],
                "holder": holder_of(str(name)),
                "state": _state(float(row["missing"]), share),
                "indicators": leaves,
                "imputed": share,
                **{str(k): float(v) for k, v in row.items()},
            }
        )
    told = pd.DataFrame(rows)
    return told.sort_values("holder", key=lambda x: x == "", kind="stable", ignore_index=True)


def holder_of(source: str) -> str:
    """Return of whom near a territory a source can be asked, empty where nobody could give it.

    It is declared today, not when the release was made: who can give does not change what was
    calculated. Of a source that is not declared any more, nobody is known.
    """
    return (SOURCES[source].local_holder or "") if source in SOURCES else ""


def with_prior(found: Known, seed: int = 0) -> Floats:
    """Return draws in which an indicator that no QPV has may put them in any order, (…, draws)."""
    draws = found.units.draws.copy()
    rng = np.random.default_rng(seed)
    nowhere = np.isnan(found.units.values).all(axis=0)
    shape = (len(draws), int(nowhere.sum()), draws.shape[2])
    draws[:, nowhere] = rng.standard_normal(shape)
    return draws


def _imputed(found: Known, values: pd.DataFrame) -> dict[str, float]:
    here = values[
        values["zone"].isin(found.units.zones)
        & values["indicator"].isin(found.tree.leaves)
        & (values["scenario"] == PRESENT[0])
        & (values["reason"] == "")
    ]
    shares = here.groupby("indicator")["imputed_share"].mean().fillna(0.0)
    return {str(name): float(share) for name, share in shares.items()}


def _state(missing: float, imputed: float) -> str:
    if missing >= 1:
        return "absent"
    if missing > 0:
        return "partial"
    return "imputed" if imputed >= LEAST_IMPUTED else "present"
