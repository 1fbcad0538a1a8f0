"""How much cooler a neighbourhood's air is at night with a plan: the urban cooling model, in draws.

The formulas are those of `labo.cooling`. The mean of a neighbourhood's air is a weighted sum of
what each pixel around it mitigates, and what parks mitigate is a sum over kinds of ground:
convolutions are done once, and each draw of the coefficients is then some sums. The central value
is that of `labo.cooling` itself.

Nobody says where in the neighbourhood works are: they are spread over its ground. The result is a
difference of night air, at the scale of a neighbourhood: no degree of the day, of a surface, of a
dwelling or of what is felt, with which it is never added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labo import cooling, smoothing
from labo.changed_layers import quantile, strengths
from labo.converted_ground import Area, Made
from labo.difference import Effect, range_of
from labo.estimate import Estimate
from labo.ranges import NIL
from labo.surrounding_ground import Ground

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NAME, UNIT = "night_air", "kelvin"
DRAWS = 100
# A pixel is green, as part of a park, from this share of open ground and trees on.
GREEN_SHARE = 0.8
KINDS = ("trees", "open", "sealed")
# Reaches are tried at three levels, a quarter, half and a quarter of the draws.
LEVELS, LEVEL_BOUNDS = (0.125, 0.5, 0.875), (0.25, 0.75)
LEAST_M2 = 1e-9
SCOPE = "air, la nuit, en moyenne sur le quartier"
SAID = (
    "Air la nuit : modèle de rafraîchissement urbain, en moyenne sur le quartier, les travaux y "
    "étant répartis partout. Il ne dit rien du jour, ni de ce que l'on ressent, et ne s'ajoute à "
    "aucun autre degré. Ses coefficients et l'écart entre ville et campagne sont à vérifier ici ; "
    "une variante du même modèle, par densité bâtie, ne verrait aucun effet des arbres la nuit."
)


def _to_check(
    central: float, low: float, high: float, unit: str, scope: str, why: str = ""
) -> Estimate:
    reference = why or "Ordre de grandeur d'après les tables d'exemple du modèle, à vérifier"
    return Estimate(
        central=central,
        low=low,
        high=high,
        unit=unit,
        reference=reference,
        grade="to_check",
        scope=scope,
    )


class Coefficients(NamedTuple):
    """What a kind of ground does, 0 to 1 (kc may exceed it)."""

    shade: Estimate
    albedo: Estimate
    kc: Estimate


def _kind(
    name: str,
    shade: tuple[float, float, float],
    albedo: tuple[float, float, float],
    kc: tuple[float, float, float],
) -> Coefficients:
    return Coefficients(
        _to_check(*shade, "1", f"ombre d'arbres, {name}"),
        _to_check(*albedo, "1", f"part du soleil renvoyée, {name}"),
        _to_check(*kc, "1", f"coefficient cultural, {name}"),
    )


NO_SHADE = (0.0, 0.0, 0.0)
GROUNDS: Mapping[str, Coefficients] = {
    "trees": _kind("sous les arbres", (0.9, 0.8, 1.0), (0.18, 0.15, 0.22), (1.0, 0.8, 1.1)),
    "open": _kind("sol ouvert, herbe", NO_SHADE, (0.22, 0.18, 0.27), (0.7, 0.4, 0.9)),
    "sealed": _kind("sol revêtu, toit", NO_SHADE, (0.14, 0.1, 0.2), (0.1, 0.0, 0.2)),
}
# What measures make of sealed ground, by id of `labo.surfaces`.
MADE: Mapping[str, Coefficients] = {
    "light_roof": _kind("toit clair", NO_SHADE, (0.5, 0.3, 0.7), (0.1, 0.0, 0.2)),
    "light_asphalt": _kind("enrobé clair", NO_SHADE, (0.35, 0.25, 0.45), (0.1, 0.0, 0.2)),
    "thin_green_roof": _kind("toit planté mince", NO_SHADE, (0.2, 0.15, 0.25), (0.3, 0.1, 0.5)),
    "thick_green_roof": _kind("toit planté épais", NO_SHADE, (0.2, 0.15, 0.25), (0.6, 0.4, 0.8)),
    "grass_joints": _kind("pavés à joints enherbés", NO_SHADE, (0.2, 0.15, 0.3), (0.3, 0.2, 0.5)),
}
UHI_MAX = _to_check(
    3.0, 1.5, 5.0, "kelvin", "écart d'air entre ville et campagne, la nuit",
    "Ordre de grandeur d'une ville moyenne de l'Ouest par nuit d'été claire, à mesurer sur place",
)  # fmt: skip
PARK_REACH_M = _to_check(
    300.0, 100.0, 500.0, "meter", "jusqu'où un parc rafraîchit",
    "Ordre de grandeur des publications sur les parcs, à vérifier",
)  # fmt: skip
MIXING_M = _to_check(
    500.0, 300.0, 700.0, "meter", "rayon sur lequel l'air se mélange",
    "Ordre de grandeur des applications publiées du modèle, à vérifier",
)  # fmt: skip


class Works(NamedTuple):
    """Shares of a neighbourhood's ground that become something else.

    planted: of ground without trees, trees. opened: of sealed ground that is not planted, open.
    made: of what stays sealed, each surface of the plan.
    """

    planted: Floats
    opened: Floats
    made: Sequence[tuple[Made, Floats]]


def works_of(ground: Ground, grown: Mapping[str, Area], made: Sequence[Made], draws: int) -> Works:
    """Return what becomes of a neighbourhood's ground, central first, then by draw, (1 + draws,).

    What a plan does is spread over all the ground of the neighbourhood that there is for it.
    """
    here = ground.inside & ~np.isnan(ground.trees)
    sealed = float(ground.sealed[here].sum()) * ground.pixel_m**2
    bare = float(ground.open[here].sum()) * ground.pixel_m**2 + sealed

    def share(name: str, whole: float) -> Floats:
        area = grown.get(name)
        if area is None or not whole > 0:
            return np.zeros(1 + draws)
        return np.minimum(np.append(area.central, area.drawn[:draws]) / whole, 1.0)

    opened = share("grass", sealed)
    parts = [
        (x, np.minimum(x.area / np.maximum(sealed * (1 - opened), LEAST_M2), 1.0)) for x in made
    ]
    # More than all of what is sealed becomes nothing else.
    whole = np.maximum(sum((part for _, part in parts), np.zeros(1 + draws)), 1.0)
    return Works(share("trees", bare), opened, [(x, part / whole) for x, part in parts])


def cooled(
    zone: str, ground: Ground, grown: Mapping[str, Area], made: Sequence[Made], seed: int
) -> Effect:
    """Return how the night air of a neighbourhood changes, °C on its mean, less than 0 if cooler.

    Args:
        zone: its id.
        ground: what lies around it.
        grown: what `converted_ground.grown` says of it, by DRAWS draws at least.
        made: what `converted_ground.made` says.
        seed: of the draws.
    """
    draws = min([DRAWS, *(len(x.drawn) for x in grown.values())])
    works = works_of(ground, grown, made, draws)
    before, after = _capacities(works, seed, draws)
    if np.array_equal(before, after):
        return Effect(zone, NAME, UNIT, 1, NIL, np.zeros(draws))
    central = _central(ground, works, before[:, 0], after[:, 0])
    drawn = _drawn(ground, works, before[:, 1:], after[:, 1:], seed)
    return Effect(zone, NAME, UNIT, 1, range_of(central, drawn), drawn)


def _capacities(works: Works, seed: int, draws: int) -> tuple[Floats, Floats]:
    """Return the cooling capacity of each of KINDS, (kinds, 1 + draws), outside the works and
    within them: what stands there today, and what the plan puts in its place.
    """
    trees, bare, sealed = (_capacity(GROUNDS[kind], seed, draws) for kind in KINDS)
    hard = sealed
    for x, part in works.made:
        weak, strong = (_capacity(MADE[x.surfaces[end].id], seed, draws) for end in (0, -1))
        at = np.append(0.5, strengths(x.measure.id, seed, draws))
        hard = hard + part * (weak + at * (strong - weak) - sealed)
    kept, shut = 1 - works.planted, 1 - works.opened
    planted = works.planted * trees
    inside = [
        trees,
        planted + kept * bare,
        planted + kept * (works.opened * bare + shut * hard),
    ]
    return np.array([trees, bare, sealed]), np.array(inside)


def _capacity(x: Coefficients, seed: int, draws: int) -> Floats:
    """Return the cooling capacity of a kind of ground, central first, then by draw, (1 + draws,).

    Reference evapotranspiration is the same everywhere: its ratio to its maximum is 1.
    """
    shade, albedo, kc = (
        np.append(e.central, quantile(e, strengths(e.scope, seed, draws))) for e in x
    )
    return cooling.cooling_capacity(shade, albedo, kc)


def _fields(ground: Ground) -> Floats:
    """Return the share of each pixel by kind, (kinds, rows, columns), in the order of KINDS."""
    return np.array([ground.trees, ground.open, ground.sealed])


def _mixed(amounts: Floats, fields: Floats) -> Floats:
    """Return the sum of amounts × fields, (rows, columns); its bits are the same anywhere."""
    found: Floats = sum(a * field for a, field in zip(amounts, fields, strict=True))
    return found


def _green(ground: Ground, works: Works) -> tuple[Floats, Floats]:
    """Return which pixels are part of a park, 1 or 0, today and with the works at central values.

    NaN where unknown.
    """
    hard = np.where(
        ground.inside,
        ground.sealed * (1 - works.planted[0]) * (1 - works.opened[0]),
        ground.sealed,
    )
    before, after = (
        np.where(np.isnan(x), np.nan, (x <= 1 - GREEN_SHARE).astype(np.float64))
        for x in (ground.sealed, hard)
    )
    return before, after


def _central(ground: Ground, works: Works, outside: Floats, inside: Floats) -> float:
    """Return the difference at central values, by `labo.cooling` as it is."""
    fields = _fields(ground)
    today = _mixed(outside, fields)
    then = np.where(ground.inside, _mixed(inside, fields), today)
    means = []
    for capacity, green in zip((today, then), _green(ground, works), strict=True):
        mitigation = cooling.heat_mitigation(
            capacity, green, pixel_m=ground.pixel_m, reach_m=PARK_REACH_M.central
        )
        before_mixing = (1 - mitigation) * UHI_MAX.central
        air = cooling.averaged(before_mixing, MIXING_M.central / ground.pixel_m)
        means.append(float(np.nanmean(air[ground.inside])))
    return means[1] - means[0]


def _drawn(ground: Ground, works: Works, outside: Floats, inside: Floats, seed: int) -> Floats:
    """Return the difference by draw, (draws,): coefficients, reaches and the city's own heat."""
    draws = outside.shape[1]
    known = ~np.isnan(ground.trees)
    fields = np.where(known, _fields(ground), 0.0)
    green = _green(ground, works)
    heat = quantile(UHI_MAX, strengths(NAME, seed, draws))
    reach, mixing = (
        np.searchsorted(LEVEL_BOUNDS, strengths(e.scope, seed, draws))
        for e in (PARK_REACH_M, MIXING_M)
    )
    pixels = [
        [round(float(quantile(e, at)) / ground.pixel_m) for at in LEVELS]
        for e in (PARK_REACH_M, MIXING_M)
    ]
    weights = [
        smoothing.shares_of_mean(ground.inside, known, smoothing.decaying(radius))
        for radius in pixels[1]
    ]
    found = np.zeros(draws)
    for level, radius in enumerate(pixels[0]):
        at = np.flatnonzero(reach == level)
        if not len(at):
            continue
        # Nothing changes further from the neighbourhood than its parks reach.
        window = _window(ground.inside, smoothing.REACH * radius)
        parks = _within(_parks(ground, fields, green, radius), window)
        near, here = fields[..., *window], ground.inside[window]
        for k in at:
            today = _mixed(outside[:, k], near)
            then = np.where(here, _mixed(inside[:, k], near), today)
            park = _mixed(outside[:, k], parks.everywhere)
            around = _mixed(outside[:, k], parks.everywhere - parks.here)
            park_then = around + _mixed(inside[:, k], parks.here_then)
            more = np.where(parks.large_then & (park_then > then), park_then, then)
            more -= np.where(parks.large & (park > today), park, today)
            found[k] = -heat[k] * float((weights[mixing[k]][window] * more).sum())
    return found


