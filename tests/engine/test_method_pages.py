"""The method pages: complete, in step with the catalogue, and without a dead link."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labo import method_pages
from labo.catalogue import INDICATORS, LAYERS, PLACES, SOURCES
from labo.errors import LaboError
from labo.estimate import Estimate
from labo.formula import in_words, measured, number
from labo.indicator import Indicator
from labo.layer import Layer
from labo.method_pages import INDEX, LAYER_PAGE, MARK, SECTIONS, SOURCE_PAGE, pages
from labo.typography import curled
from labo.way import AtHomes, Crosswalk, Points
from labo.way_words import carried_in_words, covered, limits_of

COMMITTED = Path(__file__).parents[2] / "docs" / "indicateurs"
TO_UPDATE = "run `labo pages docs/indicateurs`, look at what changed, and commit it"
LINK = re.compile(r"\]\(([^)\s]+)\)")
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
# A figure taken from the code: 50 mm of rain, as a named estimate.
HALF = 0.5
STORM = Estimate(
    central=50.0, low=40.0, high=60.0, unit="mm", reference="essai", grade="to_check", scope="essai"
)  # fmt: skip

indicators = pytest.mark.parametrize("x", INDICATORS, ids=lambda x: x.id)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages()


def sections(page: str) -> dict[str, str]:
    """The text under each title of the second level."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {title: text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_committed_pages_are_those_of_the_catalogue() -> None:
    assert COMMITTED.is_dir(), f"there are no method pages in docs/indicateurs: {TO_UPDATE}"
    outdated = method_pages.outdated(COMMITTED)
    assert not outdated, f"{', '.join(outdated[:5])} ({len(outdated)} pages): {TO_UPDATE}"


@indicators
def test_a_page_has_every_section_and_none_is_empty(x: Indicator, written: dict[str, str]) -> None:
    page = written[f"{x.id}.md"]
    assert page.startswith(f"{MARK}\n\n# {curled(x.label)}\n")
    found = sections(page)
    assert tuple(found) == SECTIONS
    assert [title for title, text in found.items() if not text] == []
    assert found["Définition"] == curled(x.definition)
    assert x.expression in found["Formule"]
    assert curled(in_words(x)) in found["Formule"]
    assert "Lecture GIEC AR6" in found["Composante"]
    assert "Lecture TACCT" in found["Composante"]
    for name in x.source_ids:
        assert f"({SOURCE_PAGE}#{name})" in found["Sources"]
        assert curled(SOURCES[name].vintage) in found["Sources"]
        assert curled(SOURCES[name].licence) in found["Sources"]
    for name in x.layers:
        assert curled(LAYERS[name].definition) in found["Couches lues"]
        assert curled(carried_in_words(LAYERS[name].carried)) in found["De la source au quartier"]


@indicators
def test_an_estimate_that_nobody_checked_says_so(x: Indicator, written: dict[str, str]) -> None:
    said = sections(written[f"{x.id}.md"])["Erreur déclarée"]
    errors = [LAYERS[name].error for name in x.layers]
    for error in errors:
        if error is not None:
            assert curled(error.reference) in said
            assert (f"Référence, {'à vérifier' if error.grade == 'to_check' else 'vérifié'} :") in (
                said
            )
    if not any(errors):
        assert said.startswith("Aucune")


@indicators
def test_share_alike_is_said_where_a_source_asks_for_it(
    x: Indicator, written: dict[str, str]
) -> None:
    said = sections(written[f"{x.id}.md"])["Sources"]
    asks = any("ODbL" in SOURCES[name].licence for name in x.source_ids)
    assert ("partage à l’identique" in said) or not asks


def test_every_declaration_has_its_place(written: dict[str, str]) -> None:
    assert {f"{x.id}.md" for x in INDICATORS} < set(written)
    for x in INDICATORS:
        assert f"]({x.id}.md)" in written[INDEX]
    for page, declared in ((LAYER_PAGE, LAYERS), ("lieux.md", PLACES), (SOURCE_PAGE, SOURCES)):
        assert ANCHOR.findall(written[page]) == [y.id for y in declared]


def test_no_link_is_dead(written: dict[str, str]) -> None:
    anchors = {name: set(ANCHOR.findall(page)) for name, page in written.items()}
    for name, page in written.items():
        for target in LINK.findall(page):
            if target.startswith("https://"):
                continue
            file, _, anchor = target.partition("#")
            assert file in written, f"{name} leads to {target}"
            assert not anchor or anchor in anchors[file], f"{name} leads to {target}"


def test_exposition_is_not_the_same_in_both_readings(written: dict[str, str]) -> None:
    """The trap of the vocabulary: GIEC's exposure is the people, TACCT's is the climate."""
    for x in INDICATORS:
        ipcc, tacct = sections(written[f"{x.id}.md"])["Composante"].splitlines()[:2]
        assert ("exposition," in ipcc) == (x.component == "exposure")
        assert tacct.startswith("- Lecture TACCT : exposition,") == (x.component == "hazard")


def test_tables_keep_their_columns(written: dict[str, str]) -> None:
    for name, page in written.items():
        width = 0
        for line in page.splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not (cells and width) or cells == width, f"{name}: {line}"
            width = cells


