"""What the public API answers: rows, pages of rows, and refusals."""

import datetime as dt
from typing import Any

from ninja import Schema
from pydantic import Field


class Problem(Schema):
    """Why there is no answer."""

    code: str
    description: str


class Answer(Schema):
    """Rows, how many there are in all, where more of them are, and what one must say of them."""

    count: int
    next: str | None
    prev: str | None
    licence: str
    attribution: str


class TerritoryRow(Schema):
    """An agglomeration, and the release that is shown first."""

    territory: str = Field(examples=["999000001"])
    name: str
    release: str


class SourceRow(Schema):
    """A file that a release was made from."""

    id: str
    label: str
    producer: str
    licence: str
    vintage: str
    sha256: str
    page: str


class ReleaseRow(Schema):
    """A release: what it was made with, and when it was opened."""

    release: str
    territory: str
    name: str
    generation: str
    code_version: str
    draws: int
    seed: int
    fictive: bool
    opened_on: dt.date
    sha256: str
    bbox: list[float] = Field(min_length=4, max_length=4)
    licences: list[str]
    sources: list[SourceRow]


class ZoneRow(Schema):
    """A zone, without its outline."""

    zone: str
    kind: str
    kind_label: str
    name: str
    communes: list[str]
    bbox: list[float] = Field(min_length=4, max_length=4)


class IndicatorRow(Schema):
    """An indicator as it was declared."""

    indicator: str
    label: str
    unit: str
    unit_label: str
    component: str
    component_label: str
    direction: int
    hazards: list[str]
    reading: str
    reference: str
    definition: str
    formula: str
    sources: list[str]


class ValueRow(Schema):
    """A value, its interval, its gap to the agglomeration, and what makes its doubt."""

    zone: str
    indicator: str
    unit: str
    unit_label: str
    scenario: str
    horizon: str
    central: float | None
    low: float | None
    high: float | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    imputed_share: float | None
    n_cells: int
    availability: float | None
    method: str
    method_label: str
    var_measurement: float | None
    var_secrecy: float | None
    var_transfer: float | None
    reason: str


class ScoreRow(Schema):
    """A score of a neighbourhood for an index or one of its components; ranks from eight on."""

    zone: str
    index: str
    component: str
    reference: str
    central: float | None
    low: float | None
    high: float | None
    method_low: float | None
    method_high: float | None
    rank: float | None
    rank_low: float | None
    rank_high: float | None
    rank_method_low: float | None
    rank_method_high: float | None
    vulnerability_class: float | None
    p_class_1: float | None
    p_class_2: float | None
    p_class_3: float | None
    p_class_4: float | None
    core: bool
    gap_epci: float | None
    gap_epci_low: float | None
    gap_epci_high: float | None
    gap_peers: float | None
    gap_peers_low: float | None
    gap_peers_high: float | None
    availability: float | None
    reason: str


class Territories(Answer):
    """Part of the territories."""

    items: list[TerritoryRow]


class Releases(Answer):
    """Part of the releases."""

    items: list[ReleaseRow]


class Zones(Answer):
    """Part of the zones."""

    items: list[ZoneRow]


class Indicators(Answer):
    """Part of the indicators."""

    items: list[IndicatorRow]


class Values(Answer):
    """Part of the values."""

    items: list[ValueRow]


class Scores(Answer):
    """Part of the scores."""

    items: list[ScoreRow]


class Collection(Schema):
    """Zones as GeoJSON."""

    type: str = Field(examples=["FeatureCollection"])
    licence: str
    attribution: str
    features: list[dict[str, Any]]
