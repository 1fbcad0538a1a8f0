"""What a layer is once it is brought to the zones of a territory."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.transfer import Cause

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Support:
    """What values rest on in each zone, all of shape (zones,).

    method: how they were carried, a key of `labo.words.METHODS`. imputed_share: of residents.
    n_cells: how many source areas. available: share of what would be needed that was there.
    """

    method: Texts
    imputed_share: Floats
    n_cells: Ints
    available: Floats


@dataclass(frozen=True)
class ZoneLayer:
    """A layer per zone: central (zones,), draws by cause, and why it is empty where it is.

    `imputed` is the part of `central` that comes from imputed cells.
    """

    central: Floats
    draws: Mapping[Cause, Floats]
    reason: Texts
    imputed: Floats
    support: Support


def empty(zones: int, reason: str) -> ZoneLayer:
    """Return a layer of which nothing is known in any zone, and why."""
    nothing = np.full(zones, np.nan)
    support = Support(
        np.full(zones, "", dtype=object), nothing, np.zeros(zones, dtype=np.int64), np.zeros(zones)
    )
    return ZoneLayer(nothing, {}, np.full(zones, reason, dtype=object), nothing, support)
