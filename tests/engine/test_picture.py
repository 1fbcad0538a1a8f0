"""Pictures by their pixels and their text; classes that never overlap; the same bytes twice."""

import io
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from labo import cli, disparity, page, picture, release
from labo.errors import BadInput, LaboError, UnknownName
from labo.picture import class_bounds, class_labels, classify, thirds, unsure
from labo.profile import profile_of
from labo.release import Release
from labo.words import figure as shown

SCREEN = page.DPI["screen"]


def pixels(content: bytes) -> npt.NDArray[np.int64]:
    """Return the colours of a PNG, (rows, columns, 3), 0 to 255."""
    image = np.asarray(imread(io.BytesIO(content)), dtype=np.float64)
    return np.round(255 * image[:, :, :3]).astype(np.int64)


def share_of(content: bytes, colour: str) -> float:
    """Return which share of the map, left of the legend, has just that colour."""
    image = pixels(content)
    image = image[:, : int(0.6 * image.shape[1])]
    wanted = np.round(255 * np.array(to_rgb(colour))).astype(np.int64)
    return float((image == wanted).all(axis=2).mean())


def draw(found: Release, name: str, suffix: str = ".png") -> bytes:
    return page.render(picture.map_of(found, disparity.declared(found, name)), suffix, SCREEN)


# Four classes of the drawn neighbourhoods, as (central, low, high).
SURE = [(0.1, 0.1, 0.1), (0.3, 0.3, 0.3), (0.5, 0.5, 0.5), (0.7, 0.7, 0.7)]
NOTHING = (float("nan"),) * 3


def four_qpvs(folder: Path, rows: Sequence[tuple[float, ...]]) -> Release:
    """Make four communes, which are large, the only QPVs, and give them poverty shares."""
    found = release.read(folder)
    zones, values = found.zones, found.values
    chosen = zones.index[zones["code"].str.fullmatch(r"\d{5}")][: len(SURE)]
    assert len(chosen) == len(SURE)
    zones.loc[zones["kind"] == "qpv", "kind"] = "perimeter"
    zones.loc[chosen, "kind"] = "qpv"
    zones.to_parquet(folder / "zones.parquet")
    for zone, row in zip(zones.loc[chosen, "zone"], rows, strict=True):
        here = (values["zone"] == zone) & (values["indicator"] == "poverty_share")
        values.loc[here, ["central", "low", "high"]] = row
        values.loc[here, "reason"] = "" if row[0] == row[0] else "secret statistique"
    values.to_parquet(folder / "values.parquet")
    return release.read(folder)


# Classes


@given(
    st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=1, max_size=40),
    st.sampled_from([("1", 1), ("euro / year", 40_000), ("m**2 / resident", 50), ("degC", 45)]),
)
def test_class_bounds_never_overlap(shares: list[float], kind: tuple[str, float]) -> None:
    """Each value has one class, five at most; the words of the classes are apart as well."""
    unit, times = kind
    values = times * np.array(shares)
    bounds = class_bounds(values, unit)
    assert len(bounds) < picture.MOST_CLASSES
    assert (np.diff(bounds) > 0).all()
    texts = [shown(bound, unit) for bound in bounds]
    assert len(set(texts)) == len(texts), "two bounds that look the same"
    classes = classify(values, bounds, unit)
    assert ((classes == -1) == np.isnan(values)).all()
    assert len(class_labels(bounds, unit)) == len(bounds) + 1
    for bound, upper in zip(bounds, classify(bounds, bounds, unit), strict=True):
        assert upper == list(bounds).index(bound) + 1, "a bound belongs to the class above it"


def test_class_bounds_are_round() -> None:
    bounds = class_bounds([0.29, 0.46, 0.671], "1")
    assert bounds.tolist() == pytest.approx([0.4, 0.6])
    assert [label.replace("\u202f", " ") for label in class_labels(bounds, "1")] == [
        "moins de 40,0 %", "de 40,0 % à moins de 60,0 %", "60,0 % ou plus",
    ]  # fmt: skip
    assert classify([0.3999, 0.39949], bounds, "1").tolist() == [1, 0], "as they are shown"


def test_close_values_still_have_round_classes() -> None:
    temperatures = [3.7, 3.4, 3.4, 4.0, 3.3, 4.4, 4.5, 4.8, 4.2, 4.3]
    assert class_bounds(temperatures, "kelvin", 3).tolist() == pytest.approx([4.0])
    assert class_bounds(temperatures, "kelvin", 5).tolist() == pytest.approx([3.5, 4.0, 4.5])