def test_pages_are_the_same_each_time_and_carry_no_date(written: dict[str, str]) -> None:
    assert pages() == written
    for page in written.values():
        assert page.endswith("\n")
        assert not page.endswith("\n\n")
        assert "\r" not in page


def test_pages_are_written_updated_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "indicateurs"
    assert method_pages.outdated(folder) == sorted(pages())
    changed, gone = method_pages.write(folder)
    assert sorted(changed) == sorted(pages())
    assert gone == []
    assert method_pages.outdated(folder) == []
    assert method_pages.write(folder) == ([], [])

    (folder / "population.md").write_text(f"{MARK}\nancienne", encoding="utf-8")
    (folder / "left_over.md").write_text(f"{MARK}\nancien", encoding="utf-8")
    (folder / "notes.txt").write_text("à moi", encoding="utf-8")
    assert method_pages.outdated(folder) == ["left_over.md", "population.md"]
    assert method_pages.write(folder) == (["population.md"], ["left_over.md"])
    assert method_pages.outdated(folder) == []
    assert (folder / "notes.txt").exists()


def test_a_page_that_somebody_else_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("# À moi\n", encoding="utf-8")
    with pytest.raises(LaboError, match=r"README.md' was not written by `labo pages`: move it"):
        method_pages.write(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [INDEX]


def test_an_indicator_may_not_take_the_name_of_a_fixed_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(method_pages, "LAYER_PAGE", "population.md")
    with pytest.raises(TypeError, match="may not be named 'population'"):
        pages()


# Formulas in words


def ratio(part: Any, whole: Any) -> Any:
    return part / whole


def weighted(poor_households: Any, households: Any) -> Any:
    """Essai."""
    rest = households - poor_households
    return np.minimum(HALF * ratio(rest, households), 1.0) * STORM.central


def chosen(population: Any, households: Any) -> Any:
    """Essai."""
    return np.where(households > 0, population / (households + 1), -population)


def through_a_helper(population: Any, households: Any) -> Any:
    """Essai."""
    return np.clip(kept(population, households), 0.0, 1.0)


def kept(part: Any, whole: Any) -> Any:
    """A helper of ours."""
    left = whole - part
    return left / whole


def sorted_out(population: Any) -> Any:
    """Essai."""
    return np.sort(population)


def told(formula: Any) -> str:
    given = dict(INDICATORS["population"].__dict__)
    layers = tuple(formula.__code__.co_varnames[: formula.__code__.co_argcount])
    return in_words(Indicator(**(given | {"formula": formula, "layers": layers})))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (
            weighted,
            (
                "(0,5 × (« Ménages fiscaux » − « Ménages pauvres ») ÷ « Ménages fiscaux », au plus "
                "1) × 50 mm"
            ),
        ),
        (
            chosen,
            (
                "si « Ménages fiscaux » > 0 : « Habitants des ménages fiscaux » ÷ (« Ménages "
                "fiscaux » + 1), sinon −« Habitants des ménages fiscaux »"
            ),
        ),
        (
            through_a_helper,
            (
                "(« Ménages fiscaux » − « Habitants des ménages fiscaux ») ÷ « Ménages fiscaux », "
                "tenu entre 0 et 1"
            ),
        ),
    ],
)
def test_formula_in_words(formula: Any, text: str) -> None:
    assert told(formula) == text


def test_formula_without_words_is_refused() -> None:
    with pytest.raises(TypeError, match=r"no words for 'np.sort\(population\)'"):
        told(sorted_out)


@indicators
def test_words_of_a_formula_name_its_layers_and_no_code(x: Indicator) -> None:
    said = in_words(x)
    for name in x.layers:
        assert f"« {LAYERS[name].label} »" in said
    left = re.sub("« [^»]* »", "", said)
    assert "_" not in left
    assert "np." not in left


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.885517, "0,8855"), (1000.0, "1\u202f000"), (-2.5, "\u22122,5"), (3.0, "3")],
)
def test_number_in_french(value: float, text: str) -> None:
    assert number(value) == text


def test_measured_says_the_unit() -> None:
    assert measured(0.7, "kelvin") == "0,7 °C"
    assert measured(0.7, "1") == "0,7"


# Ways in words


@pytest.mark.parametrize("x", LAYERS, ids=lambda x: x.id)
def test_every_way_is_said(x: Layer) -> None:
    assert carried_in_words(x.carried).endswith(".")
    assert all(covered(x.carried))
    assert all(text.endswith(".") for text in limits_of(x.carried))


def test_ways_say_what_is_declared_of_them() -> None:
    near = AtHomes(whose="households in houses", elsewhere=0.0, reach_m=500.0)
    assert carried_in_words(near) == (
        "lu à 500 m ou moins de chaque logement, puis ajouté ou moyenné sur les ménages qui vivent "
        "en maison du quartier ; où le fichier ne montre rien, la valeur est 0."
    )
    unknown = AtHomes(whose="residents", elsewhere=float("nan"), reach_m=0.0)
    assert "on ne sait pas" in carried_in_words(unknown)
    among = Crosswalk(among="households", bounded=True, by="poverty")
    assert "« Ménages fiscaux »" in carried_in_words(among)
    assert "pauvres ou non" in carried_in_words(among)
    assert "sans jamais le dépasser" in carried_in_words(among)
    sample = Points(among="population")
    assert "échantillon" in covered(sample)[0]
    assert "tout est compté" in covered(Points(among=None))[0]
