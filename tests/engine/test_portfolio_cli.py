"""`labo portfolio` as a project officer runs it, on Ville-Témoin."""

import json
import sys
from typing import Any, NamedTuple

import pytest

from labo import cli, units
from labo.catalogue import MEASURES
from labo.cli.output import say, silenced
from labo.option_template import ROWS
from labo.portfolio_words import EFFECTS, spelled
from labo.words import NARROW


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def labo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """`labo("portfolio", folder)` runs the command line in this process."""

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
def listed(labo, demo_release, tmp_path):
    """The file of options that the command itself writes."""
    ran = labo("portfolio", demo_release.folder, "--example")
    assert (ran.code, ran.err) == (0, "")
    path = tmp_path / "options.csv"
    path.write_text(ran.out, encoding="utf-8")
    return path


@pytest.fixture
def own(demo_release, tmp_path):
    """Two variants at one place, one without effect: something to say."""
    zone = demo_release.places.loc[demo_release.places["kind"] == "qpv", "zone"].iloc[0]
    path = tmp_path / "chosen.csv"
    path.write_text(
        f"id;quantity\n{zone}-shade_sail;1\n{zone}-tree_planting;2\n{zone}-home_visits;\n", "utf-8"
    )
    return path


def test_the_groups_list_comes_first(labo, demo_release, listed, own) -> None:
    qpvs = demo_release.places.loc[demo_release.places["kind"] == "qpv", "zone"]
    command = ("portfolio", demo_release.folder, "--options", listed, "--chosen", own)
    ran = labo(
        *command, "--budget", "300 000", "--upkeep", "40000,50", "--floor", "5%", columns=120
    )
    assert (ran.code, ran.err) == (0, "")
    titles = [
        "Votre liste",
        "Liste calculée : un second avis, pas une décision",
        "Ce qui diffère de votre liste, ligne à ligne",
        "Ce que coûte le plancher",
        "Si le budget change",
        "Environnement et justice : les listes qu’aucune autre ne bat sur les deux",
        "Les listes que l’on regretterait le moins",
        "Hors du calcul",
    ]
    lines = ran.out.splitlines()
    assert [line for line in lines if line in titles] == titles
    assert max(map(len, lines)) <= 120
    folded = " ".join(ran.out.split())
    assert "une seule variante possible" in folded
    assert "sans effet modélisé : le calcul" in folded
    assert "À dire avant de publier" in folded
    assert "coût ou effet pas encore vérifié" in folded
    rows = json.loads(
        labo(*command, "--budget", "300000", "--upkeep", "40000.5", "--floor", "0.05", "--json").out
    )
    assert len(rows) == 1
    result = rows[0]
    assert result["options"] == len(ROWS) * len(qpvs)
    assert (result["budget"], result["upkeep"]) == (300_000.0, 40_000.5)
    assert result["floor"] == {"share": 0.05, "of": "budget"}
    assert {v["constraint"] for v in result["own"]["violations"]} >= {"variants", "floor"}
    assert "no effect" in {c["why"] for c in result["changes"]}
    computed = result["computed"]
    assert computed["violations"] == []
    assert computed["capital"]["central"] <= 300_000
    assert computed["upkeep_total"]["central"] <= 40_000.5
    for zone in computed["zones"]:
        assert zone["capital"] >= 15_000 - 1e-6
    for told in (result["own"], computed):
        for name in ("capital", "upkeep_total", "benefit", "equity", "joint"):
            assert told[name]["low"] <= told[name]["central"] <= told[name]["high"]
    assert {x["why"] for x in result["left_out"]} == {"no effect"}


def test_nothing_fits_and_it_is_said_why(labo, demo_release, listed) -> None:
    count = int((demo_release.places["kind"] == "qpv").sum())
    options = ("--budget", "20000", "--upkeep", "1000", "--floor", f"{1 / count:.6f}")
    ran = labo("portfolio", demo_release.folder, "--options", listed, *options)
    assert (ran.code, ran.err) == (0, "")
    assert "Aucune liste ne respecte toutes les contraintes" in ran.out
    assert "Ne tiennent pas ensemble : le plancher de " in ran.out
    said = labo("portfolio", demo_release.folder, "--options", listed, *options, "--json").out
    result = json.loads(said)[0]
    assert result["computed"] is None
    assert result["blame"]["together"]


