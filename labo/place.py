"""What a kind of place is: where one may walk to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labo.declared import Declared
from labo.source import datasets

if TYPE_CHECKING:  # what only lists declarations need not wait for geopandas
    import geopandas as gpd

    Choice = Callable[[gpd.GeoDataFrame], "gpd.pd.Series[bool]"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A kind of place.

    `choices` says, for each dataset that knows such places, which of its rows they are. The files
    that are at hand are put together: a kind is known as soon as one of them is there.
    """

    id: str
    label: str
    definition: str
    choices: Mapping[str, Choice]

    @property
    def source_ids(self) -> list[str]:
        """The declared sources (every vintage) that can hold such places."""
        known = datasets()
        return [source.id for dataset in self.choices for source in known[dataset]]

    def as_json(self) -> dict[str, Any]:
        """Return the stable public description."""
        return {
            "id": self.id,
            "label": self.label,
            "definition": self.definition,
            "sources": self.source_ids,
        }


PLACES: Declared[Place] = Declared("place")


def place(
    *, label: str, choices: Mapping[str, Choice]
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Declare the decorated function as a kind of place: its name is the id.

    Its docstring is the definition, in French; it has no body.

    Raises:
        TypeError: something required is missing.
    """

    def declare(named: Callable[[], None]) -> Callable[[], None]:
        if not named.__doc__ or not label or not choices:
            raise TypeError(
                f"place {named.__name__!r} needs a label, a docstring and the datasets it is in"
            )
        definition = " ".join(named.__doc__.split())
        PLACES.add(Place(id=named.__name__, label=label, definition=definition, choices=choices))
        return named

    return declare
