"""City forms: what a synthetic agglomeration looks like is declared here, not coded."""

from collections.abc import Mapping
from dataclasses import dataclass

from labo.errors import BadInput

FABRICS = (
    "old_centre", "terraces", "detached", "residences", "estate", "village", "scattered",
)  # fmt: skip
"""Urban fabrics that hold residents, from the densest kind of parcel to the open country."""

_SHARE_FIELDS = (
    "qpv_share", "second_home_share", "vacancy_share", "non_fiscal_share", "open_share",
    "social_outside_share", "estate_social_share", "count_missing_share", "count_wrong_share",
    "floors_missing_share", "height_missing_share", "use_wrong_share", "absent_share",
    "demolished_share", "subdivided_share", "population_turnover",
)  # fmt: skip


class BadForm(BadInput, ValueError):
    """A form, or a request for a city, that nothing could be built from."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """The parameters that generate one kind of city. Shares are fractions between 0 and 1.

    Required parameters differ from one form to the next; the others have the value of an ordinary
    French agglomeration of western France.
    """

    label: str
    """French name, shown in summaries."""
    residents_by_fabric: Mapping[str, float]
    """Relative number of residents in each of `FABRICS`; normalised, zero is allowed."""
    residents_per_km2: float
    """Residents of the whole agglomeration per km2, countryside included."""
    qpv_share: float
    """Share of residents inside the 2024 perimeters."""
    residents_per_qpv: float = 2_400.0
    """Mean size of a QPV, which decides how many there are."""
    qpv_count: int | None = None
    """Exact number of QPVs where the form fixes it."""
    elongation: float = 1.15
    """Long axis over short axis of the urban footprint."""
    coast: bool = False
    """The sea on one side."""
    estate_ring: tuple[float, float] = (0.45, 0.95)
    """Where estates stand, as fractions of the urban radius."""
    estate_floors: tuple[int, int] = (4, 10)
    """Range of the typical number of floors of an estate's bars."""
    block_size: float = 120.0
    """Mean side of a street block, metres."""
    street_disorder: float = 0.13
    """Random displacement of a crossroads as a fraction of the block size (0 is a chessboard)."""
    communes: int = 8
    """Communes for 150,000 residents."""
    open_share: float = 0.14
    """Share of urban blocks without dwellings: schools, shops, parks, industry."""
    centre_wealth: float = 0.0
    """Wealth gradient: above 0 the centre is the wealthier part, below 0 the outskirts are."""
    segregation: float = 1.0
    """Amplitude of the smooth spatial fields of wealth and age."""
    ageing: float = 0.10
    """Shift of household types towards older people (log-odds)."""
    estate_wealth: float = -0.29
    """Mean effect of living in an estate on the logarithm of the standard of living."""
    estate_wealth_spread: float = 0.08
    """Standard deviation of that effect between estates."""
    estate_social_share: float = 0.86
    """Mean share of an estate's buildings that belong to a social landlord."""
    social_outside_share: float = 0.32
    """The same for small collective buildings outside the estates."""
    subdivided_share: float = 0.10
    """Share of terraced houses divided into flats."""
    vacancy_share: float = 0.07
    second_home_share: float = 0.02
    non_fiscal_share: float = 0.03
    """Residents who belong to no fiscal household."""
    count_missing_share: float = 0.10
    """BD TOPO: residential buildings whose number of dwellings is missing."""
    count_wrong_share: float = 0.12
    """BD TOPO: residential buildings whose number of dwellings is wrong."""
    floors_missing_share: float = 0.15
    height_missing_share: float = 0.06
    use_wrong_share: float = 0.05
    absent_share: float = 0.012
    """BD TOPO: residential buildings too recent to be in the file."""
    demolished_share: float = 0.006
    """BD TOPO: buildings still in the file that no longer stand."""
    population_turnover: float = 0.35
    """How much of the 2015 perimeters was redrawn in 2024."""

    def __post_init__(self) -> None:
        """Refuse, in one sentence, a form that could not generate a city.

        Raises:
            BadForm: a parameter is outside its range.
        """
        unknown = sorted(set(self.residents_by_fabric) - set(FABRICS))
        if unknown:
            raise BadForm(
                f"Unknown fabric {unknown[0]!r} in residents_by_fabric: use {', '.join(FABRICS)}."
            )
        if min(self.residents_by_fabric.values(), default=-1.0) < 0 or not self.share("estate"):
            raise BadForm(
                "residents_by_fabric needs weights of 0 or more, and above 0 for 'estate'."
            )
        for name in _SHARE_FIELDS:
            value = getattr(self, name)
            if not 0 <= value < 1:
                raise BadForm(f"{name} is {value!r}: give a fraction between 0 and 1.")
        low, high = self.estate_ring
        if not 0 <= low < high:
            raise BadForm(f"estate_ring is {self.estate_ring!r}: give (low, high), low < high.")
        if not 60 <= self.block_size <= 250:
            raise BadForm(f"block_size is {self.block_size!r} m: give 60 to 250.")
        if not 0 <= self.street_disorder <= 0.2:
            raise BadForm(f"street_disorder is {self.street_disorder!r}: give 0 to 0.2.")
        if not 50 <= self.residents_per_km2 <= 2_500:
            raise BadForm(f"residents_per_km2 is {self.residents_per_km2!r}: give 50 to 2,500.")
        if self.communes < 2 or self.elongation < 1 or (self.qpv_count or 1) < 1:
            raise BadForm("A form needs communes >= 2, elongation >= 1 and qpv_count >= 1.")

    def share(self, fabric: str) -> float:
        """Share of residents (0-1) that live in a fabric."""
        total = sum(self.residents_by_fabric.values())
        return self.residents_by_fabric.get(fabric, 0.0) / total if total else 0.0


