"""Days and numbers are written as French writes them, wherever a template shows them."""

import datetime as dt
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from labo_web.grammar import long_date, pluralize

FIRST_OF_AUGUST = dt.date(2026, 8, 1)


@pytest.mark.parametrize(
    ("said", "shown"),
    [("j F Y", "1er août 2026"), ("l j F Y", "samedi 1er août 2026"), ("d/m/Y", "01/08/2026")],
)
def test_the_first_of_a_month(said: str, shown: str) -> None:
    page = Template("{{ day|date:'" + said + "' }}")
    assert page.render(Context({"day": FIRST_OF_AUGUST})) == shown


def test_other_days_and_other_languages() -> None:
    assert long_date(dt.date(2026, 8, 11)) == "11 août 2026"
    assert long_date(dt.datetime(2026, 8, 1, 14, 30), r"j F Y, H\hi") == "1er août 2026, 14h30"  # noqa: DTZ001
    with translation.override("en"):
        assert long_date(FIRST_OF_AUGUST) == "1 August 2026"


def test_no_day_is_an_empty_text() -> None:
    assert Template("{{ day|date:'j F Y' }}").render(Context({"day": None})) == ""


@pytest.mark.parametrize(
    ("value", "ends", "shown"),
    [
        (0, "s", ""), (1, "s", ""), (1.5, "s", ""), (2, "s", "s"), (-3, "s", "s"),
        (0, "a,ont", "a"), (4, "a,ont", "ont"), ("3", "x", "x"), ([1, 2], "s", "s"), ([], "s", ""),
    ],
)  # fmt: skip
def test_no_plural_below_two(value: Any, ends: str, shown: str) -> None:
    assert pluralize(value, ends) == shown
