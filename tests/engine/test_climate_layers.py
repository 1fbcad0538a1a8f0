"""The climate to come from the demo's file to the values of a territory, and units in sentences."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labo import demo, territory, words, zone_climate
from labo.catalogue import INDICATORS, LAYERS
from labo.diagnosis import Diagnosis
from labo.indicator import Indicator
from labo.mirror import open_mirror
from labo.ranges import ends
from labo.source import SourceFile
from labo.territory import Territory
from labo.way import Climate
from labo.words import change, figure, interval, quantity
from labo.zone_climate import Moment
from labo.zone_layer import ZoneLayer
from tests.engine.conftest import edited

DRAWS, SEED = 200, 3
EXPORT = "drias_tracc_2023.txt"
HORIZONS = ("1976-2005", "2030", "2050", "2100")
# The layer that each indicator of the climate to come reads.
CLIMATE = {
    x.id: x.layers[0] for x in INDICATORS if isinstance(LAYERS[x.layers[0]].carried, Climate)
}
ToCome = dict[Moment, dict[str, ZoneLayer]]


def to_come(mirror: Path, draws: int = DRAWS, seed: int = SEED) -> tuple[Territory, ToCome]:
    opened = open_mirror(mirror)
    place = territory.load(opened, "ville-temoin", generation="2024")
    files: list[SourceFile] = []
    return place, zone_climate.to_come(opened, place, files, seed, draws)


@pytest.fixture(scope="module")
def told(demo_mirror: Path) -> tuple[Territory, ToCome]:
    return to_come(demo_mirror)


@pytest.fixture
def changed(demo_mirror: Path, tmp_path: Path) -> Callable[[Callable[[str], str]], Path]:
    """Return a copy of the mirror whose export was changed."""

    def change_export(edit: Callable[[str], str]) -> Path:
        folder = edited(demo_mirror, tmp_path / "mirror")
        text = (folder / EXPORT).read_text("utf-8")
        (folder / EXPORT).write_text(edit(text), encoding="utf-8")
        return folder

    return change_export


def of(place: Territory, kind: str) -> Any:
    return (place.zones["kind"] == kind).to_numpy()


def exported(mirror: Path) -> pd.DataFrame:
    """The export as anybody would read it."""
    lines = (mirror / EXPORT).read_text("utf-8").splitlines()
    [header] = [line for line in lines if line.startswith("# Point;")]
    rows = [line.rstrip(";").split(";") for line in lines if not line.startswith("#")]
    return pd.DataFrame(rows, columns=header.removeprefix("# ").rstrip(";").split(";"))


def test_the_demo_says_that_it_is_fiction_in_the_producers_shape(demo_mirror: Path) -> None:
    text = (demo_mirror / EXPORT).read_text("utf-8")
    assert "données fictives" in text
    table = exported(demo_mirror)
    assert set(table["Niveau"]) == {"REF", "GWL15", "GWL20", "GWL30"}
    assert set(table["Quantile"]) == {"Q05", "Q50", "Q95"}
    assert not table.duplicated(["Point", "Niveau", "Quantile"]).any()


def test_agglomerations_share_one_export_without_a_point_twice(tmp_path: Path) -> None:
    demo.write(tmp_path, residents=2_000, territories=3)
    table = exported(tmp_path)
    assert not table.duplicated(["Point", "Niveau", "Quantile"]).any()
    assert (table.groupby("Point").size() == 12).all()
    header = [x for x in (tmp_path / EXPORT).read_text("utf-8").splitlines() if "Point;" in x]
    assert len(header) == 1
    truth = pd.read_csv(tmp_path / "truth" / "climate.csv", dtype={"zone": str})
    assert truth["territory"].nunique() == 3
    assert not truth.duplicated(["zone", "scenario", "horizon", "indicator"]).any()
    for number, name in enumerate(sorted(set(truth["territory"]))):
        opened = open_mirror(tmp_path)
        place = territory.load(opened, name, generation="2024")
        moments = zone_climate.to_come(opened, place, [], SEED, 20)
        assert len(moments) == 4, number
    # The truth of the climate is not among that of one value per zone.
    lines = (tmp_path / "truth" / "indicators.csv").read_text("utf-8").splitlines()
    assert "" not in lines
    assert not any("days_above_30" in line for line in lines)


def test_horizons_are_separate_moments(told: tuple[Territory, ToCome]) -> None:
    place, moments = told
    assert list(moments) == [("TRACC-2023", horizon) for horizon in HORIZONS]
    epci = of(place, "epci")
    for name in CLIMATE.values():
        values = [moments["TRACC-2023", horizon][name].central[epci][0] for horizon in HORIZONS]
        assert len(set(values)) == 4, name
    hot = [moments["TRACC-2023", h]["days_above_30"].central[epci][0] for h in HORIZONS]
    cold = [moments["TRACC-2023", h]["heating_degree_days"].central[epci][0] for h in HORIZONS]
    assert hot == sorted(hot)
    assert cold == sorted(cold, reverse=True)


@pytest.mark.parametrize("indicator", CLIMATE)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_low_median_and_high_come_back(
    indicator: str, horizon: str, told: tuple[Territory, ToCome], demo_mirror: Path
) -> None:
    place, moments = told
    layer = moments["TRACC-2023", horizon][CLIMATE[indicator]]
    truth = pd.read_csv(demo_mirror / "truth" / "climate.csv", dtype={"horizon": str})
    [true] = truth[(truth["indicator"] == indicator) & (truth["horizon"] == horizon)].to_dict(
        "records"
    )
    [at] = np.flatnonzero(of(place, "epci"))
    low, high = ends(layer.draws["all"][at])
    found = (low, layer.central[at], high)
    # The nearest point is up to 6 km away, where the climate differs by a percent or so; the file
    # has two decimals.
    assert found == pytest.approx([true[x] for x in ("low", "median", "high")], rel=0.02, abs=0.01)
    assert low < layer.central[at] < high
    assert layer.reason[at] == ""


@pytest.mark.parametrize("draws", [20, 40, 199, 200, 1_001])
@pytest.mark.parametrize(
    "range_of", [(2.0, 3.0, 9.0), (0.0, 0.0, 4.0), (0.0, 0.3, 0.4), (5.0, 5.0, 5.0), (-3, -1, 0.0)]
)
def test_quantiles_of_the_draws_are_those_of_the_ensemble(
    range_of: tuple[float, float, float], draws: int
) -> None:
    drawn = zone_climate._drawn(np.array(range_of, dtype=float), SEED, draws)
    assert drawn.shape == (draws,)
    assert ends(drawn, zone_climate.QUANTILES) == pytest.approx(range_of, abs=1e-12)
    if range_of[0] >= 0:
        assert drawn.min() >= 0


def test_draws_of_all_layers_are_in_one_order(told: tuple[Territory, ToCome]) -> None:
    """A simulation that is hot by day is hot by night: their draws rise together."""
    place, moments = told
    layers = moments["TRACC-2023", "2050"]
    [at] = np.flatnonzero(of(place, "epci"))
    by_day, by_night = (layers[x].draws["all"][at] for x in ("days_above_30", "nights_above_20"))
    assert np.corrcoef(by_day, by_night)[0, 1] > 0.95
    still = layers["days_above_30"].draws["transfer"][at]
    assert (still == still[0]).all()


def test_commune_level_climate_is_not_a_difference_between_neighbourhoods(
    told: tuple[Territory, ToCome], demo_diagnosis: Diagnosis
) -> None:
    place, moments = told
    elsewhere = ~of(place, "epci")
    assert of(place, "qpv").any()
    for layers in moments.values():
        for layer in layers.values():
            assert np.isnan(layer.central[elsewhere]).all()
            assert all(np.isnan(drawn[elsewhere]).all() for drawn in layer.draws.values())
            assert set(layer.reason[elsewhere]) == {zone_climate.NOT_HERE}
    values = demo_diagnosis.values[demo_diagnosis.values["indicator"].isin(CLIMATE)]
    kinds = values["zone"].map(dict(zip(place.zones["zone"], place.zones["kind"], strict=True)))
    assert set(kinds[values["reason"] == ""]) == {"epci"}
    assert values.loc[kinds == "qpv", ["central", "low", "high"]].isna().all(axis=None)


def test_values_carry_their_reference_system_and_horizon(demo_diagnosis: Diagnosis) -> None:
    values = demo_diagnosis.values[demo_diagnosis.values["indicator"].isin(CLIMATE)]
    assert set(values["indicator"]) == set(CLIMATE)
    assert set(values["scenario"]) == {"TRACC-2023"}
    assert set(values["horizon"]) == set(HORIZONS)
    known = values[values["reason"] == ""]
    assert len(known) == len(CLIMATE) * len(HORIZONS)
    assert (known["low"] < known["central"]).all()
    assert (known["central"] < known["high"]).all()
    assert set(known["method"]) == {"climate"}
    assert "climate" in words.METHODS_AT_LENGTH


def empty_everywhere(moments: ToCome, place: Territory, reason: str) -> None:
    [(moment, layers)] = moments.items()
    assert moment == ("present", "present")
    assert set(layers) == set(CLIMATE.values())
    for layer in layers.values():
        assert np.isnan(layer.central).all()
        assert len(layer.central) == len(place.zones)
        assert set(layer.reason) == {reason}


def test_a_mirror_without_the_file_gives_empty_values_with_the_reason(
    demo_mirror: Path, tmp_path: Path
) -> None:
    folder = edited(demo_mirror, tmp_path / "mirror")
    text = (folder / "mirror.toml").read_text("utf-8")
    blocks = [block for block in text.split("\n[") if not block.startswith("sources.drias_")]
    (folder / "mirror.toml").write_text("\n[".join(blocks), encoding="utf-8")
    place, moments = to_come(folder)
    assert moments == {}
    unknown = {zone_climate.UNTOLD: zone_climate.none_known(place)}
    empty_everywhere(unknown, place, "aucun fichier drias_indicators")


def test_an_export_of_another_area_gives_empty_values_with_the_reason(
    changed: Callable[[Callable[[str], str]], Path],
) -> None:
    def moved(text: str) -> str:
        rows = [line.split(";") for line in text.splitlines()]
        for row in rows:
            if not row[0].startswith("#"):
                row[1] = f"{float(row[1]) - 4:.4f}"
        return "\n".join(";".join(row) for row in rows)

    place, moments = to_come(changed(moved))
    empty_everywhere(moments, place, zone_climate.NO_POINT)
    assert "aucun point" in zone_climate.NO_POINT
    assert zone_climate.NO_POINT.endswith("autour du territoire")


def test_two_reference_systems_in_one_file_stay_apart(
    changed: Callable[[Callable[[str], str]], Path],
) -> None:
    """Two systems, one of them with two scenarios, for the same points and the same horizon."""

    def with_another(text: str) -> str:
        lines = text.splitlines()
        [header] = [x for x in lines if x.startswith("# Point;")]
        about = "# Jeu de données : DRIAS-2020 (12 simulations)"
        other = [about, header.replace(";Niveau;", ";Contexte;Niveau;")]
        for line in lines:
            cells = line.split(";")
            if line.startswith("#") or cells[3] != "GWL20":
                continue
            for scenario, factor in (("RCP4.5", 2.0), ("RCP8.5", 3.0)):
                values = [f"{factor * float(x):.4f}" for x in cells[5:-1]]
                other.append(";".join([*cells[:3], scenario, "H2", cells[4], *values, ""]))
        return "\n".join([*lines, *other])

    place, moments = to_come(changed(with_another))
    others = {("DRIAS-2020 RCP4.5", "2041-2070"), ("DRIAS-2020 RCP8.5", "2041-2070")}
    assert set(moments) == {("TRACC-2023", horizon) for horizon in HORIZONS} | others
    [at] = np.flatnonzero(of(place, "epci"))
    tracc = moments["TRACC-2023", "2050"]["days_above_30"].central[at]
    for scenario, factor in (("RCP4.5", 2.0), ("RCP8.5", 3.0)):
        drias = moments[f"DRIAS-2020 {scenario}", "2041-2070"]["days_above_30"].central[at]
        assert drias == pytest.approx(factor * tracc)


def test_each_reference_system_has_its_own_nearest_point(
    changed: Callable[[Callable[[str], str]], Path],
) -> None:
    """A system whose points are farther than the other's is told all the same."""

    def with_farther(text: str) -> str:
        lines = text.splitlines()
        [header] = [x for x in lines if x.startswith("# Point;")]
        rows = [x for x in lines if not x.startswith("#")]
        latitude = {x.split(";")[0]: float(x.split(";")[1]) for x in rows}
        north = max(latitude, key=lambda point: latitude[point])
        kept = [x for x in rows if x.startswith(north)]
        return "\n".join([*lines, "# Jeu de données : DRIAS-2020", header, *kept])

    _, moments = to_come(changed(with_farther))
    assert {scenario for scenario, _ in moments} == {"TRACC-2023", "DRIAS-2020"}


