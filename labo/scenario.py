"""What a plan of measures, and a level of warming, change: the same formulas run again on layers.

    plan = plan_of([{"measure": "plant_trees", "zone": "QN09901M", "quantity": 120}])
    scenario_of(Path("release"), plan).changed

Each draw of the release is run with and without the plan, so that what they share cancels out:
where nothing changes, the difference is exactly zero and the value is that of the release to the
last bit. Scores are read against today's neighbourhoods on both sides. Climate stays what it is, a
figure of the agglomeration: it never tells two neighbourhoods apart. What cannot be run again is
named with the reason. Messages are French: they answer the person who wrote the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from labo.catalogue import INDICATORS
from labo.difference import Difference, Effect, NotRun, change_of, range_of
from labo.errors import BadInput
from labo.indicator import Indicator
from labo.measure_plan import Plan
from labo.ranges import NIL, Range, added

if TYPE_CHECKING:
    import pandas as pd

    from labo.basis import Basis, Hidden
    from labo.index_data import Around, Known
    from labo.plan_layers import Done, Layers

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
# New values of the indicators that change, central (zones,) and by draw (zones, draws).
Moved = dict[str, tuple[Floats, Floats]]

# Levels of warming of the TRACC (°C in France against pre-industrial) and their horizons.
LEVELS: Mapping[float, str] = {2.0: "2030", 2.7: "2050", 4.0: "2100"}
SYSTEM = "TRACC"
NOT_TOLD = "ses tirages ne se retrouvent pas à partir des couches de la livraison"
UNKNOWN = "inconnu aujourd'hui ({reason})"
NEITHER = (
    "aucun effet chiffré sur un indicateur : elle aide des personnes ou agit autrement "
    "(`labo explain {id}`)"
)
ONLY_AROUND = "aucun indicateur ne la voit ; comptée dans l'eau d'orage et l'air la nuit seulement"
NOWHERE = "« {place} » : l'accès à pied dépend de l'endroit ; donnez lon et lat dans le plan"
NO_WALK = "« {place} » : la livraison n'a pas de temps de marche vers de tels lieux"
TOO_SMALL = "un espace vert compte à partir de {least} m² d'un seul tenant"
FIXED = (
    "Scores lus au regard des quartiers d'aujourd'hui, avant comme après : un quartier où rien ne "
    "change garde le sien."
)
ONE_CLIMATE = (
    "Le climat à venir est celui de toute l'agglomération : il ne change aucun indicateur de "
    "quartier, et ne départage pas deux quartiers."
)
ONE_STORM = (
    "La pluie de projet et l'écart entre ville et campagne restent ceux d'aujourd'hui : la "
    "livraison ne dit pas ce qu'ils deviennent à ce niveau de réchauffement."
)
NO_MIRROR = "les images du sol ne sont pas dans la livraison : donnez --mirror"
TOO_WIDE = "le modèle parle d'un quartier, et non d'une commune entière"
FULL_EFFECT = "Effets une fois pleinement atteints : {years} ans pour « {label} » ({low} à {high})."


@dataclass(frozen=True)
class Cost:
    """What the plan costs, with the catalogue's costs: euros, and euros a year, without tax."""

    capital: Range
    running: Range

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"capital": self.capital.as_json(), "running": self.running.as_json()}


