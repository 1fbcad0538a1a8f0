"""What plans change: nothing where nothing is done, elsewhere what formulas say, or why not."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labo import basis as of_release
from labo import diagnosis, new_place, plan_layers, release
from labo.basis import TOLD_BY, Basis, basis_of
from labo.catalogue import INDICATORS, LAYERS, MEASURES
from labo.changed_layers import each_drawn, quantile, strengths
from labo.difference import Difference
from labo.errors import BadInput, LaboError, UnknownName
from labo.measure_plan import EXAMPLES, MOST_LINES, Plan, example, plan_of, read_plan
from labo.ranges import NIL, Range
from labo.release import Release
from labo.scenario import LEVELS, Scenario, scenario_of
from labo.two_plans import compare, compare_effects
from labo.way import Climate
from labo.zone_layer import ZoneLayer
from tests.engine.conftest import DRAWS, run

CHANGING = [x.id for x in MEASURES if x.changes]
SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def qpvs(found: Release) -> list[str]:
    places = found.places
    return sorted(places.loc[places["kind"] == "qpv", "zone"])


def plan(*lines: tuple[str, str, float], **more: Any) -> Plan:
    return plan_of([{"measure": m, "zone": z, "quantity": q} | more for m, z, q in lines])


def of(rows: tuple[Difference, ...], zone: str, name: str, component: str = "") -> Difference:
    return next(x for x in rows if (x.zone, x.name, x.component) == (zone, name, component))


@pytest.fixture(scope="module")
def basis(demo_release: Release) -> Basis:
    return basis_of(demo_release.folder)


# Nothing


@pytest.mark.parametrize("lines", [(), (("plant_trees", 0), ("cool_places_in_august", 0))])
def test_no_measure_is_a_difference_of_exactly_zero(
    demo_release: Release, lines: tuple[tuple[str, float], ...]
) -> None:
    zones = qpvs(demo_release)
    told = scenario_of(demo_release.folder, plan(*((m, zones[0], q) for m, q in lines)))
    assert set(told.zones) == set(zones)
    assert len(told.differences) > 30 * len(zones)
    assert len(told.scores) > 10
    values = demo_release.values.set_index(["zone", "indicator", "scenario"])
    for x in (*told.differences, *told.scores):
        assert x.change == NIL
        assert x.before == x.after
        assert np.array_equal(*x.drawn)
        if not x.component:
            row: Any = values.loc[(x.zone, x.name, "present"), :]
            assert x.after == Range(row["low"], row["central"], row["high"])
    assert not told.changed
    assert not told.not_run
    assert not told.effects
    assert told.cost.capital == told.cost.running == NIL


def test_scores_of_today_are_those_of_the_release(demo_release: Release, basis: Basis) -> None:
    told = scenario_of(demo_release.folder, plan())
    scores = demo_release.scores.set_index(["zone", "index", "component"])
    for x in told.scores:
        row: Any = scores.loc[(x.zone, x.name, x.component), :]
        assert x.before.central == pytest.approx(row["central"], abs=1e-9)
        assert x.before.low == pytest.approx(row["low"], abs=1e-4)
        assert x.before.high == pytest.approx(row["high"], abs=1e-4)
    del basis


# The same formulas on changed layers


def test_trees_by_hand(demo_release: Release, basis: Basis) -> None:
    zone = qpvs(demo_release)[0]
    told = scenario_of(demo_release.folder, plan(("plant_trees", zone, 10)))
    at = basis.at(zone)
    canopy, ground, people = (
        basis.layers[name][at] for name in ("canopy_ground", "zone_ground", "population")
    )
    # 25 m² a tree, 8 to 50.
    share, each = (of(told.changed, zone, n) for n in ("canopy_share", "canopy_per_resident"))
    assert share.after.central == pytest.approx((canopy + 250) / ground)
    assert share.change.central == pytest.approx(250 / ground)
    assert share.change.low == pytest.approx(80 / ground, rel=0.1)
    assert share.change.high == pytest.approx(500 / ground, rel=0.1)
    assert each.change.central == pytest.approx(250 / people)
    assert {x.name for x in told.changed} == {"canopy_share", "canopy_per_resident"}
    # Its commune and the agglomeration gain as much ground under trees; its neighbours nothing.
    kinds = dict(zip(basis.zones, basis.kinds, strict=True))
    gained = {
        x.zone: x.change.central * basis.layers["zone_ground"][basis.at(x.zone)]
        for x in told.changed
        if x.name == "canopy_share"
    }
    whole = [zone for zone, kind in kinds.items() if kind == "epci"]
    assert gained[whole[0]] == pytest.approx(250, rel=1e-6)
    communes = sum(g for z, g in gained.items() if kinds[z] == "commune")
    assert communes == pytest.approx(250, rel=1e-6)
    assert {kinds[z] for z in gained} == {"qpv", "commune", "epci"}
    assert [z for z in gained if kinds[z] == "qpv"] == [zone]


def test_draws_of_layers_are_found_again(
    demo_mirror: Path, demo_release: Release, basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the draws that the diagnosis had, which a release does not keep."""
    seen: dict[str, ZoneLayer] = {}
    zones: list[str] = []
    values = diagnosis._values

    def watched(place: Any, layers: Mapping[str, ZoneLayer], climate: Any) -> Any:
        seen.update(layers)
        zones.extend(place.zones["zone"])
        return values(place, layers, climate)

    monkeypatch.setattr(diagnosis, "_values", watched)
    run(demo_mirror)
    order = [zones.index(zone) for zone in basis.zones]
    drawn = {name: seen[name].draws["all"][order] for name in seen if seen[name].draws}
    for name in TOLD_BY:
        if name == "soil_runoff_ground":
            continue
        there = ~np.isnan(basis.layers[name])
        assert there.any(), name
        scale = np.maximum(basis.layers[name][there][:, None], 1.0)
        error = np.abs(basis.layer_draws[name] - drawn[name])[there] / scale
        assert error.max() < 2e-5, name
    # Of storm water only the difference of two layers counts: what works change is what it would
    # be with the true draws.
    x = INDICATORS["runoff_potential"]
    zone = qpvs(demo_release)[0]
    at = basis.at(zone)
    told = scenario_of(demo_release.folder, plan(("unseal_soil", zone, 500)))
    each = each_drawn(MEASURES["unseal_soil"], strengths("unseal_soil", basis.seed, DRAWS))
    true = {name: drawn[name][at] for name in x.layers}
    then = dict(true)
    then["impervious_ground"] = true["impervious_ground"] + 500 * each[0]
    then["soil_runoff_ground"] = true["soil_runoff_ground"] + 500 * each[1]
    wanted = x.formula(*(then[n] for n in x.layers)) - x.formula(*(true[n] for n in x.layers))
    before, after = of(told.changed, zone, x.id).drawn
    np.testing.assert_allclose(after - before, wanted, atol=2e-4)