def test_thirds_are_as_equal_as_rounding_lets() -> None:
    temperatures = [3.7, 3.4, 3.4, 4.0, 3.3, 4.4, 4.5, 4.8, 4.2, 4.3]
    bounds = thirds(temperatures, "kelvin")
    assert np.bincount(classify(temperatures, bounds, "kelvin")).tolist() == [3, 3, 4]
    assert thirds([0.3, 0.3, np.nan], "1").size == 0
    assert thirds([], "1").size == 0


def test_one_value_is_one_class() -> None:
    assert class_bounds([0.3, 0.3, np.nan], "1").size == 0
    assert class_labels(np.zeros(0), "1") == ["toutes les valeurs"]


def test_unsure_reaches_another_class() -> None:
    bounds = np.array([0.4, 0.6])
    assert unsure([0.41, 0.35, 0.2], [0.59, 0.5, 0.3], bounds, "1").tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("component", "hazards", "name"),
    [("hazard", ["heat"], "YlOrBr"), ("exposure", ["flood"], "Blues"),
     ("adaptive_capacity", ["heat"], "Greens"), ("sensitivity", ["heat"], "Purples"),
     ("hazard", ["nature"], "Greens"), ("exposure", ["all"], "Purples")],
)  # fmt: skip
def test_palette(component: str, hazards: list[str], name: str) -> None:
    assert page.palette({"component": component, "hazards": hazards}) == name


@pytest.mark.parametrize("name", ["YlOrBr", "Blues", "Greens", "Purples"])
def test_classes_are_told_without_hues(name: str) -> None:
    hazard = {"YlOrBr": "heat", "Blues": "flood", "Greens": "nature", "Purples": "all"}[name]
    scale = page.colours({"component": "hazard", "hazards": [hazard]}, 5)
    grey = [float(np.dot(to_rgb(colour), (0.3, 0.59, 0.11))) for colour in scale]
    assert all(one - two > 0.08 for one, two in pairwise(grey))


# The map


def test_map_has_the_colours_of_its_classes(release_copy: Path) -> None:
    found = four_qpvs(release_copy, SURE)
    bounds = class_bounds([row[0] for row in SURE], "1")
    assert len(bounds) == 3
    content = draw(found, "poverty_share")
    for colour in page.colours(disparity.declared(found, "poverty_share"), 4):
        assert share_of(content, colour) > 0.001
    assert share_of(content, page.MISSING) < 0.0001, "a blend of two colours at most"


def test_map_hatches_what_is_unsure(release_copy: Path) -> None:
    """The doubtful one has ink over its colour; the others stay as they were."""
    plain = draw(four_qpvs(release_copy, SURE), "poverty_share")
    doubtful = [(0.1, 0.05, 0.6), *SURE[1:]]
    hatched = draw(four_qpvs(release_copy, doubtful), "poverty_share")
    x = disparity.declared(release.read(release_copy), "poverty_share")
    first, *others = page.colours(x, 4)
    assert 0 < share_of(hatched, first) < 0.97 * share_of(plain, first)
    assert [share_of(hatched, c) for c in others] == [share_of(plain, c) for c in others]


def test_map_hatches_what_is_missing_in_grey(release_copy: Path) -> None:
    found = four_qpvs(release_copy, [NOTHING, *SURE[1:]])
    content = draw(found, "poverty_share")
    assert share_of(content, page.MISSING) > 0.001
    assert "secret statistique" in told(draw(found, "poverty_share", ".svg"))


@pytest.mark.parametrize("suffix", page.SUFFIXES)
def test_same_bytes_twice(demo_release: Release, suffix: str) -> None:
    one, two = (draw(demo_release, "poverty_share", suffix) for _ in range(2))
    assert one == two
    assert b"atplotlib" not in one.replace(b"DTD SVG", b"")[:2000] or suffix == ".pdf"


def test_readers_own_settings_change_nothing(demo_release: Release) -> None:
    import matplotlib as mpl

    expected = draw(demo_release, "poverty_share")
    with mpl.rc_context({"font.size": 30, "hatch.linewidth": 9, "savefig.bbox": "tight"}):
        assert draw(demo_release, "poverty_share") == expected


def test_no_pyplot() -> None:
    import subprocess
    import sys

    code = "import sys, labo.picture; print([m for m in sys.modules if m.startswith('matplotlib')])"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert ran.stdout.strip() == "[]", "matplotlib is imported by drawing only"


def told(svg: bytes) -> str:
    """Return the text of an SVG, in one line."""
    import re
    from html import unescape

    parts = re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())
    return " ".join(unescape(" ".join(parts)).replace("\u202f", " ").split())


def test_map_says_its_source(demo_release: Release) -> None:
    text = told(draw(demo_release, "poverty_share", ".svg"))
    assert "Filosofi 2021, données carroyées à 200 m, millésime 2021" in text
    assert "ANCT, Quartiers prioritaires" in text
    assert "Licence Ouverte 2.0" in text
    assert "DONNÉES FICTIVES" in text
    assert "Dans l'agglomération entière :" in text
    assert "CRS3035" not in text, "no cell"


