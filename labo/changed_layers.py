"""What measures do to layers: so many units, one unit's effect at its central value or drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput
from labo.estimate import Estimate
from labo.measure import Measure

Floats = npt.NDArray[np.float64]

# Where the ends of an Estimate lie, when it is drawn: nine times out of ten inside.
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95


def applied(
    layers: Mapping[str, npt.ArrayLike],
    chosen: Measure,
    quantity: npt.ArrayLike,
    each: Sequence[npt.ArrayLike] | None = None,
) -> dict[str, Floats]:
    """Return the layers of zones once so many units of a measure have reached their full effect.

    Layers that the measure does not change come back as they are; NaN stays unknown. With a
    quantity of 0 nothing changes at all. A measure that takes something away (sealed ground) is cut
    to what there is of it.

    Args:
        layers: by id, (zones,) or (zones, draws), those that bound what changes included.
        chosen: a measure.
        quantity: of its unit, one for all or of a shape that goes with the layers.
        each: what one unit adds to the layer of each change, one for all or by draw, (draws,); the
            central values if not given.

    Raises:
        BadInput: a quantity below 0 or unknown, or a layer that is not given.
    """
    amount = np.asarray(quantity, dtype=np.float64)
    if not np.all(np.isfinite(amount)) or (amount < 0).any():
        raise BadInput(f"{quantity!r} {chosen.unit_label}: expected 0 or more.")
    found = {name: np.asarray(values, dtype=np.float64) for name, values in layers.items()}
    central = [change.each.central for change in chosen.changes]
    effects = [np.asarray(x, dtype=np.float64) for x in (central if each is None else each)]
    for change, effect in zip(chosen.changes, effects, strict=True):
        for name in (change.layer, change.within):
            if name not in found:
                raise BadInput(f"{chosen.id!r} changes {change.layer!r}: layer {name!r} is needed.")
        if change.each.central < 0:
            # What is taken away has to be there: no more of the measure fits than that.
            there = np.maximum(found[change.layer], 0.0)
            amount = np.minimum(amount, _per_unit(there, -effect))
    for change, effect in zip(chosen.changes, effects, strict=True):
        before = found[change.layer]
        # What already is beyond its bound is left there: a measure never takes anything back.
        most = np.maximum(found[change.within], before)
        least = np.minimum(before, 0.0)
        found[change.layer] = np.clip(before + amount * effect, least, most)
    return found


def _per_unit(there: Floats, taken: Floats) -> Floats:
    """Return how many units there is room for; no bound where a unit takes nothing."""
    there, taken = np.broadcast_arrays(there, taken)
    room: Floats = np.full(there.shape, np.inf)
    return np.divide(there, taken, out=room, where=(taken > 0) | np.isnan(there))


def each_drawn(chosen: Measure, strength: Floats) -> list[Floats]:
    """Return what one unit adds to the layer of each change, in each draw.

    All the effects of a measure are strong, or weak, together: ground that is opened more sheds
    more of what falls on it, and never the one without the other.

    Args:
        chosen: a measure.
        strength: from 0 (it does least) to 1 (it does most), (draws,).
    """
    return [
        quantile(x.each, strength if x.each.central >= 0 else 1.0 - strength)
        for x in chosen.changes
    ]


def quantile(x: Estimate, at: npt.ArrayLike) -> Floats:
    """Return the value of an estimate at a place between 0 and 1: low at 0.05, high at 0.95.

    Straight lines join the three values; beyond its ends it stays there.
    """
    places = np.asarray(at, dtype=np.float64)
    found: Floats = np.interp(places, (LOW, MIDDLE, HIGH), (x.low, x.central, x.high))
    return found


def strengths(name: str, seed: int, draws: int) -> Floats:
    """Return how strong what is named is in each draw, from 0 to 1, evenly spread, (draws,).

    It depends on the name, the seed and the number: two plans meet the same luck.
    """
    even = (np.arange(draws) + 0.5) / draws
    found: Floats = np.random.default_rng([seed, 7, *name.encode()]).permutation(even)
    return found