def test_the_median_alone_is_no_ensemble(
    changed: Callable[[Callable[[str], str]], Path],
) -> None:
    def median(text: str) -> str:
        return "\n".join(x for x in text.splitlines() if not {"Q05", "Q95"} & set(x.split(";")))

    place, moments = to_come(changed(median))
    for layers in moments.values():
        for layer in layers.values():
            assert np.isnan(layer.central).all()
            assert set(layer.reason[of(place, "epci")]) == {zone_climate.NO_RANGE}


def test_a_column_declared_absent_is_empty_and_the_others_are_not(
    changed: Callable[[Callable[[str], str]], Path],
) -> None:
    folder = changed(lambda text: text.replace("NORTXHWD_yr", "AUTRE"))
    text = (folder / "mirror.toml").read_text("utf-8")
    block = "[sources.drias_tracc_2023]"
    (folder / "mirror.toml").write_text(
        text.replace(block, f'{block}\nabsent_columns = ["NORTXHWD_yr"]'), encoding="utf-8"
    )
    place, moments = to_come(folder)
    [at] = np.flatnonzero(of(place, "epci"))
    layers = moments["TRACC-2023", "2050"]
    assert layers["heat_wave_days"].reason[at] == "non donné par drias_indicators"
    assert np.isnan(layers["heat_wave_days"].central[at])
    assert layers["days_above_30"].reason[at] == ""