def test_a_changed_formula_or_a_missing_layer_is_said(release_copy: Path) -> None:
    catalogue = json.loads((release_copy / "catalogue.json").read_text("utf-8"))
    for x in catalogue["indicators"]:
        if x["id"] == "canopy_share":
            x["formula"] = "canopy_ground"
    (release_copy / "catalogue.json").write_text(json.dumps(catalogue), "utf-8")
    zone = qpvs(Release(release_copy, json.loads((release_copy / "manifest.json").read_text())))[0]
    told = scenario_of(release_copy, plan(("plant_trees", zone, 10)))
    reasons = {x.name: x.reason for x in told.not_run}
    assert "formule n'est plus celle" in reasons["canopy_share"]
    # Its draws tell those of the layer, that others read.
    assert "tirages ne se retrouvent pas" in reasons["canopy_per_resident"]
    assert of(told.differences, zone, "canopy_share").change == NIL


def test_what_is_unknown_today_is_not_run(release_copy: Path) -> None:
    found = Release(release_copy, json.loads((release_copy / "manifest.json").read_text()))
    zone = qpvs(found)[0]
    values = found.values.copy()
    gone = (values["zone"] == zone) & (values["indicator"] == "canopy_share")
    values.loc[gone, ["central", "low", "high"]] = np.nan
    values.loc[gone, "reason"] = "image illisible"
    values.to_parquet(release_copy / "values.parquet", index=False)
    told = scenario_of(release_copy, plan(("plant_trees", zone, 10)))
    reasons = {(x.name, x.zone): x.reason for x in told.not_run}
    assert reasons["canopy_share", zone] == "inconnu aujourd'hui (image illisible)"
    assert not [x for x in told.differences if (x.zone, x.name) == (zone, "canopy_share")]


