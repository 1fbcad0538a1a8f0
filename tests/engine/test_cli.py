"""The command line as a newcomer runs it: stdout, stderr, exit codes, French figures."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from labo import cli, release, words
from labo.catalogue import INDICATORS, LAYERS, MEASURES, SOURCES
from labo.release import MANIFEST, Release
from labo.typography import curled
from labo.words import between, change, figure, interval, quantity

COMMANDS = (
    *("list", "explain", "pages", "fetch", "demo", "import", "bridge"),
    *("diagnose", "show", "check", "compare", "inequality", "map", "profile"),
    *("index", "weights", "voi", "measures", "portfolio", "scenario", "france"),
)
NAN = float("nan")
# What a command line that only says what it can do has no business importing.
HEAVY = ("geopandas", "httpx", "numpy", "pandas", "pint", "pyarrow", "scipy", "shapely")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def labo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """`labo("show", folder)` runs the command line in this process."""

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


def process(*arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "labo", *map(str, arguments)]
    return subprocess.run(  # noqa: S603
        command, capture_output=True, encoding="utf-8", check=False, **options
    )


# Figures


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1542.4, "resident", "1 542"),
        (1_234_567.0, "household", "1 234 567"),
        (0.4123, "1", "41,2 %"),
        (-0.0001, "1", "0,0 %"),
        (15_900.0, "euro / year", "15 900 €"),
        (34.06, "m**2 / resident", "34,1 m²"),
        (-1234.5, "kelvin", "−1 234,5 °C"),
        (NAN, "1", "–"),
        (None, "1", "–"),
    ],
)
def test_figure(value: float | None, unit: str, text: str) -> None:
    assert figure(value, unit) == text.replace(" ", words.NARROW)


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [(0.329, 0.37, "1", "32,9–37,0"), (1443.0, 1622.0, "resident", "1 443–1 622"),
     (NAN, NAN, "1", ""), (None, None, "1", "")],
)  # fmt: skip
def test_interval(low: float | None, high: float | None, unit: str, text: str) -> None:
    assert interval(low, high, unit) == text.replace(" ", words.NARROW)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.012, "1", "+1,2 pt"), (-120.0, "resident", "−120"), (0.0, "1", "0,0 pt"),
     (-0.0001, "1", "0,0 pt"), (1500.0, "euro / year", "+1 500 €"), (None, "1", "–")],
)  # fmt: skip
def test_change(value: float | None, unit: str, text: str) -> None:
    assert change(value, unit) == text.replace(" ", words.NARROW)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1542.0, "resident", "1_542 habitants"), (1.2, "household", "1 ménage"),
     (0.0, "dwelling", "0 logement"), (0.35, "1", "35,0_%"), (NAN, "resident", "–")],
)  # fmt: skip
def test_quantity(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text.replace(" ", "\u00a0").replace("_", words.NARROW)


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [(31.2, 37.9, "1 / km**2", "31 et 38 espèces"), (12.0, 12.4, "day", "12,0 et 12,4 jours"),
     (1542.0, 1699.6, "resident", "1_542 et 1_700 habitants"), (0.3, 0.35, "1", "30,0_% et 35,0_%"),
     (20.1, 21.0, "kelvin", "20,1_°C et 21,0_°C")],
)  # fmt: skip
def test_between_says_the_unit_of_the_sentence(
    low: float, high: float, unit: str, text: str
) -> None:
    said = between(low, high, unit).replace("\u00a0", " ")
    assert said == text.replace("_", words.NARROW)


# Help


def test_help_names_every_command(labo: Any) -> None:
    ran = labo("--help")
    assert ran.code == 0
    assert all(f"  {name} " in ran.out for name in COMMANDS)
    assert "..." not in ran.out.partition("Commands:")[2], "a summary is cut short"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(labo: Any, command: str) -> None:
    ran = labo(command, "--help", columns=100)
    assert ran.code == 0
    assert ran.err == ""
    assert f"Usage: labo {command}" in ran.out
    for line in ran.out.splitlines():
        if line.startswith("  --") and "--help" not in line:
            assert len(line.split()) > 2, f"{line} is not explained"


def test_version(labo: Any) -> None:
    from importlib.metadata import version

    assert labo("--version") == (0, f"labo {version('labo')}\n", "")


def test_help_is_light() -> None:
    """Nothing heavy is imported to say what there is."""
    code = (
        "import sys, labo.cli as cli\n"
        "sys.argv = ['labo', 'show', '--help']\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


# list and explain


def test_list_indicators_as_json(labo: Any) -> None:
    ran = labo("list", "indicators", "--json")
    assert json.loads(ran.out) == [x.as_json() for x in INDICATORS]


@pytest.mark.parametrize(
    ("noun", "group"), [("sources", SOURCES), ("layers", LAYERS), ("indicators", INDICATORS)]
)
def test_list(labo: Any, noun: str, group: Any) -> None:
    assert {row["id"] for row in json.loads(labo("list", noun, "--json").out)} == {
        x.id for x in group
    }
    out = labo("list", noun).out
    assert all(x.id in out for x in group)


def test_explain_an_indicator_says_everything(labo: Any) -> None:
    out = labo("explain", "poverty_share").out
    x = INDICATORS["poverty_share"]
    folded = " ".join(out.split())
    for text in (
        x.label,
        x.definition,
        "ratio(poor_households, households)",
        "plus la valeur est élevée, plus le quartier est vulnérable",
        "part, de 0 à 1",
        "Ici, … des ménages vivent sous le seuil de pauvreté.",
        LAYERS["poor_households"].definition,
        LAYERS["households"].definition,
        "Filosofi 2021, données carroyées à 200 m, millésime 2021 (Licence Ouverte 2.0)",
    ):
        assert curled(text) in folded


@pytest.mark.parametrize("name", [x.id for group in (INDICATORS, LAYERS, SOURCES) for x in group])
def test_explain(labo: Any, name: str) -> None:
    ran = labo("explain", name, columns=100)
    assert (ran.code, ran.err) == (0, "")
    assert f"({name})" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


def test_explain_what_is_not_there(labo: Any) -> None:
    ran = labo("explain", "poverty_shares")
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith("labo: Nothing is declared under the name 'poverty_shares'")
    assert "did you mean poverty_share" in ran.err


# show


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_show_side_by_side(labo: Any, demo_release: Release, columns: int) -> None:
    ran = labo("show", demo_release.folder, columns=columns)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert "données fictives" in lines[0]
    assert "QPV de génération 2024" in lines[0]
    assert lines[-1] == f"Tout sur une zone : labo show {demo_release.folder} ZONE"
    assert max(map(len, lines[:-1])) <= columns
    values = demo_release.values.set_index(["zone", "indicator"])
    code = demo_release.places["zone"].iloc[0]
    for name in ("population", "municipal_population", "poverty_share", "median_income"):
        v = values.loc[code, name]
        # Narrow spaces would let a figure be folded: each stands whole on its line.
        assert figure(v["central"], v["unit"]) in ran.out
        assert interval(v["low"], v["high"], v["unit"]) in ran.out
    assert (
        "publié pour les QPV (2) : Niveau de vie médian (Insee), Population municipale"
        in " ".join(ran.out.split())
    )


def test_show_fits_one_table_at_140_columns(labo: Any, demo_release: Release) -> None:
    out = labo("show", demo_release.folder, columns=140).out
    assert sum(line.startswith("zone ") for line in out.splitlines()) == 1


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_show_a_zone(labo: Any, demo_release: Release, columns: int) -> None:
    place = demo_release.places.iloc[0]
    ran = labo("show", demo_release.folder, place["zone"], columns=columns)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{place['name']} ({place['zone']}), Ville-Témoin")
    lines = ran.out.splitlines()
    assert max(map(len, lines[:-1])) <= columns
    for title in ("Aléa", "Exposition", "  Tous les aléas", "Sensibilité", "Méthodes", "Sources"):
        assert title in lines
    values = demo_release.values[demo_release.values["zone"] == place["zone"]]
    for v in values[values["reason"] == ""].to_dict("records"):
        x = INDICATORS[v["indicator"]]
        line = next(n for n in lines if n.startswith(f"    {x.label.split()[0]}"))
        assert line, x.label
        assert figure(v["central"], x.unit) in ran.out
        assert interval(v["low"], v["high"], x.unit) in ran.out
    folded = " ".join(ran.out.split())
    for s in demo_release.manifest["sources"]:
        assert curled(f"{s['label']}, millésime {s['vintage']} ({s['licence']})") in folded
    assert "officiel : chiffre publié par le producteur" in folded
    assert "carreaux ou IRIS" in folded or columns < 120
    by_name = labo("show", demo_release.folder, place["name"], columns=columns)
    assert by_name == ran


def test_every_method_has_words(demo_release: Release) -> None:
    methods = set(demo_release.values["method"]) - {""}
    assert methods | {"partner"} <= set(words.METHODS)
    assert set(words.METHODS) == set(words.METHODS_AT_LENGTH)


def test_show_the_climate_to_come(labo: Any, demo_release: Release) -> None:
    """A column per horizon for the agglomeration; neighbourhoods are sent there."""
    values = demo_release.values
    to_come = values[(values["scenario"] != "present") & (values["zone"] == "999000001")]
    ran = labo("show", demo_release.folder, "999000001", columns=80)
    lines = ran.out.splitlines()
    [scenario] = set(to_come["scenario"])
    assert any(line.startswith(f"Climat à venir ({scenario}, source ") for line in lines)
    [header] = [line.split() for line in lines if "2050" in line.split()]
    assert header == sorted(set(to_come["horizon"]))
    for v in to_come.to_dict("records"):
        assert figure(v["central"], v["unit"]) in ran.out
        assert interval(v["low"], v["high"], v["unit"]) in ran.out
    code = demo_release.places["zone"].iloc[0]
    out = labo("show", demo_release.folder, code, columns=80).out
    assert "voir la zone 999000001" in out
    assert "2050" not in out


def test_show_a_zone_in_words(labo: Any, demo_release: Release) -> None:
    values = demo_release.values
    for zone in ("999000001", demo_release.places["zone"].iloc[0]):
        ran = labo("show", demo_release.folder, zone, "--in-words", columns=80)
        assert (ran.code, ran.err) == (0, "")
        assert max(map(len, ran.out.splitlines())) <= 80
        folded = " ".join(ran.out.split())
        known = values[(values["zone"] == zone) & (values["reason"] == "")]
        for v in known.to_dict("records"):
            x = INDICATORS[v["indicator"]]
            sentence = x.reading.format(value=quantity(v["central"], x.unit))
            when = "" if v["horizon"] == "present" else f"{v['scenario']}, {v['horizon']} : "
            assert when + curled(" ".join(sentence.split())) in folded
        assert "Sans doute entre" in folded


def test_show_a_commune_says_why_values_are_empty(labo: Any, demo_release: Release) -> None:
    places = demo_release.places
    commune = places.loc[places["kind"] == "commune", "zone"].iloc[0]
    out = " ".join(labo("show", demo_release.folder, commune).out.split())
    assert "Valeurs vides : climat connu à l’échelle du territoire" in out
    assert "publié pour les QPV (2) : Niveau de vie médian (Insee), Population" in out


def test_show_an_emptied_zone(labo: Any, release_copy: Path) -> None:
    found = release.read(release_copy)
    code = found.places["zone"].iloc[0]
    values = found.values
    there = values["zone"] == code
    for name in ("central", "low", "high", "imputed_share"):
        values[name] = values[name].where(~there)
    values["reason"] = values["reason"].where(~there, "secret statistique")
    values.to_parquet(release_copy / "values.parquet")
    for arguments in ([release_copy], [release_copy, code]):
        ran = labo("show", *arguments)
        assert ran.code == 0
        assert "secret statistique (" in ran.out


def test_show_json_is_valid_and_missing_is_null(labo: Any, demo_release: Release) -> None:
    rows = json.loads(labo("show", demo_release.folder, "--json").out)
    places = demo_release.places["zone"]
    assert len(rows) == int(demo_release.values["zone"].isin(places).sum())
    assert all(list(row) == release.VALUE_COLUMNS for row in rows)
    empty = [row for row in rows if row["reason"]]
    assert empty
    assert all(row["central"] is None and row["low"] is None for row in empty)
    one = json.loads(labo("show", demo_release.folder, places.iloc[0], "--json").out)
    assert one == [row for row in rows if row["zone"] == places.iloc[0]]


def test_a_closed_pipe_is_no_error(demo_release: Release) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, "-m", "labo", "show", str(demo_release.folder), "--json"]
        ran = subprocess.run(  # noqa: S603
            command, stdout=writing, stderr=subprocess.PIPE, encoding="utf-8", check=False
        )
    finally:
        os.close(writing)
    assert ran.stderr == ""


def test_a_terminal_without_narrow_spaces_still_shows_figures(demo_release: Release) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = process("show", demo_release.folder, env=environment)
    assert (ran.returncode, ran.stderr) == (0, "")


# The report


def test_report_counts_by_source(labo: Any, demo_release: Release) -> None:
    notices = demo_release.manifest["notices"]
    rows = json.loads(labo("show", demo_release.folder, "--report", "--json").out)
    assert [list(row) for row in rows] == [
        ["source", "repaired", "rejected", "missing", "notices"]
    ] * len(rows)
    assert {row["source"] for row in rows} >= {s["id"] for s in demo_release.manifest["sources"]}
    for kind in ("repaired", "rejected", "missing"):
        wanted = sum(n["count"] for n in notices if n["kind"] == kind)
        assert sum(row[kind] for row in rows) == wanted
    assert sum(len(row["notices"]) for row in rows) == len(notices)
    ran = labo("show", demo_release.folder, "--report", columns=80)
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 80
    folded = " ".join(ran.out.split())
    for n in notices:
        assert " ".join(f"{n['count']} : {n['text']}".split()) in folded
    quiet = sum(not row["notices"] for row in rows)
    assert f"Rien à signaler pour {quiet} sources." in ran.out


@pytest.mark.parametrize(
    ("options", "said"),
    [(["999000001", "--report"], "leave out ZONE"), (["--in-words"], "give ZONE")],
)
def test_options_that_do_not_go_together(
    labo: Any, demo_release: Release, options: list[str], said: str
) -> None:
    ran = labo("show", demo_release.folder, *options)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


# check and compare


def test_check(labo: Any, demo_release: Release, release_copy: Path) -> None:
    ran = labo("check", demo_release.folder, "--against", release_copy)
    assert (ran.code, ran.err) == (0, "")
    assert f"is sound, alone and with {release_copy}: 11 files" in ran.out
    (release_copy / "draws.parquet").unlink()
    ran = labo("check", release_copy)
    assert ran == (1, "", "labo: draws.parquet is missing.\n")
    ran = labo("check", demo_release.folder, "--against", release_copy)
    assert ran == (1, "", f"labo: {release_copy}: draws.parquet is missing.\n")


def test_compare_identical(labo: Any, demo_release: Release) -> None:
    folder = demo_release.folder
    rows = json.loads(labo("compare", folder, folder, "--json").out)
    known = [row for row in rows if row["difference"] is not None]
    assert {row["difference"] for row in known} == {0}
    assert labo("compare", folder, folder).out.startswith(f"{len(known)} valeurs sont les mêmes.")


def test_compare_says_where_the_difference_is(
    labo: Any, release_copy: Path, demo_release: Any
) -> None:
    values = release.read(release_copy).values
    there = (values["zone"] == "999000001") & (values["indicator"] == "poverty_share")
    values["central"] = values["central"].where(~there, values["central"] - 0.05)
    values.to_parquet(release_copy / "values.parquet")
    out = labo("compare", demo_release.folder, release_copy, columns=100).out
    [line] = [line for line in out.splitlines() if line.startswith("Part des ménages pauvres")]
    assert f"−5,0{words.NARROW}pt" in line
    assert "(999000001)" in out


# demo, diagnose, and what goes wrong


def test_demo_then_diagnose(labo: Any, tmp_path: Path) -> None:
    town, out = tmp_path / "town", tmp_path / "release"
    ran = labo("demo", town, "--residents", "2500", "--seed", "2")
    assert (ran.code, ran.err) == (0, "")
    assert "labo diagnose ville-temoin" in ran.out
    ran = labo("diagnose", "ville-temoin", "--mirror", town, "--out", out, "--draws", "20")
    assert (ran.code, ran.out) == (0, f"{out}\n")
    assert "values written" in ran.err
    again = tmp_path / "again"
    command = ("diagnose", "ville-temoin", "--mirror", town, "--draws", "20", "--out")
    ran = labo(*command, again, "--report")
    assert ran.code == 0
    assert ran.out == f"{again}\n\n{labo('show', again, '--report').out}"
    third = tmp_path / "third"
    assert labo(*command, third, "--json").out == labo("show", out, "--report", "--json").out
    assert labo("demo", town).code == 1
    ran = labo("diagnose", "ville-temoin", "--mirror", town, "--out", out)
    assert ran.code == 1
    assert ran.err.count("\n") == 1, "it is refused before the work"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "nowhere"], "There is no release in 'nowhere'"),
        (["check", "nowhere"], "There is no release in 'nowhere'"),
        (["compare", "nowhere", "nowhere"], "There is no release in 'nowhere'"),
        (["diagnose", "x", "--mirror", "nowhere", "--out", "r"], "There is no mirror.toml"),
        (["diagnose", "200000000", "--out", "r"], "run `labo fetch 200000000` first"),
        (["diagnose", "../x", "--out", "r"], "'../x' is not "),
        (["demo", "town", "--residents", "3"], "3 residents"),
        (["demo", "town", "--form", "round"], "Unknown city form 'round'"),
    ],
)
def test_what_can_be_mended_is_one_sentence(
    labo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABO_CACHE", str(tmp_path / "cache"))
    ran = labo(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("labo: ")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["list", "towns"], ["show"], ["frobnicate"], ["check", "-x"]]
)
def test_wrong_usage_is_exit_2(labo: Any, arguments: list[str]) -> None:
    ran = labo(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: labo" in ran.err


def test_permission_denied_is_one_sentence(
    labo: Any, release_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(folder: Path) -> Release:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder / MANIFEST))

    monkeypatch.setattr(release, "read", closed)
    ran = labo("show", release_copy)
    assert ran == (1, "", f"labo: '{release_copy / MANIFEST}': Permission denied.\n")


def test_python_m_labo() -> None:
    ran = process("show", "nowhere")
    assert ran.returncode == 1
    assert ran.stderr == "labo: There is no release in 'nowhere' (no manifest.json).\n"


def test_fetch_knows_the_sources_in_a_fresh_process(demo_mirror: Path, tmp_path: Path) -> None:
    """Each command stands alone: no other module has imported the catalogue for it."""
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "labo", "fetch", "ville-temoin", "--mirror", str(demo_mirror)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LABO_CACHE": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "insee_filosofi_200m_2021" in done.stdout
    assert (tmp_path / "territories/ville-temoin/mirror.toml").is_file()


# measures


def test_list_and_explain_measures(labo: Any) -> None:
    rows = json.loads(labo("list", "measures", "--json").out)
    assert [row["id"] for row in rows] == [x.id for x in MEASURES]
    for x in MEASURES:
        ran = labo("explain", x.id, columns=100)
        assert (ran.code, ran.err) == (0, "")
        folded = " ".join(ran.out.split())
        for text in (x.label, x.summary, *x.pitfalls, *(c.says for c in x.checks.values())):
            assert curled(text) in folded
        assert all(y.url in ran.out for y in x.references if y.url is not None)
        assert "à vérifier" in folded


def test_measures_of_a_zone_explain_themselves(labo: Any, demo_release: Release) -> None:
    place = demo_release.places.iloc[0]
    ran = labo("measures", demo_release.folder, place["name"], columns=120)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{len(MEASURES)} solutions pour {place['name']}")
    assert all(x.id in ran.out for x in MEASURES), "none is hidden"
    assert "on ne peut pas les départager" in " ".join(ran.out.split())
    assert "aucun effet chiffré" in labo(
        "measures", demo_release.folder, place["zone"], "--all"
    ).out.replace("\n", " ").replace("  ", " ")


def test_measures_as_json(labo: Any, demo_release: Release) -> None:
    zone = demo_release.places["zone"].iloc[0]
    rows = json.loads(labo("measures", demo_release.folder, zone, "--json").out)
    assert {row["measure"] for row in rows} == {x.id for x in MEASURES}
    assert rows[0]["rank"] == 1
    assert len({tuple(row) for row in rows}) == 1, "the same keys in every row"
    heat = json.loads(labo("measures", demo_release.folder, zone, "--hazard", "air", "--json").out)
    assert {row["measure"] for row in heat} == {x.id for x in MEASURES if "air" in x.hazards}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "There is no zone 'nowhere'"),
        (["999000001"], "is the agglomeration itself"),
        (["999000001", "--hazard", "fire"], "--hazard 'fire': give one of heat"),
    ],
)
def test_measures_of_what_is_not(
    labo: Any, demo_release: Release, arguments: list[str], message: str
) -> None:
    ran = labo("measures", demo_release.folder, *arguments)
    assert ran.code == 1
    assert ran.out == ""
    assert message in ran.err
