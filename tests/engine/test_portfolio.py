"""Options as people write them, what a list breaks, and choices that can be followed by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from labo import options as listing
from labo import regret
from labo.blame import blame
from labo.errors import BadInput, LaboError, MissingFile, UnknownName
from labo.opinion import opinion
from labo.option_template import Place, template
from labo.options import (
    COLUMNS,
    MOST_OPTIONS,
    WrongCell,
    chosen_of,
    options_of,
    read_chosen,
)
from labo.pareto import front
from labo.plan import changes, evaluate
from labo.portfolio import Floor, NoAnswer, Plan, Problem, run, solve, within
from labo.ranges import Range
from labo.regret import Scenario, robust
from labo.typed import number
from tests.engine.portfolios import exactly, option, problem_of

ROW = {
    "id": "a",
    "site": "square",
    "zone": "QN1",
    "measure": "trees",
    **{
        f"capital_{end}": value
        for end, value in zip(("low", "central", "high"), "123", strict=True)
    },
    **{f"upkeep_{end}": "0" for end in ("low", "central", "high")},
    **{
        f"benefit_{end}": value
        for end, value in zip(("low", "central", "high"), "456", strict=True)
    },
    "unit": "m**3",
}


def made(*changes_of_rows):
    return options_of(enumerate(({**ROW, **change} for change in changes_of_rows), start=2))


def written(path, rows, separator=";"):
    head = list(rows[0])
    lines = [separator.join(head), *(separator.join(row[n] for n in head) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# Reading


@pytest.mark.parametrize(
    ("text", "value"),
    [("1500.5", 1500.5), ("1 500,5", 1500.5), ("1\u202f500 €", 1500.0), ("−3", -3.0)],
)
def test_numbers_of_two_languages(text, value) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1.2.3", "1,2,3", "", "1_000", "beaucoup"])
def test_what_is_no_number(text) -> None:
    with pytest.raises(ValueError, match=r"."):
        number(text)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_file_of_any_separator(tmp_path, separator) -> None:
    row = ROW if separator == "," else ROW | {"capital_central": "2,5"}
    found = listing.read_options(written(tmp_path / "o.csv", [row], separator))
    assert found.rows[0].capital == Range(1.0, 2.0 if separator == "," else 2.5, 3.0)
    assert (found.unit, found.rows[0].most, found.rows[0].feasible) == ("m**3", 1, True)
    assert found.rows[0].cost_grade == "to_check"


def test_excel_in_french_and_comments(tmp_path) -> None:
    path = written(tmp_path / "o.csv", [ROW | {"site": "école"}])
    text = "# un fichier d'options\n;;;\n" + path.read_text("utf-8") + ";;;;\n"
    path.write_bytes(text.encode("cp1252"))
    assert listing.read_options(path).rows[0].site == "école"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    assert listing.read_options(path).rows[0].site == "école"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"capital_central": "nan"}, "line 2, column 'capital_central': 'nan' is not an amount"),
        ({"capital_low": "-1"}, "column 'capital_low': -1 is not an amount in euros"),
        ({"upkeep_low": "-5"}, "a saving is not money to spend again"),
        ({"capital_high": "1e12"}, "is not an amount"),
        ({"capital_central": ""}, "column 'capital_central': is empty: a range has"),
        (
            dict.fromkeys(("capital_low", "capital_central", "capital_high"), ""),
            "without its cost, an option fits in no budget",
        ),
        ({"capital_central": "9"}, "9 is not between 1 and 3"),
        ({"benefit_high": ""}, "a range has a low, a central and a high value"),
        ({"unit": ""}, "column 'unit': is empty"),
        ({"unit": "nuits fraîches"}, "'nuits fraîches' is not a unit"),
        ({"quantity_max": "1,5"}, "1.5 is not a whole number"),
        ({"quantity_max": "0"}, "0 is not a whole number, 1 to"),
        ({"feasible": "peut-être"}, "'peut-être' is not yes or no"),
        ({"feasible": "non"}, "say why the option is not possible here"),
        ({"effect_grade": "verified"}, "needs a reference"),
        ({"cost_grade": "sure"}, "'sure' is not verified or to_check"),
        ({"overlap_site": "1,2"}, "1,2 is not a share"),
        ({"beneficiaries": "-1"}, "is not a number of residents"),
        ({"beneficiaries_q1": "0,5"}, "all five fifths"),
        ({f"beneficiaries_q{k}": "0,3" for k in range(1, 6)}, "adding up to 1"),
        ({"id": ""}, "column 'id': is empty"),
        ({"zone": " "}, "column 'zone': is empty"),
    ],
)
def test_a_wrong_value_is_told_with_its_line(change, said) -> None:
    with pytest.raises(BadInput) as error:
        made(change)
    assert said in str(error.value)
    assert "line 2" in str(error.value)


def test_ids_units_and_links_are_checked_together() -> None:
    with pytest.raises(BadInput, match=r"line 3.*'a' is already that of line 2"):
        made({}, {})
    with pytest.raises(BadInput, match="units do not add up"):
        made({}, {"id": "b", "unit": "resident * day"})
    with pytest.raises(UnknownName, match="needs names 'c', which is not in the list"):
        made({"needs": "c"})
    with pytest.raises(UnknownName, match="excludes names itself"):
        made({"excludes": "a"})
    unmodelled = dict.fromkeys(("benefit_low", "benefit_central", "benefit_high", "unit"), "")
    found = made({"needs": "b | c", "excludes": ""}, {"id": "b"}, {"id": "c", **unmodelled})
    assert found.rows[0].needs == ("b", "c")
    assert found.modelled.tolist() == [True, True, False]


def test_unknown_zone_and_measure_name_what_is_near(demo_release) -> None:
    code = demo_release.places["zone"].iloc[0]
    rows = [(2, ROW | {"zone": code})]
    assert options_of(rows, demo_release.zone, ["trees"]).rows[0].zone == code
    with pytest.raises(UnknownName, match="options, line 2: there is no measure 'trees'; did you "):
        options_of(rows, demo_release.zone, ["tree", "shade"])
    with pytest.raises(UnknownName, match="options, line 2: There is no zone 'QN99999X'"):
        options_of([(2, ROW | {"zone": "QN99999X"})], demo_release.zone)


def test_files_that_are_no_options(tmp_path) -> None:
    path = tmp_path / "o.csv"
    with pytest.raises(MissingFile, match="There is no file"):
        listing.read_options(path)
    for content, said in (
        ("", "is empty"),
        ("# rien\n\n", "is empty"),
        (";".join(ROW) + "\n", "a header and no row"),
        ("id;site\na;b\n", "lacks the column 'zone', 'measure'"),
        (";".join([*ROW, "unit"]) + "\n", "has the column 'unit' 2 times"),
        (";".join([*ROW, "capital_centrl"]) + "\n", "did you mean 'capital_central'?"),
        (",".join(ROW) + "\n" + "1,5," + ",".join(ROW.values()), "separate columns by semicolons"),
        ("id;\0", "is not a CSV file"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(BadInput) as error:
            listing.read_options(path)
        assert said in str(error.value), content


def test_too_many_options_are_refused(monkeypatch) -> None:
    assert MOST_OPTIONS == 20_000
    monkeypatch.setattr(listing, "MOST_OPTIONS", 3)
    with pytest.raises(BadInput, match="more than 3 options"):
        made(*({"id": f"o{i}"} for i in range(4)))


def test_a_chosen_list(tmp_path) -> None:
    found = made({"quantity_max": "3"}, {"id": "b"})
    path = tmp_path / "c.csv"
    path.write_text("id;quantity\na;2\nb;\n", encoding="utf-8")
    assert read_chosen(path, found).tolist() == [2, 1]
    path.write_text("id\nb\n", encoding="utf-8")
    assert read_chosen(path, found).tolist() == [0, 1]
    path.write_text("id;quantity\na;1\na;1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="'a' is there twice"):
        read_chosen(path, found)
    with pytest.raises(UnknownName, match="There is no option 'aa'"):
        chosen_of(found, {"aa": 1})
    with pytest.raises(BadInput, match=r"0\.5 of 'a'"):
        chosen_of(found, {"a": 0.5})
    with pytest.raises(BadInput, match="-1 of 'a'"):
        chosen_of(found, {"a": -1})


def test_the_template_is_read_and_explains_every_column(tmp_path, demo_release) -> None:
    code = str(demo_release.places["zone"].iloc[0])
    text = template([Place(code, "Le Grand Pré", 1234.0)])
    path = tmp_path / "o.csv"
    path.write_text(text, encoding="utf-8")
    found = listing.read_options(path, demo_release.zone)
    assert {row.zone for row in found.rows} == {code}
    assert not found.modelled.all(), "one has no modelled effect, so that people see what it means"
    assert {row.effect_grade for row in found.rows} == {"to_check"}
    assert all(f"#   {name}: {what}" in text for name, what in COLUMNS.items() if what)


# Choosing


def test_a_choice_that_can_be_followed_by_hand() -> None:
    """Budget 10: the best per euro (c) is worth less than the two that fill it."""
    a, b, c = (
        option(name, capital=exactly(cost), benefit=exactly(value))
        for name, cost, value in (("a", 5.0, 10.0), ("b", 5.0, 10.0), ("c", 6.0, 13.0))
    )
    found = solve(problem_of(a, b, c))
    assert found is not None
    assert (found.quantities.tolist(), found.value, found.exact) == ([1, 1, 0], 20.0, True)
    several = problem_of(replace(c, most=3), a, budget=17.0)
    found = solve(several)
    assert isinstance(found, Plan)
    assert found.quantities.tolist() == [2, 1]
    assert found.bound == found.value == 36.0


def test_budget_0_takes_only_what_is_free() -> None:
    free = option("free", capital=exactly(0.0))
    found = solve(problem_of(option("a"), free, budget=0.0, floor=Floor(0.5)))
    assert found is not None
    assert found.quantities.tolist() == [0, 1]


@pytest.mark.parametrize("amount", [-1.0, math.nan, math.inf])
def test_amounts_that_are_none(amount) -> None:
    with pytest.raises(BadInput, match="give an amount, 0 or more"):
        problem_of(option("a"), budget=amount)
    with pytest.raises(BadInput, match="yearly upkeep"):
        problem_of(option("a"), upkeep=amount)
    if not math.isinf(amount):
        with pytest.raises(BadInput, match="A floor of"):
            problem_of(option("a"), floor=Floor(amount))


def test_a_floor_that_cannot_be_shared_out_is_refused() -> None:
    with pytest.raises(BadInput, match=r"2 neighbourhoods is 120% of the budget: 0\.5 is the most"):
        problem_of(option("a"), option("b", zone="z2"), floor=Floor(0.6))


def test_nothing_modelled_is_an_error_and_not_an_empty_list() -> None:
    with pytest.raises(BadInput, match="No option has a modelled effect"):
        solve(problem_of(option("a", benefit=None)))
    with pytest.raises(BadInput, match="known beneficiaries"):
        solve(problem_of(option("a"), objective="equity"))


def test_blame_names_the_neighbourhood_and_what_would_help() -> None:
    """Two zones are promised 5 € each of 10 €; the second has nothing under 7 €."""
    rows = (option("a", most=9), option("b", zone="z2", capital=exactly(7.0)))
    problem = problem_of(*rows, floor=Floor(0.5))
    assert solve(problem) is None
    found = blame(problem)
    assert found is not None
    assert set(found.together) == {"floor z1", "floor z2", "budget"}
    assert set(found.alone) == set(found.together)
    assert found.budget == 12.0, "5 € in the first, 7 € in the second"
    assert found.floor == pytest.approx(0.3), "3 € of 10 € are left beside the 7 €"
    assert blame(problem_of(*rows, floor=Floor(0.3))) is None
    impossible = problem_of(
        rows[0], replace(rows[1], feasible=False, reason="réseaux"), floor=Floor(0.1)
    )
    found = blame(impossible)
    assert found is not None
    assert found.together == ("possible", "floor z2")
    unmodelled = problem_of(rows[0], replace(rows[1], benefit=None), floor=Floor(0.1))
    found = blame(unmodelled)
    assert found is not None
    assert found.together == ("effects", "floor z2")


def test_more_than_can_be_proved_is_said() -> None:
    """Above 60 options a gap is stated, and the bound is one."""
    rng = np.random.default_rng(0)
    rows = [
        option(f"o{i}", capital=exactly(float(c)), benefit=exactly(float(b)), zone=f"z{i % 5}")
        for i, (c, b) in enumerate(rng.uniform(1, 9, (80, 2)).round(3))
    ]
    problem = problem_of(*rows, budget=40.0, floor=Floor(0.1))
    found = solve(problem)
    assert found is not None
    assert 0 <= found.gap < 0.01
    assert found.bound >= found.value
    assert not evaluate(problem, found.quantities).violations
    points = front(replace(problem, equity=problem.options.benefit[::-1].copy()), 6)
    assert not points.whole
    assert 2 <= len(points.points) <= 6
    pairs = [(p.benefit, p.equity) for p in points.points]
    assert pairs == sorted(pairs, key=lambda p: (p[0], -p[1]))
    assert [p[1] for p in pairs] == sorted((p[1] for p in pairs), reverse=True)


def test_ten_thousand_options_end_in_time() -> None:
    rng = np.random.default_rng(1)
    rows = [
        option(f"o{i}", capital=exactly(float(c)), benefit=exactly(float(b)), zone=f"z{i % 60}")
        for i, (c, b) in enumerate(rng.uniform(1, 9, (10_000, 2)).round(3))
    ]
    problem = problem_of(*rows, budget=2000.0)
    try:
        found = solve(problem, seconds=5.0)
    except LaboError as error:
        assert "seconds" in str(error)  # noqa: PT017
    else:
        assert found is not None
        assert found.value <= found.bound
        assert not evaluate(problem, found.quantities).violations


# A group's list


def test_what_a_list_breaks_and_by_how_much() -> None:
    rows = (
        option("a", capital=Range(4.0, 6.0, 9.0), upkeep=exactly(2.0), variant_group="v"),
        option("b", capital=exactly(6.0), variant_group="v", needs=("d",), excludes=("a",)),
        option("c", zone="z2", feasible=False, reason="réseaux enterrés"),
        option("d", zone="z2", benefit=None),
    )
    problem = problem_of(*rows, upkeep=1.0, floor=Floor(0.25))
    found = evaluate(problem, np.array([2, 1, 1, 0]))
    told = {(v.constraint, v.where): (v.by, v.reason) for v in found.violations}
    assert told == {
        ("budget", ""): (9.0, ""),
        ("upkeep", ""): (3.0, ""),
        ("number", "a"): (1.0, "1"),
        ("needs", "b"): (1.0, "d"),
        ("excludes", "b"): (1.0, "a"),
        ("possible", "c"): (1.0, "réseaux enterrés"),
        ("variants", "s"): (1.0, "a, b"),
        ("floor", "z2"): (0.15, ""),
    }
    assert (found.capital, found.dear) == (Range(15.0, 19.0, 25.0), 15.0)
    assert found.zones == {"z1": (18.0, 3.0), "z2": (1.0, 1.0)}
    nothing = evaluate(problem, np.array([0, 0, 0, 1]))
    assert nothing.missed == ("d",)
    assert nothing.benefit == (0.0, 0.0, 0.0)
    assert nothing.unweighed == ()


def test_errors_of_one_measure_go_together_those_of_two_do_not() -> None:
    each = Range(7.0, 10.0, 14.0)
    rows = [option(n, measure=m, benefit=each) for n, m in (("a", "m"), ("b", "m"), ("c", "n"))]
    problem = problem_of(*rows)
    assert evaluate(problem, np.array([1, 1, 0])).benefit == Range(14.0, 20.0, 28.0)
    alone = evaluate(problem, np.array([1, 0, 1])).benefit
    assert alone == pytest.approx((20 - 3 * math.sqrt(2), 20.0, 20 + 4 * math.sqrt(2)))


def test_overlap_is_taken_off_all_but_the_largest() -> None:
    rows = [
        option("a", benefit=exactly(10.0), overlap_site=0.9, overlap_zone=0.9),
        option("b", benefit=exactly(8.0), overlap_site=0.5, overlap_zone=0.9),
        option("c", benefit=exactly(6.0), site="t", overlap_site=0.9, overlap_zone=0.25),
        option("d", benefit=exactly(4.0), zone="z2", overlap_site=0.9, overlap_zone=0.9),
        option("e", benefit=exactly(-2.0), overlap_site=0.9, overlap_zone=0.9),
    ]
    problem = problem_of(*rows)
    found = evaluate(problem, np.ones(5, dtype=np.int64))
    assert found.benefit.central == 26.0
    assert found.joint.central == 10.0 + 8.0 * 0.5 + 6.0 * 0.75 + 4.0 - 2.0
    assert found.overlap == 5.5
    other = evaluate(problem, np.ones(5, dtype=np.int64), lambda o, q: Range(1.0, 2.0, 3.0))
    assert other.joint == (1.0, 2.0, 3.0)


def test_each_change_has_its_reason() -> None:
    rows = (
        option("impossible", feasible=False, reason="réseaux"),
        option("silent", benefit=None),
        option("shade", variant_group="v", capital=exactly(3.0), benefit=exactly(2.0)),
        option("trees", variant_group="v", capital=exactly(3.0), benefit=exactly(9.0)),
        option("dear", capital=exactly(6.0), benefit=exactly(2.0)),
        option("cheap", capital=exactly(1.0), benefit=exactly(5.0)),
        option("far", zone="z2", capital=exactly(5.0), benefit=exactly(0.5)),
    )
    problem = problem_of(*rows, floor=Floor(0.4))
    found, free = solve(problem), solve(replace(problem, floor=None))
    assert found is not None
    assert free is not None
    own = np.array([1, 1, 1, 0, 1, 0, 0])
    told = {
        c.option: (c.why, c.other) for c in changes(problem, own, found.quantities, free.quantities)
    }
    assert told == {
        "impossible": ("impossible", "réseaux"),
        "silent": ("no effect", ""),
        "shade": ("variant", "trees"),
        "trees": ("better", ""),
        "dear": ("dearer", ""),
        "cheap": ("better", ""),
        "far": ("floor", "z2"),
    }


# Least regret


def test_least_regret_splits_between_two_doubts() -> None:
    """One of the two is worth nothing: half of each loses half, either alone loses all."""
    rows = (option("a", most=10), option("b", most=10))
    problem = problem_of(*rows, budget=10.0)
    ones, costs = np.ones(2), (np.ones(2), np.zeros(2))
    scenarios = [
        Scenario("x", "only a", np.array([1.0, 0.0]), *costs),
        Scenario("x", "only b", np.array([0.0, 1.0]), *costs),
    ]
    found = robust(problem, scenarios)
    assert found is not None
    assert (found.quantities.tolist(), found.largest, found.expected) == ([5, 5], 0.5, 0.5)
    sure = replace(scenarios[0], probability=3.0)
    found = robust(problem, [sure, Scenario("x", "both", ones, *costs)])
    assert found is not None
    assert (found.quantities.tolist(), found.largest) == ([10, 0], 0.0)
    nothing = robust(problem, [replace(scenarios[0], value=np.zeros(2))])
    assert nothing is not None
    assert nothing.largest == 0.0


# All of it


def test_a_second_opinion_on_the_same_list_differs_in_nothing() -> None:
    rows = [option(n, capital=exactly(4.0), benefit=Range(1.0, 2.0, 3.0)) for n in "abc"]
    problem = problem_of(*rows)
    computed = solve(problem)
    assert computed is not None
    result = opinion(problem, own=computed.quantities)
    assert result["changes"] == []
    assert result["difference"]["benefit"] == {"low": 0.0, "central": 0.0, "high": 0.0}
    assert result["difference"]["distinguishable_benefit"] is False
    assert result["own"] == result["computed"]
    less, more = result["budgets"]
    assert (less["factor"], less["budget"], len(less["left"])) == (0.8, 8.0, 0)
    assert (more["budget"], len(more["entered"])) == (12.0, 1)
    assert result["floor_price"] is None


def test_the_price_of_the_floor() -> None:
    rows = (
        option("a", most=10, benefit=exactly(3.0)),
        option("b", zone="z2", most=10, benefit=exactly(1.0)),
    )
    price = opinion(problem_of(*rows, floor=Floor(0.2)))["floor_price"]
    assert price["entered"] == [{"option": "b", "before": 0, "after": 2}]
    assert price["left"] == [{"option": "a", "before": 10, "after": 8}]
    assert (price["served"], price["served_without"]) == (2, 1)
    assert price["difference"]["benefit"] == {"low": -4.0, "central": -4.0, "high": -4.0}
    assert price["difference"]["distinguishable_benefit"] is True


def test_too_many_for_the_front_is_said(monkeypatch) -> None:
    monkeypatch.setattr("labo.opinion.MOST_FOR_FRONT", 1)
    result = opinion(problem_of(option("a"), option("b")))
    assert result["too_many"]
    assert (result["front"], result["robust"]) == (None, [])
    assert result["computed"]["lines"]


def test_equity_of_another_shape_is_refused() -> None:
    with pytest.raises(BadInput, match="Equity is"):
        Problem(problem_of(option("a")).options, np.zeros((2, 3)), 1.0)


def test_what_takes_too_long_is_said_and_the_rest_stands(monkeypatch) -> None:
    def never(*given, **options):
        raise NoAnswer("No plan was found in 20 seconds.")

    monkeypatch.setattr("labo.pareto.front", never)
    monkeypatch.setattr("labo.regret.robust", never)
    result = opinion(problem_of(option("a")))
    assert result["late"] == ["robust", "front", "dear"]
    assert (result["front"], result["robust"]) == (None, [])
    assert [line["id"] for line in result["computed"]["lines"]] == ["a"]


def test_least_regret_has_a_plan_where_the_program_has_none_in_time(monkeypatch) -> None:
    def slow(model, aim, *, free=0, **options):
        if free:
            raise NoAnswer("No plan was found in 20 seconds.")
        return run(model, aim, free=free, **options)

    monkeypatch.setattr("labo.regret.run", slow)
    rows = [option("a", measure="m"), option("b", measure="n", benefit=Range(1.0, 2.0, 2.0))]
    problem = problem_of(*rows, budget=1.0)
    found = regret.robust(problem, regret.scenarios_of(problem))
    assert found is not None
    assert (found.quantities.tolist(), found.bound) == ([0, 1], 0.0)


def test_programs_share_their_time() -> None:
    problem = problem_of(option("a"), option("b"))
    with within(60.0):
        assert solve(problem) is not None
        # A longer time inside gives nothing back.
        with within(0.0), within(60.0), pytest.raises(NoAnswer, match="No time is left"):
            solve(problem)
        assert solve(problem) is not None
    with within(0.0):
        late = []
        with pytest.raises(NoAnswer):
            late.append(opinion(problem))
        assert late == []
    assert solve(problem) is not None


def test_an_opinion_may_leave_out_what_takes_longest() -> None:
    problem = problem_of(option("a"), option("b"))
    near, far, whole = (
        opinion(problem, parts="near"),
        opinion(problem, parts="far"),
        opinion(problem),
    )
    assert near["front"] is None
    assert near["robust"] == []
    assert whole["front"] is not None
    assert near["computed"] == whole["computed"]
    assert near["budgets"] == whole["budgets"]
    assert far["budgets"] == []
    assert (far["front"], far["robust"]) == (whole["front"], whole["robust"])


def test_a_wrong_cell_says_where_it_is() -> None:
    with pytest.raises(WrongCell) as found:
        made({"capital_low": "lots"})
    assert (found.value.line, found.value.column, found.value.text) == (2, "capital_low", "lots")