def test_only_what_is_invented_is_said_to_be(release_copy: Path) -> None:
    manifest = release_copy / "manifest.json"
    text = manifest.read_text("utf-8").replace(" (données fictives)", "")
    manifest.write_text(text, encoding="utf-8")
    text = told(draw(release.read(release_copy), "poverty_share", ".svg"))
    assert "fictives" not in text.casefold()


def test_text_is_large_enough(demo_release: Release) -> None:
    from matplotlib.text import Text

    sizes = []
    zone = demo_release.places["zone"].iloc[0]
    x = disparity.declared(demo_release, "poverty_share")
    for figure in (picture.map_of(demo_release, x), profile_of(demo_release, zone)):
        texts: Any = figure.findobj(Text)
        sizes += [text.get_fontsize() for text in texts if text.get_text()]
    assert min(sizes) >= 8


def test_map_of_nothing(release_copy: Path) -> None:
    found = four_qpvs(release_copy, [NOTHING] * 4)
    with pytest.raises(BadInput, match=r"No QPV .* 'poverty_share' \(secret statistique\)"):
        draw(found, "poverty_share")


# The profile


@pytest.mark.parametrize("kind", ["qpv", "commune", "epci", "rest_of_epci"])
def test_profile(demo_release: Release, kind: str) -> None:
    places = demo_release.places
    place = places[places["kind"] == kind].iloc[0]
    svg = page.render(profile_of(demo_release, place["zone"]), ".svg", SCREEN)
    text = told(svg)
    assert place["name"].split(",")[0] in text
    assert "Chaque ligne a son axe" in text
    assert "Part des ménages pauvres" in text
    assert "DONNÉES FICTIVES" in text
    if kind != "qpv":
        assert "Sans valeur, publié pour les QPV :" in text


def test_profile_is_the_same_twice(demo_release: Release) -> None:
    zone = demo_release.places["zone"].iloc[0]
    one, two = (page.render(profile_of(demo_release, zone), ".png", SCREEN) for _ in range(2))
    assert one == two
    height, width, _ = pixels(one).shape
    assert width == pytest.approx(SCREEN * 8.27, abs=1)
    assert height >= SCREEN * 11.69 - 1


def test_profile_of_one_hazard_is_shorter(demo_release: Release) -> None:
    zone = demo_release.places["zone"].iloc[0]
    whole, air = (
        page.render(profile_of(demo_release, zone, hazard), ".svg", SCREEN).decode()
        for hazard in (None, "air")
    )
    # Nights at 20 °C and cool places are of heat alone, air is of both pages.
    assert len(air) < 0.8 * len(whole)
    assert "PM2,5" in air
    assert "PM2,5" in whole


# The command line


def run(*words: object) -> str:
    from typer.testing import CliRunner

    from labo.cli import picture as commands  # noqa: F401 (its commands)

    ran = CliRunner().invoke(cli.app, [str(word) for word in words])
    if ran.exception is not None:
        raise ran.exception
    return ran.stdout


def test_commands_write_files(demo_release: Release, tmp_path: Path) -> None:
    zone = demo_release.places["name"].iloc[0]
    folder = demo_release.folder
    for words in (("map", folder, "poverty_share"), ("profile", folder, zone)):
        out = tmp_path / f"{words[0]}.png"
        assert run(*words, "-o", out, "--for", "screen") == f"{out}\n"
        assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("map.jpg", r"end the name in \.png, \.svg, \.pdf"), ("map", "end the name"),
     ("nowhere/map.png", "in a folder that exists"), ("copy/map.png", "lies in the release")],
)  # fmt: skip
def test_refused_names(release_copy: Path, tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        run("map", release_copy, "poverty_share", "-o", tmp_path / name)
    assert not (tmp_path / name).exists()


def test_unknown_names(demo_release: Release, tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    for words, error in (
        (("map", demo_release.folder, "poverty"), UnknownName),
        (("profile", demo_release.folder, "nowhere"), UnknownName),
        (("map", tmp_path, "poverty_share"), LaboError),
    ):
        with pytest.raises(error):
            run(*words, "-o", out)
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_folder_that_is_closed(demo_release: Release, tmp_path: Path, monkeypatch: Any) -> None:
    """What the system refuses is said by the command line's own sentence on OSError."""

    def closed(self: Path, content: bytes) -> int:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_bytes", closed)
    with pytest.raises(PermissionError):
        run("map", demo_release.folder, "poverty_share", "-o", tmp_path / "x.png")