def test_every_climate_layer_has_its_indicator_and_its_unit() -> None:
    assert set(CLIMATE.values()) == {x.id for x in LAYERS if isinstance(x.carried, Climate)}
    assert len(CLIMATE) == 8
    for name, layer in CLIMATE.items():
        x = INDICATORS[name]
        assert (x.component, x.direction) == ("hazard", 1)
        assert x.unit == LAYERS[layer].unit
        assert "1976-2005" in x.reference
        for said in ("bas (5 %)", "haut (95 %)", "référentiel", "agglomération seulement"):
            assert said in x.definition, name
        assert "agglomération" in x.reading


# Units in the words of a sentence.


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(12.4, "day", "12,4 jours"), (1.9, "day", "1,9 jour"), (1.96, "day", "2,0 jours"),
     (0.0, "day", "0,0 jour"), (1950.4, "kelvin * day", "1_950 degrés-jours"),
     (1.2, "kelvin * day", "1 degré-jour"), (27.44, "mm", "27,4_mm"), (3.2, "minute", "3 minutes"),
     (1.4, "minute", "1 minute"), (1.2, "kelvin", "1,2_°C"), (-1.25, "kelvin", "−1,2_°C"),
     (-0.01, "kelvin", "0,0_°C"), (8.44, "microgram / m**3", "8,4_µg/m³"),
     (23.4, "1 / km**2", "23 espèces"), (1.0, "1 / km**2", "1 espèce"),
     (0.28, "1 / year", "0,28 fois par an"), (12.34, "1 / kiloresident", "12,3"),
     (float("nan"), "day", "–"), (None, "minute", "–")],
)  # fmt: skip
def test_measures_in_a_sentence(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit) == text.replace(" ", "\u00a0").replace("_", words.NARROW).replace(
        "fois\u00a0par\u00a0an", "fois par an"
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(12.4, "day", "12,4_j"), (1950.4, "kelvin * day", "1_950_°C·j"), (27.44, "mm", "27,4_mm"),
     (3.2, "minute", "3_min"), (1.25, "kelvin", "1,2_°C"), (8.44, "microgram / m**3", "8,4_µg/m³"),
     (23.4, "1 / km**2", "23_/km²"), (0.28, "1 / year", "0,28_/an"),
     (12.34, "1 / kiloresident", "12,3")],
)  # fmt: skip
def test_measures_in_a_table(value: float, unit: str, text: str) -> None:
    assert figure(value, unit) == text.replace("_", words.NARROW)
    assert unit in words.UNITS


