"""What the diagnosis of a territory would gain from a dataset: the engine's value of information.

What is calculated of a release stays true, and is kept by its folder: it takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.http import HttpRequest

from labo import release as engine
from labo.composite import find
from labo.data_clause import worth
from labo.errors import BadInput, LaboError
from labo.index_data import composites_of, directions_of, draws_of, known
from labo.index_words import STATES, one
from labo_web.releases.access import waiting_for
from labo_web.releases.models import Release

# The index by which datasets are weighed, unless the page asks for another.
INDEX = "canicule"
KEPT = 24
FEW = (
    "Le calcul a besoin d’au moins huit quartiers classés : ici il y en a moins, et la page de "
    "l’indice donne les écarts à l’agglomération."
)
Hidden = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Gain:
    """What knowing a dataset exactly would settle, in words."""

    source: str
    label: str
    producer: str
    state: str
    ranks: str
    pairs: str
    absent: bool
    useful: bool


@dataclass(frozen=True)
class Worth:
    """The gains of a territory, the most useful first; `why` says why there are none."""

    index: str
    gains: tuple[Gain, ...]
    why: str

    def of(self, source: str) -> Gain | None:
        """Return the gain of a source of the catalogue."""
        return next((g for g in self.gains if g.source == source), None)


def worth_of(request: HttpRequest, release: Release | None) -> Worth:
    """Return what a territory would gain from each dataset, by the release that is read."""
    if release is None:
        return Worth("", (), "Pas de diagnostic ouvert ici : rien ne peut être calculé.")
    hidden = frozenset((zone, name) for _, zone, name in waiting_for(request, [release]))
    return _worth(release.folder, hidden)


@lru_cache(KEPT)
def _worth(folder: Path, hidden: Hidden) -> Worth:
    try:
        found = engine.read(folder)
        composite = find(INDEX, composites_of(found.catalogue))
    except LaboError:
        return Worth("", (), "Cette livraison n’a pas l’indice sur lequel le calcul se fait.")
    values = found.values.copy()
    keys = zip(values["zone"].astype(str), values["indicator"].astype(str), strict=True)
    gone = np.fromiter((key in hidden for key in keys), dtype=bool, count=len(values))
    values.loc[gone, ["central", "low", "high", "imputed_share"]] = np.nan
    values.loc[gone, "reason"] = "réservé"
    draws = found.draws[found.draws["indicator"].isin(set(composite.indicators))]
    draws = _without(draws, hidden)
    told = known(composite, directions_of(found.catalogue), values, draws_of(draws), found.places)
    if not told.ranked:
        return Worth(composite.label, (), FEW)
    try:
        table = worth(told, found.catalogue, found.manifest, values, int(found.manifest["seed"]))
    except BadInput:
        return Worth(composite.label, (), FEW)
    gains = tuple(_gain(row) for row in table.to_dict("records"))
    return Worth(composite.label, gains, "")


def _without(draws: pd.DataFrame, hidden: Hidden) -> pd.DataFrame:
    if not hidden:
        return draws
    keys = zip(draws["zone"].astype(str), draws["indicator"].astype(str), strict=True)
    return draws[[key not in hidden for key in keys]]


def _gain(row: Mapping[Any, Any]) -> Gain:
    return Gain(
        source=str(row["dataset"]),
        label=str(row["label"]),
        producer=str(row["producer"]),
        state=STATES[row["state"]],
        ranks=one(row["width_less"]),
        pairs=one(row["pairs_less"]),
        absent=row["state"] == "absent",
        useful=row["width_less"] > 0,
    )
