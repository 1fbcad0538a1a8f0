"""Weights that people propose: read from a form with care, then answered by the engine at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from django.http import QueryDict
from django.utils.safestring import SafeString

from labo import words
from labo.composite import Aggregation, Normalisation
from labo.index import Scan, Uncertainty
from labo.index_data import Known, reweighted
from labo.index_words import COMPONENTS, percent, signed, whole
from labo.inequality import FEWEST_AREAS as FEWEST
from labo.scores import RUNS, assess, drivers, gaps, try_weights
from labo_web.atlas.index_reading import drivers_of, head_sentence, tenths, verdict
from labo_web.atlas.indices import Told
from labo_web.atlas.worked import plain
from labo_web.releases.charts import around_zero, strip
from labo_web.releases.models import Zone
from labo_web.releases.reading import named

# On the sliders the declared weight is DECLARED, wherever it stands in the tree.
DECLARED, MOST = 10, 20
POINTS = re.compile(r"[0-9]{1,3}([.,][0-9]{1,3})?")
SHOWN = 40  # characters of what was typed that a message repeats
NORMALISATIONS: dict[str, str] = {
    "percentile": "place parmi les quartiers",
    "min_max": "distance entre le plus bas et le plus haut",
}
AGGREGATIONS: dict[str, str] = {
    "arithmetic": "moyenne : un point fort compense un point faible",
    "geometric": "moyenne géométrique : il compense moins",
}


@dataclass(frozen=True)
class Slider:
    """A weight to move: `typed` is what was given, however wrong."""

    name: str
    label: str
    typed: str
    points: float
    wrong: bool


@dataclass(frozen=True)
class Group:
    """A component and the indicators inside it."""

    slider: Slider
    inside: list[Slider]
    plain: str


@dataclass(frozen=True)
class Asked:
    """What was asked: weights in points, the two choices, and what is wrong with them."""

    groups: list[Group]
    normalisation: str
    aggregation: str
    wrong: list[str]

    @property
    def sliders(self) -> list[Slider]:
        """All of them."""
        return [s for g in self.groups for s in (g.slider, *g.inside)]

    @property
    def changed(self) -> dict[str, str]:
        """What differs from what is declared, as an address says it."""
        return {s.name: s.typed for s in self.sliders if s.points != DECLARED}

    @property
    def open(self) -> bool:
        """Whether a weight inside a component was moved or is wrong."""
        return any(s.wrong or s.points != DECLARED for g in self.groups for s in g.inside)


def asked_of(given: QueryDict, known: Known, labels: Mapping[str, str]) -> Asked:
    """Read what a form or an address asks.

    Each weight is a slider and a number beside it, which without JavaScript do not know of each
    other: the number counts if it is not the one that the page showed (`….vu`), else the slider.
    """
    wrong: list[str] = []

    def slider(name: str) -> Slider:
        typed = given.get(f"{name}.n")
        if typed is None or (typed == given.get(f"{name}.vu") and name in given):
            typed = given.get(name, f"{DECLARED}")
        text = typed.strip()
        points = float(text.replace(",", ".")) if POINTS.fullmatch(text) else -1.0
        bad = not 0 <= points <= MOST
        if bad:
            wrong.append(
                f"« {_cut(text)} » n’est pas un poids pour « {labels[name]} » : écrivez un nombre "
                f"de 0 à {MOST}."
            )
        return Slider(name, labels[name], typed, DECLARED if bad else points, bad)

    composite = known.composite
    groups = [
        Group(
            slider(name),
            [slider(x) for x in composite.components[cast(Any, name)]],
            plain(name),
        )
        for name in known.tree.components
    ]
    if not wrong and not any(g.slider.points for g in groups):
        wrong.append("Tout pèse zéro : donnez du poids à une partie au moins.")
    for g in groups:
        if not any(s.points for s in g.inside):
            wrong.append(
                f"Dans « {g.slider.label} », tout pèse zéro : donnez du poids à un indicateur, ou "
                "zéro à la partie."
            )
    allowed = {"livraison", "normalisation", "agregation"}
    names = {f"{name}{end}" for name in known.tree.nodes[:-1] for end in ("", ".n", ".vu")}
    for name in given:
        if name not in allowed | names:
            wrong.append(f"« {_cut(name)} » n’est pas un poids de cet indice.")
    normalisation = given.get("normalisation", composite.normalisation)
    aggregation = given.get("agregation", composite.aggregation)
    for choice, among in ((normalisation, NORMALISATIONS), (aggregation, AGGREGATIONS)):
        if choice not in among:
            wrong.append(f"« {_cut(choice)} » n’est pas un choix de calcul.")
    return Asked(groups, normalisation, aggregation, wrong)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def with_weights(known: Known, asked: Asked) -> Known:
    """Return what is known, weighed and calculated as asked."""
    tree = known.tree
    declared = dict(zip(tree.nodes, tree.weights.tolist(), strict=True))
    weights = {s.name: declared[s.name] * s.points / DECLARED for s in asked.sliders}
    of = replace(
        known.composite,
        normalisation=cast(Normalisation, asked.normalisation),
        aggregation=cast(Aggregation, asked.aggregation),
    )
    return reweighted(replace(known, composite=of), weights)


@dataclass(frozen=True)
class Moved:
    """A neighbourhood under the proposed weights, beside what is declared."""

    zone: Zone
    before: str
    after: str
    changes: bool
    rank: str
    interval: str
    method: str
    drawing: SafeString
    chance: str
    others: list[str]
    scanned: str
    fixed: bool


@dataclass(frozen=True)
class Shifted:
    """A neighbourhood too few to be ranked: its gap to the agglomeration, before and after."""

    zone: Zone
    before: str
    after: str
    interval: str
    drawing: SafeString
    verdict: str
    changes: bool


@dataclass(frozen=True)
class Answer:
    """What the proposed weights do, in sentences and in rows."""

    shares: str
    sentences: list[str]
    ranked: list[Moved]
    few: list[Shifted]
    note: str


def answer(told: Told, asked: Asked, zones: Sequence[Zone], seed: int) -> Answer:
    """Return what the engine says of the proposed weights."""
    found = with_weights(told.known, asked)
    total = sum(g.slider.points * _weight(told.known, g.slider.name) for g in asked.groups)
    shares = ", ".join(
        f"{g.slider.label} {percent(g.slider.points * _weight(told.known, g.slider.name) / total)}"
        for g in asked.groups
    )
    without = _without(found, zones)
    if not found.ranked:
        few = _few(told, found, zones, shares)
        if told.known.ranked:
            without = [
                f"Moins de {FEWEST} quartiers ont un score : on ne les classe pas.",
                *without,
            ]
        return replace(few, sentences=[*(few.sentences if few.few else ()), *without])
    made, scan = assess(found, seed=seed, runs=RUNS), try_weights(found)
    rows = _moved(told, made, scan, zones)
    driver, _ = drivers_of(drivers(found, seed=seed))
    said = [*_sentences(made, scan, rows, zones), driver, *without]
    return Answer(shares, said, rows, [], _note(found, scan))


def _without(found: Known, zones: Sequence[Zone]) -> list[str]:
    """Say who has no score with these weights: what is missing there may weigh most."""
    names = {z.code: z.name for z in zones}
    gone = [names[u] for u, why in zip(found.units.zones, found.reasons, strict=True) if why]
    return [f"Sans score avec ces poids, faute de données : {named(gone, 12)}."] if gone else []


def _weight(known: Known, node: str) -> float:
    return float(known.tree.weights[known.tree.position(node)])


def _moved(told: Told, made: Uncertainty, scan: Scan, zones: Sequence[Zone]) -> list[Moved]:
    by_code = {z.code: z for z in zones}
    assert told.told is not None  # noqa: S101 (ranked)
    declared = dict(zip(told.told.units, told.told.classed.tolist(), strict=True))
    data, method = made.data, made.method
    assert data is not None  # noqa: S101 (there are draws)
    assert method is not None  # noqa: S101 (the method varies)
    among = (1.0, float(len(made.units)))
    rows = []
    for i in np.argsort(made.rank, kind="stable").tolist():
        code = made.units[i]
        before, after = declared[code], made.classed[i]
        thin = (float(method.rank_low[i]), float(method.rank_high[i]))
        ends = (float(data.rank_low[i]), float(data.rank_high[i]))
        rows.append(
            Moved(
                zone=by_code[code],
                before=whole(before),
                after=whole(after),
                changes=bool(before != after),
                rank=whole(made.rank[i]),
                interval=_ranks(*ends),
                method=_ranks(*thin),
                drawing=strip(among, float(made.rank[i]), *ends, thin=thin),
                chance=percent(made.probability[i, 0]),
                others=[percent(p) for p in made.probability[i, 1:].tolist()],
                scanned=_ranks(float(scan.best[i]), float(scan.worst[i])),
                fixed=bool(scan.fixed[i]),
            )
        )
    return rows


def _ranks(low: float, high: float) -> str:
    return whole(low) if low == high else f"{whole(low)}\u00a0à\u00a0{whole(high)}"


def _sentences(
    made: Uncertainty, scan: Scan, rows: Sequence[Moved], zones: Sequence[Zone]
) -> list[str]:
    names = {z.code: z.name for z in zones}
    moved = [f"{r.zone.name} (classe {r.before} → {r.after})" for r in rows if r.changes]
    said = [
        f"Changent de classe : {named(moved, 12)}."
        if moved
        else "Aucun quartier ne change de classe."
    ]
    core = [names[u] for u, kept in zip(made.units, made.core.tolist(), strict=True) if kept]
    if core:
        said.append(f"Parmi les plus exposés dans 9 calculs sur 10 : {named(core, len(core))}.")
    else:
        first = int(np.nanargmax(made.probability[:, 0]))
        said.append(
            "Aucun quartier n’est parmi les plus exposés dans 9 calculs sur 10. Le plus souvent, "
            f"c’est {names[made.units[first]]} : {tenths(made.probability[first, 0])}."
        )
    never = [r.zone.name for r in rows if r.fixed]
    top = [r.zone.name for r in rows if r.fixed and r.after == "1"]
    tried = _counted(scan)
    if never:
        text = f"Quels que soient les poids des parties ({tried} répartitions essayées), "
        text += f"ne changent jamais de classe : {named(never, 12)}"
        said.append(f"{text}, dont toujours parmi les plus exposés : {named(top)}." if top
                    else f"{text}.")  # fmt: skip
    else:
        said.append(
            f"Selon ce que chaque partie compte ({tried} répartitions essayées), chaque quartier "
            "peut changer de classe."
        )
    said.append(head_sentence(made, made.units[int(np.nanargmin(made.rank))], names))
    return said


def _counted(scan: Scan) -> str:
    return words.figure(len(scan.weights), "resident")


def _note(found: Known, scan: Scan) -> str:
    draws = min(RUNS, found.units.draws.shape[2])
    return (
        f"Réponse sur {draws} tirages des données et {RUNS} calculs où la méthode varie autour de "
        "ces poids : autant que la page de l’indice, qui dit la même chose des poids déclarés. "
        f"« Quels que soient les poids » : {_counted(scan)} répartitions entre parties, sur les "
        "valeurs centrales."
    )


def _few(told: Told, found: Known, zones: Sequence[Zone], shares: str) -> Answer:
    """Return the gaps to the agglomeration before and after: too few to be ranked."""
    by_code = {z.code: z for z in zones}
    old, new = gaps(told.known), gaps(found)
    ends = around_zero([*_known(new.epci_low), *_known(new.epci_high)])
    rows = []
    for i, code in enumerate(found.units.zones):
        if code not in by_code or np.isnan(new.epci[i]):
            continue
        low, high = float(new.epci_low[i]), float(new.epci_high[i])
        now, before = verdict(low, high), verdict(float(old.epci_low[i]), float(old.epci_high[i]))
        drawing = strip(ends, float(new.epci[i]), low, high, line=0.0, hollow=low <= 0 <= high)
        rows.append(
            Shifted(
                zone=by_code[code],
                before=signed(float(old.epci[i])),
                after=signed(float(new.epci[i])),
                interval=f"{signed(low)} à {signed(high)}",
                drawing=drawing,
                verdict=now,
                changes=now != before,
            )
        )
    moved = [f"{r.zone.name} (maintenant : {r.verdict})" for r in rows if r.changes]
    said = [
        f"Ces poids changent ce qu’on peut dire de : {named(moved, 12)}."
        if moved
        else "Ces poids ne changent ce qu’on peut dire d’aucun quartier."
    ]
    note = f"Intervalles à 90 % des données, sur {found.units.draws.shape[2]} tirages."
    return Answer(shares, said, [], rows, note)


def _known(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    return [float(x) for x in values if not np.isnan(x)]


def labels_of(known: Known, indicators: Mapping[str, str]) -> dict[str, str]:
    """Return the words of components and indicators."""
    return {
        **{c: COMPONENTS[c] for c in known.tree.components},
        **{name: indicators.get(name, name) for name in known.tree.leaves},
    }