@dataclass(frozen=True)
class Scenario:
    """What a plan changes.

    territory: its name. zones: those that the plan is about or reaches, by id, with their names
    (all QPVs for an empty plan). differences: every known indicator of these zones; what nothing
    changes is exactly zero. scores: each index and component, for each QPV. climate: of the
    agglomeration, from its reference period to the level of warming. effects: in the zones of the
    plan, storm water that no longer runs off (m³) and night air (°C, where the mirror is given).
    not_run: what was not run again. notes: what a reader must know.
    """

    territory: str
    plan: Plan
    warming: float | None
    zones: Mapping[str, str]
    differences: tuple[Difference, ...]
    scores: tuple[Difference, ...]
    climate: tuple[Difference, ...]
    effects: tuple[Effect, ...]
    not_run: tuple[NotRun, ...]
    cost: Cost
    notes: tuple[str, ...]

    @property
    def changed(self) -> tuple[Difference, ...]:
        """The indicators that something changes."""
        return tuple(x for x in self.differences if x.verdict != "same")

    def only(self, zone: str | None) -> Scenario:
        """Return what is told of one zone; all of it if None."""
        if zone is None:
            return self
        return replace(
            self,
            zones={k: name for k, name in self.zones.items() if k == zone},
            differences=tuple(x for x in self.differences if x.zone == zone),
            scores=tuple(x for x in self.scores if x.zone == zone),
            effects=tuple(x for x in self.effects if x.zone == zone),
            not_run=tuple(x for x in self.not_run if x.zone in ("", zone)),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        level = {} if self.warming is None else {"warming": self.warming}
        return {
            "territory": self.territory,
            "plan": self.plan.as_json(),
            **level,
            "zones": dict(self.zones),
            "differences": [x.as_json() for x in self.differences],
            "scores": [x.as_json() for x in self.scores],
            "climate": [x.as_json() for x in self.climate],
            "effects": [x.as_json() for x in self.effects],
            "not_run": [x.as_json() for x in self.not_run],
            "cost": self.cost.as_json(),
            "notes": list(self.notes),
        }


def scenario_of(
    folder: Path,
    plan: Plan,
    warming: float | None = None,
    *,
    mirror: Path | None = None,
    hidden: Hidden = frozenset(),
) -> Scenario:
    """Return what a plan, a level of warming, or both change in the zones of a release.

    The release is read once and kept; a run then takes some tens of milliseconds, and a second more
    for the night air of each neighbourhood.

    Args:
        folder: of the release.
        plan: what would be done (`labo.measure_plan`); it may be empty.
        warming: 2, 2.7 or 4 °C of the TRACC; None for today's climate.
        mirror: the folder of files that the release was made of, for the night air; None: not run.
        hidden: (zone, indicator) of values that whoever asks may not see.

    Raises:
        BadInput: more than there is ground for, a place that is not in its zone, no such level.
        UnknownName: a zone that is not in the release.
        MissingFile, DamagedRelease: the release, or the mirror, cannot be read.
    """
    from labo import plan_layers
    from labo.basis import basis_of

    if warming is not None and warming not in LEVELS:
        levels = ", ".join(f"{x:g}" for x in LEVELS)
        raise BadInput(f"Réchauffement de {warming:g} °C : la TRACC a trois niveaux, {levels}.")
    basis = basis_of(folder, hidden)
    done = plan_layers.located(basis, plan)
    before = plan_layers.today(basis)
    after = plan_layers.with_plan(basis, done, before)
    about = _about(basis, done, after)
    differences, not_run, moved = _indicators(basis, before, after, about)
    climate, unknown = _climate(basis, warming)
    effects, unsaid = _effects(basis, done, before, after, mirror)
    names = dict(zip(basis.zones, basis.names, strict=True))
    return Scenario(
        territory=str(basis.manifest["territory"]["name"]),
        plan=plan,
        warming=warming,
        zones={zone: names[zone] for zone, told in zip(basis.zones, about, strict=True) if told},
        differences=tuple(differences),
        scores=tuple(_scores(basis, moved)),
        climate=tuple(climate),
        effects=tuple(effects),
        not_run=(*_without_effect(basis, done), *not_run, *unknown, *unsaid),
        cost=_cost(plan),
        notes=tuple(_notes(done, warming, {x.name for x in effects})),
    )


def _about(basis: Basis, done: Sequence[Done], after: Layers) -> Bools:
    """Return the zones that the plan is about: all QPVs if it is about none."""
    if not done:
        return np.array([kind == "qpv" for kind in basis.kinds], dtype=bool)
    named = basis.holds[:, [x.zone for x in done]]
    touched: Bools = np.logical_or.reduce(list(after.touched.values()), initial=False)
    return (named > 0).any(axis=1) | touched


def _indicators(
    basis: Basis, before: Layers, after: Layers, about: Bools
) -> tuple[list[Difference], list[NotRun], Moved]:
    """Return the differences in some zones, what could not be run, and the values that change."""
    differences: list[Difference] = []
    not_run: list[NotRun] = []
    moved: Moved = {}
    for x in INDICATORS:
        if x.id not in basis.now:
            continue
        told = basis.now[x.id]
        known = ~np.isnan(told.central)
        then, drawn = told.central, told.drawn
        here = known & about & _any(after.touched, x, len(about))
        lost = about & ~known & _any(after.touched, x, len(about))
        not_run += [
            NotRun(x.id, basis.zones[i], UNKNOWN.format(reason=told.reasons[i]))
            for i in np.flatnonzero(lost)
        ]
        if here.any() and x.id in basis.lost:
            not_run.append(NotRun(x.id, "", basis.lost[x.id]))
        elif here.any():
            then, drawn, failed = _again(x, then, drawn, before, after, here)
            not_run += [NotRun(x.id, basis.zones[i], NOT_TOLD) for i in np.flatnonzero(failed)]
            moved[x.id] = then, drawn
        for i in np.flatnonzero(about & known):
            value = Range(float(told.low[i]), float(told.central[i]), float(told.high[i]))
            moves = change_of(value.central, float(then[i]), told.drawn[i], drawn[i])
            differences.append(
                Difference(
                    zone=basis.zones[i],
                    name=x.id,
                    component="",
                    unit=x.unit,
                    direction=x.direction,
                    before=value,
                    after=value if moves == NIL else range_of(float(then[i]), drawn[i]),
                    change=moves,
                    drawn=(told.drawn[i], drawn[i]),
                )
            )
    return differences, not_run, moved


def _any(touched: Mapping[str, Bools], x: Indicator, zones: int) -> Bools:
    """Return the zones in which a layer that an indicator reads is touched."""
    rows = [touched[name] for name in x.layers if name in touched]
    found: Bools = np.logical_or.reduce([np.zeros(zones, dtype=bool), *rows])
    return found


def _again(
    x: Indicator, central: Floats, drawn: Floats, before: Layers, after: Layers, here: Bools
) -> tuple[Floats, Floats, Bools]:
    """Return an indicator once its layers have changed in some zones, and where it cannot be said.

    What the formula gains is added to what the release says, draw by draw.
    """
    results = []
    failed = np.zeros(len(here), dtype=bool)
    for values, one, two in (
        (central, before.central, after.central),
        (drawn, before.drawn, after.drawn),
    ):
        had, has = (x.formula(*(side[name][here] for name in x.layers)) for side in (one, two))
        then = values[here] + (has - had)
        # Rounding takes nothing beyond what the formula gives: a share stays one.
        then = np.clip(then, np.minimum(has, values[here]), np.maximum(has, values[here]))
        failed[here] |= np.isnan(then).reshape(len(then), -1).any(axis=1)
        results.append(then)
    kept = here & ~failed
    told, told_drawn = central.copy(), drawn.copy()
    told[kept], told_drawn[kept] = (then[kept[here]] for then in results)
    return told, told_drawn, failed


def _scores(basis: Basis, moved: Moved) -> list[Difference]:
    """Return the scores of the QPVs, whole and by component, before and after."""
    from labo.scores import against

    found = []
    for (index, component), today in basis.scores.items():
        known = today.known
        after = today.central, today.drawn
        if any(leaf in moved for leaf in known.tree.leaves):
            after = against(known, _with_values(basis, known, moved))
        for i in np.flatnonzero(~np.isnan(today.central) & ~np.isnan(after[0])):
            drawn = today.drawn[i], after[1][i]
            before, then = float(today.central[i]), float(after[0][i])
            moves = change_of(before, then, *drawn)
            value = range_of(before, drawn[0], score=True)
            found.append(
                Difference(
                    zone=known.units.zones[i],
                    name=index,
                    component=component,
                    unit="",
                    direction=1,
                    before=value,
                    after=value if moves == NIL else range_of(then, drawn[1], score=True),
                    change=moves,
                    drawn=drawn,
                )
            )
    return found


def _with_values(basis: Basis, known: Known, moved: Moved) -> Known:
    """Return what an index reads of the QPVs, with new values."""
    units: Around = known.units
    at = [basis.at(zone) for zone in units.zones]
    values, draws = units.values.copy(), units.draws.copy()
    for j, leaf in enumerate(known.tree.leaves):
        if leaf in moved:
            # What is hidden or unknown stays so.
            there = ~np.isnan(values[:, j])
            values[there, j], draws[there, j] = (side[at][there] for side in moved[leaf])
    return replace(known, units=units._replace(values=values, draws=draws))


def _climate(basis: Basis, warming: float | None) -> tuple[list[Difference], list[NotRun]]:
    """Return the climate of the agglomeration at a level of warming, against its reference period.

    A release holds both as ensembles in the same order, so that they are compared draw by draw.
    """
    if warming is None:
        return [], []
    whole = [zone for zone, kind in zip(basis.zones, basis.kinds, strict=True) if kind == "epci"]
    level = LEVELS[warming]
    values, draws = (t[t["scenario"].str.startswith(SYSTEM)] for t in basis.to_come)
    values = values[values["central"].notna()]
    periods = sorted(h for h in set(values["horizon"]) if "-" in h)
    if level not in set(values["horizon"]) or not periods:
        reason = f"cette livraison n'a pas de climat {SYSTEM} à {warming:g} °C ({level})"
        return [], [NotRun("climat", "", reason)]
    told, drawn = (_by_moment(t, c) for t, c in ((values, "central"), (draws, "values")))
    lows, highs = (_by_moment(values, end) for end in ("low", "high"))
    found = []
    for x in INDICATORS:
        first, second = (x.id, periods[0]), (x.id, level)
        if first not in told or second not in told:
            continue
        one, two = (np.asarray(drawn[key], dtype=np.float64) for key in (first, second))
        before, after = (
            Range(float(lows[key]), float(told[key]), float(highs[key])) for key in (first, second)
        )
        found.append(
            Difference(
                zone=whole[0],
                name=x.id,
                component="",
                unit=x.unit,
                direction=x.direction,
                before=before,
                after=after,
                change=change_of(before.central, after.central, one, two),
                drawn=(one, two),
            )
        )
    return found, []


def _by_moment(table: pd.DataFrame, column: str) -> dict[tuple[str, str], Any]:
    keys = zip(table["indicator"].astype(str), table["horizon"].astype(str), strict=True)
    return dict(zip(keys, table[column], strict=True))


def _effects(
    basis: Basis, done: Sequence[Done], before: Layers, after: Layers, mirror: Path | None
) -> tuple[list[Effect], list[NotRun]]:
    """Return the storm water and the night air of the zones of a plan, and what is not known."""
    from labo import converted_ground, night, storm
    from labo.surrounding_ground import around

    found: list[Effect] = []
    unsaid: list[NotRun] = []
    for zone in dict.fromkeys(x.zone for x in done):
        name = basis.zones[zone]
        grown = converted_ground.grown(zone, before, after)
        made = converted_ground.made(done, zone)
        if lacking := converted_ground.lacking(zone, done, grown):
            unsaid += [NotRun(effect, name, lacking) for effect in (storm.NAME, night.NAME)]
            continue
        if not grown and not made:
            continue  # nothing of the ground changes
        converted_ground.check_sealed(basis.names[zone], zone, after, made)
        found.append(storm.avoided(name, grown, made, basis.seed, basis.draws))
        if basis.kinds[zone] == "commune":
            unsaid.append(NotRun(night.NAME, name, TOO_WIDE))
        elif mirror is None:
            unsaid.append(NotRun(night.NAME, name, NO_MIRROR))
        elif isinstance(ground := around(basis.outlines[name], basis.manifest, mirror), str):
            unsaid.append(NotRun(night.NAME, name, ground))
        else:
            found.append(night.cooled(name, ground, grown, made, basis.seed))
    return found, unsaid


# What goes with the figures


def _without_effect(basis: Basis, done: Sequence[Done]) -> list[NotRun]:
    """Return the measures of the plan whose effect, or part of it, is not calculated."""
    from labo.catalogue import PLACES
    from labo.converted_ground import surfaces_of
    from labo.formula import number
    from labo.layers.walking import GREEN_SPACE_M2
    from labo.plan_layers import opens
    from labo.storm import NOT_STORED

    found: dict[NotRun, None] = {}
    for x in done:
        measure, zone = x.line.measure, basis.zones[x.zone]
        if not (measure.changes or measure.opens or surfaces_of(measure)):
            found[NotRun(measure.id, "", NEITHER.format(id=measure.id))] = None
        elif not measure.changes and not measure.opens:
            found[NotRun(measure.id, "", ONLY_AROUND)] = None
        for kind in measure.opens:
            if kind not in opens(x.line):
                small = TOO_SMALL.format(least=number(GREEN_SPACE_M2))
                found[NotRun(measure.id, zone, small)] = None
            elif x.line.lon is None:
                place = NOWHERE.format(place=PLACES[kind].label)
                found[NotRun(measure.id, zone, place)] = None
            elif kind not in basis.cells.minutes or not len(basis.cells.x):
                place = NO_WALK.format(place=PLACES[kind].label)
                found[NotRun(measure.id, zone, place)] = None
        if any(e.on == "water" and e.value is not None for e in measure.effects) and not (
            measure.changes or surfaces_of(measure)
        ):
            found[NotRun(measure.id, "", NOT_STORED)] = None
    return list(found)


def _cost(plan: Plan) -> Cost:
    """Return what a plan costs: prices rise together, so all are low, or all high."""
    quantities = [x.quantity for x in plan.lines]
    sides = []
    for name in ("capital", "running"):
        each = [getattr(x.measure, name) for x in plan.lines]
        sides.append(added(quantities, [(e.low, e.central, e.high) for e in each]))
    return Cost(*sides)


def _notes(done: Sequence[Done], warming: float | None, effects: set[str]) -> list[str]:
    from labo import night, storm
    from labo.plan_layers import walked_to
    from labo.runoff import STORM

    found = []
    slow = max((x.line.measure for x in done), key=lambda m: m.full_effect.central, default=None)
    if slow is not None:
        years = slow.full_effect
        found.append(
            FULL_EFFECT.format(
                years=f"{years.central:g}",
                label=slow.label,
                low=f"{years.low:g}",
                high=f"{years.high:g}",
            )
        )
    if any(walked_to(x.line) for x in done):
        from labo.new_place import DETOUR, STRAIGHT

        ends = (f"{x:g}".replace(".", ",") for x in (DETOUR.low, DETOUR.high))
        found.append(STRAIGHT.format(**dict(zip(("low", "high"), ends, strict=True))))
    if storm.NAME in effects:
        found.append(storm.SAID.format(low=f"{STORM.low:g}", high=f"{STORM.high:g}"))
    if night.NAME in effects:
        found.append(night.SAID)
    if done:
        found.append(FIXED)
    if warming is not None:
        found += [ONE_CLIMATE, ONE_STORM]
    return found
