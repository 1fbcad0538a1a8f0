"""One agglomeration as the writers of its files see it: where they write, and whom they count."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from labo.demo.city import City
from labo.demo.field import Floats
from labo.demo.truth import Zone, zone_members


@dataclass(frozen=True)
class Site:
    """A territory of the mirror that is being written.

    A theme (land cover, hazards, …) is a module with SOURCES, which names its files, and
    `write(site)`, which adds this territory to them and returns its rows of truth.
    """

    directory: Path
    """Where the files go; a file may hold earlier territories already."""
    territory: str
    city: City
    number: int
    """Of the territory, from 0."""
    codes: list[str]
    """INSEE code of each commune, by its number in `city.commune`."""
    iris: list[str]
    """Code of each IRIS, by its number in `city.iris`."""
    zones: list[Zone]
    key: list[int]
    """Seed of everything that is drawn; add a number of your own."""

    def truth_by_residents(
        self, indicator: str, values: Floats, *, known: Floats | None = None
    ) -> pd.DataFrame:
        """Return the mean of `values` over the residents in fiscal households of each zone.

        Args:
            indicator: its id.
            values: per household, shape (households,).
            known: weight of each household besides its residents (0 leaves it out).
        """
        residents: Floats = np.bincount(
            np.maximum(self.city.persons.household, 0),
            self.city.persons.fiscal_weight * (self.city.persons.household >= 0),
            len(self.city.households.x),
        ).astype(np.float64)
        weight = residents * (1.0 if known is None else known)
        return self.truth_by_households(indicator, values, weight)

    def truth_by_households(self, indicator: str, values: Floats, weight: Floats) -> pd.DataFrame:
        """Return the weighted mean of `values` (households,) over each zone's households."""
        households = self.city.households
        rows = []
        for zone in self.zones:
            inside = zone_members(zone, self.city, households.x, households.y, households.building)
            whole = weight[inside].sum()
            if whole > 0:
                rows.append(self.row(zone, indicator, (values * weight)[inside].sum() / whole))
        return pd.DataFrame(rows)

    def row(self, zone: Zone, indicator: str, value: float) -> dict[str, object]:
        """Return one row of truth/indicators.csv, about residents in fiscal households."""
        return {
            "territory": self.territory,
            "zone_kind": zone.kind,
            "generation": zone.generation,
            "zone": zone.code,
            "concept": "fiscal",
            "indicator": indicator,
            "value": round(float(value), 8),
        }
