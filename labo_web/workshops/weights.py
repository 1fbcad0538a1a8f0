"""Weights that a room proposes for an index, and what stays true whatever they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from django.http import HttpRequest

from labo import release as engine
from labo.composite import Composite, find
from labo.errors import UnknownName
from labo.index_data import Known, composites_of, directions_of, draws_of, known, reweighted
from labo.index_words import COMPONENTS, percent, signed
from labo.scores import assess, gaps, try_weights
from labo_web.accounts.models import Territory
from labo_web.releases.access import waiting_for
from labo_web.releases.models import Release
from labo_web.workshops.models import Ballot, Question

DECLARED = 10  # points that mean the weight the index has
RUNS = 200  # calculations of a live answer
KEPT = 12
CORE = 0.9  # of the calculations

# (zone, indicator) of the values that may not be seen.
Hidden = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Live:
    """What the room's weights say now."""

    people: int
    shares: list[tuple[str, str, str]]  # of a part: its name, declared, proposed
    sentences: list[str]
    core: list[str]


@lru_cache(KEPT)
def _composites(folder: Path) -> tuple[Composite, ...]:
    catalogue = json.loads((folder / "catalogue.json").read_text("utf-8"))
    return tuple(composites_of(catalogue))


def newest_of(territory: Territory) -> Release | None:
    """Return the newest release of a territory, open or not: its declarations are no secret."""
    return Release.objects.filter(territory=territory).order_by("-generation", "-pk").first()


def indices_of(release: Release | None) -> dict[str, str]:
    """Return the indices that a room may be asked to weigh."""
    return {x.id: x.label for x in _composites(release.folder)} if release else {}


def parts(question: Question) -> dict[str, str]:
    """Return the parts of the index in question; none where the territory has no release."""
    release = newest_of(question.event.territory)
    if release is None:
        return {}
    try:
        found = find(question.index, _composites(release.folder))
    except UnknownName:
        return {}
    return {str(name): COMPONENTS[name] for name in found.components}


def proposed(ballots: Sequence[Ballot], declared: Mapping[str, float]) -> dict[str, float]:
    """Return the mean share that people give to each part; those declared where nobody voted.

    Each person's points become shares that make one, so that nobody weighs more by writing more.
    """
    total = dict.fromkeys(declared, 0.0)
    people = 0
    for ballot in ballots:
        mine = {
            name: weight * float(ballot.content.get(name, DECLARED)) / DECLARED
            for name, weight in declared.items()
        }
        if (whole := sum(mine.values())) > 0:
            people += ballot.people
            for name, weight in mine.items():
                total[name] += ballot.people * weight / whole
    if not people:
        whole = sum(declared.values())
        return {name: weight / whole for name, weight in declared.items()}
    return {name: weight / people for name, weight in total.items()}


@lru_cache(KEPT)
def _known(folder: Path, name: str, hidden: Hidden) -> Known:
    found = engine.read(folder)
    of = find(name, composites_of(found.catalogue))
    zones = pd.DataFrame(found.places[["zone", "kind", "communes"]])
    values = found.values[found.values["zone"].isin(zones["zone"])].copy()
    draws = found.draws[found.draws["indicator"].isin(of.indicators)]
    if hidden:
        values.loc[_among(values, hidden), ["central", "low", "high"]] = np.nan
        draws = draws[~_among(draws, hidden)]
    return known(of, directions_of(found.catalogue), values, draws_of(draws), zones)


def _among(table: pd.DataFrame, hidden: Hidden) -> pd.Series:
    keys = zip(table["zone"].astype(str), table["indicator"].astype(str), strict=True)
    return pd.Series([key in hidden for key in keys], index=table.index, dtype=bool)


def live(request: HttpRequest, question: Question) -> Live | None:
    """Return what the engine says of the room's weights, from what whoever asks may read.

    None where the territory has no release that they may read, or the release not that index.
    """
    visible = Release.objects.visible_to(request).filter(territory=question.event.territory)
    release = visible.order_by("-generation", "-pk").first()
    if release is None:
        return None
    hidden = frozenset((zone, name) for _, zone, name in waiting_for(request, [release]))
    try:
        now = _known(release.folder, find(question.index, _composites(release.folder)).id, hidden)
    except UnknownName:
        return None
    ballots = list(question.ballots.all())
    of = now.composite
    declared = {str(name): float(weight) for name, weight in of.component_weights.items()}
    before, after = proposed([], declared), proposed(ballots, declared)
    shares = [(COMPONENTS[name], percent(before[name]), percent(after[name])) for name in declared]
    names = dict(release.zones.filter(kind__in=("qpv", "perimeter")).values_list("code", "name"))
    found = reweighted(replace(now, composite=of), after)
    core, sentences = _said(found, names, int(release.seed))
    return Live(sum(b.people for b in ballots), shares, sentences, core)


def _said(found: Known, names: Mapping[str, str], seed: int) -> tuple[list[str], list[str]]:
    if not found.ranked:
        return [], _few(found, names)
    made, scan = assess(found, seed=seed, runs=RUNS), try_weights(found)
    core = [names[u] for u, kept in zip(made.units, made.core.tolist(), strict=True) if kept]
    always = [
        names[u]
        for u, fixed, place in zip(made.units, scan.fixed, made.classed, strict=True)
        if fixed and place == 1
    ]
    said = []
    if core:
        said.append("Parmi les plus exposés dans 9 calculs sur 10, avec vos poids.")
    else:
        said.append(
            "Avec vos poids, aucun quartier n’est parmi les plus exposés dans 9 calculs sur 10 : "
            "les données ne permettent pas d’en nommer."
        )
    if always:
        said.append(f"Quels que soient les poids, le restent : {', '.join(always)}.")
    else:
        said.append("Avec d’autres poids encore, la liste pourrait changer.")
    return core, said


def _few(found: Known, names: Mapping[str, str]) -> list[str]:
    """Say the gaps to the agglomeration: fewer than eight neighbourhoods are not ranked."""
    away = gaps(found)
    said = ["Trop peu de quartiers pour les classer : voici l’écart de chacun à l’agglomération."]
    for i, code in enumerate(found.units.zones):
        if code in names and not np.isnan(away.epci[i]):
            low, high = float(away.epci_low[i]), float(away.epci_high[i])
            sure = (
                "plus exposé"
                if low > 0
                else "moins exposé"
                if high < 0
                else "on ne peut pas le dire"
            )
            said.append(
                f"{names[code]} : {signed(float(away.epci[i]))} "
                f"(de {signed(low)} à {signed(high)}), {sure}."
            )
    return said
