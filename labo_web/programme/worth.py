"""What the diagnosis of a territory would gain from a dataset: the engine's value of information.

All the indices of the release are asked; of each dataset the one is told where it settles most.
What can be negotiated near the territory comes apart and first: a clause asks nothing of others.
What is calculated of a release stays true, and is kept by its folder: it takes a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.http import HttpRequest

from labo import release as engine
from labo.composite import Composite
from labo.data_clause import holder_of, narrowing, worth
from labo.errors import LaboError
from labo.index_data import Known, composites_of, directions_of, draws_of, known
from labo.index_words import STATES, one, percent
from labo_web.programme.models import Dataset
from labo_web.releases.access import waiting_for
from labo_web.releases.models import Release

KEPT = 24
# Below, another drawing of the same doubt could say the contrary.
LEAST_RANKS, LEAST_POINTS = 0.1, 0.5
UNSURE = "rien de sûr"
Hidden = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Gain:
    """What knowing a dataset exactly would settle in an index.

    `width` is in ranks where its neighbourhoods are ranked, else in points of the gap to the
    agglomeration; `of` is how many pairs there are, or how wide the interval of the gap is.
    `holder` is whom it can be asked of near the territory: empty where nobody there could give it.
    """

    source: str
    label: str
    producer: str
    holder: str
    state: str
    index: str
    index_label: str
    ranked: bool
    width: float
    pairs: float
    of: float
    absent: bool

    @property
    def useful(self) -> bool:
        """Whether it is more than the chance of drawing, and can be told."""
        if self.absent and not self.ranked:
            return False
        return self.width >= (LEAST_RANKS if self.ranked else LEAST_POINTS)

    @property
    def said(self) -> str:
        """What it would settle, in words: « rangs resserrés de 1,7 en moyenne, … »."""
        if self.absent and not self.ranked:
            return "on ne peut pas le dire : aucun quartier ne l’a"
        if not self.useful:
            return UNSURE
        most = " au plus" if self.absent else ""
        if not self.ranked:
            share = percent(self.width / self.of)
            return (
                f"écart à l’agglomération resserré de {one(self.width)} points sur {one(self.of)}, "
                f"soit {share}"
            )
        count = round(self.pairs)
        pairs = "aucune paire" if count <= 0 else f"{count} paire{'s' if count > 1 else ''}"
        ends = "s" if count > 1 else ""
        return (
            f"rangs resserrés de {one(self.width)} en moyenne{most}, {pairs} de quartiers "
            f"départagée{ends} sur {self.of:.0f}"
        )

    @property
    def because(self) -> str:
        """The same, for the end of « parce que »."""
        most = ", au plus," if self.absent else ""
        index = f"de l’indice « {self.index_label} »"
        if not self.ranked:
            return (
                f"connue exactement, elle resserrerait de {one(self.width)} points sur "
                f"{one(self.of)} l’intervalle de l’écart entre nos quartiers et l’agglomération, "
                f"pour l’indice « {self.index_label} »"
            )
        count = round(self.pairs)
        pairs = (
            f" et départagerait {count} paire{'s' if count > 1 else ''} de quartiers sur "
            f"{self.of:.0f}"
            if count > 0
            else ""
        )
        return (
            f"connue exactement, elle resserrerait{most} les rangs {index} de {one(self.width)} en "
            f"moyenne{pairs}"
        )


@dataclass(frozen=True)
class Part:
    """Gains of one kind: those of which something is to be said (absent ones too), the others."""

    told: tuple[Gain, ...]
    unsure: tuple[Gain, ...]

    @classmethod
    def of(cls, gains: list[Gain]) -> Part:
        """Return gains, split."""
        told = tuple(g for g in gains if g.useful or g.absent)
        return cls(told, tuple(g for g in gains if g not in told))


@dataclass(frozen=True)
class Worth:
    """The gains of a territory; `why` says why there are none.

    What can be negotiated near it comes first, then the most useful.
    """

    gains: tuple[Gain, ...]
    why: str
    # Indices that were asked, by id; whether in some of them neighbourhoods are too few to rank.
    indices: tuple[tuple[str, str], ...] = ()
    few: bool = False
    # Labels of the indicators that each source of the catalogue tells.
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def here(self) -> Part:
        """What can be negotiated near the territory."""
        return Part.of([g for g in self.gains if g.holder])

    @property
    def elsewhere(self) -> Part:
        """What depends on producers whom nobody near the territory replaces."""
        return Part.of([g for g in self.gains if not g.holder])

    def negotiable(self, dataset: Dataset) -> bool:
        """Whether a dataset of the inventory can be asked for near the territory.

        One that needs an agreement names who would sign it. One that is missing is still to be
        made, but for a source of the catalogue that only a national producer makes.
        """
        if dataset.access == Dataset.Access.MISSING and dataset.source:
            return bool(holder_of(dataset.source))
        return dataset.access != Dataset.Access.OPEN

    def agreed(self, datasets: Iterable[Dataset]) -> Worth:
        """Return the same, where what the inventory has by agreement is asked of its holder."""
        by = {d.source: d.holder for d in datasets if d.access == Dataset.Access.AGREEMENT}
        by.pop("", None)
        gains = [replace(g, holder=by.get(g.source, g.holder)) for g in self.gains]
        return replace(self, gains=tuple(sorted(gains, key=_order)))

    def of(self, source: str) -> Gain | None:
        """Return the gain of a source of the catalogue."""
        return next((g for g in self.gains if g.source == source), None)

    def said_of(self, dataset: Dataset) -> str:
        """Return in words what a dataset of the inventory would bring, index or none."""
        gain = self.of(dataset.source) if dataset.source else None
        if gain is not None:
            return gain.said
        if self.why:
            return "pas calculable ici"
        if told := self.feeds.get(dataset.source):
            return f"n’entre dans aucun indice : elle donne « {' », « '.join(told)} »"
        return f"n’entre dans aucun indice : elle servirait à ceci, « {dataset.purpose} »"

    def asks(self, dataset: Dataset) -> str:
        """Return a sentence for the clause of a dataset."""
        where = f", à la maille « {dataset.grain} »" if dataset.grain else ""
        # What nobody holds is asked of nobody.
        if dataset.access == Dataset.Access.MISSING:
            asked = f"Nous demandons que soit produite la donnée « {dataset.label} »{where}, parce"
        else:
            asked = f"Nous demandons « {dataset.label} » à {dataset.holder}{where}, parce"
        gain = self.of(dataset.source) if dataset.source else None
        if gain is not None and gain.useful:
            return f"{asked} que, {gain.because}."
        return (
            f"{asked} qu’aucun indice du diagnostic ne la contient, et qu’elle servirait à ceci : "
            f"« {dataset.purpose} »."
        )

    @property
    def first_ask(self) -> str:
        """The same for the dataset to negotiate here that would settle most, if one would."""
        best = next((g for g in self.here.told if g.useful), None)
        if best is None:
            return ""
        what = f"« {best.label} »" if best.absent else f"une version plus sûre de « {best.label} »"
        return f"Nous demandons {what} à {best.holder}, parce que, {best.because}."


def worth_of(request: HttpRequest, release: Release | None) -> Worth:
    """Return what a territory would gain from each dataset, by the release that is read."""
    if release is None:
        return Worth((), "Pas de diagnostic ouvert ici : rien ne peut être calculé.")
    hidden = frozenset((zone, name) for _, zone, name in waiting_for(request, [release]))
    return _worth(release.folder, hidden)


@lru_cache(KEPT)
def _worth(folder: Path, hidden: Hidden) -> Worth:
    try:
        found = engine.read(folder)
        composites = composites_of(found.catalogue)
    except LaboError:
        composites = []
    if not composites:
        return Worth((), "Cette livraison n’a pas d’indice sur lequel calculer.")
    values = found.values.copy()
    keys = zip(values["zone"].astype(str), values["indicator"].astype(str), strict=True)
    gone = np.fromiter((key in hidden for key in keys), dtype=bool, count=len(values))
    values.loc[gone, ["central", "low", "high", "imputed_share"]] = np.nan
    values.loc[gone, "reason"] = "réservé"
    leaves = {name for composite in composites for name in composite.indicators}
    draws = draws_of(_without(found.draws[found.draws["indicator"].isin(leaves)], hidden))
    directions = directions_of(found.catalogue)
    best: dict[str, Gain] = {}
    few = False
    for composite in composites:
        told = known(composite, directions, values, draws, found.places)
        few = few or not told.ranked
        for gain in _gains(composite, told, found, values):
            if gain.source not in best or _order(gain) < _order(best[gain.source]):
                best[gain.source] = gain
    return Worth(
        tuple(sorted(best.values(), key=_order)),
        "",
        tuple((c.id, c.label) for c in composites),
        few,
        _feeds(found.catalogue),
    )


def _order(gain: Gain) -> tuple[bool, bool, bool, float]:
    """What can be negotiated, then what is told in ranks: ranks and points are not compared."""
    return (not gain.holder, not gain.useful, not gain.ranked, -gain.width)


def _gains(
    composite: Composite, told: Known, found: engine.Release, values: pd.DataFrame
) -> Iterator[Gain]:
    if told.ranked:
        seed = int(found.manifest["seed"])
        table = worth(told, found.catalogue, found.manifest, values, seed)
    else:
        table = narrowing(told, found.catalogue, found.manifest, values)
    many = len(told.units.zones)
    pairs = many * (many - 1) / 2
    for row in table.to_dict("records"):
        yield Gain(
            source=str(row["dataset"]),
            label=str(row["label"]),
            producer=str(row["producer"]),
            holder=str(row["holder"]),
            state=STATES[row["state"]],
            index=composite.id,
            index_label=composite.label,
            ranked=told.ranked,
            width=row["width_less"],
            pairs=row["pairs_less"] if told.ranked else 0.0,
            of=pairs if told.ranked else row["width"] + row["width_less"],
            absent=row["state"] == "absent",
        )


def _feeds(catalogue: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for x in catalogue["indicators"]:
        for source in x.get("sources", ()):
            found.setdefault(source, []).append(x["label"])
    return {source: tuple(labels) for source, labels in found.items()}


def _without(draws: pd.DataFrame, hidden: Hidden) -> pd.DataFrame:
    if not hidden:
        return draws
    keys = zip(draws["zone"].astype(str), draws["indicator"].astype(str), strict=True)
    return draws[[key not in hidden for key in keys]]