def test_budget_0_and_the_other_objective(labo, demo_release, listed) -> None:
    base = ("portfolio", demo_release.folder, "--options", listed)
    ran = labo(*base, "--budget", "0")
    assert ran.code == 0
    assert f"Rien ne tient dans 0{NARROW}€" in ran.out
    told = [
        json.loads(labo(*base, "--budget", "400000", "--objective", aim, "--json").out)[0][
            "computed"
        ]
        for aim in ("equity", "benefit")
    ]
    assert told[0]["equity"]["central"] >= told[1]["equity"]["central"] - 1e-6
    assert told[1]["benefit"]["central"] >= told[0]["benefit"]["central"] - 1e-6
    shared = labo(*base, "--budget", "400000", "--floor", "0.1", "--floor-of", "benefit")
    assert "du total des effets pour chaque quartier" in " ".join(shared.out.split())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "Give --options: `labo portfolio "),
        (("--options", "{listed}"), "Give --budget"),
        (("--options", "nowhere.csv", "--budget", "1"), "There is no file 'nowhere.csv'"),
        (("--options", "{listed}", "--budget", "beaucoup"), "--budget beaucoup: give an amount"),
        (("--options", "{listed}", "--budget", "nan"), "--budget nan: give an amount"),
        (("--options", "{listed}", "--budget", "-5"), "A budget of -5 €"),
        (("--options", "{listed}", "--budget", "1", "--floor", "moitié"), "--floor moitié"),
        (("--options", "{listed}", "--budget", "1", "--floor", "150%"), "A floor of 1.5"),
        (("--options", "{listed}", "--budget", "1", "--upkeep", "-1"), "A yearly upkeep of -1 €"),
    ],
)
def test_what_can_be_mended_is_one_sentence(
    labo,
    demo_release,
    listed,
    options,
    sentence,
) -> None:
    ran = labo("portfolio", demo_release.folder, *(o.format(listed=listed) for o in options))
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_bad_files_are_one_sentence(labo, demo_release, listed, tmp_path) -> None:
    bad = tmp_path / "bad.csv"
    text = listed.read_text("utf-8")
    for change, sentence in (
        (text.replace(";60000;", ";nan;", 1), "'nan' is not an amount in euros"),
        (text.replace(";60000;", ";-60000;", 1), "-60000 is not an amount in euros"),
        (text.replace(";resident * day;", ";m**3;", 1), "units do not add up"),
        (text + text.splitlines()[-1] + "\n", "is already that of line"),
        ("", "is empty"),
    ):
        bad.write_text(change, encoding="utf-8")
        ran = labo("portfolio", demo_release.folder, "--options", bad, "--budget", "1000")
        assert ran.code == 1
        assert sentence in ran.err
        assert ran.err.count("\n") == 1
    bad.write_text("id\nnobody\n", encoding="utf-8")
    command = ("portfolio", demo_release.folder, "--options", listed, "--budget", "1000")
    ran = labo(*command, "--chosen", bad)
    assert ran.code == 1
    assert "There is no option 'nobody'" in ran.err


def test_what_compiled_code_prints_never_reaches_the_results(capfd) -> None:
    """HiGHS prints a line of its own on stdout, which would spoil --json."""
    import ctypes

    c = ctypes.CDLL(None)
    with silenced():
        c.puts(b"HighsMipSolverData")
    say("ours")
    sys.stdout.flush()
    c.fflush(None)
    assert capfd.readouterr().out == "ours\n"


def test_a_budget_that_pays_for_nothing_says_so(labo, demo_release, listed) -> None:
    ran = labo("portfolio", demo_release.folder, "--options", listed, "--budget", "10")
    out = " ".join(ran.out.replace("\u202f", " ").split())
    assert "Rien ne tient dans 10 € : l’option la moins chère, " in out
    assert "coûte 2 000 €" in out
    # Nothing is said of a list that is empty.
    for said in ("rien ne change", "regretterait", "Aucune autre liste"):
        assert said not in out
    assert "Hors du calcul" in out


def test_no_code_is_printed(labo, demo_release, listed) -> None:
    ran = labo(
        "portfolio", demo_release.folder, "--options", listed, "--budget", "800000", "--floor", "2%"
    )
    codes = {x.id for x in MEASURES} | {row[0] for row in ROWS}
    found = {code for code in codes if "_" in code and code in ran.out}
    assert found == set()
    assert "l’effet de «" in " ".join(ran.out.split()).replace("\u00a0", " ")


def test_the_units_that_are_proposed_are_units() -> None:
    for unit in EFFECTS:
        units.parse(unit)
        assert spelled(unit) != ""
        assert "_" not in spelled(unit)
