"""Who has more of it, the poorer or the richer: the concentration curve, tenth by tenth.

The curve is made of cells, which say too much one by one: only ten points of it are shown, each
about a tenth of the residents, and none where the cells are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.http import HttpRequest
from django.utils.safestring import SafeString

from labo import release as engine
from labo import words
from labo.disparity import COUNTS, concentration
from labo.index_words import percent
from labo_web.releases.access import waiting_for
from labo_web.releases.charts import curve
from labo_web.releases.models import Indicator, Release

TENTHS = 10
# Ten cells in each tenth on average: no point of the curve is that of a single place.
FEWEST_CELLS = 10 * TENTHS


@dataclass(frozen=True)
class Shared:
    """The curve by tenths from the poorest: share of the whole that they hold, 0 to 1."""

    points: tuple[float, ...]
    index: float
    cells: int
    covered: float

    @property
    def drawing(self) -> SafeString:
        """The curve beside the line of equality."""
        return curve([(i / TENTHS, share) for i, share in enumerate(self.points)])

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The same, as a table."""
        return [
            (percent(i / TENTHS), words.figure(share, "1"))
            for i, share in enumerate(self.points)
            if i
        ]

    @property
    def sentence(self) -> str:
        """What the poorest fifth holds."""
        share = words.figure(self.points[2], "1")
        return (
            f"Les 20{words.NARROW}% d’habitants les plus modestes en ont {share} ; à parts égales, "
            f"ils en auraient 20{words.NARROW}%. Indice de concentration : "
            f"{words.figure(self.index, '')} (de −1, tout aux plus modestes, à 1, tout aux plus "
            "aisés)."
        )

    @property
    def note(self) -> str:
        """What the curve rests on."""
        return (
            f"Lu sur {words.figure(self.cells, 'resident')} carreaux comptés, où vivent "
            f"{percent(self.covered)} des habitants, rangés par niveau de vie moyen du carreau. "
            "Les carreaux imputés sont laissés de côté. Pas d’intervalle : les carreaux n’ont pas "
            "de tirages."
        )


def shared_out(request: HttpRequest, release: Release, x: Indicator) -> Shared | None:
    """Return the curve of an indicator; none for counts, for few cells, or where it would tell of
    a value that whoever asks may not see.
    """
    if x.unit in COUNTS or x.lowest is None:
        return None
    if any(name == x.name for _, _, name in waiting_for(request, [release])):
        return None
    return _shared(release.folder, x.name)


@lru_cache(2)
def _release(folder: Path) -> engine.Release:
    """Two at once: a release's cells take some tens of megabytes."""
    return engine.read(folder)


@lru_cache(256)
def _shared(folder: Path, name: str) -> Shared | None:
    found = _release(folder)
    x = next((x for x in found.catalogue["indicators"] if x["id"] == name), None)
    if x is None:
        return None
    told = concentration(found, x)
    if told["reason"] or told["cells"] < FEWEST_CELLS:
        return None
    people, amount = np.array(told["curve"]).T
    at = np.interp(np.linspace(0.0, 1.0, TENTHS + 1), people, amount)
    return Shared(tuple(at.tolist()), told["index"], told["cells"], told["covered"])
