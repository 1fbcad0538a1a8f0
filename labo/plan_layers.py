"""The layers of a release once a plan has reached its full effect, central and draw by draw.

Messages are French: they answer the person who wrote the plan.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo import new_place
from labo.basis import Basis
from labo.catalogue import LAYERS, MEASURES
from labo.changed_layers import applied, each_drawn, strengths
from labo.errors import BadInput, UnknownName
from labo.formula import number
from labo.layers.walking import GREEN_SPACE_M2
from labo.measure import Measure
from labo.measure_plan import Line, Plan, line_said

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Where a plan may say that something is done.
DONE_IN = ("qpv", "perimeter", "commune")
# A plan may ask for so much more than there is: figures are rounded.
ROUNDED = 1e-6


class Done(NamedTuple):
    """A line of a plan, its number from 1, and the place of its zone in the basis."""

    line: Line
    number: int
    zone: int


class Layers(NamedTuple):
    """Layers by id: central (zones,), by draw (zones, draws), and where they are touched (zones,).

    NaN where a layer, or its draws, are unknown. Layers that nothing touches are not in `touched`.
    """

    central: Mapping[str, Floats]
    drawn: Mapping[str, Floats]
    touched: Mapping[str, Bools]


def located(basis: Basis, plan: Plan) -> list[Done]:
    """Return the lines of a plan with their zones; those of quantity 0 are not among them.

    Raises:
        UnknownName: a zone that is not in the release; BadInput: more than there is ground for.
    """
    places = {name: _zone(basis, name, where) for name, where in _first_lines(plan).items()}
    done = [
        Done(line, at, places[line.zone])
        for at, line in enumerate(plan.lines, 1)
        if line.quantity > 0
    ]
    _check_ground(basis, done)
    return done


def _first_lines(plan: Plan) -> dict[str, str]:
    """Return what the first line that names each zone is called."""
    found: dict[str, str] = {}
    for at, line in enumerate(plan.lines, 1):
        found.setdefault(line.zone, line_said(at, line.measure))
    return found


def _zone(basis: Basis, text: str, where: str) -> int:
    """Return the place of the zone of that id, of that name, or of the only one that begins so."""
    wanted = text.casefold()
    hits = [i for i, name in enumerate(basis.zones) if name.casefold() == wanted]
    hits = hits or [i for i, name in enumerate(basis.names) if name.casefold() == wanted]
    hits = hits or [i for i, name in enumerate(basis.names) if name.casefold().startswith(wanted)]
    if len(hits) > 1:
        codes = " ou ".join(basis.zones[i] for i in hits[:3])
        raise UnknownName(f"{where} : plusieurs zones s'appellent {text!r} ; donnez {codes}.")
    if not hits:
        near = difflib.get_close_matches(text, [*basis.zones, *basis.names], n=2, cutoff=0.5)
        some = [z for z, kind in zip(basis.zones, basis.kinds, strict=True) if kind == "qpv"][:6]
        hint = f"vouliez-vous dire {' ou '.join(near)} ?" if near else f"il y a {', '.join(some)}."
        raise UnknownName(f"{where} : aucune zone {text!r} dans cette livraison ; {hint}")
    if basis.kinds[hits[0]] not in DONE_IN:
        raise BadInput(
            f"{where} : {text!r} n'est pas un quartier ; donnez un quartier ou une commune."
        )
    return hits[0]


def _check_ground(basis: Basis, done: Sequence[Done]) -> None:
    """Refuse a plan for which a zone has not the ground."""
    unknown = np.full(len(basis.zones), np.nan)
    ground = basis.layers.get("zone_ground", unknown)
    for zone in dict.fromkeys(x.zone for x in done):
        here = [x for x in done if x.zone == zone]
        amounts: dict[tuple[str, str], float] = {}
        for x in here:
            measure, quantity = x.line.measure, x.line.quantity
            if measure.unit == "m**2" and quantity > ground[zone] * (1 + ROUNDED):
                raise BadInput(
                    f"{line_said(x.number, measure)} : {number(quantity)} m² ; "
                    f"{basis.names[zone]} a {number(ground[zone])} m² de sol en tout."
                )
            for c in measure.changes:
                key = (c.layer, c.within)
                amounts[key] = amounts.get(key, 0.0) + quantity * c.each.central
        for (name, within), amount in amounts.items():
            layer, most = (basis.layers.get(n, unknown)[zone] for n in (name, within))
            room = max(layer if amount < 0 else most - layer, 0.0)
            if abs(amount) > room * (1 + ROUNDED):
                behind = (x.line.measure for x in here if name in _layers_of(x.line.measure))
                verb, there = ("retire", "compte") if amount < 0 else ("ajoute", "a place pour")
                raise BadInput(
                    f"{basis.names[zone]} : ce plan {verb} {number(abs(amount))} m² à "
                    f"« {LAYERS[name].label} » ; d'après la livraison, ce lieu {there} "
                    f"{number(room)} m² : réduisez {_listed(behind)}."
                )


def _layers_of(measure: Measure) -> set[str]:
    return {change.layer for change in measure.changes}


def _listed(measures: Iterable[Measure]) -> str:
    return " ou ".join(f"« {label} »" for label in dict.fromkeys(m.label for m in measures))


def today(basis: Basis) -> Layers:
    """Return the layers as they are."""
    shape = (len(basis.zones), basis.draws)
    unknown = np.full(shape, np.nan)
    drawn = {name: basis.layer_draws.get(name, unknown) for name in basis.layers}
    return Layers(basis.layers, drawn, {})


def with_plan(basis: Basis, done: Sequence[Done], before: Layers) -> Layers:
    """Return the layers once a plan has reached its full effect.

    Raises:
        BadInput: a place that is far from its zone.
    """
    return _opened(basis, done, _built(basis, done, before))


def _built(basis: Basis, done: Sequence[Done], before: Layers) -> Layers:
    """Return the layers once what changes the ground is there.

    What is done in a neighbourhood is done in its communes and in the agglomeration too. Measures
    come in the order of the catalogue: that of the lines is nothing.
    """
    central, drawn = dict(before.central), dict(before.drawn)
    touched: dict[str, Bools] = {}
    zones = len(basis.zones)
    for measure in MEASURES:
        own = np.zeros(zones)
        for x in done:
            own[x.zone] += x.line.quantity if x.line.measure is measure else 0.0
        if not measure.changes or not own.any():
            continue
        quantity = (basis.holds * own).sum(axis=1)
        for c in measure.changes:
            for name in (c.layer, c.within):
                central.setdefault(name, np.full(zones, np.nan))
                drawn.setdefault(name, np.full((zones, basis.draws), np.nan))
            touched[c.layer] = touched.get(c.layer, np.zeros(zones, dtype=bool)) | (quantity > 0)
        each = each_drawn(measure, strengths(measure.id, basis.seed, basis.draws))
        central |= applied(central, measure, quantity)
        drawn |= applied(drawn, measure, quantity[:, None], each)
    return Layers(central, drawn, touched)


def opens(line: Line) -> tuple[str, ...]:
    """Return the kinds of places that a line opens: a green space counts from some size on."""
    large = line.measure.unit != "m**2" or line.quantity >= GREEN_SPACE_M2
    return tuple(kind for kind in line.measure.opens if large or kind != "green_space")


def walked_to(line: Line) -> bool:
    """Return whether a line opens a place, and says where."""
    return line.lon is not None and bool(opens(line))


def _opened(basis: Basis, done: Sequence[Done], built: Layers) -> Layers:
    """Return the layers once places are open where the plan says."""
    spots = [spot for x in done if walked_to(x.line) for spot in _spots(basis, x)]
    if not spots:
        return built
    central, drawn, touched = dict(built.central), dict(built.drawn), dict(built.touched)
    gained = new_place.gains(basis.cells, spots, basis.seed, basis.draws)
    for name, (gain, gain_drawn) in gained.items():
        if name not in central:
            continue
        moved = (gain != 0) | (gain_drawn != 0).any(axis=1)
        touched[name] = touched.get(name, np.zeros_like(moved)) | moved
        counted = LAYERS[name].kind == "extensive"
        for into, more in ((central, gain), (drawn, gain_drawn)):
            if counted:  # nobody is counted twice
                most = np.maximum(into["population"], into[name])
                into[name] = np.minimum(into[name] + more, most)
            else:
                into[name] = into[name] * (1.0 + more)
    return Layers(central, drawn, touched)


def _spots(basis: Basis, x: Done) -> list[new_place.Spot]:
    line = x.line
    assert line.lon is not None and line.lat is not None  # noqa: S101, PT018 (given together)
    where = new_place.in_metres(line.lon, line.lat)
    away = new_place.metres_from(basis.cells, x.zone, *where)
    if away > new_place.FAR_M:
        raise BadInput(
            f"{line_said(x.number, line.measure)} : le point ({line.lon:g}, {line.lat:g}) est à "
            f"{number(away / 1_000)} km de {basis.names[x.zone]} ; vérifiez lon et lat."
        )
    return [new_place.Spot(kind, *where) for kind in opens(line)]
