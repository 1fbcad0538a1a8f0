"""Mistakes of other tools, each with a test of its name; the others stand where they belong:

`test_rates_are_not_averaged_without_weights` (zones' fields), `test_class_bounds_never_overlap`
(pictures), `test_one_ensemble_member_is_refused` (climate),
`test_commune_level_climate_is_not_a_difference_between_neighbourhoods` (climate layers),
`test_missing_is_not_turned_into_zero` (water and air),
`test_consecutive_vintages_are_not_read_as_a_trend` (climate, bridge),
`test_coverage_of_a_source_is_not_assumed` (heat and ground).
"""

from labo.catalogue import INDICATORS, LAYERS
from labo.way import Climate, Official


def test_coefficients_have_a_range() -> None:
    """No stated error is a bare number: it has bounds, a reference and a grade."""
    stated = [x for x in LAYERS if x.error is not None]
    assert len(stated) > 20
    for x in stated:
        assert x.error is not None
        assert x.error.low < x.error.central < x.error.high, x.id


def test_a_winsorised_mean_is_not_called_a_median() -> None:
    mean = INDICATORS["mean_standard_of_living"]
    assert "winsoris" in mean.label
    assert "pas une médiane" in mean.definition
    assert "médian" not in mean.reading
    for x in INDICATORS:
        if "médian" in x.label:
            # A median is published as one, or found among walks; no ratio of sums is one.
            assert len(x.layers) == 1
            layer = LAYERS[x.layers[0]]
            assert isinstance(layer.carried, Official) or layer.kind == "field"


def test_climate_to_come_is_no_exposure_of_a_neighbourhood() -> None:
    """It is a hazard, and it is told of the agglomeration."""
    told = [x for x in INDICATORS if isinstance(LAYERS[x.layers[0]].carried, Climate)]
    assert {x.component for x in told} <= {"hazard"}