def test_what_may_not_be_seen_is_nowhere(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    hidden = frozenset({(zone, "canopy_share")})
    told = scenario_of(demo_release.folder, plan(("plant_trees", zone, 10)), hidden=hidden)
    assert not [x for x in told.differences if (x.zone, x.name) == (zone, "canopy_share")]
    assert ("canopy_share", zone) in {(x.name, x.zone) for x in told.not_run}
    open_to_all = scenario_of(demo_release.folder, plan(("plant_trees", zone, 10)))
    assert [x for x in open_to_all.differences if (x.zone, x.name) == (zone, "canopy_share")]


# Laws


@st.composite
def plans(draw: st.DrawFn) -> list[tuple[str, int, float]]:
    """Measure, number of a QPV, share of the ground that there is for it."""
    names = draw(st.lists(st.sampled_from(CHANGING), min_size=1, max_size=4, unique=True))
    zone = st.integers(0, 1)
    return [(n, draw(zone), draw(st.floats(0, 1)) / (2 * len(names))) for n in names]


def lines_of(basis: Basis, zones: list[str], drawn: list[tuple[str, int, float]]) -> Plan:
    rows = []
    for name, zone, share in drawn:
        code = zones[zone % len(zones)]
        room = basis.layers["zone_ground"][basis.at(code)]
        for c in MEASURES[name].changes:
            there, most = (basis.layers[y][basis.at(code)] for y in (c.layer, c.within))
            free = there if c.each.central < 0 else most - there
            room = min(room, free / abs(c.each.central))
        quantity = float(share * room)
        whole = MEASURES[name].unit == "tree"
        rows.append((name, code, float(np.floor(quantity)) if whole else quantity))
    return plan(*rows)


@SLOW
@given(plans())
def test_measures_never_make_anything_worse(
    demo_release: Release, basis: Basis, drawn: list[tuple[str, int, float]]
) -> None:
    """Each indicator moves to the side of less vulnerability, or stays; so do all scores."""
    told = scenario_of(demo_release.folder, lines_of(basis, qpvs(demo_release), drawn))
    for x in (*told.differences, *told.scores):
        before, after = x.drawn
        noise = 1e-9 * (1 + np.abs(before))
        assert ((after - before) * x.direction <= noise).all(), (x.zone, x.name)
        assert x.change.central * x.direction <= 1e-9
        for one in (x.before, x.after, x.change):
            assert one.low <= one.central <= one.high
        assert x.verdict in ("better", "same", "indistinct")
        if x.unit == "1" and not x.component:
            assert 0 <= x.after.low <= x.after.high <= max(1.0, x.before.high)
    for e in told.effects:
        assert e.change.low <= e.change.central <= e.change.high
        assert e.change.low >= 0


@SLOW
@given(plans(), st.randoms(use_true_random=False))
def test_the_order_of_lines_is_nothing_and_lines_add_up(
    demo_release: Release, basis: Basis, drawn: list[tuple[str, int, float]], random: Any
) -> None:
    whole = lines_of(basis, qpvs(demo_release), drawn)
    halves = [(x.measure.id, x.zone, x.quantity) for x in whole.lines]
    shuffled = list(halves)
    random.shuffle(shuffled)
    first, second = (scenario_of(demo_release.folder, plan(*x)) for x in (halves, shuffled))
    assert set(first.differences) == set(second.differences)
    assert set(first.scores) == set(second.scores)


# Two plans


def test_a_plan_against_itself_leaves_nothing(demo_release: Release) -> None:
    told = scenario_of(demo_release.folder, plan(("plant_trees", qpvs(demo_release)[0], 10)))
    assert all(x.change == NIL for x in compare(told, told))
    assert compare_effects(told, told) == []


def test_what_two_plans_share_cancels_out(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    one, two = (scenario_of(demo_release.folder, plan(("plant_trees", zone, n))) for n in (10, 11))
    apart = {(x.zone, x.name): x for x in compare(one, two)}
    x = apart[zone, "canopy_share"]
    # A tree more is surely better, though each of the two plans is known within a factor of six.
    assert x.verdict == "better"
    assert x.before.high > x.after.low
    assert x.change.central == pytest.approx(
        of(one.changed, zone, "canopy_share").change.central / 10
    )


def test_two_plans_whose_intervals_overlap_are_not_told_apart(demo_release: Release) -> None:
    """Trees and a square of nearly as much shade, each with its own doubt."""
    zone = qpvs(demo_release)[0]
    one = scenario_of(demo_release.folder, plan(("plant_trees", zone, 16)))
    two = scenario_of(demo_release.folder, plan(("shaded_square", zone, 1_000)))
    x = next(x for x in compare(one, two) if (x.zone, x.name) == (zone, "canopy_share"))
    assert x.change.central == pytest.approx(0, abs=1e-9)
    assert x.verdict == "indistinct"
    assert x.as_json()["verdict"] == "non distinguable"


def test_storm_water_of_two_plans_is_compared_on_one_storm(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    one, two, none = (
        scenario_of(demo_release.folder, plan(("unseal_soil", zone, n))) for n in (500, 510, 0)
    )
    (x,) = compare_effects(one, two)
    assert (x.name, x.verdict) == ("runoff_avoided", "better")
    assert one.effects[0].change.high > two.effects[0].change.low
    (whole,) = compare_effects(one, none)
    assert whole.change.central == -one.effects[0].change.central
    assert whole.verdict == "worse"


def test_plans_of_two_climates_are_not_compared(demo_release: Release) -> None:
    folder = demo_release.folder
    with pytest.raises(BadInput, match="ni du même climat"):
        compare(scenario_of(folder, plan()), scenario_of(folder, plan(), 2.0))


# Climate


@pytest.mark.parametrize("level", LEVELS)
def test_climate_is_the_agglomeration_s_and_changes_no_neighbourhood(
    demo_release: Release, level: float
) -> None:
    lines = plan(("plant_trees", qpvs(demo_release)[0], 10))
    told, cool = (scenario_of(demo_release.folder, lines, at) for at in (level, None))
    assert told.differences == cool.differences
    assert told.scores == cool.scores
    assert not cool.climate
    whole = demo_release.places.loc[demo_release.places["kind"] == "epci", "zone"].iloc[0]
    assert {x.zone for x in told.climate} == {whole}
    climatic = {
        x.id for x in INDICATORS if any(isinstance(LAYERS[n].carried, Climate) for n in x.layers)
    }
    assert {x.name for x in told.climate} == climatic
    values = demo_release.values
    for x in told.climate:
        row = values[
            (values["indicator"] == x.name)
            & (values["horizon"] == LEVELS[level])
            & (values["zone"] == whole)
        ].iloc[0]
        assert x.after.central == row["central"]
        assert x.change.central == pytest.approx(x.after.central - x.before.central)
        assert x.change.low <= x.change.central <= x.change.high
    assert any("ne départage pas deux quartiers" in note for note in told.notes)


def test_warmer_levels_are_warmer(demo_release: Release) -> None:
    days = [
        next(
            x.after.central
            for x in scenario_of(demo_release.folder, plan(), level).climate
            if x.name == "days_above_30_per_year"
        )
        for level in LEVELS
    ]
    assert days == sorted(days)
    assert days[0] < days[-1]


def test_a_release_without_tracc_says_so(release_copy: Path) -> None:
    found = Release(release_copy, json.loads((release_copy / "manifest.json").read_text()))
    values = found.values[~found.values["scenario"].str.startswith("TRACC")]
    values.to_parquet(release_copy / "values.parquet", index=False)
    told = scenario_of(release_copy, plan(), 2.7)
    assert not told.climate
    assert "n'a pas de climat TRACC à 2.7 °C (2050)" in told.not_run[0].reason


def test_there_is_no_other_level(demo_release: Release) -> None:
    with pytest.raises(
        BadInput, match=r"Réchauffement de 3 °C : la TRACC a trois niveaux, 2, 2\.7, 4"
    ):
        scenario_of(demo_release.folder, plan(), 3.0)


# Places that open


@pytest.fixture(scope="module")
def middle(demo_release: Release) -> dict[str, tuple[float, float]]:
    """A point in each QPV, degrees."""
    places = demo_release.places.set_index("zone")
    points = {z: shapely.point_on_surface(places.geometry[z]) for z in qpvs(demo_release)}
    return {zone: (point.x, point.y) for zone, point in points.items()}


def opened(zone: str, lon: float, lat: float, measure: str, quantity: float = 1) -> Plan:
    return plan((measure, zone, quantity), lon=lon, lat=lat)


def test_a_cool_place_in_a_neighbourhood_is_near_its_residents(
    demo_release: Release, middle: dict[str, tuple[float, float]]
) -> None:
    zone = qpvs(demo_release)[0]
    told = scenario_of(demo_release.folder, opened(zone, *middle[zone], "cool_places_in_august"))
    share = of(told.differences, zone, "cool_indoor_access_share")
    walk = of(told.differences, zone, "walk_to_cool_indoor")
    assert share.after.central > 0.9
    assert share.after.high <= 1
    assert walk.change.central <= 0
    assert walk.after.low >= 0
    assert any("la livraison ne contient pas les rues" in note for note in told.notes)
    # Nobody walks to it for care.
    assert of(told.differences, zone, "care_access_share").change == NIL
    for x in (*told.differences, *told.scores):
        assert ((x.drawn[1] - x.drawn[0]) * x.direction <= 1e-9).all()
        assert x.after.low <= x.after.central <= x.after.high


def test_a_place_without_a_position_is_not_run(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    told = scenario_of(demo_release.folder, plan(("cool_places_in_august", zone, 1)))
    assert not told.changed
    assert [x.name for x in told.not_run] == ["cool_places_in_august"]
    assert not told.effects
    assert "donnez lon et lat" in told.not_run[0].reason


def test_a_release_without_walks_says_so(
    release_copy: Path, middle: dict[str, tuple[float, float]]
) -> None:
    found = Release(release_copy, json.loads((release_copy / "manifest.json").read_text()))
    for name in ("shares", "access"):
        getattr(found, name).iloc[:0].to_parquet(release_copy / f"{name}.parquet", index=False)
    zone = qpvs(found)[0]
    told = scenario_of(release_copy, opened(zone, *middle[zone], "cool_places_in_august"))
    assert not told.changed
    assert "n'a pas de temps de marche" in told.not_run[0].reason


def test_a_small_square_is_no_green_space(
    demo_release: Release, middle: dict[str, tuple[float, float]]
) -> None:
    zone = qpvs(demo_release)[0]
    small, large = (
        scenario_of(demo_release.folder, opened(zone, *middle[zone], "shaded_square", q))
        for q in (4_000, 5_000)
    )
    assert "à partir de 5" in small.not_run[0].reason
    assert {x.name for x in large.not_run} == {"night_air"}
    name = "green_space_access_share"
    assert of(small.differences, zone, name).change == NIL
    assert (
        of(large.differences, zone, name).after.central
        >= of(small.differences, zone, name).after.central
    )


def test_a_place_far_from_its_zone_is_refused(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    with pytest.raises(BadInput, match=r"km de .* ; vérifiez lon et lat"):
        scenario_of(demo_release.folder, opened(zone, 2.3, 48.8, "cool_places_in_august"))


def cells(near: list[float], counted: list[float], unsaid: float = 0.0) -> new_place.Cells:
    """Cells of 200 m in a row from west to east, all of one zone."""
    n = len(near)
    return new_place.Cells(
        x=np.linspace(0.0, (n - 1) * 200.0, n),
        y=np.zeros(n),
        side=np.full(n, 200.0),
        shares=np.ones((1, n)),
        counted=np.array(counted),
        unsaid=np.array([unsaid]),
        near={"residents_near_cool_indoor": np.array(near)},
        minutes={"cool_indoor_place": np.full(n, 20.0)},
    )


def test_whom_a_place_brings_within_reach_by_hand() -> None:
    """At 4 km/h and a detour of 1.4, ten minutes are 476 m in straight line."""
    spot = [new_place.Spot("cool_indoor_place", 100.0, 100.0)]
    found = new_place.gains(cells([0, 0, 0, 1, 0, 0], [10] * 6), spot, 0, 20)
    gain, drawn = found["residents_near_cool_indoor"]
    # Two cells whole, the third but for its far corner points; the fourth was near already, and the
    # fifth is too far.
    assert 25 < gain[0] <= 30
    assert (drawn <= 40).all()
    assert (drawn >= 0).all()
    walk, _ = found["walk_to_cool_indoor"]
    assert -1 <= walk[0] < 0


def test_residents_of_imputed_cells_are_drawn_and_add_up() -> None:
    found = cells([0, 0, 0], [10, np.nan, np.nan], unsaid=30.0)
    assert found.people.tolist() == [[10, 15, 15]]
    drawn = found.drawn(np.arange(3), 0, 50)
    assert drawn.sum(axis=1) == pytest.approx(np.full((1, 50), 40.0))
    assert drawn[0, 1].std() > 1


def test_what_was_near_gains_between_nothing_and_the_rest() -> None:
    newly = new_place._newly
    had, near = np.array([0.6]), np.array([0.7])
    assert newly(had, near, 0.0) == pytest.approx([0.0])
    assert newly(had, near, 1.0) == pytest.approx([0.4])
    # Where nobody had a place, all whom it reaches gain one.
    assert newly(np.array([0.0]), near, 0.0) == pytest.approx([0.7])


# What a reader is told


def test_measures_without_a_figure_are_named(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    told = scenario_of(
        demo_release.folder,
        plan(("home_visits", zone, 1), ("rain_garden", zone, 10), ("cool_roof", zone, 10)),
    )
    reasons: dict[str, list[str]] = {}
    for x in told.not_run:
        reasons.setdefault(x.name, []).append(x.reason)
    assert "aucun effet chiffré" in reasons["home_visits"][0]
    assert any("n'est pas comptée" in r for r in reasons["rain_garden"])
    assert "air la nuit seulement" in reasons["cool_roof"][0]
    assert "donnez --mirror" in reasons["night_air"][0]
    assert not told.changed
    assert told.cost.capital.low < told.cost.capital.central < told.cost.capital.high


def test_json_is_plain_and_whole(demo_release: Release) -> None:
    zone = qpvs(demo_release)[0]
    told = scenario_of(demo_release.folder, plan(("unseal_soil", zone, 100)), 2.7)
    row = json.loads(json.dumps(told.as_json(), allow_nan=False))
    assert row["warming"] == 2.7
    assert row["plan"][0]["measure"] == "unseal_soil"
    assert {x["verdict"] for x in row["differences"]} <= {
        "mieux", "moins bien", "non distinguable", "rien ne change",
    }  # fmt: skip
    assert {x["name"] for x in row["effects"]} == {"runoff_avoided"}
    assert set(row["zones"]) >= {zone}


def test_one_zone_alone(demo_release: Release) -> None:
    first, second = qpvs(demo_release)[:2]
    told = scenario_of(
        demo_release.folder, plan(("plant_trees", first, 10), ("plant_trees", second, 5))
    )
    only = told.only(second)
    rows = (*only.differences, *only.scores)
    assert {x.zone for x in rows} | {x.zone for x in only.effects} == {second}
    assert told.only(None) is told


def test_a_release_is_read_once(demo_release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario_of(demo_release.folder, plan())
    monkeypatch.setattr(release, "read", lambda _: pytest.fail("read again"))
    scenario_of(demo_release.folder, plan(("plant_trees", qpvs(demo_release)[0], 3)))


# Estimates that are drawn


def test_an_estimate_is_drawn_within_its_ends() -> None:
    x = MEASURES["plant_trees"].changes[0].each
    assert quantile(x, [0, 0.05, 0.5, 0.95, 1]).tolist() == [8, 8, 25, 50, 50]
    drawn = quantile(x, strengths("plant_trees", 0, 1_000))
    assert np.quantile(drawn, [0.05, 0.5, 0.95]) == pytest.approx([8, 25, 50], rel=0.02)


def test_what_a_measure_takes_and_adds_is_strong_together() -> None:
    taken, added = each_drawn(MEASURES["unseal_soil"], np.array([0.0, 1.0]))
    assert taken.tolist() == [-0.8, -1.0]
    assert added.tolist() == [0.02, 0.45]


# Bad plans


def refused(folder: Path, rows: Any) -> str:
    with pytest.raises((BadInput, UnknownName)) as told:
        scenario_of(folder, plan_of(rows))
    return str(told.value)


TREES = {"measure": "plant_trees", "quantity": 3}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"measure": "plant_tree"}, "aucune solution ne s'appelle 'plant_tree'"),
        ({"measure": 3}, "measure = 3 ; attendu : un texte"),
        ({"zone": "Nulle-Part"}, "aucune zone 'Nulle-Part'"),
        ({"zone": ""}, "zone = '' ; attendu : un texte"),
        ({"quantity": -1}, "quantity = -1 ; attendu : un nombre à partir de 0"),
        ({"quantity": float("nan")}, "quantity = nan ; attendu"),
        ({"quantity": float("inf")}, "quantity = inf ; attendu"),
        ({"quantity": True}, "quantity = True ; attendu : un nombre"),
        ({"quantity": "3"}, "quantity = '3' ; attendu : un nombre"),
        ({"quantity": 1.5}, "se compte en nombres entiers"),
        ({"quantity": 10**9}, "m² à « Surface sous les arbres »"),
        ({"measure": "unseal_soil", "quantity": 10**9}, "m² de sol en tout"),
        ({"lon": 2.0}, "lon et lat ensemble"),
        ({"lon": "x", "lat": 1}, "lon = 'x' ; attendu : des degrés"),
        ({"lon": 1, "lat": 91}, "lat = 91 ; attendu : des degrés, entre −90 et 90"),
        ({"quantiy": 3}, "'quantiy' n'est pas connu ; vouliez-vous dire 'quantity' ?"),
        ({"measure": "cool_places_in_august", "lon": 1, "lat": 1}, "un lieu par ligne"),
    ],
)  # fmt: skip
def test_bad_lines_are_refused_in_a_sentence(
    demo_release: Release, change: dict[str, Any], says: str
) -> None:
    told = refused(demo_release.folder, [TREES | {"zone": qpvs(demo_release)[0]} | change])
    assert says in told
    assert len(told) < 300
    assert "\n" not in told


def test_a_line_lacks_something(demo_release: Release) -> None:
    assert "il manque 'zone'" in refused(demo_release.folder, [TREES])
    assert "Ligne 1 du plan : 3" in refused(demo_release.folder, [3])


def test_more_sealed_ground_than_there_is(demo_release: Release, basis: Basis) -> None:
    zone = qpvs(demo_release)[0]
    sealed = float(basis.layers["impervious_ground"][basis.at(zone)])
    for measure in ("unseal_soil", "cool_roof"):
        row = {"measure": measure, "zone": zone, "quantity": sealed * 1.01}
        assert "d'après la livraison" in refused(demo_release.folder, [row])
        scenario_of(demo_release.folder, plan_of([row | {"quantity": sealed}]))
    # Each fits, both do not.
    both = [
        {"measure": m, "zone": zone, "quantity": 0.6 * sealed} for m in ("unseal_soil", "cool_roof")
    ]
    assert "il en reste" in refused(demo_release.folder, both)


def test_the_agglomeration_is_no_place_to_plant(demo_release: Release, basis: Basis) -> None:
    whole = basis.zones[basis.kinds.index("epci")]
    assert "n'est pas un quartier" in refused(demo_release.folder, [TREES | {"zone": whole}])


def test_a_commune_is_one(demo_release: Release, basis: Basis) -> None:
    commune = basis.zones[basis.kinds.index("commune")]
    told = scenario_of(demo_release.folder, plan(("plant_trees", commune, 10)))
    kinds = {basis.kinds[basis.at(x.zone)] for x in told.changed}
    assert kinds == {"commune", "epci"}
    assert "et non d'une commune entière" in told.not_run[-1].reason


def test_too_many_lines_are_refused_at_once(tmp_path: Path) -> None:
    row = TREES | {"zone": "x"}
    with pytest.raises(BadInput, match="10\u202f000 lignes ; 1\u202f000 au plus"):
        plan_of([row] * 10_000)
    path = tmp_path / "long.toml"
    line = '[[measures]]\nmeasure = "plant_trees"\nzone = "x"\nquantity = 1\n'
    path.write_text(line * 10_000, "utf-8")
    start = time.process_time()
    with pytest.raises(BadInput, match="lignes"):
        read_plan(path)
    assert time.process_time() - start < 20
    path.write_text(line * 100_000, "utf-8")
    with pytest.raises(BadInput, match="octets"):
        read_plan(path)


def test_as_many_lines_as_may_be(demo_release: Release) -> None:
    zones = qpvs(demo_release)
    rows = [
        {"measure": m.id, "zone": zones[i % len(zones)], "quantity": 0 if m.changes else 1}
        for i in range(MOST_LINES // len(list(MEASURES)))
        for m in MEASURES
    ]
    told = scenario_of(demo_release.folder, plan_of(rows))
    assert len(told.plan.lines) == len(rows)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("measures = [", "n'est pas un fichier TOML"),
        ("a = " + "[" * 5_000, "n'est pas un fichier TOML"),
        ("\udcff", "n'est pas un fichier TOML"),
        ("x = 1", "a 'x' ; attendu : des blocs [[measures]]"),
        ("", "n'a aucun bloc [[measures]]"),
        ("measures = 3", "n'a aucun bloc [[measures]]"),
    ],
)
def test_files_that_are_no_plan(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadInput) as told:
        read_plan(path)
    assert says in str(told.value)


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(LaboError, match="n'existe pas"):
        read_plan(tmp_path / "plan.toml")


# The example


def test_the_example_is_a_plan_that_runs(
    demo_release: Release, middle: dict[str, tuple[float, float]], tmp_path: Path
) -> None:
    zone = qpvs(demo_release)[0]
    path = tmp_path / "plan.toml"
    path.write_text(example([(zone, "Un quartier", *middle[zone])]), "utf-8")
    found = read_plan(path)
    assert [x.measure.id for x in found.lines] == [x[0] for x in EXAMPLES]
    told = scenario_of(demo_release.folder, found)
    assert {"canopy_share", "impervious_share"} <= {x.name for x in told.changed}


def test_layers_that_nobody_opens_or_changes_stay_the_very_same(basis: Basis) -> None:
    done = plan_layers.located(basis, plan(("plant_trees", next(iter(basis.outlines)), 10)))
    before = plan_layers.today(basis)
    after = plan_layers.with_plan(basis, done, before)
    assert set(after.touched) == {"canopy_ground"}
    for name, values in before.drawn.items():
        same: Callable[..., bool] = np.array_equal
        assert same(after.drawn[name], values, equal_nan=True) == (name != "canopy_ground")


def test_every_layer_that_a_measure_changes_can_be_run_again() -> None:
    told = {*TOLD_BY, *of_release.STILL}
    changed = {c.layer for x in MEASURES for c in x.changes}
    read = {name for x in INDICATORS if set(x.layers) & changed for name in x.layers}
    assert changed | read <= told
    for name, teller in TOLD_BY.items():
        assert name in INDICATORS[teller].layers


def test_copies_of_a_release_are_read_apart(release_copy: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(release_copy, tmp_path / "other"))
    assert basis_of(release_copy) is not basis_of(other)
    assert basis_of(other) is basis_of(other)


def told_of(found: Scenario) -> npt.NDArray[np.float64]:
    return np.array([x.change.central for x in found.differences])


def test_the_same_plan_gives_the_same_figures(demo_release: Release) -> None:
    lines = plan(("unseal_soil", qpvs(demo_release)[0], 100))
    one, two = (scenario_of(demo_release.folder, lines) for _ in range(2))
    assert np.array_equal(told_of(one), told_of(two))
    assert one == two


def test_a_line_is_named_by_its_solution(demo_release: Release) -> None:
    label = next(x.label for x in MEASURES if x.id == "plant_trees")
    for change in ({"zone": "nowhere at all"}, {"zone": qpvs(demo_release)[0], "quantity": -1}):
        told = refused(demo_release.folder, [TREES | change])
        assert told.startswith(f"« {label} » (ligne 1 du plan) : "), told
        assert "plant_trees" not in told