FORMS: dict[str, Form] = {
    "compact_centre": Form(
        label="centre compact",
        residents_by_fabric={
            "old_centre": 0.16,
            "terraces": 0.20,
            "detached": 0.23,
            "residences": 0.13,
            "estate": 0.125,
            "village": 0.06,
            "scattered": 0.095,
        },
        residents_per_km2=440,
        qpv_share=0.105,
        centre_wealth=0.25,
    ),
    "edge_estates": Form(
        label="grands ensembles en lisière",
        residents_by_fabric={
            "old_centre": 0.07,
            "terraces": 0.16,
            "detached": 0.31,
            "residences": 0.13,
            "estate": 0.17,
            "village": 0.06,
            "scattered": 0.10,
        },
        residents_per_km2=480,
        qpv_share=0.14,
        residents_per_qpv=3_400,
        estate_ring=(0.75, 1.15),
        estate_floors=(5, 12),
        count_wrong_share=0.16,
        count_missing_share=0.14,
        estate_wealth_spread=0.10,
    ),
    "garden_suburb": Form(
        label="ville pavillonnaire",
        residents_by_fabric={
            "old_centre": 0.04,
            "terraces": 0.12,
            "detached": 0.47,
            "residences": 0.12,
            "estate": 0.10,
            "village": 0.06,
            "scattered": 0.09,
        },
        residents_per_km2=420,
        qpv_share=0.085,
        residents_per_qpv=2_100,
        estate_floors=(3, 6),
        block_size=132,
        centre_wealth=-0.25,
        subdivided_share=0.06,
        count_missing_share=0.07,
        count_wrong_share=0.08,
    ),
    "coastal_strip": Form(
        label="littoral",
        residents_by_fabric={
            "old_centre": 0.08,
            "terraces": 0.17,
            "detached": 0.34,
            "residences": 0.16,
            "estate": 0.11,
            "village": 0.05,
            "scattered": 0.09,
        },
        residents_per_km2=410,
        qpv_share=0.09,
        elongation=2.4,
        coast=True,
        estate_ring=(0.35, 0.9),
        second_home_share=0.17,
        ageing=0.40,
        count_missing_share=0.12,
    ),
    "small_town": Form(
        label="petite ville",
        residents_by_fabric={
            "old_centre": 0.09,
            "terraces": 0.20,
            "detached": 0.32,
            "residences": 0.06,
            "estate": 0.11,
            "village": 0.08,
            "scattered": 0.14,
        },
        residents_per_km2=230,
        qpv_share=0.09,
        qpv_count=1,
        communes=6,
        estate_floors=(3, 5),
        ageing=0.25,
        social_outside_share=0.38,
        count_missing_share=0.18,
        count_wrong_share=0.15,
    ),
}
"""City forms by id; a new form is one more entry."""
