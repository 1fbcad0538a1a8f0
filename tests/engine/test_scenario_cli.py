"""`labo scenario` as a group runs it, on Ville-Témoin."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from labo import cli
from labo.release import Release


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def labo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """`labo("scenario", folder)` runs the command line in this process."""

    def run(*arguments: object, columns: int = 140) -> Ran:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "argv", ["labo", *map(str, arguments)])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return Ran(code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def zone(demo_release: Release) -> str:
    places = demo_release.places
    return str(sorted(places.loc[places["kind"] == "qpv", "zone"])[0])


@pytest.fixture
def written(labo: Any, demo_release: Release, tmp_path: Path) -> Path:
    """The plan that the command itself writes."""
    ran = labo("scenario", demo_release.folder, "--example")
    assert (ran.code, ran.err) == (0, "")
    path = tmp_path / "plan.toml"
    path.write_text(ran.out, encoding="utf-8")
    return path


@pytest.fixture
def other(zone: str, tmp_path: Path) -> Path:
    path = tmp_path / "other.toml"
    path.write_text(
        f'[[measures]]\nmeasure = "plant_trees"\nzone = "{zone}"\nquantity = 100\n', "utf-8"
    )
    return path


def test_a_plan_is_told_with_its_cost_and_what_is_not_run(
    labo: Any, demo_release: Release, written: Path, zone: str
) -> None:
    ran = labo("scenario", demo_release.folder, "--measures", written)
    assert (ran.code, ran.err) == (0, "")
    assert "Planter des arbres en pleine terre : 120 arbres" in ran.out
    assert "Coût, ordres de grandeur à vérifier, hors taxes" in ran.out
    assert f"({zone})" in ran.out
    line = next(x for x in ran.out.splitlines() if x.startswith("Part de canopée "))
    assert line.endswith("mieux")
    assert " à +" in line
    assert "Scores, de 0 à 100 : plus haut est plus vulnérable" in ran.out
    rest = ran.out[ran.out.index("Non recalculé :") :]
    assert "labo explain home_visits" in rest.replace("\n    ", " ")
    assert "donnez --mirror" in rest
    assert "À savoir :" in rest
    assert "nan" not in ran.out


def test_in_words_with_the_night_and_a_warmer_climate(
    labo: Any, demo_release: Release, demo_mirror: Path, written: Path
) -> None:
    ran = labo(
        *("scenario", demo_release.folder, "--measures", written, "--mirror", demo_mirror),
        *("--warming", "2,7", "--in-words"),
    )
    assert (ran.code, ran.err) == (0, "")
    assert "Part de canopée : de " in ran.out
    assert "Air la nuit, en moyenne sur le quartier : " in ran.out
    assert "agglomération à +2,7 °C" in ran.out
    assert "Jours à plus de 30 °C par an : de " in ran.out


def test_a_climate_alone(labo: Any, demo_release: Release) -> None:
    ran = labo("scenario", demo_release.folder, "--warming", "4")
    assert ran.code == 0
    assert "Plan : rien." in ran.out
    assert "à +4 °C" in ran.out
    assert "mieux" not in ran.out


def test_json_is_one_array(labo: Any, demo_release: Release, written: Path, zone: str) -> None:
    ran = labo("scenario", demo_release.folder, "--measures", written, "--json", "--zone", zone)
    (row,) = json.loads(ran.out)
    assert {x["zone"] for x in row["differences"]} == {zone}
    assert {"plan", "cost", "scores", "climate", "effects", "not_run", "notes"} <= set(row)


def test_two_plans_side_by_side(
    labo: Any, demo_release: Release, written: Path, other: Path, zone: str
) -> None:
    ran = labo("scenario", demo_release.folder, "--measures", written, "--against", other)
    assert ran.code == 0
    assert "second plan − premier plan" in ran.out
    assert "moins bien" in ran.out
    (row,) = json.loads(
        labo(
            *("scenario", demo_release.folder, "--measures", written),
            *("--against", other, "--json", "--zone", zone),
        ).out
    )
    assert {x["zone"] for x in row["between"]} == {zone}
    assert {"first", "second"} <= set(row)


def test_a_plan_against_itself(labo: Any, demo_release: Release, other: Path) -> None:
    ran = labo("scenario", demo_release.folder, "--measures", other, "--against", other)
    assert "non distinguable" not in ran.out.replace("« Non distinguable »", "")
    assert "mieux" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Give --measures"),
        (("--against", "x.toml"), "Give --measures"),
        (("--warming", "chaud"), "give one of 2, 2.7, 4"),
        (("--warming", "3"), "la TRACC a trois niveaux"),
        (("--measures", "no.toml"), "n'existe pas"),
        (("--warming", "2", "--zone", "Nulle-Part"), "no zone 'Nulle-Part'"),
        (("--measures", "PLAN", "--mirror", "no"), "no mirror.toml"),
    ],
)
def test_what_cannot_be_told(
    labo: Any, demo_release: Release, other: Path, arguments: tuple[str, ...], says: str
) -> None:
    given = [str(other) if x == "PLAN" else x for x in arguments]
    ran = labo("scenario", demo_release.folder, *given)
    assert ran.code == 1
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert ran.out == ""
