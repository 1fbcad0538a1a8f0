"""Who lives where: homes hold the people of their zones, in the middle and in every draw."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labo import territory, zone_layers
from labo.areas import grid_areas, read_stock
from labo.homes import Occupancy, occupancy
from labo.mirror import open_mirror
from labo.transfer import CAUSES, Carried

from .conftest import DRAWS, edited


def people_of(mirror: Path) -> tuple[Occupancy, dict[str, Carried], Any]:
    opened = open_mirror(mirror)
    place = territory.load(opened, "ville-temoin")
    stock = read_stock(opened, place, [])
    areas = grid_areas(opened, place, stock, [])
    assert not isinstance(areas, str)
    carried = zone_layers.carried(zone_layers.GRID, areas, 0, DRAWS)
    people = occupancy(areas, carried)
    assert people is not None
    return people, carried, place


@pytest.fixture(scope="module")
def people(demo_mirror: Path) -> tuple[Occupancy, dict[str, Carried], Any]:
    return people_of(demo_mirror)


def test_homes_of_a_zone_hold_its_people(people: Any) -> None:
    who, carried, place = people
    ones = np.ones((len(who.x), 1))
    for counted, layer in (("residents", "population"), ("households", "households")):
        found = who.by_zone(ones, counted)[:, 0]
        np.testing.assert_allclose(found, carried[layer].central, rtol=1e-9)
        inside = np.isclose(
            who.at_homes(counted).sum(),
            carried[layer].central[(place.zones["kind"] == "epci").to_numpy()][0],
            rtol=0.02,
        )
        assert inside


def test_every_draw_of_a_zone_is_the_draw_of_its_people(people: Any) -> None:
    """What is exposed and those it is divided by are drawn together: a share stays a share."""
    who, carried, _ = people
    ones = np.ones((len(who.x), 1))
    drawn = who.drawn_by_zone({"residents": ones, "households": ones}, 0, DRAWS)
    for cause in CAUSES:
        for counted, layer in (("residents", "population"), ("households", "households")):
            np.testing.assert_allclose(
                drawn[counted][cause][:, :, 0], carried[layer].draws[cause], rtol=1e-9, atol=1e-6
            )


def test_draws_of_part_of_a_zone_lie_around_the_middle(people: Any) -> None:
    who, _, _ = people
    west = (who.x < np.median(who.x)).astype(float)[:, None]
    middle = who.by_zone(west, "residents")[:, 0]
    drawn = who.drawn_by_zone({"residents": west}, 0, DRAWS)["residents"]
    np.testing.assert_array_equal(
        drawn["all"], who.drawn_by_zone({"residents": west}, 0, DRAWS)["residents"]["all"]
    )
    large = middle > 200
    assert large.any()
    mean = drawn["all"][large, :, 0].mean(axis=1)
    np.testing.assert_allclose(mean, middle[large], rtol=0.15)
    assert (drawn["all"][large, :, 0].std(axis=1) > 0).any()


def test_memory_is_bounded_and_changes_nothing(people: Any, monkeypatch: Any) -> None:
    """Homes are drawn in stretches; a stretch more or less keeps every total."""
    who, carried, _ = people
    monkeypatch.setattr("labo.homes.CHUNK", 50 * DRAWS)
    ones = np.ones((len(who.x), 1))
    drawn = who.drawn_by_zone({"residents": ones}, 0, DRAWS)["residents"]["all"][:, :, 0]
    np.testing.assert_allclose(drawn, carried["population"].draws["all"], rtol=1e-9, atol=1e-6)


def test_the_sums_of_draws_are_those_of_the_plain_way(people: Any, monkeypatch: Any) -> None:
    """Home by home, cause by cause: a home's people are its atom's in that draw times its share."""
    who, _, _ = people
    draws = DRAWS

    def drawn_shares(self: Occupancy, homes: Any, owner: Any, rng: Any, draws: int) -> Any:
        moved = self.share[homes][:, None] * (1.5 + np.sin(homes[:, None] + np.arange(draws)))
        whole = np.stack([np.bincount(owner, column) for column in moved.T], axis=1)
        return moved / whole[owner]

    monkeypatch.setattr(Occupancy, "_drawn_shares", drawn_shares)
    monkeypatch.setattr("labo.homes.CHUNK", 30 * draws)
    atoms, number = len(who.imputed), np.arange(len(who.x))
    amounts = np.column_stack([np.cos(number), number % 2.0])
    found = who.drawn_by_zone({"residents": amounts, "households": amounts[:, :1]}, 0, draws)
    moved = drawn_shares(who, number, who.atom, None, draws)
    still = np.repeat(who.share[:, None], draws, axis=1)
    pooled = who.imputed[who.atom][:, None]
    shares = {
        "all": moved,
        "measurement": still,
        "secrecy": np.where(pooled, moved, still),
        "transfer": np.where(pooled, still, moved),
    }
    assert pooled.any()
    assert not pooled.all()
    assert (who.split >= 0).any()
    for counted, columns in (("residents", 2), ("households", 1)):
        for cause in CAUSES:
            total = np.repeat(who.whole[counted][:, None], draws, axis=1)
            for atom in range(atoms):
                if who.split[atom] >= 0:
                    total[atom] = who.drawn[counted][cause][who.split[atom]]
            held = shares[cause] * total[who.atom]
            inside = who.zones.toarray()[:, who.atom]
            for column in range(columns):
                plain = inside @ (held * amounts[:, [column]])
                np.testing.assert_allclose(
                    found[counted][cause][:, :, column], plain, rtol=1e-9, atol=1e-6
                )


def test_without_buildings_people_are_spread_over_the_ground(
    demo_mirror: Path, tmp_path: Path
) -> None:
    folder = edited(demo_mirror, tmp_path / "bare")
    lines = (folder / "mirror.toml").read_text("utf-8").split("\n\n")
    kept = [part for part in lines if "ign_bdtopo_batiment" not in part]
    (folder / "mirror.toml").write_text("\n\n".join(kept), encoding="utf-8")
    who, carried, _ = people_of(folder)
    assert np.isnan(who.house).all()
    ones = np.ones((len(who.x), 1))
    np.testing.assert_allclose(
        who.by_zone(ones, "residents")[:, 0], carried["population"].central, rtol=1e-9
    )
    shutil.rmtree(folder)