def _window(inside: Bools, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of some pixels with a margin around them."""
    rows, columns = (np.flatnonzero(inside.any(axis=side)) for side in (1, 0))
    first, last = (
        slice(max(0, int(at[0]) - margin), int(at[-1]) + margin + 1) for at in (rows, columns)
    )
    return first, last


class _Parks(NamedTuple):
    """What green ground gives around it, by kind, (kinds, rows, columns): all of it, and that of
    the neighbourhood, today and with the works; and where there is enough of it.
    """

    everywhere: Floats
    here: Floats
    here_then: Floats
    large: Bools
    large_then: Bools


def _within(x: _Parks, window: tuple[slice, slice]) -> _Parks:
    return _Parks(
        x.everywhere[:, *window],
        x.here[:, *window],
        x.here_then[:, *window],
        x.large[window],
        x.large_then[window],
    )


def _parks(ground: Ground, fields: Floats, green: tuple[Floats, Floats], radius: int) -> _Parks:
    known = ~np.isnan(ground.trees)
    before, after = (np.nan_to_num(g) for g in green)
    same = np.array_equal(before, after)
    parts = [fields * before, fields * before * ground.inside]
    parts += [] if same else [fields * after * ground.inside]
    decaying = smoothing.decaying(radius)
    found = np.nan_to_num(smoothing.means(np.concatenate(parts), known, decaying))
    everywhere, here, here_then = (found[at : at + len(KINDS)] for at in (0, 3, 3 if same else 6))
    large = cooling.large_enough(green[0], radius, ground.pixel_m)
    then = large if same else cooling.large_enough(green[1], radius, ground.pixel_m)
    return _Parks(everywhere, here, here_then, large, then)