def test_differences_and_intervals_of_measures() -> None:
    assert change(1.24, "kelvin") == f"+1,2{words.NARROW}°C"
    assert change(-0.04, "day") == f"0,0{words.NARROW}j"
    assert interval(4.2, 12.44, "day") == "4,2–12,4"
    assert interval(1310.2, 2050.0, "kelvin * day") == f"1{words.NARROW}310–2{words.NARROW}050"


@pytest.mark.parametrize("unit", [*words.UNITS, *words.NOUNS])
def test_digits_are_those_that_are_said(unit: str) -> None:
    """Values apart by one of the last digit shown look different; by a fifth of it, alike."""
    step = 10.0 ** -words.decimals(unit)
    assert figure(1 + step, unit) != figure(1.0, unit)
    assert figure(1 + step / 5, unit) == figure(1.0, unit)


@pytest.mark.parametrize("x", INDICATORS, ids=lambda x: x.id)
@pytest.mark.parametrize("value", [0.0, 0.4, 1.0, 2.0, 12.4, 1234.5])
def test_readings_read_as_french(x: Indicator, value: float) -> None:
    sentence = x.reading.format(value=quantity(value, x.unit)).replace("\u00a0", " ")
    for twice in ("par an par an", "jours jour", "µg/m³ µg", "habitant par habitant"):
        assert twice not in sentence
    # A unit is spoken, never shown as it is declared.
    for raw in ("**", " / ", "kelvin", "microgram", " day", "1 / "):
        assert raw not in sentence
