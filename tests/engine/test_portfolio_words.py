"""How a portfolio's words say what moves between two lists."""

import pytest

from labo.portfolio_words import Words
from tests.engine.portfolios import option, problem_of


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(0, 1, ""), (1, 0, ""), (0, 3, " (3)"), (3, 5, " (2 de plus)"), (3, 1, " (2 sur 3)"),
     (3, 0, " (3 sur 3)")],
)  # fmt: skip
def test_how_much_of_an_option_moves_is_said(before: int, after: int, said: str) -> None:
    words = Words({"unit": "resident", "floor": None, "names": {}}, problem_of(option("a")).options)
    assert words.moved([{"option": "a", "before": before, "after": after}]) == (
        words.named("a") + said
    )


def test_the_first_few_are_named_and_the_others_counted() -> None:
    rows = [option(n) for n in "abcdefg"]
    words = Words({"unit": "resident", "floor": None, "names": {}}, problem_of(*rows).options)
    moved = [{"option": n, "before": 0, "after": 1} for n in "abcdefg"]
    assert words.moved(moved).endswith(" et 2 autres")
    assert words.moved([]) == "rien"
